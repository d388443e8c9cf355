"""A person's erasure: the keys go first, then the fact is on record; everything else stays and still verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from services.intake.idea import Idea, content_hash
from services.intake.person import erase
from shared.declaration import SealedAuthor
from shared.errors import Invalid, NotFound
from shared.events.access import PersonErased
from shared.events.idea import IdeaDeclared
from shared.ledger.model import fold
from tests.places import BY, Place, author, ideas, line, lines, small_programme, take

REASON: Final = "Đề nghị ngày 02/01/2026 theo Luật 91/2025/QH15"
TWO: Final = [
    author(person="NV-1", name="Nguyễn Thị Hòa", share_percent=60),
    author(person="NV-2", name="Trần Văn Bình", share_percent=40),
]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The small programme with one idea of two authors."""
    with small_programme(tmp_path) as opened:
        take(opened, lines(line(authors=TWO)))
        yield opened


def declared(place: Place, which: int = 0) -> IdeaDeclared:
    """One of the declarations on record."""
    return ideas(place)[which][1]


def name(place: Place, who: SealedAuthor) -> str | None:
    """What can be read of an author."""
    return place.vault.unseal(who.person, who.sealed_name)


def erased(place: Place, person: UUID, *, reason: str = REASON) -> PersonErased:
    """Erase the person, and put it on record."""
    event = erase(person, reason=reason, by=BY, ledger=place.ledger, keys=place.vault)
    place.ledger.append(event)
    place.directory.catch_up()
    return event


def test_an_erased_person_can_be_named_no_more_and_the_ground_is_on_record(place: Place) -> None:
    first, second = declared(place).authors
    assert (name(place, first), name(place, second)) == ("Nguyễn Thị Hòa", "Trần Văn Bình")
    event = erased(place, first.person)
    assert event == PersonErased(
        originator_id=first.person, originator_version=1, by=BY, reason=REASON
    )
    assert (name(place, first), name(place, second)) == (None, "Trần Văn Bình")


def test_an_erasure_holds_for_whoever_opens_the_vault_later(tmp_path: Path, place: Place) -> None:
    erased(place, declared(place).authors[0].person)
    with small_programme(tmp_path) as later:
        first, second = declared(later).authors
        assert (name(later, first), name(later, second)) == (None, "Trần Văn Bình")


def test_everything_else_on_record_stays_as_it_is(place: Place) -> None:
    before = declared(place)
    erased(place, before.authors[0].person)
    after = declared(place)
    assert after == before
    assert content_hash(after.content, after.authors) == after.content_hash
    assert fold(Idea, [after]).authors == before.authors


def test_the_same_declaration_sent_again_after_an_erasure_is_still_known(place: Place) -> None:
    erased(place, declared(place).authors[0].person)
    report = take(place, lines(line(authors=TWO)))
    assert (report.accepted, report.replayed) == (0, 1)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_nobody_is_erased_without_a_ground(place: Place, reason: str) -> None:
    first = declared(place).authors[0]
    with pytest.raises(Invalid, match="Say on what ground"):
        erased(place, first.person, reason=reason)
    assert name(place, first) == "Nguyễn Thị Hòa"


def test_somebody_of_whom_nothing_is_sealed_cannot_be_erased(place: Place) -> None:
    head = place.ledger.head()
    with pytest.raises(NotFound, match="unknown, or erased already"):
        erased(place, UUID(int=5))
    assert place.ledger.head() == head


def test_whoever_is_erased_already_is_not_erased_again(place: Place) -> None:
    person = declared(place).authors[0].person
    erased(place, person)
    with pytest.raises(NotFound, match="unknown, or erased already"):
        erased(place, person)


def test_an_erasure_that_was_cut_short_before_it_was_recorded_can_be_repeated(
    place: Place,
) -> None:
    first = declared(place).authors[0]
    erase(first.person, reason=REASON, by=BY, ledger=place.ledger, keys=place.vault)
    assert name(place, first) is None
    assert list(place.ledger.stream(first.person)) == []
    assert erased(place, first.person).originator_version == 1


def test_whoever_declares_again_after_an_erasure_can_be_named_there_and_erased_again(
    place: Place,
) -> None:
    before = declared(place).authors[0]
    erased(place, before.person)
    take(place, lines(line(external_id="LD-2", title="Sáng kiến khác", authors=TWO)))
    again = declared(place, 1).authors[0]
    assert again.person == before.person
    assert (name(place, before), name(place, again)) == (None, "Nguyễn Thị Hòa")
    assert erased(place, again.person).originator_version == 2
    assert name(place, again) is None


def test_a_person_with_several_keys_is_erased_once(tmp_path: Path, place: Place) -> None:
    person = declared(place).authors[0].person
    # Another process, which did not know of the first key, sealed under one of its own.
    with small_programme(tmp_path) as other:
        other.vault.seal(person, "Nguyễn Thị Hòa")
        other.vault.flush()
    erased(place, person)
    with pytest.raises(NotFound, match="erased already"):
        erased(place, person)

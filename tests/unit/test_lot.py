"""A lot of declarations: who occurs in it again is put on record as before, until somebody is erased."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.authorship import Lot, sealed
from services.intake.idea import Idea, content_hash
from shared.declaration import Author
from shared.ledger.encoding import encode
from shared.sealing import Sealing
from shared.tree import Tree
from shared.vault import Vault
from shared.vocabulary import WorkerKind
from tests.places import BY, NOW, PROGRAMME, declaration, founding

SENDER = "cổng p01"
NAME = "Lò Thị Mẩy"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    found = Vault(f"sqlite:///{tmp_path / 'vault.db'}", entropy=os.urandom)
    yield found
    found.close()


def author(person: str = "NV-1", name: str = NAME, share: int = 100) -> Author:
    return Author(person=person, name=name, share_percent=Decimal(share))


def test_who_occurs_again_is_put_on_record_as_before(vault: Vault) -> None:
    lot = Lot(vault)
    (once,) = sealed((author(),), SENDER, lot)
    again, other = sealed((author(share=60), author("NV-2", share=40)), SENDER, lot)

    assert (again.person, again.sealed_name) == (once.person, once.sealed_name)
    assert again.share_percent == "60"
    assert other.person != once.person
    assert vault.unseal(once.person, once.sealed_name) == NAME
    assert vault.unseal(other.person, other.sealed_name) == NAME


def test_another_spelling_is_sealed_for_itself(vault: Vault) -> None:
    lot = Lot(vault)
    (one,) = sealed((author(),), SENDER, lot)
    (other,) = sealed((author(name="Lò Thị Mẫy"),), SENDER, lot)

    assert other.person == one.person
    assert vault.unseal(other.person, other.sealed_name) == "Lò Thị Mẫy"


def test_the_same_id_of_another_sender_is_another_person(vault: Vault) -> None:
    lot = Lot(vault)
    (one,), (other,) = (sealed((author(),), sender, lot) for sender in (SENDER, "cổng p02"))

    assert other.person != one.person
    assert vault.unseal(one.person, other.sealed_name) is None


def test_who_was_erased_meanwhile_is_sealed_under_a_new_key(vault: Vault) -> None:
    lot = Lot(vault)
    (before,) = sealed((author(),), SENDER, lot)
    vault.erase(before.person)
    (after,) = sealed((author(),), SENDER, lot)

    assert vault.unseal(before.person, before.sealed_name) is None
    assert vault.unseal(after.person, after.sealed_name) == NAME


def test_keys_made_apart_open_what_was_sealed_once_they_are_kept(vault: Vault) -> None:
    apart = vault.apart(os.urandom)
    person, name = apart.signed(SENDER, "NV-1", NAME)

    assert person == vault.pseudonym(SENDER, "NV-1")
    assert apart.fingerprint(b"x") == vault.fingerprint(b"x")
    assert apart.unseal(person, name) == NAME
    assert vault.unseal(person, name) is None
    vault.take_over(apart.handed_over())
    assert vault.unseal(person, name) == NAME
    assert apart.handed_over() == []


def test_what_was_sealed_elsewhere_does_not_open_where_its_key_is_not() -> None:
    one, other = (Sealing(bytes(32), os.urandom) for _ in range(2))
    person, name = one.signed(SENDER, "NV-1", NAME)

    with pytest.raises(LookupError):
        other.unseal(person, name)
    other.seal(person, NAME)
    with pytest.raises(LookupError, match="not at hand"):
        other.unseal(person, name)


people = st.lists(
    st.builds(
        Author.model_construct,
        person=st.sampled_from(["NV-1", "NV-2"]),
        name=st.sampled_from(["Lò Thị Mẩy", "Lò Thị Mẫy"]),
        share_percent=st.sampled_from([Decimal(s) for s in ("0", "-0", "50", "33.3", "1E+2")]),
        holds_post=st.booleans(),
        worker_kind=st.sampled_from(WorkerKind),
    ),
    min_size=1,
    max_size=4,
).map(tuple)


@given(declared=st.lists(st.tuples(people, st.sampled_from(["", "hỗ trợ"])), max_size=6))
def test_a_lot_puts_on_record_what_is_put_there_without_one(
    declared: list[tuple[tuple[Author, ...], str]],
) -> None:
    sealing = Sealing(bytes(32), os.urandom)
    lot, tree = Lot(sealing), Tree.fold(founding(), date.max)
    for number, (authors, entered_by) in enumerate(declared):
        said = declaration().model_copy(update={"authors": authors, "entered_by": entered_by})
        event = Idea.declare(
            UUID(int=number),
            said,
            sender=SENDER,
            terms=PROGRAMME.terms(),
            tree=tree,
            seals=lot,
            by=BY,
            at=NOW,
        )

        assert encode(event) == encode(event.model_copy(deep=True)), "written anew, it is the same"
        assert event.content_hash == content_hash(event.content, event.authors)
        alone = sealed(authors, SENDER, sealing)
        for named, on_record, other in zip(authors, event.authors, alone, strict=True):
            assert on_record.model_copy(update={"sealed_name": other.sealed_name}) == other
            assert str(on_record.share_percent) == format(named.share_percent, "f")
            assert sealing.unseal(on_record.person, on_record.sealed_name) == named.name

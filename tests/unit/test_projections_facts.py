"""What a rebuild reads of the ledger: a declaration without its long texts says what the whole one says."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from services.projections.facts import (
    EPOCH,
    fact_of,
    instant,
    lean,
    micros,
    page_of,
    read_page,
)
from shared.events import IdeaDeclared
from shared.ledger.encoding import Stored, decode
from shared.ledger.store import Ledger
from tests.chronicle import Chronicle
from tests.declarations import DECLARATIONS, PLAIN, stored_state


@given(DECLARATIONS)
@example(PLAIN)
@example(PLAIN.model_copy(update={"effective": None, "late": False, "ineligible": ()}))
def test_a_declaration_without_its_texts_says_what_the_whole_one_says(event: IdeaDeclared) -> None:
    state = stored_state(event)
    expected = fact_of(decode(Stored(7, event.originator_id, 1, event.TOPIC, state)))
    assert lean(state) == expected.event


def test_the_long_texts_are_not_even_decoded() -> None:
    state = stored_state(PLAIN)
    garbled = state.replace("Nội dung".encode(), b"\xff\xfe")
    assert garbled != state
    assert lean(garbled) == lean(state)


def test_a_page_read_lean_is_the_page_read_whole(ledger: Ledger) -> None:
    story = Chronicle(ledger)
    story.declare_many("a", "1", "2")
    story.open_case("1", "2")
    story.rule("2")
    story.amend("1")
    lean_page = read_page(ledger, 0)
    assert lean_page == page_of(ledger.read(0))
    assert lean_page.read == lean_page.last == ledger.head()
    assert [fact.topic for fact in lean_page.facts] == [
        "idea.declared",
        "idea.declared",
        "case.opened",
        "case.member-ruled",
        "idea.amended",
    ]
    assert read_page(ledger, 0, limit=3).last == 3
    assert read_page(ledger, lean_page.last) == ([], 0, lean_page.last)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_as_microseconds(at: datetime) -> None:
    assert instant(micros(at)) == at
    assert micros(EPOCH) == 0

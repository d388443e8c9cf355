"""What a rebuild reads of the ledger: a declaration without its long texts says what the whole one says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
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
from shared.declaration import Content, Recognition
from shared.events import IdeaDeclared
from shared.ledger.clock import wall_clock
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.model import Actor
from shared.ledger.recorder import open_recorder
from shared.ledger.stamp import stamp
from shared.ledger.store import Ledger
from shared.vocabulary import BenefitClass, IdeaField, Ineligible, RecognitionForm, TextField, named
from tests.chronicle import BY, START, Chronicle, authors

NASTY = (
    ',"solution":"',
    '\\",\\"benefit_vnd\\":7',
    ',"benefit_vnd":7',
    '"},"content":{"title":"',
    "\\",
    '\\\\"',
    "chữ 𝒳\n\t",
    '","confidential":["title"]',
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(NASTY)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30) | st.sampled_from(
    NASTY[:-2]
)

CONTENTS = st.builds(
    Content,
    title=TEXTS,
    situation_before=TEXTS,
    solution=TEXTS,
    applicability=TEXTS,
    conditions=TEXTS,
    benefit=TEXTS,
    benefit_vnd=st.none() | st.integers(0, 10**18),
    benefit_basis=TEXTS,
    benefit_class=st.sampled_from(BenefitClass),
    field=st.none() | st.sampled_from(IdeaField),
    first_applied_on=st.none() | st.just(date(2022, 1, 1)),
    recognition=st.none()
    | st.builds(
        Recognition,
        form=st.sampled_from(RecognitionForm),
        number=LINES,
        date=st.just(date(2022, 1, 1)),
        authority=LINES,
    ),
    confidential=st.lists(st.sampled_from(TextField), unique=True).map(tuple),
)
ACTORS = st.builds(
    Actor,
    name=TEXTS,
    role=TEXTS,
    source=TEXTS,
    correlation=st.just(named("correlation")),
    on_behalf_of=st.none() | TEXTS,
    causation=st.none() | TEXTS,
)
DECLARATIONS = st.builds(
    IdeaDeclared,
    originator_id=st.just(named("idea")),
    originator_version=st.just(1),
    by=ACTORS,
    effective=st.none() | st.just(START) | st.just(START + timedelta(microseconds=1)),
    sender=TEXTS,
    external_id=TEXTS,
    programme=st.just("1tr"),
    unit=st.just("a"),
    filed_at=st.sampled_from([START, START + timedelta(microseconds=1)]),
    priority=st.just(START),
    content_hash=TEXTS,
    ineligible=st.lists(st.sampled_from(Ineligible), unique=True).map(tuple),
    late=st.booleans(),
    entered_by=st.none() | st.just(named("person")),
    authors=st.integers(1, 3).map(authors),
    content=CONTENTS,
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(
        open_recorder(f"sqlite:///{tmp_path / 'ledger.db'}"),
        clock=wall_clock,
        new_id=lambda: UUID(int=7),
    )
    yield opened
    opened.close()


PLAIN = IdeaDeclared.model_construct(
    originator_id=named("idea"),
    originator_version=1,
    by=BY,
    effective=START,
    sender="tỉnh",
    external_id="sk-1",
    programme="1tr",
    unit="a",
    filed_at=START,
    priority=START,
    content_hash="0f",
    ineligible=(Ineligible.NOT_APPLIED, Ineligible.NOT_RECOGNISED),
    late=True,
    entered_by=named("person"),
    authors=authors(3),
    content=Content(
        title='Cải tiến "đồ gá" \\ khoan',
        solution="Nội dung",
        benefit_vnd=10**18,
        confidential=(TextField.SOLUTION,),
    ),
)


def stored_state(event: IdeaDeclared) -> bytes:
    return stamp(START) + encode(event).state[1:]


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

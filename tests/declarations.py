"""Declarations as they may lie in a store, texts that look like the JSON around them among them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from shared.declaration import Content, Recognition
from shared.events.idea import IdeaDeclared
from shared.ledger.encoding import encode
from shared.ledger.model import Actor
from shared.ledger.stamp import stamp
from shared.vocabulary import BenefitClass, IdeaField, Ineligible, RecognitionForm, TextField, named
from tests.chronicle import BY, START, authors

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
    """What the store holds of an event."""
    return stamp(START) + encode(event).state[1:]

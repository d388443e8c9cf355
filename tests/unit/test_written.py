"""What is written in one pass is byte for byte what the models write: an event's bytes and a fingerprint are for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.declaration import Author, Content, Declaration, Recognition, SealedAuthor
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.programme import CriteriaAdopted
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.model import Actor, Event
from shared.ledger.stamp import stamp
from shared.vocabulary import (
    BenefitClass,
    IdeaField,
    Ineligible,
    RecognitionForm,
    TextField,
    WorkerKind,
)
from shared.written import BriefWriter, part, written

# Everything that JSON escapes, and what it might be thought to escape.
texts = st.one_of(
    st.just(""),
    st.text(max_size=30),
    st.text('\x00\x08\x09\x0a\x0b\x0c\x0d\x1f"\\/\x7f\x80\u2028\u200bđỗ𠀀', max_size=12),
)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)
codes = st.from_regex(r"[a-zđ0-9\"\\-]{1,8}", fullmatch=True)
instants = st.datetimes(
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-3, minutes=-30))]
    )
) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)]
)
actors = st.builds(
    Actor,
    name=texts,
    role=texts,
    source=texts,
    correlation=st.uuids(),
    on_behalf_of=st.none() | texts,
    causation=st.none() | texts,
)
recognitions = st.builds(
    Recognition.model_construct,
    form=st.sampled_from(RecognitionForm),
    number=lines,
    date=st.dates(),
    authority=lines,
)
said = {
    "title": texts,
    "situation_before": texts,
    "solution": texts,
    "applicability": texts,
    "conditions": texts,
    "benefit": texts,
    "benefit_vnd": st.none() | st.integers(0, 10**18),
    "benefit_basis": texts,
    "benefit_class": st.sampled_from(BenefitClass),
    "field": st.none() | st.sampled_from(IdeaField),
    "first_applied_on": st.none() | st.dates(),
    "recognition": st.none() | recognitions,
    "confidential": st.lists(st.sampled_from(TextField), unique=True, max_size=3).map(tuple),
}
contents = st.builds(Content.model_construct, **said)
sealed_authors = st.builds(
    SealedAuthor,
    person=st.uuids(),
    sealed_name=texts,
    share_percent=texts,
    holds_post=st.booleans(),
    worker_kind=st.sampled_from(WorkerKind),
)
decided = {
    "originator_id": st.uuids(),
    "originator_version": st.integers(1, 9),
    "by": actors,
    "effective": st.none() | instants,
    "programme": codes,
    "unit": codes,
    "priority": instants,
    "content_hash": texts,
    "ineligible": st.lists(st.sampled_from(Ineligible), unique=True).map(tuple),
    "authors": st.lists(sealed_authors, min_size=1, max_size=3).map(tuple),
    "content": contents,
}
amended = st.builds(IdeaAmended.model_construct, **decided)
declared = st.builds(
    IdeaDeclared.model_construct,
    **decided,
    sender=texts,
    external_id=texts,
    filed_at=instants,
    late=st.booleans(),
    entered_by=st.none() | st.uuids(),
    entered_by_name=texts,
)
declarations = st.builds(
    Declaration.model_construct,
    **said,
    authors=st.lists(
        st.builds(
            Author.model_construct,
            person=texts,
            name=texts,
            share_percent=st.decimals(0, 100, places=6).map(Decimal.normalize),
            holds_post=st.booleans(),
            worker_kind=st.sampled_from(WorkerKind),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    external_id=texts,
    programme=texts,
    unit=texts,
    filed_at=instants,
    entered_by=texts,
)


def in_the_models_own_way(event: Event) -> bytes:
    return event.__pydantic_serializer__.to_json(
        event,
        exclude={"originator_id", "originator_version"},
        exclude_defaults=True,
        by_alias=True,
    )


@given(event=declared | amended)
def test_an_event_is_written_as_its_model_writes_it(event: Event) -> None:
    assert encode(event).state == in_the_models_own_way(event)


@given(event=declared | amended)
def test_an_event_read_from_the_ledger_is_written_as_it_stood_there(event: Event) -> None:
    stored = encode(event)
    state = stamp(datetime(2022, 1, 8, tzinfo=UTC)) + stored.state[1:]
    read = decode(Stored(1, event.originator_id, event.originator_version, stored.topic, state))
    assert encode(read.event).state == stored.state


@given(declaration=declarations)
def test_a_declaration_is_fingerprinted_as_its_model_writes_it(declaration: Declaration) -> None:
    assert written(declaration) == declaration.__pydantic_serializer__.to_json(declaration)


@given(content=contents)
def test_a_content_is_hashed_as_its_model_writes_it(content: Content) -> None:
    theirs = content.__pydantic_serializer__.to_json(content, exclude_defaults=True)
    assert BriefWriter()(content) == theirs


@given(event=declared)
def test_a_field_that_was_written_before_is_put_in_as_it_was(event: IdeaDeclared) -> None:
    plainly = encode(event)
    content = part(event.content)
    assert encode(event) == plainly
    assert part(event.content) == content == BriefWriter()(event.content)


@given(by=actors)
def test_a_kind_that_its_model_writes_in_a_way_of_its_own_is_refused(by: Actor) -> None:
    adopted = CriteriaAdopted(
        originator_id=by.correlation,
        originator_version=1,
        by=by,
        code="1tr",
        valid_from=date(2022, 2, 1),
        document="01/KH",
        criteria=(),
    )
    with pytest.raises(TypeError, match="CriteriaAdopted is written by its model"):
        BriefWriter()(adopted)


class Alone(BaseModel):
    """Of one field only."""

    names: tuple[str, ...]


@given(names=st.lists(texts).map(tuple))
def test_a_kind_of_one_field_is_written_as_its_model_writes_it(names: tuple[str, ...]) -> None:
    alone = Alone(names=names)
    assert written(alone) == alone.model_dump_json().encode()

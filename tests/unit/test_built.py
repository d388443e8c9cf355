"""A value built of typed facts is the very value that validating them would have given."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from shared.built import built, changed
from shared.declaration import Content
from shared.events.register import EVENTS
from shared.ledger.encoding import encode
from shared.ledger.model import Actor, Event
from tests.samples import sample

BY = Actor(name="tester", role="operator", source="test", correlation=UUID(int=1))


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_an_event_that_is_built_is_stored_like_one_that_was_validated(kind: type[Event]) -> None:
    validated = sample(kind, full=True)
    again = built(kind, dict(validated.__dict__))

    assert again == validated
    assert encode(again) == encode(validated)
    assert again.model_copy() == validated
    assert hash(again.by.name) == hash(validated.by.name)


def test_only_what_was_named_is_changed_and_the_value_before_stays() -> None:
    content = Content(title="Một", solution="Hai", benefit_vnd=3)
    other = changed(content, {"title": "Khác"})

    assert other == content.model_copy(update={"title": "Khác"})
    assert content.title == "Một"
    assert other.model_dump(exclude_defaults=True) == {
        "title": "Khác",
        "solution": "Hai",
        "benefit_vnd": 3,
    }


def test_what_was_built_is_as_frozen_as_any_other() -> None:
    acting = changed(BY, {"causation": "x/1"})
    with pytest.raises(ValidationError, match="frozen"):
        acting.name = "other"  # type: ignore[misc]


def test_an_actor_acts_because_of_what_was_built() -> None:
    content = Content(title="Một", solution="Hai")
    assert (
        changed(content, {"first_applied_on": datetime(2022, 1, 8, tzinfo=UTC).date()}) != content
    )

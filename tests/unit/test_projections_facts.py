"""What a rebuild reads of the ledger: a declaration without its long texts says what the whole one says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.projections.views.event_index import units_of
from services.projections.views.facts import EPOCH, facts_of, instant, micros, page_of, read_page
from services.projections.views.lean import Declared
from services.projections.views.mentions import mentions
from services.projections.views.standing import concerned
from shared.events.idea import IdeaDeclared
from shared.events.register import EVENTS
from shared.ledger.stamp import stamp
from shared.ledger.store import Ledger
from tests.chronicle import Chronicle
from tests.declarations import DECLARATIONS, PLAIN, stored_state

SAMPLES = Path(__file__).parents[1] / "rules/samples"


@given(DECLARATIONS)
@example(PLAIN)
@example(PLAIN.model_copy(update={"effective": None, "late": False, "ineligible": ()}))
def test_a_declaration_is_read_as_far_as_boards_count(event: IdeaDeclared) -> None:
    [fact] = facts_of([(7, event.originator_id.hex, 1, event.TOPIC, stored_state(event))])
    lean = fact.event
    assert isinstance(lean, Declared)
    assert (lean.by.name, lean.sender, lean.external_id) == (
        event.by.name,
        event.sender,
        event.external_id,
    )
    assert (lean.programme, lean.unit, lean.late) == (event.programme, event.unit, event.late)
    assert lean.filed_at == event.filed_at
    assert lean.ineligible == [reason.value for reason in event.ineligible]
    assert [(a.holds_post, a.worker_kind) for a in lean.authors] == [
        (a.holds_post, a.worker_kind) for a in event.authors
    ]
    assert lean.content.benefit_vnd == event.content.benefit_vnd
    assert lean.content.benefit_class == event.content.benefit_class
    assert (lean.entered_by is None) == (event.entered_by is None)


def test_a_page_that_came_decoded_is_the_page_as_stored(ledger: Ledger) -> None:
    story = Chronicle(ledger)
    story.declare_many("a", "1", "2")
    story.open_case("1", "2")
    story.rule("2")
    story.amend("1")
    stored = read_page(ledger, 0)
    assert stored == page_of(ledger.read(0))
    assert stored.last == ledger.head()
    assert read_page(ledger, 0, limit=3).last == 3
    assert read_page(ledger, stored.last) == ([], stored.last)
    ideas = read_page(ledger, 0, topics=frozenset({"idea.declared"}))
    assert ([fact.topic for fact in ideas.facts], ideas.last) == (
        ["idea.declared"] * 2,
        stored.last,
    )


@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_can_be_read_as_far_as_views_need_it(topic: str) -> None:
    for path in sorted(SAMPLES.glob(f"{topic}.*.json")):
        for sample in json.loads(path.read_bytes()).values():
            state = stamp(EPOCH) + json.dumps(sample["stored"]).encode()[1:]
            [fact] = facts_of([(1, "0" * 32, 1, topic, state)])
            assert fact.event.by.name
            assert units_of(fact.event) is not None
            assert concerned(fact) is not None
            assert mentions(fact) is not None


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_as_microseconds(at: datetime) -> None:
    assert instant(micros(at)) == at
    assert micros(EPOCH) == 0

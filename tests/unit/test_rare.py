"""What is rare in a long ledger is found without reading the rest of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.events.register import DIRECTORY_TOPICS, EVENTS
from shared.ledger.stamp import RARE, are_rare
from tests.places import small_programme


def test_the_organisation_is_read_by_an_index(tmp_path: Path) -> None:
    with small_programme(tmp_path) as place:
        assert place.ledger.read(0, topics=sorted(DIRECTORY_TOPICS))
    [ledger] = tmp_path.rglob("ledger.db")
    topics = ", ".join(map(repr, sorted(DIRECTORY_TOPICS)))
    with sqlite3.connect(ledger) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT state FROM stored_events WHERE rowid > 0 AND rowid <= 9 "
            f"AND topic IN ({topics}) AND {RARE} ORDER BY rowid LIMIT 10"
        ).fetchall()
    connection.close()
    assert any("stored_events_rare" in str(step) for step in plan)


@pytest.mark.parametrize(
    ("topics", "rare"),
    [
        (sorted(DIRECTORY_TOPICS), True),
        (["idea.declared"], False),
        (["unit.founded", "case.opened"], False),
        ([], False),
        (sorted(EVENTS), False),
    ],
)
def test_what_is_asked_for_is_rare_when_all_of_it_is(topics: Sequence[str], *, rare: bool) -> None:
    assert are_rare(topics) is rare

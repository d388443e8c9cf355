"""A tree that is grown from an earlier one is the tree that all its events make, in whatever order trees are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.projections.reckoning.places import REGISTER, Places
from shared.directory import Directory
from shared.events.organisation import (
    CohortFormed,
    CohortJoined,
    CohortLeft,
    HeadsCounted,
    UnitClosed,
    UnitFounded,
    UnitMoved,
    UnitRenamed,
)
from shared.ledger.model import Event, Recorded
from shared.tree import Tree
from shared.vocabulary import HOME, Level, Position, Sector, named
from tests.chronicle import BY

CODES = ("vn", "p1", "p2", "a", "b", "c")
NUMBERS = [REGISTER.number(code) for code in CODES]
DAYS = [date(2022, 1, 1) + timedelta(days=n) for n in range(6)]


class Written:
    """A ledger in memory that holds only what makes the tree."""

    simulated = False

    def __init__(self, events: Sequence[Event]) -> None:
        self.facts = [
            Recorded(2 * n + 1, datetime(2022, 1, 1, tzinfo=UTC), event)
            for n, event in enumerate(events)
        ]

    def read(
        self, after: Position, *, limit: int, topics: Sequence[str], to: Position | None = None
    ) -> Sequence[Recorded]:
        return [r for r in self.facts if after < r.position <= (to or self.head())][:limit]

    def head(self) -> Position:
        return 2 * len(self.facts)

    def now(self) -> datetime:
        return datetime(2023, 1, 1, tzinfo=UTC)


@st.composite
def happenings(draw: st.DrawFn) -> Event:
    code = draw(st.sampled_from(CODES))
    other = draw(st.sampled_from(CODES))
    day = draw(st.sampled_from(DAYS))
    kind = draw(st.sampled_from(KINDS))
    facts = {
        UnitFounded: {
            "unit_name": code,
            "level": draw(st.sampled_from(Level)),
            "parent": draw(st.sampled_from([None, other])),
            "sector": Sector.STATE,
            "valid_from": day,
        },
        UnitMoved: {"parent": other, "valid_from": day},
        UnitRenamed: {"unit_name": draw(st.text("xyz", max_size=2)), "valid_from": day},
        UnitClosed: {
            "merged_into": draw(st.sampled_from([None, other])),
            "valid_from": day,
        },
        HeadsCounted: {
            "members": draw(st.integers(0, 9)),
            "members_and_workers": 9,
            "counted_on": day,
        },
        CohortFormed: {"cohort_name": draw(st.sampled_from("xyz"))},
        CohortJoined: {"unit": other, "valid_from": day},
        CohortLeft: {"unit": other, "valid_from": day},
    }[kind]
    return kind.model_validate(
        {"originator_id": named("x"), "originator_version": 1, "by": BY, "code": code, **facts}
    )


KINDS: list[type[Event]] = [
    *(UnitFounded, UnitFounded, UnitMoved, UnitMoved, UnitRenamed, UnitClosed),
    *(HeadsCounted, CohortFormed, CohortJoined, CohortLeft),
]


def told(tree: Tree) -> tuple[object, ...]:
    """All that a tree says."""
    heads = [tuple(tree.heads(code, day) for day in DAYS) for code in CODES]
    first = [tree.first_heads(code) for code in CODES]
    paths = [tree.path(code) for code in CODES]
    return (dict(tree.units), heads, first, tree.cohorts, tree.cohort_names, paths)


@given(st.data())
def test_any_tree_is_what_its_events_make_whichever_was_asked_for_before(
    data: st.DataObject,
) -> None:
    events = data.draw(st.lists(happenings(), max_size=14))
    directory = Directory(Written(events))
    directory.catch_up()
    for _ in range(6):
        at = data.draw(st.integers(0, 2 * len(events)))
        day = data.draw(st.sampled_from(DAYS))
        tree = directory.tree(at=at, on=datetime(day.year, day.month, day.day, 12, tzinfo=HOME))
        known = [event for n, event in enumerate(events) if 2 * n + 1 <= at]
        anew = Tree.fold(known, day)
        assert told(tree) == told(anew)
        # The same as arrays, which are patched where a tree was grown.
        assert added_up(Places.of(tree)) == added_up(Places(anew))


def added_up(places: Places) -> list[object]:
    """What each unit comes to when the n-th counts 10 to the n, and where it counts at each level."""
    counts = np.zeros(places.size, dtype=np.int64)
    for n, number in enumerate(NUMBERS):
        if number < places.size:
            counts[number] = 10**n
    rolled = places.rolled(counts[np.newaxis])[0]
    levels = [places.ancestors(level) for level in Level]
    return [
        (int(rolled[number]), [int(above[number]) for above in levels])
        for number in NUMBERS
        if number < places.size
    ]

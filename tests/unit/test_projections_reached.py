"""When a number was reached: always the first position after which a plain recount comes to it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.boards.milestones import milestone
from services.projections.reckoning import counts
from services.projections.reckoning.asof import Axis, Moment
from services.projections.reckoning.counts import Span
from services.projections.reckoning.reckoning import Measures, Reckoning, Scope
from services.projections.reckoning.tally import MEASURES, Line, Lines, Tally, count_all
from services.projections.reckoning.totals import Totals, span_of
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA, Entries
from services.projections.views.facts import micros
from services.projections.views.projector import Projector
from shared.events.idea import IdeaDeclared
from shared.events.organisation import UnitFounded
from shared.ledger.model import Recorded
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import Level, Position, Sector, named
from tests.chronicle import BY, START
from tests.unit.test_projections_standing import histories, moments, recount
from tests.unit.test_tree import moved

PARENTS = {"vn": None, "p": "vn", "a": "p", "b": "p", "c": "vn"}
FOUNDED = [
    UnitFounded(
        originator_id=named("unit", code),
        originator_version=1,
        by=BY,
        code=code,
        unit_name=code,
        level=Level.NATION if parent is None else Level.GRASSROOTS,
        parent=parent,
        sector=Sector.STATE,
        valid_from=date.min,
    )
    for code, parent in PARENTS.items()
]
TREE = Tree.fold(FOUNDED, date.max)
CIRCLE = Tree.fold(
    [*FOUNDED, moved("p", "c", START.date()), moved("c", "p", START.date())], date.max
)
"""Two moves at one moment put each of two units under the other."""
WINDOW = Window.model_validate({"from": START, "to": START + timedelta(minutes=12)})
GOALS = range(5)


@pytest.fixture(scope="module", autouse=True, params=[True, False], ids=["picked", "all rows"])
def _rows_are_picked_out_cell_by_cell(request: pytest.FixtureRequest) -> Iterator[None]:
    """As in a ledger of millions, or as in a small one."""
    with pytest.MonkeyPatch.context() as patched:
        if request.param:
            patched.setattr(counts, "STRIDE", 1)
            patched.setattr(counts, "MOST_SHARE", 0)
            patched.setattr(counts, "STALE", 1)
        yield


@contextmanager
def taken_in(history: Sequence[Recorded]) -> Iterator[Views]:
    with tempfile.TemporaryDirectory() as directory:
        views = Views(f"sqlite:///{Path(directory) / 'views.db'}")
        Projector(views, (Entries(),)).handle(history)
        yield views
        views.close()


def first(
    history: Sequence[Recorded], counted: Callable[[Position], int], goal: int
) -> Recorded | None:
    """The first event after which so many are counted."""
    return next((r for r in history if counted(r.position) >= goal), None)


class Named:
    """One of the measures that are counted."""

    def __init__(self, counted: Callable[[Position], Measures], name: str) -> None:
        self._counted = counted
        self._name = name

    def __call__(self, position: Position) -> int:
        return int(self._counted(position)._asdict()[self._name])


def below(
    root: str, history: Sequence[Recorded], window: Window | None
) -> Callable[[Position], Measures]:
    def counted(position: Position) -> Measures:
        found = recount(history, position, window=window)
        total = Measures()
        for unit, measures in found.items():
            if TREE.inside(unit, root):
                total = total.plus(measures)
        return total

    return counted


@settings(max_examples=40)
@given(histories(), st.integers(0, 50))
def test_targets_are_reached_when_a_recount_says_so(history: list[Recorded], cut: int) -> None:
    seen = [r for r in history if r.position <= cut]
    tallies = {
        root: [Tally(window, [g for g in GOALS if g]) for window in (None, WINDOW)]
        for root in PARENTS
    }
    with taken_in(history) as views, views.read(QUOTA) as snapshot:
        count_all(snapshot, Scope("1tr", cut), tallies, TREE)
    for root, (whole, within) in tallies.items():
        for tally, window in ((whole, None), (within, WINDOW)):
            counted = below(root, history, window)
            last = counted(cut)
            assert (tally.gross.total, tally.net.total) == (last.gross, last.net)
            for goal in GOALS[1:]:
                for count, name in ((tally.gross, "gross"), (tally.net, "net")):
                    reached = first(seen, Named(counted, name), goal)
                    expected = reached and micros(reached.recorded)
                    assert count.at(goal) == (expected if count.total >= goal else None)


@settings(max_examples=40)
@given(histories(), st.lists(st.integers(0, 50), min_size=2, max_size=4), st.integers(0, 40))
def test_what_is_remembered_of_one_moment_is_right_at_every_other_and_as_the_record_grows(
    history: list[Recorded], cuts: list[int], early: int
) -> None:
    asked = [(root, window) for root in PARENTS for window in (None, WINDOW)]
    goals = (None, *GOALS[1:])
    lines = Lines(
        [Line(root, span_of(window), goal) for root, window in asked for goal in goals], TREE
    )
    # What each of them counted after every event, by a recount.
    after = {
        one: [below(one[0], history, one[1])(r.position)._asdict() for r in history]
        for one in asked
    }
    with tempfile.TemporaryDirectory() as directory:
        views = Views(f"sqlite:///{Path(directory) / 'views.db'}")
        projector = Projector(views, (Entries(),))
        for part in (history[:early], history[early:]):
            projector.handle(part)
            for cut in cuts:
                with views.read(QUOTA) as snapshot:
                    scope = Scope("1tr", min(cut, snapshot.position))
                    reckoning = Reckoning.of(snapshot, scope)
                    told = {name: lines.progress(reckoning, name) for name in MEASURES}
                past = sum(r.position <= scope.position for r in history)
                for name, progress in told.items():
                    answers = iter(zip(*progress, strict=True))
                    for one in asked:
                        so_many = [found[name] for found in after[one][:past]]
                        last = so_many[-1] if so_many else 0
                        for goal in goals:
                            came = None
                            if goal is not None and last >= goal:
                                came = next(n for n, count in enumerate(so_many) if count >= goal)
                            when = None if came is None else micros(history[came].recorded)
                            assert next(answers) == (last, when)
        views.close()


def first_true(
    history: Sequence[Recorded], by: datetime, counted: Callable[[datetime], int], goal: int
) -> datetime | None:
    """The first instant, up to that one, at which so many were true."""
    marks = sorted({i for r in history for i in (r.recorded, r.effective) if i <= by})
    return next((mark for mark in marks if counted(mark) >= goal), None)


@settings(max_examples=40)
@given(st.data())
def test_once_corrected_targets_and_milestones_are_reached_when_it_became_true(
    data: st.DataObject,
) -> None:
    history = data.draw(histories())
    cut, by, count = data.draw(st.integers(0, 50)), data.draw(moments(history)), 2
    tallies = {root: [Tally(None, GOALS[1:])] for root in PARENTS}
    with taken_in(history) as views:
        with views.read(QUOTA) as snapshot:
            count_all(snapshot, Scope("1tr", cut, micros(by)), tallies, TREE)
        found = milestone(views, "1tr", count, Moment(cut, by, Axis.CORRECTED))

    def counted(root: str, name: str) -> Callable[[datetime], int]:
        def at(instant: datetime) -> int:
            units = recount(history, cut, instant).items()
            return sum(m._asdict()[name] for unit, m in units if TREE.inside(unit, root))

        return at

    for root, (tally,) in tallies.items():
        for reached, name in ((tally.gross, "gross"), (tally.net, "net")):
            so_far = counted(root, name)
            assert reached.total == so_far(by)
            for goal in GOALS[1:]:
                at = first_true(history, by, so_far, goal) if reached.total >= goal else None
                assert reached.at(goal) == (micros(at) if at is not None else None)
    for came, name in ((found.gross, "gross"), (found.net, "net")):
        assert (came and came.at) == first_true(history, by, counted("vn", name), count)


@settings(max_examples=40)
@given(histories(), st.sampled_from(["gross", "net", "people", "benefit"]))
def test_a_count_first_stood_where_it_is_when_a_recount_says_so(
    history: list[Recorded], measure: str
) -> None:
    last = history[-1].position

    def so_far(unit: str) -> Callable[[Position], int]:
        return lambda position: int(
            recount(history, position).get(unit, Measures())._asdict()[measure]
        )

    present = {unit: so_far(unit)(last) for unit in "abc" if so_far(unit)(last)}
    with taken_in(history) as views, views.read(QUOTA) as snapshot:
        totals = Totals(snapshot, Scope("1tr", last), TREE)
        found = totals.first_stood({measure: 1}, present, dict.fromkeys(present))
    expected = {unit: first(history, so_far(unit), goal) for unit, goal in present.items()}
    assert found == {unit: at.position for unit, at in expected.items() if at is not None}


@settings(max_examples=40)
@given(
    history=histories(),
    asked=st.dictionaries(
        st.sampled_from([*PARENTS, "nobody"]), st.sampled_from([None, span_of(WINDOW)])
    ),
    tree=st.sampled_from([TREE, CIRCLE]),
    corrected=st.booleans(),
)
def test_of_several_units_each_counts_what_it_counts_alone(
    history: list[Recorded], asked: dict[str, Span | None], tree: Tree, corrected: bool
) -> None:
    true_by = micros(history[-1].recorded) if corrected else None
    with taken_in(history) as views, views.read(QUOTA) as snapshot:
        totals = Totals(snapshot, Scope("1tr", history[-1].position, true_by), tree)
        found = totals.each([*asked, *asked], asked)
        assert found == {unit: totals.of(unit, span) for unit, span in asked.items()}


@settings(max_examples=40)
@given(histories(), st.integers(1, 4), st.integers(0, 50))
def test_milestones_are_where_a_recount_says(history: list[Recorded], count: int, cut: int) -> None:
    seen = [r for r in history if r.position <= cut]
    with taken_in(history) as views:
        found = milestone(views, "1tr", count, Moment(cut, START))
    declared = [r for r in seen if isinstance(r.event, IdeaDeclared)]
    assert (found.gross.position if found.gross is not None else None) == (
        declared[count - 1].position if len(declared) >= count else None
    )

    def valid(position: Position) -> int:
        return sum(measures.net for measures in recount(history, position).values())

    reached = first(seen, valid, count)
    assert (found.net.position if found.net is not None else None) == (
        reached.position if reached is not None else None
    )

"""Whatever happened: the changes that are told are the number, the causes are the difference, the passings are the rank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.boards.leaderboard import LeaderboardRow, Measure, leaderboard
from services.projections.boards.quota import quota
from services.projections.boards.ranking import Ranking
from services.projections.history.causes import Cause, Portion
from services.projections.history.comparison import both_axes, compare_leaderboards, compare_quotas
from services.projections.history.overtakings import overtakings
from services.projections.history.reasons import Change, Counted, Reasons, reasons
from services.projections.history.story import story
from services.projections.reckoning.asof import Axis, Moment, moment
from shared.cursor import after_cursor
from shared.vocabulary import Level, Sector, named
from tests.chronicle import day
from tests.turns import Asked, History, Turn, asked, moves, told, turns

EXAMPLES = 40
MEASURES = ("gross", "net", "people", "benefit")


RANKINGS = (
    Ranking(phase="1"),
    Ranking(phase="2"),
    Ranking(phase="3"),
    Ranking(level=Level.GRASSROOTS, below="p3"),
    Ranking(level=None, below="p2", phase="2"),
    Ranking(level=None, sector=Sector.STATE),
)
"""Of a phase, of which some have their own; of a part of the tree that units move into; of several levels."""


def rows(
    history: History, at: Moment, level: Level = Level.FIRST, ranking: Ranking | None = None
) -> Mapping[str, LeaderboardRow]:
    """The leaderboard by unit, which is counted without any of what is tested here."""
    options = (ranking or Ranking(level=level)).options
    board = leaderboard(
        history.views, history.story.directory, programme="1tr", at=at, top=None, **options
    )
    return {row.unit: row for row in board.rows}


def why(
    history: History, unit: str, at: Moment, measure: Counted, phase: str | None = None
) -> tuple[Reasons, list[Change]]:
    """The first page, and the changes of all pages."""
    first = found = reasons(
        history.views, history.story.directory, history.ledger,
        programme="1tr", unit=unit, at=at, measure=measure, phase=phase, limit=3,
    )  # fmt: skip
    changes = list(found.changes)
    while found.next is not None:
        found = reasons(
            history.views, history.story.directory, history.ledger,
            programme="1tr", unit=unit, at=at, measure=measure, phase=phase,
            after=after_cursor(found.next), limit=3,
        )  # fmt: skip
        changes += found.changes
    return first, changes


@settings(max_examples=EXAMPLES)
@given(turns, moves, asked, st.sampled_from(("p1", "p2", "p3")))
def test_the_changes_that_are_listed_add_up_to_the_number_on_the_board(
    turned: list[Turn], move: tuple[str, int] | None, when: Asked, unit: str
) -> None:
    with told(turned, move) as history:
        at = history.at(when)
        row = rows(history, at)[unit]
        for measure in MEASURES:
            number = getattr(row, measure)
            first, changes = why(history, unit, at, Counted(measure))
            assert sum(change.by for change in changes) == number == first.total
            assert sum(getattr(portion, measure) for portion in first.by_cause) == number
            assert [c.position for c in changes] == sorted(c.position for c in changes)
            assert all(change.by for change in changes)


@settings(max_examples=EXAMPLES)
@given(turns, moves, asked)
def test_the_changes_of_a_phase_add_up_to_what_the_quota_board_counts(
    turned: list[Turn], move: tuple[str, int] | None, when: Asked
) -> None:
    with told(turned, move) as history:
        at = history.at(when)
        board = quota(history.views, history.story.directory, programme="1tr", at=at)
        assert board.rows
        for row in board.rows:
            for measure in (Counted.GROSS, Counted.NET):
                first, changes = why(history, row.unit, at, measure, row.phase)
                assert sum(c.by for c in changes) == getattr(row, measure.value) == first.total


class Row(Protocol):
    """Whatever counts gross and net."""

    @property
    def gross(self) -> int: ...
    @property
    def net(self) -> int: ...


def total(portions: tuple[Portion, ...], measure: str) -> int:
    return sum(getattr(portion, measure) for portion in portions)


@settings(max_examples=EXAMPLES)
@given(turns, moves, asked, asked)
def test_what_changed_between_two_moments_is_the_sum_of_its_causes(
    turned: list[Turn], move: tuple[str, int] | None, one: Asked, other: Asked
) -> None:
    with told(turned, move) as history:
        moments = history.at(one), history.at(other)
        before, after = (rows(history, at) for at in moments)
        found = compare_leaderboards(
            history.views, history.story.directory, history.ledger,
            programme="1tr", one=moments[0], other=moments[1],
        )  # fmt: skip
        changed = {row.unit: row for row in found.rows}
        for unit in {*before, *after}:
            was, is_ = before[unit], after[unit]
            for measure in MEASURES:
                difference = getattr(is_, measure) - getattr(was, measure)
                causes = changed[unit].by_cause if unit in changed else ()
                assert total(causes, measure) == difference
            if unit in changed:
                assert changed[unit].moved == was.rank - is_.rank
            else:
                assert was.rank == is_.rank
        for measure in MEASURES:
            assert total(found.by_cause, measure) == sum(
                getattr(after[unit], measure) - getattr(before[unit], measure) for unit in before
            )
        assert not any(portion.cause is Cause.REORGANISED for portion in found.by_cause)


@settings(max_examples=2 * EXAMPLES)
@given(turns, moves, asked, asked, st.sampled_from(RANKINGS))
def test_whoever_is_ranked_the_causes_are_the_difference(
    turned: list[Turn],
    move: tuple[str, int] | None,
    one: Asked,
    other: Asked,
    ranking: Ranking,
) -> None:
    with told(turned, move) as history:
        moments = history.at(one), history.at(other)
        before, after = (rows(history, at, ranking=ranking) for at in moments)
        found = compare_leaderboards(
            history.views, history.story.directory, history.ledger,
            programme="1tr", one=moments[0], other=moments[1], ranking=ranking,
        )  # fmt: skip
        changed = {row.unit: row for row in found.rows}
        assert changed.keys() <= {*before, *after}
        for unit in {*before, *after}:
            causes = changed[unit].by_cause if unit in changed else ()
            for measure in MEASURES:
                was, is_ = (getattr(board.get(unit), measure, 0) for board in (before, after))
                assert total(causes, measure) == is_ - was
            if unit in changed:
                assert (changed[unit].before, changed[unit].after) == (
                    before.get(unit),
                    after.get(unit),
                )


@settings(max_examples=EXAMPLES)
@given(turns, moves, asked, asked)
def test_what_changed_of_a_quota_is_the_sum_of_its_causes(
    turned: list[Turn], move: tuple[str, int] | None, one: Asked, other: Asked
) -> None:
    with told(turned, move) as history:
        moments = history.at(one), history.at(other)
        before, after = (
            {
                (row.unit, row.phase): row
                for row in quota(
                    history.views, history.story.directory, programme="1tr", at=at
                ).rows
            }
            for at in moments
        )
        found = compare_quotas(
            history.views, history.story.directory, history.ledger,
            programme="1tr", one=moments[0], other=moments[1],
        )  # fmt: skip
        changed = {(row.unit, row.phase): row.by_cause for row in found.rows}
        assert before.keys() == after.keys()
        for key, was in before.items():
            is_ = after[key]
            causes = changed.get(key, ())
            assert total(causes, "gross") == is_.gross - was.gross
            assert total(causes, "net") == is_.net - was.net


@settings(max_examples=EXAMPLES)
@given(turns, moves, st.integers(0, 60))
def test_the_difference_of_the_two_axes_is_corrected_less_known(
    turned: list[Turn], move: tuple[str, int] | None, on: int
) -> None:
    with told(turned, move) as history:
        known, corrected = both_axes(history.at(Asked(on)), history.at())
        before, after = rows(history, known), rows(history, corrected)
        found = compare_leaderboards(
            history.views, history.story.directory, history.ledger,
            programme="1tr", one=known, other=corrected,
        )  # fmt: skip
        assert (found.before.axis, found.after.axis) == (Axis.KNOWN, Axis.CORRECTED)
        changed = {row.unit: row.by_cause for row in found.rows}
        for unit, was in before.items():
            for measure in MEASURES:
                difference = getattr(after[unit], measure) - getattr(was, measure)
                assert total(changed.get(unit, ()), measure) == difference


@settings(max_examples=EXAMPLES)
@given(turns, st.sampled_from(("p1", "p2", "p3")), st.sampled_from((Counted.GROSS, Counted.NET)), st.integers(0, 20))  # fmt: skip
def test_a_rank_is_what_the_passings_up_to_there_make_of_it(
    turned: list[Turn], unit: str, measure: Counted, since: int
) -> None:
    with told(turned) as history:
        begin, head = history.at(Asked(since)), history.at()
        found = overtakings(
            history.views, history.story.directory, history.ledger,
            programme="1tr", unit=unit, at=head, since=begin, measure=measure,
        )  # fmt: skip

        def rank(at: Moment) -> int:
            board = leaderboard(
                history.views, history.story.directory,
                programme="1tr", at=at, measure=Measure(measure.value), top=None,
            )  # fmt: skip
            return next(row.rank for row in board.rows if row.unit == unit)

        standing = found.rank_then
        assert standing == rank(begin)
        assert found.rank == rank(head)
        for position in range(begin.position + 1, head.position + 1):
            here = [o for o in found.overtakings if o.position == position]
            for passing in here:
                assert (passing.rank_before, passing.gap_before <= 0 <= passing.gap_after) == (
                    standing,
                    True,
                )
            standing += sum(1 if o.passed == unit else -1 for o in here)
            assert standing == rank(moment(history.ledger, str(position)))
        assert standing == found.rank


@settings(max_examples=EXAMPLES)
@given(turns, st.sampled_from(("p1", "p2", "p3")), st.integers(0, 40), st.integers(0, 40))
def test_a_rank_once_corrected_is_what_the_passings_make_of_it(
    turned: list[Turn], unit: str, since: int, until: int
) -> None:
    with told(turned) as history:

        def at(on: int) -> Moment:
            return moment(history.ledger, day(on).isoformat(), Axis.CORRECTED)

        begin, end = min(since, until), max(since, until)
        found = overtakings(
            history.views, history.story.directory, history.ledger,
            programme="1tr", unit=unit, at=at(end), since=at(begin),
        )  # fmt: skip
        standing = found.rank_then
        assert standing == rows(history, at(begin))[unit].rank
        for on in range(begin + 1, end + 1):
            here = [o for o in found.overtakings if day(on - 1) < o.at <= day(on)]
            standing += sum(1 if o.passed == unit else -1 for o in here)
            assert standing == rows(history, at(on))[unit].rank
        assert standing == found.rank


@settings(max_examples=EXAMPLES)
@given(turns, st.integers(0, 60))
def test_an_idea_counted_where_its_story_says_on_both_axes(turned: list[Turn], on: int) -> None:
    with told(turned) as history:
        known, corrected = (
            moment(history.ledger, day(on).isoformat(), axis)
            for axis in (Axis.KNOWN, Axis.CORRECTED)
        )
        boards = [rows(history, at, Level.GRASSROOTS) for at in (known, corrected)]
        stories = [
            story(history.ledger, history.views, named("idea", name), history.at())
            for name in history.story.ideas
        ]
        for axis, board in zip(("known", "corrected"), boards, strict=True):
            for unit, row in board.items():
                spans = [
                    span
                    for told_ in stories
                    for span in getattr(told_, axis)
                    if span.unit == unit
                    and span.since <= day(on)
                    and (span.until is None or day(on) < span.until)
                ]
                assert sum(span.gross for span in spans) == row.gross
                assert sum(span.net for span in spans) == row.net

"""The questions that published figures are asked with, each a reading of a board as of any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from services.projections.claims.boards import Asked, Boards
from services.projections.claims.figures import Figure, Form
from services.projections.presentation.sentences import ConflictKind
from services.projections.reckoning.asof import Moment
from shared.vocabulary import HOME, HeadCount, Level

DAY: Final = timedelta(days=1)


class Turn(StrEnum):
    """How an answer changes in the course of a history, so that the nearest moment of another one can be found."""

    RISES = "rises"
    FALLS = "falls"
    WITH_TARGETS = "with-targets"
    STAYS = "stays"


def count(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How much a unit or cohort has: ideas handed in, or another measure of the board."""
    measure = asked.text("of") or "gross"
    of_cohort = asked.subject.cohort is not None
    row = boards.cohort(asked, at) if of_cohort else boards.row(asked, at)
    found: int | None = getattr(row, measure, None)
    return found


def progress(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """A column of the quota board for the unit and phase."""
    row = boards.progress(asked, at)
    found: int | float | None = getattr(row, asked.text("of") or "gross") if row else None
    return found


def rank(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The unit's rank, count and share in percent."""
    row = boards.row(asked, at)
    if row is None:
        return None
    return {"rank": row.rank, "count": row.gross, "share_pct": 100 * row.share}


def leaders(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """What the first so many units have together."""
    return sum(row.gross for row in boards.leaders(asked, at).rows[: int(asked.amount("top"))])


def days_ahead(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Whole days between reaching the unit's target and the programme's end (domain section 3)."""
    goal = boards.progress(asked, at)
    rows = boards.lead(asked, at).rows if goal is not None else ()
    return next((row.days_ahead for row in rows if goal and row.kind is goal.kind), None)


def since_start(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Whole days since the programme's window opened."""
    return (at.instant - boards.programme(asked, at).terms.window.from_) // DAY


def target(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The target in force, by the first kind that there is; of a cohort, the sum over its members, if all have one."""
    if asked.subject.cohort is None:
        goal = boards.progress(asked, at)
        return goal.target if goal is not None else None
    row = boards.cohort(asked, at)
    for sum_ in row.targets if row is not None else ():
        if asked.kind in {None, sum_.kind} and row and sum_.members_with_target == len(row.members):
            return sum_.total
    return None


def target_below(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The sum of the targets of one kind over all first-level units."""
    levels = boards.cascade(asked, at).levels
    return sum(row.total for row in levels if row.level is Level.FIRST and row.phase is None)


def share_of_targets(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many percent of all first-level targets of a kind the cohort or unit has."""
    own, whole = target(boards, asked, at), target_below(boards, asked, at)
    return 100 * own / whole if isinstance(own, int) and isinstance(whole, int) and whole else None


def margin(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """By how much the unit, or cohort, registered more than it was oriented towards."""
    board = boards.margins(asked, at)
    if asked.subject.cohort is not None:
        return board.margin if board.compared else None
    return next((row.margin for row in board.rows if row.unit == asked.subject.unit), None)


def below_margin(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many units registered less than they were oriented towards."""
    board = boards.margins(asked, at)
    return board.below_count if board.compared else None


def target_percent(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Of a target that is a percentage of a head count, the percentage."""
    of = HeadCount(asked.text("of") or "")
    found = (row.percentage for row in boards.goals(asked, at, asked.text("phase")))
    return next((given.percent for given in found if given is not None and given.of is of), None)


def document(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The document with the number asked for that a target in force of the unit rests on, with its date."""
    wanted = asked.published.get("no") if isinstance(asked.published, dict) else None
    for row in boards.goals(asked, at, ...):
        if row.document == wanted:
            return {"no": row.document, "date": row.dated.isoformat()}
    return None


def conflict(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Whether a number that the unit was given contradicts the percentage of its plan."""
    rows = boards.conflicts(asked, at, ConflictKind.NUMBER_AGAINST_PERCENTAGE).rows
    phase = asked.text("phase")
    return any(row.unit == asked.subject.unit and row.phase == phase for row in rows)


def cascade(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """On how many levels, from the unit down, there are targets."""
    return len({row.level for row in boards.cascade(asked, at, asked.subject.unit).levels})


def covered(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many percent of the first-level units have a target of their own making or assignment: a plan."""
    units = {unit.code for unit in boards.tree(at).at_level(Level.FIRST)}
    kinds = asked.words("kinds")
    with_plan = {row.unit for row in boards.given(asked, at) if row.kind.value in kinds}
    return 100 * len(units & with_plan) / len(units) if units else None


def phases(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many phases the programme has for the unit."""
    tree, unit = boards.tree(at), asked.subject.unit
    above = set(tree.path(unit)) if unit is not None else set()
    of_unit = [p for p in boards.programme(asked, at).terms.phases if p.unit in {None, *above}]
    return len({phase.code for phase in of_unit})


def window(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The first and the last day of a phase, as the unit has it."""
    found = boards.programme(asked, at).window(
        asked.text("phase"), asked.subject.unit or "", boards.tree(at)
    )
    if found is None:
        return None
    last = found.to - timedelta(microseconds=1)
    return [instant.astimezone(HOME).date().isoformat() for instant in (found.from_, last)]


def behind(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many units of a level are under a share of their target for the whole programme."""
    return boards.behind(asked, at).count


def early(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many units below came early to the end, or near it, or beyond the phase: the states that are asked for."""
    board = boards.finishers(asked, at)
    found: list[int] = [getattr(board, state) for state in asked.words("states")]
    return sum(found)


class Question(NamedTuple):
    """How a question is answered, how its answer turns in the course of a history, and the command that shows it.

    Of a cohort it may be another command. Options are taken from the settings, where they are given.
    """

    answer: Callable[[Boards, Asked, Moment], Figure]
    turns: Turn
    shown_by: str
    of_cohort: str = ""
    options: tuple[str, ...] = ()
    form: Form = Form.NUMBER


QUOTA: Final = "board quota --unit {unit} --phase {phase}"
LEADERBOARD: Final = "board leaderboard --level {level} --top {rank}"
COHORTS: Final = "board cohorts --cohort {cohort}"
CASCADE: Final = "board cascade"
MARGINS: Final = "board margins --level {level}"
PHASES: Final = "board phases --unit {unit}"
QUESTIONS: Final[Mapping[str, Question]] = {
    "count": Question(count, Turn.RISES, f"{LEADERBOARD} --measure {{of}}", COHORTS),
    "rank": Question(rank, Turn.RISES, LEADERBOARD, form=Form.PARTS),
    "leaders": Question(leaders, Turn.RISES, "board leaderboard --top {top}"),
    "progress": Question(progress, Turn.RISES, QUOTA, options=("kind",)),
    "days_ahead": Question(days_ahead, Turn.RISES, "board lead --unit {unit} --phase {phase}"),
    "since_start": Question(since_start, Turn.RISES, PHASES),
    "target": Question(target, Turn.WITH_TARGETS, QUOTA, COHORTS, ("kind",)),
    "target_below": Question(target_below, Turn.WITH_TARGETS, CASCADE, options=("kind",)),
    "share_of_targets": Question(share_of_targets, Turn.WITH_TARGETS, CASCADE, COHORTS, ("kind",)),
    "margin": Question(margin, Turn.WITH_TARGETS, MARGINS, "board margins --cohort {cohort}"),
    "below_margin": Question(below_margin, Turn.WITH_TARGETS, MARGINS, "board margins --cohort {cohort}"),
    "target_percent": Question(target_percent, Turn.WITH_TARGETS, QUOTA, options=("kind",)),
    "document": Question(document, Turn.WITH_TARGETS, "board quota --unit {unit}", form=Form.PARTS),
    "conflict": Question(conflict, Turn.WITH_TARGETS, "board conflicts --unit {unit} --kind number-against-percentage", form=Form.ANY),
    "cascade": Question(cascade, Turn.WITH_TARGETS, "board cascade --unit {unit}"),
    "covered": Question(covered, Turn.WITH_TARGETS, "board quota --phase whole"),
    "phases": Question(phases, Turn.STAYS, PHASES),
    "window": Question(window, Turn.STAYS, PHASES, form=Form.SEVERAL),
    "behind": Question(behind, Turn.FALLS, "board under --share {share} --level {level}"),
    "early": Question(early, Turn.RISES, "board finishers --under {unit} --near {near} --so-far"),
}  # fmt: skip

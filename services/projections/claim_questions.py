"""The questions that published figures are asked with, each a reading of a board as of any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from services.projections.asof import Moment
from services.projections.claim_boards import Asked, Boards
from services.projections.claim_figures import Figure
from services.projections.quota import KINDS
from shared.vocabulary import HOME, HeadCount, Level, TargetKind

DAY: Final = timedelta(days=1)


class Turn(StrEnum):
    """How an answer changes in the course of a history, so that the nearest moment of another one can be found."""

    RISES = "rises"
    FALLS = "falls"
    WITH_TARGETS = "with-targets"
    STAYS = "stays"


def count(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How much a unit or cohort has: ideas handed in, or another measure of the leaderboard."""
    measure = asked.text("of") or "gross"
    if asked.subject.cohort is None:
        row = boards.row(asked, at)
        found: int | None = getattr(row, measure) if row is not None else None
        return found
    members = boards.members(asked, at)
    parts: list[int] = [
        getattr(row, measure) for row in boards.leaders(asked, at).rows if row.unit in members
    ]
    return sum(parts)


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
    """Whole days between reaching the nation's target and the programme's end (domain section 3)."""
    goal = target(boards, asked, at)
    left = boards.reached(asked, goal, at) if isinstance(goal, int) else None
    return left // DAY if left is not None else None


def since_start(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Whole days since the programme's window opened."""
    return (at.instant - boards.programme(asked, at).terms.window.from_) // DAY


def target(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The target in force, by the first kind that there is; of a cohort, the sum over its units."""
    kinds = KINDS if asked.kind is None else (asked.kind,)
    found: dict[str, tuple[int, int]] = {}
    for goal in boards.targets(asked, at):
        if goal.kind in kinds:
            held = found.get(goal.unit, (len(kinds), 0))
            found[goal.unit] = min(held, (kinds.index(goal.kind), goal.value))
    if not found or set(found) != boards.members(asked, at):
        return None
    return sum(value for _, value in found.values())


def _sum_below(boards: Boards, asked: Asked, at: Moment) -> int:
    """What the first-level units have set themselves together."""
    tree = boards.tree(at)
    below = {unit.code for unit in tree.at_level(Level.FIRST)}
    known = boards.programme(asked, at).in_force(boards.directory.day(at.instant))
    return sum(
        goal.value
        for goal in known
        if goal.unit in below and goal.phase is None and goal.kind is asked.kind
    )


def target_below(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The sum of the targets of one kind over all first-level units."""
    return _sum_below(boards, asked, at)


def share_of_targets(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many percent of all first-level targets of a kind the cohort or unit has."""
    own, whole = target(boards, asked, at), _sum_below(boards, asked, at)
    return 100 * own / whole if isinstance(own, int) and whole else None


def margins(boards: Boards, asked: Asked, at: Moment) -> dict[str, int]:
    """By how much the target of one kind is above that of another, for each unit that has both."""
    over = TargetKind(asked.text("over") or "")
    values = {(goal.unit, goal.kind): goal.value for goal in boards.targets(asked, at)}
    return {
        unit: value - values[unit, over]
        for (unit, kind), value in values.items()
        if kind is asked.kind and (unit, over) in values
    }


def margin(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """By how much a unit's target of one kind is above that of another."""
    found = margins(boards, asked, at)
    return sum(found.values()) if found else None


def below_margin(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many units have a target of one kind below that of another."""
    found = margins(boards, asked, at)
    return sum(by < 0 for by in found.values()) if found else None


def target_percent(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Of a target that is a percentage of a head count, the percentage."""
    of = HeadCount(asked.text("of") or "")
    for goal in boards.targets(asked, at):
        if goal.percent is not None and goal.of is of and asked.kind in {None, goal.kind}:
            return float(goal.percent)
    return None


def document(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """The document with the number asked for that a target of the unit rests on, with its date."""
    wanted = asked.published.get("no") if isinstance(asked.published, dict) else None
    today = boards.directory.day(at.instant)
    for goal in boards.programme(asked, at).targets:
        if goal.unit == asked.subject.unit and goal.document == wanted and goal.dated <= today:
            return {"no": goal.document, "date": goal.dated.isoformat()}
    return None


def conflict(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """Whether targets of different kinds contradict each other: a number beside a percentage that comes to another."""
    found = list(boards.targets(asked, at))
    numbers = {goal.value for goal in found if goal.percent is None}
    percentages = {goal.value for goal in found if goal.percent is not None}
    return bool(numbers and percentages - numbers)


def cascade(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """On how many levels, from the unit down, there are targets."""
    tree = boards.tree(at)
    inside = set(tree.below(asked.subject.unit or ""))
    known = boards.programme(asked, at).in_force(boards.directory.day(at.instant))
    return len({tree[goal.unit].level for goal in known if goal.unit in inside})


def covered(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many percent of the first-level units have a target of their own making or assignment: a plan."""
    kinds = asked.settings.get("kinds")
    units = {unit.code for unit in boards.tree(at).at_level(Level.FIRST)}
    known = boards.programme(asked, at).in_force(boards.directory.day(at.instant))
    with_plan = {g.unit for g in known if isinstance(kinds, list) and g.kind.value in kinds}
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
    tree = boards.tree(at)
    rows = boards.behind(asked, at).rows
    return sum(tree[row.unit].level.value == asked.text("level") for row in rows)


def early(boards: Boards, asked: Asked, at: Moment) -> Figure:
    """How many units below have done, or nearly done, the whole; with a phase, how many others have done more than it."""
    near = asked.amount("near")
    whole = boards.progress_below(asked, None, at)
    done = {unit for unit, percent in whole.items() if percent >= near}
    phase = asked.text("phase")
    if phase is None:
        return len(done)
    over = boards.progress_below(asked, phase, at)
    return sum(percent > 100 and unit not in done for unit, percent in over.items())


class Question(NamedTuple):
    """How a question is answered, how its answer turns in the course of a history, and the command that shows it."""

    answer: Callable[[Boards, Asked, Moment], Figure]
    turns: Turn
    shown_by: str


QUOTA: Final = "board quota --unit {unit}"
LEADERBOARD: Final = "board leaderboard --level {level} --top 9999"
QUESTIONS: Final[Mapping[str, Question]] = {
    "count": Question(count, Turn.RISES, LEADERBOARD),
    "rank": Question(rank, Turn.RISES, LEADERBOARD),
    "leaders": Question(leaders, Turn.RISES, "board leaderboard --top {top}"),
    "progress": Question(progress, Turn.RISES, QUOTA),
    "days_ahead": Question(days_ahead, Turn.RISES, QUOTA),
    "since_start": Question(since_start, Turn.RISES, "events --type programme.opened"),
    "target": Question(target, Turn.WITH_TARGETS, QUOTA),
    "target_below": Question(target_below, Turn.WITH_TARGETS, "board quota"),
    "share_of_targets": Question(share_of_targets, Turn.WITH_TARGETS, "board quota"),
    "margin": Question(margin, Turn.WITH_TARGETS, QUOTA),
    "below_margin": Question(below_margin, Turn.WITH_TARGETS, "board quota"),
    "target_percent": Question(target_percent, Turn.WITH_TARGETS, QUOTA),
    "document": Question(document, Turn.WITH_TARGETS, QUOTA),
    "conflict": Question(conflict, Turn.WITH_TARGETS, QUOTA),
    "cascade": Question(cascade, Turn.WITH_TARGETS, "board quota"),
    "covered": Question(covered, Turn.WITH_TARGETS, "board quota"),
    "phases": Question(phases, Turn.STAYS, "events --type programme.opened"),
    "window": Question(window, Turn.STAYS, "events --type programme.opened"),
    "behind": Question(behind, Turn.FALLS, "board under --share {share}"),
    "early": Question(early, Turn.RISES, "board quota"),
}

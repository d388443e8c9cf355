"""Quarterly recognition: in each cohort the unit with the most valid ideas, if it is above its own target (D15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from services.projections.boards.goals import Goals
from services.projections.boards.leaderboard import share
from services.projections.reckoning.asof import AsOf, Moment, heading
from services.projections.reckoning.period import Period
from services.projections.reckoning.reckoning import NEVER, Scope
from services.projections.reckoning.selection import CohortIsUnknown
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from shared.directory import Directory, Programme
from shared.figures import Figures
from shared.messages import Language
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import TargetKind, Value

MOMENT: Final = timedelta(microseconds=1)


class Outcome(StrEnum):
    """Whether the first of a cohort is recognised, and if not, why."""

    RECOGNISED = "recognised"
    NOT_ABOVE_TARGET = "not-above-target"
    NO_TARGET = "no-target"
    NOTHING_VALID = "nothing-valid"


class DuePart(Value):
    """A target that the quarter was measured by: for a wave, a phase, or (null) the whole programme; what falls due in it.

    A target for a wave that is just the quarter falls due in full; any other in proportion to the time of its window
    that lies in the quarter.
    """

    phase: str | None
    kind: TargetKind
    document: str
    dated: date
    target: int
    due: float


class RecognitionRow(Value):
    """The first of a cohort in the quarter, by valid ideas, and what became of it; `above` is declared less due.

    Ties go to who first came to its count. The runner-up is who would have been first without it.
    """

    cohort: str
    cohort_name: str
    unit: str | None
    name: str | None
    gross: int
    net: int
    duplicate_rate: float
    due: float | None
    above: float | None
    outcome: Outcome
    vi: str
    en: str
    runner_up: str | None
    runner_up_net: int | None
    targets: tuple[DuePart, ...]


class Recognition(AsOf):
    """Who is recognised for a quarter, cohort by cohort."""

    simulated: bool
    programme: str
    quarter: str
    begins: datetime
    ends: datetime
    complete: bool
    recognised_count: int
    rows: tuple[RecognitionRow, ...]


class Due(NamedTuple):
    """What of one target falls due in the quarter, exactly."""

    part: DuePart
    exact: Fraction


def recognition(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    quarter: Period,
    cohort: str | None = None,
) -> Recognition:
    """The recognition of a quarter in one cohort or in each, as of a moment.

    First is who has the most valid ideas filed in the quarter; it is recognised if more were declared than fell due of
    its own target. Members, targets and the tree are those of the quarter's last day, or of the moment where that is
    earlier. Raises ProgrammeIsUnknown, CohortIsUnknown.
    """
    with views.read(QUOTA) as snapshot:
        scope = Scope.at(programme, at, snapshot)
        known = directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=quarter.within(at))
        if cohort is not None and cohort not in tree.cohorts:
            raise CohortIsUnknown(cohort, sorted(tree.cohorts))
        goals = Goals.on(known, directory.day(quarter.within(at)))
        totals = Totals(snapshot, scope, tree)
        rows = tuple(
            _row(code, totals, tree, known, goals, quarter)
            for code in ([cohort] if cohort is not None else sorted(tree.cohorts))
        )
    return Recognition(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        quarter=quarter.name,
        begins=quarter.begins,
        ends=quarter.ends,
        complete=quarter.complete(at),
        recognised_count=sum(row.outcome is Outcome.RECOGNISED for row in rows),
        rows=rows,
    )


def due(unit: str, programme: Programme, goals: Goals, tree: Tree, quarter: Period) -> list[Due]:
    """What falls due of a unit's own target: that for a wave which is the quarter, else of its phases, else of the whole."""

    def of(phase: str | None, window: Window) -> Iterator[Due]:
        target = goals.of(unit, phase)
        part = _part(window, quarter)
        if target is not None and part:
            exact = target.value * part
            yield Due(
                DuePart(
                    phase=phase,
                    kind=target.kind,
                    document=target.document,
                    dated=target.dated,
                    target=target.value,
                    due=float(exact),
                ),
                exact,
            )

    waves = [
        wave
        for _, wave in sorted(programme.waves.items())
        if (wave.from_, wave.to) == (quarter.begins, quarter.ends)
        and programme.window(wave.code, unit, tree) is not None
    ]
    for wave in waves:
        if found := list(of(wave.code, wave)):
            return found
    phases = programme.terms.chain(tree.path(unit))
    return [one for phase in phases for one in of(phase.code, phase)] or [
        *of(None, programme.terms.window)
    ]


def _part(window: Window, quarter: Period) -> Fraction:
    """Which part of a window's time lies in the quarter."""
    inside = min(window.to, quarter.ends) - max(window.from_, quarter.begins)
    length = window.to - window.from_
    return max(Fraction(inside // MOMENT, length // MOMENT), Fraction())


def _row(
    cohort: str, totals: Totals, tree: Tree, programme: Programme, goals: Goals, quarter: Period
) -> RecognitionRow:
    members = sorted(unit for unit in tree.cohorts[cohort] if unit in tree)
    spans = dict.fromkeys(members, quarter.span)
    net = totals.counts({"net": 1}, members, spans)
    valid = {unit: count for unit, count in net.items() if count > 0}
    stood = totals.first_stood({"net": 1}, valid, spans)
    order = sorted(valid, key=lambda unit: (-valid[unit], stood.get(unit, NEVER), unit))
    first = order[0] if order else None
    parts = due(first, programme, goals, tree, quarter) if first is not None else []
    owed = sum((part.exact for part in parts), Fraction()) if parts else None
    gross, duplicate = (
        totals.count(name, first, quarter.span) if first is not None else 0
        for name in ("gross", "duplicate")
    )
    outcome = Outcome.RECOGNISED
    if first is None:
        outcome = Outcome.NOTHING_VALID
    elif owed is None:
        outcome = Outcome.NO_TARGET
    elif gross <= owed:
        outcome = Outcome.NOT_ABOVE_TARGET
    found = RecognitionRow(
        cohort=cohort,
        cohort_name=tree.cohort_names.get(cohort, cohort),
        unit=first,
        name=tree.name(first) if first is not None else None,
        gross=gross,
        net=valid[first] if first is not None else 0,
        duplicate_rate=share(duplicate, gross),
        due=float(owed) if owed is not None else None,
        above=float(gross - owed) if owed is not None else None,
        outcome=outcome,
        vi="",
        en="",
        runner_up=order[1] if len(order) > 1 else None,
        runner_up_net=valid[order[1]] if len(order) > 1 else None,
        targets=tuple(part.part for part in parts),
    )
    return found.model_copy(update={"vi": _said(found, "vi"), "en": _said(found, "en")})


SENTENCES: Final = {
    Outcome.RECOGNISED: (
        "{name} dẫn đầu {cohort} với {net} sáng kiến hợp lệ và kê khai {gross}, vượt {due} là phần chỉ tiêu của quý "
        "({targets}): được ghi nhận.",
        "{name} leads {cohort} with {net} valid ideas and declared {gross}, above the {due} that fell due of its target "
        "in the quarter ({targets}): recognised.",
    ),
    Outcome.NOT_ABOVE_TARGET: (
        "{name} dẫn đầu {cohort} với {net} sáng kiến hợp lệ, nhưng kê khai {gross}, không vượt {due} là phần chỉ tiêu "
        "của quý ({targets}): không được ghi nhận.",
        "{name} leads {cohort} with {net} valid ideas, but declared {gross}, which is not above the {due} that fell due of "
        "its target in the quarter ({targets}): not recognised.",
    ),
    Outcome.NO_TARGET: (
        "{name} dẫn đầu {cohort} với {net} sáng kiến hợp lệ, nhưng không có chỉ tiêu nào cho quý để so: không được "
        "ghi nhận.",
        "{name} leads {cohort} with {net} valid ideas, but has no target for the quarter to be above: not recognised.",
    ),
    Outcome.NOTHING_VALID: (
        "Không đơn vị nào của {cohort} có sáng kiến hợp lệ trong quý.",
        "No unit of {cohort} has a valid idea in the quarter.",
    ),
}
WHOLE: Final[dict[Language, str]] = {"vi": "cả chương trình", "en": "whole programme"}


def _said(row: RecognitionRow, language: Language) -> str:
    """Why, in a sentence."""
    vi, en = SENTENCES[row.outcome]
    return (vi if language == "vi" else en).format(
        name=row.name,
        cohort=row.cohort_name,
        net=row.net,
        gross=row.gross,
        due=_written(row.due, language),
        targets=_named(row.targets, language),
    )


def _written(number: float | None, language: Language) -> str:
    return "" if number is None else Figures(language=language).number(number)


def _named(parts: Sequence[DuePart], language: Language) -> str:
    return "; ".join(
        f"{part.phase or WHOLE[language]}: {part.target}, {part.document or part.dated}"
        for part in parts
    )

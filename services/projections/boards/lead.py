"""Days ahead: how long before its deadline a target was reached, by the stated rule (domain section 3, C05)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.projections.boards.quota import QuotaRow, phase_asked, quota
from services.projections.reckoning.asof import AsOf, Moment
from services.projections.views.database import Views
from shared.directory import Directory
from shared.vocabulary import HOME, TargetKind, Value

A_DAY: Final = timedelta(days=1)


class LeadRow(Value):
    """A target and how many days before its deadline it was reached, gross and net; negative where it came late.

    The deadline is the end of the phase for the unit, or of the programme. Null is not reached, or lost again.
    """

    unit: str
    name: str
    phase: str | None
    kind: TargetKind
    target: int
    gross: int
    net: int
    deadline: datetime
    reached_at: datetime | None
    days_ahead: int | None
    net_reached_at: datetime | None
    net_days_ahead: int | None


class Lead(AsOf):
    """The targets by the days ahead of each: the earliest first, then what was not reached; `early` is how many were in time."""

    simulated: bool
    programme: str
    early: int
    rows: tuple[LeadRow, ...]


def days_ahead(deadline: datetime, reached: datetime | None) -> int | None:
    """floor((deadline - reached) / 1 day), as domain section 3 has it: 332 for 3 October 2022 and 1 September 2023."""
    return (deadline - reached) // A_DAY if reached is not None else None


def lead(
    views: Views,
    directory: Directory,
    *,
    programme: str,
    at: Moment,
    unit: str | None = None,
    phase: str | None = None,
    kind: TargetKind | None = None,
    early: bool = False,
) -> Lead:
    """How far ahead each target was reached, as of a moment; the phase `whole` is the programme, and None any.

    With `early`, only what was reached before its deadline. Raises ProgrammeIsUnknown, UnitIsUnknown, PhaseIsUnknown.
    """
    wanted = phase_asked(phase)
    board = quota(views, directory, programme=programme, at=at, unit=unit, phase=wanted, kind=kind)
    tree = directory.tree(at=board.position, on=at.instant)
    terms = directory.programme(programme, at=board.position)
    rows = []
    for row in board.rows:
        window = terms.window(row.phase, row.unit, tree)
        if window is not None:
            rows.append(_row(row, window.to.astimezone(HOME)))
    ahead = [row for row in rows if row.days_ahead is not None and row.days_ahead >= 0]
    shown = ahead if early else rows
    shown.sort(key=lambda row: (row.days_ahead is None, -(row.days_ahead or 0), row.unit))
    return Lead(
        **board.model_dump(include=set(AsOf.model_fields)),
        simulated=board.simulated,
        programme=programme,
        early=len(ahead),
        rows=tuple(shown),
    )


def _row(row: QuotaRow, deadline: datetime) -> LeadRow:
    return LeadRow(
        unit=row.unit,
        name=row.name,
        phase=row.phase,
        kind=row.kind,
        target=row.target,
        gross=row.gross,
        net=row.net,
        deadline=deadline,
        reached_at=row.reached_at,
        days_ahead=days_ahead(deadline, row.reached_at),
        net_reached_at=row.net_reached_at,
        net_days_ahead=days_ahead(deadline, row.net_reached_at),
    )

"""The phases of a programme: from when to when each runs, for everybody or for a unit that has its own."""

from __future__ import annotations

from datetime import datetime

from services.projections.boards.quota import PhaseIsUnknown
from services.projections.reckoning.asof import AsOf, Moment, heading
from shared.directory import Directory, Programme
from shared.errors import Invalid, NotFound
from shared.vocabulary import HOME, Value


class WaveIsUnknown(NotFound):
    """The programme holds no such wave."""

    code = "unknown-wave"

    def __init__(self, programme: Programme, wave: str) -> None:
        known = ", ".join(sorted(programme.waves)) or "none"
        super().__init__(
            f"Programme {programme.code} has no wave {wave}. Its waves: {known}. A phase is asked for as one.",
            wave=wave,
        )


class PhaseAndWave(Invalid):
    """A phase and a wave were asked for at once."""

    code = "phase-and-wave"

    def __init__(self) -> None:
        super().__init__(
            "A phase and a wave are asked for at once, and a board is of one window. Leave one of them out.",
            field="wave",
        )


class PhaseRow(Value):
    """One phase, [begins, ends); `window_of` is the unit whose own it is, None for everybody's."""

    phase: str
    begins: datetime
    ends: datetime
    window_of: str | None


class Phases(AsOf):
    """The programme's window and its phases: of a unit those that it goes through, else all that there are."""

    simulated: bool
    programme: str
    unit: str | None
    begins: datetime
    ends: datetime
    rows: tuple[PhaseRow, ...]


def part_asked(programme: Programme, phase: str | None, wave: str | None) -> str | None:
    """The part of the programme that is asked for, by its code; what is asked for as a phase may be a wave as well.

    Raises PhaseIsUnknown, WaveIsUnknown, PhaseAndWave.
    """
    if phase is not None and wave is not None:
        raise PhaseAndWave
    if wave is not None and wave not in programme.waves:
        raise WaveIsUnknown(programme, wave)
    if phase is not None and phase not in programme.parts:
        raise PhaseIsUnknown(programme, phase)
    return phase if wave is None else wave


def phases(directory: Directory, *, programme: str, at: Moment, unit: str | None = None) -> Phases:
    """The phases as known at a moment, in the order in which they begin.

    Raises ProgrammeIsUnknown, UnitIsUnknown.
    """
    terms = directory.programme(programme, at=at.position).terms
    found = terms.phases
    if unit is not None:
        tree = directory.tree(at=at.position, on=at.instant)
        found = terms.chain(tree.path(tree[unit].code))
    return Phases(
        **heading(at, at.position),
        simulated=directory.simulated,
        programme=programme,
        unit=unit,
        begins=terms.window.from_.astimezone(HOME),
        ends=terms.window.to.astimezone(HOME),
        rows=tuple(
            PhaseRow(
                phase=phase.code,
                begins=phase.from_.astimezone(HOME),
                ends=phase.to.astimezone(HOME),
                window_of=phase.unit,
            )
            for phase in sorted(found, key=lambda p: (p.unit or "", p.from_, p.code))
        ),
    )

"""Options that say which units, and whom to rank by what; every command that asks so takes the same."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.asked import Gathering
from services.projections.boards.leaderboard import Measure
from services.projections.boards.ranking import Ranking
from services.projections.history.question import Options
from services.projections.reckoning.selection import Selection
from shared.vocabulary import Level, Sector

OfLevel = Annotated[
    Level | None,
    typer.Option(
        "--level", help="Cấp; không ghi là cấp đầu, với --under, --sector, --kind là mọi cấp."
    ),
]
OfMeasure = Annotated[
    Measure | None, typer.Option("--measure", help="Xếp theo gì (ranked by what).")
]
InCohort = Annotated[
    str | None, typer.Option("--cohort", help="Chỉ các đơn vị của một cụm, khối (of a cohort).")
]
Mixed = Annotated[
    bool, typer.Option("--mixed", help="Thành viên mọi cấp của cụm trong một bảng (any level).")
]
Under = Annotated[
    str | None, typer.Option("--under", help="Chỉ các đơn vị thuộc đơn vị này (below a unit).")
]
OfSector = Annotated[Sector | None, typer.Option("--sector", help="Khu vực (of a sector).")]
OfLevelOrFirst = Annotated[
    Level | None,
    typer.Option("--level", help="Cấp; không ghi gì thì là cấp đầu (the first, unless asked)."),
]
OfKind = Annotated[
    str | None, typer.Option("--kind", help="Loại hình: enterprise, school … (of a kind).")
]
OfUnits = Annotated[
    str | None,
    typer.Option(
        "--kind",
        help="Loại hình: enterprise, school …; của chỉ tiêu: assigned … (kind of unit or target).",
    ),
]
InPhase = Annotated[
    str | None,
    typer.Option("--phase", help="Mã giai đoạn; của chỉ tiêu: 'whole' là cả chương trình."),
]
First = Annotated[int | None, typer.Option("--top", min=1, help="Chỉ những đơn vị đứng đầu.")]
OfUnit = Annotated[str | None, typer.Option("--unit", help="Chỉ một đơn vị (one unit alone).")]
InWave = Annotated[
    str | None, typer.Option("--wave", help="Sáng kiến nộp trong một đợt thi đua (of a wave).")
]


def one_part(phase: str | None, wave: str | None) -> None:
    """A phase and a wave at once are wrong usage."""
    if phase is not None and wave is not None:
        raise typer.BadParameter(
            "chỉ một trong --phase và --wave (one of them)", param_hint="--wave"
        )


def _ranking(phase: str | None, wave: str | None, under: str | None, **asked: Any) -> Ranking:  # noqa: ANN401
    one_part(phase, wave)
    return Ranking.asked(phase=phase, wave=wave, below=under, **asked)


def _question(
    phase: str | None,
    wave: str | None,
    under: str | None,
    mixed: bool,
    **asked: Any,  # noqa: ANN401
) -> Options:
    one_part(phase, wave)
    return Options(phase=phase, wave=wave, under=under, mixed=mixed or None, **asked)


RANKED: Final = (
    ("level", OfLevel, None),
    ("measure", OfMeasure, None),
    ("cohort", InCohort, None),
    ("mixed", Mixed, False),
    ("under", Under, None),
    ("sector", OfSector, None),
    ("kind", OfUnits, None),
    ("phase", InPhase, None),
    ("wave", InWave, None),
)
RANKING: Final = Gathering("ranking", RANKED, _ranking)
"""Which units are ranked by what."""
QUESTION: Final = Gathering(
    "options",
    (*RANKED, ("top", First, None), ("unit", OfUnit, None)),
    _question,
)
"""What may be asked of any board that is compared or frozen; each takes its own."""


def _selection(
    level: Level | None,
    cohort: str | None,
    under: str | None,
    sector: Sector | None = None,
    kind: str | None = None,
) -> Selection:
    return Selection.asked(level, cohort, under, sector, kind)


CHOSEN: Final = (
    ("level", OfLevelOrFirst, None),
    ("cohort", InCohort, None),
    ("under", Under, None),
)
SOME: Final = Gathering("selection", CHOSEN, _selection)
"""Units of a level or a cohort, or under one; of targets, `--kind` is theirs."""
SOME_OF_A_KIND: Final = Gathering(
    "selection", (*CHOSEN, ("sector", OfSector, None), ("kind", OfKind, None)), _selection
)
"""The same, of a sector or a kind besides."""

"""What every endpoint that ranks is asked for: whom, by what, and within which phase or wave."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from services.projections.api.selection import InCohort, Under
from services.projections.boards.leaderboard import Measure
from services.projections.boards.ranking import Ranking
from shared.vocabulary import Level, Sector


async def _asked(
    level: Annotated[
        Level | None,
        Query(description="Of a level; below a unit, of a sector or kind: of any, unless said."),
    ] = None,
    measure: Measure = Measure.GROSS,
    cohort: InCohort = None,
    mixed: Annotated[
        bool, Query(description="A cohort's members of every level in one list.")
    ] = False,
    under: Under = None,
    sector: Sector | None = None,
    kind: Annotated[
        str | None, Query(max_length=64, description="Only units of a kind: enterprise …")
    ] = None,
    phase: Annotated[
        str | None,
        Query(max_length=64, description="What was filed in a phase, or a wave, by its code."),
    ] = None,
    wave: Annotated[
        str | None, Query(max_length=64, description="What was filed in a wave, by its code.")
    ] = None,
) -> Ranking:
    return Ranking.asked(
        level=level,
        measure=measure,
        cohort=cohort,
        mixed=mixed,
        below=under,
        sector=sector,
        kind=kind,
        phase=phase,
        wave=wave,
    )


OfRanking = Annotated[Ranking, Depends(_asked)]

"""What every endpoint that looks at some of the units is asked for: of a level, a cohort, a sector, a kind, or under one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from services.projections.reckoning.selection import Selection
from shared.vocabulary import Level, Sector

InCohort = Annotated[str | None, Query(max_length=64, description="Only members of a cohort.")]
Under = Annotated[
    str | None, Query(alias="under", max_length=64, description="Only units below this one.")
]
OfLevelOrFirst = Annotated[
    Level | None,
    Query(description="Only units of a level; where no units are named at all: of the first."),
]


async def _some(
    level: OfLevelOrFirst = None, cohort: InCohort = None, under: Under = None
) -> Selection:
    return Selection.asked(level, cohort, under)


async def _some_of_a_kind(
    level: OfLevelOrFirst = None,
    cohort: InCohort = None,
    under: Under = None,
    sector: Annotated[Sector | None, Query(description="Only units of a sector.")] = None,
    kind: Annotated[
        str | None, Query(max_length=64, description="Only units of a kind: enterprise, school …")
    ] = None,
) -> Selection:
    return Selection.asked(level, cohort, under, sector, kind)


OfSome = Annotated[Selection, Depends(_some)]
"""Units of a level or a cohort, or under one; of targets, `kind` is theirs."""
OfSomeOfAKind = Annotated[Selection, Depends(_some_of_a_kind)]
"""The same, of a sector or a kind besides."""

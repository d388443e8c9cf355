"""Members of a case and flags between them, with nothing more to them than a test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.dedup.flag import flag_id
from shared.events.matching import FlagRaised
from shared.ledger.model import Actor
from shared.vocabulary import Band, Ineligible, Member, Parts, Tier, named

START: Final = datetime(2022, 1, 8, tzinfo=UTC)
KEEPER: Final = Actor(
    name="case-keeper", role="system", source="dedup", correlation=named("correlation")
)
REVIEWER: Final = Actor(
    name="thẩm định viên", role="reviewer", source="http", correlation=named("correlation")
)
MODEL: Final = "sha256:model"


def idea(name: str) -> UUID:
    """The idea that a test calls so."""
    return named("idea", name)


def member(
    name: str,
    position: int,
    *,
    filed: float | None = None,
    applied: float | None = None,
    unit: str = "bk-nr-01",
    programme: str = "1tr",
    solution: str = "",
    ineligible: tuple[Ineligible, ...] = (),
) -> Member:
    """A declaration at a position, filed so many days after the start (default: its position), applied where said."""
    filed_at = START + timedelta(days=position if filed is None else filed)
    applied_at = filed_at if applied is None else START + timedelta(days=applied)
    return Member(
        idea=idea(name),
        sender="cli",
        external_id=name,
        programme=programme,
        unit=unit,
        filed_at=filed_at,
        priority=min(filed_at, applied_at),
        by_application=applied_at < filed_at,
        position=position,
        solution_hash=solution or f"solution of {name}",
        ineligible=ineligible,
    )


def flag(
    later: Member,
    earlier: Member,
    *,
    version: int = 1,
    band: Band = Band.NEAR,
    score: float = 0.8,
    raised_by: str = "matcher",
) -> FlagRaised:
    """The machine's suspicion that the later repeats the earlier."""
    return FlagRaised(
        originator_id=flag_id(later.idea, version, earlier.idea, MODEL, 2),
        originator_version=1,
        by=Actor(name=raised_by, role="system", source="dedup", correlation=named("correlation")),
        idea=later,
        of=earlier,
        idea_version=version,
        band=band,
        score=score,
        parts=Parts(
            title_cosine=score,
            title_fuzzy=score,
            situation_cosine=score,
            solution_cosine=score,
            solution_bare_cosine=score,
            solution_containment=score,
            solution_fuzzy=score,
        ),
        tier=Tier.UNIT if later.unit == earlier.unit else Tier.ELSEWHERE,
        model=MODEL,
        rules_version=2,
        cut=later.position - 1,
    )

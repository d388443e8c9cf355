"""The flag: what is recorded of a suspicion, directed from the later text to the earlier and named by what was compared."""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.reading import Due
from services.dedup.score import Scored
from services.dedup.shelf import Declared
from shared.events.matching import FlagRaised
from shared.ledger.model import Actor
from shared.vocabulary import Ineligible, Tier, named

MATCHER: Final = "matcher"
"""Who raises a flag when the idea comes."""
RESCORER: Final = "rescorer"
"""Who raises one afterwards, under another model or other rules: it brings cases before a reviewer, and reopens none."""


class Suspicion(NamedTuple):
    """An earlier declaration above the line, its row, how it scored, and which of its sentences were standard by then."""

    earlier: Declared
    row: int
    scored: Scored
    tier: Tier
    standard: tuple[int, ...]


def flag_id(idea: UUID, version: int, of: UUID, model: str, rules: int) -> UUID:
    """A flag's id follows from what was compared, so that it is raised once whoever computes it."""
    return named("flag", idea, version, of, model, rules)


def flag(
    due: Due,
    later: Declared,
    suspicion: Suspicion,
    *,
    model: str,
    rules_version: int,
    raised_by: str,
    standard: tuple[int, ...],
) -> FlagRaised:
    """Suspect the idea whose text is due, under that model and those rules."""
    earlier = suspicion.earlier
    idea, of = later.member.idea, earlier.member.idea
    by = Actor(
        name=raised_by,
        role="system",
        source="dedup",
        correlation=due.correlation,
        causation=due.event,
    )
    return FlagRaised(
        originator_id=flag_id(idea, later.version, of, model, rules_version),
        originator_version=1,
        by=by,
        idea=later.member,
        of=earlier.member,
        idea_version=later.version,
        band=suspicion.scored.band,
        score=suspicion.scored.score,
        parts=suspicion.scored.parts,
        tier=suspicion.tier,
        reasons=(*suspicion.scored.reasons, *circumstances(later, earlier)),
        model=model,
        rules_version=rules_version,
        cut=due.position - 1,
        idea_standard=standard,
        of_standard=suspicion.standard,
    )


def circumstances(later: Declared, earlier: Declared) -> tuple[str, ...]:
    """What a reviewer should know beside the score: whose it is, and on what the priority rests (domain section 5)."""
    one, other = later.member, earlier.member
    reasons = []
    if later.persons == earlier.persons:
        reasons.append("same-authors")
    elif later.persons & earlier.persons:
        reasons.append("shared-author")
    first, second = sorted((one, other), key=lambda m: (m.priority, m.position))
    if first.filed_at > second.filed_at:
        # The one that comes first was filed later: its place rests on a self-declared date alone.
        reasons += ["crossed-dates", "priority-by-date-alone"]
    if Ineligible.APPLIED_BEFORE_WINDOW in (*one.ineligible, *other.ineligible):
        reasons.append("applied-before-window")
    if one.programme != other.programme:
        reasons.append("earlier-programme")
    return tuple(reasons)

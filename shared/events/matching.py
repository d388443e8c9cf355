"""The events of the matching worker: what it computes under, and whom it suspects."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ValidationInfo, field_serializer, field_validator

from shared.calibration import IDENTITY
from shared.ledger.model import Event
from shared.vocabulary import (
    Band,
    MatchingRules,
    Member,
    Parts,
    Tier,
)


class ModelAdopted(Event):
    """From here on suspicion is computed under this model."""

    TOPIC: ClassVar[str] = "matching.model-adopted"

    model: str
    normaliser: str


class RulesAdopted(Event):
    """From here on these thresholds, guards and stop phrases hold."""

    TOPIC: ClassVar[str] = "matching.rules-adopted"
    SCHEMA: ClassVar[int] = 6

    rules: MatchingRules
    reason: str

    @field_validator("rules")
    @classmethod
    def _before_there_was_a_calibration(
        cls, rules: MatchingRules, info: ValidationInfo
    ) -> MatchingRules:
        # Rules are stored in full: those without a calibration are older, and their lines were drawn on likenesses.
        if info.mode == "json" and "calibration" not in rules.model_fields_set:
            return rules.model_copy(update={"calibration": IDENTITY})
        return rules

    @field_serializer("rules")
    def _in_full(self, rules: MatchingRules) -> dict[str, object]:
        # Defaults are left out of what is stored; these must not change their meaning when a default is tuned.
        return rules.model_dump(mode="json")


class FlagRaised(Event):
    """The machine suspects that a declaration repeats an earlier one; a person has yet to rule.

    `cut` is the ledger position up to which earlier declarations were compared: always the idea's own less one.
    `idea_standard` and `of_standard` are those sentences of the two solutions, counted from 0, that were standard
    paragraphs by then and weighed nothing.
    """

    TOPIC: ClassVar[str] = "flag.raised"
    SCHEMA: ClassVar[int] = 2

    idea: Member
    of: Member
    idea_version: int
    band: Band
    score: float
    parts: Parts
    tier: Tier
    reasons: tuple[str, ...] = ()
    model: str
    rules_version: int
    cut: int
    idea_standard: tuple[int, ...] = ()
    of_standard: tuple[int, ...] = ()

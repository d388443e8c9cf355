"""The matching rules in force: which model, which thresholds, guards and stop phrases, adopted by events."""

from __future__ import annotations

from typing import ClassVar, Final, Self
from uuid import UUID

from services.dedup.normalise import VERSION
from shared.errors import Conflict, Invalid
from shared.events.matching import ModelAdopted, RulesAdopted
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.vocabulary import MatchingRules, named

STOP_FIELDS: Final = ("title", "solution", "situation_before")
"""The texts that may have stop phrases."""


class OtherTables(Conflict):
    """A model weighs words as one version of the normaliser spells them; this software spells them by another."""

    code = "other-tables"

    def __init__(self, model: str, fitted_for: str) -> None:
        super().__init__(
            f"Model {model} was fitted for texts read by tables {fitted_for}, and this version reads by tables {VERSION}. "
            "Adopt the shipped model ('sangkien model adopt shipped'), or fit one on the ledger ('sangkien model fit') "
            "and adopt that.",
            model=model,
            fitted_for=fitted_for,
            read_by=VERSION,
        )


def _read_alike(model: str, normaliser: str) -> None:
    if normaliser != VERSION:
        raise OtherTables(model, normaliser)


def require_reason(reason: str) -> None:
    """Rules change for a reason that stays on record. Raises Invalid."""
    if not reason.strip():
        raise Invalid("Say why the rules change; the reason stays on record.", field="reason")


def matching_id() -> UUID:
    """There is one set of matching rules in a ledger."""
    return named("matching")


class Matching(Aggregate):
    """What suspicion is computed under, now; a replay uses the rules of the day."""

    NOUN: ClassVar[str] = "matching rules"

    model: str
    rules: MatchingRules = MatchingRules()

    @classmethod
    def begin(cls, model: str, *, normaliser: str, by: Actor) -> list[Event]:
        """Adopt a first model and the default rules. Raises OtherTables."""
        _read_alike(model, normaliser)
        adopted = ModelAdopted(
            originator_id=matching_id(),
            originator_version=1,
            by=by,
            model=model,
            normaliser=normaliser,
        )
        state = cls.evolve(None, adopted)
        return [
            adopted,
            state.next(
                RulesAdopted, by=by, rules=MatchingRules(), reason="the defaults of this version"
            ),
        ]

    def adopt_model(self, model: str, *, normaliser: str, by: Actor) -> ModelAdopted:
        """Suspect under another model from here on; nothing ruled is touched. Raises OtherTables."""
        if model == self.model:
            raise Conflict(f"Model {model} is in force already.")
        _read_alike(model, normaliser)
        return self.next(ModelAdopted, by=by, model=model, normaliser=normaliser)

    def adopt_rules(self, rules: MatchingRules, *, reason: str, by: Actor) -> RulesAdopted:
        """Suspect under other thresholds, guards or stop phrases from here on."""
        require_reason(reason)
        unknown = sorted({*rules.stop_phrases} - {*STOP_FIELDS})
        if unknown:
            raise Invalid(
                f"No text called {', '.join(unknown)} is matched. Stop phrases are for {', '.join(STOP_FIELDS)}.",
                field="stop_phrases",
            )
        if rules == self.rules:
            raise Conflict("Just these rules are in force already.")
        return self.next(RulesAdopted, by=by, rules=rules, reason=reason)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, ModelAdopted():
                return cls(id=event.originator_id, version=1, model=event.model)
            case Matching(), ModelAdopted():
                return state.after(event, model=event.model)
            case Matching(), RulesAdopted():
                return state.after(event, rules=event.rules)
        raise Unfoldable(state, event)

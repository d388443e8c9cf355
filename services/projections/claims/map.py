"""The shipped map of the press check: which question a metric asks, how subjects are named, and what no ledger holds."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, JsonValue

from services.projections.claims.subjects import Naming


class Metric(BaseModel):
    """What the shipped map says of a metric: the question, and its settings."""

    model_config = ConfigDict(frozen=True, extra="allow")

    question: str
    expects: JsonValue = None


class Reason(BaseModel):
    """Why a figure cannot be checked, for people."""

    vi: str
    en: str


class ClaimMap(BaseModel):
    """The shipped map from metrics to questions, from levels and names to units, and the reasons."""

    model_config = ConfigDict(frozen=True)

    metrics: dict[str, Metric]
    not_held: dict[str, str]
    reasons: dict[str, Reason]
    subjects: Naming

    @classmethod
    def shipped(cls) -> ClaimMap:
        """The map that comes with the command."""
        text = files("services.projections.claims").joinpath("map.toml").read_text("utf-8")
        return cls.model_validate(tomllib.loads(text))

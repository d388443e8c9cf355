"""Published figures as a file holds them: what is said of whom, as of when (C17)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from shared.errors import Invalid


class Claim(BaseModel):
    """One published figure: of whom, which metric, its value, and when it is meant to hold; the rest is not looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    subject: str = ""
    unit_level: str = ""
    metric: str
    value: JsonValue = None
    qualifier: str = "exact"
    as_of: str | None = None


class Claims(BaseModel):
    """A file of published figures."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    facts: tuple[Claim, ...]


class NoClaims(Invalid):
    """The file does not hold figures in the form that can be checked."""

    code = "bad-request"


def read_claims(content: bytes) -> tuple[Claim, ...]:
    """The figures of a file: a JSON object with a list `facts`. Raises NoClaims."""
    try:
        return Claims.model_validate_json(content).facts
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise NoClaims(
            f'{place}: {first["msg"]}. A file of figures is {{"facts": [{{"id": …, "subject": …, "unit_level": …, '
            '"metric": …, "value": …, "qualifier": …, "as_of": …}]}.'
        ) from error

"""What is wrong with a piece of input: each fault by field and code, in words that a person can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from shared.form import CONTROL
from shared.messages import OF_PYDANTIC, Language, message

BLANKS: Final = "".join(
    c for c in map(chr, range(0x3001)) if c.isspace() and not re.match(f"[{CONTROL}]", c)
)
"""What may stand in a text and yet says nothing."""


SPACED_KEY: Final = re.compile(rb'"\s+:')


class Fault(NamedTuple):
    """One thing that is wrong: the field's dotted name (empty for the whole), a lasting code, and a sentence."""

    field: str
    code: str
    message: str


def faults(error: ValidationError, language: Language) -> list[Fault]:
    """Every fault of an input that did not validate."""
    errors = error.errors(include_url=False)
    places = [e["loc"] for e in errors]
    return [
        _fault(dict(e), language)
        for e in errors
        # A list whose entries are wrong is not also too short: the library leaves the wrong ones out.
        if e["type"] != "too_short" or not any(p[: len(e["loc"])] == e["loc"] != p for p in places)
    ]


def _fault(error: Mapping[str, object], language: Language) -> Fault:
    kind = str(error["type"])
    context = error.get("ctx")
    facts = dict(context) if isinstance(context, dict) else {}
    location = error.get("loc")
    field = ".".join(str(part) for part in location) if isinstance(location, tuple) else ""
    if kind == "string_pattern_mismatch":
        given = error.get("input")
        if isinstance(given, str) and not given.strip(BLANKS):
            code = "blank"
        elif field in {"unit", "programme", "code", "parent"}:
            code = "invalid"
        else:
            code = "control-character"
    else:
        code = OF_PYDANTIC.get(kind, "invalid")
    limited(facts)
    facts.setdefault("reason", facts.get("error", ""))
    return Fault(str(facts.get("field", field)) or field, code, message(code, language, **facts))


def limited(facts: dict[str, object]) -> None:
    """Give the bound that was overstepped, whichever it is, the one name that sentences have for it."""
    for bound in ("max_length", "min_length", "ge", "gt", "le", "lt"):
        if bound in facts:
            facts["limit"] = facts[bound]


def repeated(raw: bytes, body: BaseModel) -> str | None:
    """A field that stands twice in a JSON text, of which the parser silently kept the last.

    `body` is what was read from it. Counting the keys settles it for most texts: a key ends in a quote
    and a colon, with nothing in between, and spells no letter by its number. Only the others are read a second time.
    """
    fields = sum(len(value.model_fields_set) for value in _inside(body))
    if raw.count(b'":') == fields and b"\\u" not in raw and SPACED_KEY.search(raw) is None:
        return None
    found: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for name in set(names) if names.count(name) > 1)

    json.loads(raw, object_pairs_hook=look)
    return min(found, default=None)


def _inside(value: BaseModel) -> Iterator[BaseModel]:
    """A body and every model in it."""
    yield value
    for name in _holding_models(type(value)):
        inner = getattr(value, name)
        for one in inner if isinstance(inner, tuple) else (inner,):
            if isinstance(one, BaseModel):
                yield from _inside(one)


@cache
def _holding_models(kind: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a body that hold, or may hold, further models."""
    return tuple(
        name for name, field in kind.model_fields.items() if _names_a_model(field.annotation)
    )


def _names_a_model(annotation: object) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(map(_names_a_model, get_args(annotation)))


def is_utf8(raw: bytes) -> bool:
    """Whether these bytes are text at all."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True

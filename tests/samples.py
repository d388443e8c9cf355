"""A fact of every kind, made from its own annotations: saying the least it may, or all that it can."""

from __future__ import annotations

import types
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.ledger.model import Event
from shared.vocabulary import HOME, named

TModel = TypeVar("TModel", bound=BaseModel)
TEvent = TypeVar("TEvent", bound=Event)

DAY = date(2022, 4, 20)
INSTANT = datetime(2022, 4, 20, 8, 30, 15, 123456, HOME)


def sample(
    kind: type[TEvent], *, full: bool, stream: UUID | None = None, version: int = 3
) -> TEvent:
    """An event of the kind, always the same; with `full`, no field is left to its default."""
    return _model(
        kind,
        full=full,
        originator_id=stream or named("sample", kind.TOPIC),
        originator_version=version,
    )


def _model(kind: type[TModel], *, full: bool, **given: object) -> TModel:
    facts = {
        name: _value(field.annotation, name, full=full, pattern=_pattern(field.metadata))
        for name, field in kind.model_fields.items()
        if name not in given and (full or field.is_required())
    }
    return kind.model_validate({**given, **facts}, by_name=True)


def _pattern(metadata: Sequence[object]) -> bool:
    """Whether a text is held to a pattern, so that only the plainest one is sure to fit."""
    return any(
        getattr(constraint, "pattern", None)
        or (isinstance(constraint, FieldInfo) and _pattern(constraint.metadata))
        for constraint in metadata
    )


def _value(annotation: Any, name: str, *, full: bool, pattern: bool = False) -> object:
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(inside[0], name, full=full, pattern=pattern or _pattern(inside[1:]))
    if origin in {Union, types.UnionType}:
        known = [part for part in inside if part is not type(None)]
        return _value(known[0], name, full=full) if full or len(known) == len(inside) else None
    if origin is Literal:
        return inside[-1 if full else 0]
    if origin is tuple:
        return (_value(inside[0], name, full=full),) if full else ()
    if origin is dict:
        key = "solution" if inside[0] is str else _value(inside[0], name, full=full)
        return {key: _value(inside[1], name, full=full)} if full else {}
    if isinstance(annotation, type):
        return _plain(annotation, name, full=full, pattern=pattern)
    raise TypeError(
        f"There is no sample for {name}: {annotation}. Teach tests/samples.py to make one."
    )


def _plain(kind: type, name: str, *, full: bool, pattern: bool) -> object:
    if issubclass(kind, Enum):
        return list(kind)[-1 if full else 0]
    if issubclass(kind, BaseModel):
        return _model(kind, full=full)
    values: dict[str, object] = {
        "str": "CĐCS-01" if pattern else f'{name}: "sáng kiến"\n\\ tổ may số 3',
        "bool": full,
        "int": 7,
        "float": 0.625,
        "Decimal": Decimal("1.5"),
        "UUID": named("sample", name),
        "date": DAY,
        "datetime": INSTANT,
        "AwareDatetime": INSTANT,
    }
    if kind.__name__ in values:
        return values[kind.__name__]
    raise TypeError(f"There is no sample for {name}: {kind}. Teach tests/samples.py to make one.")

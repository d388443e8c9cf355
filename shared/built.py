"""Building a frozen value of facts that are typed already: a value once more, or one that follows from others.

Validation is for what comes from outside. To validate again what was just decided would be most of the cost of a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

TModel = TypeVar("TModel", bound=BaseModel)

_set = object.__setattr__


@cache
def _fields(kind: type[BaseModel]) -> set[str]:
    """The names of all fields: one set for all values of a kind, since frozen values never change theirs."""
    return {*kind.__pydantic_fields__}


def built(kind: type[TModel], facts: dict[str, object]) -> TModel:
    """A value that holds just these facts, every field among them; the dictionary is the value's own from now on."""
    value = kind.__new__(kind)
    _set(value, "__dict__", facts)
    _set(value, "__pydantic_fields_set__", _fields(kind))
    _set(value, "__pydantic_extra__", None)
    _set(value, "__pydantic_private__", None)
    return value


def changed(value: TModel, changes: Mapping[str, object]) -> TModel:
    """The same value with some facts changed."""
    return built(type(value), {**value.__dict__, **changes})

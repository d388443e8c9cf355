"""Building a frozen value of facts that are typed already: a value once more, or one that follows from others.

Validation is for what comes from outside. To validate again what was just decided would be most of the cost of a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from pydantic import BaseModel

TModel = TypeVar("TModel", bound=BaseModel)

_new = object.__new__
# What a frozen value consists of, put there without looking up by name what is to be put.
_put_facts, _put_fields, _put_extra, _put_private = (
    BaseModel.__dict__[part].__set__
    for part in (
        "__dict__",
        "__pydantic_fields_set__",
        "__pydantic_extra__",
        "__pydantic_private__",
    )
)


@cache
def _fields(kind: type[BaseModel]) -> set[str]:
    """The names of all fields: one set for all values of a kind, since frozen values never change theirs."""
    return {*kind.__pydantic_fields__}


def built(kind: type[TModel], facts: dict[str, object]) -> TModel:
    """A value that holds just these facts, every field among them; the dictionary is the value's own from now on."""
    value = _new(kind)
    _put_facts(value, facts)
    _put_fields(value, _fields(kind))
    _put_extra(value, None)
    _put_private(value, None)
    return value


def changed(value: TModel, changes: Mapping[str, object]) -> TModel:
    """The same value with some facts changed."""
    return built(type(value), {**value.__dict__, **changes})

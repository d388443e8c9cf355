"""Writing a frozen value as JSON: byte for byte what its model writes, in half the time.

A declaration is written three times before it is on record: for its fingerprint, for the hash of its content, and as an
event. The tests hold this to what the models write.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Any, Final

from msgspec import UNSET, Struct, defstruct, field
from msgspec.json import Encoder
from pydantic import BaseModel
from pydantic.fields import FieldInfo

NOTHING: Final = frozenset[str]()

_Form = tuple[type[Struct], Callable[[dict[str, object]], tuple[object, ...]]]
"""A structure with the fields of a kind, and what takes their values out of a value's dictionary, in their order."""


def written(value: BaseModel) -> bytes:
    """The value with all its fields. Raises TypeError for a kind whose model writes it in a way of its own."""
    return _WHOLE.encode(value)


def written_briefly(value: BaseModel, without: frozenset[str] = NOTHING) -> bytes:
    """The value without what is as it is when nobody says otherwise, and without some of its fields.

    Raises TypeError for a kind whose model writes it in a way of its own.
    """
    structure, values = _form(type(value), without, brief=True)
    return _BRIEF.encode(structure(*values(value.__dict__)))


@cache
def _form(kind: type[BaseModel], without: frozenset[str], *, brief: bool) -> _Form:
    decorators = kind.__pydantic_decorators__
    own = decorators.field_serializers, decorators.model_serializers, decorators.computed_fields
    named = {name: f for name, f in kind.model_fields.items() if name not in without}
    if any(own) or any(f.alias is not None or f.default_factory for f in named.values()):
        raise TypeError(f"{kind.__name__} is written by its model in a way of its own.")
    fields = [(name, Any, field(default=_default(f))) for name, f in named.items()]
    structure = defstruct(kind.__name__, fields, omit_defaults=brief, gc=False)
    return structure, itemgetter(*named)


def _default(found: FieldInfo) -> object:
    """What is left out in brief: defaults are recognised by being the same object, as no text, None, or no rows are."""
    return UNSET if found.is_required() else found.default


def _brief(value: BaseModel) -> object:
    structure, values = _form(type(value), NOTHING, brief=True)
    return structure(*values(value.__dict__))


def _whole(value: BaseModel) -> object:
    structure, values = _form(type(value), NOTHING, brief=False)
    return structure(*values(value.__dict__))


_BRIEF: Final = Encoder(enc_hook=_brief)
_WHOLE: Final = Encoder(enc_hook=_whole)

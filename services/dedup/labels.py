"""Labels: what is known about declarations before the machine is asked: planted copies, and pairs that people judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pydantic import ConfigDict, TypeAdapter, ValidationError

from shared.errors import Invalid
from shared.form import Ident
from shared.vocabulary import Value

SAME: Final = "same"
DIFFERENT: Final = "different"


class Label(NamedTuple):
    """One declaration of a kind; `of` is what it copies, or what a person found it `same` with or not."""

    idea: str
    kind: str
    of: str | None = None
    same: bool = False


class _Planted(Value):
    model_config = ConfigDict(title="planted")

    later: Ident
    kind: Ident
    earlier: Ident | None = None

    @property
    def label(self) -> Label:
        return Label(self.later, self.kind, self.earlier, same=self.earlier is not None)


class _Pair(Value):
    model_config = ConfigDict(title="pair")

    idea: Ident
    of: Ident
    same: bool
    kind: Ident | None = None

    @property
    def label(self) -> Label:
        return Label(self.idea, self.kind or (SAME if self.same else DIFFERENT), self.of, self.same)


_LINE: Final[TypeAdapter[_Planted | _Pair]] = TypeAdapter(_Planted | _Pair)


def read_labels(lines: Iterable[bytes]) -> list[Label]:
    """The labels of a JSON-lines file. Raises Invalid with the first line that is none."""
    labels = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            labels.append(_LINE.validate_json(line).label)
        except ValidationError as error:
            raise Invalid(
                f'Line {number} is no label. Write {{"later": …, "earlier": …, "kind": …}}, without "earlier" where '
                'nothing was copied, or {"idea": …, "of": …, "same": true}.'
            ) from error
    if not labels:
        raise Invalid("The file holds no labels. Write one JSON object a line.")
    return labels

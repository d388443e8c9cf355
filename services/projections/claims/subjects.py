"""Whom a published figure is about: the unit or cohort that its subject and level name, however it is spelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.tree import Tree
from shared.vocabulary import Level

REMARK: Final = re.compile(r"\([^()]*\)")
NUMBER: Final = re.compile(r"\d+")
COHORT: Final = "cohort"


class Subject(NamedTuple):
    """A unit, or a cohort of units."""

    unit: str | None = None
    cohort: str | None = None


class Naming(BaseModel):
    """What the shipped map says of names: the beginnings that do not tell units apart, and the words for levels."""

    model_config = ConfigDict(frozen=True)

    beginnings: tuple[str, ...]
    levels: dict[str, str]
    nation: tuple[str, ...]

    def subject(self, named: str, level: str, tree: Tree) -> Subject | None:
        """Whom a name means at a level, or None where nobody or several are meant."""
        if level.startswith(COHORT):
            cohort = self._cohort(f"{named} {level}", tree)
            return Subject(cohort=cohort) if cohort is not None else None
        unit = self._unit(named, self.levels.get(level), tree)
        return Subject(unit=unit) if unit is not None else None

    def _unit(self, named: str, level: str | None, tree: Tree) -> str | None:
        if level == Level.NATION:
            return tree.root or None if self._nation(named, tree) else None
        if named in tree.units:
            return named
        wanted = self._bare(REMARK.sub(" ", named))
        if not wanted:
            return None
        units = [u for u in tree.units.values() if level is None or u.level.value == level]
        names = {unit.code: self._bare(unit.name) for unit in units}
        return _only(code for code, name in names.items() if name == wanted) or _only(
            code for code, name in names.items() if wanted in name
        )

    def _nation(self, named: str, tree: Tree) -> bool:
        """Whether a name is one of the nation's; none at all says nothing against it."""
        said = folded(named)
        names = {tree.root, tree.name(tree.root), *self.nation} if tree.root else set()
        return not said or any(f" {folded(name)} " in f" {said} " for name in names)

    def _bare(self, name: str) -> str:
        """The name in small letters without accents, and without what it begins with like a hundred others."""
        words = folded(name).split()
        beginnings = sorted((folded(b).split() for b in self.beginnings), key=len, reverse=True)
        shorter = True
        while shorter and words:
            shorter = False
            for beginning in beginnings:
                if words[: len(beginning)] == beginning and len(words) > len(beginning):
                    words = words[len(beginning) :]
                    shorter = True
        return " ".join(words)

    def _cohort(self, named: str, tree: Tree) -> str | None:
        """The only cohort with a number of units that stands in the name; of several, the one with the most like name."""
        sizes = {int(n) for n in NUMBER.findall(named)}
        fitting = [code for code, units in tree.cohorts.items() if len(units) in sizes]
        candidates = fitting or list(tree.cohorts)
        words = set(folded(named).split())
        likeness = {
            code: len(words & set(folded(tree.cohort_names[code]).split())) for code in candidates
        }
        if len(fitting) == 1:
            return fitting[0]
        best = max(likeness.values(), default=0)
        return _only(code for code in candidates if likeness[code] == best) if best else None


def folded(text: str) -> str:
    """Small letters and digits alone, without accents: words that sound alike are spelt alike."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return re.sub(
        r"[^a-z0-9]+", " ", "".join(c for c in plain if not unicodedata.combining(c))
    ).strip()


def _only(found: Iterable[str]) -> str | None:
    listed = list(found)
    return listed[0] if len(listed) == 1 else None

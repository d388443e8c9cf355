"""Causes of duplicates: of the ideas that people ruled copies, what kind of copy each is, unit by unit (D37)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, Self

import numpy as np

from services.projections.honesty.judgements import numbered, standing
from services.projections.reckoning.asof import AsOf, Moment, heading, unmatched
from services.projections.reckoning.ideas import Ideas
from services.projections.reckoning.places import NOWHERE, REGISTER, Places
from services.projections.reckoning.reckoning import Scope
from services.projections.views.database import Views
from services.projections.views.entries import QUOTA
from services.projections.views.event_index import EVENT_INDEX
from shared.directory import Directory
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import Level, Position, Ruling, Value

CODES: Final = tuple(Ruling)


class CopyCounts(Value):
    """How many ideas are ruled copies, by what kind of copy; the kinds add up to `duplicate`, the shares to 1.

    `template_only` are not copies: a person found that they share no more than standard paragraphs. Of the copies,
    `entered_for_author` were typed by somebody else than the author, such as a support team; `entered_share` is their
    share, and `entered_share_of_all` that of the declarations typed so, copies or not: the one says something only
    beside the other.
    """

    gross: int
    duplicate: int
    duplicate_rate: float
    duplicate_in_unit: int
    duplicate_in_unit_share: float
    re_entry: int
    re_entry_share: float
    co_author_copy: int
    co_author_copy_share: float
    earlier_programme: int
    earlier_programme_share: float
    copied: int
    copied_share: float
    template_only: int
    entered_for_author: int
    entered_share: float
    entered_share_of_all: float

    @classmethod
    def of(cls, gross: int, entered: int, copies_entered: int, codes: Mapping[Ruling, int]) -> Self:
        """The counts, of how many ideas each ruling stands on."""
        duplicate = sum(count for code, count in codes.items() if code.leaves_net)
        kinds: dict[str, int | float] = {}
        for code in (code for code in CODES if code.leaves_net):
            name = code.value.replace("-", "_")
            kinds[name] = codes.get(code, 0)
            kinds[f"{name}_share"] = _share(codes.get(code, 0), duplicate)
        return cls.model_validate(
            {
                "gross": gross,
                "duplicate": duplicate,
                "duplicate_rate": _share(duplicate, gross),
                **kinds,
                "template_only": codes.get(Ruling.TEMPLATE_ONLY, 0),
                "entered_for_author": copies_entered,
                "entered_share": _share(copies_entered, duplicate),
                "entered_share_of_all": _share(entered, gross),
            }
        )


class CopyRow(CopyCounts):
    """The same of one unit."""

    unit: str
    name: str


class CausesOfDuplicates(AsOf):
    """Why ideas were ruled copies: the most copies first; `all` is the whole programme."""

    simulated: bool
    programme: str
    level: Level
    not_yet_matched: int | None
    all: tuple[CopyCounts, ...]
    rows: tuple[CopyRow, ...]


def causes_of_duplicates(
    views: Views,
    directory: Directory,
    ledger: Ledger,
    *,
    programme: str,
    at: Moment,
    level: Level = Level.FIRST,
    below: str | None = None,
    matched: Position | None = None,
) -> CausesOfDuplicates:
    """What kind of copies the units of a level have, as of a moment; `below` asks for the units under one.

    Units without a copy and without a template-only ruling are left out. Raises ProgrammeIsUnknown, UnitIsUnknown.
    """
    with views.reading(QUOTA, EVENT_INDEX) as (quota, mentions):
        at = at._replace(position=min(at.position, mentions.position))
        scope = Scope.at(programme, at, quota)
        directory.programme(programme, at=scope.position)
        tree = directory.tree(at=scope.position, on=at.instant)
        if below is not None:
            tree[below]
        ideas = Ideas.of(quota, scope)
        rulings = standing(ledger, mentions, scope.position)
        numbers = numbered(quota, rulings)
        waiting = (
            None
            if matched is None
            else unmatched(quota, scope.position, matched=matched, programme=programme)
        )
    # The code of the ruling that stands on each idea, or none.
    code = np.full(len(ideas.place), len(CODES), dtype=np.int64)
    for idea, ruling in rulings.items():
        if numbers[idea] < len(code):
            code[numbers[idea]] = CODES.index(ruling)
    by_unit = _counted(ideas, code, ideas.units(Places.of(tree), level))
    everybody = np.where(ideas.place >= 0, 0, NOWHERE)
    whole = _counted(ideas, code, everybody).get(0, CopyCounts.of(0, 0, 0, {}))
    rows = [
        CopyRow(unit=unit, name=tree.name(unit), **dict(counts))
        for number, counts in by_unit.items()
        if (counts.duplicate or counts.template_only)
        and _shown(unit := REGISTER.codes[number], below, tree)
    ]
    rows.sort(key=lambda row: (-row.duplicate, -row.template_only, row.unit))
    return CausesOfDuplicates(
        **heading(at, scope.position),
        simulated=directory.simulated,
        programme=programme,
        level=level,
        not_yet_matched=waiting,
        all=(whole,),
        rows=tuple(rows),
    )


def _counted(ideas: Ideas, code: np.ndarray, unit: np.ndarray) -> dict[int, CopyCounts]:
    """The counts of each unit, given by number for every idea."""
    inside = unit != NOWHERE
    units, at = np.unique(unit[inside], return_inverse=True)
    many = len(units)
    gross = np.bincount(at, minlength=many)
    entered = np.bincount(at[ideas.entered[inside]], minlength=many)
    typed_copies = np.bincount(at[(ideas.entered & ideas.duplicate)[inside]], minlength=many)
    by_code = np.zeros((many, len(CODES) + 1), dtype=np.int64)
    np.add.at(by_code, (at, code[inside]), 1)
    return {
        number: CopyCounts.of(
            gross[n].item(),
            entered[n].item(),
            typed_copies[n].item(),
            Counter(dict(zip(CODES, by_code[n].tolist(), strict=False))),
        )
        for n, number in enumerate(units.tolist())
    }


def _shown(unit: str, below: str | None, tree: Tree) -> bool:
    return below is None or tree.inside(unit, below)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0

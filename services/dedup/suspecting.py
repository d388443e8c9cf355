"""Suspecting: which candidates are above the line, the likeliest first, and how each stands to the later declaration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.dedup.archive import Archive, Weighed
from services.dedup.fields import Beside, fields_of
from services.dedup.flag import Suspicion
from services.dedup.found import Measures
from services.dedup.likeness import Numbered
from services.dedup.measure import Alike
from services.dedup.score import Judge, fuzzy
from shared.tree import Tree
from shared.vocabulary import Band, Tier


def suspected(
    archive: Archive,
    judge: Judge,
    tree: Tree,
    later: Weighed,
    row: int,
    unit: str,
    programme: str,
    measures: Measures,
) -> list[Suspicion]:
    """The earlier declarations that one of a unit and programme is suspected to repeat; it is that row, or would be."""
    shelf = archive.shelf
    rows, alike = measures.rows, measures.alike
    if not archive.distinct:
        # Of pairs found distinct none is flagged, so nobody could say beforehand how many are left.
        promising = judge.promising(alike)
        rows, alike = rows[promising], alike[promising]
    found = []
    compared = _compared(archive, judge, later, rows, alike, row)
    for other, (measured, beside, has_standard) in zip(rows.tolist(), compared, strict=True):
        if row < len(shelf) and archive.ruled_distinct(row, other):
            continue
        is_same = shelf.programme(other) == programme
        tier = tree.tier(unit, shelf.unit(other)) if is_same else Tier.PROGRAMME
        changed = bool(later.standard or has_standard)
        scored = judge.score(measured, beside, tier, changed=changed)
        if scored.band is not Band.CLEAR:
            found.append((scored, tier, other, has_standard))
    found.sort(key=lambda f: (-f[0].score, f[2]))
    return [
        Suspicion(
            shelf.declared(other), other, scored, tier,
            archive.weighed(other, row).standard if has_standard else (),
        )
        for scored, tier, other, has_standard in found[: judge.most_flags]
    ]  # fmt: skip


def _compared(
    archive: Archive,
    judge: Judge,
    later: Weighed,
    rows: NDArray[np.int64],
    alike: Numbered,
    row: int,
) -> Iterator[tuple[Alike, Beside, bool]]:
    """How alike each of the earlier rows is, field by field, and whether sentences of it were standard by then."""
    said, stops = later.said, judge.stops
    if stops:
        for other, measured in zip(rows.tolist(), alike.tolist(), strict=True):
            earlier = archive.weighed(other, row)
            yield (
                judge.alike(said.solution, earlier.said.solution)
                if "solution" in stops
                else Alike(*measured),
                judge.beside(said, earlier.said),
                bool(earlier.standard),
            )
        return
    lexicon = archive.lexicon
    fields = fields_of(
        said.title, said.situation, rows, row, archive.shelf.placed, archive.standard.known,
        lexicon.spelled, judge.full,
    )  # fmt: skip
    text = lexicon.text(said.title)
    titles = [lexicon.text(fields.titles[a:b]) for a, b in pairwise(fields.starts.tolist())]
    for measured, (title, situation, has_situation, has_standard), other in zip(
        alike.tolist(), fields.measured.tolist(), titles, strict=True
    ):
        beside = Beside(title, fuzzy(text, other), situation, bool(has_situation))
        yield Alike(*measured), beside, bool(has_standard)

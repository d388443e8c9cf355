"""Suspecting: which candidates are above the line, the likeliest first, and how each stands to the later declaration."""

from __future__ import annotations

from services.dedup.archive import Archive, Weighed
from services.dedup.flag import Suspicion
from services.dedup.found import Measures
from services.dedup.measure import Alike
from services.dedup.score import Judge
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
    for other, measured in zip(rows.tolist(), alike.tolist(), strict=True):
        if row < len(shelf) and archive.ruled_distinct(row, other):
            continue
        is_same = shelf.programme(other) == programme
        tier = tree.tier(unit, shelf.unit(other)) if is_same else Tier.PROGRAMME
        earlier = archive.weighed(other, row)
        changed = bool(later.standard or earlier.standard)
        scored = judge.score(later.said, earlier.said, Alike(*measured), tier, changed=changed)
        if scored.band is not Band.CLEAR:
            found.append((scored, tier, other, earlier.standard))
    found.sort(key=lambda f: (-f[0].score, f[2]))
    return [
        Suspicion(shelf.declared(other), other, scored, tier, standard)
        for scored, tier, other, standard in found[: judge.most_flags]
    ]

"""The rehearsal of an import: which of its new rows repeat what is on record, and what they would add to targets (A18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from services.dedup.matching import Matching, matching_id
from services.projections.boards.quota import quota
from services.projections.reckoning.asof import moment
from services.wiring import System
from shared.errors import NotFound
from shared.events.idea import IdeaDeclared


class Rehearsal:
    """Takes note of every row that would be recorded; nothing is."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._new: Counter[tuple[str, str]] = Counter()
        self.suspects: list[dict[str, object]] = []
        try:
            system.ledger.load(Matching, matching_id())
        except NotFound:
            # Nothing was ever matched; adopting a model for it would be recording something.
            self._matched = False
        else:
            self._matched = True

    def note(self, row: int, event: IdeaDeclared) -> None:
        """Look whether the row repeats something, and for which unit it would count."""
        self._new[event.programme, event.unit] += 1
        if not self._matched:
            return
        content = event.content
        for suspicion in self._system.detector.check(
            title=content.title,
            solution=content.solution,
            situation=content.situation_before,
            unit=event.unit,
            programme=event.programme,
            most=1,
        ):
            earlier = suspicion.earlier.member
            self.suspects.append(
                {
                    "row": row,
                    "of": earlier.external_id,
                    "of_sender": earlier.sender,
                    "band": suspicion.scored.band.value,
                    "score": suspicion.scored.score,
                    "tier": suspicion.tier.value,
                }
            )

    def quota(self) -> Iterator[dict[str, object]]:
        """Each target for a whole programme that the rows would count towards: what it has, and what it would have."""
        system = self._system
        tree = system.directory.tree()
        for programme in sorted({programme for programme, _ in self._new}):
            added: Counter[str] = Counter()
            for (of, unit), n in self._new.items():
                if of == programme:
                    added.update(dict.fromkeys(tree.path(unit), n))
            system.catch_up_views()
            board = quota(
                system.views,
                system.directory,
                programme=programme,
                at=moment(system.ledger),
                phase=None,
            )
            for row in board.rows:
                if added[row.unit]:
                    yield {
                        "unit": row.unit,
                        "kind": row.kind.value,
                        "target": row.target,
                        "gross": row.gross,
                        "after": row.gross + added[row.unit],
                    }

"""Lists of rulings in the simulation: a reviewer rules on several cases in one go, and now and then the list is undone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from services.dedup.rulings import RulingList, Wanted, give
from services.dedup.undoing import NothingToUndo, undo
from services.simulation.curve import DAY
from services.simulation.life import Life
from shared.errors import NotFound
from shared.ledger.model import Actor, Event, TAggregate
from shared.vocabulary import Ruling

if TYPE_CHECKING:
    from services.simulation.copying import Copying, Matter
    from services.simulation.shard import Shard

LISTED: Final = 0.05
"""Which share of the cases is ruled on in lists."""
LENGTH: Final = 4
UNDONE: Final = 0.4


class Waiting(NamedTuple):
    """A copy that waits for the list on which it will be ruled."""

    life: Life
    matter: Matter
    ruling: Ruling


class Listing:
    """Gathers cases for lists; it holds their events, since an undoing gives back what stood before."""

    def __init__(self, shard: Shard, copying: Copying, chance: random.Random) -> None:
        self._shard = shard
        self._copying = copying
        self._chance = chance
        self._gathered: list[Waiting] = []
        self._matters: dict[UUID, Matter] = {}

    def gather(self, life: Life, matter: Matter, ruling: Ruling, at: datetime) -> None:
        """Put a copy on the next list, which is ruled on some days after it is full."""
        self._gathered.append(Waiting(life, matter, ruling))
        if len(self._gathered) < LENGTH:
            return
        waiting, self._gathered = self._gathered, []
        days = 1 + self._chance.expovariate(1 / 2)
        self._shard.later(at + DAY * days, lambda _, at: self._rule(waiting, at), life)

    def load(self, kind: type[TAggregate], stream: UUID) -> TAggregate:
        """A case of a list, as of now. Raises NotFound."""
        found = self._matters.get(stream)
        if found is None or not isinstance(found.case, kind):
            raise NotFound(f"Case {stream} is on no list.")
        return found.case

    def stream(self, stream: UUID) -> Iterator[Event]:
        """What happened in a case of a list."""
        return iter(self._matters[stream].told or ())

    def _rule(self, waiting: list[Waiting], at: datetime) -> None:
        standing = {
            w.matter.case.id: w
            for w in waiting
            if not w.life.withdrawn
            and not w.matter.case.docket.moot
            and w.matter.case.docket.canonical != w.life.id
        }
        if not standing:
            return
        self._matters = {case: w.matter for case, w in standing.items()}
        wanted = [
            Wanted(case=case, member=w.life.id, ruling=w.ruling, reason="Kết luận theo danh sách.")
            for case, w in standing.items()
        ]
        by = self._copying.reviewer(next(iter(standing.values())).life)
        given = give(wanted, self, rulings=self._shard.new_id(), permit=_everything, by=by)
        for ruled in given.rulings:
            self._copying.put(standing[ruled.originator_id].matter, at, [ruled])
        self._shard.record(at, given.together)
        if self._chance.random() < UNDONE:
            found = RulingList.evolve(None, given.together)
            matters = self._matters
            days = 1 + self._chance.expovariate(1 / 4)
            self._shard.later(
                at + DAY * days,
                lambda _, at: self._undo(found, matters, by, at),
                waiting[0].life,
            )

    def _undo(
        self, found: RulingList, matters: dict[UUID, Matter], by: Actor, at: datetime
    ) -> None:
        self._matters = matters
        try:
            undoing = undo(found, self, reason="Danh sách nhập nhầm.", permit=_everything, by=by)
        except NothingToUndo:
            # Everything on it was ruled otherwise or withdrawn in the meantime.
            return
        for restored in undoing.restored:
            self._copying.put(matters[restored.originator_id], at, [restored])
        self._shard.record(at, undoing.together)


def _everything(_: str) -> None:
    """A reviewer of the nation may rule everywhere."""

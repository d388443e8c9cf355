"""Settling: what a matcher puts on record, and what it must know of those who match beside it.

Each part of the texts has a checkpoint, which moves with the flags of its texts or not at all. So whoever takes a part over
begins behind what is on record, and of two who both compare a part for a while only one records it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.json import Decoder

from services.dedup.flag import RESCORER
from services.dedup.share import NAME, Share
from shared.errors import Conflict, Unavailable
from shared.events.matching import FlagRaised
from shared.ledger.store import PAGE, Ledger
from shared.ledger.write import Write
from shared.vocabulary import Band, Position

PATIENCE_SECONDS: Final = 1.0
"""So long others are waited for before it is asked anew who has which part."""
PAUSE_SECONDS: Final = 0.002


class _Named(Struct):
    name: str


class _Placed(Struct):
    position: Position


class _Flag(Struct):
    """What is learned of a flag: there are some hundreds in a lesson, and every worker reads those of all."""

    by: _Named
    idea: _Placed
    of: _Placed
    band: Band


_FLAG: Final = Decoder(_Flag)


class Unsettled(Exception):
    """Others have not come to the end of a lesson; what stands behind a position cannot be compared yet."""

    def __init__(self, before: Position) -> None:
        super().__init__(f"Others are still matching what stands before position {before + 1}.")
        self.before = before


class Settling:
    """The checkpoints of one ledger's matching, and the flags of one matcher that are not on record yet."""

    def __init__(self, ledger: Ledger, share: Share) -> None:
        self._ledger = ledger
        self._share = share
        self._mine: frozenset[str] = frozenset()
        self._untold = True
        self._done: dict[str, Position] = dict.fromkeys(share.checkpoints, 0)
        self._flags: list[tuple[str, Position, FlagRaised]] = []
        self._flagged: dict[Position, list[Position]] = {}
        self._read: Position = 0

    @property
    def alone(self) -> bool:
        """Whether nobody matches beside it."""
        return self._share.alone

    def changed(self) -> bool:
        """Whether other parts fall to this matcher than when it last began."""
        return self._share.mine() != self._mine

    def begin(self) -> None:
        """Ask anew which parts fall to this matcher and how far each part has come. Raises Unavailable."""
        mine = self._share.mine()
        # Whoever had a part before may have gone between moving its checkpoint and telling of it.
        self._untold = self._untold or mine != self._mine
        self._mine = mine
        self._look()

    def matched(self) -> Position:
        """Up to where everything was matched when it was last looked at."""
        return min(self._done.values())

    def left_behind(
        self, reached: Position, texts: Callable[[Position], Iterable[tuple[Position, UUID]]]
    ) -> bool:
        """Whether a text before `reached` is still to be compared, which a part that was taken over left behind."""
        behind = {name: self._done[name] for name in self._mine if self._done[name] < reached}
        if not behind:
            return False
        return any(
            position > behind.get(self._share.of(idea), reached)
            for position, idea in texts(min(behind.values()))
        )

    def compares(self, idea: UUID, position: Position) -> bool:
        """Whether an idea's text falls to this matcher and is not on record as compared."""
        name = self._share.of(idea)
        return name in self._mine and position > self._done[name]

    def note(self, flag: FlagRaised) -> None:
        """Keep a flag until it is put on record."""
        self._flags.append((self._share.of(flag.idea.idea), flag.idea.position, flag))

    def forget(self) -> None:
        """Know of no flag, on record or not."""
        self._flags.clear()
        self._flagged.clear()
        self._read = 0

    def record(self, upto: Position) -> None:
        """Put the flags of all texts up to a position on record, and move the checkpoints there. Raises Unavailable.

        Where others were faster, only what they left is recorded.
        """
        while behind := sorted(name for name in self._mine if self._done[name] < upto):
            self._untold = True
            flags = [
                flag for name, at, flag in self._flags if name in behind and at > self._done[name]
            ]
            moved = (Write(follower=name, handled=upto) for name in behind)
            before = dict(self._done)
            try:
                self._ledger.write([Write(flags), *moved])
            except Conflict:
                self._look()
                if self._done == before:
                    raise
                continue
            self._done |= dict.fromkeys(behind, upto)
        self._flags.clear()
        if self._untold and not self.alone:
            self._share.recorded({name: self._done[name] for name in self._mine})
            self._tell()
            self._untold = False

    def agreed(self, upto: Position, before: Position) -> Mapping[Position, list[Position]]:
        """Whom the texts up to a position copy, once everybody has compared theirs. Raises Unsettled.

        `before` is up to where this matcher has compared its own, which is recorded first: others wait for it as well.
        """
        try:
            self.record(before)
            until = time.monotonic() + PATIENCE_SECONDS
            while self.matched() < upto:
                if time.monotonic() > until:
                    raise Unsettled(before)
                time.sleep(PAUSE_SECONDS)
                self._look()
            flagged = self.flagged(self._read)
        except Unavailable as problem:
            # What was compared so far is as good once the store is back.
            raise Unsettled(before) from problem
        self.learned(upto)
        return flagged

    def learned(self, upto: Position) -> None:
        """Forget whom the texts up to a position copy."""
        self._flagged = {at: of for at, of in self._flagged.items() if at > upto}

    def flagged(self, after: Position) -> Mapping[Position, list[Position]]:
        """Of texts that were flagged as copies by flags behind a position, or known before: where what they copy stands."""
        at = max(after, self._read)
        while page := self._ledger.rows(at, limit=PAGE, topics=(FlagRaised.TOPIC,)):
            for *_, state in page:
                flag = _FLAG.decode(state)
                # A rescoring came later: it told nothing when the idea was taken in.
                if flag.band.is_copy and flag.by.name != RESCORER:
                    self._flagged.setdefault(flag.idea.position, []).append(flag.of.position)
            at = page[-1][0]
        self._read = at
        return self._flagged

    def _look(self) -> None:
        names = self._share.checkpoints
        found = self._ledger.all_handled([*names, NAME])
        # Whoever matched alone before these parts were made has done all of them.
        self._done = {name: max(found[name], found[NAME]) for name in names}

    def _tell(self) -> None:
        """Move the one checkpoint that everybody looks at to where all parts have come."""
        # Of two who record at the same time, the later one sees what both did.
        self._look()
        if self.matched() <= self._ledger.handled(NAME):
            return
        try:
            self._ledger.append(follower=NAME, handled=self.matched())
        except Conflict:
            # Another worker has told more.
            return

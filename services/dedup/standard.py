"""Standard paragraphs, learned from the ledger: the same sentence from enough units, each saying something else besides."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.dedup.reading import Reading


class StandardSentences:
    """Which sentences are standard, by what stands before a position and nothing else.

    A declaration that was flagged as a copy (exact or near) does not vouch for the sentences it shares with what it copies: otherwise
    the fifth copy of one idea would turn the idea itself into a standard paragraph.
    """

    def __init__(self, units: int) -> None:
        self.needed = units
        self._units: dict[bytes, set[str]] = {}
        self._standard: set[bytes] = set()

    def among(self, *readings: Reading) -> Collection[bytes]:
        """Those sentences of the readings that are standard now."""
        return {
            s.digest for r in readings for s in r.solution.sentences if s.digest in self._standard
        }

    def learn(self, reading: Reading, copied_from: Iterable[Reading]) -> None:
        """Take in one declaration, knowing of which earlier ones it was flagged as a copy."""
        copied = {s.digest for r in copied_from for s in r.solution.sentences}
        for sentence in reading.solution.sentences:
            digest = sentence.digest
            if digest in self._standard or digest in copied:
                continue
            units = self._units.setdefault(digest, set())
            units.add(reading.member.unit)
            if len(units) >= self.needed:
                self._standard.add(digest)
                del self._units[digest]

"""A drill: a fresh backup is restored into scratch, boards are built there, and both systems are asked the same."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

from services.cli.digest import told
from services.projections.reckoning.asof import moment
from services.wiring import System
from shared.backup.backup import back_up
from shared.backup.restore import restore
from shared.backup.scratch import scratch
from shared.backup.tables import EVENTS, Advance, Row, Sum, reading, summed, up_to
from shared.vocabulary import Position, Value


class Difference(Value):
    """The first thing that the live system says and the restored one does not, or the other way round."""

    of: str
    live: str | None
    restored: str | None


class Drill(Value):
    """What a drill came to: what the restored system says, as of the last position of its backup."""

    ok: bool
    position: Position
    digests: dict[str, Sum]
    erased_again: int
    difference: Difference | None
    seconds: float


def tried(system: System, place: Path | None, advance: Advance) -> Drill:
    """Back up, restore into scratch, and compare with the live system as of the backup's last position.

    Raises AnotherDrill, BackupIsDamaged, Unavailable.
    """
    began = time.perf_counter()
    with scratch(system.settings, place) as (directory, settings):
        kept, keys = directory / "ledger", directory / "vault"
        back_up(system.settings, kept, keys, now=datetime.now(UTC), advance=advance)
        restored = restore(settings, kept, keys, advance=advance)
        position = restored.ledger.position or 0
        difference = unlike_events(
            system.settings.address("ledger"), settings.address("ledger"), position, advance
        )
        with System(settings) as other:
            other.catch_up_views()
            system.catch_up_views()
            at = moment(other.ledger, str(position))
            live, there = told(system, at), told(other, at)
        for what, lines in live.items():
            difference = difference or unlike(what, lines, there[what])
    return Drill(
        ok=difference is None,
        position=position,
        digests={
            **restored.ledger.tables,
            **restored.vault.tables,
            **{what: _sum(lines) for what, lines in there.items()},
        },
        erased_again=restored.erased,
        difference=difference,
        seconds=round(time.perf_counter() - began, 3),
    )


def unlike_events(
    live: str, restored: str, position: Position, advance: Advance
) -> Difference | None:
    """The first event up to a position that is not the same in two ledgers, if their digests are not."""

    def of(url: str) -> Sum:
        with reading(url) as read:
            return summed(up_to(read(EVENTS), position), lambda done: advance(done, position))

    if of(live) == of(restored):
        return None
    with reading(live) as one, reading(restored) as other:
        pairs = zip_longest(up_to(one(EVENTS), position), up_to(other(EVENTS), position))
        return next(_events_differ(pairs), None)


def _events_differ(pairs: Iterator[tuple[Row | None, Row | None]]) -> Iterator[Difference]:
    for one, other in pairs:
        if one != other:
            yield Difference(of="ledger", live=_named(one), restored=_named(other))


def _named(row: Row | None) -> str | None:
    """An event by its place, stream and kind, and a digest of what it says."""
    if row is None:
        return None
    position, stream, version, topic, _ = row
    return f"{position} {stream}/{version} {topic} {summed([row]).sha256[:16]}"


def unlike(what: str, live: list[bytes], restored: list[bytes]) -> Difference | None:
    """The first line that is not the same on both sides."""
    for one, other in zip_longest(live, restored):
        if one != other:
            return Difference(
                of=what,
                live=one.decode() if one is not None else None,
                restored=other.decode() if other is not None else None,
            )
    return None


def _sum(lines: list[bytes]) -> Sum:
    return Sum(rows=len(lines), sha256=hashlib.sha256(b"\n".join(lines)).hexdigest())

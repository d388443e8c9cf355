"""Verification: everything is folded anew from the ledger and compared, row by row, with what the views show."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby, zip_longest
from operator import itemgetter

import numpy as np
from pydantic_core import to_json
from sqlalchemy import Connection, Table, select

from services.projections.views.beside import Beside
from services.projections.views.columns import Array, is_columns, stored, whole
from services.projections.views.database import Views
from services.projections.views.projector import VIEWS, Projector
from services.projections.views.view import Snapshot, View
from shared.errors import Conflict
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger

AT_ONCE = 10_000
NO_ROWS: Array = np.empty(0, dtype="<i8")
ATTEMPTS = 5


def verify(
    ledger: Ledger,
    views: Views,
    progress: Progress | None = None,
    kinds: Sequence[View] = VIEWS,
) -> dict[str, object]:
    """Whether the views hold exactly what the ledger says, with a digest of each; where not, the first difference.

    The views are caught up first, and what is recorded after that is not looked at. The fresh tables stand in a
    temporary file or, in PostgreSQL, beside the live ones; they are dropped in the end.
    """
    began = time.perf_counter()
    with (
        _elsewhere(views) as scratch,
        Beside(scratch, kinds) as beside,
        _caught_up(ledger, views, kinds) as live,
    ):
        position = live[0].position
        events = beside.fill(ledger, to=position, progress=progress)
        with beside.reading() as fresh:
            digests = {
                kind.name: digest(snapshot) for kind, snapshot in zip(kinds, fresh, strict=True)
            }
            unlike = [
                {"view": kind.name, **difference}
                for kind, shown, folded in zip(kinds, live, fresh, strict=True)
                if digest(shown) != digests[kind.name]
                for difference in [_difference(shown, folded)]
            ]
    return {
        "ok": not unlike,
        "events": events,
        "position": position,
        "digests": digests,
        "seconds": round(time.perf_counter() - began, 3),
        "difference": unlike[0] if unlike else None,
    }


def digest(snapshot: Snapshot) -> str:
    """The sha256 of all that a view holds: the same in every engine, however it got there and however its rows lie."""
    found = hashlib.sha256()
    for name, table in sorted(snapshot.tables.items()):
        found.update(f"{name}\n".encode())
        if is_columns(table):
            segments = stored(snapshot.connection, table)
            for (family, column), together in groupby(segments, key=itemgetter(0, 1)):
                found.update(f"{family}\x1f{column}\n".encode())
                for _, _, data in together:
                    found.update(data)
            continue
        for row in _rows(snapshot.connection, table):
            found.update(to_json(row) + b"\n")
    return found.hexdigest()


@contextmanager
def _elsewhere(views: Views) -> Iterator[Views]:
    """Where fresh tables are in nobody's way: a file of their own, or the same server."""
    if not views.embedded:
        yield views
        return
    with tempfile.TemporaryDirectory(prefix="sangkien-verify-") as directory:
        scratch = Views(f"sqlite:///{directory}/views.db")
        try:
            yield scratch
        finally:
            scratch.close()


@contextmanager
def _caught_up(
    ledger: Ledger, views: Views, kinds: Sequence[View]
) -> Iterator[tuple[Snapshot, ...]]:
    """All views at one position. They move together; only just after one was rebuilt alone, it may be ahead."""
    projector = Projector(views, kinds)
    for _ in range(ATTEMPTS):
        projector.catch_up(ledger)
        with views.reading(*kinds) as live:
            if len({snapshot.position for snapshot in live}) == 1:
                yield live
                return
    raise Conflict("The views do not come to one position; another process is rebuilding them.")


def _difference(shown: Snapshot, folded: Snapshot) -> dict[str, object]:
    """The first row, in the order of the keys, that is not the same on both sides."""
    for name, live in sorted(shown.tables.items()):
        fresh = folded.tables[name]
        if is_columns(live):
            unlike = _unlike_columns(whole(shown.connection, live), whole(folded.connection, fresh))
            if unlike is not None:
                return {"table": name, **unlike}
            continue
        with (
            closing(_rows(shown.connection, live)) as live_rows,
            closing(_rows(folded.connection, fresh)) as fresh_rows,
        ):
            for one, other in zip_longest(live_rows, fresh_rows):
                if one != other:
                    columns = live.columns.keys()
                    return {
                        "table": name,
                        "live": dict(zip(columns, one, strict=True)) if one else None,
                        "refolded": dict(zip(columns, other, strict=True)) if other else None,
                    }
    return {"table": None, "live": None, "refolded": None}


def _unlike_columns(
    live: Mapping[str, Mapping[str, Array]], fresh: Mapping[str, Mapping[str, Array]]
) -> dict[str, object] | None:
    """The first row of a family of columns that is not the same on both sides."""
    for family in sorted({*live, *fresh}):
        one, other = live.get(family, {}), fresh.get(family, {})
        firsts = []
        for name in {*one, *other}:
            here, there = one.get(name, NO_ROWS), other.get(name, NO_ROWS)
            common = min(len(here), len(there))
            unlike = np.flatnonzero(here[:common] != there[:common])
            if len(unlike) or len(here) != len(there):
                firsts.append(int(unlike[0]) if len(unlike) else common)
        if firsts:
            row = min(firsts)
            return {
                "family": family,
                "row": row,
                "live": _at(one, row),
                "refolded": _at(other, row),
            }
    return None


def _at(columns: Mapping[str, Array], row: int) -> dict[str, int] | None:
    found = {name: int(column[row]) for name, column in columns.items() if row < len(column)}
    return found or None


def _rows(connection: Connection, table: Table) -> Generator[tuple[object, ...], None, None]:
    with connection.execute(
        select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": AT_ONCE}
    ) as found:
        for row in found:
            yield tuple(row)

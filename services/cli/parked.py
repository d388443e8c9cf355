"""Commands about messages that nobody could read: parked list, parked retry, parked drop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, AsLines, Data, opened
from services.wiring import System
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.ledger.kafka.parking import Parking

app = typer.Typer(
    help="Bản tin Kafka không đọc được (messages that nobody could read).", no_args_is_help=True
)


_LEFT: Final = {
    "later": "sự kiện có trong sổ nhưng phiên bản này chưa đọc được; nâng cấp rồi thử lại "
    "(on record, but this version cannot read it: upgrade, then try again).",
    "foreign": "không phải sự kiện nào trong sổ này (no fact of this ledger). "
    "Tìm xem ai gửi, rồi bỏ đi bằng: sangkien parked drop PLACE",
}


@app.command("list")
def list_parked(data: Data = None, as_lines: AsLines = False) -> None:
    """Các bản tin để riêng (what is parked, and why); nothing of the ledger is missing for it."""
    with _lot(data) as (_, parking):
        found = parking.messages() if parking is not None else []
        if as_lines:
            for one in found:
                size = len(one.message.value or b"")
                terminal.say(
                    {"place": one.place, "reason": one.reason, "parked": one.parked, "bytes": size}
                )
            return
        terminal.out.print(
            f"{len(found)} bản tin để riêng (messages parked)."
            if parking is not None
            else "Hệ thống này không dùng Kafka, không có bản tin nào (no Kafka here)."
        )
        for one in found:
            terminal.out.print(
                f"{one.place}  {one.parked:%Y-%m-%d %H:%M}  {one.reason}", markup=False
            )


@app.command()
def retry(data: Data = None, as_json: AsJSON = False) -> None:
    """Thử đọc lại (read again, in the ledger as well, and clear what is settled); exit 1 where something is left."""
    from shared.ledger.kafka.parking import Fate, fate

    with _lot(data) as (system, parking):
        fates = (
            {one.place: fate(one, system.ledger) for one in parking.messages()} if parking else {}
        )
        count = Counter(fates.values())
        if parking is not None:
            parking.clear(place for place, to in fates.items() if to is Fate.SETTLED)
        left = len(fates) - count[Fate.SETTLED]
        if as_json:
            terminal.say({"settled": count[Fate.SETTLED], "left": left})
        else:
            terminal.out.print(
                f"Đã giải quyết {count[Fate.SETTLED]}, còn lại {left} (settled, left)."
            )
        for to, said in _LEFT.items():
            if count[Fate(to)]:
                terminal.err.print(f"{count[Fate(to)]}: {said}", markup=False, soft_wrap=True)
        if left:
            raise typer.Exit(1)


@app.command()
def drop(
    places: Annotated[list[str], typer.Argument(help="Chủ đề/phân vùng/vị trí, như list in ra.")],
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Bỏ hẳn (take messages out of the lot that are no facts)."""
    with _lot(data) as (_, parking):
        known = {one.place for one in parking.messages()} if parking is not None else set()
        for place in places:
            if place not in known:
                raise NotFound(f"Nothing is parked from {place}. See: sangkien parked list")
        if parking is not None:
            parking.clear(places)
        if as_json:
            terminal.say({"dropped": len(places)})
        else:
            terminal.out.print(f"Đã bỏ {len(places)} bản tin.")


@contextmanager
def _lot(data: Data) -> Iterator[tuple[System, Parking | None]]:
    with opened(data) as system:
        yield system, system.parking

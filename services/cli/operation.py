"""Commands that run and keep the system: serve, verify, rebuild, doctor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.glossary import CHECKUP
from services.cli.models import model_in_force
from services.cli.terminal import AsJSON, Data, opened
from services.wiring import System
from shared import log
from shared.errors import Unavailable
from shared.ledger.durability import forgetful
from shared.ledger.rights import may_alter

app = typer.Typer()


@app.command()
def serve(
    rooms: Annotated[
        list[str] | None,
        typer.Argument(help="intake, dedup, projections, matching, relay; mặc định: tất cả."),
    ] = None,
    data: Data = None,
    host: Annotated[str | None, typer.Option("--host")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
) -> None:
    """Chạy dịch vụ (serve all rooms, or those named); SIGTERM drains and stops."""
    from services.serving import ROOMS, Serving

    unknown = set(rooms or ()) - set(ROOMS)
    if unknown:
        raise typer.BadParameter(
            f"no such room: {', '.join(sorted(unknown))}; rooms: {', '.join(ROOMS)}"
        )
    with opened(data, empty=True) as system:
        if "relay" in (rooms or ()) and system.settings.kafka is None:
            raise typer.BadParameter(
                "relay publishes the ledger to Kafka: set SANGKIEN_KAFKA to its brokers, as host:port"
            )
        log.start(system.settings.log_level)
        settings = system.settings
        Serving(system, rooms or ROOMS).run(
            host or settings.host, settings.port if port is None else port
        )


@app.command()
def verify(data: Data = None, as_json: AsJSON = False) -> None:
    """Dựng lại mọi bảng từ sổ ghi và so sánh (refold everything and compare); exit 1 where they differ."""
    from services.projections.views.verify import verify as compare

    with opened(data) as system:
        terminal.catch_up(system)
        with terminal.progress("kiểm tra", "sự kiện") as advance:
            result = compare(system.ledger, system.views, progress=advance)
        if as_json:
            terminal.say(result)
        else:
            terminal.out.print(
                f"{'Khớp' if result['ok'] else 'KHÔNG KHỚP'}: {result['events']} sự kiện, "
                f"số thứ tự {result['position']}, {result['seconds']} giây."
            )
            if not result["ok"]:
                terminal.out.print(result["difference"], markup=False)
        if not result["ok"]:
            raise typer.Exit(1)


@app.command()
def rebuild(
    data: Data = None,
    view: Annotated[
        str | None, typer.Option("--view", help="Chỉ một bảng (quota, events, cases, timeline).")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Dựng bảng mới bên cạnh rồi chuyển sang (build beside the live views, then switch)."""
    with opened(data) as system:
        began = switched = time.perf_counter()
        with terminal.progress("dựng lại", "sự kiện") as advance:

            def noted(position: int, head: int) -> None:
                nonlocal switched
                switched = time.perf_counter()
                advance(position, head)

            count = system.projector.rebuild(system.ledger, view, noted)
        # Readers see the new tables from the last step on; what follows is the clearing of the old ones.
        seconds, clearing = switched - began, time.perf_counter() - switched
        if as_json:
            terminal.say(
                {
                    "events": count,
                    "seconds": round(seconds, 3),
                    "clearing_seconds": round(clearing, 3),
                }
            )
        else:
            terminal.out.print(
                f"Đã dựng lại từ {count} sự kiện trong {seconds:.1f} giây; dọn bảng cũ thêm {clearing:.1f} giây."
            )


@app.command()
def grant(
    role: Annotated[str, typer.Argument(help="Vai trò của máy chủ PostgreSQL.")],
) -> None:
    """Cho một vai trò ghi thêm và đọc sổ, không sửa, không xóa (may append to the ledger and read it, no more).

    To be typed with SANGKIEN_LEDGER_URL naming the owner of the database; makes the ledger's tables where they are missing.
    """
    from shared.ledger.rights import let_in

    with terminal.set_up(None) as settings:
        let_in(settings.address("ledger"), role)
        terminal.out.print(f"{role}: được ghi thêm và đọc sổ (may append and read).", markup=False)


@app.command()
def doctor(data: Data = None, as_json: AsJSON = False) -> None:
    """Khám hệ thống (configuration with secrets masked, lag, versions)."""
    with opened(data) as system:
        settings = system.settings
        head = system.ledger.head()
        answer: dict[str, object] = {
            "settings": {name: None if value is None else str(value) for name, value in settings},
            "simulated": system.directory.simulated,
            "head": head,
            "record_can_be_altered": may_alter(settings.address("ledger")),
            # Views can be made anew; what stands in the others cannot.
            "server_may_forget": forgetful(
                {"ledger": settings.address("ledger"), "vault": settings.address("vault")}
            ),
            "recorded_ahead_of_clock_seconds": _ahead(system),
            "lag": {
                "dedup": head - system.ledger.handled("dedup"),
                "cases": head - system.ledger.handled("cases"),
                "projections": head - system.projector.position(),
            },
            "model": model_in_force(system),
            "snapshot": system.snapshots.described(system.ledger.handled("dedup")),
            "parked": _parked(system),
            "programmes": system.directory.programmes(),
            "units": len(system.directory.tree().units),
            "versions": {
                name: _version(name)
                for name in (
                    "sangkien",
                    "eventsourcing",
                    "fastapi",
                    "scikit-learn",
                    "rapidfuzz",
                    "kafka-python",
                    "pydantic",
                )
            },
        }
        if as_json:
            terminal.say(answer)
            return
        for name, value in answer.items():
            said = CHECKUP[name]
            if isinstance(value, Mapping):
                terminal.out.print(f"{said} ({name}):", markup=False)
                for part, of in value.items():
                    shown = f"{CHECKUP[part]} ({part})" if part in CHECKUP else part
                    terminal.out.print(f"  {shown}: {_plain(of)}", markup=False)
            else:
                terminal.out.print(f"{said} ({name}): {_plain(value)}", markup=False)


def _plain(value: object) -> str:
    match value:
        case None:
            return "không có"
        case bool():
            return "có" if value else "không"
        case list():
            return ", ".join(map(str, value)) or "–"
        case _:
            return str(value)


def _ahead(system: System) -> float:
    """By how much the last fact was recorded after now: more than 0 says that this clock, or one before it, is wrong."""
    last = system.ledger.recorded_at(system.ledger.head())
    ahead = (last - system.ledger.clock()).total_seconds() if last is not None else 0.0
    return round(max(0.0, ahead), 3)


def _parked(system: System) -> int | str:
    """How many messages nobody could read; only what comes over a topic can be parked."""
    if system.parking is None:
        return 0
    try:
        return len(system.parking.messages())
    except Unavailable as problem:
        return problem.message


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        # The sources can be run where they lie, without being installed.
        return None

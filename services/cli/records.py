"""Commands that put things on record and read it: init, import, template, events."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, AsLines, Data, opened
from services.intake.bulk import Intake
from services.intake.founding import found, read_programme, read_units
from shared.calibration import percent
from shared.errors import Conflict, NotFound
from shared.events.register import EVENTS
from shared.form import Ident, Instant
from shared.messages import BANDS
from shared.vocabulary import Band

app = typer.Typer()

HIGHEST: Final = 2**63 - 1


class SimulationOnly(Conflict):
    code = "simulation-only"

    def __init__(self) -> None:
        super().__init__(
            "--simulate-clock needs a ledger that was marked by 'sangkien init --simulated'."
        )


@app.command()
def init(
    units: Annotated[
        Path, typer.Option("--units", exists=True, dir_okay=False, help="units.jsonl")
    ],
    programme: Annotated[
        Path, typer.Option("--programme", exists=True, dir_okay=False, help="programme.json")
    ],
    data: Data = None,
    simulated: Annotated[
        bool,
        typer.Option(
            "--simulated", help="Đánh dấu sổ ghi là mô phỏng, vĩnh viễn (a simulation for good)."
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Ghi cây đơn vị và chương trình (put units and a programme on record); again: only what is new."""
    with opened(data, new=True) as system:
        language = system.settings.language
        founded = found(
            system.ledger,
            system.directory,
            read_units(units, language),
            read_programme(programme, language),
            simulated=simulated,
            by=system.operator(),
        )
        answer = {
            "units": founded.units,
            "programme": founded.programme,
            "targets": founded.targets,
            "recorded": founded.recorded,
        }
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"{founded.units} đơn vị, chương trình {founded.programme}, {founded.targets} chỉ tiêu; "
                f"{founded.recorded} sự kiện mới."
            )


@app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=".jsonl, .csv hoặc .xlsx")
    ],
    data: Data = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Chỉ kiểm tra, không ghi (check only, record nothing)."),
    ] = False,
    sender: Annotated[
        str, typer.Option("--sender", help="Bên gửi; cùng external_id là cùng bản kê khai.")
    ] = "cli",
    simulate_clock: Annotated[
        bool,
        typer.Option(
            "--simulate-clock", help="Ghi mỗi bản kê khai vào lúc nộp (only on a simulated ledger)."
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Nhập nhiều bản kê khai (import declarations); a bad row never stops the good ones."""
    from services.cli.rehearsal import Rehearsal
    from services.intake.sheet import rows

    with opened(data) as system:
        if simulate_clock and not system.directory.simulated:
            raise SimulationOnly
        sender = terminal.checked(Ident, sender, "--sender", system)
        began = time.perf_counter()
        rehearsal = Rehearsal(system) if dry_run else None
        quota: list[dict[str, object]] = []
        intake = Intake(
            system.ledger,
            system.directory,
            system.vault,
            sender=sender,
            by=system.operator(),
            language=system.settings.language,
            simulate_clock=simulate_clock,
            dry_run=dry_run,
            noted=rehearsal.note if rehearsal is not None else None,
        )
        size = file.stat().st_size
        with terminal.progress(file.name, "byte") as advance:
            report = intake.record(
                rows(file, system.settings.language, lambda read: advance(read, size))
            )
        seconds = time.perf_counter() - began
        answer = {
            "read": report.read,
            "accepted": report.accepted,
            "replayed": report.replayed,
            "rejected": report.rejected,
            "seconds": round(seconds, 3),
            "errors": [fault._asdict() for fault in report.errors],
            "warnings": [fault._asdict() for fault in report.warnings],
        }
        if rehearsal is not None:
            quota = list(rehearsal.quota())
            answer |= {"suspects": rehearsal.suspects, "quota": quota}
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"{'Thử: ' if dry_run else ''}đọc {report.read}, nhận {report.accepted}, đã có {report.replayed}, "
                f"từ chối {report.rejected} trong {seconds:.1f} giây."
            )
            if report.errors:
                terminal.table(
                    "Dòng bị từ chối",
                    ("dòng", "trường", "mã", "vì sao, làm gì tiếp"),
                    report.errors[:200],
                )
            if report.warnings:
                terminal.table("Lưu ý", ("dòng", "trường", "mã", "nội dung"), report.warnings[:50])
            if rehearsal is not None:
                _show(rehearsal.suspects, quota)
        if report.rejected:
            raise typer.Exit(1)


def _show(suspects: list[dict[str, object]], quota: list[dict[str, object]]) -> None:
    if suspects:
        terminal.table(
            "Giống bản đã kê khai",
            ("dòng", "giống bản", "mức", "điểm %"),
            (
                (
                    s["row"],
                    s["of"],
                    BANDS[Band(str(s["band"]))].vi,
                    percent(float(str(s["score"])), 1),
                )
                for s in suspects[:200]
            ),
        )
    terminal.table(
        "Chỉ tiêu nếu nhập",
        ("đơn vị", "loại", "chỉ tiêu", "hiện có", "sẽ có"),
        ((q["unit"], q["kind"], q["target"], q["gross"], q["after"]) for q in quota),
    )


@app.command()
def template(file: Annotated[Path, typer.Argument(help="Tên tệp .xlsx sẽ tạo.")]) -> None:
    """Tạo tệp Excel mẫu để nhập (an empty import file with columns, hints and validation)."""
    from services.intake.template import write_template

    if file.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{file.name} must end in .xlsx")
    try:
        write_template(file)
    except OSError as problem:
        terminal.refuse(
            f"Không ghi được (cannot write) {file}: {problem.strerror}. Kiểm tra đường dẫn và quyền."
        )
    terminal.out.print(f"Đã tạo {file}.")


@app.command()
def events(
    data: Data = None,
    from_: Annotated[
        int, typer.Option("--from", min=0, max=HIGHEST, help="Từ số thứ tự (position).")
    ] = 1,
    type_: Annotated[str | None, typer.Option("--type", help="Loại sự kiện (topic).")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Đơn vị và cấp dưới.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Ghi từ thời điểm ISO 8601 (recorded since).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Ghi đến hết thời điểm ISO 8601 (and until).")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Ai làm (actor's name).")] = None,
    title: Annotated[
        str | None,
        typer.Option(
            "--title", help="Các từ của tên sáng kiến, có dấu hoặc không (words of a title)."
        ),
    ] = None,
    as_lines: AsLines = False,
    as_csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Ghi ra tệp .csv (write a CSV file)."),
    ] = None,
) -> None:
    """Liệt kê sự kiện (a line an event) by position, type, unit, time, actor and words of a title; never texts or names."""
    from services.projections.history.trail import table, trail

    with opened(data) as system:
        if type_ is not None and type_ not in EVENTS:
            raise NotFound(f"There is no event type {type_}. Types: {', '.join(sorted(EVENTS))}.")
        if type_ or unit or actor or title:
            # What the views point to need not be looked for.
            terminal.catch_up(system)
        found = trail(
            system.ledger,
            system.directory,
            system.views,
            after=from_ - 1,
            topic=type_,
            unit=unit,
            since=terminal.checked(Instant, since, "--since", system) if since else None,
            until=terminal.checked(Instant, until, "--until", system) if until else None,
            actor=actor,
            title=title,
        )
        if as_csv is not None:
            # By its first letter a spreadsheet program knows that the others are Vietnamese.
            with as_csv.open("w", encoding="utf-8-sig", newline="") as file:
                count = table(found, file)
            terminal.err.print(f"Đã ghi {count} sự kiện (events written): {as_csv}", markup=False)
        elif as_lines:
            terminal.lines(found)
        else:
            terminal.table(
                "Sự kiện",
                ("số thứ tự", "lúc ghi", "loại", "ai"),
                ((e["position"], e["recorded"], e["type"], e["actor"]) for e in found),
            )

"""Commands by which emulation is ruled: criteria show, criteria adopt; wave open, wave list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.asked import Programme
from services.cli.terminal import AsJSON, Data, opened
from services.wiring import System
from shared.errors import Invalid
from shared.form import Instant
from shared.validation import faults

criteria_app = typer.Typer(
    help="Tiêu chí chấm điểm thi đua (emulation criteria).", no_args_is_help=True
)
wave_app = typer.Typer(help="Đợt thi đua (waves of emulation).", no_args_is_help=True)


@criteria_app.command("show")
def show_criteria(programme: Programme = None, data: Data = None, as_json: AsJSON = False) -> None:
    """Mọi bản tiêu chí đã ban hành, bản nào áp dụng từ ngày nào (every version)."""
    from services.intake.emulation import VersionsShown

    with opened(data) as system:
        code = system.directory.the_programme(programme)
        shown = VersionsShown.of(code, system.directory.programme(code).criteria)
        if as_json:
            terminal.say(shown.model_dump(mode="json"))
            return
        terminal.table(
            f"Tiêu chí thi đua của chương trình {code}",
            (
                "bản",
                "từ ngày",
                "văn bản",
                "tiêu chí",
                "tính trên",
                "điểm",
                "đủ điểm từ",
                "tối đa lần",
            ),
            (
                (
                    version.version,
                    version.valid_from,
                    version.document,
                    c.scored,
                    c.over,
                    f"{'−' if c.deduct else ''}{c.weight}",
                    str(c.full_at),
                    str(c.cap),
                )
                for version in shown.versions
                for c in version.criteria
            ),
            terminal.plain(system),
        )


@criteria_app.command("adopt")
def adopt_criteria(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    programme: Programme = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Ban hành tiêu chí chấm điểm, áp dụng từ ngày ghi trong tệp (adopt criteria from a day on)."""
    from services.intake.emulation import CriteriaRecord, adopt

    with opened(data) as system:
        try:
            record = CriteriaRecord.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise _wrong(error, system) from error
        code = system.directory.the_programme(programme)
        event = adopt(system.ledger, code, record, by=system.operator())
        if event is not None:
            system.ledger.append(event)
        if as_json:
            version = event.originator_version if event is not None else None
            terminal.say({"recorded": event is not None, "version": version})
        elif event is None:
            terminal.out.print("Đúng tiêu chí này đã có trong sổ; không ghi thêm gì.")
        else:
            terminal.out.print(
                f"Tiêu chí bản {event.originator_version} áp dụng từ {event.valid_from:%d/%m/%Y} ({event.document})."
            )


@wave_app.command("open")
def open_wave(
    wave: Annotated[str, typer.Argument(help="Mã đợt (its code); chỉ tiêu ghi theo mã này.")],
    name: Annotated[str, typer.Option("--name", help="Tên đợt (its name).")],
    begins: Annotated[str, typer.Option("--from", help="Bắt đầu: 2022-05-01T00:00:00+07:00.")],
    ends: Annotated[str, typer.Option("--to", help="Kết thúc, không tính thời điểm này (until).")],
    unit: Annotated[
        str | None, typer.Option("--unit", help="Đợt riêng của đơn vị này (a unit's own).")
    ] = None,
    document: Annotated[str, typer.Option("--document", help="Số văn bản.")] = "",
    programme: Programme = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Mở một đợt thi đua; mở lại là sửa tên hoặc ngày (open a wave; again: correct it)."""
    from services.intake.programme import Programme, WaveRecord, programme_id

    with opened(data) as system:
        given = {
            "code": wave,
            "name": name,
            "from": terminal.checked(Instant, begins, "--from", system),
            "to": terminal.checked(Instant, ends, "--to", system),
            "unit": unit,
            "document": document,
        }
        try:
            record = WaveRecord.model_validate(given)
        except ValidationError as error:
            raise _wrong(error, system) from error
        code = system.directory.the_programme(programme)
        event = system.ledger.load(Programme, programme_id(code)).open_wave(
            record.wave(), tree=system.directory.tree(), by=system.operator()
        )
        if event is not None:
            system.ledger.append(event)
        if as_json:
            terminal.say({"recorded": event is not None, "wave": wave})
        else:
            terminal.out.print(
                "Đúng đợt này đã có trong sổ; không ghi thêm gì."
                if event is None
                else f"Đợt {wave}: {name}. Giao chỉ tiêu bằng 'sangkien target set … --phase {wave}'.",
                markup=False,
            )


@wave_app.command("list")
def list_waves(programme: Programme = None, data: Data = None, as_json: AsJSON = False) -> None:
    """Các đợt thi đua của chương trình (the waves of a programme)."""
    from services.intake.emulation import WavesShown

    with opened(data) as system:
        found = system.directory.programme(system.directory.the_programme(programme)).waves
        shown = WavesShown.of(found)
        if as_json:
            terminal.say(shown.model_dump(mode="json", by_alias=True))
            return
        terminal.table(
            "Các đợt thi đua",
            ("mã", "tên", "từ", "đến", "đơn vị", "văn bản"),
            ((w.code, w.name, w.from_, w.to, w.unit, w.document) for w in shown.waves),
            terminal.plain(system),
        )


def _wrong(error: ValidationError, system: System) -> Invalid:
    """What is wrong with what was given, field by field."""
    found = faults(error, system.settings.language)
    return Invalid("; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in found))

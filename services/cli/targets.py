"""Commands that give targets: set one, split one over the units below, check that the sums are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.asked import Asked, Programme, board_command
from services.cli.boards import OfKind, board_app
from services.cli.sayings import WHOLE, of_moment, said, titled
from services.cli.terminal import AsJSON, AtMost, Data, OfCursor, opened
from services.projections.presentation.words import word
from services.projections.targets.cascade import Cascade, CascadeRow, Sum, cascade
from services.wiring import System
from shared.cursor import after_cursor
from shared.errors import Invalid
from shared.figures import Figures
from shared.form import Code, Day
from shared.messages import spoken
from shared.terms import WHOLE as THE_WHOLE_PROGRAMME
from shared.terms import SplitBy
from shared.validation import faults
from shared.vocabulary import HeadCount, TargetKind, midnight

target_app = typer.Typer(
    help="Chỉ tiêu: giao, phân bổ, kiểm tra tổng (targets).", no_args_is_help=True
)
NAMED = 5
"""So many units without a target are named in a table."""

Phase = Annotated[
    str,
    typer.Option("--phase", help="Mã giai đoạn, hoặc 'whole' là cả chương trình."),
]
Kind = Annotated[TargetKind, typer.Option("--kind", help="Loại chỉ tiêu (which kind).")]
Document = Annotated[str, typer.Option("--document", help="Số văn bản (the document's number).")]
Dated = Annotated[str, typer.Option("--dated", help="Ngày văn bản (its day), 2022-01-26.")]


@target_app.command("set")
def set_(
    unit: str,
    kind: Kind,
    document: Document,
    dated: Dated,
    phase: Phase = THE_WHOLE_PROGRAMME,
    value: Annotated[int | None, typer.Option("--value", help="Số sáng kiến (a number).")] = None,
    percent: Annotated[
        str | None, typer.Option("--percent", help="Tỷ lệ của quân số (a percentage of --of).")
    ] = None,
    of: Annotated[
        HeadCount | None, typer.Option("--of", help="Quân số nào (which head count).")
    ] = None,
    counted_on: Annotated[
        str | None, typer.Option("--counted-on", help="Quân số ngày nào (the count of that day).")
    ] = None,
    programme: Programme = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Giao một chỉ tiêu, là số hoặc tỷ lệ của quân số; số cũ vẫn đúng cho thời gian của nó (set a target)."""
    from services.intake.programme import Programme, TargetRecord, programme_id

    with opened(data) as system:
        given = {
            "unit": unit,
            "phase": _phase(phase),
            "kind": kind,
            "value": value,
            "percent": terminal.checked(Decimal, percent, "--percent", system)
            if percent is not None
            else None,
            "of": of,
            "counted_on": _day(counted_on, "--counted-on", system),
            "document": document,
            "dated": _day(dated, "--dated", system),
        }
        try:
            record = TargetRecord.model_validate(given)
        except ValidationError as error:
            raise _wrong(error, system) from error
        code = system.directory.the_programme(programme)
        event = system.ledger.load(Programme, programme_id(code)).set_target(
            record, tree=system.directory.tree(), by=system.operator()
        )
        if event is not None:
            system.ledger.append(event)
        if as_json:
            terminal.say(
                {
                    "recorded": event is not None,
                    "unit": unit,
                    "target": event.value if event is not None else None,
                    "counted_on": event.counted_on if event is not None else None,
                }
            )
        elif event is None:
            terminal.out.print("Đúng chỉ tiêu này đã có trong sổ; không ghi thêm gì.")
        else:
            counted = f", tính theo quân số ngày {event.counted_on:%d/%m/%Y}" if percent else ""
            terminal.out.print(
                f"{system.directory.tree().name(unit)}: chỉ tiêu {word(kind).vi} {event.value}"
                f"{counted} ({document})."
            )


@target_app.command("split")
def split_(
    unit: str,
    kind: Kind,
    document: Document,
    dated: Dated,
    phase: Phase = THE_WHOLE_PROGRAMME,
    by: Annotated[
        SplitBy, typer.Option("--by", help="Chia theo (in proportion to).")
    ] = SplitBy.MEMBERS,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="CHILD=VALUE",
            help="Ấn định riêng cho một đơn vị; giữ nguyên khi phân bổ lại (a number by hand).",
        ),
    ] = None,
    release: Annotated[
        list[str] | None,
        typer.Option(
            "--release",
            metavar="CHILD",
            help="Đơn vị đã ấn định riêng nay chia lại như các đơn vị khác (no longer by hand).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ tính thử, không ghi sổ (nothing is recorded).")
    ] = False,
    programme: Programme = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Phân bổ chỉ tiêu của một đơn vị cho các đơn vị trực thuộc; chạy lại là phân bổ lại (split over the units below)."""
    from services.intake.programme import Programme, programme_id
    from services.intake.split import SplitRecord, split

    with opened(data) as system:
        day = _day(dated, "--dated", system)
        try:
            record = SplitRecord.model_validate(
                {
                    "unit": unit,
                    "phase": _phase(phase),
                    "kind": kind,
                    "by": by,
                    "keep": _kept(keep or (), system),
                    "release": tuple(release or ()),
                    "document": document,
                    "dated": day,
                }
            )
        except ValidationError as error:
            raise _wrong(error, system) from error
        code = system.directory.the_programme(programme)
        found = split(
            system.ledger.load(Programme, programme_id(code)),
            record,
            tree=system.directory.tree(on=midnight(record.dated)),
            by=system.operator(),
        )
        if found.events and not dry_run:
            system.ledger.append(*found.events)
        shown = found.shown
        if as_json:
            terminal.say({"dry_run": dry_run, **shown.model_dump(mode="json")})
            return
        terminal.table(
            f"{shown.name}: phân bổ {shown.target} ({shown.target_document})"
            f"{', tính thử' if dry_run else ''}",
            ("đơn vị", "trước", "nay", "ấn định riêng", "trọng số", "ghi mới"),
            ((s.name, s.before, s.value, s.by_hand, s.weight, s.changed) for s in shown.shares),
            terminal.plain(system),
        )
        terminal.out.print(
            f"{'Sẽ ghi' if dry_run else 'Đã ghi'} {shown.recorded} chỉ tiêu ({document})."
        )


def show_cascade(board: Cascade, figures: Figures) -> None:
    """The sums by level, unit by unit those that do not fit, and how many there are of each sort."""
    _show_levels(board, figures)
    broken = [row for row in board.rows if row.sum in {Sum.UNDER, Sum.OVER}]
    title = said(figures, "Kiểm tra tổng: những chỗ không khớp", "The sums that do not fit")
    _show_sums(title, broken, figures)
    counts = Counter(row.sum for row in board.rows)
    terminal.out.print(
        ", ".join(f"{spoken(word(s), figures.language)}: {counts[s]}" for s in Sum) + "."
    )


def show_all(board: Cascade, figures: Figures) -> None:
    """The sums by level and every sum for people, and where the next page begins."""
    _show_levels(board, figures)
    _show_sums(titled(board, figures), board.rows, figures)
    terminal.more(board.next)


def _show_levels(board: Cascade, figures: Figures) -> None:
    terminal.table(
        f"{said(figures, 'Chỉ tiêu theo cấp', 'Targets by level')}, {of_moment(board, figures)}",
        ("cấp", "giai đoạn", "loại", "đơn vị", "có chỉ tiêu", "tổng"),
        (
            (r.level, r.phase or WHOLE, r.kind, r.units, r.with_target, r.total)
            for r in board.levels
        ),
        figures,
    )


def _show_sums(title: str, rows: Sequence[CascadeRow], figures: Figures) -> None:
    terminal.table(
        title,
        ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "cấp dưới", "còn lại", "", "chưa có chỉ tiêu"),
        (
            (
                r.name,
                r.phase or WHOLE,
                r.kind,
                r.target,
                r.children_sum,
                r.remainder,
                r.sum,
                _some(r.without),
            )
            for r in rows
        ),
        figures,
    )


def _fits(board: Cascade) -> None:
    if not board.ok:
        raise typer.Exit(1)


@board_command(target_app, "check", show_cascade, then=_fits)
def check(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Argument(help="Đơn vị và cấp dưới (a unit and all below it).")
    ] = None,
    kind: OfKind = None,
) -> Cascade:
    """Tổng chỉ tiêu giao xuống có khớp với cấp trên không; không khớp thì mã thoát 1 (do the sums fit)."""
    return cascade(
        asked.system.directory, programme=asked.programme, at=asked.at, unit=unit, kind=kind
    )


@board_command(board_app, "cascade", show_all)
def board_cascade(
    asked: Asked,
    unit: Annotated[
        str | None, typer.Option("--unit", help="Đơn vị và cấp dưới (a unit and all below it).")
    ] = None,
    kind: OfKind = None,
    cursor: OfCursor = None,
    limit: AtMost = None,
) -> Cascade:
    """Phân bổ chỉ tiêu từ trên xuống, mọi tổng (the cascade of targets, every sum)."""
    return cascade(
        asked.system.directory,
        programme=asked.programme,
        at=asked.at,
        unit=unit,
        kind=kind,
        begin=after_cursor(cursor),
        limit=limit,
    )


def _some(units: Sequence[str]) -> str:
    more = f" (+{len(units) - NAMED})" if len(units) > NAMED else ""
    return f"{', '.join(units[:NAMED])}{more}"


def _phase(given: str) -> str | None:
    return None if given == THE_WHOLE_PROGRAMME else given


def _day(given: str | None, name: str, system: System) -> object:
    return terminal.checked(Day, given, name, system) if given is not None else None


def _kept(given: Sequence[str], system: System) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for pair in given:
        child, sign, value = pair.rpartition("=")
        if not sign or not (value.isascii() and value.isdigit()):
            raise Invalid(f"--keep: {pair!r} is not CHILD=VALUE, such as p01-02=120.", field="keep")
        found[terminal.checked(Code, child, "--keep", system)] = int(value)
    return found


def _wrong(error: ValidationError, system: System) -> Invalid:
    fault = faults(error, system.settings.language)[0]
    of = f"{fault.field}: " if fault.field else ""
    return Invalid(f"{of}{fault.message}", field=fault.field)

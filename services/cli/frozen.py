"""Commands of boards put on record as they stood: freeze one, read and prove what is frozen."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

import typer
from pydantic import TypeAdapter

from services.cli import terminal
from services.cli.asked import Asked, KnownAt, OnAxis, Programme, board_command
from services.cli.boards import show_leaders, show_quota
from services.cli.history import show_days_ahead
from services.cli.ranking import (
    First,
    InCohort,
    InPhase,
    InWave,
    Mixed,
    OfLevel,
    OfMeasure,
    OfSector,
    OfUnit,
    OfUnits,
    Under,
    one_part,
)
from services.cli.sayings import of_moment, said, show_causes
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.boards.lead import LeadRow
from services.projections.boards.leaderboard import LeaderboardRow, Measure
from services.projections.boards.quota import QuotaRow
from services.projections.history.frozen import FrozenBoards, claim
from services.projections.history.proof import FrozenBoard, FrozenList, frozen_board, frozen_boards
from services.projections.history.question import BoardKind, Options, Question
from services.projections.presentation.words import called
from services.projections.reckoning.asof import Axis, moment
from shared.access import Action, permit
from shared.figures import Figures
from shared.form import Code, RequiredText
from shared.messages import spoken

TRow = TypeVar("TRow", LeaderboardRow, QuotaRow, LeadRow)

board_app = typer.Typer()


@board_app.command("freeze")
def board_freeze(
    name: Annotated[str, typer.Argument(help="Tên của bảng đã chốt; mỗi tên một lần.")],
    reason: Annotated[str, typer.Option("--reason", help="Chốt để làm gì.")],
    board: Annotated[BoardKind, typer.Option("--board")] = BoardKind.LEADERBOARD,
    level: OfLevel = None,
    measure: OfMeasure = None,
    top: First = None,
    cohort: InCohort = None,
    mixed: Mixed = False,
    under: Under = None,
    sector: OfSector = None,
    kind: OfUnits = None,
    phase: InPhase = None,
    wave: InWave = None,
    unit: OfUnit = None,
    share: Annotated[float | None, typer.Option("--share", min=0.0, max=1.0)] = None,
    corrects: Annotated[
        str | None, typer.Option("--corrects", help="Bảng đã chốt được đính chính.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--as", envvar="SANGKIEN_KEY", help="Khóa của người chốt; mặc định: người vận hành."
        ),
    ] = None,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Chốt một bảng (freeze a board): ghi sổ bảng như đang có ở một thời điểm; về sau không đổi."""
    one_part(phase, wave)
    with opened(data) as system:
        terminal.catch_up(system)
        by = system.operator()
        if key is not None:
            caller = system.directory.caller(key)
            root = unit or under
            permit(caller, Action.FREEZE_BOARD, root, system.directory.tree_today(root))
            by = system.actor(caller, source="cli")
        options = Options(
            level=level,
            measure=measure,
            top=top,
            cohort=cohort,
            mixed=mixed or None,
            under=under,
            sector=sector,
            kind=kind,
            phase=phase,
            wave=wave,
            unit=unit,
            share=share,
        )
        question = Question.of(board, system.directory.the_programme(programme), options)
        asked_at = moment(system.ledger, at, axis, known_at)
        event = FrozenBoards.of(system.ledger).freeze(
            terminal.checked(Code, name, "NAME", system),
            question,
            asked_at,
            question.rows(system.views, system.directory, asked_at),
            reason=terminal.checked(RequiredText, reason, "--reason", system),
            by=by,
            corrects=corrects,
        )
        position = system.ledger.append(event, claims=[claim(event)])[0]
        if as_json:
            terminal.say(
                {"name": name, "position": position, "rows": event.rows, "digest": event.digest}
            )
        else:
            terminal.out.print(
                f"Đã chốt bảng {name}: {event.rows} dòng, số thứ tự {position}, {event.digest}."
            )


def show_frozen(found: FrozenBoard | FrozenList, figures: Figures) -> None:
    """A frozen board, or the list of all, for people."""
    if isinstance(found, FrozenList):
        terminal.table(
            spoken(called(FrozenList), figures.language),
            ("tên", "bảng", "tính đến", "chốt lúc", "ai chốt", "để làm gì", "đính chính"),
            (
                (b.name, b.board, b.at, b.frozen_at, b.frozen_by, b.reason, b.corrects)
                for b in found.boards
            ),
            figures,
        )
        return
    options = ", ".join(f"{name}: {value}" for name, value in found.arguments.items())
    frozen = said(figures, "ĐÃ CHỐT", "FROZEN")
    title = f"{frozen}: {found.name} ({found.board}; {options}), {of_moment(found, figures)}"
    match BoardKind(found.board):
        case BoardKind.LEADERBOARD:
            measure = Measure(found.arguments["measure"])
            show_leaders(title, _read(LeaderboardRow, found), measure, figures)
        case BoardKind.QUOTA | BoardKind.UNDER:
            show_quota(title, _read(QuotaRow, found), figures)
        case BoardKind.LEAD:
            show_days_ahead(title, _read(LeadRow, found), figures)
    at = figures.instant(found.frozen_at)
    terminal.out.print(
        said(figures, f"Chốt lúc {at} bởi", f"Frozen at {at} by")
        + f" {found.frozen_by} ({found.role}): {found.reason}",
        markup=False,
    )
    terminal.out.print(
        said(figures, "Mã băm khớp", "The digest is proven")
        if found.proven
        else said(figures, "Mã băm KHÔNG KHỚP", "The digest is ANOTHER"),
        found.digest,
        sep=": ",
    )
    if found.corrected_by:
        others = ", ".join(found.corrected_by)
        terminal.out.print(
            said(figures, f"Đã có bảng đính chính: {others}.", f"Corrected by: {others}.")
        )
    terminal.out.print(
        said(
            figures,
            "Từ khi chốt có {0} sự kiện sửa số liệu của thời điểm này; {1} dòng sẽ khác nếu lập lại. "
            "Chúng không nằm trong bảng trên.",
            "Since then {0} events have corrected the figures of that moment; {1} rows would be others, were it made "
            "anew. None of that is in the table above.",
        ).format(found.since.corrections, found.since.rows)
    )
    if found.since.by_cause:
        title = said(figures, "Sửa từ khi chốt", "Corrected since it was frozen")
        show_causes(title, found.since.by_cause, figures)


def _read(kind: type[TRow], found: FrozenBoard) -> list[TRow]:
    """The rows as the live board holds them; a column that it has gained since says nothing."""
    cells = {
        name: TypeAdapter[Any](field.annotation or object)
        for name, field in kind.model_fields.items()
    }
    rows: list[TRow] = []
    for row in found.rows:
        read: dict[str, Any] = {
            name: cell.validate_json(json.dumps(row[name])) if name in row else None
            for name, cell in cells.items()
        }
        rows.append(kind.model_construct(None, **read))
    return rows


def _alarm(found: FrozenBoard | FrozenList) -> None:
    if isinstance(found, FrozenBoard) and not found.proven:
        terminal.refuse(
            f"BÁO ĐỘNG: bảng {found.name} tính lại không giống bảng đã chốt (the digest is another): "
            f"{found.found_digest}, đã chốt {found.digest}. Chạy sangkien verify."
        )


@board_command(board_app, "frozen", show_frozen, timed=False, then=_alarm)
def board_frozen(
    asked: Asked,
    name: Annotated[str | None, typer.Argument(help="Bỏ trống: liệt kê các bảng đã chốt.")] = None,
) -> FrozenBoard | FrozenList:
    """Đọc một bảng đã chốt, kiểm tra mã băm (read and prove a frozen board); sai lệch: mã thoát 1."""
    system = asked.system
    if name is None:
        return frozen_boards(system.ledger)
    return frozen_board(system.views, system.directory, system.ledger, name)

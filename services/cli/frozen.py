"""Commands of what was: boards put on record as they stood, the story of an idea, and the tree of a day."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import Asked, KnownAt, OnAxis, Programme, board_command
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
    phase_or_wave,
)
from services.cli.sayings import of_moment, show_causes
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.history.frozen import FrozenBoards, claim
from services.projections.history.organisation import (
    Organisation,
    OrganisationDifference,
    organisation,
    organisation_difference,
)
from services.projections.history.proof import FrozenBoard, FrozenList, frozen_board, frozen_boards
from services.projections.history.question import BoardKind, Options, Question
from services.projections.history.story import Story
from services.projections.history.story import story as story_of
from services.projections.presentation.happening_words import detail_in_words, event_in_words
from services.projections.reckoning.asof import Axis, moment
from shared.access import Action, permit
from shared.cursor import after_cursor
from shared.figures import PLAIN, Figures
from shared.form import Code, RequiredText
from shared.vocabulary import Level

app = typer.Typer()
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
            below=under,
            sector=sector,
            kind=kind,
            phase=phase_or_wave(phase, wave),
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
            "Các bảng đã chốt",
            ("tên", "bảng", "tính đến", "chốt lúc", "ai chốt", "để làm gì", "đính chính"),
            (
                (b.name, b.board, b.at, b.frozen_at, b.frozen_by, b.reason, b.corrects)
                for b in found.boards
            ),
            figures,
        )
        return
    options = ", ".join(f"{name}: {value}" for name, value in found.arguments.items())
    terminal.table(
        f"ĐÃ CHỐT: {found.name} ({found.board}; {options}), {of_moment(found, figures)}",
        tuple(found.rows[0]) if found.rows else ("không có dòng nào",),
        (tuple(row.values()) for row in found.rows),
        figures,
    )
    terminal.out.print(
        f"Chốt lúc {figures.instant(found.frozen_at)} bởi {found.frozen_by} ({found.role}): {found.reason}\n"
        f"Mã băm {'khớp' if found.proven else 'KHÔNG KHỚP'}: {found.digest}"
    )
    if found.corrected_by:
        terminal.out.print(f"Đã có bảng đính chính: {', '.join(found.corrected_by)}.")
    terminal.out.print(
        f"Từ khi chốt có {found.since.corrections} sự kiện sửa số liệu của thời điểm này; "
        f"{found.since.rows} dòng sẽ khác nếu lập lại. Chúng không nằm trong bảng trên."
    )
    if found.since.by_cause:
        show_causes("Sửa từ khi chốt", found.since.by_cause, figures)


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


@app.command()
def story(
    idea: Annotated[str, typer.Argument(help="external_id của sáng kiến.")],
    sender: Annotated[str, typer.Option("--sender")] = "cli",
    data: Data = None,
    at: At = None,
    as_json: AsJSON = False,
) -> None:
    """Câu chuyện đầy đủ của một sáng kiến (its full story): sửa gì, muộn mấy ngày, tính ở đâu từ bao giờ."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = story_of(
            system.ledger, system.views, system.idea_named(sender, idea), moment(system.ledger, at)
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
        else:
            _show_story(found)


def _show_story(found: Story) -> None:
    terminal.table(
        f"Sáng kiến {found.external_id} ({found.sender}), chương trình {found.programme}",
        ("số thứ tự", "ghi lúc", "có hiệu lực từ", "muộn (ngày)", "sự kiện", "ai", "chi tiết"),
        (
            (
                c.position,
                c.recorded,
                c.effective,
                c.days_late,
                event_in_words(c.topic, PLAIN),
                c.actor,
                ", ".join(
                    [detail_in_words(c.detail, PLAIN)] * bool(c.detail)
                    + [
                        f"{f.field}: {'(không nêu)' if f.hidden else f'{f.before} → {f.after}'}"
                        for f in c.changed
                    ]
                ),
            )
            for c in found.chapters
        ),
    )
    for title, spans in (
        ("Tính ở đâu, như đã biết", found.known),
        ("Tính ở đâu, như đã sửa", found.corrected),
    ):
        terminal.table(
            title,
            ("đơn vị", "đã kê khai", "hợp lệ", "từ", "đến"),
            ((s.unit, s.gross, s.net, s.since, s.until) for s in spans),
        )


@app.command()
def units(
    since: Annotated[
        str | None, typer.Option("--since", help="So với một thời điểm trước (what changed since).")
    ] = None,
    under: Annotated[str | None, typer.Option("--under", help="Một đơn vị và bên dưới.")] = None,
    level: Annotated[Level | None, typer.Option("--level")] = None,
    cohort: Annotated[str | None, typer.Option("--cohort")] = None,
    data: Data = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang tiếp theo.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 1000,
    as_json: AsJSON = False,
) -> None:
    """Cây tổ chức của một ngày (the tree as it was), hoặc thay đổi giữa hai thời điểm với --since."""
    with opened(data) as system:
        asked_at = moment(system.ledger, at, axis, known_at)
        if since is not None:
            changed = organisation_difference(
                system.directory,
                one=moment(system.ledger, since, axis, known_at),
                other=asked_at,
                under=under,
                level=level,
                cohort=cohort,
            )
            if as_json:
                terminal.say(changed.model_dump(mode="json"))
            else:
                _show_changes(changed)
            return
        found = organisation(
            system.directory,
            at=asked_at,
            under=under,
            level=level,
            cohort=cohort,
            begin=after_cursor(cursor),
            limit=limit,
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
        else:
            _show_units(found)


def _show_units(found: Organisation) -> None:
    terminal.table(
        f"Cây tổ chức ngày {found.day:%d/%m/%Y}, {of_moment(found, PLAIN)}: {found.open} đơn vị, {found.closed} đã kết thúc",
        ("mã", "tên", "cấp", "cấp trên", "đoàn viên", "đoàn viên và người lao động", "cụm, khối", "kết thúc"),
        (
            (
                r.code, r.name, r.level, r.parent, r.members, r.members_and_workers,
                ", ".join(r.cohorts), r.merged_into or r.closed,
            )
            for r in found.rows
        ),
    )  # fmt: skip
    if found.next is not None:
        terminal.out.print(f"Còn nữa: --cursor {found.next}")


def _show_changes(changed: OrganisationDifference) -> None:
    terminal.table(
        f"{of_moment(changed.before, PLAIN)} → {of_moment(changed.after, PLAIN)}: {changed.open_before} → {changed.open_after} đơn vị",
        ("mã", "tên", "thay đổi", "trước", "sau"),
        ((c.code, c.name, c.what, c.before, c.after) for c in changed.changes),
    )

"""Commands that rule on many members in one go, and undo that: rule-all, undo-rulings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple, NoReturn
from uuid import UUID

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.clusters import Key, Reason, may_rule
from services.cli.terminal import AsJSON, Data, opened
from services.dedup.rulings import CAP, Effects, Wanted
from services.wiring import System
from shared.errors import Refusal, Several
from shared.form import RequiredLine, RequiredText
from shared.messages import RULINGS, Language, message
from shared.validation import faults, repeated
from shared.vocabulary import Ruling, Value

app = typer.Typer()


@app.command()
def rule_all(
    file: Annotated[
        Path,
        typer.Argument(
            help='Tệp JSON lines: {"case", "member", "code", "reason"}, và "sender" khi trùng mã.',
            exists=True,
            dir_okay=False,
        ),
    ],
    key: Key,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Chỉ cho biết số liệu nào sẽ đổi (nothing is recorded)."),
    ] = False,
    cap: Annotated[
        int, typer.Option("--cap", min=1, help="Nhiều nhất bao nhiêu kết luận một lần.")
    ] = CAP,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Kết luận nhiều sáng kiến một lần (rule on a list): ghi tất cả hoặc không ghi gì; hủy được cả danh sách."""
    from services.dedup.rulings import OverTheCap, give

    with opened(data) as system:
        caller = system.directory.caller(key)
        language = system.settings.language
        allowed = may_rule(system, caller)
        allowed(caller.unit)
        with file.open("rb") as stream:
            listed = _listed(stream, system, language)
        if len(listed) > cap:
            raise OverTheCap(len(listed), cap)
        by = system.actor(caller, source="cli")
        try:
            given = give(
                [line.wanted for line in listed],
                system.ledger,
                rulings=system.ledger.new_id(),
                cap=cap,
                permit=allowed,
                by=by,
            )
        except Several as several:
            _refuse(
                [
                    (line.number, _in_words(several.refused[f"rulings.{n}"], language))
                    for n, line in enumerate(listed)
                    if f"rulings.{n}" in several.refused
                ],
                language,
            )
        recorded: dict[str, object] = {"dry_run": dry_run, "id": None, "position": None}
        if not dry_run:
            position = system.ledger.append(*given.rulings, given.together)[-1]
            recorded |= {"id": str(given.together.originator_id), "position": position}
        if as_json:
            terminal.say({**given.effects.model_dump(mode="json"), **recorded})
            return
        _show(given.effects)
        if dry_run:
            terminal.out.print("Chạy thử: chưa ghi gì (a dry run: nothing was recorded).")
        else:
            terminal.out.print(
                f"Đã ghi danh sách kết luận {recorded['id']}, số thứ tự {recorded['position']}. "
                "Hủy cả danh sách: sangkien undo-rulings."
            )


@app.command()
def undo_rulings(
    rulings: Annotated[UUID, typer.Argument(help="Mã danh sách kết luận (from rule-all).")],
    reason: Reason,
    key: Key,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Hủy cả một danh sách kết luận (undo a list): kết luận trước đó có hiệu lực lại; chỗ đã sửa sau đó được giữ nguyên."""
    from services.dedup.rulings import RulingList
    from services.dedup.undoing import undo

    with opened(data) as system:
        caller = system.directory.caller(key)
        allowed = may_rule(system, caller)
        allowed(caller.unit)
        undone = undo(
            system.ledger.load(RulingList, rulings),
            system.ledger,
            reason=reason,
            permit=allowed,
            by=system.actor(caller, source="cli"),
        )
        position = system.ledger.append(*undone.restored, undone.together)[-1]
        left = [one.model_dump(mode="json") for one in undone.together.left_alone]
        if as_json:
            terminal.say(
                {
                    "id": str(rulings),
                    "undone": len(undone.restored),
                    "left_alone": left,
                    "position": position,
                }
            )
            return
        terminal.out.print(
            f"Đã hủy {len(undone.restored)} kết luận của danh sách {rulings}, số thứ tự {position}."
        )
        if left:
            terminal.table(
                "Giữ nguyên (left alone)",
                ("hồ sơ", "sáng kiến", "vì sao"),
                (
                    (one.ruling.case, one.ruling.member, one.why.value)
                    for one in undone.together.left_alone
                ),
            )


class Line(Value):
    """One ruling of the file, as a person writes it."""

    case: UUID
    member: RequiredLine
    code: Ruling
    reason: RequiredText
    sender: str | None = None


class Listed(NamedTuple):
    """One ruling of the file, and the line on which it stands."""

    number: int
    wanted: Wanted


def _listed(file: BinaryIO, system: System, language: Language) -> list[Listed]:
    """The rulings of a file. What is wrong with its lines is said of all of them at once."""
    from services.dedup.case import Case
    from services.intake.records import physical_lines

    listed: list[Listed] = []
    wrong: list[tuple[int, str]] = []
    for number, raw in physical_lines(file):
        if not raw.strip():
            continue
        try:
            line = Line.model_validate_json(raw)
            if (field := repeated(raw, line)) is not None:
                wrong.append((number, f"{field}: {message('duplicate-field', language)}"))
                continue
            member = system.ledger.load(Case, line.case).named(line.member, line.sender)
        except ValidationError as error:
            told = "; ".join(f"{f.field}: {f.message}" for f in faults(error, language))
            wrong.append((number, told))
        except Refusal as refusal:
            wrong.append((number, _in_words(refusal, language)))
        else:
            wanted = Wanted(
                case=line.case, member=member.idea, ruling=line.code, reason=line.reason
            )
            listed.append(Listed(number, wanted))
    if wrong:
        _refuse(wrong, language)
    return listed


def _refuse(wrong: list[tuple[int, str]], language: Language) -> NoReturn:
    """Say of every line what is wrong with it; nothing was recorded."""
    told = "\n".join(f"dòng (line) {number}: {words}" for number, words in wrong)
    terminal.refuse(f"{message('several-refused', language)}\n{told}")


def _in_words(refusal: Refusal, language: Language) -> str:
    return f"{message(refusal.code, language, **refusal.facts)} {refusal.message}"


def _show(effects: Effects) -> None:
    codes = ", ".join(f"{RULINGS[Ruling(code)].vi} {n}" for code, n in effects.by_code.items())
    terminal.out.print(
        f"{effects.rulings} kết luận trong {effects.cases} hồ sơ ({codes}); {effects.turned} thay kết luận trước; "
        f"{effects.leaving_net} ra khỏi số hợp lệ, {effects.returning_to_net} trở lại."
    )
    terminal.table(
        "Số liệu thay đổi",
        ("chương trình", "đơn vị", "hợp lệ", "trùng"),
        ((u.programme, u.unit, u.net, u.duplicate) for u in effects.units),
    )

"""Commands that mend the make-up of cases: exclude, split, join. Role and subtree are checked as over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.wiring import System
from shared.access import Action, Caller, permit
from shared.errors import Refusal

app = typer.Typer()

CaseId = Annotated[UUID, typer.Argument(help="Mã hồ sơ (the case).")]
Key = Annotated[str, typer.Option("--as", envvar="SANGKIEN_KEY", help="Khóa của người thẩm định.")]
Sender = Annotated[str | None, typer.Option("--sender", help="Bên gửi, khi trùng mã.")]
Reason = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào sổ (on record).")]


@app.command()
def exclude(
    case: CaseId,
    member: Annotated[str, typer.Option("--member", help="external_id của sáng kiến.")],
    reason: Reason,
    key: Key,
    sender: Sender = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Loại một sáng kiến khỏi hồ sơ (exclude a member); máy không ghép lại cặp đó nữa."""
    from services.dedup.case import Case
    from services.dedup.cluster import exclude as out_of

    with opened(data) as system:
        caller = system.directory.caller(key)
        found = system.ledger.load(Case, case)
        named = found.named(member, sender)
        may_rule(system, caller)(named.unit)
        events = out_of(found, named.idea, reason=reason, by=system.actor(caller, source="cli"))
        position = system.ledger.append(*events)[-1]
        if as_json:
            terminal.say({"case": str(case), "position": position})
        else:
            terminal.out.print(f"Đã loại {member} khỏi hồ sơ {case}, số thứ tự {position}.")


@app.command()
def split(
    case: CaseId,
    member: Annotated[
        list[str], typer.Option("--member", help="external_id; ghi nhiều lần được (repeatable).")
    ],
    reason: Reason,
    key: Key,
    sender: Sender = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Tách các sáng kiến sang một hồ sơ mới (split a case); mã hồ sơ mới không bao giờ đổi."""
    from services.dedup.case import Case
    from services.dedup.cluster import split as taken_out_of

    with opened(data) as system:
        caller = system.directory.caller(key)
        found = system.ledger.load(Case, case)
        moved = [found.named(name, sender) for name in member]
        for one in moved:
            may_rule(system, caller)(one.unit)
        behind, begun = taken_out_of(
            found,
            [one.idea for one in moved],
            reason=reason,
            by=system.actor(caller, source="cli"),
        )
        position = system.ledger.append(behind, begun)[-1]
        new = str(begun.originator_id)
        if as_json:
            terminal.say({"case": new, "came_from": str(case), "position": position})
        else:
            terminal.out.print(
                f"Đã tách {len(moved)} sáng kiến sang hồ sơ {new}, số thứ tự {position}."
            )


@app.command()
def join(
    case: CaseId,
    other: Annotated[UUID, typer.Argument(help="Hồ sơ được nhập vào (the case joined into it).")],
    reason: Reason,
    key: Key,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Nhập hồ sơ thứ hai vào hồ sơ thứ nhất (join two cases); hồ sơ thứ hai chỉ còn để đọc."""
    from services.dedup.case import Case
    from services.dedup.cluster import join as united

    with opened(data) as system:
        caller = system.directory.caller(key)
        found, coming = system.ledger.load(Case, case), system.ledger.load(Case, other)
        allowed = may_rule(system, caller)
        units = [one.member.unit for one in found.docket.members]
        allowed(next((unit for unit in units if _may(allowed, unit)), units[0]))
        for one in coming.docket.present():
            allowed(one.unit)
        closed, grown = united(found, coming, reason=reason, by=system.actor(caller, source="cli"))
        position = system.ledger.append(closed, grown)[-1]
        if as_json:
            terminal.say({"case": str(case), "joined": str(other), "position": position})
        else:
            terminal.out.print(f"Đã nhập hồ sơ {other} vào {case}, số thứ tự {position}.")


def may_rule(system: System, caller: Caller) -> Callable[[str], None]:
    """What is asked before every ruling, just as over HTTP: whether the key may rule on what is of that unit."""
    return lambda unit: permit(caller, Action.RULE, unit, system.directory.tree_today(unit))


def _may(allowed: Callable[[str], None], unit: str) -> bool:
    try:
        allowed(unit)
    except Refusal:
        return False
    return True

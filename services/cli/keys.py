"""Commands about who may do what, and about a person: key create, key revoke, erase."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from shared.access import AccessKey, Role

app = typer.Typer()
key_app = typer.Typer(help="Khóa truy cập (API keys).", no_args_is_help=True)


@app.command()
def erase(
    person: Annotated[UUID, typer.Argument(help="Bí danh của người (the person's pseudonym).")],
    reason: Annotated[str, typer.Option("--reason", help="Căn cứ.")],
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Xóa dữ liệu cá nhân của một người (destroy a person's keys); everything else still verifies."""
    from services.intake.person import erase as erase_person

    with opened(data) as system:
        event = erase_person(
            person, reason=reason, by=system.operator(), ledger=system.ledger, keys=system.vault
        )
        position = system.ledger.append(event)[0]
        if as_json:
            terminal.say({"person": str(person), "position": position})
        else:
            terminal.out.print(f"Đã hủy khóa của {person}; tên không thể đọc lại nữa.")


@key_app.command("create")
def create_key(
    role: Annotated[Role, typer.Option("--role")],
    unit: Annotated[str, typer.Option("--unit", help="Đơn vị và cấp dưới mà khóa có quyền.")],
    label: Annotated[
        str, typer.Option("--label", help="Tên chủ khóa; là bên gửi của bản kê khai.")
    ] = "",
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Cấp khóa (issue a key); it is printed once and never kept."""
    with opened(data) as system:
        found = system.directory.tree()[unit]
        key, event = AccessKey.issue(
            role,
            found.code,
            label=label,
            by=system.operator(),
            callers=system.directory.callers(),
        )
        system.ledger.append(event)
        if as_json:
            terminal.say(
                {"key": key, "id": str(event.originator_id), "role": role.value, "unit": unit}
            )
        else:
            terminal.err.print(
                f"Mã của khóa, để thu hồi (its id, to revoke it): {event.originator_id}\n"
                "Khóa chỉ hiện một lần này (shown this once):"
            )
            terminal.out.print(key, markup=False)


@key_app.command("revoke")
def revoke_key(
    key: Annotated[UUID, typer.Argument(help="Mã của khóa (its id).")],
    reason: Annotated[str, typer.Option("--reason")],
    data: Data = None,
) -> None:
    """Thu hồi khóa (revoke a key)."""
    with opened(data) as system:
        event = system.ledger.load(AccessKey, key).revoke(reason=reason, by=system.operator())
        system.ledger.append(event)
        terminal.out.print(f"Đã thu hồi {key}.")

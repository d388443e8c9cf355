"""Commands that change the tree from a day on: unit rename, move, close."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import Data, opened
from shared.form import Day, RequiredLine

unit_app = typer.Typer(help="Đơn vị: đổi tên, chuyển, sáp nhập (units).", no_args_is_help=True)

On = Annotated[str, typer.Option("--on", help="Từ ngày (from the day on), 2023-01-31.")]


@unit_app.command("rename")
def rename(code: str, name: str, on: On, data: Data = None) -> None:
    """Đổi tên đơn vị từ một ngày (rename from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(
            unit.rename(
                terminal.checked(RequiredLine, name, "NAME", system),
                valid_from=terminal.checked(Day, on, "--on", system),
                by=system.operator(),
            )
        )
        terminal.out.print(f"{code}: {name} từ {on}.")


@unit_app.command("move")
def move(
    code: str,
    to: Annotated[str, typer.Option("--to", help="Cấp trên mới.")],
    on: On,
    data: Data = None,
) -> None:
    """Chuyển đơn vị sang cấp trên khác từ một ngày (move from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(
            unit.move(
                to,
                valid_from=terminal.checked(Day, on, "--on", system),
                tree=system.directory.tree(),
                by=system.operator(),
            )
        )
        terminal.out.print(f"{code} thuộc {to} từ {on}.")


@unit_app.command("close")
def close(
    code: str,
    on: On,
    into: Annotated[str | None, typer.Option("--into", help="Sáp nhập vào đơn vị.")] = None,
    data: Data = None,
) -> None:
    """Kết thúc hoặc sáp nhập đơn vị từ một ngày (close or merge from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(
            unit.close(
                merged_into=into,
                valid_from=terminal.checked(Day, on, "--on", system),
                tree=system.directory.tree(),
                by=system.operator(),
            )
        )
        terminal.out.print(f"{code} kết thúc từ {on}{f', sáp nhập vào {into}' if into else ''}.")

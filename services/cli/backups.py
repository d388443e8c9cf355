"""Commands that keep what cannot be made anew, put it back, and prove that this works: backup, restore, drill."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened, set_up
from shared.backup.backup import MODELS, VAULT, back_up, model_of
from shared.backup.restore import restore as put_back
from shared.errors import Refusal

log = logging.getLogger(__name__)
app = typer.Typer()

Place = Annotated[
    Path, typer.Argument(metavar="DIR", help="Thư mục của bản sao sổ ghi (the ledger's copy).")
]
OfVault = Annotated[
    Path | None,
    typer.Option(
        "--vault",
        metavar="DIR",
        help="Thư mục của bản sao khóa cá nhân, để nơi khác (the keys' copy, elsewhere); mặc định: DIR/vault.",
    ),
]


@app.command()
def backup(place: Place, vault: OfVault = None, data: Data = None, as_json: AsJSON = False) -> None:
    """Sao lưu sổ ghi và khóa cá nhân khi đang chạy (copy ledger and keys, while in use)."""
    with set_up(data) as settings, terminal.progress("sao lưu", "dòng") as advance:
        kept, keys = back_up(
            settings, place, vault or place / VAULT, now=datetime.now(UTC), advance=advance
        )
        lacking = _lacking_model(place)
    if as_json:
        terminal.say(
            {
                "ledger": kept.model_dump(mode="json"),
                "vault": keys.model_dump(mode="json"),
                "lacking_model": lacking,
            }
        )
        return
    terminal.out.print(
        f"Đã sao lưu đến số thứ tự {kept.position}: {kept.tables['stored_events'].rows} sự kiện, "
        f"{keys.tables['person_keys'].rows} khóa cá nhân."
    )
    if vault is None:
        terminal.out.print(
            "Khóa đang nằm cạnh sổ: ai có cả hai đọc được tên người. Hãy chuyển "
            f"{place / VAULT} đến nơi khác (move the keys elsewhere).",
            soft_wrap=True,
        )


def _lacking_model(place: Path) -> str | None:
    """The model in force, where the backup holds nothing that would match under it; which is said.

    A ledger without its model is worth keeping all the same, so nothing is refused.
    """
    from services.dedup.model import Models

    model = model_of(place)
    if model is None:
        return None
    try:
        Models(place / MODELS).find(model)
    except Refusal:
        log.warning(
            "The backup lacks the model in force: nothing is matched where it is restored",
            extra={"action": "back_up", "code": "model-not-kept", "model": model},
        )
        return model
    return None


@app.command()
def restore(
    place: Place, vault: OfVault = None, data: Data = None, as_json: AsJSON = False
) -> None:
    """Khôi phục vào nơi còn trống, kiểm tra dấu vân tay, xóa lại người đã xóa (restore into an empty place)."""
    with set_up(data) as settings, terminal.progress("khôi phục", "dòng") as advance:
        restored = put_back(settings, place, vault or place / VAULT, advance=advance)
    if as_json:
        terminal.say(
            {
                "position": restored.ledger.position,
                "created": restored.ledger.created,
                "tables": {
                    name: table.model_dump()
                    for kept in (restored.ledger, restored.vault)
                    for name, table in kept.tables.items()
                },
                "erased_again": restored.erased,
            }
        )
        return
    terminal.out.print(
        f"Đã khôi phục đến số thứ tự {restored.ledger.position}, khớp dấu vân tay; "
        f"đã xóa lại khóa của {restored.erased} người."
    )
    terminal.out.print("Tiếp theo: sangkien verify, sangkien doctor.")


@app.command()
def drill(
    data: Data = None,
    scratch: Annotated[
        Path | None,
        typer.Option(
            "--scratch", help="Nơi thử, bị xóa sau đó (where to try; cleared in the end)."
        ),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Diễn tập: sao lưu, khôi phục nơi khác, so dấu vân tay (back up, restore elsewhere, compare); exit 1 where they differ."""
    from services.cli.drill import tried

    with opened(data) as system:
        terminal.catch_up(system)
        with terminal.progress("diễn tập", "dòng") as advance:
            found = tried(system, scratch, advance)
    if as_json:
        terminal.say(found.model_dump(mode="json"))
    else:
        terminal.out.print(
            f"{'Khớp' if found.ok else 'KHÔNG KHỚP'}: đến số thứ tự {found.position}, {found.seconds} giây."
        )
        for what, digest in found.digests.items():
            terminal.out.print(f"{digest.sha256}  {what} ({digest.rows})", markup=False)
        if found.difference is not None:
            unlike = found.difference
            terminal.out.print(
                f"Khác nhau đầu tiên ở {unlike.of} (first difference). Đang chạy (live): {unlike.live}. "
                f"Khôi phục (restored): {unlike.restored}.",
                markup=False,
                soft_wrap=True,
            )
    if not found.ok:
        raise typer.Exit(1)

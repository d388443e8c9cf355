"""`sangkien demo`: the whole path on the sample programme."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def demo(
    data: Annotated[
        Path | None, typer.Option("--data", help="Thư mục dữ liệu (default: a fresh one).")
    ] = None,
) -> None:
    """Trình diễn: nạp chương trình mẫu, đối chiếu, kết luận, in bảng (the whole path on a sample)."""
    from services.cli.tour import tour

    if not tour(data or Path(tempfile.mkdtemp(prefix="sangkien-demo-"))):
        raise typer.Exit(1)

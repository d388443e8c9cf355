"""The command that holds published figures against the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.projections.claims.checker import Checked, Checker, Report, Verdict
from services.projections.claims.claims import read_claims

app = typer.Typer()

VERDICTS = {
    Verdict.MATCH: "khớp",
    Verdict.BOUND: "trong giới hạn",
    Verdict.NEAREST: "KHÔNG KHỚP",
    Verdict.NOT_CHECKABLE: "không kiểm được",
}


@app.command("check-claims")
def check_claims(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="Tệp JSON có danh sách 'facts'.")
    ],
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Đối chiếu số liệu đã công bố với sổ (check published figures); exit 1 where one is false or unexplained."""
    with opened(data) as system:
        claims = read_claims(file.read_bytes())
        terminal.catch_up(system)
        checker = Checker(system.views, system.directory, system.ledger)
        with terminal.progress("đối chiếu", "số liệu") as advance:
            report = checker.check(claims, advance)
        if as_json:
            terminal.say(report.model_dump(mode="json"))
        else:
            _show(report, checker)
        if not report.holds:
            raise typer.Exit(1)


def _show(report: Report, checker: Checker) -> None:
    terminal.table(
        f"Số liệu đã công bố, đối chiếu đến số thứ tự {report.position}{' (mô phỏng)' if report.simulated else ''}",
        ("mã", "kết quả", "công bố", "trong sổ", "tính đến", "số thứ tự", "hỏi ở đâu, vì sao"),
        (
            (
                c.id,
                VERDICTS[c.verdict],
                _figure(c.asked),
                _figure(c.answered),
                f"{c.at:%d/%m/%Y %H:%M}" if c.at is not None else None,
                c.position,
                _source(c, checker),
            )
            for c in report.claims
        ),
    )
    counts = ", ".join(f"{report.counts[v]} {said.lower()}" for v, said in VERDICTS.items())
    terminal.out.print(f"{len(report.claims)} số liệu: {counts}; {report.unexplained} chưa rõ.")


def _source(checked: Checked, checker: Checker) -> str:
    """The reason, or the command; where the figure is not true, where it comes nearest."""
    if checked.reason is not None:
        return checker.why(checked.reason).vi
    found = checked.nearest
    if checked.verdict is not Verdict.NEAREST:
        return checked.board or ""
    if found is None:
        return f"không lúc nào như vậy; {checked.board}"
    said = "đúng" if found.true else f"gần nhất là {_figure(found.answered)}"
    off = f"lệch {_figure(checked.off)}; " if checked.off is not None else ""
    return f"{off}{said} lúc {found.at:%d/%m/%Y %H:%M:%S}, số thứ tự {found.position}"


def _figure(value: object) -> str:
    """A figure as people write it."""
    match value:
        case None:
            return "–"
        case bool():
            return "có" if value else "không"
        case int():
            return f"{value:,}".replace(",", ".")
        case float():
            whole, _, part = f"{value:,.2f}".rstrip("0").rstrip(".").partition(".")
            return whole.replace(",", ".") + (f",{part}" if part else "")
        case dict():
            return ", ".join(_figure(part) for part in value.values())
        case list():
            # The parts of a span are years and days, which are not grouped.
            return " – ".join(str(part) for part in value)
        case _:
            return str(value)

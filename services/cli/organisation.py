"""The command of the tree as it was on a day, and of what changed in it since another."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.asked import KnownAt, OnAxis
from services.cli.sayings import of_moment, said
from services.cli.terminal import AsJSON, At, Data, OfCursor, opened
from services.projections.history.organisation import (
    Organisation,
    OrganisationDifference,
    organisation,
    organisation_difference,
)
from services.projections.reckoning.asof import Axis, moment
from shared.cursor import after_cursor
from shared.figures import Figures
from shared.vocabulary import Level

app = typer.Typer()


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
    cursor: OfCursor = None,
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
                _show_changes(changed, terminal.plain(system))
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
            _show_units(found, terminal.plain(system))


def _show_units(found: Organisation, figures: Figures) -> None:
    day, moment_ = figures.date(found.day), of_moment(found, figures)
    terminal.table(
        said(
            figures,
            f"Cây tổ chức ngày {day}, {moment_}: {found.open} đơn vị, {found.closed} đã kết thúc",
            f"The tree of {day}, {moment_}: {found.open} units, {found.closed} closed",
        ),
        ("mã", "tên", "cấp", "cấp trên", "đoàn viên", "đoàn viên và người lao động", "cụm, khối", "kết thúc"),
        (
            (
                r.code, r.name, r.level, r.parent, r.members, r.members_and_workers,
                ", ".join(r.cohorts), r.merged_into or r.closed,
            )
            for r in found.rows
        ),
        figures,
    )  # fmt: skip
    terminal.more(found.next)


def _show_changes(changed: OrganisationDifference, figures: Figures) -> None:
    terminal.table(
        f"{of_moment(changed.before, figures)} → {of_moment(changed.after, figures)}: "
        f"{changed.open_before} → {changed.open_after} {said(figures, 'đơn vị', 'units')}",
        ("mã", "tên", "thay đổi", "trước", "sau"),
        ((c.code, c.name, c.what, c.before, c.after) for c in changed.changes),
        figures,
    )

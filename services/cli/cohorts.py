"""Commands that form cohorts: name a set of units, take units in, let them go, each from a day on."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from shared.errors import Conflict
from shared.form import Code, Day, RequiredLine
from shared.ledger.model import Event
from shared.vocabulary import named

cohort_app = typer.Typer(help="Cụm, khối thi đua: lập, thêm, bớt (cohorts).", no_args_is_help=True)

On = Annotated[str, typer.Option("--on", help="Từ ngày (from the day on), 2022-01-08.")]
OfCohort = Annotated[str, typer.Argument(help="Mã cụm, khối (the cohort's code).")]
Units = Annotated[list[str], typer.Argument(help="Mã các đơn vị (codes of units).")]


@cohort_app.command("form")
def form(
    code: OfCohort,
    name: Annotated[str, typer.Argument(help="Tên cụm, khối.")],
    unit: Annotated[
        list[str] | None,
        typer.Option("--unit", help="Thành viên; ghi được nhiều lần (members, several)."),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="Thành viên từ ngày nào (members from the day on).")
    ] = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Lập một cụm, khối, kèm thành viên từ một ngày (form a cohort, with members from a day on)."""
    from services.intake.unit import Cohort

    members = list(dict.fromkeys(unit or ()))
    if bool(members) != (on is not None):
        raise typer.BadParameter("ghi cả --unit và --on (give both)", param_hint="--on")
    with opened(data) as system:
        tree, by = system.directory.tree(), system.operator()
        known = terminal.checked(Code, code, "CODE", system)
        if known in tree.cohort_names:
            raise Conflict(
                f"Cohort {known} is on record already. Take units into it with 'sangkien cohort join'.",
                field="code",
            )
        formed = Cohort.form(known, terminal.checked(RequiredLine, name, "NAME", system), by=by)
        events: list[Event] = [formed]
        cohort = Cohort.evolve(None, formed)
        day = terminal.checked(Day, on, "--on", system) if on is not None else date.min
        for member in members:
            joined = cohort.join(tree[member].code, valid_from=day, by=by)
            events.append(joined)
            cohort = Cohort.evolve(cohort, joined)
        system.ledger.append(*events)
    if as_json:
        terminal.say({"cohort": known, "name": name, "units": members, "from": on})
    else:
        terminal.out.print(f"{known}: {name}, {len(members)} đơn vị{f' từ {on}' if on else ''}.")


@cohort_app.command("join")
def join(code: OfCohort, units: Units, on: On, data: Data = None, as_json: AsJSON = False) -> None:
    """Thêm đơn vị vào cụm, khối từ một ngày (take units in from a day on); tất cả hoặc không đơn vị nào."""
    _changed(code, units, on, data, leaves=False, as_json=as_json)


@cohort_app.command("leave")
def leave(code: OfCohort, units: Units, on: On, data: Data = None, as_json: AsJSON = False) -> None:
    """Cho đơn vị ra khỏi cụm, khối từ một ngày (let units go from a day on); tất cả hoặc không đơn vị nào."""
    _changed(code, units, on, data, leaves=True, as_json=as_json)


def _changed(
    code: str, units: list[str], on: str, data: Data, *, leaves: bool, as_json: bool
) -> None:
    from services.intake.unit import Cohort

    with opened(data) as system:
        tree, by = system.directory.tree(), system.operator()
        cohort = system.ledger.load(Cohort, named("cohort", code))
        day = terminal.checked(Day, on, "--on", system)
        events: list[Event] = []
        for unit in dict.fromkeys(units):
            change = cohort.leave if leaves else cohort.join
            event = change(tree[unit].code, valid_from=day, by=by)
            events.append(event)
            cohort = Cohort.evolve(cohort, event)
        system.ledger.append(*events)
    if as_json:
        moved = "left" if leaves else "joined"
        terminal.say({"cohort": code, moved: list(dict.fromkeys(units)), "from": on})
    else:
        said = "ra khỏi" if leaves else "vào"
        terminal.out.print(f"{', '.join(dict.fromkeys(units))} {said} {code} từ {on}.")

"""What every board command takes, and how its answer is shown: a table, one JSON object, or a file.

A board command says only what is its own; the programme, the moment and the forms are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer
from pydantic import BaseModel

from services.cli import terminal
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.presentation.export import Form, Style, exported
from services.projections.presentation.listing import Listing, told
from services.projections.reckoning.asof import Axis, Moment, moment
from services.wiring import System
from shared.errors import Invalid
from shared.figures import Figures, Rounding
from shared.messages import spoken
from shared.vocabulary import Position

TBoard = TypeVar("TBoard", bound=BaseModel)

Programme = Annotated[
    str | None,
    typer.Option("--programme", help="Mã chương trình, khi có nhiều (where there are several)."),
]
OnAxis = Annotated[
    Axis,
    typer.Option("--axis", help="known: như đã biết lúc đó; corrected: như đã sửa từ đó đến nay."),
]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="Sửa đến thời điểm nào.")]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export", metavar="FILE", help="Ghi ra tệp .csv hoặc .xlsx (write a .csv or .xlsx file)."
    ),
]
AsSVG = Annotated[
    Path | None,
    typer.Option("--svg", metavar="FILE", help="Vẽ biểu đồ ra tệp .svg (draw the chart)."),
]
Rounded = Annotated[
    Rounding | None,
    typer.Option(
        "--rounding",
        help="Số lẻ: exact để nguyên, round làm tròn, truncate cắt bỏ (in tables and files; JSON is never rounded).",
    ),
]
Decimals = Annotated[
    int | None,
    typer.Option("--decimals", min=0, max=12, help="Số chữ số lẻ (how many decimals)."),
]


class Asked(NamedTuple):
    """What a board is made from: the system, the programme and the moment that were asked for."""

    system: System
    programme: str
    at: Moment
    taken_home: bool = False
    """Whether it is written to a file, which holds everything where a table shows a page."""

    @property
    def matched(self) -> Position:
        """The position that the matcher has come to."""
        return self.system.ledger.handled("dedup")


class FormIsUnknown(Invalid):
    """A board is not written in that form."""

    code = "unknown-form"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"A board is not written as {path.suffix or 'a file without an ending'}. "
            "Name a file that ends in .csv or .xlsx.",
            field="export",
        )


Options = tuple[tuple[str, Any, object], ...]
TIMES: Options = (("at", At, None), ("axis", OnAxis, Axis.KNOWN), ("known_at", KnownAt, None))
FORMS: Options = (
    ("data", Data, None),
    ("programme", Programme, None),
    ("as_json", AsJSON, False),
    ("export", Export, None),
    ("rounding", Rounded, None),
    ("decimals", Decimals, None),
)


class Gathering(NamedTuple):
    """Options that several commands have alike, by the one name under which a command is handed them together."""

    name: str
    options: Options
    of: Callable[..., object]


def board_command(
    app: typer.Typer,
    name: str,
    show: Callable[[TBoard, Figures], None],
    *,
    drawn: bool = False,
    timed: bool = True,
    gathered: Gathering | None = None,
    then: Callable[[TBoard], None] | None = None,
) -> Callable[[Callable[..., TBoard]], Callable[..., TBoard]]:
    """Make a function from what was asked, and from options of its own, a command `sangkien board <name>`.

    `show` prints the board for people; what is `drawn` can be had as a chart as well. What is not `timed` is of no one
    moment, or names its moments by options of its own. Options that several commands have alike are `gathered`
    into one. `then` may refuse what was shown.
    """

    def command(ask: Callable[..., TBoard]) -> Callable[..., TBoard]:
        def run(
            data: Path | None,
            programme: str | None,
            as_json: bool,
            export: Path | None,
            rounding: Rounding | None,
            decimals: int | None,
            svg: Path | None = None,
            **own: Any,  # noqa: ANN401  (the options of each command, and the moment)
        ) -> None:
            times = [own.pop(of) for of, _, _ in TIMES] if timed else ()
            if gathered is not None:
                found = {of: own.pop(of) for of, _, _ in gathered.options}
                own[gathered.name] = gathered.of(**found)
            with opened(data) as system:
                terminal.catch_up(system)
                board = ask(
                    Asked(
                        system,
                        system.directory.the_programme(programme),
                        moment(system.ledger, *times),
                        taken_home=export is not None,
                    ),
                    **own,
                )
                style = Style(rounding, decimals, system.settings.language)
                if svg is not None:
                    written(svg, exported(board, Form.SVG, style))
                shown(board, show, style, as_json=as_json, export=export, quiet=svg is not None)
                if then is not None:
                    then(board)

        common = [
            *(gathered.options if gathered is not None else ()),
            *(TIMES if timed else ()),
            *FORMS,
            *([("svg", AsSVG, None)] if drawn else []),
        ]
        own_options = list(signature(ask, eval_str=True).parameters.values())[1:]
        options = [
            *(o for o in own_options if gathered is None or o.name != gathered.name),
            *(
                Parameter(of, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
                for of, kind, default in common
            ),
        ]
        # By name, required options may stand behind those that are not.
        options = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in options]
        described: Any = run
        described.__signature__ = signature(run).replace(parameters=options)
        described.__annotations__ = {option.name: option.annotation for option in options}
        described.__doc__ = ask.__doc__
        app.command(name)(described)
        return ask

    return command


def shown(
    board: TBoard,
    show: Callable[[TBoard, Figures], None],
    style: Style,
    *,
    as_json: bool,
    export: Path | None,
    quiet: bool = False,
) -> None:
    """A board as it was asked for: written to a file, as one JSON object, or as a table for people.

    Raises FormIsUnknown.
    """
    if export is not None:
        form = {".csv": Form.CSV, ".xlsx": Form.XLSX}.get(export.suffix.lower())
        if form is None:
            raise FormIsUnknown(export)
        written(export, exported(board, form, style))
    if as_json:
        terminal.say(board.model_dump(mode="json"))
    elif export is None and not quiet:
        show(board, style.figures())


def written(path: Path, content: bytes) -> None:
    """Write a file and say so."""
    path.write_bytes(content)
    terminal.err.print(f"Đã ghi (written): {path}", markup=False, soft_wrap=True)


def listed(board: BaseModel, figures: Figures) -> None:
    """Any board for people, with all its columns: what it says of itself, then each of its tables."""
    listing = Listing.of(board)
    for table in listing.tables:
        title = listing.title if table.name == "rows" else table.title
        terminal.table(
            spoken(title, figures.language),
            [spoken(column, figures.language) for column in table.columns],
            (
                [
                    told(cell, column, figures)
                    for cell, column in zip(row, table.columns, strict=True)
                ]
                for row in table.rows
            ),
        )
    terminal.out.print(
        "; ".join(
            f"{spoken(entry.column, figures.language)}: {told(entry.value, entry.column, figures)}"
            for entry in listing.heading
            if entry.value is not None
        ),
        markup=False,
    )

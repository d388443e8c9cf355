"""How the command line speaks: one JSON object on standard output with --json, else tables; everything else on stderr."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from services.cli.heads import head
from services.projections.presentation.words import word
from services.wiring import System
from shared.errors import Invalid, NotFound, Refusal
from shared.figures import NOTHING, PLAIN, Figures
from shared.ledger.clock import Chance
from shared.messages import MESSAGES, Language, Message, message, spoken
from shared.settings import Settings
from shared.validation import faults

out = Console(highlight=False)
if not out.is_terminal:
    # Into a file or a log, tables are written out, not squeezed into eighty columns.
    out.width = 140
err = Console(stderr=True, highlight=False)

Data = Annotated[
    Path | None,
    typer.Option("--data", envvar="SANGKIEN_DATA", help="Thư mục dữ liệu (the embedded home)."),
]
AsJSON = Annotated[
    bool, typer.Option("--json", help="Một đối tượng JSON ra đầu ra chuẩn (one JSON object).")
]
AsLines = Annotated[
    bool, typer.Option("--jsonl", "--json", help="Mỗi dòng một đối tượng JSON (JSON lines).")
]
OfCursor = Annotated[str | None, typer.Option("--cursor", help="Trang tiếp theo (next page).")]
AtMost = Annotated[
    int | None,
    typer.Option("--limit", min=1, help="Nhiều nhất mấy dòng; không ghi là tất cả (all)."),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", help="Tính đến thời điểm ISO 8601 hoặc số thứ tự (as of an instant or position)."
    ),
]


def refuse(problem: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    # Not folded at the edge of a screen, so that commands and paths can be copied out of it.
    err.print(problem, style="bold red", markup=False, soft_wrap=True)
    raise typer.Exit(1)


@contextmanager
def opened(
    data: Path | None, *, new: bool = False, empty: bool = False, chance: Chance | None = None
) -> Iterator[System]:
    """The system of this call; a refusal is said in words, with exit code 1.

    Only with `new` may it begin here, and with `empty` in a directory that is there already.
    """
    with set_up(data) as settings:
        if not new and settings.ledger_url is None:
            _holds_a_ledger(settings.home, may_be_empty=empty)
        with System(settings, chance=chance) as system:
            yield system


@contextmanager
def set_up(data: Path | None) -> Iterator[Settings]:
    """The settings of this call; what is wrong with them is said with exit code 2, a refusal in words with exit code 1."""
    try:
        settings = Settings() if data is None else Settings(data=data)
    except ValidationError as error:
        for fault in error.errors():
            setting = "".join(f"SANGKIEN_{str(name).upper()}: " for name in fault["loc"])
            said = str(fault["msg"]).removeprefix("Value error, ")
            err.print(f"{setting}{said}", style="bold red", markup=False)
        raise typer.Exit(2) from error
    with _heard(), refusals(settings.language):
        yield settings


class Spoken(logging.Handler):
    """Says what the system logs meanwhile in the words of people, with its reason, beside what is answered."""

    def emit(self, record: logging.LogRecord) -> None:
        code = getattr(record, "code", "")
        said = self.format(record)
        if code in MESSAGES:
            said = "\n".join(message(code, language, **vars(record)) for language in ("vi", "en"))
        err.print(said, style="dim", markup=False, soft_wrap=True)


@contextmanager
def _heard() -> Iterator[None]:
    spoken = Spoken(logging.WARNING)
    logging.getLogger().addHandler(spoken)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(spoken)


@contextmanager
def refusals(language: Language) -> Iterator[None]:
    """Whatever is refused inside is said in words, with exit code 1."""
    try:
        yield
    except Refusal as refusal:
        refuse(f"{message(refusal.code, language, **refusal.facts)}\n{refusal.message}")
    except SQLAlchemyError as problem:
        refuse(
            f"Cơ sở dữ liệu không trả lời (the database does not answer): {getattr(problem, 'orig', problem)}. "
            "Sổ ghi không bị ảnh hưởng; bảng số liệu (views) hỏng thì xóa đi, lần đọc sau sẽ dựng lại "
            "(the ledger is not touched; damaged views can be deleted and are built anew when next read)."
        )
    except OSError as problem:
        refuse(
            f"Không đọc hoặc ghi được (cannot read or write): {problem}. "
            "Kiểm tra đường dẫn, quyền và dung lượng đĩa."
        )


def _holds_a_ledger(home: Path, *, may_be_empty: bool) -> None:
    # A mistyped directory must not be answered for as if it were a record in which nothing stands.
    if not home.joinpath("ledger.db").exists() and (
        (home.is_dir() and not may_be_empty) or not home.exists()
    ):
        raise NotFound(
            f"There is no ledger in {home}. Check --data, or begin one with 'sangkien init'."
        )


def checked(kind: Any, given: str, name: str, system: System) -> Any:  # noqa: ANN401  (whatever the form's type holds)
    """An argument held to the same type as the same field of a form. Raises Invalid."""
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        fault = faults(error, system.settings.language)[0]
        raise Invalid(f"{name}: {fault.message}") from error


def say(answer: Mapping[str, object]) -> None:
    """The machine's answer: one JSON object, one line."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")


def lines(rows: Iterable[Mapping[str, object]]) -> None:
    """One JSON object a line."""
    try:
        for row in rows:
            say(row)
    except BrokenPipeError:
        # Whoever read along has seen enough.
        sys.stderr.close()


def plain(system: System) -> Figures:
    """Figures as tables show them unless asked otherwise, in the language of whoever reads."""
    return PLAIN._replace(language=system.settings.language)


def more(following: str | None) -> None:
    """Say where the next page begins, if there is one."""
    if following is not None:
        out.print(f"Còn nữa: --cursor {following}")


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    figures: Figures = PLAIN,
) -> None:
    """A table for people, its heads in their language; numbers stand on the right."""
    shown = Table(title=title, title_justify="left", title_style="bold")
    listed = [[_cell(cell, figures) for cell in row] for row in rows]
    for index, column in enumerate(columns):
        numeric = bool(listed) and all(_numeric(row[index]) for row in listed)
        said = head(column, figures.language)
        shown.add_column(said, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        shown.add_row(*row)
    out.print(shown)


def _cell(value: object, figures: Figures) -> str:
    if isinstance(value, bool):
        yes, no = ("có", "không") if figures.language == "vi" else ("yes", "no")
        return yes if value else no
    if value is None or isinstance(value, int | float | Fraction):
        return figures.number(value)
    if isinstance(value, datetime):
        return figures.instant(value)
    if isinstance(value, date):
        return figures.date(value)
    if isinstance(value, Message):
        return spoken(value, figures.language)
    if isinstance(value, StrEnum):
        return spoken(word(value), figures.language)
    return str(value)


def _numeric(text: str) -> bool:
    bare = text.removeprefix("-").removesuffix("…").replace(".", "").replace(",", "")
    return text in {NOTHING, ""} or bare.isdigit()


@contextmanager
def progress(title: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error: call it with what is done and what there is in all."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def catch_up(system: System) -> None:
    """Bring the views to the head before they are read, with a bar where that takes a while."""
    with progress("cập nhật bảng", "sự kiện") as advance:
        system.catch_up_views(advance)

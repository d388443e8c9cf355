"""A listing: any board as what is printed of it, a title, what it says of itself, and tables of typed cells.

It follows from the board's model alone, so that a new board can be exported without a line more than its titles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from services.projections.presentation.caption import Column, Kind
from services.projections.presentation.titles import column
from services.projections.presentation.words import called, word
from shared.figures import NOTHING, Figures
from shared.messages import Message, spoken


class Entry(NamedTuple):
    """A field with its title, and what stands in it."""

    name: str
    column: Column
    value: object


class Table(NamedTuple):
    """Rows of cells under columns; the names are those of the fields, for programs."""

    name: str
    title: Message
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[object]]


class Listing(NamedTuple):
    """A board as it is printed."""

    board: BaseModel
    title: Message
    heading: tuple[Entry, ...]
    tables: tuple[Table, ...]

    @classmethod
    def of(cls, board: BaseModel) -> Listing:
        """What is printed of a board: its lists as tables; single values like a milestone's as the rows of one; else itself."""
        model = type(board)
        heading: list[Entry] = []
        tables: list[Table] = []
        single: dict[type[BaseModel], list[str]] = {}
        for name, field in model.model_fields.items():
            if name == "ahead" and not getattr(board, name):
                # Said of what is still to come alone: every other board would say that it is of the past.
                continue
            row, many = _model_in(field)
            if row is None and _holds_mappings(field):
                title = column(model, name)
                tables.append(_untyped(name, title, model, getattr(board, name)))
            elif row is None:
                heading.append(Entry(name, column(model, name), getattr(board, name)))
            elif many:
                title = column(model, name)
                tables.append(_table(name, Message(title.vi, title.en), row, getattr(board, name)))
            else:
                single.setdefault(row, []).append(name)
        own = {table.name for table in tables}
        for row, names in single.items():
            table = _side_by_side(board, row, names)
            if "rows" in own:
                title = column(*((model, names[0]) if len(names) == 1 else (row, "table")))
                table = table._replace(name=names[0], title=Message(title.vi, title.en))
            tables.append(table)
        # The board's own rows come first, whatever stands beside them.
        tables.sort(key=lambda table: table.name != "rows")
        return cls(board, called(model), tuple(heading), tuple(tables))


def _table(name: str, title: Message, row: type[BaseModel], values: Sequence[object]) -> Table:
    fields = list(_fields(row))
    return Table(
        name,
        title,
        tuple(".".join(path) for path, _ in fields),
        tuple(titled for _, titled in fields),
        [[_at(value, path) for path, _ in fields] for value in values],
    )


def _untyped(
    name: str, title: Column, model: type[BaseModel], values: Sequence[Mapping[str, object]]
) -> Table:
    """Rows whose columns are as the board was asked, such as those of a frozen one."""
    names = tuple(dict.fromkeys(key for value in values for key in value))
    return Table(
        name,
        Message(title.vi, title.en),
        names,
        tuple(column(model, key) for key in names),
        [[value.get(key) for key in names] for value in values],
    )


def _holds_mappings(field: FieldInfo) -> bool:
    inner = get_args(field.annotation)
    return get_origin(field.annotation) in {tuple, list} and get_origin(inner[0]) is dict


def _side_by_side(board: BaseModel, row: type[BaseModel], names: Sequence[str]) -> Table:
    """Single values of one kind as the rows of one table, each called by its field's title."""
    model = type(board)
    title = column(model, "rows")
    table = _table(
        "rows", Message(title.vi, title.en), row, [getattr(board, name) for name in names]
    )
    titles = [column(model, name) for name in names]
    return table._replace(
        names=("counted", *table.names),
        columns=(column(row, "counted"), *table.columns),
        rows=[
            [Message(of.vi, of.en), *cells] for of, cells in zip(titles, table.rows, strict=True)
        ],
    )


def _fields(
    model: type[BaseModel], outer: tuple[str, ...] = (), around: Column | None = None
) -> Iterator[tuple[tuple[str, ...], Column]]:
    """The columns of a row, those of a value inside it one by one."""
    for name, field in model.model_fields.items():
        titled = column(model, name)
        titled = titled if around is None else titled.within(around)
        inner, many = _model_in(field)
        if inner is not None and not many and inner is not model:
            yield from _fields(inner, (*outer, name), titled)
        else:
            yield (*outer, name), titled


def _at(value: object, path: Sequence[str]) -> object:
    for name in path:
        value = getattr(value, name, None)
    return value


def _model_in(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The model that a field holds, perhaps none, and whether it holds a list of it."""
    kind: object = field.annotation
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, UnionType}:
        kinds = [one for one in get_args(kind) if one is not type(None)]
        kind = kinds[0] if len(kinds) == 1 else None
    many = get_origin(kind) in {tuple, list}
    if many:
        kind = get_args(kind)[0]
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return (kind if is_model and isinstance(kind, type) else None), many


def joined(value: object) -> object:
    """A cell that holds several things, as one text; anything else as it is."""
    if isinstance(value, str | int | float | None):
        return value
    match value:
        case BaseModel():
            parts = (joined(getattr(value, name)) for name in type(value).model_fields)
            return ", ".join("" if part is None else str(part) for part in parts)
        case Mapping():
            told_of = ((name, joined(inner)) for name, inner in value.items())
            return "; ".join(f"{name}: {inner}" for name, inner in told_of if inner is not None)
        case tuple() | list() if not isinstance(value, Message):
            inside = (joined(inner) for inner in value)
            return "; ".join("" if inner is None else str(inner) for inner in inside)
        case frozenset() | set():
            return "; ".join(sorted(str(joined(inner)) for inner in value))
        case _:
            return value


def told(value: object, column: Column, figures: Figures) -> str:
    """A cell in the words and figures of people."""
    value = joined(value)
    match value:
        case None:
            return NOTHING
        case Message():
            return spoken(value, figures.language)
        case bool():
            return _told_truth(figures)[value]
        case StrEnum():
            return told(word(value), column, figures)
        case datetime():
            return figures.instant(value)
        case date():
            return figures.date(value)
        case int() if column.kind is Kind.MONEY:
            return figures.money(value)
        case int() | float() if column.kind is Kind.SHARE:
            return figures.share(value)
        case int() | float() if column.kind is Kind.PERCENT:
            return figures.percent(value)
        case int() | float():
            return figures.number(value)
        case _:
            return str(value)


def _told_truth(figures: Figures) -> tuple[str, str]:
    return ("không", "có") if figures.language == "vi" else ("no", "yes")

"""The columns of the import sheet: one a field, and how the cells of a row become the record of one declaration."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from services.intake.cells import (
    Broken,
    Cell,
    Read,
    day,
    ident,
    instant,
    is_blank,
    names,
    share,
    stripped,
    text,
    whole_number,
    yes_no,
)
from services.intake.records import parse
from shared.declaration import Declaration
from shared.errors import Invalid
from shared.messages import Language, Message, message
from shared.validation import Fault

SCALARS: Final[Mapping[str, Read]] = {
    "external_id": ident,
    "programme": ident,
    "unit": ident,
    "title": text,
    "field": stripped,
    "situation_before": text,
    "solution": text,
    "applicability": text,
    "conditions": text,
    "benefit": text,
    "benefit_vnd": whole_number,
    "benefit_basis": text,
    "benefit_class": stripped,
    "first_applied_on": day,
    "filed_at": instant,
    "entered_by": ident,
    "confidential": names,
}
OF_AUTHOR: Final[Mapping[str, Read]] = {
    "person": ident,
    "name": text,
    "share_percent": share,
    "holds_post": yes_no,
    "worker_kind": stripped,
}
OF_RECOGNITION: Final[Mapping[str, Read]] = {
    "form": stripped,
    "number": ident,
    "date": day,
    "authority": text,
}
AUTHOR_COLUMN: Final = re.compile(rf"author_([1-9]\d{{0,3}})_({'|'.join(OF_AUTHOR)})", re.ASCII)
RECOGNITION_COLUMN: Final = re.compile(rf"recognition_({'|'.join(OF_RECOGNITION)})")

ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

REASONS: Final[Mapping[str, Message]] = {
    "format": Message("chỉ đọc .jsonl, .ndjson, .csv và .xlsx", "only .jsonl, .ndjson, .csv and .xlsx are read"),
    "no-header": Message("dòng đầu phải ghi tên cột như external_id, title; lấy biểu mẫu bằng lệnh template; CSV phải là UTF-8", "the first row must name the columns, such as external_id, title; take the file that the command template writes; a CSV must be UTF-8"),
    "repeated-column": Message("cột {column} xuất hiện hai lần", "column {column} stands twice"),
    "damaged": Message("tệp hỏng hoặc không phải .xlsx: {detail}", "it is damaged or no .xlsx: {detail}"),
    "protected": Message("tệp được đặt mật khẩu, hoặc là .xls cũ; hãy lưu lại dạng .xlsx không mật khẩu", "it is protected by a password, or an old .xls; save it as .xlsx without one"),
    "too-large": Message("trang tính trải quá rộng hoặc quá lớn ({detail}); hãy xóa các ô thừa, hoặc dùng .csv", "the sheet is too wide or too large ({detail}); delete stray cells, or use .csv"),
    "unopened": Message("không mở được: {detail}", "it does not open: {detail}"),
}  # fmt: skip


class FileIsUnreadable(Invalid):
    """The file as a whole cannot be taken as rows; nothing of it was recorded."""

    code = "unreadable-file"

    def __init__(self, reason: str, language: Language, **facts: object) -> None:
        sentence = REASONS[reason]
        said = (sentence.vi if language == "vi" else sentence.en).format(**facts)
        super().__init__(message(self.code, language, reason=said), reason=said)


class Column(NamedTuple):
    """A column of the form: its name, how it takes a cell, and where in the record it stands."""

    name: str
    read: Read
    field: str
    author: int = 0
    of_recognition: bool = False


def column(name: str) -> Column | None:
    """The column of that name, or None where the form has none."""
    if name in SCALARS:
        return Column(name, SCALARS[name], name)
    if (of_author := AUTHOR_COLUMN.fullmatch(name)) is not None:
        field = of_author[2]
        return Column(name, OF_AUTHOR[field], field, author=int(of_author[1]))
    if (of_recognition := RECOGNITION_COLUMN.fullmatch(name)) is not None:
        field = of_recognition[1]
        return Column(name, OF_RECOGNITION[field], field, of_recognition=True)
    return None


def known(names: Sequence[Cell]) -> int:
    """How many of the names of a first row are columns of the form."""
    return sum(1 for name in names if column(_said(name)) is not None)


def _said(name: Cell) -> str:
    return name.strip().lower() if isinstance(name, str) else ""


class Header:
    """The first row of a sheet: which column each cell of the rows below belongs to."""

    def __init__(self, cells: Sequence[Cell], language: Language) -> None:
        self._language: Language = language
        self._names = [_said(cell) or f"column_{number}" for number, cell in enumerate(cells, 1)]
        self._columns = [column(name) for name in self._names]
        if not any(self._columns):
            raise FileIsUnreadable("no-header", language)
        repeated, times = Counter(self._names).most_common(1)[0]
        if times > 1:
            raise FileIsUnreadable("repeated-column", language, column=_printable(repeated))

    def declaration(self, cells: Sequence[Cell]) -> tuple[Declaration | None, tuple[Fault, ...]]:
        """The declaration of a row, or everything that is wrong with it, by the names of the columns."""
        record: dict[str, object] = {}
        recognition: dict[str, object] = {}
        authors: dict[int, dict[str, object]] = {}
        wrong: list[Fault] = []
        for number, (cell, found) in enumerate(zip_longest(cells, self._columns, fillvalue=None)):
            if cell is None or cell == "":
                continue
            if found is None:
                if not is_blank(cell):
                    wrong.append(self._fault(self._name(number), "unknown-field"))
                continue
            name, read, field, author, of_recognition = found
            if cell is Broken.FORMULA:
                wrong.append(self._fault(name, "formula-error"))
                continue
            said = read(cell)
            if said is None:
                continue
            if author:
                authors.setdefault(author, {})[field] = said
            elif of_recognition:
                recognition[field] = said
            else:
                record[field] = said
        numbers = sorted(authors)
        if numbers:
            record["authors"] = [authors[number] for number in numbers]
        if recognition:
            record["recognition"] = recognition
        try:
            line = ENCODER.encode(record).encode()
        except UnicodeEncodeError:
            return None, (*wrong, *self._not_utf8(cells))
        declaration, faults = parse(line, self._language)
        named = {fault.field for fault in wrong if fault.code == "formula-error"}
        faults = tuple(f._replace(field=_column_name(f.field, numbers)) for f in faults)
        # A cell that is wrong in itself was left out of the record; it is not missing as well.
        faults = tuple(f for f in faults if f.field not in named)
        return (None if wrong else declaration), (*wrong, *faults)

    def _name(self, number: int) -> str:
        return self._names[number] if number < len(self._names) else f"column_{number + 1}"

    def _fault(self, name: str, code: str) -> Fault:
        return Fault(_printable(name), code, message(code, self._language))

    def _not_utf8(self, cells: Sequence[Cell]) -> list[Fault]:
        return [
            self._fault(self._name(number), "invalid-utf8")
            for number, cell in enumerate(cells)
            if isinstance(cell, str) and any("\ud800" <= c <= "\udfff" for c in cell)
        ]


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:100]


def _column_name(field: str, numbers: Sequence[int]) -> str:
    """The column behind a field of the record: `authors.0.name` is `author_1_name`."""
    match field.split("."):
        case ["authors", place, name]:
            return f"author_{numbers[int(place)]}_{name}"
        case ["recognition", name]:
            return f"recognition_{name}"
        case ["confidential", _]:
            return "confidential"
    return field

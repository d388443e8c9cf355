from __future__ import annotations

import re
import zipfile
from pathlib import Path

from python_calamine import CalamineWorkbook

from services.intake.columns import OF_AUTHOR, OF_RECOGNITION, SCALARS
from services.intake.programme import programme_id
from services.intake.template import (
    AUTHOR_HINTS,
    FORM,
    GUIDE,
    HINTS,
    RECOGNITION_HINTS,
    entries,
    write_template,
)
from tests.places import small_programme
from tests.sheets import read, taken, write_csv, write_workbook

# The template.


def test_the_template_has_every_column_and_explains_it() -> None:
    assert list(HINTS) == list(SCALARS)
    assert list(AUTHOR_HINTS) == list(OF_AUTHOR)
    assert list(RECOGNITION_HINTS) == list(OF_RECOGNITION)
    for entry in entries():
        assert all((entry.hint.label, entry.hint.vi, entry.hint.en, entry.hint.example))


def test_the_empty_template_holds_no_rows(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx")

    assert read(tmp_path / "a.xlsx") == []
    with CalamineWorkbook.from_path(tmp_path / "a.xlsx") as book:
        assert book.sheet_names == [FORM, GUIDE]
        guide = book.get_sheet_by_name(GUIDE).to_python()
    assert [row[0] for row in guide[1:] if row[0]] == [entry.name for entry in entries()]


def test_a_template_filled_in_with_its_own_examples_is_a_declaration(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx")
    with CalamineWorkbook.from_path(tmp_path / "a.xlsx") as book:
        header = [str(name) for name in book.get_sheet_by_index(0).to_python()[0]]
    examples = {entry.name: entry.hint.example for entry in entries()}
    shares = {1: "60", 2: "10", 3: "10", 4: "10", 5: "10"}
    examples |= {f"author_{n}_share_percent": share for n, share in shares.items()}

    for path in (
        write_workbook(tmp_path / "b.xlsx", [header, [examples[name] for name in header]], FORM),
        write_csv(tmp_path / "b.csv", [header, [examples[name] for name in header]]),
    ):
        (row,) = read(path)
        assert len(taken(row).authors) == 5


def test_a_template_keeps_ids_and_days_as_text_and_offers_the_choices(tmp_path: Path) -> None:
    write_template(tmp_path / "a.xlsx")

    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        page = package.read("xl/worksheets/sheet1.xml").decode()
        styles = package.read("xl/styles.xml").decode()
        notes = package.read("xl/comments1.xml").decode()
    names = [entry.name for entry in entries()]
    text_style = [
        int(n) for n in re.findall(r"<xf numFmtId=\"(\d+)\"", styles.split("<cellXfs")[1])
    ]
    style_of = {}
    for first, last, style in re.findall(r'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"', page):
        for place in range(int(first), int(last) + 1):
            style_of[names[place - 1]] = text_style[int(style)]
    as_text = 49  # the number of the format @ in every workbook
    for name in ("external_id", "unit", "filed_at", "first_applied_on", "author_1_person"):
        assert style_of[name] == as_text
    assert style_of["benefit_vnd"] != as_text
    assert 'state="frozen"' in page
    assert page.count('type="list"') == 3 + 2 * 5 + 0 + 0
    assert '"technical,management,operational,applied technology,research"' in page
    assert notes.count("<comment ") == len(names)


def test_a_template_for_a_programme_names_its_code_and_windows(tmp_path: Path) -> None:
    with small_programme(tmp_path) as place:
        write_template(tmp_path / "a.xlsx", programme=place.directory.programme("1tr"))
        assert place.ledger.event(programme_id("1tr"), 1) is not None

    with CalamineWorkbook.from_path(tmp_path / "a.xlsx") as book:
        guide = book.get_sheet_by_name(GUIDE).to_python()
    said = " ".join(str(cell) for row in guide for cell in row)
    assert "2022-01-08T00:00:00+07:00 – 2023-09-01T00:00:00+07:00" in said
    assert "2021-01-01 – 2023-09-01" in said

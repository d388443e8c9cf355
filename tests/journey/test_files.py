"""Boards leave the system: as files from the command line, in every form over HTTP, and as charts."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook
from typer.core import TyperGroup

from services.projections.presentation.workbook import HEADER
from shared.access import Role
from tests.journey.test_auditor import declare
from tests.journey.test_command_line import (
    COMMAND_LINE,
    FOUNDED,
    SAMPLE,
    done,
    mistyped,
    refused,
)
from tests.journey.town import Town, problem_of
from tests.provinces import ELSEWHERE, NATION, PROVINCE, UNIT_ELSEWHERE

if TYPE_CHECKING:
    from httpx2 import Response

SVG = "{http://www.w3.org/2000/svg}"
BOARDS: list[tuple[str, ...]] = [
    ("leaderboard",),
    ("quota",),
    ("under",),
    ("milestones", "--count", "3"),
    ("progress", "--unit", "bk"),
    ("ranks", "--every", "month"),
    ("prospect", "--unit", "bk"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated home with the first ideas of the sample. Nobody writes into this one."""
    home = tmp_path_factory.mktemp("files") / "home"
    declarations = home.parent / "declarations.jsonl"
    with (SAMPLE / "declarations.jsonl").open(encoding="utf-8") as sample:
        declarations.write_text("".join(islice(sample, 20)), encoding="utf-8")
    units = done("init", "--data", home, *FOUNDED, "--simulated", "--json").json["units"]
    assert units == 29
    done("import", declarations, "--data", home, "--simulate-clock")
    return home


def board(home: Path, *asked: object) -> dict[str, Any]:
    found: dict[str, Any] = done("board", *asked, "--data", home, "--json").json
    return found


def fifteen(cell: object) -> object:
    """A number to fifteen digits; anything else as it is."""
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return f"{cell:.15g}" if is_number else cell


def records(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


# The command line.


@pytest.mark.parametrize("asked", BOARDS, ids=lambda asked: asked[0])
def test_every_board_is_written_as_a_file(
    home: Path, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    known = board(home, *asked, "--at", "2022-09-01T00:00:00+07:00")
    numbers = [
        value
        for row in known.get("rows", ())
        for value in row.values()
        if isinstance(value, int | float)
    ]
    for suffix in (".csv", ".xlsx"):
        path = tmp_path / f"bảng{suffix}"
        at = ("--at", "2022-09-01T00:00:00+07:00")
        answer = done("board", *asked, *at, "--data", home, "--export", path)
        assert answer.out == ""
        assert str(path) in answer.err
        if suffix == ".csv":
            cells = {cell for row in records(path.read_bytes()) for cell in row}
            assert {repr(number) for number in numbers} <= cells
            assert "true" in cells or asked[0] in {"under", "milestones"}, "a simulation says so"
        else:
            book = CalamineWorkbook.from_path(path)
            sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
            found = {cell for sheet in sheets for row in sheet[HEADER:] for cell in row}
            # A workbook holds fifteen digits.
            assert set(map(fifteen, numbers)) <= set(map(fifteen, found))
            assert "Tính đến: 0:00 ngày 1/9/2022" in str(sheets[0][1][0])


def test_a_file_and_json_can_be_had_at_once_and_json_is_never_rounded(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bang.csv"
    known = board(home, "leaderboard")
    answer = done(
        *("board", "leaderboard", "--data", home, "--json", "--export", path),
        *("--rounding", "truncate", "--decimals", 0),
    ).json
    assert answer["rows"] == known["rows"]
    titles, first, *_ = records(path.read_bytes())
    percent = first[titles.index("Đạt % chỉ tiêu / % of target")]
    assert float(percent) == int(known["rows"][0]["percent"]) != known["rows"][0]["percent"]


def test_tables_are_rounded_as_asked(home: Path) -> None:
    [first, *_] = board(home, "leaderboard")["rows"]
    assert first["gross"] == 11
    assert first["share"] == 0.55
    assert first["percent"] == pytest.approx(36.6666667)
    asked = ("board", "leaderboard", "--data", home)
    assert "36,7" in done(*asked).out
    assert "36,6 " in done(*asked, "--rounding", "truncate").out
    assert "36,67" in done(*asked, "--decimals", "2").out
    exact = done(*asked, "--rounding", "exact").out
    assert "36,666666666666" in exact.replace(" ", "").replace("│", "").replace("\n", "") or (
        "36,66666" in exact
    )
    assert "│         55 │" in exact, "an exact figure carries no zeros"
    assert "--decimals" in mistyped(*asked, "--decimals", "-1")
    assert "--rounding" in mistyped(*asked, "--rounding", "up")


def test_only_forms_that_there_are_can_be_written(home: Path, tmp_path: Path) -> None:
    asked = ("board", "leaderboard", "--data", home, "--export")
    said = refused(*asked, tmp_path / "bang.pdf")
    assert "hãy đặt tên tệp .csv hoặc .xlsx" in said
    assert "ends in .csv or .xlsx" in said
    assert "Không đọc hoặc ghi được" in refused(*asked, tmp_path / "nowhere" / "bang.csv")
    assert list(tmp_path.iterdir()) == []


def test_courses_are_drawn_and_shown(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "tien-do.svg"
    known = board(home, "progress", "--unit", "bk", "--every", "month")
    answer = done(
        *("board", "progress", "--unit", "bk", "--every", "month", "--data", home, "--svg", path)
    )
    assert answer.out == ""
    picture = ElementTree.parse(path).getroot()
    texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
    last = known["rows"][-1]
    assert texts[0] == "Tiến độ: LĐLĐ tỉnh Bắc Kạn (MÔ PHỎNG)"
    assert {f"đã kê khai: {last['gross']}", f"hợp lệ: {last['net']}"} <= set(texts)
    marks = [mark.findtext(f"{SVG}title") or "" for mark in picture.iter(f"{SVG}circle")]
    assert [int(mark.split(": ")[1].split()[0]) for mark in marks] == [
        row["gross"] for row in known["rows"]
    ]
    table = done("board", "progress", "--unit", "bk", "--every", "month", "--data", home).out
    assert "0:00 ngày 1/3/2022" in table
    assert "Chỉ tiêu giao 30: đạt 36,7 %." in table
    done("board", "ranks", "--data", home, "--svg", tmp_path / "hang.svg", language="en")
    assert "Ranks over time: declared" in (tmp_path / "hang.svg").read_text("utf-8")
    assert "LĐLĐ tỉnh Bắc Kạn" in done("board", "ranks", "--data", home).out
    done("board", "prospect", "--data", home, "--svg", tmp_path / "dự báo.svg")
    assert "Dự báo: " in (tmp_path / "dự báo.svg").read_text("utf-8")


def test_a_course_that_cannot_be_is_refused_in_words(home: Path) -> None:
    asked = ("board", "progress", "--data", home)
    assert "Khoảng thời gian phải kết thúc" in refused(*asked, "--from", "2023-01-01")
    said = refused(*asked, "--from", "1990-01-01", "--every", "day")
    assert "nhiều nhất 1000" in said
    assert "neither a position nor an instant" in refused(*asked, "--from", "hôm qua")
    assert "Không có đơn vị này" in refused(*asked, "--unit", "zz")
    assert "Không có cụm" in refused(*asked, "--cohort", "zz")
    assert "Không có đơn vị này" in refused("board", "ranks", "--data", home, "--unit", "zz")


def test_every_board_command_takes_the_same_forms() -> None:
    assert isinstance(COMMAND_LINE, TyperGroup)
    group = COMMAND_LINE.commands["board"]
    assert isinstance(group, TyperGroup)
    # Freezing writes, and shows no board.
    boards = {name: of for name, of in group.commands.items() if name != "freeze"}
    assert len(boards) >= 18
    forms = {"--json", "--export", "--rounding", "--decimals"}
    # What is frozen stays as of its own moment; the difference is that of the two axes.
    moments = {"frozen": set(), "difference": {"--at", "--known-at"}}
    for name, command in boards.items():
        options = {option for parameter in command.params for option in parameter.opts}
        common = forms | moments.get(name, {"--at", "--axis", "--known-at"})
        assert options >= common, f"make {name} with board_command (services/cli/asked.py)"


# HTTP.


def asked_as(town: Town, path: str, form: str, **query: object) -> Response:
    manager = town.someone(Role.MANAGER)
    return manager.get(path, format=form, **query)


def test_a_board_is_answered_in_the_form_that_was_asked_for(town: Town) -> None:
    worker = town.worker(NATION)
    declare(worker, 1)
    last = declare(worker, 2, unit=UNIT_ELSEWHERE)
    path, seen = "/boards/leaderboard", last["position"]
    known = asked_as(town, path, "json", seen=seen)
    assert known.headers["content-type"] == "application/json"
    found = asked_as(town, path, "csv", at=seen)
    assert found.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert found.headers["content-disposition"].startswith('attachment; filename="leaderboard-')
    titles, *rows = records(found.content)
    units = [row[titles.index("Mã đơn vị / Unit")] for row in rows]
    assert units == [row["unit"] for row in known.json()["rows"]] == [PROVINCE, ELSEWHERE]
    workbook = asked_as(town, path, "xlsx", at=seen)
    assert workbook.headers["content-type"].endswith("spreadsheetml.sheet")
    book = CalamineWorkbook.from_filelike(BytesIO(workbook.content))
    assert book.sheet_names == ["Bảng xếp hạng"]
    printed = book.get_sheet_by_index(0).to_python()[HEADER + 1 :]
    assert [row[4] for row in printed] == [row["gross"] for row in known.json()["rows"]]


def test_a_courses_chart_is_an_answer_in_the_readers_language(town: Town) -> None:
    last = declare(town.worker(NATION), 1)
    reader = town.someone(Role.AUDITOR, language="en")
    found = reader.get("/boards/progress", format="svg", seen=last["position"], unit=PROVINCE)
    assert found.headers["content-type"] == "image/svg+xml"
    assert found.headers["content-disposition"].startswith("inline; ")
    picture = ElementTree.fromstring(found.content)
    assert picture.get("lang") == "en"
    assert "declared: 1" in [text.text for text in picture.iter(f"{SVG}text")]
    rows = json.loads(reader.get("/boards/progress", unit=PROVINCE).content)["rows"]
    assert rows[-1]["gross"] == 1
    ranks = town.someone(Role.MANAGER).get("/boards/ranks", format="svg", unit=PROVINCE)
    assert f"1. Công đoàn {PROVINCE} (1)" in [
        text.text for text in ElementTree.fromstring(ranks.content).iter(f"{SVG}text")
    ]


def test_rounding_is_of_files_and_never_of_json(town: Town) -> None:
    worker = town.worker(NATION)
    for number in range(3):
        last = declare(worker, number, **({"unit": UNIT_ELSEWHERE} if number else {}))
    known = asked_as(town, "/boards/leaderboard", "json", seen=last["position"]).json()
    same = asked_as(town, "/boards/leaderboard", "json", decimals=0, rounding="truncate").json()
    assert known["rows"][0]["share"] == same["rows"][0]["share"] == 2 / 3
    for asked, share in (
        ({}, repr(2 / 3)),
        ({"decimals": 0}, "0.67"),
        ({"rounding": "truncate", "decimals": 0}, "0.66"),
    ):
        titles, first, *_ = records(asked_as(town, "/boards/leaderboard", "csv", **asked).content)
        assert first[titles.index("Tỷ trọng / Share")] == share


def test_what_cannot_be_answered_is_refused(town: Town) -> None:
    seen = declare(town.worker(NATION), 1)["position"]
    found = asked_as(town, "/boards/leaderboard", "svg", seen=seen)
    problem = problem_of(found, 422, "no-chart")
    assert "Bảng này không có biểu đồ" in str(problem)
    problem_of(asked_as(town, "/boards/leaderboard", "pdf"), 422, "bad-request")
    problem_of(asked_as(town, "/boards/leaderboard", "csv", decimals=99), 422, "bad-request")
    problem_of(
        asked_as(town, "/boards/progress", "json", every="day", **{"from": "1990-01-01"}),
        422,
        "too-many-points",
    )
    nobody = town.someone(None)
    problem_of(nobody.get("/boards/leaderboard", format="csv"), 401, "unauthenticated")


def test_the_contract_names_every_form_of_a_board(town: Town) -> None:
    paths = town.http.get("/openapi.json").json()["paths"]
    boards = {
        path: methods["get"]
        for path, methods in paths.items()
        if path.startswith("/boards/") and "get" in methods
    }
    assert len(boards) >= 6
    for path, operation in boards.items():
        forms = set(operation["responses"]["200"]["content"])
        assert forms >= {
            "application/json",
            "text/csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
        assert ("image/svg+xml" in forms) is (
            path in {"/boards/progress", "/boards/prospect", "/boards/ranks"}
        )
        assert {"format", "rounding", "decimals"} <= {p["name"] for p in operation["parameters"]}
    assert "text/csv" not in paths["/events"]["get"]["responses"]["200"]["content"]

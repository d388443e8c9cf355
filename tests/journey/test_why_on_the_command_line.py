"""An auditor asks why on the command line: as JSON for scripts, in tables for people."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from services.projections.history.frozen import FrozenBoards, claim
from services.projections.history.question import BoardKind, Options, Question
from services.projections.reckoning.asof import moment
from services.wiring import System
from shared.settings import Settings
from tests.journey.test_command_line import done, mistyped, real_home, refused, sangkien
from tests.places import BY, NEIGHBOUR, UNIT, line

__all__ = ["real_home"]

MAY: Final = "2022-05-10T00:00:00+07:00"
CORRECTED: Final = ("--axis", "corrected")


@pytest.fixture
def home(real_home: Path, tmp_path: Path) -> Path:
    """Three ideas of one province, filed in May 2022 and typed in today; the last without recognition."""
    rows = [
        line(external_id="SK-1"),
        line(external_id="SK-2", unit=NEIGHBOUR, title="Tên khác", filed_at="2022-05-05T08:00:00+07:00"),
        line(external_id="SK-3", solution="Việc khác hẳn.", recognition=None),
    ]  # fmt: skip
    sent = tmp_path / "sent.jsonl"
    sent.write_bytes(b"\n".join(rows))
    done("import", sent, "--data", real_home)
    return real_home


def test_the_changes_are_the_number_page_by_page(home: Path) -> None:
    asked = ("board", "why", "--unit", "p01", "--measure", "net", "--data", home)
    found = done(*asked, "--json").json
    assert (found["total"], [c["idea"] for c in found["changes"]]) == (2, ["SK-1", "SK-2"])
    first = done(*asked, "--limit", 1, "--json").json
    rest = done(*asked, "--limit", 1, "--cursor", first["next"], "--json").json
    assert [c["idea"] for c in (*first["changes"], *rest["changes"])] == ["SK-1", "SK-2"]
    shown = done(*asked, "--limit", 1).out
    assert "Cộng lại: 2" in shown
    assert f"Còn nữa: --cursor {first['next']}" in shown
    assert "There is no" not in refused("board", "why", "--unit", "p99", "--data", home)


def test_a_file_holds_all_changes_where_a_table_shows_a_page(home: Path, tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    many.write_bytes(
        b"\n".join(line(external_id=f"N-{n}", solution=f"Việc {n}.") for n in range(120))
    )
    done("import", many, "--data", home)
    file = tmp_path / "why.csv"
    done("board", "why", "--unit", "p01", "--export", file, "--data", home)
    rows = file.read_text("utf-8-sig")
    assert all(f"N-{n}," in rows for n in range(120))
    assert (
        len(done("board", "why", "--unit", "p01", "--data", home, "--json").json["changes"]) == 100
    )


def test_before_its_programme_was_on_record_a_board_says_so_in_both_languages(home: Path) -> None:
    asked = ("board", "leaderboard", "--at", MAY, "--data", home)
    assert "chưa có trong sổ; hãy hỏi một thời điểm sau đó" in refused(*asked)
    assert "kiểm tra mã chương trình" in refused(*asked[:2], "--programme", "2tr", "--data", home)


def test_the_seeds_have_their_own_number_of_ideas(tmp_path: Path) -> None:
    home = tmp_path / "none"
    said = mistyped("simulate", "--scenario", "seeds", "--ideas", 5, "--data", home)
    assert "has its own number of ideas" in said
    assert not home.exists()


def test_two_moments_of_a_board_and_two_axes_of_one(home: Path) -> None:
    # In May 2022 this record had not begun.
    assert "not yet on record" in refused("board", "difference", "--at", MAY, "--data", home)
    asked = (
        "board",
        "comparison",
        "--since",
        MAY,
        "--since-axis",
        "corrected",
        "--at",
        MAY,
        *CORRECTED,
    )
    earlier = (
        "board",
        "comparison",
        "--since",
        "2022-05-04T12:00:00+07:00",
        "--since-axis",
        "corrected",
    )
    found = done(*earlier, "--at", MAY, *CORRECTED, "--data", home, "--json").json
    (row,) = found["rows"]
    assert (row["unit"], row["before"]["gross"], row["after"]["gross"]) == ("p01", 2, 3)
    assert [(p["cause"], p["events"]) for p in row["by_cause"]] == [("declared", 1)]
    assert "2 → 3" in done(*earlier, "--at", MAY, *CORRECTED, "--data", home).out
    assert done(*asked, "--data", home, "--json").json["rows"] == []
    assert done(*asked, "--board", "quota", "--data", home, "--json").json["rows"] == []
    part = ("--under", "p01", "--level", "grassroots", "--phase", "1", "--data", home, "--json")
    inside = done(*earlier, "--at", MAY, *CORRECTED, *part).json
    assert [r["unit"] for r in inside["rows"]] == [NEIGHBOUR]
    assert (inside["below"], inside["phase"]) == ("p01", "1")
    assert {r["unit"] for r in done("board", "ranks", *part).json["rows"]} == {UNIT, NEIGHBOUR}
    assert done("board", "freeze", "tỉnh", "--reason", "Khen", *part).json["rows"] == 2
    assert "under: p01" in done("board", "frozen", "tỉnh", "--data", home).out
    targets = ("board", "difference", "--board", "quota", "--data", home)
    assert "không nhận lựa chọn" in refused(*targets, "--sector", "state")
    assert "Không có loại chỉ tiêu" in refused(*targets, "--kind", "school")
    both = mistyped("board", "ranks", "--phase", "1", "--wave", "2", "--data", home)
    assert "--wave" in both
    now = done("board", "difference", "--data", home, "--json").json
    assert (now["rows"], now["before"]["axis"], now["after"]["axis"]) == ([], "known", "corrected")
    assert "--board" in mistyped("board", "difference", "--board", "none", "--data", home)


def test_who_passed_whom_and_how_far_ahead(home: Path) -> None:
    asked = ("board", "overtakings", "--unit", NEIGHBOUR, "--level", "grassroots", "--data", home)
    found = done(*asked, "--json").json
    assert [(o["passer"], o["passed"]) for o in found["overtakings"]] == []
    assert (found["rank"], found["count"]) == (2, 1)
    assert "hạng 2 → 2" in done(*asked).out
    assert done("board", "lead", "--data", home, "--json").json["rows"] == []
    assert "0 chỉ tiêu đạt trước hạn" in done("board", "lead", "--data", home).out


def test_the_story_of_an_idea_says_where_it_counted_when(home: Path) -> None:
    found = done("story", "SK-2", "--data", home, "--json").json
    assert [c["topic"] for c in found["chapters"]] == ["idea.declared"]
    assert found["chapters"][0]["late"] is True
    assert found["corrected"][0]["since"] == "2022-05-05T08:00:00+07:00"
    assert [(s["unit"], s["net"], s["until"]) for s in found["known"]] == [(NEIGHBOUR, 1, None)]
    assert "Tính ở đâu, như đã sửa" in done("story", "SK-2", "--data", home).out


def test_a_frozen_board_is_proven_listed_and_alarms_when_it_is_another(home: Path) -> None:
    freeze = ("board", "freeze", "thi-dua", "--reason", "Khen thưởng", "--top", 3, "--data", home)
    frozen = done(*freeze, "--json").json
    assert frozen["rows"] == 1
    assert "under a new name" in refused(*freeze)
    shown = done("board", "frozen", "thi-dua", "--data", home)
    assert "ĐÃ CHỐT: thi-dua" in shown.out
    assert "Mã băm khớp" in shown.out
    found = done("board", "frozen", "thi-dua", "--data", home, "--json").json
    assert (found["proven"], found["digest"]) == (True, frozen["digest"])
    listed = done("board", "frozen", "--data", home, "--json").json["boards"]
    assert [b["name"] for b in listed] == ["thi-dua"]
    assert "Khen thưởng" in done("board", "frozen", "--data", home).out
    # Somebody put a board on record that never stood so.
    with System(Settings(data=home)) as system:
        never_so = [{"unit": "p01", "gross": 99}]
        asked = Question.of(BoardKind.LEADERBOARD, "1tr", Options())
        event = FrozenBoards.of(system.ledger).freeze(
            "gia", asked, moment(system.ledger), never_so, reason="Khen", by=BY
        )
        system.ledger.append(event, claims=[claim(event)])
    alarmed = sangkien("board", "frozen", "gia", "--data", home, "--json")
    assert (alarmed.code, alarmed.json["proven"]) == (1, False)
    assert "BÁO ĐỘNG" in alarmed.err


def test_a_board_is_frozen_by_whoever_may(home: Path) -> None:
    def key(role: str, unit: str) -> str:
        return done("key", "create", "--role", role, "--unit", unit, "--data", home).out.strip()

    freeze = ("board", "freeze", "x", "--reason", "Thử", "--data", home, "--as")
    assert "may not freeze-board" in refused(*freeze, key("client", "vn"))
    assert "outside the subtree" in refused(*freeze, key("manager", "p01"))
    own = ("--board", "quota", "--unit", "p01")
    done(*freeze, key("manager", "p01"), *own)
    assert done("board", "frozen", "x", "--data", home, "--json").json["role"] == "manager"


def test_the_tree_as_it_was_and_what_changed_in_it(home: Path) -> None:
    done("unit", "rename", UNIT, "Công đoàn mới", "--on", "2022-06-01", "--data", home)
    asked = ("units", "--under", "p01-01", "--level", "grassroots", *CORRECTED, "--data", home)
    then = done(*asked, "--at", MAY, "--json").json
    assert (then["rows"][0]["code"], then["rows"][0]["name"]) == (UNIT, f"Công đoàn {UNIT}")
    assert "Công đoàn mới" in done(*asked).out
    assert done(*asked, "--limit", 1, "--json").json["next"]
    assert "Còn nữa: --cursor" in done(*asked, "--limit", 1).out
    changed = done(*asked, "--since", MAY, "--json").json["changes"]
    assert [(c["what"], c["code"], c["after"]) for c in changed] == [
        ("renamed", UNIT, "Công đoàn mới")
    ]
    assert "đổi tên" in done(*asked, "--since", MAY).out

"""A leader asks whether the target will be reached: on the command line, and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.forecast import main as benchmark
from shared.access import Role
from tests.journey.test_auditor import declare, ok
from tests.journey.test_command_line import done, refused, sangkien
from tests.journey.town import Town, problem_of

IN_APRIL = ("--at", "2022-04-20T08:00:00+07:00")
IN_AUGUST = "2022-08-20T08:00:00+07:00"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A national history, small."""
    home = tmp_path_factory.mktemp("forecast") / "data"
    done("simulate", "--scenario", "national", "--ideas", 3000, "--data", home)
    return home


def test_a_leader_asks_whether_the_phase_will_be_won_and_takes_the_answer_home(
    home: Path, tmp_path: Path
) -> None:
    asked = ("board", "forecast", "--phase", "1", "--data", home, *IN_APRIL)
    (row,) = done(*asked, "--json").json["rows"]
    gross = row["gross"]
    assert gross["remaining"] == row["target"] - gross["count"] > 0
    assert gross["count"] < gross["low"] < gross["expected"] < gross["high"]
    assert 0 < gross["probability"] < 1
    assert gross["needed"] == pytest.approx(gross["remaining"] / (row["days_left"] + 1))
    # What came is what a later board says; the forecast did not know, and held it in its range.
    later = done(
        "board", "quota", "--unit", row["unit"], "--phase", "1", "--data", home, "--json",
        "--at", "2022-08-01T00:00:00+07:00",
    ).json  # fmt: skip
    assert gross["low"] <= later["rows"][0]["gross"] <= gross["high"]

    people = done(*asked).out
    assert "Dự báo" in people
    assert "Nhịp gần đây" in people
    done(*asked, "--level", "first", "--export", tmp_path / "dự-báo.xlsx")
    assert (tmp_path / "dự-báo.xlsx").stat().st_size > 0
    done(*asked, "--level", "first", "--export", tmp_path / "dự-báo.csv")
    lines = (tmp_path / "dự-báo.csv").read_text("utf-8-sig").splitlines()
    assert "Còn số ngày / Days left" in lines[0]
    assert len(lines) > 50


def test_targets_that_will_be_missed_end_with_one_so_that_a_timer_can_send_them(home: Path) -> None:
    asked = ("board", "alerts", "--phase", "1", "--data", home, "--at", IN_AUGUST)
    none = sangkien(*asked, "--days", 1)
    assert (none.code, "0 trong 0 chỉ tiêu" in none.out) == (0, True)
    some = sangkien(*asked, "--days", 60, "--json")
    board = some.json
    assert (some.code, board["count"]) == (1, len(board["rows"]))
    assert 0 < board["count"] <= board["due"]
    for row in board["rows"]:
        assert row["at_pace"] + row["short_by"] == row["target"]
        assert row["phase"] == "1"
        assert 0 <= row["days_left"] < 60
    shown = sangkien(*asked, "--days", 60)
    assert "sẽ không đạt theo nhịp hiện nay" in shown.out
    assert shown.code == 1


def test_a_phase_that_is_not_there_is_refused_in_words(home: Path) -> None:
    assert "9" in refused("board", "forecast", "--phase", "9", "--data", home)


def test_forecasts_are_held_against_what_came(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["forecast", "--data", str(home), "--step", "60"])
    benchmark()
    rows = json.loads(capsys.readouterr().out)["rows"]
    whole = {(r["whom"], r["ahead"]): r for r in rows if r["period"] == "whole"}
    assert set(whole) == {
        (whom, ahead)
        for whom in ("nation", "first level")
        for ahead in ("7 days", "30 days", "60 days", "phase end")
    }
    assert all(r["forecasts"] > 0 and r["error_percent"] >= 0 for r in rows)


def test_a_young_programme_is_told_that_it_is_too_early(town: Town) -> None:
    worker = town.someone(Role.CLIENT)
    last = declare(worker, 1)["position"]
    manager = town.someone(Role.AUDITOR)
    board = ok(manager, "/boards/forecast", level="first", seen=last)
    assert board["rows"]
    assert not any(row["gross"]["expected"] for row in board["rows"] if row["days_left"])
    problem_of(manager.get("/boards/forecast", phase="9"), 404, "unknown-phase")
    drawn = manager.get("/boards/forecast", format="csv")
    assert drawn.headers["content-type"].startswith("text/csv")

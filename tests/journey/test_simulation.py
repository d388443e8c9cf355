"""A person simulates a programme, asks its boards, and cannot simulate into a ledger that holds something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journey.test_command_line import done, mistyped, real, refused

IDEAS = 300


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("simulated") / "national"
    answer = simulate(home)
    assert answer["ideas"] == IDEAS
    assert int(str(answer["events"])) > 3 * IDEAS
    assert float(str(answer["seconds"])) > 0
    return home


def simulate(home: Path, *more: object) -> dict[str, object]:
    words = ("--scenario", "national", "--ideas", IDEAS, "--data", home)
    return done("simulate", *words, *more, "--json").json


def test_the_boards_count_every_idea_and_the_views_verify(home: Path) -> None:
    board = done("board", "leaderboard", "--top", 100, "--data", home, "--json").json
    assert sum(row["gross"] for row in board["rows"]) == board["total"] == IDEAS
    assert sum(row["net"] for row in board["rows"]) < IDEAS
    assert board["not_yet_matched"] == 0
    assert done("verify", "--data", home, "--json").json["ok"]


def test_the_same_seed_gives_boards_with_the_same_digests(home: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again")
    simulate(tmp_path / "other", "--seed", 2)

    def digests(of: Path) -> dict[str, str]:
        found: dict[str, str] = done("verify", "--data", of, "--json").json["digests"]
        return found

    assert digests(tmp_path / "again") == digests(home)
    assert digests(tmp_path / "other") != digests(home)


def test_what_people_read_says_how_much_there_is(tmp_path: Path) -> None:
    words = ("--scenario", "national", "--ideas", 100, "--data", tmp_path / "small")
    assert done("simulate", *words).out.startswith("100 sáng kiến, ")


def test_a_ledger_that_holds_something_is_left_alone(home: Path) -> None:
    said = refused("simulate", "--scenario", "national", "--ideas", 10, "--data", home)
    assert "sổ trống" in said
    assert "begins in an empty ledger" in said


def test_a_scenario_that_nobody_wrote_is_wrong_usage(tmp_path: Path) -> None:
    assert "national" in mistyped("simulate", "--scenario", "solar", "--data", tmp_path / "x")


def test_how_fast_it_is_written_is_measured() -> None:
    answer = real("bench", "simulation", "--ideas", 300, "--rounds", 1).json
    assert answer["ours"] > 0
    assert answer["events"] > answer["ideas"]
    assert answer["bytes_an_idea"] > 1000

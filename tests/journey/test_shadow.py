"""A model or rules tried beside those in force from the command line: what is told, and what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.journey.test_command_line import SAMPLE, done, mistyped, refused

DECLARED: Final = SAMPLE / "declarations.jsonl"


def _home(path: Path) -> Path:
    founded = ("--units", SAMPLE / "units.jsonl", "--programme", SAMPLE / "programme.json")
    done("init", "--data", path, *founded, "--simulated")
    done("import", DECLARED, "--data", path, "--simulate-clock")
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, matched."""
    path = _home(tmp_path_factory.mktemp("shadow") / "home")
    done("match", "--data", path)
    return path


@pytest.fixture(scope="module")
def stricter(home: Path) -> Path:
    """The rules in force, but for what is near."""
    rules = json.loads(done("rules", "show", "--data", home).out)
    rules["thresholds"]["near"] = 0.9
    file = home.parent / "stricter rules.json"
    file.write_text(json.dumps(rules), "utf-8")
    return file


def test_a_fitted_model_is_tried_promoted_and_then_no_other_than_the_one_in_force(
    tmp_path: Path,
) -> None:
    home = _home(tmp_path / "home")
    done("match", "--data", home)
    model = done("model", "fit", "--data", home).out.strip()
    tried = done("model", "shadow", model, "--data", home, "--json").json
    assert tried["candidate"]["model"] == model != tried["live"]["model"]
    flags = done("flags", "--data", home, "--jsonl").rows
    assert tried["live"]["pairs"] == tried["live"]["flagged"] == len(flags)
    assert tried["promote"] == [
        f"sangkien model adopt {model} --data {home}",
        f"sangkien match --rescore --data {home}",
    ]
    for command in tried["promote"]:
        done(*shlex.split(command)[1:])
    latest = {(f["idea"], f["of"]): f for f in done("flags", "--data", home, "--jsonl").rows}
    for difference in tried["differences"]:
        if (held := difference["candidate"]) is not None:
            flag = latest[difference["idea"], difference["of"]]
            assert (flag["model"], flag["score"], flag["band"]) == (model, held["score"], held["band"])  # fmt: skip
    again = done("model", "shadow", model, "--data", home, "--json").json
    assert (again["differences"], again["promote"]) == ([], [])
    assert again["live"]["by_band"] == tried["candidate"]["by_band"]


def test_rules_are_tried_from_a_file_and_the_differences_come_a_line_each(
    home: Path, stricter: Path
) -> None:
    answer = done("model", "shadow", "--rules", stricter, "--data", home, "--jsonl")
    found = done("model", "shadow", "--rules", stricter, "--data", home, "--json").json
    assert answer.rows == found["differences"] != []
    assert {row["kind"] for row in answer.rows} == {"other-band"}
    adopt = f"rules adopt '{stricter}' --reason '…' --data {home}"
    assert adopt in answer.words
    assert "match --rescore" in answer.words


def test_nothing_is_on_record_of_a_trial(home: Path, stricter: Path) -> None:
    before = home.joinpath("ledger.db").read_bytes()
    done("model", "shadow", "--rules", stricter, "--data", home, "--last", 10)
    assert home.joinpath("ledger.db").read_bytes() == before


def test_people_read_both_sides_the_differences_and_how_to_go_on(
    home: Path, stricter: Path
) -> None:
    shown = done("model", "shadow", "--rules", stricter, "--data", home).out
    for words in (
        "đang dùng",
        "chạy thử",
        "cả hai, khác mức",
        "ngưỡng (thresholds)",
        "trùng lắp gần như toàn bộ 0,9",
        "sangkien rules adopt",
    ):
        assert words in shown
    rules = home.parent / "same.json"
    rules.write_text(done("rules", "show", "--data", home).out, "utf-8")
    assert "chính là bản đang dùng" in done("model", "shadow", "--rules", rules, "--data", home).out


def test_a_trial_over_the_end_of_the_ledger_tells_of_nothing_before(
    home: Path, stricter: Path
) -> None:
    tried = ("model", "shadow", "--rules", stricter, "--data", home)
    whole, last = done(*tried, "--jsonl").rows, done(*tried, "--last", 30, "--json").json
    assert last["texts"] == 30
    assert last["differences"] == [row for row in whole if row["position"] > last["since"]]
    since = done(*tried, "--since", last["since"], "--json").json
    assert since == last


def test_what_cannot_be_tried_is_refused(home: Path, stricter: Path, tmp_path: Path) -> None:
    tried = ("model", "shadow", "--data", home)
    assert "--rules" in refused(*tried)
    assert "sha256:nobody" in refused(*tried, "sha256:nobody")
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"thresholds": {"similar": 0.9, "near": 0.5}, "most": 3}', "utf-8")
    words = refused(*tried, "--rules", wrong)
    assert "thresholds" in words
    assert "most" in words
    assert "--since" in refused(*tried, "--rules", stricter, "--since", 5, "--last", 5)
    assert "--jsonl" in refused(*tried, "--rules", stricter, "--json", "--jsonl")
    assert "begin earlier" in refused(*tried, "--rules", stricter, "--since", 10**6)
    assert "--last" in mistyped(*tried, "--rules", stricter, "--last", 0)
    assert "--moved" in mistyped(*tried, "--rules", stricter, "--moved", 2)


def test_before_anything_is_matched_there_is_nothing_to_compare(
    stricter: Path, tmp_path: Path
) -> None:
    unmatched = _home(tmp_path / "home")
    assert "sangkien match" in refused("model", "shadow", "--rules", stricter, "--data", unmatched)

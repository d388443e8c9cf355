"""Targets by command: set, split, checked, compared; and the how-to about it, typed as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from tests.journey.test_command_line import (
    FOUNDED,
    SAMPLE,
    done,
    head,
    mistyped,
    refused,
    sangkien,
)

HOW_TO: Final = SAMPLE.parents[1] / "docs" / "how-to" / "split-a-target.md"
PAPER: Final = ("--document", "09/PB", "--dated", "2022-06-01")
SPLIT: Final = ("target", "split", "tn", "--kind", "assigned", *PAPER)
TODAY: Final = ("--at", "2022-12-01T00:00:00+07:00", "--axis", "corrected")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The sample programme, in which nothing is declared yet."""
    home = tmp_path / "home"
    done("init", "--data", home, *FOUNDED)
    return home


def commands() -> list[list[str]]:
    """What the how-to has people type, in its order."""
    blocks = re.findall(r"^```\n(.*?)^```$", HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def test_every_command_of_the_how_to_is_carried_out_as_it_stands(home: Path) -> None:
    typed = commands()
    assert {tuple(words[1:3]) for words in typed} >= {
        ("target", "set"),
        ("target", "split"),
        ("target", "check"),
    }
    for name, *words in typed:
        assert name == "sangkien"
        before = head(home)
        answer = sangkien(*words, "--data", home, "--json")
        # The province was given more than what its districts have: that is what the check is for.
        wanted = 1 if words[:2] == ["target", "check"] and words[2:3] == ["tn"] else 0
        assert answer.code == wanted, (words, answer)
        records = words[0] in {"cohort", "target"} and not {"check", "--dry-run"} & set(words)
        assert (head(home) > before) is records, words
        if words[:2] == ["target", "split"]:
            shares = answer.json["shares"]
            assert sum(share["value"] for share in shares) == answer.json["target"]
        if words[0] != "cohort":  # Units come and go once.
            people = sangkien(*words, "--data", home)
            assert people.out, words


def test_a_target_is_set_once_and_says_what_it_was_resolved_from(home: Path) -> None:
    typed = ("target", "set", "tn", "--kind", "striving", "--percent", "12.5", "--of", "members")
    first = done(*typed, *PAPER, "--data", home, "--json").json
    # 12.5 % of 803 members are 100.375, and a percentage is rounded up.
    assert first == {"recorded": True, "unit": "tn", "target": 101, "counted_on": "2021-12-31"}
    assert done(*typed, *PAPER, "--data", home, "--json").json["recorded"] is False
    row = done(
        "board", "quota", "--unit", "tn", "--kind", "striving", "--data", home, "--json", *TODAY
    )
    assert [(r["target"], r["percentage"]["percent"]) for r in row.json["rows"]] == [(101, 12.5)]  # fmt: skip


def test_a_target_that_is_typed_wrongly_is_refused_in_words(home: Path) -> None:
    typed = ("target", "set", "tn", "--kind", "striving", *PAPER, "--data", home)
    assert "value" in refused(*typed)
    assert "value" in refused(*typed, "--value", 3, "--percent", 5, "--of", "members")
    assert refused(*typed, "--percent", "năm", "--of", "members")
    assert "no phase 9" in refused(*typed, "--value", 3, "--phase", "9")
    assert "not in the tree" in refused(
        "target", "set", "không-có", "--kind", "striving", "--value", 3, *PAPER, "--data", home
    )
    assert "--dated" in refused(
        "target", "set", "tn", "--kind", "assigned", "--value", 3, "--document", "1", "--dated",
        "tháng sáu", "--data", home,
    )  # fmt: skip
    mistyped("target", "set", "tn", "--kind", "ước mơ", *PAPER, "--data", home)


def test_a_split_that_is_rehearsed_records_nothing_and_says_what_it_would(home: Path) -> None:
    released = [word for unit in ("tn-dt", "tn-kcn", "tn-yt") for word in ("--release", unit)]
    before = head(home)
    typed = (*SPLIT, "--by", "registered", *released, "--data", home, "--json")
    rehearsed = done(*typed, "--dry-run").json
    assert head(home) == before
    # 42 over 12, 16 and 12 registered: 12.6, 16.8, 12.6.
    assert {s["unit"]: (s["before"], s["value"]) for s in rehearsed["shares"]} == {
        "tn-dt": (12, 13),
        "tn-kcn": (18, 17),
        "tn-yt": (12, 12),
    }
    assert rehearsed["recorded"] == 3
    real = done(*typed).json
    assert {**real, "dry_run": True} == rehearsed
    assert head(home) == before + 3
    assert done(*SPLIT, "--by", "registered", "--data", home, "--json").json["recorded"] == 0


def test_a_share_is_from_nothing_to_all(home: Path) -> None:
    for typed in (("finishers", "--near"), ("under", "--share")):
        for share in ("nan", "1.5", "-1"):
            mistyped("board", *typed, share, "--data", home)


def test_a_number_by_hand_is_a_child_and_a_number(home: Path) -> None:
    before = head(home)
    for wrong in ("tn-dt", "tn-dt=", "tn-dt=-3", "=3", "tn-dt=3.5"):
        assert "--keep" in refused(*SPLIT, "--keep", wrong, "--data", home)
    assert "directly below" in refused(*SPLIT, "--keep", "bk=3", "--data", home)
    assert head(home) == before


def test_a_sum_that_does_not_fit_is_shown_and_ends_with_one(home: Path) -> None:
    assert done("target", "check", "--data", home, "--json").json["ok"] is True
    done("target", "set", "tn", "--kind", "assigned", "--value", 60, *PAPER, "--data", home)
    answer = sangkien(
        "target", "check", "tn", "--kind", "assigned", "--data", home, "--json", *TODAY
    )
    assert answer.code == 1
    row = next(r for r in answer.json["rows"] if r["unit"] == "tn" and r["phase"] is None)
    assert (row["target"], row["children_sum"], row["remainder"], row["sum"]) == (60, 42, 18, "under")  # fmt: skip
    shown = sangkien("target", "check", "tn", "--data", home, *TODAY)
    assert (shown.code, "còn thiếu" in shown.out) == (1, True)


@pytest.mark.parametrize("board", ["margins", "finishers", "conflicts", "cohorts", "averages"])
def test_every_comparison_is_a_table_for_people_and_an_object_for_machines(
    home: Path, board: str
) -> None:
    found = done("board", board, "--data", home, "--json", *TODAY).json
    assert (found["programme"], found["axis"]) == ("1tr", "corrected")
    assert found["at"] == "2022-12-01T00:00:00+07:00"
    assert isinstance(found["rows"], list)
    assert done("board", board, "--data", home, *TODAY).out.strip()


def test_the_programme_file_again_takes_back_nothing_that_was_given_since(home: Path) -> None:
    done("target", "set", "tn", "--kind", "assigned", "--value", 60, *PAPER, "--data", home)
    released = [word for unit in ("tn-dt", "tn-kcn", "tn-yt") for word in ("--release", unit)]
    done(*SPLIT, *released, "--data", home)
    before = head(home)
    done("init", "--data", home, *FOUNDED)
    assert head(home) == before
    assert done(*SPLIT, "--data", home, "--json").json["recorded"] == 0


def test_conflicts_are_told_in_the_readers_language(home: Path) -> None:
    typed = ("board", "conflicts", "--unit", "tn", "--kind", "registered-below-orientation")
    vietnamese = done(*typed, "--data", home, *TODAY).out
    assert "thấp hơn định hướng" in vietnamese
    english = done(*typed, "--data", home, *TODAY, language="en").out
    assert "less than the orientation" in english


def test_long_lists_go_on_with_a_cursor(home: Path) -> None:
    asked = ("board", "cascade", "--data", home)
    whole = done(*asked, "--json").json
    assert (whole["count"], whole["next"]) == (len(whole["rows"]), None)
    first = done(*asked, "--limit", 1, "--json").json
    assert first["rows"] == whole["rows"][:1]
    rest = done(*asked, "--cursor", first["next"], "--json").json
    assert rest["rows"] == whole["rows"][1:]
    assert f"Còn nữa: --cursor {first['next']}" in done(*asked, "--limit", 1).out
    typed = ("board", "conflicts", "--data", home, "--limit", 1, *TODAY)
    found = done(*typed, "--json").json
    assert len(found["rows"]) == 1 < found["count"]
    assert "--cursor" in done(*typed).out
    assert "not given out here" in refused("board", "conflicts", "--cursor", "x", "--data", home)


def test_a_cohort_is_formed_joined_and_left_by_command(home: Path) -> None:
    day = ("--on", "2022-01-08")
    before = head(home)
    assert "--on" in mistyped("cohort", "form", "k1", "Khối một", "--unit", "tn", "--data", home)
    refused("cohort", "form", "k1", "Khối một", "--unit", "zz", *day, "--data", home)
    assert head(home) == before
    said = done("cohort", "form", "k1", "Khối một", "--unit", "tn", *day, "--data", home).out
    assert "k1: Khối một, 1 đơn vị" in said
    assert "Thêm đơn vị" not in said
    refused("cohort", "form", "k1", "Khối khác", "--data", home)
    done("cohort", "join", "k1", "bk", *day, "--data", home)
    refused("cohort", "join", "k1", "bk", *day, "--data", home)

    def members(*at: object) -> list[str]:
        board = done("board", "cohorts", "--cohort", "k1", "--data", home, "--json", *at).json
        (row,) = board["rows"]
        return sorted(m["unit"] if isinstance(m, dict) else m for m in row["members"])

    assert members() == ["bk", "tn"]
    done("cohort", "leave", "k1", "tn", "--on", "2022-06-01", "--data", home)
    assert members() == ["bk"]
    early = ("--axis", "corrected", "--at", "2022-03-01T00:00:00+07:00")
    assert members(*early) == ["bk", "tn"]
    assert head(home) == before + 4

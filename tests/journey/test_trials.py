"""The matcher put to the test from the command line: plant, import, match, evaluate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.dedup.disguises import DISGUISES
from services.dedup.planting import NEGATIVES
from tests.journey.test_command_line import SAMPLE, done, refused

TEXTS = SAMPLE / "declarations.jsonl"
FEW = ("--seed", 1, "--copies", 2, "--negatives", 3)


def _home(folder: Path, *, matched: bool) -> Path:
    done("plant", TEXTS, "--to", folder, *FEW)
    home = folder / "home"
    founded = ("--units", folder / "units.jsonl", "--programme", folder / "programme.json")
    done("init", "--data", home, *founded, "--simulated")
    done("import", folder / "declarations.jsonl", "--data", home, "--simulate-clock")
    if matched:
        done("match", "--data", home)
    return home


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was planted, and beside it a home in which it was matched."""
    path = tmp_path_factory.mktemp("planted")
    _home(path, matched=True)
    return path


def test_what_is_planted_is_told_by_kind(tmp_path: Path) -> None:
    answer = done("plant", TEXTS, "--to", tmp_path / "a", *FEW, "--json").json
    assert answer["kinds"] == dict.fromkeys(DISGUISES, 2) | dict.fromkeys(NEGATIVES, 3)
    declared = (tmp_path / "a" / "declarations.jsonl").read_bytes().splitlines()
    assert answer["declarations"] == len(declared)
    assert "chép nguyên văn" in done("plant", TEXTS, "--to", tmp_path / "b", *FEW).out


def test_an_evaluation_tells_recall_by_kind_and_draws_the_curve(folder: Path) -> None:
    picture = folder / "curve.svg"
    answer = done("evaluate", folder / "labels.jsonl", "--data", folder / "home", "--picture", picture, "--json").json  # fmt: skip
    kinds = {found["kind"]: found for found in answer["kinds"]}
    assert list(kinds) == [*DISGUISES, *NEGATIVES, "unlabelled"]
    assert kinds["exact"]["recall"] == kinds["no-diacritics"]["recall"] == 1.0
    assert 0.8 < answer["macro_recall"] <= 1.0
    assert answer["model"].startswith("sha256:")
    assert (answer["curve"][-1]["threshold"], answer["curve"][-1]["likeness"]) == (1.0, 1.0)
    assert [p["begins"] for p in answer["curve"] if p["begins"]] == ["similar", "near", "exact"]
    assert sum(found["count"] for found in answer["reliability"]["bins"]) == answer["flags"]
    assert 0 <= answer["reliability"]["error"] < 1
    assert picture.read_text("utf-8").startswith("<svg ")


def test_people_read_the_evaluation_as_tables(folder: Path) -> None:
    shown = done("evaluate", folder / "labels.jsonl", "--data", folder / "home").out
    assert "Theo loại" in shown
    assert "Điểm có đáng tin không" in shown
    assert "Độ phủ bình quân các loại" in shown


def test_pairs_that_people_judged_are_evaluated_too(folder: Path, tmp_path: Path) -> None:
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_bytes().splitlines()]
    exact = next(label for label in labels if label["kind"] == "exact")
    fresh = next(label for label in labels if label["kind"] == "fresh")
    pairs = [
        {"idea": exact["later"], "of": exact["earlier"], "same": True},
        {"idea": fresh["later"], "of": exact["earlier"], "same": False},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, pairs)), "utf-8")
    answer = done("evaluate", file, "--data", folder / "home", "--json").json
    assert answer["macro_recall"] == 1.0
    assert answer["false_flags_an_idea"] == 0.0


def test_what_is_not_matched_yet_is_not_judged(tmp_path: Path) -> None:
    home = _home(tmp_path, matched=False)
    assert "sangkien match" in refused("evaluate", tmp_path / "labels.jsonl", "--data", home)


def test_a_label_of_something_unknown_is_refused(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"later": "nobody", "kind": "fresh"}', "utf-8")
    assert "nobody" in refused("evaluate", file, "--data", folder / "home")


def test_too_few_texts_to_plant_in_are_refused(tmp_path: Path) -> None:
    words = refused("plant", TEXTS, "--to", tmp_path / "a", "--seed", 1)
    assert "too few" in words
    assert not (tmp_path / "a").exists()

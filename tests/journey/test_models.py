"""Models from the command line: fitted, listed and adopted, and what becomes of one that was fitted for other tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, Models
from services.dedup.variants import VERSION
from services.wiring import System
from shared.events.matching import ModelAdopted
from shared.settings import Settings
from tests.journey.test_command_line import SAMPLE, done, real, refused
from tests.places import BY
from tests.wordings import hashes
from tests.works import SOLUTIONS


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The sample, and nothing of it matched."""
    home = _founded(tmp_path / "home")
    _import(home)
    return home


def _founded(home: Path) -> Path:
    founded = ("--units", SAMPLE / "units.jsonl", "--programme", SAMPLE / "programme.json")
    done("init", "--data", home, *founded, "--simulated")
    return home


def _import(home: Path) -> None:
    done("import", SAMPLE / "declarations.jsonl", "--data", home, "--simulate-clock")


def _of_old(home: Path) -> str:
    """Keep a model that another version fitted."""
    full, bare, common, rare = Model.fit(hashes(SOLUTIONS)).weighed
    model = Model(full, bare, common=common, rare=rare, normaliser="0")
    with System(Settings(data=home)) as system:
        system.detector.models.keep(model)
    return model.id


def test_a_ledger_under_a_model_for_other_tables_is_matched_on_and_told_what_to_do(
    tmp_path: Path,
) -> None:
    home = _founded(tmp_path / "home")
    old = _of_old(home)
    with System(Settings(data=home)) as system:
        system.detector.adopt_first_model()
        adopted = system.ledger.load(Matching, matching_id()).next(
            ModelAdopted, by=BY, model=old, normaliser="0"
        )
        system.ledger.append(adopted)
    _import(home)
    # In a process of its own: there, what is logged goes to standard error.
    matched = real("match", "--data", home, "--json")
    assert matched.words.count("sangkien model adopt shipped") == 1
    assert matched.json["model"] == old
    assert matched.json["flags"] > 0
    flag = done("flags", "--data", home, "--jsonl").rows[0]
    assert flag["model"] == old
    done("explain", flag["idea"], flag["of"], "--data", home)
    found = done("doctor", "--data", home, "--json").json["model"]
    assert found["id"] == old
    assert f"tables 0; this version reads by {VERSION}" in found["finding"]
    assert "sangkien model adopt shipped" in found["finding"]

    assert Models.shipped().id in done("model", "adopt", "shipped", "--data", home).out
    found = done("doctor", "--data", home, "--json").json["model"]
    assert found == {
        "id": Models.shipped().id,
        "finding": f"reads by tables {VERSION}, as this version does",
    }


def test_a_model_for_other_tables_is_neither_adopted_nor_tried(home: Path) -> None:
    done("match", "--data", home)
    old = _of_old(home)
    assert "học theo bảng chuẩn hóa 0" in refused("model", "adopt", old, "--data", home)
    assert "tables 0" in refused("model", "shadow", old, "--data", home)


def test_models_are_listed_by_where_they_are(home: Path) -> None:
    (first,) = done("model", "list", "--data", home, "--json").json["models"]
    assert (first["shipped"], first["kept"], first["in_force"]) == (True, False, False)
    assert not (home / "models").exists()

    done("match", "--data", home)
    old = _of_old(home)
    (home / "models" / f"{'0' * 64}.npz").write_bytes(b"nothing")
    answer = done("model", "list", "--data", home, "--json").json
    assert answer["read_by"] == VERSION
    listed = {row.pop("model"): row for row in answer["models"]}
    at_hand = {"normaliser": VERSION, "shipped": True, "kept": True, "in_force": True}
    assert listed[Models.shipped().id] == {**at_hand, "problem": None}
    assert (listed[old]["normaliser"], listed[old]["in_force"]) == ("0", False)
    assert "is damaged" in listed[f"sha256:{'0' * 64}"]["problem"]
    shown = done("model", "list", "--data", home).out
    assert f"{old}  bảng 0, giữ cạnh sổ" in shown


def test_fitting_tells_of_how_many_texts_and_what_comes_next(home: Path) -> None:
    told = done("model", "fit", "--data", home)
    model = told.out.strip()
    assert f"sangkien model shadow {model}" in told.err
    answer = done("model", "fit", "--data", home, "--json").json
    declared = len((SAMPLE / "declarations.jsonl").read_bytes().splitlines())
    assert answer == {"model": model, "normaliser": VERSION, "texts": declared}
    assert f"Học từ {declared} văn bản" in told.words


def test_whoever_adopts_a_fitted_model_hears_that_scores_were_calibrated_on_another(
    home: Path,
) -> None:
    model = done("model", "fit", "--data", home).out.strip()
    assert "rules calibrate" in done("model", "adopt", model, "--data", home).out
    assert "rules calibrate" not in done("model", "adopt", "shipped", "--data", home).out

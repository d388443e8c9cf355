"""An operator's evening: a backup, a restore elsewhere, a drill, and what is said where something is not right."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.journey.test_command_line import FOUNDED, SAMPLE, done, sangkien

ROWS = (SAMPLE / "declarations.jsonl").read_bytes().splitlines()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A founded programme with the first ideas of the sample."""
    data = tmp_path / "home"
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b"\n".join(ROWS[:9]))
    done("init", "--data", data, *FOUNDED)
    done("import", rows, "--data", data)
    return data


def test_an_operator_backs_up_restores_and_drills(home: Path, tmp_path: Path) -> None:
    kept, keys, other = (tmp_path / name for name in ("kept", "keys", "other"))
    said = done("backup", kept, "--vault", keys, "--data", home)
    assert "Đã sao lưu đến số thứ tự" in said.out
    assert "chuyển" not in said.out
    said = done("restore", kept, "--vault", keys, "--data", other)
    assert "khớp dấu vân tay" in said.out
    assert "sangkien verify" in said.out
    assert done("digest", "--data", other).out == done("digest", "--data", home).out
    said = done("drill", "--data", home)
    assert said.out.startswith("Khớp: đến số thứ tự")
    assert "boards" in said.out
    assert not (keys / "vault.db").stat().st_mode & 0o077
    assert not (other / "vault.db").stat().st_mode & 0o077


def test_keys_that_are_kept_beside_the_ledger_are_to_be_moved(home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert "Hãy chuyển" in done("backup", kept, "--data", home).out
    assert done("restore", kept, "--data", tmp_path / "other", "--json").json["erased_again"] == 0
    (kept / "vault" / "vault.db").rename(tmp_path / "vault.db")
    refused = sangkien("restore", kept, "--data", tmp_path / "third")
    assert refused.code == 1
    assert "bị hỏng (vault.db" in refused.words
    assert not (tmp_path / "third").exists()


def test_a_backup_that_lacks_the_model_in_force_says_so_and_what_to_do(
    home: Path, tmp_path: Path
) -> None:
    whole = done("backup", tmp_path / "before", "--data", home, "--json")
    assert (whole.json["lacking_model"], whole.err) == (None, "")
    model = done("model", "fit", "--data", home).out.strip()
    done("model", "adopt", model, "--data", home)
    whole = done("backup", tmp_path / "whole", "--data", home, "--json")
    assert (whole.json["lacking_model"], whole.err) == (None, "")

    file = home / "models" / f"{model.removeprefix('sha256:')}.npz"
    away = file.rename(tmp_path / file.name)
    said = done("backup", tmp_path / "lacking", "--data", home, "--json")
    assert said.json["lacking_model"] == model
    assert f"thiếu mô hình đang dùng ({model})" in said.words
    assert "lacks the model in force" in said.words
    assert "sangkien model adopt shipped" in said.words
    # What was kept is whole all the same.
    done("restore", tmp_path / "lacking", "--data", tmp_path / "other")

    file.write_bytes(away.read_bytes()[:-9])
    assert done("backup", tmp_path / "damaged", "--data", home, "--json").json["lacking_model"]


def test_what_is_asked_of_the_wrong_place_is_said_with_what_to_do(
    home: Path, tmp_path: Path
) -> None:
    nowhere = sangkien("backup", tmp_path / "kept", "--data", tmp_path / "nowhere")
    assert nowhere.code == 1
    assert "There is no store at" in nowhere.words
    assert not (tmp_path / "kept").exists()
    over = sangkien("backup", home, "--data", home)
    assert over.code == 1
    assert "hãy chọn nơi khác" in over.words
    empty = sangkien("restore", tmp_path, "--data", tmp_path / "other")
    assert empty.code == 1
    assert "không chứa bản sao lưu trọn vẹn" in empty.words


def test_a_drill_over_boards_that_lack_an_idea_says_so_and_ends_with_1(
    home: Path, tmp_path: Path
) -> None:
    done("verify", "--data", home)
    missed = tmp_path / "missed.jsonl"
    missed.write_bytes(ROWS[9])
    done("import", missed, "--data", home)
    with closing(sqlite3.connect(home / "views.db")) as views:
        head = done("doctor", "--data", home, "--json").json["head"]
        views.execute("UPDATE checkpoints SET position = ?", (head,))
        views.commit()
    said = sangkien("drill", "--data", home)
    assert said.code == 1
    assert said.out.startswith("KHÔNG KHỚP")
    assert "Khác nhau đầu tiên ở boards" in said.out.splitlines()[-1]

"""What is said beside an answer, on standard error: how far long work has come, and what the system had to do meanwhile."""

from __future__ import annotations

import logging
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from numba import config, njit
from numba.core import event
from rich.console import Console

from services.cli import terminal
from services.dedup import snapshot
from shared.compiled import Compiling
from tests.journey.test_command_line import FOUNDED, SAMPLE, done, refused, sangkien

TEXTS = SAMPLE / "declarations.jsonl"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """A terminal as standard error."""
    shown = StringIO()
    monkeypatch.setattr(terminal, "err", Console(file=shown, force_terminal=True, width=120))
    return shown


def _home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    done("init", "--data", home, *FOUNDED, "--simulated")
    done("import", TEXTS, "--data", home, "--simulate-clock")
    return home


def test_who_asks_for_json_sees_how_far_matching_has_come(tmp_path: Path, screen: StringIO) -> None:
    home = _home(tmp_path)
    assert done("match", "--data", home, "--json").json["ideas"] > 0
    assert "đối chiếu" in screen.getvalue()
    assert "lập hồ sơ" in screen.getvalue()


def test_planting_evaluating_and_calibrating_show_how_far_they_have_come(
    tmp_path: Path, screen: StringIO
) -> None:
    folder, home = tmp_path / "planted", tmp_path / "home"
    done("plant", TEXTS, "--to", folder, "--seed", 1, "--copies", 1, "--negatives", 1, "--json")
    assert "gieo" in screen.getvalue()
    founded = ("--units", folder / "units.jsonl", "--programme", folder / "programme.json")
    done("init", "--data", home, *founded, "--simulated")
    done("import", folder / "declarations.jsonl", "--data", home, "--simulate-clock")
    done("match", "--data", home)
    done("evaluate", folder / "labels.jsonl", "--data", home, "--json")
    assert "đánh giá" in screen.getvalue()
    assert sangkien("rules", "calibrate", "--dry-run", "--data", home, "--json").code == 1
    assert "đọc kết luận" in screen.getvalue()


def test_a_file_as_standard_error_holds_no_bars(tmp_path: Path) -> None:
    assert sangkien("match", "--data", _home(tmp_path), "--json").err.count("lập hồ sơ") == 0


def test_a_snapshot_that_does_not_fit_is_told_of_with_the_reason_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "FEWEST", 1)
    home = _home(tmp_path)
    done("match", "--data", home)
    (home / "matcher" / "snapshot.npz").write_bytes(b"")
    more = tmp_path / "more.jsonl"
    more.write_text(TEXTS.read_text("utf-8").splitlines()[0].replace("sk-001", "sk-x"), "utf-8")
    done("import", more, "--data", home, "--simulate-clock")
    answer = sangkien("match", "--data", home, "--json")
    assert answer.json["ideas"] == 1
    told = [line for line in answer.err.splitlines() if "bản lưu" in line or "snapshot" in line]
    assert len(told) == 2
    assert told[0].startswith("Không dùng được bản lưu của bộ đối chiếu, vì: ")
    assert told[1].startswith("The matcher's snapshot does not fit and is ignored: ")
    reasons = [line.split(": ", 1)[1].split(". ")[0] for line in told]
    assert reasons[0] == reasons[1] != ""


def test_what_is_logged_is_said_only_while_a_command_runs(tmp_path: Path) -> None:
    before = logging.getLogger().handlers[:]
    refused("flags", "--data", tmp_path / "nowhere")
    assert logging.getLogger().handlers == before


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")  # type: ignore[attr-defined]
def test_that_the_compiler_has_work_to_do_is_said_once_and_never_when_it_has_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Compiling something here is work too, of which the process itself may still have to tell.
    njit(lambda n: n)(np.int64(1))
    caplog.clear()
    one, other = njit(lambda n: n + 1), njit(lambda n: n + 2)
    with event.install_listener("numba:compile", Compiling()):
        assert one(np.int64(1)) + other(np.int64(1)) == 5
    assert [vars(record)["code"] for record in caplog.records] == ["compiling"]
    with event.install_listener("numba:compile", Compiling()):
        one(np.int64(2))
    assert len(caplog.records) == 1

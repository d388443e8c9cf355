"""`sangkien bench` starts what is measured, and says what can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli import bench
from services.cli.bench import Benchmark
from tests.journey.test_command_line import done, mistyped, real, refused

ROOT = Path(__file__).parents[2]


def test_every_benchmark_is_a_module_that_runs() -> None:
    for name in Benchmark:
        module = ROOT / "benchmarks" / f"{name}.py"
        assert 'if __name__ == "__main__":' in module.read_text("utf-8"), name


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    said = mistyped("bench", "nothing")
    assert all(name in said for name in Benchmark)


def test_what_follows_the_name_is_for_the_benchmark() -> None:
    answer = done("bench", "exactness", "--help")
    assert "--texts" in answer.out


def test_the_matcher_is_measured_among_a_few_as_among_a_million(tmp_path: Path) -> None:
    few = ("--declarations", "500", "--peers", "0", "--material", tmp_path / "none")
    measured = real("bench", "match", *few).json["sizes"]["500"]["ours"]
    assert measured["matched_per_second"] > 0
    assert measured["flags"] > 0


def test_an_option_that_the_benchmark_does_not_know_is_wrong_usage() -> None:
    answer = real("bench", "exactness", "--rowz", "3")
    assert answer.code == 2
    assert answer.out == ""
    assert "--rowz" in answer.err


def test_without_the_benchmarks_it_says_where_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    assert "checkout" in refused("bench", "match")

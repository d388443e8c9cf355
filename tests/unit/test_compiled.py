"""What was compiled is used again only where nothing that went into it has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.compiled import _kept_in


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[], str]:
    """Where functions are kept of a package that stands in another one."""
    package = tmp_path / "views" / "wholesale"
    package.mkdir(parents=True)

    def find() -> str:
        _kept_in.cache_clear()
        found = _kept_in(package)
        _kept_in.cache_clear()
        return found

    return find


@pytest.mark.parametrize("changed", ["views/wholesale/row.py", "views/standing.py"])
def test_a_constant_that_stands_in_another_file_has_everything_compiled_anew(
    tmp_path: Path, kept: Callable[[], str], changed: str
) -> None:
    file = tmp_path / changed
    file.write_text("COLUMN = 3\n")
    before = kept()
    assert kept() == before
    file.write_text("COLUMN = 5\n")
    assert kept() != before


def test_what_stands_elsewhere_changes_nothing(tmp_path: Path, kept: Callable[[], str]) -> None:
    before = kept()
    (tmp_path / "boards.py").write_text("COLUMN = 3\n")
    assert kept() == before

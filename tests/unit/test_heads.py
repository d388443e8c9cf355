"""Heads of tables: whoever reads English is shown English ones, of every table that is shown in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from services import cli
from services.cli.heads import ENGLISH, head

COMMANDS = sorted(Path(cli.__file__).parent.glob("*.py"))
SAME = {"", "%"}
"""What is the same in both languages."""


def literals(of: ast.AST) -> Iterator[str]:
    for node in ast.walk(of):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def heads() -> Iterator[str]:
    """What is written as a head of a table that is given the reader's figures, and so his language."""
    for path in COMMANDS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "terminal.table"
                and len(node.args) == len(("title", "columns", "rows", "figures"))
            ):
                yield from literals(node.args[1])


def test_every_head_that_a_command_writes_has_its_english() -> None:
    found = set(heads())
    assert len(found) > len(ENGLISH) / 2
    assert found - SAME <= set(ENGLISH)


def test_no_english_is_kept_for_a_head_that_no_command_writes() -> None:
    written = {
        text
        for path in COMMANDS
        if path.stem != "heads"
        for text in literals(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert set(ENGLISH) <= written


def test_a_head_is_said_in_the_readers_language_and_a_name_is_the_same_in_both() -> None:
    assert head("hạng", "vi") == "hạng"
    assert head("hạng", "en") == "rank"
    assert head("LĐLĐ tỉnh Bắc Kạn", "en") == "LĐLĐ tỉnh Bắc Kạn"

"""The documents say what the code says: the reference is complete and fresh, examples run, links and paths lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.wiring import System
from shared.events.register import EVENTS
from shared.settings import Settings
from tools.reference import HOME as REFERENCE
from tools.reference import METHODS, commands, pages

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:services|shared|tests|tools|docs|deploy|benchmarks)/[\w./-]+)`")
CEILING = 320
"""About 300: what comes near has a second noun inside, which moves to a file of its own."""
BANISHED = re.compile(r"(.*_)?(utils?|helpers?|managers?|services?|base|common|misc)")
EXAMPLES = {"services/projections/boards/sectors.py", "tests/unit/test_sectors.py"}
"""Files that a how-to has its reader write."""


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(document: Path, language: str) -> Iterator[str]:
    """The blocks of a document in one language."""
    for found in BLOCK.finditer(document.read_text("utf-8")):
        if found[1] == language:
            yield found[2]


# The reference.


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize(
    "name",
    ["events.md", "settings.md", "commands.md", "endpoints.md", "openapi.json", "asyncapi.yaml"],
)
def test_the_reference_is_what_the_code_says_now(name: str, written: dict[str, str]) -> None:
    assert (REFERENCE / name).read_text("utf-8") == written[name], (
        "Run: make reference, and commit it."
    )


def test_every_event_is_in_the_reference() -> None:
    text = (REFERENCE / "events.md").read_text("utf-8")
    assert [topic for topic in EVENTS if f"## `{topic}`" not in text] == []


def test_every_setting_is_in_the_reference_with_its_meaning() -> None:
    text = (REFERENCE / "settings.md").read_text("utf-8")
    for name in Settings.model_fields:
        assert re.search(
            rf"^\| `SANGKIEN_{name.upper()}` \|.*\| \S.*\.? \|$", text, re.MULTILINE
        ), name


def test_every_command_is_in_the_reference() -> None:
    text = (REFERENCE / "commands.md").read_text("utf-8")
    assert [name for name, _ in commands() if f"## sangkien {name}\n" not in text] == []


def test_every_endpoint_is_in_the_reference(tmp_path: Path) -> None:
    from services.serving import ROOMS, Serving

    text = (REFERENCE / "endpoints.md").read_text("utf-8")
    with System(Settings(data=tmp_path)) as system:
        paths = Serving(system, ROOMS).app.openapi()["paths"]
    routes = [f"{method.upper()} {path}" for path in paths for method in paths[path] if method in METHODS]  # fmt: skip
    assert [route for route in routes if f"| `{route}` |" not in text] == []


# Examples.


def test_every_python_block_runs(tmp_path: Path) -> None:
    """Each document's blocks are one module, in a process of its own; lines keep their numbers."""
    told = []
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        lines = [""] * (text.count("\n") + 1)
        for found in BLOCK.finditer(text):
            if found[1] == "python":
                begin = text.count("\n", 0, found.start()) + 1
                for n, line in enumerate(found[2].splitlines(), begin):
                    lines[n] = "" if line.startswith("from __future__") else line
        if any(lines):
            lines[0] = "from __future__ import annotations"
            name = re.sub(r"\W", "_", named(document).removesuffix(".md"))
            (tmp_path / f"test_{name}.py").write_text("\n".join(lines) + "\n", "utf-8")
            told.append(named(document))
    assert len(told) > 5, told
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--rootdir={ROOT}"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *options,
            "-c",
            str(ROOT / "pyproject.toml"),
            str(tmp_path),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("SANGKIEN_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_change_is_shown_against_is_in_the_file() -> None:
    """In a diff, all lines but the added ones stand in the file that it names."""
    for document in DOCUMENTS:
        for block in blocks(document, "diff"):
            first, *rest = block.splitlines()
            assert first.startswith("--- "), f"{named(document)}: name the file"
            file = ROOT / first.removeprefix("--- ")
            there = set(file.read_text("utf-8").splitlines())
            missing = [line for line in rest if line[:1] in {" ", "-"} and line[1:] not in there]
            assert not missing, f"{named(document)}: {named(file)} has no longer {missing}"


# Links and paths.


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    prose = BLOCK.sub("", document.read_text("utf-8"))
    for target in LINK.findall(prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), f"{named(document)} → {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in map(slug, headings), f"{named(document)} → {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_paths_that_are_named_exist(document: Path) -> None:
    prose = BLOCK.sub("", document.read_text("utf-8"))
    missing = {path for path in PATH.findall(prose) if not (ROOT / path).exists()} - EXAMPLES
    assert not missing


def test_a_decision_is_in_the_index() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    for record in sorted(ROOT.glob("docs/decisions/0*.md")):
        title = record.read_text("utf-8").splitlines()[0].removeprefix("# ").split(". ", 1)
        assert f"| [{title[0]}]({record.name}) | {title[1]} |" in index
        assert record.name.startswith(f"{int(title[0]):04}-")


# The shape of the code.


def modules() -> list[Path]:
    return sorted(
        path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")
    )


def test_no_module_is_longer_than_the_ceiling() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in modules()}
    too_long = {name: length for name, length in lengths.items() if length > CEILING}
    assert too_long == {}


def test_a_module_is_named_by_a_noun_of_the_glossary_not_by_a_shelf() -> None:
    assert [named(path) for path in modules() if BANISHED.fullmatch(path.stem)] == []

"""Who may import whom: the contracts of pyproject.toml hold, and each of them catches what it forbids."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "tool"
]["importlinter"]["contracts"]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter over the packages of a folder that has a pyproject.toml."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def modules_of(contract: dict[str, Any]) -> list[str]:
    """Every module that a contract names as ours, layers of several taken apart; those of a container by their whole names."""
    within = "".join(f"{container}." for container in contract.get("containers", ()))
    named = [*contract.get("layers", ()), *contract.get("source_modules", ())]
    named += [m for m in contract.get("modules", ()) if isinstance(m, str)]
    return [
        within + module.strip("() ")
        for line in named
        for module in line.replace(":", "|").split("|")
    ]


def violation_of(contract: dict[str, Any]) -> tuple[str, str]:
    """A module of ours, and what it must not import."""
    if contract["type"] == "layers":
        return modules_of(contract)[-1], modules_of(contract)[0]
    return modules_of(contract)[-1], contract["forbidden_modules"][0]


def skeleton(root: Path) -> None:
    """Empty modules by the names in the contracts, under the same contracts."""
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    ours = {module for contract in CONTRACTS for module in modules_of(contract)}
    ours |= {
        module
        for contract in CONTRACTS
        for module in contract.get("forbidden_modules", ())
        if module.split(".")[0] in {"services", "shared"}
    }
    for module in sorted(ours):
        file_of(root, module).touch()


def file_of(root: Path, module: str) -> Path:
    """Where a module stands; a package where the real one is a package, or where others stand in it."""
    folder = root
    parts = module.split(".")
    for part in parts[:-1]:
        folder /= part
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    if not ROOT.joinpath(*parts).is_dir():
        return folder / f"{parts[-1]}.py"
    (folder / parts[-1]).mkdir(exist_ok=True)
    return folder / parts[-1] / "__init__.py"


def test_every_import_keeps_the_contracts() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_the_linter_is_content_with_modules_that_import_nothing(tmp_path: Path) -> None:
    skeleton(tmp_path)
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("contract", CONTRACTS, ids=[c["name"] for c in CONTRACTS])
def test_a_forbidden_import_is_caught(contract: dict[str, Any], tmp_path: Path) -> None:
    skeleton(tmp_path)
    importer, forbidden = violation_of(contract)
    file_of(tmp_path, importer).write_text(f"import {forbidden}\n", "utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{contract['name']} BROKEN" in done.stdout


def test_a_room_that_imports_another_is_caught(tmp_path: Path) -> None:
    skeleton(tmp_path)
    file_of(tmp_path, "services.intake").write_text("import services.dedup\n", "utf-8")
    assert "BROKEN" in lint(tmp_path).stdout


# What a contract that lists its modules may overlook: a new one.

KNOWN_TO = {
    "eventsourcing": {f"shared/ledger/{n}.py" for n in ("encoding", "postgres", "postgres_reader", "recorder", "sqlite", "stamp", "store")},
    "kafka": {"shared/ledger/kafka/*"},
    "pydantic_settings": {"shared/settings.py"},
    "cryptography": {"shared/vault.py", "shared/sealing.py"},
    "typer": {"services/cli/*"},
    "uvicorn": {"services/serving.py"},
    "sklearn": {"services/dedup/*"},
    "numba": {"shared/compiled.py"},
    "rapidfuzz": {"services/dedup/*"},
}  # fmt: skip


def imports() -> list[tuple[str, str]]:
    """Every import of the product: the file's path from the root, and the module."""
    found = []
    for package in ("services", "shared"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
                else:
                    continue
                found += [(path.relative_to(ROOT).as_posix(), name) for name in names]
    return found


@pytest.mark.parametrize("library", KNOWN_TO)
def test_a_library_is_known_where_it_belongs_and_nowhere_else(library: str) -> None:
    importers = {path for path, name in imports() if name.split(".")[0] == library}
    strangers = {
        path for path in importers if not any(fnmatch(path, place) for place in KNOWN_TO[library])
    }
    assert importers
    assert not strangers


def test_a_room_opens_its_doors_to_whoever_serves_and_to_nobody_else() -> None:
    openers = {
        path
        for path, name in imports()
        if re.fullmatch(r"services\.(intake|dedup|projections)\.(\w+_)?api", name)
    }
    assert openers == {"services/serving.py"}


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for package in ("services", "shared")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b|\benviron\b", path.read_text("utf-8"))
    }
    assert not readers - {"shared/settings.py"}


MEASURE = """
import importlib, sys
modules, _, names = sys.argv[1].partition(";")
sys.modules |= dict.fromkeys(modules.split())
for name in names.split():
    importlib.import_module(name)
"""


def test_the_benchmarks_run_with_what_people_have_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]["dev"]
    for_developers = {re.split(r"[^\w-]", name)[0].lower() for name in listed}
    modules = [
        module
        for module, brought in packages_distributions().items()
        if {name.lower() for name in brought} <= for_developers
    ]
    assert {"pytest", "httpx2"} <= set(modules)
    names = [f"benchmarks.{path.stem}" for path in ROOT.joinpath("benchmarks").glob("[!_]*.py")]
    assert len(names) > 10
    asked = f"{' '.join(modules)};{' '.join(names)}"
    subprocess.run([sys.executable, "-c", MEASURE, asked], cwd=ROOT, check=True)

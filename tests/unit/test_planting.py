"""What is planted stands where labels say, and the same seed plants the same everywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from services.dedup.disguises import DISGUISES, PARAGRAPHS, Text
from services.dedup.planting import NEGATIVES, Planted, plant, read_texts, write
from shared.declaration import Declaration
from shared.errors import Invalid
from tests.works import SOLUTIONS

COPIES, EACH = 3, 4
TEXTS: Final = [
    Text(
        title=f"Cải tiến số {n} và {m}",
        solution=f"{one} Lớp {n} có {m + 2} học sinh của trường Hoa Lan.\n{other}",
    )
    for n, one in enumerate(SOLUTIONS)
    for m, other in enumerate(SOLUTIONS[:4])
    if n != m
]

Rows = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(TEXTS, seed=5, copies=COPIES, negatives=EACH)


@pytest.fixture(scope="module")
def rows(planted: Planted) -> Rows:
    return {str(row["external_id"]): dict(row) for row in planted.declarations}


def test_every_kind_is_planted_as_often_as_asked(planted: Planted) -> None:
    assert planted.counts == dict.fromkeys(DISGUISES, COPIES) | dict.fromkeys(NEGATIVES, EACH)


def test_every_row_is_a_declaration(planted: Planted) -> None:
    for row in planted.declarations:
        Declaration.model_validate_json(json.dumps(row))


def test_a_copy_is_filed_after_what_it_copies(planted: Planted, rows: Rows) -> None:
    order = list(rows)
    assert [rows[name]["filed_at"] for name in order] == sorted(r["filed_at"] for r in rows.values())  # fmt: skip
    copies = [label for label in planted.labels if "earlier" in label]
    assert len(copies) == COPIES * len(DISGUISES)
    for label in copies:
        assert order.index(str(label["earlier"])) < order.index(str(label["later"]))


def test_some_copies_stay_in_their_unit_and_some_do_not(planted: Planted, rows: Rows) -> None:
    stays = {
        rows[str(label["later"])]["unit"] == rows[str(label["earlier"])]["unit"]
        for label in planted.labels
        if "earlier" in label
    }
    assert stays == {True, False}


def test_what_copies_nothing_is_of_texts_that_nobody_else_declares(
    planted: Planted, rows: Rows
) -> None:
    labelled = {str(label["later"]): label["kind"] for label in planted.labels}
    base = {row["solution"] for name, row in rows.items() if name not in labelled}
    for name, kind in labelled.items():
        if kind in {"fresh", "same-title"}:
            assert rows[name]["solution"] not in base


def test_a_namesake_comes_after_the_title_it_bears(planted: Planted, rows: Rows) -> None:
    order = list(rows)
    for label in planted.labels:
        if label["kind"] == "same-title":
            at = order.index(str(label["later"]))
            title = rows[order[at]]["title"]
            assert title in {rows[name]["title"] for name in order[:at]}


def test_standard_paragraphs_are_15_to_65_percent_of_a_template_heavy_text() -> None:
    many = plant(TEXTS, seed=9, copies=0, negatives=12)
    heavy = {label["later"] for label in many.labels if label["kind"] == "template-heavy"}
    shares = []
    for row in many.declarations:
        if row["external_id"] in heavy:
            said = str(row["solution"])
            own = said
            for paragraph in PARAGRAPHS:
                own = own.replace(paragraph, "")
            shares.append(1 - len(own.split()) / len(said.split()))
    assert len(shares) == 12
    assert min(shares) > 0.1
    assert max(shares) < 0.7
    assert max(shares) - min(shares) > 0.2


def test_another_seed_plants_otherwise(planted: Planted) -> None:
    assert plant(TEXTS, seed=6, copies=COPIES, negatives=EACH) != planted


PLANTING: Final = """
import sys
from pathlib import Path
from tests.unit.test_planting import TEXTS
from services.dedup.planting import plant, write
write(plant(TEXTS, seed=5, copies=3, negatives=4), Path(sys.argv[1]))
"""


def test_the_same_seed_plants_the_same_bytes_whatever_the_process(
    tmp_path: Path, planted: Planted
) -> None:
    write(planted, tmp_path / "here")
    for hash_seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", PLANTING, str(tmp_path / hash_seed)],
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
    for name in ("units.jsonl", "programme.json", "declarations.jsonl", "labels.jsonl"):
        assert (
            (tmp_path / "here" / name).read_bytes()
            == (tmp_path / "1" / name).read_bytes()
            == (tmp_path / "2" / name).read_bytes()
        )


def test_no_more_originals_than_asked_are_declared() -> None:
    few = plant(TEXTS, seed=5, copies=2, negatives=1, originals=7)
    assert len(few.declarations) == 7 + 2 * len(DISGUISES) + len(NEGATIVES)


def test_too_few_texts_are_refused_with_what_to_do() -> None:
    with pytest.raises(Invalid, match="--copies and --negatives"):
        plant(TEXTS[:10], seed=1, copies=5, negatives=5)


def test_texts_are_read_whatever_else_stands_in_their_rows() -> None:
    rows_ = [b'{"title": "A", "solution": "B", "unit": "x"}', b"", b'{"title": "C", "situation_before": "D", "solution": "E"}']  # fmt: skip
    assert read_texts(rows_) == [
        Text(title="A", solution="B"),
        Text(title="C", situation_before="D", solution="E"),
    ]


def test_a_row_that_is_no_text_is_named() -> None:
    with pytest.raises(Invalid, match="Line 2: solution"):
        read_texts([b'{"title": "A", "solution": "B"}', b'{"title": "A"}'])

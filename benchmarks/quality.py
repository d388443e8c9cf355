"""What is found of planted copies, and what is wrongly suspected, on documents that nothing was fitted on.

    python -m benchmarks.quality [--material ../shared/data] [--seeds 101 102]

Of the material's documents the half is taken that was held back from the shipped model and calibration; without the folder, so
many texts walked over the sample's sentences. Copies of every kind are planted in 5,000 of them, 100 of each; then the
commands of any user: init, import, match, evaluate. The rules are those that are shipped.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.home import machine, sangkien
from benchmarks.walks import Walks, real_sentences
from tools.ship_calibration import documents

COPIES = 100
ORIGINALS = 5_000
NEGATIVE = ("fresh", "template-heavy", "same-title")


def texts(material: Path) -> Iterator[dict[str, str]]:
    """The texts to plant in."""
    if material.exists():
        for document in documents(material, held_back=True):
            yield dict(document.text)
    else:
        for text in Walks(real_sentences(None), seed=1).texts(3 * ORIGINALS):
            yield {"title": text.title, "situation_before": "", "solution": text.solution}


def measured(file: Path, home: Path, seed: int) -> dict[str, object]:
    """What `evaluate` says about one planted set."""
    planted, data = home / "planted", home / "data"
    sangkien(
        "plant", file, "--to", planted, "--seed", seed, "--copies", COPIES, "--originals", ORIGINALS
    )
    units, programme = planted / "units.jsonl", planted / "programme.json"
    sangkien("init", "--data", data, "--units", units, "--programme", programme, "--simulated")
    sangkien("import", planted / "declarations.jsonl", "--data", data, "--simulate-clock")
    sangkien("match", "--data", data)
    return sangkien("evaluate", planted / "labels.jsonl", "--data", data)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102])
    asked = parser.parse_args()
    sets, recalls, false = {}, [], []
    for seed in asked.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch)
            file = home / "texts.jsonl"
            with file.open("w", encoding="utf-8") as lines:
                for text in texts(asked.material):
                    lines.write(json.dumps(text, ensure_ascii=False) + "\n")
            found = measured(file, home, seed)
        kinds = found["kinds"]
        assert isinstance(kinds, list)
        recalls.append(float(str(found["macro_recall"])))
        false.append(float(str(found["false_flags_an_idea"])))
        sets[seed] = {
            "macro_recall": recalls[-1],
            "false_flags_an_idea": false[-1],
            "recall": {kind["kind"]: kind["recall"] for kind in kinds if kind["pairs"]},
            "false": {
                kind["kind"]: kind["false_flags_an_idea"]
                for kind in kinds
                if kind["kind"] in NEGATIVE
            },
        }
        sys.stderr.write(f"{seed}: {json.dumps(sets[seed])}\n")
    answer = {
        "name": "quality",
        "machine": machine(),
        "unit": "macro recall",
        "ours": min(recalls),
        "peers": {},
        "ratio": {},
        "false_flags_an_idea": max(false),
        "sets": sets,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()

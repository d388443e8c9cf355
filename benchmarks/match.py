"""The matcher at 100,000, 300,000 and a million declarations, beside what users could take instead.

python -m benchmarks.match [--declarations 100000 300000 1000000] [--material FOLDER] [--peers 2000] [--home DIR]

For each size a ledger is made of walks over real sentences (`walks`; the material folder's where it is there) and measured
in a process of its own, in the configuration that is shipped: reading all texts again, matching the last declarations
through the ledger, single checks, looking for candidates alone. Then the peers, in another process, under the same model
and least cosine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import log
from pathlib import Path

from benchmarks.home import machine, sangkien
from benchmarks.texts import programme_file, units_file
from benchmarks.walks import Walks, real_sentences
from services.dedup.matching import Matching
from services.dedup.model import Models
from services.wiring import System
from shared.declaration import Content, SealedAuthor
from shared.events.idea import IdeaDeclared
from shared.settings import Settings
from shared.vocabulary import WorkerKind

MATCHED = 10_000
"""So many of the last declarations are matched while the clock runs (half, of a few); all before them were read again."""
APPENDED = 2_000
UNITS = 50
SMALL = 2 * APPENDED


def made(home: Path, many: int, material: Path | None) -> Path:
    """A ledger with so many declarations, all but the last of which count as matched."""
    model = Models.shipped()
    data = home / f"data-{many}-{model.id[-8:]}"
    if data.exists():
        return data
    draft = home / f"draft-{many}"
    shutil.rmtree(draft, ignore_errors=True)
    sangkien(
        "init", "--data", draft, "--units", units_file(home), "--programme", programme_file(home)
    )
    filed = datetime(2022, 3, 1, tzinfo=UTC)
    with System(Settings(data=draft)) as system:
        by = system.operator("bench")
        system.ledger.append(*Matching.begin(model.id, normaliser=model.normaliser, by=by))
        author = SealedAuthor(
            person=system.ledger.new_id(),
            sealed_name="",
            share_percent="100",
            holds_post=False,
            worker_kind=WorkerKind.DIRECT,
        )
        texts = Walks(real_sentences(material), seed=many).texts(many)
        number = 0
        while batch := list(islice(texts, APPENDED)):
            events = []
            for text in batch:
                events.append(
                    IdeaDeclared(
                        originator_id=system.ledger.new_id(),
                        originator_version=1,
                        by=by,
                        sender="bench",
                        external_id=f"d{number:07d}",
                        programme="1tr",
                        unit=f"p01-01-{1 + number * 7 % UNITS:03d}",
                        filed_at=filed + timedelta(seconds=number),
                        priority=filed + timedelta(seconds=number),
                        content_hash="",
                        authors=(author,),
                        content=Content(title=text.title, solution=text.solution),
                    )
                )
                number += 1
            positions = system.ledger.append(*events)
            left = number - (many - min(MATCHED, many // 2))
            if 0 <= left < len(positions):
                system.ledger.append(follower="dedup", handled=positions[-1 - left])
    return draft.rename(data)


def child(*words: object) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)], stdout=subprocess.PIPE, text=True, check=True
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--declarations", type=int, nargs="+", default=[100_000, 300_000, 1_000_000]
    )
    parser.add_argument("--material", type=Path, default=Path("../shared/data"))
    parser.add_argument("--peers", type=int, default=2_000, help="queries that each peer is asked")
    parser.add_argument("--home", type=Path, help="where ledgers are kept for the next run")
    asked = parser.parse_args()
    material = asked.material if asked.material.exists() else None
    with tempfile.TemporaryDirectory() as scratch:
        home = asked.home or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        sizes = {}
        for many in asked.declarations:
            data = made(home, many, material)
            # What is measured writes, and the next run is to find the ledger as it was.
            work, small = Path(scratch) / "work", Path(scratch) / "small"
            shutil.copytree(data, work)
            shutil.copytree(made(home, SMALL, material), small)
            ours = child("benchmarks.match_ours", work, small, *([material] if material else []))
            shutil.rmtree(work)
            shutil.rmtree(small)
            peers = child("benchmarks.match_peers", data, asked.peers) if asked.peers else {}
            sizes[many] = {"ours": ours, "peers": peers}
            sys.stderr.write(f"{many}: {json.dumps(sizes[many])}\n")
    largest = sizes[max(sizes)]
    answer = {
        "name": "match",
        "machine": machine(),
        "unit": "declarations/s",
        "ours": largest["ours"]["matched_per_second"],
        "peers": {
            name: rate
            for name, rate in largest["peers"].items()
            if name.endswith(("_per_second", "_recall"))
        },
        "ratio": _ratios(largest["ours"], largest["peers"]),
        "growth_exponent": _exponent({n: size["ours"] for n, size in sizes.items()}),
        "sizes": sizes,
    }
    sys.stdout.write(json.dumps(answer) + "\n")


def _ratios(ours: dict[str, float], peers: dict[str, float]) -> dict[str, float]:
    """How many times as fast candidates are found, each beside a peer that uses as many cores and finds the same.

    What finds other pairs, or not all of them, is no measure; its rates and its recall stand among the peers.
    """
    fair = {
        "sparse_dot_topn_per_second": "candidates_per_second_one_core",
        "sparse_dot_topn_2_threads_per_second": "candidates_per_second",
        "scipy_per_second": "candidates_per_second_one_core",
    }
    return {
        peer: round(ours[mine] / peers[peer], 1) for peer, mine in fair.items() if peer in peers
    }


def _exponent(sizes: dict[int, dict[str, float]]) -> float | None:
    """With which power of the size a search among all declarations takes longer, from the smallest to the largest."""
    few, many = min(sizes), max(sizes)
    if few == many:
        return None
    slower = (
        sizes[few]["candidates_per_second_one_core"] / sizes[many]["candidates_per_second_one_core"]
    )
    return round(log(slower) / log(many / few), 2)


if __name__ == "__main__":
    main()

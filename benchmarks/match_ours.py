"""What the matcher does over a ledger whose last declarations are not matched yet; see `match`.

python -m benchmarks.match_ours DATA SMALL [MATERIAL]

SMALL is such a ledger with a few thousand declarations, matched before anything is measured.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.scatter import scatter
from benchmarks.walks import Walks, real_sentences
from services.dedup import index as indexing
from services.dedup.detect import Detector
from services.wiring import System
from shared.settings import Settings

CHECKS = 1_000
LOOKED_FOR = 512


def resident() -> float:
    """The memory of this process in GB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e9


def main() -> None:
    material = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    _warm(Path(sys.argv[2]))
    with System(Settings(data=Path(sys.argv[1]))) as system:
        reading = Detector(system.ledger, system.directory, system.detector.models)
        answer: dict[str, float] = {}
        began = time.perf_counter()
        reading.prepare(lambda: False)
        answer["reread_seconds"] = time.perf_counter() - began
        answer["resident_gb"] = resident()
        answer |= _kept(system, reading)
        # Of two memories that are the same one is enough.
        del reading
        detector = system.detector
        began = time.perf_counter()
        detector.prepare(lambda: False)
        answer["snapshot_reload_seconds"] = time.perf_counter() - began
        head = system.ledger.head()
        waiting = head - detector.position()
        began = time.perf_counter()
        detector.match()
        seconds = time.perf_counter() - began
        answer["matched_per_second"] = waiting / seconds
        answer["flags"] = system.ledger.head() - head
        texts = [text.solution for text in Walks(real_sentences(material), 7).texts(CHECKS)]
        alone = []
        for text in texts:
            began = time.perf_counter()
            detector.check(
                title="", solution=text, situation="", unit="p01-01-001", programme="1tr", most=5
            )
            alone.append((time.perf_counter() - began) * 1000)
        answer["check_ms_p50"] = statistics.median(alone)
        answer["check_ms_p99"] = float(np.quantile(alone, 0.99))
        matcher = detector._matcher
        found, _ = matcher._in_force()
        last = min(LOOKED_FOR, len(found))
        solutions = matcher._archive.shelf.solutions(len(found) - last, len(found))
        for name, threads in (("candidates_per_second_one_core", 1), ("candidates_per_second", 2)):
            indexing._THREADS = threads
            rounds = []
            for _ in range(5):
                began = time.perf_counter()
                found.find(solutions, len(found))
                rounds.append(time.perf_counter() - began)
            answer[name] = last / statistics.median(rounds)
        prepared = found.prepare(solutions, len(found))
        limit = scatter(prepared, tuple(found._segments))
        # Among a few thousand nothing is sealed, and no list is walked.
        if limit.postings:
            answer["postings_a_search"] = limit.postings
            answer["additions_per_second"] = limit.additions_per_second
            alone_per_second = limit.additions_per_second / limit.postings
            answer["share_of_scatter_limit"] = (
                answer["candidates_per_second_one_core"] / alone_per_second
            )
        answer["resident_gb_at_the_end"] = resident()
        answer["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(json.dumps({name: round(value, 3) for name, value in answer.items()}) + "\n")


def _kept(system: System, reading: Detector) -> dict[str, float]:
    """What it costs to keep as a snapshot what was read."""
    snapshots, matcher = system.snapshots, reading._matcher
    began = time.perf_counter()
    draft = snapshots.write(matcher, reading.position())
    assert draft is not None
    draft.settle()
    seconds = time.perf_counter() - began
    assert snapshots.path is not None
    size = snapshots.path.stat().st_size
    return {
        "snapshot_written_seconds": seconds,
        "snapshot_bytes_per_document": size / len(matcher),
    }


def _warm(small: Path) -> None:
    """Have everything compiled and loaded that a matcher calls, which is done once a machine and once a process."""
    with System(Settings(data=small)) as system:
        system.detector.match()
        system.detector.check(
            title="", solution="một hai", situation="", unit="p01-01-001", programme="1tr", most=5
        )


if __name__ == "__main__":
    main()

"""What the matcher does over a ledger whose last declarations are not matched yet; see `match`.

python -m benchmarks.match_ours DATA [MATERIAL]
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
from services.dedup.archive import Archive
from services.dedup.detect import Detector
from services.dedup.index import Index
from services.dedup.model import Models
from services.wiring import System
from shared.settings import Settings
from shared.vocabulary import MatchingRules

CHECKS = 1_000
LOOKED_FOR = 512


def resident() -> float:
    """The memory of this process in GB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e9


def main() -> None:
    material = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with System(Settings(data=Path(sys.argv[1]))) as system:
        reading = Detector(system.ledger, system.directory, system.detector.models)
        # The compiler's work is done once a machine; a check on an empty memory has it done now.
        _warm()
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
        solutions = matcher._archive.shelf.solutions(len(found) - LOOKED_FOR, len(found))
        for name, threads in (("candidates_per_second_one_core", 1), ("candidates_per_second", 2)):
            indexing._THREADS = threads
            rounds = []
            for _ in range(5):
                began = time.perf_counter()
                found.find(solutions, len(found))
                rounds.append(time.perf_counter() - began)
            answer[name] = LOOKED_FOR / statistics.median(rounds)
        prepared = found.prepare(solutions, len(found))
        limit = scatter(prepared, tuple(found._segments))
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


def _warm() -> None:
    """Have the compiler do its work, which is done once a machine."""
    rules = MatchingRules()
    archive = Archive(rules.standard_units)
    index = Index(
        Models.shipped(),
        archive,
        cosine=rules.candidate_cosine,
        containment=rules.candidate_containment,
    )
    texts = archive.lexicon.read(["một hai", "ba bốn"])
    index.find(texts, 0)


if __name__ == "__main__":
    main()

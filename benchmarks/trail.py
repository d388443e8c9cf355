"""Milliseconds until all events of one unit and everything below it are told, beside reading every event for them.

python -m benchmarks.trail --data DIR [--units 20]

DIR is a home that holds a history, as `sangkien simulate --scenario seeds --data DIR` writes one. The units are of the
upper level, spread over the tree; each is asked for twice, and the second time counts.
"""

import argparse
import json
import statistics
import time
from itertools import islice
from pathlib import Path

from benchmarks.home import machine
from services.projections.history.trail import trail, units_of
from services.wiring import System
from shared.settings import Settings
from shared.vocabulary import Level


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a home with a history")
    parser.add_argument("--units", type=int, default=20, help="how many units are asked for")
    asked = parser.parse_args()
    with System(Settings(data=asked.data)) as system:
        system.catch_up_views()
        ledger, directory = system.ledger, system.directory
        tree = directory.tree()
        upper = [unit.code for unit in tree.at_level(Level.UPPER)]
        chosen = list(islice(upper, 0, None, max(1, len(upper) // asked.units)))
        seconds: list[float] = []
        told = 0
        for again in range(2):
            for unit in chosen:
                began = time.perf_counter()
                count = sum(1 for _ in trail(ledger, directory, system.views, unit=unit))
                if again:
                    seconds.append(time.perf_counter() - began)
                    told += count
        began, after = time.perf_counter(), 0
        while page := ledger.read(after):
            sum(
                any(tree.inside(code, chosen[0]) for code in units_of(recorded, tree))
                for recorded in page
            )
            after = page[-1].position
        scan = time.perf_counter() - began
    ours = statistics.median(seconds)
    print(
        json.dumps(
            {
                "name": "trail",
                "machine": machine(),
                "ours": round(1000 * ours, 1),
                "unit": "ms",
                "peers": {"reading every event": round(1000 * scan, 1)},
                "ratio": {"reading every event": round(scan / ours, 1)},
                "events": after,
                "told": told,
                "units": len(chosen),
            }
        )
    )


if __name__ == "__main__":
    main()

"""Events a second when all views are built anew from the ledger, writing included.

python -m benchmarks.rebuild [--input DIR] [--rows 20000] [--rounds 3]
"""

from pathlib import Path

from benchmarks.home import Input, loaded, measured, sangkien


def run(source: Input, data: Path) -> float:
    if not data.exists():
        loaded(source, data)
        sangkien("match", "--data", data)
    sangkien("rebuild", "--data", data)
    answer = sangkien("rebuild", "--data", data)
    return float(str(answer["events"])) / float(str(answer["seconds"]))


if __name__ == "__main__":
    measured("rebuild", "events/s", __doc__, run)

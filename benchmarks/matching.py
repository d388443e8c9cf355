"""Declarations matched a second against everything before them, flags and cases on record.

python -m benchmarks.matching [--input DIR] [--rows 20000] [--rounds 3]
"""

from pathlib import Path

from benchmarks.home import Input, loaded, measured, sangkien


def run(source: Input, data: Path) -> float:
    loaded(source, data)
    return source.rows / float(str(sangkien("match", "--data", data)["seconds"]))


if __name__ == "__main__":
    measured("matching", "declarations/s", __doc__, run)

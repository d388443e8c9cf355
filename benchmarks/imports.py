"""Declarations imported a second, end to end from a JSON-lines file into the ledger, names sealed, on disk.

python -m benchmarks.imports [--input DIR] [--rows 20000] [--rounds 3]
"""

from pathlib import Path

from benchmarks.home import Input, loaded, measured


def run(source: Input, data: Path) -> float:
    return source.rows / loaded(source, data)


if __name__ == "__main__":
    measured("imports", "declarations/s", __doc__, run)

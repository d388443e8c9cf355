"""The score card: what each fault did to the system, in the counts of the run that a JUnit file reports.

A test of a fault says its counts with `record_property("R1", "40 servers killed, 1,203 receipts, 0 lost, 0 twice")`.

python -m tests.fault.card .faults.xml
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from xml.etree import ElementTree as ET

FAULTS = {
    "R1": "kill -9 of intake",
    "R2": "kill -9 of any process on the whole path",
    "R3": "acknowledgement only after fsync",
    "R4": "disk full",
    "R5": "duplicates, reordering, the whole topic twice",
    "R6": "broker stopped, network cut, half-open connections",
    "R7": "poison messages",
    "R8": "eight writers and a live tail",
    "R9": "live = rebuild = as-of(now)",
    "R11": "clock two hours ahead and behind",
    "R12": "restore drill",
    "R13": "random commands beside a plain model",
    "R14": "SIGTERM under load",
}


def rows(report: ET.Element) -> Iterator[tuple[str, str, str, bool]]:
    """Each fault that was made: its number, name, counts, and whether the test passed."""
    said: dict[str, list[tuple[str, bool]]] = {}
    for case in report.iter("testcase"):
        passed = _passed(case)
        for noted in case.iter("property"):
            said.setdefault(noted.attrib["name"], []).append((noted.attrib["value"], passed))
    for number, fault in FAULTS.items():
        for counts, passed in said.get(number, [("not run", False)]):
            yield number, fault, counts, passed


def failed(report: ET.Element) -> list[str]:
    """The tests that failed: most say their counts in the end, which they did not come to."""
    return [
        f"{case.attrib['classname']}.{case.attrib['name']}"
        for case in report.iter("testcase")
        if not _passed(case)
    ]


def _passed(case: ET.Element) -> bool:
    return case.find("failure") is None and case.find("error") is None


def main(report: str) -> int:
    """Print the card as a table, and what failed; answers 1 where a fault was not survived or not made."""
    told = ET.parse(report).getroot()
    found, broken = list(rows(told)), failed(told)
    print("| | fault | counted in this run | held |\n|---|---|---|---|")
    for number, fault, counts, passed in found:
        print(f"| {number} | {fault} | {counts} | {'yes' if passed else 'NO'} |")
    for name in broken:
        print(f"FAILED: {name}")
    return 1 if broken or not all(passed for *_, passed in found) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

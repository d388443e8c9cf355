"""Anchors: how many ideas each unit had at dated instants, and the order and hours in which they came in between.

The shipped table states, for the units that a published figure pins down and for every other first-level unit, the
count at each instant. Published counts stand in it as published; the rest was filled in so that the published sums,
ranks and shares come out. Between two instants the history is invented: it follows working hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from shared.vocabulary import HOME

LANDS: Final = "="
"""Before an instant of the table: the last idea until then comes at that very second."""

GOLDEN: Final = 0.618033988749895
HOUR: Final = timedelta(hours=1)
AT_WORK: Final = frozenset({7, 8, 9, 10, 13, 14, 15, 16})
IN_THE_EVENING: Final = frozenset({19, 20, 21})
WEEKEND: Final = 5

Seconds = npt.NDArray[np.int64]


class Stretch(NamedTuple):
    """From one anchor to the next: how many ideas each unit hands in, and with which pace it begins and ends."""

    begins: datetime
    ends: datetime
    counts: Mapping[str, int]
    lands: bool
    pace: tuple[float, float] = (1.0, 1.0)

    @property
    def total(self) -> int:
        """How many ideas come in all."""
        return sum(self.counts.values())


class Anchors(NamedTuple):
    """The table: the instants in order, and the cumulative counts of each unit at them."""

    instants: tuple[datetime, ...]
    counts: Mapping[str, tuple[int, ...]]
    landing: frozenset[datetime]

    def stretches(self) -> list[Stretch]:
        """What comes between the anchors; the pace passes from one stretch into the next without a jump."""
        plain = [
            Stretch(
                begins,
                ends,
                {unit: row[at + 1] - row[at] for unit, row in self.counts.items()},
                ends in self.landing,
            )
            for at, (begins, ends) in enumerate(zip(self.instants, self.instants[1:], strict=False))
        ]
        paces = [max(s.total, 1) / (s.ends - s.begins).total_seconds() for s in plain]
        edges = [
            paces[0],
            *(sqrt(a * b) for a, b in pairwise(paces)),
            paces[-1],
        ]
        return [s._replace(pace=(edges[at], edges[at + 1])) for at, s in enumerate(plain)]


def seed_anchors() -> Anchors:
    """The table behind the scenario of the published figures."""
    text = files("services.simulation").joinpath("seed_data/counts.tsv").read_text("utf-8")
    return anchors(text.splitlines())


def anchors(lines: Sequence[str]) -> Anchors:
    """A table of tab-separated lines: the instants first, then each unit's counts. Raises ValueError."""
    heading = lines[0].split("\t")[1:]
    instants = tuple(datetime.fromisoformat(cell.removeprefix(LANDS)) for cell in heading)
    counts = {}
    for line in lines[1:]:
        unit, *cells = line.split("\t")
        row = counts[unit] = tuple(map(int, cells))
        if len(row) != len(instants) or list(row) != sorted(row):
            raise ValueError(f"{unit}: one count an instant is needed, and none may fall: {row}")
    landing = frozenset(
        instant for cell, instant in zip(heading, instants, strict=True) if cell.startswith(LANDS)
    )
    return Anchors(instants, counts, landing)


def comings(stretch: Stretch) -> Iterator[tuple[datetime, str]]:
    """When each idea of a stretch comes, and for which unit: in order of time, after its beginning, before its end."""
    units = [unit for unit, count in stretch.counts.items() if count]
    if not units:
        return
    # Every unit spreads its ideas evenly over those of all; shifted against each other, so that they do not queue up.
    turns = np.concatenate(
        [
            (np.arange(stretch.counts[unit]) + (at * GOLDEN) % 1) / stretch.counts[unit]
            for at, unit in enumerate(units)
        ]
    )
    owners = np.repeat(np.arange(len(units)), [stretch.counts[unit] for unit in units])
    order = np.argsort(turns, kind="stable")
    instants = _seconds(stretch)
    begins = stretch.begins
    for second, owner in zip(instants.tolist(), owners[order].tolist(), strict=True):
        yield begins + timedelta(seconds=second), units[owner]


def _seconds(stretch: Stretch) -> Seconds:
    """The whole seconds after the beginning at which the ideas of a stretch come."""
    length = int((stretch.ends - stretch.begins).total_seconds())
    edges, weights = _hours(stretch, length)
    passed = np.concatenate([[0.0], np.cumsum(weights)])
    # The ideas divide the weight evenly: in the middle of each one's share it comes.
    shares = (np.arange(stretch.total) + 0.5) / stretch.total * passed[-1]
    came = np.interp(shares, passed, edges).astype(np.int64)
    # At the anchors themselves the counts of the table stand.
    seconds: Seconds = np.clip(came, 1, length - 1)
    if stretch.lands:
        seconds[-1] = length
    return seconds


def _hours(
    stretch: Stretch, length: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The hours of a stretch, as seconds since its beginning, and how much comes in each."""
    home = stretch.begins.astimezone(HOME)
    hour = home.replace(minute=0, second=0, microsecond=0)
    first, last = stretch.pace
    edges, weights = [0.0], []
    while edges[-1] < length:
        ends = min((hour + HOUR - home).total_seconds(), float(length))
        along = (edges[-1] + ends) / 2 / length
        pace = first + (last - first) * along
        weights.append(_bustle(hour) * pace * (ends - edges[-1]))
        edges.append(ends)
        hour += HOUR
    return np.array(edges), np.array(weights)


def _bustle(hour: datetime) -> float:
    """How busy an hour is beside the others: offices by day, some homes in the evening, next to nothing at night."""
    busy = 10.0 if hour.hour in AT_WORK else 3.0 if hour.hour in IN_THE_EVENING else 0.3
    return busy * 0.35 if hour.weekday() >= WEEKEND else busy

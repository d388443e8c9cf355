"""Counters, histograms and gauges in the Prometheus text format; each follower's lag is read when asked, never guessed."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final


class Counter:
    """A number that only rises, by label values."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}
        self._lock = threading.Lock()
        KEPT.append(self)

    def inc(self, *values: str, by: float = 1) -> None:
        """Add to the count of these label values."""
        with self._lock:
            self._values[values] = self._values.get(values, 0.0) + by

    def lines(self) -> list[str]:
        """The counter as text."""
        with self._lock:
            items = sorted(self._values.items())
        return [
            f"# HELP {self.name} {self.meaning}",
            f"# TYPE {self.name} counter",
            *(
                f"{self.name}{_labels(dict(zip(self.labels, v, strict=True)))} {_number(n)}"
                for v, n in items
            ),
        ]


class Histogram:
    """How often something took how long, by label values: how many took no longer than each bound, and all together."""

    def __init__(self, name: str, meaning: str, bounds: Sequence[float], *labels: str) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self._bounds = list(bounds)
        self._taken: dict[tuple[str, ...], list[float]] = {}
        self._lock = threading.Lock()
        KEPT.append(self)

    def observe(self, seconds: float, *values: str) -> None:
        """Count what took so long under these label values."""
        at = bisect_left(self._bounds, seconds)
        with self._lock:
            taken = self._taken.get(values)
            if taken is None:
                # One for each bound, one for what took longer, and the sum.
                taken = self._taken[values] = [0.0] * (len(self._bounds) + 2)
            taken[at] += 1
            taken[-1] += seconds

    def lines(self) -> list[str]:
        """The histogram as text."""
        with self._lock:
            items = sorted((values, list(taken)) for values, taken in self._taken.items())
        lines = [f"# HELP {self.name} {self.meaning}", f"# TYPE {self.name} histogram"]
        bounds = [*map(_number, self._bounds), "+Inf"]
        for values, taken in items:
            of = dict(zip(self.labels, values, strict=True))
            counts = list(accumulate(taken[:-1]))
            lines += [
                f"{self.name}_bucket{_labels({**of, 'le': bound})} {_number(count)}"
                for bound, count in zip(bounds, counts, strict=True)
            ]
            lines += [
                f"{self.name}_sum{_labels(of)} {_number(taken[-1])}",
                f"{self.name}_count{_labels(of)} {_number(counts[-1])}",
            ]
        return lines


KEPT: Final[list[Counter | Histogram]] = []

REQUESTS: Final = Counter(
    "sangkien_http_requests_total", "Requests answered.", "method", "route", "status"
)
REQUEST_SECONDS: Final = Histogram(
    "sangkien_http_request_seconds",
    "Time spent answering.",
    (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    "method",
    "route",
)
REQUESTS_LIMITED: Final = Counter(
    "sangkien_http_requests_limited_total", "Requests refused for being too many."
)


def text(gauges: Mapping[str, tuple[str, Callable[[], Mapping[str, float]], str]]) -> str:
    """All counters and histograms, and gauges as name → (meaning, a function from label value to number, the label's name)."""
    lines = [line for kept in KEPT for line in kept.lines()]
    for name, (meaning, read, label) in gauges.items():
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
        lines += [
            f"{name}{_labels({label: k} if label else {})} {_number(v)}"
            for k, v in sorted(read().items())
        ]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    # Six digits, which `g` gives, would name an instant to the hour, and a million ideas to the ten.
    return f"{value:.15g}"


def _labels(pairs: Mapping[str, str]) -> str:
    if not pairs:
        return ""
    return "{" + ",".join(f'{k}="{v}"' for k, v in pairs.items()) + "}"

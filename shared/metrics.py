"""Counters and gauges in the Prometheus text format; each follower's lag is read when asked, never guessed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final


class Counter:
    """A number that only rises, by label values."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}
        self._lock = threading.Lock()
        COUNTERS.append(self)

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


COUNTERS: Final[list[Counter]] = []

REQUESTS: Final = Counter(
    "sangkien_http_requests_total", "Requests answered.", "method", "route", "status"
)
REQUEST_SECONDS: Final = Counter(
    "sangkien_http_request_seconds_total", "Time spent answering.", "method", "route"
)
REQUESTS_LIMITED: Final = Counter(
    "sangkien_http_requests_limited_total", "Requests refused for being too many."
)


def text(gauges: Mapping[str, tuple[str, Callable[[], Mapping[str, float]], str]]) -> str:
    """All counters, and gauges as name → (meaning, a function from label value to number, the label's name)."""
    lines = [line for counter in COUNTERS for line in counter.lines()]
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

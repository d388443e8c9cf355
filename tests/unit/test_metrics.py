"""What is counted for whoever watches: a histogram says how many took no longer than each bound, and all together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared import metrics
from shared.metrics import Histogram


@pytest.fixture
def waits() -> Iterator[Histogram]:
    found = Histogram("waits", "How long.", (0.1, 1, 10), "method", "route")
    yield found
    metrics.KEPT.remove(found)


def test_what_took_just_as_long_as_a_bound_is_counted_below_it(waits: Histogram) -> None:
    for seconds in (0.1, 0.25, 1, 11):
        waits.observe(seconds, "GET", "/ideas/{idea}")
    waits.observe(0.5, "POST", "/ideas")
    said = metrics.text({}).splitlines()
    at = said.index("# HELP waits How long.")
    assert said[at : at + 14] == [
        "# HELP waits How long.",
        "# TYPE waits histogram",
        'waits_bucket{method="GET",route="/ideas/{idea}",le="0.1"} 1',
        'waits_bucket{method="GET",route="/ideas/{idea}",le="1"} 3',
        'waits_bucket{method="GET",route="/ideas/{idea}",le="10"} 3',
        'waits_bucket{method="GET",route="/ideas/{idea}",le="+Inf"} 4',
        'waits_sum{method="GET",route="/ideas/{idea}"} 12.35',
        'waits_count{method="GET",route="/ideas/{idea}"} 4',
        'waits_bucket{method="POST",route="/ideas",le="0.1"} 0',
        'waits_bucket{method="POST",route="/ideas",le="1"} 1',
        'waits_bucket{method="POST",route="/ideas",le="10"} 1',
        'waits_bucket{method="POST",route="/ideas",le="+Inf"} 1',
        'waits_sum{method="POST",route="/ideas"} 0.5',
        'waits_count{method="POST",route="/ideas"} 1',
    ]

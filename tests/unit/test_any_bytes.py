from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.records import json_lines
from tests.places import (
    NEIGHBOUR,
    UNIT,
    Place,
    line,
    small_programme,
    take,
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path) as found:
        yield found


GOOD_LINES = st.builds(
    lambda number, title, unit: line(external_id=f"LD-{number}", title=title, unit=unit),
    st.integers(0, 30),
    st.sampled_from(["Một", "Hai", ""]),
    st.sampled_from([UNIT, NEIGHBOUR, "p01", "nowhere"]),
)


def damaged(good: bytes, place: int, bytes_: bytes) -> bytes:
    place %= len(good)
    return good[:place] + bytes_ + good[place + len(bytes_) :]


LINES = st.one_of(
    GOOD_LINES,
    st.builds(damaged, GOOD_LINES, st.integers(0, 10_000), st.binary(max_size=6)),
    st.binary(max_size=60),
    st.sampled_from([b"", b" ", b"\r", b"{}", b'{"title": NaN}', b'{"authors": [[]]}']),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(sent=st.lists(LINES, max_size=12))
def test_whatever_stands_in_a_file_every_line_is_accounted_for_once(
    place: Place, sent: list[bytes]
) -> None:
    content = b"\n".join(sent)
    expected = [n for n, one in enumerate(content.split(b"\n"), 1) if one.strip()]

    read = list(json_lines(BytesIO(content), "en"))
    report = take(place, read)

    numbers = [row.number for row in read]
    # A byte-order mark alone is no line of its own.
    assert set(numbers) <= set(expected)
    assert len(expected) - len(numbers) == (content.split(b"\n")[0].strip() == b"\xef\xbb\xbf")
    assert report.read == len(numbers)
    assert report.accepted + report.replayed + report.rejected == report.read
    assert all(bool(row.faults) == (row.declaration is None) for row in read)
    assert len({fault.row for fault in report.errors}) == report.rejected
    assert max(Counter(numbers).values(), default=1) == 1

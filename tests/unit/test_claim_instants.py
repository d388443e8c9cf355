"""When a published figure is meant to hold, as files of figures write it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projections.claims.instants import LEAST, NotAPeriod, period
from shared.vocabulary import HOME

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
REMARKS = st.text(st.characters(exclude_characters="()", exclude_categories=["C"]), max_size=30)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("2022-04-20T08:00:00+07:00", "2022-04-20T08:00:00", "2022-04-20T08:00:00"),
        ("2022-10-03T15:34+07:00", "2022-10-03T15:34:00", "2022-10-03T15:34:00"),
        ("2022-04-20T01:00:00Z", "2022-04-20T08:00:00", "2022-04-20T08:00:00"),
        ("2022-04-20 08:00", "2022-04-20T08:00:00", "2022-04-20T08:00:00"),
        ("2022-05-31T24:00+07:00", "2022-05-31T23:59:59.999999", "2022-05-31T23:59:59.999999"),
        ("2022-05-31", "2022-05-31T00:00:00", "2022-05-31T23:59:59.999999"),
        (
            "2022-05-31 (phase 1 end; stated later)",
            "2022-05-31T00:00:00",
            "2022-05-31T23:59:59.999999",
        ),
        ("2022-10 (day not known)", "2022-10-01T00:00:00", "2022-10-31T23:59:59.999999"),
        ("20/4/2022", "2022-04-20T00:00:00", "2022-04-20T23:59:59.999999"),
        ("Ngày 20-04-2022", "2022-04-20T00:00:00", "2022-04-20T23:59:59.999999"),
        ("8h00 ngày 20/4/2022", "2022-04-20T08:00:00", "2022-04-20T08:00:00"),
        ("15 giờ 34 phút, ngày 3/10/2022", "2022-10-03T15:34:00", "2022-10-03T15:34:00"),
        ("24h ngày 31/5/2022", "2022-05-31T23:59:59.999999", "2022-05-31T23:59:59.999999"),
        ("tháng 2/2024", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
        ("năm 2021", "2021-01-01T00:00:00", "2021-12-31T23:59:59.999999"),
        ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
        ("2021", "2021-01-01T00:00:00", "2021-12-31T23:59:59.999999"),
        ("2021-12/2023-09", "2021-12-01T00:00:00", "2023-09-30T23:59:59.999999"),
        ("2022-05-01 / 2022-05-31T24:00", "2022-05-01T00:00:00", "2022-05-31T23:59:59.999999"),
    ],
)
def test_every_way_of_writing_a_time_is_understood(said: str, first: str, last: str) -> None:
    found = period(said)
    assert found is not None
    assert [t.astimezone(HOME).replace(tzinfo=None) for t in found] == [
        datetime.fromisoformat(first),
        datetime.fromisoformat(last),
    ]


@pytest.mark.parametrize(
    "said", [None, "", "  ", "article date (not stated)", "ngày đăng bài", "Hiện nay"]
)
def test_words_without_a_date_name_no_time(said: str | None) -> None:
    assert period(said) is None


@pytest.mark.parametrize(
    "said",
    ["đầu năm", "garbage", "hôm qua", "32/5/2022", "8h ngày 31/2/2022", "25h 1/1/2022", "2022-13", "2022-02-30", "20/04", "2022-05-31T25:00", "2023/2022", "khoảng 2022", "1/2/3", "0000"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_not_guessed(said: str) -> None:
    with pytest.raises(NotAPeriod, match="no time of a figure"):
        period(said)


@given(DAYS, REMARKS)
def test_a_day_has_all_its_instants_at_home_and_no_others(day: date, remark: str) -> None:
    found = period(f"{day.isoformat()} ({remark})")
    assert found is not None
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=HOME)
    assert noon in found
    assert found.last + LEAST - found.first == timedelta(days=1)
    assert found.first.astimezone(HOME).date() == found.last.astimezone(HOME).date() == day


@given(st.integers(-(10**9), 4 * 10**9), st.integers(0, 999_999))
def test_an_instant_is_itself_whatever_its_offset(second: int, micros: int) -> None:
    instant = datetime.fromtimestamp(second, UTC).replace(microsecond=micros)
    for zone in (UTC, HOME):
        found = period(instant.astimezone(zone).isoformat())
        assert found is not None
        assert found.first == found.last == instant


@given(DAYS, DAYS)
def test_a_span_begins_with_its_first_and_ends_with_its_last_day(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = period(f"{first}/{last}")
    begins, ends = period(str(first)), period(str(last))
    assert found is not None
    assert begins is not None
    assert ends is not None
    assert (found.first, found.last) == (begins.first, ends.last)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none_or_refused(said: str) -> None:
    try:
        found = period(said)
    except NotAPeriod:
        return
    assert found is None or found.first <= found.last

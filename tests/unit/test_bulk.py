from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.bulk import Report, fingerprint
from services.intake.records import Row, json_lines
from services.intake.sheet import rows
from shared.events import IdeaDeclared
from tests.places import (
    NEIGHBOUR,
    NOW,
    UNIT,
    Place,
    author,
    counts,
    ideas,
    line,
    lines,
    record,
    small_programme,
    take,
)
from tests.sheets import table, write_csv, write_workbook


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path) as found:
        yield found


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path, simulated=True) as found:
        yield found


def lines(*sent: bytes) -> Iterator[Row]:
    return json_lines(BytesIO(b"\n".join(sent)), "en")


def ideas(place: Place) -> list[tuple[datetime, IdeaDeclared]]:
    facts = place.ledger.read(0, limit=10_000, topics=[IdeaDeclared.TOPIC])
    return [(r.recorded, r.event) for r in facts if isinstance(r.event, IdeaDeclared)]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.read, report.accepted, report.replayed, report.rejected


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.field, fault.code) for fault in report.errors]


# What becomes of a good file.


def test_every_good_row_is_recorded_in_the_order_of_the_file(place: Place) -> None:
    report = take(place, lines(*(line(external_id=f"LD-{n}") for n in range(2500))))

    assert counts(report) == (2500, 2500, 0, 0)
    assert [idea.external_id for _, idea in ideas(place)] == [f"LD-{n}" for n in range(2500)]


def test_importing_a_file_again_changes_nothing(place: Place) -> None:
    sent = [line(external_id=f"LD-{n}", title=f"Sáng kiến {n}") for n in range(20)]
    take(place, lines(*sent))
    head = place.ledger.head()

    again = take(place, lines(*sent))

    assert counts(again) == (20, 0, 20, 0)
    assert place.ledger.head() == head


def test_a_file_that_was_cut_short_is_taken_up_where_it_broke_off(place: Place) -> None:
    sent = [line(external_id=f"LD-{n}") for n in range(10)]
    take(place, lines(*sent[:6]))

    assert counts(take(place, lines(*sent))) == (10, 4, 6, 0)


def test_the_same_record_spelled_otherwise_is_still_the_same(place: Place) -> None:
    take(place, lines(line(authors=[author(share_percent=100)], situation_before="")))
    spelled = record(authors=[author(share_percent=100.0, holds_post=False)])
    backwards = json.dumps(dict(reversed(spelled.items()))).encode()

    again = take(place, lines(backwards, line(filed_at="2022-05-04T01:00:00Z")))

    assert counts(again) == (2, 0, 2, 0)


def test_one_id_with_other_content_is_a_conflict_and_the_first_stands(place: Place) -> None:
    report = take(place, lines(line(title="Một"), line(title="Hai"), line(title="Một")))

    assert counts(report) == (3, 1, 1, 1)
    assert faults(report) == [(2, "external_id", "conflict")]
    assert [idea.content.title for _, idea in ideas(place)] == ["Một"]


def test_a_conflict_with_an_earlier_import_is_named_too(place: Place) -> None:
    take(place, lines(line()))

    report = take(place, lines(line(authors=[author(name="Trần Thị Hòa")])))

    assert faults(report) == [(1, "external_id", "conflict")]


def test_another_sender_may_use_the_same_id(place: Place) -> None:
    take(place, lines(line()), sender="a")

    assert counts(take(place, lines(line(title="Khác")), sender="b")) == (1, 1, 0, 0)


def test_a_row_corrected_further_down_is_accepted(place: Place) -> None:
    report = take(
        place,
        lines(
            line(unit="nowhere"),
            line(title=""),
            line(filed_at="2023-06-02T08:00:00+07:00"),
            line(),
        ),
    )

    assert counts(report) == (4, 1, 0, 3)
    assert [row for row, _, _ in faults(report)] == [1, 2, 3]


def test_a_dry_run_tells_the_same_and_writes_nothing(place: Place) -> None:
    sent = [line(), line(), line(title="Khác"), b"{", line(external_id="LD-2", unit="p01")]
    head = place.ledger.head()

    dry = take(place, lines(*sent), dry_run=True)

    assert place.ledger.head() == head
    assert counts(dry) == (5, 1, 1, 3)
    assert dry == take(place, lines(*sent))


def test_a_dry_run_remembers_the_ids_of_earlier_batches(place: Place) -> None:
    sent = [line(external_id=f"LD-{n}") for n in range(1500)]

    report = take(place, lines(*sent, line(external_id="LD-0", title="Khác")), dry_run=True)

    assert counts(report) == (1501, 1500, 0, 1)


def test_two_processes_with_the_same_file_record_it_once(tmp_path: Path) -> None:
    sent = [line(external_id=f"LD-{n}") for n in range(3)]
    others: list[Report] = []

    def somebody_else_comes_first() -> None:
        if armed and not others:
            with small_programme(tmp_path) as elsewhere:
                others.append(take(elsewhere, lines(*sent[:2])))

    armed = False
    with small_programme(tmp_path, before_commit=[somebody_else_comes_first]) as place:
        armed = True
        report = take(place, lines(*sent))

        assert counts(others[0]) == (2, 2, 0, 0)
        assert counts(report) == (3, 1, 2, 0)
        assert [idea.external_id for _, idea in ideas(place)] == ["LD-0", "LD-1", "LD-2"]


def test_the_same_text_twice_is_a_warning_and_never_a_rejection(place: Place) -> None:
    report = take(
        place, lines(line(), line(external_id="LD-2"), line(external_id="LD-3", title="Khác"))
    )

    assert counts(report) == (3, 3, 0, 0)
    assert [(w.row, w.field, w.code) for w in report.warnings] == [(2, "solution", "same-text")]
    assert "row 1" in report.warnings[0].message


def test_an_ineligible_idea_is_accepted_and_marked(place: Place) -> None:
    take(place, lines(line(first_applied_on="2020-12-31", recognition=None)))

    assert [code.value for code in ideas(place)[0][1].ineligible] == [
        "not-recognised",
        "applied-before-window",
    ]


def test_no_name_of_a_person_stands_in_the_ledger(tmp_path: Path, place: Place) -> None:
    take(place, lines(line(authors=[author(person="MÃ-SỐ-9", name="Đặng Thùy X")])))

    for file in tmp_path.glob("ledger.db*"):
        assert "Đặng Thùy X".encode() not in file.read_bytes()
        assert "MÃ-SỐ-9".encode() not in file.read_bytes()


def test_blank_lines_and_a_byte_order_mark_are_passed_over_and_lines_keep_their_numbers(
    place: Place,
) -> None:
    content = b"\xef\xbb\xbf" + line() + b"\r\n\r\n  \n{\n" + line(external_id="LD-2")

    report = take(place, json_lines(BytesIO(content), "en"))

    assert counts(report) == (3, 2, 0, 1)
    assert faults(report) == [(4, "", "invalid-json")]


def test_progress_tells_how_much_of_the_file_is_read() -> None:
    content = b"\n".join([line()] * 3)
    told: list[int] = []

    list(json_lines(BytesIO(content), "en", told.append))

    assert told == sorted(told)
    assert told[-1] == len(content)


# The instants.


def test_a_declaration_is_recorded_now_and_true_from_its_filing(place: Place) -> None:
    take(place, lines(line(filed_at="2022-05-04T08:00:00+07:00")))

    recorded, idea = ideas(place)[0]
    assert recorded == NOW
    assert idea.effective == datetime(2022, 5, 4, 1, 0, tzinfo=UTC)
    assert idea.late


def test_under_the_wall_clock_a_day_between_filing_and_recording_is_not_late(place: Place) -> None:
    take(place, lines(line(filed_at=(NOW - timedelta(hours=23)).isoformat())))

    assert not ideas(place)[0][1].late


def test_a_filing_within_five_minutes_of_now_is_a_clock_that_is_off(place: Place) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat()
    too_soon = (NOW + timedelta(minutes=5, seconds=1)).isoformat()

    report = take(place, lines(line(filed_at=soon), line(external_id="LD-2", filed_at=too_soon)))

    assert faults(report) == [(2, "filed_at", "filed-in-future")]


def test_a_simulated_clock_follows_the_filings_and_never_goes_back(history: Place) -> None:
    days = ["2022-02-01", "2022-02-03", "2022-02-02", "2022-02-03", "2022-02-04"]
    sent = [
        line(external_id=d + str(n), filed_at=f"{d}T08:00:00+07:00") for n, d in enumerate(days)
    ]

    take(history, lines(*sent), simulate_clock=True)

    assert [recorded.day for recorded, _ in ideas(history)] == [1, 3, 3, 3, 4]
    assert [idea.late for _, idea in ideas(history)] == [False, False, True, False, False]
    assert [idea.effective for _, idea in ideas(history)] == [i.filed_at for _, i in ideas(history)]


def test_a_simulated_clock_goes_on_where_the_last_import_left_it(history: Place) -> None:
    first = line(filed_at="2022-06-01T00:00:00Z")
    take(history, lines(first), simulate_clock=True)

    take(
        history,
        lines(first, line(external_id="LD-2", filed_at="2022-03-01T00:00:00Z")),
        simulate_clock=True,
    )

    assert [recorded.month for recorded, _ in ideas(history)] == [6, 6]


def test_history_ends_at_the_real_present(history: Place) -> None:
    report = take(history, lines(line(filed_at="2024-01-01T00:00:00Z")), simulate_clock=True)

    assert faults(report) == [(1, "filed_at", "filed-in-future")]


# One content, three kinds of file.


def test_json_lines_csv_and_workbook_of_the_same_content_replay_each_other(
    tmp_path: Path, place: Place
) -> None:
    sent = [
        record(
            external_id=f"00{n}",
            title=f'Sáng kiến "{n}", phần 1; phần 2',
            solution=f"Dòng một\nDòng hai {n}\n\tDòng ba",
            benefit_vnd=n * 1000,
            confidential=["benefit", "solution"],
            authors=[
                author(person=f"0{n}", share_percent=66.67, holds_post=True),
                author(person=f"1{n}", name="Trần Văn B", share_percent=33.33),
            ],
        )
        for n in range(30)
    ]
    json_file = tmp_path / "a.jsonl"
    json_file.write_bytes(b"\n".join(json.dumps(one).encode() for one in sent))
    files = [
        json_file,
        write_csv(tmp_path / "b.csv", table(sent)),
        write_csv(tmp_path / "c.CSV", table(sent), ";"),
        write_csv(tmp_path / "d.csv", table(sent), "\t"),
        write_workbook(tmp_path / "e.xlsx", table(sent)),
    ]

    reports = [take(place, rows(file, "en")) for file in files]

    assert [report.errors for report in reports] == [()] * 5
    assert [counts(report) for report in reports] == [(30, 30, 0, 0), *[(30, 0, 30, 0)] * 4]


def test_a_fingerprint_knows_every_field_of_a_record(place: Place) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"title": "Khác"},
        {"unit": NEIGHBOUR},
        {"benefit_vnd": 1},
        {"filed_at": "2022-05-04T08:00:01+07:00"},
        {"authors": [author(name="Khác")]},
        {"authors": [author(worker_kind="officer")]},
        {"entered_by": "x"},
        {"confidential": ["title"]},
        {"recognition": {"form": "other", "date": "2022-05-20"}},
    ]
    found = lines(*(line(**change) for change in changes))

    digests = {fingerprint(row.declaration, place.vault) for row in found if row.declaration}

    assert len(digests) == len(changes)


# Whatever the bytes.

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

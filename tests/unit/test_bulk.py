from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from services.intake.bulk import Report, StoppedMidway, fingerprint
from services.intake.records import json_lines
from services.intake.sheet import rows
from shared.errors import Unavailable
from shared.ledger.model import Event
from shared.vocabulary import Position
from tests.places import (
    NEIGHBOUR,
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


def test_a_store_that_gives_out_midway_says_how_much_of_the_file_stands(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [line(external_id=f"LD-{n}") for n in range(2500)]
    whole = place.ledger.append
    pages: list[int] = []

    def full_after_two(*events: Event, **facts: Any) -> list[Position]:
        pages.append(len(events))
        if len(pages) == 3:
            raise Unavailable("The ledger cannot write now (the disk is full).")
        return whole(*events, **facts)

    monkeypatch.setattr(place.ledger, "append", full_after_two)
    with pytest.raises(StoppedMidway, match=r"^2000 declarations of this file are on record now"):
        take(place, lines(*sent))
    assert counts(take(place, lines(*sent))) == (2500, 500, 2000, 0)


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

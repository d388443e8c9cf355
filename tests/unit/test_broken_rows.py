from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from services.intake.bulk import Report
from services.intake.records import json_lines
from shared.messages import MESSAGES
from shared.vocabulary import RECORD_LIMIT
from tests.places import (
    LEFT_OUT,
    NEIGHBOUR,
    Place,
    author,
    counts,
    ideas,
    line,
    lines,
    small_programme,
    take,
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_programme(tmp_path) as found:
        yield found


def faults(report: Report) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.field, fault.code) for fault in report.errors]


# What becomes of a broken row.


class Wrong(NamedTuple):
    sent: bytes
    field: str
    code: str


def raw(found: bytes, instead: bytes) -> bytes:
    """The good record with a piece of its JSON otherwise."""
    good = line()
    assert found in good
    return good.replace(found, instead, 1)


TITLE = '"Cải tiến đồ gá hàn khung xe"'.encode()
PAIR = [author(person="NV-1", share_percent=60), author(person="NV-2", share_percent=30)]
FORM = "recognition decision"

WRONG = {
    "half a line": Wrong(line()[:-20], "", "invalid-json"),
    "no JSON at all": Wrong(b"LD-1;1tr;p01-01-001", "", "invalid-json"),
    "two records in a line": Wrong(line() + line(), "", "invalid-json"),
    "a comma too many": Wrong(raw(b', "unit"', b',, "unit"'), "", "invalid-json"),
    "single quotes": Wrong(line().replace(b'"', b"'"), "", "invalid-json"),
    "nested without end": Wrong(b"[" * 100_000, "", "invalid-json"),
    "a list": Wrong(b"[" + line() + b"]", "", "not-an-object"),
    "a number": Wrong(b"17", "", "not-an-object"),
    "null": Wrong(b"null", "", "not-an-object"),
    "a byte that is not UTF-8": Wrong(raw(TITLE, b'"C\xe1i'), "", "invalid-utf8"),
    "a legacy encoding": Wrong(line().decode().encode("utf-16"), "", "invalid-utf8"),
    "a NUL between the fields": Wrong(raw(b', "unit"', b', \x00"unit"'), "", "invalid-json"),
    "a raw control character": Wrong(raw(TITLE, b'"a\x01b"'), "", "invalid-json"),
    "an escaped control character": Wrong(
        raw(TITLE, b'"a\\u0007b"'), "title", "control-character"
    ),
    "an escaped NUL": Wrong(raw(TITLE, b'"a\\u0000b"'), "title", "control-character"),
    "a C1 control character": Wrong(line(title="a\x85b"), "title", "control-character"),
    "nothing but a control character": Wrong(line(title="\x85"), "title", "control-character"),
    "a control character in an optional text": Wrong(
        line(benefit="\x1f"), "benefit", "control-character"
    ),
    "a tab in the title": Wrong(line(title="a\tb"), "title", "control-character"),
    "a line break in an id": Wrong(line(external_id="a\nb"), "external_id", "control-character"),
    "a lone surrogate": Wrong(raw(TITLE, b'"a\\ud800b"'), "", "invalid-json"),
    "surrogates the wrong way round": Wrong(raw(TITLE, b'"\\udc00\\ud800"'), "", "invalid-json"),
    "a field twice": Wrong(
        raw(b'"unit"', b'"unit": "p01-01-002", "unit"'), "unit", "duplicate-field"
    ),
    "an author's field twice": Wrong(
        raw(b'"name"', b'"name": "x", "name"'), "name", "duplicate-field"
    ),
    "a field twice, once escaped": Wrong(
        raw(b'"unit"', b'"un\\u0069t": "p01-01-002", "unit"'), "unit", "duplicate-field"
    ),
    "no id": Wrong(line(external_id=LEFT_OUT), "external_id", "missing"),
    "no title": Wrong(line(title=LEFT_OUT), "title", "missing"),
    "no solution": Wrong(line(solution=LEFT_OUT), "solution", "missing"),
    "no filing": Wrong(line(filed_at=LEFT_OUT), "filed_at", "missing"),
    "no unit": Wrong(line(unit=LEFT_OUT), "unit", "missing"),
    "no authors": Wrong(line(authors=LEFT_OUT), "authors", "missing"),
    "an empty list of authors": Wrong(line(authors=[]), "authors", "too-few"),
    "too many authors": Wrong(
        line(authors=[author(share_percent=0)] * 101), "authors", "too-many"
    ),
    "null for a title": Wrong(line(title=None), "title", "not-text"),
    "a blank title": Wrong(line(title="   "), "title", "blank"),
    "an empty title": Wrong(line(title=""), "title", "blank"),
    "an empty unit": Wrong(line(unit=""), "unit", "blank"),
    "a blank solution": Wrong(line(solution=" \n\t"), "solution", "blank"),
    "an empty id": Wrong(line(external_id=""), "external_id", "blank"),
    "a number for a title": Wrong(line(title=5), "title", "not-text"),
    "a list for a solution": Wrong(line(solution=["a"]), "solution", "not-text"),
    "a number for an id": Wrong(line(external_id=17), "external_id", "not-text"),
    "text for an amount": Wrong(line(benefit_vnd="12"), "benefit_vnd", "not-a-number"),
    "a part of a đồng": Wrong(line(benefit_vnd=1.5), "benefit_vnd", "not-a-number"),
    "NaN for an amount": Wrong(
        raw(b'"unit"', b'"benefit_vnd": NaN, "unit"'), "benefit_vnd", "not-a-number"
    ),
    "infinity for an amount": Wrong(
        raw(b'"unit"', b'"benefit_vnd": Infinity, "unit"'), "benefit_vnd", "not-a-number"
    ),
    "a negative amount": Wrong(line(benefit_vnd=-1), "benefit_vnd", "too-small"),
    "an amount beyond all money": Wrong(line(benefit_vnd=10**19), "benefit_vnd", "too-large"),
    "an unknown field": Wrong(line(colour="red"), "colour", "unknown-field"),
    "an author's unknown field": Wrong(
        line(authors=[author(age=30)]), "authors.0.age", "unknown-field"
    ),
    "an author without a name": Wrong(
        line(authors=[{"person": "p", "share_percent": 100}]), "authors.0.name", "missing"
    ),
    "authors as text": Wrong(line(authors="Hòa"), "authors", "not-a-list"),
    "an author as text": Wrong(line(authors=["Hòa"]), "authors.0", "not-an-object"),
    "shares that do not add to 100": Wrong(line(authors=PAIR), "authors", "shares"),
    "a share over 100": Wrong(
        line(authors=[author(share_percent=100.1)]), "authors.0.share_percent", "too-large"
    ),
    "a share below 0": Wrong(
        line(authors=[author(share_percent=-1)]), "authors.0.share_percent", "too-small"
    ),
    "a share in words": Wrong(
        line(authors=[author(share_percent="half")]), "authors.0.share_percent", "not-a-number"
    ),
    "a share that is no number": Wrong(
        line(authors=[author(share_percent=float("nan"))]),
        "authors.0.share_percent",
        "not-a-number",
    ),
    "yes as text": Wrong(
        line(authors=[author(holds_post="yes")]), "authors.0.holds_post", "not-true-or-false"
    ),
    "an unknown kind of worker": Wrong(
        line(authors=[author(worker_kind="boss")]), "authors.0.worker_kind", "not-in-list"
    ),
    "an unknown field of work": Wrong(line(field="magic"), "field", "not-in-list"),
    "an unknown confidential field": Wrong(
        line(confidential=["authors"]), "confidential.0", "not-in-list"
    ),
    "a day that does not exist": Wrong(
        line(first_applied_on="2022-02-30"), "first_applied_on", "not-a-date"
    ),
    "a day the other way round": Wrong(
        line(first_applied_on="20/04/2022"), "first_applied_on", "not-a-date"
    ),
    "a day as seconds": Wrong(line(first_applied_on="0"), "first_applied_on", "not-a-date"),
    "a day as a number": Wrong(line(first_applied_on=44671), "first_applied_on", "not-a-date"),
    "an instant without offset": Wrong(
        line(filed_at="2022-05-04T08:00:00"), "filed_at", "missing-offset"
    ),
    "an instant without time": Wrong(line(filed_at="2022-05-04"), "filed_at", "not-an-instant"),
    "an instant as seconds": Wrong(line(filed_at="1651626000"), "filed_at", "not-an-instant"),
    "an instant as a number": Wrong(line(filed_at=1651626000), "filed_at", "not-an-instant"),
    "an instant before all years": Wrong(
        line(filed_at="0001-01-01T00:00:00+07:00"), "filed_at", "not-an-instant"
    ),
    "recognition without a date": Wrong(
        line(recognition={"form": FORM}), "recognition.date", "missing"
    ),
    "recognition by hearsay": Wrong(
        line(recognition={"form": "hearsay", "date": "2022-05-20"}),
        "recognition.form",
        "not-in-list",
    ),
    "a title of 501 characters": Wrong(line(title="ộ" * 501), "title", "too-long"),
    "a title of 10 MB": Wrong(line(title="x" * 10_000_000), "title", "too-long"),
    "a solution of 20,001 characters": Wrong(
        line(solution="ộ" * 20_001), "solution", "too-long"
    ),
    "a record of blanks beyond its limit": Wrong(
        line() + b" " * RECORD_LIMIT, "", "record-too-large"
    ),
    "a unit nobody knows": Wrong(line(unit="p99-01-001"), "unit", "unknown-unit"),
    "a unit with a space": Wrong(line(unit="p01 01"), "unit", "invalid"),
    "a unit that is not grassroots": Wrong(line(unit="p01-01"), "unit", "unit-not-grassroots"),
    "a programme nobody knows": Wrong(line(programme="2tr"), "programme", "unknown-programme"),
    "a filing in the future": Wrong(
        line(filed_at="2023-06-01T10:00:00+07:00"), "filed_at", "filed-in-future"
    ),
}  # fmt: skip


def test_each_broken_row_is_named_and_every_good_row_around_it_is_recorded(place: Place) -> None:
    sent: list[bytes] = []
    expected: dict[int, tuple[str, str]] = {}
    for number, wrong in enumerate(WRONG.values()):
        sent += [line(external_id=f"good-{number}"), wrong.sent]
        expected[len(sent)] = (wrong.field, wrong.code)

    report = take(place, lines(*sent))

    assert counts(report) == (len(sent), len(WRONG), 0, len(WRONG))
    assert {row: (field, code) for row, field, code in faults(report)} == expected
    assert len(report.errors) == len(WRONG)
    assert [idea.external_id for _, idea in ideas(place)] == [
        f"good-{number}" for number in range(len(WRONG))
    ]


@pytest.mark.parametrize("kind", WRONG)
def test_a_broken_row_is_explained_in_both_languages(kind: str, place: Place) -> None:
    wrong = WRONG[kind]
    assert wrong.code in MESSAGES

    for language in ("en", "vi"):
        found = list(json_lines(BytesIO(wrong.sent), "vi" if language == "vi" else "en"))
        for fault in found[0].faults:
            assert fault.message
            assert "{" not in fault.message.replace("{ … }", "")


def test_a_row_with_several_faults_names_them_all(place: Place) -> None:
    report = take(
        place, lines(line(title="", benefit_vnd=-1, authors=[author(name="", share_percent="x")]))
    )

    assert counts(report) == (1, 0, 0, 1)
    assert faults(report) == [
        (1, "authors.0.name", "blank"),
        (1, "authors.0.share_percent", "not-a-number"),
        (1, "benefit_vnd", "too-small"),
        (1, "title", "blank"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "ộ" * 500},
        {"title": "\u200bMột\u200b số"},
        {"solution": "ộ" * 20_000},
        {"solution": "a\tb\r\nc"},
        {"situation_before": ""},
        {"situation_before": " \n "},
        {"benefit_vnd": 0},
        {"benefit_vnd": 10**18},
        {"benefit_vnd": None, "field": None, "recognition": None},
        {"authors": [author(person=str(n), share_percent=1) for n in range(100)]},
        {"authors": [author(person=str(n), share_percent=33.3) for n in range(3)]},
        {"authors": [author(share_percent="99.9")]},
        {"authors": [author(share_percent=99.999999)]},
        {"filed_at": "2022-05-04T08:00:00.123456+07:00"},
        {"filed_at": "2022-05-04T01:00Z"},
        {"confidential": ["solution", "benefit"]},
        {"unit": NEIGHBOUR},
        {"external_id": "x" * 128},
        {"external_id": "đơn vị/7 ' OR 1=1 --"},
        {"entered_by": "tổ hỗ trợ"},
    ],
    ids=str,
)
def test_what_the_form_allows_is_accepted(changes: dict[str, object], place: Place) -> None:
    report = take(place, lines(line(**changes)))

    assert report.errors == ()
    assert counts(report) == (1, 1, 0, 0)

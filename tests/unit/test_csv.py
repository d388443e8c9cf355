from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.intake import sheet
from services.intake.columns import FileIsUnreadable
from services.intake.sheet import csv_rows
from shared.vocabulary import (
    RECORD_LIMIT,
)
from tests.places import declaration, record
from tests.sheets import BOTH, faults, flat, one, read, table, taken, write_csv, written

# What only a CSV file does.


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_csv_is_parted_as_its_header_is(
    tmp_path: Path, delimiter: str, mark: bytes, end: bytes
) -> None:
    sent = record(title="a, b; c", solution="a,b,c;d;e;f\tg\th", confidential=["title", "benefit"])
    saved = write_csv(tmp_path / "a.csv", table([sent]), delimiter).read_bytes()

    (row,) = read(written(tmp_path / "b.csv", mark + saved.replace(b"\r\n", end)))

    assert taken(row) == declaration(**sent)


def test_a_csv_row_is_numbered_by_the_line_it_begins_on(tmp_path: Path) -> None:
    cells = table(
        [
            record(solution="một\nhai\nba"),
            record(title=""),
            record(solution="một\r\n\r\nhai", title="x\ny"),
            record(unit="a b"),
        ]
    )

    found = read(write_csv(tmp_path / "a.csv", cells))

    assert [(row.number, faults(row)) for row in found] == [
        (2, []),
        (5, [("title", "missing")]),
        (6, [("title", "control-character")]),
        (10, [("unit", "invalid")]),
    ]


def test_bytes_that_are_not_utf8_spoil_only_their_row(tmp_path: Path) -> None:
    saved = write_csv(tmp_path / "a.csv", table([record(), record(), record()])).read_bytes()
    head, first, second, third = saved.split(b"\r\n")[:4]
    spoiled = second.replace("Cải".encode(), b"C\xe1i")

    found = read(written(tmp_path / "b.csv", b"\r\n".join([head, first, spoiled, third])))

    assert [faults(row) for row in found] == [[], [("title", "invalid-utf8")], []]


def test_a_nul_spoils_only_its_row(tmp_path: Path) -> None:
    found = read(write_csv(tmp_path / "a.csv", table([record(title="a\0b"), record()])))

    assert [faults(row) for row in found] == [[("title", "control-character")], []]


@pytest.mark.parametrize(
    "broken",
    [
        'LD-1,"no end,1tr',
        '"LD-1"x,1tr',
        '"LD-1,"1tr"',
        'a,"b""',
        "LD-1\rLD-2,1tr",
        '"',
    ],
)
def test_a_row_that_cannot_be_taken_apart_spoils_only_itself(tmp_path: Path, broken: str) -> None:
    sent = [record(title=f"Sáng kiến {n}, phần 1", solution="a\nb") for n in range(3)]
    saved = write_csv(tmp_path / "a.csv", table(sent)).read_bytes().decode()
    at = saved.index("LD-1", saved.index("Sáng kiến 1") - 100)
    at = saved.rindex("\r\n", 0, saved.index("Sáng kiến 1")) + 2

    content = saved[:at] + broken + "\r\n" + saved[at:]
    found = read(written(tmp_path / "b.csv", content.encode()))

    assert [faults(row) for row in found] == [[], [("", "invalid-csv")], [], []]
    assert [row.number for row in found] == [2, 4, 5, 7]


def test_a_quote_that_never_ends_spoils_only_its_row(tmp_path: Path) -> None:
    sent = [record(solution="a"), record(solution="b"), record(solution="c")]
    lines = write_csv(tmp_path / "a.csv", table(sent)).read_bytes().split(b"\r\n")
    content = b"\n".join([lines[0], lines[1], b'LD-2,"', *lines[2:]])

    found = read(written(tmp_path / "b.csv", content))

    assert [faults(row) for row in found] == [[], [("", "invalid-csv")], [], []]


def test_a_file_of_nothing_but_broken_quotes_is_not_read_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # From each of these lines the quotes seem to go on to the end of the file.
    monkeypatch.setattr(sheet, "RE_READ", 100_000)
    broken = b"title\n" + b'a","b\n' * 50_000

    found = read(written(tmp_path / "a.csv", broken))

    assert len(found) == 50_000
    assert {fault.code for row in found for fault in row.faults} <= {
        "invalid-csv",
        "unknown-field",
        "missing",
    }


def test_a_quoted_text_of_ten_megabytes_is_one_row_that_is_too_long(tmp_path: Path) -> None:
    sent = [record(title="x" * 10_000_000), record(solution="dòng\n" * 100_000), record()]

    found = read(write_csv(tmp_path / "a.csv", table(sent)))

    assert [faults(row) for row in found] == [
        [("title", "too-long")],
        [("solution", "too-long")],
        [],
    ]


@BOTH
def test_a_record_that_is_too_large_as_a_whole_is_refused(tmp_path: Path, ending: str) -> None:
    texts = ("situation_before", "solution", "applicability", "conditions", "benefit")
    changes = dict.fromkeys(texts, "ộ" * 20000)
    assert sum(len(text.encode()) for text in changes.values()) > RECORD_LIMIT

    assert faults(one(tmp_path, ending, **changes)) == [("", "record-too-large")]


def test_reading_leaves_larger_limits_of_the_csv_reader_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit(2**31 - 1)
    try:
        read(write_csv(tmp_path / "a.csv", table([record()])))
        assert csv.field_size_limit() == 2**31 - 1
    finally:
        csv.field_size_limit(before)


HEADER = ",".join(flat(record())).encode()
GOOD = ",".join(f'"{cell}"' for cell in flat(record()).values()).encode()
PIECES = st.one_of(
    st.sampled_from([HEADER, GOOD, b"\n", b"\r\n", b'"', b",", b";", b"\t", b"\0", b"\xff", b" "]),
    st.sampled_from([b'"a\nb"', b'""', b'a"b', b'"a"b', b"\r", b"\xef\xbb\xbf"]),
    st.binary(max_size=12),
)


@settings(max_examples=300)
@given(pieces=st.lists(PIECES, max_size=25), headed=st.booleans())
@example(pieces=[b'"\n', GOOD, b"\n"], headed=True)
def test_whatever_a_csv_holds_each_line_belongs_to_one_row_at_most(
    pieces: list[bytes], headed: bool
) -> None:
    content = (HEADER + b"\n" if headed else b"") + b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.csv", content)
        try:
            found = list(csv_rows(path, "vi"))
        except FileIsUnreadable:
            assert not headed
            return

    numbers = [row.number for row in found]
    assert numbers == sorted(set(numbers))
    assert all(1 < number <= content.count(b"\n") + 1 for number in numbers)
    assert all(bool(row.faults) == (row.declaration is None) for row in found)
    plain = content.replace(b"\r\n", b"\n")
    if headed and b"\r" not in plain and b'"' not in plain.replace(GOOD, b""):
        lines = enumerate(plain.decode(errors="surrogateescape").split("\n"), 1)
        assert numbers == [n for n, line in lines if n > 1 and line.replace(",", " ").strip()]

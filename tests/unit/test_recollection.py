"""What is read again of the ledger after a restart says what decoding all of it would say."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given

from services.dedup import recollection
from services.dedup.lexicon import Lexicon
from services.dedup.reading import Due, Read, read, told
from services.dedup.recollection import abridged, declared, recollect
from services.dedup.shelf import Entry
from shared.declaration import Content
from shared.events.idea import IdeaDeclared
from shared.ledger.encoding import Stored, decode
from shared.ledger.stamp import Row
from shared.ledger.store import Ledger
from tests.chronicle import Chronicle
from tests.declarations import DECLARATIONS, PLAIN, stored_state

ESCAPED = Content(
    title='Cải tiến "đồ gá" \\ khoan',
    situation_before="Dòng một\nDòng hai\\n không phải hết dòng\\",
    solution='Bàn nâng\r\n\tcó "chốt \\" khóa"\\\\',
)
CLEAN = Content(title="Đồ gá khoan", situation_before="Khoan tay\nlâu", solution="Kẹp nhanh\nhơn")


def stored(event: IdeaDeclared) -> Row:
    return (7, event.originator_id.hex, event.originator_version, event.TOPIC, stored_state(event))


def _nobody(idea: UUID) -> Entry:
    raise AssertionError(idea)


@given(DECLARATIONS)
@example(PLAIN)
@example(PLAIN.model_copy(update={"content": ESCAPED}))
@example(PLAIN.model_copy(update={"content": CLEAN, "ineligible": (), "effective": None}))
def test_a_stored_declaration_says_what_the_decoded_one_says(event: IdeaDeclared) -> None:
    row = stored(event)
    whole = decode(Stored(*row))
    said = told(whole, _nobody)
    assert declared(row) == said
    due = abridged(Stored(*row))
    assert due == Due(said, whole.recorded, event.by.correlation)
    assert isinstance(due, Due)
    assert (due.position, due.idea, due.event) == (7, event.originator_id, event.name)


@pytest.mark.parametrize("content", [CLEAN, ESCAPED])
def test_a_declaration_is_not_decoded_as_a_whole(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stored(PLAIN.model_copy(update={"content": content}))
    expected = declared(row)
    monkeypatch.delattr(recollection, "decode")
    assert declared(row) == expected


def test_a_declaration_stored_in_another_order_says_the_same() -> None:
    row = stored(PLAIN.model_copy(update={"content": CLEAN}))
    turned = row[4].replace(b',"content":{"title":', b',"content":{"field":null,"title":')
    assert turned != row[4]
    assert declared((*row[:4], turned)) == declared(row)


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        (b'"solution":"', b'"solution":5,"solution ":"'),
        (b'"solution":"', b'"solution":"\xff'),
        (b'"sender":', b'"sent by":'),
        (b'"sender":', b'"sender";'),
        (b'"sender":', b'"x":' + b"[" * 5000 + b"]" * 5000 + b',"sender":'),
    ],
    ids=["a number", "no UTF-8", "nobody", "no JSON", "too deep"],
)
def test_what_is_no_declaration_is_refused_as_decoding_all_of_it_would(
    typed: bytes, instead: bytes
) -> None:
    row = stored(PLAIN.model_copy(update={"content": CLEAN}))
    garbled = Stored(*row[:4], row[4].replace(typed, instead))
    assert garbled.state != row[4]
    with pytest.raises(ValueError, match=r".") as found:
        decode(garbled)
    with pytest.raises(type(found.value)):
        abridged(garbled)


def test_declarations_in_a_row_are_read_together_and_all_else_stays_as_recorded(
    ledger: Ledger,
) -> None:
    story = Chronicle(ledger)
    story.declare_many("a", "1", "2")
    story.open_case("1", "2")
    story.amend("1")
    story.declare_many("a", "3")
    lexicon = Lexicon()
    page = recollect(ledger, lexicon, 0, to=ledger.head())
    record = ledger.read(0)
    assert page.last == ledger.head() == record[-1].position
    runs = [part for part in page.parts if isinstance(part, Read)]
    assert [len(run.entries) for run in runs] == [2, 1]
    ideas = [r for r in record if isinstance(r.event, IdeaDeclared)]
    assert [part for part in page.parts if part not in runs] == [
        r for r in record if r not in ideas
    ]
    for run, (first, last) in zip(runs, ((0, 2), (2, 3)), strict=True):
        expected = read(Lexicon(), [told(recorded, _nobody) for recorded in ideas[first:last]])
        assert run.entries == expected.entries
        assert run.solutions.starts.tolist() == expected.solutions.starts.tolist()
    assert recollect(ledger, lexicon, page.last, to=ledger.head()) == ([], 0, page.last)
    assert recollect(ledger, lexicon, 0, to=2).last == 2

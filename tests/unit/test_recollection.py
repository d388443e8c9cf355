"""What is read again of the ledger after a restart says what decoding all of it would say."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given

from services.dedup import recollection
from services.dedup.lexicon import Lexicon
from services.dedup.reading import Read, read, told
from services.dedup.recollection import declared, recollect
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
    assert declared(row) == told(decode(Stored(*row)), _nobody)


@pytest.mark.parametrize("content", [CLEAN, ESCAPED])
def test_a_declaration_is_not_decoded_as_a_whole(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stored(PLAIN.model_copy(update={"content": content}))
    expected = declared(row)
    monkeypatch.delattr(recollection, "decode")
    assert declared(row) == expected


def test_a_declaration_stored_in_another_order_is_decoded_as_a_whole() -> None:
    row = stored(PLAIN.model_copy(update={"content": CLEAN}))
    turned = row[4].replace(b',"content":{"title":', b',"content":{"field":null,"title":')
    assert turned != row[4]
    assert declared((*row[:4], turned)) == declared(row)


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

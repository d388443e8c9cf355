"""The shelf: what is put there is read back as it was, by row and by idea."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.lexicon import Lexicon
from services.dedup.shelf import Entry, Shelf
from services.dedup.texts import Texts
from shared.vocabulary import Ineligible

LEXICON = Lexicon()
HANOI = timezone(timedelta(hours=7))
FILED = datetime(2022, 5, 1, 8, 30, 15, 123_456, tzinfo=UTC)
SAID = (([5 << 1 | 1], [7 << 1], [9 << 1 | 1]),)

# Around the last number that takes one code, and up to the greatest that there is.
numbers = st.one_of(
    st.integers(0, 2**32 - 1), st.integers(65_530, 65_540), st.sampled_from([0, 2**16, 2**32 - 1])
)
said = st.lists(numbers, max_size=6)
declarations = st.lists(st.tuples(said, said, said), min_size=1, max_size=6)
instants = st.datetimes(
    FILED.replace(year=1900, tzinfo=None),
    FILED.replace(year=2200, tzinfo=None),
    timezones=st.sampled_from([UTC, HANOI]),
)
names = st.text(st.characters(exclude_categories=()), max_size=8)
ids = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
entries = st.builds(
    Entry,
    idea=ids,
    version=st.integers(1, 2**31),
    position=st.integers(1, 2**62),
    sender=names,
    external_id=names,
    programme=names,
    unit=names,
    filed_at=instants,
    priority=instants,
    ineligible=st.sets(st.sampled_from(Ineligible)).map(
        lambda codes: tuple(code for code in Ineligible if code in codes)
    ),
    persons=st.frozensets(ids, max_size=4),
)


def _entry(idea: int, *, unit: str = "p01-01-001", version: int = 1) -> Entry:
    return Entry(
        UUID(int=idea), version, idea + 1, "cổng", f"sk-{idea}", "1tr", unit, FILED, FILED, (),
        frozenset(),
    )  # fmt: skip


def _texts(texts: Sequence[Sequence[int]]) -> Texts:
    words = np.array([number for text in texts for number in text], dtype=np.uint32)
    return Texts(words, np.cumsum([0, *map(len, texts)], dtype=np.int64))


def _put(
    shelf: Shelf, entries: Sequence[Entry], texts: Sequence[tuple[list[int], list[int], list[int]]]
) -> int:
    solutions, titles, situations = zip(*texts, strict=True)
    return shelf.put(entries, _texts(solutions), _texts(titles), _texts(situations))


@given(st.lists(declarations, min_size=1, max_size=3))
def test_what_is_put_on_the_shelf_is_read_back(
    batches: list[list[tuple[list[int], list[int], list[int]]]],
) -> None:
    shelf = Shelf(LEXICON)
    everything = [texts for batch in batches for texts in batch]
    for batch in batches:
        before = len(shelf)
        entries = [_entry(before + n) for n in range(len(batch))]
        assert _put(shelf, entries, batch) == before
    assert len(shelf) == len(everything)
    for row, (solution, title, situation) in enumerate(everything):
        assert shelf.solution(row).tolist() == solution
        assert shelf.title(row).tolist() == title
        assert shelf.situation(row).tolist() == situation


@given(declarations, st.data())
def test_the_solutions_of_some_rows_are_read_together(
    batch: list[tuple[list[int], list[int], list[int]]], data: st.DataObject
) -> None:
    shelf = Shelf(LEXICON)
    _put(shelf, [_entry(n) for n in range(len(batch))], batch)
    first = data.draw(st.integers(0, len(batch)))
    last = data.draw(st.integers(first, len(batch)))
    found = shelf.solutions(first, last)
    assert len(found.starts) == last - first + 1
    assert len(found.words) == found.starts[-1]
    for n, (solution, _, _) in enumerate(batch[first:last]):
        assert found.text(n).tolist() == solution


def test_words_that_were_met_late_are_read_back_like_those_met_first() -> None:
    lexicon = Lexicon()
    first = lexicon.read(["Tổ cơ điện lắp cảm biến."]).words
    # Where a word takes three codes, not one: from the bit that ends a sentence after word 32,767 on.
    lexicon.numbers(f"x{n}" for n in range(32_765 - len(lexicon)))
    edge = lexicon.read(["Xich. Lo banh. Nong! Gion"])
    assert edge.words.tolist() == [65_531, 65_532, 65_535, 65_537, 65_539]
    edge_again = lexicon.read(["Xich lo banh nong. Gion"])
    assert edge_again.words.tolist() == [65_530, 65_532, 65_534, 65_537, 65_539]
    lexicon.numbers(f"y{n}" for n in range(40_000))
    late = lexicon.read(["Quýt tổ bưởi xich nong."])
    assert int(late.words.max()) > 2**17
    shelf = Shelf(lexicon)
    shelf.put([_entry(0)], edge, Texts(first, np.array([0, len(first)])), edge_again)
    shelf.put([_entry(1)], late, late, edge)
    assert np.array_equal(shelf.solution(0), edge.words)
    assert np.array_equal(shelf.title(0), first)
    assert np.array_equal(shelf.situation(0), edge_again.words)
    assert np.array_equal(shelf.solution(1), late.words)
    assert np.array_equal(shelf.title(1), late.words)
    assert np.array_equal(shelf.situation(1), edge.words)
    assert shelf.solutions(0, 2).words.tolist() == [*edge.words.tolist(), *late.words.tolist()]
    assert shelf.digest(1) == hashlib.sha256("quýt tổ bưởi xich nong".encode()).hexdigest()


def test_of_thousands_of_ideas_each_is_found_as_it_stands() -> None:
    """Against a plain dictionary, in batches of many sizes; every third idea is amended, every seventh withdrawn."""
    shelf = Shelf(LEXICON)
    chance = np.random.default_rng(7)
    ideas = [UUID(bytes=chance.bytes(16)) for _ in range(9_000)]
    # Some that differ in one half only, and some that fall on the same slot.
    ideas += [UUID(int=(n << 64) | 1) for n in range(200)]
    ideas += [UUID(int=(1 << 64) | (n << 40)) for n in range(200)]
    rows: dict[UUID, int | None] = {}
    done = 0
    while done < len(ideas):
        size = int(chance.integers(1, 700))
        batch = ideas[done : done + size]
        again = [idea for n, idea in enumerate(ideas[:done]) if n % 3 == 0 and n >= done - size]
        for some, version in ((batch, 1), (again, 2)):
            if not some:
                continue
            for idea in some:
                if (standing := shelf.find(idea)) is not None:
                    shelf.take_down(standing)
            entries = [_entry(0)._replace(idea=idea, version=version) for idea in some]
            first = _put(shelf, entries, SAID * len(some))
            rows |= {idea: first + n for n, idea in enumerate(some)}
        for idea in batch[::7]:
            row = rows[idea]
            assert row is not None
            shelf.take_down(row)
            rows[idea] = None
        done += size
        assert all(shelf.find(idea) == rows[idea] for idea in ideas[:done:97])
    assert {idea: shelf.find(idea) for idea in ideas} == rows
    standing_rows = {row for row in rows.values() if row is not None}
    assert {row for row in range(len(shelf)) if shelf.stands(row)} == standing_rows
    assert set(shelf.fallen()) == set(range(len(shelf))) - standing_rows
    assert all(shelf.idea(row) == idea for idea, row in rows.items() if row is not None)
    assert shelf.find(UUID(int=123)) is None


@given(st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: entry.idea))
def test_what_is_known_of_a_declaration_is_read_back(known: list[Entry]) -> None:
    shelf = Shelf(LEXICON)
    _put(shelf, known, SAID * len(known))
    assert [shelf.entry(row) for row in range(len(known))] == known
    for row, entry in enumerate(known):
        assert shelf.find(entry.idea) == row
        assert shelf.unit(row) == entry.unit
        assert shelf.programme(row) == entry.programme
        assert shelf.position(row) == entry.position


def test_a_flag_says_of_a_declaration_what_was_put_on_the_shelf() -> None:
    persons = frozenset(UUID(int=n) for n in range(1, 4))
    entry = Entry(
        UUID(int=2**127 + 5), 3, 41, "liên đoàn", "sáng-kiến/№7 😀", "1tr", "p01-01-001", FILED,
        FILED - timedelta(microseconds=1), (Ineligible.NOT_APPLIED, Ineligible.FILED_AFTER_WINDOW),
        persons,
    )  # fmt: skip
    shelf = Shelf(LEXICON)
    texts = LEXICON.read(["Tổ cơ điện. Lắp cảm biến."])
    shelf.put([entry], texts, LEXICON.read(["Một tên"]), LEXICON.read([""]))
    declared = shelf.declared(0)
    assert (declared.version, declared.persons) == (3, persons)
    member = declared.member
    assert (member.idea, member.sender, member.external_id) == entry[:1] + entry[3:5]
    assert (member.programme, member.unit, member.position) == ("1tr", "p01-01-001", 41)
    assert (member.filed_at, member.priority) == (entry.filed_at, entry.priority)
    assert member.by_application
    assert member.ineligible == entry.ineligible
    assert member.solution_hash == hashlib.sha256("tổ cơ điện lắp cảm biến".encode()).hexdigest()
    assert type(member).model_validate_json(member.model_dump_json()) == member


@given(entries, entries)
def test_what_is_said_otherwise_later_is_what_is_read(before: Entry, after: Entry) -> None:
    shelf = Shelf(LEXICON)
    _put(shelf, [_entry(1), before._replace(idea=UUID(int=2))], SAID * 2)
    after = after._replace(idea=UUID(int=2))
    shelf.correct(1, after)
    standing = after._replace(version=before.version, position=before.position)
    assert shelf.entry(1) == standing
    shelf.reroute(1, "đơn vị khác")
    shelf.mark(1, (Ineligible.NOT_RECOGNISED,))
    standing = standing._replace(unit="đơn vị khác", ineligible=(Ineligible.NOT_RECOGNISED,))
    assert shelf.entry(1) == standing
    assert shelf.entry(0) == _entry(1)
    assert shelf.find(UUID(int=2)) == 1


def test_an_empty_shelf_holds_nothing() -> None:
    shelf = Shelf(LEXICON)
    assert len(shelf) == 0
    assert shelf.find(UUID(int=0)) is None
    assert shelf.fallen() == []
    assert shelf.solutions(0, 0).starts.tolist() == [0]

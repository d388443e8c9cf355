"""A long way, gone by compiled code, ends where the short way ends; what the code does not understand is read otherwise."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, inspect

from services.projections.views import beside
from services.projections.views.beside import Beside
from services.projections.views.caseload import whos
from services.projections.views.event_index import two_units
from services.projections.views.facts import EPOCH, Fact, facts_of, micros
from services.projections.views.lean import Declared, Recognised, Ruled
from services.projections.views.mentions import mentions
from services.projections.views.standing import declared
from services.projections.views.verify import digest
from services.projections.views.view import Tables, Writing
from services.projections.views.wholesale.index import mentioned
from services.projections.views.wholesale.row import (
    ACTOR,
    AGAINST_HIGH,
    AGAINST_LOW,
    BENEFIT,
    DIRECT,
    ENTERED,
    FILED,
    FIRST,
    IS_INELIGIBLE,
    IS_RECOGNISED,
    IS_VERIFIED,
    JUDGED,
    KINDS,
    MEMBER_HIGH,
    MEMBER_LOW,
    OF_PROGRAMME,
    PEOPLE,
    POSTS,
    RECORDED,
    SECOND,
    SURE,
    TOPIC,
    UNDERSTOOD,
)
from services.projections.views.wholesale.stretch import Stretch, halves
from services.projections.views.wholesale.values import instant
from services.projections.views.wholesale.words import Words
from shared.events.idea import IdeaDeclared, IdeaWithdrawn
from shared.events.register import EVENTS
from shared.ledger import stamp
from shared.ledger.stamp import Joined, Row
from shared.vocabulary import named
from tests.declarations import DECLARATIONS, PLAIN, stored_state
from tests.turns import History, Turn, moves, told, turns

SAMPLES = Path(__file__).parents[1] / "rules/samples"


def as_joined(rows: Sequence[Row]) -> Joined:
    """The same events as a replay reads them."""
    positions, streams, _, topics, states = zip(*rows, strict=True)
    lengths = [len(state) for state in states]
    return Joined(positions, "".join(streams).encode(), topics, lengths, b"".join(states))


def as_facts_say(rows: Sequence[Row]) -> Stretch:
    """Hold everything that is told of some events against what they are when they are read in the ordinary way."""
    words = Words()
    stretch = Stretch(as_joined(rows), rows[-1][0], words)
    facts = facts_of(rows)
    for row, fact in zip(stretch.told, facts, strict=True):
        event, texts = fact.event, words.texts()
        assert (texts[row[TOPIC]], texts[row[ACTOR]]) == (fact.topic, event.by.name)
        assert (texts[row[FIRST]], texts[row[SECOND]]) == two_units(event)
        assert row[RECORDED] == fact.recorded
        if isinstance(event, Declared):
            first = declared(event).amounts[0]
            assert texts[row[OF_PROGRAMME]] == event.programme
            assert row[FILED] == first.since == micros(event.filed_at)
            assert bool(row[IS_INELIGIBLE]) == bool(event.ineligible)
            assert bool(row[ENTERED]) == (event.entered_by is not None)
            brought = (first.people, first.benefit, first.posts, first.direct)
            assert tuple(row[[PEOPLE, BENEFIT, POSTS, DIRECT]]) == brought
            assert (row[SURE] == IS_RECOGNISED) * first.benefit == first.recognised
            assert (row[SURE] == IS_VERIFIED) * first.benefit == first.verified
        elif isinstance(event, Recognised) and fact.topic in KINDS:
            assert bool(row[IS_INELIGIBLE]) == bool(event.ineligible)
        elif isinstance(event, Ruled):
            assert tuple(row[[MEMBER_HIGH, MEMBER_LOW]]) == halves(event.member)
            assert tuple(row[[AGAINST_HIGH, AGAINST_LOW]]) == halves(event.canonical)
            assert texts[row[JUDGED]] == event.ruling
    told_of = [(place, who) for place, fact in enumerate(facts) for who in whos(fact)]
    assert len(stretch.seats) == len(told_of)
    for seat, (place, who) in zip(stretch.seats.tolist(), told_of, strict=True):
        rest = (micros(who.priority), who.position, bool(who.ineligible))
        high, low = halves(who.idea)
        in_full = [place, high, low, words.number(who.unit), *rest]
        only_unit = [place, 0, 0, words.number(who.unit), 0, 0, 0]
        assert seat == (only_unit if place in stretch.odd else in_full)
    found = [np.asarray(column).tolist() for column in mentioned(stretch)]
    assert list(zip(*found, strict=True)) == [row for fact in facts for row in mentions(fact)]
    return stretch


@given(DECLARATIONS)
@example(PLAIN)
@example(PLAIN.model_copy(update={"effective": None, "late": False, "ineligible": ()}))
@example(PLAIN.model_copy(update={"sender": 'cổng "một"', "external_id": "a\\b\n\x01"}))
def test_a_declaration_is_told_as_it_is_read(event: IdeaDeclared) -> None:
    as_facts_say([(7, event.originator_id.hex, 1, event.TOPIC, stored_state(event))])


def test_a_plain_declaration_is_understood_by_compiled_code() -> None:
    # The largest benefit that may be declared has a digit more than the compiled code reads.
    content = PLAIN.content.model_copy(update={"benefit_vnd": 10**17})
    plain = PLAIN.model_copy(update={"content": content})
    row = (7, PLAIN.originator_id.hex, 1, PLAIN.TOPIC, stored_state(plain))
    assert as_facts_say([row]).told[:, UNDERSTOOD].tolist() == [1]


@pytest.mark.parametrize("spaced", [True, False])
@pytest.mark.parametrize("topic", EVENTS)
def test_every_event_that_was_ever_stored_is_told_as_it_is_read(
    topic: str, *, spaced: bool
) -> None:
    stored = [
        sample["stored"]
        for path in sorted(SAMPLES.glob(f"{topic}.*.json"))
        for sample in json.loads(path.read_bytes()).values()
    ]
    signs = (", ", ": ") if spaced else (",", ":")
    for sample in stored if not spaced else ():
        # The names of the samples are full of signs that are not written as they are.
        sample["by"]["name"] = "tổ thẩm định"
        if "content" in sample and "benefit_vnd" in sample["content"]:
            sample["content"]["benefit_vnd"] = 34_368_000
    states = [json.dumps(s, separators=signs, ensure_ascii=spaced).encode() for s in stored]
    rows = [
        (place + 1, f"{place:032x}", 1, topic, stamp.stamp(EPOCH) + state[1:])
        for place, state in enumerate(states)
    ]
    stretch = as_facts_say(rows)
    if not spaced and topic in set(KINDS) - {"idea.rerouted"}:
        assert all(stretch.told[:, UNDERSTOOD])


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_read_as_the_calendar_says(at: datetime) -> None:
    for written in (at.astimezone(UTC).isoformat().replace("+00:00", "Z"), at.isoformat()):
        state = np.frombuffer(written.encode(), dtype=np.uint8)
        found, fits = instant(state, 0, len(state))
        # Offsets of old have seconds, and are left to the calendar, as is the day that not every year has.
        whole = written.endswith("Z") or at.utcoffset().total_seconds() % 60 == 0  # type: ignore[union-attr]
        assert fits == (whole and written[5:10] != "02-29")
        assert not fits or found == micros(at)


@pytest.mark.parametrize(
    "written",
    [
        "2022-13-01T00:00:00Z",
        "2022-00-01T00:00:00Z",
        "2022-04-31T00:00:00Z",
        "2022-04-00T00:00:00Z",
        "2022-04-20T24:00:00Z",
        "2022-04-20T08:60:00Z",
        "2022-04-20T08:00:60Z",
        "2022-04-20 08:00:00Z",
        "2022/04/20T08:00:00Z",
        "2022-04-20T08:00:00.Z",
        "2022-04-20T08:00:00.1234567Z",
        "2022-04-20T08:00:00+24:00",
        "2022-04-20T08:00:00+07:60",
        "2022-04-20T08:00:00.123",
    ],
)
def test_what_is_no_instant_or_may_be_none_is_left_to_the_calendar(written: str) -> None:
    state = np.frombuffer(written.encode(), dtype=np.uint8)
    assert instant(state, 0, len(state)) == (0, False)


@given(st.binary(max_size=80), st.sampled_from(sorted(KINDS)))
def test_no_bytes_lead_the_compiled_code_astray(state: bytes, topic: str) -> None:
    words = Words()
    row: Row = (1, "0" * 32, 1, topic, stamp.stamp(EPOCH) + state)
    try:
        facts_of([row])
    except Exception as problem:
        with pytest.raises(type(problem)):
            Stretch(as_joined([row]), 1, words)
    else:
        Stretch(as_joined([row]), 1, words)


@st.composite
def damaged(draw: st.DrawFn) -> Row:
    """An event that was stored once, with a few of its bytes changed, taken away or put in between."""
    path = draw(st.sampled_from([p for topic in KINDS for p in sorted(SAMPLES.glob(f"{topic}.*"))]))
    sample = draw(st.sampled_from(sorted(json.loads(path.read_bytes()).items())))[1]["stored"]
    state = bytearray(json.dumps(sample, separators=(",", ":"), ensure_ascii=False).encode())
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(state) - 1))
        signs = st.sampled_from(b'"\\{}[],:-+.Z019aef ') | st.integers(0, 255)
        state[place : place + draw(st.integers(0, 2))] = draw(st.lists(signs, max_size=2))
    return (1, "0" * 32, 1, path.name.rsplit(".", 2)[0], stamp.stamp(EPOCH) + bytes(state))


@settings(max_examples=300)
@given(damaged())
def test_what_can_still_be_read_after_damage_is_told_as_it_is_read(row: Row) -> None:
    try:
        facts_of([row])
    except ValueError:
        return
    as_facts_say([row])


def filled(history: History, stretch: int, *, twice_from: int | None = None) -> list[str]:
    """The digests of all views when they were filled in stretches of this size, at once or in two goes."""
    with Beside(history.views, history.projector.kinds, page=stretch) as one:
        if twice_from is not None:
            one.fill(history.ledger, to=twice_from)
        one.fill(history.ledger)
        with one.reading() as snapshots:
            return [digest(snapshot) for snapshot in snapshots]


@settings(max_examples=60)
@given(turns, moves, st.sampled_from((1, 2, 7, 100)), st.floats(0, 1))
def test_whatever_happened_the_long_way_ends_where_the_short_one_does(
    turned: list[Turn], move: tuple[str, int] | None, stretch: int, part: float
) -> None:
    with told(turned, move) as history, pytest.MonkeyPatch.context() as patched:
        short = filled(history, 10)
        patched.setattr(beside, "LONG", -1)
        assert filled(history, stretch) == short
        begun = round(part * history.ledger.head())
        assert filled(history, stretch, twice_from=begun) == short
        # Texts may be so long that a stretch ends early.
        patched.setattr(stamp, "PIECE", 3)
        patched.setattr(stamp, "ENOUGH", 1)
        assert filled(history, stretch) == short


def test_an_event_of_an_idea_that_was_never_declared_stops_the_long_way_too() -> None:
    with told([Turn("declare", 1, 0, 0, 0)]) as history, pytest.MonkeyPatch.context() as patched:
        story = history.story
        nobody = named("idea", "of nobody")
        story.record(
            story.next(IdeaWithdrawn, nobody, programme="1tr", unit="a", reason="không có")
        )
        patched.setattr(beside, "LONG", -1)
        with pytest.raises(ValueError, match="follows no declaration"):
            filled(history, 100)


class _CutOff(Exception):
    pass


def test_an_interrupted_long_way_has_no_indexes_and_whoever_goes_on_makes_them() -> None:
    def indexes(one: Beside) -> int:
        with one.reading() as snapshots:
            return sum(
                len(inspect(snapshot.connection).get_indexes(table.name))
                for snapshot in snapshots
                for table in snapshot.tables.values()
            )

    def cut_off(_position: int, _head: int) -> None:
        raise _CutOff

    turned = [Turn("declare", n, 0, 0, 0) for n in range(4)]
    with (
        told(turned) as history,
        pytest.MonkeyPatch.context() as patched,
        Beside(history.views, history.projector.kinds, page=2) as one,
    ):
        before = indexes(one)
        patched.setattr(beside, "LONG", -1)
        with pytest.raises(_CutOff):
            one.fill(history.ledger, progress=cut_off)
        assert indexes(one) == 0
        patched.setattr(beside, "LONG", 100)
        one.fill(history.ledger)
        assert indexes(one) == before > 0
        patched.setattr(beside, "LONG", -1)
        one.fill(history.ledger)
        assert indexes(one) == before


def test_near_the_head_nothing_is_read_ahead_so_that_what_is_recorded_meanwhile_is_seen() -> None:
    with told([Turn("declare", n, 0, 0, 0) for n in range(30)]) as history:
        ledger, story = history.ledger, history.story
        head = ledger.head()
        with closing(beside.ahead(beside.wholesale({}), ledger, 0, 2, None)) as stretches:
            read = [next(stretches).last for _ in range(-(-head // 2))]
            assert read == [min(head, at) for at in range(2, head + 2, 2)]
            story.declare("vừa kịp", "a")
            assert next(stretches).last == ledger.head() > head


def test_what_goes_wrong_with_reading_ahead_stops_the_long_way_and_leaves_no_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with told([Turn("declare", n, 0, 0, 0) for n in range(30)]) as history:
        monkeypatch.setattr(beside, "LONG", -1)
        joined = history.ledger.joined

        def fails(after: int, *, limit: int, to: int | None = None) -> Joined:
            if after >= 10:
                raise OSError("The disk is gone.")
            return joined(after, limit=limit, to=to)

        monkeypatch.setattr(history.ledger, "joined", fails)
        before = threading.active_count()
        with pytest.raises(OSError, match="disk is gone"):
            filled(history, 2)
        assert threading.active_count() == before


class Programmes:
    """A view of its own, of which compiled code knows nothing: how often each programme was declared to."""

    name = "programmes"
    version = 1
    topics = frozenset({IdeaDeclared.TOPIC})

    def tables(self, metadata: MetaData, suffix: str) -> Tables:
        columns = (Column("place", Integer, primary_key=True), Column("programme", Text))
        return {"declared": Table(f"programmes_declared{suffix}", metadata, *columns)}

    def recall(self, write: Writing, facts: Sequence[Fact] | None) -> None:
        """Nothing of the past matters."""

    def fold(self, memory: None, facts: Sequence[Fact]) -> list[tuple[object, ...]]:
        return [
            (fact.position, fact.event.programme)
            for fact in facts
            if isinstance(fact.event, Declared)
        ]

    def store(self, write: Writing, changes: Sequence[list[tuple[object, ...]]]) -> None:
        write.add("declared", [row for change in changes for row in change])


def test_a_view_that_compiled_code_does_not_know_goes_the_long_way_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(history: History) -> str:
        with Beside(history.views, [Programmes()], page=3) as one:
            one.fill(history.ledger)
            with one.reading() as (snapshot,):
                return digest(snapshot)

    with told([Turn("declare", n, 0, 0, 0) for n in range(9)]) as history:
        short = found(history)
        monkeypatch.setattr(beside, "LONG", -1)
        assert found(history) == short

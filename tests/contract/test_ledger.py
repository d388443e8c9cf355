"""What a ledger promises, over every engine: what is recorded together, refused, claimed, tracked and read again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import AlreadyClaimed, Conflict, NotFound, VersionConflict
from shared.events.idea import IdeaDeclared, IdeaWithdrawn
from shared.events.register import EVENTS
from shared.ledger import feed, stamp
from shared.ledger.encoding import Stored, decode, encode
from shared.ledger.feed import LedgerFeed
from shared.ledger.model import Event, Recorded
from shared.ledger.store import Ledger
from shared.ledger.write import Claim, Write
from tests.chronicle import Chronicle
from tests.contract.engines import START, Cohort, Engine, Hands, add, by, formed, joined
from tests.samples import sample

KINDS = [pytest.param(kind, id=topic) for topic, kind in EVENTS.items()]


def events(page: list[Recorded]) -> list[Event]:
    return [recorded.event for recorded in page]


# Streams.


def test_an_empty_ledger_holds_nothing(ledger: Ledger) -> None:
    assert ledger.head() == 0
    assert ledger.read(0) == []
    assert ledger.find(["a name"]) == {}
    assert ledger.handled("relay") == 0
    assert ledger.recorded_at(7) is None


def test_what_was_appended_is_read_in_order_with_its_instant(ledger: Ledger, clock: Hands) -> None:
    first, second = formed(ledger), formed(ledger)
    [one] = ledger.append(first)
    clock.move(60)
    [two] = ledger.append(second)
    assert ledger.read(0) == [
        Recorded(one, START, first),
        Recorded(two, clock.now, second),
    ]
    assert one < two == ledger.head()


def test_a_thing_is_what_its_events_make_of_it(ledger: Ledger) -> None:
    stream = ledger.new_id()
    ledger.append(formed(ledger, stream), joined(ledger, stream, 2, "U1"))
    assert ledger.load(Cohort, stream).units == ("U1",)
    ledger.append(joined(ledger, stream, 3, "U2"))
    assert ledger.load(Cohort, stream) == Cohort(id=stream, version=3, units=("U1", "U2"))


def test_a_thing_changed_by_another_process_is_loaded_as_it_now_is(engine: Engine) -> None:
    here, there = engine.open(), engine.open()
    stream = here.new_id()
    here.append(formed(here, stream))
    assert here.load(Cohort, stream).version == 1
    there.append(joined(there, stream, 2))
    assert here.load(Cohort, stream).version == 2


def test_a_thing_without_events_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no such cohort"):
        ledger.load(Cohort, ledger.new_id())


def test_a_stream_of_another_kind_is_not_found_before_and_after_it_was_loaded(
    ledger: Ledger,
) -> None:
    class Phase(Cohort):
        NOUN = "phase"

    withdrawn = sample(IdeaWithdrawn, full=True, version=1)
    cohort = formed(ledger)
    ledger.append(withdrawn, cohort)
    with pytest.raises(NotFound, match="no such cohort"):
        ledger.load(Cohort, withdrawn.originator_id)
    ledger.load(Cohort, cohort.originator_id)
    assert type(ledger.load(Phase, cohort.originator_id)) is Phase


def test_one_event_is_found_by_its_stream_and_version(ledger: Ledger) -> None:
    stream = ledger.new_id()
    first, second = formed(ledger, stream), joined(ledger, stream, 2)
    ledger.append(first, second)
    assert ledger.event(stream, 2) == second
    assert ledger.event(stream, 3) is None
    assert list(ledger.stream(stream)) == [first, second]


# Conflicts, and what is recorded together.


def test_a_place_in_a_stream_is_taken_once(ledger: Ledger) -> None:
    first = formed(ledger)
    ledger.append(first)
    with pytest.raises(VersionConflict, match=r"Version 1 of .* is already on record\. Load it"):
        ledger.append(formed(ledger, first.originator_id))
    assert events(ledger.read(0)) == [first]


def test_the_same_event_is_recorded_once(ledger: Ledger) -> None:
    event = formed(ledger)
    ledger.append(event)
    with pytest.raises(VersionConflict):
        ledger.append(event)
    assert events(ledger.read(0)) == [event]


def test_a_group_is_recorded_whole_or_not_at_all(ledger: Ledger) -> None:
    taken = formed(ledger)
    ledger.append(taken)
    group = [
        Write([formed(ledger)], follower="projector", handled=1),
        Write([formed(ledger), formed(ledger, taken.originator_id)]),
        Write([formed(ledger)]),
    ]
    with pytest.raises(VersionConflict):
        ledger.write(group)
    assert events(ledger.read(0)) == [taken]
    assert ledger.handled("projector") == 0


def test_each_write_of_a_group_learns_its_own_positions(ledger: Ledger) -> None:
    writes = [
        Write([formed(ledger), formed(ledger)]),
        Write(),
        Write([formed(ledger)], moments=[START]),
    ]
    first, nothing, last = ledger.write(writes)
    assert nothing == []
    assert [r.position for r in ledger.read(0)] == [*first, *last]
    assert events(ledger.read(0)) == [e for write in writes for e in write.events]


# Claims.


def test_a_claim_is_found_with_the_event_that_answers_it(ledger: Ledger) -> None:
    event = formed(ledger)
    [_, position] = ledger.append(formed(ledger), event, claims=[Claim("key k1", b"digest", event)])
    found = ledger.find(["key k1", "key k2"])
    assert list(found) == ["key k1"]
    assert found["key k1"].digest == b"digest"
    assert found["key k1"].recorded == Recorded(position, START, event)
    assert ledger.claimed(["key k1"])["key k1"].position == position


def test_many_claims_are_found_at_once(ledger: Ledger) -> None:
    event = formed(ledger)
    names = [f"row {number}" for number in range(1_201)]
    ledger.append(event, claims=[Claim(name, b"", event) for name in names])
    assert set(ledger.claimed(names)) == set(names)


def test_a_claimed_name_cannot_be_claimed_again_and_leaves_nothing_behind(ledger: Ledger) -> None:
    event, late = formed(ledger), formed(ledger)
    ledger.append(event, claims=[Claim("key k1", b"1", event)])
    with pytest.raises(AlreadyClaimed, match="key k1 is already on record") as refused:
        ledger.append(late, claims=[Claim("key k0", b"", late), Claim("key k1", b"2", late)])
    assert refused.value.name == "key k1"
    assert events(ledger.read(0)) == [event]
    assert list(ledger.find(["key k0", "key k1"])) == ["key k1"]


def test_a_name_cannot_be_claimed_twice_in_one_write(ledger: Ledger) -> None:
    event = formed(ledger)
    with pytest.raises(Conflict):
        ledger.append(event, claims=[Claim("key k1", b"", event), Claim("key k1", b"", event)])
    assert ledger.head() == 0


def test_what_was_encoded_elsewhere_is_recorded_like_any_other(ledger: Ledger) -> None:
    stream = ledger.new_id()
    first, second = formed(ledger, stream), joined(ledger, stream, 2, "U1")
    sent = encode(first)

    positions = ledger.append(sent, second, claims=[Claim("key k9", b"digest", sent)])

    assert events(ledger.read(0)) == [first, second]
    assert [recorded.position for recorded in ledger.read(0)] == positions
    assert ledger.find(["key k9"])["key k9"].recorded.event == first
    assert ledger.load(Cohort, stream).units == ("U1",)
    with pytest.raises(VersionConflict, match="is already on record"):
        ledger.append(sent)
    with pytest.raises(AlreadyClaimed):
        ledger.append(formed(ledger), claims=[Claim("key k9", b"other", sent)])


def test_a_further_name_may_point_to_an_event_on_record(ledger: Ledger) -> None:
    event = formed(ledger)
    ledger.append(event)
    ledger.append(claims=[Claim("key k2", b"2", event)])
    assert ledger.find(["key k2"])["key k2"].recorded.event == event
    with pytest.raises(AlreadyClaimed):
        ledger.append(claims=[Claim("key k2", b"3", event)])


# Followers.


def test_a_follower_cannot_handle_a_position_twice(ledger: Ledger) -> None:
    ledger.append(follower="dedup", handled=1)
    for handled in (1, 0):
        with pytest.raises(Conflict, match=f"dedup has already handled position {handled}"):
            ledger.append(follower="dedup", handled=handled)
    assert ledger.handled("dedup") == 1
    assert ledger.handled("relay") == 0


def test_a_followers_effects_and_progress_are_recorded_together(ledger: Ledger) -> None:
    effect = formed(ledger)
    ledger.append(effect, follower="dedup", handled=5)
    assert ledger.handled("dedup") == 5
    with pytest.raises(Conflict, match="already handled"):
        ledger.append(formed(ledger), follower="dedup", handled=5)
    with pytest.raises(VersionConflict):
        ledger.append(effect, follower="dedup", handled=6)
    assert ledger.handled("dedup") == 5
    assert events(ledger.read(0)) == [effect]


def test_a_group_carries_the_progress_of_every_follower_in_it(ledger: Ledger) -> None:
    ledger.write(
        [
            Write(follower="dedup", handled=3),
            Write([formed(ledger)], follower="keeper", handled=4),
            Write(follower="dedup", handled=7),
        ]
    )
    assert (ledger.handled("dedup"), ledger.handled("keeper")) == (7, 4)


# Reading.


def test_a_reader_goes_on_from_any_position(ledger: Ledger) -> None:
    for _ in range(7):
        ledger.append(formed(ledger))
    whole = ledger.read(0)
    for place, recorded in enumerate(whole, start=1):
        assert ledger.read(recorded.position) == whole[place:]
        assert ledger.read(recorded.position, limit=2) == whole[place : place + 2]
        assert ledger.read(0, to=recorded.position) == whole[:place]
    assert ledger.read(ledger.head() + 5) == []


def test_a_reader_may_ask_for_some_topics_only(ledger: Ledger) -> None:
    stream = ledger.new_id()
    ledger.append(formed(ledger, stream), joined(ledger, stream, 2), joined(ledger, stream, 3))
    topics = [r.event.TOPIC for r in ledger.read(0, topics=["cohort.joined"], limit=1)]
    assert topics == ["cohort.joined"]
    assert len(ledger.read(0, topics=["cohort.joined", "cohort.formed"])) == 3
    assert ledger.read(0, topics=["unit.founded"]) == []


@pytest.mark.parametrize(
    "topics",
    [
        ("unit.founded",),
        ("idea.declared",),
        ("unit.founded", "programme.target-set"),
        ("unit.founded", "idea.declared", "case.opened"),
        ("flag.raised", "case.opened"),
    ],
)
def test_rare_events_and_frequent_ones_are_found_by_their_type_all_the_same(
    ledger: Ledger, topics: tuple[str, ...]
) -> None:
    story = Chronicle(ledger)
    story.target("p1", 3)
    story.declare_many("a", "1", "2")
    story.flag("2", "1")
    story.open_case("1", "2")
    everything = ledger.read(0)
    wanted = [fact for fact in everything if fact.event.TOPIC in topics]
    assert wanted
    assert ledger.read(0, topics=topics) == wanted
    assert ledger.read(wanted[0].position, topics=topics) == wanted[1:]
    assert ledger.read(0, topics=topics, limit=1) == wanted[:1]
    assert ledger.read(0, topics=topics, to=wanted[-1].position - 1) == wanted[:-1]


def test_every_kind_of_event_survives_reopening_byte_for_byte(engine: Engine) -> None:
    ledger = engine.open()
    facts = [
        sample(kind, full=full, stream=ledger.new_id(), version=1)
        for kind in EVENTS.values()
        for full in (False, True)
    ]
    ledger.append(*facts)
    before = [(n.id, n.topic, n.state) for n in ledger.notifications(0)]
    engine.close()
    again = engine.open()
    assert [(n.id, n.topic, n.state) for n in again.notifications(0)] == before
    assert events(again.read(0)) == facts


def test_rows_as_they_lie_are_the_notifications(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = engine.open()
    kind = next(iter(EVENTS.values()))
    ledger.append(*(sample(kind, full=True, stream=ledger.new_id(), version=1) for _ in range(5)))
    noted = [
        (n.id, UUID(str(n.originator_id)).hex, n.originator_version, n.topic, bytes(n.state))
        for n in ledger.notifications(0)
    ]
    assert [tuple(row) for row in ledger.rows(0, limit=10)] == noted
    assert [tuple(row) for row in ledger.rows(1, limit=2)] == noted[1:3]
    assert [tuple(row) for row in ledger.rows(1, limit=9, to=4)] == noted[1:4]
    for after, to, expected in ((0, None, noted), (1, 4, noted[1:4]), (5, None, [])):
        positions, streams, topics, lengths, states = ledger.joined(after, limit=10, to=to)
        assert streams.decode() == "".join(stream for _, stream, *_ in expected)
        assert list(zip(positions, topics, lengths, strict=True)) == [
            (at, topic, len(state)) for at, _, _, topic, state in expected
        ]
        assert states == b"".join(state for *_, state in expected)
    monkeypatch.setattr(stamp, "PIECE", 2)
    assert ledger.joined(0, limit=10).positions == [1, 2, 3, 4, 5]
    monkeypatch.setattr(stamp, "ENOUGH", len(noted[0][-1]))
    full = ledger.joined(0, limit=10)
    assert (full.positions, full.is_full) == ([1, 2], True)


# The bytes themselves; no engine is needed for these.


def stored(event: Event, position: int = 1) -> Stored:
    """What a reader would find, without a recorder in between."""
    written = encode(event)
    return Stored(
        id=position,
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=written.topic,
        state=b'{"recorded":"2022-01-08T00:00:00.000000Z",' + written.state[1:],
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("full", [False, True], ids=["least", "most"])
def test_what_is_encoded_decodes_to_the_same(kind: type[Event], full: bool) -> None:
    event = sample(kind, full=full)
    assert decode(stored(event, 9)) == Recorded(9, START, event)


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(text=st.text(), instant=st.datetimes(timezones=OFFSETS))
def test_any_text_and_instant_is_encoded_faithfully(text: str, instant: datetime) -> None:
    declared = sample(IdeaDeclared, full=True)
    content = declared.content.model_copy(update={"solution": text})
    event = declared.model_copy(update={"sender": text, "effective": instant, "content": content})
    assert decode(stored(event)).event == event


def test_a_topic_that_this_version_does_not_know_is_named(ledger: Ledger) -> None:
    class FromTheFuture(Event):
        TOPIC = "idea.teleported"

    event = FromTheFuture(originator_id=ledger.new_id(), originator_version=1, by=by(ledger))
    [position] = ledger.append(event)
    with pytest.raises(LookupError, match=f"Position {position} holds idea.teleported"):
        ledger.read(0)


@pytest.mark.parametrize(("piece", "enough"), [(500, 1 << 24), (4, 1 << 24), (4, 1), (1, 1)])
def test_a_feed_gives_every_fact_once_however_large_facts_are(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, piece: int, enough: int
) -> None:
    monkeypatch.setattr(feed, "PIECE", piece)
    monkeypatch.setattr(feed, "ENOUGH", enough)
    add(ledger, 23)
    reading = LedgerFeed(ledger, decode)
    for limit in (1, 3, 10, 100):
        found: list[Recorded] = []
        while page := reading.read(len(found), limit=limit):
            # What is large ends a page with the piece in hand.
            assert len(page) <= (min(limit, piece) if enough == 1 else limit)
            found += page
        assert found == ledger.read(0)
    assert reading.head() == 23

"""A stretch of the ledger, read as numbers. What compiled code does not understand, being rare or written in a way it
does not know, is read in the ordinary way, and told as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import repeat
from typing import Final

import numpy as np

from services.projections.views.caseload import whos
from services.projections.views.event_index import MANY, two_units
from services.projections.views.facts import Fact, facts_of
from services.projections.views.lean import Declared, Recognised, Ruled
from services.projections.views.standing import declared
from services.projections.views.wholesale.row import (
    ACTOR,
    AGAINST_HIGH,
    AGAINST_LOW,
    BENEFIT,
    COLUMNS,
    DIRECT,
    ENTERED,
    FILED,
    FIRST,
    IS_INELIGIBLE,
    IS_RECOGNISED,
    IS_VERIFIED,
    JUDGED,
    KIND,
    KINDS,
    MEMBER_HIGH,
    MEMBER_LOW,
    MENTIONED,
    MOST_MENTIONS,
    OF_EVENT,
    OF_PROGRAMME,
    OF_UNIT,
    OTHER,
    PEOPLE,
    POSTS,
    READ,
    RECORDED,
    SEATED,
    SECOND,
    SURE,
    TOPIC,
    UNDERSTOOD,
    Rows,
)
from services.projections.views.wholesale.told import tell
from services.projections.views.wholesale.words import Words
from shared.ledger.stamp import Joined, Row
from shared.vocabulary import Position

MASK: Final = 2**64 - 1


class Stretch:
    """So many events, each told in numbers; what was not understood is there as a fact, by its place in the stretch."""

    def __init__(self, events: Joined, last: Position, words: Words) -> None:
        self.last = last
        self._events = events
        self._before = 0
        self._ends = np.cumsum(np.array(events.lengths, dtype=np.int64))
        count = len(events.positions)
        self.positions = np.array(events.positions, dtype=np.int64)
        self.topics = events.topics
        self.bytes = events.states
        self.told = np.zeros((count, COLUMNS), dtype=np.int64)
        self.told[:, KIND] = np.fromiter(
            map(KINDS.get, self.topics, repeat(OTHER)), np.int64, count
        )
        self.told[:, TOPIC] = np.array([words.number(kind.TOPIC) for kind in READ] + [-1])[
            self.told[:, KIND]
        ]
        mentions = np.empty((2 * count + MOST_MENTIONS + 2, MENTIONED), dtype=np.uint64)
        seats = np.empty((len(mentions), SEATED), dtype=np.int64)
        nothing, many = words.number(""), words.number(MANY)
        mentioned, seated = tell(
            np.frombuffer(self.bytes, dtype=np.uint8),
            self._ends,
            np.frombuffer(events.streams, dtype=np.uint8),
            words.table(6 * count, len(self.bytes)),
            self.told,
            mentions,
            seats,
            nothing,
            many,
        )
        self.mentions = mentions[:mentioned]
        odd = np.flatnonzero(self.told[:, UNDERSTOOD] == 0).tolist()
        self.odd = dict(zip(odd, facts_of([self._row(event) for event in odd]), strict=True))
        for event, fact in self.odd.items():
            _tell(self.told[event], fact, words)
        self.seats = _with_the_odd(seats[:seated], self.odd, words)
        self.texts = words.texts()
        """The texts of all words that are told of this stretch, by their numbers."""

    def behind(self, position: Position) -> Stretch:
        """The same without what stands at or before a position."""
        first = int(np.searchsorted(self.positions, position, side="right"))
        if first == 0:
            return self
        rest = copy(self)
        rest._before = self._before + first
        rest.topics = self.topics[first:]
        rest.positions, rest.told = self.positions[first:], self.told[first:]
        rest.mentions = self.mentions[self.mentions[:, 0] >= first] - np.array(
            [first, 0, 0, 0], dtype=np.uint64
        )
        rest.seats = self.seats[self.seats[:, OF_EVENT] >= first].copy()
        rest.seats[:, OF_EVENT] -= first
        rest.odd = {event - first: fact for event, fact in self.odd.items() if event >= first}
        return rest

    def facts(self, events: Sequence[int]) -> list[Fact]:
        """Some of the events, read in the ordinary way."""
        odd = self.odd
        plain = [event for event in events if event not in odd]
        read = dict(zip(plain, facts_of([self._row(event) for event in plain]), strict=True))
        return [odd[event] if event in odd else read[event] for event in events]

    def streams(self, events: Rows) -> list[str]:
        """The streams of some of the events, in hex."""
        text = self._events.streams.decode()
        return [text[begin : begin + 32] for begin in (32 * (self._before + events)).tolist()]

    def _row(self, event: int) -> Row:
        events, place = self._events, self._before + event
        begin = int(self._ends[place - 1]) if place else 0
        state = events.states[begin : self._ends[place]]
        stream = events.streams[32 * place : 32 * place + 32].decode()
        # A fact has no version.
        return events.positions[place], stream, 0, events.topics[place], state


def signed(half: int) -> int:
    """Half of an id as a number of 64 bits with a sign."""
    return half - (1 << 64) if half >> 63 else half


def halves(uuid: str) -> tuple[int, int]:
    """The two halves of an id, written with hyphens or without."""
    whole = int(uuid.replace("-", ""), 16)
    return signed(whole >> 64), signed(whole & MASK)


def _with_the_odd(seats: Rows, odd: Mapping[int, Fact], words: Words) -> Rows:
    """The members that were told, and between them those of the events that were read in the ordinary way.

    Of these the rules know the rest: here stands only of which unit each is.
    """
    found = [(event, words.number(who.unit)) for event, fact in odd.items() for who in whos(fact)]
    if not found:
        return seats
    rows = np.zeros((len(found), SEATED), dtype=np.int64)
    rows[:, [OF_EVENT, OF_UNIT]] = found
    both = np.concatenate([seats, rows])
    return both[np.argsort(both[:, OF_EVENT], kind="stable")]


def _tell(row: Rows, fact: Fact, words: Words) -> None:
    """Tell what was read in the ordinary way."""
    event, number = fact.event, words.number
    row[RECORDED], row[TOPIC] = fact.recorded, number(fact.topic)
    row[ACTOR] = number(event.by.name)
    row[FIRST], row[SECOND] = (number(unit) for unit in two_units(event))
    if isinstance(event, Ruled):
        row[MEMBER_HIGH], row[MEMBER_LOW] = halves(event.member)
        row[AGAINST_HIGH], row[AGAINST_LOW] = halves(event.canonical)
        row[JUDGED] = number(event.ruling)
    elif isinstance(event, Recognised):
        row[IS_INELIGIBLE] = bool(event.ineligible)
    elif isinstance(event, Declared):
        first = declared(event).amounts[0]
        row[IS_INELIGIBLE] = bool(event.ineligible)
        row[OF_PROGRAMME], row[FILED] = number(event.programme), first.since
        row[ENTERED] = event.entered_by is not None
        row[PEOPLE], row[BENEFIT] = first.people, first.benefit
        row[POSTS], row[DIRECT] = first.posts, first.direct
        row[SURE] = IS_VERIFIED if first.verified else IS_RECOGNISED if first.recognised else 0

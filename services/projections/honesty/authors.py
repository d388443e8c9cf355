"""Authors by their pseudonyms: who stands behind how many ideas, without anybody's name.

A pseudonym is that of a person with one sender (`services/intake/authorship.py`); whoever is known to two senders is two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder
from numpy.typing import NDArray

from services.projections.honesty.judgements import numbered
from services.projections.honesty.surprise import Floats, count_tail, discovered
from services.projections.reckoning.counts import Counts
from services.projections.reckoning.reckoning import Scope
from services.projections.views.columns import Array
from services.projections.views.facts import micros
from services.projections.views.index import positions_of, rows_at
from services.projections.views.view import Snapshot
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.ledger.stamp import stamped
from shared.ledger.store import Ledger
from shared.vocabulary import Position

FEWEST: Final = 10
TIMES: Final = 3.0
FEWEST_AUTHORS: Final = 20
"""Among fewer nobody stands out."""


class Author(Struct, gc=False):
    """A person under the pseudonym that stands on record."""

    person: str


class Authored(Struct, gc=False):
    """A declaration or an amendment as far as it says whose it is."""

    authors: list[Author]


AUTHORED: Final = Decoder(Authored).decode


class Authors(NamedTuple):
    """Which idea, by its number in the view, has which author; a line for each, later amendments included."""

    idea: Array
    person: Array


class _Kept(NamedTuple):
    """What a process has read once it keeps, since no event ever changes: who was named by which declaration."""

    reached: Position = 0
    position: Sequence[Array] = ()
    person: Sequence[Array] = ()
    amended: tuple[tuple[Position, int, str, tuple[int, ...]], ...] = ()


def authors_of(ledger: Ledger, mentions: Snapshot, quota: Snapshot, scope: Scope) -> Authors:
    """The authors of all ideas, as of a scope: as declared, or as last amended by then."""
    with mentions.loaded.lock:
        kept: _Kept = mentions.loaded.derived.get("authors", _Kept())
        if kept.reached < scope.position:
            kept = mentions.loaded.derived["authors"] = _read(
                ledger, mentions, kept, scope.position
            )
    position = np.concatenate([*kept.position, np.zeros(0, dtype=np.int64)])
    person = np.concatenate([*kept.person, np.zeros(0, dtype=np.int64)])
    # An idea's first entry stands at its declaration.
    entered, number = Counts(quota).columns("position", "idea", position=scope.position)
    ideas, first = np.unique(number, return_index=True)
    declared = entered[first]
    order = np.argsort(declared)
    place = np.searchsorted(declared[order], position)
    known = place < len(order)
    known[known] = declared[order][place[known]] == position[known]
    found = Authors(ideas[order][place[known]], person[known])
    true_by = scope.true_by
    last = {
        idea: persons
        for at, recorded, idea, persons in kept.amended
        if at <= scope.position and (true_by is None or recorded <= true_by)
    }
    if not last:
        return found
    numbers = numbered(quota, last)
    stays = ~np.isin(found.idea, list(numbers.values()))
    amended = [(numbers[i], who) for i, persons in last.items() if i in numbers for who in persons]
    return Authors(
        np.concatenate([found.idea[stays], np.array([i for i, _ in amended], dtype=np.int64)]),
        np.concatenate([found.person[stays], np.array([p for _, p in amended], dtype=np.int64)]),
    )


def _read(ledger: Ledger, mentions: Snapshot, kept: _Kept, to: Position) -> _Kept:
    positions: list[int] = []
    persons: list[int] = []
    amended = list(kept.amended)
    at = positions_of(mentions, (IdeaDeclared.TOPIC, IdeaAmended.TOPIC), kept.reached, to)
    for position, stream, _, topic, state in rows_at(ledger, at):
        who = tuple(dict.fromkeys(_short(author.person) for author in AUTHORED(state).authors))
        if topic == IdeaDeclared.TOPIC:
            positions += [position] * len(who)
            persons += who
        else:
            amended.append((position, micros(stamped(state)), stream, who))
    return _Kept(
        to,
        (*kept.position, np.array(positions, dtype=np.int64)),
        (*kept.person, np.array(persons, dtype=np.int64)),
        tuple(amended),
    )


def _short(person: str) -> int:
    """A number for a pseudonym: of a million persons, two have one number in one of some twenty million cases."""
    return int(person.replace("-", "")[:15], 16)


class Prolific(NamedTuple):
    """Of a unit the author with the most ideas: how many, how many an author of the level has, and one of the ideas.

    `authors` is how many authors of the unit stand out so.
    """

    unit: int
    declared: int
    expected: float
    likely: float
    authors: int
    idea: int


def prolific(units: Mapping[int, int], authors: Authors, rate: float) -> tuple[list[Prolific], int]:
    """The units with an author of far more ideas than others have, and how many authors were looked at.

    `units` is the unit of each idea that counts. Expected is what all other authors of the level have on average, with
    their own spread; an author stands out with FEWEST ideas in the unit, and TIMES as many as expected.
    """
    unit = np.array([units.get(idea, -1) for idea in authors.idea.tolist()], dtype=np.int64)
    inside = unit >= 0
    unit, person, idea = unit[inside], authors.person[inside], authors.idea[inside]
    order = np.lexsort((idea, person, unit))
    unit, person, idea = unit[order], person[order], idea[order]
    begins = np.ones(len(unit), dtype=bool)
    begins[1:] = (unit[1:] != unit[:-1]) | (person[1:] != person[:-1])
    starts = np.flatnonzero(begins)
    count = np.diff(np.append(starts, len(unit)))
    if len(count) < FEWEST_AUTHORS:
        return [], len(count)
    expected, spread = _others(count)
    likely = count_tail(count.astype(np.float64), expected, spread)
    far = discovered(likely, len(count), rate) & (count >= FEWEST) & (count >= TIMES * expected)
    rows = np.flatnonzero(far)
    best: dict[int, Prolific] = {}
    # An idea of few authors says best whose they are.
    several = dict(
        zip(*(part.tolist() for part in np.unique(idea, return_counts=True)), strict=True)
    )
    for row in rows[np.argsort(-count[rows], kind="stable")].tolist():
        n = int(unit[starts[row]])
        if n in best:
            best[n] = best[n]._replace(authors=best[n].authors + 1)
            continue
        own = idea[starts[row] : starts[row] + count[row]].tolist()
        shown = min(own, key=lambda one: (several[one], one))
        best[n] = Prolific(n, int(count[row]), float(expected[row]), float(likely[row]), 1, shown)
    return list(best.values()), len(count)


def _others(count: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """What all others have on average, and the variance over that, without the one it is about."""
    many = len(count) - 1
    mean = (count.sum() - count) / many
    squares = ((count**2).sum() - count**2) / many
    return mean, np.maximum((squares - mean**2) / mean, 1.0)

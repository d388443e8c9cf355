"""Entries wholesale: the view that quotas, leaderboards and milestones are summed from, filled a long stretch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec.json import Decoder, encode

from services.projections.views.entries import COLUMNS, STANDING, Change, as_stored
from services.projections.views.lean import Declared, Recognised, Ruled
from services.projections.views.standing import (
    TOPICS,
    Amount,
    Standing,
    cause,
    concerned,
    difference,
    evolve,
)
from services.projections.views.view import Writing
from services.projections.views.wholesale.ideas import (
    CELL,
    CELLS,
    CHANGED,
    COUNTS,
    ELABORATE,
    ENTRIES,
    IDEAS,
    LEFT,
    OUT_OF_LAW,
    POSITION,
    RULED_OUT,
    STATE,
    TOUCHED,
    TYPED,
    WIDTH,
    fold,
)
from services.projections.views.wholesale.identities import Identities, with_room
from services.projections.views.wholesale.letters import Letters
from services.projections.views.wholesale.numbering import Rulings
from services.projections.views.wholesale.row import (
    DECLARED,
    ENTERED,
    EXTERNAL_BEGINS,
    EXTERNAL_ENDS,
    IS_INELIGIBLE,
    IS_RECOGNISED,
    IS_VERIFIED,
    KIND,
    REROUTED,
    SENDER_BEGINS,
    SENDER_ENDS,
    Rows,
)
from services.projections.views.wholesale.standings import standings
from services.projections.views.wholesale.stretch import MASK, Stretch, signed
from services.projections.views.wholesale.words import Words

_TEXT: Final = Decoder(str).decode


class WholeEntries:
    """All ideas in mind, and what stretch after stretch makes of them."""

    def __init__(self, write: Writing, words: Words) -> None:
        self._elaborate: dict[int, Standing] = {}
        self._senders: dict[bytes, str] = {}
        self._cells: list[tuple[str, str]] = []
        self._spelled: list[bytes] = []
        self._units_spelled = _spelled([])
        self._cell_of: dict[tuple[str, str], int] = {}
        self._counts = np.zeros(COUNTS, dtype=np.int64)
        self._rulings = Rulings()
        self._recall(write, words)

    def _recall(self, write: Writing, words: Words) -> None:
        """Have in mind what was stored before."""
        cells = sorted((row["cell"], row["programme"], row["unit"]) for row in write.all("cells"))
        ideas = sorted(write.all("ideas"), key=lambda row: row["number"])
        number = words.number
        self._of_cells = Identities(
            [(number(programme), number(unit)) for _, programme, unit in cells]
        )
        for _, programme, unit in cells:
            self._note_cell(programme, unit)
        self._of_ideas = Identities([divmod(int(row["idea"], 16), 1 << 64) for row in ideas])
        self._counts[[IDEAS, CELLS]] = len(ideas), len(cells)
        self._rows = np.empty((len(ideas), WIDTH), dtype=np.int64)
        for n, row in enumerate(ideas):
            standing = STANDING(row["standing"])
            _, people, benefit, posts, direct, recognised, verified = standing.amounts[0]
            self._rows[n] = (
                self._cell_of[row["programme"], standing.unit],
                standing.filed,
                (OUT_OF_LAW if standing.ineligible else 0) | (TYPED if row["entered"] else 0),
                *(0, 0),
                *(people, benefit, posts, direct),
                IS_VERIFIED if verified else IS_RECOGNISED if recognised else 0,
            )
        for row in write.all("changed"):
            self._elaborate[row["number"]] = STANDING(row["standing"])
            self._rows[row["number"], STATE] |= ELABORATE

    def _make_room(self, ideas: int, cells: int) -> None:
        """Let there be room for so many further ideas and cells."""
        known, filled = int(self._counts[IDEAS]), int(self._counts[CELLS])
        self._of_ideas.make_room(known, ideas)
        self._of_cells.make_room(filled, cells)
        self._rows = with_room(self._rows, known, known + ideas)

    def _note_cell(self, programme: str, unit: str) -> None:
        self._cell_of[programme, unit] = len(self._cells)
        self._cells.append((programme, unit))
        self._spelled.append(encode(unit))

    def take(self, stretch: Stretch) -> Change:
        """What a stretch changes: new cells and ideas, how ideas now stand, and all entries. Raises ValueError where an event follows no declaration."""
        told = stretch.told
        of_ideas = np.flatnonzero(told[:, KIND] <= REROUTED)
        declarations = np.flatnonzero(told[:, KIND] == DECLARED)
        self._make_room(len(declarations), len(of_ideas))
        first, first_cell = int(self._counts[IDEAS]), int(self._counts[CELLS])
        entries = np.empty((len(of_ideas), len(COLUMNS)), dtype=np.int64)
        found = _concerns(stretch)
        left = np.empty((len(told) + len(found), 2), dtype=np.int64)
        touched = np.empty(len(told), dtype=np.int64)
        self._counts[[ENTRIES, LEFT, CHANGED]] = 0
        wrong = fold(
            told,
            stretch.positions,
            found,
            self._rulings.places(stretch.texts),
            (*self._of_ideas.table, self._rows),
            self._of_cells.table,
            entries,
            left,
            touched,
            self._counts,
        )
        if wrong >= 0:
            raise ValueError(
                f"Position {stretch.positions[wrong]}: {stretch.topics[wrong]} follows no declaration, or a second one."
            )
        texts = stretch.texts
        change = Change()
        for cell in range(first_cell, int(self._counts[CELLS])):
            programme, unit = texts[self._of_cells.highs[cell]], texts[self._of_cells.lows[cell]]
            self._note_cell(programme, unit)
            change.cells.append((cell, programme, unit))
        change.ideas = self._declared(stretch, declarations, first)
        entered = entries[: self._counts[ENTRIES]]
        by_rules = self._by_rules(stretch, left[: self._counts[LEFT]], change)
        if by_rules:
            entered = np.concatenate([entered, np.array(by_rules, dtype=np.int64)])
            entered = entered[np.argsort(entered[:, POSITION], kind="stable")]
        change.entries = list(entered.T)
        self._note_touched(touched[: self._counts[CHANGED]], change)
        return change

    def _declared(
        self, stretch: Stretch, declarations: Rows, first: int
    ) -> list[tuple[object, ...]]:
        """New ideas as they are stored."""
        told, text = stretch.told, stretch.bytes
        count = len(declarations)
        rows = self._rows[first : first + count].copy()
        senders, names = [], []
        for event, begin, end, name_begins, name_ends in zip(
            declarations.tolist(),
            *told[declarations][
                :, [SENDER_BEGINS, SENDER_ENDS, EXTERNAL_BEGINS, EXTERNAL_ENDS]
            ].T.tolist(),
            strict=True,
        ):
            odd = stretch.odd.get(event)
            if odd is not None and isinstance(odd.event, Declared):
                senders.append(odd.event.sender)
                names.append(odd.event.external_id)
            else:
                written = text[begin:end]
                sender = self._senders.get(written)
                if sender is None:
                    sender = self._senders[written] = _TEXT(written)
                senders.append(sender)
                names.append(_TEXT(text[name_begins:name_ends]))
        # What the stretch itself made of them later must not show among what was declared.
        rows[:, STATE] = told[declarations, IS_INELIGIBLE] * OUT_OF_LAW
        return list(
            zip(
                range(first, first + count),
                stretch.streams(declarations),
                senders,
                names,
                [self._cells[cell][0] for cell in rows[:, CELL].tolist()],
                told[declarations, ENTERED].tolist(),
                self._written(rows),
                strict=True,
            )
        )

    def _by_rules(self, stretch: Stretch, left: Rows, change: Change) -> list[tuple[int, ...]]:
        """The entries of what was left to the rules: events, each with an idea that it concerns."""
        events = np.unique(left[:, 0]).tolist()
        facts = dict(zip(events, stretch.facts(events), strict=True))
        numbers = left[:, 1]
        entries = []
        changed: dict[int, Standing] = {}
        for event, number, cell, state in zip(
            *left.T.tolist(), *self._rows[numbers][:, [CELL, STATE]].T.tolist(), strict=True
        ):
            fact = facts[event]
            before = self._elaborate.get(number) or self._standing(number)
            after = self._elaborate[number] = changed[number] = evolve(before, fact)
            for at, unit, *by in difference(before, after):
                entries.append(
                    (
                        *(fact.position, fact.recorded, at, after.filed),
                        *(self._cell_of[self._cells[cell][0], unit], number, cause(fact)),
                        *(int(state & TYPED != 0), *by),
                    )
                )
        change.changed.update({number: as_stored(standing) for number, standing in changed.items()})
        return entries

    def _note_touched(self, touched: Rows, change: Change) -> None:
        """Note how those plain ideas now stand that the stretch changed."""
        self._rows[touched, STATE] &= ~TOUCHED
        plain = touched[self._rows[touched, STATE] & ELABORATE == 0]
        change.changed.update(zip(plain.tolist(), self._written(self._rows[plain]), strict=True))

    def _standing(self, number: int) -> Standing:
        """How a plain idea stands."""
        cell, since, state, high, low, people, benefit, posts, direct, sure = self._rows[
            number
        ].tolist()
        return Standing(
            self._cells[cell][1],
            since,
            bool(state & OUT_OF_LAW),
            (f"{high & MASK:016x}{low & MASK:016x}",) if state & RULED_OUT else (),
            None,
            (
                Amount(
                    *(since, people, benefit, posts, direct),
                    benefit if sure == IS_RECOGNISED else 0,
                    benefit if sure == IS_VERIFIED else 0,
                ),
            ),
        )

    def _written(self, rows: Rows) -> list[str]:
        """How plain ideas stand, as it is stored, by their rows; an object for each would take as long as all the rest of it."""
        # Tens of thousands of units are laid out anew only for a stretch that brings new ones.
        if len(self._units_spelled[1]) != len(self._spelled):
            self._units_spelled = _spelled(self._spelled)
        return standings(rows, *self._units_spelled)


def _concerns(stretch: Stretch) -> Rows:
    """Which ideas those events concern of which only the rules know: the event, and the two halves of the idea's id."""
    found = []
    for event, fact in stretch.odd.items():
        if fact.topic not in TOPICS or stretch.told[event, KIND] == REROUTED:
            continue
        if not isinstance(fact.event, Declared | Recognised | Ruled):
            ids = [int(idea, 16) for idea in concerned(fact)]
            found += [(event, signed(id_ >> 64), signed(id_ & MASK)) for id_ in ids]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _spelled(units: Sequence[bytes]) -> tuple[Letters, Rows]:
    """The codes of units one behind the other, and where each ends."""
    ends = np.cumsum([len(unit) for unit in units], dtype=np.int64)
    return np.frombuffer(b"".join(units), dtype=np.uint8), ends

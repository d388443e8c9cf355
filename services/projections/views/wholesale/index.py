"""The index of events and the mentions wholesale: by what each event is found, and whom it means, a stretch at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.projections.views.event_index import Change, Names
from services.projections.views.mentions import ELSEWHERE, mentions
from services.projections.views.wholesale.row import (
    ACTOR,
    FIRST,
    RECORDED,
    SECOND,
    TOPIC,
    Rows,
)
from services.projections.views.wholesale.stretch import Stretch


class WholeIndex:
    """The numbers of all names, and what is noted of stretch after stretch."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known = np.empty(0, dtype=np.int64)

    def take(self, stretch: Stretch) -> Change:
        """By what each event is found, and the names that are new."""
        told, change = stretch.told, Change()
        used = told[:, [TOPIC, ACTOR, FIRST, SECOND]]
        numbers = self._numbers(used.ravel(), stretch.texts, change).reshape(-1, 4)
        change.events = [stretch.positions, told[:, RECORDED], *numbers.T]
        return change

    def _numbers(self, used: Rows, texts: Sequence[str], change: Change) -> Rows:
        """The numbers of the names that words are; new ones in the order in which they are met."""
        if len(self._known) < len(texts):
            known = self._names.known
            new = [known.get(text, -1) for text in texts[len(self._known) :]]
            self._known = np.append(self._known, np.array(new, dtype=np.int64))
        found = self._known[used]
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            words, first = np.unique(used[unknown], return_index=True)
            for word in words[np.argsort(first)].tolist():
                self._names.add(texts[word], change)
                self._known[word] = self._names.known[texts[word]]
            found = self._known[used]
        return found


def mentioned(stretch: Stretch) -> list[Rows]:
    """Whom the events of a stretch mention, column by column."""
    events, ideas, cases, came = stretch.mentions.T
    positions = stretch.positions[events.astype(np.int64)]
    rows = [
        row for fact in stretch.odd.values() if fact.topic in ELSEWHERE for row in mentions(fact)
    ]
    columns = [positions, ideas, cases, came.astype(np.int64)]
    if not rows:
        return columns
    rest = [
        np.array(column, dtype=kind)
        for column, kind in zip(zip(*rows, strict=True), ("<i8", "<u8", "<u8", "<i8"), strict=True)
    ]
    order = np.argsort(np.concatenate([positions, rest[0]]), kind="stable")
    return [np.concatenate(both)[order] for both in zip(columns, rest, strict=True)]

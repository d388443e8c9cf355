"""The index of events and the mentions wholesale: by what each event is found, and whom it means, a stretch at a time."""

from __future__ import annotations

import numpy as np

from services.projections.views.event_index import Change, Names
from services.projections.views.mentions import ELSEWHERE, mentions
from services.projections.views.wholesale.numbering import Numbering
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
        self._names = Numbering(names.known)

    def take(self, stretch: Stretch) -> Change:
        """By what each event is found, and the names that are new."""
        told, change = stretch.told, Change()
        used = told[:, [TOPIC, ACTOR, FIRST, SECOND]]
        numbers, new = self._names.numbers(used.ravel(), stretch.texts)
        change.names += new
        change.events = [stretch.positions, told[:, RECORDED], *numbers.reshape(-1, 4).T]
        return change


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

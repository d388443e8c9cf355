"""Rescoring: every declaration suspected again, each still held against exactly the ledger before it.

A new model or new rules say nothing about what was matched before; this does. It appends the flags that are not on
record and touches neither cases nor rulings. A pair ruled distinct, or put apart by an exclusion, stays apart, and a text that was withdrawn or
amended since is left in peace.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from services.dedup.flag import RESCORER
from services.dedup.matcher import Matcher, Raised
from services.dedup.matching import matching_id
from services.dedup.model import Models
from shared.directory import Directory
from shared.errors import VersionConflict
from shared.events.case import MemberRuled
from shared.events.idea import IdeaWithdrawn
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.events.mending import MemberExcluded, RulingUndone
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import Position

BATCH: Final = 500
DECIDED: Final = (
    MemberRuled.TOPIC,
    MemberExcluded.TOPIC,
    RulingUndone.TOPIC,
    IdeaWithdrawn.TOPIC,
)
"""What people do that bears on which pairs may be suspected."""


def rescored(
    ledger: Ledger,
    directory: Directory,
    models: Models,
    *,
    to: Position,
    progress: Progress | None = None,
) -> int:
    """Suspect again all that was matched up to a position; answers how many flags were appended."""
    directory.catch_up()
    matcher = Matcher(models, directory, raised_by=RESCORER, held_to=in_force(ledger))
    raised: list[Raised] = []
    at = 0
    while page := ledger.read(at, to=to):
        raised += matcher.walk(page)
        at = page[-1].position
        if progress is not None:
            progress(at, to)
    # What a person decided meanwhile counts as well, however far the matcher has come.
    while page := ledger.read(at, topics=DECIDED):
        for recorded in page:
            matcher.take(recorded)
        at = page[-1].position
    waiting = (
        r.flag
        for r in raised
        if matcher.stands(r.later)
        and matcher.stands(r.earlier)
        and not matcher.ruled_distinct(r.later, r.earlier)
    )
    appended = 0
    while batch := list(islice(waiting, BATCH)):
        appended += _append_new(ledger, batch)
    return appended


def in_force(ledger: Ledger) -> list[ModelAdopted | RulesAdopted]:
    """The latest adoptions: of a model, and of rules."""
    latest: dict[type, ModelAdopted | RulesAdopted] = {}
    for event in ledger.stream(matching_id()):
        if isinstance(event, ModelAdopted | RulesAdopted):
            latest[type(event)] = event
    return list(latest.values())


def _append_new(ledger: Ledger, flags: Sequence[FlagRaised]) -> int:
    while True:
        new = [flag for flag in flags if ledger.event(flag.originator_id, 1) is None]
        if not new:
            return 0
        try:
            ledger.append(*new)
        except VersionConflict:
            # Another rescoring has just raised some of these; the rest is still to be put on record.
            continue
        return len(new)

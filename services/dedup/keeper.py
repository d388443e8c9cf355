"""The case keeper: the one follower that opens and joins cases, from flags in the order of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from services.dedup.case import Case
from services.dedup.reading import Words, solution_hash
from shared.errors import Conflict, NotFound
from shared.events import (
    CaseOpened,
    FlagRaised,
    IdeaAmended,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberJoined,
    RecognitionRecorded,
)
from shared.ledger.follow import Progress, catch_up
from shared.ledger.model import Actor, Event, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import Member, Position

NAME: Final = "cases"
PAGE: Final = 1000
TRIES: Final = 20
MEMBERSHIP: Final = (CaseOpened.TOPIC, MemberJoined.TOPIC)


class Keeper:
    """Keeps every flagged declaration in exactly one case; a case's id never changes, whatever joins it."""

    name = NAME
    page = PAGE

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._case_of: dict[UUID, UUID] = {}
        self._seen: Position = 0

    def position(self) -> Position:
        """The last position handled."""
        return self._ledger.handled(NAME)

    def keep(self, progress: Progress | None = None) -> int:
        """Catch up to the head; a ruling made meanwhile on the same case only makes it look again."""
        for attempt in range(TRIES):
            try:
                return catch_up(self, self._ledger, progress)
            except Conflict:
                if attempt == TRIES - 1:
                    raise
        return 0

    def handle(self, page: Sequence[Recorded]) -> None:
        """Open, join and change cases for a page, and move the checkpoint, both or neither."""
        self._learn_memberships()
        changed: dict[UUID, Case] = {}
        joined: dict[UUID, UUID] = {}
        events: list[Event] = []
        for recorded in page:
            event = recorded.event
            by = Actor(
                name="case-keeper", role="system", source=NAME, correlation=event.by.correlation
            ).because_of(event)
            match event:
                case FlagRaised():
                    found = self._flagged(event, by, changed, joined)
                case IdeaWithdrawn(originator_id=idea):
                    found = self._of(idea, changed, joined, lambda case: case.leave(idea, by=by))  # noqa: B023
                case IdeaAmended() | IdeaRerouted() | RecognitionRecorded():
                    found = self._changed(event, by, changed, joined)
                case _:
                    found = []
            for new in found:
                before = changed.get(new.originator_id)
                changed[new.originator_id] = Case.evolve(before, new)
            events += found
        self._ledger.append(*events, follower=NAME, handled=page[-1].position)
        self._case_of.update(joined)

    def _learn_memberships(self) -> None:
        head = self._ledger.head()
        while page := self._ledger.read(self._seen, topics=MEMBERSHIP, to=head):
            for recorded in page:
                match recorded.event:
                    case CaseOpened(members=members) as opened:
                        for member in members:
                            self._case_of.setdefault(member.idea, opened.originator_id)
                    case MemberJoined(member=member) as joined:
                        self._case_of.setdefault(member.idea, joined.originator_id)
                    case _:
                        pass
            self._seen = page[-1].position
        self._seen = max(self._seen, head)

    def _flagged(
        self, flag: FlagRaised, by: Actor, changed: dict[UUID, Case], joined: dict[UUID, UUID]
    ) -> list[Event]:
        home = {**self._case_of, **joined} if joined else self._case_of
        later, earlier = flag.idea.idea, flag.of.idea
        case = home.get(earlier) or home.get(later)
        if case is None:
            opened = Case.open(flag, by=by)
            if self._load(opened.originator_id, changed) is None:
                joined[later] = joined[earlier] = opened.originator_id
                return [opened]
            case = opened.originator_id
        standing = self._load(case, changed)
        if standing is None:
            raise NotFound(f"Case {case} is named by a membership but is not on record.")
        events: list[Event] = []
        for member in (flag.of, flag.idea):
            # Whoever is in another case stays there: its id and its rulings are somebody's work.
            if home.get(member.idea, case) == case:
                new = standing.join(flag, member, by=by)
                for event in new:
                    standing = Case.evolve(standing, event)
                events += new
                joined[member.idea] = case
        return events

    def _changed(
        self,
        event: IdeaAmended | IdeaRerouted | RecognitionRecorded,
        by: Actor,
        changed: dict[UUID, Case],
        joined: dict[UUID, UUID],
    ) -> list[Event]:
        idea = event.originator_id

        def apply(case: Case) -> list[Event]:
            standing = case.docket.member(idea)
            if standing is None:
                return []
            member: Member = standing.member
            text_changed = False
            match event:
                case IdeaAmended():
                    words = Words.of(event.content.solution)
                    new_hash = solution_hash(words.full)
                    text_changed = new_hash != member.solution_hash
                    member = member.model_copy(
                        update={
                            "priority": event.priority,
                            "by_application": event.priority < member.filed_at,
                            "solution_hash": new_hash,
                            "ineligible": event.ineligible,
                        }
                    )
                case IdeaRerouted():
                    member = member.model_copy(update={"unit": event.unit})
                case RecognitionRecorded():
                    member = member.model_copy(update={"ineligible": event.ineligible})
            if member == standing.member:
                return []
            return case.change(member, text_changed=text_changed, by=by)

        return self._of(idea, changed, joined, apply)

    def _of(
        self,
        idea: UUID,
        changed: dict[UUID, Case],
        joined: dict[UUID, UUID],
        act: Callable[[Case], list[Event]],
    ) -> list[Event]:
        case = joined.get(idea) or self._case_of.get(idea)
        standing = self._load(case, changed) if case is not None else None
        if standing is None:
            return []
        return act(standing)

    def _load(self, case: UUID, changed: dict[UUID, Case]) -> Case | None:
        standing = changed.get(case)
        if standing is None:
            try:
                standing = self._ledger.load(Case, case)
            except NotFound:
                return None
            changed[case] = standing
        return standing

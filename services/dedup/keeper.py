"""The case keeper: the one follower that opens and joins cases, from flags in the order of the ledger."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.dedup.case import Case, case_id
from services.dedup.flag import RESCORER
from services.dedup.reading import Words, solution_hash
from services.dedup.turns import CASES, Turns, has_turn
from shared.errors import Conflict, NotFound
from shared.events.case import CaseOpened, MemberJoined
from shared.events.idea import IdeaAmended, IdeaRerouted, IdeaWithdrawn, RecognitionRecorded
from shared.events.matching import FlagRaised
from shared.events.mending import CaseSplitOff, CaseTookIn, MemberExcluded
from shared.ledger.follow import Progress, catch_up
from shared.ledger.model import Actor, Event, Recorded
from shared.ledger.store import Ledger
from shared.ledger.write import Write
from shared.vocabulary import Member, Position

NAME: Final = CASES
PAGE: Final = 1000
TRIES: Final = 20
PAUSE_SECONDS: Final = 0.02
MEMBERSHIP: Final = (
    CaseOpened.TOPIC,
    MemberJoined.TOPIC,
    MemberExcluded.TOPIC,
    CaseSplitOff.TOPIC,
    CaseTookIn.TOPIC,
)

Change = IdeaAmended | IdeaRerouted | RecognitionRecorded
CHANGES: Final = (
    IdeaAmended.TOPIC,
    IdeaRerouted.TOPIC,
    RecognitionRecorded.TOPIC,
    IdeaWithdrawn.TOPIC,
)

Truth = dict[str, object] | None
"""What an idea's later events say of it as a member, field by field; None when it was withdrawn."""


@dataclass
class Draft:
    """What a page comes to, before it is on record."""

    events: list[Event] = field(default_factory=list)
    cases: dict[UUID, Case] = field(default_factory=dict)
    case_of: dict[UUID, UUID] = field(default_factory=dict)
    truths: dict[UUID, Truth] = field(default_factory=dict)


class PeopleWereFaster(Conflict):
    """A person split, joined or excluded after it was read who is in which case; that is to be read again."""

    code = "people-were-faster"

    def __init__(self, idea: UUID, case: UUID) -> None:
        super().__init__(f"Idea {idea} is no longer in case {case}. Look again where it is.")


class Keeper:
    """Keeps every flagged declaration in at most one case; a case's id never changes, whatever joins it.

    Where people split cases, join them or exclude a member, it follows them: a declaration is where they put it last.
    """

    name = NAME
    page = PAGE

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._case_of: dict[UUID, UUID] = {}
        self._begun: set[UUID] = set()
        self._apart: dict[frozenset[UUID], frozenset[str]] = {}
        self._seen: Position = 0
        self._truths: dict[UUID, Truth] = {}
        self._reached: Position | None = None
        self._turns = Turns(ledger)

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
        before = self.position()
        self._remember(before)
        # Another process may have handled the beginning of the page after it was read.
        fresh = [recorded for recorded in page if recorded.position > before]
        if not fresh:
            return
        draft, reached = Draft(), before
        self._turns.begin(before)
        for recorded in fresh:
            come = self._turns.have_come(recorded) if has_turn(recorded) else [recorded]
            if come is None:
                break
            for one in come:
                self._take(one.event, draft)
            reached = recorded.position
        if reached == before:
            # Others have to match more first.
            time.sleep(PAUSE_SECONDS)
            return
        handled = Write(events=draft.events, follower=NAME, handled=reached)
        self._ledger.write([handled, *self._turns.checkpoint()])
        self._turns.settle(reached)
        self._case_of.update(draft.case_of)
        self._begun.update(draft.cases)
        self._truths.update(draft.truths)
        self._reached = reached

    def _take(self, event: Event, draft: Draft) -> None:
        by = Actor(
            name="case-keeper", role="system", source=NAME, correlation=event.by.correlation
        ).because_of(event)
        match event:
            case FlagRaised():
                self._flagged(event, draft, by)
            case IdeaWithdrawn(originator_id=idea):
                draft.truths[idea] = None
                if (standing := self._standing(idea, draft)) is not None:
                    self._put(draft, standing.leave(idea, by=by))
            case IdeaAmended() | IdeaRerouted() | RecognitionRecorded():
                idea = event.originator_id
                draft.truths[idea] = told(self._truth(idea, draft), event)
                self._bring_up_to_date(idea, draft, by)
            case _:
                pass

    def _remember(self, before: Position) -> None:
        """Have in memory who is in which case, and what became of each idea by the checkpoint."""
        head = self._ledger.head()
        while page := self._ledger.read(self._seen, topics=MEMBERSHIP, to=head):
            for recorded in page:
                self._follow(recorded.event)
            self._seen = page[-1].position
        self._seen = max(self._seen, head)
        if self._reached == before:
            return
        self._truths = {}
        at = 0
        while page := self._ledger.read(at, topics=CHANGES, to=before):
            for recorded in page:
                idea = recorded.event.originator_id
                match recorded.event:
                    case IdeaWithdrawn():
                        self._truths[idea] = None
                    case IdeaAmended() | IdeaRerouted() | RecognitionRecorded() as event:
                        self._truths[idea] = told(self._truths.get(idea, {}), event)
                    case _:
                        pass
            at = page[-1].position
        self._reached = before

    def _follow(self, event: Event) -> None:
        """Note in which case an event puts whom, and whom it holds apart."""
        case = event.originator_id
        match event:
            case CaseOpened(members=members):
                self._begun.add(case)
                for member in members:
                    self._case_of.setdefault(member.idea, case)
            case MemberJoined(member=member):
                self._case_of.setdefault(member.idea, case)
            case CaseSplitOff(members=moved) | CaseTookIn(members=moved):
                for brought in moved:
                    self._case_of[brought.member.idea] = case
            case MemberExcluded(member=idea, solution=solution, apart=others):
                if self._case_of.get(idea) == case:
                    del self._case_of[idea]
                for other in others:
                    pair = frozenset((idea, other.idea))
                    self._apart[pair] = frozenset((solution, other.solution))
            case _:
                pass

    def _flagged(self, flag: FlagRaised, draft: Draft, by: Actor) -> None:
        pair = (flag.of.idea, flag.idea.idea)
        if any(self._truth(idea, draft) is None for idea in pair):
            # One of the two was withdrawn after they were compared: there is nothing left to judge.
            return
        if self._held_apart(flag.of, flag.idea):
            return
        for idea in pair:
            self._standing(idea, draft)
        case = self._home(flag.of.idea, draft) or self._home(flag.idea.idea, draft)
        if case is None:
            named = case_id(flag.of.idea)
            further = named in self._begun or named in draft.cases
            opened = Case.open(flag, further=further, by=by)
            self._put(draft, [opened])
            case = opened.originator_id
            draft.case_of |= dict.fromkeys(pair, case)
        for member in (flag.of, flag.idea):
            # Whoever is in another case stays there: its id and its rulings are somebody's work.
            if self._home(member.idea, draft) in {None, case}:
                standing = self._case(case, draft)
                if standing is None:
                    raise NotFound(f"Case {case} is named by a membership but is not on record.")
                if self._kept_out(member, standing, draft):
                    continue
                rescored = flag.by.name == RESCORER
                self._put(draft, standing.join(flag, member, rescored=rescored, by=by))
                draft.case_of[member.idea] = case
                # The flag knows the idea as it was when it was compared; it may have changed since.
                self._bring_up_to_date(member.idea, draft, by)

    def _bring_up_to_date(self, idea: UUID, draft: Draft, by: Actor) -> None:
        truth = self._truth(idea, draft)
        standing = self._standing(idea, draft) if truth else None
        known = standing.docket.member(idea) if standing is not None else None
        if standing is None or known is None:
            return
        before = known.member
        member = before.model_copy(update=truth)
        member = member.model_copy(update={"by_application": member.priority < member.filed_at})
        if member != before:
            text_changed = member.solution_hash != before.solution_hash
            self._put(draft, standing.change(member, text_changed=text_changed, by=by))

    def _standing(self, idea: UUID, draft: Draft) -> Case | None:
        """The case in which the idea is, if any. Raises PeopleWereFaster."""
        home = self._home(idea, draft)
        standing = self._case(home, draft)
        if home is None or standing is None:
            return None
        known = standing.docket.member(idea)
        if standing.docket.joined_into is not None or (known is not None and known.taken_out):
            raise PeopleWereFaster(idea, home)
        return standing

    def _kept_out(self, member: Member, case: Case, draft: Draft) -> bool:
        """Whether a person excluded the idea from among those who are in the case now, in the words they still have."""
        if self._home(member.idea, draft) is not None:
            return False
        now = member.model_copy(update=self._truth(member.idea, draft) or {})
        return any(self._held_apart(now, other) for other in case.docket.present())

    def _held_apart(self, one: Member, other: Member) -> bool:
        words = self._apart.get(frozenset((one.idea, other.idea)))
        return words == frozenset((one.solution_hash, other.solution_hash))

    def _truth(self, idea: UUID, draft: Draft) -> Truth:
        return draft.truths[idea] if idea in draft.truths else self._truths.get(idea, {})

    def _home(self, idea: UUID, draft: Draft) -> UUID | None:
        return draft.case_of.get(idea) or self._case_of.get(idea)

    def _case(self, case: UUID | None, draft: Draft) -> Case | None:
        if case is not None and case not in draft.cases:
            try:
                draft.cases[case] = self._ledger.load(Case, case)
            except NotFound:
                return None
        return draft.cases[case] if case is not None else None

    @staticmethod
    def _put(draft: Draft, events: Sequence[Event]) -> None:
        for event in events:
            case = event.originator_id
            draft.cases[case] = Case.evolve(draft.cases.get(case), event)
        draft.events += events


def told(before: Truth, event: Change) -> Truth:
    """What is true of an idea as a member after one more of its events."""
    match event:
        case IdeaAmended():
            news: dict[str, object] = {
                "priority": event.priority,
                "solution_hash": solution_hash(Words.of(event.content.solution).full),
                "ineligible": event.ineligible,
            }
        case IdeaRerouted():
            news = {"unit": event.unit}
        case RecognitionRecorded():
            news = {"ineligible": event.ineligible}
    return {**(before or {}), **news}

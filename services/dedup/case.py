"""The case: suspected copies before a reviewer. The machine opens it; only a person's ruling moves any count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self
from uuid import UUID

from shared.docket import Docket, DocketState
from shared.errors import Conflict, Invalid, NotFound
from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.matching import FlagRaised
from shared.ledger.model import Actor, Aggregate, Event
from shared.vocabulary import Member, Ruling, Worded, named


class NotInCase(NotFound):
    code = "not-in-case"

    def __init__(self, case: UUID, member: object) -> None:
        super().__init__(
            f"Idea {member} is not a member of case {case}. Load the case for its members."
        )


class SeveralSenders(Invalid):
    code = "several-senders"

    def __init__(self, external_id: str, senders: Sequence[str]) -> None:
        super().__init__(
            f"{external_id} was sent by {', '.join(senders)}; say which sender is meant.",
            senders=", ".join(senders),
        )


class CanonicalIsNotRuled(Conflict):
    code = "canonical-not-ruled"

    def __init__(self, member: UUID) -> None:
        super().__init__(
            f"Idea {member} is the canonical of this case, and what the others are judged against. "
            "Choose another canonical first."
        )


class CaseIsMoot(Conflict):
    code = "case-is-moot"

    def __init__(self, case: UUID) -> None:
        super().__init__(
            f"Case {case} is closed as moot: fewer than two of its members still stand."
        )


class CaseWasJoined(Conflict):
    code = "case-joined"

    def __init__(self, case: UUID, into: UUID) -> None:
        super().__init__(
            f"Case {case} was joined into case {into}, where its members are now. Go on there.",
            into=str(into),
        )


class ReasonIsMissing(Invalid):
    code = "reason-missing"

    def __init__(self) -> None:
        super().__init__("Give a reason; it goes to the author in writing.", field="reason")


def case_id(first: UUID) -> UUID:
    """A case is named by its first idea, so that it has the same id however many workers there are."""
    return named("case", first)


def further_case_id(flag: FlagRaised) -> UUID:
    """The name of a case whose first idea gave its name to one before, from which it was excluded."""
    return named("case", flag.of.idea, flag.originator_id)


class Case(Aggregate):
    """hồ sơ thẩm định: members, the canonical by priority, and a ruling on each of the others."""

    NOUN: ClassVar[str] = "case"

    docket: Docket

    @classmethod
    def open(cls, flag: FlagRaised, *, further: bool = False, by: Actor) -> CaseOpened:
        """Bring two declarations before a reviewer; `further` where the first idea has named a case already."""
        return CaseOpened(
            originator_id=further_case_id(flag) if further else case_id(flag.of.idea),
            originator_version=1,
            by=by,
            flag=flag.originator_id,
            band=flag.band,
            score=flag.score,
            members=(flag.of, flag.idea),
        )

    def join(
        self, flag: FlagRaised, member: Member, *, rescored: bool = False, by: Actor
    ) -> list[Event]:
        """Take in what was flagged against a member; who was withdrawn does not come back.

        Who was taken out by a person may: what holds it apart from whom is for the keeper to know, who follows every case.

        A member already ruled on is asked about again when the flag comes of an amended text, its own or that of what
        it was judged against; never when the flag comes of a rescoring.
        """
        self.refuse_if_joined()
        of = flag.of.idea if member.idea == flag.idea.idea else flag.idea.idea
        standing = self.docket.member(member.idea)
        if standing is None or standing.taken_out:
            return [
                self.next(
                    MemberJoined,
                    by=by,
                    flag=flag.originator_id,
                    band=flag.band,
                    score=flag.score,
                    member=member,
                    of=of,
                )
            ]
        amended = flag.idea_version > 1 and not rescored
        concerned = flag.idea.idea in {member.idea, standing.against}
        decided = standing.ruling is not None and not standing.asked_again
        if standing.left or not (amended and concerned and decided):
            return []
        return [
            self.next(
                CaseReopened,
                by=by,
                reason="the text was amended and is suspected again",
                member=member.idea,
            )
        ]

    def rule(self, member: UUID, ruling: Ruling, *, reason: str, by: Actor) -> MemberRuled:
        """Judge one member against the canonical; an earlier ruling stays on record and this one stands.

        Who has become the canonical after being ruled on, because another was withdrawn, chosen or put elsewhere, is
        judged once more against the same one as before: otherwise nothing could turn that ruling.
        """
        self.refuse_if_joined()
        if self.docket.state is DocketState.MOOT:
            raise CaseIsMoot(self.id)
        judged = self.present(member)
        first = self.present(self.docket.canonical)
        canonical = Worded(idea=first.idea, solution=first.solution_hash)
        if judged.idea == canonical.idea:
            canonical = self._judged_against(judged.idea)
        if not reason.strip():
            raise ReasonIsMissing
        return self.next(
            MemberRuled,
            by=by,
            effective=judged.filed_at,
            member=judged.idea,
            unit=judged.unit,
            programme=judged.programme,
            canonical=canonical.idea,
            ruling=ruling,
            reason=reason,
            member_solution=judged.solution_hash,
            canonical_solution=canonical.solution,
        )

    def choose_canonical(self, member: UUID, *, reason: str, by: Actor) -> CanonicalChosen:
        """Put another member first than the priority dates do."""
        self.refuse_if_joined()
        chosen = self.present(member)
        if not reason.strip():
            raise ReasonIsMissing
        if chosen.idea == self.docket.canonical:
            raise Conflict(f"Idea {member} is the canonical already.")
        return self.next(CanonicalChosen, by=by, member=member, reason=reason)

    def change(self, member: Member, *, text_changed: bool, by: Actor) -> list[Event]:
        """Note a member's amended text, new unit or changed eligibility.

        A canonical that became ineligible reopens the case (domain rule 5.9). A "distinct" holds until the solution
        itself is another; then a person is asked (rule 5.10).
        """
        self.refuse_if_joined()
        before = self.docket.member(member.idea)
        if before is None or before.left:
            return []
        events: list[Event] = [
            self.next(MemberChanged, by=by, member=member, text_changed=text_changed)
        ]
        state = self.evolve(self, events[0])
        was_canonical = self.docket.canonical == member.idea
        if (
            was_canonical
            and member.ineligible
            and not before.member.ineligible
            and self.others_ruled(member.idea)
        ):
            events.append(
                state.next(
                    CaseReopened, by=by, reason="the canonical became ineligible", member=None
                )
            )
        elif (
            text_changed
            and before.ruling is not None
            and before.ruling.distinct
            and member.solution_hash != before.member.solution_hash
        ):
            events.append(
                state.next(
                    CaseReopened,
                    by=by,
                    reason="the solution ruled distinct was amended",
                    member=member.idea,
                )
            )
        return events

    def leave(self, member: UUID, *, by: Actor) -> list[Event]:
        """Let a withdrawn member go; copies of a canonical stay out, and a person is asked again.

        With fewer than two left, and no ruling on who is left, an undecided case is moot.
        """
        self.refuse_if_joined()
        standing = self.docket.member(member)
        if standing is None or standing.left:
            return []
        ruled = self.others_ruled(member)
        few = len(self.docket.present()) <= 2
        moot = few and not ruled and self.docket.state is not DocketState.RULED
        events: list[Event] = [self.next(MemberLeft, by=by, member=member, moot=moot)]
        if self.docket.canonical == member and ruled:
            state = self.evolve(self, events[0])
            events.append(
                state.next(CaseReopened, by=by, reason="the canonical was withdrawn", member=None)
            )
        return events

    def others_ruled(self, member: UUID) -> bool:
        """Whether a ruling stands on anybody else who is still here."""
        return any(
            m.ruling is not None
            for m in self.docket.members
            if not m.left and m.member.idea != member
        )

    def refuse_if_joined(self) -> None:
        """Nothing changes any more in a case that is part of another one. Raises CaseWasJoined."""
        if self.docket.joined_into is not None:
            raise CaseWasJoined(self.id, self.docket.joined_into)

    def present(self, member: UUID | None) -> Member:
        """What is known of a member that is still here. Raises NotInCase."""
        standing = self.docket.member(member) if member is not None else None
        if standing is None or standing.left:
            raise NotInCase(self.id, member)
        return standing.member

    def named(self, external_id: str, sender: str | None = None) -> Member:
        """The member that somebody declared under that id of their own. Raises NotInCase, SeveralSenders."""
        found = [
            m.member
            for m in self.docket.members
            if m.member.external_id == external_id and sender in {None, m.member.sender}
        ]
        if not found:
            raise NotInCase(self.id, external_id)
        if len(found) > 1:
            raise SeveralSenders(external_id, [m.sender for m in found])
        return found[0]

    def _judged_against(self, member: UUID) -> Worded:
        standing = self.docket.member(member)
        if standing is None or standing.judged is None:
            raise CanonicalIsNotRuled(member)
        before = standing.judged
        against = self.docket.member(before.against)
        if against is None or against.taken_out:
            # What became of it since is on record elsewhere; it was judged against in the words of that time.
            return Worded(idea=before.against, solution=before.against_solution)
        return Worded(idea=before.against, solution=against.member.solution_hash)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        docket = Docket.evolve(state.docket if state is not None else None, event)
        if state is None:
            return cls(id=event.originator_id, version=event.originator_version, docket=docket)
        return state.after(event, docket=docket)

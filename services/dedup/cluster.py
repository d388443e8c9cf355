"""What a person may do to the make-up of cases: exclude a member, split a case, join two (domain rule 5.12).

The keeper brings together what is suspected, pair by pair; only a person sees that a case is about two things, or that
two are about one. An id is stable through all of it: who followed a link to a case still finds it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from services.dedup.case import Case, ReasonIsMissing
from shared.errors import Conflict, Invalid
from shared.events.case import CaseReopened
from shared.events.mending import CaseJoined, CaseSplit, CaseSplitOff, CaseTookIn, MemberExcluded
from shared.ledger.model import Actor, Event
from shared.vocabulary import Worded, named


class NobodyMoves(Invalid):
    code = "nobody-moves"

    def __init__(self) -> None:
        super().__init__(
            "Name at least one member to take into a case of its own.", field="members"
        )


class NobodyStays(Conflict):
    code = "nobody-stays"

    def __init__(self, case: UUID) -> None:
        super().__init__(
            f"All members of case {case} are named, so that nobody would stay. Leave at least one of them out."
        )


class SameCase(Conflict):
    code = "same-case"

    def __init__(self, case: UUID) -> None:
        super().__init__(
            f"Case {case} cannot be joined into itself. Name the other case that it is one with."
        )


class NothingToJoin(Conflict):
    code = "nothing-to-join"

    def __init__(self, case: UUID) -> None:
        super().__init__(
            f"Nobody is left in case {case} who could be joined to another. Nothing needs to be done."
        )


class Split(NamedTuple):
    """What a split comes to: an event of the case that was split, and the one that begins the new case."""

    left_behind: CaseSplit
    begun: CaseSplitOff


class Join(NamedTuple):
    """What a join comes to: an event of the case that is read only from now on, and one of the case that goes on."""

    closed: CaseJoined
    grown: CaseTookIn


def exclude(case: Case, member: UUID, *, reason: str, by: Actor) -> list[Event]:
    """Take out a member that does not belong here; it may be in another case, and no machine brings it back to these.

    A ruling on it stands no more: it was given in this case, against somebody it has nothing to do with, so the idea
    counts again. Copies of an excluded canonical stay out of net, as when it is withdrawn, and a person is asked again.
    The pairs hold apart until one of the two solutions is another, just as a "distinct" does (rules 5.7 and 5.10); they
    bind the machine only: a person may still join the cases in which the two are.
    """
    case.refuse_if_joined()
    out = case.present(member)
    if not reason.strip():
        raise ReasonIsMissing
    others = [m for m in case.docket.present() if m.idea != member]
    excluded = case.next(
        MemberExcluded,
        by=by,
        effective=out.filed_at,
        member=member,
        unit=out.unit,
        programme=out.programme,
        reason=reason,
        solution=out.solution_hash,
        apart=tuple(Worded(idea=m.idea, solution=m.solution_hash) for m in others),
    )
    after = Case.evolve(case, excluded)
    if after.docket.nothing_to_decide:
        return [excluded.model_copy(update={"moot": True})]
    if case.docket.canonical == member and case.others_ruled(member):
        reopened = after.next(CaseReopened, by=by, reason="the canonical was excluded", member=None)
        return [excluded, reopened]
    return [excluded]


def split(case: Case, members: Collection[UUID], *, reason: str, by: Actor) -> Split:
    """Take some members into a case of their own, whose id follows from this one's and never changes.

    A split moves no count, since nobody is ruled on (rule 5.8). A ruling goes along, and so does a reviewer's choice
    of the canonical; where a ruling was given against one who is now in the other case, a person is asked about it
    again, on whichever side that is.
    """
    case.refuse_if_joined()
    going = {idea: case.present(idea).idea for idea in members}
    if not going:
        raise NobodyMoves
    if all(m.idea in going for m in case.docket.present()):
        raise NobodyStays(case.id)
    if not reason.strip():
        raise ReasonIsMissing
    docket = case.docket
    into = named("case", case.id, "split", case.version + 1)
    moved = [m for m in docket.members if m.member.idea in going]
    behind = case.next(
        CaseSplit,
        by=by,
        into=into,
        moved=tuple(m.member.idea for m in moved),
        reason=reason,
    )
    begun = CaseSplitOff(
        originator_id=into,
        originator_version=1,
        by=by,
        came_from=case.id,
        band=docket.band,
        score=docket.score,
        members=tuple(
            m.brought().model_copy(
                update={
                    "asked_again": m.asked_again
                    or (m.against is not None and m.against not in going)
                }
            )
            for m in moved
        ),
        chosen=docket.chosen if docket.chosen in going else None,
        reason=reason,
    )
    return Split(
        behind.model_copy(
            update={"moot": Case.evolve(case, behind).docket.nothing_to_decide},
        ),
        begun.model_copy(update={"moot": Case.evolve(None, begun).docket.nothing_to_decide}),
    )


def join(case: Case, other: Case, *, reason: str, by: Actor) -> Join:
    """Make another case a part of this one, which keeps its id; the other can be read for good, and says where it went.

    Members come with their rulings. The canonical is the earliest priority among all, unless a reviewer of this case
    had chosen one; what was judged against another one stays judged, as whenever a canonical changes, and who has not
    been judged yet is asked about. Who was withdrawn comes along, since others may be judged against it; who was taken
    out of the other case does not.
    """
    case.refuse_if_joined()
    other.refuse_if_joined()
    if case.id == other.id:
        raise SameCase(case.id)
    if not other.docket.present():
        raise NothingToJoin(other.id)
    if not reason.strip():
        raise ReasonIsMissing
    coming = [m for m in other.docket.members if not m.taken_out]
    return Join(
        other.next(CaseJoined, by=by, into=case.id, reason=reason),
        case.next(
            CaseTookIn,
            by=by,
            came_from=other.id,
            band=other.docket.band,
            score=other.docket.score,
            members=tuple(m.brought() for m in coming),
            reason=reason,
        ),
    )

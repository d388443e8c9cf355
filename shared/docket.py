"""The docket: what the events of a case come to. The room that rules and the room that shows fold it the same way."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.built import built, changed
from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.mending import (
    CaseJoined,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    MemberExcluded,
    RulingUndone,
)
from shared.ledger.model import Event, Unfoldable
from shared.vocabulary import Band, Brought, Judgement, Member, Ruling

BANDS = (Band.SIMILAR, Band.NEAR, Band.EXACT)


class DocketState(StrEnum):
    OPEN = "open"
    RULED = "ruled"
    MOOT = "moot"
    REOPENED = "reopened"
    JOINED = "joined"


class DocketMember(Brought):
    """One declaration in a case: what is known of it, how it was ruled last, and whether it is still here.

    Who has `left` was withdrawn, or `excluded`, or is in the case it `moved_to`.
    """

    excluded: bool = False
    moved_to: UUID | None = None

    @property
    def ruling(self) -> Ruling | None:
        """The ruling that stands on it in this case."""
        return self.judged.ruling if self.judged is not None else None

    @property
    def reason(self) -> str:
        """Why it was ruled so, in the words that go to the author."""
        return self.judged.reason if self.judged is not None else ""

    @property
    def against(self) -> UUID | None:
        """What it was judged against."""
        return self.judged.against if self.judged is not None else None

    @property
    def leaves_net(self) -> bool:
        """Whether it is ruled a copy."""
        return self.ruling is not None and self.ruling.leaves_net

    @property
    def taken_out(self) -> bool:
        """Whether a person took it out of this case, so that it may be in another one."""
        return self.excluded or self.moved_to is not None

    def brought(self) -> Brought:
        """What it brings along into another case."""
        return Brought(**{name: getattr(self, name) for name in Brought.model_fields})

    @classmethod
    def new(cls, member: Member) -> DocketMember:
        """A member of whom nothing has been decided."""
        undecided = {"judged": None, "asked_again": False, "text_changed": False, "left": False}
        return built(cls, {"member": member, **undecided, "excluded": False, "moved_to": None})

    @classmethod
    def arriving(cls, brought: Brought) -> DocketMember:
        """A member as it came out of another case."""
        return cls(**dict(brought))


class Docket(BaseModel):
    """A case as its events made it: members in the order they came, the canonical, the rulings, the state."""

    model_config = ConfigDict(frozen=True)

    members: tuple[DocketMember, ...]
    band: Band
    score: float
    chosen: UUID | None = None
    moot: bool = False
    reopened: bool = False
    joined_into: UUID | None = None

    def member(self, idea: UUID) -> DocketMember | None:
        """What the docket says of an idea, or None where it is no member."""
        return next((m for m in self.members if m.member.idea == idea), None)

    def present(self) -> list[Member]:
        """The members that were neither withdrawn nor taken out."""
        return [m.member for m in self.members if not m.left]

    def ruling(self, idea: UUID) -> Ruling | None:
        """The ruling that stands on an idea."""
        found = self.member(idea)
        return found.ruling if found is not None else None

    def rulings(self) -> dict[UUID, Ruling]:
        """Every ruling that stands, by idea."""
        return {m.member.idea: m.ruling for m in self.members if m.ruling is not None}

    def has_lost_its_ground(self, standing: DocketMember) -> bool:
        """Whether a member was judged against one whom a person has put into another case, or into none."""
        if standing.against is None:
            return False
        ground = self.member(standing.against)
        return ground is None or ground.taken_out

    @property
    def nothing_to_decide(self) -> bool:
        """Whether fewer than two are here, and none of them is out of net."""
        here = [m for m in self.members if not m.left]
        return len(here) < 2 and not any(m.leaves_net for m in here)

    @property
    def canonical(self) -> UUID | None:
        """The one the others are judged against: a reviewer's choice, else the earliest eligible priority (rule 5.2)."""
        present = self.present()
        if any(m.idea == self.chosen for m in present):
            return self.chosen
        eligible = [m for m in present if not m.ineligible] or present
        if not eligible:
            return None
        return min(eligible, key=lambda m: (m.priority, m.position)).idea

    @property
    def state(self) -> DocketState:
        """Open until every member but the canonical is ruled on; reopened when a person is asked again; moot when empty.

        A case that was joined into another one is only read.
        """
        if self.joined_into is not None:
            return DocketState.JOINED
        if self.moot:
            return DocketState.MOOT
        if self.reopened:
            return DocketState.REOPENED
        canonical = self.canonical
        waiting = [
            m
            for m in self.members
            if not m.left and m.member.idea != canonical and (m.ruling is None or m.asked_again)
        ]
        return DocketState.OPEN if waiting else DocketState.RULED

    @classmethod
    def evolve(cls, state: Docket | None, event: Event) -> Docket:
        """The docket after an event of its case."""
        match state, event:
            case None, CaseOpened():
                return cls(
                    members=tuple(map(DocketMember.new, event.members)),
                    band=event.band,
                    score=event.score,
                )
            case None, CaseSplitOff():
                begun = cls(
                    members=tuple(map(DocketMember.arriving, event.members)),
                    band=event.band,
                    score=event.score,
                    chosen=event.chosen,
                    moot=event.moot,
                )
                return begun._with(reopened=begun._unsettled())
            case Docket(), MemberJoined():
                others = tuple(m for m in state.members if m.member.idea != event.member.idea)
                return state._with(
                    members=(*others, DocketMember.new(event.member)),
                    band=max(state.band, event.band, key=BANDS.index),
                    score=max(state.score, event.score),
                    moot=False,
                )
            case Docket(), MemberRuled():
                judgement = Judgement(
                    code=event.ruling.value,
                    reason=event.reason,
                    against=event.canonical,
                    solution=event.member_solution,
                    against_solution=event.canonical_solution,
                    event=event.name,
                )
                ruled = state._changed(
                    event.member, judged=judgement, asked_again=False, text_changed=False
                )
                return ruled._with(reopened=state.reopened and ruled._unsettled())
            case Docket(), RulingUndone():
                undone = state._changed(
                    event.member,
                    judged=event.before,
                    asked_again=event.asked_again,
                    text_changed=event.text_changed,
                )
                return undone._with(reopened=state.reopened or event.asked_again)
            case Docket(), CanonicalChosen():
                return state._with(chosen=event.member)
            case Docket(), MemberChanged():
                before = state.member(event.member.idea)
                return state._changed(
                    event.member.idea,
                    member=event.member,
                    text_changed=event.text_changed or (before is not None and before.text_changed),
                )
            case Docket(), MemberLeft():
                return state._changed(event.member, left=True)._with(moot=event.moot)
            case Docket(), CaseReopened():
                asked = state._asked_again(event.member)
                return asked._with(reopened=True, moot=False)
            case Docket(), MemberExcluded():
                gone = state._changed(
                    event.member, left=True, excluded=True, judged=None, asked_again=False
                )
                return gone._with(moot=event.moot)
            case Docket(), CaseSplit():
                return state._without(event.moved, event.into)._with(moot=event.moot)
            case Docket(), CaseTookIn():
                came = {brought.member.idea for brought in event.members}
                others = tuple(m for m in state.members if m.member.idea not in came)
                both = state._with(
                    members=(*others, *map(DocketMember.arriving, event.members)),
                    band=max(state.band, event.band, key=BANDS.index),
                    score=max(state.score, event.score),
                )
                return both._with(
                    moot=state.moot and len(both.present()) < 2,
                    reopened=state.reopened
                    or any(m.asked_again and not m.left for m in event.members),
                )
            case Docket(), CaseJoined():
                return state._with(joined_into=event.into)
        raise Unfoldable(state, event)

    def _unsettled(self) -> bool:
        """Whether somebody is still asked about; what was reopened is settled once nobody is.

        The canonical is not judged, unless it is out of net as a copy of one that a person put elsewhere.
        """
        canonical = self.canonical
        return any(
            m.asked_again
            for m in self.members
            if not m.left
            and (m.member.idea != canonical or (m.leaves_net and self.has_lost_its_ground(m)))
        )

    def _without(self, moved: tuple[UUID, ...], into: UUID) -> Docket:
        """The docket that is left behind; whoever was judged against one who went is asked about again."""
        went = self._with(
            members=tuple(
                m.model_copy(
                    update={"left": True, "moved_to": into, "judged": None, "asked_again": False}
                )
                if m.member.idea in moved
                else m
                for m in self.members
            )
        )
        stayed = went._with(
            members=tuple(
                m.model_copy(update={"asked_again": True})
                if not m.left and m.against in moved
                else m
                for m in went.members
            )
        )
        waiting = any(m.asked_again for m in stayed.members if not m.left)
        return stayed._with(reopened=(self.reopened and waiting) or stayed._unsettled())

    def _with(self, **changes: object) -> Docket:
        return changed(self, changes)

    def _changed(self, idea: UUID, **changes: object) -> Docket:
        return self._with(
            members=tuple(changed(m, changes) if m.member.idea == idea else m for m in self.members)
        )

    def _asked_again(self, idea: UUID | None) -> Docket:
        return self._with(
            members=tuple(
                m.model_copy(update={"asked_again": True})
                if not m.left and (idea is None or m.member.idea == idea)
                else m
                for m in self.members
            )
        )

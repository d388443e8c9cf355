"""The docket: what the events of a case come to. The room that rules and the room that shows fold it the same way."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.ledger.model import Event, Unfoldable
from shared.vocabulary import Band, Member, Ruling

BANDS = (Band.SIMILAR, Band.NEAR, Band.EXACT)


class DocketState(StrEnum):
    OPEN = "open"
    RULED = "ruled"
    MOOT = "moot"
    REOPENED = "reopened"


class DocketMember(BaseModel):
    """One declaration in a case: what is known of it, how it was ruled last, and whether it stands."""

    model_config = ConfigDict(frozen=True)

    member: Member
    ruling: Ruling | None = None
    reason: str = ""
    against: UUID | None = None
    asked_again: bool = False
    text_changed: bool = False
    left: bool = False


class Docket(BaseModel):
    """A case as its events made it: members in the order they came, the canonical, the rulings, the state."""

    model_config = ConfigDict(frozen=True)

    members: tuple[DocketMember, ...]
    band: Band
    score: float
    chosen: UUID | None = None
    moot: bool = False
    reopened: bool = False

    def member(self, idea: UUID) -> DocketMember | None:
        """What the docket says of an idea, or None where it is no member."""
        return next((m for m in self.members if m.member.idea == idea), None)

    def present(self) -> list[Member]:
        """The members that were not withdrawn."""
        return [m.member for m in self.members if not m.left]

    def ruling(self, idea: UUID) -> Ruling | None:
        """The ruling that stands on an idea."""
        found = self.member(idea)
        return found.ruling if found is not None else None

    def rulings(self) -> dict[UUID, Ruling]:
        """Every ruling that stands, by idea."""
        return {m.member.idea: m.ruling for m in self.members if m.ruling is not None}

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
        """Open until every member but the canonical is ruled on; reopened when a person is asked again; moot when empty."""
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
                    members=tuple(DocketMember(member=m) for m in event.members),
                    band=event.band,
                    score=event.score,
                )
            case Docket(), MemberJoined():
                others = tuple(m for m in state.members if m.member.idea != event.member.idea)
                return state._with(
                    members=(*others, DocketMember(member=event.member)),
                    band=max(state.band, event.band, key=BANDS.index),
                    score=max(state.score, event.score),
                    moot=False,
                )
            case Docket(), MemberRuled():
                ruled = state._changed(
                    event.member,
                    ruling=event.ruling,
                    reason=event.reason,
                    against=event.canonical,
                    asked_again=False,
                    text_changed=False,
                )
                # What was reopened is settled once everybody has been judged against the present canonical.
                unsettled = any(
                    m.asked_again
                    for m in ruled.members
                    if not m.left and m.member.idea != ruled.canonical
                )
                return ruled._with(reopened=state.reopened and unsettled)
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
        raise Unfoldable(state, event)

    def _with(self, **changes: object) -> Docket:
        return self.model_copy(update=changes)

    def _changed(self, idea: UUID, **changes: object) -> Docket:
        return self._with(
            members=tuple(
                m.model_copy(update=changes) if m.member.idea == idea else m for m in self.members
            )
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

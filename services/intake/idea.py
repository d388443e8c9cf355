"""The idea: declared once, amended, re-routed or withdrawn, never refused for being ineligible."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Final, Self
from uuid import UUID

from services.intake.authorship import Seals, same, sealed
from shared.built import built, changed
from shared.declaration import Content, Declaration, Draft, Recognition, SealedAuthor
from shared.errors import Conflict, Invalid
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.terms import Terms
from shared.tree import Tree, UnitIsUnknown
from shared.vocabulary import (
    CLOCK_TOLERANCE,
    HOME,
    Ineligible,
    Level,
    midnight,
)
from shared.written import part

LATE_AFTER: Final = timedelta(days=1)
GRASSROOTS: Final = Level.GRASSROOTS
"""Looked up once: of what is left of a declaration's time, each look-up of a member by its name is a hundredth."""
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class FiledInTheFuture(Invalid):
    code = "filed-in-future"

    def __init__(self, filed_at: datetime, now: datetime) -> None:
        super().__init__(
            f"filed_at {filed_at.isoformat()} lies after now ({now.isoformat()}). Check the date and the offset.",
            field="filed_at",
            value=filed_at.isoformat(),
        )


class UnitTakesNoIdeas(Invalid):
    code = "unit-not-grassroots"

    def __init__(self, unit: str, level: str, below: list[str]) -> None:
        super().__init__(
            f"Unit {unit} is of level {level}; an idea is recorded at the grassroots union where it arose. "
            f"Below it: {', '.join(below) or 'none'}.",
            field="unit",
            value=unit,
        )


class UnitIsClosed(Invalid):
    code = "unit-closed"

    def __init__(self, unit: str, merged_into: str | None) -> None:
        hint = (
            f"It was merged into {merged_into}; declare there."
            if merged_into
            else "Ask the level above."
        )
        super().__init__(f"Unit {unit} is closed. {hint}", field="unit", value=unit)


class IdeaIsWithdrawn(Conflict):
    code = "idea-withdrawn"

    def __init__(self, idea: UUID) -> None:
        super().__init__(
            f"Idea {idea} was withdrawn; nothing more can be changed. Declare it anew if it stands."
        )


class NothingAmended(Conflict):
    """An amendment that says just what is on record would only be matched again for nothing."""

    code = "nothing-changed"

    def __init__(self, idea: UUID) -> None:
        super().__init__(f"Idea {idea} says just this already; nothing was recorded.")


class Idea(Aggregate):
    """One idea, from its declaration on."""

    NOUN: ClassVar[str] = "idea"

    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: datetime
    priority: datetime
    content: Content
    authors: tuple[SealedAuthor, ...]
    content_hash: str
    ineligible: tuple[Ineligible, ...]
    entered_by: UUID | None
    entered_by_name: str
    withdrawn: bool = False

    @classmethod
    def declare(
        cls,
        idea: UUID,
        declaration: Declaration,
        *,
        sender: str,
        terms: Terms,
        tree: Tree,
        seals: Seals,
        by: Actor,
        at: datetime,
        late_after: timedelta = LATE_AFTER,
    ) -> IdeaDeclared:
        """Put an idea on record; what makes it ineligible is marked, never refused.

        Raises FiledInTheFuture, UnitIsUnknown, UnitTakesNoIdeas, UnitIsClosed.
        """
        if declaration.filed_at > at + CLOCK_TOLERANCE:
            raise FiledInTheFuture(declaration.filed_at, at)
        _takes_ideas(declaration.unit, tree, declaration.filed_at)
        content = declaration.content()
        authors = sealed(declaration.authors, sender, seals)
        entered_by, entered_by_name = None, ""
        if typed_by := declaration.entered_by:
            entered_by, entered_by_name = seals.signed(sender, typed_by, typed_by)
            by = changed(by, {"on_behalf_of": str(authors[0].person)})
        # The facts are typed values already; building without validating them again halves the cost of a declaration.
        return built(
            IdeaDeclared,
            {
                "originator_id": idea,
                "originator_version": 1,
                "by": by,
                "effective": declaration.filed_at,
                "sender": sender,
                "external_id": declaration.external_id,
                "programme": declaration.programme,
                "unit": declaration.unit,
                "filed_at": declaration.filed_at,
                "priority": priority(declaration.filed_at, content),
                "content_hash": content_hash(content, authors),
                "ineligible": terms.ineligible(content, declaration.filed_at),
                "late": at - declaration.filed_at > late_after,
                "entered_by": entered_by,
                "entered_by_name": entered_by_name,
                "authors": authors,
                "content": content,
            },
        )

    def amend(self, draft: Draft, *, terms: Terms, seals: Seals, by: Actor) -> IdeaAmended:
        """Correct texts, dates or authors; the whole content is given anew, and matched again.

        The priority follows from the corrected dates. Raises IdeaIsWithdrawn, NothingAmended.
        """
        self._stands()
        content = draft.content()
        authors = sealed(draft.authors, self.sender, seals)
        if content == self.content and same(self.authors, authors, draft.authors, seals):
            raise NothingAmended(self.id)
        return self.next(
            IdeaAmended,
            by=by,
            programme=self.programme,
            unit=self.unit,
            priority=priority(self.filed_at, content),
            content_hash=content_hash(content, authors),
            ineligible=terms.ineligible(content, self.filed_at),
            authors=authors,
            content=content,
        )

    def withdraw(self, *, reason: str, by: Actor) -> IdeaWithdrawn:
        """Take the idea back; it stays in gross and leaves net."""
        self._stands()
        return self.next(
            IdeaWithdrawn, by=by, programme=self.programme, unit=self.unit, reason=reason
        )

    def reroute(self, unit: str, *, reason: str, tree: Tree, by: Actor) -> IdeaRerouted:
        """Move the idea to the unit it belonged to all along; its priority stays."""
        self._stands()
        if unit == self.unit:
            raise Conflict(f"Idea {self.id} is with unit {unit} already.", field="unit")
        _takes_ideas(unit, tree, self.filed_at)
        return self.next(
            IdeaRerouted,
            by=by,
            effective=self.filed_at,
            programme=self.programme,
            came_from=self.unit,
            unit=unit,
            reason=reason,
        )

    def record_recognition(
        self, recognition: Recognition, *, terms: Terms, by: Actor
    ) -> RecognitionRecorded:
        """Note the authority's decision; eligibility is judged again, as of the filing."""
        self._stands()
        content = changed(self.content, {"recognition": recognition})
        return self.next(
            RecognitionRecorded,
            by=by,
            effective=self.filed_at,
            programme=self.programme,
            unit=self.unit,
            recognition=recognition,
            ineligible=terms.ineligible(content, self.filed_at),
        )

    def _stands(self) -> None:
        if self.withdrawn:
            raise IdeaIsWithdrawn(self.id)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match state, event:
            case None, IdeaDeclared():
                return cls(
                    id=event.originator_id,
                    version=event.originator_version,
                    sender=event.sender,
                    external_id=event.external_id,
                    programme=event.programme,
                    unit=event.unit,
                    filed_at=event.filed_at,
                    priority=event.priority,
                    content=event.content,
                    authors=event.authors,
                    content_hash=event.content_hash,
                    ineligible=event.ineligible,
                    entered_by=event.entered_by,
                    entered_by_name=event.entered_by_name,
                )
            case Idea(), IdeaAmended():
                return state.after(
                    event,
                    priority=event.priority,
                    content=event.content,
                    authors=event.authors,
                    content_hash=event.content_hash,
                    ineligible=event.ineligible,
                )
            case Idea(), IdeaWithdrawn():
                return state.after(event, withdrawn=True)
            case Idea(), IdeaRerouted():
                return state.after(event, unit=event.unit)
            case Idea(), RecognitionRecorded():
                return state.after(
                    event,
                    content=changed(state.content, {"recognition": event.recognition}),
                    ineligible=event.ineligible,
                )
        raise Unfoldable(state, event)


def priority(filed_at: datetime, content: Content) -> datetime:
    """The earlier of filing and first application, which begins at midnight at home (Decree 13/2012, Art. 4(1))."""
    day = content.first_applied_on
    if day is None:
        return filed_at
    # The day that programs write for "no date" begins, at home, before the first instant that can be written down.
    return BEGINNING if day == date.min else min(filed_at, midnight(day))


def content_hash(content: Content, authors: tuple[SealedAuthor, ...]) -> str:
    """The sha256 of what was declared, without anything personal: the content's JSON and each author's public marks."""
    marks = "".join([f"\x1f{a.share_percent}|{a.holds_post}|{a.worker_kind}" for a in authors])
    return hashlib.sha256(part(content) + marks.encode()).hexdigest()


def _takes_ideas(unit: str, tree: Tree, filed_at: datetime) -> None:
    found = tree.units.get(unit)
    if found is None:
        raise UnitIsUnknown(unit)
    if found.level is not GRASSROOTS:
        raise UnitTakesNoIdeas(unit, found.level, list(tree.children.get(unit, ()))[:5])
    if found.closed is not None and found.closed <= filed_at.astimezone(HOME).date():
        raise UnitIsClosed(unit, found.merged_into)

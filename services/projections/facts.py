"""What the views take in: the ledger's facts, with declarations read without the long texts that no view shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from shared.events import (
    CanonicalChosen,
    CaseJoined,
    CaseOpened,
    CaseReopened,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    FlagRaised,
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberChanged,
    MemberExcluded,
    MemberJoined,
    MemberLeft,
    MemberRuled,
    PersonRevealed,
    RecognitionRecorded,
    RulingUndone,
)
from shared.ledger.encoding import Stored, decode
from shared.ledger.model import Event, Recorded
from shared.ledger.stamp import PREFIX, stamped
from shared.ledger.store import Ledger
from shared.vocabulary import Position, TextField

PAGE: Final = 5000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

TOPICS: Final = frozenset(
    kind.TOPIC
    for kind in (
        IdeaDeclared,
        IdeaAmended,
        IdeaWithdrawn,
        IdeaRerouted,
        RecognitionRecorded,
        PersonRevealed,
        FlagRaised,
        CaseOpened,
        MemberJoined,
        MemberRuled,
        CanonicalChosen,
        MemberChanged,
        MemberLeft,
        CaseReopened,
        MemberExcluded,
        CaseSplit,
        CaseSplitOff,
        CaseTookIn,
        CaseJoined,
        RulingUndone,
    )
)
"""What the views show; all other topics pass by without being decoded."""
DECLARED: Final = IdeaDeclared.TOPIC

AFTER_TEXTS: Final = tuple(
    b',"%s":' % name
    for name in (
        b"benefit_vnd",
        b"benefit_basis",
        b"benefit_class",
        b"field",
        b"first_applied_on",
        b"recognition",
        b"confidential",
    )
)


def micros(instant: datetime) -> int:
    """An instant as views keep it: whole microseconds since 1970, in UTC."""
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(microseconds: int) -> datetime:
    """The instant that many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=microseconds)


class Declared(NamedTuple):
    """A declaration without its long texts; a confidential title is left out as well."""

    sender: str
    external_id: str
    programme: str
    unit: str
    filed: int
    people: int
    benefit: int
    title: str
    ineligible: tuple[str, ...]
    late: bool


class Fact(NamedTuple):
    """An event at its place in the ledger; the instant is in microseconds, the stream's id in hex."""

    position: Position
    recorded: int
    topic: str
    stream: str
    event: Event | Declared


class Page(NamedTuple):
    """A stretch of the ledger: the facts that views show, how many events were read in all, and the last position."""

    facts: Sequence[Fact]
    read: int
    last: Position


def fact_of(recorded: Recorded) -> Fact:
    """A decoded event as the views take it in."""
    event = recorded.event
    shown: Event | Declared = event
    if isinstance(event, IdeaDeclared):
        content = event.content
        shown = Declared(
            event.sender,
            event.external_id,
            event.programme,
            event.unit,
            micros(event.filed_at),
            len(event.authors),
            content.benefit_vnd or 0,
            content.shown(TextField.TITLE),
            tuple(reason.value for reason in event.ineligible),
            event.late,
        )
    return Fact(
        recorded.position,
        micros(recorded.recorded),
        event.TOPIC,
        event.originator_id.hex,
        shown,
    )


def page_of(recorded: Sequence[Recorded], after: Position = 0) -> Page:
    """A page of decoded events as the views take it in."""
    facts = [fact_of(r) for r in recorded if r.event.TOPIC in TOPICS]
    return Page(facts, len(recorded), recorded[-1].position if recorded else after)


def read_page(
    ledger: Ledger, after: Position, *, limit: int = PAGE, to: Position | None = None
) -> Page:
    """The next facts after a position, decoded only as far as views need them."""
    found = ledger.rows(after, limit=limit, to=to)
    facts: list[Fact] = []
    head, recorded = b"", 0
    for row in found:
        position, stream, _, topic, state = row
        if topic == DECLARED:
            if state[:PREFIX] != head:
                head = state[:PREFIX]
                recorded = micros(stamped(head))
            facts.append(Fact(position, recorded, topic, stream, lean(state)))
        elif topic in TOPICS:
            facts.append(fact_of(decode(Stored(*row))))
    return Page(facts, len(found), found[-1][0] if found else after)


class _Anything(TypedDict):
    pass


class _Content(TypedDict):
    title: str
    benefit_vnd: NotRequired[int]
    confidential: NotRequired[list[str]]


class _Declared(TypedDict):
    sender: str
    external_id: str
    programme: str
    unit: str
    filed_at: str
    ineligible: NotRequired[list[str]]
    late: NotRequired[bool]
    authors: list[_Anything]
    content: _Content


_DECLARED: Final = TypeAdapter(_Declared)


def lean(state: bytes) -> Declared:
    """What views need of a stored declaration."""
    found = _DECLARED.validate_json(without_texts(state))
    content = found["content"]
    confidential = content.get("confidential")
    return Declared(
        found["sender"],
        found["external_id"],
        found["programme"],
        found["unit"],
        micros(datetime.fromisoformat(found["filed_at"])),
        len(found["authors"]),
        content.get("benefit_vnd") or 0,
        content["title"] if not confidential or TextField.TITLE not in confidential else "",
        tuple(found.get("ineligible", ())),
        found.get("late", False),
    )


def without_texts(state: bytes) -> bytes:
    """A stored declaration without who recorded it and without its long texts, which are most of it.

    Inside a JSON string every quote is escaped; so a comma, a bare quote and a field's name, in this order, are that
    field and never a part of somebody's text. The texts stand next to each other behind the title.
    """
    content = state.find(b',"content":{"title":')
    begin = state.find(b',"situation_before":', content)
    if begin < 0:
        begin = state.find(b',"solution":', content)
    head = state.find(b',"sender":') + 1
    if head == 0 or content < 0 or begin < 0:
        return state
    for name in AFTER_TEXTS:
        end = state.find(name, begin)
        if end >= 0:
            return b"{" + state[head:begin] + state[end:]
    return b"{" + state[head:begin] + b"}}"

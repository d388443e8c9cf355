"""How ideas count: the signed entries always add up to a plain recount of the events, on both axes, at any moment."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.projections.reckoning.reckoning import Measures, Scope
from services.projections.reckoning.totals import Totals
from services.projections.views.database import Views
from services.projections.views.entries import Entries
from services.projections.views.facts import micros, page_of
from services.projections.views.projector import Projector
from services.projections.views.standing import (
    Amount,
    Standing,
    Step,
    concerned,
    difference,
    evolve,
    steps,
)
from shared.declaration import Content, Recognition
from shared.events.case import MemberRuled
from shared.events.idea import (
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    RecognitionRecorded,
)
from shared.events.mending import CaseTookIn, MemberExcluded, RulingUndone
from shared.ledger.model import Event, Recorded
from shared.terms import Window
from shared.tree import Tree
from shared.vocabulary import (
    Band,
    BenefitClass,
    Brought,
    Ineligible,
    Judgement,
    Member,
    Position,
    RecognitionForm,
    Ruling,
    WorkerKind,
    named,
)
from tests.chronicle import BY, START, authors

UNITS = ("a", "b", "c")
ALONE = Tree({}, {}, {}, {})
"""A tree that knows none of them: each counts for itself."""
ENTRIES = Entries()
REASONS = st.sampled_from([(), (Ineligible.NOT_RECOGNISED,), (Ineligible.NOT_APPLIED,)])


@dataclass
class Idea:
    """An idea as a person would keep it on a card."""

    unit: str
    filed: datetime
    ineligible: bool
    brought: list[tuple[datetime, tuple[int, ...]]]
    rulings: dict[UUID, bool] = field(default_factory=dict)
    withdrawn: datetime | None = None


def brings(event: IdeaDeclared | IdeaAmended) -> tuple[int, ...]:
    """What an idea counts besides itself, in the order of the measures."""
    money, authors = event.content.benefit_vnd or 0, event.authors
    return (
        len(authors),
        money,
        sum(author.holds_post for author in authors),
        sum(author.worker_kind is WorkerKind.DIRECT for author in authors),
        *(money * (event.content.benefit_class is kind) for kind in SURE),
    )


SURE = (BenefitClass.RECOGNISED, BenefitClass.VERIFIED)


def recount(
    history: Sequence[Recorded],
    position: Position,
    true_by: datetime | None = None,
    window: Window | None = None,
) -> dict[str, Measures]:
    """What each unit counts, by looking at every event up to the position and at every idea on its own."""
    ideas: dict[UUID, Idea] = {}
    for at, recorded, event in history:
        if at > position:
            break
        match event:
            case IdeaDeclared():
                first = (event.filed_at, brings(event))
                ideas[event.originator_id] = Idea(
                    event.unit, event.filed_at, bool(event.ineligible), [first]
                )
            case IdeaAmended():
                idea = ideas[event.originator_id]
                idea.ineligible = bool(event.ineligible)
                idea.brought.append((recorded, brings(event)))
            case IdeaWithdrawn():
                ideas[event.originator_id].withdrawn = recorded
            case IdeaRerouted():
                ideas[event.originator_id].unit = event.unit
            case RecognitionRecorded():
                ideas[event.originator_id].ineligible = bool(event.ineligible)
            case MemberRuled():
                ideas[event.member].rulings[event.originator_id] = event.ruling.leaves_net
            case RulingUndone():
                before = event.before is not None and event.before.ruling.leaves_net
                ideas[event.member].rulings[event.originator_id] = before
            case MemberExcluded():
                ideas[event.member].rulings.pop(event.originator_id, None)
            case CaseTookIn():
                for brought in event.members:
                    rulings = ideas[brought.member.idea].rulings
                    rulings[event.originator_id] = rulings.pop(event.came_from, False)
            case _:
                raise AssertionError(event)
    counts: defaultdict[str, Measures] = defaultdict(Measures)
    for idea in ideas.values():
        if true_by is not None and idea.filed > true_by:
            continue
        if window is not None and idea.filed not in window:
            continue
        known = [a for a in idea.brought[1:] if true_by is None or a[0] <= true_by]
        _, brings_now = known[-1] if known else idea.brought[0]
        gone = idea.withdrawn is not None and (true_by is None or idea.withdrawn <= true_by)
        copy = any(idea.rulings.values())
        valid = not (gone or copy or idea.ineligible)
        counts[idea.unit] = counts[idea.unit].plus(Measures(1, valid, copy, *brings_now))
    return dict(counts)


@st.composite
def histories(draw: st.DrawFn) -> list[Recorded]:
    """What may happen to a few ideas, in any order, recorded at instants that never fall."""
    now = START
    history: list[Recorded] = []
    versions: dict[UUID, int] = {}
    units: dict[UUID, str] = {}
    filed: dict[UUID, datetime] = {}

    def record(kind: type[Event], stream: UUID, **facts: object) -> None:
        versions[stream] = versions.get(stream, 0) + 1
        event = kind.model_validate(
            {"originator_id": stream, "originator_version": versions[stream], "by": BY, **facts}
        )
        position = (history[-1].position if history else 0) + draw(st.integers(1, 2))
        history.append(Recorded(position, now, event))

    for _ in range(draw(st.integers(1, 40))):
        now += timedelta(minutes=draw(st.integers(0, 3)))
        standing = sorted(units)
        what = draw(st.sampled_from(ACTS)) if standing else "declare"
        content = Content(
            title="t",
            solution="s",
            benefit_vnd=draw(st.sampled_from([None, 5, 10**18])),
            benefit_class=draw(st.sampled_from(BenefitClass)),
        )
        signed = tuple(
            author.model_copy(
                update={
                    "holds_post": draw(st.booleans()),
                    "worker_kind": draw(st.sampled_from(WorkerKind)),
                }
            )
            for author in authors(draw(st.integers(1, 3)))
        )
        reasons = draw(REASONS)
        if what == "declare":
            idea = named("idea", len(versions))
            units[idea] = draw(st.sampled_from(UNITS))
            # Late batches lie far behind; the clock of a sender may run five minutes ahead.
            filed[idea] = now + timedelta(minutes=draw(st.integers(-9, 5)))
            record(
                IdeaDeclared,
                idea,
                effective=filed[idea],
                sender="s",
                external_id=str(idea),
                programme="1tr",
                unit=units[idea],
                filed_at=filed[idea],
                priority=filed[idea],
                content_hash="h",
                ineligible=reasons,
                authors=signed,
                content=content,
            )
            continue
        idea = draw(st.sampled_from(standing))
        facts: dict[str, object] = {"programme": "1tr", "unit": units[idea]}
        if what == "amend":
            facts |= {"authors": signed, "content": content, "priority": now}
            record(IdeaAmended, idea, content_hash="h", ineligible=reasons, **facts)
        elif what == "withdraw":
            record(IdeaWithdrawn, idea, reason="r", **facts)
        elif what == "reroute":
            facts["unit"] = units[idea] = draw(st.sampled_from(UNITS))
            record(IdeaRerouted, idea, effective=filed[idea], came_from="a", reason="r", **facts)
        elif what == "recognise":
            recognition = Recognition(form=RecognitionForm.OTHER, date=START.date())
            record(
                RecognitionRecorded,
                idea,
                effective=filed[idea],
                recognition=recognition,
                ineligible=reasons,
                **facts,
            )
        elif what == "exclude":
            case = named("case", draw(st.integers(0, 1)))
            record(MemberExcluded, case, member=idea, reason="r", solution="s", **facts)
        elif what == "undo":
            before = Judgement(
                code=draw(st.sampled_from(Ruling)).value,
                reason="r",
                against=idea,
                solution="m",
                against_solution="c",
                event="e",
            )
            record(
                RulingUndone,
                named("case", draw(st.integers(0, 1))),
                member=idea,
                undone="e",
                canonical=idea,
                before=draw(st.sampled_from([None, before])),
                reason="r",
                **facts,
            )
        elif what == "join":
            here, there = draw(st.sampled_from([(0, 1), (1, 0)]))
            moved = draw(st.lists(st.sampled_from(standing), unique=True, min_size=1))
            record(
                CaseTookIn,
                named("case", here),
                came_from=named("case", there),
                band=Band.NEAR,
                score=0.5,
                members=tuple(_brought(idea, filed[idea], units[idea]) for idea in moved),
                reason="r",
            )
        else:
            record(
                MemberRuled,
                named("case", draw(st.integers(0, 1))),
                effective=filed[idea],
                member=idea,
                canonical=idea,
                ruling=draw(st.sampled_from(Ruling)),
                reason="r",
                member_solution="m",
                canonical_solution="c",
                **facts,
            )
    return history


ACTS = (
    *("declare", "amend", "withdraw", "reroute", "recognise"),
    *("rule", "rule", "rule", "exclude", "undo", "join"),
)


def _brought(idea: UUID, filed: datetime, unit: str) -> Brought:
    return Brought(
        member=Member(
            idea=idea,
            sender="s",
            external_id=str(idea),
            programme="1tr",
            unit=unit,
            filed_at=filed,
            priority=filed,
            by_application=False,
            position=1,
            solution_hash="h",
        )
    )


def moments(history: Sequence[Recorded]) -> st.SearchStrategy[datetime]:
    """Any instant at which something might be true, and those just before."""
    marks = [START, *(r.recorded for r in history), *(r.effective for r in history)]
    return st.sampled_from([m - timedelta(microseconds=by) for m in marks for by in (0, 1)])


@given(st.data())
def test_entries_add_up_to_a_recount_on_both_axes(data: st.DataObject) -> None:
    history = data.draw(histories())
    last = history[-1].position
    position = data.draw(st.integers(0, last + 1))
    true_by = data.draw(st.none() | moments(history))
    standings: dict[str, Standing] = {}
    sums: defaultdict[str, Measures] = defaultdict(Measures)
    for fact in page_of(history).facts:
        for idea in concerned(fact):
            before = standings.get(idea)
            after = standings[idea] = evolve(before, fact)
            for instant, unit, *measures in difference(before, after):
                assert any(measures)
                if fact.position <= position and (true_by is None or instant <= micros(true_by)):
                    sums[unit] = sums[unit].plus(Measures(*measures))
    zero = Measures()
    assert {u: m for u, m in sums.items() if m != zero} == recount(history, position, true_by)


@settings(max_examples=25)
@given(st.data())
def test_the_database_adds_up_to_a_recount_however_the_pages_fall(data: st.DataObject) -> None:
    history = data.draw(histories())
    cuts = sorted(data.draw(st.sets(st.integers(0, len(history)), max_size=5)) | {0, len(history)})
    with tempfile.TemporaryDirectory() as directory:
        views = Views(f"sqlite:///{Path(directory) / 'views.db'}")
        projector = Projector(views, (ENTRIES,))
        for begin, end in pairwise(cuts):
            projector.position()
            projector.handle(history[begin:end])
        with views.read(ENTRIES) as snapshot:
            assert snapshot.position == history[-1].position
            for _ in range(5):
                position = data.draw(st.integers(0, history[-1].position))
                true_by = data.draw(st.none() | moments(history))
                scope = Scope("1tr", position, micros(true_by) if true_by is not None else None)
                totals = Totals(snapshot, scope, ALONE)
                found = {unit: measures for unit in UNITS if any(measures := totals.of(unit))}
                assert found == recount(history, position, true_by)
                assert totals.everything() == reduce(Measures.plus, found.values(), Measures())
        views.close()


def test_what_happens_before_the_filing_is_true_from_the_filing_on() -> None:
    """A sender's clock may run ahead, so that an idea is amended or withdrawn before it was filed."""
    early = Standing("a", 100, False, (), 40, (Amount(100, 1, 10), Amount(30, 3, 5)))
    assert steps(early) == [
        Step(100, "a", 1, 1, 0, 1, 10),
        Step(100, "a", 0, 0, 0, 2, -5),
        Step(100, "a", 0, -1, 0, 0, 0),
    ]


def test_the_difference_names_only_what_changed() -> None:
    before = Standing("a", 100, False, (), None, (Amount(100, 1, 10),))
    assert difference(before, before) == []
    assert difference(None, before) == steps(before) == [Step(100, "a", 1, 1, 0, 1, 10)]
    assert difference(before, replace(before, withdrawn=200)) == [Step(200, "a", 0, -1, 0, 0, 0)]
    assert difference(before, replace(before, unit="b")) == [
        Step(100, "a", -1, -1, 0, -1, -10),
        Step(100, "b", 1, 1, 0, 1, 10),
    ]


def test_a_fact_about_an_idea_that_was_never_declared_is_not_taken_in() -> None:
    event = IdeaWithdrawn(
        originator_id=named("idea"),
        originator_version=2,
        by=BY,
        programme="1tr",
        unit="a",
        reason="r",
    )
    [fact] = page_of([Recorded(7, START, event)]).facts
    with pytest.raises(ValueError, match="Position 7"):
        evolve(None, fact)

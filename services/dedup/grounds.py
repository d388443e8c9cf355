"""The grounds of a case: the flags by which its members are suspected of one another, found by what was compared."""

from __future__ import annotations

from itertools import product
from uuid import UUID

from services.dedup.case import Case
from services.dedup.flag import flag_id
from services.dedup.matching import matching_id
from shared.events.case import CaseOpened, MemberJoined
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.events.mending import CaseSplitOff, CaseTookIn
from shared.ledger.store import Ledger


def grounds(case: Case, ledger: Ledger) -> list[FlagRaised]:
    """The suspicions that brought the members together, each by the latest flag of its pair.

    Whom people brought together, by a split or a join, is shown with what the machine had to say of it and the canonical.
    """
    found: dict[frozenset[UUID], FlagRaised] = {}
    docket = case.docket
    here = [m.member.idea for m in docket.members if not m.taken_out]
    known = {m.member.idea for m in docket.members}
    for named in _brought_together(case.id, ledger):
        flag = ledger.event(named, 1)
        if isinstance(flag, FlagRaised):
            idea, of = flag.idea.idea, flag.of.idea
            if not {idea, of} & set(here) or not {idea, of} <= known:
                # Two of whom a person put both elsewhere, or one into a case of its own.
                continue
            found.setdefault(frozenset((idea, of)), _of_the_pair(idea, of, ledger, flag)[-1])
    canonical = docket.canonical
    shown = {idea for pair in found if pair <= set(here) for idea in pair} | {canonical}
    for idea in here:
        if canonical is not None and idea not in shown:
            for latest in _of_the_pair(idea, canonical, ledger)[-1:]:
                found[frozenset((idea, canonical))] = latest
    return list(found.values())


def _of_the_pair(one: UUID, other: UUID, ledger: Ledger, *known: FlagRaised) -> list[FlagRaised]:
    """Every flag between two ideas, in either direction, the latest last."""
    flags = [*known, *flags_between(one, other, ledger), *flags_between(other, one, ledger)]
    return sorted(flags, key=lambda f: (f.rules_version, f.cut))


def _brought_together(case: UUID, ledger: Ledger) -> list[UUID]:
    """The flags by which members came into a case, and into those that it was split from or that were joined into it."""
    found: list[UUID] = []
    waiting, read = [case], set()
    while waiting:
        stream = waiting.pop(0)
        if stream in read:
            continue
        read.add(stream)
        for event in ledger.stream(stream):
            match event:
                case CaseOpened(flag=flag) | MemberJoined(flag=flag):
                    found.append(flag)
                case CaseSplitOff(came_from=origin) | CaseTookIn(came_from=origin):
                    waiting.append(origin)
                case _:
                    pass
    return list(dict.fromkeys(found))


def flags_between(idea: UUID, of: UUID, ledger: Ledger) -> list[FlagRaised]:
    """Every flag of one idea against another: of any version, under any model and any rules, the latest rules last."""
    versions = [
        e.originator_version
        for e in ledger.stream(idea)
        if isinstance(e, IdeaDeclared | IdeaAmended)
    ]
    adoptions = list(ledger.stream(matching_id()))
    models = dict.fromkeys(e.model for e in adoptions if isinstance(e, ModelAdopted))
    rules = [e.originator_version for e in adoptions if isinstance(e, RulesAdopted)]
    named = (
        ledger.event(flag_id(idea, version, of, model, under), 1)
        for under, model, version in product(rules, models, versions)
    )
    return [flag for flag in named if isinstance(flag, FlagRaised)]

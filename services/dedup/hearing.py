"""The hearing: everything a reviewer needs to rule on a case, side by side, with why each pair is suspected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel

from services.dedup.case import Case
from services.dedup.explain import Explanation, explain
from services.dedup.grounds import grounds
from services.dedup.lexicon import Lexicon
from services.dedup.matching import matching_id
from services.dedup.model import Models
from services.dedup.reading import Words, solution_hash
from services.dedup.score import Judge
from services.dedup.texts import words_of
from shared.declaration import Content
from shared.docket import Docket, DocketMember
from shared.errors import NotFound
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.matching import FlagRaised
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import Band, MatchingRules, Tier


class MemberShown(BaseModel):
    """One member: whose, where, since when, its texts (confidential ones empty), and how it was ruled."""

    idea: UUID
    external_id: str
    sender: str
    unit: str
    unit_path: tuple[str, ...]
    filed_at: str
    priority: str
    priority_by_application: bool
    ineligible: tuple[str, ...]
    content: Content
    ruling: str | None
    reason: str
    against: UUID | None
    asked_again: bool
    text_changed: bool
    left: bool
    excluded: bool
    moved_to: UUID | None


class SuspicionShown(BaseModel):
    """One flag of the case and its explanation."""

    flag: UUID
    idea: UUID
    of: UUID
    band: str
    score: float
    tier: str
    reasons: tuple[str, ...]
    model: str
    explanation: dict[str, object]


class CaseShown(BaseModel):
    """A case as a reviewer sees it."""

    case: UUID
    version: int
    state: str
    band: str
    score: float
    canonical: UUID | None
    joined_into: UUID | None
    members: tuple[MemberShown, ...]
    suspicions: tuple[SuspicionShown, ...]


def hearing(case: Case, ledger: Ledger, models: Models, tree: Tree) -> CaseShown:
    """The case with its texts and explanations, made from the ledger each time it is asked for."""
    docket = case.docket
    contents = {m.member.idea: content_of(m.member.idea, ledger) for m in docket.members}
    suspicions = []
    for raised in grounds(case, ledger):
        flag = _where_they_stand_now(raised, docket, tree)
        texts = compared(flag, ledger)
        explanation = explained(flag, ledger, models, texts=texts)
        # A place in a text that was amended since says nothing about the text that is shown.
        if _differ(contents.get(flag.idea.idea), texts.idea):
            explanation = explanation._replace(idea_spans=())
        if _differ(contents.get(flag.of.idea), texts.of):
            explanation = explanation._replace(of_spans=())
        suspicions.append(
            SuspicionShown(
                flag=flag.originator_id,
                idea=flag.idea.idea,
                of=flag.of.idea,
                band=flag.band.value,
                score=flag.score,
                tier=flag.tier.value,
                reasons=flag.reasons,
                model=flag.model,
                explanation=plain(explanation),
            )
        )
    return CaseShown(
        case=case.id,
        version=case.version,
        state=docket.state.value,
        band=docket.band.value,
        score=docket.score,
        canonical=docket.canonical,
        joined_into=docket.joined_into,
        members=tuple(_member(m, contents[m.member.idea], tree) for m in docket.members),
        suspicions=tuple(suspicions),
    )


def _member(found: DocketMember, content: Content, tree: Tree) -> MemberShown:
    member = found.member
    return MemberShown(
        idea=member.idea,
        external_id=member.external_id,
        sender=member.sender,
        unit=member.unit,
        unit_path=tuple(tree.name(step) for step in tree.path(member.unit)),
        filed_at=member.filed_at.isoformat(),
        priority=member.priority.isoformat(),
        priority_by_application=member.by_application,
        ineligible=tuple(code.value for code in member.ineligible),
        content=content.disclosed(),
        ruling=found.ruling.value if found.ruling is not None else None,
        reason=found.reason,
        against=found.against,
        asked_again=found.asked_again,
        text_changed=found.text_changed,
        left=found.left,
        excluded=found.excluded,
        moved_to=found.moved_to,
    )


def _where_they_stand_now(flag: FlagRaised, docket: Docket, tree: Tree) -> FlagRaised:
    """The flag with the tier of the units that the two belong to now: a re-routing moves it (domain rule 5.10)."""
    idea, of = docket.member(flag.idea.idea), docket.member(flag.of.idea)
    if idea is None or of is None or flag.tier is Tier.PROGRAMME:
        return flag
    return flag.model_copy(update={"tier": tree.tier(idea.member.unit, of.member.unit)})


def _differ(shown: Content | None, compared_: Content) -> bool:
    return shown is not None and shown.solution != compared_.solution


def content_of(idea: UUID, ledger: Ledger) -> Content:
    """What an idea says now. Raises NotFound."""
    return _said(idea, ledger)[-1].content


def _said(idea: UUID, ledger: Ledger) -> list[IdeaDeclared | IdeaAmended]:
    said = [e for e in ledger.stream(idea) if isinstance(e, IdeaDeclared | IdeaAmended)]
    if not said:
        raise NotFound(f"There is no idea {idea}. Check the id.")
    return said


class Compared(NamedTuple):
    """The two texts that a flag is about, as they were then."""

    idea: Content
    of: Content


def compared(flag: FlagRaised, ledger: Ledger) -> Compared:
    """What the two said when they were compared; what either declared confidential since is confidential here too."""
    later = _said(flag.idea.idea, ledger)
    at_version = [e for e in later if e.originator_version == flag.idea_version]
    earlier = _said(flag.of.idea, ledger)
    in_those_words = [
        e
        for e in earlier
        if len(earlier) > 1
        and solution_hash(Words.of(e.content.solution).full) == flag.of.solution_hash
    ]
    return Compared(
        _as_hidden_now((at_version or later)[-1].content, later[-1].content),
        _as_hidden_now((in_those_words or earlier)[-1].content, earlier[-1].content),
    )


def _as_hidden_now(then: Content, now: Content) -> Content:
    hidden = tuple(dict.fromkeys((*then.confidential, *now.confidential)))
    return then.model_copy(update={"confidential": hidden})


def explained(
    flag: FlagRaised, ledger: Ledger, models: Models, *, texts: Compared | None = None
) -> Explanation:
    """A flag's explanation, recomputed from the texts, the model it names, and what it says was standard by then."""
    model = models.load(flag.model)
    rules = rules_at(flag.rules_version, ledger)
    idea, of = texts or compared(flag, ledger)
    lexicon = Lexicon()
    judge = Judge(lexicon, model, rules)
    later = judge.said(idea.title, idea.solution, idea.situation_before, flag.idea_standard)
    earlier = judge.said(of.title, of.solution, of.situation_before, flag.of_standard)

    def rescore(words: Sequence[str]) -> float:
        changed = later._replace(solution=words_of(lexicon.numbers(words)))
        found = judge.compare(changed, earlier, flag.tier)
        return 0.0 if found.band is Band.CLEAR else found.score

    return explain(
        flag,
        idea,
        of,
        model=model,
        lexicon=lexicon,
        line=rules.limits(flag.tier).similar,
        rescore=rescore,
    )


def rules_at(version: int, ledger: Ledger) -> MatchingRules:
    """The rules that a version of the matching stream put in force."""
    rules = MatchingRules()
    for event in ledger.stream(matching_id()):
        if event.originator_version > version:
            break
        rules = getattr(event, "rules", rules)
    return rules


def plain(explanation: Explanation) -> dict[str, object]:
    """An explanation as JSON holds it."""
    return {
        **explanation._asdict(),
        "parts": explanation.parts.model_dump(),
        "terms": [term._asdict() for term in explanation.terms],
        "idea_spans": [list(span) for span in explanation.idea_spans],
        "of_spans": [list(span) for span in explanation.of_spans],
    }

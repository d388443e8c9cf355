"""The hearing: everything a reviewer needs to rule on a case, side by side, with why each pair is suspected."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel

from services.dedup.case import Case
from services.dedup.explain import Explanation, explain
from services.dedup.flag import flag_id
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Models
from services.dedup.reading import asked
from services.dedup.score import score
from shared.docket import DocketMember
from shared.errors import NotFound
from shared.events import CaseOpened, FlagRaised, IdeaAmended, IdeaDeclared, MemberJoined
from shared.ledger.store import Ledger
from shared.tree import Tree
from shared.vocabulary import Content, MatchingRules, TextField


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
    text_changed: bool
    left: bool


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
    members: tuple[MemberShown, ...]
    suspicions: tuple[SuspicionShown, ...]


def hearing(case: Case, ledger: Ledger, models: Models, tree: Tree) -> CaseShown:
    """The case with its texts and explanations, made from the ledger each time it is asked for."""
    docket = case.docket
    contents = {m.member.idea: content_of(m.member.idea, ledger) for m in docket.members}
    flags = [
        event.flag
        for event in ledger.stream(case.id)
        if isinstance(event, CaseOpened | MemberJoined)
    ]
    suspicions = []
    for flag in dict.fromkeys(flags):
        found = ledger.event(flag, 1)
        if isinstance(found, FlagRaised):
            explanation = explained(found, ledger, models)
            suspicions.append(
                SuspicionShown(
                    flag=flag,
                    idea=found.idea.idea,
                    of=found.of.idea,
                    band=found.band.value,
                    score=found.score,
                    tier=found.tier.value,
                    reasons=found.reasons,
                    model=found.model,
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
        members=tuple(_member(m, contents[m.member.idea], tree) for m in docket.members),
        suspicions=tuple(suspicions),
    )


def _member(found: DocketMember, content: Content, tree: Tree) -> MemberShown:
    member = found.member
    hidden = {name.value: "" for name in TextField if name in content.confidential}
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
        content=content.model_copy(update=hidden),
        ruling=found.ruling.value if found.ruling is not None else None,
        reason=found.reason,
        text_changed=found.text_changed,
        left=found.left,
    )


def content_of(idea: UUID, ledger: Ledger, *, version: int | None = None) -> Content:
    """What an idea said at a version of it (default: the latest). Raises NotFound."""
    content: Content | None = None
    for event in ledger.stream(idea):
        if version is not None and event.originator_version > version:
            break
        if isinstance(event, IdeaDeclared | IdeaAmended):
            content = event.content
    if content is None:
        raise NotFound(f"There is no idea {idea}. Check the id.")
    return content


def find_flag(idea: UUID, of: UUID, ledger: Ledger) -> FlagRaised:
    """The latest flag of one idea against another. Raises NotFound where the machine suspects nothing."""
    matching = ledger.load(Matching, matching_id())
    for version in range(100, 0, -1):
        for rules in range(matching.version, 0, -1):
            found = ledger.event(flag_id(idea, version, of, matching.model, rules), 1)
            if isinstance(found, FlagRaised):
                return found
    raise NotFound(f"No flag of {idea} against {of} is on record.")


def explained(flag: FlagRaised, ledger: Ledger, models: Models) -> Explanation:
    """A flag's explanation, recomputed from the texts and the model it names."""
    model = models.load(flag.model)
    rules = rules_at(flag.rules_version, ledger)
    idea = content_of(flag.idea.idea, ledger, version=flag.idea_version)
    of = content_of(flag.of.idea, ledger)
    earlier = asked(of.title, of.solution, of.situation_before, unit="", programme="")

    def rescore(solution: str) -> float:
        changed = asked(idea.title, solution, idea.situation_before, unit="", programme="")
        return score(changed, earlier, model=model, rules=rules, standard=()).score

    return explain(flag, idea, of, model=model, line=rules.thresholds.similar, rescore=rescore)


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

"""Answers: the pairs of which people said whether one repeats the other, beside how alike the machine had measured them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.calibration import Answer, evenly, fitted, shipped
from services.dedup.labels import DIFFERENT, SAME
from services.dedup.matching import matching_id
from services.dedup.reliability import Reliability, reliability
from shared.calibration import Calibration
from shared.errors import Conflict
from shared.events import FlagRaised, MemberExcluded, MemberRuled, RulesAdopted, RulingUndone
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import MatchingRules, Ruling, Thresholds

FEWEST: Final = 100
"""With fewer answers three numbers say more of chance than of the reviewers."""
FEWEST_OF_EACH: Final = 10
SHIPPED_WEIGHS: Final = 500.0
"""The shipped set weighs as much as so many answers: a hundred nudge the scores, and thousands decide them."""

Pair = frozenset[UUID]


class TooFewAnswers(Conflict):
    code = "too-few-answers"

    def __init__(self, same: int, other: int) -> None:
        super().__init__(
            f"{same + other} answers are known of pairs that the machine had flagged: {same} say duplicate, {other} say "
            f"not. At least {FEWEST} are needed, and {FEWEST_OF_EACH} of each kind. Rule on more cases, or give judged "
            "pairs with --labels.",
            same=same,
            other=other,
            fewest=FEWEST,
            of_each=FEWEST_OF_EACH,
        )


class Ruled(NamedTuple):
    """How a pair was ruled, in which words of the two; the case and event that say so."""

    same: bool
    solutions: frozenset[str]
    event: str
    case: UUID
    member: UUID


class Calibrated(NamedTuple):
    """What a calibration on answers comes to, and how reliable scores are on those answers before and after."""

    rules: MatchingRules
    same: int
    other: int
    before: Reliability
    after: Reliability


def calibrated(answers: Iterable[Answer], rules: MatchingRules) -> Calibrated:
    """Fit the calibration on answers and the shipped set together. Raises TooFewAnswers.

    Every answer weighs 1, the shipped set as a whole `SHIPPED_WEIGHS`. The lines stay where they are on likeness: what a
    score says changes, and nobody is suspected more or less for it.
    """
    answers = sorted(answers)
    same = sum(answer.same for answer in answers)
    other = len(answers) - same
    if len(answers) < FEWEST or min(same, other) < FEWEST_OF_EACH:
        raise TooFewAnswers(same, other)
    first = shipped()
    weights = [1.0] * len(answers) + [SHIPPED_WEIGHS * weight for weight in evenly(first)]
    found = fitted([*answers, *first], weights)
    before = rules.calibration
    changed = {
        "calibration": found,
        "thresholds": redrawn(rules.thresholds, before, found),
        "by_tier": {tier: redrawn(t, before, found) for tier, t in rules.by_tier.items()},
    }
    return Calibrated(
        rules.model_copy(update=changed),
        same,
        other,
        _reliable(answers, before),
        _reliable(answers, found),
    )


def redrawn(lines: Thresholds, before: Calibration, after: Calibration) -> Thresholds:
    """The same lines on another scale."""
    return Thresholds(
        **{name: after.share(before.likeness(line)) for name, line in lines.model_dump().items()}
    )


def _reliable(answers: Iterable[Answer], calibration: Calibration) -> Reliability:
    answers = list(answers)
    return reliability(
        [calibration.share(answer.likeness) for answer in answers],
        [answer.same for answer in answers],
    )


def known(
    ledger: Ledger, labelled: Mapping[Pair, bool], progress: Progress = lambda *_: None
) -> list[Answer]:
    """Every answer about a pair that is on record as flagged in just those words; a ruling goes before a label."""
    rulings = rulings_that_stand(ledger)
    likeness: dict[Pair, float] = {}
    scales = _scales(ledger)
    for flag in _flags(ledger, progress):
        pair = frozenset((flag.idea.idea, flag.of.idea))
        ruled = rulings.get(pair)
        if ruled is None and pair not in labelled:
            continue
        if ruled is None or ruled.solutions == {flag.idea.solution_hash, flag.of.solution_hash}:
            likeness[pair] = scales[flag.rules_version].likeness(flag.score)
    answers = []
    for pair, alike in likeness.items():
        same = rulings[pair].same if pair in rulings else labelled[pair]
        answers.append(Answer(SAME if same else DIFFERENT, same, alike))
    return answers


def rulings_that_stand(ledger: Ledger) -> dict[Pair, Ruled]:
    """The last ruling of every pair, but for those that were undone or whose member was excluded.

    A code by which the idea leaves net says that it is a duplicate; every other one says that it is not.
    """
    found: dict[Pair, Ruled] = {}
    at = 0
    while page := ledger.read(
        at, topics=(MemberRuled.TOPIC, RulingUndone.TOPIC, MemberExcluded.TOPIC)
    ):
        at = page[-1].position
        for event in (recorded.event for recorded in page):
            match event:
                case MemberRuled(member=member, canonical=canonical, ruling=ruling):
                    solutions = frozenset((event.member_solution, event.canonical_solution))
                    found[frozenset((member, canonical))] = Ruled(
                        ruling.leaves_net, solutions, event.name, event.originator_id, member
                    )
                case RulingUndone(member=member, canonical=canonical, before=before):
                    pair = frozenset((member, canonical))
                    if pair in found and found[pair].event == event.undone:
                        del found[pair]
                    if before is not None:
                        found[frozenset((member, before.against))] = Ruled(
                            Ruling(before.code).leaves_net,
                            frozenset((before.solution, before.against_solution)),
                            before.event,
                            event.originator_id,
                            member,
                        )
                case MemberExcluded(originator_id=case, member=member):
                    gone = [p for p, r in found.items() if (r.case, r.member) == (case, member)]
                    for pair in gone:
                        del found[pair]
                case _:
                    pass
    return found


def _flags(ledger: Ledger, progress: Progress) -> Iterator[FlagRaised]:
    """Every flag on record, the latest of a pair last."""
    at, head = 0, ledger.head()
    while page := ledger.read(at, topics=(FlagRaised.TOPIC,)):
        at = page[-1].position
        for recorded in page:
            assert isinstance(recorded.event, FlagRaised)
            yield recorded.event
        progress(at, head)


def _scales(ledger: Ledger) -> dict[int, Calibration]:
    """By version of the matching stream, the calibration of the rules that were in force from it on."""
    scales: dict[int, Calibration] = {}
    latest = MatchingRules().calibration
    for event in ledger.stream(matching_id()):
        if isinstance(event, RulesAdopted):
            latest = event.rules.calibration
        scales[event.originator_version] = latest
    return scales

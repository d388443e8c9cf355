"""Answers: the pairs of which people said whether one repeats the other, beside how alike the machine had measured them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.calibration import Answer, evenly, fitted, shipped
from services.dedup.labels import DIFFERENT, SAME
from services.dedup.matching import matching_id
from services.dedup.reliability import Reliability, reliability
from shared.calibration import PLACES, Calibration
from shared.errors import Conflict
from shared.events.case import MemberRuled
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.events.mending import MemberExcluded, RulingUndone
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import MatchingRules, Ruling, Thresholds

FEWEST: Final = 100
"""With fewer answers three numbers say more of chance than of the reviewers."""
FEWEST_OF_EACH: Final = 10
SHIPPED_WEIGHS: Final = 500.0
"""The shipped set weighs as much as so many answers: a hundred nudge the scores, and thousands decide them."""

MOST_MOVED: Final = 1e-3
"""By so much likeness a line may move when it is redrawn on another scale."""
FLATTER: Final = 0.9
TRIES: Final = 40

Pair = frozenset[UUID]


class TooFewAnswers(Conflict):
    code = "too-few-answers"

    def __init__(self, same: int, other: int, left_out: int) -> None:
        super().__init__(
            f"{same + other} answers are known of pairs that the model in force had flagged: {same} say duplicate, {other} "
            f"say not; {left_out} of pairs that only other models flagged are left out. At least {FEWEST} are needed, and {FEWEST_OF_EACH} of each kind. Rule on more cases, or give judged "
            "pairs with --labels.",
            same=same,
            other=other,
            left_out=left_out,
            fewest=FEWEST,
            of_each=FEWEST_OF_EACH,
        )


class AnswersSayNothing(Conflict):
    """By the answers, pairs that are more alike are not duplicates more often, so no score could follow from likeness."""

    code = "answers-say-nothing"

    def __init__(self) -> None:
        super().__init__(
            "By these answers, pairs that are more alike are not duplicates more often: no score follows from them. Look "
            "whether rulings or labels say the opposite of what was meant."
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


class Known(NamedTuple):
    """The answers that count, and how many do not: those on pairs that only other models flagged, and labels of others."""

    counted: list[Answer]
    of_other_models: int
    never_flagged: int


def calibrated(answers: Iterable[Answer], rules: MatchingRules, *, left_out: int = 0) -> Calibrated:
    """Fit the calibration on answers and the shipped set together. Raises TooFewAnswers, AnswersSayNothing.

    Every answer weighs 1, the shipped set as a whole `SHIPPED_WEIGHS`. The lines stay where they are on likeness: what a
    score says changes, and nobody is suspected more or less for it.
    """
    answers = sorted(answers)
    same = sum(answer.same for answer in answers)
    other = len(answers) - same
    if len(answers) < FEWEST or min(same, other) < FEWEST_OF_EACH:
        raise TooFewAnswers(same, other, left_out)
    first = shipped()
    weights = [1.0] * len(answers) + [SHIPPED_WEIGHS * weight for weight in evenly(first)]
    before = rules.calibration
    lines = [
        before.likeness(line)
        for limits in (rules.thresholds, *rules.by_tier.values())
        for line in limits.model_dump().values()
    ]
    found = flattened(fitted([*answers, *first], weights), lines)
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


def flattened(curve: Calibration, lines: Iterable[float]) -> Calibration:
    """A curve on which every line, given as a likeness, has a score of its own.

    Reviewers who all agree make a curve so steep that six places cannot tell a likeness of .8 from one of .97; a line drawn
    there would lie somewhere else. Raises AnswersSayNothing.
    """
    lines = list(lines)
    for _ in range(TRIES):
        if all(abs(curve.likeness(curve.share(line)) - line) <= MOST_MOVED for line in lines):
            return curve
        curve = Calibration(
            **{name: round(value * FLATTER, PLACES) for name, value in curve.model_dump().items()}
        )
    raise AnswersSayNothing


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
) -> Known:
    """Every answer about a pair that the model in force flagged in just those words; a ruling goes before a label.

    Another model measures otherwise, so what it said of a pair is no measure of this one's.
    """
    rulings = rulings_that_stand(ledger)
    likeness: dict[Pair, float] = {}
    flagged: set[Pair] = set()
    elsewhere: set[Pair] = set()
    scales, model = _scales(ledger), _model(ledger)
    for flag in _flags(ledger, progress):
        pair = frozenset((flag.idea.idea, flag.of.idea))
        ruled = rulings.get(pair)
        if ruled is None and pair not in labelled:
            continue
        flagged.add(pair)
        if ruled is not None and ruled.solutions != {
            flag.idea.solution_hash,
            flag.of.solution_hash,
        }:
            continue
        if flag.model != model:
            elsewhere.add(pair)
        else:
            likeness[pair] = scales[flag.rules_version].likeness(flag.score)
    answers = []
    for pair, alike in likeness.items():
        same = rulings[pair].same if pair in rulings else labelled[pair]
        answers.append(Answer(SAME if same else DIFFERENT, same, alike))
    never = sum(pair not in flagged for pair in labelled)
    return Known(answers, len(elsewhere - likeness.keys()), never)


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


def _model(ledger: Ledger) -> str | None:
    """The model in force, if there is one yet."""
    adopted = [e.model for e in ledger.stream(matching_id()) if isinstance(e, ModelAdopted)]
    return adopted[-1] if adopted else None


def _scales(ledger: Ledger) -> dict[int, Calibration]:
    """By version of the matching stream, the calibration of the rules that were in force from it on."""
    scales: dict[int, Calibration] = {}
    latest = MatchingRules().calibration
    for event in ledger.stream(matching_id()):
        if isinstance(event, RulesAdopted):
            latest = event.rules.calibration
        scales[event.originator_version] = latest
    return scales

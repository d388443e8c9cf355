"""The shadow: a model, or rules, that nobody has adopted, beside those in force, over the same texts at the same places.

Both walk the ledger from first to last, or its end, and what they suspect is compared pair by pair. Nothing is recorded.
One walks after the other: two archives of a million texts need not lie in memory together.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.archive import Flagged
from services.dedup.comparison import Comparison, Difference, Evidence, Opinion, Side
from services.dedup.contrast import MOVED, Contrast, Held, Kind, Rows, contrasts, moves
from services.dedup.findings import Findings, Pair, Words
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Models
from services.dedup.recollection import recollect
from services.dedup.rescore import DECIDED, in_force
from shared.directory import Directory
from shared.errors import Conflict, Invalid
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.ledger.follow import Progress
from shared.ledger.store import Ledger
from shared.vocabulary import Band, MatchingRules, Member, Position

BANDS: Final = (Band.EXACT, Band.NEAR, Band.SIMILAR)
TEXTS: Final = (IdeaDeclared.TOPIC, IdeaAmended.TOPIC)
Adoptions = Sequence[ModelAdopted | RulesAdopted]


class NothingMatched(Conflict):
    """A shadow runs over what was matched, and there is nothing of it."""

    code = "nothing-matched"

    def __init__(self, after: Position, to: Position) -> None:
        what = f"between positions {after} and {to}" if after else "yet"
        super().__init__(
            f"No text was matched {what}, so there is nothing to compare. Run 'sangkien match' first, or begin earlier."
        )


class Span(NamedTuple):
    """What is compared: the texts after one position up to another, as people had decided by the head."""

    since: Position
    to: Position
    head: Position


class _Walked(NamedTuple):
    """What one of the two suspects of texts that stand and that nobody put apart, and of the pairs that people judged."""

    pairs: Mapping[Rows, Held]
    judged: Mapping[Pair, Band]
    declared: Collection[UUID]
    texts: int


def tried(
    ledger: Ledger, models: Models, *, model: str | None, rules: MatchingRules | None
) -> Adoptions:
    """What would be adopted, were a model or rules promoted; the rest stays as it is. None of it is recorded.

    Raises Invalid where there is nothing to try, NothingMatched, ModelIsUnknown, OtherTables.
    """
    if model is None and rules is None:
        raise Invalid(
            "Say what to try beside what is in force: a model's id (sangkien model fit), a file of rules (--rules), or both."
        )
    now = in_force(ledger)
    if not now:
        raise NothingMatched(0, 0)
    by, matching = now[0].by, ledger.load(Matching, matching_id())
    held = {type(event): event for event in now}
    if model is not None:
        normaliser = models.find(model).normaliser
        if model != matching.model:
            held[ModelAdopted] = matching.adopt_model(model, normaliser=normaliser, by=by)
    if rules is not None and rules != matching.rules:
        held[RulesAdopted] = matching.adopt_rules(rules, reason="shadow", by=by)
    return list(held.values())


def before_the_last(ledger: Ledger, count: int, *, to: Position) -> Position:
    """The position after which so many declarations were matched; 0 where there are no more than that."""
    at, last = 0, deque[Position](maxlen=count + 1)
    while page := ledger.notifications(at, topics=(IdeaDeclared.TOPIC,), to=to):
        last.extend(notification.id for notification in page)
        at = page[-1].id
    return last[0] if len(last) > count else 0


def shadowed(
    ledger: Ledger,
    directory: Directory,
    models: Models,
    candidate: Adoptions,
    *,
    to: Position,
    since: Position = 0,
    moved: float = MOVED,
    flagged: Flagged | None = None,
    progress: Progress = lambda *_: None,
) -> Comparison:
    """Compare the candidate with what is in force, over what was matched after a position up to another.

    What came before is only read, trusting the flags on record (`flagged`): the candidate is then seen as though it had
    been adopted there. From 0 on, it is seen as though it had held from the first, as in a rescoring.
    """
    span = Span(since, to, ledger.head())
    if not ledger.notifications(since, limit=1, topics=TEXTS, to=to):
        raise NothingMatched(since, to)
    directory.catch_up()
    findings = _findings(ledger, span)
    live = in_force(ledger)

    def walk(matcher: Matcher, done: int) -> _Walked:
        def advance(at: Position, _: Position) -> None:
            progress(done + at, 2 * to)

        return _walked(ledger, matcher, span, flagged or {}, findings, advance)

    one = walk(Matcher(models, directory, held_to=live), 0)
    matcher = Matcher(models, directory, held_to=candidate)
    other = walk(matcher, to)
    differing = sorted(contrasts(one.pairs, other.pairs, moved=moved), key=lambda c: c.weight)
    flagged_rows = _flagged(ledger, matcher, span, {contrast.rows for contrast in differing})
    kinds = Counter(contrast.kind for contrast in differing)
    return Comparison(
        since=since,
        to=to,
        head=span.head,
        texts=other.texts,
        live=_side(live, one, flagged_rows),
        candidate=_side(candidate, other, flagged_rows),
        kinds={kind: kinds[kind] for kind in Kind},
        listed_from=moved,
        moves=moves(differing),
        duplicates=_evidence(findings, one, other, distinct=False),
        distinct=_evidence(findings, one, other, distinct=True),
        differences=tuple(_listed(differing, matcher, findings, flagged_rows)),
    )


def _findings(ledger: Ledger, span: Span) -> Findings:
    """What people had decided by the head."""
    found, at = Findings(), 0
    while page := ledger.read(at, topics=DECIDED, to=span.head):
        for recorded in page:
            found.take(recorded.event)
        at = page[-1].position
    return found


def _walked(
    ledger: Ledger,
    matcher: Matcher,
    span: Span,
    flagged: Flagged,
    findings: Findings,
    progress: Progress,
) -> _Walked:
    pairs: dict[Rows, Held] = {}
    judged: dict[Pair, Band] = {}
    declared: set[UUID] = set()
    texts = at = 0
    asked = {idea for pair, _ in findings for idea in pair}
    while at < span.since and (past := recollect(ledger, matcher.lexicon, at, to=span.since)).parts:
        matcher.recall(past.parts, flagged)
        at = past.last
        progress(at, span.to)
    at = span.since
    while page := ledger.read(at, to=span.to):
        for found in matcher.walk(page):
            flag = found.flag
            pair = frozenset((flag.idea.idea, flag.of.idea))
            finding = findings.of(pair, _words(flag.idea, flag.of))
            if finding is not None:
                judged[pair] = flag.band
            if finding is None or not finding.distinct:
                pairs[found.later, found.earlier] = Held(flag.band, flag.score, flag.tier)
        for event in (recorded.event for recorded in page):
            texts += isinstance(event, IdeaDeclared | IdeaAmended)
            if isinstance(event, IdeaDeclared) and event.originator_id in asked:
                declared.add(event.originator_id)
        at = page[-1].position
        progress(at, span.to)
    # Who withdrew since is left in peace, however far the matcher has come.
    while page := ledger.read(at, topics=DECIDED, to=span.head):
        for recorded in page:
            matcher.take(recorded)
        at = page[-1].position
    standing = {
        rows: held for rows, held in pairs.items() if all(matcher.stands(row) for row in rows)
    }
    return _Walked(standing, judged, declared, texts)


def _words(one: Member, other: Member) -> Words:
    return frozenset((one.solution_hash, other.solution_hash))


def _flagged(
    ledger: Ledger, matcher: Matcher, span: Span, pairs: Collection[Rows]
) -> Collection[Rows]:
    """The pairs between which a flag is on record."""
    found, at = set(), 0
    while page := ledger.read(at, topics=(FlagRaised.TOPIC,), to=span.head):
        for recorded in page:
            assert isinstance(recorded.event, FlagRaised)
            one, other = (matcher.row(m.idea) for m in (recorded.event.idea, recorded.event.of))
            if one is not None and other is not None:
                # An amended text is the later of the two, whichever it was before.
                found.add((max(one, other), min(one, other)))
        at = page[-1].position
    return found.intersection(pairs)


def _side(adoptions: Adoptions, walked: _Walked, flagged: Collection[Rows]) -> Side:
    bands = Counter(held.band for held in walked.pairs.values())
    (model,) = (event.model for event in adoptions if isinstance(event, ModelAdopted))
    (rules,) = (event.rules for event in adoptions if isinstance(event, RulesAdopted))
    return Side(
        model=model,
        rules=rules,
        pairs=len(walked.pairs),
        by_band={band: bands[band] for band in BANDS},
        ideas=len({later for later, _ in walked.pairs}),
        flagged=sum(1 for rows in walked.pairs if rows in flagged),
    )


def _evidence(findings: Findings, live: _Walked, candidate: _Walked, *, distinct: bool) -> Evidence:
    """How both do on the pairs of which people said so, where the later text came within the span."""
    pairs = [
        pair
        for pair, finding in findings
        if finding.distinct is distinct and not pair.isdisjoint(candidate.declared)
    ]
    sides = (
        Counter(walked.judged[pair] for pair in pairs if pair in walked.judged)
        for walked in (live, candidate)
    )
    one, other = ({band: counts[band] for band in BANDS} for counts in sides)
    return Evidence(pairs=len(pairs), live=one, candidate=other)


def _listed(
    differing: Sequence[Contrast],
    matcher: Matcher,
    findings: Findings,
    flagged: Collection[Rows],
) -> list[Difference]:
    """The differences, the weightiest first; of those as wide apart, the pairs that a person ruled come before all others."""
    listed = [
        (contrast.gap, _difference(contrast, matcher, findings, flagged=contrast.rows in flagged))
        for contrast in differing
        if contrast.kind is not Kind.SAME
    ]
    listed.sort(key=lambda found: (-found[0], found[1].ruling is None))
    return [difference for _, difference in listed]


def _difference(
    contrast: Contrast, matcher: Matcher, findings: Findings, *, flagged: bool
) -> Difference:
    idea, of = (matcher.declared(row).member for row in contrast.rows)
    finding = findings.of(frozenset((idea.idea, of.idea)), _words(idea, of))
    return Difference(
        kind=contrast.kind,
        idea=idea.external_id,
        sender=idea.sender,
        of=of.external_id,
        of_sender=of.sender,
        tier=contrast.tier,
        in_law=contrast.tier.in_law,
        live=_opinion(contrast.live),
        candidate=_opinion(contrast.candidate),
        moved=contrast.moved,
        flagged=flagged,
        ruling=finding.ruling if finding is not None else None,
        position=idea.position,
        of_position=of.position,
    )


def _opinion(held: Held | None) -> Opinion | None:
    return None if held is None else Opinion(band=held.band, score=held.score)

"""The detector: a follower that compares each declaration with exactly the ledger before it, and only ever suspects."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.dedup.index import Candidate, Index
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, Models
from services.dedup.normalise import normalise, words
from services.dedup.reading import Declared, Reading, asked, bare, read
from services.dedup.score import Scored, score
from services.dedup.standard import StandardSentences
from shared.directory import Directory
from shared.errors import NotFound
from shared.events import (
    FlagRaised,
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberRuled,
    ModelAdopted,
    RecognitionRecorded,
    RulesAdopted,
)
from shared.ledger.follow import Progress, catch_up
from shared.ledger.model import Actor, Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import Band, Ineligible, MatchingRules, Position, Tier, named

NAME: Final = "dedup"
PAGE: Final = 512


class Suspicion(NamedTuple):
    """An earlier reading above the line, and how it scored."""

    earlier: Reading
    scored: Scored
    tier: Tier


class Detector:
    """Everything matching needs to know of the ledger so far, and the step from one fact to the next."""

    name = NAME
    page = PAGE

    def __init__(self, ledger: Ledger, directory: Directory, models: Models) -> None:
        self._ledger = ledger
        self._directory = directory
        self.models = models
        self._lock = threading.RLock()
        self._reached: Position | None = None
        self._forget()

    def _forget(self) -> None:
        self._known: dict[UUID, Declared] = {}
        self._rows: dict[UUID, int] = {}
        self._readings: list[Reading] = []
        self._distinct: dict[frozenset[UUID], frozenset[str]] = {}
        self._rules = MatchingRules()
        self._rules_version = 0
        self._model: Model | None = None
        self._index: Index | None = None
        self._standard = StandardSentences(self._rules.standard_units)
        self._stop: tuple[tuple[str, ...], ...] = ()

    @property
    def model(self) -> str:
        """The id of the model in force."""
        return self._ledger.load(Matching, matching_id()).model

    def position(self) -> Position:
        """The last position matched."""
        return self._ledger.handled(NAME)

    def adopt_first_model(self) -> None:
        """A cold system begins with the shipped model and the default rules, both on record before anything is scored."""
        try:
            self._ledger.load(Matching, matching_id())
        except NotFound:
            by = Actor(
                name="matcher", role="system", source=NAME, correlation=self._ledger.new_id()
            )
            self._ledger.append(*Matching.begin(self.models.shipped().id, by=by))

    def match(self, progress: Progress | None = None) -> int:
        """Catch up to the head; answers how many facts were handled."""
        self.adopt_first_model()
        return catch_up(self, self._ledger, progress)

    def handle(self, page: Sequence[Recorded]) -> None:
        """Flag what the page brings, and move the checkpoint with the flags, both or neither."""
        with self._lock:
            self._directory.catch_up()
            before = self.position()
            if self._reached != before:
                self._warm_up(before)
            flags = [flag for _, raised in self._walk(page, flagged=None) for flag in raised]
            reached = page[-1].position
            # Until the append has succeeded the memory is ahead of the record; a failure makes the next page start over.
            self._reached = None
            self._ledger.append(*flags, follower=NAME, handled=reached)
            self._reached = reached

    def _warm_up(self, to: Position) -> None:
        """Read again what was matched before, trusting the flags on record instead of scoring anew."""
        self._forget()
        self._begin_with_first_model()
        flagged: dict[tuple[UUID, int], list[UUID]] = {}
        for recorded in self._all(0, None, (FlagRaised.TOPIC,)):
            flag = recorded.event
            assert isinstance(flag, FlagRaised)
            flagged.setdefault((flag.idea.idea, flag.idea_version), []).append(flag.of.idea)
        at = 0
        while page := self._ledger.read(at, limit=PAGE, to=to):
            for _ in self._walk(page, flagged=flagged):
                pass
            at = page[-1].position
        self._reached = to

    def _begin_with_first_model(self) -> None:
        # What came before the first adoption is matched under it: nothing was scored earlier.
        for topic in (ModelAdopted.TOPIC, RulesAdopted.TOPIC):
            for recorded in self._ledger.read(0, limit=1, topics=(topic,)):
                self._take(recorded)

    def _all(
        self, after: Position, to: Position | None, topics: tuple[str, ...]
    ) -> Iterator[Recorded]:
        while page := self._ledger.read(after, topics=topics, to=to):
            yield from page
            after = page[-1].position

    def _walk(
        self, page: Sequence[Recorded], *, flagged: dict[tuple[UUID, int], list[UUID]] | None
    ) -> Iterator[tuple[Recorded, list[FlagRaised]]]:
        """Take a page in, fact by fact; runs of texts are read together, which changes no answer."""
        run: list[Recorded] = []
        for recorded in page:
            match recorded.event:
                case IdeaDeclared():
                    run.append(recorded)
                    continue
                case _:
                    yield from self._compare(run, flagged)
                    run = []
            if isinstance(recorded.event, IdeaAmended):
                yield from self._compare([recorded], flagged)
            else:
                self._take(recorded)
        yield from self._compare(run, flagged)

    def _take(self, recorded: Recorded) -> None:
        match recorded.event:
            case IdeaWithdrawn(originator_id=idea):
                if self._index is not None and idea in self._rows:
                    self._index.drop(self._rows[idea])
            case IdeaRerouted(originator_id=idea, unit=unit):
                self._known[idea] = self._known[idea]._replace(unit=unit)
                self._update(idea, unit=unit)
            case RecognitionRecorded(originator_id=idea, ineligible=ineligible):
                self._update(idea, ineligible=ineligible)
            case MemberRuled(member=member, canonical=canonical) as ruled:
                pair = frozenset((member, canonical))
                if ruled.ruling.distinct:
                    self._distinct[pair] = frozenset(
                        (ruled.member_solution, ruled.canonical_solution)
                    )
                else:
                    self._distinct.pop(pair, None)
            case ModelAdopted(model=model):
                self._use(model)
            case RulesAdopted(rules=rules):
                self._rules, self._rules_version = rules, recorded.event.originator_version
                self._stop = tuple(
                    tuple(bare(word) for word in words(normalise(phrase)))
                    for phrase in rules.stop_phrases.get("solution", ())
                )
                if self._model is not None:
                    self._index_anew()
                    self._learn_anew()
            case _:
                pass

    def _update(self, idea: UUID, **changes: object) -> None:
        row = self._rows.get(idea)
        if row is not None:
            reading = self._readings[row]
            reading.member = reading.member.model_copy(update=changes)

    def _use(self, model: str) -> None:
        if self._model is None or self._model.id != model:
            self._model = self.models.load(model)
            self._index_anew()

    def _index_anew(self) -> None:
        assert self._model is not None
        self._index = Index(
            self._model,
            cosine=self._rules.candidate_cosine,
            containment=self._rules.candidate_containment,
        )
        if self._readings:
            self._index.extend(
                [r.solution_bare for r in self._readings],
                [r.text for r in self._readings],
                search=False,
            )
            for row, reading in enumerate(self._readings):
                if self._rows.get(reading.member.idea) != row:
                    self._index.drop(row)

    def _learn_anew(self) -> None:
        if self._standard.needed != self._rules.standard_units:
            self._standard = StandardSentences(self._rules.standard_units)
            for reading in self._readings:
                self._standard.learn(reading, ())

    def _compare(
        self, run: Sequence[Recorded], flagged: dict[tuple[UUID, int], list[UUID]] | None
    ) -> Iterator[tuple[Recorded, list[FlagRaised]]]:
        if not run:
            return
        assert self._index is not None
        assert self._model is not None
        readings = read([(recorded, self._declared(recorded)) for recorded in run])
        for reading in readings:
            # An amended text is compared with all others as they stood, not with what it said before.
            if reading.member.idea in self._rows:
                self._index.drop(self._rows[reading.member.idea])
        found = self._index.extend(
            [r.solution_bare for r in readings], [r.text for r in readings], search=flagged is None
        )
        for recorded, reading, candidates in zip(run, readings, found, strict=True):
            suspicions: list[Suspicion] = []
            if flagged is None:
                suspicions = self._suspect(reading, candidates, at=recorded.position)
                copied = [s.earlier for s in suspicions]
            else:
                copied = [
                    self._readings[self._rows[of]]
                    for of in flagged.get((reading.member.idea, reading.version), ())
                    if of in self._rows
                ]
            self._standard.learn(reading, copied)
            self._rows[reading.member.idea] = len(self._readings)
            self._readings.append(reading)
            yield recorded, [self._flag(recorded, reading, s) for s in suspicions]

    def _declared(self, recorded: Recorded) -> Declared:
        event = recorded.event
        if isinstance(event, IdeaDeclared):
            self._known[event.originator_id] = Declared(
                event.sender,
                event.external_id,
                event.programme,
                event.unit,
                event.filed_at,
                recorded.position,
            )
        return self._known[event.originator_id]

    def _suspect(
        self, reading: Reading, candidates: Iterable[Candidate], *, at: Position
    ) -> list[Suspicion]:
        assert self._model is not None
        tree = self._directory.tree(at=at)
        found = []
        for candidate in candidates:
            earlier = self._readings[candidate.row]
            if self._ruled_distinct(reading, earlier):
                continue
            scored = score(
                reading,
                earlier,
                model=self._model,
                rules=self._rules,
                standard=self._standard.among(reading, earlier),
                stop_words=self._stop,
            )
            if scored.band is Band.CLEAR:
                continue
            tier = (
                Tier.PROGRAMME
                if earlier.member.programme != reading.member.programme
                else tree.tier(reading.member.unit, earlier.member.unit)
            )
            found.append(Suspicion(earlier, scored, tier))
        found.sort(key=lambda s: (-s.scored.score, s.earlier.member.position))
        return found[: self._rules.most_flags]

    def _ruled_distinct(self, one: Reading, other: Reading) -> bool:
        ruled = self._distinct.get(frozenset((one.member.idea, other.member.idea)))
        return ruled == frozenset((one.member.solution_hash, other.member.solution_hash))

    def _flag(self, recorded: Recorded, reading: Reading, suspicion: Suspicion) -> FlagRaised:
        assert self._model is not None
        earlier = suspicion.earlier
        idea = reading.member.idea
        by = Actor(
            name="matcher", role="system", source=NAME, correlation=recorded.event.by.correlation
        )
        return FlagRaised(
            originator_id=named(
                "flag",
                idea,
                reading.version,
                earlier.member.idea,
                self._model.id,
                self._rules_version,
            ),
            originator_version=1,
            by=by.because_of(recorded.event),
            idea=reading.member,
            of=earlier.member,
            idea_version=reading.version,
            band=suspicion.scored.band,
            score=suspicion.scored.score,
            parts=suspicion.scored.parts,
            tier=suspicion.tier,
            reasons=(*suspicion.scored.reasons, *circumstances(reading, earlier)),
            model=self._model.id,
            rules_version=self._rules_version,
            cut=recorded.position - 1,
        )

    def ready(self) -> bool:
        """Whether everything that was matched before is in memory, so that a check can be answered at once."""
        return self._reached is not None

    def check(
        self, *, title: str, solution: str, situation: str, unit: str, programme: str, most: int
    ) -> list[Suspicion]:
        """What a text would be suspected of, were it declared now; nothing is recorded (A13)."""
        with self._lock:
            if self._reached is None or self._index is None:
                return []
            reading = asked(title, solution, situation, unit=unit, programme=programme)
            candidates = self._index.search(reading.solution_bare, reading.text)
            return self._suspect(reading, candidates, at=self._reached)[:most]


def flag_id(idea: UUID, version: int, of: UUID, model: str, rules: int) -> UUID:
    """A flag's id follows from what was compared, so that it is raised once whoever computes it."""
    return named("flag", idea, version, of, model, rules)


def circumstances(later: Reading, earlier: Reading) -> tuple[str, ...]:
    """What a reviewer should know beside the score: whose it is, and on what the priority rests (domain section 5)."""
    one, other = later.member, earlier.member
    reasons = []
    if later.persons == earlier.persons:
        reasons.append("same-authors")
    elif later.persons & earlier.persons:
        reasons.append("shared-author")
    first, second = sorted((one, other), key=lambda m: (m.priority, m.position))
    if first.filed_at > second.filed_at:
        # The one that comes first was filed later: its place rests on a self-declared date alone.
        reasons += ["crossed-dates", "priority-by-date-alone"]
    if Ineligible.APPLIED_BEFORE_WINDOW in (*one.ineligible, *other.ineligible):
        reasons.append("applied-before-window")
    if one.programme != other.programme:
        reasons.append("earlier-programme")
    return tuple(reasons)

"""The matcher over ledgers in which everything happens: in whatever pages, walked or only recalled, the same flags.

The ledgers are drawn: people declare new texts, copies and half copies, most of them with standard paragraphs, and amend,
withdraw, re-route and judge what they declared, while rules and models change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

import pytest

from benchmarks.walks import Walks, real_sentences
from services.dedup.hearing import compared, explained, rules_at
from services.dedup.lexicon import Lexicon
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, Models
from services.dedup.normalise import sentences
from services.dedup.score import Judge
from services.intake.idea import Idea
from shared.directory import Directory
from shared.events import (
    FlagRaised,
    IdeaAmended,
    IdeaDeclared,
    IdeaRerouted,
    IdeaWithdrawn,
    MemberRuled,
    ModelAdopted,
    RulesAdopted,
)
from shared.ledger.encoding import encode
from shared.ledger.model import Recorded
from shared.ledger.store import Ledger
from shared.vocabulary import Ruling
from tests.places import BY
from tests.wordings import hashes
from tests.works import SHOPS, SOLUTIONS, Works, slightly_other, works

HAPPENINGS: Final = 200
PARAGRAPHS: Final = (
    "Trong quá trình thực hiện, tập thể luôn nhận được sự quan tâm của lãnh đạo và sự giúp đỡ của đồng nghiệp.",
    "Bản thân xin hứa tiếp tục học hỏi, phát huy tinh thần sáng tạo để hoàn thành tốt nhiệm vụ được giao.",
    "Sáng kiến được hội đồng cơ sở xét, công nhận và cho áp dụng trong toàn đơn vị kể từ ngày ký quyết định.",
)
PAGES: Final = pytest.mark.parametrize("page", [1, 7, 512])


@dataclass
class Chance:
    """People who do something or other, the same for the same seed."""

    town: Works
    seed: int
    standing: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.drawn = Random(self.seed)
        self.new = Walks(real_sentences(None), self.seed).texts(HAPPENINGS)

    def happen(self) -> None:
        """Let one thing happen."""
        kinds = [self.declare, self.amend, self.retitle, self.withdraw, self.reroute, self.judge]
        (kind,) = self.drawn.choices(kinds, (12, 3, 1, 1, 2, 1))
        kind()

    def declare(self) -> None:
        """Somebody declares a text."""
        name = f"idea-{len(self.texts)}"
        self.texts[name] = self._text()
        self.standing.append(name)
        self.town.declare(name, self.texts[name], self.drawn.choice(SHOPS))

    def amend(self) -> None:
        """Somebody says something else."""
        if name := self._somebody():
            self.texts[name] = self._text()
            self.town.amend(name, self.texts[name], benefit_vnd=self.drawn.randrange(10**9))

    def retitle(self) -> None:
        """Somebody corrects what is not the solution."""
        if name := self._somebody():
            title = f"Cải tiến {name}" if self.drawn.random() < 0.5 else "Một tên khác hẳn"
            self.town.amend(
                name, self.texts[name], title=title, benefit_vnd=self.drawn.randrange(10**9)
            )

    def withdraw(self) -> None:
        """Somebody takes an idea back."""
        if name := self._somebody():
            self.standing.remove(name)
            self.town.withdraw(name)

    def reroute(self) -> None:
        """An idea turns out to be another shop's."""
        if name := self._somebody():
            standing = self.town.ledger.load(Idea, self.town.idea(name))
            elsewhere = [shop for shop in SHOPS if shop != standing.unit]
            self.town.reroute(name, self.drawn.choice(elsewhere))

    def judge(self) -> None:
        """A reviewer rules on a member of a case."""
        self.town.match()
        open_to = [
            m.member.external_id
            for case in self.town.cases()
            for m in case.docket.members
            if not m.left and m.member.idea != case.docket.canonical
        ]
        if open_to:
            rulings = [Ruling.INDEPENDENT, Ruling.NOT_DUPLICATE, Ruling.DUPLICATE_IN_UNIT]
            self.town.rule(self.drawn.choice(open_to), self.drawn.choice(rulings))

    def _somebody(self) -> str | None:
        return self.drawn.choice(self.standing) if self.standing else None

    def _text(self) -> str:
        told = [*self.texts.values(), *SOLUTIONS]
        earlier, other = self.drawn.choice(told), next(self.new).solution
        said = self.drawn.choices(
            [other, earlier, slightly_other(earlier), _half(earlier, other)], (5, 1, 2, 2)
        )[0]
        wrapping = self.drawn.sample(PARAGRAPHS, self.drawn.choice((0, 1, 2)))
        return " ".join([*wrapping[:1], said.rstrip(" .") + ".", *wrapping[1:]])


def _half(one: str, other: str) -> str:
    words, others = one.split(), other.split()
    return " ".join([*words[: len(words) // 2], *others[: len(others) // 2]])


class Happened(NamedTuple):
    """A ledger from first to last, and what a matcher needs beside it."""

    facts: list[Recorded]
    models: Models
    directory: Directory
    ledger: Ledger

    def matcher(self) -> Matcher:
        """A matcher that has seen nothing yet; the first model and rules hold for what came before them, too."""
        fresh = Matcher(self.models, self.directory)
        for kind in (ModelAdopted, RulesAdopted):
            fresh.take(next(fact for fact in self.facts if isinstance(fact.event, kind)))
        return fresh


@pytest.fixture(scope="module", params=[1, 2, 3], ids="drawn {}".format)
def happened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Happened]:
    """Some ledgers in which everything happens, matched now and then on the way."""
    home = tmp_path_factory.mktemp("happened")
    with works(home) as town:
        people = Chance(town, request.param)
        for number in range(HAPPENINGS):
            people.happen()
            match number:
                case 30:
                    town.adopt(standard_units=3)
                case 90:
                    _adopt_fitted_model(town)
                case 130:
                    town.adopt(standard_units=4, candidate_cosine=0.3, candidate_containment=0.2)
                case _:
                    pass
        town.match()
        yield Happened(
            town.ledger.read(0, limit=100_000),
            town.detector.models,
            town.system.directory,
            town.ledger,
        )


def _adopt_fitted_model(town: Works) -> None:
    fitted = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(fitted)
    matching = town.ledger.load(Matching, matching_id())
    town.ledger.append(matching.adopt_model(fitted.id, by=BY))


@pytest.fixture(scope="module")
def raised(happened: Happened) -> list[FlagRaised]:
    """The flags of one walk over everything."""
    return _walked(happened.matcher(), happened.facts)


def _walked(matcher: Matcher, facts: Sequence[Recorded], page: int = 512) -> list[FlagRaised]:
    return [found.flag for part in _pages(facts, page) for found in matcher.walk(part)]


def _pages(facts: Sequence[Recorded], page: int) -> Iterator[Sequence[Recorded]]:
    return (facts[first : first + page] for first in range(0, len(facts), page))


def _bytes(flags: Sequence[FlagRaised]) -> list[tuple[UUID, bytes]]:
    return [(flag.originator_id, encode(flag).state) for flag in flags]


def test_everything_happened(happened: Happened, raised: list[FlagRaised]) -> None:
    kinds = {type(fact.event) for fact in happened.facts}
    assert {
        IdeaDeclared, IdeaAmended, IdeaWithdrawn, IdeaRerouted, MemberRuled, RulesAdopted,
        ModelAdopted, FlagRaised,
    } <= kinds  # fmt: skip
    assert {flag.band.value for flag in raised} == {"exact", "near", "similar"}
    assert any(flag.idea_standard and flag.of_standard for flag in raised)
    assert any(flag.idea_standard != flag.of_standard for flag in raised)
    assert {flag.idea_version for flag in raised} >= {1, 2}
    assert len({flag.model for flag in raised}) == 2
    assert len({flag.rules_version for flag in raised}) >= 3


def test_the_flags_on_record_are_those_of_one_walk(
    happened: Happened, raised: list[FlagRaised]
) -> None:
    on_record = [fact.event for fact in happened.facts if isinstance(fact.event, FlagRaised)]
    told = {flag.originator_id: flag.model_dump(exclude={"by", "cut"}) for flag in raised}
    assert {flag.originator_id: flag.model_dump(exclude={"by", "cut"}) for flag in on_record} == (
        told
    )


@PAGES
def test_in_whatever_pages_the_ledger_is_walked_its_flags_are_the_same_to_the_byte(
    happened: Happened, raised: list[FlagRaised], page: int
) -> None:
    assert _bytes(_walked(happened.matcher(), happened.facts, page)) == _bytes(raised)


@PAGES
@pytest.mark.parametrize("part", [0.25, 0.5, 0.75, 0.8])
def test_who_only_recalls_what_came_before_goes_on_like_who_walked_it(
    happened: Happened, raised: list[FlagRaised], page: int, part: float
) -> None:
    cut = int(len(happened.facts) * part)
    before, after = happened.facts[:cut], happened.facts[cut:]
    last = before[-1].position
    copied: dict[tuple[UUID, int], list[UUID]] = {}
    for flag in raised:
        if flag.idea.position <= last and flag.band.is_copy:
            copied.setdefault((flag.idea.idea, flag.idea_version), []).append(flag.of.idea)
    matcher = happened.matcher()
    for some in _pages(before, page):
        matcher.recall(some, copied)
    matcher.make_ready()
    later = [flag for flag in raised if flag.cut >= last]
    assert later
    assert _bytes(_walked(matcher, after, page)) == _bytes(later)


def test_who_recalls_everything_answers_a_check_like_who_walked_it(
    happened: Happened, raised: list[FlagRaised]
) -> None:
    walked, recalling = happened.matcher(), happened.matcher()
    _walked(walked, happened.facts)
    copied: dict[tuple[UUID, int], list[UUID]] = {}
    for flag in raised:
        if flag.band.is_copy:
            copied.setdefault((flag.idea.idea, flag.idea_version), []).append(flag.of.idea)
    for some in _pages(happened.facts, 7):
        recalling.recall(some, copied)
    last = happened.facts[-1]
    for said in [fact.event for fact in happened.facts if isinstance(fact.event, IdeaDeclared)]:
        answers = [
            matcher.search(
                said.content.title,
                said.content.solution,
                said.content.situation_before,
                unit=said.unit,
                programme=said.programme,
                at=last.position,
                on=last.recorded,
            )
            for matcher in (walked, recalling)
        ]
        assert answers[0] == answers[1]


def test_a_flag_can_be_computed_again_from_the_texts_the_model_and_the_sentences_it_names(
    happened: Happened, raised: list[FlagRaised]
) -> None:
    lexicon = Lexicon()
    said_at = {
        fact.position: fact.event.content
        for fact in happened.facts
        if isinstance(fact.event, IdeaDeclared | IdeaAmended)
    }
    for flag in raised:
        rules = rules_at(flag.rules_version, happened.ledger)
        judge = Judge(lexicon, happened.models.load(flag.model), rules)
        later, earlier = (
            judge.said(content.title, content.solution, content.situation_before, standard)
            for content, standard in (
                (said_at[flag.idea.position], flag.idea_standard),
                (said_at[flag.of.position], flag.of_standard),
            )
        )
        changed = bool(flag.idea_standard or flag.of_standard)
        scored = judge.compare(later, earlier, flag.tier, changed=changed)
        assert (scored.score, scored.band, scored.parts) == (flag.score, flag.band, flag.parts)
        assert flag.reasons[: len(scored.reasons)] == scored.reasons


def test_an_explanation_marks_nothing_of_the_standard_sentences(
    happened: Happened, raised: list[FlagRaised]
) -> None:
    with_them = [flag for flag in raised if flag.idea_standard]
    assert with_them
    for flag in with_them[:20]:
        told = explained(flag, happened.ledger, happened.models)
        text = compared(flag, happened.ledger).idea.solution
        standard = [sentences(text)[n] for n in flag.idea_standard]
        assert told.idea_spans
        assert all(b <= start or end <= a for a, b in told.idea_spans for start, end in standard)

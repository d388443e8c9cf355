"""Ledgers in which everything happens, drawn from a seed, for tests of whoever follows them.

People declare new texts, copies and half copies, most of them with standard paragraphs, and amend, withdraw, re-route,
judge and exclude what they declared, while rules and models change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

from benchmarks.walks import Walks, real_sentences
from services.dedup.cluster import exclude
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, Models
from services.dedup.variants import VERSION
from services.intake.idea import Idea
from shared.directory import Directory
from shared.docket import DocketState
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
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
        kinds = [
            self.declare, self.amend, self.retitle, self.withdraw, self.reroute, self.judge,
            self.exclude,
        ]  # fmt: skip
        (kind,) = self.drawn.choices(kinds, (12, 3, 1, 1, 2, 1, 1))
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
            (case, m.member.idea)
            for case in self.town.cases()
            if case.docket.state is not DocketState.MOOT
            for m in case.docket.members
            if not m.left and m.member.idea != case.docket.canonical
        ]
        if open_to:
            case, idea = self.drawn.choice(open_to)
            rulings = [Ruling.INDEPENDENT, Ruling.NOT_DUPLICATE, Ruling.DUPLICATE_IN_UNIT]
            ruling = self.drawn.choice(rulings)
            self.town.ledger.append(case.rule(idea, ruling, reason="Đã xem cả hai.", by=BY))

    def exclude(self) -> None:
        """A reviewer takes a member out of a case in which it has no place."""
        self.town.match()
        if cases := [case for case in self.town.cases() if len(case.docket.present()) > 1]:
            case = self.drawn.choice(cases)
            member = self.drawn.choice(case.docket.present()).idea
            self.town.ledger.append(*exclude(case, member, reason="Việc khác.", by=BY))

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


@contextmanager
def happened_in(home: Path, seed: int) -> Iterator[Happened]:
    """A ledger in which everything happens, matched now and then on the way."""
    with works(home) as town:
        people = Chance(town, seed)
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
    town.ledger.append(matching.adopt_model(fitted.id, normaliser=VERSION, by=BY))


def walked(matcher: Matcher, facts: Sequence[Recorded], page: int = 512) -> list[FlagRaised]:
    return [found.flag for part in pages(facts, page) for found in matcher.walk(part)]


def pages(facts: Sequence[Recorded], page: int) -> Iterator[Sequence[Recorded]]:
    return (facts[first : first + page] for first in range(0, len(facts), page))


def as_bytes(flags: Sequence[FlagRaised]) -> list[tuple[UUID, bytes]]:
    return [(flag.originator_id, encode(flag).state) for flag in flags]

"""The matcher over ledgers in which everything happens: in whatever pages, walked or only recalled, the same flags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from services.dedup.hearing import compared, explained, rules_at
from services.dedup.lexicon import Lexicon
from services.dedup.normalise import sentences
from services.dedup.score import Judge
from shared.events.case import MemberRuled
from shared.events.idea import IdeaAmended, IdeaDeclared, IdeaRerouted, IdeaWithdrawn
from shared.events.matching import FlagRaised, ModelAdopted, RulesAdopted
from shared.events.mending import MemberExcluded
from tests.happenings import Happened, as_bytes, happened_in, pages, walked

PAGES: Final = pytest.mark.parametrize("page", [1, 7, 512])


@pytest.fixture(scope="module", params=[1, 2, 3], ids="drawn {}".format)
def happened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Happened]:
    """Some ledgers in which everything happens."""
    with happened_in(tmp_path_factory.mktemp("happened"), request.param) as found:
        yield found


@pytest.fixture(scope="module")
def raised(happened: Happened) -> list[FlagRaised]:
    """The flags of one walk over everything."""
    return walked(happened.matcher(), happened.facts)


def test_everything_happened(happened: Happened, raised: list[FlagRaised]) -> None:
    kinds = {type(fact.event) for fact in happened.facts}
    assert {
        IdeaDeclared, IdeaAmended, IdeaWithdrawn, IdeaRerouted, MemberRuled, MemberExcluded,
        RulesAdopted, ModelAdopted, FlagRaised,
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
    assert as_bytes(walked(happened.matcher(), happened.facts, page)) == as_bytes(raised)


@PAGES
@pytest.mark.parametrize("part", [0.25, 0.5, 0.75, 0.8])
def test_who_only_recalls_what_came_before_goes_on_like_who_walked_it(
    happened: Happened, raised: list[FlagRaised], page: int, part: float
) -> None:
    cut = int(len(happened.facts) * part)
    before, after = happened.facts[:cut], happened.facts[cut:]
    last = before[-1].position
    copied: dict[int, list[int]] = {}
    for flag in raised:
        if flag.idea.position <= last and flag.band.is_copy:
            copied.setdefault(flag.idea.position, []).append(flag.of.position)
    matcher = happened.matcher()
    for some in pages(before, page):
        matcher.recall(some, copied)
    matcher.make_ready()
    later = [flag for flag in raised if flag.cut >= last]
    assert later
    assert as_bytes(walked(matcher, after, page)) == as_bytes(later)


def test_who_recalls_everything_answers_a_check_like_who_walked_it(
    happened: Happened, raised: list[FlagRaised]
) -> None:
    walker, recalling = happened.matcher(), happened.matcher()
    walked(walker, happened.facts)
    copied: dict[int, list[int]] = {}
    for flag in raised:
        if flag.band.is_copy:
            copied.setdefault(flag.idea.position, []).append(flag.of.position)
    for some in pages(happened.facts, 7):
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
            for matcher in (walker, recalling)
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

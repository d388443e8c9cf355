"""The shadow: a model or rules that nobody adopted, beside those in force, and not a trace of it on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from services.dedup.cluster import exclude
from services.dedup.comparison import Comparison, Difference
from services.dedup.contrast import Kind
from services.dedup.matcher import Matcher
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, ModelIsUnknown
from services.dedup.rescore import in_force
from services.dedup.shadow import NothingMatched, before_the_last, tried
from services.wiring import System
from shared.errors import Invalid
from shared.events.matching import FlagRaised
from shared.ledger.encoding import encode
from shared.settings import Settings
from shared.vocabulary import Band, MatchingRules, Ruling
from tests.happenings import Chance
from tests.places import BY
from tests.wordings import hashes
from tests.works import FORGE, SOLUTIONS, Works, import_sample, slightly_other, works

HAPPENINGS: Final = 120
BLIND: Final = MatchingRules.model_validate(
    {"thresholds": {"similar": 1.0, "near": 1.0, "exact": 1.0}}
)
"""Rules under which hardly anything is suspected."""
Told = dict[tuple[str, str], tuple[Band, float]]
"""What one suspects of whom: by the later and the earlier idea."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """The sample, matched; a shadow leaves it as it was, so all may look at the same."""
    home = tmp_path_factory.mktemp("sample")
    import_sample(home)
    with System(Settings(data=home)) as system:
        found = Works(system)
        found.match()
        yield found


@pytest.fixture(scope="module", params=[4, 5], ids="drawn {}".format)
def happened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Works]:
    """A ledger in which people declare, copy, amend, withdraw, re-route and judge."""
    with works(tmp_path_factory.mktemp("happened")) as opened:
        opened.adopt(standard_units=3)
        people = Chance(opened, request.param)
        for _ in range(HAPPENINGS):
            people.happen()
        opened.match()
        people.judge()
        yield opened


def _fitted(town: Works) -> str:
    """A model of the sample's solutions that is kept, but not adopted."""
    model = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(model)
    return model.id


def _rules(town: Works, **changes: object) -> MatchingRules:
    """The rules in force, but for some."""
    rules = town.ledger.load(Matching, matching_id()).rules.model_dump()
    return MatchingRules.model_validate({**rules, **changes})


def _score(likeness: float) -> float:
    return MatchingRules().calibration.share(likeness)


def _near_from(town: Works, likeness: float) -> MatchingRules:
    lines = {
        name: _score(line) for name, line in (("similar", 0.3), ("near", likeness), ("exact", 0.97))
    }
    return _rules(town, thresholds=lines)


def _pairs(differences: tuple[Difference, ...]) -> set[tuple[str, str]]:
    return {(found.idea, found.of) for found in differences}


# Two that are the same, and two that are not.


def test_what_is_in_force_beside_itself_differs_in_nothing(sample: Works) -> None:
    found = sample.detector.shadow(model=sample.detector.model, rules=_rules(sample))
    flags = sample.flags()
    assert found.kinds == dict.fromkeys(Kind, 0) | {Kind.SAME: len(flags)}
    assert found.differences == ()
    assert found.moves is not None
    assert (found.moves.mean, found.moves.mean_size, found.moves.largest) == (0, 0, 0)
    assert found.live == found.candidate
    assert found.live.pairs == found.live.flagged == len(flags) > 0
    assert sum(found.live.by_band.values()) == len(flags)
    assert found.live.ideas == len({flag.idea.idea for flag in flags})


def test_a_higher_line_for_near_puts_exactly_the_pairs_between_into_another_band(
    sample: Works,
) -> None:
    found = sample.detector.shadow(rules=_near_from(sample, 0.9))
    between = {
        (flag.idea.external_id, flag.of.external_id)
        for flag in sample.flags()
        if flag.band is Band.NEAR and flag.score < _score(0.9)
    }
    assert between
    assert _pairs(found.differences) == between
    for difference in found.differences:
        assert difference.kind is Kind.OTHER_BAND
        assert difference.live is not None
        assert difference.candidate is not None
        assert (difference.live.band, difference.candidate.band) == (Band.NEAR, Band.SIMILAR)
        assert difference.moved == 0


def test_rules_that_see_nothing_lose_everything_that_is_on_record(sample: Works) -> None:
    found = sample.detector.shadow(rules=BLIND)
    flags = {(f.idea.external_id, f.of.external_id): f for f in sample.flags() if f.score < 1}
    assert _pairs(found.differences) == set(flags)
    assert {difference.kind for difference in found.differences} == {Kind.ONLY_LIVE}
    for difference in found.differences:
        flag = flags[difference.idea, difference.of]
        assert difference.candidate is None
        assert difference.live is not None
        assert (difference.live.band, difference.live.score) == (flag.band, flag.score)
        assert (difference.tier, difference.in_law) == (flag.tier, flag.tier.in_law)
        assert (difference.position, difference.of_position) == (
            flag.idea.position,
            flag.of.position,
        )
        assert difference.flagged


def _told(town: Works, matcher: Matcher) -> Told:
    """What a matcher suspects that walks everything in one page, of texts that stand and that nobody put apart."""
    facts = town.ledger.read(0, limit=100_000)
    raised = list(matcher.walk(facts))
    return {
        (str(r.flag.idea.idea), str(r.flag.of.idea)): (r.flag.band, r.flag.score)
        for r in raised
        if matcher.stands(r.later) and matcher.stands(r.earlier)
        if not matcher.ruled_distinct(r.later, r.earlier)
    }


def _differences(town: Works, found: Comparison) -> dict[tuple[str, str], Difference]:
    return {
        (str(town.idea(difference.idea)), str(town.idea(difference.of))): difference
        for difference in found.differences
    }


def test_the_differences_are_those_of_two_walks_that_know_nothing_of_each_other(
    happened: Works,
) -> None:
    models, directory = happened.detector.models, happened.system.directory
    model, rules = _fitted(happened), _rules(happened, standard_units=4, candidate_cosine=0.4)
    candidate = tried(happened.ledger, models, model=model, rules=rules)
    live = _told(happened, Matcher(models, directory, held_to=in_force(happened.ledger)))
    other = _told(happened, Matcher(models, directory, held_to=candidate))
    found = happened.detector.shadow(model=model, rules=rules, moved=0.02)
    listed = _differences(happened, found)
    for pair in live.keys() | other.keys():
        mine, theirs = live.get(pair), other.get(pair)
        if mine is not None and theirs is not None and mine[0] is theirs[0]:
            far = abs(round(theirs[1] - mine[1], 6)) > 0.02
            assert (pair in listed) is far
            if not far:
                continue
        said = listed.pop(pair)
        assert (said.live and (said.live.band, said.live.score)) == mine
        assert (said.candidate and (said.candidate.band, said.candidate.score)) == theirs
    assert listed == {}
    assert (found.live.pairs, found.candidate.pairs) == (len(live), len(other))
    assert found.kinds[Kind.ONLY_LIVE] + found.kinds[Kind.ONLY_CANDIDATE] > 0
    assert found.kinds[Kind.OTHER_BAND] + found.kinds[Kind.MOVED] > 0


def test_the_same_ledger_gives_the_same_bytes(happened: Works) -> None:
    model = _fitted(happened)
    one, other = (happened.detector.shadow(model=model).model_dump_json() for _ in range(2))
    assert one == other


# What is left of it.


def _everything(town: Works) -> list[bytes]:
    return [encode(fact.event).state for fact in town.ledger.read(0, limit=100_000)]


@pytest.mark.parametrize("part", [0, 0.5], ids=["from the first on", "from the middle on"])
def test_a_shadow_leaves_no_trace_on_record(happened: Works, part: float) -> None:
    model = _fitted(happened)
    before, at = _everything(happened), happened.detector.position()
    happened.detector.shadow(model=model, rules=BLIND, since=int(at * part))
    assert _everything(happened) == before
    assert happened.detector.position() == at
    assert happened.detector.model != model


def test_the_matcher_goes_on_as_though_there_had_been_no_shadow(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.match()
    town.detector.shadow(rules=BLIND)
    town.declare("two", SOLUTIONS[0])
    town.match()
    assert town.pairs() == [("two", "one")]


# Only the end of the ledger.


def test_of_the_last_declarations_the_same_is_said_as_of_all(sample: Works) -> None:
    model, to = _fitted(sample), sample.detector.position()
    whole = sample.detector.shadow(model=model, moved=0)
    since = before_the_last(sample.ledger, 20, to=to)
    tail = sample.detector.shadow(model=model, moved=0, since=since)
    assert tail.texts == 20 < whole.texts
    expected = tuple(found for found in whole.differences if found.position > since)
    assert tail.differences == expected
    assert 0 < len(expected) < len(whole.differences)
    assert tail.live.flagged == len([f for f in sample.flags() if f.idea.position > since])


def test_the_last_declarations_are_all_where_there_are_no_more(sample: Works) -> None:
    to = sample.detector.position()
    texts = sample.detector.shadow(rules=BLIND).texts
    assert before_the_last(sample.ledger, texts, to=to) == 0
    assert before_the_last(sample.ledger, texts + 1, to=to) == 0
    assert before_the_last(sample.ledger, texts - 1, to=to) > 0


def _brief(flags: list[FlagRaised]) -> dict[tuple[str, str], tuple[Band, float]]:
    return {(f.idea.external_id, f.of.external_id): (f.band, f.score) for f in flags}


def test_from_a_position_on_it_is_seen_as_though_it_had_been_adopted_there(tmp_path: Path) -> None:
    """The paragraphs that were standard by then stay standard, and no others, whatever the candidate thinks of copies."""
    tried_, adopted = tmp_path / "tried", tmp_path / "adopted"
    for home in (tried_, adopted):
        import_sample(home, last=60)
        with System(Settings(data=home)) as system:
            town = Works(system)
            town.match()
            rules = _rules(town, thresholds={"similar": 0.2, "near": 0.55, "exact": 0.8}, standard_units=3)  # fmt: skip
            since, before = town.detector.position(), len(town.flags())
            if home == adopted:
                town.adopt(**rules.model_dump())
        import_sample(home)
    with System(Settings(data=adopted)) as system:
        town = Works(system)
        town.match()
        expected = _brief(town.flags()[before:])
    with System(Settings(data=tried_)) as system:
        town = Works(system)
        town.match()
        on_record = _brief(town.flags()[before:])
        found = town.detector.shadow(rules=rules, since=since, moved=0)
    assert found.candidate.pairs == len(expected)
    changed = {
        pair for pair in {*expected, *on_record} if expected.get(pair) != on_record.get(pair)
    }
    assert _pairs(found.differences) == changed != set()
    for difference in found.differences:
        held = difference.candidate
        told = held and (held.band, held.score)
        assert told == expected.get((difference.idea, difference.of))


# What people decided.


def _judged(town: Works) -> None:
    """A copy ruled a duplicate, a copy ruled independent, and a copy of which nobody has said anything."""
    for number, name in enumerate(("drill", "lamp", "press")):
        town.declare(name, SOLUTIONS[number])
        town.declare(f"{name} again", slightly_other(SOLUTIONS[number]), FORGE)
    town.match()
    town.rule("drill again", Ruling.COPIED)
    town.rule("lamp again", Ruling.INDEPENDENT)
    town.match()


def _found(bands: dict[Band, int]) -> int:
    return sum(bands.values())


def test_pairs_ruled_distinct_are_not_raised_but_counted(town: Works) -> None:
    _judged(town)
    found = town.detector.shadow(rules=_near_from(town, 0.96))
    assert _pairs(found.differences) == {("drill again", "drill"), ("press again", "press")}
    assert found.candidate.pairs == found.live.pairs == 2
    assert (found.distinct.pairs, _found(found.distinct.live)) == (1, 1)
    assert found.distinct.live[Band.NEAR] == found.distinct.candidate[Band.SIMILAR] == 1
    assert (found.duplicates.pairs, found.duplicates.live[Band.NEAR]) == (1, 1)
    assert found.duplicates.candidate[Band.SIMILAR] == 1


def test_a_candidate_that_would_miss_what_people_ruled_is_told_so(town: Works) -> None:
    _judged(town)
    found = town.detector.shadow(rules=BLIND)
    assert (found.duplicates.pairs, _found(found.duplicates.live)) == (1, 1)
    assert _found(found.duplicates.candidate) == _found(found.distinct.candidate) == 0
    rulings = {(d.idea, d.of): d.ruling for d in found.differences}
    assert rulings == {("drill again", "drill"): Ruling.COPIED, ("press again", "press"): None}


def test_of_pairs_as_wide_apart_those_that_people_ruled_come_first(town: Works) -> None:
    """A copy in the same unit would come before one elsewhere, but for the ruling."""
    town.declare("drill", SOLUTIONS[0])
    town.declare("drill again", slightly_other(SOLUTIONS[0]))
    town.declare("press", SOLUTIONS[2])
    town.declare("press again", slightly_other(SOLUTIONS[2]), FORGE)
    town.match()
    rules = _near_from(town, 0.96)
    found = town.detector.shadow(rules=rules).differences
    assert [(d.idea, d.in_law) for d in found] == [("drill again", True), ("press again", False)]
    town.rule("press again", Ruling.COPIED)
    found = town.detector.shadow(rules=rules).differences
    assert [d.idea for d in found] == ["press again", "drill again"]


def test_only_pairs_whose_later_text_is_compared_bear_on_the_evidence(town: Works) -> None:
    _judged(town)
    since = town.flags()[0].idea.position
    found = town.detector.shadow(rules=BLIND, since=since)
    assert (found.duplicates.pairs, found.distinct.pairs) == (0, 1)


def test_a_pair_ruled_distinct_in_other_words_is_raised_again(town: Works) -> None:
    _judged(town)
    town.amend("lamp again", slightly_other(slightly_other(SOLUTIONS[1])) + " Nay thêm đèn pin.")
    town.match()
    found = town.detector.shadow(rules=BLIND)
    assert ("lamp again", "lamp") in _pairs(found.differences)
    assert _found(found.distinct.live) == 1


def test_who_was_put_apart_by_an_exclusion_counts_as_distinct(town: Works) -> None:
    _judged(town)
    case = town.case("press again")
    excluded = exclude(case, town.idea("press again"), reason="Việc khác", by=BY)
    town.ledger.append(*excluded)
    found = town.detector.shadow(rules=BLIND)
    assert (found.distinct.pairs, _found(found.distinct.live)) == (2, 2)
    assert _pairs(found.differences) == {("drill again", "drill")}


def test_who_withdrew_is_left_in_peace_however_far_the_matcher_has_come(town: Works) -> None:
    _judged(town)
    town.withdraw("press")
    found = town.detector.shadow(rules=BLIND)
    assert _pairs(found.differences) == {("drill again", "drill")}
    assert _found(found.duplicates.live) == 1


def test_a_pair_that_is_not_on_record_says_so(town: Works) -> None:
    town.adopt(**BLIND.model_dump())
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]))
    town.match()
    assert town.flags() == []
    found = town.detector.shadow(rules=MatchingRules())
    (difference,) = found.differences
    assert (difference.kind, difference.flagged) == (Kind.ONLY_CANDIDATE, False)
    assert (found.candidate.pairs, found.candidate.flagged) == (1, 0)


# Refusals.


def test_there_must_be_something_to_try(sample: Works) -> None:
    with pytest.raises(Invalid, match="--rules"):
        sample.detector.shadow()


def test_a_model_that_nobody_knows_is_refused(sample: Works) -> None:
    with pytest.raises(ModelIsUnknown, match="sha256:nobody"):
        sample.detector.shadow(model="sha256:nobody")


def test_rules_that_could_not_be_adopted_are_not_tried(sample: Works) -> None:
    with pytest.raises(Invalid, match="benefit"):
        sample.detector.shadow(rules=_rules(sample, stop_phrases={"benefit": ("tiết kiệm",)}))


@pytest.mark.parametrize("prepare", [lambda _: None, Works.match], ids=["nothing", "no text"])
def test_where_nothing_is_matched_there_is_nothing_to_compare(
    town: Works, prepare: Callable[[Works], None]
) -> None:
    prepare(town)
    with pytest.raises(NothingMatched, match="sangkien match"):
        town.detector.shadow(rules=BLIND)


def test_a_beginning_after_the_end_is_refused(sample: Works) -> None:
    with pytest.raises(NothingMatched, match="begin earlier"):
        sample.detector.shadow(rules=BLIND, since=sample.detector.position())


def test_a_shadow_tells_how_far_it_has_come(sample: Works) -> None:
    told: list[tuple[int, int]] = []
    sample.detector.shadow(rules=BLIND, progress=lambda at, to: told.append((at, to)))
    to = sample.detector.position()
    assert told == sorted(told)
    assert told[-1] == (2 * to, 2 * to)

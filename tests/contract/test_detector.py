"""The detector over a real ledger: every copy is found, no look-alike is, and each idea meets exactly what came before."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.dedup.detect import Detector
from services.dedup.flag import flag_id
from services.dedup.hearing import content_of, explained
from services.dedup.matching import Matching, matching_id
from services.dedup.model import Model, ModelIsUnknown, Models
from services.dedup.variants import VERSION
from services.wiring import System
from shared.events.idea import IdeaAmended
from shared.events.matching import FlagRaised
from shared.settings import Settings
from shared.vocabulary import Band, Ruling, TextField, Tier
from tests.places import BY
from tests.wordings import hashes
from tests.works import (
    CLINIC,
    FORGE,
    LATHE,
    SCHOOL,
    SHOPS,
    SOLUTIONS,
    Works,
    import_sample,
    planted,
    slightly_other,
    works,
)

PLANTED = planted()
COPIES = {(copy["idea"], copy["of"]): copy for copy in PLANTED["copies"]}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


# The sample.


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample on record, and nothing matched yet."""
    home = tmp_path_factory.mktemp("declared")
    report = import_sample(home)
    assert (report.accepted, report.rejected) == (87, 0)
    return home


@pytest.fixture(scope="module")
def sample_flags(declared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[FlagRaised]:
    """The flags of the sample."""
    return _matched(declared, tmp_path_factory.mktemp("matched"))


def _matched(declared: Path, home: Path, *pages: int) -> list[FlagRaised]:
    """The flags that come of matching in such pages; after each but the last, the detector starts anew."""
    shutil.copytree(declared, home, dirs_exist_ok=True)
    for page in pages[:-1]:
        with System(Settings(data=home)) as system:
            system.detector.adopt_first_model()
            facts = system.ledger.read(system.detector.position(), limit=page)
            system.detector.handle(facts)
    with System(Settings(data=home)) as system:
        system.detector.page = pages[-1] if pages else Detector.page
        system.detector.match()
        return Works(system).flags()


def _told(flags: list[FlagRaised]) -> list[dict[str, object]]:
    """What flags say, apart from who raised them for which request."""
    return [flag.model_dump(exclude={"by"}) for flag in flags]


def test_every_planted_copy_is_flagged(sample_flags: list[FlagRaised]) -> None:
    found = {(flag.idea.external_id, flag.of.external_id) for flag in sample_flags}
    missed = [f"{c['kind']}: {pair}" for pair, c in COPIES.items() if pair not in found]
    assert missed == []


def test_no_look_alike_is_flagged(sample_flags: list[FlagRaised]) -> None:
    found = {frozenset((flag.idea.external_id, flag.of.external_id)) for flag in sample_flags}
    alike = [frozenset((pair["idea"], pair["like"])) for pair in PLANTED["look_alikes"]]
    assert [pair for pair in alike if pair in found] == []


def test_nothing_else_is_flagged_but_copies_of_one_original(
    sample_flags: list[FlagRaised],
) -> None:
    original = dict(COPIES.keys())
    for flag in sample_flags:
        later, earlier = flag.idea.external_id, flag.of.external_id
        assert original.get(later, later) == original.get(earlier, earlier)


def test_a_flag_tells_how_far_apart_the_two_units_are(sample_flags: list[FlagRaised]) -> None:
    tiers = {(f.idea.external_id, f.of.external_id): f.tier.value for f in sample_flags}
    assert {pair: tiers[pair] for pair in COPIES} == {
        pair: copy["tier"] for pair, copy in COPIES.items()
    }


def test_a_flag_is_directed_from_the_later_to_the_earlier_and_names_what_was_compared(
    sample_flags: list[FlagRaised],
) -> None:
    for flag in sample_flags:
        assert flag.of.position < flag.idea.position == flag.cut + 1
        assert flag.originator_id == flag_id(
            flag.idea.idea, 1, flag.of.idea, flag.model, flag.rules_version
        )


def test_a_flag_tells_what_a_reviewer_should_know_of_the_dates(
    sample_flags: list[FlagRaised],
) -> None:
    reasons = {f.idea.external_id: f.reasons for f in sample_flags}
    assert {"crossed-dates", "priority-by-date-alone"} <= {*reasons["sk-043"]}
    assert "applied-before-window" in reasons["sk-052"]
    assert "same-authors" in reasons["sk-084"]


@pytest.mark.parametrize("page", [1, 7])
def test_the_flags_are_the_same_in_whatever_pages_the_ledger_is_read(
    page: int, declared: Path, sample_flags: list[FlagRaised], tmp_path: Path
) -> None:
    assert _told(_matched(declared, tmp_path, page)) == _told(sample_flags)


@pytest.mark.parametrize("pages", [(140, 512), (40, 100, 30, 7)])
def test_the_flags_are_the_same_when_the_detector_starts_anew_on_the_way(
    pages: tuple[int, ...], declared: Path, sample_flags: list[FlagRaised], tmp_path: Path
) -> None:
    assert _told(_matched(declared, tmp_path, *pages)) == _told(sample_flags)


def test_what_came_first_is_matched_the_same_before_the_rest_is_known(
    sample_flags: list[FlagRaised], tmp_path: Path
) -> None:
    """Each idea meets exactly the ledger before it: matched at once or as it comes."""
    for last in (50, 87):
        import_sample(tmp_path, last=last)
        with System(Settings(data=tmp_path)) as system:
            system.detector.match()
            as_they_came = Works(system).flags()
    brief = [
        (f.idea.external_id, f.of.external_id, f.score, f.band, f.tier, f.reasons)
        for f in sample_flags
    ]
    assert brief == [
        (f.idea.external_id, f.of.external_id, f.score, f.band, f.tier, f.reasons)
        for f in as_they_came
    ]


def test_matching_again_finds_nothing_new(declared: Path, tmp_path: Path) -> None:
    flags = _matched(declared, tmp_path)
    with System(Settings(data=tmp_path)) as system:
        system.detector.match()
        head = system.ledger.head()
        assert system.detector.match() == 0
        assert system.ledger.head() == head
        assert _told(Works(system).flags()) == _told(flags)


# What a flag says.


@pytest.mark.parametrize(
    ("earlier", "later", "tier"),
    [
        (LATHE, LATHE, Tier.UNIT),
        (LATHE, FORGE, Tier.UPPER),
        (LATHE, CLINIC, Tier.FIRST),
        (LATHE, SCHOOL, Tier.ELSEWHERE),
    ],
)
def test_the_tier_is_how_near_the_two_units_stand(
    town: Works, earlier: str, later: str, tier: Tier
) -> None:
    town.declare("one", SOLUTIONS[0], earlier)
    town.declare("two", SOLUTIONS[0], later)
    town.match()
    (flag,) = town.flags()
    assert (flag.tier, flag.band) == (tier, Band.EXACT)


def test_each_tier_may_have_its_own_thresholds(town: Works) -> None:
    never = {"similar": 1.0, "near": 1.0, "exact": 1.0}
    town.adopt(by_tier={Tier.ELSEWHERE: never})
    town.declare("one", SOLUTIONS[0], LATHE)
    town.declare("two", f"{SOLUTIONS[0]} Thêm một câu.", LATHE)
    town.declare("three", f"{SOLUTIONS[0]} Thêm hai câu nữa.", SCHOOL)
    town.match()
    assert {(f.idea.external_id, f.of.external_id) for f in town.flags()} == {("two", "one")}


def test_a_copy_from_an_earlier_programme_is_found_and_named_so(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], programme="75n")
    town.declare("two", SOLUTIONS[0], programme="1tr")
    town.match()
    (flag,) = town.flags()
    assert flag.tier is Tier.PROGRAMME
    assert "earlier-programme" in flag.reasons


def test_an_ineligible_declaration_is_matched_all_the_same(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], recognition=None, first_applied_on=None)
    town.declare("two", SOLUTIONS[0])
    town.match()
    assert town.pairs() == [("two", "one")]


def test_confidential_texts_are_matched_all_the_same(town: Works) -> None:
    hidden = ["title", "solution", "situation_before"]
    town.declare("one", SOLUTIONS[0], confidential=hidden)
    town.declare("two", SOLUTIONS[0], confidential=hidden)
    town.match()
    assert town.pairs() == [("two", "one")]


def test_an_idea_has_at_most_twenty_flags_the_likeliest_first(town: Works) -> None:
    town.declare("original", SOLUTIONS[0])
    for number in range(23):
        town.declare(f"copy-{number}", slightly_other(SOLUTIONS[0]))
    town.declare("last", SOLUTIONS[0])
    town.match()
    of_last = [flag for flag in town.flags() if flag.idea.external_id == "last"]
    assert len(of_last) == 20
    assert [flag.of.external_id for flag in of_last[:2]] == ["original", "copy-0"]
    scores = [flag.score for flag in of_last]
    assert scores == sorted(scores, reverse=True)


def test_the_rules_may_ask_for_fewer_flags(town: Works) -> None:
    town.adopt(most_flags=2)
    for number in range(5):
        town.declare(str(number), SOLUTIONS[0])
    town.match()
    assert town.pairs()[-2:] == [("4", "0"), ("4", "1")]
    assert len(town.pairs()) == 1 + 2 + 2 + 2


# Standard paragraphs.

FORMULA = (
    "Trong quá trình thực hiện, tập thể luôn nhận được sự quan tâm của lãnh đạo và sự giúp đỡ của đồng nghiệp. "
    "Bản thân xin hứa tiếp tục học hỏi, phát huy tinh thần sáng tạo để hoàn thành tốt nhiệm vụ được giao."
)


def _with_formula(town: Works, shops: int) -> None:
    for number, shop in enumerate(SHOPS[:shops]):
        town.declare(f"with-formula-{number}", f"{SOLUTIONS[number]} {FORMULA}", shop)


@pytest.mark.parametrize(("shops", "is_standard"), [(4, False), (5, True)])
def test_a_paragraph_of_five_units_weighs_nothing_from_there_on(
    town: Works, shops: int, is_standard: bool
) -> None:
    _with_formula(town, shops)
    town.declare("original", f"{SOLUTIONS[9]} {FORMULA}")
    town.declare("copy", f"{SOLUTIONS[9]} {FORMULA}")
    town.match()
    (flag,) = town.flags()
    assert ("template-removed" in flag.reasons) is is_standard


def test_what_is_standard_by_then_is_known_again_after_a_restart(town: Works) -> None:
    _with_formula(town, 5)
    town.match()
    with _going_on(town, restart=True) as later:
        later.declare("original", f"{SOLUTIONS[9]} {FORMULA}")
        later.declare("copy", f"{SOLUTIONS[9]} {FORMULA}")
        later.match()
    (flag,) = town.flags()
    assert "template-removed" in flag.reasons


@contextmanager
def _going_on(town: Works, *, restart: bool) -> Iterator[Works]:
    """The same town, with the same matcher or with one that has to remember everything first."""
    if restart:
        with works(town.system.settings.home) as again:
            yield again
    else:
        yield town


RESTART = pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])


def _five_copies(town: Works) -> None:
    for number, shop in enumerate(SHOPS[:6]):
        town.declare(f"copy-{number}", SOLUTIONS[0], shop)


def test_copies_of_one_idea_do_not_turn_it_into_a_standard_paragraph(town: Works) -> None:
    _five_copies(town)
    town.declare("last", SOLUTIONS[0], SHOPS[6])
    town.match()
    of_last = [flag for flag in town.flags() if flag.idea.external_id == "last"]
    assert [flag.of.external_id for flag in of_last] == [f"copy-{n}" for n in range(6)]
    assert {flag.band for flag in of_last} == {Band.EXACT}


@RESTART
def test_copies_make_no_standard_paragraph_under_other_rules_either(
    town: Works, restart: bool
) -> None:
    _five_copies(town)
    town.match()
    town.adopt(standard_units=3)
    with _going_on(town, restart=restart) as later:
        later.declare("last", SOLUTIONS[0], SHOPS[6])
        later.match()
    assert town.pairs()[-6:] == [("last", f"copy-{n}") for n in range(6)]


def _own(number: int) -> str:
    """About sixty words that nobody else says."""
    return ". ".join(SOLUTIONS[number].split(". ")[:3]) + "."


@RESTART
def test_a_form_that_is_most_of_every_text_becomes_standard_though_each_looks_like_a_copy(
    town: Works, restart: bool
) -> None:
    form = f"{SOLUTIONS[10]} {SOLUTIONS[11]}"
    for number, shop in enumerate(SHOPS[:5]):
        town.declare(f"form-{number}", f"{_own(number)} {form}", shop)
    town.match()
    # Four of five could as well be copies: nobody can tell yet.
    assert {flag.idea.external_id for flag in town.flags()} == {f"form-{n}" for n in range(1, 5)}
    assert any(flag.band.is_copy for flag in town.flags())
    with _going_on(town, restart=restart) as later:
        later.declare("sixth", f"{_own(5)} {form}", SHOPS[5])
        later.declare("its copy", f"{_own(5)} {form}", SHOPS[6])
        later.match()
    (flag,) = [f for f in town.flags() if not f.idea.external_id.startswith("form")]
    assert (flag.idea.external_id, flag.of.external_id) == ("its copy", "sixth")


def test_copies_with_words_of_each_sentence_changed_do_not_turn_an_idea_into_a_form(
    town: Works,
) -> None:
    town.declare("original", SOLUTIONS[0])
    for number, shop in enumerate(SHOPS[:6]):
        words = SOLUTIONS[0].split(" ")
        words[number::24] = ["mới"] * len(words[number::24])
        town.declare(f"copy-{number}", f"{' '.join(words)} {FORMULA}", shop)
    town.declare("last", SOLUTIONS[0], SHOPS[6])
    town.match()
    of_last = {flag.of.external_id for flag in town.flags() if flag.idea.external_id == "last"}
    assert of_last == {"original", *(f"copy-{n}" for n in range(6))}


# Amended, re-routed, withdrawn.


def test_an_amended_text_is_compared_with_all_that_stood_before_the_amendment(
    town: Works,
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[1])
    town.match()
    assert town.pairs() == []
    town.amend("one", SOLUTIONS[1])
    town.declare("three", SOLUTIONS[1])
    town.match()
    first = town.flags()[0]
    assert town.pairs() == [("one", "two"), ("three", "one"), ("three", "two")] or (
        town.pairs() == [("one", "two"), ("three", "two"), ("three", "one")]
    )
    assert first.idea_version == 2
    (amended,) = (r.position for r in town.ledger.read(0, limit=1000, topics=(IdeaAmended.TOPIC,)))
    assert first.cut == amended - 1


@RESTART
def test_what_an_idea_said_before_its_amendment_is_not_compared_any_more(
    town: Works, restart: bool
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.amend("one", SOLUTIONS[1])
    town.match()
    with _going_on(town, restart=restart) as later:
        later.declare("two", SOLUTIONS[0])
        later.match()
        assert _checked(later, SOLUTIONS[0]) == [("two", "Cải tiến two")]
        assert _checked(later, SOLUTIONS[1]) == [("one", "Cải tiến one")]
    assert town.pairs() == []


def test_an_amendment_that_changes_nothing_compared_raises_nothing(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.amend("two", SOLUTIONS[0], benefit_vnd=5_000_000, confidential=["title"])
    town.match()
    assert town.pairs() == [("two", "one")]
    (hit,) = _checked(town, SOLUTIONS[0])[1:]
    assert hit == ("two", "")


def _checked(town: Works, solution: str) -> list[tuple[str, str]]:
    found = town.detector.check(
        title="Hỏi trước", solution=solution, situation="", unit=LATHE, programme="1tr", most=5
    )
    members = [suspicion.earlier.member for suspicion in found]
    contents = [content_of(member.idea, town.ledger) for member in members]
    return [
        (member.external_id, content.shown(TextField.TITLE))
        for member, content in zip(members, contents, strict=True)
    ]


@RESTART
def test_a_withdrawn_idea_is_no_candidate_any_more(town: Works, restart: bool) -> None:
    town.declare("one", SOLUTIONS[0])
    town.match()
    town.withdraw("one")
    town.match()
    with _going_on(town, restart=restart) as later:
        later.declare("two", SOLUTIONS[0])
        later.match()
    assert town.pairs() == []


@RESTART
def test_a_withdrawn_idea_stays_away_under_another_model_and_other_rules(
    town: Works, restart: bool
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.match()
    town.withdraw("one")
    _adopt_fitted_model(town)
    town.adopt(short_words=10)
    with _going_on(town, restart=restart) as later:
        later.match()
        later.declare("two", SOLUTIONS[0])
        later.match()
    assert town.pairs() == []


@RESTART
def test_a_rerouted_idea_is_seen_in_its_new_unit(town: Works, restart: bool) -> None:
    town.declare("one", SOLUTIONS[0], SCHOOL)
    town.match()
    town.reroute("one", LATHE)
    town.match()
    with _going_on(town, restart=restart) as later:
        later.declare("two", SOLUTIONS[0], LATHE)
        later.match()
    (flag,) = town.flags()
    assert (flag.tier, flag.of.unit) == (Tier.UNIT, LATHE)


# What a person found distinct.


@RESTART
def test_a_pair_ruled_distinct_does_not_come_back_until_a_solution_changes(
    town: Works, restart: bool
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]))
    town.match()
    town.rule("two", Ruling.INDEPENDENT)
    with _going_on(town, restart=restart) as later:
        later.amend("two", slightly_other(SOLUTIONS[0]), title="Một tên khác hẳn")
        later.amend("one", SOLUTIONS[0], title="Cũng một tên khác")
        later.adopt(thresholds={"similar": 0.3, "near": 0.7, "exact": 0.9})
        later.match()
        assert town.pairs() == [("two", "one")]
        later.amend("two", SOLUTIONS[0])
        later.match()
    assert town.pairs() == [("two", "one"), ("two", "one")]


def test_a_distinct_that_is_turned_no_longer_keeps_the_pair_apart(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    town.rule("two", Ruling.NOT_DUPLICATE)
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    town.amend("two", SOLUTIONS[0], title="Một tên khác hẳn")
    town.match()
    assert town.pairs() == [("two", "one"), ("two", "one")]


# Rules and models.


def test_rules_adopted_change_only_what_comes_after(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", slightly_other(SOLUTIONS[0]))
    town.match()
    town.adopt(thresholds={"similar": 0.99975, "near": 0.99975, "exact": 0.99975})
    town.declare("three", slightly_other(SOLUTIONS[0]))
    town.match()
    assert town.pairs() == [("two", "one"), ("three", "two")]
    assert [flag.rules_version for flag in town.flags()] == [2, 3]


def test_stop_phrases_without_a_word_stop_nothing_and_nobody(town: Works) -> None:
    town.adopt(stop_phrases={"solution": ("…", "")})
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    assert town.pairs() == [("two", "one")]


@RESTART
def test_stop_phrases_may_hold_words_that_nobody_has_said(town: Works, restart: bool) -> None:
    town.adopt(stop_phrases={"solution": ("xoáy quẩy nghoèo", SOLUTIONS[0][:40])})
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    with _going_on(town, restart=restart) as later:
        later.declare("three", SOLUTIONS[0])
        later.match()
        (first, *_) = later.flags()
        assert explained(first, later.ledger, later.detector.models).score == first.score
    assert town.pairs() == [("two", "one"), ("three", "one"), ("three", "two")]


def _adopt_fitted_model(town: Works) -> Model:
    fitted = Model.fit(hashes(SOLUTIONS))
    town.detector.models.keep(fitted)
    town.detector.adopt_first_model()
    matching = town.ledger.load(Matching, matching_id())
    town.ledger.append(matching.adopt_model(fitted.id, normaliser=VERSION, by=BY))
    return fitted


@RESTART
def test_another_model_scores_what_comes_after_and_knows_all_that_came_before(
    town: Works, restart: bool
) -> None:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.match()
    fitted = _adopt_fitted_model(town)
    with _going_on(town, restart=restart) as later:
        later.declare("three", SOLUTIONS[0])
        later.match()
    assert [f.model for f in town.flags()] == [Models.shipped().id, *[fitted.id] * 2]


def test_a_model_that_is_missing_stops_the_matcher_and_loses_nothing(town: Works) -> None:
    """The page begins under the model that is here; what was read of it by then is not read twice."""
    town.declare("0", SOLUTIONS[0])
    town.adopt(short_words=19)
    town.declare("1", SOLUTIONS[0])
    fitted = _adopt_fitted_model(town)
    path = town.system.settings.models_home / f"{fitted.id.removeprefix('sha256:')}.npz"
    elsewhere = path.rename(path.with_suffix(".elsewhere"))
    for number in range(2, 4):
        town.declare(str(number), SOLUTIONS[0])
    for _ in range(3):
        with pytest.raises(ModelIsUnknown, match="Copy it there"):
            town.detector.match()
    assert town.pairs() == []
    elsewhere.rename(path)
    town.match()
    assert town.pairs() == [(str(n), str(of)) for n in range(4) for of in range(n)]


def test_a_model_no_longer_in_force_need_not_be_here(tmp_path: Path) -> None:
    with works(tmp_path) as town:
        town.declare("one", SOLUTIONS[0])
        fitted = _adopt_fitted_model(town)
        town.declare("two", SOLUTIONS[0])
        town.match()
        matching = town.ledger.load(Matching, matching_id())
        town.ledger.append(matching.adopt_model(Models.shipped().id, normaliser=VERSION, by=BY))
        town.match()
        path = town.system.settings.models_home / f"{fitted.id.removeprefix('sha256:')}.npz"
        path.unlink()
    with works(tmp_path) as town:
        town.declare("three", SOLUTIONS[0])
        town.match()
        assert town.pairs() == [("two", "one"), ("three", "one"), ("three", "two")]


# Several at once, and odd texts.


def test_a_page_that_another_process_has_handled_is_not_handled_twice(tmp_path: Path) -> None:
    with works(tmp_path) as town, works(tmp_path) as another:
        town.detector.adopt_first_model()
        for number in range(6):
            town.declare(str(number), SOLUTIONS[0])
        page = town.ledger.read(0)
        half = len(page) - 3
        another.detector.handle(page[:half])
        town.detector.handle(page)
        another.detector.handle(page)
        town.match()
        another.match()
        assert town.pairs() == [(str(n), str(of)) for n in range(6) for of in range(n)]


def test_two_processes_that_begin_at_once_adopt_one_model(tmp_path: Path) -> None:
    with works(tmp_path) as town, works(tmp_path) as another:
        town.detector.adopt_first_model()
        another.detector.adopt_first_model()
        assert town.detector.model == another.detector.model == Models.shipped().id


@pytest.mark.parametrize(
    "solution",
    ["!!! … ???", "\u200b.", "a", "ổ " * 9_999, "x" * 20_000, "1 2 3 " * 3_000, "\n\t\n."],
)
def test_texts_with_hardly_a_word_or_far_too_many_are_matched_like_others(
    town: Works, solution: str
) -> None:
    for number in range(3):
        town.declare(str(number), solution[:20_000])
    town.declare("one", SOLUTIONS[0])
    town.match()
    assert town.detector.position() > 0
    assert all(flag.of.position < flag.idea.position for flag in town.flags())


# Check before you declare.


def test_a_check_tells_what_would_be_suspected_and_records_nothing(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], title="Tên thứ nhất")
    town.declare("two", SOLUTIONS[1])
    town.match()
    head = town.ledger.head()
    assert _checked(town, SOLUTIONS[0].upper()) == [("one", "Tên thứ nhất")]
    assert _checked(town, SOLUTIONS[2]) == []
    assert town.ledger.head() == head


def test_a_check_answers_after_a_restart_though_nothing_new_was_declared(tmp_path: Path) -> None:
    with works(tmp_path) as town:
        town.declare("one", SOLUTIONS[0], title="Tên thứ nhất")
        town.match()
    with works(tmp_path) as town:
        assert town.detector.ready()
        assert _checked(town, SOLUTIONS[0]) == [("one", "Tên thứ nhất")]


def test_what_was_matched_before_can_be_read_again_ahead_of_the_first_check(tmp_path: Path) -> None:
    with works(tmp_path) as town:
        for number, solution in enumerate(SOLUTIONS):
            town.declare(str(number), solution)
        town.match()
    with works(tmp_path) as town:
        town.detector.prepare(lambda: True)
        town.detector.prepare(lambda: False)
        town.declare("copy", SOLUTIONS[3])
        town.match()
        assert [(f.idea.external_id, f.of.external_id) for f in town.flags()] == [("copy", "3")]


def test_checks_are_answered_while_the_matcher_is_at_work(town: Works) -> None:
    town.declare("one", SOLUTIONS[0])
    town.match()
    for number in range(60):
        town.declare(str(number), SOLUTIONS[1 + number % 11])
    town.detector.page = 5
    with ThreadPoolExecutor(4) as people:
        at_work = people.submit(town.detector.match)
        answers = [people.submit(_checked, town, SOLUTIONS[0]) for _ in range(30)]
        assert {tuple(answer.result()) for answer in answers} == {(("one", "Cải tiến one"),)}
        assert at_work.result() >= 60
    assert len(town.pairs()) == 11 * 10 + 5 * 5


def test_a_check_finds_nothing_where_nothing_was_declared(town: Works) -> None:
    town.detector.adopt_first_model()
    assert _checked(town, SOLUTIONS[0]) == []


def test_a_check_hides_a_confidential_title(town: Works) -> None:
    town.declare("one", SOLUTIONS[0], title="Tên phải giấu", confidential=["title"])
    town.match()
    assert _checked(town, SOLUTIONS[0]) == [("one", "")]


@pytest.mark.parametrize("solution", ["…", "a", "x" * 20_000])
def test_a_check_of_an_odd_text_finds_nothing(town: Works, solution: str) -> None:
    town.declare("one", SOLUTIONS[0])
    town.match()
    assert _checked(town, solution) == []

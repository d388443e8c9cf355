"""The scenario `national`: one history for one seed, everything decided as in daily use, and boards that hold what it says."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import chain, pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from services.dedup.case import Case
from services.dedup.keeper import Keeper
from services.dedup.reading import Words, solution_hash
from services.intake.idea import Idea
from services.intake.programme import Programme, programme_id
from services.intake.unit import Unit, unit_id
from services.projections.views.verify import verify
from services.simulation import national
from services.simulation.country import country
from services.simulation.curve import Slice, is_school_season, moments, slices
from services.simulation.decided import Decided, merged
from services.simulation.filing import Filing
from services.simulation.history import packed, unpacked
from services.simulation.life import worded
from services.simulation.shard import Shard
from services.simulation.texts import drawn, retold, written
from services.wiring import System
from shared.declaration import Declaration
from shared.events.case import CaseOpened, MemberRuled
from shared.events.idea import IdeaDeclared
from shared.events.matching import FlagRaised
from shared.events.register import EVENTS
from shared.ledger.model import Recorded
from shared.sealing import Sealing
from shared.settings import Settings
from shared.vocabulary import Band, BenefitClass, Level, Ruling, TargetKind, Tier

IDEAS = 1500
SEED = 7
LAST_DAY = date(2023, 8, 31)


def simulated(home: Path, *, ideas: int = IDEAS, seed: int = SEED) -> System:
    system = System(Settings(data=home), chance=national.chance_of(seed))
    national.simulate(system, ideas=ideas, seed=seed, progress=lambda *_: None)
    return system


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with simulated(tmp_path_factory.mktemp("national")) as found:
        yield found


@pytest.fixture(scope="module")
def facts(system: System) -> list[Recorded]:
    return system.ledger.read(0, limit=1_000_000)


def digest(system: System) -> str:
    found = hashlib.sha256()
    for row in system.ledger.rows(0, limit=1_000_000):
        found.update(repr(tuple(row)).encode())
    return found.hexdigest()


# The history as a whole.


def test_as_many_ideas_are_declared_as_were_asked_for(facts: list[Recorded]) -> None:
    assert sum(isinstance(fact.event, IdeaDeclared) for fact in facts) == IDEAS


def test_there_are_about_ten_events_to_three_ideas(tmp_path: Path) -> None:
    with simulated(tmp_path, ideas=3000) as system:
        happened = Counter(fact.event.TOPIC for fact in system.ledger.read(0, limit=1_000_000))
    founding = ("unit.", "cohort.", "programme.", "ledger.")
    lived = sum(n for topic, n in happened.items() if not topic.startswith(founding))
    assert 3.0 < lived / 3000 < 3.7


def test_everything_that_can_become_of_an_idea_a_case_or_a_unit_happens(
    facts: list[Recorded],
) -> None:
    happened = {fact.event.TOPIC for fact in facts}
    # What nobody does in a simulation: hand out keys, ask about people, adopt a model, mend cases by hand.
    never = {
        topic
        for topic in EVENTS
        if topic.startswith(("key.", "person.", "matching."))
        or topic
        in {
            "board.frozen", "programme.wave-opened", "emulation.criteria-adopted", "programme.terms-changed", "cohort.left", "case.canonical-chosen", "case.member-excluded",
            "case.split", "case.split-off", "case.took-in", "case.joined",
        }
    }  # fmt: skip
    assert set(EVENTS) - never <= happened


def test_every_ruling_is_given_and_about_a_third_of_the_ideas_falls_out(
    facts: list[Recorded],
) -> None:
    last = {
        fact.event.member: fact.event.ruling
        for fact in facts
        if isinstance(fact.event, MemberRuled)
    }
    assert set(last.values()) == set(Ruling)
    out = sum(ruling.leaves_net for ruling in last.values())
    assert 0.24 < out / IDEAS < 0.42


def test_recorded_instants_never_fall_and_ideas_come_late_too(facts: list[Recorded]) -> None:
    recorded = [fact.recorded for fact in facts]
    assert recorded == sorted(recorded)
    declared = [fact.event for fact in facts if isinstance(fact.event, IdeaDeclared)]
    assert 0.05 < sum(event.late for event in declared) / IDEAS < 0.4


def test_the_same_seed_gives_the_same_history_byte_by_byte(system: System, tmp_path: Path) -> None:
    with simulated(tmp_path / "again") as again:
        assert digest(again) == digest(system)
    with simulated(tmp_path / "other", seed=SEED + 1) as other:
        assert digest(other) != digest(system)


def test_the_history_does_not_depend_on_how_python_hashes(tmp_path: Path) -> None:
    digests = set()
    for hashing in ("1", "2"):
        home = tmp_path / hashing
        words = ["simulate", "--scenario", "national", "--ideas", "200", "--data", str(home)]
        subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            env={"PYTHONHASHSEED": hashing, "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
        )
        with System(Settings(data=home)) as system:
            digests.add(digest(system))
    assert len(digests) == 1


def test_parts_in_processes_of_their_own_decide_the_same(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(national, "APART_FROM", 1)

    with simulated(tmp_path) as apart:
        assert digest(apart) == digest(system)
        for fact in apart.ledger.read(0, limit=100, topics=("idea.declared",)):
            assert isinstance(fact.event, IdeaDeclared)
            for author in fact.event.authors:
                assert apart.vault.unseal(author.person, author.sealed_name)
    assert not multiprocessing.active_children()


def test_a_simulation_is_neither_continued_nor_mixed_with_another(system: System) -> None:
    with pytest.raises(national.LedgerHoldsSomething, match="begins in an empty ledger"):
        national.simulate(system, ideas=10, seed=1, progress=lambda *_: None)


# What it is made of.


def test_the_views_hold_just_what_the_ledger_says(system: System) -> None:
    assert verify(system.ledger, system.views)["ok"]


def test_ideas_cases_and_units_fold(system: System, facts: list[Recorded]) -> None:
    for fact in facts[::7]:
        stream, topic = fact.event.originator_id, fact.event.TOPIC
        if topic.startswith("idea."):
            assert system.ledger.load(Idea, stream).programme == "1tr"
        elif topic.startswith("case."):
            assert len(system.ledger.load(Case, stream).docket.members) >= 2
    for code in list(system.directory.tree().units)[::10]:
        assert system.ledger.load(Unit, unit_id(code)).code == code


def test_names_open_with_the_keys_of_the_vault(system: System, facts: list[Recorded]) -> None:
    declared = [fact.event for fact in facts if isinstance(fact.event, IdeaDeclared)]
    for event in declared[::50]:
        for author in event.authors:
            name = system.vault.unseal(author.person, author.sealed_name)
            assert name is not None
            assert name.startswith("Người mô phỏng")


def test_a_flag_names_two_declarations_at_the_positions_where_they_stand(
    facts: list[Recorded],
) -> None:
    standing = {
        fact.event.originator_id: fact.position
        for fact in facts
        if isinstance(fact.event, IdeaDeclared)
    }
    flags = [fact.event for fact in facts if isinstance(fact.event, FlagRaised)]
    for flag in flags:
        assert flag.model == "simulated"
        assert (flag.of.position, flag.idea.position) == (
            standing[flag.of.idea],
            standing[flag.idea.idea],
        )
        assert flag.of.position < flag.idea.position
    assert {flag.band for flag in flags} == {Band.EXACT, Band.NEAR, Band.SIMILAR}
    assert {flag.tier for flag in flags} >= {Tier.UNIT, Tier.UPPER, Tier.FIRST, Tier.ELSEWHERE}


def test_nobody_is_in_two_cases(facts: list[Recorded]) -> None:
    home = Counter(
        member.idea
        for fact in facts
        if isinstance(fact.event, CaseOpened)
        for member in fact.event.members
    )
    assert set(home.values()) == {1}


def test_matcher_and_keeper_take_the_history_for_handled(system: System) -> None:
    head = system.ledger.head()
    assert system.ledger.handled("dedup") == system.ledger.handled("cases") == head
    assert Keeper(system.ledger).keep() == 0


def test_what_is_filled_in_is_held_to_the_form() -> None:
    chance = random.Random(SEED)
    place = country(4000, SEED)
    filing = Filing(place, chance)
    filing.begin(uuid4)
    found: list[Declaration] = []
    for stretch in slices(4000, SEED):
        for at in moments(stretch, 2, chance):
            filed = filing.fill(chance.choice(place.unions), at, None, f"SK-{len(found)}")
            found.append(filed.declaration)

    for declaration in found:
        typed = declaration.__pydantic_serializer__.to_json(declaration)
        assert Declaration.model_validate_json(typed) == declaration
    assert {len(declaration.authors) for declaration in found} == {1, 2, 3, 4}
    assert {declaration.benefit_class for declaration in found} == set(BenefitClass)
    assert {declaration.first_applied_on is None for declaration in found} == {True, False}
    assert {declaration.recognition is None for declaration in found} == {True, False}


# The country and its calendar.


@pytest.mark.parametrize("ideas", [1, 1000, 100_000, 3_000_000])
def test_the_stretches_hold_all_the_ideas(ideas: int) -> None:
    found = slices(ideas, SEED)
    assert sum(stretch.ideas for stretch in found) == ideas
    assert all(one.ends == other.begins for one, other in pairwise(found))


def test_more_is_filed_before_a_phase_ends_and_when_schools_hand_in() -> None:
    days = slices(100_000, SEED)
    school = [day.ideas for day in days if is_school_season(day.begins)]
    assert sum(school) / len(school) > 1.5 * 100_000 / len(days)
    assert sum(day.ideas for day in days[-14:]) > 1.5 * sum(day.ideas for day in days[-74:-60])


def test_a_national_country_has_the_provinces_and_enough_unions() -> None:
    found = country(3_000_000, SEED)
    levels = Counter(record.level for record in found.units)
    assert levels[Level.FIRST] == 82
    assert levels[Level.GRASSROOTS] >= 20_000
    assert {target.kind for target in found.programme.targets} == set(TargetKind)


@pytest.mark.parametrize("ideas", [1_000_000, 3_000_000])
def test_a_million_ideas_are_filed_below_the_districts_of_a_country(ideas: int) -> None:
    levels = Counter(record.level for record in country(ideas, SEED).units)
    assert 680 <= levels[Level.UPPER] <= 730


def test_targets_are_handed_down_and_what_a_unit_hands_down_is_its_own_target(
    system: System,
) -> None:
    tree, programme = system.directory.tree(), system.ledger.load(Programme, programme_id("1tr"))
    split = again = 0
    for first in tree.at_level(Level.FIRST):
        below = [code for code in tree.children[first.code] if tree[code].level is Level.UPPER]
        for phase, kind in ((None, TargetKind.ASSIGNED), ("1", TargetKind.REGISTERED)):
            own = programme.standing(first.code, phase, kind, LAST_DAY)
            given = [programme.standing(code, phase, kind, LAST_DAY) for code in below]
            assert own is not None
            assert sum(target.value for target in given if target is not None) == own.value
            assert all(target.document.endswith("-PB") for target in given if target is not None)
        for code in below:
            split += len(programme.targets.get((code, None, TargetKind.ASSIGNED), ()))
            again += len(programme.targets.get((code, "2", TargetKind.REGISTERED), ())) == 2
    assert split > 150
    assert again > 50


# Texts.


def test_a_text_told_otherwise_is_another_text_and_less_alike() -> None:
    chance = random.Random(1)
    for _ in range(200):
        plot = drawn(chance)
        once, twice = retold(plot, 1, chance), retold(plot, 2, chance)
        assert written(once).solution != written(plot).solution
        assert plot.likeness(plot) == 1 > once.likeness(plot) > twice.likeness(plot) > 0
        assert 40 <= len(" ".join(written(plot)).split()) <= 110


def test_the_digest_of_a_solution_is_the_one_that_the_matcher_works_out() -> None:
    chance = random.Random(2)
    for _ in range(300):
        solution = written(drawn(chance)).solution
        assert worded(solution) == solution_hash(Words.of(solution).full)


def a_part(ideas: int = 500, *, declared_only: bool = False) -> tuple[Shard, list[Slice]]:
    plot = national.plotted(ideas, SEED, national.operator(ideas, SEED))
    sealing = Sealing(bytes(32), random.Random(3).randbytes)
    shard = Shard(1, plot.country, plot.organisation, sealing, SEED, declared_only=declared_only)
    return shard, plot.stretches


def test_what_is_handed_to_another_process_comes_as_it_was() -> None:
    shard, stretches = a_part()
    decided = [shard.run(stretch) for stretch in stretches[-80:-60]]
    keys = shard.new_keys()

    assert any(len(one.rows) > len(one.claims) > 0 for one in decided)
    assert keys
    for one in decided:
        assert unpacked(packed(keys, one)) == (keys, one)


def test_what_parts_decided_is_put_in_the_order_of_time_and_each_knows_its_places() -> None:
    shard, stretches = a_part()
    one, other = (shard.run(stretch) for stretch in stretches[-80:-78])
    alternating = [Decided(one.rows[::2], one.claims), Decided(one.rows[1::2], []), other]
    found, positions = merged(alternating, after=100)

    assert found.rows == one.rows + other.rows
    assert sorted(found.claims) == sorted(one.claims + other.claims)
    declared = [n for n, row in enumerate(found.rows, 101) if row[2] == "idea.declared"]
    assert sorted(chain.from_iterable(positions)) == declared
    for part, places in zip(alternating, positions, strict=True):
        ideas = [row for row in part.rows if row[2] == "idea.declared"]
        assert [found.rows[place - 101] for place in places] == ideas


def test_what_is_drawn_ahead_is_declared_just_as_what_is_drawn_when_its_time_comes() -> None:
    one, stretches = a_part(declared_only=True)
    other, _ = a_part(declared_only=True)
    other.draw_ahead(stretches)

    for stretch in stretches:
        ours, theirs = one.run(stretch), other.run(stretch)
        assert [name for name, *_ in theirs.claims] == [name for name, *_ in ours.claims]
        for mine, thine in zip(ours.rows, theirs.rows, strict=True):
            said, meant = json.loads(mine[3]), json.loads(thine[3])
            # Who sends is one correlation a stretch, and those are numbered in the order of drawing.
            del said["by"]["correlation"], meant["by"]["correlation"]
            assert meant == said

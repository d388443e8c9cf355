"""Cases mended by people over a real ledger: what the matcher and the keeper make of it, also after a restart."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from services.dedup.case import Case, case_id
from services.dedup.cluster import exclude, join, split
from services.dedup.hearing import hearing
from services.dedup.keeper import Keeper
from services.dedup.rulings import Given, RulingList, Wanted, give
from services.dedup.undoing import undo
from shared.docket import DocketState
from shared.errors import NotAllowed, Several
from shared.events.case import CaseOpened, MemberRuled
from shared.events.mending import CaseSplitOff, RulingUndone
from shared.ledger.clock import UUID7, wall_clock
from shared.ledger.model import TAggregate
from shared.ledger.recorder import open_recorder
from shared.ledger.store import Ledger
from shared.vocabulary import Changed, Ruling
from tests.places import BY
from tests.works import CLINIC, FORGE, SOLUTIONS, Works, slightly_other, works

REASON = "Hai việc khác nhau."


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Works]:
    with works(tmp_path / "town") as opened:
        yield opened


def _three(town: Works) -> Case:
    """A case of three copies."""
    for name in ("one", "two", "three"):
        town.declare(name, SOLUTIONS[0])
    town.match()
    (case,) = town.cases()
    return case


def _cases(town: Works) -> list[Case]:
    """Every case there is, however it began, in the order of beginning."""
    begun = town.ledger.read(0, limit=100_000, topics=(CaseOpened.TOPIC, CaseSplitOff.TOPIC))
    return [town.ledger.load(Case, r.event.originator_id) for r in begun]


def _here(case: Case) -> list[str]:
    return [m.external_id for m in case.docket.present()]


def _exclude(town: Works, case: Case, name: str) -> None:
    current = town.ledger.load(Case, case.id)
    town.ledger.append(*exclude(current, town.idea(name), reason=REASON, by=BY))


def _split(town: Works, case: Case, *names: str) -> UUID:
    current = town.ledger.load(Case, case.id)
    behind, begun = split(current, [town.idea(name) for name in names], reason=REASON, by=BY)
    town.ledger.append(behind, begun)
    return begun.originator_id


def _join(town: Works, case: Case, other: UUID) -> None:
    closed, grown = join(
        town.ledger.load(Case, case.id), town.ledger.load(Case, other), reason=REASON, by=BY
    )
    town.ledger.append(closed, grown)


class Interrupted(Ledger):
    """A ledger on which somebody else acts just before a case is loaded from it for the first time."""

    waiting: list[Callable[[], None]]

    def load(self, kind: type[TAggregate], stream: UUID) -> TAggregate:
        while self.waiting:
            self.waiting.pop()()
        return super().load(kind, stream)


BEFORE_IT_LOADS, BEFORE_IT_WRITES = "before it loads a case", "before it writes"


@pytest.fixture(params=[BEFORE_IT_LOADS, BEFORE_IT_WRITES])
def moment(request: pytest.FixtureRequest) -> str:
    """At which moment somebody is faster than the keeper; it has read by then who is in which case."""
    return str(request.param)


def _racing(town: Works, moment: str, meanwhile: Callable[[], None]) -> None:
    """Let the keeper work, while somebody does something between its reading and its writing."""
    waiting = [meanwhile]

    def act() -> None:
        while waiting:
            waiting.pop()()

    ledger = Interrupted(
        open_recorder(town.system.settings.address("ledger")),
        clock=wall_clock,
        new_id=UUID7(wall_clock, random.getrandbits),
        before_commit=[act] if moment == BEFORE_IT_WRITES else [],
    )
    ledger.waiting = waiting if moment == BEFORE_IT_LOADS else []
    try:
        Keeper(ledger).keep()
    finally:
        ledger.close()
    assert waiting == []


# A member that was excluded.


def test_a_rescoring_does_not_bring_an_excluded_member_back(town: Works) -> None:
    _exclude(town, _three(town), "two")
    town.adopt(short_words=10)
    town.match()
    assert town.detector.rescore() == 1
    town.match()
    (case,) = _cases(town)
    assert _here(case) == ["one", "three"]
    assert town.pairs()[3:] == [("three", "one")]


def test_a_rescoring_knows_of_an_exclusion_that_the_matcher_has_not_read(town: Works) -> None:
    case = _three(town)
    town.adopt(short_words=10)
    town.match()
    _exclude(town, case, "two")
    assert town.detector.rescore() == 1


def test_a_flag_raised_before_an_exclusion_and_kept_after_it_brings_nobody_back(
    town: Works,
) -> None:
    case = _three(town)
    town.adopt(short_words=10)
    town.detector.match()
    assert town.detector.rescore() == 3
    _exclude(town, case, "two")
    town.keeper.keep()
    assert [_here(case) for case in _cases(town)] == [["one", "three"]]


def test_two_who_were_both_excluded_are_brought_into_no_case_of_their_own(town: Works) -> None:
    case = _three(town)
    town.adopt(short_words=10)
    town.detector.match()
    assert town.detector.rescore() == 3
    _exclude(town, case, "two")
    _exclude(town, case, "three")
    town.keeper.keep()
    assert [_here(case) for case in _cases(town)] == [["one"]]


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_a_further_copy_of_both_does_not_bring_an_excluded_member_back(
    tmp_path: Path, restart: bool
) -> None:
    with works(tmp_path) as town:
        _exclude(town, _three(town), "two")
        town.match()
        if not restart:
            town.declare("four", SOLUTIONS[0])
            town.match()
            assert [_here(case) for case in _cases(town)] == [["one", "three", "four"]]
            return
    with works(tmp_path) as town:
        town.declare("four", SOLUTIONS[0])
        town.match()
        assert ("four", "two") in town.pairs()
        assert [_here(case) for case in _cases(town)] == [["one", "three", "four"]]


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_an_excluded_member_is_free_to_be_in_another_case(tmp_path: Path, restart: bool) -> None:
    """It had given the case its name, so that the new one has another."""
    with works(tmp_path) as town:
        case = _three(town)
        _exclude(town, case, "one")
        if not restart:
            _a_copy_of_the_excluded_one(town, case)
            return
    with works(tmp_path) as town:
        _a_copy_of_the_excluded_one(town, case)


def _a_copy_of_the_excluded_one(town: Works, case: Case) -> None:
    for name in ("two", "three"):
        town.withdraw(name)
    town.declare("four", SOLUTIONS[0])
    town.match()
    old, new = _cases(town)
    assert old.id == case.id == case_id(town.idea("one")) != new.id
    assert (_here(old), _here(new)) == ([], ["one", "four"])
    town.declare("five", SOLUTIONS[0])
    town.match()
    assert _here(_cases(town)[1]) == ["one", "four", "five"]


def test_the_hold_ends_when_the_solution_is_another(town: Works) -> None:
    _exclude(town, _three(town), "two")
    town.amend("two", slightly_other(SOLUTIONS[0]))
    town.match()
    (case,) = _cases(town)
    assert _here(case) == ["one", "three", "two"]
    assert case.docket.state is DocketState.OPEN


def test_the_hold_stays_when_only_the_title_is_another(town: Works) -> None:
    _exclude(town, _three(town), "two")
    town.amend("two", SOLUTIONS[0], title="Một tên khác hẳn")
    town.match()
    assert [_here(case) for case in _cases(town)] == [["one", "three"]]


def test_what_becomes_of_an_excluded_idea_is_no_matter_of_the_case(town: Works) -> None:
    case = _three(town)
    _exclude(town, case, "two")
    before = town.ledger.load(Case, case.id).version
    town.reroute("two", CLINIC)
    town.withdraw("two")
    town.match()
    assert town.ledger.load(Case, case.id).version == before


# Cases that were split and joined.


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_a_later_copy_is_found_in_the_case_where_its_earlier_one_is_now(
    tmp_path: Path, restart: bool
) -> None:
    with works(tmp_path) as town:
        case = _three(town)
        new = _split(town, case, "two")
        # With the two on the other side withdrawn, only what moved is left to be a copy of.
        for name in ("one", "three"):
            town.withdraw(name)
        if not restart:
            _a_further_copy_comes_to(town, new)
            return
    with works(tmp_path) as town:
        _a_further_copy_comes_to(town, new)


def _a_further_copy_comes_to(town: Works, case: UUID) -> None:
    town.declare("four", SOLUTIONS[0])
    town.match()
    assert _here(town.ledger.load(Case, case)) == ["two", "four"]


@pytest.mark.parametrize("restart", [False, True], ids=["running on", "restarted"])
def test_what_becomes_of_a_joined_member_is_kept_in_the_case_it_was_joined_to(
    tmp_path: Path, restart: bool
) -> None:
    with works(tmp_path) as town:
        kept, other = _two_families(town)
        _join(town, kept, other.id)
        if not restart:
            _changes_reach(town, kept, other)
            return
    with works(tmp_path) as town:
        _changes_reach(town, kept, other)


def _two_families(town: Works) -> tuple[Case, Case]:
    town.declare("one", SOLUTIONS[0])
    town.declare("two", SOLUTIONS[0])
    town.declare("first", SOLUTIONS[1], FORGE)
    town.declare("second", SOLUTIONS[1], FORGE)
    town.match()
    kept, other = town.cases()
    return kept, other


def _changes_reach(town: Works, kept: Case, other: Case) -> None:
    town.declare("third", SOLUTIONS[1])
    town.reroute("first", CLINIC)
    town.withdraw("second")
    town.match()
    both = town.ledger.load(Case, kept.id)
    assert _here(both) == ["one", "two", "first", "third"]
    first = both.docket.member(town.idea("first"))
    assert first is not None
    assert first.member.unit == CLINIC
    closed = town.ledger.load(Case, other.id)
    assert (closed.docket.state, closed.docket.joined_into) == (DocketState.JOINED, kept.id)


def test_copies_of_a_split_case_are_not_brought_together_again(town: Works) -> None:
    """Both sides hold somebody who is in a case: a flag between the two moves nobody."""
    case = _three(town)
    new = _split(town, case, "two")
    town.adopt(short_words=10)
    town.match()
    assert town.detector.rescore() == 3
    town.match()
    assert _here(town.ledger.load(Case, case.id)) == ["one", "three"]
    assert _here(town.ledger.load(Case, new)) == ["two"]


# People and the keeper at once.


def test_a_copy_of_a_member_that_is_moved_at_that_moment_comes_after_it(
    town: Works, moment: str
) -> None:
    case = _three(town)
    for name in ("one", "three"):
        town.withdraw(name)
    town.declare("four", SOLUTIONS[0])
    town.detector.match()
    _racing(town, moment, lambda: _moved_away(town, case))
    old, new = _cases(town)
    assert (_here(old), _here(new)) == ([], ["two", "four"])


def _moved_away(town: Works, case: Case) -> None:
    # The keeper has not yet let go the two that were withdrawn.
    _split(town, case, "two")


def test_a_member_excluded_at_that_moment_is_not_brought_back_by_the_flag_in_hand(
    town: Works, moment: str
) -> None:
    case = _three(town)
    town.adopt(short_words=10)
    town.detector.match()
    assert town.detector.rescore() == 3
    town.declare("four", SOLUTIONS[0])
    town.detector.match()
    _racing(town, moment, lambda: _exclude(town, case, "two"))
    assert [_here(case) for case in _cases(town)] == [["one", "three", "four"]]


def test_a_case_joined_at_that_moment_takes_nobody_in_any_more(town: Works, moment: str) -> None:
    kept, other = _two_families(town)
    town.declare("third", SOLUTIONS[1])
    town.detector.match()
    _racing(town, moment, lambda: _join(town, kept, other.id))
    assert _here(town.ledger.load(Case, kept.id)) == ["one", "two", "first", "second", "third"]
    assert "third" not in _here(town.ledger.load(Case, other.id))


# What a reviewer sees.


def test_a_reviewer_sees_why_those_who_are_here_were_brought_together(town: Works) -> None:
    case = _three(town)
    new = _split(town, case, "two", "three")
    tree = town.system.directory.tree()

    def seen(which: UUID) -> set[frozenset[UUID]]:
        shown = hearing(town.ledger.load(Case, which), town.ledger, town.detector.models, tree)
        return {frozenset((s.idea, s.of)) for s in shown.suspicions}

    one, two, three = (town.idea(name) for name in ("one", "two", "three"))
    assert seen(case.id) == {frozenset((one, two)), frozenset((one, three))}
    assert seen(new) == {frozenset((two, three))}
    _join(town, case, new)
    assert seen(case.id) == {frozenset((one, two)), frozenset((one, three))}


# Lists of rulings.


def _anybody(_: str) -> None:
    """Everybody may rule on everything."""


def _give(town: Works, *wanted: tuple[str, Ruling], cap: int = 500) -> Given:
    by_case = {name: town.case(name).id for name, _ in wanted}
    given = give(
        [
            Wanted(case=by_case[name], member=town.idea(name), ruling=ruling, reason="Trùng.")
            for name, ruling in wanted
        ],
        town.ledger,
        rulings=town.ledger.new_id(),
        cap=cap,
        permit=_anybody,
        by=BY,
    )
    town.ledger.append(*given.rulings, given.together)
    return given


def _undo(town: Works, given: Given) -> tuple[list[UUID], dict[UUID, Changed]]:
    found = town.ledger.load(RulingList, given.together.originator_id)
    undone = undo(found, town.ledger, reason="Nhầm danh sách.", permit=_anybody, by=BY)
    town.ledger.append(*undone.restored, undone.together)
    return (
        [place.member for place in undone.together.undone],
        {left.ruling.member: left.why for left in undone.together.left_alone},
    )


def _ruling(town: Works, name: str) -> Ruling | None:
    idea = town.idea(name)
    return next(
        m.ruling
        for c in _cases(town)
        for m in c.docket.members
        if m.member.idea == idea and not m.left
    )


def test_a_list_is_one_ruling_in_each_case_because_of_one_event(town: Works) -> None:
    _two_families(town)
    given = _give(town, ("two", Ruling.DUPLICATE_IN_UNIT), ("second", Ruling.COPIED))
    assert _ruling(town, "two") is Ruling.DUPLICATE_IN_UNIT
    assert _ruling(town, "second") is Ruling.COPIED
    ruled = [e for e in town.events(MemberRuled) if isinstance(e, MemberRuled)]
    assert {e.by.causation for e in ruled} == {given.together.name}
    assert [place.event for place in given.together.rulings] == [e.name for e in ruled]


def test_of_one_case_several_members_are_ruled_on_in_one_list(town: Works) -> None:
    _three(town)
    _give(town, ("two", Ruling.DUPLICATE_IN_UNIT), ("three", Ruling.COPIED))
    assert _cases(town)[0].docket.state is DocketState.RULED


def test_undoing_gives_each_member_back_the_ruling_it_had(town: Works) -> None:
    _three(town)
    town.rule("two", Ruling.INDEPENDENT)
    given = _give(town, ("two", Ruling.DUPLICATE_IN_UNIT), ("three", Ruling.COPIED))
    undone, left_alone = _undo(town, given)
    assert undone == [town.idea("two"), town.idea("three")]
    assert left_alone == {}
    assert (_ruling(town, "two"), _ruling(town, "three")) == (Ruling.INDEPENDENT, None)
    assert len(town.events(MemberRuled)) == 3, "both stay on record"
    assert len(town.events(RulingUndone)) == 2


def test_undoing_names_what_somebody_changed_meanwhile_and_leaves_it_alone(town: Works) -> None:
    for name in ("one", "two", "three", "four", "five"):
        town.declare(name, SOLUTIONS[0])
    town.match()
    (case,) = town.cases()
    given = _give(
        town, *((name, Ruling.DUPLICATE_IN_UNIT) for name in ("two", "three", "four", "five"))
    )
    town.rule("two", Ruling.DUPLICATE_IN_UNIT)
    _exclude(town, case, "three")
    town.withdraw("four")
    town.match()
    undone, left_alone = _undo(town, given)
    assert undone == [town.idea("five")]
    assert left_alone == {
        town.idea("two"): Changed.CHANGED,
        town.idea("three"): Changed.EXCLUDED,
        town.idea("four"): Changed.WITHDRAWN,
    }
    assert _ruling(town, "two") is Ruling.DUPLICATE_IN_UNIT


def test_undoing_finds_members_wherever_their_cases_were_split_and_joined(town: Works) -> None:
    case = _three(town)
    town.rule("three", Ruling.INDEPENDENT)
    given = _give(town, ("two", Ruling.DUPLICATE_IN_UNIT), ("three", Ruling.COPIED))
    new = _split(town, case, "two", "three")
    for name in ("other", "another"):
        town.declare(name, SOLUTIONS[1])
    town.match()
    third = town.case("other")
    _join(town, third, new)
    undone, left_alone = _undo(town, given)
    assert (len(undone), left_alone) == (2, {})
    both = town.ledger.load(Case, third.id)
    assert both.docket.ruling(town.idea("two")) is None
    assert both.docket.ruling(town.idea("three")) is Ruling.INDEPENDENT


def test_a_list_undone_lets_the_list_before_it_be_undone_as_well(town: Works) -> None:
    _three(town)
    first = _give(town, ("two", Ruling.DUPLICATE_IN_UNIT))
    second = _give(town, ("two", Ruling.COPIED))
    _undo(town, second)
    assert _ruling(town, "two") is Ruling.DUPLICATE_IN_UNIT
    _undo(town, first)
    assert _ruling(town, "two") is None


@pytest.mark.parametrize("matched", [True, False], ids=["matched", "not yet matched"])
def test_a_distinct_that_is_undone_holds_no_pair_apart(town: Works, matched: bool) -> None:
    _three(town)
    given = _give(town, ("two", Ruling.INDEPENDENT), ("three", Ruling.INDEPENDENT))
    town.adopt(short_words=10)
    town.match()
    _undo(town, given)
    if matched:
        town.match()
    assert town.detector.rescore() == 3


def test_a_distinct_from_before_the_list_holds_again_once_the_list_is_undone(town: Works) -> None:
    _three(town)
    town.rule("two", Ruling.INDEPENDENT)
    _undo(town, _give(town, ("two", Ruling.DUPLICATE_IN_UNIT)))
    town.adopt(short_words=10)
    town.match()
    assert town.detector.rescore() == 2


def test_a_distinct_from_before_another_canonical_holds_again_as_well(town: Works) -> None:
    """Whom the member was judged against last is not whom the list judged it against."""
    case = _three(town)
    town.rule("two", Ruling.INDEPENDENT)
    for name, ruling in (("three", Ruling.COPIED), ("one", None)):
        current = town.ledger.load(Case, case.id)
        town.ledger.append(current.choose_canonical(town.idea(name), reason="Có biên bản.", by=BY))
        if ruling is not None:
            town.rule("two", ruling)
    _undo(town, _give(town, ("two", Ruling.DUPLICATE_IN_UNIT)))
    assert _ruling(town, "two") is Ruling.COPIED
    town.adopt(short_words=10)
    town.match()
    assert town.detector.rescore() == 2
    assert ("two", "one") not in town.pairs()[3:]


def test_every_entry_that_cannot_be_carried_out_is_named_and_nothing_is_recorded(
    town: Works,
) -> None:
    case = _three(town)
    head = town.ledger.head()
    wanted = [
        Wanted(case=case.id, member=town.idea(name), ruling=Ruling.COPIED, reason="Trùng.")
        for name in ("two", "two", "one")
    ]
    wanted.append(wanted[0].model_copy(update={"case": UUID(int=7)}))
    with pytest.raises(Several) as refused:
        give(wanted, town.ledger, rulings=UUID(int=1), permit=_anybody, by=BY)
    assert {field: one.code for field, one in refused.value.refused.items()} == {
        "rulings.1": "ruled-twice",
        "rulings.2": "canonical-not-ruled",
        "rulings.3": "not-found",
    }
    assert town.ledger.head() == head


def test_a_list_with_one_member_of_somebody_elses_is_refused_as_a_whole(town: Works) -> None:
    case = _three(town)

    def nobody(unit: str) -> None:
        raise NotAllowed(f"Unit {unit} is outside.")

    one = Wanted(case=case.id, member=town.idea("two"), ruling=Ruling.COPIED, reason="Trùng.")
    with pytest.raises(NotAllowed, match="Entries of the list: 1"):
        give([one], town.ledger, rulings=UUID(int=1), permit=nobody, by=BY)

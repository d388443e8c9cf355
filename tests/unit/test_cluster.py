"""What a person may do to the make-up of cases: exclude, split, join, and undo a list of rulings (domain rule 5.12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from services.dedup.case import Case, CaseIsMoot, CaseWasJoined, NotInCase, ReasonIsMissing
from services.dedup.cluster import (
    NobodyMoves,
    NobodyStays,
    NothingToJoin,
    SameCase,
    exclude,
    join,
    split,
)
from shared.docket import Docket, DocketState
from shared.errors import Refusal
from shared.events.case import CaseReopened, MemberJoined, MemberRuled
from shared.events.mending import (
    CaseJoined,
    CaseSplit,
    CaseSplitOff,
    CaseTookIn,
    MemberExcluded,
    RulingUndone,
)
from shared.ledger.model import Event, fold
from shared.vocabulary import Band, Judgement, Member, Ruling, Worded
from tests.gwt import given
from tests.suspects import KEEPER, REVIEWER, flag, idea, member

FIRST = member("first", 10)
COPY = member("copy", 20, unit="bk-nr-02")
ANOTHER = member("another", 30)
FOURTH = member("fourth", 40)
EARLIER = member("earlier", 5)
LATER = member("later", 50)
STRANGER = idea("stranger")
REASON = "Hai việc khác nhau."

Command = Callable[[Case], Event | Sequence[Event]]


def _made(*events: Event) -> Case:
    return fold(Case, events)


def _after(events: Sequence[Event], *commands: Command) -> list[Event]:
    """The events, and those of further commands, each given to the case as it then is."""
    made = list(events)
    for command in commands:
        came = command(_made(*made))
        made += [came] if isinstance(came, Event) else came
    return made


def _opened(*members: Member) -> list[Event]:
    """A case of these members, each flagged against the first."""
    first, second, *others = members
    return _after(
        [Case.open(flag(second, first), by=KEEPER)],
        *(_joining(other, first) for other in others),
    )


def _joining(newcomer: Member, of: Member) -> Command:
    return lambda case: case.join(flag(newcomer, of), newcomer, by=KEEPER)


def _rule(whom: Member, ruling: Ruling = Ruling.DUPLICATE_IN_UNIT) -> Command:
    return lambda case: case.rule(whom.idea, ruling, reason="Cùng giải pháp.", by=REVIEWER)


def _leave(whom: Member) -> Command:
    return lambda case: case.leave(whom.idea, by=KEEPER)


def _exclude(whom: UUID, reason: str = REASON) -> Callable[[Case], list[Event]]:
    return lambda case: exclude(case, whom, reason=reason, by=REVIEWER)


def _split(*whom: Member, reason: str = REASON) -> Callable[[Case], tuple[CaseSplit, CaseSplitOff]]:
    return lambda case: split(case, [m.idea for m in whom], reason=reason, by=REVIEWER)


def _behind(*whom: Member) -> Command:
    """A split, seen from the case that is left behind."""
    return lambda case: _split(*whom)(case)[0]


def _state(case: Case) -> DocketState:
    return case.docket.state


def _canonical(case: Case) -> UUID | None:
    return case.docket.canonical


def _rulings(case: Case) -> dict[UUID, Ruling]:
    return case.docket.rulings()


def _here(case: Case) -> list[UUID]:
    return [m.idea for m in case.docket.present()]


def _asked(case: Case) -> list[UUID]:
    return [m.member.idea for m in case.docket.members if m.asked_again and not m.left]


PAIR = _opened(FIRST, COPY)
THREE = _opened(FIRST, COPY, ANOTHER)
FOUR = _opened(FIRST, COPY, ANOTHER, FOURTH)


# A member is excluded.


def test_an_excluded_member_is_held_apart_from_all_who_are_here_in_the_words_they_have() -> None:
    (
        given(Case, *THREE)
        .when(_exclude(COPY.idea))
        .then(
            MemberExcluded,
            member=COPY.idea,
            unit=COPY.unit,
            programme=COPY.programme,
            reason=REASON,
            by=REVIEWER,
            effective=COPY.filed_at,
            solution=COPY.solution_hash,
            apart=(
                Worded(idea=FIRST.idea, solution=FIRST.solution_hash),
                Worded(idea=ANOTHER.idea, solution=ANOTHER.solution_hash),
            ),
            moot=False,
        )
        .then_nothing_else()
        .so_that(_here, [FIRST.idea, ANOTHER.idea])
        .so_that(_state, DocketState.OPEN)
    )


def test_who_was_withdrawn_is_nobody_to_be_held_apart_from() -> None:
    three = _after(THREE, _leave(ANOTHER))
    (
        given(Case, *three)
        .when(_exclude(COPY.idea))
        .then(MemberExcluded, apart=(Worded(idea=FIRST.idea, solution=FIRST.solution_hash),))
    )


def test_the_ruling_on_an_excluded_member_stands_no_more() -> None:
    (
        given(Case, *_after(THREE, _rule(COPY), _rule(ANOTHER)))
        .when(_exclude(COPY.idea))
        .then(MemberExcluded)
        .so_that(_rulings, {ANOTHER.idea: Ruling.DUPLICATE_IN_UNIT})
        .so_that(_state, DocketState.RULED)
    )


def test_a_pair_of_which_one_is_excluded_leaves_nothing_to_decide() -> None:
    (
        given(Case, *_after(PAIR, _rule(COPY)))
        .when(_exclude(COPY.idea))
        .then(MemberExcluded, moot=True)
        .then_nothing_else()
        .so_that(_state, DocketState.MOOT)
    )


def test_copies_of_an_excluded_canonical_stay_out_and_a_person_is_asked_again() -> None:
    excluded = _after(THREE, _rule(COPY), _rule(ANOTHER), _exclude(FIRST.idea))
    assert [type(event) for event in excluded[-2:]] == [MemberExcluded, CaseReopened]
    case = _made(*excluded)
    assert _canonical(case) == COPY.idea
    assert _state(case) is DocketState.REOPENED
    assert _rulings(case) == dict.fromkeys((COPY.idea, ANOTHER.idea), Ruling.DUPLICATE_IN_UNIT)


def test_a_canonical_that_is_out_as_a_copy_of_an_excluded_one_is_asked_about_as_well() -> None:
    """Nobody is judged against it meanwhile: it would otherwise be forgotten outside of net."""
    excluded = _after(THREE, _rule(COPY), _rule(ANOTHER), _exclude(FIRST.idea), _rule(ANOTHER))
    assert _state(_made(*excluded)) is DocketState.REOPENED
    (
        given(Case, *excluded)
        .when(_rule(COPY, Ruling.NOT_DUPLICATE))
        .then(MemberRuled, canonical=FIRST.idea, canonical_solution=FIRST.solution_hash)
        .so_that(_state, DocketState.RULED)
    )


def test_the_last_copy_of_an_excluded_canonical_is_still_before_a_person() -> None:
    (
        given(Case, *_after(PAIR, _rule(COPY)))
        .when(_exclude(FIRST.idea))
        .then(MemberExcluded, moot=False)
        .then(CaseReopened, reason="the canonical was excluded")
        .so_that(_state, DocketState.REOPENED)
    )


def test_an_excluded_member_is_not_ruled_on_and_not_excluded_twice() -> None:
    excluded = _after(THREE, _exclude(COPY.idea))
    given(Case, *excluded).when(_rule(COPY)).then_refused(NotInCase)
    given(Case, *excluded).when(_exclude(COPY.idea)).then_refused(NotInCase)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_an_exclusion_has_a_reason(reason: str) -> None:
    given(Case, *THREE).when(_exclude(COPY.idea, reason)).then_refused(ReasonIsMissing)


def test_a_stranger_is_not_excluded() -> None:
    given(Case, *THREE).when(_exclude(STRANGER)).then_refused(NotInCase)


def test_an_excluded_member_may_come_back_as_a_newcomer_once_nothing_holds_it_apart() -> None:
    """Whether something does is for the keeper to know; in the case it begins anew."""
    excluded = _after(THREE, _rule(COPY), _exclude(COPY.idea))
    (
        given(Case, *excluded)
        .when(_joining(COPY, ANOTHER))
        .then(MemberJoined, member=COPY)
        .so_that(_here, [FIRST.idea, ANOTHER.idea, COPY.idea])
        .so_that(_rulings, {})
    )


# A case is split.


def test_a_split_takes_members_into_a_case_with_an_id_of_its_own() -> None:
    (
        given(Case, *FOUR)
        .when(_split(ANOTHER, FOURTH))
        .then(CaseSplit, moved=(ANOTHER.idea, FOURTH.idea), reason=REASON, by=REVIEWER, moot=False)
        .then(CaseSplitOff, originator_version=1, reason=REASON, moot=False)
        .then_nothing_else()
    )
    behind, begun = _split(ANOTHER, FOURTH)(_made(*FOUR))
    assert begun.originator_id == behind.into != behind.originator_id == begun.came_from
    old, new = _made(*FOUR, behind), _made(begun)
    assert (_here(old), _here(new)) == ([FIRST.idea, COPY.idea], [ANOTHER.idea, FOURTH.idea])
    assert (_canonical(old), _canonical(new)) == (FIRST.idea, ANOTHER.idea)
    assert (_state(old), _state(new)) == (DocketState.OPEN, DocketState.OPEN)
    moved = old.docket.member(FOURTH.idea)
    assert moved is not None
    assert moved.moved_to == new.id


def test_the_id_of_a_new_case_follows_from_the_split_and_no_two_are_alike() -> None:
    once = _split(COPY)(_made(*FOUR))
    assert _split(COPY)(_made(*FOUR))[1].originator_id == once[1].originator_id
    twice = _split(ANOTHER)(_made(*FOUR, once[0]))
    assert twice[1].originator_id != once[1].originator_id


def test_a_new_case_is_as_alarming_as_the_one_it_came_from() -> None:
    exact = flag(ANOTHER, FIRST, band=Band.EXACT, score=0.99)
    three = _after(PAIR, lambda case: case.join(exact, ANOTHER, by=KEEPER))
    begun = _split(COPY, ANOTHER)(_made(*three))[1]
    assert (begun.band, begun.score) == (Band.EXACT, 0.99)


def test_a_ruling_against_one_who_stays_behind_goes_along_and_is_asked_again() -> None:
    """A split is no ruling: nothing moves in any count until a person rules (rule 5.8)."""
    four = _after(FOUR, _rule(COPY), _rule(ANOTHER), _rule(FOURTH))
    behind, begun = _split(ANOTHER, FOURTH)(_made(*four))
    old, new = _made(*four, behind), _made(begun)
    assert _rulings(old) == {COPY.idea: Ruling.DUPLICATE_IN_UNIT}
    assert (_state(old), _asked(old)) == (DocketState.RULED, [])
    assert _rulings(new) == dict.fromkeys((ANOTHER.idea, FOURTH.idea), Ruling.DUPLICATE_IN_UNIT)
    assert (_state(new), _asked(new)) == (DocketState.REOPENED, [ANOTHER.idea, FOURTH.idea])
    judged = _after([begun], _rule(FOURTH))
    assert isinstance(judged[-1], MemberRuled)
    assert judged[-1].canonical == ANOTHER.idea
    # The new canonical is still out of net, as a copy of one who stayed behind.
    assert _state(_made(*judged)) is DocketState.REOPENED
    settled = _after(judged, _rule(ANOTHER, Ruling.NOT_DUPLICATE))
    assert isinstance(settled[-1], MemberRuled)
    assert (settled[-1].canonical, settled[-1].canonical_solution) == (
        FIRST.idea,
        FIRST.solution_hash,
    )
    assert _state(_made(*settled)) is DocketState.RULED


def test_a_ruling_whose_against_moves_along_keeps_standing() -> None:
    chosen = _after(
        FOUR,
        lambda case: case.choose_canonical(ANOTHER.idea, reason=REASON, by=REVIEWER),
        _rule(FOURTH),
    )
    begun = _split(ANOTHER, FOURTH)(_made(*chosen))[1]
    (
        given(Case, begun)
        .when(_leave(STRANGER_MEMBER))
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
        .so_that(_asked, [])
        .so_that(_rulings, {FOURTH.idea: Ruling.DUPLICATE_IN_UNIT})
    )


STRANGER_MEMBER = member("stranger", 90)


def test_whom_a_reviewer_put_first_stays_first_on_either_side() -> None:
    chosen = _after(
        FOUR, lambda case: case.choose_canonical(FOURTH.idea, reason=REASON, by=REVIEWER)
    )
    behind, begun = _split(ANOTHER, FOURTH)(_made(*chosen))
    assert _canonical(_made(begun)) == FOURTH.idea
    assert _canonical(_made(*chosen, behind)) == FIRST.idea
    behind, begun = _split(COPY, ANOTHER)(_made(*chosen))
    assert _canonical(_made(begun)) == COPY.idea
    assert _canonical(_made(*chosen, behind)) == FOURTH.idea


def test_who_stays_is_asked_again_where_the_one_it_was_judged_against_goes() -> None:
    four = _after(FOUR, _rule(COPY), _rule(ANOTHER), _rule(FOURTH))
    behind, begun = _split(FIRST, COPY)(_made(*four))
    old, new = _made(*four, behind), _made(begun)
    assert (_state(old), _asked(old)) == (DocketState.REOPENED, [ANOTHER.idea, FOURTH.idea])
    assert (_state(new), _rulings(new)) == (
        DocketState.RULED,
        {COPY.idea: Ruling.DUPLICATE_IN_UNIT},
    )
    back = _rule(ANOTHER, Ruling.INDEPENDENT)(old)
    assert isinstance(back, MemberRuled)
    assert back.canonical == FIRST.idea


def test_a_lone_member_that_nobody_ruled_out_has_nothing_to_be_decided_about() -> None:
    behind, begun = _split(COPY)(_made(*PAIR))
    assert (behind.moot, begun.moot) == (True, True)
    assert _state(_made(*PAIR, behind)) is _state(_made(begun)) is DocketState.MOOT
    given(Case, begun).when(_rule(COPY)).then_refused(CaseIsMoot)


def test_a_copy_in_a_case_of_its_own_is_put_to_a_person_and_can_come_back() -> None:
    behind, begun = _split(COPY)(_made(*_after(PAIR, _rule(COPY))))
    assert (behind.moot, begun.moot) == (True, False)
    (
        given(Case, begun)
        .when(_rule(COPY, Ruling.NOT_DUPLICATE))
        .then(MemberRuled, member=COPY.idea, canonical=FIRST.idea)
        .so_that(_state, DocketState.RULED)
        .so_that(_rulings, {COPY.idea: Ruling.NOT_DUPLICATE})
    )


def test_at_least_one_goes_and_at_least_one_stays() -> None:
    given(Case, *PAIR).when(_split()).then_refused(NobodyMoves, saying="at least one")
    given(Case, *PAIR).when(_split(FIRST, COPY)).then_refused(NobodyStays, saying="at least one")


def test_a_split_names_members_and_has_a_reason() -> None:
    given(Case, *PAIR).when(_split(STRANGER_MEMBER)).then_refused(NotInCase)
    given(Case, *PAIR).when(_split(COPY, reason=" ")).then_refused(ReasonIsMissing)
    gone = _after(THREE, _leave(COPY))
    given(Case, *gone).when(_split(COPY)).then_refused(NotInCase)


def test_who_moved_is_asked_about_in_its_new_case_only() -> None:
    old = _after(THREE, _behind(COPY))
    given(Case, *old).when(_rule(COPY)).then_refused(NotInCase)
    given(Case, *old).when(_exclude(COPY.idea)).then_refused(NotInCase)


# Two cases are joined.

OTHER = _opened(EARLIER, LATER)


def _join(other: Sequence[Event], reason: str = REASON) -> Callable[[Case], tuple[Event, ...]]:
    return lambda case: join(case, _made(*other), reason=reason, by=REVIEWER)


def test_a_joined_case_says_where_it_went_and_the_other_keeps_its_id() -> None:
    closed, grown = join(_made(*PAIR), _made(*OTHER), reason=REASON, by=REVIEWER)
    assert (closed.originator_id, closed.into) == (_made(*OTHER).id, _made(*PAIR).id)
    assert (grown.originator_id, grown.came_from) == (closed.into, closed.originator_id)
    gone, both = _made(*OTHER, closed), _made(*PAIR, grown)
    assert _state(gone) is DocketState.JOINED
    assert gone.docket.joined_into == both.id
    assert _here(both) == [FIRST.idea, COPY.idea, EARLIER.idea, LATER.idea]
    assert _here(gone) == [EARLIER.idea, LATER.idea]


def test_the_canonical_of_joined_cases_is_the_earliest_of_all() -> None:
    both = _made(*PAIR, _join(OTHER)(_made(*PAIR))[1])
    assert _canonical(both) == EARLIER.idea
    assert _state(both) is DocketState.OPEN


def test_whom_a_reviewer_of_the_case_put_first_stays_first() -> None:
    chosen = _after(PAIR, lambda case: case.choose_canonical(COPY.idea, reason=REASON, by=REVIEWER))
    both = _made(*chosen, _join(OTHER)(_made(*chosen))[1])
    assert _canonical(both) == COPY.idea


def test_rulings_come_along_and_stand_though_the_canonical_is_another() -> None:
    ruled, other = _after(PAIR, _rule(COPY)), _after(OTHER, _rule(LATER, Ruling.INDEPENDENT))
    both = _made(*ruled, _join(other)(_made(*ruled))[1])
    assert _rulings(both) == {
        COPY.idea: Ruling.DUPLICATE_IN_UNIT,
        LATER.idea: Ruling.INDEPENDENT,
    }
    # What was the canonical of its own case is now a member like the others, and not judged yet.
    assert _state(both) is DocketState.OPEN
    assert _state(_made(*_after([*ruled, _join(other)(_made(*ruled))[1]], _rule(FIRST)))) is (
        DocketState.RULED
    )


def test_whoever_was_asked_about_is_still_asked_about_after_a_join() -> None:
    reopened = _after(OTHER, _rule(LATER), _leave(EARLIER))
    both = _made(*PAIR, _join(reopened)(_made(*PAIR))[1])
    assert (_state(both), _asked(both)) == (DocketState.REOPENED, [LATER.idea])
    assert _rulings(both) == {LATER.idea: Ruling.DUPLICATE_IN_UNIT}


def test_a_moot_case_that_another_is_joined_to_is_open_again() -> None:
    moot = _after(PAIR, _leave(COPY))
    both = _made(*moot, _join(OTHER)(_made(*moot))[1])
    assert _state(both) is DocketState.OPEN


def test_who_was_taken_out_of_the_other_case_does_not_come_along() -> None:
    other = _after(_opened(EARLIER, LATER, STRANGER_MEMBER), _exclude(LATER.idea))
    grown = _join(other)(_made(*PAIR))[1]
    assert isinstance(grown, CaseTookIn)
    assert [b.member.idea for b in grown.members] == [EARLIER.idea, STRANGER_MEMBER.idea]


def test_a_case_that_was_split_can_be_joined_again_as_it_was() -> None:
    four = _after(FOUR, _rule(COPY), _rule(ANOTHER))
    behind, begun = _split(ANOTHER, FOURTH)(_made(*four))
    closed, grown = join(_made(*four, behind), _made(begun), reason=REASON, by=REVIEWER)
    both = _made(*four, behind, grown)
    assert _here(both) == _here(_made(*four))
    assert _rulings(both) == _rulings(_made(*four))
    assert isinstance(closed, CaseJoined)


@pytest.mark.parametrize(
    "command",
    [
        _rule(LATER),
        lambda case: case.choose_canonical(LATER.idea, reason=REASON, by=REVIEWER),
        _exclude(LATER.idea),
        _split(LATER),
        _join(THREE),
        _joining(STRANGER_MEMBER, LATER),
        _leave(LATER),
        lambda case: case.change(LATER, text_changed=True, by=KEEPER),
    ],
)
def test_nothing_changes_any_more_in_a_case_that_was_joined(command: Command) -> None:
    closed = _join(OTHER)(_made(*PAIR))[0]
    given(Case, *OTHER, closed).when(command).then_refused(CaseWasJoined, saying="Go on there")


def test_nothing_is_joined_to_itself_twice_without_reason_or_when_nobody_is_left() -> None:
    closed = _join(OTHER)(_made(*PAIR))[0]
    given(Case, *PAIR).when(_join(PAIR)).then_refused(SameCase)
    given(Case, *PAIR).when(_join([*OTHER, closed])).then_refused(CaseWasJoined)
    given(Case, *PAIR).when(_join(OTHER, " ")).then_refused(ReasonIsMissing)
    empty = _after(OTHER, _leave(EARLIER), _leave(LATER))
    given(Case, *PAIR).when(_join(empty)).then_refused(NothingToJoin)


# A ruling of a list is undone.


def _undone(case: Case, whom: Member, before: Judgement | None, **told: object) -> RulingUndone:
    return case.next(
        RulingUndone,
        by=REVIEWER,
        member=whom.idea,
        unit=whom.unit,
        programme=whom.programme,
        undone="x/2",
        canonical=FIRST.idea,
        before=before,
        reason=REASON,
        **told,
    )


def test_a_member_whose_ruling_is_undone_is_as_it_was_before() -> None:
    once = _after(PAIR, _rule(COPY, Ruling.INDEPENDENT))
    standing = _made(*once).docket.member(COPY.idea)
    assert standing is not None
    turned = _after(once, _rule(COPY), lambda case: _undone(case, COPY, standing.judged))
    assert _made(*turned).docket.member(COPY.idea) == standing
    cleared = _after(once, lambda case: _undone(case, COPY, None))
    assert _rulings(_made(*cleared)) == {}
    assert _state(_made(*cleared)) is DocketState.OPEN


def test_what_was_asked_before_the_list_is_asked_again() -> None:
    ruled = _after(PAIR, _rule(COPY))
    asked = _after(ruled, lambda case: _undone(case, COPY, None, asked_again=True))
    assert _state(_made(*asked)) is DocketState.REOPENED


# Whatever happens, in whatever order.

NAMES = ["first", "copy", "another", "fourth", "fifth"]
PEOPLE = {name: member(name, 10 * (n + 1)) for n, name in enumerate(NAMES)}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rule", "rule", "choose", "leave", "exclude", "split", "join", "flag"]),
        st.integers(0, 3),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
        st.sampled_from(list(Ruling)),
    ),
    max_size=14,
)


def _stepped(
    cases: Sequence[Case], what: str, which: int, names: Sequence[str], ruling: Ruling
) -> Sequence[Event]:
    case = cases[which % len(cases)]
    whom = PEOPLE[names[0]]
    match what:
        case "rule":
            return [case.rule(whom.idea, ruling, reason=REASON, by=REVIEWER)]
        case "choose":
            return [case.choose_canonical(whom.idea, reason=REASON, by=REVIEWER)]
        case "leave":
            return case.leave(whom.idea, by=KEEPER)
        case "exclude":
            return exclude(case, whom.idea, reason=REASON, by=REVIEWER)
        case "split":
            return split(case, [PEOPLE[n].idea for n in names], reason=REASON, by=REVIEWER)
        case "join":
            other = cases[(which + len(names)) % len(cases)]
            return join(case, other, reason=REASON, by=REVIEWER)
        case _:
            if any(whom.idea in _here(c) for c in cases if c.docket.joined_into is None):
                return []
            return case.join(flag(whom, PEOPLE["first"]), whom, by=KEEPER)


@examples(STEPS)
def test_cases_keep_their_promises_whatever_people_do(
    steps: list[tuple[str, int, list[str], Ruling]],
) -> None:
    streams: dict[UUID, list[Event]] = {}
    for event in _opened(*PEOPLE.values()):
        streams.setdefault(event.originator_id, []).append(event)
    for step in steps:
        try:
            came = _stepped([_made(*events) for events in streams.values()], *step)
        except Refusal:
            continue
        for event in came:
            streams.setdefault(event.originator_id, []).append(event)
        cases = [_made(*events) for events in streams.values()]
        everywhere = [m for case in cases if case.docket.joined_into is None for m in _here(case)]
        assert len(everywhere) == len(set(everywhere)), "an idea is in one case at most"
        for case in cases:
            _keeps_its_promises(case)
    for events in streams.values():
        assert [e.originator_version for e in events] == list(range(1, len(events) + 1))


def _keeps_its_promises(case: Case) -> None:
    docket: Docket = case.docket
    here = _here(case)
    assert (docket.canonical in here) if here else docket.canonical is None
    if docket.joined_into is not None:
        return
    for standing in docket.members:
        if standing.leaves_net and not standing.left:
            # Whoever a person took out of net, a person can bring back.
            back = case.rule(standing.member.idea, Ruling.NOT_DUPLICATE, reason=REASON, by=REVIEWER)
            assert back.canonical != standing.member.idea
        if standing.taken_out:
            assert standing.ruling is None
    if docket.state is DocketState.RULED and len(here) > 1:
        assert all(
            m.ruling is not None
            for m in docket.members
            if not m.left and m.member.idea != docket.canonical
        )

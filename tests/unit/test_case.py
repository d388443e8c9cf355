"""What a reviewer may do in a case, and what a case makes of what happens to its members (domain section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from services.dedup.case import (
    CanonicalIsNotRuled,
    Case,
    CaseIsMoot,
    NotInCase,
    ReasonIsMissing,
    case_id,
)
from services.dedup.flag import RESCORER
from shared.docket import Docket, DocketState
from shared.errors import Conflict, Refusal
from shared.events.case import (
    CanonicalChosen,
    CaseOpened,
    CaseReopened,
    MemberChanged,
    MemberJoined,
    MemberLeft,
    MemberRuled,
)
from shared.events.matching import FlagRaised
from shared.ledger.model import Event, fold
from shared.vocabulary import Band, Ineligible, Member, Ruling
from tests.gwt import given
from tests.suspects import KEEPER, REVIEWER, flag, idea, member

FIRST = member("first", 10)
COPY = member("copy", 20, unit="bk-nr-02")
ANOTHER = member("another", 30)
STRANGER = idea("stranger")
REASON = "Cùng một quy trình, nộp sau."

OPENED = Case.open(flag(COPY, FIRST), by=KEEPER)


def _made(*events: Event) -> Case:
    return fold(Case, events)


def _after(
    events: Sequence[Event], *commands: Callable[[Case], Event | list[Event]]
) -> list[Event]:
    """The events, and those of further commands, each given to the case as it then is."""
    made = list(events)
    for command in commands:
        came = command(_made(*made))
        made += [came] if isinstance(came, Event) else came
    return made


def _rule(
    whom: UUID = COPY.idea, ruling: Ruling = Ruling.DUPLICATE_IN_UNIT, reason: str = REASON
) -> Callable[[Case], MemberRuled]:
    return lambda case: case.rule(whom, ruling, reason=reason, by=REVIEWER)


def _join(newcomer: Member, of: Member = FIRST, **told: object) -> Callable[[Case], list[Event]]:
    raised = flag(newcomer, of).model_copy(update=told)
    return lambda case: case.join(raised, newcomer, by=KEEPER)


def _leave(whom: UUID) -> Callable[[Case], list[Event]]:
    return lambda case: case.leave(whom, by=KEEPER)


def _change(changed: Member, *, text_changed: bool = False) -> Callable[[Case], list[Event]]:
    return lambda case: case.change(changed, text_changed=text_changed, by=KEEPER)


def _state(case: Case) -> DocketState:
    return case.docket.state


def _canonical(case: Case) -> UUID | None:
    return case.docket.canonical


def _rulings(case: Case) -> dict[UUID, Ruling]:
    return case.docket.rulings()


RULED = _after([OPENED], _rule())
FOUND_DISTINCT = _after([OPENED], _rule(ruling=Ruling.INDEPENDENT))


# A case comes of a flag.


def test_a_flag_opens_a_case_named_by_its_first_idea() -> None:
    (
        given(Case)
        .when(lambda kind: kind.open(flag(COPY, FIRST, score=0.81), by=KEEPER))
        .then(
            CaseOpened,
            originator_id=case_id(FIRST.idea),
            members=(FIRST, COPY),
            band=Band.NEAR,
            score=0.81,
        )
        .so_that(_state, DocketState.OPEN)
    )


def test_a_further_copy_joins_the_case_and_is_still_to_be_judged() -> None:
    (
        given(Case, *RULED)
        .when(_join(ANOTHER))
        .then(MemberJoined, member=ANOTHER, of=FIRST.idea)
        .then_nothing_else()
        .so_that(_state, DocketState.OPEN)
    )


def test_a_case_is_as_alarming_as_its_strongest_flag() -> None:
    exact = flag(ANOTHER, FIRST, band=Band.EXACT, score=0.99)
    (
        given(Case, OPENED)
        .when(lambda case: case.join(exact, ANOTHER, by=KEEPER))
        .then(MemberJoined, flag=exact.originator_id)
        .so_that(lambda case: (case.docket.band, case.docket.score), (Band.EXACT, 0.99))
    )


def test_a_second_flag_between_members_changes_nothing() -> None:
    (
        given(Case, *_after([OPENED], _join(ANOTHER)))
        .when(_join(ANOTHER, of=COPY))
        .then_nothing_else()
    )


# A person rules.


def test_a_member_is_judged_against_the_canonical_and_the_case_is_decided() -> None:
    (
        given(Case, OPENED)
        .when(_rule())
        .then(
            MemberRuled,
            member=COPY.idea,
            canonical=FIRST.idea,
            ruling=Ruling.DUPLICATE_IN_UNIT,
            reason=REASON,
            by=REVIEWER,
            unit=COPY.unit,
            programme=COPY.programme,
        )
        .so_that(_state, DocketState.RULED)
    )


def test_a_ruling_is_true_from_when_the_member_was_filed() -> None:
    given(Case, OPENED).when(_rule()).then(MemberRuled, effective=COPY.filed_at)


def test_a_ruling_keeps_the_solutions_that_were_judged() -> None:
    (
        given(Case, OPENED)
        .when(_rule())
        .then(
            MemberRuled,
            member_solution=COPY.solution_hash,
            canonical_solution=FIRST.solution_hash,
        )
    )


def test_the_canonical_is_what_the_others_are_judged_against_and_not_judged_itself() -> None:
    (
        given(Case, OPENED)
        .when(_rule(FIRST.idea))
        .then_refused(CanonicalIsNotRuled, saying="Choose another canonical first")
    )


def test_a_stranger_to_the_case_cannot_be_ruled_on() -> None:
    (
        given(Case, OPENED)
        .when(_rule(STRANGER))
        .then_refused(NotInCase, saying="is not a member of case")
    )


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_a_ruling_goes_to_the_author_in_writing_and_so_has_a_reason(reason: str) -> None:
    (
        given(Case, OPENED)
        .when(_rule(reason=reason))
        .then_refused(ReasonIsMissing, saying="Give a reason")
    )


def test_a_ruling_is_turned_by_another_and_both_stay_on_record() -> None:
    turned = _after(RULED, _rule(ruling=Ruling.NOT_DUPLICATE, reason="Khác quy trình."))
    rulings = [event.ruling for event in turned if isinstance(event, MemberRuled)]
    assert rulings == [Ruling.DUPLICATE_IN_UNIT, Ruling.NOT_DUPLICATE]
    assert _made(*turned).docket.ruling(COPY.idea) is Ruling.NOT_DUPLICATE


def test_a_case_is_open_until_everybody_but_the_canonical_is_judged() -> None:
    three = _after([OPENED], _join(ANOTHER))
    assert _state(_made(*_after(three, _rule()))) is DocketState.OPEN
    assert _state(_made(*_after(three, _rule(), _rule(ANOTHER.idea)))) is DocketState.RULED


@pytest.mark.parametrize(
    ("ruling", "leaves"),
    [
        (Ruling.DUPLICATE_IN_UNIT, True),
        (Ruling.RE_ENTRY, True),
        (Ruling.CO_AUTHOR_COPY, True),
        (Ruling.EARLIER_PROGRAMME, True),
        (Ruling.COPIED, True),
        (Ruling.TEMPLATE_ONLY, False),
        (Ruling.INDEPENDENT, False),
        (Ruling.NOT_DUPLICATE, False),
    ],
)
def test_a_ruling_either_takes_the_idea_out_of_net_or_keeps_the_pair_apart(
    ruling: Ruling, leaves: bool
) -> None:
    assert (ruling.leaves_net, ruling.distinct) == (leaves, not leaves)
    given(Case, OPENED).when(_rule(ruling=ruling)).then(MemberRuled, ruling=ruling)


# Who is the canonical.


def test_the_canonical_is_the_earliest_priority_though_it_arrived_later() -> None:
    """Crossed dates: the later arrival was applied before the other was filed."""
    crossed = member("crossed", 40, applied=5)
    (
        given(Case, OPENED)
        .when(_join(crossed))
        .then(MemberJoined, member=crossed)
        .so_that(_canonical, crossed.idea)
    )


def test_between_equal_priorities_the_position_decides() -> None:
    twin = member("twin", 11, filed=10)
    (
        given(Case)
        .when(lambda kind: kind.open(flag(twin, FIRST), by=KEEPER))
        .then(CaseOpened)
        .so_that(_canonical, FIRST.idea)
    )


def test_an_ineligible_declaration_is_passed_over_as_canonical() -> None:
    before_window = member("early", 5, ineligible=(Ineligible.APPLIED_BEFORE_WINDOW,))
    (
        given(Case)
        .when(lambda kind: kind.open(flag(COPY, before_window), by=KEEPER))
        .then(CaseOpened)
        .so_that(_canonical, COPY.idea)
    )


def test_where_nobody_is_eligible_the_earliest_is_the_canonical_all_the_same() -> None:
    one = member("one", 5, ineligible=(Ineligible.NOT_APPLIED,))
    other = member("other", 6, ineligible=(Ineligible.NOT_APPLIED,))
    (
        given(Case)
        .when(lambda kind: kind.open(flag(other, one), by=KEEPER))
        .then(CaseOpened)
        .so_that(_canonical, one.idea)
    )


def test_a_reviewer_may_put_another_first_with_a_reason() -> None:
    (
        given(Case, OPENED)
        .when(lambda case: case.choose_canonical(COPY.idea, reason=REASON, by=REVIEWER))
        .then(CanonicalChosen, member=COPY.idea, reason=REASON)
        .so_that(_canonical, COPY.idea)
    )


def test_what_was_the_canonical_is_judged_once_another_is_chosen() -> None:
    chosen = _after(
        [OPENED], lambda case: case.choose_canonical(COPY.idea, reason=REASON, by=REVIEWER)
    )
    (
        given(Case, *chosen)
        .when(_rule(FIRST.idea))
        .then(MemberRuled, member=FIRST.idea, canonical=COPY.idea)
        .so_that(_state, DocketState.RULED)
    )


def test_choosing_a_canonical_needs_a_reason() -> None:
    (
        given(Case, OPENED)
        .when(lambda case: case.choose_canonical(COPY.idea, reason=" ", by=REVIEWER))
        .then_refused(ReasonIsMissing)
    )


def test_the_canonical_is_not_chosen_twice() -> None:
    (
        given(Case, OPENED)
        .when(lambda case: case.choose_canonical(FIRST.idea, reason=REASON, by=REVIEWER))
        .then_refused(Conflict, saying="is the canonical already")
    )


def test_a_stranger_is_not_chosen_as_canonical() -> None:
    (
        given(Case, OPENED)
        .when(lambda case: case.choose_canonical(STRANGER, reason=REASON, by=REVIEWER))
        .then_refused(NotInCase)
    )


def test_a_canonical_chosen_and_then_withdrawn_gives_way_to_the_earliest() -> None:
    three = _after(
        [OPENED],
        _join(ANOTHER),
        lambda case: case.choose_canonical(ANOTHER.idea, reason=REASON, by=REVIEWER),
        _leave(ANOTHER.idea),
    )
    assert _canonical(_made(*three)) == FIRST.idea


def test_a_copy_chosen_as_canonical_can_be_brought_back_into_net() -> None:
    """It was judged against what was first then, and that ruling can be turned like any other."""
    chosen = _after(
        RULED, lambda case: case.choose_canonical(COPY.idea, reason=REASON, by=REVIEWER)
    )
    (
        given(Case, *chosen)
        .when(_rule(ruling=Ruling.NOT_DUPLICATE))
        .then(MemberRuled, member=COPY.idea, canonical=FIRST.idea)
        .so_that(_rulings, {COPY.idea: Ruling.NOT_DUPLICATE})
    )


# When the canonical goes or no longer counts.


def test_a_withdrawn_canonical_reopens_the_case_while_its_copies_stay_out() -> None:
    (
        given(Case, *_after([OPENED], _join(ANOTHER), _rule(), _rule(ANOTHER.idea)))
        .when(_leave(FIRST.idea))
        .then(MemberLeft, member=FIRST.idea, moot=False)
        .then(CaseReopened, reason="the canonical was withdrawn", member=None)
        .then_nothing_else()
        .so_that(_state, DocketState.REOPENED)
        .so_that(
            _rulings,
            {COPY.idea: Ruling.DUPLICATE_IN_UNIT, ANOTHER.idea: Ruling.DUPLICATE_IN_UNIT},
        )
    )


def test_a_canonical_that_becomes_ineligible_reopens_the_case_while_its_copies_stay_out() -> None:
    ineligible = FIRST.model_copy(update={"ineligible": (Ineligible.APPLIED_BEFORE_WINDOW,)})
    (
        given(Case, *RULED)
        .when(_change(ineligible))
        .then(MemberChanged, member=ineligible, text_changed=False)
        .then(CaseReopened, reason="the canonical became ineligible")
        .so_that(_state, DocketState.REOPENED)
        .so_that(_canonical, COPY.idea)
        .so_that(_rulings, {COPY.idea: Ruling.DUPLICATE_IN_UNIT})
    )


def test_a_case_on_which_nobody_ruled_stays_open_when_its_canonical_becomes_ineligible() -> None:
    ineligible = FIRST.model_copy(update={"ineligible": (Ineligible.NOT_APPLIED,)})
    (
        given(Case, OPENED)
        .when(_change(ineligible))
        .then(MemberChanged)
        .then_nothing_else()
        .so_that(_state, DocketState.OPEN)
    )


def test_another_member_becoming_ineligible_reopens_nothing() -> None:
    ineligible = COPY.model_copy(update={"ineligible": (Ineligible.NOT_APPLIED,)})
    (
        given(Case, *RULED)
        .when(_change(ineligible))
        .then(MemberChanged)
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


def test_a_reopened_case_is_settled_when_all_are_judged_against_the_new_canonical() -> None:
    reopened = _after([OPENED], _join(ANOTHER), _rule(), _rule(ANOTHER.idea), _leave(FIRST.idea))
    (
        given(Case, *reopened)
        .when(_rule(ANOTHER.idea, Ruling.NOT_DUPLICATE))
        .then(MemberRuled, canonical=COPY.idea)
        .so_that(_state, DocketState.RULED)
    )


def test_the_last_copy_of_a_withdrawn_canonical_can_be_brought_back_into_net() -> None:
    (
        given(Case, *_after(RULED, _leave(FIRST.idea)))
        .when(_rule(ruling=Ruling.NOT_DUPLICATE))
        .then(MemberRuled, member=COPY.idea, canonical=FIRST.idea)
        .so_that(_state, DocketState.RULED)
        .so_that(_rulings, {COPY.idea: Ruling.NOT_DUPLICATE})
    )


def test_a_copy_left_alone_after_a_reopening_can_still_be_judged() -> None:
    alone = _after([OPENED], _rule(), _join(ANOTHER), _leave(FIRST.idea), _leave(ANOTHER.idea))
    (
        given(Case, *alone)
        .when(_rule(ruling=Ruling.NOT_DUPLICATE))
        .then(MemberRuled, member=COPY.idea)
        .so_that(_state, DocketState.RULED)
    )


# When a member withdraws.


@pytest.mark.parametrize("whom", [FIRST.idea, COPY.idea])
def test_an_open_case_with_one_member_left_is_moot(whom: UUID) -> None:
    (
        given(Case, OPENED)
        .when(_leave(whom))
        .then(MemberLeft, member=whom, moot=True)
        .then_nothing_else()
        .so_that(_state, DocketState.MOOT)
    )


def test_nothing_is_ruled_in_a_moot_case() -> None:
    (
        given(Case, *_after([OPENED], _leave(FIRST.idea)))
        .when(_rule())
        .then_refused(CaseIsMoot, saying="fewer than two of its members still stand")
    )


def test_a_moot_case_is_open_again_when_a_further_copy_comes() -> None:
    (
        given(Case, *_after([OPENED], _leave(COPY.idea)))
        .when(_join(ANOTHER))
        .then(MemberJoined)
        .so_that(_state, DocketState.OPEN)
    )


def test_a_decided_case_stays_decided_when_its_copy_is_withdrawn() -> None:
    (
        given(Case, *RULED)
        .when(_leave(COPY.idea))
        .then(MemberLeft, moot=False)
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


def test_a_decided_case_that_everybody_left_asks_nobody() -> None:
    (
        given(Case, *_after(RULED, _leave(COPY.idea)))
        .when(_leave(FIRST.idea))
        .then(MemberLeft, member=FIRST.idea)
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


def test_a_case_of_three_stays_open_when_one_is_withdrawn() -> None:
    (
        given(Case, *_after([OPENED], _join(ANOTHER)))
        .when(_leave(FIRST.idea))
        .then(MemberLeft, moot=False)
        .then_nothing_else()
        .so_that(_state, DocketState.OPEN)
        .so_that(_canonical, COPY.idea)
    )


def test_who_was_withdrawn_cannot_be_ruled_on() -> None:
    three = _after([OPENED], _join(ANOTHER), _leave(COPY.idea))
    given(Case, *three).when(_rule()).then_refused(NotInCase)


@pytest.mark.parametrize("whom", [COPY.idea, STRANGER])
def test_who_has_left_or_was_never_here_does_not_leave(whom: UUID) -> None:
    given(Case, *_after([OPENED], _leave(COPY.idea))).when(_leave(whom)).then_nothing_else()


def test_who_was_withdrawn_does_not_come_back_by_an_old_flag() -> None:
    three = _after([OPENED], _join(ANOTHER), _leave(COPY.idea))
    given(Case, *three).when(_join(COPY, of=ANOTHER)).then_nothing_else()


def test_who_was_withdrawn_after_a_ruling_is_not_asked_about_any_more() -> None:
    left = _after(RULED, _join(ANOTHER), _leave(COPY.idea))
    again = _second_flag(COPY, FIRST)
    (given(Case, *left).when(lambda case: case.join(again, COPY, by=KEEPER)).then_nothing_else())


# When a member's text changes.


def test_an_open_case_stays_open_and_says_that_a_text_changed() -> None:
    amended = COPY.model_copy(update={"solution_hash": "another"})
    (
        given(Case, OPENED)
        .when(_change(amended, text_changed=True))
        .then(MemberChanged, text_changed=True)
        .then_nothing_else()
        .so_that(_state, DocketState.OPEN)
        .so_that(lambda case: _mark(case, COPY.idea), True)
    )


def _mark(case: Case, whom: UUID) -> bool:
    standing = case.docket.member(whom)
    assert standing is not None
    return standing.text_changed


def test_the_mark_stays_through_other_changes_until_a_person_rules() -> None:
    amended = COPY.model_copy(update={"solution_hash": "another"})
    rerouted = amended.model_copy(update={"unit": "bk-nr-09"})
    changed = _after([OPENED], _change(amended, text_changed=True), _change(rerouted))
    assert _mark(_made(*changed), COPY.idea)
    assert not _mark(_made(*_after(changed, _rule())), COPY.idea)


def test_a_rerouted_member_is_ruled_on_in_its_new_unit() -> None:
    rerouted = COPY.model_copy(update={"unit": "bk-nr-09"})
    (
        given(Case, *_after([OPENED], _change(rerouted)))
        .when(_rule())
        .then(MemberRuled, unit="bk-nr-09")
    )


def test_what_becomes_of_a_stranger_or_of_who_left_changes_nothing() -> None:
    left = _after([OPENED], _leave(COPY.idea))
    given(Case, *left).when(_change(COPY, text_changed=True)).then_nothing_else()
    given(Case, *left).when(_change(ANOTHER, text_changed=True)).then_nothing_else()


def test_a_distinct_holds_while_the_solution_is_the_same() -> None:
    retitled = COPY.model_copy(update={"priority": COPY.priority})
    (
        given(Case, *FOUND_DISTINCT)
        .when(_change(retitled))
        .then(MemberChanged)
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


def test_a_distinct_whose_solution_changed_is_put_to_a_person_and_stands_meanwhile() -> None:
    amended = COPY.model_copy(update={"solution_hash": "another"})
    (
        given(Case, *FOUND_DISTINCT)
        .when(_change(amended, text_changed=True))
        .then(MemberChanged, text_changed=True)
        .then(
            CaseReopened,
            member=COPY.idea,
            reason="the solution ruled distinct was amended",
        )
        .so_that(_state, DocketState.REOPENED)
        .so_that(_rulings, {COPY.idea: Ruling.INDEPENDENT})
    )


def test_a_copy_ruled_out_is_not_asked_about_because_its_text_changed() -> None:
    amended = COPY.model_copy(update={"solution_hash": "another"})
    (
        given(Case, *RULED)
        .when(_change(amended, text_changed=True))
        .then(MemberChanged, text_changed=True)
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


def _second_flag(later: Member, of: Member, *, raised_by: str = "matcher") -> FlagRaised:
    return flag(later, of, version=2, raised_by=raised_by)


def test_a_ruled_member_is_asked_about_when_its_amended_text_is_flagged() -> None:
    again = _second_flag(COPY, FIRST)
    (
        given(Case, *RULED)
        .when(lambda case: case.join(again, COPY, by=KEEPER))
        .then(CaseReopened, member=COPY.idea)
        .then_nothing_else()
        .so_that(_state, DocketState.REOPENED)
        .so_that(_rulings, {COPY.idea: Ruling.DUPLICATE_IN_UNIT})
    )


def test_a_ruled_member_is_asked_about_when_its_canonical_was_amended_and_is_flagged() -> None:
    again = _second_flag(FIRST, COPY)
    (
        given(Case, *RULED)
        .when(lambda case: case.join(again, COPY, by=KEEPER))
        .then(CaseReopened, member=COPY.idea)
    )


def test_a_ruled_member_is_left_in_peace_when_some_third_text_was_amended() -> None:
    three = _after(RULED, _join(ANOTHER))
    again = _second_flag(ANOTHER, COPY)
    (given(Case, *three).when(lambda case: case.join(again, COPY, by=KEEPER)).then_nothing_else())


def test_several_flags_of_one_amendment_ask_once() -> None:
    again = _second_flag(COPY, FIRST)
    asked = _after(RULED, lambda case: case.join(again, COPY, by=KEEPER))
    (given(Case, *asked).when(lambda case: case.join(again, COPY, by=KEEPER)).then_nothing_else())


def test_a_rescoring_reopens_nothing() -> None:
    again = _second_flag(COPY, FIRST, raised_by=RESCORER)
    (
        given(Case, *RULED)
        .when(lambda case: case.join(again, COPY, rescored=True, by=KEEPER))
        .then_nothing_else()
        .so_that(_state, DocketState.RULED)
    )


# Whatever happens, in whatever order.

NAMES = ["first", "copy", "another", "fourth"]
PEOPLE = {name: member(name, 10 * (n + 1)) for n, name in enumerate(NAMES)}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["join", "rule", "choose", "leave", "amend", "ineligible", "eligible"]),
        st.sampled_from(NAMES),
        st.sampled_from(list(Ruling)),
    ),
    max_size=12,
)


def _stepped(case: Case, what: str, name: str, ruling: Ruling) -> Event | list[Event]:
    whom = PEOPLE[name]
    known = case.docket.member(whom.idea)
    now = known.member if known is not None else whom
    match what:
        case "join":
            return case.join(flag(whom, PEOPLE["first"]), whom, by=KEEPER)
        case "rule":
            return case.rule(whom.idea, ruling, reason=REASON, by=REVIEWER)
        case "choose":
            return case.choose_canonical(whom.idea, reason=REASON, by=REVIEWER)
        case "leave":
            return case.leave(whom.idea, by=KEEPER)
        case "amend":
            amended = now.model_copy(update={"solution_hash": now.solution_hash + "!"})
            return case.change(amended, text_changed=True, by=KEEPER)
        case _:
            reasons = (Ineligible.NOT_APPLIED,) if what == "ineligible" else ()
            changed = now.model_copy(update={"ineligible": reasons})
            return case.change(changed, text_changed=False, by=KEEPER)


@examples(STEPS)
def test_a_case_keeps_its_promises_whatever_happens(steps: list[tuple[str, str, Ruling]]) -> None:
    events: list[Event] = [OPENED_AMONG_FOUR]
    for step in steps:
        case = _made(*events)
        try:
            came = _stepped(case, *step)
        except Refusal:
            continue
        events += [came] if isinstance(came, Event) else came
        _keeps_its_promises(_made(*events).docket)
    assert [event.originator_version for event in events] == list(range(1, len(events) + 1))


OPENED_AMONG_FOUR = Case.open(flag(PEOPLE["copy"], PEOPLE["first"]), by=KEEPER)


def _keeps_its_promises(docket: Docket) -> None:
    present = [m.idea for m in docket.present()]
    ideas = [m.member.idea for m in docket.members]
    assert len(set(ideas)) == len(ideas)
    assert (docket.canonical in present) if present else docket.canonical is None
    out = [m for m in docket.members if m.ruling is not None and m.ruling.leaves_net]
    case = Case(id=UUID(int=1), version=1, docket=docket)
    for standing in out:
        if not standing.left:
            # Whoever a person took out of net, a person can bring back.
            back = case.rule(standing.member.idea, Ruling.NOT_DUPLICATE, reason=REASON, by=REVIEWER)
            assert back.canonical != standing.member.idea
    if docket.state is DocketState.RULED and len(present) > 1:
        assert all(
            m.ruling is not None
            for m in docket.members
            if not m.left and m.member.idea != docket.canonical
        )

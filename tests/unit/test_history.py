"""Why a number, why a rank, what changed, how far ahead, and the story of an idea: counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from services.projections.boards.lead import days_ahead, lead
from services.projections.boards.leaderboard import leaderboard
from services.projections.boards.quota import PhaseIsUnknown
from services.projections.history.causes import Cause, Portion
from services.projections.history.comparison import both_axes, compare_leaderboards, compare_quotas
from services.projections.history.organisation import Reform, organisation, organisation_difference
from services.projections.history.overtakings import (
    AgainstItself,
    NotOfThatLevel,
    Overtakings,
    overtakings,
)
from services.projections.history.reasons import Counted, Reasons, reasons
from services.projections.history.story import Story, story
from services.projections.history.timeline import IdeaIsUnknown
from services.projections.reckoning.asof import Axis, moment
from shared.cursor import after_cursor
from shared.declaration import Content
from shared.events.idea import IdeaAmended
from shared.events.organisation import HeadsCounted, UnitClosed, UnitFounded, UnitRenamed
from shared.tree import UnitIsUnknown
from shared.vocabulary import HOME, Ineligible, Level, Ruling, Sector, TargetKind, TextField, named
from tests.chronicle import authors, day
from tests.turns import Asked, History, told


@pytest.fixture
def history() -> Iterator[History]:
    with told(()) as found:
        yield found


def why(history: History, unit: str, asked: Asked | None = None, **facts: object) -> Reasons:
    return reasons(
        history.views,
        history.story.directory,
        history.ledger,
        programme="1tr",
        unit=unit,
        at=history.at(asked),
        **facts,  # type: ignore[arg-type]
    )


def portions(found: tuple[Portion, ...]) -> dict[Cause, tuple[int, int, int]]:
    """How many events, and what they come to in gross and net."""
    return {p.cause: (p.events, p.gross, p.net) for p in found}


# Why this number.


def a_spring(history: History) -> None:
    """One unit's spring: two ideas, one of them late on paper, one a copy; one that was elsewhere; one withdrawn."""
    story = history.story
    story.declare("một", "a", at=day(1), benefit=100)
    story.declare("muộn", "a", filed=day(2), at=day(10), benefit=50)
    story.declare("ba", "c", at=day(11))
    story.rule("muộn", at=day(12))
    story.reroute("ba", "b", at=day(13))
    story.withdraw("một", at=day(14))


def test_a_number_is_told_by_the_events_that_make_it(history: History) -> None:
    a_spring(history)
    found = why(history, "p1", measure=Counted.NET)
    assert [(c.idea, c.cause, c.by, c.late) for c in found.changes] == [
        ("một", Cause.DECLARED, 1, False),
        ("muộn", Cause.DECLARED, 1, True),
        ("muộn", Cause.RULED, -1, True),
        ("ba", Cause.REROUTED, 1, True),
        ("một", Cause.WITHDRAWN, -1, False),
    ]
    assert (found.total, found.next) == (1, None)
    assert portions(found.by_cause) == {
        Cause.DECLARED: (2, 2, 2),
        Cause.WITHDRAWN: (1, 0, -1),
        Cause.REROUTED: (1, 1, 1),
        Cause.RULED: (1, 0, -1),
    }
    late = found.changes[1]
    assert (late.recorded, late.effective, late.units) == (day(10), day(2), ("a",))
    assert (late.topic, late.actor, late.sender) == ("idea.declared", "cổng tỉnh", "tỉnh")


def test_a_number_is_told_as_known_then_and_as_corrected_since(history: History) -> None:
    a_spring(history)
    assert [c.idea for c in why(history, "p1", Asked(5)).changes] == ["một"]
    corrected = why(history, "p1", Asked(5, 20), measure=Counted.GROSS)
    assert [(c.idea, c.by) for c in corrected.changes] == [("một", 1), ("muộn", 1)]
    assert why(history, "p1", Asked(11.5, 20)).total == 3
    assert why(history, "p1", Asked(11.5, 12.5)).total == 2


def test_what_moves_inside_the_unit_is_no_change_of_its_number(history: History) -> None:
    history.story.declare("một", "a", at=day(1))
    history.story.reroute("một", "b", at=day(2))
    found = why(history, "p1")
    assert [(c.idea, c.cause) for c in found.changes] == [("một", Cause.DECLARED)]
    assert [(c.by, c.units) for c in why(history, "b").changes] == [(1, ("b",))]
    assert [c.by for c in why(history, "a").changes] == [1, -1]


def test_a_page_ends_where_an_event_ends_and_the_next_goes_on_from_there(history: History) -> None:
    history.story.declare_many("a", *"abcde", at=day(1))
    first = why(history, "p1", limit=2)
    assert [c.idea for c in first.changes] == ["a", "b"]
    second = why(history, "p1", limit=2, after=after_cursor(first.next))
    assert ([c.idea for c in second.changes], second.total, second.by_cause) == (
        ["c", "d"],
        None,
        (),
    )
    last = why(history, "p1", limit=2, after=after_cursor(second.next))
    assert ([c.idea for c in last.changes], last.next) == (["e"], None)


def test_a_phase_is_the_units_own(history: History) -> None:
    # The second province's first phase ends on day 50, everybody else's on day 100.
    history.story.declare("sớm", "c", at=day(49))
    history.story.declare("sau", "c", at=day(50))
    assert [c.idea for c in why(history, "p2", phase="1").changes] == ["sớm"]
    assert [c.idea for c in why(history, "vn", phase="1").changes] == ["sớm", "sau"]
    with pytest.raises(PhaseIsUnknown):
        why(history, "p2", phase="9")
    with pytest.raises(UnitIsUnknown):
        why(history, "p9")


# Why this rank.


def race(history: History, unit: str, **facts: object) -> Overtakings:
    return overtakings(
        history.views,
        history.story.directory,
        history.ledger,
        programme="1tr",
        unit=unit,
        **{"at": history.at(), "since": history.at(Asked(0)), **facts},  # type: ignore[arg-type]
    )


def test_an_overtaking_names_the_event_the_gap_and_the_rank(history: History) -> None:
    story = history.story
    story.declare_many("a", "a1", "a2", at=day(1))
    story.declare_many("c", "c1", "c2", at=day(2))
    passing = story.declare("c3", "c", at=day(3))
    found = race(history, "p2", since=history.at(Asked(2.5)))
    assert (found.rank_then, found.rank, found.count_then, found.count) == (2, 1, 2, 3)
    (one,) = found.overtakings
    assert (one.passer, one.passed, one.position, one.at) == ("p2", "p1", passing, day(3))
    assert (one.gap_before, one.gap_after, one.rank_before, one.rank_after) == (0, 1, 2, 1)
    assert [(b.idea, b.cause, b.by, b.unit) for b in one.brought_by] == [
        ("c3", Cause.DECLARED, 1, "c")
    ]
    # The same seen from who was passed.
    (seen,) = race(history, "p1", since=history.at(Asked(2.5))).overtakings
    assert (seen.passer, seen.gap_before, seen.gap_after) == ("p2", 0, 1)
    assert (seen.rank_before, seen.rank_after) == (1, 2)


def test_who_comes_back_to_a_number_does_not_pass_who_stood_there_first(history: History) -> None:
    story = history.story
    story.declare_many("c", "c1", "c2", at=day(1))
    story.declare_many("a", "a1", "a2", at=day(2))
    story.rule("c2", at=day(3))
    story.rule("c2", Ruling.INDEPENDENT, at=day(4))
    found = race(history, "p2", measure=Counted.NET, since=history.at(Asked(1.5)))
    told_ = [
        (o.passer, o.brought_by[0].cause, o.gap_before, o.gap_after) for o in found.overtakings
    ]
    # A copy found puts it behind; acquitted, it stands where it first stood, before the other came there.
    assert told_ == [("p1", Cause.RULED, 0, 1), ("p2", Cause.RULED, -1, 0)]
    assert found.rank == 1


def test_two_units_alone_and_only_units_of_the_level(history: History) -> None:
    story = history.story
    story.declare("d1", "d", at=day(1))
    story.declare_many("c", "c1", "c2", at=day(2))
    found = race(history, "p3", against="p2")
    assert [(o.passer, o.passed) for o in found.overtakings] == [("p3", "p2"), ("p2", "p3")]
    assert len(race(history, "p3").overtakings) == 3
    short = race(history, "p3", limit=1)
    assert (len(short.overtakings), short.more) == (1, 2)
    with pytest.raises(NotOfThatLevel, match="u1"):
        race(history, "u1")
    with pytest.raises(NotOfThatLevel):
        race(history, "p1", against="a")


def test_no_unit_is_held_against_itself(history: History) -> None:
    with pytest.raises(AgainstItself, match="p1"):
        race(history, "p1", against="p1")


def test_without_a_beginning_overtakings_are_told_from_before_everything(history: History) -> None:
    story = history.story
    story.declare("a1", "a", filed=day(2), at=day(5))
    for name in ("c1", "c2"):
        story.declare(name, "c", filed=day(3), at=day(6))
    for at in (history.at(), history.at(Asked(20, 20))):
        found = race(history, "p2", at=at, since=None)
        assert (found.since, found.since_position, found.count_then) == (None, 0, 0)
        assert ("p2", "p1") in [(o.passer, o.passed) for o in found.overtakings]


def test_position_0_is_before_everything_on_either_axis(history: History) -> None:
    story = history.story
    story.declare("a1", "a", at=day(2))
    history.at()
    before = moment(history.ledger, "0")
    assert before.position == 0
    assert before.instant < moment(history.ledger, "1").instant <= day(2)
    assert moment(history.ledger, "0", Axis.CORRECTED).instant == before.instant
    board = leaderboard(
        history.views,
        story.directory,
        programme="1tr",
        at=moment(history.ledger, "0", Axis.CORRECTED, day(5).isoformat()),
    )
    assert board.total == 0


def test_once_corrected_an_overtaking_is_when_it_was_true(history: History) -> None:
    story = history.story
    story.declare_many("a", "a1", "a2", at=day(5))
    story.declare_many("c", "c1", "c2", at=day(6))
    story.declare("c3", "c", filed=day(3), at=day(9))
    at = moment(history.ledger, day(20).isoformat(), Axis.CORRECTED)
    found = race(history, "p2", at=at, against="p1")
    told_ = [(o.passer, o.at, o.gap_before, o.gap_after) for o in found.overtakings]
    assert told_ == [("p2", day(3), 0, 1), ("p1", day(5), -1, 1), ("p2", day(6), -1, 1)]


# What changed.


def test_the_two_axes_differ_by_what_came_on_record_later(history: History) -> None:
    a_spring(history)
    known, corrected = both_axes(moment(history.ledger, day(5).isoformat()), history.at())
    found = compare_leaderboards(
        history.views, history.story.directory, history.ledger,
        programme="1tr", one=known, other=corrected,
    )  # fmt: skip
    (row,) = found.rows
    assert (row.unit, row.before and row.before.gross, row.after and row.after.gross) == (
        "p1",
        1,
        2,
    )
    # The idea of another unit was filed only on day 11: by day 5 it is true of nobody.
    assert portions(row.by_cause) == {Cause.DECLARED: (1, 1, 1), Cause.RULED: (1, 0, -1)}
    assert (found.before.axis, found.after.axis) == (Axis.KNOWN, Axis.CORRECTED)
    later, since = both_axes(moment(history.ledger, day(11.5).isoformat()), history.at())
    moved = compare_leaderboards(
        history.views, history.story.directory, history.ledger,
        programme="1tr", one=later, other=since,
    )  # fmt: skip
    assert {row.unit: portions(row.by_cause) for row in moved.rows} == {
        "p1": {Cause.REROUTED: (1, 1, 1), Cause.RULED: (1, 0, -1)},
        "p2": {Cause.REROUTED: (1, -1, -1)},
    }
    assert {row.unit: row.moved for row in moved.rows} == {"p1": 0, "p2": 0}


def test_a_unit_that_moved_takes_along_what_it_counts(history: History) -> None:
    history.story.declare_many("a", "a1", "a2", at=day(1))
    history.story.declare("c1", "c", at=day(1))
    history.story.move("u1", "p2", on=day(5).date())
    history.story.declare("a3", "a", at=day(6))
    one, other = (moment(history.ledger, day(on).isoformat()) for on in (2, 7))
    history.at()
    held = history.views, history.story.directory, history.ledger
    found = compare_leaderboards(*held, programme="1tr", one=one, other=other)
    assert {row.unit: portions(row.by_cause) for row in found.rows} == {
        "p2": {Cause.DECLARED: (1, 1, 1), Cause.REORGANISED: (0, 2, 2)},
        "p1": {Cause.REORGANISED: (0, -2, -2)},
    }
    assert {row.unit: row.moved for row in found.rows} == {"p2": 1, "p1": -1}
    assert portions(found.by_cause) == {Cause.DECLARED: (1, 1, 1)}
    quotas = compare_quotas(*held, programme="1tr", one=one, other=other, unit="p2")
    whole = next(row for row in quotas.rows if row.phase is None)
    assert (whole.before and whole.before.gross, whole.after and whole.after.gross) == (1, 4)
    assert portions(whole.by_cause)[Cause.REORGANISED] == (0, 2, 2)


def test_only_the_first_of_either_moment_are_compared_where_so_many_are_asked_for(
    history: History,
) -> None:
    history.story.declare_many("a", "a1", "a2", at=day(1))
    history.story.declare("c1", "c", at=day(1))
    history.story.declare_many("d", "d1", "d2", "d3", at=day(3))
    one, other = (moment(history.ledger, day(on).isoformat()) for on in (2, 4))
    history.at()
    found = compare_leaderboards(
        history.views, history.story.directory, history.ledger,
        programme="1tr", one=one, other=other, top=1,
    )  # fmt: skip
    assert [(r.unit, r.moved) for r in found.rows] == [("p3", 2), ("p1", -1)]


# Days ahead.


def test_332_days_ahead_by_the_stated_rule() -> None:
    deadline = datetime(2023, 9, 1, tzinfo=HOME)
    assert days_ahead(deadline, datetime(2022, 10, 3, 15, 34, tzinfo=HOME)) == 332
    assert days_ahead(deadline, deadline) == 0
    assert days_ahead(deadline, deadline + timedelta(seconds=1)) == -1
    assert days_ahead(deadline, None) is None


def test_targets_are_listed_by_the_days_ahead_of_their_own_deadlines(history: History) -> None:
    story = history.story
    # The second province's first phase ends on day 50; its targets are two ideas each.
    story.declare("c1", "c", at=day(10))
    story.declare("c2", "c", at=day(40))
    story.rule("c1", at=day(41))
    story.declare_many("a", "a1", "a2", "a3", at=day(45))
    held = history.views, history.story.directory
    found = lead(*held, programme="1tr", at=history.at())
    rows = {(r.unit, r.phase): (r.deadline, r.days_ahead, r.net_days_ahead) for r in found.rows}
    assert rows["p2", "1"] == (day(50), 10, None)
    assert rows["p1", "1"] == (day(100), 55, 55)
    assert rows["p2", None][1] == (story_end() - day(40)) // timedelta(days=1)
    assert rows["vn", None][1:] == (None, None)
    assert found.early == 4
    ahead = [r.days_ahead for r in found.rows if r.days_ahead is not None]
    assert ahead == sorted(ahead, reverse=True)
    assert [r.days_ahead for r in found.rows][-2:] == [None, None]
    early = lead(*held, programme="1tr", at=history.at(), unit="p1", phase="1", early=True)
    assert [(r.unit, r.phase, r.kind) for r in early.rows] == [("p1", "1", TargetKind.ASSIGNED)]


def story_end() -> datetime:
    return datetime(2023, 9, 1, tzinfo=day(0).tzinfo)


def test_what_is_reached_after_its_deadline_is_late_by_negative_days(history: History) -> None:
    history.story.declare("c1", "c", filed=day(10), at=day(10))
    history.story.declare("c2", "c", filed=day(20), at=day(60.5))
    held = history.views, history.story.directory
    known, corrected = (
        lead(*held, programme="1tr", at=at, unit="p2", phase="1")
        for at in (history.at(), history.at(Asked(70, 70)))
    )
    assert [(r.days_ahead, known.early) for r in known.rows] == [(-11, 0)]
    assert [(r.days_ahead, corrected.early) for r in corrected.rows] == [(30, 1)]


# The story of an idea.


def told_of(history: History, idea: str) -> Story:
    return story(history.ledger, history.views, named("idea", idea), history.at())


def test_a_story_says_what_was_changed_but_no_text_that_is_confidential(history: History) -> None:
    chronicle = history.story
    chronicle.declare(
        "một", "a", at=day(1), title="Tên cũ", benefit=10, confidential=(TextField.SOLUTION,)
    )
    chronicle.amend("một", title="Tên mới", people=2, benefit=20, at=day(3))
    declared, amended = told_of(history, "một").chapters
    assert declared.changed == ()
    assert {(f.field, f.hidden, f.before, f.after) for f in amended.changed if f.field != "confidential"} == {
        ("title", False, "Tên cũ", "Tên mới"),
        ("solution", True, None, None),
        ("benefit_vnd", False, 10, 20),
        ("authors", True, 1, 2),
    }  # fmt: skip


def test_a_text_that_is_confidential_from_now_on_is_not_told_from_before(history: History) -> None:
    chronicle = history.story
    chronicle.declare("một", "a", at=day(1), title="Công thức pha keo")
    chronicle.record(
        chronicle.next(
            IdeaAmended,
            named("idea", "một"),
            programme="1tr",
            unit="a",
            priority=day(1),
            content_hash="x",
            authors=authors(1),
            content=Content(
                title="Công thức khác", solution="Nội dung", confidential=(TextField.TITLE,)
            ),
        )
    )
    found = told_of(history, "một")
    assert [f.field for f in found.chapters[1].changed] == ["title", "confidential"]
    assert "Công thức" not in found.model_dump_json()


def test_a_story_marks_what_came_late_and_says_where_the_idea_counted_when(
    history: History,
) -> None:
    chronicle = history.story
    declared = chronicle.declare("một", "a", filed=day(2), at=day(10))
    rerouted = chronicle.reroute("một", "c", at=day(12))
    chronicle.flag("một", "một")
    chronicle.rule("một", at=day(14))
    chronicle.rule("một", Ruling.INDEPENDENT, at=day(15))
    withdrawn = chronicle.withdraw("một", at=day(20))
    found = told_of(history, "một")
    assert [c.topic for c in found.chapters] == [
        "idea.declared",
        "idea.rerouted",
        "flag.raised",
        "case.member-ruled",
        "case.member-ruled",
        "idea.withdrawn",
    ]
    assert [c.days_late for c in found.chapters] == [8, 10, 0, 12, 13, 0]
    assert [c.late for c in found.chapters] == [True, True, False, True, True, False]
    assert found.chapters[2].detail["score"] == 0.8
    assert found.chapters[3].detail["reason"] == "trùng"
    known = [(s.unit, s.gross, s.net, s.since, s.until) for s in found.known]
    assert known == [
        ("a", 1, 1, day(10), day(12)),
        ("c", 1, 1, day(12), day(14)),
        ("c", 1, 0, day(14), day(15)),
        ("c", 1, 1, day(15), day(20)),
        ("c", 1, 0, day(20), None),
    ]
    assert [s.position for s in found.known][:2] == [declared, rerouted]
    assert found.known[-1].position == withdrawn
    corrected = [(s.unit, s.gross, s.net, s.since, s.until) for s in found.corrected]
    assert corrected == [("c", 1, 1, day(2), day(20)), ("c", 1, 0, day(20), None)]


def test_a_story_is_told_as_of_a_moment(history: History) -> None:
    chronicle = history.story
    chronicle.declare("một", "a", at=day(1), ineligible=(Ineligible.NOT_RECOGNISED,))
    chronicle.recognise("một", at=day(3))
    history.at()
    then = moment(history.ledger, day(2).isoformat())
    found = story(history.ledger, history.views, named("idea", "một"), then)
    assert [c.topic for c in found.chapters] == ["idea.declared"]
    assert [(s.gross, s.net) for s in found.known] == [(1, 0)]
    assert [(s.gross, s.net) for s in told_of(history, "một").corrected] == [(1, 1)]
    with pytest.raises(IdeaIsUnknown):
        told_of(history, "không có")


# The tree as it was.


def reorganised(history: History) -> None:
    """On day 10 a unit was founded, one renamed, one moved, one merged, one closed, and one counted anew."""
    chronicle, on = history.story, day(10).date()
    chronicle.now = day(20)
    chronicle.record(
        chronicle.next(
            UnitFounded, named("unit", "e"), code="e", unit_name="Đơn vị e",
            level=Level.GRASSROOTS, parent="u1", sector=Sector.NON_STATE, valid_from=on,
        ),
        chronicle.next(
            UnitRenamed, named("unit", "a"), code="a", unit_name="Tên khác", valid_from=on
        ),
        chronicle.next(
            UnitClosed, named("unit", "b"), code="b", merged_into="a", valid_from=on
        ),
        chronicle.next(
            UnitClosed, named("unit", "d"), code="d", merged_into=None, valid_from=on
        ),
        chronicle.next(
            HeadsCounted, named("unit", "p1"), code="p1", members=2100,
            members_and_workers=4100, counted_on=on,
        ),
    )  # fmt: skip
    chronicle.move("u2", "p3", on=on)
    chronicle.cohort("cụm", "p1")


def test_the_tree_is_told_as_it_stood_on_a_day(history: History) -> None:
    reorganised(history)
    directory = history.story.directory
    then, now = (
        organisation(directory, at=moment(history.ledger, day(on).isoformat(), Axis.CORRECTED))
        for on in (5, 15)
    )
    before, after = ({row.code: row for row in board.rows} for board in (then, now))
    assert ("e" in before, "e" in after) == (False, True)
    assert (before["a"].name, after["a"].name) == ("Đơn vị a", "Tên khác")
    assert (before["u2"].parent, after["u2"].path) == ("p2", ("vn", "p3", "u2"))
    assert (after["b"].merged_into, after["b"].path[-2]) == ("a", "a")
    assert (after["d"].closed, after["d"].merged_into) == (day(10).date(), None)
    assert (before["p1"].members, after["p1"].members) == (2000, 2100)
    assert (then.open, then.closed, now.open, now.closed) == (11, 0, 10, 2)
    # On day 15 nobody knew of it yet: it all came on record on day 20.
    known = organisation(directory, at=moment(history.ledger, day(15).isoformat()))
    assert [row.code for row in known.rows] == [row.code for row in then.rows]


def test_the_tree_is_narrowed_and_read_page_by_page(history: History) -> None:
    reorganised(history)
    directory, at = history.story.directory, history.at()
    under = organisation(directory, at=at, under="p1")
    assert [row.code for row in under.rows] == ["a", "b", "e", "p1", "u1"]
    assert [r.code for r in organisation(directory, at=at, level=Level.FIRST).rows] == [
        "p1",
        "p2",
        "p3",
    ]
    (member,) = organisation(directory, at=at, cohort="cụm").rows
    assert (member.code, member.cohorts) == ("p1", ("cụm",))
    first = organisation(directory, at=at, under="p1", limit=3)
    assert [r.code for r in first.rows] == ["a", "b", "e"]
    rest = organisation(directory, at=at, under="p1", limit=3, begin=after_cursor(first.next))
    assert ([r.code for r in rest.rows], rest.next) == (["p1", "u1"], None)
    with pytest.raises(UnitIsUnknown):
        organisation(directory, at=at, under="p9")


def test_what_changed_in_the_tree_between_two_days(history: History) -> None:
    reorganised(history)
    one, other = (moment(history.ledger, day(on).isoformat(), Axis.CORRECTED) for on in (5, 15))
    found = organisation_difference(history.story.directory, one=one, other=other)
    assert [(c.code, c.what, c.before, c.after) for c in found.changes] == [
        ("a", Reform.RENAMED, "Đơn vị a", "Tên khác"),
        ("b", Reform.MERGED, None, "a"),
        ("d", Reform.CLOSED, None, day(10).date().isoformat()),
        ("e", Reform.FOUNDED, None, "u1"),
        (
            "p1", Reform.RECOUNTED, "2000/4000 (2021-12-31)",
            f"2100/4100 ({day(10).date().isoformat()})",
        ),
        ("u2", Reform.MOVED, "p2", "p3"),
    ]  # fmt: skip
    assert (found.open_before, found.open_after) == (11, 10)
    # Since the cohort's members have belonged to it for ever, only what was known tells when it came.
    known = organisation_difference(
        history.story.directory, one=moment(history.ledger, day(15).isoformat()), other=history.at()
    )
    assert ("p1", Reform.JOINED_COHORT) in [(c.code, c.what) for c in known.changes]
    back = organisation_difference(history.story.directory, one=other, other=one)
    assert ("e", Reform.TAKEN_BACK) in [(c.code, c.what) for c in back.changes]
    of_unit = organisation_difference(history.story.directory, one=one, other=other, under="e")
    assert [c.what for c in of_unit.changes] == [Reform.FOUNDED]


def test_the_day_of_the_tree_is_counted_at_home(history: History) -> None:
    reorganised(history)
    eve = datetime(2022, 1, 17, 23, 59, tzinfo=HOME)
    assert day(10).astimezone(HOME).date() == date(2022, 1, 18)
    for at, there in ((eve, False), (eve + timedelta(minutes=1), True)):
        asked = moment(history.ledger, at.isoformat(), Axis.CORRECTED)
        rows = organisation(history.story.directory, at=asked).rows
        assert ("e" in {row.code for row in rows}) is there

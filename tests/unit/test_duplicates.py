"""Causes of duplicates: what kind of copy each idea is that is ruled one, counted by hand and from every event."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.boards.leaderboard import leaderboard
from services.projections.honesty.duplicates import CausesOfDuplicates, causes_of_duplicates
from shared.events.case import MemberRuled
from shared.events.idea import IdeaDeclared, IdeaRerouted
from shared.events.mending import MemberExcluded
from shared.vocabulary import Level, Ruling
from tests.turns import Asked, History, Turn, asked, moves, told, turns

EXAMPLES = 40
KINDS = tuple(code for code in Ruling if code.leaves_net)


def causes(history: History, when: Asked | None = None, **asked: object) -> CausesOfDuplicates:
    at = history.at(when)
    return causes_of_duplicates(
        history.views,
        history.story.directory,
        history.ledger,
        programme="1tr",
        at=at,
        **asked,  # type: ignore[arg-type]
    )


def kinds(row: object) -> dict[str, int]:
    named = (code.value.replace("-", "_") for code in KINDS)
    return {name: count for name in named if (count := getattr(row, name))}


def test_each_kind_of_copy_is_counted_where_its_idea_counts() -> None:
    with told([]) as history:
        story = history.story
        for name, unit, entered in (
            ("a1", "a", False), ("a2", "a", True), ("a3", "a", True), ("a4", "a", False),
            ("c1", "c", True), ("c2", "c", False), ("d1", "d", False),
        ):  # fmt: skip
            story.declare(name, unit, entered=entered)
        story.rule("a2", Ruling.DUPLICATE_IN_UNIT)
        story.rule("a3", Ruling.RE_ENTRY)
        story.rule("a4", Ruling.TEMPLATE_ONLY)
        story.rule("c2", Ruling.COPIED)
        story.rule("d1", Ruling.INDEPENDENT)
        board = causes(history)
        p1, p2 = board.rows
        assert (p1.unit, p1.gross, p1.duplicate, p1.duplicate_rate) == ("p1", 4, 2, 0.5)
        assert kinds(p1) == {"duplicate_in_unit": 1, "re_entry": 1}
        assert (p1.re_entry_share, p1.copied_share, p1.template_only) == (0.5, 0.0, 1)
        # Both copies were typed by a team, as were half of all declarations.
        assert (p1.entered_for_author, p1.entered_share, p1.entered_share_of_all) == (2, 1.0, 0.5)
        assert (p2.unit, kinds(p2), p2.entered_share, p2.entered_share_of_all) == (
            "p2", {"copied": 1}, 0.0, 0.5,
        )  # fmt: skip
        (everything,) = board.all
        assert (everything.gross, everything.duplicate, everything.template_only) == (7, 3, 1)
        assert everything.entered_share == 2 / 3
        # Below one unit, unit by unit.
        (a,) = causes(history, level=Level.GRASSROOTS, below="p1").rows
        assert (a.unit, a.duplicate) == ("a", 2)


def test_the_ruling_that_stands_is_counted_not_the_one_it_replaced() -> None:
    with told([]) as history:
        story = history.story
        story.declare_many("a", "one", "two", "three")
        story.open_case("one", "two", "three")
        story.rule("two", Ruling.DUPLICATE_IN_UNIT)
        before = story.ledger.head()
        story.rule("two", Ruling.CO_AUTHOR_COPY)
        story.rule("three", Ruling.COPIED)
        assert kinds(causes(history).all[0]) == {"co_author_copy": 1, "copied": 1}
        # A ruling goes along with who is taken into a case of their own, and ends with who is excluded.
        story.split("two")
        assert kinds(causes(history).all[0]) == {"co_author_copy": 1, "copied": 1}
        story.exclude("three")
        assert kinds(causes(history).all[0]) == {"co_author_copy": 1}
        history.projector.catch_up(history.ledger)
        then = causes_of_duplicates(
            history.views, story.directory, history.ledger, programme="1tr",
            at=history.at()._replace(position=before),
        )  # fmt: skip
        assert kinds(then.all[0]) == {"duplicate_in_unit": 1}


def recounted(history: History, when: Asked | None) -> dict[str, dict[str, int]]:
    """The kinds of copies by grassroots unit, from every event: what stands is the last ruling of each case."""
    at = history.at(when)
    unit: dict[UUID, str] = {}
    filed: dict[UUID, object] = {}
    ruled: dict[UUID, dict[UUID, tuple[int, Ruling]]] = {}
    for position, _, event in history.ledger.read(0, limit=10_000, to=at.position):
        match event:
            case IdeaDeclared():
                unit[event.originator_id] = event.unit
                filed[event.originator_id] = event.filed_at
            case IdeaRerouted():
                unit[event.originator_id] = event.unit
            case MemberRuled():
                ruled.setdefault(event.member, {})[event.originator_id] = (position, event.ruling)
            case MemberExcluded():
                ruled.get(event.member, {}).pop(event.originator_id, None)
            case _:
                pass
    found: dict[str, dict[str, int]] = {}
    for idea, cases in ruled.items():
        leaving = [judged for judged in cases.values() if judged[1].leaves_net]
        true_by_then = at.known_at is None or filed[idea] <= at.instant  # type: ignore[operator]
        if leaving and true_by_then:
            name = max(leaving)[1].value.replace("-", "_")
            there = found.setdefault(unit[idea], {})
            there[name] = there.get(name, 0) + 1
    return found


@settings(max_examples=EXAMPLES)
@given(turns, moves, asked, st.sampled_from(tuple(Ruling)))
def test_the_kinds_are_what_the_events_say_and_add_up_to_the_board(
    turned: list[Turn], move: tuple[str, int] | None, when: Asked, code: Ruling
) -> None:
    with told(turned, move) as history:
        if history.story.ideas:
            history.story.rule(next(iter(history.story.ideas)), code, case="another")
        for question in (None, when):
            board = causes(history, question, level=Level.GRASSROOTS)
            rows = {row.unit: kinds(row) for row in board.rows if row.duplicate}
            assert rows == recounted(history, question)
            for row in board.rows:
                assert sum(kinds(row).values()) == row.duplicate
            everybody = leaderboard(
                history.views, history.story.directory, programme="1tr",
                at=history.at(question), level=Level.GRASSROOTS, top=None,
            )  # fmt: skip
            rates = {row.unit: row.duplicate_rate for row in everybody.rows if row.duplicate_rate}
            assert {u.unit: u.duplicate_rate for u in board.rows if u.duplicate} == rates
            assert board.all[0].gross == everybody.total

"""Frozen boards: a name stands for one board, and later events never come into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from services.cli.frozen import show_frozen
from services.projections.boards.leaderboard import Measure
from services.projections.boards.ranking import Ranking
from services.projections.history.causes import Cause
from services.projections.history.frozen import (
    OF_ALL,
    OF_ROWS,
    REGISTER,
    BoardIsFrozen,
    FrozenBoardIsUnknown,
    FrozenBoards,
    ReasonMissing,
    claim,
    digest,
)
from services.projections.history.proof import FrozenBoard, frozen_board, frozen_boards
from services.projections.history.question import (
    BoardKind,
    NotAKindOfTarget,
    NotOfThisBoard,
    Options,
    Question,
)
from services.projections.reckoning.asof import Axis, Moment, moment
from services.projections.views.entries import QUOTA
from services.projections.views.projector import Projector, ViewIsBehind, Views
from shared.events.board import BoardFrozen
from shared.figures import PLAIN
from shared.ledger.store import Ledger
from shared.vocabulary import HOME, Level, Sector, TargetKind
from tests.chronicle import BY, Chronicle, day
from tests.gwt import given

AT = Moment(7, datetime(2022, 4, 20, tzinfo=UTC))
ASKED = Question.of(BoardKind.LEADERBOARD, "1tr", Options(top=3))
ROWS = [{"unit": "p1", "gross": 2}, {"unit": "p2", "gross": 1}]


def freeze(register: FrozenBoards, name: str = "quý-1", **facts: object) -> BoardFrozen:
    said = {"reason": "Xét thi đua", "by": BY, **facts}
    return register.freeze(name, ASKED, AT, ROWS, **said)  # type: ignore[arg-type]


FIRST = freeze(FrozenBoards.none())


def test_a_board_is_frozen_with_its_whole_question_its_moment_and_its_digest() -> None:
    (
        given(FrozenBoards)
        .when(lambda kind: freeze(kind.none()))
        .then(
            BoardFrozen,
            board_name="quý-1",
            board="leaderboard",
            arguments={"level": "first", "measure": "gross", "top": "3"},
            at=AT.instant,
            at_position=7,
            axis="known",
            columns=("unit", "gross"),
            rows=2,
            digest=digest(FIRST, ROWS),
            corrects=None,
        )
        .then_nothing_else()
        .so_that(lambda register: list(register.boards), ["quý-1"])
    )


def test_a_name_stands_for_one_board_for_ever() -> None:
    given(FrozenBoards, FIRST).when(freeze).then_refused(BoardIsFrozen, saying="under a new name")


def test_a_correction_has_a_name_of_its_own_and_says_what_it_corrects() -> None:
    (
        given(FrozenBoards, FIRST)
        .when(lambda register: freeze(register, "quý-1-sửa", corrects="quý-1"))
        .then(BoardFrozen, board_name="quý-1-sửa", corrects="quý-1")
        .so_that(lambda register: register.corrected_by("quý-1"), ("quý-1-sửa",))
    )


def test_what_was_never_frozen_cannot_be_corrected() -> None:
    given(FrozenBoards, FIRST).when(
        lambda register: freeze(register, "quý-2", corrects="quý-0")
    ).then_refused(FrozenBoardIsUnknown, saying="Frozen boards: quý-1")


def test_a_board_is_frozen_for_a_reason() -> None:
    given(FrozenBoards).when(lambda kind: freeze(kind.none(), reason=" ")).then_refused(
        ReasonMissing
    )


def test_a_question_takes_the_options_of_its_board_alone_and_reads_as_it_was_written() -> None:
    with pytest.raises(NotOfThisBoard, match="has no option measure"):
        Question.of(BoardKind.QUOTA, "1tr", Options(measure=Measure.NET))
    asked = Question.of(BoardKind.LEADERBOARD, "1tr", Options(measure=Measure.NET))
    assert asked.options.level is Level.FIRST
    assert Question.read(asked.board, asked.programme, asked.arguments()) == asked
    half = Question.of(BoardKind.UNDER, "1tr", Options(share=0.25))
    assert Question.read("under", "1tr", half.arguments()).options.share == 0.25


def test_a_question_of_several_levels_names_none_and_a_kind_is_the_boards_own() -> None:
    below = Question.of(BoardKind.LEADERBOARD, "1tr", Options(under="p1", kind="school"))
    assert below.ranking == Ranking(level=None, below="p1", kind="school")
    assert "level" not in below.arguments()
    mixed = Question.of(BoardKind.LEADERBOARD, "1tr", Options(cohort="cụm", mixed=True, phase="2"))
    assert mixed.ranking == Ranking(level=None, cohort="cụm", phase="2")
    for asked in (below, mixed):
        assert Question.read("leaderboard", "1tr", asked.arguments()) == asked
    of_targets = Question.of(BoardKind.QUOTA, "1tr", Options(kind="assigned"))
    assert of_targets.target_kind is TargetKind.ASSIGNED
    with pytest.raises(NotAKindOfTarget, match="There are: orientation, registered"):
        Question.of(BoardKind.LEAD, "1tr", Options(kind="school"))
    with pytest.raises(NotOfThisBoard, match="has no option sector"):
        Question.of(BoardKind.UNDER, "1tr", Options(sector=Sector.STATE))


def changed(**facts: object) -> BoardFrozen:
    return FIRST.model_copy(update=facts)


def test_a_digest_is_of_its_columns_so_that_a_board_may_gain_others() -> None:
    wider = [{**row, "net": 1} for row in ROWS]
    assert digest(FIRST, wider) == FIRST.digest
    assert digest(changed(columns=("unit", "gross", "net")), wider) != FIRST.digest
    assert digest(FIRST, ROWS[::-1]) != FIRST.digest


@pytest.mark.parametrize(
    "other",
    [
        {"board": "quota"},
        {"programme": "2tr"},
        {"arguments": {**FIRST.arguments, "level": "grassroots"}},
        {"at": AT.instant + timedelta(seconds=1)},
        {"at_position": 8},
        {"axis": "corrected"},
        {"known_at": AT.instant},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_digest_is_of_what_was_asked_as_of_when_not_of_the_rows_alone(
    other: dict[str, object],
) -> None:
    assert digest(changed(**other), ROWS) != FIRST.digest
    # The first boards were frozen with a digest of their rows alone, and stay as proven as they were.
    rows_alone = {"digest": OF_ROWS}
    assert digest(changed(**rows_alone, **other), ROWS) == digest(changed(**rows_alone), ROWS)


def test_a_digest_is_the_same_on_every_clock_and_says_what_it_is_of() -> None:
    assert digest(changed(at=AT.instant.astimezone(HOME)), ROWS) == FIRST.digest
    assert FIRST.digest.startswith(OF_ALL)
    of_rows = sha256(b'[["p1",2],["p2",1]]').hexdigest()
    assert digest(changed(digest=OF_ROWS), ROWS) == f"{OF_ROWS}{of_rows}"


def test_what_was_asked_below_a_unit_by_its_older_name_reads_as_what_is_asked_under_it() -> None:
    asked = Question.of(BoardKind.LEADERBOARD, "1tr", Options(under="p1"))
    assert asked.arguments() == {"under": "p1", "measure": "gross", "top": "10"}
    older = {"below": "p1", "measure": "gross", "top": "10"}
    assert Question.read("leaderboard", "1tr", older) == asked


class Hall:
    """Where boards are frozen and read."""

    def __init__(self, ledger: Ledger, home: Path) -> None:
        self.story = Chronicle(ledger)
        self.ledger = ledger
        self.views = Views(f"sqlite:///{home / 'views.db'}")
        self.projector = Projector(self.views, (QUOTA,))

    def freeze(
        self, name: str, asked: Question, at: str, *, tampered: bool = False, **facts: str
    ) -> None:
        self.projector.catch_up(self.ledger)
        when = moment(self.ledger, at)
        rows = asked.rows(self.views, self.story.directory, when)
        if tampered:
            rows[0] = {**rows[0], "gross": 1000}
        register = FrozenBoards.of(self.ledger)
        event = register.freeze(name, asked, when, rows, reason="Khen", by=BY, **facts)
        self.ledger.append(event, claims=[claim(event)], moments=[self.story.now])

    def read(self, name: str) -> FrozenBoard:
        self.projector.catch_up(self.ledger)
        return frozen_board(self.views, self.story.directory, self.ledger, name)


@pytest.fixture
def hall(ledger: Ledger, tmp_path: Path) -> Iterator[Hall]:
    opened = Hall(ledger, tmp_path)
    yield opened
    opened.views.close()


def test_later_events_stand_beside_a_frozen_board_and_never_in_it(hall: Hall) -> None:
    story = hall.story
    story.declare_many("a", "một", "hai", at=day(1))
    story.declare("ba", "c", at=day(2))
    hall.freeze("quý-1", ASKED, day(3).isoformat())
    before = hall.read("quý-1")
    assert [(r["unit"], r["gross"], r["net"]) for r in before.rows] == [
        ("p1", 2, 2),
        ("p2", 1, 1),
        ("p3", 0, 0),
    ]
    assert (before.since.corrections, before.since.rows, before.since.by_cause) == (0, 0, ())
    # On paper before the moment; filed after it; a copy; and an idea that was another unit's all along.
    story.declare("muộn", "d", filed=day(2), at=day(5))
    story.declare("sau", "a", at=day(6))
    story.rule("hai", at=day(7))
    story.reroute("ba", "d", at=day(8))
    after = hall.read("quý-1")
    assert (after.rows, after.proven, after.digest) == (before.rows, True, before.digest)
    assert (after.at, after.position, after.frozen_by) == (before.at, before.position, BY.name)
    assert after.frozen_at == before.frozen_at == day(2)
    told = {p.cause: (p.events, p.gross, p.net) for p in after.since.by_cause}
    assert told == {
        Cause.DECLARED: (1, 1, 1),
        Cause.RULED: (1, 0, -1),
        Cause.REROUTED: (1, 0, 0),
    }
    assert (after.since.corrections, after.since.rows) == (3, 3)


def test_the_corrections_beside_a_units_board_are_that_units(hall: Hall) -> None:
    story = hall.story
    story.target("p1", 2)
    story.target("p2", 2)
    story.declare_many("a", "một", "hai", at=day(1))
    story.declare("ba", "c", at=day(1))
    asked = Question.of(BoardKind.QUOTA, "1tr", Options(unit="p2"))
    hall.freeze("p2-quý-1", asked, day(3).isoformat())
    story.rule("hai", at=day(4))
    assert hall.read("p2-quý-1").since.corrections == 0
    story.rule("ba", at=day(5))
    assert hall.read("p2-quý-1").since.corrections == 1


def test_a_frozen_board_of_a_part_of_the_tree_or_of_a_phase_tells_only_what_would_change_it(
    hall: Hall,
) -> None:
    story = hall.story
    story.declare_many("a", "một", "hai", at=day(1))
    story.declare("ba", "c", at=day(51))
    at = day(52).isoformat()
    for name, options in (("p1", Options(under="p1")), ("hai", Options(phase="2"))):
        hall.freeze(name, Question.of(BoardKind.LEADERBOARD, "1tr", options), at)
    # In its phase of its own the second unit counts one already; everybody's begins on day 100.
    assert {row["unit"]: row["gross"] for row in hall.read("hai").rows} == {
        "p1": 0,
        "p2": 1,
        "p3": 0,
    }
    assert {row["unit"]: row["gross"] for row in hall.read("p1").rows} == {"u1": 2, "a": 2, "b": 0}
    story.rule("hai", at=day(53))
    story.rule("ba", at=day(54))
    story.declare("bốn", "d", filed=day(51), at=day(55))
    found = {name: hall.read(name).since for name in ("p1", "hai")}
    assert {name: since.corrections for name, since in found.items()} == {"p1": 1, "hai": 1}
    # That another declared more moves the shares of these, and nothing of their own.
    assert {name: since.rows for name, since in found.items()} == {"p1": 2, "hai": 1}
    assert all(hall.read(name).proven for name in found)


def test_a_board_frozen_with_a_digest_of_rows_by_an_older_name_is_proven_and_told_by_todays(
    hall: Hall,
) -> None:
    hall.story.declare_many("a", "một", "hai", at=day(1))
    asked = Question.of(BoardKind.LEADERBOARD, "1tr", Options(under="p1"))
    hall.freeze("mới", asked, day(3).isoformat())
    new = FrozenBoards.of(hall.ledger).board("mới")
    said = {("below" if name == "under" else name): to for name, to in new.arguments.items()}
    old = new.model_copy(
        update={
            "board_name": "cũ",
            "arguments": said,
            "originator_version": 2,
            "digest": OF_ROWS,
        }
    )
    rows = asked.rows(hall.views, hall.story.directory, moment(hall.ledger, day(3).isoformat()))
    old = old.model_copy(update={"digest": digest(old, rows)})
    hall.ledger.append(old, claims=[claim(old)], moments=[hall.story.now])
    found, same = hall.read("cũ"), hall.read("mới")
    assert (found.rows, found.proven) == (same.rows, True)
    assert found.arguments == same.arguments == asked.arguments()


def test_a_column_that_the_live_board_has_gained_since_is_empty_in_the_frozen_one(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    hall.story.declare_many("a", "một", "hai", at=day(1))
    hall.freeze("quý-1", ASKED, day(2).isoformat())
    found = hall.read("quý-1")
    rows = tuple({**row} for row in found.rows)
    for row in rows:
        del row["gross"]
    show_frozen(found.model_copy(update={"rows": rows}), PLAIN)
    cells = [line.split("│") for line in capsys.readouterr().out.splitlines() if "p1" in line]
    assert [cell.strip() for cell in cells[0][1:5]] == ["1", "Đơn vị p1", "–", "2"]


def test_a_board_that_does_not_come_out_as_frozen_is_an_alarm(hall: Hall) -> None:
    hall.story.declare("một", "a", at=day(1))
    hall.freeze("giả", ASKED, day(2).isoformat(), tampered=True)
    found = hall.read("giả")
    assert not found.proven
    assert found.found_digest != found.digest
    assert found.rows[0]["gross"] == 1


def test_a_board_is_proven_only_where_the_views_have_come_to_it(hall: Hall) -> None:
    hall.story.declare("một", "a", at=day(1))
    hall.freeze("quý-1", ASKED, day(2).isoformat())
    empty = Views(str(hall.views._engine.url).replace("views.db", "others.db"))
    Projector(empty, (QUOTA,))
    with pytest.raises(ViewIsBehind):
        frozen_board(empty, hall.story.directory, hall.ledger, "quý-1")
    empty.close()


def test_frozen_boards_are_listed_in_their_order_with_what_corrects_them(hall: Hall) -> None:
    hall.story.declare("một", "a", at=day(1))
    assert frozen_boards(hall.ledger).boards == ()
    hall.freeze("b", ASKED, day(2).isoformat())
    hall.freeze("a", ASKED, day(3).isoformat(), corrects="b")
    listed = frozen_boards(hall.ledger).boards
    assert [(f.name, f.corrects, f.corrected_by) for f in listed] == [
        ("b", None, ("a",)),
        ("a", "b", ()),
    ]
    assert [f.frozen_position for f in listed] == [
        r.position for r in hall.ledger.read(0, topics=["board.frozen"])
    ]
    assert {r.event.originator_id for r in hall.ledger.read(0, topics=["board.frozen"])} == {
        REGISTER
    }
    with pytest.raises(FrozenBoardIsUnknown):
        hall.read("c")


@pytest.mark.parametrize("board", BoardKind)
@pytest.mark.parametrize("axis", Axis)
def test_every_kind_of_board_can_be_frozen_on_either_axis(
    hall: Hall, board: BoardKind, axis: Axis
) -> None:
    story = hall.story
    story.target("p1", 2)
    story.target("p2", 5)
    story.declare_many("a", "một", "hai", at=day(1))
    story.declare("ba", "c", filed=day(1), at=day(4))
    hall.projector.catch_up(hall.ledger)
    known_at = day(5).isoformat() if axis is Axis.CORRECTED else None
    when = moment(hall.ledger, day(3).isoformat(), axis, known_at)
    asked = Question.of(board, "1tr", Options())
    rows = asked.rows(hall.views, story.directory, when)
    assert rows
    event = FrozenBoards.none().freeze("x", asked, when, rows, reason="Khen", by=BY)
    hall.ledger.append(event, claims=[claim(event)], moments=[story.now])
    story.declare("bốn", "c", filed=day(2), at=day(9))
    story.rule("một", at=day(9))
    found = hall.read("x")
    assert found.proven
    assert [dict(row) for row in found.rows] == rows
    assert (found.axis, found.since.corrections) == (axis, 3 if axis is Axis.KNOWN else 2)

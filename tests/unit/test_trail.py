"""The trail: what the view points to is what reading the whole record finds, however it is narrowed."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.history.titles import NoWords
from services.projections.history.trail import COLUMNS, line, table, trail, units_of
from shared.declaration import Content
from shared.errors import NotFound
from shared.events.case import CaseOpened, MemberRuled
from shared.events.idea import IdeaAmended, IdeaDeclared, IdeaRerouted
from shared.events.organisation import UnitMoved
from shared.events.programme import TargetSet
from shared.vocabulary import TextField, named
from tests.chronicle import authors, day
from tests.turns import History, Turn, moves, told, turns

EXAMPLES = 60


class Narrowed(NamedTuple):
    """What is asked for; a topic, a unit and an actor that nobody knows are among them."""

    topic: str | None
    unit: str | None
    actor: str | None
    after: int
    since: int | None
    until: int | None
    limit: int | None


narrowed = st.builds(
    Narrowed,
    st.sampled_from(
        (
            None,
            *(
                kind.TOPIC
                for kind in (
                    IdeaDeclared, IdeaRerouted, MemberRuled, CaseOpened, TargetSet, UnitMoved,
                )
            ),
        )
    ),
    st.sampled_from((None, "vn", "p1", "p2", "p3", "u1", "u3", "a", "b", "c", "d")),
    st.sampled_from((None, None, "cổng tỉnh", "không ai")),
    st.integers(0, 40),
    st.one_of(st.none(), st.integers(-1, 40)),
    st.one_of(st.none(), st.integers(-1, 40)),
    st.one_of(st.none(), st.integers(1, 5)),
)  # fmt: skip


def asked(history: History, by: Narrowed) -> Iterator[dict[str, object]]:
    return trail(
        history.ledger,
        history.story.directory,
        history.views,
        after=by.after,
        topic=by.topic,
        unit=by.unit,
        since=day(by.since) if by.since is not None else None,
        until=day(by.until) if by.until is not None else None,
        actor=by.actor,
        limit=by.limit,
    )


def read_through(history: History, by: Narrowed) -> list[dict[str, object]]:
    """The same, looked for in every event there is."""
    tree = history.story.directory.tree()
    found = []
    for recorded in history.ledger.read(0, limit=10_000):
        event = recorded.event
        within = (
            recorded.position > by.after
            and (by.since is None or recorded.recorded >= day(by.since))
            and (by.until is None or recorded.recorded <= day(by.until))
        )
        about = by.unit is None or any(
            by.unit in tree.path(code) for code in units_of(recorded, tree)
        )
        if (
            within
            and about
            and by.topic in {None, event.TOPIC}
            and by.actor in {None, event.by.name}
        ):
            found.append(line(recorded))
    return found[: by.limit]


@settings(max_examples=EXAMPLES)
@given(turns, moves, st.lists(narrowed, min_size=1, max_size=6), st.lists(turns, max_size=1))
def test_the_trail_is_what_reading_every_event_finds(
    turned: list[Turn],
    move: tuple[str, int] | None,
    questions: list[Narrowed],
    more: list[list[Turn]],
) -> None:
    """Also of what happened since the view was last brought up to date, and where cases hold many units."""
    with told(turned, move) as history:
        story = history.story
        if len(story.ideas) > 1:
            story.open_case(*story.ideas, case="all")
            story.flag(*list(story.ideas)[:2])
            if len(story.ideas) > 2:
                story.split(*list(story.ideas)[1:], case="all")
        history.projector.catch_up(history.ledger)
        for turn in more[0] if more else ():
            history.take(turn, f"later {story.ledger.head()}")
        for by in questions:
            assert list(asked(history, by)) == read_through(history, by)


def test_an_event_about_more_than_two_units_is_found_by_each_of_them() -> None:
    with told([Turn("declare", 1, where, 1, 0) for where in range(4)]) as history:
        opened = history.story.open_case(*history.story.ideas)
        history.projector.catch_up(history.ledger)
        everything = Narrowed(CaseOpened.TOPIC, None, None, 0, None, None, None)
        for unit in ("a", "b", "c", "d", "p3", "vn"):
            (found,) = asked(history, everything._replace(unit=unit))
            assert found["position"] == opened


def test_a_page_reads_on_where_the_last_one_ended() -> None:
    with told([Turn("declare", 1, n % 4, 1, 0) for n in range(30)]) as history:
        whole = Narrowed(IdeaDeclared.TOPIC, "p1", None, 0, None, None, None)
        expected = [event["position"] for event in asked(history, whole)]
        assert len(expected) == 16
        found: list[object] = []
        while page := list(
            asked(history, whole._replace(after=int(str(found[-1])) if found else 0, limit=3))
        ):
            found += [event["position"] for event in page]
        assert found == expected


def test_a_unit_that_is_not_in_the_tree_is_refused() -> None:
    with told([]) as history, pytest.raises(NotFound):
        list(asked(history, Narrowed(None, "x9", None, 0, None, None, None)))


def test_a_file_of_events_says_what_the_lines_say_and_nothing_in_it_acts() -> None:
    with told([Turn("declare", 1, 0, 1, 0)]) as history:
        story = history.story
        story.declare("=1+1", "b", at=story.now + timedelta(days=1))
        events = list(trail(history.ledger, story.directory, history.views, unit="b"))
        text = io.StringIO(newline="")
        assert table(events, text) == len(events) == 2
        header, *rows = csv.reader(io.StringIO(text.getvalue(), newline=""))
        assert tuple(header) == COLUMNS == tuple(events[0])
        for row, event in zip(rows, events, strict=True):
            cells = dict(zip(header, row, strict=True))
            assert json.loads(cells["facts"]) == event["facts"]
            assert int(cells["position"]) == event["position"]
            assert datetime.fromisoformat(cells["recorded"]).isoformat() == event["recorded"]
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def titled(history: History, words: str, **facts: object) -> list[str]:
    """The ideas and versions of the events whose title holds these words."""
    found = trail(
        history.ledger, history.story.directory, history.views, title=words, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    names = {str(named("idea", name)): name for name in history.story.ideas}
    return [f"{names[str(event['id'])]} {event['version']}" for event in found]


def test_events_are_found_by_words_of_the_title_with_or_without_diacritics() -> None:
    with told([]) as history:
        story = history.story
        story.declare("một", "a", title="Cải tiến máy cắt vải tự động", at=day(1))
        story.declare("hai", "c", title="Máy  CẮT-CỎ chạy điện", at=day(2))
        story.declare("ba", "c", title="May mặc: cắt giảm hao hụt", at=day(3))
        story.declare(
            "kín", "a", title="Máy cắt bí mật", at=day(4), confidential=(TextField.TITLE,)
        )
        story.amend("ba", title="Cắt giảm hao hụt vải", at=day(5))
        for caught_up in (False, True):
            if caught_up:
                history.at()
            assert titled(history, "máy cắt") == ["một 1", "hai 1"]
            assert titled(history, "CẮT máy") == ["một 1", "hai 1"]
            assert titled(history, "may cat") == ["một 1", "hai 1", "ba 1"]
            assert titled(history, "cat, vai") == ["một 1", "ba 2"]
            assert titled(history, "dien") == ["hai 1"]
            # Words are whole, and all are wanted.
            assert titled(history, "ca") == titled(history, "máy vườn") == []
            assert titled(history, "may cat", unit="p2") == ["hai 1", "ba 1"]
            assert titled(history, "may cat", topic=IdeaAmended.TOPIC) == []
            assert titled(history, "cat", topic=IdeaAmended.TOPIC) == ["ba 2"]
            assert titled(history, "may cat", until=day(2)) == ["một 1", "hai 1"]
            assert titled(history, "may cat", limit=1) == ["một 1"]
            first = story.ideas["một"]
            assert titled(history, "may cat", after=first, to=first + 1) == ["hai 1"]
        decomposed = unicodedata.normalize("NFD", "máy cắt vải")
        assert titled(history, decomposed) == ["một 1"]
        for nothing in ("", " ,.- ", " ".join(f"từ{n}" for n in range(21))):
            with pytest.raises(NoWords):
                titled(history, nothing)


def test_a_title_that_is_confidential_by_now_is_not_found_in_what_was_said_before() -> None:
    with told([]) as history:
        story = history.story
        story.declare("một", "a", title="Máy cắt vải", at=day(1))
        history.at()
        assert titled(history, "máy cắt") == ["một 1"]
        amended = story.next(
            IdeaAmended,
            named("idea", "một"),
            programme="1tr",
            unit="a",
            priority=day(1),
            content_hash="kín",
            authors=authors(1),
            content=Content(title="Máy cắt vải", solution="x", confidential=(TextField.TITLE,)),
        )
        story.record(amended, at=day(2))
        for caught_up in (False, True):
            if caught_up:
                history.at()
            assert titled(history, "máy cắt") == []

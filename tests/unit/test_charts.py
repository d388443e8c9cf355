"""The charts: well-formed pictures whose lines stand where the board's numbers are, and whose letters do not overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projections.boards.course import Every, instants
from services.projections.boards.leaderboard import Measure
from services.projections.boards.progress import PhaseSpan, Progress, ProgressRow, TargetLine
from services.projections.boards.ranks import RankRow, Ranks
from services.projections.presentation.charts import HasNoChart, drawn
from services.projections.presentation.drawing import (
    LETTER,
    Scale,
    Stroke,
    day_ticks,
    fitting,
    rank_ticks,
    spread,
    whole_ticks,
)
from services.projections.presentation.frame import LEFT, PLOT, TOP, WIDTH
from services.projections.reckoning.asof import Axis
from shared.figures import Figures
from shared.vocabulary import HOME, Level, TargetKind
from tests.unit.test_export import MILESTONE

SVG = "{http://www.w3.org/2000/svg}"
BEGINS = datetime(2022, 1, 8, tzinfo=HOME)
ENDS = datetime(2023, 9, 1, tzinfo=HOME)
VI = Figures()


def after(days: float) -> datetime:
    return BEGINS + timedelta(days=days)


def said(until: datetime, **changes: object) -> dict[str, Any]:
    facts = {"axis": Axis.KNOWN, "known_at": None, "simulated": False, "programme": "1tr"}
    return {
        "at": until,
        "position": 163_540,
        "every": Every.WEEK,
        "until": until,
        **facts,
        **changes,
    }


def progress(
    counts: Sequence[tuple[int, int]],
    *,
    targets: Sequence[TargetLine] = (),
    phases: Sequence[PhaseSpan] = (),
    step: float = 7,
    name: str = "LĐLĐ tỉnh Bắc Kạn",
    **changes: object,
) -> Progress:
    rows = tuple(
        ProgressRow(at=after(n * step), position=n, gross=gross, net=net)
        for n, (gross, net) in enumerate(counts)
    )
    return Progress(
        **said(rows[-1].at, **changes),
        unit="p06",
        cohort=None,
        name=name,
        since=BEGINS,
        targets=tuple(targets),
        phases=tuple(phases),
        rows=rows,
    )


def target(value: int, kind: TargetKind = TargetKind.ASSIGNED, **changes: Any) -> TargetLine:
    facts = {"phase": None, "base": 0, "begins": BEGINS, "ends": ENDS, **changes}
    return TargetLine(kind=kind, target=value, **facts)


def ranks(courses: Sequence[Sequence[int | None]], name: str = "LĐLĐ tỉnh số {}") -> Ranks:
    return Ranks(
        **said(after(14 * max(len(course) for course in courses) - 14 if courses else 0)),
        level=Level.FIRST,
        measure=Measure.GROSS,
        phase=None,
        wave=None,
        cohort=None,
        below=None,
        sector=None,
        kind=None,
        since=BEGINS,
        rows=tuple(
            RankRow(
                unit=f"p{n}",
                name=name.format(n),
                at=after(14 * place),
                position=place,
                rank=rank,
                value=1000 - rank if rank is not None else 0,
                gross=0,
                net=0,
            )
            for n, course in enumerate(courses)
            for place, rank in enumerate(course)
        ),
    )


def picture(board: Progress | Ranks, figures: Figures = VI) -> ElementTree.Element:
    return ElementTree.fromstring(drawn(board, figures))


def all_text(found: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in found.iter(f"{SVG}text")]


def lines(found: ElementTree.Element, kind: str) -> list[list[tuple[float, float]]]:
    return [
        [
            (float(x), float(y))
            for x, y in (pair.split(",") for pair in line.attrib["points"].split())
        ]
        for line in found.iter(f"{SVG}polyline")
        if line.get("class") == kind
    ]


def value_at(found: ElementTree.Element, y: float) -> float:
    """What a height stands for, read off the picture's own scale as a reader would."""
    read = {}
    for text in found.iter(f"{SVG}text"):
        if text.get("text-anchor") == "end" and float(text.attrib["x"]) < LEFT:
            middle = float(text.attrib["y"]) - float(text.attrib["font-size"]) * 0.35
            read[middle] = int((text.text or "").replace(".", ""))
    (low, at_low), (high, at_high) = sorted(read.items())[-1], sorted(read.items())[0]
    return at_low + (y - low) * (at_high - at_low) / (high - low)


def boxes(found: ElementTree.Element) -> Iterator[tuple[float, float, float, float]]:
    """How much room each text takes at most."""
    for text in found.iter(f"{SVG}text"):
        size, x, y = (float(text.attrib[name]) for name in ("font-size", "x", "y"))
        wide = LETTER * size * len(text.text or "")
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[text.attrib["text-anchor"]]
        yield left, y - size * 0.8, left + wide, y + size * 0.2


def overlapping(found: ElementTree.Element) -> list[tuple[str, str]]:
    """The texts of which one stands upon another."""
    placed = list(zip(all_text(found), boxes(found), strict=True))
    return [
        (one, other)
        for n, (one, a) in enumerate(placed)
        for other, b in placed[n + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


# Progress.


def test_the_lines_stand_where_the_numbers_are() -> None:
    counts = [(0, 0), (455, 400), (1539, 1402), (1600, 1390)]
    found = picture(progress(counts))
    gross, net = lines(found, "course")
    for points, values in ((gross, [g for g, _ in counts]), (net, [n for _, n in counts])):
        assert [value_at(found, y) for _, y in points] == pytest.approx(values, abs=3)
    steps = [x for x, _ in gross]
    assert steps[0] == LEFT
    assert [b - a for a, b in itertools.pairwise(steps)] == pytest.approx(
        [steps[1] - steps[0]] * 3, abs=0.02
    )
    assert {"đã kê khai: 1.600", "hợp lệ: 1.390"} <= set(all_text(found))


def test_targets_are_lines_at_their_height_upon_what_a_phase_began_with() -> None:
    board = progress(
        [(0, 0), (300, 290), (500, 480)],
        targets=[
            target(600),
            target(650, TargetKind.STRIVING),
            target(250, phase="2", base=300, begins=after(7), ends=after(100)),
            target(99, phase="3", base=None, begins=after(200)),
        ],
    )
    found = picture(board)
    drawn_lines = lines(found, "target")
    assert [value_at(found, line[0][1]) for line in drawn_lines] == pytest.approx(
        [600, 650, 550], abs=3
    )
    assert drawn_lines[2][0][0] > LEFT
    assert {"chỉ tiêu giao: 600", "chỉ tiêu phấn đấu: 650", "chỉ tiêu giao, giai đoạn 2: 250"} <= (
        set(all_text(found))
    )


def test_lines_differ_without_colour() -> None:
    board = progress(
        [(1, 1), (2, 2)], targets=[target(n, kind) for n, kind in enumerate(TargetKind)]
    )
    drawn_as = [
        (line.get("stroke-dasharray"), line.get("stroke-width"))
        for line in picture(board).iter(f"{SVG}polyline")
        if line.get("class") in {"course", "target"}
    ]
    assert len(set(drawn_as)) == len(drawn_as) == 6
    assert len({(s.colour, s.dash, s.mark) for s in map(Stroke.nth, range(100))}) == 100


def test_a_picture_is_told_to_those_who_do_not_see_it() -> None:
    board = progress([(0, 0), (1539, 1402)], targets=[target(600)], simulated=True)
    found = picture(board)
    assert found.get("role") == "img"
    assert found.get("lang") == "vi"
    ids = {str(e.get("id")): e.text or "" for e in found if e.get("id")}
    title, described = (ids[name] for name in str(found.get("aria-labelledby")).split())
    assert title == "Tiến độ: LĐLĐ tỉnh Bắc Kạn"
    assert "MÔ PHỎNG" in described
    assert "đã kê khai: 1.539; hợp lệ: 1.402; chỉ tiêu giao: 600." in described
    assert "tính đến 0:00 ngày 15/1/2022, số thứ tự 163.540, như đã biết lúc đó" in described
    points = [mark.findtext(f"{SVG}title") for mark in found.iter(f"{SVG}circle")]
    assert points == ["0:00 ngày 8/1/2022: 0 đã kê khai", "0:00 ngày 15/1/2022: 1.539 đã kê khai"]


def test_english_is_the_second_language() -> None:
    board = progress(
        [(0, 0), (1539, 1402)],
        targets=[target(600)],
        phases=[PhaseSpan(phase="1", begins=BEGINS, ends=ENDS)],
        axis=Axis.CORRECTED,
        known_at=ENDS,
    )
    found = picture(board, Figures(language="en"))
    assert found.get("lang") == "en"
    said_ = " ".join(all_text(found))
    assert "declared: 1,539" in said_
    assert "assigned target: 600" in said_
    assert "phase 1" in said_
    assert "as corrected since, known at 0:00 on 1 September 2023" in said_


def test_phases_that_overlap_are_named_above_one_another() -> None:
    spans = [("1", 0, 60), ("bk-1", 0, 50), ("2", 60, 140), ("bk-2", 50, 140)]
    board = progress(
        [(n, n) for n in range(20)],
        phases=[PhaseSpan(phase=n, begins=after(a), ends=after(b)) for n, a, b in spans],
    )
    found = picture(board)
    assert {f"giai đoạn {name}" for name, _, _ in spans} <= set(all_text(found))
    assert overlapping(found) == []


def test_names_are_letters_whatever_is_in_them() -> None:
    found = picture(progress([(1, 1)], name='<script>alert("&")</script>\x00\u0085'))
    assert '<script>alert("&")</script>' in all_text(found)[0]
    assert list(found.iter("script")) == []


counts = st.integers(0, 3_000_000)


@given(
    st.lists(st.tuples(counts, counts), min_size=1, max_size=60),
    st.sampled_from([0.01, 0.3, 1, 7, 30, 400]),
    st.lists(st.tuples(counts, st.sampled_from(TargetKind)), max_size=8),
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 400)), max_size=8),
    st.sampled_from(["vi", "en"]),
)
def test_whatever_is_counted_no_label_stands_upon_another(
    found: list[tuple[int, int]],
    step: float,
    targets: list[tuple[int, TargetKind]],
    spans: list[tuple[int, int]],
    language: Any,
) -> None:
    phases = [
        PhaseSpan(phase=f"bk-{n}", begins=after(begins), ends=after(begins + days))
        for n, (begins, days) in enumerate(spans)
    ]
    board = progress(
        found, targets=[target(value, kind) for value, kind in targets], phases=phases, step=step
    )
    drawn_ = picture(board, Figures(language=language))
    nothing = {"Chưa có số liệu", "Nothing counted yet"}
    assert [pair for pair in overlapping(drawn_) if not nothing & set(pair)] == []
    for left, top, right, bottom in boxes(drawn_):
        assert left > -LEFT
        assert right <= WIDTH + 0.01
        assert 0 <= top < bottom <= TOP + PLOT + 44


def test_nothing_counted_says_so() -> None:
    assert "Chưa có số liệu" in all_text(picture(progress([(0, 0)] * 3)))
    assert "Chưa có số liệu" in all_text(picture(ranks([])))
    assert "Chưa có số liệu" in all_text(picture(ranks([[None, None]])))


def test_one_instant_is_a_point() -> None:
    found = picture(progress([(1539, 1402)], targets=[target(600)]))
    assert lines(found, "course") == []
    [circle] = found.iter(f"{SVG}circle")
    assert value_at(found, float(circle.attrib["cy"])) == pytest.approx(1539, abs=3)
    [(begin, end)] = lines(found, "target")
    assert end[0] - begin[0] > 300
    assert "0:00 ngày 8/1/2022" in all_text(found)


# Ranks.


def test_a_rank_is_as_high_as_it_is_good_and_a_gap_is_a_gap() -> None:
    found = picture(ranks([[3, 2, 1, 1], [1, None, 2, 2], [None, 1, 3, 3]]))
    courses = lines(found, "course")
    assert [[round(value_at(found, y), 1) for _, y in points] for points in courses] == [
        [3, 2, 1, 1],
        [2, 2],
        [1, 3, 3],
    ]
    assert {"1. LĐLĐ tỉnh số 0 (999)", "2. LĐLĐ tỉnh số 1 (998)"} <= set(all_text(found))
    named = [line.findtext(f"{SVG}title") for line in found.iter(f"{SVG}polyline")]
    assert named.count("1. LĐLĐ tỉnh số 0 (999)") == 1
    lone = [mark.findtext(f"{SVG}title") for mark in found.iter(f"{SVG}path")]
    assert "LĐLĐ tỉnh số 1, 0:00 ngày 8/1/2022: hạng 1 (999)" in lone


@given(st.integers(1, 100), st.integers(1, 12), st.booleans(), st.randoms(use_true_random=False))
def test_a_hundred_units_find_room(units: int, instants_: int, long: bool, random: Any) -> None:
    courses: list[list[int | None]] = [[] for _ in range(units)]
    for _ in range(instants_):
        order = list(range(1, units + 1))
        random.shuffle(order)
        for course, rank in zip(courses, order, strict=True):
            course.append(rank)
    name = "Công đoàn Tổng công ty Công nghiệp Hóa chất và Khoáng sản Việt Nam số {}"
    found = picture(ranks(courses, name if long else "LĐLĐ tỉnh số {}"))
    assert overlapping(found) == []
    assert max(right for _, _, right, _ in boxes(found)) <= WIDTH + 0.01
    ends = [text for text in all_text(found) if ". " in text]
    assert len(ends) == units


def test_only_what_has_a_course_is_drawn() -> None:
    with pytest.raises(HasNoChart):
        drawn(MILESTONE, VI)


# Scales.


@given(st.integers(0, 10**9))
def test_a_scale_of_counts_begins_at_nothing_and_holds_the_most(most: int) -> None:
    ticks = whole_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most
    assert 2 <= len(ticks) <= 8
    assert len({b - a for a, b in itertools.pairwise(ticks)}) == 1


@given(st.integers(1, 10_000))
def test_a_scale_of_ranks_begins_with_the_first(worst: int) -> None:
    ticks = rank_ticks(worst)
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= worst
    assert len(ticks) <= 14


moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(HOME))  # noqa: DTZ001


@given(moments, st.timedeltas(timedelta(0), timedelta(days=20_000)), st.integers(1, 12))
def test_days_on_a_scale_are_midnights_within_it_and_no_more_than_fit(
    since: datetime, span: timedelta, most: int
) -> None:
    ticks = day_ticks(since, since + span, most)
    assert all(since <= tick <= since + span and tick.hour == tick.minute == 0 for tick in ticks)
    assert ticks == sorted(ticks)
    assert len(ticks) <= most + 1


@given(st.lists(st.floats(90, 500), max_size=30), st.floats(1, 20))
def test_labels_are_spread_in_order_within_their_room(wanted: list[float], gap: float) -> None:
    placed = spread(wanted, gap, 96, 496)
    least = min(gap, 400 / max(len(wanted) - 1, 1))
    assert all(96 - 1e-6 <= place <= 496 + 1e-6 for place in placed)
    ordered = sorted(placed)
    assert all(b - a >= least - 1e-6 for a, b in itertools.pairwise(ordered))
    assert [wanted[n] for n in sorted(range(len(wanted)), key=placed.__getitem__)] == sorted(wanted)


def test_a_label_that_has_room_stands_where_it_is_wanted() -> None:
    assert spread([300, 100, 200], 16, 96, 496) == [300, 100, 200]
    assert fitting("LĐLĐ tỉnh Bắc Kạn", 12, 500) == "LĐLĐ tỉnh Bắc Kạn"
    assert fitting("Công đoàn Tổng công ty số 12", 10, 90) == "Công đoàn…số 12"
    assert Scale(5, 5, 0, 10)(5) == 10


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)), st.sampled_from(Every))
def test_instants_rise_from_one_end_to_the_other(
    since: datetime, span: timedelta, every: Every
) -> None:
    found = list(instants(since, since + span, every))
    assert found[0] == since
    assert found[-1] == since + span
    assert all(a < b for a, b in itertools.pairwise(found))
    for inner in found[1:-1]:
        assert (inner.hour, inner.minute, inner.second) == (0, 0, 0)
        assert every is not Every.WEEK or inner.weekday() == 0
        assert every is not Every.MONTH or inner.day == 1
    most = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[every]
    assert all(b - a <= timedelta(days=most) for a, b in itertools.pairwise(found))

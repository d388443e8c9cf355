"""The chart of a prospect: the count as it rose, how it is expected to go on, and the range around that."""

from __future__ import annotations

from typing import Final

from services.projections.boards.prospect import Prospect
from services.projections.presentation import aims
from services.projections.presentation.drawing import GREY, INK, Scale, Stroke, whole_ticks, wide
from services.projections.presentation.frame import LEFT, SMALL, TOP, Frame, Label
from shared.figures import Figures
from shared.messages import Message, spoken

COUNTED: Final = Stroke("#0B5394", "", 2.6)
EXPECTED: Final = Stroke("#0B5394", "7 4", 2.0, "square")
BAND: Final = Stroke("#9CC2E5")
PROSPECT: Final = Message("Dự báo: {0}", "Forecast: {0}")
DECLARED: Final = Message("đã kê khai", "declared")
GOING_ON: Final = Message("dự kiến", "expected")
RANGE: Final = Message("khoảng 10–90 %: {0} – {1}", "range of 10–90 %: {0} – {1}")
NOW: Final = Message("tính đến", "as of")
NOTHING: Final = Message("Chưa đủ để dự báo", "Too little to say anything")


def prospect_chart(board: Prospect, figures: Figures) -> str:
    """The past as a line, what is expected as a dashed one in its band, and the aims as in a chart of progress."""
    say = figures.number
    counted = [(row.at, row.gross) for row in board.rows if row.gross is not None]
    ahead = [
        (row.at, row.expected, row.low, row.high)
        for row in board.rows
        if row.expected is not None and row.low is not None and row.high is not None
    ]
    lines = aims.shown(board)
    stands = counted[-1][1]
    names = [f"{spoken(DECLARED, figures.language)}: {say(stands)}"]
    last = ahead[-1] if ahead else None
    if last is not None:
        names += [
            f"{spoken(GOING_ON, figures.language)}: {say(last[1])}",
            spoken(RANGE, figures.language).format(say(last[2]), say(last[3])),
        ]
    frame = Frame(
        board,
        figures,
        name="prospect",
        labels=[*names, *(aims.called(line, figures) for line in lines)],
    )
    title = frame.said(PROSPECT, board.name)
    about = frame.head(title)
    ticks = whole_ticks(max(stands, aims.highest(lines), last[3] if last is not None else 0))
    scale = Scale(0, ticks[-1], frame.bottom, TOP)
    if last is not None:
        edges = [(frame.place(at), scale(high)) for at, _, _, high in ahead]
        edges += [(frame.place(at), scale(low)) for at, _, low, _ in reversed(ahead)]
        frame.drawing.area(*edges, colour=BAND.colour, name=names[2], kind="range")
    for tick in ticks:
        frame.row(scale(tick), say(tick))
    aims.phases(board, frame)
    now = frame.place(counted[-1][0])
    frame.drawing.line(
        (now, TOP), (now, frame.bottom), stroke=Stroke(INK, "4 3", 1), name=spoken(NOW, figures.language), kind="now"
    )  # fmt: skip
    labels = aims.targets(lines, frame, scale)
    past = [(frame.place(at), scale(gross)) for at, gross in counted]
    called = [
        f"{figures.instant(at)}: {say(n)} {spoken(DECLARED, figures.language)}" for at, n in counted
    ]
    frame.course(past, called, COUNTED, names[0])
    if last is None:
        labels.append(Label(names[0], *past[-1], COUNTED))
    else:
        coming = [(frame.place(at), scale(expected)) for at, expected, _, _ in ahead]
        told = [
            f"{figures.instant(at)}: {spoken(GOING_ON, figures.language)} {say(expected)} ({say(low)} – {say(high)})"
            for at, expected, low, high in ahead
        ]
        frame.course(coming, told, EXPECTED, names[1])
        edge = Stroke(GREY, "", 1)
        top = frame.place(last[0]), scale(last[3])
        labels += [Label(names[1], *coming[-1], EXPECTED), Label(names[2], *top, edge)]
        # The count stands where what is expected begins, away from the labels at the edge.
        room = now - 6 - wide(names[0], SMALL) >= LEFT
        x, anchor = (now - 6, "end") if room else (LEFT + 4, "start")
        frame.drawing.text(
            x, past[-1][1] - 12, names[0], size=SMALL, anchor=anchor, colour=COUNTED.colour
        )
    frame.days()
    frame.labels(labels)
    if not board.enough:
        frame.drawing.text((LEFT + frame.right) / 2, (TOP + frame.bottom) / 2, frame.said(NOTHING), size=14, anchor="middle", colour=GREY)  # fmt: skip
    why = spoken(board, figures.language)
    said = "; ".join([*names, *(aims.called(line, figures) for line in lines)])
    return frame.drawing.finished(title, f"{about}. {said}. {why}")

"""Commands that ask why, all of them boards: what a number is made of, what changed it, and who passed whom."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from services.cli import terminal
from services.cli.boards import KINDS_VI, KnownAt, OnAxis, Programme
from services.cli.sayings import (
    CAUSES_VI,
    MEASURES_VI,
    asked,
    at_home,
    both,
    causes,
    in_phase,
    show_causes,
    simulated,
)
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.asof import Axis, Moment, moment
from services.projections.comparison import (
    LeaderComparison,
    QuotaComparison,
    both_axes,
    compare_leaderboards,
    compare_quotas,
)
from services.projections.lead import lead
from services.projections.leaderboard import Measure
from services.projections.overtakings import LISTED, overtakings
from services.projections.reasons import PAGE, Counted, reasons
from services.wiring import System
from shared.http import after_cursor
from shared.vocabulary import Level, TargetKind

app = typer.Typer()

UnitCode = Annotated[str, typer.Option("--unit", help="Mã đơn vị; tính cả các đơn vị bên dưới.")]
MaybeUnit = Annotated[str | None, typer.Option("--unit", help="Chỉ một đơn vị.")]
OfLevel = Annotated[Level, typer.Option("--level")]
OfMeasure = Annotated[Measure, typer.Option("--measure")]
CountedMeasure = Annotated[Counted, typer.Option("--measure")]
First = Annotated[int | None, typer.Option("--top", min=1, help="Chỉ những đơn vị đứng đầu.")]
Cohort = Annotated[str | None, typer.Option("--cohort", help="Chỉ các đơn vị của một cụm, khối.")]
Since = Annotated[str | None, typer.Option("--since", help="Thời điểm trước (the earlier moment).")]
Board = Annotated[
    Literal["leaderboard", "quota"], typer.Option("--board", help="Bảng được so sánh.")
]


@app.command("why")
def board_why(
    unit: UnitCode,
    measure: CountedMeasure = Counted.GROSS,
    phase: Annotated[str | None, typer.Option("--phase", help="Mã giai đoạn.")] = None,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Trang tiếp theo.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1)] = PAGE,
    as_json: AsJSON = False,
) -> None:
    """Vì sao có con số này (why this number): các sự kiện làm nên nó, cộng lại đúng bằng nó."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = reasons(
            system.views,
            system.directory,
            system.ledger,
            programme=system.directory.the_programme(programme),
            unit=unit,
            at=moment(system.ledger, at, axis, known_at),
            measure=measure,
            phase=phase,
            after=after_cursor(cursor),
            limit=limit,
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
            return
        terminal.table(
            f"{found.name}, {MEASURES_VI[measure]}{in_phase(phase)}, {asked(found)}{simulated(found.simulated)}",
            ("số thứ tự", "ghi lúc", "có hiệu lực từ", "muộn", "nguyên nhân", "thay đổi", "sáng kiến", "ai"),
            (
                (c.position, at_home(c.recorded), at_home(c.effective), c.late, CAUSES_VI[c.cause], c.by, c.idea, c.actor)
                for c in found.changes
            ),
        )  # fmt: skip
        if found.total is not None:
            show_causes(f"Cộng lại: {found.total}", found.by_cause)
        if found.next is not None:
            terminal.out.print(f"Còn nữa: --cursor {found.next}")


@app.command("overtakings")
def board_overtakings(
    unit: UnitCode,
    against: Annotated[
        str | None, typer.Option("--against", help="Chỉ giữa hai đơn vị (these two alone).")
    ] = None,
    level: OfLevel = Level.FIRST,
    measure: CountedMeasure = Counted.GROSS,
    since: Since = None,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Vì sao có thứ hạng này (why this rank): ai vượt ai, lúc nào, bởi sự kiện nào."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = overtakings(
            system.views,
            system.directory,
            system.ledger,
            programme=system.directory.the_programme(programme),
            unit=unit,
            against=against,
            level=level,
            measure=measure,
            since=moment(system.ledger, since or "0"),
            at=moment(system.ledger, at, axis, known_at),
            limit=LISTED,
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
            return
        terminal.table(
            f"{found.name}: hạng {found.rank_then} → {found.rank}, {MEASURES_VI[measure]} "
            f"{found.count_then} → {found.count}, {asked(found)}{simulated(found.simulated)}",
            ("lúc", "số thứ tự", "đơn vị vượt lên", "vượt qua", "cách trước", "cách sau", "hạng", "bởi"),
            (
                (
                    at_home(o.at), o.position, o.passer_name, o.passed_name, o.gap_before, o.gap_after,
                    f"{o.rank_before} → {o.rank_after}",
                    ", ".join(f"{b.idea} ({CAUSES_VI[b.cause]} {b.by:+})" for b in o.brought_by),
                )
                for o in found.overtakings
            ),
        )  # fmt: skip
        if found.more:
            terminal.out.print(f"Còn {found.more} lần vượt nữa về sau; hãy hỏi khoảng ngắn hơn.")


@app.command("lead")
def board_lead(
    unit: MaybeUnit = None,
    phase: Annotated[
        str | None, typer.Option("--phase", help="Mã giai đoạn, hoặc 'whole' là cả chương trình.")
    ] = None,
    kind: Annotated[TargetKind | None, typer.Option("--kind")] = None,
    early: Annotated[
        bool, typer.Option("--early", help="Chỉ những chỉ tiêu đạt trước hạn.")
    ] = False,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Số ngày về đích sớm (days ahead of each target's deadline); số âm là muộn."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = lead(
            system.views,
            system.directory,
            programme=system.directory.the_programme(programme),
            at=moment(system.ledger, at, axis, known_at),
            unit=unit,
            phase=phase,
            kind=kind,
            early=early,
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
            return
        terminal.table(
            f"{found.early} chỉ tiêu đạt trước hạn, {asked(found)}{simulated(found.simulated)}",
            ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "hạn", "đạt lúc", "sớm (ngày)", "hợp lệ đạt lúc", "sớm (ngày)"),
            (
                (
                    r.name, r.phase or "cả chương trình", KINDS_VI[r.kind], r.target, at_home(r.deadline),
                    at_home(r.reached_at), r.days_ahead, at_home(r.net_reached_at), r.net_days_ahead,
                )
                for r in found.rows
            ),
        )  # fmt: skip


@app.command("difference")
def board_difference(
    board: Board = "leaderboard",
    level: OfLevel = Level.FIRST,
    measure: OfMeasure = Measure.GROSS,
    top: First = None,
    cohort: Cohort = None,
    unit: MaybeUnit = None,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """Như đã biết lúc đó và như đã sửa từ đó (the difference of the two axes), kèm nguyên nhân từng đơn vị."""
    with opened(data) as system:
        terminal.catch_up(system)
        moments = both_axes(moment(system.ledger, at), moment(system.ledger, known_at))
        _compare(system, moments, board, programme, level, measure, top, cohort, unit, as_json)


@app.command("comparison")
def board_comparison(
    since: Since = None,
    since_axis: Annotated[Axis, typer.Option("--since-axis")] = Axis.KNOWN,
    since_known_at: Annotated[str | None, typer.Option("--since-known-at")] = None,
    board: Board = "leaderboard",
    level: OfLevel = Level.FIRST,
    measure: OfMeasure = Measure.GROSS,
    top: First = None,
    cohort: Cohort = None,
    unit: MaybeUnit = None,
    data: Data = None,
    programme: Programme = None,
    at: At = None,
    axis: OnAxis = Axis.KNOWN,
    known_at: KnownAt = None,
    as_json: AsJSON = False,
) -> None:
    """So sánh một bảng ở hai thời điểm (compare two moments of a board): dòng nào khác, vì sao."""
    with opened(data) as system:
        terminal.catch_up(system)
        moments = (
            moment(system.ledger, since, since_axis, since_known_at),
            moment(system.ledger, at, axis, known_at),
        )
        _compare(system, moments, board, programme, level, measure, top, cohort, unit, as_json)


def _compare(
    system: System,
    moments: tuple[Moment, Moment],
    board: str,
    programme: str | None,
    level: Level,
    measure: Measure,
    top: int | None,
    cohort: str | None,
    unit: str | None,
    as_json: bool,
) -> None:
    held = system.views, system.directory, system.ledger
    of = system.directory.the_programme(programme)
    one, other = moments
    found: LeaderComparison | QuotaComparison
    if board == "quota":
        found = compare_quotas(*held, programme=of, one=one, other=other, unit=unit)
    else:
        found = compare_leaderboards(
            *held,
            programme=of,
            one=one,
            other=other,
            level=level,
            measure=measure,
            top=top,
            cohort=cohort,
        )
    if as_json:
        terminal.say(found.model_dump(mode="json"))
        return
    title = f"{asked(found.before)} → {asked(found.after)}{simulated(found.simulated)}"
    if isinstance(found, LeaderComparison):
        terminal.table(
            title,
            ("đơn vị", "hạng", "đã kê khai", "hợp lệ", "nguyên nhân"),
            (
                (
                    r.name,
                    both("rank", r.before, r.after),
                    both("gross", r.before, r.after),
                    both("net", r.before, r.after),
                    causes(r.by_cause),
                )
                for r in found.rows
            ),
        )
    else:
        terminal.table(
            title,
            ("đơn vị", "giai đoạn", "loại", "chỉ tiêu", "đã kê khai", "hợp lệ", "nguyên nhân"),
            (
                (
                    r.name,
                    r.phase or "cả chương trình",
                    KINDS_VI[r.kind],
                    both("target", r.before, r.after),
                    both("gross", r.before, r.after),
                    both("net", r.before, r.after),
                    causes(r.by_cause),
                )
                for r in found.rows
            ),
        )
    show_causes("Cả chương trình", found.by_cause)

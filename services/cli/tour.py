"""The tour behind `sangkien demo`: the whole path on the sample programme, from an empty directory to a ruling."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from services.cli import terminal
from services.cli.boards import show_leaderboard, show_quota
from services.cli.terminal import opened
from services.dedup.case import Case
from services.dedup.hearing import hearing
from services.intake.bulk import Intake
from services.intake.founding import found, read_programme, read_units
from services.intake.sheet import rows
from services.projections.boards.cases import cases
from services.projections.boards.leaderboard import Measure, leaderboard
from services.projections.boards.milestones import milestone
from services.projections.boards.quota import quota
from services.projections.reckoning.asof import Axis, moment
from services.projections.views.verify import verify
from services.wiring import System
from shared.access import AccessKey, Action, Role, permit
from shared.docket import DocketState
from shared.figures import PLAIN
from shared.messages import BANDS
from shared.vocabulary import HOME, Band, Level, Ruling, TargetKind

THEN = "2022-07-01T00:00:00+07:00"


def tour(home: Path) -> bool:
    """Load, match, print boards and cases, rule, ask about the past, verify; answers whether everything verified."""
    with as_file(files("shared").joinpath("sample")) as sample, opened(home, new=True) as system:
        _load(system, sample)
        _match(system)
        _boards(system, "Sau khi nhập và đối chiếu, trước khi có kết luận")
        _open_cases(system)
        _rule_one(system)
        _boards(system, "Sau kết luận: bản trùng rời khỏi số hợp lệ, vẫn còn trong số đã kê khai")
        _as_of(system)
        result = verify(system.ledger, system.views)
    terminal.out.print(
        f"\n[bold]Kiểm tra[/bold]: dựng lại mọi bảng từ {result['events']} sự kiện: "
        f"{'khớp' if result['ok'] else 'KHÔNG KHỚP'}."
    )
    sangkien = sys.argv[0] if sys.argv[0].endswith("sangkien") else "sangkien"
    terminal.out.print(
        f"\nDữ liệu ở {home}. Thử tiếp (what to try next):\n"
        f"  {sangkien} board leaderboard --level grassroots --data {home}\n"
        f"  {sangkien} board quota --kind orientation --at {THEN} --data {home}\n"
        f"  {sangkien} cases --state open --data {home}\n"
        f"  {sangkien} explain sk-029 sk-003 --data {home}\n"
        f"  {sangkien} timeline sk-017 --data {home}\n"
        f"  {sangkien} key create --role reviewer --unit vn --data {home}\n"
        f"  {sangkien} serve --data {home}      # hợp đồng API: http://127.0.0.1:8000/openapi.json",
        markup=False,
    )
    return bool(result["ok"])


def _load(system: System, sample: Path) -> None:
    language = system.settings.language
    founded = found(
        system.ledger,
        system.directory,
        read_units(sample / "units.jsonl", language),
        read_programme(sample / "programme.json", language),
        simulated=True,
        by=system.operator("demo"),
    )
    intake = Intake(
        system.ledger,
        system.directory,
        system.vault,
        sender="cli",
        by=system.operator("demo"),
        language=language,
        simulate_clock=True,
    )
    report = intake.record(rows(sample / "declarations.jsonl", language))
    terminal.out.print(
        f"[bold]Nạp mẫu[/bold]: {founded.units} đơn vị, {founded.targets} chỉ tiêu, "
        f"{report.accepted} bản kê khai mới, {report.replayed} đã có, {report.rejected} bị từ chối."
    )


def _match(system: System) -> None:
    system.detector.match()
    system.keeper.keep()
    system.catch_up_views()


def _boards(system: System, title: str) -> None:
    system.catch_up_views()
    now = moment(system.ledger)
    programme = system.directory.the_programme()
    terminal.out.rule(title)
    for level in (Level.FIRST, Level.GRASSROOTS):
        show_leaderboard(
            leaderboard(
                system.views,
                system.directory,
                programme=programme,
                at=now,
                level=level,
                measure=Measure.GROSS,
                top=5,
                matched=system.ledger.handled("dedup"),
            )
        )
    board = quota(
        system.views,
        system.directory,
        programme=programme,
        at=now,
        phase=None,
        kind=TargetKind.ORIENTATION,
    )
    show_quota("Tiến độ so với chỉ tiêu định hướng, cả chương trình", board.rows, PLAIN)


def _open_cases(system: System) -> None:
    queue = cases(system.ledger, system.views, moment(system.ledger), state=DocketState.OPEN)
    terminal.out.rule(f"{len(queue)} hồ sơ đang mở")
    bands = Counter(BANDS[row.band].vi for row in queue)
    terminal.out.print(
        "Theo mức: " + ", ".join(f"{band} {count}" for band, count in sorted(bands.items()))
    )
    for row in queue:
        shown = hearing(
            system.ledger.load(Case, row.case),
            system.ledger,
            system.detector.models,
            system.directory.tree(),
        )
        terminal.out.print(f"\n[bold]Hồ sơ {shown.case}[/bold] ({BANDS[Band(shown.band)].vi})")
        for member in shown.members:
            mark = "gốc" if member.idea == shown.canonical else "   "
            terminal.out.print(
                f"  {mark} {member.external_id}: {member.content.title}", markup=False
            )
            terminal.out.print(
                f"        {member.unit_path[-1]}, ưu tiên {_day(member.priority)}", markup=False
            )
        for suspicion in shown.suspicions:
            terminal.out.print(f"  {suspicion.explanation['vi']}", markup=False)
            terms = suspicion.explanation["terms"]
            assert isinstance(terms, list)
            terminal.out.print(
                "  Từ chung nặng nhất: " + ", ".join(str(t["term"]) for t in terms[:6]),
                style="dim",
                markup=False,
            )


def _day(instant: str) -> str:
    return PLAIN.date(datetime.fromisoformat(instant).astimezone(HOME).date())


def _rule_one(system: System) -> None:
    queue = cases(system.ledger, system.views, moment(system.ledger), state=DocketState.OPEN)
    if not queue:
        return
    case = system.ledger.load(Case, queue[0].case)
    judged = next(m for m in case.docket.present() if m.idea != case.docket.canonical)
    key, issued = AccessKey.issue(
        Role.REVIEWER, judged.unit, label="người thẩm định mẫu", by=system.operator("demo")
    )
    system.ledger.append(issued)
    system.directory.catch_up()
    caller = system.directory.caller(key)
    permit(caller, Action.RULE, judged.unit, system.directory.tree_today(judged.unit))
    reason = "Cùng đơn vị, cùng giải pháp, nộp sau bản đã được công nhận."
    system.ledger.append(
        case.rule(
            judged.idea,
            Ruling.DUPLICATE_IN_UNIT,
            reason=reason,
            by=system.actor(caller, source="demo"),
        )
    )
    terminal.out.print(
        f"\n[bold]Kết luận[/bold]: {judged.external_id} là bản trùng trong đơn vị. Lý do: {reason}"
    )


def _as_of(system: System) -> None:
    terminal.out.rule("Câu hỏi về quá khứ")
    programme = system.directory.the_programme()
    for axis, words in (
        (Axis.KNOWN, "như đã biết lúc đó"),
        (Axis.CORRECTED, "như đã sửa từ đó đến nay"),
    ):
        board = leaderboard(
            system.views,
            system.directory,
            programme=programme,
            at=moment(system.ledger, THEN, axis),
            level=Level.FIRST,
            measure=Measure.GROSS,
            top=3,
            matched=system.ledger.handled("dedup"),
        )
        leader = board.rows[0]
        terminal.out.print(
            f"Đến 0 giờ 1/7/2022, {words}: cả nước {board.total} bản kê khai, {board.net_total} hợp lệ; "
            f"dẫn đầu là {leader.name} với {leader.gross}."
        )
    fiftieth = milestone(system.views, programme, 50, moment(system.ledger)).gross
    if fiftieth is not None:
        terminal.out.print(
            f"Sáng kiến thứ 50 là {fiftieth.idea}, lúc {PLAIN.instant(fiftieth.at)}."
        )

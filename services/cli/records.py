"""Commands that put things on record: init, import, template, match, flags, cases, rule, events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, AsLines, Data, opened
from services.intake.bulk import Intake
from services.intake.founding import found, read_programme, read_units
from services.wiring import System
from shared.access import Action, permit
from shared.errors import Conflict, Invalid, NotFound
from shared.events import EVENTS, FlagRaised
from shared.messages import RULINGS
from shared.vocabulary import Ruling

app = typer.Typer()

HIGHEST: Final = 2**63 - 1


class SimulationOnly(Conflict):
    code = "simulation-only"

    def __init__(self) -> None:
        super().__init__(
            "--simulate-clock needs a ledger that was marked by 'sangkien init --simulated'."
        )


@app.command()
def init(
    units: Annotated[
        Path, typer.Option("--units", exists=True, dir_okay=False, help="units.jsonl")
    ],
    programme: Annotated[
        Path, typer.Option("--programme", exists=True, dir_okay=False, help="programme.json")
    ],
    data: Data = None,
    simulated: Annotated[
        bool,
        typer.Option(
            "--simulated", help="Đánh dấu sổ ghi là mô phỏng, vĩnh viễn (a simulation for good)."
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Ghi cây đơn vị và chương trình (put units and a programme on record); again: only what is new."""
    with opened(data, new=True) as system:
        language = system.settings.language
        founded = found(
            system.ledger,
            system.directory,
            read_units(units, language),
            read_programme(programme, language),
            simulated=simulated,
            by=system.operator(),
        )
        answer = {
            "units": founded.units,
            "programme": founded.programme,
            "targets": founded.targets,
            "recorded": founded.recorded,
        }
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"{founded.units} đơn vị, chương trình {founded.programme}, {founded.targets} chỉ tiêu; "
                f"{founded.recorded} sự kiện mới."
            )


@app.command(name="import")
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=".jsonl, .csv hoặc .xlsx")
    ],
    data: Data = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Chỉ kiểm tra, không ghi (check only, record nothing)."),
    ] = False,
    sender: Annotated[
        str, typer.Option("--sender", help="Bên gửi; cùng external_id là cùng bản kê khai.")
    ] = "cli",
    simulate_clock: Annotated[
        bool,
        typer.Option(
            "--simulate-clock", help="Ghi mỗi bản kê khai vào lúc nộp (only on a simulated ledger)."
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Nhập nhiều bản kê khai (import declarations); a bad row never stops the good ones."""
    from services.intake.sheet import rows

    with opened(data) as system:
        if simulate_clock and not system.directory.simulated:
            raise SimulationOnly
        began = time.perf_counter()
        intake = Intake(
            system.ledger,
            system.directory,
            system.vault,
            sender=sender,
            by=system.operator(),
            language=system.settings.language,
            simulate_clock=simulate_clock,
            dry_run=dry_run,
        )
        size = file.stat().st_size
        with terminal.progress(file.name, "byte", quiet=as_json) as advance:
            report = intake.record(
                rows(file, system.settings.language, lambda read: advance(read, size))
            )
        seconds = time.perf_counter() - began
        answer = {
            "read": report.read,
            "accepted": report.accepted,
            "replayed": report.replayed,
            "rejected": report.rejected,
            "seconds": round(seconds, 3),
            "errors": [fault._asdict() for fault in report.errors],
            "warnings": [fault._asdict() for fault in report.warnings],
        }
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"{'Thử: ' if dry_run else ''}đọc {report.read}, nhận {report.accepted}, đã có {report.replayed}, "
                f"từ chối {report.rejected} trong {seconds:.1f} giây."
            )
            if report.errors:
                terminal.table(
                    "Dòng bị từ chối",
                    ("dòng", "trường", "mã", "vì sao, làm gì tiếp"),
                    report.errors[:200],
                )
            if report.warnings:
                terminal.table("Lưu ý", ("dòng", "trường", "mã", "nội dung"), report.warnings[:50])
        if report.rejected:
            raise typer.Exit(1)


@app.command()
def template(file: Annotated[Path, typer.Argument(help="Tên tệp .xlsx sẽ tạo.")]) -> None:
    """Tạo tệp Excel mẫu để nhập (an empty import file with columns, hints and validation)."""
    from services.intake.template import write_template

    if file.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{file.name} must end in .xlsx")
    try:
        write_template(file)
    except OSError as problem:
        terminal.refuse(
            f"Không ghi được (cannot write) {file}: {problem.strerror}. Kiểm tra đường dẫn và quyền."
        )
    terminal.out.print(f"Đã tạo {file}.")


@app.command()
def match(
    data: Data = None,
    rescore: Annotated[
        bool,
        typer.Option(
            "--rescore",
            help="Đối chiếu lại tất cả theo mô hình và quy tắc hiện hành; không đụng đến kết luận (rulings stay).",
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Đối chiếu các bản kê khai mới (catch the matcher up), then open and join cases."""
    with opened(data) as system:
        began = time.perf_counter()
        before, head = system.detector.position(), system.ledger.head()
        with terminal.progress("đối chiếu", "sự kiện", quiet=as_json) as advance:
            system.detector.match(advance)
            if rescore:
                system.detector.rescore(advance)
        system.keeper.keep()
        seconds = time.perf_counter() - began
        ideas = flags = 0
        for topic in ("idea.declared", "idea.amended"):
            ideas += sum(
                len(page)
                for page in _pages(system, before, (topic,), to=system.detector.position())
            )
        flags = sum(len(page) for page in _pages(system, head, (FlagRaised.TOPIC,), to=None))
        answer = {
            "ideas": ideas,
            "flags": flags,
            "seconds": round(seconds, 3),
            "model": system.detector.model,
        }
        if as_json:
            terminal.say(answer)
        else:
            terminal.out.print(
                f"Đã đối chiếu {ideas} bản kê khai, {flags} cảnh báo, {seconds:.1f} giây."
            )


def _pages(
    system: System, after: int, topics: tuple[str, ...], *, to: int | None
) -> Iterator[list[object]]:
    while page := system.ledger.notifications(after, topics=topics, to=to):
        yield list(page)
        after = page[-1].id


@app.command()
def flags(data: Data = None, as_lines: AsLines = False) -> None:
    """Liệt kê cảnh báo trùng (a line a flag), in the order of their ideas' positions."""
    with opened(data) as system:
        found = (
            {
                "idea": flag.idea.external_id,
                "sender": flag.idea.sender,
                "of": flag.of.external_id,
                "of_sender": flag.of.sender,
                "band": flag.band.value,
                "score": flag.score,
                "parts": flag.parts.model_dump(),
                "tier": flag.tier.value,
                "reasons": list(flag.reasons),
                "model": flag.model,
                "position": flag.idea.position,
                "flag": str(flag.originator_id),
            }
            for flag in _flags(system)
        )
        if as_lines:
            terminal.lines(found)
        else:
            terminal.table(
                "Cảnh báo trùng",
                ("bản kê khai", "giống bản", "mức", "điểm %", "phạm vi"),
                ((f["idea"], f["of"], f["band"], _percent(f["score"]), f["tier"]) for f in found),
            )


def _percent(score: object) -> float:
    return float(str(score)) * 100


def _flags(system: System) -> Iterator[FlagRaised]:
    after = 0
    while page := system.ledger.read(after, topics=(FlagRaised.TOPIC,)):
        for recorded in page:
            assert isinstance(recorded.event, FlagRaised)
            yield recorded.event
        after = page[-1].position


@app.command()
def rule(
    case: Annotated[UUID, typer.Argument(help="Mã hồ sơ.")],
    member: Annotated[str, typer.Option("--member", help="external_id của sáng kiến.")],
    code: Annotated[Ruling, typer.Option("--code", help="Mã kết luận.")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, gửi cho tác giả.")],
    key: Annotated[
        str, typer.Option("--as", envvar="SANGKIEN_KEY", help="Khóa của người thẩm định.")
    ],
    sender: Annotated[str | None, typer.Option("--sender", help="Bên gửi, khi trùng mã.")] = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Kết luận một sáng kiến trong hồ sơ (rule on one member); role and subtree are checked as over HTTP."""
    from services.dedup.case import Case, NotInCase

    with opened(data) as system:
        caller = system.directory.caller(key)
        found = system.ledger.load(Case, case)
        named = [
            m.member
            for m in found.docket.members
            if m.member.external_id == member and sender in {None, m.member.sender}
        ]
        if not named:
            raise NotInCase(case, member)
        if len(named) > 1:
            raise Invalid(
                f"{member} was sent by {', '.join(m.sender for m in named)}; say which with --sender."
            )
        permit(caller, Action.RULE, named[0].unit, system.directory.tree())
        event = found.rule(
            named[0].idea, code, reason=reason, by=system.actor(caller, source="cli")
        )
        position = system.ledger.append(event)[0]
        if as_json:
            terminal.say({"case": str(case), "position": position})
        else:
            terminal.out.print(
                f"Đã kết luận {member}: {RULINGS[code].vi} ({code.value}), số thứ tự {position}."
            )


@app.command()
def explain(
    idea: Annotated[str, typer.Argument(help="external_id của bản sau.")],
    of: Annotated[str, typer.Argument(help="external_id của bản trước.")],
    sender: Annotated[str, typer.Option("--sender", help="Bên gửi của bản sau.")] = "cli",
    of_sender: Annotated[
        str | None, typer.Option("--of-sender", help="Bên gửi của bản trước, khi khác.")
    ] = None,
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Giải thích một cảnh báo (why a flag was raised), recomputed from the model it names."""
    from services.dedup.hearing import explained, find_flag, plain

    with opened(data) as system:
        later = system.idea_named(sender, idea)
        earlier = system.idea_named(of_sender or sender, of)
        explanation = explained(
            find_flag(later, earlier, system.ledger), system.ledger, system.detector.models
        )
        if as_json:
            terminal.say(plain(explanation))
            return
        terminal.out.print(explanation.vi, markup=False)
        terminal.out.print(explanation.en, style="dim", markup=False)
        terminal.table(
            "Từ chung nặng nhất",
            ("từ", "phần trọng lượng %"),
            ((term.term, term.weight * 100) for term in explanation.terms),
        )


@app.command()
def events(
    data: Data = None,
    from_: Annotated[
        int, typer.Option("--from", min=0, max=HIGHEST, help="Từ số thứ tự (position).")
    ] = 1,
    type_: Annotated[str | None, typer.Option("--type", help="Loại sự kiện (topic).")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Đơn vị và cấp dưới.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Ghi từ thời điểm ISO 8601 (recorded since).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Ghi đến hết thời điểm ISO 8601 (and until).")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Ai làm (actor's name).")] = None,
    as_lines: AsLines = False,
) -> None:
    """Liệt kê sự kiện (a line an event) by position, type, unit, time and actor; never texts or names."""
    from services.projections.asof import moment
    from services.projections.trail import trail

    with opened(data) as system:
        if type_ is not None and type_ not in EVENTS:
            raise NotFound(f"There is no event type {type_}. Types: {', '.join(sorted(EVENTS))}.")
        found = trail(
            system.ledger,
            system.directory,
            after=from_ - 1,
            topic=type_,
            unit=unit and system.directory.tree()[unit].code,
            since=moment(system.ledger, since).instant if since else None,
            until=moment(system.ledger, until).instant if until else None,
            actor=actor,
        )
        if as_lines:
            terminal.lines(found)
        else:
            terminal.table(
                "Sự kiện",
                ("số thứ tự", "lúc ghi", "loại", "ai"),
                ((e["position"], e["recorded"], e["type"], e["actor"]) for e in found),
            )

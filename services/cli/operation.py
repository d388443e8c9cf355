"""Commands that run and keep the system: serve, doctor, verify, rebuild, keys, erase, units, rules, models."""

from __future__ import annotations

import time
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from shared import log
from shared.access import AccessKey, Role
from shared.errors import Invalid, NotFound
from shared.validation import faults
from shared.vocabulary import MatchingRules

app = typer.Typer()
key_app = typer.Typer(help="Khóa truy cập (API keys).", no_args_is_help=True)
unit_app = typer.Typer(help="Đơn vị: đổi tên, chuyển, sáp nhập (units).", no_args_is_help=True)
rules_app = typer.Typer(help="Quy tắc đối chiếu (matching rules).", no_args_is_help=True)
model_app = typer.Typer(help="Mô hình TF-IDF (models).", no_args_is_help=True)

On = Annotated[str, typer.Option("--on", help="Từ ngày (from the day on), 2023-01-31.")]


@app.command()
def serve(
    rooms: Annotated[
        list[str] | None, typer.Argument(help="intake, dedup, projections; mặc định: tất cả.")
    ] = None,
    data: Data = None,
    host: Annotated[str | None, typer.Option("--host")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535)] = None,
) -> None:
    """Chạy dịch vụ (serve all rooms, or those named); SIGTERM drains and stops."""
    from services.serving import ROOMS, Serving

    unknown = set(rooms or ()) - set(ROOMS)
    if unknown:
        raise typer.BadParameter(
            f"no such room: {', '.join(sorted(unknown))}; rooms: {', '.join(ROOMS)}"
        )
    with opened(data, new=True) as system:
        log.start(system.settings.log_level)
        settings = system.settings
        Serving(system, rooms or ROOMS).run(
            host or settings.host, settings.port if port is None else port
        )


@app.command()
def verify(data: Data = None, as_json: AsJSON = False) -> None:
    """Dựng lại mọi bảng từ sổ ghi và so sánh (refold everything and compare); exit 1 where they differ."""
    from services.projections.verify import verify as compare

    with opened(data) as system:
        terminal.catch_up(system)
        with terminal.progress("kiểm tra", "sự kiện", quiet=as_json) as advance:
            result = compare(system.ledger, system.views, progress=advance)
        if as_json:
            terminal.say(result)
        else:
            terminal.out.print(
                f"{'Khớp' if result['ok'] else 'KHÔNG KHỚP'}: {result['events']} sự kiện, "
                f"số thứ tự {result['position']}, {result['seconds']} giây."
            )
            if not result["ok"]:
                terminal.out.print(result["difference"], markup=False)
        if not result["ok"]:
            raise typer.Exit(1)


@app.command()
def rebuild(
    data: Data = None,
    view: Annotated[
        str | None, typer.Option("--view", help="Chỉ một bảng (quota, cases, timeline).")
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Dựng bảng mới bên cạnh rồi chuyển sang (build beside the live views, then switch)."""
    with opened(data) as system:
        began = time.perf_counter()
        with terminal.progress("dựng lại", "sự kiện", quiet=as_json) as advance:
            count = system.projector.rebuild(system.ledger, view=view, progress=advance)
        seconds = time.perf_counter() - began
        if as_json:
            terminal.say({"events": count, "seconds": round(seconds, 3)})
        else:
            terminal.out.print(f"Đã dựng lại từ {count} sự kiện trong {seconds:.1f} giây.")


@app.command()
def erase(
    person: Annotated[UUID, typer.Argument(help="Bí danh của người (the person's pseudonym).")],
    reason: Annotated[str, typer.Option("--reason", help="Căn cứ.")],
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Xóa dữ liệu cá nhân của một người (destroy a person's keys); everything else still verifies."""
    from services.intake.person import erase as erase_person

    with opened(data) as system:
        event = erase_person(
            person, reason=reason, by=system.operator(), ledger=system.ledger, keys=system.vault
        )
        position = system.ledger.append(event)[0]
        if as_json:
            terminal.say({"person": str(person), "position": position})
        else:
            terminal.out.print(f"Đã hủy khóa của {person}; tên không thể đọc lại nữa.")


@app.command()
def doctor(data: Data = None, as_json: AsJSON = False) -> None:
    """Khám hệ thống (configuration with secrets masked, lag, versions)."""
    with opened(data) as system:
        settings = system.settings
        head = system.ledger.head()
        answer: dict[str, object] = {
            "settings": {name: None if value is None else str(value) for name, value in settings},
            "simulated": system.directory.simulated,
            "head": head,
            "lag": {
                "dedup": head - system.ledger.handled("dedup"),
                "cases": head - system.ledger.handled("cases"),
                "projections": head - system.projector.position(),
            },
            "programmes": system.directory.programmes(),
            "units": len(system.directory.tree().units),
            "parked": 0,
            "versions": {
                name: _version(name)
                for name in (
                    "sangkien",
                    "eventsourcing",
                    "fastapi",
                    "scikit-learn",
                    "rapidfuzz",
                    "kafka-python",
                    "pydantic",
                )
            },
        }
        if as_json:
            terminal.say(answer)
            return
        for name, value in answer.items():
            terminal.out.print(f"{name}: {value}", markup=False)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        # The sources can be run where they lie, without being installed.
        return None


@key_app.command("create")
def create_key(
    role: Annotated[Role, typer.Option("--role")],
    unit: Annotated[str, typer.Option("--unit", help="Đơn vị và cấp dưới mà khóa có quyền.")],
    label: Annotated[
        str, typer.Option("--label", help="Tên chủ khóa; là bên gửi của bản kê khai.")
    ] = "",
    data: Data = None,
    as_json: AsJSON = False,
) -> None:
    """Cấp khóa (issue a key); it is printed once and never kept."""
    with opened(data) as system:
        found = system.directory.tree()[unit]
        key, event = AccessKey.issue(role, found.code, label=label, by=system.operator())
        system.ledger.append(event)
        if as_json:
            terminal.say(
                {"key": key, "id": str(event.originator_id), "role": role.value, "unit": unit}
            )
        else:
            terminal.err.print("Khóa chỉ hiện một lần này (shown this once):")
            terminal.out.print(key, markup=False)


@key_app.command("revoke")
def revoke_key(
    key: Annotated[UUID, typer.Argument(help="Mã của khóa (its id).")],
    reason: Annotated[str, typer.Option("--reason")],
    data: Data = None,
) -> None:
    """Thu hồi khóa (revoke a key)."""
    with opened(data) as system:
        event = system.ledger.load(AccessKey, key).revoke(reason=reason, by=system.operator())
        system.ledger.append(event)
        terminal.out.print(f"Đã thu hồi {key}.")


def day_of(text: str) -> date:
    """A day on the command line. Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text} is no day; write it as 2023-01-31.") from error


@unit_app.command("rename")
def rename(code: str, name: str, on: On, data: Data = None) -> None:
    """Đổi tên đơn vị từ một ngày (rename from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(unit.rename(name, valid_from=day_of(on), by=system.operator()))
        terminal.out.print(f"{code}: {name} từ {on}.")


@unit_app.command("move")
def move(
    code: str,
    to: Annotated[str, typer.Option("--to", help="Cấp trên mới.")],
    on: On,
    data: Data = None,
) -> None:
    """Chuyển đơn vị sang cấp trên khác từ một ngày (move from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(
            unit.move(to, valid_from=day_of(on), tree=system.directory.tree(), by=system.operator())
        )
        terminal.out.print(f"{code} thuộc {to} từ {on}.")


@unit_app.command("close")
def close(
    code: str,
    on: On,
    into: Annotated[str | None, typer.Option("--into", help="Sáp nhập vào đơn vị.")] = None,
    data: Data = None,
) -> None:
    """Kết thúc hoặc sáp nhập đơn vị từ một ngày (close or merge from a day on)."""
    from services.intake.unit import Unit, unit_id

    with opened(data) as system:
        unit = system.ledger.load(Unit, unit_id(code))
        system.ledger.append(
            unit.close(
                merged_into=into,
                valid_from=day_of(on),
                tree=system.directory.tree(),
                by=system.operator(),
            )
        )
        terminal.out.print(f"{code} kết thúc từ {on}{f', sáp nhập vào {into}' if into else ''}.")


@rules_app.command("show")
def show_rules(data: Data = None) -> None:
    """In quy tắc đang áp dụng (the rules in force, as JSON to edit)."""
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system:
        try:
            rules = system.ledger.load(Matching, matching_id()).rules
        except NotFound:
            # Nothing was matched yet: the first match will adopt these.
            rules = MatchingRules()
        terminal.out.print_json(rules.model_dump_json(indent=1))


@rules_app.command("adopt")
def adopt_rules(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    reason: Annotated[str, typer.Option("--reason")],
    data: Data = None,
) -> None:
    """Áp dụng quy tắc mới từ nay (adopt other rules from here on)."""
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system:
        try:
            rules = MatchingRules.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise Invalid(
                "; ".join(
                    f"{f.field}: {f.message}" for f in faults(error, system.settings.language)
                )
            ) from error
        system.detector.adopt_first_model()
        event = system.ledger.load(Matching, matching_id()).adopt_rules(
            rules, reason=reason, by=system.operator()
        )
        position = system.ledger.append(event)[0]
        terminal.out.print(f"Quy tắc mới áp dụng từ số thứ tự {position}.")


@model_app.command("fit")
def fit_model(
    data: Data = None,
    to: Annotated[Path | None, typer.Option("--to", help="Ghi ra tệp thay vì cạnh sổ ghi.")] = None,
) -> None:
    """Học mô hình từ sổ ghi (fit a model on the ledger's texts); adopting it is another step."""
    from services.dedup.corpus import corpus
    from services.dedup.model import Model

    with opened(data) as system:
        with terminal.progress("học", "sự kiện") as advance:
            model = Model.fit(corpus(system.ledger, advance))
        if to is not None:
            model.save(to)
        else:
            system.detector.models.keep(model)
        terminal.out.print(model.id)


@model_app.command("adopt")
def adopt_model(model: str, data: Data = None) -> None:
    """Áp dụng mô hình từ nay (adopt a fitted model from here on)."""
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system:
        system.detector.adopt_first_model()
        system.detector.models.load(model)
        event = system.ledger.load(Matching, matching_id()).adopt_model(model, by=system.operator())
        position = system.ledger.append(event)[0]
        terminal.out.print(f"Mô hình {model} áp dụng từ số thứ tự {position}.")

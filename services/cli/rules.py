"""Commands by which matching is ruled: rules show, rules adopt, rules calibrate, model fit, model adopt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.cli.trials import reliable
from services.wiring import System
from shared.errors import Invalid, NotFound
from shared.validation import faults
from shared.vocabulary import MatchingRules

rules_app = typer.Typer(help="Quy tắc đối chiếu (matching rules).", no_args_is_help=True)
model_app = typer.Typer(help="Mô hình TF-IDF (models).", no_args_is_help=True)


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
        rules = read_rules(file, system)
        system.detector.adopt_first_model()
        event = system.ledger.load(Matching, matching_id()).adopt_rules(
            rules, reason=reason, by=system.operator()
        )
        position = system.ledger.append(event)[0]
        terminal.out.print(f"Quy tắc mới áp dụng từ số thứ tự {position}.")


def read_rules(file: Path, system: System) -> MatchingRules:
    """The rules that stand in a file. Raises Invalid, naming each field that is wrong."""
    try:
        return MatchingRules.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise Invalid(
            "; ".join(f"{f.field}: {f.message}" for f in faults(error, system.settings.language))
        ) from error


@rules_app.command("calibrate")
def calibrate_rules(
    data: Data = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Vì sao, ghi vào sổ; bắt buộc trừ khi chạy thử.")
    ] = "",
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            exists=True,
            dir_okay=False,
            help='Thêm các cặp đã có người xét (.jsonl): {"idea","of","same"}.',
        ),
    ] = None,
    sender: Annotated[
        str, typer.Option("--sender", help="Bên gửi của các external_id trong tệp.")
    ] = "cli",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ xem kết quả, không áp dụng.")
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Hiệu chỉnh điểm theo kết luận của người thẩm định (fit what a score means on what people ruled)."""
    from services.dedup.answers import calibrated, known
    from services.dedup.labels import read_labels
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system:
        labelled = {}
        for label in read_labels(labels.read_bytes().splitlines()) if labels else ():
            if label.of is not None:
                pair = (system.idea_named(sender, name) for name in (label.idea, label.of))
                labelled[frozenset(pair)] = label.same
        system.detector.adopt_first_model()
        matching = system.ledger.load(Matching, matching_id())
        with terminal.progress("đọc kết luận", "sự kiện") as advance:
            answers = known(system.ledger, labelled, advance)
        found = calibrated(answers, matching.rules)
        position = None
        if not dry_run:
            event = matching.adopt_rules(found.rules, reason=reason, by=system.operator())
            position = system.ledger.append(event)[0]
        if as_json:
            told = {"answers": {"same": found.same, "other": found.other}, "position": position}
            told |= {name: getattr(found, name).model_dump(mode="json") for name in ("rules", "before", "after")}  # fmt: skip
            terminal.say(told)
            return
        reliable(found.before, f"Trước khi hiệu chỉnh ({found.same} trùng, {found.other} không)")
        reliable(found.after, "Sau khi hiệu chỉnh")
        shown = found.rules.calibration
        terminal.out.print(f"a = {shown.a}, b = {shown.b}, c = {shown.c}")
        if position is None:
            terminal.out.print("Chạy thử: không có gì được ghi.")
        else:
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

"""Commands by which matching is ruled: rules show, rules adopt, rules calibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.cli.trials import reliable
from services.wiring import System
from shared.calibration import IDENTITY
from shared.errors import Invalid, NotFound
from shared.validation import faults
from shared.vocabulary import MatchingRules

rules_app = typer.Typer(help="Quy tắc đối chiếu (matching rules).", no_args_is_help=True)


@rules_app.command("show")
def show_rules(data: Data = None) -> None:
    """In quy tắc đang áp dụng (the rules in force, as JSON to edit)."""
    with opened(data) as system:
        terminal.out.print_json(_in_force(system).model_dump_json(indent=1))


def _in_force(system: System) -> MatchingRules:
    from services.dedup.matching import Matching, matching_id

    try:
        return system.ledger.load(Matching, matching_id()).rules
    except NotFound:
        # Nothing was matched yet: the first match will adopt these.
        return MatchingRules()


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


class RulesAreNotJSON(Invalid):
    code = "rules-not-json"

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"{file} is not valid JSON: {reason}. Begin with what 'sangkien rules show' prints.",
            reason=reason,
        )


class LinesWithoutScale(Invalid):
    """Lines stand on the score, and what a score means is said by the calibration; older files drew them on likeness."""

    code = "lines-without-scale"

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"{file} draws lines (thresholds or by_tier) but gives no calibration, so it is open what they stand on. Add "
            "the calibration that 'sangkien rules show' prints; or, where they were drawn on likeness itself, add "
            f'"calibration": {IDENTITY.model_dump_json()}.',
            likeness=IDENTITY.model_dump_json(),
        )


def read_rules(file: Path, system: System) -> MatchingRules:
    """The rules that stand in a file. Raises Invalid, naming each field that is wrong; LinesWithoutScale."""
    try:
        rules = MatchingRules.model_validate_json(file.read_bytes())
    except ValidationError as error:
        for fault in error.errors():
            if fault["type"] == "json_invalid":
                raise RulesAreNotJSON(file, str(fault["ctx"]["error"])) from error
        found = faults(error, system.settings.language)
        raise Invalid(
            "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in found)
        ) from error
    given = rules.model_fields_set
    if given & {"thresholds", "by_tier"} and "calibration" not in given:
        raise LinesWithoutScale(file)
    return rules


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
    from services.dedup.matching import Matching, matching_id, require_reason

    with opened(data) as system:
        if not dry_run:
            require_reason(reason)
        labelled = {}
        for label in read_labels(labels.read_bytes().splitlines()) if labels else ():
            if label.of is not None:
                pair = (system.idea_named(sender, name) for name in (label.idea, label.of))
                labelled[frozenset(pair)] = label.same
        with terminal.progress("đọc kết luận", "sự kiện") as advance:
            answers = known(system.ledger, labelled, advance)
        found = calibrated(answers.counted, _in_force(system), left_out=answers.of_other_models)
        position = None
        if not dry_run:
            system.detector.adopt_first_model()
            matching = system.ledger.load(Matching, matching_id())
            event = matching.adopt_rules(found.rules, reason=reason, by=system.operator())
            position = system.ledger.append(event)[0]
        if as_json:
            counts = {
                "same": found.same,
                "other": found.other,
                "of_other_models": answers.of_other_models,
                "never_flagged": answers.never_flagged,
            }
            told = {"answers": counts, "position": position}
            told |= {name: getattr(found, name).model_dump(mode="json") for name in ("rules", "before", "after")}  # fmt: skip
            terminal.say(told)
            return
        terminal.out.print(
            f"Không tính: {answers.of_other_models} kết luận về cặp chỉ mô hình khác cảnh báo, {answers.never_flagged} "
            "nhãn về cặp chưa hề bị cảnh báo (left out: only other models flagged the pair; nobody did)."
        )
        reliable(found.before, f"Trước khi hiệu chỉnh ({found.same} trùng, {found.other} không)")
        reliable(found.after, "Sau khi hiệu chỉnh")
        shown = found.rules.calibration
        terminal.out.print(f"a = {shown.a}, b = {shown.b}, c = {shown.c}")
        if position is None:
            terminal.out.print("Chạy thử: không có gì được ghi.")
        else:
            terminal.out.print(f"Quy tắc mới áp dụng từ số thứ tự {position}.")

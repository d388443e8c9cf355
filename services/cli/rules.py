"""Commands by which matching is ruled: rules show, rules adopt, model fit, model adopt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.cli import terminal
from services.cli.terminal import Data, opened
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

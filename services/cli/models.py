"""Commands about models: model fit, model adopt, model list; and what doctor says of the one in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.wiring import System
from shared.errors import NotFound, Refusal
from shared.vocabulary import MatchingRules

if TYPE_CHECKING:
    from services.dedup.matching import Matching

app = typer.Typer(help="Mô hình TF-IDF (models).", no_args_is_help=True)

SHIPPED = "shipped"
"""The word for the model that comes with this version, whatever its id."""
PLACES = {
    "shipped": "kèm phần mềm (shipped)",
    "kept": "giữ cạnh sổ (kept)",
    "in_force": "đang dùng (in force)",
}


@app.command("fit")
def fit_model(
    data: Data = None,
    to: Annotated[Path | None, typer.Option("--to", help="Ghi ra tệp thay vì cạnh sổ ghi.")] = None,
    as_json: AsJSON = False,
) -> None:
    """Học mô hình từ sổ ghi (fit a model on the ledger's texts); adopting it is another step."""
    from services.dedup.corpus import corpus
    from services.dedup.model import Model

    with opened(data) as system:
        counted = count()
        with terminal.progress("học", "sự kiện") as advance:
            found = corpus(system.ledger, advance)
            model = Model.fit(text for text, _ in zip(found, counted, strict=False))
        texts = next(counted)
        if to is not None:
            model.save(to)
        else:
            system.detector.models.keep(model)
        if as_json:
            terminal.say({"model": model.id, "normaliser": model.normaliser, "texts": texts})
            return
        # The id alone stands on standard output, for a script to take.
        terminal.out.print(model.id, soft_wrap=True)
        terminal.err.print(f"Học từ {texts} văn bản (fitted on so many texts).")
        if to is None:
            terminal.err.print(
                f"Tiếp theo, chạy thử (try it next): sangkien model shadow {model.id}",
                soft_wrap=True,
            )


@app.command("adopt")
def adopt_model(
    model: Annotated[
        str, typer.Argument(help=f"Mã mô hình, hoặc {SHIPPED}: mô hình kèm phần mềm.")
    ],
    data: Data = None,
) -> None:
    """Áp dụng mô hình từ nay (adopt a fitted model, or the shipped one, from here on)."""
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system:
        models = system.detector.models
        found = models.shipped() if model == SHIPPED else models.find(model)
        system.detector.adopt_first_model()
        matching = system.ledger.load(Matching, matching_id())
        event = matching.adopt_model(found.id, normaliser=found.normaliser, by=system.operator())
        models.keep(found)
        position = system.ledger.append(event)[0]
        terminal.out.print(f"Mô hình {found.id} áp dụng từ số thứ tự {position}.", soft_wrap=True)
        is_of_this = matching.rules.calibration == MatchingRules().calibration
        if not (is_of_this and found.id == models.shipped().id):
            terminal.out.print(
                "Điểm vẫn được hiệu chỉnh theo mô hình khác; khi đã có kết luận dưới mô hình này, hãy chạy "
                "sangkien rules calibrate (the calibration was fitted on another model's measures).",
                soft_wrap=True,
            )


@app.command("list")
def list_models(data: Data = None, as_json: AsJSON = False) -> None:
    """Liệt kê mô hình: kèm phần mềm, giữ cạnh sổ, đang dùng (shipped, kept and in force)."""
    from services.dedup.variants import VERSION

    with opened(data) as system:
        rows = list(_listed(system))
        if as_json:
            terminal.say({"read_by": VERSION, "models": rows})
            return
        terminal.out.print(f"Phần mềm đọc theo bảng chuẩn hóa {VERSION} (tables of this version).")
        for row in rows:
            said = [f"bảng {row['normaliser']}"] if row["normaliser"] else []
            said += [word for name, word in PLACES.items() if row[name]]
            said += [str(row["problem"])] if row["problem"] else []
            # A line of its own, not a cell that is folded, so that an id can be copied out of it.
            terminal.out.print(f"{row['model']}  {', '.join(said)}", markup=False, soft_wrap=True)


def _listed(system: System) -> Iterator[Mapping[str, object]]:
    models = system.detector.models
    matching = _in_force(system)
    shipped, kept = models.shipped(), models.kept()
    names = [shipped.id, *kept, *([matching.model] if matching is not None else [])]
    for name in dict.fromkeys(names):
        normaliser = problem = None
        try:
            normaliser = models.find(name).normaliser
        except Refusal as refusal:
            problem = refusal.message
        yield {
            "model": name,
            "normaliser": normaliser,
            "shipped": name == shipped.id,
            "kept": name in kept,
            "in_force": matching is not None and name == matching.model,
            "problem": problem,
        }


def model_in_force(system: System) -> Mapping[str, object] | None:
    """The model in force and whether it reads as this version does; None before the first was adopted."""
    from services.dedup.variants import VERSION

    if (matching := _in_force(system)) is None:
        return None
    try:
        tables = system.detector.models.find(matching.model).normaliser
    except Refusal as refusal:
        return {"id": matching.model, "finding": refusal.message}
    if tables == VERSION:
        return {"id": matching.model, "finding": f"reads by tables {tables}, as this version does"}
    return {
        "id": matching.model,
        "finding": f"reads by tables {tables}; this version reads by {VERSION}: adopt the shipped one "
        "('sangkien model adopt shipped') and run 'sangkien match --rescore'",
    }


def _in_force(system: System) -> Matching | None:
    from services.dedup.matching import Matching, matching_id

    try:
        return system.ledger.load(Matching, matching_id())
    except NotFound:
        return None

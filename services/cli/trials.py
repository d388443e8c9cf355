"""Commands that put the matcher to the test: plant, evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.wiring import System
from shared.calibration import percent
from shared.errors import Conflict
from shared.events.idea import IdeaAmended, IdeaDeclared
from shared.events.matching import FlagRaised
from shared.ledger.follow import Progress
from shared.messages import BANDS

if TYPE_CHECKING:
    from services.dedup.evaluation import Evaluation
    from services.dedup.labels import Label
    from services.dedup.reliability import Reliability
    from services.dedup.truth import Said, Suspected

app = typer.Typer()


@app.command()
def plant(
    texts: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, help=".jsonl: title, situation_before, solution."
        ),
    ],
    to: Annotated[
        Path, typer.Option("--to", file_okay=False, help="Thư mục nhận các tệp (folder to write).")
    ],
    seed: Annotated[int, typer.Option("--seed", help="Cùng seed, cùng kết quả từng byte.")],
    copies: Annotated[int, typer.Option("--copies", min=0, help="Số bản chép mỗi loại.")] = 100,
    negatives: Annotated[
        int, typer.Option("--negatives", min=0, help="Số bản không chép mỗi loại.")
    ] = 500,
    originals: Annotated[
        int | None,
        typer.Option("--originals", min=1, help="Số bản gốc nhiều nhất; mặc định: tất cả."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Gieo bản chép đủ loại vào các bài có sẵn (plant copies of every kind), to evaluate the matcher with."""
    from services.dedup.disguises import TABLES
    from services.dedup.planting import plant as sow
    from services.dedup.planting import read_texts, write

    with terminal.refusals("vi"), texts.open("rb") as lines:
        with terminal.progress("gieo", "bản") as advance:
            planted = sow(
                read_texts(lines),
                seed=seed,
                copies=copies,
                negatives=negatives,
                originals=originals,
                progress=advance,
            )
        write(planted, to)
    if as_json:
        terminal.say({"declarations": len(planted.declarations), "kinds": planted.counts})
        return
    terminal.out.print(f"{len(planted.declarations)} bản kê khai và nhãn đã ghi vào {to}.")
    names = TABLES["kinds"]
    terminal.table(
        "Đã gieo",
        ("loại", "nghĩa", "số bản"),
        ((kind, name, planted.counts[kind]) for kind, name in names.items()),
    )


@app.command()
def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help='Nhãn .jsonl: {"later","earlier","kind"} hoặc {"idea","of","same"}.',
        ),
    ],
    data: Data = None,
    sender: Annotated[
        str, typer.Option("--sender", help="Bên gửi của các external_id trong tệp.")
    ] = "cli",
    picture: Annotated[
        Path | None,
        typer.Option("--picture", dir_okay=False, help="Ghi đường cong ngưỡng ra tệp .svg."),
    ] = None,
    as_json: AsJSON = False,
) -> None:
    """Đánh giá việc đối chiếu trên tệp nhãn (precision, recall and false flags on a labelled file)."""
    from services.dedup import evaluation
    from services.dedup.curve import picture as drawn
    from services.dedup.labels import read_labels
    from services.dedup.matching import Matching, matching_id

    with opened(data) as system, file.open("rb") as lines:
        labels = read_labels(lines)
        _refuse_what_cannot_be_judged(system, labels, sender)
        rules = system.ledger.load(Matching, matching_id()).rules
        with terminal.progress("đánh giá", "sự kiện") as advance:
            result = evaluation.evaluate(
                labels,
                _said(system, sender, advance),
                _suspected(system, sender),
                rules=rules,
            )
        if picture is not None:
            picture.write_text(drawn(result.curve), "utf-8")
        if as_json:
            terminal.say({**result.model_dump(mode="json"), "model": system.detector.model})
        else:
            _show(result)


def _refuse_what_cannot_be_judged(system: System, labels: list[Label], sender: str) -> None:
    names = dict.fromkeys(n for label in labels for n in (label.idea, label.of) if n is not None)
    for name in names:
        system.idea_named(sender, name)
    at = system.detector.position()
    if system.ledger.notifications(at, topics=(IdeaDeclared.TOPIC, IdeaAmended.TOPIC)):
        raise Conflict(f"Not everything is matched after position {at}. Run 'sangkien match'.")


def _name(sender: str, of: str, external_id: str) -> str:
    """What labels call an idea; those of other senders are told apart."""
    return external_id if of == sender else f"{of}/{external_id}"


def _said(system: System, sender: str, progress: Progress) -> Iterator[Said]:
    """Every text on record, in the ledger's order."""
    from services.dedup.truth import Said

    known: dict[UUID, tuple[str, str]] = {}
    at, head = 0, system.ledger.head()
    while page := system.ledger.read(at, topics=(IdeaDeclared.TOPIC, IdeaAmended.TOPIC)):
        at = page[-1].position
        for event in (recorded.event for recorded in page):
            if isinstance(event, IdeaDeclared):
                name = _name(sender, event.sender, event.external_id)
                known[event.originator_id] = name, event.unit
            assert isinstance(event, IdeaDeclared | IdeaAmended)
            yield Said(*known[event.originator_id], event.content.solution)
        progress(at, head)


def _suspected(system: System, sender: str) -> Iterator[Suspected]:
    """Every flag on record, the latest of a pair last."""
    from services.dedup.truth import Suspected

    at = 0
    while page := system.ledger.read(at, topics=(FlagRaised.TOPIC,)):
        at = page[-1].position
        for event in (recorded.event for recorded in page):
            assert isinstance(event, FlagRaised)
            idea, of = (_name(sender, m.sender, m.external_id) for m in (event.idea, event.of))
            yield Suspected(idea, of, event.band, event.score)


def _show(result: Evaluation) -> None:
    terminal.table(
        "Theo loại",
        ("loại", "số bản", "cặp", "tìm ra", "độ phủ %", "hoàn toàn", "gần như", "tương đồng", "cảnh báo",
         "chính xác %", "báo sai", "báo sai/bản"),
        (
            (
                kind.kind, kind.ideas, kind.pairs, kind.found, _percent(kind.recall),
                *kind.by_band.values(), kind.flags, _percent(kind.precision), kind.false_flags,
                _fine(kind.false_flags_an_idea),
            )
            for kind in result.kinds
        ),
    )  # fmt: skip
    terminal.table(
        "Theo mức",
        ("mức", "cảnh báo", "sai", "chính xác %", "độ phủ từ mức này %"),
        (
            (BANDS[band.band].vi, band.flags, band.false, _percent(band.precision), _percent(band.recall))
            for band in result.bands
        ),
    )  # fmt: skip
    reliable(result.reliability, "Điểm có đáng tin không")
    terminal.out.print(
        f"Độ phủ bình quân các loại: {_fine(result.macro_recall)}; cảnh báo sai mỗi bản không chép: "
        f"{_fine(result.false_flags_an_idea)}; {result.ideas} bản kê khai, {result.flags} cảnh báo."
    )


def reliable(found: Reliability, title: str) -> None:
    """Say how many of the pairs that score about so much are the same."""
    terminal.table(
        title,
        ("điểm từ", "đến", "số cặp", "điểm bình quân", "thực trùng"),
        (
            (_fine(b.least), _fine(b.most), b.count, _fine(b.score), _fine(b.same))
            for b in found.bins
        ),
    )
    terminal.out.print(
        f"{found.pairs} cặp; điểm Brier {_fine(found.brier)}; sai lệch hiệu chỉnh bình quân {_fine(found.error)}."
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else percent(share, 1)


def _fine(number: float | None) -> str:
    return "–" if number is None else f"{number:.4f}".replace(".", ",")

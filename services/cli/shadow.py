"""The command that tries a model or rules beside those in force: model shadow."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import terminal
from services.cli.glossary import RULES
from services.cli.rules import read_rules
from services.cli.terminal import AsJSON, Data, opened
from shared.errors import Invalid
from shared.messages import BANDS, RULINGS, TIERS

if TYPE_CHECKING:
    from services.dedup.comparison import Comparison, Difference, Evidence

app = typer.Typer()

SHOWN = 20
"""So many differences are shown to people; all of them stand in the answers for machines."""
MEANINGS = {
    "only-live": "chỉ bản đang dùng nghi trùng",
    "only-candidate": "chỉ bản chạy thử nghi trùng",
    "other-band": "cả hai, khác mức",
    "moved": "cả hai, cùng mức, điểm lệch nhiều",
    "same": "cả hai như nhau",
}


@app.command()
def shadow(
    model: Annotated[
        str | None, typer.Argument(help="Mã mô hình chạy thử; mặc định: mô hình đang dùng.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules", exists=True, dir_okay=False, help="Tệp quy tắc chạy thử (rules to try)."
        ),
    ] = None,
    data: Data = None,
    moved: Annotated[
        float,
        typer.Option(
            "--moved", min=0, max=1, help="Cùng mức: liệt kê khi điểm lệch hơn (moved by more)."
        ),
    ] = 0.05,
    since: Annotated[
        int | None,
        typer.Option("--since", min=0, help="Chỉ so sánh sau số thứ tự này (after a position)."),
    ] = None,
    last: Annotated[
        int | None,
        typer.Option("--last", min=1, help="Chỉ so sánh bấy nhiêu bản kê khai cuối (the last)."),
    ] = None,
    as_json: AsJSON = False,
    as_lines: Annotated[
        bool, typer.Option("--jsonl", help="Mỗi dòng một chỗ khác nhau (a line a difference).")
    ] = False,
) -> None:
    """Chạy thử mô hình hoặc quy tắc bên cạnh bản đang dùng (try a model or rules beside those in force).

    Không ghi gì vào sổ (nothing is recorded).
    """
    from services.dedup.shadow import before_the_last

    with opened(data) as system:
        if since is not None and last is not None:
            raise Invalid("Either --since or --last says where the comparison begins, not both.")
        if as_json and as_lines:
            raise Invalid("Either --json, one object with everything, or --jsonl, a line a pair.")
        if last is not None:
            since = before_the_last(system.ledger, last, to=system.detector.position())
        with terminal.progress("chạy thử", "sự kiện") as advance:
            found = system.detector.shadow(
                model=model,
                rules=read_rules(rules, system) if rules is not None else None,
                since=since or 0,
                moved=moved,
                progress=advance,
            )
        onward = _promotion(found, rules, data)
        if as_json:
            terminal.say({**found.model_dump(mode="json"), "promote": onward})
        elif as_lines:
            terminal.lines(d.model_dump(mode="json") for d in found.differences)
            _say_how_to_go_on(onward, aside=True)
        else:
            _show(found)
            _say_how_to_go_on(onward)


def _promotion(found: Comparison, rules: Path | None, data: Path | None) -> list[str]:
    """The commands that put the candidate in force, and then suspect everything again."""
    steps: list[list[str]] = []
    if found.candidate.model != found.live.model:
        steps.append(["model", "adopt", found.candidate.model])
    if rules is not None and found.candidate.rules != found.live.rules:
        steps.append(["rules", "adopt", str(rules), "--reason", "…"])
    if steps:
        steps.append(["match", "--rescore"])
    home = ["--data", str(data)] if data is not None else []
    return [shlex.join(["sangkien", *step, *home]) for step in steps]


def _say_how_to_go_on(commands: list[str], *, aside: bool = False) -> None:
    console = terminal.err if aside else terminal.out
    if not commands:
        console.print("Bản chạy thử chính là bản đang dùng (the candidate is what is in force).")
        return
    console.print("Nếu muốn áp dụng (to promote the candidate, and suspect everything again):")
    for command in commands:
        console.print(f"  {command}", markup=False, soft_wrap=True)


def _show(found: Comparison) -> None:
    sides = (found.live, found.candidate)
    terminal.table(
        f"So sánh {found.texts} văn bản, số thứ tự {found.since + 1}–{found.to}",
        ("", "đang dùng", "chạy thử"),
        (
            ("mô hình", *(side.model[:19] for side in sides)),
            *_other_rules(found),
            ("cặp nghi trùng", *(side.pairs for side in sides)),
            *((f"  {BANDS[band].vi}", *(side.by_band[band] for side in sides)) for band in sides[0].by_band),
            ("  đã có cảnh báo trong sổ", *(side.flagged for side in sides)),
            ("bản kê khai bị nghi", *(side.ideas for side in sides)),
        ),
    )  # fmt: skip
    terminal.table(
        "Khác nhau",
        ("loại", "số cặp"),
        ((MEANINGS[kind.value], count) for kind, count in found.kinds.items()),
    )
    if found.moves is not None:
        moves = found.moves
        terminal.out.print(
            f"Điểm của các cặp cả hai cùng nghi: bình quân {_signed(moves.mean)}, "
            f"độ lệch bình quân {_fine(moves.mean_size)}, lệch nhiều nhất {_signed(moves.largest)}."
        )
    if found.duplicates.pairs or found.distinct.pairs:
        terminal.table(
            "Các cặp đã có người kết luận",
            ("kết luận", "số cặp", "đang dùng nghi", "chạy thử nghi"),
            (_judged("trùng", found.duplicates), _judged("không trùng", found.distinct)),
        )
    else:
        terminal.out.print(
            "Chưa có cặp nào được người kết luận (no pair was judged by people yet)."
        )
    if not found.differences:
        return
    terminal.table(
        f"Khác nhau nhiều nhất ({min(SHOWN, len(found.differences))} trong {len(found.differences)} cặp)",
        ("loại", "bản kê khai", "giống bản", "phạm vi", "đang dùng", "chạy thử", "đã có cảnh báo", "kết luận"),
        (_row(difference) for difference in found.differences[:SHOWN]),
    )  # fmt: skip


def _other_rules(found: Comparison) -> list[tuple[str, str, str]]:
    """The rules by which the two differ, each as either has it."""
    one, other = (side.rules.model_dump(mode="json") for side in (found.live, found.candidate))
    return [
        (f"{RULES[name]} ({name})", _worded(one[name]), _worded(other[name]))
        for name in one
        if one[name] != other[name]
    ]


def _worded(rule: object) -> str:
    """What a rule says, its codes in the words of people."""
    match rule:
        case dict():
            return "; ".join(f"{_of(name)} {_worded(value)}" for name, value in rule.items()) or "–"
        case list() | tuple():
            return ", ".join(map(_worded, rule)) or "–"
        case float():
            return str(rule).replace(".", ",")
        case _:
            return str(rule)


def _of(name: str) -> str:
    words = {word.value: said.vi for word, said in (*BANDS.items(), *TIERS.items())}
    return words.get(name, name)


def _judged(said: str, evidence: Evidence) -> tuple[str, int, int, int]:
    live, candidate = (sum(side.values()) for side in (evidence.live, evidence.candidate))
    return said, evidence.pairs, live, candidate


def _row(difference: Difference) -> tuple[object, ...]:
    held = (
        f"{BANDS[opinion.band].vi} {_fine(opinion.score)}" if opinion is not None else "–"
        for opinion in (difference.live, difference.candidate)
    )
    ruling = difference.ruling
    return (
        MEANINGS[difference.kind.value],
        _named(difference.idea, difference.sender),
        _named(difference.of, difference.of_sender),
        TIERS[difference.tier].vi,
        *held,
        difference.flagged,
        RULINGS[ruling].vi if ruling is not None else None,
    )


def _named(external_id: str, sender: str) -> str:
    return external_id if sender == "cli" else f"{sender}/{external_id}"


def _fine(number: float) -> str:
    return f"{number:.4f}".replace(".", ",")


def _signed(number: float) -> str:
    return f"{number:+.4f}".replace(".", ",")

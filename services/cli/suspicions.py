"""Commands of matching and ruling: match, flags, explain, rule."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.glossary import PARTS
from services.cli.terminal import AsJSON, AsLines, Data, opened
from services.wiring import System
from shared.access import Action, permit
from shared.calibration import percent
from shared.errors import NotFound
from shared.events.matching import FlagRaised
from shared.messages import BANDS, RULINGS, TIERS
from shared.vocabulary import Ruling

if TYPE_CHECKING:
    from services.dedup.explain import Explanation, Span

app = typer.Typer()


class FlagIsTheOtherWay(NotFound):
    """The two are suspected, but whoever asks named the earlier one first."""

    code = "flag-the-other-way"


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
        with terminal.progress("đối chiếu", "sự kiện") as advance:
            system.detector.match(advance)
            if rescore:
                system.detector.rescore(advance)
        with terminal.progress("lập hồ sơ", "sự kiện") as advance:
            system.keeper.keep(advance)
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
        raised = _flags(system)
        if as_lines:
            terminal.lines(map(_told, raised))
        else:
            terminal.table(
                "Cảnh báo trùng",
                ("bản kê khai", "giống bản", "mức", "điểm %", "phạm vi"),
                (
                    (f.idea.external_id, f.of.external_id, BANDS[f.band].vi, percent(f.score, 1), TIERS[f.tier].vi)
                    for f in raised
                ),
            )  # fmt: skip


def _told(flag: FlagRaised) -> dict[str, object]:
    return {
        "idea": flag.idea.external_id,
        "sender": flag.idea.sender,
        "of": flag.of.external_id,
        "of_sender": flag.of.sender,
        "band": flag.band.value,
        "score": flag.score,
        "parts": flag.parts.model_dump(),
        "idea_standard": list(flag.idea_standard),
        "of_standard": list(flag.of_standard),
        "tier": flag.tier.value,
        "in_law": flag.tier.in_law,
        "reasons": list(flag.reasons),
        "model": flag.model,
        "rules_version": flag.rules_version,
        "position": flag.idea.position,
        "flag": str(flag.originator_id),
    }


def _flags(system: System) -> list[FlagRaised]:
    """The last flag of each pair, by the later idea's position, the likeliest first."""
    found: dict[tuple[UUID, UUID], FlagRaised] = {}
    after = 0
    while page := system.ledger.read(after, topics=(FlagRaised.TOPIC,)):
        for recorded in page:
            flag = recorded.event
            assert isinstance(flag, FlagRaised)
            found[flag.idea.idea, flag.of.idea] = flag
        after = page[-1].position
    return sorted(found.values(), key=lambda f: (f.idea.position, -f.score, f.of.position))


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
    from services.dedup.case import Case

    with opened(data) as system:
        caller = system.directory.caller(key)
        found = system.ledger.load(Case, case)
        judged = found.named(member, sender)
        permit(caller, Action.RULE, judged.unit, system.directory.tree_today(judged.unit))
        event = found.rule(judged.idea, code, reason=reason, by=system.actor(caller, source="cli"))
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
    from services.dedup.grounds import flags_between
    from services.dedup.hearing import compared, explained, plain

    with opened(data) as system:
        later = system.idea_named(sender, idea)
        earlier = system.idea_named(of_sender or sender, of)
        raised = flags_between(later, earlier, system.ledger)
        if not raised:
            if flags_between(earlier, later, system.ledger):
                raise FlagIsTheOtherWay(
                    f"The flag is the other way round: {of} is the later one. "
                    f"Name it first: sangkien explain {of} {idea}.",
                    later=of, earlier=idea,
                )  # fmt: skip
            raise NotFound(
                f"No flag of {idea} against {of} is on record. See 'sangkien flags' for those that are."
            )
        texts = compared(raised[-1], system.ledger)
        explanation = explained(raised[-1], system.ledger, system.detector.models, texts=texts)
        if as_json:
            terminal.say(plain(explanation))
            return
        terminal.out.print(explanation.vi, markup=False)
        terminal.out.print(explanation.en, style="dim", markup=False)
        terminal.table(
            "Các phần của điểm",
            ("phần (part)", "%"),
            ((name, percent(getattr(explanation.parts, part), 1)) for part, name in PARTS.items()),
        )
        terminal.table(
            "Từ chung nặng nhất",
            ("từ", "phần trọng lượng %"),
            ((term.term, term.weight * 100) for term in explanation.terms),
        )
        _quote(f"Đoạn chép trong {idea} (copied, in the later one):", texts.idea.solution, explanation.idea_spans)  # fmt: skip
        _quote(f"Đoạn chép trong {of} (copied, in the earlier one):", texts.of.solution, explanation.of_spans)  # fmt: skip
        for line in _what_would_drop_it(explanation):
            terminal.out.print(line, markup=False)


def _quote(title: str, text: str, stretches: Iterable[Span]) -> None:
    quoted = [text[start:end] for start, end in stretches]
    if quoted:
        terminal.out.print(title, style="bold", markup=False)
    for stretch in quoted:
        terminal.out.print(f"  «{stretch}»", markup=False, soft_wrap=True)


def _what_would_drop_it(explanation: Explanation) -> tuple[str, ...]:
    """How many of the copied words would have to go, or that it would not help; nothing where none are shown."""
    if not explanation.idea_spans:
        return ()
    line, words = explanation.line, explanation.words_to_change
    line_vi = str(line).replace(".", ",")
    if words is None:
        return (
            f"Bỏ hết các từ chép cũng không xuống dưới vạch {line_vi} "
            f"(without all the copied words it would still not drop below the line, {line}).",
        )
    return (
        f"Bỏ {words} từ chép thì xuống dưới vạch {line_vi} "
        f"(without {words} of the copied words it drops below the line, {line}).",
    )

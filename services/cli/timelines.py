"""Commands that tell what happened to an idea, in words: its timeline, and its full story."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from services.cli import terminal
from services.cli.sayings import said
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.history.story import Story
from services.projections.history.story import story as story_of
from services.projections.history.timeline import Timeline
from services.projections.history.timeline import timeline as timeline_of
from services.projections.presentation.happening_words import detail_in_words, event_in_words
from services.projections.reckoning.asof import Moment, moment
from services.projections.views.database import Views
from shared.figures import Figures
from shared.ledger.store import Ledger
from shared.vocabulary import Value

TTold = TypeVar("TTold", bound=Value)

app = typer.Typer()

OfIdea = Annotated[str, typer.Argument(help="external_id của sáng kiến.")]
OfSender = Annotated[str, typer.Option("--sender")]


@app.command()
def timeline(
    idea: OfIdea,
    sender: OfSender = "cli",
    data: Data = None,
    at: At = None,
    as_json: AsJSON = False,
) -> None:
    """Toàn bộ diễn biến của một sáng kiến (everything that happened to an idea)."""

    def show(found: Timeline, figures: Figures) -> None:
        terminal.table(
            said(figures, f"Diễn biến của {idea}", f"What happened to {idea}"),
            ("số thứ tự", "ghi lúc", "có hiệu lực từ", "sự kiện", "ai", "chi tiết"),
            (
                (
                    h.position,
                    h.recorded,
                    h.effective,
                    event_in_words(h.topic, figures),
                    h.actor,
                    detail_in_words(h.detail, figures),
                )
                for h in found.happenings
            ),
            figures,
        )

    _tell(timeline_of, show, idea, sender, data, at, as_json=as_json)


@app.command()
def story(
    idea: OfIdea,
    sender: OfSender = "cli",
    data: Data = None,
    at: At = None,
    as_json: AsJSON = False,
) -> None:
    """Câu chuyện đầy đủ của một sáng kiến (its full story): sửa gì, muộn mấy ngày, tính ở đâu từ bao giờ."""
    _tell(story_of, _show_story, idea, sender, data, at, as_json=as_json)


def _tell(
    ask: Callable[[Ledger, Views, UUID, Moment], TTold],
    show: Callable[[TTold, Figures], None],
    idea: str,
    sender: str,
    data: Path | None,
    at: str | None,
    *,
    as_json: bool,
) -> None:
    """What is asked of one idea, for people or as JSON."""
    with opened(data) as system:
        terminal.catch_up(system)
        named = system.idea_named(sender, idea)
        found = ask(system.ledger, system.views, named, moment(system.ledger, at))
        if as_json:
            terminal.say(found.model_dump(mode="json"))
        else:
            show(found, terminal.plain(system))


def _show_story(found: Story, figures: Figures) -> None:
    hidden = said(figures, "(không nêu)", "(not told)")
    terminal.table(
        said(
            figures,
            f"Sáng kiến {found.external_id} ({found.sender}), chương trình {found.programme}",
            f"Idea {found.external_id} ({found.sender}), programme {found.programme}",
        ),
        ("số thứ tự", "ghi lúc", "có hiệu lực từ", "muộn (ngày)", "sự kiện", "ai", "chi tiết"),
        (
            (
                c.position,
                c.recorded,
                c.effective,
                c.days_late,
                event_in_words(c.topic, figures),
                c.actor,
                ", ".join(
                    [detail_in_words(c.detail, figures)] * bool(c.detail)
                    + [
                        f"{f.field}: {hidden if f.hidden else f'{f.before} → {f.after}'}"
                        for f in c.changed
                    ]
                ),
            )
            for c in found.chapters
        ),
        figures,
    )
    for title, spans in (
        (said(figures, "Tính ở đâu, như đã biết", "Where it counted, as known"), found.known),
        (
            said(figures, "Tính ở đâu, như đã sửa", "Where it counted, as corrected"),
            found.corrected,
        ),
    ):
        terminal.table(
            title,
            ("đơn vị", "đã kê khai", "hợp lệ", "từ", "đến"),
            ((s.unit, s.gross, s.net, s.since, s.until) for s in spans),
            figures,
        )

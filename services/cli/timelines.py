"""The command that tells what happened to an idea, in words."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli import terminal
from services.cli.terminal import AsJSON, At, Data, opened
from services.projections.history.timeline import timeline as idea_timeline
from services.projections.presentation.happening_words import detail_in_words, event_in_words
from services.projections.reckoning.asof import moment
from shared.figures import PLAIN

app = typer.Typer()


@app.command()
def timeline(
    idea: Annotated[str, typer.Argument(help="external_id của sáng kiến.")],
    sender: Annotated[str, typer.Option("--sender")] = "cli",
    data: Data = None,
    at: At = None,
    as_json: AsJSON = False,
) -> None:
    """Toàn bộ diễn biến của một sáng kiến (everything that happened to an idea)."""
    with opened(data) as system:
        terminal.catch_up(system)
        found = idea_timeline(
            system.ledger,
            system.views,
            system.idea_named(sender, idea),
            moment(system.ledger, at),
        )
        if as_json:
            terminal.say(found.model_dump(mode="json"))
            return
        figures = PLAIN._replace(language=system.settings.language)
        terminal.table(
            f"Diễn biến của {idea}",
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

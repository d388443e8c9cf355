"""Every event by its topic: the register that decoding uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.events import access, board, case, idea, matching, mending, organisation, programme
from shared.ledger.model import Event

EVENTS: Final[Mapping[str, type[Event]]] = {
    kind.TOPIC: kind
    for module in (organisation, programme, idea, access, matching, case, mending, board)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind.__module__ == module.__name__
}
"""Every event by its topic."""

DIRECTORY_TOPICS: Final = tuple(
    topic
    for topic in EVENTS
    if topic.split(".")[0]
    in {"unit", "cohort", "programme", "emulation", "key", "ledger", "person"}
)
"""What the directory follows: who exists, under which terms, with which rights."""

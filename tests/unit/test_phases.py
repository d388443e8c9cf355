"""The phases of a programme: everybody's, and those of a unit that has its own."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.cli.sayings import span
from services.projections.boards.phases import Phases, phases
from shared.figures import PLAIN
from shared.ledger.store import Ledger
from shared.tree import UnitIsUnknown
from shared.vocabulary import HOME, Position
from tests.aims import Aims


def test_a_unit_goes_through_its_own_phases_and_everybody_elses_stand_beside(
    ledger: Ledger,
) -> None:
    story = Aims(ledger)
    spring, summer, autumn = (datetime(2022, month, 1, tzinfo=HOME) for month in (3, 6, 9))
    before = ledger.head()
    story.phases(
        ("1", spring, summer, None), ("2", summer, autumn, None), ("2", summer, summer.replace(month=7), "p2")
    )  # fmt: skip

    def asked(unit: str | None = None, at: Position | None = None) -> Phases:
        return phases(story.directory, programme="1tr", at=story.at(at), unit=unit)

    def told(board: Phases) -> list[tuple[str, str, str | None]]:
        return [(r.phase, span(r.begins, r.ends, PLAIN), r.window_of) for r in board.rows]

    everybody = ("1", "1/3/2022 – 31/5/2022", None)
    own = ("2", "1/6/2022 – 30/6/2022", "p2")
    assert told(asked()) == [everybody, ("2", "1/6/2022 – 31/8/2022", None), own]
    assert told(asked("u2")) == [everybody, own]
    assert everybody not in told(asked("u2", before))
    assert span(asked().begins, asked().ends, PLAIN)
    with pytest.raises(UnitIsUnknown):
        asked("nowhere")

"""The command that says whether two systems came to the same: digests of flags, cases and boards, whatever ids they gave.

Embedded or distributed, with one worker or with eight: from the same declarations in the same order follow the same flags,
cases and boards. What differs from run to run is left out: positions, recorded instants, and ids; an idea is named as its
sender named it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import typer
from pydantic import BaseModel
from pydantic_core import to_json

from services.cli import terminal
from services.cli.terminal import AsJSON, Data, opened
from services.projections.boards.cases import cases
from services.projections.boards.leaderboard import leaderboard
from services.projections.reckoning.asof import Moment, moment
from services.wiring import System
from shared.events.matching import FlagRaised
from shared.vocabulary import Level

app = typer.Typer()

OF_A_RUN: Final = {"originator_id", "originator_version", "by", "cut", "idea", "position", "case"}
"""What another run names otherwise; `idea` is an id inside a member, and the member itself inside a flag."""


@app.command()
def digest(data: Data = None, as_json: AsJSON = False) -> None:
    """Dấu vân tay của cảnh báo, hồ sơ và bảng (digests of flags, cases and boards, alike for alike declarations)."""
    with opened(data) as system:
        terminal.catch_up(system)
        answer = {
            what: {"count": len(lines), "sha256": hashlib.sha256(b"\n".join(lines)).hexdigest()}
            for what, lines in told(system, moment(system.ledger, None)).items()
        }
    if as_json:
        terminal.say(answer)
        return
    for what, found in answer.items():
        terminal.out.print(f"{found['sha256']}  {what} ({found['count']})", markup=False)


def told(system: System, at: Moment) -> dict[str, list[bytes]]:
    """What a system says of flags, cases and boards as of a moment, a line for each."""
    return {
        "flags": sorted(_flags(system, at)),
        "cases": sorted(_cases(system, at)),
        "boards": list(_boards(system, at)),
    }


def _flags(system: System, at: Moment) -> Iterator[bytes]:
    after = 0
    while page := system.ledger.read(after, topics=(FlagRaised.TOPIC,), to=at.position):
        for recorded in page:
            if isinstance(flag := recorded.event, FlagRaised):
                members = {"later": _lasting(flag.idea), "earlier": _lasting(flag.of)}
                yield to_json({**_lasting(flag, "of"), **members, "raised_by": flag.by.name})
        after = page[-1].position


def _cases(system: System, at: Moment) -> Iterator[bytes]:
    for case in cases(system.ledger, system.views, at):
        members = sorted((_lasting(m, "moved_to") for m in case.members), key=to_json)
        shown = case.model_dump(include={"state", "band", "score", "canonical"}, mode="json")
        yield to_json({**shown, "members": members})


def _boards(system: System, at: Moment) -> Iterator[bytes]:
    for programme in sorted(system.directory.programmes()):
        for level in Level:
            board = leaderboard(
                system.views, system.directory, programme=programme, at=at, level=level, top=None
            )
            yield from (to_json(row.model_dump(mode="json")) for row in board.rows)


def _lasting(value: BaseModel, *without: str) -> Mapping[str, Any]:
    return value.model_dump(mode="json", exclude={*OF_A_RUN, *without})

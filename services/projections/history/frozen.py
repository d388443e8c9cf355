"""Frozen boards: put on record as they stood, under a name that stands for nothing else ever after (C22)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final, Self

from services.projections.history.question import Question, Row
from services.projections.reckoning.asof import Moment
from shared.errors import Conflict, Invalid, NotFound
from shared.events.board import BoardFrozen
from shared.ledger.model import Actor, Aggregate, Event, Unfoldable
from shared.ledger.store import Ledger
from shared.ledger.write import Claim
from shared.vocabulary import named

REGISTER: Final = named("frozen boards")
"""All frozen boards are one stream, so that two of one name cannot be, and the list of them is short to read."""
OF_ROWS: Final = "sha256:"
"""How a digest of rows alone begins: the first boards were frozen with it, and are still proven by it."""
OF_ALL: Final = "sha256-2:"
"""How a digest of the question, its moment and the rows begins."""


class BoardIsFrozen(Conflict):
    """What was frozen stays: a correction is another board, under another name."""

    code = "board-is-frozen"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A board is frozen as {name}, and stays as it is. Freeze the other one under a new name; "
            f"say that it corrects {name}, if it does.",
            field="name",
            value=name,
        )


class FrozenBoardIsUnknown(NotFound):
    code = "unknown-frozen-board"

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"No board is frozen as {name}. Frozen boards: {', '.join(known) or 'none'}.", name=name
        )


class ReasonMissing(Invalid):
    code = "reason-missing"

    def __init__(self) -> None:
        super().__init__(
            "Say for what the board is frozen, such as the award; the reason stays on record.",
            field="reason",
        )


class FrozenBoards(Aggregate):
    """The register of frozen boards, by name, in the order in which they were frozen."""

    NOUN: ClassVar[str] = "frozen board"

    boards: Mapping[str, BoardFrozen]

    @classmethod
    def none(cls) -> Self:
        """The register before anything is in it."""
        return cls(id=REGISTER, version=0, boards={})

    @classmethod
    def of(cls, ledger: Ledger) -> Self:
        """The register as it stands."""
        state = cls.none()
        for event in ledger.stream(REGISTER):
            state = cls.evolve(state, event)
        return state

    def freeze(
        self,
        name: str,
        question: Question,
        at: Moment,
        rows: Sequence[Row],
        *,
        reason: str,
        by: Actor,
        corrects: str | None = None,
    ) -> BoardFrozen:
        """Put a board on record as it stands at a moment; `corrects` is the earlier one that it is to stand for instead.

        Raises BoardIsFrozen, FrozenBoardIsUnknown, ReasonMissing.
        """
        if name in self.boards:
            raise BoardIsFrozen(name)
        if corrects is not None:
            self.board(corrects)
        if not reason.strip():
            raise ReasonMissing
        frozen = self.next(
            BoardFrozen,
            by=by,
            board_name=name,
            board=question.board.value,
            programme=question.programme,
            arguments=question.arguments(),
            at=at.instant,
            at_position=at.position,
            axis=at.axis.value,
            known_at=at.known_at,
            columns=tuple(rows[0]) if rows else (),
            rows=len(rows),
            # The mark says by which rule the digest is reckoned.
            digest=OF_ALL,
            reason=reason,
            corrects=corrects,
        )
        return frozen.model_copy(update={"digest": digest(frozen, rows)})

    def board(self, name: str) -> BoardFrozen:
        """What was frozen under a name. Raises FrozenBoardIsUnknown."""
        found = self.boards.get(name)
        if found is None:
            raise FrozenBoardIsUnknown(name, list(self.boards))
        return found

    def corrected_by(self, name: str) -> tuple[str, ...]:
        """The later boards that were frozen to stand for it instead."""
        return tuple(other for other, board in self.boards.items() if board.corrects == name)

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        match event:
            case BoardFrozen(board_name=name):
                state = cls.none() if state is None else state
                return state.after(event, boards={**state.boards, name: event})
        raise Unfoldable(state, event)


def digest(frozen: BoardFrozen, rows: Sequence[Row]) -> str:
    """What tells a frozen board with these rows from all others: SHA-256, as JSON, of what was asked as of when, then its rows.

    Of a board that has gained a column since, the columns of its time still prove the same.
    """
    said: list[object] = [[row.get(column) for column in frozen.columns] for row in rows]
    mark = OF_ROWS if frozen.digest.startswith(OF_ROWS) else OF_ALL
    if mark == OF_ALL:
        at, known_at = (_in_utc(instant) for instant in (frozen.at, frozen.known_at))
        moment = [at, frozen.at_position, frozen.axis, known_at]
        arguments = sorted(frozen.arguments.items())
        said.insert(0, [frozen.board, frozen.programme, arguments, *moment, frozen.columns])
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"{mark}{hashlib.sha256(text.encode()).hexdigest()}"


def _in_utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat() if instant is not None else None


def claim_name(name: str) -> str:
    """The name under which a frozen board is found in the ledger, with its position and its instant."""
    return f"frozen board\x1f{name}"


def claim(frozen: BoardFrozen) -> Claim:
    """What makes a name stand for one board."""
    return Claim(claim_name(frozen.board_name), frozen.digest.encode()[-32:], frozen)

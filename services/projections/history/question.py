"""A question: which board is asked for, with every option said, so that it can be asked again word for word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field

from services.projections.boards.lead import lead
from services.projections.boards.leaderboard import Measure, leaderboard
from services.projections.boards.quota import phase_asked, quota, under
from services.projections.boards.ranking import Ranking
from services.projections.reckoning.asof import Moment
from services.projections.views.database import Views
from shared.directory import Directory
from shared.errors import Invalid
from shared.vocabulary import Level, Sector, TargetKind, Value

Row = Mapping[str, object]
"""A row of a board as its JSON says it."""


class BoardKind(StrEnum):
    """The boards that can be asked again as of any moment."""

    LEADERBOARD = "leaderboard"
    QUOTA = "quota"
    UNDER = "under"
    LEAD = "lead"


OPTIONS: Final[Mapping[BoardKind, tuple[str, ...]]] = {
    BoardKind.LEADERBOARD: (
        *("level", "measure", "top", "cohort", "mixed", "under", "sector", "kind", "phase", "wave"),
    ),
    BoardKind.QUOTA: ("unit", "phase", "kind"),
    BoardKind.UNDER: ("share",),
    BoardKind.LEAD: ("unit", "phase", "kind"),
}
KEYS: Final = ("unit", "phase", "kind")


class NotOfThisBoard(Invalid):
    """An option that a board does not have was given for it."""

    code = "not-of-this-board"

    def __init__(self, board: BoardKind, option: str) -> None:
        super().__init__(
            f"The board {board} has no option {option}. It takes: {', '.join(OPTIONS[board])}.",
            field=option,
        )


class NotAKindOfTarget(Invalid):
    """A board of targets was asked for a kind of target that there is none of."""

    code = "not-a-kind-of-target"

    def __init__(self, given: str) -> None:
        super().__init__(
            f"{given!r} is no kind of target. There are: {', '.join(TargetKind)}.", field="kind"
        )


class Options(Value):
    """The options of all boards; a board takes its own.

    Of targets, `kind` is theirs and the phase `whole` is the whole programme; of a leaderboard, `kind` is that of its
    units, and the phase may be a wave's code; what is asked for as a wave must be one.
    """

    level: Annotated[Level | None, Field(strict=False)] = None
    measure: Annotated[Measure | None, Field(strict=False)] = None
    top: Annotated[int | None, Field(ge=1, le=100_000)] = None
    cohort: Annotated[str | None, Field(max_length=64)] = None
    unit: Annotated[str | None, Field(max_length=64)] = None
    phase: Annotated[str | None, Field(max_length=64)] = None
    wave: Annotated[str | None, Field(max_length=64)] = None
    kind: Annotated[str | None, Field(max_length=64)] = None
    mixed: bool | None = None
    under: Annotated[str | None, Field(max_length=64)] = None
    sector: Annotated[Sector | None, Field(strict=False)] = None
    share: Annotated[float | None, Field(gt=0, le=1)] = None


DEFAULTS: Final[Mapping[BoardKind, Options]] = {
    BoardKind.LEADERBOARD: Options(measure=Measure.GROSS, top=10),
    BoardKind.QUOTA: Options(),
    BoardKind.UNDER: Options(share=0.5),
    BoardKind.LEAD: Options(),
}


class Question(Value):
    """A board with its options, none of them left to a default that may be another one some day."""

    board: BoardKind
    programme: str
    options: Options

    @classmethod
    def of(cls, board: BoardKind, programme: str, options: Options) -> Self:
        """The question with its defaults written out. Raises NotOfThisBoard, NotAKindOfTarget."""
        given = {name: value for name, value in options if value is not None}
        for option in given:
            if option not in OPTIONS[board]:
                raise NotOfThisBoard(board, option)
        if board is BoardKind.LEADERBOARD:
            top = given.pop("top", None)
            asked = Ranking.asked(below=given.pop("under", None), **given)
            # A leaderboard of every level is one that names none.
            given = {**asked.options, **({} if top is None else {"top": top})}
            given["under"] = given.pop("below")
        elif "kind" in given and given["kind"] not in set(TargetKind):
            raise NotAKindOfTarget(given["kind"])
        full = DEFAULTS[board].model_copy(update=given)
        return cls(board=board, programme=programme, options=full)

    @classmethod
    def read(cls, board: str, programme: str, arguments: Mapping[str, str]) -> Self:
        """The question as an event holds it; what is asked below a unit was once called so."""
        said = {"under" if name == "below" else name: value for name, value in arguments.items()}
        options = Options.model_validate_strings(said)
        return cls(board=BoardKind(board), programme=programme, options=options)

    def arguments(self) -> dict[str, str]:
        """The options as an event holds them."""
        said = self.options.model_dump(mode="json", exclude_none=True)
        return {name: str(value) for name, value in said.items()}

    @property
    def ranking(self) -> Ranking:
        """Which units a leaderboard ranks by what."""
        found = self.options
        return Ranking(
            found.level,
            found.measure or Measure.GROSS,
            found.cohort,
            found.under,
            found.sector,
            found.kind,
            found.phase,
            found.wave,
        )

    @property
    def target_kind(self) -> TargetKind | None:
        """The kind of target that a board of targets is asked for."""
        return TargetKind(self.options.kind) if self.options.kind is not None else None

    def rows(self, views: Views, directory: Directory, at: Moment) -> list[Row]:
        """The board's rows as of a moment. Raises what the board raises."""
        return [
            row.model_dump(mode="json") for row in ASKED[self.board](self, views, directory, at)
        ]


def _leaderboard(
    asked: Question, views: Views, directory: Directory, at: Moment
) -> Sequence[Value]:
    return leaderboard(
        views,
        directory,
        programme=asked.programme,
        at=at,
        top=asked.options.top,
        **asked.ranking.options,
    ).rows


def _quota(asked: Question, views: Views, directory: Directory, at: Moment) -> Sequence[Value]:
    options = asked.options
    return quota(
        views,
        directory,
        programme=asked.programme,
        at=at,
        unit=options.unit,
        phase=phase_asked(options.phase),
        kind=asked.target_kind,
    ).rows


def _under(asked: Question, views: Views, directory: Directory, at: Moment) -> Sequence[Value]:
    share = asked.options.share or 0.5
    return under(views, directory, programme=asked.programme, at=at, share=share).rows


def _lead(asked: Question, views: Views, directory: Directory, at: Moment) -> Sequence[Value]:
    options = asked.options
    return lead(
        views,
        directory,
        programme=asked.programme,
        at=at,
        unit=options.unit,
        phase=options.phase,
        kind=asked.target_kind,
    ).rows


ASKED: Final[
    Mapping[BoardKind, Callable[[Question, Views, Directory, Moment], Sequence[Value]]]
] = {
    BoardKind.LEADERBOARD: _leaderboard,
    BoardKind.QUOTA: _quota,
    BoardKind.UNDER: _under,
    BoardKind.LEAD: _lead,
}


def key(row: Row) -> tuple[object, ...]:
    """What a row is about."""
    return tuple(row.get(name) for name in KEYS)

"""A simulated idea while something may still happen to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from services.dedup.reading import Words, solution_hash
from services.intake.idea import Idea
from services.simulation.texts import Plot
from shared.built import built
from shared.declaration import Author
from shared.events.idea import IdeaDeclared
from shared.ledger.model import Event
from shared.vocabulary import Member, Position

if TYPE_CHECKING:
    from services.simulation.copying import Matter


class Life:
    """An idea as it stands; it is folded from its declaration only when somebody asks."""

    __slots__ = (
        "_declared", "_idea", "_unit", "_words", "authors", "id", "matter", "plot", "position", "upper", "withdrawn",
    )  # fmt: skip

    id: UUID

    def __init__(self, unit: str, upper: str, plot: Plot, authors: tuple[Author, ...]) -> None:
        self._unit = unit
        self._declared: IdeaDeclared | None = None
        self._idea: Idea | None = None
        self._words = ""
        self.upper = upper
        self.plot = plot
        self.authors = authors
        self.position: Position = 0
        self.matter: Matter | None = None
        self.withdrawn = False

    def begin(self, declared: IdeaDeclared) -> None:
        """Be on record."""
        self.id = declared.originator_id
        self._declared = declared

    @property
    def idea(self) -> Idea:
        """The idea as of now."""
        if self._idea is None:
            assert self._declared is not None
            self._idea = Idea.evolve(None, self._declared)
            self._declared = None
        return self._idea

    @property
    def unit(self) -> str:
        """Where it stands."""
        return self._unit if self._idea is None else self._idea.unit

    @property
    def first(self) -> str:
        """The unit of the first level from which it was sent."""
        return self.upper.split("-", maxsplit=1)[0]

    def take(self, event: Event) -> None:
        """Move on by one event."""
        before = self.idea
        self._idea = Idea.evolve(before, event)
        self.withdrawn = self._idea.withdrawn
        if self._idea.content.solution != before.content.solution:
            self._words = ""

    def member(self) -> Member:
        """What a case knows of it."""
        idea = self.idea
        if not self._words:
            self._words = worded(idea.content.solution)
        return built(
            Member,
            {
                "idea": idea.id,
                "sender": idea.sender,
                "external_id": idea.external_id,
                "programme": idea.programme,
                "unit": idea.unit,
                "filed_at": idea.filed_at,
                "priority": idea.priority,
                "by_application": idea.priority < idea.filed_at,
                "position": self.position,
                "solution_hash": self._words,
                "ineligible": idea.ineligible,
            },
        )


def worded(solution: str) -> str:
    """The digest of a simulated solution, as the matcher works it out; what a sentence says is worked out once."""
    return solution_hash([words(sentence) for sentence in solution.split(". ")])


@lru_cache(maxsize=1 << 16)
def words(sentence: str) -> str:
    """The words of a sentence in their normal form."""
    return " ".join(Words.of(sentence).full)

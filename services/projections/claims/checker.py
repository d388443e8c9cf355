"""The checker: holds published figures against one ledger, each at the moment that it is published for, or that makes it true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from services.projections.claims.boards import Asked, Boards
from services.projections.claims.claims import Claim
from services.projections.claims.figures import (
    Agreement,
    Figure,
    Form,
    NotAFigure,
    compare,
    height,
    number,
    read,
)
from services.projections.claims.instants import NotAPeriod, period
from services.projections.claims.map import ClaimMap, Reason
from services.projections.claims.questions import QUESTIONS, Question
from services.projections.claims.search import Found, History, nearest
from services.projections.reckoning.asof import Moment, Record
from services.projections.views.database import Views
from shared.directory import Directory
from shared.errors import NotFound
from shared.ledger.follow import Progress
from shared.terms import WHOLE
from shared.vocabulary import HOME, Level, Position, Value

QUALITATIVE: Final = "qualitative"
UNKNOWN_METRIC: Final = "unknown-metric"
UNKNOWN_SUBJECT: Final = "unknown-subject"
NO_PROGRAMME: Final = "no-programme"
TOP: Final = 10
UNEXPLAINED: Final = frozenset({UNKNOWN_METRIC, NotAPeriod.code, NotAFigure.code})
"""Reasons that say something of this command, not of the figure."""


class Verdict(StrEnum):
    """Equal; a bound that holds; true at another moment than the one it is published for; or no matter for a ledger."""

    MATCH = "match"
    BOUND = "bound"
    NEAREST = "nearest"
    NOT_CHECKABLE = "not-checkable"


class Checked(Value):
    """What became of one figure: `at` and `position` are where the answer stands, `board` the command that gives it."""

    id: str
    verdict: Verdict
    reason: str | None = None
    subject: str
    metric: str
    as_of: str | None
    programme: str | None = None
    asked: JsonValue = None
    answered: JsonValue = None
    agreement: Agreement | None = None
    at: datetime | None = None
    position: Position | None = None
    off: float | None = None
    """How far the answer at the moment asked for lies from the figure; null where it does not differ by a number."""
    nearest: Found | None = None
    board: str | None = None


class Report(Value):
    """All figures of a file, and how many came out how."""

    position: Position
    simulated: bool
    counts: dict[str, int]
    unexplained: int
    claims: tuple[Checked, ...]

    @property
    def holds(self) -> bool:
        """Whether every figure is true, or has a reason why a ledger cannot say."""
        return not self.unexplained and not self.counts[Verdict.NEAREST]


class Checker:
    """Holds figures against one ledger."""

    def __init__(self, views: Views, directory: Directory, record: Record) -> None:
        self._map = ClaimMap.shipped()
        self._boards = Boards(views, directory)
        self._directory = directory
        self._record = record

    def check(self, claims: Sequence[Claim], progress: Progress | None = None) -> Report:
        """Every figure in the order of the file."""
        ceilings = self._ceilings(claims)
        checked = []
        for number_of, claim in enumerate(claims, 1):
            checked.append(self._checked(claim, ceilings.get(claim.id)))
            if progress is not None:
                progress(number_of, len(claims))
        return Report(
            position=self._record.head(),
            simulated=self._directory.simulated,
            counts={v.value: sum(c.verdict is v for c in checked) for v in Verdict},
            unexplained=sum(c.reason in UNEXPLAINED for c in checked),
            claims=tuple(checked),
        )

    def why(self, reason: str) -> Reason:
        """A reason in words."""
        return self._map.reasons[reason]

    def _ceilings(self, claims: Sequence[Claim]) -> dict[str, float]:
        """For each bound, the next higher figure that is published of the same subject by the same question."""
        values: dict[tuple[str, str], list[float]] = {}
        numbers = {}
        for claim in claims:
            try:
                value = number(read(claim.value, Form.NUMBER))
            except NotAFigure:
                continue
            if value is not None:
                numbers[claim.id] = value
                values.setdefault(self._same(claim), []).append(value)
        found = {}
        for claim in claims:
            value = numbers.get(claim.id)
            above = [
                v for v in values.get(self._same(claim), ()) if value is not None and v > value
            ]
            if above:
                found[claim.id] = min(above)
        return found

    def _same(self, claim: Claim) -> tuple[str, str]:
        metric = self._map.metrics.get(claim.metric)
        return claim.subject, repr(metric) if metric is not None else claim.metric

    def _checked(self, claim: Claim, ceiling: float | None) -> Checked:
        """One figure, or why it cannot be held against a ledger."""
        blank = Checked(
            id=claim.id,
            verdict=Verdict.NOT_CHECKABLE,
            subject=claim.subject,
            metric=claim.metric,
            as_of=claim.as_of,
            asked=claim.value if _is_json(claim.value) else str(claim.value),
        )

        def because(reason: str) -> Checked:
            return blank.model_copy(update={"reason": reason})

        if claim.qualifier == QUALITATIVE:
            return because(QUALITATIVE)
        if claim.metric in self._map.not_held:
            return because(self._map.not_held[claim.metric])
        metric = self._map.metrics.get(claim.metric)
        if metric is None:
            return because(UNKNOWN_METRIC)
        question = QUESTIONS[metric.question]
        try:
            expected = read(
                claim.value if metric.expects is None else metric.expects, question.form
            )
            meant = period(claim.as_of)
        except (NotAPeriod, NotAFigure) as problem:
            return because(problem.code)
        history = History(self._record, self._directory, meant)
        programme = history.programme
        if programme is None:
            return because(NO_PROGRAMME)
        subject = self._map.subjects.subject(
            claim.subject, claim.unit_level, self._directory.tree()
        )
        if subject is None:
            return because(UNKNOWN_SUBJECT)
        asked = Asked(subject, programme, metric.model_extra or {}, expected)
        return self._answered(blank, question, asked, history, claim.qualifier, ceiling)

    def _answered(
        self,
        blank: Checked,
        question: Question,
        asked: Asked,
        history: History,
        qualifier: str,
        ceiling: float | None,
    ) -> Checked:
        def stands(answered: Figure) -> Agreement:
            return compare(asked.published, answered, qualifier, ceiling)

        def rises(answered: Figure) -> Agreement:
            return compare(height(asked.published), height(answered), qualifier, ceiling)

        def answer(at: Moment) -> Figure:
            try:
                return question.answer(self._boards, asked, at)
            except NotFound:
                # At that moment the programme, its phase or the unit was not yet on record.
                return None

        at = history.asked
        answered = answer(at)
        agreement = stands(answered)
        found = None
        if not agreement.holds:
            found = nearest(history, question.turns, answer, stands, rises)
            if found is not None and found.true and history.meant(found.at):
                # True at some instant of the day, month or span that the figure is published for.
                at, answered = history.moment(found), found.answered
                agreement, found = stands(answered), None
        verdict = Verdict.NEAREST
        if agreement.holds:
            verdict = Verdict.BOUND if agreement is Agreement.BOUND else Verdict.MATCH
        said, given = number(asked.published), number(answered)
        off = given - said if said is not None and given is not None else None
        return blank.model_copy(
            update={
                "verdict": verdict,
                "programme": asked.programme,
                "answered": answered,
                "agreement": agreement,
                "at": at.instant.astimezone(HOME),
                "position": at.position,
                "off": None if agreement.holds else off,
                "nearest": found,
                "board": self._command(question, asked, at),
            }
        )

    def _command(self, question: Question, asked: Asked, at: Moment) -> str:
        """The command that shows the answer."""
        unit = self._directory.tree().units.get(asked.subject.unit or "")
        found = self._boards.place(asked, at) if "{rank}" in question.shown_by else None
        words: Mapping[str, object] = {
            "unit": unit.code if unit is not None else "",
            "level": unit.level.value if unit is not None else Level.FIRST.value,
            "cohort": asked.subject.cohort,
            "phase": WHOLE,
            "rank": found if found is not None else TOP,
            "of": "gross",
            **asked.settings,
        }
        of_cohort = asked.subject.cohort is not None and question.of_cohort
        shown = f"sangkien {(of_cohort or question.shown_by).format_map(words)}"
        if not shown.startswith("sangkien board"):
            return shown
        options = ("phase",) if of_cohort else question.options
        shown += "".join(f" --{o} {asked.settings[o]}" for o in options if o in asked.settings)
        return (
            f"{shown} --programme {asked.programme} --at {at.instant.astimezone(HOME).isoformat()}"
        )


def _is_json(value: Figure) -> bool:
    """Whether a value can be said in JSON, which has no number that is none."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True

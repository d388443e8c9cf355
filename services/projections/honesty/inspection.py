"""The inspection of a level: each test of what is out of the ordinary, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from services.projections.honesty.anomaly_words import Anomaly, Finding, Severity, sentence
from services.projections.honesty.authors import Authors, prolific
from services.projections.honesty.bursts import Window, bursts
from services.projections.honesty.surprise import against_others, discovered, modified_z
from services.projections.reckoning.asof import Axis, Moment, at_home
from services.projections.reckoning.ideas import Ideas
from services.projections.reckoning.places import NOWHERE, REGISTER
from services.projections.reckoning.reckoning import Scope
from services.projections.views.columns import Array
from services.projections.views.view import Snapshot
from shared.messages import Message
from shared.tree import Tree

RATE: Final = 0.01
"""Of the findings of a test, at most this share is expected to be chance."""
FEWEST_IDEAS: Final = 20
FEWEST_UNITS: Final = 5
FAR: Final = 3.5
VERY_FAR: Final = 5.0
TWICE: Final = 2.0
POINTS: Final = 0.1
STEPS: Final = (10_000_000, 5_000_000, 1_000_000)
HIGH, MEDIUM = 10.0, 4.0
"""From so many times what is expected on, a finding is of that severity."""
MUCH, SOME = 0.5, 0.25
"""The same of very high benefits, by their share of the unit's."""
BY: Final = {Window.DAY: Message("ngày", "day"), Window.HOUR: Message("giờ", "hour")}


class Outcome(NamedTuple):
    """What one test found, and how many things it looked at."""

    findings: list[Finding]
    tested: int


class Inspection:
    """The ideas of a level by the place of their unit among those that declared, and the tests of them."""

    def __init__(
        self,
        quota: Snapshot,
        ideas: Ideas,
        unit: Array,
        copies: NDArray[np.bool_],
        authors: Authors,
        tree: Tree,
        scope: Scope,
        at: Moment,
        window: Window,
    ) -> None:
        self._quota, self._tree, self._scope, self._at = quota, tree, scope, at
        self._window, self._authors = window, authors
        self._number = np.flatnonzero(unit != NOWHERE)
        codes, self._unit = np.unique(unit[self._number], return_inverse=True)
        self._codes = [REGISTER.codes[code] for code in codes.tolist()]
        self._benefit, self._when, self._entered = (
            column[self._number] for column in (ideas.benefit, ideas.when, ideas.entered)
        )
        self._copies = copies[self._number]
        self._ideas = np.bincount(self._unit, minlength=len(codes))

    def tests(self) -> Mapping[Anomaly, Callable[[], Outcome]]:
        """Every test, by what it finds."""
        return {
            Anomaly.BENEFIT_SHARE: self._benefit_share,
            Anomaly.BURST: self._bursts,
            Anomaly.ROUND_BENEFIT: self._round,
            Anomaly.BENEFIT_OUTLIER: self._outliers,
            Anomaly.MANY_OF_ONE: self._many_of_one,
            Anomaly.SAME_TEXT: partial(self._share, Anomaly.SAME_TEXT, self._copies),
            Anomaly.ENTERED_FOR_AUTHOR: partial(
                self._share, Anomaly.ENTERED_FOR_AUTHOR, self._entered
            ),
        }

    def _benefit_share(self) -> Outcome:
        benefit = self._sums(self._benefit)
        looked = np.flatnonzero(self._ideas >= FEWEST_IDEAS)
        if len(looked) < FEWEST_UNITS or not sum(benefit):
            return Outcome([], len(looked))
        mean = np.array([benefit[n] / int(self._ideas[n]) for n in looked.tolist()])
        z = modified_z(np.log1p(np.maximum(mean, 0)))
        findings = []
        middle = round(float(np.median(mean)))
        each = np.rint(mean).astype(np.int64).tolist()
        for n, far, average in zip(looked.tolist(), z.tolist(), each, strict=True):
            of_benefit = benefit[n] / sum(benefit)
            of_ideas = int(self._ideas[n]) / len(self._unit)
            larger, smaller = max(of_benefit, of_ideas), min(of_benefit, of_ideas)
            # One enormous idea makes everybody's share of the benefit small; who is given more than others for an idea
            # has not too little.
            same_way = (far > 0) == (of_benefit > of_ideas)
            if abs(far) > FAR and larger >= TWICE * smaller and same_way:
                findings.append(
                    self._finding(
                        n, Anomaly.BENEFIT_SHARE, of_benefit, of_ideas, int(self._ideas[n]), z=far,
                        drill=self._why(n, "benefit"),
                        said={
                            "each": lambda f, average=average: f.money_in_words(average),
                            "middle": lambda f: f.money_in_words(middle),
                        },
                    )
                )  # fmt: skip
        return Outcome(findings, len(looked))

    def _bursts(self) -> Outcome:
        found, tested = bursts(self._unit, self._when, self._window, RATE)
        findings = []
        for burst in found:
            since = at_home(burst.begins)
            until = since + timedelta(microseconds=self._window.micros - 1)
            findings.append(
                self._finding(
                    burst.unit, Anomaly.BURST, burst.declared, burst.expected,
                    int(self._ideas[burst.unit]), probability=burst.likely, since=since,
                    until=until, drill=self._events(burst.unit, since, until),
                    said={
                        "observed": lambda f, n=burst.declared: f.number(n),
                        "expected": lambda f, n=burst.expected: f.number(n),
                        "since": lambda f, at=since: f.instant(at),
                        "window": BY[self._window], "windows": burst.windows,
                    },
                )
            )  # fmt: skip
        return Outcome(findings, tested)

    def _many_of_one(self) -> Outcome:
        units = dict(zip(self._number.tolist(), self._unit.tolist(), strict=True))
        found, tested = prolific(units, self._authors, RATE)
        findings = []
        for one in found:
            idea = self._named(one.idea)
            findings.append(
                self._finding(
                    one.unit, Anomaly.MANY_OF_ONE, one.declared, one.expected,
                    int(self._ideas[one.unit]), probability=one.likely, idea=idea,
                    drill=f"sangkien events --type idea.declared --unit {self._codes[one.unit]}",
                    said={
                        "observed": lambda f, n=one.declared: f.number(n),
                        "expected": lambda f, n=one.expected: f.number(n),
                        "authors": one.authors, "idea": idea,
                    },
                )
            )  # fmt: skip
        return Outcome(findings, tested)

    def _round(self) -> Outcome:
        given = self._benefit > 0
        whole = self._tally(given)
        looked = np.flatnonzero(whole >= FEWEST_IDEAS)
        parts = [self._tally(given & (self._benefit % step == 0)) for step in STEPS]
        tails = [against_others(part, whole)[:, looked] for part in parts]
        likely = np.concatenate([tail[0] for tail in tails])
        found = discovered(likely, len(likely), RATE).reshape(len(STEPS), len(looked))
        findings = []
        for place, n in enumerate(looked.tolist()):
            for step, part, tail, here in zip(STEPS, parts, tails, found[:, place], strict=True):
                share, others = part[n] / whole[n], float(tail[1, place])
                if here and share >= TWICE * others and share - others >= POINTS:
                    findings.append(
                        self._finding(
                            n, Anomaly.ROUND_BENEFIT, share, others, int(whole[n]),
                            probability=float(tail[0, place]), drill=self._why(n, "benefit"),
                            said={"step": lambda f, step=step: f.money_in_words(step)},
                        )
                    )  # fmt: skip
                    # What is a multiple of ten million is one of five and of one as well.
                    break
        return Outcome(findings, len(likely))

    def _outliers(self) -> Outcome:
        given = np.flatnonzero(self._benefit > 0)
        z = modified_z(np.log(self._benefit[given]))
        out = given[z > VERY_FAR]
        middle = float(np.median(self._benefit[given])) if len(given) else 0.0
        benefit = self._sums(self._benefit)
        findings = []
        for n in np.unique(self._unit[out]).tolist():
            mine = out[self._unit[out] == n]
            largest = int(mine[np.argmax(self._benefit[mine])])
            share = sum(self._benefit[mine].tolist()) / benefit[n]
            if share < POINTS:
                continue
            amount = int(self._benefit[largest])
            severe = Severity.HIGH if share >= MUCH else Severity.MEDIUM
            idea = self._named(int(self._number[largest]))
            findings.append(
                self._finding(
                    n, Anomaly.BENEFIT_OUTLIER, share, middle / benefit[n], len(mine),
                    z=float(z[np.searchsorted(given, largest)]), idea=idea,
                    severity=severe if share >= SOME else Severity.LOW,
                    drill=self._why(n, "benefit"),
                    said={
                        "count": len(mine),
                        "largest": lambda f, amount=amount: f.money_in_words(amount),
                    },
                )
            )  # fmt: skip
        return Outcome(findings, len(given))

    def _share(self, kind: Anomaly, part: NDArray[np.bool_]) -> Outcome:
        """Units of which a larger part of the ideas is so than elsewhere."""
        looked = np.flatnonzero(self._ideas >= FEWEST_IDEAS)
        of = self._tally(part)
        likely, others = against_others(of, self._ideas)[:, looked]
        found = discovered(likely, len(looked), RATE)
        findings = []
        for place, n in enumerate(looked.tolist()):
            share, expected = of[n] / int(self._ideas[n]), float(others[place])
            if found[place] and share >= TWICE * expected and share - expected >= POINTS:
                drill = self._why(n, "gross")
                if kind is Anomaly.SAME_TEXT:
                    drill = f"sangkien events --type flag.raised --unit {self._codes[n]}"
                findings.append(
                    self._finding(
                        n, kind, share, expected, int(self._ideas[n]),
                        probability=float(likely[place]), drill=drill,
                    )
                )  # fmt: skip
        return Outcome(findings, len(looked))

    def _finding(
        self,
        n: int,
        kind: Anomaly,
        observed: float,
        expected: float,
        of: int,
        *,
        drill: str,
        z: float | None = None,
        probability: float | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        idea: str | None = None,
        severity: Severity | None = None,
        said: Mapping[str, object] | None = None,
    ) -> Finding:
        low, high = sorted((float(observed), float(expected)))
        ratio = high / low if low > 0 else None
        times = ratio if ratio is not None else HIGH
        facts: dict[str, object] = {
            "name": self._tree.name(self._codes[n]),
            "observed": lambda f: f.share(float(observed)),
            "expected": lambda f: f.share(float(expected)),
            **(said or {}),
        }
        return Finding(
            unit=self._codes[n],
            name=self._tree.name(self._codes[n]),
            kind=kind,
            severity=severity
            or (
                Severity.HIGH
                if times >= HIGH
                else Severity.MEDIUM
                if times >= MEDIUM
                else Severity.LOW
            ),
            observed=float(observed),
            expected=float(expected),
            ratio=ratio,
            of=of,
            z=z,
            probability=probability,
            since=since,
            until=until,
            idea=idea,
            vi=sentence(kind, facts, "vi"),
            en=sentence(kind, facts, "en"),
            drill=drill,
        )

    def _tally(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many ideas of each unit are chosen."""
        return np.bincount(self._unit[chosen], minlength=len(self._codes))

    def _sums(self, values: Array) -> list[int]:
        """What each unit's ideas come to, exactly."""
        found = np.zeros(len(self._codes), dtype=object)
        np.add.at(found, self._unit, values.astype(object))
        return [int(one) for one in found]

    def _named(self, number: int) -> str:
        table = self._quota.tables["ideas"].c
        return str(
            self._quota.connection.execute(
                select(table.external_id).where(table.number == number)
            ).scalar_one()
        )

    def _why(self, n: int, measure: str) -> str:
        corrected = self._at.axis is Axis.CORRECTED
        at = self._at.at_home.isoformat() if corrected else str(self._scope.position)
        axis = f" --axis corrected --known-at {self._scope.position}" if corrected else ""
        return f"sangkien board why --unit {self._codes[n]} --measure {measure} --at {at}{axis}"

    def _events(self, n: int, since: datetime, until: datetime) -> str:
        if self._at.axis is Axis.CORRECTED:
            # Events are found by when they were recorded; here it is about when ideas were filed.
            return self._why(n, "gross")
        return (
            f"sangkien events --type idea.declared --unit {self._codes[n]} "
            f"--since {since.isoformat()} --until {until.isoformat()}"
        )

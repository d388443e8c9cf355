"""How far off forecasts are: asked again as of every week of a simulated history, against what came.

python -m benchmarks.forecast [--data DIR] [--scenario seeds] [--step 7]

Without --data the scenario is written first, which takes minutes. For the nation and each first-level unit, 7, 30 and 60
days ahead and at the end of the phase: the median absolute error of the count in percent, beside two simple ones (the
average pace to date; the pace of the last week), and how often the count lay within the range of 10 to 90 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from benchmarks.home import machine, sangkien
from services.cli import terminal
from services.cli.terminal import opened
from services.projections.boards.quota import quota
from services.projections.forecast.arrivals import arrivals, last_day
from services.projections.forecast.looks import Looks, mixed, ways
from services.projections.forecast.pace import LEAST_DAYS, Fit, Series, band
from services.projections.forecast.season import Rates
from services.projections.reckoning.asof import moment
from services.projections.views.entries import QUOTA
from services.wiring import System
from shared.vocabulary import Level, midnight

HORIZONS = (7, 30, 60)


class Case(NamedTuple):
    """One forecast of one unit's count: when it was made, how far ahead, and what the count was then."""

    whom: str
    period: str
    horizon: str
    before: float
    came: float
    ours: float
    linear: float
    last_week: float
    low: float
    high: float


class Phases(NamedTuple):
    """The nation's phases by the day after their last, and the day after the target of the programme was reached."""

    ends: list[tuple[int, str]]
    reached: int

    def of(self, day: int) -> tuple[int, str]:
        """When the phase of a day ends, and what that part of the history is called."""
        end, code = next(found for found in self.ends if found[0] > day)
        return end, f"phase {code}" + (", target reached" if day >= self.reached else "")


def cases(system: System, programme: str, step: int) -> Iterator[Case]:
    """Every forecast, made as of a midnight from what was on record then."""
    ledger, directory = system.ledger, system.directory
    last = moment(ledger)
    known, tree = directory.programme(programme), directory.tree()
    firsts = [unit.code for unit in tree.at_level(Level.FIRST)]
    with system.views.read(QUOTA) as snapshot:
        ended = last._replace(instant=known.terms.window.to)
        truth = {
            whom: arrivals(snapshot, ended, known, units, tree)
            for whom, units in (("nation", [tree.root]), ("first level", firsts))
        }
        phases = _phases(system, programme)
        first, until = truth["nation"].first, truth["nation"].until
        for today in range(first + 2 * LEAST_DAYS, until - min(HORIZONS) + 1, step):
            at = moment(ledger, midnight(date.fromordinal(today)).isoformat())
            own = arrivals(snapshot, at, known, firsts, tree)
            fit, looks = Fit.of(own), Looks.back(own)
            end, period = phases.of(today)
            horizons = {f"{days} days": days for days in HORIZONS} | {"phase end": end - today}
            for whom, units in (("nation", [tree.root]), ("first level", firsts)):
                series = own if whom != "nation" else arrivals(snapshot, at, known, units, tree)
                back = looks.at(series, together=whom != "nation")
                believed, spreads = back.weights(), back.spread()
                for name, days in horizons.items():
                    if today + days <= until:
                        yield from _made(
                            series,
                            truth[whom],
                            mixed(believed, ways(series, fit, days)),
                            spreads,
                            days,
                            (whom, period, name),
                        )


def _made(
    series: Series,
    truth: Series,
    ahead: Rates,
    spreads: Rates,
    days: int,
    named: tuple[str, str, str],
) -> Iterator[Case]:
    coming = ahead.cumsum(axis=1)
    passed = series.until - series.first
    for row, course in enumerate(coming):
        before = float(series.counts[row].sum())
        came = float(truth.counts[row, passed : passed + days].sum())
        if before + came:
            low, high = (float(edge[-1]) for edge in band(course, spreads[row]))
            week = float(series.counts[row, -7:].sum())
            yield Case(
                *named,
                before,
                came,
                float(course[-1]),
                before * days / passed,
                week * days / 7,
                low,
                high,
            )


def _phases(system: System, programme: str) -> Phases:
    tree, known = system.directory.tree(), system.directory.programme(programme)
    ends = [(last_day(p.to), p.code) for p in known.terms.chain((tree.root,))]
    board = quota(
        system.views,
        system.directory,
        programme=programme,
        at=moment(system.ledger),
        unit=tree.root,
        phase=None,
    )
    reached = [row.reached_at.toordinal() + 1 for row in board.rows[:1] if row.reached_at]
    return Phases(sorted(ends), reached[0] if reached else 10**9)


def told(found: list[Case]) -> dict[str, object]:
    """The errors of some forecasts."""

    def off(said: Callable[[Case], float]) -> float:
        errors = (abs(said(case) - case.came) / (case.before + case.came) for case in found)
        return round(100 * statistics.median(errors), 2)

    inside = sum(case.low <= case.came <= case.high for case in found)
    return {
        "forecasts": len(found),
        "error_percent": off(lambda case: case.ours),
        "linear_percent": off(lambda case: case.linear),
        "last_week_percent": off(lambda case: case.last_week),
        "inside_percent": round(100 * inside / len(found), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a simulated history that is there already")
    parser.add_argument("--scenario", default="seeds", help="what is simulated without --data")
    parser.add_argument("--programme", help="the programme, default: the latest")
    parser.add_argument("--step", type=int, default=7, help="days from one forecast to the next")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = asked.data or Path(scratch) / "data"
        if asked.data is None:
            sangkien("simulate", "--scenario", asked.scenario, "--data", data)
        began = time.perf_counter()
        with opened(data) as system:
            terminal.catch_up(system)
            programme = system.directory.the_programme(asked.programme)
            groups: dict[tuple[str, str, str], list[Case]] = {}
            for case in cases(system, programme, asked.step):
                for period in ("whole", case.period):
                    groups.setdefault((case.whom, period, case.horizon), []).append(case)
    print(
        json.dumps(
            {
                "name": "forecast",
                "machine": machine(),
                "unit": "median absolute error of the count, in percent",
                "seconds": round(time.perf_counter() - began, 1),
                "rows": [
                    {"whom": whom, "period": period, "ahead": ahead, **told(found)}
                    for (whom, period, ahead), found in sorted(groups.items())
                ],
            }
        )
    )


if __name__ == "__main__":
    main()

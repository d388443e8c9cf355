"""The scenario `national`: a whole programme from the first idea to the last ruling, as large as asked, up to three million ideas."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Final, NamedTuple

from services.intake.founding import found
from services.projections.views.beside import collector_at_rest
from services.simulation.country import APPLIED_FROM, ENDS, Country, country
from services.simulation.curve import DAY, Slice, slices
from services.simulation.history import Elsewhere, Feed, Here, write
from services.simulation.organisation import Organisation
from services.simulation.shard import SHARDS, Shard
from services.wiring import System
from shared.errors import Conflict, Invalid
from shared.ledger.clock import Chance
from shared.ledger.model import Actor
from shared.vocabulary import Position, midnight, named

IDEAS: Final = 100_000
MOST_IDEAS: Final = 3_000_000
APART_FROM: Final = 20_000
"""From so many ideas on, the parts of the country decide in processes of their own."""
SETTLED_AFTER: Final = timedelta(days=45)
"""So long after the last idea, what is open is still ruled on."""


class LedgerHoldsSomething(Conflict):
    """A history begins with its first event; it is not continued, and not mixed with another."""

    code = "simulation-needs-empty-ledger"

    def __init__(self, head: Position) -> None:
        super().__init__(
            f"The ledger holds {head} events already, perhaps of a simulation that was interrupted. A simulation "
            "begins in an empty ledger: choose another --data, or remove that directory and simulate again; the same "
            "seed gives the same history."
        )


class Simulated(NamedTuple):
    """How many ideas were declared, and how many events are on record in all."""

    ideas: int
    events: int


class Plot(NamedTuple):
    """What the parts need to know to decide: all follows from the number of ideas and the seed."""

    country: Country
    organisation: Organisation
    stretches: list[Slice]


def simulate(
    system: System,
    *,
    ideas: int,
    seed: int,
    progress: Callable[[int, int], None],
    declared_only: bool = False,
    drawn: Callable[[], None] | None = None,
) -> Simulated:
    """Write the history of a programme with so many ideas; the same number and seed give the same history.

    `progress` is told how many events are on disk, and how many there will be, roughly; with `declared_only` nothing
    becomes of an idea once it is declared. With `drawn` as well, all forms are filled in before the first is handed in,
    and `drawn` is told when they are. Raises LedgerHoldsSomething.
    """
    if not 1 <= ideas <= MOST_IDEAS:
        raise Invalid(f"Ask for 1 to {MOST_IDEAS} ideas, not for {ideas}.", field="ideas")
    ledger = system.ledger
    if head := ledger.head():
        raise LedgerHoldsSomething(head)
    by = operator(ideas, seed)
    plot = plotted(ideas, seed, by)
    units, programme = plot.country.units, plot.country.programme
    found(ledger, system.directory, units, programme, simulated=True, by=by)
    cohorts = plot.organisation.cohorts
    ledger.append(*cohorts, moments=[midnight(APPLIED_FROM)] * len(cohorts))
    expected = ledger.head() + ideas * 10 // 3
    with ExitStack() as stack:
        feeds: list[Feed] = []
        apart: list[Elsewhere] = []
        for number in range(SHARDS):
            names = random.Random(f"names {number} of {seed}")
            shard = Shard(
                number,
                plot.country,
                plot.organisation,
                system.vault.apart(Chance(names.randbytes)),
                seed,
                declared_only=declared_only,
            )
            if ideas < APART_FROM:
                feeds.append(Here(system.vault, shard, plot.stretches))
                continue
            elsewhere = Elsewhere(
                system.vault, shard, plot.stretches, apart, drawn_ahead=drawn is not None
            )
            stack.callback(elsewhere.close)
            apart.append(elsewhere)
            feeds.append(elsewhere)
        if drawn is not None:
            for feed in feeds:
                feed.wait_until_drawn()
            drawn()
            for feed in feeds:
                feed.hand_in()
        with collector_at_rest():
            events = write(
                ledger,
                feeds,
                plot.stretches,
                plot.organisation.changes,
                lambda position: progress(position, max(expected, position)),
            )
    system.directory.catch_up()
    return Simulated(ideas, events)


def plotted(ideas: int, seed: int, by: Actor) -> Plot:
    """The country, what becomes of it, and when its ideas come."""
    place = country(ideas, seed)
    days = range(SETTLED_AFTER // DAY)
    after = [Slice(ENDS + n * DAY, ENDS + (n + 1) * DAY, 0) for n in days]
    return Plot(place, Organisation(place, seed, by), [*slices(ideas, seed), *after])


def operator(ideas: int, seed: int) -> Actor:
    """Whoever founds the country and reorganises it."""
    return Actor(
        name="operator",
        role="operator",
        source="simulation",
        correlation=named("simulation", "national", ideas, seed),
    )


def chance_of(seed: int) -> Chance:
    """Where the simulation's keys and pseudonyms come from: repeatable, since nobody stands behind them."""
    return Chance(random.Random(f"names {seed}").randbytes)

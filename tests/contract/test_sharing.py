"""However many matchers share the texts, join, leave or are killed: the flags are those that one alone raises, each once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from services.dedup import settling, snapshot
from services.dedup.detect import Detector
from services.dedup.share import NAME, OF_PARTS, Dealt, Everything, Share
from services.dedup.snapshot import Snapshots
from shared.directory import Directory
from shared.events.matching import FlagRaised
from shared.ledger.model import Recorded
from shared.ledger.parts import PARTS
from shared.ledger.store import Ledger
from shared.vocabulary import Position
from tests.contract.engines import Engine
from tests.happenings import Happened, as_bytes, happened_in

SEEDS: Final = (1, 2, 3)


@pytest.fixture(scope="module", params=[6, 7], ids="drawn {}".format)
def happened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Happened]:
    """Some ledgers in which everything happens."""
    with happened_in(tmp_path_factory.mktemp("happened"), request.param) as found:
        yield found


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for others: they all run in this thread."""
    monkeypatch.setattr(settling, "PATIENCE_SECONDS", 0)


def unmatched(happened: Happened, engine: Engine) -> Ledger:
    """The same facts in a ledger of their own, without a flag."""
    ledger = engine.open()
    facts = [fact for fact in happened.facts if not isinstance(fact.event, FlagRaised)]
    ledger.append(*(fact.event for fact in facts), moments=[fact.recorded for fact in facts])
    return ledger


def flagged(ledger: Ledger) -> Mapping[object, object]:
    """Every flag on record, as bytes."""
    page = ledger.read(0, limit=100_000, topics=(FlagRaised.TOPIC,))
    flags = [fact.event for fact in page if isinstance(fact.event, FlagRaised)]
    assert len({flag.originator_id for flag in flags}) == len(flags)
    return dict(as_bytes(flags))


class Hands:
    """Parts in somebody's hands, which may be others the next time."""

    def __init__(self) -> None:
        self.held: frozenset[int] = frozenset()
        self.upto: dict[int, Position] = {}

    def parts(self) -> frozenset[int]:
        return self.held

    def done(self, upto: Mapping[int, Position]) -> None:
        assert all(position >= self.upto.get(part, 0) for part, position in upto.items())
        self.upto |= upto


class Crew:
    """Matchers over one ledger, each with a memory and connections of its own."""

    def __init__(
        self,
        happened: Happened,
        engine: Engine,
        chance: random.Random,
        home: Path | None = None,
    ) -> None:
        """With a home, who joins has the memory of whoever kept one there last."""
        self._happened, self._engine, self._chance = happened, engine, chance
        self._home = home
        self.ledger = engine.open()
        self.hands = [Hands()]
        self.matchers = [self.begin(Dealt(self.hands[0]))]
        self.deal()

    def begin(self, share: Share) -> Detector:
        ledger = self._engine.open()
        snapshots = Snapshots(self._home, ledger)
        return Detector(ledger, Directory(ledger), self._happened.models, snapshots, share)

    def deal(self) -> None:
        """Deal all parts out anew."""
        parts = [self._chance.randrange(len(self.hands)) for _ in range(PARTS)]
        for number, hand in enumerate(self.hands):
            hand.held = frozenset(part for part in range(PARTS) if parts[part] == number)

    def join(self) -> None:
        self.hands.append(Hands())
        self.matchers.append(self.begin(Dealt(self.hands[-1])))
        self.deal()

    def lose(self) -> None:
        """Somebody goes, and what was not on record yet goes with him."""
        if len(self.hands) > 1:
            gone = self._chance.randrange(len(self.hands))
            if self._chance.random() < 0.5:
                self.matchers[gone].keep()
            del self.hands[gone], self.matchers[gone]
            self.deal()

    def step(self) -> None:
        """One matcher handles some facts, as its loop would have it."""
        matcher = self._chance.choice(self.matchers)
        page: list[Recorded] = self.ledger.read(
            matcher.position(), limit=self._chance.choice((1, 2, 5, 40))
        )
        if page:
            matcher.handle(page)

    @property
    def over(self) -> bool:
        """Whether all that came from people is matched: flags may follow it."""
        return self.ledger.handled(NAME) >= self._happened_to

    @property
    def _happened_to(self) -> Position:
        return max(
            fact.position
            for fact in self.ledger.read(0, limit=100_000)
            if not isinstance(fact.event, FlagRaised)
        )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("keeps", [False, True], ids=["forgetful", "keeping snapshots"])
def test_whoever_joins_or_is_lost_the_flags_are_those_of_one_alone(
    happened: Happened,
    engine: Engine,
    tmp_path: Path,
    seed: int,
    keeps: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(snapshot, "FEWEST", 1)
    apart = Engine(f"sqlite:///{tmp_path / 'alone.db'}")
    alone = unmatched(happened, apart)
    Detector(alone, Directory(alone), happened.models).match()
    expected = flagged(alone)
    assert len(expected) > 30
    apart.close()

    unmatched(happened, engine)
    chance = random.Random(seed)
    crew = Crew(happened, engine, chance, tmp_path / "kept" if keeps else None)
    crew.join()
    for number in range(20_000):
        crew.step()
        match chance.randrange(20):
            case 0:
                crew.deal()
            case 1 if len(crew.hands) < 4:
                crew.join()
            case 2:
                crew.lose()
            case _:
                pass
        if number % 50 == 0 and crew.over:
            break
    assert crew.over
    assert flagged(crew.ledger) == expected


def test_two_who_take_all_parts_for_theirs_record_each_flag_once(
    happened: Happened, engine: Engine
) -> None:
    ledger = unmatched(happened, engine)
    crew = Crew(happened, engine, random.Random(9))
    crew.join()
    for hand in crew.hands:
        hand.held = frozenset(range(PARTS))
    for _ in range(20_000):
        crew.step()
        if crew.over:
            break
    assert len(flagged(ledger)) > 30
    assert set(ledger.all_handled(OF_PARTS).values()) == {ledger.handled(NAME)}


def test_a_ledger_that_one_matched_alone_is_gone_on_with_by_several_and_then_by_one_of_them(
    happened: Happened, engine: Engine, tmp_path: Path
) -> None:
    apart = Engine(f"sqlite:///{tmp_path / 'alone.db'}")
    whole = unmatched(happened, apart)
    Detector(whole, Directory(whole), happened.models).match()
    expected = flagged(whole)
    apart.close()

    ledger = unmatched(happened, engine)
    facts = ledger.head()
    alone = Detector(ledger, Directory(ledger), happened.models, share=Everything())
    alone.adopt_first_model()
    alone.handle(ledger.read(0, limit=facts // 3))
    crew = Crew(happened, engine, random.Random(4))
    crew.join()
    while ledger.handled(NAME) < 2 * facts // 3:
        crew.step()
    while crew.ledger.head() > ledger.handled(NAME):
        for hand in crew.hands:
            hand.held = frozenset()
        crew.hands[0].held = frozenset(range(PARTS))
        crew.step()
    assert flagged(ledger) == expected

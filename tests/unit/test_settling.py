"""Settling: everybody learns how far all parts have come, whoever failed or went while he told it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dedup.settling import Settling
from services.dedup.share import NAME, Always, Dealt
from services.wiring import System
from shared.errors import Unavailable
from shared.events.organisation import CohortFormed
from shared.ledger.parts import PARTS
from shared.ledger.store import Ledger
from shared.settings import Settings


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with System(Settings(data=tmp_path / "home")) as system:
        system.ledger.append(
            CohortFormed(
                originator_id=system.ledger.new_id(),
                originator_version=1,
                by=system.operator(),
                code="C1",
                cohort_name="Cụm 1",
            )
        )
        yield system.ledger


def failing_once(settling: Settling, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = settling._tell

    def fail() -> None:
        monkeypatch.setattr(settling, "_tell", tell)
        raise Unavailable("The ledger does not answer.")

    monkeypatch.setattr(settling, "_tell", fail)


def in_company(ledger: Ledger) -> Settling:
    settling = Settling(ledger, Dealt(Always(*range(PARTS))))
    settling.begin()
    return settling


def test_a_telling_that_failed_is_made_up_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    settling = in_company(ledger)
    failing_once(settling, monkeypatch)
    with pytest.raises(Unavailable):
        settling.record(1)
    assert ledger.handled(NAME) == 0
    settling.record(1)
    assert ledger.handled(NAME) == 1


def test_what_somebody_did_and_never_told_is_told_by_whoever_takes_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = in_company(ledger)
    failing_once(gone, monkeypatch)
    with pytest.raises(Unavailable):
        gone.record(1)
    in_company(ledger).record(1)
    assert ledger.handled(NAME) == 1

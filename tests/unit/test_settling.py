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


def records_and_cannot_tell(settling: Settling, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise Unavailable("The ledger does not answer.")

    with monkeypatch.context() as while_it_lasts:
        while_it_lasts.setattr(settling, "_tell", fail)
        with pytest.raises(Unavailable):
            settling.record(1)


def in_company(ledger: Ledger) -> Settling:
    settling = Settling(ledger, Dealt(Always(*range(PARTS))))
    settling.begin()
    return settling


def test_a_telling_that_failed_is_made_up_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    settling = in_company(ledger)
    records_and_cannot_tell(settling, monkeypatch)
    assert ledger.handled(NAME) == 0
    settling.record(1)
    assert ledger.handled(NAME) == 1


def test_what_somebody_did_and_never_told_is_told_by_whoever_takes_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    records_and_cannot_tell(in_company(ledger), monkeypatch)
    in_company(ledger).record(1)
    assert ledger.handled(NAME) == 1

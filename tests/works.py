"""A union of works over two provinces with a matcher of its own, and what people there declare."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final
from uuid import UUID

from services.dedup.case import Case
from services.dedup.matching import Matching, matching_id
from services.intake.bulk import Intake, Report
from services.intake.founding import found, read_programme, read_units
from services.intake.idea import Idea
from services.intake.programme import ProgrammeRecord
from services.intake.records import json_lines
from services.wiring import System
from shared.declaration import Draft
from shared.events.case import CaseOpened, MemberRuled
from shared.events.matching import FlagRaised
from shared.ledger.model import Event
from shared.settings import Settings
from shared.vocabulary import Level, MatchingRules, Ruling
from tests.places import BY, PROGRAMME, lines, record, unit

LATHE: Final = "p01-01-001"
FORGE: Final = "p01-01-002"
CLINIC: Final = "p01-02-001"
SCHOOL: Final = "p02-01-001"
UNITS: Final = (
    unit("vn", Level.NATION, None),
    unit("p01", Level.FIRST, "vn"),
    unit("p01-01", Level.UPPER, "p01"),
    unit("p01-02", Level.UPPER, "p01"),
    unit(LATHE, Level.GRASSROOTS, "p01-01"),
    unit(FORGE, Level.GRASSROOTS, "p01-01"),
    unit("p01-01-003", Level.GRASSROOTS, "p01-01"),
    unit(CLINIC, Level.GRASSROOTS, "p01-02"),
    unit("p01-02-002", Level.GRASSROOTS, "p01-02"),
    unit("p02", Level.FIRST, "vn"),
    unit("p02-01", Level.UPPER, "p02"),
    unit(SCHOOL, Level.GRASSROOTS, "p02-01"),
    unit("p02-01-002", Level.GRASSROOTS, "p02-01"),
)
SHOPS: Final = tuple(u.code for u in UNITS if u.level is Level.GRASSROOTS)
EARLIER_PROGRAMME: Final = ProgrammeRecord.model_validate_json(
    PROGRAMME.model_dump_json(by_alias=True).replace('"1tr"', '"75n"')
)

_SAMPLE: Final = files("shared").joinpath("sample")
_CLOSING: Final = "Sáng kiến được hội đồng sáng kiến cơ sở"


def _solutions() -> dict[str, str]:
    rows = map(json.loads, _SAMPLE.joinpath("declarations.jsonl").read_text("utf-8").splitlines())
    return {row["external_id"]: row["solution"].partition(_CLOSING)[0].strip() for row in rows}


_BY_NAME: Final = _solutions()
SOLUTIONS: Final = tuple(
    _BY_NAME[f"sk-{number:03}"] for number in (2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 16, 18)
)
"""A dozen solutions to different problems, about two hundred words each, without a common paragraph."""


def slightly_other(text: str) -> str:
    """The same solution with one word in twelve another: a copy that is no twin."""
    words = text.split(" ")
    words[5::12] = ["mới"] * len(words[5::12])
    return " ".join(words)


class Works:
    """One system, and what happens in it by the names that people gave their declarations."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.ledger = system.ledger
        self.detector = system.detector
        self.keeper = system.keeper

    def declare(self, name: str, solution: str, shop: str = LATHE, **more: object) -> UUID:
        """Put a declaration on record."""
        said = {"title": f"Cải tiến {name}", **more}
        row = record(external_id=name, unit=shop, solution=solution, **said)
        report = self._intake().record(lines(json.dumps(row, ensure_ascii=False).encode()))
        assert report.accepted == 1, report
        return self.idea(name)

    def idea(self, name: str) -> UUID:
        """The idea that was declared under that name."""
        return self.system.idea_named("cli", name)

    def amend(self, name: str, solution: str, **more: object) -> None:
        """Correct a declaration."""
        row = record(solution=solution, **{"title": f"Cải tiến {name}", **more})
        for address in ("external_id", "programme", "unit", "filed_at"):
            del row[address]
        draft = Draft.model_validate_json(json.dumps(row))
        standing = self.ledger.load(Idea, self.idea(name))
        terms = self.system.directory.terms(standing.programme)
        self.ledger.append(standing.amend(draft, terms=terms, seals=self.system.vault, by=BY))

    def withdraw(self, name: str) -> None:
        """Take a declaration back."""
        self.ledger.append(self.ledger.load(Idea, self.idea(name)).withdraw(reason="Nhầm", by=BY))

    def reroute(self, name: str, shop: str) -> None:
        """Find that a declaration belonged to another shop all along."""
        tree = self.system.directory.tree()
        standing = self.ledger.load(Idea, self.idea(name))
        self.ledger.append(standing.reroute(shop, reason="Sai đơn vị", tree=tree, by=BY))

    def rule(self, name: str, ruling: Ruling) -> MemberRuled:
        """Judge a member of its case."""
        ruled = self.case(name).rule(self.idea(name), ruling, reason="Đã xem cả hai.", by=BY)
        self.ledger.append(ruled)
        return ruled

    def adopt(self, **rules: object) -> None:
        """Let other rules hold from here on."""
        self.detector.adopt_first_model()
        event = self.ledger.load(Matching, matching_id()).adopt_rules(
            MatchingRules.model_validate(rules), reason="Thử", by=BY
        )
        self.ledger.append(event)

    def match(self) -> None:
        """Let the matcher and then the keeper catch up."""
        self.detector.match()
        self.keeper.keep()

    def events(self, kind: type[Event]) -> list[Event]:
        """Every event of a kind, in the ledger's order."""
        return [r.event for r in self.ledger.read(0, limit=100_000, topics=(kind.TOPIC,))]

    def flags(self) -> list[FlagRaised]:
        """Every flag on record."""
        return [event for event in self.events(FlagRaised) if isinstance(event, FlagRaised)]

    def pairs(self) -> list[tuple[str, str]]:
        """Who was flagged as a copy of whom, in the ledger's order."""
        return [(flag.idea.external_id, flag.of.external_id) for flag in self.flags()]

    def case(self, name: str) -> Case:
        """The case that a declaration is in."""
        idea = self.idea(name)
        for case in self.cases():
            if case.docket.member(idea) is not None:
                return case
        raise LookupError(f"{name} is in no case.")

    def cases(self) -> list[Case]:
        """Every case, in the order of opening."""
        return [self.ledger.load(Case, event.originator_id) for event in self.events(CaseOpened)]

    def _intake(self) -> Intake:
        system = self.system
        return Intake(
            system.ledger,
            system.directory,
            system.vault,
            sender="cli",
            by=BY,
            language="en",
        )


@contextmanager
def works(home: Path) -> Iterator[Works]:
    """The works in that folder, founded where they are not yet: two programmes, eight shops."""
    with System(Settings(data=home)) as system:
        if not system.ledger.head():
            for programme in (EARLIER_PROGRAMME, PROGRAMME):
                found(system.ledger, system.directory, UNITS, programme, simulated=False, by=BY)
        yield Works(system)


def import_sample(home: Path, *, first: int = 0, last: int = 1000) -> Report:
    """Put the sample's declarations (from the first, before the last) on record in that folder."""
    with as_file(_SAMPLE) as sample, System(Settings(data=home)) as system:
        found(
            system.ledger,
            system.directory,
            read_units(sample / "units.jsonl", "en"),
            read_programme(sample / "programme.json", "en"),
            simulated=True,
            by=BY,
        )
        intake = Intake(
            system.ledger,
            system.directory,
            system.vault,
            sender="cli",
            by=BY,
            language="en",
            simulate_clock=True,
        )
        with (sample / "declarations.jsonl").open("rb") as file:
            rows = list(json_lines(file, "en"))[first:last]
        return intake.record(rows)


def planted() -> dict[str, list[dict[str, str]]]:
    """What the sample's makers planted in it: copies with their kinds, and look-alikes that are none."""
    found_ = json.loads(_SAMPLE.joinpath("planted.json").read_text("utf-8"))
    assert isinstance(found_, dict)
    return found_

"""Grounds: the organisation of the published figures, named where a figure names a unit and filled in below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from typing import Final, NamedTuple

from services.intake.founding import read_programme, read_units
from services.intake.programme import ProgrammeRecord, TargetRecord
from services.intake.unit import UnitRecord
from shared.messages import Language
from shared.vocabulary import Level, Sector

UPPER_FOR: Final = 40_000
"""One upper-level unit more for so many members of a first-level one."""

FEWEST_UPPER: Final = 4
MOST_UPPER: Final = 12
GRASSROOTS: Final[Mapping[str, tuple[int, int]]] = {"industrial zone": (1, 7), "sector": (6, 2)}
"""How many grassroots unions of the state and of the non-state sector an upper-level unit of a kind has."""

ELSE: Final = (4, 4)


class Ground(NamedTuple):
    """The unions in which one line of the table of counts is declared."""

    state: tuple[str, ...]
    non_state: tuple[str, ...]


def seed_programme(code: str, language: Language) -> ProgrammeRecord:
    """A programme of the published figures, with its targets and their documents."""
    with as_file(files("services.simulation").joinpath(f"seed_data/programme-{code}.json")) as path:
        return read_programme(path, language)


def seed_units(language: Language) -> list[UnitRecord]:
    """Every unit: those that the shipped file names, and under each as many as its members ask for."""
    with as_file(files("services.simulation").joinpath("seed_data/units.jsonl")) as path:
        named = read_units(path, language)
    uppers = [*named, *_uppers(named)]
    return [*uppers, *_grassroots(uppers)]


def _uppers(named: Sequence[UnitRecord]) -> Iterator[UnitRecord]:
    """The upper-level units that nobody names: education, industrial zones, districts; blocks where there are none."""
    below = _below(named)
    for first in (u for u in named if u.level is Level.FIRST):
        known = below.get(first.code, [])
        wanted = min(MOST_UPPER, FEWEST_UPPER + first.members // UPPER_FOR)
        place = first.name.removeprefix("LĐLĐ ").removeprefix("Công đoàn ")
        missing = range(len(known) + 1, wanted + 1)
        members = first.members - sum(u.members for u in known)
        workers = first.members_and_workers - sum(u.members_and_workers for u in known)
        for number in missing:
            kind, name = "block", f"Công đoàn khối {number}, {place}"
            if first.kind == "province":
                kind, name = {
                    1: ("sector", f"Công đoàn ngành Giáo dục {place}"),
                    2: ("industrial zone", f"Công đoàn các Khu công nghiệp {place}"),
                }.get(number, ("district", f"LĐLĐ khu vực {number}, {place}"))
            yield _unit(
                first,
                f"{first.code}-{number:02}",
                name,
                Level.UPPER,
                kind,
                Sector.STATE,
                (members // len(missing), workers // len(missing)),
            )


def _grassroots(units: Sequence[UnitRecord]) -> Iterator[UnitRecord]:
    """The grassroots unions below each upper-level unit: schools and communes of the state, companies beside them."""
    below = _below(units)
    for upper in (u for u in units if u.level is Level.UPPER):
        known = below.get(upper.code, [])
        state, non_state = GRASSROOTS.get(upper.kind, ELSE)
        wanted = state + non_state
        members = (upper.members - sum(u.members for u in known)) // wanted
        workers = (upper.members_and_workers - sum(u.members_and_workers for u in known)) // wanted
        place = upper.name.removeprefix("LĐLĐ ").removeprefix("Công đoàn ")
        for number in range(1, wanted + 1):
            in_state = number <= state
            kind = ("school" if number % 2 else "commune") if in_state else "enterprise"
            name = {"school": "Trường", "commune": "Cơ quan", "enterprise": "Công ty"}[kind]
            yield _unit(
                upper,
                f"{upper.code}-{number + len(known):03}",
                f"CĐCS {name} số {number}, {place}",
                Level.GRASSROOTS,
                kind,
                Sector.STATE if in_state else Sector.NON_STATE,
                (members, workers),
            )


def _unit(
    parent: UnitRecord,
    code: str,
    name: str,
    level: Level,
    kind: str,
    sector: Sector,
    heads: tuple[int, int],
) -> UnitRecord:
    return UnitRecord(
        code=code,
        name=name,
        level=level,
        parent=parent.code,
        sector=sector,
        kind=kind,
        members=heads[0],
        members_and_workers=heads[1],
        counted_on=parent.counted_on,
    )


def _below(units: Sequence[UnitRecord]) -> dict[str, list[UnitRecord]]:
    found: dict[str, list[UnitRecord]] = {}
    for unit in units:
        found.setdefault(unit.parent or "", []).append(unit)
    return found


def grounds(units: Sequence[UnitRecord], lines: Sequence[str]) -> dict[str, Ground]:
    """For each line of the table, the unions below that stand under no other, nearer line."""
    parents = {unit.code: unit.parent for unit in units}
    found: dict[str, tuple[list[str], list[str]]] = {line: ([], []) for line in lines}
    for unit in units:
        if unit.level is Level.GRASSROOTS:
            code: str | None = unit.code
            while code is not None and code not in found:
                code = parents[code]
            if code is not None:
                found[code][unit.sector is Sector.NON_STATE].append(unit.code)
    return {line: Ground(tuple(state), tuple(other)) for line, (state, other) in found.items()}


def handed_down(target: TargetRecord, units: Sequence[UnitRecord]) -> list[TargetRecord]:
    """A unit's target, split over the units below by their members, and by those over the grassroots unions.

    Rounded down, and what is left over goes to those with the largest rest, so that every sum is exact.
    """
    below = _below(units)
    members = {unit.code: unit.members for unit in units}
    found: list[TargetRecord] = []
    waiting = [target]
    while waiting:
        above = waiting.pop()
        assert above.value is not None, "only a number can be split"
        children = [u.code for u in below.get(above.unit, [])]
        whole = sum(members[child] for child in children)
        shares = {child: divmod(above.value * members[child], whole) for child in children}
        over = above.value - sum(share for share, _ in shares.values())
        richest = sorted(children, key=lambda child: -shares[child][1])[:over]
        split = [
            above.model_copy(update={"unit": child, "value": shares[child][0] + (child in richest)})
            for child in children
        ]
        found += split
        waiting += split
    return found

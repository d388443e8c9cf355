"""The small programme with a second province in it, and targets: what a whole system is tried with."""

from __future__ import annotations

from typing import Final

from services.intake.programme import ProgrammeRecord, TargetRecord
from shared.vocabulary import Level
from tests.places import PROGRAMME, UNITS, unit

NATION: Final = "vn"
PROVINCE: Final = "p01"
ELSEWHERE: Final = "p02"
UNIT_ELSEWHERE: Final = "p02-01-001"
NEIGHBOUR_ELSEWHERE: Final = "p02-01-002"
ALL_UNITS: Final = (
    *UNITS,
    unit(ELSEWHERE, Level.FIRST, NATION),
    unit("p02-01", Level.UPPER, ELSEWHERE),
    unit(UNIT_ELSEWHERE, Level.GRASSROOTS, "p02-01"),
    unit(NEIGHBOUR_ELSEWHERE, Level.GRASSROOTS, "p02-01"),
)


def target(of: str, value: int) -> TargetRecord:
    """So many ideas of a unit, assigned for the whole programme."""
    return TargetRecord.model_validate_json(
        f'{{"unit": "{of}", "phase": null, "kind": "assigned", "value": {value}, '
        '"document": "Kế hoạch 01/KH-LĐLĐ", "dated": "2022-01-01"}'
    )


PROGRAMME_WITH_TARGETS: Final[ProgrammeRecord] = PROGRAMME.model_copy(
    update={"targets": (target(PROVINCE, 2), target(ELSEWHERE, 10))}
)

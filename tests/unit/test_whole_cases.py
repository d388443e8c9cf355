"""Whatever happened to cases, compiled code and the rules that it leaves the rest to come to what the rules alone come to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.projections.views.caseload import CASES, PLACES, Change, Memory
from services.projections.views.facts import EPOCH, facts_of
from services.projections.views.wholesale import caseload
from services.projections.views.wholesale.caseload import WholeCaseload
from services.projections.views.wholesale.stretch import Stretch
from services.projections.views.wholesale.words import Words
from shared.docket import DocketState
from shared.ledger.stamp import Joined, Row, stamp
from shared.vocabulary import Ruling

IDEAS: Final = [str(UUID(int=n << 64 | n)) for n in range(1, 6)]


class Happened(NamedTuple):
    """One event of a case: its topic, its stream, what it says, and whether as it would be written."""

    topic: str
    case: int
    says: Mapping[str, Any]
    plainly: bool


@st.composite
def members(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(st.integers(1, 3))
    return {
        "idea": draw(st.sampled_from(IDEAS)),
        "unit": draw(st.sampled_from(("a", "b", "đ", "ngoặc"))),
        "priority": f"2022-03-0{day}T08:00:00" + draw(st.sampled_from(("Z", "+07:00"))),
        "position": draw(st.integers(1, 4)),
        "ineligible": draw(st.sampled_from(([], [], ["not-recognised"]))),
    }


ideas: Final = st.sampled_from(IDEAS)
judged: Final = st.none() | st.fixed_dictionaries(
    {"code": st.sampled_from([ruling.value for ruling in Ruling]), "against": ideas}
)
brought: Final = st.fixed_dictionaries(
    {"member": members(), "judged": judged, "asked_again": st.booleans(), "left": st.booleans()}
)
several: Final = st.lists(members(), max_size=4)
SAYS: Final[Mapping[str, Mapping[str, st.SearchStrategy[Any]]]] = {
    "opened": {"members": several},
    "split-off": {
        "came_from": ideas,
        "members": st.lists(brought, max_size=3),
        "chosen": st.none() | ideas,
        "moot": st.booleans(),
    },
    "member-joined": {"member": members(), "of": ideas},
    "member-changed": {"member": members()},
    "member-ruled": {
        "unit": st.just("a"),
        "member": ideas,
        "canonical": ideas,
        "ruling": st.sampled_from([ruling.value for ruling in Ruling]),
    },
    "ruling-undone": {
        "unit": st.just("a"),
        "member": ideas,
        "canonical": ideas,
        "before": judged,
        "asked_again": st.booleans(),
    },
    "canonical-chosen": {"member": ideas},
    "member-left": {"member": ideas, "moot": st.booleans()},
    "reopened": {"member": st.none() | ideas},
    "member-excluded": {"unit": st.just("a"), "member": ideas, "moot": st.booleans()},
    "split": {"moved": st.lists(ideas, max_size=2), "moot": st.booleans()},
    "took-in": {"came_from": ideas, "members": st.lists(brought, max_size=3)},
    "joined": {},
}
BEGIN: Final = ("opened", "opened", "split-off")
COMMON: Final = ("member-joined", "member-changed", "member-ruled", "member-ruled")
GO_ON: Final = (*COMMON, *COMMON, *(name for name in SAYS if name not in BEGIN))


@st.composite
def histories(draw: st.DrawFn) -> list[Happened]:
    begun: set[int] = set()
    found = []
    for _ in range(draw(st.integers(1, 25))):
        case = draw(st.integers(0, 2))
        name = draw(st.sampled_from(GO_ON if case in begun else BEGIN))
        says = draw(st.fixed_dictionaries(dict(SAYS[name])))
        begun.add(case)
        found.append(Happened(f"case.{name}", case, says, draw(st.integers(0, 9)) > 0))
    return found


def stored(happened: Sequence[Happened]) -> list[Row]:
    """The events as they lie in a ledger, between them some that concern no case."""
    rows: list[Row] = []
    for position, (topic, case, says, plainly) in enumerate(happened, 1):
        signs = (",", ":") if plainly else (", ", ": ")
        state = json.dumps(
            {"by": {"name": "tổ thẩm định"}, **says}, separators=signs, ensure_ascii=False
        )
        stream = UUID(int=(case + 1) << 64 | case).hex
        rows.append((2 * position, stream, 1, topic, stamp(EPOCH) + state.encode()[1:]))
    return rows


def stretch(rows: Sequence[Row], words: Words) -> Stretch:
    positions, streams, _, topics, states = zip(*rows, strict=True)
    lengths = [len(state) for state in states]
    joined = Joined(positions, "".join(streams).encode(), topics, lengths, b"".join(states))
    return Stretch(joined, positions[-1], words)


def come_to(changes: Sequence[Change]) -> dict[str, object]:
    """What all changes add up to, as it would be stored."""
    dockets: dict[int, str] = {}
    for change in changes:
        dockets |= change.dockets
    return {
        "dockets": dockets,
        "cases": [case for change in changes for case in change.cases],
        "units": [unit for change in changes for unit in change.units],
        **{
            name: [
                row
                for change in changes
                for row in np.array(getattr(change, name), dtype=np.int64).T.tolist()
            ]
            for name in ("states", "members")
        },
    }


@settings(max_examples=300)
@given(histories(), st.integers(1, 26), st.integers(0, 25))
def test_cases_come_to_the_same_wholesale_and_one_by_one(
    happened: list[Happened], size: int, begun: int
) -> None:
    rows = stored(happened)
    memory = Memory({}, {}, 0, 0)
    before = [CASES.fold(memory, facts_of(rows[:begun]))]
    at_once = WholeCaseload(deepcopy(memory)).take(stretch(rows, Words()).behind(2 * begun))
    found = WholeCaseload(deepcopy(memory))
    words = Words()
    rest = rows[begun:]
    parts = [rest[at : at + size] for at in range(0, len(rest), size)]
    wholesale = [found.take(stretch(part, words)) for part in parts]
    one_by_one = [CASES.fold(memory, facts_of(part)) for part in parts]
    expected = come_to([*before, *one_by_one])
    assert come_to([*before, *wholesale]) == expected
    assert come_to([*before, at_once]) == expected


def test_what_happens_to_nearly_all_cases_is_seen_to_by_compiled_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def by_rules(*_: object) -> None:
        pytest.fail("A plain case was left to the rules.")

    for rule in ("begun", "evolve"):
        monkeypatch.setattr(caseload, rule, by_rules)
    one, two, three = (
        {"idea": idea, "unit": "a", "priority": "2022-03-01T00:00:00Z", "position": n}
        for n, idea in enumerate(IDEAS[:3], 1)
    )
    ruling = {"unit": "a", "canonical": IDEAS[0], "ruling": Ruling.DUPLICATE_IN_UNIT.value}
    rows = stored(
        [
            Happened("case.opened", 0, {"members": [two, three]}, True),
            Happened("case.member-joined", 0, {"member": one, "of": IDEAS[1]}, True),
            Happened("case.member-ruled", 0, {"member": IDEAS[1], **ruling}, True),
            Happened("case.member-changed", 0, {"member": {**two, "position": 9}}, True),
            Happened("case.member-ruled", 0, {"member": IDEAS[2], **ruling}, True),
        ]
    )
    change = WholeCaseload(Memory({}, {}, 0, 0)).take(stretch(rows, Words()))
    still, ruled = PLACES[DocketState.OPEN], PLACES[DocketState.RULED]
    assert np.array(change.states)[2].tolist() == [still, still, still, still, ruled]

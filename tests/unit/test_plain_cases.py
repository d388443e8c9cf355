"""A plain case is stored by compiled code letter for letter as every other case, and is the same to the rules when read back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode

from services.projections.views.caseload import CASE
from services.projections.views.dockets import Case, Seat
from services.projections.views.lean import Judged
from services.projections.views.wholesale.cases import HEAD, NOBODY, SEAT_WIDTH
from services.projections.views.wholesale.dockets import dockets, plain, seat_rows
from services.projections.views.wholesale.row import Rows
from shared.vocabulary import Ruling

ids = st.uuids().map(str)
rulings = st.builds(Judged, st.sampled_from([ruling.value for ruling in Ruling]), ids)
numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-11, 1001)
seats = st.builds(Seat, ids, numbers, numbers, st.booleans(), st.none() | rulings)
members = st.lists(st.lists(seats, max_size=4), max_size=5)


@dataclass
class Held:
    """Cases as compiled code holds them."""

    cases: Rows
    seats: Rows

    @classmethod
    def of(cls, cases: list[Case]) -> Held:
        rows = np.empty((0, SEAT_WIDTH), dtype=np.int64)
        heads = []
        for case in cases:
            heads.append((len(rows) if case.seats else NOBODY, 0))
            found = seat_rows(case, len(rows))
            assert found is not None
            rows = np.concatenate([rows, found])
        return cls(np.array(heads, dtype=np.int64).reshape(-1, 2), rows)


@given(members)
def test_a_plain_case_is_stored_as_any_other(found: list[list[Seat]]) -> None:
    cases = [Case(number, seats) for number, seats in enumerate(found)]
    held = Held.of(cases)
    written = dockets(np.arange(len(cases)), held.cases, held.seats)
    assert written == [encode(case).decode() for case in cases]
    assert [CASE(docket) for docket in written] == cases
    assert [
        plain(number, int(held.cases[number, HEAD]), held.seats) for number in range(len(cases))
    ] == cases


@pytest.mark.parametrize(
    "case",
    [
        Case(0, [], moot=True),
        Case(0, [], chosen=str(UUID(int=1))),
        Case(0, [], reopened=True),
        Case(0, [], joined=True),
        Case(0, [Seat(str(UUID(int=1)), 0, 0, False, left=True)]),
        Case(0, [Seat(str(UUID(int=1)), 0, 0, False, asked_again=True)]),
        Case(0, [Seat(str(UUID(int=1)), 0, 0, False, Judged("xưa", str(UUID(int=2))))]),
        Case(0, [Seat(UUID(int=1).hex, 0, 0, False)]),
        Case(0, [Seat("không phải mã", 0, 0, False)]),
        Case(0, [Seat(str(UUID(int=1)), 0, 10**19, False)]),
        Case(0, [Seat(str(UUID(int=1)), -(2**63), 0, False)]),
    ],
)
def test_a_case_of_which_a_row_would_lose_something_is_left_to_the_rules(case: Case) -> None:
    assert seat_rows(case, 0) is None

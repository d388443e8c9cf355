"""How a plain idea stands is written by compiled code letter for letter as every other idea's standing is stored."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import encode

from services.projections.views.entries import as_stored
from services.projections.views.standing import Amount, Standing
from services.projections.views.wholesale.ideas import OUT_OF_LAW, RULED_OUT, WIDTH
from services.projections.views.wholesale.row import IS_RECOGNISED, IS_VERIFIED
from services.projections.views.wholesale.standings import standings
from services.projections.views.wholesale.stretch import MASK, signed

numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(-11, 1001)
states = st.sampled_from((0, OUT_OF_LAW, RULED_OUT, OUT_OF_LAW | RULED_OUT))
ideas = st.tuples(
    *(st.integers(0, 2), numbers, states, st.integers(0, MASK), st.integers(0, MASK)),
    *(numbers, numbers, numbers, numbers, st.sampled_from((0, IS_RECOGNISED, IS_VERIFIED))),
)
codes = st.lists(st.text(max_size=12), min_size=3, max_size=3)


@given(st.lists(ideas, max_size=5), codes)
def test_a_plain_idea_is_stored_as_any_other(
    found: list[tuple[int, ...]], units: list[str]
) -> None:
    rows = np.array(
        [(*i[:3], signed(i[3]), signed(i[4]), *i[5:]) for i in found], dtype=np.int64
    ).reshape(-1, WIDTH)
    spelled = [encode(unit) for unit in units]
    expected = [
        as_stored(
            Standing(
                units[cell],
                since,
                bool(state & OUT_OF_LAW),
                (f"{high:016x}{low:016x}",) if state & RULED_OUT else (),
                None,
                (
                    Amount(
                        *(since, people, benefit, posts, direct),
                        benefit if sure == IS_RECOGNISED else 0,
                        benefit if sure == IS_VERIFIED else 0,
                    ),
                ),
            )
        )
        for cell, since, state, high, low, people, benefit, posts, direct, sure in found
    ]
    units_of = np.frombuffer(b"".join(spelled), dtype=np.uint8)
    assert standings(rows, units_of, np.cumsum([len(unit) for unit in spelled])) == expected

"""The contrast between two who suspect: of which kind each pair is, what comes first in the list, how scores moved."""

from __future__ import annotations

from typing import Final

import pytest

from services.dedup.contrast import Contrast, Held, Kind, Moves, Rows, contrasts, moves
from shared.vocabulary import Band, Tier

PAIR: Final = (7, 3)


def held(band: Band, score: float, tier: Tier = Tier.ELSEWHERE) -> Held:
    return Held(band, score, tier)


def contrast(live: Held | None, candidate: Held | None, *, moved: float = 0.05) -> Contrast:
    """The one pair that there is, as one and the other hold it."""
    one, other = ({PAIR: side} if side else {} for side in (live, candidate))
    (found,) = contrasts(one, other, moved=moved)
    return found


@pytest.mark.parametrize(
    ("live", "candidate", "kind"),
    [
        (held(Band.NEAR, 0.8), None, Kind.ONLY_LIVE),
        (None, held(Band.NEAR, 0.8), Kind.ONLY_CANDIDATE),
        (held(Band.NEAR, 0.76), held(Band.SIMILAR, 0.74), Kind.OTHER_BAND),
        (held(Band.NEAR, 0.8), held(Band.NEAR, 0.850001), Kind.MOVED),
        (held(Band.NEAR, 0.9), held(Band.NEAR, 0.849999), Kind.MOVED),
        (held(Band.NEAR, 0.8), held(Band.NEAR, 0.85), Kind.SAME),
        (held(Band.NEAR, 0.85), held(Band.NEAR, 0.8), Kind.SAME),
        (held(Band.NEAR, 0.8), held(Band.NEAR, 0.8), Kind.SAME),
    ],
)
def test_a_pair_is_of_one_kind(live: Held | None, candidate: Held | None, kind: Kind) -> None:
    assert contrast(live, candidate).kind is kind


def test_by_how_much_a_score_must_have_moved_may_be_said() -> None:
    live, candidate = held(Band.NEAR, 0.8), held(Band.NEAR, 0.800001)
    assert contrast(live, candidate, moved=0).kind is Kind.MOVED
    assert contrast(live, candidate, moved=0.000001).kind is Kind.SAME


def test_how_far_a_score_moved_is_known_only_where_both_suspect() -> None:
    assert contrast(held(Band.NEAR, 0.9), held(Band.SIMILAR, 0.6)).moved == -0.3
    assert contrast(held(Band.NEAR, 0.9), None).moved is None
    assert contrast(None, held(Band.NEAR, 0.9)).moved is None


def test_pairs_come_in_the_order_of_the_ledger() -> None:
    near = held(Band.NEAR, 0.8)
    found = contrasts({(9, 1): near, (4, 2): near}, {(4, 1): near, (9, 1): near})
    assert [(c.rows, c.kind) for c in found] == [
        ((4, 1), Kind.ONLY_CANDIDATE),
        ((4, 2), Kind.ONLY_LIVE),
        ((9, 1), Kind.SAME),
    ]


def test_the_weightiest_comes_first() -> None:
    """By the bands between the two, then duplicates in law, then what only one suspects, then the scores."""
    ordered: list[tuple[Held | None, Held | None]] = [
        (None, held(Band.EXACT, 1.0)),
        (held(Band.NEAR, 0.76, Tier.UNIT), None),
        (held(Band.NEAR, 0.9), None),
        (None, held(Band.NEAR, 0.8)),
        (held(Band.EXACT, 0.98), held(Band.SIMILAR, 0.7)),
        (held(Band.SIMILAR, 0.74, Tier.UNIT), held(Band.NEAR, 0.75, Tier.UNIT)),
        (held(Band.SIMILAR, 0.7), None),
        (None, held(Band.SIMILAR, 0.4)),
        (held(Band.NEAR, 0.8), held(Band.SIMILAR, 0.5)),
        (held(Band.NEAR, 0.8), held(Band.SIMILAR, 0.7)),
        (held(Band.NEAR, 0.8), held(Band.NEAR, 0.9)),
        (held(Band.NEAR, 0.96), held(Band.NEAR, 0.9)),
    ]
    live: dict[Rows, Held] = {}
    candidate: dict[Rows, Held] = {}
    places = [(100 - n, 1) for n in range(len(ordered))]
    for rows, (one, other) in zip(places, ordered, strict=True):
        live.update({rows: one} if one else {})
        candidate.update({rows: other} if other else {})
    found = sorted(contrasts(live, candidate), key=lambda c: c.weight)
    assert [c.rows for c in found] == places


def test_what_weighs_the_same_stands_in_the_order_of_the_ledger() -> None:
    near = held(Band.NEAR, 0.8)
    found = sorted(
        contrasts({(5, 4): near, (5, 2): near, (3, 1): near}, {}), key=lambda c: c.weight
    )
    assert [c.rows for c in found] == [(3, 1), (5, 2), (5, 4)]


def test_scores_move_up_and_down() -> None:
    live = {
        (2, 1): held(Band.NEAR, 0.8),
        (3, 1): held(Band.NEAR, 0.9),
        (4, 1): held(Band.NEAR, 0.9),
    }
    candidate = {(2, 1): held(Band.NEAR, 0.9), (3, 1): held(Band.SIMILAR, 0.6), (5, 1): live[4, 1]}
    found = list(contrasts(live, candidate))
    assert moves(found) == Moves(mean=-0.1, mean_size=0.2, largest=-0.3)


def test_where_nothing_is_suspected_by_both_no_score_moved() -> None:
    assert moves(list(contrasts({PAIR: held(Band.NEAR, 0.8)}, {}))) is None

"""Of very many candidates only those are scored that may be among the likeliest, and none of these is left out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.lexicon import Lexicon
from services.dedup.likeness import combine
from services.dedup.model import Models
from services.dedup.score import FEWEST_WORDS, Judge
from shared.vocabulary import MatchingRules, Parts

SHARES = st.floats(0, 1)
CANDIDATES = st.lists(
    st.tuples(SHARES, SHARES, SHARES, SHARES, st.integers(0, 60), SHARES, SHARES, st.booleans()),
    max_size=40,
)
RULES = MatchingRules(most_flags=3)
JUDGE = Judge(Lexicon(), Models.shipped(), RULES)


def _score(
    full: float, bare: float, contained: float, order: float, fewest: int, title: float,
    situation: float, has_situation: bool,
) -> float:  # fmt: skip
    parts = Parts(
        title_cosine=round(title, 6),
        title_fuzzy=0.0,
        situation_cosine=round(situation, 6),
        solution_cosine=round(full, 6),
        solution_bare_cosine=round(bare, 6),
        solution_containment=round(contained, 6),
        solution_fuzzy=round(order, 6),
    )
    trusted = fewest >= RULES.short_words
    likeness = combine(parts, has_situation=has_situation, trust_containment=trusted)
    return RULES.calibration.share(round(min(1.0, likeness), 6))


@given(CANDIDATES)
def test_whoever_is_among_the_likeliest_is_promising(
    candidates: list[tuple[float, float, float, float, int, float, float, bool]],
) -> None:
    alike = np.array([c[:5] for c in candidates], dtype=np.float64).reshape(-1, 5)
    promising = JUDGE.promising(alike)
    line = RULES.thresholds.similar
    scores = [
        score if (score := _score(*c)) >= line and c[4] >= FEWEST_WORDS else -1.0
        for c in candidates
    ]
    likeliest = sorted(range(len(scores)), key=lambda n: (-scores[n], n))[: RULES.most_flags]
    assert all(promising[n] for n in likeliest if scores[n] >= 0)


def test_those_that_score_less_for_certain_are_left_out() -> None:
    alike = np.array([[0.99, 0.99, 0.99, 0.99, 200.0]] * 5 + [[0.4, 0.4, 0.4, 0.4, 200.0]] * 9)
    assert JUDGE.promising(alike).tolist() == [True] * 5 + [False] * 9

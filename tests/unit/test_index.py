"""The index finds what a comparison with every earlier text would find, whatever the batches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dedup.index import MOST_CANDIDATES, Candidate, Index
from services.dedup.model import BITS, Features, Model

KINDS = 24
"""So many features there are in these texts; a few of them weigh nothing."""
WEIGHTS = np.zeros(2**BITS, dtype=np.uint16)
WEIGHTS[1:KINDS] = [64 * (1 + n % 7) + n for n in range(1, KINDS)]
MODEL = Model(WEIGHTS, WEIGHTS, "test")

Text = frozenset[int]
TEXTS = st.lists(st.frozensets(st.integers(0, KINDS - 1), max_size=8), min_size=1, max_size=40)
LINES = st.tuples(
    st.sampled_from([0.05, 0.2, 0.5, 0.99, 1.0]), st.sampled_from([0.1, 0.3, 0.8, 1.0])
)
BATCHES = pytest.mark.parametrize("size", [1, 7, 512])


def _features(text: Text) -> Features:
    return np.array(sorted(text), dtype=np.int32)


def _digest(text: Text) -> bytes:
    return hashlib.blake2b(repr(sorted(text)).encode(), digest_size=16).digest()


def _norm(text: Text) -> int:
    return sum(int(WEIGHTS[f]) ** 2 for f in text)


def _by_hand(
    texts: Sequence[Text], new: Text, lines: tuple[float, float], gone: frozenset[int] = frozenset()
) -> list[Candidate]:
    """What comparing with each text one after another finds, in whole numbers up to the last division."""
    cosine, containment = lines
    found = []
    for row, text in enumerate(texts):
        if row in gone:
            continue
        dot = _norm(text & new)
        own, its = _norm(new), _norm(text)
        alike = Candidate(row, dot / sqrt(own * its), dot / min(own, its)) if dot else None
        if text == new:
            alike = Candidate(row, 1.0, 1.0)
        elif alike is not None and alike.cosine < cosine and alike.containment < containment:
            alike = None
        if alike is not None:
            found.append(alike)
    found.sort(key=lambda c: (-max(c.cosine, c.containment), -c.cosine, c.row))
    return found[:MOST_CANDIDATES]


def _found(
    texts: Sequence[Text], lines: tuple[float, float], size: int
) -> tuple[Index, list[list[Candidate]]]:
    index = Index(MODEL, cosine=lines[0], containment=lines[1])
    answers = []
    for start in range(0, len(texts), size):
        batch = texts[start : start + size]
        answers += index.extend([_features(t) for t in batch], [_digest(t) for t in batch])
    return index, answers


@given(TEXTS, LINES)
def test_candidates_are_those_of_a_comparison_with_every_earlier_text(
    texts: list[Text], lines: tuple[float, float]
) -> None:
    by_hand = [_by_hand(texts[:n], text, lines) for n, text in enumerate(texts)]
    for size in (1, 7, 512):
        index, answers = _found(texts, lines, size)
        assert answers == by_hand
        assert len(index) == len(texts)


@given(TEXTS, LINES, st.sets(st.integers(0, 39)), st.frozensets(st.integers(0, KINDS - 1)))
def test_a_search_finds_what_a_declaration_would_without_what_was_dropped(
    texts: list[Text], lines: tuple[float, float], dropped: set[int], new: Text
) -> None:
    gone = frozenset(row for row in dropped if row < len(texts))
    expected = _by_hand(texts, new, lines, gone)
    for size in (1, 7, 512):
        index, _ = _found(texts, lines, size)
        for row in gone:
            index.drop(row)
        assert index.search(_features(new), _digest(new)) == expected
        assert index.extend([_features(new)], [_digest(new)]) == [expected]


@given(TEXTS, LINES, LINES, st.frozensets(st.integers(0, KINDS - 1)))
def test_texts_taken_in_without_a_search_are_found_like_others(
    texts: list[Text], lines: tuple[float, float], later: tuple[float, float], new: Text
) -> None:
    index = Index(MODEL, cosine=lines[0], containment=lines[1])
    silent = index.extend([_features(t) for t in texts], [_digest(t) for t in texts], search=False)
    assert silent == [[]] * len(texts)
    index.admit(cosine=later[0], containment=later[1])
    assert index.search(_features(new), _digest(new)) == _by_hand(texts, new, later)


@BATCHES
def test_of_many_twins_the_earliest_are_the_candidates(size: int) -> None:
    common: Text = frozenset({0})
    assert WEIGHTS[0] == 0
    texts: list[Text] = [frozenset({1, 2})] * (MOST_CANDIDATES + 5) + [common, common]
    _, answers = _found(texts, (0.2, 0.3), size)
    assert [c.row for c in answers[-3]] == list(range(MOST_CANDIDATES))
    assert answers[-1] == [Candidate(len(texts) - 2, 1.0, 1.0)]


def test_an_empty_index_finds_nothing() -> None:
    index = Index(MODEL, cosine=0.2, containment=0.3)
    assert index.search(_features(frozenset({1})), b"x") == []
    assert index.extend([_features(frozenset())], [b"y"]) == [[]]

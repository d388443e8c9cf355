"""The measures equal a plain computation in whole numbers, and the library's longest common subsequence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isqrt, sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from services.dedup.lexicon import Lexicon
from services.dedup.measure import (
    alike_by_themselves,
    bare_of,
    cosine,
    hashes_of,
    order,
    overlap,
    reaches,
    ready,
    weight_of,
)
from services.dedup.model import BITS, Weighed, features
from services.dedup.texts import Words

LEXICON = Lexicon()
VOCABULARY = [
    "sáng",
    "sang",
    "kiến",
    "kiên",
    "mới",
    "mỗi",
    "đo",
    "do",
    "bơm",
    "dầu",
    "lớp",
    "lop",
    "4",
    "m12x1.75",
]
WORDS: Words = LEXICON.numbers(VOCABULARY) >> np.uint32(1)
SPELLED = LEXICON.spelled
BARE = [int(LEXICON.bare[word]) for word in WORDS]
COMMON, RARE = 100, 300
WEIGHTS = [0, 1, 99, 100, 101, 250, 299, 300, 301, 2_000, 65_535]

Text = list[int]
"""A text as places in the vocabulary."""
Feature = tuple[int, ...]


def _weighed() -> Weighed:
    """A model that knows every word and every pair of the vocabulary, each with a weight of its own kind."""
    tables = [np.zeros(2**BITS, dtype=np.uint16) for _ in range(2)]
    chance = np.random.default_rng(3)
    every = {*WORDS.tolist(), *BARE}
    terms = [*((word,) for word in every), *((one, two) for one in every for two in every)]
    for table in tables:
        for term in terms:
            table[_hashed(term)] = chance.choice(WEIGHTS)
    assert len({_hashed(term) for term in terms}) == len(terms), "Two features share a number."
    full, bare = tables
    return Weighed(full, bare, COMMON, RARE)


def _hashed(term: Feature) -> int:
    """The number of a word, or of a pair: what two words bring that neither brings alone."""
    found = {
        int(feature) for feature in features(hashes_of(np.array(term, dtype=np.uint32), SPELLED))
    }
    if len(term) > 1:
        found -= {_hashed(term[:1]), _hashed(term[1:])}
    (feature,) = found
    return feature


WEIGHED = _weighed()
short = st.lists(st.integers(0, len(VOCABULARY) - 1), max_size=30)


def _words(text: Text) -> Words:
    return WORDS[np.array(text, dtype=np.int64)]


def _terms(words: Sequence[int]) -> set[Feature]:
    return {*((word,) for word in words), *pairwise(words)}


def _weigh(terms: set[Feature], table: np.ndarray[tuple[int], np.dtype[np.uint16]]) -> int:
    return sum(int(table[_hashed(term)]) for term in terms)


def _bare(text: Text) -> list[int]:
    return [BARE[n] for n in text]


@given(short, short, st.data())
@example([], [], None)
def test_the_overlap_is_the_sum_of_what_both_hold(
    one: Text, other: Text, data: st.DataObject | None
) -> None:
    prepared = ready(_words(one), SPELLED, WEIGHED)
    more = data.draw(st.lists(short, max_size=3)) if data else []
    # A text made ready is compared with many: what one of them was marks nothing for the next.
    for stamp, text in enumerate([other, *more, other], start=1):
        both = _terms(_bare(one)) & _terms(_bare(text))
        weights = [int(WEIGHED.bare[_hashed(term)]) for term in both]
        hashes = hashes_of(bare_of(_words(text), SPELLED), SPELLED)
        assert overlap(prepared.bare, hashes, WEIGHED, stamp) == (
            sum(weights),
            sum(weight for weight in weights if weight >= COMMON),
            sum(weight for weight in weights if weight >= RARE),
        )
    assert prepared.bare.norm == _weigh(_terms(_bare(one)), WEIGHED.bare)
    assert prepared.full.norm == _weigh(_terms(_words(one).tolist()), WEIGHED.full)
    assert prepared.length == len(one)


@given(short, short)
def test_texts_are_as_alike_as_a_plain_computation_says(one: Text, other: Text) -> None:
    found = alike_by_themselves(_words(one), _words(other), SPELLED, WEIGHED)
    expected = []
    for table, texts in (
        (WEIGHED.full, [_words(text).tolist() for text in (one, other)]),
        (WEIGHED.bare, [_bare(text) for text in (one, other)]),
    ):
        mine, its = map(_terms, texts)
        dot, own, theirs = (_weigh(terms, table) for terms in (mine & its, mine, its))
        expected.append(dot / sqrt(own * theirs) if dot else 0.0)
        contained = dot / min(own, theirs) if dot else 0.0
    fewest = min(len(one), len(other))
    same = LCSseq.similarity(_bare(one), _bare(other))
    assert found == (*expected, contained, same / fewest if fewest else 0.0, fewest)


@given(short, short)
def test_the_cosine_of_short_texts_is_that_of_their_features(one: Text, other: Text) -> None:
    mine, its = (_terms(_words(text).tolist()) for text in (one, other))
    dot, own, theirs = (_weigh(t, WEIGHED.full) for t in (mine & its, mine, its))
    found = cosine(_words(one), _words(other), SPELLED, WEIGHED.full)
    assert found == (dot / sqrt(own * theirs) if dot else 0.0)
    assert found == cosine(_words(other), _words(one), SPELLED, WEIGHED.full)
    assert weight_of(hashes_of(_words(one), SPELLED), WEIGHED.full) == own


def test_a_text_is_wholly_like_itself_and_not_at_all_like_nothing() -> None:
    text, nothing = _words([9, 3, 4, 9, 0]), _words([])
    assert weight_of(hashes_of(bare_of(text, SPELLED), SPELLED), WEIGHED.bare) > 0
    assert alike_by_themselves(text, text, SPELLED, WEIGHED) == (1.0, 1.0, 1.0, 1.0, 5.0)
    assert alike_by_themselves(text, nothing, SPELLED, WEIGHED) == (0.0,) * 5
    assert alike_by_themselves(nothing, nothing, SPELLED, WEIGHED) == (0.0,) * 5
    assert cosine(text, nothing, SPELLED, WEIGHED.full) == 0.0


def _ordered(one: Sequence[int], other: Sequence[int]) -> tuple[int, int]:
    """How many words stand in both in the same order, by the engine and by rapidfuzz."""
    mine, its = (_words(list(text)) for text in (one, other))
    prepared = ready(mine, SPELLED, WEIGHED)
    return order(prepared, bare_of(its, SPELLED)), LCSseq.similarity(_bare([*one]), _bare([*other]))


@given(short, short)
def test_the_order_of_words_is_the_longest_common_subsequence(one: Text, other: Text) -> None:
    ours, theirs = _ordered(one, other)
    assert ours == theirs


LENGTHS = [0, 1, 2, 63, 64, 65, 127, 128, 129, 500]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("kinds", [1, 2, 5, len(VOCABULARY)])
def test_texts_of_every_length_are_put_in_order(length: int, kinds: int) -> None:
    for other in LENGTHS:
        _check_order(length, other, kinds)


def _check_order(length: int, other: int, kinds: int) -> None:
    chance = np.random.default_rng((length, other, kinds))
    one = chance.integers(0, kinds, length).tolist()
    two = chance.integers(0, kinds, other).tolist()
    # The same text edited here and there, as copies are.
    edited = [int(chance.integers(kinds)) if chance.random() < 0.2 else word for word in one]
    shifted = [*two, *one, *two][: other or None]
    for said in (two, edited, shifted, one[::-1]):
        ours, theirs = _ordered(one, said)
        assert ours == theirs


def _reaches_exactly(dot: int, one: int, other: int, over: int, under: int) -> bool:
    return (dot * under) ** 2 >= over**2 * one * other


norms = st.integers(1, 2**31)
shares = st.integers(1, 1_000).flatmap(
    lambda under: st.tuples(st.integers(1, under), st.just(under))
)


@given(st.integers(0, 2**31), norms, norms, shares)
@example(2**31, 2**31, 2**31, (1_000, 1_000))
@example(2**31 - 1, 2**31, 2**31, (1_000, 1_000))
@example(0, 1, 1, (1, 1_000))
def test_reaching_a_bar_is_decided_in_whole_numbers(
    dot: int, one: int, other: int, share: tuple[int, int]
) -> None:
    assert reaches(dot, one, other, *share) == _reaches_exactly(dot, one, other, *share)


@given(norms, norms, shares)
@example(2**31, 2**31, (999, 1_000))
@example(2**31 - 1, 2**31, (1, 1_000))
def test_one_step_under_the_bar_does_not_reach_it(
    one: int, other: int, share: tuple[int, int]
) -> None:
    over, under = share
    # The least dot product that reaches the bar, found by the whole root.
    least = (isqrt(over**2 * one * other - 1) // under) + 1
    assume(0 < least < 2**31)
    for dot in (least - 1, least, least + 1):
        assert reaches(dot, one, other, over, under) == _reaches_exactly(
            dot, one, other, over, under
        )
    assert reaches(least, one, other, over, under)
    assert not reaches(least - 1, one, other, over, under)


@given(st.integers(1, 2**11), st.integers(1, 1_000), st.integers(1, 1_000), shares)
@example(2**11 - 1, 1_000, 1_000, (1_000, 1_000))
@example(2_039, 997, 991, (999, 1_000))
def test_just_at_the_bar_is_enough_and_one_less_or_one_more_weight_tells(
    step: int, mine: int, its: int, share: tuple[int, int]
) -> None:
    """Norms whose root is whole: then dot / root is the bar exactly, and neighbours differ by parts in a billion."""
    over, under = share
    one, other = step * mine**2, step * its**2
    assume(max(one, other) < 2**31)
    dot, rest = divmod(over * step * mine * its, under)
    assert reaches(dot, one, other, over, under) == (rest == 0)
    assert reaches(dot + 1, one, other, over, under)
    if rest == 0:
        assert (dot * under) ** 2 == over**2 * one * other
        assert not reaches(dot, one + 1, other, over, under)
        assert not reaches(dot, one, other + 1, over, under)
        assert reaches(dot, one - 1, other, over, under)

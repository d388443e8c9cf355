"""The index finds what a comparison with every earlier text would find, and measures it the same, whatever the batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from benchmarks.walks import Walks, real_sentences
from services.dedup import index as index_module
from services.dedup.archive import Archive
from services.dedup.batch import Batch
from services.dedup.found import MOST_CANDIDATES, Measures
from services.dedup.index import Index
from services.dedup.lesson import end_of
from services.dedup.lexicon import Lexicon, Spelled
from services.dedup.measure import alike_by_themselves, bare_of, hashes_of
from services.dedup.model import BITS, Model, Models, features
from services.dedup.own import own
from services.dedup.postings import FEWEST_SHARED, LONG, UNDER
from services.dedup.reading import Read
from services.dedup.shelf import Entry, Shelf
from services.dedup.standard import Digests, StandardSentences, digests_of
from services.dedup.texts import Numbers, Texts, Words

LEXICON = Lexicon()
VOCABULARY: Final = ("sang", "kien", "may", "bom", "dau", "cam", "bien", "nuoc")
COMMON, RARE = 100, 300
WEIGHTS: Final = (0, 7, 99, 100, 101, 160, 299, 300, 301, 900, 4_000, 65_535)
COSINES: Final = (0.4, 0.5, 0.6, 0.8)
CONTAINMENTS: Final = (0.12, 0.3, 1.0)
SIZES: Final = (1, 7, 512)
DAY: Final = datetime(2022, 5, 1, tzinfo=UTC)
NOBODY: Digests = np.empty(0, dtype=np.uint64)
NO_TEXT: Final = np.empty(0, dtype=np.uint32)

Text = tuple[str, ...]
Weighing = dict[int, int]
"""What each feature weighs."""


class Comparer:
    """A shelf and an index over it, fed as the matcher feeds them."""

    def __init__(
        self,
        model: Model,
        cosine: float,
        containment: float,
        *,
        lexicon: Lexicon = LEXICON,
        units: int = 0,
    ) -> None:
        self.archive = Archive(max(units, 2))
        self.archive.lexicon = self.lexicon = lexicon
        self.archive.shelf = self.shelf = Shelf(lexicon)
        self.learns = units > 0
        self.index = Index(model, self.archive, cosine=cosine, containment=containment)

    @property
    def standard(self) -> StandardSentences:
        return self.archive.standard

    def compare(self, texts: Sequence[Numbers], size: int) -> list[Measures]:
        """What each of the texts is found to be like, so many of them together."""
        answers: list[Measures] = []
        rest = list(texts)
        while rest:
            row = len(self.shelf)
            room = min(size, end_of(row) - row)
            batch, rest = rest[:room], rest[room:]
            self._compare(batch, self._put(batch), answers)
        return answers

    def search(self, text: Numbers) -> Measures:
        """What a text that is not put on the shelf is found to be like."""
        found = self.index.find(_texts([text]), len(self.shelf))
        return found.of(0)

    def _put(self, batch: Sequence[Numbers]) -> int:
        first = len(self.shelf)
        entries = [
            Entry(
                UUID(int=first + n), 1, first + n + 1, "a", "b", "c", "d", DAY, DAY, (), frozenset()
            )
            for n in range(len(batch))
        ]
        nothing = _texts([NO_TEXT] * len(batch))
        return self.archive.put(Read(entries, _texts(batch), nothing, nothing))

    def _compare(self, texts: Sequence[Numbers], row: int, answers: list[Measures]) -> None:
        """Compare texts of one lesson."""
        with Batch(self.index, _texts(texts), row) as batch:
            for _, found in batch.settled():
                answers += (found.of(n) for n in range(len(found.counts)))
        self.index.seal()
        if self.learns:
            self.archive.learn()

    def digests(self, text: Numbers) -> Digests:
        return digests_of(text, self.spelled)[0]

    @property
    def spelled(self) -> Spelled:
        return self.lexicon.spelled

    def own(self, text: Numbers, row: int) -> Words:
        """The words of a text that were not standard when a row came."""
        return own(text, self.spelled, self.standard.known, row)


class Bar(NamedTuple):
    """From when on an earlier text is a candidate."""

    cosine: Fraction
    containment: Fraction
    fewest: int = FEWEST_SHARED

    def is_reached(self, one: Weighing, other: Weighing) -> bool:
        """Whether the second of two texts is a candidate for the first, in whole numbers."""
        both = one.keys() & other.keys()
        dot = sum(one[f] for f in both if one[f] >= COMMON)
        norms = [sum(w for w in text.values() if w >= COMMON) for text in (one, other)]
        if dot and dot**2 >= self.cosine**2 * norms[0] * norms[1]:
            return True
        shared = sum(one[f] for f in both if one[f] >= RARE)
        mine, its = (sum(w for w in text.values() if w >= RARE) for text in (one, other))
        if shared == 0 or shared < self.containment * min(mine, its):
            return False
        # What is shared is looked at only when it is not all too small, of this text and by itself.
        least = Fraction(UNDER) * self.containment * mine
        return shared >= least and shared >= self.fewest * RARE


def _bar(cosine: float, containment: float) -> Bar:
    exactly = (Fraction(bar).limit_denominator(1_000) for bar in (cosine, containment))
    return Bar(next(exactly), next(exactly))


def _texts(texts: Sequence[Numbers]) -> Texts:
    starts = np.cumsum([0, *map(len, texts)], dtype=np.int64)
    return Texts(np.concatenate([NO_TEXT, *texts]), starts)


def _found_features(lexicon: Lexicon, words: Words) -> NDArray[np.uint32]:
    spelled = lexicon.spelled
    return features(hashes_of(bare_of(words, spelled), spelled))


@cache
def _hashed(term: Text) -> int:
    """The number of a word, or of a pair: what two neighbours bring that neither brings alone."""
    words = LEXICON.numbers(term) >> np.uint32(1)
    found: set[int] = set(_found_features(LEXICON, words).tolist())
    if len(term) > 1:
        found -= {_hashed(term[:1]), _hashed(term[1:])}
    (feature,) = found
    return feature


TERMS: Final = (
    *((word,) for word in VOCABULARY),
    *((one, two) for one in VOCABULARY for two in VOCABULARY),
)


def test_no_two_words_or_pairs_of_these_texts_are_one_feature() -> None:
    assert len({_hashed(term) for term in TERMS}) == len(TERMS)


def _in_turn(weights: Sequence[int]) -> dict[Text, int]:
    """Every word and pair with one of these weights in turn."""
    return {term: weights[n % len(weights)] for n, term in enumerate(TERMS)}


def _model(weighing: dict[Text, int]) -> Model:
    table = np.zeros(2**BITS, dtype=np.uint16)
    for term, weight in weighing.items():
        table[_hashed(term)] = weight
    return Model(table, table, common=COMMON, rare=RARE, normaliser="0")


def _weighed(text: Text, weighing: dict[Text, int]) -> Weighing:
    terms = {*((word,) for word in text), *pairwise(text)}
    return {_hashed(term): weighing[term] for term in terms}


@contextmanager
def _sealed_often(rows: int, largest: int) -> Iterator[None]:
    """Postings are put in order after so few rows, and segments grow together up to so many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index_module, "TAIL", rows)
        patched.setattr(index_module, "LARGEST", largest)
        yield


texts_ = st.lists(
    st.lists(st.sampled_from(VOCABULARY), max_size=14).map(tuple), min_size=1, max_size=40
)
weights_ = st.lists(st.sampled_from(WEIGHTS), min_size=1, max_size=70)
sealing_ = st.sampled_from([(1 << 14, 1 << 17), (3, 1 << 17), (4, 9)])


@settings(max_examples=60)
@given(
    texts_,
    weights_,
    st.sampled_from(COSINES),
    st.sampled_from(CONTAINMENTS),
    sealing_,
    st.sets(st.integers(0, 39), max_size=10),
)
@example(  # An earlier text that is but a small part of a later one.
    [("sang",), ("kien", "sang", "may"), ("sang",)],
    [300, *[65_535] * 69],
    0.8,
    1.0,
    (3, 9),
    set(),
)
def test_candidates_are_those_of_a_comparison_with_every_earlier_text(
    texts: list[Text],
    weights: list[int],
    cosine: float,
    containment: float,
    sealing: tuple[int, int],
    dropped: set[int],
) -> None:
    weighing = _in_turn(weights)
    model = _model(weighing)
    weighed = [_weighed(text, weighing) for text in texts]
    bar = _bar(cosine, containment)
    numbers = [LEXICON.numbers(text) for text in texts]
    expected = [
        [row for row in range(n) if bar.is_reached(weighed[n], weighed[row])]
        for n in range(len(texts))
    ]
    for size in SIZES:
        with _sealed_often(*sealing):
            comparer = Comparer(model, cosine, containment)
            answers = comparer.compare(numbers, size)
            assert [answer.rows.tolist() for answer in answers] == expected
            _check_measures(comparer, model, numbers, answers)
            for row in dropped & set(range(len(texts))):
                comparer.index.drop(row)
            standing = [
                [row for row in range(len(texts)) if bar.is_reached(new, weighed[row])]
                for new in weighed
            ]
            standing = [[row for row in rows if row not in dropped] for rows in standing]
            assert [comparer.search(text).rows.tolist() for text in numbers] == standing
            again = comparer.compare(numbers, size)
            assert [rows.rows.tolist() for rows in again] == [
                rows + [len(texts) + row for row in later]
                for rows, later in zip(standing, expected, strict=True)
            ]


@pytest.mark.parametrize(("shared", "is_found"), [(300, False), (301, True)])
def test_a_text_just_too_small_a_part_of_another_is_found_in_no_batch(
    shared: int, is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums are rounded more coarsely where a text is looked for among all rows than within its own batch."""
    monkeypatch.setattr(index_module, "FEWEST_SHARED", 1)
    bar = _bar(0.4, 0.12)._replace(fewest=1)
    weighing = {
        **dict.fromkeys(TERMS, 0),
        ("sang",): shared,
        ("may",): 1_095,
        ("sang", "may"): 1_095,
        ("kien",): 4_858,
        ("kien", "sang"): 4_859,
    }
    texts: list[Text] = [("sang", "may"), ("kien", "sang")]
    earlier, later = (_weighed(text, weighing) for text in texts)
    assert bar.is_reached(later, earlier) == is_found
    assert bar.is_reached(earlier, later)
    for size in SIZES:
        comparer = Comparer(_model(weighing), 0.4, 0.12)
        answers = comparer.compare([LEXICON.numbers(text) for text in texts], size)
        assert [answer.rows.tolist() for answer in answers] == [[], [0] if is_found else []]


def test_what_is_shared_is_enough_by_itself_or_no_sign_of_a_copy() -> None:
    """One rare word in common is a large part of a text of few words, and says nothing."""
    weighing = {**dict.fromkeys(TERMS, 0), ("sang",): 2_399, ("kien",): 2_400, ("may",): 9_000}
    texts: list[Text] = [("sang",), ("kien",), ("sang", "may"), ("kien", "may")]
    comparer = Comparer(_model(weighing), 0.8, 0.12)
    answers = comparer.compare([LEXICON.numbers(text) for text in texts], 7)
    assert [answer.rows.tolist() for answer in answers] == [[], [], [], [1, 2]]


def _check_measures(
    comparer: Comparer, model: Model, texts: Sequence[Numbers], answers: Sequence[Measures]
) -> None:
    """Every candidate is measured as the two texts would be by themselves, less what is standard by now."""
    for n, answer in enumerate(answers):
        mine = comparer.own(texts[n], n)
        for row, alike in zip(answer.rows.tolist(), answer.alike.tolist(), strict=True):
            its = comparer.own(texts[row], n)
            assert tuple(alike) == alike_by_themselves(mine, its, comparer.spelled, model.weighed)


SAID: Final = (
    "sang kien may bom dau cam",
    "bien nuoc sang sang may may",
    "dau cam bien nuoc sang kien may",
    "kien kien bom",
)
paragraphs_ = st.lists(
    st.one_of(
        st.sampled_from(SAID).map(lambda said: tuple(said.split())),
        st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=7).map(tuple),
    ),
    max_size=4,
)


def _in_sentences(paragraphs: Sequence[Text]) -> Numbers:
    sentences = [LEXICON.numbers(words) for words in paragraphs]
    for sentence in sentences:
        sentence[-1] |= 1
    return np.concatenate([NO_TEXT, *sentences])


@given(st.lists(paragraphs_, min_size=1, max_size=25), weights_, st.sampled_from(COSINES), sealing_)
def test_what_was_standard_when_a_text_came_is_no_word_of_its_own(
    texts: list[list[Text]], weights: list[int], cosine: float, sealing: tuple[int, int]
) -> None:
    model = _model(_in_turn(weights))
    numbers = [_in_sentences(text) for text in texts]
    bar = _bar(cosine, 0.3)
    table = model.weighed.bare
    by_size = []
    for size in SIZES:
        with _sealed_often(*sealing):
            comparer = Comparer(model, cosine, 0.3, units=2)
            answers = comparer.compare(numbers, size)
        weighed = [
            {
                int(feature): int(table[feature])
                for feature in _found_features(LEXICON, comparer.own(text, row))
            }
            for row, text in enumerate(numbers)
        ]
        for n, answer in enumerate(answers):
            expected = [row for row in range(n) if bar.is_reached(weighed[n], weighed[row])]
            assert answer.rows.tolist() == expected
        _check_measures(comparer, model, numbers, answers)
        by_size.append(_bits(answers))
    assert by_size[0] == by_size[1] == by_size[2]


def _bits(answers: Sequence[Measures]) -> list[tuple[bytes, bytes]]:
    return [(answer.rows.tobytes(), answer.alike.tobytes()) for answer in answers]


class Bodies(NamedTuple):
    """Some thousands of bodies as the benchmarks walk them, read."""

    lexicon: Lexicon
    texts: list[Numbers]


@pytest.fixture(scope="module")
def bodies() -> Bodies:
    lexicon = Lexicon()
    walked = [text.solution for text in Walks(real_sentences(None), 5).texts(5_000)]
    read = lexicon.read(walked)
    return Bodies(lexicon, [read.text(n) for n in range(len(walked))])


class Pairs(NamedTuple):
    """Pairs of texts, the later one first, and what they share; `norms` is by text."""

    later: NDArray[np.int64]
    earlier: NDArray[np.int64]
    shared: NDArray[np.int64]
    norms: NDArray[np.int64]


def _shared(held: Sequence[NDArray[np.uint32]], weights: NDArray[np.int64]) -> Pairs:
    """What each text shares with every other, by a product of matrices of whole numbers."""
    ends = np.cumsum([0, *map(len, held)])
    columns = np.concatenate(held)
    shape = (len(held), 2**BITS)
    ones = csr_matrix((np.ones(len(columns), dtype=np.int64), columns, ends), shape=shape)
    weighed = csr_matrix((weights[columns], columns, ends), shape=shape)
    norms = np.array([weights[features_].sum() for features_ in held])
    parts = []
    for first in range(0, len(held), 500):
        product = (weighed[first : first + 500] @ ones.T).tocoo()
        later, earlier = product.row.astype(np.int64) + first, product.col.astype(np.int64)
        is_pair = (later > earlier) & (product.data > 0)
        parts.append((later[is_pair], earlier[is_pair], product.data[is_pair]))
    later, earlier, shared = (np.concatenate(some) for some in zip(*parts, strict=True))
    return Pairs(later, earlier, shared, norms)


def test_of_thousands_of_real_texts_every_pair_above_the_bar_is_found_and_no_other(
    bodies: Bodies,
) -> None:
    model = Models.shipped()
    weights = model.weighed.bare.astype(np.int64)
    held = [_found_features(bodies.lexicon, text >> np.uint32(1)) for text in bodies.texts]
    telling, rare = (
        _shared([found[weights[found] >= bar] for found in held], weights)
        for bar in (model.weighed.common, model.weighed.rare)
    )
    # All of the shorter one's rare weight, and a quarter of the later one's: whole numbers again.
    least = np.minimum(rare.norms[rare.later], rare.norms[rare.earlier])
    is_contained = (rare.shared >= least) & (4 * rare.shared >= rare.norms[rare.later])
    contained = _as_set(rare, is_contained)
    for cosine in COSINES:
        over, under = Fraction(cosine).limit_denominator(1_000).as_integer_ratio()
        assert int(telling.norms.max()) ** 2 * over**2 < 2**62, "Whole numbers of 64 bits suffice."
        is_reached = (telling.shared * under) ** 2 >= over**2 * (
            telling.norms[telling.later] * telling.norms[telling.earlier]
        )
        expected = _as_set(telling, is_reached)
        assert len(expected) > 50
        comparer = Comparer(model, cosine, 1.0, lexicon=bodies.lexicon)
        with _sealed_often(1_500, 4_000):
            answers = comparer.compare(bodies.texts, 512)
        assert max(len(answer.rows) for answer in answers) < MOST_CANDIDATES
        found = {(n, row) for n, answer in enumerate(answers) for row in answer.rows.tolist()}
        assert (expected | contained) - found == set(), "missed"
        assert found - (expected | contained) == set(), "too much"


def _as_set(pairs: Pairs, are: NDArray[np.bool_]) -> set[tuple[int, int]]:
    return set(zip(pairs.later[are].tolist(), pairs.earlier[are].tolist(), strict=True))


def test_the_answers_are_the_same_to_the_bit_for_every_batch_and_every_number_of_threads(
    bodies: Bodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = bodies.texts[:1_200]
    model = Models.shipped()
    answers: dict[tuple[int, int, int], list[tuple[bytes, bytes]]] = {}
    for size, threads, tail in [
        *((1, 1, 1 << 14), (1, 2, 1 << 14), (7, 1, 1 << 14), (7, 3, 1 << 14), (7, 2, 100)),
        *((512, 1, 1 << 14), (512, 2, 1 << 14), (512, 3, 1 << 14), (512, 3, 600)),
    ]:
        monkeypatch.setattr(index_module, "_THREADS", threads)
        with _sealed_often(tail, 1_000):
            comparer = Comparer(model, 0.4, 0.12, lexicon=bodies.lexicon)
            found = comparer.compare(texts, size)
        # Among them are some with more candidates than are measured.
        assert max(len(answer.rows) for answer in found) == MOST_CANDIDATES
        answers[size, threads, tail] = _bits(found)
    first = answers[1, 1, 1 << 14]
    assert [how for how, bits in answers.items() if bits != first] == []


@pytest.mark.parametrize("size", SIZES)
def test_of_many_twins_the_earliest_are_the_candidates(size: int) -> None:
    model = _model(_in_turn([150, 400]))
    twin, other = LEXICON.numbers(["sang", "kien", "may"]), LEXICON.numbers(["dau", "cam"])
    comparer = Comparer(model, 0.5, 0.3)
    answers = comparer.compare([other, *[twin] * (MOST_CANDIDATES + 20), other], size)
    assert answers[-1].rows.tolist() == [0]
    assert answers[-2].rows.tolist() == [*range(1, MOST_CANDIDATES + 1)]
    assert comparer.search(twin).rows.tolist() == [*range(1, MOST_CANDIDATES + 1)]
    # One that is no longer compared makes room for the next.
    comparer.index.drop(5)
    left = [row for row in range(1, MOST_CANDIDATES + 2) if row != 5]
    assert comparer.search(twin).rows.tolist() == left


def test_the_best_of_too_many_are_candidates_and_of_equals_the_earliest() -> None:
    model = _model(_in_turn([400]))
    near, twin = LEXICON.numbers(["sang", "kien", "may", "bom"]), LEXICON.numbers(["sang", "kien"])
    comparer = Comparer(model, 0.4, 1.0)
    comparer.compare([*[near] * 150, *[twin] * 100, *[near] * 20], 512)
    assert comparer.search(twin).rows.tolist() == [*range(200)]
    found = comparer.search(LEXICON.numbers(["may", "sang", "kien"])).rows.tolist()
    assert len(found) == MOST_CANDIDATES


MANY: Final = 1_500


def test_a_candidate_is_found_among_any_number_of_texts_that_only_share_the_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index_module, "FEWEST_SHARED", 1)
    bar = _bar(0.4, 0.12)._replace(fewest=1)
    weighing = {
        **dict.fromkeys(TERMS, 0),
        ("may",): 299,
        ("bom",): 299,
        ("may", "bom"): 299,
        ("dau",): 2_500,
        ("kien",): 3_000,
        ("sang",): 400,
        ("cam",): 1_500,
    }
    topic, half_copied, copy = (
        ("dau", "may", "bom"),
        ("sang", "cam"),
        ("kien", "sang", "may", "bom"),
    )
    new, original, other = (_weighed(text, weighing) for text in (copy, half_copied, topic))
    assert bar.is_reached(new, original)
    assert not bar.is_reached(new, other)
    texts: list[Text] = [*[topic] * MANY, half_copied, copy]
    numbers = [LEXICON.numbers(text) for text in texts]
    found = {
        size: Comparer(_model(weighing), 0.4, 0.12).compare(numbers, size)[-1].rows.tolist()
        for size in SIZES
    }
    assert found == {size: [MANY] for size in SIZES}


LONG_WORDS: Final = 3_500


def test_very_long_texts_are_compared_like_any_other() -> None:
    """Their sums are wider; those a little shorter fill the narrow sums as far as they go."""
    lexicon = Lexicon()
    vocabulary = lexicon.numbers(f"từ{n}" for n in range(LONG_WORDS))
    chance = np.random.default_rng(11)
    for table, cosine, containment in (
        (np.full(2**BITS, 65_535, dtype=np.uint16), 0.4, 0.12),
        (np.full(2**BITS, 301, dtype=np.uint16), 0.8, 0.3),
        (chance.choice(np.array(WEIGHTS, dtype=np.uint16), 2**BITS), 0.5, 0.12),
    ):
        model = Model(table, table, common=COMMON, rare=RARE, normaliser="0")
        texts: list[Numbers] = []
        for length in (1, 40, 700, 745, 760, 900, 1_500, 3_400, 3_400, 740, 60):
            words = chance.choice(vocabulary, length, replace=False)
            texts.append(words)
            for share in (0.05, 0.2, 0.35):
                edited = words.copy()
                swapped = chance.random(length) < share
                edited[swapped] = chance.choice(vocabulary, int(swapped.sum()))
                texts.append(edited)
            texts += [words, words[: length // 2], words[length // 3 :], words[: length // 8]]
        held = [_found_features(lexicon, text >> np.uint32(1)).tolist() for text in texts]
        weighed = [{f: int(table[f]) for f in found} for found in held]
        bar = _bar(cosine, containment)
        expected = [
            [row for row in range(n) if bar.is_reached(weighed[n], weighed[row])]
            for n in range(len(texts))
        ]
        assert sum(map(len, expected)) > 100
        by_size = []
        for size in SIZES:
            comparer = Comparer(model, cosine, containment, lexicon=lexicon)
            answers = comparer.compare(texts, size)
            assert [answer.rows.tolist() for answer in answers] == expected
            by_size.append(_bits(answers))
        assert by_size[0] == by_size[1] == by_size[2]
        prefixes = comparer.index.prepare(_texts(texts), len(texts)).facts[:, 0]
        assert (prefixes > LONG).any()
        assert ((prefixes > LONG * 0.9) & (prefixes <= LONG)).any()


def test_an_empty_index_finds_nothing() -> None:
    comparer = Comparer(_model(_in_turn([400])), 0.5, 0.3)
    assert len(comparer.index) == 0
    assert comparer.search(LEXICON.numbers(["sang"])).rows.tolist() == []
    assert comparer.search(NO_TEXT).rows.tolist() == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("weight", [0, COMMON - 1])
def test_a_text_of_nothing_or_of_common_words_only_is_like_no_other(size: int, weight: int) -> None:
    model = _model({**_in_turn([400]), ("may",): weight, ("may", "may"): weight})
    empty, common, said = NO_TEXT, LEXICON.numbers(["may"] * 3), LEXICON.numbers(["sang", "may"])
    comparer = Comparer(model, 0.4, 0.12)
    answers = comparer.compare([empty, common, said, empty, common, said], size)
    assert [answer.rows.tolist() for answer in answers] == [[], [], [], [], [], [2]]
    assert len(comparer.index) == 6
    assert comparer.search(common).rows.tolist() == []
    assert comparer.search(said).rows.tolist() == [2, 5]

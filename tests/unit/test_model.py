"""The model: scikit-learn's own weights, squared, in whole steps, named by its content."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer, TfidfVectorizer

from benchmarks.walks import Walks, real_sentences
from services.dedup.lexicon import Lexicon
from services.dedup.measure import alike_by_themselves, bare_of, hashes_of, overlap, ready
from services.dedup.model import (
    BITS,
    SHIPPED,
    STEPS,
    Hashes,
    Model,
    ModelIsDamaged,
    ModelIsUnknown,
    Models,
    NothingToFit,
    features,
    mix,
)
from services.dedup.normalise import normalise, strip
from services.dedup.texts import words_of
from services.dedup.variants import VERSION
from tests.wordings import hashes

TEXTS: Final = [
    "Tổ cơ điện lắp cảm biến báo mức dầu cho máy nén khí",
    "Tổ cơ điện lắp cảm biến nhiệt độ cho tủ điện, báo qua điện thoại",
    "Giáo viên dựng góc đọc sách ngoài hành lang cho học sinh lớp 1",
    "Điều dưỡng dán nhãn màu lên tủ thuốc cấp cứu để lấy thuốc nhanh hơn",
    "Công nhân đổi vị trí băng tải để bớt một lần nhấc hàng",
]
FITTED: Final = Model.fit(hashes(TEXTS))
NONE: Final[Hashes] = np.empty(0, dtype=np.uint64)
SHIPPED_ID: Final = "sha256:5085644e1843682c9e3bac3977aab0f9af12f946fd7a90a2bf2776c33355ceba"
FURTHEST: Final = 0.002
"""No cosine is further than this from scikit-learn's."""


# Beside scikit-learn.


class Corpus(NamedTuple):
    """Some texts, the model fitted on them, and the same texts as scikit-learn reads and weighs them."""

    texts: list[str]
    model: Model
    vectoriser: TfidfVectorizer
    theirs: csr_matrix
    columns: list[int]
    """Which of our features each of their terms is."""
    alone: NDArray[np.bool_]
    """Which of their terms share their feature with no other."""


def terms(text: str) -> list[str]:
    """What a text is compared by, as plain words: single ones, and pairs of neighbours."""
    words = text.split(" ")
    return [*words, *map(" ".join, pairwise(words))]


def hashed(term: str) -> int:
    """The feature of a term, by the blake2b of its words."""
    digests = (hashlib.blake2b(w.encode(), digest_size=8).digest() for w in term.split(" "))
    one, other = ([np.uint64(int.from_bytes(d, "little")) for d in digests] + [np.uint64(0)])[:2]
    return int(mix(one, other))


def read_by_both(texts: Sequence[str], *, bare: bool) -> Corpus:
    """The texts with or without diacritics, weighed by us and by scikit-learn's own vectoriser, which hashes nothing."""
    vectoriser = TfidfVectorizer(analyzer=terms, binary=True, norm="l2")
    said = [strip(normalise(text)) if bare else normalise(text) for text in texts]
    theirs = vectoriser.fit_transform(said)
    columns = [hashed(term) for term in vectoriser.get_feature_names_out()]
    _, found, counts = np.unique(columns, return_inverse=True, return_counts=True)
    return Corpus(
        list(texts), Model.fit(hashes(texts)), vectoriser, theirs, columns, counts[found] == 1
    )


BOTH: Final = pytest.mark.parametrize("bare", [False, True], ids=["full", "bare"])


@pytest.fixture(scope="module")
def long_texts() -> list[str]:
    """Declarations of about 185 words, some of them copies and many with standard paragraphs."""
    return [text.solution for text in Walks(real_sentences(None), 1).texts(300)]


def weights_of(model: Model, *, bare: bool) -> NDArray[np.int64]:
    table = model.weighed.bare if bare else model.weighed.full
    return table.astype(np.int64)


def cosines(rows: csr_matrix) -> NDArray[np.float64]:
    """Every text with every other, where rows have length 1."""
    found: NDArray[np.float64] = (rows @ rows.T).toarray()
    return found


def whole_cosines(present: csr_matrix, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same as we define them: sums of whole weights, and one division."""
    dots = (present.multiply(weights[np.newaxis, :]).tocsr() @ present.T).toarray()
    norms = dots.diagonal()
    found: NDArray[np.float64] = dots / np.sqrt(np.outer(norms, norms))
    return found


@BOTH
@pytest.mark.parametrize("few", [True, False], ids=["five texts", "300 long texts"])
def test_the_weights_are_those_of_scikit_learn_to_half_a_step(
    bare: bool, few: bool, long_texts: list[str]
) -> None:
    """Counted anew by scikit-learn's own vectoriser, term by term, without any hashing."""
    both = read_by_both(TEXTS if few else long_texts, bare=bare)
    assert both.alone.mean() > 0.9
    ours = weights_of(both.model, bare=bare)[both.columns] / STEPS
    theirs = both.vectoriser.idf_**2
    assert np.abs(ours - theirs)[both.alone].max() <= 0.5 / STEPS + 1e-9


@BOTH
def test_cosines_are_those_of_scikit_learn_on_the_same_hashed_features(
    bare: bool, long_texts: list[str]
) -> None:
    """As the engine measures them: only the steps come between, and they move no cosine by more than the bound."""
    lexicon = Lexicon()
    read = lexicon.read(long_texts)
    spelled = lexicon.spelled
    words = [words_of(read.text(n)) for n in range(len(long_texts))]
    forms = [bare_of(text, spelled) if bare else text for text in words]
    rows = [features(hashes_of(text, spelled)) for text in forms]
    ends = np.cumsum([0, *map(len, rows)])
    counts = csr_matrix((np.ones(ends[-1]), np.concatenate(rows), ends), shape=(len(rows), 2**BITS))
    theirs = cosines(TfidfTransformer(norm="l2").fit_transform(counts))
    model = Model.fit(hashes(long_texts))
    furthest = 0.0
    for one, other in combinations(range(0, len(words), 3), 2):
        alike = alike_by_themselves(words[one], words[other], spelled, model.weighed)
        ours = alike.bare if bare else alike.full
        furthest = max(furthest, abs(ours - theirs[one, other]))
    assert furthest <= FURTHEST
    assert np.abs(whole_cosines(counts, weights_of(model, bare=bare)) - theirs).max() <= FURTHEST
    assert theirs[np.triu_indices(len(rows), 1)].max() > 0.7


@BOTH
def test_cosines_are_those_of_scikit_learn_on_the_words_themselves(
    bare: bool, long_texts: list[str]
) -> None:
    """Terms that share their feature with another are left out on both sides: what hashing does is another matter."""
    both = read_by_both(long_texts, bare=bare)
    present = (both.theirs[:, both.alone] > 0).astype(np.int64)
    weighed = present.multiply(both.vectoriser.idf_[both.alone][np.newaxis, :]).tocsr()
    lengths = np.sqrt(weighed.multiply(weighed).sum(axis=1))
    theirs = cosines(csr_matrix(weighed.multiply(1 / np.asarray(lengths))))
    weights = weights_of(both.model, bare=bare)[np.array(both.columns)[both.alone]]
    assert np.abs(whole_cosines(present, weights) - theirs).max() <= FURTHEST


@BOTH
def test_collisions_move_few_cosines_further_and_none_far(
    bare: bool, long_texts: list[str]
) -> None:
    """All terms, hashed by us and not hashed by scikit-learn."""
    both = read_by_both(long_texts, bare=bare)
    theirs = cosines(both.theirs)
    lexicon = Lexicon()
    rows = [features(text[bare]) for text in hashes(both.texts, lexicon)]
    ends = np.cumsum([0, *map(len, rows)])
    present = csr_matrix(
        (np.ones(ends[-1], dtype=np.int64), np.concatenate(rows), ends), shape=(len(rows), 2**BITS)
    )
    ours = whole_cosines(present, weights_of(both.model, bare=bare))
    moved = np.abs(ours - theirs)[np.triu_indices(len(rows), 1)]
    assert np.quantile(moved, 0.99) <= 0.005
    assert moved.max() <= 0.02


# Common and rare.


@pytest.mark.parametrize(
    ("many", "common", "rare"), [(50, 20, 10), (4000, 800, 10), (12000, 2400, 12)]
)
def test_what_stands_in_many_texts_finds_no_candidates_and_what_is_rare_tells_of_half_copies(
    many: int, common: int, rare: int
) -> None:
    """In more than one text of five (but at least twenty), and in at most one of a thousand (but at least ten)."""
    counts = {"chung": common + 1, "thường": common, "hiếm": rare + 1, "phễu": rare}
    texts = [" ".join(word for word, count in counts.items() if n < count) for n in range(many)]
    lexicon = Lexicon()
    weighed = Model.fit(hashes(texts, lexicon)).weighed
    spelled = lexicon.spelled
    for word, is_telling, is_rare in [
        ("chung", False, False),
        ("thường", True, False),
        ("hiếm", True, False),
        ("phễu", True, True),
    ]:
        text = words_of(lexicon.numbers([word]))
        one = ready(text, spelled, weighed)
        shared = overlap(one.bare, hashes_of(bare_of(text, spelled), spelled), weighed, 1)
        assert shared.bare == one.bare.norm > 0
        assert shared.telling == (shared.bare if is_telling else 0)
        assert shared.rare == (shared.bare if is_rare else 0)


def test_of_a_handful_of_texts_every_word_is_telling() -> None:
    weighed = FITTED.weighed
    assert weighed.bare[weighed.bare > 0].min() >= weighed.common


# Fitting.


def test_fitting_the_same_texts_gives_the_same_model_in_whatever_batches() -> None:
    many = [f"{text} số {n}" for n in range(150) for text in TEXTS]
    again = Model.fit(hashes(many))
    assert len(many) > 512
    for together in (1, 7, len(many)):
        assert Model.fit(hashes(many, together=together)).id == again.id
    assert again.id != FITTED.id


def test_fitting_the_same_texts_in_another_order_gives_the_same_model() -> None:
    for seed in range(5):
        assert Model.fit(hashes(Random(seed).sample(TEXTS, len(TEXTS)))).id == FITTED.id


def test_a_word_said_twice_in_a_text_counts_once() -> None:
    twice = [f"{text}. {text}." for text in TEXTS]
    again = Model.fit(hashes(twice)).weighed
    for full, bare in hashes(TEXTS):
        assert np.array_equal(FITTED.weighed.full[features(full)], again.full[features(full)])
        assert np.array_equal(FITTED.weighed.bare[features(bare)], again.bare[features(bare)])


def test_there_is_no_model_of_nothing() -> None:
    with pytest.raises(NothingToFit, match="nothing to fit a model on"):
        Model.fit([])


def test_a_model_of_empty_texts_weighs_and_scores_nothing_but_is_one() -> None:
    model = Model.fit([(NONE, NONE), (NONE, NONE)])
    assert model.id.startswith("sha256:")


# Named and kept.


def test_a_model_is_named_by_the_sha256_of_what_a_score_depends_on() -> None:
    full, bare, common, rare = FITTED.weighed
    said = f"{FITTED.normaliser}\x1fblake2b-8 splitmix\x1f{BITS}\x1f{STEPS}\x1f{common}\x1f{rare}"
    name = hashlib.sha256(f"sangkien-model\x1f{said}".encode())
    for table in (full, bare):
        name.update(table.astype("<u2").tobytes())
    assert FITTED.id == f"sha256:{name.hexdigest()}"


def test_another_weight_or_limit_or_normaliser_is_another_model() -> None:
    full, bare, common, rare = FITTED.weighed
    heavier = full.copy()
    heavier[7] += 1

    def named(
        full: NDArray[np.uint16] = full,
        bare: NDArray[np.uint16] = bare,
        common: int = common,
        rare: int = rare,
        normaliser: str = FITTED.normaliser,
    ) -> str:
        return Model(full, bare, common=common, rare=rare, normaliser=normaliser).id

    assert named() == FITTED.id
    others = [
        named(full=heavier),
        named(bare=heavier),
        named(common=common + 1),
        named(rare=rare + 1),
        named(normaliser="another"),
    ]
    assert len({FITTED.id, *others}) == 6


def test_a_kept_model_is_found_by_its_name(tmp_path: Path) -> None:
    models = Models(tmp_path)
    models.keep(FITTED)
    assert models.load(FITTED.id).id == FITTED.id
    assert np.array_equal(models.load(FITTED.id).weighed.bare, FITTED.weighed.bare)


def test_the_shipped_model_is_found_without_a_file(tmp_path: Path) -> None:
    shipped = Models.shipped()
    assert Models(tmp_path).load(shipped.id).id == shipped.id


def test_whoever_only_loads_a_model_writes_nothing(tmp_path: Path) -> None:
    Models(tmp_path / "models").load(Models.shipped().id)
    assert not [*tmp_path.iterdir()]


def test_the_shipped_model_stands_in_for_a_damaged_file_of_its_name(tmp_path: Path) -> None:
    shipped = Models.shipped()
    Models(tmp_path).keep(shipped).write_bytes(b"nothing")
    assert Models(tmp_path).load(shipped.id).id == shipped.id


def test_a_model_for_other_tables_is_loaded_and_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = Models(tmp_path)
    full, bare, common, rare = FITTED.weighed
    old = Model(full, bare, common=common, rare=rare, normaliser="0")
    models.keep(old)
    models.keep(FITTED)
    for model in (FITTED.id, old.id, old.id):
        assert models.load(model).id == model
    (told,) = caplog.records
    assert "sangkien model adopt shipped" in told.message
    assert (told.levelname, vars(told)["model"], vars(told)["fitted_for"]) == (
        "WARNING",
        old.id,
        "0",
    )


def test_a_model_that_is_not_here_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelIsUnknown, match=r"sha256:0+ is neither shipped nor in"):
        Models(tmp_path).load(f"sha256:{'0' * 64}")


def test_a_file_under_another_models_name_is_refused(tmp_path: Path) -> None:
    models = Models(tmp_path)
    other = models.keep(Models.shipped())
    path = models.keep(FITTED)
    path.write_bytes(other.read_bytes())
    with pytest.raises(ModelIsDamaged, match="is damaged: its content is sha256:"):
        models.load(FITTED.id)


@pytest.mark.parametrize("size", [0, 1, 100, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    models = Models(tmp_path)
    path = models.keep(FITTED)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ModelIsDamaged, match="Restore it from a backup"):
        models.load(FITTED.id)


def test_a_file_with_one_wrong_byte_is_never_taken_for_another_model(tmp_path: Path) -> None:
    models = Models(tmp_path)
    path = models.keep(FITTED)
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            found = models.load(FITTED.id)
        except ModelIsDamaged:
            continue
        # Some bytes of an archive say nothing of what it holds.
        assert found.id == FITTED.id


# What is shipped.


def test_the_shipped_model_is_small_and_of_the_normaliser_of_today() -> None:
    content = files("services.dedup").joinpath(SHIPPED).read_bytes()
    assert len(content) <= 5_000_000
    shipped = Model.read(content)
    assert shipped.normaliser == VERSION
    # Every ledger that began with it names it.
    assert shipped.id == SHIPPED_ID


def test_the_shipped_model_holds_numbers_and_no_words() -> None:
    content = files("services.dedup").joinpath(SHIPPED).read_bytes()
    with np.load(io.BytesIO(content), allow_pickle=False) as tables:
        held = {name: tables[name] for name in tables.files}
    assert str(held.pop("normaliser")) == VERSION
    assert {name: table.dtype.kind for name, table in held.items()} == {
        "full": "u", "bare": "u", "limits": "i",
    }  # fmt: skip
    assert {len(held["full"]), len(held["bare"])} == {2**BITS}
    assert len(held["limits"]) == 2


def test_in_the_shipped_model_a_word_of_every_text_weighs_less_than_a_word_of_the_trade() -> None:
    full = Models.shipped().weighed.full
    ordinary, telling = (
        [int(full[hashed(word)]) for word in words]
        for words in (("và", "của", "các", "là"), ("phễu", "êtô", "băng tải", "nước ngưng"))
    )
    assert max(ordinary) < min(telling)


# Features.


def test_words_hash_to_the_same_features_on_every_machine() -> None:
    """A model is worth nothing where words are other numbers than where it was fitted."""
    ((full, bare),) = hashes(["Tổ cơ điện"])
    assert sorted(features(full).tolist()) == [188893, 210325, 219699, 740360, 762231]
    assert sorted(features(bare).tolist()) == [107860, 226852, 384148, 648520, 685533]


def test_words_hash_to_the_same_features_whatever_else_is_in_the_batch() -> None:
    alone = [features(text).tolist() for said in TEXTS for text in next(hashes([said]))]
    together = [features(text).tolist() for pair in hashes(TEXTS) for text in pair]
    assert together == alone
    assert all(len(found) == len(set(found)) for found in alone)


def test_a_text_without_words_has_no_features() -> None:
    first, nothing, last = (features(full) for full, _ in hashes([TEXTS[0], " … ", TEXTS[1]]))
    assert (len(first) > 0, len(nothing), len(last) > 0) == (True, 0, True)
    assert [len(features(full)) for full, _ in hashes(["", ""])] == [0, 0]


def test_a_single_word_has_one_feature_and_two_words_have_three() -> None:
    assert [len(features(full)) for full, _ in hashes(["phễu", "phễu gom", "phễu phễu"])] == [
        1,
        3,
        2,
    ]

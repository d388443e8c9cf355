"""The model: scikit-learn's own weights, in whole steps, named by its content."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from services.dedup.model import (
    BITS,
    COMMON_SHARE,
    STEPS,
    Model,
    ModelIsDamaged,
    ModelIsUnknown,
    Models,
    NothingToFit,
    features,
    hashed,
    terms,
)
from services.dedup.reading import Words

TEXTS = [
    "Tổ cơ điện lắp cảm biến báo mức dầu cho máy nén khí",
    "Tổ cơ điện lắp cảm biến nhiệt độ cho tủ điện, báo qua điện thoại",
    "Giáo viên dựng góc đọc sách ngoài hành lang cho học sinh lớp 1",
    "Điều dưỡng dán nhãn màu lên tủ thuốc cấp cứu để lấy thuốc nhanh hơn",
    "Công nhân đổi vị trí băng tải để bớt một lần nhấc hàng",
]
WORDS = [Words.of(text) for text in TEXTS]
FITTED = Model.fit((words.full, words.bare) for words in WORDS)


def test_the_weights_are_those_of_scikit_learn_to_half_a_step() -> None:
    """Counted anew by scikit-learn's own vectoriser, term by term, without any hashing."""
    counting = CountVectorizer(analyzer=terms, binary=True)
    counts: csr_matrix = counting.fit_transform([words.full for words in WORDS])
    idf = TfidfTransformer(norm=None).fit(counts).idf_
    names = list(counting.get_feature_names_out())
    columns = features(names)
    alone = [n for n, column in enumerate(columns) if columns.count(column) == 1]
    assert len(alone) > 0.99 * len(names)
    ours = FITTED.full[[columns[n] for n in alone]] / STEPS
    assert np.abs(ours - idf[alone]).max() <= 0.5 / STEPS


def test_cosines_are_those_of_scikit_learn_within_the_steps() -> None:
    counting = CountVectorizer(analyzer=terms, binary=True)
    counts: csr_matrix = counting.fit_transform([words.full for words in WORDS])
    theirs = TfidfTransformer(norm="l2").fit_transform(counts)
    read = hashed([words.full for words in WORDS])
    for one in range(len(TEXTS)):
        for other in range(one):
            a, b = read[one], read[other]
            shared = FITTED.full[np.intersect1d(a, b)]
            dot = shared @ shared
            own, its = FITTED.full[a], FITTED.full[b]
            ours = dot / np.sqrt((own @ own) * (its @ its))
            assert ours == pytest.approx((theirs[one] @ theirs[other].T).toarray()[0, 0], abs=0.005)


def test_a_feature_that_many_texts_share_finds_no_candidates() -> None:
    texts = [Words.of(f"chung một câu mở đầu riêng từ{n}") for n in range(200)]
    model = Model.fit((words.full, words.bare) for words in texts)
    common, rare = features(["chung", "tu7"])
    assert COMMON_SHARE < 1
    assert model.bare[common] == 0
    assert model.bare[rare] > 0
    assert model.full[common] > 0


def test_fitting_the_same_texts_gives_the_same_model_in_whatever_batches() -> None:
    many = [Words.of(f"{text} số {n}") for n in range(150) for text in TEXTS]
    again = Model.fit(iter([(words.full, words.bare) for words in many]))
    assert len(many) > 512
    assert Model.fit([(words.full, words.bare) for words in many]).id == again.id
    assert again.id != FITTED.id


def test_there_is_no_model_of_nothing() -> None:
    with pytest.raises(NothingToFit, match="nothing to fit a model on"):
        Model.fit([])


def test_a_model_of_empty_texts_weighs_and_scores_nothing_but_is_one() -> None:
    model = Model.fit([((), ()), ((), ())])
    assert model.id.startswith("sha256:")


def test_a_model_is_named_by_the_sha256_of_what_a_score_depends_on() -> None:
    name = hashlib.sha256(f"sangkien-model\x1f{FITTED.normaliser}\x1f{BITS}\x1f{STEPS}".encode())
    for table in (FITTED.full, FITTED.bare):
        name.update(table.astype("<u2").tobytes())
    assert FITTED.id == f"sha256:{name.hexdigest()}"


def test_another_weight_or_another_normaliser_is_another_model() -> None:
    full, bare = FITTED.full.astype(np.uint16), FITTED.bare.astype(np.uint16)
    heavier = full.copy()
    heavier[7] += 1
    assert Model(full, bare, FITTED.normaliser).id == FITTED.id
    assert Model(heavier, bare, FITTED.normaliser).id != FITTED.id
    assert Model(full, bare, "another").id != FITTED.id


def test_a_kept_model_is_found_by_its_name(tmp_path: Path) -> None:
    models = Models(tmp_path)
    models.keep(FITTED)
    assert models.load(FITTED.id).id == FITTED.id
    assert np.array_equal(models.load(FITTED.id).bare, FITTED.bare)


def test_the_shipped_model_is_found_without_a_file(tmp_path: Path) -> None:
    shipped = Models.shipped()
    assert Models(tmp_path).load(shipped.id).id == shipped.id


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


def test_words_hash_to_the_same_features_whatever_else_is_in_the_batch() -> None:
    alone = [hashed([words.full])[0].tolist() for words in WORDS]
    together = hashed([words.full for words in WORDS])
    assert [found.tolist() for found in together] == alone
    assert all(found == sorted(set(found)) for found in alone)


def test_a_text_without_words_has_no_features() -> None:
    first, nothing, last = hashed([WORDS[0].full, (), WORDS[1].full])
    assert (len(first) > 0, len(nothing), len(last) > 0) == (True, 0, True)
    assert [len(found) for found in hashed([(), ()])] == [0, 0]

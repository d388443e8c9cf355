"""The model: which word is how telling. Fitted once with scikit-learn, frozen, quantised, named by its sha256.

Features are single words and pairs of neighbours, hashed; the weight of a feature is its inverse document frequency
(scikit-learn's smoothed form, ln((1 + n) / (1 + df)) + 1) in steps of 1/64, once a text whatever its count there. There
are two tables: `full` for words with diacritics, and `bare` for words without, in which features that stand in more
than 1 % of the documents weigh nothing: it finds candidates, the other judges them.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer

from services.dedup.normalise import VERSION
from shared.errors import Conflict, NotFound, Unavailable

BITS: Final = 18
STEPS: Final = 64
COMMON_SHARE: Final = 0.01
SHIPPED: Final = "first-model.npz"
FIT_BATCH: Final = 512

Features = NDArray[np.int32]
"""The hashed features of a text, sorted, each once."""

_HASHER = FeatureHasher(n_features=2**BITS, input_type="string", alternate_sign=False)


class ModelIsUnknown(NotFound):
    """A model that the ledger names is not on this machine."""

    code = "not-found"


class ModelIsDamaged(Unavailable):
    """A model's file does not hold what its name says, so nothing can be scored under it."""

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(
            f"{path} is damaged: {finding}. Restore it from a backup, or fit it again."
        )


class NothingToFit(Conflict):
    """A model is a model of texts, and there are none."""

    def __init__(self) -> None:
        super().__init__("No declaration is on record yet, so there is nothing to fit a model on.")


def terms(words: Sequence[str]) -> list[str]:
    """The features of a text before hashing: its words, and each pair of neighbours."""
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def hashed(texts: Iterable[Sequence[str]]) -> list[Features]:
    """The features of each text, given as words; equal for equal words, whatever the batch."""
    matrix: csr_matrix = _HASHER.transform(terms(words) for words in texts)
    matrix.sum_duplicates()
    matrix.sort_indices()
    return np.split(matrix.indices.astype(np.int32), matrix.indptr[1:-1])


def features(terms_: Iterable[str]) -> list[int]:
    """The feature of each single term."""
    return [int(f) for f in _HASHER.transform([term] for term in terms_).indices]


class Model:
    """Weights of features, immutable: `full` and `bare` hold one number of 1/64 each (0 weighs nothing)."""

    def __init__(self, full: NDArray[np.uint16], bare: NDArray[np.uint16], normaliser: str) -> None:
        self.full = full.astype(np.float64)
        self.bare = bare.astype(np.float64)
        self.normaliser = normaliser
        self._tables = (full, bare)

    @cached_property
    def id(self) -> str:
        """The model's name: the sha256 of its weights, of the normaliser's version and of how words become features."""
        digest = hashlib.sha256(
            f"sangkien-model\x1f{self.normaliser}\x1f{BITS}\x1f{STEPS}".encode()
        )
        for table in self._tables:
            digest.update(table.astype("<u2").tobytes())
        return f"sha256:{digest.hexdigest()}"

    def save(self, path: Path) -> None:
        """Write the model to a file; a file half written is never taken for one."""
        buffer = io.BytesIO()
        full, bare = self._tables
        np.savez_compressed(buffer, full=full, bare=bare, normaliser=np.array(self.normaliser))
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        draft.write_bytes(buffer.getvalue())
        draft.replace(path)

    @classmethod
    def read(cls, content: bytes) -> Model:
        """The model of a file's content."""
        with np.load(io.BytesIO(content), allow_pickle=False) as tables:
            return cls(tables["full"], tables["bare"], str(tables["normaliser"]))

    @classmethod
    def fit(cls, texts: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Model:
        """A model of these texts, each given as its words with and without diacritics."""
        full_rows, bare_rows = [], []
        batch: list[tuple[Sequence[str], Sequence[str]]] = []

        def take() -> None:
            full_rows.append(_HASHER.transform(terms(full) for full, _ in batch))
            bare_rows.append(_HASHER.transform(terms(bare) for _, bare in batch))
            batch.clear()

        for text in texts:
            batch.append(text)
            if len(batch) == FIT_BATCH:
                take()
        if batch:
            take()
        if not full_rows:
            raise NothingToFit
        return cls(
            _weights(vstack(full_rows), 1.0), _weights(vstack(bare_rows), COMMON_SHARE), VERSION
        )


def _weights(counts: csr_matrix, common: float) -> NDArray[np.uint16]:
    counts = counts.tocsr()
    counts.data[:] = 1
    idf = TfidfTransformer(norm=None).fit(counts).idf_
    weights: NDArray[np.uint16] = np.rint(idf * STEPS).astype(np.uint16)
    if common < 1:
        frequency = np.asarray(counts.sum(axis=0)).ravel()
        weights[frequency > common * counts.shape[0]] = 0
    return weights


class Models:
    """The models on this machine: the shipped one, and those kept beside the ledger, by id."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @staticmethod
    def shipped() -> Model:
        """The small model that a cold system starts with; hashed features only, no words."""
        return Model.read(files("services.dedup").joinpath(SHIPPED).read_bytes())

    def load(self, model: str) -> Model:
        """The model of that id. Raises ModelIsUnknown, ModelIsDamaged when a file is not what its name says."""
        path = self._home / f"{model.removeprefix('sha256:')}.npz"
        if path.exists():
            return self._kept(path, model)
        found = self.shipped()
        if found.id != model:
            raise ModelIsUnknown(
                f"Model {model} is neither shipped nor in {self._home}. Copy it there from where it was fitted."
            )
        return found

    @staticmethod
    def _kept(path: Path, model: str) -> Model:
        try:
            found = Model.read(path.read_bytes())
        except Exception as problem:
            # A damaged archive raises whatever its damaged part leads to.
            raise ModelIsDamaged(path, f"it cannot be read ({problem})") from problem
        if found.id != model:
            raise ModelIsDamaged(path, f"its content is {found.id}")
        return found

    def keep(self, model: Model) -> Path:
        """Keep a fitted model beside the ledger."""
        path = self._home / f"{model.id.removeprefix('sha256:')}.npz"
        model.save(path)
        return path

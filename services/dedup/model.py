"""The model: which word is how telling. Fitted once with scikit-learn, frozen, quantised, named by its sha256.

Features are single words and pairs of neighbours, hashed to 2^20 numbers; each counts once a text. What a feature weighs
is the square of its inverse document frequency (scikit-learn's smoothed form, ln((1 + n) / (1 + df)) + 1) in whole steps
of 1/256, so that every cosine is a matter of whole numbers: the dot product of two texts is the sum of the weights that
both have. There are two tables, for words with diacritics and for words without. Candidates are found by the second, in
which features lighter than `common` (they stand in more than a fifth of the documents) weigh nothing; those of at least
`rare` (at most 0.1 %) tell of half-copied texts.
"""

from __future__ import annotations

import hashlib
import io
import logging
import math
import os
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from services.dedup.variants import VERSION
from shared.compiled import compiled
from shared.errors import Conflict, NotFound, Unavailable

log = logging.getLogger(__name__)

BITS: Final = 20
STEPS: Final = 256
HEAVIEST: Final = 2**16 - 1
NO_FEATURE: Final = np.uint32(0xFFFFFFFF)
COMMON_SHARE: Final = 0.2
FEWEST_COMMON: Final = 20
RARE_SHARE: Final = 0.001
FEWEST_RARE: Final = 10
"""With two, a model of a few thousand texts missed half-copied ones: too few of their features were rare by it."""
SHIPPED: Final = "first-model.npz"

Hashes = NDArray[np.uint64]
"""The hashes of a text's words, in order."""
Features = NDArray[np.uint32]
"""The hashed features of a text, each once."""
Weights = NDArray[np.uint16]


@compiled
def mix(one: np.uint64, other: np.uint64) -> np.uint32:
    """The feature of two neighbours, by the hashes of the two words; of a single word when the other is 0."""
    code = one * np.uint64(0x9E3779B97F4A7C15) + other
    code = (code ^ (code >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.uint32((code ^ (code >> np.uint64(32))) & np.uint64(2**BITS - 1))


@compiled
def features(hashes: Hashes) -> Features:
    """The features of a text, each once, in the order in which they come: its words, then each pair of neighbours."""
    count = len(hashes)
    found = np.empty(max(2 * count - 1, 0), dtype=np.uint32)
    room = 64
    while room < 4 * count:
        room *= 2
    slots = np.full(room, NO_FEATURE, dtype=np.uint32)
    kept = 0
    for n in range(2 * count - 1):
        if n < count:
            feature = mix(hashes[n], np.uint64(0))
        else:
            feature = mix(hashes[n - count], hashes[n - count + 1])
        slot = slot_of(slots, feature)
        if slots[slot] == NO_FEATURE:
            slots[slot] = feature
            found[kept] = feature
            kept += 1
    return found[:kept]


@compiled
def slot_of(keys: NDArray[np.uint32], key: np.uint32) -> int:
    """Where a number stands among the slots of a table whose size is a power of two, or would stand."""
    mask = np.uint32(len(keys) - 1)
    slot = ((key * np.uint32(0x9E3779B1)) >> np.uint32(7)) & mask
    while keys[slot] != NO_FEATURE and keys[slot] != key:
        slot = (slot + np.uint32(1)) & mask
    return int(slot)


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


class Weighed(NamedTuple):
    """A model as compiled functions take it."""

    full: Weights
    bare: Weights
    common: int
    rare: int


class Model:
    """Weights of features, immutable, with and without diacritics."""

    def __init__(
        self, full: Weights, bare: Weights, *, common: int, rare: int, normaliser: str
    ) -> None:
        self.weighed = Weighed(full, bare, common, rare)
        self.normaliser = normaliser

    @cached_property
    def id(self) -> str:
        """The model's name: the sha256 of its weights, of the normaliser's version and of how words become features."""
        weighed = self.weighed
        said = (
            "sangkien-model",
            self.normaliser,
            "blake2b-8 splitmix",
            BITS,
            STEPS,
            weighed.common,
            weighed.rare,
        )
        digest = hashlib.sha256("\x1f".join(map(str, said)).encode())
        for table in (weighed.full, weighed.bare):
            digest.update(table.astype("<u2").tobytes())
        return f"sha256:{digest.hexdigest()}"

    def save(self, path: Path) -> None:
        """Write the model to a file; a file half written is never taken for one."""
        buffer = io.BytesIO()
        full, bare, common, rare = self.weighed
        limits = np.array([common, rare])
        np.savez_compressed(
            buffer, full=full, bare=bare, limits=limits, normaliser=np.array(self.normaliser)
        )
        _put(path, buffer.getvalue())

    @classmethod
    def read(cls, content: bytes) -> Model:
        """The model of a file's content."""
        with np.load(io.BytesIO(content), allow_pickle=False) as tables:
            common, rare = tables["limits"].tolist()
            full, bare = tables["full"].astype(np.uint16), tables["bare"].astype(np.uint16)
            if {len(full), len(bare)} != {2**BITS}:
                raise ValueError("its tables have the wrong size")
            return cls(full, bare, common=common, rare=rare, normaliser=str(tables["normaliser"]))

    @classmethod
    def fit(cls, texts: Iterable[tuple[Hashes, Hashes]]) -> Model:
        """A model of these texts, each given as the hashes of its words with and without diacritics."""
        rows: tuple[list[Features], list[Features]] = ([], [])
        for text in texts:
            for found, hashes in zip(rows, text, strict=True):
                found.append(features(hashes))
        many = len(rows[0])
        if not many:
            raise NothingToFit
        full, bare = (np.rint(idf(found) ** 2 * STEPS) for found in rows)
        limits = (
            max(COMMON_SHARE * many, FEWEST_COMMON),
            max(RARE_SHARE * many, FEWEST_RARE),
        )
        common, rare = (
            round((math.log((1 + many) / (1 + min(df, many))) + 1) ** 2 * STEPS) for df in limits
        )
        return cls(
            *(np.minimum(table, HEAVIEST).astype(np.uint16) for table in (full, bare)),
            common=common,
            rare=rare,
            normaliser=VERSION,
        )


def idf(rows: list[Features]) -> NDArray[np.float64]:
    """The inverse document frequency of every feature, by scikit-learn."""
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate(rows).astype(np.int32)
    ones = np.ones(len(columns), dtype=np.float32)
    counts = csr_matrix((ones, columns, ends), shape=(len(rows), 2**BITS))
    found: NDArray[np.float64] = TfidfTransformer(norm=None).fit(counts).idf_
    return found


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may keep the same model at once.
    draft = path.with_suffix(f".{os.getpid()}.part")
    draft.write_bytes(content)
    draft.replace(path)


class Models:
    """The models on this machine: the shipped one, and those kept beside the ledger, by id."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._told: set[str] = set()

    @staticmethod
    def shipped() -> Model:
        """The small model that a cold system starts with; hashed features only, no words."""
        return Model.read(files("services.dedup").joinpath(SHIPPED).read_bytes())

    def load(self, model: str) -> Model:
        """The model of that id, to score under; it is told once in the log where it was fitted for other tables.

        A ledger that adopted it goes on under it: words that are spelled otherwise by now only weigh as unknown ones do.
        Raises as `find` does.
        """
        found = self.find(model)
        if found.normaliser != VERSION and model not in self._told:
            self._told.add(model)
            facts = {"action": "load_model", "model": model, "fitted_for": found.normaliser, "read_by": VERSION}  # fmt: skip
            log.warning(
                "The model was fitted for texts read by other tables than this version's: run "
                "'sangkien model adopt shipped', then 'sangkien match --rescore'",
                extra=facts,
            )
        return found

    def find(self, model: str) -> Model:
        """The model of that id: the file kept under its name, or the shipped one where that is meant.

        Raises ModelIsUnknown, ModelIsDamaged when a file is not what its name says.
        """
        path = self._path(model)
        missing: ModelIsDamaged | ModelIsUnknown = ModelIsUnknown(
            f"Model {model} is neither shipped nor in {self._home}. Copy it there from where it was fitted."
        )
        if path.exists():
            try:
                return self._kept(path, model)
            except ModelIsDamaged as damage:
                missing = damage
        if (shipped := self.shipped()).id == model:
            return shipped
        raise missing

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

    def kept(self) -> list[str]:
        """The ids of all that is kept beside the ledger."""
        return sorted(f"sha256:{path.stem}" for path in self._home.glob("*.npz"))

    def keep(self, model: Model) -> Path:
        """Keep a model beside the ledger: a fitted one, or the shipped one for when a later version ships another."""
        path = self._path(model.id)
        model.save(path)
        return path

    def _path(self, model: str) -> Path:
        return self._home / f"{model.removeprefix('sha256:')}.npz"

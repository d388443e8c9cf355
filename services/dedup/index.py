"""The index: finds among all earlier texts those that share enough weight with a new one, exactly and in order.

Rows are texts, columns features; a block is a sparse matrix of features by texts, and blocks of like size are merged as
they grow, so that a text is moved log n times. Weights are whole numbers far below 2^53, so every sum is exact, and the
answer is the same for any batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from services.dedup.model import BITS, Features, Model

MOST_CANDIDATES: Final = 200
"""The best so many earlier texts are looked at closely; template-only texts would otherwise touch everything."""


class Candidate(NamedTuple):
    """An earlier text by its row, and how much of the two texts' weight is shared."""

    row: int
    cosine: float
    containment: float


class Index:
    """All texts read so far under one model, by row; a row once dropped is never found again."""

    def __init__(self, model: Model, *, cosine: float, containment: float) -> None:
        self._weights = model.bare
        self._cosine = cosine
        self._containment = containment
        self._blocks: list[csr_matrix] = []
        self._norms: list[float] = []
        self._alive: list[bool] = []
        self._twins: dict[bytes, list[int]] = {}

    def __len__(self) -> int:
        return len(self._norms)

    def admit(self, *, cosine: float, containment: float) -> None:
        """From here on a candidate shares at least so much; what is read already stays read."""
        self._cosine, self._containment = cosine, containment

    def drop(self, row: int) -> None:
        """Take a text out of what is compared."""
        self._alive[row] = False

    def extend(
        self, texts: Sequence[Features], digests: Sequence[bytes], *, search: bool = True
    ) -> list[list[Candidate]]:
        """Add texts and answer, for each, its candidates among all rows before it, best first."""
        batch = self._matrix(texts)
        first = len(self._norms)
        norms = np.asarray(batch.multiply(batch).sum(axis=1)).ravel()
        found: list[list[Candidate]] = [[] for _ in texts]
        self._norms += norms.tolist()
        self._alive += [True] * len(texts)
        if search:
            alive = np.array(self._alive, dtype=np.bool_)
            every = np.array(self._norms)
            start = 0
            products: list[tuple[int, csr_matrix]] = []
            for block in self._blocks:
                products.append((start, batch @ block))
                start += block.shape[1]
            products.append((first, batch @ batch.T))
            for n in range(len(texts)):
                found[n] = self._candidates(n, first + n, products, every, alive, digests[n])
                self._twins.setdefault(digests[n], []).append(first + n)
        else:
            for n, digest in enumerate(digests):
                self._twins.setdefault(digest, []).append(first + n)
        self._blocks.append(csr_matrix(batch.T))
        while len(self._blocks) > 1 and self._blocks[-2].shape[1] <= 2 * self._blocks[-1].shape[1]:
            last = self._blocks.pop()
            self._blocks[-1] = csr_matrix(hstack([self._blocks[-1], last], format="csr"))
        return found

    def search(self, text: Features, digest: bytes) -> list[Candidate]:
        """The candidates for a text that is not added: what "check before you declare" asks."""
        batch = self._matrix([text])
        products, start = [], 0
        for block in self._blocks:
            products.append((start, batch @ block))
            start += block.shape[1]
        norm = float(batch.multiply(batch).sum())
        return self._candidates(
            0,
            start,
            products,
            np.array([*self._norms, norm]),
            np.array(self._alive, dtype=np.bool_),
            digest,
        )

    def _matrix(self, texts: Sequence[Features]) -> csr_matrix:
        kept = [text[self._weights[text] > 0] for text in texts]
        columns: NDArray[np.int32] = (
            np.concatenate(kept) if kept else np.empty(0, dtype=np.int32)
        ).astype(np.int32)
        ends = np.cumsum([0, *(len(k) for k in kept)])
        return csr_matrix((self._weights[columns], columns, ends), shape=(len(texts), 2**BITS))

    def _candidates(
        self,
        n: int,
        row: int,
        products: Sequence[tuple[int, csr_matrix]],
        norms: NDArray[np.float64],
        alive: NDArray[np.bool_],
        digest: bytes,
    ) -> list[Candidate]:
        rows_parts, dots_parts = [], []
        for start, product in products:
            begin, end = product.indptr[n], product.indptr[n + 1]
            rows_parts.append(product.indices[begin:end].astype(np.int64) + start)
            dots_parts.append(product.data[begin:end])
        rows = np.concatenate(rows_parts) if rows_parts else np.empty(0, dtype=np.int64)
        dots = np.concatenate(dots_parts) if dots_parts else np.empty(0)
        earlier = rows < row
        rows, dots = rows[earlier], dots[earlier]
        keep = alive[rows] & (dots > 0)
        rows, dots = rows[keep], dots[keep]
        own = norms[row]
        cosines = dots / np.sqrt(own * norms[rows])
        containments = dots / np.minimum(own, norms[rows])
        enough = (cosines >= self._cosine) | (containments >= self._containment)
        best: dict[int, Candidate] = {
            int(r): Candidate(int(r), float(c), float(k))
            for r, c, k in zip(rows[enough], cosines[enough], containments[enough], strict=True)
        }
        # Of twins the earlier ranks first, so that of ten thousand only the first few can be among the best.
        twins = (t for t in self._twins.get(digest, ()) if t < row and alive[t])
        for twin in islice(twins, MOST_CANDIDATES):
            best[twin] = Candidate(twin, 1.0, 1.0)
        ranked = sorted(
            best.values(), key=lambda c: (-max(c.cosine, c.containment), -c.cosine, c.row)
        )
        return ranked[:MOST_CANDIDATES]

"""Fitting the calibration: on pairs of which it is known whether they are the same, planted ones and those that people ruled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from shared.calibration import PLACES, Calibration, clipped

SHIPPED: Final = "first-labels.tsv"
"""By line: a kind of pair, whether such a pair is the same (1 or 0), and how alike the two were measured."""

FRAME: Final = "one-frame"
"""Texts of their own in a form that too few units use for it to be known as standard."""
RARER: Final = {FRAME: 0.3}

_UNPENALISED: Final = np.inf


class Answer(NamedTuple):
    """A pair of which somebody knows whether it is the same, and how alike its texts were measured."""

    kind: str
    same: bool
    likeness: float


def shipped() -> list[Answer]:
    """The labelled set that every system begins with."""
    return read(files("services.dedup").joinpath(SHIPPED).read_text("utf-8"))


def read(lines: str) -> list[Answer]:
    """The pairs of a labelled set."""
    parted = (line.split("\t") for line in lines.splitlines())
    return [Answer(kind, same == "1", float(likeness)) for kind, same, likeness in parted]


def write(answers: Sequence[Answer], path: Path) -> None:
    """Keep a labelled set, in an order that says nothing of where its pairs came from."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{kind}\t{same:d}\t{alike:.6f}\n" for kind, same, alike in sorted(answers))


def evenly(answers: Sequence[Answer]) -> list[float]:
    """Weights by which every kind of pair weighs the same, 1 in all; but for one.

    How common each kind is among real declarations is not known, and how many of each were made says nothing of it. Of
    forms it is known that nobody is suspected for one any more once five units use it.
    """
    of_kind = Counter(answer.kind for answer in answers)
    weights = {kind: RARER.get(kind, 1.0) for kind in of_kind}
    whole = sum(weights.values())
    return [weights[answer.kind] / (whole * of_kind[answer.kind]) for answer in answers]


def fitted(answers: Sequence[Answer], weights: Sequence[float]) -> Calibration:
    """The calibration under which those answers are likeliest; what is alike in everything or nothing needs none."""
    inner = [n for n, answer in enumerate(answers) if 0 < answer.likeness < 1]
    alike = np.array([clipped(answers[n].likeness) for n in inner])
    same = np.array([answers[n].same for n in inner])
    weight = np.array([weights[n] for n in inner])
    features = np.column_stack([np.log(alike), -np.log1p(-alike)])
    chosen = [0, 1]
    while True:
        found, shift = _logistic(features[:, chosen], same, weight)
        falling = [factor < 0 for factor in found]
        if not any(falling):
            break
        # A score must not fall while likeness rises: without that feature, the other one decides alone.
        del chosen[int(np.argmin(found))]
    factors = dict(zip(chosen, found, strict=True))
    return Calibration(
        a=round(factors.get(0, 0.0), PLACES),
        b=round(factors.get(1, 0.0), PLACES),
        c=round(shift, PLACES),
    )


def _logistic(
    features: NDArray[np.float64], same: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[list[float], float]:
    """The factors and the shift of a logistic regression; of no feature, the share alone."""
    if not features.shape[1]:
        share = float(np.average(same, weights=weight))
        return [], float(np.log(share / (1 - share)))
    # Weights of 1 in all would stop the solver early: it looks at the size of the gradient.
    scaled = weight * len(weight) / weight.sum()
    model = LogisticRegression(C=_UNPENALISED, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    model.fit(features, same, sample_weight=scaled)
    return [float(factor) for factor in model.coef_[0]], float(model.intercept_[0])

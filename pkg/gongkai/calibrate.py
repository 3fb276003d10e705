"""From margins to probabilities and thresholds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

_GRID = np.round(np.arange(0.2, 0.66, 0.02), 2)


def platt(margin: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the probability over the margin (Platt 1999)."""
    if y.min() == y.max():
        return 1.0, 4.0 if y.max() else -4.0
    fitted = LogisticRegression(C=1e3, solver="lbfgs").fit(margin[:, None], y)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def best_threshold(y: np.ndarray, p: np.ndarray) -> float:
    """The threshold with the best F1, averaged with its neighbours so that a lucky one does not win."""
    there, said = np.asarray(y, bool), [p >= t for t in _GRID]
    scores = np.array([2 * (there & s).sum() / max(1, there.sum() + s.sum()) for s in said])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(_GRID[smooth.argmax()])


def thresholds(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    """Return a threshold a column of `(n, n_codes)`: half way between its own best one and the best one for all columns together.

    A column's own best follows the chances of few cases; drawn towards the common one it does better on offices not seen.
    """
    if not P.size:
        return np.full(P.shape[1], 0.5)
    common = best_threshold(Y.ravel(), P.ravel())
    return np.array([(best_threshold(Y[:, i], P[:, i]) + common) / 2 for i in range(P.shape[1])])


def reliability(y: np.ndarray, p: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """Return the reliability curve of probabilities: per bin of equal width its mean `said`, its true share `was`, and `n`.

    >>> reliability(np.array([0, 1, 1, 1]), np.array([0.1, 0.9, 0.9, 0.9]), bins=2)[["said", "was", "n"]].round(2).values.tolist()
    [[0.1, 0.0, 1.0], [0.9, 1.0, 3.0]]
    """
    at = np.minimum((np.ravel(p) * bins).astype(int), bins - 1)
    table = pd.DataFrame({"bin": at / bins, "said": np.ravel(p), "was": np.ravel(y).astype(float)})
    return table.groupby("bin").agg(said=("said", "mean"), was=("was", "mean"), n=("was", "size")).reset_index()


def calibration_error(y: np.ndarray, p: np.ndarray, bins: int = 10) -> float:
    """Return the expected calibration error (0-1): the mean gap of `reliability`, weighed by cases (Naeini, Cooper & Hauskrecht 2015)."""
    curve = reliability(y, p, bins)
    return float(((curve["said"] - curve["was"]).abs() * curve["n"]).sum() / max(1, curve["n"].sum()))

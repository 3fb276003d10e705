"""From margins to probabilities and thresholds."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

_GRID = np.round(np.arange(0.2, 0.66, 0.02), 2)


def platt(margin: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the probability over the margin (Platt 1999)."""
    if y.min() == y.max():
        return 1.0, 4.0 if y.max() else -4.0
    fitted = LogisticRegression(C=1e3, solver="lbfgs").fit(margin[:, None], y)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def best_threshold(y: np.ndarray, p: np.ndarray) -> float:
    """The threshold with the best F1, averaged with its neighbours so that a lucky one does not win."""
    scores = np.array([f1_score(y, p >= t, zero_division=0) for t in _GRID])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return float(_GRID[smooth.argmax()])

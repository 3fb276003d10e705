"""What more labels, and each part of the coder, are worth: the learning curve and the ablation, on one held-out fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from .evaluate import Evaluation, fit_on, groups_of, judged, splits
from .labelled import Labelled
from .model import StatementCoder

FRACTIONS = (0.1, 0.25, 0.5, 1.0)
# Thresholds from two inner folds: what is compared differs in more than that.
_INNER = 2
# Each variant by the settings that differ from the coder's own; `phrases` takes the thesaurus and the codebook's examples away.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "as shipped": {},
    "characters only": {"words": None},
    "words only": {"characters": None},
    "without headings": {"path": False},
    "without neighbours": {"neighbours": False},
    "without clauses": {"clauses": False},
    "without phrases": {"phrases": False},
}
_SCORES = ("role macro-F1", "theme micro-F1", "theme macro-F1", "exact theme set")
Tell = Callable[[str], None]


def learning_curve(
    labelled: Labelled, coder: StatementCoder | None = None, fractions: Sequence[float] = FRACTIONS, folds: int = 5, tell: Tell = print
) -> pd.DataFrame:
    """Return scores on one fold's offices over growing shares of the others: `statements` and four scores."""
    model = clone(coder or StatementCoder(codebook=labelled.codebook)).set_params(folds=_INNER)
    groups, (train, test) = _held_out(labelled, folds)
    names = np.random.default_rng(0).permutation(np.unique(groups[train]))
    rows = []
    for share in fractions:
        kept = train[np.isin(groups[train], names[: max(model.folds, round(share * len(names)))])]
        rows.append({"statements": len(kept), **_row(_tried(labelled, model, kept, test, groups))})
        tell(f"{len(kept)} statements")
    return pd.DataFrame(rows)


def ablation(
    labelled: Labelled,
    coder: StatementCoder | None = None,
    variants: Mapping[str, Mapping[str, Any]] = VARIANTS,
    folds: int = 5,
    tell: Tell = print,
) -> pd.DataFrame:
    """Return scores on one fold's offices of the coder as it is and with a part taken away: `variant` and four scores."""
    model = clone(coder or StatementCoder(codebook=labelled.codebook)).set_params(folds=_INNER)
    groups, (train, test) = _held_out(labelled, folds)
    rows = []
    for name, change in variants.items():
        settings = {k: v for k, v in change.items() if k != "phrases"}
        corpus = labelled if change.get("phrases", True) else replace(labelled, phrases=labelled.phrases.iloc[:0])
        tried = clone(model).set_params(**settings)
        rows.append({"variant": name, **_row(_tried(corpus, tried, train, test, groups))})
        tell(name)
    return pd.DataFrame(rows)


def _held_out(labelled: Labelled, folds: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    groups = groups_of(labelled)
    return groups, splits(labelled, groups, folds)[0]


def _tried(labelled: Labelled, model: StatementCoder, train: np.ndarray, test: np.ndarray, groups: np.ndarray) -> Evaluation:
    fitted = fit_on(labelled, model, train, groups)
    return judged(fitted, labelled.X.iloc[test], labelled.Y.iloc[test], groups[test])


def _row(found: Evaluation) -> dict[str, float]:
    return {score: found.summary[score] for score in _SCORES}

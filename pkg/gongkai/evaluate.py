"""Judge a coder on statements of offices it has not seen: per-code precision, recall and F1, confusion of roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support
from sklearn.model_selection import GroupKFold

from .alike import clusters
from .labelled import Labelled
from .model import StatementCoder
from .training import offices


@dataclass(frozen=True)
class Evaluation:
    """Scores of a coder: `codes` (a row a role or theme), `roles` (confusion, true by predicted), `summary`, and the predictions."""

    codes: pd.DataFrame
    roles: pd.DataFrame
    summary: dict[str, float]
    predicted: np.ndarray

    def __str__(self) -> str:
        lines = [f"{k:24s} {v:.3f}" if isinstance(v, float) else f"{k:24s} {v}" for k, v in self.summary.items()]
        return "\n".join([self.codes.round(3).to_string(index=False), "", self.roles.to_string(), "", *lines])


def evaluate(labelled: Labelled, coder: StatementCoder | None = None, fitted: bool = False, folds: int = 5) -> Evaluation:
    """Score a coder on a labelled corpus, in folds that keep each office, and near-copies of its text, in one fold.

    A `fitted` coder is scored as it is, on all rows.
    """
    model = coder or StatementCoder(codebook=labelled.codebook)
    if fitted:
        return score(labelled.Y, model.predict(labelled.X), model)
    predicted = np.zeros((len(labelled.X), len(labelled.Y.columns)), dtype=np.int8)
    last = model
    for test, fold in _folds(labelled, model, folds):
        predicted[test] = fold.predict(labelled.X.iloc[test])
        last = fold
    return score(labelled.Y, predicted, last)


def out_of_fold(labelled: Labelled, coder: StatementCoder, folds: int = 5) -> tuple[list[str], np.ndarray]:
    """Return the codes and the probabilities `(n, n_codes)` that each statement gets from a coder that has not seen its group."""
    p = np.zeros((len(labelled.X), len(labelled.Y.columns)))
    codes: list[str] = []
    for test, fold in _folds(labelled, coder, folds):
        p[test] = fold.predict_proba(labelled.X.iloc[test])
        codes = list(fold.classes_)
    return codes, p


def groups_of(labelled: Labelled) -> np.ndarray:
    """Return the group of each statement: sections of one office, and sections that are nearly the same, stay together."""
    X = labelled.X.assign(office=offices(labelled))
    sections = X.groupby("report", sort=False).agg(text=("text", "".join), office=("office", "first"))
    group = dict(zip(sections.index, clusters(sections["text"].tolist(), keys=sections["office"].tolist()), strict=True))
    return X["report"].map(group).to_numpy()


def _folds(labelled: Labelled, model: StatementCoder, folds: int) -> Iterator[tuple[np.ndarray, StatementCoder]]:
    groups = groups_of(labelled)
    for train, test in GroupKFold(min(folds, len(np.unique(groups)))).split(labelled.X, groups=groups):
        yield test, clone(model).fit(labelled.X.iloc[train], labelled.Y.iloc[train], groups=groups[train])


def score(Y: pd.DataFrame, predicted: np.ndarray, coder: StatementCoder) -> Evaluation:
    """Compare 0/1 decisions with the labels `Y`, columns as in `coder.classes_`; themes are scored on statements of themed roles."""
    n = len(coder.roles_)
    true = Y[list(coder.classes_)].to_numpy()
    themed = np.isin(np.array(coder.roles_)[true[:, :n].argmax(axis=1)], coder.themed_roles_)
    rows = []
    for i, code in enumerate(coder.classes_):
        keep = slice(None) if i < n else themed
        p, r, f, _ = precision_recall_fscore_support(true[keep, i], predicted[keep, i], average="binary", zero_division=0)
        rows.append((code, "role" if i < n else "theme", p, r, f, int(true[keep, i].sum())))
    codes = pd.DataFrame(rows, columns=["code", "kind", "precision", "recall", "f1", "support"])
    role_true, role_predicted = true[:, :n].argmax(axis=1), predicted[:, :n].argmax(axis=1)
    confusion = pd.DataFrame(
        confusion_matrix(role_true, role_predicted, labels=range(n)), index=list(coder.roles_), columns=list(coder.roles_)
    )
    themes = codes[(codes["kind"] == "theme") & (codes["support"] > 0)]
    summary = {
        "statements": len(Y),
        "role macro-F1": float(codes[codes["kind"] == "role"]["f1"].mean()),
        "role accuracy": float((role_true == role_predicted).mean()),
        "theme micro-F1": float(f1_score(true[themed, n:], predicted[themed, n:], average="micro", zero_division=0)),
        "theme macro-F1": float(themes["f1"].mean()),
        "exact theme set": float((true[themed, n:] == predicted[themed, n:]).all(axis=1).mean()),
    }
    return Evaluation(codes, confusion, summary, predicted)

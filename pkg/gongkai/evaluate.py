"""Judge a coder on statements of offices it has not seen: per-code precision, recall and F1, confusion of roles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support
from sklearn.model_selection import GroupKFold

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
    """Score a coder on a labelled corpus, in folds that keep each office in one fold; `fitted` scores it as it is, on all rows."""
    model = coder or StatementCoder(codebook=labelled.codebook)
    if fitted:
        return score(labelled.Y, model.predict(labelled.X), model)
    groups = np.asarray(offices(labelled))
    predicted = np.zeros((len(labelled.X), len(labelled.Y.columns)), dtype=np.int8)
    last = model
    for train, test in GroupKFold(min(folds, len(np.unique(groups)))).split(labelled.X, groups=groups):
        last = clone(model).fit(labelled.X.iloc[train], labelled.Y.iloc[train], groups=groups[train])
        predicted[test] = last.predict(labelled.X.iloc[test])
    return score(labelled.Y, predicted, last)


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

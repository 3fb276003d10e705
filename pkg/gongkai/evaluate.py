"""Judge a coder on statements of offices it has not seen: scores with intervals, calibration, confusion of roles, and its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import GroupKFold

from .alike import clusters
from .calibrate import calibration_error, reliability
from .errors import UserError
from .labelled import Labelled
from .model import StatementCoder
from .training import offices

Scores = dict[str, float]
_DRAWS = 500


class EvaluationError(UserError):
    """A coder and a corpus that cannot be judged together; the message says why and what to do."""


@dataclass(frozen=True)
class Evaluation:
    """What a coder said of labelled statements it had not seen, row by row, and the scores that follow from it.

    `true`, `predicted` (0/1) and `probabilities` are `(n, n_codes)` with the columns `codes`, the first `n_roles` of them roles;
    `themed` tells the statements on which themes are scored; `groups` are the offices.
    """

    codes: tuple[str, ...]
    n_roles: int
    true: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    themed: np.ndarray
    groups: np.ndarray

    @cached_property
    def summary(self) -> Scores:
        """The scores in one line each."""
        errors = {f"ECE {kind}": calibration_error(y, p) for kind, y, p in self._kinds()}
        return {"statements": len(self.true), **_scores(self._counts.sum(axis=0), self.n_roles), **errors}

    @cached_property
    def by_code(self) -> pd.DataFrame:
        """A row a code: `code, kind, precision, recall, f1, ece, support`; themes on statements of themed roles."""
        rows = []
        for i, code in enumerate(self.codes):
            keep = slice(None) if i < self.n_roles else self.themed
            y, z = self.true[keep, i], self.predicted[keep, i]
            hits, n = int((y & z).sum()), int(y.sum())
            p, r, f = hits / max(1, int(z.sum())), hits / max(1, n), float(_f1(hits, n, int(z.sum())))
            rows.append((code, "role" if i < self.n_roles else "theme", p, r, f, calibration_error(y, self.probabilities[keep, i]), n))
        return pd.DataFrame(rows, columns=["code", "kind", "precision", "recall", "f1", "ece", "support"])

    @cached_property
    def roles(self) -> pd.DataFrame:
        """The confusion of roles: rows true, columns predicted."""
        names = list(self.codes[: self.n_roles])
        true, said = self.true[:, : self.n_roles].argmax(axis=1), self.predicted[:, : self.n_roles].argmax(axis=1)
        return pd.DataFrame(confusion_matrix(true, said, labels=range(self.n_roles)), index=names, columns=names)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """The reliability curves of roles and of themes: `kind, bin, said, was, n`."""
        return pd.concat([reliability(y, p).assign(kind=kind) for kind, y, p in self._kinds()], ignore_index=True)[
            ["kind", "bin", "said", "was", "n"]
        ]

    def intervals(self, draws: int = _DRAWS, level: float = 0.95) -> pd.DataFrame:
        """Return `score, value, low, high`: percentile intervals from drawing whole groups with replacement (cluster bootstrap)."""
        counts, n = self._counts, len(self._counts)
        rng = np.random.default_rng(0)
        drawn = [_scores(counts[rng.integers(n, size=n)].sum(axis=0), self.n_roles) for _ in range(draws)]
        tail = 100 * (1 - level) / 2
        whole = _scores(counts.sum(axis=0), self.n_roles)
        rows = [(k, v, *np.percentile([d[k] for d in drawn], [tail, 100 - tail])) for k, v in whole.items()]
        return pd.DataFrame(rows, columns=["score", "value", "low", "high"])

    @cached_property
    def _counts(self) -> np.ndarray:
        """What the scores are made of, a row a group: hits, true and said of each code, then exact theme sets and themed statements."""
        mask = np.ones(self.true.shape, dtype=int)
        mask[:, self.n_roles :] = self.themed[:, None]
        true, said = self.true * mask, self.predicted * mask
        exact = (true == said)[:, self.n_roles :].all(axis=1) & self.themed
        each = np.column_stack([true & said, true, said, exact, self.themed])
        return pd.DataFrame(each).groupby(self.groups).sum().to_numpy(dtype=int)

    def errors(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return a row a wrongly coded statement of `X`: `report, start, text, role, themes, said_role, said_themes, surprise`.

        `surprise` (0-1) is the greatest gap between a label and its probability; the most surprising come first.
        """
        wrong = np.flatnonzero((self.true != self.predicted).any(axis=1))
        rows = [(*self._names(self.true[i]), *self._names(self.predicted[i]), self._surprise(i)) for i in wrong.tolist()]
        table = X.iloc[wrong][["report", "start", "text"]].reset_index(drop=True)
        said = pd.DataFrame(rows, columns=["role", "themes", "said_role", "said_themes", "surprise"])
        return pd.concat([table, said], axis=1).sort_values("surprise", ascending=False, kind="stable", ignore_index=True)

    def _surprise(self, i: int) -> float:
        differ = self.true[i] != self.predicted[i]
        return round(float(np.abs(self.true[i] - self.probabilities[i])[differ].max()), 3)

    def _names(self, row: np.ndarray) -> tuple[str, str]:
        named = [c for c, on in zip(self.codes, row, strict=True) if on]
        return named[0], ";".join(named[1:])

    def _kinds(self) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
        n = self.n_roles
        yield "roles", self.true[:, :n], self.probabilities[:, :n]
        yield "themes", self.true[self.themed, n:], self.probabilities[self.themed, n:]

    def __str__(self) -> str:
        lines = [f"{k:24s} {v:.3f}" if isinstance(v, float) else f"{k:24s} {v}" for k, v in self.summary.items()]
        return "\n".join([self.by_code.round(3).to_string(index=False), "", self.roles.to_string(), "", *lines])


def _f1(hits: np.ndarray | int, true: np.ndarray | int, said: np.ndarray | int) -> np.ndarray:
    """F1 of each column, 0 where nothing is there or said: unlike scikit-learn's, the same for one column as for many."""
    return 2 * hits / np.maximum(1, true + said)


def _scores(counts: np.ndarray, n: int) -> Scores:
    hits, true, said = counts[:-2].reshape(3, -1)
    exact, themed = counts[-2:]
    each, there = _f1(hits, true, said), true[n:] > 0
    return {
        "role macro-F1": float(each[:n][(true + said)[:n] > 0].mean()),
        "role accuracy": float(hits[:n].sum() / true[:n].sum()),
        "theme micro-F1": float(_f1(hits[n:].sum(), true[n:].sum(), said[n:].sum())),
        "theme macro-F1": float(each[n:][there].mean()) if there.any() else 0.0,
        "exact theme set": float(exact / themed) if themed else 0.0,
    }


def evaluate(
    labelled: Labelled,
    coder: StatementCoder | None = None,
    fitted: bool = False,
    folds: int = 5,
    tell: Callable[[str], None] | None = None,
) -> Evaluation:
    """Score a coder on a labelled corpus, in folds that keep each office, and near-copies of its text, in one fold.

    A `fitted` coder is scored as it is, on all rows. `tell` is given a line for each fold that is done.
    """
    model = coder or StatementCoder(codebook=labelled.codebook)
    groups = groups_of(labelled)
    if fitted:
        return judged(model, labelled.X, labelled.Y, groups)
    parts, order = [], []
    split = splits(labelled, groups, folds)
    for n, (train, test) in enumerate(split, 1):
        fold = fit_on(labelled, model, train, groups)
        parts.append(judged(fold, labelled.X.iloc[test], labelled.Y.iloc[test], groups[test]))
        order.append(test)
        if tell:
            tell(f"fold {n} of {len(split)}")
    back = np.argsort(np.concatenate(order))
    columns = {name: np.concatenate([getattr(p, name) for p in parts])[back] for name in _ROWS}
    return Evaluation(parts[0].codes, parts[0].n_roles, **columns)


_ROWS = ("true", "predicted", "probabilities", "themed", "groups")


def judged(coder: StatementCoder, X: pd.DataFrame, Y: pd.DataFrame, groups: np.ndarray) -> Evaluation:
    """Let a fitted coder code statements, and set that beside their labels `Y`.

    Raises EvaluationError where the coder knows other codes than the labels.
    """
    codes, n = tuple(coder.classes_), len(coder.roles_)
    if differ := sorted({*codes} ^ {*map(str, Y)}):
        raise EvaluationError(f"coder and corpus differ in the codes {', '.join(differ)}; judge a coder by labels of its own codebook")
    true = Y[list(codes)].to_numpy()
    probabilities = coder.predict_proba(X)
    decided = coder.decide(probabilities)
    predicted = np.array([[int(c == role or c in themes) for c in codes] for role, themes in decided], dtype=np.int8)
    themed = np.isin(np.array(coder.roles_)[true[:, :n].argmax(axis=1)], coder.themed_roles_)
    return Evaluation(codes, n, true, predicted.reshape(true.shape), probabilities, themed, groups)


def groups_of(labelled: Labelled) -> np.ndarray:
    """Return the group of each statement: sections of one office, and sections that are nearly the same, stay together."""
    X = labelled.X.assign(office=offices(labelled))
    sections = X.groupby("report", sort=False).agg(text=("text", "".join), office=("office", "first"))
    group = dict(zip(sections.index, clusters(sections["text"].tolist(), keys=sections["office"].tolist()), strict=True))
    return X["report"].map(group).to_numpy()


def splits(labelled: Labelled, groups: np.ndarray, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows of training and test of each fold; raises EvaluationError where a fold leaves fewer than two offices to train on."""
    n = len(np.unique(groups))
    split = list(GroupKFold(min(folds, n)).split(labelled.X, groups=groups)) if n > 1 else []
    if n < 2 or any(len(np.unique(groups[train])) < 2 for train, _ in split):
        raise EvaluationError(
            f"{n} offices (near-copies count as one) are too few to judge a coder in folds; label reports of more offices"
        )
    return split


def fit_on(labelled: Labelled, model: StatementCoder, rows: np.ndarray, groups: np.ndarray) -> StatementCoder:
    """Fit a fresh copy of a coder on some rows of a corpus, and on its phrases."""
    return clone(model).fit(labelled.X.iloc[rows], labelled.Y.iloc[rows], groups[rows], labelled.phrases)

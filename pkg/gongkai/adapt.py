"""Go on from a coder: learn from statements of one's own what differs from what it knows, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from .calibrate import platt, thresholds
from .codebook import Codebook
from .errors import UserError
from .model import StatementCoder, stack
from .phrases import labels_of
from .rules import learned_rules
from .seen import Seen, Weights, see

# A code that is there, or is not, in fewer statements than this cannot be learned from them: the base's weights stay.
_FEW = 5
# How freely a code may lean on what the base says of other codes, beside what it says of this one (1).
_OTHERS = 0.3


class AdaptedCoder(StatementCoder):
    """A StatementCoder that keeps the features of a fitted base and learns how its own codes differ from the base's.

    Each code's linear model is the base's for this code, a little of those for the others, and weights of its own, all learned
    together: the more statements there are, the more these count (as in Yang, Yan & Hauptmann 2007). A code that the base does not
    know begins from the others alone, and one with too few statements stays as the base has it. What comes out is saved, loaded and
    used as any other coder; features are made once, so that it takes seconds.

    In `benchmarks/adapt.py`, on offices that neither had seen: where others code by another convention, 300 of their statements take
    the theme micro-F1 from the base's 0.75 to 0.87, and 3,000 to 0.90. Where they code alike it stays at the base's 0.90, or a point
    below with a few hundred statements, while a coder begun anew comes to 0.67 with 300 and 0.87 with 5,000.
    """

    def start(self, base: StatementCoder) -> AdaptedCoder:
        """Take a fitted coder to go on from; its settings are this one's."""
        check_is_fitted(base, "theme_coef_")
        self.base_ = base
        self.set_params(**{name: value for name, value in base.get_params().items() if name not in ("codebook", "folds", "n_jobs")})
        self.text_, self.context_ = base.text_, base.context_
        return self

    def fit(
        self,
        X: pd.DataFrame,
        Y: pd.DataFrame,
        groups: Sequence[object] | None = None,
        phrases: pd.DataFrame | None = None,
        seen: Seen | None = None,
    ) -> AdaptedCoder:
        """Fit on statements `X` and labels `Y` of the codebook's codes; `phrases` as with StatementCoder, `seen` where made before.

        Keeps `out_of_fold_`: the 0/1 decisions on each statement by weights that have not learned from its group, and by thresholds
        from the labels of other groups.
        """
        if not hasattr(self, "base_"):
            raise UserError("an adapted coder goes on from another one; call start(base) first")
        labels = self._named(self.codebook or self.base_.codebook_, Y)
        by = np.asarray(groups if groups is not None else X["report"])
        if len(np.unique(by)) < 2:
            raise UserError("needs statements of at least two offices (groups) to set thresholds; code more reports")
        split = list(GroupKFold(min(self.folds, len(np.unique(by)))).split(labels, groups=by))
        seen = seen or see(self.base_, X)
        # Small problems, which the threads of BLAS make many times slower.
        with threadpool_limits(limits=1):
            self._fit_folds(seen, labels, split, phrases)
        return self

    def _fit_folds(self, seen: Seen, labels: np.ndarray, split: list[tuple[np.ndarray, np.ndarray]], phrases: pd.DataFrame | None) -> None:
        whole, known, told = self._with_phrases(seen, labels, phrases)
        further = np.arange(len(labels), len(whole[1]))
        jobs = [*(np.r_[train, further] for train, _ in split), np.arange(len(whole[1]))]
        # Threads, because the solver works outside of Python's lock, and processes would have to be sent all that it works on.
        run = Parallel(n_jobs=self.n_jobs, prefer="threads")
        *folds, last = run(delayed(self._learned)(*whole, known, told, rows) for rows in jobs)
        margins = np.zeros(labels.shape)
        for (_, test), weights in zip(split, folds, strict=True):
            margins[test] = weights.onto(copy(self))._margins_of(seen.rows(test))
        last.onto(self)._fit_decisions(margins, labels)
        self.out_of_fold_ = np.zeros(labels.shape, dtype=np.int8)
        for train, test in split:
            fold = copy(self)
            fold._fit_decisions(margins[train], labels[train])
            self.out_of_fold_[test] = fold.said(fold._probabilities(margins[test]))

    def proba_of(self, seen: Seen) -> np.ndarray:
        """Return the probabilities of statements as the base saw them, as `predict_proba` gives them."""
        return self._probabilities(self._margins_of(seen))

    def _margins_of(self, seen: Seen) -> np.ndarray:
        return self._margins(seen.whole, seen.beside, seen.owner, seen.parts)

    def _named(self, book: Codebook, Y: pd.DataFrame) -> np.ndarray:
        """Learn the codes, and return the labels in their order."""
        self.codebook_ = book
        self.roles_ = tuple(r for r in book.role_ids if r in Y)
        self.themes_ = tuple(t for t in book.theme_ids if t in Y)
        self.classes_ = np.array([*self.roles_, *self.themes_], dtype=object)
        # Where the base has the same code: a place among its roles, or among its themes.
        places = ({c: i for i, c in enumerate(codes)} for codes in (self.base_.roles_, self.base_.themes_))
        self.own_ = [at.get(c) for at, codes in zip(places, (self.roles_, self.themes_), strict=True) for c in codes]
        labels = Y[list(self.classes_)].to_numpy(dtype=np.int8)
        self.themed_roles_, self.alone_ = learned_rules(book, self.roles_, self.themes_, labels)
        return labels

    def _with_phrases(
        self, seen: Seen, labels: np.ndarray, phrases: pd.DataFrame | None
    ) -> tuple[tuple[Seen, np.ndarray], np.ndarray, np.ndarray]:
        """Statements and phrases with their labels, and which of them tell a role, and which tell themes."""
        known = np.ones(len(labels), dtype=bool)
        if phrases is None or phrases.empty:
            return (seen, labels), known, known
        more, said = labels_of(phrases, self.classes_)
        bare = said & ~more[:, len(self.roles_) :].any(axis=1) & phrases["role"].isin(self.themed_roles_).to_numpy()
        both = seen + see(self.base_, pd.DataFrame({"text": phrases["phrase"]}))
        return (both, np.vstack([labels, more])), np.r_[known, said], np.r_[known, ~bare]

    def _learned(self, seen: Seen, labels: np.ndarray, known: np.ndarray, told: np.ndarray, rows: np.ndarray) -> Weights:
        """Weights from some of the statements and phrases."""
        base, n = self.base_, len(self.roles_)
        kept = rows[known[rows]]
        sides = seen.beside[kept], seen.roles[kept]
        of = base.role_coef_, base.role_intercept_
        roles = [self._adapted(*sides, labels[kept, i], *of, own) for i, own in enumerate(self.own_[:n])]
        kept = rows[told[rows]]
        part = seen.rows(kept)
        themes = [self._of_theme(part, labels[kept, n + i], own) for i, own in enumerate(self.own_[n:])]
        return Weights(*stack(roles, seen.beside.shape[1]), *stack(themes, seen.whole.shape[1]))

    def _of_theme(self, seen: Seen, y: np.ndarray, own: int | None) -> tuple[np.ndarray, float]:
        """Weights of a theme, from whole statements and from the clauses that the base, else a first fit, holds to carry it."""
        of = self.base_.theme_coef_, self.base_.theme_intercept_
        if own is None or _rare(y):
            weights, intercept = self._adapted(seen.whole, seen.themes, y, *of, own)
            if _rare(y):
                return weights, intercept
        score = seen.clauses[:, own] if own is not None else seen.parts @ weights + intercept
        best = np.full(len(y), -np.inf)
        np.maximum.at(best, seen.owner, score)
        carries = y[seen.owner]
        kept = (carries == 0) | (score >= best[seen.owner]) | (score > 0)
        both = sparse.vstack([seen.whole, seen.parts[kept]], format="csr")
        return self._adapted(both, np.vstack([seen.themes, seen.clauses[kept]]), np.r_[y, carries[kept]], *of, own)

    def _adapted(
        self, A: sparse.csr_matrix, says: np.ndarray, y: np.ndarray, coef: np.ndarray, intercept: np.ndarray, own: int | None
    ) -> tuple[np.ndarray, float]:
        """Weights of one code: what it takes of the base's, whose margins are `says`, and what it adds, in one."""
        if _rare(y):
            return (coef[own], float(intercept[own])) if own is not None else (np.zeros(A.shape[1]), 1.0 if y.mean() > 0.5 else -1.0)
        scale = np.full(len(coef), _OTHERS, dtype=np.float32)
        if own is not None:
            scale[own] = 1
        weights, b = self._one(sparse.hstack([A, sparse.csr_matrix(says * scale)], format="csr"), y)
        lean = weights[A.shape[1] :] * scale
        return weights[: A.shape[1]] + lean @ coef, b + float(lean @ intercept)

    def _fit_decisions(self, margins: np.ndarray, labels: np.ndarray) -> None:
        """Probabilities and thresholds from margins; a code that stays as the base has it keeps those of the base."""
        n, base = len(self.roles_), self.base_
        self.platt_ = np.array([platt(margins[:, i], labels[:, i]) for i in range(labels.shape[1])], dtype=np.float32)
        kept = [(i, own) for i, own in enumerate(self.own_) if own is not None and _rare(labels[:, i])]
        for i, own in kept:
            self.platt_[i] = base.platt_[own if i < n else len(base.roles_) + own]
        probabilities = self._probabilities(margins)
        themed = np.isin(np.array(self.roles_)[labels[:, :n].argmax(axis=1)], self.themed_roles_)
        self.thresholds_ = thresholds(labels[themed, n:], probabilities[themed, n:]).astype(np.float32)
        for i, own in kept:
            if i >= n:
                self.thresholds_[i - n] = base.thresholds_[own]


def _rare(y: np.ndarray) -> bool:
    return min(y.sum(), len(y) - y.sum()) < _FEW


def adapted(
    base: StatementCoder,
    X: pd.DataFrame,
    Y: pd.DataFrame,
    groups: Sequence[object] | None = None,
    phrases: pd.DataFrame | None = None,
    *,
    codebook: Codebook | None = None,
    folds: int = 5,
    n_jobs: int | None = None,
    seen: Seen | None = None,
) -> AdaptedCoder:
    """Return a coder that goes on from `base`, fitted to statements and labels of the codebook (the base's where none is given).

    >>> from gongkai import load
    >>> X = pd.DataFrame({"text": ["更新不及时", "加强培训", "更新慢", "组织培训"] * 5, "report": list("abcde") * 4})
    >>> Y = pd.DataFrame({"problem": [1, 0] * 10, "measure": [0, 1] * 10, "timeliness": [1, 0] * 10, "capacity": [0, 1] * 10})
    >>> coder = adapted(load(), X, Y)
    >>> coder.decide(coder.predict_proba(X[:2]))
    [('problem', ('timeliness',)), ('measure', ('capacity',))]
    """
    return AdaptedCoder(codebook, folds=folds, n_jobs=n_jobs).start(base).fit(X, Y, groups, phrases, seen)

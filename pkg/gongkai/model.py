"""StatementCoder: roles and themes of statements, with scores apart from decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from .calibrate import platt, thresholds
from .codebook import Codebook, load_codebook
from .errors import UserError
from .fast import Fast
from .features import ContextFeatures, TextFeatures, clauses, context, surroundings
from .phrases import labels_of
from .rules import chosen_themes, learned_rules


class StatementCoder(Fast, BaseEstimator):
    """Code statements with one role and any number of themes, by linear models over n-grams, headings and neighbours.

    `X` is a DataFrame with `text` and `path` (and `report`, so that neighbours are known), `Y` one of 0/1 columns named by the role
    and theme ids of the codebook. A theme is sought in the statement as a whole and in each of its clauses, because long lists name
    many themes in few words each; the clauses that carry a theme are found in training itself (multiple-instance learning after
    Andrews, Tsochantaridis & Hofmann 2002). Scores become probabilities by Platt scaling on out-of-fold scores, and thresholds are
    those that give the best out-of-fold F1.

    >>> X = pd.DataFrame({"text": ["更新不及时", "加强培训", "更新慢", "组织培训"] * 5, "path": [()] * 20})
    >>> Y = pd.DataFrame({"problem": [1, 0] * 10, "measure": [0, 1] * 10, "timeliness": [1, 0] * 10, "capacity": [0, 1] * 10})
    >>> coder = StatementCoder(words=None).fit(X, Y)
    >>> coder.decide(coder.predict_proba(X[:2]))
    [('problem', ('timeliness',)), ('measure', ('capacity',))]
    """

    def __init__(
        self,
        codebook: Codebook | None = None,
        characters: tuple[int, int] | None = (1, 3),
        words: tuple[int, int] | None = (1, 2),
        path: bool = True,
        neighbours: bool = True,
        place: bool = True,
        clauses: bool = True,
        C: float = 0.5,
        min_df: int = 2,
        max_features: int | None = 50_000,
        folds: int = 5,
        random_state: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.codebook = codebook
        self.characters = characters
        self.words = words
        self.path = path
        self.neighbours = neighbours
        self.place = place
        self.clauses = clauses
        self.C = C
        self.min_df = min_df
        self.max_features = max_features
        self.folds = folds
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self, X: pd.DataFrame, Y: pd.DataFrame, groups: Sequence[object] | None = None, phrases: pd.DataFrame | None = None
    ) -> StatementCoder:
        """Fit on statements `X` and labels `Y`; `groups` (an office a row) keeps one office's statements in one fold.

        `phrases` (`role`, `themes`, `phrase`) are short ways of saying a theme that are learned from besides, and never judged on.

        Raises ValueError for columns that the codebook does not know and for rows without a role.
        """
        self.codebook_ = self.codebook or load_codebook()
        X, Y = _checked(X, Y, self.codebook_)
        self.feature_names_in_ = np.array(X.columns, dtype=object)
        self.roles_ = tuple(r for r in self.codebook_.role_ids if r in Y)
        self.themes_ = tuple(t for t in self.codebook_.theme_ids if t in Y)
        self.classes_ = np.array([*self.roles_, *self.themes_], dtype=object)
        labels = Y[list(self.classes_)].to_numpy(dtype=np.int8)
        self.themed_roles_, self.alone_ = learned_rules(self.codebook_, self.roles_, self.themes_, labels)
        self._fit_weights(X, labels, phrases)
        self._calibrate(X, labels, groups, phrases)
        return self

    def _fit_weights(self, X: pd.DataFrame, labels: np.ndarray, phrases: pd.DataFrame | None) -> None:
        rows, n = context(X), len(self.roles_)
        known = told = np.ones(len(X), dtype=bool)
        if phrases is not None and len(phrases):
            more, said = labels_of(phrases, self.classes_)
            rows = pd.concat([rows, context(pd.DataFrame({"text": phrases["phrase"]}))], ignore_index=True)
            # A phrase of a role that carries themes, but without any, leaves its themes open.
            bare = said & ~more[:, n:].any(axis=1) & phrases["role"].isin(self.themed_roles_).to_numpy()
            labels, known, told = np.vstack([labels, more]), np.r_[known, said], np.r_[told, ~bare]
        self.text_ = TextFeatures(self.characters, self.words, self.min_df, self.max_features).fit(rows["text"])
        self.context_ = ContextFeatures(self.path, self.neighbours, self.place, self.min_df).fit(rows)
        whole = self.text_.transform(rows["text"])
        beside = sparse.hstack([whole, self.context_.transform(rows)], format="csr")
        roles = [self._one(beside[known], labels[known, i]) for i in range(n)]
        owner, parts = self.clauses_of(rows["text"][told])
        themes = [self._theme(whole[told], parts, owner, labels[told, n + i]) for i in range(len(self.themes_))]
        self.role_coef_, self.role_intercept_ = stack(roles, beside.shape[1])
        self.theme_coef_, self.theme_intercept_ = stack(themes, whole.shape[1])

    def _one(self, A: sparse.csr_matrix, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Weights of one label; a label that is always or never there gets a constant."""
        if y.min() == y.max():
            return np.zeros(A.shape[1]), 1.0 if y.max() else -1.0
        svc = LinearSVC(C=self.C, random_state=self.random_state, max_iter=5000).fit(A, y)
        return svc.coef_[0], float(svc.intercept_[0])

    def clauses_of(self, texts: pd.Series) -> tuple[np.ndarray, sparse.csr_matrix]:
        """Return the features of all clauses of texts, and the place of the text that each is of; none where clauses are not looked at."""
        if not self.clauses:
            return np.arange(0), self.text_.transform([])
        spans = [(i, t[a:b]) for i, t in enumerate(texts) for a, b in clauses(t)]
        return np.array([i for i, _ in spans]), self.text_.transform([c for _, c in spans])

    def _theme(self, whole: sparse.csr_matrix, parts: sparse.csr_matrix, owner: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Fit on whole statements, then twice more together with the clauses that the last fit holds to carry the theme."""
        weights, intercept = self._one(whole, y)
        for _ in range(2 if len(owner) and y.min() != y.max() else 0):
            score = parts @ weights + intercept
            best = np.full(len(y), -np.inf)
            np.maximum.at(best, owner, score)
            kept = (y[owner] == 0) | (score >= best[owner]) | (score > 0)
            weights, intercept = self._one(sparse.vstack([whole, parts[kept]], format="csr"), np.r_[y, y[owner][kept]])
        return weights, intercept

    def _calibrate(self, X: pd.DataFrame, labels: np.ndarray, groups: Sequence[object] | None, phrases: pd.DataFrame | None) -> None:
        """Platt scaling and thresholds from scores that each fold's statements got from a model that had not seen their office."""
        by = np.asarray(groups if groups is not None else X["report"] if "report" in X else np.arange(len(X)))
        n_folds = min(self.folds, len(np.unique(by)))
        if n_folds < 2:
            raise UserError("needs statements of at least two offices (groups) to set thresholds; label more reports")
        split = list(GroupKFold(n_folds).split(labels, groups=by))
        fitted = Parallel(n_jobs=self.n_jobs)(delayed(_scores_of_fold)(self, X, labels, phrases, train, test) for train, test in split)
        margins = np.zeros(labels.shape)
        for (_, test), scores in zip(split, fitted, strict=True):
            margins[test] = scores
        self.platt_ = np.array([platt(margins[:, i], labels[:, i]) for i in range(labels.shape[1])], dtype=np.float32)
        probabilities = self._probabilities(margins)
        n = len(self.roles_)
        themed = np.isin(np.array(self.roles_)[labels[:, :n].argmax(axis=1)], self.themed_roles_)
        self.thresholds_ = thresholds(labels[themed, n:], probabilities[themed, n:]).astype(np.float32)

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        """Return the margins of roles and themes, `(n, n_codes)`, columns as in `classes_`."""
        check_is_fitted(self, "theme_coef_")
        rows = surroundings(_statements(X))
        fast = self._by_machine(rows)
        return self._by_sklearn(rows) if fast is None else fast

    def _by_sklearn(self, given: Mapping[str, Any]) -> np.ndarray:
        rows = pd.DataFrame(given)
        whole = self.text_.transform(rows["text"])
        beside = sparse.hstack([whole, self.context_.transform(rows)], format="csr")
        return self._margins(whole, beside, *self.clauses_of(rows["text"]))

    def _margins(self, whole: sparse.csr_matrix, beside: sparse.csr_matrix, owner: np.ndarray, parts: sparse.csr_matrix) -> np.ndarray:
        roles = beside @ self.role_coef_.T + self.role_intercept_
        themes = whole @ self.theme_coef_.T + self.theme_intercept_
        if len(owner):
            best = themes.copy()
            np.maximum.at(best, owner, parts @ self.theme_coef_.T + self.theme_intercept_)
            themes = 0.6 * best + 0.4 * themes
        return np.hstack([roles, themes])

    def _probabilities(self, margins: np.ndarray) -> np.ndarray:
        n = len(self.roles_)
        with np.errstate(over="ignore"):
            p = 1 / (1 + np.exp(-(margins * self.platt_[:, 0] + self.platt_[:, 1])))
        # Where no role has any probability at all, none is likelier than another.
        p[~p[:, :n].any(axis=1), :n] = 1
        p[:, :n] /= p[:, :n].sum(axis=1, keepdims=True)
        return p

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Return probabilities `(n, n_codes)`: roles sum to 1 in each row, themes stand each by itself."""
        return self._probabilities(self.decision_function(X))

    def decide(self, probabilities: np.ndarray) -> list[tuple[str, tuple[str, ...]]]:
        """Return role and themes for each row of scores, under the codebook's rules."""
        n = len(self.roles_)
        roles = [self.roles_[i] for i in probabilities[:, :n].argmax(axis=1)]
        themed = np.array([r in self.themed_roles_ for r in roles], dtype=bool)
        themes = iter(chosen_themes(probabilities[themed, n:], self.thresholds_, self.themes_, self.alone_))
        return [(role, next(themes) if has else ()) for role, has in zip(roles, themed.tolist(), strict=True)]

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Return 0/1 decisions `(n, n_codes)`, columns as in `classes_`."""
        return self.said(self.predict_proba(X))

    def said(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the 0/1 decisions on rows of scores, as `predict` does on statements."""
        decided = self.decide(probabilities)
        return np.array([[int(c == role or c in themes) for c in self.classes_] for role, themes in decided], dtype=np.int8)

    def score(self, X: pd.DataFrame, Y: pd.DataFrame) -> float:
        """Return the micro-F1 over themes."""
        n = len(self.roles_)
        # Over single cells, because scikit-learn takes a table of one column for two classes.
        return float(f1_score(Y[list(self.themes_)].to_numpy().ravel(), self.predict(X)[:, n:].ravel(), zero_division=0))


def _scores_of_fold(
    coder: StatementCoder, X: pd.DataFrame, labels: np.ndarray, phrases: pd.DataFrame | None, train: np.ndarray, test: np.ndarray
) -> np.ndarray:
    fold: Any = clone(coder)
    fold.roles_, fold.themes_, fold.classes_, fold.themed_roles_ = coder.roles_, coder.themes_, coder.classes_, coder.themed_roles_
    fold._fit_weights(X.iloc[train], labels[train], phrases)
    return fold.decision_function(X.iloc[test])


def stack(fitted: list[tuple[np.ndarray, float]], width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights `(n_codes, width)` and intercepts of codes that were fitted one by one."""
    coef = np.array([w for w, _ in fitted], dtype=np.float32).reshape(len(fitted), width)
    return coef, np.array([b for _, b in fitted], dtype=np.float32)


def _statements(X: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(X, pd.DataFrame) or "text" not in X:
        raise ValueError("X must be a DataFrame with the column text (and path, report where known)")
    if X["text"].isna().any():
        raise ValueError("X has statements without text; drop these rows")
    return X


def _checked(X: pd.DataFrame, Y: pd.DataFrame, book: Codebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    X = _statements(X)
    if not isinstance(Y, pd.DataFrame) or len(X) != len(Y):
        raise ValueError(f"Y must be a DataFrame of 0/1 columns with a row for each of the {len(X)} statements")
    codes = {*book.role_ids, *book.theme_ids}
    if unknown := [c for c in Y if c not in codes]:
        raise ValueError(f"{', '.join(map(str, unknown))}: not in the codebook (v{book.version}): {', '.join(sorted(codes))}")
    roles = [r for r in book.role_ids if r in Y]
    if not roles or not (Y[roles].sum(axis=1) == 1).all():
        raise ValueError("every statement needs exactly one role: a row of Y with one 1 in the role columns")
    return X, Y

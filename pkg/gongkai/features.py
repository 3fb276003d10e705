"""What the coder sees of a statement: its characters and words, its clauses, the headings above and the statements beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from .enumerators import enumerator_end
from .words import STOPS, words

_CLAUSE = re.compile(f"[^{STOPS}]+[{STOPS}]*")


def strip_enumerators(text: str) -> int:
    """Return how many characters of enumerators (2、二是) a statement begins with.

    >>> strip_enumerators("2、二是公开信息时效性不强")
    4
    """
    at = 0
    while (end := enumerator_end(text, at)) > at:
        at = end
    return at if at < len(text) else 0


def clauses(text: str) -> list[tuple[int, int]]:
    """Return the spans of a statement's clauses: what stands between commas, colons and stops.

    >>> clauses("更新慢，渠道少。")
    [(0, 4), (4, 8)]
    """
    return [m.span() for m in _CLAUSE.finditer(text)] or [(0, len(text))]


def word_list(text: str) -> list[str]:
    """Return the words of a text (the analyzer of the word features)."""
    return [w for w, _ in words(text)]


class TextFeatures(TransformerMixin, BaseEstimator):
    """TF-IDF of character and word n-grams of texts, each block of unit length; sparse, `(n, characters + words)`."""

    def __init__(
        self,
        characters: tuple[int, int] | None = (1, 3),
        words: tuple[int, int] | None = (1, 2),
        min_df: int = 2,
        max_features: int | None = 50_000,
    ) -> None:
        self.characters = characters
        self.words = words
        self.min_df = min_df
        self.max_features = max_features

    def fit(self, X: Iterable[str], y: object = None) -> TextFeatures:
        """Learn vocabularies and document frequencies."""
        texts = list(X)
        self.vectorizers_ = {name: v.fit(texts) for name, v in self.blank().items()}
        return self

    def blank(self) -> dict[str, TfidfVectorizer]:
        """Return the unfitted vectorizers by the name of their block."""
        both = {"min_df": self.min_df, "max_features": self.max_features, "sublinear_tf": True, "lowercase": False, "dtype": np.float32}
        found = {}
        if self.characters:
            found["characters"] = TfidfVectorizer(analyzer="char", ngram_range=tuple(self.characters), **both)
        if self.words:
            found["words"] = TfidfVectorizer(tokenizer=word_list, token_pattern=None, ngram_range=tuple(self.words), **both)
        return found

    def transform(self, X: Iterable[str]) -> sparse.csr_matrix:
        """Return the features of texts."""
        texts = list(X)
        if not texts:
            return sparse.csr_matrix((0, sum(len(v.vocabulary_) for v in self.vectorizers_.values())), dtype=np.float32)
        return sparse.hstack([v.transform(texts) for v in self.vectorizers_.values()], format="csr")

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the n-grams, each with the name of its block before it."""
        return np.array([f"{b}:{g}" for b, v in self.vectorizers_.items() for g in v.get_feature_names_out()], dtype=object)


def context(X: pd.DataFrame) -> pd.DataFrame:
    """Return what `surroundings` says of statements as a DataFrame."""
    return pd.DataFrame(surroundings(X))


def surroundings(X: pd.DataFrame) -> dict[str, Any]:
    """Return for each statement its bare text, its headings, its neighbours in the same report and its place.

    Columns: `text` (without enumerators), `label` (innermost heading below the section's title), `title`, `before`, `after`, and
    the place as numbers `first`, `last`, `from_start`, `to_end` (0-1), `numbered` (0/1). Rows of one report must stand in order;
    without a `report` column every statement stands by itself.
    """
    texts = [str(t) for t in X["text"].tolist()]
    paths = [as_path(p) for p in X["path"].tolist()] if "path" in X else [()] * len(texts)
    reports = X["report"].tolist() if "report" in X else list(range(len(texts)))
    same = [i > 0 and reports[i] == reports[i - 1] for i in range(len(texts))]
    cuts = [strip_enumerators(t) for t in texts]
    bare = [t[c:] for t, c in zip(texts, cuts, strict=True)]
    starts = np.flatnonzero(~np.array(same, dtype=bool))
    sizes = np.diff(starts, append=len(texts))
    place = np.arange(len(texts), dtype=float) - np.repeat(starts, sizes)
    size = np.repeat(sizes, sizes).astype(float)
    span = np.maximum(1, size - 1)
    return {
        "text": bare,
        "label": [p[-1] if len(p) > 1 else "" for p in paths],
        "title": [p[0] if p else "" for p in paths],
        "before": [bare[i - 1] if same[i] else "" for i in range(len(texts))],
        "after": [bare[i + 1] if i + 1 < len(texts) and same[i + 1] else "" for i in range(len(texts))],
        "first": (place == 0).astype(float),
        "last": (place == size - 1).astype(float),
        "from_start": place / span,
        "to_end": 1 - place / span,
        "numbered": np.array(cuts, dtype=float) > 0,
    }


def as_path(cell: object) -> tuple[str, ...]:
    """Return a heading path from a cell: a sequence, or a text joined with ` > `."""
    if isinstance(cell, str):
        return tuple(p for p in cell.split(" > ") if p)
    return tuple(map(str, cell)) if isinstance(cell, tuple | Sequence | np.ndarray) else ()


PLACE = ("first", "last", "from_start", "to_end", "numbered")
# How much each part of the context weighs beside the statement's own words (length 1).
WEIGHTS = {"label": 0.7, "title": 0.5, "before": 0.4, "after": 0.4, "place": 0.5}


class ContextFeatures(TransformerMixin, BaseEstimator):
    """Features of the frame that `context` gives, beside the statement's own: headings, neighbours, place."""

    def __init__(self, path: bool = True, neighbours: bool = True, place: bool = True, min_df: int = 2) -> None:
        self.path = path
        self.neighbours = neighbours
        self.place = place
        self.min_df = min_df

    def blank(self) -> dict[str, TfidfVectorizer]:
        """Return the unfitted vectorizers by the columns they read."""
        parts = [p for p, on in (("label", self.path), ("title", self.path), ("before", self.neighbours), ("after", self.neighbours)) if on]
        return {
            p: TfidfVectorizer(
                analyzer="char", ngram_range=(1, 2), min_df=self.min_df, sublinear_tf=True, lowercase=False, dtype=np.float32
            )
            for p in parts
        }

    def fit(self, X: pd.DataFrame, y: object = None) -> ContextFeatures:
        """Learn the vocabularies of headings and neighbours."""
        self.vectorizers_ = {}
        for part, vectorizer in self.blank().items():
            if any(len(t) for t in X[part]):
                self.vectorizers_[part] = vectorizer.set_params(min_df=min(self.min_df, int((X[part] != "").sum()))).fit(X[part])
        return self

    def transform(self, X: pd.DataFrame) -> sparse.csr_matrix:
        """Return the features, sparse."""
        if X.empty:
            width = sum(len(v.vocabulary_) for v in self.vectorizers_.values()) + (len(PLACE) if self.place else 0)
            return sparse.csr_matrix((0, width), dtype=np.float32)
        blocks = [v.transform(X[part]) * np.float32(WEIGHTS[part]) for part, v in self.vectorizers_.items()]
        if self.place:
            blocks.append(sparse.csr_matrix(X[list(PLACE)].to_numpy(dtype=np.float32) * np.float32(WEIGHTS["place"])))
        return sparse.hstack(blocks, format="csr") if blocks else sparse.csr_matrix((len(X), 0), dtype=np.float32)

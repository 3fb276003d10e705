"""What a fitted coder sees of statements and says of them, made once for many fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from scipy import sparse

from .features import context
from .model import StatementCoder

Coder = TypeVar("Coder", bound=StatementCoder)
CONTEXT = ("text", "label", "title", "before", "after", "first", "last", "from_start", "to_end", "numbered")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a base sees of statements, and what it says: their words, words and context, clauses (with their owners), and margins.

    `roles` are margins of `beside`, `themes` of `whole`, `clauses` of `parts`.
    """

    whole: sparse.csr_matrix
    beside: sparse.csr_matrix
    owner: np.ndarray
    parts: sparse.csr_matrix
    roles: np.ndarray
    themes: np.ndarray
    clauses: np.ndarray

    def rows(self, rows: np.ndarray) -> Seen:
        """Return some of the statements, in their order."""
        place = np.full(self.whole.shape[0], -1)
        place[rows] = np.arange(len(rows))
        kept = place[self.owner] >= 0
        owned = (place[self.owner[kept]], self.parts[kept])
        return Seen(self.whole[rows], self.beside[rows], *owned, self.roles[rows], self.themes[rows], self.clauses[kept])

    def __add__(self, other: Seen) -> Seen:
        """Return these statements and those of another."""
        owner = np.r_[self.owner, other.owner + self.whole.shape[0]]
        whole, beside, parts = (
            sparse.vstack([getattr(self, name), getattr(other, name)], format="csr") for name in ("whole", "beside", "parts")
        )
        said = (np.vstack([getattr(self, name), getattr(other, name)]) for name in ("roles", "themes", "clauses"))
        return Seen(whole, beside, owner, parts, *said)


@dataclass(frozen=True, slots=True)
class Weights:
    """The linear models of a coder: `(n_codes, n_features)` and `(n_codes,)` for roles and for themes."""

    role_coef: np.ndarray
    role_intercept: np.ndarray
    theme_coef: np.ndarray
    theme_intercept: np.ndarray

    def onto(self, coder: Coder) -> Coder:
        """Set them as those of a coder, and return it."""
        for name in self.__slots__:
            setattr(coder, f"{name}_", getattr(self, name))
        return coder


def see(base: StatementCoder, X: pd.DataFrame) -> Seen:
    """Return what a fitted coder sees of statements; rows that `features.context` gave keep the neighbours they had there."""
    rows = X if set(CONTEXT) <= set(X) else context(X)
    whole = base.text_.transform(rows["text"])
    beside = sparse.hstack([whole, base.context_.transform(rows)], format="csr")
    owner, parts = base.clauses_of(rows["text"])
    themes, of_parts = (np.asarray(side @ base.theme_coef_.T + base.theme_intercept_) for side in (whole, parts))
    return Seen(whole, beside, owner, parts, np.asarray(beside @ base.role_coef_.T + base.role_intercept_), themes, of_parts)

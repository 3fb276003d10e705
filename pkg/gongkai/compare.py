"""Two coders side by side on the same statements: their scores, and how sure the difference is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .intervals import Floats, bootstrap

SCORES = ("role macro-F1", "role accuracy", "theme micro-F1", "theme macro-F1", "exact theme set")
COMPARED_COLUMNS = ("score", "before", "after", "difference", "low", "high")


def compared(
    true: ArrayLike,
    before: ArrayLike,
    after: ArrayLike,
    n_roles: int,
    themed: ArrayLike,
    groups: Sequence[object] | np.ndarray,
    *,
    draws: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the scores of two coders on the same statements: `score, before, after, difference, low, high`.

    `true`, `before` and `after` are 0/1, `(n, n_codes)`, the first `n_roles` columns being roles; themes are judged on the `themed`
    statements. The scores are those of `evaluate.Evaluation.summary`. `low` and `high` hold the difference (after less before): both
    coders are scored on the same draws of whole groups (offices) with replacement, a paired cluster bootstrap; nan for one group.

    >>> true = [[1, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]]
    >>> said = [[1, 0, 1], [0, 1, 0], [0, 1, 0], [0, 1, 1]]
    >>> compared(true, said, true, 2, [True] * 4, list("abcd"))[["score", "before", "after"]].round(2).values.tolist()[1]
    ['role accuracy', 0.75, 1.0]
    """
    mask = np.ones(np.shape(true), dtype=bool)
    mask[:, n_roles:] = np.asarray(themed, bool)[:, None]
    there, *said = ((np.asarray(side) > 0) & mask for side in (true, before, after))
    exact = [(s == there)[:, n_roles:].all(axis=1) & np.asarray(themed, bool) for s in said]
    each = np.column_stack([there, themed, *(np.column_stack([there & s, s, e]) for s, e in zip(said, exact, strict=True))])
    names, place = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    parts = np.zeros((len(names), each.shape[1]))
    np.add.at(parts, place, each.astype(float))

    def both(totals: Floats) -> tuple[Floats, Floats]:
        n = there.shape[1]
        first, second = totals[:, n + 1 : 3 * n + 2], totals[:, 3 * n + 2 :]
        return _scores(totals[:, : n + 1], first, n_roles), _scores(totals[:, : n + 1], second, n_roles)

    was, now = (side[0] for side in both(parts.sum(axis=0, keepdims=True)))
    low = high = np.full(len(SCORES), np.nan)
    if len(names) > 1:
        low, high = bootstrap(parts, lambda t: np.subtract(*reversed(both(t))), confidence, draws, seed)
    return pd.DataFrame(dict(zip(COMPARED_COLUMNS, (SCORES, was, now, now - was, low, high), strict=True)))


def scores(true: ArrayLike, said: ArrayLike, n_roles: int, themed: ArrayLike) -> dict[str, float]:
    """Return the scores of one coder, as `compared` gives them of two."""
    table = compared(true, said, said, n_roles, themed, np.zeros(len(np.asarray(true)), int))
    return dict(zip(table["score"], table["after"].astype(float), strict=True))


def _scores(there: Floats, said: Floats, n: int) -> Floats:
    """Scores, draws × `SCORES`, of totals: how often each code is there, then the themed statements; hits, said, and exact sets."""
    true, themed = there[:, :-1], there[:, -1]
    codes = true.shape[1]
    hits, given, exact = said[:, :codes], said[:, codes : 2 * codes], said[:, -1]
    each = 2 * hits / np.maximum(1, true + given)
    return np.column_stack(
        [
            _mean(each[:, :n], true[:, :n] + given[:, :n] > 0),
            hits[:, :n].sum(axis=1) / np.maximum(1, true[:, :n].sum(axis=1)),
            2 * hits[:, n:].sum(axis=1) / np.maximum(1, (true + given)[:, n:].sum(axis=1)),
            _mean(each[:, n:], true[:, n:] > 0),
            exact / np.maximum(1, themed),
        ]
    )


def _mean(values: Floats, kept: NDArray[np.bool_]) -> Floats:
    return (values * kept).sum(axis=1) / np.maximum(1, kept.sum(axis=1))

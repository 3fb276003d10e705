"""From scores to a set of themes, under what the codebook or the labels say of sets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from .codebook import Codebook

_OFTEN = 10


def learned_rules(
    book: Codebook, roles: Sequence[str], themes: Sequence[str], labels: np.ndarray
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles that carry themes and the themes that stand alone; what the codebook leaves open is taken from `labels`.

    `labels` is `(n, roles + themes)` of 0 and 1.
    """
    n = len(roles)
    by_role, by_theme = labels[:, :n], labels[:, n:]
    seen = {r: bool(by_role[by_theme.any(axis=1), i].any()) for i, r in enumerate(roles)}
    themed = tuple(r for r in roles if r in book.themed_roles or (seen[r] and r not in book.themeless_roles))
    together = by_theme.T.astype(int) @ by_theme
    lone = {t for i, t in enumerate(themes) if together[i, i] >= _OFTEN and together[i].sum() == together[i, i]}
    silent = {t.id for t in book.themes if t.alone is None}
    return themed, tuple(t for t in themes if t in book.alone or (t in lone and t in silent))


def chosen_themes(scores: np.ndarray, thresholds: np.ndarray, themes: Sequence[str], alone: Sequence[str]) -> list[tuple[str, ...]]:
    """Return for each row of scores the themes over their thresholds, at least the best one; a lone theme has no company.

    >>> chosen_themes(np.array([[0.9, 0.8]]), np.array([0.5, 0.5]), ["depth", "general"], ["general"])
    [('depth',)]
    """
    if not themes:
        return [()] * len(scores)
    over = scores >= thresholds
    columns = iter(over.nonzero()[1].tolist())
    found = []
    for n, at in zip(over.sum(axis=1).tolist(), scores.argmax(axis=1).tolist(), strict=True):
        best, chosen = themes[at], [themes[c] for c in islice(columns, n)]
        if n > 1 and any(t in alone for t in chosen):
            chosen = [best] if best in alone else [t for t in chosen if t not in alone]
        found.append(tuple(chosen) if n else (best,))
    return found

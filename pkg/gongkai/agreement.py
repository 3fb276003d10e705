"""How far two coders agree: Cohen's kappa for roles, Krippendorff's alpha for each theme and for sets of themes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from .codebook import Codebook
from .labelled import codebook_of

Value = TypeVar("Value", bound=Hashable)


def nominal(a: object, b: object) -> float:
    """Distance 0 for equal values, 1 for others."""
    return float(a != b)


def masi(a: frozenset, b: frozenset) -> float:
    """Distance of two sets (0-1): Jaccard's, weighed down where neither holds the other (Passonneau 2006).

    >>> masi(frozenset("ab"), frozenset("ab")), round(masi(frozenset("a"), frozenset("ab")), 3)
    (0.0, 0.667)
    """
    if not a and not b:
        return 0.0
    both, either = len(a & b), len(a | b)
    weight = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if both else 0.0
    return 1 - weight * both / either


def krippendorff_alpha(units: Sequence[Sequence[Value]], distance: Callable[[Value, Value], float] = nominal) -> float:
    """Return Krippendorff's alpha over units, each a list of the values its coders gave (Krippendorff 2011).

    Units with fewer than two values are left out. Returns nan where no two values differ, so that nothing can be said.

    >>> round(krippendorff_alpha([[1, 1], [1, 0], [0, 0], [0, 0]]), 3)
    0.533
    """
    kept = [list(u) for u in units if len(u) > 1]
    n = sum(len(u) for u in kept)
    values: dict[Value, float] = {}
    observed = 0.0
    for unit in kept:
        for value in unit:
            values[value] = values.get(value, 0.0) + 1
        observed += sum(2 * distance(a, b) for a, b in combinations(unit, 2)) / (len(unit) - 1)
    expected = sum(2 * values[a] * values[b] * distance(a, b) for a, b in combinations(values, 2)) / (n - 1) if n > 1 else 0.0
    return 1 - observed / expected if expected else float("nan")


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Return Cohen's kappa of two coders over the same units (Cohen 1960).

    >>> cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    0.5
    """
    a, b = pd.Series(list(first)), pd.Series(list(second))
    agreed = float((a == b).mean())
    chance = float((a.value_counts(normalize=True) * b.value_counts(normalize=True)).sum())
    return (agreed - chance) / (1 - chance) if chance < 1 else float("nan")


def agreement(codings: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Return how two coders agree over a table `first_role, first_themes, second_role, second_themes`.

    A row each for roles (kappa), each theme and the sets of themes (alpha; sets by the MASI distance), with `n` cases of either coder.
    """
    sets = [[frozenset(t for t in str(c).split(";") if t) for c in codings[f"{who}_themes"]] for who in ("first", "second")]
    both = list(zip(*sets, strict=True))
    rows: list[tuple[str, str, float, int]] = [
        ("role", "kappa", cohen_kappa(codings["first_role"].tolist(), codings["second_role"].tolist()), len(codings))
    ]
    for theme in themes:
        units = [(theme in a, theme in b) for a, b in both]
        rows.append((theme, "alpha", krippendorff_alpha(units), sum(a or b for a, b in units)))
    rows.append(("theme sets", "alpha (MASI)", krippendorff_alpha(both, masi), len(both)))
    shared = sum(len(a & b) for a, b in both)
    rows.append(("themes", "micro-F1", float(2 * shared / max(1, sum(len(a) + len(b) for a, b in both))), len(both)))
    rows.append(("theme sets", "equal", float(np.mean([a == b for a, b in both])), len(both)))
    return pd.DataFrame(rows, columns=["of", "measure", "value", "n"])


def agreement_of(corpus: str | Path, codebook: Codebook | None = None) -> pd.DataFrame | None:
    """Return how far the two codings in `codings.csv` of a corpus agree, or None where it has none."""
    root = Path(corpus)
    if not (root / "codings.csv").exists():
        return None
    book = codebook or codebook_of(root)
    return agreement(pd.read_csv(root / "codings.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig"), book.theme_ids)

"""Pairs of themes: which are named together more, or less, often than their frequencies alone would bring."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import UserError
from .intervals import Floats, critical, design_effect
from .spread import UNITS, tally

PAIR_COLUMNS = (
    "role", "theme_a", "theme_b", "both", "count_a", "count_b", "n", "expected", "lift", "phi", "low", "high", "clusters",
)  # fmt: skip


def pairs(
    statements: pd.DataFrame,
    codebook: Codebook | None = None,
    unit: str = "statements",
    reports: pd.DataFrame | None = None,
    cluster: str | None = "body",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return how often two themes come together within one role: in one statement, or with unit `reports` in one report.

    A row a role and pair of themes, in the codebook's order: `role, theme_a, theme_b, both, count_a, count_b, n, expected, lift, phi,
    low, high, clusters`. `n` counts the statements of the role, or the reports; `expected` is `both` if the themes knew nothing of
    each other, count_a × count_b / n; `lift` is both / expected; `phi` is the correlation, -1 to 1, with its interval `low` to
    `high`: Fisher's z, its variance by leaving out one office at a time, its design effect drawn toward half agreement and t as in
    `intervals.shares`, and never less than that variance itself (a percentile bootstrap is far too narrow for rare themes). A theme
    that is everywhere or nowhere has no phi. Read with care: long reports name more of everything, so that in unit `reports` most
    pairs come together more than expected; the themes of one statement are chosen together by the coder, so that neighbours in the
    codebook may part for that reason. Raises UserError as `spread` does, and for other units.

    >>> rows = pd.DataFrame({"report": list("aabbcd"), "role": "problem", "themes": ["depth;channels"] * 3 + ["depth", "review", "review"]})
    >>> table = pairs(rows).query("role == 'problem' and theme_a == 'depth' and theme_b == 'channels'")
    >>> table[["both", "count_a", "count_b", "n", "expected", "lift", "phi"]].round(2).values.tolist()
    [[3.0, 4.0, 3.0, 6.0, 2.0, 1.5, 0.71]]
    """
    if unit not in UNITS:
        raise UserError(f"unit {unit!r} is not known; choose from {', '.join(UNITS)}")
    told = tally(statements, (), codebook, reports, cluster)
    themes, n_themes = told.themes, len(told.themes)
    first, second = np.triu_indices(n_themes, 1)
    by_report = told.counts("reports")[0].reshape(-1, len(told.roles), n_themes) > 0 if unit == "reports" else None
    tables = []
    for place, role in enumerate(told.roles if len(statements) or len(told.group) else ()):
        if by_report is not None:
            carries, office = by_report[:, place], told.cluster
        else:
            mine = told.role_of == place
            carries, office = told.carries[mine], told.cluster[told.report_of[mine]]
        # Office by office: how many carry both, the one, the other, and how many there are.
        order = np.argsort(office, kind="stable")
        carries, starts = carries[order], np.flatnonzero(np.diff(office[order], prepend=-1))
        one = np.add.reduceat(carries, starts, axis=0, dtype=float) if len(starts) else np.zeros((0, n_themes))
        both = np.zeros((len(starts), len(first)))
        for a in range(n_themes - 1) if len(starts) else ():
            both[:, first == a] = np.add.reduceat(carries[:, a : a + 1] & carries[:, a + 1 :], starts, axis=0, dtype=float)
        size = np.diff(starts, append=len(office)).astype(float)
        totals = both.sum(axis=0), one.sum(axis=0)[first], one.sum(axis=0)[second], float(len(office))
        low, high = _interval(both, one[:, first], one[:, second], size, confidence)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = np.divide(totals[1] * totals[2], totals[3])
            lift = np.where(expected > 0, totals[0] / expected, np.nan)
        numbers = {
            "both": totals[0], "count_a": totals[1], "count_b": totals[2], "n": totals[3], "expected": expected, "lift": lift,
            "phi": _phi(*totals), "low": low, "high": high, "clusters": len(starts),
        }  # fmt: skip
        keys = [(role, themes[a], themes[b]) for a, b in zip(first, second, strict=True)]
        tables.append(pd.DataFrame(keys, columns=list(PAIR_COLUMNS[:3])).assign(**numbers))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(PAIR_COLUMNS))
    return table[list(PAIR_COLUMNS)].astype(dict.fromkeys(("both", "count_a", "count_b", "n", "clusters"), "int64"))


def _phi(both: Floats, a: Floats, b: Floats, n: Floats | float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = (n * both - a * b) / np.sqrt(a * (n - a) * b * (n - b))
    return np.where(np.isfinite(phi), phi, np.nan)


def _interval(both: Floats, a: Floats, b: Floats, size: Floats, confidence: float) -> tuple[Floats, Floats]:
    offices, n = len(size), size.sum()
    nothing = np.full(both.shape[1], np.nan)
    if offices < 2:
        return nothing, nothing
    phi = _phi(both.sum(axis=0), a.sum(axis=0), b.sum(axis=0), n)
    without = _phi(both.sum(axis=0) - both, a.sum(axis=0) - a, b.sum(axis=0) - b, (n - size)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        # The variance of Fisher's z, by the jackknife; in a simple sample it would be 1 / n.
        variance = (offices - 1) / offices * np.nansum((without - phi) ** 2, axis=0) / (1 - phi**2) ** 2
        weighted = (size**2).sum() / n
        carriers = np.minimum((a > 0).sum(axis=0), (b > 0).sum(axis=0))
        error = np.sqrt(np.fmax(design_effect(variance * n, weighted, carriers) / n, variance))
        reach = critical(confidence, np.inf if weighted == 1 else n / weighted - 1) * error
        middle = np.arctanh(phi)
        low, high = np.tanh(middle - reach), np.tanh(middle + reach)
    return np.where(np.abs(phi) < 1, low, nothing), np.where(np.abs(phi) < 1, high, nothing)

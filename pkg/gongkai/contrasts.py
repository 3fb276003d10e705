"""Differences: how the groups of one column differ in what they admit and promise, each pair of groups, with intervals and p values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import UserError
from .intervals import Floats, Shares, adjusted
from .spread import LEAST, LEAST_CLUSTERS, UNITS, RowCounts, Tally, tally
from .sums import Grouped

CONTRAST_COLUMNS = (
    "group_a", "group_b", "role", "theme", "unit", "share_a", "share_b", "difference", "low", "high", "p", "p_adjusted", "small",
)  # fmt: skip
MOST_GROUPS = 60
_LEAST_P = 1e-15
_DOUBT = 5
_HALVINGS = 30
# Numbers of offices and groups to hold at a time.
_PULLS = 8_000_000


def differences(
    statements: pd.DataFrame,
    by: str,
    codebook: Codebook | None = None,
    reports: pd.DataFrame | None = None,
    cluster: str | None = "body",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the differences of theme shares between all pairs of groups of one column, `share_a - share_b`, a share in -1 to 1.

    A row a pair of groups, role, theme and unit: `group_a, group_b, role, theme, unit, share_a, share_b, difference, low, high, p,
    p_adjusted, small`; groups and shares as in `spread`, `small` where the share of either group is small there. The interval is
    recovered from those of the two shares (MOVER: Newcombe 1998; Zou & Donner 2008), less what offices that are in both groups, as
    in two years, have in common. `p` belongs to it: it is below 0.05 where the 95 % interval leaves out 0. What cannot differ, as
    nothing or everything in both groups has the theme, has no `p` and, as in `trend`, counts as no look. `p_adjusted` controls the
    share of false findings (Benjamini & Hochberg 1995) over the other rows of a unit: what Williams, Jones & Tukey (1999) advise for all
    pairs of many groups; Holm's control of any false finding would hide most of what hundreds of comparisons can show. Raises
    UserError as `spread` does, for one group and for more than 60.

    >>> rows = pd.DataFrame({"report": list("abcdefgh"), "level": ["乡镇"] * 4 + ["街道"] * 4, "role": "problem",
    ...                      "themes": [["depth"]] * 4 + [["channels"]] * 4})
    >>> table = differences(rows, "level").query("role == 'problem' and theme == 'depth' and unit == 'reports'")
    >>> table[["group_a", "group_b", "difference", "low", "high"]].round(2).values.tolist()
    [['乡镇', '街道', 1.0, 0.31, 1.0]]
    """
    return between(tally(statements, [by], codebook, reports, cluster), confidence)


def between(told: Tally | Grouped, confidence: float = 0.95, units: Sequence[str] = UNITS) -> pd.DataFrame:
    """Return the table of `differences`, or that of some units, from what is grouped by one column already."""
    by = told.by[0]
    if len(told.keys) > MOST_GROUPS:
        raise UserError(f"{by} has {len(told.keys)} groups; compare at most {MOST_GROUPS}: choose some, or a coarser column")
    if len(told.keys) == 1:
        only = told.keys[0][0]
        unknown = pd.Series([only], dtype=object).isna().all() or only == ""
        said = f"{by} is unknown for all reports" if unknown else f"{by} has one group only, {only}"
        raise UserError(f"{said}; a difference needs two groups")
    pairs = list(combinations(range(len(told.keys)), 2))
    cells = [(r, t) for r in told.roles for t in told.themes]
    tables = []
    for unit in units:
        a, b = (np.array([pair[n] for pair in pairs], int) for n in (0, 1))
        found = told.shares(unit)
        common = _common(told, unit, found, pairs)
        gap = found.share[a] - found.share[b]
        low, high = _ends(found, a, b, common, np.full(gap.shape, confidence))
        small = (found.denominator < LEAST) | (found.clusters < LEAST_CLUSTERS)
        numbers = {
            "share_a": found.share[a], "share_b": found.share[b], "difference": gap, "low": low, "high": high,
            "p": _p(found, a, b, common, gap), "small": small[a] | small[b],
        }  # fmt: skip
        keys = [(told.keys[i][0], told.keys[j][0], r, t, unit) for i, j in pairs for r, t in cells]
        table = pd.DataFrame(keys, columns=list(CONTRAST_COLUMNS[:5])).assign(**{k: v.ravel() for k, v in numbers.items()})
        tables.append(table.assign(p_adjusted=adjusted(table["p"])))
    return pd.concat(tables, ignore_index=True)[list(CONTRAST_COLUMNS)]


def _common(told: Tally | Grouped, unit: str, found: Shares, pairs: list[tuple[int, int]]) -> Floats:
    """The correlation of the shares of each pair through the offices that are in both groups: pairs × (role, theme)."""
    cells, counts = found.share.shape[1], told.row_counts(unit)
    width = max(1, _PULLS // max(1, len(told.group)))
    return np.concatenate([_common_of(told, counts, found, pairs, slice(n, n + width)) for n in range(0, cells, width)], axis=1)


def _common_of(told: Tally | Grouped, counts: RowCounts, found: Shares, pairs: list[tuple[int, int]], cells: slice) -> Floats:
    share, size = found.share[:, cells], found.denominator[:, cells]
    offices, pull = [], []
    for g in range(len(told.keys)):
        mine = np.flatnonzero(told.group == g)
        count, denominator = (x[:, cells] for x in counts(mine))
        with np.errstate(divide="ignore", invalid="ignore"):
            pulls = np.nan_to_num((count - share[g] * denominator) / size[g])
        office, place = np.unique(told.cluster[mine], return_inverse=True)
        offices.append(office)
        pull.append(np.zeros((len(office), share.shape[1])))
        np.add.at(pull[-1], place.ravel(), pulls)
    out = np.zeros((len(pairs), share.shape[1]))
    squares = [np.sum(p**2, axis=0) for p in pull]
    # Few offices in both groups may seem to move together by chance, and then the interval would be too narrow.
    for n, (i, j) in enumerate(pairs):
        shared, left, right = np.intersect1d(offices[i], offices[j], assume_unique=True, return_indices=True)
        if len(shared):
            with np.errstate(divide="ignore", invalid="ignore"):
                r = np.nan_to_num(np.sum(pull[i][left] * pull[j][right], axis=0) / np.sqrt(squares[i] * squares[j]))
            out[n] = r * len(shared) / (len(shared) + _DOUBT)
    return out


def _ends(found: Shares, a: np.ndarray, b: np.ndarray, common: Floats, confidence: Floats) -> tuple[Floats, Floats]:
    one, two = (Shares(*(getattr(found, f)[i] for f in ("count", "denominator", "clusters", "effective", "df"))) for i in (a, b))
    (low_a, high_a), (low_b, high_b) = one.interval(confidence), two.interval(confidence)
    gap = one.share - two.share
    down_a, up_a, down_b, up_b = one.share - low_a, high_a - one.share, two.share - low_b, high_b - two.share
    below = np.sqrt(np.maximum(down_a**2 + up_b**2 - 2 * common * down_a * up_b, 0))
    above = np.sqrt(np.maximum(up_a**2 + down_b**2 - 2 * common * up_a * down_b, 0))
    return np.maximum(gap - below, -1), np.minimum(gap + above, 1)


def _p(found: Shares, a: np.ndarray, b: np.ndarray, common: Floats, gap: Floats) -> Floats:
    """The level at which the interval touches 0, found by halving; none where both shares are 0, or both 1."""
    least, most = np.full(gap.shape, np.log(_LEAST_P)), np.zeros(gap.shape)
    for _ in range(_HALVINGS):
        middle = (least + most) / 2
        low, high = _ends(found, a, b, common, np.minimum(-np.expm1(middle), 1 - _LEAST_P))
        out = (low > 0) | (high < 0)
        least, most = np.where(out, least, middle), np.where(out, middle, most)
    same = (gap == 0) & np.isin(found.share[a], (0, 1))
    return np.where(same | np.isnan(gap) | np.isnan(low), np.nan, np.exp(most))

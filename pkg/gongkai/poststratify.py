"""The share that coding everything by hand would give, estimated from machine codes of all and hand codes of some."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .intervals import Floats, critical, shares

# What the machine says of a unit: not the role, the role without the theme, both.
NOT_ROLE, NO_THEME, THEME = 0, 1, 2
# Kerman's (2011) neutral prior of a proportion: its median is all but the observed share.
_NEUTRAL = 1 / 3
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval, NaN where `method` says why not: `sampled` units, drawn in `clusters`, and their design effect."""

    share: float
    low: float
    high: float
    sampled: int
    clusters: int
    method: str
    effect: float = 1.0


def none(reason: str, sampled: int = 0, clusters: int = 0) -> Estimate:
    """Return the estimate that cannot be made, with the reason."""
    return Estimate(np.nan, np.nan, np.nan, sampled, clusters, f"not estimated: {reason}")


def estimate(
    machine: Ints,
    at: Ints,
    role: Bools,
    theme: Bools,
    weight: Floats,
    drawn: Ints | None = None,
    office: Ints | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate the share of the units of a role that carry a theme, with an interval for the units there are.

    `machine` holds for each unit 0 (not the role), 1 (the role without the theme) or 2 (both). `at` are the places of the units coded
    by hand; `role` and `theme` (implies the role) what people said of them, `weight` how many units each stands for, `drawn` the
    cluster it was drawn in (-1: known without drawing; None: each was drawn by itself). With `office`, the office of each unit, the
    interval is for offices like these.

    The units are post-stratified by the machine's code. For a 0/1 coder that is prediction-powered inference with power tuning
    (Angelopoulos et al. 2023; PPI++, 2023), the regression estimator of survey sampling (Särndal, Swensson & Wretman 1992); here of a
    ratio, as roles are coded with error too. A code of the machine that no hand-coded unit has is merged with its neighbour. How often
    people say role and theme within a code are rates with limits of their own, from the neutral prior Beta(1/3, 1/3) and an effective
    number of units: Kish's for the weights, with finite population correction, over the design effect of the clusters (linearised
    variance between clusters; at least 1), and t with one degree less than clusters. The limits are joined by recovering variances
    (MOVER; Zou, Huang & Zhang 2009). So the interval stays in 0-1, has a width where the sample shows no error, and none where all
    is coded. For offices like these it is joined with the interval that `intervals.shares` gives for the corrected totals of offices.

    >>> machine = np.array([2] * 20 + [1] * 80)
    >>> at = np.array([0, 1, 2, 3, 20, 21, 22, 23, 24, 25])
    >>> theme = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 1], bool)
    >>> found = estimate(machine, at, np.ones(10, bool), theme, np.full(10, 10.0))
    >>> round(found.share, 4)  # 0.2 * 3/4 + 0.8 * 1/6
    0.2833
    """
    units = np.full(len(at), True) if drawn is None else drawn >= 0
    sampled = int(units.sum())
    if not sampled:
        return none("nothing of this group is in the sample")
    clusters = sampled if drawn is None else len(np.unique(drawn[units]))
    cell, merged = _merged(machine, at)
    size, here = np.bincount(cell, minlength=3).astype(float), cell[at]
    w = weight * over(size, np.bincount(here, weight, 3), 0)[here]
    n = np.where(size > 0, over(size**2, np.bincount(here, w * np.maximum(w - 1, 0), 3), np.inf), 0)
    b, a = (over(np.bincount(here, w * x, 3), size, 0) for x in (role, theme))
    roles = float(size @ b)
    if not roles:
        return none("no hand-coded statement of this group has the role", sampled, clusters)
    share, whole = float(size @ a) / roles, bool(np.isinf(n[size > 0]).all())
    effect, method = 1.0, "prediction-powered" + (", machine codes merged" if merged else "")
    if drawn is not None and not whole:
        if clusters < 2:
            return none("one cluster drawn says nothing of the others", sampled, clusters)
        z = w * (theme - a[here] - share * (role - b[here]))
        sums = np.bincount(np.unique(drawn[units], return_inverse=True)[1], z[units])
        effect = max(1.0, float(over(sums.var() * clusters**2 / (clusters - 1), z @ z, 1)))
        method += f", design effect {effect:.1f}"
    low = high = share
    if not whole:
        low, high = limits(size, n / effect, b, over(a, b, 0), float(critical(confidence, max(clusters - 1, 1))))
    if office is not None:
        place = np.unique(office, return_inverse=True)[1]
        clusters = int(place.max()) + 1
        theme_of, role_of = (
            np.bincount(place, rate[cell]) + np.bincount(place[at], w * (x - rate[here]), clusters) for rate, x in ((a, theme), (b, role))
        )
        one_row_each = np.asarray(theme_of, float)[:, None], np.asarray(role_of, float)[:, None]
        least, most = (end.item() for end in shares(*one_row_each, np.zeros(1, np.int64)).interval(confidence))
        if np.isnan(least):
            return none("one office says nothing of others like it", sampled, clusters)
        low, high = min(low, least), max(high, most)
    # Rounding must not put the share itself outside.
    share = min(share, 1.0)
    return Estimate(share, min(low, share), max(high, share), sampled, clusters, "all coded by hand" if whole else method, effect)


def limits(size: Floats, n: Floats, role: Floats, theme: Floats, quantile: float) -> tuple[float, float]:
    """Return the ends for a share over cells of `size` units: the rates `role`, and `theme` of these, were seen on `n` units each.

    `n` may be infinite (all are known) and is no whole number where it is an effective size; `quantile` is that of t or z.
    """
    part = size / (size @ role)
    share = float(part * role @ theme)
    seen = np.where(role > 0, n, 0) * role
    # A cell that hardly shows the role hardly shows its themes: whoever of the role was missed there may have the theme or not.
    unknown = 0.5 / (seen + 0.5)
    rates, counts = np.concatenate([theme, role]), np.concatenate([seen, n])
    low, high = _ends(rates, counts, quantile)
    ends = []
    for sign, missed in ((-1, 0.0), (1, 1.0)):
        moves = sign * np.concatenate([part * role, part * (theme + unknown * (missed - theme) - share)])
        ends.append(share + sign * float(np.sum((moves * np.where(moves > 0, high - rates, rates - low)) ** 2)) ** 0.5)
    return max(0.0, ends[0]), min(1.0, ends[1])


def enough(size: Floats, role: Floats, theme: Floats, width: float, quantile: float, effect: float = 1.0) -> int:
    """Return the smallest number of units to code for an interval of `width` to either side, where rates are as told at `limits`."""
    n = int(size.sum())

    def narrow(drawn: int) -> bool:
        low, high = limits(size, over(drawn * size / n, (1 - drawn / n) * effect, np.inf), role, theme, quantile)
        return high - low <= 2 * width

    return 1 + bisect_left(range(1, n), True, key=narrow)


def over(a: ArrayLike, b: ArrayLike, otherwise: float) -> Floats:
    """Divide, with a value of its own where there is nothing to divide by."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    return np.where(b == 0, otherwise, np.divide(a, np.where(b == 0, 1, b)))


def _ends(rate: Floats, n: Floats, quantile: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv, ndtr

    known = np.isinf(n)
    n = np.where(known, 1, n)
    yes, no, tail = rate * n + _NEUTRAL, (1 - rate) * n + _NEUTRAL, float(ndtr(-quantile))
    # For few units the prior's quantiles may leave out the rate that was seen.
    low, high = np.minimum(betaincinv(yes, no, tail), rate), np.maximum(betaincinv(yes, no, 1 - tail), rate)
    return np.where(known, rate, low), np.where(known, rate, high)


def _merged(machine: Ints, at: Ints) -> tuple[Ints, bool]:
    """The machine's codes, merged until each has a hand-coded unit: first those of the role, then all."""
    for cell in (machine, np.minimum(machine, NO_THEME), np.zeros_like(machine)):
        if not (np.bincount(cell, minlength=3) > 0)[np.bincount(cell[at], minlength=3) == 0].any():
            break
    return cell, cell is not machine

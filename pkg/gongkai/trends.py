"""Trends: by how much the share of each theme changes a year, with errors that respect who wrote what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import UserError
from .intervals import Floats, adjusted, critical
from .spread import LEAST, LEAST_CLUSTERS, UNITS, check_columns, tally

TREND_COLUMNS = (
    "role", "theme", "unit", "first_year", "last_year", "years", "change", "low", "high", "p", "p_adjusted",
    "reports", "undated", "clusters", "small",
)  # fmt: skip
LEAST_YEARS = 3


def trend(
    statements: pd.DataFrame,
    codebook: Codebook | None = None,
    reports: pd.DataFrame | None = None,
    cluster: str | None = "body",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the change a year of the share of each theme and role, of reports and of statements; -0.02 is two points less each year.

    A row a role, theme and unit: `role, theme, unit, first_year, last_year, years, change, low, high, p, p_adjusted, reports, undated,
    clusters, small`. `years` counts the years there are, `reports` those with a year, `undated` those left out for want of one,
    `clusters` the offices. `change` is the slope of a straight line through reports (0 or 1), or through statements, against the
    year (linear probability model), so it tells of change on average between first and last year; offices of other years are other
    offices, and a change of who reports is a change too. Its error lets the reports of one office depend on each other in whatever
    way (Liang & Zeger 1986; the small-sample factor and t with one degree less than offices as in Cameron & Miller 2015). No error,
    and so no `p`, where a theme is in all or none of what is counted, or one office wrote it. `p_adjusted` holds the share of false
    findings over those themes and roles of a unit that have a `p` (Benjamini & Hochberg 1995). `small`: fewer than 3 offices or 5 in
    the denominator. Raises UserError as `spread` does, where there is no column `year`, and for fewer than 3 years.

    >>> rows = pd.DataFrame({"report": list("abcdef"), "year": [2019, 2019, 2020, 2020, 2021, 2021], "role": "problem",
    ...                      "themes": [["depth"], ["depth"], ["depth"], ["channels"], ["channels"], ["channels"]]})
    >>> table = trend(rows).query("role == 'problem' and theme == 'depth' and unit == 'reports'")
    >>> table[["first_year", "last_year", "change"]].values.tolist()
    [[2019.0, 2021.0, -0.5]]
    """
    about = statements if reports is None else reports
    check_columns(about, ["year"])
    told = tally(statements, ["year"], codebook, reports, cluster)
    years = pd.to_numeric(pd.Series([k[0] for k in told.keys], dtype=object), errors="coerce").to_numpy(float)[told.group]
    dated = ~np.isnan(years)
    known = np.unique(years[dated])
    if len(years) and len(known) < LEAST_YEARS:
        said = ", ".join(f"{y:.0f}" for y in known) or "none"
        raise UserError(f"a trend needs reports of at least {LEAST_YEARS} years; the years are: {said}")
    cells = [(r, t) for r in told.roles for t in told.themes] if len(years) else []
    tables = []
    for unit in UNITS:
        count, denominator = (x[dated][:, : len(cells)] for x in told.counts(unit))
        change, error, offices = _slopes(years[dated], count, denominator, told.cluster[dated])
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = critical(confidence, np.maximum(offices - 1, 1)) * error
            p = _two_sided(np.abs(change) / error, offices - 1)
        numbers = {
            "first_year": int(known[0]) if len(known) else 0, "last_year": int(known[-1]) if len(known) else 0, "years": len(known),
            "change": change, "low": change - reach, "high": change + reach, "p": p, "p_adjusted": adjusted(p),
            "reports": int(dated.sum()), "undated": int((~dated).sum()), "clusters": offices.astype(np.int64),
            "small": (denominator.sum(axis=0) < LEAST) | (offices < LEAST_CLUSTERS),
        }  # fmt: skip
        tables.append(pd.DataFrame([(r, t, unit) for r, t in cells], columns=list(TREND_COLUMNS[:3])).assign(**numbers))
    return pd.concat(tables, ignore_index=True)[list(TREND_COLUMNS)]


def _slopes(year: Floats, count: Floats, size: Floats, cluster: np.ndarray) -> tuple[Floats, Floats, Floats]:
    """Slopes of count / size on the year, weighted by size, with the errors clustered by office, and the number of offices."""
    offices, office = np.unique(cluster, return_inverse=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = size.sum(axis=0)
        away = year[:, None] - (size * year[:, None]).sum(axis=0) / n
        square = (size * away**2).sum(axis=0)
        change = (away * count).sum(axis=0) / square
        pull = away * (count - size * (count.sum(axis=0) / n + change * away))
        pulls, written = np.zeros((len(offices), len(n))), np.zeros((len(offices), len(n)))
        np.add.at(pulls, office.ravel(), pull)
        np.add.at(written, office.ravel(), size)
        clusters = (written > 0).sum(axis=0).astype(float)
        error = np.sqrt((pulls**2).sum(axis=0) * clusters / (clusters - 1) * (n - 1) / (n - 2)) / square
    # Where nothing varies the error would be 0, or what rounding left of it.
    varies = (count.sum(axis=0) > 0) & (count.sum(axis=0) < n) & (clusters > 1) & (error > 1e-12)
    return change, np.where(varies, error, np.nan), clusters


def _two_sided(t: Floats, df: Floats) -> Floats:
    from scipy.special import stdtr

    return 2 * stdtr(np.maximum(df, 1), -t)

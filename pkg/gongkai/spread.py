"""How themes spread: shares over reports and over statements, for each role, by any columns, with intervals over offices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codebook import Codebook, load_codebook
from .errors import UserError
from .intervals import Floats, Ints, Shares, shares

SPREAD_COLUMNS = ("role", "theme", "unit", "count", "denominator", "share", "low", "high", "clusters", "small")
UNITS = ("reports", "statements")
# Below these a share is a story about a few reports.
LEAST, LEAST_CLUSTERS = 5, 3
# Counts and denominators of some rows.
RowCounts = Callable[[Ints], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Coded statements as arrays, for whatever counts them.

    A report is a row of `group` (place in `keys`) and `cluster` (its office); one that several groups share (`by` a column of
    statements) is a row in each. A statement is a row of `report_of` (row of its report), `role_of` (place in `roles`, -1 for a role
    that carries no theme) and `carries` (statements × themes).
    """

    by: tuple[str, ...]
    keys: tuple[tuple[object, ...], ...]
    roles: tuple[str, ...]
    themes: tuple[str, ...]
    reports: pd.Series
    group: Ints
    cluster: Ints
    report_of: Ints
    role_of: Ints
    carries: NDArray[np.bool_]

    def counts(self, unit: str) -> tuple[Floats, Floats]:
        """Return counts and denominators by report: reports × (role, theme), themes running fastest; 0 or 1 for unit `reports`."""
        n, themed = len(self.group) * len(self.roles), self.role_of >= 0
        place = (self.report_of * len(self.roles) + self.role_of)[themed]
        carries = self.carries[themed]
        found = np.stack([np.bincount(place[carries[:, t]], minlength=n) for t in range(len(self.themes))], axis=1)
        shape = (len(self.group), len(self.roles) * len(self.themes))
        if unit == "reports":
            return (found > 0).reshape(shape).astype(float), np.ones(shape)
        of_role = np.bincount(place, minlength=n)
        return found.reshape(shape).astype(float), np.repeat(of_role.reshape(-1, len(self.roles)), len(self.themes), axis=1).astype(float)

    def row_counts(self, unit: str) -> RowCounts:
        """Return what gives `counts` of some rows; all are counted once."""
        count, denominator = self.counts(unit)
        return lambda rows: (count[rows], denominator[rows])

    def shares(self, unit: str) -> Shares:
        """Return the shares of the groups, groups × (role, theme)."""
        if not len(self.group):
            nothing = np.zeros((len(self.keys), len(self.roles) * len(self.themes)))
            return Shares(nothing, nothing, nothing, nothing, nothing)
        pairs, office = np.unique(np.stack([self.group, self.cluster], axis=1), axis=0, return_inverse=True)
        starts = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
        count, denominator = (_summed(x, office.ravel(), len(pairs)) for x in self.counts(unit))
        return shares(count, denominator, starts)


def themes_of(cell: object) -> list[str]:
    """Return the themes in a cell of the `themes` column: a list, or a `;`-joined text as in CSV and Excel."""
    if isinstance(cell, str):
        return [t for t in cell.split(";") if t]
    return [] if cell is None or cell is pd.NA or isinstance(cell, float) else [str(t) for t in cell]  # type: ignore[attr-defined]


def check_columns(frame: pd.DataFrame, needed: Iterable[str]) -> None:
    """Raise UserError, naming the columns that are not there and those that are."""
    if lacking := [c for c in needed if c not in frame]:
        raise UserError(f"no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")


def spread(
    statements: pd.DataFrame,
    by: Sequence[str] = (),
    codebook: Codebook | None = None,
    reports: pd.DataFrame | None = None,
    *,
    cluster: str | None = "body",
    confidence: float = 0.95,
    suppress: bool = False,
) -> pd.DataFrame:
    """Return theme shares as a tidy table: `*by, role, theme, unit, count, denominator, share, low, high, clusters, small`.

    A row a group, role, theme and unit; shares in 0-1. Unit `statements`: statements of the role that carry the theme, over all
    statements of the role in the group. Unit `reports`: reports of the group with such a statement, over the reports of the group
    that had a coded section: those in `reports` (a row a report, which then tells their groups and offices) where it is given, else
    those in `statements`. Groups of unknown (`by` is empty there) are kept as their own group. Every theme of the codebook has its
    row, with a count of 0 too.

    `low` and `high` hold the share of offices like these at the `confidence`, and know nothing of the coder's mistakes; how is told
    at `intervals.shares`. `clusters` are the offices behind the denominator: the values of the column `cluster`; a report of an
    unknown office, and every report where there is no column `body`, or `cluster` is None, is an office of its own. `small` marks
    rows of a denominator below 5 or of fewer than 3 offices; `suppress` empties their count, share and interval. Where one office
    alone wrote all that is counted, and more than one of it, there is no interval. Raises UserError for columns that are not there,
    for themes and roles of another codebook and for statements of reports that `reports` lacks.

    >>> rows = pd.DataFrame({"report": ["a", "a", "b"], "role": ["problem"] * 3, "themes": [["depth"], ["depth"], ["channels"]]})
    >>> table = spread(rows)
    >>> table[(table.theme == "depth") & (table.role == "problem")][["unit", "count", "denominator"]].values.tolist()
    [['reports', 1, 2], ['statements', 2, 3]]
    """
    told = tally(statements, by, codebook, reports, cluster)
    check_groups(told.by)
    return share_table(told.by, told.keys, told.roles, told.themes, [told.shares(u) for u in UNITS], confidence, suppress)


def check_groups(by: Iterable[str]) -> None:
    """Raise UserError for columns to group by that the table of shares has itself."""
    if taken := [c for c in by if c in SPREAD_COLUMNS]:
        raise UserError(f"cannot group by {', '.join(taken)}: the table has a column of that name; rename yours")


def share_table(
    by: Sequence[str],
    groups: Sequence[tuple[object, ...]],
    roles: Sequence[str],
    themes: Sequence[str],
    found: Sequence[Shares],
    confidence: float,
    suppress: bool,
) -> pd.DataFrame:
    """Return the table of `spread` from the shares of each unit, groups × (role, theme)."""
    cells = [(r, t) for r in roles for t in themes]
    rows, place = len(cells) * len(UNITS), np.tile(np.arange(len(cells) * len(UNITS)), len(groups))
    columns: dict[str, Any] = {c: pd.Series([k[n] for k in groups]).repeat(rows).reset_index(drop=True) for n, c in enumerate(by)}
    for n, name in enumerate(("role", "theme")):
        columns[name] = pd.Series([cell[n] for cell in cells for _ in UNITS]).take(place).reset_index(drop=True)
    columns["unit"] = pd.Series(list(UNITS) * len(cells)).take(place).reset_index(drop=True)
    ends = [f.interval(confidence) for f in found]
    numbers = {
        "count": [f.count for f in found], "denominator": [f.denominator for f in found], "share": [f.share for f in found],
        "low": [low for low, _ in ends], "high": [high for _, high in ends], "clusters": [f.clusters for f in found],
    }  # fmt: skip
    columns |= {name: np.stack(values, axis=-1).ravel() for name, values in numbers.items()}
    table = pd.DataFrame(columns, columns=[*by, *SPREAD_COLUMNS]).astype(dict.fromkeys(("count", "denominator", "clusters"), "int64"))
    table["small"] = (table["denominator"] < LEAST) | (table["clusters"] < LEAST_CLUSTERS)
    if suppress:
        table["count"] = table["count"].astype("Int64")
        table.loc[table["small"], "count"] = pd.NA
        table.loc[table["small"], ["share", "low", "high"]] = np.nan
    return table


def tally(
    statements: pd.DataFrame,
    by: Sequence[str] = (),
    codebook: Codebook | None = None,
    reports: pd.DataFrame | None = None,
    cluster: str | None = "body",
) -> Tally:
    """Bring coded statements into arrays, for `spread` and all that counts like it; errors as there."""
    book, by = codebook or load_codebook(), (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    check_columns(statements, ["report", "role", "themes", *(by if reports is None else ())])
    if reports is None:
        # A column of statements, such as `kind`, may put one report into several groups.
        group, keys = groups_of(statements, by)
        rows = pd.DataFrame({"report": statements["report"].to_numpy(), "group": group})
        report_of = rows.groupby(["report", "group"], dropna=False, sort=False).ngroup().to_numpy()
        first = ~rows.duplicated().to_numpy()
        listed, group = statements[first], group[first]
    else:
        check_columns(reports, ["report", *by])
        listed = reports.drop_duplicates("report")
        group, keys = groups_of(listed, by)
        report_of = pd.Index(listed["report"]).get_indexer(statements["report"])
        if (report_of < 0).any():
            stray = sorted(set(statements["report"][report_of < 0].map(str)))
            raise UserError(f"{len(stray)} reports have statements but no row in `reports`, {stray[0]} first; give a row for each")
    roles = tuple(r for r in book.role_ids if r not in book.themeless_roles)
    names = [themes_of(cell) for cell in statements["themes"]]
    check_known("themes", set(chain.from_iterable(names)), book.theme_ids, book)
    check_known("roles", set(statements["role"].dropna()), book.role_ids, book)
    places = {t: n for n, t in enumerate(book.theme_ids)}
    carries = np.zeros((len(statements), len(places)), bool)
    carries[np.repeat(np.arange(len(names)), [len(n) for n in names]), [places[t] for t in chain.from_iterable(names)]] = True
    role_of = statements["role"].map({r: n for n, r in enumerate(roles)}).fillna(-1).to_numpy(np.int64)
    return Tally(
        by, keys, roles, book.theme_ids, listed["report"], group, offices_of(listed, statements, cluster), report_of, role_of, carries
    )


def check_known(what: str, given: set[str], known: Sequence[str], book: Codebook) -> None:
    """Raise UserError for themes or roles that are not in the codebook."""
    if unknown := sorted(map(str, given - set(known))):
        said = f"the statements have {what} that are not in the codebook (v{book.version}): {', '.join(unknown)}"
        raise UserError(f"{said}; give the codebook they were coded with")


def groups_of(listed: pd.DataFrame, by: tuple[str, ...]) -> tuple[Ints, tuple[tuple[object, ...], ...]]:
    """Return the place of each row's group among the sorted keys, and the keys; the unknown of a column are one key."""
    if not by:
        return np.zeros(len(listed), np.int64), ((),)
    try:
        group = listed.groupby(list(by), dropna=False, sort=True).ngroup().to_numpy()
    except TypeError as error:
        raise UserError(f"cannot group by {', '.join(by)} ({error}); group by columns of plain texts or numbers") from error
    firsts = np.unique(group, return_index=True)[1]
    return group, tuple(zip(*(listed[c].iloc[firsts].tolist() for c in by), strict=True))


def offices_of(listed: pd.DataFrame, statements: pd.DataFrame, cluster: str | None) -> Ints:
    """Return the office of each report as a number; one of its own for a report whose office nobody knows."""
    ids = listed["report"].factorize()[0]
    if cluster in listed:
        named = listed[cluster]
    elif cluster in statements:
        named = listed["report"].map(statements.dropna(subset=[cluster]).drop_duplicates("report").set_index("report")[cluster])
    elif cluster is None or cluster == "body":
        return ids
    else:
        raise UserError(f"no column {cluster}; there are: {', '.join(map(str, statements.columns))}")
    codes, known = named.mask(named.eq("").fillna(False)).factorize()
    return np.where(codes < 0, ids + len(known), codes)


def _summed(values: Floats, place: Ints, n: int) -> Floats:
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(n))
    return np.add.reduceat(values[order], starts, axis=0)

"""Counts of coded statements added up by office and group, a piece at a time, for shares of any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .intervals import Floats, Ints, Shares, shares
from .spread import UNITS, RowCounts, Tally, groups_of, share_table

# Rows of offices whose intervals are made at a time, and by how much the table of sums grows.
_ROWS, _GROWS = 50_000, 1.25
_NOBODY = 2**32 - 1


class Sums:
    """Counts by group and office, of all that was added: in memory stands a row an office and group.

    A row holds, by role and theme, the reports and the statements that carry it; the reports; by role its statements and the reports
    that have one. An office that nobody knows is another one each time.
    """

    def __init__(self, by: Sequence[str], roles: Sequence[str], themes: Sequence[str], whole: Iterable[str] = ()) -> None:
        self.by, self.roles, self.themes = tuple(by), tuple(roles), tuple(themes)
        self._whole = frozenset(whole)
        self._groups: dict[tuple[object, ...], int] = {}
        self._offices: dict[object, int] = {}
        self._unknown = 0
        self._rows: dict[int, int] = {}
        cells = len(self.roles) * len(self.themes)
        self._at = np.cumsum([0, cells, cells, 1, len(self.roles), len(self.roles)])
        self._sums: NDArray[np.uint32] = np.zeros((0, self._at[-1]), np.uint32)

    def __len__(self) -> int:
        """How many offices and groups there are."""
        return len(self._rows)

    def add(self, told: Tally, names: pd.Series | None) -> None:
        """Add the statements of some reports, grouped by the same columns; `names` are the offices of the reports, None: nobody's."""
        if not len(told.group):
            return
        pairs, place = np.unique(told.group * (int(told.cluster.max()) + 1) + told.cluster, return_inverse=True)
        firsts, n = np.unique(place, return_index=True)[1], len(pairs)
        roles, themes = len(self.roles), len(self.themes)
        themed = told.role_of >= 0
        cell = told.report_of[themed] * roles + told.role_of[themed]
        statement, theme = np.divmod(np.flatnonzero(told.carries[themed].ravel()), themes)
        carrier = cell[statement] * themes + theme
        seen, spoken = np.zeros(len(told.group) * roles * themes, bool), np.zeros(len(told.group) * roles, bool)
        seen[carrier] = spoken[cell] = True
        found = np.concatenate(
            [
                _by_office(np.flatnonzero(seen), roles * themes, place, n),
                _by_office(carrier, roles * themes, place, n),
                np.bincount(place, minlength=n)[:, None],
                _by_office(cell, roles, place, n),
                _by_office(np.flatnonzero(spoken), roles, place, n),
            ],
            axis=1,
        )
        at = self._rows_of(told.group[firsts], told.keys, None if names is None else names.iloc[firsts])
        self._grow()
        self._sums[at] += found.astype(np.uint32)

    def merge(self, other: Sums) -> None:
        """Add the sums of other reports, made by the same columns, roles and themes."""
        if not self._rows:
            self._groups, self._offices, self._unknown = other._groups, other._offices, other._unknown
            self._rows, self._sums = other._rows, other._sums
            return
        groups = [self._groups.setdefault(k, len(self._groups)) for k in other._groups]
        names = {number: self._offices.setdefault(name, len(self._offices)) for name, number in other._offices.items()}
        # What nobody knows goes on being numbered from the other end.
        rows = ((groups[k >> 32], names.get(k & _NOBODY, (k & _NOBODY) - self._unknown)) for k in other._rows)
        at = [self._rows.setdefault(group << 32 | office, len(self._rows)) for group, office in rows]
        self._unknown += other._unknown
        self._grow()
        self._sums[at] += other._sums[: len(at)]

    def _grow(self) -> None:
        if len(self._rows) > len(self._sums):
            self._sums.resize((max(1024, int(_GROWS * len(self._rows))), self._sums.shape[1]), refcheck=False)

    def _rows_of(self, group: Ints, keys: Sequence[tuple[object, ...]], names: pd.Series | None) -> list[int]:
        known, rows = self._offices, self._rows
        groups = np.array([self._groups.setdefault(tuple(None if _missing(v) else v for v in k), len(self._groups)) for k in keys])
        # What nobody knows is numbered from the other end.
        offices = _NOBODY - self._unknown - np.arange(len(group))
        self._unknown += len(group)
        if names is not None:
            there = (names.notna() & (names != "")).to_numpy(bool)
            offices[there] = [known.setdefault(name, len(known)) for name in names[there].tolist()]
        return [rows.setdefault(k, len(rows)) for k in (groups[group] << 32 | offices).tolist()]

    def by_group(self, by: Sequence[str] | None = None, keep: Iterable[object] | None = None) -> Grouped:
        """Return the sums by some of the columns, by default by all; `keep` are the values of a single column to keep."""
        by = self.by if by is None else tuple(by)
        places = [self.by.index(c) for c in by]
        n = len(self._rows)
        listed = pd.DataFrame(
            {
                c: pd.Series([k[p] for k in self._groups], dtype="Int64" if c in self._whole else object)
                for c, p in zip(by, places, strict=True)
            },
            index=range(len(self._groups)),
        )
        order, keys = groups_of(listed, by)
        of = np.fromiter(self._rows, np.int64, n)
        group, office = order[of >> 32] if n else np.zeros(0, np.int64), of & _NOBODY
        rows = np.arange(n)
        if keep is not None:
            wanted = [i for i, k in enumerate(keys) if k[0] in set(keep)]
            renumbered = np.full(len(keys), -1)
            renumbered[wanted] = np.arange(len(wanted))
            rows = np.flatnonzero(renumbered[group] >= 0)
            group, office, keys = renumbered[group[rows]], office[rows], tuple(keys[i] for i in wanted)
        sorted_rows = np.lexsort((office, group))
        group, office, rows = group[sorted_rows], office[sorted_rows], rows[sorted_rows]
        starts = np.flatnonzero((np.diff(group, prepend=-1) != 0) | (np.diff(office, prepend=-1) != 0))
        # Where no two rows come together, they are looked up when they are needed and not held twice.
        sums = self._sums[:n] if len(starts) == len(rows) else _added(self._sums, rows, starts)
        rows = rows if len(starts) == len(rows) else np.arange(len(starts))
        return Grouped(by, keys if n else (), self.roles, self.themes, group[starts], office[starts], rows, sums, tuple(self._at.tolist()))


def _added(sums: NDArray[np.uint32], rows: Ints, starts: Ints) -> NDArray[np.uint32]:
    out = np.zeros((len(starts), sums.shape[1]), np.uint32)
    ends = np.append(starts[1:], len(rows))
    for first in range(0, len(starts), _ROWS):
        last = min(first + _ROWS, len(starts))
        begin = starts[first]
        out[first:last] = np.add.reduceat(sums[rows[begin : ends[last - 1]]], starts[first:last] - begin, axis=0)
    return out


@dataclass(frozen=True, slots=True)
class Grouped:
    """Sums by group and office, which count as the reports of a `Tally` do: the same shares come of either.

    A row is a group (place in `keys`) and an office (`cluster`), sorted by both; `rows` are their places in `sums`, whose columns
    begin `at`.
    """

    by: tuple[str, ...]
    keys: tuple[tuple[object, ...], ...]
    roles: tuple[str, ...]
    themes: tuple[str, ...]
    group: Ints
    cluster: Ints
    rows: Ints
    sums: NDArray[np.uint32]
    at: tuple[int, ...]

    def part(self, n: int, rows: slice | Ints = slice(None)) -> NDArray[np.uint32]:
        """Return one kind of count: 0 reports that carry, 1 statements that carry, 2 reports, 3 statements by role, 4 reports by role."""
        return self.sums[self.rows[rows], self.at[n] : self.at[n + 1]]

    def counts(self, unit: str, rows: slice | Ints = slice(None)) -> tuple[Floats, Floats]:
        """Return counts and denominators by row: rows × (role, theme), as `Tally.counts` does by report."""
        if unit == UNITS[0]:
            count = self.part(0, rows).astype(float)
            return count, np.broadcast_to(self.part(2, rows).astype(float), count.shape)
        return self.part(1, rows).astype(float), np.repeat(self.part(3, rows).astype(float), len(self.themes), axis=1)

    def row_counts(self, unit: str) -> RowCounts:
        """Return what gives `counts` of some rows, which are looked up each time."""
        return partial(self.counts, unit)

    def shares(self, unit: str) -> Shares:
        """Return the shares of the groups, groups × (role, theme)."""
        if not len(self.rows):
            nothing = np.zeros((len(self.keys), len(self.roles) * len(self.themes)))
            return Shares(nothing, nothing, nothing, nothing, nothing)
        starts = ((rows, np.flatnonzero(np.diff(self.group[rows], prepend=-1))) for rows in whole_groups(self.group, _ROWS))
        parts = [shares(*self.counts(unit, rows), begins) for rows, begins in starts]
        names = ("count", "denominator", "clusters", "effective", "df")
        return Shares(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def spoken(self) -> Shares:
        """Return the shares of reports with a statement of each role, all groups together."""
        order = np.argsort(self.cluster, kind="stable")
        starts = np.flatnonzero(np.diff(self.cluster[order], prepend=-1))
        count, size = (np.add.reduceat(self.part(n)[order].astype(float), starts, axis=0) for n in (4, 2))
        return shares(count, size, np.array([0]))

    def table(self, confidence: float = 0.95, suppress: bool = False) -> pd.DataFrame:
        """Return the table of `spread`."""
        return share_table(self.by, self.keys, self.roles, self.themes, [self.shares(u) for u in UNITS], confidence, suppress)


def whole_groups(group: NDArray[np.integer], least: int) -> Iterator[slice]:
    """Cut rows that are sorted by group, numbered from 0, where groups end, as soon as there are `least` rows; the rest comes last.

    >>> [(rows.start, rows.stop) for rows in whole_groups(np.array([0, 0, 0, 3, 3, 4]), 2)]
    [(0, 3), (3, 5), (5, 6)]
    """
    begin, ends = 0, np.flatnonzero(np.diff(group, append=-1)) + 1
    while begin < len(group):
        end = int(ends[min(int(np.searchsorted(ends, begin + least)), len(ends) - 1)])
        yield slice(begin, end)
        begin = end


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value


def _by_office(found: Ints, cells: int, place: Ints, n: int) -> NDArray[np.intp]:
    """Count what was found, each numbered by its report and cell, by the place of its report: places × cells."""
    report, cell = np.divmod(found, cells)
    return np.bincount(place[report] * cells + cell, minlength=n * cells).reshape(n, cells)

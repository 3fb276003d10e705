"""The figures over all reports of a page, added up a piece at a time, so that the page need not hold what it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..codebook import Codebook
from ..intervals import Ints, Shares
from ..resources import data
from ..spread import groups_of, tally
from ..sums import Grouped, Sums
from .figures import GROUPS, LOW, Frames, Place, places, plain_value, present, themed_roles

STATES = ("found", "low", "missing", "not_due")
Key = tuple[object, ...]


@dataclass(slots=True)
class Totals:
    """What is counted over all reports: `add` takes some of them, whole, each once.

    `years` and `levels` count reports (None: not known), `roles` statements; `unsure` are the statements with a doubtful role, `gaps`
    the reports with a missing or doubtful section. `cells` hold, by year, level and area, the reports, the statements of each role and
    for each statutory section how many are found, low, missing and not due; last, the reports with a gap.
    """

    book: Codebook
    reports: int = 0
    coded: int = 0
    statements: int = 0
    unsure: int = 0
    gaps: int = 0
    bodies: set[str] = field(default_factory=set)
    years: Counter[int | None] = field(default_factory=Counter)
    levels: Counter[str | None] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    cells: dict[Key, NDArray[np.int64]] = field(default_factory=dict)
    sums: Sums = field(init=False)
    _made: dict[object, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.sums = Sums(GROUPS, themed_roles(self.book), self.book.theme_ids)

    def add(self, tables: Frames, states: Sequence[tuple[dict, list[Place]]] | None = None) -> Ints:
        """Add some reports; return the cell of each, by its place in `cells`. `states` are their `places`, where these are made already."""
        about, rows, book = tables.reports, tables.statements, self.book
        self._made.clear()
        self.reports += len(about)
        self.coded += len(tables.coded)
        self.statements += len(rows)
        self.unsure += int((pd.to_numeric(rows["role_score"], errors="coerce") < LOW).sum())
        self.bodies.update(about["body"].dropna())
        self.years.update(plain_value("year", y) for y in about["year"])
        self.levels.update(plain_value("level", v) for v in about["level"])
        self.roles.update(rows["role"].dropna())
        told = [[STATES.index(p.state) for p in row] for _, row in (states if states is not None else places(tables))]
        found = np.array(told, np.int64).reshape(len(about), len(_kinds()))
        counts = np.zeros((len(about), 1 + len(book.role_ids) + found.shape[1] * len(STATES) + 1), np.int64)
        counts[:, 0] = 1
        counts[:, -1] = np.isin(found, (1, 2)).any(axis=1)
        self.gaps += int(counts[:, -1].sum())
        at = pd.Index(about["report"]).get_indexer(rows["report"])
        role = rows["role"].map({r: n for n, r in enumerate(book.role_ids)})
        np.add.at(counts, (at[role.notna()], 1 + role.dropna().to_numpy(np.int64)), 1)
        first = 1 + len(book.role_ids)
        for k in range(found.shape[1]):
            counts[np.arange(len(about)), first + k * len(STATES) + found[:, k]] += 1
        group, keys = groups_of(about, GROUPS)
        if len(tables.coded):
            self.sums.add(tally(rows, GROUPS, book, tables.coded), tables.coded["body"].reset_index(drop=True))
        order = {}
        for n, key in enumerate(keys):
            known = tuple(v if present(v) else None for v in key)
            held = self.cells.setdefault(known, np.zeros(counts.shape[1], np.int64))
            held += counts[group == n].sum(axis=0)
            order[n] = known
        places_of = {key: n for n, key in enumerate(self.cells)}
        return np.array([places_of[order[g]] for g in group.tolist()], np.int64)

    def order(self) -> list[int]:
        """Return the places of the cells in the order of their keys, whatever the order in which they were met."""
        keys = list(self.cells)
        return sorted(range(len(keys)), key=lambda n: [(v is None, str(v)) for v in keys[n]])

    def grouped(self, by: str | None = None) -> Grouped:
        """Return the sums by office and one column of `GROUPS`, or none."""
        if by not in self._made:
            self._made[by] = self.sums.by_group((by,) if by else ())
        return self._made[by]

    def spread(self, by: str | None = None) -> pd.DataFrame:
        """Return the shares by one column of `GROUPS`, or none, as `spread` gives them."""
        if ("spread", by) not in self._made:
            self._made["spread", by] = self.grouped(by).table()
        return self._made["spread", by]

    def spoken(self) -> Shares:
        """Return the shares of coded reports with a statement of each themed role, 1 × roles."""
        return self.grouped().spoken()

    def values(self, by: str) -> int:
        """Return how many values a column of `GROUPS` has among the coded reports; the unknown are one."""
        return len(self.grouped(by).keys)

    def sections(self) -> list[dict[str, int]]:
        """Return for each statutory section how many reports have it in which state."""
        first, whole = 1 + len(self.book.role_ids), sum(self.cells.values(), np.zeros(1, np.int64))
        if len(whole) == 1:
            return [dict.fromkeys(STATES, 0) for _ in _kinds()]
        return [{s: int(whole[first + k * len(STATES) + n]) for n, s in enumerate(STATES)} for k in range(len(_kinds()))]

    def problems(self) -> Mapping[str, int]:
        """Return how many reports have a section on problems, by its state."""
        kinds = _kinds()
        return self.sections()[kinds.index("problems")] if "problems" in kinds else dict.fromkeys(STATES, 0)


def _kinds() -> list[str]:
    return list(data("headings.yaml")["statutory"])


def totals(tables: Frames, book: Codebook) -> Totals:
    """Return the figures over all reports: those that the tables came with, where they are only some, else those of the tables."""
    if tables.whole is not None:
        return tables.whole
    key = ("totals", book.role_ids, book.theme_ids)
    if key not in tables.kept:
        made = Totals(book)
        made.add(tables)
        tables.kept[key] = made
    found: Totals = tables.kept[key]
    return found

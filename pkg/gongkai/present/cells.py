"""What the page's script counts with where it does not hold every report: sums by year, level and area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..resources import data
from .figures import GROUPS, OFFICES, plain_value, present
from .panels import flat
from .totals import STATES, Totals


def cells(whole: Totals, groups: Mapping[str, Sequence[object]], regions: Sequence[Sequence[object]]) -> dict[str, Any]:
    """Return the sums by cell as the script has them by report, the cells in their order.

    `n` and `coded` count reports; `statements` and `seen` hold by role and theme the statements and the reports that carry it; `states`
    the reports by section and state, `gaps` those with a missing or doubtful one. `few` are the groups with too few offices: places of
    year, level and area (-1: any), and how many.
    `groups` are the values of each column as the script numbers them, `regions` its list of [name, what holds it].
    """
    book, order, met = whole.book, whole.order(), list(whole.cells)
    keys = [met[n] for n in order]
    at = {by: {v: i for i, v in enumerate(groups[by])} for by in GROUPS}
    area_of = {name: i for i, (name, above) in enumerate(regions) if above == -1}

    def places(by: str) -> list[int]:
        return [at[by][plain_value(by, k[GROUPS.index(by)])] for k in keys]

    grouped = whole.sums.by_group(GROUPS)
    cell_of = {tuple(v if present(v) else None for v in k): n for n, k in enumerate(grouped.keys)}
    starts = np.flatnonzero(np.diff(grouped.group, prepend=-1)) if len(grouped.rows) else np.zeros(0, np.int64)
    ends = np.append(starts[1:], len(grouped.rows))

    def added(part: int, width: int) -> list[list[int]]:
        sums = [grouped.part(part, slice(a, b)).sum(axis=0).tolist() for a, b in zip(starts.tolist(), ends.tolist(), strict=False)]
        return [sums[cell_of[k]] if k in cell_of else [0] * width for k in keys]

    wide, values = len(grouped.roles) * len(grouped.themes), np.array([whole.cells[k] for k in keys]).reshape(len(keys), -1)
    roles, kinds = len(book.role_ids), len(data("headings.yaml")["statutory"])
    few = []
    for size in range(len(GROUPS) + 1):
        for some in combinations(GROUPS, size):
            held = whole.sums.by_group(some)
            for n, key in zip(np.bincount(held.group, minlength=len(held.keys)).tolist(), held.keys, strict=True):
                if n < OFFICES:
                    named = dict(zip(some, key, strict=True))
                    few.append([*(at[by][plain_value(by, named[by])] if by in named else -1 for by in GROUPS), n])
    return {
        "year": places("year"),
        "level": places("level"),
        "area": places("area"),
        "region": [-1 if k[2] is None else area_of[k[2]] for k in keys],
        "n": values[:, 0].tolist(),
        "coded": [row[0] for row in added(2, 1)],
        "totals": values[:, 1 : 1 + roles].ravel().tolist(),
        "seen": flat({p: n for p, n in enumerate(row) if n} for row in added(0, wide)),
        "statements": flat({p: n for p, n in enumerate(row) if n} for row in added(1, wide)),
        "states": values[:, 1 + roles : 1 + roles + kinds * len(STATES)].ravel().tolist(),
        "gaps": values[:, -1].tolist(),
        "few": few,
        "reports": whole.reports,
        "said": whole.statements,
    }

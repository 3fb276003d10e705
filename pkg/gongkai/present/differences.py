"""Which years, or levels, differ in what they name: only where the intervals of two groups do not overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ..codebook import Codebook
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS, spread
from .figures import Frames
from .quotes import cut
from .told import Block, percent, say

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Groups:
    """Shares of reports by the groups of one column: those fit for comparing, and the values of those that are too small."""

    by: str
    table: pd.DataFrame
    fit: tuple[object, ...]
    small: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Apart:
    """A theme whose shares in two groups have intervals that do not overlap, as rows of `spread`."""

    role: str
    theme: str
    high: dict
    low: dict


def groups(tables: Frames, book: Codebook, by: str) -> Groups:
    """Return the groups of a column with their shares of reports; reports whose group is unknown are in none."""
    coded = tables.coded[tables.coded[by].notna()]
    rows = tables.statements[tables.statements["report"].isin(coded["report"])]
    table = spread(rows, by=[by], codebook=book, reports=coded)
    table = table[table["unit"] == "reports"]
    small = table.groupby(by, sort=True)["small"].any() if len(table) else pd.Series(dtype=bool)
    return Groups(by, table, tuple(small.index[~small]), tuple(small.index[small]))


def apart(of: Groups) -> list[Apart]:
    """Return the themes whose highest and lowest group have intervals apart, the widest gap first."""
    rows = of.table[of.table[of.by].isin(of.fit) & of.table["low"].notna()]
    by_theme: dict[tuple[str, str], list[dict]] = {}
    for row in rows.to_dict("records"):
        by_theme.setdefault((row["role"], row["theme"]), []).append(row)
    found = []
    for (role, theme), of_theme in by_theme.items():
        high, low = max(of_theme, key=lambda r: r["low"]), min(of_theme, key=lambda r: r["high"])
        if high["low"] > low["high"]:
            found.append(Apart(role, theme, high, low))
    return sorted(found, key=lambda a: (a.low["share"] - a.high["share"], a.role, a.theme))


def difference_blocks(of: Groups, book: Codebook) -> Iterator[Block]:
    """Yield what is said of the differences between the groups of a column, that there are none, or that nothing can be compared."""
    values = {"by": say_by(of.by), "groups": len(of.fit), "least": LEAST, "clusters": LEAST_CLUSTERS}
    if len(of.fit) < 2:
        yield Block("text", say("apart_few", **values))
        return
    found = apart(of)
    tried = of.table[["role", "theme"]].drop_duplicates().shape[0]
    shown = found[:_SHOWN]
    yield Block("text", say("apart_1" if found else "apart_none", tried=tried, n=len(found), top=len(shown), **values))
    for n, a in enumerate(shown, 1):
        ends: dict[str, object] = {}
        for name, row in (("high", a.high), ("low", a.low)):
            share, *reach = (row[c] for c in ("share", "low", "high"))
            low, high = (percent(end, end=True) for end in reach)
            ends[name] = say("figure", percent=percent(share), low=low, high=high)
            ends |= {f"{name}_group": named(of.by, row[of.by]), f"{name}_n": row["denominator"], f"{name}_count": row["count"]}
        yield Block("item", say("apart", role=book.label(a.role), theme=book.label(a.theme), **ends), f"{n}.")


def say_by(by: str) -> str:
    """Return the name of a column to compare by."""
    return str(data("summary.yaml")["by"][by])


def named(by: str, value: object) -> str:
    """Return the name of a group.

    >>> named("year", 2021.0), named("level", "乡镇")
    ('2021年', '乡镇')
    """
    known = str(int(value)) if isinstance(value, float) else cut(str(value), 40)
    return str(data("summary.yaml")["group"][by]).format(value=known)

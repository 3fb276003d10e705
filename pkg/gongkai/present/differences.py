"""Which years, or levels, differ in what they name: pairs of groups by `contrasts.differences`, p values adjusted over all compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from ..codebook import Codebook
from ..contrasts import MOST_GROUPS, between, differences
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS, UNITS, spread
from .figures import Frames, present
from .quotes import cut
from .told import Block, percent, points, say
from .totals import Totals

_SHOWN = 5
# The share of false findings among those told.
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Groups:
    """Shares of reports by the groups of one column: those fit for comparing, and the values of those that are too small.

    `pairs` are the differences of the fit ones that can be compared, as `differences` gives them; none where there are less than two
    groups, or more than it takes.
    """

    by: str
    table: pd.DataFrame
    fit: tuple[object, ...]
    small: tuple[object, ...]
    pairs: pd.DataFrame


def groups(tables: Frames, book: Codebook, by: str) -> Groups:
    """Return the groups of a column with their shares of reports; reports whose group is unknown are in none."""
    if tables.whole is not None:
        return _of_all(tables.whole, by)
    coded = tables.coded[tables.coded[by].notna()]
    table = spread(_said_in(tables, coded), by=[by], codebook=book, reports=coded)

    def of_fit(fit: Collection[object]) -> pd.DataFrame:
        chosen = coded[coded[by].isin(fit)]
        return differences(_said_in(tables, chosen), by, book, chosen)

    return _groups(by, table, of_fit)


def _of_all(whole: Totals, by: str) -> Groups:
    known = [k[0] for k in whole.grouped(by).keys if present(k[0])]
    table = whole.sums.by_group((by,), known).table()
    return _groups(by, table, lambda fit: between(whole.sums.by_group((by,), fit), units=UNITS[:1]))


def _groups(by: str, table: pd.DataFrame, of_fit: Callable[[Collection[object]], pd.DataFrame]) -> Groups:
    table = table[table["unit"] == "reports"]
    small = table.groupby(by, sort=True)["small"].any() if len(table) else pd.Series(dtype=bool)
    fit = tuple(small.index[~small])
    pairs = pd.DataFrame()
    if 2 <= len(fit) <= MOST_GROUPS:
        pairs = of_fit(fit)
        pairs = pairs[(pairs["unit"] == "reports") & pairs["p_adjusted"].notna()]
    return Groups(by, table, fit, tuple(small.index[small]), pairs)


def _said_in(tables: Frames, reports: pd.DataFrame) -> pd.DataFrame:
    return tables.statements[tables.statements["report"].isin(reports["report"])]


def difference_blocks(of: Groups, book: Codebook) -> Iterator[Block]:
    """Yield what is said of the differences between the groups of a column, that there are none, or that nothing can be compared."""
    values = {"by": say_by(of.by), "groups": len(of.fit), "least": LEAST, "clusters": LEAST_CLUSTERS, "level": _LEVEL}
    if len(of.fit) < 2 or len(of.fit) > MOST_GROUPS:
        key = "apart_no_group" if not of.fit else "apart_few" if len(of.fit) < 2 else "apart_many"
        yield Block("text", say(key, most=MOST_GROUPS, **values))
        return
    found = of.pairs[of.pairs["p_adjusted"] < _LEVEL]
    values["tried"] = len(of.pairs)
    if not len(found):
        least = say("apart_least", p=p_value(of.pairs["p_adjusted"].min())) if len(of.pairs) else ""
        yield Block("text", say("apart_none", smallest=least, **values))
        return
    widest = _widest(found)
    shown = [rows for rows in widest if _gap(rows[0]) >= _gap(widest[min(_SHOWN, len(widest)) - 1][0])]
    yield Block("text", say("apart_1", n=len(found), themes=len(widest), top=len(shown), **values))
    counts = {(r[of.by], r["role"], r["theme"]): r for r in of.table.to_dict("records")}
    for n, rows in enumerate(shown, 1):
        row, *ties = rows
        names = [row["group_a"], row["group_b"]]
        ends: dict[str, object] = {}
        for name, group in zip(("high", "low"), names if row["difference"] > 0 else names[::-1], strict=True):
            own = counts[group, row["role"], row["theme"]]
            ends |= {f"{name}_group": named(of.by, group), f"{name}_n": own["denominator"], f"{name}_count": own["count"]}
            ends[name] = percent(own["share"])
        reach = sorted(abs(row[c]) for c in ("low", "high"))
        ends |= {"gap": points(_gap(row)), "least_gap": points(reach[0]), "most_gap": points(reach[1]), "p": p_value(row["p_adjusted"])}
        tied = say("apart_ties", n=len(ties)) if ties else ""
        yield Block("item", say("apart", role=book.label(row["role"]), theme=book.label(row["theme"]), ties=tied, **ends), f"{n}.")


def _widest(found: pd.DataFrame) -> list[list[dict]]:
    """Of each role and theme the pairs with the widest gap, the surest first; the role and theme with the widest gap first."""
    by_theme: dict[tuple[str, str], list[dict]] = {}
    for row in found.sort_values("p", kind="stable").to_dict("records"):
        by_theme.setdefault((row["role"], row["theme"]), []).append(row)
    widest = [[r for r in rows if _gap(r) == max(map(_gap, rows))] for rows in by_theme.values()]
    return sorted(widest, key=lambda rows: (-_gap(rows[0]), rows[0]["role"], rows[0]["theme"]))


def _gap(row: dict) -> float:
    # Rounded, since the same gap comes out of different shares.
    return round(abs(row["difference"]), 9)


def p_value(p: float) -> str:
    """Return a p value in three digits; what is below the level never reads as if it were not.

    >>> p_value(0.1234), p_value(0.00001), p_value(0.04997)
    ('为0.123', '不足0.001', '不足0.05')
    """
    for end in (0.001, _LEVEL):
        if p < end <= round(p, 3) or p < end == 0.001:
            return say("p_below", end=end)
    return say("p_is", p=f"{p:.3f}")


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

"""Reused text: sentences that stand, nearly word for word, in an office's earlier report or in that of another office."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .enumerators import enumerator_at
from .errors import UserError
from .records import Section
from .recur import offices
from .statements import pieces

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REUSE_COLUMNS = (
    "report", "body", "year", "units", "reused", "rate", "nearest", "nearest_body", "nearest_year", "similarity", "source",
    "shared", "reused_own", "reused_other", "reused_unknown",
)  # fmt: skip
CLUSTER_COLUMNS = ("cluster", "size", "report", "body", "year", "start", "end", "text", "source", "reports")
OWN, OTHER, UNKNOWN, NONE = "own_earlier", "other_office", "unknown", "none"
LEAST = 0.8
# Characters from which on a sentence counts: shorter ones (进一步拓宽公开渠道) are stock phrases that nobody needs to copy.
SHORTEST = 12
# The sections whose sentences are compared; the others are statutory tables, alike everywhere.
KINDS = ("overview", "problems", "measures", "other_matters")

_BLOCK = 500
_YEAR = re.compile(r"20\d\d\s*年度?")


def reuse(
    units: pd.DataFrame,
    reports: pd.DataFrame | None = None,
    *,
    least: float = LEAST,
    shortest: int = SHORTEST,
    kinds: Sequence[str] = KINDS,
) -> pd.DataFrame:
    """Return a row a report: how many of its units stand elsewhere, and the report it is nearest to.

    `units` are statements, or sections, whose sentences are then compared (those of `kinds`). Alike are units with a cosine of at
    least `least` over runs of five characters, numbering, punctuation and years aside, and what hangs together by such pairs. A
    unit is `reused` where it stands in an earlier report of the same office (`own_earlier`: the last there is, or an older one), else
    in a report of another office of the same or an earlier year (`other_office`; of two of one year each counts, since nobody knows
    which was first), else in one whose office or year is unknown (`unknown`). `rate` is `reused` over `units` (missing without
    units). `nearest` is the one of these reports that is most alike: `similarity` is the cosine of the two reports over the units
    they share, `shared` counts these. `attrs`: `short`, the units of fewer than `shortest` characters, which are left out;
    `body_unknown`, `year_unknown`, the reports of which that is so. Raises UserError for columns that are not there.

    >>> import pandas as pd
    >>> rows = [("a", 2020, "一是部分科室报送信息不够主动及时；"), ("b", 2021, "1.部分科室报送信息不够主动及时。")]
    >>> table = reuse(pd.DataFrame(rows, columns=["report", "year", "text"]).assign(body="柳泉县", start=0, end=17))
    >>> table[["report", "rate", "source"]].values.tolist()
    [['a', 0.0, 'none'], ['b', 1.0, 'own_earlier']]
    """
    import numpy as np
    import pandas as pd

    table, about = _units(units, reports, least, shortest, kinds)
    if about.empty:
        nothing = pd.DataFrame(columns=list(REUSE_COLUMNS))
        nothing.attrs.update(table.attrs)
        return nothing
    place, n = table["at"].to_numpy(), len(about)
    out = about[["report", "body", "year"]].copy()
    out["units"] = np.bincount(place, minlength=n)
    for name, source in (("own", OWN), ("other", OTHER), ("unknown", UNKNOWN)):
        out[f"reused_{name}"] = np.bincount(place[(table["source"] == source).to_numpy()], minlength=n)
    out["reused"] = out[["reused_own", "reused_other", "reused_unknown"]].sum(axis=1)
    out["rate"] = (out["reused"] / out["units"].where(out["units"] > 0)).astype("Float64")
    nearest, similarity, shared = _nearest(table, about)
    found, there = nearest >= 0, about.take(nearest.clip(0)).reset_index(drop=True)
    for name, column in (("nearest", "report"), ("nearest_body", "body"), ("nearest_year", "year")):
        out[name] = there[column].astype(object).where(found, None)
    out["similarity"], out["shared"] = pd.Series(similarity, dtype="Float64").where(found), shared
    same, sure = there["office"] == about["office"], there["known"] & about["known"]
    dated = there["year"].notna() & about["year"].notna()
    out["source"] = np.select([~found, same & dated, ~same & sure], [NONE, OWN, OTHER], UNKNOWN)
    result = out.astype({"nearest_year": "Int64"})[list(REUSE_COLUMNS)]
    result.attrs.update(table.attrs)
    return result


def clusters(
    units: pd.DataFrame,
    reports: pd.DataFrame | None = None,
    *,
    least: float = LEAST,
    shortest: int = SHORTEST,
    kinds: Sequence[str] = KINDS,
) -> pd.DataFrame:
    """Return a row a unit that is not alone: `cluster, size, report, body, year, start, end, text, source, reports`.

    Clusters are numbered from the largest (`size` units in `reports` reports); in each, the earliest unit comes first. `source` tells
    where the unit stood before, as in `reuse`.
    """
    import pandas as pd

    table, _ = _units(units, reports, least, shortest, kinds)
    by_cluster = table.groupby("cluster")["at"]
    table["size"], table["reports"] = by_cluster.transform("size"), by_cluster.transform("nunique")
    several = _earliest_first(table[table["size"] > 1]).sort_values(["size", "cluster"], ascending=[False, True], kind="stable")
    result = several.assign(cluster=pd.factorize(several["cluster"])[0]).reset_index(drop=True)[list(CLUSTER_COLUMNS)]
    result.attrs.update(table.attrs)
    return result


def without_reuse(
    statements: pd.DataFrame, reports: pd.DataFrame | None = None, *, least: float = LEAST, shortest: int = SHORTEST
) -> pd.DataFrame:
    """Return the statements with only the earliest of each cluster; short ones all stay. `attrs["removed"]` counts the others.

    For shares without reuse beside those with it: `spread(without_reuse(statements), reports=reports)`, where `reports` keeps reports
    in the denominator that have nothing of their own.
    """
    import numpy as np

    table, _ = _units(statements, reports, least, shortest, KINDS)
    again = _earliest_first(table)
    dropped = again.loc[again.duplicated("cluster"), "row"].to_numpy()
    result = statements[~np.isin(np.arange(len(statements)), dropped)].copy()
    result.attrs["removed"] = len(dropped)
    return result


def _units(
    given: pd.DataFrame, reports: pd.DataFrame | None, least: float, shortest: int, kinds: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The units that are long enough, with cluster and source, and one row a report; `at` is a unit's report there."""
    import pandas as pd

    from .alike import clusters as alike

    sections = "body_start" in given
    needed = ["report", "start", "text", *(["kind"] if sections else [])]
    if len(given.columns) and (lacking := [c for c in needed if c not in given]):
        raise UserError(f"no column {', '.join(lacking)}; there are: {', '.join(map(str, given.columns))}")
    rows = given.reindex(columns=[*needed, "end", "body_start"]).assign(row=range(len(given)))
    about = offices(given if reports is None else pd.concat([reports, given.reindex(columns=["report"])]))
    about = about[about["report"].isin(rows["report"])].reset_index(drop=True)
    about["known"] = about["office"].notna()
    about["office"] = about["office"].where(about["known"], pd.Series([f"\0{i}" for i in about.index], dtype=object))
    rows = _sentences(rows[rows["kind"].isin(kinds)]) if sections else rows
    rows["key"] = [_key(str(t).strip()) for t in rows["text"].fillna("")]
    long = rows["key"].str.len() >= shortest if len(rows) else pd.Series(dtype=bool)
    table = rows[long.to_numpy(dtype=bool)].merge(about.assign(at=about.index), on="report").reset_index(drop=True)
    codes, distinct = pd.factorize(table["key"])
    table["cluster"] = alike(list(distinct), least)[codes]
    table["source"] = _sources(table)
    table.attrs.update(short=int((~long).sum()), body_unknown=int((~about["known"]).sum()), year_unknown=int(about["year"].isna().sum()))
    return table, about


def _sentences(sections: pd.DataFrame) -> pd.DataFrame:
    """One row a sentence of a section's body, with its place in the report's text."""
    import pandas as pd

    found = []
    for r in sections.dropna(subset=["text", "start", "body_start"]).to_dict("records"):
        text, start = str(r["text"]), int(r["start"])
        part = Section(str(r["kind"]), None, "", 0, int(r["body_start"]) - start, len(text), 1.0)
        found += [(r["report"], start + s.start, start + s.end, s.text, r["row"]) for s in pieces(text, part) if s.sort == "statement"]
    return pd.DataFrame(found, columns=["report", "start", "end", "text", "row"])


def _key(text: str) -> str:
    """A sentence without what changes when it is copied: its number (which may stand doubled), its year, its punctuation."""
    for _ in range(2):
        mark = enumerator_at(text)
        text = text[mark.length :].strip() if mark else text
    return re.sub(r"\W", "", _YEAR.sub("", text))


def _earliest_first(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["year", "report", "start"], kind="stable", na_position="last")


def _sources(table: pd.DataFrame) -> np.ndarray:
    """Where each unit stood before: in the office's own earlier report, in another's, in one of unknown office or year, or nowhere."""
    import numpy as np

    year = table["year"].astype("Float64")
    own = table.groupby(["cluster", "office"])["year"].transform("min").astype("Float64").lt(year).fillna(False)
    known = table["known"].to_numpy(dtype=bool)
    of_others = known & _elsewhere(table[known]).reindex(table.index, fill_value=False).to_numpy(dtype=bool)
    undated = table.assign(missing=year.isna()).groupby(["cluster", "office"])
    mixed = (undated["at"].transform("nunique") > 1) & (undated["missing"].transform("any") | year.isna())
    cases = [own.to_numpy(dtype=bool), of_others, (_elsewhere(table) | mixed).to_numpy(dtype=bool)]
    return np.select(cases, [OWN, OTHER, UNKNOWN], NONE).astype(object)


def _elsewhere(table: pd.DataFrame) -> pd.Series:
    """Whether another office has a unit of the cluster that is not known to be later."""
    import numpy as np

    year = table["year"].astype(float)
    firsts = table.assign(first=year.fillna(-np.inf)).groupby(["cluster", "office"])["first"].min().reset_index()
    firsts = firsts.sort_values(["cluster", "first", "office"], kind="stable")
    rank = firsts.groupby("cluster").cumcount()
    best, next_best = (firsts[rank == k].set_index("cluster") for k in (0, 1))
    mine = table["cluster"].map(best["office"]) == table["office"]
    other = table["cluster"].map(next_best["first"]).where(mine, table["cluster"].map(best["first"]))
    return (other <= year.fillna(np.inf)).fillna(False)


def _nearest(table: pd.DataFrame, about: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each report the row of the most similar one that it may have drawn on (-1: none), the cosine, and the clusters shared."""
    import numpy as np
    from scipy import sparse

    n = len(about)
    nearest, similarity, shared = np.full(n, -1), np.zeros(n), np.zeros(n, dtype=int)
    pairs = table[["at", "cluster"]].drop_duplicates()
    if pairs.empty:
        return nearest, similarity, shared
    has = sparse.csr_matrix(
        (np.ones(len(pairs), dtype=np.int32), (pairs["at"], pairs["cluster"])), shape=(n, int(pairs["cluster"].max()) + 1)
    )
    size, year = np.sqrt(np.diff(has.indptr)), about["year"].astype(float).to_numpy()
    office, columns = about["office"].astype("category").cat.codes.to_numpy(), has.T.tocsr()
    known, name = about["known"].to_numpy(dtype=bool), about["report"].astype(str).rank(method="first").to_numpy()
    for begin in range(0, n, _BLOCK):
        common = (has[begin : begin + _BLOCK] @ columns).tocoo()
        i, j = common.row + begin, common.col
        same = office[i] == office[j]
        # Not itself, nothing later, and of the same office no second copy of the same year.
        fits = (i != j) & ~(year[j] > year[i]) & ~(same & (year[j] == year[i]))
        i, j, same, count = i[fits], j[fits], same[fits], common.data[fits]
        cosine = (count / (size[i] * size[j])).round(9)
        best = np.zeros(n)
        np.maximum.at(best, i, cosine)
        i, j, same, count, cosine = (v[cosine == best[i]] for v in (i, j, same, count, cosine))
        # Of equals the office's own, then one of a known office, then the latest.
        order = np.lexsort((name[j], -np.nan_to_num(year[j]), ~known[j], ~same, i))
        first = order[np.unique(i[order], return_index=True)[1]]
        nearest[i[first]], similarity[i[first]], shared[i[first]] = j[first], cosine[first].round(4), count[first]
    return nearest, similarity, shared

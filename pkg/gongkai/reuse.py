"""Reused text: sentences that stand, nearly word for word, in an office's earlier report or in that of another office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from .drawn import NONE, OTHER, OWN, UNKNOWN, key, nearest, shared, sources
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
LEAST = 0.8
# Characters from which on a sentence counts: shorter ones (进一步拓宽公开渠道) are stock phrases that nobody needs to copy.
SHORTEST = 12
# The sections whose sentences are compared; the others are statutory tables, alike everywhere.
KINDS = ("overview", "problems", "measures", "other_matters")


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

    table, about = _units(units, reports, least, shortest, kinds)
    place, n = table["at"].to_numpy(), len(about)
    by_source = {source: np.bincount(place[(table["source"] == source).to_numpy()], minlength=n) for source in (OWN, OTHER, UNKNOWN)}
    common = shared(place, table["cluster"].to_numpy(), about)
    result = by_report(about, np.bincount(place, minlength=n), by_source, (nearest(common, *bounds) for bounds in common.blocks()))
    result.attrs.update(table.attrs)
    return result


def by_report(
    about: pd.DataFrame,
    units: np.ndarray,
    by_source: Mapping[str, np.ndarray],
    near: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> pd.DataFrame:
    """Return the table of `reuse`: a row a report of `about`, with its units, how many of them are of each source, and its nearest."""
    import numpy as np
    import pandas as pd

    if about.empty:
        return pd.DataFrame(columns=list(REUSE_COLUMNS))
    out = about[["report", "body", "year"]].copy()
    out["units"] = units
    for name, source in (("own", OWN), ("other", OTHER), ("unknown", UNKNOWN)):
        out[f"reused_{name}"] = by_source[source]
    out["reused"] = out[["reused_own", "reused_other", "reused_unknown"]].sum(axis=1)
    out["rate"] = (out["reused"] / out["units"].where(out["units"] > 0)).astype("Float64")
    closest, similarity, common = (np.concatenate(parts) for parts in zip(*near, strict=True))
    found, there = closest >= 0, about.take(closest.clip(0)).reset_index(drop=True)
    for name, column in (("nearest", "report"), ("nearest_body", "body"), ("nearest_year", "year")):
        out[name] = there[column].astype(object).where(found, None)
    out["similarity"], out["shared"] = pd.Series(similarity, dtype="Float64").where(found), common
    same, sure = there["office"] == about["office"], there["known"] & about["known"]
    dated = there["year"].notna() & about["year"].notna()
    out["source"] = np.select([~found, same & dated, ~same & sure], [NONE, OWN, OTHER], UNKNOWN)
    return out.astype({"nearest_year": "Int64"})[list(REUSE_COLUMNS)]


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
    about = each_its_office(about[about["report"].isin(rows["report"])].reset_index(drop=True))
    rows = _sentences(rows[rows["kind"].isin(kinds)]) if sections else rows
    rows["key"] = [key(str(t).strip()) for t in rows["text"].fillna("")]
    long = rows["key"].str.len() >= shortest if len(rows) else pd.Series(dtype=bool)
    table = rows[long.to_numpy(dtype=bool)].merge(about.assign(at=about.index), on="report").reset_index(drop=True)
    codes, distinct = pd.factorize(table["key"])
    table["cluster"] = alike(list(distinct), least)[codes]
    table["source"] = sources(table)
    table.attrs.update(short=int((~long).sum()), body_unknown=int((~about["known"]).sum()), year_unknown=int(about["year"].isna().sum()))
    return table, about


def each_its_office(about: pd.DataFrame) -> pd.DataFrame:
    """Return rows of `offices` with whether the office is known (`known`); those that are not are each an office of their own."""
    import pandas as pd

    known = about["office"].notna()
    alone = pd.Series([f"\0{i}" for i in about.index], dtype=object)
    return about.assign(known=known, office=about["office"].where(known, alone))


def _sentences(sections: pd.DataFrame) -> pd.DataFrame:
    """One row a sentence of a section's body, with its place in the report's text."""
    import pandas as pd

    found = []
    for r in sections.dropna(subset=["text", "start", "body_start"]).to_dict("records"):
        text, start = str(r["text"]), int(r["start"])
        part = Section(str(r["kind"]), None, "", 0, int(r["body_start"]) - start, len(text), 1.0)
        found += [(r["report"], start + s.start, start + s.end, s.text, r["row"]) for s in pieces(text, part) if s.sort == "statement"]
    return pd.DataFrame(found, columns=["report", "start", "end", "text", "row"])


def _earliest_first(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["year", "report", "start"], kind="stable", na_position="last")

"""What a report may have drawn on: where its units stood before, and the report that it is nearest to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .enumerators import enumerator_at

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

OWN, OTHER, UNKNOWN, NONE = "own_earlier", "other_office", "unknown", "none"
_YEAR = re.compile(r"20\d\d\s*年度?")
# Pairs of reports with something in common, and reports, that are looked at together.
_PAIRS, _REPORTS = 1_000_000, 2_000


def key(text: str) -> str:
    """Return a sentence without what changes when it is copied: its number (which may stand doubled), its year, its punctuation."""
    for _ in range(2):
        mark = enumerator_at(text)
        text = text[mark.length :].strip() if mark else text
    return re.sub(r"\W", "", _YEAR.sub("", text))


def sources(table: pd.DataFrame) -> np.ndarray:
    """Return where each unit stood before: in the office's own earlier report, another's, one of unknown office or year, or nowhere.

    `table` has `cluster, at` (the report), `office, year, known` (is the office?), with all units of a cluster.
    """
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


@dataclass(frozen=True, slots=True)
class Shared:
    """What reports have in common: their clusters, those of one report only aside, and what decides who may have drawn on whom.

    `rows` and `first` are the clusters of each report, flat and where each begins, `columns` and `begin` the reports of each cluster;
    `size` is the square root of the number of clusters of a report, those of its own included.
    """

    rows: np.ndarray
    first: np.ndarray
    columns: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    year: np.ndarray
    office: np.ndarray
    known: np.ndarray
    name: np.ndarray

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield bounds of reports to be looked at together."""
        import numpy as np

        work = np.concatenate([[0], np.cumsum(np.diff(self.begin)[self.rows])])[self.first]
        start = 0
        while start < len(self.size):
            end = int(np.searchsorted(work, work[start] + _PAIRS, side="right")) - 1
            end = min(max(start + 1, end), start + _REPORTS, len(self.size))
            yield start, end
            start = end


def shared(at: np.ndarray, cluster: np.ndarray, about: pd.DataFrame) -> Shared:
    """Return what reports have in common, from the report and the cluster of each unit and the rows of the reports."""
    import numpy as np

    n, m = len(about), int(cluster.max(initial=-1)) + 1
    pairs = np.unique(at.astype(np.int64) * max(1, m) + cluster)
    at, cluster = pairs // max(1, m), pairs % max(1, m)
    size = np.sqrt(np.bincount(at, minlength=n))
    several = np.bincount(cluster, minlength=m)[cluster] > 1
    at, cluster = at[several], cluster[several]
    by_cluster = np.argsort(cluster, kind="stable")
    found, counts = np.unique(cluster, return_counts=True)
    return Shared(
        rows=np.searchsorted(found, cluster).astype(np.int32),
        first=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=n))]),
        columns=at[by_cluster].astype(np.int32),
        begin=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        size=size,
        year=about["year"].astype(float).to_numpy(),
        office=about["office"].astype("category").cat.codes.to_numpy(),
        known=about["known"].to_numpy(dtype=bool),
        name=about["report"].astype(str).rank(method="first").to_numpy(),
    )


def nearest(given: Shared, begin: int, end: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each of some reports the row of the one most like it that it may have drawn on (-1: none), the cosine, what they share."""
    import numpy as np

    n = end - begin
    found, similarity, count_of = np.full(n, -1), np.zeros(n), np.zeros(n, dtype=int)
    i, j, count = _common(given, begin, end)
    year, office, known = given.year, given.office, given.known
    same = office[i + begin] == office[j]
    # Not itself, nothing later, and of the same office no second copy of the same year.
    fits = (i + begin != j) & ~(year[j] > year[i + begin]) & ~(same & (year[j] == year[i + begin]))
    i, j, same, count = i[fits], j[fits], same[fits], count[fits]
    cosine = (count / (given.size[i + begin] * given.size[j])).round(9)
    best = np.zeros(n)
    np.maximum.at(best, i, cosine)
    i, j, same, count, cosine = (v[cosine == best[i]] for v in (i, j, same, count, cosine))
    # Of equals the office's own, then one of a known office, then the latest.
    order = np.lexsort((given.name[j], -np.nan_to_num(year[j]), ~known[j], ~same, i))
    first = order[np.unique(i[order], return_index=True)[1]]
    found[i[first]], similarity[i[first]], count_of[i[first]] = j[first], cosine[first].round(4), count[first]
    return found, similarity, count_of


def _common(given: Shared, begin: int, end: int) -> Any:
    """Pairs of one of some reports (numbered from the first of them) and any other, and how many clusters they have in common."""
    import numpy as np

    cluster = given.rows[given.first[begin] : given.first[end]]
    mine = np.repeat(np.arange(end - begin), np.diff(given.first[begin : end + 1]))
    sizes = given.begin[cluster + 1] - given.begin[cluster]
    starts = np.cumsum(sizes) - sizes
    other = given.columns[np.arange(sizes.sum()) - np.repeat(starts - given.begin[cluster], sizes)]
    pairs, count = np.unique(np.repeat(mine, sizes) * np.int64(len(given.size)) + other, return_counts=True)
    return pairs // len(given.size), pairs % len(given.size), count

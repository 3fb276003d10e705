"""Which reports a page keeps whole where there are too many: of every theme, year, level and area some, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .figures import GROUPS, Frames, present

# Reports that one cell (a role and theme in a year, say) can bring at most.
_QUOTA = 40


@dataclass(slots=True)
class Keeper:
    """Takes reports, whole, piece by piece, and tells in the end which `most` of them to keep.

    Of each role and theme, of what lacks a section, and of all, every year, level and area has its turn, then the next of each; within
    them the order is that of a hash of the report's id, so that neither the pieces nor their order matter.
    """

    most: int
    _met: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"cell": [], "hash": [], "report": [], "at": []}))
    _cells: dict[tuple, int] = field(default_factory=dict)

    def add(self, tables: Frames, lacking: np.ndarray, at: int) -> None:
        """Take some reports; `lacking` tells which lack a section or have a doubtful one, `at` comes back for those that are kept."""
        about = tables.reports
        if not len(about):
            return
        named = pd.util.hash_array(about["report"].astype(object).to_numpy())
        rows = tables.statements[["report", "role", "themes"]].explode("themes").dropna().drop_duplicates()
        said = pd.DataFrame({"place": pd.Index(about["report"]).get_indexer(rows["report"]), "what": rows["role"] + " " + rows["themes"]})
        every = pd.DataFrame({"place": np.arange(len(about)), "what": ""})
        gaps = pd.DataFrame({"place": np.flatnonzero(lacking), "what": "-"})
        told = pd.concat([every, gaps, said], ignore_index=True)
        found = []
        for by in GROUPS:
            values = [v if present(v) else None for v in about[by]]
            groups = pd.Series([self._cells.setdefault((by, v), len(self._cells)) for v in values])
            what = told["what"].map({w: self._cells.setdefault(("what", w), len(self._cells)) for w in told["what"].unique()})
            cell = groups.to_numpy()[told["place"]] * 1_000_003 + what.to_numpy()
            found.append(pd.DataFrame({"cell": cell, "place": told["place"]}))
        one = pd.concat(found, ignore_index=True)
        one["hash"], one["report"], one["at"] = named[one["place"]], about["report"].to_numpy(object)[one["place"]], at
        whole = pd.concat([self._met, _ranked(one.drop(columns="place"))]) if len(self._met) else one.drop(columns="place")
        self._met = _ranked(whole)

    def chosen(self) -> dict[int, list[str]]:
        """Return the ids of the reports to keep, by what was given with them."""
        met = self._met.assign(rank=self._met.groupby("cell").cumcount())
        best = met.sort_values(["rank", "hash"], kind="stable").drop_duplicates("report").head(self.most)
        return {at: sorted(best.loc[best["at"] == at, "report"]) for at in sorted(set(best["at"].astype(int).tolist()))}


def _ranked(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.sort_values(["cell", "hash"], kind="stable")
    return rows[rows.groupby("cell").cumcount() < _QUOTA]

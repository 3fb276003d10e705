"""Reused text straight from a corpus on disk: numbers of statements here, their texts in parts on any number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .alikeset import alike, corpus_rows
from .dataset import Corpus, open_corpus
from .drawn import NONE, OTHER, OWN, UNKNOWN, Shared, nearest, shared, sources
from .jobs import Hands, hand_on, handed, portions, scratch
from .query_recur import reports_of
from .records import TAG_COLUMNS
from .recur import offices
from .reuse import CLUSTER_COLUMNS, LEAST, SHORTEST, by_report, each_its_office
from .sums import whole_groups

# Statements that are looked at, or written, at a time.
_ROWS = 200_000
_SOURCES = (NONE, OWN, OTHER, UNKNOWN)


def corpus_reuse(
    corpus: str | Path | Corpus, *, least: float = LEAST, shortest: int = SHORTEST, workers: int = 1, scheduler: str | None = None
) -> Reused:
    """Return how much of each report of a data set stands elsewhere: the tables of `reuse` over its statements, not loading them.

    Raises CorpusError as `open_corpus`, UserError as `jobs.scratch`; `workers` and `scheduler` as in `write_corpus`.
    """
    given = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    hands = Hands(given.folder, workers, scheduler)
    with scratch(given, hands) as folder:
        at, start, cluster, moved = alike(given, least, shortest, hands, folder)
        about = offices(reports_of(given))
        has = np.bincount(at, minlength=len(about)) > 0
        about = each_its_office(about[has].reset_index(drop=True))
        at = (np.cumsum(has) - 1).astype(np.int32)[at]
        source = _sources(at, cluster, about)
        long = cluster >= 0
        common = shared(at[long], cluster[long], about)
        near = _nearest(common, hands, folder)
    counts = {name: np.bincount(at[source == k], minlength=len(about)) for k, name in enumerate(_SOURCES)}
    reports = by_report(about, np.bincount(at[long], minlength=len(about)), counts, near)
    unknown = {"body_unknown": int((~about["known"]).sum()), "year_unknown": int(about["year"].isna().sum())}
    reports.attrs.update(short=int((~long).sum()), **unknown)
    return Reused(given, hands, reports, about, at, start, cluster, source, moved)


@dataclass(frozen=True, slots=True)
class Reused:
    """Reused text of a data set: `reports` is the table of `reuse`; of each statement its report, start, cluster and source.

    `moved` are the bytes that the workers handed on by files.
    """

    corpus: Corpus
    hands: Hands
    reports: pd.DataFrame
    about: pd.DataFrame
    at: NDArray[np.int32]
    start: NDArray[np.int32]
    cluster: NDArray[np.int32]
    source: NDArray[np.int8]
    moved: int

    def clusters(self) -> Iterator[pd.DataFrame]:
        """Yield the table of `reuse.clusters` in parts, one at least."""
        size = np.bincount(self.cluster[self.cluster >= 0])
        rows = np.flatnonzero((self.cluster >= 0) & (size[self.cluster.clip(0)] > 1) if len(size) else self.cluster >= 0)
        rows = rows[np.lexsort([*self._earliest(rows), self.cluster[rows], -size[self.cluster[rows]]])]
        numbers = pd.factorize(self.cluster[rows])[0]
        of_reports = np.bincount(np.unique(numbers * np.int64(max(1, len(self.about))) + self.at[rows]) // max(1, len(self.about)))
        with scratch(self.corpus, self.hands) as folder:
            self._fetch(rows, folder)
            files = [folder / f"{n}.arrow" for n in range(len(portions(self.corpus)))]
            for window, begin in enumerate(range(0, max(1, len(rows)), _ROWS)):
                some, number = rows[begin : begin + _ROWS], numbers[begin : begin + _ROWS]
                texts = pd.concat([b.to_pandas() for b in handed(files, window)] or [pd.DataFrame(columns=["place", "end", "text"])])
                texts = texts.sort_values("place").reset_index(drop=True)
                about = self.about.take(self.at[some]).reset_index(drop=True)
                yield about.assign(
                    cluster=number, size=size[self.cluster[some]], start=self.start[some], end=texts["end"], text=texts["text"],
                    source=np.array(_SOURCES, object)[self.source[some]], reports=of_reports[number],
                )[list(CLUSTER_COLUMNS)]  # fmt: skip

    @property
    def removed(self) -> int:
        """The statements that `without` leaves out."""
        long = self.cluster >= 0
        return int(long.sum()) - len(np.unique(self.cluster[long]))

    def without(self) -> Iterator[pd.DataFrame]:
        """Yield the statements of which no earlier one is alike, and short ones, in parts, one at least."""
        rows = np.flatnonzero(self.cluster >= 0)
        rows = rows[np.lexsort([*self._earliest(rows), self.cluster[rows]])]
        again = np.zeros(len(self.cluster), bool)
        again[rows[1:][np.diff(self.cluster[rows]) == 0]] = True
        columns, before = [c for c in TAG_COLUMNS if c not in ("theme_scores", "evidence")], 0
        for portion, _ in portions(self.corpus) or [(self.corpus, 0)]:
            frame = portion.statements(columns)
            yield frame[~again[before : before + len(frame)]]
            before += len(frame)

    def _earliest(self, rows: NDArray[np.intp]) -> list[NDArray[np.floating]]:
        """Keys that put the earliest of some statements first, the last key the one that counts most."""
        at = self.at[rows]
        year = self.about["year"].astype(float).fillna(np.inf).to_numpy()
        name = self.about["report"].astype(str).rank(method="dense").to_numpy()
        return [self.start[rows].astype(float), name[at], year[at]]

    def _fetch(self, rows: NDArray[np.intp], folder: Path) -> None:
        """Hand on the texts of statements to where they stand in the table."""
        place = np.full(corpus_rows(self.corpus), -1, np.int64)
        place[rows] = np.arange(len(rows))
        given, before = [], 0
        for n, (portion, _) in enumerate(portions(self.corpus)):
            count = corpus_rows(portion)
            given.append((portion, place[before : before + count], folder, n, 1 + len(rows) // _ROWS, _ROWS))
            before += count
        for _ in self.hands.map(texts_of, given):
            pass


def texts_of(corpus: Corpus, place: NDArray[np.int64], folder: Path, number: int, parts: int, rows: int) -> int:
    """Hand on the ends and texts of the statements of some chunks that have a place, some rows a part; returns the bytes."""
    import pyarrow as pa

    table = corpus.table("statements", ["end", "text"]).append_column("place", pa.array(place))
    kept = table.filter(pa.array(place >= 0))
    return hand_on(folder / f"{number}.arrow", kept, place[place >= 0] // rows, parts)


def _sources(at: NDArray[np.int32], cluster: NDArray[np.int32], about: pd.DataFrame) -> NDArray[np.int8]:
    """Where each statement stood before, as a place in `_SOURCES`; clusters some at a time."""
    out = np.zeros(len(at), np.int8)
    if not (cluster >= 0).any():
        return out
    several = np.bincount(cluster[cluster >= 0])[cluster.clip(0)] > 1
    rows = np.flatnonzero((cluster >= 0) & several)
    rows = rows[np.argsort(cluster[rows], kind="stable")]
    office, year = about["office"].astype("category").cat.codes.to_numpy(), about["year"].to_numpy()
    known = about["known"].to_numpy(dtype=bool)
    for block in whole_groups(cluster[rows], _ROWS):
        some = rows[block]
        mine = at[some]
        table = pd.DataFrame({"cluster": cluster[some], "at": mine, "office": office[mine], "known": known[mine]})
        found = sources(table.assign(year=pd.array(year[mine], dtype="Int64")))
        out[some] = pd.Index(_SOURCES).get_indexer(pd.Index(found))
    return out


def _nearest(given: Shared, hands: Hands, folder: Path) -> list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]]:
    """The nearest report of each, some reports at a time; what they share is in files that all hands look into."""
    for field in fields(Shared):
        np.save(folder / f"shared.{field.name}.npy", getattr(given, field.name))
    bounds = list(given.blocks())
    found = dict(hands.map(nearest_of, [(folder, begin, end) for begin, end in bounds]))
    _opened.cache_clear()
    return [found[n] for n in range(len(bounds))]


def nearest_of(folder: Path, begin: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return `nearest` of some reports, from the files."""
    return nearest(_opened(folder), begin, end)


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Shared:
    return Shared(*(np.load(folder / f"shared.{field.name}.npy", mmap_mode="r") for field in fields(Shared)))

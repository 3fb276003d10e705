"""Theme shares straight from a corpus on disk: counted a piece at a time, with the figures and intervals of `spread`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codebook import Codebook, load_codebook
from .dataset import Corpus, open_corpus
from .errors import UserError
from .intervals import Ints, Shares, shares
from .records import CODED_KINDS
from .spread import UNITS, check_groups, check_known, groups_of, offices_of, share_table

if TYPE_CHECKING:
    import pyarrow as pa

# Chunks that are counted at a time, and rows of offices whose intervals are made at a time.
_CHUNKS, _ROWS = 40, 50_000


def corpus_spread(
    corpus: str | Path | Corpus,
    by: Sequence[str] = (),
    codebook: Codebook | None = None,
    *,
    cluster: str | None = "body",
    confidence: float = 0.95,
    suppress: bool = False,
) -> pd.DataFrame:
    """Return theme shares of a data set: the table of `spread`, of the reports with a part on problems or measures.

    `by` and `cluster` are columns of its reports. In memory stands a row an office and group, whatever the number of statements.
    `attrs["counted"]` tells how many `reports` there are, how many are `coded`, and how many of these are `silent`: without a
    statement. Raises UserError as `spread` does, CorpusError as `open_corpus`.
    """
    given = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    book, by = codebook or load_codebook(), (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    check_groups(by)
    names = given.schema("reports").names
    if lacking := [c for c in (*by, *([cluster] if cluster else [])) if c not in names]:
        raise UserError(f"no column {', '.join(lacking)}; the reports of the data set have: {', '.join(names)}")
    sums = _Sums(by, cluster)
    for start in range(0, len(given.chunks), _CHUNKS):
        sums.add(given, slice(start, start + _CHUNKS), book)
    keys, found = sums.shares(given, book)
    table = share_table(by, keys, _roles(book), book.theme_ids, found, confidence, suppress)
    table.attrs["counted"] = {"reports": sums.reports, "coded": sums.coded, "silent": sums.silent}
    return table


def _roles(book: Codebook) -> tuple[str, ...]:
    return tuple(r for r in book.role_ids if r not in book.themeless_roles)


class _Sums:
    """Counts by group and office: reports and statements that carry each theme, reports, and statements of each role."""

    def __init__(self, by: tuple[str, ...], cluster: str | None) -> None:
        self._by, self._cluster = by, cluster
        self._groups: dict[tuple[object, ...], int] = {}
        self._offices: dict[object, int] = {}
        self._unknown = count(-1, -1)
        self._rows: dict[tuple[int, int], int] = {}
        self._sums: NDArray[np.uint32] = np.zeros((0, 0), np.uint32)
        self.reports = self.coded = self.silent = 0

    def add(self, corpus: Corpus, chunks: slice, book: Codebook) -> None:
        """Count the statements of some chunks."""
        columns = [*dict.fromkeys(["report", *self._by, *([self._cluster] if self._cluster else [])])]
        reports = corpus.dataset("reports", chunks).to_table(columns=columns).combine_chunks()
        listed, told = _counted(corpus, chunks, reports, book)
        self.reports += reports.num_rows
        self.coded += len(listed)
        if listed.empty:
            return
        report_of, role_of, carries = told
        self.silent += len(listed) - len(np.unique(report_of))
        group, keys = groups_of(listed, self._by)
        pairs, place = np.unique(np.stack([group, offices_of(listed, listed, self._cluster)], axis=1), axis=0, return_inverse=True)
        at = self._rows_of(pairs[:, 0], keys, listed, place := place.ravel())
        roles, themes, n = len(_roles(book)), len(book.theme_ids), len(pairs)
        themed = role_of >= 0
        cell = report_of[themed] * roles + role_of[themed]
        statement, theme = np.nonzero(carries[themed])
        carrier = cell[statement] * themes + theme
        seen = np.zeros(len(listed) * roles * themes, bool)
        seen[carrier] = True
        sums = (
            _by_office(np.flatnonzero(seen), roles * themes, place, n),
            _by_office(carrier, roles * themes, place, n),
            np.bincount(place, minlength=n)[:, None],
            _by_office(cell, roles, place, n),
        )
        found = np.concatenate(sums, axis=1)
        if len(self._rows) > len(self._sums):
            grown = np.zeros((max(1024, 2 * len(self._rows)), found.shape[1]), np.uint32)
            grown[: len(self._sums)] = self._sums.reshape(-1, found.shape[1])
            self._sums = grown
        self._sums[at] += found.astype(np.uint32)

    def _rows_of(self, group: Ints, keys: Sequence[tuple[object, ...]], listed: pd.DataFrame, place: Ints) -> list[int]:
        """The rows of pairs of a group and an office; an office that nobody knows is another one each time."""
        groups = [self._groups.setdefault(tuple(None if _missing(v) else v for v in k), len(self._groups)) for k in keys]
        firsts = np.unique(place, return_index=True)[1]
        names = listed[self._cluster].iloc[firsts].tolist() if self._cluster else [None] * len(firsts)
        offices, rows, unknown = self._offices, self._rows, self._unknown
        numbers = (next(unknown) if _missing(name) or name == "" else offices.setdefault(name, len(offices)) for name in names)
        return [rows.setdefault((groups[g], o), len(rows)) for g, o in zip(group.tolist(), numbers, strict=True)]

    def shares(self, corpus: Corpus, book: Codebook) -> tuple[tuple[tuple[object, ...], ...], list[Shares]]:
        """Return the sorted groups, and for each unit the shares, groups × (role, theme)."""
        cells = len(_roles(book)) * len(book.theme_ids)
        if not self._rows:
            nothing = np.zeros((0, cells))
            return (), [Shares(nothing, nothing, nothing, nothing, nothing) for _ in UNITS]
        whole = {f.name for f in corpus.schema("reports") if str(f.type) == "int64"}
        columns = {c: pd.Series([k[n] for k in self._groups], dtype="Int64" if c in whole else object) for n, c in enumerate(self._by)}
        order, keys = groups_of(pd.DataFrame(columns, index=range(len(self._groups))), self._by)
        group = order[[g for g, _ in self._rows]]
        sorted_rows = np.argsort(group, kind="stable")
        starts = np.searchsorted(group[sorted_rows], np.arange(len(keys)))
        parts: list[list[Shares]] = [[], []]
        for rows, begins in _blocks(sorted_rows, starts):
            sums = self._sums[rows].astype(float)
            counts, roles = (sums[:, :cells], sums[:, cells : 2 * cells]), sums[:, 2 * cells + 1 :]
            sizes = (sums[:, 2 * cells : 2 * cells + 1], np.repeat(roles, len(book.theme_ids), axis=1))
            for unit, (counted, size) in enumerate(zip(counts, sizes, strict=True)):
                parts[unit].append(shares(counted, size, begins))
        return keys, [_joined(p) for p in parts]


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value


def _by_office(found: Ints, cells: int, place: Ints, n: int) -> NDArray[np.intp]:
    """Count what was found, each numbered by its report and cell, by the place of its report: places × cells."""
    report, cell = np.divmod(found, cells)
    return np.bincount(place[report] * cells + cell, minlength=n * cells).reshape(n, cells)


def _joined(parts: list[Shares]) -> Shares:
    names = ("count", "denominator", "clusters", "effective", "df")
    return Shares(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _blocks(rows: Ints, starts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows of whole groups, some at a time, with the first row of each group among them."""
    first = 0
    ends = [*starts[1:].tolist(), len(rows)]
    for n, end in enumerate(ends):
        if end - starts[first] >= _ROWS or n == len(ends) - 1:
            yield rows[starts[first] : end], starts[first : n + 1] - starts[first]
            first = n + 1


def _counted(corpus: Corpus, chunks: slice, reports: pa.Table, book: Codebook) -> tuple[pd.DataFrame, tuple[Ints, Ints, NDArray[np.bool_]]]:
    """The coded reports of some chunks, and their statements: row of the report, place of the role, themes carried."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = pc.field("kind").isin(CODED_KINDS)
    sections = corpus.dataset("sections", chunks).to_table(columns=["report"], filter=kinds)
    statements = corpus.dataset("statements", chunks).to_table(columns=["report", "role", "themes"]).combine_chunks()
    has = pa.chunked_array([*sections["report"].chunks, *statements["report"].chunks], pa.string()).unique()
    reports = reports.filter(pc.is_in(reports["report"], has))
    listed = reports.to_pandas().astype({f.name: "Int64" for f in reports.schema if str(f.type) == "int64"})
    report_of = _places(statements["report"], reports["report"])
    check_known("roles", set(statements["role"].unique().drop_null().to_pylist()), book.role_ids, book)
    role_of = _places(statements["role"], pa.array(_roles(book), pa.string()))
    themes = pc.list_flatten(statements["themes"])
    check_known("themes", set(themes.unique().to_pylist()), book.theme_ids, book)
    carries = np.zeros((statements.num_rows, len(book.theme_ids)), bool)
    parents = np.asarray(pc.list_parent_indices(statements["themes"]))
    carries[parents, _places(themes, pa.array(book.theme_ids, pa.string()))] = True
    return listed, (report_of, role_of, carries)


def _places(values: pa.ChunkedArray, among: pa.Array | pa.ChunkedArray) -> Ints:
    import pyarrow as pa
    import pyarrow.compute as pc

    among = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    return np.asarray(pc.fill_null(pc.index_in(values, among), -1)).astype(np.int64)

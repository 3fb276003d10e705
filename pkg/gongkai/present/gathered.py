"""What page, summary and workbook are made from where a corpus lies on disk: figures over all of it, and some reports whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ..answers import answers, answers_and_unanswered
from ..candour import questions
from ..codebook import Codebook
from ..dataset import Corpus
from ..records import Failure
from ..recur import recurring
from ..resources import data
from ..reuse import reuse
from .alone import Alone, Asked, asked
from .figures import Frames, frames, places
from .followup import paired
from .keeping import Keeper
from .panels import flat, panels
from .totals import Totals

# Reports that a page keeps whole, and failures that it lists; the figures are over all, the data set has the rest.
KEPT, FAILURES = 2_000, 10_000
# Questions of a signal that the summary can choose from.
_EXAMPLES = 50
_CHUNKS = 4


@dataclass(slots=True)
class Gathered:
    """`tables` are the reports that are kept, with the figures over all; the frames are those of `gongkai report` of the kept reports.

    Where all reports are kept, `tables.whole` is None and all is as `gongkai report` has it. Else `panels` counts over all, by the cells
    of `tables.whole`, `alone` and `asked` are numbers over all, and `recurring` and `reuse`, which compare reports, are None. So are
    `answers`, `unanswered`, `questions` and `recurring` for a codebook without problems and measures. `failed` counts all failures,
    `examples` are questions of any reports, for the summary to choose from.
    """

    tables: Frames
    statements: pd.DataFrame
    sections: pd.DataFrame
    reports: pd.DataFrame
    cells: pd.DataFrame | None
    checks: pd.DataFrame | None
    answers: pd.DataFrame | None
    unanswered: pd.DataFrame | None
    questions: pd.DataFrame | None
    recurring: pd.DataFrame | None
    reuse: pd.DataFrame | None
    failures: list[Failure]
    failed: int
    alone: Alone | None
    asked: Asked | None
    panels: dict[str, Any] = field(default_factory=dict)
    examples: pd.DataFrame | None = None


def gather(corpus: Corpus, book: Codebook, most: int = KEPT, progress: Callable[[int], None] | None = None) -> Gathered:
    """Read a data set piece by piece; `most` is the number of reports to keep whole, `progress` hears how many more reports are done.

    In memory stand the figures by office and group, one piece, and what is kept. Raises UserError where the codebook is not the one that
    the statements were coded with.
    """
    if len(corpus) <= most:
        return _all(corpus, book)
    totals, keeper, by_cell = Totals(book), Keeper(most), _Panels(book)
    coded = {"problem", "measure"} <= set(book.role_ids)
    for at in range(0, len(corpus.chunks), _CHUNKS):
        chunks = slice(at, at + _CHUNKS)
        piece = _piece(corpus, chunks, None)
        tables = frames(piece["statements"], piece["sections"], piece["reports"])
        states = places(tables)
        cell = totals.add(tables, states)
        keeper.add(tables, np.array([any(p.state in ("low", "missing") for p in row) for _, row in states]), at)
        if coded:
            by_cell.add(tables, cell, answers(piece["statements"], book), _asked(piece, book))
        if progress:
            progress(len(tables.reports))
    chosen = keeper.chosen()
    kept = [_piece(corpus, slice(at, at + _CHUNKS), ids) for at, ids in chosen.items()]
    whole = {name: pd.concat([k[name] for k in kept], ignore_index=True) for name in kept[0]}
    whole["statements"] = _scored(whole["statements"])
    tables = replace(frames(whole["statements"], whole["sections"], whole["reports"]), whole=totals)
    made = _made(corpus, book, whole, tables)
    if coded:
        made.alone, made.asked, made.panels = by_cell.alone, by_cell.asked, by_cell.made(totals.order())
        made.examples = pd.concat(by_cell.examples) if by_cell.examples else made.questions
    return made


def _all(corpus: Corpus, book: Codebook) -> Gathered:
    whole = _piece(corpus, slice(None), ())
    whole["statements"] = _scored(whole["statements"])
    made = _made(corpus, book, whole, frames(whole["statements"], whole["sections"], whole["reports"]))
    if made.answers is not None:
        made.recurring = recurring(made.statements, made.reports, book)
    made.reuse = reuse(made.statements, made.reports)
    return made


def _made(corpus: Corpus, book: Codebook, whole: dict[str, pd.DataFrame], tables: Frames) -> Gathered:
    said = whole["statements"]
    tabled = any("tables" in rows for _, rows in corpus.chunks)
    paired_up = open_ended = asking = None
    if {"problem", "measure"} <= set(book.role_ids):
        (paired_up, open_ended), asking = answers_and_unanswered(said, book), _asked(whole, book)
    failures = [Failure(**f) for f in corpus.dataset("failures").head(FAILURES).to_pylist()]
    return Gathered(
        tables, said, whole["sections"], whole["reports"], whole["tables"] if tabled else None, whole["checks"] if tabled else None,
        paired_up, open_ended, asking, None, None,
        failures, int(corpus.run["counts"]["failures"]), None, None,
    )  # fmt: skip


def _scored(said: pd.DataFrame) -> pd.DataFrame:
    """The statements with their scores by code, as they were before they lay on disk."""
    scores = [{s["code"]: s["score"] for s in of} if of is not None else {} for of in said["theme_scores"]]
    return said.assign(theme_scores=pd.Series(scores, index=said.index, dtype=object))


def _piece(corpus: Corpus, chunks: slice, ids: Sequence[str] | None) -> dict[str, pd.DataFrame]:
    """The tables of some chunks, or of some reports in them (none named: all); without ids not what is only read and not counted."""
    import pyarrow.compute as pc

    where = None if not ids else pc.field("report").isin(list(ids))
    columns = {"statements": [c for c in corpus.schema("statements").names if ids is not None or c not in ("theme_scores", "evidence")]}
    names = ("statements", "sections", "reports", "tables", "checks")
    return {name: corpus.frame(name, columns.get(name), where, chunks) for name in names}


def _asked(piece: dict[str, pd.DataFrame], book: Codebook) -> pd.DataFrame:
    return questions(piece["tables"], piece["statements"], piece["sections"], piece["reports"], piece["checks"], book)


class _Panels:
    """The panels of the page by cell of the totals, and what the summary says of them."""

    def __init__(self, book: Codebook) -> None:
        self._book, self.alone, self.asked = book, Alone(), Asked(0, 0, 0)
        self._pairs: dict[int, dict[int, int]] = {}
        self._left: dict[int, dict[int, int]] = {}
        self._alone: dict[int, np.ndarray] = {}
        self._n: dict[int, int] = {}
        self._signals: dict[tuple[int, str, str], int] = {}
        self.examples: list[pd.DataFrame] = []
        self._held: Counter[tuple[str, bool]] = Counter()

    def add(self, tables: Frames, cell: np.ndarray, paired_up: pd.DataFrame, asking: pd.DataFrame) -> None:
        head = panels(tables, self._book, answers=paired_up, questions=asking).head
        of, roles = head["answers"], len(head["answers"]["alone"]) // max(1, len(cell))
        for name, sums in (("pairs", self._pairs), ("left", self._left)):
            at, flat = 0, of[name]
            for c in cell.tolist():
                n = flat[at]
                if n:
                    mine = sums.setdefault(c, {})
                    for k in range(at + 1, at + 1 + 2 * n, 2):
                        mine[flat[k]] = mine.get(flat[k], 0) + flat[k + 1]
                at += 1 + 2 * n
        alone = np.array(of["alone"], np.int64).reshape(len(cell), roles)
        for c in np.unique(cell).tolist():
            mine = cell == c
            self._alone[c] = self._alone.get(c, 0) + alone[mine].sum(axis=0)
            self._n[c] = self._n.get(c, 0) + int(np.array(of["n"])[mine].sum())
        q = head["questions"]
        for i, signal, state, _ in q["rows"]:
            key = (int(cell[i]), q["signals"][signal], q["states"][state])
            self._signals[key] = self._signals.get(key, 0) + 1
        chosen = []
        for of in zip(asking["signal"], asking["admitted"], strict=True):
            chosen.append(self._held[of] < _EXAMPLES)
            self._held[of] += chosen[-1]
        if any(chosen):
            self.examples.append(asking[np.array(chosen)])
        more, held = asked(asking), self.asked
        self.asked = Asked(held.n + more.n, held.silent + more.silent, (held.untabled or 0) + (more.untabled or 0))
        self.alone.add(paired(tables.statements, paired_up), tables)

    def made(self, cells: Sequence[int]) -> dict[str, Any]:
        """Return what the page counts with, as the panels have it by report, the cells in this order."""
        width = len(next(iter(self._alone.values()), ()))
        places = {c: n for n, c in enumerate(cells)}
        known = list(data("candour.yaml")["signals"])
        signals = sorted({k[1] for k in self._signals}, key=known.index)
        states = sorted({k[2] for k in self._signals})
        return {
            "answers": {
                "pairs": flat(self._pairs.get(c, {}) for c in cells),
                "left": flat(self._left.get(c, {}) for c in cells),
                "alone": [int(a) for c in cells for a in self._alone.get(c, np.zeros(width, int))],
                "n": [self._n.get(c, 0) for c in cells],
            },
            "questions": {
                "signals": signals,
                "states": states,
                "rows": sorted([places[c], signals.index(s), states.index(t), n] for (c, s, t), n in self._signals.items()),
                "without_tables": self.asked.untabled or 0,
            },
        }

"""What an office admits, promises and admits again, straight from a corpus on disk: a few bits a report, whatever its statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codebook import Codebook, load_codebook
from .dataset import Corpus, open_corpus
from .jobs import Hands, portions
from .recur import followed, offices, placed, told, with_left_out
from .sums import whole_groups

# Reports whose rows are made at a time.
_REPORTS = 20_000
_FLAGS = ("problem", "measure", "done")
Bits = NDArray[np.uint8]


def corpus_recurring(
    corpus: str | Path | Corpus, codebook: Codebook | None = None, *, workers: int = 1, scheduler: str | None = None
) -> pd.DataFrame:
    """Return the table of `recurring` of a data set, made without loading its statements.

    Raises UserError as `recurring`, CorpusError as `open_corpus`; `workers` and `scheduler` as in `write_corpus`.
    """
    parts = list(recurring_parts(corpus, codebook, workers=workers, scheduler=scheduler))
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(parts[0].attrs)
    return table


def recurring_parts(
    corpus: str | Path | Corpus, codebook: Codebook | None = None, *, workers: int = 1, scheduler: str | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the table of `corpus_recurring` in parts, the rows of some offices at a time: one part at least.

    In memory stand a row a report and three bits for each theme. The `attrs` of each part tell of all.
    """
    given = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    book, hands = codebook or load_codebook(), Hands(given.folder, workers, scheduler)
    about = offices(reports_of(given))
    bits = np.zeros((len(about), len(_FLAGS), -(-len(book.theme_ids) // 8)), np.uint8)
    spoken = np.zeros(len(about), bool)
    work = [(portion, book) for portion, _ in portions(given)]
    starts = [before for _, before in portions(given)]
    for n, (found, speaks) in hands.map(bits_of, work):
        bits[starts[n] : starts[n] + len(found)] = found
        spoken[starts[n] : starts[n] + len(found)] = speaks
    kept, why = placed(about, about["report"][spoken])
    del about
    blocks = list(_blocks(kept))
    # How many offices have one year only is known after a look at all, so it is taken first, from the years alone.
    single = int((kept.groupby(["region", "body"], dropna=False)["year"].nunique() == 1).sum())
    for rows in blocks or [np.zeros(0, np.int64)]:
        part = kept.iloc[rows]
        table, _ = followed(part, _told(part, bits, book), book.theme_ids)
        yield with_left_out(table, why, single)


def reports_of(corpus: Corpus) -> pd.DataFrame:
    """Return report, office, year and region of all reports; equal texts are held once."""
    table = corpus.table("reports", ["report", "body", "year", "region"])
    frame = table.select(["report", "year"]).to_pandas().astype({"report": object, "year": "Int64"})
    for column in ("body", "region"):
        frame[column] = table[column].combine_chunks().dictionary_encode().to_pandas().astype(object)
    return frame[["report", "body", "year", "region"]]


def bits_of(corpus: Corpus, book: Codebook) -> tuple[Bits, NDArray[np.bool_]]:
    """Return of each report of some chunks what its statements tell of each theme, packed, and whether it has statements."""
    reports = reports_of(corpus)
    statements: pd.DataFrame = corpus.statements(["report", "start", "text", "role", "themes", "path"])
    flags = np.zeros((len(reports), len(_FLAGS), len(book.theme_ids)), bool)
    said = told(statements, reports.set_index("report")["year"], book)
    if len(said):
        row = pd.Index(reports["report"]).get_indexer(pd.Index(said["report"]))
        theme = pd.Index(book.theme_ids).get_indexer(pd.Index(said["theme"]))
        flags[row, :, theme] = said[list(_FLAGS)].to_numpy(bool)
    return np.packbits(flags, axis=2), reports["report"].isin(statements["report"]).to_numpy(bool)


def _told(reports: pd.DataFrame, bits: Bits, book: Codebook) -> pd.DataFrame:
    """The rows of `told` of some reports, numbered by their places in the data set."""
    flags = np.unpackbits(bits[reports.index], axis=2, count=len(book.theme_ids)).astype(bool)
    row, theme = np.nonzero(flags.any(axis=1))
    names = {"report": reports["report"].to_numpy()[row], "theme": np.array(book.theme_ids, dtype=object)[theme]}
    return pd.DataFrame(names | {name: flags[row, n, theme] for n, name in enumerate(_FLAGS)})


def _blocks(reports: pd.DataFrame) -> Iterator[NDArray[np.intp]]:
    """Rows of whole offices, some at a time, in the order of the offices."""
    office = reports.groupby(["region", "body"], dropna=False, sort=True).ngroup().to_numpy()
    order = np.argsort(office, kind="stable")
    for rows in whole_groups(office[order], _REPORTS):
        yield order[rows]

"""Theme shares straight from a corpus on disk: counted a piece at a time, with the figures and intervals of `spread`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .codebook import Codebook, load_codebook
from .corpus import CorpusError
from .dataset import Corpus, open_corpus
from .errors import UserError
from .intervals import Ints
from .jobs import Hands, portions
from .records import CODED_KINDS
from .spread import Tally, check_groups, check_known, groups_of, offices_of
from .sums import Sums

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc

# Chunks that are counted at a time.
_CHUNKS = 40


def corpus_spread(
    corpus: str | Path | Corpus,
    by: Sequence[str] = (),
    codebook: Codebook | None = None,
    *,
    cluster: str | None = "body",
    confidence: float = 0.95,
    suppress: bool = False,
    workers: int = 1,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """Return theme shares of a data set: the table of `spread`, of the reports with a part on problems or measures.

    `by` and `cluster` are columns of its reports. In memory stands a row an office and group, whatever the number of statements.
    `attrs["counted"]` tells how many `reports` there are, how many are `coded`, and how many of these are `silent`: without a
    statement. Raises UserError as `spread` does, CorpusError as `open_corpus`; `workers` and `scheduler` as in `write_corpus`.
    """
    given = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    book, by = codebook or load_codebook(), (by,) if isinstance(by, str) else tuple(dict.fromkeys(by))
    check_groups(by)
    names = given.schema("reports").names
    if lacking := [c for c in (*by, *([cluster] if cluster else [])) if c not in names]:
        raise UserError(f"no column {', '.join(lacking)}; the reports of the data set have: {', '.join(names)}")
    counted = {"reports": 0, "coded": 0, "silent": 0}
    sums = Sums(by, _roles(book), book.theme_ids, [f.name for f in given.schema("reports") if str(f.type) == "int64"])
    hands = Hands(given.folder, workers, scheduler)
    size = _CHUNKS if hands.several else max(1, len(given.chunks))
    waiting: dict[int, tuple[Sums, dict[str, int]]] = {}
    done = 0
    # Added in the order of the chunks, so that nothing depends on who was first.
    for n, part in hands.map(counts_of, [(portion, book, by, cluster) for portion, _ in portions(given, size)]):
        waiting[n] = part
        while done in waiting:
            more, found = waiting.pop(done)
            sums.merge(more)
            counted = {name: count + found[name] for name, count in counted.items()}
            done += 1
    table = sums.by_group().table(confidence, suppress)
    table.attrs["counted"] = counted
    return table


def counts_of(corpus: Corpus, book: Codebook, by: tuple[str, ...], cluster: str | None) -> tuple[Sums, dict[str, int]]:
    """Return the sums of a data set, and how many of its reports there are, are coded, and are silent."""
    counted, sums = {"reports": 0, "coded": 0, "silent": 0}, Sums(by, _roles(book), book.theme_ids)
    for read in _pieces(corpus, [*dict.fromkeys(["report", *by, *([cluster] if cluster else [])])]):
        told, names = _told(*read, book, by, cluster)
        sums.add(told, names)
        spoken = np.zeros(len(told.group), bool)
        spoken[told.report_of] = True
        found = {"reports": read[0].num_rows, "coded": len(spoken), "silent": int((~spoken).sum())}
        counted = {name: n + found[name] for name, n in counted.items()}
    return sums, counted


def corpus_theme(
    corpus: str | Path | Corpus,
    theme: str,
    where: pc.Expression | None = None,
    columns: Sequence[str] = ("report", "body", "year", "start", "text"),
) -> pd.DataFrame:
    """Return the statements that carry a theme, of those that an expression (`pyarrow.compute`) holds for, in the order of the reports.

    `where` is of columns of the statements: `(pc.field("year") == 2021) & (pc.field("role") == "problem")`. In memory stand what is
    found and some chunks. Raises CorpusError as `open_corpus` does, for columns that are not there and for a theme that no report can have.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    given, found = corpus if isinstance(corpus, Corpus) else open_corpus(corpus), []
    codes = given.run.get("model", {}).get("facts", {}).get("labels", {})
    if codes and theme not in codes:
        raise CorpusError(f"no theme {theme!r}; the model of this data set knows: {', '.join(codes)}")
    asked = list(dict.fromkeys([*columns, "themes"]))
    given.table("statements", asked, where, slice(0, 0))
    for start in range(0, len(given.chunks), _CHUNKS):
        rows = given.table("statements", asked, where, slice(start, start + _CHUNKS)).combine_chunks()
        at = pc.list_parent_indices(rows["themes"]).filter(pc.equal(pc.list_flatten(rows["themes"]), theme))
        found.append(rows.select(list(columns)).take(np.unique(np.asarray(at))))
    shape = given.schema("statements")
    table = pa.concat_tables(found) if found else pa.schema([shape.field(c) for c in columns]).empty_table()
    return table.to_pandas().astype({c: "Int64" for c in columns if str(shape.field(c).type) == "int64"})


def _roles(book: Codebook) -> tuple[str, ...]:
    return tuple(r for r in book.role_ids if r not in book.themeless_roles)


def _pieces(corpus: Corpus, columns: Sequence[str]) -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
    """The reports of some chunks at a time, their coded sections and their statements; the next are read while some are counted."""
    import pyarrow.compute as pc

    def read(start: int) -> tuple[pa.Table, pa.Table, pa.Table]:
        chunks = slice(start, start + _CHUNKS)
        parts = corpus.dataset("sections", chunks, ("report",)).to_table(columns=["report"], filter=pc.field("kind").isin(CODED_KINDS))
        said = corpus.dataset("statements", chunks, ("report", "role", "themes")).to_table(columns=["report", "role", "themes"])
        return corpus.dataset("reports", chunks).to_table(columns=columns).combine_chunks(), parts, said

    with ThreadPoolExecutor(1) as pool:
        waiting = None
        for start in range(0, len(corpus.chunks), _CHUNKS):
            following = pool.submit(read, start)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()


def _told(
    reports: pa.Table, parts: pa.Table, statements: pa.Table, book: Codebook, by: tuple[str, ...], cluster: str | None
) -> tuple[Tally, pd.Series | None]:
    """The coded reports of a piece with their statements, and the names of their offices."""
    import pyarrow.compute as pc

    ids = reports["report"].combine_chunks()
    report_of, has = _places(statements["report"].chunks, ids), np.zeros(len(ids) + 1, bool)
    # What lies at -1 is of no report that is listed.
    has[report_of] = has[_places(parts["report"].chunks, ids)] = True
    kept = np.flatnonzero(has[:-1])
    reports = reports.take(kept)
    listed = reports.to_pandas().astype({f.name: "Int64" for f in reports.schema if str(f.type) == "int64"})
    renumbered = np.zeros(len(ids), np.int64)
    renumbered[kept] = np.arange(len(kept))
    roles, themes = _roles(book), book.theme_ids
    known = _known("roles", statements["role"].chunks, book.role_ids, book)
    role_of = np.array([roles.index(r) if r in roles else -1 for r in book.role_ids] + [-1])[known]
    carries = np.zeros(statements.num_rows * len(themes), bool)
    of = [pc.list_flatten(c) for c in statements["themes"].chunks]
    first = np.cumsum([0, *(len(c) for c in statements["themes"].chunks)])
    parents = [np.asarray(pc.list_parent_indices(c)) + n for c, n in zip(statements["themes"].chunks, first, strict=False)]
    carries[np.concatenate([*parents, []]).astype(np.int64) * len(themes) + _known("themes", of, themes, book)] = True
    group, keys = groups_of(listed, by)
    offices, carried = offices_of(listed, listed, cluster), carries.reshape(-1, len(themes))
    told = Tally(by, keys, roles, themes, listed["report"], group, offices, renumbered[report_of], role_of, carried)
    return told, listed[cluster] if cluster else None


def _known(what: str, values: Sequence[pa.DictionaryArray], among: Sequence[str], book: Codebook) -> Ints:
    """Places of values among codes of the codebook, -1 where there is none; raises UserError for other codes."""
    import pyarrow as pa

    found = _places(values, pa.array(among, pa.string()))
    if (found < 0).any():
        check_known(what, {v for c in values for v in c.unique().dictionary_decode().drop_null().to_pylist()}, among, book)
    return found


def _places(values: Sequence[pa.DictionaryArray], among: pa.Array) -> Ints:
    """Places of values among others, -1 where they are not: each value that a piece knows is looked up once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dictionaries = pa.chunked_array([c.dictionary for c in values], pa.string())
    places = np.append(np.asarray(pc.fill_null(pc.index_in(dictionaries, among), -1)), -1).astype(np.int64)
    first = np.cumsum([0, *(len(c.dictionary) for c in values)])
    nothing = len(places) - 1
    at = [np.asarray(pc.fill_null(pc.add(c.indices.cast(pa.int64()), n), nothing)) for c, n in zip(values, first.tolist(), strict=False)]
    return places[np.concatenate([*at, []]).astype(np.int64)]

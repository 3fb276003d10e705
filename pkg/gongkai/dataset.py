"""Read a corpus on disk: its tables by columns and in batches, never more of them in memory than is asked for."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .chunkwork import part
from .corpus import LISTING
from .errors import RESUME
from .parts import COLUMNS, TABLES, schema
from .setplace import CorpusError, is_corpus

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

Columns = Sequence[str] | None
_UNKNOWN = re.compile(r"No match for FieldRef\.Name\((.*?)\) in ")


def open_corpus(folder: str | Path) -> Corpus:
    """Open a data set that `gongkai corpus` wrote; nothing but its record is read yet.

    Raises CorpusError for another folder, an unfinished data set and a damaged record.
    """
    root = Path(folder)
    if not is_corpus(root):
        raise CorpusError(f"{root} is no data set; give a folder that gongkai corpus wrote")
    try:
        run = json.loads((root / "run.json").read_text("utf-8"))
        chunks = tuple((str(c["key"]), dict(c["rows"])) for c in run["chunks"])
    except FileNotFoundError as error:
        cure = f"run gongkai corpus again with the same input and {RESUME}"
        raise CorpusError(f"{root}: this data set is unfinished, or being written; {cure}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{root / 'run.json'} is damaged ({error}); run gongkai corpus again with {RESUME}") from error
    return Corpus(root, run, chunks)


@dataclass(frozen=True, slots=True, repr=False)
class Corpus:
    """A data set: `run` is its record, `chunks` the keys of its parts in the order of the reports, with their rows by table.

    The tables are those of `gongkai report`: `statements sections reports tables checks failures`.
    """

    folder: Path
    run: dict[str, Any]
    chunks: tuple[tuple[str, dict[str, int]], ...]

    def __repr__(self) -> str:
        counts = self.run["counts"]
        told = ", ".join(f"{counts[name]} {name}" for name in ("reports", "statements", "failures") if name in counts)
        return f"Corpus({os.fspath(self.folder)!r}: {told}, by gongkai {self.run.get('version', 'unknown')})"

    def __len__(self) -> int:
        """The reports in it."""
        return int(self.run["counts"]["reports"])

    def schema(self, table: str) -> pa.Schema:
        """Return names and types of the columns of a table; raises CorpusError for another table."""
        if table not in TABLES:
            raise CorpusError(f"no table {table!r}; there are: {', '.join(TABLES)}")
        return schema(table, self.run["further_columns"] if table == "reports" else ())

    def dataset(self, table: str, chunks: slice = slice(None), coded: Sequence[str] = ()) -> ds.Dataset:
        """Return a table as a pyarrow data set, of all chunks or of some, for whatever reads Arrow; files are opened when it does.

        Texts of the columns `coded` come as numbers with a dictionary a piece, as the files hold them: much the faster to count.
        """
        import pyarrow as pa
        import pyarrow.dataset as ds

        shape, numbers, form = self.schema(table), pa.dictionary(pa.int32(), pa.string()), ds.ParquetFileFormat()
        if coded:
            lists = [c for c in coded if pa.types.is_list(shape.field(c).type)]
            paths = [f"{c}.list.element" if c in lists else c for c in coded]
            form = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(dictionary_columns=paths))
            shape = pa.schema(
                [pa.field(f.name, (pa.list_(numbers) if f.name in lists else numbers) if f.name in coded else f.type) for f in shape]
            )
        files = [str(part(self.folder, table, key)) for key, rows in self.chunks[chunks] if table in rows]
        if table == "failures":
            files.insert(0, str(self.folder / table / LISTING))
        return ds.dataset(files, shape, form) if files else ds.dataset(shape.empty_table())

    def batches(self, table: str = "statements", columns: Columns = None, where: pc.Expression | None = None) -> Iterator[pa.RecordBatch]:
        """Yield a table in pieces, in the order of the reports, with the columns named and the rows that an expression holds for."""
        asked = self._columns(table, columns)
        with self._known(table):
            yield from self.dataset(table).to_batches(columns=asked, filter=where, batch_readahead=4, fragment_readahead=2)

    def table(
        self, table: str = "statements", columns: Columns = None, where: pc.Expression | None = None, chunks: slice = slice(None)
    ) -> pa.Table:
        """Return a table, of all chunks or of some, as Arrow, as `batches` reads it."""
        with self._known(table):
            return self.dataset(table, chunks).to_table(columns=self._columns(table, columns), filter=where)

    @contextmanager
    def _known(self, table: str) -> Iterator[None]:
        """Raise CorpusError for a condition over columns that are not there."""
        import pyarrow as pa

        try:
            yield
        except pa.ArrowInvalid as error:
            if not (unknown := _UNKNOWN.match(str(error))):
                raise
            raise CorpusError(self._lacks(table, unknown[1])) from error

    def _lacks(self, table: str, columns: str) -> str:
        own = "" if table == "reports" else "; your own columns are in reports"
        return f"{table} has no column {columns}; there are: {', '.join(self.schema(table).names)}{own}"

    def _columns(self, table: str, columns: Columns) -> list[str]:
        names = self.schema(table).names
        if columns is not None and (lacking := [c for c in columns if c not in names]):
            raise CorpusError(self._lacks(table, ", ".join(lacking)))
        return list(names if columns is None else columns)

    def frame(self, table: str, columns: Columns = None, where: pc.Expression | None = None, chunks: slice = slice(None)) -> pd.DataFrame:
        """Return a table, of all chunks or of some, as a frame, with the types that `gongkai report` gives its own."""
        found = self.table(table, columns, where, chunks)
        frame = found.to_pandas()
        whole = {c: "Int64" for c in found.column_names if COLUMNS[table].get(c) == "whole"}
        return frame.astype(whole)

    def statements(self, columns: Columns = None, where: pc.Expression | None = None) -> pd.DataFrame:
        """Return the coded statements, with the columns of `gongkai tag`: those named, where `where` (pyarrow.compute) holds."""
        return self.frame("statements", columns, where)

    def sections(self, columns: Columns = None, where: pc.Expression | None = None) -> pd.DataFrame:
        """Return the sections, and those missing, with the columns of `gongkai segment`."""
        return self.frame("sections", columns, where)

    def reports(self, columns: Columns = None, where: pc.Expression | None = None) -> pd.DataFrame:
        """Return a row a report, with the user's further columns as texts."""
        return self.frame("reports", columns, where)

    def tables(self, columns: Columns = None, where: pc.Expression | None = None) -> pd.DataFrame:
        """Return the cells of the statutory tables, with the columns of `gongkai tables`."""
        return self.frame("tables", columns, where)

    def checks(self, columns: Columns = None, where: pc.Expression | None = None) -> pd.DataFrame:
        """Return what was found about the statutory tables."""
        return self.frame("checks", columns, where)

    def failures(self) -> pd.DataFrame:
        """Return the files that failed, with reasons and cures."""
        return self.frame("failures")

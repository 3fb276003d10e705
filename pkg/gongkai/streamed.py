"""Tables that are made in parts to files, a part in memory at a time where the format allows it."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from .export import check_ending, table_bytes, write_table
from .together import whole_file

if TYPE_CHECKING:
    import pyarrow as pa


def write_parts(parts: Iterable[pd.DataFrame], path: str | Path) -> int:
    """Write a table that comes in parts, one at least, whole or not at all, and return its rows.

    Text and Parquet files take a part at a time, `.xlsx` and `.dta` all at once. A table of one part has the bytes that
    `write_table` gives it. Raises TableError as `write_table` does.
    """
    check_ending(path)
    flow = iter(parts)
    first = next(flow)
    second = next(flow, None)
    if second is None:
        write_table(first, path)
        return len(first)
    counted = _Counted(chain([first, second], flow))
    if str(path) == "-":
        for part in counted:
            write_table(part, path)
        return counted.rows
    file = Path(path)
    if file.suffix.lower() in (".xlsx", ".dta"):
        write_table(pd.concat(counted, ignore_index=True), file)
        return counted.rows
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as begun:
        if file.suffix.lower() == ".parquet":
            _parquet(counted, begun)
        else:
            _text(counted, begun, file)
    return counted.rows


class _Counted:
    """Parts, and how many rows went by."""

    def __init__(self, parts: Iterable[pd.DataFrame]) -> None:
        self._parts, self.rows = parts, 0

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for part in self._parts:
            self.rows += len(part)
            yield part


def _text(parts: Iterable[pd.DataFrame], begun: Path, file: Path) -> None:
    """CSV has its mark and its head once; JSON Lines has neither. The format is that of `file`."""
    with begun.open("wb") as out:
        for n, part in enumerate(parts):
            content = table_bytes(part, file)
            if n and file.suffix.lower() == ".csv":
                head = table_bytes(part.iloc[:0], file)
                content = content.removeprefix(head if content.startswith(head) else codecs.BOM_UTF8)
            out.write(content)


def _parquet(parts: Iterable[pd.DataFrame], begun: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    flow = iter(parts)
    first = pa.Table.from_pandas(next(flow), preserve_index=False)
    # A column without any value in the first part: only texts and lists of texts are ever missing in all of one.
    shape = pa.schema([pa.field(f.name, _typed(f.type)) for f in first.schema])
    with pq.ParquetWriter(begun, shape, compression="zstd") as out:
        out.write_table(first.cast(shape))
        for part in flow:
            out.write_table(pa.Table.from_pandas(part, shape, preserve_index=False))


def _typed(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_null(kind):
        return pa.string()
    return pa.list_(pa.string()) if pa.types.is_list(kind) and pa.types.is_null(kind.value_type) else kind

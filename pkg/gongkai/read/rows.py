"""Tables of texts: .jsonl, .csv and .parquet files with a report in each row, read a piece at a time."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from ..records import Failure, Report
from ..resources import data
from .extract import ReadError
from .text import decode

_SAMPLE = 1 << 16
_BATCH = 256
# The columns by which tables of sections and statements are told from tables of reports.
_OURS = (frozenset({"start", "end", "kind"}), frozenset({"report", "start", "end"}))
_YEARS = range(1990, 2101)


def year_of(value: object) -> int:
    """Return the year that a cell names, from 1990 to 2100; raises ValueError for what names none.

    >>> [year_of(v) for v in (2021, 2021.0, "2021", "2021.0", "2021年", "二〇二一年度")]
    [2021, 2021, 2021, 2021, 2021, 2021]
    """
    number = re.compile(data("reading.yaml")["year"]).fullmatch(str(value).strip())
    digits = number[1].translate(str.maketrans(data("reading.yaml")["year_digits"])) if number else ""
    if not digits or int(digits) not in _YEARS:
        raise ValueError(f"year {value!r} is no year from {_YEARS[0]} to {_YEARS[-1]}; write it as 2021")
    return int(digits)


def delimiter(header: str) -> str:
    """Return what parts the columns in a CSV file's first line: `,`, `;` or a tab.

    >>> delimiter("id;text"), delimiter("text")
    (';', ',')
    """
    try:
        return csv.Sniffer().sniff(header, ",;\t").delimiter
    except csv.Error:
        return ","


def text_column(path: Path, wanted: str | None = None) -> str:
    """Return the column of a table that holds the texts: the one wanted, or one of the usual names.

    Raises NoTexts where there is none and for tables that gongkai itself wrote, ReadError for a damaged table.
    """
    columns = _columns(path)
    if any(set(columns) >= ours for ours in _OURS):
        raise NoTexts("this is a table of sections or statements", "give the reports themselves")
    found = next((c for c in ([wanted] if wanted else data("reading.yaml")["text_columns"]) if c in columns), None)
    if found is None:
        sought = f"column {wanted!r}" if wanted else "column of texts"
        raise NoTexts(f"has no {sought} (columns: {', '.join(columns)})", "name the column that holds the reports: --text-column NAME")
    return found


def _columns(path: Path) -> list[str]:
    match path.suffix.lower():
        case ".parquet":
            return list(_parquet(path).schema_arrow.names)
        case ".csv":
            return [c for c in next(iter(csv_rows(path)), {}) if isinstance(c, str)]
    for row in _json_rows(path):
        return list(row) if isinstance(row, Mapping) else []
    return []


class NoTexts(ReadError):
    """A table that is none of reports, and stands there for another use."""


class Ids(Protocol):
    """Where the ids that a table has given are kept: a set, or for millions a place on disk."""

    def __contains__(self, id: str, /) -> bool:
        """Say whether an id is taken."""

    def add(self, id: str, /) -> None:
        """Take an id."""


def read_rows(path: Path, name: str, wanted: str | None = None, seen: Ids | None = None) -> Iterator[Report | Failure]:
    """Read the reports of a table one after the other; a row without text is a Failure and the others go on.

    The id is the row's own, or the table's `name` with the row's number (from 1); its further columns become metadata. `seen` keeps
    the ids of the table.
    """
    try:
        yield from _reports(path, name, text_column(path, wanted), set() if seen is None else seen)
    except ReadError as error:
        yield Failure(str(path), "read", str(error), error.cure)
    except (OSError, ValueError, csv.Error) as error:
        yield Failure(str(path), "read", f"cannot be read on from here ({error})", "write the table again; the rows before are read")


def _reports(path: Path, name: str, column: str, seen: Ids) -> Iterator[Report | Failure]:
    fields = data("reading.yaml")
    for n, row in enumerate(_rows(path), 1):
        place = f"{path}#{n}"
        if not isinstance(row, Mapping):
            yield Failure(place, "read", str(row), "mend the row; the others are read all the same")
            continue
        text = row.get(column)
        if not isinstance(text, str) or not text.strip():
            yield Failure(place, "read", f"column {column!r} holds no text", "give the row a text, or take it out")
            continue
        given = next((str(row[c]) for c in fields["id_columns"] if row.get(c) not in (None, "")), "")
        id = given if given and given not in seen else f"{name}#{n}"
        seen.add(id)
        metadata, warnings = _metadata(row, column, fields)
        yield Report(id, text, place, metadata=metadata, warnings=warnings)


def _metadata(row: Mapping[str, Any], column: str, fields: Mapping[str, Any]) -> tuple[dict[str, object], tuple[str, ...]]:
    """What a row says besides its text, under the names that gongkai gives it, and what is wrong with it."""
    renamed = {c: field for field, columns in fields["fact_columns"].items() for c in columns}
    warnings = ["the row has more cells than the table has columns; those are passed over"] if None in row else []
    named: dict[str, object] = {}
    for name, value in row.items():
        # What is missing may come as NaN, which equals nothing.
        if not name or name == column or name in fields["id_columns"] or value in (None, "") or value != value:
            continue
        field = renamed.get(name, name)
        if field == "year":
            try:
                named[field] = year_of(value)
            except ValueError as error:
                warnings.append(f"{error}; the row is read without it")
        elif field in fields["fact_columns"]:
            named[field] = str(value).strip()
        elif isinstance(value, list | dict):
            named[field] = json.dumps(value, ensure_ascii=False, default=str)
        else:
            named[field] = value if isinstance(value, str | int | float) else str(value)
    return named, tuple(warnings)


def _rows(path: Path) -> Iterator[Any]:
    match path.suffix.lower():
        case ".parquet":
            return _parquet_rows(path)
        case ".csv":
            return csv_rows(path)
    return _json_rows(path)


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Without a buffer of its own it would hold a whole row group, which may be the whole file.
        return pq.ParquetFile(path, buffer_size=_SAMPLE, pre_buffer=False)
    except pa.ArrowException as error:
        raise ReadError(f"is no Parquet file ({error})", "write it again") from error


def _parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    for batch in _parquet(path).iter_batches(batch_size=_BATCH):
        yield from batch.to_pylist()


def _lines(path: Path) -> Iterable[str]:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    # A longer file's sample may end inside a character; one of two bytes a character does so at an odd length only.
    whole = len(sample) < _SAMPLE or sample[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = _encoding(sample if whole else sample[: sample.rfind(b"\n") + 1] or sample)
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield from file


def _encoding(sample: bytes) -> str:
    text = decode(sample)
    for name in ("utf-8-sig", "gb18030", "utf-16", "big5hkscs"):
        try:
            if sample.decode(name).lstrip("\ufeff") == text.lstrip("\ufeff"):
                return name
        except UnicodeDecodeError:
            continue
    return "utf-8-sig"


def csv_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a CSV file by their columns, a piece of the file at a time."""
    # The standard limit of 131,072 characters a cell is less than some reports.
    csv.field_size_limit(1 << 30)
    lines = iter(_lines(path))
    header = next(lines, "")
    yield from csv.DictReader(chain([header], lines), delimiter=delimiter(header))


def _json_rows(path: Path) -> Iterator[Any]:
    for line in _lines(path):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                yield f"is no JSON ({error})"

"""The user's own table of who wrote which report and when: read, matched to the reports, checked for rows that name none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import UserError
from .read import Found, Limits, ReadError, decode
from .read.archive import members, unpack
from .read.rows import csv_rows, delimiter, year_of

# The members were counted when the archive was listed.
_ANY = 1 << 30
_HEADLESS = "{}: needs a first line with the column names, 'report' among them, and at least one row"


class MetadataError(UserError):
    """A metadata table that cannot be used; the message names the file and the cure."""


def read_metadata(path: str | Path) -> dict[str, dict[str, object]]:
    """Read a metadata table (CSV: report, body, year, level, region and any further columns) into rows by report.

    Columns may be parted by `,`, `;` or tabs. Raises MetadataError for a table without a `report` column, a report given twice, or
    a year that is none.
    """
    file = Path(path)
    try:
        raw = file.read_bytes()
    except FileNotFoundError as error:
        raise MetadataError(f"{file}: no such file; check the spelling of the path") from error
    except OSError as error:
        raise MetadataError(f"{file}: cannot be read ({error}); check that the file may be read") from error
    return _table(raw, str(file))


def _table(raw: bytes, file: str) -> dict[str, dict[str, object]]:
    try:
        text = decode(raw).lstrip("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter(text.partition("\n")[0])))
    except (ValueError, csv.Error) as error:
        raise MetadataError(f"{file}: cannot be read ({error}); save it as CSV in UTF-8") from error
    if (rows and "report" not in rows[0]) or not rows:
        raise MetadataError(_HEADLESS.format(file))
    table: dict[str, dict[str, object]] = {}
    for n, row in enumerate(rows, 2):
        key, values = _entry(row, n, file)
        if key in table:
            raise MetadataError(_twice(file, n, key))
        table[key] = values
    return table


def _entry(row: Mapping[Any, object], line: int, file: str) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {k: v.strip() for k, v in row.items() if k and isinstance(v, str)}
    if year := values.get("year"):
        try:
            values["year"] = year_of(year)
        except ValueError as error:
            raise MetadataError(f"{file}: line {line}: {error}") from None
    return str(values.get("report", "")), values


def _twice(file: str, line: int, key: str) -> str:
    return f"{file}: line {line}: report {key!r} stands twice; keep one row"


def metadata_stream(path: str | Path, take: Callable[[str, dict[str, object]], bool]) -> None:
    """Hand the rows of a metadata table, however long, to `take(report, row)`, which says whether the report is new.

    Raises MetadataError as `read_metadata` does.
    """
    file, n = Path(path), 1
    try:
        for n, row in enumerate(csv_rows(file), 2):
            if "report" not in row:
                break
            key, values = _entry(row, n, str(file))
            if not take(key, values):
                raise MetadataError(_twice(str(file), n, key))
        else:
            if n > 1:
                return
    except (OSError, csv.Error, ReadError) as error:
        raise MetadataError(f"{file}: cannot be read ({error}); save it as CSV in UTF-8, and check that it may be read") from error
    raise MetadataError(_HEADLESS.format(file))


def metadata_for(id: str, table: Mapping[str, Mapping[str, object]]) -> Mapping[str, object] | None:
    """Return the row of a report: by its path, its file name, or its name without the ending."""
    path = Path(id)
    return next((table[k] for k in (id, path.name, path.with_suffix("").as_posix(), path.stem) if k in table), None)


def metadata_rows(files: Sequence[Found], metadata: str | Path | None = None) -> tuple[dict[str, Mapping[str, object]], list[str]]:
    """Return the metadata row of each report (by id) that has one, and the rows that name no report.

    The table given applies to all; without one, the `metadata.csv` of a folder to the reports below that folder, after that of an
    archive to the reports below it there.
    """
    rows: dict[str, Mapping[str, object]] = {}
    strays: list[str] = []
    by_root: dict[Path, list[Found]] = {}
    for file in files:
        by_root.setdefault(file.root, []).append(file)
    whole = read_metadata(metadata) if metadata is not None else None
    for root, mine in by_root.items():
        beside = root / "metadata.csv"
        table = whole if whole is not None else read_metadata(beside) if beside.is_file() else {}
        packed, idle = ({}, []) if whole is not None else inside(mine)
        rows |= packed | {f.id: row for f in mine if (row := metadata_for(f.name, table) or metadata_for(f.id, table))}
        if whole is None:
            strays += [*unmatched(table, [f.name for f in mine]), *idle]
    if whole is not None:
        strays = unmatched(whole, [name for f in files for name in (f.id, f.name)])
    return rows, strays


def stray_lines(strays: Iterable[str]) -> list[str]:
    """Return a line for each row of a metadata table that names no report, as `metadata_rows` gives them.

    >>> stray_lines(["柳泉县.txt"])
    ["the metadata table names '柳泉县.txt', which is not among the reports"]
    """
    return [f"the metadata table names {s!r}, which is not among the reports" for s in strays]


def inside(files: Iterable[Found]) -> tuple[dict[str, Mapping[str, object]], list[str]]:
    """The rows that tables inside archives hold for the reports packed with them, and those that name none."""
    packed: dict[Path, list[tuple[str, Found]]] = {}
    for file in files:
        if file.member:
            packed.setdefault(file.path, []).append((file.member, file))
    rows: dict[str, Mapping[str, object]] = {}
    idle: list[str] = []
    for path, mine in packed.items():
        tables = [PurePosixPath(n) for n in members(path, Limits(members=_ANY)) if PurePosixPath(n).name == "metadata.csv"]
        # A deeper table comes later and wins.
        for place in sorted(tables, key=lambda p: len(p.parts)):
            base = place.parent
            below = [(PurePosixPath(n).relative_to(base).as_posix(), f) for n, f in mine if PurePosixPath(n).is_relative_to(base)]
            try:
                raw = unpack(path, str(place), Limits())
            except ReadError:
                # The walk names what cannot be unpacked.
                continue
            table = _table(raw, f"{path}/{place}")
            rows |= {f.id: row for n, f in below if (row := metadata_for(n, table))}
            idle += unmatched(table, [n for n, _ in below])
    return rows, idle


def unmatched(table: Mapping[str, object], ids: Iterable[str]) -> list[str]:
    """Return the reports a metadata table names that are not among the reports read."""
    known: set[str] = set()
    for i in ids:
        path = Path(i)
        known |= {i, path.name, path.with_suffix("").as_posix(), path.stem}
    return [k for k in table if k not in known]

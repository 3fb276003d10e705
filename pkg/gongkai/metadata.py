"""The user's own table of who wrote which report and when: read, matched to the reports, checked for rows that name none."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .errors import UserError
from .read import Found, decode


class MetadataError(UserError):
    """A metadata table that cannot be used; the message names the file and the cure."""


def read_metadata(path: str | Path) -> dict[str, dict[str, object]]:
    """Read a metadata table (CSV: report, body, year, level, region and any further columns) into rows by report.

    Raises MetadataError for a table without a `report` column, a report given twice, or a year that is no number.
    """
    file = Path(path)
    try:
        rows = list(csv.DictReader(io.StringIO(decode(file.read_bytes()).lstrip("\ufeff"))))
    except FileNotFoundError as error:
        raise MetadataError(f"{file}: no such file; check the spelling of the path") from error
    except (OSError, ValueError, csv.Error) as error:
        raise MetadataError(f"{file}: cannot be read ({error}); save it as CSV in UTF-8") from error
    if (rows and "report" not in rows[0]) or not rows:
        raise MetadataError(f"{file}: needs a first line with the column names, 'report' among them, and at least one row")
    table: dict[str, dict[str, object]] = {}
    for n, row in enumerate(rows, 2):
        key = (row.get("report") or "").strip()
        values: dict[str, object] = {k: v.strip() for k, v in row.items() if k and isinstance(v, str)}
        if key in table:
            raise MetadataError(f"{file}: line {n}: report {key!r} stands twice; keep one row")
        if year := values.get("year"):
            try:
                values["year"] = int(float(str(year).rstrip("年")))
            except (ValueError, OverflowError):
                raise MetadataError(f"{file}: line {n}: year {year!r} is no number; write it as 2021") from None
        table[key] = values
    return table


def metadata_for(id: str, table: Mapping[str, Mapping[str, object]]) -> Mapping[str, object] | None:
    """Return the row of a report: by its path, its file name, or its name without the ending."""
    path = Path(id)
    return next((table[k] for k in (id, path.name, path.with_suffix("").as_posix(), path.stem) if k in table), None)


def metadata_rows(files: Sequence[Found], metadata: str | Path | None = None) -> tuple[dict[str, Mapping[str, object]], list[str]]:
    """Return the metadata row of each report (by id) that has one, and the rows that name no report.

    The table given applies to all; without one, the `metadata.csv` of a folder to the reports below that folder.
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
        rows |= {f.id: row for f in mine if (row := metadata_for(f.name, table) or metadata_for(f.id, table))}
        if whole is None:
            strays += unmatched(table, [f.name for f in mine])
    if whole is not None:
        strays = unmatched(whole, [name for f in files for name in (f.id, f.name)])
    return rows, strays


def unmatched(table: Mapping[str, object], ids: Iterable[str]) -> list[str]:
    """Return the reports a metadata table names that are not among the reports read."""
    known: set[str] = set()
    for i in ids:
        path = Path(i)
        known |= {i, path.name, path.with_suffix("").as_posix(), path.stem}
    return [k for k in table if k not in known]

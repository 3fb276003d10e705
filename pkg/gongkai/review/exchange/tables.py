"""Codes as tables: CSV, JSON Lines, Parquet and Excel out, and back in after Excel, WPS or a script had them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ...export import plain, table_bytes
from ...guard import bare
from ...read import UndecodableError, decode
from ...read.rows import delimiter
from ..changes import State, Status
from .finding import find
from .held import Coded, Held, Item
from .names import Names, column_of, fold, mark_of, names_of, status_of, themes_in
from .rows import ExchangeError, Reading, Remark, Row

COLUMNS = (
    "report", "body", "year", "level", "region", "kind", "path", "start", "end", "text",
    "role", "themes", "coder", "status", "note", "at",
)  # fmt: skip
_ABOUT = ("body", "year", "level", "region")
_PLACE = ("report", "start", "end", "text")
_HEADINGS = 10


def lines(held: Held) -> Iterator[tuple[Item, Coded | None]]:
    """Yield each code of each statement, and once each statement that has none: what a coder has still to do."""
    for item in held.items:
        yield from ((item, c) for c in held.by_item.get(item.id, (None,)))


def frame_of(held: Held) -> pd.DataFrame:
    """Return a row a statement and coder with `COLUMNS` and the user's own; rows without any code have neither role nor status."""
    rows, own = [], own_columns(held)
    for item, coded in lines(held):
        about = held.reports.get(item.report, {})
        state = coded.state if coded else State()
        place = (item.kind, list(item.path), item.start, item.end, item.text)
        said = (state.role, list(state.themes), coded.coder if coded else held.coder or None, state.status if coded else None, state.note)
        extra = held.extras.get(item.id, {})
        rows.append((item.report, *(about.get(c) for c in _ABOUT), *place, *said, coded.at if coded else None, *map(extra.get, own)))
    return pd.DataFrame(rows, columns=[*COLUMNS, *own.values()]).astype({"year": "Int64", "start": "Int64", "end": "Int64"})


def own_columns(held: Held) -> dict[str, str]:
    """Return the user's own columns by name, with the name that each has in a file, where it can be taken for no other column."""
    names, called = names_of(held.book), dict[str, str]()
    for column in dict.fromkeys(c for extra in held.extras.values() for c in extra):
        name = column
        while name in called.values() or name in COLUMNS or column_of(name) or _theme_of(name, names):
            name += "_given"
        called[column] = name
    return called


def write_csv(held: Held) -> dict[str, bytes]:
    """Return the CSV that Excel opens rightly (UTF-8 with its mark); themes are joined by `;`, no text is a formula."""
    return {"": table_bytes(frame_of(held), "codes.csv")}


def write_jsonl(held: Held) -> dict[str, bytes]:
    """Return JSON Lines, a row each, themes as lists."""
    return {"": table_bytes(frame_of(held), "codes.jsonl")}


def read_csv(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read a CSV in any usual encoding, parted by `,` `;` or tabs."""
    name, raw = next(iter(files.items()))
    try:
        text = decode(raw).removeprefix("\ufeff")
    except UndecodableError as error:
        raise ExchangeError("xe_text", name=name, error=error, cure=error.cure) from error
    csv.field_size_limit(1 << 30)
    try:
        parted = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text[: text.find("\n") + 1] or text))
        grid = [[bare(c) for c in row] for row in parted]
    except csv.Error as error:
        raise ExchangeError("xe_csv", name=name, error=error) from error
    return read_grid(((f"line {n}", row) for n, row in enumerate(grid, 1)), name, held, names)


def read_jsonl(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read JSON Lines with the columns of a table."""
    records: list[tuple[str, Mapping[str, Any]]] = []
    broken: list[Row] = []
    for where, record in json_lines(files):
        if isinstance(record, Mapping):
            records.append((where, record))
        else:
            broken.append(Row(where, None, wrong=(Remark("x_no_record"),)))
    return _with(read_records(records, next(iter(files)), held, names), broken)


def _with(reading: Reading, broken: Sequence[Row]) -> Reading:
    return Reading((*reading.rows, *broken), reading.remarks)


def read_parquet(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read a Parquet table with the columns of a table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name, raw = next(((n, r) for n, r in files.items() if n.endswith(".parquet")), next(iter(files.items())))
    try:
        rows = pq.read_table(io.BytesIO(raw)).to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ExchangeError("xe_parquet", name=name, error=error) from error
    return read_records([(f"row {n}", row) for n, row in enumerate(rows, 1)], name, held, names)


def json_lines(files: Mapping[str, bytes]) -> Iterator[tuple[str, Any]]:
    """Yield what stands in each line of JSON Lines files, with the line's name; None for a line that is no JSON."""
    for name, raw in files.items():
        try:
            text = decode(raw).removeprefix("\ufeff")
        except UndecodableError as error:
            raise ExchangeError("xe_text", name=name, error=error, cure=error.cure) from error
        for n, line in enumerate(text.split("\n"), 1):
            if line.strip():
                where = f"line {n}" if len(files) == 1 else f"{name} line {n}"
                try:
                    yield where, json.loads(line)
                except (ValueError, RecursionError):
                    yield where, None


def read_grid(lines: Iterable[tuple[str, Sequence[Any]]], name: str, held: Held, names: Names) -> Reading:
    """Read rows of cells; the heading may stand a few lines down, columns in any order and under any of their names."""
    flow = iter(lines)
    for _, cells in zip(range(_HEADINGS), (cells for _, cells in flow), strict=False):
        heads = [str(c).strip() if c is not None else "" for c in cells]
        if len({column_of(h) for h in heads} & {*_PLACE, "role"}) >= 2:
            break
    else:
        raise ExchangeError("xe_heading", name=name)
    filled = ((where, dict(zip(heads, cells, strict=False))) for where, cells in flow if any(c not in (None, "") for c in cells))
    return read_records(list(filled), name, held, names)


def read_records(records: Sequence[tuple[str, Mapping[str, Any]]], name: str, held: Held, names: Names) -> Reading:
    """Read rows by their headings: those of a table, and a column for each theme."""
    heads = list(dict.fromkeys(str(h) for _, record in records for h in record))
    columns: dict[str, str] = {}
    marks: dict[str, str] = {}
    strange = []
    own = set(own_columns(held).values())
    for head in heads:
        column = column_of(head)
        theme = None if column else _theme_of(head, names)
        if column and column not in columns.values():
            columns[head] = column
        elif theme:
            marks[head] = theme
        elif head.strip() and head not in own:
            strange.append(head)
    if not heads:
        raise ExchangeError("xe_heading", name=name)
    if "role" not in columns.values():
        raise ExchangeError("xe_no_role_column", name=name, columns=", ".join(heads[:12]))
    remarks = [Remark("x_columns_passed", {"columns": ", ".join(strange)})] if strange else []
    rows = [_row(where, {columns.get(str(h), str(h)): v for h, v in record.items()}, marks, held, names) for where, record in records]
    return Reading(tuple(rows), tuple(remarks))


def _theme_of(head: str, names: Names) -> str | None:
    # A heading is both names in one: 公开时效（timeliness）.
    return names.theme(head) or (names.theme(head.partition("（")[0]) if "（" in head else None)


def _row(where: str, cells: Mapping[str, Any], marks: Mapping[str, str], held: Held, names: Names) -> Row:
    wrong: list[Remark] = []
    item = find(held, _text(cells.get("report")), cells.get("start", ""), cells.get("end", ""), _text(cells.get("text")))
    if isinstance(item, Remark):
        wrong.append(item)
    said = _text(cells.get("role"))
    role = names.role(said) if said else None
    if said and not role and not names.is_passed(said):
        wrong.append(Remark("x_role_unknown", {"role": said, "known": _known(names, "roles")}))
    listed, unknown = themes_in(names, _listed(cells.get("themes")))
    if unknown:
        wrong.append(Remark("x_theme_unknown", {"themes": ", ".join(unknown), "known": _known(names, "themes")}))
    marked, unclear = _marked(cells, marks, names)
    if unclear:
        wrong.append(Remark("x_mark_unclear", {"marks": ", ".join(unclear)}))
    if listed and marked and listed != marked:
        wrong.append(Remark("x_themes_differ", {"listed": ";".join(listed), "marked": ";".join(marked)}))
    word = _text(cells.get("status")) if "status" in cells else None
    status: Status | None = status_of(word) if word else None
    if word and status is None:
        wrong.append(Remark("x_status_unknown", {"status": word}))
    themes = listed or marked
    if themes and not role and status is None and not wrong:
        wrong.append(Remark("x_no_role", {"themes": ", ".join(names.book.label(t) for t in themes)}))
    note = str(plain(cells["note"]) or "") if "note" in cells else None
    return Row(where, item if isinstance(item, Item) else None, _text(cells.get("coder")), role, themes, status, note, tuple(wrong))


def _marked(cells: Mapping[str, Any], marks: Mapping[str, str], names: Names) -> tuple[tuple[str, ...], list[str]]:
    found, unclear = set(), []
    for head, theme in marks.items():
        cell = _text(cells.get(head))
        mark = mark_of(cell)
        if mark:
            found.add(theme)
        elif mark is None:
            unclear.append(f"{names.book.label(theme)} {cell!r}")
    return tuple(t for t in names.book.theme_ids if t in found), unclear


def _known(names: Names, kind: str) -> str:
    ids = names.book.role_ids if kind == "roles" else names.book.theme_ids
    return ", ".join(f"{names.book.label(i)} {i}" for i in ids)


def _listed(cell: Any) -> Any:
    value = plain(cell)
    return value if isinstance(value, list) else _text(value)


def _text(cell: Any) -> str:
    value = plain(cell)
    return "" if value is None else str(value).strip()


__all__ = [
    "COLUMNS", "fold", "frame_of", "json_lines", "lines", "names_of", "read_csv", "read_grid", "read_jsonl", "read_parquet",
    "read_records", "write_csv", "write_jsonl",
]  # fmt: skip

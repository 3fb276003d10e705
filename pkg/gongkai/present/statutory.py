"""The statutory tables for the page: a report's figures as written and what does not add up in them, with labels in two languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..errors import UserError
from ..forms import TABLES, rows
from ..records import FINDING_COLUMNS, TABLE_COLUMNS
from ..resources import data
from .figures import present
from .panels import said


def _proactive(blocks: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The names of each column, one from each block of rows that has it: that of its newest form."""
    names: dict[str, list[str]] = {}
    for block in blocks:
        for column, zh in {c: zh for of in block["forms"].values() for c, zh in of.items()}.items():
            names.setdefault(column, []).append(zh)
    return names


def labels() -> dict[str, dict[str, dict[str, list[str]]]]:
    """Return the names of the rows and columns of each table as pairs [zh, en], in the order of the form.

    The one row of section 四 is laid out as three, by what was done about a request.

    >>> labels()["requests"]["columns"]["natural"], labels()["litigation"]["rows"]["review"]
    (['自然人', 'natural persons'], ['行政复议', 'administrative review'])
    """
    english, form = data("page_tables.yaml"), data("tables.yaml")
    columns: dict[str, dict[str, str]] = {"requests": form["requests"]["columns"], "litigation": form["litigation"]["results"]}
    columns["proactive"] = {c: "／".join(dict.fromkeys(names)) for c, names in _proactive(form["proactive"]["blocks"]).items()}
    named = {t: {r.id: r.label for r in rows(t)} for t in ("proactive", "requests")}
    named["requests"] = {r: f"{number} {named['requests'][r]}" for r, (number, _) in form["requests"]["rows"].items()}
    named["litigation"] = {g: english["groups"][g] for g in form["litigation"]["groups"]}
    return {
        table: {
            "rows": {r: [zh, english[table]["rows"].get(r, r)] for r, zh in named[table].items()},
            "columns": {c: [zh, english[table]["columns"].get(c, c)] for c, zh in columns[table].items()},
        }
        for table in TABLES
    }


def _place(table: str, row: str, column: str) -> list[str]:
    """Where a cell stands on the page: the columns of section 四 are cut in a row and a column."""
    group, _, result = column.rpartition("_")
    return [group, result] if table == "litigation" and group else [row, column]


def figures_of(cells: pd.DataFrame) -> tuple[list[list], dict[str, list]]:
    """Return the layouts met, [table, [[row, column], …]], and by report its tables, [layout, [cell as written, None: not placed]].

    Raises UserError where a column of `gongkai tables` is lacking.
    """
    _whole(cells, TABLE_COLUMNS, "cells")
    where = ["table", "row", "column"]
    # Cells are many, their places few: each place is made out once.
    key = cells.groupby(where, sort=False, dropna=False).ngroup()
    places = [(str(t), tuple(_place(str(t), str(r), str(c)))) for t, r, c in cells[~key.duplicated()][where].values.tolist()]
    found: dict[str, dict[str, tuple[list[int], list[str | None]]]] = {}
    for report, place, raw, value in zip(
        cells["report"].tolist(), key.tolist(), cells["raw"].tolist(), cells["value"].tolist(), strict=True
    ):
        keys, written = found.setdefault(str(report), {}).setdefault(places[place][0], ([], []))
        keys.append(place)
        written.append(str(raw) if present(raw) or raw == "" else said(value) if present(value) else None)
    layouts: dict[tuple[str, tuple[int, ...]], int] = {}
    by_report = {
        report: [[layouts.setdefault((table, tuple(keys)), len(layouts)), written] for table, (keys, written) in of.items()]
        for report, of in found.items()
    }
    return [[table, [list(places[k][1]) for k in keys]] for table, keys in layouts], by_report


def findings_of(checks: pd.DataFrame) -> dict[str, list]:
    """Return by report its findings: [check, table, row, column, message]."""
    _whole(checks, FINDING_COLUMNS, "checks")
    found: dict[str, list[list[str]]] = {}
    columns = [checks[c].tolist() for c in ("report", "check", "table", "row", "column", "message")]
    for report, *rest in zip(*columns, strict=True):
        check, table, row, column, message = (str(v) if present(v) else "" for v in rest)
        found.setdefault(str(report), []).append([check, table, *_place(table, row, column), message])
    return found


def _whole(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    if lacking := [c for c in columns if c not in frame]:
        raise UserError(f"{name}: no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")

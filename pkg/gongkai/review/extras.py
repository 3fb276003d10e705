"""Columns of a table that are the user's own, as a number or a code of the province: kept with the study, and given back with codes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
# Where rows carry the statement that they are in the study; no column of a table is called so.
ID = "\0id"
# What gongkai itself writes into tables of statements and reports besides the columns of `analyse`.
_WRITTEN = frozenset({"doubt", "statement", "sha256"})


def _further(rows: Sequence[Row]) -> list[str]:
    """Return the columns of a table that are not gongkai's, in order."""
    from ..analyse import OWN_COLUMNS

    return [c for c in (rows[0] if rows else ()) if c.strip() and c not in OWN_COLUMNS and c not in (*_WRITTEN, ID)]


def keep_extras(db: sqlite3.Connection, rows: Sequence[Row], reports: Sequence[Row]) -> tuple[str, ...]:
    """Keep the user's columns of tables of statements and of reports, and return them; what was kept before stays beside.

    A column that says the same of all statements of each report is kept with the report, so that it holds for what boundaries make of
    its statements too. Statements that the study has not taken over (without an `ID`) are left out. Call it inside `writing(db)`.
    """
    told, said = _further(reports), _further(rows)
    of_report: dict[str, dict[str, Any]] = {str(r["report"]): _filled(r, told) for r in reports if r["report"]}
    mine: dict[str, list[Row]] = {}
    for row in rows:
        mine.setdefault(row["report"], []).append(row)
    shared = [c for c in said if c not in told and all(len({_value(r[c]) for r in of}) == 1 for of in mine.values())]
    for report, of in mine.items():
        of_report[report] = {**_filled(of[0], shared), **of_report.get(report, {})}
    rest = [c for c in said if c not in told and c not in shared]
    of_statement = {r[ID]: _filled(r, rest) for r in rows if ID in r}
    for table, found in (("reports", of_report), ("statements", of_statement)):
        db.executemany(
            f"UPDATE {table} SET extra = json_patch(extra, ?) WHERE id = ?",
            [(json.dumps(extra, ensure_ascii=False), id) for id, extra in found.items() if extra],
        )
    return tuple(dict.fromkeys((*told, *said)))


def extras(db: sqlite3.Connection) -> dict[int, dict[str, Any]]:
    """Return the user's columns of each statement in force that has any, those of its report among them."""
    sql = "SELECT s.id, r.extra AS report, s.extra AS own FROM statements AS s JOIN reports AS r ON r.id = s.report"
    found = db.execute(f"{sql} WHERE s.retired IS NULL AND (r.extra != '{{}}' OR s.extra != '{{}}')")
    return {r["id"]: json.loads(r["report"]) | json.loads(r["own"]) for r in found}


def _filled(row: Row, columns: Iterable[str]) -> dict[str, Any]:
    return {c: value for c in columns if (value := _value(row.get(c))) is not None}


def _value(cell: Any) -> str | int | float | bool | None:
    """A cell as JSON can keep it: what is no text, number or truth becomes text."""
    if cell is None or cell is pd.NaT or cell == "":
        return None
    if isinstance(cell, list | tuple | dict):
        return json.dumps(cell, ensure_ascii=False, default=str) if cell else None
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        return str(cell)
    return cell if isinstance(cell, str | int | float | bool) else str(cell)

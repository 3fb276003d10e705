"""勾稽: whether the figures of the statutory tables agree with each other and with what the report says in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from .forms import column_name, litigation_columns, rows
from .records import Finding, Section, TableCell
from .repair import repair
from .resources import data

_By = dict[tuple[str, str, str], TableCell]
_NAMED_IN = ("preface", "overview", "requests", "litigation")


def balance(cells: Sequence[TableCell]) -> list[Finding]:
    """Return the sums that do not hold; a blank counts as 0, a sum with a cell that could not be placed is left alone."""
    by = {(c.table, c.row, c.column): c for c in cells}
    here = {c.row for c in cells if c.table == "requests"}
    findings: list[Finding | None] = []
    if here:
        columns = list(data("tables.yaml")["requests"]["columns"])
        ids = [r.id for r in rows("requests") if r.id in here]
        results = ids[ids.index("granted") : ids.index("total")] if {"granted", "total"} <= here else []
        for column in columns:
            at = [("requests", row, column) for row in ("new", "carried_in", "total", "carried_out")]
            findings.append(_compare(by, "balance", at[:2], at[2:], "total", column))
            findings.append(_compare(by, "results_total", [("requests", r, column) for r in results], [("requests", "total", column)]))
        for row in ids:
            parts = [("requests", row, c) for c in columns[:-1]]
            findings.append(_compare(by, "row_total", parts, [("requests", row, columns[-1])]))
    size = len(data("tables.yaml")["litigation"]["results"])
    columns = list(litigation_columns())
    for first in range(0, len(columns), size):
        keys = [("litigation", "cases", c) for c in columns[first : first + size]]
        findings.append(_compare(by, "group_total", keys[:-1], keys[-1:]))
    return [f for f in findings if f]


def _compare(
    by: _By, check: str, parts: Sequence[tuple[str, str, str]], whole: Sequence[tuple[str, str, str]], row: str = "", column: str = ""
) -> Finding | None:
    """A finding where the cells `parts` and the cells `whole` do not add up to the same."""
    cells = [by.get(key) for key in (*parts, *whole)]
    known = [c for c in cells if c is not None and c.raw is not None and not _unsettled(c)]
    if not parts or len(known) < len(cells) or not any(c.value is not None for c in known):
        return None
    expected = sum(c.value or 0 for c in known[: len(parts)])
    found = sum(c.value or 0 for c in known[len(parts) :])
    if abs(expected - found) < 1e-9:
        return None
    table, last_row, last_column = whole[-1]
    return _finding(check, table, row or last_row, column or last_column, expected, found, known)


def _unsettled(cell: TableCell) -> bool:
    """Say whether a cell holds figures whose meaning could not be settled."""
    return cell.value is None and bool(re.search(r"\d", cell.raw or ""))


def _finding(
    check: str, table: str, row: str, column: str, expected: float, found: float, cells: Iterable[TableCell], *places: tuple[int, int]
) -> Finding:
    messages = data("tables.yaml")["messages"]
    used = list(cells)
    note = messages["blanks_as_zero"] if any(c.value is None for c in used) else ""
    labels = {r.id: r.label for r in rows("requests")}
    words = messages[check].format(label=labels.get(row, row), expected=_plain(expected), found=_plain(found), note=note)
    at = (*places, *((c.start, c.end) for c in used if c.start is not None and c.end is not None))
    return Finding(check, table, row, column, expected, found, words, at)


def _of_several(finding: Finding, keys: Sequence[tuple[str, str, str]]) -> Finding:
    """A finding whose figure is the sum of several cells of a row: it names them, and no single column."""
    cells = "、".join(column_name(*key) for key in keys)
    return replace(finding, column=None, message=finding.message + data("tables.yaml")["messages"]["added"].format(cells=cells))


def _plain(number: float) -> str:
    return f"{number:.10g}"


@cache
def _named() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [(re.compile(rule["pattern"]), rule) for rule in data("tables.yaml")["named"]]


def named(text: str, sections: Sequence[Section], cells: Sequence[TableCell]) -> list[Finding]:
    """Return the figures that sections 一, 三 and 四 name in words and that differ from the table's, with both places."""
    by = {(c.table, c.row, c.column): c for c in cells}
    findings = []
    for section in sections:
        if section.kind not in _NAMED_IN:
            continue
        view = repair(text[section.body_start : section.end], section.body_start)
        told: set[int] = set()
        for pattern, rule in _named():
            keys: list[tuple[str, str, str]] = [tuple(cell.split(".")) for cell in rule["cells"]]
            known = [by[key] for key in keys if key in by and by[key].value is not None]
            if len(known) < len(keys):
                continue
            expected = sum(c.value or 0 for c in known)
            for m in pattern.finditer(view.text):
                said = 0.0 if rule.get("zero") else float(m.group(1))
                if said != expected and m.end() not in told:
                    told.add(m.end())
                    table, row, column = keys[-1]
                    found = _finding("named", table, row, column, expected, said, known, view.source(*m.span()))
                    findings.append(found if len(keys) == 1 else _of_several(found, keys))
    return findings

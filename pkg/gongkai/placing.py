"""The statutory tables of sections 二, 三 and 四 as numbers: each cell placed with certainty, or empty with a finding."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .forms import (
    TABLES,
    Row,
    block_of,
    column_labels,
    first_columns,
    headers_in,
    plain,
    row_pattern,
    rows,
)
from .litigation import litigation
from .records import Finding, Report, Section, TableCell
from .resources import data
from .sheet import Sheet
from .slots import Lines, beside
from .values import tokens

_ENOUGH = 3
# What a label with a value behind it weighs against a mention.
_ROW = 3
_TELLING = 4


@dataclass(frozen=True, slots=True)
class _Label:
    """A row's label in the text, `[start, end)`, with the row's place in the form."""

    row: Row
    order: int
    start: int
    end: int


def statutory_cells(report: Report, sections: Sequence[Section]) -> tuple[list[TableCell], list[Finding]]:
    """Return the cells of the three tables in reading order, and what could not be read; see `TableCell`."""
    text = plain(report.readable())
    lines = Lines(report, text)
    cells: list[TableCell] = []
    findings: list[Finding] = []
    since, form = data("headings.yaml")["since"], ""
    for table in TABLES:
        section = next((s for s in sections if s.kind == table), None)
        # A blank last cell lies behind the section's last word.
        end = min((s.start for s in sections if section and s.start >= section.end), default=len(text))
        reading = Sheet(report, lines, text, table, (section.body_start, end) if section else (0, 0))
        if table == "proactive":
            there = bool(section) and bool(form := _proactive(reading))
        else:
            # Section 二, which comes first, tells the form of section 三.
            there = bool(section) and (_requests(reading, form) if table == "requests" else litigation(reading))
        if not there:
            early = report.year is not None and report.year < since
            reason = "before_2019" if early else "no_section" if section is None else "no_table"
            reading.cells.clear()
            reading.findings.clear()
            reading.say(
                "missing", place=(section.start, section.body_start) if section else None, reason=data("tables.yaml")["reasons"][reason]
            )
        cells += reading.cells
        findings += reading.findings
    return cells, findings


def _labels(reading: Sheet) -> list[_Label]:
    """The labels of a table's rows: of all that look like labels, the longest chain in the form's order, and rows out of it."""
    order = {row.id: n for n, row in enumerate(rows(reading.table))}
    by_id = {row.id: row for row in rows(reading.table)}
    best: list[tuple[int, tuple]] = [(0, ())] * (len(order) + 1)
    rowlike: dict[str, list[_Label]] = {}
    for m in row_pattern(reading.table).finditer(reading.text, reading.start, reading.end):
        n = order[str(m.lastgroup)]
        # A value behind a label tells a row from a mention in the text.
        weight = _ROW if tokens(reading.text, m.end(), reading.end, 0) or reading.lines.at(m.end()) else 1
        before = max(best[: n + 1], key=lambda b: b[0])
        label = _Label(by_id[str(m.lastgroup)], n, *m.span())
        if weight == _ROW:
            rowlike.setdefault(label.row.id, []).append(label)
        if before[0] + weight > best[n + 1][0]:
            best[n + 1] = (before[0] + weight, (before[1], label))
    chain, node = [], max(best, key=lambda b: b[0])[1]
    while node:
        node, label = node
        chain.append(label)
    here = {label.row.id for label in chain}
    # A row out of order, where nothing else can be meant.
    chain += [
        found[0] for id, found in rowlike.items() if chain and id not in here and len(found) == 1 and len(found[0].row.label) >= _TELLING
    ]
    return sorted(chain, key=lambda label: label.start)


def _header(reading: Sheet, patterns: Mapping[str, re.Pattern[str]], start: int, label: _Label) -> dict[str, int]:
    """The column of each header cell above a row, where all are found, each in a column of its own."""
    mine = reading.lines.at(label.end)
    found: dict[str, int] = {}
    at = start
    while mine and at < label.start:
        line = reading.lines.at(at)
        if line and line.table == mine.table:
            for slot in line.slots:
                words = reading.text[slot.start : slot.end]
                found |= {c: slot.column for c, p in patterns.items() if slot.columns == 1 and p.fullmatch(words)}
        step = max(line.end if line else at, at)
        newline = reading.text.find("\n", step)
        at = newline + 1 if newline >= 0 else label.start
    return {c: found[c] for c in patterns} if len(found) == len(patterns) == len(set(found.values())) else {}


def _requests(reading: Sheet, form: str) -> bool:
    labels = _labels(reading)
    if len(labels) < _ENOUGH:
        return False
    here = {label.row.id: n for n, label in enumerate(labels)}
    dropped = _of_the_other_form(reading, labels, form)
    head = _header(reading, column_labels("requests", labels[0].row.id, ""), reading.start, labels[0])
    disordered = list(head.values()) != sorted(head.values()) or _disordered(reading, labels[0].start)
    others: dict[str, int] | None = None
    for row in rows("requests"):
        if row.id in dropped:
            continue
        (columns,) = row.columns.values()
        if row.id not in here:
            reading.lacks(row.id, columns, row.label)
            continue
        label = labels[here[row.id]]
        if disordered:
            reading.say("header", row.id, place=(label.start, label.end), label=row.label)
            reading.put(row.id, columns, None, row.label)
            continue
        if not head and others is None:
            others = _as_others(reading, labels, columns)
        head = head or others or {}
        _row(reading, label, labels, columns, head)
    return True


def _of_the_other_form(reading: Sheet, labels: Sequence[_Label], form: str) -> set[str]:
    """The rows that only the other form has: told by the rows that are there, else by the form of section 二."""
    dropped: set[str] = set()
    for one, three in data("tables.yaml")["requests"]["instead"].items():
        valued = {la.row.id for la in labels if la.row.id == one and tokens(reading.text, la.end, reading.end, 0)}
        split = any(la.row.id in three for la in labels) or (not valued and form == data("tables.yaml")["requests"]["instead_in"])
        dropped |= {one} if split else set(three)
    return dropped


def _disordered(reading: Sheet, end: int) -> bool:
    """Say whether those labels of the header that stand side by side in every form of writing do so in another order."""
    labels = data("tables.yaml")["requests"]["side_by_side"]
    rest = iter(labels)
    return not all(head in rest for head in headers_in(reading.text, "requests", reading.start, end) if head in labels)


def _as_others(reading: Sheet, labels: Sequence[_Label], columns: Sequence[str]) -> dict[str, int]:
    """The columns of the table as its full rows show them, where the header does not."""
    full: Counter[tuple[int, ...]] = Counter()
    for label in labels:
        line = reading.lines.at(label.end)
        filled = [s for s in line.slots if s.start >= label.end and reading.text[s.start : s.end].strip()] if line else []
        full[tuple(s.column for s in filled) if len(filled) == len(columns) else ()] += 1
    del full[()]
    if not full:
        return {}
    places, count = full.most_common(1)[0]
    return dict(zip(columns, places, strict=True)) if 2 * count > full.total() else {}


def _proactive(reading: Sheet) -> str:
    """Place the figures of section 二 and return the form they are in, "" where there is no table."""
    labels = _labels(reading)
    headers = _first_headers(reading)
    forms = {label.row.id: _form(headers, label) for label in labels}
    known = [form for form, _ in forms.values() if form]
    if not known:
        return ""
    usual = max(sorted(set(known)), key=known.count)
    here = {label.row.id: label for label in labels}
    for row in rows("proactive"):
        form, at = forms.get(row.id, ("", 0))
        columns = row.columns.get(form or usual)
        if columns is None and row.id not in here:
            continue
        if columns is None or row.id not in here or not form:
            columns = columns or next(iter(row.columns.values()))
            if row.id in here:
                reading.say("header", row.id, label=row.label)
                reading.put(row.id, columns, None, row.label)
            else:
                reading.lacks(row.id, columns, row.label)
            continue
        label = here[row.id]
        if not _is_due(reading, label, labels, form):
            reading.say("header", row.id, place=(label.start, label.end), label=row.label)
            reading.put(row.id, columns, None, row.label)
            continue
        head = _header(reading, column_labels("proactive", row.id, form), at, label)
        _row(reading, label, labels, columns, head, reading.text[at : label.start])
    return usual


def _is_due(reading: Sheet, label: _Label, labels: Sequence[_Label], form: str) -> bool:
    """Say whether the header above a row holds the columns of the form in their order, and no others."""
    block = block_of()[label.row.id]
    start = max((la.end for la in labels if la.start < label.start and block_of()[la.row.id] != block), default=reading.start)
    first = min(la.start for la in labels if la.start > start and block_of()[la.row.id] == block)
    due = iter(data("tables.yaml")["proactive"]["blocks"][block]["forms"][form].values())
    return all(head in due for head in headers_in(reading.text, "proactive", start, first))


def _first_headers(reading: Sheet) -> list[tuple[int, int, str]]:
    """Where the first column of a block's header stands, with the block's number and the form it tells, in the order of the text."""
    return sorted(
        (m.start(), n, years[str(m.lastgroup)])
        for n, (pattern, years) in enumerate(first_columns())
        for m in pattern.finditer(reading.text, reading.start, reading.end)
    )


def _form(headers: Sequence[tuple[int, int, str]], label: _Label) -> tuple[str, int]:
    """The form that the header above a row tells, and where that header begins; "" where none belongs to the row."""
    last = max((at for at, _, _ in headers if at < label.start), default=-1)
    return next(((form, at) for at, n, form in headers if at == last and n == block_of()[label.row.id]), ("", 0))


def _row(
    reading: Sheet, label: _Label, labels: Sequence[_Label], columns: Sequence[str], head: Mapping[str, int], header: str = ""
) -> None:
    limit = next((other.start for other in labels if other.start > label.start), reading.end)
    words = label.row.label
    slots = beside(reading.text, reading.lines, (label.start, label.end), limit, columns, head)
    if slots is None:
        reading.say("unplaced", label.row.id, place=(label.start, label.end), label=words)
    reading.put(label.row.id, columns, slots, words, header)

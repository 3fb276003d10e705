"""One statutory table being read: what was placed so far, and what was found about it."""

from __future__ import annotations

from collections.abc import Sequence

from .forms import column_name
from .records import Finding, Report, TableCell
from .resources import data
from .slots import Lines, Slot
from .values import value_of


class Sheet:
    """One table being read: the report's text in plain characters, the rows of cells in it, what was placed and found."""

    def __init__(self, report: Report, lines: Lines, text: str, table: str, span: tuple[int, int]) -> None:
        self.report, self.lines, self.text, self.table = report, lines, text, table
        self.start, self.end = span
        self.cells: list[TableCell] = []
        self.findings: list[Finding] = []

    def say(
        self, check: str, row: str | None = None, column: str | None = None, place: tuple[int, int] | None = None, **words: object
    ) -> None:
        """Add a finding, with what its message says."""
        message = data("tables.yaml")["messages"][check].format(**words)
        self.findings.append(Finding(check, self.table, row, column, None, None, message, (place,) if place else ()))

    def lacks(self, row: str, columns: Sequence[str], label: str) -> None:
        """Say that a row was not found, and leave its cells empty."""
        broken = any(self.start < start < self.end for start, _ in self.report.furniture)
        note = data("tables.yaml")["messages"]["broken"] if broken else ""
        self.say("row", row, label=label, note=note)
        self.put(row, columns, None, label)

    def put(self, row: str, columns: Sequence[str], slots: Sequence[Slot] | None, label: str, header: str = "") -> None:
        """Add the cells of a row, empty ones where its places are not known."""
        form = data("tables.yaml")
        money, signed = form["money"]["columns"], form["signed"]
        for n, column in enumerate(columns):
            if slots is None:
                self.cells.append(TableCell(self.table, row, column, None, None, None, None))
                continue
            raw = self.report.text[slots[n].start : slots[n].end].strip()
            value = value_of(raw, column in money, header, column in signed)
            if value.problem:
                problem = form["problems"][value.problem].format(raw=raw)
                self.say(
                    "number",
                    row,
                    column,
                    (slots[n].start, slots[n].end),
                    label=label,
                    name=column_name(self.table, row, column),
                    problem=problem,
                )
            self.cells.append(TableCell(self.table, row, column, value.number, raw, slots[n].start, slots[n].end))

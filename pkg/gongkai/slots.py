"""The cells beside a label, however the table was written down: marked by the file, tabs, pipes, a cell a line, or flat."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .records import Report
from .values import tokens

_EDGE = re.compile(r"[\t|]")
_ROW_END = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell by its place in the text and, where rows are told apart, its column (from 0) and how many it spans."""

    start: int
    end: int
    column: int = -1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A row of cells; `table` tells the tables of a report apart."""

    slots: tuple[Slot, ...]
    table: int

    @property
    def end(self) -> int:
        """Where the row's last cell ends."""
        return max(s.end for s in self.slots)


class Lines:
    """Finds the row that a place in the text belongs to."""

    def __init__(self, report: Report, text: str) -> None:
        self._text = text
        rows: list[tuple[int, Line]] = []
        for n, grid in enumerate(report.grids):
            by_row: dict[int, list[Slot]] = {}
            for c in grid.cells:
                by_row.setdefault(c.row, []).append(Slot(c.start, c.end, c.column, c.columns))
            # A row is a line; what a cell above spans stands in it as blanks before its first cell.
            rows += [(text.rfind("\n", 0, slots[0].start) + 1, Line(tuple(slots), n)) for _, slots in sorted(by_row.items())]
        rows.sort(key=lambda row: row[0])
        self._starts = [start for start, _ in rows]
        self._rows = [line for _, line in rows]

    def at(self, place: int) -> Line | None:
        """Return the row at a place: a row of a marked table, or a line cut by tabs or pipes behind the place; else None."""
        n = bisect_right(self._starts, place) - 1
        if n >= 0 and self._text.find("\n", self._rows[n].end, place) < 0:
            return self._rows[n]
        start = self._text.rfind("\n", 0, place) + 1
        end = self._text.find("\n", place)
        end = len(self._text) if end < 0 else end
        return self._cut(start, end) if _EDGE.search(self._text, place, end) else None

    def marked(self, start: int, end: int) -> Iterator[Line]:
        """Return the rows of marked tables that begin in a stretch of the text."""
        return (row for at, row in zip(self._starts, self._rows, strict=True) if start <= at < end)

    def below(self, line: Line, limit: int) -> Iterator[Line]:
        """Return the rows below one, up to `limit`: of marked tables, which a page break may part, or of the lines that follow."""
        if line.table >= 0:
            yield from self.marked(line.end, limit)
            return
        at = self._text.find("\n", line.end)
        while 0 <= at < limit:
            end = self._text.find("\n", at + 1)
            end = len(self._text) if end < 0 else end
            if _EDGE.search(self._text, at, end):
                yield self._cut(at + 1, end)
            elif self._text[at:end].strip():
                return
            at = end if end < len(self._text) else -1

    def _cut(self, start: int, end: int) -> Line:
        """Cut a line at its tabs, or at its pipes, whose outer ones enclose no cell."""
        words = self._text[start:end]
        if "|" in words:
            inner = words.strip()
            lead = words.index("|") + 1 if inner.startswith("|") else 0
            tail = words.rindex("|") if inner.endswith("|") and words.count("|") > (1 if lead else 0) else len(words)
            start, end = start + lead, start + max(lead, tail)
        edge = "|" if "|" in words else "\t"
        slots, at = [], start
        for n, piece in enumerate(self._text[start:end].split(edge)):
            left = len(piece) - len(piece.lstrip())
            slots.append(Slot(at + left, max(at + left, at + len(piece.rstrip())), n))
            at += len(piece) + 1
        return Line(tuple(slots), -1)


def led_by_tabs(text: str, start: int, limit: int, n: int) -> list[Slot]:
    """Return the cells behind a label where each cell stands on a line of its own behind a tab, up to the row's end or `limit`.

    The last tab before `limit` opens the next label's cell and is none of these.
    """
    slots: list[Slot] = []
    at = text.find("\t", start, limit)
    if at < 0 or text[start:at].strip():
        return []
    while 0 <= at < limit and len(slots) <= n:
        after = text.find("\t", at + 1, limit)
        piece = text[at + 1 : after if after >= 0 else limit]
        row_ends = _ROW_END.search(piece)
        if row_ends:
            piece = piece[: row_ends.start()]
        elif after < 0 and not piece.strip() and limit < len(text):
            break
        left = len(piece) - len(piece.lstrip())
        slots.append(Slot(at + 1 + left, max(at + 1 + left, at + 1 + len(piece.rstrip()))))
        if row_ends:
            break
        at = after
    return slots


def beside(text: str, lines: Lines, label: tuple[int, int], limit: int, columns: Sequence[str], at: Mapping[str, int]) -> list[Slot] | None:
    """Return the cells of a row in the order of `columns`, or None where they cannot be told with certainty.

    `label` is the label's place, `limit` where the next label begins, `at` the columns' places as the header shows them.
    """
    n = len(columns)
    line = lines.at(label[1])
    if line is None:
        found = tokens(text, label[1], limit, n)
        if len(found) == n:
            return [Slot(*f) for f in found]
        led = led_by_tabs(text, label[1], limit, n)
        return led if len(led) == n else None
    mine = next((s for s in line.slots if s.start <= label[0] and label[1] <= s.end), None)
    right = [s for s in line.slots if mine and s.column >= mine.column + mine.columns and s.start < limit]
    return _chosen(text, right, columns, at, line.table < 0)


def _chosen(text: str, right: Sequence[Slot], columns: Sequence[str], at: Mapping[str, int], cut_short: bool) -> list[Slot] | None:
    n = len(columns)
    filled = [s for s in right if _words(text, s)]
    if len(filled) == n and all(s.columns == 1 for s in filled):
        return filled
    if at and right:
        under = [next((s for s in right if s.column <= at[c] < s.column + s.columns), None) for c in columns]
        last = right[-1]
        if cut_short:
            # Blanks at the end of a line are often lost.
            under = [s or (Slot(last.end, last.end, at[c]) if at[c] > last.column else None) for s, c in zip(under, columns, strict=True)]
        whole = [s for s in under if s is not None]
        certain = len(whole) == n and len(set(whole)) == n and set(filled) <= set(whole)
        return whole if certain else None
    if len(right) == n or (len(right) > n and not filled):
        return list(right[:n])
    return None


def row_of(text: str, line: Line, columns: Sequence[str], at: Mapping[str, int]) -> list[Slot] | None:
    """Return the cells of a row that has no label, in the order of `columns`, or None."""
    return _chosen(text, line.slots, columns, at, line.table < 0)


def _words(text: str, slot: Slot) -> str:
    return text[slot.start : slot.end].strip()

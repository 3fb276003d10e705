"""Pages as lines and tables, and the lines of them that belong to the page only: page numbers, running heads and feet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..repair import is_page_number
from .layout import Line

# How many rows at the top and at the bottom of a page can be furniture.
_OUTER = 3
# The share of pages on which a running head must stand: odd and even ones may differ, and the first may have none.
_REPEATED = 0.4
# How much farther than usual it stands off the text.
_APART = 1.25
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\d{1,4}")
_SIGNS = re.compile(r"[\W_]+")
# Characters of a page number, at most: in words, and between mere signs.
_LONGEST, _SHORT = 24, 8


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table: (row, column, rows, columns, text) of its cells, and the edges of its columns, top and bottom (points)."""

    cells: tuple[tuple[int, int, int, int, str], ...]
    edges: tuple[float, ...]
    top: float
    bottom: float

    @property
    def left(self) -> float:
        """The left edge."""
        return self.edges[0]

    @property
    def right(self) -> float:
        """The right edge."""
        return self.edges[-1]


@dataclass(frozen=True, slots=True)
class Flow:
    """Lines and tables that are read together, from the top down; `column` are the edges of a column, where it is one."""

    items: tuple[Line | Table, ...]
    column: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page in reading order; `whole` is False where something on it could not be read."""

    flows: tuple[Flow, ...]
    width: float
    whole: bool = True

    def lines(self) -> Iterator[Line]:
        """Every line outside of tables."""
        return (item for flow in self.flows for item in flow.items if isinstance(item, Line))


@dataclass(frozen=True, slots=True)
class _Row:
    """A row at the edge of a page; `apart` where it stands off the rest or is set in another size."""

    page: int
    base: float
    lines: tuple[Line, ...]
    apart: bool

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def furniture(pages: Sequence[Page]) -> list[frozenset[Line]]:
    """Return for every page the lines at its top and bottom that are page numbers or stand on other pages too, digits aside.

    They must stand off the text: lines that only happen to be alike do not.
    """
    found: list[set[Line]] = [set() for _ in pages]
    tops, bottoms = zip(*(_outer(i, page) for i, page in enumerate(pages)), strict=True) if pages else ((), ())
    for zone in (tops, bottoms):
        repeated = _repeated(zone, len(pages))
        steps = _steps(zone)
        for rows in zone:
            taken: list[Line] = []
            for row in rows:
                numbered = row is rows[0] and _is_number_of_page(row, steps)
                if not numbered and (row.page, row.base) not in repeated:
                    break
                taken += row.lines
                if numbered or row.apart:
                    found[row.page].update(taken)
    return [frozenset(lines) for lines in found]


def without(page: Page, outside: frozenset[Line]) -> Page:
    """Return a page without some of its lines."""
    if not outside:
        return page
    flows = (Flow(tuple(item for item in flow.items if isinstance(item, Table) or item not in outside), flow.column) for flow in page.flows)
    return Page(tuple(flows), page.width, page.whole)


def _outer(number: int, page: Page) -> tuple[list[_Row], list[_Row]]:
    """The rows at the top and at the bottom of a page, the outermost first, as far as the next table."""
    rows: list[list[Line]] = []
    for line in sorted(page.lines(), key=lambda line: line.base):
        if rows and line.base - rows[-1][0].base <= 0.4 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    if not rows:
        return [], []
    tables = [item for flow in page.flows for item in flow.items if isinstance(item, Table)]
    above = min((t.top for t in tables), default=float("inf"))
    below = max((t.bottom for t in tables), default=float("-inf"))
    size = sorted(row[0].size for row in rows)[len(rows) // 2]
    steps = sorted(b[0].base - a[0].base for a, b in pairwise(rows))
    pitch = steps[len(steps) // 2] if len(steps) > 3 else 1.5 * size

    def made(i: int, beside: int) -> _Row:
        gap = abs(rows[i][0].base - rows[beside][0].base) if 0 <= beside < len(rows) else float("inf")
        apart = gap > _APART * pitch or abs(rows[i][0].size - size) > 0.1 * size
        return _Row(number, rows[i][0].base, tuple(sorted(rows[i], key=lambda line: line.x0)), apart)

    tops = [made(i, i + 1) for i in range(min(_OUTER, len(rows))) if rows[i][0].base < above]
    bottoms = [made(i, i - 1) for i in range(len(rows) - 1, max(-1, len(rows) - 1 - _OUTER), -1) if rows[i][0].base > below]
    return tops, bottoms


def _repeated(zone: Sequence[Sequence[_Row]], pages: int) -> set[tuple[int, float]]:
    """Rows (page and baseline) whose words, digits aside, stand at the same height on enough pages."""
    alike: dict[str, list[_Row]] = {}
    for rows in zone:
        for row in rows:
            words = _DIGITS.sub("0", re.sub(r"\s", "", row.text))
            if any(c.isalpha() for c in words):
                alike.setdefault(words, []).append(row)
    found: set[tuple[int, float]] = set()
    for rows in alike.values():
        for near in _at_one_height(rows):
            if len({row.page for row in near}) >= max(2, _REPEATED * pages):
                found |= {(row.page, row.base) for row in near}
    return found


def _at_one_height(rows: list[_Row]) -> Iterator[list[_Row]]:
    near: list[_Row] = []
    for row in sorted(rows, key=lambda row: row.base):
        if near and row.base - near[0].base > row.lines[0].size:
            yield near
            near = []
        near.append(row)
    yield near


def _steps(zone: Sequence[Sequence[_Row]]) -> Counter[int]:
    """How far the numbers in the outermost rows are from the number of their page, counted over the pages."""
    return Counter(int(m.group()) - rows[0].page for rows in zone if rows and (m := _NUMBER.search(rows[0].text)))


def _is_number_of_page(row: _Row, steps: Counter[int]) -> bool:
    text = row.text.strip()
    if len(text) > _LONGEST:
        return False
    if not is_page_number(text):
        # Whatever signs stand around it, or were made of its dashes by OCR.
        return row.apart and len(text) <= _SHORT and bool(_NUMBER.fullmatch(_SIGNS.sub("", text)))
    m = _NUMBER.search(text)
    counts = m is not None and steps[int(m.group()) - row.page] > 1
    # A figure alone may be a cell of a table without rules, so it has to count the pages or to stand apart.
    return not text.isdecimal() or counts or row.apart

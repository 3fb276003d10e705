"""Tables of web pages: which of them are tables of data, and where each cell stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

Box = tuple[int, int, int, int, str]

_RANKS = {"thead": 0, "tfoot": 2}
# A cell this long, in a table of this few cells or with this share of its text, is a piece of page and no datum.
_LONG, _LONGER, _FEW, _SHARE = 150, 300, 6, 0.8
# Spans beyond this are slips of the pen or traps; browsers clamp at 1,000.
_WIDEST = 100
# The places of a grid that its cells may stand for: real tables need fewer than ten a cell.
_ROOM, _ROOM_A_CELL = 10_000, 50
_WHOLE = re.compile(r"\s*(\d{1,9})")


@dataclass(slots=True)
class Rows:
    """A table in the making: its rows in the order of the source, each with its group and cells of (rows, columns, text)."""

    rows: list[tuple[int, int, list[tuple[int, int, str]]]] = field(default_factory=list)
    rank: int = 1
    group: int = 0
    han: int = 0
    linked: int = 0

    def new_group(self, tag: str) -> None:
        """Begin a group of rows: a head, a body or a foot."""
        self.rank, self.group = _RANKS.get(tag, 1), self.group + 1

    def new_row(self) -> None:
        """Begin a row."""
        self.rows.append((self.rank, self.group, []))

    def add(self, rows: int, columns: int, text: str) -> None:
        """Add a cell to the row begun last; a cell outside of rows begins one."""
        if not self.rows:
            self.new_row()
        self.rows[-1][2].append((rows, columns, text))


def span(cell: Any, name: str) -> int:
    """Return a span as the cell states it; 1 where it states none, 0 where it asks for all there is."""
    m = _WHOLE.match(cell.get(name) or "")
    return int(m[1]) if m else 1


def is_grid(table: Any, holders: Container[Any]) -> bool:
    """Say whether a table holds data; `holders` are the tables that hold tables, which lay out a page."""
    if table in holders or table.get("role") in ("presentation", "none"):
        return False
    cells = list(table.iter("td", "th"))
    widest = max(Counter(cell.getparent() for cell in cells).values(), default=0)
    filled = [n for cell in cells if (n := len("".join("".join(cell.itertext()).split())))]
    if widest < 2 or not filled:
        return False
    longest = max(filled)
    layout = longest >= _LONGER or (longest >= _LONG and (len(filled) <= _FEW or longest >= _SHARE * sum(filled)))
    return not layout


def place(table: Rows) -> list[Box] | None:
    """Return the cells of a table as (row, column, rows, columns, text), none of them over another.

    Rows stand as they are shown: heads first, feet last. Spans end where their group of rows or the next cell does. None for a table
    whose spans would blow it up.

    >>> rows = Rows()
    >>> rows.new_row(); rows.add(9, 1, "项目"); rows.add(1, 2, "数量")
    >>> rows.new_row(); rows.add(1, 1, "件"); rows.add(1, 1, "次")
    >>> place(rows)
    [(0, 0, 2, 1, '项目'), (0, 1, 1, 2, '数量'), (1, 1, 1, 1, '件'), (1, 2, 1, 1, '次')]
    """
    rows = sorted(table.rows, key=lambda r: r[0])
    usual = max((sum(c if 0 < c <= _WIDEST else 1 for _, c, _ in cells) for _, _, cells in rows), default=0)
    room = _ROOM + _ROOM_A_CELL * sum(len(cells) for _, _, cells in rows)
    last = _group_ends([group for _, group, _ in rows])
    boxes: list[Box] = []
    # For each column the first row in which it is free again.
    free: list[int] = []
    for r, (_, _, cells) in enumerate(rows):
        at = 0
        for high, wide, text in cells:
            while at < len(free) and free[at] > r:
                at += 1
            wide = wide if 0 < wide <= _WIDEST else max(1, usual - len(cells) + 1) if wide else 1
            high = min(high or len(rows), last[r] - r + 1)
            columns = next((n for n in range(wide) if at + n < len(free) and free[at + n] > r), wide)
            free += [0] * (at + columns - len(free))
            if len(free) * len(rows) > room:
                return None
            free[at : at + columns] = [r + high] * columns
            boxes.append((r, at, high, columns, text))
            at += columns
    return boxes


def _group_ends(groups: Sequence[int]) -> list[int]:
    """The last row of the group of each row."""
    ends: list[int] = []
    for r in range(len(groups) - 1, -1, -1):
        ends.append(ends[-1] if ends and groups[r] == groups[r + 1] else r)
    return ends[::-1]

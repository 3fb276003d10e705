"""Tables of Word: rows and merged cells to grids, and tables that only lay out running text to its paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

Laid = tuple[int, int, int, int, str]
Block = str | list[Laid]

# Word knows no table wider than this, whatever a file says.
WIDEST = 63
_MOST_PLACES = 2_000_000
# A cell with this many characters in long paragraphs holds running text, and so does one with a table of this size in it.
_LONG, _RUNNING = 40, 200
_ROWS, _COLUMNS = 3, 2

HIDDEN = "text in cells that a merge hides is left out"
TOO_LARGE = "a table too large for its rows and columns to be kept is read line by line"


@dataclass(slots=True)
class Cell:
    """A cell as the file has it: `down` and `right` say whether a merge over rows or columns starts (`restart`) or goes on there."""

    column: int
    columns: int
    down: str | None = None
    right: str | None = None
    blocks: list[Block] = field(default_factory=list)
    rows: int = 1


@dataclass(slots=True)
class Table:
    """A table while it is read: its rows so far."""

    rows: list[list[Cell]] = field(default_factory=list)
    column: int = 0

    def row(self, skipped: int) -> None:
        """Begin a row that leaves `skipped` columns out."""
        self.rows.append([])
        self.column = skipped

    def cell(self, columns: int, down: str | None, right: str | None) -> Cell:
        """Add a cell to the row; `down` and `right` are its marks of a merge, which an empty one continues."""
        if not self.rows:
            self.row(0)
        down, right = (mark if mark is None else mark or "continue" for mark in (down, right))
        new = Cell(self.column, columns, down, right)
        self.column += columns
        self.rows[-1].append(new)
        return new


def flat(block: Block) -> str:
    """Return the text of a paragraph or table on one line."""
    return block if isinstance(block, str) else " ".join(cell[4] for cell in block)


def blocks(table: Table) -> tuple[list[Block], list[str]]:
    """Return the grids and paragraphs that a table stands for, in reading order, with what is to be said about it."""
    warnings = []
    rows, hidden = _merged(table.rows)
    if hidden:
        warnings.append(HIDDEN)
    width = max((c.column + c.columns for row in rows for c in row), default=0)
    if len(rows) * width > _MOST_PLACES:
        return [block for row in rows for c in row for block in c.blocks], [*warnings, TOO_LARGE]
    found: list[Block] = []
    numbered = list(enumerate(rows))
    for running, group in groupby(numbered, key=_holds_running_text):
        part = list(group)
        if running or all(len(row) < 2 for _, row in part):
            found += [block for _, row in part for c in row for block in c.blocks]
        else:
            found.append(list(_grid(part)))
    return found, warnings


def _merged(rows: Sequence[list[Cell]]) -> tuple[list[list[Cell]], bool]:
    """Join the cells of merges; also say whether text was hidden in them."""
    hidden = False
    kept: list[list[Cell]] = []
    above: dict[int, Cell] = {}
    for row in rows:
        cells: list[Cell] = []
        for c in row:
            if c.right == "continue" and cells and cells[-1].column + cells[-1].columns == c.column:
                cells[-1].columns += c.columns
                hidden |= _says(c)
            else:
                cells.append(c)
        here: dict[int, Cell] = {}
        own: list[Cell] = []
        for c in cells:
            over = above.get(c.column) if c.down == "continue" else None
            if over is None:
                own.append(c)
            else:
                over.rows += 1
                hidden |= _says(c)
            if c.down:
                here[c.column] = over or c
        above = here
        kept.append(own)
    return kept, hidden


def _says(cell: Cell) -> bool:
    return any(flat(block).strip() for block in cell.blocks)


def _holds_running_text(numbered: tuple[int, list[Cell]]) -> bool:
    return any(_runs(cell) for cell in numbered[1])


def _runs(cell: Cell) -> bool:
    inner = (b for b in cell.blocks if not isinstance(b, str))
    if any(g[-1][0] + 1 >= _ROWS and max(c + n for _, c, _, n, _ in g) >= _COLUMNS for g in inner):
        return True
    return sum(len(b) for b in cell.blocks if isinstance(b, str) and len(b) >= _LONG) >= _RUNNING


def _grid(rows: Sequence[tuple[int, list[Cell]]]) -> Iterator[Laid]:
    first, last = rows[0][0], rows[-1][0]
    for r, row in rows:
        for c in row:
            yield r - first, c.column, min(c.rows, last + 1 - r), c.columns, " ".join(flat(b) for b in c.blocks)

"""What a reader takes out of a file: one text, its tables with their places, and what belongs to the page only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..records import Cell, Grid
from .limits import Limits


class ReadError(UserError):
    """A file that cannot be read: `reason` says why, `cure` what helps; the message names the `file` too where it is known.

    >>> str(ReadError("is a scan without text", "run with --ocr", "a.pdf"))
    'a.pdf: is a scan without text; run with --ocr'
    """

    def __init__(self, reason: str, cure: str, file: str = "") -> None:
        super().__init__(reason, cure, file)
        self.reason, self.cure, self.file = reason, cure, file

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}; {self.cure}" if self.file else self.reason


def refused(error: OSError) -> tuple[str, str]:
    """Return the reason and the cure for a file that the system does not give.

    >>> refused(PermissionError(13, "Permission denied"))
    ('Permission denied', 'check that the file exists and may be read')
    """
    return error.strerror or str(error), "check that the file exists and may be read"


def whole(path: Path, limits: Limits) -> bytes:
    """Return the bytes of a file, also of one that grows while it is read; raises ReadError past the limit."""
    most = limits.megabytes * 1_000_000
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        # Room is made for all that is asked for, whatever there is.
        raw = file.read(min(size, most) + 1)
        if len(raw) > size:
            raw += file.read(max(0, most + 1 - len(raw)))
    if len(raw) > most:
        raise ReadError(f"{len(raw) / 1e6:.0f} MB or more, over the limit of {limits.megabytes} MB", "raise it: --limit megabytes=NUMBER")
    return raw


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file; `furniture` and the cells of `grids` are offsets into it."""

    text: str
    furniture: tuple[tuple[int, int], ...] = ()
    grids: tuple[Grid, ...] = ()
    warnings: tuple[str, ...] = ()


class Builder:
    """Puts paragraphs and tables one below the other and keeps their places.

    >>> b = Builder()
    >>> b.paragraph("二、主动公开")
    >>> b.table([(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "0")])
    >>> b.extract().text, b.extract().grids[0].cells[1].start
    ('二、主动公开\\n规章\\t0\\n', 10)
    """

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self._parts: list[str] = []
        self._length = 0
        self._furniture: list[tuple[int, int]] = []
        self._grids: list[Grid] = []

    def _add(self, text: str) -> int:
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start

    def paragraph(self, text: str) -> None:
        """Add a paragraph; blank ones become an empty line."""
        self._add(text.rstrip() + "\n")

    def furniture(self, text: str) -> None:
        """Add a line of the page itself, with its line end: a page number, a running head."""
        start = self._add(text + "\n")
        self._furniture.append((start, self._length))

    def inside_a_sentence(self) -> None:
        """Say that the furniture added last stands inside a sentence, so that the line end before it is furniture too."""
        start, end = self._furniture[-1]
        self._furniture[-1] = (max(0, start - 1), end)

    def table(self, cells: Iterable[tuple[int, int, int, int, str]]) -> None:
        """Add a table of (row, column, rows, columns, text): a line a row, cells parted by tabs, blanks where a cell spans on.

        Line ends and tabs inside a cell become spaces.
        """
        by_row: dict[int, list[tuple[int, int, int, int, str]]] = {}
        for cell in cells:
            by_row.setdefault(cell[0], []).append(cell)
        if not by_row:
            return
        # Columns covered by a cell from a row above still take a tab, so that the line shows where its cells stand.
        width = max(c + columns for row in by_row.values() for _, c, _, columns, _ in row)
        placed: list[Cell] = []
        for r in range(max(by_row) + 1):
            at = 0
            for row, column, rows, columns, text in sorted(by_row.get(r, []), key=_column):
                self._add("\t" * (column - at))
                at = max(at, column)
                words = " ".join(text.split())
                start = self._add(words)
                placed.append(Cell(row, column, start, start + len(words), rows, columns))
            self._add("\t" * (width - 1 - at) + "\n")
        self._grids.append(Grid(tuple(placed)))

    def extract(self) -> Extract:
        """Return what was added."""
        return Extract("".join(self._parts), tuple(self._furniture), tuple(self._grids), tuple(self.warnings))


def _column(cell: Sequence[object]) -> int:
    return cell[1]  # type: ignore[return-value]

"""Sheets of an Excel workbook: texts stay texts, numbers are numbers, and what does not fit goes on in further rows or sheets."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..export import plain
from ..resources import data
from .safe import CELL, Cleaner, pieces, width

# Excel's own limit, less the row of the heads.
ROWS = 1_048_575
_MADE = datetime(1980, 1, 1)
_STYLES: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True, "align": "left"},
    "flag": {"align": "center"},
    "year": {"num_format": "0", "align": "center"},
    "whole": {"num_format": "0", "align": "right", "indent": 1},
    "number": {"num_format": "General", "align": "right", "indent": 1},
    "percent": {"num_format": "0.0%", "align": "right", "indent": 1},
    "score": {"num_format": "0.00", "align": "right", "indent": 1},
}
_NOTE = {"valign": "top", "italic": True}
_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "bottom": 1, "bg_color": "#E7E6E6"}
# A text that begins so would be taken for a formula once somebody edits the cell.
_FORMULA = ("=", "+", "-", "@")
# In characters and in points; no row may be higher than the last.
_NARROWEST, _LINE, _HIGHEST = 6, 15.0, 405.0
# The characters that a printed page can hold in its width and still be read.
_PAGE = 230


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: id, head, kind of cell (text, flag, year, whole, number, percent, score), how wide it may grow, what it means.

    `kept` says that it stands again in the rows that continue a text too long for a cell.
    """

    id: str
    head: str
    kind: str
    widest: int
    means: str
    kept: bool = False


def column(id: str, kept: bool = False) -> Column:
    """Return a column that `summary.yaml` tells of.

    >>> column("year").head, column("reports.share").head
    ('年份（year）', '报告占比（share）')
    """
    zh, kind, widest, means = data("summary.yaml")["columns"][id]
    return Column(id, data("summary.yaml")["head"].format(zh=zh, id=id.rpartition(".")[2]), kind, widest, means, kept)


@dataclass(slots=True)
class Workbook:
    """An Excel workbook in the making; `rows` tells the rows of each sheet, `split` over how many sheets they go.

    `long` counts the rows with a text too long for a cell.
    """

    title: str
    clean: Cleaner = field(default_factory=Cleaner)
    rows: dict[str, int] = field(default_factory=dict)
    split: dict[str, int] = field(default_factory=dict)
    long: int = 0
    _buffer: io.BytesIO = field(default_factory=io.BytesIO)
    _book: Any = None
    _formats: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import xlsxwriter

        font = data("summary.yaml")["fonts"]["sheet"]
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": font["name"], "font_size": font["size"]},
        }
        self._book = xlsxwriter.Workbook(self._buffer, options)
        self._book.set_properties({"title": self.title, "author": "gongkai", "created": _MADE})
        styles = {**_STYLES, "quoted": {**_STYLES["text"], "quote_prefix": True}}
        self._formats = {name: self._book.add_format({"valign": "top", **style}) for name, style in styles.items()}
        self._formats |= {"head": self._book.add_format(_HEAD), "note": self._book.add_format(_NOTE)}

    def add(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], frozen: int = 0, note: str = "") -> None:
        """Write a sheet of rows, as many cells each as there are columns; `frozen` columns stay in sight, a note stands below the rows.

        Missing cells stay empty. A text too long for a cell goes on in further rows, which a further column numbers; rows beyond
        Excel's limit go on in further sheets.
        """
        clean = self.clean.cell
        cells = [[clean(v) if isinstance(v, str) else plain(v) for v in row] for row in rows]
        long = {i for i, row in enumerate(cells) if any(isinstance(v, str) and len(v) > CELL // 2 and _too_long(v) for v in row)}
        heads = [*columns, column("continued")] if long else list(columns)
        widths = _widths(heads, cells)
        sheet = _Sheet(self, name, heads, widths, frozen)
        self.rows[name], self.split[name] = len(cells), 1
        self.long += len(long)
        for i, row in enumerate(cells):
            for written in _continued(row, heads) if i in long else (row,):
                if sheet.at > ROWS:
                    sheet.close()
                    self.split[name] += 1
                    again = data("summary.yaml")["sheets"]["again"].format(name=name, n=self.split[name])
                    sheet = _Sheet(self, again, heads, widths, frozen)
                sheet.write(written)
        sheet.close(self.clean.cell(note))

    def bytes(self) -> bytes:
        """Return the finished file; nothing can be added afterwards."""
        self._book.close()
        return self._buffer.getvalue()


def _too_long(text: str) -> bool:
    return len(list(pieces(text))) > 1


def _continued(cells: Sequence[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """A row with texts too long for a cell as several rows; the last column tells which of how many."""
    cut = {i: list(pieces(v)) for i, v in enumerate(cells) if isinstance(v, str)}
    n = max(len(parts) for parts in cut.values())
    for k in range(n):
        row = [(v if k == 0 or c.kept else None) for v, c in zip(cells, columns, strict=False)]
        for i, parts in cut.items():
            if len(parts) > 1:
                row[i] = parts[k] if k < len(parts) else None
        yield [*row, f"{k + 1}/{n}"]


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[int]:
    """The width of each column in characters: that of its head, cut before the bracket, and of its texts up to its widest."""
    found = []
    for c, one in enumerate(columns):
        widest = max(map(width, one.head.rpartition("（")))
        for row in rows if one.kind in ("text", "number") else ():
            value = row[c] if c < len(row) else None
            if isinstance(value, str) and widest < one.widest:
                widest = max(widest, min(width(value[: one.widest]), one.widest))
        # The button of the filter stands in the head.
        found.append(max(_NARROWEST, widest) + 2)
    return found


class _Sheet:
    """One sheet, written row by row."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[Column], widths: Sequence[int], frozen: int) -> None:
        self._sheet, self._formats, self._widths = book._book.add_worksheet(name), book._formats, widths
        self._kinds = [book._formats[c.kind] for c in columns]
        self.at = 1
        heads = [book.clean.cell(c.head)[:CELL] for c in columns]
        self._sheet.set_row(0, 34 if any(width(h) + 2 > w for h, w in zip(heads, widths, strict=True)) else 20)
        for c, (head, wide) in enumerate(zip(heads, widths, strict=True)):
            self._sheet.set_column(c, c, wide)
            self._sheet.write_string(0, c, head, book._formats["head"])
        self._sheet.freeze_panes(1, frozen)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        wide = math.ceil(sum(widths) / _PAGE)
        self._sheet.fit_to_pages(wide, 0)
        if wide > 1:
            self._sheet.repeat_columns(0, max(0, frozen - 1))
            self._sheet.print_across()
        self._sheet.repeat_rows(0)
        self._sheet.set_footer("&C— &P —")

    def write(self, cells: Sequence[Any]) -> None:
        sheet, formats = self._sheet, self._formats
        lines, words = 1, data("summary.yaml")["answer"]
        texts = {}
        for c, value in enumerate(cells):
            if isinstance(value, bool):
                texts[c] = words["yes_" if value else "no_"]
            elif isinstance(value, str) or (isinstance(value, int | float) and abs(value) > 1e300):
                texts[c] = str(value)
                if len(texts[c]) * 2 > self._widths[c]:
                    lines = max(lines, sum(1 + width(line) // (self._widths[c] - 1) for line in texts[c].split("\n")))
        # Not every program fits the height of a row to its texts when it opens a file.
        if lines > 1:
            sheet.set_row(self.at, min(lines * _LINE, _HIGHEST))
        for c, (value, style) in enumerate(zip(cells, self._kinds, strict=False)):
            if c in texts:
                plain_text = formats["flag"] if style is formats["flag"] else formats["text"]
                sheet.write_string(self.at, c, texts[c], formats["quoted"] if texts[c].startswith(_FORMULA) else plain_text)
            elif value is not None:
                sheet.write_number(self.at, c, value, style)
        self.at += 1

    def close(self, note: str = "") -> None:
        if note:
            self._sheet.write_string(self.at + 1, 0, note, self._formats["note"])
        self._sheet.autofilter(0, 0, max(1, self.at - 1), len(self._kinds) - 1)


def joined(values: Iterable[object], sign: str = "；") -> str | None:
    """Return values as one text, None where there are none."""
    return sign.join(str(v) for v in values) or None

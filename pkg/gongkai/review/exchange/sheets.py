"""The Excel workbook to code in: drop-down lists, a column a theme, the codebook beside it; and what comes back of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ...codebook import Codebook
from ...export import no_markup
from ...resources import data
from ..changes import State
from .bundle import measured
from .held import Held
from .names import Names, column_of, shown, status_word
from .rows import ExchangeError, Reading
from .tables import lines, own_columns, read_grid

_BEFORE, _AFTER = ("text", "role"), ("status", "note", "path", "kind", "body", "year", "coder", "report", "start", "end")
_WIDE = {"text": 64, "role": 12, "status": 9, "note": 28, "path": 26, "kind": 10, "body": 16, "report": 22, "coder": 10}
_OURS = frozenset({"path", "kind", "body", "year", "coder", "report", "start", "end"})
_CELL, _ROWS = 32_767, 1_048_575
_STATUSES = ("coded", "unsure", "skipped", "open")


def write_xlsx(held: Held) -> dict[str, bytes]:
    """Return a workbook: a sheet to code in, the codebook, and how to fill it in. Raises ExchangeError for what Excel cannot hold."""
    import xlsxwriter

    words = data("exchange.yaml")
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # The same study gives the same bytes.
        book.set_properties({"created": datetime(2000, 1, 1)})
        sheet = book.add_worksheet(words["sheets"]["codes"])
        _codes(book, sheet, held)
        _codebook(book, book.add_worksheet(words["sheets"]["codebook"]), held.book)
        help = book.add_worksheet(words["sheets"]["help"])
        help.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
        for n, line in enumerate(words["help"]):
            help.write_string(n, 0, line)
    return {"": buffer.getvalue()}


def _codes(book: Any, sheet: Any, held: Held) -> None:
    # What the codebook no longer has still stands with a mark of its own.
    themes = (*held.book.theme_ids, *(c for c in held.former if any(c in coded.state.themes for coded in held.codes)))
    own = own_columns(held)
    columns = [*_BEFORE, *themes, *_AFTER, *own.values()]
    head = {"bold": True, "bottom": 1, "valign": "vcenter", "text_wrap": True}
    plain_head, tall = book.add_format(head), book.add_format({**head, "rotation": 90, "align": "center"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    ours = book.add_format({"font_color": "#6B7280", "valign": "top", "text_wrap": True})
    mark = book.add_format({"align": "center", "valign": "top"})
    sheet.set_row(0, 120)
    for c, name in enumerate(columns):
        theme = name in themes
        form = mark if theme else ours if name in _OURS or name in own.values() else wrap
        sheet.set_column(c, c, 4 if theme else _WIDE.get(name, 7), form)
        label = shown(held.book, name) if theme else data("exchange.yaml")["columns"][name][0] if name in (*_BEFORE, *_AFTER) else ""
        sheet.write_string(0, c, f"{label}（{name}）" if label else name, tall if theme else plain_head)
    n = 0
    for n, cells in enumerate(_rows(held, columns, own), 1):
        if n > _ROWS:
            raise ExchangeError("xe_excel_rows", n=_ROWS)
        for c, cell in enumerate(cells):
            if isinstance(cell, str):
                # Excel counts UTF-16 units.
                if len(cell.encode("utf-16-le", "surrogatepass")) // 2 > _CELL:
                    raise ExchangeError("xe_excel_cell", row=n + 1, column=columns[c])
                sheet.write_string(n, c, no_markup(cell))
            elif cell is not None:
                sheet.write_number(n, c, cell)
    last = max(n, 1)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    _validate(book, sheet, held.book, columns, last)


def _rows(held: Held, columns: list[str], own: Mapping[str, str]) -> Iterator[list[str | int | float | None]]:
    for item, coded in lines(held):
        state = coded.state if coded else State()
        about = held.reports.get(item.report, {})
        cells: dict[str, Any] = {
            "text": item.text,
            "role": shown(held.book, state.role) if state.role else None,
            "status": status_word(state.status) if coded else None,
            "note": state.note or None,
            "path": " > ".join(item.path) or None,
            "kind": item.kind or None,
            "body": about.get("body"),
            "year": about.get("year"),
            "coder": (coded.coder if coded else held.coder) or None,
            "report": item.report,
            "start": item.start,
            "end": item.end,
            **dict.fromkeys(state.themes, 1),
            **{own[c]: str(v) if isinstance(v, bool) else v for c, v in held.extras.get(item.id, {}).items()},
        }
        yield [cells.get(c) for c in columns]


def _validate(book: Any, sheet: Any, code: Codebook, columns: list[str], last: int) -> None:
    """Offer the codes as drop-down lists, from the sheet of the codebook, as a list in the rule itself may be too long."""
    place = f"'{data('exchange.yaml')['sheets']['codebook']}'!"
    roles = f"={place}$C$2:$C${len(code.role_ids) + 1}"
    role, status = columns.index("role"), columns.index("status")
    sheet.data_validation(1, role, last, role, {"validate": "list", "source": roles})
    sheet.data_validation(1, status, last, status, {"validate": "list", "source": [status_word(s) for s in _STATUSES]})
    begin, end = columns.index(code.theme_ids[0]), columns.index(code.theme_ids[-1])
    sheet.data_validation(1, begin, last, end, {"validate": "list", "source": ["1", "0"]})
    lit = book.add_format({"bg_color": "#D6E4F5", "bold": True})
    sheet.conditional_format(1, begin, last, end, {"type": "cell", "criteria": "==", "value": 1, "format": lit})


def _codebook(book: Any, sheet: Any, code: Codebook) -> None:
    """A row a code; the names that the drop-down lists show stand in the third column."""
    words = data("exchange.yaml")
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for c, (name, width) in enumerate(zip(words["codebook"], (8, 16, 18, 26, 60, 40, 60), strict=True)):
        sheet.set_column(c, c, width, wrap)
        sheet.write_string(0, c, name, book.add_format({"bold": True, "bottom": 1}))
    parents = words["parents"]
    rows = [
        *((parents["roles"]["zh"], i, shown(code, i), r.en, r.definition, "", r.examples) for i, r in code.roles.items()),
        *((parents["themes"]["zh"], t.id, shown(code, t.id), t.en, t.definition, t.not_ or "", t.examples) for t in code.themes),
    ]
    for n, (*cells, examples) in enumerate(rows, 1):
        for c, cell in enumerate([*cells, "；".join(examples)]):
            sheet.write_string(n, c, no_markup(cell))
    sheet.freeze_panes(1, 0)


def read_xlsx(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read a workbook that was coded in: the first sheet that has the columns; rows and columns in any order."""
    name, raw = next(iter(files.items()))
    try:
        import openpyxl
    except ImportError as error:
        raise ExchangeError("xe_openpyxl", name=name) from error
    measured(raw, name)
    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        for sheet in book.worksheets:
            # WPS and others may write wrong dimensions.
            sheet.reset_dimensions()
            rows = [(f"row {n}", row) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)]
            if any({"role", "report"} <= {column_of(c) for c in row if isinstance(c, str)} for _, row in rows[:10]):
                return read_grid(rows, name, held, names)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError) as error:
        if isinstance(error, ExchangeError):
            raise
        raise ExchangeError("xe_excel", name=name, error=error) from error
    raise ExchangeError("xe_no_sheet", name=name)

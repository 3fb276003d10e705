"""The table of section 四: one row of fifteen figures below a header, without a label of its own."""

from __future__ import annotations

from collections.abc import Sequence

from .forms import litigation_columns, litigation_header, litigation_orders
from .resources import data
from .sheet import Sheet
from .slots import Line, Slot, led_by_tabs, row_of
from .values import is_value, tokens

_FEWEST = 3


def litigation(reading: Sheet) -> bool:
    """Place the figures of section 四; False where there is no such table."""
    columns, name = litigation_columns(), data("tables.yaml")["litigation"]["label"]
    order = [c.rpartition("_")[2] for c in columns]
    heads = list(litigation_header().finditer(reading.text, reading.start, reading.end))[: len(order)]
    if len(heads) < _FEWEST:
        return False
    if not _as_in_the_form(reading, [str(m.lastgroup) for m in heads], order, heads[-1].end()):
        reading.say("header", "cases", place=(heads[0].start(), heads[-1].end()), label=name)
        reading.put("cases", columns, None, name)
        return True
    if len(heads) < len(order):
        # A page break may go through the header; a marked row of as many cells as the form has columns needs none.
        wide = (r for r in reading.lines.marked(reading.start, reading.end) if len(r.slots) == len(columns))
        whole = next((r.slots for r in wide if _holds_values(reading, r, len(columns))), None)
        if whole is None:
            reading.say("header", "cases", label=name)
        reading.put("cases", columns, whole, name)
        return True
    line = reading.lines.at(heads[-2].start())
    slots = _under(reading, line, columns) if line and line.end >= heads[-1].end() else _behind(reading, heads[-1].end(), len(columns))
    if slots is None:
        reading.say("unplaced", "cases", place=(heads[0].start(), heads[-1].end()), label=name)
    reading.put("cases", columns, slots, name)
    return True


def _as_in_the_form(reading: Sheet, heads: Sequence[str], order: Sequence[str], end: int) -> bool:
    """Say whether the header's labels, as far as they are whole, stand in the order of the form."""
    rest = iter(order)
    if not all(head in rest for head in heads):
        return False
    for first, second in litigation_orders():
        a, b = first.search(reading.text, reading.start, end), second.search(reading.text, reading.start, end)
        if a and b and a.start() > b.start():
            return False
    return True


def _under(reading: Sheet, line: Line, columns: Sequence[str]) -> list[Slot] | None:
    """The first row of values below the header's last row."""
    for below in reading.lines.below(line, reading.end):
        if _holds_values(reading, below, len(columns)):
            return row_of(reading.text, below, columns, {})
    return None


def _holds_values(reading: Sheet, line: Line, n: int) -> bool:
    """Say whether a row has nothing but values in it, and has some or is as wide as the table."""
    words = [w for s in line.slots if (w := reading.text[s.start : s.end].strip())]
    return all(map(is_value, words)) and bool(words or len(line.slots) >= n)


def _behind(reading: Sheet, at: int, n: int) -> list[Slot] | None:
    """The values that follow the header where no rows are told apart."""
    found = tokens(reading.text, at, reading.end, n)
    if len(found) == n:
        return [Slot(*f) for f in found]
    led = led_by_tabs(reading.text, at, reading.end, n)
    fits = len(led) == n and all(is_value(w) or not w for w in (reading.text[s.start : s.end].strip() for s in led))
    return led if fits else None

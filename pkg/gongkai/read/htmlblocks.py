"""The lines and tables of a web page as a reader sees them, each with the elements that hold it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .htmllist import Counter, counter
from .htmlpage import Item, Page, Span, collapsed, han, names, pattern, preformatted
from .htmltable import Rows, is_grid, place, span

_DISPLAY = re.compile(r"(?<![\w-])display\s*:\s*([a-z-]+)", re.IGNORECASE)
_HIDING = re.compile(r"(?<![\w-])(?:visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE)
_KEEPING = re.compile(r"(?<![\w-])white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_SHOWN_AS_BLOCK = frozenset(["block", "flex", "grid", "table", "list-item"])
# Longer runs of text in an <a> are no link but an <a> that was never closed.
_LONGEST_LINK = 200


@dataclass(slots=True)
class _Open:
    """An element whose end has not come: what its beginning changed."""

    tag: str
    block: bool
    span: int
    kept: bool
    link: tuple[int, int, int] | None


def page_of(root: Any, *, hidden: bool = False) -> Page:
    """Return what stands on a parsed page; what the page hides comes along only where `hidden` asks for it."""
    from lxml import etree

    walk = _Walk(root, hidden)
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped = None
    for event, element in walker:
        if event == "start":
            if walk.start(element):
                walk.say(element.text)
            else:
                walker.skip_subtree()
                skipped = element
            continue
        if element is skipped:
            skipped = None
        else:
            walk.end()
        if element is not root:
            walk.say(element.tail)
    walk.line_end()
    return walk.page


class _Walk:
    def __init__(self, root: Any, hidden: bool) -> None:
        self.page = Page()
        self.show_hidden = hidden
        # Elements are told apart by identity, so that all tables must be held while their set is in use.
        self.tables = list(root.iter("table"))
        self.holders = {above for t in self.tables if (above := next(t.iterancestors("table"), None)) is not None}
        self.open: list[_Open] = []
        self.above = -1
        self.kept = False
        self.buffer: list[str] = []
        self.han = self.linked = self.length = 0
        self.document = False
        self.marker = ""
        self.lists: list[Counter] = []
        self.rows: Rows | None = None
        self.cell: tuple[int, int] | None = None

    def start(self, e: Any) -> bool:
        """Begin an element; False where nothing of it is shown."""
        tag, style = e.tag, e.get("style") or ""
        if tag in names("dropped"):
            self._points(e, tag)
            return False
        display = m[1].lower() if style and (m := _DISPLAY.search(style)) else ""
        if tag == "tr" and e.get("height") == "0" and not "".join(e.itertext()).strip():
            # Word ends tables with such a row, for the widths of columns.
            return False
        if display == "none" or e.get("hidden") is not None or (style and _HIDING.search(style)):
            self.page.hidden = True
            if not self.show_hidden:
                return False
        if tag == "img":
            self.page.pictures += 1
        block = (tag in names("blocks") and display != "inline") or display in _SHOWN_AS_BLOCK
        if block or tag == "br":
            self.line_end()
        self.open.append(_Open(tag, block, self._span(e, tag) if block and self.rows is None else -1, self.kept, self._link(e, tag)))
        self.kept = self.kept or tag in names("kept_lines") or bool(style and _KEEPING.search(style))
        if tag in ("ol", "ul"):
            self.lists.append(counter(e))
        elif tag == "li":
            self._item(e)
        elif tag == "table" and self.rows is None and is_grid(e, self.holders):
            self.rows = Rows()
        elif self.rows is not None:
            self._in_table(e, tag)
        return True

    def end(self) -> None:
        """End the element begun last."""
        o = self.open.pop()
        if o.link:
            self._end_link(*o.link)
        if o.block:
            self.line_end()
        if o.tag in ("td", "th") and self.cell:
            self._end_cell()
        elif o.tag == "table" and self.rows is not None:
            self._end_table(self.rows)
        elif o.tag in ("ol", "ul"):
            self.lists.pop()
        elif o.tag == "li":
            self.marker = ""
        if o.span >= 0:
            self.page.spans[o.span].last = len(self.page.items)
            self.above = self.page.spans[o.span].above
        self.kept = o.kept

    def say(self, text: str | None) -> None:
        """Add text to the line."""
        if not text:
            return
        for n, part in enumerate(text.split("\n") if self.kept else (text,)):
            if n:
                self.line_end()
            self.buffer.append(preformatted(part) if self.kept else part)
            self.han += han(part)
            self.length += len(part)

    def line_end(self) -> None:
        """End the line; inside a cell of data it goes on."""
        if self.cell:
            self.buffer.append("\n")
            return
        text, had, linked = self._taken()
        if text.strip():
            if self.marker and not pattern("numbered").match(text.strip()):
                text = self.marker + text
            self.marker = ""
            self.page.items.append(Item(text.rstrip(), had, linked, (), self.document))
            self.document = False

    def _taken(self) -> tuple[str, int, int]:
        if not self.buffer:
            return "", 0, 0
        text, had, linked = collapsed("".join(self.buffer)), self.han, self.linked
        self.buffer.clear()
        self.han = self.linked = 0
        return text, had, linked

    def _span(self, e: Any, tag: str) -> int:
        stated = {tag, *(e.get("class") or "").lower().split(), (e.get("id") or "").strip().lower()}
        self.page.spans.append(Span(stated & names("containers", "furniture"), len(self.page.items), self.above))
        self.above = len(self.page.spans) - 1
        return self.above

    def _points(self, e: Any, tag: str) -> None:
        address = e.get("src") or e.get("data") or ""
        if pattern("documents").search(address):
            self.page.documents.append(address)
        elif tag in ("iframe", "frame") and address and not address.startswith(("about:", "javascript:", "data:")):
            self.page.frames.append(address)

    def _link(self, e: Any, tag: str) -> tuple[int, int, int] | None:
        address = (e.get("href") or "").strip() if tag == "a" else ""
        if not address or address.startswith("#"):
            return None
        if pattern("documents").search(address):
            self.page.documents.append(address)
            self.document = True
        return len(self.page.items), self.han, self.length

    def _end_link(self, first: int, before: int, length: int) -> None:
        if self.length - length > _LONGEST_LINK:
            return
        for item in self.page.items[first:]:
            item.linked, before = max(item.linked, item.han - before), 0
        self.linked = max(self.linked, self.han - before)

    def _item(self, e: Any) -> None:
        self.marker = self.lists[-1].label(e) if self.lists else ""
        if self.cell:
            self.buffer.append(self.marker)
            self.marker = ""

    def _in_table(self, e: Any, tag: str) -> None:
        rows = self.rows
        if rows is None:
            return
        if tag in ("thead", "tbody", "tfoot"):
            rows.new_group(tag)
        elif tag == "tr":
            rows.new_row()
        elif tag in ("td", "th"):
            if self.cell:
                self._end_cell()
            self.cell = span(e, "rowspan"), span(e, "colspan")

    def _end_cell(self) -> None:
        if self.rows is None or self.cell is None:
            return
        text, had, linked = self._taken()
        self.rows.add(*self.cell, text.strip())
        self.rows.han += had
        self.rows.linked += linked
        self.cell, self.document = None, False

    def _end_table(self, rows: Rows) -> None:
        self.rows = None
        boxes = place(rows)
        if boxes is None:
            self.page.warnings.append("the spans of a table do not fit its cells; its rows are read as lines")
            lines: Iterable[str] = ("\t".join(" ".join(text.split()) for _, _, text in cells) for _, _, cells in rows.rows)
            self.page.items += [Item(line, han(line), 0) for line in lines if line.strip()]
        elif any(text for *_, text in boxes):
            self.page.items.append(Item("\n".join(b[4] for b in boxes), rows.han, rows.linked, tuple(boxes)))

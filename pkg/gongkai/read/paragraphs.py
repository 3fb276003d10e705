"""Join the lines of pages to paragraphs: over line ends, from column to column, and over page breaks around what stands there."""

from __future__ import annotations

from collections.abc import Sequence

from .breaks import rejoin
from .extract import Builder
from .layout import Line, glue, pattern
from .margins import Margins, common_margins, flow_margins, page_margins
from .pages import Page, Table, furniture, without

# In sizes of the type (em).
_INDENT = 0.8
_DEEPEST_INDENT = 6.0
_ROOM, _OVER = 0.6, 1.5
_LIKE_SIZE = 0.15
# A gap between lines so much larger than usual parts paragraphs; where nothing is usual, in sizes of the type.
_GAP = 1.45
_SINGLE = 2.2


def write(pages: Sequence[Page], builder: Builder) -> None:
    """Add the pages to a builder: a paragraph a line, tables as tables, and what belongs to the page as furniture."""
    aside = furniture(pages)
    bodies = rejoin([without(page, outside) for page, outside in zip(pages, aside, strict=True)])
    common = common_margins(bodies)
    writer = _Writer(builder)
    for body, outside in zip(bodies, aside, strict=True):
        middle = _middle(body)
        lines = sorted(outside, key=lambda line: (line.base, line.x0))
        for line in lines:
            if line.base < middle:
                writer.furniture(line)
        margins = page_margins(body, common)
        for i, flow in enumerate(body.flows):
            # Text goes on from column to column and from page to page, but not from a column to what lies across the page.
            goes_on = i == 0 or (flow.column is not None and body.flows[i - 1].column is not None)
            writer.begin(flow_margins(flow, margins), goes_on)
            for item in flow.items:
                if isinstance(item, Table):
                    writer.table(item)
                else:
                    writer.line(item)
        if not body.whole:
            writer.close()
        for line in lines:
            if line.base >= middle:
                writer.furniture(line)
    writer.close()


def _middle(body: Page) -> float:
    places = [item.top if isinstance(item, Table) else item.base for flow in body.flows for item in flow.items]
    return sum(places) / len(places) if places else float("inf")


class _Writer:
    """Holds the paragraph that is being joined until a line does not go on with it."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.parts: list[str] = []
        self.first: Line | None = None
        self.last: Line | None = None
        self.waiting: list[Line] = []
        self.margins = self.before = Margins(0.0, 0.0, 0.0)
        self.moved = False

    def begin(self, margins: Margins, goes_on: bool) -> None:
        """Go to the next column or page, which may go on with the paragraph."""
        if not goes_on:
            self.close()
        if not self.moved:
            self.before = self.margins
        self.margins, self.moved = margins, True

    def furniture(self, line: Line) -> None:
        self.waiting.append(line)

    def line(self, line: Line) -> None:
        if self.first is None or self.last is None or not self._goes_on(self.first, self.last, line):
            self.close()
            self.first = line
            self.parts = [line.text]
        else:
            between = glue(self.last.text, line.text)
            if self.waiting:
                self._interrupt(between == "")
                self.first = line
                self.parts = [line.text]
            else:
                self.parts += [between, line.text]
        self.last, self.moved = line, False

    def table(self, table: Table) -> None:
        self.close()
        self.builder.table(table.cells)

    def close(self) -> None:
        """End the paragraph."""
        self._interrupt(False)
        self.parts, self.first, self.last, self.moved = [], None, None, False

    def _interrupt(self, inside: bool) -> None:
        if self.parts:
            self.builder.paragraph("".join(self.parts))
        for i, line in enumerate(self.waiting):
            self.builder.furniture(line.text)
            if inside and i == 0:
                self.builder.inside_a_sentence()
        self.waiting = []

    def _goes_on(self, first: Line, a: Line, b: Line) -> bool:
        margins = self.before if self.moved else self.margins
        if not _could_go_on(a, b, margins):
            return False
        if self.moved:
            ended = pattern("sentence_end").fullmatch(a.text) or pattern("heading").match(b.text)
            return not ended and b.x0 - self.margins.left <= _INDENT * b.size
        return _goes_on_below(first, a, b, margins)


def _could_go_on(a: Line, b: Line, margins: Margins) -> bool:
    """Whether line `a` is full, and `b` is set like it."""
    if a.tabs + b.tabs > 1 or abs(a.size - b.size) > _LIKE_SIZE * max(a.size, b.size) or (a.font and b.font and a.font != b.font):
        return False
    if any(pattern("leader").search(line.text) for line in (a, b)):
        return False
    # A line that sticks out over the margin is no full line of a paragraph either.
    return -_OVER * a.size <= margins.right - a.x1 <= max(b.first + _ROOM * a.size, margins.slack)


def _goes_on_below(first: Line, a: Line, b: Line, margins: Margins) -> bool:
    """Whether line `b` goes on with the paragraph that began with `first` and has come to `a`, in the same column."""
    size, shift, opens = a.size, b.x0 - a.x0, first is a
    if b.base - a.base > (_GAP * margins.pitch or _SINGLE * size):
        return False
    ended = bool(pattern("clause_end").fullmatch(a.text))
    numbered = bool(pattern("enumerator").match(b.text))
    if numbered and (ended or (opens and pattern("enumerator").match(a.text) and abs(shift) <= _INDENT * size)):
        return False
    if shift > _INDENT * size:
        hanging = a.item is not None and abs(b.x0 - a.item) <= _INDENT * size
        return opens and (hanging or (not ended and _is_centred(a, margins) and _is_centred(b, margins)))
    indent = a.x0 - margins.left
    if opens and indent > _DEEPEST_INDENT * size:
        return False
    if shift < -_INDENT * size:
        return opens
    closed = ended if indent > _INDENT * size else bool(pattern("sentence_end").fullmatch(a.text))
    return not (opens and closed)


def _is_centred(line: Line, margins: Margins) -> bool:
    return abs((line.x0 - margins.left) - (margins.right - line.x1)) <= 2 * line.size

"""The Word summary: the 简报 that a policy office hands up, laid out after GB/T 9704-2012."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..codebook import Codebook
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS
from .brief import Brief
from .figures import themed_roles
from .safe import Cleaner
from .told import Block, percent, say
from .wordchart import add_chart, colours
from .wordparts import add_run, document, saved

_STYLES = {"heading1": "Heading 1", "heading2": "Heading 2", "quote": "Quote"}
# Millimetres: the first column of the table, and the width of the text.
_FIRST, _WIDTH = 42, 156
# How the width of a role is shared by count, share and interval.
_PARTS = (0.23, 0.27, 0.5)


def summary(told: Brief, codebook: Codebook) -> bytes:
    """Return what `brief` says as the bytes of a .docx file; the same input gives the same bytes."""
    made = document()
    if told.reserve:
        add_run(made.add_paragraph(style="mark"), told.reserve)
    add_run(made.add_paragraph(style="Title"), told.title)
    for block in told.blocks:
        if block.kind == "chart":
            _chart(made, codebook, told, block)
        else:
            _paragraph(made, block)
    if told.drawn:
        _annex(made, codebook, told)
    return saved(made, told.title.replace("\n", ""))


def _paragraph(made: Any, block: Block) -> None:
    paragraph = made.add_paragraph(style=_STYLES.get(block.kind, "Normal"))
    if block.kind == "quote":
        if block.head:
            add_run(paragraph, block.head, font="body")
        add_run(paragraph, say("quote", text=block.text))
    else:
        if block.head:
            add_run(paragraph, block.head, bold=True)
        add_run(paragraph, block.text)
    if block.source:
        add_run(paragraph, block.source, font="body")


def _chart(made: Any, book: Codebook, told: Brief, block: Block) -> None:
    """The chart with its key above it as text: programs put the series of a legend in different orders."""
    from docx.shared import RGBColor

    key = made.add_paragraph(style="Caption")
    key.paragraph_format.keep_with_next = True
    for role, colour in zip(themed_roles(book), colours(), strict=False):
        add_run(key, say("chart_key")).font.color.rgb = RGBColor.from_string(colour)
        add_run(key, say("chart_role", role=Cleaner()(book.label(role))))
    holder = made.add_paragraph(style="Caption")
    # Exact line spacing would cut the chart to one line.
    holder.paragraph_format.line_spacing = 1.0
    holder.paragraph_format.keep_with_next = True
    add_chart(holder, book, told.order, told.figures, say("chart_alt", n=len(told.order), roles=_joined(book)))
    add_run(made.add_paragraph(style="Caption"), block.text)


def _joined(book: Codebook) -> str:
    return say("join").join(Cleaner()(book.label(r)) for r in themed_roles(book))


def _annex(made: Any, book: Codebook, told: Brief) -> None:
    """The table of all themes, on a page of its own, its head on every page."""
    from docx.shared import Mm

    words, roles, clean = data("summary.yaml"), themed_roles(book), Cleaner()
    head = made.add_paragraph(style="mark")
    head.paragraph_format.page_break_before = True
    add_run(head, words["headings"]["annex"])
    add_run(made.add_paragraph(style="Title"), words["headings"]["annex_title"])
    names = words["annex"]["columns"]
    parts = ("count", "share", "interval")
    table = made.add_table(rows=2 + len(told.order), cols=1 + len(parts) * len(roles), style="Table Grid")
    _widths(table, [_FIRST, *(part * (_WIDTH - _FIRST) / len(roles) for _ in roles for part in _PARTS)])
    grid = [list(row.cells) for row in table.rows]
    _write(grid[0][0].merge(grid[1][0]), names["theme"], "table_head")
    for r, role in enumerate(roles):
        first = 1 + r * len(parts)
        _write(grid[0][first].merge(grid[0][first + len(parts) - 1]), clean(book.label(role)), "table_head")
        for k, part in enumerate(parts):
            _write(grid[1][first + k], names[part], "table_head")
    few, mended = set(), set()
    for cells, theme in zip(grid[2:], told.order, strict=True):
        _write(cells[0], clean(book.label(theme)), "table")
        for r, role in enumerate(roles):
            of = told.figures[role, theme]
            few |= {(role, theme)} if of.small else set()
            mended |= {(role, theme)} if of.naive is not None else set()
            known = of.low is not None and of.high is not None
            ends = f"{percent(of.low or 0, end=True)}～{percent(of.high or 0, end=True)}" if known else "—"
            texts = (str(of.count), percent(of.value) if of.value is not None else "—", ends)
            for k, text in enumerate(texts):
                _write(cells[1 + r * len(parts) + k], text + ("*" if of.small and k == 0 else ""), "table")
    for row in table.rows:
        _mark(row._tr, "cantSplit")
        row.height = Mm(7.5)
    for row in table.rows[:2]:
        _mark(row._tr, "tblHeader")
    small = words["annex"]["small"].format(n=len(few), least=LEAST, clusters=LEAST_CLUSTERS) if few else ""
    corrected = words["annex"]["corrected"].format(n=len(mended)) if mended else ""
    note = made.add_paragraph(style="table")
    note.alignment = 0
    add_run(note, words["annex"]["note"].format(n=told.n_coded, corrected=corrected, small=small))


def _widths(table: Any, widths: Sequence[float]) -> None:
    from docx.shared import Mm

    table.autofit = False
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Mm(wide)
        for cell in column.cells:
            cell.width = Mm(wide)


def _write(cell: Any, text: str, style: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    cell.vertical_alignment = 1
    add_run(paragraph, text)


def _mark(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row.get_or_add_trPr().append(OxmlElement(f"w:{name}"))

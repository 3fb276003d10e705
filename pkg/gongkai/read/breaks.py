"""Put the two parts of a table row together that a page break parted, so that a label and its figures stand in one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from .layout import glue, pattern
from .pages import Flow, Page, Table

# Points: edges of columns closer than this are one.
_SAME_EDGE = 3.0
# So many cells right of a label at least make it the label of a row of figures.
_FIGURES = 2

_Cell = tuple[int, int, int, int, str]


def rejoin(pages: Sequence[Page]) -> list[Page]:
    """Return pages, given without page numbers and running heads, whose tables go on from page to page with whole rows.

    Only a row whose label begins with an enumerator is put together, and only with a part that begins with none: there the label
    stands with its figures in one part, and the rest of the label, or in the other part the figures, stand alone.
    """
    flows = [[list(flow.items) for flow in page.flows] for page in pages]
    for (before, page), (after, _) in pairwise(zip(flows, pages, strict=True)):
        ends, begins = next((f for f in reversed(before) if f), None), next((f for f in after if f), None)
        if not page.whole or ends is None or begins is None:
            continue
        above, below = ends[-1], begins[0]
        if isinstance(above, Table) and isinstance(below, Table) and (whole := _rejoined(above, below)):
            ends[-1], begins[:1] = whole[0], [table for table in whole[1:] if table.cells]
    return [
        replace(page, flows=tuple(Flow(tuple(items), flow.column) for items, flow in zip(made, page.flows, strict=True)))
        for made, page in zip(flows, pages, strict=True)
    ]


def _rejoined(above: Table, below: Table) -> tuple[Table, Table] | None:
    """Both tables with the first row of the one below taken into the last row of the one above; None where it is a row of its own."""
    end = max(row + rows for row, _, rows, _, _ in above.cells)
    last = {i: cell for i, cell in enumerate(above.cells) if cell[0] + cell[2] == end}
    met: dict[int, _Cell] = {}
    for cell in sorted(below.cells, key=lambda cell: cell[1]):
        if cell[0] == 0:
            partner = next((i for i, other in last.items() if _same_place(above, other, below, cell)), None)
            if partner is None:
                return None
            met[partner] = cell
    moved = {i: cell for i, cell in met.items() if cell[2] == 1}
    if any(pattern("enumerator").match(cell[4]) for cell in moved.values()):
        return None
    if not _is_one_row([(last[i][4], cell[4]) for i, cell in moved.items() if last[i][2] == 1]):
        return None
    texts = {i: last[i][4] + glue(last[i][4], cell[4]) + cell[4] for i, cell in moved.items()}
    joined = tuple((*cell[:4], texts.get(i, cell[4])) for i, cell in enumerate(above.cells))
    left = ((max(0, r - 1), c, rows - (r == 0), columns, text) for r, c, rows, columns, text in below.cells)
    return replace(above, cells=joined), replace(below, cells=tuple(cell for cell in left if cell[2]))


def _same_place(above: Table, a: _Cell, below: Table, b: _Cell) -> bool:
    edges = ((above.edges[a[1]], below.edges[b[1]]), (above.edges[a[1] + a[3]], below.edges[b[1] + b[3]]))
    return all(abs(x - y) <= _SAME_EDGE for x, y in edges)


def _is_one_row(parts: Sequence[tuple[str, str]]) -> bool:
    """Whether cells, given from left to right with their text above and below a page break, are those of one row."""
    above = [i for i, (text, _) in enumerate(parts) if text]
    below = [i for i, (_, text) in enumerate(parts) if text]
    if not above or not below:
        return False
    # The figures stand above, and below only the rest of the label; or above stands only the label.
    label = below[0] if len(below) == 1 else above[-1]
    figures_above, figures_below = above[-1] > label, below[-1] > label
    numbered = pattern("enumerator").match(parts[label][0])
    return bool(numbered) and figures_above != figures_below and len(parts) - 1 - label >= _FIGURES

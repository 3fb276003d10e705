"""Tables by geometry: the ruled lines of a page → cells with their places in a grid, by the table finder of pdfplumber."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import itemgetter
from typing import Any

from .layout import Glyph, glue, line, rows
from .shapes import Point, Rule

Box = tuple[float, float, float, float]
# Characters with the places that decide in which cell they stand.
Plane = Sequence[tuple[Glyph, Point]]
Cells = tuple[tuple[int, int, int, int, str], ...]

# Points: lines closer than this are one, and lines that miss each other by less do meet.
_TOLERANCE = 3.0
_SHORTEST = 3.0
# Points: where no line stands for so long, the lines above and below are drawn together only where they are all but the same.
_PARTED, _SAME = 12.0, 1.0
# More lines and crossings than any table has; the finder takes quadratic time.
_MOST_LINES, _MOST_CROSSINGS = 1_500, 4_000


class TooManyRules(Exception):
    """A page with more ruled lines than a table can have."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """The cells of a table as (row, column, rows, columns), and the edges of its columns and rows in points."""

    cells: tuple[tuple[int, int, int, int], ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owners: dict[tuple[int, int], int]

    def cell_at(self, x: float, y: float) -> int | None:
        """Return the number of the cell that holds a point, None outside of all."""
        return self.owners.get((bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1))


def may_hold_table(rules: Sequence[Rule]) -> bool:
    """Say whether there are lines enough both ways to bound two cells.

    >>> may_hold_table([(0, 0, 100, 0), (0, 20, 100, 20)])
    False
    """
    upright = sum(_is_upright(r) for r in rules)
    return upright >= 1 and len(rules) - upright >= 2 and len(rules) >= 5


def tables(rules: Iterable[Rule]) -> list[Ruled]:
    """Return the ruled tables of a page, from the top down; frames around one cell and stacks of one column are none.

    Raises ImportError without pdfplumber, and TooManyRules.

    >>> [t] = tables([(0, y, 100, y) for y in (0, 20, 40)] + [(x, 0, x, 40) for x in (0, 60, 100)])
    >>> t.cells, t.cell_at(70, 30)
    (((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 1, 1)), 3)
    """
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges, snap_edges

    edges = []
    for band in _bands([_edge(r) for r in rules]):
        edges += merge_edges(band, _TOLERANCE, _TOLERANCE, _TOLERANCE, _TOLERANCE)
    edges = snap_edges(edges, _SAME, _SAME)
    edges = [e for e in edges if max(e["x1"] - e["x0"], e["bottom"] - e["top"]) >= _SHORTEST]
    if len(edges) > _MOST_LINES:
        raise TooManyRules
    edges += [_edge(r) for r in (*_open_sides(edges), *_open_ends(edges))]
    crossings = edges_to_intersections(edges, _TOLERANCE, _TOLERANCE)
    if len(crossings) > _MOST_CROSSINGS:
        raise TooManyRules
    found = [_grid(boxes) for boxes in cells_to_tables(intersections_to_cells(crossings))]
    return sorted((t for t in found if len(t.xs) > 2), key=lambda t: t.ys[0])


def fill(found: Iterable[Ruled], planes: Sequence[Plane]) -> tuple[list[Plane], list[tuple[Ruled, Cells]]]:
    """Put characters into the cells that hold them; gives the characters outside, and the tables that hold some in two cells or more.

    A plane holds the characters that run in one direction; text in several directions is put together in its cell.
    """
    left: list[Plane] = list(planes)
    filled: list[tuple[Ruled, Cells]] = []
    # A table inside a cell of another comes first.
    for grid in sorted(found, key=lambda t: (t.xs[-1] - t.xs[0]) * (t.ys[-1] - t.ys[0])):
        texts = [""] * len(grid.cells)
        outside: list[Plane] = []
        for plane in left:
            held: list[list[Glyph]] = [[] for _ in grid.cells]
            free: list[tuple[Glyph, Point]] = []
            for g, place in plane:
                cell = grid.cell_at(*place)
                if cell is None:
                    free.append((g, place))
                else:
                    held[cell].append(g)
            outside.append(free)
            texts = [_pasted(text, _joined(inside)) for text, inside in zip(texts, held, strict=True)]
        if sum(map(bool, texts)) > 1:
            left = outside
            filled.append((grid, tuple((*place, text) for place, text in zip(grid.cells, texts, strict=True))))
    return left, filled


def _joined(glyphs: Iterable[Glyph]) -> str:
    return reduce(_pasted, (made.text for made in map(line, rows(glyphs)) if made), "")


def _pasted(before: str, after: str) -> str:
    return before + glue(before, after) + after


def _is_upright(rule: Rule) -> bool:
    return abs(rule[2] - rule[0]) < abs(rule[3] - rule[1])


def _edge(rule: Rule) -> dict[str, Any]:
    x0, y0, x1, y1 = rule
    if _is_upright(rule):
        x0 = x1 = (x0 + x1) / 2
    else:
        y0 = y1 = (y0 + y1) / 2
    size = {"x0": x0, "x1": x1, "top": y0, "bottom": y1, "width": x1 - x0, "height": y1 - y0}
    return {**size, "orientation": "v" if _is_upright(rule) else "h"}


def _bands(edges: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Lines in bands of the page; the columns of one table must not pull at those of another that nearly stand below them."""
    bands: list[list[dict[str, Any]]] = []
    end = 0.0
    for edge in sorted(edges, key=itemgetter("top")):
        if not bands or edge["top"] - end > _PARTED:
            bands.append([])
            end = edge["bottom"]
        bands[-1].append(edge)
        end = max(end, edge["bottom"])
    return bands


def _open_sides(edges: Sequence[dict[str, Any]]) -> list[Rule]:
    """The outer lines that a table leaves out at its sides, where three and more lines across it begin or end together."""
    across = [e for e in edges if e["orientation"] == "h"]
    upright = [e for e in edges if e["orientation"] == "v"]
    by_extent: dict[tuple[int, int], list[dict[str, float]]] = {}
    for e in across:
        by_extent.setdefault((round(e["x0"] / _TOLERANCE), round(e["x1"] / _TOLERANCE)), []).append(e)
    sides: list[Rule] = []
    for group in by_extent.values():
        if len(group) < 3:
            continue
        x0, x1 = group[0]["x0"], group[0]["x1"]
        top, bottom = min(e["top"] for e in group), max(e["top"] for e in group)
        within = [v for v in upright if v["bottom"] > top + _TOLERANCE and v["top"] < bottom - _TOLERANCE]
        if any(x0 + _TOLERANCE < v["x0"] < x1 - _TOLERANCE for v in within):
            sides += [(x, top, x, bottom) for x in (x0, x1) if all(abs(v["x0"] - x) > _TOLERANCE for v in within)]
    return sides


def _open_ends(edges: Sequence[dict[str, Any]]) -> list[Rule]:
    """The lines that a table leaves out at its end where a page break parts it: its outermost three and more upright lines end there."""
    upright = [e for e in edges if e["orientation"] == "v"]
    across = [e for e in edges if e["orientation"] == "h"]
    ends: list[Rule] = []
    for side, outermost in (("top", min), ("bottom", max)):
        y = outermost((e[side] for e in upright), default=0.0)
        xs = sorted(e["x0"] for e in upright if abs(e[side] - y) <= _TOLERANCE)
        if sum(b - a > _TOLERANCE for a, b in pairwise(xs)) < 2:
            continue
        beside = [e for e in across if abs(e["top"] - y) <= _TOLERANCE]
        if any(e["x0"] - _TOLERANCE <= xs[0] and e["x1"] + _TOLERANCE >= xs[-1] for e in beside):
            continue
        # At the height of the lines that are there, so that the table gets no sliver of a row.
        y = beside[0]["top"] if beside else y
        ends.append((xs[0], y, xs[-1], y))
    return ends


def _grid(boxes: Sequence[Box]) -> Ruled:
    """Work out the rows and columns that cells take from the edges they have in common."""
    xs = sorted({x for b in boxes for x in (b[0], b[2])})
    ys = sorted({y for b in boxes for y in (b[1], b[3])})
    column, row = {x: i for i, x in enumerate(xs)}, {y: i for i, y in enumerate(ys)}
    cells = sorted((row[top], column[x0], row[bottom] - row[top], column[x1] - column[x0]) for x0, top, x1, bottom in boxes)
    owners: dict[tuple[int, int], int] = {}
    for i, (r, c, high, wide) in enumerate(cells):
        owners.update(((y, x), i) for y in range(r, r + high) for x in range(c, c + wide))
    return Ruled(tuple(cells), tuple(xs), tuple(ys), owners)

"""Themes by groups as a table of shares whose cells are the darker the higher."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import canvas
from .codebook import Codebook, load_codebook
from .errors import UserError
from .resources import data
from .typeface import longest, plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS, _DARKEST = "Blues", 0.9
_EMPTY = "#f4f4f4"
# Inches: the narrowest cell that holds (100), the widest that still looks like one, the least height; names; the least page.
_CELL, _WIDEST, _HIGH = 0.27, 0.8, 0.2
_NAME, _LEAST_NAME, _LEAST_PAGE = 2.0, 0.8, 3.3
_SLOPES = (60, 90)
# Names of groups of more lines than this are rows.
_LINES, _INNER = 3, 0.86

Cell = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class _Grid:
    """What is drawn: `cells[theme][group]` is a share, NaN where there is none, and whether it is small."""

    cells: list[list[Cell]]
    themes: list[str]
    groups: list[str]
    sizes: list[str]
    heading: str
    entries: list[canvas.Entry]


def heat_map(
    table: pd.DataFrame,
    by: str,
    role: str | None = None,
    unit: str = "reports",
    themes: Sequence[str] | None = None,
    language: str = "zh",
    codebook: Codebook | None = None,
) -> Figure:
    """Draw the shares of themes in the groups of one column from what `spread(statements, by=[column])` returned, in %.

    Cells marked `small` are pale, hatched and in brackets; what has no share, as `spread(…, suppress=True)` leaves it, is a dash. The
    size of each group stands with its name. Themes come by their share over all groups; groups by number (years), by the order of
    the levels of government or of a categorical column, else by size; the unknown last. Many groups, and groups of long names, are
    rows instead of columns. Without `role` it is the codebook's first of the table. Raises UserError for tables of another make.
    """
    canvas.check_language(language)
    book = codebook or load_codebook()
    if not isinstance(by, str):
        raise UserError(f"by={by!r}: a heat map has the groups of one column; give its name, such as by='level'")
    rows, role = canvas.checked(table, [by], unit, role, themes, book)
    order = list(dict.fromkeys(themes)) if themes is not None else canvas.by_size(rows)
    found = canvas.groups(rows[by])
    groups = _ordered(rows[by], found, rows["denominator"].tolist())
    cells = {at: (s, bool(f)) for at, s, f in zip(zip(rows["theme"], found, strict=True), rows["share"], rows["small"], strict=True)}
    canvas.told_apart(by, zip(rows["theme"], found, strict=True))
    sizes = {g: max(n for n, f in zip(rows["denominator"], found, strict=True) if f == g) for g in groups}
    entries: list[canvas.Entry] = [(None, canvas.say(f"size_{unit}", language))]
    if (rows["small"] & rows["share"].notna()).any():
        entries.append((_few, canvas.few(unit, language)))
    if rows["share"].isna().any() or len(cells) < len(order) * len(groups):
        entries.append((_dash, canvas.say("nothing", language)))
    grid = _Grid(
        [[cells.get((theme, group), (math.nan, True)) for group in groups] for theme in order],
        [plain(book.label(theme, language)) for theme in order],
        [_shown(group, language) for group in groups],
        [f"{sizes[group]:.0f}" for group in groups],
        canvas.say(f"share_{unit}", language, role=book.label(role, language)),
        entries,
    )
    wide = _room(grid.themes, len(groups))
    inner = wide * _INNER
    fits = all(
        longest(name, canvas.NOTE) <= inner and len(wrapped(name, canvas.NOTE, inner)) <= _LINES for name in [*grid.groups, *grid.sizes]
    )
    return canvas.finished(_groups_across(grid, wide) if fits and wide >= _CELL else _groups_down(grid))


def _room(names: list[str], columns: int) -> float:
    """The width of a cell beside the names of rows."""
    left = max(width(line, canvas.SIZE) for name in names for line in wrapped(name, canvas.SIZE, _NAME)) + 0.16
    return min(_WIDEST, (canvas.PAGE - left - 0.08) / columns)


def _groups_across(grid: _Grid, wide: float) -> Figure:
    names = [wrapped(name, canvas.SIZE, _NAME) for name in grid.themes]
    heads = [wrapped(name, canvas.NOTE, wide * _INNER) for name in grid.groups]
    left = max(width(line, canvas.SIZE) for lines in names for line in lines) + 0.16
    head = (max(map(len, heads)) + 1) * canvas.NOTE * canvas.LINE + 0.08
    high = [max(_HIGH, len(lines) * canvas.SIZE * canvas.LINE + 0.06) for lines in names]
    across = max(_LEAST_PAGE, left + wide * len(heads) + 0.08)
    foot = canvas.key_height(grid.entries, across - 0.12)
    figure, sheet = canvas.page(foot + sum(high) + head + 0.24, across)
    top = foot + sum(high)
    canvas.put(sheet, 0.06, top + head + 0.13, grid.heading, canvas.SIZE, color=canvas.QUIET)
    for n, (lines, size) in enumerate(zip(heads, grid.sizes, strict=True)):
        x = left + (n + 0.5) * wide
        canvas.put_lines(sheet, x, top + 0.06 + (len(lines) / 2 + 1) * canvas.NOTE * canvas.LINE, lines, canvas.NOTE, "center")
        canvas.put(sheet, x, top + 0.05 + canvas.NOTE * canvas.LINE / 2, size, canvas.NOTE, "center", color=canvas.QUIET)
    canvas.put(sheet, left - 0.06, top + 0.05 + canvas.NOTE * canvas.LINE / 2, "n", canvas.NOTE, "right", color=canvas.QUIET)
    _draw(sheet, grid.cells, names, left, top, wide, high, canvas.SIZE)
    canvas.key(sheet, grid.entries, 0.06, across - 0.12)
    return figure


def _groups_down(grid: _Grid) -> Figure:
    heads = [wrapped(name, canvas.NOTE, 1.1) for name in grid.themes]
    long = max(width(line, canvas.NOTE) for lines in heads for line in lines)
    sized = max(width(size, canvas.NOTE) for size in ["n", *grid.sizes]) + 0.2
    for slope in map(math.radians, _SLOPES):
        # Slanted names stand out over the last column; upright ones leave more room for names of groups.
        right = long * math.cos(slope) + 0.08
        room = canvas.PAGE - sized - right - _CELL * len(heads) - 0.06
        if room >= min(_NAME, max(width(name, canvas.NOTE) for name in grid.groups)):
            break
    names = [wrapped(name, canvas.NOTE, min(_NAME, max(_LEAST_NAME, room))) for name in grid.groups]
    named = max(width(line, canvas.NOTE) for lines in names for line in lines) + 0.12
    left = named + sized - 0.06
    wide = max(_CELL, min(_WIDEST, (canvas.PAGE - left - right) / len(heads)))
    high = [max(_HIGH, len(lines) * canvas.NOTE * canvas.LINE + 0.06) for lines in names]
    head, across = long * math.sin(slope) + 0.16, max(_LEAST_PAGE, left + wide * len(heads) + right)
    foot = canvas.key_height(grid.entries, across - 0.12)
    figure, sheet = canvas.page(foot + sum(high) + head + 0.24, across)
    top = foot + sum(high)
    canvas.put(sheet, 0.06, top + head + 0.13, grid.heading, canvas.SIZE, color=canvas.QUIET)
    for n, lines in enumerate(heads):
        for k, line in enumerate(lines):
            aside = (k - (len(lines) - 1) / 2) * canvas.NOTE * canvas.LINE * 0.95
            x, y = left + (n + 0.5) * wide + aside * math.sin(slope), top + 0.06 - aside * math.cos(slope)
            canvas.put(sheet, x, max(y, top + 0.04), line, canvas.NOTE, va="center", rotation=math.degrees(slope), rotation_mode="anchor")
    canvas.put(sheet, left - 0.08, top + 0.09, "n", canvas.NOTE, "right", color=canvas.QUIET)
    _draw(sheet, [list(row) for row in zip(*grid.cells, strict=True)], names, left, top, wide, high, canvas.NOTE, named, grid.sizes)
    canvas.key(sheet, grid.entries, 0.06, across - 0.12)
    return figure


def _draw(
    sheet: Axes, cells: list[list[Cell]], names: list[list[str]], left: float, top: float, wide: float, high: list[float], size: float,
    named: float | None = None, sizes: Sequence[str] = (),
) -> None:  # fmt: skip
    """Draw the rows from the top, their names at the right before them, and before the cells the sizes where there are some."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex
    from matplotlib.patches import Rectangle

    highest = max((share for row in cells for share, _ in row if share == share), default=0.0) or 1.0
    y = top
    for n, row in enumerate(cells):
        y -= high[n]
        canvas.put_lines(sheet, (left if named is None else named) - 0.06, y + high[n] / 2, names[n], size, "right")
        if sizes:
            canvas.put(sheet, left - 0.08, y + high[n] / 2, sizes[n], canvas.NOTE, "right", color=canvas.QUIET)
        for k, (share, small) in enumerate(row):
            known = not math.isnan(share)
            colour = to_hex(colormaps[_COLOURS](share / highest * _DARKEST)) if known else _EMPTY
            text, ink = (canvas.percent(share), _legible(colour)) if known else ("—", canvas.FAINT)
            look: dict[str, Any] = {"facecolor": colour}
            if known and small:
                text, ink = f"({text})", canvas.INK
                look = {"facecolor": canvas.lighter(colour, 0.65), "edgecolor": "white", "hatch": "////"}
            sheet.add_patch(Rectangle((left + k * wide, y), wide, high[n], linewidth=0, **look))
            canvas.put(sheet, left + (k + 0.5) * wide, y + high[n] / 2, text, canvas.NOTE, "center", color=ink)
    for k in range(len(cells[0]) + 1):
        sheet.plot([left + k * wide] * 2, [y, top], color="white", linewidth=0.8)
    for edge in np.cumsum([0, *high]):
        sheet.plot([left, left + wide * len(cells[0])], [top - edge] * 2, color="white", linewidth=0.8)


def _legible(colour: str) -> str:
    """Black or white, whichever stands out more from a colour (the contrast ratio of WCAG 2)."""
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#ffffff"


def _ordered(column: pd.Series, found: list[object], sizes: list[float]) -> list[object]:
    """The groups in their natural order, the unknown (None) last."""
    size = {g: n for n, g in sorted(zip(sizes, found, strict=True), key=lambda pair: pair[0])}
    known, last = [g for g in size if g is not None], [None] * (None in size)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [*(c for c in column.cat.categories if c in known), *last]
    numbers = pd.to_numeric(pd.Series(known, dtype=object), errors="coerce")
    if numbers.notna().all():
        return [*(known[i] for i in numbers.argsort()), *last]
    ranks = {level: n for n, level in enumerate(data("page.yaml")["levels"])}
    return [*sorted(known, key=lambda g: (ranks.get(str(g), len(ranks)), -size[g], str(g))), *last]


def _shown(group: object, language: str) -> str:
    if group is None:
        return canvas.say("unknown", language)
    if isinstance(group, float) and group.is_integer():
        group = int(group)
    return plain(data("page.yaml")["levels"].get(str(group), group) if language == "en" else group)


def _few(sheet: Axes, x: float, y: float, wide: float) -> None:
    canvas.box(facecolor="#c9dcea", hatch="////", edgecolor="white")(sheet, x, y, wide)
    canvas.put(sheet, x + wide / 2, y, "( )", canvas.NOTE, "center", color=canvas.INK)


def _dash(sheet: Axes, x: float, y: float, wide: float) -> None:
    canvas.box(facecolor=_EMPTY)(sheet, x, y, wide)
    canvas.put(sheet, x + wide / 2, y, "—", canvas.NOTE, "center", color=canvas.FAINT)

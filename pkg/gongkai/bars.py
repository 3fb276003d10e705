"""The shares of all themes as bars, a colour a role, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from . import canvas
from .codebook import Codebook, load_codebook
from .typeface import plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The red and the blue of the page, the blue lighter, so that the two differ in grey as well.
_BARS = ("#b5391f", "#86b5cf", *canvas.COLOURS[2:])
_NAME, _PITCH = 2.2, 0.2


def shares(table: pd.DataFrame, unit: str = "reports", language: str = "zh", codebook: Codebook | None = None) -> Figure:
    """Draw the theme shares of a table that `spread` gave without groups, in % with their intervals: a bar a theme and role.

    The most frequent theme of the codebook's first role stands at the top; bars of rows marked `small` are pale. Raises UserError for
    a table of another make, as for one with groups, whose bars would hide each other.
    """
    canvas.check_language(language)
    book = codebook or load_codebook()
    first, role = canvas.checked(table, [], unit, None, None, book)
    roles = [r for r in book.role_ids if (table["role"] == r).any()]
    of = {r: canvas.checked(table, [], unit, r, None, book)[0].set_index("theme") for r in roles}
    themes = list(dict.fromkeys([*canvas.by_size(first), *(t for r in roles for t in of[r].index.tolist())]))
    names = [wrapped(plain(book.label(theme, language)), canvas.SIZE, _NAME) for theme in themes]
    left = max(width(line, canvas.SIZE) for lines in names for line in lines) + 0.16
    wide, high = canvas.PAGE - left - 0.12, len(themes) * max(_PITCH, 0.13 * len(roles) + 0.08)
    colours = {r: _BARS[n % len(_BARS)] for n, r in enumerate(roles)}
    small = any((rows["small"] & rows["share"].notna()).any() for rows in of.values())
    entries: list[canvas.Entry] = [
        *((canvas.box(facecolor=colours[r]), plain(book.label(r, language))) for r in roles),
        *[(_whisker, canvas.say("interval", language))] * any(rows["low"].notna().any() for rows in of.values()),
    ]
    entries += [(canvas.box(facecolor=canvas.lighter(colours[role], 0.6)), canvas.few(unit, language))] * small
    foot = canvas.key_height(entries, canvas.PAGE - 0.12)
    figure, sheet = canvas.page(foot + 0.42 + high + 0.06)
    bottom = foot + 0.42
    axes = canvas.panel(figure, left, bottom, wide, high)
    top = canvas.top_of(max((float(x) for rows in of.values() for c in ("share", "high") for x in rows[c].dropna()), default=0.01))
    axes.set_xlim(0, top)
    axes.set_ylim(len(themes), 0)
    axes.set_yticks([])
    axes.grid(axis="x", color=canvas.HAIR, linewidth=0.5)
    axes.set_axisbelow(True)
    thick = 0.8 / len(roles)
    for n, r in enumerate(roles):
        for i, theme in enumerate(themes):
            if theme in of[r].index:
                _bar(axes, i + 0.1 + (n + 0.5) * thick, of[r].loc[theme], thick, colours[r])
    for i, lines in enumerate(names):
        canvas.put_lines(sheet, left - 0.06, bottom + high - (i + 0.5) * high / len(themes), lines, canvas.SIZE, "right")
    canvas.put(sheet, left + wide / 2, foot + 0.12, canvas.say(f"bars_{unit}", language), canvas.SIZE, "center", color=canvas.QUIET)
    canvas.key(sheet, entries, left, canvas.PAGE - left - 0.06)
    return canvas.finished(figure)


def _bar(axes: Axes, y: float, row: pd.Series, thick: float, colour: str) -> None:
    share, low, high = (float(row[c]) * 100 for c in ("share", "low", "high"))
    axes.barh(y, share, height=thick, color=canvas.lighter(colour, 0.6) if row["small"] else colour, linewidth=0)
    axes.plot([low, high], [y, y], color=canvas.INK, linewidth=0.7)


def _whisker(sheet: Axes, x: float, y: float, wide: float) -> None:
    sheet.plot([x, x + wide], [y, y], color=canvas.INK, linewidth=0.7)

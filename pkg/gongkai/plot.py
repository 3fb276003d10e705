"""Plots with Chinese that never turns to boxes: a font that has the glyphs where there is one, else text left to the viewer's fonts."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from .codebook import Codebook, load_codebook

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PROBE = "政府信息公开"
_FAMILIES = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC','WenQuanYi Zen Hei',sans-serif"
# The problem and the measure colour of the page; further roles take matplotlib's own.
_COLOURS = ("#b5391f", "#1f6286")


@cache
def chinese_font() -> str | None:
    """Return the name of an installed font that has Chinese glyphs, or None."""
    from matplotlib import font_manager, ft2font

    for entry in sorted(
        font_manager.fontManager.ttflist,
        key=lambda f: (f.style != "normal", abs(int(f.weight) - 400 if str(f.weight).isdigit() else 0), f.name),
    ):
        # matplotlib's own “Last Resort” claims every glyph and draws boxes.
        if "LastResort" in entry.fname.replace(" ", ""):
            continue
        try:
            known = ft2font.FT2Font(entry.fname).get_charmap()
        except (OSError, RuntimeError):
            continue
        if all(ord(c) in known for c in _PROBE):
            return entry.name
    return None


def shares(table: pd.DataFrame, unit: str = "reports", language: str = "zh", codebook: Codebook | None = None) -> Figure:
    """Draw the theme shares of a table that `spread` gave without groups: a pair of bars a theme, a colour a role.

    Raises ValueError for a table with groups, whose bars would hide each other.
    """
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    book = codebook or load_codebook()
    rows = table[table["unit"] == unit]
    if rows.duplicated(["role", "theme"]).any():
        raise ValueError("the table has groups; draw one group at a time: table[table['year'] == 2021]")
    wide = rows.pivot(index="theme", columns="role", values="share")
    roles = [r for r in book.role_ids if r in wide]
    wide = wide[roles].sort_values(roles[0])
    figure = Figure(figsize=(7, 0.42 * len(wide) + 1), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(roles)
    for n, role in enumerate(roles):
        places = [i + 0.4 - (n + 0.5) * height for i in range(len(wide))]
        colour = _COLOURS[n] if n < len(_COLOURS) else None
        axes.barh(places, wide[role] * 100, height=height, label=book.label(role, language), color=colour)
    axes.set_yticks(range(len(wide)), [book.label(t, language) for t in wide.index])
    axes.set_xlabel({"zh": f"占比（%，{'报告' if unit == 'reports' else '语句'}）", "en": f"share of {unit} (%)"}[language])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    if font := chinese_font():
        for text in figure.findobj(Text):
            text.set_fontfamily(font)
    return figure


def svg(figure: Figure) -> str:
    """Return a figure as SVG whose words stay words: the viewer's own Chinese font shows them, wherever it was drawn."""
    import warnings

    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gongkai"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return re.sub(r"(font(?:-family)?: *(?:[\d.]+px )?)[^;\"]+", rf"\g<1>{_FAMILIES}", buffer.getvalue())

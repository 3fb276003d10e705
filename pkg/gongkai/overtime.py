"""Themes over the years: lines with their intervals, a small panel a theme where they are many."""

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
from .intervals import Floats
from .typeface import plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# More lines than this in one panel are a tangle.
TOGETHER = 6
_BAND, _PALE = "#cfe0ee", "#ececec"
_COLUMNS, _FEWER = 4, 3
_TICKS, _UNKNOWN = 60, "?"


@dataclass(frozen=True, slots=True)
class Line:
    """One theme: a place a year in order; `unknown` marks the one that stands for reports without a year."""

    x: Floats
    share: Floats
    low: Floats
    high: Floats
    small: np.ndarray
    unknown: np.ndarray

    def runs(self, keep: np.ndarray) -> list[slice]:
        """Return the stretches of years that follow each other and are all to be kept."""
        out: list[slice] = []
        for i in np.flatnonzero(keep):
            joined = out and out[-1].stop == i and self.x[i] - self.x[i - 1] == 1 and not self.unknown[i]
            out[-1:] = [slice(out[-1].start, i + 1)] if joined else [*out[-1:], slice(i, i + 1)]
        return out


def over_time(
    table: pd.DataFrame,
    unit: str = "reports",
    themes: Sequence[str] | None = None,
    role: str | None = None,
    language: str = "zh",
    codebook: Codebook | None = None,
) -> Figure:
    """Draw the shares of themes over the years from what `spread(statements, by=["year"])` returned, in % with their intervals.

    Up to six themes are lines in one panel, with bars for the intervals; more are small panels with bands, on one scale, the most
    frequent theme first. Lines join years that follow each other: where a year or its share is missing there is a gap. Points of
    rows marked `small` are hollow and grey; reports of unknown year stand by themselves at the right. Without `role` the codebook's
    first role of the table is drawn, without `themes` all of them. Raises UserError for tables of another make and for years that
    are no whole numbers.
    """
    canvas.check_language(language)
    book = codebook or load_codebook()
    rows, role = canvas.checked(table, ["year"], unit, role, themes, book)
    rows = rows.assign(year=_years(canvas.groups(rows["year"])))
    canvas.told_apart("year", ((t, None if math.isnan(y) else int(y)) for t, y in zip(rows["theme"], rows["year"], strict=True)))
    known = rows["year"].dropna()
    first, last = (int(known.min()), int(known.max())) if len(known) else (0, -1)
    # Far enough from the last year that their names do not meet.
    unknown = last + max(1.5, 0.16 * (last - first + 2)) if len(known) else 0.0
    order = list(dict.fromkeys(themes)) if themes is not None else canvas.by_size(rows)
    lines = {theme: _line(rows[rows["theme"] == theme], unknown) for theme in order}
    named = [book.label(theme, language) for theme in order]
    ends = [(first if len(known) else unknown) - 0.5, (unknown if rows["year"].isna().any() else last) + 0.5]
    highest = np.nanmax([0.01, *(x for line in lines.values() for x in (*line.share, *line.high))])
    scale = _Scale(ends, canvas.top_of(float(highest)), list(range(first, last + 1)), unknown)
    heading = canvas.say(f"share_{unit}", language, role=book.label(role, language))
    shown = np.concatenate([line.small[~np.isnan(line.share)] for line in lines.values()])
    small: list[canvas.Entry] = [(_point(canvas.FAINT, "white"), canvas.few(unit, language))] if shown.any() else []
    if rows["year"].isna().any():
        small.append((None, canvas.say("no_year", language, sign=_UNKNOWN)))
    draw = _together if len(order) <= TOGETHER else _panels
    interval = [canvas.say("interval", language)] * any((~np.isnan(line.low)).any() for line in lines.values())
    return canvas.finished(draw(list(lines.values()), named, scale, heading, interval, small))


@dataclass(frozen=True, slots=True)
class _Scale:
    """The axes that all panels share; shares in % up to `top`."""

    ends: list[float]
    top: float
    years: list[int]
    unknown: float

    def ticks(self, axes: Axes, wide: float, named: bool = True, levels: bool = True) -> None:
        """Set the limits and label as many years as there is room for."""
        axes.set_xlim(*self.ends)
        axes.set_ylim(0, self.top)
        step = max(1, math.ceil(len(self.years) * (width("2020", canvas.NOTE) + 0.08) / wide))
        some = self.years[len(self.years) - 1 :: -step][::-1]
        places: list[float] = [*some]
        words = [str(y) for y in some]
        if self.ends[1] > self.unknown:
            places.append(self.unknown)
            words.append(_UNKNOWN)
        axes.set_xticks(places, words if named else [""] * len(words))
        axes.set_xticks(self.years if len(self.years) < _TICKS else [], minor=True)
        axes.tick_params(which="minor", length=1.5, color=canvas.FAINT)
        marks = canvas.marks_of(self.top)
        axes.set_yticks(marks, [f"{m:g}" for m in marks] if levels else [""] * len(marks))
        axes.grid(axis="y", color=canvas.HAIR, linewidth=0.5)
        axes.set_axisbelow(True)


def _panels(lines: list[Line], named: list[str], scale: _Scale, heading: str, interval: list[str], small: list[canvas.Entry]) -> Figure:
    left, right, between = 0.34, 0.12, 0.22
    columns = _COLUMNS
    wide = (canvas.PAGE - left - right - between * (columns - 1)) / columns
    if max(len(wrapped(plain(n), canvas.SIZE, wide)) for n in named) > 2:
        columns = _FEWER
        wide = (canvas.PAGE - left - right - between * (columns - 1)) / columns
    labels = [wrapped(plain(n), canvas.SIZE, wide) for n in named]
    head, high, foot = max(map(len, labels)) * canvas.SIZE * canvas.LINE + 0.06, 0.8, 0.1
    count = math.ceil(len(lines) / columns)
    firm = any((~line.small & ~np.isnan(line.low)).any() for line in lines)
    entries: list[canvas.Entry] = [*((canvas.box(facecolor=_BAND if firm else _PALE), text) for text in interval), *small]
    bottom = canvas.key_height(entries, canvas.PAGE - left) + 0.22
    figure, sheet = canvas.page(bottom + count * (head + high + foot) + 0.26)
    top = sheet.get_ylim()[1]
    canvas.put(sheet, 0.06, top - 0.1, heading, canvas.SIZE, color=canvas.QUIET)
    for n, (line, words) in enumerate(zip(lines, labels, strict=True)):
        row, column = divmod(n, columns)
        x, y = left + column * (wide + between), bottom + (count - 1 - row) * (head + high + foot) + foot
        axes = canvas.panel(figure, x, y, wide, high)
        scale.ticks(axes, wide, named=n + columns >= len(lines), levels=column == 0)
        _draw(axes, line, canvas.COLOURS[0], canvas.FAINT, canvas.MARKERS[0], band=True)
        canvas.put_lines(sheet, x, y + high + 0.05 + len(words) * canvas.SIZE * canvas.LINE / 2, words)
    canvas.key(sheet, entries, left, canvas.PAGE - left)
    return figure


def _together(lines: list[Line], named: list[str], scale: _Scale, heading: str, interval: list[str], small: list[canvas.Entry]) -> Figure:
    left, high, above = 0.42, 2.6, 0.3
    labels = [wrapped(plain(n), canvas.SIZE, 1.5) for n in named]
    right = max(width(w, canvas.SIZE) for words in labels for w in words) + 0.42
    wide = canvas.PAGE - left - right
    entries: list[canvas.Entry] = [*((_whisker, text) for text in interval), *small]
    bottom = canvas.key_height(entries, canvas.PAGE - left) + 0.26
    figure, sheet = canvas.page(bottom + high + above)
    axes = canvas.panel(figure, left, bottom, wide, high)
    scale.ticks(axes, wide)
    canvas.put(sheet, 0.06, bottom + high + above - 0.12, heading, canvas.SIZE, color=canvas.QUIET)
    points = []
    for n, line in enumerate(lines):
        aside = (n - (len(lines) - 1) / 2) * 0.09
        _draw(axes, line, canvas.COLOURS[n], canvas.lighter(canvas.COLOURS[n], 0.45), canvas.MARKERS[n], aside=aside)
        seen = np.flatnonzero(~np.isnan(line.share))
        at = (line.x[seen[-1]] + aside, line.share[seen[-1]] * 100) if len(seen) else (scale.ends[1], 0.0)
        points.append((n, left + (at[0] - scale.ends[0]) / (scale.ends[1] - scale.ends[0]) * wide, bottom + at[1] / scale.top * high))
    # Labels keep the order of the ends of their lines, and a line's height from each other.
    points.sort(key=lambda p: (p[2], -p[0]))
    heights = [len(labels[n]) * canvas.SIZE * canvas.LINE + 0.03 for n, _, _ in points]
    starts = np.concatenate([[0], np.cumsum(heights)])
    free = np.array([y for _, _, y in points]) - starts[:-1] - np.array(heights) / 2
    placed = np.clip(_rising(free), bottom - 0.1, max(bottom - 0.1, bottom + high + 0.2 - starts[-1]))
    for (n, x, y), to in zip(points, placed + starts[:-1] + np.array(heights) / 2, strict=True):
        edge = left + wide
        sheet.plot([x + 0.05, edge + 0.04, edge + 0.16], [y, y, to], color=canvas.COLOURS[n], linewidth=0.5, linestyle=":", clip_on=False)
        sheet.plot([edge + 0.24], [to], color=canvas.COLOURS[n], marker=canvas.MARKERS[n], markersize=4)
        canvas.put_lines(sheet, edge + 0.33, to, labels[n])
    canvas.key(sheet, entries, left, canvas.PAGE - left)
    return figure


def _rising(values: Floats) -> Floats:
    """The nearest values that never fall (isotonic regression by its minimax formula, for a handful)."""
    n = range(len(values))
    return np.array([max(min(values[j : k + 1].mean() for k in n[i:]) for j in n[: i + 1]) for i in n])


def _draw(axes: Axes, line: Line, colour: str, weak: str, marker: str, band: bool = False, aside: float = 0.0) -> None:
    """Draw one theme: all of it in the weak colour and hollow, then over it what is not `small`."""
    x, share, low, high = line.x + aside, line.share * 100, line.low * 100, line.high * 100
    there, ends = ~np.isnan(share), ~np.isnan(low) & ~np.isnan(high)
    for keep, ink, pale, face in ((there, weak, _PALE, "white"), (there & ~line.small, colour, _BAND, colour)):
        for run in line.runs(keep & ends):
            alone = run.stop - run.start == 1
            if band and not alone:
                axes.fill_between(x[run], low[run], high[run], color=pale, linewidth=0)
            else:
                axes.vlines(x[run], low[run], high[run], color=ink, linewidth=0.7 if not band else 1.2, alpha=0.75)
        for run in line.runs(keep):
            axes.plot(x[run], share[run], color=ink, linewidth=1.1)
        only = keep & line.small if face == "white" else keep
        look: dict[str, Any] = {
            "linestyle": "none",
            "marker": marker,
            "markersize": 3 if band else 4,
            "markeredgewidth": 0.7,
            "clip_on": False,
        }
        axes.plot(x[only], share[only], color=ink, markerfacecolor=face, zorder=3, **look)


def _line(rows: pd.DataFrame, unknown: float) -> Line:
    rows = rows.sort_values("year", na_position="last")
    dated = rows["year"].notna().to_numpy(bool)
    x = np.where(dated, rows["year"].fillna(unknown).to_numpy(float), unknown)
    share, low, high = (rows[c].to_numpy(float) for c in ("share", "low", "high"))
    return Line(x, share, low, high, rows["small"].to_numpy(bool), ~dated)


def _years(given: list[object]) -> Floats:
    """Whole years as numbers, NaN for None."""
    years = pd.to_numeric(pd.Series(given, dtype=object), errors="coerce").to_numpy(float, na_value=np.nan)
    for value, year in zip(given, years, strict=True):
        if value is not None and not year % 1 == 0:
            raise UserError(f"year {value!r} is no whole number; give the column year numbers such as 2021, empty where unknown")
    return years


def _point(edge: str, face: str) -> Any:
    def draw(sheet: Axes, x: float, y: float, wide: float) -> None:
        sheet.plot([x, x + wide], [y, y], color=edge, linewidth=1)
        sheet.plot([x + wide / 2], [y], color=edge, markerfacecolor=face, marker="o", markersize=4, markeredgewidth=0.8)

    return draw


def _whisker(sheet: Axes, x: float, y: float, wide: float) -> None:
    sheet.plot([x + wide / 2] * 2, [y - 0.07, y + 0.07], color=canvas.INK, linewidth=0.7)
    sheet.plot([x + wide / 2], [y], color=canvas.INK, marker="o", markersize=3.5)

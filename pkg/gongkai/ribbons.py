"""The flow from problems to measures, drawn as ribbons between two columns of themes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from . import canvas
from .codebook import Codebook, load_codebook
from .errors import UserError
from .flows import MEASURE, PROBLEM, flow_table
from .intervals import half_up
from .typeface import plain, width, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# More themes than this on one side do not fit a page.
_MOST = 20
_COLOURS = {"same": "#0072b2", "different": "#e69f00", "gathered": "#a6a6a6", "unanswered": "#d55e00"}
_CLEAR = 0.6
_LABEL, _BAR, _SPACE, _BELOW = 1.5, 0.09, 0.05, 0.12
# Ends of ribbons that are no theme; the id of a theme begins with a letter.
_NO_THEME, _FURTHER, _UNANSWERED = "0", "1", "2"


def flow(
    statements: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    least: float = 0.005,
    language: str = "zh",
    codebook: Codebook | None = None,
) -> Figure:
    """Draw the flow from the themes of problems, at the left, to those of the measures that answer them, at the right.

    Counted as in `flow_table`: both sides count mentions of problems, never measures, and one that several measures answer is shared
    evenly among them. Numbers are rounded, so that sums may differ by one, and stand on ribbons that are wide enough. What nothing
    answers flows to a place of its own. Ribbons of less than `least` (0-1) of all mentions are gathered into one beneath,
    which says how many it holds. Errors as there, and for statements without a problem.
    """
    canvas.check_language(language)
    book = codebook or load_codebook()
    if not 0 <= least < 1:
        raise UserError(f"least={least!r} is no share of 0 up to 1; give such as 0.01 to gather ribbons below one in a hundred")
    table = flow_table(statements, pairs, book)
    if table.empty:
        raise UserError(f"no statement has the role {PROBLEM!r}; pass statements with problems and the measures that answer them")
    heads = [book.label(PROBLEM, language), book.label(MEASURE, language)]
    return canvas.finished(_drawn(_ends(table, book, language), least, heads, language))


@dataclass(frozen=True, slots=True)
class _Flows:
    """Mentions from left to right by the ends of a ribbon, with what it is, and the names of the ends from the top down."""

    mentions: dict[tuple[str, str], float]
    sides: tuple[dict[str, str], dict[str, str]]

    @property
    def total(self) -> float:
        return sum(self.mentions.values())

    def sums(self, side: int) -> dict[str, float]:
        return {end: sum(n for ends, n in self.mentions.items() if ends[side] == end) for end in self.sides[side]}

    def kind(self, start: str, end: str) -> str:
        return "unanswered" if end == _UNANSWERED else "same" if start == end else "different"


@dataclass(slots=True)
class _Bar:
    """A bar in inches: ribbons are put to it from `free` downward."""

    x: float
    free: float

    def take(self, thick: float) -> float:
        top = self.free
        self.free -= thick
        return top


def _ends(table: pd.DataFrame, book: Codebook, language: str) -> _Flows:
    """Name the ends of the ribbons; problems of the rarest themes are put together where they are too many."""
    table = table.fillna({"problem": _NO_THEME, "measure": _NO_THEME})
    sizes = table.groupby("problem")["mentions"].sum().sort_values(ascending=False, kind="stable")
    further = set(sizes.index[_MOST - 1 :]) if len(sizes) > _MOST else set()
    table["problem"] = table["problem"].where(~table["problem"].isin(further), _FURTHER)
    table["measure"] = table["measure"].where(table["answered"], _UNANSWERED)
    table = table.groupby(["problem", "measure"])["mentions"].sum().reset_index()
    mentions = {(str(p), str(m)): float(n) for p, m, n in zip(table["problem"], table["measure"], table["mentions"], strict=True)}
    left = [*(p for p in sizes.index if p not in further), *[_FURTHER] * bool(further)]
    rest = sorted({m for _, m in mentions} - set(left) - {_UNANSWERED}, key=lambda m: -sum(n for e, n in mentions.items() if e[1] == m))
    right = [m for m in (*left, *rest, _UNANSWERED) if any(e[1] == m for e in mentions)]
    words = {
        _NO_THEME: canvas.say("no_theme", language),
        _FURTHER: canvas.say("other_problems", language, n=len(further)),
        _UNANSWERED: canvas.say("unanswered", language),
    }
    left_names, right_names = ({e: words.get(e) or plain(book.label(e, language)) for e in side} for side in (left, right))
    return _Flows(mentions, (left_names, right_names))


def _drawn(flows: _Flows, least: float, heads: list[str], language: str) -> Figure:
    small = {e: n for e, n in flows.mentions.items() if n < least * flows.total and e[1] != _UNANSWERED}
    small = small if len(small) > 1 else {}
    sums = [flows.sums(side) for side in (0, 1)]
    labels = [
        {e: _label(name, sums[n][e], e == _UNANSWERED and flows.total) for e, name in side.items()} for n, side in enumerate(flows.sides)
    ]
    scale = max(1.6, min(4.4, 0.42 * max(map(len, flows.sides)))) / flows.total
    slots = [{e: max(n * scale, len(labels[side][e]) * canvas.SIZE * canvas.LINE) for e, n in sums[side].items()} for side in (0, 1)]
    high = max(sum(s.values()) + _SPACE * (len(s) - 1) for s in slots)
    trunk = sum(small.values()) * scale
    kinds = [k for k in _COLOURS if (k == "gathered" and small) or any(flows.kind(*e) == k for e in flows.mentions if e not in small)]
    entries: list[canvas.Entry] = [(canvas.box(facecolor=canvas.lighter(_COLOURS[k], 1 - _CLEAR)), canvas.say(k, language)) for k in kinds]
    entries.append((None, canvas.say("mentions", language)))
    foot = canvas.key_height(entries, canvas.PAGE - 0.12) + (0.22 if small else 0.06)
    base = foot + (trunk + _BELOW if small else 0.0)
    figure, sheet = canvas.page(base + high + 0.3)
    edges = [max(width(line, canvas.SIZE) for lines in side.values() for line in lines) + 0.12 for side in labels]
    places = edges[0], canvas.PAGE - edges[1] - _BAR
    bars: list[dict[str, _Bar]] = [{}, {}]
    for side, (x, ha) in enumerate([(places[0] - 0.05, "right"), (places[1] + _BAR + 0.05, "left")]):
        canvas.put(sheet, x, base + high + 0.16, heads[side], canvas.SIZE, ha, color=canvas.QUIET)
        for end, middle in _stacked(slots[side], base, high).items():
            bars[side][end] = _bar(sheet, places[side], middle + sums[side][end] * scale / 2, sums[side][end] * scale)
            canvas.put_lines(sheet, x, middle, labels[side][end], canvas.SIZE, ha)
    ranks = [{e: n for n, e in enumerate(side)} for side in flows.sides]
    for (start, end), n in sorted(flows.mentions.items(), key=lambda item: [ranks[side][item[0][side]] for side in (0, 1)]):
        if (start, end) not in small:
            _ribbon(sheet, bars[0][start], bars[1][end], n, scale, flows.kind(start, end))
    if small:
        held = canvas.say("other_flows", language, n=len(small))
        canvas.put(sheet, sum(places) / 2 + _BAR / 2, foot - 0.1, f"{held} {_count(sum(small.values()))}", canvas.SIZE, "center")
        for side in (0, 1):
            between = _bar(sheet, sum(places) / 2, foot + trunk, trunk)
            for end in flows.sides[side]:
                if n := sum(m for ends, m in small.items() if ends[side] == end):
                    ends = (bars[0][end], between) if side == 0 else (between, bars[1][end])
                    _ribbon(sheet, *ends, n, scale, "gathered", side == 0)
    canvas.key(sheet, entries, 0.06, canvas.PAGE - 0.12)
    return figure


def _label(name: str, mentions: float, total: float) -> list[str]:
    """A name in lines, and after its last word how often, of how many where that is to be told."""
    told = f" {_count(mentions)}" + (f" ({canvas.percent(mentions / total)}%)" if total else "")
    lines = wrapped(name, canvas.SIZE, _LABEL - width(told, canvas.SIZE))
    return [*lines[:-1], lines[-1] + told]


def _stacked(slots: dict[str, float], base: float, high: float) -> dict[str, float]:
    """The middles of slots that fill the whole height from the top down, with equal spaces."""
    space = (high - sum(slots.values())) / len(slots)
    top, middles = base + high, {}
    for end, slot in slots.items():
        middles[end] = top - (slot + space) / 2
        top -= slot + space
    return middles


def _bar(sheet: Axes, x: float, top: float, tall: float) -> _Bar:
    from matplotlib.patches import Rectangle

    sheet.add_patch(Rectangle((x, top - tall), _BAR, tall, facecolor=canvas.INK, linewidth=0, zorder=2))
    return _Bar(x, top)


def _ribbon(sheet: Axes, start: _Bar, end: _Bar, mentions: float, scale: float, kind: str, told: bool = True) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    thick = mentions * scale
    (x0, y0), (x1, y1) = (start.x + _BAR, start.take(thick)), (end.x, end.take(thick))
    middle = (x0 + x1) / 2
    upper = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    outline = [*upper, *((x, y - thick) for x, y in reversed(upper)), (x0, y0)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    look = {"facecolor": _COLOURS[kind], "alpha": _CLEAR, "zorder": 0.9 if kind == "gathered" else 1}
    sheet.add_patch(PathPatch(Path(outline, codes), linewidth=0, **look))
    if told and thick >= canvas.NOTE / 72:
        canvas.put(sheet, x0 + 0.05, y0 - thick / 2, _count(mentions), canvas.NOTE - 1)


def _count(mentions: float) -> str:
    """A number without needless decimals: mentions that are shared among several measures are no whole ones."""
    if 0 < mentions < 0.05:
        return "<0.1"
    # Thirds add up to a half only nearly.
    tenths = half_up(round(mentions * 10, 6))
    return str(half_up(round(mentions, 6))) if mentions >= 10 or tenths % 10 == 0 else f"{tenths / 10:.1f}"

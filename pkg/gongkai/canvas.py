"""What the plots share: a checked table, a page measured in inches, a key beneath it, and the words for all of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from .codebook import Codebook
from .errors import UserError
from .intervals import half_up
from .resources import data
from .spread import LEAST, LEAST_CLUSTERS, SPREAD_COLUMNS
from .typeface import dress, plain, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The text of an A4 page between margins of 2.2 cm, in inches.
PAGE = 6.5
SIZE, NOTE = 8.0, 7.0
LINE = 1.3 / 72
INK, QUIET, FAINT, HAIR = "#1a1a1a", "#6b6b6b", "#8c8c8c", "#d9d9d9"
# Okabe & Ito's colours, which people of any colour vision tell apart, the best seen on white first.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MARKERS = ("o", "s", "^", "D", "v", "P")
_LANGUAGES = ("zh", "en")


def check_language(language: str) -> None:
    """Raise UserError for a language in which there is no wording."""
    if language not in _LANGUAGES:
        raise UserError(f"language {language!r} is not known; choose from {', '.join(_LANGUAGES)}")


def say(what: str, language: str, **values: object) -> str:
    """Return the wording of a plot in a language."""
    return str(data("plot.yaml")["words"][what][language]).format(**values)


def percent(share: float) -> str:
    """Return a share in whole percent, halves up; what only rounding makes 0 or 100 says so.

    >>> percent(1 / 8), percent(5 / 8), percent(0.001), percent(0.999)
    ('13', '63', '<1', '>99')
    """
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 <= share < 1 else str(half_up(share * 100))


def few(unit: str, language: str) -> str:
    """Return what the key says of cells that are `small`."""
    return say("small", language, unit=say(unit, language), least=LEAST, clusters=LEAST_CLUSTERS)


def checked(
    table: pd.DataFrame, by: Sequence[str], unit: str, role: str | None, themes: Sequence[str] | None, book: Codebook
) -> tuple[pd.DataFrame, str]:
    """Return the rows of one unit, one role and the themes of a table that `spread` gave, a row a theme and group, and the role.

    Without `role` it is the codebook's first that the table has. Raises UserError, which says what to pass, for columns, units,
    roles and themes that are not there, for a table without rows and for one with further groups.
    """
    call = f"gongkai.spread(statements, by={list(by)})"
    needed = (*by, "role", "theme", "unit", "denominator", "share", "low", "high", "small")
    if not isinstance(table, pd.DataFrame):
        raise UserError(f"a table is needed, not {type(table).__name__}; pass what {call} returned")
    if lacking := [c for c in needed if c not in table]:
        raise UserError(f"the table has no column {', '.join(lacking)}; pass what {call} returned")
    if table.empty:
        raise UserError(f"the table has no rows; pass what {call} returned for statements that have a role")
    _known("unit", [unit], table["unit"].unique())
    there = [r for r in book.role_ids if (table["role"] == r).any()]
    _known("role", [r for r in (role,) if r is not None], there)
    if not there:
        raise UserError(
            f"the roles of the table, {', '.join(map(str, table['role'].unique()))}, are not in the codebook; give its codebook="
        )
    role = there[0] if role is None else role
    rows = table[(table["unit"] == unit) & (table["role"] == role)]
    if rows.empty:
        raise UserError(f"the table has no rows of unit {unit!r} and role {role!r}; pass all of what {call} returned")
    _known("theme", rows["theme"].unique(), book.theme_ids, "; give the codebook= of the table")
    if themes is not None:
        if isinstance(themes, str) or not themes:
            raise UserError(f"themes={themes!r} is no list of themes; pass such as themes={list(rows['theme'].unique()[:2])}")
        _known("theme", themes, rows["theme"].unique())
        rows = rows[rows["theme"].isin(list(themes))]
    if rows.duplicated([*by, "theme"]).any():
        groups = [c for c in table if c not in (*SPREAD_COLUMNS, *by) and rows[c].nunique(dropna=False) > 1]
        name = groups[0] if groups else "group"
        said = f"has groups of {', '.join(map(str, groups))} too" if groups else "has rows that are there twice"
        raise UserError(f"the table {said}; pass what {call} returned, or one group of it: table[table[{name!r}] == …]")
    wrong = rows["share"].dropna()
    if len(wrong := wrong[(wrong < 0) | (wrong > 1)]):
        raise UserError(f"share {wrong.iloc[0]} is not in 0-1; pass the table as {call} returned it")
    return rows.astype(dict.fromkeys(("share", "low", "high", "denominator"), "float64")), role


def _known(what: str, given: Collection[Any], known: Collection[Any], cure: str = "") -> None:
    for value in given:
        if value not in list(known):
            raise UserError(f"{what} {value!r} is not in the table{cure or '; choose from ' + ', '.join(map(str, known))}")


def groups(column: pd.Series) -> list[object]:
    """Return the groups of a column, None where it is empty."""
    return [None if pd.isna(g) or (isinstance(g, str) and not g.strip()) else g for g in column.tolist()]


def told_apart(by: str, cells: Iterable[tuple[object, ...]]) -> None:
    """Raise UserError where one theme has two cells in one group, which the table then has under two spellings."""
    seen: set[tuple[object, ...]] = set()
    for cell in cells:
        if cell in seen:
            name = "the unknown, empty and missing" if cell[-1] is None else repr(cell[-1])
            raise UserError(f"the column {by} has {name}, in two spellings; write it in one before gongkai.spread")
        seen.add(cell)


def by_size(rows: pd.DataFrame) -> list[str]:
    """Return the themes of checked rows by their share over all groups, the largest first; ties as in the table."""
    seen = rows[rows["share"].notna()]
    of = seen["theme"]
    share = (seen["share"] * seen["denominator"]).groupby(of).sum() / seen["denominator"].groupby(of).sum()
    return sorted(rows["theme"].unique(), key=lambda theme: -float(share.get(theme, -1.0)))


def page(high: float, wide: float = PAGE) -> tuple[Figure, Axes]:
    """Return a figure and axes over all of it whose unit is the inch, from the lower left."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide, high))
    sheet = figure.add_axes((0, 0, 1, 1), xlim=(0, wide), ylim=(0, high))
    sheet.set_axis_off()
    return figure, sheet


def panel(figure: Figure, left: float, bottom: float, wide: float, high: float) -> Axes:
    """Return further axes at a place in inches, with the frame on two sides only."""
    across, up = figure.get_size_inches()
    axes = figure.add_axes((left / across, bottom / up, wide / across, high / up))
    axes.patch.set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=NOTE, color=FAINT, length=2.5, pad=2)
    return axes


def top_of(highest: float) -> float:
    """Return the end of an axis in % for shares up to `highest` (0-1).

    >>> top_of(0.23), top_of(0.61)
    (25.0, 70.0)
    """
    step = 5 if highest <= 0.3 else 10
    return float(min(100, step * math.ceil(round(highest * 100 / step, 6))))


def marks_of(top: float) -> list[float]:
    """Return round numbers from 0 to `top`, at most six."""
    step = next(s for s in (1, 2, 5, 10, 20, 25) if top / s <= 5)
    return [float(m) for m in range(0, int(top) + 1, step)]


def put(axes: Axes, x: float, y: float, text: str, size: float = SIZE, ha: str = "left", va: str = "center", **more: Any) -> None:
    """Write one line; a $ in it is a $."""
    axes.text(x, y, plain(text), fontsize=size, ha=ha, va=va, parse_math=False, usetex=False, **{"color": INK, **more})


def put_lines(axes: Axes, x: float, y: float, lines: Sequence[str], size: float = SIZE, ha: str = "left", **more: Any) -> None:
    """Write lines around the middle `y`, each a text of its own: viewers of an SVG then align them by their own fonts."""
    for n, line in enumerate(lines):
        put(axes, x, y + ((len(lines) - 1) / 2 - n) * size * LINE, line, size, ha, **more)


def lighter(colour: str, share: float) -> str:
    """Return a colour mixed with white, `share` of it white: what is drawn over it does not shine through.

    >>> lighter("#000000", 0.5)
    '#808080'
    """
    from matplotlib.colors import to_hex, to_rgb

    red, green, blue = (c + (1 - c) * share for c in to_rgb(colour))
    return to_hex((red, green, blue))


Swatch = Callable[["Axes", float, float, float], None]
Entry = tuple[Swatch | None, str]
_SWATCH, _GAP, _ROW = 0.22, 0.18, 0.17


def key_rows(entries: Sequence[Entry], wide: float) -> list[list[Entry]]:
    """Return the entries of a key in rows of at most `wide` inches."""
    rows: list[list[Entry]] = [[]]
    for entry in entries:
        if rows[-1] and sum(map(_length, [*rows[-1], entry])) > wide + _GAP:
            rows.append([])
        rows[-1].append(entry)
    return [row for row in rows if row]


def key_height(entries: Sequence[Entry], wide: float) -> float:
    """Return how high a key is, in inches, with the space above it."""
    rows = key_rows(entries, wide)
    return len(rows) * _ROW + 0.08 if rows else 0.0


def key(sheet: Axes, entries: Sequence[Entry], left: float, wide: float, bottom: float = 0.06) -> None:
    """Draw a key in rows, the last at the bottom of the sheet."""
    rows = key_rows(entries, wide)
    for n, row in enumerate(rows):
        x, y = left, bottom + (len(rows) - n - 0.5) * _ROW
        for entry in row:
            swatch, text = entry
            if swatch:
                swatch(sheet, x, y, _SWATCH)
            put(sheet, x + (_SWATCH + 0.05 if swatch else 0), y, text, NOTE, color=QUIET)
            x += _length(entry)


def _length(entry: Entry) -> float:
    swatch, text = entry
    return (_SWATCH + 0.05 if swatch else 0) + width(text, NOTE) + _GAP


def box(**look: Any) -> Swatch:
    """Return a swatch: a filled box."""

    def draw(sheet: Axes, x: float, y: float, wide: float) -> None:
        from matplotlib.patches import Rectangle

        sheet.add_patch(Rectangle((x, y - 0.045), wide, 0.09, **{"linewidth": 0, **look}))

    return draw


def finished(figure: Figure) -> Figure:
    """Return the figure with fonts for its text, as far as there are any."""
    dress(figure)
    return figure

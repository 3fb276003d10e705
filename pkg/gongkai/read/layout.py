"""From characters with their places to lines of text: rows by their baselines, gaps as blanks or tabs, overprinted characters once."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from ..resources import data

# Shares of the size of the type (1 em).
_SAME_BASELINE = 0.08
_SAME_ROW = 0.4
_RUN_GAP = 0.9
_WORD_GAP = 0.18
_BLANK, _BLANK_BESIDE = 0.9, 0.45
_TAB = 2.0
# The smallest gap of letter-spaced words (云 渚 市), and how far its gaps may differ.
_SPACED, _EVEN = 0.3, 1.6
# How often wider than the usual gap of the row a gap must be to mean anything.
_UNUSUAL = 3.0


class Glyph(NamedTuple):
    """A character from `x0` to `x1` on a baseline `base` (points, downwards), `size` of the type and name of its font."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    font: str = ""

    @property
    def middle(self) -> tuple[float, float]:
        """A point inside the character."""
        return (self.x0 + self.x1) / 2, self.base - 0.35 * self.size


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `tabs` in it, width of its `first` unbreakable piece, `item` where the text behind an enumerator begins.

    `font` is the font of all its Chinese characters, "" where there are several.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    font: str = ""
    first: float = 0.0
    item: float | None = None
    tabs: int = 0


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a compiled pattern of `pdf.yaml`."""
    return re.compile(data("pdf.yaml")[name])


@cache
def is_wide(character: str) -> bool:
    """Say whether a character is Chinese or stands among Chinese without blanks.

    >>> is_wide("政"), is_wide("，"), is_wide("”"), is_wide("a")
    (True, True, True, False)
    """
    return unicodedata.east_asian_width(character) in "WF" or character in "“”‘’—…·⋯"


def glue(before: str, after: str) -> str:
    """Return what stands between two pieces of text when a line end between them is taken away: nothing or one blank.

    >>> glue("改进的", "地方"), glue("open", "government"), glue("电话0517-", "83605"), glue("20", "24")
    ('', ' ', '', '')
    """
    a, b = before[-1:], after[:1]
    if not a or not b or is_wide(a) or is_wide(b) or a in "-/_" or b in "-/_.,;:)%" or (a.isdigit() and b.isdigit()):
        return ""
    word = re.split(r"\s", before[-200:])[-1]
    return "" if re.search(r"://|www\.|@", word) else " "


def rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Group characters into rows, from the top down; raised and lowered ones stay with their row.

    >>> [[g.text for g in row] for row in rows([Glyph("二", 0, 10, 34, 10), Glyph("一", 0, 10, 20, 10), Glyph("、", 10, 20, 20.1, 10)])]
    [['一', '、'], ['二']]
    """
    strips: list[list[Glyph]] = []
    last = 0.0
    for g in sorted(glyphs, key=_by_base):
        if strips and g.base - last <= _SAME_BASELINE * g.size:
            strips[-1].append(g)
        else:
            strips.append([g])
        last = g.base
    found: list[list[Glyph]] = []
    base = size = 0.0
    for strip in strips:
        largest = max(g.size for g in strip)
        if found and strip[0].base - base <= _SAME_ROW * max(size, largest):
            found[-1].extend(strip)
            if largest > size * 1.05:
                base, size = strip[0].base, largest
        else:
            found.append(strip)
            base, size = strip[0].base, largest
    return found


def runs(row: Sequence[Glyph]) -> list[list[Glyph]]:
    """Cut a row where a gap is wide enough to be the space between columns."""
    found: list[list[Glyph]] = []
    end = 0.0
    for g in sorted(row, key=_by_start):
        if g.text.isspace():
            continue
        if found and g.x0 - end <= _RUN_GAP * g.size:
            found[-1].append(g)
            end = max(end, g.x1)
        else:
            found.append([g])
            end = g.x1
    return found


def line(row: Iterable[Glyph]) -> Line | None:
    """Make a line of the characters of one row, None where they are all blank.

    >>> line([Glyph("1", 60, 65, 20, 10), Glyph("章", 10, 20, 20, 10), Glyph("规", 0, 10, 20, 10)]).text
    '规章\\t1'
    """
    kept: list[Glyph] = []
    blank_before: list[bool] = []
    blank = False
    for g in sorted(row, key=_by_start):
        if g.text.isspace():
            blank = True
            continue
        before = kept[-1] if kept else None
        # Bold is sometimes faked by printing a character twice, a little apart.
        if before and before.text == g.text and g.x0 - before.x0 < 0.5 * (g.x1 - g.x0):
            continue
        kept.append(g)
        blank_before.append(blank)
        blank = False
    if not kept:
        return None
    size = sorted(g.size for g in kept)[len(kept) // 2]
    text, tabs = _spaced_out(kept, blank_before, size)
    bases = Counter(round(g.base, 1) for g in kept)
    fonts = {g.font for g in kept if is_wide(g.text)}
    item = pattern("enumerator").match(text)
    behind = len(re.sub(r"\s", "", item.group())) if item else 0
    return Line(
        text,
        kept[0].x0,
        max(g.x1 for g in kept),
        bases.most_common(1)[0][0],
        size,
        fonts.pop() if len(fonts) == 1 else "",
        _first_piece(kept, size),
        kept[behind].x0 if 0 < behind < len(kept) else None,
        tabs,
    )


def _spaced_out(kept: Sequence[Glyph], blank_before: Sequence[bool], size: float) -> tuple[str, int]:
    gaps = [b.x0 - a.x1 for a, b in pairwise(kept)]
    spaced = _letter_spaced(kept, gaps, size)
    # Of a justified line, where every gap is wide, few gaps are narrow; of a row of short cells, a good many are.
    inside = sorted(gap for a, b, gap in zip(kept, kept[1:], gaps, strict=False) if _prose_gap(a.text, b.text, gap / size))
    usual = inside[len(inside) // 4] if inside else 0.0
    parts, tabs = [kept[0].text], 0
    for before, g, gap, blank in zip(kept, kept[1:], gaps, blank_before[1:], strict=False):
        if not spaced:
            unusual = gap > _UNUSUAL * usual
            if gap > _TAB * size and unusual:
                parts.append("\t")
                tabs += 1
            elif is_wide(before.text) or is_wide(g.text):
                narrowest = _BLANK if is_wide(before.text) and is_wide(g.text) else _BLANK_BESIDE
                parts.append(" " if gap > narrowest * size and unusual else "")
            elif blank or gap > _WORD_GAP * size:
                parts.append(" ")
        parts.append(g.text)
    return "".join(parts), tabs


def _prose_gap(a: str, b: str, gap: float) -> bool:
    """Whether a gap (em) is one between Chinese characters, or between words."""
    if is_wide(a) or is_wide(b):
        return is_wide(a) and is_wide(b)
    return gap > _WORD_GAP and a.isalpha() and b.isalpha()


def _letter_spaced(kept: Sequence[Glyph], gaps: Sequence[float], size: float) -> bool:
    """Whether all characters stand equally far apart, as in 附　件."""
    if not gaps or min(gaps) < _SPACED * size or not all(is_wide(g.text) for g in kept):
        return False
    return max(gaps) <= _EVEN * min(gaps) if len(gaps) > 1 else gaps[0] <= _TAB * size


def _first_piece(kept: Sequence[Glyph], size: float) -> float:
    """Width of what cannot be parted at the start of a line: opening brackets, a word or character, the stops behind it."""
    n = 0
    while n < len(kept) - 1 and unicodedata.category(kept[n].text[0]) in ("Ps", "Pi"):
        n += 1
    while n < len(kept) - 1 and not is_wide(kept[n].text) and not is_wide(kept[n + 1].text):
        if kept[n + 1].x0 - kept[n].x1 > _WORD_GAP * size:
            break
        n += 1
    while n < len(kept) - 1 and unicodedata.category(kept[n + 1].text[0]) in ("Pe", "Pf", "Po"):
        n += 1
    return kept[n].x1 - kept[0].x0


def _by_base(g: Glyph) -> float:
    return g.base


def _by_start(g: Glyph) -> float:
    return g.x0

"""Automatic numbering of Word: the 一、 that a reader sees and that stands nowhere in the text of a paragraph."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from .numerals import numeral, symbol

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_LARGEST = 32_767
_LONGEST_CHAIN = 50
_OFF = ("0", "false", "off", "none")


def value(element: Any, name: str) -> str | None:
    """Return `w:val` of a child; None where there is no such child."""
    child = None if element is None else element.find(W + name)
    return None if child is None else child.get(W + "val", "")


def number(element: Any, name: str, limit: int = _LARGEST) -> int | None:
    """Return `w:val` of a child as a number of at most `limit`; None where there is none."""
    found = value(element, name)
    return min(int(found), limit) if found and len(found) < 12 and found.isdecimal() else None


def switch(element: Any, name: str) -> bool | None:
    """Return whether a child switches something on or off; None where there is no such child."""
    found = value(element, name)
    return None if found is None else found not in _OFF


class Styles:
    """The styles of a document, each with the styles it is based on."""

    def __init__(self, root: Any) -> None:
        styles = [] if root is None else list(root.iterchildren(W + "style"))
        self._by_id = {style.get(W + "styleId"): style for style in styles}
        default = (s for s in styles if s.get(W + "type") == "paragraph" and s.get(W + "default", "0") not in _OFF)
        self.default: str | None = next((s.get(W + "styleId") for s in default), None)
        self._chains: dict[str | None, list[Any]] = {}
        self._switches: dict[tuple[str | None, str], bool] = {}

    def chain(self, style: str | None) -> list[Any]:
        """Return a style and those it is based on, nearest first."""
        if style not in self._chains:
            chain: dict[str | None, Any] = {}
            at = style
            while at in self._by_id and at not in chain and len(chain) < _LONGEST_CHAIN:
                chain[at] = self._by_id[at]
                at = value(chain[at], "basedOn")
            self._chains[style] = list(chain.values())
        return self._chains[style]

    def switch(self, style: str | None, name: str) -> bool:
        """Say whether a style switches a property of its characters on."""
        if (style, name) not in self._switches:
            found = (switch(s.find(W + "rPr"), name) for s in self.chain(style))
            self._switches[style, name] = next((on for on in found if on is not None), False)
        return self._switches[style, name]


@dataclass(frozen=True, slots=True)
class _Level:
    format: str
    text: str
    start: int
    restart: int | None
    legal: bool
    suffix: str
    style: str | None
    font: str | None


@dataclass(frozen=True, slots=True)
class _List:
    """What a `w:num` stands for: whose counters it moves, its levels, and where it starts them anew."""

    counters: str
    levels: dict[int, _Level]
    starts: dict[int, int]


class Numbering:
    """Counts the numbered paragraphs of a document; paragraphs must come in the order in which they stand."""

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        empty = root is None
        self._nums = {} if empty else {n.get(W + "numId"): n for n in root.iterchildren(W + "num")}
        self._abstracts = {} if empty else {a.get(W + "abstractNumId"): a for a in root.iterchildren(W + "abstractNum")}
        self._linked = {link: key for key, a in self._abstracts.items() if (link := value(a, "styleLink"))}
        self._lists: dict[str, _List | None] = {}
        self._places: dict[tuple[str | None, int | None, str | None], tuple[str | None, int]] = {}
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, properties: Any, style: str | None) -> str:
        """Return what stands before a paragraph, and count it; empty where it has no number."""
        num, level = self._place(properties, style) if self._nums else (None, 0)
        found = self._list(num) if num else None
        if num is None or found is None or level not in found.levels:
            return ""
        counts = self._count(num, found, level)
        return _shown(found.levels, level, counts)

    def _place(self, properties: Any, style: str | None) -> tuple[str | None, int]:
        """Return the list and the level of a paragraph: its own, or else those of its style."""
        own = None if properties is None else properties.find(W + "numPr")
        key = (value(own, "numId"), number(own, "ilvl"), style)
        if key not in self._places:
            self._places[key] = self._looked_up(*key)
        return self._places[key]

    def _looked_up(self, num: str | None, level: int | None, style: str | None) -> tuple[str | None, int]:
        chain = self._styles.chain(style)
        inherited = [p for s in chain if (p := s.find(f"{W}pPr/{W}numPr")) is not None]
        if num is None:
            num = next((n for p in inherited if (n := value(p, "numId")) is not None), None)
        if level is None and num:
            found = self._list(num)
            levels = {} if found is None else {lv.style: i for i, lv in found.levels.items() if lv.style}
            linked = (levels[s.get(W + "styleId")] for s in chain if s.get(W + "styleId") in levels)
            stated = (i for p in inherited if (i := number(p, "ilvl")) is not None)
            level = next(linked, next(stated, 0))
        return num, level or 0

    def _list(self, num: str) -> _List | None:
        if num not in self._lists:
            self._lists[num] = self._resolved(num)
        return self._lists[num]

    def _resolved(self, num: str) -> _List | None:
        element = self._nums.get(num)
        key = value(element, "abstractNumId")
        for _ in range(_LEVELS):
            link = value(self._abstracts.get(key), "numStyleLink")
            if not link:
                break
            # A numbering style names the w:num, or is named by the w:abstractNum, that holds its levels.
            named = next((n for s in self._styles.chain(link) if (n := value(s.find(f"{W}pPr/{W}numPr"), "numId"))), None)
            key = self._linked.get(link) or value(self._nums.get(named), "abstractNumId")
        if element is None or key is None or key not in self._abstracts:
            return None
        levels = {i: _level(e) for e in self._abstracts[key].iterchildren(W + "lvl") if (i := _index(e)) is not None}
        starts: dict[int, int] = {}
        for override in element.iterchildren(W + "lvlOverride"):
            i = _index(override)
            if i is None:
                continue
            if (instead := override.find(W + "lvl")) is not None:
                levels[i] = _level(instead)
            if (start := number(override, "startOverride")) is not None:
                starts[i] = start
        return _List(key, levels, starts)

    def _count(self, num: str, found: _List, level: int) -> list[int | None]:
        counts = self._counts.setdefault(found.counters, [None] * _LEVELS)
        if level in found.starts and (num, level) not in self._begun:
            self._begun.add((num, level))
            counts[level] = None
        for i in range(level + 1):
            now, start = counts[i], found.starts.get(i, found.levels[i].start if i in found.levels else 0)
            if now is None:
                counts[i] = start
            elif i == level:
                counts[i] = min(now + 1, _LARGEST)
        for i in range(level + 1, _LEVELS):
            restart = found.levels[i].restart if i in found.levels else None
            if restart is None or level < restart:
                counts[i] = None
        return counts


def _index(element: Any) -> int | None:
    level = element.get(W + "ilvl", "")
    return int(level) if level.isdecimal() and len(level) == 1 and int(level) < _LEVELS else None


def _level(element: Any) -> _Level:
    # Newer formats stand in a choice, with one that all programs know behind it.
    formats = [f.get(W + "val", "decimal") for f in element.iter(W + "numFmt")]
    fonts = element.find(f"{W}rPr/{W}rFonts")
    legal, style = switch(element, "isLgl") or False, value(element, "pStyle")
    start, restart = number(element, "start") or 0, number(element, "lvlRestart")
    text, suffix = value(element, "lvlText") or "", value(element, "suff") or "tab"
    font = None if fonts is None else fonts.get(W + "ascii")
    return _Level(formats[-1] if formats else "decimal", text, start, restart, legal, suffix, style, font)


def _shown(levels: dict[int, _Level], at: int, counts: list[int | None]) -> str:
    """Write the label of a level with the blank that parts it from the text, where it does not end in a wide sign like 、."""
    level = levels[at]

    def counted(m: re.Match[str]) -> str:
        i = int(m[1]) - 1
        count = counts[i]
        if i > at or i not in levels or count is None or levels[i].format == "bullet":
            return ""
        # A legal number shows the levels above in digits, and keeps the zero of 01.
        return numeral(count, "decimal" if level.legal and levels[i].format != "decimalZero" else levels[i].format)

    bullet = level.format == "bullet"
    label = "".join(symbol(c, level.font) or "•" for c in level.text) if bullet else _PLACE.sub(counted, level.text)
    if not label or level.suffix == "nothing":
        return label
    last = label[-1]
    wide = unicodedata.category(last).startswith("P") and unicodedata.east_asian_width(last) in "WF"
    return label if wide and level.suffix == "tab" else label + " "

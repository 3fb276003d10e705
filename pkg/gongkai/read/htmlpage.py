"""What stands on a web page: its lines and tables, the elements that hold them, and how blanks are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from ..resources import data
from .htmltable import Box

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’—…·]")
_BLANKS = re.compile("[ \t\n\f]+")
# Blanks and tabs of preformatted text, until other blanks are collapsed.
_KEPT = {ord(" "): "\xa0", ord("\t"): "\x1f"}
_SHOWN = str.maketrans({"\xa0": " ", "\x1f": "\t"})


@dataclass(slots=True)
class Item:
    """A line, or a table with its cells: its Chinese characters, how many of them are links, whether one of these is to a document."""

    text: str
    han: int
    linked: int
    cells: tuple[Box, ...] = ()
    document: bool = False


@dataclass(slots=True)
class Span:
    """An element that holds the items `[first, last)`; `above` is the place of the one around it, -1 for none."""

    names: set[str]
    first: int
    above: int
    last: int = -1


@dataclass(slots=True)
class Page:
    """What stands on a page, its elements in the order of the source, and what it points to."""

    items: list[Item] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    pictures: int = 0
    hidden: bool = False
    warnings: list[str] = field(default_factory=list)


@cache
def names(*kinds: str) -> frozenset[str]:
    """Return the elements, ids and classes of some kinds."""
    return frozenset(name for kind in kinds for name in data("html.yaml")[kind])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern by its name; upper and lower case are one."""
    return re.compile(data("html.yaml")[name], re.IGNORECASE)


def han(text: str) -> int:
    """Return how many Chinese characters a text has."""
    return len(_HAN.findall(text))


def preformatted(text: str) -> str:
    """Return text whose blanks `collapsed` leaves as they are."""
    return text.translate(_KEPT)


def collapsed(text: str) -> str:
    """Return text with its blanks as a browser shows them: a line end between Chinese characters vanishes, others become a blank.

    >>> collapsed("  信息\\n  公开\\xa02021\\n年 ")
    '信息公开 2021 年'
    """

    def one(m: re.Match[str]) -> str:
        if m.start() == 0 or m.end() == len(text):
            return ""
        between = "\n" in m.group() and _WIDE.match(text, m.start() - 1) and _WIDE.match(text, m.end())
        return "" if between else " "

    return _BLANKS.sub(one, text).translate(_SHOWN)

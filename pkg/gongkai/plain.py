"""A text as it is meant to be read, line by line: what `repair` does, without a map back to the source and without blanks."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from itertools import accumulate

from .repair import repair
from .script import meant, simplify

_BLANKS = " \t\u3000\xa0\u200b\u200c\u200d\u200e\u200f\ufeff"
# What only `repair` can read: radicals, full-width letters and digits, pronunciations, marks, entities, characters without width.
_ODD = "\u2e80-\u2fdf\u3100-\u312f\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u00ad\u202a-\u202e\u2060-\u2069\U00020000-\U0003ffff"
# The class in front is what the search skips to.
_DAMAGE = re.compile(rf"[{_ODD}(（\[*&<](?:(?<=[{_ODD}])|(?<=[(（\[])[a-zà-üā-ǜ]|(?<=\*)\*|(?<=&)#?\w|(?<=<)/?\w)")
_HALF = ((",", "，"), (";", "；"), (":", "："), ("?", "？"), ("!", "！"), ("(", "（"), (")", "）"))


def plain(text: str) -> str:
    """Return a text as it is meant to be read, line by line and without blanks: `repair` without a map, and faster where it can be.

    >>> plain("柳 泉 縣\\n水利局,")
    '柳泉县\\n水利局，'
    """
    if _usual().fullmatch(text):
        return text
    if spots := [m.start() for m in _DAMAGE.finditer(text)]:
        text = "\n".join(_mended(text, spots))
    for blank in _BLANKS:
        text = text.replace(blank, "")
    text = text.replace("\r", "\n")
    for half, full in _HALF:
        text = text.replace(half, full)
    return simplify(text)


@cache
def _usual() -> re.Pattern[str]:
    """Lines that are as they are meant to be read, without blanks."""
    return re.compile(rf"[{meant()}\n—…]*+")


def _mended(text: str, spots: list[int]) -> list[str]:
    """The lines of a text, repaired where there is damage."""
    lines = text.splitlines()
    ends = list(accumulate(map(len, text.splitlines(keepends=True))))
    for n in sorted({bisect_right(ends, spot) for spot in spots}):
        lines[n] = _mended_line(lines[n])
    return lines


# Headings and labels of tables are the same in many reports.
@lru_cache(maxsize=1024)
def _mended_line(line: str) -> str:
    return repair(line).text

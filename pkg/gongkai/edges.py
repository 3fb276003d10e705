"""Where a section really ends: before trailing blanks and signs of layout, before the lines that sign a report."""

from __future__ import annotations

import re
from functools import cache

from .describe import is_office
from .glance import steady
from .repair import repair
from .resources import data

# Where the lines that sign a report are looked for: among so many characters, a date in one of so many lines; how long an office is.
_TAIL, _DATED, _OFFICE = 600, 4, 30
_BOOKMARK = re.compile(r"\[bookmark:[^\]\n]{0,80}\]\Z")
_BOOKMARK_LENGTH, _BOOKMARKS = 91, 2000


def trim(text: str, start: int, end: int) -> int:
    """Return `end` without the blanks and signs of layout before it."""
    last = end
    while last > start and ((c := text[last - 1]) in "#>*" or c.isspace()):
        last -= 1
    if last == start or text[last - 1] != "]":
        return last
    # Bookmarks may stand behind one another.
    first = max(start, end - _BOOKMARKS)
    while last > first:
        if text[last - 1].isspace():
            last -= 1
        elif m := _BOOKMARK.search(text, max(first, last - _BOOKMARK_LENGTH), last):
            last = m.start()
        else:
            break
    return max(last, first)


def before_signature(text: str) -> int:
    """Where the body of the last section ends: before the office and date lines that close a report."""
    first = max(0, len(text) - _TAIL)
    start, end = _last_line(text, first, len(text))
    for _ in range(_DATED):
        if start == end:
            break
        line = text[start:end].strip()
        if line[-1] not in _undated() and _date().fullmatch(repair(line).text):
            above = slice(*_last_line(text, first, start - 1))
            words = repair(text[above]).text
            signed = words and len(words) <= _OFFICE and is_office(words) and not re.search("[。；，：]", words)
            return above.start if signed else start
        start, end = _last_line(text, first, start - 1)
    return len(text)


def _last_line(text: str, first: int, end: int) -> tuple[int, int]:
    """Where the last line of `text[first:end]` stands that is not blank; an empty span where there is none."""
    end = first + len(text[first : max(first, end)].rstrip())
    return max(text.rfind("\n", first, end), text.rfind("\r", first, end), first - 1) + 1, end


@cache
def _undated() -> frozenset[str]:
    """What a line ends with that ends with no date: of the characters that repair leaves as they are, all but the last of a date."""
    return (steady() | {"。", "；"}) - {"月", "日"}


@cache
def _date() -> re.Pattern[str]:
    return re.compile(data("bodies.yaml")["signature_date"])

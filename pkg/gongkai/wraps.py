"""Lines as they were written: source lines that a hard wrap or a page break has torn apart, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from .enumerators import LONGEST, enumerator_at, enumerator_end
from .records import CODED_KINDS
from .repair import is_page_number, repair
from .resources import data
from .titles import covers, title_at

LABEL = 40
_LINE = re.compile(r"[^\r\n \t\u3000\xa0\ufeff](?:[^\r\n]*[^\r\n \t\u3000\xa0\ufeff])?")
_STOPS, _CLOSERS, _PAUSES = frozenset("。！？；：:!?;"), frozenset("”’」』）)】"), frozenset("，、,")
_ASIDE = 40
_OPENED = re.compile(rf"[（(《“][^）)》”]{{0,{_ASIDE}}}$")
BULLET = re.compile(r"(?:(?:[-*>]|#{1,6})(?=[ \t\u3000一-鿿（(\d])(?!\d+ ?-)|[•●◆■▪·➢◇□])[ \t\u3000]*")
_FULL = 0.72
_NARROW, _WRAPPED_WIDTH = 20, 60
_TRAILING = "。：；，"
# A label with its enumerator.
_LONGEST_LABEL = LABEL + LONGEST
# In an enumerator a comma comes at most so late: 第十一，
_COMMA = 4
# A line that has grown so long names no block, however much of it is debris.
_LONG = 1000


class LogicalLine(NamedTuple):
    """A logical line: source lines that a hard wrap or a page break has torn apart, as one span of the source."""

    start: int
    end: int
    skipped: tuple[tuple[int, int], ...] = ()


def logical_lines(text: str, start: int, end: int) -> Iterator[LogicalLine]:
    """Yield the logical lines of `text[start:end]`: source lines that belong together are joined, page numbers set aside."""
    lines = [m.span() for m in _LINE.finditer(text, start, end)]
    width = max([b - a for a, b in lines], default=0)
    wrapped = _is_wrapped(text, lines, width)
    # Where the logical line begins, and its last source line.
    first, last = -1, (0, 0)
    skipped: list[tuple[int, int]] = []
    for line in lines:
        a, b = line
        # No page number ends in a stop.
        if text[b - 1] not in _STOPS and is_page_number(text[a:b]) and not enumerator_end(text[a:b], 0):
            skipped.append(line)
            continue
        if first < 0:
            first = a
        elif _is_whole(text, *last) or not _goes_on(text, first, last, line, width, wrapped):
            yield _logical(first, last[1], skipped, a) if skipped else LogicalLine(first, last[1])
            first = a
            if skipped:
                skipped = [s for s in skipped if s[0] > last[1]]
        last = line
    if first >= 0:
        yield _logical(first, last[1], skipped, end)
        skipped = [s for s in skipped if s[0] >= last[1]]
    if skipped:
        yield LogicalLine(skipped[0][0], skipped[0][0], tuple(skipped))


def _logical(start: int, end: int, skipped: list[tuple[int, int]], before: int) -> LogicalLine:
    return LogicalLine(start, end, tuple(s for s in skipped if s[0] < min(end, before)))


def _is_whole(text: str, a: int, b: int) -> bool:
    """Say whether a line plainly ends where it does: with a stop, and no bracket opened before it."""
    return text[b - 1] in _STOPS and not _OPENED.search(text, max(a, b - _ASIDE - 1), b)


def _is_closed(text: str, a: int, b: int) -> bool:
    """Say whether a line ends with a stop, closing brackets and quotes aside."""
    while b > a and text[b - 1] in _CLOSERS:
        b -= 1
    return b > a and text[b - 1] in _STOPS


def _is_wrapped(text: str, lines: list[tuple[int, int]], width: int) -> bool:
    """Say whether a section looks hard-wrapped: no line is long, and a good part of them stops in mid-sentence."""
    if width > _WRAPPED_WIDTH or width < _NARROW or len(lines) < 3:
        return False
    torn = sum(not _is_closed(text, a, b) for a, b in lines[:-1])
    return torn >= 0.25 * (len(lines) - 1)


def _goes_on(text: str, first: int, last: tuple[int, int], following: tuple[int, int], width: int, wrapped: bool) -> bool:
    """Say whether a line break stands inside a sentence: behind the line `last` of the logical line that begins at `first`."""
    if BULLET.match(text, *following):
        return False
    a, b = last
    opened = text[b - 1] in _PAUSES or bool(_OPENED.search(text, max(a, b - _ASIDE - 1), b))
    after = text[slice(*following)]
    if opened:
        return wrapped or not enumerator_end(after, 0)
    if enumerator_end(after, 0) or _is_closed(text, a, b):
        return False
    label = _repaired(text[first : min(b, first + _LONG)])
    if _names_block(label) or _names_block(repair(after).text):
        return False
    if re.match(r"[，。；：、）”》]", after):
        return True
    blank = text[b : following[0]].count("\n") > 1 and not is_page_number(text[b : following[0]])
    if not wrapped:
        return _NARROW <= width <= _WRAPPED_WIDTH and not blank and b - a >= _FULL * width
    if b - a >= _FULL * width:
        return True
    topic = bool(enumerator_end(label, 0)) and "，" not in label and len(label) <= 25
    return not blank and not topic


# The beginning of a logical line is asked for at each of its line breaks.
@lru_cache(maxsize=2)
def _repaired(words: str) -> str:
    return repair(words).text


def _names_block(line: str) -> bool:
    return may_end_label(line, 0, len(line)) and is_label(line)


# The labels of blocks are much the same in all reports.
@lru_cache(maxsize=4096)
def is_label(words: str) -> bool:
    """Say whether a line only names a block of a section: （一）存在的问题."""
    mark = enumerator_at(words)
    if mark and mark.style == "counted":
        return False
    rest = words[mark.length :] if mark else words
    title = title_at(rest) if len(rest) <= LABEL else None
    return bool(title and not title.asserts and title.kinds <= set(CODED_KINDS) and covers(title, rest))


def may_end_label(text: str, begin: int, end: int) -> bool:
    """Glance at the end of a line: False only where it is no label, because it is too long or does not end like a title.

    >>> may_end_label("（一）存在的问题", 0, 8), may_end_label("内容不够全面。", 0, 7)
    (True, False)
    """
    if not 0 < end - begin <= _LONGEST_LABEL:
        return False
    while end > begin and text[end - 1] in _TRAILING:
        end -= 1
    # Commas stand in enumerators, but in no title.
    if text.find("，", begin + _COMMA, end) >= 0:
        return False
    return text[max(begin, end - 2) : end] in _label_ends() or text[end - 1] in _label_last() or text[end - 1].isspace()


@cache
def _label_ends() -> frozenset[str]:
    """The two characters that titles end with: those of their heads and closing words, and any two of the words that look back."""
    d = data("headings.yaml")
    words = [*d["closers"], *(word for head in d["heads"].values() for word in head)]
    return frozenset(word[-2:] for word in words) | frozenset(a + b for a in d["retrospect"] for b in d["retrospect"])


@cache
def _label_last() -> frozenset[str]:
    """The only character of closing words, and signs that may stand behind a title."""
    return frozenset(word for word in data("headings.yaml")["closers"] if len(word) == 1) | frozenset(":;,.．…·-—")

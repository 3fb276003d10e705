"""Lines as they were written: source lines that a hard wrap or a page break has torn apart, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .enumerators import enumerator_at
from .records import CODED_KINDS
from .repair import is_page_number, repair
from .titles import covers, title_at

LABEL = 40
_CLOSED = re.compile(r"[。！？；：:!?;][”’」』）)】]*$")
_OPEN_END = re.compile(r"[，、,]$|[（(《“][^）)》”]{0,40}$")
BULLET = re.compile(r"^(?:(?:[-*>]|#{1,6})(?=[ \t\u3000一-鿿（(\d])(?!\d+ ?-)|[•●◆■▪·➢◇□])[ \t\u3000]*")
_FULL = 0.72
_NARROW, _WRAPPED_WIDTH = 20, 60


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """A logical line: source lines that a hard wrap or a page break has torn apart, as one span of the source."""

    start: int
    end: int
    skipped: tuple[tuple[int, int], ...] = ()


def logical_lines(text: str, start: int, end: int) -> Iterator[LogicalLine]:
    """Yield the logical lines of `text[start:end]`: source lines that belong together are joined, page numbers set aside."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\r\n]+", text[start:end])]
    lines = [_stripped(text, start + a, start + b) for a, b in lines]
    lines = [(a, b) for a, b in lines if a < b]
    width = max((b - a for a, b in lines), default=0)
    wrapped = _is_wrapped(text, lines, width)
    current: list[tuple[int, int]] = []
    skipped: list[tuple[int, int]] = []
    for a, b in lines:
        if is_page_number(text[a:b]) and not enumerator_at(text[a:b]):
            skipped.append((a, b))
            continue
        if current and not _goes_on(text, current, (a, b), width, wrapped):
            yield _line(current, skipped, a)
            current, skipped = [], [s for s in skipped if s[0] > current[-1][1]]
        current.append((a, b))
    if current:
        yield _line(current, skipped, end)
        skipped = [s for s in skipped if s[0] >= current[-1][1]]
    if skipped:
        yield LogicalLine(skipped[0][0], skipped[0][0], tuple(skipped))


def _line(current: list[tuple[int, int]], skipped: list[tuple[int, int]], before: int) -> LogicalLine:
    end = current[-1][1]
    return LogicalLine(current[0][0], end, tuple(s for s in skipped if s[0] < (end if before > end else before)))


def _stripped(text: str, a: int, b: int) -> tuple[int, int]:
    line = text[a:b]
    return a + len(line) - len(line.lstrip(" \t\u3000\xa0\ufeff")), a + len(line.rstrip(" \t\u3000\xa0\ufeff"))


def _is_wrapped(text: str, lines: list[tuple[int, int]], width: int) -> bool:
    """Say whether a section looks hard-wrapped: no line is long, and a good part of them stops in mid-sentence."""
    if width > _WRAPPED_WIDTH or width < _NARROW or len(lines) < 3:
        return False
    torn = sum(not _CLOSED.search(text[a:b]) for a, b in lines[:-1])
    return torn >= 0.25 * (len(lines) - 1)


def _goes_on(text: str, current: list[tuple[int, int]], following: tuple[int, int], width: int, wrapped: bool) -> bool:
    """Say whether a line break stands inside a sentence."""
    a, b = current[-1]
    line, after = text[a:b], text[slice(*following)]
    if BULLET.match(after):
        return False
    if _OPEN_END.search(line):
        return not (enumerator_at(after) and not wrapped)
    if _CLOSED.search(line) or enumerator_at(after):
        return False
    label = repair(text[current[0][0] : b]).text
    if is_label(label) or is_label(repair(after).text):
        return False
    if re.match(r"[，。；：、）”》]", after):
        return True
    blank = text[b : following[0]].count("\n") > 1 and not is_page_number(text[b : following[0]])
    if not wrapped:
        return _NARROW <= width <= _WRAPPED_WIDTH and not blank and b - a >= _FULL * width
    if b - a >= _FULL * width:
        return True
    topic = bool(enumerator_at(label)) and "，" not in label and len(label) <= 25
    return not blank and not topic


def is_label(words: str) -> bool:
    """Say whether a line only names a block of a section: （一）存在的问题."""
    mark = enumerator_at(words)
    rest = words[mark.length :] if mark else words
    title = title_at(rest) if len(rest) <= LABEL else None
    names = title and not title.asserts and title.kinds <= set(CODED_KINDS) and (not mark or mark.style != "counted")
    return bool(title and names and covers(title, rest))

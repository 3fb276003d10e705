"""What a line may hold: a heading that it begins with, and others in the middle of it, each with how much it looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .enumerators import enumerator_at
from .glance import INLINE, INLINE_FROM, LEAD, LONGEST, LONGEST_BARE, SHORTEST, begins_otherwise, may_be
from .repair import View, repair
from .titles import Title, breaks_off, covers, not_heading, title_at

_LEAD = re.compile(LEAD)
_BARE_NUMBER = re.compile(r"([一二三四五六七八九十]{1,2})[ \u3000]+(?=[^\s\d])")
_TOC = re.compile(r"(?<![.．·…\s—-])[.．·…\s—-]{2,}+\d{0,3}$|\s\d{1,2}$|[.…]{3,}")
_WINDOW = 60
_BARE_TITLE = 6

WHOLE_LINE, LINE_START, IN_LINE = 3.0, 2.2, 1.6
TOP_NUMBER, NO_NUMBER, ARABIC_NUMBER = 1.5, -0.5, -1.5
KNOWN_OTHER, ANY_OTHER = 2.0, 0.5


class Look(NamedTuple):
    """What a possible heading looks like, whatever its words and wherever it stands; `score` is higher the more it looks like one."""

    kind: str
    number: int | None
    score: float
    kinds: frozenset[str] = frozenset()
    style: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible heading at `[start, title_end)`, its body from `body_start`, all counted from the start of its line."""

    look: Look
    title: str
    start: int
    title_end: int
    body_start: int


@dataclass(frozen=True, slots=True)
class Opening:
    """How a line opens, its places counted from the line's start: its repaired view, behind an enumerator of some length, and a title.

    `title` is None for a heading of other words, which may be known ones; `joint` says that the title breaks off.
    """

    start: int
    view: View
    length: int
    number: int | None
    style: str
    marked: bool
    ends_line: bool
    title: Title | None
    known_other: bool
    joint: bool

    @property
    def rest(self) -> str:
        """What stands behind the enumerator, repaired."""
        return self.view.text[self.length :]


def _opening(line: str) -> Opening | None:
    """The opening of a line, or None where it cannot be that of a heading."""
    start = _LEAD.match(line).end()  # type: ignore[union-attr]
    if len(line) - start < SHORTEST or begins_otherwise(line, start):
        return None
    view = repair(line[start : start + LONGEST], start)
    mark = enumerator_at(view.text)
    length = mark.length if mark else 0
    number, style = (mark.number, mark.style) if mark else (None, "")
    if not mark and (bare := _BARE_NUMBER.match(line, start)):
        length, number, style = len(bare.group(1)), None, "top"
        if counted := enumerator_at(bare.group(1) + "、"):
            number = counted.number
    rest = view.text[length:]
    if style in ("second", "bracketed", "circled", "counted", "ordinal") or not rest or not_heading().match(rest):
        return None
    ends_line = start + LONGEST >= len(line)
    title = title_at(rest)
    if title and title.kind != "unknown":
        return Opening(start, view, length, number, style, "#" in line[:start], ends_line, title, False, breaks_off(rest))
    if style == "top" and ends_line and _looks_bare(rest) and not _is_row(line[start:]):
        known = title is not None and covers(title, rest)
        return Opening(start, view, length, number, style, "#" in line[:start], ends_line, None, known, False)
    return None


def _at_line_start(line: str, o: Opening) -> Candidate | None:
    """A heading that a line begins with, where its title does not run on in the line below."""
    if o.title:
        return titled(line, o)
    rest, end = o.rest, o.view.ends[-1]
    score = (KNOWN_OTHER if o.known_other else ANY_OTHER) + TOP_NUMBER + (0.5 if o.marked else 0) + _contents_line(o.view.text)
    return Candidate(Look("unknown", o.number, score, frozenset({"unknown"}), o.style), rest.rstrip("。：:"), o.start, end, end)


def _is_row(line: str) -> bool:
    """Say whether a line has several cells: a row of a table, whose label is numbered like a heading."""
    return any(line.count(edge) > 1 for edge in "\t|")


def titled(line: str, o: Opening, wrapped: tuple[str, int, Title] | None = None) -> Candidate | None:
    """Return the heading that a title makes, one that runs on in the line below where that is given as words, end and title."""
    view, length, rest, title = o.view, o.length, o.rest, o.title
    assert title
    contents = _contents_line(rest)
    name, end = rest[: title.length], view.ends[length + title.length - 1]
    whole = bool(wrapped) or (o.ends_line and covers(title, rest))
    if wrapped:
        name, end, title = wrapped
    if whole:
        end = body = end if wrapped else view.ends[-1]
        name = (name if wrapped else rest).rstrip("。：:；;，,．.…· ")
    elif contents < 0 and title.length >= len(re.sub(r"[\s.．·…\d—-]", "", rest)):
        whole, end, body = True, view.ends[-1], view.ends[-1]
    else:
        if not o.style and not o.marked:
            return None
        after = rest[title.length : title.length + 1]
        gap = line[end : view.starts[length + title.length]] if length + title.length < len(view.text) else ""
        if not (after in "。：:；，" or gap.strip(" \u3000\t") != gap or o.style == "top"):
            return None
        body = end + len(after if after in "。：:" else "")
    score = WHOLE_LINE if whole else LINE_START - (2.0 if not _breaks_after(line, end, rest, title) else 0.0)
    score += {"top": TOP_NUMBER, "arabic": ARABIC_NUMBER}.get(o.style, NO_NUMBER)
    score += (0.5 if o.marked else 0) + contents
    if not o.style and not o.marked and (title.kind == "measures" or (title.kind != "problems" and title.length < _BARE_TITLE)):
        return None
    return Candidate(Look(title.kind, o.number, score, title.kinds, o.style, whole), name, view.starts[0], end, body)


def _breaks_after(line: str, end: int, rest: str, title: Title) -> bool:
    return line[end : end + 1] in "。：: \u3000\t\r\n" or title.length >= len(rest)


def _contents_line(line: str) -> float:
    return -2.0 if _TOC.search(line) else 0.0


def _looks_bare(rest: str) -> bool:
    return 2 <= len(rest) <= LONGEST_BARE and not re.search(r"[。；！？，：](?=.)|[。；，！？]$|\d{3,}$", rest)


def inside_line(line: str, after: int) -> tuple[Candidate, ...]:
    """Return headings in the middle of a line, behind `after`: 五、 and a title directly behind it."""
    found: list[Candidate] = []
    if len(line) <= INLINE_FROM:
        return ()
    for m in INLINE.finditer(line, after):
        view = repair(line[m.start() : m.start() + _WINDOW + 10], m.start())
        mark = enumerator_at(view.text)
        if not mark or not_heading().match(view.text, mark.length):
            continue
        rest = view.text[mark.length :]
        title = title_at(rest)
        if not title or title.kind == "unknown":
            continue
        end = view.ends[mark.length + title.length - 1]
        breaks = _breaks_after(line, end, rest, title)
        score = IN_LINE + TOP_NUMBER + (0.4 if line[m.start() - 1] in "。 \u3000；;0123456789无" else -0.6) + (0.0 if breaks else -0.6)
        body = end + (1 if line[end : end + 1] in ("。", "：", ":") else 0)
        found.append(Candidate(Look(title.kind, mark.number, score, title.kinds, "top"), rest[: title.length], m.start(), end, body))
    return tuple(found)


class Held(NamedTuple):
    """What a line may hold: a heading at its start, and others inside it; with an `opening` the first may run on in the line below."""

    first: Candidate | None
    opening: Opening | None
    inside: tuple[Candidate, ...]


def look(line: str) -> Held | None:
    """Return what a line may hold where nothing from above reaches into it, or None where that is nothing.

    >>> look("五、存在的主要问题及改进情况").first.look.kind
    'problems'
    """
    opening = _opening(line)
    first = _at_line_start(line, opening) if opening else None
    inside = inside_line(line, first.title_end if first else 1)
    if not (opening or inside) or not may_be(line):
        return None
    return Held(first, opening if opening and opening.ends_line and opening.title else None, inside)


# The same for the lines of usual length, most of which come in other reports too: titles and the cells of tables.
held = lru_cache(maxsize=1 << 15)(look)

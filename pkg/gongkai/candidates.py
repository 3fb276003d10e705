"""Places where a heading may begin, each with how much it looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from .enumerators import enumerator_at
from .glance import INLINE, INLINE_FROM, SHORTEST, begins_otherwise, kept, may_be
from .repair import View, is_page_number, repair
from .resources import data
from .titles import Title, covers, not_heading, runs_on, title_at

_LEAD = re.compile(r"(?:[ \t\u3000\xa0\ufeff>#*]|-(?=[ \t])|\[bookmark:[^\]\n]{0,80}\])*")
_BARE_NUMBER = re.compile(r"([一二三四五六七八九十]{1,2})[ \u3000]+(?=[^\s\d])")
_LINE = re.compile(r"[^\r\n]+")
_TOC = re.compile(r"(?<![.．·…\s—-])[.．·…\s—-]{2,}+\d{0,3}$|\s\d{1,2}$|[.…]{3,}")
_LONGEST = 160
_ISOLATED = 30
_WINDOW = 60
_BARE_TITLE = 6

WHOLE_LINE, LINE_START, IN_LINE = 3.0, 2.2, 1.6
TOP_NUMBER, NO_NUMBER, ARABIC_NUMBER = 1.5, -0.5, -1.5
KNOWN_OTHER, ANY_OTHER = 2.0, 0.5
BARE, LISTED = -0.3, -4.0
SHORT_BODY = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible heading at `[start, title_end)`, its body from `body_start`; `score` is higher the more it looks like one."""

    kind: str
    number: int | None
    title: str
    start: int
    title_end: int
    body_start: int
    score: float
    kinds: frozenset[str] = frozenset()
    style: str = ""
    whole: bool = False


def candidates(text: str) -> list[Candidate]:
    """Return the possible headings of a report in text order; a line that cannot be one costs a look into a table."""
    found: list[Candidate] = []
    end = -1
    for line in text.replace("\r", "\n").split("\n"):
        start = end + 1
        end = start + len(line)
        if end - start < SHORTEST or not may_be(line):
            continue
        if c := _at_line_start(line, partial(_below, text, start, end)):
            found.append(_moved(c, start))
        if end - start > INLINE_FROM:
            found += [_moved(c, start) for c in _inside(line, max(1, found[-1].title_end - start) if found else 1)]
    gaps = [between(text, a, b) for a, b in pairwise(found)]
    company = [_company(before, after) for before, after in zip([None, *gaps], [*gaps, None], strict=False)]
    return [replace(c, score=c.score + cost) if cost else c for c, cost in zip(found, company, strict=False)]


def _moved(c: Candidate, by: int) -> Candidate:
    return replace(c, start=c.start + by, title_end=c.title_end + by, body_start=c.body_start + by)


def _below(text: str, start: int, end: int) -> tuple[str, int]:
    """The line below one at `[start, end)` and where it begins, counted from that one's start; "" for none, or a page number."""
    following = _LINE.search(text, end)
    if following is None:
        return "", 0
    a, b = following.span()
    apart = text[end:a].count("\n") > 1 or is_page_number(text[a:b])
    return ("", 0) if apart else (text[a : min(b, a + _LONGEST)], a - start)


def _company(before: str | None, after: str | None) -> float:
    """What it costs to have nothing between oneself and the next heading: little for a bare one, much in a listing sentence."""
    if any(gap and not gap.strip("；;，,、") for gap in (before, after)):
        return LISTED
    return BARE if after is not None and len(after) < SHORT_BODY else 0.0


def between(text: str, a: Candidate, b: Candidate) -> str:
    """What stands between two headings, without blanks and Markdown signs, at most some 40 characters of it."""
    return text[a.title_end : min(b.start, a.title_end + 40)].strip(" \t\r\n\u3000\xa0#*。：:")


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a line opens, its places counted from the line's start: its repaired view, behind an enumerator of some length, and a title."""

    start: int
    view: View
    length: int
    number: int | None
    style: str
    marked: bool
    ends_line: bool
    title: Title | None


@kept
def _opening(line: str) -> _Opening | None:
    """The opening of a line, or None where it cannot be that of a heading."""
    start = _LEAD.match(line).end()  # type: ignore[union-attr]
    if len(line) - start < 3 or begins_otherwise(line, start):
        return None
    view = repair(line[start : start + _LONGEST], start)
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
    ends_line = start + _LONGEST >= len(line)
    title = title_at(rest)
    if (title and title.kind != "unknown") or (style == "top" and ends_line and _looks_bare(rest) and not _is_row(line[start:])):
        return _Opening(start, view, length, number, style, "#" in line[:start], ends_line, title)
    return None


def _at_line_start(line: str, below: Callable[[], tuple[str, int]]) -> Candidate | None:
    """A heading that a line begins with, its places counted from the line's start; `below` gives the line that a title may run on in."""
    o = _opening(line)
    if o is None:
        return None
    if o.title and o.title.kind != "unknown":
        return _titled(line, o, o.title, _wrapped(o.view.text[o.length :], *below()) if o.ends_line else None)
    rest, end = o.view.text[o.length :], o.view.ends[-1]
    base = KNOWN_OTHER if o.title and covers(o.title, rest) else ANY_OTHER
    score = base + TOP_NUMBER + (0.5 if o.marked else 0) + _contents_line(o.view.text)
    return Candidate("unknown", o.number, rest.rstrip("。：:"), o.start, end, end, score, frozenset({"unknown"}), o.style)


def _is_row(line: str) -> bool:
    """Say whether a line has several cells: a row of a table, whose label is numbered like a heading."""
    return any(line.count(edge) > 1 for edge in "\t|")


def _titled(line: str, o: _Opening, title: Title, wrapped: tuple[str, int, Title] | None) -> Candidate | None:
    view, length = o.view, o.length
    rest = view.text[length:]
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
    return Candidate(title.kind, o.number, name, view.starts[0], end, body, score, title.kinds, o.style, whole=whole)


def _breaks_after(line: str, end: int, rest: str, title: Title) -> bool:
    return line[end : end + 1] in "。：: \u3000\t\r\n" or title.length >= len(rest)


def _contents_line(line: str) -> float:
    return -2.0 if _TOC.search(line) else 0.0


def _looks_bare(rest: str) -> bool:
    return 2 <= len(rest) <= _ISOLATED and not re.search(r"[。；！？，：](?=.)|[。；，！？]$|\d{3,}$", rest)


def _wrapped(rest: str, below: str, at: int) -> tuple[str, int, Title] | None:
    """A title that a hard wrap broke, whole, with its end in the line below."""
    view = repair(below, at)
    if not view.text or enumerator_at(view.text) or not runs_on(rest, view.text):
        return None
    joined = title_at(rest + view.text)
    return (rest + view.text, view.ends[-1], joined) if joined and covers(joined, rest + view.text) else None


@kept
def _inside(line: str, after: int) -> tuple[Candidate, ...]:
    """Headings in the middle of a line, behind `after`: 五、 and a title directly behind it."""
    found = []
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
        found.append(Candidate(title.kind, mark.number, rest[: title.length], m.start(), end, body, score, title.kinds, "top"))
    return tuple(found)


def statutory_number(kind: str) -> int | None:
    """The number that the form of 2019 gives a kind of section."""
    return data("headings.yaml")["statutory"].get(kind)

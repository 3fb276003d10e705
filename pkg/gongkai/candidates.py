"""Places where a heading may begin, each with how much it looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from .enumerators import enumerator_at
from .repair import View, is_page_number, repair
from .resources import data
from .titles import Title, covers, not_heading, runs_on, title_at, title_glance

_LEAD = re.compile(r"(?:[ \t\u3000\xa0\ufeff>#*]|-(?=[ \t])|\[bookmark:[^\]\n]{0,80}\])*")
_BARE_NUMBER = re.compile(r"([一二三四五六七八九十]{1,2})[ \u3000]+(?=[^\s\d])")
_INLINE = re.compile(
    r"(?<![第（(〔\[一二三四五六七八九十])[一二三四五六七八九十]{1,2}[ \u3000]{0,3}[、．.][ \u3000]{0,3}(?=[^\s\d]|20\d\d年)"
)
_LINE = re.compile(r"[^\r\n]+")
_NUMBERED = re.compile(r"(?:[ \t\u3000\xa0\ufeff>#*-]|\[bookmark:[^\]\n]{0,80}\])*(?:第?[ ]?[一二三四五六七八九十]|[—－–]|\d)")
_SHORTEST, _UNNUMBERED = 3, 60
_INLINE_FROM = 12
_TOC = re.compile(r"[.．·…\s—-]{2,}\d{0,3}$|\s\d{1,2}$|[.…]{3,}")
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
    """Return the possible headings of a report in text order; a line that cannot be one costs a look at its first characters."""
    found: list[Candidate] = []
    lines = list(_LINE.finditer(text))
    for n, line in enumerate(lines):
        if not _may_be(text, line):
            continue
        if c := _at_line_start(text, line, lines[n + 1] if n + 1 < len(lines) else None):
            found.append(c)
        if line.end() - line.start() > _INLINE_FROM:
            found += _inside(text, line, found[-1].title_end if found else 0)
    gaps = [between(text, a, b) for a, b in pairwise(found)]
    return [
        replace(c, score=c.score + _company(before, after)) for c, before, after in zip(found, [None, *gaps], [*gaps, None], strict=False)
    ]


def _may_be(text: str, line: re.Match[str]) -> bool:
    """Say, from a glance, whether a line can hold a heading: a number at its start or inside, or a short line of words."""
    length = line.end() - line.start()
    return bool(
        _NUMBERED.match(text, line.start(), line.end()) or (length > _INLINE_FROM and _INLINE.search(text, line.start(), line.end()))
    ) or (_SHORTEST <= length <= _UNNUMBERED and bool(title_glance().search(text, line.start(), line.end())))


def _company(before: str | None, after: str | None) -> float:
    """What it costs to have nothing between oneself and the next heading: little for a bare one, much in a listing sentence."""
    if any(gap and not gap.strip("；;，,、") for gap in (before, after)):
        return LISTED
    return BARE if after is not None and len(after) < SHORT_BODY else 0.0


def between(text: str, a: Candidate, b: Candidate) -> str:
    """What stands between two headings, without blanks and Markdown signs, at most some 40 characters of it."""
    return text[a.title_end : min(b.start, a.title_end + 40)].strip(" \t\r\n\u3000\xa0#*。：:")


def _at_line_start(text: str, line: re.Match[str], following: re.Match[str] | None) -> Candidate | None:
    start = _LEAD.match(text, line.start(), line.end()).end()  # type: ignore[union-attr]
    if line.end() - start < 3:
        return None
    marked = "#" in text[line.start() : start]
    view = repair(text[start : min(line.end(), start + _LONGEST)], start)
    mark = enumerator_at(view.text)
    length = mark.length if mark else 0
    number, style = (mark.number, mark.style) if mark else (None, "")
    if not mark and (bare := _BARE_NUMBER.match(text, start)):
        length, number, style = len(bare.group(1)), None, "top"
        if counted := enumerator_at(bare.group(1) + "、"):
            number = counted.number
    if style in ("second", "bracketed", "circled", "counted", "ordinal"):
        return None
    rest = view.text[length:]
    if not_heading().match(rest) or not rest:
        return None
    ends_line = start + _LONGEST >= line.end()
    title = title_at(rest)
    if title and title.kind != "unknown":
        return _titled(text, view, length, title, number, style, marked, ends_line, line, following)
    if style == "top" and ends_line and _looks_bare(rest) and not _is_row(text, start, line.end()):
        base = KNOWN_OTHER if title and covers(title, rest) else ANY_OTHER
        end = view.ends[-1]
        score = base + TOP_NUMBER + (0.5 if marked else 0) + _contents_line(view.text)
        return Candidate("unknown", number, rest.rstrip("。：:"), start, end, end, score, frozenset({"unknown"}), style)
    return None


def _is_row(text: str, start: int, end: int) -> bool:
    """Say whether a line has several cells: a row of a table, whose label is numbered like a heading."""
    return any(text.count(edge, start, end) > 1 for edge in "\t|")


def _titled(
    text: str,
    view: View,
    length: int,
    title: Title,
    number: int | None,
    style: str,
    marked: bool,
    ends_line: bool,
    line: re.Match[str],
    following: re.Match[str] | None,
) -> Candidate | None:
    rest = view.text[length:]
    contents = _contents_line(rest)
    name, end = rest[: title.length], view.ends[length + title.length - 1]
    wrapped = _wrapped(text, rest, line, following) if ends_line and following else None
    whole = bool(wrapped) or (ends_line and covers(title, rest))
    if wrapped:
        name, end, title = wrapped
    if whole:
        end = body = end if wrapped else view.ends[-1]
        name = (name if wrapped else rest).rstrip("。：:；;，,．.…· ")
    elif contents < 0 and title.length >= len(re.sub(r"[\s.．·…\d—-]", "", rest)):
        whole, end, body = True, view.ends[-1], view.ends[-1]
    else:
        if not style and not marked:
            return None
        after = rest[title.length : title.length + 1]
        gap = text[end : view.starts[length + title.length]] if length + title.length < len(view.text) else ""
        if not (after in "。：:；，" or gap.strip(" \u3000\t") != gap or style == "top"):
            return None
        body = end + len(after if after in "。：:" else "")
    score = WHOLE_LINE if whole else LINE_START - (2.0 if not _breaks_after(text, end, rest, title) else 0.0)
    score += {"top": TOP_NUMBER, "arabic": ARABIC_NUMBER}.get(style, NO_NUMBER)
    score += (0.5 if marked else 0) + contents
    if not style and not marked and (title.kind == "measures" or (title.kind != "problems" and title.length < _BARE_TITLE)):
        return None
    start = view.starts[0]
    return Candidate(title.kind, number, name, start, end, body, score, title.kinds, style, whole=whole)


def _breaks_after(text: str, end: int, rest: str, title: Title) -> bool:
    return text[end : end + 1] in "。：: \u3000\t\r\n" or title.length >= len(rest)


def _contents_line(line: str) -> float:
    return -2.0 if _TOC.search(line) else 0.0


def _looks_bare(rest: str) -> bool:
    return 2 <= len(rest) <= _ISOLATED and not re.search(r"[。；！？，：](?=.)|[。；，！？]$|\d{3,}$", rest)


def _wrapped(text: str, rest: str, line: re.Match[str], following: re.Match[str]) -> tuple[str, int, Title] | None:
    """A title that a hard wrap broke, whole, with its end."""
    if text[line.end() : following.start()].count("\n") > 1 or is_page_number(following.group()):
        return None
    view = repair(following.group()[:_LONGEST], following.start())
    if not view.text or enumerator_at(view.text) or not runs_on(rest, view.text):
        return None
    joined = title_at(rest + view.text)
    return (rest + view.text, view.ends[-1], joined) if joined and covers(joined, rest + view.text) else None


def _inside(text: str, line: re.Match[str], after: int) -> Iterator[Candidate]:
    """Headings in the middle of a line: 五、 and a title directly behind it."""
    for m in _INLINE.finditer(text, max(line.start() + 1, after), line.end()):
        view = repair(text[m.start() : min(line.end(), m.start() + _WINDOW + 10)], m.start())
        mark = enumerator_at(view.text)
        if not mark or not_heading().match(view.text, mark.length):
            continue
        rest = view.text[mark.length :]
        title = title_at(rest)
        if not title or title.kind == "unknown":
            continue
        end = view.ends[mark.length + title.length - 1]
        before = text[max(0, m.start() - 1) : m.start()]
        breaks = _breaks_after(text, end, rest, title)
        score = IN_LINE + TOP_NUMBER + (0.4 if before in "。 \u3000；;0123456789无" else -0.6) + (0.0 if breaks else -0.6)
        body = end + (1 if text[end : end + 1] in ("。", "：", ":") else 0)
        yield Candidate(title.kind, mark.number, rest[: title.length], m.start(), end, body, score, title.kinds, "top")


def statutory_number(kind: str) -> int | None:
    """The number that the form of 2019 gives a kind of section."""
    return data("headings.yaml")["statutory"].get(kind)

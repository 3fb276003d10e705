"""What tells who wrote a report and when: its title, its opening, its signature, the name of its file and the folders above."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .offices import is_office, level_of, names_a_place, office, pattern
from .records import Report
from .repair import View, is_page_number, repair
from .resources import data
from .script import simplify

_HEAD = 1200
_TAIL = 400
_TITLE_LINES = 12
_TITLE_PARTS = 5
_TITLE_START = 80
_LINE = 300
_WRAPPED = 20
_BLANKS = re.compile(r"[ \t\u3000\xa0\u200b-\u200f\ufeff]+")
# What only `repair` can read: radicals, full-width letters and digits, pronunciations, marks, entities, characters without width.
_DAMAGE = re.compile(
    "[\u2e80-\u2fdf\u3100-\u312f\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u00ad\u202a-\u202e\u2060-\u2069\U00020000-\U0003ffff]"
    r"|[(（\[][a-zà-üā-ǜ]|\*\*|\[bookmark|&#?\w|</?\w"
)
_HALF = ((",", "，"), (";", "；"), (":", "："), ("?", "？"), ("!", "！"), ("(", "（"), (")", "）"))
_NOT_HAN = re.compile(r"[^一-鿿]+")


@dataclass(frozen=True, slots=True)
class Sources:
    """What is read of a report: its title with the year behind it, the office in the title, offices behind the title of a web page,
    the opening, office and day of the signature, the file's name and its folders (outermost first)."""

    title: str
    name: str
    sites: tuple[str, ...]
    opening: str
    signed: str
    day: str
    file: str
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Title:
    """A title at `text[start:end]`, what it says and what stands behind it in its line."""

    start: int
    end: int
    words: str
    behind: str


def plain(text: str) -> str:
    """Return a text as it is meant to be read, line by line and without blanks: `repair` without a map, and faster where it can be.

    >>> plain("柳 泉 縣\\n水利局,")
    '柳泉县\\n水利局，'
    """
    if _DAMAGE.search(text):
        text = "\n".join(_mended(text))
    text = _BLANKS.sub("", text).replace("\r", "\n")
    for half, full in _HALF:
        text = text.replace(half, full)
    return simplify(text)


def _mended(text: str) -> Iterator[str]:
    """The lines of a text, repaired where there is damage."""
    spots = [m.start() for m in _DAMAGE.finditer(text)][::-1]
    end = 0
    for whole in text.splitlines(keepends=True):
        end += len(whole)
        line = whole.splitlines()[0]
        yield repair(line).text if spots and spots[-1] < end else line
        while spots and spots[-1] < end:
            spots.pop()


def _unmarked(text: str) -> View:
    """The repaired view of a title, without Markdown's signs."""
    return repair(pattern("marks").sub(lambda m: " " * len(m.group()), text))


@lru_cache(maxsize=4)
def title_span(text: str) -> tuple[int, int] | None:
    """Return the source offsets of the report's title (over one to five lines), or None where it has none.

    Where the title of a web page, with the name of the site behind it, comes before the same title in the text, it is the latter.

    >>> title_span("柳泉县青禾镇\\n2021年政府信息公开工作年度报告\\n\\n一、总体情况")
    (0, 24)
    """
    # What stands behind a tab is another cell, or a menu beside the title.
    lines = [m for m in re.finditer(r"[^\n\r\t]+", text[:_HEAD]) if m.group().strip()][:_TITLE_LINES]
    found = _titles(text, lines)
    first = next(found, None)
    if first is None:
        return None
    if pattern("title").fullmatch(first.words):
        # The name of a column of the site, unless no better title follows.
        first = next((t for t in found if not t.behind or pattern("site").match(t.behind)), first)
    if pattern("site").match(first.behind):
        again = next(found, first)
        first = again if again.words == first.words else first
    return first.start, first.end


def _titles(text: str, lines: Sequence[re.Match[str]]) -> Iterator[_Title]:
    """The stretches of text that read like a title."""
    used = 0
    words: list[str] = []
    for n, line in enumerate(lines):
        words.append(plain(pattern("marks").sub("", line.group()[:_LINE])))
        for begin in range(n, max(used, n - _TITLE_PARTS + 1) - 1, -1):
            joined = "".join(words[begin : n + 1])
            if begin < n and len(joined) - len(words[n]) > _TITLE_START:
                break
            found = pattern("title").search(joined[: 2 * _TITLE_START])
            if not found or found.start() >= _TITLE_START or "。" in (rest := joined[: found.start()]) or pattern("trail").search(rest):
                continue
            if begin > max(used, n - _TITLE_PARTS + 1) and _goes_on_above(words[begin - 1], rest):
                continue
            view = _unmarked(text[lines[begin].start() : min(lines[n].end(), lines[n].start() + _LINE)])
            if whole := pattern("title").search(view.text):
                at = lines[begin].start()
                yield _Title(at + view.starts[0], at + view.ends[whole.end() - 1], view.text[: whole.end()], joined[found.end() :])
                used = n + 1
                break


def _goes_on_above(line: str, rest: str) -> bool:
    """Say whether the line above belongs to the title: it is short, and what is there lacks an office, its place or its year."""
    if not 2 <= len(line) <= 30 or re.search(data("bodies.yaml")["no_title"], line) or pattern("trail").search(line):
        return False
    name = name_in(rest)
    if not name:
        return True
    if not names_a_place(name) and pattern("place_line").fullmatch(line):
        return True
    if pattern("year_line").fullmatch(line):
        return not pattern("year").search(rest)
    return not level_of(name) and is_office(line)


def name_in(before_title: str) -> str:
    """Return the office in what stands before 政府信息公开…报告: no year, no filling words.

    >>> name_in("柳泉县水利局关于2020年")
    '柳泉县水利局'
    """
    name = pattern("label").sub("", before_title)
    name = re.sub(f"(?:{data('bodies.yaml')['year']})(?:年度?)?", "", name).strip("《》 #*")
    for _ in range(2):
        name = pattern("filler_behind").sub("", pattern("filler_before").sub("", name))
    before, _, after = name.partition("关于")
    name = re.split("[《》]", (after if is_office(after) else before).strip("《》 #*"))[-1]
    return "" if pattern("self").match(name) or pattern("no_title").search(name) else office(name)


def opening(text: str) -> str:
    """Return the first page of a text as it is meant to be read, a line a paragraph: hard-wrapped lines are joined."""
    lines: list[str] = []
    for line in plain(text[:_HEAD]).splitlines():
        wrapped = lines and len(lines[-1]) >= _WRAPPED and lines[-1][-1] not in "。；：！？"
        if wrapped and not pattern("line_end").search(lines[-1][-_WRAPPED * 2 :]) and not pattern("line_start").match(line):
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def compiled_by(opening: str) -> str:
    """Return the office that an opening says has compiled the report.

    >>> compiled_by("本报告由柳泉县水利局编制。")
    '柳泉县水利局'
    """
    m = pattern("compiled").search(opening)
    return office(m[1]) if m else ""


def named_in(opening: str) -> Iterator[str]:
    """Yield the offices that an opening names as those it calls by a short name, and as the source of the page.

    >>> list(named_in("来源：柳泉县水利局 浏览次数：3\\n柳泉县水务局（以下简称我局）"))
    ['柳泉县水务局', '柳泉县水利局']
    """
    yield from (office(m[1]) for m in [pattern("named").search(opening)] if m)
    yield from (office(m[1]) for m in pattern("source").finditer(opening))


def _signature(text: str) -> tuple[str, str]:
    """The office above the last date of a text, or before it in its line, and that date."""
    lines = [line for line in plain(text[-_TAIL:]).splitlines() if line and not is_page_number(line)]
    for n in range(len(lines) - 1, -1, -1):
        m = re.fullmatch(f"(.{{0,30}}?)({data('bodies.yaml')['signature_date']})", lines[n])
        if not m:
            continue
        above = m[1] or (lines[n - 1] if n else "")
        if len(above) <= 30 and is_office(above):
            return office(above), m[2]
        if not m[1]:
            return "", m[2]
    return "", ""


def file_office(stem: str) -> str:
    """Return the office in the name of a file, without year, title and other words that file names have.

    >>> file_office("2021年柳泉县水利局年报(1)"), file_office("001_32e2")
    ('柳泉县水利局', '')
    """
    words = data("bodies.yaml")
    for piece in re.split(f"{words['title']}|{words['file_words']}", pattern("day").sub(" ", stem)):
        if name := _NOT_HAN.sub("", re.sub(f"(?:{words['year']})(?:年度?)?", "", piece)):
            return name_in(name)
    return ""


def sources(report: Report) -> Sources:
    """Return what of a report tells who wrote it and when."""
    text = report.text
    span = title_span(text)
    title = name = behind = ""
    if span:
        title = plain(pattern("marks").sub("", text[slice(*span)])).replace("\n", "")
        found = pattern("title").search(title)
        name = name_in(title[: found.start()]) if found else ""
        behind = plain(text[span[1] : span[1] + _TITLE_START]).partition("\n")[0]
        title += year.group() if (year := pattern("year_behind").match(behind)) else ""
    sites = [s for s in pattern("sites").split(behind) if is_office(s)] if pattern("site").match(behind) else []
    first = opening(text)
    signed, day = _signature(text)
    file = Path(report.id or report.source)
    folders = list(Path(report.source).parent.parts)
    folders += [p for p in file.parent.parts if p not in folders]
    return Sources(title, name, tuple(map(office, sites)), first, signed, day, plain(file.stem), tuple(plain(p) for p in folders))

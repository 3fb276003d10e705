"""What tells who wrote a report and when: its title, its opening, its signature, the name of its file and the folders above."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

from .offices import find, is_office, level_of, names_a_place, office, pattern
from .plain import plain
from .records import Report
from .repair import View, is_page_number, repair
from .resources import data

_HEAD = 1200
_TAIL = 400
_TITLE_LINES = 12
_TITLE_PARTS = 5
_TITLE_START = 80
_LINE = 300
_WRAPPED = 20
_PARTED = re.compile(r"[^\n\r\t]+")
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


@cache
def _filled(template: str) -> re.Pattern[str]:
    """A pattern made of patterns of `bodies.yaml`."""
    return re.compile(template.format(**data("bodies.yaml")))


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
    found = _titles(text, islice((m for m in _PARTED.finditer(text, 0, _HEAD) if not m.group().isspace()), _TITLE_LINES))
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


def _titles(text: str, given: Iterable[re.Match[str]]) -> Iterator[_Title]:
    """The stretches of text that read like a title."""
    used = 0
    words: list[str] = []
    lines: list[re.Match[str]] = []
    for n, line in enumerate(given):
        lines.append(line)
        words.append(plain(pattern("marks").sub("", line.group()[:_LINE])))
        for begin in range(n, max(used, n - _TITLE_PARTS + 1) - 1, -1):
            joined = "".join(words[begin : n + 1])
            if begin < n and len(joined) - len(words[n]) > _TITLE_START:
                break
            found = find("title", joined[: 2 * _TITLE_START])
            if not found or found.start() >= _TITLE_START or "。" in (rest := joined[: found.start()]) or pattern("trail").search(rest):
                continue
            if begin > max(used, n - _TITLE_PARTS + 1) and _goes_on_above(words[begin - 1], rest):
                continue
            view = _unmarked(text[lines[begin].start() : min(lines[n].end(), lines[n].start() + _LINE)])
            if whole := find("title", view.text):
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
    name = _filled("(?:{year})(?:年度?)?").sub("", name).strip("《》 #*")
    for _ in range(2):
        name = pattern("filler_behind").sub("", pattern("filler_before").sub("", name))
    before, _, after = name.partition("关于")
    name = re.split("[《》]", (after if is_office(after) else before).strip("《》 #*"))[-1]
    return "" if pattern("self").match(name) or pattern("no_title").search(name) else office(name)


def opening(text: str) -> str:
    """Return the first page of a text as it is meant to be read, a line a paragraph: hard-wrapped lines are joined."""
    lines = plain(text[:_HEAD]).splitlines()
    joined: list[str] = []
    at = 0
    for n in [n for n, line in enumerate(lines) if len(line) >= _WRAPPED]:
        if n >= at:
            joined += lines[at : n + 1]
            at = n + 1
            while at < len(lines) and _is_wrapped(joined[-1], lines[at]):
                joined[-1] += lines[at]
                at += 1
    return "\n".join(joined + lines[at:])


def _is_wrapped(line: str, following: str) -> bool:
    """Say whether a long line goes on in the next one."""
    ended = line[-1] in "。；：！？" or find("line_end", line[-_WRAPPED * 2 :])
    return not ended and not pattern("line_start").match(following)


def compiled_by(opening: str) -> str:
    """Return the office that an opening says has compiled the report.

    >>> compiled_by("本报告由柳泉县水利局编制。")
    '柳泉县水利局'
    """
    m = find("compiled", opening)
    return office(m[1]) if m else ""


def named_in(opening: str) -> Iterator[str]:
    """Yield the offices that an opening names as those it calls by a short name, and as the source of the page.

    >>> list(named_in("来源：柳泉县水利局 浏览次数：3\\n柳泉县水务局（以下简称我局）"))
    ['柳泉县水务局', '柳泉县水利局']
    """
    yield from (office(m[1]) for m in [find("named", opening)] if m)
    yield from (office(m[1]) for m in pattern("source").finditer(opening))


def _signature(text: str) -> tuple[str, str]:
    """The office above the last date of a text, or before it in its line, and that date."""
    tail = plain(text[-_TAIL:])
    if not pattern("signature_date").search(tail):
        return "", ""
    lines = [line for line in tail.splitlines() if line]
    for n in range(len(lines) - 1, -1, -1):
        m = _filled("(.{{0,30}}?)({signature_date})").fullmatch(lines[n])
        if not m:
            continue
        above = m[1] or next((line for line in reversed(lines[:n]) if not is_page_number(line)), "")
        if len(above) <= 30 and is_office(above):
            return office(above), m[2]
        if not m[1]:
            return "", m[2]
    return "", ""


@lru_cache(maxsize=1024)
def file_office(stem: str) -> str:
    """Return the office in the name of a file, without year, title and other words that file names have.

    >>> file_office("2021年柳泉县水利局年报(1)"), file_office("001_32e2")
    ('柳泉县水利局', '')
    """
    for piece in _filled("{title}|{file_words}").split(pattern("day").sub(" ", stem)):
        if name := _NOT_HAN.sub("", _filled("(?:{year})(?:年度?)?").sub("", piece)):
            return name_in(name)
    return ""


def sources(report: Report) -> Sources:
    """Return what of a report tells who wrote it and when."""
    text = report.text
    span = title_span(text)
    title = name = behind = ""
    if span:
        title = plain(pattern("marks").sub("", text[slice(*span)])).replace("\n", "")
        found = find("title", title)
        name = name_in(title[: found.start()]) if found else ""
        behind = plain(text[span[1] : span[1] + _TITLE_START]).partition("\n")[0]
        title += year.group() if (year := pattern("year_behind").match(behind)) else ""
    sites = [s for s in pattern("sites").split(behind) if is_office(s)] if pattern("site").match(behind) else []
    first = opening(text)
    signed, day = _signature(text)
    above, _ = _split(report.source)
    beside, stem = _split(report.id or report.source)
    return Sources(title, name, tuple(map(office, sites)), first, signed, day, plain(stem), _folders(above, beside))


def _split(written: str) -> tuple[str, str]:
    """The folder of a file, and its name without the ending."""
    above, name = os.path.split(written)
    dot = name.rfind(".")
    if name and (dot < 0 or 0 < dot < len(name) - 1) and name[0] != ".":
        return above, name[:dot] if dot > 0 else name
    path = Path(written)
    return str(path.parent), path.stem


@lru_cache(maxsize=1024)
def _folders(above: str, beside: str) -> tuple[str, ...]:
    folders = Path(above).parts
    return tuple(map(plain, (*folders, *(p for p in Path(beside).parts if p not in folders))))

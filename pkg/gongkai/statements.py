"""Section to statements: sentences, cut further at enumerators, with the labels above them as their path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .enumerators import INSIDE, enumerator_at
from .records import CODED_KINDS, Section, Statement
from .repair import View, repair
from .titles import links, title_at
from .wraps import BULLET, LABEL, LogicalLine, is_label, logical_lines

_STOP = re.compile(r"[。！？；!?]+[”’」』）)】]*")
_PAIRS = {"（": "）", "(": ")", "《": "》", "“": "”"}
_BRACKET = re.compile(f"[{''.join(_PAIRS)}]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a section: `sort` is `heading`, `statement` or `furniture` (page numbers, bullets, signs of layout)."""

    sort: str
    start: int
    end: int
    text: str
    path: tuple[str, ...] = ()


def statements(text: str, section: Section) -> list[Statement]:
    """Cut a section of a report's text into statements, in order; a section that is not coded gives none.

    >>> from gongkai.records import Section
    >>> text = "（一）存在的问题：一是更新慢；二是人手少。"
    >>> [s.text for s in statements(text, Section("problems", 5, "", 0, 0, len(text), 1.0))]
    ['一是更新慢；', '二是人手少。']
    """
    if section.kind not in CODED_KINDS:
        return []
    return [Statement(p.start, p.end, p.text, p.path) for p in pieces(text, section) if p.sort == "statement"]


def pieces(text: str, section: Section) -> list[Piece]:
    """Tile the body of a section with headings, statements and furniture: every character that is no blank is in one of them."""
    title = (section.title,) if section.title else ()
    found: list[Piece] = []
    stack: list[tuple[int, str]] = []
    for line in logical_lines(text, section.body_start, section.end):
        start = _bullet(text, line, found)
        view = _view(text, start, line)
        units = [unit for a, b in _cuts(view.text) for unit in _labels(view.text, a, b)]
        edges = [view.starts[begin] for _, begin, _ in units]
        if units:
            found += _furniture(text, start, edges[0])
            for (sort, begin, end), before in zip(units, [*edges[1:], line.end], strict=True):
                words = view.text[begin:end]
                if sort == "heading":
                    _push(stack, words)
                path = title + tuple(label for _, label in (stack[:-1] if sort == "heading" else stack))
                # What repair takes away behind the last character (a pronunciation, a sign) still belongs to the unit.
                last = max(view.ends[end - 1], view.starts[begin] + len(text[view.starts[begin] : before].rstrip()))
                found.append(Piece(sort, view.starts[begin], last, words, path))
        else:
            found += _furniture(text, start, line.end)
        found += [Piece("furniture", x, y, text[x:y].strip()) for x, y in line.skipped]
    return sorted(found, key=lambda p: (p.start, p.end))


def _bullet(text: str, line: LogicalLine, found: list[Piece]) -> int:
    m = BULLET.match(text[line.start : line.end])
    if not m:
        return line.start
    found.append(Piece("furniture", line.start, line.start + len(m.group().rstrip()), m.group().rstrip()))
    return line.start + m.end()


def _furniture(text: str, start: int, end: int) -> list[Piece]:
    """What stands before the first character that repair keeps: bookmarks, signs of layout."""
    if not (words := text[start:end].strip()):
        return []
    begin = text.index(words, start)
    return [Piece("furniture", begin, begin + len(words), words)]


def _view(text: str, start: int, line: LogicalLine) -> View:
    """The repaired view of a logical line, without the page numbers inside it."""
    if not line.skipped:
        return repair(text[start : line.end], start)
    blanked = list(text[start : line.end])
    for a, b in (s for s in line.skipped if s[0] >= start):
        blanked[a - start : b - start] = "\n" * (b - a)
    return repair("".join(blanked), start)


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """Spans of units in a repaired logical line: ended by 。！？； and begun by enumerators, not inside brackets."""
    depth = _depths(text)
    marks = {m.end() for m in _STOP.finditer(text) if not depth[m.start()]}
    for m in INSIDE.finditer(text):
        at = m.start() + len(m.group()) - len(m.group().lstrip())
        if at and not depth[at] and not _mid_word(text, at):
            marks.add(at)
    begin = 0
    for mark in sorted({*marks, len(text)}):
        words = text[begin:mark].strip(" ，,")
        if mark < len(text) and (words in links() or _is_enumerator(words)):
            continue
        if words:
            yield begin, mark
            begin = mark


def _depths(text: str) -> list[bool]:
    """For each character, whether it stands inside brackets or quotes that are closed again."""
    inside = [False] * len(text)
    if not _BRACKET.search(text):
        return inside
    open_at: list[tuple[str, int]] = []
    for i, c in enumerate(text):
        if c in _PAIRS:
            open_at.append((_PAIRS[c], i))
        elif open_at and c == open_at[-1][0]:
            _, begin = open_at.pop()
            if not open_at:
                inside[begin + 1 : i] = [True] * (i - begin - 1)
    return inside


def _mid_word(text: str, at: int) -> bool:
    """Say whether an enumerator belongs to the words before it: 《…》（一）, 第二十条（一）."""
    return text[:at].endswith(("》", "”", "条", "款"))


def _is_enumerator(words: str) -> bool:
    mark = enumerator_at(words)
    return bool(mark and mark.length == len(words))


def _labels(text: str, a: int, b: int) -> Iterator[tuple[str, int, int]]:
    """Tell a unit that only names a block from a statement, and cut a label off that runs into one."""
    while a < b and text[a] == " ":
        a += 1
    words = text[a:b]
    if is_label(words):
        yield "heading", a, b
        return
    mark = enumerator_at(words)
    skip = mark.length if mark else 0
    colon = re.search("[：:]", words[skip : skip + LABEL + 1])
    title = title_at(words[skip : skip + LABEL]) if colon else None
    end = skip + title.length if title else 0
    if title and title.kinds <= set(CODED_KINDS) and not title.asserts and words[end : end + 1] in ("：", ":"):
        yield "heading", a, a + end + 1
        a += end + 1
    if text[a:b].strip():
        yield "statement", a, b


def _push(stack: list[tuple[int, str]], label: str) -> None:
    """Put a label on the stack of headings, below the labels that outrank it."""
    mark = enumerator_at(label)
    rank = mark.rank if mark else 2
    while stack and stack[-1][0] >= rank:
        stack.pop()
    stack.append((rank, label.rstrip("：:。 ")))

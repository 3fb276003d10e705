"""Section to statements: sentences, cut further at enumerators, with the labels above them as their path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter

from .enumerators import INSIDE, INSIDE_FIRST, LONGEST, enumerator_at, enumerator_end
from .records import CODED_KINDS, Section, Statement
from .repair import View, repair
from .script import as_meant
from .titles import links, title_at
from .wraps import BULLET, LABEL, LogicalLine, is_label, logical_lines, may_end_label

# Stops, and enumerators as `INSIDE` finds them; the class in front is what the search skips to.
_MARK = re.compile(rf"[。！？；!?{INSIDE_FIRST}](?:(?<=[。！？；!?])[。！？；!?]*[”’」』）)】]*|(?s:(?<=(?=({INSIDE.pattern})).)))")
_PAUSE, _COLON = " ，,", re.compile("[：:]")
_PAIRS = {"（": "）", "(": ")", "《": "》", "“": "”"}
_OPENING = re.compile(f"[{''.join(_PAIRS)}]")
_BRACKET = re.compile(f"[{''.join([*_PAIRS, *_PAIRS.values()])}]")

_CLOSING = tuple(_PAIRS.values())

# Sort, start and end of a unit in its line; start, end, sort, text and path of a piece.
_Unit = tuple[str, int, int]
_Tile = tuple[int, int, str, str, tuple[str, ...]]


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
    return [Statement(start, end, words, path) for start, end, sort, words, path in _tiles(text, section) if sort == "statement"]


def pieces(text: str, section: Section) -> list[Piece]:
    """Tile the body of a section with headings, statements and furniture: every character that is no blank is in one of them."""
    return [Piece(sort, start, end, words, path) for start, end, sort, words, path in _tiles(text, section)]


def _tiles(text: str, section: Section) -> list[_Tile]:
    title: tuple[str, ...] = (section.title,) if section.title else ()
    path = title
    found: list[_Tile] = []
    stack: list[tuple[int, str]] = []
    torn = False
    is_meant = as_meant().fullmatch
    for line in logical_lines(text, section.body_start, section.end):
        start, end, skipped = line
        if bullet := BULLET.match(text, start, end):
            sign = bullet.group().rstrip()
            found.append((start, start + len(sign), "furniture", sign, ()))
            start = bullet.end()
        view, words = None, text[start:end]
        if skipped or not is_meant(words):
            view = _view(text, start, line)
            words = view.text
        units = _units(words)
        edges = [view.starts[begin] if view else start + begin for _, begin, _ in units]
        edges.append(end)
        if start < edges[0]:
            found += _furniture(text, start, edges[0])
        for (sort, begin, stop), a, last in zip(units, edges, edges[1:], strict=False):
            # What repair takes away behind the last character (a pronunciation, a sign) still belongs to the unit.
            if view:
                last = max(view.ends[stop - 1], a + len(text[a:last].rstrip()))
            if sort == "heading":
                _push(stack, words[begin:stop])
                above = title + tuple([label for _, label in stack[:-1]])
                path = title + tuple([label for _, label in stack])
                found.append((a, last, sort, words[begin:stop], above))
            else:
                found.append((a, last, sort, words[begin:stop], path))
        if skipped:
            found += [(a, b, "furniture", text[a:b].strip(), ()) for a, b in skipped]
            torn = True
    return sorted(found, key=itemgetter(0, 1)) if torn else found


def _furniture(text: str, start: int, end: int) -> list[_Tile]:
    """What stands before the first character that repair keeps: bookmarks, signs of layout."""
    if not (words := text[start:end].strip()):
        return []
    begin = text.index(words, start)
    return [(begin, begin + len(words), "furniture", words, ())]


def _view(text: str, start: int, line: LogicalLine) -> View:
    """The repaired view of a logical line, without the page numbers inside it."""
    if not line.skipped:
        return repair(text[start : line.end], start)
    blanked = list(text[start : line.end])
    for a, b in (s for s in line.skipped if s[0] >= start):
        blanked[a - start : b - start] = "\n" * (b - a)
    return repair("".join(blanked), start)


def _units(text: str) -> list[_Unit]:
    """Units in a repaired logical line: ended by 。！？； and begun by enumerators, not inside brackets; labels told from statements."""
    units: list[_Unit] = []
    begin, length, short = 0, len(text), _longest()
    colon = "：" in text or ":" in text
    for mark in _marks(text):
        if mark - begin <= short or text[begin] in _PAUSE or text[mark - 1] in _PAUSE:
            words = text[begin:mark].strip(_PAUSE)
            if not words or (mark < length and (words in links() or enumerator_end(words, 0) == len(words))):
                continue
        if colon or text[begin] == " " or may_end_label(text, begin, mark):
            _add(units, text, begin, mark)
        else:
            units.append(("statement", begin, mark))
        begin = mark
    return units


@cache
def _longest() -> int:
    """How many characters the longest enumerator or link has."""
    return max(LONGEST, *map(len, links()))


def _marks(text: str) -> list[int]:
    """Where units may end, the end of the text among them."""
    # Where a mark stands, which tells whether brackets hold it, and where it cuts.
    found: list[tuple[int, int]] = []
    begins, upto = False, 0
    for m in _MARK.finditer(text):
        if m.lastindex is None:
            found.append(m.span())
        # The search goes on inside an enumerator, which counts as a whole.
        elif m.start() >= upto:
            upto = m.end(1)
            at = upto - len(m[1].lstrip())
            if at and not _mid_word(text, at):
                begins = True
                found.append((at, at))
    if found and (opening := _OPENING.search(text)):
        first, last = opening.start(), max([text.rfind(sign) for sign in _CLOSING])
        if found[0][0] < last and first < found[-1][0]:
            inside = _depths(text)
            found = [mark for mark in found if not inside[mark[0]]]
    marks = [at for _, at in found]
    return marks if marks and not begins and marks[-1] == len(text) else sorted({*marks, len(text)})


def _depths(text: str) -> list[bool]:
    """For each character, whether it stands inside brackets or quotes that are closed again."""
    inside = [False] * len(text)
    open_at: list[tuple[str, int]] = []
    for m in _BRACKET.finditer(text):
        i, c = m.start(), m.group()
        if c in _PAIRS:
            open_at.append((_PAIRS[c], i))
        elif open_at and c == open_at[-1][0]:
            _, begin = open_at.pop()
            if not open_at:
                inside[begin + 1 : i] = [True] * (i - begin - 1)
    return inside


def _mid_word(text: str, at: int) -> bool:
    """Say whether an enumerator belongs to the words before it: 《…》（一）, 第二十条（一）."""
    return text.endswith(("》", "”", "条", "款"), 0, at)


def _add(units: list[_Unit], text: str, a: int, b: int) -> None:
    """Tell a unit that only names a block from a statement, and cut a label off that runs into one."""
    while a < b and text[a] == " ":
        a += 1
    words = text[a:b]
    if may_end_label(text, a, b) and is_label(words):
        units.append(("heading", a, b))
        return
    if _COLON.search(words, 0, LONGEST + LABEL + 1):
        skip = enumerator_end(words, 0)
        colon = _COLON.search(words, skip, skip + LABEL + 1)
        title = title_at(words[skip : skip + LABEL]) if colon else None
        end = skip + title.length if title else 0
        if title and title.kinds <= set(CODED_KINDS) and not title.asserts and words[end : end + 1] in ("：", ":"):
            units.append(("heading", a, a + end + 1))
            a += end + 1
    if not text[a:b].isspace() and a < b:
        units.append(("statement", a, b))


def _push(stack: list[tuple[int, str]], label: str) -> None:
    """Put a label on the stack of headings, below the labels that outrank it."""
    rank, name = _ranked(label)
    while stack and stack[-1][0] >= rank:
        stack.pop()
    stack.append((rank, name))


# The labels of blocks are much the same in all reports.
@lru_cache(maxsize=4096)
def _ranked(label: str) -> tuple[int, str]:
    mark = enumerator_at(label)
    return mark.rank if mark else 2, label.rstrip("：:。 ")

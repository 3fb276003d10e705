"""Texts to mark statements in, and what a mark in such a text means when it comes back from a program that counts otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from .finding import by_words
from .held import Held, Item, Part

_BREAK = re.compile("\r\n|\r")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a report with its statements: line ends are `\\n`, and `marks` holds `(start, end)` in `text` by statement.

    `start` and `end` are those of the stretch in the report; None where the study has no sections of it, and `text` is put together of
    the statements, a line each.
    """

    report: str
    start: int | None
    end: int | None
    kind: str
    title: str
    text: str
    items: tuple[Item, ...]
    marks: tuple[tuple[int, int], ...]
    fits: Mapping[tuple[int, int], Item] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """What it is called in files; stays as long as the study's texts do."""
        return self.report if self.start is None else f"{self.report}#{self.start}-{self.end}"

    def item_at(self, start: int, end: int) -> Item | None:
        """Return the statement that a mark covers, give or take blanks and punctuation at its ends."""
        return self.fits.get(_core(self.text, start, end)) if 0 <= start < end <= len(self.text) else None


def passages(held: Held, whole: bool = False) -> tuple[Passage, ...]:
    """Return the sections that have statements, as passages; with `whole` those that follow each other without a gap are one.

    Statements of no section come report by report, a line each.
    """
    inside: dict[int, list[Item]] = {}
    loose: dict[str, list[Item]] = {}
    parts = {p.id: p for p in held.parts}
    for item in held.items:
        part = parts.get(item.section or 0)
        if part and part.start <= item.start and item.end <= part.end and part.end - part.start == len(part.text):
            inside.setdefault(part.id, []).append(item)
        else:
            loose.setdefault(item.report, []).append(item)
    groups = _joined(held.parts) if whole else ([p] for p in held.parts)
    found = [_of_parts(g, items) for g in groups if (items := [i for p in g for i in inside.get(p.id, ())])]
    return (*found, *(_of_items(report, items) for report, items in loose.items()))


def _joined(parts: Sequence[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    for part in parts:
        if group and (group[-1].report, group[-1].end) != (part.report, part.start):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _of_parts(parts: Sequence[Part], items: Sequence[Item]) -> Passage:
    text, back = plain("".join(p.text for p in parts))
    place = {source: n for n, source in reversed(list(enumerate(back)))}
    base = parts[0].start
    marks = [(_near(place, i.start - base), _near(place, i.end - base)) for i in items]
    title = parts[0].title if len(parts) == 1 else ""
    return _passage(parts[0].report, base, parts[-1].end, parts[0].kind, title, text, items, marks)


def _near(place: Mapping[int, int], offset: int) -> int:
    # A place between \r and \n, or before a byte order mark, is no place of the text with plain line ends.
    return place.get(offset, place.get(offset - 1, 0))


def _of_items(report: str, items: Sequence[Item]) -> Passage:
    texts, marks, at = [], [], 0
    for item in items:
        line = plain(item.text)[0].replace("\n", " ")
        texts.append(line)
        marks.append((at, at + len(line)))
        at += len(line) + 1
    return _passage(report, None, None, items[0].kind, "", "\n".join(texts), items, marks)


def _passage(
    report: str, start: int | None, end: int | None, kind: str, title: str, text: str, items: Sequence[Item], marks: list[tuple[int, int]]
) -> Passage:
    fits = {_core(text, a, b): i for i, (a, b) in zip(items, marks, strict=True)}
    return Passage(report, start, end, kind, title, text, tuple(items), tuple(marks), fits)


def plain(text: str) -> tuple[str, list[int]]:
    """Return a text with `\\n` as line ends and without a byte order mark, and where each of its places stood (one more than characters).

    >>> plain("\\ufeff甲\\r\\n乙")
    ('甲\\n乙', [1, 2, 4, 5])
    """
    begin = len(text) - len(text.removeprefix(_BOM))
    if "\r" not in text:
        return text[begin:], list(range(begin, len(text) + 1))
    pieces: list[str] = []
    back: list[int] = []
    for match in _BREAK.finditer(text, begin):
        pieces += [text[begin : match.start()], "\n"]
        back += range(begin, match.start() + 1)
        begin = match.end()
    pieces.append(text[begin:])
    return "".join(pieces), [*back, *range(begin, len(text) + 1)]


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    a, b = start, end
    while a < b and not text[a].isalnum():
        a += 1
    while a < b and not text[b - 1].isalnum():
        b -= 1
    return (a, b) if a < b else (start, end)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text of a file, the passage it is (None where it is none of the study), and the marks in it as the file counts them."""

    text: str
    passage: Passage | None
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How a program counts places: UTF-16 units or characters, `\\r\\n` as two or one, a byte order mark as one or none."""

    units: bool = False
    breaks: bool = True
    mark: bool = True


_COUNTS = tuple(Count(*c) for c in product((False, True), (True, False), (True, False)))


def placed(held: Held, texts: Sequence[Marked]) -> tuple[list[list[Item | None]], Count]:
    """Return the statement of each mark of each text, and the way of counting under which most marks fit a statement.

    A text that was edited outside is not counted in: its marks are matched by their words, within the report.
    """
    ways = _COUNTS if any(_needs_care(t.text) for t in texts) else _COUNTS[:1]
    tried = ((way, [_items(held, t, way) for t in texts]) for way in ways)
    # max keeps the first of equals, which counts as the standard says.
    way, found = max(tried, key=lambda pair: sum(i is not None for items in pair[1] for i in items))
    return found, way


def _needs_care(text: str) -> bool:
    return "\r" in text or text.startswith(_BOM) or (not text.isascii() and max(text) > "\uffff")


def _items(held: Held, marked: Marked, way: Count) -> list[Item | None]:
    passage = marked.passage
    if passage is None or not marked.spans:
        return [None] * len(marked.spans)
    text, _ = plain(marked.text)
    ends = {n for span in marked.spans for n in span}
    at = _counted(marked.text, way, ends)
    spans = [(at.get(a), at.get(b)) for a, b in marked.spans]
    if text.rstrip() == passage.text.rstrip():
        return [passage.item_at(a, min(b, len(passage.text))) if a is not None and b is not None else None for a, b in spans]
    words = (text[a:b] if a is not None and b is not None else "" for a, b in spans)
    return [_only(by_words(held, passage.report, w)) if w else None for w in words]


def _only(items: Sequence[Item]) -> Item | None:
    return items[0] if len(items) == 1 else None


def _counted(text: str, way: Count, wanted: Iterable[int]) -> dict[int, int]:
    """Where places that a program counts lie in the plain text."""
    if way == Count() and not _needs_care(text):
        return {n: n for n in wanted if 0 <= n <= len(text)}
    asked = set(wanted)
    found: dict[int, int] = {}
    theirs = ours = 0
    for i, c in enumerate(text):
        step = 2 if way.units and c > "\uffff" else 1
        forward = 1
        if c == _BOM and i == 0:
            step, forward = int(way.mark), 0
        elif c == "\r" and text[i + 1 : i + 2] == "\n":
            step, forward = int(way.breaks), 0
        for n in range(theirs, theirs + max(step, 1)):
            if n in asked:
                found.setdefault(n, ours)
        theirs += step
        ours += forward
    if theirs in asked:
        found[theirs] = ours
    return found

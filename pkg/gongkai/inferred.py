"""A problem section that has no heading, or only half of one: known by its words, its items, and the place where it is due."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .describe import title_span
from .edges import before_signature, trim
from .enumerators import enumerator_at
from .records import Section
from .repair import repair
from .resources import data
from .titles import covers, title_at

_OPENING = 15
_ITEM = re.compile(r"(?:(?<=[\n\r。；;\s])|^)([一二三四五六七八九十]{1,2}[ \u3000]?、)")


def inferred(text: str, sections: list[Section]) -> list[Section] | None:
    """Find a problem section without a heading, by a block label or by its words: after the tables, or in a bare page."""
    known = [s for s in sections if s.kind != "preface"]
    begin, end = None, before_signature(text)
    if known and known[0].kind != "measures":
        settings = data("headings.yaml")
        for s, after in zip(reversed(known), [None, *reversed(known)], strict=False):
            inside = s.start if s.kind == "unknown" else s.body_start
            if s.kind in settings["holders"]:
                due = s.kind in settings["due_behind"] and (after is None or after.kind in ("measures", "other_matters"))
                begin = _problem_line(text, inside, s.end, listed=after is not None and after.kind == "measures", due=due)
                if begin is not None:
                    end = s.end
                    break
    else:
        span = title_span(text)
        end = known[0].start if known else end
        begin = _problem_line(text, span[1] if span else 0, end, listed=bool(known), due=True)
    if begin is None:
        return None
    begin, end = _whole_list(text, sections, begin, end)
    holder = next((s for s in sections if s.start <= begin < s.end), None)
    found = Section("problems", None, "", begin, begin, trim(text, begin, end), 0.3, ("no heading found; known by its words only",))
    before = [s for s in sections if s is not holder and s.start < begin and s.end <= begin]
    if holder and holder.body_start < begin:
        cut = trim(text, holder.body_start, begin)
        before.append(replace(holder, body_start=min(holder.body_start, cut), end=cut))
    return [*before, found, *(s for s in sections if s.start >= found.end)]


def _whole_list(text: str, sections: Sequence[Section], begin: int, end: int) -> tuple[int, int]:
    """Widen a problem section known by its words to the items 三、 四、 before and behind that go on with its list."""
    taken = [s for s in sections if s.kind == "unknown" and s.start >= begin and _says(_seen(s.title), "lacks")]
    end = max([end, *(s.end for s in taken)])
    own = [s for s in sections if s.kind not in ("unknown", "preface") and s.start <= begin]
    items = list(_ITEM.finditer(text, own[-1].body_start if own else 0, min(len(text), begin + _OPENING)))
    first = next((i for i, m in enumerate(items) if m.start(1) >= begin), None)
    mark = enumerator_at(text[begin : begin + _OPENING])
    if first is None or not mark or mark.style != "top" or items[first].start(1) != begin:
        return begin, end
    number = mark.number
    for m in reversed(items[:first]):
        before = enumerator_at(m.group(1))
        if not before or not number or before.number != number - 1 or not _says(_seen(text[m.start(1) : begin]), "lacks"):
            break
        begin, number = m.start(1), before.number
    return begin, end


def _seen(words: str) -> str:
    """The beginning of a stretch of the source as it is meant to be read."""
    return repair(words[:300]).text


def _says(words: str, *of: str) -> bool:
    return any(re.search(data("headings.yaml")[name], words) for name in of)


def _problem_line(text: str, start: int, end: int, listed: bool = False, due: bool = False) -> int | None:
    """Where the first line begins that opens a problem section.

    Where measures follow (`listed`), an item that tells of a lack will do; where the section is `due`, any sentence of lack or promise.
    """
    lines = list(re.finditer(r"[^\s].*", text[start:end]))
    found = None
    for n, line in enumerate(lines):
        words = _seen(line.group())
        if _opens_problems(words) or (due and _is_sentence(words) and _says(words, "lacks", "promises")):
            found = n
            break
        if listed and found is None and enumerator_at(line.group()) and _says(words, "lacks"):
            found = n
    if found is None:
        return None
    while due and found and _is_sentence(_seen(lines[found - 1].group())):
        found -= 1
    return start + lines[found].start()


def _is_sentence(words: str) -> bool:
    """Say whether a line is a sentence, and not one of another section's own matter."""
    return len(words) > _OPENING and bool(re.search("[，。；]", words)) and not _says(words, "own_matter")


def _opens_problems(words: str) -> bool:
    mark = enumerator_at(words)
    rest = words[mark.length :] if mark else words
    title = title_at(rest)
    if title and title.kind == "problems" and covers(title, rest):
        return True
    return len(words) > _OPENING and _says(words, "openings")

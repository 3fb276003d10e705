"""The repaired view: a text as it was meant to be read, with a map back to the characters of the source."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import accumulate, takewhile

from .script import as_meant, as_shared, half_spaced, pattern, simplify, spaced, tables

# Damage inside damage comes off layer by layer: so many rounds, and more where a text is so short that they cost nothing.
_ROUNDS, _WORK, _GLANCE, _NAMES, _WRAPPED = 4, 400_000, 120, 8, 15

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class View:
    """A repaired text; character `i` of it comes from `[starts[i], ends[i])` of the source, neither ever falling as `i` rises.

    >>> view = repair("信 息公開(kāi)工⻓")
    >>> view.text, view.source(2, 4)
    ('信息公开工长', (3, 5))
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the source offsets of `text[start:end]`; raises ValueError for an empty or outlying span."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}:{end} does not lie within the {len(self.text)} characters of the view")
        return self.starts[start], self.ends[end - 1]


def is_page_number(line: str) -> bool:
    """Say whether a line carries nothing but a page number.

    >>> is_page_number("  - 6 -"), is_page_number("6、其他")
    (True, False)
    """
    return bool(pattern("page_number").fullmatch(line.strip()))


def repair(text: str, base: int = 0) -> View:
    """Return the repaired view of a piece of text; `base` is the offset of the piece in its report.

    Removes converter debris, bracketed pronunciations, page numbers inside sentences and blanks beside Chinese characters (line
    breaks among them), and maps radicals, full-width letters, traditional characters and half-width punctuation to the usual ones.
    """
    # Four lines of five are as they are meant to be read.
    if as_meant().fullmatch(text) or (as_shared().fullmatch(text) and simplify(text) == text):
        return View(text, range(base, base + len(text)), range(base + 1, base + len(text) + 1))
    places: Sequence[int] = range(base, base + len(text))
    if spaced().fullmatch(text):
        return _view(*_edited(text, places, _blanks(text)))
    steps = _HALF_STEPS if half_spaced().fullmatch(text) else _STEPS
    for _ in range(max(_ROUNDS, _WORK // (len(text) + 1))):
        before = text
        for step, signs in steps:
            # Most texts have none of the signs that a step deals with, and to look for them is cheaper than to search.
            if signs is None or signs.search(text):
                text, places = _edited(text, places, step(text))
        if text == before or as_meant().fullmatch(text):
            break
    return _view(text, places)


def _view(text: str, places: Sequence[int]) -> View:
    if isinstance(places, range):
        return View(text, places, range(places.start + 1, places.stop + 1))
    return View(text, tuple(places), tuple([place + 1 for place in places]))


def _edited(text: str, places: Sequence[int], edits: Iterable[Edit]) -> tuple[str, Sequence[int]]:
    out: list[str] = []
    kept: list[int] = []
    last, moved = 0, -1
    for start, end, new in edits:
        out += text[last:start], new
        if len(new) != end - start:
            # What is put in the place of as many characters moves nothing.
            kept += places[max(moved, 0) : start]
            kept += [places[start]] * len(new) if new else ()
            moved = end
        last = end
    if not out:
        return text, places
    return "".join(out) + text[last:], kept + list(places[moved:]) if moved >= 0 else places


def _characters(text: str) -> Iterator[Edit]:
    return ((m.start(), m.end(), "".join(map(_plain, m.group()))) for m in pattern("one_for_one").finditer(text))


@cache
def _plain(c: str) -> str:
    return tables()["characters"].get(c) or min(unicodedata.normalize("NFKC", c), c, key=len)


def _debris(text: str) -> Iterator[Edit]:
    # Most texts have none of it, and a glance is cheaper than a search.
    for m in pattern("debris").finditer(text) if pattern("odd").search(text) else ():
        number = "".join(tables()["enclosing"].get(c, c) for c in unicodedata.normalize("NFKC", m["number"] or ""))
        yield m.start(), m.end(), "\n" if m["line"] else tables()["entities"][m["entity"]] if m["entity"] else number


def _stars(text: str) -> Iterator[Edit]:
    for m in pattern("stars").finditer(text):
        yield m.start(), max(m.end("opening"), m.end("loose")), ""
        if m["closing"]:
            yield *m.span("closing"), ""


def _page_numbers(text: str) -> Iterator[Edit]:
    """Page numbers on lines of their own between two halves of a sentence; a bare number only where it cannot be a cell or a count."""
    for m in pattern("page_line").finditer(text):
        before, after = text[max(0, m.start() - _GLANCE) : m.start()].rstrip(), text[m.end() : m.end() + _GLANCE].lstrip()
        line, following = pattern("line_end").split(before)[-1], pattern("line_end").split(after)[0]
        torn = not m["bare"] or (len(line) >= _WRAPPED and all(map(pattern("pause").search, (line, following))))
        if before and after and torn and not pattern("closed").search(before):
            yield m.start(), m.end(), ""


def _blanks(text: str) -> Iterator[Edit]:
    """Drop blanks beside Chinese characters and at the ends; make one space of the others."""
    cjk, length = pattern("cjk").match, len(text)
    for m in pattern("blanks").finditer(text):
        start, end = m.span()
        new = " " if start > 0 and end < length and not cjk(text, start - 1) and not cjk(text, end) else ""
        if new != m.group():
            yield start, end, new


def _pronunciations(text: str) -> Iterator[Edit]:
    for m in pattern("bracketed").finditer(text):
        read = partial(_is_reading, text[max(0, m.start() - _NAMES) : m.start()])
        ends = [one.end() for one in takewhile(read, pattern("reading").finditer(text, m.start(), m.end()))]
        if ends:
            yield m.start(), ends[-1], ""


def _is_reading(characters: str, bracket: re.Match[str]) -> bool:
    """Say whether a bracket behind some characters holds their pronunciation: one with tones, or the very syllables of the last ones."""
    letters, toned = _spelling(bracket[1])
    return toned or (letters != "" and letters in accumulate(map(_sound, reversed(characters)), lambda all_, one: one + all_))


@lru_cache(maxsize=10_000)
def _spelling(words: str) -> tuple[str, bool]:
    """The letters of a pronunciation, none where it is no legal one, and whether they have tones; bopomofo always has."""
    written = unicodedata.normalize("NFD", words.lower()).translate(str.maketrans(tables()["script"]))
    plain = unicodedata.normalize("NFC", pattern("tones").sub("", written)).replace("v", "ü").strip()
    syllables = re.findall("[a-zü]+", plain)
    if not pattern("spelling").fullmatch(plain) or not all(map(_is_spelt, syllables)):
        return "", bool(pattern("bopomofo").fullmatch(words))
    digits = len(re.findall("[1-5]", plain)) == len(syllables) and min(map(len, syllables)) > 1
    return "".join(syllables), digits or bool(pattern("tones").search(written))


def _is_spelt(word: str) -> bool:
    ends = {0}
    for i in range(len(word)):
        ends |= {i + k for k in range(1, 7) if i in ends and word[i : i + k] in tables()["syllables"]}
    return len(word) in ends


@cache
def _sound(character: str) -> str:
    """How one of the 3,755 most common characters is read: the standard of 1980 lists them by sound."""
    code, firsts = simplify(character).encode("gb2312", "ignore"), tables()["by_sound"]
    return firsts[bisect_right(firsts, (code, "~")) - 1][1] if firsts[0][0] <= code <= b"\xd7\xf9" else "?"


def _script(text: str) -> Iterator[Edit]:
    if (simple := simplify(text)) != text:
        yield 0, len(text), simple


def _full_width(text: str) -> Iterator[Edit]:
    """Turn half-width punctuation that touches Chinese text into full-width."""
    full, cjk = tables()["punctuation"], pattern("cjk").match
    for m in pattern("half").finditer(text):
        if m["stop"] is not None:
            yield m.start(), m.end(), full["."]
        elif not m["address"] and (cjk(text[m.start() - 1 : m.start()]) or cjk(text, m.end())):
            yield from ((i, i + 1, full.get(c, "")) for i, c in enumerate(m.group(), m.start()))


def _pairs(text: str) -> Iterator[Edit]:
    """Brackets of a pair are both full-width where one is; straight quotes that plainly open and close in turn become curved."""
    opened: list[re.Match[str]] = []
    edits: list[Edit] = []
    for m in pattern("bracket").finditer(text):
        if m.group() in "(（":
            opened.append(m)
        elif opened and ((opening := opened.pop()).group() == "(") != (m.group() == ")"):
            edits += [(b.start(), b.end(), tables()["punctuation"].get(b.group(), b.group())) for b in (opening, m)]
    for straight, curved in tables()["quotes"].items():
        parts = text.split(straight)
        whole = len(parts) > 1 and len(parts) % 2 and not any(part[-1:].isdigit() for part in parts[:-1:2])
        if whole and all(map(pattern("quotation").fullmatch, parts[1::2])):
            edits += [(end - 1, end, curved[i % 2]) for i, end in enumerate(accumulate(len(part) + 1 for part in parts[:-1]))]
    yield from sorted(edits)


_Step = tuple[Callable[[str], Iterable[Edit]], re.Pattern[str] | None]
# What repairs, and what must stand in a text for it to find anything.
_STEPS: tuple[_Step, ...] = (
    (_characters, None),
    (_debris, None),
    (_stars, re.compile(r"\*\*")),
    (_page_numbers, re.compile(r"[\n\r\f]")),
    (_blanks, None),
    (_pronunciations, re.compile(r"[(（\[【〔]")),
    (_script, None),
    (_full_width, re.compile("[h.,;:?!()]")),
    (_pairs, re.compile("[()（）\"']")),
)
# The only ones that touch a line of usual characters with blanks and half-width punctuation among them.
_HALF_STEPS = tuple(s for s in _STEPS if s[0] in (_blanks, _script, _full_width, _pairs))

"""The repaired view: a text as it was meant to be read, with a map back to the characters of the source."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

from .resources import data

_HAN = "\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK = re.compile(rf"[{_HAN}\u3000-\u303f\uff00-\uffef“”‘’—…·]")
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_HALF = re.compile(r"[,;:?!()]+")
_STOP = re.compile(rf"(?<=[{_HAN}”’》）])(?<![一二三四五六七八九十])\.(?!\.)")
_CHANGED = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u00a0]")


@dataclass(frozen=True, slots=True)
class View:
    """A repaired text; character `i` of it comes from `[starts[i], ends[i])` of the source, both rising with `i`.

    >>> view = repair("信 息公開(kāi)工⻓")
    >>> view.text, view.source(2, 4)
    ('信息公开工长', (3, 5))
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the source offsets of `text[start:end]`; raises ValueError for an empty or outlying span."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"span {start}:{end} does not lie within the {len(self.text)} characters of the view")
        return self.starts[start], self.ends[end - 1]


@cache
def _patterns() -> tuple[re.Pattern[str], dict[int, str], dict[str, str], re.Pattern[str]]:
    d = data("repair.yaml")
    debris = re.compile("|".join(f"(?:{p})" for p in (*d["debris"], d["pronunciation"])))
    characters = {ord(k): v for k, v in d["characters"].items()}
    return debris, characters, d["punctuation"], re.compile(rf"[ \t\u3000]*{d['page_number']}[ \t\u3000]*")


def is_page_number(line: str) -> bool:
    """Say whether a line carries nothing but a page number.

    >>> is_page_number("  - 6 -"), is_page_number("6、其他")
    (True, False)
    """
    return bool(line.strip()) and bool(_patterns()[3].fullmatch(line))


@cache
def _converter(between: str) -> Any:
    # To load its tables takes long, so that one is kept for each direction.
    import opencc

    return opencc.OpenCC(between)


@cache
def traditional(character: str) -> str:
    """Return the traditional form of a simplified character.

    >>> traditional("问")
    '問'
    """
    return _converter("s2t").convert(character)


def simplify(text: str) -> str:
    """Return text in simplified characters, one for one.

    >>> simplify("政府信息公開")
    '政府信息公开'
    """
    simple = _converter("t2s").convert(text)
    if simple == text:
        return text
    if len(simple) != len(text):
        simple = "".join(s if len(s := _converter("t2s").convert(c)) == 1 else c for c in text)
    changed = {a for a, b in zip(text, simple, strict=True) if a != b}
    return text if changed <= set(data("repair.yaml")["shared"]) else simple


def _plain(c: str) -> str:
    plain = unicodedata.normalize("NFKC", c)
    return plain if len(plain) == 1 else c


def _plain_characters(text: str) -> str:
    """Map radicals, full-width letters and traditional characters, one for one."""
    text = _CHANGED.sub(lambda m: _plain(m.group()), text).translate(_patterns()[1])
    return simplify(text)


def repair(text: str, base: int = 0) -> View:
    """Return the repaired view of a piece of text; `base` is the offset of the piece in its report.

    Removes converter debris, bracketed pronunciations and blanks beside Chinese characters (line breaks among them), and maps
    radicals, full-width letters, traditional characters and half-width punctuation to the usual ones.
    """
    places = list(range(len(text)))
    before = None
    while text != before:
        before = text
        text, places = _drop_debris(text, places)
        text = _plain_characters(text)
        text, places = _close_up(text, places)
        text = _full_width(text)
    starts = tuple(base + p for p in places)
    return View(text, starts, tuple(s + 1 for s in starts))


def _drop_debris(text: str, places: list[int]) -> tuple[str, list[int]]:
    out, kept, last = [], [], 0
    for m in _patterns()[0].finditer(text):
        out.append(text[last : m.start()])
        kept += places[last : m.start()]
        last = m.end()
    return ("".join(out) + text[last:], kept + places[last:]) if out else (text, places)


def _close_up(text: str, places: list[int]) -> tuple[str, list[int]]:
    """Drop blanks beside Chinese characters and at the ends; make one space of the others."""
    out: list[str] = []
    kept: list[int] = []
    last = 0
    for m in _SPACES.finditer(text):
        out.append(text[last : m.start()])
        kept += places[last : m.start()]
        last = m.end()
        before, after = text[m.start() - 1 : m.start()], text[m.end() : m.end() + 1]
        if before and after and not _CJK.match(before) and not _CJK.match(after):
            out.append(" ")
            kept.append(places[m.start()])
    out.append(text[last:])
    kept += places[last:]
    return "".join(out), kept


def _full_width(text: str) -> str:
    """Turn half-width punctuation that touches Chinese text into full-width."""

    def full(m: re.Match[str]) -> str:
        before, after = text[m.start() - 1 : m.start()], text[m.end() : m.end() + 1]
        touches = (before and _CJK.match(before)) or (after and _CJK.match(after))
        return "".join(_patterns()[2][c] for c in m.group()) if touches else m.group()

    return _STOP.sub("。", _HALF.sub(full, text))

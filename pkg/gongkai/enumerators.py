"""Enumerators of every kind (一、 （一） 1. ① 一是 第一，): where one starts, its rank and its number."""

from __future__ import annotations

import re
from dataclasses import dataclass

# As many characters as an enumerator has at most: 第 十二 部分：, blanks and all.
LONGEST = 16
_HAN = "一二三四五六七八九十"
_DIGITS = {c: i for i, c in enumerate(_HAN, 1)}

_TOP = rf"(?:第\s{{0,3}}[{_HAN}]{{1,3}}\s{{0,3}}部分[:：、]?|(?:[{_HAN}]{{1,3}}|[—－–-](?=\s{{0,3}}、))\s{{0,3}}[、．.])"
_SECOND = rf"[（(]\s{{0,3}}[{_HAN}]{{1,3}}\s{{0,3}}[）)][、.．]?"
_ARABIC = r"\d{1,2}\s{0,3}(?:[、．]|\.(?!\d)|[）)])"
_BRACKETED = r"[（(]\s{0,3}\d{1,2}\s{0,3}[）)][、.．]?"
_CIRCLED = r"[①-⑳]"
_COUNTED = rf"(?:[{_HAN}]{{1,2}}|\d{{1,2}})是(?!否)"
_ORDINAL = rf"(?:第[{_HAN}]{{1,2}}[，、,：]|其[{_HAN}]{{1,2}}[，、,：是]|(?:首先|其次|再次|最后)[，,])"

# From the outermost rank to the innermost.
_STYLES = {
    "top": _TOP,
    "second": _SECOND,
    "arabic": _ARABIC,
    "bracketed": _BRACKETED,
    "circled": _CIRCLED,
    "ordinal": _ORDINAL,
    "counted": _COUNTED,
}
_RANKS = {style: rank for rank, style in enumerate(_STYLES, 1)}
_AT_START = re.compile(rf"(?=[\d{_HAN}第其首再最（(①-⑳—－–-])(?:" + "|".join(f"(?P<{s}>{pattern})" for s, pattern in _STYLES.items()) + ")")
_NUMBER = re.compile(rf"[{_HAN}]+|\d+|[—－–-]")

# In mid-line 一、 and 1. count only behind a stop, the others anywhere but behind a character that makes them part of a word.
# The first look is at one character, because nearly all places fail there.
INSIDE_FIRST = rf"\s\d{_HAN}第其首再最（(①-⑳—－–-"
INSIDE = re.compile(
    rf"(?=[{INSIDE_FIRST}])(?:(?<=[。；：！？;:])\s*(?:{_TOP}|{_ARABIC}|{_ORDINAL})"
    rf"|(?<=，)(?:{_ORDINAL}|(?<!\d)\d[、．])"
    rf"|(?<![第条款项之的\d])(?:{_SECOND}|{_BRACKETED})(?![项条款])"
    rf"|{_CIRCLED}"
    rf"|(?<![第统唯之百初单专逐惟万同这那每\d.{_HAN}])(?:{_COUNTED}))"
)


@dataclass(frozen=True, slots=True)
class Enumerator:
    """An enumerator: its style, rank (1 outermost), number (None for 首先 and the like) and length in characters."""

    style: str
    rank: int
    number: int | None
    length: int


def han_number(text: str) -> int | None:
    """Read a number up to 99 written in Chinese characters or digits.

    >>> han_number("十二"), han_number("三"), han_number("—")
    (12, 3, 1)
    """
    if text.isdigit():
        return int(text)
    if text and text in "—－–-":
        return 1
    tens, found, ones = text.partition("十")
    if not found:
        return _DIGITS.get(text)
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


def enumerator_end(text: str, start: int) -> int:
    """Return where the enumerator ends that stands at `start`; `start` itself where there is none.

    >>> enumerator_end("2、二是公开", 2)
    4
    """
    m = _AT_START.match(text, start)
    return m.end() if m else start


def enumerator_at(text: str) -> Enumerator | None:
    """Return the enumerator that a text begins with, or None.

    >>> enumerator_at("（二）改进措施")
    Enumerator(style='second', rank=2, number=2, length=3)
    """
    m = _AT_START.match(text)
    if not m:
        return None
    style = str(m.lastgroup)
    value = _NUMBER.search(m.group())
    number = ord(m.group()) - 0x245F if style == "circled" else han_number(value.group()) if value else None
    return Enumerator(style, _RANKS[style], number, m.end())

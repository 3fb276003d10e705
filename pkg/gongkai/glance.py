"""A first look at lines, which tells most of those that can hold no heading before anything is repaired."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from typing import TypeVar

from .enumerators import enumerator_at
from .repair import repair
from .script import meant, spaced
from .titles import begins_title, longest_word, title_glance

# How many lines are remembered, and of what length at most.
_KEPT, _SHORT = 1 << 15, 160
_BEFORE = r"(?:[ \t\u3000\xa0\ufeff>#*-]|\[bookmark:[^\]\n]{0,80}\])*"
_TOP = re.compile(_BEFORE + "(?:第?[ ]?[一二三四五六七八九十]|[—－–])")
_DIGIT = re.compile(_BEFORE + r"\d")
SHORTEST, _UNNUMBERED = 3, 60
_NUMBER = re.compile(r"\d{1,2}[、．.](?![\d \t\u3000\xa0])")
_FIRST_WORDS = 20
INLINE = re.compile(
    r"(?=[一二三四五六七八九十])(?<![第（(〔\[一二三四五六七八九十])"
    r"[一二三四五六七八九十]{1,2}[ \u3000]{0,3}[、．.][ \u3000]{0,3}(?=[^\s\d]|20\d\d年)"
)
INLINE_FROM = 12
# Enumerators that no section has: a line that begins with one is known for no heading before it is repaired.
_ITEM = re.compile(r"[（(] ?[一二三四五六七八九十]{1,3} ?[）)]|[①-⑳]|[一二三四五六七八九十]{1,2}是(?![ \t\u3000\xa0否])")


Found = TypeVar("Found")


def kept(look: Callable[..., Found]) -> Callable[..., Found]:
    """Remember what was found in short lines: most of a corpus are lines of other reports too, titles and the cells of tables."""
    known = lru_cache(maxsize=_KEPT)(look)

    @wraps(look)
    def looked(line: str, *more: int) -> Found:
        return (known if len(line) <= _SHORT else look)(line, *more)

    return looked


@kept
def may_be(line: str) -> bool:
    """Say, from a glance, whether a line can hold a heading: one that is numbered, or words of a title where it is numbered otherwise."""
    if _TOP.match(line):
        return True
    glance = title_glance()
    if _DIGIT.match(line) or (len(line) > INLINE_FROM and INLINE.search(line)):
        return bool(glance.search(line)) or not _plain().fullmatch(line)
    return SHORTEST <= len(line) <= _UNNUMBERED and bool(glance.search(line))


@cache
def _plain() -> re.Pattern[str]:
    """A line in which repair joins no characters but over single blanks."""
    blank = r"[ \t\u3000\xa0]"
    return re.compile(rf"{blank}*+(?:[{meant()},.;:/|-]++|{blank}(?!{blank})|{blank}++(?=[0-9]|\Z))*+")


def begins_otherwise(line: str, start: int) -> bool:
    """Say whether the first words of a line, behind 1、 if there is such a number, are no title, so that it need not be repaired."""
    if _ITEM.match(line, start):
        return True
    begin = number.end() if (number := _NUMBER.match(line, start)) else start
    words = line[begin : begin + _FIRST_WORDS]
    if not spaced().fullmatch(words) or (begin == start and (_TOP.match(words) or words[0].isdigit())):
        return False
    words = repair(words).text
    return len(words) >= longest_word() and not enumerator_at(words) and not begins_title(words)

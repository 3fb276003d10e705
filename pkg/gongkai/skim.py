"""Which lines of a text may hold a heading, told at a glance from their characters, by machine code where that is at work anyway."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from .compiled import compiled, installed
from .glance import BLANK as BLANKS
from .glance import ENUMERATES, INLINE_FROM, SHORTEST, UNNUMBERED, no_words, plain, steady
from .titles import glances

KERNELS = ("kind", "otherwise", "counts_inside", "names_head", "joins", "may_be", "skim")
# What a character is, in the lower bits of its number; above them, as which first and as which second one of a head it is known.
TOP, DIGIT, BEFORE, DASH, GAP, BLANK, SPACE, PLAIN, FIGURE = (1 << n for n in range(9))
NUMERAL, STOP, OPENS, CLOSES, IS, ORDINAL, OTHER, STEADY, YEAR, PAUSE, NOT = (1 << n for n in range(9, 20))
FIRST, SECOND, HIGH = 20, 30, 1 << 16
_CLASSES = {
    TOP: r"[第一二三四五六七八九十—－–\[]", DIGIT: r"\d", BEFORE: r"[ \t\u3000\xa0\ufeff>#*]", DASH: "-", GAP: r"[ \t]", SPACE: r"\s",
    FIGURE: "[0-9]", NUMERAL: "[一二三四五六七八九十]", STOP: "[、．.]", OPENS: "[（(]", CLOSES: "[）)]", IS: "是", ORDINAL: "第",
    YEAR: "年", PAUSE: "，", NOT: "否",
}  # fmt: skip
_LINE = re.compile(rf"[^\r\n]{{{SHORTEST},}}")


def lines(text: str) -> Sequence[Sequence[int]]:
    """Return where the lines stand that may hold a heading, maybe with others: all of them where nothing tells them apart at a glance."""
    # To load numba for this alone would take longer than it saves.
    return _by_machine(text) if "numba" in sys.modules and _starts() else _by_length(text)


def _by_length(text: str) -> list[tuple[int, int]]:
    return [line.span() for line in _LINE.finditer(text)]


def _by_machine(text: str) -> list[list[int]]:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    found = np.empty((len(text) // (SHORTEST + 1) + 1, 2), dtype=np.int64)
    spans: list[list[int]] = found[: compiled("skim").skim(codes, *_characters(), found)].tolist()
    return spans


@cache
def _starts() -> bool:
    """Whether the machine code can be had here; what numba fails at on a machine costs time only."""
    try:
        return installed() and _by_machine("一、总体情况") == [[0, 6]]
    except Exception:
        return False


@cache
def _characters() -> tuple[np.ndarray, np.ndarray]:
    """The number of each character, `(65536,)`, and which of the first characters of a head go with which of the second."""
    everything = "".join(map(chr, range(HIGH)))
    numbers = np.zeros(HIGH, dtype=np.int64)
    others, steady_ = (f"[{''.join(sorted(those))}]" for those in (no_words(), steady() - set(ENUMERATES) - {"部"}))
    for sign, those in {**_CLASSES, BLANK: BLANKS, PLAIN: plain(), OTHER: others, STEADY: steady_}.items():
        numbers[[ord(c) for c in re.findall(those, everything)]] |= sign
    # The last one stands for all beyond.
    numbers[-1] |= TOP
    places = [{c: n for n, c in enumerate(sorted({c for pair in glances() for c in pair[i]}), 1)} for i in (0, 1)]
    for place, shift in zip(places, (FIRST, SECOND), strict=True):
        for c, n in place.items():
            numbers[ord(c)] |= n << shift
    pairs = np.zeros([len(place) + 1 for place in places], dtype=np.bool_)
    for pair in glances():
        pairs[np.ix_(*([place[c] for c in either] for place, either in zip(places, pair, strict=True)))] = True
    return numbers, pairs


def kind(codes: Any, numbers: Any, at: int, end: int) -> Any:
    """The number of a character; 0 behind the end."""
    return numbers[min(codes[at], HIGH - 1)] if at < end else 0


def otherwise(codes: Any, numbers: Any, start: int, end: int) -> bool:
    """Whether a line begins like no heading, and so plainly that a few characters show it: with an item, or with no word of a title."""
    p = start
    while kind(codes, numbers, p, end) & BEFORE or (kind(codes, numbers, p, end) & DASH and kind(codes, numbers, p + 1, end) & GAP):
        p += 1
    lead = kind(codes, numbers, p, end)
    if lead & (OPENS | ORDINAL):
        p += 1
    figures, numerals = p, p
    while figures < p + 4 and kind(codes, numbers, figures, end) & FIGURE:
        figures += 1
    while numerals < p + 3 and kind(codes, numbers, numerals, end) & NUMERAL:
        numerals += 1
    behind = kind(codes, numbers, numerals, end)
    if lead & OPENS:
        return (behind & (CLOSES if numerals > p else STEADY)) != 0
    if lead & ORDINAL:
        return numerals > p and behind & STEADY != 0
    if 0 < numerals - p < 3 and behind & IS:
        return kind(codes, numbers, numerals + 1, end) & (BLANK | NOT) == 0
    if figures - p == 4 and kind(codes, numbers, figures, end) & YEAR:
        return kind(codes, numbers, figures + 1, end) & (OTHER | PAUSE) != 0
    if 0 < figures - p < 3 and kind(codes, numbers, figures, end) & STOP:
        p = figures + 1
        while p < min(figures + 4, end) and codes[p] == 0x2A:
            p += 1
    return kind(codes, numbers, p, end) & OTHER != 0


def counts_inside(codes: Any, numbers: Any, start: int, end: int) -> bool:
    """Whether there may be a 一、 in a line."""
    for at in range(start + 1, end):
        if codes[at] in (0x3001, 0xFF0E, 0x2E):
            before = at - 1
            while before > start and kind(codes, numbers, before, end) & BLANK:
                before -= 1
            if kind(codes, numbers, before, end) & NUMERAL:
                return True
    return False


def names_head(codes: Any, numbers: Any, pairs: Any, start: int, end: int) -> bool:
    """Whether the first two characters of a head stand in a line, next to each other or with a blank between."""
    here, before = 0, 0
    for at in range(start, end):
        k = kind(codes, numbers, at, end)
        second = k >> SECOND
        if second and (pairs[here, second] or pairs[before, second]):
            return True
        before = here if k & SPACE else 0
        here = (k >> FIRST) & (1 << SECOND - FIRST) - 1
    return False


def joins(codes: Any, numbers: Any, start: int, end: int) -> bool:
    """Whether there is more in a line than plain characters and single blanks; at its ends and before figures there may be several."""
    blanks = 0
    for at in range(start, end):
        k = kind(codes, numbers, at, end)
        if k & BLANK:
            blanks += 1
            continue
        if not k & PLAIN or (1 < blanks < at - start and not k & FIGURE):
            return True
        blanks = 0
    return False


def may_be(codes: Any, numbers: Any, pairs: Any, start: int, end: int) -> bool:
    """Whether a line may hold a heading: true of all that `glance.may_be` takes, but for those in which nothing is found then."""
    first = start
    while kind(codes, numbers, first, end) & (BEFORE | DASH):
        first += 1
    lead = kind(codes, numbers, first, end)
    inline = end - start > INLINE_FROM and counts_inside(codes, numbers, start, end)
    if not lead & TOP:
        if not inline and not lead & DIGIT and end - start > UNNUMBERED:
            return False
        named = names_head(codes, numbers, pairs, start, end)
        if not named and not ((inline or lead & DIGIT) and joins(codes, numbers, start, end)):
            return False
    return inline or not otherwise(codes, numbers, start, end)


def skim(codes: Any, numbers: Any, pairs: Any, found: Any) -> int:
    """Write where the lines stand that may hold a heading, and return how many."""
    n, start = 0, 0
    for at in range(len(codes) + 1):
        if at < len(codes) and codes[at] != 10 and codes[at] != 13:
            continue
        if at - start >= SHORTEST and may_be(codes, numbers, pairs, start, at):
            found[n, 0], found[n, 1] = start, at
            n += 1
        start = at + 1
    return n

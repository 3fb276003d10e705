"""Which lines of a text may hold a heading, told at a glance from their characters, by machine code where that is at work anyway."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from .compiled import compiled, installed
from .glance import BLANK as BLANKS
from .glance import INLINE_FROM, SHORTEST, UNNUMBERED, no_words, plain
from .titles import glances

KERNELS = ("kind", "otherwise", "skim")
# What a character is, in the lower half of its number; above that, as which first and as which second one of a head it is known.
TOP, DIGIT, BEFORE, DASH, GAP, BLANK, SPACE, PLAIN = (1 << n for n in range(8))
FIGURE, NUMERAL, STOP, OPENS, CLOSES, IS, OTHER, END = (1 << n for n in range(8, 16))
FIRST, SECOND, HIGH = 16, 24, 1 << 16
_CLASSES = {
    TOP: "[第一二三四五六七八九十—－–\\[]", DIGIT: r"\d", BEFORE: r"[ \t\u3000\xa0\ufeff>#*]", DASH: "-", GAP: r"[ \t]", SPACE: r"\s",
    FIGURE: "[0-9]", NUMERAL: "[一二三四五六七八九十]", STOP: "[、．.]", OPENS: "[（(]", CLOSES: "[）)]", IS: "是", END: r"[\r\n]",
}  # fmt: skip


def lines(text: str) -> Iterable[Sequence[int]]:
    """Return where the lines stand that may hold a heading, maybe with others: all of them where nothing tells them apart at a glance."""
    # To load numba for this alone would take longer than it saves.
    return _by_machine(text) if "numba" in sys.modules and _starts() else _by_length(text)


def _by_length(text: str) -> Iterator[tuple[int, int]]:
    end = -1
    for line in text.replace("\r", "\n").split("\n"):
        start = end + 1
        end = start + len(line)
        if end - start >= SHORTEST:
            yield start, end


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
    numbers = np.zeros(HIGH, dtype=np.uint32)
    for sign, those in {**_CLASSES, BLANK: BLANKS, PLAIN: plain(), OTHER: f"[{''.join(sorted(no_words()))}]"}.items():
        numbers[[ord(c) for c in re.findall(those, everything)]] |= np.uint32(sign)
    # The last one stands for all beyond.
    numbers[-1] = TOP
    places = [{c: n for n, c in enumerate(sorted({c for pair in glances() for c in pair[i]}), 1)} for i in (0, 1)]
    for place, shift in zip(places, (FIRST, SECOND), strict=True):
        for c, n in place.items():
            numbers[ord(c)] |= np.uint32(n << shift)
    pairs = np.zeros([len(place) + 1 for place in places], dtype=np.bool_)
    for pair in glances():
        pairs[np.ix_(*([place[c] for c in either] for place, either in zip(places, pair, strict=True)))] = True
    return numbers, pairs


def kind(codes: Any, numbers: Any, at: int, end: int) -> Any:
    """The number of a character; 0 behind the end."""
    return np.int64(numbers[min(codes[at], HIGH - 1)]) if at < end else np.int64(0)


def otherwise(codes: Any, numbers: Any, start: int, end: int) -> bool:
    """Whether a line begins like no heading, and so plainly that a few characters show it: with an item, or with no word of a title."""
    p = start
    while kind(codes, numbers, p, end) & BEFORE or (kind(codes, numbers, p, end) & DASH and kind(codes, numbers, p + 1, end) & GAP):
        p += 1
    bracketed = kind(codes, numbers, p, end) & OPENS
    if bracketed:
        p += 1
    figures, numerals = p, p
    while figures < p + 2 and kind(codes, numbers, figures, end) & FIGURE:
        figures += 1
    while numerals < p + 3 and kind(codes, numbers, numerals, end) & NUMERAL:
        numerals += 1
    if bracketed:
        return numerals > p and bool(kind(codes, numbers, numerals, end) & CLOSES)
    if 0 < numerals - p < 3 and kind(codes, numbers, numerals, end) & IS:
        # 一是否 is no item.
        return numerals + 1 < end and kind(codes, numbers, numerals + 1, end) & OTHER != 0
    if figures > p and kind(codes, numbers, figures, end) & STOP:
        p = figures + 1
    return bool(kind(codes, numbers, p, end) & OTHER)


def skim(codes: Any, numbers: Any, pairs: Any, found: Any) -> int:
    """Write where the lines stand that may hold a heading, and return how many; never without one that `glance.may_be` takes."""
    n, start, size = 0, 0, len(codes)
    while start < size:
        end, lead = start, np.int64(-1)
        glance, plain, inline, numeral = False, True, False, False
        # The first halves of a head that may be open here: behind the last character, and behind the one before a blank.
        first, held, blanks = 0, 0, 0
        while end < size:
            k = kind(codes, numbers, end, size)
            if k & END:
                break
            end += 1
            glance |= pairs[first, k >> SECOND] or pairs[held, k >> SECOND]
            held = first if k & SPACE else 0
            first = (k >> FIRST) & 255
            if lead < 0 and not k & (BEFORE | DASH):
                lead = k
            inline |= numeral and k & STOP != 0
            if k & BLANK:
                blanks += 1
                continue
            numeral = k & NUMERAL != 0
            # Of several blanks only those at the ends of a line and before figures join nothing.
            plain &= k & PLAIN != 0 and (blanks < 2 or blanks == end - 1 - start or k & FIGURE != 0)
            blanks = 0
        long = end - start
        inline &= long > INLINE_FROM
        if lead < 0:
            may_be = False
        elif inline or lead & DIGIT:
            may_be = glance or not plain
        else:
            may_be = glance and long <= UNNUMBERED
        if long >= SHORTEST and (may_be or lead & TOP) and (inline or not otherwise(codes, numbers, start, end)):
            found[n, 0], found[n, 1] = start, end
            n += 1
        start = end + 1
    return n

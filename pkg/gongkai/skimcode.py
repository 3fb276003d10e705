"""The look at the lines of a text as plain code over its characters, which `skim` has compiled to machine code."""

from __future__ import annotations

from typing import Any

from .glance import INLINE_FROM, LONGEST, LONGEST_BARE, SHORTEST, UNNUMBERED
from .titles import LIMIT

KERNELS = ("kind", "leading", "otherwise", "bare", "figures_end", "untitled", "counts", "names_head", "joins", "may_be", "skim")
# What a character is, in the lower bits of its number; above them, as which first and as which second one of a head it is known.
TOP, DIGIT, BEFORE, DASH, GAP, BLANK, SPACE, PLAIN, FIGURE = (1 << n for n in range(9))
NUMERAL, STOP, OPENS, CLOSES, IS, ORDINAL, OTHER, STEADY, YEAR, PAUSE, NOT = (1 << n for n in range(9, 20))
FIRST, SECOND, SURE, END, LOOKS_BACK, LETTER, HIGH = 20, 30, 1 << 40, 1 << 41, 1 << 42, 43, 1 << 16
# What ends where an edge of the trie of the words of titles leads: a word, a head that tells a kind, what no heading begins with.
WORD, HEAD, NONE, EDGE, NODE = 1, 2, 4, 8, 4
# What stands behind the numbers of the characters: how wide the two tables are, where the second one begins, and the first one.
PAIRS_WIDE, TRIE_WIDE, TRIE, PAIRS = range(HIGH, HIGH + 4)


def kind(codes: Any, signs: Any, at: int, end: int) -> Any:
    """The number of a character; 0 behind the end."""
    return signs[min(codes[at], HIGH - 1)] if at < end else 0


def leading(codes: Any, signs: Any, start: int, end: int) -> Any:
    """Where the words of a line begin."""
    p = start
    while kind(codes, signs, p, end) & BEFORE or (kind(codes, signs, p, end) & DASH and kind(codes, signs, p + 1, end) & GAP):
        p += 1
    return p


def otherwise(codes: Any, signs: Any, p: int, end: int) -> bool:
    """Whether words at `p` begin like no heading, and so plainly that a few characters show it: with an item, or no word of a title."""
    lead = kind(codes, signs, p, end)
    if lead & (OPENS | ORDINAL):
        p += 1
    figures, numerals = p, p
    while figures < p + 4 and kind(codes, signs, figures, end) & FIGURE:
        figures += 1
    while numerals < p + 3 and kind(codes, signs, numerals, end) & NUMERAL:
        numerals += 1
    behind = kind(codes, signs, numerals, end)
    if lead & OPENS:
        return (behind & (CLOSES if numerals > p else STEADY)) != 0
    if lead & ORDINAL:
        return numerals > p and behind & STEADY != 0
    if 0 < numerals - p < 3 and behind & IS:
        return kind(codes, signs, numerals + 1, end) & (BLANK | NOT) == 0
    if figures - p == 4 and kind(codes, signs, figures, end) & YEAR:
        return kind(codes, signs, figures + 1, end) & (OTHER | PAUSE) != 0
    if 0 < figures - p < 3 and kind(codes, signs, figures, end) & STOP:
        p = figures + 1
        while p < min(figures + 4, end) and codes[p] == 0x2A:
            p += 1
    return kind(codes, signs, p, end) & OTHER != 0


def bare(codes: Any, signs: Any, start: int, p: int, end: int) -> bool:
    """Whether what stands at `p` behind 一、 may be a heading of whatever words: it is short, and has no cells."""
    tabs, edges, words = 0, 0, 0
    for at in range(p, end):
        tabs += codes[at] == 0x9
        edges += codes[at] == 0x7C
        words += at < start + LONGEST and kind(codes, signs, at, end) & SURE != 0
    return tabs < 2 and edges < 2 and words <= LONGEST_BARE


def figures_end(codes: Any, signs: Any, p: int, end: int) -> Any:
    """Where the words go on behind figures, which may be a year: `end` where they are none, -1 where repair may make others of them."""
    while p < end:
        k = kind(codes, signs, p, end)
        if k & SURE:
            return p if k & YEAR else end
        if not k & (PLAIN | BLANK):
            return -1
        p += 1
    return end


def untitled(codes: Any, signs: Any, start: int, end: int) -> bool:
    """Whether there is surely no head among the words that a line begins with at `start`, blanks between them or not."""
    p, lead = start, kind(codes, signs, start, end)
    if lead & NUMERAL:
        while p < start + 3 and kind(codes, signs, p, end) & NUMERAL:
            p += 1
        if p == start + 1 and kind(codes, signs, p, end) & YEAR:
            p = start
        elif p < end and codes[p] == 0x3001 and not bare(codes, signs, start, p + 1, end):
            p += 1
        else:
            return False
    elif lead & FIGURE:
        while p < start + 3 and kind(codes, signs, p, end) & FIGURE:
            p += 1
        if p == start + 3:
            p = start
        elif kind(codes, signs, p, end) & STOP:
            p += 1
            while p < min(start + 6, end) and codes[p] == 0x2A:
                p += 1
        else:
            return False
    elif not lead & SURE or lead & ORDINAL:
        return False
    at, begun = p, False
    while at < start + LIMIT:
        k = kind(codes, signs, at, end)
        if at >= end:
            return True
        if k & BLANK:
            at += 1
            continue
        if k & FIGURE:
            at, begun = figures_end(codes, signs, at, end), True
            if at < 0:
                return False
            continue
        # A year may be written in Chinese: 二〇二一年.
        if k & NUMERAL and not kind(codes, signs, at + 1, end) & YEAR:
            return False
        back = not begun and k & LOOKS_BACK
        begun = True
        node, r, last = 0, at, at
        while r < end:
            k = kind(codes, signs, r, end)
            if not k & BLANK:
                if k & FIGURE:
                    break
                if not k & (SURE | END):
                    return False
                edge = signs[signs[TRIE] + node * signs[TRIE_WIDE] + (k >> LETTER)]
                if edge == 0:
                    break
                if edge & HEAD:
                    return False
                if edge & WORD:
                    last = r + 1
                if edge & NONE and at == p:
                    return True
                node = edge >> NODE
            r += 1
        if back:
            return False
        if last == at:
            return True
        at = last
    return False


def counts(codes: Any, signs: Any, start: int, at: int) -> bool:
    """Whether the stop at `at` stands behind a number, 一、, with which the line does not begin."""
    before = at - 1
    while before > start and kind(codes, signs, before, at) & BLANK:
        before -= 1
    if before <= start or not kind(codes, signs, before, at) & NUMERAL:
        return False
    while kind(codes, signs, start, at) & (BEFORE | DASH):
        start += 1
    return before > start


def names_head(codes: Any, signs: Any, start: int, end: int) -> bool:
    """Whether the first two characters of a head stand in a line, next to each other or with a blank between."""
    here, before = 0, 0
    for at in range(start, end):
        k = kind(codes, signs, at, end)
        second = (k >> SECOND) & (1 << SECOND - FIRST) - 1
        if second and (signs[PAIRS + here * signs[PAIRS_WIDE] + second] or signs[PAIRS + before * signs[PAIRS_WIDE] + second]):
            return True
        before = here if k & SPACE else 0
        here = (k >> FIRST) & (1 << SECOND - FIRST) - 1
    return False


def joins(codes: Any, signs: Any, start: int, end: int) -> bool:
    """Whether there is more in a line than plain characters and single blanks; at its ends and before figures there may be several."""
    blanks = 0
    for at in range(start, end):
        k = kind(codes, signs, at, end)
        if k & BLANK:
            blanks += 1
            continue
        if not k & PLAIN or (1 < blanks < at - start and not k & FIGURE):
            return True
        blanks = 0
    return False


def may_be(codes: Any, signs: Any, start: int, end: int, inline: bool) -> bool:
    """Whether a line may hold a heading: true of all that `glance.may_be` takes, but for those in which nothing is found then."""
    first = start
    while kind(codes, signs, first, end) & (BEFORE | DASH):
        first += 1
    lead = kind(codes, signs, first, end)
    if not inline:
        if not lead & (TOP | DIGIT) and end - start > UNNUMBERED:
            return False
        words = leading(codes, signs, start, end)
        if otherwise(codes, signs, words, end) or untitled(codes, signs, words, end):
            return False
    if lead & TOP or names_head(codes, signs, start, end):
        return True
    return (inline or lead & DIGIT != 0) and joins(codes, signs, start, end)


def skim(codes: Any, signs: Any, found: Any) -> int:
    """Write where the lines stand that may hold a heading, and return how many."""
    n, start, inline = 0, 0, False
    for at in range(len(codes)):
        c = codes[at]
        if c == 0xA or c == 0xD:
            if at - start >= SHORTEST and may_be(codes, signs, start, at, inline and at - start > INLINE_FROM):
                found[n, 0], found[n, 1] = start, at
                n += 1
            start, inline = at + 1, False
        elif (c == 0x3001 or c == 0xFF0E or c == 0x2E) and not inline:
            inline = counts(codes, signs, start, at)
    return n

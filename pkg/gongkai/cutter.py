"""jieba's cut of texts into words as machine code: the same dictionary, the same routes through it, the same words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .compiled import ZERO, compiled
from .dictionary import ALNUM, BLOCK, FIRST_HAN, HAN, LATIN, Dictionary, kinds
from .trie import child
from .words import PIECE

KERNELS = ("child", "_route", "_hidden", "_unknown", "_singles", "_block", "_piece", "cut")
_POINT, _PERCENT, _RETURN, _NEWLINE = (ord(c) for c in ".%\r\n")


class Desk(NamedTuple):
    """Room to work in, for one piece: scores and ends of the best route, probabilities and origins of states, ends of words."""

    score: np.ndarray
    following: np.ndarray
    states: np.ndarray
    origins: np.ndarray
    ends: np.ndarray


def word_spans(
    words: Dictionary, codes: np.ndarray, begins: np.ndarray, ends: np.ndarray, *, whole: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the words of ranges of characters begin and end, and how many words there are up to the end of each range.

    Blanks and lone punctuation are left out, but not where `whole` is asked for.
    """
    most = int((ends - begins).sum())
    firsts, lasts, upto = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(len(begins), dtype=np.int64)
    desk = Desk(
        np.empty(PIECE + 1),
        np.empty(PIECE + 1, dtype=np.int64),
        np.empty((PIECE, 4)),
        np.zeros((PIECE, 4), dtype=np.int64),
        np.empty(PIECE, dtype=np.int64),
    )
    n = compiled("cutter").cut(codes, kinds(), begins, ends, words, desk, PIECE, whole, firsts, lasts, upto)
    return firsts[:n], lasts[:n], upto


def _route(codes: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk) -> None:
    """The likeliest words from each character on; of two equally likely ones the longer, as jieba takes them."""
    # Taken out of their tuples once, because each time costs as much as a step.
    edges, roots, share_of, shares, score = words.edges, words.roots, words.share_of, words.shares, desk.score
    score[b - a] = 0.0
    for i in range(b - 1, a - 1, -1):
        best, end, node = -np.inf, -1, np.int64(roots[codes[i]])
        j = i + 1
        while node > 0:
            which = share_of[node]
            if which:
                total = shares[which] + score[j - a]
                if total >= best:
                    best, end = total, j
            node = child(edges, node, codes[j]) if j < b else ZERO
            j += 1
        if end < 0:
            best, end = shares[0] + score[i + 1 - a], i + 1
        score[i - a] = best
        desk.following[i - a] = end


def _hidden(codes: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk, n: int) -> int:
    """Cut Chinese characters at the likeliest hidden states (Viterbi); appends the ends of words to `desk.ends`."""
    B, E, M, S = 0, 1, 2, 3
    c = codes[a] - FIRST_HAN
    for y in range(4):
        desk.states[0, y] = words.start[y] + words.emit[c, y]
    for t in range(1, b - a):
        c = codes[a + t] - FIRST_HAN
        # Of two equally likely states jieba takes that whose letter comes later.
        for y, p, q in ((B, E, S), (M, B, M), (S, E, S), (E, B, M)):
            u = desk.states[t - 1, p] + words.change[p, y] + words.emit[c, y]
            v = desk.states[t - 1, q] + words.change[q, y] + words.emit[c, y]
            desk.states[t, y] = v if v >= u else u
            desk.origins[t, y] = q if v >= u else p
    t = b - a - 1
    y = S if desk.states[t, S] >= desk.states[t, E] else E
    # The states are told from the end on, so that the ends of words are turned round.
    last = n
    for t in range(b - a - 1, -1, -1):
        if y in (E, S):
            desk.ends[last] = a + t + 1
            last += 1
        y = desk.origins[t, y]
    for t in range((last - n) // 2):
        desk.ends[n + t], desk.ends[last - 1 - t] = desk.ends[last - 1 - t], desk.ends[n + t]
    return last


def _unknown(codes: np.ndarray, kinds: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk, n: int) -> int:
    """Cut what the dictionary does not know: Chinese by its hidden states, numbers and Latin letters together."""
    p = a
    while p < b:
        q = p
        if kinds[codes[p]] & HAN:
            while q < b and kinds[codes[q]] & HAN:
                q += 1
            n = _hidden(codes, p, q, words, desk, n)
            p = q
            continue
        if kinds[codes[p]] & LATIN:
            while q < b and kinds[codes[q]] & LATIN:
                q += 1
            if q + 1 < b and codes[q] == _POINT and ord("0") <= codes[q + 1] <= ord("9"):
                q += 2
                while q < b and ord("0") <= codes[q] <= ord("9"):
                    q += 1
            if q < b and codes[q] == _PERCENT:
                q += 1
        else:
            while q < b and not kinds[codes[q]] & (HAN | LATIN):
                q += 1
        desk.ends[n] = p = q
        n += 1
    return n


def _singles(codes: np.ndarray, kinds: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk, n: int) -> int:
    """Cut a run of single characters that the route leaves."""
    if b - a > 1:
        node = ZERO
        for p in range(a, b):
            node = child(words.edges, node, codes[p])
            if node < 0:
                break
        if node < 0 or words.share_of[node] == 0:
            return _unknown(codes, kinds, a, b, words, desk, n)
    for p in range(a, b):
        desk.ends[n] = p + 1
        n += 1
    return n


def _block(codes: np.ndarray, kinds: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk, n: int) -> int:
    _route(codes, a, b, words, desk)
    p = held = a
    while p < b:
        q = desk.following[p - a]
        if q - p > 1:
            if held < p:
                n = _singles(codes, kinds, held, p, words, desk, n)
            desk.ends[n] = held = q
            n += 1
        p = q
    return _singles(codes, kinds, held, b, words, desk, n) if held < b else n


def _piece(codes: np.ndarray, kinds: np.ndarray, a: int, b: int, words: Dictionary, desk: Desk) -> int:
    """Write the ends of all words of a piece to `desk.ends`; returns how many there are."""
    p, n = a, ZERO
    while p < b:
        q = p + 1
        if kinds[codes[p]] & BLOCK:
            while q < b and kinds[codes[q]] & BLOCK:
                q += 1
            n = _block(codes, kinds, p, q, words, desk, n)
        else:
            if codes[p] == _RETURN and q < b and codes[q] == _NEWLINE:
                q += 1
            desk.ends[n] = q
            n += 1
        p = q
    return n


def cut(codes, kinds, begins, ends, words, desk, piece, whole, firsts, lasts, upto):
    """Write the spans of words of ranges of characters, cut piece by piece; see `word_spans`."""
    n = 0
    for i in range(len(begins)):
        for a in range(begins[i], ends[i], piece):
            p = a
            for j in range(_piece(codes, kinds, a, min(a + piece, ends[i]), words, desk)):
                q, kept = desk.ends[j], whole
                for r in range(p, q):
                    kept = kept or kinds[codes[r]] & ALNUM != 0
                if kept:
                    firsts[n], lasts[n] = p, q
                    n += 1
                p = q
        upto[i] = n
    return n

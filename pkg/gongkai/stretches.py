"""The stretch of a text that speaks most for a code, over arrays and over lists alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

KERNELS = ("best_run", "whole_words", "share", "_give", "stretches")
_LEAST = 2


def best_run(carried: Sequence[float] | np.ndarray, parts: Sequence[Any] | np.ndarray) -> tuple[int, int]:
    """Return the run within one clause whose sum over the clause's mean is greatest; (0, 0) where nothing speaks for the code.

    `carried` is what each character carries, `parts` the spans of clauses.

    >>> best_run([0.0, 3.0, 2.0, -1.0], [(0, 4)])
    (1, 3)
    """
    best, first, last = 0.0, 0, 0
    for part in parts:
        a, b = part[0], part[1]
        # Added up one by one, as machine code does it; `sum` of newer Pythons keeps track of the rounding.
        level = 0.0
        for i in range(a, b):
            level += carried[i]
        level = max(0.0, level / (b - a)) if b > a else 0.0
        total, begin = 0.0, a
        for i in range(a, b):
            if total <= 0:
                total, begin = 0.0, i
            total += carried[i] - level
            if total > best and i + 1 - begin >= _LEAST:
                best, first, last = total, begin, i + 1
    return first, last


def whole_words(begin: int, end: int, words: Sequence[Any] | np.ndarray) -> tuple[int, int]:
    """Widen a run to the words it touches, given as spans, without the punctuation at its ends."""
    first, last = -1, -1
    for word in words:
        if word[0] < end and word[1] > begin:
            first, last = word[0] if first < 0 else first, word[1]
    return (first, last) if first >= 0 else (begin, end)


def share(carried: Sequence[float] | np.ndarray, begin: int, end: int) -> float:
    """Return what a run carries of all that speaks for or against a code."""
    part = whole = 0.0
    for i in range(len(carried)):
        whole += abs(carried[i])
        if begin <= i < end:
            part += carried[i]
    return part / whole


def _give(steps, ends, first, last, weight):
    """Share out a weight among the characters of `[first, last)`."""
    each = np.float64(weight) / (last - first)
    steps[first] += each
    ends[last] += each


def stretches(characters, words, word_spans, bounds, clauses, upto, which, codes, of_characters, of_words, weights, out, shares):
    """Write the stretch of each text `which` for each of `codes`, and its share; one of no length where nothing speaks for it.

    `bounds` holds for each text `[a, b)` among characters and `[c, d)` among words; `word_spans` and `clauses` are places in their
    own text. Weights are added up in the order in which `evidence` does it.
    """
    most = 0
    for i in range(len(bounds)):
        most = max(most, bounds[i, 1] - bounds[i, 0])
    steps, ends = np.empty(most + 1), np.empty(most + 1)
    for i in range(len(which)):
        text = which[i]
        a, b, c, d = bounds[text]
        n = b - a
        steps[: n + 1] = 0.0
        ends[: n + 1] = 0.0
        code = codes[i]
        for k in range(min(of_characters.longest, n)):
            for p in range(a, b - k):
                column = of_characters.table[characters[p, k]]
                if column >= 0:
                    _give(steps, ends, p - a, p - a + k + 1, weights[column, code] * of_characters.idf[column])
        for k in range(min(of_words.longest, d - c)):
            for p in range(c, d - k):
                column = of_words.table[words[p, k]]
                if column >= 0:
                    weight = weights[column + of_words.offset, code] * of_words.idf[column]
                    _give(steps, ends, word_spans[p, 0], word_spans[p + k, 1], weight)
        level = 0.0
        for j in range(n):
            level += steps[j] - ends[j]
            steps[j] = level
        first, last = best_run(steps, clauses[upto[text - 1] if text else 0 : upto[text]])
        if last:
            first, last = whole_words(first, last, word_spans[c:d])
            shares[i] = share(steps[:n], first, last)
        out[i, 0], out[i, 1] = first, last

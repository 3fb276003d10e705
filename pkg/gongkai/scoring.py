"""The steps of TF-IDF and of linear models over arrays, in scikit-learn's order and precision, so that every bit is the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .compiled import ZERO

KERNELS = ("_place", "_gather", "_add", "clauses", "score", "parts", "rows")
# Where the only 1 of a 64-bit number stands, by the six bits that its product with de Bruijn's number begins with.
_BRUIJN = 0x03F79D71B4CB0A89
_PLACES = np.zeros(64, dtype=np.int64)
_PLACES[[(_BRUIJN << i & 0xFFFFFFFFFFFFFFFF) >> 58 for i in range(64)]] = range(64)


class Block(NamedTuple):
    """The columns of one vectorizer: those of each node (`table`), their weights, what all weigh, where they begin."""

    table: np.ndarray
    longest: int
    idf: np.ndarray
    weight: np.float32
    offset: int


class Desk(NamedTuple):
    """Room to work in: how often each column was met, a bit for each that was and for each 64 of these; all zero between uses."""

    counts: np.ndarray
    fine: np.ndarray
    coarse: np.ndarray


class Found(NamedTuple):
    """Columns and their values, one after the other."""

    columns: np.ndarray
    values: np.ndarray


def desk(*blocks: Block) -> Desk:
    """Return room to work in for vectorizers."""
    most = max(len(b.idf) for b in blocks)
    return Desk(np.zeros(most + 1, dtype=np.int32), np.zeros((most >> 6) + 1, dtype=np.uint64), np.zeros((most >> 12) + 1, dtype=np.uint64))


def found(most: int) -> Found:
    """Return room for columns and their values."""
    return Found(np.empty(most + 1, dtype=np.int64), np.empty(most + 1, dtype=np.float32))


def clauses(
    codes: np.ndarray, kinds: np.ndarray, stop: int, begins: np.ndarray, ends: np.ndarray, spans: np.ndarray, upto: np.ndarray
) -> int:
    """Write the spans of clauses, and how many there are up to the end of each text; returns how many there are in all."""
    n = 0
    for i in range(len(begins)):
        p, first = begins[i], n
        while p < ends[i]:
            while p < ends[i] and kinds[codes[p]] & stop:
                p += 1
            if p == ends[i]:
                break
            spans[n, 0] = p
            while p < ends[i] and not kinds[codes[p]] & stop:
                p += 1
            while p < ends[i] and kinds[codes[p]] & stop:
                p += 1
            spans[n, 1] = p
            n += 1
        if n == first:
            spans[n, 0], spans[n, 1] = begins[i], ends[i]
            n += 1
        upto[i] = n
    return n


def _place(bits: np.uint64) -> int:
    """The place of the lowest 1."""
    low = bits & (~bits + np.uint64(1))
    return _PLACES[np.int64((low * np.uint64(_BRUIJN)) >> np.uint64(58))]


def _gather(nodes: np.ndarray, a: int, b: int, block: Block, logs: np.ndarray, desk: Desk, found: Found, n: int) -> int:
    """Append the columns of the n-grams of a span in their order, with values of unit length; returns how many there are then."""
    one, six, m = np.uint64(1), np.int64(63), n
    for k in range(min(block.longest, b - a)):
        for p in range(a, b - k):
            # What is no n-gram has the root for its node, which knows no column.
            c = block.table[nodes[p, k]]
            found.columns[m] = c
            m += c >= 0
    for i in range(n, m):
        c = found.columns[i]
        desk.counts[c] += 1
        desk.fine[c >> 6] |= one << np.uint64(c & six)
        desk.coarse[c >> 12] |= one << np.uint64((c >> 6) & six)
    first, total = n, 0.0
    for i in range(len(desk.coarse)):
        words = desk.coarse[i]
        desk.coarse[i] = 0
        while words:
            j = (i << 6) + _place(words)
            words &= words - one
            bits = desk.fine[j]
            desk.fine[j] = 0
            while bits:
                c = (j << 6) + _place(bits)
                bits &= bits - one
                value = logs[desk.counts[c]] * block.idf[c]
                desk.counts[c] = 0
                total += np.float64(value * value)
                found.columns[n], found.values[n] = c + block.offset, value
                n += 1
    norm = np.sqrt(total)
    for i in range(first, n):
        found.values[i] = np.float32(found.values[i] / norm) * block.weight
    return n


def _add(found: Found, first: int, last: int, weights: np.ndarray, out: np.ndarray) -> None:
    """Add weighted rows to `out`, one after the other as scipy does, two in one pass."""
    i = first
    while i + 1 < last:
        v, w = found.values[i], found.values[i + 1]
        this, after = weights[found.columns[i]], weights[found.columns[i + 1]]
        for k in range(len(out)):
            out[k] = (out[k] + v * this[k]) + w * after[k]
        i += 2
    if i < last:
        v, this = found.values[i], weights[found.columns[i]]
        for k in range(len(out)):
            out[k] += v * this[k]


def score(characters, words, spans, of_characters, of_words, logs, weights, desk, found, sums, best):
    """Write the sums of weights of whole texts, and the greatest over the clauses of each; see `texts.Numbers` for the spans."""
    whole, clauses, upto = spans
    said = np.empty(sums.shape[1], dtype=np.float32)
    for i in range(len(whole)):
        first = upto[i - 1] if i else 0
        for j in range(first - 1, upto[i]):
            a, b, c, d = whole[i] if j < first else clauses[j]
            if j == first and a == whole[i, 0] and b == whole[i, 1]:
                best[i] = sums[i]
                break
            n = _gather(characters, a, b, of_characters, logs, desk, found, 0)
            n = _gather(words, c, d, of_words, logs, desk, found, n)
            said[:] = 0
            _add(found, 0, n, weights, said)
            if j < first:
                sums[i] = said
            elif j == first:
                best[i] = said
            else:
                for k in range(len(said)):
                    best[i, k] = max(best[i, k], said[k])


def parts(nodes, begins, ends, block, logs, desk, found, upto):
    """Write the columns of one part of the context for each text, and how many there are up to its end."""
    n = ZERO
    for i in range(len(begins)):
        n = _gather(nodes, begins[i], ends[i], block, logs, desk, found, n)
        upto[i] = n


def rows(which: np.ndarray, upto: np.ndarray, found: Found, weights: np.ndarray, out: np.ndarray) -> None:
    """Add to each row of `out` the part of the context that it has, `which`."""
    for i in range(len(which)):
        w = which[i]
        _add(found, upto[w - 1] if w else ZERO, upto[w], weights, out[i])

"""Texts that meet by what they share, compared until it is known which of them hang together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .alike import WIDTH, cosines, joined

# Pairs looked at together.
_PAIRS = 300_000
Ints = NDArray[np.int64]


class Grams:
    """The runs of characters of all texts, in files that are looked into where needed."""

    def __init__(self, folder: Path, offsets: Ints) -> None:
        self._folder, self._offsets = folder, offsets

    def of(self, ids: Ints) -> sparse.csr_matrix:
        """Return those of some texts, sorted by number."""
        part = np.searchsorted(self._offsets, ids, side="right") - 1
        pieces, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
        for p in np.unique(part).tolist():
            begin = np.load(self._folder / "grams" / f"{p}.begin.npy", mmap_mode="r")
            held = np.load(self._folder / "grams" / f"{p}.npy", mmap_mode="r")
            rows = ids[part == p] - self._offsets[p]
            first, size = begin[rows], begin[rows + 1] - begin[rows]
            pieces.append(held[np.arange(size.sum()) - np.repeat(np.cumsum(size) - size - first, size)])
            sizes.append(size)
        indices, begins = np.concatenate(pieces), np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int32)
        return sparse.csr_matrix((np.ones(len(indices), np.int32), indices, begins), shape=(len(ids), WIDTH))


class Meeting:
    """Texts that meet by runs of characters (an entry each time), and which of them were found to hang together."""

    def __init__(self, ids: Ints, local: Ints, place: Ints, size: Ints, least: float, held: Grams) -> None:
        self._ids, self._local, self._place, self._size, self._least, self._grams = ids, local, place, size, least, held
        self._found: Ints = np.arange(len(ids))
        self._pairs: list[tuple[Ints, Ints]] = [(ids[:0], ids[:0])]

    def pairs(self, run: Ints) -> tuple[Ints, Ints]:
        """Return the pairs by which the entries of each run hang together."""
        begin = np.flatnonzero(np.diff(run, prepend=-1))
        length = np.diff(begin, append=len(run))
        entry = np.arange(len(run))
        # Most of a run hang together by its first entry or by neighbours in size; what does need not be compared again.
        for other in (begin[run], np.maximum(entry - 1, begin[run])):
            for at in range(0, len(run), _PAIRS):
                self._join(other[at : at + _PAIRS], entry[at : at + _PAIRS], False)
        # Of each run all stay apart from each, but for those of its largest part among themselves.
        rest = np.flatnonzero(~self._of_largest(run))
        for some in blocks(rest, length[run[rest]]):
            counts = length[run[some]]
            others = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - begin[run[some]], counts)
            self._join(np.repeat(some, counts), others, True)
        left, right = zip(*self._pairs, strict=True)
        return np.concatenate(left), np.concatenate(right)

    def _of_largest(self, run: Ints) -> NDArray[np.bool_]:
        parts, inverse, counts = np.unique(run * max(1, len(self._ids)) + self._found[self._local], return_inverse=True, return_counts=True)
        runs = parts // max(1, len(self._ids))
        order = np.lexsort((-counts, runs))
        largest = np.zeros(len(parts), bool)
        largest[order[np.unique(runs[order], return_index=True)[1]]] = True
        return largest[inverse]

    def _join(self, a: Ints, b: Ints, met_first: bool) -> None:
        """Compare entries, and remember the pairs that hang together for the first time.

        Where a pair that is alike meets first, in the order of the runs, enough must be left behind for what it has in common.
        """
        apart = self._found[self._local[a]] != self._found[self._local[b]]
        a, b = a[apart], b[apart]
        n, m = self._size[a], self._size[b]
        keep = np.minimum(n, m) >= self._least**2 * np.maximum(n, m) - 1e-9
        if met_first:
            left = 1 + np.minimum(n - 1 - self._place[a], m - 1 - self._place[b])
            keep &= left >= self._least * np.sqrt(n * m) - 1e-6
        pairs = np.unique(np.sort(np.stack([self._local[a[keep]], self._local[b[keep]]], axis=1), axis=1), axis=0)
        if not len(pairs):
            return
        used, at = np.unique(pairs, return_inverse=True)
        left_of, right_of = at.reshape(-1, 2).T
        alike = pairs[cosines(self._grams.of(self._ids[used]), left_of, right_of) >= self._least - 1e-9]
        if len(alike):
            self._found = joined(self._found, alike[:, 0], alike[:, 1])
            self._pairs.append((self._ids[alike[:, 0]], self._ids[alike[:, 1]]))


def blocks(entries: Ints, work: Ints) -> Iterator[Ints]:
    """Yield entries in pieces of a bounded work, an entry at least."""
    done = np.concatenate([[0], np.cumsum(work)])
    start = 0
    while start < len(entries):
        end = max(start + 1, int(np.searchsorted(done, done[start] + _PAIRS, side="right")) - 1)
        yield entries[start:end]
        start = end

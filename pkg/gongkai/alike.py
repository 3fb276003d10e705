"""Texts that are nearly the same: clusters by shared runs of five characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

# The hashes there are.
WIDTH = 2**31 - 1
_BLOCK = 500
# Pairs whose cosine is computed at a time.
_PAIRS = 200_000


def similar_pairs(texts: Sequence[str], least: float = 0.6) -> Iterator[tuple[int, int, float]]:
    """Give the pairs of texts whose cosine over character 5-grams is at least `least` (0-1), as (i, j, cosine) with i < j.

    >>> list(similar_pairs(["进一步完善公开制度建设", "进一步完善公开制度建设。", "加强业务培训力度"]))[0][:2]
    (0, 1)
    """
    found = _renumbered(grams(texts))
    for rows, columns in _candidates(found, least):
        near = cosines(found, rows, columns)
        keep = near >= least - 1e-9
        yield from zip(rows[keep].tolist(), columns[keep].tolist(), near[keep].tolist(), strict=True)


def clusters(texts: Sequence[str], least: float = 0.6, keys: Sequence[object] | None = None) -> np.ndarray:
    """Return a cluster number for each text: texts that are alike, or that share a key (an office), end in one cluster.

    Texts need not be alike to each member of their cluster, only to one.
    """
    first: dict[object, int] = {}
    same = [(first.setdefault(key, i), i) for i, key in enumerate(keys if keys is not None else ())]
    links = np.array(same, dtype=np.int64).reshape(-1, 2)
    found = joined(np.arange(len(texts)), links[:, 0], links[:, 1])
    held = _renumbered(grams(texts))
    for rows, columns in _candidates(held, least):
        # What is joined already need not be compared.
        apart = found[rows] != found[columns]
        rows, columns = rows[apart], columns[apart]
        keep = cosines(held, rows, columns) >= least - 1e-9
        if keep.any():
            found = joined(found, rows[keep], columns[keep])
    return found


def joined(found: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the cluster numbers after more pairs, in the order of each cluster's first text."""
    n = int(found.max(initial=-1)) + 1
    graph = sparse.coo_matrix((np.ones(len(rows)), (found[rows], found[columns])), shape=(n, n))
    return connected_components(graph, directed=False)[1][found] if n else found


def grams(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return the character 5-grams of texts, texts × hashes: ones, in the order of the hashes."""
    hashing = HashingVectorizer(analyzer="char", ngram_range=(5, 5), n_features=WIDTH, alternate_sign=False, binary=True, norm=None)
    return hashing.transform(texts) if len(texts) else sparse.csr_matrix((0, WIDTH))


def _renumbered(found: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same without the columns that hold nothing."""
    columns, indices = np.unique(found.indices, return_inverse=True)
    return sparse.csr_matrix((found.data, indices.astype(np.int32), found.indptr), shape=(found.shape[0], max(1, len(columns))))


def heads(sizes: np.ndarray, least: float) -> np.ndarray:
    """Return how many grams of texts of so many must be looked at, in any one order for all, for no pair of `least` to be missed.

    Two texts of n and m grams reach it only with least·√(nm) common grams, which is at least least²·n; so of the n grams the first
    n - least²·n + 1 must meet (prefix filtering: Bayardo, Ma & Srikant 2007).
    """
    return sizes - np.ceil(least**2 * sizes - 1e-9) + 1


def _candidates(found: sparse.csr_matrix, least: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give, block by block, all pairs (i < j) that can reach a cosine of `least`, in order; the rarest grams are looked at."""
    sizes = np.diff(found.indptr)
    rarity = np.argsort(np.argsort(np.bincount(found.indices, minlength=found.shape[1]), kind="stable"), kind="stable")
    owner = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((rarity[found.indices], owner))
    place = np.arange(len(owner)) - np.repeat(found.indptr[:-1], sizes)
    first = order[place < heads(sizes, least)[owner]]
    shape = found.shape
    rare = sparse.csr_matrix((np.ones(len(first), dtype=np.int32), (owner[first], found.indices[first])), shape=shape)
    meeting = rare.T.tocsr()
    for begin in range(0, len(sizes), _BLOCK):
        near = (rare[begin : begin + _BLOCK] @ meeting).tocsr()
        near.sort_indices()
        rows, columns = np.repeat(np.arange(begin, begin + near.shape[0]), np.diff(near.indptr)), near.indices
        # The shorter of the two can hold no more common grams than it has.
        keep = (rows < columns) & (np.minimum(sizes[rows], sizes[columns]) >= least**2 * np.maximum(sizes[rows], sizes[columns]) - 1e-9)
        yield rows[keep], columns[keep]


def cosines(grams: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the cosines of pairs of texts."""
    sizes = np.diff(grams.indptr)
    common = [
        np.asarray(grams[rows[at : at + _PAIRS]].multiply(grams[columns[at : at + _PAIRS]]).sum(axis=1)).ravel()
        for at in range(0, len(rows), _PAIRS)
    ]
    return np.concatenate([*common, np.zeros(0)]) / np.sqrt(sizes[rows].astype(float) * sizes[columns])

"""Texts that are nearly the same: clusters by shared runs of five characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

_BLOCK = 500
# Pairs whose cosine is computed at a time.
_PAIRS = 200_000


def similar_pairs(texts: Sequence[str], least: float = 0.6) -> Iterator[tuple[int, int, float]]:
    """Give the pairs of texts whose cosine over character 5-grams is at least `least` (0-1), as (i, j, cosine) with i < j.

    >>> list(similar_pairs(["进一步完善公开制度建设", "进一步完善公开制度建设。", "加强业务培训力度"]))[0][:2]
    (0, 1)
    """
    grams = _grams(texts)
    for rows, columns in _candidates(grams, least):
        cosines = _cosines(grams, rows, columns)
        keep = cosines >= least - 1e-9
        yield from zip(rows[keep].tolist(), columns[keep].tolist(), cosines[keep].tolist(), strict=True)


def clusters(texts: Sequence[str], least: float = 0.6, keys: Sequence[object] | None = None) -> np.ndarray:
    """Return a cluster number for each text: texts that are alike, or that share a key (an office), end in one cluster.

    Texts need not be alike to each member of their cluster, only to one.
    """
    first: dict[object, int] = {}
    same = [(first.setdefault(key, i), i) for i, key in enumerate(keys if keys is not None else ())]
    links = np.array(same, dtype=np.int64).reshape(-1, 2)
    found = _joined(np.arange(len(texts)), links[:, 0], links[:, 1])
    grams = _grams(texts)
    for rows, columns in _candidates(grams, least):
        # What is joined already need not be compared.
        apart = found[rows] != found[columns]
        rows, columns = rows[apart], columns[apart]
        keep = _cosines(grams, rows, columns) >= least - 1e-9
        if keep.any():
            found = _joined(found, rows[keep], columns[keep])
    return found


def _joined(found: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The cluster numbers after more pairs, in the order of each cluster's first text."""
    n = int(found.max(initial=-1)) + 1
    graph = sparse.coo_matrix((np.ones(len(rows)), (found[rows], found[columns])), shape=(n, n))
    return connected_components(graph, directed=False)[1][found] if n else found


def _grams(texts: Sequence[str]) -> sparse.csr_matrix:
    hashing = HashingVectorizer(analyzer="char", ngram_range=(5, 5), n_features=2**20, alternate_sign=False, binary=True, norm=None)
    return hashing.transform(texts) if len(texts) else sparse.csr_matrix((0, 1))


def _candidates(grams: sparse.csr_matrix, least: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give, block by block, all pairs (i < j) that can reach a cosine of `least`, in order.

    Two texts of n and m grams reach it only with least·√(nm) common grams, which is at least least²·n; so of the n grams, in one order
    for all texts, the first n - least²·n + 1 must meet (prefix filtering: Bayardo, Ma & Srikant 2007). The order is the rarest first.
    """
    sizes = np.diff(grams.indptr)
    rarity = np.argsort(np.argsort(np.bincount(grams.indices, minlength=grams.shape[1]), kind="stable"), kind="stable")
    owner = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((rarity[grams.indices], owner))
    place = np.arange(len(owner)) - np.repeat(grams.indptr[:-1], sizes)
    first = order[place < (sizes - np.ceil(least**2 * sizes - 1e-9) + 1)[owner]]
    shape = grams.shape
    heads = sparse.csr_matrix((np.ones(len(first), dtype=np.int32), (owner[first], grams.indices[first])), shape=shape)
    meeting = heads.T.tocsr()
    for begin in range(0, len(sizes), _BLOCK):
        near = (heads[begin : begin + _BLOCK] @ meeting).tocsr()
        near.sort_indices()
        rows, columns = np.repeat(np.arange(begin, begin + near.shape[0]), np.diff(near.indptr)), near.indices
        # The shorter of the two can hold no more common grams than it has.
        keep = (rows < columns) & (np.minimum(sizes[rows], sizes[columns]) >= least**2 * np.maximum(sizes[rows], sizes[columns]) - 1e-9)
        yield rows[keep], columns[keep]


def _cosines(grams: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    sizes = np.diff(grams.indptr)
    common = [
        np.asarray(grams[rows[at : at + _PAIRS]].multiply(grams[columns[at : at + _PAIRS]]).sum(axis=1)).ravel()
        for at in range(0, len(rows), _PAIRS)
    ]
    return np.concatenate([*common, np.zeros(0)]) / np.sqrt(sizes[rows].astype(float) * sizes[columns])

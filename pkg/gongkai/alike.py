"""Texts that are nearly the same: clusters by shared runs of five characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import HashingVectorizer

_BLOCK = 500


def similar_pairs(texts: Sequence[str], least: float = 0.6) -> Iterator[tuple[int, int, float]]:
    """Give the pairs of texts whose cosine over character 5-grams is at least `least` (0-1), as (i, j, cosine) with i < j.

    >>> list(similar_pairs(["进一步完善公开制度建设", "进一步完善公开制度建设。", "加强业务培训力度"]))[0][:2]
    (0, 1)
    """
    grams = HashingVectorizer(analyzer="char", ngram_range=(5, 5), n_features=2**20, alternate_sign=False, binary=True).transform(texts)
    for begin in range(0, len(texts), _BLOCK):
        near = (grams[begin : begin + _BLOCK] @ grams.T).tocoo()
        keep = (near.data >= least) & (near.row + begin < near.col)
        rows, columns, values = near.row[keep] + begin, near.col[keep], near.data[keep]
        for k in np.lexsort((columns, rows)):
            yield int(rows[k]), int(columns[k]), float(values[k])


def clusters(texts: Sequence[str], least: float = 0.6, keys: Sequence[object] | None = None) -> np.ndarray:
    """Return a cluster number for each text: texts that are alike, or that share a key (an office), end in one cluster."""
    pairs = [(i, j) for i, j, _ in similar_pairs(texts, least)]
    first: dict[object, int] = {}
    for i, key in enumerate(keys if keys is not None else ()):
        pairs.append((first.setdefault(key, i), i))
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    graph = sparse.coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(texts), len(texts)))
    return connected_components(graph, directed=False)[1]

"""Exact look-up of runs of symbols (characters, words): a trie whose edges lie in one hash table of packed 64-bit keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .compiled import ZERO, compiled

KERNELS = ("child", "grow", "find", "grams")
# An edge is its parent, a symbol and its child, 21 bits each: as many as a character has.
SYMBOL_BITS = 21
# Fibonacci hashing: 2^64 over the golden ratio.
_SPREAD = 0x9E3779B97F4A7C15


def trie(symbols: np.ndarray, ends: np.ndarray, least: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a trie of the runs that `ends` cuts `symbols` into, and the node of each run; `least` are reckoned with.

    The root is node 0, the others are numbered as they come: runs that are often looked for had better come first. Raises ValueError
    for more nodes than an edge can hold.

    >>> edges, nodes = trie(codes_of(["政务", "政"]), np.array([2, 3]))
    >>> nodes.tolist()
    [2, 1]
    """
    size = 1 << max(16, 2 * least, len(ends)).bit_length()
    while size <= 2 << SYMBOL_BITS:
        edges = np.zeros(size, dtype=np.int64)
        nodes = np.empty(len(ends), dtype=np.int32)
        if compiled("trie").grow(edges, symbols, ends, nodes):
            return edges, nodes
        size *= 2
    raise ValueError(f"more than {1 << SYMBOL_BITS} n-grams; set max_features")


def codes_of(texts: Sequence[str]) -> np.ndarray:
    """Return the characters of texts as one array of numbers."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.int32).copy()


def bounds_of(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text begins and ends in `codes_of`."""
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    ends = np.cumsum(sizes)
    return ends - sizes, ends


def nodes_of(edges: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, longest: int) -> np.ndarray:
    """Return the nodes of the n-grams that begin at each symbol of ranges, `(n, longest)`; 0 where there is none."""
    nodes = np.empty((len(symbols), longest), dtype=np.int32)
    compiled("trie").grams(edges, symbols, begins, ends, nodes)
    return nodes


def child(edges: np.ndarray, node: Any, symbol: int) -> Any:
    """The child of a node, or, where there is none, the free place for the edge to it, below 0: -1 for the first."""
    key = (node << SYMBOL_BITS) | symbol
    mask = len(edges) - 1
    at = np.int64((np.uint64(key) * np.uint64(_SPREAD)) >> np.uint64(24)) & mask
    # A place that is free holds 0, which is no edge, since no child is the root.
    while edges[at]:
        if edges[at] >> SYMBOL_BITS == key:
            return edges[at] & ((1 << SYMBOL_BITS) - 1)
        at = (at + 1) & mask
    return -1 - at


def grow(edges: np.ndarray, symbols: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> bool:
    """Add runs; False where the table is too small."""
    begin, last = 0, 0
    for i in range(len(ends)):
        node = ZERO
        for p in range(begin, ends[i]):
            after = child(edges, node, symbols[p])
            if after < 0:
                last += 1
                if 2 * last >= len(edges):
                    return False
                edges[-1 - after] = (((node << SYMBOL_BITS) | symbols[p]) << SYMBOL_BITS) | last
                after = last
            node = after
        nodes[i] = node
        begin = ends[i]
    return True


def find(edges: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> None:
    """Write the node of each whole run, 0 where there is none."""
    for i in range(len(begins)):
        node = ZERO
        for p in range(begins[i], ends[i]):
            node = child(edges, node, symbols[p])
            if node < 0:
                break
        nodes[i] = max(node, 0)


def grams(edges: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> None:
    """Write the nodes of the n-grams that begin at each symbol, within the runs."""
    high = nodes.shape[1]
    for i in range(len(begins)):
        for p in range(begins[i], ends[i]):
            node, k = ZERO, 0
            while k < high and p + k < ends[i]:
                node = child(edges, node, symbols[p + k])
                if node < 0:
                    break
                nodes[p, k] = node
                k += 1
            while k < high:
                nodes[p, k] = 0
                k += 1

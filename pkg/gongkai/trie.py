"""Exact look-up of runs of symbols (characters, words): a trie whose edges lie in one hash table of packed 64-bit keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .compiled import compiled

KERNELS = ("child", "grow", "find", "grams")
# A key is its parent's place and a symbol of 21 bits, as many as a character has.
SYMBOL_BITS = 21
# Fibonacci hashing: 2^64 over the golden ratio.
_SPREAD = 0x9E3779B97F4A7C15


def trie(symbols: np.ndarray, ends: np.ndarray, least: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of a trie of the runs that `ends` cuts `symbols` into, and the node of each run; `least` nodes are reckoned with.

    A node is the place of the edge that leads to it, the root is -1.

    >>> keys, nodes = trie(codes_of(["政", "政务"]), np.array([1, 3]))
    >>> len(set(nodes.tolist()))
    2
    """
    size = 1 << max(16, 2 * least, len(ends)).bit_length()
    while True:
        keys = np.full(size, -1, dtype=np.int64)
        nodes = np.empty(len(ends), dtype=np.int32)
        if compiled("trie").grow(keys, symbols, ends, nodes):
            return keys, nodes
        size *= 2


def codes_of(texts: Sequence[str]) -> np.ndarray:
    """Return the characters of texts as one array of numbers."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.int32).copy()


def bounds_of(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return where each text begins and ends in `codes_of`."""
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    ends = np.cumsum(sizes)
    return ends - sizes, ends


def nodes_of(keys: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, longest: int) -> np.ndarray:
    """Return the nodes of the n-grams that begin at each symbol of ranges, `(n, longest)`; -1 where there is none."""
    nodes = np.empty((len(symbols), longest), dtype=np.int32)
    compiled("trie").grams(keys, symbols, begins, ends, nodes)
    return nodes


def child(keys: np.ndarray, node: int, symbol: int) -> Any:
    """The place of an edge, or, where there is none, the free place for it less 2^40."""
    key = ((node + 1) << SYMBOL_BITS) | symbol
    mask = len(keys) - 1
    at = np.int64((np.uint64(key) * np.uint64(_SPREAD)) >> np.uint64(24)) & mask
    while keys[at] != key:
        if keys[at] < 0:
            return at - (1 << 40)
        at = (at + 1) & mask
    return at


def grow(keys: np.ndarray, symbols: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> bool:
    """Add runs; False where the table is too small."""
    begin, room = 0, len(keys) // 2
    for i in range(len(ends)):
        node = -1
        for p in range(begin, ends[i]):
            at = child(keys, node, symbols[p])
            if at < 0:
                at += 1 << 40
                keys[at] = ((node + 1) << SYMBOL_BITS) | symbols[p]
                room -= 1
                if room < 0:
                    return False
            node = at
        nodes[i] = node
        begin = ends[i]
    return True


def find(keys: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> None:
    """Write the node of each whole run, -1 where there is none."""
    for i in range(len(begins)):
        node = -1
        for p in range(begins[i], ends[i]):
            node = child(keys, node, symbols[p])
            if node < 0:
                break
        nodes[i] = max(node, -1)


def grams(keys: np.ndarray, symbols: np.ndarray, begins: np.ndarray, ends: np.ndarray, nodes: np.ndarray) -> None:
    """Write the nodes of the n-grams that begin at each symbol, within the runs; symbols below 0 are in none.

    `nodes` is `(symbols, longest)`, -1 where there is none.
    """
    high = nodes.shape[1]
    for i in range(len(begins)):
        for p in range(begins[i], ends[i]):
            node, k = -1, 0
            while k < high and p + k < ends[i] and symbols[p + k] >= 0:
                node = child(keys, node, symbols[p + k])
                if node < 0:
                    break
                nodes[p, k] = node
                k += 1
            while k < high:
                nodes[p, k] = -1
                k += 1

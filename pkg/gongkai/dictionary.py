"""What jieba knows, as arrays: its words, its hidden states, its kinds of characters."""

from __future__ import annotations

from functools import cache
from math import log
from typing import Any, NamedTuple

import numpy as np

from .trie import bounds_of, codes_of, nodes_of, trie
from .words import STOPS

ALNUM, STOP, LATIN, HAN, BLOCK = 1, 2, 4, 8, 16
# As jieba has them.
FIRST_HAN, LAST_HAN = 0x4E00, 0x9FD5
_NEVER = -3.14e100


class Dictionary(NamedTuple):
    """jieba's tables: the trie of words, which of `shares` (log shares of all words) each node has, and the hidden states B E M S.

    `roots` has the node of each character that a word begins with, 0 where there is none, for the look-up that is made most.
    A node whose `share_of` is 0 is no word; `shares[0]` is what a character costs that no word begins with.
    """

    edges: np.ndarray
    roots: np.ndarray
    share_of: np.ndarray
    shares: np.ndarray
    start: np.ndarray
    change: np.ndarray
    emit: np.ndarray


def dictionary(words: Any) -> Dictionary:
    """Return the tables of a jieba tokenizer.

    Raises ValueError for a dictionary that lacks the beginnings of its words.
    """
    from jieba import finalseg

    # Frequent words first, whose nodes then lie side by side.
    known = sorted(words.FREQ, key=words.FREQ.__getitem__, reverse=True)
    edges, nodes = trie(codes_of(known), bounds_of(known)[1], len(known))
    if nodes.max() != len(known):
        raise ValueError("jieba's dictionary lacks the beginnings of some of its words; load it with jieba's own functions")
    roots = np.zeros(0x110000, dtype=np.int32)
    firsts = list({w[0] for w in known})
    one = np.arange(len(firsts))
    roots[codes_of(firsts)] = nodes_of(edges, codes_of(firsts), one, one + 1, 1)[:, 0]
    total, counts = log(words.total), sorted(set(words.FREQ.values()) - {0})
    place = {0: 0} | {n: i for i, n in enumerate(counts, 1)}
    share_of = np.zeros(len(known) + 1, dtype=np.uint16 if len(counts) < 1 << 16 else np.uint32)
    share_of[nodes] = [place[words.FREQ[w]] for w in known]
    shares = np.array([0.0 - total, *(log(n) - total for n in counts)])
    states = "BEMS"
    start = np.array([finalseg.start_P[s] for s in states])
    change = np.array([[finalseg.trans_P[s].get(t, _NEVER) for t in states] for s in states])
    emit = np.full((LAST_HAN + 1 - FIRST_HAN, len(states)), _NEVER)
    for n, s in enumerate(states):
        for c, p in finalseg.emit_P[s].items():
            if FIRST_HAN <= ord(c) <= LAST_HAN:
                emit[ord(c) - FIRST_HAN, n] = p
    return Dictionary(edges, roots, share_of, shares, start, change, emit)


@cache
def kinds() -> np.ndarray:
    """Return what kind of character each code is, as sums of ALNUM, STOP, LATIN, HAN and BLOCK."""
    found = np.zeros(0x110000, dtype=np.uint8)
    # Beyond the fourth plane there are no letters and no digits.
    found[[i for i, c in enumerate(map(chr, range(0x40000))) if c.isalnum()]] = ALNUM
    latin = [i for i in range(128) if found[i] & ALNUM]
    found[latin] |= LATIN | BLOCK
    found[[ord(c) for c in "+#&._%-"]] |= BLOCK
    found[[ord(c) for c in STOPS]] |= STOP
    found[FIRST_HAN : LAST_HAN + 1] |= HAN | BLOCK
    return found

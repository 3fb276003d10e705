"""A fitted coder as flat arrays: from n-gram to column to weights, for every part of a statement at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from .features import PLACE, WEIGHTS, word_list
from .scoring import Block
from .trie import bounds_of, codes_of, trie

_CONTEXT = ("label", "title", "before", "after")


class CannotCompile(Exception):
    """What keeps a coder with scikit-learn."""


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """The arrays of a coder: tries of n-grams, the columns of their nodes, the weights of these.

    `characters` is the trie of all n-grams of characters, of the statement and of its context; each block has a table of its columns by
    node, -1 where it does not know the n-gram. `spellings` is the trie of single words, whose nodes are the symbols of `phrases`, the
    trie of runs of words. `weights` are those of roles and then of themes, `(columns of a text, codes)`, and `beside` those of roles
    over the context, in which the place begins at `place` (-1 where it is not looked at); both are filled up with zeros to eight codes
    or a multiple.
    """

    characters: np.ndarray
    spellings: np.ndarray
    phrases: np.ndarray
    of_characters: Block
    of_words: Block
    parts: dict[str, Block]
    place: int
    weights: np.ndarray
    beside: np.ndarray

    @property
    def longest(self) -> int:
        """The most characters that an n-gram has, of the statement or its context."""
        return max(self.of_characters.longest, *(b.longest for b in self.parts.values()), 1)

    @property
    def size(self) -> int:
        """How many bytes the arrays take."""
        blocks = (self.of_characters, self.of_words, *self.parts.values())
        own = sum(b.idf.nbytes + b.table.nbytes for b in blocks)
        return own + sum(a.nbytes for a in (self.characters, self.spellings, self.phrases, self.weights, self.beside))


def flat(coder: Any) -> Flat:
    """Return the arrays of a fitted StatementCoder.

    Raises CannotCompile for vectorizers that do more than gongkai's own.
    """
    text, beside = coder.text_.vectorizers_, coder.context_.vectorizers_
    for name, v in (*text.items(), *beside.items()):
        _check(name, v)
    if list(text) not in (["characters", "words"], ["characters"], ["words"]) or not set(beside) <= set(_CONTEXT):
        raise CannotCompile(f"features of {', '.join([*text, *beside])}")
    n, width = len(coder.roles_), coder.theme_coef_.shape[1]
    sizes = np.cumsum([0, *(len(v.vocabulary_) for v in beside.values())]).tolist()
    if coder.role_coef_.dtype != np.float32 or coder.theme_coef_.dtype != np.float32:
        raise CannotCompile("weights of another kind than 32-bit numbers")
    if coder.role_coef_.shape != (n, width + sizes[-1] + (len(PLACE) if coder.place else 0)):
        raise CannotCompile("weights of another shape than its features")
    characters, table = _over_characters([text.get("characters"), *beside.values()])
    spellings, phrases, word_table = _over_words(text.get("words"))
    of_characters = _block(text.get("characters"), table, 0, 1.0, 0)
    return Flat(
        characters,
        spellings,
        phrases,
        of_characters,
        _block(text.get("words"), word_table, 0, 1.0, len(of_characters.idf)),
        {p: _block(v, table, i, WEIGHTS[p], sizes[i - 1]) for i, (p, v) in enumerate(beside.items(), 1)},
        sizes[-1] if coder.place else -1,
        _filled(np.vstack([coder.role_coef_[:, :width], coder.theme_coef_])),
        _filled(coder.role_coef_[:, width:]),
    )


def _block(v: TfidfVectorizer | None, table: np.ndarray, at: int, weight: float, offset: int) -> Block:
    if v is None:
        return Block(table[at], 0, np.zeros(0, dtype=np.float32), np.float32(weight), offset)
    return Block(table[at], v.ngram_range[1], np.ascontiguousarray(v.idf_), np.float32(weight), offset)


def _check(name: str, v: TfidfVectorizer) -> None:
    usual = {"sublinear_tf": True, "lowercase": False, "norm": "l2", "use_idf": True, "smooth_idf": True, "binary": False}
    usual |= {"strip_accents": None, "preprocessor": None, "stop_words": None, "analyzer": "char", "tokenizer": None}
    if name == "words":
        usual |= {"analyzer": "word", "tokenizer": word_list}
    if other := [k for k, value in usual.items() if getattr(v, k) != value]:
        raise CannotCompile(f"the vectorizer of {name} has another {', '.join(other)} than gongkai's")
    if v.idf_.dtype != np.float32:
        raise CannotCompile(f"the vectorizer of {name} weighs in {v.idf_.dtype}")
    lengths = {g.count(" ") + 1 for g in v.vocabulary_} if name == "words" else set(map(len, v.vocabulary_))
    if not lengths <= set(range(max(1, v.ngram_range[0]), v.ngram_range[1] + 1)):
        raise CannotCompile(f"the vocabulary of {name} has n-grams outside of its range")


def _filled(coef: np.ndarray) -> np.ndarray:
    """Weights with a row for each column of the features and zeros up to a multiple of eight codes."""
    out = np.zeros((coef.shape[1], -(-len(coef) // 8) * 8), dtype=np.float32)
    out[:, : len(coef)] = coef.T
    return out


def _over_characters(vectorizers: list[TfidfVectorizer | None]) -> tuple[np.ndarray, np.ndarray]:
    grams = [g for v in vectorizers if v for g in _often_first(v)]
    edges, nodes = trie(codes_of(grams), bounds_of(grams)[1])
    table = np.full((len(vectorizers), _size(nodes)), -1, dtype=np.int32)
    at = 0
    for i, v in enumerate(vectorizers):
        if v:
            table[i, nodes[at : at + len(v.vocabulary_)]] = [v.vocabulary_[g] for g in _often_first(v)]
            at += len(v.vocabulary_)
    return edges, table


def _over_words(vectorizer: TfidfVectorizer | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    grams = _often_first(vectorizer) if vectorizer else []
    runs = [g.split(" ") for g in grams]
    known = list(dict.fromkeys(w for run in runs for w in run))
    if not all(known):
        raise CannotCompile("the vocabulary of words has an empty word")
    spellings, nodes = trie(codes_of(known), bounds_of(known)[1])
    symbol = dict(zip(known, nodes.tolist(), strict=True))
    symbols = np.array([symbol[w] for run in runs for w in run], dtype=np.int32)
    phrases, places = trie(symbols, np.cumsum([len(run) for run in runs], dtype=np.int64))
    table = np.full((1, _size(places)), -1, dtype=np.int32)
    if vectorizer:
        table[0, places] = [vectorizer.vocabulary_[g] for g in grams]
    return spellings, phrases, table


def _often_first(v: TfidfVectorizer) -> list[str]:
    """The n-grams of a vectorizer, those of most texts first, so that their nodes lie side by side in memory."""
    idf = v.idf_
    return sorted(v.vocabulary_, key=lambda g: idf[v.vocabulary_[g]])


def _size(nodes: np.ndarray) -> int:
    """How many nodes a trie has, from those of its runs, all of which but the root are on the way to one."""
    return int(nodes.max(initial=0)) + 1

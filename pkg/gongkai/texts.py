"""Texts as numbers for the flat scorer: their characters, clauses and words, and the nodes of their n-grams."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .compiled import compiled
from .cutter import word_spans
from .dictionary import STOP, Dictionary, kinds
from .flat import Flat
from .trie import bounds_of, codes_of, nodes_of
from .words import PIECE

# As scikit-learn takes blanks together.
_BLANKS = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Texts as numbers; every `(n, 4)` array of spans holds `[a, b)` among the characters and `[c, d)` among the words.

    `characters` and `words` are the nodes of the n-grams that begin at each character and each word, `(n, longest)`.
    `clauses` are the spans of clauses, `upto` how many there are up to the end of each text; none where they were not asked for.
    `word_spans` are the places of words among the characters, and `as_given` is False where runs of blanks were taken together, so
    that the characters are not those of the texts.
    """

    characters: np.ndarray
    words: np.ndarray
    whole: np.ndarray
    clauses: np.ndarray
    upto: np.ndarray
    word_spans: np.ndarray
    as_given: bool


@dataclass(frozen=True, slots=True)
class Words:
    """The words of texts, `[begins, ends)` among the characters of all, and the nodes of their n-grams."""

    begins: np.ndarray
    ends: np.ndarray
    nodes: np.ndarray


def numbers(flat: Flat, dictionary: Dictionary | None, texts: list[str], by_clause: bool) -> Numbers:
    """Return texts as numbers; without a dictionary they have no words."""
    codes = codes_of(texts)
    begins, ends = bounds_of(texts)
    spans, clauses_upto = (
        clause_spans(codes, begins, ends) if by_clause else (np.zeros((0, 2), dtype=np.int64), np.zeros(len(texts), dtype=np.int64))
    )
    words, places = np.zeros((0, 1), dtype=np.int32), np.zeros((0, 2), dtype=np.int64)
    of_whole, of_clauses = np.zeros((len(texts), 2), dtype=np.int64), np.zeros(spans.shape, dtype=np.int64)
    if dictionary is not None:
        # jieba takes a long text piece by piece, so that its clauses cut by themselves may have other words.
        far = np.flatnonzero(np.repeat(ends - begins > PIECE, np.diff(clauses_upto, prepend=0)))
        found, upto = words_in(flat, dictionary, codes, np.r_[begins, spans[far, 0]], np.r_[ends, spans[far, 1]])
        words, places = found.nodes, np.column_stack([found.begins, found.ends])
        since, n = np.r_[0, upto[:-1]], len(texts)
        of_whole = np.column_stack([since[:n], upto[:n]])
        own = found.begins[: upto[n - 1]]
        of_clauses = np.searchsorted(own, spans)
        of_clauses[far] = np.column_stack([since[n:], upto[n:]])
    plain = with_single_blanks(texts)
    if plain is not texts:
        codes = codes_of(plain)
        begins, ends = bounds_of(plain)
        if by_clause:
            spans, _ = clause_spans(codes, begins, ends)
    characters = nodes_of(flat.characters, codes, begins, ends, flat.longest)
    whole = np.column_stack([begins, ends, of_whole])
    return Numbers(characters, words, whole, np.hstack([spans, of_clauses]), clauses_upto, places, plain is texts)


def with_single_blanks(texts: list[str]) -> list[str]:
    """Return texts with each run of blanks as one, the list itself where there is none."""
    return [_BLANKS.sub(" ", t) for t in texts] if _BLANKS.search("".join(texts)) else texts


def words_in(flat: Flat, dictionary: Dictionary, codes: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> tuple[Words, np.ndarray]:
    """Return the words of ranges of characters, and how many there are up to the end of each range."""
    firsts, lasts, upto = word_spans(dictionary, codes, begins, ends)
    symbols = np.empty(len(firsts), dtype=np.int32)
    compiled("trie").find(flat.spellings, codes, firsts, lasts, symbols)
    return Words(firsts, lasts, nodes_of(flat.phrases, symbols, np.r_[0, upto[:-1]], upto, max(1, flat.of_words.longest))), upto


def clause_spans(codes: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spans of the clauses of texts, and how many there are up to the end of each text; see `features.clauses`."""
    spans, upto = np.empty((len(codes) + len(begins), 2), dtype=np.int64), np.empty(len(begins), dtype=np.int64)
    n = compiled("scoring").clauses(codes, kinds(), STOP, begins, ends, spans, upto)
    return spans[:n], upto

"""Which characters of a statement carried a code: the n-grams that weigh for it, put back on their places."""

from __future__ import annotations

from difflib import SequenceMatcher

import numpy as np

from .features import clauses, strip_enumerators
from .model import StatementCoder
from .records import Evidence, Statement
from .repair import repair
from .words import words

_LEAST = 2


def evidence(coder: StatementCoder, source: str, statement: Statement, codes: tuple[str, ...]) -> tuple[Evidence, ...]:
    """Return, for each code, the stretch of the source that speaks most for it; a code without any gets none.

    Every n-gram's weight is shared out among its characters; the stretch is the run with the greatest sum over the mean.
    """
    at = strip_enumerators(statement.text)
    bare = statement.text[at:]
    ones = [(w, a, a + len(w)) for w, a in words(bare)]
    columns, begins, ends, idf = _ngrams(coder, bare, ones)
    if not len(columns):
        return ()
    places = _source_places(source, statement)
    parts = clauses(bare)
    n = len(coder.roles_)
    order = list(coder.classes_)
    found = []
    for code in codes:
        i = order.index(code)
        weights = coder.role_coef_[i] if i < n else coder.theme_coef_[i - n]
        each = weights[columns] * idf / (ends - begins)
        steps = np.bincount(begins, each, len(bare) + 1) - np.bincount(ends, each, len(bare) + 1)
        carried = np.cumsum(steps)[: len(bare)]
        if run := _best_run(carried.tolist(), parts):
            begin, end = _whole_words(run, ones)
            share = float(carried[begin:end].sum()) / float(np.abs(carried).sum())
            found.append(Evidence(code, places[at + begin][0], places[at + end - 1][1], round(share, 4)))
    return tuple(found)


def _ngrams(coder: StatementCoder, text: str, ones: list[tuple[str, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns of the known n-grams of a text, where each begins and ends, and their document weights."""
    found: list[tuple[int, int, int, float]] = []
    offset = 0
    for name, vectorizer in coder.text_.vectorizers_.items():
        known, idf = vectorizer.vocabulary_, vectorizer.idf_
        low, high = vectorizer.ngram_range
        for k in range(low, high + 1):
            if name == "words":
                runs = zip(*(ones[i:] for i in range(k)), strict=False)
                pieces = [(" ".join(w for w, _, _ in run), run[0][1], run[-1][2]) for run in runs]
            else:
                pieces = [(text[i : i + k], i, i + k) for i in range(len(text) - k + 1)]
            found += [(offset + c, a, b, idf[c]) for gram, a, b in pieces if (c := known.get(gram)) is not None]
        offset += len(known)
    columns, begins, ends, weights = zip(*found, strict=True) if found else ((), (), (), ())
    return np.array(columns, dtype=int), np.array(begins, dtype=int), np.array(ends, dtype=int), np.array(weights)


def _best_run(carried: list[float], parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The run within one clause whose sum over the clause's mean is greatest; None where nothing speaks for the code."""
    best, found = 0.0, None
    for a, b in parts:
        level = max(0.0, sum(carried[a:b]) / (b - a))
        total, begin = 0.0, a
        for i in range(a, b):
            if total <= 0:
                total, begin = 0.0, i
            total += carried[i] - level
            if total > best and i + 1 - begin >= _LEAST:
                best, found = total, (begin, i + 1)
    return found


def _whole_words(run: tuple[int, int], spans: list[tuple[str, int, int]]) -> tuple[int, int]:
    """Widen a run to the words it touches, without the punctuation at its ends."""
    touched = [(a, b) for _, a, b in spans if a < run[1] and b > run[0]]
    return (touched[0][0], touched[-1][1]) if touched else run


def _source_places(source: str, statement: Statement) -> list[tuple[int, int]]:
    """Source offsets of each character of a statement's text."""
    view = repair(source[statement.start : statement.end], statement.start)
    if view.text == statement.text:
        return list(zip(view.starts, view.ends, strict=True))
    # A page number inside the sentence stands in the source only: the rest is matched around it.
    places: list[tuple[int, int]] = [(statement.start, statement.end)] * len(statement.text)
    for block in SequenceMatcher(None, statement.text, view.text, autojunk=False).get_matching_blocks():
        for k in range(block.size):
            places[block.a + k] = (view.starts[block.b + k], view.ends[block.b + k])
    return places

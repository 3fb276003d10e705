"""Which characters of a statement carried a code: the n-grams that weigh for it, put back on their places."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import islice

import numpy as np

from .features import clauses, strip_enumerators
from .model import StatementCoder
from .records import Evidence, Statement
from .repair import repair
from .scorer import stretches_of
from .stretches import best_run, share, whole_words
from .words import words


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
    parts, spans = clauses(bare), [span for _, *span in ones]
    n = len(coder.roles_)
    order = list(coder.classes_)
    found = []
    for code in codes:
        i = order.index(code)
        weights = coder.role_coef_[i] if i < n else coder.theme_coef_[i - n]
        each = weights[columns] * idf / (ends - begins)
        steps = np.bincount(begins, each, len(bare) + 1) - np.bincount(ends, each, len(bare) + 1)
        carried = np.cumsum(steps)[: len(bare)].tolist()
        begin, end = best_run(carried, parts)
        if end:
            begin, end = whole_words(begin, end, spans)
            found.append((code, at + begin, at + end, share(carried, begin, end)))
    return _placed(source, statement, found)


def evidence_many(
    coder: StatementCoder, sources: Sequence[str], statements: Sequence[Statement], codes: Sequence[tuple[str, ...]]
) -> list[tuple[Evidence, ...]]:
    """Return what `evidence` says of each statement, by machine code where that scores the coder's statements."""
    ready = coder.machine()
    if ready is None:
        return [evidence(coder, *of) for of in zip(sources, statements, codes, strict=True)]
    at = [strip_enumerators(s.text) for s in statements]
    bare = [s.text[a:] for s, a in zip(statements, at, strict=True)]
    order = {c: i for i, c in enumerate(coder.classes_.tolist())}
    found = iter(stretches_of(*ready, bare, [[order[c] for c in of] for of in codes]))
    told = []
    for source, statement, cut, of in zip(sources, statements, at, codes, strict=True):
        said = [(code, cut + a, cut + b, part) for code, (a, b, part) in zip(of, islice(found, len(of)), strict=True) if b]
        told.append(_placed(source, statement, said))
    return told


def _placed(source: str, statement: Statement, said: list[tuple[str, int, int, float]]) -> tuple[Evidence, ...]:
    """Evidence in the source, from places in a statement's text."""
    if not said:
        return ()
    begin, cut = statement.start, source[statement.start : statement.end]
    if cut == statement.text:
        return tuple(Evidence(code, begin + a, begin + b, round(part, 4)) for code, a, b, part in said)
    places = _source_places(source, statement)
    return tuple(Evidence(code, places[a][0], places[b - 1][1], round(part, 4)) for code, a, b, part in said)


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


def _source_places(source: str, statement: Statement) -> list[tuple[int, int]]:
    """Source offsets of each character of a statement's text."""
    cut = source[statement.start : statement.end]
    if "".join(cut.split()) == statement.text:
        return [(i, i + 1) for i, c in enumerate(cut, statement.start) if not c.isspace()]
    view = repair(cut, statement.start)
    if view.text == statement.text:
        return list(zip(view.starts, view.ends, strict=True))
    # A page number inside the sentence stands in the source only: the rest is matched around it.
    places: list[tuple[int, int]] = [(statement.start, statement.end)] * len(statement.text)
    for block in SequenceMatcher(None, statement.text, view.text, autojunk=False).get_matching_blocks():
        for k in range(block.size):
            places[block.a + k] = (view.starts[block.b + k], view.ends[block.b + k])
    return places

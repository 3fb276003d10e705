"""Margins of statements from a coder's flat arrays, bit for bit as scikit-learn gives them on x86-64."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .compiled import compiled
from .dictionary import Dictionary
from .features import PLACE, WEIGHTS
from .flat import Flat
from .scoring import Block, desk, found
from .texts import Numbers, clause_spans, numbers, with_single_blanks, words_in
from .trie import bounds_of, codes_of, nodes_of

# So many statements at once stay in the processor's caches.
_AT_ONCE = 2048
_KEPT = 3


class _Lately:
    """The texts that were scored last, as numbers, because evidence is mostly asked for right after; as many as few batches have."""

    def __init__(self) -> None:
        self.kept: deque[tuple[Flat, Dictionary | None, list[str], Numbers]] = deque(maxlen=_KEPT)

    def keep(self, flat: Flat, dictionary: Dictionary | None, texts: list[str], read: Numbers) -> None:
        self.kept.append((flat, dictionary, texts, read))

    def get(self, flat: Flat, dictionary: Dictionary | None, texts: list[str]) -> Numbers | None:
        """Numbers that begin with those of these texts."""
        for coder, tables, known, read in list(self.kept):
            if coder is flat and tables is dictionary and known == texts:
                return read
        return None


_READ = _Lately()


def margins(flat: Flat, dictionary: Dictionary | None, coder: Any, rows: Mapping[str, Sequence[Any]]) -> np.ndarray:
    """Return the margins of the statements that `features.surroundings` describes, as `StatementCoder.decision_function` does."""
    size = len(rows["text"])
    out = [_some(flat, dictionary, coder, {k: v[i : i + _AT_ONCE] for k, v in rows.items()}) for i in range(0, size, _AT_ONCE)]
    return np.vstack(out) if out else np.zeros((0, len(coder.classes_)), dtype=np.float32)


def stretches_of(flat: Flat, dictionary: Dictionary, texts: Sequence[str], codes: Sequence[Sequence[int]]) -> list[tuple[int, int, float]]:
    """Return for each text and each of its codes (places in `classes_`) the stretch that speaks most for it, and its share.

    The stretch has no length where nothing speaks for the code.
    """
    out: list[tuple[int, int, float]] = []
    for i in range(0, len(texts), _AT_ONCE):
        out += _some_stretches(flat, dictionary, texts[i : i + _AT_ONCE], codes[i : i + _AT_ONCE])
    return out


def _some_stretches(
    flat: Flat, dictionary: Dictionary, texts: Sequence[str], codes: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, float]]:
    place = {t: i for i, t in enumerate(dict.fromkeys(texts))}
    read = _READ.get(flat, dictionary, list(place))
    if read is None or not read.as_given or not len(read.clauses):
        read = _as_given(flat, dictionary, list(place))
    n = len(place)
    bounds, clauses_upto = read.whole[:n], read.upto[:n]
    begins, since, upto = bounds[:, 0], bounds[:, 2], bounds[:, 3]
    word_spans = read.word_spans[: upto[-1]] - np.repeat(begins, upto - since)[:, None]
    clauses = read.clauses[: clauses_upto[-1], :2] - np.repeat(begins, np.diff(clauses_upto, prepend=0))[:, None]
    which = np.repeat(_places(place, texts), np.fromiter(map(len, codes), dtype=np.int64, count=len(codes)))
    flat_codes = np.fromiter((c for of in codes for c in of), dtype=np.int64, count=len(which))
    spans, shares = np.zeros((len(which), 2), dtype=np.int64), np.zeros(len(which))
    of_texts = read.characters, read.words, word_spans, bounds, clauses, clauses_upto
    compiled("stretches").stretches(*of_texts, which, flat_codes, flat.of_characters, flat.of_words, flat.weights, spans, shares)
    return zip(spans[:, 0].tolist(), spans[:, 1].tolist(), shares.tolist(), strict=True)


def _as_given(flat: Flat, dictionary: Dictionary, texts: list[str]) -> Numbers:
    """Texts as numbers, with all of their blanks."""
    letters = codes_of(texts)
    begins, ends = bounds_of(texts)
    nodes = nodes_of(flat.characters, letters, begins, ends, flat.longest)
    words, upto = words_in(flat, dictionary, letters, begins, ends)
    clauses, clauses_upto = clause_spans(letters, begins, ends)
    whole = np.column_stack([begins, ends, np.r_[0, upto[:-1]], upto])
    return Numbers(nodes, words.nodes, whole, clauses, clauses_upto, np.column_stack([words.begins, words.ends]), True)


def _some(flat: Flat, dictionary: Dictionary | None, coder: Any, rows: Mapping[str, Sequence[Any]]) -> np.ndarray:
    beside: list[str] = [p for p in ("before", "after") if p in flat.parts]
    place = {t: i for i, t in enumerate(dict.fromkeys(rows["text"]))}
    n = len(place)
    for part in beside:
        for t in rows[part]:
            place.setdefault(t, len(place))
    texts = list(place)
    which = _places(place, rows["text"])
    read = numbers(flat, dictionary, texts, coder.clauses)
    _READ.keep(flat, dictionary, texts[:n], read)
    logs = _logs(texts)
    few, many = len(coder.roles_), len(coder.roles_) + len(coder.themes_)
    whole, best = _sums(flat, read, n, logs)
    roles = np.ascontiguousarray(whole[which, : flat.beside.shape[1]])
    for part in flat.parts:
        if part not in beside:
            named = {t: i for i, t in enumerate(dict.fromkeys(rows[part]))}
            names = with_single_blanks(list(named))
            begins, ends = bounds_of(names)
            nodes = nodes_of(flat.characters, codes_of(names), begins, ends, flat.longest)
            _add_part(flat, flat.parts[part], nodes, begins, ends, _logs(names), _places(named, rows[part]), roles)
    begins, ends = np.ascontiguousarray(read.whole[:, :2].T)
    for part in beside:
        _add_part(flat, flat.parts[part], read.characters, begins, ends, logs, _places(place, rows[part]), roles)
    if flat.place >= 0:
        values = np.array([rows[p] for p in PLACE], dtype=np.float32) * np.float32(WEIGHTS["place"])
        for value, weights in zip(values, flat.beside[flat.place :], strict=True):
            roles += value[:, None] * weights
    themes = whole[which, few:many] + coder.theme_intercept_
    if coder.clauses:
        themes = 0.6 * np.maximum(themes, best[which, few:many] + coder.theme_intercept_) + 0.4 * themes
    return np.hstack([roles[:, :few] + coder.role_intercept_, themes])


def _places(place: Mapping[str, int], texts: Sequence[str]) -> np.ndarray:
    return np.fromiter(map(place.__getitem__, texts), dtype=np.int64, count=len(texts))


def _logs(texts: list[str]) -> np.ndarray:
    """1 + log of each count that an n-gram can have, as numpy makes it of a column of 32-bit numbers."""
    counts = np.arange(max(map(len, texts), default=0) + 2, dtype=np.float32)
    counts[0] = 1
    return np.log(counts) + np.float32(1)


def _sums(flat: Flat, read: Numbers, n: int, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of weights of the first texts, and the greatest over their clauses."""
    blocks = flat.of_characters, flat.of_words
    sums, best = np.empty((n, flat.weights.shape[1]), dtype=np.float32), np.empty((n, flat.weights.shape[1]), dtype=np.float32)
    room = desk(*blocks), found(len(logs) * sum(b.longest for b in blocks))
    spans = read.whole[:n], read.clauses, read.upto
    compiled("scoring").score(read.characters, read.words, spans, *blocks, logs, flat.weights, *room, sums, best)
    return sums, best


def _add_part(
    flat: Flat, part: Block, nodes: np.ndarray, begins: np.ndarray, ends: np.ndarray, logs: np.ndarray, which: np.ndarray, roles: np.ndarray
) -> None:
    upto, columns = np.empty(len(begins), dtype=np.int64), found(nodes.size)
    compiled("scoring").parts(nodes, begins, ends, part, logs, desk(part), columns, upto)
    compiled("scoring").rows(which, upto, columns, flat.beside, roles)

"""What ties a measure to a problem of its report: themes, wording and the place in the lists, as numbers for many pairs at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .lists import places
from .resources import data

if TYPE_CHECKING:
    import numpy as np

_HAN = re.compile(r"[一-鿿]+")
# Pairs worked on at a time.
_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class Ties:
    """Statements of one role or the other, a row each, ready to be compared: `problem` says which role, `report` which report."""

    problem: np.ndarray
    report: np.ndarray
    item: np.ndarray
    silent: np.ndarray
    own: Any
    lent: Any
    words: Any
    restated: Any
    list: np.ndarray
    facing: np.ndarray
    number: np.ndarray
    numbered: np.ndarray
    length: np.ndarray

    def pairs(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give all pairs of a problem and a measure of one report, some at a time, as two arrays of rows, in order."""
        import numpy as np

        waiting, size = [], 0
        for begin, end in _runs(self.report):
            rows = np.arange(begin, end)
            problems, measures = rows[self.problem[rows]], rows[~self.problem[rows]]
            step = max(1, _PAIRS // max(1, len(measures)))
            for at in range(0, len(problems), step):
                some = problems[at : at + step]
                waiting.append((np.repeat(some, len(measures)), np.tile(measures, len(some))))
                size += len(waiting[-1][0])
                if size >= _PAIRS:
                    yield _flat(waiting)
                    waiting, size = [], 0
        if size:
            yield _flat(waiting)

    def between(self, p: np.ndarray, m: np.ndarray) -> dict[str, np.ndarray]:
        """Return what speaks for each pair, in 0-1, by the names of the weights in `answers.yaml`."""
        import numpy as np

        themes = (_dot(self.own, p, self.own, m) + self.lent[p].multiply(self.lent[m]).max(axis=1).toarray().ravel()) / 2
        words = np.maximum(_dot(self.words, self.item[p], self.words, self.item[m]), _dot(self.words, self.item[p], self.restated, m))
        facing = self.list[p] == self.facing[m]
        placed = facing & (self.number[p] > 0) & (self.number[m] > 0)
        same, equal = self.number[p] == self.number[m], self.length[p] == self.length[m]
        both, shorter = self.numbered[p] & self.numbered[m], np.minimum(self.length[p], self.length[m])
        return {
            "theme": themes,
            "general": self.silent[p] & self.silent[m],
            "wording": words,
            "order": placed & same & equal & (both | (shorter == 1)),
            "order_unequal": placed & same & ~equal & both & (shorter > 1),
            "order_against": placed & ~same & equal & both,
            "one": facing & (shorter == 1),
            "before": p > m,
        }


def ties(report: np.ndarray, problem: np.ndarray, texts: Sequence[str], themes: Sequence[frozenset[str]]) -> Ties:
    """Return what ties statements: the problems and measures of all reports, each report's together and in order."""
    import numpy as np

    n = len(texts)
    roles = np.where(problem, "problem", "measure").tolist()
    where, facing, length = [], np.full(n, -1), np.zeros(n, dtype=int)
    for begin, end in _runs(report):
        found, lengths = places(texts[begin:end], roles[begin:end], [not t for t in themes[begin:end]])
        lists = np.array([p.list for p in found])
        length[begin:end] = [lengths.get(p.list, 0) for p in found]
        # Measures face the list of problems that began last before theirs.
        begun = np.unique(lists[problem[begin:end]])
        last = np.searchsorted(begun, lists) - 1
        if len(begun):
            facing[begin:end] = np.where(last >= 0, begun[last] + begin, -1)
        where += [(p.list + begin, p.number, p.numbered) for p in found]
    place = np.array(where, dtype=int).reshape(-1, 3)
    # A statement speaks with the rest of its item: a caption and what elaborates it.
    alone = place[:, 1] == 0
    keys = np.stack([np.where(alone, -1, place[:, 0]), np.where(alone, np.arange(n), place[:, 1])], axis=1)
    item = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    own, lent, silent = _themes(report, problem, item, themes)
    words, restated = _wording(report, item, texts)
    numbers = {"list": place[:, 0], "number": place[:, 1], "numbered": place[:, 2] > 0, "length": length, "facing": facing}
    return Ties(problem=problem, report=report, item=item, silent=silent, own=own, lent=lent, words=words, restated=restated, **numbers)


def _runs(report: np.ndarray) -> Iterator[tuple[int, int]]:
    import numpy as np

    return pairwise(np.flatnonzero(np.diff(report, prepend=-1, append=-1)).tolist())


def _flat(waiting: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    return np.concatenate([p for p, _ in waiting]), np.concatenate([m for _, m in waiting])


def _dot(left: Any, p: np.ndarray, right: Any, m: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.asarray(left[p].multiply(right[m]).sum(axis=1)).ravel()


def _themes(report: np.ndarray, problem: np.ndarray, item: np.ndarray, themes: Sequence[frozenset[str]]) -> tuple[Any, Any, np.ndarray]:
    """The statements' own themes as unit rows; those they have or borrow from their item, the heavier the rarer; and who has none."""
    import numpy as np
    from scipy import sparse
    from sklearn.preprocessing import normalize

    n, ids = len(themes), {t: k for k, t in enumerate(sorted(frozenset[str]().union(*themes)))}
    at = np.array([(i, ids[t]) for i, mine in enumerate(themes) for t in sorted(mine)], dtype=int).reshape(-1, 2)
    has = sparse.csr_matrix((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(n, max(1, len(ids))))
    of_item = (_membership(item) @ has).minimum(1).tocsr()
    bare = sparse.diags((np.diff(has.indptr) == 0).astype(float))
    lent = (has + bare @ of_item[item]).tocsr()
    # A theme of one problem and one measure ties the two closer than one that many items of the report have.
    side = report * 2 + problem
    spread = (_membership(side[np.unique(item, return_index=True)[1]], int(side.max(initial=0)) + 1) @ of_item).tocsr()
    spread.data = 1 / np.sqrt(spread.data)
    return normalize(has), lent.multiply(spread[side]).tocsr(), np.diff(of_item.indptr)[item] == 0


def _wording(report: np.ndarray, item: np.ndarray, texts: Sequence[str]) -> tuple[Any, Any]:
    """The items' pairs of characters, and those of the problem that a statement restates, as unit rows.

    A pair of characters weighs the more the fewer statements of its report have it; no other report counts.
    """
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.preprocessing import normalize

    restated = re.compile(data("answers.yaml")["restated"])
    again = [found["problem"] if (found := restated.search(t)) else "" for t in texts]
    hashing = HashingVectorizer(analyzer=_two_grams, n_features=2**20, alternate_sign=False, norm=None, binary=True)
    said, named = hashing.transform(texts), hashing.transform(again)
    keys, named_keys = (np.repeat(report, np.diff(g.indptr)).astype(np.int64) * 2**20 + g.indices for g in (said, named))
    columns, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weight = np.log((np.bincount(report)[columns >> 20] + 1) / counts)
    shape = (len(texts), max(1, len(columns)))
    words = sparse.csr_matrix((np.ones(len(keys)), inverse, said.indptr), shape=shape)
    # What is restated is part of the statement, so that its pairs of characters are among the columns.
    back = sparse.csr_matrix(
        (weight[np.searchsorted(columns, named_keys)], np.searchsorted(columns, named_keys), named.indptr), shape=shape
    )
    of_item = (_membership(item) @ words).minimum(1).tocsr()
    of_item.data = weight[of_item.indices]
    return normalize(of_item), normalize(back)


def _membership(group: np.ndarray, n: int | None = None) -> Any:
    """A matrix that adds up rows by group."""
    import numpy as np
    from scipy import sparse

    n = int(group.max(initial=-1)) + 1 if n is None else n
    return sparse.csr_matrix((np.ones(len(group)), (group, np.arange(len(group)))), shape=(n, len(group)))


def _two_grams(text: str) -> list[str]:
    return [run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)]

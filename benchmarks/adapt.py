"""What it is worth to go on from a coder rather than to begin anew, and how long it takes: `python benchmarks/adapt.py`.

A base learns from half of the offices of the shipped corpus. Statements of other offices are then learned from, as a study's are,
and a fifth of the offices, which neither has seen, judge: the base as it is, a coder that goes on from it, and coders that begin
anew with the codebook's phrases alone. `otherwise coded` changes the labels as another team might: depth counts as coverage too,
supervision as mechanism too, and capacity and awareness change places.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "pkg"))

import gongkai
from gongkai.adapt import adapted
from gongkai.evaluate import groups_of, judged
from gongkai.labelled import Labelled
from gongkai.model import StatementCoder
from gongkai.phrases import codebook_phrases, joined

CORPUS = Path(__file__).parent.parent / "corpus"
SIZES = (100, 300, 1000, 3000, 5000)
LIGHT = {"words": None, "characters": (1, 2), "folds": 3}
SCORES = ("role macro-F1", "theme micro-F1", "theme macro-F1", "exact theme set")


def otherwise(Y: pd.DataFrame) -> pd.DataFrame:
    """The labels of a team that codes otherwise."""
    Y = Y.copy()
    Y["coverage"] |= Y["depth"]
    Y["mechanism"] |= Y["supervision"]
    return Y.rename(columns={"capacity": "awareness", "awareness": "capacity"})[list(Y)]


def timed(call):
    """What a call gives, its seconds, and its processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    return call(), time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    labelled = gongkai.load_corpus(CORPUS)
    groups = groups_of(labelled)
    names = np.random.default_rng(0).permutation(np.unique(groups))
    first, test = np.isin(groups, names[: len(names) // 2]), np.isin(groups, names[-len(names) // 5 :])
    base = StatementCoder(labelled.codebook, folds=2, n_jobs=2)
    base.fit(labelled.X[first], labelled.Y[first], groups[first], labelled.phrases)
    phrases = joined([codebook_phrases(labelled.codebook)])
    order = [np.flatnonzero(groups == n) for n in names[len(names) // 2 : -len(names) // 5]]
    ends = np.cumsum([len(rows) for rows in order])
    rows = []
    for how, Y in (("alike", labelled.Y), ("otherwise", otherwise(labelled.Y))):
        rows.append((how, 0, "base", *scores(base, labelled.X[test], Y[test], groups[test]), 0, 0))
        for size in SIZES:
            mine = np.sort(np.concatenate(order[: np.searchsorted(ends, size) + 1]))
            X, labels, by = labelled.X.iloc[mine], Y.iloc[mine], groups[mine]
            ways = {"goes on": lambda X=X, labels=labels, by=by: adapted(base, X, labels, by, phrases, n_jobs=2)}
            if how == "alike":
                fresh = Labelled(X, labels, labelled.codebook, phrases)
                ways["anew, light"] = lambda c=fresh, by=by: begun(StatementCoder(labelled.codebook, n_jobs=2, **LIGHT), c, by)
            if how == "alike" and size == SIZES[-1]:
                ways["anew"] = lambda c=fresh, by=by: begun(StatementCoder(labelled.codebook, n_jobs=2), c, by)
            for name, fit in ways.items():
                coder, wall, processor = timed(fit)
                rows.append((how, len(mine), name, *scores(coder, labelled.X[test], Y[test], groups[test]), wall, processor))
                print(*(round(v, 3) if isinstance(v, float) else v for v in rows[-1]), flush=True)
    columns = ["coded", "statements", "coder", *SCORES, "seconds", "processor seconds"]
    print(pd.DataFrame(rows, columns=columns).round(3).to_string(index=False))


def begun(coder: StatementCoder, labelled: Labelled, by: np.ndarray) -> StatementCoder:
    """A coder fitted to statements alone."""
    return coder.fit(labelled.X, labelled.Y, by, labelled.phrases)


def scores(coder: StatementCoder, X: pd.DataFrame, Y: pd.DataFrame, groups: np.ndarray) -> list[float]:
    """The scores of a coder on statements it has not seen."""
    found = judged(coder, X, Y, groups).summary
    return [found[name] for name in SCORES]


if __name__ == "__main__":
    main()

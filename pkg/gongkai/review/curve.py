"""What more coded statements are worth: scores against their number, as they were coded, or as they might have been chosen."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from ..adapt import AdaptedCoder, adapted
from ..compare import scores
from ..model import StatementCoder
from ..seen import Seen, see
from .labels import LEAST_OFFICES, Labels, labelled_of
from .learn import base_of
from .predict import doubts
from .store import StudyError, now, writing

Choice = Literal["coded", "uncertain", "random"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
SCORES = ("role macro-F1", "theme micro-F1", "theme macro-F1", "exact theme set")
Tell = Callable[[str], object]
_LEAST = 25
_KEPT = "learning curve"


def curve(
    db: sqlite3.Connection,
    orders: Sequence[Choice] = CHOICES,
    *,
    steps: int = 6,
    seed: int = 0,
    n_jobs: int | None = None,
    tell: Tell = lambda step: None,
) -> pd.DataFrame:
    """Return scores against the number of statements learned from: `order, statements` and four scores.

    The statements of a third of the offices are judged by what was learned from the others, and so each third. `coded` takes them as
    they were coded; `uncertain` and `random` are simulated on what is coded: from the same first ones on, always those that the coder
    so far doubts most, or any. Numbers double from step to step, up to all; they are those of the smallest third. All go on from what
    `learn.base_of` gives; what that says by itself stands as 0 statements, where it has coded all of them. Raises StudyError where
    there is too little to learn from.
    """
    if wrong := [o for o in orders if o not in CHOICES]:
        raise StudyError(f"order {wrong[0]!r} is not known; choose from {', '.join(CHOICES)}")
    labels, base = labelled_of(db), base_of(db)
    labels.check()
    seen = see(base.coder, labels.labelled.X)
    folds = list(GroupKFold(LEAST_OFFICES).split(labels.ids, groups=labels.groups))
    sizes = _sizes(min(len(train) for train, _ in folds), steps)
    study = _Study(labels, base.coder, seen, n_jobs or min(os.cpu_count() or 1, 8))
    start = _said_by(db, labels, _number(db, base.model.sha256), study.codes)
    rows: list[tuple[object, ...]] = []
    for order in orders:
        if start is not None:
            rows.append((order, 0, *study.scores(start)))
        said = np.zeros((len(sizes), *labels.labelled.Y.shape), np.int8)
        for n, (train, test) in enumerate(folds, 1):
            tell(f"{order} {n}/{len(folds)}")
            for step, coder in enumerate(study.coders(order, train, sizes, seed)):
                said[step, test] = coder.said(coder.proba_of(seen.rows(test)))
        rows += [(order, size, *study.scores(one)) for size, one in zip(sizes, said, strict=True)]
    return pd.DataFrame(rows, columns=["order", "statements", *SCORES])


def keep_curve(db: sqlite3.Connection, found: pd.DataFrame) -> None:
    """Keep a learning curve in the study, in place of the one before."""
    said = {"at": now(), "table": found.to_dict("records")}
    with writing(db):
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEPT, json.dumps(said)))


def kept_curve(db: sqlite3.Connection) -> pd.DataFrame | None:
    """Return the learning curve that was kept last, or None; `attrs["at"]` tells when it was made."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEPT,)).fetchone()
    if row is None:
        return None
    said = json.loads(row["value"])
    found = pd.DataFrame(said["table"], columns=["order", "statements", *SCORES])
    found.attrs["at"] = said["at"]
    return found


def _sizes(most: int, steps: int) -> list[int]:
    """Numbers of statements that double up to all."""
    return [size for k in reversed(range(steps)) if (size := most >> k) >= _LEAST or not k]


def _number(db: sqlite3.Connection, sha256: str) -> int | None:
    row = db.execute("SELECT id FROM models WHERE sha256 = ?", (sha256,)).fetchone()
    return row["id"] if row else None


def _said_by(db: sqlite3.Connection, labels: Labels, model: int | None, codes: Sequence[str]) -> np.ndarray | None:
    """Return what a model of the study says of the statements (0/1), or None where it has not coded all of them."""
    rows = db.execute("SELECT statement, role, themes FROM predictions WHERE model = ?", (model,))
    said = {r["statement"]: {r["role"], *json.loads(r["themes"])} for r in rows}
    if not all(i in said for i in labels.ids.tolist()):
        return None
    return np.array([[int(c in said[i]) for c in codes] for i in labels.ids.tolist()], np.int8)


class _Study:
    """What the coders of a curve learn from."""

    def __init__(self, labels: Labels, base: StatementCoder, seen: Seen, n_jobs: int):
        self.labels, self.base, self.seen, self.n_jobs = labels, base, seen, n_jobs
        book = labels.labelled.codebook
        self.codes = [*book.role_ids, *book.theme_ids]

    def scores(self, said: np.ndarray) -> list[float]:
        """Return the scores of what was said of all statements."""
        labelled = self.labels.labelled
        found = scores(labelled.Y[self.codes].to_numpy(), said, len(labelled.codebook.role_ids), self.labels.themed)
        return [found[s] for s in SCORES]

    def coders(self, order: Choice, train: np.ndarray, sizes: Sequence[int], seed: int) -> Iterator[AdaptedCoder]:
        """Give a coder for each size, which has learned from as many of the statements `train`."""
        mixed = np.random.default_rng(seed).permutation(train)
        if order == "coded":
            mixed = self.labels.order[np.isin(self.labels.order, train)]
        for size, following in zip(sizes, [*sizes[1:], len(train)], strict=True):
            coder = self._fitted(mixed[:size])
            if order == "uncertain" and following > size:
                rest = mixed[size:]
                mixed = np.r_[mixed[:size], rest[np.argsort(-doubts(coder, coder.proba_of(self.seen.rows(rest))), kind="stable")]]
            yield coder

    def _fitted(self, rows: np.ndarray) -> AdaptedCoder:
        # The first few may be of one office; statements by themselves then set thresholds.
        X, Y, groups = self.labels.labelled.X.iloc[rows], self.labels.labelled.Y.iloc[rows], self.labels.groups[rows]
        by = groups if len(np.unique(groups)) > 1 else np.arange(len(rows))
        phrases, book = self.labels.labelled.phrases, self.labels.labelled.codebook
        return adapted(
            self.base, X, Y, by.tolist(), phrases, codebook=book, folds=LEAST_OFFICES, n_jobs=self.n_jobs, seen=self.seen.rows(rows)
        )

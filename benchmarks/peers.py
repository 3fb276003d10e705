"""gongkai beside what a user would pick instead: the same statements and codebook, learned and coded in the same run on one core.

The peers cut reports by two plain regular expressions. Their quality is judged as gongkai's: on the statements of offices they have
not seen, each learning from the same four fifths of the corpus; gongkai learns from its phrases besides, as it is shipped.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

import gongkai
from gongkai import fast
from gongkai.analyse import prepare
from gongkai.evaluate import Evaluation, fit_on, groups_of, judged, splits
from gongkai.labelled import Labelled
from gongkai.model import StatementCoder
from gongkai.records import Report

sys.path.insert(0, str(Path(__file__).parent))
from inputs import altered, seeds
from peer_routes import Linear, Peer, peers, plain_cut, said
from stages import AT_ONCE, batches, lapse, run_coded, run_hot

ROOT = Path(__file__).parent.parent
FOLDS, PASSES = 5, 3
HEAD = (
    "route", "reports/s", "gongkai is faster by", "statements a report", "statements/s, cut beforehand", "role macro-F1", "theme micro-F1",
    "learned in, s",
)  # fmt: skip


def quality(peer: Peer, X: pd.DataFrame, Y: pd.DataFrame, own: Evaluation) -> dict[str, Any]:
    """The scores of a peer on the statements that `own` is of, as gongkai's are made."""
    scores = peer.scores(X["text"].tolist())
    true = Y[list(own.codes)].to_numpy()
    predicted = said(scores, own.n_roles, peer.threshold)
    return Evaluation(own.codes, own.n_roles, true, predicted, np.clip(scores, 0, 1), own.themed, own.groups).summary


def fresh_texts(given: Iterator[str], n: int) -> Callable[[], list[str]]:
    """A function that gives `n` texts that have not been given before."""
    return lambda: list(islice(given, n))


def fastest(work: Callable[[list[str]], object], texts: Callable[[], list[str]], passes: int = PASSES) -> float:
    """Reports a second in the best of some passes, each over other reports, after one that is not counted."""
    rates = []
    for _ in range(passes + 1):
        given = texts()
        rates.append(len(given) / lapse(work, given))
    return max(rates[1:])


def fitted(labelled: Labelled, rows: np.ndarray, groups: np.ndarray, model: StatementCoder, kept: Path) -> tuple[StatementCoder, float]:
    """A coder that learned from these rows, and in how many seconds; one that learned from the same before is taken from its folder."""
    source = [
        str(model.get_params()),
        labelled.X["text"].iloc[rows].str.cat(sep="\n"),
        labelled.Y.iloc[rows].to_csv(),
        str(len(labelled.phrases)),
    ]
    place = kept / hashlib.sha256("\0".join(source).encode("utf-8")).hexdigest()[:16]
    if not (place / "learned.json").exists():
        begin = time.process_time()
        coder = fit_on(labelled, model, rows, groups)
        taken = time.process_time() - begin
        gongkai.save(coder, place)
        (place / "learned.json").write_text(json.dumps({"seconds": taken}), "utf-8")
    return gongkai.load(place), json.loads((place / "learned.json").read_text("utf-8"))["seconds"]


def measure(out: Path, n: int, folder: Path | None = None, small: bool = False) -> list[tuple[object, ...]]:
    """The rows of the table; `n` reports a pass, coders that were learned kept below `out`."""
    labelled = part_of(gongkai.load_corpus(ROOT / "corpus"), 1_500 if small else None)
    groups = groups_of(labelled)
    train, test = splits(labelled, groups, FOLDS)[0]
    X, Y = labelled.X.iloc[test], labelled.Y.iloc[test]
    model = StatementCoder(labelled.codebook, words=None, characters=(1, 2), folds=2) if small else StatementCoder(labelled.codebook)
    coder, seconds = fitted(labelled, train, groups, model, out / "models")
    own = judged(coder, X, Y, groups[test])
    given = altered(seeds(folder))
    cut = fresh_statements(given, n)
    speed = fastest(partial(run_hot, coder), fresh_texts(given, n))
    each = coded(cut, lambda X: coder.decide(coder.predict_proba(X)))
    rows: list[tuple[object, ...]] = [("gongkai", speed, 1.0, told_by(given, n, own_cut), each, *marks(own.summary), seconds)]
    whole = fastest(partial(run_coded, coder), fresh_texts(given, n))
    rows.append(("gongkai, with office, year and evidence", whole, speed / whole, None, None, None, None, None))
    with patch.object(fast, "installed", lambda: False):
        usual = fastest(partial(run_hot, coder), fresh_texts(given, max(1, n // 5)), 1)
        each = coded(cut[:2], lambda X: coder.decide(coder.predict_proba(X)))
    rows.append(("gongkai, scored by scikit-learn", usual, speed / usual, None, each, None, None, None))
    if not small:
        bare = Labelled(labelled.X, labelled.Y, labelled.codebook, labelled.phrases.iloc[:0])
        alone, seconds = fitted(bare, train, groups, model, out / "models")
        found = judged(alone, X, Y, groups[test]).summary
        rows.append(("gongkai, learned from the statements alone", None, None, None, None, *marks(found), seconds))
    for peer in peers(small):
        texts, codes = labelled.X["text"].iloc[train].tolist(), labelled.Y[list(own.codes)].to_numpy()[train]
        begin = time.process_time()
        peer.fit(texts, codes)
        seconds = time.process_time() - begin
        rate = fastest(partial(run_peer, peer, own.n_roles), fresh_texts(given, n))
        each = coded(cut, partial(codes_of, peer, own.n_roles))
        found = quality(peer, X, Y, own)
        rows.append((peer.name, rate, speed / rate, told_by(given, n, plain_cut), each, *marks(found), seconds))
        if isinstance(peer, Linear):
            one = fastest(partial(run_peer, peer, own.n_roles, at_once=1), fresh_texts(given, max(1, n // 10)))
            rows.append((f"{peer.name}, called once a report", one, speed / one, None, None, None, None, None))
    return rows


def part_of(labelled: Labelled, statements: int | None) -> Labelled:
    """The first reports of a corpus that have so many statements, with as many of its phrases; all of it where no number is given."""
    if statements is None:
        return labelled
    keep = labelled.X["report"].isin(labelled.X["report"].iloc[:statements].unique()).to_numpy()
    X, Y = labelled.X[keep].reset_index(drop=True), labelled.Y[keep].reset_index(drop=True)
    return Labelled(X, Y, labelled.codebook, labelled.phrases.iloc[:statements])


def marks(summary: dict[str, Any]) -> tuple[float, float]:
    """The two scores that are shown."""
    return summary["role macro-F1"], summary["theme micro-F1"]


def run_peer(peer: Peer, n_roles: int, texts: Sequence[str], at_once: int = AT_ONCE) -> None:
    """Take texts through the plain cut and a peer, so many at a time."""
    for batch in batches(texts, at_once):
        if statements := [s for text in batch for s in plain_cut(text)]:
            said(peer.scores(statements), n_roles, peer.threshold)


def codes_of(peer: Peer, n_roles: int, X: pd.DataFrame) -> np.ndarray:
    """The 0/1 codes that a peer gives statements."""
    return said(peer.scores(X["text"].tolist()), n_roles, peer.threshold)


def own_cut(text: str) -> list[str]:
    """The statements that gongkai finds."""
    return [s.text for s in prepare(Report("a", text, "a.txt")).statements]


def told_by(given: Iterator[str], n: int, cut: Callable[[str], list[str]]) -> float:
    """Statements that a cut finds in a report, on average."""
    return round(sum(len(cut(text)) for text in islice(given, n)) / n, 1)


def fresh_statements(given: Iterator[str], n: int) -> list[pd.DataFrame]:
    """Statements of `n` reports as gongkai cuts them, for each pass."""
    frames = []
    for _ in range(PASSES + 1):
        cut = [prepare(Report(str(k), text, f"{k}.txt")).statements for k, text in enumerate(islice(given, n))]
        rows = [(k, s.text, s.path) for k, mine in enumerate(cut) for s in mine]
        frames.append(pd.DataFrame(rows, columns=["report", "text", "path"]))
    return frames


def coded(frames: Sequence[pd.DataFrame], code: Callable[[pd.DataFrame], object]) -> float:
    """Statements a second in the best pass, after one that is not counted."""
    return max([len(X) / lapse(code, X) for X in frames][1:])

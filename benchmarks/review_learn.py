"""How long a study takes to learn from: `python benchmarks/review_learn.py [statements]` (5,000 unless told).

A study is made of statements of the shipped corpus with their codes, in whole reports, one coder having coded all of them. Only the
times mean something: the model in use has learned from these very statements. `benchmarks/adapt.py` tells what going on is worth.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "pkg"))

import gongkai
from gongkai.review.changes import State, add_coder
from gongkai.review.learn import retrain
from gongkai.review.load import load_tables
from gongkai.review.models import use_model
from gongkai.review.predict import add_model, model_facts, predict
from gongkai.review.store import now, open_study, writing

CORPUS = Path(__file__).parent.parent / "corpus"


def study(file: Path, n: int):
    """A study of about `n` coded statements."""
    labelled = gongkai.load_corpus(CORPUS)
    reports = labelled.X["report"].drop_duplicates()
    reports = reports[labelled.X.groupby("report", sort=False).size().cumsum().to_numpy() <= n]
    X = labelled.X[labelled.X["report"].isin(set(reports))]
    db, book = open_study(file), labelled.codebook
    load_tables(db, X.assign(level=None, year=None, kind="problems"), codebook=book)
    add_coder(db, "bench")
    ids = {(r["report"], r["start"]): r["id"] for r in db.execute("SELECT id, report, start FROM statements")}
    with writing(db):
        model = add_model(db, model_facts())
        before = State().json()
        for place, row in zip(zip(X["report"], X["start"], strict=True), labelled.Y.loc[X.index].to_numpy(), strict=True):
            codes = [c for c, on in zip(labelled.Y, row, strict=True) if on]
            state = State(codes[0], tuple(codes[1:]), "coded")
            change = db.execute(
                "INSERT INTO changes (at, coder, kind, statement, before, after, codebook)"
                " VALUES (?, 'bench', 'code', ?, ?, ?, 1) RETURNING id",
                (now(), ids[place], before, state.json()),
            ).fetchone()[0]
            db.execute(
                "INSERT INTO codes VALUES (?, 'bench', ?, ?, 'coded', '', ?)", (ids[place], state.role, json.dumps(state.themes), change)
            )
    predict(db, gongkai.load(), model, evidence=False)
    return db


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as folder:
        db = study(Path(folder) / "study.db", n)
        print(f"{db.execute('SELECT count(*) FROM codes').fetchone()[0]} statements, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        steps = []
        wall, processor = time.perf_counter(), time.process_time()
        made = retrain(db, tell=lambda step: steps.append((step, time.perf_counter(), time.process_time())))
        print(f"retrain: {time.perf_counter() - wall:.1f} s, {time.process_time() - processor:.1f} s of processor")
        for (step, begun, spent), (_, ended, then) in zip(steps, [*steps[1:], ("", time.perf_counter(), time.process_time())], strict=True):
            print(f"  {step}: {ended - begun:.1f} s, {then - spent:.1f} s of processor")
        wall = time.perf_counter()
        use_model(db, made.folder, "bench")
        print(f"taken into use, all statements coded anew: {time.perf_counter() - wall:.1f} s")


if __name__ == "__main__":
    main()

"""A study's coder learns from its final codes: a model of its own, judged beside the one in use, which stays in use."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandas as pd

from ..adapt import AdaptedCoder, adapted
from ..analyse import load
from ..compare import compared
from ..model import StatementCoder
from ..seen import see
from ..store import ModelError, save
from ..together import write_together, write_whole
from ..training import facts
from .labels import Labels, labelled_of
from .models import COMPARISON, OUT_OF_FOLD, PLACE, Trained, numbered, trained
from .predict import ModelFacts, model_facts
from .store import StudyError, latest, now
from .whichmodel import folder_of, models_folder

Tell = Callable[[str], object]
STEPS = ("reading", "features", "learning", "judging")


@dataclass(frozen=True, slots=True)
class Base:
    """The coder that learning goes on from, and name and hash of the one it should have been, where that is not at hand."""

    coder: StatementCoder
    model: ModelFacts
    instead_of: str = ""
    instead_of_sha256: str = ""


def base_of(db: sqlite3.Connection) -> Base:
    """Return what learning goes on from: the model in use, or where that was made from a study, what it went on from itself.

    So no model goes on from one that has seen the statements it is judged on. The shipped one where that is not at hand.
    """
    row = db.execute("SELECT name, sha256, facts FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
    if row is None:
        return Base(load(), model_facts())
    wanted = json.loads(row["facts"]).get("goes_on_from") or {"name": row["name"], "sha256": row["sha256"]}
    try:
        folder = folder_of(db, wanted["name"], wanted["sha256"])
        return Base(load(folder), model_facts(folder))
    except ModelError:
        return Base(load(), model_facts(), wanted["name"], wanted["sha256"])


def retrain(
    db: sqlite3.Connection, folder: str | Path | None = None, *, n_jobs: int | None = None, tell: Tell = lambda step: None
) -> Trained:
    """Learn from the final codes of a study into a folder (the next of `models_folder`), and judge the model beside the one in use.

    The folder holds the model, `comparison.json`, and `out_of_fold.csv`: what the new coder says of each statement when it has
    learned from other offices alone, which is what it is judged by. `tell` is given each of `STEPS` as it begins. Raises StudyError
    where there is too little to learn from.
    """
    tell("reading")
    labels, base = labelled_of(db), base_of(db)
    labels.check()
    tell("features")
    taught, seen = labels.labelled, see(base.coder, labels.labelled.X)
    tell("learning")
    groups, jobs = labels.groups.tolist(), n_jobs or min(os.cpu_count() or 1, 8)
    coder = adapted(base.coder, taught.X, taught.Y, groups, taught.phrases, codebook=taught.codebook, n_jobs=jobs, seen=seen)
    tell("judging")
    made = {**facts(taught), "goes_on_from": {"name": base.model.name, "sha256": base.model.sha256}, "at": now()}
    said = {
        **_judged(db, labels, coder),
        "offices": len(np.unique(labels.groups)),
        "instead_of": base.instead_of,
        "instead_of_sha256": base.instead_of_sha256,
        "disputed": labels.disputed,
        "misfits": labels.misfits,
    }
    return trained(_written(db, folder, coder, made, said, _out_of_fold(labels, coder)))


def _judged(db: sqlite3.Connection, labels: Labels, coder: AdaptedCoder) -> dict[str, Any]:
    """The scores of the model in use and of the new one, on the statements that the first has coded."""
    before, judged, learned, mended = _said_before(db, labels, [str(c) for c in coder.classes_])
    true, n = labels.labelled.Y[list(coder.classes_)].to_numpy(), len(coder.roles_)
    rows = judged if judged.any() else np.ones(len(true), bool)
    first = before if judged.any() else coder.out_of_fold_
    table = compared(true[rows], first[rows], coder.out_of_fold_[rows], n, labels.themed[rows], labels.groups[rows])
    if not judged.any():
        table[["before", "difference", "low", "high"]] = np.nan
    row = db.execute("SELECT name, sha256 FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
    return {
        "before": row["name"] if row else "",
        "before_sha256": row["sha256"] if row else "",
        "table": table.astype(object).where(table.notna(), None).to_dict("records"),
        "judged": int(judged.sum()),
        "learned": learned,
        "mended": mended,
    }


def _said_before(db: sqlite3.Connection, labels: Labels, codes: list[str]) -> tuple[np.ndarray, np.ndarray, int, int]:
    """What the model in use says of the statements (0/1), which it has coded, how many it had learned from, and how many are mended.

    Of a statement that it had learned from counts what it said when it had not, where its folder still tells.
    """
    model = latest(db, "models")
    said = {
        r["statement"]: (r["role"], json.loads(r["themes"]))
        for r in db.execute("SELECT statement, role, themes FROM predictions WHERE model = ?", (model,))
    }
    row = db.execute("SELECT name, sha256, facts FROM models WHERE id = ?", (model,)).fetchone()
    learned = mended = 0
    if row is not None and "goes_on_from" in (known := json.loads(row["facts"])):
        learned = int(known["statements"])
        for statement, role, themes in _unlearned(db, row["name"], row["sha256"], labels):
            said[statement] = role, themes
            mended += 1
    told = [said.get(i, ("", [])) for i in labels.ids.tolist()]
    before = np.array([[int(c == role or c in themes) for c in codes] for role, themes in told], np.int8).reshape(len(told), len(codes))
    return before, np.array([bool(role) for role, _ in told], bool), learned, mended


def _unlearned(db: sqlite3.Connection, name: str, sha256: str, labels: Labels) -> list[tuple[int, str, list[str]]]:
    """What a model said of statements before it had learned from them: statement, role and themes."""
    try:
        folder = Path(folder_of(db, name, sha256) or "")
        table = pd.read_csv(folder / OUT_OF_FOLD, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ModelError, OSError, ValueError):
        return []
    ids = dict(zip(labels.labelled.X[PLACE].astype(str).itertuples(index=False, name=None), labels.ids.tolist(), strict=True))
    cells = zip(table[PLACE].itertuples(index=False, name=None), table["said_role"], table["said_themes"], strict=True)
    return [(ids[place], role, [t for t in themes.split(";") if t]) for place, role, themes in cells if place in ids]


def _out_of_fold(labels: Labels, coder: AdaptedCoder) -> pd.DataFrame:
    codes, n = np.array(coder.classes_), len(coder.roles_)
    table = labels.labelled.X[[*PLACE, "text"]].copy()
    for name, cells in (("", labels.labelled.Y[list(codes)].to_numpy()), ("said_", coder.out_of_fold_)):
        table[f"{name}role"] = codes[cells[:, :n].argmax(axis=1)]
        table[f"{name}themes"] = [";".join(codes[n:][row > 0]) for row in cells[:, n:]]
    return table


def _written(
    db: sqlite3.Connection, folder: str | Path | None, coder: AdaptedCoder, made: dict[str, Any], said: dict[str, Any], table: pd.DataFrame
) -> Path:
    """Write everything beside its place and move it there, so that no folder is ever half a model."""
    root = Path(folder).absolute().parent if folder is not None else models_folder(db)
    root.mkdir(parents=True, exist_ok=True)
    half = Path(mkdtemp(prefix=".half-", dir=root))
    try:
        save(coder, half, made)
        write_whole(half / COMPARISON, (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
        write_whole(half / OUT_OF_FOLD, table.to_csv(index=False).encode("utf-8-sig"))
        half.chmod(0o755)
        place = Path(folder) if folder is not None else root / str(max(numbered(root), default=0) + 1)
        if place.exists():
            write_together(place, [(file.name, file.read_bytes()) for file in sorted(half.iterdir())])
        else:
            half.rename(place)
    except OSError as error:
        raise StudyError(f"the model cannot be written below {root} ({error}); make room there, or give another folder") from error
    finally:
        rmtree(half, ignore_errors=True)
    return place

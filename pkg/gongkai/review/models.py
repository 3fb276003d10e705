"""The models of a study: those made from it, in folders beside it, and which one is in use; none is taken into use by itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from ..analyse import load
from ..compare import COMPARED_COLUMNS
from ..store import ModelError
from .changes import codebook_of
from .predict import add_model, coder_in_use, model_facts, predict, predict_missing
from .store import StudyError, latest, now, writing
from .whichmodel import models_folder

COMPARISON, OUT_OF_FOLD = "comparison.json", "out_of_fold.csv"
PLACE = ["report", "start", "end"]
_SWITCHES = "model switches"
Verdict = Literal["better", "worse", "mixed", "lower", "even", "alone"]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model made from a study: where, when, from how many statements of how many offices, what it goes on from, and its scores.

    `table` is what `compare.compared` gives, on `judged` statements: the model that was in use (`before`) and this one, by what it
    said of statements of offices that it had not learned from. `learned` statements of the study had taught the one in use; of
    `mended` of them it is judged by what it had said before. `goes_on_from` stands for `instead_of`, where that was not at hand.
    `disputed` and `misfits` are coded statements that were left out, `never` the codes that no statement has. `model` is its id in the
    study, once it has been in use. Hashes stand beside the names of models, which may be paths.
    """

    folder: Path
    at: str
    statements: int
    offices: int
    goes_on_from: str
    instead_of: str
    before: str
    table: pd.DataFrame
    judged: int
    learned: int
    mended: int
    disputed: int
    misfits: int
    never: tuple[str, ...]
    codebook: int
    sha256: str
    goes_on_from_sha256: str
    instead_of_sha256: str = ""
    before_sha256: str = ""
    model: int | None = None

    @property
    def verdict(self) -> Verdict:
        """How the scores of this model stand to those of the one before: where the intervals leave it open, `lower` or `even`."""
        better, worse = bool((self.table["low"] > 0).any()), bool((self.table["high"] < 0).any())
        if better or worse:
            return "mixed" if better and worse else "better" if better else "worse"
        if self.table["difference"].isna().all():
            return "alone"
        return "lower" if self.table["difference"].mean() < 0 else "even"


@dataclass(frozen=True, slots=True)
class Known:
    """A model that has coded statements of a study; `name` may be the path where it was."""

    id: int
    name: str
    sha256: str
    at: str
    facts: Mapping[str, Any]
    statements: int
    in_use: bool


def numbered(root: Path) -> dict[int, Path]:
    """Return the numbered folders in a folder, by number."""
    return {int(p.name): p for p in root.iterdir() if p.name.isdecimal() and p.is_dir()} if root.is_dir() else {}


def trained(folder: str | Path) -> Trained:
    """Read a model that was made from a study, with its comparison; raises ModelError where the folder holds none."""
    place = Path(folder)
    known = model_facts(place)
    facts = known.facts
    try:
        said = json.loads((place / COMPARISON).read_text("utf-8"))
        table = pd.DataFrame(said.pop("table"), columns=list(COMPARED_COLUMNS)).astype(dict.fromkeys(COMPARED_COLUMNS[1:], float))
        return Trained(
            folder=place,
            at=facts["at"],
            statements=facts["statements"],
            goes_on_from=facts["goes_on_from"]["name"],
            goes_on_from_sha256=facts["goes_on_from"]["sha256"],
            never=tuple(code for code, n in facts["labels"].items() if not n),
            codebook=facts["codebook_version"],
            sha256=known.sha256,
            table=table,
            **said,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{place}: not a model made from a study ({error}); train it again") from error


def made(db: sqlite3.Connection) -> list[Trained]:
    """Return the models made from a study, the newest first; a folder that cannot be read is left out."""
    ids = dict(db.execute("SELECT sha256, id FROM models").fetchall())
    found = []
    for _, folder in sorted(numbered(models_folder(db)).items(), reverse=True):
        try:
            one = trained(folder)
        except (ModelError, OSError):
            continue
        found.append(replace(one, model=ids.get(one.sha256)))
    return found


def known_models(db: sqlite3.Connection) -> list[Known]:
    """Return the models that have coded statements of a study, the newest first."""
    used = latest(db, "models")
    counts = dict(db.execute("SELECT model, count(*) FROM predictions GROUP BY model").fetchall())
    return [
        Known(r["id"], r["name"], r["sha256"], r["at"], json.loads(r["facts"]), counts.get(r["id"], 0), r["id"] == used)
        for r in db.execute("SELECT id, name, sha256, facts, at FROM models ORDER BY id DESC")
    ]


def use_model(db: sqlite3.Connection, folder: str | Path | None, by: str, tell: Callable[[str], object] = lambda step: None) -> int:
    """Let a model code all statements of a study, and only then take it into use, because `by` said so; return its id.

    The shipped one where no folder is given. What the models before it said stays. Raises StudyError for a model with codes that the
    codebook in use does not know.
    """
    facts, coder, book = model_facts(folder), load(folder), codebook_of(db)
    if unknown := [str(c) for c in coder.classes_ if c not in (*book.role_ids, *book.theme_ids)]:
        raise StudyError(f"this model knows {', '.join(unknown)}, which the codebook (v{book.version}) does not; train it again")
    tell("predicting")
    with writing(db):
        number = add_model(db, facts)
    predict(db, coder, number, tell=lambda n: tell(f"predicting {n}"))
    _switch(db, number, by)
    return number


def use_known(db: sqlite3.Connection, model: int, by: str) -> None:
    """Take a model into use that has coded statements of a study before; raises StudyError for one that is not there."""
    if not db.execute("SELECT 1 FROM models WHERE id = ?", (model,)).fetchone():
        raise StudyError(f"there is no model {model} in this study; reload the page")
    _switch(db, model, by)
    predict_missing(db, coder_in_use(db))


def switches(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return who took which model into use when, the newest first: `at, by, model`."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_SWITCHES,)).fetchone()
    return list(reversed(json.loads(row[0]))) if row else []


def _switch(db: sqlite3.Connection, model: int, by: str) -> None:
    with writing(db):
        told = [*reversed(switches(db)), {"at": now(), "by": by, "model": model}]
        for key, value in (("models in use", str(model)), (_SWITCHES, json.dumps(told, ensure_ascii=False))):
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

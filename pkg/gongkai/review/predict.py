"""What models say of the statements of a study: predictions beside each other, a row a model, and how unsure each is."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..resources import resource
from .store import latest, now, writing
from .whichmodel import SHIPPED, folder_of

if TYPE_CHECKING:
    import numpy as np

    from ..model import StatementCoder

# Themes below this are not worth showing as a second thought.
FAINT = 0.05
# How many reports are coded and written at a time.
_REPORTS = 200


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Which model: a name (its folder, or `default` for the shipped one), the hash of its `model.json`, and what is known of it."""

    name: str
    sha256: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def model_facts(folder: str | Path | None = None) -> ModelFacts:
    """Return the facts of a model folder, the shipped one where none is given; raises ModelError for a folder that is none."""
    from ..store import facts_of

    place = Path(folder) if folder is not None else resource("models", "default")
    facts = facts_of(place)
    name = SHIPPED if folder is None else str(place.resolve())
    return ModelFacts(name, hashlib.sha256((place / "model.json").read_bytes()).hexdigest(), facts)


def add_model(db: sqlite3.Connection, model: ModelFacts) -> int:
    """Add a model, which may be there already, and return its id; the first is the one in use, a later one never by itself.

    Call it inside `writing(db)`.
    """
    db.execute(
        "INSERT OR IGNORE INTO models (name, sha256, facts, at) VALUES (?, ?, ?, ?)",
        (model.name, model.sha256, json.dumps(dict(model.facts), ensure_ascii=False, default=str), now()),
    )
    number = int(db.execute("SELECT id FROM models WHERE sha256 = ?", (model.sha256,)).fetchone()[0])
    db.execute("INSERT OR IGNORE INTO meta VALUES ('models in use', ?)", (str(number),))
    return number


def doubts(coder: StatementCoder, probabilities: np.ndarray) -> np.ndarray:
    """Return how likely it is that a coder's codes of each row of scores are wrong somewhere, 0-1: what is looked at first.

    1 less the probability that its role is right and that each theme it chose is there and each other one is not, as if these were
    independent of each other; for a role without themes, 1 less the probability of the role. On half of the offices of the shipped
    corpus, coded by a model of the other half, it is close to the share of statements that are wrong, and finds these best among the
    measures tried (area under the curve 0.83; 0.80 for the smallest margin of a role or a theme).
    """
    import numpy as np

    n = len(coder.roles_)
    decided = coder.decide(probabilities)
    chosen = np.array([[c in themes for c in coder.themes_] for _, themes in decided], bool).reshape(len(decided), len(coder.themes_))
    themed = np.array([role in coder.themed_roles_ for role, _ in decided], bool)
    right = np.where(chosen, probabilities[:, n:], 1 - probabilities[:, n:]).prod(axis=1)
    return 1 - probabilities[:, :n].max(axis=1, initial=0) * np.where(themed, right, 1)


def doubt_of(role_score: float, theme_scores: Iterable[float]) -> float:
    """Return `doubts` of one statement as far as the scores of the role and the themes that were chosen tell.

    The themes that were nearly chosen are missing from it (area under the curve 0.79).

    >>> round(doubt_of(0.9, [0.6, 0.95]), 3)
    0.487
    """
    return 1 - role_score * prod(theme_scores)


def add_predictions(db: sqlite3.Connection, model: int, rows: Iterable[Sequence[object]]) -> int:
    """Add rows of `statement, role, themes, role_score, theme_scores, evidence, doubt`; what the model said before stays.

    Lists and mappings as such. Returns how many came anew. Call it inside `writing(db)`.
    """
    number = "SELECT count(*) FROM predictions WHERE model = ?"
    known = db.execute(number, (model,)).fetchone()[0]
    db.executemany(
        "INSERT OR IGNORE INTO predictions (statement, model, role, themes, role_score, theme_scores, evidence, doubt)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (statement, model, role, _json(themes), score, _json(scores), _json(carried), doubt)
            for statement, role, themes, score, scores, carried, doubt in rows
        ),
    )
    return db.execute(number, (model,)).fetchone()[0] - known


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def predict(
    db: sqlite3.Connection, coder: StatementCoder, model: int, *, evidence: bool = True, tell: Callable[[int], object] = lambda n: None
) -> int:
    """Let a coder say its codes of all statements in force that it has not coded yet, under a model's id; return how many.

    Other models' predictions stay beside them. `evidence` needs the sections' text and the most time. A batch of reports at a time is
    written, so that nobody who codes waits for all of them; `tell` is given how many statements are done after each.
    """
    total = 0
    while batch := _predict(db, coder, model, evidence):
        total += sum(batch)
        tell(total)
    return total


def predict_each(db: sqlite3.Connection, coder: StatementCoder, model: int) -> Iterator[int]:
    """Do as `predict` does, and yield for each report how many of its statements were coded."""
    while batch := _predict(db, coder, model, True):
        yield from batch


def predict_missing(db: sqlite3.Connection, coder_model: tuple[StatementCoder, int] | None) -> int:
    """Let the model in use code the statements that lack its codes, such as those of a boundary; return how many.

    `coder_model` is what `coder_in_use` gave; nothing is done where it is None, or no longer the model in use.
    """
    if coder_model is None or coder_model[1] != latest(db, "models"):
        return 0
    return predict(db, *coder_model)


def lacking(db: sqlite3.Connection, model: int, of: Literal["statements", "reports"] = "statements") -> int:
    """Return how many statements in force a model has not coded, or how many reports have such."""
    what = "*" if of == "statements" else "DISTINCT s.report"
    sql = f"SELECT count({what}) FROM statements AS s WHERE s.retired IS NULL AND NOT EXISTS"
    return int(db.execute(f"{sql} (SELECT 1 FROM predictions WHERE statement = s.id AND model = ?)", (model,)).fetchone()[0])


def coder_in_use(db: sqlite3.Connection) -> tuple[StatementCoder, int] | None:
    """Return the coder of the model in use and its id, or None where the study has no model or its folder is not there as it was."""
    from ..store import ModelError

    row = db.execute("SELECT id, name, sha256 FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
    if row is None:
        return None
    try:
        return _loaded(folder_of(db, row["name"], row["sha256"]), row["sha256"]), row["id"]
    except ModelError:
        return None


@lru_cache(maxsize=2)
def _loaded(folder: str | None, sha256: str) -> StatementCoder:
    from ..analyse import load

    return load(folder)


def _predict(db: sqlite3.Connection, coder: StatementCoder, model: int, carried: bool) -> list[int]:
    """Code the next reports; how many statements of each, none where all are coded."""
    import pandas as pd

    # The coder looks at neighbours, so that whole reports are given to it.
    lacks = "SELECT DISTINCT report FROM statements AS s WHERE s.retired IS NULL AND NOT EXISTS"
    lacks += f" (SELECT 1 FROM predictions AS p WHERE p.statement = s.id AND p.model = :model) LIMIT {_REPORTS}"
    rows = db.execute(
        "SELECT s.id, s.report, s.start, s.end, s.text, s.path, p.statement IS NULL AS lacks, c.start AS base, c.text AS source"
        " FROM statements AS s LEFT JOIN predictions AS p ON p.statement = s.id AND p.model = :model"
        f" LEFT JOIN sections AS c ON c.id = s.section WHERE s.retired IS NULL AND s.report IN ({lacks}) ORDER BY s.report, s.start",
        {"model": model},
    ).fetchall()
    if not rows:
        return []
    X = pd.DataFrame({name: [r[name] for r in rows] for name in ("report", "text")})
    X["path"] = [tuple(json.loads(r["path"])) for r in rows]
    scores = coder.predict_proba(X)
    found = []
    n = len(coder.roles_)
    decided = coder.decide(scores)
    said = _said(coder, rows, [(role, *themes) for role, themes in decided]) if carried else [[] for _ in rows]
    for r, p, (role, themes), why, doubt in zip(rows, scores.tolist(), decided, said, doubts(coder, scores).tolist(), strict=True):
        if not r["lacks"]:
            continue
        near = {t: round(s, 4) for t, s in zip(coder.themes_, p[n:], strict=True) if s >= FAINT or t in themes}
        found.append((r["id"], role, list(themes), round(p[coder.roles_.index(role)], 4), near, why, round(doubt, 4)))
    with writing(db):
        add_predictions(db, model, found)
    return list(Counter(r["report"] for r in rows if r["lacks"]).values())


def _said(coder: StatementCoder, rows: Sequence[sqlite3.Row], codes: Sequence[tuple[str, ...]]) -> list[list[dict[str, Any]]]:
    """The evidence for the codes of each row that lacks them; none where its section's text is not known."""
    from ..evidence import evidence_many
    from ..records import Statement

    wanted = [i for i, r in enumerate(rows) if r["lacks"] and r["source"] is not None]
    given = [rows[i] for i in wanted]
    here = [Statement(r["start"] - r["base"], r["end"] - r["base"], r["text"]) for r in given]
    told: list[list[dict[str, Any]]] = [[] for _ in rows]
    for i, r, said in zip(wanted, given, evidence_many(coder, [r["source"] for r in given], here, [codes[i] for i in wanted]), strict=True):
        told[i] = [{"code": e.code, "start": e.start + r["base"], "end": e.end + r["base"], "weight": e.weight} for e in said]
    return told

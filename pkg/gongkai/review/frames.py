"""A study as tables: what the machine said, what each coder said, what is final, and the history."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import pandas as pd

from ..records import TAG_COLUMNS
from .changes import SETTLED, State
from .store import latest

# How a final label came about, or why there is none.
Final = Literal["settled", "agreed", "single", "disputed", "open"]

_PLACED = (
    "SELECT s.id, s.report, r.body, r.year, r.level, r.region, s.kind, s.path, s.start, s.end, s.text{more}"
    " FROM statements AS s JOIN reports AS r ON r.id = s.report{join} WHERE s.retired IS NULL{where} ORDER BY s.report, s.start"
)
_CODES = "SELECT statement, coder, role, themes, status, note FROM codes"
_TYPES = {"year": "Int64", "start": "Int64", "end": "Int64", "statement": "int64", "role_score": "float64"}


def final_of(states: Mapping[str, State]) -> tuple[State | None, Final]:
    """Return the final label that coders' states of one statement come to, and how it came about.

    What is settled stands; else what all who coded it say alike (`agreed`, or `single` where it is one coder); else there is none,
    because they differ (`disputed`) or nobody coded it (`open`).

    >>> a, b = State("problem", ("depth",), "coded"), State("problem", ("review",), "coded")
    >>> final_of({"a": a, "b": b})[1], final_of({"a": a, "b": b, "=": b})[1]
    ('disputed', 'settled')
    """
    coded = {who: s for who, s in states.items() if s.status == "coded"}
    if SETTLED in coded:
        return coded[SETTLED], "settled"
    if len({(s.role, frozenset(s.themes)) for s in coded.values()}) > 1:
        return None, "disputed"
    if not coded:
        return None, "open"
    return next(iter(coded.values())), "agreed" if len(coded) > 1 else "single"


def states_of(db: sqlite3.Connection, statement: int) -> dict[str, State]:
    """Return what each coder says of a statement, the settled codes among them under `changes.SETTLED`."""
    return {r["coder"]: _state(r) for r in db.execute(f"{_CODES} WHERE statement = ? ORDER BY coder", (statement,))}


@lru_cache(maxsize=50_000)
def _listed(text: str | None) -> tuple[str, ...]:
    # The same headings and themes come again and again.
    return tuple(json.loads(text)) if text else ()


def _state(row: sqlite3.Row) -> State:
    return State(row["role"], _listed(row["themes"]), row["status"], row["note"])


def machine_frame(db: sqlite3.Connection, model: int | None = None) -> pd.DataFrame:
    """Return the statements in force as a model (the one in use) codes them: the columns of `gongkai tag`, then `statement, doubt`.

    `statement` is the id in the study. Role, scores and doubt are empty where the model has not coded a statement.
    """
    sql = _PLACED.format(
        more=", p.role, p.themes, p.role_score, p.theme_scores, p.evidence, p.doubt",
        join=" LEFT JOIN predictions AS p ON p.statement = s.id AND p.model = ?",
        where="",
    )
    rows = []
    for r in db.execute(sql, (latest(db, "models") if model is None else model,)):
        themes = list(_listed(r["themes"]))
        scores = {t: p for t, p in json.loads(r["theme_scores"] or "{}").items() if t in themes}
        coded = (r["role"], themes, r["role_score"], scores, json.loads(r["evidence"] or "[]"))
        rows.append((*_about(r), *coded, r["id"], r["doubt"]))
    return _frame(rows, "statement", "doubt").astype({"doubt": "float64"})


def _about(row: sqlite3.Row) -> tuple[Any, ...]:
    """The cells of a statement before its codes, as `gongkai tag` has them."""
    place = tuple(row[name] for name in ("report", "body", "year", "level", "region", "kind"))
    return (*place, _listed(row["path"]), row["start"], row["end"], row["text"])


def _frame(rows: list[tuple[Any, ...]], *more: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*TAG_COLUMNS, *more]).astype(_TYPES)


def codes_frame(db: sqlite3.Connection, coder: str | None = None) -> pd.DataFrame:
    """Return a row a statement in force and coder, without the settled codes; those never touched are left out.

    The columns of `gongkai tag` (without scores and evidence, which are the machine's), then `statement, coder, status, note, at,
    codebook, model`: when it was said last, under which codebook (its number in the study) and beside which model (its hash).
    """
    sql = _PLACED.format(
        more=", c.coder, c.role, c.themes, c.status, c.note, h.at, h.codebook, m.sha256",
        join=" JOIN codes AS c ON c.statement = s.id JOIN changes AS h ON h.id = c.change LEFT JOIN models AS m ON m.id = h.model",
        where=" AND c.coder != :settled AND (:coder IS NULL OR c.coder = :coder)"
        " AND (c.status != 'open' OR c.role IS NOT NULL OR c.themes != '[]' OR c.note != '')",
    )
    rows = [
        (
            *_about(r), r["role"], list(_listed(r["themes"])), None, {}, [], r["id"], r["coder"], r["status"], r["note"], r["at"],
            r["codebook"], r["sha256"],
        )
        for r in db.execute(f"{sql}, c.coder", {"settled": SETTLED, "coder": coder})
    ]  # fmt: skip
    return _frame(rows, "statement", "coder", "status", "note", "at", "codebook", "model")


def final_frame(db: sqlite3.Connection) -> pd.DataFrame:
    """Return the statements in force with their final labels: the columns of `gongkai tag`, then `statement, coders, settled, final`.

    `coders` (a list) are those who coded it, `settled` whether it was adjudicated, `final` how the label came about (see `final_of`).
    Role and themes are empty where there is no label; scores and evidence, which are the machine's, are.
    """
    states: dict[int, dict[str, State]] = defaultdict(dict)
    for r in db.execute(f"{_CODES} WHERE status = 'coded' ORDER BY coder"):
        states[r["statement"]][r["coder"]] = _state(r)
    rows = []
    for r in db.execute(_PLACED.format(more="", join="", where="")):
        mine = states.get(r["id"], {})
        label, how = final_of(mine)
        coded: tuple[Any, ...] = (label.role if label else None, list(label.themes) if label else [], None, {}, [])
        rows.append((*_about(r), *coded, r["id"], [c for c in mine if c != SETTLED], how == "settled", how))
    return _frame(rows, "statement", "coders", "settled", "final").astype({"settled": bool})


_HISTORY = (
    "change", "at", "coder", "kind", "statement", "report", "start", "end", "role_before", "themes_before", "status_before",
    "note_before", "role", "themes", "status", "note", "places_before", "places", "codebook", "model", "undoes",
)  # fmt: skip


def history_frame(db: sqlite3.Connection) -> pd.DataFrame:
    """Return every change, oldest first, a row each.

    Columns: `change, at, coder, kind, statement, report, start, end, role_before, themes_before, status_before, note_before, role,
    themes, status, note, places_before, places, codebook, model, undoes`. A change of codes fills the states, one of boundaries the
    places (`start-end`, a list); `undoes` is the change that is taken back.
    """
    places = {r["id"]: f"{r['start']}-{r['end']}" for r in db.execute("SELECT id, start, end FROM statements")}
    rows = []
    for r in db.execute(
        "SELECT c.*, s.report, s.start, s.end, m.sha256 FROM changes AS c LEFT JOIN statements AS s ON s.id = c.statement"
        " LEFT JOIN models AS m ON m.id = c.model ORDER BY c.id"
    ):
        before, after = json.loads(r["before"]), json.loads(r["after"])
        states = [s.get(name) for s in (before, after) for name in ("role", "themes", "status", "note")]
        moved = [[places[i] for i in s["statements"]] if "statements" in s else None for s in (before, after)]
        about = (r["id"], r["at"], r["coder"], r["kind"], r["statement"], r["report"], r["start"], r["end"])
        rows.append((*about, *states, *moved, r["codebook"], r["sha256"], r["undoes"]))
    whole = dict.fromkeys(("statement", "start", "end", "undoes"), "Int64")
    return pd.DataFrame(rows, columns=list(_HISTORY)).astype(whole)

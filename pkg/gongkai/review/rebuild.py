"""What a study keeps for speed, held against the changes that it comes from, and made anew from them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .store import writing

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the changes come to: codes by statement and coder, and by which change a statement is out of force."""

    codes: dict[tuple[int, str], _Row] = field(default_factory=dict)
    retired: dict[int, int] = field(default_factory=dict)


def _told(db: sqlite3.Connection) -> _Told:
    told = _Told()
    for row in db.execute("SELECT id, coder, statement, before, after FROM changes ORDER BY id"):
        before, after = json.loads(row["before"]), json.loads(row["after"])
        if "statements" in after:
            told.retired.update(dict.fromkeys(before["statements"], row["id"]))
            for statement in after["statements"]:
                told.retired.pop(statement, None)
        else:
            state = (after["role"], tuple(after["themes"]), after["status"], after["note"])
            told.codes[row["statement"], row["coder"]] = (*state, row["id"])
    return told


def check(db: sqlite3.Connection) -> list[str]:
    """Return what differs between a study's changes and what it keeps beside them, a line each; empty where it is sound.

    Looks at the file itself, codes, statements in force (which never overlap), and the themes that are kept for the queues.
    """
    told = _told(db)
    wrong = [f"file: {r[0]}" for r in db.execute("PRAGMA quick_check") if r[0] != "ok"]
    wrong += [f"{r[0]} {r[1]}: names a row of {r[2]} that is not there" for r in db.execute("PRAGMA foreign_key_check")]
    kept = {
        (r["statement"], r["coder"]): (r["role"], tuple(json.loads(r["themes"])), r["status"], r["note"], r["change"])
        for r in db.execute("SELECT * FROM codes")
    }
    for key in sorted({*kept, *told.codes}):
        if kept.get(key) != told.codes.get(key):
            wrong.append(f"codes of statement {key[0]} by {key[1]}: kept {kept.get(key)}, by the changes {told.codes.get(key)}")
    retired = {r["id"]: r["retired"] for r in db.execute("SELECT id, retired FROM statements WHERE retired IS NOT NULL")}
    for statement in sorted({*retired, *told.retired}):
        if retired.get(statement) != told.retired.get(statement):
            wrong.append(f"statement {statement}: out of force by {retired.get(statement)}, by the changes {told.retired.get(statement)}")
    return [
        *wrong,
        *_overlaps(db),
        *_themes(db, "codes", "coded_themes", "coder"),
        *_themes(db, "predictions", "predicted_themes", "model"),
    ]


def _overlaps(db: sqlite3.Connection) -> Iterator[str]:
    last = None
    for row in db.execute("SELECT id, report, start, end FROM statements WHERE retired IS NULL ORDER BY report, start, end"):
        if last is not None and last["report"] == row["report"] and row["start"] < last["end"]:
            yield f"statements {last['id']} and {row['id']} of {row['report']} overlap"
        last = row


def _themes(db: sqlite3.Connection, table: str, themes: str, whose: str) -> Iterator[str]:
    listed = Counter(tuple(r) for r in db.execute(f"SELECT {whose}, value, statement FROM {table}, json_each({table}.themes)"))
    kept = Counter(tuple(r) for r in db.execute(f"SELECT {whose}, theme, statement FROM {themes}"))
    for key in sorted((listed - kept) + (kept - listed), key=str):
        yield f"{themes}: {key} is {'not ' if listed[key] else ''}kept and {'' if listed[key] else 'not '}in {table}"


def rebuild(db: sqlite3.Connection) -> None:
    """Make what a study keeps beside its changes anew from them, in one transaction."""
    with writing(db):
        told = _told(db)
        db.execute("DELETE FROM codes")
        db.executemany(
            "INSERT INTO codes (statement, coder, role, themes, status, note, change) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*key, role, json.dumps(themes), status, note, n) for key, (role, themes, status, note, n) in told.codes.items()],
        )
        db.execute("UPDATE statements SET retired = NULL WHERE retired IS NOT NULL")
        db.executemany("UPDATE statements SET retired = ? WHERE id = ?", [(n, s) for s, n in told.retired.items()])
        db.execute("DELETE FROM predicted_themes")
        db.execute("INSERT OR IGNORE INTO predicted_themes SELECT model, value, statement FROM predictions, json_each(predictions.themes)")
        db.execute("DELETE FROM coded_themes")
        db.execute("INSERT OR IGNORE INTO coded_themes SELECT coder, value, statement FROM codes, json_each(codes.themes)")

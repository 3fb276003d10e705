"""Where a statement stands: the text of its section with the statements in it, or its neighbours where the section is not known."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from .store import StudyError


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement in force at `[start, end)` of its report; `text` is the repaired one-line form."""

    id: int
    start: int
    end: int
    text: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A statement where it stands.

    `text` is that of its section, from offset `start` of the report on, and `whole` is true; where the study has no section of it,
    `text` is empty, `whole` false, and `around` (the statements of the section in reading order, this one among them) are three
    neighbours to either side. `before` and `after` are the next statements in force, which it can be merged with.
    """

    statement: Placed
    report: str
    kind: str
    title: str
    text: str
    start: int
    whole: bool
    around: tuple[Placed, ...]
    before: int | None
    after: int | None

    def source(self, placed: Placed) -> str:
        """Return the source of a statement around, or its repaired text where the section is not known."""
        return self.text[placed.start - self.start : placed.end - self.start] if self.whole else placed.text


_COLUMNS = "id, start, end, text, path"


def context_of(db: sqlite3.Connection, statement: int) -> Context:
    """Return where a statement stands; raises StudyError for one that the study does not have."""
    row = db.execute(f"SELECT {_COLUMNS}, report, kind, section, retired FROM statements WHERE id = ?", (statement,)).fetchone()
    if row is None:
        raise StudyError(f"there is no statement {statement} in this study; reload the page")
    me = _placed(row)
    section = db.execute("SELECT start, title, text FROM sections WHERE id = ?", (row["section"],)).fetchone()
    if section is not None:
        near = f"SELECT {_COLUMNS} FROM statements WHERE section = ? AND retired IS NULL ORDER BY start"
        around = [_placed(r) for r in db.execute(near, (row["section"],))]
    else:
        side = f"SELECT {_COLUMNS} FROM statements WHERE report = ? AND retired IS NULL AND start {{}} ? ORDER BY start {{}} LIMIT 3"
        above = db.execute(side.format("<", "DESC"), (row["report"], me.start)).fetchall()
        below = db.execute(side.format(">", ""), (row["report"], me.start)).fetchall()
        around = [*map(_placed, reversed(above)), me, *map(_placed, below)]
    if row["retired"] is not None:
        around = [me]
    at = next(n for n, p in enumerate(around) if p.id == me.id)
    return Context(
        me, row["report"], row["kind"], section["title"] if section else "", section["text"] if section else "",
        section["start"] if section else me.start, section is not None, tuple(around),
        around[at - 1].id if at else None, around[at + 1].id if at + 1 < len(around) else None,
    )  # fmt: skip


def _placed(row: sqlite3.Row) -> Placed:
    return Placed(row["id"], row["start"], row["end"], row["text"], tuple(json.loads(row["path"])))

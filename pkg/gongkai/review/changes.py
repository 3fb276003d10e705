"""Codes and their history: every change is a row of its own with who, when, before and after; nothing is overwritten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from ..codebook import Codebook, parse_codebook
from .store import StudyError, latest, now, writing

Status = Literal["open", "coded", "unsure", "skipped"]
# The coder whose codes are the settled ones; no person can take this name.
SETTLED = "="


@dataclass(frozen=True, slots=True)
class State:
    """What one coder says of one statement."""

    role: str | None = None
    themes: tuple[str, ...] = ()
    status: Status = "open"
    note: str = ""

    def json(self) -> str:
        """Return the state as it stands in a change."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history; `before` and `after` are states, or the ids of the statements that a boundary took and gave."""

    id: int
    at: str
    coder: str
    kind: str
    statement: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    undoes: int | None


def codebook_of(db: sqlite3.Connection, version: int | None = None) -> Codebook:
    """Return a codebook of the study by its id, or the one in use."""
    row = db.execute("SELECT id, yaml FROM codebooks WHERE id = ?", (version or latest(db, "codebooks"),)).fetchone()
    if not row:
        raise StudyError("the study has no codebook; load statements into it first")
    return _parsed(row["yaml"], f"codebook {row['id']} of the study")


@lru_cache(maxsize=64)
def _parsed(yaml: str, name: str) -> Codebook:
    return parse_codebook(yaml, name)


def state_of(db: sqlite3.Connection, statement: int, coder: str) -> State:
    """Return what a coder says of a statement; `open` where nothing yet."""
    row = db.execute("SELECT role, themes, status, note FROM codes WHERE statement = ? AND coder = ?", (statement, coder)).fetchone()
    return State(row["role"], tuple(json.loads(row["themes"])), row["status"], row["note"]) if row else State()


def code(
    db: sqlite3.Connection,
    statement: int,
    coder: str,
    state: State,
    *,
    kind: Literal["code", "settle", "import"] = "code",
    request: str | None = None,
    by: str | None = None,
    was: State | None = None,
) -> Change | None:
    """Write what a coder says of a statement; on disk when this returns. None where it was said already.

    `by` is who settled, which the change keeps beside the state; `was` is what a page took to be said before. A `request` (any unique
    text) that comes twice, as a page sends again what it had no answer to, is written once. A coded state must keep the codebook's
    rules; one in the making (`open`) need not. Raises StudyError for unknown coders, statements and codes, and where it was otherwise.
    """
    book = codebook_of(db)
    _check(book, state)
    with writing(db):
        if request and (again := written_before(db, request)):
            return again
        _known(db, statement, coder, kind)
        before = state_of(db, statement, coder)
        state = replace(state, themes=tuple(t for t in book.theme_ids if t in state.themes))
        if state == before:
            return None
        if was and (was.role, {*was.themes}, was.status, was.note) != (before.role, {*before.themes}, before.status, before.note):
            raise StudyError("this statement was coded otherwise in another window; what you gave last here was not taken, look again")
        after = json.loads(state.json()) | ({"by": by} if by else {})
        written = write(db, kind, coder, statement, json.loads(before.json()), after, request=request)
        _keep(db, statement, coder, state, written.id)
    return written


def _check(book: Codebook, state: State) -> None:
    codes = [state.role] if state.role else []
    if unknown := [c for c in (*codes, *state.themes) if c not in (*book.role_ids, *book.theme_ids)]:
        raise StudyError(f"{', '.join(unknown)}: not in the codebook (v{book.version}); reload the page")
    if state.status == "coded":
        if not state.role:
            raise StudyError("a coded statement needs a role; choose one of " + ", ".join(book.role_ids))
        if wrong := book.check(state.role, state.themes):
            raise StudyError("; ".join(wrong))


def _known(db: sqlite3.Connection, statement: int, coder: str, kind: str) -> None:
    if (coder == SETTLED) != (kind == "settle"):
        raise StudyError(f"{SETTLED!r} stands for the settled codes; give a coder's name")
    if coder != SETTLED and not db.execute("SELECT 1 FROM coders WHERE name = ?", (coder,)).fetchone():
        raise StudyError(f"coder {coder!r} is not known; add the coder first")
    row = db.execute("SELECT retired FROM statements WHERE id = ?", (statement,)).fetchone()
    if not row:
        raise StudyError(f"there is no statement {statement} in this study; reload the page")
    if row["retired"] is not None:
        raise StudyError("this statement was split or merged in the meantime; reload the page")


def add_coder(db: sqlite3.Connection, name: str) -> str:
    """Add a coder, who may be there already, and return the name without blanks around it."""
    clean = " ".join(name.split())
    if not 0 < len(clean) <= 60 or clean.startswith(SETTLED) or not clean.isprintable():
        raise StudyError(f"{name!r} cannot be a coder's name; give one of 1 to 60 characters that does not begin with {SETTLED}")
    with writing(db):
        db.execute("INSERT OR IGNORE INTO coders VALUES (?, ?)", (clean, now()))
    return clean


def write(
    db: sqlite3.Connection,
    kind: str,
    coder: str,
    statement: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    undoes: int | None = None,
    request: str | None = None,
) -> Change:
    """Write one row of the history and return it; call it inside `writing(db)`, and write what it comes to in the same transaction."""
    at = now()
    row = db.execute(
        "INSERT INTO changes (at, coder, kind, statement, before, after, codebook, model, undoes, request)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (at, coder, kind, statement, _dumped(before), _dumped(after), latest(db, "codebooks"), latest(db, "models"), undoes, request),
    ).fetchone()
    return Change(row[0], at, coder, kind, statement, before, after, undoes)


def written_before(db: sqlite3.Connection, request: str) -> Change | None:
    """Return the change that a request wrote when it came first, or None."""
    row = db.execute("SELECT * FROM changes WHERE request = ?", (request,)).fetchone()
    return _change(row) if row else None


def _dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _keep(db: sqlite3.Connection, statement: int, coder: str, state: State, change: int) -> None:
    db.execute(
        "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (statement, coder) DO UPDATE SET"
        " role = excluded.role, themes = excluded.themes, status = excluded.status, note = excluded.note, change = excluded.change",
        (statement, coder, state.role, json.dumps(list(state.themes)), state.status, state.note, change),
    )


def _change(row: sqlite3.Row) -> Change:
    before, after = json.loads(row["before"]), json.loads(row["after"])
    return Change(row["id"], row["at"], row["coder"], row["kind"], row["statement"], before, after, row["undoes"])


def history(db: sqlite3.Connection, statement: int | None = None, coder: str | None = None, limit: int = 100) -> list[Change]:
    """Return the changes of a statement or a coder, or all, newest first."""
    wanted = {"statement": statement, "coder": coder}
    # Only a condition that is there can use its index.
    where = " AND ".join(f"{name} = :{name}" for name, value in wanted.items() if value is not None) or "TRUE"
    rows = db.execute(f"SELECT * FROM changes WHERE {where} ORDER BY id DESC LIMIT :limit", {**wanted, "limit": limit})
    return [_change(r) for r in rows]


def undo(db: sqlite3.Connection, coder: str, request: str | None = None, *, by: str | None = None) -> Change | None:
    """Take back a coder's last change that is not taken back yet, as a change of its own; None where there is none.

    With `by` it is the last of what this person settled that still stands. A boundary can be taken back only while nobody has coded
    the statements it made: StudyError else.
    """
    with writing(db):
        if request and (again := written_before(db, request)):
            return again
        row = db.execute(
            "SELECT * FROM changes AS c WHERE coder = :coder AND kind != 'undo' AND NOT EXISTS (SELECT 1 FROM changes WHERE undoes = c.id)"
            " AND (:by IS NULL OR (json_extract(after, '$.by') = :by"
            " AND id = (SELECT change FROM codes WHERE statement = c.statement AND coder = c.coder))) ORDER BY id DESC LIMIT 1",
            {"coder": coder, "by": by},
        ).fetchone()
        if not row:
            return None
        last = _change(row)
        before = dict(last.before) | ({"by": by} if by else {})
        made = write(db, "undo", coder, last.statement, last.after, before, undoes=last.id, request=request)
        if last.kind in ("split", "merge"):
            _take_back(db, last, made.id)
        else:
            assert last.statement is not None
            _keep(db, last.statement, coder, as_state(last.before), made.id)
        return made


def as_state(value: Mapping[str, Any]) -> State:
    """Return the state that stands in a change."""
    return State(value["role"], tuple(value["themes"]), value["status"], value["note"])


def _take_back(db: sqlite3.Connection, boundary: Change, change: int) -> None:
    old, new = boundary.before["statements"], boundary.after["statements"]
    marks = ",".join("?" * len(new))
    # A later boundary stands on this one even where another brought the same places back.
    held = " OR ".join(
        f"EXISTS (SELECT 1 FROM json_each(c.{side}, '$.statements') WHERE value IN ({marks}))" for side in ("before", "after")
    )
    later = (
        f"SELECT 1 FROM changes AS c WHERE c.id > ? AND c.kind IN ('split', 'merge') AND ({held})"
        " AND NOT EXISTS (SELECT 1 FROM changes WHERE undoes = c.id)"
    )
    if db.execute(later, (boundary.id, *new, *new)).fetchone():
        raise StudyError("these statements were split or merged since; take that back first")
    # What came back into force may carry codes of an earlier time; only those given since, and not taken back, count.
    since = (
        f"SELECT 1 FROM codes AS k JOIN changes AS c ON c.statement = k.statement AND c.coder = k.coder WHERE k.statement IN ({marks})"
        " AND k.status != 'open' AND c.id > ? AND c.kind IN ('code', 'settle', 'import')"
        " AND NOT EXISTS (SELECT 1 FROM changes WHERE undoes = c.id)"
    )
    if db.execute(since, (*new, boundary.id)).fetchone():
        raise StudyError("these statements were coded since; a boundary is taken back only before that")
    retire(db, new, change)
    db.executemany("UPDATE statements SET retired = NULL WHERE id = ?", [(i,) for i in old])


def retire(db: sqlite3.Connection, statements: Sequence[int], change: int) -> None:
    """Mark statements that a boundary replaced; their codes stay in the study."""
    db.executemany("UPDATE statements SET retired = ? WHERE id = ?", [(change, i) for i in statements])

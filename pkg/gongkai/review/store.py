"""A study on disk: one SQLite file (WAL), opened, checked and written in whole transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import UserError
from ..resources import resource_text

APPLICATION, VERSION = 0x676B7276, 2
_WAIT = 10.0
# What makes a study of the version before one of this version.
_STEPS = {2: [f"ALTER TABLE {table} ADD COLUMN extra TEXT NOT NULL DEFAULT '{{}}'" for table in ("reports", "statements")]}


class StudyError(UserError):
    """A study that cannot be opened, read or written; the message names the file and the cure."""


def open_study(path: str | Path, create: bool = True) -> sqlite3.Connection:
    """Open a study, or make an empty one where there is no file; rows come as `sqlite3.Row`.

    What a transaction has written is on disk when it ends (WAL, `synchronous=FULL`). Raises StudyError for a file that is no
    study, for one of a newer gongkai, and for one that cannot be written.
    """
    file = Path(path)
    if file.is_dir():
        raise StudyError(f"{file} is a folder; give the name of a study, such as {file / 'study.db'}")
    new = not file.exists() or file.stat().st_size == 0
    if new and not create:
        raise StudyError(f"{file} does not exist; give the study that gongkai review wrote")
    # Never open the file but through SQLite: closing it would drop the locks that other connections of this program hold on it.
    try:
        db = sqlite3.connect(file, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        if new or (create and _is_empty(db)):
            db.execute("PRAGMA journal_mode = WAL")
            _create(db)
        _check(db, file)
        _update(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise StudyError(f"{file} is no study; give another name, it is left as it is") from error
        raise StudyError(f"{file} cannot be used ({error}); give a file that can be written, or the latest copy of the study") from error
    return db


def _is_empty(db: sqlite3.Connection) -> bool:
    # What a program leaves that ended while it made a study.
    return not any(db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version", "schema_version"))


def _create(db: sqlite3.Connection) -> None:
    with writing(db):
        if db.execute("PRAGMA user_version").fetchone()[0]:
            return
        for statement in _statements(resource_text("study.sql")):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    # executescript would end the transaction that must hold all of them.
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _check(db: sqlite3.Connection, file: Path) -> None:
    application, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if application != APPLICATION or version < 1:
        raise StudyError(f"{file} is a database, but no study of gongkai; give another name, it is left as it is")
    if version > VERSION:
        raise StudyError(f"{file} was written by a newer gongkai (study version {version}, known {VERSION}); update gongkai")


def _update(db: sqlite3.Connection) -> None:
    """Bring a study of an older gongkai up to this one."""
    if _version(db) == VERSION:
        return
    with writing(db):
        # Another program may have been quicker.
        for version in range(_version(db) + 1, VERSION + 1):
            for statement in _STEPS[version]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold one transaction that writes: all of it is kept, or nothing. Raises StudyError where another writer holds the study too long."""
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        raise StudyError(f"the study is being written by another program ({error}); try again, or close that program") from error
    try:
        yield db
        db.execute("COMMIT")
    except BaseException as error:
        # A full disk fails the COMMIT itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            error.add_note(str(db.execute("PRAGMA database_list").fetchone()[2]))
        raise


@contextmanager
def sound() -> Iterator[None]:
    """Name what a study says that gongkai never writes, such as themes that are no list; raises StudyError."""
    try:
        yield
    except UserError:
        raise
    except (ValueError, TypeError, LookupError) as error:
        raise StudyError(f"the study is damaged ({type(error).__name__}: {error}); give the latest copy of it") from error


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def latest(db: sqlite3.Connection, table: str) -> int | None:
    """Return the id of the codebook or model in use: that named in `meta`, else the newest, or None where there is none."""
    if table not in ("codebooks", "models"):
        raise ValueError(f"{table!r} has no version in use; give codebooks or models")
    row = db.execute("SELECT value FROM meta WHERE key = ?", (f"{table} in use",)).fetchone()
    return int(row[0]) if row else db.execute(f"SELECT max(id) FROM {table}").fetchone()[0]

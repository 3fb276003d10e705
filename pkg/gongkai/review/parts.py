"""A study divided among coders by whole reports, so that each reads what he codes in its context."""

from __future__ import annotations

import re
import sqlite3

from .store import StudyError

# Reports in the order in which they came, one of each block to each coder: by turns that have nothing to do with the order, in which
# years may alternate. Parameters `:part` (from 0) and `:of`.
_BLOCK = "(place / :of % 2147483647)"
SHARE = f"((place + {_BLOCK} * {_BLOCK} % 2147483647 * 1583458089 % 2147483647) % :of = :part)"
PARTED = f"EXISTS (SELECT 1 FROM divided WHERE divided.statement = {{id}} AND {SHARE})"
# Those that a page offers.
PARTS = tuple(f"{k}/{n}" for n in (2, 3, 4) for k in range(1, n + 1))
_PART = re.compile(r"([1-9]\d?)/([1-9]\d?)")
_TABLES = (
    "CREATE TEMP TABLE IF NOT EXISTS divided (statement INTEGER PRIMARY KEY, place INTEGER NOT NULL)",
    "CREATE TEMP TABLE IF NOT EXISTS divided_reports (report TEXT PRIMARY KEY, place INTEGER NOT NULL, n INTEGER NOT NULL) WITHOUT ROWID",
)
_ADDED = (
    "INSERT INTO divided_reports SELECT report, (SELECT count(*) FROM divided_reports) + row_number() OVER (ORDER BY min(id)) - 1, 0"
    " FROM statements WHERE id > :last AND report NOT IN (SELECT report FROM divided_reports) GROUP BY report",
    "INSERT INTO divided_reports SELECT report, 0, count(*) FROM statements WHERE id > :last GROUP BY report"
    " ON CONFLICT (report) DO UPDATE SET n = n + excluded.n",
    "INSERT INTO divided SELECT s.id, r.place FROM statements AS s JOIN divided_reports AS r ON r.report = s.report WHERE s.id > :last",
)


def divided(db: sqlite3.Connection, part: str) -> dict[str, int]:
    """Return the parameters of `SHARE` and `PARTED` for a part such as "1/2", and keep their tables, of this connection, up to date.

    Statements are numbered as they come and never go, so that reports that are added later leave the parts as they were. Raises
    StudyError for what is no part.
    """
    found = _PART.fullmatch(part)
    if not found or int(found[1]) > int(found[2]):
        raise StudyError(f"{part!r} is no part; give one such as 1/2, the first of two")
    for table in _TABLES:
        db.execute(table)
    # One look at the study for all that is added.
    db.execute("BEGIN")
    try:
        last = db.execute("SELECT coalesce(max(statement), 0) FROM divided").fetchone()[0]
        if (db.execute("SELECT max(id) FROM statements").fetchone()[0] or 0) > last:
            for sql in _ADDED:
                db.execute(sql, {"last": last})
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return {"part": int(found[1]) - 1, "of": int(found[2])}

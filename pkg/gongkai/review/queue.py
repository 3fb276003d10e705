"""What to code next: the statements that a coder has not done, in the order that was chosen, and how far the work is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .arms import IN_FORCE, LACKING, MIXED, OF_THEME, ORDERS, THEMED, UNDONE, Order, arms, asked, merged, narrowed, some_lack
from .parts import PARTED, SHARE
from .store import StudyError

__all__ = ["ORDERS", "WANTS", "Order", "Progress", "Want", "following", "previous", "progress", "queue"]

Want = Literal["todo", "unsure", "skipped", "coded"]
WANTS: tuple[Want, ...] = get_args(Want)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a coder is: statements `done` (coded), `unsure`, `skipped`, and all together, `total`."""

    done: int
    unsure: int
    skipped: int
    total: int

    @property
    def left(self) -> int:
        """How many the coder has not touched, or not finished."""
        return self.total - self.done - self.unsure - self.skipped


def queue(
    db: sqlite3.Connection,
    coder: str,
    order: Order = "uncertain",
    *,
    theme: str | None = None,
    sample: int | None = None,
    second: bool = False,
    part: str | None = None,
    status: Want = "todo",
    after: int | None = None,
    limit: int = 50,
) -> list[int]:
    """Return the ids of up to `limit` statements in force that a coder is to look at, in order.

    `uncertain`: those that the model in use doubts most come first (pieces that it has not coded yet before them, others that it has
    not coded behind them). `sample`: as drawn; the newest sample where none is named. `theme`: those that have the theme as settled,
    as this coder said, or as the model in use predicts. `unreviewed`: as they are read, report by report. With `second` only those
    that another person has coded, in a random order that is one for all (in a sample as drawn); who, and how, is not told. With `part`
    ("1/2", the first of two) only those of a part of the reports: the parts do not overlap, and leave nothing out.

    Statements that this coder coded, skipped or was unsure of are left out; with `status` those of one of these come instead. `after`
    is the statement that was looked at last: those behind it in the order come, and nothing once the end is reached, when what was
    passed by is found by asking without it. Raises StudyError for an order that is not known, or whose theme or sample is missing.
    """
    what = asked(db, coder, order, theme, sample, second, part)
    if status not in WANTS:
        raise StudyError(f"status {status!r} is not known; choose one of {', '.join(WANTS)}")
    if status != "todo":
        return _marked(db, what, status, after, limit)
    if order == "theme" or (second and order != "sample"):
        source, behind, more = merged(db, what)
        if not source:
            return []
        sql = source.format(behind=behind if after is not None else "") + " ORDER BY k, id LIMIT :n"
        return [r["id"] for r in db.execute(sql, {**what, **more, "after": after, "n": limit})]
    parts = arms(what)
    keys = [db.execute(arm.key, {**what, "after": after}).fetchone() if after is not None else None for arm in parts]
    start = next((n for n, key in enumerate(keys) if key), 0)
    found: list[int] = []
    for arm, key in list(zip(parts, keys, strict=True))[start:]:
        if len(found) >= limit or (arm is LACKING and not some_lack(db, what)):
            break
        also = [UNDONE, *narrowed(what)]
        where = " AND ".join([*(c.format(id=arm.id) for c in also), *([arm.behind] if key else [])])
        sql = f"SELECT {arm.id} FROM {arm.source} AND {where} ORDER BY {arm.order} LIMIT :n"
        place = {"k": key[0], "l": key[1]} if key else {}
        found += [r[0] for r in db.execute(sql, {**what, **place, "n": limit - len(found)})]
    return found


def _marked(db: sqlite3.Connection, what: dict[str, Any], status: str, after: int | None, limit: int) -> list[int]:
    """Those that the coder has given a status, in the order asked for."""
    keys = {"uncertain": "coalesce(p.doubt, 2) DESC, s.id", "sample": "d.place, s.id", "theme": "s.id", "unreviewed": "s.report, s.start"}
    mixed = what["second"] and what["order"] != "sample"
    key = f"{MIXED.format(id='s.id')}, s.id" if mixed else keys[what["order"]]
    sql = (
        "SELECT s.id FROM codes AS mine CROSS JOIN statements AS s ON s.id = mine.statement"
        + (" JOIN sampled AS d ON d.sample = :sample AND d.statement = s.id" if what["order"] == "sample" else "")
        + " LEFT JOIN predictions AS p ON p.statement = s.id AND p.model = :model"
        + " WHERE mine.coder = :coder AND mine.status = :status AND s.retired IS NULL"
        + (f" AND {THEMED.format(id='s.id')}" if what["order"] == "theme" else "")
        + "".join(f" AND {c.format(id='s.id')}" for c in narrowed(what))
        + f" ORDER BY {key}"
    )
    found = [r[0] for r in db.execute(sql, {**what, "status": status})]
    return found[found.index(after) + 1 if after in found else 0 :][:limit]


def progress(
    db: sqlite3.Connection,
    coder: str,
    order: Order = "uncertain",
    *,
    theme: str | None = None,
    sample: int | None = None,
    second: bool = False,
    part: str | None = None,
) -> Progress:
    """Return how far a coder is with the statements of a queue."""
    what = asked(db, coder, order, theme, sample, second, part)
    if not second and not part and order in ("uncertain", "unreviewed"):
        # Nothing narrows it: the index tells the counts, and what is out of force is taken off.
        counted, off = (dict(db.execute(sql, what).fetchall()) for sql in (_DONE, _OFF))
        done = {status: n - off.get(status, 0) for status, n in counted.items()}
    else:
        where = [IN_FORCE, *narrowed(what)]
        source = "codes AS mine INDEXED BY codes_of WHERE mine.coder = :coder AND mine.status != 'open'"
        if order == "sample":
            source = f"sampled AS d CROSS JOIN {source} AND d.sample = :sample AND mine.statement = d.statement"
        elif order == "theme":
            source = f"({OF_THEME}) AS t CROSS JOIN {source} AND mine.statement = t.statement"
        sql = f"SELECT mine.status, count(*) FROM {source} AND {' AND '.join(where).format(id='mine.statement')} GROUP BY mine.status"
        done = dict(db.execute(sql, what).fetchall())
    return Progress(done.get("coded", 0), done.get("unsure", 0), done.get("skipped", 0), _total(db, what))


_DONE = "SELECT status, count(*) FROM codes INDEXED BY codes_coder WHERE coder = :coder AND status != 'open' GROUP BY status"
_OFF = (
    "SELECT c.status, count(*) FROM statements AS s CROSS JOIN codes AS c ON c.statement = s.id AND c.coder = :coder"
    " WHERE s.retired IS NOT NULL GROUP BY c.status"
)


def _total(db: sqlite3.Connection, what: dict[str, Any]) -> int:
    """How many statements a queue is about."""
    parted = f" AND {PARTED}" if "part" in what else ""
    if what["order"] == "sample":
        also = "".join(f" AND {c.format(id='d.statement')}" for c in narrowed(what))
        sql = f"SELECT count(*) FROM sampled AS d WHERE d.sample = :sample AND {IN_FORCE.format(id='d.statement')}{also}"
    elif what["second"]:
        themed = f" AND {THEMED.format(id='c.statement')}" if what["order"] == "theme" else ""
        sql = (
            "SELECT count(DISTINCT c.statement) FROM codes AS c INDEXED BY codes_coder"
            " WHERE c.coder IN (SELECT name FROM coders WHERE name != :coder) AND c.status = 'coded'"
            f" AND {IN_FORCE.format(id='c.statement')}{themed}{parted.format(id='c.statement')}"
        )
    elif what["order"] == "theme":
        predicted = f"predicted_themes AS t WHERE t.model = :model AND t.theme = :theme{parted.format(id='t.statement')}"
        sql = (
            f"SELECT (SELECT count(*) FROM {predicted})"
            " - (SELECT count(*) FROM statements AS s WHERE s.retired IS NOT NULL"
            f" AND EXISTS (SELECT 1 FROM {predicted} AND t.statement = s.id))"
            " + (SELECT count(DISTINCT c.statement) FROM coded_themes AS c WHERE c.coder IN (:coder, :settled) AND c.theme = :theme"
            f" AND {IN_FORCE.format(id='c.statement')}{parted.format(id='c.statement')}"
            f" AND NOT EXISTS (SELECT 1 FROM {predicted} AND t.statement = c.statement))"
        )
    elif parted:
        sql = (
            f"SELECT (SELECT coalesce(sum(n), 0) FROM divided_reports WHERE {SHARE})"
            f" - (SELECT count(*) FROM statements AS s WHERE s.retired IS NOT NULL{parted.format(id='s.id')})"
        )
    else:
        sql = "SELECT (SELECT count(*) FROM statements) - (SELECT count(*) FROM statements WHERE retired IS NOT NULL)"
    return int(db.execute(sql, what).fetchone()[0])


def previous(db: sqlite3.Connection, coder: str, statement: int | None = None) -> int | None:
    """Return the statement in force that a coder worked on before this one (where none is given, or it is untouched: last), or None."""
    return _worked_on(db, coder, statement, "<", "DESC")


def following(db: sqlite3.Connection, coder: str, statement: int) -> int | None:
    """Return the statement in force that a coder worked on after this one, on the way back from `previous`, or None."""
    return _worked_on(db, coder, statement, ">", "ASC")


def _worked_on(db: sqlite3.Connection, coder: str, statement: int | None, than: str, direction: str) -> int | None:
    row = db.execute("SELECT change FROM codes WHERE statement = ? AND coder = ?", (statement, coder)).fetchone()
    if row is None and than == ">":
        return None
    found = db.execute(
        "SELECT c.statement FROM changes AS c CROSS JOIN codes AS k ON k.statement = c.statement AND k.coder = c.coder AND k.change = c.id"
        f" CROSS JOIN statements AS s ON s.id = c.statement WHERE c.coder = ? AND c.id {than} ? AND s.retired IS NULL"
        f" ORDER BY c.id {direction} LIMIT 1",
        (coder, row["change"] if row else 1 << 62),
    ).fetchone()
    return int(found[0]) if found else None

"""Where statements begin and end, corrected: one is split, or two are merged; the old ones stay, retired, with their codes."""

from __future__ import annotations

import sqlite3

from ..repair import repair
from .changes import SETTLED, Change, retire, written_before
from .changes import write as write_change
from .store import StudyError, writing

_RELOAD = "reload the page"


def split(db: sqlite3.Connection, statement: int, at: int, coder: str, request: str | None = None) -> Change:
    """Split a statement in two before the character `at` of its report; return the change, its `after` the ids of the two.

    Blanks at the cut belong to neither. The pieces keep the headings above, carry no codes, and stand in the samples of the whole.
    Raises StudyError for an offset that leaves a piece without words, for a statement not in force, and where its source is not
    known.
    """
    with writing(db):
        if request and (again := written_before(db, request)):
            return again
        whole = _in_force(db, statement)
        source = _source(db, whole)
        if not whole["start"] < at < whole["end"]:
            raise StudyError(f"cannot split at {at}: the statement goes from {whole['start']} to {whole['end']}; choose a place inside")
        cut = at - whole["start"]
        left, right = source[:cut].rstrip(), source[cut:].lstrip()
        places = [(whole["start"], whole["start"] + len(left), left), (whole["end"] - len(right), whole["end"], right)]
        texts = [repair(words, start).text for start, _, words in places]
        if not all(any(c.isalnum() for c in text) for text in texts):
            raise StudyError(f"cannot split at {at}: a piece would have no words; choose a place between words")
        pieces = [(start, end, text, whole["path"]) for (start, end, _), text in zip(places, texts, strict=True)]
        return _replace(db, "split", coder, [whole], pieces, request)


def merge(db: sqlite3.Connection, first: int, second: int, coder: str, request: str | None = None) -> Change:
    """Merge two statements of one section that follow each other, with what stands between them; return the change.

    The order in which they are given is no matter. The whole has the headings above the first one. Raises StudyError for statements
    that do not follow each other or are not in force.
    """
    with writing(db):
        if request and (again := written_before(db, request)):
            return again
        a, b = sorted((_in_force(db, s) for s in (first, second)), key=lambda r: r["start"])
        if a["id"] == b["id"] or (a["report"], a["section"], a["kind"]) != (b["report"], b["section"], b["kind"]):
            raise StudyError("only two statements of one section can be merged; choose the one before or behind")
        between = "SELECT 1 FROM statements WHERE report = ? AND retired IS NULL AND start > ? AND start < ?"
        if db.execute(between, (a["report"], a["start"], b["start"])).fetchone():
            raise StudyError("another statement stands between these two; merge it first")
        if a["section"] is not None:
            base, text = db.execute("SELECT start, text FROM sections WHERE id = ?", (a["section"],)).fetchone()
            words = repair(text[a["start"] - base : b["end"] - base], a["start"]).text
        elif a["path"] == b["path"]:
            words = repair(a["text"] + b["text"]).text
        else:
            raise StudyError("a heading stands between these two, and the study lacks the text of their section; load sections.parquet")
        return _replace(db, "merge", coder, [a, b], [(a["start"], b["end"], words, a["path"])], request)


def coded_by(db: sqlite3.Connection, statements: list[int]) -> list[str]:
    """Return who has coded any of some statements, so that a page can ask before their codes go out of force."""
    marks = ",".join("?" * len(statements))
    sql = f"SELECT DISTINCT coder FROM codes WHERE statement IN ({marks}) AND status != 'open' AND coder != ? ORDER BY coder"
    return [r["coder"] for r in db.execute(sql, (*statements, SETTLED))]


def _in_force(db: sqlite3.Connection, statement: int) -> sqlite3.Row:
    row = db.execute("SELECT * FROM statements WHERE id = ?", (statement,)).fetchone()
    if row is None:
        raise StudyError(f"there is no statement {statement} in this study; {_RELOAD}")
    if row["retired"] is not None:
        raise StudyError(f"this statement was split or merged in the meantime; {_RELOAD}")
    return row


def _source(db: sqlite3.Connection, row: sqlite3.Row) -> str:
    """The characters of the report that a statement stands for."""
    section = db.execute("SELECT start, text FROM sections WHERE id = ?", (row["section"],)).fetchone()
    if section is not None:
        return str(section["text"][row["start"] - section["start"] : row["end"] - section["start"]])
    if len(row["text"]) == row["end"] - row["start"]:
        return str(row["text"])
    raise StudyError("the study lacks the text of this section, so that it cannot be cut; load the folder with sections.parquet too")


def _replace(
    db: sqlite3.Connection, kind: str, coder: str, old: list[sqlite3.Row], new: list[tuple[int, int, str, str]], request: str | None
) -> Change:
    """Retire statements for others in their place; a place that was there before comes back as it was."""
    if not db.execute("SELECT 1 FROM coders WHERE name = ?", (coder,)).fetchone():
        raise StudyError(f"coder {coder!r} is not known; add the coder first")
    first = old[0]
    ids = [_placed(db, first, kind, *piece) for piece in new]
    before, after = {"statements": [r["id"] for r in old]}, {"statements": ids}
    change = write_change(db, kind, coder, first["id"], before, after, request=request)
    retire(db, before["statements"], change.id)
    db.executemany("UPDATE statements SET retired = NULL WHERE id = ?", [(i,) for i in ids])
    _keep_samples(db, before["statements"], ids)
    return change


def _placed(db: sqlite3.Connection, old: sqlite3.Row, kind: str, start: int, end: int, text: str, path: str) -> int:
    known = db.execute("SELECT id FROM statements WHERE report = ? AND start = ? AND end = ?", (old["report"], start, end)).fetchone()
    if known:
        return int(known["id"])
    origin = "split" if kind == "split" else "merged"
    row = db.execute(
        "INSERT INTO statements (report, section, kind, start, end, text, path, origin, extra)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (old["report"], old["section"], old["kind"], start, end, text, path, origin, old["extra"] if kind == "split" else "{}"),
    ).fetchone()
    return int(row[0])


def _keep_samples(db: sqlite3.Connection, old: list[int], new: list[int]) -> None:
    """Whoever cuts a drawn statement otherwise has drawn what comes of it; what was there when it was drawn stays as drawn."""
    gone, came = (",".join("?" * len(ids)) for ids in (old, new))
    drawn = db.execute(
        "SELECT d.sample, min(d.place) AS place, max(d.probability) AS p, s.unit FROM sampled AS d JOIN samples AS s ON s.id = d.sample"
        f" WHERE d.statement IN ({gone}) AND d.sample NOT IN (SELECT sample FROM sampled WHERE statement IN ({came})) GROUP BY d.sample",
        (*old, *new),
    ).fetchall()
    for row in drawn:
        # Of two that become one, either could have been drawn: with the chance of both, as if that of the one were that of the other.
        chance = row["p"] if row["unit"] == "reports" or len(old) == 1 else 1 - (1 - row["p"]) ** len(old)
        db.executemany("INSERT INTO sampled VALUES (?, ?, ?, ?)", [(row["sample"], i, row["place"], chance) for i in new])

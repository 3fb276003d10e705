"""What the page shows of one statement: where it stands, its office, what the machine says, what the coder said."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .changes import State, state_of
from .context import Context, Placed, context_of
from .store import StudyError, latest

# Characters of a section shown to either side; a whole one can be ten times as long.
AROUND = 3000


class Gone(StudyError):
    """A statement that is not in force any more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a section's text; `statement` is its id where it is one, `status` what the coder made of it."""

    text: str
    statement: int | None = None
    status: str = "open"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the model in use says; scores are probabilities (0-1), `themes` are those it assigns, `evidence` as in the table of `tag`."""

    role: str
    role_score: float
    themes: tuple[str, ...]
    theme_scores: Mapping[str, float]
    evidence: tuple[Mapping[str, Any], ...]

    @property
    def scores(self) -> dict[str, float]:
        """The score of every code that has one."""
        return {**self.theme_scores, self.role: self.role_score}


@dataclass(frozen=True, slots=True)
class Card:
    """A statement as it is shown; `inside` cuts its source where evidence begins and ends: (text, codes). `cut`: is text left out there?"""

    id: int
    report: Mapping[str, Any]
    steps: tuple[str, ...]
    before: tuple[Piece, ...]
    inside: tuple[tuple[str, tuple[str, ...]], ...]
    after: tuple[Piece, ...]
    cut: tuple[bool, bool]
    sourced: bool
    next: int | None
    state: State
    suggestion: Suggestion | None


def card(db: sqlite3.Connection, statement: int, coder: str, *, suggest: bool, around: int | None = AROUND) -> Card:
    """Return what is shown of a statement to a coder: never the codes of another, and the machine's only where `suggest` says so.

    `next` is the following statement of the section, which this one can be merged with. `around` limits the text shown to either side
    (characters); None shows the whole section. Raises Gone, or StudyError for a statement that is not there.
    """
    where = context_of(db, statement)
    if db.execute("SELECT retired FROM statements WHERE id = ?", (statement,)).fetchone()["retired"] is not None:
        raise Gone("this statement was split or merged in the meantime; go on with the next one")
    me, suggestion = where.statement, suggestion_of(db, statement) if suggest else None
    status = _statuses(db, coder, where.around)
    path = me.path if not where.title or me.path[:1] == (where.title,) else (where.title, *me.path)
    before, after, cut = _sides(where, status, around) if where.whole else _neighbours(where, status)
    return Card(
        id=statement,
        report=dict(db.execute("SELECT * FROM reports WHERE id = ?", (where.report,)).fetchone()),
        steps=path,
        before=before,
        inside=tuple(_inside(where, suggestion)),
        after=after,
        cut=cut,
        sourced=where.whole,
        next=where.after,
        state=state_of(db, statement, coder),
        suggestion=suggestion,
    )


def suggestion_of(db: sqlite3.Connection, statement: int) -> Suggestion | None:
    """Return what the model in use says of a statement, or None where it says nothing."""
    row = db.execute("SELECT * FROM predictions WHERE statement = ? AND model = ?", (statement, latest(db, "models"))).fetchone()
    if not row:
        return None
    themes, scores, evidence = (json.loads(row[name]) for name in ("themes", "theme_scores", "evidence"))
    return Suggestion(row["role"], row["role_score"], tuple(themes), scores, tuple(evidence))


def _statuses(db: sqlite3.Connection, coder: str, around: Sequence[Placed]) -> dict[int, str]:
    rows = db.execute(
        "SELECT statement, status FROM codes WHERE coder = ? AND statement IN (SELECT value FROM json_each(?))",
        (coder, json.dumps([p.id for p in around])),
    )
    return {r["statement"]: r["status"] for r in rows}


def _sides(where: Context, status: Mapping[int, str], around: int | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[bool, bool]]:
    """The text of the section before and behind the statement, and whether some of it is left out at either end."""
    me, end = where.statement, where.start + len(where.text)
    low, high = where.start, end
    # The text is left off at a line break, where there is one.
    if around is not None and me.start - low > around:
        line = where.text.find("\n", me.start - around - low, me.start - low)
        low = low + line + 1 if line >= 0 else me.start - around
    if around is not None and end - me.end > around:
        line = where.text.rfind("\n", me.end - where.start, me.end + around - where.start)
        high = where.start + line if line >= 0 else me.end + around
    before = [p for p in where.around if p.end <= me.start]
    after = [p for p in where.around if p.start >= me.end]
    return (
        tuple(_pieces(where, low, me.start, before, status)),
        tuple(_pieces(where, me.end, high, after, status)),
        (low > where.start, high < end),
    )


def _pieces(where: Context, low: int, high: int, placed: Sequence[Placed], status: Mapping[int, str]) -> Iterator[Piece]:
    text, offset, at = where.text, where.start, low
    for p in placed:
        if p.start < at or p.end > high:
            continue
        if p.start > at:
            yield Piece(text[at - offset : p.start - offset])
        yield Piece(where.source(p), p.id, status.get(p.id, "open"))
        at = p.end
    if at < high:
        yield Piece(text[at - offset : high - offset])


def _neighbours(where: Context, status: Mapping[int, str]) -> tuple[tuple[Piece, ...], tuple[Piece, ...], tuple[bool, bool]]:
    pieces = [Piece(p.text, p.id, status.get(p.id, "open")) for p in where.around]
    at = next(n for n, p in enumerate(pieces) if p.statement == where.statement.id)
    gap = Piece("\n")
    before = tuple(q for p in pieces[:at] for q in (p, gap))
    after = tuple(q for p in pieces[at + 1 :] for q in (gap, p))
    return before, after, (False, False)


def _inside(where: Context, suggestion: Suggestion | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    me = where.statement
    if not where.whole:
        yield me.text, ()
        return
    evidence = suggestion.evidence if suggestion else ()
    marks = {me.start, me.end} | {at for e in evidence for at in (e["start"], e["end"]) if me.start < at < me.end}
    for start, end in pairwise(sorted(marks)):
        codes = tuple(e["code"] for e in evidence if e["start"] <= start and end <= e["end"])
        yield where.text[start - where.start : end - where.start], codes

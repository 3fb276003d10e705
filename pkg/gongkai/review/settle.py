"""Statements that coders see differently, and what is settled of them: a code of its own beside theirs, which stay as they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Literal, get_args

from .changes import SETTLED, Change, State, code, state_of, undo
from .store import StudyError

Kind = Literal["role", "themes", "unsure"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A statement that two coders or more see differently, or that one of them is unsure of; `settled` is what was made of it."""

    statement: int
    states: Mapping[str, State]
    kinds: tuple[Kind, ...]
    settled: State | None


def disagreements(
    db: sqlite3.Connection,
    coders: Sequence[str] = (),
    *,
    kind: Kind | None = None,
    theme: str | None = None,
    settled: bool = False,
    after: int = 0,
    limit: int | None = None,
) -> list[Disagreement]:
    """Return the statements in force that the coders (all, where none are named) see differently, in the order of their ids.

    Those that are settled come only with `settled`, which gives nothing else. `kind` keeps the differences of role, of themes, or
    those that somebody is unsure of; `theme` those where one gave this theme and another did not. `after` and `limit` cut a page.
    Raises StudyError for coders and kinds that are not known.
    """
    if kind is not None and kind not in KINDS:
        raise StudyError(f"kind {kind!r} is not known; choose one of {', '.join(KINDS)}")
    found = _differing(db, known_coders(db, coders), settled, after)
    wanted = (d for d in found if (kind is None or kind in d.kinds) and (theme is None or _at_odds(d, theme)))
    return list(islice(wanted, limit))


def count_disagreements(db: sqlite3.Connection, coders: Sequence[str] = ()) -> tuple[int, int]:
    """Return how many disagreements are open, and how many are settled."""
    names = known_coders(db, coders)
    return sum(1 for _ in _differing(db, names, False, 0)), sum(1 for _ in _differing(db, names, True, 0))


def disagreement(db: sqlite3.Connection, statement: int, coders: Sequence[str] = ()) -> Disagreement:
    """Return how coders see one statement, whether they differ or not; raises StudyError where fewer than two have coded it."""
    found = _seen(db, statement, known_coders(db, coders))
    if len(found.states) < 2:
        raise StudyError("fewer than two coders have coded this statement; there is nothing to settle")
    return found


def settle(db: sqlite3.Connection, statement: int, state: State, by: str, request: str | None = None) -> Change | None:
    """Settle a statement: the state becomes its final code, with the name of who settled; the coders' own codes stay.

    An `open` state takes the settled code away again. None where it was settled so already; raises StudyError as `changes.code` does.
    """
    known_coders(db, [by])
    if state.status not in ("coded", "open"):
        raise StudyError(f"a settled code is coded or open, not {state.status}; leave the statement unsettled instead")
    return code(db, statement, SETTLED, state, kind="settle", request=request, by=by)


def take_back(db: sqlite3.Connection, by: str, request: str | None = None) -> Change | None:
    """Take back the last settled code of a person that still stands, as a change of its own; None where there is none."""
    return undo(db, SETTLED, request, by=by)


def settled_by(db: sqlite3.Connection, statement: int) -> str | None:
    """Return who gave a statement its settled code, or None."""
    row = db.execute(
        "SELECT json_extract(c.after, '$.by') FROM codes AS k JOIN changes AS c ON c.id = k.change"
        " WHERE k.statement = ? AND k.coder = ? AND k.status = 'coded'",
        (statement, SETTLED),
    ).fetchone()
    return row[0] if row else None


def shuffled(statement: int, coders: Sequence[str]) -> list[str]:
    """Return coders in an order of a statement's own, always the same, so that no side of a page stands for one of them.

    >>> shuffled(7, ["甲", "乙"]) == shuffled(7, ["乙", "甲"])
    True
    """
    return sorted(coders, key=lambda name: sha256(f"{statement} {name}".encode()).digest())


def known_coders(db: sqlite3.Connection, coders: Sequence[str]) -> list[str]:
    """Return the coders asked for, or all of the study, in the order of their names; raises StudyError for one that is not there."""
    names = [r["name"] for r in db.execute("SELECT name FROM coders ORDER BY name")]
    if unknown := [c for c in coders if c not in names]:
        raise StudyError(f"coder {unknown[0]!r} is not in this study; there are: {', '.join(names) or 'none'}")
    return [name for name in names if not coders or name in coders]


def _differing(db: sqlite3.Connection, coders: Sequence[str], settled: bool, after: int) -> Iterator[Disagreement]:
    # Statements come in the order of the table's key, so that a page's worth is found without sorting all of them.
    rows = db.execute(
        "SELECT c.statement FROM codes AS c JOIN statements AS s ON s.id = c.statement"
        " WHERE c.statement > :after AND s.retired IS NULL AND c.status IN ('coded', 'unsure')"
        " AND c.coder IN (SELECT value FROM json_each(:coders))"
        " AND EXISTS (SELECT 1 FROM codes WHERE statement = c.statement AND coder = :settled AND status = 'coded') = :want"
        " GROUP BY c.statement HAVING count(*) > 1 AND (count(DISTINCT c.role || c.themes) > 1 OR sum(c.status = 'unsure') > 0)"
        " ORDER BY c.statement",
        {"after": after, "coders": json.dumps(list(coders)), "settled": SETTLED, "want": int(settled)},
    )
    for row in rows:
        found = _seen(db, row["statement"], coders)
        # The same themes may stand in another order under another codebook.
        if found.kinds:
            yield found


def _seen(db: sqlite3.Connection, statement: int, coders: Sequence[str]) -> Disagreement:
    states = {name: state for name in coders if (state := state_of(db, statement, name)).status in ("coded", "unsure")}
    ruled = state_of(db, statement, SETTLED)
    return Disagreement(statement, states, _kinds(states), ruled if ruled.status == "coded" else None)


def _kinds(states: Mapping[str, State]) -> tuple[Kind, ...]:
    coded = [s for s in states.values() if s.status == "coded"]
    differ = {
        "role": len({s.role for s in coded}) > 1,
        "themes": len({frozenset(s.themes) for s in coded}) > 1,
        "unsure": len(coded) < len(states),
    }
    return tuple(kind for kind in KINDS if differ[kind])


def _at_odds(found: Disagreement, theme: str) -> bool:
    return len({theme in s.themes for s in found.states.values() if s.status == "coded"}) > 1

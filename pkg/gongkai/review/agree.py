"""How far the coders of a study agree: what each said before anything was settled, all of them together and pair by pair."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from ..agreement import agreement_among
from .changes import SETTLED, codebook_of
from .settle import known_coders
from .store import StudyError

CODING_COLUMNS = ("statement", "report", "coder", "role", "themes")


@dataclass(frozen=True, slots=True)
class Agreement:
    """How coders agree on `statements` that two or more of them coded, in `reports` reports.

    `table` is what `agreement_among` gives; `pairs` has a row a pair of coders: `first, second, n, kappa, alpha, sets`; `roles` the
    roles that the first coder of the pair with the most statements in common gave (rows), and the second (columns); `themes` a row a
    theme: `theme, both, first, second`, the statements in which both, or only one of that pair, gave it.
    """

    coders: tuple[str, ...]
    statements: int
    reports: int
    table: pd.DataFrame
    pairs: pd.DataFrame
    roles: pd.DataFrame
    themes: pd.DataFrame


def overlap(db: sqlite3.Connection, coders: Sequence[str] = ()) -> dict[tuple[str, str], int]:
    """Return how many statements in force each pair of coders has coded both."""
    found = codings(db, coders)
    return {
        (a, b): len(set(found[found["coder"] == a]["statement"]) & set(found[found["coder"] == b]["statement"]))
        for a, b in combinations(known_coders(db, coders), 2)
    }


def codings(db: sqlite3.Connection, coders: Sequence[str] = ()) -> pd.DataFrame:
    """Return what the coders (all, where none are named) said of statements in force that two of them coded.

    Columns `statement, report, coder, role, themes`. A code that was changed after its statement was settled counts as it was before
    that, because it is no longer one person's own. What is unsure, skipped or open is no code.
    """
    names = known_coders(db, coders)
    rows = db.execute(
        "SELECT c.statement, s.report, c.coder, c.role, c.themes, c.change, c.status FROM codes AS c"
        " JOIN statements AS s ON s.id = c.statement WHERE s.retired IS NULL AND c.coder IN (SELECT value FROM json_each(?))"
        " AND c.statement IN (SELECT statement FROM codes WHERE coder != ? AND status != 'open' GROUP BY statement HAVING count(*) > 1)",
        (json.dumps(names), SETTLED),
    ).fetchall()
    first = dict(db.execute("SELECT statement, min(id) FROM changes WHERE kind = 'settle' GROUP BY statement").fetchall())
    kept = []
    for row in rows:
        said, ruled = dict(row), first.get(row["statement"])
        if ruled is not None and row["change"] > ruled:
            said |= _before(db, row["statement"], row["coder"], ruled) or {}
        if said["status"] == "coded":
            kept.append((row["statement"], row["report"], row["coder"], said["role"], tuple(json.loads(said["themes"]))))
    frame = pd.DataFrame(kept, columns=list(CODING_COLUMNS))
    return frame[frame.groupby("statement")["coder"].transform("size") > 1].reset_index(drop=True)


def _before(db: sqlite3.Connection, statement: int, coder: str, change: int) -> dict[str, str | None] | None:
    """What a coder had said of a statement before a change, or None where nothing yet."""
    row = db.execute(
        "SELECT after FROM changes WHERE statement = ? AND coder = ? AND id < ? AND json_extract(after, '$.status') IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        (statement, coder, change),
    ).fetchone()
    if row is None:
        return None
    after = json.loads(row["after"])
    return {"role": after["role"], "themes": json.dumps(after["themes"]), "status": after["status"]}


def agreement_of(db: sqlite3.Connection, coders: Sequence[str] = (), *, draws: int = 1000, confidence: float = 0.95) -> Agreement:
    """Return how far coders agree (all, where none are named), with intervals from drawing whole reports anew.

    Raises StudyError where no statement has been coded by two of them.
    """
    names = known_coders(db, coders)
    found = codings(db, names)
    if found.empty:
        raise StudyError("no statement has been coded by two coders yet; let a second person code some of those that one has coded")
    book = codebook_of(db)
    themes = book.theme_ids
    # A theme that the codebook has no more was still given.
    themes = (*themes, *sorted({t for cell in found["themes"] for t in cell} - set(themes)))
    pairs = list(_pairs(found, names))
    first, second, *_ = max(pairs, key=lambda pair: pair[2])
    roles, shared = _side_by_side(found, first, second, themes)
    return Agreement(
        coders=tuple(n for n in names if n in set(found["coder"])),
        statements=found["statement"].nunique(),
        reports=found["report"].nunique(),
        table=agreement_among(found, themes, draws=draws, confidence=confidence),
        pairs=pd.DataFrame(pairs, columns=["first", "second", "n", "kappa", "alpha", "sets"]),
        roles=roles.reindex(index=_in_order(book.role_ids, roles.index), columns=_in_order(book.role_ids, roles.columns)),
        themes=shared,
    )


def _in_order(codes: Sequence[str], there: pd.Index) -> pd.Index:
    return pd.Index(sorted(there, key=lambda c: codes.index(c) if c in codes else len(codes)), name=there.name)


def _pairs(found: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, str, int, float, float, float]]:
    for first, second in combinations(names, 2):
        both = found[found["coder"].isin([first, second])]
        both = both[both.groupby("statement")["coder"].transform("size") == 2]
        if len(both):
            values = agreement_among(both, [], draws=1).set_index(["of", "measure"])["value"]
            kappa, alpha, sets = (float(values[key]) for key in (("role", "kappa"), ("role", "alpha"), ("theme sets", "alpha (MASI)")))
            yield first, second, len(both) // 2, kappa, alpha, sets


def _side_by_side(found: pd.DataFrame, first: str, second: str, themes: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    a, b = (found[found["coder"] == who].set_index("statement") for who in (first, second))
    a, b = a.loc[a.index.intersection(b.index)], b.loc[a.index.intersection(b.index)]
    roles = pd.crosstab(a["role"].rename(first), b["role"].rename(second))
    given = [(t, list(zip((t in x for x in a["themes"]), (t in y for y in b["themes"]), strict=True))) for t in themes]
    counts = [(t, *(g.count(k) for k in ((True, True), (True, False), (False, True)))) for t, g in given]
    return roles, pd.DataFrame(counts, columns=["theme", "both", "first", "second"])

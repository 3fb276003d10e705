"""What the queues of a study are made of: the SQL of their orders, so written that an index answers each in a moment."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Literal, get_args

from .changes import SETTLED
from .parts import PARTED, divided
from .store import StudyError, latest

Order = Literal["uncertain", "sample", "theme", "unreviewed"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class Arm:
    """A stretch of a queue: `id` of the rows of `source` in an `order`; `key` gives the place of a statement, `behind` what follows."""

    id: str
    source: str
    order: str
    key: str
    behind: str


# Few statements are out of force, so that to look them up in a list costs less than to look at every statement.
IN_FORCE = "{id} NOT IN (SELECT id FROM statements WHERE retired IS NOT NULL)"
UNDONE = (
    "NOT EXISTS (SELECT 1 FROM codes AS mine INDEXED BY codes_of"
    " WHERE mine.coder = :coder AND mine.statement = {id} AND mine.status != 'open')"
)
OTHERS = "EXISTS (SELECT 1 FROM codes AS o WHERE o.statement = {id} AND o.coder NOT IN (:coder, :settled) AND o.status = 'coded')"
THEMED = (
    "(EXISTS (SELECT 1 FROM predicted_themes AS t WHERE t.model = :model AND t.theme = :theme AND t.statement = {id})"
    " OR EXISTS (SELECT 1 FROM coded_themes AS t WHERE t.coder = :settled AND t.theme = :theme AND t.statement = {id})"
    " OR EXISTS (SELECT 1 FROM coded_themes AS t WHERE t.coder = :coder AND t.theme = :theme AND t.statement = {id}))"
)
# All of them: to begin with these and look who coded them costs half of asking each coded one for the theme.
OF_THEME = (
    "SELECT statement FROM predicted_themes WHERE model = :model AND theme = :theme"
    " UNION SELECT statement FROM coded_themes WHERE coder IN (:coder, :settled) AND theme = :theme"
)
# The expression of the index `codes_mixed`.
MIXED = "({id} % 2147483647 * {id} % 2147483647 * 1583458089 % 2147483647)"
_LACKS = "NOT EXISTS (SELECT 1 FROM predictions AS p WHERE p.statement = s.id AND p.model = :model)"

MADE = Arm(
    "s.id",
    f"statements AS s WHERE s.origin IN ('split', 'merged') AND s.retired IS NULL AND {_LACKS}",
    "s.id",
    f"SELECT s.id, 0 FROM statements AS s WHERE s.id = :after AND s.origin IN ('split', 'merged') AND {_LACKS}",
    "s.id > :k",
)
DOUBTED = Arm(
    "p.statement",
    f"predictions AS p WHERE p.model = :model AND {IN_FORCE.format(id='p.statement')}",
    "p.doubt DESC, p.statement",
    "SELECT doubt, statement FROM predictions WHERE model = :model AND statement = :after",
    "p.doubt <= :k AND NOT (p.doubt = :k AND p.statement <= :l)",
)
READING = Arm(
    "s.id",
    "statements AS s WHERE s.retired IS NULL",
    "s.report, s.start",
    "SELECT report, start FROM statements WHERE id = :after",
    "(s.report, s.start) > (:k, :l)",
)
LACKING = Arm(
    "s.id",
    f"{READING.source} AND s.origin NOT IN ('split', 'merged') AND {_LACKS}",
    READING.order,
    f"SELECT report, start FROM statements AS s WHERE s.id = :after AND s.origin NOT IN ('split', 'merged') AND {_LACKS}",
    READING.behind,
)
SAMPLED = Arm(
    "d.statement",
    f"sampled AS d WHERE d.sample = :sample AND {IN_FORCE.format(id='d.statement')}",
    "d.place, d.statement",
    "SELECT place, statement FROM sampled WHERE sample = :sample AND statement = :after",
    "(d.place, d.statement) > (:k, :l)",
)


def asked(
    db: sqlite3.Connection,
    coder: str,
    order: str,
    theme: str | None = None,
    sample: int | None = None,
    second: bool = False,
    part: str | None = None,
) -> dict[str, Any]:
    """Return what a queue is asked for, checked and completed, as the parameters of its queries; raises StudyError."""
    if order not in ORDERS:
        raise StudyError(f"order {order!r} is not known; choose one of {', '.join(ORDERS)}")
    if order == "theme" and not theme:
        raise StudyError("say which theme to look at")
    if order == "sample":
        known = [r[0] for r in db.execute("SELECT id FROM samples ORDER BY id")]
        if not known:
            raise StudyError("no sample has been drawn yet; draw one first")
        if sample is not None and sample not in known:
            raise StudyError(f"there is no sample {sample} in this study; choose one of {', '.join(map(str, known))}")
        sample = known[-1] if sample is None else sample
    model = latest(db, "models")
    what = {"coder": coder, "order": order, "theme": theme, "sample": sample, "model": model, "settled": SETTLED, "second": second}
    return what | (divided(db, part) if part else {})


def narrowed(what: dict[str, Any]) -> list[str]:
    """Return what else is asked of the statements of a queue, as conditions on {id}: coded by others, of a part of the study."""
    return [*([OTHERS] if what["second"] else []), *([PARTED] if "part" in what else [])]


def arms(what: dict[str, Any]) -> list[Arm]:
    """Return the stretches of a queue that has one source at a time."""
    if what["order"] == "sample":
        return [SAMPLED]
    if what["order"] == "unreviewed" or what["model"] is None:
        return [READING]
    return [MADE, DOUBTED, LACKING]


def some_lack(db: sqlite3.Connection, what: dict[str, Any]) -> bool:
    """Say whether any statement may lack predictions of the model in use: two counts that need no look at the rows."""
    said = db.execute("SELECT count(*) FROM predictions WHERE model = :model", what).fetchone()[0]
    return bool(said < db.execute("SELECT count(*) FROM statements").fetchone()[0])


def merged(db: sqlite3.Connection, what: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return the sources of a queue of several at a time, as a query of `k, id` that takes {behind}, what is behind, and parameters.

    Those of a theme (of the model in use, settled, the coder's own), or what each other person has coded.
    """
    parted = f" AND {PARTED}" if "part" in what else ""
    if not what["second"]:
        whose = (
            "predicted_themes AS t WHERE t.model = :model",
            "coded_themes AS t WHERE t.coder = :settled",
            "coded_themes AS t WHERE t.coder = :coder",
        )
        parts = [
            f"SELECT t.statement AS k, t.statement AS id FROM {source} AND t.theme = :theme"
            f" AND {IN_FORCE.format(id='t.statement')} AND {UNDONE.format(id='t.statement')}{parted.format(id='t.statement')}{{behind}}"
            for source in whose
        ]
        return " UNION ".join(parts), " AND t.statement > :after", {}
    others = [r["name"] for r in db.execute("SELECT name FROM coders WHERE name != :coder ORDER BY name", what)]
    mixed, themed = MIXED.format(id="c.statement"), f" AND {THEMED.format(id='c.statement')}" if what["order"] == "theme" else ""
    parts = [
        f"SELECT {mixed} AS k, c.statement AS id FROM codes AS c WHERE c.coder = :other{n} AND c.status = 'coded'"
        f" AND {IN_FORCE.format(id='c.statement')} AND {UNDONE.format(id='c.statement')}{themed}{parted.format(id='c.statement')}{{behind}}"
        for n in range(len(others))
    ]
    behind = f" AND ({mixed}, c.statement) > ({MIXED.format(id=':after')}, :after)"
    return " UNION ".join(parts), behind, {f"other{n}": name for n, name in enumerate(others)}

"""The coding page: the queue, a statement as it is shown, and each change of a code or a boundary."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from ..codebook import Codebook
from . import boundaries, changes
from .cards import AROUND, card
from .changes import Change, State, Status, codebook_of
from .codebooks import codes_ever
from .parts import PARTS
from .queue import ORDERS, WANTS, Order, Want, previous, progress, queue
from .store import latest, now
from .web import Coder, Study, go, page, part

router = APIRouter()
# Orders in which what the machine says must not lead the coder.
BLIND = frozenset({"sample"})
AHEAD = 50
# Keys under the left hand first, without those that do something else: a h j k m n s t u.
_ROLE_KEYS = "qwer"
_THEME_KEYS = "1234567890dfgzxcvbyiopl" + "DFGZXCVBYIOPLQWER"


class Scope(BaseModel):
    """Which queue a page works on, as `queue` takes it; `blind` hides what the machine says in any order."""

    order: Order
    theme: str | None = None
    sample: int | None = None
    second: bool = False
    part: str | None = None
    status: Want = "todo"
    blind: bool = False

    @property
    def query(self) -> str:
        """The scope as it stands in an address."""
        return urlencode(self.model_dump(exclude_defaults=True))

    @property
    def suggest(self) -> bool:
        """Whether the coder may see what the machine says."""
        return not (self.blind or self.second or self.order in BLIND)

    @property
    def narrowed(self) -> dict[str, Any]:
        """What the queue and its progress are asked by, beside the order."""
        return {"theme": self.theme, "sample": self.sample, "second": self.second, "part": self.part}


def scope_of(
    db: Study,
    order: Order | None = None,
    theme: str = "",
    sample: int | None = None,
    second: bool = False,
    part: str = "",
    status: Want = "todo",
    blind: bool = False,
) -> Scope:
    """Return the queue that an address asks for; the first sensible one where it asks for none."""
    order = order or ("uncertain" if latest(db, "models") else "unreviewed")
    if order == "sample" and sample is None:
        sample = db.execute("SELECT max(id) FROM samples").fetchone()[0]
    if order == "theme" and not theme:
        theme = codebook_of(db).theme_ids[0]
    return Scope(
        order=order,
        theme=theme if order == "theme" else None,
        sample=sample if order == "sample" else None,
        second=second,
        part=part or None,
        status=status,
        blind=blind,
    )


Queue = Annotated[Scope, Depends(scope_of)]


class Sent(BaseModel):
    """What every change carries: a text of its own, so that one sent twice is done once."""

    request: str | None = Field(default=None, min_length=8, max_length=64)


class Codes(BaseModel):
    """What is said of a statement."""

    role: str | None = None
    themes: list[str] = []
    status: Status = "open"
    note: str = Field(default="", max_length=5000)

    @property
    def state(self) -> State:
        """The state that these are."""
        return State(self.role, tuple(self.themes), self.status, self.note)


class Said(Sent, Codes):
    """What the coder says of a statement, and what the page took to be said of it before."""

    was: Codes | None = None


class Cut(Sent):
    """Where a statement is cut, in characters from its beginning in the report."""

    at: int
    sure: bool = False


class Join(Sent):
    """The statement that another is merged with."""

    second: int
    sure: bool = False


def keys_of(book: Codebook, ever: tuple[Sequence[str], Sequence[str]] = ((), ())) -> dict[str, str]:
    """Return the key of each role and theme; codes beyond the keys there are have none.

    `ever` are the roles and the themes of the study so far, as they came into it: each keeps the key that the fingers know, wherever a
    new version puts it, and new ones get the next. Where keys run out, those of codes that are gone are given anew.

    >>> from gongkai.codebook import load_codebook
    >>> list(keys_of(load_codebook()).items())[:5]
    [('problem', 'q'), ('measure', 'w'), ('other', 'e'), ('timeliness', '1'), ('coverage', '2')]
    >>> keys_of(load_codebook(), (("problem",), ("coverage", "gone")))["timeliness"]
    '3'
    """
    found: dict[str, str] = {}
    for ids, known, keys in ((book.role_ids, ever[0], _ROLE_KEYS), (book.theme_ids, ever[1], _THEME_KEYS)):
        order = list(dict.fromkeys([*known, *ids]))
        if len(order) > len(keys):
            order = [code for code in order if code in ids]
        found |= {code: key for code, key in zip(order, keys, strict=False) if code in ids}
    return found


@router.get("/code")
def coding(request: Request, db: Study, coder: Coder, scope: Queue, at: int | None = None) -> Response:
    """Show the coding page: the first statement of the queue, or the one asked for."""
    if latest(db, "codebooks") is None:
        return go(request, "/")
    if scope.order == "sample" and scope.sample is None:
        return go(request, "/samples")
    ids = _ids(db, coder, scope, at)
    if at is not None:
        ids = [at, *(i for i in ids if i != at)]
    book = codebook_of(db)
    return page(
        request, "code.html.j2",
        scope=scope, orders=ORDERS, ids=ids, keys=keys_of(book, codes_ever(db)),
        rules={c: _rules(book, c) for c in (*book.role_ids, *book.theme_ids)},
        samples=db.execute("SELECT id, size, at FROM samples ORDER BY id DESC").fetchall(),
        wants=WANTS, parts=PARTS, progress=asdict(progress(db, coder, scope.order, **scope.narrowed)),
        card=card(db, ids[0], coder, suggest=scope.suggest) if ids else None,
    )  # fmt: skip


def _ids(db: sqlite3.Connection, coder: str, scope: Scope, after: int | None) -> list[int]:
    return queue(db, coder, scope.order, status=scope.status, after=after, limit=AHEAD, **scope.narrowed)


def _rules(book: Codebook, code: str) -> list[str]:
    """The coding rules that name a role or theme."""
    return [rule for rule in book.rules if re.search(rf"(?<![a-z_]){code}(?![a-z_])", rule)]


@router.get("/queue")
def ahead(db: Study, coder: Coder, scope: Queue, after: int | None = None) -> dict[str, Any]:
    """Return the statements that come behind one, and how far the coder is."""
    return {"ids": _ids(db, coder, scope, after), **_far(db, coder, scope)}


@router.get("/previous")
def before(db: Study, coder: Coder, statement: int) -> dict[str, Any]:
    """Return the statement that the coder worked on before one, or none."""
    return {"id": previous(db, coder, statement)}


@router.get("/code/{statement}")
def one(request: Request, db: Study, coder: Coder, scope: Queue, statement: int, whole: bool = False) -> Response:
    """Return a statement as it is shown, with all of its section where `whole` is asked."""
    shown = card(db, statement, coder, suggest=scope.suggest, around=None if whole else AROUND)
    return part(request, "card.html.j2", card=shown, scope=scope)


@router.post("/code/{statement}")
def save(db: Study, coder: Coder, scope: Queue, statement: int, said: Said) -> dict[str, Any]:
    """Write what the coder says of a statement; the answer leaves when it is on disk."""
    written = changes.code(db, statement, coder, said.state, request=said.request, was=said.was.state if said.was else None)
    return _answer(db, coder, scope, written)


@router.post("/undo")
def undo(db: Study, coder: Coder, scope: Queue, sent: Sent) -> dict[str, Any]:
    """Take back the coder's last change; `show` is the statement where that is seen, None where there was nothing.

    Where it was a boundary, `gone` are the statements it had made, and `statements` those that are in force again.
    """
    undone = changes.undo(db, coder, sent.request)
    gone, back = (undone.before.get("statements", []), undone.after.get("statements", [])) if undone else ([], [])
    return {**_answer(db, coder, scope, undone), "show": undone and undone.statement, "gone": gone, "statements": back}


@router.post("/split/{statement}")
def split(db: Study, coder: Coder, scope: Queue, statement: int, cut: Cut) -> dict[str, Any]:
    """Cut a statement in two; where somebody coded it, only who is `sure` does: `ask` names them, and nothing is done."""
    if (names := boundaries.coded_by(db, [statement])) and not cut.sure:
        return {"ask": names}
    row = db.execute("SELECT start FROM statements WHERE id = ?", (statement,)).fetchone()
    made = boundaries.split(db, statement, (row["start"] if row else 0) + cut.at, coder, request=cut.request)
    return {**_answer(db, coder, scope, made), "statements": made.after["statements"]}


@router.post("/merge/{statement}")
def merge(db: Study, coder: Coder, scope: Queue, statement: int, join: Join) -> dict[str, Any]:
    """Make one statement of two that follow each other; asks as `split` does."""
    if (names := boundaries.coded_by(db, [statement, join.second])) and not join.sure:
        return {"ask": names}
    made = boundaries.merge(db, statement, join.second, coder, request=join.request)
    return {**_answer(db, coder, scope, made), "statements": made.after["statements"]}


def _answer(db: sqlite3.Connection, coder: str, scope: Scope, change: Change | None) -> dict[str, Any]:
    return {"at": change.at if change else now(), "change": change and change.id, **_far(db, coder, scope)}


def _far(db: sqlite3.Connection, coder: str, scope: Scope) -> dict[str, Any]:
    return {"progress": asdict(progress(db, coder, scope.order, **scope.narrowed))}

"""Pages for several coders: how far they agree, and where they do not, what is settled."""

from __future__ import annotations

import sqlite3
from secrets import token_urlsafe
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from .agree import agreement_of, overlap
from .awaiting import changed, computed
from .cards import card
from .changes import State, codebook_of
from .codebooks import codes_ever
from .routes_code import keys_of
from .settle import KINDS, Disagreement, Kind, count_disagreements, disagreement, disagreements, known_coders, settle, settled_by, shuffled
from .settle import take_back as undo
from .web import Coder, Study, page, part

router = APIRouter()
Names = Annotated[list[str], Query()]


@router.get("/agree")
def agreeing(request: Request, db: Study, coder: Coder, who: Names = []) -> Response:  # noqa: B006
    """Show who has coded how much together, and make room for the figures."""
    names = known_coders(db, ())
    chosen = known_coders(db, who)
    pairs = overlap(db)
    return page(request, "people_agree.html.j2", names=names, chosen=chosen, pairs=pairs, query=urlencode([("who", n) for n in chosen]))


@router.get("/agree/figures")
def figures(request: Request, db: Study, coder: Coder, who: Names = []) -> Response:  # noqa: B006
    """Return the figures of some coders, or how far they are."""
    chosen = known_coders(db, who)
    key = ("agree", tuple(chosen), changed(db))
    return computed(request, key, lambda own, tell: agreement_of(own, chosen), "people_figures.html.j2", query=_query(who=chosen))


class Filter(BaseModel):
    """Which disagreements are looked at, and whether names are hidden."""

    who: list[str] = []
    kind: Kind | None = None
    theme: str | None = None
    settled: bool = False
    blind: bool = False

    @property
    def query(self) -> str:
        """The filter as it stands in an address."""
        return _query(**self.model_dump(exclude_defaults=True))


def _query(**values: Any) -> str:
    return urlencode({k: v for k, v in values.items() if v not in (None, "", [])}, doseq=True)


def filter_of(
    who: Names = [],  # noqa: B006
    kind: str = "",
    theme: str = "",
    settled: bool = False,
    blind: bool = False,
) -> Filter:
    """Return the filter that an address asks for."""
    known = next((k for k in KINDS if k == kind), None)
    return Filter(who=who, kind=known, theme=theme or None, settled=settled, blind=blind)


Filtered = Annotated[Filter, Depends(filter_of)]


@router.get("/settle")
def settling(request: Request, db: Study, coder: Coder, of: Filtered, at: int | None = None) -> Response:
    """Show the first disagreement, or the one asked for, and how many there are."""
    names = known_coders(db, ())
    context = _shown(db, coder, of, disagreement(db, at, of.who) if at is not None else _next(db, of, 0))
    return page(request, "people_settle.html.j2", names=names, kinds=KINDS, **context)


@router.get("/settle/next")
def following(request: Request, db: Study, coder: Coder, of: Filtered, after: int = 0) -> Response:
    """Return the disagreement behind one, without settling that."""
    return part(request, "people_settle_one.html.j2", **_shown(db, coder, of, _next(db, of, after), after))


@router.get("/settle/list")
def listed(request: Request, db: Study, coder: Coder, of: Filtered, after: int = 0) -> Response:
    """Return a list of disagreements."""
    found = disagreements(db, of.who, kind=of.kind, theme=of.theme, settled=of.settled, after=after, limit=51)
    marks = ",".join(str(d.statement) for d in found)
    texts = dict(db.execute(f"SELECT id, text FROM statements WHERE id IN ({marks})").fetchall())
    more = found[50].statement - 1 if len(found) > 50 else None
    return part(request, "people_settle_list.html.j2", found=found[:50], texts=texts, more=more, of=of, sides=_sides)


class Settled(BaseModel):
    """What is settled of a statement; `request` is a text of its own, so that one sent twice is done once."""

    role: str | None = None
    themes: list[str] = []
    note: str = Field(default="", max_length=5000)
    request: str = Field(min_length=8, max_length=64)


@router.post("/settle/{statement}")
def ruling(request: Request, db: Study, coder: Coder, of: Filtered, statement: int, said: Annotated[Settled, Form()]) -> Response:
    """Settle a statement, and return the next one."""
    settle(db, statement, State(said.role, tuple(said.themes), "coded", said.note), coder, said.request)
    return part(request, "people_settle_one.html.j2", **_shown(db, coder, of, _next(db, of, statement), statement, done=statement))


@router.post("/settle-back")
def back(request: Request, db: Study, coder: Coder, of: Filtered) -> Response:
    """Take back what this person settled last, and show that statement."""
    undone = undo(db, coder)
    if undone is None or undone.statement is None:
        return part(request, "people_settle_one.html.j2", **_shown(db, coder, of, _next(db, of, 0), nothing=True))
    return part(request, "people_settle_one.html.j2", **_shown(db, coder, of, disagreement(db, undone.statement, of.who), back=True))


def _next(db: sqlite3.Connection, of: Filter, after: int) -> Disagreement | None:
    for start in (after, 0):
        if found := disagreements(db, of.who, kind=of.kind, theme=of.theme, settled=of.settled, after=start, limit=1):
            return found[0]
    return None


def _sides(found: Disagreement, of: Filter) -> list[tuple[str, State]]:
    """The codings side by side, with the names of their coders, or none where these are hidden."""
    names = shuffled(found.statement, list(found.states)) if of.blind else list(found.states)
    return [("" if of.blind else name, found.states[name]) for name in names]


def _shown(db: sqlite3.Connection, coder: str, of: Filter, found: Disagreement | None, after: int = 0, **more: Any) -> dict[str, Any]:
    open_ones, settled_ones = count_disagreements(db, of.who)
    context = {"of": of, "counts": (open_ones, settled_ones), "found": found, "after": after, "done": None, "back": False, "nothing": False}
    if found is None:
        return {**context, **more}
    book, sides = codebook_of(db), _sides(found, of)
    given = [{*state.themes, *filter(None, [state.role])} for _, state in sides]
    # What not all of them said, and the roles between which it is.
    apart = set().union(*given) - set(given[0]).intersection(*given)
    return {
        **context,
        "card": card(db, found.statement, coder, suggest=False),
        "sides": sides,
        "apart": apart,
        "by": settled_by(db, found.statement) if found.settled else None,
        "keys": keys_of(book, codes_ever(db)),
        "request_id": token_urlsafe(12),
        **more,
    }

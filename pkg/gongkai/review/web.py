"""What the pages of the review share: the study of a request, the coder, words in two languages, templates."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from .. import __version__
from ..codebook import Codebook
from ..resources import data
from .changes import codebook_of
from .store import StudyError, latest, open_study
from .told import told
from .whichmodel import Called, called

HERE = Path(__file__).parent / "web"
LANGUAGES = ("zh", "en")
_DATA = Path(__file__).parent.parent / "data"
_YEAR = 366 * 24 * 3600
# The pages named at the top, where the server has them: (address, word).
NAV = (
    ("/", "nav_overview"),
    ("/look", "nav_look"),
    ("/code", "nav_code"),
    ("/samples", "nav_samples"),
    ("/agree", "nav_agree"),
    ("/settle", "nav_settle"),
    ("/codebook", "nav_codebook"),
    ("/learn", "nav_learn"),
    ("/shares", "nav_shares"),
    ("/exchange", "nav_exchange"),
)


class NoCoder(Exception):
    """A page needs to know who codes, and the browser has not said."""


class OtherCoder(StudyError):
    """A page was opened by one coder, and now another codes in this browser."""


class Pool:
    """Connections to one study; each is used by one request at a time."""

    def __init__(self, path: Path):
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    def take(self) -> sqlite3.Connection:
        """Return an idle connection, or a new one."""
        try:
            return self._idle.get_nowait()
        except Empty:
            return open_study(self.path, create=False)

    def give(self, db: sqlite3.Connection) -> None:
        """Take a connection back; what it had begun and not ended is undone."""
        if db.in_transaction:
            db.execute("ROLLBACK")
        self._idle.put(db)

    def close(self) -> None:
        """Close the connections that are idle."""
        while not self._idle.empty():
            self._idle.get_nowait().close()


def study(request: Request) -> Iterator[sqlite3.Connection]:
    """Hold a connection to the study for one request."""
    pool: Pool = request.app.state.pool
    db = pool.take()
    request.state.db = db
    try:
        yield db
    finally:
        pool.give(db)


Study = Annotated[sqlite3.Connection, Depends(study)]


def coder_of(request: Request) -> str:
    """Return the name that the browser gives, else that of the command line, or an empty text."""
    return unquote(request.cookies.get(request.app.state.coder_cookie, "")) or request.app.state.coder


def coder(request: Request, db: Study) -> str:
    """Return who codes. Raises NoCoder where nobody is named, OtherCoder where a page was opened under another name."""
    name = coder_of(request)
    if not name or not db.execute("SELECT 1 FROM coders WHERE name = ?", (name,)).fetchone():
        raise NoCoder
    shown = request.headers.get("x-coder")
    if shown is not None and unquote(shown) != name:
        raise OtherCoder(f"this page was opened by {unquote(shown)!r}, but now {name!r} is coding in this browser; reload the page")
    return name


Coder = Annotated[str, Depends(coder)]


def study_path(request: Request) -> Path:
    """Return the file of the study."""
    pool: Pool = request.app.state.pool
    return pool.path


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Return every word of the pages: `{key: {"zh": …, "en": …}}`, of all the files `review*.yaml`."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(_DATA.glob("review*.yaml")):
        if twice := found.keys() & data(file.name).keys():
            raise ValueError(f"{file.name}: {', '.join(sorted(twice))} stands in another file too")
        found |= data(file.name)
    return found


@dataclass(frozen=True, slots=True)
class Say:
    """The words in one language: `say("saved_at", time="12:03")`."""

    language: str

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a word with its values filled in."""
        if key not in words():
            raise KeyError(f"no word {key!r} in data/review*.yaml")
        return words()[key][self.language].format(**values)

    def patterns(self, **keys: str) -> dict[str, str]:
        """Return words by names of their own, for a script to fill in."""
        return {name: words()[key][self.language] for name, key in keys.items()}

    def label(self, book: Codebook, code: str) -> str:
        """Return what people see for a role or theme, also for one that the codebook no longer has."""
        return book.label(code, self.language) if code in (*book.role_ids, *book.theme_ids) else code

    def rule(self, text: str) -> str:
        """Return what people see for a rule of a codebook; those that were written for a study stand as they are."""
        return str(data("codebook_rules.yaml").get(text, text)) if self.language == "zh" else text

    def error(self, message: str) -> str:
        """Return an error's or a warning's message."""
        return told(message, self.language)

    def model(self, name: str | Called, sha256: str = "") -> str:
        """Return what people see for a model: its number or name, and the beginning of its hash."""
        known = called(name, sha256) if isinstance(name, str) else name
        return self(f"model_{known.kind}", name=known.name) + (f" · {known.hash}" if known.hash else "")


def language_of(request: Request) -> str:
    """Return the language of the browser's choice, Chinese where none was made."""
    chosen = request.cookies.get("language", "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["kept"] = kept
    return made


def kept(text: str) -> Markup:
    """Return a text as HTML whose every character stays: browsers take a carriage return away."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))


def _context(request: Request) -> dict[str, Any]:
    db = getattr(request.state, "db", None)
    book = codebook_of(db) if db is not None and latest(db, "codebooks") else None
    language = language_of(request)
    return {
        "say": Say(language),
        "language": language,
        "book": book,
        "coder": coder_of(request),
        "coder_header": quote(coder_of(request)),
        "csrf": request.app.state.csrf,
        "nav": [(url, key, request.url.path == url) for url, key in NAV if url in request.app.state.pages],
        "study_id": request.app.state.study_id,
        "study_name": request.app.state.pool.path.name,
        "version": __version__,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
    }


def page(request: Request, name: str, /, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a whole page from a template that extends `base.html.j2`; errors of templates are errors of the program."""
    return HTMLResponse(_templates().get_template(name).render({**_context(request), **context}), status_code)


def part(request: Request, name: str, /, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a part of a page, for htmx to put in its place."""
    return page(request, name, status_code, **context)


def locked(request: Request) -> Response:
    """Return what somebody gets who comes without the study's key: where to find it, in both languages."""
    if wants_json(request):
        return JSONResponse({"error": Say(language_of(request))("locked_why")}, 403)
    if wants_part(request):
        return PlainTextResponse(Say(language_of(request))("locked_why"), 403)
    return HTMLResponse(
        _templates().get_template("locked.html.j2").render(chinese=Say("zh"), english=Say("en"), address=request.base_url), 403
    )


def wants_part(request: Request) -> bool:
    """Say whether htmx asks, which needs no whole page."""
    return request.headers.get("hx-request") == "true"


def wants_json(request: Request) -> bool:
    """Say whether a script asks, which reads JSON."""
    return "application/json" in request.headers.get("accept", "")


def go(request: Request, url: str) -> Response:
    """Send the browser to another page of this server, whoever asked: a form, htmx or a script."""
    if not url.startswith("/") or url.startswith(("//", "/\\")):
        url = "/"
    if wants_part(request):
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, 303)


def keep(response: Response, name: str, value: str) -> None:
    """Keep a choice in the browser, for this server alone."""
    response.set_cookie(name, quote(value), max_age=_YEAR, samesite="strict", httponly=True, path="/")

"""The application: routers, static files, what is refused, and how errors are told."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from ..errors import UserError
from . import routes_book, routes_code, routes_exchange, routes_home, routes_learn, routes_look, routes_people
from .cards import Gone
from .door import Door, key_of
from .security import Guard
from .store import StudyError, open_study, writing
from .told import told
from .web import HERE, NoCoder, OtherCoder, Pool, go, language_of, locked, page, wants_json, wants_part

UPLOAD_CAP = 200 * 2**20
# Nothing is told to anybody, whatever the environment says.
_QUIET: dict[str, Any] = {"telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}}


class Review(FastAPI):
    """The application behind its guard, which also sees what the framework itself answers."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application as the server calls it."""
        return Guard(super().build_middleware_stack(), self.state.csrf, self.state.upload_cap, Door(self.state.key), locked)


def create_app(db_path: str | Path, *, coder: str = "", upload_cap: int = UPLOAD_CAP) -> Review:
    """Return the review of a study, which is made where there is no such file.

    `coder` is who codes until another is chosen in the page; without it a browser remembers who coded this study in it last.
    """
    file = Path(db_path).resolve()
    app = Review(lifespan=_close, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, **_QUIET)
    app.state.pool, app.state.coder = Pool(file), coder
    app.state.csrf, app.state.upload_cap = _token(file), upload_cap
    app.state.key = key_of(file)
    # A copy of a study is another study: what a browser keeps for one must not reach the other.
    app.state.study_id = sha256(f"{app.state.csrf} {file}".encode()).hexdigest()[:16]
    # Cookies know no ports: each study has a cookie of its own, and each start with a coder too.
    app.state.coder_cookie = f"coder-{app.state.csrf[:8]}{token_urlsafe(6) if coder else ''}"
    app.state.pages = set()
    for room in (routes_home, routes_look, routes_code, routes_people, routes_book, routes_learn, routes_exchange):
        app.include_router(room.router)
        app.state.pages |= {route.path for route in room.router.routes if isinstance(route, Route)}
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(NoCoder, _ask_who)
    for kind in (UserError, sqlite3.Error, OverflowError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _tell)
    return app


@asynccontextmanager
async def _close(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.pool.close()


def _token(file: Path) -> str:
    # Kept with the study: a page that is still open when the server starts again must be able to save.
    db = open_study(file)
    try:
        with writing(db):
            db.execute("INSERT OR IGNORE INTO meta VALUES ('csrf', ?)", (token_urlsafe(32),))
        return str(db.execute("SELECT value FROM meta WHERE key = 'csrf'").fetchone()[0])
    finally:
        db.close()


def _ask_who(request: Request, _: Exception) -> Response:
    if request.method == "GET" and not wants_json(request):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return go(request, str(request.url_for("coder_page").include_query_params(next=here).replace(scheme="", netloc="")))
    return _tell(request, OtherCoder("say first who is coding: reload the page and give a name"))


def _tell(request: Request, error: Exception) -> Response:
    status, message = _what(error)
    message = told(message, language_of(request))
    if wants_json(request):
        return JSONResponse({"error": message}, status)
    if wants_part(request):
        return PlainTextResponse(message, status)
    return page(request, "error.html.j2", status, status=status, message=message)


def _what(error: Exception) -> tuple[int, str]:
    # What is to be sent again once the right coder is back.
    if isinstance(error, OtherCoder):
        return 403, str(error)
    if isinstance(error, Gone):
        return 410, str(error)
    if isinstance(error, StudyError):
        return 409, str(error)
    if isinstance(error, UserError):
        return 422, str(error)
    if isinstance(error, OverflowError):
        return 422, "a number is too large"
    if isinstance(error, sqlite3.Error):
        return 503, f"the study cannot be read or written ({error}); is the disk full, or the file open elsewhere?"
    if isinstance(error, RequestValidationError):
        return 422, "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    if isinstance(error, HTTPException):
        return error.status_code, str(error.detail)
    return 500, f"this should not have happened ({type(error).__name__}: {error}); what was saved before is safe"

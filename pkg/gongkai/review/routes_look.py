"""Pages to upload reports and look at them: what was found, downloads, and the way into the queue."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ..codebook import Codebook
from ..present.figures import themed_roles
from ..read.sniff import kinds
from ..records import Analysis, Failure
from ..resources import data
from .given import of_analyses
from .incoming import Incoming
from .load import Loaded, load_tables
from .look import NO_CELL, size_of, view
from .lookfiles import FORMS, download
from .looking import Desk, Looked, study_coder, told
from .store import latest
from .told import told as told_of_study
from .uploads import Caps, Shelf, Upload, UploadError, remove, tidy, upload, uploads
from .web import Say, Study, go, language_of, page, part, study_path, wants_json, wants_part

_MAKING = threading.Lock()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if desk := getattr(app.state, "desk", None):
        desk.close()


router = APIRouter(lifespan=_lifespan)


def desk_of(request: Request) -> Desk:
    """Return the desk of the application, made when it is first asked for; `app.state.caps` and `.limits` bound it where they are set."""
    state = request.app.state
    with _MAKING:
        if not hasattr(state, "desk"):
            shelf = Shelf(study_path(request), getattr(state, "caps", None) or Caps())
            if shelf.folder.exists():
                tidy(shelf)
            state.desk = Desk(shelf, getattr(state, "limits", None))
    return state.desk


def refused(request: Request, error: UploadError) -> HTTPException:
    """Return what tells a refused upload, in the words of the page."""
    return HTTPException(error.status, Say(language_of(request))(error.key, **error.values))


def _upload(request: Request, sha256: str) -> Upload:
    try:
        return upload(desk_of(request).shelf, sha256)
    except UploadError as error:
        raise refused(request, error) from error


def _ask(request: Request, db: Study, known: Upload) -> Looked | Failure | None:
    return desk_of(request).ask(known, _model(db), partial(study_coder, study_path(request)))


def _model(db: Study) -> str:
    """The hash of the model in use, "" where the study has none."""
    row = db.execute("SELECT sha256 FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
    return row["sha256"] if row else ""


def _looked(request: Request, db: Study, sha256: str) -> Looked:
    found = _ask(request, db, _upload(request, sha256))
    if isinstance(found, Looked):
        return found
    raise refused(request, UploadError("unread" if found else "unready", 409))


@router.get("/look")
def look_page(request: Request) -> Response:
    """Show where files are dropped, and the uploads."""
    return page(request, "look.html.j2", **_listed(request))


@router.get("/look/list")
def look_list(request: Request) -> Response:
    """Show the uploads and what became of them."""
    return part(request, "look_list.html.j2", **_listed(request))


def _listed(request: Request) -> dict[str, Any]:
    desk = desk_of(request)
    try:
        rows = [(u, desk.seen(u.sha256), desk.is_busy(u.sha256)) for u in uploads(desk.shelf)]
    except UploadError as error:
        raise refused(request, error) from error
    endings = [e for e, kind in kinds().items() if kind not in ("archive", "rows") and e not in data("reading.yaml")["served"]]
    told_rows = [{"upload": u, "found": f, "busy": busy, "counts": _counts(f)} for u, f, busy in rows]
    return {
        "rows": told_rows,
        "caps": desk.shelf.caps,
        "endings": endings,
        "tell": _tell(request),
        "is_failure": _is_failure,
        "size": size_of,
    }


def _counts(found: Looked | Failure | None) -> list[tuple[str, str, int]]:
    """The statements of a report by role: (class of its colour, role, how many)."""
    if not isinstance(found, Looked):
        return []
    book, roles = found.coder.codebook_, [c.role for c in found.analysis.codings]
    return [(colours(book)[r], r, roles.count(r)) for r in book.role_ids if r in roles]


def colours(book: Codebook) -> dict[str, str]:
    """Return the class of each role's colour."""
    themed = list(themed_roles(book))
    return {r: f"c{themed.index(r) % 4}" if r in themed else "c-none" for r in book.role_ids}


def _is_failure(found: object) -> bool:
    return isinstance(found, Failure)


def _tell(request: Request) -> Callable[[str], str]:
    return partial(told, language=language_of(request))


@router.post("/look")
async def take(request: Request, db: Study) -> Response:
    """Take the files of a form as they come in; the reading starts at once."""
    size = request.headers.get("content-length", "")
    try:
        desk = await run_in_threadpool(desk_of, request)
        with Incoming(desk.shelf, request.headers.get("content-type", ""), int(size) if size.isdecimal() else None) as incoming:
            async for piece in request.stream():
                await run_in_threadpool(incoming.feed, piece)
            kept = incoming.finish()
    except UploadError as error:
        raise refused(request, error) from error
    except ClientDisconnect:
        return Response(status_code=400)
    for known, _ in kept:
        await run_in_threadpool(_ask, request, db, known)
    if wants_json(request):
        return JSONResponse({"kept": [{"sha256": u.sha256, "name": u.name, "new": new, "url": f"/look/{u.sha256}"} for u, new in kept]})
    return go(request, f"/look/{kept[0][0].sha256}" if len(kept) == 1 else "/look")


@router.get("/look/{sha256}")
def report_page(request: Request, db: Study, sha256: str) -> Response:
    """Show one report."""
    return _report(request, db, _upload(request, sha256))


@router.get("/look/{sha256}/body")
def report_body(request: Request, db: Study, sha256: str) -> Response:
    """Show what became of one report, for the page that waits for it."""
    return part(request, "look_body.html.j2", **_body(request, db, _upload(request, sha256)))


def _report(request: Request, db: Study, known: Upload, loaded: Loaded | None = None) -> Response:
    return page(request, "look_report.html.j2", **_body(request, db, known, loaded))


def _body(request: Request, db: Study, known: Upload, loaded: Loaded | None = None) -> dict[str, Any]:
    found = _ask(request, db, known)
    about: dict[str, Any] = {"upload": known, "found": found, "failed": _is_failure(found), "tell": _tell(request), "loaded": loaded}
    about["warn"] = partial(told_of_study, language=language_of(request))
    if isinstance(found, Looked):
        seen, book = view(found.analysis), found.coder.codebook_
        about |= {"view": seen, "codes": book, "colours": colours(book), "no_cell": NO_CELL, "in_study": _in_study(db, found.analysis)}
    return about


def _in_study(db: Study, analysis: Analysis) -> bool:
    return bool(db.execute("SELECT 1 FROM reports WHERE sha256 = ?", (_text_hash(analysis),)).fetchone())


def _text_hash(analysis: Analysis) -> str:
    return hashlib.sha256(analysis.report.text.encode("utf-8")).hexdigest()


@router.get("/look/{sha256}/report.{form}")
def take_away(request: Request, db: Study, sha256: str, form: str) -> Response:
    """Give one report as a Word, Excel or JSON file."""
    if form not in FORMS:
        raise HTTPException(404)
    found = _looked(request, db, sha256)
    name = f"{PurePath(found.upload.name).stem}-gongkai.{form}"
    headers = {"Content-Disposition": f"attachment; filename=\"report.{form}\"; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(download(found, form), media_type=FORMS[form], headers=headers)


@router.post("/look/{sha256}/queue")
def add_to_queue(request: Request, db: Study, sha256: str) -> Response:
    """Load the statements of one report into the study."""
    found = _looked(request, db, sha256)
    analysis = found.analysis
    known = db.execute("SELECT sha256 FROM reports WHERE id = ?", (analysis.report.id,)).fetchone()
    if known and known["sha256"] not in (None, _text_hash(analysis)):
        # Two files can have one name; a report of the study is not to be taken for another.
        analysis = replace(analysis, report=replace(analysis.report, id=f"{analysis.report.id} ({sha256[:8]})"))
    given = of_analyses([analysis], found.coder, found.model)
    loaded = load_tables(db, given.statements, given.sections, given.reports, found.coder.codebook_, given.model)
    if wants_part(request):
        return part(request, "look_queued.html.j2", loaded=loaded, warn=partial(told_of_study, language=language_of(request)))
    return _report(request, db, found.upload, loaded)


@router.post("/look/{sha256}/again")
def look_again(request: Request, db: Study, sha256: str, ocr: Annotated[str, Form()] = "") -> Response:
    """Read a file once more, as a scan if so asked."""
    known = _upload(request, sha256)
    desk_of(request).again(known, _model(db), partial(study_coder, study_path(request)), bool(ocr))
    return go(request, f"/look/{sha256}")


@router.post("/look/{sha256}/remove")
def take_from_disk(request: Request, sha256: str) -> Response:
    """Remove an uploaded file from the disk; the study keeps what was loaded of it."""
    known = _upload(request, sha256)
    desk = desk_of(request)
    desk.forget(known.sha256)
    try:
        remove(desk.shelf, known.sha256)
    except UploadError as error:
        raise refused(request, error) from error
    return go(request, "/look")

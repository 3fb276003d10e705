"""The page of the codebook: read it, write its next version, and see what a change touches before it is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from ..errors import UserError
from .changes import codebook_of
from .codebooks import (
    add_version,
    coded_counts,
    coded_with,
    codes_ever,
    differences,
    draft,
    misfits,
    touched,
    use_version,
    versions,
    yaml_of,
)
from .routes_code import keys_of
from .store import latest
from .told import told
from .web import Coder, Study, go, language_of, page, part

router = APIRouter()
_LISTED = 200


@router.get("/codebook")
def codebook(request: Request, db: Study, coder: Coder, version: int | None = None) -> Response:
    """Show a version of the codebook (that in use), all versions, and the codes that it does not allow."""
    if latest(db, "codebooks") is None:
        return go(request, "/")
    wrong = misfits(db)
    return page(
        request,
        "people_codebook.html.j2",
        shown=codebook_of(db, version),
        shown_id=version or latest(db, "codebooks"),
        used=latest(db, "codebooks"),
        versions=versions(db),
        yaml=yaml_of(db, version),
        counts=coded_counts(db),
        misfits=wrong[:_LISTED],
        n_misfits=len(wrong),
        because=lambda why: told(why, language_of(request)),
        texts=_texts(db, (m.statement for m in wrong[:_LISTED])),
    )


@router.post("/codebook/check")
def check(request: Request, db: Study, coder: Coder, yaml: Annotated[str, Form()] = "") -> Response:
    """Say what is wrong with a text, or what it changes and which codes that touches; nothing is written."""
    try:
        book = draft(db, _lines(yaml))
    except UserError as error:
        return part(request, "people_codebook_check.html.j2", error=told(str(error), language_of(request)))
    used = codebook_of(db)
    found = touched(db, used, book)
    listed = found.misfits[:_LISTED]
    return part(
        request,
        "people_codebook_check.html.j2",
        error="",
        next=book,
        differences=differences(used, book),
        keys=keys_of(book, codes_ever(db)),
        touched=found,
        misfits=listed,
        because=lambda why: told(why, language_of(request)),
        texts=_texts(db, (m.statement for m in listed)),
    )


@router.post("/codebook")
def write(
    request: Request,
    db: Study,
    coder: Coder,
    yaml: Annotated[str, Form()],
    begun_from: Annotated[int, Form()],
    note: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Add a version, which is in use from then on."""
    add_version(db, _lines(yaml), coder, note.strip(), begun_from=begun_from)
    return go(request, "/codebook")


@router.post("/codebook/use")
def use(request: Request, db: Study, coder: Coder, version: Annotated[int, Form()]) -> Response:
    """Take an earlier version into use again."""
    use_version(db, version)
    return go(request, "/codebook")


@router.get("/codebook/difference")
def difference(request: Request, db: Study, coder: Coder, old: int, new: int) -> Response:
    """Return what differs between two versions."""
    found = differences(codebook_of(db, old), codebook_of(db, new))
    return part(request, "people_differences.html.j2", differences=found, touched=None, keys={})


@router.get("/codebook/coded")
def coded(request: Request, db: Study, coder: Coder, code: str) -> Response:
    """Return the statements that somebody coded with a role or theme."""
    ids = coded_with(db, code, _LISTED + 1)
    return part(request, "people_coded.html.j2", code=code, ids=ids[:_LISTED], more=len(ids) > _LISTED, texts=_texts(db, ids))


def _lines(text: str) -> str:
    # Browsers send the ends of lines as two characters.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _texts(db: sqlite3.Connection, statements: Iterable[int]) -> dict[int, str]:
    marks = ",".join(map(str, statements))
    return dict(db.execute(f"SELECT id, text FROM statements WHERE id IN ({marks})").fetchall())

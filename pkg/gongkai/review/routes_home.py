"""Pages around the coding: overview, who codes, the language, random samples."""

from __future__ import annotations

import sqlite3
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from .changes import add_coder
from .parts import PARTS
from .queue import progress
from .samples import Unit, draw_sample, samples
from .web import LANGUAGES, Coder, Study, go, keep, page
from .whichmodel import missing, model_in_use, models_folder

router = APIRouter()
# Columns by which a sample can be drawn evenly.
_BY = ("year", "level", "region", "role")


@router.get("/")
def overview(request: Request, db: Study) -> Response:
    """Show what the study holds, how far each coder is, and what can be done next."""
    names = _coders(db)
    loaded = bool(db.execute("SELECT 1 FROM statements LIMIT 1").fetchone())
    return page(
        request, "overview.html.j2",
        counts=_counts(db),
        model=model_in_use(db),
        missing=missing(db),
        models_folder=models_folder(db).name,
        coders=[(name, progress(db, name)) for name in names] if loaded else [],
        samples=bool(db.execute("SELECT 1 FROM samples LIMIT 1").fetchone()),
        loaded=loaded,
        parts=PARTS,
    )  # fmt: skip


def _counts(db: sqlite3.Connection) -> dict[str, int]:
    asked = {
        "reports": "SELECT count(*) FROM reports",
        "statements": "SELECT count(*) FROM statements WHERE retired IS NULL",
        "changes": "SELECT count(*) FROM changes",
    }
    return {name: db.execute(query).fetchone()[0] for name, query in asked.items()}


def _coders(db: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in db.execute("SELECT name FROM coders ORDER BY at, name")]


@router.get("/coder")
def coder_page(request: Request, db: Study, next: str = "/") -> Response:
    """Ask who codes."""
    return page(request, "coder.html.j2", names=_coders(db), next=next)


@router.post("/coder")
def choose_coder(request: Request, db: Study, name: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> Response:
    """Take a coder's name, new or known."""
    response = go(request, next)
    keep(response, request.app.state.coder_cookie, add_coder(db, name))
    return response


@router.post("/language")
def choose_language(request: Request, language: Annotated[str, Form()], next: Annotated[str, Form()] = "/") -> Response:
    """Switch between Chinese and English."""
    response = go(request, next)
    keep(response, "language", language if language in LANGUAGES else LANGUAGES[0])
    return response


@router.get("/samples")
def samples_page(request: Request, db: Study, coder: Coder) -> Response:
    """Show the samples that were drawn, and the form to draw one."""
    drawn = [(s, [(name, progress(db, name, "sample", sample=s.id)) for name in _coders(db)]) for s in samples(db)]
    return page(request, "samples.html.j2", drawn=drawn, population=_counts(db)["statements"], units=get_args(Unit), by=_BY)


@router.post("/samples")
def draw(
    request: Request,
    db: Study,
    coder: Coder,
    n: Annotated[int, Form(ge=1)],
    unit: Annotated[Unit, Form()],
    seed: Annotated[int, Form(ge=0)] = 0,
    by: Annotated[str, Form()] = "",
) -> Response:
    """Draw a random sample with known probabilities."""
    sample = draw_sample(db, coder, n, seed, [by] if by else (), unit=unit)
    return go(request, f"/samples#sample-{sample.id}")

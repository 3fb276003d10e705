"""The pages of learning: retrain, compare, take a model into use; what more codes are worth; and shares corrected by a random sample."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from .awaiting import changed, computed, failed, jobs_of, waiting
from .curve import curve, keep_curve, kept_curve
from .jobs import Tell
from .labels import LEAST, LEAST_OFFICES, labelled_of
from .learn import retrain
from .models import known_models, made, numbered, switches, use_known, use_model
from .predict import model_facts
from .samples import gaps_of, samples
from .shares import newest, study_shares
from .store import StudyError
from .web import Coder, Study, go, page, part
from .whichmodel import missing, models_folder

router = APIRouter()
# One at a time: a model is made, or taken into use.
_LEARN, _CURVE = "learn", "curve"
_BY = ("year", "level", "region")


@router.get("/learn")
def learning(request: Request, db: Study, coder: Coder) -> Response:
    """Show what there is to learn from, the models made so far with their scores, and which one is in use."""
    jobs, known = jobs_of(request), known_models(db)
    shipped = model_facts()
    return page(
        request,
        "people_learn.html.j2",
        known=known,
        shipped=None if shipped.sha256 in {k.sha256 for k in known} else shipped,
        missing=missing(db),
        models_folder=models_folder(db).name,
        made=made(db),
        switches=switches(db),
        busy=jobs.find(_LEARN),
        drawn=jobs.find(_CURVE) or kept_curve(db) is not None,
    )


@router.get("/learn/labels")
def labels(request: Request, db: Study, coder: Coder) -> Response:
    """Return how much there is to learn from."""
    return computed(request, ("labels", changed(db)), _counted, "people_labels.html.j2", least=LEAST, least_offices=LEAST_OFFICES)


def _counted(db: sqlite3.Connection, tell: Tell) -> dict[str, int]:
    tell("reading")
    found = labelled_of(db)
    offices = len(np.unique(found.groups))
    return {"statements": len(found.ids), "offices": offices, "disputed": found.disputed, "misfits": found.misfits}


@router.post("/learn")
def learn(request: Request, db: Study, coder: Coder) -> Response:
    """Begin to make a new model; the one in use stays in use."""
    return waiting(request, jobs_of(request).start(_LEARN, lambda own, tell: retrain(own, tell=tell)), "/learn/job")


@router.post("/learn/use")
def use(request: Request, db: Study, coder: Coder, number: Annotated[int, Form()]) -> Response:
    """Begin to take a model made from the study into use: it codes all statements first."""
    folder = numbered(models_folder(db)).get(number)
    if folder is None:
        raise StudyError(f"there is no model {number} beside this study; reload the page")
    job = jobs_of(request).start(_LEARN, lambda own, tell: use_model(own, folder, coder, tell))
    return waiting(request, job, "/learn/job")


@router.post("/learn/known")
def use_again(request: Request, db: Study, coder: Coder, model: Annotated[int, Form()]) -> Response:
    """Take a model into use that has coded the statements before."""
    job = jobs_of(request).start(_LEARN, lambda own, tell: use_known(own, model, coder))
    return waiting(request, job, "/learn/job")


@router.post("/learn/shipped")
def use_shipped(request: Request, db: Study, coder: Coder) -> Response:
    """Begin to take the shipped model into use, which has not coded the statements yet."""
    return waiting(request, jobs_of(request).start(_LEARN, lambda own, tell: use_model(own, None, coder, tell)), "/learn/job")


@router.get("/learn/job")
def job(request: Request, db: Study, coder: Coder) -> Response:
    """Return how far the work is; the page anew when it is done."""
    found = jobs_of(request).find(_LEARN)
    if found is not None and found.running:
        return waiting(request, found, "/learn/job")
    if found is not None and found.error:
        return failed(request, found.error)
    return go(request, "/learn")


@router.post("/learn/curve")
def draw(request: Request, db: Study, coder: Coder) -> Response:
    """Begin to work out what more codes are worth."""
    return waiting(request, jobs_of(request).start(_CURVE, lambda own, tell: keep_curve(own, curve(own, tell=tell))), "/learn/curve")


@router.get("/learn/curve")
def drawn(request: Request, db: Study, coder: Coder) -> Response:
    """Return the learning curve that was drawn last, or how far it is."""
    found = jobs_of(request).find(_CURVE)
    if found is not None and found.running:
        return waiting(request, found, "/learn/curve")
    if found is not None and found.error:
        return failed(request, found.error)
    kept = kept_curve(db)
    return failed(request, "") if kept is None else part(request, "people_curve.html.j2", found=kept)


Unit = Literal["statements", "reports"]
Reach = Literal["corpus", "offices"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The shares that an address asks for: by which sample (None: the newest), for which groups, of what, speaking of what."""

    sample: int | None
    by: str
    unit: Unit
    scope: Reach


def asked_of(sample: int | None = None, by: str = "", unit: Unit = "statements", scope: Reach = "corpus") -> Asked:
    """Return the shares that an address asks for, together where it names groups that there are not."""
    return Asked(sample, by if by in _BY else "", unit, scope)


Shares = Annotated[Asked, Depends(asked_of)]


@router.get("/shares")
def shares(request: Request, db: Study, coder: Coder, asked: Shares) -> Response:
    """Show the theme shares as counted and as corrected by a random sample."""
    drawn = samples(db)
    sample = asked.sample if asked.sample is not None else (drawn[0].id if drawn else None)
    return page(
        request, "people_shares.html.j2",
        drawn=drawn, sample=sample, by=asked.by, columns=_BY, unit=asked.unit, scope=asked.scope,
    )  # fmt: skip


@router.get("/shares/figures")
def share_figures(request: Request, db: Study, coder: Coder, asked: Shares) -> Response:
    """Return the figures of a sample, or how far they are."""
    of, groups = newest(db) if asked.sample is None else asked.sample, [asked.by] if asked.by else []

    if (gaps := gaps_of(db, of)).total:
        return part(request, "people_gaps.html.j2", gaps=gaps, sample=of)

    def work(own: sqlite3.Connection, tell: Tell) -> Any:
        tell("counting")
        return study_shares(own, of, groups, scope=asked.scope)

    key = ("shares", of, asked.by, asked.scope, changed(db))
    return computed(request, key, work, "people_share_figures.html.j2", by=groups, unit=asked.unit)

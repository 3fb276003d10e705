"""Parts of pages whose figures take a while: they tell how far they are, and ask again until they are there."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from .jobs import Job, Jobs, Work
from .store import latest
from .told import told
from .web import language_of, part, study_path

_MAKING = threading.Lock()


def jobs_of(request: Request) -> Jobs:
    """Return the jobs of the application, made when they are first asked for."""
    state = request.app.state
    with _MAKING:
        if not hasattr(state, "jobs"):
            state.jobs = Jobs(study_path(request))
    return state.jobs


def waiting(request: Request, job: Job, url: str) -> Response:
    """Return the part of a page that tells what a job is, how far it is, and asks again."""
    word, _, rest = job.step.partition(" ")
    what = job.key[0] if isinstance(job.key, tuple) else job.key
    return part(request, "people_waiting.html.j2", job=job, what=what, word=word, rest=rest, url=url)


def computed(request: Request, key: tuple[Any, ...], work: Work, template: str, **context: Any) -> Response:
    """Return a part of a page whose figures take a while: what is known of the job, or its result as `found`."""
    job = jobs_of(request).once(key, work)
    if job.running:
        return waiting(request, job, f"{request.url.path}?{request.url.query}")
    return failed(request, job.error) if job.error else part(request, template, found=job.result, **context)


def failed(request: Request, error: str) -> Response:
    """Return the part of a page that tells why there are no figures."""
    return part(request, "people_failed.html.j2", error=told(error, language_of(request)))


def changed(db: sqlite3.Connection) -> tuple[Any, ...]:
    """Return what stays the same as long as figures of a study do."""
    return db.execute("SELECT max(id) FROM changes").fetchone()[0], latest(db, "codebooks"), latest(db, "models")

"""Work that takes longer than a page waits: a thread each, with a connection of its own, and told from step to step."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UserError
from .store import StudyError, open_study

Tell = Callable[[str], object]
Work = Callable[[sqlite3.Connection, Tell], Any]
_KEPT = 20


@dataclass(slots=True)
class Job:
    """Work under way or done: the `step` it is at, its `result`, or the `error` it ended with."""

    key: Hashable
    begun: float = field(default_factory=time.monotonic)
    step: str = ""
    result: Any = None
    error: str = ""
    seconds: float | None = None

    @property
    def running(self) -> bool:
        """Whether it is still under way."""
        return self.seconds is None

    @property
    def elapsed(self) -> int:
        """Whole seconds since it began, or until it ended."""
        return int(time.monotonic() - self.begun if self.seconds is None else self.seconds)


class Jobs:
    """The jobs of one study; a key has one job at a time, and the last ones are remembered."""

    def __init__(self, path: Path):
        self.path = path
        self._jobs: dict[Hashable, Job] = {}
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> Job | None:
        """Return the job of a key that runs, or that ran last."""
        return self._jobs.get(key)

    def start(self, key: Hashable, work: Work) -> Job:
        """Begin work in a thread; raises StudyError where that of this key still runs."""
        with self._lock:
            if (held := self._jobs.get(key)) and held.running:
                raise StudyError(f"this is under way already, for {held.elapsed} seconds; wait until it is done")
            return self._begin(key, work)

    def once(self, key: Hashable, work: Work) -> Job:
        """Return the job of a key, begun where there is none: for what comes out the same each time."""
        with self._lock:
            return self._jobs.get(key) or self._begin(key, work)

    def _begin(self, key: Hashable, work: Work) -> Job:
        job = Job(key)
        self._jobs.pop(key, None)
        self._jobs[key] = job
        for old in [k for k, j in self._jobs.items() if not j.running][: max(0, len(self._jobs) - _KEPT)]:
            del self._jobs[old]
        threading.Thread(target=self._run, args=(job, work), daemon=True, name=f"gongkai {key}").start()
        return job

    def _run(self, job: Job, work: Work) -> None:
        def tell(step: str) -> None:
            job.step = step

        try:
            db = open_study(self.path, create=False)
            try:
                job.result = work(db, tell)
            finally:
                db.close()
        except UserError as error:
            job.error = str(error)
        except Exception as error:
            job.error = f"this should not have happened ({type(error).__name__}: {error}); what was saved before is safe"
        finally:
            job.seconds = time.monotonic() - job.begun

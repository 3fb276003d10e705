"""Where the chunks of a corpus are done on one machine: in this process, or in several, of which a lost one costs its chunk."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import replace
from typing import Any

from .chunkwork import Task, do_chunk
from .errors import RESUME, UserError

# Chunks that wait at a worker, the one at work included: it never idles, and little is held in memory.
_QUEUE = 2
_TRIES = 3
# Seconds between two looks at whether the run is still there.
_LOOK = 1.0
# Processes share the cores among themselves; their libraries must not do so once more.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
Record = dict[str, Any]


class WorkerError(UserError):
    """A chunk over which worker after worker was ended."""


def local(tasks: Iterable[Task], workers: int) -> Iterator[Record]:
    """Do chunks and yield their records as they are done, in any order; with one worker, in this process.

    Each worker is a pool of its own: joblib's ends all its processes where one was ended. Raises WorkerError where three were lost
    over the same chunk, and what a chunk raises.
    """
    if workers == 1:
        yield from map(do_chunk, tasks)
        return
    flow, pools = iter(tasks), [_Worker() for _ in range(workers)]
    try:
        more = True
        while more or any(p.tasks for p in pools):
            free = min(pools, key=lambda p: len(p.tasks))
            if more and len(free.tasks) < _QUEUE:
                task = next(flow, None)
                more = task is not None
                if task is not None:
                    free.give(task)
                ready = [p for p in pools if p.tasks and p.tasks[0][1].done()]
            else:
                wait([p.tasks[0][1] for p in pools if p.tasks], return_when=FIRST_COMPLETED)
                ready = [p for p in pools if p.tasks and p.tasks[0][1].done()]
            for pool in ready:
                if (record := pool.take()) is not None:
                    yield record
    finally:
        for pool in pools:
            pool.end()


def _end_with(parent: int) -> None:
    """End this process soon after the one that started it: loky's own waits for work for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _Worker:
    """A process of loky's and the chunks it was given, the one at work first."""

    def __init__(self) -> None:
        self.tasks: deque[tuple[Task, Future[Record], int]] = deque()
        self._executor: Any = None

    def give(self, task: Task, tries: int = 0) -> None:
        if self._executor is None:
            from joblib.externals.loky.backend import get_context
            from joblib.externals.loky.process_executor import ProcessPoolExecutor

            # loky's own processes start without importing the caller's program anew.
            threads = dict.fromkeys(_THREADS, "1")
            self._executor = ProcessPoolExecutor(
                1, context=get_context("loky"), env=threads, initializer=_end_with, initargs=(os.getpid(),)
            )
        future: Future[Record]
        try:
            future = self._executor.submit(do_chunk, replace(task, parent=os.getpid()))
        except BrokenExecutor as error:
            # Lost while it had nothing to do: told when the chunk is asked for.
            future = Future()
            future.set_exception(error)
        self.tasks.append((task, future, tries))

    def take(self) -> Record | None:
        """Return the record of the first chunk, which is done; where the process was lost, start anew and return None."""
        task, future, tries = self.tasks[0]
        try:
            record = future.result()
        except BrokenExecutor as error:
            again = list(self.tasks)
            self.end()
            if tries + 1 >= _TRIES:
                first, last = task.items[0].id, task.items[-1].id
                cure = f"free memory or give fewer --workers (in Python workers=), and go on with {RESUME}; what is done is kept"
                raise WorkerError(f"{_TRIES} workers were lost over the reports from {first} to {last}; {cure}") from error
            for n, (waiting, _, before) in enumerate(again):
                self.give(waiting, before + (n == 0))
            return None
        self.tasks.popleft()
        return record

    def end(self) -> None:
        """End the process, at work or not."""
        self.tasks.clear()
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=True)
            self._executor = None

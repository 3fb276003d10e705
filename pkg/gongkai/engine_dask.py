"""Where the chunks of a corpus are done on many machines: the same work, as tasks of a Dask cluster that sees the same folders."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .chunkwork import Task, do_chunk
from .engines import Record, WorkerError
from .errors import UserError
from .runrecord import digest, programs

if TYPE_CHECKING:
    from distributed import Future

# Chunks on their way for each thread of the cluster.
_QUEUE = 2


def cluster(tasks: Iterable[Task], scheduler: str) -> Iterator[Record]:
    """Do chunks on the cluster at an address and yield their records as they are done; a chunk of a lost worker is done by another.

    Raises UserError where there is no cluster or its workers have another gongkai, WorkerError where worker after worker was lost
    over one chunk.
    """
    try:
        from distributed import Client, KilledWorker, wait
    except ImportError as error:
        raise UserError("--scheduler needs Dask; pip install 'gongkai[cluster]'") from error
    try:
        client = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{scheduler}: no Dask scheduler answers ({error}); start one and give its address") from error
    with client:
        running: set[Future] = set()
        flow, expected = iter(tasks), digest(programs())
        more = True
        while more or running:
            while more and len(running) < _QUEUE * max(1, sum(client.nthreads().values())):
                task = next(flow, None)
                more = task is not None
                if task is not None:
                    running.add(client.submit(do_packed, *packed(task), expected, key=f"gongkai-{task.key}", pure=False))
            if not running:
                break
            wait(running, return_when="FIRST_COMPLETED")
            for future in [f for f in running if f.done()]:
                running.discard(future)
                try:
                    yield future.result()
                except KilledWorker as error:
                    cure = "give the workers more memory, and go on with --resume; what is done is kept"
                    raise WorkerError(f"worker after worker was lost over one chunk ({error}); {cure}") from error


def packed(task: Task) -> tuple[Task, bytes, int]:
    """Return a task with its texts apart and compressed: they pass through the scheduler."""
    import pyarrow as pa

    content = pickle.dumps(task.items, pickle.HIGHEST_PROTOCOL)
    bare = replace(task, items=[], folder=task.folder.absolute(), model=task.model.absolute())
    return bare, pa.compress(content, "zstd", asbytes=True), len(content)


def do_packed(task: Task, content: bytes, size: int, expected: str) -> dict[str, Any]:
    """Do a packed task; raises UserError where this worker's programs are not those that the chunk is known by."""
    import pyarrow as pa

    if digest(programs()) != expected:
        raise UserError("a worker has another gongkai, Python or library than this run; install the same everywhere")
    return do_chunk(replace(task, items=pickle.loads(pa.decompress(content, size, "zstd", asbytes=True))))

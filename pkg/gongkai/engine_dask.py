"""Where work is done on many machines: the same work, as tasks of a Dask cluster that sees the same folders."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .chunkwork import Task, do_chunk
from .engines import Record, WorkerError
from .errors import UserError
from .runrecord import digest, programs

if TYPE_CHECKING:
    from distributed import Future

# Tasks on their way for each thread of the cluster.
_QUEUE = 2


def cluster(tasks: Iterable[Task], scheduler: str) -> Iterator[Record]:
    """Do chunks on the cluster at an address and yield their records as they are done; a chunk of a lost worker is done by another.

    Raises UserError and WorkerError as `spread_out`.
    """
    told = ((f"gongkai-{task.key}", (*packed(task), digest(programs()))) for task in tasks)
    return (record for _, record in spread_out(do_packed, told, scheduler, "go on with --resume; what is done is kept"))


def mapped(function: Callable[..., Any], given: Iterable[tuple[Any, ...]], scheduler: str) -> Iterator[tuple[int, Any]]:
    """Call a function of this package on the cluster with each of the arguments; yield number and result of each as it is done.

    Raises UserError and WorkerError as `spread_out`.
    """
    import uuid

    run, expected = uuid.uuid4().hex, digest(programs())
    told = ((f"gongkai-{run}-{n}", (function, arguments, expected)) for n, arguments in enumerate(given))
    for name, result in spread_out(do_checked, told, scheduler, "run it again"):
        yield int(name.rpartition("-")[2]), result


def spread_out(
    function: Callable[..., Any], told: Iterable[tuple[str, tuple[Any, ...]]], scheduler: str, cure: str
) -> Iterator[tuple[str, Any]]:
    """Call a function on the cluster with the arguments of each task; yield name and result of each as it is done.

    Few tasks are on their way at a time; one of a lost worker is done by another. Raises UserError where there is no cluster or its
    workers have another gongkai, WorkerError where worker after worker was lost over one task.
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
        flow = iter(told)
        more = True
        while more or running:
            while more and len(running) < _QUEUE * max(1, sum(client.nthreads().values())):
                task = next(flow, None)
                more = task is not None
                if task is not None:
                    running.add(client.submit(function, *task[1], key=task[0], pure=False))
            if not running:
                break
            # Else it would be waited for at whatever cluster the caller has open.
            with client.as_current():
                wait(running, return_when="FIRST_COMPLETED")
            for future in [f for f in running if f.done()]:
                running.discard(future)
                try:
                    yield str(future.key), future.result()
                except KilledWorker as error:
                    said = f"worker after worker was lost over one part of the work ({error})"
                    raise WorkerError(f"{said}; give the workers more memory, and {cure}") from error


def packed(task: Task) -> tuple[Task, bytes, int]:
    """Return a task with its texts apart and compressed: they pass through the scheduler."""
    import pyarrow as pa

    content = pickle.dumps(task.items, pickle.HIGHEST_PROTOCOL)
    bare = replace(task, items=[], folder=task.folder.absolute(), model=task.model.absolute())
    return bare, pa.compress(content, "zstd", asbytes=True), len(content)


def do_packed(task: Task, content: bytes, size: int, expected: str) -> dict[str, Any]:
    """Do a packed task; raises UserError as `do_checked`."""
    import pyarrow as pa

    def do() -> dict[str, Any]:
        return do_chunk(replace(task, items=pickle.loads(pa.decompress(content, size, "zstd", asbytes=True))))

    return do_checked(do, (), expected)


def do_checked(function: Callable[..., Any], arguments: tuple[Any, ...], expected: str) -> Any:
    """Call a function; raises UserError where this worker's programs are not those of the run."""
    if digest(programs()) != expected:
        raise UserError("a worker has another gongkai, Python or library than this run; install the same everywhere")
    return function(*arguments)

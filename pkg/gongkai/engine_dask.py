"""Where work is done on many machines: the same work, as tasks of a Dask cluster that sees the same folders."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .chunkwork import OWN, Task, do_chunk
from .engines import Record, WorkerError
from .errors import RESUME, UserError
from .runrecord import digest, programs

if TYPE_CHECKING:
    from distributed import Future

# Tasks on their way for each thread of the cluster.
_QUEUE = 2
_FORM = "give the address of a Dask scheduler, such as tcp://HOST:8786 or tls://HOST:8786"
_START = "start one with dask scheduler, and give its address"


def find_scheduler(address: str) -> None:
    """Return once a Dask scheduler has answered at an address; nothing is left open.

    Raises UserError for an address of another form, and where nothing or something else answers: at once where the port is refused,
    else after the time that Dask's own settings allow for connecting (30 seconds).
    """
    try:
        import dask
        from distributed.comm.addressing import get_address_host_port, parse_address
    except ImportError as error:
        raise UserError("--scheduler needs Dask; pip install 'gongkai[cluster]'") from error
    try:
        scheme = parse_address(address)[0]
        host, port = ("here", 1) if scheme == "inproc" else get_address_host_port(address)
    except ValueError:
        host, port = "", 0
    if not host or not 0 < port < 65_536:
        raise UserError(f"{address!r} names no protocol, host and port that Dask knows; {_FORM}")
    if scheme == "inproc":
        return
    seconds = dask.utils.parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    try:
        # Dask itself would knock at a refused port again and again.
        socket.create_connection((host, port), seconds).close()
        kind = _in_a_thread(address, seconds)
    except (OSError, ValueError, EOFError) as error:
        said = str(error) or f"no answer in {seconds:g} seconds"
        raise UserError(f"{address}: no Dask scheduler answers ({said}); {_START}") from error
    if kind != "Scheduler":
        raise UserError(f"{address}: this is a Dask {kind.lower()}, not the scheduler; {_FORM}")


def _in_a_thread(address: str, seconds: float) -> str:
    """What sort of server of Dask's answers; asked apart, as the caller may have a loop of events running, in a notebook for one."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from distributed.core import rpc
    from distributed.security import Security

    async def asked() -> str:
        async with rpc(address, timeout=seconds, connection_args=Security().get_connection_args("client")) as remote:
            return str((await asyncio.wait_for(remote.identity(), seconds))["type"])

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked()).result()


def cluster(tasks: Iterable[Task], scheduler: str) -> Iterator[Record]:
    """Do chunks on the cluster at an address and yield their records as they are done; a chunk of a lost worker is done by another.

    Raises UserError and WorkerError as `spread_out`.
    """
    told = ((f"gongkai-{task.key}", (*packed(task), digest(programs()))) for task in tasks)
    return (record for _, record in spread_out(do_packed, told, scheduler, f"go on with {RESUME}; what is done is kept"))


def mapped(function: Callable[..., Any], given: Iterable[tuple[Any, ...]], scheduler: str, folder: Path) -> Iterator[tuple[int, Any]]:
    """Call a function of this package on the cluster with each of the arguments; yield number and result of each as it is done.

    `folder` is the data set that all workers must see. Raises UserError and WorkerError as `spread_out`.
    """
    import uuid

    run, expected = uuid.uuid4().hex, digest(programs())
    sign = folder.absolute() / OWN
    told = ((f"gongkai-{run}-{n}", (function, arguments, expected, sign)) for n, arguments in enumerate(given))
    for name, result in spread_out(do_checked, told, scheduler, "run it again"):
        yield int(name.rpartition("-")[2]), result


def spread_out(
    function: Callable[..., Any], told: Iterable[tuple[str, tuple[Any, ...]]], scheduler: str, cure: str
) -> Iterator[tuple[str, Any]]:
    """Call a function on the cluster with the arguments of each task; yield name and result of each as it is done.

    Few tasks are on their way at a time; one of a lost worker is done by another. Raises UserError where there is no cluster or its
    workers have another gongkai or do not see the data set, WorkerError where worker after worker was lost over one task.
    """
    # First, as a client that could not connect holds up the end of the program.
    find_scheduler(scheduler)
    from distributed import Client, KilledWorker, wait

    try:
        client = Client(scheduler, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{scheduler}: no Dask scheduler answers ({error}); {_START}") from error
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

    return do_checked(do, (), expected, task.model)


def do_checked(function: Callable[..., Any], arguments: tuple[Any, ...], expected: str, sign: Path) -> Any:
    """Call a function; raises UserError where this worker's programs are not those of the run, or it does not see what the run made.

    `sign` is a folder below `.gongkai` of the data set: one of its name may well be here that is another one.
    """
    if digest(programs()) != expected:
        raise UserError("a worker has another gongkai, Python or library than this run; install the same everywhere")
    if not sign.is_dir():
        from distributed import get_worker

        worker, folder = get_worker(), next(p.parent for p in (sign, *sign.parents) if p.name == OWN)
        said = f"the worker {worker.name} on {socket.gethostname()} cannot see the folder {folder} of the data set"
        raise UserError(f"{said}; all machines of the cluster need it under the same path, on a shared disk")
    return function(*arguments)

"""Work over a data set in parts: functions called here, in processes or on a cluster, and what they hand one another by files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .chunkwork import OWN
from .dataset import Corpus
from .engines import WorkerError
from .errors import UserError
from .together import write_whole

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

# Chunks that a part of the work reads.
CHUNKS = 10


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does the work on the data set in a folder: so many processes of this machine (1: this one), or the cluster at an address."""

    folder: Path
    workers: int = 1
    scheduler: str | None = None

    @property
    def several(self) -> bool:
        """Whether more than this process is at work."""
        return self.scheduler is not None or self.workers > 1

    def map(self, function: Callable[..., Any], given: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Call a function with each of the arguments and yield number and result of each, in any order.

        Raises what the function raises, WorkerError where a process was lost that cannot be replaced.
        """
        if self.scheduler is not None:
            from .engine_dask import mapped

            yield from mapped(function, given, self.scheduler, self.folder)
        elif self.workers == 1:
            yield from ((n, function(*arguments)) for n, arguments in enumerate(given))
        else:
            yield from _pooled(function, given, self.workers)


def _pooled(function: Callable[..., Any], given: Iterable[tuple[Any, ...]], workers: int) -> Iterator[tuple[int, Any]]:
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    pool = Parallel(workers, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs")
    try:
        yield from pool(delayed(_numbered)(n, function, arguments) for n, arguments in enumerate(given))
    except TerminatedWorkerError as error:
        raise WorkerError("a process was ended while at work; free memory or give fewer --workers, and run it again") from error


def _numbered(n: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return n, function(*arguments)


def portions(corpus: Corpus, size: int | None = None) -> list[tuple[Corpus, int]]:
    """Return a data set as data sets of a few chunks each, with the number of reports before each."""
    size = size or CHUNKS
    out, before = [], 0
    bare = {name: corpus.run[name] for name in ("counts", "further_columns")}
    whole = replace(corpus, folder=corpus.folder.absolute(), run=bare)
    for start in range(0, len(corpus.chunks), size):
        chunks = corpus.chunks[start : start + size]
        out.append((replace(whole, chunks=chunks), before))
        before += sum(rows.get("reports", 0) for _, rows in chunks)
    return out


@contextmanager
def scratch(corpus: Corpus, hands: Hands) -> Iterator[Path]:
    """Give a folder for what is handed on, which all machines of a cluster see: in the data set, else where this system keeps such.

    Raises UserError where a cluster is to work on a data set that cannot be written to.
    """
    from filelock import FileLock

    place = corpus.folder.absolute() / OWN / "handed"
    try:
        _sweep(place)
        place.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=place))
    except OSError as error:
        if hands.scheduler is not None:
            said = f"{corpus.folder}: cannot be written ({error.strerror}), and the workers hand on their work there"
            raise UserError(f"{said}; copy the data set, or leave --scheduler away") from error
        folder = Path(tempfile.mkdtemp(prefix="gongkai-"))
    try:
        with FileLock(folder / "lock", timeout=0):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        # Other work may be there.
        with suppress(OSError):
            place.rmdir()


def _sweep(place: Path) -> None:
    """Take away what was left behind by work that was ended: the system frees the lock."""
    from filelock import FileLock, Timeout

    for left in place.iterdir() if place.exists() else ():
        try:
            with FileLock(left / "lock", timeout=0):
                pass
            shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):
            continue


def hand_on(file: Path, table: pa.Table, place: np.ndarray, parts: int) -> int:
    """Write a table with the number of the part that each row goes to; returns its bytes."""
    import numpy as np
    import pyarrow as pa

    order = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[order], np.arange(parts + 1))
    rows = table.take(pa.array(order)).combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            batches = rows.slice(begin, end - begin).to_batches()
            writer.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], rows.schema))
    content = sink.getvalue()
    write_whole(file, content)
    return len(content)


def handed(files: Sequence[Path], part: int) -> Iterator[pa.RecordBatch]:
    """Yield what each of the files has for a part."""
    import pyarrow as pa

    for file in files:
        with pa.memory_map(os.fspath(file)) as opened:
            yield pa.ipc.open_file(opened).get_batch(part)

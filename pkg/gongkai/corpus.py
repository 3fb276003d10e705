"""A corpus on disk: any number of reports coded into a Parquet data set that is gone on with after any end and updated by what changed."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from .analyse import load
from .chunkwork import OWN, Task, known, part
from .engines import Record, local
from .errors import UserError
from .listing import Listing, check_inputs
from .model import StatementCoder
from .parts import TABLES, part_bytes, schema, tables_of
from .pieces import cut, expected, items, key_of, read_chunk
from .read import Reading, endings
from .records import Failure
from .resources import resource
from .runrecord import FIRST, Totals, digest, run_record, settings_of
from .store import save
from .together import write_whole

CHUNK = 500
_STRAYS = 5
# Of what cannot be found or opened, there is one part a data set.
LISTING = "listing.parquet"
# The names of parts and records, and of those that were being written.
_OURS = re.compile(r"(?P<begun>\.)?(?P<key>[0-9a-f]{32})\.(?:parquet|json)(?(begun)\..*)|\.listing\.parquet\..*")
# Takes how many more reports are done, and of how many in all, where that is known.
Progress = Callable[[int, int | None], None]
Engine = Callable[[Iterable[Task]], Iterator[Record]]


class CorpusError(UserError):
    """A data set folder that cannot be used, or a run that cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class CorpusRun:
    """What a run did: reports and statements in the data set, chunks it coded and chunks it kept from before, what failed.

    `failures` names the first thousand of `failed`; the data set has them all. `strays` are metadata rows that no report has,
    `doubtful` the reports with something in `warnings`.
    """

    folder: Path
    reports: int
    statements: int
    coded: int
    kept: int
    failed: int
    failures: tuple[Failure, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    strays: tuple[str, ...] = ()
    stray_rows: int = 0
    doubtful: int = 0


def write_corpus(
    inputs: str | Path | Iterable[str | Path],
    folder: str | Path,
    coder: StatementCoder | str | Path | None = None,
    metadata: str | Path | None = None,
    reading: Reading | None = None,
    *,
    tables: bool = True,
    resume: bool = False,
    force: bool = False,
    workers: int | None = None,
    scheduler: str | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> CorpusRun:
    """Code all reports below files and folders into a data set: `statements/ sections/ reports/ tables/ checks/ failures/`, `run.json`.

    `coder` is a coder, a model folder, or None for the shipped one; `tables` says whether the statutory tables are read. With
    `resume`, what a run before did to the same reports in the same way is kept, whether that run was ended or done: the result has
    the bytes of a run from nothing; `force` does all anew. `workers` are processes on this machine (default: its cores), `scheduler`
    the address of a Dask cluster instead. A `chunk` of this many reports on average is what a change, or a lost worker, costs.
    Memory hardly grows with the reports. Raises CorpusError for a folder that holds something else or that another run writes to,
    for no report found and for a full disk; UserError, OSError as `analyse_files` does.
    """
    given, root = check_inputs(inputs), Path(folder)
    if (workers is not None and workers < 1) or chunk < 1:
        raise CorpusError(f"workers {workers} and chunk {chunk} must be 1 or more")
    check_place(root, resume or force)
    if scheduler is not None:
        from .engine_dask import find_scheduler

        # Before a finished data set is taken in hand, and thousands of files are listed.
        find_scheduler(scheduler)
    how = reading or Reading()
    with _cured(root), _locked(root):
        work = root / OWN / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        listing = None
        try:
            _model(coder, work / "model")
            listing = Listing(given, work / "listing.sqlite", metadata, how, root.resolve())
            settings = settings_of(work / "model", how, tables, chunk)
            return _run(root, listing, settings, how, resume and not force, _engine(workers, scheduler), progress or (lambda *_: None))
        finally:
            if listing is not None:
                listing.close()
            shutil.rmtree(work, ignore_errors=True)


def _engine(workers: int | None, scheduler: str | None) -> Engine:
    if scheduler is None:
        from joblib import cpu_count

        # The cores that this process may use, which in a container are fewer than there are.
        return lambda tasks: local(tasks, workers or cpu_count())
    from .engine_dask import cluster

    return lambda tasks: cluster(tasks, scheduler)


def check_place(root: Path, go_on: bool) -> None:
    """Raise CorpusError where a folder holds something else, or a data set and it is not said what to do with it."""
    if root.exists() and not root.is_dir():
        raise CorpusError(f"{root} is a file; give a folder")
    if not root.exists() or not (held := sorted(os.listdir(root))):
        return
    if not (root / OWN).is_dir():
        raise CorpusError(f"{root} holds {held[0]}, which gongkai corpus did not write; give another folder")
    if not go_on and (root / OWN / "chunks").exists():
        state = "holds a data set" if (root / "run.json").exists() else "holds an unfinished data set"
        raise CorpusError(f"{root} {state}; give --resume to go on and keep what is unchanged, or --force to do all anew")


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Keep a second run out; the system frees the lock of a run that was ended."""
    from filelock import FileLock, Timeout

    (root / OWN).mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / OWN / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise CorpusError(f"{root}: another run is writing there; wait for its end, or give another folder") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _cured(root: Path) -> Iterator[None]:
    """Say what helps where the data set cannot be written."""
    full = f"{root}: the disk is full; free some space and go on with --resume: what is done is kept"
    try:
        yield
    except sqlite3.OperationalError as error:
        raise CorpusError(full if "full" in str(error) else f"{root}: cannot be written ({error}); give another folder") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CorpusError(full) from error
        if error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(root):
            raise CorpusError(f"{root}: cannot be written ({error.strerror}); mend that and go on with --resume") from error
        raise


def _model(coder: StatementCoder | str | Path | None, place: Path) -> None:
    """Put the model beside the run, so that all its workers code with the same one whatever happens to the folder given."""
    if isinstance(coder, StatementCoder):
        save(coder, place)
        return
    load(coder)
    place.mkdir()
    for name in ("model.json", "weights.npz"):
        shutil.copyfile((resource("models", "default") if coder is None else Path(coder)) / name, place / name)


def _run(
    root: Path, listing: Listing, settings: dict[str, Any], reading: Reading, keep: bool, engine: Engine, progress: Progress
) -> CorpusRun:
    found = listing.failures()
    if not len(listing):
        first = f"; {found[0].file}: {found[0].reason}" if found else ""
        raise CorpusError(f"no report found; give files or folders with {endings()} files{first}")
    # From here on, and until the record is written again, the data set is unfinished.
    (root / "run.json").unlink(missing_ok=True)
    for name in (*TABLES, f"{OWN}/chunks"):
        (root / name).mkdir(exist_ok=True)
    model, setting, totals, order = root / OWN / "work" / "model", digest(settings), Totals(), list[str]()
    total = expected(listing)

    def done(record: Mapping[str, Any], kept: bool) -> None:
        progress(totals.add(record, kept), total)

    def tasks() -> Iterator[Task]:
        for chunk in cut(items(listing, reading), settings["chunk"]):
            key = key_of(chunk, setting)
            order.append(key)
            if keep and (record := known(root, key)):
                done(record, True)
            else:
                yield Task(root, key, read_chunk(chunk, reading), model, settings["model_sha256"], settings["tables"])

    for record in engine(tasks()):
        done(record, False)
    write_whole(root / "failures" / LISTING, part_bytes(tables_of([], found, None).get("failures", schema("failures").empty_table())))
    sweep(root, order)
    failed = totals.sums["failures"] + len(found)
    named = tuple(islice(_failures(root, found, order), FIRST))
    run = run_record(settings, model, order, totals, failed, named, listing.passed_over)
    write_whole(root / "run.json", (json.dumps(run, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    strays, n = listing.strays(_STRAYS)
    sums, coded = totals.sums, len(order) - totals.kept
    met = dict(listing.passed_over), tuple(strays), n, sums["doubtful"]
    return CorpusRun(root, sums["reports"], sums["statements"], coded, totals.kept, failed, named, *met)


def _failures(root: Path, found: Iterable[Failure], order: Iterable[str]) -> Iterator[Failure]:
    import pyarrow.parquet as pq

    yield from found
    for key in order:
        if (file := part(root, "failures", key)).exists():
            yield from (Failure(**row) for row in pq.read_table(file).to_pylist())


def sweep(root: Path, order: Iterable[str]) -> None:
    """Take away the parts and records of chunks that are no more, and what writes that were ended left behind."""
    kept = set(order)
    for name in (*TABLES, f"{OWN}/chunks"):
        with os.scandir(root / name) as entries:
            for entry in entries:
                ours = _OURS.fullmatch(entry.name)
                if ours and not (ours["key"] in kept and not ours["begun"]):
                    Path(entry.path).unlink(missing_ok=True)

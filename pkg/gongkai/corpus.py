"""A corpus on disk: any number of reports coded into a Parquet data set that is gone on with after any end and updated by what changed."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from .analyse import load
from .chunkwork import OWN, Task, known, part
from .engines import Record, local
from .listing import Listing, check_inputs
from .model import StatementCoder
from .parts import TABLES, part_bytes, schema, tables_of
from .pieces import cut, expected, items, key_of, read_chunk
from .read import Reading, endings
from .records import Failure
from .resources import resource
from .runrecord import FIRST, Totals, digest, run_record, settings_of
from .setplace import CorpusError, check_no_corpus, check_place, cured, locked
from .store import save
from .together import write_whole

CHUNK = 500
_STRAYS = 5
# Of what cannot be found or opened, there is one part a data set.
LISTING = "listing.parquet"
# The names of parts and records, and of those that were being written.
_OURS = re.compile(r"(?P<begun>\.)?(?P<key>[0-9a-f]{32})\.(?:parquet|json)(?(begun)\..*)|\.listing\.parquet\..*")
# Takes how many more reports are done, and of how many in all, where that is known: none once the inputs are listed.
Progress = Callable[[int, int | None], None]
Engine = Callable[[Iterable[Task]], Iterator[Record]]


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
    check_no_corpus(given)
    check_place(root, resume or force)
    if scheduler is not None:
        from .engine_dask import find_scheduler

        # Before a finished data set is taken in hand, and thousands of files are listed.
        find_scheduler(scheduler)
    how = reading or Reading()
    with cured(root), locked(root):
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
    # What tells that a run was begun comes first.
    for name in (f"{OWN}/chunks", *TABLES):
        (root / name).mkdir(exist_ok=True)
    model, setting, totals, order = root / OWN / "work" / "model", digest(settings), Totals(), list[str]()
    total = expected(listing)
    progress(0, total)

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

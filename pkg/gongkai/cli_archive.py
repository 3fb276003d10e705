"""The command that codes any number of reports into a data set on disk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from .options import (
    NOTHING,
    USAGE,
    Force,
    Inputs,
    Limit,
    Metadata,
    Model,
    Ocr,
    TextColumn,
    fail,
    finish,
    note,
    note_strays,
    note_weak,
    reading,
    step,
)

# What a shell says of a command that was ended by Ctrl+C.
_INTERRUPTED = 130

Engine = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="local|dask", help="在哪里做 / where the work is done: local, on this machine (default), or dask, on a cluster",
        show_default=False,
    ),
]  # fmt: skip
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="进程数 / processes at work (default: the cores)", show_default=False)
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Dask 集群地址 / address of a Dask cluster that sees the same files", show_default=False
    ),
]


def check_engine(engine: str | None, workers: int | None, scheduler: str | None) -> None:
    """End with a usage error where the engine, its workers and its address do not go together; an address alone means dask."""
    if engine not in (None, "local", "dask"):
        fail(f"--engine {engine!r} is neither local nor dask", USAGE)
    if engine == "dask" and not scheduler:
        fail("--engine dask needs the address of a cluster; start one with dask scheduler, and give --scheduler tcp://HOST:8786", USAGE)
    if engine == "local" and scheduler:
        fail("--scheduler is the address of a Dask cluster; give --engine dask, or leave --scheduler away", USAGE)
    if scheduler and workers:
        fail("--workers are processes of this machine; leave it away with --scheduler", USAGE)


def hands(engine: str | None, workers: int | None, scheduler: str | None, default: int | None = None) -> dict[str, Any]:
    """Return who does the work over a data set, as the functions take it, or end with a usage error; `default` workers, None: the cores."""
    check_engine(engine, workers, scheduler)
    if scheduler:
        step(f"looking for the scheduler at {scheduler}")
        return {"scheduler": scheduler}
    from joblib import cpu_count

    return {"workers": workers or default or cpu_count()}


def not_for_tables(engine: str | None, workers: int | None, scheduler: str | None) -> None:
    """End with a usage error where a table, which one process reads, is to be worked on by others."""
    check_engine(engine, workers, scheduler)
    if engine == "dask" or scheduler or workers:
        fail(
            "--workers and --scheduler are for a data set that gongkai corpus wrote, without --reports or --sample; leave them away", USAGE
        )


def corpus(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="数据集文件夹 / folder of the data set", show_default=False)],
    resume: Annotated[
        bool, typer.Option("--resume", help="接着做，未变的保留 / go on with a run before, and keep what is unchanged")
    ] = False,
    engine: Engine = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    no_tables: Annotated[bool, typer.Option("--no-tables", help="不读法定表格 / leave the statutory tables unread: faster")] = False,
    model: Model = None,
    metadata: Metadata = None,
    force: Force = False,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """大批报告标注成 Parquet 数据集 / code any number of reports into a data set that can be gone on with and updated."""
    from .corpus import write_corpus
    from .errors import UserError
    from .read import passed_over_lines
    from .setplace import begun, check_place

    how = reading(limit, ocr, text_column)
    check_engine(engine, workers, scheduler)
    try:
        check_place(output, resume or force)
    except UserError as error:
        fail(str(error), USAGE)
    note_weak(model)
    if scheduler:
        step(f"looking for the scheduler at {scheduler}")
    try:
        with _shown("列出文件 listing the files", "标注 coding") as progress:
            run = write_corpus(
                inputs, output, model, metadata, how, tables=not no_tables, resume=resume, force=force,
                workers=workers, scheduler=scheduler, progress=progress,
            )  # fmt: skip
    except KeyboardInterrupt:
        fail("interrupted; " + ("what is done is kept, go on with --resume" if begun(output) else "nothing was done yet"), _INTERRUPTED)
    note(passed_over_lines(run.passed_over))
    note_strays(run.strays, run.stray_rows)
    note([f"{run.doubtful} reports have something doubtful: `warnings` of {output / 'reports'} says what"] if run.doubtful else [])
    note([f"{run.kept} of {run.kept + run.coded} chunks are as they were and are kept"] if run.kept else [])
    if (more := run.failed - len(run.failures)) > 0:
        note([f"and {more} further files that failed: {output / 'failures'}"])
    typer.echo(str(output))
    finish(run.reports, list(run.failures))


def report_set(given: Path, output: Path, model: Path | None) -> list[Path]:
    """Write page, summary and workbook of a data set; show progress on standard error."""
    from .dataset import open_corpus
    from .present.setfolder import write_set_folder

    corpus = open_corpus(given)
    if not len(corpus):
        fail(f"{given}: there is no report in this data set", NOTHING)
    with _shown("读取 reading", "读取 reading") as progress:
        written = write_set_folder(output, corpus, model, progress=(lambda n: progress(n, len(corpus))) if progress else None)
    if failed := int(corpus.run["counts"]["failures"]):
        note([f"{failed} files had failed when the data set was made: {given / 'failures'}"])
    return written


@contextmanager
def _shown(before: str, then: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """Show progress, its rate and the time left on standard error where a person is watching: what is done before it is known, and then."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=before, unit="份", file=sys.stderr, smoothing=0.05) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.set_description(then)
            bar.update(done)

        yield progress

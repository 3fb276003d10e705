"""What the commands share: their common options, exit codes, and how they speak on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    import pandas as pd

    from .read import Reading
    from .records import Failure, Report

Inputs = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT...", help="报告文件或文件夹 / report files and folders (read recursively)", show_default=False),
]
Output = Annotated[
    Path,
    typer.Option("--output", "-o", help="输出文件 / output file: .jsonl .csv .parquet .xlsx .dta, or - for JSON Lines", show_default=False),
]
Model = Annotated[
    Path | None, typer.Option("--model", "-m", help="模型文件夹 / model folder (default: the shipped one)", show_default=False)
]
Metadata = Annotated[
    Path | None,
    typer.Option("--metadata", help="元数据表 / CSV with report, body, year, level, region …; wins over the text", show_default=False),
]
Force = Annotated[bool, typer.Option("--force", "-f", help="覆盖已有文件 / overwrite an existing file")]

Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit", metavar="NAME=NUMBER", help="单个文件的上限 / limit for a file, e.g. seconds=300, repeatable", show_default=False
    ),
]
Ocr = Annotated[bool, typer.Option("--ocr", help="识别扫描件 / read scanned PDFs with tesseract")]
TextColumn = Annotated[
    str | None, typer.Option("--text-column", help="表格中正文所在列 / column of the texts in .jsonl .csv .parquet", show_default=False)
]

DONE, NOTHING, USAGE, SOME_FAILED = 0, 1, 2, 3
_DOUBTS, _STRAYS = 20, 5
# Seconds after which a log hears again how far a job is.
_QUIET = 10.0


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and end with an exit code."""
    typer.echo(f"gongkai: {message}", err=True)
    raise typer.Exit(code)


def reading(limit: list[str] | None, ocr: bool, text_column: str | None) -> Reading:
    """Return how files are to be read, or end with a usage error where a limit is not understood."""
    from .read.limits import LimitError, Reading, limits_from

    try:
        return Reading(limits_from(limit or []), ocr, text_column)
    except LimitError as error:
        fail(str(error), USAGE)


def new_file(path: Path, force: bool) -> None:
    """End with a usage error where a file's ending is unknown, or where it exists and is not to be overwritten."""
    from .export import TableError, check_ending

    try:
        check_ending(path)
    except TableError as error:
        fail(str(error), USAGE)
    if str(path) != "-" and path.exists() and not force:
        fail(f"{path} exists and is not overwritten; give another name, or --force", USAGE)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table, and say on standard error that it is empty, and what its format could not hold as it was."""
    write_in_parts([table], path)


def write_in_parts(parts: Iterable[pd.DataFrame], path: Path) -> None:
    """Write a table that comes in parts, and say on standard error what `write` says."""
    import warnings

    from .stata import TableWarning
    from .streamed import write_parts

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TableWarning)
        rows = write_parts(parts, path)
    note([] if rows else [f"{path}: the table has no rows"])
    note(str(w.message) for w in caught if issubclass(w.category, TableWarning))


def step(line: str) -> None:
    """Say on standard error that a part of a long job is done."""
    typer.echo(f"gongkai: {line}", err=True)


def note(lines: Iterable[str], most: int | None = None, further: str = "") -> None:
    """Say on standard error what is worth knowing: each line up to `most`, then how many `further` there are."""
    said = list(lines)
    for line in said[:most]:
        typer.echo(f"gongkai: note: {line}", err=True)
    if most is not None and len(said) > most:
        typer.echo(f"gongkai: note: and {len(said) - most} further {further}", err=True)


def note_doubts(reports: Iterable[Report]) -> None:
    """Say on standard error what was doubtful in reading the reports."""
    note((f"{report.id}: {warning}" for report in reports for warning in report.warnings), _DOUBTS, "notes on reading")


def note_strays(strays: Sequence[str], rows: int) -> None:
    """Say on standard error which rows of a metadata table name no report; `rows` is how many these are, `strays` the first ones."""
    from .metadata import stray_lines

    some = stray_lines(strays[:_STRAYS])
    note(some)
    note([f"and {rows - len(some)} further rows of the metadata table"] if rows > len(some) else [])


def note_weak(model: Path | None) -> None:
    """Say on standard error that a model was made from a codebook alone, where it was."""
    from .store import facts_of

    if model and facts_of(model).get("weak"):
        note(["this model was made from a codebook without any coded statement: its codes are suggestions"])


def tell(failures: Iterable[Failure]) -> None:
    """Name each failure, with its cure, on standard error."""
    for f in failures:
        typer.echo(f"gongkai: {f.file}: {f.stage}: {f.reason}; {f.cure}", err=True)


def finish(done: int, failures: list[Failure]) -> None:
    """End with the exit code that fits what was done and what failed."""
    tell(failures)
    if failures:
        typer.echo(f"gongkai: {done} done, {len(failures)} failed", err=True)
        raise typer.Exit(SOME_FAILED if done else NOTHING)
    if not done:
        from .read import endings

        fail(f"no report found; give files or folders with {endings()} files", NOTHING)


def progress(items: Iterable[Any], total: int) -> Iterator[Any]:
    """Show progress on standard error: a bar where a person is watching, else a line now and then."""
    if not sys.stderr.isatty():
        return _lines(items, total)
    from tqdm import tqdm

    return iter(tqdm(items, total=total, unit="份", file=sys.stderr))


def _lines(items: Iterable[Any], total: int) -> Iterator[Any]:
    last = time.monotonic()
    for n, item in enumerate(items, 1):
        yield item
        if time.monotonic() - last >= _QUIET and n < total:
            last = time.monotonic()
            step(f"{n:,} / {total:,} 份")

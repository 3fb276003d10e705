"""The command line: each command is one library call and its output."""

from __future__ import annotations

import sqlite3
import sys
import webbrowser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import __version__
from .cli_archive import corpus
from .cli_corpus import check, evaluate, train
from .cli_exchange import export, import_codes
from .cli_figures import COMMANDS
from .cli_review import review
from .cli_shares import sample, spread
from .errors import UserError
from .options import (
    NOTHING,
    USAGE,
    Force,
    Inputs,
    Limit,
    Metadata,
    Model,
    Ocr,
    Output,
    TextColumn,
    fail,
    finish,
    new_file,
    note,
    note_doubts,
    note_strays,
    note_weak,
    progress,
    reading,
    write,
)
from .together import told

if TYPE_CHECKING:
    from .read import Reading, Walk
    from .records import Analysis, Failure

app = typer.Typer(
    name="gongkai",
    help="读取政府信息公开工作年度报告，标注存在的主要问题与改进措施。\n\nReads China's yearly reports on open government information "
    "and codes the problems and measures in them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _run(inputs: list[Path], model: Path | None, metadata: Path | None, how: Reading) -> tuple[list[Analysis], Walk]:
    from .analyse import analyse_found, load
    from .read.pool import pool

    met, rows = _found(inputs, metadata, how)
    coder = load(model)
    note_weak(model)
    done: list[Analysis] = []
    _sort(progress(analyse_found(met.found.values(), coder, rows, how), len(met.found)), done, met.failures)
    # All is read: the workers' memory is free for what follows.
    pool().close()
    note(f"{a.report.id}: no problem section: {m.reason}" for a in done for m in a.missing if m.kind == "problems")
    note_doubts(item.report for item in done)
    return done, met


def _found(inputs: list[Path], metadata: Path | None, how: Reading) -> tuple[Walk, Mapping[str, Mapping[str, object]]]:
    from .describe import metadata_rows
    from .read import passed_over_lines, walk
    from .setplace import check_no_corpus

    check_no_corpus(inputs)
    met = walk(inputs, how)
    note(passed_over_lines(met.passed_over))
    rows, strays = metadata_rows(list(met.found.values()), metadata)
    note_strays(strays, len(strays))
    return met, rows


def _sort(items: Iterable[Any], done: list[Any], failures: list[Failure]) -> None:
    from .records import Failure

    for item in items:
        (failures if isinstance(item, Failure) else done).append(item)


@app.command()
def report(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("--output", "-o", help="输出文件夹 / output folder", show_default=False)],
    model: Model = None,
    metadata: Metadata = None,
    open_page: Annotated[bool, typer.Option("--open", help="完成后打开网页 / open the page when done")] = False,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """读取、标注、汇总并生成网页 / read, code, count and present: the main job. INPUT may be one data set of gongkai corpus."""
    from .dataset import is_corpus
    from .present.folder import FolderError, check_folder, write_folder

    how = reading(limit, ocr, text_column)
    try:
        check_folder(output)
    except FolderError as error:
        fail(str(error), USAGE)
    if any(map(is_corpus, inputs)):
        if len(inputs) > 1 or metadata or limit or ocr or text_column:
            fail("a data set is read as it is: give it alone, without --metadata, --limit, --ocr and --text-column", USAGE)
        from .cli_archive import report_set

        _written(output, report_set(inputs[0], output, model), open_page)
        return
    done, met = _run(inputs, model, metadata, how)
    if done:
        _written(output, write_folder(output, done, met.failures, model, met.passed_over), open_page)
    finish(len(done), met.failures)


def _written(output: Path, files: list[Path], open_page: bool) -> None:
    typer.echo("\n".join(str(p) for p in files))
    page = (output / "index.html").resolve()
    if open_page and not webbrowser.open(page.as_uri()):
        note([f"no browser found here; open {page}"])


def _prepared(inputs: list[Path], metadata: Path | None, how: Reading) -> tuple[list[Any], list[Failure]]:
    from .analyse import prepare_found

    met, rows = _found(inputs, metadata, how)
    done: list[Any] = []
    _sort(progress(prepare_found(met.found.values(), rows, how), len(met.found)), done, met.failures)
    note_doubts(item.report for item in done)
    return done, met.failures


@app.command()
def segment(
    inputs: Inputs,
    output: Output,
    metadata: Metadata = None,
    force: Force = False,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """切分章节 / rows of sections."""
    from .analyse import segment_frame

    new_file(output, force)
    done, failures = _prepared(inputs, metadata, reading(limit, ocr, text_column))
    if done:
        write(segment_frame(done), output)
    finish(len(done), failures)


@app.command()
def tag(
    inputs: Inputs,
    output: Output,
    model: Model = None,
    metadata: Metadata = None,
    force: Force = False,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """标注语句 / rows of coded statements."""
    from .analyse import tag_frame

    new_file(output, force)
    done, met = _run(inputs, model, metadata, reading(limit, ocr, text_column))
    if done:
        write(tag_frame(done), output)
    finish(len(done), met.failures)


@app.command()
def tables(
    inputs: Inputs,
    output: Output,
    checks: Annotated[
        Path | None, typer.Option("--checks", help="勾稽核对结果 / file for what does not add up or could not be read", show_default=False)
    ] = None,
    metadata: Metadata = None,
    force: Force = False,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """法定表格的数据及勾稽核对 / the numbers of the statutory tables and their checks."""
    from .tables import findings_frame, statutory_tables, tables_frame

    for file in filter(None, (output, checks)):
        new_file(file, force)
    done, failures = _prepared(inputs, metadata, reading(limit, ocr, text_column))
    read = {p.report.id: statutory_tables(p.report, p.segmentation.sections) for p in done}
    if done:
        found = findings_frame(read)
        write(tables_frame(read), output)
        if checks:
            write(found, checks)
        note(
            f"{count} x {check}{'' if checks else ' (--checks FILE tells which)'}" for check, count in found["check"].value_counts().items()
        )
    finish(len(done), failures)


for command in (corpus, spread, sample, *COMMANDS, train, evaluate, check, review, export):
    app.command()(command)
app.command("import")(import_codes)


def _version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="版本 / version")] = False) -> None:
    """读取政府信息公开工作年度报告，标注存在的主要问题与改进措施。

    Reads China's yearly reports on open government information and codes the problems and measures in them.
    """


def main() -> None:
    """Run the command line; an error of the user's input is one line, not a traceback."""
    try:
        app()
    except (UserError, OSError, sqlite3.Error) as error:
        typer.echo(f"gongkai: {told(error)}", err=True)
        sys.exit(NOTHING)

"""Commands on what comes again: recurring themes, and reused text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .cli_archive import Engine, Scheduler, Workers, hands, not_for_tables
from .cli_shares import Book, NoBook, Reports, Statements
from .options import USAGE, Force, Output, fail, new_file, note, write, write_in_parts

if TYPE_CHECKING:
    from pandas import DataFrame

    from .codebook import Codebook


def recurring(
    statements: Statements,
    output: Output,
    reports: Reports = None,
    codebook: Book = None,
    force: Force = False,
    engine: Engine = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """同一机关的问题是否连年出现 / which problems an office names again in its next report."""
    from .dataset import is_corpus

    new_file(output, force)
    book = with_both_roles(codebook)
    if is_corpus(statements) and reports is None:
        from itertools import chain

        from .query_recur import recurring_parts

        parts = recurring_parts(statements, book, **hands(engine, workers, scheduler))
        first = next(parts)
        _say_left_out(first)
        write_in_parts(chain([first], parts), output)
        return
    not_for_tables(engine, workers, scheduler)
    from .recur import recurring as again
    from .results import read_results

    given = read_results(statements, reports)
    table = again(given.statements, given.reports, book)
    _say_left_out(table)
    write(table, output)


def _say_left_out(table: DataFrame) -> None:
    note(f"reports left out, {reason}: {n}" for reason, n in table.attrs["left_out_why"].items())
    note([f"offices with reports of one year only: {n}"] if (n := table.attrs["single"]) else [])


def reuse(
    units: Annotated[
        Path,
        typer.Argument(
            metavar="STATEMENTS",
            help="gongkai tag 或 segment 的输出，或 gongkai report、corpus 的输出文件夹 / a table that gongkai tag or segment wrote, "
            "or a folder that gongkai report or corpus wrote",
            show_default=False,
        ),
    ],
    output: Output,
    clusters: Annotated[
        Path | None, typer.Option("--clusters", help="相同的语句，一条一行 / file for the sentences that are alike", show_default=False)
    ] = None,
    without: Annotated[
        Path | None,
        typer.Option(
            "--without", help="去掉沿用之后的语句 / file for the statements without those reused, for other commands", show_default=False
        ),
    ] = None,
    reports: Reports = None,
    codebook: NoBook = None,
    force: Force = False,
    engine: Engine = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """各报告沿用了多少旧文 / how much of each report stands, nearly word for word, in another one."""
    from .dataset import is_corpus

    for file in filter(None, (output, clusters, without)):
        new_file(file, force)
    note(not_needed(codebook))
    if is_corpus(units) and reports is None:
        from .query_reuse import corpus_reuse

        found = corpus_reuse(units, **hands(engine, workers, scheduler))
        _say_unknown(found.reports)
        write(found.reports, output)
        if clusters:
            write_in_parts(found.clusters(), clusters)
        if without:
            note([f"{found.removed} of {len(found.cluster)} statements are reused and not in {without}"])
            write_in_parts(found.without(), without)
        return
    not_for_tables(engine, workers, scheduler)
    from .results import read_results
    from .reuse import clusters as alike
    from .reuse import reuse as copied
    from .reuse import without_reuse

    given = read_results(units, reports)
    if without and "body_start" in given.statements:
        fail("--without needs statements, and these are sections; give a table that gongkai tag wrote", USAGE)
    table = copied(given.statements, given.reports)
    _say_unknown(table)
    write(table, output)
    if clusters:
        write(alike(given.statements, given.reports), clusters)
    if without:
        left = without_reuse(given.statements, given.reports)
        note([f"{left.attrs['removed']} of {len(given.statements)} statements are reused and not in {without}"])
        write(left, without)


def _say_unknown(table: DataFrame) -> None:
    said = {
        "short": "sentences left out, too short to tell",
        "body_unknown": "reports of an unknown office",
        "year_unknown": "reports of an unknown year",
    }
    note([f"{what}: {n}" for name, what in said.items() if (n := table.attrs[name])])


def not_needed(codebook: Path | None) -> list[str]:
    """Return what is to be said where a codebook is given that nothing needs."""
    return [f"--codebook {codebook} is not used: only texts are compared"] if codebook else []


def with_both_roles(codebook: Path | None) -> Codebook:
    """Return the codebook, which must have the two roles between which answers are sought."""
    from .codebook import load_codebook
    from .errors import UserError

    book = load_codebook(codebook)
    if lacking := {"problem", "measure"} - set(book.role_ids):
        said = f"needs the roles problem and measure; the codebook (v{book.version}) has no {' and no '.join(sorted(lacking))}"
        raise UserError(f"{said}, but {', '.join(book.role_ids)}")
    return book

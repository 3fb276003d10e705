"""Commands beyond shares: trends, differences, pairs, words, answers, recurring themes, reused text, questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .cli_again import not_needed, recurring, reuse, with_both_roles
from .cli_shares import Book, Cluster, NoBook, Reports, Statements
from .options import Force, Output, new_file, note, write

Groups = Annotated[str, typer.Option("--by", help="分组列，如 level / column whose groups are compared, such as level", show_default=False)]


def trend(
    statements: Statements,
    output: Output,
    reports: Reports = None,
    cluster: Cluster = "body",
    codebook: Book = None,
    force: Force = False,
) -> None:
    """各主题占比逐年的变化 / by how much the share of each theme changes a year."""
    from .codebook import load_codebook
    from .results import counted, read_results
    from .trends import trend as change

    new_file(output, force)
    given = read_results(statements, reports)
    table = change(given.statements, load_codebook(codebook), given.coded, cluster)
    undated = int(table["undated"].max()) if len(table) else 0
    note([*counted(given), *([f"reports left out, without a year: {undated}"] if undated else [])])
    write(table, output)


def differences(
    statements: Statements,
    output: Output,
    by: Groups,
    reports: Reports = None,
    cluster: Cluster = "body",
    codebook: Book = None,
    force: Force = False,
) -> None:
    """各组之间占比的差别 / differences of the shares between groups, each pair of them."""
    from .codebook import load_codebook
    from .contrasts import differences as contrasts
    from .results import counted, read_results

    new_file(output, force)
    given = read_results(statements, reports)
    table = contrasts(given.statements, by, load_codebook(codebook), given.coded, cluster)
    note(counted(given))
    write(table, output)


def pairs(
    statements: Statements,
    output: Output,
    unit: Annotated[
        str, typer.Option("--unit", help="statements 同一条语句，reports 同一份报告 / together in one statement, or in one report")
    ] = "statements",
    reports: Reports = None,
    cluster: Cluster = "body",
    codebook: Book = None,
    force: Force = False,
) -> None:
    """哪些主题常在一起 / which themes come together more, or less, than by chance."""
    from .codebook import load_codebook
    from .pairs import pairs as together
    from .results import counted, read_results

    new_file(output, force)
    given = read_results(statements, reports)
    table = together(given.statements, load_codebook(codebook), unit, given.coded, cluster)
    note(counted(given) if unit == "reports" else [])
    write(table, output)


def words(
    statements: Statements,
    output: Output,
    by: Groups,
    role: Annotated[str | None, typer.Option("--role", help="只看此角色的语句 / statements of this role only", show_default=False)] = None,
    cluster: Cluster = "body",
    codebook: NoBook = None,
    force: Force = False,
) -> None:
    """各组特有的用词 / the words that set each group apart from the rest."""
    from .keyness import keywords
    from .results import read_results

    new_file(output, force)
    note(not_needed(codebook))
    write(keywords(read_results(statements).statements, by, role, cluster=cluster), output)


def answers(
    statements: Statements,
    output: Output,
    each: Annotated[
        Path | None,
        typer.Option("--each", help="每条问题和措施有无对应 / file for every problem and measure: has it a partner?", show_default=False),
    ] = None,
    codebook: Book = None,
    force: Force = False,
) -> None:
    """哪条措施回应哪个问题 / which measure answers which problem of a report: a guess to check."""
    from .answers import answers_and_unanswered
    from .results import read_results

    for file in filter(None, (output, each)):
        new_file(file, force)
    book, coded = with_both_roles(codebook), read_results(statements).statements
    found, all_of_them = answers_and_unanswered(coded, book)
    alone = all_of_them.loc[~all_of_them["answered"].eq(True), "role"].value_counts()
    note(f"{n} x {role} without a partner{'' if each else ' (--each FILE tells which)'}" for role, n in alone.items())
    write(found, output)
    if each:
        write(all_of_them, each)


def questions(
    folder: Annotated[
        Path, typer.Argument(help="gongkai report、corpus 的输出文件夹 / a folder that gongkai report or corpus wrote", show_default=False)
    ],
    output: Output,
    codebook: Book = None,
    force: Force = False,
) -> None:
    """表格数据与自述问题不合之处 / what the statutory tables show and the report does not say: questions to ask."""
    from .candour import questions as ask
    from .results import table_of

    new_file(output, force)
    book = with_both_roles(codebook)
    cells, statements, sections, reports, checks = (
        table_of(folder, name) for name in ("tables", "statements", "sections", "reports", "checks")
    )
    table = ask(cells, statements, sections, reports, checks, book)
    note([f"reports of which no table was read: {n}"] if (n := table.attrs["without_tables"]) else [])
    unread = ", ".join(f"{signal} {n}" for signal, n in table.attrs["not_judged"].items())
    note([f"reports not judged, as not all cells were read: {unread}"] if unread else [])
    note(f"not asked, as the codebook has none of its themes ({', '.join(t)}): {signal}" for signal, t in table.attrs["left_out"].items())
    write(table, output)


COMMANDS = (trend, differences, pairs, words, answers, recurring, reuse, questions)

"""Commands on tables of statements: theme shares, corrected ones, and the sample to code by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .cli_archive import Engine, Scheduler, Workers, hands, not_for_tables
from .options import USAGE, Force, Output, fail, new_file, note, write

if TYPE_CHECKING:
    from pandas import DataFrame

Statements = Annotated[
    Path,
    typer.Argument(
        help="gongkai tag 的输出，或 gongkai report、corpus 的输出文件夹 / a table that gongkai tag wrote, or a folder that gongkai report "
        "or corpus wrote",
        show_default=False,
    ),
]
Reports = Annotated[
    Path | None,
    typer.Option(
        "--reports",
        help="计入分母的报告，每份一行，分组和机关由它定 / table of the reports to count, a row each, which tells their groups "
        "(default: those of the folder, or those with statements)",
        show_default=False,
    ),
]
By = Annotated[list[str] | None, typer.Option("--by", help="分组列，可重复 / column to group by, repeatable", show_default=False)]
Cluster = Annotated[str, typer.Option("--cluster", help="机关所在列 / column that tells the office")]
Book = Annotated[Path | None, typer.Option("--codebook", help="编码本 / codebook (default: the shipped one)", show_default=False)]
NoBook = Annotated[
    Path | None,
    typer.Option(
        "--codebook", help="不需要：只比较文字 / not needed, as only texts are compared; taken as by the other commands", show_default=False
    ),
]


def spread(
    statements: Statements,
    output: Output,
    by: By = None,
    reports: Reports = None,
    cluster: Cluster = "body",
    codebook: Book = None,
    hand_coded: Annotated[
        Path | None,
        typer.Option(
            "--sample",
            help="人工编码的样本（表，或研究库里最新的样本），用来校正 / hand-coded sample, a table or a study, to correct by",
            show_default=False,
        ),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            help="校正区间的范围：corpus 这批报告，offices 这类机关 / the corrected interval is for this corpus, or for offices like these",
            show_default=False,
        ),
    ] = None,
    suppress: Annotated[bool, typer.Option("--suppress", help="隐去过小的格子 / leave out figures of small groups")] = False,
    force: Force = False,
    engine: Engine = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """主题占比及区间 / theme shares with intervals, corrected for the coder's errors by a hand-coded sample."""
    from .codebook import load_codebook
    from .dataset import is_corpus
    from .results import counted, counted_reports, read_results

    new_file(output, force)
    if hand_coded is None and scope:
        fail("--scope is for a correction; give --sample FILE too", USAGE)
    if hand_coded and suppress:
        fail("--suppress is for shares that are not corrected; leave it or --sample away", USAGE)
    book = load_codebook(codebook)
    if hand_coded is None and reports is None and is_corpus(statements):
        from .query import corpus_spread

        table = corpus_spread(statements, by or (), book, cluster=cluster, suppress=suppress, **hands(engine, workers, scheduler, 1))
        n = table.attrs["counted"]
        note(counted_reports(n["coded"], n["silent"], n["reports"] - n["coded"]))
        write(table, output)
        return
    not_for_tables(engine, workers, scheduler)
    given = read_results(statements, reports)
    if hand_coded is None:
        from .spread import spread as shares

        table = shares(given.statements, by or (), book, given.coded, cluster=cluster, suppress=suppress)
        note(counted(given))
        write(table, output)
        return
    from .correct import corrected
    from .review.shares import is_study, study_sample

    drawn: Path | DataFrame = hand_coded
    if is_study(hand_coded):
        drawn, of_study = study_sample(hand_coded)
        book = book if codebook else of_study
    # A scope that is not known is refused there, with the choices.
    table = corrected(given.statements, drawn, by or (), book, cluster, reports=given.coded, scope=scope or "corpus")  # type: ignore[arg-type]
    note(table.attrs["warnings"])
    write(table, output)


def sample(
    statements: Statements,
    output: Output,
    n: Annotated[int | None, typer.Option("-n", min=1, help="抽取条数 / how many to draw", show_default=False)] = None,
    width: Annotated[
        float | None, typer.Option("--width", help="区间半宽，如 0.05 / half-width wanted, instead of -n or to be told", show_default=False)
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="分层列 / column to draw from evenly", show_default=False)] = None,
    unit: Annotated[str, typer.Option("--unit", help="statements 逐条，reports 整份 / one by one, or whole reports")] = "statements",
    seed: Annotated[int, typer.Option("--seed", help="随机种子 / one seed gives one sample")] = 0,
    pilot: Annotated[
        Path | None,
        typer.Option(
            "--pilot", help="试标的小样本，供 --width 计算 / small hand-coded sample for --width to plan from", show_default=False
        ),
    ] = None,
    codebook: Book = None,
    force: Force = False,
) -> None:
    """抽取人工编码的样本 / a random sample to code by hand, for `spread --sample`."""
    from .codebook import load_codebook
    from .correct import plan
    from .errors import UserError
    from .results import read_results
    from .sampling import draw

    new_file(output, force)
    coded = read_results(statements).statements
    if unit not in ("statements", "reports"):
        raise UserError(f"--unit {unit!r} is neither statements nor reports")
    if width is None and (pilot or codebook):
        fail("--pilot and --codebook are for planning; give --width 0.05 too", USAGE)
    if width is not None:
        needed = plan(coded, width, pilot=pilot, codebook=load_codebook(codebook))
        if needed.empty:
            raise UserError("no statement has a role that carries themes; there is nothing to plan for")
        most = needed.sort_values(unit, kind="stable").iloc[-1]
        note([f"{most[unit]} {unit} for {width} to either side ({most['role']} {most['theme']} needs most)"])
        n = n or int(most[unit])
    if n is None:
        raise UserError("say how many to draw: -n 300, or --width 0.05 for as many as that takes")
    write(draw(coded, n, seed, by, unit="reports" if unit == "reports" else "statements"), output)

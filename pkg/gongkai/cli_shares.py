"""Commands on tables of statements: theme shares, corrected ones, and the sample to code by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Force, Output, new_file

Statements = Annotated[Path, typer.Argument(help="gongkai tag 的输出 / a table that gongkai tag wrote", show_default=False)]
By = Annotated[list[str] | None, typer.Option("--by", help="分组列，可重复 / column to group by, repeatable", show_default=False)]
Book = Annotated[Path | None, typer.Option("--codebook", help="编码本 / codebook (default: the shipped one)", show_default=False)]


def spread(
    statements: Statements,
    output: Output,
    by: By = None,
    codebook: Book = None,
    hand_coded: Annotated[
        Path | None,
        typer.Option("--sample", help="人工编码的样本，用来校正 / hand-coded sample, to correct by", show_default=False),
    ] = None,
    suppress: Annotated[bool, typer.Option("--suppress", help="隐去过小的格子 / leave out figures of small groups")] = False,
    force: Force = False,
) -> None:
    """主题占比及区间 / theme shares with intervals, corrected for the coder's errors by a hand-coded sample."""
    from .codebook import load_codebook
    from .export import read_table, write_table

    new_file(output, force)
    book, coded = load_codebook(codebook), read_table(statements)
    if hand_coded is None:
        from .spread import spread as shares

        write_table(shares(coded, by or (), book, suppress=suppress), output)
        return
    from .correct import corrected

    table = corrected(coded, hand_coded, by or (), book)
    for warning in table.attrs.get("warnings", ()):
        typer.echo(f"gongkai: note: {warning}", err=True)
    write_table(table, output)


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
    force: Force = False,
) -> None:
    """抽取人工编码的样本 / a random sample to code by hand, for `spread --sample`."""
    from .correct import plan
    from .errors import UserError
    from .export import read_table, write_table
    from .sampling import draw

    new_file(output, force)
    coded = read_table(statements)
    if unit not in ("statements", "reports"):
        raise UserError(f"--unit {unit!r} is neither statements nor reports")
    if width is not None:
        needed = plan(coded, width)
        most = needed.sort_values(unit, kind="stable").iloc[-1]
        typer.echo(f"gongkai: note: {most[unit]} {unit} for {width} to either side ({most['role']} {most['theme']} needs most)", err=True)
        n = n or int(most[unit])
    if n is None:
        raise UserError("say how many to draw: -n 300, or --width 0.05 for as many as that takes")
    write_table(draw(coded, n, seed, by, unit="reports" if unit == "reports" else "statements"), output)

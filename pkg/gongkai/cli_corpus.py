"""The commands that make and judge coders from labelled corpora."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from .options import DONE, NOTHING, USAGE, Force, fail, new_file, step, tell


def train(
    corpus: Annotated[
        Path | None,
        typer.Argument(
            help="标注语料（文本、statements.csv、codebook.yaml）；或配合 --from-codebook 的未标注报告 / labelled corpus, or plain reports",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="模型文件夹 / model folder", show_default=False)],
    codebook: Annotated[
        Path | None, typer.Option("--codebook", help="编码本 / codebook (default: the corpus's own)", show_default=False)
    ] = None,
    from_codebook: Annotated[
        Path | None,
        typer.Option("--from-codebook", help="只凭编码本起步，无需标注 / start without labels, from cues", show_default=False),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option("--db", help="核对网页的研究库 / a study of the review, whose final codes are learned from", show_default=False),
    ] = None,
    force: Force = False,
) -> None:
    """训练模型 / fit a coder."""
    from .codebook import load_codebook
    from .store import facts_of
    from .training import train as fit
    from .weak import train_from_codebook

    if (output / "model.json").exists() and not force:
        fail(f"{output} holds a model, which is not overwritten; give another folder, or --force", USAGE)
    if from_codebook and codebook:
        fail("give --codebook or --from-codebook, not both", USAGE)
    if (corpus is None) == (study is None) or (study and (codebook or from_codebook)):
        fail("give a corpus, or --db with a study, which has a codebook of its own", USAGE)
    if study:
        _from_study(study, output)
        return
    assert corpus is not None
    n_jobs = min(os.cpu_count() or 1, 8)
    if from_codebook:
        train_from_codebook([corpus], load_codebook(from_codebook), output, n_jobs, tell)
        typer.echo("gongkai: note: no statement was coded by hand: read what this model says as suggestions", err=True)
    else:
        fit(corpus, output, load_codebook(codebook) if codebook else None, n_jobs=n_jobs)
    made = facts_of(output)
    step(f"learned from {made['statements']} statements of {made['sections']} reports")
    if never := [code for code, n in made["labels"].items() if not n]:
        step(f"note: no statement is coded {', '.join(never)}: the model knows this at most from cues and examples")
    typer.echo(str(output))


def _from_study(study: Path, output: Path) -> None:
    """Learn from a study, and tell how the model does beside the one in use there."""
    from .review.learn import retrain
    from .review.store import open_study
    from .review.whichmodel import called

    db = open_study(study, create=False)
    made = retrain(db, output, tell=step)
    base = called(made.goes_on_from, made.goes_on_from_sha256)
    step(f"learned from {made.statements} statements of {made.offices} offices, going on from the model {base}")
    if made.instead_of:
        step(f"note: the model {called(made.instead_of, made.instead_of_sha256)} is not at hand; this goes on from {base} instead")
    for count, why in ((made.disputed, "coders differ, and nothing is settled"), (made.misfits, "the codebook does not allow the code")):
        if count:
            step(f"note: {count} coded statements are left out: {why}")
    if made.learned:
        step(f"note: the model in use learned from {made.learned} of these; {made.mended} are judged by what it said before that")
    if made.never:
        step(f"note: no statement is coded {', '.join(made.never)}: what the model knows of it comes from elsewhere")
    typer.echo(f"before: {called(made.before, made.before_sha256)}; after: {output}, on offices it has not learned from")
    typer.echo(made.table.round(3).to_string(index=False))
    typer.echo(str(output))


def evaluate(
    corpus: Annotated[Path, typer.Argument(help="标注语料 / labelled corpus", show_default=False)],
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", "-m", help="模型文件夹；不给则分折重新训练 / model folder; without it, fit anew in folds", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="得分与错例表的文件夹 / folder for tables of scores and errors", show_default=False),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="加学习曲线与消融 / learning curve and ablation too (takes much longer)")] = False,
    card: Annotated[
        Path | None, typer.Option("--card", help="为此模型写模型卡 / write the card of this model, made of this corpus", show_default=False)
    ] = None,
) -> None:
    """评估模型 / judge a coder: fitted anew in folds by office (minutes), or a given model on a corpus it has not seen."""
    from .ablate import ablation, learning_curve
    from .analyse import load
    from .card import check_card, write_card, write_tables
    from .evaluate import evaluate as judge
    from .labelled import load_corpus
    from .model import StatementCoder
    from .store import facts_of
    from .training import facts

    if model and (card or full):
        fail("--card and --full fit anew in folds; leave --model away", USAGE)
    labelled = load_corpus(corpus)
    if card:
        check_card(card, labelled)
    if model and facts_of(model).get("corpus_sha256") == facts(labelled)["corpus_sha256"]:
        typer.echo("gongkai: note: the model was trained on this very corpus; these scores say nothing of new reports", err=True)
    coder = load(model) if model else StatementCoder(codebook=labelled.codebook, n_jobs=min(os.cpu_count() or 1, 8))
    found = judge(labelled, coder, fitted=model is not None, tell=step)
    typer.echo(str(found))
    parts = (learning_curve(labelled, coder, tell=step), ablation(labelled, coder, tell=step)) if full else (None, None)
    written = write_tables(output, found, labelled.X, *parts) if output else []
    written += write_card(card, corpus, labelled, found, *parts) if card else []
    for path in written:
        typer.echo(str(path))


def check(
    corpus: Annotated[Path, typer.Argument(help="标注语料 / labelled corpus", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="输出文件 / output file; - for JSON Lines", show_default="-")] = Path("-"),
    labels: Annotated[bool, typer.Option("--labels", help="也查可疑标注 / look for doubtful labels too (as long as evaluate)")] = False,
    force: Force = False,
) -> None:
    """检查标注语料 / what is wrong or doubtful in a labelled corpus."""
    from .agreement import agreement_of
    from .check import check as findings
    from .export import write_table

    new_file(output, force)
    found = findings(corpus, labels)
    write_table(found, output)
    errors = int((found["level"] == "error").sum())
    typer.echo(f"gongkai: {errors} errors, {len(found) - errors} doubts", err=True)
    if (agreed := agreement_of(corpus)) is not None:
        typer.echo(agreed.round(3).to_string(index=False), err=True)
    raise typer.Exit(NOTHING if errors else DONE)

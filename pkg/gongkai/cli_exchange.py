"""Commands that take codes out of a study into files of other programs, and back in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import NOTHING, SOME_FAILED, USAGE, Force, fail, note

if TYPE_CHECKING:
    from .review.exchange import Taken

_LISTED = 20
Study = Annotated[Path, typer.Argument(metavar="STUDY", help="研究库文件 / file of the study", show_default=False)]
Name = Annotated[
    str,
    typer.Option(
        "--format",
        help="格式，缺省看结尾 / xlsx csv jsonl parquet doccano doccano-text labelstudio docbin qdpx qdc dataset (default: by the ending)",
        show_default=False,
    ),
]


def export(
    study: Study,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="输出文件，没有结尾的是数据集文件夹 / output file; a dataset folder without ending", show_default=False
        ),
    ],
    format: Name = "",
    coder: Annotated[
        str, typer.Option("--coder", help="只要此人的编码 / the codes of one coder (default: of all)", show_default=False)
    ] = "",
    final: Annotated[bool, typer.Option("--final", help="最终编码 / the final codes: settled, else what all agree on")] = False,
    force: Force = False,
) -> None:
    """把编码存成其他程序的文件 / codes of a study for Excel, doccano, Label Studio, spaCy, NVivo, MAXQDA …"""
    from .review import exchange
    from .review.store import open_study

    chosen = exchange.format_of(output, format)
    if not chosen.folder and output.suffix.lower() != chosen.ending:
        fail(
            f"{output}: {chosen.name} files end in {chosen.ending}; name it {output.with_suffix(chosen.ending)}, or give another --format",
            USAGE,
        )
    if output.exists() and not force:
        fail(f"{output} exists and is not overwritten; give another name, or --force", USAGE)
    db = open_study(study, create=False)
    try:
        known = exchange.coders_of(db)
        if coder and coder not in known:
            note([f"{coder} has coded nothing in this study (its coders: {', '.join(known) or 'none'}); the file has statements to code"])
        files = exchange.export(db, chosen, coder=coder, final=final)
        try:
            written = exchange.write_out(files, output, chosen)
        except OSError as error:
            fail(f"{output}: cannot be written ({error.strerror or error}); give a place where you may write", NOTHING)
        typer.echo("\n".join(map(str, written)))
    finally:
        db.close()


def import_codes(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="文件或数据集文件夹 / file, or dataset folder", show_default=False)],
    db: Annotated[Path, typer.Option("--db", help="研究库文件 / file of the study", show_default=False)],
    coder: Annotated[
        str, typer.Option("--coder", help="算作谁的编码 / under whose name (default: the names in the file)", show_default=False)
    ] = "",
    of: Annotated[str, typer.Option("--of", help="只取文件里此人的 / only codes of this coder in the file", show_default=False)] = "",
    format: Name = "",
    replacing: Annotated[
        bool, typer.Option("--replace", help="不同的也换成文件里的 / take codes that differ from the study's, too")
    ] = False,
    new_coders: Annotated[
        bool, typer.Option("--new-coders", help="添加文件里的新编码员 / add coders whom the study does not know")
    ] = False,
    alias: Annotated[
        list[str] | None,
        typer.Option(
            "--alias",
            metavar="NAME=CODE",
            help="文件里的名称是哪个代码 / what code a name in the file means; NAME= passes it over",
            show_default=False,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="试读，不写入 / say what would be taken, and write nothing")] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="逐行的结果 / table of every row that needs a look: .csv .xlsx .jsonl", show_default=False),
    ] = None,
    force: Force = False,
) -> None:
    """读回其他程序改过的编码 / codes back from other programs; what differs is listed, and taken only with --replace."""
    from .options import new_file
    from .review import exchange
    from .review.store import open_study

    if report:
        new_file(report, force)
    files, names = _files(file), _aliases(alias or [])
    study = open_study(db, create=False)
    try:
        taken = exchange.import_file(
            study, files, format=format, coder=coder, of=of, replacing=replacing, new_coders=new_coders, aliases=names, write=not check
        )
    finally:
        study.close()
    if report:
        _report(taken, report)
    _tell(taken)


def _files(path: Path) -> dict[str, bytes]:
    from .read.limits import Limits
    from .review.exchange.bundle import folder_files

    if path.is_dir():
        files = folder_files(path, (".parquet",))
        return files or fail(f"{path}: holds no .parquet file; give the dataset folder that gongkai export wrote, or a file", NOTHING)
    if not path.is_file():
        fail(f"{path}: no such file; check the spelling of the path", NOTHING)
    most = Limits().megabytes
    if path.stat().st_size > most * 1_000_000:
        fail(f"{path}: is larger than {most} MB; export fewer statements at a time", NOTHING)
    return {path.name: path.read_bytes()}


def _aliases(given: list[str]) -> Mapping[str, str]:
    pairs = [a.rpartition("=") for a in given]
    if wrong := [a for a, (name, sign, _) in zip(given, pairs, strict=True) if not sign or not name.strip()]:
        fail(f"--alias {wrong[0]!r} is not understood; write NAME=CODE", USAGE)
    return {name.strip(): code.strip() for name, _, code in pairs}


def _tell(taken: Taken) -> None:
    kept = len(taken.differing) - taken.replaced
    counts = [
        (taken.taken, "new"), (taken.same, "the same as in the study"), (taken.blank, "blank in the file"),
        (taken.replaced, "replaced"), (kept, "different, the study's kept (--replace takes them)"), (len(taken.refused), "refused"),
    ]  # fmt: skip
    said = ", ".join(f"{n} {what}" for n, what in counts if n)
    if said or not taken.remarks:
        typer.echo(f"{said or 'no row'}{'' if taken.written else '; nothing was written'}")
    note([" ".join(filter(None, [f"{r.where}:" if r.where else "", r.say()])) for r in taken.remarks], _LISTED, "notes (--report FILE)")
    rows = [*taken.refused, *taken.differing]
    for r in rows[:_LISTED]:
        typer.echo(f"gongkai: {': '.join(filter(None, [r.where, r.at, r.say()]))}", err=True)
    if len(rows) > _LISTED:
        typer.echo(f"gongkai: and {len(rows) - _LISTED} further rows; --report FILE lists them all", err=True)
    if taken.refused or kept:
        raise typer.Exit(SOME_FAILED if taken.taken + taken.same + taken.replaced else NOTHING)


def _report(taken: Taken, path: Path) -> None:
    import pandas as pd

    from .export import write_table

    kinds = (("refused", taken.refused), ("different", taken.differing), ("note", taken.remarks))
    rows = [(kind, r.where, r.at, r.say("zh"), r.say("en")) for kind, remarks in kinds for r in remarks]
    write_table(pd.DataFrame(rows, columns=["result", "where", "statement", "zh", "en"]), path)

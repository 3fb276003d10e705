"""The command that opens a study in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from .errors import UserError
from .options import NOTHING, USAGE, Limit, Metadata, Model, Ocr, TextColumn, fail, note, progress, reading, step, tell

if TYPE_CHECKING:
    from .review.load import Loaded

Tables = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="INPUT...",
        help="tag 的输出、report 的文件夹，或年度报告 / tables of `tag`, folders of `report`, or report files and folders",
        show_default=False,
    ),
]
DEFAULT = "study.db"


def review(
    inputs: Tables = None,
    db: Annotated[
        Path | None, typer.Option("--db", help=f"研究库文件 / file of the study (default: the one here, or {DEFAULT})", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="端口 / port (default: a free one)", show_default=False)
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="不打开浏览器 / do not open a browser")] = False,
    coder: Annotated[str | None, typer.Option("--coder", help="编码员 / who codes", show_default=False)] = None,
    model: Model = None,
    codebook: Annotated[Path | None, typer.Option("--codebook", help="编码本 / codebook of a new study", show_default=False)] = None,
    metadata: Metadata = None,
    limit: Limit = None,
    ocr: Ocr = False,
    text_column: TextColumn = None,
) -> None:
    """打开本机网页编码、核对 / code and correct in a local page."""
    try:
        from .review import serve
        from .review.changes import add_coder
    except ImportError as error:
        fail(f"the review needs {error.name}, which is not installed: pip install 'gongkai[review]'", NOTHING)
    how = reading(limit, ocr, text_column)
    study = (db or _study_here()).resolve()
    given = [*(inputs or []), *filter(None, [model, codebook])]
    try:
        with serve.alone(study) as held:
            if given:
                from .read.pool import pool
                from .review.load import load_inputs

                _say(
                    load_inputs(
                        held, inputs or [], model=model, codebook=codebook, metadata=metadata, reading=how, watch=progress, tell=step
                    )
                )
                pool().close()
            name = add_coder(held, coder) if coder else ""
            serve.serve(study, held, port=port, browser=not no_browser, coder=name, tell=typer.echo)
    except serve.Running as running:
        if given:
            _refuse(study, given, running.address)
        if not running.address:
            fail(f"{study} is open in another program, which does not answer; end it first", NOTHING)
        typer.echo(f"{running.address}  (open already)")
        if not no_browser:
            serve.show(running.address, typer.echo)


def _study_here() -> Path:
    """Return the study in the current folder: the only one there is, or a new one."""
    from .review.store import StudyError, open_study

    def is_study(file: Path) -> bool:
        try:
            open_study(file, create=False).close()
        except StudyError:
            return False
        return True

    found = sorted(p for p in Path().glob("*.db") if is_study(p))
    if len(found) > 1:
        fail(f"several studies are here: {', '.join(map(str, found))}; say which with --db", USAGE)
    return found[0] if found else Path(DEFAULT)


def _refuse(study: Path, given: list[Path], address: str) -> NoReturn:
    """Say in both languages that nothing was loaded, and end."""
    from .review.told import told

    said = f"{study} is open in another program ({address or '?'}), so that nothing was loaded of {', '.join(map(str, given))}; "
    said += "end that program (Ctrl-C in its window) and give the command again, or upload the reports on its page"
    typer.echo(f"gongkai: {told(said, 'zh')}", err=True)
    fail(said, NOTHING)


def _say(loaded: Loaded) -> None:
    """Say on standard error what was loaded, and what was not."""
    if loaded.failures and not (loaded.reports or loaded.statements or loaded.known):
        note(loaded.warnings)
        tell(loaded.failures)
        raise UserError("nothing could be loaded: the reason and the cure stand above")
    note([f"{loaded.statements} statements added, {loaded.known} known already, from {loaded.reports} new reports"])
    note([f"kept with the study: the columns {', '.join(dict.fromkeys(loaded.kept))}"] if loaded.kept else [])
    note((f"{d.report} {d.start}-{d.end}: not taken over ({d.why})" for d in loaded.differing), 20, "statements not taken over")
    note(loaded.warnings)
    tell(loaded.failures)
    note([f"{len(loaded.failures)} inputs or files could not be loaded, as said above; the others are"] if loaded.failures else [])

"""The folder that `gongkai report` writes of a data set: page, summary and workbook, in memory that hardly grows with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ..analyse import load
from ..dataset import Corpus, open_corpus
from ..errors import UserError
from ..store import sha256_of
from .alone import OfAll
from .brief import brief
from .excel import workbook
from .folder import check_folder, put
from .gathered import KEPT, gather
from .page import render
from .word import summary

WRITTEN = ("index.html", "summary.docx", "tables.xlsx", "run.json")
# What compares reports of all offices at once.
_LEFT_OUT = ("recurring", "reuse")


def write_set_folder(
    folder: str | Path,
    corpus: str | Path | Corpus,
    model: str | Path | None = None,
    *,
    kept: int = KEPT,
    progress: Callable[[int], None] | None = None,
) -> list[Path]:
    """Write page, summary, workbook and, last, `run.json` of a data set into a folder; return their paths.

    Figures are over all reports; the sentences are those of `kept` reports, which page, summary and workbook say. `model` is the one
    that the data set was coded with: its codebook names the themes. `progress` hears how many more reports are read. Raises CorpusError
    as `open_corpus` does, FolderError as `check_folder` does, UserError for another model.
    """
    root, given = Path(folder), corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    check_folder(root)
    _check_model(given, model)
    book = load(model).codebook_
    run = {k: v for k, v in given.run.items() if k not in ("chunks", "failures", "settings")}
    of_model = run.get("model", {})
    weak = " 弱标注 weak labels only" if of_model.get("facts", {}).get("weak") else ""
    made = {"gongkai": run.get("version", ""), "codebook": f"v{book.version}", "model": of_model.get("sha256", "")[:12] + weak}
    found = gather(given, book, kept, progress)
    of_all = OfAll(found.alone, found.asked, found.failed)
    left_out = () if found.tables.whole is None else _LEFT_OUT
    page = render(
        found.statements, found.sections, found.reports, book, tables=found.tables, failures=found.failures, run=made,
        answers=found.answers, questions=found.questions, cells=found.cells, checks=found.checks,
        recurring=found.recurring, reuse=found.reuse,
        of_all=found.panels, n_failures=found.failed, left_out=left_out, data_set=True,
    )  # fmt: skip
    told = brief(
        found.tables, book, answers=found.answers, unanswered=found.unanswered, recurring=found.recurring, reuse=found.reuse,
        questions=found.questions if found.examples is None else found.examples, failures=found.failures, run=run, of_all=of_all,
    )  # fmt: skip
    excel = workbook(
        found.statements, found.sections, found.reports, book, tables=found.tables,
        unanswered=found.unanswered, recurring=found.recurring, cells=found.cells, checks=found.checks,
        questions=found.questions, failures=found.failures, run=run, of_all=of_all,
    )  # fmt: skip
    held = {"reports": len(found.reports), "statements": len(found.statements), "failures": len(found.failures)}
    run |= {"command": "report", "data_set": given.folder.name, "kept": held}
    contents = {"index.html": page.encode("utf-8"), "summary.docx": summary(told, book), "tables.xlsx": excel}
    contents["run.json"] = (json.dumps(run, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    # Tables that a run over files left here would be taken for those of this page: they are taken away.
    put(root, contents)
    return [root / name for name in WRITTEN]


def _check_model(corpus: Corpus, model: str | Path | None) -> None:
    """Raise UserError for a model that is given and is not the one that a data set was coded with."""
    coded = corpus.run.get("model", {}).get("sha256")
    if model is not None and coded and coded != (given := sha256_of(model)):
        said = f"was coded with the model {coded[:12]}, and {model} is {given[:12]} (sha256)"
        raise UserError(f"{corpus.folder} {said}; give the former, or code it anew with gongkai corpus")

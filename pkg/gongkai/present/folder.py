"""The folder that `gongkai report` writes: the page, the tables, and a record of the run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..analyse import failure_frame, load, report_frame, segment_frame, tag_frame
from ..answers import answers_and_unanswered
from ..candour import questions
from ..dataset import is_corpus
from ..errors import UserError
from ..export import table_bytes
from ..records import Analysis, Failure
from ..recur import recurring
from ..resources import resource
from ..reuse import reuse
from ..store import facts_of
from ..tables import findings_frame, statutory_tables, tables_frame
from ..together import named, sweep, write_together
from .brief import brief
from .excel import workbook
from .figures import frames
from .page import render
from .word import summary

OURS = (
    "index.html",
    "summary.docx",
    "tables.xlsx",
    "statements.parquet",
    "sections.parquet",
    "reports.parquet",
    "tables.parquet",
    "checks.parquet",
    "failures.parquet",
    "run.json",
)


# Seconds that a run waits for another one, which only puts files in their places.
_PATIENCE = 60
_LOCK = ".gongkai.lock"
_UNFINISHED = b'{\n "program": "gongkai",\n "unfinished": true\n}\n'


class FolderError(UserError):
    """An output folder that cannot be used; the message says why and what to do."""


def check_folder(folder: str | Path) -> None:
    """Raise FolderError where writing would overwrite files that an earlier run of gongkai did not write."""
    root = Path(folder)
    if root.exists() and not root.is_dir():
        raise FolderError(f"{root} is a file; give a folder")
    if is_corpus(root):
        raise FolderError(f"{root} is a data set; give another folder for the page")
    foreign = [name for name in OURS if (root / name).exists()]
    if foreign and not _is_ours(root / "run.json"):
        raise FolderError(f"{root} holds {', '.join(foreign)}, not written by gongkai; give another folder")


def _is_ours(run: Path) -> bool:
    try:
        return json.loads(run.read_text("utf-8")).get("program") == "gongkai"
    except (OSError, ValueError, AttributeError):
        return False


def write_folder(
    folder: str | Path,
    analyses: Sequence[Analysis],
    failures: Sequence[Failure] = (),
    model: str | Path | None = None,
    passed_over: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write page, tables and, last, `run.json`, which vouches for the rest, into a folder; return their paths.

    Nothing is written before all is made; `passed_over` counts the files by ending that were not taken for reports.
    """
    root = Path(folder)
    coder = load(model)
    tagged, sections, reports = tag_frame(analyses), segment_frame(analyses), report_frame(analyses)
    run = run_facts(analyses, failures, model, coder.codebook_.version, passed_over or {})
    weak = " 弱标注 weak labels only" if run["model"]["facts"].get("weak") else ""
    made = {"gongkai": __version__, "codebook": f"v{run['codebook_version']}", "model": run["model"]["sha256"][:12] + weak}
    book = coder.codebook_
    cells, checks = _tables(analyses)
    paired = again = asked = open_ended = None
    # What answers what can only be told where a codebook of one's own keeps these two roles.
    if {"problem", "measure"} <= set(book.role_ids):
        (paired, open_ended), again = answers_and_unanswered(tagged, book), recurring(tagged, reports, book)
        asked = questions(cells, tagged, sections, reports, checks, book)
    copied = reuse(tagged, reports)
    shown = frames(tagged, sections, reports)
    page = render(
        tagged, sections, reports, book, tables=shown, failures=failures, run=made,
        answers=paired, recurring=again, reuse=copied, questions=asked, cells=cells, checks=checks,
    )  # fmt: skip
    told = brief(
        shown, book, answers=paired, unanswered=open_ended, recurring=again, reuse=copied, questions=asked, failures=failures, run=run,
    )  # fmt: skip
    word = summary(told, book)
    excel = workbook(
        tagged, sections, reports, book, tables=shown,
        unanswered=open_ended, recurring=again, cells=cells, checks=checks, questions=asked, failures=failures, run=run,
    )  # fmt: skip
    tables = {
        "statements.parquet": tagged,
        "sections.parquet": sections,
        "reports.parquet": reports,
        "tables.parquet": cells,
        "checks.parquet": checks,
        "failures.parquet": failure_frame(failures),
    }
    contents = {"index.html": page.encode("utf-8"), "summary.docx": word, "tables.xlsx": excel}
    contents |= {name: table_bytes(frame, root / name) for name, frame in tables.items()}
    contents["run.json"] = (json.dumps(run, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
    put(root, contents)
    return [root / name for name in OURS]


def put(root: Path, contents: Mapping[str, bytes]) -> None:
    """Put what a run made into its folder, all of it or nothing, and take away what an earlier one left there and this one does not have.

    While it is being put there, and where the program is ended in between, `run.json` says that the folder is unfinished. Another run
    waits its turn. Raises OSError that names the file.
    """
    rest = [(name, content) for name, content in contents.items() if name != "run.json"]
    with named(root):
        root.mkdir(parents=True, exist_ok=True)
    with _alone(root):
        sweep(root, OURS)
        taken = dict.fromkeys((name for name in OURS if name not in contents and (root / name).exists()), None)
        write_together(root, [("run.json", _UNFINISHED), *taken.items(), *rest, ("run.json", contents["run.json"])])


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(root / _LOCK, timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        raise FolderError(f"{root}: another run is writing there; wait for its end, or give another folder") from error
    except NotImplementedError:
        # A file system without locks.
        yield
        return
    try:
        yield
    finally:
        # Whoever waits for the lock looks whether its file is still there.
        with suppress(OSError):
            (root / _LOCK).unlink()
        lock.release()


def _tables(analyses: Sequence[Analysis]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The statutory tables cell by cell, and what was found about them."""
    # Asked of the analyses, every cell would be kept a second time until the end.
    read = {a.report.id: statutory_tables(a.report, a.sections) for a in analyses}
    return tables_frame(read), findings_frame(read)


def run_facts(
    analyses: Sequence[Analysis],
    failures: Sequence[Failure],
    model: str | Path | None,
    codebook_version: int,
    passed_over: Mapping[str, int],
) -> dict[str, Any]:
    """Return what a run read and found: versions, hashes, counts, failures; nothing of the machine or the hour."""
    place = Path(model) if model is not None else resource("models", "default")
    kinds = Counter(s.kind for a in analyses for s in a.sections)
    missing = Counter(m.kind for a in analyses for m in a.missing)
    roles = Counter(c.role for a in analyses for c in a.codings)
    return {
        "program": "gongkai",
        "version": __version__,
        "model": {"facts": facts_of(place), "sha256": hashlib.sha256((place / "model.json").read_bytes()).hexdigest()},
        "codebook_version": codebook_version,
        "counts": {
            "reports": len(analyses),
            "statements": sum(roles.values()),
            "roles": dict(sorted(roles.items())),
            "sections": dict(sorted(kinds.items())),
            "missing": dict(sorted(missing.items())),
            "failures": len(failures),
        },
        "reports": [
            {
                "report": a.report.id,
                "text_sha256": hashlib.sha256(a.report.text.encode("utf-8")).hexdigest(),
                "missing": [m.kind for m in a.missing],
                "warnings": [*a.warnings, *(f"{s.kind}: {w}" for s in a.sections for w in s.warnings)],
            }
            for a in analyses
        ],
        "passed_over": dict(sorted(passed_over.items())),
        "failures": [{"file": f.file, "stage": f.stage, "reason": f.reason, "cure": f.cure} for f in failures],
    }

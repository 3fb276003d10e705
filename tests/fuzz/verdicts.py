"""How a harmed input ends: as a success, in part, as a named failure, or as what must never be."""

from __future__ import annotations

import signal
import sqlite3
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import harm
import harm_text
import numpy as np
import originals
import pandas as pd

import gongkai
from gongkai.analyse import analyse_files, report_frame, segment_frame, tag_frame
from gongkai.codebook import CodebookError, parse_codebook
from gongkai.errors import UserError
from gongkai.present.folder import write_folder
from gongkai.present.page import render
from gongkai.read import Limits, Reading, walk
from gongkai.records import Analysis, Failure, Report
from gongkai.store import ModelError, facts_of, load_model

ENDS = ("success", "partial", "failure", "crash", "hang", "lost")
NEVER = ("crash", "hang", "lost")
# Seconds that one input may take in this process, beside the reader's own limit.
PATIENCE = 30
READING = Reading(Limits(seconds=20))
ENDINGS = {"docx": ".docx", "html": ".html", "pdf": ".pdf", "text": ".txt", "zip": ".zip", "rows": ".jsonl"}
# Stages that tell of a mistake of the program, not of the file, and what the readers say of an error that they do not expect.
_OURS = ("please report", "does not understand it", "crashed the reader")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one input ended, at which stage, what was said, and how many seconds it took."""

    end: str
    stage: str = ""
    said: str = ""
    seconds: float = 0.0


class Late(BaseException):
    """An input took longer than it may."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Late in the main thread after so many seconds, where the system has alarms."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(*_: object) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def judged(work: Callable[[], Verdict], seconds: float = PATIENCE) -> Verdict:
    """Do some work; what escapes from it is a crash, what does not end a hang."""
    begin = time.perf_counter()
    try:
        with within(seconds):
            found = work()
    except Late:
        found = Verdict("hang", "", f"longer than {seconds} s")
    except (Exception, MemoryError) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        found = Verdict("crash", Path(last.filename).stem, f"{type(error).__name__}: {error} ({last.name})")
    return Verdict(found.end, found.stage, found.said[:300], time.perf_counter() - begin)


def refused(error: Exception, name: str) -> Verdict:
    """A named failure, where the message names what is wrong and what to do."""
    said = str(error)
    named = name in said and ("; " in said or ": " in said)
    return Verdict("failure", type(error).__name__, said) if named else Verdict("crash", "unnamed", said)


# Reports ---------------------------------------------------------------------------------------------------------------------------


def neighbours(folder: Path) -> list[Path]:
    """Good files beside the harmed ones: a text before all others, a document behind."""
    good = [folder / "0good.txt", folder / "zgood.docx"]
    for file, kind in zip(good, ("text", "docx"), strict=True):
        file.write_bytes(originals.files(kind)[0])
    return good


def told_of(analyses: Sequence[Analysis], names: Sequence[str]) -> list[str]:
    """The rows of some reports in the tables of statements and sections."""
    mine = [a for name in names for a in analyses if a.report.id == name]
    return [str(frame.to_json(orient="records", force_ascii=False)) for frame in (tag_frame(mine), segment_frame(mine))]


def read_batch(kind: str, harmed: Sequence[bytes], alone: Sequence[str] | None = None, pages: bool = True) -> list[Verdict]:
    """Judge files by one run over all of them, with good neighbours whose rows must be those that they have `alone`; where the run
    itself does not end as it should, the files are tried in ever smaller runs."""
    given = alone or rows_alone()
    begin = time.perf_counter()
    found = _one_run(kind, harmed, given, pages)
    if len(found) == len(harmed):
        return [Verdict(v.end, v.stage, v.said, v.seconds or (time.perf_counter() - begin) / len(harmed)) for v in found]
    if len(harmed) == 1:
        return [found[-1]] if found else [Verdict("crash", "run", "no verdict")]
    half = len(harmed) // 2
    return read_batch(kind, harmed[:half], given, pages) + read_batch(kind, harmed[half:], given, pages)


def rows_alone() -> list[str]:
    """The rows of the good neighbours without any other file."""
    with tempfile.TemporaryDirectory() as place:
        good = neighbours(Path(place))
        done = list(analyse_files([place], originals.coder(), reading=READING))
        return told_of([a for a in done if isinstance(a, Analysis)], [g.name for g in good])


def _one_run(kind: str, harmed: Sequence[bytes], alone: Sequence[str], pages: bool) -> list[Verdict]:
    """The verdicts of one run; of fewer files than there are where the run as a whole failed."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "in"
        folder.mkdir()
        good = neighbours(folder)
        files = [folder / f"h{n:05d}{ending(kind, raw)}" for n, raw in enumerate(harmed)]
        for file, raw in zip(files, harmed, strict=True):
            file.write_bytes(raw)
        done: list[Analysis | Failure] = []

        def work() -> Verdict:
            done.extend(analyse_files([folder], originals.coder(), reading=READING))
            analyses = [a for a in done if isinstance(a, Analysis)]
            for a in analyses:
                check(a)
            if told_of(analyses, [g.name for g in good]) != list(alone):
                return Verdict("lost", "", "a good file beside it gives other rows")
            if pages:
                root = Path(place) / "model"
                root.mkdir()
                for name, content in originals.model().items():
                    (root / name).write_bytes(content)
                write_folder(Path(place) / "out", analyses, [f for f in done if isinstance(f, Failure)], root)
            return Verdict("success")

        whole = judged(work, PATIENCE + len(harmed))
        if whole.end != "success":
            return [whole] if len(harmed) == 1 else []
        found = [_verdict(file, done) for file in files]
        # An archive of nothing but foreign files, or a table that is none, is told as passed over.
        left = sum(walk([folder]).passed_over.values())
        if sum(v.end == "lost" for v in found) > left:
            return found
        return [Verdict("failure", "passed over", v.said) if v.end == "lost" else v for v in found]


def ending(kind: str, raw: bytes) -> str:
    """The ending of a harmed file; of a table, by what it still begins with."""
    if kind == "rows":
        return ".parquet" if raw.startswith(b"PAR1") else ".jsonl" if raw.lstrip().startswith(b"{") else ".csv"
    return ENDINGS[kind]


def _verdict(file: Path, done: Sequence[Analysis | Failure]) -> Verdict:
    def mine(source: str) -> bool:
        return source == str(file) or source.startswith((f"{file}/", f"{file}#"))

    failures = [f for f in done if isinstance(f, Failure) and mine(f.file)]
    analyses = [a for a in done if isinstance(a, Analysis) and mine(a.report.source)]
    for f in failures:
        if not (f.file and f.stage and f.reason and f.cure) or "please report" in f.cure:
            return Verdict("crash", f.stage, f.reason)
    if failures:
        f = failures[0]
        unexpected = any(words in f.reason for words in _OURS)
        return Verdict("partial" if analyses else "failure", f"{f.stage}, unexpected" if unexpected else f.stage, f.reason)
    if not analyses:
        return Verdict("lost", "", "neither read nor named")
    doubts = [w for a in analyses for w in a.warnings]
    return Verdict("partial", "", doubts[0]) if doubts else Verdict("success")


def check(a: Analysis) -> None:
    """What must hold of every report that is read, however harmed it was."""
    text, size = a.report.text, len(a.report.text)
    text.encode("utf-8")
    edges = [e for s in a.sections for e in (s.start, s.body_start, s.end)]
    assert edges == sorted(edges)
    assert not edges or 0 <= edges[0] <= edges[-1] <= size
    last = 0
    for c in a.codings:
        s = c.statement
        assert last <= s.start < s.end <= size
        assert s.text.strip()
        assert a.kind_of(s) in ("problems", "measures")
        assert all(0 <= p <= 1 for p in c.scores.values())
        assert all(s.start <= e.start < e.end <= s.end for e in c.evidence)
        last = s.end
    for at, end in a.report.furniture:
        assert 0 <= at <= end <= size
    for cell in a.tables.cells:
        assert cell.start is None or cell.end is None or 0 <= cell.start <= cell.end <= size


# Models, codebooks, studies --------------------------------------------------------------------------------------------------------

SOURCE = f"柳泉县青禾镇2021年政府信息公开工作年度报告\n{originals.SECTION}六、其他需要报告的事项\n无。\n"


def read_model(files: Mapping[str, bytes]) -> Verdict:
    """Load a model and let it code a report; a model that loads gives scores between 0 and 1."""

    def work() -> Verdict:
        with tempfile.TemporaryDirectory() as place:
            for name, raw in files.items():
                (Path(place) / name).write_bytes(raw)
            try:
                coder, facts = load_model(place), facts_of(place)
            except ModelError as error:
                return refused(error, place)
            facts.get("weak")
            done = gongkai.analyse(Report("a.txt", SOURCE), coder)
            check(done)
            scores = coder.predict_proba(pd.DataFrame({"text": [*originals.STATEMENTS, ""], "path": [()] * 5}))
            assert np.isfinite(scores).all()
            assert len(done.codings) > 3
            return Verdict("success")

    return judged(work)


def read_codebook(source: str) -> Verdict:
    """Check a codebook, and show a page with it, in which nothing of it is a script."""

    def work() -> Verdict:
        try:
            book = parse_codebook(source, "mine.yaml")
        except CodebookError as error:
            return refused(error, "mine.yaml") if len(str(error)) < 20_000 else Verdict("crash", "CodebookError", "a message without end")
        done = gongkai.analyse(Report("a.txt", SOURCE), originals.coder())
        tagged = tag_frame([done])
        if len(book.themes) < 50 and len(book.roles) < 50:
            tagged["role"] = (list(book.roles) * len(tagged))[: len(tagged)]
            tagged["themes"] = [[book.theme_ids[n % len(book.themes)]] for n in range(len(tagged))]
            page = render(tagged, segment_frame([done]), report_frame([done]), book)
            page.encode("utf-8")
            assert page.count("<script") == page.count("</script>") == SCRIPTS
            assert "<script>alert" not in page
        return Verdict("success")

    return judged(work)


SCRIPTS = 4


def read_study(raw: bytes) -> Verdict:
    """Open a study, take all codes out of it in two formats and ask for the codebook; any error is one of the user's file."""
    from gongkai.review import exchange
    from gongkai.review.changes import codebook_of
    from gongkai.review.store import StudyError, open_study

    def work() -> Verdict:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "study.db"
            file.write_bytes(raw)
            try:
                with closing(open_study(file, create=False)) as db:
                    codebook_of(db)
                    for name in ("csv", "jsonl"):
                        exchange.export(db, exchange.FORMATS[name])
            except StudyError as error:
                return refused(error, "")
            except UserError as error:
                return Verdict("failure", type(error).__name__, str(error))
            except sqlite3.Error as error:
                # The command line and the page both say that the study cannot be read, and why.
                return Verdict("failure", "sqlite3", str(error))
            return Verdict("success")

    return judged(work)


def harmed(kind: str, seed: int) -> Any:
    """The input of a kind and a seed, the same every time: bytes of a file or study, text of a codebook, files of a model."""
    rng = Random(f"{kind} {seed}")
    match kind:
        case "model":
            return harm_text.model(rng, originals.model())
        case "codebook":
            return harm_text.codebook(rng, originals.BOOK)
        case "study":
            return harm_text.study(rng, originals.study())
    raw = rng.choice(originals.files(kind))
    ways: dict[str, Callable[[Random, bytes], bytes]] = {
        "docx": harm.zipped,
        "html": harm.html,
        "pdf": harm.pdf,
        "text": harm_text.text,
        "zip": lambda r, b: harm.zipped(r, b, harm.scar),
        "rows": harm_text.rows,
    }
    return ways[kind](rng, raw)

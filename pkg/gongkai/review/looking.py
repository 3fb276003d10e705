"""Uploads are read and analysed in the background: a file that is slow, hangs or crashes its reader keeps nobody from coding."""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..analyse import code_all, load, prepare
from ..model import StatementCoder
from ..present.wording import translated
from ..read.extract import ReadError
from ..read.limits import Limits
from ..read.pool import pool
from ..records import Analysis, Failure, Report
from ..resources import data
from .predict import ModelFacts, coder_in_use, model_facts
from .store import open_study
from .uploads import Caps, Shelf, Upload, is_intact

_THREADS, _KEPT = 2, 40
_HALF = re.compile("[\ud800-\udfff]")
MakesCoder = Callable[[], tuple[StatementCoder, ModelFacts]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of an upload: its analysis, and the coder that made it with what is known of it."""

    upload: Upload
    analysis: Analysis
    coder: StatementCoder
    model: ModelFacts


def study_coder(study: Path) -> tuple[StatementCoder, ModelFacts]:
    """Return the coder of the model that a study uses; the shipped one where it has none, or not at hand."""
    db = open_study(study, create=False)
    try:
        known = coder_in_use(db)
        if not known:
            return load(), model_facts()
        row = db.execute("SELECT name, sha256, facts FROM models WHERE id = ?", (known[1],)).fetchone()
        return known[0], ModelFacts(row["name"], row["sha256"], json.loads(row["facts"]))
    finally:
        db.close()


def told(text: str, language: str) -> str:
    """Return what a reader says of a file, as the page puts it in `zh` or `en`; the message itself where nobody has put it.

    >>> told("raise it: --limit pages=9", "en")
    'split the file, or save it as text (.txt)'
    """
    words = data("look.yaml")
    found = next(((m, texts) for pattern, *texts in words["messages"] if (m := re.fullmatch(pattern, text, re.DOTALL))), None)
    if language == "zh":
        said = found[0].expand(found[1][0]) if found else translated(text)
        return re.sub("|".join(words["sources"]), lambda m: words["sources"][m[0]], said) if found else said
    # Readers speak of the file as if its name stood before.
    before = words["subject"]["en"] if re.match(words["subject"]["pattern"], text) else ""
    return found[0].expand(found[1][1]) if found and found[1][1:] else before + text


def look_at(upload: Upload, coder: StatementCoder, caps: Caps, limits: Limits, ocr: bool = False) -> Analysis:
    """Read an upload in a process of its own and analyse it; its name becomes the id of the report.

    What the file is, is known by its bytes. Raises ReadError for a file that cannot be read and past the caps.
    """
    if not is_intact(upload):
        raise ReadError("the file is not as it was uploaded any more", "upload it again")
    got = pool().extract(upload.path, None, limits, ocr)
    if len(got.text) > caps.characters:
        raise ReadError(f"{len(got.text)} characters, over the limit of {caps.characters} for one report", "cut it into its reports")
    # Halves of characters, as broken fonts give them, can be neither stored nor sent.
    text, halves = _HALF.subn("\ufffd", got.text)
    warnings = (*got.warnings, *([f"{halves} characters are no text; “�” stands for them"] if halves else []))
    report = Report(upload.name, text, upload.name, warnings=warnings, furniture=got.furniture, grids=got.grids)
    prepared = prepare(report)
    if len(prepared.statements) > caps.statements:
        reason = f"{len(prepared.statements)} statements, over the limit of {caps.statements} for one report"
        raise ReadError(reason, "cut it into its reports")
    analysis = next(code_all([prepared], coder))
    # Made here rather than when the page asks for them.
    _ = analysis.tables
    return analysis


class Desk:
    """Analyses of uploads, made by two threads and kept while they are among the latest; whatever goes wrong is a Failure."""

    def __init__(self, shelf: Shelf, limits: Limits | None = None) -> None:
        self.shelf, self.limits = shelf, limits or Limits()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="look")
        self._lock = threading.Lock()
        self._works: OrderedDict[str, tuple[str, Future[Looked | Failure]]] = OrderedDict()

    def ask(self, upload: Upload, model: str, coder: MakesCoder) -> Looked | Failure | None:
        """Return what became of an upload, None while it is in the works.

        The first to ask starts it, and so does one who asks for another `model`, given by its hash ("" for any).
        """
        with self._lock:
            known = self._works.get(upload.sha256)
            if known is None or (known[1].done() and _is_of_another(known[1].result(), known[0], model)):
                self._start(upload, model, coder)
                return None
            self._works.move_to_end(upload.sha256)
        return known[1].result() if known[1].done() else None

    def again(self, upload: Upload, model: str, coder: MakesCoder, ocr: bool) -> None:
        """Start an upload anew, unless it is in the works; `ocr` reads scans too."""
        with self._lock:
            known = self._works.get(upload.sha256)
            if known is None or known[1].done():
                self._start(upload, model, coder, ocr)

    def seen(self, sha256: str) -> Looked | Failure | None:
        """Return what became of an upload without starting anything."""
        known = self._works.get(sha256)
        return known[1].result() if known and known[1].done() else None

    def is_busy(self, sha256: str) -> bool:
        """Say whether an upload is in the works."""
        known = self._works.get(sha256)
        return known is not None and not known[1].done()

    def forget(self, sha256: str) -> None:
        """Drop what is known of an upload."""
        with self._lock:
            if known := self._works.pop(sha256, None):
                known[1].cancel()

    def close(self) -> None:
        """End the work; files that are being read fail."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        pool().close()

    def _start(self, upload: Upload, model: str, coder: MakesCoder, ocr: bool = False) -> None:
        self._works[upload.sha256] = (model, self._threads.submit(self._work, upload, coder, ocr))
        self._works.move_to_end(upload.sha256)
        for sha256 in [s for s, (_, f) in self._works.items() if f.done()][: max(0, len(self._works) - _KEPT)]:
            del self._works[sha256]

    def _work(self, upload: Upload, coder: MakesCoder, ocr: bool) -> Looked | Failure:
        try:
            fitted, facts = coder()
            return Looked(upload, look_at(upload, fitted, self.shelf.caps, self.limits, ocr), fitted, facts)
        except ReadError as error:
            return Failure(upload.name, "read", error.reason, error.cure)
        except Exception as error:
            cure = "please report this file to the maintainers of gongkai"
            return Failure(upload.name, "segment", f"{type(error).__name__}: {error}", cure)


def _is_of_another(found: Looked | Failure, asked: str, model: str) -> bool:
    """Say whether another model is asked for now; one that is not at hand is not asked for again and again."""
    return isinstance(found, Looked) and model not in ("", asked, found.model.sha256)

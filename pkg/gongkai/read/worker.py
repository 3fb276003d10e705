"""A process that reads one file after the other for another process: what crashes it costs one file.

A task comes as a line of JSON on standard input; the answer goes to standard output as its length and JSON. Nothing is pickled,
so that a process taken over by a hostile file cannot make its parent run code.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..records import Cell, Grid
from .archive import unpack
from .extract import Extract, ReadError, refused, whole
from .limits import Limits
from .sniff import kind_of

_CURE = "the file is damaged or unusual: open it, save it again, or save it as text (.txt)"


def task(path: str | Path, member: str | None, limits: Limits, ocr: bool) -> bytes:
    """Return a task as the line that a worker understands."""
    return json.dumps({"path": os.fspath(path), "member": member, "limits": asdict(limits), "ocr": ocr}).encode() + b"\n"


def extract_bytes(raw: bytes, ending: str, limits: Limits, ocr: bool = False) -> Extract:
    """Read the bytes of a file with the reader that fits them; raises ReadError."""
    kind, ending = kind_of(raw, ending)
    if kind == "pdf":
        from .pdf import read_pdf

        return read_pdf(raw, limits, ocr)
    if kind == "office":
        from .office import read_office

        return read_office(raw, ending, limits)
    if kind == "text":
        from .text import decode

        return Extract(decode(raw))
    if kind == "archive":
        raise ReadError("an archive inside an archive is not opened", "unpack it and give the folder")
    if kind == "word":
        from .word import read_docx

        return read_docx(raw, limits)
    from .html import read_html, read_mht

    return read_mht(raw, limits) if kind == "mht" else read_html(raw, limits)


def work(line: bytes) -> dict[str, Any]:
    """Do one task; whatever goes wrong comes back as a reason and a cure."""
    try:
        given = json.loads(line)
        limits, path = Limits(**given["limits"]), Path(given["path"])
        raw = unpack(path, given["member"], limits) if given["member"] else whole(path, limits)
        done = extract_bytes(raw, Path(given["member"] or path).suffix.lower(), limits, given["ocr"])
    except ReadError as error:
        return {"reason": str(error), "cure": error.cure}
    except OSError as error:
        return dict(zip(("reason", "cure"), refused(error), strict=True))
    except MemoryError:
        return {"reason": "needs more memory than its limit", "cure": "raise it if you trust the file: --limit memory=MEGABYTES"}
    except Exception as error:
        return {"reason": f"the reader does not understand it ({type(error).__name__}: {error})", "cure": _CURE}
    grids = [[[c.row, c.column, c.start, c.end, c.rows, c.columns] for c in g.cells] for g in done.grids]
    return {"text": done.text, "furniture": done.furniture, "grids": grids, "warnings": done.warnings}


def answered(answer: bytes) -> Extract:
    """Return what a worker's answer holds; raises ReadError where it is a failure."""
    given = json.loads(answer)
    if "reason" in given:
        raise ReadError(str(given["reason"]), str(given["cure"]))
    grids = tuple(Grid(tuple(Cell(*map(int, c)) for c in g)) for g in given["grids"])
    furniture = tuple((int(s), int(e)) for s, e in given["furniture"])
    return Extract(str(given["text"]), furniture, grids, tuple(map(str, given["warnings"])))


def _bound_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def main() -> None:
    """Answer tasks until the input ends."""
    # Leaving by an exception ends what the reader has started and clears up what it wrote.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get among the answers.
    os.dup2(2, 1)
    bound = 0
    for line in sys.stdin.buffer:
        memory = int(json.loads(line)["limits"]["memory"])
        if memory != bound:
            _bound_memory(bound := memory)
        answer = json.dumps(work(line)).encode()
        answers.write(len(answer).to_bytes(8, "big") + answer)
        answers.flush()


if __name__ == "__main__":
    main()

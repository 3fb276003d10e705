"""Find and read reports: one `read(path)` over the formats, and a walk over files, folders and archives that loses none."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..records import Failure, Report
from .extract import Extract, ReadError, refused, whole
from .limits import Limits, Reading
from .pool import pool
from .rows import read_rows
from .sniff import HEAD, kind_of, kinds
from .text import UndecodableError, decode
from .walk import Found, Walk, endings, kind_at, walk

__all__ = [
    "Found", "Limits", "ReadError", "Reading", "UndecodableError", "Walk", "decode", "endings", "find", "is_plain", "passed_over",
    "passed_over_lines", "read", "read_all", "read_found", "read_plain", "walk",
]  # fmt: skip

_AHEAD = 8


def read(path: str | Path, id: str | None = None, *, ocr: bool = False, limits: Limits | None = None) -> Report:
    """Read one report of any format; its `id` is the file name where none is given.

    Everything but plain text is read in a process of its own. Raises OSError, ReadError (its message names file, `reason` and
    `cure`; for text UndecodableError) and, for an ending that no reader knows and for files of many reports, ValueError.
    """
    file = Path(path)
    kind = kind_at(file)
    if kind is None:
        ending = repr(file.suffix) if file.suffix else "a file without an ending"
        raise ValueError(f"no reader for {ending}; gongkai reads {endings()}: save the report as one of these")
    if kind in ("archive", "rows"):
        raise ValueError(f"{file.name} holds many reports; give it to analyse_corpus or analyse_files")
    try:
        return _report(id or file.name, str(file), _extract(file, None, limits or Limits(), ocr))
    except ReadError as error:
        raise type(error)(error.reason, error.cure, str(file)) from error


def _report(id: str, source: str, got: Extract) -> Report:
    return Report(id, got.text, source, warnings=got.warnings, furniture=got.furniture, grids=got.grids)


def _extract(path: Path, member: str | None, limits: Limits, ocr: bool) -> Extract:
    size = path.stat().st_size
    if size > limits.megabytes * 1_000_000 and member is None:
        raise ReadError(f"{size / 1e6:.0f} MB, over the limit of {limits.megabytes} MB", "raise it: --limit megabytes=NUMBER")
    if member is None and kinds().get(path.suffix.lower()) == "text":
        raw = whole(path, limits)
        if kind_of(raw[:HEAD], path.suffix.lower())[0] == "text":
            return Extract(decode(raw))
    return pool().extract(path, member, limits, ocr)


def is_plain(file: Found, head: bytes) -> bool:
    """Say whether a file that begins with `head` is plain text, which needs no process of its own to be read."""
    ending = PurePosixPath(file.member or file.path.name).suffix.lower()
    try:
        return kinds().get(ending) == "text" and kind_of(head, ending)[0] == "text"
    except ReadError:
        return False


def read_plain(id: str, source: str, raw: bytes) -> Report | Failure:
    """Read the bytes of a plain text; those that are none become a named Failure."""
    try:
        return _report(id, source, Extract(decode(raw)))
    except ReadError as error:
        return Failure(source, "read", str(error), error.cure)


def find(inputs: Iterable[str | Path], reading: Reading | None = None) -> tuple[list[Found], list[Failure]]:
    """List the report files below files and folders, in a fixed order, with what cannot be read; see `walk`."""
    met = walk(inputs, reading)
    return list(met.found.values()), met.failures


def passed_over(inputs: Iterable[str | Path], reading: Reading | None = None) -> dict[str, int]:
    """Return how many files of each ending below files and folders are neither read nor named as failures."""
    return dict(walk(inputs, reading).passed_over)


def passed_over_lines(counts: Mapping[str, int]) -> list[str]:
    """Return the line that says how many files of each ending were passed over, the most first; none where there were none.

    >>> passed_over_lines({".css": 1, ".jpg": 2})
    ['passed over: 2 .jpg, 1 .css']
    """
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ["passed over: " + ", ".join(f"{n} {ending}" for ending, n in most)] if most else []


def read_all(inputs: Iterable[str | Path], reading: Reading | None = None) -> Iterator[Report | Failure]:
    """Read every report below files and folders; what fails comes as a Failure in its place."""
    files, failures = find(inputs, reading)
    yield from failures
    yield from read_found(files, reading)


def read_found(files: Iterable[Found], reading: Reading | None = None) -> Iterator[Report | Failure]:
    """Read files that `find` listed, in their order; all cores work ahead on those that need a process of their own."""
    settings = reading or Reading()
    size = pool().size
    ahead: deque[tuple[Found, Future[Report | Failure] | None]] = deque()
    seen: set[str] = set()
    threads = ThreadPoolExecutor(size)
    try:
        for file in files:
            direct = file.member is None and kinds().get(file.path.suffix.lower()) in ("text", "rows")
            ahead.append((file, None if direct else threads.submit(_one, file, settings)))
            if len(ahead) > _AHEAD * size:
                yield from _next(ahead, settings, seen)
        while ahead:
            yield from _next(ahead, settings, seen)
    finally:
        for _, waiting in ahead:
            if waiting:
                waiting.cancel()
        if ahead:
            pool().close()
        threads.shutdown()


def _next(ahead: deque[tuple[Found, Future[Report | Failure] | None]], reading: Reading, seen: set[str]) -> Iterator[Report | Failure]:
    file, waiting = ahead.popleft()
    if not waiting and kinds().get(file.path.suffix.lower()) == "rows":
        for row in read_rows(file.path, file.id, reading.text_column):
            # Two tables may number their rows alike.
            same = isinstance(row, Report) and row.id in seen
            yield replace(row, id=f"{file.id}#{row.id}") if isinstance(row, Report) and same else row
            if isinstance(row, Report):
                seen.add(row.id)
        return
    seen.add(file.id)
    yield waiting.result() if waiting else _one(file, reading)


def _one(file: Found, reading: Reading) -> Report | Failure:
    """Read one file; an error becomes a named Failure."""
    try:
        return _report(file.id, file.source, _extract(file.path, file.member, reading.limits, reading.ocr))
    except ReadError as error:
        return Failure(file.source, "read", str(error), error.cure)
    except OSError as error:
        return Failure(file.source, "read", *refused(error))

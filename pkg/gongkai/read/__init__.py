"""Find and read reports: one `read(path)` over the formats, and a walk over files, folders and archives that loses none."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ..records import Failure, Report
from ..resources import data
from .archive import members
from .extract import Extract, ReadError
from .limits import Limits, Reading
from .pool import pool
from .rows import read_rows, text_column
from .sniff import HEAD, kind_of, kinds
from .text import UndecodableError, decode

__all__ = ["Found", "Limits", "ReadError", "Reading", "UndecodableError", "decode", "endings", "find", "read", "read_all", "read_found"]

_AHEAD = 8


def endings() -> str:
    """Return the endings of the files that gongkai reads, for a message."""
    return " ".join(kinds())


def read(path: str | Path, id: str | None = None, *, ocr: bool = False, limits: Limits | None = None) -> Report:
    """Read one report of any format; its `id` is the file name where none is given.

    Everything but plain text is read in a process of its own. Raises OSError, ReadError (whose `cure` says what helps; for text
    UndecodableError) and, for an ending that no reader knows and for files of many reports, ValueError.
    """
    file = Path(path)
    kind = kinds().get(file.suffix.lower())
    if kind is None:
        ending = repr(file.suffix) if file.suffix else "a file without an ending"
        raise ValueError(f"no reader for {ending}; gongkai reads {endings()}: save the report as one of these")
    if kind in ("archive", "rows"):
        raise ValueError(f"{file.name} holds many reports; give it to analyse_corpus or analyse_files")
    return _report(id or file.name, str(file), _extract(file, None, limits or Limits(), ocr))


def _report(id: str, source: str, got: Extract) -> Report:
    return Report(id, got.text, source, warnings=got.warnings, furniture=got.furniture, grids=got.grids)


def _extract(path: Path, member: str | None, limits: Limits, ocr: bool) -> Extract:
    size = path.stat().st_size
    if size > limits.megabytes * 1_000_000 and member is None:
        raise ReadError(f"{size / 1e6:.0f} MB, over the limit of {limits.megabytes} MB", "raise it: --limit megabytes=NUMBER")
    if member is None and kinds().get(path.suffix.lower()) == "text":
        with path.open("rb") as file:
            head = file.read(HEAD)
            if kind_of(head, path.suffix.lower())[0] == "text":
                return Extract(decode(head + file.read()))
    return pool().extract(path, member, limits, ocr)


@dataclass(frozen=True, slots=True)
class Found:
    """A report file: its id, its path, the folder it was found below (with its name there), and its name inside an archive."""

    id: str
    path: Path
    root: Path
    name: str
    member: str | None = None

    @property
    def source(self) -> str:
        """The path, with the name inside the archive."""
        return f"{self.path}/{self.member}" if self.member else str(self.path)


def find(inputs: Iterable[str | Path], reading: Reading | None = None) -> tuple[list[Found], list[Failure]]:
    """List the report files below files and folders, in a fixed order, with what cannot be read.

    The id is the path below the folder given, with `/`; where two would meet, the later one gets its folder's name before it.
    Archives count as folders; a table of texts is one file here and gives a report a row when it is read.
    """
    settings = reading or Reading()
    found: dict[str, Found] = {}
    failures: list[Failure] = []
    seen: set[Path] = set()
    for given in inputs:
        root = Path(given)
        if not root.exists():
            failures.append(Failure(str(root), "find", "no such file or folder", "check the spelling of the path"))
            continue
        folder = root if root.is_dir() else root.parent
        for name, path in _files(root):
            kind = kinds().get(path.suffix.lower())
            if kind is None:
                if path.suffix.lower() in data("reading.yaml")["unread"] or not root.is_dir():
                    failures.append(_unread(str(path), path.suffix))
                continue
            if kind == "rows" and root.is_dir() and not _holds_texts(path, settings):
                continue
            real = path.resolve()
            if real in seen:
                continue
            seen.add(real)
            if kind == "archive":
                _open(path, name, folder, settings, found, failures)
            else:
                id = _free(name, real, found)
                found[id] = Found(id, path, folder, name)
    return list(found.values()), failures


def _unread(file: str, ending: str) -> Failure:
    return Failure(file, "read", f"no reader for {ending or 'a file without an ending'}", f"save it as one of {endings()}")


def _holds_texts(path: Path, reading: Reading) -> bool:
    """Say whether a table in a folder is a table of texts: others, such as `metadata.csv`, stand there for another use."""
    try:
        return bool(text_column(path, reading.text_column))
    except (ReadError, OSError):
        return False


def _open(path: Path, name: str, folder: Path, reading: Reading, found: dict[str, Found], failures: list[Failure]) -> None:
    """List the members of an archive."""
    try:
        inside = members(path, reading.limits)
    except (ReadError, OSError) as error:
        cure = error.cure if isinstance(error, ReadError) else "check that the file may be read"
        failures.append(Failure(str(path), "read", str(error), cure))
        return
    for member in inside:
        ending = PurePosixPath(member).suffix.lower()
        if _hidden(PurePosixPath(member)) or (ending not in kinds() and ending not in data("reading.yaml")["unread"]):
            continue
        whole = f"{name}/{member}"
        if ending not in kinds() or kinds()[ending] in ("archive", "rows"):
            failures.append(Failure(f"{path}/{member}", "read", f"no reader for {ending} inside an archive", "unpack the archive"))
        elif whole in found:
            failures.append(Failure(f"{path}/{member}", "find", "stands twice in the archive; the first is read", "pack the archive again"))
        else:
            found[whole] = Found(whole, path, folder, whole, member)


def _hidden(name: PurePosixPath) -> bool:
    beside = tuple(data("reading.yaml")["beside_pages"])
    return any(part.startswith((".", "~$", "__MACOSX")) for part in name.parts) or any(p.endswith(beside) for p in name.parts[:-1])


def _files(root: Path) -> list[tuple[str, Path]]:
    if not root.is_dir():
        return [(root.name, root)]
    files = [(p.relative_to(root).as_posix(), p) for p in sorted(root.rglob("*")) if p.is_file()]
    return [(name, p) for name, p in files if not _hidden(PurePosixPath(name))]


def _free(name: str, real: Path, taken: Container[str]) -> str:
    """The name, with as many of the folders above it as it takes to be the only one."""
    above = list(real.parents)[len(Path(name).parts) - 1 :]
    while name in taken and above:
        name = f"{above.pop(0).name}/{name}"
    return name


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
        return Failure(file.source, "read", error.strerror or str(error), "check that the file exists and may be read")

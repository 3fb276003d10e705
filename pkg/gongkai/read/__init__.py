"""Find and read reports: one `read(path)` over the formats, and a walk over files and folders that loses none."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..records import Failure, Report
from .text import SUFFIXES as TEXT_SUFFIXES
from .text import UndecodableError, decode, read_text

__all__ = ["READERS", "Found", "UndecodableError", "decode", "find", "read", "read_all", "read_or_failure"]

READERS: dict[str, Callable[[Path], str]] = dict.fromkeys(TEXT_SUFFIXES, read_text)

_DOCUMENTS = frozenset([".pdf", ".doc", ".docx", ".wps", ".html", ".htm", ".mht", ".rtf", ".odt", ".ofd", ".zip", ".xml"])


def read(path: str | Path, id: str | None = None) -> Report:
    """Read one report; its `id` is the file name where none is given.

    Raises OSError, UndecodableError and, for an ending that no reader knows, ValueError.
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        known = " ".join(READERS)
        raise ValueError(f"no reader for {file.suffix or 'a file without an ending'!r}; gongkai reads {known}: save the report as text")
    return Report(id or file.name, reader(file), str(file))


@dataclass(frozen=True, slots=True)
class Found:
    """A report file: its id, its path, and the folder it was found below (with its name there)."""

    id: str
    path: Path
    root: Path
    name: str


def find(inputs: Iterable[str | Path]) -> tuple[list[Found], list[Failure]]:
    """List the report files below files and folders, in a fixed order, with what cannot be read.

    The id is the path below the folder given, with `/`; where two would meet, the later one gets its folder's name before it.
    """
    found: dict[str, Found] = {}
    failures: list[Failure] = []
    seen: set[Path] = set()
    for given in inputs:
        root = Path(given)
        if not root.exists():
            failures.append(Failure(str(root), "find", "no such file or folder", "check the spelling of the path"))
            continue
        for name, path in _files(root):
            suffix = path.suffix.lower()
            if suffix not in READERS:
                if suffix in _DOCUMENTS or not root.is_dir():
                    reason = f"no reader for {suffix or 'a file without an ending'}"
                    failures.append(Failure(str(path), "read", reason, f"save it as text; gongkai reads {' '.join(READERS)}"))
            elif (real := path.resolve()) not in seen:
                seen.add(real)
                id = _free(name, real, found)
                found[id] = Found(id, path, root if root.is_dir() else root.parent, name)
    return list(found.values()), failures


def _files(root: Path) -> list[tuple[str, Path]]:
    if not root.is_dir():
        return [(root.name, root)]
    files = [(p.relative_to(root).as_posix(), p) for p in sorted(root.rglob("*")) if p.is_file()]
    return [(name, p) for name, p in files if not any(part.startswith((".", "~$")) for part in Path(name).parts)]


def _free(name: str, real: Path, taken: Container[str]) -> str:
    """The name, with as many of the folders above it as it takes to be the only one."""
    above = list(real.parents)[len(Path(name).parts) - 1 :]
    while name in taken and above:
        name = f"{above.pop(0).name}/{name}"
    return name


def read_all(inputs: Iterable[str | Path]) -> Iterator[Report | Failure]:
    """Read every report below files and folders; what fails comes as a Failure in its place."""
    files, failures = find(inputs)
    yield from failures
    for file in files:
        yield read_or_failure(file.path, file.id)


def read_or_failure(path: Path, id: str) -> Report | Failure:
    """Read one file; an error becomes a named Failure."""
    try:
        return read(path, id)
    except UndecodableError as error:
        return Failure(str(path), "read", str(error), error.cure)
    except OSError as error:
        return Failure(str(path), "read", error.strerror or str(error), "check that the file exists and may be read")

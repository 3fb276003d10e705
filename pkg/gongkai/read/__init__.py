"""Find and read reports: one `read(path)` over the formats, and a walk over files and folders that loses none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..records import Failure, Report
from .text import SUFFIXES as TEXT_SUFFIXES
from .text import UndecodableError, decode, read_text

__all__ = ["READERS", "UndecodableError", "decode", "find", "read", "read_all"]

READERS: dict[str, Callable[[Path], str]] = dict.fromkeys(TEXT_SUFFIXES, read_text)

_METADATA = "metadata.csv"
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


def find(inputs: Iterable[str | Path]) -> tuple[list[tuple[str, Path]], list[Failure]]:
    """List the report files below files and folders, in a fixed order, as (id, path), with what cannot be read.

    The id is the path below the folder given, with `/`; ids that would meet get their folder's name before them.
    """
    found: list[tuple[str, Path]] = []
    failures: list[Failure] = []
    taken: dict[str, Path] = {}
    for given in inputs:
        root = Path(given)
        if root.is_dir():
            files = [(p.relative_to(root).as_posix(), p) for p in sorted(root.rglob("*")) if p.is_file()]
            files = [(i, p) for i, p in files if not any(part.startswith((".", "~$")) for part in Path(i).parts)]
        elif root.exists():
            files = [(root.name, root)]
        else:
            failures.append(Failure(str(root), "find", "no such file or folder", "check the spelling of the path"))
            continue
        for name, path in files:
            suffix = path.suffix.lower()
            if suffix not in READERS:
                if suffix in _DOCUMENTS or not root.is_dir():
                    reason = f"no reader for {suffix or 'a file without an ending'}"
                    failures.append(Failure(str(path), "read", reason, f"save it as text; gongkai reads {' '.join(READERS)}"))
                continue
            if taken.get(name) == path.resolve():
                continue
            if name in taken:
                name = path.resolve().as_posix().lstrip("/")
            taken[name] = path.resolve()
            found.append((name, path))
    return found, failures


def read_all(inputs: Iterable[str | Path]) -> Iterator[Report | Failure]:
    """Read every report below files and folders; what fails comes as a Failure in its place."""
    files, failures = find(inputs)
    yield from failures
    for name, path in files:
        yield read_or_failure(path, name)


def read_or_failure(path: Path, id: str) -> Report | Failure:
    """Read one file; an error becomes a named Failure."""
    try:
        return read(path, id)
    except UndecodableError as error:
        return Failure(str(path), "read", str(error), error.cure)
    except OSError as error:
        return Failure(str(path), "read", error.strerror or str(error), "check that the file exists and may be read")


def metadata_beside(inputs: Iterable[str | Path]) -> list[Path]:
    """Return the `metadata.csv` files that stand beside or in the inputs."""
    places = (Path(p) if Path(p).is_dir() else Path(p).parent for p in inputs)
    return [f for place in dict.fromkeys(places) if (f := place / _METADATA).is_file()]

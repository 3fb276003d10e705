"""What stands below files and folders: reports, what cannot be read, and what is passed over, with nothing left unsaid."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..records import Failure
from ..resources import data
from .archive import is_office, members, unpack
from .extract import ReadError, refused
from .limits import Reading
from .rows import NoTexts, text_column
from .sniff import HEAD, kind_of, kinds
from .text import UndecodableError, decode

_NO_ENDING = "without an ending"
_MARKUP = (b"<?php", b"<%")
_CUT = 4


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


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk met: report files by id, what cannot be read, and how many files of each ending were passed over."""

    found: dict[str, Found] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def fail(self, file: str, stage: str, reason: str, cure: str) -> None:
        """Note what cannot be read."""
        self.failures.append(Failure(file, stage, reason, cure))

    def leave(self, name: str) -> None:
        """Note a file that is passed over."""
        self.passed_over[PurePosixPath(name).suffix.lower() or _NO_ENDING] += 1


def endings() -> str:
    """Return the endings of the files that gongkai reads, for a message."""
    return " ".join(kinds())


def walk(inputs: Iterable[str | Path], reading: Reading | None = None) -> Walk:
    """List the report files below files and folders, in a fixed order, with all that is not one.

    The id is the path below the folder given, with `/`; where two would meet, the later one gets its folder's name before it.
    Archives count as folders; a table of texts is one file here and gives a report a row when it is read.
    """
    settings, met = reading or Reading(), Walk()
    listed = [(root, name, path, path.resolve()) for root, name, path in _listed(inputs, met)]
    # A file keeps its own name, not that of a link to it.
    files = {real for _, _, path, real in listed if not path.is_symlink()}
    seen: set[Path] = set()
    for root, name, path, real in listed:
        if real in seen or (path.is_symlink() and real in files):
            continue
        seen.add(real)
        for found in meet(root, name, path, real, settings, met, met.found):
            met.found[found.id] = found
    return met


def meet(root: Path, name: str, path: Path, real: Path, settings: Reading, met: Walk, taken: Container[str]) -> Iterator[Found]:
    """Yield the reports of one file below an input `root`, under names not yet `taken`; `met` notes what is none."""
    folder = root if root.is_dir() else root.parent
    try:
        kind, output = kind_at(path), root.is_dir() and _is_output(path)
    except OSError as error:
        met.fail(str(path), "read", *refused(error))
        return
    if output:
        met.leave(name)
    elif kind is None:
        _unread(path, name, root, met)
    elif kind == "archive":
        yield from _open(path, name, folder, settings, met, taken)
    elif kind == "rows" and root.is_dir() and not _holds_texts(path, settings):
        if path != root / "metadata.csv":
            met.leave(name)
    else:
        yield Found(_free(name, real, taken), path, folder, name)


def kind_at(path: Path) -> str | None:
    """Return the kind of reader that a file calls for by its ending and, where that leaves it open, its bytes; None for no report."""
    ending = path.suffix.lower()
    kind = kinds().get(ending)
    if kind == "archive":
        return "word" if is_office(path) else kind
    if ending and ending not in data("reading.yaml")["served"]:
        return kind
    if not path.is_file():
        return kind
    with path.open("rb") as file:
        return _sniffed(file.read(HEAD), ending)


def _sniffed(head: bytes, ending: str) -> str | None:
    """The kind of a file whose ending is none, or that of a page which a server makes."""
    try:
        kind = kind_of(head, ".txt")[0]
        if ending:
            return "html" if kind == "html" and not head.lstrip().startswith(_MARKUP) else None
        return kind if kind != "text" or _is_text(head) else None
    except ReadError:
        return None


def _is_text(head: bytes) -> bool:
    """Say whether the beginning of a file is text; it may end inside a character."""
    for cut in range(_CUT if len(head) == HEAD else 1):
        try:
            return bool(decode(head[: len(head) - cut]))
        except UndecodableError:
            continue
    return False


def _listed(inputs: Iterable[str | Path], met: Walk) -> Iterator[tuple[Path, str, Path]]:
    """Every file below the inputs, with its input and its name there."""
    for given in inputs:
        root = Path(given)
        if root.is_file():
            yield root, root.name, root
        elif not root.is_dir():
            met.fail(str(root), "find", "no such file or folder", "check the spelling of the path")
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            name = path.relative_to(root).as_posix()
            if hidden(PurePosixPath(name)):
                continue
            if path.is_file():
                yield root, name, path
            elif path.is_symlink() and path.is_dir():
                met.passed_over["link to a folder"] += 1
            elif path.is_symlink():
                met.fail(str(path), "find", "a link that leads nowhere", "mend the link or take it away")


def _unread(path: Path, name: str, root: Path, met: Walk) -> None:
    """Note a file that no reader knows: as a failure where it was asked for or may be a report, else as passed over."""
    ending = path.suffix.lower()
    if root.is_dir() and ending not in data("reading.yaml")["unread"]:
        met.leave(name)
        return
    known = ending in data("reading.yaml")["served"]
    what = "this is no web page" if known else f"no reader for {path.suffix or 'a file without an ending'}"
    met.fail(str(path), "read", what, f"save it as one of {endings()}")


def _is_output(path: Path) -> bool:
    """Say whether a file is the page or the record of a run, in an output folder of gongkai."""
    run = path.parent / "run.json"
    if path.name not in ("index.html", "run.json") or not run.is_file():
        return False
    with run.open("rb") as file:
        return b'"program": "gongkai"' in file.read(HEAD)


def _holds_texts(path: Path, reading: Reading) -> bool:
    """Say whether a table in a folder is for reading: others, such as `metadata.csv`, stand there for another use.

    A damaged one may hold reports, unless it is empty: what is wrong with it is told when it is read.
    """
    try:
        text_column(path, reading.text_column)
    except NoTexts:
        return False
    except (ReadError, OSError, ValueError, csv.Error):
        return path.name != "metadata.csv" and path.stat().st_size > 0
    return True


def _open(path: Path, name: str, folder: Path, reading: Reading, met: Walk, taken: Container[str]) -> Iterator[Found]:
    """List the members of an archive."""
    try:
        inside = members(path, reading.limits)
    except (ReadError, OSError) as error:
        cure = error.cure if isinstance(error, ReadError) else "check that the file may be read"
        met.fail(str(path), "read", str(error), cure)
        return
    for member in inside:
        if hidden(PurePosixPath(member)):
            continue
        whole, place, ending = f"{name}/{member}", f"{path}/{member}", PurePosixPath(member).suffix.lower()
        try:
            kind = _kind_inside(path, member, reading)
        except ReadError as error:
            met.fail(place, "read", error.reason, error.cure)
            continue
        if kind == "archive" or ending in data("reading.yaml")["unread"]:
            met.fail(place, "read", f"no reader for {ending} inside an archive", "unpack the archive")
        elif kind == "rows":
            met.fail(place, "read", "tables of texts are read outside archives only", "unpack it")
        elif kind is None:
            if PurePosixPath(member).name != "metadata.csv":
                met.leave(member)
        elif whole in taken:
            met.fail(place, "find", "stands twice in the archive; the first is read", "pack the archive again")
        else:
            yield Found(whole, path, folder, whole, member)


def _kind_inside(path: Path, member: str, reading: Reading) -> str | None:
    ending = PurePosixPath(member).suffix.lower()
    kind = kinds().get(ending)
    if not ending or ending in data("reading.yaml")["served"]:
        return _sniffed(unpack(path, member, reading.limits, HEAD), ending)
    if kind != "rows":
        return kind
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / f"table{ending}"
        table.write_bytes(unpack(path, member, reading.limits))
        return kind if _holds_texts(table, reading) else None


def hidden(name: PurePosixPath) -> bool:
    """Say whether a file is not for reading: a hidden one, one of an office program at work, one that lies beside a saved page."""
    beside = tuple(data("reading.yaml")["beside_pages"])
    return any(part.startswith((".", "~$", "__MACOSX")) for part in name.parts) or any(p.endswith(beside) for p in name.parts[:-1])


def _free(name: str, real: Path, taken: Container[str]) -> str:
    """The name, with as many of the folders above it as it takes to be the only one."""
    above = list(real.parents)[len(Path(name).parts) - 1 :]
    while name in taken and above:
        name = f"{above.pop(0).name}/{name}"
    return name

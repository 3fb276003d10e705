"""Members of .zip files: listed with names that make sense, unpacked within limits."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from .extract import ReadError
from .limits import Limits

_PIECE = 1 << 20
_UTF8 = 0x800
_ENCRYPTED = 0x1
_DAMAGED = "the archive is damaged"
_AGAIN = "pack it again, or unpack it and give the folder"


def members(path: Path, limits: Limits) -> list[str]:
    """Return the names of an archive's files, in order; names that were packed in UTF-8 or GB18030 come out readable.

    Raises ReadError for a damaged archive and one of too many files, OSError where it cannot be opened.
    """
    with _named(), zipfile.ZipFile(path) as archive:
        # A member without a name is none that a folder could hold.
        files = [i for i in archive.infolist() if i.filename and not i.is_dir()]
    if len(files) > limits.members:
        raise ReadError(f"{len(files)} files in the archive, more than the limit of {limits.members}", "raise it: --limit members=NUMBER")
    return [name_of(i) for i in files]


def is_office(path: Path) -> bool:
    """Say whether a file named as an archive is a document of an office program, which is a .zip too."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name as a path below the archive, without `..` or a leading `/`."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        # Linux packs UTF-8 without saying so, Windows in China GB18030; bytes of the one are hardly ever strict UTF-8 by chance.
        for encoding in ("utf-8", "gb18030"):
            with contextlib.suppress(UnicodeError):
                name = info.filename.encode("cp437").decode(encoding)
                break
    parts = [p for p in PurePosixPath(name.replace("\\", "/")).parts if p not in ("/", "..", ".")]
    return "/".join(parts) or "unnamed"


def unpack(path: Path, name: str, limits: Limits, first: int | None = None) -> bytes:
    """Return the bytes of one member, or its `first` ones, however its size was declared.

    Raises ReadError past the limit and for damage.
    """
    with unpacking(path) as member:
        return member(name, limits, first)


@contextlib.contextmanager
def unpacking(path: Path) -> Iterator[Callable[..., bytes]]:
    """Open an archive once for many members: gives `unpack` without its path."""
    with contextlib.ExitStack() as stack:
        with _named():
            archive = stack.enter_context(zipfile.ZipFile(path))
            # The first of a name, as elsewhere.
            infos = {name_of(i): i for i in reversed(archive.infolist())}
        yield lambda name, limits, first=None: _member(archive, infos.get(name), name, limits, first)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, name: str, limits: Limits, first: int | None) -> bytes:
    if info is None:
        raise ReadError(f"{name} is not in the archive any more", _AGAIN)
    if info.flag_bits & _ENCRYPTED:
        raise ReadError("the archive is protected by a password", "unpack it and give the folder")
    pieces, size = [], 0
    with _named(), archive.open(info) as member:
        if first is not None:
            return member.read(first)
        while piece := member.read(_PIECE):
            size += len(piece)
            if size > limits.megabytes * 1_000_000:
                reason = f"unpacks to more than {limits.megabytes} MB"
                raise ReadError(reason, "raise the limit if you trust the file: --limit megabytes=NUMBER")
            pieces.append(piece)
    return b"".join(pieces)


@contextlib.contextmanager
def _named() -> Iterator[None]:
    """Name what a damaged archive makes its library raise."""
    try:
        yield
    except (ReadError, MemoryError):
        raise
    except Exception as error:
        # What is damaged has no number of the system's.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ReadError(f"{_DAMAGED} ({error})", _AGAIN) from error

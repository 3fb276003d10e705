"""Files that belong together, written all or none; and what is said of a file that cannot be written."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What `tempfile` makes of a name, by which the leftovers of a program that was ended are known.
_BEGUN = ".{}."
_CURES = {
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG): "there is no room for it: free some space, or give another place",
    (errno.EACCES, errno.EPERM, errno.EROFS): "give a place where you may read and write",
    (errno.ENOENT,): "check the spelling of the path",
    (errno.ENOTDIR, errno.EEXIST): "a file stands where a folder should be: give another place",
    (errno.EISDIR,): "it is a folder: give the name of a file",
    (errno.ENAMETOOLONG,): "give a shorter name",
    (errno.EMFILE, errno.ENFILE): "too many files are open: close some programs",
    (errno.EIO, errno.ENODEV, errno.ESTALE): "the disk or the network drive fails: try another place",
}

_NOT_NOW = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def told(error: Exception) -> str:
    """Return what went wrong, in words: with the file and the cure where it was the system, or SQLite, that said so.

    >>> told(PermissionError(errno.EACCES, "Permission denied", "out"))
    'out: Permission denied; give a place where you may read and write'
    """
    if isinstance(error, sqlite3.Error):
        study = next(iter(getattr(error, "__notes__", [])), "the database")
        busy = getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_NOW
        cure = "is the disk full, or the file open elsewhere? What was saved before is safe" if busy else "give the latest copy of it"
        return f"{study}: cannot be read or written ({error}); {cure}"
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    known = isinstance(error.filename, str | bytes | os.PathLike)
    # What a library writes for itself, it writes there.
    name = os.fsdecode(error.filename) if known else f"a file, here or in {tempfile.gettempdir()} (TMPDIR names another folder)"
    cure = next((c for numbers, c in _CURES.items() if error.errno in numbers), "check that it is there and may be read and written")
    return f"{name}: {error.strerror or os.strerror(error.errno)}; {cure}"


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that was to be written, whatever it was about to do for that."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror or os.strerror(error.errno), str(path)) from error


def write_together(root: Path, contents: Iterable[tuple[str, bytes | None]]) -> None:
    """Write files below a folder so that an error leaves all of them as they were; None takes a file away.

    All are written beside their places and flushed to disk first, and then put there in the order given, in which a name may come
    twice: a mark, for the time between. Raises OSError that names the file.
    """
    begun: list[tuple[Path, Path | None]] = []
    try:
        for name, content in contents:
            place = root / name
            with named(place):
                place.parent.mkdir(parents=True, exist_ok=True)
                begun.append((place, None if content is None else _begun(place, content)))
        _put(begun)
    finally:
        for _, new in begun:
            if new is not None:
                new.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, as `whole_file` does."""
    with whole_file(path) as begun:
        begun.write_bytes(content)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary file beside a path; once written it is flushed to disk and renamed to the path, on an error taken away."""
    begun = _blank(path)
    try:
        yield begun
        _finish(begun)
        os.replace(begun, path)
    finally:
        begun.unlink(missing_ok=True)


def _begun(place: Path, content: bytes) -> Path:
    begun = _blank(place)
    try:
        begun.write_bytes(content)
        _finish(begun)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    return begun


def _blank(place: Path) -> Path:
    """A new file beside a place, which nobody else may read or write yet."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=_BEGUN.format(place.name))
    os.close(handle)
    return Path(name)


def _finish(begun: Path) -> None:
    """Flush a file to disk and give it the rights of any new file."""
    with begun.open("rb+") as file:
        os.fsync(file.fileno())
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(begun, 0o666 & ~mask)


def _put(begun: list[tuple[Path, Path | None]]) -> None:
    """Put files in their places; an error puts back what was there."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for n, (place, new) in enumerate(begun, 1):
            with named(place):
                # Nothing can fail after the last.
                if n < len(begun):
                    done.append((place, _kept(place)))
                if new is not None:
                    os.replace(new, place)
                else:
                    place.unlink(missing_ok=True)
    except BaseException:
        for place, old in reversed(done):
            with suppress(OSError):
                if old is not None:
                    os.replace(old, place)
                else:
                    place.unlink(missing_ok=True)
        raise
    finally:
        for _, old in done:
            if old is not None:
                with suppress(OSError):
                    old.unlink(missing_ok=True)


def _kept(place: Path) -> Path | None:
    """A second name for what is at a place, or a copy where the file system knows no second names."""
    if not place.exists():
        return None
    kept = _blank(place)
    try:
        try:
            kept.unlink()
            os.link(place, kept)
        except OSError:
            shutil.copyfile(place, kept)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    return kept


def sweep(root: Path, names: Iterable[str]) -> None:
    """Take away what programs that were ended left behind of files of these names; nobody else may be writing them."""
    ours = re.compile("|".join(re.escape(_BEGUN.format(name)) + r"[a-z0-9_]{8}" for name in names))
    for left in root.iterdir() if root.is_dir() else ():
        if ours.fullmatch(left.name):
            with suppress(OSError):
                left.unlink()

"""The folder of a data set: what may be written to, by one run at a time, and what helps where it cannot be."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .chunkwork import OWN
from .errors import FORCE, RESUME, UserError

_FULL = (errno.ENOSPC, errno.EDQUOT)


class CorpusError(UserError):
    """A data set folder that cannot be used, or a run that cannot go on; the message says why and what to do."""


def is_corpus(folder: str | Path) -> bool:
    """Say whether a folder is a data set that `gongkai corpus` wrote, finished or not."""
    return (Path(folder) / OWN).is_dir()


def check_no_corpus(inputs: Iterable[str | Path]) -> None:
    """Raise CorpusError where a data set is given in the place of reports: its tables are none."""
    if (given := next((i for i in inputs if is_corpus(i)), None)) is not None:
        cure = "give the reports it was made of; gongkai report, spread, trend, recurring, reuse and other commands of figures take it"
        raise CorpusError(f"{given} is a data set that gongkai corpus wrote, and no folder of reports; {cure}")


def begun(root: Path) -> bool:
    """Say whether a run has come so far that there is something to go on with."""
    return (root / OWN / "chunks").exists()


def check_place(root: Path, go_on: bool) -> None:
    """Raise CorpusError where a folder holds something else, or a data set and it is not said what to do with it."""
    if root.exists() and not root.is_dir():
        raise CorpusError(f"{root} is a file; give a folder")
    if not root.exists() or not (held := sorted(os.listdir(root))):
        return
    if not is_corpus(root):
        raise CorpusError(f"{root} holds {held[0]}, which gongkai corpus did not write; give another folder")
    if not go_on and begun(root):
        state = "holds a data set" if (root / "run.json").exists() else "holds an unfinished data set"
        raise CorpusError(f"{root} {state}; give {RESUME} to go on and keep what is unchanged, or {FORCE} to do all anew")


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Make the folder and keep a second run out; the system frees the lock of a run that was ended.

    Where nothing was begun, nothing that was made here stays. Raises CorpusError where the folder cannot be made or another run is there.
    """
    from filelock import FileLock, Timeout

    made = [p for p in (root, *root.parents) if not p.exists()]
    try:
        (root / OWN).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise CorpusError(f"{root}: cannot be made ({error.strerror}: {error.filename}); give another folder, or mend that") from error
    lock = FileLock(root / OWN / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise CorpusError(f"{root}: another run is writing there; wait for its end, or give another folder") from error
    try:
        yield
    finally:
        with suppress(OSError):
            if not begun(root):
                # While the lock is held: whoever waits for a file that is gone begins anew.
                (root / OWN / "lock").unlink()
        lock.release()
        with suppress(OSError):
            if not begun(root):
                for folder in (root / OWN, *made):
                    folder.rmdir()


@contextmanager
def cured(root: Path) -> Iterator[None]:
    """Say what helps where the data set cannot be written."""
    full = f"{root}: the disk is full; free some space and go on with {RESUME}: what is done is kept"
    try:
        yield
    except sqlite3.OperationalError as error:
        raise CorpusError(full if "full" in str(error) else f"{root}: cannot be written ({error}); give another folder") from error
    except OSError as error:
        if error.errno in _FULL:
            raise CorpusError(full) from error
        if error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(root):
            cure = f"mend that and go on with {RESUME}" if begun(root) else "give another folder, or mend that"
            raise CorpusError(f"{root}: cannot be written ({error.strerror}); {cure}") from error
        raise

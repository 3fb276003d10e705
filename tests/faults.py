"""Failures of the disk on demand: the n-th call that changes something there fails, or everything after so many bytes does."""

from __future__ import annotations

import builtins
import errno
import io
import os
import resource
from contextlib import contextmanager

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Calls of `os` that change what is on disk, besides opening and writing.
CALLS = ("replace", "rename", "link", "mkdir", "fsync", "chmod", "truncate")


class Faults:
    """Counts the calls that change something below a folder and fails the `n`-th of them, or `on` from it; `seen` tells what they were."""

    def __init__(self, root, n=0, number=errno.ENOSPC, on=False):
        self.root, self.n, self.number, self.goes_on = os.path.abspath(root), n, number, on
        self.seen, self._open = [], {}

    @property
    def hit(self):
        return 0 < self.n <= len(self.seen)

    def below(self, path):
        place = self._open.get(path, "") if isinstance(path, int) else os.path.abspath(os.fsdecode(path))
        return place == self.root or place.startswith(self.root + os.sep)

    def count(self, what, path, told=True):
        if not self.below(path):
            return
        self.seen.append((what, str(self._open.get(path, path) if isinstance(path, int) else path)))
        if len(self.seen) == self.n or (self.goes_on and self.hit):
            # As the system says it: with the path where the call was given one.
            raise OSError(self.number, os.strerror(self.number), *([] if isinstance(path, int) or not told else [str(path)]))

    @contextmanager
    def on(self, monkeypatch):
        """Fail calls of this process; those of libraries in C are seen where they are handed an open file."""
        raw_open, opened = os.open, io.open
        with monkeypatch.context() as patch:

            def low(path, flags, *args, **kwargs):
                if not flags & WRITING:
                    return raw_open(path, flags, *args, **kwargs)
                self.count("open", path)
                handle = raw_open(path, flags, *args, **kwargs)
                self._open[handle] = os.path.abspath(os.fsdecode(path))
                return handle

            def high(file, mode="r", *args, **kwargs):
                if not set(mode) & set("wax+"):
                    return opened(file, mode, *args, **kwargs)
                if not isinstance(file, int):
                    self.count("open", file)
                place = self._open.get(file, "/") if isinstance(file, int) else file
                return _File(opened(file, mode, *args, **kwargs), self, place)

            patch.setattr(os, "open", low)
            patch.setattr(io, "open", high)
            patch.setattr(builtins, "open", high)
            for name in CALLS:
                # Tests need not wait for the disk.
                patch.setattr(os, name, self._counted(name, (lambda _: None) if name == "fsync" else getattr(os, name)))
            yield self

    def _counted(self, name, call):
        def counting(path, *args, **kwargs):
            self.count(name, path)
            return call(path, *args, **kwargs)

        return counting


class _File:
    """A file of whose writes the first, second, fourth, eighth … is counted."""

    def __init__(self, file, faults, place):
        self._file, self._faults, self._place, self._writes = file, faults, place, 0

    def write(self, content):
        self._writes += 1
        if not self._writes & (self._writes - 1):
            self._faults.count("write", self._place, told=False)
        return self._file.write(content)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        self._file.__enter__()
        return self

    def __exit__(self, *error):
        return self._file.__exit__(*error)

    def __iter__(self):
        return iter(self._file)


@contextmanager
def room_for(size):
    """Let no file of this process grow past so many bytes, whoever writes it, SQLite and Arrow too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def held(folder):
    """What is below a folder: the bytes of files by path, None for folders."""
    return {p.relative_to(folder).as_posix(): None if p.is_dir() else p.read_bytes() for p in sorted(folder.rglob("*"))}

"""Uploaded files on disk: each under the SHA-256 of its bytes, within caps; a name that somebody gave is text and never a path."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..read.sniff import kinds
from ..resources import data
from ..together import write_whole
from .store import now

_SHA = re.compile("[0-9a-f]{64}")
_FACTS, _COMING = ".facts", ".coming-"
_NAME = 100
_MB = 1_000_000
# Bytes between two looks at how much of the disk is free.
_LOOK = 8 * _MB
_TABLES = ("rows", "archive")


class UploadError(UserError):
    """A file that is not taken; `key` and `values` say why in the words of the page, `status` is that of HTTP."""

    def __init__(self, key: str, status: int = 422, **values: object) -> None:
        super().__init__(data("review_look.yaml")[f"upload_{key}"]["en"].format(**values))
        self.key, self.status, self.values = f"upload_{key}", status, values


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be uploaded: megabytes of one file, files of one request, files and megabytes kept, megabytes that the disk keeps free;
    and, of one report, the characters and the statements that are analysed."""

    megabytes: int = 50
    files: int = 50
    kept: int = 1_000
    kept_megabytes: int = 5_000
    free_megabytes: int = 500
    characters: int = 1_000_000
    statements: int = 5_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder that holds the uploads of a study: `study.db-files` beside `study.db`."""

    study: Path
    caps: Caps = field(default_factory=Caps)

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.study.with_name(f"{self.study.name}-files")


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file: the hash of its bytes, the name it came with, bytes, when it came (UTC), and where it is."""

    sha256: str
    name: str
    size: int
    at: str
    path: Path


def clean_name(name: str) -> str:
    """Return the name of a file as a text to show: its last part, on one line, without signs that cannot be seen.

    >>> clean_name("../../etc/青禾镇\\x00 2021年.docx"), clean_name("C:\\\\reports\\\\.."), len(clean_name("x" * 9000 + ".pdf"))
    ('青禾镇 2021年.docx', '?', 100)
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).strip("/\\ "))[-1]
    shown = " ".join("".join(c for c in last if c.isprintable() or c.isspace()).split())
    if len(shown) > _NAME:
        stem, dot, ending = shown.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) < 10 else ""
        shown = shown[: _NAME - len(ending)] + ending
    return shown if shown.strip(". ") else "?"


def is_sha(text: str) -> bool:
    """Say whether a text can be the hash of an upload."""
    return bool(_SHA.fullmatch(text))


def tidy(shelf: Shelf) -> int:
    """Remove what an interrupted upload left behind, and return how many files that were; call it only where nobody uploads."""
    folder = _folder(shelf)
    known = {name for u in uploads(shelf) for name in (u.path.name, f"{u.sha256}{_FACTS}")}
    left = [p for p in folder.iterdir() if p.name not in known and (p.name.startswith(".") or is_sha(p.stem))]
    for path in left:
        path.unlink()
    return len(left)


def uploads(shelf: Shelf) -> list[Upload]:
    """Return the uploads that are whole, newest first."""
    if not shelf.folder.exists():
        return []
    found = (_known(shelf, p.stem) for p in _folder(shelf).glob(f"*{_FACTS}") if is_sha(p.stem))
    return sorted((u for u in found if u), key=lambda u: (u.at, u.sha256), reverse=True)


def upload(shelf: Shelf, sha256: str) -> Upload:
    """Return one upload; raises UploadError where there is none."""
    found = _known(shelf, sha256) if is_sha(sha256) and shelf.folder.exists() else None
    if not found:
        raise UploadError("gone", 404)
    return found


def remove(shelf: Shelf, sha256: str) -> None:
    """Remove an upload from the disk; what was loaded of it into the study stays there."""
    known = upload(shelf, sha256)
    with _disk():
        # The facts first: a file without them is no upload any more.
        (_folder(shelf) / f"{sha256}{_FACTS}").unlink(missing_ok=True)
        known.path.unlink(missing_ok=True)


def is_intact(known: Upload) -> bool:
    """Say whether the bytes on disk are still those that were uploaded."""
    try:
        with known.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == known.sha256
    except OSError:
        return False


class Coming:
    """A file on its way in: written piece by piece, then kept as a whole or not at all; `size` is how large it is said to be."""

    def __init__(self, shelf: Shelf, size: int | None = None) -> None:
        self.shelf, self.size = shelf, 0
        self._folder, self._hash = _folder(shelf), hashlib.sha256()
        most = shelf.caps.megabytes * _MB
        _check_room(shelf, most if size is None else min(size, most))
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=_COMING)
        self._path, self._file = Path(name), os.fdopen(handle, "wb")

    def __enter__(self) -> Coming:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, piece: bytes) -> None:
        """Add bytes; raises UploadError past a cap."""
        size = self.size + len(piece)
        if size > self.shelf.caps.megabytes * _MB:
            raise UploadError("large", 413, megabytes=self.shelf.caps.megabytes)
        if size // _LOOK > self.size // _LOOK:
            _check_free(self.shelf, 0)
        self._hash.update(piece)
        with _disk():
            self._file.write(piece)
        self.size = size

    def keep(self, name: str) -> tuple[Upload, bool]:
        """Keep the file under its hash and return it, and whether it is new; bytes that are there already keep their first name.

        Raises UploadError for a file without bytes and one of a kind that holds many reports.
        """
        if not self.size:
            raise UploadError("empty")
        shown = clean_name(name)
        ending = Path(shown).suffix.lower()
        if kinds().get(ending) in _TABLES:
            raise UploadError("many_reports", ending=ending)
        with _disk():
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self._hash.hexdigest()
        if known := _known(self.shelf, sha256):
            return known, False
        path = self._folder / (sha256 + (ending if ending in kinds() else ""))
        facts: dict[str, Any] = {"name": shown, "size": self.size, "at": now(), "file": path.name}
        with _disk():
            os.replace(self._path, path)
            # Last: without its facts a file is no upload, so that what is half there is never taken for whole.
            write_whole(self._folder / f"{sha256}{_FACTS}", json.dumps(facts, ensure_ascii=False).encode("utf-8"))
        return Upload(sha256, shown, self.size, facts["at"], path), True

    def close(self) -> None:
        """End the writing; what was not kept is gone."""
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)


def _folder(shelf: Shelf) -> Path:
    """The folder, made where it is not there; never one that a link leads to."""
    folder = shelf.folder
    with _disk():
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UploadError("link", 409, folder=folder.name)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _known(shelf: Shelf, sha256: str) -> Upload | None:
    """An upload whose facts and bytes are both there and fit; anything else is none."""
    facts_file = shelf.folder / f"{sha256}{_FACTS}"
    try:
        facts = json.loads(facts_file.read_text("utf-8"))
        ending = str(facts["file"]).removeprefix(sha256)
        path = shelf.folder / f"{sha256}{ending}"
        if (ending and ending not in kinds()) or path.is_symlink() or path.stat().st_size != facts["size"]:
            return None
        return Upload(sha256, clean_name(facts["name"]), int(facts["size"]), str(facts["at"]), path)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check_room(shelf: Shelf, size: int) -> None:
    caps = shelf.caps
    sizes = [entry.stat(follow_symlinks=False).st_size for entry in os.scandir(shelf.folder) if not entry.name.endswith(_FACTS)]
    if len(sizes) >= caps.kept:
        raise UploadError("too_many", 413, kept=caps.kept)
    if sum(sizes) + size > caps.kept_megabytes * _MB:
        raise UploadError("full", 413, megabytes=caps.kept_megabytes)
    _check_free(shelf, size)


def _check_free(shelf: Shelf, size: int) -> None:
    if shutil.disk_usage(shelf.folder).free - size < shelf.caps.free_megabytes * _MB:
        raise UploadError("disk", 507, megabytes=shelf.caps.free_megabytes)


@contextlib.contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UploadError("unwritten", 507, reason=error.strerror or str(error)) from error

"""Which model is which, and where its folder is: a study may have been moved, so that the hash tells and not the place."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PureWindowsPath

from ..resources import resource
from .store import latest

SHIPPED = "default"
_MODELS = "-models"
_SHOWN = 8
# What stands before the names of models that are known by what they said.
_SAID = ("run", "table")


@dataclass(frozen=True, slots=True)
class Called:
    """What a model is called: its `kind` (`shipped`, `number` for one made from a study, `run`, `table`, `folder`), name and hash."""

    kind: str
    name: str
    hash: str

    def __str__(self) -> str:
        return " ".join(filter(None, ["model" if self.kind == "number" else "", self.name, self.hash]))


def called(name: str, sha256: str = "") -> Called:
    """Return what a model is called: no path, and the beginning of its hash.

    >>> str(called("/home/li/study-models/2", "3f2a9c1b77aa")), str(called("C:\\\\m\\\\mine", "3f2a9c1b77aa")), str(called("default"))
    ('model 2 3f2a9c1b', 'mine 3f2a9c1b', 'default')
    """
    hash, place = sha256[:_SHOWN], PureWindowsPath(name)
    if name == SHIPPED or (sha256 and sha256 == hash_of(resource("models", "default"))):
        return Called("shipped", SHIPPED, hash)
    if place.name.isdecimal() and place.parent.name.endswith(_MODELS):
        return Called("number", place.name, hash)
    word, _, rest = name.partition(" ")
    return Called(word, rest, hash) if word in _SAID and rest else Called("folder", place.name, hash)


def hash_of(folder: str | Path) -> str:
    """Return the hash by which the model in a folder is known, that of its `model.json`, or an empty text where there is no model."""
    file = Path(folder) / "model.json"
    try:
        known = file.stat()
        return _hash(file, known.st_mtime_ns, known.st_size) if (file.parent / "weights.npz").is_file() else ""
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _hash(file: Path, changed: int, size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def folder_of(db: sqlite3.Connection, name: str, sha256: str) -> str | None:
    """Return the folder of a model (None for the shipped one): where it was, else any beside the study, which may have been moved.

    Raises ModelError where it is not at hand as it was.
    """
    from ..store import ModelError

    for folder in _at_hand(db, name, sha256):
        return folder
    raise ModelError(f"the model {called(name, sha256)} is not at hand as it was; put its folder back, or train anew")


def _at_hand(db: sqlite3.Connection, name: str, sha256: str) -> Iterator[str | None]:
    if name != SHIPPED and hash_of(name) == sha256:
        yield name
    # A run's record tells the hash, not the folder.
    if hash_of(resource("models", "default")) == sha256:
        yield None
    own = models_folder(db)
    # Of a study that was renamed, the folder may have kept its name.
    for root in [own, *sorted(p for p in own.parent.glob(f"*{_MODELS}") if p != own)]:
        if root.is_dir():
            yield from (str(folder) for folder in sorted(root.iterdir()) if hash_of(folder) == sha256)


def models_folder(db: sqlite3.Connection) -> Path:
    """Return the folder of the models made from a study, beside it: `<study>-models`."""
    file = Path(db.execute("PRAGMA database_list").fetchone()["file"])
    return file.with_name(f"{file.stem}{_MODELS}")


def model_in_use(db: sqlite3.Connection) -> Called | None:
    """Return what the model in use is called, or None where the study has none."""
    row = _in_use(db)
    return called(row["name"], row["sha256"]) if row else None


def missing(db: sqlite3.Connection) -> Called | None:
    """Return the model in use where its folder is not to be found, so that it can code no further statement; else None."""
    row = _in_use(db)
    if row is None or any(True for _ in _at_hand(db, row["name"], row["sha256"])):
        return None
    return called(row["name"], row["sha256"])


def _in_use(db: sqlite3.Connection) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute("SELECT name, sha256 FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
    return found

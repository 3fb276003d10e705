"""What a corpus holds, kept on disk: its files in a fixed order, their metadata rows, and which ids are taken.

A walk in memory takes some 2 KB a report; this one a few names of the folder it is in.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from .errors import UserError
from .metadata import inside, metadata_for, metadata_stream
from .read import Found, Reading, Walk
from .read.walk import hidden, meet
from .records import Failure

_TABLES = """
pragma journal_mode = off; pragma synchronous = off; pragma temp_store = file; pragma cache_size = -16000;
create table files (n integer primary key, path text, root text, name text, id text, member text, scope integer, row text);
create table taken (id blob primary key) without rowid;
create table metadata (scope integer, report text, row text, used integer, primary key (scope, report)) without rowid;
create table failures (n integer primary key, file text, stage text, reason text, cure text);
"""
_AHEAD = 500
# The scope of a table that is given for all reports.
_ALL = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the corpus, its metadata row, and the scope of the table that rows of it are looked up in."""

    file: Found
    row: Mapping[str, object] | None
    scope: int


class Taken:
    """A set of names of one sort, on disk."""

    def __init__(self, db: sqlite3.Connection, sort: str) -> None:
        self._db, self._sort = db, sort.encode("utf-8", "surrogatepass") + b"\0"

    def _digest(self, name: str) -> bytes:
        return blake2b(self._sort + name.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    def __contains__(self, name: object) -> bool:
        return self._db.execute("select 1 from taken where id = ?", (self._digest(str(name)),)).fetchone() is not None

    def add(self, name: str) -> None:
        """Take a name."""
        self._db.execute("insert or ignore into taken values (?)", (self._digest(name),))


class _Rows(Mapping[str, Mapping[str, object]]):
    """The metadata rows of one scope, on disk; the ones looked up are noted as used."""

    def __init__(self, db: sqlite3.Connection, scope: int) -> None:
        self._db, self._scope = db, scope

    def __contains__(self, report: object) -> bool:
        found = self._db.execute("select 1 from metadata where scope = ? and report = ?", (self._scope, report))
        return found.fetchone() is not None

    def __getitem__(self, report: str) -> Mapping[str, object]:
        key = (self._scope, report)
        self._db.execute("update metadata set used = 1 where scope = ? and report = ? and not used", key)
        return json.loads(self._db.execute("select row from metadata where scope = ? and report = ?", key).fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        return (r for (r,) in self._db.execute("select report from metadata where scope = ?", (self._scope,)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Listing:
    """The files below the inputs, in the order of `read.walk`, in a database file that is of no use afterwards.

    `skip` is a folder to pass over, such as the one written into. A metadata table holds for tables of texts too, whose rows are
    looked up in it by their ids.
    """

    def __init__(self, inputs: Iterable[str | Path], place: Path, metadata: str | Path | None, reading: Reading, skip: Path) -> None:
        self._db = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)
        # Never committed: the file is thrown away, and each change by itself would take three times as long.
        self._db.execute("begin")
        self._scopes: dict[Path, int] = {}
        self._told: set[int] = set()
        self._whole = metadata is not None
        if metadata is not None:
            self._load(metadata, _ALL)
        self.passed_over: Counter[str] = Counter()
        self.ids, real, links = self.taken("id"), self.taken("file"), []
        for root, name, path, home in _files(inputs, self, skip):
            if path.is_symlink():
                links.append((root, name, path, path.resolve()))
            else:
                self._meet(root, name, path, home / path.name, reading, real)
        # A file keeps its own name, not that of a link to it.
        for root, name, path, target in links:
            self._meet(root, name, path, target, reading, real)

    def taken(self, sort: str) -> Taken:
        """Return the names of one sort that are taken."""
        return Taken(self._db, sort)

    def _meet(self, root: Path, name: str, path: Path, file: Path, reading: Reading, real: Taken) -> None:
        if str(file) in real:
            return
        real.add(str(file))
        met, packed = Walk(passed_over=self.passed_over), []
        for found in meet(root, name, path, file, reading, met, self.ids):
            self.ids.add(found.id)
            packed.append(found)
        self.fail(met.failures)
        if not packed:
            return
        scope = self._scope(packed[0].root)
        rows: Mapping[str, Mapping[str, object]] = {}
        if packed[0].member and not self._whole:
            rows, idle = inside(packed)
            self._db.executemany("insert or ignore into metadata values (-1, ?, '{}', 0)", ((i,) for i in idle))
        for f in packed:
            row = self.row(f.name, scope) or self.row(f.id, scope) or rows.get(f.id)
            told = json.dumps(row, ensure_ascii=False) if row else None
            cells = (str(f.path), str(f.root), f.name, f.id, f.member, scope, told)
            self._db.execute("insert into files (path, root, name, id, member, scope, row) values (?, ?, ?, ?, ?, ?, ?)", cells)

    def fail(self, failures: Iterable[Failure]) -> None:
        """Note files that cannot be found or opened."""
        cells = ((f.file, f.stage, f.reason, f.cure) for f in failures)
        self._db.executemany("insert into failures (file, stage, reason, cure) values (?, ?, ?, ?)", cells)

    def _scope(self, root: Path) -> int:
        if self._whole:
            return _ALL
        if root not in self._scopes:
            self._scopes[root] = len(self._scopes) + 1
            if (root / "metadata.csv").is_file():
                self._load(root / "metadata.csv", self._scopes[root])
        return self._scopes[root]

    def _load(self, table: str | Path, scope: int) -> None:
        def take(report: str, row: dict[str, object]) -> bool:
            cells = (scope, report, json.dumps(row, ensure_ascii=False))
            return self._db.execute("insert or ignore into metadata values (?, ?, ?, 0)", cells).rowcount == 1

        metadata_stream(table, take)
        self._told.add(scope)

    def row(self, report: str, scope: int) -> Mapping[str, object] | None:
        """Return the metadata row of a report."""
        return metadata_for(report, _Rows(self._db, scope)) if scope in self._told else None

    def __len__(self) -> int:
        return int(self._db.execute("select count(*) from files").fetchone()[0])

    def __iter__(self) -> Iterator[Listed]:
        last = 0
        # A piece at a time: other questions are asked of the database in between.
        while rows := self._db.execute("select * from files where n > ? order by n limit ?", (last, _AHEAD)).fetchall():
            for last, path, root, name, id, member, scope, row in rows:  # noqa: B007
                yield Listed(Found(id, Path(path), Path(root), name, member), json.loads(row) if row else None, scope)

    def ending(self, endings: Iterable[str]) -> Iterator[Path]:
        """Yield the paths of the files with one of some endings, those in archives aside."""
        for ending in endings:
            found = self._db.execute("select path from files where member is null and path like ?", (f"%{ending}",))
            yield from (Path(path) for (path,) in found.fetchall())

    def failures(self) -> list[Failure]:
        """Return what cannot be found or opened."""
        return [Failure(*cells) for cells in self._db.execute("select file, stage, reason, cure from failures order by n")]

    def strays(self, most: int) -> tuple[list[str], int]:
        """Return the first metadata rows that no report has, and how many there are."""
        unused = "from metadata where not used"
        first = self._db.execute(f"select report {unused} order by scope, report limit ?", (most,)).fetchall()
        return [r for (r,) in first], int(self._db.execute(f"select count(*) {unused}").fetchone()[0])

    def close(self) -> None:
        """Close the database file."""
        self._db.close()


def _files(inputs: Iterable[str | Path], listing: Listing, skip: Path) -> Iterator[tuple[Path, str, Path, Path]]:
    """Every file below the inputs: its input, its name there, its path and the folder that this truly is in."""
    for given in inputs:
        root = Path(given)
        if root.is_file():
            yield root, root.name, root, root.parent.resolve()
        elif root.is_dir():
            for name, path, home in _below(root, root.resolve(), "", listing, skip):
                yield root, name, path, home
        else:
            listing.fail([Failure(str(root), "find", "no such file or folder", "check the spelling of the path")])


def _below(folder: Path, home: Path, above: str, listing: Listing, skip: Path) -> Iterator[tuple[str, Path, Path]]:
    try:
        with os.scandir(folder) as entries:
            listed = sorted((e.name, e.is_dir(follow_symlinks=False), e.is_symlink()) for e in entries)
    except OSError as error:
        listing.fail([Failure(str(folder), "find", error.strerror or str(error), "check that the folder may be read")])
        return
    for entry, is_folder, is_link in listed:
        name, path = f"{above}{entry}", folder / entry
        if hidden(PurePosixPath(name)):
            continue
        if not _is_text(entry):
            told = str(path).encode("utf-8", "backslashreplace").decode("utf-8")
            listing.fail([Failure(told, "find", "its name is no UTF-8", "name it anew; convmv does so for many files")])
            continue
        if is_folder:
            if home / entry != skip:
                yield from _below(path, home / entry, f"{name}/", listing, skip)
        elif is_link and path.is_dir():
            listing.passed_over["link to a folder"] += 1
        elif is_link and not path.exists():
            listing.fail([Failure(str(path), "find", "a link that leads nowhere", "mend the link or take it away")])
        else:
            with suppress(OSError):
                if is_link or path.is_file():
                    yield name, path, home


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def check_inputs(inputs: str | Path | Iterable[str | Path]) -> list[Path]:
    """Return the inputs as a list; raises UserError where there is none."""
    given = [Path(inputs)] if isinstance(inputs, str | Path) else [Path(i) for i in inputs]
    if not given:
        raise UserError("no input; give files or folders of reports")
    return given

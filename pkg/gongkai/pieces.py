"""A corpus cut into chunks that stay the same where their reports do: reports by content, chunks by what shapes their result."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from .listing import Listed, Listing
from .read import Found, ReadError, Reading, is_plain, read_found
from .read.archive import unpacking
from .read.extract import refused
from .read.rows import read_rows
from .read.sniff import HEAD, kinds
from .records import Failure, Report

# A chunk ends at this many reports or bytes, wherever it began.
_MOST, _BYTES = 4, 16_000_000
# What a file that is no plain text is taken to hold of text.
_SHARE = 16
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Plain:
    """The bytes of a plain text that are yet to be decoded."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """A report on its way: what it is known by, its metadata row, and its content as far as it is read.

    `content` is a file that a process of its own reads, the bytes of a plain text, a report, or what failed.
    """

    id: str
    source: str
    sha256: str
    row: Mapping[str, object] | None
    content: Found | Plain | Report | Failure
    size: int

    def identity(self) -> list[object]:
        """Return all of a report that its result depends on."""
        return [self.id, self.source, self.sha256, self.row]


def items(listing: Listing, reading: Reading) -> Iterator[Item]:
    """Read the files of a listing, in order and each once; a table of texts gives an item a row."""
    with ExitStack() as stack:
        packed: Path | None = None
        for listed in listing:
            file = listed.file
            if file.member is None:
                yield from _table(listed, listing, reading) if _is_table(file) else [_file(listed, reading)]
                continue
            if file.path != packed:
                stack.close()
                packed = file.path
                try:
                    unpack = stack.enter_context(unpacking(file.path))
                except (OSError, ReadError) as error:
                    unpack = _refusing(error)
            yield _member(listed, unpack, reading)


def _is_table(file: Found) -> bool:
    return kinds().get(file.path.suffix.lower()) == "rows"


def _refusing(error: Exception) -> Any:
    def unpack(*_: object) -> bytes:
        raise error

    return unpack


def _file(listed: Listed, reading: Reading) -> Item:
    file = listed.file
    try:
        size = file.path.stat().st_size
        if size > reading.limits.megabytes * 1_000_000:
            return _item(listed, f"{size} bytes", file, 0)
        with file.path.open("rb") as opened:
            head = opened.read(HEAD)
            if is_plain(file, head):
                raw = head + opened.read()
                return _item(listed, sha256(raw).hexdigest(), Plain(raw), len(raw))
            digest = sha256(head)
            while piece := opened.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        return _failed(listed, *refused(error))
    return _item(listed, digest.hexdigest(), file, size // _SHARE)


def _member(listed: Listed, unpack: Any, reading: Reading) -> Item:
    file = listed.file
    try:
        raw = unpack(file.member, reading.limits)
    except ReadError as error:
        return _failed(listed, str(error), error.cure)
    except OSError as error:
        return _failed(listed, *refused(error))
    plain = is_plain(file, raw[:HEAD])
    return _item(listed, sha256(raw).hexdigest(), Plain(raw) if plain else file, len(raw) if plain else len(raw) // _SHARE)


def _failed(listed: Listed, reason: str, cure: str) -> Item:
    return _item(listed, reason, Failure(listed.file.source, "read", reason, cure), 0)


def _item(listed: Listed, known: str, content: Found | Plain | Failure, size: int) -> Item:
    return Item(listed.file.id, listed.file.source, known, listed.row, content, size)


def _table(listed: Listed, listing: Listing, reading: Reading) -> Iterator[Item]:
    file = listed.file
    for row in read_rows(file.path, file.id, reading.text_column, listing.taken(f"rows of {file.id}")):
        if isinstance(row, Failure):
            yield Item(row.file, row.file, _known([row.stage, row.reason, row.cure]), None, row, 0)
            continue
        # Two tables may number their rows alike.
        report = replace(row, id=f"{file.id}#{row.id}") if row.id in listing.ids else row
        listing.ids.add(report.id)
        try:
            known = _known([report.text, dict(report.metadata), report.warnings])
            report.id.encode("utf-8")
        except UnicodeEncodeError:
            failure = Failure(row.source, "read", "holds half a character (a lone surrogate)", "write the row again, in UTF-8")
            yield Item(row.source, row.source, failure.reason, None, failure, 0)
            continue
        yield Item(report.id, report.source, known, listing.row(report.id, listed.scope), report, len(report.text) * 3)


def _known(parts: list[object]) -> str:
    return sha256(json.dumps(parts, ensure_ascii=False, default=str).encode("utf-8")).hexdigest()


def cut(given: Iterable[Item], mean: int) -> Iterator[list[Item]]:
    """Cut items into chunks of `mean` on average and four times that at most.

    A chunk ends after an item whose id says so, so that what is added, taken away or named anew leaves all chunks but its own as
    they were. Chunks that reach a bound move those after them, up to the next end that an id tells.

    >>> made = [Item(str(n), "", "", None, Plain(b""), 0) for n in range(400)]
    >>> [len(c) for c in cut(made, 50)], [len(c) for c in cut(made[:80] + made[81:], 50)]
    ([200, 26, 74, 50, 50], [200, 25, 74, 50, 50])
    """
    chunk: list[Item] = []
    size = 0
    for item in given:
        chunk.append(item)
        size += item.size
        ends = int.from_bytes(sha256(item.id.encode("utf-8", "backslashreplace")).digest()[:8], "big") % mean == 0
        if ends or len(chunk) >= _MOST * mean or size >= _BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def key_of(chunk: list[Item], settings: str) -> str:
    """Return what a chunk's result is known by: a hash over the settings and over all that its reports depend on."""
    told = json.dumps([settings, [item.identity() for item in chunk]], ensure_ascii=False, default=str)
    return sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def read_chunk(chunk: list[Item], reading: Reading) -> list[Item]:
    """Read the files of a chunk that need a process of their own, on all cores; a file that crashes its reader costs itself."""
    waiting = [item.content for item in chunk if isinstance(item.content, Found)]
    if not waiting:
        return chunk
    done = iter(list(read_found(waiting, reading)))
    return [replace(item, content=next(done)) if isinstance(item.content, Found) else item for item in chunk]


def expected(listing: Listing) -> int | None:
    """Return how many reports a listing promises, counting the rows of its tables; None where that takes reading a CSV file."""
    total, counts = len(listing), {".parquet": _rows_of, ".jsonl": _lines_of}
    for path in listing.ending([*counts, ".csv"]):
        if path.suffix.lower() == ".csv":
            return None
        total += counts[path.suffix.lower()](path) - 1
    return total


def _lines_of(path: Path) -> int:
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b""))


def _rows_of(path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        # Reading it will say what is wrong.
        return 0

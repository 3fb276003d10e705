"""The work on one chunk of a corpus: code its reports, write its part files, and note last what was written."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from .analyse import Prepared, code_safely, load, prepare_safely
from .careful import failed
from .garbage import collected_later
from .model import StatementCoder
from .parts import COLUMNS, TABLES, joined, part_bytes, tables_of
from .pieces import Item, Plain
from .read import read_plain
from .records import Analysis, Failure, Report, Tables
from .tables import statutory_tables
from .together import write_whole

OWN = ".gongkai"
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk to be done, wherever that is: `parent` is the process that waits for it on the same machine, 0 for none."""

    folder: Path
    key: str
    items: list[Item]
    model: Path
    model_sha256: str
    tables: bool
    parent: int = 0


@lru_cache(maxsize=1)
def _coder(model: Path, _sha256: str) -> StatementCoder:
    return load(model)


def do_chunk(task: Task) -> dict[str, Any]:
    """Code the reports of a chunk, write its parts and its record, and return the record; the same chunk gives the same bytes.

    Raises OSError where they cannot be written.
    """
    coder = _coder(task.model, task.model_sha256)
    counts, made = Counts(), list[dict[str, Any]]()
    for analyses, failures in _coded(task.items, coder):
        read, troubled = _statutory(analyses) if task.tables else ({}, [])
        counts.add(analyses, failed := [*failures, *troubled])
        made.append(tables_of(analyses, failed, read))
    tables = joined(made)
    contents = {name: part_bytes(table) for name, table in tables.items()}
    if task.parent and os.getppid() != task.parent:
        # Whoever waited for this was ended; another run may be at work on the folder.
        raise SystemExit(1)
    parts = {}
    for name, content in contents.items():
        write_whole(part(task.folder, name, task.key), content)
        parts[name] = {"sha256": hashlib.sha256(content).hexdigest(), "rows": tables[name].num_rows}
    further = tables["reports"].column_names[len(COLUMNS["reports"]) :] if "reports" in tables else []
    record = {"key": task.key, "counts": counts.told(), "parts": parts, "further": further}
    write_whole(record_path(task.folder, task.key), (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8"))
    return record


def part(folder: Path, table: str, key: str) -> Path:
    """Return the place of a part file."""
    return folder / table / f"{key}.parquet"


def record_path(folder: Path, key: str) -> Path:
    """Return the place of a chunk's record."""
    return folder / OWN / "chunks" / f"{key}.json"


def known(folder: Path, key: str) -> dict[str, Any] | None:
    """Return the record of a chunk that was done before, or None where it, or a part of it, is missing or damaged."""
    try:
        record = json.loads(record_path(folder, key).read_text("utf-8"))
        if record["key"] != key or not set(record["parts"]) <= set(TABLES):
            return None
        for name, told in record["parts"].items():
            with part(folder, name, key).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != told["sha256"]:
                    return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return record


def _coded(items: Iterable[Item], coder: StatementCoder) -> Iterator[tuple[list[Analysis], list[Failure]]]:
    """Code a batch after the other; what fails becomes a Failure."""
    flow = (_prepared(item) for item in items)
    while batch := _some(flow):
        done = [*(p for p in batch if isinstance(p, Failure)), *code_safely([p for p in batch if isinstance(p, Prepared)], coder)]
        yield [d for d in done if isinstance(d, Analysis)], [d for d in done if isinstance(d, Failure)]


def _some(flow: Iterator[Prepared | Failure]) -> list[Prepared | Failure]:
    with collected_later():
        return list(islice(flow, _BATCH))


def _prepared(item: Item) -> Prepared | Failure:
    content = item.content
    report = read_plain(item.id, item.source, content.raw) if isinstance(content, Plain) else content
    if not isinstance(report, Report):
        assert isinstance(report, Failure)
        return report
    return prepare_safely(report, item.row)


def _statutory(analyses: Iterable[Analysis]) -> tuple[dict[str, Tables], list[Failure]]:
    read, failures = {}, []
    for a in analyses:
        try:
            read[a.report.id] = statutory_tables(a.report, a.sections)
        except Exception as error:
            failures.append(failed(a.report.source, "tables", error))
    return read, failures


class Counts:
    """How many reports, statements and failures there are, reports with warnings, and of which roles and kinds."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter(reports=0, statements=0, doubtful=0, failures=0)
        self.roles: Counter[str] = Counter()
        self.sections: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()

    def add(self, analyses: list[Analysis], failures: list[Failure]) -> None:
        """Count some more."""
        statements, doubtful = sum(len(a.codings) for a in analyses), sum(bool(a.warnings) for a in analyses)
        self.sums.update(reports=len(analyses), statements=statements, doubtful=doubtful, failures=len(failures))
        self.roles.update(c.role for a in analyses for c in a.codings)
        self.sections.update(s.kind for a in analyses for s in a.sections)
        self.missing.update(m.kind for a in analyses for m in a.missing)

    def told(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        tallies = {"roles": self.roles, "sections": self.sections, "missing": self.missing}
        return dict(self.sums) | {name: dict(sorted(tally.items())) for name, tally in tallies.items()}

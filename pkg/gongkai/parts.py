"""The tables of a corpus on disk: their columns and types, which never depend on what a chunk happens to hold."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd

from .analyse import failure_frame, report_frame, segment_frame, tag_frame
from .records import Analysis, Failure, Tables
from .tables import findings_frame, tables_frame

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("statements", "sections", "reports", "tables", "checks", "failures")
_TEXT, _TEXTS, _WHOLE, _NUMBER = "text", "texts", "whole", "number"
_SCORES, _EVIDENCE = "scores", "evidence"
_PLACE = {"start": _WHOLE, "end": _WHOLE}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "statements": {
        "report": _TEXT, "body": _TEXT, "year": _WHOLE, "level": _TEXT, "region": _TEXT, "kind": _TEXT, "path": _TEXTS, **_PLACE,
        "text": _TEXT, "role": _TEXT, "themes": _TEXTS, "role_score": _NUMBER, "theme_scores": _SCORES, "evidence": _EVIDENCE,
    },
    "sections": {
        "report": _TEXT, "kind": _TEXT, "number": _WHOLE, "title": _TEXT, "start": _WHOLE, "body_start": _WHOLE, "end": _WHOLE,
        "confidence": _NUMBER, "warnings": _TEXTS, "text": _TEXT,
    },
    "reports": {
        "report": _TEXT, "body": _TEXT, "year": _WHOLE, "level": _TEXT, "region": _TEXT, "source": _TEXT, "body_from": _TEXT,
        "year_from": _TEXT, "level_from": _TEXT, "region_from": _TEXT, "region_candidates": _TEXT, "warnings": _TEXTS,
        "missing": _TEXTS, "characters": _WHOLE, "text_sha256": _TEXT,
    },
    "tables": {
        "report": _TEXT, "table": _TEXT, "row": _TEXT, "column": _TEXT, "value": _NUMBER, "raw": _TEXT, **_PLACE,
    },
    "checks": {
        "report": _TEXT, "check": _TEXT, "table": _TEXT, "row": _TEXT, "column": _TEXT, "expected": _NUMBER, "found": _NUMBER,
        "message": _TEXT, "places": _TEXTS,
    },
    "failures": {"file": _TEXT, "stage": _TEXT, "reason": _TEXT, "cure": _TEXT},
}  # fmt: skip


_TAKEN = frozenset({*COLUMNS["statements"], *COLUMNS["reports"]})


def schema(name: str, further: Iterable[str] = ()) -> pa.Schema:
    """Return the schema of a table, with the `further` columns of the user's metadata, which are texts."""
    import pyarrow as pa

    types = {
        _TEXT: pa.string(),
        _TEXTS: pa.list_(pa.string()),
        _WHOLE: pa.int64(),
        _NUMBER: pa.float64(),
        _SCORES: pa.list_(pa.struct([("code", pa.string()), ("score", pa.float64())])),
        _EVIDENCE: pa.list_(pa.struct([("code", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("weight", pa.float64())])),
    }
    return pa.schema([*((c, types[t]) for c, t in COLUMNS[name].items()), *((c, pa.string()) for c in further)])


def tables_of(analyses: Sequence[Analysis], failures: Sequence[Failure], read: Mapping[str, Tables] | None) -> dict[str, pa.Table]:
    """Return the tables of a chunk that have rows; `read` are the statutory tables by report, where they are wanted."""
    coded = tag_frame(analyses)
    coded["theme_scores"] = coded["theme_scores"].map(lambda scores: [{"code": k, "score": v} for k, v in scores.items()])
    frames = {
        "statements": coded,
        "sections": segment_frame(analyses),
        "reports": _reports(analyses),
        "tables": tables_frame(read or {}),
        "checks": findings_frame(read or {}),
        "failures": failure_frame(failures),
    }
    return {name: _arrow(name, frame) for name, frame in frames.items() if len(frame)}


def _reports(analyses: Sequence[Analysis]) -> pd.DataFrame:
    own = COLUMNS["reports"]
    frame = report_frame(analyses)
    frame = frame[[c for c in own if c in frame]].copy()
    frame["missing"] = [[m.kind for m in a.missing] for a in analyses]
    frame["characters"] = [len(a.report.text) for a in analyses]
    frame["text_sha256"] = [sha256(a.report.text.encode("utf-8")).hexdigest() for a in analyses]
    given = [_further(a.report.metadata) for a in analyses]
    for name in sorted({name for row in given for name in row}):
        frame[name] = [row.get(name) for row in given]
    return frame


def _further(metadata: Mapping[str, object]) -> dict[str, str]:
    """The user's columns as texts, whatever they are: a type that is known after the last row only would differ between chunks."""
    named: dict[str, str] = {}
    for name, value in sorted(metadata.items(), key=lambda item: item[0] in _TAKEN):
        while name in _TAKEN or name in named:
            name += "_given"
        named[name] = str(value)
    return named


def _arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    further = [str(c) for c in frame if c not in COLUMNS[name]] if name == "reports" else []
    wanted = schema(name, further)
    return pa.Table.from_pandas(frame[wanted.names], wanted, preserve_index=False).replace_schema_metadata(None)


def joined(made: Sequence[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """Return the tables of several batches as one of each, in the order of the tables."""
    import pyarrow as pa

    found = {name: [tables[name] for tables in made if name in tables] for name in TABLES}
    whole = {name: pa.concat_tables(parts, promote_options="default") for name, parts in found.items() if parts}
    # A batch has the further columns of its own reports only.
    orders = {name: schema(name, sorted(set(table.column_names) - set(COLUMNS[name]))) for name, table in whole.items()}
    return {name: table.select(orders[name].names).combine_chunks() for name, table in whole.items()}


def part_bytes(table: pa.Table) -> bytes:
    """Return a part file: Parquet of one row group, zstd."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=max(1, table.num_rows))
    return buffer.getvalue()

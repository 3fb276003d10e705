"""Rows of tables into a study: reports, sections and statements that it has not yet; what differs is said, nothing is overwritten."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from ..export import plain
from ..features import as_path
from ..repair import repair
from .extras import ID
from .given import NEEDED
from .store import StudyError

_PLACE = ("body", "year", "level", "region")
_ABOUT = (*_PLACE, "source", "sha256", "warnings")
_LOOKED_AT = 20

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Differing:
    """A statement that was given and not taken over.

    `why` is `text` (the study has another text at this place), `overlap` (statements in force, `known` the first, are cut otherwise
    there) or `report` (the text of the report is another one now).
    """

    report: str
    start: int
    end: int
    why: str
    given: str
    known: str = ""


def statement_rows(frame: pd.DataFrame) -> list[Row]:
    """Return a table of statements as rows in reading order, checked; raises StudyError naming the row (from 1) and the cure."""
    if lacking := [c for c in NEEDED if c not in frame]:
        raise StudyError(f"the statements lack the column {', '.join(lacking)}; give the table that gongkai tag wrote")
    rows = _records(frame)
    for n, row in enumerate(rows, 1):
        row["report"] = _text(row["report"])
        wrong = "has no report" if not row["report"] else "has no text" if not _text(row["text"]) else ""
        try:
            row["start"], row["end"] = _whole(row["start"]), _whole(row["end"])
        except (TypeError, ValueError):
            wrong = wrong or f"has the place {row['start']}-{row['end']}, which are no numbers"
        if wrong or not 0 <= row["start"] < row["end"]:
            said = wrong or f"has the place {row['start']}-{row['end']}, which is none"
            raise StudyError(f"statement {n} of the table {said}; give it as gongkai tag wrote it, or leave it out")
        row["path"], row["kind"] = as_path(row.get("path")), _text(row.get("kind"))
    return sorted(rows, key=itemgetter("report", "start", "end"))


def table_rows(frame: pd.DataFrame | None) -> list[Row]:
    """Return a table as rows, none where there is no table."""
    return [] if frame is None else _records(frame)


def _records(frame: pd.DataFrame) -> list[Row]:
    columns = [[plain(v) for v in frame[c].tolist()] for c in frame]
    return [dict(zip(map(str, frame.columns), row, strict=True)) for row in zip(*columns, strict=True)]


def _whole(value: Any) -> int:
    if int(value) != float(value):
        raise ValueError
    return int(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def add_reports(
    db: sqlite3.Connection, rows: Sequence[Row], reports: pd.DataFrame | None, sections: pd.DataFrame | None
) -> tuple[int, int, set[str]]:
    """Add reports and what is newly known of them; return how many are new, how many known ones are described anew, and those whose
    text is another one now."""
    about: dict[str, Row] = {_text(r): {} for r in (sections["report"].tolist() if sections is not None else ())}
    about |= {row["report"]: row for row in reversed(rows)}
    told = table_rows(reports)
    about |= {_text(row["report"]): row for row in told if _text(row["report"])}
    new, described, changed = 0, 0, set()
    for report, row in about.items():
        given = {name: _cell(name, row.get(name)) for name in _ABOUT}
        known = db.execute(f"SELECT {', '.join(_ABOUT)} FROM reports WHERE id = ?", (report,)).fetchone()
        if known is None:
            new += 1
            values = [given[name] if name != "warnings" else given[name] or "[]" for name in _ABOUT]
            db.execute(f"INSERT INTO reports (id, {', '.join(_ABOUT)}) VALUES (?{', ?' * len(_ABOUT)})", (report, *values))
            continue
        if given["sha256"] and known["sha256"] and given["sha256"] != known["sha256"]:
            changed.add(report)
            continue
        anew = {name: v for name, v in given.items() if v is not None and v != known[name]}
        described += any(name in anew for name in _PLACE)
        if anew:
            db.execute(f"UPDATE reports SET {', '.join(f'{name} = ?' for name in anew)} WHERE id = ?", (*anew.values(), report))
    return new, described, changed


def _cell(name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if name == "year":
        try:
            return _whole(value)
        except (TypeError, ValueError):
            raise StudyError(f"year {value!r} is no year; give a number such as 2021, or leave it empty") from None
    if name == "warnings":
        return json.dumps([value] if isinstance(value, str) else list(value), ensure_ascii=False) if value else None
    return str(value)


def add_sections(db: sqlite3.Connection, sections: pd.DataFrame, rows: Sequence[Row], changed: set[str]) -> tuple[int, list[str]]:
    """Add the sections that the study has not; return how many, and the reports whose sections are of another text than their
    statements."""
    given: dict[str, list[Row]] = {}
    for row in _records(sections):
        if row["text"] is not None and row["start"] is not None and _text(row["report"]) not in changed:
            given.setdefault(_text(row["report"]), []).append(row)
    mine = {report: list(of) for report, of in groupby(rows, itemgetter("report"))}
    added, unfit = 0, []
    for report, parts in given.items():
        if not _fit(parts, mine.get(report, [])):
            unfit.append(report)
            continue
        taken = [(r["start"], r["end"]) for r in db.execute("SELECT start, end FROM sections WHERE report = ?", (report,))]
        for p in parts:
            if any(p["start"] < end and p["end"] > start for start, end in taken):
                continue
            values = (report, _text(p["kind"]), p["number"], _text(p["title"]), p["start"], p["body_start"], p["end"], p["text"])
            db.execute(
                "INSERT INTO sections (report, kind, number, title, start, body_start, end, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values
            )
            added += 1
    return added, unfit


def _fit(parts: Sequence[Row], statements: Sequence[Row]) -> bool:
    """Whether sections hold the statements of their report where these say they stand; a few tell."""
    if any(len(p["text"]) != p["end"] - p["start"] for p in parts):
        return False
    seen = right = 0
    for row in statements[:_LOOKED_AT]:
        for p in parts:
            if p["start"] <= row["start"] and row["end"] <= p["end"]:
                source = p["text"][row["start"] - p["start"] : row["end"] - p["start"]]
                seen += 1
                right += source == row["text"] or repair(source).text == row["text"]
    return 2 * right >= seen


def add_statements(db: sqlite3.Connection, rows: Sequence[Row], changed: set[str]) -> tuple[int, int, list[Differing]]:
    """Add the statements that the study has not, and put its `ID` into the row of each that it has now.

    Returns how many are new, how many were known, and those not taken over.
    """
    following = db.execute("SELECT coalesce(max(id), 0) + 1 FROM statements").fetchone()[0]
    first, known = following, 0
    differing: list[Differing] = []
    for report, of in groupby(rows, itemgetter("report")):
        there = db.execute("SELECT id, start, end, text, retired FROM statements WHERE report = ?", (report,)).fetchall()
        places = {(r["start"], r["end"]): r for r in there}
        force = sorted((r["start"], r["end"], r["text"]) for r in there if r["retired"] is None)
        fresh = []
        for row in of:
            start, end, text = row["start"], row["end"], row["text"]
            same = places.get((start, end))
            if same and same["text"] == text:
                row[ID] = same["id"]
                known += 1
            elif same:
                differing.append(Differing(report, start, end, "text", text, same["text"]))
            elif report in changed:
                differing.append(Differing(report, start, end, "report", text))
            elif met := _overlapped(force, start, end):
                differing.append(Differing(report, start, end, "overlap", text, met))
            else:
                insort(force, (start, end, text))
                row[ID] = following
                following += 1
                fresh.append((row[ID], report, row["kind"], start, end, text, json.dumps(row["path"], ensure_ascii=False)))
        db.executemany("INSERT INTO statements (id, report, kind, start, end, text, path) VALUES (?, ?, ?, ?, ?, ?, ?)", fresh)
    return following - first, known, differing


def _overlapped(force: Sequence[tuple[int, int, str]], start: int, end: int) -> str:
    """The text of a statement in force that a place meets; they never meet each other."""
    at = bisect_left(force, (start,))
    beside = [*force[max(0, at - 1) : at], *force[at : at + 1]]
    return next((text for a, b, text in beside if a < end and b > start), "")


def join_sections(db: sqlite3.Connection, reports: Iterable[str]) -> None:
    """Tell statements which section holds them, where that is not told yet."""
    db.executemany(
        "UPDATE statements SET section = (SELECT c.id FROM sections AS c WHERE c.report = statements.report"
        " AND c.start <= statements.start AND c.end >= statements.end) WHERE report = ? AND section IS NULL",
        [(r,) for r in reports],
    )


def said(rows: Iterable[Row]) -> Iterable[Mapping[str, Any]]:
    """Return the rows that a model coded, with the scores that tell so."""
    return (r for r in rows if ID in r and r.get("role") and r.get("role_score") is not None)


def probability(value: Any) -> float:
    """Return the score in a cell; raises StudyError where it is no probability."""
    try:
        score = float(value)
    except (TypeError, ValueError):
        score = -1.0
    if not 0 <= score <= 1:
        raise StudyError(f"role_score {value!r} is no probability; give the table as gongkai tag wrote it")
    return score

"""The same report under two names, as where its web page and its Word file were both loaded: it would count twice."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations

# Characters from which on the same statements tell the same report, where its office and year are not known.
_LONG = 20
_SHARE = 0.8


def report_ids(db: sqlite3.Connection) -> set[str]:
    """Return the reports of a study."""
    return {row["id"] for row in db.execute("SELECT id FROM reports")}


def doubled(db: sqlite3.Connection, before: Collection[str]) -> list[str]:
    """Return what is to be said where reports that were not there `before` are the same as others; nothing where none is."""
    same = twins(db, report_ids(db).difference(before))
    if not same:
        return []
    said = f"{len({name for pair in same for name in pair})} reports have the same text under two names, such as {' and '.join(same[0])}"
    return [f"{said}; they count twice: load one file of each report into a new study, or count one of them only"]


def twins(db: sqlite3.Connection, among: Collection[str]) -> list[tuple[str, str]]:
    """Return pairs of reports of a study that are the same, at least one of each pair among those given.

    The same are reports of which all statements are equal but for blanks and punctuation, and reports of one office and year that share
    four fifths of the statements of the shorter one. Reports that are known to be of two offices or years are not the same: what they
    share is reused.
    """
    about = {r["id"]: r for r in db.execute("SELECT id, body, year FROM reports")}
    said: dict[str, list[str]] = defaultdict(list)
    for report, text in db.execute("SELECT report, text FROM statements WHERE origin = 'loaded' ORDER BY report, start"):
        said[report].append(re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)))
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for report, row in about.items():
        for key in _keys(row, said[report]):
            alike[key].append(report)
    given, found = set(among), set[tuple[str, str]]()
    for key, reports in alike.items():
        for a, b in combinations(reports, 2):
            if not given.isdisjoint((a, b)) and not _contrary(about[a], about[b]) and (key[0] != "of" or _shared(said[a], said[b])):
                found.add((a, b))
    return sorted(found)


def _keys(row: sqlite3.Row, said: list[str]) -> Iterator[tuple[object, ...]]:
    """What the same report has in common with itself."""
    if len(whole := "".join(said)) >= _LONG:
        yield "said", whole
    if row["body"] and row["year"] and said:
        yield "of", row["body"], row["year"]


def _contrary(a: sqlite3.Row, b: sqlite3.Row) -> bool:
    return any(a[name] and b[name] and a[name] != b[name] for name in ("body", "year"))


def _shared(a: list[str], b: list[str]) -> bool:
    mine, others = set(a), set(b)
    return len(mine & others) >= _SHARE * min(len(mine), len(others))

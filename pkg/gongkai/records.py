"""The records that travel through gongkai, and the columns of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "preface",
    "overview",
    "proactive",
    "requests",
    "litigation",
    "problems",
    "measures",
    "other_matters",
    "fees",
    "consultation",
    "unknown",
)
CODED_KINDS = ("problems", "measures")

SEGMENT_COLUMNS = (
    "report", "kind", "number", "title", "start", "body_start", "end", "confidence", "warnings", "text",
)  # fmt: skip
TAG_COLUMNS = (
    "report", "body", "year", "level", "region", "kind", "path", "start", "end", "text",
    "role", "themes", "role_score", "theme_scores", "evidence",
)  # fmt: skip
TABLE_COLUMNS = ("report", "table", "row", "column", "value", "raw", "start", "end")
FINDING_COLUMNS = ("report", "check", "table", "row", "column", "expected", "found", "message", "places")

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its place in the grid (from 0), how many rows and columns it spans, and its text at `[start, end)`."""

    row: int
    column: int
    start: int
    end: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose cells the file itself tells apart, in reading order; an empty cell has `start == end`."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its fixed text and what is known about who wrote it; every offset in gongkai counts characters of `text`.

    `furniture` are the stretches of `text` that belong to the page and not to what it says (page numbers, running heads);
    `grids` the tables that the file marks as such; `origins` says where body, year, level and region were read from.
    """

    id: str
    text: str
    source: str = ""
    body: str | None = None
    year: int | None = None
    level: str | None = None
    region: str | None = None
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    furniture: tuple[tuple[int, int], ...] = ()
    grids: tuple[Grid, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def readable(self) -> str:
        """Return `text` with blanks where its furniture stands: as long as `text`, so that offsets stay."""
        parts, last = [], 0
        for start, end in self.furniture:
            parts += [self.text[last:start], " " * (end - start)]
            last = end
        return "".join([*parts, self.text[last:]]) if parts else self.text


@dataclass(frozen=True, slots=True)
class Section:
    """One section: heading at `[start, body_start)`, body at `[body_start, end)`, `confidence` in 0-1.

    >>> Section("problems", 5, "存在的主要问题及改进情况", 0, 15, 40, 0.9).kind
    'problems'
    """

    kind: str
    number: int | None
    title: str
    start: int
    body_start: int
    end: int
    confidence: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A section that was looked for and not found, with the reason."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One coded unit: `text` is the repaired one-line form, `report.text[start:end]` the source, `path` the headings above it."""

    start: int
    end: int
    text: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The characters of the source, `[start, end)`, that carried one code, with their share of its score."""

    code: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Coding:
    """A statement with its role, its themes, the score of every code (probability, 0-1) and the evidence."""

    statement: Statement
    role: str
    themes: tuple[str, ...]
    scores: Mapping[str, float]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be worked on: where it stopped, why, and what would cure it."""

    file: str
    stage: str
    reason: str
    cure: str


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of a statutory table: `raw` as written at `[start, end)`, `value` its number (money in 万元).

    `raw` is "" for a blank cell and None for one that could not be placed with certainty; 0, blank, "/" and 无 stay apart.
    """

    table: str
    row: str
    column: str
    value: float | None
    raw: str | None
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the tables that does not add up, or could not be read, with its places in the source."""

    check: str
    table: str
    row: str | None
    column: str | None
    expected: float | None
    found: float | None
    message: str
    places: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The statutory tables of one report, cell by cell in reading order, and what was found about them."""

    cells: tuple[TableCell, ...] = ()
    findings: tuple[Finding, ...] = ()

    def value(self, table: str, row: str, column: str) -> float | None:
        """Return the number of one cell, or None where there is none."""
        return next((c.value for c in self.cells if (c.table, c.row, c.column) == (table, row, column)), None)


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that gongkai says of one report."""

    report: Report
    sections: tuple[Section, ...]
    codings: tuple[Coding, ...]
    missing: tuple[Missing, ...] = ()
    warnings: tuple[str, ...] = ()
    _tables: list[Tables] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def tables(self) -> Tables:
        """The statutory tables of the report, read when first asked for."""
        if not self._tables:
            from .tables import statutory_tables

            self._tables.append(statutory_tables(self.report, self.sections))
        return self._tables[0]

    def section(self, kind: str) -> Section | None:
        """Return the first section of a kind, or None where the report has none (`missing` says why)."""
        return next((s for s in self.sections if s.kind == kind), None)

    def kind_of(self, statement: Statement) -> str:
        """Return the kind of the section that holds a statement."""
        return next((s.kind for s in self.sections if s.start <= statement.start < s.end), "unknown")

    def to_frame(self) -> pd.DataFrame:
        """Return one row a coded statement, with the columns of `gongkai tag`."""
        from .analyse import tag_frame

        return tag_frame([self])

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

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its fixed text and what is known about who wrote it; every offset in gongkai counts characters of `text`."""

    id: str
    text: str
    source: str = ""
    body: str | None = None
    year: int | None = None
    level: str | None = None
    region: str | None = None
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=lambda: _NOTHING)


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
class Analysis:
    """All that gongkai says of one report."""

    report: Report
    sections: tuple[Section, ...]
    codings: tuple[Coding, ...]
    missing: tuple[Missing, ...] = ()
    warnings: tuple[str, ...] = ()

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

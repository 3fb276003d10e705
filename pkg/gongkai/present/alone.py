"""Problems without a measure and questions to ask as numbers that can be added up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from ..spread import themes_of
from .figures import Frames, present

_PROBLEM, _MEASURE = "problem", "measure"


@dataclass(slots=True)
class Alone:
    """How many problems have no measure, and measures no problem: counts by office and theme that can be added up."""

    problems: int = 0
    measures: int = 0
    measures_alone: int = 0
    reports: int = 0
    offices: dict[object, list[int]] = field(default_factory=dict)
    themes: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, unanswered: pd.DataFrame, tables: Frames) -> None:
        """Add the problems and measures of some reports."""
        named = tables.reports.set_index("report")["body"].to_dict()
        problems, measures = (unanswered[unanswered["role"] == role] for role in (_PROBLEM, _MEASURE))
        alone = [~of["answered"].astype(bool) for of in (problems, measures)]
        self.problems += len(problems)
        self.measures += len(measures)
        self.measures_alone += int(alone[1].sum())
        self.reports += problems["report"].nunique()
        for report, themes, hit in zip(problems["report"], problems["themes"], alone[0], strict=True):
            sums = self.offices.setdefault(named.get(report) if present(named.get(report)) else report, [0, 0])
            sums[0] += hit
            sums[1] += 1
            of = themes_of(themes)
            self.themes.update(of)
            self.hits.update(of if hit else ())


@dataclass(frozen=True, slots=True)
class Asked:
    """How many questions there are and how many the report does not admit; of how many reports no table was read, None: unknown."""

    n: int
    silent: int
    untabled: int | None


@dataclass(frozen=True, slots=True)
class OfAll:
    """Numbers over all reports, where the frames given hold those of some: None where they hold all."""

    alone: Alone | None = None
    asked: Asked | None = None
    failures: int | None = None


def asked(questions: pd.DataFrame) -> Asked:
    """Return the numbers of some questions."""
    silent = sum(present(v) and not v for v in questions["admitted"])
    return Asked(len(questions), silent, without_tables(questions))


def without_tables(questions: pd.DataFrame) -> int | None:
    """Return of how many reports no statutory table was read, None where the frame does not tell (it was read from a file)."""
    return questions.attrs.get("without_tables")

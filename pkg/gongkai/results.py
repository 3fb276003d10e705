"""What figures are made from: a table that `gongkai tag` wrote, or the whole folder that `gongkai report` wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .dataset import is_corpus, open_corpus
from .errors import UserError
from .export import read_table
from .records import CODED_KINDS, TAG_COLUMNS
from .spread import check_columns

_CURE = "give a table that gongkai tag wrote, or a folder that gongkai report or corpus wrote"


@dataclass(frozen=True, slots=True)
class Results:
    """Coded statements; a row a report, where there is one; and of these the reports that count in a denominator."""

    statements: pd.DataFrame
    reports: pd.DataFrame | None = None
    coded: pd.DataFrame | None = None


def read_results(path: str | Path, reports: str | Path | None = None) -> Results:
    """Read coded statements and, from a folder of `gongkai report` or `corpus` or a table of their own, the reports they come from.

    `coded` are the reports of a folder that have a part on problems or measures, with or without a statement; all those of a table
    given as `reports`, which wins over the folder's. Raises TableError for what cannot be read and UserError for a folder of others.
    """
    given = Path(path)
    if not given.exists():
        raise UserError(f"{given}: no such file or folder; {_CURE}")
    about = None if reports is None else read_table(reports)
    if about is not None:
        check_columns(about, ["report"])
    if is_corpus(given):
        import pyarrow.compute as pc

        corpus = open_corpus(given)
        # What says how sure the coder was is the better half of a large table, and no figure is made from it.
        statements = corpus.statements([c for c in TAG_COLUMNS if c not in ("theme_scores", "evidence")])
        own = corpus.reports() if about is None else about
        coded = pc.field("kind").isin(CODED_KINDS)
        has = {*corpus.table("sections", ["report"], coded)["report"].unique().to_pylist(), *statements["report"].unique()}
        return Results(statements, own, own[own["report"].isin(has)])
    if not given.is_dir():
        return Results(read_table(given), about, about)
    statements, sections, own = (table_of(given, name) for name in ("statements", "sections", "reports"))
    about = own if about is None else about
    has = set(sections.loc[sections["kind"].isin(CODED_KINDS), "report"]) | set(statements["report"])
    return Results(statements, about, about[about["report"].isin(has)])


def counted(given: Results) -> list[str]:
    """Return in words what the shares of reports count, where that is not simply every report there is.

    >>> counted(Results(pd.DataFrame({"report": ["a"]}), both := pd.DataFrame({"report": ["a", "b"]}), both))
    ['shares of reports are over 2 reports, 1 of them without a statement; leave out of --reports what should not count']
    """
    spoken = set(given.statements["report"]) if "report" in given.statements else set()
    if given.coded is None or given.reports is None:
        cure = "others are not counted: give --reports FILE, or the folder of gongkai report, for those that should be"
        return [f"shares of reports are over the {len(spoken)} reports with a statement; {cure}"] if spoken else []
    reports = set(given.coded["report"])
    silent, left = len(reports - spoken), len(set(given.reports["report"]) - reports)
    return counted_reports(len(reports), silent, left, given.coded is given.reports)


def counted_reports(reports: int, silent: int, left: int, chosen: bool = False) -> list[str]:
    """Return `counted` for so many reports: those of them without a statement, those left out, and whether the user chose them."""
    said = f"shares of reports are over {reports} reports"
    said += f", {silent} of them without a statement" if silent else ""
    said += f"; left out, without a part on problems or measures: {left}" if left else ""
    said += "; leave out of --reports what should not count" if silent and chosen else ""
    return [said] if silent or left else []


def table_of(folder: str | Path, name: str) -> pd.DataFrame:
    """Read one table of a folder that `gongkai report` or `gongkai corpus` wrote, by its name without the ending."""
    if is_corpus(folder):
        return open_corpus(folder).frame(name)
    run_of(folder)
    file = Path(folder) / f"{name}.parquet"
    if not file.exists():
        raise UserError(f"{folder}: holds no {file.name}; {_CURE}")
    return read_table(file)


def run_of(folder: str | Path) -> dict[str, Any] | None:
    """Return the record of the run that wrote a folder, None where gongkai did not; raises UserError where it is not done, or was ended."""
    try:
        run = json.loads((Path(folder) / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(run, dict) or run.get("program") != "gongkai":
        return None
    if run.get("unfinished"):
        raise UserError(f"{folder}: this folder is unfinished, or being written; run gongkai report again with the same input")
    return run

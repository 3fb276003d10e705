"""From the theme of a problem to the theme of the measure that answers it, as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .answers import answers
from .codebook import Codebook
from .errors import UserError
from .spread import themes_of

FLOW_COLUMNS = ("problem", "measure", "answered", "mentions")
PROBLEM, MEASURE = "problem", "measure"
_AT = ["report", "start"]


def flow_table(statements: pd.DataFrame, pairs: pd.DataFrame | None = None, codebook: Codebook | None = None) -> pd.DataFrame:
    """Return how often problems of a theme are answered by measures of a theme: `problem, measure, answered, mentions`.

    A mention is a problem and one theme it has, so that the mentions of a theme add up to its `count` of statements in `spread`. The
    mention is shared evenly among the measures that `pairs` (what `answers` returned; made here where it is not given) has for
    the problem, and a measure's share among its themes. `measure` is missing where nothing answers (`answered` False) or the
    measure has no theme; `problem` where the problem has none. The largest first. Raises UserError for tables of another make and for
    pairs of other statements.

    >>> rows = [("a", 0, "一是更新不及时。", "problem", "timeliness"), ("a", 9, "二是人手不足。", "problem", "capacity"),
    ...         ("a", 17, "下一步，一是按月更新，并增加人手。", "measure", "timeliness;capacity")]
    >>> table = flow_table(pd.DataFrame(rows, columns=["report", "start", "text", "role", "themes"]))
    >>> table[["problem", "measure", "mentions"]].values.tolist()
    [['capacity', 'capacity', 0.5], ['capacity', 'timeliness', 0.5], ['timeliness', 'capacity', 0.5], ['timeliness', 'timeliness', 0.5]]
    """
    frame = _statements(statements)
    found = _pairs(frame, answers(statements, codebook) if pairs is None else pairs)
    found["part"] = 1 / found.groupby(["report", "problem"])["measure"].transform("size")
    measures = frame[frame["role"] == MEASURE]
    measures = measures.assign(share=1 / measures["theme"].map(len)).explode("theme")
    to = found.merge(measures, left_on=["report", "measure"], right_on=_AT, suffixes=("_pair", ""))
    to = pd.DataFrame({"report": to["report"], "start": to["problem"], "measure": to["theme"], "mentions": to["part"] * to["share"]})
    rows = frame[frame["role"] == PROBLEM].explode("theme").rename(columns={"theme": "problem"}).merge(to, on=_AT, how="left")
    rows = rows.assign(answered=rows["mentions"].notna(), mentions=rows["mentions"].fillna(1.0))
    table = rows.groupby(["problem", "measure", "answered"], dropna=False)["mentions"].sum().reset_index()
    for side in ("problem", "measure"):
        table[side] = table[side].astype(object).where(table[side].notna(), None)
    return table.sort_values("mentions", ascending=False, kind="stable", ignore_index=True)[list(FLOW_COLUMNS)]


def _statements(statements: Any) -> pd.DataFrame:
    """Return `report, start, role, theme` (a list, never empty) of problems and measures."""
    needed = (*_AT, "role", "themes")
    if not isinstance(statements, pd.DataFrame) or any(c not in statements for c in needed):
        given = list(statements.columns) if isinstance(statements, pd.DataFrame) else type(statements).__name__
        raise UserError(
            f"statements with the columns {', '.join(needed)} are needed, not {given}; pass flow(statements, gongkai.answers(statements))"
        )
    frame = statements[statements["role"].isin((PROBLEM, MEASURE))]
    twice = frame[frame.duplicated(_AT)]
    if len(twice):
        report, start = twice.iloc[0][_AT]
        raise UserError(f"two statements of {report} start at {start}; give each statement once")
    themes: list[list[Any]] = [themes_of(t) or [None] for t in frame["themes"]]
    return frame[[*_AT, "role"]].assign(theme=pd.Series(themes, index=frame.index, dtype=object))


def _pairs(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    call = "pass what gongkai.answers(statements) returned for these statements"
    if not isinstance(pairs, pd.DataFrame) or any(c not in pairs for c in ("report", PROBLEM, MEASURE)):
        raise UserError(f"pairs need the columns report, {PROBLEM}, {MEASURE}; {call}")
    known = {role: set(zip(rows["report"], rows["start"], strict=True)) for role, rows in frame.groupby("role")}
    for role in (PROBLEM, MEASURE):
        stray = [at for at in zip(pairs["report"], pairs[role], strict=True) if at not in known.get(role, ())]
        if stray:
            raise UserError(f"the pairs have a {role} at {stray[0][1]} of {stray[0][0]} that the statements do not have; {call}")
    return pairs[["report", PROBLEM, MEASURE]].drop_duplicates()

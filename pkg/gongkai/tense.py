"""Whether a report tells of a thing as done or as planned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from .resources import data

if TYPE_CHECKING:
    import pandas as pd

_PROBLEM = "problem"


def tenses(statements: pd.DataFrame) -> pd.Series:
    """Return for every statement whether its report tells it as `done` (or under way) or `planned`, else `unknown`; rows keep their index.

    Told by the sentence itself, else by what runs on from the sentence before it, the lead-in or the heading. A problem ends what
    runs on. Columns read: `report, start, text, role`, and `path` and `year` where they are there.

    >>> import pandas as pd
    >>> texts = ["今年已开通公众号；", "并增设公开栏；", "2022年，还将举办培训。"]
    >>> tenses(pd.DataFrame({"report": "a", "start": [0, 9, 16], "text": texts, "role": "measure"})).tolist()
    ['done', 'done', 'planned']
    """
    import pandas as pd

    columns = statements.reindex(columns=["report", "start", "text", "role", "path", "year"]).reset_index(drop=True)
    numbers = pd.to_numeric(columns.pop("year"), errors="coerce").astype("Float64").tolist()
    years = [None if pd.isna(n) else int(n) for n in numbers]
    out = ["unknown"] * len(columns)
    for _, rows in columns.sort_values("start", kind="stable").groupby("report", sort=False, dropna=False):
        running, above = "unknown", None
        for i, text, role, path in zip(rows.index, rows["text"], rows["role"], rows["path"], strict=True):
            year, heading = years[i], _innermost(path)
            if heading != above or role == _PROBLEM:
                running, above = _of_heading(heading, year), heading
            told = _of_sentence(str(text), year)
            out[i] = told or running
            if told and role != _PROBLEM:
                running = told
    return pd.Series(out, index=statements.index, dtype=object)


def _innermost(path: object) -> str:
    """The heading right above: the last of a list, or of the text that CSV and Excel hold."""
    if isinstance(path, str):
        return path.rpartition(" > ")[2]
    return "" if path is None or isinstance(path, float) or len(path) == 0 else str(path[-1])  # type: ignore[arg-type, index]


@cache
def _cues() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile("".join(cue.split())) for name, cue in data("answers.yaml")["tense"].items()}


def _of_heading(heading: str, year: int | None) -> str:
    cues = _cues()
    if year is not None and (dated := cues["heading_dated"].search(heading)):
        return "planned" if int(dated[1]) > year else "done"
    said = {"heading_done": "done", "heading_mixed": "unknown", "heading_planned": "planned"}
    return next((tense for cue, tense in said.items() if cues[cue].search(heading)), "unknown")


def _of_sentence(text: str, year: int | None) -> str | None:
    """What the last cue of a sentence says, because its main clause is its last."""
    cues = _cues()
    last = {t: max((m.start() for m in cues[t].finditer(text)), default=-1) for t in ("done", "planned")}
    if year is not None:
        later = [m.start() for m in cues["year"].finditer(text) if int(m[1]) > year]
        last["planned"] = max(last["planned"], *later, -1)
    return None if max(last.values()) < 0 else max(last, key=lambda t: last[t])

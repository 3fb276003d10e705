"""Which measures answer which problems of a report, and what stays without an answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .codebook import Codebook, load_codebook
from .errors import UserError
from .matching import ties
from .resources import data
from .spread import themes_of
from .tense import tenses

if TYPE_CHECKING:
    import pandas as pd

ANSWER_COLUMNS = ("report", "problem", "measure", "score", "why", "tense")
_ADDED = ("answered", "partners", "tense", "partners_done", "partners_planned")
_NEEDED = ("report", "start", "text", "role", "themes")
_PROBLEM, _MEASURE = "problem", "measure"

_Pair = tuple[int, int, float, str]


class _Found(NamedTuple):
    frame: pd.DataFrame
    tense: list[str]
    pairs: list[_Pair]


def answers(statements: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
    """Return the pairs of a problem and a measure of one report that belong together: `report, problem, measure, score, why, tense`.

    `problem` and `measure` are start offsets; `score` is in 0-1, from what `why` names: a shared `theme`, the same place in the
    list (`order`), shared `wording`; `tense` is the measure's: done, planned or unknown. A guess for a reader to check, not a
    finding. Raises UserError for columns that are not there.

    >>> import pandas as pd
    >>> rows = [("a", 0, "一是更新不及时。", "problem", "timeliness"), ("a", 9, "二是人手不足。", "problem", "capacity"),
    ...         ("a", 17, "下一步，一是按月更新。", "measure", "timeliness")]
    >>> pairs = answers(pd.DataFrame(rows, columns=["report", "start", "text", "role", "themes"]))
    >>> pairs[["problem", "measure", "why", "tense"]].values.tolist()
    [[0, 17, 'theme;wording', 'planned']]
    """
    return _answers(_found(statements, codebook))


def unanswered(statements: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
    """Return the problems and measures with `answered` (bool), `partners` (how many), `tense`, `partners_done`, `partners_planned`.

    A problem without a measure and a measure without a problem have `answered` False. `tense` is that of a measure (None for a
    problem); the last two columns count a problem's measures that are done and that are planned (missing for a measure).
    """
    return _unanswered(_found(statements, codebook))


def answers_and_unanswered(statements: pd.DataFrame, codebook: Codebook | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of `answers` and of `unanswered`, whose pairs are looked for once."""
    found = _found(statements, codebook)
    return _answers(found), _unanswered(found)


def _found(statements: pd.DataFrame, codebook: Codebook | None) -> _Found:
    """The statements in order, the tense of each, and the pairs of their rows."""
    if statements.empty:
        return _Found(statements, [], [])
    if lacking := [c for c in _NEEDED if c not in statements]:
        raise UserError(f"no column {', '.join(lacking)}; there are: {', '.join(map(str, statements.columns))}")
    frame = statements.sort_values(["report", "start"], kind="stable").reset_index(drop=True)
    return _Found(frame, tenses(frame).tolist(), list(_pairs(frame, codebook)))


def _answers(found: _Found) -> pd.DataFrame:
    import pandas as pd

    if found.frame.empty:
        return pd.DataFrame(columns=list(ANSWER_COLUMNS))
    report, start = found.frame["report"].tolist(), found.frame["start"].tolist()
    rows = [(report[p], start[p], start[m], score, why, found.tense[m]) for p, m, score, why in found.pairs]
    return pd.DataFrame(rows, columns=list(ANSWER_COLUMNS))


def _unanswered(found: _Found) -> pd.DataFrame:
    import pandas as pd

    frame, said = found.frame.copy(), found.tense
    if frame.empty:
        return frame.reindex(columns=list(dict.fromkeys([*frame.columns, *_ADDED])))
    partners = Counter(n for p, m, *_ in found.pairs for n in (p, m))
    by_tense = Counter((p, said[m]) for p, m, *_ in found.pairs)
    n, is_measure = range(len(frame)), (frame["role"] == _MEASURE).tolist()
    frame["answered"] = [partners[i] > 0 for i in n]
    frame["partners"] = [partners[i] for i in n]
    frame["tense"] = pd.Series([said[i] if is_measure[i] else None for i in n], index=frame.index, dtype=object)
    for tense in ("done", "planned"):
        frame[f"partners_{tense}"] = pd.array([None if is_measure[i] else by_tense[i, tense] for i in n], dtype="Int64")
    return frame[frame["role"].isin((_PROBLEM, _MEASURE))].reset_index(drop=True)


def _pairs(frame: pd.DataFrame, codebook: Codebook | None) -> Iterator[_Pair]:
    """Give the pairs of all reports as (row of the problem, row of the measure, score, why)."""
    import numpy as np

    weights, least, shown = (data("answers.yaml")[k] for k in ("weights", "least", "wording_shown"))
    alone = (codebook or load_codebook()).alone
    rows = np.flatnonzero(frame["role"].isin((_PROBLEM, _MEASURE)).to_numpy())
    if not len(rows):
        return
    mine = frame.iloc[rows]
    themes = [frozenset(themes_of(t)) - alone for t in mine["themes"]]
    report = mine["report"].factorize(use_na_sentinel=False)[0]
    tied = ties(report, (mine["role"] == _PROBLEM).to_numpy(dtype=bool), [str(t) for t in mine["text"]], themes)
    for p, m in tied.pairs():
        found = tied.between(p, m)
        total = weights["base"] + sum(weights[name] * value for name, value in found.items())
        keep = total >= math.log(least / (1 - least))
        reasons = {
            "theme": (found["theme"] > 0) | found["general"],
            "order": found["order"] | found["order_unequal"],
            "wording": found["wording"] >= shown,
        }
        why = zip(*(value[keep].tolist() for value in reasons.values()), strict=True)
        scores = (1 / (1 + np.exp(-total[keep]))).round(4).tolist()
        for i, j, score, speaks in zip(rows[p[keep]].tolist(), rows[m[keep]].tolist(), scores, why, strict=True):
            yield i, j, score, ";".join(name for name, here in zip(reasons, speaks, strict=True) if here)

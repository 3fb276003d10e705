"""Keyness: the words that set a group of statements apart from the rest."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from .divisions import index
from .errors import UserError
from .intervals import Floats, adjusted
from .offices import pattern
from .resources import data, resource_text
from .spread import check_columns, groups_of, offices_of
from .words import tokenizer, words

KEYWORD_COLUMNS = ("group", "word", "count", "rest", "log_likelihood", "log_odds", "z", "p_adjusted", "z_offices", "offices")


def keywords(
    statements: pd.DataFrame,
    by: str,
    role: str | None = None,
    prior: float = 500.0,
    cluster: str | None = "body",
    least: int = 5,
    least_offices: int = 3,
) -> pd.DataFrame:
    """Return the words that each group of one column uses more than the rest, the most distinctive of a group first.

    A row a group and word: `group, word, count, rest, log_likelihood, log_odds, z, p_adjusted, z_offices, offices`. `count` and
    `rest` are uses in the group and outside; `log_likelihood` is G² of the 2 × 2 table of word and group (Dunning 1993; Rayson &
    Garside 2000); `log_odds` the difference of the log-odds under a Dirichlet prior worth `prior` words, shared out as all
    statements use them, and `z` that over its standard deviation (Monroe, Colaresi & Quinn 2008). Both take words for drawn one by
    one, though an office repeats itself year after year: `z_offices` widens the deviation where offices use the word unevenly, by
    their linearised variance, and orders the rows. `p_adjusted` comes from it, by t with one degree less than the offices of the
    smaller side, over all words and groups (Benjamini & Hochberg 1995); it is missing where one side is a single office. `offices`
    counts those of the group that use the word.

    Left out: words of `data/stopwords.txt` or with digits, places of China and in the names of `body` and `region`, words used less
    than `least` times in all or by fewer than `least_offices` offices of the group (or all, if it has fewer). Groups of unknown are
    their own group. Raises UserError for columns that are not there, for fewer than two groups and a role nobody has.

    >>> rows = pd.DataFrame({"report": list("abcdefgh"), "level": ["乡镇"] * 4 + ["街道"] * 4,
    ...                      "text": ["人手太少，更新不及时"] * 4 + ["渠道单一，更新不及时"] * 4})
    >>> keywords(rows, "level", least=3)[["group", "word", "count", "rest"]].values.tolist()
    [['乡镇', '人手', 4, 0], ['乡镇', '少', 4, 0], ['街道', '单一', 4, 0], ['街道', '渠道', 4, 0]]
    """
    check_columns(statements, ["report", "text", by, *(["role"] if role else [])])
    if not prior > 0:
        raise UserError(f"prior {prior} is no number of words; give one above 0, such as 500")
    rows = statements[statements["role"] == role] if role else statements
    if statements.empty:
        return pd.DataFrame(columns=list(KEYWORD_COLUMNS))
    if rows.empty:
        known = ", ".join(sorted(set(statements["role"].dropna().map(str))))
        raise UserError(f"no statement has the role {role!r}; there are: {known}")
    group, keys = groups_of(rows, (by,))
    if len(keys) < 2:
        one = "is unknown for all reports" if rows[by].isna().all() else f"has one group only, {keys[0][0]}"
        raise UserError(f"{by} {one}; keywords need a rest to compare with")
    vocabulary, used = _uses(rows["text"], stop_words() | _own_places(rows))
    office = np.unique(offices_of(rows, rows, cluster), return_inverse=True)[1].ravel()
    whole = _summed(used, office, office.max() + 1)
    kept = np.flatnonzero(whole.sum(axis=0) >= least)
    tables = []
    for place, (key,) in enumerate(keys):
        mine = _summed(used[group == place], office[group == place], whole.shape[0])
        table = _against(whole, mine, kept, prior, least_offices)
        tables.append(table.assign(group=pd.Series([key] * len(table), dtype=object), place=place, word=vocabulary[table["column"]]))
    found = pd.concat(tables, ignore_index=True)
    # Words of the rest were looked at too, and count among the looks.
    found["p_adjusted"] = adjusted(found["p_adjusted"])
    found = found[found["log_odds"] > 0].sort_values(["place", "z_offices", "word"], ascending=[True, False, True])
    return found[list(KEYWORD_COLUMNS)].reset_index(drop=True)


@cache
def stop_words() -> frozenset[str]:
    """Return the words that tell nothing of a statement, and the names of the divisions of China that are not words as well."""
    lines = resource_text("stopwords.txt").splitlines()
    listed = {w for line in lines if not line.startswith("#") for w in line.split()}
    known, words_too = index(), set(data("bodies.yaml")["words_too"])
    full = {name for name in known.full if len(name) > 2 and name not in words_too}
    short = {name for name, divisions in known.short.items() if any(d.holds_counties for d in divisions)}
    return frozenset(listed | full | short)


def _own_places(rows: pd.DataFrame) -> set[str]:
    """The words of offices' and regions' names that are places: named as such, or in no dictionary."""
    found: set[str] = set()
    usual = tokenizer().FREQ
    for column in ("body", "region"):
        for name in set(rows[column].dropna().map(str)) if column in rows else ():
            places = pattern("some_place").findall(pattern("no_place").sub("·", name))
            found.update(places, (w for place in places for w, _ in words(place)), (w for w, _ in words(name) if not usual.get(w)))
    return {w for w in found if len(w) > 1}


def _uses(texts: pd.Series, stop: set[str] | frozenset[str]) -> tuple[np.ndarray, Any]:
    """The words in order, and how often each text uses each: texts × words, sparse."""
    from scipy.sparse import csr_array

    place, different = texts.fillna("").astype(str).factorize()
    ids: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for text in different:
        columns += [ids.setdefault(w, len(ids)) for w, _ in words(text) if w not in stop and not any(c.isdigit() for c in w)]
        ends.append(len(columns))
    counts = csr_array((np.ones(len(columns)), columns, ends), shape=(len(different), len(ids)))
    return np.array(list(ids), dtype=object), counts[place]


def _summed(used: Any, place: np.ndarray, n: int) -> Any:
    """Rows added up by place: places × words."""
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(n, len(place))) @ used


def _against(whole: Any, mine: Any, kept: np.ndarray, prior: float, least_offices: int) -> pd.DataFrame:
    """The measures of one group against the rest, of the words that enough of its offices use."""
    from scipy.special import stdtr, xlogy

    n, offices = mine.sum(), int((mine.sum(axis=1) > 0).sum())
    users = np.bincount(mine.indices, minlength=mine.shape[1])
    kept = kept[users[kept] >= max(min(least_offices, offices), 1)]
    total = whole.sum(axis=0)[kept]
    size = whole.sum()
    count = mine.sum(axis=0)[kept]
    rest, m = total - count, size - n
    share = prior * total / size
    a, c = count + share, rest + share
    with np.errstate(divide="ignore", invalid="ignore"):
        # Not a number where there is one word in all.
        log_odds = np.log(a / (n + prior - a)) - np.log(c / (m + prior - c))
    uneven, others = _unevenness(mine, kept), _unevenness(whole - mine, kept)
    z_offices = log_odds / np.sqrt(uneven[0] / a + others[0] / c)
    df = min(uneven[1], others[1]) - 1
    table = np.array([count, rest, n - count, m - rest])
    expected = np.array([total * n, total * m, (size - total) * n, (size - total) * m]) / size
    return pd.DataFrame(
        {
            "column": kept, "count": count.astype(np.int64), "rest": rest.astype(np.int64),
            "log_likelihood": 2 * (xlogy(table, table) - xlogy(table, expected)).sum(axis=0),
            "log_odds": log_odds, "z": log_odds / np.sqrt(1 / a + 1 / c),
            "p_adjusted": 2 * stdtr(df, -np.abs(z_offices)) if df > 0 else np.nan, "z_offices": z_offices, "offices": users[kept],
        }
    )  # fmt: skip


def _unevenness(used: Any, kept: np.ndarray) -> tuple[Floats, int]:
    """How much wider than of words drawn one by one the variance of each word's rate is, at least 1; and the number of offices."""
    spoken = used.sum(axis=1)
    n, offices = spoken.sum(), int((spoken > 0).sum())
    used = used.tocsc()[:, kept]
    count = used.sum(axis=0)
    rate = count / n if n else count
    squares = (used * used).sum(axis=0) - 2 * rate * (used.T @ spoken) + rate**2 * (spoken**2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        wider = np.divide(offices, offices - 1) * squares / count
    return np.where(np.isfinite(wider), np.maximum(wider, 1), 1.0), offices

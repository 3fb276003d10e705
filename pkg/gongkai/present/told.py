"""How the Word summary puts figures into words: shares with intervals and reserves, names of groups, facts of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import intervals
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS
from .figures import present


@dataclass(frozen=True, slots=True)
class Figure:
    """A count and its denominator; share and interval (0-1) where there are any, and the offices and reports behind it.

    `value` is the share to show: the corrected one where there is one, and then `naive` is what the machine counted. `reports` is
    given where the denominator counts something else.
    """

    count: int
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    clusters: int = 0
    naive: float | None = None
    reports: int | None = None

    @property
    def small(self) -> bool:
        """Whether too few reports or offices stand behind it."""
        return bool(self._few())

    def _few(self) -> str:
        if self.n < LEAST:
            return say("few", least=LEAST)
        if self.reports is not None and self.reports < LEAST:
            return say("few_reports", n=self.reports)
        return say("few_offices", least=LEAST_CLUSTERS) if self.clusters < LEAST_CLUSTERS else ""

    @property
    def words(self) -> str:
        """The share, its interval and what speaks against it.

        >>> Figure(9, 16, 0.5625, 0.332, 0.769, 8).words
        '56%，95%区间33%至77%'
        >>> Figure(1, 3, 1 / 3, None, None, 1).words
        '33%，只有1个机关，不给区间，分母不足5，只作参考'
        """
        if self.value is None:
            return say("figure_none")
        if self.low is None or self.high is None:
            words = say("figure_alone", percent=percent(self.value), clusters=self.clusters)
        else:
            ends = {"low": percent(self.low, end=True), "high": percent(self.high, end=True)}
            corrected = self.naive is not None
            naive = {"naive": percent(self.naive)} if self.naive is not None else {}
            words = say("figure_corrected" if corrected else "figure", percent=percent(self.value), **ends, **naive)
        return words + self._few()


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the summary: its kind (heading1, heading2, item, text, quote, chart), its text, what stands before and behind it."""

    kind: str
    text: str
    head: str = ""
    source: str = ""


def say(key: str, /, **values: object) -> str:
    """Return a sentence of `summary.yaml` with its values."""
    return str(data("summary.yaml")["sentences"][key]).format(**values)


def percent(share: float, end: bool = False) -> str:
    """Return a share in whole percent, halves up; what is neither nothing nor all never reads so, save the end of an interval.

    >>> percent(0.5625), percent(0.001), percent(0.998), percent(0.001, end=True)
    ('56%', '不足1%', '超过99%', '0%')
    """
    if not end and 0 < share < 0.005:
        return say("less")
    return say("more") if not end and 0.995 <= share < 1 else say("percent", n=intervals.half_up(share * 100))


def points(gap: float) -> str:
    """Return a difference of shares (0-1) in whole percentage points, halves up.

    >>> points(0.125), points(0.0)
    ('13', '0')
    """
    return str(intervals.half_up(gap * 100))


def number(value: object) -> float | None:
    """Return a cell as a number, None where it holds none."""
    return float(value) if present(value) else None  # type: ignore[arg-type]


def few(n: int) -> str:
    """Return the reserve to put behind a count from fewer than enough, "" where it is enough."""
    return say("few_numbers", n=n, least=LEAST) if n < LEAST else ""


def counted(hits: Sequence[bool], offices: Sequence[object], reports: int | None = None) -> Figure:
    """Return how many of some units are hits, with an interval over the offices that they come from; `reports` as in Figure.

    >>> counted([True, False, True, True], ["a", "b", "c", "c"]).clusters
    3
    """
    found: dict[object, list[int]] = {}
    for office, hit in zip(offices, hits, strict=True):
        sums = found.setdefault(office if present(office) else None, [0, 0])
        sums[0] += bool(hit)
        sums[1] += 1
    return of_offices(found.values(), reports)


def of_offices(sums: Collection[Sequence[int]], reports: int | None = None) -> Figure:
    """Return `counted` from the hits and units of each office.

    >>> of_offices([(1, 1), (0, 1), (2, 2)]).words
    '75%，95%区间5%至99%，分母不足5，只作参考'
    """
    if not sums:
        return Figure(0, 0, None)
    hits, units = np.array(list(sums), float).T[:, :, None]
    return figure_of(intervals.shares(hits, units, np.array([0])), 0, reports)


def figure_of(found: intervals.Shares, cell: int, reports: int | None = None) -> Figure:
    """Return one of the shares of a single group."""
    low, high = (number(end[0, cell]) for end in found.interval())
    n = int(found.denominator[0, cell])
    return Figure(int(found.count[0, cell]), n, float(found.share[0, cell]), low, high, int(found.clusters[0, cell]), reports=reports)


def figures_of(shares: pd.DataFrame, counts: pd.DataFrame) -> dict[tuple[str, str], Figure]:
    """Return the shares of reports by (role, theme): `shares` as `spread` or `corrected` gives them, `counts` as `spread` does."""
    found = {(r["role"], r["theme"]): r for r in counts[counts["unit"] == "reports"].to_dict("records")}
    out = {}
    for row in shares[shares["unit"] == "reports"].to_dict("records"):
        key = (row["role"], row["theme"])
        of = {**found[key], **row}
        corrected = number(row.get("corrected"))
        if "naive" in row:
            ends = ("low", "high") if corrected is not None else ("naive_low", "naive_high")
            of |= {"share": row["naive"] if corrected is None else corrected, "low": row[ends[0]], "high": row[ends[1]]}
            of["clusters"] = found[key]["clusters"]
        out[key] = Figure(
            int(of["count"]), int(of["denominator"]), number(of["share"]), number(of["low"]), number(of["high"]), int(of["clusters"]),
            number(row["naive"]) if corrected is not None else None,
        )  # fmt: skip
    return out


def years_of(years: Iterable[object]) -> str:
    """Return the span of years in words.

    >>> years_of([2021, 2019]), years_of([2021.0]), years_of([])
    ('2019—2021年', '2021年', '')
    """
    known = sorted({int(y) for y in years if present(y)})  # type: ignore[call-overload]
    if not known:
        return say("years_none")
    return say("years_one", first=known[0]) if len(known) == 1 else say("years", first=known[0], last=known[-1])


def facts(run: Mapping[str, object]) -> dict[str, str]:
    """Return what is known of a run as plain texts, by name; what one mapping holds in another as `outer.inner`, lists left out.

    >>> facts({"version": "0.1.0", "model": {"sha256": "ab", "facts": {}}, "reports": []})
    {'version': '0.1.0', 'model.sha256': 'ab'}
    """
    found: dict[str, str] = {}
    waiting = list(run.items())
    while waiting:
        key, value = waiting.pop(0)
        if isinstance(value, Mapping):
            waiting = [(f"{key}.{k}", v) for k, v in value.items()] + waiting
        elif not isinstance(value, list | tuple) and present(value):
            found[key] = str(value)
    return found

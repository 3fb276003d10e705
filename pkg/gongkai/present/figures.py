"""From the tidy tables to the numbers of the page: shares with their intervals, heat tables, sections; no HTML here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..codebook import Codebook
from ..intervals import half_up
from ..records import CODED_KINDS, SEGMENT_COLUMNS, TAG_COLUMNS
from ..regions import namings
from ..resources import data
from ..spread import LEAST, LEAST_CLUSTERS, spread

if TYPE_CHECKING:
    from .totals import Totals

SMALL, OFFICES = LEAST, LEAST_CLUSTERS
LOW = 0.6
UNITS = ("reports", "statements")
GROUPS = ("year", "level", "area")
_DESCRIBED = ("body", "year", "level", "region", "area")
_TOPS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_MOST_AREAS = 40


@dataclass(frozen=True, slots=True)
class Frames:
    """The tables of one page with their columns in order, the newest report first; `coded` are the reports with a coded section.

    Where the reports are some of many, `whole` has the figures over all; `kept` is for what is counted once.
    """

    statements: pd.DataFrame
    sections: pd.DataFrame
    reports: pd.DataFrame
    coded: pd.DataFrame
    whole: Totals | None = None
    kept: dict[tuple, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def spread(self, book: Codebook, by: str | None = None) -> pd.DataFrame:
        """Return the shares of all statements in their reports, by one column or none, as `spread` gives them; counted once."""
        if self.whole is not None:
            return self.whole.spread(by)
        key = (book.role_ids, book.theme_ids, frozenset(book.themeless_roles), by)
        if key not in self.kept:
            self.kept[key] = spread(self.statements, by=[by] if by else [], codebook=book, reports=self.coded)
        found: pd.DataFrame = self.kept[key]
        return found

    def values(self, by: str) -> int:
        """Return how many values a column has among the coded reports; the unknown are one."""
        return self.whole.values(by) if self.whole is not None else int(self.coded[by].nunique(dropna=False))


@dataclass(frozen=True, slots=True)
class Share:
    """A count and its denominator, with the ends of its interval (0-1) where it has one.

    >>> Share(9, 16).percent, Share(1, 300).percent, Share(1, 3).small, Share(9, 16, 0.332, 0.769).interval
    ('56', '<1', True, '33–77')
    """

    count: int
    n: int
    low: float | None = None
    high: float | None = None
    doubtful: bool = False

    @property
    def value(self) -> float:
        """The share in 0-1; 0 where there is nothing to divide by."""
        return self.count / self.n if self.n else 0.0

    @property
    def percent(self) -> str:
        """The share in whole percent, halves up; a count that is not 0 never reads as 0."""
        return "<1" if self.count and self.value < 0.005 else str(half_up(self.value * 100))

    @property
    def interval(self) -> str:
        """The ends of the interval in whole percent; "" where there is none."""
        return "" if self.low is None or self.high is None else f"{half_up(self.low * 100)}–{half_up(self.high * 100)}"

    @property
    def small(self) -> bool:
        """Whether the share is too uncertain to compare."""
        return self.n < SMALL or self.doubtful


@dataclass(frozen=True, slots=True)
class Heat:
    """Shares of reports by one column: `columns` are (value or None, n), `rows` are (theme, role → shares along the columns)."""

    by: str
    columns: tuple[tuple[object, int], ...]
    rows: tuple[tuple[str, dict[str, list[Share]]], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What became of one statutory section of one report: `state` is found, low, missing or not_due."""

    kind: str
    state: str
    confidence: float | None = None
    notes: tuple[str, ...] = ()


def plain_value(by: str, value: Any) -> Any:
    """Return a value of a column to group by as the page has it: a year as a whole number, what is not known as None.

    >>> plain_value("year", 2021.0), plain_value("level", "乡镇"), plain_value("level", float("nan"))
    (2021, '乡镇', None)
    """
    return (int(value) if by == "year" else value) if present(value) else None


def present(value: object) -> bool:
    """Say whether a cell holds something: not None, not NaN, not an empty text."""
    return not pd.api.types.is_scalar(value) or not (value is None or value is pd.NA or value == "" or value != value)


def listed(cell: object) -> list:
    """Return a cell that should hold a list (or tuple, or array from Parquet) as a list."""
    return list(cell) if present(cell) and not isinstance(cell, str) else [cell] if present(cell) else []  # type: ignore[call-overload]


@cache
def areas(region: str) -> tuple[str, ...]:
    """Return a region and what holds it, outermost first; a region that no list knows stands by itself.

    >>> areas("浙江省嘉兴市秀洲区"), areas("云渚市")
    (('浙江省', '浙江省嘉兴市', '浙江省嘉兴市秀洲区'), ('云渚市',))
    """
    names = next((d.names for n in namings(region) for d in n.divisions if d.path == region), (region,))
    return tuple("".join(names[: i + 1]) for i in range(len(names)))


def frames(statements: pd.DataFrame, sections: pd.DataFrame, reports: pd.DataFrame) -> Frames:
    """Bring the tables into one shape; who wrote a report, when and where comes from `reports` alone, so that all figures agree."""
    about = reports.reindex(columns=["report", *_DESCRIBED[:-1], "source"]).drop_duplicates("report").reset_index(drop=True)
    rows = statements.reindex(columns=list(TAG_COLUMNS))
    known = set(about["report"])
    if len(extra := rows[~rows["report"].isin(known)].drop_duplicates("report")):
        about = pd.concat([about, extra.reindex(columns=about.columns)], ignore_index=True)
    about["year"] = pd.to_numeric(about["year"], errors="coerce").astype(float)
    for column in ("body", "level", "region"):
        about[column] = pd.Series([v if present(v) else None for v in about[column]], index=about.index, dtype=object)
    outermost = {r: areas(str(r))[0] for r in about["region"].dropna().unique()}
    about["area"] = pd.Series([outermost.get(r) for r in about["region"]], index=about.index, dtype=object)
    about = about.sort_values("year", ascending=False, na_position="last", kind="stable").reset_index(drop=True)
    rows = rows.drop(columns=list(_DESCRIBED[:-1])).merge(about[["report", *_DESCRIBED]], on="report", how="left")
    parts = sections.reindex(columns=list(SEGMENT_COLUMNS))
    has = set(parts.loc[parts["kind"].isin(CODED_KINDS) & parts["start"].notna(), "report"]) | set(rows["report"])
    return Frames(rows, parts, about, about[about["report"].isin(has)])


def themed_roles(book: Codebook) -> list[str]:
    """Return the roles that carry themes, in the codebook's order: the first is the warm one, the second the cool one."""
    return [r for r in book.role_ids if r not in book.themeless_roles]


def _share(row: dict) -> Share:
    ends = [round(float(row[c]), 4) if present(row.get(c)) else None for c in ("low", "high")]
    return Share(int(row["count"]), int(row["denominator"]), ends[0], ends[1], bool(present(row.get("small")) and row["small"]))


def shares(tables: Frames, book: Codebook) -> dict[tuple[str, str, str], Share]:
    """Return the share of every (theme, role, unit)."""
    table = tables.spread(book)
    return {(r["theme"], r["role"], r["unit"]): _share(r) for r in table.to_dict("records")}


def ranked(of: dict[tuple[str, str, str], Share], book: Codebook, unit: str = "reports") -> list[str]:
    """Return the theme ids, the most frequent of the first role first; ties by the next role, then in the codebook's order."""
    roles = themed_roles(book)
    return sorted(book.theme_ids, key=lambda t: [-of[t, r, unit].value for r in roles])


def scale(of: dict[tuple[str, str, str], Share], unit: str) -> float:
    """Return the share at which the axis of a unit ends: the next round number above the largest share and interval."""
    largest = max((max(s.value, s.high or 0.0) for (_, _, u), s in of.items() if u == unit), default=0.0)
    return next(top for top in _TOPS if top >= min(largest, 1.0))


def leading(of: dict[tuple[str, str, str], Share], book: Codebook, role: str) -> tuple[list[str], Share] | None:
    """Return the most frequent themes of a role by reports (more than one where they tie), or None where there is no statement."""
    best = max(of[t, role, "reports"].count for t in book.theme_ids)
    tied = [t for t in book.theme_ids if of[t, role, "reports"].count == best]
    return (tied, of[tied[0], role, "reports"]) if best else None


def heats(tables: Frames, book: Codebook, order: Sequence[str]) -> list[Heat]:
    """Return the heat tables worth showing: years, levels and provinces, each where there is more than one."""
    found = {by: tables.values(by) for by in GROUPS}
    return [heat(tables, book, by, order) for by in GROUPS if found[by] > 1 and (by != "area" or found[by] <= _MOST_AREAS)]


def heat(tables: Frames, book: Codebook, by: str, order: Sequence[str]) -> Heat:
    """Return the shares of reports by `year`, `level` or `area`; what is unknown is the last column, never dropped."""
    table = tables.spread(book, by)
    table = table[table["unit"] == "reports"]
    found: dict[object, dict[tuple[str, str], Share]] = {}
    for row in table.to_dict("records"):
        value = row[by] if present(row[by]) else None
        found.setdefault(value, {})[row["theme"], row["role"]] = _share(row)
    ranks = {v: i for i, v in enumerate(data("page.yaml")["levels"])}
    values = sorted(found, key=lambda v: (v is None, ranks.get(v, len(ranks)) if by == "level" else v or 0 if by == "year" else 0, str(v)))
    columns = tuple((v, next(iter(found[v].values())).n) for v in values)
    return Heat(by, columns, tuple((t, {r: [found[v][t, r] for v in values] for r in themed_roles(book)}) for t in order))


def places(tables: Frames) -> list[tuple[dict, list[Place]]]:
    """Return for every report what became of each statutory section."""
    kinds = list(data("headings.yaml")["statutory"])
    by_place: dict[tuple[str, str], list[dict]] = {}
    for row in tables.sections.drop(columns="text").to_dict("records"):
        kind = row["title"] if row["kind"] == "missing" else row["kind"]
        by_place.setdefault((str(row["report"]), str(kind)), []).append(row)
    return [
        (about, [_place(kind, by_place.get((str(about["report"]), kind), [])) for kind in kinds])
        for about in tables.reports.to_dict("records")
    ]


def _place(kind: str, rows: list[dict]) -> Place:
    here = [r for r in rows if present(r["start"])]
    if not here:
        return Place(kind, "missing" if rows else "not_due", None, tuple(str(w) for r in rows for w in listed(r["warnings"])))
    best = max(here, key=lambda r: r["confidence"] if present(r["confidence"]) else 0.0)
    sure = float(best["confidence"]) if present(best["confidence"]) else None
    state = "low" if sure is not None and sure < LOW else "found"
    return Place(kind, state, sure, tuple(str(w) for w in listed(best["warnings"])))

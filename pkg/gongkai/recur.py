"""The same weakness year after year: what an office admits, promises, and admits again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .codebook import Codebook, load_codebook
from .errors import UserError
from .spread import themes_of
from .tense import tenses

if TYPE_CHECKING:
    import pandas as pd

RECUR_COLUMNS = (
    "body", "theme", "year", "next_year", "problem", "measure", "problem_next", "outcome", "gap", "done", "region", "report", "next_report",
)  # fmt: skip
OUTCOMES = ("recurs_despite_promise", "recurs", "disappears", "new", "absent")
_NEEDED = ("report", "role", "themes")
_PROBLEM, _MEASURE = "problem", "measure"


def recurring(statements: pd.DataFrame, reports: pd.DataFrame | None = None, codebook: Codebook | None = None) -> pd.DataFrame:
    """Return one row a body, theme and pair of consecutive reports: whether the theme is a problem in one year and again in the next.

    `problem`, `problem_next`: named as a problem in `year`, in `next_year`. `measure`: promised in `year`; `done`: told there as done
    already. `outcome`: `recurs_despite_promise`, `recurs`, `disappears`, `new` or `absent` (in neither year). The next report is the
    next one there is, `gap` the number of years between the two that lack one. Several reports of one body and year are taken
    together (`report` is `;`-joined). `reports` (`report, body, year`, and `region`, by which offices of one name are told apart)
    wins over what the statements say of themselves.

    Silence is read only from a report that has statements: `attrs["left_out"]` counts the reports that could not be placed,
    `attrs["left_out_why"]` by reason, `attrs["single"]` the bodies with one year only. Raises UserError for columns that are not
    there and themes that are not in the codebook.

    >>> import pandas as pd
    >>> rows = [("a", 2020, "problem"), ("a", 2020, "measure"), ("b", 2022, "problem")]
    >>> frame = pd.DataFrame(rows, columns=["report", "year", "role"]).assign(body="柳泉县", themes="depth")
    >>> table = recurring(frame)
    >>> table[table["outcome"] != "absent"][["theme", "year", "next_year", "outcome", "gap"]].values.tolist()
    [['depth', 2020, 2022, 'recurs_despite_promise', 1]]
    """
    book = codebook or load_codebook()
    listed = statements if reports is None else reports
    for frame, needed in ((statements, _NEEDED), (listed, ("report", "body", "year"))):
        if not frame.empty and (lacking := [c for c in needed if c not in frame]):
            raise UserError(f"no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")
    spoken = statements.reindex(columns=["report"])["report"]
    about, why = placed(offices(listed), spoken)
    why["not in the table of reports"] = int(spoken[~spoken.isin(listed.reindex(columns=["report"])["report"])].nunique())
    table, single = followed(about, told(statements, about.set_index("report")["year"], book), book.theme_ids)
    return with_left_out(table, why, single)


def followed(about: pd.DataFrame, said: pd.DataFrame, theme_ids: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Return the table of `recurring` of reports whose office is known, and how many offices have reports of one year only.

    `about` are rows of `offices`, `said` rows of `told`.
    """
    import numpy as np
    import pandas as pd

    # A row an office and year; from each to the next of the same office.
    keys = ["region", "body", "year"]
    # Where all are unknown, or nothing is there, grouping makes numbers of texts, which would not be found among texts.
    texts = {"region": object, "body": object}
    years = about.groupby(keys, dropna=False, sort=True)["report"].agg(lambda r: ";".join(sorted(map(str, r)))).reset_index().astype(texts)
    follows = years.duplicated(["region", "body"]).to_numpy(dtype=bool)
    first, second = years[np.append(follows, False)[1:]], years[follows]
    flags = (
        about.drop(columns="office")
        .merge(said, on="report")
        .drop(columns="report")
        .groupby([*keys, "theme"], dropna=False)
        .max()
        .reset_index()
        .astype(texts)
    )
    themes = pd.DataFrame({"theme": list(theme_ids)})
    flags["theme"] = flags["theme"].astype(themes["theme"].dtype)
    pairs = first.reset_index(drop=True).assign(next_year=second["year"].to_numpy(), next_report=second["report"].to_numpy())
    table = pairs.merge(themes, how="cross").merge(flags, how="left", on=[*keys, "theme"])
    after = flags[[*keys, "theme", "problem"]].rename(columns={"year": "next_year", "problem": "problem_next"})
    table = table.merge(after, how="left", on=["region", "body", "next_year", "theme"])
    for column in ("problem", "measure", "done", "problem_next"):
        table[column] = table[column].eq(True)
    cases = [
        table["problem"] & table["problem_next"] & table["measure"],
        table["problem"] & table["problem_next"],
        table["problem"],
        table["problem_next"],
    ]
    table["outcome"] = np.select(cases, list(OUTCOMES[:-1]), OUTCOMES[-1]).astype(object)
    table["gap"] = (table["next_year"] - table["year"] - 1).astype("Int64")
    table = table.astype({"year": "Int64", "next_year": "Int64", "body": object, "region": object})[list(RECUR_COLUMNS)]
    counts = years.groupby(["region", "body"], dropna=False).size()
    return table, int((counts == 1).sum())


def with_left_out(table: pd.DataFrame, why: Mapping[str, int], single: int) -> pd.DataFrame:
    """Return a table of `recurring` with what was left out of it, and why."""
    reasons = {reason: n for reason, n in why.items() if n}
    table.attrs.update(left_out=sum(reasons.values()), left_out_why=reasons, single=single)
    return table


def offices(listed: pd.DataFrame) -> pd.DataFrame:
    """Return one row a report: `report, body, year, region, office`; `office` is a key, missing where the office is not known.

    Offices of one name in several regions are told apart; where the region of one of them is not known, it cannot be.
    """
    import pandas as pd

    about = listed.reindex(columns=["report", "body", "year", "region"]).drop_duplicates("report").reset_index(drop=True)
    about["year"] = pd.to_numeric(about["year"], errors="coerce").astype("Int64")
    for column in ("body", "region"):
        about[column] = about[column].astype(object).where(about[column].notna() & (about[column] != ""), None)
    regions = about.dropna(subset=["body", "region"]).groupby("body")["region"].agg(["nunique", "first"])
    several = about["body"].map(regions["nunique"]).fillna(0) > 1
    only = about["body"].map(regions["first"]).astype(object)
    about["region"] = about["region"].where(several, only.where(only.notna(), None))
    about["office"] = about["body"].where(~several, about["region"].astype(object) + " " + about["body"])
    return about


def placed(about: pd.DataFrame, spoken: pd.Series) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of `offices` of reports with statements whose office and year are known, and how many others, by reason."""
    import pandas as pd

    reasons = {
        "no statement": ~about["report"].isin(spoken),
        "body unknown": about["body"].isna(),
        "year unknown": about["year"].isna(),
        "several offices of this name, region unknown": about["office"].isna(),
    }
    why, kept = {}, pd.Series(True, index=about.index)
    for reason, holds in reasons.items():
        why[reason] = int((kept & holds).sum())
        kept &= ~holds
    return about[kept], why


def told(statements: pd.DataFrame, years: pd.Series, book: Codebook) -> pd.DataFrame:
    """Return one row a report and theme: whether it is a problem there, a promise, and a thing done; `years` are those of the reports.

    Raises UserError for themes that are not in the codebook.
    """
    import pandas as pd

    rows = statements.reindex(columns=["report", "start", "text", "role", "themes", "path"]).reset_index(drop=True)
    done = tenses(rows.assign(year=rows["report"].map(years))) == "done"
    flags = pd.DataFrame({
        "report": rows["report"],
        "theme": rows["themes"].map(themes_of),
        "problem": rows["role"] == _PROBLEM,
        "measure": (rows["role"] == _MEASURE) & ~done,
        "done": (rows["role"] == _MEASURE) & done,
    })  # fmt: skip
    flags = flags.explode("theme").dropna(subset=["theme"])
    if unknown := sorted(set(flags["theme"]) - set(book.theme_ids)):
        said = f"the statements have themes that are not in the codebook (v{book.version}): {', '.join(unknown)}"
        raise UserError(f"{said}; give the codebook they were coded with")
    return flags.groupby(["report", "theme"])[["problem", "measure", "done"]].max().reset_index()

"""How themes spread: shares over reports and over statements, for each role, by any columns."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from .codebook import Codebook, load_codebook
from .errors import UserError

SPREAD_COLUMNS = ("role", "theme", "unit", "count", "denominator", "share")


def themes_of(cell: object) -> list[str]:
    """Return the themes in a cell of the `themes` column: a list, or a `;`-joined text as in CSV and Excel."""
    if isinstance(cell, str):
        return [t for t in cell.split(";") if t]
    return [] if cell is None or isinstance(cell, float) else [str(t) for t in cell]  # type: ignore[attr-defined]


def spread(
    statements: pd.DataFrame,
    by: Sequence[str] = (),
    codebook: Codebook | None = None,
    reports: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return theme shares as a tidy table: `*by, role, theme, unit, count, denominator, share` (share in 0-1).

    A row a group, role, theme and unit. Unit `statements`: statements of the role that carry the theme, over all statements of the
    role in the group. Unit `reports`: reports of the group with such a statement, over the reports of the group that had a coded
    section: those in `reports` (a row a report) where it is given, else those in `statements`. Groups of unknown (`by` is empty
    there) are kept as their own group. Every theme of the codebook has its row, with a count of 0 too. Raises UserError for columns
    that are not there and themes of another codebook.

    >>> rows = pd.DataFrame({"report": ["a", "a", "b"], "role": ["problem"] * 3, "themes": [["depth"], ["depth"], ["channels"]]})
    >>> table = spread(rows)
    >>> table[(table.theme == "depth") & (table.role == "problem")][["unit", "count", "denominator"]].values.tolist()
    [['reports', 1, 2], ['statements', 2, 3]]
    """
    book = codebook or load_codebook()
    by = list(by)
    for frame, needed in ((statements, ["report", "role", "themes", *by]), (reports, ["report", *by])):
        if frame is not None and (lacking := [c for c in needed if c not in frame]):
            raise UserError(f"no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")
    counted = statements[["report", "role", "themes", *by]].copy()
    counted["theme"] = counted["themes"].map(themes_of)
    listed = (reports if reports is not None else counted)[["report", *by]].drop_duplicates("report")
    coded = counted.explode("theme")
    if unknown := sorted(set(coded["theme"].dropna()) - set(book.theme_ids)):
        said = f"the statements have themes that are not in the codebook (v{book.version}): {', '.join(unknown)}"
        raise UserError(f"{said}; give the codebook they were coded with")
    roles = [r for r in book.role_ids if r not in book.themeless_roles]
    rows: list[dict[str, object]] = []
    for key, members in _groups(listed, by):
        mine = _members(counted, key, by)
        themed = _members(coded, key, by)
        for role in roles:
            of_role = themed[themed["role"] == role]
            n_statements, n_reports = int((mine["role"] == role).sum()), int(members["report"].nunique())
            by_theme = of_role.groupby("theme")["report"]
            sizes, spans = by_theme.size(), by_theme.nunique()
            for theme in book.theme_ids:
                for unit, table, n in (("reports", spans, n_reports), ("statements", sizes, n_statements)):
                    count = int(table.get(theme, 0))
                    rows.append(
                        {
                            **key,
                            "role": role,
                            "theme": theme,
                            "unit": unit,
                            "count": count,
                            "denominator": n,
                            "share": count / n if n else float("nan"),
                        }
                    )
    return pd.DataFrame(rows, columns=[*by, *SPREAD_COLUMNS])


def _groups(listed: pd.DataFrame, by: list[str]) -> list[tuple[dict[str, object], pd.DataFrame]]:
    if not by:
        return [({}, listed)]
    grouped = listed.groupby(by, dropna=False, sort=True)
    return [(dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)), rows) for key, rows in grouped]


def _members(frame: pd.DataFrame, key: dict[str, object], by: list[str]) -> pd.DataFrame:
    mask = pd.Series(True, index=frame.index)
    for column in by:
        value = key[column]
        mask &= frame[column].isna() if pd.isna(value) else frame[column] == value  # type: ignore[call-overload]
    return frame[mask]

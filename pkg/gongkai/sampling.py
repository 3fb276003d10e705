"""Samples for hand coding: drawn with known probabilities, coded blind, and read back with every mistake named."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .codebook import Codebook, load_codebook
from .errors import UserError
from .export import read_table
from .guard import unguarded
from .read import UndecodableError, decode
from .spread import check_columns, themes_of

KEY = ["report", "start", "end"]
SAMPLE_COLUMNS = (*KEY, "path", "text", "role", "themes", "probability", "drawn", "order")
DRAWN = ("statements", "reports", "offices")
# How far the statements that a sample stands for may be off the number there are, before it is said.
_OFF = 0.05


class SampleError(UserError):
    """A sample that cannot be drawn, or whose codes cannot be used; the message names the line and the cure."""


def draw(
    statements: pd.DataFrame,
    n: int,
    seed: int = 0,
    by: str | Sequence[str] | None = None,
    *,
    unit: Literal["statements", "reports"] = "statements",
    equal: bool = False,
    show: bool = False,
) -> pd.DataFrame:
    """Draw `n` statements, or `n` whole reports with all their statements, as a table to code by hand.

    Columns: `report, start, end, path, text`, empty `role` and `themes`, `probability` (of being drawn, 0-1), `drawn` (the unit) and
    `order`. The rows stand in random order (a report's together, as they are read), so that those coded first are a sample too, and
    show nothing of what the machine said, unless `show` adds `machine_role` and `machine_themes`. With `by` each group has its share
    of the sample, at least two of it, or with `equal` as many as the others. One seed gives one sample, in whatever order the
    statements stand. Raises SampleError where there are not so many, or too few for the groups.

    >>> rows = pd.DataFrame({"report": ["a", "a", "b"], "start": [0, 9, 0], "end": [9, 20, 7], "text": ["甲", "乙", "丙"]})
    >>> draw(rows, 2, seed=2)[["report", "start", "role", "probability"]].round(2).values.tolist()
    [['a', 0, '', 0.67], ['b', 0, '', 0.67]]
    """
    groups = [by] if isinstance(by, str) else list(by or ())
    if unit not in DRAWN[:2]:
        raise SampleError(f"unit {unit!r} cannot be drawn; give {' or '.join(DRAWN[:2])}")
    if statements.empty:
        raise SampleError("there are no statements to draw from; give the table that gongkai tag wrote")
    check_columns(statements, [*KEY, "text", *(["role", "themes"] if show else []), *groups])
    rows = statements.sort_values(KEY, ignore_index=True)
    _same_place(rows)
    if unhashed := [g for g in groups if not rows[g].map(pd.api.types.is_hashable).all()]:
        raise SampleError(f"cannot draw by {unhashed[0]}, whose cells are lists; draw by a column of plain texts or numbers")
    whole = unit == "reports"
    units = rows.drop_duplicates("report") if whole else rows
    if whole and groups and len(split := rows.drop_duplicates(["report", *groups])) > len(units):
        twice = split["report"][split["report"].duplicated()].iloc[0]
        raise SampleError(f"report {twice} is in several groups of {', '.join(groups)}; group reports by what is one for a report")
    if not 0 < n <= len(units):
        raise SampleError(f"cannot draw {n} of {len(units)} {unit}; give a number from 1 to {len(units)}")
    stratum = units.groupby(groups, dropna=False).ngroup().to_numpy() if groups else np.zeros(len(units), np.int64)
    random = np.random.default_rng(seed)
    size = np.bincount(stratum)
    taken = _shared_out(n, size, equal)
    mixed = random.permutation(len(units))
    place = pd.Series(stratum[mixed]).groupby(stratum[mixed]).cumcount().to_numpy()
    chosen = random.permutation(mixed[place < taken[stratum[mixed]]])
    probability = (taken / size)[stratum[chosen]]
    if whole:
        rank = pd.Index(units["report"].iloc[chosen]).get_indexer(rows["report"])
        at = np.flatnonzero(rank >= 0)
        at = at[np.argsort(rank[at], kind="stable")]
        probability, order = probability[rank[at]], rank[at]
    else:
        at, order = chosen, np.arange(n)
    told = {"machine_role": "role", "machine_themes": "themes"} if show else {}
    drawn = rows.iloc[at].reset_index(drop=True)
    machine = drawn[list(told.values())].set_axis(list(told), axis=1)
    blank = drawn.reindex(columns=[*KEY, "path", "text"]).assign(role="", themes="")
    return pd.concat([blank, machine], axis=1).assign(probability=probability, drawn=unit, order=order + 1)


def _shared_out(n: int, size: NDArray[np.int64], equal: bool) -> NDArray[np.int64]:
    """How many of each group: two first, the others one by one to whoever is furthest below its due (Sainte-Laguë)."""
    taken = np.minimum(size, 2 if len(size) > 1 else 0)
    if taken.sum() > n:
        raise SampleError(f"{n} are too few for {len(size)} groups of at least two; draw {taken.sum()} or more, or group by less")
    due = np.ones(len(size)) if equal else size.astype(float)
    for _ in range(n - int(taken.sum())):
        taken[np.argmax(np.where(taken < size, due / (2 * taken + 1), -1.0))] += 1
    return taken


def read_sample(
    sample: str | Path | pd.DataFrame, statements: pd.DataFrame, codebook: Codebook | None = None, cluster: str | None = "body"
) -> pd.DataFrame:
    """Return the codes that people gave: `row` (the place in `statements`, from 0), `role`, `themes` (lists), `probability`.

    `sample` is what `draw` gave, filled in: a .csv, .xlsx, .dta, .jsonl or .parquet file or a frame, with `report, start, end,
    role, themes`. Rows last in `order` may still be empty and are left out. Without a column `probability` all are taken to have had the
    same. Without a column `drawn`, offices, else reports, are taken to have been drawn whole where all their statements are there.
    `attrs["warnings"]` names what was taken for granted, `attrs["drawn"]` the unit that was drawn. Raises SampleError, with line
    and cure, for all else: empty rows, unknown ids, rules of the codebook broken, places not among the statements or there twice,
    probabilities outside 0-1, reports that were drawn whole and coded in part.
    """
    book = codebook or load_codebook()
    table = sample if isinstance(sample, pd.DataFrame) else _table(Path(sample))
    name = "the sample" if isinstance(sample, pd.DataFrame) else str(sample)
    try:
        check_columns(table, [*KEY, "role", "themes"])
        check_columns(statements, KEY)
    except UserError as error:
        raise SampleError(f"{name}: {error}") from error
    if table.empty:
        raise SampleError(f"{name}: holds no row; draw a sample and code it")
    _same_place(statements)
    table = table.reset_index(drop=True)
    warnings: list[str] = []
    codes = pd.DataFrame({"role": [_word(v) for v in table["role"]], "themes": [_themes(v) for v in table["themes"]]})
    keys = pd.DataFrame({"report": table["report"].map(str), **{c: pd.to_numeric(table[c], errors="coerce") for c in KEY[1:]}})
    there = pd.MultiIndex.from_frame(statements[KEY].astype({"report": str, "start": float, "end": float}))
    codes["row"] = there.get_indexer(pd.MultiIndex.from_frame(keys.astype({"start": float, "end": float})))
    codes["probability"] = 1.0
    if "probability" in table:
        codes["probability"] = pd.to_numeric(table["probability"], errors="coerce").astype(float)
    else:
        warnings.append("no column probability: every statement is taken to have had the same chance of being drawn")
    empty = (codes["role"] == "") & ~codes["themes"].map(bool)
    late = _not_reached(table, empty)
    if wrong := list(_wrong(codes, keys, empty & ~late, book)):
        more = f" (and {len(wrong) - 1} more such lines)" if len(wrong) > 1 else ""
        raise SampleError(f"{name}: {wrong[0]}{more}")
    drawn = _drawn(table["drawn"], name) if "drawn" in table else _drawn_whole(codes["row"].to_numpy(), statements, cluster)
    if drawn != "statements" and "drawn" in table:
        of_drawn = statements[statements["report"].isin(set(keys["report"][~late]))]
        if len(left := of_drawn.index.difference(statements.index[codes["row"][~late]])):
            cure = "code all statements of a report, or empty all of them"
            raise SampleError(
                f"{name}: {len(left)} statements of reports drawn whole are not coded, {_at(of_drawn.loc[left[0]])} first; {cure}"
            )
    if "probability" in table:
        first = codes if drawn == "statements" else codes[~keys["report"].duplicated()]
        meant, n = (1 / first["probability"]).sum(), len(statements) if drawn == "statements" else statements["report"].nunique()
        if abs(meant / n - 1) > _OFF:
            said = f"by their probabilities the rows stand for {meant:.0f} {drawn}, but there are {n}"
            warnings.append(f"{said}: rows may be missing, or drawn from another table; they are scaled to {n}")
    if late.any():
        warnings.append(f"{late.sum()} rows, the last in order, are not coded and left out")
    read = codes.loc[~late, ["row", "role", "themes", "probability"]].reset_index(drop=True)
    # Whoever codes all has coded whole reports, however they were drawn.
    read.attrs = {"warnings": warnings, "drawn": "reports" if len(read) == len(statements) else drawn}
    return read


def _table(file: Path) -> pd.DataFrame:
    """Read a table as people save it: spreadsheets write CSV in the encoding of their country."""
    try:
        match file.suffix.lower():
            case ".csv":
                text = io.StringIO(decode(file.read_bytes()).removeprefix("\ufeff"))
                if isinstance((table := unguarded(pd.read_csv(text, dtype=str, keep_default_na=False))).index, pd.RangeIndex):
                    return table
                raise ValueError("a line has more cells than the heading")
            case ".xlsx":
                return pd.read_excel(file, dtype=str, keep_default_na=False)
    except ImportError as error:
        raise SampleError(f"{file}: reading .xlsx needs openpyxl: pip install 'gongkai[excel]', or save the sheet as CSV") from error
    except UndecodableError as error:
        raise SampleError(f"{file}: {error}; {error.cure}") from error
    except (OSError, ValueError) as error:
        raise SampleError(f"{file}: cannot be read ({error}); give the table that gongkai sample wrote, filled in") from error
    return read_table(file)


def _wrong(codes: pd.DataFrame, keys: pd.DataFrame, empty: pd.Series, book: Codebook) -> Iterator[str]:
    """What is wrong, a line each; lines as a spreadsheet counts them, its heading being line 1."""
    seen: dict[int, int] = {}
    columns = (codes["role"], codes["themes"], codes["row"], codes["probability"], empty)
    for line, (role, themes, row, probability, bare) in enumerate(zip(*(c.tolist() for c in columns), strict=True), 2):
        wrong = ""
        if row < 0:
            wrong = "is not among the statements; give the statements it was drawn from, and leave its place as drawn"
        elif row in seen:
            wrong = f"stands in line {seen[row]} too; keep one of them"
        elif bare:
            wrong = f"is not coded; give it a role, {' or '.join(book.role_ids)}"
        elif (role or themes) and (broken := book.check(role, themes)):
            wrong = f"is coded wrongly: {'; '.join(broken)}; correct the code"
        elif not 0 < probability <= 1:
            wrong = f"has probability {probability}, which is not above 0 and up to 1; restore what gongkai sample wrote"
        if wrong:
            yield f"line {line}: {_at(keys.iloc[line - 2])} {wrong}"
        seen.setdefault(row, line)


def _not_reached(table: pd.DataFrame, empty: pd.Series) -> pd.Series:
    """The empty rows that come after all coded ones in the random order: people stopped there."""
    if "order" not in table:
        return empty & False
    order = pd.to_numeric(table["order"], errors="coerce")
    return empty & (order > order[~empty].max())


def _drawn(column: pd.Series, name: str) -> str:
    found = sorted(set(column.map(_word)))
    if len(found) > 1 or found[0] not in DRAWN:
        raise SampleError(f"{name}: drawn is {', '.join(map(repr, found))}; give one of {', '.join(DRAWN)} in all rows")
    return found[0]


def _drawn_whole(rows: NDArray[np.int64], statements: pd.DataFrame, cluster: str | None) -> str:
    """What a sample that does not tell consists of: whole offices, whole reports, or statements."""
    coded = np.zeros(len(statements), bool)
    coded[rows] = True
    for column, unit in ((cluster, "offices"), ("report", "reports")):
        if column in statements and not statements[column].isna().any():
            parts = pd.Series(coded).groupby(statements[column].to_numpy()).agg(["any", "all"])
            if (parts["any"] == parts["all"]).all() and not (unit == "offices" and parts["all"].all()):
                return unit
    return "statements"


def _same_place(statements: pd.DataFrame) -> None:
    if (twice := statements.duplicated(KEY)).any():
        raise SampleError(f"the statements hold {_at(statements[twice].iloc[0])} twice; give them as gongkai tag wrote them")


def _at(row: pd.Series) -> str:
    return f"{row['report']} {row['start']}-{row['end']}"


def _word(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()


def _themes(value: object) -> list[str]:
    """The themes of a cell, with the separators that a Chinese keyboard gives; one that stands twice counts once."""
    parts = [p.strip() for t in themes_of(value) for p in re.split("[;；]", t)]
    return list(dict.fromkeys(p for p in parts if p))

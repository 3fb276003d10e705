"""The Excel workbook: shares, statements, what stayed open, statutory tables with their checks, and how all was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..codebook import Codebook
from ..forms import TABLES
from ..records import Failure
from ..resources import data
from ..spread import check_columns
from . import excelrows
from .alone import OfAll, without_tables
from .figures import Frames, frames
from .safe import CELL
from .sheets import Column, Workbook
from .told import facts
from .totals import Totals, totals

_METHOD = ("part", "name", "says")
_FROZEN = {"shares": 2, "statements": 1, "open": 2, "checks": 1, "recurring": 2, "questions": 1, **dict.fromkeys(TABLES, 1)}


def workbook(
    statements: pd.DataFrame,
    sections: pd.DataFrame,
    reports: pd.DataFrame,
    codebook: Codebook,
    *,
    tables: Frames | None = None,
    shares: pd.DataFrame | None = None,
    unanswered: pd.DataFrame | None = None,
    recurring: pd.DataFrame | None = None,
    cells: pd.DataFrame | None = None,
    checks: pd.DataFrame | None = None,
    questions: pd.DataFrame | None = None,
    failures: Sequence[Failure] | None = None,
    run: Mapping[str, object] | None = None,
    of_all: OfAll | None = None,
) -> bytes:
    """Return the workbook as the bytes of an .xlsx file; the same input gives the same bytes.

    Frames with the columns of `gongkai tag`, `gongkai segment` and a row a report; `tables` is what `frames` makes of them, where that
    is made already. `shares` is what `spread` or `corrected` gives (without it the plain shares are counted here), `unanswered`,
    `recurring` and `questions` what the functions of these names give, `cells` and `checks` what `gongkai tables` gives. A sheet whose
    frame is not given is left out, and that of a statutory table without a row; the sheet 方法 says so. No text becomes a formula, a
    link or a number, and none is cut: what does not fit goes on in further rows and sheets. Where `tables` have the figures of more
    reports than they hold, the sheets of single statements, reports and cells are of those they hold, and say so; `of_all` are numbers
    over all.
    """
    tables = tables or frames(statements, sections, reports)
    counted = shares if shares is not None else tables.spread(codebook)
    check_columns(counted, ["role", "theme", "unit"])
    names = data("summary.yaml")["sheets"]
    book = Workbook(names["title"])
    described: dict[Column, None] = {}
    empty: list[str] = []
    whole, method = totals(tables, codebook), data("summary.yaml")["method"]
    untabled = of_all.asked.untabled if of_all and of_all.asked else _untabled(tables, cells, questions)
    failed = of_all.failures if of_all and of_all.failures is not None else None if failures is None else len(failures)
    some = ""
    if tables.whole is not None:
        counts = {"kept": len(tables.reports), "n": len(tables.statements)}
        some = method["some_kept"].format(reports=whole.reports, statements=whole.statements, **counts)
    note = method["untabled"].format(reports=whole.reports, n=untabled) if untabled else ""
    note = some + note

    def add(key: str, heads: Sequence[Column], rows: Iterable[Sequence[object]], note: str = "") -> None:
        book.add(names[key], heads, rows, _FROZEN[key], note)
        described.update(dict.fromkeys(heads))

    add("shares", *excelrows.share_rows(counted, codebook))
    add("statements", *excelrows.statement_rows(tables, statements, codebook, unanswered), some)
    add("open", excelrows.columns(excelrows.OPEN), excelrows.open_rows(tables, failures or (), codebook), some)
    if cells is not None:
        met = _shared(cells, ("report", "row", "column"))
        for table in TABLES:
            heads, rows = excelrows.cell_rows(met, tables, table)
            if listed := list(rows):
                add(table, heads, listed, some)
            else:
                empty.append(names[table])
    if checks is not None:
        add("checks", *excelrows.check_rows(checks, tables), note)
    if recurring is not None:
        add("recurring", *excelrows.recurring_rows(recurring, codebook))
    if questions is not None:
        add("questions", *excelrows.question_rows(questions), note)
    given = {
        "shares": shares, "unanswered": unanswered, "recurring": recurring, "questions": questions, "cells": cells, "checks": checks,
        "failures": failures, "run": run,
    }  # fmt: skip
    absent = [k for k, v in given.items() if v is None]
    numbers = _numbers(whole, untabled, failed)
    rows = _method(book, codebook, run or {}, numbers, empty, absent, described)
    kept = [[method["parts"]["numbers"], method["numbers"]["kept"], some]] if some else []
    book.add(names["method"], excelrows.columns(_METHOD), [*kept, *rows], 0)
    return book.bytes()


def _shared(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The frame with one text for all cells of a column that say the same: as they are, each would become a text of its own in a list."""
    found = {name: pd.factorize(frame[name], use_na_sentinel=False) for name in names}
    columns = {name: np.asarray(texts, dtype=object)[codes] for name, (codes, texts) in found.items()}
    return frame.assign(**{name: pd.Series(column, index=frame.index, dtype=object) for name, column in columns.items()})


def _untabled(tables: Frames, cells: pd.DataFrame | None, questions: pd.DataFrame | None) -> int | None:
    """Of how many reports no statutory table was read, None where that is not known."""
    if cells is None:
        return None if questions is None else without_tables(questions)
    return len(set(tables.reports["report"]) - set(cells["report"]))


def _numbers(whole: Totals, untabled: int | None, failed: int | None) -> dict[str, int]:
    known = {"reports": whole.reports, "offices": len(whole.bodies), "coded": whole.coded, "statements": whole.statements}
    return known | {k: n for k, n in {"untabled": untabled, "failures": failed}.items() if n is not None}


def _method(
    book: Workbook,
    code: Codebook,
    run: Mapping[str, object],
    numbers: Mapping[str, int],
    empty: Sequence[str],
    absent: Sequence[str],
    used: Iterable[Column],
) -> Iterator[list[Any]]:
    """Yield what a reader has to know: versions, counts, sheets, columns, codes, limits, and what was changed in writing."""
    words = data("summary.yaml")
    method = words["method"]
    part = method["parts"]
    for key, value in facts(run).items():
        if key in method["facts"] or "." not in key:
            yield [part["made"], method["facts"].get(key, key), value]
    for key, n in numbers.items():
        yield [part["numbers"], method["numbers"][key], n]
    for name, n in book.rows.items():
        pattern = method["sheet_split"] if book.split[name] > 1 else method["sheet_rows"]
        yield [part["sheets"], name, pattern.format(n=n, sheets=book.split[name])]
    for name in empty:
        yield [part["sheets"], name, method["sheet_empty"]]
    for key in absent:
        yield [part["sheets"], words["parts"][key], method["counted" if key == "shares" else "sheet_absent"]]
    for one in used:
        yield [part["columns"], one.head, one.means]
    for id, role in code.roles.items():
        yield [part["roles"], f"{role.zh}（{id}）", _defined(role.definition, None, role.examples)]
    for theme in code.themes:
        yield [part["themes"], f"{theme.zh}（{theme.id}）", _defined(theme.definition, theme.not_, theme.examples)]
    for key, name in method["limit_names"].items():
        yield [part["limits"], name, method["limits"][key]]
    yield [part["written"], method["written"]["cleaned"], method["cleaned"].format(n=book.clean.changed)]
    yield [part["written"], method["written"]["long"], method["long"].format(n=book.long, limit=CELL)]


def _defined(definition: str, not_: str | None, examples: Sequence[str]) -> str:
    method = data("summary.yaml")["method"]
    more = [method["not"].format(text=not_)] if not_ else []
    more += [method["examples"].format(text="；".join(examples))] if examples else []
    return "\n".join([definition, *more])

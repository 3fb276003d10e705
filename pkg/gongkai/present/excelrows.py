"""The rows of the Excel workbook's sheets, from the tables of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ..codebook import Codebook
from ..records import CODED_KINDS, TAG_COLUMNS, Failure
from ..resources import data
from ..spread import SPREAD_COLUMNS, UNITS, themes_of
from .figures import LOW, Frames, listed, present
from .sheets import Column, column, joined
from .statutory import labels
from .wording import translated

_STATEMENT = ("body", "year", "level", "region", "role", "themes", "text", "report", "path", "kind", "role_score", "start", "end")
_PAIRED = ("answered", "partners")
OPEN = ("open", "report", "body", "year", "subject", "confidence", "reason", "cure")
_KEPT = ("report", "body", "year", "start")
_CHECKS = ("report", "body", "year", "check", "table", "row", "column", "expected", "found", "message", "places")
_RECURRING = ("body", "theme", "year", "next_year", "problem", "measure", "done", "problem_next", "outcome")
_QUESTIONS = ("report", "body", "year", "signal", "value", "admitted", "question_zh", "places")
# Columns of shares that say what is counted, and are none of the numbers.
_KEYS = ("role", "theme", "unit")
_NUMBERS = (*SPREAD_COLUMNS[3:], "naive", "naive_low", "naive_high", "corrected", "sampled", "method")

Rows = Iterator[list[Any]]


def columns(ids: Sequence[str]) -> list[Column]:
    """Return the columns of these ids."""
    return [column(id, id in _KEPT) for id in ids]


def foreign(name: object, kind: str = "text") -> Column:
    """Return a column that the user's own tables brought."""
    return Column(str(name), str(name), kind, 30, data("summary.yaml")["method"]["foreign"])


def names_of(book: Codebook) -> dict[object, str]:
    """Return the Chinese names of roles and themes by id."""
    return {code: book.label(code) for code in (*book.role_ids, *book.theme_ids)}


def share_rows(shares: pd.DataFrame, book: Codebook) -> tuple[list[Column], Rows]:
    """Return the columns and rows of the shares: a row a group, theme and role, the numbers of both units side by side."""
    numbers = [str(c) for c in shares if c in _NUMBERS]
    by = [c for c in shares if c not in (*_KEYS, *_NUMBERS)]
    units = [u for u in UNITS if (shares["unit"] == u).any()]
    heads = [*map(foreign, by), *columns(["theme", "role"]), *columns([f"{u}.{n}" for u in units for n in numbers])]
    themes, roles = ({c: i for i, c in enumerate(ids)} for ids in (book.theme_ids, book.role_ids))
    found: dict[tuple, dict[str, list]] = {}
    for row in shares.to_dict("records"):
        found.setdefault((*(row[c] for c in by), row["role"], row["theme"]), {})[row["unit"]] = [row[n] for n in numbers]
    blank, named = [None] * len(numbers), names_of(book)
    first = numbers.index("share" if "share" in numbers else "naive")

    def rank(key: tuple) -> tuple:
        share = found[key].get(units[0], blank)[first]
        return (*map(str, key[:-2]), roles.get(key[-2], len(roles)), -share if present(share) else 1.0, themes.get(key[-1], len(themes)))

    ranked = sorted(found, key=rank)
    rows = (
        [*key[:-2], named.get(key[-1], key[-1]), named.get(key[-2], key[-2]), *(v for u in units for v in found[key].get(u, blank))]
        for key in ranked
    )
    return heads, rows


def statement_rows(tables: Frames, given: pd.DataFrame, book: Codebook, unanswered: pd.DataFrame | None) -> tuple[list[Column], Rows]:
    """Return the columns and rows of the statements, with the user's own columns behind ours."""
    extra = [c for c in given if c not in TAG_COLUMNS]
    named = names_of(book)
    paired = pairing(unanswered) if unanswered is not None else {}
    heads = [*columns([*_STATEMENT, *(_PAIRED if unanswered is not None else ())]), *map(foreign, extra)]
    kinds = data("summary.yaml")["kinds"]
    own = zip(*(given[c].tolist() for c in extra), strict=True) if extra else iter(lambda: (), None)

    def rows() -> Rows:
        columns = [tables.statements[c].tolist() for c in _STATEMENT]
        for cells, more in zip(zip(*columns, strict=True), own, strict=False):
            body, year, level, region, role, themes, text, report, path, kind, score, start, end = cells
            coded = [named.get(role, role), joined(named.get(t, t) for t in themes_of(themes))]
            where = path if isinstance(path, str) else joined(listed(path), " > ")
            known = [body, year, level, region, *coded, text, report, where, kinds.get(kind, kind), score, start, end]
            yield [*known, *(paired.get((report, start), (None, None)) if unanswered is not None else ()), *map(flat, more)]

    return heads, rows()


def flat(value: object) -> object:
    """Return a cell of the user's as one value."""
    return joined(listed(value)) if not pd.api.types.is_scalar(value) else value


def pairing(unanswered: pd.DataFrame) -> dict[tuple[Any, Any], tuple[bool, int]]:
    """Return whether each statement found a partner, and how many, by report and start."""
    named = (unanswered[c].tolist() for c in ("report", "start", *_PAIRED))
    return {(r, s): (bool(a), int(p)) for r, s, a, p in zip(*named, strict=True)}


def open_rows(tables: Frames, failures: Sequence[Failure], book: Codebook) -> Rows:
    """Yield what is missing or doubtful, each with its cure: sections, facts about a report, files, statements."""
    words = data("summary.yaml")
    kinds, facts, named = words["kinds"], {c: words["columns"][c][0] for c in ("body", "year", "level")}, names_of(book)
    about = {r["report"]: [r["body"], r["year"]] for r in tables.reports.to_dict("records")}

    def row(key: str, report: object, subject: object, sure: object, reason: object, cure: str = "") -> list[Any]:
        name, usual = words["open"][key]
        return [name, report, *about.get(report, [None, None]), subject, sure, reason, cure or usual]

    for f in failures:
        yield row("failed", f.file, words["stages"].get(f.stage, f.stage), None, translated(f.reason), translated(f.cure))
    parts = tables.sections.drop(columns="text").to_dict("records")
    lacking = [s for s in parts if s["kind"] == "missing"]
    # What the whole summary stands on comes first.
    for s in sorted(lacking, key=lambda s: s["title"] not in CODED_KINDS):
        yield row(
            "missing", s["report"], kinds.get(s["title"], s["title"]), None, joined(translated(str(w)) for w in listed(s["warnings"]))
        )
    silent = set(tables.coded["report"]) - set(tables.statements["report"])
    for report in tables.coded["report"]:
        if report in silent:
            yield row("unread", report, kinds[CODED_KINDS[0]], None, None)
    for s in parts:
        if s["kind"] != "missing" and present(s["confidence"]) and s["confidence"] < LOW:
            why = joined(translated(str(w)) for w in listed(s["warnings"]))
            yield row("doubtful", s["report"], kinds.get(s["kind"], s["kind"]), s["confidence"], why)
    for r in tables.reports.to_dict("records"):
        for field, name in facts.items():
            if not present(r[field]):
                yield row("undescribed", r["report"], name, None, None)
    for report, role, text, score in zip(*(tables.statements[c] for c in ("report", "role", "text", "role_score")), strict=True):
        if present(score) and score < LOW:
            yield row("unsure", report, named.get(role, role), score, text)


def cell_rows(cells: pd.DataFrame, tables: Frames, table: str) -> tuple[list[Column], Rows]:
    """Return the columns and rows of one statutory table: a row a report and row of the form, a column a column of the form.

    A number where the cell holds one, else what stands in it; a cell that could not be placed with certainty says so.
    """
    words, named = data("summary.yaml"), labels()[table]
    money = data("tables.yaml")["money"]["columns"]
    ids = list(named["columns"])
    heads = columns(["report", "body", "year", "row"])
    for id, (zh, _) in named["columns"].items():
        name = words["money"] if id in money else zh
        heads.append(Column(id, words["head"].format(zh=name, id=id), "number", 12, words["method"]["form"]))
    about = {r["report"]: [r["body"], r["year"]] for r in tables.reports.to_dict("records")}
    mine = cells[cells["table"] == table]
    found: dict[tuple[str, str], dict[str, object]] = {}
    for report, row, cell, value, raw in zip(*(mine[c].tolist() for c in ("report", "row", "column", "value", "raw")), strict=True):
        if table == "litigation":
            row, _, cell = cell.rpartition("_")
        blank = isinstance(raw, str) and not raw
        shown = None if blank else value if present(value) else raw if present(raw) else words["unplaced"]
        found.setdefault((report, row), {})[cell] = shown
    rows = (
        [report, *about.get(report, [None, None]), named["rows"].get(row, [row])[0], *(of.get(id) for id in ids)]
        for (report, row), of in found.items()
    )
    return heads, rows


def check_rows(checks: pd.DataFrame, tables: Frames) -> tuple[list[Column], Rows]:
    """Return the columns and rows of what does not add up in the statutory tables."""
    words, named = data("summary.yaml"), labels()
    about = {r["report"]: [r["body"], r["year"]] for r in tables.reports.to_dict("records")}

    def name(table: str, of: str, id: object) -> object:
        if table == "litigation" and of == "rows" and id == "cases":
            return data("tables.yaml")[table]["label"]
        return named.get(table, {}).get(of, {}).get(str(id), [id])[0] if present(id) else None

    def rows() -> Rows:
        for r in checks.to_dict("records"):
            table = str(r["table"])
            group, _, result = str(r["column"]).rpartition("_") if table == "litigation" else ("", "", "")
            row, cell = (group, result) if group else (r["row"], r["column"])
            where = [words["tables"].get(table, table), name(table, "rows", row), name(table, "columns", cell)]
            kind = words["checks"].get(r["check"], r["check"])
            numbers = [r["expected"], r["found"], r["message"], joined(listed(r["places"]))]
            yield [r["report"], *about.get(r["report"], [None, None]), kind, *where, *numbers]

    return columns(_CHECKS), rows()


def recurring_rows(recurring: pd.DataFrame, book: Codebook) -> tuple[list[Column], Rows]:
    """Return the columns and rows of what comes again; themes that neither report names are left out."""
    outcomes: Mapping[str, str] = data("summary.yaml")["outcomes"]
    told = recurring[recurring["outcome"].isin(list(outcomes))]
    named, flags = names_of(book), [c for c in ("problem", "measure", "done", "problem_next") if c in told]
    rows = (
        [r["body"], named.get(r["theme"], r["theme"]), r["year"], r["next_year"], *(bool(r[f]) for f in flags), outcomes[r["outcome"]]]
        for r in told.to_dict("records")
    )
    return columns([c for c in _RECURRING if c in told]), rows


def question_rows(questions: pd.DataFrame) -> tuple[list[Column], Rows]:
    """Return the columns and rows of the questions to ask."""
    rows = (
        [
            *(r[c] for c in _QUESTIONS[:5]),
            None if not present(r["admitted"]) else bool(r["admitted"]),
            r["question_zh"],
            joined(listed(r["places"])),
        ]
        for r in questions.to_dict("records")
    )
    return columns(_QUESTIONS), rows

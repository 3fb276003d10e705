"""The optional panels of the page as small integers: answered problems, recurring weaknesses, reused text, questions to the reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..codebook import Codebook
from ..errors import UserError
from ..spread import themes_of
from .figures import Frames, listed, present, themed_roles

ANSWERS = ("report", "problem", "measure", "score", "why")
RECURRING = ("body", "theme", "year", "next_year", "outcome")
REUSE = ("report", "units", "reused", "rate", "nearest", "nearest_body", "nearest_year", "similarity", "source")
QUESTIONS = ("report", "signal", "value", "admitted", "question_zh", "question_en", "places")
# What a frame may tell besides.
_MORE = ("tense", "region", "state", "count", "of", "told")


@dataclass(slots=True)
class Panels:
    """What the panels show: `head` for the overview, the rest by report for its own view."""

    head: dict[str, Any] = field(default_factory=dict)
    pairs: dict[str, list] = field(default_factory=dict)
    questions: dict[str, list] = field(default_factory=dict)


def panels(
    tables: Frames,
    book: Codebook,
    answers: pd.DataFrame | None = None,
    recurring: pd.DataFrame | None = None,
    reuse: pd.DataFrame | None = None,
    questions: pd.DataFrame | None = None,
) -> Panels:
    """Return what is to be shown of the frames that are given.

    Raises UserError for a frame that lacks a column or names a report or statement that the page does not have.
    """
    out = Panels()
    at = {str(r): i for i, r in enumerate(tables.reports["report"])}
    if answers is not None:
        out.head["answers"], out.pairs = _answers(_rows(answers, ANSWERS, "answers", at), tables, book, at)
    if recurring is not None:
        out.head["recurring"] = _recurring(_rows(recurring, RECURRING, "recurring"), tables, book)
        out.head["recurring"] |= {k: int(recurring.attrs.get(k, 0)) for k in ("left_out", "single")}
    if reuse is not None:
        out.head["reuse"] = _reuse(_rows(reuse, REUSE, "reuse", at), at)
    if questions is not None:
        out.head["questions"], out.questions = _questions(_rows(questions, QUESTIONS, "questions", at), at)
        out.head["questions"]["without_tables"] = int(questions.attrs.get("without_tables", 0))
    return out


def _rows(frame: pd.DataFrame, columns: Sequence[str], name: str, at: dict[str, int] | None = None) -> list[dict]:
    if lacking := [c for c in columns if c not in frame]:
        raise UserError(f"{name}: no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")
    strange = set(frame["report"].astype(str)) - at.keys() if at is not None else set()
    if strange:
        raise UserError(f"{name}: report {sorted(strange)[0]!r} is not among the reports; make both from the same run")
    return frame[[c for c in frame if c in columns or c in _MORE]].to_dict("records")


def flat(counts: Iterable[dict[int, int]]) -> list[int]:
    """Return counts by report as one list: how many pairs follow, then code and count of each.

    >>> flat([{3: 1}, {}, {0: 2, 5: 1}])
    [1, 3, 1, 0, 2, 0, 2, 5, 1]
    """
    return [n for c in counts for n in (len(c), *(x for pair in sorted(c.items()) for x in pair))]


def _answers(rows: list[dict], tables: Frames, book: Codebook, at: dict[str, int]) -> tuple[dict[str, Any], dict[str, list]]:
    roles, themes = themed_roles(book)[:2], {t: i for i, t in enumerate(book.theme_ids)}
    coded: dict[tuple[str, int], tuple[str, list[int]]] = {}
    for report, start, role, of in zip(*(tables.statements[c] for c in ("report", "start", "role", "themes")), strict=True):
        coded[str(report), int(start)] = (str(role), list(dict.fromkeys(themes[t] for t in themes_of(of) if t in themes)))
    pairs: dict[str, list] = {}
    met: dict[int, dict[int, int]] = {}
    for row in rows:
        ends = [(str(row["report"]), int(row[c])) for c in ("problem", "measure")]
        if strange := [e for e in ends if e not in coded]:
            raise UserError(f"answers: {strange[0][0]} has no statement at {strange[0][1]}; make both from the same statements")
        why = str(row["why"]).split(";") if present(row["why"]) else []
        sure, tense = (round(float(row["score"]), 2) if present(row["score"]) else None), row.get("tense")
        pairs.setdefault(ends[0][0], []).append([ends[0][1], ends[1][1], sure, why, str(tense) if present(tense) else ""])
        cells = met.setdefault(at[ends[0][0]], {})
        for a in coded[ends[0]][1]:
            for b in coded[ends[1]][1]:
                cells[a * len(themes) + b] = cells.get(a * len(themes) + b, 0) + 1
    partnered = {(r, start) for r, of in pairs.items() for p in of for start in p[:2]}
    left: dict[int, dict[int, int]] = {}
    alone = [[0] * len(roles) for _ in at]
    for (report, start), (role, of) in coded.items():
        if role in roles and (report, start) not in partnered:
            rank, cells = roles.index(role), left.setdefault(at[report], {})
            alone[at[report]][rank] += 1
            for t in of:
                cells[rank * len(themes) + t] = cells.get(rank * len(themes) + t, 0) + 1
    n = [0] * len(at)
    for report, of_report in pairs.items():
        n[at[report]] = len(of_report)
    everywhere = range(len(at))
    head = {
        "pairs": flat(met.get(i, {}) for i in everywhere),
        "left": flat(left.get(i, {}) for i in everywhere),
        "alone": [a for of_report in alone for a in of_report],
        "n": n,
    }
    return head, pairs


def _recurring(rows: list[dict], tables: Frames, book: Codebook) -> dict[str, Any]:
    """Rows [body, theme, year, next year, the two reports (-1: not known), outcome, region], without those where nothing was said."""
    about = (tables.reports[c] for c in ("body", "year", "region"))
    places = list(enumerate(zip(*about, strict=True)))[::-1]
    where = {(b, y): i for i, (b, y, _) in places} | {(b, y, r): i for i, (b, y, r) in places}
    themes = {t: i for i, t in enumerate(book.theme_ids)}
    bodies: dict[str, int] = {}
    outcomes: dict[str, int] = {}
    out = []
    for r in rows:
        if r["outcome"] == "absent":
            continue
        if r["theme"] not in themes:
            raise UserError(f"recurring: theme {r['theme']!r} is not in the codebook (v{book.version}): {', '.join(themes)}")
        body, years = str(r["body"]), (int(r["year"]), int(r["next_year"]))
        region = str(r["region"]) if present(r.get("region")) else None
        ends = [where.get((body, float(y), region), where.get((body, float(y)), -1)) for y in years]
        numbers = bodies.setdefault(body, len(bodies)), themes[r["theme"]], *years, *ends
        out.append([*numbers, outcomes.setdefault(str(r["outcome"]), len(outcomes)), region])
    return {"bodies": list(bodies), "outcomes": list(outcomes), "rows": out}


def _reuse(rows: list[dict], at: dict[str, int]) -> dict[str, Any]:
    """Rows [report, units, reused, rate, similarity, the nearest report (-1: not among them), its name, source], hundredths as integers."""
    sources: dict[str, int] = {}
    out: list[list[Any]] = []
    for r in rows:
        named = [str(int(v) if isinstance(v, float) else v) for v in (r["nearest_body"], r["nearest_year"]) if present(v)]
        nearest = str(r["nearest"]) if present(r["nearest"]) else ""
        known = at.get(nearest, -1)
        source = sources.setdefault(str(r["source"]) if present(r["source"]) else "none", len(sources))
        counts = [int(r[c]) if present(r[c]) else 0 for c in ("units", "reused")]
        name = "" if known >= 0 else " ".join(named) or nearest
        out.append([at[str(r["report"])], *counts, hundredths(r["rate"]), hundredths(r["similarity"]), known, name, source])
    out.sort(key=lambda r: (-(r[3] or 0), r[0]))
    return {"sources": list(sources), "rows": out}


def _questions(rows: list[dict], at: dict[str, int]) -> tuple[dict[str, Any], dict[str, list]]:
    """Rows [report, signal, state, which of the report's questions]; by report [signal, state, value, zh, en, places]."""
    signals: dict[str, int] = {}
    states: dict[str, int] = {}
    out = []
    by_report: dict[str, list] = {}
    for r in rows:
        words = by_report.setdefault(str(r["report"]), [])
        given = r.get("state") if present(r.get("state")) else {True: "admitted", False: "silent"}.get(r["admitted"], "unknown")
        signal, state = signals.setdefault(str(r["signal"]), len(signals)), states.setdefault(str(given), len(states))
        value = f"{said(r.get('count'))}/{said(r['of'])}" if present(r.get("of")) else said(r["value"])
        out.append([at[str(r["report"])], signal, state, len(words)])
        places = sorted({*spots(r["places"]), *spots(r.get("told"))})
        words.append([signal, state, value, str(r["question_zh"]), str(r["question_en"]), places])
    return {"signals": list(signals), "states": list(states), "rows": out}, by_report


def spots(cell: object) -> list[int]:
    """Return the starts of places given as `start-end` texts (or pairs, or one `;`-joined text); what is no place is left out.

    >>> spots(["120-130", (4, 9)]), spots("7-8;20-31"), spots(None)
    ([120, 4], [7, 20], [])
    """
    given = cell.split(";") if isinstance(cell, str) else listed(cell)
    return [int(m[0]) for place in given if (m := re.search(r"\d+", str(place)))]


def said(value: object) -> str:
    """Return a value as the page writes it: whole numbers without a point, others with at most two decimals, nothing as ""."""
    if not present(value):
        return ""
    return f"{float(value):.2f}".rstrip("0").rstrip(".") if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def hundredths(score: object) -> int | None:
    """Return a score in 0-1 as whole hundredths, None where there is none."""
    return round(float(score) * 100) if present(score) else None  # type: ignore[arg-type]

"""The self-contained HTML page: one file, two languages, every number with its sentences, every sentence with its source."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from ..codebook import Codebook
from ..records import Failure
from ..resources import data
from ..spread import themes_of
from . import figures
from .figures import Frames, listed, present

_HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)(?:\?([^:}]*):([^}]*))?\}")
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'"
_SHAPES = ("■", "●", "▲", "◆")


def render(
    statements: pd.DataFrame,
    sections: pd.DataFrame,
    reports: pd.DataFrame,
    codebook: Codebook,
    *,
    failures: Sequence[Failure] = (),
    run: Mapping[str, object] | None = None,
) -> str:
    """Return the page as one HTML text that loads nothing; the same input gives the same text.

    Frames with the columns of `gongkai tag` (`statements`) and `gongkai segment` (`sections`; a missing section is a row with an
    empty `start` and its reason in `warnings`), and a row a report (`report, body, year, level, region, source`).
    """
    tables = figures.frames(statements, sections, reports)
    script = (_HERE / "page.js").read_text("utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # A `StrictUndefined` template fails loudly when it asks for a name that is not there; every value is escaped unless it is Markup.
    loader = jinja2.FileSystemLoader(_HERE)
    env = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals |= {"t": say, "two": two, "words": data("page.yaml"), "message": message, "label": lambda code: label(codebook, code)}
    view = {
        **_numbers(tables, codebook),
        "book": codebook,
        "roles": [{"id": r, "index": i, "shape": _SHAPES[i % len(_SHAPES)]} for i, r in enumerate(figures.themed_roles(codebook))],
        "failures": failures,
        "run": {k: v for k, v in (run or {}).items() if present(v)},
        "small": figures.SMALL,
        "low": figures.LOW,
        "csp": _POLICY.format(digest),
        "css": Markup((_HERE / "page.css").read_text("utf-8").strip()),
        "script": Markup(script),
        "payload": Markup(inline_json(_payload(tables, codebook))),
    }
    page = env.get_template("page.html.j2").render(view)
    return re.sub("[\ud800-\udfff]", "\ufffd", page)


def two(zh: object, en: object) -> Markup:
    """Return a text in both languages; the style sheet shows the one of the page."""
    if str(zh) == str(en):
        return escape(zh)
    return Markup('<span class="zh" lang="zh-Hans">{}</span><span class="en" lang="en">{}</span>').format(zh, en)


def fill(pattern: str, values: Mapping[str, object]) -> str:
    """Put values into `{name}` and the word that fits a number into `{name?one:many}`.

    >>> fill("{n} {n?report:reports}", {"n": 1}), fill("{n} {n?report:reports}", {"n": 1200})
    ('1 report', '1,200 reports')
    """

    def put(m: re.Match[str]) -> str:
        value = values[m[1]]
        if m[2] is not None:
            return m[2] if value == 1 else m[3]
        return f"{value:,}" if isinstance(value, int) else str(value)

    return _SLOT.sub(put, pattern)


def say(key: str, /, **values: Any) -> Markup:
    """Return a text of `page.yaml` in both languages; a value that differs between them is given as a pair (zh, en)."""
    texts = data("page.yaml")["ui"][key]
    zh, en = ({k: v[i] if isinstance(v, tuple) else v for k, v in values.items()} for i in (0, 1))
    return two(fill(texts["zh"], zh), fill(texts["en"], en))


def label(book: Codebook, code: str) -> Markup:
    """Return the name of a role or theme in both languages."""
    return two(book.label(code, "zh"), book.label(code, "en"))


def translated(text: str) -> str:
    """Return what the Chinese page says for an English message of another room; the message itself where nobody has put it."""
    for pattern, zh in data("page.yaml")["messages"]:
        if m := re.fullmatch(pattern, text):
            return m.expand(zh)
    return text


def message(text: object) -> Markup:
    """Return a message of another room in both languages."""
    return two(translated(str(text)), str(text))


def inline_json(value: object) -> str:
    """Return JSON that is safe inside a `<script>` element: nothing in it can end the element or a line."""
    return _UNSAFE.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _numbers(tables: Frames, book: Codebook) -> dict[str, Any]:
    """Every figure of the page."""
    roles = figures.themed_roles(book)
    about = tables.reports
    years = sorted({int(y) for y in about["year"].dropna()})
    table = figures.places(tables)
    problems = [p.state for _, row in table for p in row if p.kind == "problems"]
    shown: dict[str, Any] = {"n_statements": len(tables.statements), "shares": {}, "order": [], "heats": [], "leads": []}
    if len(tables.statements):
        of = figures.shares(tables, book)
        shown["shares"], shown["order"] = of, figures.ranked(of, book)
        shown["ranks"] = {u: {t: i for i, t in enumerate(figures.ranked(of, book, u))} for u in figures.UNITS}
        shown["tops"] = {u: figures.scale(of, u) for u in figures.UNITS}
        shown["heats"] = [figures.heat(tables, book, by, shown["order"]) for by in ("year", "level")]
        shown["leads"] = [(r, *lead) for r in roles if (lead := figures.leading(of, book, r))]
    states = ("found", "low", "missing", "not_due")
    return shown | {
        "n_reports": len(about),
        "n_offices": int(about["body"].nunique()),
        "years": f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]) if years else "",
        "n_found": sum(s in ("found", "low") for s in problems),
        "n_missing": problems.count("missing"),
        "n_coded": len(tables.coded),
        "places": table,
        "sums_kinds": list(data("headings.yaml")["statutory"]),
        "sums": [{s: sum(row[i].state == s for _, row in table) for s in states} for i in range(len(data("headings.yaml")["statutory"]))],
        "year": lambda value: str(int(value)) if present(value) else None,
        "level": lambda value: two(value, data("page.yaml")["levels"].get(value, value)),
        "quoted": _quoted(book),
        "parts": _parts(tables, book),
        "present": present,
    }


def _quoted(book: Codebook) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """A function from theme ids to their quoted names, as a pair (zh, en)."""
    ui = data("page.yaml")["ui"]
    return lambda ids: tuple(
        ui["theme_join"][g].join(fill(ui["theme_quote"][g], {"theme": book.label(t, g)}) for t in ids) for g in ("zh", "en")
    )


def _parts(tables: Frames, book: Codebook) -> tuple[str, str]:
    """How many statements each themed role has, as a pair (zh, en)."""
    ui = data("page.yaml")["ui"]
    counts = tables.statements["role"].value_counts()
    zh, en = (
        ui["part_join"][g].join(
            fill(ui["figure_part"][g], {"role": book.label(r, g), "n": int(counts.get(r, 0))}) for r in figures.themed_roles(book)
        )
        for g in ("zh", "en")
    )
    return zh, en


def _payload(tables: Frames, book: Codebook) -> dict[str, Any]:
    """What the script needs, with texts once and references by number: see the names in `page.js`."""
    codes = {c: i for i, c in enumerate((*book.role_ids, *book.theme_ids))}
    reports = {str(r): i for i, r in enumerate(tables.reports["report"])}
    holders: dict[str, list[tuple[int, int, int]]] = {}
    sections: list[list] = []
    begins = {r: [int(at) for at in ats] for r, ats in tables.statements.groupby("report")["start"]}
    for s in tables.sections[tables.sections["start"].notna() & tables.sections["report"].isin(begins)].to_dict("records"):
        start, end = int(s["start"]), int(s["end"])
        if present(s["text"]) and any(start <= at < end for at in begins[s["report"]]):
            holders.setdefault(str(s["report"]), []).append((start, end, len(sections)))
            sections.append([reports[str(s["report"])], start, s["text"]])
    paths: dict[tuple[str, ...], int] = {}
    rows = []
    for s in tables.statements.to_dict("records"):
        start, end = int(s["start"]), int(s["end"])
        holder = next((i for a, b, i in holders.get(str(s["report"]), ()) if a <= start < b), -1)
        themes = [t for t in themes_of(s["themes"]) if t in codes]
        scores = s["theme_scores"] if isinstance(s["theme_scores"], Mapping) else {}
        path = paths.setdefault(tuple(str(p) for p in listed(s["path"])), len(paths))
        evidence = [[codes[e["code"]], int(e["start"]) - start, int(e["end"]) - start] for e in listed(s["evidence"]) if e["code"] in codes]
        same = holder >= 0 and sections[holder][2][start - sections[holder][1] : end - sections[holder][1]] == s["text"]
        rows.append(
            [reports[str(s["report"])], holder, start, end, codes.get(s["role"], -1), [codes[t] for t in themes],
             _hundredths(s["role_score"]), [_hundredths(scores.get(t)) for t in themes], path, evidence, 0 if same else str(s["text"])]
        )  # fmt: skip
    return {
        "ui": data("page.yaml")["ui"],
        "levels": data("page.yaml")["levels"],
        "codes": [{"id": c, "zh": book.label(c, "zh"), "en": book.label(c, "en")} for c in codes],
        "roles": [codes[r] for r in figures.themed_roles(book)],
        "shapes": _SHAPES,
        "themes": {
            codes[t.id]: {"definition": t.definition, "not": _named(t.not_ or "", book), "examples": t.examples} for t in book.themes
        },
        "reports": [
            [str(r["report"]), r["body"], int(r["year"]) if present(r["year"]) else None, r["level"]]
            for r in tables.reports.to_dict("records")
        ],
        "sections": sections,
        "paths": [list(p) for p in paths],
        "statements": rows,
    }


def _named(note: str, book: Codebook) -> str:
    """A coder's note with the ids of themes as people see them."""
    ids = "|".join(map(re.escape, book.theme_ids))
    return re.sub(rf" ?(?<![A-Za-z0-9_])({ids})(?![A-Za-z0-9_])", lambda m: f"“{book.label(m[1])}”", note)


def _hundredths(score: object) -> int | None:
    return round(float(score) * 100) if present(score) else None  # type: ignore[arg-type]

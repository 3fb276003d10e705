"""The self-contained HTML page: one file, two languages, every number with its sentences, every sentence with its source."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import pandas as pd
from markupsafe import Markup

from ..codebook import Codebook
from ..records import Failure
from ..resources import data
from . import chunks, figures, payload
from .figures import Frames, present
from .panels import panels
from .statutory import figures_of, findings_of, labels
from .totals import Totals, totals
from .wording import fill, inline_json, label, message, say, two

_WEB = Path(__file__).parent / "web"
_STYLES = ("base", "charts", "reading", "print")
_SCRIPTS = (
    "base", "inflate", "store", "route", "count", "filters", "overview", "lines", "panels",
    "cards", "reading", "lists", "questions", "known", "report", "start",
)  # fmt: skip
_POLICY = "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'"
# Rows of a table that the page shows at once without a script; the rest is a click away, or in the Parquet file that the page names.
_ROWS = 50


def render(
    statements: pd.DataFrame,
    sections: pd.DataFrame,
    reports: pd.DataFrame,
    codebook: Codebook,
    *,
    tables: Frames | None = None,
    failures: Sequence[Failure] = (),
    run: Mapping[str, object] | None = None,
    answers: pd.DataFrame | None = None,
    recurring: pd.DataFrame | None = None,
    reuse: pd.DataFrame | None = None,
    questions: pd.DataFrame | None = None,
    cells: pd.DataFrame | None = None,
    checks: pd.DataFrame | None = None,
    of_all: Mapping[str, Any] | None = None,
    n_failures: int | None = None,
    left_out: Sequence[str] = (),
    data_set: bool = False,
    text_limit: int = chunks.LIMIT,
) -> str:
    """Return the page as one HTML text that loads nothing; the same input gives the same text.

    Frames with the columns of `gongkai tag` (`statements`) and `gongkai segment` (`sections`; a missing section is a row with an
    empty `start` and its reason in `warnings`), and a row a report (`report, body, year, level, region, source`). `tables` is what
    `figures.frames` makes of these three, where that is made already. Each further frame brings its panel: `answers` (a row a problem
    and its measure), `recurring` (a row a body, theme and pair of years), `reuse` (a row a report), `questions` (a row a signal),
    `cells` and `checks` (the statutory tables and what does not add up). Where `tables` have the figures of more reports than they
    hold, `of_all` counts the panels over all by their cells, `n_failures` all failures, and `left_out` names the panels that need all
    reports at once; the page says how many reports it holds, and with `data_set` that the rest is in one.
    `text_limit` is the number of characters of source text up to which whole sections go into the page, newest reports first; the
    page says what was left out. Raises UserError for frames that do not fit together.
    """
    tables = tables or figures.frames(statements, sections, reports)
    shown = panels(tables, codebook, answers, recurring, reuse, questions)
    layouts, written = figures_of(cells) if cells is not None else ([], {})
    findings = findings_of(checks) if checks is not None else {}
    kept = chunks.blocks(tables, codebook, shown, written, findings, text_limit)
    states = figures.places(tables)
    numbers = _numbers(tables, codebook, states)
    start = payload.head(tables, codebook, numbers["shares"], numbers["heats"], states, kept)
    if tables.whole is not None:
        shown.head["cells"] = dict(of_all or {})
    start |= {"panels": sorted(shown.head), "layouts": layouts, "tables": labels() if cells is not None or checks is not None else {}}
    styles = "\n".join((_WEB / f"{name}.css").read_text("utf-8").strip() for name in _STYLES)
    script = '"use strict";\n(() => {\n' + "\n".join((_WEB / f"{name}.js").read_text("utf-8").strip() for name in _SCRIPTS) + "\n})();"
    # A `StrictUndefined` template fails loudly when it asks for a name that is not there; every value is escaped unless it is Markup.
    loader = jinja2.FileSystemLoader(_WEB)
    env = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.globals |= {"t": say, "two": two, "words": data("page.yaml"), "message": message, "label": lambda code: label(codebook, code)}
    env.globals |= {"go": go, "aria": aria, "bar": bar, "tint": tint}
    view = {
        **numbers,
        **_kept(kept, text_limit),
        "book": codebook,
        "roles": [
            {"id": r, "index": i, "shape": payload.SHAPES[i % len(payload.SHAPES)], "first": i * len(codebook.themes)}
            for i, r in enumerate(figures.themed_roles(codebook))
        ],
        "theme_numbers": {t: i for i, t in enumerate(codebook.theme_ids)},
        "panels": shown.head,
        "failures": failures[:_ROWS],
        "n_failures": len(failures) if n_failures is None else n_failures,
        "n_kept": len(tables.reports),
        "kept_statements": len(tables.statements),
        "of_more": tables.whole is not None,
        "left_out": left_out,
        "data_set": data_set,
        "run": {k: v for k, v in (run or {}).items() if present(v)},
        "small": figures.SMALL,
        "offices": figures.OFFICES,
        "low": figures.LOW,
        "csp": _POLICY.format(_digest(styles), _digest(script)),
        "css": Markup(styles),
        "script": Markup(script),
        "head": Markup(inline_json(start)),
        "extras": Markup(chunks.packed(shown.head)),
        "blocks": [Markup(text) for text in kept.texts],
    }
    page = env.get_template("page.html.j2").render(view)
    return re.sub("[\ud800-\udfff]", "\ufffd", page)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def go(**values: object) -> Markup:
    """Return the attributes of a link within the page: where it leads, kept apart from the filters that the script adds.

    >>> go(view="list", theme="depth")
    Markup('href="#view=list&amp;theme=depth" data-go="view=list&amp;theme=depth"')
    """
    query = urlencode({k: v for k, v in values.items() if v is not None})
    return Markup('href="#{0}" data-go="{0}"').format(query)


def aria(key: str, name: str = "label") -> Markup:
    """Return an attribute in both languages; the script keeps the one of the page."""
    texts = data("page.yaml")["ui"][key]
    return Markup('aria-{0}="{1}" data-zh-label="{1}" data-en-label="{2}"').format(name, texts["zh"], texts["en"])


def bar(share: figures.Share, top: float, mirrored: bool) -> dict[str, str]:
    """Return the geometry of a bar on a scale of 0-100 that ends at `top`: where it begins, how long it is, and its whisker."""

    def at(value: float) -> str:
        place = min(value / top, 1.0) * 100
        return f"{100 - place if mirrored else place:.2f}"

    long = min(share.value / top, 1.0) * 100
    whisker = ""
    if share.low is not None and share.high is not None:
        low, high = at(share.low), at(share.high)
        whisker = f"M{low} 10H{high}M{low} 6.5v7M{high} 6.5v7"
    return {"x": f"{100 - long:.2f}" if mirrored else "0.00", "width": f"{long:.2f}", "whisker": whisker}


def tint(share: figures.Share) -> str:
    """Return the class that tints a cell: a step of 0-10, or the hatching of a small one."""
    return ("small-n" + (" some" if share.count else "")) if share.small else f"q{int(share.value * 10 + 0.5)}"


def _numbers(tables: Frames, book: Codebook, states: Sequence[tuple[dict, list[figures.Place]]]) -> dict[str, Any]:
    """Every figure of the page."""
    roles, whole = figures.themed_roles(book), totals(tables, book)
    years = sorted(y for y in whole.years if y is not None)
    problems, sums = whole.problems(), whole.sections()
    shown: dict[str, Any] = {"n_statements": whole.statements, "shares": {}, "order": [], "heats": [], "leads": [], "tops": {}}
    if whole.statements:
        of = figures.shares(tables, book)
        shown["shares"], shown["order"] = of, figures.ranked(of, book)
        shown["ranks"] = {u: {t: i for i, t in enumerate(figures.ranked(of, book, u))} for u in figures.UNITS}
        shown["tops"] = {u: figures.scale(of, u) for u in figures.UNITS}
        shown["heats"] = figures.heats(tables, book, shown["order"])
        shown["leads"] = [(r, *lead) for r in roles if (lead := figures.leading(of, book, r))]
    gaps = [(i, about, row) for i, (about, row) in enumerate(states) if any(p.state in ("low", "missing") for p in row)]
    return shown | {
        "n_reports": whole.reports,
        "n_offices": len(whole.bodies),
        "years": f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]) if years else "",
        "n_found": problems["found"] + problems["low"],
        "n_missing": problems["missing"],
        "n_coded": whole.coded,
        "gaps": gaps[:_ROWS],
        "n_gaps": whole.gaps,
        "kinds": list(data("headings.yaml")["statutory"]),
        "sums": sums,
        "column": _column,
        "quoted": _quoted(book),
        "parts": _parts(whole),
        "interval_known": any(s.interval for s in shown["shares"].values()),
    }


def _column(by: str, value: object) -> Markup:
    """The name of a column of a heat table."""
    if not present(value):
        return say("unknown")
    if by == "year":
        return two(*[str(int(value))] * 2)  # type: ignore[call-overload]
    return two(value, data("page.yaml")["levels"].get(value, value) if by == "level" else value)


def _quoted(book: Codebook) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """A function from theme ids to their quoted names, as a pair (zh, en)."""
    ui = data("page.yaml")["ui"]
    return lambda ids: tuple(
        ui["theme_join"][g].join(fill(ui["theme_quote"][g], {"theme": book.label(t, g)}) for t in ids) for g in ("zh", "en")
    )


def _parts(whole: Totals) -> tuple[str, str]:
    """How many statements each themed role has, as a pair (zh, en)."""
    ui, book = data("page.yaml")["ui"], whole.book
    zh, en = (
        ui["part_join"][g].join(
            fill(ui["figure_part"][g], {"role": book.label(r, g), "n": whole.roles[r]}) for r in figures.themed_roles(book)
        )
        for g in ("zh", "en")
    )
    return zh, en


def _kept(kept: chunks.Blocks, limit: int) -> dict[str, Any]:
    """What the page says of the source text that it holds."""
    return {"n_whole": kept.whole, "n_told": kept.told, "limit": f"{limit / 1e6:g}"}

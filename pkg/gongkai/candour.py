"""What a report's tables show beside what it admits: questions for a reader, never a verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import TYPE_CHECKING, Any

from .balance import balance
from .codebook import Codebook, load_codebook
from .errors import UserError
from .intervals import half_up
from .records import CODED_KINDS, TABLE_COLUMNS, TableCell
from .repair import repair
from .resources import data
from .spread import themes_of

if TYPE_CHECKING:
    import pandas as pd

QUESTION_COLUMNS = (
    "report", "body", "year", "signal", "value", "admitted", "question_zh", "question_en", "places", "count", "of", "state", "told",
)  # fmt: skip
_PROBLEM, _MEASURE = "problem", "measure"
_PLURAL = re.compile(r"\{count\?(\w+):(\w+)\}")
# What stands before a phrase is looked at this far back.
_BEFORE = 16


def questions(
    tables: pd.DataFrame,
    statements: pd.DataFrame,
    sections: pd.DataFrame,
    reports: pd.DataFrame,
    checks: pd.DataFrame | None = None,
    codebook: Codebook | None = None,
) -> pd.DataFrame:
    """Return a row a signal: what the tables or the text show, whether the report admits it, and what to ask about it.

    The frames are those of `gongkai report`: `tables` (cells), `statements`, `sections`, `reports`, `checks` (findings about the
    tables; without them the sums alone are checked here, not what the text says of figures). `value` is a count, or a share (0-1)
    of `of` with `count`. `admitted`: a problem of the report carries a theme of the signal; `state` says more: `admitted`,
    `measures` (only a measure carries it), `silent`, or `missing` (no part on problems was found). `places` are `start-end` offsets
    of what raised the signal, `told` those of the statements that speak of it. Signals, thresholds and wording stand in
    `data/candour.yaml`.

    `attrs["without_tables"]` counts the reports of which no table was read, `attrs["not_judged"]`, by signal, those whose cells were
    not all read; `attrs["left_out"]` names the signals whose themes the codebook does not have. Raises UserError for columns that
    are not there.

    >>> import pandas as pd
    >>> cells = pd.DataFrame([("a", "litigation", "cases", "review_overturned", 64.0, "64", 10, 12)], columns=list(TABLE_COLUMNS))
    >>> said = pd.DataFrame([("a", 90, 99, "problem", ["depth"])], columns=["report", "start", "end", "role", "themes"])
    >>> found = questions(cells, said, pd.DataFrame(), pd.DataFrame([("a", "云渚市", 2024)], columns=["report", "body", "year"]))
    >>> found.loc[0, "question_zh"]
    '表格显示行政复议结果纠正 64 件；写问题的部分没有谈到依申请公开；是否另有原因？'
    """
    import pandas as pd

    book, rules = codebook or load_codebook(), data("candour.yaml")
    needed = {"tables": TABLE_COLUMNS, "statements": ("report", "start", "end", "role", "themes"), "reports": ("report",)}
    for name, frame in (("tables", tables), ("statements", statements), ("reports", reports)):
        if len(frame.columns) and (lacking := [c for c in needed[name] if c not in frame]):
            raise UserError(f"{name}: no column {', '.join(lacking)}; there are: {', '.join(map(str, frame.columns))}")
    frames = (reports, tables, statements, sections, *([] if checks is None else [checks]))
    every = dict.fromkeys(str(r) for f in frames if "report" in f for r in f["report"].dropna())
    about = reports.reindex(columns=["report", "body", "year"]).astype({"report": str}).drop_duplicates("report").set_index("report")
    about["year"] = pd.to_numeric(about["year"], errors="coerce")
    cells = tables.reindex(columns=list(TABLE_COLUMNS)).astype({"report": str})
    cells["key"] = cells["table"].astype(str) + "." + cells["row"].astype(str) + "." + cells["column"].astype(str)
    parts = sections.reindex(columns=["report", "kind", "number", "start", "text"]).dropna(subset=["start"])
    found = _findings(cells) if checks is None else checks
    told = _Told(statements, parts)
    tabled, order = set(cells["report"]), {report: n for n, report in enumerate(every)}
    rows: list[dict[str, object]] = []
    not_judged, left_out = {}, {}
    for signal, rule in rules["signals"].items():
        themes = [t for t in rule["themes"] if t in book.theme_ids]
        if not themes:
            left_out[signal] = rule["themes"]
            continue
        raised, judged = _raised(rule, cells, parts, found)
        if judged is not None and judged < len(tabled):
            not_judged[signal] = len(tabled) - judged
        for report, numbers in raised.items():
            state, named, places, section = told.of(report, themes)
            asked = {
                f"question_{lang}": _question(rule, numbers, state, section, [book.label(t, lang) for t in named], lang)
                for lang in ("zh", "en")
            }
            head = {"report": report, "body": about["body"].get(report), "year": about["year"].get(report), "signal": signal}
            rows.append({**head, **numbers, **asked, "admitted": state == "admitted", "state": state, "told": places})
    rows.sort(key=lambda r: order[str(r["report"])])
    table = pd.DataFrame(rows, columns=list(QUESTION_COLUMNS)).astype({"year": "Int64", "value": float, "admitted": bool, "of": "Float64"})
    table.attrs.update(without_tables=len(order.keys() - tabled), not_judged=not_judged, left_out=left_out)
    return table


def _findings(cells: pd.DataFrame) -> pd.DataFrame:
    """The sums of the tables that do not hold, from the cells alone."""
    import pandas as pd

    rows = []
    for report, own in cells.groupby("report", sort=False):
        plain = own[list(TABLE_COLUMNS[1:])].astype(object).where(own[list(TABLE_COLUMNS[1:])].notna(), None)
        found = balance([TableCell(*row) for row in plain.itertuples(index=False, name=None)])
        rows += [(report, f.check, [f"{s}-{e}" for s, e in f.places]) for f in found]
    return pd.DataFrame(rows, columns=["report", "check", "places"])


def _raised(
    rule: Mapping[str, Any], cells: pd.DataFrame, parts: pd.DataFrame, checks: pd.DataFrame
) -> tuple[dict[str, dict[str, Any]], int | None]:
    """The numbers of the reports in which a signal is raised, and of how many reports the cells could be judged (None: no cells)."""
    if "cells" not in rule:
        told = _checked(rule, checks) if "checks" in rule else _said(rule, parts)
        found = {r: {"value": len(p), "count": len(p), "of": None, "places": list(dict.fromkeys(chain(*p)))} for r, p in told.items()}
        return {r: n for r, n in found.items() if n["count"] >= rule["at_least"]}, None
    out, judged = {}, 0
    wholes = _sums(cells, rule["of"]) if "of" in rule else {}
    for report, (total, read, places) in _sums(cells, rule["cells"]).items():
        whole, whole_read, around = wholes.get(report, (0.0, 0, []))
        if ("of" in rule and not whole_read) or read < rule.get("cells_at_least", 1):
            continue
        judged += 1
        share = total / whole if whole else 0.0
        value = share if "of" in rule else total
        if total == 0 if rule.get("zero") else value >= rule["at_least"] and whole >= rule.get("of_at_least", 0):
            out[report] = {"value": value, "count": total, "of": whole if "of" in rule else None, "places": [*places, *around]}
    return out, judged


def _sums(cells: pd.DataFrame, patterns: Sequence[str]) -> dict[str, tuple[float, int, list[str]]]:
    """By report, the sum of the cells, how many hold a number, and their places; without the reports in which one was not placed."""
    import pandas as pd

    keys = {k for k in cells["key"].unique() if any(fnmatchcase(k, p) for p in patterns)}
    own = cells[cells["key"].isin(keys)]
    lost = set(own.loc[own["raw"].isna() & own["value"].isna(), "report"])
    numbers: dict[str, list[float]] = {str(r): [] for r in own["report"].unique() if r not in lost}
    places: dict[str, list[str]] = {r: [] for r in numbers}
    read = own[own["value"].notna() & ~own["report"].isin(lost)]
    for report, value, start, end in zip(read["report"], read["value"].astype(float), read["start"], read["end"], strict=True):
        numbers[str(report)].append(value)
        if not pd.isna(start):
            places[str(report)].append(f"{int(start)}-{int(end)}")
    return {r: (sum(n), len(n), places[r]) for r, n in numbers.items()}


def _checked(rule: Mapping[str, Any], checks: pd.DataFrame) -> dict[str, list[list[str]]]:
    """By report, the places of each finding of the signal's kinds."""
    out: dict[str, list[list[str]]] = {}
    kinds = checks.reindex(columns=["report", "check", "places"])
    for report, places in kinds.loc[kinds["check"].isin(rule["checks"]), ["report", "places"]].itertuples(index=False, name=None):
        listed = places.split(";") if isinstance(places, str) else list(places) if places is not None else []
        out.setdefault(str(report), []).append([str(p) for p in listed if p])
    return out


def _said(rule: Mapping[str, Any], parts: pd.DataFrame) -> dict[str, list[list[str]]]:
    """By report, the places where its sections say what the pattern describes and do not deny it."""
    says, denied, hint = re.compile(rule["says"]), re.compile(rule["denied"] + "$"), re.compile(rule["hint"])
    out: dict[str, list[list[str]]] = {}
    for part in parts[parts["kind"].isin(rule["sections"])].dropna(subset=["text"]).to_dict("records"):
        # Repair takes long, and few sections say such a thing.
        if not hint.search("".join(str(part["text"]).split())):
            continue
        view = repair(str(part["text"]), int(part["start"]))
        for m in says.finditer(view.text):
            if not denied.search(view.text[max(0, m.start() - _BEFORE) : m.start()]):
                start, end = view.source(*m.span())
                out.setdefault(str(part["report"]), []).append([f"{start}-{end}"])
    return out


class _Told:
    """What the reports admit: the themes of their problems and measures, and where."""

    def __init__(self, statements: pd.DataFrame, parts: pd.DataFrame) -> None:
        self.said: dict[str, list[tuple[str, set[str], str]]] = {}
        columns = statements.reindex(columns=["report", "role", "themes", "start", "end"])
        for report, role, themes, start, end in columns.itertuples(index=False, name=None):
            self.said.setdefault(str(report), []).append((role, set(themes_of(themes)), f"{start}-{end}"))
        coded = parts[parts["kind"].isin(CODED_KINDS)].drop_duplicates("report")
        self.numbers = dict(zip(coded["report"].astype(str), coded["number"], strict=True))

    def of(self, report: str, themes: Sequence[str]) -> tuple[str, list[str], list[str], int]:
        """The state of a signal in a report, the themes it is about, where they are spoken of, and which name the section has."""
        import pandas as pd

        said, number = self.said.get(report, []), self.numbers.get(report)
        section = 0 if number is not None and not pd.isna(number) and int(number) == 5 else 1
        for role, state in ((_PROBLEM, "admitted"), (_MEASURE, "measures")):
            spoken = [(mine, place) for r, mine, place in said if r == role and mine & set(themes)]
            if spoken:
                return state, [t for t in themes if any(t in mine for mine, _ in spoken)], [place for _, place in spoken], section
        return ("silent" if said or report in self.numbers else "missing"), list(themes), [], section


def _question(rule: Mapping[str, Any], numbers: Mapping[str, Any], state: str, section: int, labels: Sequence[str], lang: str) -> str:
    """The question in one language."""
    words = data("candour.yaml")
    whole = numbers["of"]
    values = {"count": f"{numbers['count']:g}", "of": f"{whole:g}" if whole else "", "percent": str(half_up(numbers["value"] * 100))}
    fact = _PLURAL.sub(lambda m: m[1] if numbers["count"] == 1 else m[2], rule[lang]).format(**values)
    ask, part = rule.get("ask", words["ask"])[lang], words["sections"][lang][section]
    end = words["ends"][state][lang].format(section=part, themes=words["join"][lang].join(labels), ask=ask)
    return (fact[0].upper() + fact[1:] if lang == "en" else fact) + end

"""The forms of the statutory tables: which rows and columns there are, and how their labels look on a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .resources import data
from .script import simplify

TABLES = ("proactive", "requests", "litigation")

_SIGNS = {"（": "[（(]", "）": "[）)]", "“": "[“”\"'‘’]?", "”": "[“”\"'‘’]?", "、": "[、,，.．]?", "，": "[，,、]?", "/": "[/／∕]"}
_GAP = r"\s*"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a form: its id, its label as printed and the label's pattern, and its columns by form (ids, in order)."""

    id: str
    label: str
    pattern: str
    columns: Mapping[str, tuple[str, ...]]


def plain(text: str) -> str:
    """Return text in the plain characters that labels are written in, one for one.

    >>> plain("⼀、總計（７）")
    '一、总计(7)'
    """
    if text.isascii():
        return text
    for c in set(text):
        if (normal := _normal(c)) != c:
            text = text.replace(c, normal)
    return simplify(text)


@cache
def _normal(character: str) -> str:
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


def loose(label: str) -> str:
    """Return a pattern for a label however it is broken and punctuated; `[…]` may be missing, `|` parts alternatives.

    >>> bool(re.fullmatch(loose("危及“三安全"), "危及三 安\\n全"))
    True
    """
    out = []
    for c in label:
        out.append({"[": "(?:", "]": ")?", "|": "|"}.get(c) or _SIGNS.get(c) or re.escape(c))
        if c not in "[|":
            out.append(_GAP)
    parts = "".join(out).removesuffix(_GAP).replace(_GAP + "|", "|").replace(_GAP + ")?", ")?" + _GAP)
    return f"(?:{parts.removesuffix(_GAP)})"


def _numbered(number: str, label: str, needed: bool) -> str:
    """A label with its number before it; without punctuation a number must touch the label, since a value may stand there."""
    bare = re.escape(str(number).strip("（）"))
    wide = rf"[（(]\s*{bare}\s*[）)]\s*|(?<![\d.]){bare}\s*[、.．,，]\s*|(?<![\d.、]){bare}(?=[^\s\d])"
    return f"(?:{wide}){'' if needed else '?'}{loose(label)}"


def _printed(label: str) -> str:
    return label.partition("|")[0].translate({ord("["): None, ord("]"): None})


@cache
def rows(table: str) -> tuple[Row, ...]:
    """Return the rows of the tables of sections 二 (`proactive`) and 三 (`requests`), in their order on the page."""
    form = data("tables.yaml")[table]
    if table == "requests":
        columns = {"": tuple(form["columns"])}
        return tuple(
            Row(id, _printed(label), _numbered(str(n), label, id in form["numbered"]), columns) for id, (n, label) in form["rows"].items()
        )
    return tuple(
        Row(
            id,
            _printed(label),
            loose(label),
            {year: tuple(names) for year, names in block["forms"].items() if form["only"].get(id, year) == year},
        )
        for block in form["blocks"]
        for id, label in block["rows"].items()
    )


@cache
def row_pattern(table: str) -> re.Pattern[str]:
    """Return one pattern for all row labels of a table; the group that fits names the row."""
    # Longer labels come first, so that one does not hide in another.
    ordered = sorted(rows(table), key=lambda r: -len(r.pattern))
    # The first look is at one character, because nearly all places fail there.
    return re.compile(rf"(?=[{_begins(table)}])(?:" + "|".join(f"(?P<{r.id}>{r.pattern})" for r in ordered) + ")")


def _begins(table: str) -> str:
    """The characters that row labels begin with, or the numbers before them."""
    form = data("tables.yaml")[table]
    numbered = list(form["rows"].values()) if table == "requests" else [("", la) for b in form["blocks"] for la in b["rows"].values()]
    first = {str(number).strip("（）")[:1] for number, _ in numbered} | {one[0] for _, label in numbered for one in label.split("|")}
    return re.escape("".join(sorted(first | {"（", "("})))


@cache
def column_labels(table: str, row: str, form: str) -> Mapping[str, re.Pattern[str]]:
    """Return the pattern of each column's label, by column id, for a row in one form."""
    layout = data("tables.yaml")[table]
    labels = layout["columns"] if table == "requests" else layout["blocks"][block_of()[row]]["forms"][form]
    return {column: re.compile(loose(label)) for column, label in labels.items()}


@cache
def column_name(table: str, row: str, column: str) -> str:
    """Return a column's label as printed, for a message.

    >>> column_name("litigation", "cases", "review_total"), column_name("proactive", "licences", "change")
    ('行政复议总计', '本年增/减')
    """
    layout = data("tables.yaml")[table]
    if table == "requests":
        return str(layout["columns"][column])
    if table == "litigation":
        group, _, result = column.rpartition("_")
        return f"{layout['groups'][group]}{layout['results'][result]}"
    forms = layout["blocks"][block_of()[row]]["forms"].values()
    return next(str(columns[column]) for columns in forms if column in columns)


@cache
def header_labels(table: str) -> re.Pattern[str]:
    """Return one pattern for the column labels of sections 二 and 三; `headers_in` reads what fits."""
    layout = data("tables.yaml")[table]
    labels = (
        layout["columns"].values()
        if table == "requests"
        else {v for b in layout["blocks"] for c in b["forms"].values() for v in c.values()}
    )
    return re.compile("|".join(f"({loose(label)})" for label in sorted(labels, key=len, reverse=True)))


def headers_in(text: str, table: str, start: int, end: int) -> list[str]:
    """Return the column labels in a stretch of text, in plain spelling and in their order."""
    return ["".join(m.group().split()).replace("／", "/") for m in header_labels(table).finditer(text, start, end)]


@cache
def first_columns() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """Return, for each block of section 二, the pattern of its header's first column and which form each fit tells."""
    out = []
    for block in data("tables.yaml")["proactive"]["blocks"]:
        labels = {year: next(iter(columns.values())) for year, columns in block["forms"].items()}
        pattern = re.compile("|".join(f"(?P<form_{year}>{loose(label)})" for year, label in labels.items()))
        out.append((pattern, {f"form_{year}": year for year in labels}))
    return tuple(out)


@cache
def block_of() -> Mapping[str, int]:
    """Return the number of the block that holds each row of section 二."""
    return {id: n for n, block in enumerate(data("tables.yaml")["proactive"]["blocks"]) for id in block["rows"]}


@cache
def litigation_columns() -> tuple[str, ...]:
    """Return the fifteen columns of the table of section 四."""
    form = data("tables.yaml")["litigation"]
    return tuple(f"{g}_{r}" for g in form["groups"] for r in form["results"])


@cache
def litigation_orders() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Return pairs of labels of section 四, of which the first stands before the second; they fit whole cells only."""
    pairs = data("tables.yaml")["litigation"]["in_order"]
    a, b = ([re.compile(rf"(?<![^\s|]){loose(pair[n])}(?![^\s|])") for pair in pairs] for n in (0, 1))
    return tuple(zip(a, b, strict=True))


@cache
def litigation_header() -> re.Pattern[str]:
    """Return the pattern of one label of the header of section 四; the group that fits names the result."""
    results = data("tables.yaml")["litigation"]["results"]
    return re.compile("|".join(f"(?P<{id}>{loose(label)})" for id, label in results.items()))

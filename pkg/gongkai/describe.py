"""Who wrote a report, for which year, at which level: read from title, text and signature; the user's table wins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from .errors import UserError
from .read import Found, decode
from .records import Report
from .repair import View, repair
from .resources import data

FIELDS = ("body", "year", "level", "region")
_HEAD = 1500
_TITLE_LINES = 12
_DIGITS = str.maketrans("〇○Oo零一二三四五六七八九", "00000123456789")


class MetadataError(UserError):
    """A metadata table that cannot be used; the message names the file and the cure."""


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(data("bodies.yaml")[name])


def _year(text: str) -> int | None:
    m = _pattern("year").search(text)
    if not m:
        return None
    digits = m["digits"] or m["hanzi"].translate(_DIGITS)
    return int(digits) if digits.isdigit() and 1990 <= int(digits) <= 2100 else None


def title_span(text: str) -> tuple[int, int] | None:
    """Return the source offsets of the report's title (over one to four lines), or None where it has none.

    >>> title_span("柳泉县青禾镇\\n2021年政府信息公开工作年度报告\\n\\n一、总体情况")
    (0, 24)
    """
    lines = [m for m in re.finditer(r"[^\n\r]+", text[:_HEAD]) if m.group().strip()][:_TITLE_LINES]
    for n, line in enumerate(lines):
        first = max(0, n - 2)
        for begin in range(n, first - 1, -1):
            joined = _unmarked(text[lines[begin].start() : line.end()])
            found = _pattern("title").search(joined.text)
            if found and found.start() < 80 and "。" not in joined.text[: found.start()]:
                rest = joined.text[: found.start()]
                if (
                    begin > first
                    and _short(text, lines[begin - 1])
                    and not level_of(_body(rest))
                    and not _says_enough(text, lines[begin - 1], rest)
                ):
                    continue
                return lines[begin].start() + joined.starts[0], lines[begin].start() + joined.ends[found.end() - 1]
    return None


def _unmarked(text: str) -> View:
    """The repaired view of a title, without Markdown's signs."""
    return repair(text.replace("#", " "))


def _says_enough(text: str, above: re.Match[str], rest: str) -> bool:
    """Say whether a name needs nothing of the line above: it has a name, and that line is no place or office to put before it."""
    return bool(_body(rest)) and not is_office(_unmarked(above.group()).text)


def _short(text: str, line: re.Match[str]) -> bool:
    name = _unmarked(line.group()).text
    return 2 <= len(name) <= 30 and not re.search(r"[，。；：]|目录", name)


def _body(before_title: str) -> str:
    """Strip year and filling words from what stands before 政府信息公开…报告."""
    name = _pattern("year").sub("", before_title)
    name = re.sub(r"^[\s年度》《：]+|^关于|^度", "", name)
    name = re.sub(r"(关于|年度|年|度|的|《)+$", "", name)
    before, _, after = name.partition("关于")
    name = after if is_office(after) else before
    return _office(name.strip("《》 #*"))


def _office(name: str) -> str:
    """One name for an office, whether it calls itself 青禾镇 or 青禾镇人民政府."""
    return re.sub(data("bodies.yaml")["dropped"], "", name)


def level_of(body: str | None) -> str | None:
    """Return the level that the name of an office tells, or None.

    >>> level_of("柳泉县水利局"), level_of("青禾镇人民政府"), level_of("水利局")
    ('部门(县级)', '乡镇', None)
    """
    if not body:
        return None
    for rule in data("bodies.yaml")["levels"]:
        m = re.search(rule["pattern"], body)
        if not m:
            continue
        if not rule.get("by_prefix"):
            return rule["level"]
        place = body[: m.start()]
        return next((p["level"] for p in data("bodies.yaml")["prefixes"] if re.search(p["pattern"], place)), None)
    return None


def is_office(name: str) -> bool:
    """Say whether a name ends like that of an office of any level."""
    return any(re.search(rule["pattern"], name) for rule in data("bodies.yaml")["levels"])


def _signed(text: str) -> str | None:
    """The office named above the date at the end of the text."""
    tail = text[-400:]
    lines = [repair(line).text for line in tail.splitlines() if line.strip()]
    for before, line in zip(lines[::-1][1:], lines[::-1], strict=False):
        if _pattern("signature_date").fullmatch(line) and is_office(before) and len(before) <= 30:
            return _office(before)
    return None


def describe(report: Report, metadata: Mapping[str, object] | None = None) -> Report:
    """Return the report with body, year and level filled in from its text, and then from the user's `metadata` row.

    >>> r = describe(Report("a.txt", "柳泉县青禾镇2021年政府信息公开工作年度报告"))
    >>> r.body, r.year, r.level
    ('柳泉县青禾镇', 2021, '乡镇')
    """
    head = repair(report.text[:_HEAD]).text
    span = title_span(report.text)
    title = _unmarked(report.text[slice(*span)]).text if span else ""
    found = _pattern("title").search(title)
    body = _body(title[: found.start()]) if found else ""
    if not level_of(body):
        other = _signed(report.text)
        for name in ("compiled", "named"):
            other = other or next((m.group(1) for m in [_pattern(name).search(head)] if m and level_of(m.group(1))), None)
        body = _office(other or "") or body or _body(_stem(report.id))
    fuller = _body(_stem(report.id))
    if body and fuller != body and fuller.endswith(body):
        body = fuller
    year = _year(title) or _year(_stem(report.id)) or _year_of_text(head)
    known: dict[str, object] = {"body": body or None, "year": year, "level": level_of(body)}
    given = {k: v for k, v in (metadata or {}).items() if v not in (None, "")}
    if "body" in given and "level" not in given:
        known["level"] = level_of(str(given["body"])) or known["level"]
    known |= {k: v for k, v in given.items() if k in FIELDS}
    extra = {k: v for k, v in given.items() if k not in FIELDS and k != "report"}
    return replace(report, **known, metadata=extra or report.metadata)  # type: ignore[arg-type]


def _stem(id: str) -> str:
    stem = Path(id).stem
    m = _pattern("title").search(stem)
    return stem[: m.start()] if m else stem if re.search(r"[一-鿿]", stem) else ""


def _year_of_text(head: str) -> int | None:
    """The year whose first of January opens the reporting period, else the first year that the opening names."""
    m = re.search(r"(\d{4})年1月1日", head)
    return int(m.group(1)) if m else _year(_pattern("signature_date").sub("", head))


def read_metadata(path: str | Path) -> dict[str, dict[str, object]]:
    """Read a metadata table (CSV: report, body, year, level, region and any further columns) into rows by report.

    Raises MetadataError for a table without a `report` column, a report given twice, or a year that is no number.
    """
    file = Path(path)
    try:
        rows = list(csv.DictReader(io.StringIO(decode(file.read_bytes()).lstrip("\ufeff"))))
    except FileNotFoundError as error:
        raise MetadataError(f"{file}: no such file; check the spelling of the path") from error
    except (OSError, ValueError, csv.Error) as error:
        raise MetadataError(f"{file}: cannot be read ({error}); save it as CSV in UTF-8") from error
    if (rows and "report" not in rows[0]) or not rows:
        raise MetadataError(f"{file}: needs a first line with the column names, 'report' among them, and at least one row")
    table: dict[str, dict[str, object]] = {}
    for n, row in enumerate(rows, 2):
        key = (row.get("report") or "").strip()
        values: dict[str, object] = {k: v.strip() for k, v in row.items() if k and isinstance(v, str)}
        if key in table:
            raise MetadataError(f"{file}: line {n}: report {key!r} stands twice; keep one row")
        if year := values.get("year"):
            try:
                values["year"] = int(float(str(year).rstrip("年")))
            except (ValueError, OverflowError):
                raise MetadataError(f"{file}: line {n}: year {year!r} is no number; write it as 2021") from None
        table[key] = values
    return table


def metadata_for(id: str, table: Mapping[str, Mapping[str, object]]) -> Mapping[str, object] | None:
    """Return the row of a report: by its path, its file name, or its name without the ending."""
    path = Path(id)
    return next((table[k] for k in (id, path.name, path.with_suffix("").as_posix(), path.stem) if k in table), None)


def metadata_rows(files: Sequence[Found], metadata: str | Path | None = None) -> tuple[dict[str, Mapping[str, object]], list[str]]:
    """Return the metadata row of each report (by id) that has one, and the rows that name no report.

    The table given applies to all; without one, the `metadata.csv` of a folder to the reports below that folder.
    """
    rows: dict[str, Mapping[str, object]] = {}
    strays: list[str] = []
    by_root: dict[Path, list[Found]] = {}
    for file in files:
        by_root.setdefault(file.root, []).append(file)
    whole = read_metadata(metadata) if metadata is not None else None
    for root, mine in by_root.items():
        beside = root / "metadata.csv"
        table = whole if whole is not None else read_metadata(beside) if beside.is_file() else {}
        rows |= {f.id: row for f in mine if (row := metadata_for(f.name, table) or metadata_for(f.id, table))}
        if whole is None:
            strays += unmatched(table, [f.name for f in mine])
    if whole is not None:
        strays = unmatched(whole, [name for f in files for name in (f.id, f.name)])
    return rows, strays


def unmatched(table: Mapping[str, object], ids: Iterable[str]) -> list[str]:
    """Return the reports a metadata table names that are not among the reports read."""
    known: set[str] = set()
    for i in ids:
        path = Path(i)
        known |= {i, path.name, path.with_suffix("").as_posix(), path.stem}
    return [k for k in table if k not in known]

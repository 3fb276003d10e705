"""Who wrote a report, for which year, at which level, from where: read from title, text and file name; the user's table wins.

`Report.origins` says where each of body, year, level and region was read:

metadata    the user's table
title       the title of the report, or of the web page it stands on
opening     the first page of the text: who compiled it, the reporting period, an address, a source line
signature   the office above the last date; of a year, the year before that date
file name   the name of the file
folder      the folders above it
name        for level and region: the name of the body itself

Where a region stays open, `region_candidates` holds the divisions that it may be, joined by `;`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .divisions import Division, Divisions
from .metadata import MetadataError, metadata_for, metadata_rows, read_metadata, unmatched
from .offices import find, is_department, is_office, level_by_place, level_of, names_a_place, pattern
from .read.rows import year_of
from .records import Report
from .regions import Settled, namings, place, settle, shorthand
from .resources import data
from .sources import Sources, compiled_by, file_office, named_in, sources, title_span

__all__ = [
    "FIELDS", "MetadataError", "describe", "is_office", "level_of", "metadata_for", "metadata_rows", "read_metadata", "title_span",
    "unmatched",
]  # fmt: skip

FIELDS = ("body", "year", "level", "region")
_DIGITS = str.maketrans("〇○Oo零一二三四五六七八九", "00000123456789")
_SAID_APART = ("signature", "file name", "folder")


def describe(report: Report, metadata: Mapping[str, object] | None = None) -> Report:
    """Return the report with body, year, level and region filled in, first from the user's `metadata` row, then from itself.

    `origins` says where each was read; where sources disagree, the first of them holds and `warnings` names them all.

    >>> r = describe(Report("孝义市.txt", "孝义市振兴街道2021年政府信息公开工作年度报告"))
    >>> r.body, r.year, r.level, r.region
    ('孝义市振兴街道', 2021, '街道', '山西省吕梁市孝义市')
    >>> dict(r.origins)
    {'body': 'title', 'year': 'title', 'level': 'name', 'region': 'name'}
    """
    given = {k: v for k, v in (metadata or {}).items() if v not in (None, "")}
    known: dict[str, object] = {k: v for k, v in given.items() if k in FIELDS}
    if "year" in known:
        try:
            known["year"] = year_of(known["year"])
        except ValueError as error:
            raise MetadataError(f"{report.id}: {error}") from None
    origins = dict.fromkeys(known, "metadata")
    warnings: list[str] = []
    read = sources(report)
    if "year" not in known:
        known["year"] = _note(origins, "year", _report_year(read, warnings))
    year = known["year"] if isinstance(known["year"], int) else None
    if "body" not in known:
        known["body"] = _note(origins, "body", _body(read, year, warnings))
    body = str(known["body"] or "")
    level = level_of(body, year)
    settled = _region(body, level, year, read, str(known.get("region") or ""))
    home = settled.division
    if home and "body" not in given and shorthand(body, year):
        known["body"], level = home.names[-1], home.level
    if "level" not in known:
        known["level"] = _note(origins, "level", (level, "name") if level else _level_by_place(body, settled, read))
    if "region" not in known:
        known["region"] = _note(origins, "region", (home.path, settled.origin) if home else None)
        warnings += _open_or_disputed(body, settled, origins)
    extra = {k: v for k, v in given.items() if k not in FIELDS and k != "report"}
    origins = {f: origins[f] for f in (*FIELDS, "region_candidates") if f in origins}
    said = tuple(dict.fromkeys((*report.warnings, *warnings)))
    return replace(report, **known, origins=origins, warnings=said, metadata=extra if given else report.metadata)  # type: ignore[arg-type]


def _note(origins: dict[str, str], field: str, found: tuple[object, str | None] | None) -> object:
    """Note where a field was read, and return its value."""
    if not found:
        return None
    origins[field] = found[1] or ""
    return found[0]


def _year(text: str) -> int | None:
    m = pattern("year").search(text)
    if not m:
        return None
    digits = m["digits"] or m["hanzi"].translate(_DIGITS)
    return int(digits) if digits.isdigit() and 1990 <= int(digits) <= 2100 else None


def _without(text: str, *patterns: str) -> str:
    for name in patterns:
        text = pattern(name).sub(" ", text)
    return text


def _report_year(read: Sources, warnings: list[str]) -> tuple[int, str] | None:
    """The year reported on, and where it was read; says where sources of equal standing differ."""
    period = find("period", read.opening)
    said = [
        ("title", _year(read.title)),
        ("opening", int(period[1]) if period else None),
        ("file name", _year(_without(read.file, "day"))),
    ]
    signed = _year(read.day) if read.day else None
    month = next((g for m in [pattern("signature_month").search(read.day)] if m for g in m.groups() if g), "") if signed else ""
    last_month = month in data("bodies.yaml")["december"]
    folder = next((y for f in reversed(read.folders) if (y := _year(_without(f, "day")))), None)
    found = next(((y, where) for where, y in said if y), None)
    if found is None:
        others = [
            ("opening", _year(_without(read.opening, "day", "passing"))),
            ("folder", folder),
            ("signature", signed - 1 if signed and not last_month else None),
        ]
        found = next(((y, where) for where, y in others if y), None)
    if found is None:
        return None
    year, origin = found
    # Reports are often kept by the year they were published in, which is the next one.
    differ = [(where, str(y)) for where, y in (*said, ("folder", folder if folder != year + 1 else None)) if y and y != year]
    if signed and origin != "signature" and signed <= year and not (signed == year and last_month):
        differ.append(("signature", read.day))
    if differ:
        warnings.append(_differ("year", (origin, str(year)), differ))
    return found


def _differ(field: str, first: tuple[str, str], others: Sequence[tuple[str, str]]) -> str:
    return f"{field}: the {first[0]} says {first[1]}, " + ", ".join(f"the {where} {what}" for where, what in others)


def _bodies(read: Sources, compiler: str) -> Iterator[tuple[str, str]]:
    """The offices that may have written the report, the most trusted first, with where they are named."""
    yield "title", read.name
    yield "signature", read.signed
    yield "opening", compiler
    if not level_of(read.name) or not names_a_place(read.name):
        yield from (("opening", name) for name in named_in(read.opening) if level_of(name))
    name = file_office(read.file)
    if is_office(name) or shorthand(name):
        yield "file name", name
    yield from (("title", site) for site in read.sites)
    if not name:
        yield from (("folder", f) for f in reversed(read.folders) if is_office(f))


def _body(read: Sources, year: int | None, warnings: list[str]) -> tuple[str, str] | None:
    """The office that wrote the report, with its place where any source names it."""
    compiler = compiled_by(read.opening)
    named = [(where, name) for where, name in _bodies(read, compiler) if name]
    found = next((n for n in named if level_of(n[1], year)), named[0] if named else None)
    if found is None:
        return None
    origin, body = found
    for where, name in named:
        if name != body and name.endswith(body) and (where == "file name" or not names_a_place(body)):
            origin, body = where, name
    said = (("signature", read.signed), ("opening", compiler), ("file name", file_office(read.file)))
    others = [(where, name) for where, name in said if level_of(name) and not _within(name, body) and not _within(body, name)]
    if others and level_of(body):
        warnings.append(_differ("body", (origin, body), others))
    return body, origin


def _within(short: str, long: str) -> bool:
    """Say whether one name is another one cut short: 柳泉县卫健局, 柳泉县卫生健康局."""
    rest = iter(long)
    return all(c in rest for c in short)


def _region(body: str, level: str | None, year: int | None, read: Sources, given: str) -> Settled:
    """Where the body is from: by its name, and by what else the report names where that tells nothing or leaves it open."""
    words = data("bodies.yaml")
    own, end = place(body, year)
    unknown = names_a_place(body[end:])
    # A county holds no county: 永安市栖霞区 is another 永安市.
    if level in words["everywhere"] or (unknown and not any(d.holds_counties for d in own)):
        return Settled()
    # The opening tells nothing more of a county, and is not said to differ.
    open_ = len(own) != 1 or own[0].holds_counties
    evidence: list[tuple[str, list[Divisions]]] = [
        ("metadata", _places(given, year)),
        ("signature", _places(read.signed, year)),
        ("opening", [n.divisions for n in namings(read.opening, year, running=True)] if open_ else []),
        ("file name", _places(read.file, year)),
        ("folder", [d for f in read.folders for d in _places(f, year)]),
    ]
    return settle(own, evidence, deepen=level in words["below_county"] and not unknown)


def _places(name: str, year: int | None) -> list[Divisions]:
    """The places that a name holds, written out or short."""
    return [n.divisions for n in namings(name, year)] or [d for d in [shorthand(file_office(name), year)] if d]


def _level_by_place(body: str, settled: Settled, read: Sources) -> tuple[str, str] | None:
    if not is_department(body):
        return None
    superior = pattern("superior").search(read.opening)
    # An address tells where an office stands, which may be a district of the city it works for.
    home: Division | None = settled.division if superior or settled.origin != "opening" else None
    level = level_by_place(body, home, next((g for g in superior.groups() if g), None) if superior else None)
    return (level, "opening" if superior else settled.origin or "") if level else None


def _open_or_disputed(body: str, settled: Settled, origins: dict[str, str]) -> Iterator[str]:
    """Say of which divisions a region may be where it is open, and which sources name another one."""
    home = settled.division
    if settled.divisions and not home:
        paths = [d.path for d in settled.divisions]
        origins["region_candidates"] = ";".join(paths)
        yield f"region: {body} may be of {', '.join(paths)}; name the city in the folder, the file name or the metadata table"
    said = [(where, d[0].path) for where, d in settled.clashes if d and where in _SAID_APART]
    if home and said:
        yield _differ("region", (settled.origin or "", home.path), said)

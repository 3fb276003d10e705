"""Text to sections: of the possible headings, the whole assignment that fits best together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from .assignment import headings
from .candidates import SHORT_BODY, Place, statutory_number
from .describe import title_span
from .edges import before_signature, trim
from .inferred import inferred
from .records import Missing, Report, Section
from .resources import data


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The sections of a text in order, the kinds that were looked for and not found, and what was odd."""

    sections: tuple[Section, ...]
    missing: tuple[Missing, ...]
    warnings: tuple[str, ...] = ()


def segment(report: Report | str) -> Segmentation:
    """Split a report into sections, as character offsets into its text.

    >>> found = segment("一、总体情况\\n平稳。\\n五、存在的主要问题及改进情况\\n更新慢。\\n六、其他需要报告的事项\\n无")
    >>> [(s.kind, s.start, s.end) for s in found.sections if s.kind == "problems"]
    [('problems', 11, 30)]
    """
    text, year = (report, None) if isinstance(report, str) else (report.readable(), report.year)
    chosen = headings(text)
    ends = [p.start for p, _ in chosen[1:]]
    if chosen:
        ends.append(before_signature(text))
    sections = _preface(text, chosen[0][0].start) if chosen else []
    sections += [_section(text, place, sure, end, year) for (place, sure), end in zip(chosen, ends, strict=True)]
    kinds = tuple(s.kind for s in sections)
    if "problems" not in kinds and (found := inferred(text, sections)):
        sections = found
        kinds = tuple(s.kind for s in sections)
    return Segmentation(tuple(sections), _missing(kinds, year is None or year >= _since()), _order_warnings(kinds, sections))


def _section(text: str, place: Place, confidence: float, end: int, year: int | None) -> Section:
    line, c = place
    end = trim(text, line + c.title_end, end)
    body = line + c.body_start
    while body < end and text[body] in " \t\u3000\r\n\xa0*":
        body += 1
    look = c.look
    due = statutory_number(look.kind) if look.number and year and year >= _since() else None
    warnings = (f"numbered {look.number} where {due} is due",) if due and look.number != due else ()
    return Section(look.kind, look.number, c.title, line + c.start, body if body < end else end, end, confidence, warnings)


@cache
def _since() -> int:
    """The first year of the statutory form."""
    return int(data("headings.yaml")["since"])


def _preface(text: str, end: int) -> list[Section]:
    """What stands between the report's title and its first heading, which begins at `end`."""
    span = title_span(text)
    start = span[1] if span else 0
    while start < end and text[start] in " \t\u3000\r\n\xa0#*\ufeff":
        start += 1
    end = trim(text, start, end) if start < end else end
    return [Section("preface", None, "", start, start, end, 0.9)] if end - start > SHORT_BODY else []


@lru_cache(maxsize=256)
def _missing(kinds: tuple[str, ...], statutory: bool) -> tuple[Missing, ...]:
    """The kinds of section that were due and are not among those found."""
    due = data("headings.yaml")["statutory"] if statutory else ("problems",)
    reason = "no heading found" if kinds else "no heading of any section found"
    return tuple(Missing(k, reason + (" and no words of such a section" if k == "problems" else "")) for k in due if k not in kinds)


def _order_warnings(kinds: tuple[str, ...], sections: Sequence[Section]) -> tuple[str, ...]:
    pairs = ((sections[i], sections[j]) for i, j in _misplaced(kinds))
    return tuple(f"section {b.title!r} ({b.kind}) stands after {a.title!r} ({a.kind})" for a, b in pairs)


@lru_cache(maxsize=256)
def _misplaced(kinds: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Which sections, by their index, come after one that they usually come before."""
    order = data("headings.yaml")["order"]
    known = [(i, order.index(k)) for i, k in enumerate(kinds) if k in order]
    return tuple((i, j) for (i, a), (j, b) in pairwise(known) if b < a)

"""Text to sections: of the possible headings, the whole assignment that fits best together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .assignment import headings, transition
from .candidates import SHORT_BODY, Candidate, statutory_number
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
    sections = []
    for i, c in enumerate(chosen):
        after = chosen[i + 1] if i + 1 < len(chosen) else None
        end = after.start if after else before_signature(text)
        sections.append(_section(text, c, chosen[i - 1] if i else None, after, end, year))
    sections = _preface(text, chosen) + sections
    if not any(s.kind == "problems" for s in sections) and (found := inferred(text, sections)):
        sections = found
    return Segmentation(tuple(sections), _missing(sections, year), _order_warnings(sections))


def _section(text: str, c: Candidate, before: Candidate | None, after: Candidate | None, end: int, year: int | None) -> Section:
    end = trim(text, c.title_end, end)
    body = c.body_start
    while body < end and text[body] in " \t\u3000\r\n\xa0*":
        body += 1
    local = c.score + (transition(before, c, text) if before else 0) / 2 + (transition(c, after, text) if after else 0) / 2
    warnings = []
    due = statutory_number(c.kind) if year and year >= data("headings.yaml")["since"] else None
    if due and c.number and c.number != due:
        warnings.append(f"numbered {c.number} where {due} is due")
    return Section(c.kind, c.number, c.title, c.start, min(body, end), end, round(_confidence(local), 3), tuple(warnings))


def _confidence(score: float) -> float:
    return 1 / (1 + math.exp(1.5 - score))


def _preface(text: str, chosen: Sequence[Candidate]) -> list[Section]:
    """What stands between the report's title and its first heading."""
    span = title_span(text)
    start = span[1] if span else 0
    end = chosen[0].start if chosen else start
    while start < end and text[start] in " \t\u3000\r\n\xa0#*\ufeff":
        start += 1
    end = trim(text, start, end) if start < end else end
    return [Section("preface", None, "", start, start, end, 0.9)] if end - start > SHORT_BODY else []


def _missing(sections: Sequence[Section], year: int | None) -> tuple[Missing, ...]:
    settings = data("headings.yaml")
    here = {s.kind for s in sections}
    due = list(settings["statutory"]) if year is None or year >= settings["since"] else ["problems"]
    reason = "no heading found" if here else "no heading of any section found"
    return tuple(Missing(k, reason + (" and no words of such a section" if k == "problems" else "")) for k in due if k not in here)


def _order_warnings(sections: Sequence[Section]) -> tuple[str, ...]:
    order = data("headings.yaml")["order"]
    known = [s for s in sections if s.kind in order]
    return tuple(
        f"section {b.title!r} ({b.kind}) stands after {a.title!r} ({a.kind})"
        for a, b in itertools.pairwise(known)
        if order.index(b.kind) < order.index(a.kind)
    )

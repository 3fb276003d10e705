"""Text to sections: of the possible headings, the whole assignment that fits best together."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .assignment import headings, transition
from .candidates import SHORT_BODY, Candidate, statutory_number
from .describe import is_office, title_span
from .enumerators import enumerator_at
from .records import Missing, Report, Section
from .repair import repair
from .resources import data
from .titles import covers, title_at

_OPENING = 15
_ITEM = re.compile(r"(?:(?<=[\n\r。；;\s])|^)([一二三四五六七八九十]{1,2}[ \u3000]?、)")
_TRAILING = re.compile(r"(?:\s|\[bookmark:[^\]\n]{0,80}\]|[#>*](?=[\s#>*]*$))+$")


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
    text, year = (report, None) if isinstance(report, str) else (report.text, report.year)
    chosen = headings(text)
    sections = []
    for i, c in enumerate(chosen):
        after = chosen[i + 1] if i + 1 < len(chosen) else None
        end = after.start if after else _before_signature(text)
        sections.append(_section(text, c, chosen[i - 1] if i else None, after, end, year))
    sections = _preface(text, chosen) + sections
    if not any(s.kind == "problems" for s in sections) and (found := _inferred(text, sections)):
        sections = found
    return Segmentation(tuple(sections), _missing(sections, year), _order_warnings(sections))


def _section(text: str, c: Candidate, before: Candidate | None, after: Candidate | None, end: int, year: int | None) -> Section:
    end = _trim(text, c.title_end, end)
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


def _trim(text: str, start: int, end: int) -> int:
    m = _TRAILING.search(text, max(start, end - 2000), end)
    return max(start, m.start()) if m else end


def _before_signature(text: str) -> int:
    """Where the body of the last section ends: before the office and date lines that close a report."""
    lines = [m for m in re.finditer(r"[^\r\n]+", text[-600:]) if m.group().strip()]
    offset, end = max(0, len(text) - 600), len(text)
    date = re.compile(data("bodies.yaml")["signature_date"])
    for n, line in enumerate(lines[::-1][:4]):
        words = repair(line.group()).text
        if date.fullmatch(words):
            end = offset + line.start()
            above = repair(lines[-2 - n].group()).text if len(lines) > n + 1 else ""
            if above and len(above) <= 30 and is_office(above) and not re.search("[。；，：]", above):
                end = offset + lines[-2 - n].start()
            break
    return end


def _preface(text: str, chosen: Sequence[Candidate]) -> list[Section]:
    """What stands between the report's title and its first heading."""
    span = title_span(text)
    start = span[1] if span else 0
    end = chosen[0].start if chosen else start
    while start < end and text[start] in " \t\u3000\r\n\xa0#*\ufeff":
        start += 1
    end = _trim(text, start, end) if start < end else end
    return [Section("preface", None, "", start, start, end, 0.9)] if end - start > SHORT_BODY else []


def _inferred(text: str, sections: list[Section]) -> list[Section] | None:
    """Find a problem section without a heading, by a block label or by its words: after the tables, or in a bare page."""
    known = [s for s in sections if s.kind != "preface"]
    begin, end = None, _before_signature(text)
    if known and known[0].kind != "measures":
        for s, after in zip(reversed(known), [None, *reversed(known)], strict=False):
            inside = s.start if s.kind == "unknown" else s.body_start
            if s.kind in data("headings.yaml")["holders"]:
                begin = _problem_line(text, inside, s.end, listed=after is not None and after.kind == "measures")
                if begin is not None:
                    end = s.end
                    break
    else:
        span = title_span(text)
        end = known[0].start if known else end
        begin = _problem_line(text, span[1] if span else 0, end, listed=bool(known))
    if begin is None:
        return None
    begin, end = _whole_list(text, sections, begin, end)
    holder = next((s for s in sections if s.start <= begin < s.end), None)
    found = Section("problems", None, "", begin, begin, _trim(text, begin, end), 0.3, ("no heading found; known by its words only",))
    before = [s for s in sections if s is not holder and s.start < begin and s.end <= begin]
    if holder and holder.body_start < begin:
        cut = _trim(text, holder.body_start, begin)
        before.append(replace(holder, body_start=min(holder.body_start, cut), end=cut))
    return [*before, found, *(s for s in sections if s.start >= found.end)]


def _whole_list(text: str, sections: Sequence[Section], begin: int, end: int) -> tuple[int, int]:
    """Widen a problem section known by its words to the items 三、 四、 before and behind that go on with its list."""
    taken = [s for s in sections if s.kind == "unknown" and s.start >= begin and _lacks(s.title)]
    end = max([end, *(s.end for s in taken)])
    own = [s for s in sections if s.kind not in ("unknown", "preface") and s.start <= begin]
    items = list(_ITEM.finditer(text, own[-1].body_start if own else 0, min(len(text), begin + _OPENING)))
    first = next((i for i, m in enumerate(items) if m.start(1) >= begin), None)
    mark = enumerator_at(text[begin : begin + _OPENING])
    if first is None or not mark or mark.style != "top" or items[first].start(1) != begin:
        return begin, end
    number = mark.number
    for m in reversed(items[:first]):
        before = enumerator_at(m.group(1))
        if not before or not number or before.number != number - 1 or not _lacks(text[m.start(1) : begin]):
            break
        begin, number = m.start(1), before.number
    return begin, end


def _lacks(words: str) -> bool:
    return bool(re.search(data("headings.yaml")["lacks"], repair(words[:300]).text))


def _problem_line(text: str, start: int, end: int, listed: bool = False) -> int | None:
    """Where the first line begins that opens a problem section, or, where `listed`, the first item that tells of a lack."""
    lines = [start + m.start() for m in re.finditer(r"[^\s].*", text[start:end])]
    found = next((at for at in lines if _opens_problems(text[at:end].split("\n", 1)[0])), None)
    if found is None and listed:
        found = next((at for at in lines if enumerator_at(text[at : at + _OPENING]) and _lacks(text[at:end].split("\n", 1)[0])), None)
    return found


def _opens_problems(line: str) -> bool:
    words = repair(line[:300]).text
    mark = enumerator_at(words)
    rest = words[mark.length :] if mark else words
    title = title_at(rest)
    if title and title.kind == "problems" and covers(title, rest):
        return True
    return len(words) > _OPENING and bool(re.search(data("headings.yaml")["openings"], words))


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

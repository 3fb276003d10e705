"""The main text of a web page: the element that holds nearly all that reads like a report, without the page's apparatus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from ..resources import data
from .htmlpage import Item, Page, Span, names, pattern

# An element holds the report where it has all headings and all report-like text but for this share, and no more than so many characters.
_NEARLY, _OUTSIDE = 0.97, 150
# With so many headings in it, and all numbered lines, this share is enough: news beside the report speak of its matter too.
_SECTIONS, _MOST = 3, 0.7
# What stands around the page's text holds no more of the report-like text than this.
_LIGHT = 0.05
# An element around the one found is taken instead where it adds no more than this: characters, or a share of the report-like ones,
_ADDED, _ADDED_SHARE = 100, 0.3
# ... and links of no more than so many characters, or this share of what it adds.
_LINKS, _LINK_SHARE = 20, 0.25
# With so much report-like text, or so many headings, an element is the right one whatever it is called.
_ENOUGH, _HEADINGS = 100, 2
_PROSE = 30
_APPARATUS_LENGTH = 150
_LINE_OF_LINKS = 0.8


@dataclass(frozen=True, slots=True)
class Main:
    """The chosen lines and tables; `weight` counts their report-like characters, `numbered` and `headings` their numbered lines.

    `how` is "container", "density" or "page", by what they were chosen.
    """

    items: tuple[Item, ...]
    how: str
    weight: int
    numbered: int
    headings: int
    left_out: tuple[str, ...] = ()


@cache
def _apparatus() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in data("html.yaml")["apparatus"]))


def is_apparatus(item: Item) -> bool:
    """Say whether a line or table belongs to the page and not to its text: 打印 关闭, 上一篇, the table of particulars."""
    if item.cells:
        return len(set(pattern("particulars").findall(item.text))) > 1
    line = item.text.strip()
    if not any(c.isalnum() for c in line):
        return True
    return len(line) <= _APPARATUS_LENGTH and not _is_numbered(item) and bool(_apparatus().match(line))


def _is_links(item: Item) -> bool:
    return not item.document and item.han > 0 and item.linked >= _LINE_OF_LINKS * item.han


def _is_heading(item: Item) -> bool:
    return not item.cells and not _is_links(item) and bool(pattern("heading").match(item.text.strip()))


def _is_numbered(item: Item) -> bool:
    return not item.cells and bool(pattern("numbered").match(item.text.strip()))


def _weight(item: Item) -> int:
    """The characters that read like a report's: of numbered lines, of sentences and tables with words of the matter."""
    own = item.han - item.linked
    if own <= 0 or is_apparatus(item):
        return 0
    if _is_numbered(item):
        return own
    text = item.text
    return own if pattern("topic").search(text) and (item.cells or pattern("stop").search(text)) else 0


class _Sums:
    """How much any run of items holds."""

    def __init__(self, values: Iterable[int]) -> None:
        self._until = [0, *accumulate(values)]

    def of(self, span: Span) -> int:
        return self._until[span.last] - self._until[span.first]


@dataclass(frozen=True, slots=True)
class _Measures:
    """Report-like characters, headings, numbered lines, characters that are no links, and links."""

    weight: _Sums
    tops: _Sums
    numbered: _Sums
    own: _Sums
    linked: _Sums

    def adds(self, around: Span, inner: Span) -> int:
        return self.own.of(around) - self.own.of(inner)

    def adds_links(self, around: Span, inner: Span) -> bool:
        """Say whether an element adds to one inside it a menu more than a text."""
        return self.linked.of(around) - self.linked.of(inner) > _LINKS + _LINK_SHARE * self.adds(around, inner)


def main_text(page: Page) -> Main:
    """Choose the main text of a page; where nothing reads like a report, all lines but links and apparatus.

    >>> lines = ["首页", "一、总体情况", "全年平稳。", "二、存在的主要问题", "更新不及时。"]
    >>> page = Page([Item(t, len(t), 0) for t in lines], [Span(set(), 0, -1, 5), Span({"zoom"}, 1, 0, 5)])
    >>> [i.text for i in main_text(page).items] == lines[1:]
    True
    """
    items, whole = page.items, Span(set(), 0, -1, len(page.items))
    weights = [_weight(i) for i in items]
    headings = [int(_is_heading(i)) for i in items]
    numbers = [int(w > 0 and _is_numbered(i)) for w, i in zip(weights, items, strict=True)]
    apart = _furniture(page.spans, weights, headings)
    off = [a or is_apparatus(i) for a, i in zip(apart, items, strict=True)]
    kept, tops, numbered, own, linked = (
        [0 if o else v for o, v in zip(off, values, strict=True)]
        for values in (weights, headings, numbers, [i.han - i.linked for i in items], [i.linked for i in items])
    )
    found = _chosen(page.spans, whole, _Measures(*map(_Sums, (kept, tops, numbered, own, linked))))
    known = found is not None and bool(found.names & names("containers"))
    if found is None or not (known or sum(kept) >= _ENOUGH or sum(tops) >= _HEADINGS):
        # Too little to tell by: better the page with some of its apparatus than a part of the text.
        how, found = "page", whole
        chosen = [n for n, i in enumerate(items) if not off[n] and not _is_links(i)]
    else:
        how = "container" if known else "density"
        chosen = [n for n in range(found.first, found.last) if not off[n]]
        weighty = [n for n in chosen if kept[n]]
        chosen = [n for n in chosen if weighty[0] <= n <= weighty[-1] or not _is_links(items[n])]
        chosen = _from_title(items, chosen, weighty[0])
    outside = [n for n in range(len(items)) if apart[n] or not found.first <= n < found.last]
    return Main(
        tuple(items[n] for n in chosen),
        how,
        sum(kept[n] for n in chosen),
        sum(numbered[n] for n in chosen),
        sum(tops[n] for n in chosen),
        tuple(items[n].text for n in outside if weights[n] or _is_prose(items[n])),
    )


def _from_title(items: Sequence[Item], chosen: list[int], first: int) -> list[int]:
    """Leave out what stands above a title that stands above the first report-like line: the heading of a menu, the name of the site."""
    titles = [k for k, n in enumerate(chosen) if n < first and not items[n].cells and pattern("report_title").search(items[n].text)]
    if not titles:
        return chosen
    start = titles[0]
    # A title over two lines has the office in the first.
    two_lines = (
        start > 0
        and pattern("dated").match(items[chosen[start]].text.strip())
        and not pattern("site").search(items[chosen[start - 1]].text)
    )
    return chosen[start - 1 if two_lines else start :]


def _is_prose(item: Item) -> bool:
    return item.han - item.linked >= _PROSE and bool(pattern("prose").search(item.text)) and not is_apparatus(item)


def _furniture(spans: Sequence[Span], weights: Sequence[int], headings: Sequence[int]) -> list[bool]:
    """Say of each item whether it stands in the apparatus of the page, by the names of the elements around it."""
    weight, tops = _Sums(weights), _Sums(headings)
    total = sum(weights)
    changes = [0] * (len(weights) + 1)
    for span in spans:
        named = span.names & names("furniture") and not span.names & names("containers")
        if named and not tops.of(span) and weight.of(span) <= _LIGHT * total:
            changes[span.first] += 1
            changes[span.last] -= 1
    return [depth > 0 for depth in accumulate(changes[:-1])]


def _chosen(spans: Sequence[Span], whole: Span, m: _Measures) -> Span | None:
    """What holds the report-like text: a known container, or several with what lies between them, or the smallest element."""
    total = m.weight.of(whole)
    if not total:
        return None

    def holds(span: Span) -> bool:
        held = m.weight.of(span)
        if m.tops.of(span) < m.tops.of(whole):
            return False
        most = m.tops.of(span) >= _SECTIONS and m.numbered.of(span) == m.numbered.of(whole) and held >= _MOST * total
        return most or (held >= _NEARLY * total and total - held <= _OUTSIDE)

    smallest = min([s for s in spans if holds(s)] or [whole], key=_size)
    known = [s for s in spans if s.names & names("containers") and m.weight.of(s)]
    if known and not any(map(holds, known)):
        spread = Span(set().union(*(s.names for s in known)), min(s.first for s in known), -1, max(s.last for s in known))
        if holds(spread):
            return spread
    container = min([s for s in known if holds(s)], key=_size, default=smallest)
    # A container with a menu in it holds the page and not only its text.
    return _widened(spans, smallest if m.adds_links(container, smallest) else container, m)


def _size(span: Span) -> int:
    return span.last - span.first


def _widened(spans: Sequence[Span], found: Span, m: _Measures) -> Span:
    """The outermost element around one that adds little to it and hardly a link: signatures, tables, paragraphs beside."""
    known = bool(found.names & names("containers"))
    at = found.above
    while at >= 0:
        around = spans[at]
        at = around.above
        if known and not around.names & names("containers"):
            continue
        if m.adds(around, found) > max(_ADDED, _ADDED_SHARE * m.weight.of(found)) or m.adds_links(around, found):
            break
        found = around
    return found

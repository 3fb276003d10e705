"""Where the lines of a page or a column begin and end when they are full, and how far they stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .layout import Line, pattern
from .pages import Flow, Page

# In sizes of the type (em): how exactly lines end at a margin.
_LINED_UP = 0.75
# One line in so many may stick out over it.
_STICKING_OUT = 20
# Lines that make a margin: of all pages together or a column, and of one page, where they are also so large a part of its lines.
_FEW, _SEVERAL, _PART = 3, 4, 0.25
# Lines broken by hand: of so many long lines that end in mid-sentence, this share ends more than a character short of the margin;
# nearly all of them end at most so far short.
_LONG, _ENOUGH, _MOST, _NEARLY_ALL, _RAGGED = 15, 8, 0.7, 0.95, 6.0


@dataclass(frozen=True, slots=True)
class Margins:
    """Where full lines begin and end, and the usual distance from line to line, 0 where there is none (points).

    `slack` is how far short of the margin lines end that were broken by hand, 0 where the margin breaks them.
    """

    left: float
    right: float
    pitch: float
    slack: float = 0.0


def common_margins(pages: Sequence[Page]) -> dict[int, Margins]:
    """Return the margins of all pages of one width (rounded) together, columns aside."""
    by_width: dict[int, list[Flow]] = {}
    for page in pages:
        by_width.setdefault(round(page.width), []).extend(flow for flow in page.flows if flow.column is None)
    return {width: _margins(flows, None, _FEW) for width, flows in by_width.items()}


def page_margins(page: Page, common: dict[int, Margins]) -> Margins:
    """Return the margins of one page, those in common where it does not tell."""
    flows = [flow for flow in page.flows if flow.column is None]
    lines = sum(len(flow.items) for flow in flows)
    return _margins(flows, common[round(page.width)], max(_SEVERAL, int(_PART * lines)))


def flow_margins(flow: Flow, page: Margins) -> Margins:
    """Return the margins of a column, or of the page for what is none."""
    return page if flow.column is None else _margins([flow], Margins(*flow.column, page.pitch, page.slack), _FEW)


def _margins(flows: Sequence[Flow], known: Margins | None, needed: int) -> Margins:
    lines: list[Line] = []
    broken: list[Line] = []
    for flow in flows:
        inside = [item for item in flow.items if isinstance(item, Line) and not item.tabs]
        lines += inside
        broken += [line for line in inside[:-1] if _goes_on(line)]
    if not lines:
        return known or Margins(0.0, float("inf"), 0.0)
    size = sorted(line.size for line in lines)[len(lines) // 2]
    left = _edge([line.x0 for line in lines], size, needed)
    right = _edge([-line.x1 for line in broken], size, needed)
    steps = sorted(b.base - a.base for a, b in pairwise(lines) if 0 < b.base - a.base < 4 * size)
    if known is None:
        # Where no line goes on below, none is full.
        end = max((line.x1 for line in broken), default=float("inf"))
        known = Margins(min(line.x0 for line in lines), end, 0.0, _slack(broken, end if right is None else -right))
    return Margins(
        known.left if left is None else left,
        known.right if right is None else -right,
        steps[len(steps) // 2] if len(steps) > 2 else known.pitch,
        known.slack,
    )


def _slack(broken: Sequence[Line], right: float) -> float:
    """How far short of the margin long lines end in mid-sentence, where most do: somebody broke them by hand."""
    long = [line for line in broken if len(line.text) >= _LONG]
    short = sorted((right - line.x1) / line.size for line in long)
    if len(short) < _ENOUGH or short[int(_MOST * len(short))] <= 1:
        return 0.0
    return min(short[int(_NEARLY_ALL * len(short))] + 1, _RAGGED) * sorted(line.size for line in long)[len(long) // 2]


def _goes_on(line: Line) -> bool:
    """Whether a line seems to be broken off at the margin; headings and last lines of paragraphs tell nothing of it."""
    opening = pattern("enumerator").match(line.text)
    heads = opening and not pattern("stop").search(line.text, opening.end())
    return not heads and not pattern("sentence_end").fullmatch(line.text)


def _edge(places: list[float], size: float, needed: int) -> float | None:
    """The smallest place at which `needed` lines begin (or, negated, end); hardly any line may stick out over it."""
    ordered = sorted(places)
    pairs = zip(ordered[: len(ordered) // _STICKING_OUT + 1], ordered[needed - 1 :], strict=False)
    return next((first for first, last in pairs if last - first <= _LINED_UP * size), None)

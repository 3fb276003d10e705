"""Find the columns of a page: the blank strips between them, and the bands of full width that lie between blocks of columns."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# In sizes of the type (em): the narrowest strip between columns, the narrowest column, how exactly its lines end at its right edge.
_STRIP, _COLUMN, _FLUSH = 0.8, 9.0, 1.0
_SAME_START = 0.5
_DEPTH = 3
# More places than any page has where a column may begin.
_MOST_STARTS = 200
# With fewer runs of characters there are no columns.
_FEWEST = 8


@dataclass(frozen=True, slots=True)
class Block(Generic[T]):
    """Something that takes a place on the page: a run of characters or, with `solid`, a table; `held` is what it stands for.

    `stops` tells whether it has a comma, a full stop or the like in it, as prose has and cells of tables hardly have.
    """

    x0: float
    x1: float
    base: float
    size: float
    held: T
    stops: bool = False
    solid: bool = False


@dataclass(frozen=True, slots=True)
class Region(Generic[T]):
    """Blocks that are read together; `column` are the edges of a column, None where the page has one column only."""

    blocks: tuple[Block[T], ...]
    column: tuple[float, float] | None = None


def regions(blocks: Sequence[Block[T]]) -> list[Region[T]]:
    """Cut a page into the regions that are read one after the other.

    A strip counts as the space between columns where lines to its left end flush at it as prose does, for several lines; the
    gaps of justified lines and of tables without rules do not.
    """
    found: list[Region[T]] = []
    waiting = [(Region(tuple(sorted(blocks, key=_down))), 0)]
    while waiting:
        region, depth = waiting.pop()
        parts = _cut(region) if depth < _DEPTH else None
        if parts is None:
            found.append(region)
        else:
            waiting += [(part, depth + 1) for part in reversed(parts)]
    return found


def _cut(region: Region[T]) -> list[Region[T]] | None:
    """The bands of a region at its best strip, columns side by side; None where it has no strip."""
    blocks = region.blocks
    sizes = sorted(b.size for b in blocks if not b.solid)
    if len(sizes) < _FEWEST:
        return None
    size = sizes[len(sizes) // 2]
    best: list[_Band[T]] = []
    most = 0
    for x in _starts([b for b in blocks if not b.solid], size):
        bands = _bands(blocks, x, size)
        count = sum(len(b.blocks) for b in bands if b.columns)
        if count > most:
            best, most = bands, count
    if not most:
        return None
    parts: list[Region[T]] = []
    plain: list[Block[T]] = []
    for band in best:
        if not band.columns:
            plain += band.blocks
            continue
        if plain:
            parts.append(Region(tuple(plain), region.column))
            plain = []
        parts += band.columns
    if plain:
        parts.append(Region(tuple(plain), region.column))
    return parts


@dataclass(frozen=True, slots=True)
class _Band(Generic[T]):
    blocks: tuple[Block[T], ...]
    columns: tuple[Region[T], ...] = ()


def _starts(runs: Sequence[Block[T]], size: float) -> list[float]:
    """Where a column may begin: where runs begin one below the other, or first right of where several end."""
    begins, ends = sorted(b.x0 for b in runs), sorted(b.x1 for b in runs)
    found = [x for x, third in zip(begins, begins[2:], strict=False) if third - x <= _SAME_START * size]
    for x, sixth in zip(ends, ends[5:], strict=False):
        behind = bisect_left(begins, sixth + _STRIP * size)
        if sixth - x <= _FLUSH * size and behind < len(begins):
            found.append(begins[behind])
    inside = sorted(x for x in found if begins[0] + _COLUMN * size <= x <= ends[-1] - _COLUMN * size)
    return [x for before, x in zip([float("-inf"), *inside], inside, strict=False) if x - before > 0.1 * size][:_MOST_STARTS]


def _bands(blocks: Sequence[Block[T]], x: float, size: float) -> list[_Band[T]]:
    """Cut a page at the blocks that reach over a strip left of `x`; what lies between them is columns or not."""
    bands: list[_Band[T]] = []
    aside: list[Block[T]] = []
    for b in blocks:
        # The lines around a table may stand out a little over its column.
        begins = x - (_STRIP * size if b.solid else 0.1 * b.size)
        if b.x0 < begins and b.x1 > x - _STRIP * size:
            bands += _band(aside, x)
            aside = []
            bands.append(_Band((b,)))
        else:
            aside.append(b)
    return bands + _band(aside, x)


def _band(blocks: Sequence[Block[T]], x: float) -> list[_Band[T]]:
    if not blocks:
        return []
    left, right = [b for b in blocks if b.x1 <= x], [b for b in blocks if b.x1 > x]
    if not left or not right:
        return [_Band(tuple(blocks))]
    a, b = _prose(left), _prose(right)
    even = a.flush and b.flush
    # The last page of a text in columns ends with a short one.
    uneven = (a.flush and a.lines >= 6 and b.lines <= a.lines / 2) or (b.flush and b.lines >= 6 and a.lines <= b.lines / 2)
    if not even and not uneven:
        return [_Band(tuple(blocks))]
    # A short column is as wide as the other, though no line of it is full.
    width = 0.0 if even else max(a.right - a.left, b.right - b.left)
    sides = ((left, a), (right, b))
    columns = tuple(Region(tuple(held), (side.left, max(side.right, side.left + width))) for held, side in sides)
    return [_Band(tuple(blocks), columns)]


@dataclass(frozen=True, slots=True)
class _Side:
    left: float
    right: float
    lines: int
    flush: bool


def _prose(blocks: Iterable[Block[T]]) -> _Side:
    """How many lines stand at one side of a strip, and whether they are prose: enough end flush right, enough have stops."""
    ends: list[float] = []
    stops = 0
    left, size, base = float("inf"), 0.0, float("-inf")
    for b in blocks:
        left = min(left, b.x0)
        if b.solid:
            continue
        stops += b.stops
        if ends and b.base - base <= 0.4 * b.size:
            ends[-1] = max(ends[-1], b.x1)
        else:
            ends.append(b.x1)
            base = b.base
        size = max(size, b.size)
    if not ends:
        return _Side(left, left, 0, False)
    ordered = sorted(ends, reverse=True)
    # One line that sticks out must not make all the others look short.
    right = ordered[1] if len(ends) >= 6 else ordered[0]
    flush = sum(e >= right - _FLUSH * size for e in ends)
    prose = right - left >= _COLUMN * size and flush >= max(3.0, 0.4 * len(ends)) and stops >= 0.2 * len(ends)
    return _Side(left, right, len(ends), prose)


def _down(b: Block[T]) -> float:
    return b.base

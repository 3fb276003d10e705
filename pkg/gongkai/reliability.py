"""Coefficients of agreement as functions of totals over groups of units, so that whole groups can be drawn anew for their intervals."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .intervals import Floats, bootstrap

Value = TypeVar("Value", bound=Hashable)
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flat:
    """Values that coders gave units, a row each: the place of the unit and of the value in `values`; `group` (report) is one a unit."""

    unit: Ints
    value: Ints
    values: list
    group: Ints

    @property
    def sizes(self) -> Ints:
        """How many values each unit has."""
        return np.bincount(self.unit, minlength=len(self.group))


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure as a function of totals (draws × columns), what each group adds to them, and the number of units behind it."""

    parts: Floats
    of: Callable[[Floats], Floats]
    n: int

    @property
    def value(self) -> float:
        """The measure over all groups, nan without units."""
        return float(self.of(self.parts.sum(axis=0, keepdims=True))[0]) if self.n else float("nan")


def flat(unit: Ints, values: Iterable[Hashable], group: Ints) -> Flat:
    """Return values as rows, each distinct one by its number."""
    known: dict[Hashable, int] = {}
    value = np.fromiter((known.setdefault(v, len(known)) for v in values), np.int64, len(unit))
    return Flat(unit, value, list(known), group)


def flat_units(units: Sequence[Sequence[Hashable]]) -> Flat:
    """Return units of two values or more, all in one group; smaller ones say nothing of agreement."""
    kept = [u for u in units if len(u) > 1]
    place = np.repeat(np.arange(len(kept)), [len(u) for u in kept])
    return flat(place, (v for u in kept for v in u), np.zeros(len(kept), np.int64))


def coded_by(of: Flat, coders: int) -> Flat:
    """Return the units that have as many values as there are coders."""
    kept = of.sizes == coders
    place, rows = np.cumsum(kept) - 1, kept[of.unit]
    return Flat(place[of.unit[rows]], of.value[rows], of.values, of.group[kept])


def alpha(of: Flat, distance: Callable[[Value, Value], float]) -> Measure:
    """Return Krippendorff's alpha (2011): observed over expected disagreement, each the sum of distances of values."""
    apart = np.array([[distance(a, b) for b in of.values] for a in of.values], float).reshape(len(of.values), len(of.values))
    table, observed = _table(of), np.zeros(len(of.group))
    # Only units whose values differ have a disagreement; they are few, and their rows may be dense.
    differ = np.flatnonzero(np.diff(table.indptr) > 1)
    rows = table[differ].toarray()
    observed[differ] = ((rows @ apart) * rows).sum(axis=1) / (of.sizes[differ] - 1)

    def found(totals: Floats) -> Floats:
        counts = totals[:, 1:]
        expected = _over(((counts @ apart) * counts).sum(axis=1), counts.sum(axis=1) - 1)
        return 1 - _over(totals[:, 0], expected)

    return Measure(_sums(of, observed, table), found, len(of.group))


def cohen(of: Flat) -> Measure:
    """Return Cohen's kappa (1960) of units of two values, the first coder's before the second's."""
    k, pairs = len(of.values), of.value.reshape(-1, 2)
    cells = Flat(np.arange(len(pairs)), pairs[:, 0] * k + pairs[:, 1], list(range(k * k)), of.group)

    def found(totals: Floats) -> Floats:
        crossed = totals.reshape(-1, k, k)
        n = crossed.sum(axis=(1, 2))
        chance = _over((crossed.sum(axis=1) * crossed.sum(axis=2)).sum(axis=1), n**2)
        return _kappa(_over(np.trace(crossed, axis1=1, axis2=2), n), chance)

    return Measure(_sums(of, _table(cells)), found, len(pairs))


def fleiss(of: Flat) -> Measure:
    """Return Fleiss' kappa (1971) of units that have the same number of values."""
    table = _table(of)

    def found(totals: Floats) -> Floats:
        counts = totals[:, 2:]
        chance = (_over(counts, counts.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
        return _kappa(_over(totals[:, 0], totals[:, 1]), chance)

    return Measure(_sums(of, _equal(table), np.ones(len(of.group)), table), found, len(of.group))


def equal(of: Flat) -> Measure:
    """Return the share of a unit's pairs of values that are equal, the mean over units."""
    return Measure(_sums(of, _equal(_table(of)), np.ones(len(of.group))), lambda t: _over(t[:, 0], t[:, 1]), len(of.group))


def intervals_of(measures: Sequence[Measure], confidence: float, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Return the ends of percentile intervals, drawing whole groups, the same for all measures; nan where there is one group alone."""
    groups = max(len(m.parts) for m in measures)
    if groups < 2:
        return np.full(len(measures), np.nan), np.full(len(measures), np.nan)
    parts = [np.vstack([m.parts, np.zeros((groups - len(m.parts), m.parts.shape[1]))]) for m in measures]
    ends = np.cumsum([p.shape[1] for p in parts])
    places = list(zip(ends - [p.shape[1] for p in parts], ends, measures, strict=True))
    return bootstrap(np.hstack(parts), lambda t: np.column_stack([m.of(t[:, a:b]) for a, b, m in places]), confidence, draws, seed)


def _table(of: Flat) -> sparse.csr_matrix:
    """How often each value stands in each unit."""
    shape = len(of.group), len(of.values)
    return sparse.csr_matrix((np.ones(len(of.unit)), (of.unit, of.value)), shape=shape)


def _sums(of: Flat, *columns: Floats | sparse.csr_matrix) -> Floats:
    """The sums of the units' columns in each group."""
    n = len(of.group)
    groups = sparse.csr_matrix((np.ones(n), (of.group, np.arange(n))), shape=(int(of.group.max(initial=0)) + 1, n))
    sides = [c if sparse.issparse(c) else sparse.csr_matrix(c[:, None]) for c in columns]
    return (groups @ sparse.hstack(sides, format="csr")).toarray()


def _equal(table: sparse.csr_matrix) -> Floats:
    size = np.asarray(table.sum(axis=1), float).ravel()
    return (np.asarray(table.multiply(table).sum(axis=1), float).ravel() - size) / np.maximum(1, size * (size - 1))


def _kappa(agreed: Floats, chance: Floats) -> Floats:
    return _over(agreed - chance, np.where(chance < 1, 1 - chance, 0))


def _over(a: Floats, b: Floats) -> Floats:
    return np.divide(a, b, out=np.full(np.broadcast(a, b).shape, np.nan), where=np.asarray(b) != 0)

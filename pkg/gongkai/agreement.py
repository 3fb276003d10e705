"""How far coders agree: kappa for roles, Krippendorff's alpha for each theme and for sets of themes, with intervals over reports."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .codebook import Codebook
from .errors import UserError
from .labelled import codebook_of
from .reliability import Value, alpha, coded_by, cohen, equal, flat, flat_units, fleiss, intervals_of

AMONG_COLUMNS = ("of", "measure", "value", "low", "high", "n", "cases")


def nominal(a: object, b: object) -> float:
    """Distance 0 for equal values, 1 for others."""
    return float(a != b)


def masi(a: frozenset, b: frozenset) -> float:
    """Distance of two sets (0-1): Jaccard's, weighed down where neither holds the other (Passonneau 2006).

    >>> masi(frozenset("ab"), frozenset("ab")), round(masi(frozenset("a"), frozenset("ab")), 3)
    (0.0, 0.667)
    """
    if not a and not b:
        return 0.0
    both, either = len(a & b), len(a | b)
    weight = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if both else 0.0
    return 1 - weight * both / either


def krippendorff_alpha(units: Sequence[Sequence[Value]], distance: Callable[[Value, Value], float] = nominal) -> float:
    """Return Krippendorff's alpha over units, each a list of the values its coders gave (Krippendorff 2011).

    Units with fewer than two values are left out. Returns nan where no two values differ, so that nothing can be said.

    >>> round(krippendorff_alpha([[1, 1], [1, 0], [0, 0], [0, 0]]), 3)
    0.533
    """
    return alpha(flat_units(units), distance).value


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Return Cohen's kappa of two coders over the same units (Cohen 1960); nan where chance alone makes them agree.

    >>> cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    0.5
    """
    return cohen(flat_units(list(zip(first, second, strict=True)))).value


def fleiss_kappa(units: Sequence[Sequence[Hashable]]) -> float:
    """Return Fleiss' kappa over units that each have the same number of values, two or more (Fleiss 1971).

    >>> round(fleiss_kappa(["aab", "bbb", "aaa"]), 3)
    0.55
    """
    if len(sizes := {len(u) for u in units}) != 1 or sizes & {0, 1}:
        raise UserError(f"units have {sorted(sizes)} values; Fleiss' kappa needs the same number, two or more, in each")
    return fleiss(flat_units(units)).value


def agreement_among(
    codings: pd.DataFrame, themes: Sequence[str], *, draws: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Return how far two or more coders agree, with intervals from drawing whole reports with replacement.

    `codings` has a row a statement and coder: `statement, report, coder, role, themes` (a collection of ids); who left a statement
    uncoded has no row. Columns: `of, measure, value, low, high, n, cases`. For roles kappa (Cohen's for two coders; for more Fleiss',
    on the `n` statements that all of them coded), alpha and the share of equal pairs; for each theme alpha, with the `cases` where
    some coder gave it; for the sets of themes alpha with the MASI distance and the share of equal pairs. Percentile intervals of the
    cluster bootstrap (Davison & Hinkley 1997, ch. 3): too narrow for few reports, without width where nobody ever differed, nan for
    a single report. nan too where all gave one value throughout, so that agreement beyond chance has no meaning.

    >>> rows = [(1, "a", "x", "problem", ["depth"]), (1, "a", "y", "problem", []), (2, "b", "x", "other", []), (2, "b", "y", "other", [])]
    >>> frame = pd.DataFrame(rows, columns=["statement", "report", "coder", "role", "themes"])
    >>> agreement_among(frame, ["depth"])[["of", "measure", "value", "n"]].values.tolist()[:2]
    [['role', 'kappa', 1.0, 2], ['role', 'alpha', 1.0, 2]]
    """
    rows = codings[codings.groupby("statement")["coder"].transform("nunique") > 1].sort_values(["statement", "coder"])
    if rows.duplicated(["statement", "coder"]).any():
        raise UserError("a coder has coded a statement twice; give one row for each statement and coder")
    unit = pd.factorize(rows["statement"])[0]
    group = pd.factorize(rows["report"])[0][np.unique(unit, return_index=True)[1]]
    sets, coders = [frozenset(t) for t in rows["themes"]], rows["coder"].nunique()
    roles, of_sets = flat(unit, rows["role"], group), flat(unit, sets, group)
    by_all = coded_by(roles, coders)
    found = [
        ("role", "kappa", cohen(by_all) if coders == 2 else fleiss(by_all), len(by_all.group)),
        ("role", "alpha", alpha(roles, nominal), len(group)),
        ("role", "equal", equal(roles), len(group)),
    ]
    for theme in themes:
        given = np.fromiter((theme in s for s in sets), bool, len(sets))
        found.append((theme, "alpha", alpha(flat(unit, given.tolist(), group), nominal), len(np.unique(unit[given]))))
    cases = len(np.unique(unit[np.fromiter(map(bool, sets), bool, len(sets))]))
    found += [("theme sets", "alpha (MASI)", alpha(of_sets, masi), cases), ("theme sets", "equal", equal(of_sets), cases)]
    low, high = intervals_of([m for _, _, m, _ in found], confidence, draws, seed)
    table = [(of, measure, m.value, a, b, m.n, n) for (of, measure, m, n), a, b in zip(found, low, high, strict=True)]
    return pd.DataFrame(table, columns=list(AMONG_COLUMNS))


def agreement(codings: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Return how two coders agree over a table `first_role, first_themes, second_role, second_themes`.

    A row each for roles (kappa), each theme and the sets of themes (alpha; sets by the MASI distance), with `n` cases of either coder.
    """
    sets = [[frozenset(t for t in str(c).split(";") if t) for c in codings[f"{who}_themes"]] for who in ("first", "second")]
    both = list(zip(*sets, strict=True))
    rows: list[tuple[str, str, float, int]] = [
        ("role", "kappa", cohen_kappa(codings["first_role"].tolist(), codings["second_role"].tolist()), len(codings))
    ]
    for theme in themes:
        units = [(theme in a, theme in b) for a, b in both]
        rows.append((theme, "alpha", krippendorff_alpha(units), sum(a or b for a, b in units)))
    rows.append(("theme sets", "alpha (MASI)", krippendorff_alpha(both, masi), len(both)))
    shared = sum(len(a & b) for a, b in both)
    rows.append(("themes", "micro-F1", float(2 * shared / max(1, sum(len(a) + len(b) for a, b in both))), len(both)))
    rows.append(("theme sets", "equal", float(np.mean([a == b for a, b in both])), len(both)))
    return pd.DataFrame(rows, columns=["of", "measure", "value", "n"])


def agreement_of(corpus: str | Path, codebook: Codebook | None = None) -> pd.DataFrame | None:
    """Return how far the two codings in `codings.csv` of a corpus agree, or None where it has none."""
    root = Path(corpus)
    if not (root / "codings.csv").exists():
        return None
    book = codebook or codebook_of(root)
    return agreement(pd.read_csv(root / "codings.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig"), book.theme_ids)

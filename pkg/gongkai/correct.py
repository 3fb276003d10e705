"""Shares corrected for the errors of the coder by a hand-coded sample; how large one has to be; what can be said without."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from .codebook import Codebook, load_codebook
from .errors import UserError
from .intervals import Floats, critical, wilson
from .poststratify import NO_THEME, NOT_ROLE, Bools, Estimate, Ints, enough, estimate, none
from .resources import resource
from .sampling import draw, read_sample
from .spread import Tally, check_columns, spread, tally

__all__ = ["corrected", "draw", "plan", "read_sample", "sensitivity"]

CORRECTED_COLUMNS = (
    "role", "theme", "unit", "naive", "naive_low", "naive_high", "corrected", "low", "high", "sampled", "clusters", "method",
)  # fmt: skip
# How much errors within a report are taken to agree where no sample tells.
_AGREEMENT = 0.1


def corrected(
    statements: pd.DataFrame,
    sample: str | Path | pd.DataFrame,
    by: str | Sequence[str] = (),
    codebook: Codebook | None = None,
    cluster: str | None = "body",
    confidence: float = 0.95,
    reports: pd.DataFrame | None = None,
    *,
    scope: Literal["corpus", "offices"] = "corpus",
) -> pd.DataFrame:
    """Return theme shares as the machine counts them and as a hand-coded sample corrects them, side by side.

    Columns: `*by, role, theme, unit, naive, naive_low, naive_high, corrected, low, high, sampled, clusters, method`; rows, units and
    the naive share and interval as `spread` gives them. `corrected` estimates the share that coding everything by hand would give.
    With scope `corpus`, `low` and `high` hold that share at the `confidence`, and close on it as more is coded; with `offices` they
    hold the share of offices like these (the column `cluster`), as those of `spread` do. `sampled` are the hand-coded units of the
    group, `clusters` how many were drawn (statements, reports or offices), with scope `offices` the offices. Where there is no
    estimate `method` says why: a share of reports needs whole reports, drawn and coded. `attrs["warnings"]` holds what `read_sample`
    took for granted. How it is done is told at `poststratify.estimate`; errors as in `read_sample` and `spread`.

    >>> rows = pd.DataFrame({"report": list("aabb"), "start": [0, 9, 0, 9], "end": [8, 17, 8, 17], "role": ["problem"] * 4})
    >>> rows["themes"] = [["depth"], ["depth"], ["review"], ["review"]]
    >>> table = corrected(rows, rows.assign(themes=[["depth"], ["review"], ["review"], ["review"]]))
    >>> depth = table[(table.role == "problem") & (table.theme == "depth") & (table.unit == "statements")]
    >>> depth[["naive", "corrected", "low", "high"]].values.tolist()
    [[0.5, 0.25, 0.25, 0.25]]
    """
    if scope not in ("corpus", "offices"):
        raise UserError(f"scope {scope!r} is not known; give corpus or offices")
    book, by = codebook or load_codebook(), [by] if isinstance(by, str) else list(by)
    table = spread(statements, by, book, reports, cluster=cluster, confidence=confidence)
    read = read_sample(sample, statements, book, cluster)
    told, truth = (tally(rows, by, book, reports, cluster) for rows in (statements, _recoded(statements, read)))
    found = list(_estimates(told, truth, read, confidence, scope))
    table = table.rename(columns={"share": "naive", "low": "naive_low", "high": "naive_high"})
    for name in ("corrected", "low", "high", "sampled", "clusters", "method"):
        table[name] = [getattr(e, "share" if name == "corrected" else name) for e in found]
    table = table[[*by, *CORRECTED_COLUMNS]]
    table.attrs["warnings"] = read.attrs["warnings"]
    return table


def _recoded(statements: pd.DataFrame, read: pd.DataFrame) -> pd.DataFrame:
    """The statements as people coded them, where they did."""
    role, themes = statements["role"].to_numpy(object, copy=True), statements["themes"].to_numpy(object, copy=True)
    role[read["row"]] = read["role"]
    themes[read["row"]] = np.fromiter(read["themes"], object, len(read))
    return statements.assign(role=role, themes=themes)


def _estimates(told: Tally, truth: Tally, read: pd.DataFrame, confidence: float, scope: str) -> Iterator[Estimate]:
    """The estimates in the order of the rows of `spread`."""
    drawn, weight = read.attrs["drawn"], np.full(len(told.role_of), np.nan)
    weight[read["row"]] = 1 / read["probability"]
    parts = (_parts(group, len(told.keys)) for group in (told.group[told.report_of], told.group))
    for part, listed in zip(*parts, strict=True):
        coded, report, n = np.flatnonzero(~np.isnan(weight[part])), np.searchsorted(listed, told.report_of[part]), len(listed)
        at, office = part[coded], told.cluster[listed]
        cluster = np.arange(n) if drawn == "reports" else office
        # A report without any statement needs no coding: it says nothing.
        blank, of = np.bincount(report, minlength=n) == 0, report[coded]
        known = np.concatenate([np.unique(of), np.flatnonzero(blank)])
        heavy = np.ones(n)
        heavy[of] = weight[at]
        for r in range(len(told.roles)):
            machine, human = told.role_of[part] == r, truth.role_of[at] == r
            for t in range(len(told.themes)):
                said, is_so = machine & told.carries[part, t], human & truth.carries[at, t]
                if drawn == "statements":
                    yield none("shares of reports need whole reports, drawn and coded", len(np.unique(of)))
                else:
                    cells = np.where(blank, NOT_ROLE, NO_THEME + _any(said, report, n))
                    where = np.where(blank, -1, cluster)[known]
                    yield estimate(
                        cells, known, np.full(len(known), True), _any(is_so, of, n)[known], heavy[known], where,
                        office if scope == "offices" else None, confidence,
                    )  # fmt: skip
                where = None if drawn == "statements" else cluster[of]
                among = office[report] if scope == "offices" else None
                yield estimate(machine.astype(np.int64) + said, coded, human, is_so, weight[at], where, among, confidence)


def _parts(group: Ints, n: int) -> list[Ints]:
    order = np.argsort(group, kind="stable")
    return np.split(order, np.searchsorted(group[order], np.arange(1, n)))


def _any(flags: Bools, place: Ints, n: int) -> Bools:
    return np.bincount(place[flags], minlength=n) > 0


def plan(
    statements: pd.DataFrame,
    width: float = 0.05,
    themes: Sequence[str] | None = None,
    *,
    pilot: str | Path | pd.DataFrame | None = None,
    scores: str | Path | Mapping[str, Any] | None = None,
    codebook: Codebook | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return how many statements to code by hand for intervals of `width` to either side, a row a role and theme, the rarest first.

    Columns: `role, theme, expected` (share), `statements` (to draw one by one), `reports` (to draw whole, for the same width of the
    share of statements), `unaided` (statements without the machine's codes). How often the machine errs is taken from a `pilot`, a
    small sample coded by hand, else from the scores of the model card (`scores`, the shipped ones where not given); how much errors
    within a report agree, from a pilot of whole reports, else 0.1 is taken. The widths are those to expect: half of all samples come
    out a little wider. Raises UserError for a width outside 0-0.5 and for themes and card scores that are not known.
    """
    if not 0 < width < 0.5:
        raise UserError(f"width {width} is not between 0 and 0.5; give 0.05 for 5 percentage points to either side")
    book = codebook or load_codebook()
    told = tally(statements, (), book, None, None)
    if unknown := sorted(set(themes or ()) - set(told.themes)):
        raise UserError(f"theme {unknown[0]!r} is not in the codebook (v{book.version}): {', '.join(told.themes)}")
    read = None if pilot is None else read_sample(pilot, statements, book)
    truth = None if read is None else tally(_recoded(statements, read), (), book, None, None)
    card = {} if read is not None else _card(scores)
    n, sizes = len(statements), np.bincount(told.report_of)
    quantile = float(critical(confidence))
    rows: list[tuple[object, ...]] = []
    for r, role in enumerate(told.roles):
        machine = told.role_of == r
        for t, theme in enumerate(told.themes):
            if (themes is not None and theme not in themes) or not machine.any():
                continue
            cells = machine.astype(np.int64) + (machine & told.carries[:, t])
            size, effect = np.bincount(cells, minlength=3).astype(float), 1 + _AGREEMENT * ((sizes**2).sum() / n - 1)
            if read is None or truth is None:
                rates = _rates(size, _score(card, role), _score(card, theme))
            else:
                at, has_role = read["row"].to_numpy(), truth.role_of[read["row"]] == r
                has = has_role & truth.carries[read["row"], t]
                counts = [np.bincount(cells[at], x, 3) for x in (np.ones(len(at)), has_role, has)]
                rates = (counts[1] + 1 / 3) / (counts[0] + 2 / 3), (counts[2] + 1 / 3) / (counts[1] + 2 / 3)
                if read.attrs["drawn"] != "statements":
                    effect = estimate(cells, at, has_role, has, 1 / read["probability"].to_numpy(), told.report_of[at]).effect
            of_role, of_both = size @ rates[0], size @ (rates[0] * rates[1])
            alone = np.array([float(n)]), np.array([of_role / n]), np.array([of_both / of_role])
            single, unaided = enough(size, *rates, width, quantile), enough(*alone, width, quantile)
            whole = ceil(enough(size, *rates, width, quantile, effect) / n * len(sizes))
            rows.append((role, theme, of_both / of_role, single, whole, unaided))
    table = pd.DataFrame(rows, columns=["role", "theme", "expected", "statements", "reports", "unaided"])
    return table.sort_values("expected", kind="stable", ignore_index=True)


def _rates(size: Floats, role: tuple[float, float], theme: tuple[float, float]) -> tuple[Floats, Floats]:
    """The rates of role, and of the theme in it, in the machine's cells, from precision and recall of both."""
    missed = [p * (1 - r) / r for p, r in (role, theme)]
    roles = np.array([min(1.0, (size[1] + size[2]) * role[0] * missed[0] / max(size[0], 1)), role[0], role[0]])
    left = min(1.0, size[2] * missed[1] / max(size[1], 1))
    return roles, np.array([size[2] / (size[1] + size[2]), left, theme[0]])


def sensitivity(table: pd.DataFrame, scores: str | Path | Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return a table of `spread` or `corrected` with `band_low, band_high`: a sensitivity band for the machine's shares of statements.

    The band says what the share would be if the coder's precision and recall of the theme were here what they are on the model card
    (`scores`: its scores.json, the shipped one where not given), at the ends of their 95 % intervals. It is no confidence interval:
    nothing of this corpus has been coded by hand, and how the coder does on other texts the card cannot know. NaN for shares of
    reports, which need more than rates by statement, and for themes that the card lacks; `attrs["band"]` says so.

    >>> scores = {"codes": [{"code": "depth", "precision": 0.9, "recall": 0.8, "support": 1000}]}
    >>> rows = pd.DataFrame({"theme": ["depth"], "unit": ["statements"], "share": [0.2]})
    >>> sensitivity(rows, scores)[["band_low", "band_high"]].round(3).values.tolist()
    [[0.213, 0.237]]
    """
    share = "share" if "share" in table else "naive"
    check_columns(table, ["theme", "unit", share])
    card = _card(scores)
    factors = {}
    for code in set(table["theme"]) & set(card):
        (p, r), support = _score(card, code), float(card[code]["support"])
        (least_p, most_p), (least_r, most_r) = (wilson(x * m, m) for x, m in ((p, support * r / p), (r, support)))
        factors[code] = float(least_p / most_r), float(most_p / least_r)
    of_statements = (table["unit"] == "statements").to_numpy()
    ends = np.array([factors.get(t, (np.nan, np.nan)) for t in table["theme"]]).reshape(-1, 2)
    band = np.where(of_statements[:, None], np.minimum(ends * table[share].to_numpy(float, na_value=np.nan)[:, None], 1), np.nan)
    out = table.assign(band_low=band[:, 0], band_high=band[:, 1])
    lacking = sorted(set(table["theme"]) - set(factors))
    notes = ["sensitivity band, no confidence interval: the machine's share if precision and recall were those of the model card"]
    notes += ["none for shares of reports"] if not of_statements.all() else []
    notes += [f"none for themes that the card lacks: {', '.join(lacking)}"] if lacking else []
    out.attrs["band"] = "; ".join(notes)
    return out


def _card(scores: str | Path | Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """The scores of a model card by code."""
    path = resource("models", "default", "scores.json") if scores is None else scores
    try:
        told = path if isinstance(path, Mapping) else json.loads(Path(path).read_text("utf-8"))
        return {str(row["code"]): row for row in told["codes"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: holds no scores by code ({error}); give the scores.json of a model card") from error


def _score(card: Mapping[str, Mapping[str, Any]], code: str) -> tuple[float, float]:
    """Precision and recall of a code; both above 0, or nothing follows from them."""
    if code not in card:
        raise UserError(f"the model card has no scores of {code!r}; there are: {', '.join(card)}; give a pilot sample instead")
    p, r = float(card[code]["precision"]), float(card[code]["recall"])
    if not (0 < p <= 1 and 0 < r <= 1):
        raise UserError(f"the model card gives {code!r} precision {p} and recall {r}; a coder that never finds it needs a pilot sample")
    return p, r

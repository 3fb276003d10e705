"""How often intervals hold the true value, over simulated offices; prints Markdown tables (2-3 minutes on two cores).

Offices get their own share from a beta distribution with the mean and the agreement within offices (intra-cluster correlation) of
the cell; their reports are drawn from it. An interval of 95 % should hold the true share in 95 % of the simulated corpora.

    python benchmarks/coverage_shares.py
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtrit

from gongkai.codebook import Codebook
from gongkai.contrasts import differences
from gongkai.intervals import bootstrap, shares, wilson
from gongkai.pairs import pairs
from gongkai.trends import trend

CORPORA, DRAWS = 500, 1000
OFFICES, AGREEMENT, SHARES = (10, 20, 50, 100, 500), (0, 0.1, 0.3, 0.5), (0.02, 0.1, 0.3, 0.5, 0.9)
SIZES = {"1": (1, 1), "1-8": (1, 8), "5-60": (5, 60)}
Ends = tuple[np.ndarray, np.ndarray]


def own_shares(rng: np.random.Generator, share: float, agreement: float, shape: tuple[int, ...]) -> np.ndarray:
    if not agreement:
        return np.full(shape, share)
    return rng.beta(share * (1 - agreement) / agreement, (1 - share) * (1 - agreement) / agreement, shape)


def methods(a: np.ndarray, d: np.ndarray) -> Iterator[tuple[str, Ends]]:
    """Intervals of shares a / d, offices × corpora; where the count is 0 or all, bootstrap and logit borrow the interval of gongkai."""
    m = len(a)
    total, size = a.sum(axis=0), d.sum(axis=0)
    share = total / size
    ours = tuple(end[0] for end in shares(a, d, np.array([0])).interval())
    edge = (total == 0) | (total == size)
    yield "gongkai", (ours[0], ours[1])
    yield "Wilson, reports as if independent", wilson(total, size)
    pull = (a - share * d) / size
    variance = m / (m - 1) * (pull**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where(edge, size / m, variance / (share * (1 - share) / size))
        yield "Wilson, plain effective n, t", wilson(total / np.maximum(effect, 1), size / np.maximum(effect, 1), 0.95, m - 1)
        logit, reach = np.log(share / (1 - share)), stdtrit(m - 1, 0.975) * np.sqrt(variance) / (share * (1 - share))
        logit_t = [1 / (1 + np.exp(-(logit + sign * reach))) for sign in (-1, 1)]
        acceleration = np.nan_to_num((pull**3).sum(axis=0) / (6 * (pull**2).sum(axis=0) ** 1.5))
    drawn: list[np.ndarray] = []

    def ratio(t: np.ndarray) -> np.ndarray:
        drawn.append(t[:, : t.shape[1] // 2] / t[:, t.shape[1] // 2 :])
        return drawn[-1]

    percentile = bootstrap(np.hstack([a, d]), ratio, draws=DRAWS)
    ordered = np.sort(np.concatenate(drawn), axis=0)
    bias = ndtri(np.clip((ordered < share).mean(axis=0) / 2 + (ordered <= share).mean(axis=0) / 2, 1e-4, 1 - 1e-4))
    at = [ndtr(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (-1.96, 1.96)]
    bca = [ordered[np.clip(np.rint(p * (DRAWS - 1)).astype(int), 0, DRAWS - 1), np.arange(len(share))] for p in at]
    for name, ends in (("logit, t", logit_t), ("percentile bootstrap", percentile), ("BCa bootstrap", bca)):
        yield name, (np.where(edge, ours[0], ends[0]), np.where(edge, ours[1], ends[1]))


def of_shares() -> pd.DataFrame:
    rng, rows = np.random.default_rng(1), []
    for m, (label, (least, most)), share, agreement in itertools.product(OFFICES, SIZES.items(), SHARES, AGREEMENT):
        d = rng.integers(least, most + 1, (m, CORPORA))
        a = rng.binomial(d, own_shares(rng, share, agreement, d.shape))
        for name, (low, high) in methods(a.astype(float), d.astype(float)):
            held = ((low <= share) & (share <= high)).mean()
            rows.append((name, m, label, share, agreement, held, (high - low).mean()))
    return pd.DataFrame(rows, columns=["method", "offices", "reports an office", "share", "agreement", "held", "width"])


def codebook(n: int) -> Codebook:
    """A codebook whose themes are as many corpora, so that one table holds them all."""
    themes = [{"id": f"t{i}", "zh": str(i), "en": str(i), "definition": "simulated"} for i in range(n)]
    return Codebook.model_validate(
        {"version": 1, "roles": {"problem": {"zh": "问题", "en": "problem", "definition": "x"}}, "themes": themes}
    )


def frame(rng: np.random.Generator, office: np.ndarray, year: np.ndarray, carries: np.ndarray) -> pd.DataFrame:
    """A statement a report: reports × themes as a table."""
    themes = [";".join(f"t{t}" for t in np.flatnonzero(row)) for row in carries]
    return pd.DataFrame({"report": np.arange(len(office)), "body": office, "year": year, "role": "problem", "themes": themes})


def of_the_rest() -> pd.DataFrame:
    rng, rows = np.random.default_rng(2), []
    book, n = codebook(250), 250
    for m, share, agreement, _ in itertools.product((10, 30, 100), (0.05, 0.3), (0, 0.3, 0.6), range(2)):
        sizes = rng.integers(1, 9, m)
        office = np.repeat(np.arange(m), sizes)
        year = np.concatenate([rng.choice(np.arange(2016, 2026), s, replace=False) for s in sizes])
        own = own_shares(rng, share, agreement, (m, n))
        carries = rng.random((len(office), n)) < own[office]
        table = frame(rng, office, year, carries)
        kinds = {
            "difference, other offices": differences(table.assign(half=office % 2), "half", book),
            "difference, same offices": differences(table.assign(half=year % 2), "half", book),
            "trend": trend(table, book).assign(difference=0.0),
        }
        for name, found in kinds.items():
            found = found[(found["unit"] == "reports") & found["low"].notna()]
            rows.append((name, m, share, agreement, ((found["low"] <= 0) & (found["high"] >= 0)).mean()))
        few = pairs(table.assign(themes=frame(rng, office, year, carries[:, :20])["themes"]), codebook(20))
        rows.append(("pair of themes (phi)", m, share, agreement, ((few["low"] <= 0) & (few["high"] >= 0))[few["low"].notna()].mean()))
    return pd.DataFrame(rows, columns=["interval", "offices", "share", "agreement", "held"])


def markdown(table: pd.DataFrame) -> str:
    rows = [list(map(str, table.columns)), ["---"] * len(table.columns), *([str(v) for v in row] for row in table.to_numpy().tolist())]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    found = of_shares()
    by = found.groupby("method", sort=False)["held"]
    summary = pd.DataFrame(
        {
            "interval": list(by.groups),
            "mean coverage": by.mean().map("{:.3f}".format).tolist(),
            "lowest": by.min().map("{:.3f}".format).tolist(),
            "cells below 0.93": by.agg(lambda x: (x < 0.93).mean()).map("{:.0%}".format).tolist(),
            "0.93-0.97": by.agg(lambda x: x.between(0.93, 0.97).mean()).map("{:.0%}".format).tolist(),
            "above 0.97": by.agg(lambda x: (x > 0.97).mean()).map("{:.0%}".format).tolist(),
            "mean width": found.groupby("method", sort=False)["width"].mean().map("{:.3f}".format).tolist(),
        }
    )
    cells = found[found["method"] == found["method"].iloc[0]].shape[0]
    print(f"Shares: {cells} cells of {CORPORA} corpora; offices {OFFICES}, reports an office {list(SIZES)}, shares {SHARES},")
    print(f"agreement within offices {AGREEMENT}.\n\n{markdown(summary)}\n")
    ours = found[found["method"] == "gongkai"].groupby(["offices", "agreement"])["held"].agg(["mean", "min"])
    wide = ours.apply(lambda r: f"{r['mean']:.3f} ({r['min']:.3f})", axis=1).unstack().reset_index()
    print(f"gongkai by offices (rows) and agreement (columns): mean coverage (lowest cell).\n\n{markdown(wide)}\n")
    rest = of_the_rest().groupby(["interval", "offices", "share", "agreement"])["held"].mean()
    wide = rest.groupby(["interval", "offices"]).agg(["mean", "min"])
    wide = wide.apply(lambda r: f"{r['mean']:.3f} ({r['min']:.3f})", axis=1).unstack().reset_index()
    print(f"Differences, trends and pairs by offices, 1-8 reports each: mean coverage (lowest cell).\n\n{markdown(wide)}")


if __name__ == "__main__":
    main()

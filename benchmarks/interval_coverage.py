"""How often the corrected intervals hold the share that coding everything by hand would give, on simulated corpora.

python benchmarks/interval_coverage.py [CORPORA]   (500 of each kind; 1 to 3 minutes on 2 cores)

A corpus has 60 offices of 4 reports of 12 statements on average; 45 % of the statements are of the role, which the machine finds with
98 % sensitivity and 97 % specificity. Theme and errors are clustered in offices (beta-binomial, intraclass correlation 0.1 each).
Accuracy a means errors on a share 1-a of the statements with and of those without the theme (even), or on a quarter of that share of
those without it (misses) or with it (adds). Samples: statements one by one, or whole reports with about as many statements.

Where prevalence x sample is 15 or more, a cell fails if the exact binomial test says, at 5 % shared among these cells (Bonferroni),
that its true coverage is outside 93-97 %. That allows a single cell some points; so, pooled over the coders, each
prevalence and way of drawing must be inside 93-97 % as it stands. Only cells with 2 or more errors of the theme to expect in the
sample can fail by being too wide, and only these are pooled: with fewer, most samples show none or one, and an interval that did not
hold then would have to leave out the truth after seeing nothing wrong. The table marks them.
"""

from __future__ import annotations

import sys
from itertools import product
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binom

from gongkai.poststratify import estimate

ACCURACIES = (0.80, 0.85, 0.90, 0.95, 0.97)
PREVALENCES = (0.03, 0.1, 0.3)
ERRORS = {"even": (1.0, 1.0), "misses": (1.0, 0.25), "adds": (0.25, 1.0)}
SAMPLES = (200, 300, 500)
# The sample for which the interval over offices is tried too.
WIDER = 300
DESIGNS = ("statements", "reports")
OFFICES, REPORTS, LENGTH = 60, 4, 12
ROLE, FOUND, LEFT = 0.45, 0.98, 0.97
ICC = 0.1
LOW, HIGH = 0.93, 0.97


class Cell(NamedTuple):
    """What came of one way of drawing from one kind of corpus."""

    accuracy: float
    errors: str
    prevalence: float
    design: str
    sample: int
    held: int
    corpora: int
    width: float
    bias: float
    naive: float
    offices: float

    @property
    def coverage(self) -> float:
        return self.held / self.corpora

    @property
    def binding(self) -> bool:
        return self.prevalence * self.sample >= 15

    @property
    def expected(self) -> float:
        """Errors of the theme to expect in the sample's statements of the role."""
        missed, added = ERRORS[self.errors]
        return self.sample * ROLE * (1 - self.accuracy) * (missed * self.prevalence + added * (1 - self.prevalence))

    @property
    def lumpy(self) -> bool:
        return self.expected < 2

    def fails(self, level: float) -> bool:
        low = binom.cdf(self.held, self.corpora, LOW) < level
        return bool(low or (not self.lumpy and binom.sf(self.held - 1, self.corpora, HIGH) < level))


def corpus(rng: np.random.Generator, prevalence: float, missed: float, added: float) -> tuple[np.ndarray, ...]:
    """Report and office of each statement, role and theme by hand, role and theme by machine."""

    def by_office(mean: float) -> np.ndarray:
        strength = 1 / ICC - 1
        return rng.beta(mean * strength, (1 - mean) * strength, OFFICES)[office]

    report = np.repeat(np.arange(OFFICES * REPORTS), 2 + rng.poisson(LENGTH - 2, OFFICES * REPORTS))
    office, n = report // REPORTS, len(report)
    role = rng.random(n) < ROLE
    theme = rng.random(n) < by_office(prevalence)
    said_role = rng.random(n) < np.where(role, FOUND, 1 - LEFT)
    said_theme = rng.random(n) < np.where(theme, 1 - by_office(missed), by_office(added))
    return report, office, role, role & theme, said_role, said_role & said_theme


def simulate(accuracy: float, errors: str, prevalence: float, corpora: int, seed: int) -> list[Cell]:
    """The cells of one kind of corpus, each corpus drawn from in every way."""
    rng = np.random.default_rng([seed, corpora])
    missed, added = (share * (1 - accuracy) for share in ERRORS[errors])
    ways = list(product(DESIGNS, SAMPLES))
    results: dict[tuple[str, int], list[tuple[bool, float, float, bool]]] = {way: [] for way in ways}
    naive = 0
    for _ in range(corpora):
        report, office, role, theme, said_role, said_theme = corpus(rng, prevalence, missed, added)
        truth, machine = theme.sum() / role.sum(), said_role.astype(int) + said_theme
        # All coded as the machine does: the machine's share with its interval over offices.
        everything, ones = np.arange(len(role)), np.ones(len(role))
        plain = estimate(machine, everything, said_role, said_theme, ones, None, office)
        naive += plain.low <= truth <= plain.high
        single, whole = rng.permutation(len(role)), rng.permutation(OFFICES * REPORTS)
        for design, sample in ways:
            if design == "statements":
                at, drawn, weight = single[:sample], None, len(role) / sample
            else:
                m = round(sample / LENGTH)
                at = np.flatnonzero(np.isin(report, whole[:m]))
                drawn, weight = report[at], OFFICES * REPORTS / m
            found = estimate(machine, at, role[at], theme[at], np.full(len(at), weight), drawn)
            held = found.low <= truth <= found.high
            if sample == WIDER:
                wide = estimate(machine, at, role[at], theme[at], np.full(len(at), weight), drawn, office)
            like = sample == WIDER and wide.low <= prevalence <= wide.high
            results[design, sample].append((held, found.high - found.low, found.share - truth, like))
    cells = []
    for (design, sample), rows in results.items():
        held, width, bias, like = np.array(rows, float).T
        numbers = (int(held.sum()), corpora, float(width.mean()), float(bias.mean()), naive / corpora, float(like.mean()))
        cells.append(Cell(accuracy, errors, prevalence, design, sample, *numbers))
    return cells


def table(cells: list[Cell], level: float) -> str:
    """A Markdown table, a row a kind of corpus: naive coverage, then coverage and mean width by way of drawing."""
    ways = list(product(DESIGNS, SAMPLES))
    lines = ["| accuracy | errors | prevalence | naive | " + " | ".join(f"{n} {d}" for d, n in ways) + " |", "|" + "---|" * (4 + len(ways))]
    for key in dict.fromkeys(c[:3] for c in cells):
        mine = [c for c in cells if c[:3] == key]
        texts = []
        for c in mine:
            text = f"{100 * c.coverage:.1f} (±{50 * c.width:.1f})"
            text = f"{text} few" if c.lumpy else text
            texts.append(f"**{text} FAILS**" if c.binding and c.fails(level) else text if c.binding else f"*{text}*")
        lines.append(f"| {key[0]:.2f} | {key[1]} | {key[2]} | {100 * mine[0].naive:.1f} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def main(corpora: int = 500) -> int:
    """Print the table and the verdict; 1 where a cell or a pool of cells fails."""
    worlds = list(product(ACCURACIES, ERRORS, PREVALENCES))
    done = Parallel(n_jobs=2)(delayed(simulate)(*world, corpora, seed) for seed, world in enumerate(worlds))
    cells = [cell for found in done for cell in found]
    binding = [c for c in cells if c.binding]
    level = 0.05 / len(binding)
    failed = sum(c.fails(level) for c in binding)
    print(table(cells, level))
    print("\nCoverage in % of the 95 % intervals (mean half-width in percentage points); in italics prevalence x sample < 15;", end=" ")
    print("few: less than 2 errors of the theme to expect in the sample.\n")
    for design in DESIGNS:
        of = [c for c in binding if c.design == design]
        inside = sum(LOW <= c.coverage <= HIGH for c in of)
        ends = f"lowest {100 * min(c.coverage for c in of):.1f}, highest {100 * max(c.coverage for c in of):.1f}"
        print(f"{design}: {inside} of {len(of)} cells inside 93-97, {ends}")
        for prevalence, sample in product(PREVALENCES, SAMPLES):
            if pool := [c.coverage for c in of if not c.lumpy and (c.prevalence, c.sample) == (prevalence, sample)]:
                mean = float(np.mean(pool))
                outside = not LOW <= mean <= HIGH
                failed += outside
                print(f"  prevalence {prevalence}, sample {sample}: {100 * mean:.1f} over {len(pool)} coders{' FAILS' if outside else ''}")
    for design in DESIGNS:
        wide = np.mean([c.offices for c in cells if c.design == design and c.sample == WIDER])
        print(f"intervals over offices, {WIDER} by {design}: {100 * wide:.1f} hold the share of such offices")
    print(f"largest mean error {100 * max(abs(c.bias) for c in cells):.2f} points", end="; ")
    print(f"naive intervals hold the corpus's share in {100 * np.mean([c.naive for c in cells]):.1f}")
    print(f"{failed} failures among {len(binding)} cells and their pools")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))

"""Write the same invented reports in every file format and measure what gongkai reads back.

python benchmarks/formats.py [-n 40] [--only docx,html,…] [--keep DIR]

Exits with 1 where a share is below its target; what was read wrong is listed on standard error.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gongkai.analyse import prepare
from gongkai.read import read
from gongkai.records import Report
from gongkai.repair import repair

sys.path.insert(0, str(Path(__file__).parent))
from sample_reports import Sample, sample_reports
from statutory_forms import Key
from writers import FORMATS, plain_text, write_all

# The blanks that part the cells of flat rows leave no trace of empty ones: such rows have no certain reading.
LOSSY = ("txt-flat",)
MARKS = re.compile(r"^(?:#+ +|> +)", re.MULTILINE)
SHOWN, CELLS_SHOWN = 15, 3


@dataclass(slots=True)
class Share:
    """How many of how many were right."""

    right: int = 0
    of: int = 0

    def add(self, right: int, of: int) -> None:
        self.right += right
        self.of += of

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} % ({self.right}/{self.of})"


@dataclass(slots=True)
class Score:
    """What was read right of one format, how fast, and what was not."""

    sections: Share = field(default_factory=Share)
    statements: Share = field(default_factory=Share)
    cells: Share = field(default_factory=Share)
    seconds: float = 0.0
    files: int = 0
    misses: list[str] = field(default_factory=list)

    def passes(self, target: float) -> bool:
        """Whether no share is below a target."""
        return min(s.value for s in (self.sections, self.statements, self.cells)) >= target


@dataclass(frozen=True, slots=True)
class Found:
    """What gongkai makes of a report: section 五 and its statements in the repaired view, and every cell that is not empty."""

    section: str
    statements: Counter[str]
    cells: dict[Key, tuple[str, float | None]]


def found_in(report: Report) -> Found:
    """Cut a report and read its tables."""
    from gongkai.tables import statutory_tables

    cut = prepare(report)
    section = next((s for s in cut.segmentation.sections if s.kind == "problems"), None)
    text = MARKS.sub("", _without_furniture(report, section.start, section.end)) if section else ""
    cells = statutory_tables(cut.report, cut.segmentation.sections).cells
    read_cells = {(c.table, c.row, c.column): (raw, c.value) for c in cells if (raw := plain(c.raw or ""))}
    return Found(repair(text).text, Counter(s.text for s in cut.statements), read_cells)


def _without_furniture(report: Report, start: int, end: int) -> str:
    parts, at = [], start
    for first, last in sorted(report.furniture):
        if first < end and last > start:
            parts.append(report.text[at : max(at, first)])
            at = max(at, last)
    return "".join(parts) + report.text[at:end]


def plain(raw: str) -> str:
    """What a cell says, without blanks and in ordinary characters."""
    return "".join(unicodedata.normalize("NFKC", raw).split())


def cell_share(gold: Mapping[Key, str], found: Mapping[Key, tuple[str, float | None]], *, lossy: bool = False) -> tuple[int, list[Key]]:
    """Count the cells that are right and list those that are wrong, missing or made up; an empty one counts where something was read.

    >>> cell_share({("t", "r", "a"): "3", ("t", "r", "b"): ""}, {("t", "r", "a"): ("3", 3.0), ("t", "r", "b"): ("0", 0.0)})
    (1, [('t', 'r', 'b')])
    """
    uncertain = {key[:2] for key, raw in gold.items() if not raw} if lossy else set()
    counted = {key for key, raw in gold.items() if raw and key[:2] not in uncertain} | set(found)
    wrong = sorted(key for key in counted if not _same(plain(gold.get(key, "")), *found.get(key, ("", None))))
    return len(counted) - len(wrong), wrong


def _same(gold: str, raw: str, value: float | None) -> bool:
    number = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)(万元|元)?", gold)
    if gold != raw or number is None:
        return gold == raw
    # Sums of money count in 万元, as in the form.
    return value is not None and abs(value - float(number[1]) / (10_000 if number[2] == "元" else 1)) < 1e-6


def measure(files: Sequence[Path], samples: Sequence[Sample], said: Sequence[Counter[str]], *, lossy: bool = False) -> Score:
    """Read files of one format and score them against the reports they were made from; `said` are the statements of their text form."""
    score = Score(files=len(files))
    # The first file of a format pays for what its reader imports.
    with suppress(Exception):
        read(files[0])
    for file, sample, statements in zip(files, samples, said, strict=True):
        begin = time.perf_counter()
        try:
            report = read(file)
        except Exception as error:
            report = Report(sample.name, "")
            score.misses.append(f"{file.name}: not read: {type(error).__name__}: {error}")
        score.seconds += time.perf_counter() - begin
        _judge(score, file.name if report.text else "", sample, statements, found_in(report), lossy)
    return score


def _judge(score: Score, name: str, sample: Sample, said: Counter[str], found: Found, lossy: bool) -> None:
    """Add one report to the score; without a name nothing is said of what is missing."""
    true = repair(sample.problems).text
    right, wrong = cell_share(sample.cells, found.cells, lossy=lossy)
    score.sections.add(found.section == true, 1)
    score.statements.add((said & found.statements).total(), (said | found.statements).total())
    score.cells.add(right, right + len(wrong))
    if not name:
        return
    if found.section != true:
        pairs = zip(true, found.section, strict=False)
        at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(true), len(found.section)))
        around = slice(max(0, at - 12), at + 12)
        score.misses.append(f"{name}: section differs at {at}: {true[around]!r} was read as {found.section[around]!r}")
    score.misses += [f"{name}: statement lost: {text}" for text in said - found.statements]
    score.misses += [f"{name}: statement made up: {text}" for text in found.statements - said]
    score.misses += [f"{name}: {' '.join(k)}: {sample.cells.get(k)!r} was read as {found.cells.get(k)}" for k in wrong[:CELLS_SHOWN]]
    if len(wrong) > CELLS_SHOWN:
        score.misses.append(f"{name}: and {len(wrong) - CELLS_SHOWN} more cells")


def chosen_formats(only: str) -> list[str]:
    """The formats whose names begin with one of the names given, all where none is; raises SystemExit for a name that fits none."""
    names = [n for n in only.split(",") if n]
    if unknown := [n for n in names if not any(f.startswith(n) for f in FORMATS)]:
        raise SystemExit(f"no format begins with {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    return [f for f in FORMATS if not names or f.startswith(tuple(names))]


def table(scores: Mapping[str, Score]) -> str:
    """The scores as a Markdown table."""
    head = ("format", "problem sections", "statements", "table cells", "documents/s", "target", "")
    rows = [
        (
            name,
            s.sections,
            s.statements,
            s.cells,
            f"{s.files / s.seconds:.1f}",
            f"{FORMATS[name].target:.0%}",
            "" if s.passes(FORMATS[name].target) else "below",
        )
        for name, s in scores.items()
    ]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, ("---",) * len(head), *rows))


def run(names: Sequence[str], samples: Sequence[Sample], folder: Path) -> dict[str, Score]:
    """Write, read and score the formats of these names."""
    said = [found_in(Report(s.name, plain_text(s))).statements for s in samples]
    scores = {}
    for name in names:
        scores[name] = measure(write_all(name, samples, folder), samples, said, lossy=name in LOSSY)
        misses = scores[name].misses
        for miss in misses[:SHOWN]:
            print(f"{name}: {miss}", file=sys.stderr)
        if len(misses) > SHOWN:
            print(f"{name}: and {len(misses) - SHOWN} more", file=sys.stderr)
    return scores


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("-n", type=int, default=40, metavar="REPORTS", help="how many reports (default 40)")
    options.add_argument("--only", default="", metavar="FORMAT,…", help=f"of {', '.join(FORMATS)}; every one that begins so")
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave the files in this folder")
    given = options.parse_args()
    names, samples = chosen_formats(given.only), sample_reports(given.n)
    with tempfile.TemporaryDirectory() as scratch:
        scores = run(names, samples, given.keep or Path(scratch))
    print(f"{len(samples)} reports, Python {platform.python_version()}, {os.cpu_count()} cores, one used\n\n{table(scores)}")
    return int(any(not score.passes(FORMATS[name].target) for name, score in scores.items()))


if __name__ == "__main__":
    sys.exit(main())

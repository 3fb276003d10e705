"""`gongkai corpus` from a thousand reports to a million, with one worker and two, ended at random moments; and other scripts' tables."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import archive
from inputs import write_archive
from results import figure
from speed import seconds

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GROWTH = (
    "reports", "statements", "text, MB", "first run, s", "reports/s", "peak, MB", "largest process, MB", "second run, s", "its peak, MB",
    "data set, MB",
)  # fmt: skip
EXPONENTS = ("of", "from", "to", "grows with reports to the power of", "between the two largest")
CORES = ("workers", "reports", "s", "reports/s", "speed-up", "bytes as with one worker")
KILLS = ("reports", "runs ended", "data sets finished", "other than that of one run")
START = ("command", "s")
STARTS = {
    "gongkai --help": ("-m", "gongkai", "--help"),
    "import gongkai": ("-c", "import gongkai"),
    "import gongkai and load the coder": ("-c", "import gongkai; gongkai.load()"),
    "code one report": ("-c", "import gongkai; gongkai.analyse(gongkai.Report('a', '五、存在的主要问题及改进情况\\n更新不及时。'))"),
}
# What is fitted: columns of the table of growth.
_GROWING = {"time of the first run": 3, "peak memory": 5, "time of the second run": 7, "peak memory of the second run": 8}
_RULE = re.compile(r":?-+:?")


def growth(sizes: Sequence[int]) -> Iterator[list[tuple[object, ...]]]:
    """The rows so far, each time that a size is done: reports as Parquet tables, statutory tables left out, all cores."""
    rows: list[tuple[object, ...]] = []
    options = ["--no-tables", "--workers", str(os.cpu_count() or 1)]
    for n in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            source, out = Path(scratch) / "reports", Path(scratch) / "set"
            size = write_archive(n, source) / 1e6
            reports, statements, *measured = archive.twice(n, source, out, options)
        rows.append((reports, statements, size, *measured))
        yield rows


def exponents(rows: Sequence[Sequence[object]]) -> list[tuple[object, ...]]:
    """The powers of the number of reports that time and memory grow with, by least squares on logarithms; none from one size.

    >>> exponents([(n, 0, 0, 2 * n, 0, 500, 0, n**0.5, 300, 0) for n in (100, 1000)])[0]
    ('time of the first run', 100, 1000, 1.0, 1.0)
    """
    if len(rows) < 2:
        return []
    return [(name, rows[0][0], rows[-1][0], *(_slope(some, at) for some in (rows, rows[-2:]))) for name, at in _GROWING.items()]


def _slope(rows: Sequence[Sequence[object]], at: int) -> float:
    x, y = ([math.log(float(str(row[column]))) for row in rows] for column in (0, at))
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return round(sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x), 3)


def cores(n: int) -> list[tuple[object, ...]]:
    """The same run with one worker and with two."""
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "reports"
        write_archive(n, source)
        took, found = [], []
        for workers in (1, 2):
            out = Path(scratch) / f"set{workers}"
            wall, *_ = archive.run(source, out, ["--no-tables", "--workers", str(workers)])
            took.append(wall)
            found.append(archive.digest(out))
            rows.append((workers, n, wall, n / wall, took[0] / wall, found[-1] == found[0]))
    return rows


def kills(n: int, times: int) -> list[tuple[object, ...]]:
    """Runs over short reports that are ended at random moments, each gone on with by the next."""
    given = Namespace(short=True, files=False)
    with tempfile.TemporaryDirectory() as scratch:
        said = archive.kills(n, times, Path(scratch), given, ["--no-tables", "--workers", "2"])
    return [(n, *map(int, re.findall(r"\d+", said)))]


def start(times: int) -> list[tuple[object, ...]]:
    """Seconds until a command has ended, the best of some runs."""
    return [(name, seconds([sys.executable, *command], times)) for name, command in STARTS.items()]


def script(name: str, *options: str) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Run another of the benchmarks, and return the table that it prints; its exit status is its own affair."""
    command = [sys.executable, str(Path(__file__).parent / name), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    lines = [line[2:-2].split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    rows = [row for row in lines if not all(_RULE.fullmatch(cell) for cell in row)]
    if not rows:
        raise SystemExit(f"{name} printed no table; it ended with {done.returncode}")
    head, *rest = rows
    return tuple(head), [tuple(map(figure, row)) for row in rest]

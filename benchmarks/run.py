"""All measurements of speed and scale, as tables in CSV and Markdown with a description of the machine.

python benchmarks/run.py [--small] [--only stages,peers,…] [--upto 1000000] [-o out/benchmarks] [--fill]

What was measured before into the same folder is kept, so that parts can be taken one by one; `--fill` puts the tables of the folder
into docs/benchmarks.md and docs/benchmarks.zh.md. With --small it goes to out/benchmarks-small. Nothing is asserted about time.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import results

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks.zh.md")
MACHINE, RUNS = ("what", "value"), ("part", "load at its start", "took, s")
TABLES = ("machine", "runs", "inputs", "stages", "peers", "growth", "exponents", "cores", "kills", "queries", "formats", "start")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: where to, how much, and how often."""

    out: Path
    small: bool
    upto: int
    kills: int
    rows: int
    reports: int
    seeds: Path | None

    def write(self, name: str, head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
        """Keep a table and show it."""
        results.write(self.out, name, head, rows)
        print(f"\n## {name}\n\n{(self.out / f'{name}.md').read_text('utf-8')}", end="", flush=True)


def stages(plan: Plan) -> None:
    """Each stage and the whole way on one core."""
    import stages as of

    import gongkai

    inputs, rows = of.measure(gongkai.load(), *((25, 1) if plan.small else (plan.reports, 3)), plan.seeds)
    plan.write("inputs", of.INPUT_HEAD, inputs)
    plan.write("stages", of.HEAD, rows)


def peers(plan: Plan) -> None:
    """What a user would pick instead."""
    import peers as of

    plan.write("peers", of.HEAD, of.measure(plan.out, 25 if plan.small else plan.reports, plan.seeds, plan.small))


def growth(plan: Plan) -> None:
    """From a thousand reports to a million."""
    import growth as of

    sizes = [50, 100] if plan.small else [n for n in of.SIZES if n <= plan.upto]
    for rows in of.growth(sizes):
        plan.write("growth", of.GROWTH, rows)
    plan.write("exponents", of.EXPONENTS, of.exponents(rows))


def cores(plan: Plan) -> None:
    """One worker and two."""
    import growth as of

    plan.write("cores", of.CORES, of.cores(60 if plan.small else min(plan.upto, 50_000)))


def kills(plan: Plan) -> None:
    """Runs that are ended at random moments."""
    import growth as of

    plan.write("kills", of.KILLS, of.kills(60 if plan.small else 5_000, 1 if plan.small else plan.kills))


def queries(plan: Plan) -> None:
    """Shares over millions of rows."""
    import growth as of

    n = 20_000 if plan.small else plan.rows
    head, rows = of.script("archive.py", "--rows", str(n), "--kept", str(plan.out))
    plan.write("queries", ("statements", *head), [(n, *row) for row in rows])


def formats(plan: Plan) -> None:
    """Each file format."""
    import growth as of

    small = ("-n", "2", "--only", "txt,md") if plan.small else ()
    plan.write("formats", *of.script("formats.py", *small))


def start(plan: Plan) -> None:
    """Until the first result."""
    import growth as of

    plan.write("start", of.START, of.start(1 if plan.small else 5))


PARTS: dict[str, Callable[[Plan], None]] = {p.__name__: p for p in (stages, peers, growth, cores, kills, queries, formats, start)}


def parts_of(given: str) -> list[str]:
    """The parts that are named, all where none is; raises SystemExit for one there is not."""
    names = [n for n in given.split(",") if n]
    if unknown := [n for n in names if n not in PARTS]:
        raise SystemExit(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return names or list(PARTS)


def main() -> None:
    """Measure, keep, print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--small", action="store_true", help="a minute's run that shows that all of it works; its figures mean nothing")
    options.add_argument("--only", default="", metavar="PART,…", help=f"of {', '.join(PARTS)}")
    options.add_argument("--upto", type=int, default=10_000, metavar="REPORTS", help="the largest of 1k, 10k, 100k, 1M (default 10000)")
    options.add_argument("--kills", type=int, default=50, metavar="TIMES", help="how many runs to end (default 50)")
    options.add_argument("--rows", type=int, default=10_000_000, metavar="STATEMENTS", help="how many rows to query (default 10000000)")
    options.add_argument("--reports", type=int, default=500, metavar="N", help="how many a pass on one core (default 500)")
    options.add_argument(
        "--seeds", type=Path, metavar="DIR", help="reports to alter (default ../shared/reports/seeds, else corpus/reports)"
    )
    options.add_argument("-o", "--out", type=Path, metavar="DIR", help="default out/benchmarks, with --small out/benchmarks-small")
    options.add_argument("--fill", action="store_true", help=f"put the tables into {' and '.join(p.name for p in PAGES)}")
    options.add_argument("--no-run", action="store_true", help="measure nothing; for --fill with what is there")
    given = options.parse_args()
    if given.small and given.fill:
        options.error("the figures of a small run mean nothing; leave out --small or --fill")
    out = given.out or Path("out") / ("benchmarks-small" if given.small else "benchmarks")
    plan = Plan(out, given.small, given.upto, given.kills, given.rows, given.reports, given.seeds)
    wanted = [] if given.no_run else parts_of(given.only)
    if wanted:
        plan.write("machine", MACHINE, results.machine())
    for name in wanted:
        before, begin = results.load(), time.perf_counter()
        PARTS[name](plan)
        kept = {row["part"]: tuple(map(results.figure, row.values())) for row in results.read(plan.out, "runs")}
        kept[name] = (name, before, round(time.perf_counter() - begin))
        results.write(plan.out, "runs", RUNS, [kept[p] for p in PARTS if p in kept])
    plan.out.mkdir(parents=True, exist_ok=True)
    (plan.out / "benchmarks.md").write_text(results.told(plan.out, TABLES), "utf-8")
    for page in PAGES if given.fill else ():
        print(f"{page.name}: {', '.join(results.fill(page, plan.out)) or 'nothing to put there'}")


if __name__ == "__main__":
    main()

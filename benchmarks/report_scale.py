"""Time, memory and file sizes of `gongkai report` over many invented reports, and how fast a browser opens the page.

python benchmarks/report_scale.py [-n 1000 -n 10000] [--browser] [--formats txt docx] [--keep DIR]

Offices report for five years each, so that what recurs and what is reused has something to show: of each year's sentences some
stand as in the year before, some as in the corpus and so with several offices, and most are put together from clauses of the corpus.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from sample_reports import SEED, Sample, _sample
from sample_sources import sources
from writers import FORMATS, write_all

SIZES = (1_000, 10_000)
MIXED = ("txt", "html-cms", "docx")
YEARS = (2020, 2021, 2022, 2023, 2024)
# How many lines of section 五 stand as in the year before, and as in the corpus.
SAME, SHARED = 0.4, 0.15
SHOWN = ("index.html", "summary.docx", "tables.xlsx", "statements.parquet")
# Seconds between two looks at the memory in use.
LOOK = 0.1
CHROMIUM = Path("/usr/bin/chromium")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: seconds, and megabytes at most of the process and its workers together."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser took: seconds until the overview can be used and for one filter, and megabytes that the script holds."""

    usable: float
    heap: float
    filtered: float


@cache
def clauses() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The clauses of the corpus that stand within a line and at its end."""
    found = [line.split("，") for source in sources() for line in source.text.split("\n")[1:]]
    return tuple(c for line in found for c in line[1:-1]), tuple(line[-1] for line in found if len(line) > 1)


def mixed(line: str, rng: Random) -> str:
    """A line with its first clause and as many others from anywhere in the corpus; one of a single clause as it is."""
    (inner, last), (first, *rest) = clauses(), line.split("，")
    return "，".join([first, *(rng.choice(inner) for _ in rest[1:]), *(rng.choice(last) for _ in rest[:1])])


def reports(n: int) -> Iterator[Sample]:
    """The first `n` reports, office by office and year by year; the same ones every time."""
    given, named = sources(), set[str]()
    stems = sorted({source.body[:2] for source in given})
    for office in range(-(-n // len(YEARS))):
        source, rng = given[office % len(given)], Random(f"{SEED} {office}")
        body = source.body
        while body in named:
            body = rng.choice(stems) + source.body[2:]
        named.add(body)
        heading, *lines = source.text.split("\n")
        said = [line if rng.random() < SHARED else mixed(line, rng) for line in lines]
        for year in YEARS[: n - office * len(YEARS)]:
            told = replace(source, file=f"{office} {year}", body=body, year=year, text="\n".join([heading, *said]))
            yield _sample(told, 2019 if year <= 2020 else 2021, office)
            said = [now if rng.random() < SAME else mixed(line, rng) for now, line in zip(said, lines, strict=True)]


def write(samples: Sequence[Sample], formats: Sequence[str], folder: Path) -> None:
    """Write the reports below a folder, each office's in one of the formats."""
    for k, name in enumerate(formats):
        write_all(name, [s for s in samples if s.turn % len(formats) == k], folder)


def run(folder: Path, out: Path) -> Run:
    """Run `gongkai report`; raises SystemExit where it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "gongkai", "report", str(folder), "-o", str(out)], stdout=subprocess.DEVNULL)
    peak, done = [0.0, 0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watch.start()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watch.join()
    if process.returncode:
        raise SystemExit(f"gongkai report ended with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime, peak[0] / 1e6)


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    """Note the most memory that a process and those it started held at one time, and the most that one of them held.

    What processes share counts once where the system tells it (Linux). Its own record of a child would begin with the memory of the
    process that started it.
    """
    while not done.wait(LOOK):
        held = 0
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(pid)
            for process in (main, *main.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    mine = process.memory_full_info() if psutil.LINUX else process.memory_info()
                    held += getattr(mine, "pss", mine.rss)
                    peak[1] = max(peak[1], mine.rss)
        peak[0] = max(peak[0], held)


def opened(page_file: Path) -> Opened:
    """Open the page in Chromium, without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = CHROMIUM if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.context.set_offline(True)
        page.goto(page_file.resolve().as_uri(), wait_until="commit")
        usable = page.wait_for_function("() => document.body && document.body.dataset.view && performance.now()").json_value()
        page.wait_for_load_state("load")
        tools = page.context.new_cdp_session(page)
        tools.send("HeapProfiler.collectGarbage")
        heap = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")["usedSize"]
        filtered = page.evaluate(
            """() => new Promise((done) => {
              const list = document.querySelector("#by-year"), begin = performance.now();
              const look = () => document.querySelector("#clear").hidden
                ? requestAnimationFrame(look) : requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
              list.value = list.options[1].value;
              list.dispatchEvent(new Event("change"));
              look();
            })"""
        )
        browser.close()
    return Opened(usable / 1000, heap / 1e6, filtered / 1000)


def row(n: int, formats: Sequence[str], folder: Path, browse: bool) -> list[str]:
    """Write, read and measure so many reports: one row of the table."""
    write(list(reports(n)), formats, folder / "reports")
    took = run(folder / "reports", folder / "out")
    facts = json.loads((folder / "out" / "run.json").read_text("utf-8"))
    if facts["counts"]["reports"] != n:
        raise SystemExit(f"{facts['counts']['reports']} of {n} reports were read")
    sizes = [(folder / "out" / name).stat().st_size / 1e6 for name in SHOWN]
    found = [f"{n:,}", f"{facts['counts']['statements']:,}", f"{took.wall:.0f}", f"{took.cpu:.0f}", f"{took.peak:,.0f}"]
    found += [f"{size:.1f}" if size >= 1 else f"{size:.2f}" for size in sizes]
    if browse:
        seen = opened(folder / "out" / "index.html")
        found += [f"{seen.usable:.2f}", f"{seen.heap:.0f}", f"{seen.filtered:.2f}"]
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("-n", type=int, action="append", metavar="REPORTS", help="how many reports, repeatable (default 1000 and 10000)")
    options.add_argument("--browser", action="store_true", help="open each page in Chromium")
    options.add_argument(
        "--formats", nargs="+", default=MIXED, choices=FORMATS, metavar="FORMAT", help=f"by turns, of {', '.join(FORMATS)}"
    )
    options.add_argument("--keep", type=Path, metavar="DIR", help="leave reports and results in this folder")
    given = options.parse_args()
    formats = given.formats
    head = ["reports", "statements", "wall s", "CPU s", "peak MB", *(f"{name} MB" for name in SHOWN)]
    head += ["overview usable s", "JS heap MB", "one filter s"] if given.browser else []
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores; reports as {', '.join(formats)} by turns\n")
    for cells in (head, ["---"] * len(head)):
        print(f"| {' | '.join(cells)} |")
    for n in given.n or SIZES:
        with tempfile.TemporaryDirectory() as scratch:
            folder = given.keep / str(n) if given.keep else Path(scratch)
            print(f"| {' | '.join(row(n, formats, folder, given.browser))} |", flush=True)


if __name__ == "__main__":
    main()

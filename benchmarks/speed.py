"""Speed and memory from text to coded rows on one core, and start-up times.

python benchmarks/speed.py [REPORTS]
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

import gongkai
from gongkai.analyse import prepare
from gongkai.records import Report

COPIES = 300


def seconds(command: list[str], runs: int = 5) -> float:
    """Best of some runs of a command."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def main(folder: str | None = None) -> None:
    """Measure and print."""
    root = Path(folder) if folder else Path(__file__).parent.parent / "corpus" / "reports"
    texts = [gongkai.read(p).text for p in sorted(root.iterdir())]
    many = [Report(str(i), texts[i % len(texts)]) for i in range(COPIES)]
    coder = gongkai.load()
    list(gongkai.analyse_many(many[:20], coder))
    begin = time.perf_counter()
    statements = sum(len(a.codings) for a in gongkai.analyse_many(many, coder))
    whole = time.perf_counter() - begin
    begin = time.perf_counter()
    for report in many:
        prepare(report)
    cut = time.perf_counter() - begin
    begin = time.perf_counter()
    for report in many[:60]:
        gongkai.analyse(report, coder)
    single = time.perf_counter() - begin
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, one used")
    print(f"{COPIES} reports, {sum(map(len, texts)) / len(texts):.0f} characters and {statements / COPIES:.1f} statements each")
    print(f"text to coded rows, in batches   {COPIES / whole:8.0f} reports/s")
    print(f"text to sections and statements  {COPIES / cut:8.0f} reports/s")
    print(f"text to coded rows, one by one   {60 / single:8.0f} reports/s")
    print(f"gongkai --help                   {seconds([sys.executable, '-m', 'gongkai', '--help']):8.2f} s")
    print(f"import gongkai                   {seconds([sys.executable, '-c', 'import gongkai']):8.2f} s")
    print(f"import and load the coder        {seconds([sys.executable, '-c', 'import gongkai; gongkai.load()']):8.2f} s")
    print(f"peak memory                      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])

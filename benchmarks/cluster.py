"""What a run on a cluster takes, of which what it would take for two million reports is worked out.

python benchmarks/cluster.py [-n 4000] [--workers 2] [--memory 1GB] [--for 2000000] [--no-kill] [--fill]

Full reports (those of `report_scale.py`, statutory tables read) as text files are coded by a cluster of processes of this machine, each
held to the memory given; one of them is killed while it has a chunk in its hands; the result is compared with that of one process.
Then shares, recurring themes and reused text are asked of the data set. Measured for each: processor seconds of all processes, bytes
read, written, sent over the network and handed on by files. The estimate is what one report takes, times the reports; with --fill
both tables are written into docs/cluster.md and docs/cluster.zh.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from archive import digest
from report_scale import reports
from writers import write_all

import gongkai
from gongkai import engine_dask

CORES = (2, 16, 64)
# Reports of eleven statements of which none is like another: most bytes to hand on.
UNLIKE, STATEMENTS = 2_000, 11
DOCS = Path(__file__).parent.parent / "docs"


class Watch:
    """Processor seconds and largest memory of the workers, and bytes sent to them."""

    def __init__(self, cluster: Any, client: Any) -> None:
        self._cluster, self._client = cluster, client
        self.peaks: dict[int, int] = {}
        self.used: dict[int, float] = {}
        self.sent = 0
        self.killed = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.2):
            for worker in self._cluster.workers.values():
                with suppress(psutil.Error, AttributeError, OSError):
                    if pid := worker.process.pid:
                        process = psutil.Process(pid)
                        times = process.cpu_times()
                        self.peaks[pid] = max(self.peaks.get(pid, 0), largest(process))
                        self.used[pid] = times.user + times.system

    def kill(self, *_: object) -> None:
        """Kill a worker that has a chunk in its hands, once."""
        for address, tasks in self._client.processing().items() if not self.killed else ():
            if tasks:
                self.killed = self._client.run(os.getpid, workers=[address])[address]
                os.kill(self.killed, signal.SIGKILL)
                return

    def seconds(self) -> float:
        """Processor seconds of this process and of all workers until now."""
        time.sleep(0.5)
        return time.process_time() + sum(self.used.values())

    def end(self) -> None:
        self._done.set()
        self._thread.join()


def largest(process: psutil.Process) -> int:
    """Return the most memory that a process has taken until now, as Linux keeps it; elsewhere what it takes now."""
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else int(process.memory_info().rss)


def timed(watch: Watch, work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what a piece of work returns, its seconds, and the processor seconds of all."""
    begin, used = time.perf_counter(), watch.seconds()
    result = work()
    wall = time.perf_counter() - begin
    return result, wall, watch.seconds() - used


def measure(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Code so many reports on a cluster and alone, and ask of the data set what can be asked of it."""
    from distributed import Client, LocalCluster

    source, out = folder / "reports", folder / "set"
    source.mkdir()
    write_all("txt", list(reports(given.reports)), source)
    found: dict[str, Any] = {"read": sum(p.stat().st_size for p in source.rglob("*") if p.is_file())}
    sent, whole = [0], engine_dask.packed

    def packed(task: Any) -> Any:
        made = whole(task)
        sent[0] += len(made[1])
        return made

    engine_dask.packed = packed
    options: dict[str, Any] = {"n_workers": given.workers, "threads_per_worker": 1, "memory_limit": given.memory}
    with LocalCluster(dashboard_address=None, **options) as cluster, Client(cluster, set_as_default=False) as client:
        watch, address = Watch(cluster, client), cluster.scheduler_address
        # The libraries are loaded once a worker, whatever the number of reports.
        gongkai.write_corpus(sorted(source.rglob("*.txt"))[:20], folder / "warm", scheduler=address, chunk=1)
        sent[0], own = 0, time.process_time()
        run, found["wall"], found["code"] = timed(watch, lambda: gongkai.write_corpus(source, out, scheduler=address))
        found["own"] = time.process_time() - own
        found |= {"reports": run.reports, "statements": run.statements, "sent": sent[0], "failed": run.failed}
        found["written"] = sum(p.stat().st_size for p in out.rglob("*.parquet"))
        _, found["spread_wall"], found["spread"] = timed(watch, lambda: gongkai.corpus_spread(out, ["year"], scheduler=address))
        _, found["recurring_wall"], found["recurring"] = timed(watch, lambda: gongkai.corpus_recurring(out, scheduler=address))
        reused, found["reuse_wall"], found["reuse"] = timed(watch, lambda: gongkai.corpus_reuse(out, scheduler=address))
        found |= {"moved": reused.moved, "peak": max(watch.peaks.values())}
        if not given.no_kill:
            begin = time.perf_counter()
            gongkai.write_corpus(source, out, scheduler=address, force=True, progress=watch.kill)
            found |= {"killed_wall": time.perf_counter() - begin, "killed_peak": max(watch.peaks.values()), "killed": bool(watch.killed)}
        watch.end()
    engine_dask.packed = whole
    begin, used = time.perf_counter(), time.process_time()
    gongkai.write_corpus(source, folder / "alone", workers=1)
    found |= {"alone_wall": time.perf_counter() - begin, "alone": time.process_time() - used}
    begin, reused = time.process_time(), gongkai.corpus_reuse(unlike(folder / "unlike"))
    found |= {"unlike": time.process_time() - begin, "unlike_moved": reused.moved}
    found |= {"moved_most": max(found["moved"], reused.moved * run.reports / UNLIKE)}
    # The place of the reports is the same, so the bytes are to be.
    found["equal"] = digest(out) == digest(folder / "alone")
    return found


def unlike(folder: Path) -> Path:
    """Write a data set whose statements are random characters."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gongkai.parts import schema

    rng, size, chunks = np.random.default_rng(0), 500, []
    for name in ("statements", "reports", "failures", ".gongkai"):
        (folder / name).mkdir(parents=True)
    for n in range(UNLIKE // size):
        ids = [f"柳泉县青禾{n * size + k}镇.txt" for k in range(size)]
        texts = ["".join(map(chr, row)) for row in rng.integers(0x4E00, 0x9FA5, (size * STATEMENTS, 40)).tolist()]
        told = {"report": np.repeat(ids, STATEMENTS).tolist(), "start": list(range(len(texts))), "end": [0] * len(texts), "text": texts}
        about = {"report": ids, "body": [name[:-4] for name in ids], "year": [2020 + k % 5 for k in range(size)]}
        for name, columns in (("statements", told), ("reports", about)):
            count = len(columns["report"])
            whole = {f.name: columns.get(f.name, [None] * count) for f in schema(name)}
            pq.write_table(pa.table(whole, schema(name)), folder / name / f"{n:032x}.parquet", compression="zstd")
        chunks.append({"key": f"{n:032x}", "rows": {"statements": len(texts), "reports": size}})
    run = {"program": "gongkai", "counts": {"reports": UNLIKE}, "further_columns": [], "chunks": chunks}
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return folder


def measured(found: dict[str, Any], given: argparse.Namespace) -> list[str]:
    """Return what was measured as a table."""
    n = found["reports"]
    lines = [
        ("reports, statements", f"{n:,}, {found['statements']:,}"),
        ("coding, processor ms a report, all processes", f"{1e3 * found['code'] / n:.1f}"),
        ("of these, the process that reads and the scheduler", f"{1e3 * found['own'] / n:.2f}"),
        ("the same in one process, without a cluster", f"{1e3 * found['alone'] / n:.1f}"),
        ("read, bytes a report", f"{found['read'] / n:,.0f}"),
        ("sent to the workers, bytes a report (compressed)", f"{found['sent'] / n:,.0f}"),
        ("Parquet written, bytes a report", f"{found['written'] / n:,.0f}"),
        ("shares by year, processor ms a report", f"{1e3 * found['spread'] / n:.2f}"),
        ("recurring themes, processor ms a report", f"{1e3 * found['recurring'] / n:.2f}"),
        ("reused text, processor ms a report", f"{1e3 * found['reuse'] / n:.2f}"),
        ("reused text, handed on by files, bytes a report", f"{found['moved'] / n:,.0f}"),
        ("reused text where no sentence is like another, processor ms a report", f"{1e3 * found['unlike'] / UNLIKE:.2f}"),
        ("handed on by files then, bytes a report", f"{found['unlike_moved'] / UNLIKE:,.0f}"),
        (f"largest worker, of {given.memory}", f"{found['peak'] / 1e6:,.0f} MB"),
        ("wall seconds on the cluster", f"{found['wall']:.0f}"),
    ]
    if "killed" in found:
        lines += [
            ("the same with a worker killed at work, wall seconds", f"{found['killed_wall']:.0f}"),
            ("largest worker then", f"{found['killed_peak'] / 1e6:,.0f} MB"),
        ]
    lines.append(("bytes of the data set those of one process", "yes" if found["equal"] else "NO"))
    return ["| | |", "|---|---|", *(f"| {what} | {value} |" for what, value in lines)]


def estimate(found: dict[str, Any], reports_in_all: int) -> list[str]:
    """Return what so many reports would take, as a table: what one takes, times the reports, over the cores."""
    n, scale = found["reports"], reports_in_all / found["reports"]
    lines = ["| | core hours | hours on " + " | ".join(f"{c} cores" for c in CORES) + " |", "|---|---|" + "---|" * len(CORES)]
    for what, name in (
        ("coding", "code"),
        ("shares", "spread"),
        ("recurring themes", "recurring"),
        ("reused text", "reuse"),
    ):
        hours = found[name] * scale / 3600
        # What one process does for all of them cannot be shared out.
        least = found["own"] * scale / 3600 if name == "code" else 0.0
        lines.append(f"| {what} | {hours:.1f} | " + " | ".join(f"{max(hours / c, least):.2f}" for c in CORES) + " |")
    sizes = {
        "texts read": found["read"],
        "sent to the workers": found["sent"],
        "data set on disk": found["written"],
        "handed on for reused text": found["moved"],
        "the same where no sentence is like another": found["moved_most"],
    }
    return [*lines, "", "| | GB |", "|---|---|", *(f"| {what} | {size / n * reports_in_all / 1e9:.1f} |" for what, size in sizes.items())]


def fill(name: str, lines: Sequence[str]) -> None:
    """Put a table between its marks in the two pages."""
    for page in (DOCS / "cluster.md", DOCS / "cluster.zh.md"):
        mark = re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->)", re.S)
        page.write_text(mark.sub(lambda m: m[1] + "\n".join(lines) + "\n" + m[2], page.read_text("utf-8")), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--reports", type=int, default=4000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--for", dest="total", type=int, default=2_000_000)
    parser.add_argument("--no-kill", action="store_true")
    parser.add_argument("--fill", action="store_true")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start, Python {platform.python_version()}"
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(given, Path(scratch))
    tables = {"measured": [f"{machine}.", "", *measured(found, given)], "estimate": estimate(found, given.total)}
    print("\n\n".join("\n".join(lines) for lines in tables.values()))
    if given.fill:
        for name, lines in tables.items():
            fill(name, lines)
    if not found["equal"]:
        raise SystemExit("the data set of the cluster has other bytes than that of one process")


if __name__ == "__main__":
    main()

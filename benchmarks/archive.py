"""Time and memory of `gongkai corpus` as the reports grow, of a second run, of runs that are ended, and of counting its rows.

python benchmarks/archive.py [-n 1000 -n 10000] [--short] [--files] [--tables] [--workers N] [--kills 50] [--rows 10000000 [--page]]

Reports are those of `report_scale.py`, as rows of one .jsonl file or with --files as text files; with --short of a few lines, so that
what grows with their number is seen before the coder has taken its time. --kills ends runs over the first of the sizes at random
moments, goes on with each, and compares the result with that of one run. --rows makes up a data set of so many statements of a
hundred thousand reports by every million, and counts their shares.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psutil

sys.path.insert(0, str(Path(__file__).parent))
from report_scale import _watch, reports
from writers import FORMATS, write_all

OFFICES = 40_000
HEAD = ("reports", "statements", "first s", "reports/s", "peak MB", "largest process MB", "again s", "again MB", "disk MB")


def short(n: int) -> Iterator[tuple[str, str]]:
    """Reports of three lines."""
    for k in range(n):
        name = f"柳泉县青禾{k}镇"
        yield f"{name}2021年年报", f"{name}2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n第{k}项信息更新不及时。\n"


def fill(folder: Path, n: int, brief: bool, files: bool) -> Path:
    """Write the reports."""
    folder.mkdir(parents=True)
    if files and not brief:
        write_all("txt", list(reports(n)), folder)
        return folder
    if files:
        for k, (name, text) in enumerate(short(n)):
            (folder / str(k // 1000)).mkdir(exist_ok=True)
            (folder / str(k // 1000) / f"{name}.txt").write_text(text, "utf-8")
        return folder
    given = short(n) if brief else ((s.name, FORMATS["txt"].write(s).decode("utf-8")) for s in reports(n))
    with (folder / "reports.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"id": name, "text": text, "batch": k % 7}, ensure_ascii=False) + "\n" for k, (name, text) in enumerate(given)
        )
    return folder


def start(source: Path, out: Path, options: list[str]) -> subprocess.Popen[bytes]:
    """Start `gongkai corpus`, going on with what is there."""
    command = [sys.executable, "-m", "gongkai", "corpus", source, "-o", out, "--resume", *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def run(source: Path, out: Path, options: list[str]) -> tuple[float, float, float]:
    """Return the seconds that a run took, and the megabytes at most of all its processes and of the largest."""
    begin, peak, done = time.perf_counter(), [0.0, 0.0], threading.Event()
    process = start(source, out, options)
    watch = threading.Thread(target=_watch, args=(process.pid, peak, done))
    watch.start()
    assert process.stderr
    said = process.stderr.read().decode("utf-8")
    process.wait()
    done.set()
    watch.join()
    if process.returncode:
        raise SystemExit(f"gongkai corpus ended with {process.returncode}: {said}")
    return time.perf_counter() - begin, peak[0] / 1e6, peak[1] / 1e6


def row(n: int, folder: Path, given: argparse.Namespace, options: list[str]) -> list[str]:
    """Write, code and code again so many reports."""
    source = fill(folder / "reports", n, given.short, given.files)
    return [f"{v:,.1f}" if isinstance(v, float) and v < 100 else f"{v:,.0f}" for v in twice(n, source, folder / "set", options)]


def twice(n: int, source: Path, out: Path, options: list[str]) -> tuple[float, ...]:
    """Code so many reports and code them again: the numbers of a row, by `HEAD`."""
    wall, peak, own = run(source, out, options)
    before = digest(out)
    again, held, _ = run(source, out, options)
    if digest(out) != before:
        raise SystemExit("a second run changed the data set")
    counts = json.loads((out / "run.json").read_text("utf-8"))["counts"]
    if counts["reports"] != n:
        raise SystemExit(f"{counts['reports']} of {n} reports were read")
    disk = sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 1e6
    return n, counts["statements"], wall, n / wall, peak, own, again, held, disk


def digest(out: Path) -> str:
    """Return a data set as one hash, by names and bytes."""
    found = hashlib.sha256()
    for path in sorted(p for p in out.rglob("*") if p.is_file() and p.name != "lock"):
        found.update(path.relative_to(out).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def kills(n: int, times: int, folder: Path, given: argparse.Namespace, options: list[str]) -> str:
    """End runs at random moments, each with all its processes, and begin anew where one came to its end."""
    source, rng, done, wrong = fill(folder / "reports", n, given.short, given.files), Random(times), 0, 0
    took, *_ = run(source, folder / "whole", options)
    wanted, tries = digest(folder / "whole"), 0
    out = folder / "set0"
    for _ in range(times):
        process = start(source, out, options)
        time.sleep(rng.uniform(0.3, 1.1) * took)
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        for child in family:
            if child.is_running():
                child.kill()
        if (out / "run.json").exists():
            wrong += digest(out) != wanted
            done, out = done + 1, folder / f"set{done + 1}"
        tries += 1
    run(source, out, options)
    wrong += digest(out) != wanted
    return f"{tries} runs ended; {done + 1} data sets finished, {wrong} of them other than that of one run"


def made_up(rows: int, folder: Path) -> None:
    """Write a data set of so many statements, of forty thousand offices over five years."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    import gongkai
    from gongkai.corpus import LISTING
    from gongkai.parts import schema

    book, rng, chunks, size = gongkai.load_codebook(), np.random.default_rng(0), [], 500
    roles = [r for r in book.role_ids if r not in book.themeless_roles]
    for name in ("statements", "sections", "reports", "failures", ".gongkai"):
        (folder / name).mkdir(parents=True)
    for n in range(rows // (10 * size)):
        key, numbers = f"{n:032x}", [n * size + k for k in range(size)]
        ids = [f"柳泉县青禾{k % OFFICES}镇/{k}.txt" for k in numbers]
        spoken = np.repeat(np.arange(size), 10)
        told = [[book.theme_ids[t] for t in set(row)] for row in rng.integers(0, len(book.theme_ids), (len(spoken), 2)).tolist()]
        role = [roles[r] for r in rng.integers(0, len(roles), len(spoken))]
        tables = {
            "statements": {
                "report": [ids[k] for k in spoken],
                "role": role,
                "themes": told,
                "text": [f"第{k}项工作推进不够，第{n % 10}处。" for n, k in enumerate(spoken)],
                "kind": ["problems"] * len(spoken),
                "start": [20 + 20 * (n % 10) for n in range(len(spoken))],
                "end": [40 + 20 * (n % 10) for n in range(len(spoken))],
                "role_score": rng.uniform(0.5, 1, len(spoken)).tolist(),
            },
            "sections": {
                "report": ids,
                "kind": ["problems"] * size,
                "title": ["存在的主要问题及改进情况"] * size,
                "start": [0] * size,
                "body_start": [18] * size,
                "end": [220] * size,
                "confidence": [0.9] * size,
            },
            "reports": {
                "report": ids,
                "body": [f"柳泉县青禾{k % OFFICES}镇" for k in numbers],
                "year": [2020 + k // OFFICES % 5 for k in numbers],
                "level": [("乡镇", "街道", "县区", "市")[k % 4] for k in numbers],
            },
        }
        for name, columns in tables.items():
            shape = schema(name)
            count = len(columns["report"])
            whole = {f.name: columns.get(f.name, [None] * count) for f in shape}
            pq.write_table(pa.table(whole, shape), folder / name / f"{key}.parquet", compression="zstd")
        chunks.append({"key": key, "rows": {name: len(columns["report"]) for name, columns in tables.items()}})
    pq.write_table(schema("failures").empty_table(), folder / "failures" / LISTING)
    run = {
        "program": "gongkai", "version": gongkai.__version__, "counts": {"reports": rows // 10, "failures": 0}, "further_columns": [],
        "chunks": chunks,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), "utf-8")


def count(rows: int, folder: Path, page: Path | None) -> None:
    """Print the seconds that shares take, and the page where it is wanted, over the data set that was made up there before if any."""
    if not (folder / "run.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        made_up(rows, folder)
    code = """
import resource, sys, time, gongkai, gongkai.query
for by in ([], ["year"], ["level", "year"], ["body"]):
    begin = time.perf_counter()
    table = gongkai.corpus_spread(sys.argv[1], by)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"| {', '.join(by) or 'all'} | {len(table):,} | {time.perf_counter() - begin:.1f} | {peak:,.0f} |", flush=True)
"""
    print(
        f"\nShares over {rows:,} statements of {rows // 10:,} reports\n\n| by | rows | s | peak MB |\n| --- | --- | --- | --- |", flush=True
    )
    subprocess.run([sys.executable, "-c", code, folder], check=True)
    if page is None:
        return
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "gongkai", "report", folder, "-o", page], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"gongkai report ended with {process.returncode}")
    took, pages = time.perf_counter() - begin, sum(p.stat().st_size for p in page.iterdir()) / 1e6
    print(f"\ngongkai report of it: {took:,.0f} s, {used.ru_utime + used.ru_stime:,.0f} s of processor time, "
          f"{used.ru_maxrss / 1e3:,.0f} MB at most, {pages:.1f} MB written")  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("-n", type=int, action="append", metavar="REPORTS", help="how many reports, repeatable")
    parser.add_argument("--short", action="store_true", help="reports of three lines")
    parser.add_argument("--files", action="store_true", help="a file a report, not one table")
    parser.add_argument("--tables", action="store_true", help="read the statutory tables too")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kills", type=int, default=0, metavar="TIMES", help="end so many runs over the first of the sizes")
    parser.add_argument("--rows", type=int, default=0, metavar="STATEMENTS", help="count the shares of so many statements")
    parser.add_argument("--kept", type=Path, metavar="DIR", help="keep the data set of --rows there, and use one that is there again")
    parser.add_argument("--page", action="store_true", help="make the page of the data set of --rows too")
    given = parser.parse_args()
    options = ["--workers", str(given.workers), *([] if given.tables else ["--no-tables"])]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {given.workers} workers\n")
    for n, cells in enumerate([HEAD, ["---"] * len(HEAD)] if given.n and not given.kills else []):
        print(f"| {' | '.join(cells)} |", flush=bool(n))
    for n in given.n or ():
        with tempfile.TemporaryDirectory() as scratch:
            if given.kills:
                print(kills(n, given.kills, Path(scratch), given, options))
                break
            print(f"| {' | '.join(row(n, Path(scratch), given, options))} |", flush=True)
    if given.rows:
        with tempfile.TemporaryDirectory() as scratch:
            count(given.rows, (given.kept or Path(scratch)) / f"set-{given.rows}", Path(scratch) / "page" if given.page else None)


if __name__ == "__main__":
    main()

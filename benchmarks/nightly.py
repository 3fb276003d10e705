"""Harmed inputs of every kind in numbers for a night: each must end as a success, in part, or as a named failure.

python benchmarks/nightly.py [--only KIND …] [-n INPUTS] [--seed FIRST] [--keep FOLDER] [--light]

Input N of a kind is the same every time (but for the times that a study holds), so that `--only docx -n 1 --seed N` runs it again,
and a run that was ended goes on with `--seed`. What ends as it must not is kept in a folder, named by kind and seed, with what was said.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("fuzz", "")]

from verdicts import ENDINGS, ENDS, NEVER, READING, Verdict, harmed, read_batch, read_codebook, read_model, read_study, rows_alone

SIZES = {
    "docx": 20_000, "pdf": 10_000, "html": 10_000, "text": 10_000, "zip": 2_000, "rows": 2_000,
    "model": 2_000, "codebook": 2_000, "study": 2_000,
}  # fmt: skip
BATCH = 40
TELL = 30.0
MEMORY = 4 << 30
_ALONE: dict[str, Callable[[Any], Verdict]] = {"model": read_model, "codebook": read_codebook, "study": read_study}


def bound_memory() -> None:
    """No input may take all memory of the machine: what asks for more than this ends as a crash."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def judge(kind: str, seeds: range, pages: bool = True) -> Iterator[tuple[int, Verdict]]:
    """Judge the inputs of some seeds, files of reports in batches."""
    if kind in _ALONE:
        for seed in seeds:
            yield seed, _ALONE[kind](harmed(kind, seed))
        return
    alone = rows_alone()
    for begin in range(seeds.start, seeds.stop, BATCH):
        some = range(begin, min(seeds.stop, begin + BATCH))
        made = [harmed(kind, seed) for seed in some]
        yield from zip(some, read_batch(kind, made, alone, pages), strict=True)


def keep(kind: str, seed: int, verdict: Verdict, folder: Path) -> None:
    """Keep an input that ended as it must not."""
    made = harmed(kind, seed)
    raw = made.encode("utf-8", "surrogatepass") if isinstance(made, str) else made
    files = raw if isinstance(raw, dict) else {f"input{ENDINGS.get(kind, '')}": raw}
    place = folder / f"{kind}-{seed}"
    place.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (place / name).write_bytes(raw)
    (place / "verdict.json").write_text(json.dumps([verdict.end, verdict.stage, verdict.said], ensure_ascii=False), "utf-8")


def night(kind: str, seeds: range, folder: Path, pages: bool = True) -> list[tuple[int, Verdict]]:
    """Judge all inputs of a kind, tell how far it is, and keep what must never be."""
    done: list[tuple[int, Verdict]] = []
    last = time.monotonic()
    for seed, verdict in judge(kind, seeds, pages):
        done.append((seed, verdict))
        if verdict.end in NEVER:
            keep(kind, seed, verdict, folder)
            print(f"{kind} {seed}: {verdict.end} {verdict.stage}: {verdict.said}", file=sys.stderr, flush=True)
        if time.monotonic() - last > TELL:
            last = time.monotonic()
            print(f"{kind}: {len(done):,} of {len(seeds):,}, next seed {seed + 1}", file=sys.stderr, flush=True)
    return done


def slowest(kind: str, done: list[tuple[int, Verdict]]) -> str:
    """The slowest input: of a batch, whose time is shared out evenly, the inputs of the slowest are timed one by one."""
    seed, verdict = max(done, key=lambda item: item[1].seconds)
    if kind not in _ALONE:
        alone = rows_alone()
        first = done[0][0]
        begin = first + (seed - first) // BATCH * BATCH
        timed = []
        for one in range(begin, min(done[-1][0] + 1, begin + BATCH)):
            start = time.perf_counter()
            read_batch(kind, [harmed(kind, one)], alone, pages=False)
            timed.append((time.perf_counter() - start, one))
        took, seed = max(timed)
        return f"{took:.1f} s (seed {seed})"
    return f"{verdict.seconds:.1f} s (seed {seed})"


def told(kind: str, done: list[tuple[int, Verdict]], took: float) -> str:
    """A row of the table."""
    ends = Counter(v.end for _, v in done)
    stages = Counter(v.stage for _, v in done if v.end == "failure")
    by_stage = ", ".join(f"{n} {stage}" for stage, n in stages.most_common()) or "none"
    counts = " | ".join(f"{n:,}" for n in (len(done), *(ends[e] for e in ENDS)))
    return f"| {kind} | {counts} | {by_stage} | {slowest(kind, done)} | {took:.0f} s |"


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=sorted(SIZES), default=list(SIZES), help="kinds of input (default: all)")
    parser.add_argument("-n", type=int, help="inputs of each kind (default: the sizes for a night)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, default=Path("out/nightly"), help="folder for inputs that end as they must not")
    parser.add_argument("--light", action="store_true", help="without writing page, Word and Excel of each batch of reports")
    args = parser.parse_args()
    bound_memory()
    limit = READING.limits.seconds
    print(f"{platform.python_implementation()} {platform.python_version()}; first seed {args.seed}; limit {limit} s a file")
    print(f"\n| kind | inputs | {' | '.join(ENDS)} | failures by stage | slowest | time |\n|{' --- |' * (len(ENDS) + 5)}", flush=True)
    never = 0
    for kind in args.only:
        begin = time.perf_counter()
        done = night(kind, range(args.seed, args.seed + (args.n or SIZES[kind])), args.keep, not args.light)
        never += sum(v.end in NEVER for _, v in done)
        print(told(kind, done, time.perf_counter() - begin), flush=True)
    if never:
        print(f"\n{never} ended as they must not; they are in {args.keep}")
    sys.exit(1 if never else 0)


if __name__ == "__main__":
    main()

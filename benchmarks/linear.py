"""How the time of cutting grows with hostile text, up to a million characters: the whole path, and each pattern by itself.

python benchmarks/linear.py [--upto CHARACTERS] [--patterns CHARACTERS] [--fail]
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import platform
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, pairwise
from pathlib import Path

import yaml

from gongkai.analyse import prepare
from gongkai.glance import begins_otherwise, may_be
from gongkai.records import Report
from gongkai.repair import repair
from gongkai.resources import data
from gongkai.script import pattern
from gongkai.titles import not_heading, title_at

LIMIT = 2.5
# Below this a ratio says more about the clock than about the pattern.
LEAST = 0.02
HEAD = "二〇二一年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n"
ROOMS = (
    "enumerators",
    "titles",
    "glance",
    "openings",
    "candidates",
    "edges",
    "inferred",
    "statements",
    "wraps",
    "plain",
    "sources",
    "repair",
)
# Where one run takes so long and grows too fast, larger ones are not waited for.
ENOUGH = 1.0
# What a text ends with: itself, or a character that no end of a pattern takes.
TAILS = ("", "公")
Run = Callable[[str], object]


def units() -> list[str]:
    """Stretches that hostile texts repeat."""
    rows: list[list[str]] = yaml.safe_load((Path(__file__).parent / "hostile.yaml").read_text(encoding="utf-8"))
    return list(chain.from_iterable(rows))


def seconds(run: Run, text: str, times: int = 1) -> float:
    """Processor seconds, the best of some runs."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        run(text)
        taken.append(time.process_time() - begin)
    return min(taken)


def growth(run: Run, head: str, unit: str, tail: str, upto: int) -> list[float]:
    """Processor seconds for texts of doubling sizes, ending with the longest; doubtful ones are taken again."""
    texts = [head + unit * (size // len(unit)) + tail for size in (upto // 8, upto // 4, upto // 2, upto)]
    taken: list[float] = []
    for text in texts:
        taken.append(seconds(run, text))
        if taken[-1] > ENOUGH and worst(taken) > LIMIT:
            return taken
    if worst(taken) > LIMIT:
        taken = [min(before, seconds(run, text, 3)) for before, text in zip(taken, texts, strict=True)]
    return taken


def worst(taken: list[float]) -> float:
    """The greatest ratio of two neighbours that took long enough to tell."""
    return max((b / a for a, b in pairwise(taken) if a >= LEAST), default=0.0)


def whole() -> Iterator[tuple[str, Run]]:
    """The functions that a report of any length is given to."""
    yield "describe, segment, statements", lambda text: prepare(Report("a.txt", text))
    yield "repair", repair


def patterns() -> Iterator[tuple[str, Run]]:
    """Every compiled pattern of the rooms that cut, and those of the repaired view, in each way that these rooms use it; title words."""
    rooms = [importlib.import_module(f"gongkai.{name}") for name in ROOMS]
    source = "".join(inspect.getsource(room) for room in rooms)
    named = {n: v for room in rooms for n, v in vars(room).items() if isinstance(v, re.Pattern)}
    asked = {f'pattern("{n}")': pattern(n) for n in data("repair.yaml")["patterns"] if f'pattern("{n}")' in source}
    for name, found in (named | asked).items():
        for way in sorted(set(re.findall(rf"(?<!\w){re.escape(name)}\.(match|fullmatch|search|finditer|split|sub)\b", source))):
            yield f"{name}.{way}", partial(used, found, way)
    yield "titles: not a heading", lambda text: not_heading().match(text)
    yield "title at", title_at
    yield "begins otherwise", lambda text: begins_otherwise(text, 0)
    yield "may be a heading", may_be


def used(found: re.Pattern[str], way: str, text: str) -> None:
    """Use a pattern on a whole text."""
    if way == "finditer":
        deque(found.finditer(text), maxlen=0)
    else:
        getattr(found, way)(*([""] if way == "sub" else []), text)


def measured(kind: str, functions: Iterator[tuple[str, Run]], head: str, upto: int) -> int:
    """Print a line a function; returns how many grow faster than the limit."""
    above = 0
    for name, run in functions:
        found = [(unit + tail, growth(run, head, unit, tail, upto)) for unit in units() for tail in TAILS]
        unit, taken = max(found, key=lambda item: (worst(item[1]), item[1][-1]))
        slowest = max(found, key=lambda item: item[1][-1])
        above += worst(taken) > LIMIT
        times = " ".join(f"{t:.3f}" for t in taken)
        mark = "  ABOVE" if worst(taken) > LIMIT else ""
        print(f"{kind:8}{name:34}{worst(taken):6.2f} {unit!r:12}{times} s; slowest {slowest[0]!r} {slowest[1][-1]:.3f} s{mark}", flush=True)
    return above


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upto", type=int, default=1_000_000, help="characters of the longest text of the whole path")
    parser.add_argument("--patterns", type=int, default=100_000, help="characters of the longest text of each pattern by itself")
    parser.add_argument("--fail", action="store_true", help=f"exit with 1 where a ratio is above {LIMIT}")
    args = parser.parse_args()
    print(f"{platform.python_implementation()} {platform.python_version()}; {len(units())} hostile texts, with {len(TAILS)} ends each;")
    print(f"eighth, quarter, half, whole; the greatest time(2n)/time(n) where time(n) is at least {LEAST} s")
    above = measured("whole", whole(), HEAD, args.upto) + measured("pattern", patterns(), "", args.patterns)
    print(f"{above} above {LIMIT}")
    sys.exit(1 if args.fail and above else 0)


if __name__ == "__main__":
    main()

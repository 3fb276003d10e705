"""The machine code beside scikit-learn and jieba: statements and characters a second, start, memory; one core, processor time.

python benchmarks/scorer.py [STATEMENTS]
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import sklearn

import gongkai
from gongkai import fast
from gongkai.cutter import word_spans
from gongkai.dictionary import dictionary, kinds
from gongkai.evidence import evidence, evidence_many
from gongkai.records import Statement
from gongkai.trie import bounds_of, codes_of
from gongkai.words import tokenizer, words

ROOT = Path(__file__).parent.parent
START = """
import time
begin = time.process_time()
def lap(what):
    global begin
    print(f"{what}={time.process_time() - begin:.2f}")
    begin = time.process_time()
import gongkai.model; coder = gongkai.load(); lap("gongkai and its coder")
from gongkai.words import tokenizer; tokenizer(); lap("jieba's dictionary")
import numba; lap("numba")
from gongkai.dictionary import dictionary, kinds; dictionary(tokenizer()); kinds(); lap("trie of the words, kinds of characters")
from gongkai.flat import flat; flat(coder); lap("arrays of the coder")
import pandas as pd; from gongkai import fast; fast._PAYS = 0
from gongkai.evidence import evidence_many; from gongkai.records import Statement
coder.predict_proba(pd.DataFrame({"text": ["更新不及时，渠道少。"]}))
evidence_many(coder, ["更新不及时"], [Statement(0, 5, "更新不及时")], [("problem",)]); lap("first statement")
"""


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """Best of some runs, in processor time."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        run()
        taken.append(time.process_time() - begin)
    return min(taken)


def start(folder: str | None) -> dict[str, float]:
    """Seconds of each step of a start, with the machine code as kept, or in an empty folder."""
    env = {**os.environ, **({"NUMBA_CACHE_DIR": folder} if folder else {})}
    out = subprocess.run([sys.executable, "-c", START], check=True, capture_output=True, text=True, env=env).stdout
    return {what: float(s) for what, s in (line.rsplit("=", 1) for line in out.splitlines())}


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def row(what: str, unit: str, before: float, after: float) -> None:
    """Print a line of the table: amounts a second."""
    print(f"{what:34}{before:12,.0f}{after:14,.0f}  {unit:14}{after / before:6.1f} x")


def main(size: str = "4000") -> None:
    """Measure and print."""
    import llvmlite
    import numba

    coder, X = gongkai.load(), gongkai.load_corpus(ROOT / "corpus").X[: int(size)]
    texts = X["text"].tolist()
    characters, n = sum(map(len, texts)), len(texts)
    print(f"{platform.python_implementation()} {platform.python_version()}, numpy {np.__version__}, scikit-learn {sklearn.__version__},")
    print(
        f"numba {numba.__version__}, llvmlite {llvmlite.__version__}; {platform.machine()}, {processor()}, {os.cpu_count()} cores, one used"
    )
    print(f"{n} statements of {characters / n:.0f} characters, {len(set(texts))} of them different, {len(coder.classes_)} codes\n")
    print(f"{'':34}{'library':>12}{'machine code':>14}")

    tables, (begins, ends) = dictionary(tokenizer()), bounds_of(texts)
    word_spans(tables, codes_of(texts[:1]), begins[:1], ends[:1])
    own = seconds(lambda: word_spans(tables, codes_of(texts), begins, ends))
    jieba = seconds(lambda: [list(words(t)) for t in texts], 1)
    row("words (jieba)", "characters/s", characters / jieba, characters / own)

    with patch.object(fast, "installed", lambda: False):
        usual = seconds(lambda: coder.decision_function(X), 1)
    with patch.object(fast, "_PAYS", 0):
        coder.decision_function(X[:10])
    assert coder.scored_by == "machine code", coder.scored_by
    quick = seconds(lambda: coder.decision_function(X))
    row("scores (scikit-learn)", "statements/s", n / usual, n / quick)

    statements, codes = [Statement(0, len(t), t) for t in texts], [(r, *t) for r, t in coder.decide(coder.predict_proba(X))]
    some = slice(0, min(n, 1000))
    each = seconds(lambda: [evidence(coder, *of) for of in zip(texts[some], statements[some], codes[some], strict=True)], 1)
    evidence_many(coder, texts[:1], statements[:1], codes[:1])
    many = seconds(lambda: evidence_many(coder, texts, statements, codes))
    row("evidence (one by one)", "statements/s", len(texts[some]) / each, n / many)
    row("scores, codes and evidence", "statements/s", 1 / (usual / n + each / len(texts[some])), n / (quick + many))
    print(f"\nmicroseconds a statement: words {own / n * 1e6:.1f}, scores {quick / n * 1e6:.1f}, evidence {many / n * 1e6:.1f}")
    print(f"                          evidence a code {many / sum(map(len, codes)) * 1e6:.1f}\n")

    kept = start(None)
    with tempfile.TemporaryDirectory() as folder:
        fresh = start(folder)
    print(f"{'start, seconds':44}{'first time':>12}{'then':>8}")
    for what in kept:
        print(f"{what:44}{fresh[what]:12.2f}{kept[what]:8.2f}")
    ready = coder.machine()
    assert ready
    print(f"\narrays of the coder {ready[0].size / 1e6:.1f} MB, ", end="")
    print(f"tables of jieba {sum(a.nbytes for a in ready[1]) / 1e6:.1f} MB, kinds of characters {kinds().nbytes / 1e6:.1f} MB")
    print(f"peak memory of this run {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Texts that a coverage-guided fuzzer makes (atheris, which is not among the test requirements): what holds of every report must hold.

pip install atheris; python benchmarks/guided.py [libFuzzer options, such as -max_total_time=600 -max_len=2000] [FOLDER of inputs]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("fuzz", "")]

import atheris  # type: ignore[import-not-found]

with atheris.instrument_imports(include=["gongkai"]):
    import gongkai
    from gongkai.read.extract import ReadError
    from gongkai.read.text import decode
    from gongkai.records import Report

import originals
import verdicts


def one(raw: bytes) -> None:
    """Decode a text, cut and code it, and look at what must hold; what cannot be decoded is cut with signs of replacement in it."""
    try:
        text = decode(raw)
    except ReadError:
        text = raw.decode("utf-8", "replace")
    verdicts.check(gongkai.analyse(Report("a.txt", text), originals.coder()))


def main() -> None:
    """Begin with the samples, unless a folder is given."""
    given = sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        if not any(not option.startswith("-") for option in given):
            for n, raw in enumerate(originals.files("text")):
                (Path(place) / str(n)).write_bytes(raw)
            given.append(place)
        originals.coder()
        atheris.Setup([sys.argv[0], *given], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

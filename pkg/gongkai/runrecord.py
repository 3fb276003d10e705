"""What the results of a corpus depend on beside its reports, and the record of a finished run."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import __version__
from .read import Reading
from .records import Failure
from .store import facts_of, sha256_of

FORMAT = 1
# Libraries that shape texts, codes or the bytes of Parquet files.
_LIBRARIES = (
    "jieba", "lxml", "lxml_html_clean", "numpy", "OpenCC", "pandas", "pdfplumber", "Pillow", "pyarrow", "pypdfium2", "pytesseract",
    "python-docx", "scikit-learn", "scipy", "trafilatura",
)  # fmt: skip
_PACKAGE = Path(__file__).parent
_SUMS = ("reports", "statements", "doubtful", "failures")
_TALLIES = ("roles", "sections", "missing")
# A run names so many failures in its record; all are in the table of failures.
FIRST = 1_000


def settings_of(model: Path, reading: Reading, tables: bool, chunk: int) -> dict[str, Any]:
    """Return all that shapes the results of given reports, as plain data."""
    described = json.loads((model / "model.json").read_text("utf-8"))
    return {
        "format": FORMAT,
        **programs(),
        "model_sha256": sha256_of(model),
        "codebook_version": described["codebook"]["version"],
        "reading": asdict(reading),
        "tables": tables,
        "chunk": chunk,
    }


@cache
def programs() -> dict[str, Any]:
    """Return the versions of what is at work here."""
    return {
        "gongkai": __version__,
        "code_sha256": _code(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "libraries": {name: found for name in _LIBRARIES if (found := _version(name))},
    }


def digest(settings: Mapping[str, Any]) -> str:
    """Return settings as one hash."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode("utf-8")).hexdigest()


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _code() -> str:
    """The hash of gongkai's own files: in a checkout its version does not tell what it does."""
    found = hashlib.sha256()
    for path in sorted(p for p in _PACKAGE.rglob("*") if p.suffix in (".py", ".yaml", ".txt", ".csv")):
        if "shipped" not in path.parts:
            found.update(path.relative_to(_PACKAGE).as_posix().encode("utf-8") + b"\0" + path.read_bytes())
    return found.hexdigest()


class Totals:
    """The sums over the chunks of a run, chunk by chunk."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.tallies: dict[str, Counter[str]] = {name: Counter() for name in _TALLIES}
        self.further: set[str] = set()
        self.chunks: dict[str, dict[str, Any]] = {}
        self.kept = 0

    def add(self, record: Mapping[str, Any], kept: bool) -> int:
        """Take a chunk's record; returns how many of its reports are done, well or not."""
        counts = record["counts"]
        self.sums.update({name: counts[name] for name in _SUMS})
        for name, tally in self.tallies.items():
            tally.update(counts[name])
        self.further.update(record["further"])
        self.chunks[record["key"]] = {"key": record["key"], "rows": {name: told["rows"] for name, told in record["parts"].items()}}
        self.kept += kept
        return int(counts["reports"]) + int(counts["failures"])


def run_record(
    settings: Mapping[str, Any],
    model: Path,
    order: Iterable[str],
    totals: Totals,
    failed: int,
    failures: Sequence[Failure],
    passed_over: Mapping[str, int],
) -> dict[str, Any]:
    """Return the record of a finished run: what it read and found, nothing of the machine or the hour."""
    told = {name: dict(sorted(tally.items())) for name, tally in totals.tallies.items()}
    return {
        "program": "gongkai",
        "command": "corpus",
        "version": __version__,
        "model": {"facts": facts_of(model), "sha256": settings["model_sha256"]},
        "codebook_version": settings["codebook_version"],
        "counts": {**{name: totals.sums[name] for name in _SUMS}, **told, "failures": failed},
        "settings": dict(settings),
        "further_columns": sorted(totals.further),
        "passed_over": dict(sorted(passed_over.items())),
        "failures": [asdict(f) for f in failures],
        "chunks": [totals.chunks[key] for key in order],
    }

"""Tables of measurements: kept as CSV and Markdown, put into pages of the documentation, with the machine they were taken on."""

from __future__ import annotations

import csv
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

import psutil
import yaml

LIBRARIES = (
    "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "joblib", "numba", "jieba", "spacy", "fasttext-numpy2-wheel", "fasttext-wheel",
    "lxml", "python-docx", "pypdfium2", "distributed",
)  # fmt: skip
_PLACE = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.S)


def shown(value: object) -> str:
    """A cell: whole numbers with commas, others with three figures, text as it is.

    >>> [shown(v) for v in (12345, 12345.6, 12.34, 0.123456, "a|b", None)]
    ['12,345', '12,346', '12.3', '0.123', 'a/b', '']
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return "" if value is None else str(value).replace("|", "/")


def write(folder: Path, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Keep a table as NAME.csv, with all figures, and NAME.md, as it is shown."""
    folder.mkdir(parents=True, exist_ok=True)
    given = [list(row) for row in rows]
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *given])
    # Figures stand to the right, where the first row has them.
    marks = ["---:" if given and isinstance(cell, int | float) else "---" for cell in (given[0] if given else head)]
    cells = [list(head), marks, *([shown(c) for c in row] for row in given)]
    (folder / f"{name}.md").write_text("".join(f"| {' | '.join(row)} |\n" for row in cells), "utf-8")


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table that was kept; none where there is no such table."""
    file = folder / f"{name}.csv"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def figure(cell: str) -> object:
    """A cell as a number where it is one.

    >>> figure("1,000"), figure("0.5"), figure("all")
    (1000, 0.5, 'all')
    """
    for kind in (int, float):
        try:
            return kind(cell.replace(",", ""))
        except ValueError:
            continue
    return cell


def told(folder: Path, names: Iterable[str]) -> str:
    """All tables that are kept, one below the other."""
    given = {name: folder / f"{name}.md" for name in names}
    return "\n".join(f"## {name}\n\n{file.read_text('utf-8')}" for name, file in given.items() if file.exists())


def fill(page: Path, folder: Path) -> list[str]:
    """Put the tables that are kept into a page, between `<!-- table: NAME -->` and `<!-- end -->`, and return those put there.

    A page called NAME.zh.md gets their words in Chinese.
    """
    done: list[str] = []
    words = chinese() if page.name.endswith(".zh.md") else {}

    def put(place: re.Match[str]) -> str:
        file = folder / f"{place['name']}.md"
        if not file.exists():
            return place[0]
        done.append(place["name"])
        return f"{place[1]}{translated(file.read_text('utf-8'), words)}{place[3]}"

    page.write_text(_PLACE.sub(put, page.read_text("utf-8")), "utf-8")
    return done


def translated(table: str, words: Mapping[str, str]) -> str:
    """A Markdown table with the cells that are known in other words.

    >>> translated("| reports | 1,000 |\\n", {"reports": "报告"})
    '| 报告 | 1,000 |\\n'
    """
    return "".join(f"| {' | '.join(words.get(c, c) for c in line[2:-2].split(' | '))} |\n" for line in table.splitlines())


@cache
def chinese() -> dict[str, str]:
    """The Chinese for the words of the tables."""
    return yaml.safe_load((Path(__file__).parent / "results_zh.yaml").read_text("utf-8"))


def load() -> float | None:
    """How many processes wanted a core in the last minute, this one's not counted from its start; None where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine() -> list[tuple[str, str]]:
    """What the measurements were taken on."""
    system = platform.uname()
    rows = [
        ("processor", processor()),
        ("cores", str(os.cpu_count())),
        ("memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("system", f"{_distribution()}, {system.system} {system.release.split('-')[0]}, {system.machine}"),
        ("Python", f"{platform.python_implementation()} {sys.version.split()[0]}"),
    ]
    return rows + [(name, version) for name in LIBRARIES if (version := _version(name))]


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""

"""Coded sections of the project's own corpus, chosen for many hands, levels and years, and done work in its words."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from gongkai.repair import repair

CORPUS = Path(__file__).parent.parent / "corpus"
_HEADING = re.compile(r"五、(?=.*(?:问题|不足|差距))[^。：:]{4,30}[。：:]?")
_CLOSED = re.compile(r"[。；;：:！？”）…，、]$")
_COUNTED = (r"^（一）", r"^1\.", r"^1、", "一是", "①", "^一、", "首先", "第一，", "^[^。]+。$")
_DONE = re.compile(r"[\u4e00-\u9fff][^一二三四五六七八九十是年今：][^：]{16,80}。")
_FORWARD = re.compile(
    r"^(?:其次|再次|最后|首先|此外|另|对此|同时|要|接下来|第)|下一?步|尽快|还要|今后|来年|明年|下半年|将|拟|问题|不足|计划|打算|五、|六、"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A section of the corpus with its office."""

    file: str
    body: str
    year: int
    level: str
    hand: str
    text: str


def _rows(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _statements() -> list[dict[str, str]]:
    return _rows("statements.csv")


@cache
def sources() -> tuple[Source, ...]:
    """Undamaged sections 五 of 2019 to 2024 with three statements or more, headed on a line of their own."""
    coded = Counter(row["report"] for row in _statements())
    found = []
    for row in _rows("reports.csv"):
        if row["form"] != "section" or row["level"] == "国家" or coded[row["report"]] < 3 or not 2019 <= int(row["year"]) <= 2024:
            continue
        text = (CORPUS / row["report"]).read_bytes().decode("utf-8", "replace")
        if _sound(text):
            lines = "\n".join(line.strip() for line in text.split("\n") if line.strip())
            found.append(Source(row["report"], row["body"], int(row["year"]), row["level"], row["hand"], lines))
    return tuple(found)


def _sound(text: str) -> bool:
    """Whether nothing is damaged or wrapped by hand, so that a line is a paragraph."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    wrapped = any(len(line) > 24 and not _CLOSED.search(line) for line in lines)
    further = any(line.startswith(("六、", "六 、")) for line in lines)
    return bool(_HEADING.fullmatch(lines[0])) and not wrapped and not further and repair(text).text == "".join(text.split())


def _layout(source: Source) -> str:
    """The heading and the ways of counting in a section."""
    heading, *lines = source.text.split("\n")
    return heading + "".join(mark for mark in _COUNTED if re.search(mark, "\n".join(lines), re.MULTILINE))


def chosen(years: Iterable[int], n: int, rng: Random) -> list[Source]:
    """Pick sections of `years`, of the hands, levels and layouts that were picked least; a longer choice begins with a shorter one."""
    years = set(years)
    rest = [s for s in sources() if s.year in years]
    rng.shuffle(rest)
    levels, hands, layouts = Counter[str](), Counter[str](), Counter[str]()
    picked = []
    for _ in range(min(n, len(rest))):
        best = min(rest, key=lambda s: (hands[s.hand], levels[s.level], layouts[_layout(s)]))
        rest.remove(best)
        levels[best.level] += 1
        hands[best.hand] += 1
        layouts[_layout(best)] += 1
        picked.append(best)
    return picked


@cache
def done_work(level: str) -> tuple[str, ...]:
    """Measures of offices of a level that read like work done."""
    levels = {row["report"]: row["level"] for row in _rows("reports.csv") if row["form"] == "section"}
    return tuple(
        row["text"]
        for row in _statements()
        if row["role"] == "measure"
        and levels.get(row["report"]) == level
        and _DONE.fullmatch(row["text"])
        and not _FORWARD.search(row["text"])
    )

"""The administrative divisions of mainland China since 2008, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .resources import data, resource_text

_NAME = re.compile(r"(\D+?)(?:(\d{4})?-(\d{4})?)?")


@dataclass(frozen=True, slots=True)
class Division:
    """A division of mainland China: its names from the province down, its level (省, 市, 县区) and the years it had that name."""

    names: tuple[str, ...]
    level: str
    since: int = 0
    until: int = 9999

    @property
    def path(self) -> str:
        """Its full name, from the province down: 江苏省淮安市清江浦区."""
        return "".join(self.names)

    @property
    def holds_counties(self) -> bool:
        """Whether it is a province or a prefecture."""
        return self.level != "县区"

    def holds(self, other: Division) -> bool:
        """Say whether the other division is this one or lies in it."""
        return other.names[: len(self.names)] == self.names


Divisions = tuple[Division, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Divisions by their full names, by their names without ending, and what finds names fast in a text."""

    full: dict[str, Divisions]
    short: dict[str, Divisions]
    # The last two characters of names → how long names are that end so, longest first.
    tails: dict[str, tuple[int, ...]]
    last: re.Pattern[str]
    longest_short: int


def _read() -> Iterable[Division]:
    province = ""
    for line in resource_text("divisions.txt").splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            province = line
            yield Division((province,), "省")
            continue
        prefecture, *counties = line.split()
        above: tuple[str, ...] = (province,)
        if prefecture != "-":
            yield (d := _division(prefecture, above, "市"))
            above = d.names
        yield from (_division(c, above, "县区") for c in counties)


def _division(written: str, above: tuple[str, ...], level: str) -> Division:
    m = _NAME.fullmatch(written)
    assert m, written
    return Division((*above, m[1]), level, int(m[2] or 0), int(m[3] or 9999))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words = data("bodies.yaml")
    return re.compile(words["autonomous"]), re.compile(words["division_suffix"]), re.compile(words["peoples"])


def _forms(name: str) -> tuple[str, str]:
    """The usual name of an autonomous division (else the name itself), and the name without its ending.

    >>> _forms("长阳土家族自治县"), _forms("淮安市")
    (('长阳县', '长阳'), ('淮安市', '淮安'))
    """
    autonomous, suffix, peoples = _patterns()
    m = autonomous.search(name)
    if not m:
        return name, suffix.sub("", name)
    people = peoples.search(name)
    bare = name[: people.start()] if people and people.start() > 1 else name[: m.start()].removesuffix("族")
    return bare + ("自治区" if m[1] == "区" else m[1]), bare


@cache
def index() -> Index:
    """Return the divisions by their names; read once, in some 20 ms."""
    full: dict[str, list[Division]] = {}
    short: dict[str, list[Division]] = {}
    for d in _read():
        usual, bare = _forms(d.names[-1])
        full.setdefault(d.names[-1], []).append(d)
        if usual != d.names[-1]:
            full.setdefault(usual, []).append(d)
        if len(bare) > 1:
            short.setdefault(bare, []).append(d)
    # 吉林 and 海南 alone are the provinces, whatever else has that name.
    short = {k: [d for d in v if d.level == "省"] or v for k, v in short.items()}
    lengths: dict[str, set[int]] = {}
    for name in full:
        lengths.setdefault(name[-2:], set()).add(len(name))
    return Index(
        {k: tuple(v) for k, v in full.items()},
        {k: tuple(v) for k, v in short.items()},
        {k: tuple(sorted(v, reverse=True)) for k, v in lengths.items()},
        re.compile(f"[{''.join(sorted({k[-1] for k in full}))}]"),
        max(map(len, short)),
    )

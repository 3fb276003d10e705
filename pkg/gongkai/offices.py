"""What the name of an office tells: which office it is, its level, and whether it names its place."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .divisions import Division
from .regions import place
from .resources import data


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a pattern of `bodies.yaml`, compiled."""
    return re.compile(data("bodies.yaml")[name])


def find(name: str, text: str) -> re.Match[str] | None:
    """Search a text for a pattern of `bodies.yaml`, unless it lacks what the pattern cannot do without.

    >>> find("period", "自2021年1月1日起")[1], find("period", "自2021年起")
    ('2021', None)
    """
    for held in data("bodies.yaml")["holds"][name]:
        if held in text:
            return pattern(name).search(text)
    return None


@cache
def _levels() -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    return tuple((re.compile(r["pattern"]), r["level"], bool(r.get("by_prefix"))) for r in data("bodies.yaml")["levels"])


@cache
def _prefixes() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(r["pattern"]), r["level"]) for r in data("bodies.yaml")["prefixes"])


def office(name: str) -> str:
    """Return one name for an office, whether it calls itself 青禾镇 or 青禾镇人民政府.

    >>> office("柳泉县青禾镇人民政府"), office("棠梨街道办事处")
    ('柳泉县青禾镇', '棠梨街道')
    """
    return pattern("dropped").sub("", name)


@lru_cache(maxsize=1024)
def _kind(name: str) -> tuple[int, str, bool] | None:
    """Where the ending begins that tells the level of a name, that level, and whether the office is a department."""
    return next(((m.start(), level, by_prefix) for p, level, by_prefix in _levels() if (m := p.search(name))), None)


def is_office(name: str) -> bool:
    """Say whether a name ends like that of an office of any level."""
    return _kind(name) is not None


def is_department(name: str) -> bool:
    """Say whether a name is that of a department, whose level is that of the government it belongs to."""
    kind = _kind(name)
    return bool(kind and kind[2])


@lru_cache(maxsize=1024)
def level_of(body: str | None, year: int | None = None) -> str | None:
    """Return the level that the name of an office tells, or None; the year decides where a name changed its level.

    >>> level_of("柳泉县水利局"), level_of("青禾镇人民政府"), level_of("水利局"), level_of("孝义市水利局")
    ('部门(县级)', '乡镇', None, '部门(县级)')
    """
    if not body:
        return None
    kind = _kind(body)
    if kind is None:
        return None
    start, level, by_prefix = kind
    departments = data("bodies.yaml")["department"]
    if not by_prefix and level not in departments:
        return level
    divisions, end = place(body, year)
    kinds = {d.level for d in divisions}
    if not by_prefix:
        return kinds.pop() if len(kinds) == 1 and end > start else level
    before = body[:start]
    if len(kinds) == 1 and not _prefixes()[0][0].search(before[end:]):
        return departments[kinds.pop()]
    return next((level for p, level in _prefixes() if p.search(before)), None)


@lru_cache(maxsize=1024)
def names_a_place(name: str) -> bool:
    """Say whether a name holds that of a place of its own, known or not.

    >>> names_a_place("柳泉县水利局"), names_a_place("城市管理局"), names_a_place("高新区管委会")
    (True, False, False)
    """
    return bool(pattern("some_place").search(pattern("no_place").sub("·", name)))


def level_by_place(body: str, division: Division | None, superior: str | None) -> str | None:
    """Return the level of a department whose name lacks its place: from whom it works under, or the division it is from.

    Silent where the two do not fit together, and where 市 may be a county or a prefecture.
    """
    if not is_department(body):
        return None
    departments, superiors = data("bodies.yaml")["department"], data("bodies.yaml")["superiors"]
    if superior is None:
        return departments[division.level] if division else None
    if superior != "市":
        return departments[superiors[superior]]
    if division is None or (division.level == "县区" and not division.names[-1].endswith(superior)):
        return None
    return departments[division.level]

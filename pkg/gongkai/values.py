"""What stands in a table cell: a number with its unit, a blank, a stroke, 无 — told apart."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from .resources import data

_BELOW = "-－−减"

# Longer cells are not remembered.
_SHORT = 100


@dataclass(frozen=True, slots=True)
class Value:
    """A number, or None where the cell holds none; `problem` (`none`, `money`, `unit`, `negative`) says why one could not be settled."""

    number: float | None
    problem: str = ""


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    d = data("tables.yaml")
    units = "|".join(sorted(d["money"]["units"], key=len, reverse=True))
    number = re.compile(rf"(?P<number>{d['number']})(?:\s*(?P<unit>{units}|{d['count_units']}))?")
    return number, re.compile(d["blanks"])


@cache
def _token() -> re.Pattern[str]:
    number, blanks = _patterns()
    # Zeros that touch are so many cells: no number begins with two.
    return re.compile(rf"(?:0(?=0*(?:[\s|]|$))|(?:{number.pattern}|{blanks.pattern})(?=[\s|]|$))")


def tokens(text: str, start: int, end: int, most: int) -> list[tuple[int, int]]:
    """Return the places of the values that stand one behind the other from `start` on, up to the first thing that is none.

    At most `most` + 1 are sought, so that a caller sees that there are too many.

    >>> tokens("规章 0 12件 无 全年", 2, 14, 5)
    [(3, 4), (5, 8), (9, 10)]
    """
    found: list[tuple[int, int]] = []
    at = start
    while len(found) <= most:
        while at < end and (text[at].isspace() or text[at] == "|"):
            at += 1
        m = _token().match(text, at, end) if at < end else None
        if not m:
            break
        found.append(m.span())
        at = m.end()
    return found


def is_value(raw: str) -> bool:
    """Say whether a cell's text is a number or one of the signs for nothing; a blank is neither."""
    return bool(_token().fullmatch(unicodedata.normalize("NFKC", raw).strip()))


def value_of(raw: str, money: bool = False, header: str = "", signed: bool = True) -> Value:
    """Return the number in a cell; money comes in 万元, its unit from the cell, else from the `header` above it.

    Only `signed` cells may hold a number below 0.

    >>> value_of("3189300元", money=True).number, value_of("+156").number, value_of("无").number
    (318.93, 156.0, None)
    """
    return (_value if len(raw) + len(header) <= _SHORT else _value.__wrapped__)(raw, money, header, signed)


# Most cells of most tables hold one of a few figures.
@lru_cache(maxsize=4096)
def _value(raw: str, money: bool, header: str, signed: bool) -> Value:
    number, blanks = _patterns()
    words = unicodedata.normalize("NFKC", raw).strip()
    if not words or blanks.fullmatch(words):
        return Value(None)
    m = number.fullmatch(words)
    if not m:
        return Value(None, "none")
    amount = float(re.sub(r"[^\d.]", "", m["number"].replace("．", ".")))
    if m["number"][0] in _BELOW:
        if not signed and amount:
            return Value(None, "negative")
        amount = -amount
    units = data("tables.yaml")["money"]["units"]
    if not money:
        return Value(None, "money") if m["unit"] in units else Value(amount)
    unit = m["unit"] or next(iter(re.findall(data("tables.yaml")["money"]["header_unit"], header)), None)
    if unit not in units:
        return Value(0.0) if amount == 0 else Value(None, "unit")
    return Value(round(amount * units[unit], 6))

"""Numbered lists of web pages: the number that a reader sees before an item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..resources import data
from .numerals import numeral

_STYLE = re.compile(r"(?<![\w-])list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_INTEGER = re.compile(r"\s*(-?\d{1,9})")
# Numbers beyond this are written in digits, whatever the list asks for.
_LARGEST = 3999


@dataclass(slots=True)
class Counter:
    """A list in the making: its number format, what stands around a number, its next number and its step."""

    format: str
    around: str
    number: int
    step: int

    def label(self, item: Any) -> str:
        """Return the number of an item with what stands around it, and count on."""
        if m := _INTEGER.match(item.get("value") or ""):
            self.number = int(m[1])
        n, self.number = self.number, self.number + self.step
        format, around = _ways().get(_styled(item), (self.format, self.around))
        return around.format(numeral(n, format if 0 < n <= _LARGEST else "decimal"))


def counter(element: Any) -> Counter:
    """Return the counter of an <ol> or <ul> element."""
    ways = _ways()
    if element.tag != "ol":
        return Counter(*ways["none"], 1, 1)
    stated = [_styled(element), element.get("type") or "", *(element.get("class") or "").split()]
    format, around = next((ways[s] for s in stated if s in ways), ways["decimal"])
    step = -1 if element.get("reversed") is not None else 1
    start = _INTEGER.match(element.get("start") or "")
    first = int(start[1]) if start else sum(1 for _ in element.iterchildren("li")) if step < 0 else 1
    return Counter(format, around, first, step)


def _ways() -> Mapping[str, tuple[str, str]]:
    return data("html.yaml")["counting"]


def _styled(element: Any) -> str:
    m = _STYLE.search(element.get("style") or "")
    return m[1].lower() if m else ""

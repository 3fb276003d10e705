"""Which sentences to quote: short, clear and sure ones, from different offices, none twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..enumerators import enumerator_at
from ..resources import data
from ..spread import themes_of
from .figures import Frames, present
from .told import say

# In characters: what reads well, and what is quoted at most.
_SHORT, _LONG, _MOST = 10, 42, 110
_ENDS = ("。", "！", "；", "？")
_HAN = re.compile(r"[^一-鿿]+")


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence to quote and where it stands."""

    text: str
    source: str


class Quotes:
    """The statements of a run to quote from; what was quoted once is not quoted again."""

    def __init__(self, tables: Frames) -> None:
        columns = ("report", "start", "body", "year", "text", "role", "themes", "role_score", "theme_scores")
        self._cells = [tables.statements[c].tolist() for c in columns]
        self._used: set[str] = set()
        self._of: dict[tuple[str, str], list[int]] = {}
        self._in: dict[object, list[int]] = {}
        for i, (report, role, themes) in enumerate(zip(self._cells[0], self._cells[5], self._cells[6], strict=True)):
            self._in.setdefault(report, []).append(i)
            for theme in themes_of(themes):
                self._of.setdefault((role, theme), []).append(i)

    def best(self, role: str, theme: str, most: int, among: Collection[tuple[object, int]] | None = None) -> list[Quote]:
        """Return at most so many sentences of a role and theme, each of another office; `among` names them by report and start."""
        rows = self._of.get((role, theme), [])
        if among is not None:
            rows = [i for i in rows if (self._cells[0][i], self._cells[1][i]) in among]
        return list(self._chosen(rows, theme, most))

    def of_report(self, report: str, role: str, theme: str) -> Quote | None:
        """Return the best sentence of a role and theme in a report (or several, `;`-joined), None where there is none."""
        rows = [i for r in report.split(";") for i in self._in.get(r, ()) if self._is(i, role, theme)]
        return next(self._chosen(rows, theme, 1), None)

    def _is(self, i: int, role: str, theme: str) -> bool:
        return self._cells[5][i] == role and theme in themes_of(self._cells[6][i])

    def _chosen(self, rows: list[int], theme: str, most: int) -> Iterator[Quote]:
        offices: set[object] = set()
        for i in sorted(rows, key=lambda i: (-self._worth(i, theme), str(self._cells[0][i]), self._cells[1][i])):
            report, _, body, year, text = (c[i] for c in self._cells[:5])
            bare = bare_text(str(text))
            office, letters = body if present(body) else report, _HAN.sub("", bare)
            if len(offices) == most:
                return
            if office in offices or letters in self._used or not letters:
                continue
            offices.add(office)
            self._used.add(letters)
            yield Quote(cut(bare), source(body, year, report))

    def _worth(self, i: int, theme: str) -> float:
        """How well a sentence serves as an example of a theme."""
        _, _, _, _, text, _, themes, sure, scores = (c[i] for c in self._cells)
        n = len(str(text))
        length = 0.02 * max(0, _SHORT - n) + 0.005 * max(0, n - _LONG)
        broken = 0.0 if str(text).endswith(_ENDS) else 0.1
        return round(_score(sure) * _score(scores.get(theme) if isinstance(scores, Mapping) else None), 3) - (
            0.1 * (len(themes_of(themes)) - 1) + length + broken
        )


def bare_text(text: str) -> str:
    """Return a sentence without the number it begins with.

    >>> bare_text("一是更新不及时。"), bare_text("（二）")
    ('更新不及时。', '（二）')
    """
    number = enumerator_at(text)
    return text[number.length :].lstrip() or text if number else text


def _score(value: Any) -> float:
    return float(value) if present(value) else 0.5


def cut(text: str, most: int = _MOST) -> str:
    """Return a text on one line; what is longer than may be quoted ends in dots.

    >>> cut("信息\\n公开"), cut("信息公开", 2)
    ('信息 公开', '信息……')
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + say("elided")


def source(body: object, year: object, report: object) -> str:
    """Return where something stands: office, year and file.

    >>> source("柳泉县", 2021.0, "a.txt"), source(None, None, "a.txt")
    ('（柳泉县，2021年，a.txt）', '（机关不明，年份不明，a.txt）')
    """
    unknown = data("summary.yaml")["unknown"]
    when = say("years_one", first=int(year)) if present(year) else unknown["year"]  # type: ignore[call-overload]
    return say("quote_from", body=cut(str(body), 40) if present(body) else unknown["body"], year=when, file=cut(str(report), 80))

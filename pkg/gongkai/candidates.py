"""Places where a heading may begin, each with how much it looks like one."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from .enumerators import enumerator_at
from .glance import BLANK, LONGEST, steady
from .openings import Candidate, held, inside_line, look, titled
from .repair import is_page_number, repair
from .resources import data
from .skim import lines
from .titles import GOES_ON, Title, covers, runs_on, title_at

_LINE = re.compile(r"[^\r\n]+")
SHORT_BODY = 3


class Place(NamedTuple):
    """A possible heading in a text, and where its line starts."""

    line: int
    found: Candidate

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.line + self.found.start

    @property
    def title_end(self) -> int:
        """Where its title ends."""
        return self.line + self.found.title_end

    @property
    def body_start(self) -> int:
        """Where what stands behind it begins."""
        return self.line + self.found.body_start


def candidates(text: str) -> list[Place]:
    """Return the possible headings of a report in text order; a line that cannot be one costs a look into a table."""
    found: list[Place] = []
    reached, begins_anew = 0, _begins_anew().match
    for start, end in lines(text):
        line = text[start:end]
        seen = held(line) if end - start <= LONGEST else look(line)
        if seen is None:
            continue
        first, opening, inside = seen
        wrapped = None
        if opening and (opening.joint or not begins_anew(text, end)):
            wrapped = _wrapped(opening.rest, *_below(text, start, end))
            first = titled(line, opening, wrapped) if wrapped else first
        if wrapped or (reached > start and not first):
            inside = inside_line(line, first.title_end if first else max(1, reached - start))
        for c in (first, *inside) if first else inside:
            found.append(Place(start, c))
            reached = start + c.title_end
    return found


@cache
def _begins_anew() -> re.Pattern[str]:
    """Line ends behind which no title goes on that has not broken off: two, or one before none of its words."""
    nothing = rf"(?:{BLANK}|\[bookmark:[^\]\n]{{0,80}}\])*+"
    return re.compile(rf"\n\n|[\r\n]++{nothing}(?:[\r\n]|\Z|[0-9（{''.join(sorted(steady() - set(GOES_ON)))}])|\Z")


def _below(text: str, start: int, end: int) -> tuple[str, int]:
    """The line below one at `[start, end)` and where it begins, counted from that one's start; "" for none, or a page number."""
    following = _LINE.search(text, end)
    if following is None:
        return "", 0
    a, b = following.span()
    apart = text[end:a].count("\n") > 1 or is_page_number(text[a:b])
    return ("", 0) if apart else (text[a : min(b, a + LONGEST)], a - start)


def _wrapped(rest: str, below: str, at: int) -> tuple[str, int, Title] | None:
    """A title that a hard wrap broke, whole, with its end in the line below."""
    view = repair(below, at)
    if not view.text or enumerator_at(view.text) or not runs_on(rest, view.text):
        return None
    joined = title_at(rest + view.text)
    return (rest + view.text, view.ends[-1], joined) if joined and covers(joined, rest + view.text) else None


def between(text: str, a: Place, b: Place) -> str:
    """What stands between two headings, without blanks and Markdown signs, at most some 40 characters of it."""
    end = a.line + a.found.title_end
    return text[end : min(b.line + b.found.start, end + 40)].strip(" \t\r\n\u3000\xa0#*。：:")


def statutory_number(kind: str) -> int | None:
    """The number that the form of 2019 gives a kind of section."""
    return data("headings.yaml")["statutory"].get(kind)

"""Where a section really ends: before trailing blanks and signs of layout, before the lines that sign a report."""

from __future__ import annotations

import re

from .describe import is_office
from .repair import repair
from .resources import data

_TRAILING = re.compile(r"(?:\s|\[bookmark:[^\]\n]{0,80}\]|[#>*](?=[\s#>*]*$))+$")


def trim(text: str, start: int, end: int) -> int:
    """Return `end` without the blanks and signs of layout before it."""
    last = end
    while last > start and ((c := text[last - 1]) in "#>*" or c.isspace()):
        last -= 1
    # A bookmark may stand behind further ones.
    if last == start or text[last - 1] != "]":
        return last
    m = _TRAILING.search(text, max(start, end - 2000), end)
    return max(start, m.start()) if m else end


def before_signature(text: str) -> int:
    """Where the body of the last section ends: before the office and date lines that close a report."""
    lines = [m for m in re.finditer(r"[^\r\n]+", text[-600:]) if m.group().strip()]
    offset, end = max(0, len(text) - 600), len(text)
    date = re.compile(data("bodies.yaml")["signature_date"])
    for n, line in enumerate(lines[::-1][:4]):
        words = repair(line.group()).text
        if date.fullmatch(words):
            end = offset + line.start()
            above = repair(lines[-2 - n].group()).text if len(lines) > n + 1 else ""
            if above and len(above) <= 30 and is_office(above) and not re.search("[。；，：]", above):
                end = offset + lines[-2 - n].start()
            break
    return end

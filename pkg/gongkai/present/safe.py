"""Texts of strangers made fit for Office files: what XML cannot hold, what a cell can hold, how wide a text is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..export import no_markup

# What XML 1.0 forbids or discourages, and signs that turn the direction of what follows.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BREAK = re.compile("\r\n?")
# Excel counts UTF-16 units.
CELL = 32_767


@dataclass(slots=True)
class Cleaner:
    """Makes texts fit for XML and counts in `changed` what it had to change.

    >>> cleaner = Cleaner()
    >>> cleaner("信息\\x00公开\\r\\n"), cleaner.changed
    ('信息�公开\\n', 1)
    """

    changed: int = 0

    def __call__(self, text: str) -> str:
        """Return the text with “�” for each character that does not fit, and plain line ends."""
        if text.isprintable():
            return text
        out, n = _UNFIT.subn("\ufffd", _BREAK.sub("\n", text))
        self.changed += n
        return out

    def cell(self, text: str) -> str:
        """Return the text fit for a cell that XlsxWriter writes."""
        out = self(text)
        plain = no_markup(out)
        self.changed += plain != out
        return plain


def width(text: str) -> int:
    """Return how many columns the widest line of a text fills; a Chinese character fills two.

    >>> width("信息 ab"), width("信息\\n公开栏")
    (7, 6)
    """
    # UTF-8 spends one byte on a narrow character and three on a wide one.
    if "\n" in text:
        return max(width(line) for line in text.split("\n"))
    return (len(text) + len(text.encode("utf-8"))) // 2


def pieces(text: str, most: int = CELL) -> Iterator[str]:
    """Yield the text in pieces of at most `most` UTF-16 units, no character cut in two.

    >>> list(pieces("信息公开𠮷", 4)), list(pieces(""))
    (['信息公开', '𠮷'], [''])
    """
    if len(text) <= most // 2:
        yield text
        return
    begin = units = 0
    for i, c in enumerate(text):
        size = 1 + (c > "\uffff")
        if units + size > most:
            yield text[begin:i]
            begin, units = i, 0
        units += size
    yield text[begin:]

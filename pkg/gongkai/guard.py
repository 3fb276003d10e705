"""Texts in CSV that a spreadsheet would take for formulas, and run: written with a `'` before them, which is taken away when read."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

_FORMULA = re.compile(r"'*[=+@\t\r-]")
_LONE = re.compile("\r(?!\n)")
# Columns of shares and of texts go through here: most cells are told by their first character.
_FIRST = frozenset("'=+@\t\r-")


def guarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts, names of columns too, are no formulas in a spreadsheet; lone returns become `\\n`.

    >>> guarded(pd.DataFrame({"=a": ["=1+1", "正文", -1, "'-"]})).to_csv(index=False).split()
    ["'=a", "'=1+1", '正文', '-1', "''-"]
    """
    return _each(frame, _guarded)


def _guarded(text: str) -> str:
    # A lone return is not quoted, and ends the row for whoever reads it.
    text = _LONE.sub("\n", text) if "\r" in text else text
    return f"'{text}" if text[:1] in _FIRST and _FORMULA.match(text) else text


def unguarded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as it was before `guarded`."""
    return _each(frame, bare)


def bare(text: str) -> str:
    """Return one text as it was before `guarded`.

    >>> bare("'=1+1"), bare("'正文'")
    ('=1+1', "'正文'")
    """
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def _each(frame: pd.DataFrame, change: Any) -> pd.DataFrame:
    out = frame.rename(columns=lambda c: change(c) if isinstance(c, str) else c)
    for n, (_, column) in enumerate(frame.items()):
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            continue
        cells = [change(v) if isinstance(v, str) else v for v in column.tolist()]
        if any(a is not b for a, b in zip(cells, column.tolist(), strict=True)):
            out[out.columns[n]] = pd.Series(cells, index=column.index, dtype=column.dtype)
    return out

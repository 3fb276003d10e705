"""Stata's .dta: names that Stata takes, a label for each column, texts of any length, the same bytes for the same table."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype

from .errors import UserError
from .resources import data

_MADE = datetime(1980, 1, 1)
_NAME, _LABEL = 32, 80
# From the first on Stata's double no longer holds every whole number; more than the second it does not hold at all.
_EXACT, _MOST = 2**53, 8.9e307
# In bytes: what is longer takes no more room than it needs (strL), what is shorter stays a text that Stata can merge by.
_FIXED = 244
# Kinds of columns, as pandas names them by type or, of a column of objects, by what is in it.
_WHOLE = ("i", "u", "integer")
_NUMERIC = (*_WHOLE, "f", "floating", "mixed-integer-float")
# Stata would end a text at the first; the others are no characters.
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")


class TableWarning(UserWarning):
    """What a format could not hold as it was, and what stands there instead."""


def dta_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table of plain cells as a .dta of version 118, which Stata 14 and later read.

    Numbers and yes or no become numbers, everything else text, which is empty where it is missing. Each column is labelled: one of
    gongkai's by its meaning in Chinese and English, another by its own name. Warns, with a TableWarning, of columns that had to be
    called otherwise and of characters that Stata cannot hold. Raises UserError for a number that it cannot hold.

    >>> pd.read_stata(io.BytesIO(dta_bytes(pd.DataFrame({"主题": ["depth"], "n": [3]})))).to_dict("list")
    {'主题': ['depth'], 'n': [3]}
    """
    if not len(frame.columns):
        raise UserError("Stata holds no table without columns; write .jsonl or .parquet")
    called = names(map(str, frame.columns))
    if renamed := [f"{c!r} -> {n}" for c, n in zip(map(str, frame.columns), called, strict=True) if c != n and _given(n) != c]:
        warnings.warn(f"Stata does not take the names of some columns, they are called: {', '.join(renamed)}", TableWarning, stacklevel=2)
    held = {name: _held(frame.iloc[:, n], str(frame.columns[n])) for n, name in enumerate(called)}
    texts = {name for name, column in held.items() if column.dtype == object}
    if unheld := [name for name in held if name in texts and any(map(_NO_CHARACTER.search, held[name]))]:
        said = f"characters that Stata cannot hold stand as \ufffd in: {', '.join(unheld)}"
        warnings.warn(said, TableWarning, stacklevel=2)
        held |= {name: held[name].map(lambda text: _NO_CHARACTER.sub("\ufffd", text)).astype(object) for name in unheld}
    columns = list(map(str, frame.columns))
    labels = {n: " / ".join(_meant(c, columns)) or c for n, c in zip(called, columns, strict=True)}
    long = [name for name in held if name in texts and any(len(text.encode()) > _FIXED for text in held[name])]
    buffer = io.BytesIO()
    pd.DataFrame(held, index=range(len(frame))).to_stata(
        buffer, write_index=False, version=118, byteorder="little", time_stamp=_MADE, data_label="gongkai",
        variable_labels={n: label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…" for n, label in labels.items()}, convert_strl=long,
    )  # fmt: skip
    return buffer.getvalue()


def read_dta(file: Path) -> pd.DataFrame:
    """Read a .dta, with gongkai's columns under their own names, and an empty text as missing; what Stata labelled comes as its label."""
    frame = pd.read_stata(file).rename(columns=_given)
    for column in frame:
        if not is_numeric_dtype(frame[column]):
            texts = frame[column].astype(object)
            frame[column] = texts.mask(texts.eq(""), None)
    return frame


def names(columns: Iterable[str]) -> list[str]:
    """Return the names under which Stata takes columns: letters, digits and `_`, at most 32, no word of its own, none twice.

    >>> names(["report", "2021 年", "人口（万）", "人口_万_", "", "end"])
    ['report', '_2021_年', '人口_万__2', '人口_万_', 'v5', '_end']
    """
    given, found = list(columns), list[str]()
    for place, column in enumerate(given, 1):
        name = "".join(c if _taken(c) else "_" for c in column)[:_NAME]
        name = name if name.strip("_") else f"v{place}"
        if name[0].isdecimal() or name in _reserved() or re.fullmatch(r"str\d+", name):
            name = f"_{name}"[:_NAME]
        n, free = 1, name
        while free in found or (free != column and free in given):
            n += 1
            free = f"{name[: _NAME - len(str(n)) - 1]}_{n}"
        found.append(free)
    return found


def _taken(character: str) -> bool:
    """Whether a character may stand in a name: of Latin-1's upper half, the letters from À on."""
    return character in "0123456789" or (character.isalpha() and not "\x80" <= character < "\xc0")


@cache
def _reserved() -> frozenset[str]:
    from pandas.io.stata import StataParser

    return frozenset(vars(StataParser())["RESERVED_WORDS"])


def _meant(column: str, columns: list[str]) -> list[str]:
    """What a column means in a table that has all of these; nothing for a column that is not gongkai's."""
    meant = data("columns.yaml")
    return next((meant[at] for at in (f"{column}@{other}" for other in columns) if at in meant), meant.get(column, []))


def _given(name: str) -> str:
    """The column of gongkai that has this name in Stata, which takes a word of its own only with `_` before it."""
    return name[1:] if name[:1] == "_" and name[1:] in data("columns.yaml") and name[1:] in _reserved() else name


def _held(column: pd.Series, name: str) -> pd.Series:
    """A column as numbers, or as texts."""
    known = column.dropna()
    kind = infer_dtype(known, skipna=True) if column.dtype == object else column.dtype.kind
    if is_bool_dtype(column) or kind == "boolean":
        return column.astype("boolean").astype("Int8").reset_index(drop=True)
    if kind in _NUMERIC and not (kind in _WHOLE and len(known) and abs(known).max() >= _EXACT):
        numbers = pd.to_numeric(column).reset_index(drop=True)
        if (abs(numbers) > _MOST).any():
            raise UserError(f"{name}: {abs(numbers).max()} is more than Stata holds; write .csv or .parquet")
        return numbers
    return pd.Series(["" if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)], dtype=object)

"""Codes by whatever people call them: ids, Chinese and English names, in any width and case; statuses and marks as well."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from ...codebook import Codebook
from ...resources import data
from ..changes import Status
from .rows import ExchangeError

_BETWEEN = re.compile(r"[;\n|]")
# A name may hold these itself, as "review, secrecy and security" does.
_WITHIN = re.compile("[、,/]")


def fold(word: object) -> str:
    """Return a word as it is compared: one width, one case, single blanks.

    >>> fold("　Timeliness "), fold("公开时效（timeliness）")
    ('timeliness', '公开时效(timeliness)')
    """
    return " ".join(unicodedata.normalize("NFKC", str(word)).casefold().split())


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of a codebook are called: id by folded name; names that are to be passed over."""

    book: Codebook
    roles: Mapping[str, str]
    themes: Mapping[str, str]
    passed: frozenset[str] = frozenset()

    def role(self, word: object) -> str | None:
        """Return the role that a word names, or None."""
        return self.roles.get(fold(word))

    def theme(self, word: object) -> str | None:
        """Return the theme that a word names, or None."""
        return self.themes.get(fold(word))

    def code(self, word: object) -> str | None:
        """Return the role or theme that a word names, or None."""
        return self.role(word) or self.theme(word)

    def is_passed(self, word: object) -> bool:
        """Say whether a name is to be passed over."""
        return fold(word) in self.passed


def names_of(book: Codebook, aliases: Mapping[str, str] | None = None) -> Names:
    """Return the names of a codebook's codes and further `aliases` (`{name: code}`, an empty code to pass the name over).

    A name that two roles, or two themes, share names neither. Raises ExchangeError for an alias of a code that is not there.

    >>> from gongkai import load_codebook
    >>> names_of(load_codebook(), {"拖拉": "timeliness"}).theme("拖拉")
    'timeliness'
    """
    given = {fold(name): code.strip() for name, code in (aliases or {}).items()}
    codes = (*book.role_ids, *book.theme_ids)
    if unknown := [c for c in given.values() if c and c not in codes]:
        raise ExchangeError("xe_alias", codes=", ".join(unknown), known=", ".join(codes))
    roles = _unique((id, (id, r.zh, r.en)) for id, r in book.roles.items())
    themes = _unique((t.id, (t.id, t.zh, t.en)) for t in book.themes)
    mine = {name: code for name, code in given.items() if code}
    return Names(
        book,
        roles | {n: c for n, c in mine.items() if c in book.role_ids},
        themes | {n: c for n, c in mine.items() if c in book.theme_ids},
        frozenset(given) - frozenset(mine),
    )


def _unique(codes: Iterable[tuple[str, tuple[str, str, str]]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    ids = set()
    for id, (_, zh, en) in codes:
        ids.add(id)
        for name in (id, zh, en, f"{zh}（{id}）", f"{zh} {id}", f"{id} {zh}"):
            found.setdefault(fold(name), set()).add(id)
    # An id names its own code whatever others are called.
    return {name: name if name in ids else next(iter(of)) for name, of in found.items() if len(of) == 1 or name in ids}


def shown(book: Codebook, code: str) -> str:
    """Return the Chinese name of a code, or its id where another code has the same name or the codebook no longer has it."""
    if code not in (*book.role_ids, *book.theme_ids):
        return code
    label = book.label(code)
    return label if [book.label(c) for c in (*book.role_ids, *book.theme_ids)].count(label) == 1 else code


def themes_in(names: Names, cell: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the themes that a cell or a list names, in the codebook's order, and what names none.

    >>> from gongkai import load_codebook
    >>> themes_in(names_of(load_codebook()), "公开时效；depth、新词")
    (('timeliness', 'depth'), ('新词',))
    """
    found: set[str] = set()
    unknown: list[str] = []
    parts = list(cell) if isinstance(cell, list | tuple) else _BETWEEN.split(str(cell).replace("；", ";"))
    queue = [(str(p).strip(), True) for p in parts]
    for part, whole in queue:
        if not part or names.is_passed(part):
            continue
        if theme := names.theme(part):
            found.add(theme)
        elif whole and _WITHIN.search(part):
            queue += [(piece.strip(), False) for piece in _WITHIN.split(part)]
        else:
            unknown.append(part)
    return tuple(t for t in names.book.theme_ids if t in found), tuple(unknown)


@cache
def _words(key: str) -> Mapping[str, str]:
    return {fold(word): name for name, words in data("exchange.yaml")[key].items() for word in words}


def status_of(word: object) -> Status | None:
    """Return the status that a word names, or None."""
    return cast("Status | None", _words("statuses").get(fold(word)))


def status_word(status: str) -> str:
    """Return what a status is called in tables."""
    return str(data("exchange.yaml")["statuses"][status][0])


def mark_of(cell: object) -> bool | None:
    """Say whether a cell in the column of a theme marks it; None for what can be read either way."""
    word = _words("marks").get(_whole(fold(cell)))
    return None if word is None else word == "marked"


def column_of(heading: object) -> str | None:
    """Return the column that a heading names, or None.

    >>> column_of("角色（role）"), column_of("Role"), column_of("心得")
    ('role', 'role', None)
    """
    word = fold(heading)
    known = _words("columns")
    inner = re.fullmatch(r"(.*?)\((\w+)\)", word)
    return known.get(word) or (known.get(inner[2]) or known.get(inner[1]) if inner else None)


def number_of(cell: object) -> int | None:
    """Return the whole number that a cell holds, however a spreadsheet has written it; None where it holds none.

    >>> [number_of(c) for c in (21, 21.0, "21.0", " ２１ ", "1,021", "x", "")]
    [21, 21, 21, 21, 1021, None, None]
    """
    word = _whole(fold(cell)).replace(",", "")
    return int(word) if word.isdecimal() and len(word) < 16 else None


def _whole(word: str) -> str:
    # A spreadsheet may have made a number with decimals of a whole one.
    return re.sub(r"(?<=\d)\.0+$", "", word)

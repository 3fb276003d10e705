"""What a file says, row by row, and remarks on it in words that data/review_exchange.yaml holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...errors import UserError
from ...present.wording import translated
from ...resources import data
from ..changes import Status
from ..told import told
from .held import Item

# The values of remarks that are themselves errors.
_ERRORS = ("rules", "reason")


class ExchangeError(UserError):
    """A file that cannot be read or written as a whole; the message names the file and the cure, in English or as `say` tells it."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(word(key, "en", **values))
        self.key, self.values = key, values

    def say(self, language: str = "en") -> str:
        """Return the message in `zh` or `en`."""
        # Readers tell in English what is wrong with the bytes of a file.
        said = {k: translated(str(v)) if language == "zh" and k in ("error", "cure") else v for k, v in self.values.items()}
        return word(self.key, language, **said)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth saying of a row of a file: the key of its words, what fills them, the row and the statement."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    where: str = ""
    at: str = ""

    def say(self, language: str = "en") -> str:
        """Return the remark in `zh` or `en`, with the remarks and places among its values in words too."""
        return word(self.key, language, **{k: self._value(k, v, language) for k, v in self.values.items()})

    def _value(self, name: str, value: object, language: str) -> object:
        if isinstance(value, tuple):
            return _said(value, language)
        return told(str(value), language) if name in _ERRORS else value

    def place(self, language: str = "en") -> str:
        """Return where in the file it is, in `zh` or `en`."""
        return _place(self.where, language)


def _said(values: tuple[Remark | str, ...], language: str) -> str:
    return "; ".join(v.say(language) if isinstance(v, Remark) else _place(v, language) for v in values)


def _place(where: str, language: str) -> str:
    found = re.fullmatch(r"(?:(.+) )?(line|row|task|doc) (\d+)", where)
    if language == "en" or not found:
        return where
    return " ".join(filter(None, [found[1], data("exchange.yaml")["where"][found[2]].format(n=found[3])]))


def word(key: str, language: str = "en", /, **values: object) -> str:
    """Return words of the exchange, with their values filled in."""
    return str(data("review_exchange.yaml")[key][language]).format(**values)


@dataclass(frozen=True, slots=True)
class Row:
    """What a file says of one statement, under a coder's name.

    `status` and `note` are None where the file does not tell them; `wrong` says what cannot be understood, `item` is None where the
    statement is not found.
    """

    where: str
    item: Item | None
    coder: str = ""
    role: str | None = None
    themes: tuple[str, ...] = ()
    status: Status | None = None
    note: str | None = None
    wrong: tuple[Remark, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether the file says nothing of the statement."""
        return not (self.role or self.themes or self.note or self.wrong or self.status not in (None, "open"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a file: its rows, and remarks on the whole."""

    rows: tuple[Row, ...]
    remarks: tuple[Remark, ...] = ()

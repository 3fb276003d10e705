"""How much a file may ask for before it is given up."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from ..errors import UserError


class LimitError(UserError):
    """A limit that does not exist or is no positive number."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may ask for; beyond it the file fails with a reason and the others go on.

    `megabytes` on disk · `inflated` megabytes out of a .docx or .zip · `members` of a .zip · `pages` of a PDF · `depth` of nested
    elements in HTML and Word · `seconds` of reading · `memory` megabytes of the process that reads.

    >>> Limits(pages=50).pages
    50
    """

    megabytes: int = 200
    inflated: int = 500
    members: int = 20_000
    pages: int = 2_000
    depth: int = 250
    seconds: int = 120
    memory: int = 2_000

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
                raise LimitError(f"limit {f.name}={value!r} is no whole number above 0")


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: within which limits, scans with tesseract or not, and which column of a table of texts."""

    limits: Limits = Limits()
    ocr: bool = False
    text_column: str | None = None


def limits_from(settings: list[str]) -> Limits:
    """Return the limits that `name=value` settings ask for.

    >>> limits_from(["pages=50"]).pages
    50
    """
    names = [f.name for f in fields(Limits)]
    known: dict[str, int] = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in names:
            raise LimitError(f"limit {setting!r} is not understood; write NAME=NUMBER, with one of {', '.join(names)}")
        if not value.isdecimal():
            raise LimitError(f"limit {setting!r} is no whole number; write {name}=NUMBER with a whole number above 0")
        known[name] = int(value)
    return replace(Limits(), **known)

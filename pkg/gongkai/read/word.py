"""Word (.docx): the text as a reader sees it, with its tables, text boxes and automatic numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .extract import Builder, Extract, ReadError
from .limits import Limits
from .numbering import W, value
from .package import SAVE_AGAIN, open_package
from .word_table import flat
from .word_walk import Walk

_AFTER_NUMBER = re.compile(r"%\d\?")
# How the formats of Chinese numbers begin: chineseCounting, chineseCountingThousand, chineseLegalSimplified.
_CHINESE = "chinese"
_LOST = "automatic numbers hold question marks, for which the file has lost the signs"


def read_docx(raw: bytes, limits: Limits, lossy: bool = False) -> Extract:
    """Read a .docx: paragraphs and tables in the order of the document, as they stand when all tracked changes are accepted.

    Automatic numbers stand before their paragraphs, text boxes behind the paragraph they hang on; headers and footers are left out.
    `lossy` says that the file comes from one whose writer knew no Chinese signs in its numbering, and put question marks.
    Raises ReadError for a file that is no .docx, is damaged, protected, empty or larger than `limits` allow.
    """
    try:
        parts = open_package(raw, limits)
        lost = _mend(parts.numbering) if lossy and parts.numbering is not None else False
        return _built(Walk(parts), [_LOST] if lost else [])
    except (ReadError, MemoryError):
        raise
    except Exception as error:
        # What zipfile, lxml and python-docx raise for damaged files is not documented and differs from version to version.
        raise ReadError("is a damaged Word file", SAVE_AGAIN) from error


def _mend(numbering: Any) -> bool:
    """Put 、 for the question mark behind a Chinese number (一?), which can be nothing else; say whether others are left."""
    lost = False
    for level in numbering.iter(W + "lvl"):
        text = level.find(W + "lvlText")
        written = value(level, "lvlText") or ""
        if text is None or "?" not in written:
            continue
        if _AFTER_NUMBER.fullmatch(written) and (value(level, "numFmt") or "").startswith(_CHINESE):
            text.set(W + "val", written[:-1] + "、")
        else:
            lost = True
    return lost


def _built(walk: Walk, warnings: Iterable[str]) -> Extract:
    builder = Builder()
    builder.warnings += warnings
    blocks = walk.blocks()
    unread = [f"{what} ({count})" for what, count in walk.unread.items()]
    if not any(flat(block).strip() for block in blocks):
        reason = f"holds no text, only {' and '.join(unread)}" if unread else "holds no text"
        raise ReadError(reason, "look into the file; text in pictures must be recognised (OCR) first")
    for block in blocks:
        if isinstance(block, str):
            builder.paragraph(block)
        else:
            builder.table(block)
    builder.warnings += [*walk.warnings, *(f"not read: {what}" for what in unread)]
    return builder.extract()

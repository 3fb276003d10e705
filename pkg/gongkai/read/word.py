"""Word (.docx): the text as a reader sees it, with its tables, text boxes and automatic numbers."""

from __future__ import annotations

from .extract import Builder, Extract, ReadError
from .limits import Limits
from .package import SAVE_AGAIN, open_package
from .word_table import flat
from .word_walk import Walk

_LONGEST_REASON = 160


def read_docx(raw: bytes, limits: Limits) -> Extract:
    """Read a .docx: paragraphs and tables in the order of the document, as they stand when all tracked changes are accepted.

    Automatic numbers stand before their paragraphs, text boxes behind the paragraph they hang on; headers and footers are left out.
    Raises ReadError for a file that is no .docx, is damaged, protected, empty or larger than `limits` allow.
    """
    try:
        return _built(Walk(open_package(raw, limits)))
    except (ReadError, MemoryError):
        raise
    except Exception as error:
        # What zipfile, lxml and python-docx raise for damaged files is not documented and differs from version to version.
        reason = f"is a damaged Word file ({type(error).__name__}: {str(error)[:_LONGEST_REASON]})"
        raise ReadError(reason, SAVE_AGAIN) from error


def _built(walk: Walk) -> Extract:
    builder = Builder()
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

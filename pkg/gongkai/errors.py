"""The errors that tell a user what to mend, as against mistakes of the program."""

from __future__ import annotations


def user_errors() -> tuple[type[Exception], ...]:
    """Return the errors whose message names the file and the cure."""
    from .codebook import CodebookError
    from .describe import MetadataError
    from .export import TableError
    from .labelled import CorpusError
    from .store import ModelError

    return CodebookError, CorpusError, MetadataError, ModelError, TableError, OSError

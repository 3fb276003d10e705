"""What keeps the trouble of one report from the others: errors of the program, and texts that no file can hold, become failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from .records import Failure, Report

_T = TypeVar("_T")
_R = TypeVar("_R")
_TELL_US = "please report this file to the maintainers of gongkai"


def failed(source: str, stage: str, error: Exception) -> Failure:
    """Return the failure that an error of the program is for one report."""
    return Failure(source, stage, f"{type(error).__name__}: {error}", _TELL_US)


def unfit(report: Report) -> Failure | None:
    """Return the failure of a report that no file can hold, whose text or name has half a character (a lone surrogate); None for others.

    >>> unfit(Report("a", "信息\\ud800公开", "a.jsonl#1")).reason
    'holds half a character (a lone surrogate)'
    """
    try:
        report.id.encode("utf-8")
    except UnicodeEncodeError:
        return Failure(report.source, "read", "its name is no UTF-8", "name it anew; convmv does so for many files")
    try:
        for said in (report.text, *report.warnings, *map(str, (*report.metadata, *report.metadata.values()))):
            said.encode("utf-8")
    except UnicodeEncodeError:
        return Failure(report.source, "read", "holds half a character (a lone surrogate)", "save it again, in UTF-8")
    return None


def one_by_one(work: Callable[[Sequence[_T]], Iterable[_R]], items: Sequence[_T], source: Callable[[_T], str]) -> Iterator[_R | Failure]:
    """Yield the results of a batch, in order; where it fails, each item is tried by itself, and one that fails is a failure at `code`."""
    try:
        yield from list(work(items))
    except MemoryError:
        raise
    except Exception as error:
        if len(items) == 1:
            yield failed(source(items[0]), "code", error)
            return
        for item in items:
            yield from one_by_one(work, [item], source)

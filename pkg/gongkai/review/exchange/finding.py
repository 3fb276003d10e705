"""The statement that a row of a file means: by its place, checked by its words; by its words alone where the place is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from .held import Held, Item, core, squeezed
from .names import number_of
from .rows import Remark, Row

# What an encoding that lacks a character leaves in its stead.
_LOST, _GAP, _MANY = re.compile("[?\ufffd]+"), 5, 100
_TRIED, _FEW = 20, 10
_STRANGER, _MOVED = "x_report_unknown", frozenset({"x_place_unknown", "x_overlaps", "x_moved", "x_other_words"})


def find(held: Held, report: object, start: object, end: object, text: object = "") -> Item | Remark:
    """Return the statement at a place of a report, or what is wrong with it, with the cure.

    The words are compared where the file has them, without blanks and what an encoding lost. Without a place they alone must do: then
    only one statement of the report, or of the study, may have them.
    """
    name, words = str(report).strip(), str(text or "").strip()
    where = [number_of(v) for v in (start, end)]
    if all(not str(v if v is not None else "").strip() for v in (start, end)):
        return _by_words(held, name, words)
    a, b = where
    if a is None or b is None:
        return Remark("x_no_number", {"start": start, "end": end})
    item = held.places.get((name, a, b))
    if item is None:
        return _nowhere(held, name, a, b, words)
    if words and not same(words, item.text):
        return Remark("x_other_words", {"file": _cut(words), "study": _cut(item.text)}, at=item.at)
    return item


def same(given: str, known: str) -> bool:
    """Say whether a text is that of a statement, as far as spreadsheets and old encodings leave it.

    >>> same(" 一是 更新慢；", "一是更新慢；"), same("一是?新慢?", "一是更新慢；"), same("人手少", "更新慢")
    (True, True, False)
    """
    if core(given) == core(known):
        return True
    pieces, whole = _LOST.split(squeezed(given)), squeezed(known)
    ends = {0} if 1 < len(pieces) < _MANY else set()
    for n, piece in enumerate(pieces):
        gaps = range(_GAP) if n else (0,)
        ends = {at + gap + len(piece) for at in ends for gap in gaps if whole.startswith(piece, at + gap)}
    return len(whole) in ends


def by_words(held: Held, report: str, words: str) -> Sequence[Item]:
    """Return the statements of a report with these words, in any surroundings of blanks and punctuation."""
    return held.wordings.get((report, core(words)), ())


def few_found(held: Held, rows: Sequence[Row]) -> Remark | None:
    """Return what is to be said where a tenth of the rows or more do not meet the study, with the likely cause; None where they do."""
    wrong = [w for row in rows for w in row.wrong]
    strangers = [str(w.values["report"]) for w in wrong if w.key == _STRANGER]
    if strangers and _FEW * len(strangers) >= len(rows):
        about = {"n": len(strangers), "total": len(rows), "file": strangers[0]}
        for name in list(dict.fromkeys(strangers))[:_TRIED]:
            if meant := _meant(name, held.of_report):
                return Remark(meant[0], {**about, "file": name, **meant[1]})
        return Remark("x_few_reports", {**about, "study": next(iter(held.of_report), "-")})
    moved = sum(w.key in _MOVED for w in wrong)
    return Remark("x_few_places", {"n": moved, "total": len(rows)}) if moved and _FEW * moved >= len(rows) else None


def _meant(name: str, known: Iterable[str]) -> tuple[str, dict[str, str]] | None:
    """The report of the study that a name means, and how the two differ."""
    for other in known:
        if name.endswith(f"/{other}"):
            return "x_few_above", {"study": other, "folder": name.removesuffix(other).rstrip("/")}
        if other.endswith(f"/{name}"):
            return "x_few_below", {"study": other, "folder": other.removesuffix(name).rstrip("/")}
        if PurePosixPath(name).name == PurePosixPath(other).name:
            return "x_few_folder", {"study": other}
        if PurePosixPath(name).stem == PurePosixPath(other).stem:
            return "x_few_ending", {"study": other}
    return None


def _by_words(held: Held, report: str, words: str) -> Item | Remark:
    if not words:
        return Remark("x_no_place")
    reports = [report] if report else list(held.of_report)
    found = [i for r in reports for i in by_words(held, r, words)]
    if len(found) == 1:
        return found[0]
    places = ", ".join(i.at for i in found[:3])
    return Remark("x_words_twice", {"n": len(found), "places": places}) if found else Remark("x_words_unknown", {"text": _cut(words)})


def _nowhere(held: Held, report: str, start: int, end: int, words: str) -> Remark:
    at = f"{report} {start}-{end}"
    mine = held.of_report.get(report)
    if mine is None:
        return Remark(_STRANGER, {"report": report or "?"}, at=at)
    inside = ", ".join(f"{i.start}-{i.end}" for i in mine if i.start < end and start < i.end)
    if (report, start, end) in held.retired:
        return Remark("x_retired", {"places": inside}, at=at)
    if words and (moved := by_words(held, report, words)):
        return Remark("x_moved", {"places": ", ".join(f"{i.start}-{i.end}" for i in moved[:3])}, at=at)
    return Remark("x_overlaps", {"places": inside}, at=at) if inside else Remark("x_place_unknown", {}, at=at)


def _cut(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"

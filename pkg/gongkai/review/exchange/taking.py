"""Rows of a file into a study: under a known coder's name, beside the history, and never over codes that differ unless asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ...codebook import Codebook
from ...resources import data
from ..changes import SETTLED, State, add_coder, code, codebook_of, state_of
from ..store import StudyError, now, writing
from .held import Item, settled_name
from .names import status_word
from .passages import plain
from .rows import ExchangeError, Reading, Remark, Row


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: rows newly taken, the same as in the study, without any code, changed, kept as they were, refused.

    `differing` names each row that differs from the study's codes, whether it was `replaced` or kept; `refused` what could not be
    taken and the cure; `remarks` what holds for the file.
    """

    taken: int
    same: int
    blank: int
    replaced: int
    differing: tuple[Remark, ...]
    refused: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    written: bool = True


def take(
    db: sqlite3.Connection,
    reading: Reading,
    *,
    coder: str = "",
    of: str = "",
    replacing: bool = False,
    new_coders: bool = False,
    write: bool = True,
    source: str = "",
) -> Taken:
    """Take the rows of a file into a study; on disk when this returns, and with `write=False` only said.

    Codes come under the name of `coder`, who is added where unknown, else under the names in the file, which must be known (or
    `new_coders`). `of` takes only the rows of one name in the file. Codes that differ from those the same coder has in the study are
    taken only when `replacing`; the history keeps both. Rows without any code change nothing. Raises ExchangeError where it is not
    clear whose codes are meant.
    """
    settled = settled_name(db)
    if " ".join(coder.split()) == settled:
        raise ExchangeError("xe_no_coder", coder=coder)
    rows, remarks = _whose(reading.rows, coder, of)
    rows = [replace(r, coder=SETTLED) if r.coder == settled else r for r in rows]
    remarks = [*reading.remarks, *remarks]
    known = {r[0] for r in db.execute("SELECT name FROM coders")} | {SETTLED}
    names = {r.coder for r in rows if not r.wrong and r.item}
    added = {n for n in names - known if n and (n == coder or new_coders)}
    if write:
        for name in sorted(added):
            add_coder(db, name)
    book = codebook_of(db)
    twice = _contrary(rows)
    counts = {"taken": 0, "same": 0, "blank": 0, "replaced": 0}
    refused: list[Remark] = []
    differing: list[Remark] = []
    with _quick(db, write, source, counts):
        for row in rows:
            wrong = list(row.wrong) or _wrong(row, known | added, twice)
            if wrong:
                refused.append(_at(wrong[0], row) if len(wrong) == 1 else _several(wrong, row))
                continue
            assert row.item is not None
            before = state_of(db, row.item.id, row.coder)
            after = _state(row, before, book)
            if row.blank:
                counts["blank"] += 1
                if before != State():
                    remarks.append(_at(Remark("x_blank_kept", {"coder": row.coder, "study": told(book, before)}), row))
            elif after == before:
                counts["same"] += 1
            elif broken := _broken(book, after):
                refused.append(_at(Remark("x_rules", {"rules": broken}), row))
            elif before != State() and not replacing:
                differing.append(_at(_difference("x_differs", row, book, before, after), row))
            elif failed := _written(db, row, after, write):
                refused.append(_at(failed, row))
            elif before == State():
                counts["taken"] += 1
            else:
                counts["replaced"] += 1
                differing.append(_at(_difference("x_replaced", row, book, before, after), row))
    return Taken(**counts, differing=tuple(differing), refused=tuple(refused), remarks=tuple(remarks), written=write)


def _whose(rows: Sequence[Row], coder: str, of: str) -> tuple[list[Row], list[Remark]]:
    coder, of = (" ".join(name.split()) for name in (coder, of))
    names = sorted({r.coder for r in rows if r.coder and not r.blank})
    if coder.startswith(SETTLED):
        raise ExchangeError("xe_no_coder", coder=coder)
    if not coder and not of and data("exchange.yaml")["final"] in names:
        raise ExchangeError("xe_final")
    if of and of not in names:
        raise ExchangeError("xe_nothing_of", of=of, names=", ".join(names) or "-")
    if coder and len(names) > 1 and not of:
        if coder not in names:
            raise ExchangeError("xe_several", names=", ".join(names), coder=coder)
        of = coder
    if not coder and not of and any(not r.coder and not r.blank and not r.wrong for r in rows):
        raise ExchangeError("xe_who")
    kept = [r for r in rows if not of or r.coder in (of, "")]
    passed = len(rows) - len(kept)
    remarks = [Remark("x_others_passed", {"n": passed, "name": of})] if passed else []
    return [replace(r, coder=coder or r.coder or of) for r in kept], remarks


def _contrary(rows: Sequence[Row]) -> Mapping[tuple[int, str], list[str]]:
    """Statements that a file codes more than once and in different ways, with the rows."""
    said: dict[tuple[int, str], dict[tuple[Any, ...], str]] = {}
    for row in rows:
        if row.item and not row.wrong and not row.blank:
            what = (row.role, row.themes, row.status, row.note)
            said.setdefault((row.item.id, row.coder), {}).setdefault(what, row.where)
    return {key: list(ways.values()) for key, ways in said.items() if len(ways) > 1}


def _wrong(row: Row, known: set[str], twice: Mapping[tuple[int, str], list[str]]) -> list[Remark]:
    if row.item is None:
        return [Remark("x_no_place")]
    if row.blank:
        return []
    if row.coder not in known:
        return [Remark("x_coder_unknown", {"coder": row.coder})]
    if places := twice.get((row.item.id, row.coder)):
        return [Remark("x_contrary", {"places": tuple(places)})]
    return []


def _state(row: Row, before: State, book: Codebook) -> State:
    """The state that a row means; what its file does not tell stays as it is in the study."""
    themes = tuple(t for t in book.theme_ids if t in row.themes)
    # Forms, spreadsheets and programs each have line ends of their own.
    note = before.note if row.note is None or plain(row.note)[0] == plain(before.note)[0] else row.note
    told_before = before.status in ("unsure", "skipped") and (before.role, before.themes) == (row.role, themes)
    status = row.status or (before.status if told_before else "coded" if row.role else "open")
    return State(row.role, themes, status, note)


def _broken(book: Codebook, state: State) -> str:
    if state.status != "coded":
        return ""
    if not state.role:
        return f"a coded statement needs a role: {', '.join(book.role_ids)}"
    return "; ".join(book.check(state.role, state.themes))


def _written(db: sqlite3.Connection, row: Row, state: State, write: bool) -> Remark | None:
    if not write:
        return None
    assert row.item is not None
    try:
        code(db, row.item.id, row.coder, state, kind="settle" if row.coder == SETTLED else "import")
    except StudyError as error:
        return Remark("x_not_written", {"reason": str(error)})
    return None


@contextmanager
def _quick(db: sqlite3.Connection, write: bool, source: str, counts: Mapping[str, int]) -> Iterator[None]:
    """Wait for the disk once, at the end, and not after each row; what was written by then stays, and can be read again."""
    if not write:
        yield
        return
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        db.execute("PRAGMA synchronous = FULL")
    with writing(db):
        said = json.dumps({"file": source, **counts}, ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"import {now()}", said))


def _difference(key: str, row: Row, book: Codebook, before: State, after: State) -> Remark:
    return Remark(key, {"coder": row.coder, "study": told(book, before), "file": told(book, after)})


def told(book: Codebook, state: State) -> str:
    """Return a state in one line, with Chinese names.

    >>> from gongkai import load_codebook
    >>> told(load_codebook(), State("problem", ("depth",), "unsure", "再看"))
    '存在问题：公开深度与质量（拿不准；再看）'
    """
    known = (*book.role_ids, *book.theme_ids)
    role, *themes = [book.label(c) if c in known else c for c in (state.role or "—", *state.themes)]
    more = "；".join(w for w in ("" if state.status == "coded" else status_word(state.status), state.note) if w)
    return role + ("：" + "、".join(themes) if themes else "") + (f"（{more}）" if more else "")


def _at(remark: Remark, row: Row) -> Remark:
    return replace(remark, where=row.where, at=remark.at or _place(row.item))


def _several(wrong: Sequence[Remark], row: Row) -> Remark:
    return replace(_at(wrong[0], row), key="x_several", values={"reasons": tuple(wrong)})


def _place(item: Item | None) -> str:
    return item.at if item else ""

"""What a study holds, as the formats write it and as rows of a file are looked up in it."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...codebook import Codebook
from ...resources import data
from ..changes import SETTLED, State, codebook_of
from ..extras import extras
from ..frames import final_of
from ..store import latest, sound
from ..whichmodel import called


@dataclass(frozen=True, slots=True)
class Item:
    """A statement of the study; `start` and `end` count characters of the report's text."""

    id: int
    report: str
    section: int | None
    kind: str
    start: int
    end: int
    text: str
    path: tuple[str, ...]

    @property
    def at(self) -> str:
        """Where it stands."""
        return f"{self.report} {self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a report: `text` is that of the report from `start` to `end`."""

    id: int
    report: str
    kind: str
    title: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """What one coder says of a statement, and since when."""

    item: Item
    coder: str
    state: State
    at: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model in use says of a statement, with the score of its role (0-1)."""

    role: str
    themes: tuple[str, ...]
    score: float


@dataclass(frozen=True)
class Held:
    """What a study holds: codebook, reports, sections, statements in their order, and the codes that are asked for.

    `coder` is the one whose codes these are, or empty for those of all coders. `retired` are places that a boundary replaced, `extras`
    the user's own columns of each statement (by its id) that has any.
    """

    book: Codebook
    reports: Mapping[str, Mapping[str, Any]]
    parts: tuple[Part, ...]
    items: tuple[Item, ...]
    codes: tuple[Coded, ...] = ()
    coder: str = ""
    retired: frozenset[tuple[str, int, int]] = frozenset()
    guesses: Mapping[int, Guess] = field(default_factory=dict)
    model: str = ""
    at: str = ""
    extras: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def by_item(self) -> Mapping[int, tuple[Coded, ...]]:
        """The codes of each statement."""
        found: dict[int, list[Coded]] = {}
        for coded in self.codes:
            found.setdefault(coded.item.id, []).append(coded)
        return {k: tuple(v) for k, v in found.items()}

    @cached_property
    def former(self) -> tuple[str, ...]:
        """Codes in use that the codebook no longer has."""
        known = {*self.book.role_ids, *self.book.theme_ids}
        return tuple(sorted({c for coded in self.codes for c in (coded.state.role or "", *coded.state.themes)} - known - {""}))

    @cached_property
    def places(self) -> Mapping[tuple[str, int, int], Item]:
        """The statements by place."""
        return {(i.report, i.start, i.end): i for i in self.items}

    @cached_property
    def of_report(self) -> Mapping[str, tuple[Item, ...]]:
        """The statements of each report, in order."""
        found: dict[str, list[Item]] = {}
        for item in self.items:
            found.setdefault(item.report, []).append(item)
        return {k: tuple(v) for k, v in found.items()}

    @cached_property
    def wordings(self) -> Mapping[tuple[str, str], tuple[Item, ...]]:
        """The statements of each report by their words."""
        found: dict[tuple[str, str], list[Item]] = {}
        for item in self.items:
            found.setdefault((item.report, core(item.text)), []).append(item)
        return {k: tuple(v) for k, v in found.items()}


def core(text: str) -> str:
    """Return the words of a text without what stands around them: blanks, line ends, punctuation at both ends.

    >>> core(" 一是更新 慢；"), core("。")
    ('一是更新慢', '。')
    """
    words = squeezed(text)
    inside = [n for n, c in enumerate(words) if c.isalnum()]
    return words[inside[0] : inside[-1] + 1] if inside else words


def squeezed(text: str) -> str:
    """Return a text in one width and without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@sound()
def hold(db: sqlite3.Connection, coder: str = "", final: bool = False) -> Held:
    """Return what a study holds, with the codes of all coders (the settled ones among them), of one, or the final ones.

    Final codes are under the name that data/exchange.yaml gives them. Statements that were split or merged are left out. Raises
    StudyError where the study is empty or damaged.
    """
    book = codebook_of(db)
    reports = {r["id"]: dict(r) for r in db.execute("SELECT id, body, year, level, region, source FROM reports ORDER BY id")}
    parts = tuple(
        Part(*r) for r in db.execute("SELECT id, report, kind, title, start, end, text FROM sections ORDER BY report, start, end")
    )
    rows = db.execute("SELECT id, report, section, kind, start, end, text, path, retired FROM statements ORDER BY report, start, end")
    items: list[Item] = []
    retired: set[tuple[str, int, int]] = set()
    for id, report, section, kind, start, end, text, path, gone in rows:
        if gone is None:
            items.append(Item(id, report, section, kind, start, end, text, tuple(json.loads(path))))
        else:
            retired.add((report, start, end))
    of_id = {i.id: i for i in items}
    codes = [Coded(of_id[i], name, state, at) for i, name, state, at in _codes(db, coder) if i in of_id and state != State()]
    if final:
        coder = str(data("exchange.yaml")["final"])
        codes = list(_final(codes, coder))
    model, guesses = _guesses(db)
    last = db.execute("SELECT max(at) FROM changes").fetchone()[0] or db.execute("SELECT max(at) FROM codebooks").fetchone()[0]
    order = {item.id: n for n, item in enumerate(items)}
    codes.sort(key=lambda c: (order[c.item.id], c.coder))
    return Held(book, reports, parts, tuple(items), tuple(codes), coder, frozenset(retired), guesses, model, last, extras(db))


def settled_name(db: sqlite3.Connection) -> str:
    """Return what the coder of the settled codes is called in files: a plain word, or `=` where a coder of the study has that name."""
    word = str(data("exchange.yaml")["settled"])
    return SETTLED if db.execute("SELECT 1 FROM coders WHERE name = ?", (word,)).fetchone() else word


def _codes(db: sqlite3.Connection, coder: str) -> Iterable[tuple[int, str, State, str]]:
    rows = db.execute(
        "SELECT c.statement, c.coder, c.role, c.themes, c.status, c.note, ch.at FROM codes AS c JOIN changes AS ch ON ch.id = c.change"
        " WHERE ?1 = '' OR c.coder = ?1",
        (coder,),
    )
    for statement, name, role, themes, status, note, at in rows:
        yield statement, name, State(role, tuple(json.loads(themes)), status, note), at


def _final(codes: Iterable[Coded], name: str) -> Iterable[Coded]:
    said: dict[int, dict[str, Coded]] = {}
    for coded in codes:
        said.setdefault(coded.item.id, {})[coded.coder] = coded
    for mine in said.values():
        state, _ = final_of({who: c.state for who, c in mine.items()})
        if state:
            last = max(mine.values(), key=lambda c: c.at)
            yield Coded(last.item, name, state, last.at)


def _guesses(db: sqlite3.Connection) -> tuple[str, dict[int, Guess]]:
    model = latest(db, "models")
    row = db.execute("SELECT name, sha256 FROM models WHERE id = ?", (model,)).fetchone()
    if not row:
        return "", {}
    rows = db.execute("SELECT statement, role, themes, role_score FROM predictions WHERE model = ?", (model,))
    return str(called(row["name"], row["sha256"])), {s: Guess(role, tuple(json.loads(t)), score) for s, role, t, score in rows}

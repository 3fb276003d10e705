"""The codebook at work: its versions in a study, what differs between two, and which codes a change touches."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel

from ..codebook import Codebook, CodebookError, parse_codebook
from .changes import SETTLED, codebook_of
from .store import StudyError, latest, now, writing

Part = Literal["role", "theme", "rules", "unit"]
How = Literal["added", "removed", "changed", "moved"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Version:
    """A codebook of a study: who made it, when and why, whether it is in use, and how many changes were made under it."""

    id: int
    number: int
    coder: str
    note: str
    at: str
    in_use: bool
    changes: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What one part of a codebook has become: `fields` are those that differ, before and after; `code` is empty for rules and unit."""

    part: Part
    code: str
    how: How
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A code that the new version does not allow, and why; `coder` is `=` for a settled one."""

    statement: int
    coder: str
    role: str | None
    themes: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """What a change of the codebook touches: statements coded with each role or theme that differs, and codes no longer allowed."""

    statements: Mapping[str, int]
    misfits: tuple[Misfit, ...]


def versions(db: sqlite3.Connection) -> list[Version]:
    """Return the versions of the codebook in a study, the newest first."""
    used, made = latest(db, "codebooks"), dict(db.execute("SELECT codebook, count(*) FROM changes GROUP BY codebook").fetchall())
    return [
        Version(r["id"], codebook_of(db, r["id"]).version, r["coder"], r["note"], r["at"], r["id"] == used, made.get(r["id"], 0))
        for r in db.execute("SELECT id, coder, note, at FROM codebooks ORDER BY id DESC")
    ]


def codes_ever(db: sqlite3.Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles and the themes of all versions, in the order in which they came into the study."""
    books = [codebook_of(db, r["id"]) for r in db.execute("SELECT id FROM codebooks ORDER BY id")]
    return tuple(dict.fromkeys(c for b in books for c in b.role_ids)), tuple(dict.fromkeys(c for b in books for c in b.theme_ids))


def yaml_of(db: sqlite3.Connection, version: int | None = None) -> str:
    """Return the YAML of a version, or of the one in use, as it was written."""
    row = db.execute("SELECT yaml FROM codebooks WHERE id = ?", (version or latest(db, "codebooks"),)).fetchone()
    if not row:
        raise StudyError(f"there is no codebook {version} in this study; reload the page" if version else "the study has no codebook yet")
    return str(row["yaml"])


def draft(db: sqlite3.Connection, yaml: str) -> Codebook:
    """Check what is to become the next version, and return it.

    Raises CodebookError as `parse_codebook` does; where nothing is coded otherwise than now; and where the version does not count on,
    because reports of a study name it.
    """
    book, used = parse_codebook(yaml, "codebook"), codebook_of(db)
    if book == used:
        raise CodebookError("codebook: says what the one in use says; change something, or leave it as it is")
    highest = max(v.number for v in versions(db))
    if book.version <= highest:
        raise CodebookError(f"codebook: version {book.version} was used before; give the next one, version: {highest + 1}")
    return book


def add_version(db: sqlite3.Connection, yaml: str, coder: str, note: str = "", *, begun_from: int | None = None) -> int:
    """Add a version, which is in use from then on, and return its id; codes stay as they are.

    Raises CodebookError as `draft` does, and StudyError where the one in use is no longer that which the work was `begun_from`.
    """
    draft(db, yaml)
    digest = hashlib.sha256(yaml.encode("utf-8")).hexdigest()
    with writing(db):
        if begun_from not in (None, latest(db, "codebooks")):
            raise StudyError("somebody took another version into use in the meantime; copy your text, reload the page, and join the two")
        row = db.execute(
            "INSERT INTO codebooks (yaml, sha256, coder, note, at) VALUES (?, ?, ?, ?, ?) RETURNING id", (yaml, digest, coder, note, now())
        ).fetchone()
        _use(db, row["id"])
    return int(row["id"])


def use_version(db: sqlite3.Connection, version: int) -> None:
    """Take a version that the study has into use; codes stay as they are."""
    yaml_of(db, version)
    with writing(db):
        _use(db, version)


def _use(db: sqlite3.Connection, version: int) -> None:
    db.execute("INSERT OR REPLACE INTO meta VALUES ('codebooks in use', ?)", (str(version),))


def differences(old: Codebook, new: Codebook) -> list[Difference]:
    """Return what differs between two codebooks, role by role and theme by theme; its version number aside.

    >>> book = parse_codebook(
    ...     "{version: 1, roles: {a: {zh: 甲, en: a, definition: x}}, themes: [{id: t, zh: 题, en: t, definition: y}]}"
    ... )
    >>> theme = book.themes[0].model_copy(update={"definition": "z"})
    >>> [(d.part, d.code, d.how, dict(d.fields)) for d in differences(book, book.model_copy(update={"themes": (theme,)}))]
    [('theme', 't', 'changed', {'definition': ('y', 'z')})]
    """
    found: list[Difference] = []
    for part, before, after in zip(PARTS, _parts(old), _parts(new), strict=False):
        found += [Difference(part, c, "removed", {k: (v, None) for k, v in before[c].items()}) for c in before if c not in after]
        kept = [c for c in before if c in after]
        moved = set(kept) - set(_same_order(kept, [c for c in after if c in before]))
        for code in after:
            if code not in before:
                found.append(Difference(part, code, "added", {k: (None, v) for k, v in after[code].items()}))
            elif fields := {k: (a, b) for k in before[code] | after[code] if (a := before[code].get(k)) != (b := after[code].get(k))}:
                found.append(Difference(part, code, "changed", fields))
            elif code in moved:
                found.append(Difference(part, code, "moved", {}))
    if old.rules != new.rules:
        found.append(Difference("rules", "", "changed", {"rules": (old.rules, new.rules)}))
    if old.unit != new.unit:
        found.append(Difference("unit", "", "changed", {"unit": (old.unit, new.unit)}))
    return found


def touched(db: sqlite3.Connection, old: Codebook, new: Codebook) -> Touched:
    """Return which codes of statements in force a change from one codebook to another touches; settled codes count like a coder's.

    A statement counts once for each role or theme that differs, whoever coded it so. Codes that the new version does not allow are to
    be given anew: nothing else changes them.
    """
    differ = {d.code for d in differences(old, new) if d.code and d.how != "moved"}
    counted: dict[str, set[int]] = {code: set() for code in sorted(differ)}
    misfits = []
    for statement, coder, role, themes in _codes(db):
        for code in differ & {role, *themes}:
            counted[code].add(statement)
        if why := misfit(new, role, themes):
            misfits.append(Misfit(statement, coder, role, themes, tuple(why)))
    return Touched({code: len(ids) for code, ids in counted.items()}, tuple(misfits))


def misfit(book: Codebook, role: str | None, themes: tuple[str, ...]) -> list[str]:
    """Return what a code breaks of a codebook's rules; themes without a role are held against the list of themes alone."""
    if role is not None:
        # Without the list of all the codes there are.
        return [re.sub(r"(\(v\d+\)): .*", r"\1", w) for w in book.check(role, themes)]
    return [f"theme {t!r} is not in the codebook (v{book.version})" for t in themes if t not in book.theme_ids]


def misfits(db: sqlite3.Connection) -> list[Misfit]:
    """Return the codes that the codebook in use does not allow, in the order of the statements, for people to code anew."""
    book = codebook_of(db)
    found = (Misfit(s, coder, role, themes, tuple(misfit(book, role, themes))) for s, coder, role, themes in _codes(db))
    return [m for m in found if m.why]


def coded_counts(db: sqlite3.Connection) -> dict[str, int]:
    """Return for each role and theme how many statements in force somebody coded with it."""
    counted: dict[str, set[int]] = {}
    for statement, _, role, themes in _codes(db):
        for code in filter(None, (role, *themes)):
            counted.setdefault(code, set()).add(statement)
    return {code: len(ids) for code, ids in counted.items()}


def coded_with(db: sqlite3.Connection, code: str, limit: int = 200) -> list[int]:
    """Return the statements in force that somebody coded with a role or theme, in the order of their ids."""
    rows = db.execute(
        "SELECT DISTINCT s.id FROM statements AS s JOIN codes AS c ON c.statement = s.id WHERE s.retired IS NULL AND c.status IN"
        " ('coded', 'unsure') AND (c.role = :code OR c.themes LIKE '%' || json_quote(:code) || '%') ORDER BY s.id LIMIT :limit",
        {"code": code, "limit": limit},
    )
    return [r["id"] for r in rows]


def _codes(db: sqlite3.Connection) -> Iterator[tuple[int, str, str | None, tuple[str, ...]]]:
    # What nobody has coded needs no look at its statement.
    rows = db.execute(
        "SELECT c.statement, c.coder, c.role, c.themes FROM codes AS c JOIN statements AS s ON s.id = c.statement"
        " WHERE s.retired IS NULL AND (c.status = 'coded' OR (c.status = 'unsure' AND c.coder != ?)) ORDER BY c.statement, c.coder",
        (SETTLED,),
    )
    return ((r["statement"], r["coder"], r["role"], tuple(json.loads(r["themes"]))) for r in rows)


def _parts(book: Codebook) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Roles and themes by id, what they leave out left out."""
    roles, themes = ({c: m.model_dump(mode="json", by_alias=True, exclude_none=True) for c, m in side} for side in _sides(book))
    return roles, {c: {k: v for k, v in fields.items() if k != "id"} for c, fields in themes.items()}


def _sides(book: Codebook) -> tuple[list[tuple[str, BaseModel]], list[tuple[str, BaseModel]]]:
    return list(book.roles.items()), [(t.id, t) for t in book.themes]


def _same_order(before: list[str], after: list[str]) -> list[str]:
    """The codes that keep their order: the longest run of them in both lists."""
    best: list[list[str]] = []
    for n, code in enumerate(after):
        ahead = [best[k] for k in range(n) if before.index(after[k]) < before.index(code)]
        best.append([*max(ahead, key=len, default=[]), code])
    return max(best, key=len, default=[])

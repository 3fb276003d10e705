"""REFI-QDA codebooks (.qdc): roles and themes as two trees of codes, and a codebook changed in another program back.

The format is that of the REFI-QDA standard 1.5 (www.qdasoftware.org), namespace `urn:QDA-XML:codebook:1.0`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from ... import __version__
from ...codebook import Codebook, Role, Theme, parse_codebook
from ...resources import data
from .held import Held
from .names import Names, fold, names_of, shown, status_of, status_word
from .rows import ExchangeError, Remark
from .xmlfiles import CODEBOOK, bare, child, children, fit, guid, local, parse, text_of, written

ORIGIN = f"gongkai {__version__}"
STATUSES = ("unsure", "skipped", "open")


def write_codebook(held: Held) -> dict[str, bytes]:
    """Return the codebook in use as a .qdc file."""
    from lxml import etree

    root = etree.Element(f"{{{CODEBOOK}}}CodeBook", {"origin": ORIGIN}, nsmap={None: CODEBOOK})
    add_codes(root, held.book, CODEBOOK)
    return {"": written(root)}


def add_codes(parent: Any, book: Codebook, space: str, more: Sequence[str] = (), statuses: bool = False) -> None:
    """Add `Codes` to an element: roles and themes under a parent each, codes that the codebook no longer has, and the statuses."""
    from lxml import etree

    words = data("exchange.yaml")
    codes = etree.SubElement(parent, f"{{{space}}}Codes")
    groups: list[tuple[str, list[tuple[str, str, str]]]] = [
        ("roles", [(guid("code", i), shown(book, i), _told(r)) for i, r in book.roles.items()]),
        ("themes", [(guid("code", t.id), shown(book, t.id), _told(t)) for t in book.themes] + [(guid("code", i), i, "") for i in more]),
    ]
    if statuses:
        marks = [(guid("status", s), status_word(s), "") for s in STATUSES]
        groups.append(("status", [(guid("unit"), words["unit"]["zh"], ""), *marks]))
    for kind, members in groups:
        top = _code(codes, space, guid("parent", kind), words["parents"][kind]["zh"], "", None)
        for n, (id, name, description) in enumerate(members):
            colours = words["colours"][kind]
            _code(top, space, id, name, description, colours[n % len(colours)])


def _code(parent: Any, space: str, id: str, name: str, description: str, colour: str | None) -> Any:
    from lxml import etree

    about = {"guid": id, "name": fit(name), "isCodable": "true" if colour else "false"} | ({"color": colour} if colour else {})
    code = etree.SubElement(parent, f"{{{space}}}Code", about)
    if description:
        etree.SubElement(code, f"{{{space}}}Description").text = fit(description)
    return code


def _told(code: Role | Theme) -> str:
    """Definition, what is not meant, and examples, a line each."""
    words = data("exchange.yaml")
    exclusion = getattr(code, "not_", None)
    more = [words["not"] + exclusion] if exclusion else []
    more += [words["examples"] + "；".join(code.examples)] if code.examples else []
    return "\n".join([" ".join(code.definition.split()), *more])


@dataclass(frozen=True, slots=True)
class Named:
    """A code of a file: the name it has there, and what it is here: a `code`, a `status`, or nothing known."""

    name: str
    code: str = ""
    status: str = ""
    renamed: bool = False


def codes_in(book: Any, names: Names) -> dict[str, Named]:
    """Return the codes of a `CodeBook` element by GUID; each is told by its GUID, else by its name."""
    ours = {guid("code", i): i for i in (*names.book.role_ids, *names.book.theme_ids)}
    marks = {guid("status", s): s for s in STATUSES}
    words = data("exchange.yaml")
    unit, group = ({fold(word) for word in of.values()} for of in (words["unit"], words["parents"]["status"]))
    found: dict[str, Named] = {}
    for code in book.iter() if book is not None else ():
        if local(code) != "Code":
            continue
        id, name = bare(code.get("guid")), (code.get("name") or "").strip()
        known = ours.get(id)
        parent = code.getparent()
        above = (bare(parent.get("guid")), fold(parent.get("name") or "")) if local(parent) == "Code" else ("", "")
        of_status = above[0] == guid("parent", "status") or above[1] in group
        status = marks.get(id) or (status_of(name) if of_status else None)
        if known:
            found[id] = Named(name, known, renamed=names.code(name) != known)
        elif id == guid("unit") or (of_status and fold(name) in unit):
            found[id] = Named(name, status="unit")
        elif status:
            found[id] = Named(name, status=status)
        else:
            found[id] = Named(name, names.code(name) or "")
    return found


def read_codebook(raw: bytes, name: str, book: Codebook, ids: Mapping[str, str] | None = None) -> tuple[str, tuple[Remark, ...]]:
    """Return the next version of a codebook as YAML, with the codes of a .qdc file, and remarks on what the file cannot tell.

    Names, definitions, exclusions and examples are the file's; English names, cues and rules stay as they are in `book`. A code that is
    new needs an id: `ids` gives it by its name. Codes that the file lacks are left out. Raises ExchangeError for codes under neither
    parent, new ones without an id, and a file that is no codebook.
    """
    root = parse(raw, name)
    if local(root) not in ("CodeBook", "Project"):
        raise ExchangeError("xe_qdc", name=name)
    codes = child(root if local(root) == "CodeBook" else child(root, "CodeBook"), "Codes")
    given = {fold(k): v for k, v in (ids or {}).items()}
    dump: dict[str, Any] = book.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    roles: dict[str, Any] = {}
    themes: list[dict[str, Any]] = []
    remarks = [Remark("x_qdc_kept")]
    missing: list[str] = []
    for kind, code in _members(codes, name, names_of(book)):
        label = (code.get("name") or "").strip()
        id = _id(code, label, kind, book, given)
        if not id:
            missing.append(label)
            continue
        known = dump["roles"].get(id) if kind == "roles" else next((t for t in dump["themes"] if t["id"] == id), None)
        entry = {**(known or {"en": id.replace("_", " ")}), **_entry(label, text_of(child(code, "Description")), book, id)}
        if kind == "roles":
            roles[id] = entry
        else:
            themes.append({"id": id, **entry})
    if missing:
        raise ExchangeError("xe_qdc_ids", name=name, codes=", ".join(missing), first=missing[0])
    gone = [i for i in (*book.role_ids, *book.theme_ids) if i not in roles and i not in {t["id"] for t in themes}]
    remarks += [Remark("x_qdc_gone", {"codes": ", ".join(f"{book.label(i)} {i}" for i in gone)})] if gone else []
    text = yaml.safe_dump(
        {**dump, "version": book.version + 1, "roles": roles, "themes": themes}, allow_unicode=True, sort_keys=False, width=140
    )
    parse_codebook(text, name)
    return text, tuple(remarks)


def _members(codes: Any, name: str, names: Names) -> Iterator[tuple[str, Any]]:
    """Yield the codes that stand for roles and themes; deeper ones come after the code they stand under."""
    parents = {guid("parent", k): k for k in ("roles", "themes", "status")}
    labels = {fold(word): k for k, of in data("exchange.yaml")["parents"].items() for word in of.values()}
    stray = []
    for top in children(codes, "Code"):
        kind = parents.get(bare(top.get("guid"))) or labels.get(fold(top.get("name") or ""))
        inside = [c for c in top.iter() if local(c) == "Code" and c is not top]
        if kind in ("roles", "themes"):
            yield from ((kind, c) for c in inside)
        elif kind is None:
            stray.append(top.get("name") or "?")
    if stray:
        where = " / ".join(data("exchange.yaml")["parents"][k]["zh"] for k in ("roles", "themes"))
        raise ExchangeError("xe_qdc_stray", name=name, codes=", ".join(stray), parents=where)


def _id(code: Any, label: str, kind: str, book: Codebook, given: Mapping[str, str]) -> str:
    mine = book.role_ids if kind == "roles" else book.theme_ids
    ours = {guid("code", i): i for i in mine}
    names = names_of(book)
    return (
        ours.get(bare(code.get("guid"))) or given.get(fold(label)) or (names.role(label) if kind == "roles" else names.theme(label)) or ""
    )


def _entry(label: str, description: str, book: Codebook, id: str) -> dict[str, Any]:
    """The fields that a code of a file tells; those it tells as this codebook does are left to it."""
    words = data("exchange.yaml")
    known = book.roles.get(id) or next((t for t in book.themes if t.id == id), None)
    entry: dict[str, Any] = {"zh": book.label(id) if known and label == shown(book, id) else label}
    if known and description.strip() == _told(known).strip():
        return entry
    lines = [line.strip() for line in description.splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith((words["not"], words["examples"]))]
    entry["definition"] = " ".join(told) or (known.definition if known else label)
    for key, mark in (("not", words["not"]), ("examples", words["examples"])):
        found = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
        if found:
            entry[key] = found[0] if key == "not" else [e for e in found[0].split("；") if e]
    return entry

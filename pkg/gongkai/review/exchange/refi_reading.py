"""REFI-QDA projects back: codings by coder, wherever the other program has put texts, users and places."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...read import UndecodableError, decode
from .bundle import members
from .held import Held, Item
from .marking import row_of, stray
from .names import Names, number_of
from .passages import Marked, Passage, passages, placed, plain
from .refi_codebook import Named, codes_in
from .refi_project import REPORT, START
from .rows import ExchangeError, Reading, Remark, Row
from .xmlfiles import bare, child, children, guid, local, parse, text_of

_INTERNAL = "internal://"


@dataclass(slots=True)
class _Said:
    """What one user says of one statement, gathered from all selections on it."""

    labels: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Project:
    """What a project refers to by GUID."""

    users: Mapping[str, str]
    codes: Mapping[str, Named]
    cases: frozenset[str]
    notes: Mapping[str, tuple[str, str]]
    variables: Mapping[str, str]
    files: Mapping[str, bytes]


def read_project(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read a .qdpx file, also one that another program has saved: its users, codes and places as they are then."""
    name, raw = next(iter(files.items()))
    packed = members(raw, name, lambda n: n.lower().endswith((".qde", ".txt")))
    qde = [n for n in packed if n.lower().endswith(".qde")]
    if not qde:
        raise ExchangeError("xe_no_project", name=name)
    root = parse(packed[qde[0]], f"{name}/{qde[0]}")
    if local(root) != "Project":
        raise ExchangeError("xe_no_project", name=name)
    project = _project(root, packed, names)
    top = child(root, "Sources")
    found = children(top, "TextSource")
    others = len(top) - len(found) if top is not None else 0
    remarks = [Remark("x_sources_passed", {"n": others})] if others else []
    remarks += [Remark("x_renamed", {"name": c.name, "code": c.code}) for c in project.codes.values() if c.renamed]
    known = _Known.of(held)
    marked, selected = [], []
    for source in found:
        selections = [(e, *_place(e)) for e in children(source, "PlainTextSelection")]
        text = _text(source, project, name)
        marked.append(Marked(text, known.passage(source, text, project), tuple((a, b) for _, a, b in selections)))
        selected.append([e for e, _, _ in selections])
    items, way = placed(held, marked)
    remarks += [Remark("x_units")] if way.units else []
    rows: list[Row] = []
    for source, mark, selections, on in zip(found, marked, selected, items, strict=True):
        where = source.get("name") or bare(source.get("guid"))
        if mark.passage is None:
            rows += [Row(where, None, wrong=(Remark("x_source_unknown", {"name": where, "n": len(selections)}),))] if selections else []
            continue
        if plain(mark.text)[0].rstrip() != mark.passage.text.rstrip():
            remarks.append(Remark("x_text_edited", {"name": where}, where))
        rows += _rows(where, list(zip(selections, on, strict=True)), mark, project, names)
    return Reading(tuple(rows), tuple(remarks))


def _project(root: Any, files: Mapping[str, bytes], names: Names) -> _Project:
    users = {bare(u.get("guid")): u.get("name") or u.get("id") or "" for u in children(child(root, "Users"), "User")}
    lowered = {n.lower().rpartition("/")[2]: content for n, content in files.items()}
    notes = {}
    for note in children(child(root, "Notes"), "Note"):
        content = (
            text_of(child(note, "PlainTextContent")) or _file(note.get("plainTextPath"), lowered) or text_of(child(note, "Description"))
        )
        notes[bare(note.get("guid"))] = (plain(content)[0], users.get(bare(note.get("creatingUser")), ""))
    return _Project(
        users,
        codes_in(child(root, "CodeBook"), names),
        frozenset(bare(c.get("guid")) for c in children(child(root, "Cases"), "Case")),
        notes,
        {bare(v.get("guid")): v.get("name") or "" for v in children(child(root, "Variables"), "Variable")},
        lowered,
    )


def _file(path: str | None, files: Mapping[str, bytes]) -> str:
    """The text of a file of the archive, as the program has put it there."""
    raw = files.get((path or "").removeprefix(_INTERNAL).lower().replace("\\", "/").rpartition("/")[2], b"")
    try:
        # A program may count the byte order mark, which decoding takes away.
        return ("\ufeff" if raw.startswith(BOM_UTF8) else "") + decode(raw)
    except UndecodableError:
        return ""


def _text(source: Any, project: _Project, name: str) -> str:
    path = source.get("plainTextPath") or ""
    if path and not path.startswith(_INTERNAL):
        raise ExchangeError("xe_outside", name=name, path=path)
    return _file(path, project.files) or text_of(child(source, "PlainTextContent"))


def _place(selection: Any) -> tuple[int, int]:
    start, end = (number_of(selection.get(k) or "") for k in ("startPosition", "endPosition"))
    return (start, end) if start is not None and end is not None else (-1, -1)


@dataclass(frozen=True, slots=True)
class _Known:
    """The passages of the study by all that a program may have left of them."""

    guids: Mapping[str, Passage]
    starts: Mapping[tuple[str, str], Passage]
    texts: Mapping[str, Passage]

    @classmethod
    def of(cls, held: Held) -> _Known:
        found = passages(held, whole=True)
        starts = {(p.report, "" if p.start is None else str(p.start)): p for p in found}
        return cls({guid("source", p.key): p for p in found}, starts, {p.text.rstrip(): p for p in found})

    def passage(self, source: Any, text: str, project: _Project) -> Passage | None:
        """Return the passage that a source is."""
        values = {project.variables.get(bare(child(v, "VariableRef").get("targetGUID"))): text_of(v[-1]).strip()
                  for v in children(source, "VariableValue") if child(v, "VariableRef") is not None}  # fmt: skip
        place = (str(values.get(REPORT)), str(values.get(START) or ""))
        by_text = self.texts.get(plain(text)[0].rstrip())
        return self.guids.get(bare(source.get("guid"))) or self.starts.get(place) or by_text


def _rows(where: str, selected: Sequence[tuple[Any, Item | None]], mark: Marked, project: _Project, names: Names) -> Iterator[Row]:
    said: dict[tuple[int, str], _Said] = {}
    items: dict[int, Item] = {}
    for selection, item in selected:
        for user, labels, statuses, notes in _sayings(selection, project):
            if item is None:
                start, end = _place(selection)
                yield stray(where, user, plain(mark.text)[0][max(start, 0) : max(end, 0)], ", ".join([*labels, *statuses, *notes]))
                continue
            items[item.id] = item
            one = said.setdefault((item.id, user), _Said())
            one.labels += labels
            one.statuses += statuses
            one.notes += [n for n in notes if n not in one.notes]
    for (id, user), one in said.items():
        yield _row(where, items[id], user, one, names)


def _row(where: str, item: Item, user: str, said: _Said, names: Names) -> Row:
    row = row_of(where, item, user, said.labels, names)
    statuses = list(dict.fromkeys(said.statuses))
    if len(statuses) > 1:
        return Row(where, item, user, wrong=(Remark("x_two_statuses", {"statuses": ", ".join(statuses)}),))
    status: Any = statuses[0] if statuses else "coded" if row.role else "open"
    wrong = tuple(w for w in row.wrong if w.key != "x_no_role" or not statuses)
    return Row(where, item, user, row.role, row.themes, status, "\n".join(said.notes), wrong)


def _sayings(selection: Any, project: _Project) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """Yield what each user says in a selection: labels, statuses, notes."""
    by = selection.get("creatingUser") or selection.get("modifyingUser")
    for coding in children(selection, "Coding"):
        user = project.users.get(bare(coding.get("creatingUser") or by), "")
        for target in (bare(ref.get("targetGUID")) for ref in children(coding, "CodeRef")):
            if target in project.cases:
                continue
            code = project.codes.get(target, Named(target))
            if code.status == "unit":
                continue
            yield user, [] if code.status else [code.code or code.name], [code.status] if code.status else [], []
        yield from _noted(coding, project, user)
    user = project.users.get(bare(by), "")
    yield from _noted(selection, project, user)
    if memo := text_of(child(selection, "Description")).strip():
        yield user, [], [], [memo]


def _noted(element: Any, project: _Project, user: str) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    for ref in children(element, "NoteRef"):
        note, by = project.notes.get(bare(ref.get("targetGUID")), ("", ""))
        if note:
            yield by or user, [], [], [note]

"""REFI-QDA projects (.qdpx) for NVivo, MAXQDA, ATLAS.ti and others: texts, codes and the codings of each coder.

The format is that of the REFI-QDA standard 1.5 (www.qdasoftware.org), namespace `urn:QDA-XML:project:1.0`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from .bundle import packed
from .held import Coded, Held, Item
from .marking import labels_of
from .passages import Passage, passages
from .refi_codebook import ORIGIN, add_codes
from .xmlfiles import PROJECT, fit, guid, written

# Variables of cases, and of sources those that lead back to the report.
ABOUT = (("body", "Text"), ("year", "Integer"), ("level", "Text"), ("region", "Text"))
REPORT, START = "gongkai report", "gongkai start"
_PROGRAM = "gongkai"


def write_project(held: Held) -> dict[str, bytes]:
    """Return a project: a source for each report, or each stretch of it that the study has, and a selection for each statement.

    A statement that nobody has coded carries the code 语句, so that its borders are seen. The same study gives the same bytes.
    """
    from lxml import etree

    found = passages(held, whole=True)
    at = _time(held.at)
    root = etree.Element(
        f"{{{PROJECT}}}Project",
        {"name": "gongkai", "origin": ORIGIN, "creatingUserGUID": guid("user", _PROGRAM), "creationDateTime": at},
        nsmap={None: PROJECT},
    )
    users = _add(root, "Users")
    for name in (_PROGRAM, *sorted({c.coder for c in held.codes})):
        _add(users, "User", guid=guid("user", name), name=fit(name))
    add_codes(_add(root, "CodeBook"), held.book, PROJECT, held.former, statuses=True)
    variables = _add(root, "Variables")
    for name, kind in (*ABOUT, (REPORT, "Text"), (START, "Integer")):
        _add(variables, "Variable", guid=guid("variable", name), name=name, typeOfVariable=kind)
    _cases(root, held, found)
    if found:
        sources = _add(root, "Sources")
        names = _named(found)
        for passage, name in zip(found, names, strict=True):
            _source(sources, passage, name, held, at)
    _notes(root, held)
    texts = {f"Sources/{_id(p)}.txt": p.text.encode("utf-8", "replace") for p in found}
    return {"": packed({"project.qde": written(root), **texts})}


def _add(parent: Any, tag: str, text: str | None = None, /, **attributes: str) -> Any:
    from lxml import etree

    element = etree.SubElement(parent, f"{{{PROJECT}}}{tag}", attributes)
    if text is not None:
        element.text = fit(text)
    return element


def _time(at: str) -> str:
    """The time as the standard writes it: UTC, to the second."""
    return f"{at[:19]}Z"


def _id(passage: Passage) -> str:
    return guid("source", passage.key)


def _named(found: Sequence[Passage]) -> list[str]:
    """A name for each source; programs may refuse one that stands twice."""
    times = Counter(p.report for p in found)
    return [fit(p.report if times[p.report] == 1 else f"{p.key} {p.title}".strip()) for p in found]


def _cases(root: Any, held: Held, found: Sequence[Passage]) -> None:
    reports = [(report, list(of)) for report, of in groupby(sorted(found, key=lambda p: p.report), key=lambda p: p.report)]
    if not reports:
        return
    cases = _add(root, "Cases")
    for report, mine in reports:
        case = _add(cases, "Case", guid=guid("case", report), name=fit(report))
        about = held.reports.get(report, {})
        for name, kind in ABOUT:
            if about.get(name) is not None:
                _value(case, name, kind, about[name])
        for passage in mine:
            _add(case, "SourceRef", targetGUID=_id(passage))


def _value(parent: Any, name: str, kind: str, value: object) -> None:
    element = _add(parent, "VariableValue")
    _add(element, "VariableRef", targetGUID=guid("variable", name))
    _add(element, f"{kind}Value", str(value))


def _source(sources: Any, passage: Passage, name: str, held: Held, at: str) -> None:
    by = {"creatingUser": guid("user", _PROGRAM), "creationDateTime": at}
    source = _add(sources, "TextSource", guid=_id(passage), name=name, plainTextPath=f"internal://{_id(passage)}.txt", **by)
    for item, (start, end) in zip(passage.items, passage.marks, strict=True):
        words = passage.text[start:end]
        place = {"startPosition": str(start), "endPosition": str(end)}
        short = fit(" ".join(words[:40].split()))
        selection = _add(source, "PlainTextSelection", guid=guid("statement", item.at), name=short, **place, **by)
        codes = held.by_item.get(item.id, ())
        for coded in codes:
            _codings(selection, coded)
        if not any(labels_of(c.state) for c in codes):
            _coding(selection, item, _PROGRAM, guid("unit"), at)
        for coded in codes:
            if coded.state.note:
                _add(selection, "NoteRef", targetGUID=guid("note", item.at, coded.coder))
    _value(source, REPORT, "Text", passage.report)
    if passage.start is not None:
        _value(source, START, "Integer", passage.start)


def _codings(selection: Any, coded: Coded) -> None:
    targets = [guid("code", c) for c in labels_of(coded.state)]
    if coded.state.status != "coded" and (targets or coded.state.status != "open"):
        targets.append(guid("status", coded.state.status))
    for target in targets:
        _coding(selection, coded.item, coded.coder, target, _time(coded.at))


def _coding(selection: Any, item: Item, coder: str, target: str, at: str) -> None:
    coding = _add(selection, "Coding", guid=guid("coding", item.at, coder, target), creatingUser=guid("user", coder), creationDateTime=at)
    _add(coding, "CodeRef", targetGUID=target)


def _notes(root: Any, held: Held) -> None:
    noted = [c for c in held.codes if c.state.note]
    if not noted:
        return
    notes = _add(root, "Notes")
    for coded in noted:
        by = {"creatingUser": guid("user", coded.coder), "creationDateTime": _time(coded.at)}
        note = _add(notes, "Note", guid=guid("note", coded.item.at, coded.coder), name=fit(coded.item.at), **by)
        _add(note, "PlainTextContent", coded.state.note)

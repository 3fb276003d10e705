"""doccano: JSON Lines of sections with labelled spans, or of statements with labels, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ...resources import data
from ..changes import State
from .finding import find
from .held import Held
from .marking import as_metadata, labels_of, row_of, rows_of, state_of
from .names import Names, number_of, shown
from .passages import Marked, passages, placed
from .rows import Reading, Remark, Row
from .tables import json_lines

# Where doccano writes labels, from version to version and by kind of project.
_LABELS = ("label", "labels", "entities", "annotations", "cats")
_TEXTS = ("text", "data")
# Names of files in an export that stand for no coder.
_NOBODY = frozenset({"all", "unknown", "train", "export"})
_COMMENTS = "Comments"

Span = tuple[int, int, str]


def write_spans(held: Held) -> dict[str, bytes]:
    """Return a line a section, with the codes of one coder as spans, and the labels to import first."""
    one = {c.item.id: c for c in held.codes}
    lines = []
    for p in passages(held):
        spans: list[Span] = []
        codes = []
        for item, (start, end) in zip(p.items, p.marks, strict=True):
            if coded := one.get(item.id):
                spans += [(start, end, shown(held.book, c)) for c in labels_of(coded.state)]
                codes.append({"start": start, "end": end, **as_metadata(coded.state)})
        about = {"passage": p.key, "report": p.report, "kind": p.kind, "title": p.title, "coder": _coder(held)}
        lines.append({"text": p.text, "label": spans, **about, "codes": codes})
    return {"": _jsonl(lines), ".labels.json": _label_file(held)}


def write_statements(held: Held) -> dict[str, bytes]:
    """Return a line a statement, with the codes of one coder as labels, and the labels to import first."""
    one = {c.item.id: c for c in held.codes}
    lines = []
    for item in held.items:
        state = one[item.id].state if item.id in one else State()
        about = {"report": item.report, "start": item.start, "end": item.end, "path": " > ".join(item.path), "coder": _coder(held)}
        lines.append({"text": item.text, "label": [shown(held.book, c) for c in labels_of(state)], **about, "codes": as_metadata(state)})
    return {"": _jsonl(lines), ".labels.json": _label_file(held)}


def _coder(held: Held) -> str:
    return held.coder or next((c.coder for c in held.codes), "")


def _jsonl(lines: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8")


def _label_file(held: Held) -> bytes:
    colours = data("exchange.yaml")["colours"]
    kinds = (("roles", held.book.role_ids), ("themes", held.book.theme_ids))
    ids = [(i, colours[kind][n % len(colours[kind])]) for kind, of in kinds for n, i in enumerate(of)]
    keys = "123456789abcdefghijklmnopqrstuvwxyz"
    labels = [
        {
            "text": shown(held.book, i),
            "prefix_key": None,
            "suffix_key": keys[n] if n < len(keys) else None,
            "background_color": colour,
            "text_color": "#FFFFFF",
        }
        for n, (i, colour) in enumerate(ids)
    ]
    return (json.dumps(labels, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def is_doccano(record: Any) -> bool:
    """Say whether a record of JSON Lines is doccano's."""
    return isinstance(record, Mapping) and any(t in record for t in _TEXTS) and any(isinstance(record.get(k), list) for k in _LABELS)


def read_doccano(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read what doccano exported: a file, or a ZIP of files with a coder each."""
    rows: list[Row] = []
    remarks: list[Remark] = []
    spanned: list[tuple[str, str, Mapping[str, Any], list[Span]]] = []
    for name, raw in files.items():
        stem = PurePosixPath(name).stem
        user = stem if len(files) > 1 and stem not in _NOBODY else ""
        for where, record in json_lines({name: raw}):
            place = f"{name} {where}" if len(files) > 1 else where
            if not is_doccano(record):
                rows.append(Row(place, None, wrong=(Remark("x_no_record"),)))
                continue
            labels = next(record[k] for k in _LABELS if isinstance(record.get(k), list))
            coder = str(record.get("coder") or user)
            comments = [str(c) for c in record.get(_COMMENTS) or ()]
            if "passage" not in record and all(isinstance(i, str) for i in labels):
                rows.append(_classified(place, coder, record, labels, comments, held, names))
                continue
            if comments:
                remarks.append(Remark("x_comments_passed", {"comments": " / ".join(comments)}, place))
            spanned.append((place, coder, record, [s for i in labels if (s := _span(i))]))
            rows += [Row(place, None, coder, wrong=(Remark("x_no_record"),)) for i in labels if not _span(i)]
    return Reading((*rows, *_spanned(spanned, held, names, remarks)), tuple(remarks))


def _span(label: Any) -> Span | None:
    if isinstance(label, Mapping):
        values = [label.get(k) for k in ("start_offset", "end_offset", "label")]
    else:
        values = list(label) if isinstance(label, list) and len(label) == 3 else [None] * 3
    start, end = (number_of(v) if v is not None else None for v in values[:2])
    return (start, end, str(values[2])) if start is not None and end is not None and values[2] is not None else None


def _classified(
    where: str, coder: str, record: Mapping[str, Any], labels: Sequence[str], comments: Sequence[str], held: Held, names: Names
) -> Row:
    text = next(record[t] for t in _TEXTS if t in record)
    item = find(held, record.get("report") or "", record.get("start"), record.get("end"), text)
    if isinstance(item, Remark):
        return Row(where, None, coder, wrong=(item,))
    row = row_of(where, item, coder, labels, names, state_of(record.get("codes"), names))
    more = [c for c in comments if c not in (row.note or "")]
    return Row(where, item, coder, row.role, row.themes, row.status, "\n".join(filter(None, [row.note, *more])), row.wrong) if more else row


def _spanned(
    found: Sequence[tuple[str, str, Mapping[str, Any], list[Span]]], held: Held, names: Names, remarks: list[Remark]
) -> Iterator[Row]:
    known = {p.key: p for p in passages(held)}
    texts = {p.text: p for p in known.values()}
    marked = []
    for _, _, record, spans in found:
        text = str(next(record[t] for t in _TEXTS if t in record))
        passage = known.get(str(record.get("passage"))) or texts.get(text)
        marked.append(Marked(text, passage, tuple((a, b) for a, b, _ in spans)))
    items, way = placed(held, marked)
    if way.units:
        remarks.append(Remark("x_units"))
    for (where, coder, record, spans), mark, on in zip(found, marked, items, strict=True):
        if mark.passage is None:
            yield Row(where, None, coder, wrong=(Remark("x_text_unknown", {"text": mark.text[:24]}),))
            continue
        yield from rows_of(where, coder, record.get("codes"), zip(spans, on, strict=True), mark, names)

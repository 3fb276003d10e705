"""spaCy's DocBin: a Doc a section and coder, with the span groups that gongkai's own components write, and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...read.limits import Limits
from .held import Coded, Held
from .marking import as_metadata, rows_of
from .names import Names
from .passages import Marked, Passage, passages, placed
from .rows import ExchangeError, Reading, Remark, Row

if TYPE_CHECKING:
    from spacy.tokens import Doc

# What is said of a Doc in its user_data; `gongkai_statements` is what the components keep there, so that `span._.path` works.
_ABOUT, _STATEMENTS = "gongkai", "gongkai_statements"
_GROUPS = ("roles", "themes")


def write_docbin(held: Held) -> dict[str, bytes]:
    """Return a DocBin with a character as token; `doc.user_data["gongkai"]` tells report, place, coder, status and notes."""
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocab, found = Vocab(), DocBin(attrs=["ORTH"], store_user_data=True)
    for passage in passages(held):
        coders = sorted({c.coder for i in passage.items for c in held.by_item.get(i.id, ())}) or [held.coder]
        for coder in coders:
            found.add(_doc(vocab, passage, coder, held))
    return {"": found.to_bytes()}


def _doc(vocab: Any, passage: Passage, coder: str, held: Held) -> Doc:
    from spacy.tokens import Doc, Span

    doc = Doc(vocab, words=list(passage.text), spaces=[False] * len(passage.text))
    groups: dict[str, list[Any]] = {"statements": [], "roles": [], "themes": []}
    codes = []
    for item, (start, end) in zip(passage.items, passage.marks, strict=True):
        groups["statements"].append(Span(doc, start, end, item.kind))
        coded = _of_coder(held.by_item.get(item.id, ()), coder)
        if coded:
            state = coded.state
            groups["roles"] += [Span(doc, start, end, state.role)] if state.role else []
            groups["themes"] += [Span(doc, start, end, t) for t in state.themes]
            codes.append({"start": start, "end": end, **as_metadata(state)})
    for name, spans in groups.items():
        doc.spans[name] = spans
    place = {"passage": passage.key, "report": passage.report, "start": passage.start, "end": passage.end}
    doc.user_data[_ABOUT] = {**place, "kind": passage.kind, "title": passage.title, "coder": coder, "codes": codes}
    doc.user_data[_STATEMENTS] = [[a, b, i.text, list(i.path)] for i, (a, b) in zip(passage.items, passage.marks, strict=True)]
    return doc


def _of_coder(codes: Sequence[Coded], coder: str) -> Coded | None:
    return next((c for c in codes if c.coder == coder), None)


def read_docbin(files: Mapping[str, bytes], held: Held, names: Names) -> Reading:
    """Read the span groups `roles` and `themes` of a DocBin, whatever its tokens are; nothing else in it is used."""
    name, raw = next(iter(files.items()))
    known = {p.key: p for p in passages(held)}
    texts = {p.text: p for p in known.values()}
    marked: list[Marked] = []
    spans: list[list[tuple[int, int, str]]] = []
    abouts: list[Mapping[str, Any]] = []
    for doc in _docs(raw, name):
        about = doc.user_data.get(_ABOUT)
        about = about if isinstance(about, Mapping) else {}
        mine = [(s.start_char, s.end_char, s.label_) for g in _GROUPS if g in doc.spans for s in doc.spans[g]]
        passage = known.get(str(about.get("passage"))) or texts.get(doc.text)
        marked.append(Marked(doc.text, passage, tuple((a, b) for a, b, _ in mine)))
        spans.append(mine)
        abouts.append(about)
    items, _ = placed(held, marked)
    rows: list[Row] = []
    for n, (about, mark, mine, on) in enumerate(zip(abouts, marked, spans, items, strict=True), 1):
        where, coder = f"doc {n}", str(about.get("coder") or "")
        if mark.passage is None:
            rows.append(Row(where, None, coder, wrong=(Remark("x_text_unknown", {"text": mark.text[:24]}),)))
            continue
        rows += rows_of(where, coder, about.get("codes"), zip(mine, on, strict=True), mark, names)
    return Reading(tuple(rows))


def _docs(raw: bytes, name: str) -> Iterator[Doc]:
    from spacy.attrs import ORTH
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    unpacker, most = zlib.decompressobj(), Limits().inflated << 20
    try:
        if len(unpacker.decompress(raw, most)) >= most:
            raise ExchangeError("xe_inflates", name=name, megabytes=Limits().inflated)
        found = DocBin().from_bytes(raw)
        # Only the words: other columns of a stranger's tokens could lead spaCy astray.
        column = found.attrs.index(ORTH)
        found.tokens, found.attrs = [t[:, [column]] for t in found.tokens], [ORTH]
        yield from found.get_docs(Vocab())
    except ExchangeError:
        raise
    except Exception as error:
        raise ExchangeError("xe_docbin", name=name) from error

"""spaCy factories over the same functions: sections, statements and codes of a report as span groups of its Doc.

`doc.spans["sections"]`, `["statements"]`, `["roles"]` and `["themes"]` hold the spans (label = code); `span._.role` and
`span._.themes` read them back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span

from .analyse import Prepared, code_statements, load
from .describe import describe
from .records import Report, Section, Statement
from .segment import Segmentation, segment
from .statements import statements

# Plain lists, so that a Doc can be written to bytes and read in another process.
_SECTIONS, _STATEMENTS = "gongkai_sections", "gongkai_statements"


def register() -> None:
    """Register `span._.role`, `span._.themes` and `span._.path` (getters over the Doc's span groups)."""
    for name, getter in (("role", role_of), ("themes", themes_of), ("path", path_of)):
        if not Span.has_extension(name):
            Span.set_extension(name, getter=getter)


def _labels(span: Span, group: str) -> list[str]:
    spans = span.doc.spans.get(group, ())
    return [s.label_ for s in spans if s.start == span.start and s.end == span.end]


def role_of(span: Span) -> str | None:
    """Return the role coded for a statement span, or None."""
    return next(iter(_labels(span, "roles")), None)


def themes_of(span: Span) -> tuple[str, ...]:
    """Return the themes coded for a statement span."""
    return tuple(_labels(span, "themes"))


def path_of(span: Span) -> tuple[str, ...]:
    """Return the headings above a statement span, outermost first."""
    for s in _statements(span.doc):
        marked = _span(span.doc, s.start, s.end, "")
        if (marked.start, marked.end) == (span.start, span.end):
            return s.path
    return ()


def _statements(doc: Doc) -> list[Statement]:
    return [Statement(start, end, text, tuple(path)) for start, end, text, path in doc.user_data.get(_STATEMENTS, ())]


class Sections:
    """Mark the sections of a report in `doc.spans["sections"]`."""

    def __call__(self, doc: Doc) -> Doc:
        """Add the sections, label = kind."""
        found = segment(describe(Report("", doc.text))).sections
        doc.spans["sections"] = [_span(doc, s.start, s.end, s.kind) for s in found if s.start < s.end]
        doc.user_data[_SECTIONS] = [[s.kind, s.number, s.title, s.start, s.body_start, s.end, s.confidence] for s in found]
        return doc


class Statements:
    """Mark the statements of the coded sections in `doc.spans["statements"]`."""

    def __call__(self, doc: Doc) -> Doc:
        """Add the statements, label = kind of their section."""
        sections = [Section(*values) for values in doc.user_data.get(_SECTIONS, ())]
        found = [(s, part.kind) for part in sections for s in statements(doc.text, part)]
        doc.spans["statements"] = [_span(doc, s.start, s.end, kind) for s, kind in found]
        doc.user_data[_STATEMENTS] = [[s.start, s.end, s.text, list(s.path)] for s, _ in found]
        return doc


class Codes:
    """Code the statements: `doc.spans["roles"]` and `doc.spans["themes"]`, over the same spans as the statements."""

    def __init__(self, model: str | None = None) -> None:
        self.model = model

    def __call__(self, doc: Doc) -> Doc:
        """Add roles and themes."""
        ready = Prepared(Report("", doc.text), Segmentation((), ()), tuple(_statements(doc)))
        codings = list(code_statements([ready], load(self.model)))
        doc.spans["roles"] = [_span(doc, c.statement.start, c.statement.end, c.role) for c in codings]
        doc.spans["themes"] = [_span(doc, c.statement.start, c.statement.end, t) for c in codings for t in c.themes]
        return doc


def _span(doc: Doc, start: int, end: int, label: str) -> Span:
    """The span of characters, widened to whole tokens where a token crosses a border."""
    span = doc.char_span(start, end, label=label, alignment_mode="expand")
    if span is None:
        raise ValueError(f"span {start}:{end} lies outside the Doc of {len(doc.text)} characters")
    return span


@Language.factory("gongkai_sections")
def make_sections(nlp: Language, name: str) -> Sections:
    """Return the component `gongkai_sections`."""
    register()
    return Sections()


@Language.factory("gongkai_statements", requires=["doc.spans"])
def make_statements(nlp: Language, name: str) -> Statements:
    """Return the component `gongkai_statements`."""
    register()
    return Statements()


@Language.factory("gongkai_codes", default_config={"model": None}, requires=["doc.spans"])
def make_codes(nlp: Language, name: str, model: str | Path | None) -> Any:
    """Return the component `gongkai_codes`; `model` is a model folder, the shipped one where None."""
    register()
    return Codes(str(model) if model is not None else None)


__all__ = ["Codes", "Sections", "Statements", "make_codes", "make_sections", "make_statements", "path_of", "role_of", "themes_of"]

"""The Word summary of one report: what was found in it, statement by statement, with evidence, tables and doubts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from .. import __version__
from ..codebook import Codebook
from ..present.safe import Cleaner
from ..present.wording import translated
from ..present.wordparts import add_run, document, saved
from ..resources import data
from .look import NO_CELL, Said, Table, View
from .looking import Looked

# Millimetres of the text's width, and of the first columns.
_WIDTH, _FIRST, _SECOND = 156, 40, 26


def word_summary(looked: Looked, view: View) -> bytes:
    """Return the summary of one report as the bytes of a .docx file; the same report gives the same bytes."""
    words, book = data("look.yaml")["word"], looked.coder.codebook_
    clean, made = Cleaner(), document()
    add_run(made.add_paragraph(style="mark"), data("summary.yaml")["reserve"])
    title = _title(view, words)
    add_run(made.add_paragraph(style="Title"), clean(title))
    for n, (heading, write) in enumerate(_chapters(looked, view, book, words)):
        add_run(made.add_paragraph(style="Heading 1"), f"{data('summary.yaml')['numerals'][n]}、{clean(heading)}")
        write(made, clean)
    if clean.changed + view.changed:
        add_run(made.add_paragraph(), words["cleaned"].format(n=clean.changed + view.changed))
    return saved(made, title.replace("\n", ""))


def _title(view: View, words: dict[str, Any]) -> str:
    body, year = view.about["body"], view.about["year"]
    if not body:
        return str(words["title_unknown"])
    return str(words["title"]).format(body=body, year=words["year"].format(year=year) if year else "")


def _chapters(looked: Looked, view: View, book: Codebook, words: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each chapter's heading and what writes it."""
    headings = words["headings"]
    yield headings["about"], lambda made, clean: _text(made, clean(_about(looked, view, book, words)))
    yield headings["sections"], lambda made, clean: _sections(made, view, words, clean)
    for role in book.role_ids:
        here = [s for s in view.statements if s.role == role]
        yield book.label(role), lambda made, clean, here=here: _statements(made, here, book, words, clean)
    yield headings["tables"], lambda made, clean: _tables(made, view, words, clean)
    yield headings["checks"], lambda made, clean: _listed(made, [f[2] for f in view.findings], words["findings_none"], clean)
    doubts = [*view.warnings, *(w for p in view.parts for w in p.warnings)]
    yield headings["doubts"], lambda made, clean: _listed(made, list(map(translated, doubts)), words["doubts_none"], clean)
    yield headings["limits"], lambda made, clean: _text(made, words["limit"])


def _about(looked: Looked, view: View, book: Codebook, words: dict[str, Any]) -> str:
    unknown = words["unknown"]
    roles = words["join"].join(words["role_count"].format(role=book.label(r), n=view.counts.get(r, 0)) for r in book.role_ids)
    known = {k: v or unknown for k, v in view.about.items()}
    return str(words["about"]).format(
        file=PurePath(view.name).name, sha256=looked.upload.sha256, body=known["body"], year_or=known["year"], level=known["level"],
        region=known["region"], n=len(view.statements), roles=roles, version=__version__, codebook=book.version,
    )  # fmt: skip


def _text(made: Any, text: str) -> None:
    add_run(made.add_paragraph(), text)


def _listed(made: Any, lines: Sequence[str], none: str, clean: Cleaner) -> None:
    for n, line in enumerate(lines, 1):
        paragraph = made.add_paragraph()
        add_run(paragraph, f"{n}.", bold=True)
        add_run(paragraph, clean(line))
    if not lines:
        _text(made, none)


def _statements(made: Any, here: Sequence[Said], book: Codebook, words: dict[str, Any], clean: Cleaner) -> None:
    for s in here:
        paragraph = made.add_paragraph()
        # A bare number would run into the one that many sentences begin with.
        add_run(paragraph, words["number"].format(n=s.n + 1), bold=True)
        add_run(paragraph, s.text)
        themes = [words["theme"].format(theme=book.label(t), score=f"{score:.2f}") for t, score in s.themes]
        codes = words["codes"].format(themes=words["join"].join(themes) or words["themeless"], score=f"{s.role_score:.2f}")
        add_run(paragraph, clean(codes), font="quote")
        if s.proofs:
            stretches = [words["stretch"].format(text=p.text, code=book.label(p.code)) for p in s.proofs]
            add_run(made.add_paragraph(style="Quote"), clean(words["evidence"].format(stretches=words["join"].join(stretches))))
    if not here:
        _text(made, words["none"])


def _sections(made: Any, view: View, words: dict[str, Any], clean: Cleaner) -> None:
    kinds, states, columns = data("summary.yaml")["kinds"], words["states"], words["columns"]
    rows = [[columns["section"], columns["state"], columns["why"]]]
    for p in view.parts:
        if p.kind:
            state = states["doubtful"].format(confidence=f"{p.confidence:.2f}") if p.doubtful else states["found"]
            rows.append([kinds.get(p.kind, p.kind), state, words["join"].join([p.title, *map(translated, p.warnings)])])
    rows += [[kinds.get(kind, kind), states["missing"], translated(reason)] for kind, reason in view.missing]
    _grid(made, rows, [_FIRST, _SECOND, _WIDTH - _FIRST - _SECOND], clean)


def _tables(made: Any, view: View, words: dict[str, Any], clean: Cleaner) -> None:
    names = data("summary.yaml")["tables"]
    for table in view.tables:
        add_run(made.add_paragraph(style="Heading 2"), names[table.table])
        rows = [["", *(zh for zh, _ in table.columns)], *([zh, *map(_cell, cells)] for (zh, _), cells in table.rows)]
        _grid(made, rows, _shared(table), clean)
    if not view.tables:
        _text(made, words["tables_none"])


def _cell(cell: str | None) -> str:
    words = data("look.yaml")["word"]
    return str(words["unplaced"]) if cell is None else words["blank"] if cell in ("", NO_CELL) else cell


def _shared(table: Table) -> list[float]:
    n = len(table.columns)
    first = _WIDTH * 0.34 if n > 3 else _FIRST
    return [first, *((_WIDTH - first) / n for _ in range(n))]


def _grid(made: Any, rows: Sequence[Sequence[str]], widths: Sequence[float], clean: Cleaner) -> None:
    """A ruled table, its first row its head on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    table = made.add_table(rows=len(rows), cols=len(widths), style="Table Grid")
    table.autofit = False
    for n, (line, row) in enumerate(zip(table.rows, rows, strict=True)):
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, wide, text in zip(line.cells, widths, row, strict=True):
            cell.width = Mm(wide)
            paragraph = cell.paragraphs[0]
            paragraph.style = "table" if n else "table_head"
            add_run(paragraph, clean(text))
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Mm(wide)

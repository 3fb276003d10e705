"""The same reports in every file format: text and Markdown here, pages in `writers_html`, Word and PDF in `writers_word`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sample_reports import Sample
from statutory_forms import Table
from writers_html import cms, old, word
from writers_word import convert, docx, wrapped


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written, into what LibreOffice converts it (if so), and the share that has to be read right."""

    suffix: str
    write: Callable[[Sample], bytes]
    converted: str = ""
    target: float = 1.0


def tabbed(table: Table, *, spread: bool = False) -> str:
    """A line a row, cells parted by tabs, as pasted from Word; with `spread` merged cells keep their columns, as from Excel."""
    return "\n".join("\t".join(_one_line(box.text) if box else "" for box in row) for row in table.rows(spread=spread))


def one_cell_a_line(table: Table) -> str:
    """A line a cell, each behind a tab, and an empty line behind a row, as a converter leaves it."""
    rows = ("".join(f"\t{box.text if box else ''}\n" for box in row) for row in table.rows())
    return "\n".join(rows) + "\n"


def flat(table: Table) -> str:
    """A line a row, cells parted by blanks, empty ones lost."""
    rows = (" ".join(t for box in row if box and (t := _one_line(box.text.strip()))) for row in table.rows())
    return "\n".join(rows)


def _one_line(text: str) -> str:
    return text.replace("\n", "")


def plain_text(sample: Sample, table: Callable[[Table], str] = tabbed, indent: str = "") -> str:
    """A report as text, each table as `table` gives it."""
    parts = (table(b) if isinstance(b, Table) else b.text if b.kind == "title" else indent + b.text for b in sample.blocks)
    return "\n".join(parts) + "\n"


def markdown(sample: Sample) -> str:
    """A report in Markdown: headings of three levels and pipe tables."""
    marks = {"heading": "## ", "subheading": "### ", "published": "> "}
    parts, titled = [], False
    for block in sample.blocks:
        if isinstance(block, Table):
            parts.append(_pipes(block))
        else:
            mark = marks.get(block.kind, "") if block.kind != "title" or titled else "# "
            titled = titled or block.kind == "title"
            parts.append(mark + block.text)
    return "\n\n".join(parts) + "\n"


def _pipes(table: Table) -> str:
    rows = [[_one_line(box.text) if box else "" for box in row] for row in table.rows(spread=True)]
    first, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([first, "|" + " --- |" * table.width, *rest])


def _excel(table: Table) -> str:
    return tabbed(table, spread=True)


FORMATS: dict[str, Format] = {
    "txt": Format(".txt", lambda s: plain_text(s).encode("utf-8")),
    "txt-gb18030": Format(".txt", lambda s: plain_text(s, _excel, "　　").encode("gb18030")),
    "txt-utf16": Format(".txt", lambda s: plain_text(s).replace("\n", "\r\n").encode("utf-16")),
    "txt-cells": Format(".txt", lambda s: plain_text(s, one_cell_a_line).encode("utf-8")),
    "txt-flat": Format(".txt", lambda s: plain_text(s, flat, "　　").encode("utf-8")),
    "md": Format(".md", lambda s: markdown(s).encode("utf-8")),
    "html-cms": Format(".html", cms),
    "html-old": Format(".htm", old),
    "html-word": Format(".htm", word),
    "docx": Format(".docx", docx),
    "doc": Format(".docx", docx, "doc", 0.98),
    "pdf": Format(".docx", docx, "pdf", 0.98),
    "pdf-wrapped": Format(".docx", wrapped, "pdf", 0.98),
}


def write_all(name: str, samples: Sequence[Sample], folder: Path) -> list[Path]:
    """Write reports in one format into a folder of its own; the files come in the order of the reports."""
    made, own = FORMATS[name], folder / name
    drafts = own / "draft" if made.converted else own
    drafts.mkdir(parents=True, exist_ok=True)
    files = []
    for sample in samples:
        files.append(drafts / f"{sample.name}{made.suffix}")
        files[-1].write_bytes(made.write(sample))
    return convert(files, made.converted, own) if made.converted else files

"""Word documents as an office sets them, and what LibreOffice makes of them: old Word and PDF."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from sample_reports import Paragraph, Sample
from statutory_forms import Table
from word_parts import document, numbering, paragraph, saved, table, text_box

_ITEM = re.compile(r"（([一二三四五六七八九十])）")
# Characters a line and their size in points: what fits the width of the page.
_NARROW = ((28, 16), (30, 15), (32, 14))
_NOT_FIRST = "，。；：、！？）”’》…％%"
_NOT_LAST = "（“‘《"
_SECONDS = 900


def docx(sample: Sample) -> bytes:
    """A document for the desk: styles, merged cells, page numbers; every second one lets Word count 一、, some hold a text box."""
    made, auto = document(16), sample.turn % 2 == 0
    styled = auto and sample.turn % 4 == 2
    listed = auto and not styled and _counts(sample)
    if auto:
        numbering(made, styled)
    inside = False
    for block in sample.blocks:
        if isinstance(block, Table):
            table(made, block, whole=sample.turn % 4 < 2)
        elif block.kind == "contact":
            if sample.turn % 3 == 1:
                text_box(made, block.text)
            elif sample.turn % 3 == 2:
                paragraph(made, block)
        elif block.kind == "heading":
            inside = block.text == sample.problems.split("\n")[0]
            paragraph(made, replace(block, text=block.text[2:]) if auto else block, level=0 if auto else None, styled=styled)
        elif block.kind == "subheading" and inside and listed:
            paragraph(made, replace(block, text=_ITEM.sub("", block.text, count=1)), level=1)
        elif block.kind != "published":
            paragraph(made, block)
    return saved(made)


def _counts(sample: Sample) -> bool:
    """Whether Word would count the （一） of section 五 as the office did."""
    lines = sample.problems.split("\n")[1:]
    marked = [m.group(1) for line in lines if (m := _ITEM.match(line))]
    return "".join(marked) == "一二三四五六七八九十"[: len(marked)] and sum(
        b.kind == "subheading" and b.text in lines for b in sample.blocks if isinstance(b, Paragraph)
    ) == len(marked)


def wrapped(sample: Sample) -> bytes:
    """A document whose lines end where a hand broke them, in big type, as line breaks or as paragraphs of their own."""
    width, size = _NARROW[sample.turn % 3]
    made, rng = document(size, right=14), Random(sample.name)
    for block in sample.blocks:
        if isinstance(block, Table):
            table(made, block, whole=sample.turn % 4 > 1)
        elif block.kind in ("text", "subheading", "heading"):
            lines = _broken("　　" + block.text, width, rng)
            for text in ["\n".join(lines)] if sample.turn % 2 else lines:
                paragraph(made, replace(block, text=text), indent=False)
        elif block.kind != "published":
            paragraph(made, block)
    return saved(made)


def _broken(text: str, width: int, rng: Random) -> list[str]:
    """Lines of at most `width` characters (two Latin ones count as one), never within a number or before a comma."""
    lines, line, length = [], "", 0.0
    most = width - rng.randint(0, 1)
    for part in re.findall(rf"[!-~]+[{_NOT_FIRST}]*|[{_NOT_LAST}]*[^!-~][{_NOT_FIRST}]*", text):
        size = sum(0.5 if c <= "~" else 1 for c in part)
        if length + size > most and line.strip():
            lines.append(line)
            line, length = "", 0.0
            most = width - rng.randint(0, 1)
        line, length = line + part, length + size
    return [*lines, line]


def convert(files: Sequence[Path], kind: str, folder: Path) -> list[Path]:
    """Convert files with LibreOffice in one run and return what it wrote, in their order; raises RuntimeError for a missing one."""
    with tempfile.TemporaryDirectory() as profile:
        command = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, "--outdir", str(folder)]
        run = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, timeout=_SECONDS, check=False)
    made = [folder / f"{file.stem}.{kind}" for file in files]
    if missing := [file.name for file in made if not file.exists()]:
        raise RuntimeError(f"LibreOffice did not write {', '.join(missing)}: {run.stderr.strip() or 'no reason given'}")
    return made

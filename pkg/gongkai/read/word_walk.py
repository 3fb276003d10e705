"""The walk through the elements of a Word document, in order and without recursion."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import word_table
from .extract import ReadError
from .numbering import Numbering, Styles, W, number, switch, value
from .numerals import symbol
from .package import SAVE_AGAIN, Parts
from .word_table import WIDEST, Block, Table

_OPEN = "{http://schemas.openxmlformats.org/"
_MC = _OPEN + "markup-compatibility/2006}"
_VML = "{urn:schemas-microsoft-com:vml}"
_OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"

# What holds no text: properties, text that was deleted or moved away, pronunciations above characters.
_SKIPPED = ("pPr", "rPr", "sdtPr", "tblPr", "sectPr", "del", "moveFrom", "rt")
# The code of a sign; control characters and halves of pairs are none.
_CODE = re.compile(r"(?!D[89A-F]|00[01]|00[89])[0-9A-F]{4}", re.IGNORECASE)
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_UNREAD = {
    W + "footnoteReference": "footnotes",
    W + "endnoteReference": "endnotes",
    W + "altChunk": "parts kept as files of another format (altChunk)",
    W + "subDoc": "parts kept as documents of their own (subDoc)",
    _OPEN + "drawingml/2006/picture}pic": "pictures",
    _VML + "imagedata": "pictures",
    _OPEN + "drawingml/2006/chart}chart": "charts",
    _OPEN + "drawingml/2006/diagram}relIds": "diagrams",
}


@dataclass(slots=True)
class _Story:
    """Text that runs on by itself: the document, a cell, a text box."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] | None = None
    label: str = ""
    boxes: list[Block] = field(default_factory=list)
    # Whether the next paragraph goes on in this line, since the mark between them is deleted or hidden.
    joins: bool = False
    style: str | None = None
    fields: list[bool] = field(default_factory=list)
    instructions: int = 0

    def add(self, text: str) -> None:
        if not self.instructions:
            self.line = self.line or []
            self.line.append(text)

    def field_part(self, part: str | None) -> None:
        """Follow a field through its instruction (not text) and its result (text)."""
        if part == "begin":
            self.fields.append(True)
            self.instructions += 1
        elif self.fields and part in ("separate", "end"):
            self.instructions -= self.fields.pop()
            if part == "separate":
                self.fields.append(False)

    def end_paragraph(self) -> None:
        # An instruction ends here at the latest, so that a field left open swallows no more than its paragraph.
        self.fields.clear()
        self.instructions = 0
        if self.line is not None and not self.joins:
            self.close()

    def close(self) -> None:
        if self.line is not None:
            self.blocks.append(self.label + "".join(self.line))
        self.blocks += self.boxes
        self.line, self.boxes, self.label, self.joins = None, [], "", False


class Walk:
    """Goes through the elements of a document once, in order."""

    def __init__(self, parts: Parts) -> None:
        self._document = parts.document
        self._styles = Styles(parts.styles)
        self._numbering = Numbering(parts.numbering, self._styles)
        self._stories = [_Story()]
        self._tables: list[Table] = []
        self._choices: list[Any] = []
        self.unread: dict[str, int] = {}
        self.warnings: dict[str, None] = {}
        # What to do where an element starts (True: its content is skipped) and where it ends.
        self._starts: dict[str, Callable[[Any], bool]] = {
            W + "p": self._paragraph, W + "r": self._run, W + "t": self._text, W + "sym": self._symbol, W + "fldChar": self._field,
            W + "instrText": self._instruction, W + "tbl": self._table, W + "tr": self._row, W + "tc": self._cell,
            W + "txbxContent": self._box, W + "object": self._object,
            _MC + "AlternateContent": self._choose, _MC + "Choice": self._unchosen, _MC + "Fallback": self._unchosen,
            _OPEN + "officeDocument/2006/math}t": self._text, _VML + "textpath": self._word_art,
            **dict.fromkeys((W + name for name in _SIGNS), self._sign),
            **dict.fromkeys((W + name for name in _SKIPPED), lambda _: True),
            **dict.fromkeys(_UNREAD, self._not_read),
        }  # fmt: skip
        self._ends: dict[str, Callable[[], None]] = {
            W + "p": self._end_paragraph, W + "tbl": self._end_table, W + "tc": self._end_cell, W + "txbxContent": self._end_box,
            _MC + "AlternateContent": self._end_choice,
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the paragraphs and grids of the document; `warnings` and `unread` are known afterwards."""
        from lxml import etree

        body = self._document.find(W + "body")
        if self._document.tag != W + "document" or body is None:
            raise ReadError("is a damaged Word file: it has no body", SAVE_AGAIN)
        walk = etree.iterwalk(body, events=("start", "end"), tag=[*self._starts])
        for event, element in walk:
            if event == "end":
                if end := self._ends.get(element.tag):
                    end()
            elif self._starts[element.tag](element):
                walk.skip_subtree()
        self._stories[0].close()
        return self._stories[0].blocks

    def _paragraph(self, p: Any) -> bool:
        story = self._stories[-1]
        story.end_paragraph()
        properties = p.find(W + "pPr")
        mark = None if properties is None else properties.find(W + "rPr")
        story.style = value(properties, "pStyle") or self._styles.default
        deleted = mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None)
        hidden = switch(mark, "vanish")
        if hidden is None:
            hidden = self._styles.switch(story.style, "vanish")
        # A mark hidden in this way only lets text run on behind a heading, which keeps its number.
        label = "" if deleted or (hidden and not switch(mark, "specVanish")) else self._numbering.label(properties, story.style)
        story.line = story.line or []
        story.label = label or story.label
        story.joins = deleted or hidden
        return False

    def _end_paragraph(self) -> None:
        self._stories[-1].end_paragraph()

    def _run(self, r: Any) -> bool:
        properties = r.find(W + "rPr")
        hidden = switch(properties, "vanish")
        if hidden is None:
            styles = (value(properties, "rStyle"), self._stories[-1].style)
            hidden = any(self._styles.switch(style, "vanish") for style in styles if style)
        return hidden

    def _text(self, t: Any) -> bool:
        self._stories[-1].add((t.text or "").replace("\r", "").replace("\n", " "))
        return False

    def _sign(self, sign: Any) -> bool:
        self._stories[-1].add(_SIGNS[sign.tag.removeprefix(W)])
        return False

    def _symbol(self, sym: Any) -> bool:
        code = sym.get(W + "char", "")
        if _CODE.fullmatch(code):
            character = chr(int(code, 16))
            self._stories[-1].add(symbol(character, sym.get(W + "font")) or character)
        else:
            self._miss("signs without a code")
        return False

    def _field(self, mark: Any) -> bool:
        self._stories[-1].field_part(mark.get(W + "fldCharType"))
        return True

    def _instruction(self, instruction: Any) -> bool:
        # These fields draw what they show, a number in a circle for one, and keep no result.
        if (instruction.text or "").strip()[:3].lower() in ("eq", "eq "):
            self._miss("characters drawn by a field (EQ)")
        return True

    def _choose(self, content: Any) -> bool:
        """Take the first form of a content that holds text, or else the first."""
        forms = [form for form in content if form.tag in (_MC + "Choice", _MC + "Fallback")]
        self._choices.append(next((f for f in forms if next(f.iter(W + "t"), None) is not None), forms[0] if forms else None))
        return False

    def _unchosen(self, form: Any) -> bool:
        return bool(self._choices) and form is not self._choices[-1]

    def _end_choice(self) -> None:
        self._choices.pop()

    def _box(self, _: Any) -> bool:
        self._stories.append(_Story())
        return False

    def _end_box(self) -> None:
        box = self._stories.pop()
        box.close()
        self._stories[-1].boxes += box.blocks

    def _word_art(self, path: Any) -> bool:
        self._stories[-1].boxes.append(path.get("string", ""))
        return True

    def _object(self, element: Any) -> bool:
        names = {o.get("ProgID", "") for o in element.iter(_OLE_OBJECT)}
        self._miss(f"embedded objects ({', '.join(sorted(names))})" if any(names) else "embedded objects")
        return True

    def _not_read(self, element: Any) -> bool:
        self._miss(_UNREAD[element.tag])
        return True

    def _miss(self, what: str) -> None:
        self.unread[what] = self.unread.get(what, 0) + 1

    def _table(self, _: Any) -> bool:
        self._stories[-1].close()
        self._tables.append(Table())
        return False

    def _row(self, row: Any) -> bool:
        properties = row.find(W + "trPr")
        if properties is not None and (properties.find(W + "del") is not None or switch(properties, "hidden")):
            return True
        if self._tables:
            self._tables[-1].row(number(properties, "gridBefore", WIDEST) or 0)
        return False

    def _cell(self, cell: Any) -> bool:
        properties = cell.find(W + "tcPr")
        columns = max(number(properties, "gridSpan", WIDEST) or 1, 1)
        if self._tables:
            new = self._tables[-1].cell(columns, value(properties, "vMerge"), value(properties, "hMerge"))
            self._stories.append(_Story(blocks=new.blocks))
        return False

    def _end_cell(self) -> None:
        if self._tables:
            self._stories.pop().close()

    def _end_table(self) -> None:
        found, warnings = word_table.blocks(self._tables.pop())
        self._stories[-1].blocks += found
        self.warnings.update(dict.fromkeys(warnings))

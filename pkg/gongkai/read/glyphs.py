"""Take the characters out of one page of a PDF, with what is drawn on it, turned so that its text runs from left to right."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .layout import Glyph
from .numerals import symbol
from .shapes import Point, Rule, read_shapes

_SAMPLE = 200
_BREAKS = (0x09, 0x0A, 0x0D)
# How far, in quarter turns, text may be off the direction of its page.
_ASLANT = 0.06


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands on a page, in points from its upper left corner.

    `glyphs` those that run in the commonest direction · `turned` those of each other direction, in a plane turned for it, with
    their places in that of `glyphs` · `rules` straight lines as (x0, y0, x1, y1) · `pictures` share of
    the page that images cover · `drawings` number of drawn shapes · `unmapped` share of characters without a Unicode value ·
    `hidden` and `slanted` characters that were left out · `endless` whether shapes were left out for their number ·
    `unfound` pieces of text in a font that neither the file nor this machine has, which PDFium leaves out.
    """

    glyphs: tuple[Glyph, ...]
    turned: tuple[tuple[tuple[Glyph, Point], ...], ...]
    rules: tuple[Rule, ...]
    width: float
    pictures: float
    drawings: int
    unmapped: float
    hidden: int
    slanted: int
    endless: bool
    unfound: int = 0


def read_marks(page: Any) -> Marks:
    """Return what stands on a page (a pypdfium2 `PdfPage`); what lies outside its crop box is not on it."""
    by_quarter, hidden, slanted, unmapped, unfound = _characters(page)
    common = max(by_quarter, key=lambda quarter: len(by_quarter[quarter]), default=0)
    shapes = read_shapes(page)
    left, bottom, right, top = page.get_bbox()
    corner = {q: _origin(q, left, bottom, right, top) for q in {common, *by_quarter}}
    return Marks(
        tuple(_moved(g, corner[common]) for g in by_quarter.get(common, ())),
        tuple(
            tuple((_moved(g, corner[q]), _seen_from(g, q, common, corner[common])) for g in glyphs)
            for q, glyphs in by_quarter.items()
            if q != common
        ),
        tuple(_placed(rule, common, corner[common]) for rule in shapes.rules),
        top - bottom if common % 2 else right - left,
        shapes.pictures / max(1.0, (right - left) * (top - bottom)),
        shapes.drawings,
        unmapped,
        hidden,
        slanted,
        shapes.endless,
        unfound,
    )


def _turn(x: float, y: float, quarter: int) -> Point:
    """Turn a point of the PDF's plane (y upwards) so that text written in a direction runs right, lines downwards."""
    return ((x, -y), (y, x), (-x, y), (-y, -x))[quarter]


def _origin(quarter: int, left: float, bottom: float, right: float, top: float) -> Point:
    corners = [_turn(x, y, quarter) for x in (left, right) for y in (bottom, top)]
    return min(x for x, _ in corners), min(y for _, y in corners)


def _moved(g: Glyph, corner: Point) -> Glyph:
    return g._replace(x0=g.x0 - corner[0], x1=g.x1 - corner[0], base=g.base - corner[1])


def _seen_from(g: Glyph, quarter: int, other: int, corner: Point) -> Point:
    """The middle of a glyph in a plane turned another way; to turn twice is to turn back."""
    x, y = _turn(*_turn(*g.middle, quarter), other)
    return x - corner[0], y - corner[1]


def _placed(rule: Rule, quarter: int, corner: Point) -> Rule:
    (ax, ay), (bx, by) = _turn(rule[0], rule[1], quarter), _turn(rule[2], rule[3], quarter)
    return min(ax, bx) - corner[0], min(ay, by) - corner[1], max(ax, bx) - corner[0], max(ay, by) - corner[1]


def _characters(page: Any) -> tuple[dict[int, list[Glyph]], int, int, float, int]:
    """The characters by their direction, how many are hidden and slanted, the share without a Unicode value, the pieces left out."""
    import pypdfium2.raw as pdfium

    textpage = page.get_textpage()
    try:
        handle, count = textpage.raw, pdfium.FPDFText_CountChars(textpage.raw)
        found: dict[str, dict[int, list[Glyph]]] = {kind: {} for kind in ("seen", "unseen", "slanted", "lost")}
        for kind, quarter, glyph in _all_characters(page, handle, count):
            found[kind].setdefault(quarter, []).append(glyph)
        sample = range(0, count, max(1, count // _SAMPLE))
        unmapped = sum(pdfium.FPDFText_HasUnicodeMapError(handle, i) == 1 for i in sample) / max(1, len(sample))
        unfound = _unfound(page, handle, count)
    finally:
        textpage.close()
    seen, unseen, slanted, lost = found.values()
    # A scan that was made searchable has its whole text in invisible characters.
    if _number(unseen) > _number(seen):
        for quarter, glyphs in unseen.items():
            seen.setdefault(quarter, []).extend(glyphs)
        unseen = {}
    return seen, _number(unseen) + _number(lost), _number(slanted), unmapped, unfound


def _unfound(page: Any, handle: Any, count: int) -> int:
    """How many pieces of text in fonts that the file does not hold are not among the page's characters."""
    import pypdfium2.raw as pdfium

    things = (pdfium.FPDFPage_GetObject(page.raw, i) for i in range(pdfium.FPDFPage_CountObjects(page.raw)))
    foreign = set()
    for thing in things:
        if pdfium.FPDFPageObj_GetType(thing) == pdfium.FPDF_PAGEOBJ_TEXT:
            font = pdfium.FPDFTextObj_GetFont(thing)
            if font and pdfium.FPDFFont_GetIsEmbedded(font) == 0:
                foreign.add(ctypes.addressof(thing.contents))
    if not foreign:
        return 0
    return len(foreign - {ctypes.addressof(t.contents) for i in range(count) if (t := pdfium.FPDFText_GetTextObject(handle, i))})


def _number(glyphs: dict[int, list[Glyph]]) -> int:
    return sum(not g.text.isspace() for held in glyphs.values() for g in held)


def _all_characters(page: Any, handle: Any, count: int) -> Iterator[tuple[str, int, Glyph]]:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    box, matrix, x, y = pdfium.FS_RECTF(), pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    at_box, at_matrix, at_x, at_y = (ctypes.byref(v) for v in (box, matrix, x, y))
    names: dict[int, str] = {}
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(handle, i)
        thing = pdfium.FPDFText_GetTextObject(handle, i)
        # The blanks and line ends that PDFium adds belong to no text object.
        if not thing or code in _BREAKS:
            continue
        if 0xD800 <= code < 0xE000:
            low = pdfium.FPDFText_GetUnicode(handle, i + 1) if code < 0xDC00 and i + 1 < count else 0
            paired = pdfium.FPDFText_GetUnicode(handle, i - 1) if code >= 0xDC00 and i else 0
            if 0xD800 <= paired < 0xDC00:
                continue
            code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00 if 0xDC00 <= low < 0xE000 else 0xFFFD
        pdfium.FPDFText_GetCharOrigin(handle, i, at_x, at_y)
        px, py = x.value, y.value
        pdfium.FPDFText_GetMatrix(handle, i, at_matrix)
        pdfium.FPDFText_GetLooseCharBox(handle, i, at_box)
        if not math.isfinite(box.left + box.right + box.bottom + box.top + matrix.a + matrix.b + matrix.c + matrix.d):
            continue
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) / 90
        quarter = round(angle) % 4
        size = pdfium.FPDFText_GetFontSize(handle, i) * math.hypot(matrix.c, matrix.d)
        high_box = box.right - box.left if quarter % 2 else box.top - box.bottom
        # Fonts with a coordinate system of their own (Type 3) have sizes that say nothing.
        if not high_box / 3 < size < high_box * 3:
            size = high_box
        start, base = _turn(px, py, quarter)
        end = max(_turn(box.left, box.bottom, quarter)[0], _turn(box.right, box.top, quarter)[0])
        font = pdfium.FPDFTextObj_GetFont(thing)
        key = ctypes.addressof(font.contents) if font else 0
        if key not in names:
            names[key] = _name(font)
        if size < 1 or end <= start or not (left <= px <= right and bottom <= py <= top):
            kind = "lost"
        elif abs(angle - round(angle)) > _ASLANT:
            kind = "slanted"
        else:
            kind = "unseen" if pdfium.FPDFTextObj_GetTextRenderMode(thing) in (3, 7) else "seen"
        text = chr(code)
        if code < 0x20:
            text = "-" if pdfium.FPDFText_IsHyphen(handle, i) == 1 else "\ufffd"
        if "\ue000" <= text <= "\uf8ff":
            text = symbol(text, names[key].removesuffix("MT").partition("-")[0]) or text
        yield kind, quarter, Glyph(text, start, end, base, size, names[key])


def _name(font: Any) -> str:
    import pypdfium2.raw as pdfium

    if not font:
        return ""
    room = ctypes.create_string_buffer(256)
    pdfium.FPDFFont_GetBaseFontName(font, room, len(room))
    return room.value.decode("utf-8", "replace").rpartition("+")[2]

"""Take the straight lines, and how much is drawn and covered by pictures, out of one page of a PDF."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Point = tuple[float, float]
Rule = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

_UNIT: Matrix = (1, 0, 0, 1, 0, 0)
# Forms inside forms, and corners of shapes, beyond which no more is looked at.
_DEPTH, _POINTS = 5, 40_000
# Points: a filled shape no thicker than this stands for a line.
_THIN = 3.0
# Colours from here on cannot be told from white paper.
_WHITE = 250


@dataclass(frozen=True, slots=True)
class Shapes:
    """What is drawn on a page, in the PDF's own plane.

    `rules` straight lines as (x0, y0, x1, y1) · `pictures` square points that images cover · `drawings` number of drawn shapes ·
    `endless` whether shapes were left out for their number.
    """

    rules: tuple[Rule, ...]
    pictures: float
    drawings: int
    endless: bool


def read_shapes(page: Any) -> Shapes:
    """Return what is drawn on a page (a pypdfium2 `PdfPage`), inside forms too; white shapes are not seen and left out."""
    import pypdfium2.raw as pdfium

    rules: list[Rule] = []
    pictures, drawings, points = 0.0, 0, 0
    for kind, thing, (a, b, c, d, e, f) in _objects(page):
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            pictures += abs(a * d - b * c)
            continue
        drawings += 1
        if points < _POINTS:
            stroked, filled = _drawn(thing)
            if not stroked and not filled:
                continue
            for path in _paths(thing):
                points += len(path)
                corners = [(x * a + y * c + e, x * b + y * d + f) for x, y in path]
                rules += _strokes(corners) if stroked else _bar(corners)
    return Shapes(tuple(rules), pictures, drawings, points >= _POINTS)


def _objects(page: Any) -> Iterator[tuple[int, Any, Matrix]]:
    """Every object of a page, those inside forms too, with the matrix that puts it on the page."""
    import pypdfium2.raw as pdfium

    own = pdfium.FS_MATRIX()
    waiting: list[tuple[Any, bool, Matrix, int]] = [(page.raw, False, _UNIT, 0)]
    while waiting:
        holder, is_form, (a, b, c, d, e, f), depth = waiting.pop()
        count = (pdfium.FPDFFormObj_CountObjects if is_form else pdfium.FPDFPage_CountObjects)(holder)
        get = pdfium.FPDFFormObj_GetObject if is_form else pdfium.FPDFPage_GetObject
        for i in range(count):
            thing = get(holder, i)
            kind = pdfium.FPDFPageObj_GetType(thing)
            if kind not in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM):
                continue
            pdfium.FPDFPageObj_GetMatrix(thing, own)
            m, n, o, p, q, r = own.a, own.b, own.c, own.d, own.e, own.f
            on_page = (m * a + n * c, m * b + n * d, o * a + p * c, o * b + p * d, q * a + r * c + e, q * b + r * d + f)
            if kind != pdfium.FPDF_PAGEOBJ_FORM:
                yield kind, thing, on_page
            elif depth < _DEPTH:
                waiting.append((thing, True, on_page, depth + 1))


def _drawn(thing: Any) -> tuple[bool, bool]:
    """Whether a path is stroked and whether it is filled, in a colour that shows on white paper."""
    import pypdfium2.raw as pdfium

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(thing, fill, stroke)
    return (
        bool(stroke.value) and _shows(pdfium.FPDFPageObj_GetStrokeColor, thing),
        bool(fill.value) and _shows(pdfium.FPDFPageObj_GetFillColor, thing),
    )


def _shows(colour_of: Any, thing: Any) -> bool:
    red, green, blue, opaque = (ctypes.c_uint() for _ in range(4))
    known = colour_of(thing, red, green, blue, opaque)
    return not known or (opaque.value > 0 and min(red.value, green.value, blue.value) < _WHITE)


def _paths(thing: Any) -> Iterator[list[Point]]:
    """The corners of every stretch of a path that is drawn in one go; curves break it."""
    import pypdfium2.raw as pdfium

    x, y = ctypes.c_float(), ctypes.c_float()
    path: list[Point] = []
    for i in range(min(pdfium.FPDFPath_CountSegments(thing), _POINTS)):
        segment = pdfium.FPDFPath_GetPathSegment(thing, i)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind != pdfium.FPDF_SEGMENT_LINETO and path:
            yield path
            path = []
        path.append((x.value, y.value))
        if kind == pdfium.FPDF_SEGMENT_LINETO and pdfium.FPDFPathSegment_GetClose(segment):
            path.append(path[0])
    if path:
        yield path


def _strokes(corners: list[Point]) -> Iterator[Rule]:
    for (ax, ay), (bx, by) in pairwise(corners):
        length = abs(ax - bx) + abs(ay - by)
        if 1 <= length < math.inf and (abs(ax - bx) < 1 or abs(ay - by) < 1):
            yield ax, ay, bx, by


def _bar(corners: list[Point]) -> Iterator[Rule]:
    """A filled shape so thin that it stands for a line."""
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    if right - left <= _THIN < top - bottom < math.inf:
        yield (left + right) / 2, bottom, (left + right) / 2, top
    elif top - bottom <= _THIN < right - left < math.inf:
        yield left, (bottom + top) / 2, right, (bottom + top) / 2

"""A native bar chart for Word, with the workbook behind it, so that it can be edited in Word and WPS."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import cycle
from typing import Any

from ..codebook import Codebook
from ..resources import data
from .figures import themed_roles
from .safe import Cleaner
from .told import Figure

_SHEET = "Sheet1"
_COLOURS = ("#A8321B", "#8FB4CE", "#6B6B6B", "#D9A441")
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Millimetres: the width of the text, and the height of a theme and of the rest.
_WIDTH, _THEME, _REST = 156.0, 7.2, 24.0
_EMU = 36_000


def add_chart(paragraph: Any, book: Codebook, order: Sequence[str], figures: Mapping[tuple[str, str], Figure], alt: str) -> None:
    """Put a chart of the shares of reports into a paragraph: a group of bars a theme, a bar a role, whiskers where there is an interval."""
    from docx.opc.constants import RELATIONSHIP_TYPE as RT
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    package = paragraph.part.package
    workbook = Part(PackURI("/word/embeddings/Microsoft_Excel_Sheet1.xlsx"), _BOOK_TYPE, _workbook(book, order, figures, False), package)
    chart = Part(PackURI("/word/charts/chart1.xml"), _CHART_TYPE, None, package)
    chart._blob = _chart_xml(_workbook(book, order, figures, True), chart.relate_to(workbook, RT.PACKAGE))
    to_chart = paragraph.part.relate_to(chart, RT.CHART)
    high = (_REST + _THEME * len(order)) * _EMU
    inline = parse_xml(
        f'<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:a="{_DRAWING}" xmlns:r="{_RELATIONS}" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{_WIDTH * _EMU:.0f}" cy="{high:.0f}"/>'
        '<wp:effectExtent l="0" t="0" r="0" b="0"/><wp:docPr id="1" name="Chart 1"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{_CHART}"><c:chart xmlns:c="{_CHART}" r:id="{to_chart}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
    inline.find(".//{*}docPr").set("descr", alt)
    paragraph.add_run()._r.append(inline)


def colours() -> Iterator[str]:
    """Yield the colours of the roles in turn, as six hexadecimal digits.

    >>> next(colours())
    'A8321B'
    """
    return (colour.removeprefix("#") for colour in cycle(_COLOURS))


def _workbook(book: Codebook, order: Sequence[str], figures: Mapping[tuple[str, str], Figure], charted: bool) -> bytes:
    """The numbers of the chart as a workbook: themes, shares, and how far the whiskers reach down and up; with the chart, or without."""
    import xlsxwriter

    buffer, clean, roles = io.BytesIO(), Cleaner(), themed_roles(book)
    words = data("summary.yaml")["chart"]
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
        made.set_properties({"author": "gongkai", "created": datetime(1980, 1, 1)})
        sheet, percent = made.add_worksheet(_SHEET), made.add_format({"num_format": "0%"})
        sheet.write_string(0, 0, words["theme"])
        for i, theme in enumerate(order, 1):
            sheet.write_string(i, 0, clean.cell(book.label(theme)))
        for r, role in enumerate(roles):
            places = {"value": 1 + r, "down": 1 + len(roles) + 2 * r, "up": 2 + len(roles) + 2 * r}
            for name, c in places.items():
                sheet.write_string(0, c, clean.cell(words[name].format(role=book.label(role))))
            for i, theme in enumerate(order, 1):
                of = figures[role, theme]
                for name, value in zip(places, (of.value or 0.0, *_reach(of)), strict=True):
                    sheet.write_number(i, places[name], value, percent)
        sheet.set_column(0, 0, 20)
        if charted:
            reaches = [[_reach(figures[role, theme]) for theme in order] for role in roles]
            sheet.insert_chart(0, 0, _bars(made, reaches, _top(figures.values())))
    return buffer.getvalue()


def _reach(of: Figure) -> tuple[float, float]:
    """How far the whiskers reach down and up; nowhere where there is no interval."""
    return (0.0, 0.0) if of.value is None or of.low is None or of.high is None else (of.value - of.low, of.high - of.value)


def _top(figures: Iterable[Figure]) -> float:
    """Where the scale ends: the fifth above the largest share and interval."""
    return max(0.2, math.ceil(max((max(f.value or 0.0, f.high or 0.0) for f in figures), default=0.0) * 5 - 1e-9) / 5)


def _bars(made: Any, reaches: Sequence[Sequence[tuple[float, float]]], top: float) -> Any:
    from xlsxwriter.utility import xl_range_abs

    chart = made.add_chart({"type": "bar"})
    n, roles = len(reaches[0]), len(reaches)
    for r, reach in enumerate(reaches):
        first = 1 + roles + 2 * r
        bars: dict[str, Any] = {"type": "custom", "end_style": 1, "line": {"color": "#404040", "width": 0.75}}
        for k, name in enumerate(("minus", "plus")):
            bars |= {f"{name}_values": f"={_SHEET}!{xl_range_abs(1, first + k, n, first + k)}", f"{name}_data": [ends[k] for ends in reach]}
        chart.add_series(
            {
                "name": [_SHEET, 0, 1 + r],
                "categories": [_SHEET, 1, 0, n, 0],
                "values": [_SHEET, 1, 1 + r, n, 1 + r],
                "fill": {"color": _COLOURS[r % len(_COLOURS)]},
                "gap": 45,
                "overlap": 0,
                "y_error_bars": bars,
            }
        )
    # The first theme stands on top, the scale below.
    chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": {"size": 10}, "major_tick_mark": "none"})
    lines = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}
    chart.set_x_axis({"min": 0, "max": top, "major_unit": top / 5, "num_format": "0%", "num_font": {"size": 10}, "major_gridlines": lines})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    return chart


def _chart_xml(workbook: bytes, relation: str) -> bytes:
    """The chart of a workbook, its typefaces named, tied to the workbook by a relation of its own."""
    from lxml import etree

    fonts = data("summary.yaml")["fonts"]
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        root = etree.fromstring(parts.read("xl/charts/chart1.xml"))
    end = root.find(f"{{{_CHART}}}printSettings")
    texts = '<a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="1000"/></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>'
    for xml in (
        f'<c:txPr xmlns:c="{_CHART}" xmlns:a="{_DRAWING}">{texts}</c:txPr>',
        f'<c:externalData xmlns:c="{_CHART}" xmlns:r="{_RELATIONS}" r:id="{relation}"><c:autoUpdate val="0"/></c:externalData>',
    ):
        end.addprevious(etree.fromstring(xml))
    root.remove(end)
    for properties in root.iter(f"{{{_DRAWING}}}defRPr"):
        for script, name in (("latin", fonts["latin"]["name"]), ("ea", fonts["table"]["name"])):
            etree.SubElement(properties, f"{{{_DRAWING}}}{script}").set("typeface", name)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

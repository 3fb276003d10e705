"""Parts of Word documents: page, paragraphs, numbering, merged tables, text boxes, page numbers."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from sample_reports import Paragraph
from statutory_forms import Box, Table

_FONTS = {"title": "方正小标宋简体", "heading": "黑体", "subheading": "楷体_GB2312", "cell": "宋体"}
_BODY = "仿宋_GB2312"
_LIST, _STYLE = 77, "公文一级标题"
# Widths of the columns in twentieths of a point.
_WIDTHS = {"proactive": [2210] * 4, "requests": [450, 900, 2450, *[720] * 7], "litigation": [590] * 15}


def document(size: int, right: int = 26) -> Any:
    """An empty A4 document with a running page number, its text in `size` points, `right` millimetres free on the right."""
    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(right)
    style = made.styles["Normal"]
    style.font.size = Pt(size)
    _font(style.element.get_or_add_rPr(), _BODY)
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("- ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    field.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>1</w:t></w:r>"))
    foot._p.append(field)
    foot.add_run(" -")
    return made


def _font(properties: Any, name: str) -> None:
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:ascii"), "Times New Roman")
    fonts.set(qn("w:hAnsi"), "Times New Roman")
    fonts.set(qn("w:eastAsia"), name)


def paragraph(made: Any, block: Paragraph, *, level: int | None = None, styled: bool = False, indent: bool = True) -> None:
    """Add a paragraph in the type of its kind; with `level` Word numbers it, by its style or by itself."""
    new = made.add_paragraph(style=_STYLE if styled and level is not None else None)
    form = new.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = Pt(34 if block.kind == "title" else 28)
    if block.kind == "title":
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif block.kind == "signature":
        form.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    elif indent:
        form.first_line_indent = 2 * made.styles["Normal"].font.size
    # Word begins a run where the script changes.
    for part in re.findall(r"\n|[!-~]+|[^\n!-~]+", block.text):
        run = new.add_run() if part == "\n" else new.add_run(part)
        if part == "\n":
            run.add_break()
        _font(run._r.get_or_add_rPr(), _FONTS.get(block.kind, _BODY))
        if block.kind == "title":
            run.font.size = Pt(22)
    if level is not None and not styled:
        _number(new._p.get_or_add_pPr(), level)


def _number(properties: Any, level: int | None) -> None:
    number = properties.get_or_add_numPr()
    if level is not None:
        number.get_or_add_ilvl().val = level
    number.get_or_add_numId().val = _LIST


def numbering(made: Any, styled: bool) -> None:
    """Define the list 一、（一）; with `styled` a style of headings carries it."""
    part = made.part.numbering_part.element
    linked = f'<w:pStyle w:val="{_STYLE}"/>' if styled else ""
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/>{"" if n else linked}'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{mark}"/><w:lvlJc w:val="left"/></w:lvl>'
        for n, mark in enumerate(("%1、", "（%2）"))
    )
    xml = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{_LIST}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    part.insert(0, parse_xml(xml))
    part.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{_LIST}"><w:abstractNumId w:val="{_LIST}"/></w:num>'))
    if styled:
        style = made.styles.add_style(_STYLE, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = made.styles["Normal"]
        _number(style.element.get_or_add_pPr(), None)


def table(made: Any, given: Table, *, whole: bool) -> None:
    """Add a ruled table with its cells merged as in the statutory form; `whole` rows do not run over the end of a page."""
    height = f'<w:trPr>{"<w:cantSplit/>" if whole else ""}<w:trHeight w:val="420"/></w:trPr>'
    widths = _WIDTHS[given.name]
    sides = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    above: dict[int, Box] = {}
    rows = []
    for boxes in given.rows():
        at, cells = 0, []
        for box in boxes:
            above[at] = box or above[at]
            cells.append(_cell(above[at], sum(widths[at : at + above[at].columns]), continued=box is None))
            at += above[at].columns
        rows.append(f"<w:tr>{height}{''.join(cells)}</w:tr>")
    properties = f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{sides}</w:tblBorders>'
    xml = f'<w:tbl {nsdecls("w")}>{properties}<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    made.element.body.insert(len(made.element.body) - 1, parse_xml(xml))


def _cell(box: Box, width: int, *, continued: bool) -> str:
    merged = '<w:vMerge w:val="restart"/>' if box.rows > 1 and not continued else "<w:vMerge/>" if continued else ""
    spans = f'<w:gridSpan w:val="{box.columns}"/>' if box.columns > 1 else ""
    run = f'<w:rPr><w:rFonts w:ascii="宋体" w:hAnsi="宋体" w:eastAsia="{_FONTS["cell"]}"/><w:sz w:val="18"/></w:rPr>'
    form = '<w:pPr><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr>'
    lines = [""] if continued else box.text.split("\n")
    inside = "".join(f'<w:p>{form}<w:r>{run}<w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spans}{merged}<w:vAlign w:val="center"/></w:tcPr>{inside}</w:tc>'


def text_box(made: Any, text: str) -> None:
    """Add a paragraph that carries nothing but a text box, with the older drawing as Word's second choice."""
    inside = f"<w:txbxContent><w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p></w:txbxContent>"
    spaces = (
        f'{nsdecls("w", "wp", "a")} xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    )
    shape = (
        '<wp:anchor distT="0" distB="0" distL="114300" distR="114300" simplePos="0" relativeHeight="2" behindDoc="0" locked="0" '
        'layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="column"><wp:posOffset>0</wp:posOffset>'
        '</wp:positionH><wp:positionV relativeFrom="paragraph"><wp:posOffset>0</wp:posOffset></wp:positionV>'
        '<wp:extent cx="5600000" cy="700000"/><wp:wrapTopAndBottom/><wp:docPr id="7" name="文本框 7"/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/>'
        '<wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="5600000" cy="700000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f"</wps:spPr><wps:txbx>{inside}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor>"
    )
    older = f'<w:pict><v:shape style="width:441pt;height:55pt"><v:textbox>{inside}</v:textbox></v:shape></w:pict>'
    choice = f'<mc:Choice Requires="wps"><w:drawing>{shape}</w:drawing></mc:Choice><mc:Fallback>{older}</mc:Fallback>'
    run = parse_xml(f"<w:r {spaces}><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>")
    made.add_paragraph()._p.append(run)


def saved(made: Any) -> bytes:
    """The document as bytes."""
    buffer = BytesIO()
    made.save(buffer)
    return buffer.getvalue()

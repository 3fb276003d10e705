"""Web pages: of a present-day content system, of an old table layout in GBK, and as Word saves a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from sample_reports import Paragraph, Sample
from statutory_forms import Box, Table

PAGES = Path(__file__).parent / "pages"


def _page(name: str, sample: Sample, content: list[str], encoding: str) -> bytes:
    body, year = sample.name[:-5], int(sample.name[-5:-1])
    published = next(b.text for b in sample.blocks if isinstance(b, Paragraph) and b.kind == "published")
    title = "".join(b.text for b in sample.blocks if isinstance(b, Paragraph) and b.kind == "title")
    words = {"body": body, "title": escape(title), "published": published, "before": year - 1, "after": year + 1}
    return Template((PAGES / f"{name}.html").read_text("utf-8")).substitute(words, content="\n".join(content)).encode(encoding)


def _rows(table: Table, cell: Callable[[Box], str], row: str) -> str:
    rows = ["".join(cell(box) for box in boxes if box) for boxes in table.rows()]
    return "".join(f"{row}\n{cells}</{row.strip('<>').split()[0]}>\n" for cells in rows)


def _spans(box: Box) -> str:
    return (f' rowspan="{box.rows}"' if box.rows > 1 else "") + (f' colspan="{box.columns}"' if box.columns > 1 else "")


def cms(sample: Sample) -> bytes:
    """A page of a content system of today: UTF-8, menus, breadcrumbs, the report in a TRS_Editor."""
    content = []
    for block in sample.blocks:
        if isinstance(block, Table):
            content.append(_cms_table(block, sample.turn))
        elif block.kind == "heading":
            bold = f"<strong>{escape(block.text)}</strong>"
            content.append(f'<p style="text-indent:2em"><span style="font-family:黑体">{bold}</span></p>')
        elif block.kind == "signature":
            content.append(f'<p style="text-align:right">{escape(block.text)}</p>')
        elif block.kind in ("text", "subheading"):
            indent = "　　" if sample.turn % 2 else ""
            content.append(f'<p style="text-indent:2em">{indent}<span style="font-size:12pt">{escape(block.text)}</span></p>')
    return _page("cms", sample, content, "utf-8")


def _cms_table(table: Table, turn: int) -> str:
    def cell(box: Box) -> str:
        lines = box.text.split("\n")
        inside = "<br/>".join(map(escape, lines)) if turn % 2 else "".join(f'<p style="text-align:center">{escape(t)}</p>' for t in lines)
        return f'<td style="border:1px solid #000;padding:0 7px"{_spans(box)}>{inside}</td>\n'

    return f'<table style="border-collapse:collapse" width="100%"><tbody>{_rows(table, cell, "<tr>")}</tbody></table>'


def old(sample: Sample) -> bytes:
    """A page of the table age: declared gb2312, the report in a cell of a cell, line breaks for paragraphs."""

    def cell(box: Box) -> str:
        inside = escape(box.text).replace("\n", "<BR>") or "&nbsp;"
        spans = _spans(box).replace('"', "").replace("rowspan", "rowSpan").replace("colspan", "colSpan")
        return f"<TD align=middle{spans}><FONT size=2>{inside}</FONT></TD>"

    content = []
    for block in sample.blocks:
        if isinstance(block, Table):
            content.append(
                f"<TABLE borderColor=#000000 cellSpacing=0 width='98%' align=center border=1>{_rows(block, cell, '<TR>')}</TABLE>"
            )
        elif block.kind in ("text", "subheading", "signature", "heading"):
            inside = escape(block.text)
            inside = f"<B>{inside}</B>" if block.kind == "heading" else inside
            content.append(f"&nbsp;&nbsp;&nbsp;&nbsp;{inside}<BR>" if sample.turn % 2 else f"<P>　　{inside}")
    return _page("old", sample, content, "gb18030")


def word(sample: Sample) -> bytes:
    """A page as Word saves it: spans of marked languages, conditional comments, lists numbered by Word itself."""

    def cell(box: Box) -> str:
        inside = "".join(
            f"<p class=MsoNormal\n  align=center style='text-align:center;line-height:20.0pt'>{_spanned(t, 10)}</p>"
            for t in box.text.split("\n")
        )
        spans = _spans(box).replace('"', "")
        style = "width:46.5pt;border:solid windowtext 1.0pt;\n  padding:0cm 5.4pt 0cm 5.4pt"
        return f"  <td width=62{spans} style='{style}'>\n  {inside}\n  </td>\n"

    content = []
    for block in sample.blocks:
        if isinstance(block, Table):
            opened = "<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0\n style='border-collapse:collapse'>"
            content.append(f"{opened}\n{_rows(block, cell, ' <tr>')}</table>")
        elif block.kind == "title":
            content.append(f"<p class=MsoNormal align=center style='text-align:center'><b>{_spanned(block.text, 22)}</b></p>")
        elif block.kind == "heading" and sample.turn % 2 == 0:
            content.append(_numbered(block.text))
        elif block.kind != "published":
            align = " align=right" if block.kind == "signature" else ""
            content.append(f"<p class=MsoNormal{align} style='text-indent:32.0pt;mso-char-indent-count:2.0'>{_spanned(block.text, 16)}</p>")
    return _page("word", sample, content, "gb18030")


def _spanned(text: str, size: int) -> str:
    """Text in spans by script, as Word marks it; an empty paragraph holds a blank."""
    if not text:
        return "<span\nlang=EN-US><o:p>&nbsp;</o:p></span>"
    parts = re.findall(r"[!-~]+|[^!-~]+", text)
    latin, han = "<span\nlang=EN-US style='font-size:{}.0pt'>{}</span>", "<span\nstyle='font-size:{}.0pt;font-family:仿宋_GB2312'>{}</span>"
    spans = [(latin if part[0] <= "~" else han).format(size, escape(part)) for part in parts]
    return "".join(spans).replace("\xa0", "&nbsp;") + "<span lang=EN-US><o:p></o:p></span>"


def _numbered(heading: str) -> str:
    number, name = heading[:2], heading[2:]
    mark = f"<span style='mso-list:Ignore'>{number}<span style='font:7.0pt \"Times New Roman\"'>&nbsp; </span></span>"
    listed = f"<![if !supportLists]><span\nlang=EN-US style='font-family:黑体'>{mark}</span><![endif]>"
    return f"<p class=MsoNormal style='margin-left:36.0pt;text-indent:-36.0pt;mso-list:l0 level1 lfo1'>{listed}{_spanned(name, 16)}</p>"

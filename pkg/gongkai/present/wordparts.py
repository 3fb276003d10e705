"""The page and the typefaces of a Word document after GB/T 9704-2012, page numbers, and a file that is the same every time."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

from ..resources import data

_KEPT = {
    "Normal", "Title", "Heading 1", "Heading 2", "Caption", "Quote", "Footer", "Table Grid", "Normal Table", "Default Paragraph Font",
    "No List",
}  # fmt: skip
_MADE = datetime(1980, 1, 1)
_LINE = 28
_SHED = ("thumbnail", "extended-properties", "stylesWithEffects", "customXml", "numbering")


def document() -> Any:
    """Return an empty document: A4, margins, styles and page numbers as the standard has them, typefaces by name.

    Styles: Normal (body), Title, Heading 1 and 2, Quote, Caption, and those of `summary.yaml` called mark, table and table_head.
    """
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm

    made = Document()
    for holder in (made.part, made.part.package):
        for key, relation in list(holder.rels.items()):
            if relation.reltype.rpartition("/")[2] in _SHED:
                del holder.rels[key]
    for style in list(made.styles.element.style_lst):
        if style.name_val not in {name.lower() if name.startswith(("Heading", "Caption", "Footer")) else name for name in _KEPT}:
            made.styles.element.remove(style)
    for name in ("mark", "table", "table_head", "page"):
        made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = made.styles["Normal"]
    _style(made, "Normal", "body", indent=2, align="both")
    _style(made, "Title", "title", align="center", before=_LINE, after=_LINE, keep=True)
    _style(made, "Heading 1", "heading1", indent=2, outline=0, keep=True)
    _style(made, "Heading 2", "heading2", indent=2, outline=1, keep=True)
    _style(made, "Quote", "quote", indent=2, align="both")
    _style(made, "Caption", "caption", align="center", line=20, after=10)
    _style(made, "mark", "mark")
    _style(made, "table", "table", align="center", line=18)
    _style(made, "table_head", "table_head", align="center", line=18)
    _style(made, "page", "page", line=20)
    page = made.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    page.header_distance, page.footer_distance = Mm(15), Mm(21)
    made.settings.odd_and_even_pages_header_footer = True
    _number(page.footer, "right")
    _number(page.even_page_footer, "left")
    _language(made)
    _font_table(made)
    return made


def _style(
    made: Any, name: str, font: str, *, indent: int = 0, align: str = "left", line: int = _LINE, before: int = 0, after: int = 0,
    outline: int | None = None, keep: bool = False,
) -> None:  # fmt: skip
    """Give a style its typeface and its paragraph, and nothing of what it had before."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    of = data("summary.yaml")["fonts"][font]
    latin = of["name"] if font == "page" else data("summary.yaml")["fonts"]["latin"]["name"]
    element = made.styles[name].element
    for tag in ("pPr", "rPr", "link"):
        for old in element.findall(f"{{*}}{tag}"):
            element.remove(old)
    keeping = "<w:keepNext/><w:keepLines/>" if keep else ""
    level = f'<w:outlineLvl w:val="{outline}"/>' if outline is not None else ""
    element.append(
        parse_xml(
            f'<w:pPr {nsdecls("w")}>{keeping}<w:spacing w:before="{before * 20}" w:after="{after * 20}" w:line="{line * 20}" '
            f'w:lineRule="exact"/><w:ind w:firstLineChars="{indent * 100}" w:firstLine="{indent * of["size"] * 20}"/>'
            f'<w:jc w:val="{align}"/>{level}</w:pPr>'
        )
    )
    element.append(
        parse_xml(
            f'<w:rPr {nsdecls("w")}><w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}" w:eastAsia="{of["name"]}"/>'
            f'<w:b w:val="0"/><w:i w:val="0"/><w:color w:val="000000"/><w:sz w:val="{of["size"] * 2}"/><w:szCs w:val="{of["size"] * 2}"/>'
            "</w:rPr>"
        )
    )


def add_run(paragraph: Any, text: str, bold: bool = False, font: str | None = None) -> Any:
    """Add text to a paragraph and return its run; signs that two scripts share (“ ” — …) are taken for Chinese ones."""
    from docx.oxml.ns import qn

    run = paragraph.add_run(text)
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()
    if font:
        fonts.set(qn("w:eastAsia"), data("summary.yaml")["fonts"][font]["name"])
    fonts.set(qn("w:hint"), "eastAsia")
    if bold:
        run.bold = True
    return run


def _number(footer: Any, side: str) -> None:
    """The page number “— 1 —”, a character away from the outer edge."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = "page"
    properties = paragraph._p.get_or_add_pPr()
    properties.append(parse_xml(f'<w:ind {nsdecls("w")} w:{side}Chars="100" w:{side}="280" w:firstLineChars="0" w:firstLine="0"/>'))
    properties.append(parse_xml(f'<w:jc {nsdecls("w")} w:val="{side}"/>'))
    add_run(paragraph, "— ")
    field = [f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate", "end")]
    for xml in (field[0], "<w:instrText>PAGE</w:instrText>", field[1], "<w:t>1</w:t>", field[2]):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{xml}</w:r>"))
    add_run(paragraph, " —")


def _language(made: Any) -> None:
    from docx.oxml.ns import qn

    for holder in (made.styles.element, made.settings.element):
        for found in (*holder.iter(qn("w:lang")), *holder.iter(qn("w:themeFontLang"))):
            found.set(qn("w:eastAsia"), "zh-CN")
    # Word would open the file in its mode for older versions.
    for setting in made.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    for preview in made.settings.element.findall(qn("w:savePreviewPicture")):
        made.settings.element.remove(preview)


def _font_table(made: Any) -> None:
    """Name the typeface to take where one is not installed."""
    from xml.sax.saxutils import quoteattr

    fonts = {f["name"]: f["instead"] for f in data("summary.yaml")["fonts"].values()}
    named = "".join(
        f"<w:font w:name={quoteattr(name)}>"
        + (f'<w:altName w:val={quoteattr(instead)}/><w:charset w:val="86"/>' if instead != name else "")
        + "</w:font>"
        for name, instead in fonts.items()
    )
    part = next(r.target_part for r in made.part.rels.values() if r.reltype.endswith("/fontTable"))
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts xmlns:w='
    part._blob = f'{head}"http://schemas.openxmlformats.org/wordprocessingml/2006/main">{named}</w:fonts>'.encode()


def saved(made: Any, title: str) -> bytes:
    """Return a document as the bytes of a file that tells nothing of the hour."""
    about = made.core_properties
    about.title, about.author, about.last_modified_by, about.comments, about.language = title, "gongkai", "gongkai", "", "zh-CN"
    about.created = about.modified = _MADE
    raw, out = io.BytesIO(), io.BytesIO()
    made.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()

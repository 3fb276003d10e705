"""Reading .docx: what a reader of the page sees, in order, with automatic numbers and merged cells; hostile files are refused."""

from __future__ import annotations

import re
import struct
import zipfile
from io import BytesIO

import docx
import docx.document
import pytest
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.read.extract import ReadError
from gongkai.read.limits import Limits
from gongkai.read.numerals import numeral
from gongkai.read.word import read_docx

W = nsdecls("w")
NAMESPACES = (
    f"{nsdecls('w', 'wp', 'a', 'pic', 'r')} "
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)


def packed(members: dict[str, bytes | str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def saved(made: docx.document.Document) -> bytes:
    out = BytesIO()
    made.save(out)
    return out.getvalue()


EMPTY = members(saved(docx.Document()))


def word(body: str, numbering: str = "", styles: str = "") -> bytes:
    """A .docx of python-docx with this body, these numberings, and these styles besides its own."""
    parts = {
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/numbering.xml": f"<w:numbering {W}>{numbering}</w:numbering>",
        "word/styles.xml": EMPTY["word/styles.xml"].replace(b"</w:styles>", styles.encode() + b"</w:styles>"),
    }
    return packed(EMPTY | parts)


def read(raw: bytes, **limits: int):
    return read_docx(raw, Limits(**limits))


def lines(raw: bytes) -> list[str]:
    return read(raw).text.splitlines()


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


INSTRUCTION = "<w:r><w:instrText> PAGEREF _Toc1 </w:instrText></w:r>"
INLINE = [
    (r("信息") + r("公开"), "信息公开"),
    (f"<w:ins>{r('更新')}</w:ins><w:del><w:r><w:delText>滞后</w:delText></w:r></w:del>{r('及时')}", "更新及时"),
    (f"<w:moveFrom>{r('旧')}</w:moveFrom><w:moveTo>{r('新')}</w:moveTo>", "新"),
    (f"<w:hyperlink>{r('链接')}</w:hyperlink><w:smartTag>{r('青禾镇')}</w:smartTag>", "链接青禾镇"),
    (f"<w:sdt><w:sdtPr><w:alias w:val='题'/></w:sdtPr><w:sdtContent>{r('控件')}</w:sdtContent></w:sdt>", "控件"),
    (f"<w:fldSimple w:instr='DATE'>{r('2024年')}</w:fldSimple>", "2024年"),
    (char("begin") + INSTRUCTION + char("separate") + r("12") + char("end") + r("页"), "12页"),
    (
        char("begin") + char("begin") + INSTRUCTION + char("separate") + r("内") + char("end") + char("separate") + r("外") + char("end"),
        "外",
    ),
    (r("显") + r("隐", "<w:vanish/>") + r("现", '<w:vanish w:val="0"/>'), "显现"),
    (r("显") + r("隐", '<w:rStyle w:val="Secret"/>') + r("现", '<w:rStyle w:val="Secret"/><w:vanish w:val="false"/>'), "显现"),
    ("<w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t></w:r>", "甲\t乙"),
    ("<w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:cr/><w:t>丙</w:t></w:r>", "甲\n乙\n丙"),
    ("<w:r><w:t>e</w:t><w:softHyphen/><w:noBreakHyphen/><w:t>mail</w:t></w:r>", "e-mail"),
    ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:t>主动公开</w:t></w:r>', "☑主动公开"),
    (
        '<w:r><w:sym w:font="Webdings" w:char="F001"/><w:sym w:char="2116"/><w:sym w:char="D800"/><w:sym w:char="x"/><w:sym/></w:r>',
        "\uf001№",
    ),
    (r("脚注") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + r("之后"), "脚注之后"),
    (f"<w:r><w:ruby><w:rt>{r('qīng')}</w:rt><w:rubyBase>{r('青')}</w:rubyBase></w:ruby></w:r>", "青"),
    (f"<m:oMath><m:r><m:t>100%</m:t></m:r></m:oMath>{r('办结')}", "100%办结"),
    ("<w:pPr><w:tabs><w:tab w:val='left' w:pos='420'/></w:tabs></w:pPr>" + r("缩进"), "缩进"),
    (char("begin") + "<w:r><w:instrText>PAGE</w:instrText></w:r>" + r("失"), ""),
]
SECRET = '<w:style w:type="character" w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'


@pytest.mark.parametrize(("runs", "expected"), INLINE)
def test_runs(runs, expected):
    assert read(word(f"<w:p>{runs}</w:p>{p('尾')}", styles=SECRET)).text == f"{expected}\n尾\n"


def box(text: str) -> str:
    return f"<w:txbxContent>{text}</w:txbxContent>"


BOTH = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic><a:graphicData><wps:wsp><wps:txbx>{0}</wps:txbx>'
    "</wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{0}</v:textbox>"
    "</v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
)
OLD = "<w:r><w:pict><v:shape><v:textbox>{0}</v:textbox></v:shape></w:pict></w:r>"
INNER = f"<w:p>{BOTH.format(box(p('内框')))}{r('外框')}</w:p>"
DELETED = "<w:rPr><w:del w:id='1'/></w:rPr>"
BLOCKS = [
    (f"<w:sdt><w:sdtContent>{p('一、总体情况')}{p('平稳。')}</w:sdtContent></w:sdt>", ["一、总体情况", "平稳。"]),
    (f"<w:p>{r('锚')}{BOTH.format(box(p('框一') + p('框二')))}{r('点')}</w:p>{p('后')}", ["锚点", "框一", "框二", "后"]),
    (f"<w:p>{OLD.format(box(p('旧框')))}</w:p>{p('后')}", ["", "旧框", "后"]),
    (f"<w:p>{r('锚')}{OLD.format(box(INNER))}</w:p>", ["锚", "外框", "内框"]),
    ('<w:p><w:r><w:pict><v:shape><v:textpath string="红头文件"/></v:shape></w:pict></w:r></w:p>', ["", "红头文件"]),
    (f"<w:customXml>{p('甲')}</w:customXml>{p('')}{p('乙')}", ["甲", "", "乙"]),
    # A paragraph whose mark was deleted runs on; one deleted as a whole leaves nothing.
    (p("信息", DELETED) + p("公开"), ["信息公开"]),
    (f"<w:p><w:pPr>{DELETED}</w:pPr><w:del><w:r><w:delText>去</w:delText></w:r></w:del></w:p>{p('留')}", ["留"]),
    (p("存在问题", "<w:rPr><w:vanish/><w:specVanish/></w:rPr>") + p("：更新慢"), ["存在问题：更新慢"]),
    (f"<w:p>{char('begin')}{INSTRUCTION}{char('separate')}{r('目')}</w:p>{p('录')}<w:p>{char('end')}</w:p>", ["目", "录", ""]),
]


@pytest.mark.parametrize(("body", "expected"), BLOCKS)
def test_blocks(body, expected):
    assert lines(word(body)) == expected


def test_headers_and_footers_are_not_text():
    made = docx.Document()
    made.add_paragraph("一、总体情况")
    made.sections[0].header.paragraphs[0].text = "页眉"
    made.sections[0].footer.paragraphs[0].text = "- 1 -"
    assert read(saved(made)).text == "一、总体情况\n"
    assert read(saved(made)).warnings == ()


PICTURE = "<w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic/></a:graphicData></a:graphic></wp:inline></w:drawing>"
EMBEDDED = '<w:object><v:shape><v:imagedata/></v:shape><o:OLEObject ProgID="Excel.Sheet.12"/></w:object>'
UNREAD = [
    ('<w:altChunk r:id="rId99"/>', "altChunk"),
    (f"<w:p><w:r>{EMBEDDED}</w:r></w:p>", "Excel.Sheet.12"),
    (f"<w:p><w:r>{PICTURE}</w:r></w:p>", "pictures (1)"),
    ('<w:p><w:r><w:footnoteReference w:id="2"/></w:r></w:p>', "footnotes (1)"),
    (f"<w:p>{char('begin')}<w:r><w:instrText>eq \\o\\ac(○,1)</w:instrText></w:r>{char('end')}</w:p>", "field (EQ) (1)"),
]


@pytest.mark.parametrize(("body", "named"), UNREAD)
def test_what_is_not_read_is_said(body, named):
    (warning,) = read(word(p("正文") + body)).warnings
    assert named in warning
    with pytest.raises(ReadError, match=re.escape(named)):
        read(word(body))


# Automatic numbering.


def level(i: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    return f'<w:lvl w:ilvl="{i}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def abstract(key: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{key}">{"".join(levels)}</w:abstractNum>'


def num(key: int, of: int, more: str = "") -> str:
    return f'<w:num w:numId="{key}"><w:abstractNumId w:val="{of}"/>{more}</w:num>'


def restart(i: int, at: int) -> str:
    return f'<w:lvlOverride w:ilvl="{i}"><w:startOverride w:val="{at}"/></w:lvlOverride>'


def style(name: str, properties: str = "", based: str = "") -> str:
    base = f'<w:basedOn w:val="{based}"/>' if based else ""
    return f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>{base}<w:pPr>{properties}</w:pPr></w:style>'


def numbered(list_: str | None, level_: str | None, style_: str) -> str:
    """A paragraph 〇 with this number and this style."""
    own = "".join(f'<w:{n} w:val="{v}"/>' for n, v in (("ilvl", level_), ("numId", list_)) if v)
    return p("〇", (f'<w:pStyle w:val="{style_}"/>' if style_ else "") + (f"<w:numPr>{own}</w:numPr>" if own else ""))


HAN = (level(0, "chineseCountingThousand", "%1、"), level(1, "chineseCounting", "（%2）"), level(2, "decimal", "%3."))
DOTTED = (level(0, "decimal", "%1."), level(1, "decimal", "%1.%2"), level(2, "decimal", "%1.%2.%3"))
OUT_OF = '<w:numPr><w:numId w:val="{}"/></w:numPr>'
NUMBER_STYLE = (
    '<w:style w:type="numbering" w:styleId="NS"><w:name w:val="NS"/><w:pPr><w:numPr><w:numId w:val="9"/></w:numPr></w:pPr></w:style>'
)
STYLES = "".join(
    [
        *(style("H1", OUT_OF.format(1)), style("H2", '<w:numPr><w:ilvl w:val="1"/></w:numPr>', "H1"), style("H2b", "", "H2")),
        *(style("Off", OUT_OF.format(0), "H1"), style("Loop", "", "Loop2"), style("Loop2", "", "Loop")),
        *(style("L1", OUT_OF.format(1)), style("L2", OUT_OF.format(1)), NUMBER_STYLE),
    ]
)
LINKED = (
    level(0, "chineseCounting", "%1、", '<w:pStyle w:val="L1"/>'),
    level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="L2"/>'),
)
BY_FIRST = level(2, "decimal", "%3)", '<w:lvlRestart w:val="1"/>')
BULLET = (
    '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="{}"/>'
    '<w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr></w:lvl>'
)
CUSTOM = (
    '<w:lvl w:ilvl="0"><w:start w:val="7"/><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="w14"><w:numFmt w:val="custom" w:format="001, 002"/></mc:Choice>'
    '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback>'
    '</mc:AlternateContent><w:lvlText w:val="%1)"/></w:lvl>'
)
LEGAL = (level(0, "upperRoman", "第%1条"), level(1, "decimalZero", "%1.%2", "<w:isLgl/>"))
STYLE_LINK = (
    '<w:abstractNum w:abstractNumId="0"><w:styleLink w:val="NS"/>' + HAN[0] + "</w:abstractNum>"
    '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="NS"/></w:abstractNum>' + num(9, 0) + num(1, 1)
)
ONE = abstract(0, *HAN) + num(1, 0)
CAPITAL = f'<w:lvlOverride w:ilvl="0">{level(0, "upperLetter", "%1、")}</w:lvlOverride>'
BULLETS = "".join(abstract(i, BULLET.format(c)) + num(i + 1, i) for i, c in enumerate(("&#xF06C;", "&#xF001;", "★")))
GAP = (*DOTTED[:2], level(2, "bullet", "—"), level(3, "decimal", "%1.%2.%3%4"))


def single(form: str, text: str, more: str = "", start: int = 1) -> str:
    return abstract(0, level(0, form, text, more, start)) + num(1, 0)


def never(text: str) -> str:
    return level(1, "decimal", text, '<w:lvlRestart w:val="0"/>')


# Paragraphs as list:level or style, in order, and the labels before them.
NUMBERED = [
    ("levels restart", ONE, "1:0 1:1 1:1 1:2 1:0 1:1 1:2", "一、|（一）|（二）|1. |二、|（一）|1. "),
    ("the upper level is missing", abstract(0, *DOTTED) + num(1, 0), "1:1 1:1 1:0 1:2", "1.1 |1.2 |2. |2.1.1 "),
    ("lists of one kind go on", ONE + num(2, 0), "1:0 2:0 1:0", "一、|二、|三、"),
    ("lists of two kinds do not", ONE + abstract(5, *HAN) + num(2, 5), "1:0 2:0 1:0", "一、|一、|二、"),
    ("starts anew once", ONE + num(2, 0, restart(0, 1)), "1:0 1:0 2:0 2:0 1:0", "一、|二、|一、|二、|三、"),
    ("starts at another number", ONE + num(2, 0, restart(0, 5)), "2:0 2:0 2:1", "五、|六、|（一）"),
    ("start", single("decimal", "%1、", start=3), "1:0 1:0", "3、|4、"),
    ("never restarted", abstract(0, HAN[0], never("%2)")) + num(1, 0), "1:0 1:1 1:0 1:1", "一、|1) |二、|2) "),
    (
        "restarted by the first level",
        abstract(0, *HAN[:2], BY_FIRST) + num(1, 0),
        "1:1 1:2 1:1 1:2 1:0 1:2",
        "（一）|1) |（二）|2) |二、|1) ",
    ),
    ("a level of its own", ONE + num(2, 0, CAPITAL), "2:0 2:0", "A、|B、"),
    ("legal", abstract(0, *LEGAL) + num(1, 0), "1:0 1:0 1:1", "第I条 |第II条 |2.01 "),
    ("style", ONE, "H1 H2 H2b Off Loop H1", "一、|（一）|（二）|||二、"),
    ("style switched off", ONE, "H1 0:0H1 0:H1 H1", "一、|||二、"),
    ("level of the paragraph", ONE, "H1 :1H1", "一、|（一）"),
    ("levels named by styles", abstract(0, *LINKED) + num(1, 0), "L1 L2 L2 L1", "一、|（一）|（二）|二、"),
    ("numbering style", STYLE_LINK, "1:0 9:0 1:0", "一、|二、|三、"),
    ("no suffix", single("decimal", "%1", '<w:suff w:val="nothing"/>'), "1:0", "1"),
    ("space as suffix", single("chineseCounting", "%1、", '<w:suff w:val="space"/>'), "1:0", "一、 "),
    ("bullets", BULLETS, "1:0 2:0 3:0", "● |• |★ "),
    ("bullets between", abstract(0, *GAP) + num(1, 0), "1:0 1:1 1:3", "1. |1.1 |1.1.1 "),
    ("none", single("none", "附件：") + abstract(1, level(0, "none", "")) + num(2, 1), "1:0 2:0", "附件：|"),
    ("custom", abstract(0, CUSTOM) + num(1, 0), "1:0", "7) "),
    ("not there", ONE + num(2, 44), "1:7 1:99 2:0 3:0 1:0", "||||一、"),
]


@pytest.mark.parametrize(("numbering", "paragraphs", "expected"), [c[1:] for c in NUMBERED], ids=[c[0] for c in NUMBERED])
def test_automatic_numbers(numbering, paragraphs, expected):
    body = ""
    for place in paragraphs.split():
        list_, level_, style_ = re.fullmatch(r"(?:(\d*):(\d*))?(\w*)", place).groups()
        body += numbered(list_, level_, style_)
    assert lines(word(body, numbering, STYLES)) == [f"{label}〇" for label in expected.split("|")]


def test_what_was_deleted_or_is_hidden_does_not_count():
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    gone = f"<w:p><w:pPr>{number}{DELETED}</w:pPr><w:del><w:r><w:delText>去</w:delText></w:r></w:del></w:p>"
    hidden = f"<w:p><w:pPr>{number}<w:rPr><w:vanish/></w:rPr></w:pPr>{r('隐', '<w:vanish/>')}</w:p>"
    moved = f"<w:p><w:pPr>{number}<w:pPrChange><w:pPr><w:numPr><w:numId w:val='0'/></w:numPr></w:pPr></w:pPrChange></w:pPr>{r('改')}</w:p>"
    raw = word(p("甲", number) + gone + hidden + p("乙", number) + moved, abstract(0, *HAN) + num(1, 0))
    assert lines(raw) == ["一、甲", "二、乙", "三、改"]


def test_numbers_in_cells_and_boxes_count_once():
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    rows = "".join(f"<w:tr><w:tc><w:p><w:pPr>{number}</w:pPr></w:p></w:tc><w:tc>{p(t)}</w:tc></w:tr>" for t in "甲乙")
    raw = word(f"<w:tbl>{rows}</w:tbl><w:p>{BOTH.format(box(p('框', number)))}</w:p>", abstract(0, *HAN) + num(1, 0))
    assert lines(raw) == ["一、\t甲", "二、\t乙", "", "三、框"]


FORMATS = """
decimal 1 10 21 110                          decimalZero 01 10 21 110             decimalFullWidth １ １０ ２１ １１０
chineseCounting 一 十 二十一 一一〇          taiwaneseCounting 一 十 二十一 一一〇    japaneseCounting 一 十 二十一 百十
chineseCountingThousand 一 十 二十一 一百一十  ideographDigital 一 一〇 二一 一一〇     chineseLegalSimplified 壹 壹拾 贰拾壹 壹佰壹拾
ideographTraditional 甲 癸 21 110            decimalEnclosedCircle ① ⑩ 21 110     decimalEnclosedCircleChinese ① ⑩ 21 110
upperLetter A J U FFFFF                      lowerLetter a j u fffff              unheardOf 1 10 21 110
upperRoman I X XXI CX                        lowerRoman i x xxi cx
"""


@pytest.mark.parametrize("written", re.findall(r"\S+(?: \S+){4}", FORMATS))
def test_number_formats(written):
    form, *expected = written.split()
    assert [numeral(n, form) for n in (1, 10, 21, 110)] == expected


@given(st.integers(0, 40_000), st.sampled_from(sorted({written.split()[0] for written in FORMATS.split("  ") if written.strip()})))
def test_no_number_is_too_odd_to_be_written(n, form):
    assert 0 < len(numeral(n, form)) < 60


@given(st.integers(1, 99))
def test_what_is_written_is_read_again(n):
    from gongkai.enumerators import han_number

    assert han_number(numeral(n, "chineseCounting")) == han_number(numeral(n, "chineseCountingThousand")) == n


# Tables.


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else p(text)}</w:tc>"


def tr(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def tbl(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def span(n: object) -> str:
    return f'<w:gridSpan w:val="{n}"/>'


DOWN, ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
RIGHT, FURTHER = '<w:hMerge w:val="restart"/>', '<w:hMerge w:val="continue"/>'
AB, CD = tr(tc("甲"), tc("乙")), tr(tc("丙"), tc("丁"))
RUNNING = "".join(
    p("在公开的及时性方面还存在不足，部分栏目更新周期偏长，业务人员变动之后衔接不够，群众查找信息不够方便。" * 2) for _ in range(3)
)
# Each table as it is drawn: a sign for every place, the same sign all over a cell, a point where there is no cell.
GRIDS = [
    ("plain", [AB, CD], "甲乙 丙丁"),
    ("across", [tr(tc("甲", span(2))), CD], "甲甲 丙丁"),
    ("down", [tr(tc("甲", DOWN), tc("乙")), tr(tc("", ON), tc("丁")), tr(tc("", ON), tc("己"))], "甲乙 甲丁 甲己"),
    ("two below each other", [tr(tc("甲", DOWN), tc("乙")), tr(tc("", ON), tc("丁"))] * 2, "甲乙 甲丁 甲乙 甲丁"),
    ("both ways", [tr(tc("甲", span(2) + DOWN), tc("乙")), tr(tc("", span(2) + ON), tc("丙"))], "甲甲乙 甲甲丙"),
    ("begun nowhere", [tr(tc("甲", ON), tc("乙")), tr(tc("", ON), tc("丁"))], "甲乙 甲丁"),
    ("across in the old way", [tr(tc("甲", RIGHT), tc("", FURTHER), tc("乙"))], "甲甲乙"),
    ("columns left out", [AB, tr(tc("丁"), properties='<w:gridBefore w:val="1"/>'), tr(tc("丙"))], "甲乙 .丁 丙."),
    ("rows in a control", [f"<w:sdt><w:sdtContent>{AB}</w:sdtContent></w:sdt>", CD], "甲乙 丙丁"),
    ("a cell in a control", [tr(f"<w:sdt><w:sdtContent>{tc('甲')}</w:sdtContent></w:sdt>", tc("乙")), CD], "甲乙 丙丁"),
    ("a deleted row", [AB, tr(tc("去"), tc("去"), properties="<w:del w:id='1'/>"), CD], "甲乙 丙丁"),
    ("a hidden row", [AB, tr(tc("隐"), tc("隐"), properties="<w:hidden/>"), CD], "甲乙 丙丁"),
    ("an empty cell", [tr(tc(""), tc("0"))], "□0"),
    ("an absurd span", [tr(tc("甲", span(999_999_999)), tc("乙"))], "甲" * 63 + "乙"),
    ("spans that are no numbers", [tr(tc("甲", span("x")), tc("乙", span(0)), tc("丙", span(-1)))], "甲乙丙"),
]


def laid(raw: bytes) -> list[list[tuple[int, int, int, int, str]]]:
    got = read(raw)
    return [[(c.row, c.column, c.rows, c.columns, got.text[c.start : c.end]) for c in g.cells] for g in got.grids]


def drawn(cells: list[tuple[int, int, int, int, str]]) -> str:
    places = {
        (row + i, column + j): text[:1] or "□" for row, column, rows, columns, text in cells for i in range(rows) for j in range(columns)
    }
    height, width = (max(place[axis] for place in places) + 1 for axis in (0, 1))
    return " ".join("".join(places.get((row, column), ".") for column in range(width)) for row in range(height))


@pytest.mark.parametrize(("rows", "expected"), [c[1:] for c in GRIDS], ids=[c[0] for c in GRIDS])
def test_grids(rows, expected):
    raw = word(p("二、前") + tbl(*rows) + p("三、后"))
    assert [drawn(cells) for cells in laid(raw)] == [expected]
    assert (lines(raw)[0], lines(raw)[-1]) == ("二、前", "三、后")


BROKEN = "<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r></w:p>"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(p("甲") + p("乙"), "甲 乙"), (BROKEN, "甲 乙 丙"), (tbl(tr(tc("1"), tc("2"))) + p("件"), "1 2 件"), (p(" "), "")],
    ids=["paragraphs", "breaks and tabs", "a small table inside", "blanks"],
)
def test_a_cell_is_one_line(cell, expected):
    assert laid(word(tbl(tr(tc("头"), tc(cell)))))[0][1][4] == expected


def test_rows_are_lines_and_cells_keep_their_column():
    table = tbl(tr(tc("甲", DOWN), tc("乙", span(2))), tr(tc("", ON), tc("丙"), tc("丁")))
    assert lines(word(table)) == ["甲\t乙\t", "\t丙\t丁"]


LAYOUT = [
    ("one cell", tbl(tr(tc(p("一、总体情况") + p("平稳。")))), ["一、总体情况", "平稳。"], 0),
    ("one column", tbl(tr(tc("甲")), tr(tc("乙"))), ["甲", "乙"], 0),
    ("running text beside a label", tbl(AB, tr(tc("问题"), tc(RUNNING))), ["甲\t乙", "问题", *re.findall("<w:t>(.*?)</w:t>", RUNNING)], 1),
    ("a table in a frame", tbl(tr(tc(p("表一") + tbl(AB, CD, AB)), tc("注"))), ["表一", "甲\t乙", "丙\t丁", "甲\t乙", "注"], 1),
]


@pytest.mark.parametrize(("table", "expected", "grids"), [c[1:] for c in LAYOUT], ids=[c[0] for c in LAYOUT])
def test_tables_that_only_lay_out_text_are_its_paragraphs(table, expected, grids):
    assert lines(word(table)) == expected
    assert len(laid(word(table))) == grids


def test_hidden_text_of_merges_is_said():
    got = read(word(tbl(tr(tc("甲", DOWN), tc("乙")), tr(tc("丢", ON), tc("丁")))))
    assert "丢" not in got.text
    assert any("merge hides" in w for w in got.warnings)


def test_a_table_beyond_all_measure_becomes_lines():
    wide = tr(*[tc("", span(63))] * 130)
    got = read(word(p("前") + tbl(wide, *[tr(tc("甲"))] * 300) + p("后")))
    assert got.grids == ()
    assert got.text.count("甲") == 300
    assert len(got.text) < 10_000
    assert any("too large" in w for w in got.warnings)


@st.composite
def merged_tables(draw):
    """A table with rectangles merged by python-docx, and the cells that must come out."""
    height, width = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    owner = {}
    for row in range(height):
        for column in range(width):
            if (row, column) in owner:
                continue
            free = 1
            while column + free < width and (row, column + free) not in owner:
                free += 1
            rows, columns = draw(st.integers(1, min(3, height - row))), draw(st.integers(1, free))
            for r in range(row, row + rows):
                for c in range(column, column + columns):
                    owner[r, c] = (row, column, rows, columns)
    made = docx.Document()
    table = made.add_table(height, width)
    expected = sorted({(*cell, f"{cell[0]}·{cell[1]}") for cell in owner.values()})
    for row, column, rows, columns, text in expected:
        merged = table.cell(row, column).merge(table.cell(row + rows - 1, column + columns - 1))
        merged.text = text
    return saved(made), expected


@given(merged_tables())
@settings(max_examples=25)
def test_every_merge_is_found(case):
    raw, expected = case
    starts = [cell[0] for cell in expected]
    # A table with a cell a row is no grid but a frame around paragraphs.
    assert sorted(cell for grid in laid(raw) for cell in grid) == (expected if len(set(starts)) < len(starts) else [])


# A whole report.

TITLES = (
    "总体情况 主动公开政府信息情况 收到和处理政府信息公开申请情况 "
    "政府信息公开行政复议、行政诉讼情况 存在的主要问题及改进情况 其他需要报告的事项"
)
BODIES = ("全年公开信息38条，工作平稳。", None, None, None, "一是更新不够及时。下一步将加强培训。", "本年度无其他需要报告的事项。")
RESULTS = [
    tuple(line.split())
    for line in """（一）予以公开
    （二）部分公开
    （三）不予公开 1.属于国家秘密
    （三）不予公开 2.其他法律行政法规禁止公开
    （三）不予公开 3.属于三类内部事务信息
    （四）无法提供 1.本机关不掌握相关政府信息
    （四）无法提供 2.没有现成信息
    （七）总计""".splitlines()
]


def requests_table() -> str:
    names = [name for name, *_ in RESULTS]
    rows = [
        tr(tc("", span(3) + DOWN), tc("申请人情况", span(3))),
        tr(tc("", span(3) + ON), tc("自然人"), tc("商业企业"), tc("总计")),
        tr(tc("一、本年新收政府信息公开申请数量", span(3)), tc("2"), tc("0"), tc("2")),
        tr(tc("二、上年结转政府信息公开申请数量", span(3)), tc("0"), tc("0"), tc("0")),
    ]
    for i, (name, *item) in enumerate(RESULTS):
        first = tc("三、本年度办理结果", DOWN) if i == 0 else tc("", ON)
        group = tc(name, DOWN) if names.index(name) == i else tc("", ON)
        rows.append(tr(first, group + tc(*item) if item else tc(name, span(2)), tc("0"), tc("0"), tc("0")))
    rows.append(tr(tc("四、结转下年度继续办理", span(3)), tc("0"), tc("0"), tc("0")))
    return tbl(*rows)


TABLES = {
    1: tbl(
        tr(tc("第二十条第（一）项", span(3))), tr(tc("信息内容"), tc("本年制发件数"), tc("现行有效件数")), tr(tc("规章"), tc("0"), tc("0"))
    ),
    2: requests_table(),
    3: tbl(
        tr(tc("行政复议", span(2)), tc("行政诉讼", span(2))),
        tr(*[tc(t) for t in ("结果维持", "总计", "结果维持", "总计")]),
        tr(*[tc("0")] * 4),
    ),
}


def test_a_report_with_automatic_headings_has_the_sections_of_its_plain_text():
    title = "临沚县青禾镇2023年政府信息公开工作年度报告"
    body, plain = [p(title)], [title]
    for i, (heading, text) in enumerate(zip(TITLES.split(), BODIES, strict=True)):
        body += [p(heading, '<w:pStyle w:val="L1"/>'), p(text) if text else TABLES[i]]
        rows = [] if text else [re.findall("<w:t>(.*?)</w:t>", row) for row in re.findall("<w:tr>.*?</w:tr>", TABLES[i])]
        plain += [f"{'一二三四五六'[i]}、{heading}", *([text] if text else ["\t".join(row) for row in rows])]
    got = read(word("".join(body), abstract(0, *LINKED) + num(1, 0), STYLES))
    expected = gongkai.segment("\n".join(plain))
    found = gongkai.segment(got.text)
    kinds = ["overview", "proactive", "requests", "litigation", "problems", "other_matters"]
    assert [s.kind for s in found.sections] == [s.kind for s in expected.sections] == kinds
    assert [(s.number, s.title) for s in found.sections] == [(s.number, s.title) for s in expected.sections]
    for a, b in zip(found.sections, expected.sections, strict=True):
        assert "".join(got.text[a.body_start : a.end].split()) == "".join("\n".join(plain)[b.body_start : b.end].split())
    assert (4, 0, 8, 1, "三、本年度办理结果") in laid(word("".join(body)))[1]
    assert (6, 1, 3, 1, "（三）不予公开") in laid(word("".join(body)))[1]


# What is no Word file, or a dangerous one.

GOOD = word(p("一、总体情况"))
WORKBOOK = {
    "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
    "_rels/.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'><Relationship Id='r1' "
    "Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument' Target='xl/workbook.xml'/></Relationships>",
    "xl/workbook.xml": "<workbook/>",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def document(xml: str | bytes) -> bytes:
    return packed(members(GOOD) | {"word/document.xml": xml})


def without_member(name: str) -> bytes:
    return packed({k: v for k, v in members(GOOD).items() if k != name})


def encrypted_zip() -> bytes:
    raw = bytearray(GOOD)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for m in re.finditer(re.escape(magic), GOOD):
            raw[m.start() + at] |= 1
    return bytes(raw)


def lying(size: int, claimed: int) -> bytes:
    """A file with a picture of one size that claims to have another."""
    raw = bytearray(packed(members(GOOD) | {"word/media/image1.png": b"\0" * size}))
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", claimed)
    return bytes(raw)


def nested(depth: int) -> str:
    return f"<w:document {W}><w:body>{'<w:sdt>' * depth}{p('深')}{'</w:sdt>' * depth}</w:body></w:document>"


LAUGHS = (
    "<!DOCTYPE d [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
XXE = "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
REFUSED = [
    ("a shell with a password", OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), {}, "protected by a password"),
    ("an old file with a password", OLE + b"\0" * 504 + b"\xec\xa5\xc1\x00" + b"\0" * 7 + b"\x01", {}, "protected by a password"),
    ("a ZIP with a password", encrypted_zip(), {}, "protected by a password"),
    ("an old file", OLE + b"\0" * 600, {}, "old Word file"),
    ("text", "一、总体情况".encode(), {}, "no Word file"),
    ("nothing", b"", {}, "no Word file"),
    ("a workbook", packed(WORKBOOK), {}, "Excel workbook"),
    ("slides", packed({"ppt/presentation.xml": "<p/>"}), {}, "PowerPoint"),
    ("an OpenDocument", packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}), {}, "OpenDocument"),
    ("an archive", packed({"柳泉县.txt": "一、总体情况"}), {}, "ZIP archive"),
    ("cut off", GOOD[: len(GOOD) // 2], {}, "damaged"),
    ("no document", without_member("word/document.xml"), {}, "word/document.xml"),
    ("no XML", document("一、总体情况"), {}, "damaged"),
    ("another root", document("<html><body/></html>"), {}, "damaged"),
    ("no body", document(f"<w:document {W}/>"), {}, "no body"),
    ("no text", word(p("")), {}, "no text"),
    ("a bomb", packed(members(GOOD) | {"word/media/image1.png": b"\0" * 3_000_000}), {"inflated": 2}, "inflates to more than 2 MB"),
    ("a bomb in pieces", packed(members(GOOD) | {f"{i}.png": b"\0" * 800_000 for i in range(4)}), {"inflated": 2}, "more than 2 MB"),
    ("members", packed({str(i): "" for i in range(30)}), {"members": 20}, "more than 20"),
    ("deep", document(nested(60)), {"depth": 40}, "more than 40 deep"),
    ("deeper than the parser goes", document(nested(5_000)), {}, "damaged"),
    ("an outer entity", document(f"{XXE}<w:document {W}><w:body>{p('&a;')}</w:body></w:document>"), {}, "entities"),
    ("many entities", document(f"{LAUGHS}<w:document {W}><w:body>{p('&i;')}</w:body></w:document>"), {}, "entit|damaged"),
]


@pytest.mark.parametrize(("raw", "limits", "reason"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refused(raw, limits, reason):
    with pytest.raises(ReadError, match=reason) as caught:
        read(raw, **limits)
    assert caught.value.cure


def test_a_depth_beyond_the_parser_may_be_asked_for():
    assert read(document(nested(200)), depth=100_000).text == "深\n"


def relations(more: str) -> bytes:
    name = "word/_rels/document.xml.rels"
    return packed(members(GOOD) | {name: members(GOOD)[name].replace(b"</Relationships>", more.encode() + b"</Relationships>")})


def renamed(change) -> bytes:
    return packed({change(k): v for k, v in members(GOOD).items()})


def strict() -> bytes:
    """The same document in the namespaces of ISO/IEC 29500 Strict."""
    old, new = rb"http://schemas\.openxmlformats\.org/(officeDocument|wordprocessingml|drawingml)/2006/", rb"http://purl.oclc.org/ooxml/\1/"
    return packed({k: re.sub(old, new, v) for k, v in members(GOOD).items()})


IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
TYPES = members(GOOD)["[Content_Types].xml"]
MACROS = TYPES.replace(b"openxmlformats-officedocument.wordprocessingml.document.main", b"ms-word.document.macroEnabled.main")
ODD = [
    ("a relationship that leads nowhere", relations(f"<Relationship Id='r77' Type='{IMAGE}' Target='../NULL'/>")),
    ("macros", packed(members(GOOD) | {"[Content_Types].xml": MACROS})),
    ("strict", strict()),
    ("backslashes", renamed(lambda name: name.replace("/", "\\") if name.startswith("word") else name)),
    ("capitals", renamed(lambda name: name.replace("word/document.xml", "word/Document.xml"))),
    ("no relationships", without_member("word/_rels/document.xml.rels")),
    ("no relationships at all", without_member("_rels/.rels")),
    ("no list of contents", without_member("[Content_Types].xml")),
    ("a member that claims to be larger than is allowed", lying(1_000, 2_000_000_000)),
    ("a member that claims to be smaller than it is", lying(3_000_000, 10)),
]


@pytest.mark.parametrize("raw", [c[1] for c in ODD], ids=[c[0] for c in ODD])
def test_odd_packages_are_read(raw):
    assert read(raw, inflated=1).text == "一、总体情况\n"


def test_a_damaged_picture_takes_no_text_away():
    raw = bytearray(packed(members(GOOD) | {"word/media/image1.png": bytes(range(256)) * 40}))
    at = raw.find(b"word/media/image1.png") + 60
    raw[at : at + 20] = b"\xff" * 20
    assert read(bytes(raw)).text == "一、总体情况\n"


def said(raw: bytes) -> str:
    """The text, or the cure of what keeps it from being read; any other error comes through."""
    try:
        return read(raw).text
    except ReadError as error:
        return error.cure


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8), st.none() | st.integers(0, 10**6))
@settings(max_examples=150)
def test_mutated_files_are_read_or_refused(changes, cut):
    raw = bytearray(RICH if cut is None else RICH[: cut % len(RICH)])
    for at, byte in changes:
        raw[at % len(RICH) : at % len(RICH) + 1] = bytes([byte])
    assert said(bytes(raw))


RICH_BODY = p("甲", '<w:pStyle w:val="H2"/>') + tbl(tr(tc("甲", DOWN), tc("乙", span(2))), CD) + f"<w:p>{BOTH.format(box(p('框')))}</w:p>"
RICH = packed(members(word(RICH_BODY, abstract(0, *HAN) + num(1, 0), STYLES)))
TOKENS = re.findall(rb"<[^>]*>|[^<]+", members(RICH)["word/document.xml"])


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["drop", "double", "swap"]), st.integers(0, 10**6)), min_size=1, max_size=6)
)
@settings(max_examples=100)
def test_elements_in_the_wrong_place_are_read_or_refused(changes):
    tokens = list(TOKENS)
    for at, what, other in changes:
        i, j = at % len(tokens), other % len(tokens)
        if what == "drop":
            del tokens[i]
        elif what == "double":
            tokens.insert(i, tokens[j])
        else:
            tokens[i], tokens[j] = tokens[j], tokens[i]
    assert said(document(b"".join(tokens)))


def test_running_out_of_memory_is_not_called_damage(monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(docx, "Document", exhausted)
    with pytest.raises(MemoryError):
        read(GOOD)

"""PDFs: reading order by geometry, paragraphs, page numbers, columns, ruled tables, and files that cannot be read."""

import itertools
import random
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from shutil import which

import docx
import pytest
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import without
from gongkai.read import pdf as pdf_reader
from gongkai.read.extract import Extract, ReadError
from gongkai.read.layout import Glyph, glue, line, rows
from gongkai.read.limits import Limits
from gongkai.read.pdf import read_pdf
from pdf_writer import Sheet, pdf

pytestmark = pytest.mark.usefixtures("chinese_font")

SENTENCES = (
    "青禾镇把公开栏迁到赶集的街口，逢五逢十由文书当面讲解，来看的人比往年多出一成，"
    "各村的账目改为每月初八张贴，看不懂的地方写在旁边的本子上，镇里三日内写回话，"
    "去年收到的四十条意见都已办结，其中九条改了办事的顺序，两条转给了县里的窗口，"
)


def prose(length: int, start: int = 0) -> str:
    """So many characters of running text, with commas and without a full stop."""
    return "".join(itertools.islice(itertools.cycle(SENTENCES[start:] + SENTENCES[:start]), length))


def wrapped(text: str, width: int = 28, indent: int = 2) -> list[str]:
    """A paragraph as the lines of a page; blanks of full width stand for the indent."""
    text = "\u3000" * indent + text
    return [text[i : i + width] for i in range(0, len(text), width)]


def read(*sheets: Sheet, **how) -> Extract:
    return read_pdf(pdf(*sheets, **how), Limits())


def lines_of(extract: Extract) -> list[str]:
    return extract.text.splitlines()


def without_furniture(extract: Extract) -> str:
    text = extract.text
    for start, end in reversed(extract.furniture):
        text = text[:start] + text[end:]
    return text


def cells(extract: Extract, number: int = 0) -> list[tuple[int, int, int, int, str]]:
    return [(c.row, c.column, c.rows, c.columns, extract.text[c.start : c.end]) for c in extract.grids[number].cells]


# Lines


def glyphs(*pieces: tuple[float, float, str], size: float = 10, shift: float = 0) -> list[Glyph]:
    """Characters of pieces of text at (x, baseline); Latin ones are half as wide."""
    made = []
    for x, base, text in pieces:
        for c in text:
            width = size / 2 if ord(c) < 0x2000 else size
            made.append(Glyph(c, x + shift, x + shift + width, base, size))
            x += width
    return made


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([(0, 0, "总体情况")], "总体情况"),
        ([(0, 0, "全年"), (22.5, 0, "312"), (40, 0, "件")], "全年312件"),
        ([(0, 0, "open government")], "open government"),
        ([(0, 0, "open"), (24, 0, "government")], "open government"),
        ([(0, 0, "规章"), (60, 0, "1"), (100, 0, "11")], "规章\t1\t11"),
        ([(0, 0, "规章"), (26, 0, "7")], "规章 7"),
        ([(0, 0, "附"), (20, 0, "件")], "附件"),
        ([(x * 25, 0, c) for x, c in enumerate("云渚市人民政府")], "云渚市人民政府"),
        ([(x * 17, 0, c) for x, c in enumerate("政务公开，贵在坚持")], "政务公开，贵在坚持"),
        ([(0, 0, "第二十条"), (50, 0, "第（一）项")], "第二十条 第（一）项"),
        ([(0, 0, "信 息")], "信息"),
        ([(0, 0, "全年"), (20, -2, "312"), (35, 0, "件")], "全年312件"),
        ([(30, 0, "后到"), (0, 0, "先写的")], "先写的后到"),
    ],
)
def test_a_row_becomes_a_line(pieces, text):
    [row] = rows(glyphs(*pieces))
    assert line(row).text == text


@pytest.mark.parametrize("shift", [0, 0.3, 2])
def test_overprinted_characters_stand_once(shift):
    [row] = rows(glyphs((0, 0, "第11条的的规定")) + glyphs((0, 0, "第11条的的规定"), shift=shift))
    assert line(row).text == "第11条的的规定"


def test_blank_rows_are_no_lines():
    assert line(glyphs((0, 0, "   "))) is None


@given(st.integers(2, 6), st.randoms())
def test_rows_do_not_depend_on_the_order_of_the_characters(count, rng):
    texts = [prose(12, 9 * i) for i in range(count)]
    made = glyphs(*[(rng.uniform(0, 3), 14 * i, text) for i, text in enumerate(texts)])
    rng.shuffle(made)
    assert [line(row).text for row in rows(made)] == texts


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        ("改进的", "地方", ""),
        ("open", "government", " "),
        ("2024", "年", ""),
        ("20", "24", ""),
        ("0517-", "8360", ""),
        ("见www.qinghe.example", "cn", ""),
        ("", "起", ""),
    ],
)
def test_what_stands_where_a_line_end_was(before, after, between):
    assert glue(before, after) == between


# Paragraphs


@pytest.mark.parametrize(
    "paragraphs",
    [
        pytest.param(["　　一、总体情况", "　　" + prose(80) + "。", "　　（一）主动公开。" + prose(60, 5) + "。"], id="indented"),
        pytest.param(["　　" + prose(26 + 28 - 1) + "。", "　　" + prose(50, 3) + "。"], id="ends at the margin"),
        pytest.param(["　　" + prose(25) + "。", "　　" + prose(25, 8) + "。", "　　" + prose(60) + "。"], id="one full line each"),
        pytest.param(["　　五、存在的主要问题及改进情况", "　　一是" + prose(70) + "；", "　　二是" + prose(40) + "。"], id="items"),
        pytest.param(["一、总体情况", prose(70) + "，", "二、主动公开政府信息情况", prose(50, 20) + "。"], id="flush"),
    ],
)
@pytest.mark.parametrize("size", [10.5, 16])
def test_lines_are_joined_to_paragraphs(paragraphs, size):
    page = [line for text in paragraphs for line in wrapped(text, indent=0)]
    extract = read(Sheet(width=700).lines(72, 100, page, size, size * 1.75))
    assert lines_of(extract) == [text.strip("\u3000") for text in paragraphs]


def test_paragraphs_parted_by_gaps():
    sheet, y = Sheet(), 100.0
    texts = [prose(28 * 3, 7 * i)[:-1] + "。" for i in range(3)]
    for text in texts:
        sheet.lines(72, y, wrapped(text, indent=0))
        y += 3 * 28 + 20
    assert lines_of(read(sheet)) == texts


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        pytest.param(
            [
                (72, "1.加强学习，定期组织全镇干部参加业务培训，提高认识水"),
                (88, "平和业务能力。"),
                (72, "2.充实力量，明确两名专职人员负责。"),
            ],
            ["1.加强学习，定期组织全镇干部参加业务培训，提高认识水平和业务能力。", "2.充实力量，明确两名专职人员负责。"],
            id="hanging items",
        ),
        pytest.param(
            [(72, "一、总体情况………………………………………1"), (72, "二、主动公开情况…………………………………2"), (72, "三、申请情况………………………………………3")],
            ["一、总体情况………………………………………1", "二、主动公开情况…………………………………2", "三、申请情况………………………………………3"],
            id="table of contents",
        ),
        pytest.param(
            [(72, prose(28)), (72, "各方。"), (408, "青禾镇人民政府"), (400, "2025年1月20日")],
            [prose(28) + "各方。", "青禾镇人民政府", "2025年1月20日"],
            id="signature",
        ),
        pytest.param(
            [(72, "See https://www.qinghe.example/reports/"), (72, "2024/annual.html for more about the"), (72, "town.")],
            ["See https://www.qinghe.example/reports/2024/annual.html for more about the town."],
            id="address over two lines",
        ),
    ],
)
def test_lines_that_are_set_apart(drawn, expected):
    sheet = Sheet()
    for i, (x, text) in enumerate(drawn):
        sheet.text(x, 100 + 28 * i, text)
    assert lines_of(read(sheet)) == expected


@pytest.mark.parametrize(
    "texts", [["一、总体情况", "无。"], ["一、总体情况", "无变化。", "五、存在问题", "宣传少。", "六、其他事项", "没有。"]]
)
@pytest.mark.parametrize("indent", ["", "　　"])
def test_short_lines_are_not_joined_on_a_page_without_full_ones(texts, indent):
    assert lines_of(read(Sheet().lines(72, 100, [indent + text for text in texts]))) == texts


def test_a_title_of_two_centred_lines_is_one_and_a_heading_in_another_type_stays_alone():
    sheet = Sheet().text(72, 60, "云渚市青禾镇人民政府办公室二〇二四年政府", 22).text(72 + 7 * 22, 96, "信息公开年度报告", 22)
    sheet.text(72, 140, "（一）" + prose(25), font="H").lines(72, 168, wrapped(prose(50), indent=0))
    title = "云渚市青禾镇人民政府办公室二〇二四年政府信息公开年度报告"
    assert lines_of(read(sheet)) == [title, "（一）" + prose(25), prose(50)]


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 130), min_size=3, max_size=14),
    st.sampled_from([(14, 24, 34), (16, 28, 28), (12, 16, 40)]),
    st.integers(4, 25),
    st.randoms(),
)
def test_paragraphs_come_back_from_pages(lengths, look, per_page, rng):
    size, pitch, width = look
    texts = [prose(length, (31 * i) % 90).strip("，") + "。" for i, length in enumerate([200, *lengths])]
    page_lines = [line for text in texts for line in wrapped(text, width)]
    sheets = []
    for number, at in enumerate(range(0, len(page_lines), per_page), 1):
        sheet = Sheet().lines(60, 80, page_lines[at : at + per_page], size, pitch).text(290, 825, f"- {number} -", 10)
        rng.shuffle(sheet.drawn)
        sheets.append(sheet)
    extract = read(*sheets)
    assert without_furniture(extract) == "\n".join(texts) + "\n"
    assert [extract.text[a:b].strip() for a, b in extract.furniture] == [f"- {n} -" for n in range(1, len(sheets) + 1)]


# Page numbers, running heads


BODY = ["　　一、总体情况", *wrapped(prose(300) + "。"), "　　五、存在的主要问题及改进情况", *wrapped(prose(400, 33) + "。")]


def pages(count, head=(), foot=(), per=10, first=100):
    """Pages of running text with what `head` and `foot` give for each: (x, y, text)."""
    made = []
    for k in range(count):
        sheet = Sheet().lines(72, first, BODY[k * per : (k + 1) * per])
        for x, y, text in [*(head(k) if head else ()), *(foot(k) if foot else ())]:
            sheet.text(x, y, text, 12)
        made.append(sheet)
    return made


@pytest.mark.parametrize(
    "foot",
    [
        lambda k: [(280 if k % 2 else 72, 800, f"- {k + 1} -")],
        lambda k: [(280, 800, f"—{k + 1}—")],
        lambda k: [(280, 800, f"{k + 5}")],
        lambda k: [(280, 800, f"第{k + 1}页 共3页")],
        lambda k: [(280, 800, f"~{k + 1}]")],
        lambda k: [(72, 790, "柳泉县青禾镇编印"), (280, 815, f"— {k + 1} —")],
        lambda k: [(72, 800, "柳泉县青禾镇编印"), (450, 800, f"{k + 1}/3")],
    ],
)
@pytest.mark.parametrize(
    "head",
    [
        (),
        lambda k: [(72, 40, "青禾镇人民政府"), (380, 40, "2024年政府信息公开工作年度报告")],
        lambda k: [(72, 40, f"年报 {k + 1}"), (72, 60, "青禾镇")],
    ],
)
def test_page_numbers_and_running_heads_stand_aside(head, foot):
    extract = read(*pages(3, head, foot))
    plain = read(*pages(3))
    assert without_furniture(extract) == plain.text
    assert len(extract.furniture) == sum(len({y for _, y, _ in part(k)}) for k in range(3) for part in (head, foot) if part)
    assert plain.furniture == ()


def test_a_sentence_runs_on_over_the_page():
    sheets = pages(2, lambda k: [(72, 40, "青禾镇人民政府")], lambda k: [(280, 800, f"- {k + 1} -")])
    extract = read(*sheets)
    covered = [extract.text[a:b] for a, b in extract.furniture]
    assert covered == ["青禾镇人民政府\n", "\n- 1 -\n", "青禾镇人民政府\n", "- 2 -\n"]
    half = BODY[9].strip()
    assert half + "\n- 1 -\n青禾镇人民政府\n" + BODY[10] in extract.text


@pytest.mark.parametrize(
    ("last", "first", "joined"),
    [
        (prose(28), "各方面的反映不一。", True),
        (prose(27) + "。", "各方面的反映不一。", False),
        (prose(28), "　　各方面的反映不一。", False),
        (prose(28), "三、收到和处理政府信息公开申请情况", False),
        (prose(20), "各方面的反映不一。", False),
    ],
)
def test_what_runs_on_over_a_page_without_a_number(last, first, joined):
    sheets = [
        Sheet().lines(72, 100, [*wrapped(prose(120) + "。"), *wrapped(prose(54, 4)), last]),
        Sheet().lines(72, 100, [first, *BODY[1:4]]),
    ]
    lines = lines_of(read(*sheets))
    assert any(last + first in line for line in lines) == joined


@pytest.mark.parametrize(
    "sheets",
    [
        pytest.param(
            [Sheet().lines(72, 100, BODY[:4]).text(72, 220, "合计").text(300, 220, "35").text(300, 248, "35")], id="figure of a table"
        ),
        pytest.param(
            [Sheet().lines(72, 72 + 28, ["同样的第一行，" + prose(21), *BODY[k * 5 + 1 : k * 5 + 5]]) for k in range(3)], id="like lines"
        ),
        pytest.param([Sheet().text(72, 90, f"附表{k}", 22).lines(72, 130 + 40 * k, BODY[1:5]) for k in range(1)], id="title"),
    ],
)
def test_what_is_no_furniture(sheets):
    assert read(*sheets).furniture == ()


# Columns


def left_and_right(**how) -> Sheet:
    sheet = Sheet().lines(60, 130, wrapped("左一" + prose(100), 14) + wrapped("左二" + prose(80, 7) + "。", 14), 16, 26)
    return sheet.lines(320, 135, wrapped("右一" + prose(90, 30) + "。", 16) + wrapped("右二" + prose(50, 3) + "。", 16), 14, 22)


COLUMNS = ["左一" + prose(100), "左二" + prose(80, 7) + "。", "右一" + prose(90, 30) + "。", "右二" + prose(50, 3) + "。"]


def test_columns_with_lines_of_different_height():
    assert lines_of(read(left_and_right())) == COLUMNS


def test_a_title_and_a_last_line_across_columns():
    sheet = left_and_right().text(150, 80, "青禾镇公报", 22).lines(60, 600, wrapped("通栏" + prose(40) + "。", 29))
    assert lines_of(read(sheet)) == ["青禾镇公报", *COLUMNS, "通栏" + prose(40) + "。"]


@pytest.mark.parametrize("xs", [[60, 200, 540], [312, 400, 540]])
def test_a_table_between_columns(xs):
    sheet = left_and_right().grid(xs, [600, 630, 660])
    for y, row in ((620, ("规章", "3")), (650, ("文件", "7"))):
        for x, text in zip(xs, row, strict=False):
            sheet.text(x + 10, y, text, 14)
    sheet.lines(60, 690, wrapped("左三" + prose(40, 5), 14)[:4], 16, 26).lines(320, 690, wrapped("右三" + prose(40, 13), 14)[:4], 16, 26)
    lines = lines_of(read(sheet))
    ends = [next(i for i, line in enumerate(lines) if start in line) for start in ("左一", "左二", "右一", "右二", "规章\t3", "右三")]
    assert ends == sorted(ends)
    assert "文件\t7" in lines
    assert ("左三" + prose(40, 5)) in "".join(lines)


def test_three_columns():
    sheet = Sheet()
    texts = [f"第{n}栏" + prose(120, 17 * i) + "。" for i, n in enumerate("一二三")]
    for i, text in enumerate(texts):
        sheet.lines(50 + 170 * i, 100, wrapped(text, 13), 12, 20)
    assert lines_of(read(sheet)) == texts


def test_a_sentence_runs_on_from_column_to_column():
    text = prose(14 * 20)
    page = wrapped(text, 14)
    sheet = Sheet().lines(60, 100, page[:11], 16, 26).lines(320, 100, page[11:], 16, 26)
    assert lines_of(read(sheet)) == [text]


def test_a_short_last_column():
    sheet = Sheet().lines(60, 100, wrapped(prose(150), 14), 16, 26).lines(320, 100, wrapped("末栏" + prose(20, 4) + "。", 14), 16, 26)
    assert lines_of(read(sheet)) == [prose(150), "末栏" + prose(20, 4) + "。"]


def test_a_table_without_rules_is_read_row_by_row():
    table = [
        ("信息内容", "制发", "废止", "有效"),
        ("规章", "1", "0", "11"),
        ("规范性文件", "8", "26", "66"),
        ("行政许可", "447", "3", "5"),
    ] * 3
    sheet = Sheet()
    for i, row in enumerate(table):
        for x, text in zip((72, 240, 330, 420), row, strict=True):
            sheet.text(x, 100 + 28 * i, text)
    assert lines_of(read(sheet)) == ["\t".join(row) for row in table]


def test_a_list_of_two_even_columns_is_read_row_by_row():
    sheet = Sheet()
    rows = [(f"云渚市{'东南西北中'[i % 5]}城街道办事处综合科", f"书面答复并当面送达申请人{'甲乙丙丁戊'[i % 5]}") for i in range(9)]
    for i, (label, value) in enumerate(rows):
        sheet.text(60, 100 + 24 * i, label, 14).text(320, 100 + 24 * i, value, 14)
    assert lines_of(read(sheet)) == [f"{label}\t{value}" for label, value in rows]


def test_wide_gaps_in_justified_lines_make_no_columns():
    sheet, text = Sheet(), prose(18 * 12)
    for i in range(12):
        words = [text[18 * i : 18 * i + 6], text[18 * i + 6 : 18 * i + 12], text[18 * i + 12 : 18 * i + 18]]
        first, second = 15 + (7 * i) % 60, 160 - 2 * (15 + (7 * i) % 60)
        x = 72.0
        for word, gap in zip(words, (first, second, 0), strict=True):
            sheet.text(x, 100 + 28 * i, word)
            x += 16 * 6 + gap
    extract = read(sheet)
    assert "".join(extract.text.split()) == text


# Tables


def table_sheet(rules: str = "lines") -> Sheet:
    xs, ys = [72, 200, 330, 450], [100, 130, 160, 190]
    sheet = Sheet()
    if rules == "lines":
        sheet.grid(xs, ys)
    elif rules == "open sides":
        for y in ys:
            sheet.rule(xs[0], y, xs[-1], y)
        for x in xs[1:-1]:
            sheet.rule(x, ys[0], x, ys[-1])
    elif rules == "bars":
        for y in ys:
            sheet.box(xs[0], y, xs[-1], y + 0.6, "f")
        for x in xs:
            sheet.box(x, ys[0], x + 0.6, ys[-1], "f")
    elif rules == "boxes":
        for left, right in itertools.pairwise(xs):
            for top, bottom in itertools.pairwise(ys):
                sheet.box(left, top, right, bottom)
    elif rules == "one path":
        path = "".join(f"{xs[0]} {842 - y} m {xs[-1]} {842 - y} l " for y in ys) + "".join(
            f"{x} {842 - ys[0]} m {x} {842 - ys[-1]} l " for x in xs
        )
        sheet.drawn.append(f"0.5 w {path} S")
    for y, row in zip(ys, (("信息内容", "本年制发件数", "现行有效"), ("规章", "1", "11"), ("行政许可", "44", "")), strict=False):
        for x, text in zip(xs, row, strict=False):
            if text:
                sheet.text(x + 4, y + 20, text, 12)
    return sheet


@pytest.mark.parametrize("rules", ["lines", "open sides", "bars", "boxes", "one path"])
@pytest.mark.parametrize("extra", ["", "/CropBox[40 300 500 800]"])
def test_ruled_tables(rules, extra):
    sheet = table_sheet(rules)
    sheet.extra = extra
    extract = read(sheet.text(72, 90, "表一"))
    assert extract.text == "表一\n信息内容\t本年制发件数\t现行有效\n规章\t1\t11\n行政许可\t44\t\n"
    assert [c[:4] for c in cells(extract)] == [(r, c, 1, 1) for r in range(3) for c in range(3)]


# A row of figures: its label and three of them.
EDGES = [72.0, 280.0, 360.0, 440.0, 520.0]
FIGURES = ("7", "0", "7")
NO_FIGURES = ("", "", "")


def row_texts(sheet: Sheet, ys: list[float], texts: list[tuple[str, ...]]) -> Sheet:
    sheet.grid(EDGES, ys)
    for y, row in zip(ys, texts, strict=False):
        for x, text in zip(EDGES, row, strict=False):
            if text:
                sheet.text(x + 4, y + 20, text, 12)
    return sheet


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        (("1.村务账目没有按季张", *FIGURES), ("贴", *NO_FIGURES), ("1.村务账目没有按季张贴", *FIGURES)),
        (("1.村务账目没有按季张贴", *NO_FIGURES), ("", *FIGURES), ("1.村务账目没有按季张贴", *FIGURES)),
        (("1.村务账目没有按季张", *NO_FIGURES), ("贴", *FIGURES), ("1.村务账目没有按季张贴", *FIGURES)),
        (("1.村务账目没有按季张贴", *FIGURES), ("2.回话不及时", *NO_FIGURES), None),
        (("1.村务账目没有按季张贴", *NO_FIGURES), ("2.回话不及时", *FIGURES), None),
        (("1.村务账目没有按季张贴", *FIGURES), ("回话", *FIGURES), None),
        (("村务账目", *FIGURES), ("村务清单", *NO_FIGURES), None),
        (("村务账目", *NO_FIGURES), ("村务清单", *FIGURES), None),
    ],
)
def test_a_row_that_a_page_break_parts_is_one(above, below, whole):
    head, last = ("事项", "村民", "企业", "合计"), ("3.其他", "1", "1", "2")
    first = row_texts(Sheet(), [700, 730, 760], [head, above]).text(280, 810, "- 1 -", 12)
    second = row_texts(Sheet(), [80, 110, 140], [below, last]).text(280, 810, "- 2 -", 12)
    extract = read(first, second)
    rows = [tuple(c[4] for c in cells(extract, n)[i : i + 4]) for n in (0, 1) for i in range(0, len(cells(extract, n)), 4)]
    assert rows == [head, *([whole] if whole else [above, below]), last]
    assert [extract.text[a:b].strip() for a, b in extract.furniture] == ["- 1 -", "- 2 -"]


def test_a_row_goes_on_only_in_a_table_of_the_same_columns():
    first = row_texts(Sheet(), [700, 730, 760], [("事项", "村民", "企业", "合计"), ("1.村务账目没有按季张", *FIGURES)])
    second = Sheet().grid([72, 250, 330, 410, 520], [80, 110, 140]).text(76, 100, "贴", 12).text(76, 130, "3.其他", 12)
    extract = read(first, second)
    assert "1.村务账目没有按季张\t" in extract.text
    assert "\n贴\t" in extract.text


def test_a_table_without_a_line_where_the_page_parts_it():
    top, bottom = Sheet(), Sheet()
    for sheet, begin, end, ys in ((top, 640, 780, [640, 670, 700, 730, 780]), (bottom, 60, 170, [60, 100, 130, 170])):
        for i, y in enumerate(ys):
            cut = y == (780 if sheet is top else 60)
            # The label of the group goes on over the break.
            if not cut:
                sheet.rule(140 if begin < y < end and i > 1 else 72, y, 520, y)
        for x in (72, 140, *EDGES[1:]):
            sheet.rule(x, begin, x, end)
    top.text(76, 720, "（一）不予公开", 8)
    for sheet, y, row in (
        (top, 660, ("事项", "村民", "企业", "合计")),
        (top, 690, ("1.账目", "4", "0", "4")),
        (top, 720, ("2.清单", "6", "1", "7")),
        (top, 755, ("3.名册", "9", "9", "18")),
        (bottom, 85, ("4.图纸", "2", "0", "2")),
        (bottom, 120, ("5.合同", "3", "3", "6")),
        (bottom, 155, ("6.其他", "0", "5", "5")),
    ):
        for x, text in zip((140, *EDGES[1:]), row, strict=False):
            sheet.text(x + 4, y, text, 12)
    rows = [line.lstrip("\t") for line in lines_of(read(top, bottom))]
    for row in ("3.名册\t9\t9\t18", "4.图纸\t2\t0\t2", "5.合同\t3\t3\t6", "6.其他\t0\t5\t5"):
        assert any(line.endswith(row) for line in rows), row


def test_tables_of_almost_the_same_edges_do_not_pull_at_each_other():
    sheet = Sheet()
    edges = [(72, 200, 352), (72, 202.4, 354.6), (72, 204.8, 357.2), (72, 207.2, 359.8)]
    for n, xs in enumerate(edges):
        top = 100 + 100 * n
        sheet.grid(list(xs), [top, top + 30, top + 60])
        for i, x in enumerate((*xs[:2], *xs[:2])):
            sheet.text(x + 4, top + 20 + 30 * (i // 2), f"{n}{i}", 12)
    extract = read(sheet)
    assert [[cell[4] for cell in cells(extract, n)] for n in range(4)] == [[f"{n}{i}" for i in range(4)] for n in range(4)]


def test_merged_cells_and_a_label_written_downwards():
    sheet = Sheet().grid([72, 110, 300, 360], [100, 300]).rule(110, 200, 360, 200).rule(72, 330, 360, 330)
    for x in (72, 360):
        sheet.rule(x, 300, x, 330)
    for i, c in enumerate("三、本年度办理结果"):
        sheet.text(82, 120 + 20 * i, c, 14)
    sheet.text(114, 150, "（一）予以公开", 14).text(310, 150, "3", 14)
    sheet.text(114, 240, "（二）部分公开（只计这", 14).text(114, 260, "一情形）", 14).text(310, 250, "12", 14)
    sheet.text(76, 320, "四、结转下年度继续办理", 14)
    assert cells(read(sheet)) == [
        (0, 0, 2, 1, "三、本年度办理结果"),
        (0, 1, 1, 1, "（一）予以公开"),
        (0, 2, 1, 1, "3"),
        (1, 1, 1, 1, "（二）部分公开（只计这一情形）"),
        (1, 2, 1, 1, "12"),
        (2, 0, 1, 3, "四、结转下年度继续办理"),
    ]


def test_a_cell_turned_sideways():
    sheet = Sheet().grid([72, 110, 300, 360], [100, 300]).rule(110, 200, 360, 200)
    sheet.text(98, 280, "三、本年度办理结果", 14, matrix="0 1 -1 0")
    sheet.text(114, 150, "（一）予以公开", 14).text(310, 150, "3", 14).text(114, 250, "（二）部分公开", 14).text(310, 250, "12", 14)
    assert lines_of(read(sheet)) == ["三、本年度办理结果\t（一）予以公开\t3", "\t（二）部分公开\t12"]


@pytest.mark.parametrize(
    ("rules", "boxes", "paint"),
    [
        pytest.param([(72, 80, 523, 80), (72, 83, 523, 83), (72, 780, 523, 780)], [], "", id="red head"),
        pytest.param([], [(60, 60, 535, 800)], "S", id="frame"),
        pytest.param([(60, 84, 535, 84)], [(60, 60, 535, 800)], "S", id="frame in two"),
        pytest.param([], [(70, 84 + 28 * i, 525, 112 + 28 * i) for i in range(5)], "1 g", id="white ground"),
        pytest.param([], [(70, 84 + 28 * i, 525, 112 + 28 * i) for i in range(5)], ".8 g", id="grey ground"),
        pytest.param([*[(72, 103 + 28 * i, 500, 103 + 28 * i) for i in range(4)], (300, 88, 300, 110)], [], "", id="underlines"),
    ],
)
def test_lines_and_frames_that_are_no_tables(rules, boxes, paint):
    sheet = Sheet()
    for rule in rules:
        sheet.rule(*rule)
    for box in boxes:
        sheet.box(*box, "S" if paint == "S" else "f", paint if paint != "S" else "0 G")
    extract = read(sheet.lines(72, 100, wrapped(prose(100) + "。")))
    assert (lines_of(extract), extract.grids) == ([prose(100) + "。"], ())


def test_a_table_in_a_frame_and_words_beside_it():
    extract = read(table_sheet().box(40, 40, 555, 800).text(460, 140, "旁注").lines(72, 250, wrapped(prose(60) + "。")))
    assert len(extract.grids) == 1
    assert lines_of(extract)[-2:] == ["旁注", prose(60) + "。"]


def test_more_rules_than_a_table_has():
    sheet = Sheet().text(72, 800, "图一")
    for i in range(120):
        sheet.rule(50 + 4 * i, 50, 50 + 4 * i, 530).rule(50, 50 + 4 * i, 530, 50 + 4 * i)
    extract = read(sheet)
    assert extract.text == "图一\n"
    assert "more ruled lines" in extract.warnings[0]


def test_without_pdfplumber_the_text_is_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "pdfplumber", None)
    monkeypatch.setitem(sys.modules, "pdfplumber.table", None)
    extract = read(table_sheet())
    assert "规章\t1\t11" in extract.text
    assert "gongkai[pdf]" in extract.warnings[0]


# What stands on a page


def turned(quarter: int, extra: str = "") -> Sheet:
    """A page whose text is written for a reader who turns it by quarters."""
    sheet = Sheet(extra=extra)
    for i, text in enumerate(wrapped(prose(80) + "。")):
        words = text.strip("\u3000")
        x, y = 72 + 16 * (len(text) - len(words)), 100 + 28 * i
        # Where the words begin, and the directions they and their upper ends point to.
        matrix, px, py = (("1 0 0 1", x, y), ("0 1 -1 0", y, 842 - x), ("-1 0 0 -1", 595 - x, 842 - y), ("0 -1 1 0", 595 - y, x))[quarter]
        sheet.text(px, py, words, matrix=matrix)
    return sheet


@pytest.mark.parametrize("quarter", range(4))
@pytest.mark.parametrize("rotated", [True, False])
def test_turned_pages(quarter, rotated):
    extract = read(turned(quarter, f"/Rotate {90 * quarter}" if rotated else ""))
    assert lines_of(extract) == [prose(80) + "。"]


def test_an_upright_page_number_on_a_page_turned_sideways():
    extract = read(turned(1).text(290, 800, "- 3 -"))
    assert extract.text == prose(80) + "。\n- 3 -\n"
    assert len(extract.furniture) == 1


def test_what_lies_outside_the_crop_box_is_not_read():
    sheet = Sheet(extra="/CropBox[50 300 545 800]").text(72, 20, "裁切标记").text(72, 100, "正文").text(72, 600, "框外")
    assert read(sheet).text == "正文\n"


@pytest.mark.parametrize(
    ("drawn", "warning"),
    [
        (lambda s: s.text(72, 300, "看不见的文字", mode=3), "invisible"),
        (lambda s: s.text(72, 300, "极小的字", 0.3), "tiny"),
        (lambda s: s.text(610, 100, "页外的字"), "off the page"),
        (lambda s: s.text(100, 500, "内部资料", 60, matrix="0.7 0.7 -0.7 0.7"), "slanted"),
    ],
)
def test_characters_that_are_left_out_are_told(drawn, warning):
    extract = read(drawn(Sheet().text(72, 100, "看得见的正文。")))
    assert extract.text == "看得见的正文。\n"
    assert warning in extract.warnings[0]


def test_the_invisible_text_of_a_searchable_scan_is_read():
    sheet = Sheet().picture(8, 8, bytes(64))
    for i, words in enumerate(wrapped(prose(120), indent=0)):
        sheet.text(72, 100 + 28 * i, words, mode=3)
    extract = read(sheet)
    assert (extract.text, extract.warnings) == (prose(120) + "\n", ())


def test_fake_bold_and_type_scaled_by_its_matrix():
    sheet = Sheet().text(72, 100, "一、总体情况").text(72.4, 100, "一、总体情况").text(72, 130, "放大的字", 1, matrix="16 0 0 16")
    assert lines_of(read(sheet)) == ["一、总体情况", "放大的字"]


def test_broken_surrogates_become_replacement_characters():
    text = read(Sheet().text(72, 100, "孤\ud842码，成对的𠮷字。")).text
    assert "".join(text.split()) == "孤\ufffd码，成对的𠮷字。"
    text.encode("utf-8")


def test_order_of_writing_does_not_matter():
    places = [(72 + 16 * k, 100 + 28 * i, c) for i, text in enumerate(wrapped(prose(60) + "。", indent=0)) for k, c in enumerate(text)]
    random.Random(3).shuffle(places)
    sheet = Sheet()
    for place in places:
        sheet.text(*place)
    assert lines_of(read(sheet)) == [prose(60) + "。"]


# Files that cannot be read


SCAN = Sheet().picture(8, 8, bytes(64))
NONSENSE = Sheet().lines(72, 100, ["".join(chr(0x4E00 + (997 * i + 131 * j) % 20000) for i in range(28)) for j in range(8)])


@pytest.mark.parametrize(
    ("raw", "reason", "cure"),
    [
        (b"", "damaged or no PDF", "save it again"),
        ("政府".encode(), "damaged or no PDF", "save it again"),
        (pdf(Sheet().text(72, 100, "正文"))[:900], "damaged or no PDF", "save it again"),
        (pdf(), "damaged or no PDF", "save it again"),
        (pdf(Sheet().text(72, 100, "正文"), locked=True), "locked with a password", "without"),
        (pdf(Sheet(), Sheet()), "has no text", "check"),
        (pdf(SCAN, SCAN), "is a scan without text", "--ocr"),
        (pdf(Sheet().picture(8, 8, bytes(64)).text(400, 830, "扫描全能王 创建", 10)), "is a scan without text", "--ocr"),
        (pdf(NONSENSE), "stand for no text", "--ocr"),
        (pdf(NONSENSE, encoding="Identity-H", ordering="Identity"), "stand for no text", "--ocr"),
        (pdf(Sheet().lines(72, 100, ["\ue010\ue011\ue012\ue020" * 7] * 3)), "stand for no text", "--ocr"),
        (pdf(*[Sheet().text(72, 100, "页")] * 6), "6 pages, more than the limit of 5", "pages=6"),
    ],
)
def test_files_that_cannot_be_read(raw, reason, cure):
    with pytest.raises(ReadError, match=reason) as raised:
        read_pdf(raw, Limits(pages=5))
    assert cure in raised.value.cure


def test_pages_that_cannot_be_read_are_told():
    extract = read(SCAN, Sheet().lines(72, 100, wrapped(prose(60))), SCAN, SCAN, NONSENSE, Sheet())
    assert extract.text == prose(60) + "\n"
    assert extract.warnings[0].endswith("scans without text: 1, 3-4")
    assert extract.warnings[1].endswith("stand for no text: 5")
    assert "--ocr" in extract.warnings[2]


def test_a_sentence_does_not_run_on_over_a_page_that_was_left_out():
    sheets = (Sheet().lines(72, 100, wrapped(prose(110))), SCAN, Sheet().lines(72, 100, [prose(28, 9), "各方。"]))
    assert prose(110) + "\n" in read(*sheets).text


def test_a_page_of_leaders_is_text():
    titles = ["一、总体情况", "二、主动公开政府信息情况", "五、存在的主要问题及改进情况"]
    contents = [f"{title}{'…' * 40}{n}" for n, title in enumerate(titles, 1)]
    assert lines_of(read(Sheet(1200).lines(72, 100, contents))) == contents


@pytest.mark.parametrize(("length", "warned"), [(60, True), (200, False)])
def test_a_picture_behind_text_is_told_where_the_text_is_short(length, warned):
    extract = read(Sheet().picture(8, 8, bytes(64)).lines(72, 100, wrapped(prose(length))))
    assert extract.text == prose(length) + "\n"
    assert bool(extract.warnings) == warned


def test_without_pypdfium2(monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(ReadError, match="needs pypdfium2") as raised:
        read_pdf(b"%PDF-1.5", Limits())
    assert raised.value.cure == 'pip install "gongkai[pdf]"'


@settings(max_examples=60)
@given(st.data())
def test_damaged_files_give_text_or_a_reason(data):
    raw = bytearray(
        pdf(table_sheet().lines(72, 300, wrapped(prose(60))), Sheet(extra="/Rotate 90/CropBox[10 10 500 500]").text(72, 400, "次页"))
    )
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), min_size=1, max_size=20)):
        raw[at] = byte
    with suppress(ReadError):
        extract = read_pdf(bytes(raw), Limits())
        assert all(0 <= a < b <= len(extract.text) for a, b in extract.furniture)


# PDFs as office programs make them


@pytest.mark.slow
def test_a_pdf_made_by_libreoffice(tmp_path):
    if not which("soffice"):
        without("needs LibreOffice (soffice)")
    texts = prose(700), prose(900, 40)
    document = docx.Document()
    table = [("第二十条第（一）项", "", ""), ("信息内容", "本年制发件数", "现行有效件数"), ("规章", "1", "11")]
    for text in ("一、总体情况", texts[0] + "。", "二、主动公开政府信息情况", table, "五、存在的主要问题及改进情况", texts[1] + "。"):
        if isinstance(text, str):
            document.add_paragraph(text).paragraph_format.first_line_indent = Pt(24)
            continue
        grid = document.add_table(3, 3, style="Table Grid")
        for r, row in enumerate(table):
            for c, words in enumerate(row):
                grid.cell(r, c).text = words
        grid.cell(0, 0).merge(grid.cell(0, 2)).text = table[0][0]
    document.sections[0].header.paragraphs[0].text = "青禾镇人民政府"
    document.save(tmp_path / "report.docx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "report.docx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    extract = read_pdf((tmp_path / "report.pdf").read_bytes(), Limits())
    assert without_furniture(extract).splitlines() == [
        "一、总体情况",
        texts[0] + "。",
        "二、主动公开政府信息情况",
        "第二十条第（一）项\t\t",
        "信息内容\t本年制发件数\t现行有效件数",
        "规章\t1\t11",
        "五、存在的主要问题及改进情况",
        texts[1] + "。",
    ]
    assert cells(extract)[0] == (0, 0, 1, 3, "第二十条第（一）项")
    assert {extract.text[a:b].strip() for a, b in extract.furniture} == {"青禾镇人民政府"}


def test_text_lost_for_want_of_a_font_is_said(monkeypatch):
    """Which fonts a machine has is its own affair: that PDFium left pieces out is put in its mouth."""
    sheet = Sheet().text(72, 100, "规章").text(240, 100, "11")
    assert not any("fonts" in w for w in read(sheet).warnings)
    marked = pdf_reader.read_marks
    monkeypatch.setattr(pdf_reader, "read_marks", lambda page: replace(marked(page), unfound=2))
    assert any("install a Chinese font" in w for w in read(sheet).warnings)

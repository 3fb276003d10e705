"""The Word summary: what it says is computed, what it quotes is there, and the file is one that Word and WPS can edit."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import openpyxl
import pandas as pd
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.errors import UserError
from gongkai.present import figures
from gongkai.present.brief import brief
from gongkai.present.word import summary
from gongkai.records import Failure
from gongkai.reuse import OWN
from office_frames import BODIES, converted, tables

BOOK = gongkai.load_codebook()
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
RUN = {"gongkai": "0.1.0", "codebook": "v2", "model": "0123456789ab"}


def written(frames=None, book=BOOK, **more):
    return summary(brief(figures.frames(**(frames or tables())), book, **more), book)


def made(frames=None, **more):
    return docx.Document(io.BytesIO(written(frames, **more)))


def lines(document, *styles):
    return [p.text for p in document.paragraphs if not styles or p.style.name in styles]


def said(document):
    return "\n".join(lines(document))


def recurring(*rows):
    columns = ["body", "theme", "year", "next_year", "problem", "measure", "problem_next", "outcome"]
    return pd.DataFrame(rows, columns=columns)


def questions(*rows):
    columns = ["report", "body", "year", "signal", "value", "admitted", "question_zh", "question_en", "places"]
    return pd.DataFrame(rows, columns=columns)


# --- what it says


def test_every_sentence_carries_a_number():
    frames = tables()
    rows = frames["statements"]
    document = made(
        frames,
        failures=[Failure("坏.pdf", "read", "the file is empty", "")],
        run=RUN,
        unanswered=rows.assign(answered=rows["role"] == "measure", partners=0),
        recurring=recurring(("临沚县", "timeliness", 2020, 2021, True, True, True, "recurs_despite_promise")),
        reuse=pd.DataFrame({"report": frames["reports"]["report"], "rate": 0.6, "source": OWN}),
        questions=questions(("临沚县2020年.txt", "临沚县", 2020, "refused", 3, False, "为什么？", "Why?", [])),
    )
    sentences = [s for line in lines(document, "Normal") for s in re.split("(?<=。)", line) if len(s) > 1 and "？" not in s]
    assert len(sentences) > 20
    assert [s for s in sentences if not re.search(r"\d", s)] == []


def test_the_figures_are_those_of_spread():
    frames = tables(problem=lambda b, y: b % 2 == 0 or y == 2022)
    table = gongkai.spread(frames["statements"], codebook=BOOK, reports=frames["reports"]).query("unit == 'reports' and count > 0")
    text = said(made(frames))
    assert len(table) == 3
    for r in table.to_dict("records"):
        low, high = (int(r[c] * 100 + 0.5) for c in ("low", "high"))
        share = int(r["share"] * 100 + 0.5)
        figure = rf"{BOOK.label(r['theme'])}。{r['denominator']}份报告中有{r['count']}份写到（{share}%，95%区间{low}%至{high}%）"
        assert re.search(figure, text)


def test_scope_and_method_stand_first():
    text = lines(made(run=RUN, failures=[]), "Normal")[0]
    scope = ("18份", "2020—2022年", "6个机关", "乡镇3份", "36句", "“存在问题”18句")
    method = ("gongkai 0.1.0版", "0123456789ab", "编码本第2版", "人工核校0句", "未按人工样本校正（样本0句）")
    for part in scope + method:
        assert part in text


def test_a_model_of_weak_labels_is_told_as_such():
    run = {"version": "0.1.0", "model": {"sha256": "ab12" * 16, "facts": {"weak": True}}}
    assert "gongkai 0.1.0版的编码模型（ab12ab12ab12，只有弱标注）" in said(made(run=run))


@pytest.mark.parametrize(
    ("reviewed", "first"), [(False, "机器标注，未经核校"), (True, "2020—2022年政府信息公开工作年度报告\n存在问题和改进措施分析简报")]
)
def test_the_reserve_stands_on_top_until_people_checked(reviewed, first):
    document = made(reviewed=reviewed)
    assert document.paragraphs[0].text == first
    assert ("人工核校0句" in said(document)) is not reviewed


def test_unknown_years_levels_and_offices_are_said():
    frames = tables(years=(2020, 2021))
    reports = frames["reports"]
    reports.loc[reports["body"] == "临沚县", ["body", "year", "level"]] = [None, pd.NA, None]
    document = made({**frames, "reports": reports})
    assert "2020—2021年和年份不明的2份，5个机关" in said(document)
    assert "层级不明2份" in said(document)


@pytest.mark.parametrize(
    ("bodies", "years", "reserve"),
    [
        (BODIES[:4], (2020,), "分母不足5，只作参考"),
        (BODIES[:2], (2020, 2021, 2022), "机关不足3个，只作参考"),
        (BODIES[:1], (2020, 2021, 2022, 2023, 2024), "只有1个机关，不给区间，机关不足3个，只作参考"),
        (BODIES, (2020, 2021), ""),
    ],
)
def test_few_reports_are_never_quoted_without_saying_so(bodies, years, reserve):
    document = made(tables(bodies, years))
    figures = [line for line in lines(document, "Normal") if re.match(r"\d\.\D+。\d+份报告中有", line)]
    assert len(figures) == 2
    assert all((reserve or "只作参考") in line for line in figures) is bool(reserve)
    table = document.tables[0]
    assert any("*" in c.text for row in table.rows for c in row.cells) is bool(reserve)


def test_corrected_shares_are_told_as_such():
    frames = tables()
    shares = gongkai.spread(frames["statements"], codebook=BOOK, reports=frames["reports"])
    shares = shares.rename(columns={"share": "naive", "low": "naive_low", "high": "naive_high"}).drop(
        columns=["count", "denominator", "small"]
    )
    shares = shares.assign(corrected=0.4, low=0.3, high=0.5, sampled=30, method="sampled")
    text = said(made(frames, shares=shares))
    assert "18份报告中有18份写到（机器计数100%，按人工样本校正为40%，95%区间30%至50%）" in text
    assert "样本最多30个单位" in text
    assert "未按人工样本校正" not in text


# --- quotations


def test_quotations_are_true_short_and_never_the_same_text_twice():
    frames = tables()
    rows = frames["statements"]
    copied = rows[rows["report"] == "临沚县2020年.txt"].assign(report="云渚市2020年.txt", body="云渚市")
    rows = pd.concat([rows[rows["report"] != "云渚市2020年.txt"], copied], ignore_index=True)
    quotes = lines(made({**frames, "statements": rows}), "Quote")
    found = [re.fullmatch("“(.+)”（(.+)，(.+)年，(.+)）", q).groups() for q in quotes]
    assert len(found) == 6
    assert len({text for text, *_ in found}) == 6
    for text, body, year, file in found:
        assert ((rows["text"] == text) & (rows["report"] == file)).any()
        assert file == f"{body}{year}年.txt"
    assert len({body for _, body, _, _ in found[:3]}) == 3


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("一是更新不及时。", "“更新不及时。”"),
        ("栏目" * 200, "“" + "栏目" * 55 + "……”"),
        ("公开栏积了灰，\n早没人换。", "“公开栏积了灰， 早没人换。”"),
    ],
)
def test_how_it_is_quoted(text, quoted):
    frames = tables(BODIES[:1], (2020,))
    frames["statements"].loc[1, "text"] = text
    assert lines(made(frames), "Quote")[0].startswith(quoted)


@pytest.mark.parametrize(
    "worse",
    [
        {"role_score": 0.2},
        {"text": "慢。"},
        {"text": "更新慢，" * 20},
        {"text": "栏目里的消息总要拖上许久才挂到网页，原因是"},
        {"themes": ["timeliness", "depth", "capacity"]},
    ],
)
def test_short_clear_and_sure_sentences_are_quoted_first(worse):
    frames = tables(years=(2020,))
    rows = frames["statements"]
    i = rows.index[rows["role"] == "problem"][0]
    for column, value in worse.items():
        rows.at[i, column] = value
    quotes = lines(made(frames), "Quote")[:3]
    assert all("（" in q and rows.loc[i, "body"] not in q for q in quotes)


# --- differences


def schools(n):
    return [f"云渚市第{k}中学" for k in range(n)]


def gaps(frames, by="year"):
    table = gongkai.differences(frames["statements"], by, BOOK, frames["reports"]).query("unit == 'reports'")
    return table[table["p_adjusted"].notna()]


@pytest.mark.parametrize(
    ("years", "n_bodies", "problem", "expected"),
    [
        (
            (2020, 2021),
            30,
            lambda b, y: b < (28 if y == 2020 else 2),
            "“存在问题”写到“公开时效”的，2020年30份中有28份（93%），2021年30份中有2份（7%），相差87个百分点（95%区间",
        ),
        ((2020, 2021), 30, lambda b, y: b < 16 - (y - 2020), "校正（Benjamini—Hochberg法）后p值小于0.05的有0项（最小的为"),
        ((2020, 2021), 4, lambda b, y: y == 2020, "没有可比较的年份（要求各不少于5份报告、3个机关）"),
    ],
)
def test_what_differs(years, n_bodies, problem, expected):
    assert expected in said(made(tables(schools(n_bodies), years, problem)))


def test_differences_are_those_of_the_command():
    frames = tables(schools(24), (2021, 2022, 2023), lambda b, y: b < 21 - 6 * (y - 2021))
    table = gaps(frames)
    found = table[table["p_adjusted"] < 0.05]
    widest = found[(found["role"] == "problem") & (found["theme"] == "timeliness")].sort_values("difference").iloc[-1]
    low, high = (int(widest[c] * 100 + 0.5) for c in ("low", "high"))
    text = said(made(frames))
    assert f"共比较{len(table)}项，按{len(table)}项校正（Benjamini—Hochberg法）后p值小于0.05的有{len(found)}项，涉及2个主题" in text
    figure = "2021年24份中有21份（88%），2023年24份中有9份（38%），相差50个百分点"
    assert f"“存在问题”写到“公开时效”的，{figure}（95%区间{low}至{high}个百分点，校正后p值" in text


def test_what_the_same_offices_change_is_seen_where_the_intervals_overlap():
    frames = tables(schools(24), (2021, 2022), lambda b, y: b < 14 + 6 * (y - 2021))
    shares = gongkai.spread(frames["statements"], by=["year"], codebook=BOOK, reports=frames["reports"])
    slow = shares.query("unit == 'reports' and role == 'problem' and theme == 'timeliness'").set_index("year")
    assert slow.loc[2022, "low"] < slow.loc[2021, "high"]
    assert "2022年24份中有20份（83%），2021年24份中有14份（58%），相差25个百分点" in said(made(frames))


def test_ties_of_the_widest_gap_are_counted():
    text = said(made(tables(schools(30), (2020, 2021, 2022), lambda b, y: b < (27 if y == 2020 else 3))))
    assert "差距同样大的另有1对" in text.split("年份之间的差别")[1].split("层级之间的差别")[0]


def test_reports_of_unknown_year_are_no_group():
    frames = tables([f"云渚市第{n}中学" for n in range(20)], (2020, 2021))
    frames["reports"].loc[frames["reports"]["year"] == 2021, "year"] = pd.NA
    assert "可比较的年份只有1个" in said(made(frames))


# --- what comes again, questions


def test_what_comes_again_year_after_year():
    rows = [
        ("临沚县", "timeliness", 2020, 2021, True, False, True, "recurs"),
        ("临沚县", "timeliness", 2021, 2022, True, True, True, "recurs_despite_promise"),
        ("云渚市", "timeliness", 2020, 2021, True, False, False, "disappears"),
        ("云渚市", "depth", 2020, 2021, False, False, True, "new"),
        ("柳泉县水利局", "general", 2020, 2021, True, False, True, "recurs"),
    ]
    text = said(made(recurring=recurring(*rows)))
    assert "前一份写为问题的主题共4项次，其中3项次在后一份中再次写为问题（75%，" in text
    assert "分母不足5，只作参考），涉及2个机关" in text
    assert "“公开时效”（3项次中2项次，67%）（分母3，不足5，只作参考）" in text
    assert "临沚县在2020年至2022年的3份报告中，接连把“公开时效”写为问题" in text
    assert "接连把“笼统”" not in text
    assert "前一份既写为问题又承诺改进的主题共1项次，其中1项次在后一份中仍写为问题（100%，95%区间21%至100%，分母不足5，只作参考）" in text


def test_a_broken_promise_is_quoted_from_both_years():
    frames = tables()
    rows = frames["statements"]
    rows.loc[rows["role"] == "measure", "themes"] = pd.Series([["timeliness"]] * len(rows))
    again = [(b, "timeliness", 2020, 2021, True, True, True, "recurs_despite_promise") for b in BODIES]
    document = made({**frames, "statements": rows}, recurring=recurring(*again))
    quotes = [q for q in lines(document, "Quote") if "承诺“" in q or "仍写“" in q]
    assert len(quotes) == 6
    assert re.match("柳泉县青禾镇，“公开时效”：2020年承诺“请老师二零给", quotes[0])
    assert re.match("2021年仍写“栏目二一的消息总要拖上许久才挂到网页。”（柳泉县青禾镇，2021年，", quotes[1])


@pytest.mark.parametrize("given", ["unanswered", "answers"])
def test_problems_without_a_measure(given):
    frames = tables()
    rows = frames["statements"]
    met = rows["body"] != "临沚县"
    starts = rows.pivot(index="report", columns="role", values="start").loc[lambda t: ~t.index.str.startswith("临沚县")].reset_index()
    more = {
        "unanswered": rows.assign(answered=met, partners=met.astype(int)),
        "answers": starts.assign(score=0.9, why="theme"),
    }
    text = said(made(frames, **{given: more[given]}))
    assert "“存在问题”18句中有3句（17%，" in text
    assert "“改进措施”18句中有3句没有配到“存在问题”" in text
    assert "（临沚县，202" in text.split("列出1句供核对。")[1]


@pytest.mark.parametrize(
    ("attrs", "n_rows", "expected", "not_said"),
    [
        ({"without_tables": 15}, 0, "18份报告中有15份没有读到法定表格", "不等于数字没有疑问"),
        ({"without_tables": 15}, 0, "读到法定表格的3份报告的数字和全部18份报告的写法中，值得追问的有0处", "不等于数字没有疑问"),
        ({"without_tables": 18}, 0, "正文中值得追问的写法有0处，不等于数字没有疑问", "数字或写法有0处"),
        ({"without_tables": 18}, 0, "18份报告中有18份没有读到法定表格，表格中的数字未作核对和追问", "数字或写法有0处"),
        ({"without_tables": 15}, 1, "对这15份只能看正文", "有0处"),
        ({"without_tables": 0}, 0, "读到法定表格的18份报告的数字", "没有读到法定表格"),
        ({}, 0, "18份报告中值得追问的数字或写法有0处；其中几份读到了法定表格，所给数据没有写明", "没有读到法定表格"),
    ],
)
def test_what_could_not_be_asked_is_said(attrs, n_rows, expected, not_said):
    frame = questions(*[("临沚县2020年.txt", "临沚县", 2020, "refused", 3, False, "为什么？", "", [])] * n_rows)
    frame.attrs.update(attrs)
    text = said(made(questions=frame))
    assert expected in text
    assert not_said not in text


def test_questions_are_asked_of_many_signals_those_not_admitted_first():
    rows = [(f"a{i}", "临沚县", 2020, "refused", i, False, f"为什么不予公开{i}件？", "", []) for i in range(9)]
    rows += [("b", "云渚市", 2021, "overturned", 1, False, "纠正的1件错在哪里？", "", [])]
    rows += [("c", "云渚市", 2021, "late", 1, True, "为什么晚？", "", [])]
    document = made(questions=questions(*rows))
    asked = [line for line in lines(document, "Normal") if "？" in line]
    assert len(asked) == 8
    assert asked[0] == "1.为什么不予公开0件？（临沚县，2020年，a0）"
    assert asked[1] == "2.纠正的1件错在哪里？（云渚市，2021年，b）"
    assert "共有11处数字或写法值得追问，其中报告自己没有提到的10处，列出8处" in said(document)


def test_reused_text_is_counted():
    frames = tables()
    reuse = pd.DataFrame({"report": frames["reports"]["report"], "body": frames["reports"]["body"], "source": OWN})
    reuse["rate"] = [0.9] * 6 + [0.2] * 11 + [None]
    text = said(made(frames, reuse=reuse.iloc[:-1]))
    assert "18份报告中，可以比对文本的有17份（另1份无法比对：0份的语句都太短，1份没有读出语句）；这17份中有6份（35%，" in text
    assert re.search("至少一半语句.*以往报告的6份，出自其他机关的0份", text)
    assert "可以比对文本的有17份（另1份无法比对：1份的语句都太短，0份没有读出语句）" in said(made(frames, reuse=reuse))
    assert "可以比对文本的有0份（另18份无法比对：18份的语句都太短，" in said(made(frames, reuse=reuse.assign(rate=None)))


def test_what_is_not_given_is_left_out_and_said():
    document = made()
    assert "未提供6项数据（问题与措施配对、连年比对、文本沿用、追问、未能读取的文件、版本），相应内容从略" in said(document)
    assert lines(document, "Heading 1") == ["一、范围和方法", "二、主要发现", "三、局限"]


def test_missing_sections_and_failures_are_among_the_limits():
    frames = tables()
    gone = frames["reports"]["report"].iloc[0]
    frames["statements"] = frames["statements"][frames["statements"]["report"] != gone]
    frames["sections"].loc[frames["sections"]["report"] == gone, ["kind", "title", "start"]] = ["missing", "problems", None]
    text = said(made(frames, failures=[Failure("坏.pdf", "read", "x", "y")]))
    assert "18份报告中有1份没有找到存在问题或改进措施部分，不进分母；另有1个文件未能读取" in text


def test_nothing_at_all_makes_a_summary_that_says_so():
    empty = {name: frame.iloc[:0] for name, frame in tables().items()}
    document = made(empty)
    assert "0份报告中写出“存在问题”“改进措施”的有0句" in said(document)
    assert document.tables == []


def test_reports_that_name_nothing_get_a_sentence_and_no_zeros():
    frames = tables(BODIES[:1], (2020,))
    frames["statements"] = frames["statements"].iloc[:1].assign(role="other", themes=[[]])
    asked = questions((frames["reports"]["report"].iloc[0], "柳泉县青禾镇", 2020, "refused", 3, False, "为什么？", "", []))
    document = made(frames, questions=asked)
    assert "1份报告中写出“存在问题”“改进措施”的有0句，没有主题可以统计" in said(document)
    assert "1.为什么？" in said(document)
    assert document.tables == []
    assert not document.element.xpath("//w:drawing")
    assert lines(document, "Heading 2") == []


@pytest.mark.parametrize(
    ("themes", "expected"),
    [
        # Equal counts: the larger share first, and a tie to its end.
        (
            {"timeliness": (2, 2), "depth": (2, 4), "channels": (1, 1), "capacity": (1, 1), "general": (1, 9)},
            "“公开时效”“公开深度与质量”“平台与渠道”“队伍与能力”",
        ),
        (dict.fromkeys(BOOK.theme_ids, (1, 2)), f"另有{len(BOOK.theme_ids)}个主题各1项次"),
        (
            dict.fromkeys(BOOK.theme_ids, (1, 2)) | {"timeliness": (3, 3)},
            f"“公开时效”（3项次中3项次，100%）（分母3，不足5，只作参考）、另有{len(BOOK.theme_ids) - 1}个主题各1项次",
        ),
    ],
)
def test_ties_are_told_to_their_end(themes, expected):
    rows = []
    for theme, (again, n) in themes.items():
        outcomes = ["recurs"] * again + ["disappears"] * (n - again)
        rows += [(BODIES[k % 6], theme, 2010 + k, 2011 + k, True, False, o == "recurs", o) for k, o in enumerate(outcomes)]
    (sentence,) = re.findall("再次出现项次最多的是(.+?)。", said(made(recurring=recurring(*rows))))
    assert expected in re.sub("（.+?）、?", "", sentence) + sentence


@pytest.mark.parametrize("name", ["recurring", "unanswered", "answers", "reuse", "questions"])
def test_a_frame_that_lacks_a_column_is_refused(name):
    with pytest.raises(UserError, match="no column"):
        made(**{name: pd.DataFrame({"x": [1]})})


# --- the file


def test_layout_follows_the_standard():
    document = made()
    page = document.sections[0]
    close = 1000
    for got, wanted in (
        (page.page_width, 210), (page.page_height, 297), (page.top_margin, 37), (page.bottom_margin, 35), (page.left_margin, 28),
        (page.right_margin, 26),
    ):  # fmt: skip
        assert abs(got - Mm(wanted)) < close
    for style, font, size in (
        ("Title", "方正小标宋简体", 22),
        ("Normal", "仿宋_GB2312", 16),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
    ):
        of = document.styles[style]
        assert of.element.rPr.rFonts.get(qn("w:eastAsia")) == font
        assert of.font.size == Pt(size)
        assert of.paragraph_format.line_spacing == Pt(28)
    indent = document.styles["Normal"].element.pPr.find(qn("w:ind"))
    assert (indent.get(qn("w:firstLineChars")), indent.get(qn("w:firstLine"))) == ("200", "640")
    assert document.settings.odd_and_even_pages_header_footer
    for footer, side in ((page.footer, "right"), (page.even_page_footer, "left")):
        paragraph = footer.paragraphs[0]
        assert paragraph.text == "— 1 —"
        assert paragraph._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side
        assert "PAGE" in paragraph._p.xml
    fonts = zipfile.ZipFile(io.BytesIO(written())).read("word/fontTable.xml").decode()
    assert 'w:name="方正小标宋简体"><w:altName w:val="宋体"/>' in fonts


def test_the_chart_is_native_and_its_workbook_holds_the_same_numbers():
    frames = tables(problem=lambda b, y: b % 2 == 0)
    parts = zipfile.ZipFile(io.BytesIO(written(frames)))
    chart = docx.oxml.parse_xml(parts.read("word/charts/chart1.xml"))
    assert not [n for n in parts.namelist() if n.startswith("word/media")]
    sheet = openpyxl.load_workbook(io.BytesIO(parts.read("word/embeddings/Microsoft_Excel_Sheet1.xlsx"))).active
    head, *rows = sheet.iter_rows(values_only=True)
    assert head[:3] == ("主题", "存在问题", "改进措施")
    shares = gongkai.spread(frames["statements"], codebook=BOOK, reports=frames["reports"]).query("unit == 'reports'")
    wanted = {(r["role"], BOOK.label(r["theme"])): r["share"] for r in shares.to_dict("records")}
    assert {("problem", r[0]): r[1] for r in rows} | {("measure", r[0]): r[2] for r in rows} == pytest.approx(wanted)
    values = [[float(v.text) for v in s.find(f"{CHART}val").iter(f"{CHART}v")] for s in chart.iter(f"{CHART}ser")]
    assert values == [[r[1] for r in rows], [r[2] for r in rows]]
    relation = chart.find(f"{CHART}externalData").get(qn("r:id"))
    assert f'Id="{relation}"' in parts.read("word/charts/_rels/chart1.xml.rels").decode()
    assert "embeddings/Microsoft_Excel_Sheet1.xlsx" in parts.read("word/charts/_rels/chart1.xml.rels").decode()
    # Exact line spacing would hide the chart.
    holder = next(p for p in made(frames).paragraphs if p._p.xpath(".//w:drawing"))
    assert holder.paragraph_format.line_spacing == 1.0


def test_the_annex_lists_every_theme():
    frames = tables()
    table = made(frames).tables[0]
    cells = [[c.text for c in row.cells] for row in table.rows]
    assert cells[0][1] == "存在问题"
    assert {row[0] for row in cells[2:]} == {BOOK.label(t) for t in BOOK.theme_ids}
    row = next(row for row in cells if row[0] == "公开时效")
    assert row[1:4] == ["18", "100%", "58%～100%"]
    assert [bool(r._tr.xpath("./w:trPr/w:tblHeader")) for r in table.rows[:3]] == [True, True, False]


def test_the_same_input_gives_the_same_bytes():
    content = written(run=RUN)
    assert content == written(run=RUN)
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert {i.date_time[0] for i in parts.infolist()} == {1980}
    core = parts.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", core)) == {"1980-01-01T"}
    inner = zipfile.ZipFile(io.BytesIO(parts.read("word/embeddings/Microsoft_Excel_Sheet1.xlsx")))
    assert {i.date_time[0] for i in inner.infolist()} == {1980}
    assert "1980-01-01T" in inner.read("docProps/core.xml").decode()


HOSTILE = ["=1+1", "</w:t></w:r>", "&amp;<b>]]>", "{body}{0}%s", "😀𠮷", "http://a.example/", "_x0041_", "<r><t>a</t></r>", "'\"`"]


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_comes_out_as_it_is(evil):
    frames = tables(BODIES[:1], (2020,))
    rows, reports = frames["statements"], frames["reports"]
    rows.loc[rows.index[1], "text"] = f"{evil}更新慢。"
    for frame in frames.values():
        frame["report"] = frame["report"].str.replace("柳泉县青禾镇2020年.txt", f"{evil}.txt")
    for frame in (rows, reports):
        frame.loc[frame["body"] == "柳泉县青禾镇", ["body", "level"]] = [f"{evil}镇", f"{evil}级"]
    document = made(frames, run={"model": evil})
    assert f"“{evil}更新慢。”（{evil}镇，2020年，{evil}.txt）" in lines(document, "Quote")
    assert f"{evil}级1份" in said(document)
    assert f"编码模型（{evil}）" in said(document)


def test_control_characters_are_replaced_and_counted():
    frames = tables(BODIES[:1], (2020,))
    frames["statements"].loc[1, "text"] = "更新\x00很\x1b慢\u202e。"
    text = said(made(frames))
    assert "“更新�很�慢�。”" in text
    assert "有3个控制字符换成“�”" in text


@given(st.text(max_size=60))
@settings(max_examples=8)
def test_any_text_makes_a_readable_document(text):
    frames = tables(BODIES[:2], (2020,))
    frames["statements"]["text"] = pd.Series([text] * 4, dtype=object)
    for name in ("statements", "reports"):
        frames[name]["body"] = pd.Series([text] * len(frames[name]), dtype=object)
    assert made(frames).paragraphs


def test_another_codebook_works():
    book = gongkai.codebook.parse_codebook(
        "version: 7\nroles:\n  gap: {zh: 缺口, en: gap, definition: 缺, themed: true}\n"
        "  rest: {zh: 其余, en: rest, definition: 余, themed: false}\n"
        "themes:\n  - {id: slow, zh: 慢, en: slow, definition: 慢}\n"
    )
    frames = tables()
    rows = frames["statements"]
    frames["statements"] = rows.assign(
        role=rows["role"].map({"problem": "gap", "measure": "rest"}), themes=[["slow"] if r == "problem" else [] for r in rows["role"]]
    )
    document = made(frames, book=book)
    assert "1.慢。18份报告中有18份写到" in said(document)
    assert "编码本第7版" in said(document)


@pytest.mark.slow
def test_libreoffice_prints_it(tmp_path):
    text = converted(tmp_path, "summary.docx", written()).replace(" ", "")
    for part in ("机器标注，未经核校", "一、范围和方法", "—1—", "—2—", "附件", "各主题份数和占比统计表"):
        assert part in text
    # The words of the chart are text of the page only where the chart was drawn.
    assert "80%" in text.split("图1")[0].split("总体情况")[1]

"""The Excel workbook: texts stay texts, numbers are numbers, nothing is cut, and what is missing is said."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.errors import UserError
from gongkai.present import figures, sheets
from gongkai.present.excel import workbook
from gongkai.records import FINDING_COLUMNS, TABLE_COLUMNS, Failure
from office_frames import BODIES, converted, tables

BOOK = gongkai.load_codebook()
RUN = {"version": "0.1.0", "model": {"sha256": "ab12", "facts": {"weak": True}}, "reports": [{"report": "a"}]}
REPORT = "临沚县2020年.txt"
CELLS = pd.DataFrame(
    [
        (REPORT, "proactive", "licences", "decisions", 12.0, "12件", 1, 2),
        (REPORT, "proactive", "fees", "amount", 318.93, "3189300元", 1, 2),
        (REPORT, "requests", "new", "natural", 0.0, "0", 1, 2),
        (REPORT, "requests", "new", "commercial", None, "", 1, 2),
        (REPORT, "requests", "new", "research", None, "无", 1, 2),
        (REPORT, "requests", "new", "total", None, None, None, None),
        (REPORT, "litigation", "cases", "after_review_upheld", 3.0, "3", 1, 2),
    ],
    columns=list(TABLE_COLUMNS),
)
CHECKS = pd.DataFrame(
    [
        (REPORT, "row_total", "requests", "new", None, 5.0, 4.0, "各栏之和为 5，总计填 4", ["120-130", "140-141"]),
        (REPORT, "group_total", "litigation", "cases", "review_total", 2.0, 1.0, "四种结果之和为 2", []),
    ],
    columns=list(FINDING_COLUMNS),
)


def opened(frames=None, **more):
    return openpyxl.load_workbook(io.BytesIO(workbook(**(frames or tables()), codebook=BOOK, **more)))


def rows(sheet):
    head, *found = sheet.iter_rows(values_only=True)
    names = [re.fullmatch("(.+?)(?:（([a-z_]+)）)?", h) for h in head]
    return [{m[1]: v for m, v in zip(names, row, strict=True)} for row in found]


def method(book):
    return [(r["项目"], r["名称"], r["内容"]) for r in rows(book["方法"])]


# --- the sheets


def test_there_is_a_sheet_for_each_thing_that_is_given():
    frames = tables()
    again = ("临沚县", "timeliness", 2020, 2021, True, True, False, True, "recurs_despite_promise")
    done = ("临沚县", "channels", 2020, 2021, True, False, True, True, "recurs")
    absent = ("临沚县", "depth", 2020, 2021, False, False, False, False, "absent")
    columns = ["body", "theme", "year", "next_year", "problem", "measure", "done", "problem_next", "outcome"]
    recurring = pd.DataFrame([again, done, absent], columns=columns)
    questions = pd.DataFrame(
        [(REPORT, "临沚县", 2020, "refused", 0.4, False, "为什么？", "Why?", ["3-9"])],
        columns=["report", "body", "year", "signal", "value", "admitted", "question_zh", "question_en", "places"],
    )
    book = opened(frames, cells=CELLS, checks=CHECKS, recurring=recurring, questions=questions)
    tabled = ["表格数据-主动公开", "表格数据-依申请公开", "表格数据-复议诉讼"]
    assert book.sheetnames == ["汇总", "明细", "未识别", *tabled, "勾稽", "连年", "追问", "方法"]
    assert [tuple(r.values()) for r in rows(book["连年"])] == [
        ("临沚县", "公开时效", 2020, 2021, "是", "是", "否", "是", "承诺改进后再次出现"),
        ("临沚县", "平台与渠道", 2020, 2021, "是", "否", "是", "是", "未见承诺，再次出现"),
    ]
    asked, *_ = rows(book["追问"])
    assert tuple(asked.values()) == (REPORT, "临沚县", 2020, "refused", 0.4, "否", "为什么？", "3-9")


@pytest.mark.parametrize(("told", "said"), [(17, "18份报告中有17份没有读到法定表格"), (0, None), (None, None)])
def test_what_could_not_be_asked_is_said(told, said):
    questions = pd.DataFrame(columns=["report", "body", "year", "signal", "value", "admitted", "question_zh", "places"])
    questions.attrs.update({} if told is None else {"without_tables": told})
    book = opened(questions=questions)
    notes = [row[0] for row in book["追问"].iter_rows(min_row=2, values_only=True) if row[0]]
    assert len(notes) == bool(said)
    assert all(note.startswith(str(said)) for note in notes)
    assert book["追问"].auto_filter.ref == "A1:H2"
    assert [n for part, name, n in method(book) if name == "没有读到法定表格的报告数"] == ([] if told is None else [told])


def test_a_statutory_table_without_a_row_is_no_sheet():
    book = opened(cells=CELLS[CELLS["table"] == "requests"], checks=CHECKS.iloc[:0])
    assert book.sheetnames == ["汇总", "明细", "未识别", "表格数据-依申请公开", "勾稽", "方法"]
    assert ("工作表", "表格数据-主动公开", "0行，不设工作表") in method(book)
    assert book["勾稽"]["A3"].value.startswith("18份报告中有17份没有读到法定表格")


def test_wide_sheets_are_printed_over_several_pages():
    frames = tables()
    frames["statements"]["text"] = "栏目里的消息总要拖上许久才挂到网页，" * 4
    book = opened(frames)
    wide, narrow = book["明细"], book["方法"]
    assert (wide.page_setup.fitToWidth, wide.print_title_cols, wide.page_setup.fitToHeight) == (2, "$A:$A", 0)
    assert narrow.page_setup.fitToWidth in (None, 1)


def test_what_is_not_given_is_said():
    book = opened()
    assert book.sheetnames == ["汇总", "明细", "未识别", "方法"]
    said = {name: text for part, name, text in method(book) if part == "工作表"}
    absent = {name for name, text in said.items() if text == "没有提供数据，从略"}
    assert absent == {"问题与措施配对", "连年比对", "追问", "法定表格", "勾稽核对", "未能读取的文件", "版本"}
    assert said["占比"] == "没有提供数据，由本表的语句计算"
    assert said["明细"] == "36行"


def test_every_sheet_can_be_used_at_once():
    for sheet in opened(cells=CELLS, checks=CHECKS):
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref.startswith("A1:")
        head = [c.value for c in sheet[1]]
        assert all(re.fullmatch(r"[^A-Za-z]+（[a-z_]+）", h) for h in head)
        assert len(set(head)) == len(head)
        for cell in sheet[1]:
            # Wide enough for the id, which does not wrap.
            assert sheet.column_dimensions[cell.column_letter].width > len(cell.value.rpartition("（")[2]) + 2
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                assert cell.value is None or cell.alignment.vertical == "top"
                assert cell.data_type in "ns"


def test_shares_are_those_of_spread_as_percent():
    frames = tables(problem=lambda b, y: b < 3)
    book = opened(frames)
    table = gongkai.spread(frames["statements"], codebook=BOOK, reports=frames["reports"])
    wanted = {(BOOK.label(r["theme"]), BOOK.label(r["role"]), r["unit"]): r for r in table.to_dict("records")}
    found = rows(book["汇总"])
    assert len(found) * 2 == len(wanted)
    for row in found:
        for unit, name, of, total in (("reports", "报告", "报告数", "报告总数"), ("statements", "语句", "语句数", "语句总数")):
            want = wanted[row["主题"], row["角色"], unit]
            assert (row[of], row[total]) == (want["count"], want["denominator"])
            assert row[f"{name}占比"] == pytest.approx(want["share"])
            assert row[f"{name}占比下限"] == pytest.approx(want["low"])
    assert [r["报告数"] for r in found[:3]] == [9, 9, 0]
    assert book["汇总"]["E2"].number_format == "0.0%"


def test_shares_by_group_show_their_groups():
    frames = tables()
    shares = gongkai.spread(frames["statements"], by=["year"], codebook=BOOK, reports=frames["reports"])
    found = rows(opened(frames, shares=shares)["汇总"])
    assert {r["year"] for r in found} == {2020, 2021, 2022}
    assert len(found) == 3 * 2 * len(BOOK.themes)


def test_statements_stand_one_a_row():
    frames = tables()
    given_rows = frames["statements"]
    given_rows["评语"] = ["好"] * len(given_rows)
    book = opened(frames, unanswered=given_rows.assign(answered=given_rows["role"] == "measure", partners=2))
    found = rows(book["明细"])
    assert [r["语句"] for r in found] == given_rows["text"].tolist()
    assert found[1] == {
        "机关": "柳泉县青禾镇", "年份": 2020, "层级": "乡镇", "地区": "云渚市", "角色": "存在问题", "主题": "公开时效",
        "语句": "栏目二零的消息总要拖上许久才挂到网页。", "文件": "柳泉县青禾镇2020年.txt",
        "标题路径": "存在的主要问题及改进情况", "所在部分": "问题与改进", "角色得分": 0.9, "起始位置": 70,
        "结束位置": 90, "是否配到": "否", "配到句数": 2, "评语": "好",
    }  # fmt: skip
    assert [book["明细"].cell(2, c).number_format for c in (2, 11, 12)] == ["0", "0.00", "0"]


def test_what_was_not_recognised_comes_with_a_cure():
    frames = tables()
    reports, sections = frames["reports"], frames["sections"]
    gone, doubtful, silent = reports["report"].iloc[:3]
    frames["statements"] = frames["statements"][~frames["statements"]["report"].isin([gone, silent])]
    frames["statements"].loc[frames["statements"]["report"] == doubtful, "role_score"] = [0.5, 0.9]
    sections.loc[sections["report"] == gone, ["kind", "title", "start", "confidence"]] = ["missing", "problems", None, None]
    sections["warnings"] = [["no heading found"] if r == gone else [] for r in sections["report"]]
    sections.loc[sections["report"] == doubtful, "confidence"] = 0.41
    reports.loc[reports["report"] == doubtful, "year"] = pd.NA
    failures = [Failure("坏.pdf", "read", "the file is empty", "save the report again; there is nothing in this file")]
    found = rows(opened(frames, failures=failures)["未识别"])
    assert [(r["类别"], r["文件"], r["部分或字段"], r["把握"], r["原因或内容"]) for r in found] == [
        ("读取失败", "坏.pdf", "读取", None, "文件是空的"),
        ("缺少部分", gone, "问题与改进", None, "未找到标题"),
        ("没有语句", silent, "问题与改进", None, None),
        ("部分存疑", doubtful, "问题与改进", 0.41, None),
        ("信息不明", doubtful, "年份", None, None),
        ("语句存疑", doubtful, "改进措施", 0.5, "请老师二一给经办人讲课。"),
    ]
    assert all(r["办法"] for r in found)


def test_figures_of_the_statutory_tables():
    book = opened(cells=CELLS)
    proactive = {r["行"]: r for r in rows(book["表格数据-主动公开"])}
    assert proactive["行政许可"]["本年处理决定数量"] == 12
    assert proactive["行政事业性收费"]["金额（万元）"] == 318.93
    assert proactive["行政许可"]["金额（万元）"] is None
    (new,) = rows(book["表格数据-依申请公开"])
    assert (new["文件"], new["机关"], new["年份"]) == (REPORT, "临沚县", 2020)
    assert [new[c] for c in ("自然人", "商业企业", "科研机构", "总计")] == [0, None, "无", "未能定位"]
    (lawsuit,) = rows(book["表格数据-复议诉讼"])
    assert (lawsuit["行"], lawsuit["结果维持"]) == ("复议后起诉", 3)


def test_findings_name_rows_and_columns():
    first, second = rows(opened(checks=CHECKS)["勾稽"])
    assert first == {
        "文件": REPORT, "机关": "临沚县", "年份": 2020, "检查": "横向合计", "表格": "依申请公开",
        "行": "一 本年新收政府信息公开申请数量", "栏": None, "应为": 5, "实为": 4, "说明": "各栏之和为 5，总计填 4",
        "位置": "120-130；140-141",
    }  # fmt: skip
    assert (second["行"], second["栏"]) == ("行政复议", "总计")


def test_the_method_sheet_tells_versions_codes_and_limits():
    told = method(opened(run=RUN))
    assert ("版本", "gongkai版本", "0.1.0") in told
    assert ("版本", "编码模型SHA-256", "ab12") in told
    assert ("版本", "编码模型只有弱标注", "True") in told
    assert ("数量", "报告数", 18) in told
    assert {name for part, name, _ in told if part == "主题"} == {f"{t.zh}（{t.id}）" for t in BOOK.themes}
    assert all(text not in (None, "") for _, _, text in told)
    assert {"局限", "栏目", "角色", "工作表", "写入"} <= {part for part, *_ in told}


# --- strangers' text

HOSTILE = [
    "=1+1", '=HYPERLINK("http://a.example")', "@SUM(A1)", "+cmd|'/C calc'!A0", "-1", "http://a.example/b", "mailto:a@b.cn", "007", "1e5",
    "</t></is></c>", "&amp;<b>]]>", "_x0041_", "😀𠮷", "{0}%s", "a\nb", "\t",
]  # fmt: skip


def plain(sheet):
    return [[(c.value, c.data_type, c.hyperlink) for c in row] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_text_stays_text_in_every_field(evil):
    frames = tables(BODIES[:1], (2020,))
    for frame in frames.values():
        frame["report"] = evil
    for name in ("statements", "reports"):
        frames[name][["body", "level", "region"]] = evil
    frames["statements"]["text"] = evil
    frames["statements"]["path"] = [(evil,)] * 2
    frames["sections"] = frames["sections"].assign(kind="missing", title=evil, start=None, warnings=[[evil]])
    cells, checks = CELLS.assign(report=evil, raw=evil, value=None), CHECKS.assign(report=evil, message=evil)
    book = opened(frames, cells=cells, checks=checks, failures=[Failure(evil, evil, evil, evil)], run={"model": evil})
    for sheet in book:
        for row in plain(sheet):
            assert all(kind in "ns" and link is None for _, kind, link in row)
    # openpyxl shows the escape that keeps the text as it is.
    same = {evil, evil.replace("_x", "_x005F_x")}
    found = rows(book["明细"])[0]
    assert all(found[c] in same for c in ("机关", "层级", "地区", "语句", "文件", "标题路径"))
    assert rows(book["未识别"])[0]["文件"] in same
    assert rows(book["勾稽"])[0]["说明"] in same
    assert rows(book["表格数据-依申请公开"])[0]["自然人"] in same


def test_markup_that_xlsxwriter_would_pass_on_stays_text():
    frames = tables(BODIES[:1], (2020,))
    evil = "<r><t>a</t></r>"
    frames["statements"]["text"] = evil
    book = opened(frames)
    assert rows(book["明细"])[0]["语句"] == evil + " "
    assert ("写入", "换掉的字符") in {(part, name) for part, name, text in method(book) if str(text).startswith("2个")}


def test_a_text_that_looks_like_a_formula_is_quoted():
    frames = tables(BODIES[:1], (2020,))
    frames["statements"]["text"] = "=1+1"
    sheet = opened(frames)["明细"]
    assert [sheet.cell(2, c).quotePrefix for c in (6, 7)] == [False, True]


def test_control_characters_are_replaced_and_counted():
    frames = tables(BODIES[:1], (2020,))
    frames["statements"]["text"] = "信\x00息\x1b公\r\n开\u202e"
    book = opened(frames)
    assert rows(book["明细"])[0]["语句"] == "信�息�公\n开�"
    assert any(text.startswith("6个控制字符") for _, _, text in method(book) if isinstance(text, str))


@given(st.text(max_size=80), st.text(alphabet="<>r/t&=_x0041\x00\ud800", max_size=30))
@settings(max_examples=15)
def test_any_text_makes_a_readable_workbook(text, odd):
    frames = tables(BODIES[:1], (2020,))
    frames["statements"]["text"] = pd.Series([text, odd], dtype=object)
    assert len(rows(opened(frames)["明细"])) == 2


# --- what does not fit


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("信" * 32_767, 1), ("信" * 32_768, 2), ("𠮷" * 16_384, 2), ("a" * 100_000, 4), ("<r>" + "a" * 40_000 + "</r>", 2)],
    ids=["full", "one more", "rare", "long", "markup"],
)
def test_a_long_text_goes_on_in_further_rows(text, pieces):
    frames = tables(BODIES[:2], (2020,))
    frames["statements"].loc[1, "text"] = text
    book = opened(frames)
    found = [r for r in rows(book["明细"]) if r["文件"] == "柳泉县青禾镇2020年.txt" and r["起始位置"] == 70]
    assert "".join(r["语句"] for r in found).strip() == text
    assert [r.get("续行") for r in found] == ([f"{k + 1}/{pieces}" for k in range(pieces)] if pieces > 1 else [None])
    assert [r["角色得分"] for r in found] == [0.9] + [None] * (pieces - 1)
    assert len(rows(book["明细"])) == 3 + pieces
    assert ("写入", "分行续写的行") in {(p, n) for p, n, text in method(book) if str(text).startswith(f"{int(pieces > 1)}行")}


def test_rows_beyond_the_limit_go_on_in_further_sheets(monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 100)
    frames = tables([f"云渚市第{n}中学" for n in range(60)], (2020, 2021))
    book = opened(frames)
    parts = [s for s in book if s.title.startswith("明细")]
    assert [s.title for s in parts] == ["明细", "明细（2）", "明细（3）"]
    assert [r["语句"] for s in parts for r in rows(s)] == frames["statements"]["text"].tolist()
    assert ("工作表", "明细", "240行，因超过Excel的行数上限分写3张") in method(book)


def test_long_rows_are_high_enough_to_read():
    frames = tables(BODIES[:1], (2020,))
    frames["statements"].loc[1, "text"] = "信息" * 100
    sheet = opened(frames)["明细"]
    width = sheet.column_dimensions["G"].width
    assert sheet.row_dimensions[3].height >= 15 * (400 / width)
    assert sheet.row_dimensions[2].height is None


# --- the file


def test_the_same_input_gives_the_same_bytes():
    frames = tables()
    content = workbook(**frames, codebook=BOOK, cells=CELLS)
    assert content == workbook(**tables(), codebook=BOOK, cells=CELLS)
    assert content == workbook(**frames, codebook=BOOK, cells=CELLS, tables=figures.frames(**frames))
    parts = zipfile.ZipFile(io.BytesIO(content))
    assert {i.date_time[0] for i in parts.infolist()} == {1980}
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", parts.read("docProps/core.xml").decode())) == {"1980-01-01T"}


def test_nothing_at_all_makes_a_workbook_that_says_so():
    book = opened({name: frame.iloc[:0] for name, frame in tables().items()}, cells=CELLS.iloc[:0], checks=CHECKS.iloc[:0])
    assert rows(book["明细"]) == []
    assert ("数量", "报告数", 0) in method(book)


def test_shares_that_lack_a_column_are_refused():
    with pytest.raises(UserError, match="no column theme"):
        opened(shares=pd.DataFrame({"role": [], "unit": []}))


@pytest.mark.slow
def test_libreoffice_prints_it(tmp_path):
    text = converted(tmp_path, "tables.xlsx", workbook(**tables(), codebook=BOOK, cells=CELLS, checks=CHECKS))
    for part in ("主题（theme）", "100.0%", "栏目二零的消息总要拖上许久才挂到网页。", "318.93", "未能定位", "横向合计"):
        assert part in text

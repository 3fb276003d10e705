"""The statutory tables: the same cells from every way a table is written down, nothing guessed, and sums that do not hold named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai.forms import row_pattern, rows
from gongkai.read.extract import Builder
from gongkai.records import Report, Section
from gongkai.segment import segment
from gongkai.tables import findings_frame, statutory_tables, tables_frame
from gongkai.values import tokens, value_of

# Group cells, row id and label, as the form lays them down.
ROWS_2019 = [
    ("", "new", "一、本年新收政府信息公开申请数量"),
    ("", "carried_in", "二、上年结转政府信息公开申请数量"),
    ("三、本年度办理结果", "granted", "（一）予以公开"),
    ("", "partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"),
    ("（三）不予公开", "refused_1", "1.属于国家秘密"),
    ("", "refused_2", "2.其他法律行政法规禁止公开"),
    ("", "refused_3", "3.危及“三安全一稳定”"),
    ("", "refused_4", "4.保护第三方合法权益"),
    ("", "refused_5", "5.属于三类内部事务信息"),
    ("", "refused_6", "6.属于四类过程性信息"),
    ("", "refused_7", "7.属于行政执法案卷"),
    ("", "refused_8", "8.属于行政查询事项"),
    ("（四）无法提供", "unavailable_1", "1.本机关不掌握相关政府信息"),
    ("", "unavailable_2", "2.没有现成信息需要另行制作"),
    ("", "unavailable_3", "3.补正后申请内容仍不明确"),
    ("（五）不予处理", "not_processed_1", "1.信访举报投诉类申请"),
    ("", "not_processed_2", "2.重复申请"),
    ("", "not_processed_3", "3.要求提供公开出版物"),
    ("", "not_processed_4", "4.无正当理由大量反复申请"),
    ("", "not_processed_5", "5.要求行政机关确认或重新出具已获取信息"),
    ("", "other", "（六）其他处理"),
    ("", "total", "（七）总计"),
    ("", "carried_out", "四、结转下年度继续办理"),
]
OTHERS = [
    ("（六）其他处理", "other_1", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
    ("", "other_2", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
    ("", "other_3", "3.其他"),
]
ROWS_2021 = [r for row in ROWS_2019 for r in (OTHERS if row[1] == "other" else [row])]
COLUMNS = ["自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"]
RESULTS = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
TWO = {
    "2019": [
        (["规章", "规范性文件"], ["本年新制作数量", "本年新公开数量", "对外公开总数量"]),
        (["行政许可", "其他对外管理服务事项"], ["上一年项目数量", "本年增/减", "处理决定数量"]),
        (["行政处罚", "行政强制"], ["上一年项目数量", "本年增/减", "处理决定数量"]),
        (["行政事业性收费"], ["上一年项目数量", "本年增/减"]),
        (["政府集中采购"], ["采购项目数量", "采购总金额"]),
    ],
    "2021": [
        (["规章", "行政规范性文件"], ["本年制发件数", "本年废止件数", "现行有效件数"]),
        (["行政许可"], ["本年处理决定数量"]),
        (["行政处罚", "行政强制"], ["本年处理决定数量"]),
        (["行政事业性收费"], ["本年收费金额（单位：万元）"]),
    ],
}


def three(form: str, values: dict[str, list[str]], columns: int = 10) -> list[list[str]]:
    """Rows of the table of section 三, blank where a cell spans on: three columns of labels, seven of values."""
    grid = [["", "", "", "申请人情况", "", "", "", "", "", ""], ["", "", "", "自然人", "法人或其他组织", "", "", "", "", "总计"]]
    grid.append(["", "", "", "", *COLUMNS[1:6], ""])
    for group, id, label in ROWS_2019 if form == "2019" else ROWS_2021:
        cells = values.get(id, ["0"] * 7)
        top = label.startswith(("一、", "二、", "四、"))
        deep = label[0].isdigit()
        first = group if group.startswith("三、") else ""
        grid.append([label if top else first, label if not top and not deep else group if deep else "", label if deep else "", *cells])
    return grid


def two(form: str, values: dict[str, list[str]]) -> list[list[str]]:
    grid = []
    for n, (labels, columns) in enumerate(TWO[form]):
        grid += [[f"第二十条第（{'一五六八九'[n]}）项", "", "", ""], ["信息内容", *columns, *[""] * (3 - len(columns))]]
        for label in labels:
            cells = values.get(label, ["0"] * len(columns))
            grid.append([label, *cells, *[""] * (3 - len(cells))])
    return grid


def four(values: list[str]) -> list[list[str]]:
    first = ["行政复议", *[""] * 4, "行政诉讼", *[""] * 9]
    second = [*RESULTS, "未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4]
    return [first, second, [*[""] * 5, *RESULTS, *RESULTS], values]


def tabs(grid):
    return "\n".join("\t".join(row) for row in grid) + "\n"


def pipes(grid):
    lines = ["| " + " | ".join(row) + " |" for row in grid]
    return "\n".join([lines[0], "|" + "---|" * len(grid[0]), *lines[1:]]) + "\n"


def led(grid):
    """As converters leave it: a cell a line behind a tab, without the cells that a label spans."""
    width = len(grid[0])
    labels = {10: 3, 4: 1, 15: 0}[width]
    out = []
    for row in grid:
        told = [c for c in row[:labels] if c]
        out.append("\n".join("\t" + (c or "\u3000") for c in [*told, *row[labels:]]))
    return "\n\n".join(out) + "\n\n"


def lines(grid):
    return "\n".join(c for row in grid for c in row if c) + "\n"


def flat(grid):
    return " ".join(c for row in grid for c in row if c) + " "


def marked(grid):
    """As a reader of Word, HTML or PDF puts it."""
    builder = Builder()
    builder.table((r, c, 1, 1, words) for r, row in enumerate(grid) for c, words in enumerate(row))
    return builder


WAYS = {"tabs": tabs, "pipes": pipes, "led by tabs": led, "a cell a line": lines, "flat": flat, "marked": marked}
TITLES = {
    "proactive": "二、主动公开政府信息情况",
    "requests": "三、收到和处理政府信息公开申请情况",
    "litigation": "四、政府信息公开行政复议、行政诉讼情况",
}


def report(way: str, two_=None, three_=None, four_=None, overview="", year=2021) -> tuple[Report, tuple[Section, ...]]:
    """A report with the given tables, written down in one way."""
    builder = Builder()
    builder.paragraph("柳泉县青禾镇政府信息公开工作年度报告")
    builder.paragraph(f"一、总体情况\n{overview or '全年平稳。'}")
    for table, grid in (("proactive", two_), ("requests", three_), ("litigation", four_)):
        builder.paragraph(TITLES[table])
        if grid and way == "marked":
            builder.table((r, c, 1, 1, words) for r, row in enumerate(grid) for c, words in enumerate(row))
        elif grid:
            builder.paragraph(WAYS[way](grid) + "以上为全年数据。")
    builder.paragraph("五、存在的主要问题及改进情况\n一是更新不及时。\n六、其他需要报告的事项\n无")
    got = builder.extract()
    made = Report("a.txt", got.text, year=year, grids=got.grids)
    return made, segment(made).sections


def read(way, **grids):
    return statutory_tables(*report(way, **grids))


def raws(tables, table, row):
    return [c.raw for c in tables.cells if (c.table, c.row) == (table, row)]


FULL = {
    "new": ["3", "1", "0", "0", "2", "0", "6"],
    "carried_in": ["1", "0", "0", "0", "0", "0", "1"],
    "granted": ["2", "1", "0", "0", "1", "0", "4"],
    "refused_8": ["1", "0", "0", "0", "0", "0", "1"],
    "total": ["3", "1", "0", "0", "1", "0", "5"],
    "carried_out": ["1", "0", "0", "0", "1", "0", "2"],
}
CASES = ["2", "1", "0", "1", "4", "0", "0", "0", "0", "0", "12", "3", "0", "0", "15"]


@pytest.mark.parametrize("form", ["2019", "2021"])
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_gives_every_cell(way, form):
    numbers = {"2019": {"规范性文件": ["1", "2", "30"], "行政许可": ["35", "+156", "191"], "政府集中采购": ["7", "359.3万元"]}}
    numbers["2021"] = {"行政规范性文件": ["1", "2", "30"], "行政许可": ["191"], "行政事业性收费": ["96171.6"]}
    tables = read(way, two_=two(form, numbers[form]), three_=three(form, FULL), four_=four(CASES))
    assert not tables.findings
    expected = ROWS_2019 if form == "2019" else ROWS_2021
    for _, id, _ in expected:
        assert raws(tables, "requests", id) == FULL.get(id, ["0"] * 7), id
    assert raws(tables, "litigation", "cases") == CASES
    assert raws(tables, "proactive", "normative_documents") == ["1", "2", "30"]
    assert raws(tables, "proactive", "licences") == numbers[form]["行政许可"]
    assert (tables.value("proactive", "procurement", "amount"), tables.value("proactive", "fees", "amount")) == (
        (359.3, None) if form == "2019" else (None, 96171.6)
    )


@pytest.mark.parametrize("way", ["tabs", "pipes", "led by tabs", "marked"])
@pytest.mark.parametrize("sign", ["", "/", "无", "—"])
def test_zero_blank_stroke_and_none_stay_apart(way, sign):
    row = [sign, "0", sign, sign, sign, sign, "1"]
    cases = [sign] * 4 + ["0"] + [sign] * 4 + ["0"] + [sign] * 4 + ["3"]
    tables = read(way, two_=two("2021", {"规章": [sign, "0", sign]}), three_=three("2021", {"new": row}), four_=four(cases))
    assert raws(tables, "requests", "new") == row
    assert raws(tables, "litigation", "cases") == cases
    assert raws(tables, "proactive", "regulations") == [sign, "0", sign]
    assert [c.value for c in tables.cells if (c.table, c.row) == ("requests", "new")] == [None, 0, None, None, None, None, 1]


def test_cells_lead_to_their_source():
    made, sections = report("tabs", two("2019", {}), three("2019", FULL), four(CASES))
    for c in statutory_tables(made, sections).cells:
        assert made.text[c.start : c.end] == c.raw


@pytest.mark.parametrize(
    ("way", "row"),
    [
        ("a cell a line", ["3", "", "", "", "", "", "3"]),
        ("flat", ["3", "", "", "", "", "", "3"]),
        ("flat", ["3", "0", "0", "0", "0", "0", "0", "3"]),
        ("tabs", ["3", "0", "0", "0", "0", "0", "0", "3"]),
    ],
)
def test_what_cannot_be_placed_is_empty_with_a_finding_and_the_other_rows_stand(way, row):
    grid = three("2019", {"granted": ["1"] * 6 + ["6"]})
    grid[3] = [*grid[3][:3], *row]
    tables = read(way, three_=grid)
    assert raws(tables, "requests", "new") == [None] * 7
    assert raws(tables, "requests", "granted") == ["1"] * 6 + ["6"]
    assert [(f.check, f.row) for f in tables.findings if f.table == "requests" and f.check == "unplaced"] == [("unplaced", "new")]


def test_a_value_that_spans_columns_is_not_spread_over_them():
    builder = Builder()
    builder.paragraph("三、收到和处理政府信息公开申请情况")
    cells = [(r, c, 1, 1, w) for r, row in enumerate(three("2019", {})) for c, w in enumerate(row) if r != 3 or c < 3]
    builder.table([*cells, (3, 3, 1, 7, "无")])
    got = builder.extract()
    made = Report("a", got.text, grids=got.grids)
    tables = statutory_tables(made, segment(made).sections)
    assert raws(tables, "requests", "new") == [None] * 7
    assert raws(tables, "requests", "carried_in") == ["0"] * 7


def test_a_shifted_row_is_read_by_its_numbers_and_a_trailing_column_is_no_value():
    grid = [[*row, ""] for row in three("2019", FULL)]
    grid[14] = ["8.属于行政查询事项", *grid[14][3:], "", ""]
    tables = read("tabs", three_=grid)
    assert raws(tables, "requests", "refused_8") == FULL["refused_8"]
    assert raws(tables, "requests", "new") == FULL["new"]


DAMAGE = {
    "blanks in labels": lambda t: t.replace("本年新收", "本 年 新 收").replace("结果维持", "结 果 维 持"),
    "broken labels": lambda t: t.replace("不予公开", "不予\n\n公开").replace("商业企业", "商业\n企业"),
    "half-width": lambda t: t.replace("（", "(").replace("）", ")").replace("、", ".").replace("，", ","),
    "radicals": lambda t: t.replace("人", "⼈").replace("行", "⾏"),
    "traditional": lambda t: t.replace("政府信息公开", "政府信息公開").replace("总计", "總計").replace("尚未审结", "尚未審結"),
    "item numbers without a stop": lambda t: t.replace("1.属于", "1属于").replace("2.重复", "2重复"),
    "full-width digits": lambda t: t.replace("\t3\n", "\t３\n"),
    "blanks around values": lambda t: t.replace("\t0\n", "\t\xa00\u3000\n"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_labels_are_known(damage):
    made, _ = report("led by tabs", two("2019", {}), three("2019", FULL), four(CASES))
    text = DAMAGE[damage](made.text)
    tables = statutory_tables(Report("a", text), segment(text).sections)
    numbers = [c.value for c in tables.cells]
    assert None not in numbers
    assert tables.value("requests", "new", "total") == 6
    assert tables.value("litigation", "cases", "after_review_total") == 15
    assert not tables.findings


@pytest.mark.parametrize(
    ("change", "check", "expected", "found"),
    [
        ({"total": ["3", "1", "0", "0", "2", "0", "6"]}, "balance", 2, 3),
        ({"new": ["3", "1", "0", "0", "2", "0", "7"]}, "row_total", 6, 7),
        ({"granted": ["9", "1", "0", "0", "1", "0", "11"]}, "results_total", 10, 3),
    ],
)
def test_sums_that_do_not_hold_are_named_with_their_places(change, check, expected, found):
    made, sections = report("tabs", three_=three("2019", FULL | change))
    findings = [f for f in statutory_tables(made, sections).findings if f.check == check]
    assert (findings[0].expected, findings[0].found) == (expected, found)
    assert all(made.text[s:e].isdigit() for s, e in findings[0].places)
    assert str(found) in findings[0].message


def test_sums_of_cases():
    tables = read("tabs", four_=four([*CASES[:4], "5", *CASES[5:]]))
    (finding,) = [f for f in tables.findings if f.check != "missing"]
    assert (finding.check, finding.column, finding.expected, finding.found) == ("group_total", "review_total", 4, 5)


def test_blanks_count_as_zero_in_sums_and_the_finding_says_so():
    tables = read("tabs", three_=three("2019", {"new": ["3", "", "", "", "", "", "4"]}))
    finding = next(f for f in tables.findings if f.check == "row_total")
    assert (finding.expected, finding.found) == (3, 4)
    assert "空格按 0 计" in finding.message


NAMED = [
    ("全年共收到政府信息公开申请6件。", None),
    ("全年共收到政府信息公开申请 9 件。", 9),
    ("2021年，我镇未收到依申请公开政府信息申请。", 0),
    ("完成依申请信息公开6条。", None),
    ("上年结转1件，另有3件顺延到下年度答复。", 3),
    ("政府信息公开行政复议4件；政府信息公开行政诉讼15件。", None),
    ("政府信息公开行政复议40件。", 40),
    ("发生行政诉讼14件。", 14),
    ("全年共收到依申请公开9件。", 9),
    ("全年新收依申请公开6件，办结5件。", None),
    ("共办理依申请公开申请12件。", 12),
    ("其中予以公开5件，部分公开0件。", 5),
    ("不予公开7件。", None),
]


@pytest.mark.parametrize(("words", "said"), NAMED, ids=[w for w, _ in NAMED])
def test_figures_in_words_are_held_against_the_table(words, said):
    made, sections = report("tabs", three_=three("2021", FULL), four_=four(CASES), overview=words)
    findings = [f for f in statutory_tables(made, sections).findings if f.check == "named"]
    assert [f.found for f in findings] == ([] if said is None else [said])
    for f in findings:
        start, end = f.places[0]
        assert made.text[start:end] in words


def test_missing_tables_are_said_with_the_reason():
    tables = read("tabs", three_=three("2019", FULL))
    assert [(f.check, f.table) for f in tables.findings] == [("missing", "proactive"), ("missing", "litigation")]
    assert statutory_tables(Report("a", "五、存在的主要问题\n更新慢。"), ()).findings[0].check == "missing"
    early = statutory_tables(Report("a", "一、概述\n无", year=2012), ()).findings[0]
    assert "2019" in early.message


@pytest.mark.parametrize("blank", [["", "0", "", "0", "0", "0", "1"], [""] * 7])
def test_rows_with_blanks_follow_the_full_rows_where_the_header_is_broken(blank):
    grid = [row for row in three("2019", {"granted": blank}) if "商业企业" not in row]
    assert raws(read("tabs", three_=grid), "requests", "granted") == blank


def test_cells_that_a_label_covers_are_not_taken_for_values():
    """A cell a line, with the covered cells as blanks: nothing tells them from blank values."""
    grid = "\n\n".join("\n".join("\t" + c for c in row) for row in three("2019", {"new": ["", "0", "0", "0", "0", "0", "1"]})) + "\n\n"
    text = f"三、收到和处理政府信息公开申请情况\n{grid}四、政府信息公开行政复议、行政诉讼情况\n无"
    tables = statutory_tables(Report("a", text), segment(text).sections)
    assert raws(tables, "requests", "new") == [None] * 7
    assert raws(tables, "requests", "carried_in") == ["0"] * 7


def test_a_row_that_is_not_there_is_said():
    grid = [row for row in three("2019", FULL) if "2.重复申请" not in row]
    tables = read("tabs", three_=grid)
    assert raws(tables, "requests", "not_processed_2") == [None] * 7
    assert ("row", "not_processed_2") in [(f.check, f.row) for f in tables.findings]


def test_a_row_under_a_strange_header_is_left_empty():
    grid = two("2021", {})
    grid[1][1:] = ["数量", "备注", ""]
    tables = read("tabs", two_=grid)
    assert raws(tables, "proactive", "regulations") == [None] * 3
    assert raws(tables, "proactive", "licences") == ["0"]


VALUES = [
    ("12", False, 12, ""),
    ("+156", False, 156, ""),
    ("-5", False, -5, ""),
    ("－5", False, -5, ""),
    ("1,234,567", False, 1234567, ""),
    ("３５", False, 35, ""),
    ("12件", False, 12, ""),
    ("", False, None, ""),
    ("\u3000", False, None, ""),
    ("/", False, None, ""),
    ("无", False, None, ""),
    ("——", False, None, ""),
    ("若干", False, None, "none"),
    ("增5", False, 5, ""),
    ("减少2", False, -2, ""),
    ("3万元", False, None, "money"),
    ("359.3万元", True, 359.3, ""),
    ("3189300元", True, 318.93, ""),
    ("6.02 万元", True, 6.02, ""),
    ("1.2亿元", True, 12000, ""),
    ("0", True, 0, ""),
    ("12.5", True, None, "unit"),
]


@pytest.mark.parametrize(("raw", "money", "number", "problem"), VALUES)
def test_values(raw, money, number, problem):
    got = value_of(raw, money)
    assert (got.number, got.problem) == (number, problem)


def test_only_a_change_may_be_below_zero():
    assert value_of("-2", signed=False).problem == "negative"
    tables = read("tabs", two_=two("2019", {"行政许可": ["7", "-2", "-3"]}))
    assert [c.value for c in tables.cells if c.row == "licences"] == [7, -2, None]
    assert [f.column for f in tables.findings if f.check == "number"] == ["decisions"]
    assert "处理决定数量" in next(f.message for f in tables.findings if f.check == "number")


SWAPPED = [
    ("行政规范性文件", "proactive", two("2021", {}), [(1, 1, 1, 2)]),
    ("新收", "requests", three("2021", FULL), [(2, 4, 2, 5)]),
    ("复议", "litigation", four(CASES), [(1, 0, 1, 1)]),
    ("诉讼", "litigation", four(CASES), [(1, 5, 1, 10)]),
    ("两类", "litigation", four(CASES), [(0, 0, 0, 5)]),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("_", "table", "grid", "swaps"), SWAPPED, ids=[s[0] for s in SWAPPED])
def test_columns_in_another_order_are_not_taken_for_the_forms(way, _, table, grid, swaps):
    grid = [list(row) for row in grid]
    for a, b, c, d in swaps:
        grid[a][b], grid[c][d] = grid[c][d], grid[a][b]
    tables = read(way, **{{"proactive": "two_", "requests": "three_", "litigation": "four_"}[table]: grid})
    row = {"proactive": "normative_documents", "requests": "new", "litigation": "cases"}[table]
    assert set(raws(tables, table, row)) == {None}
    assert ("header", row) in [(f.check, f.row) for f in tables.findings]


@pytest.mark.parametrize("way", ["tabs", "pipes", "marked"])
def test_a_total_that_stands_first_is_not_taken_for_the_natural_persons(way):
    grid = three("2021", FULL)
    grid[1][3], grid[1][9] = grid[1][9], grid[1][3]
    assert raws(read(way, three_=grid), "requests", "new") == [None] * 7


@pytest.mark.parametrize("way", WAYS)
def test_a_column_of_the_other_form_is_not_taken_for_this_ones(way):
    grid = two("2021", {})
    grid[1][3] = "本年新公开数量"
    assert raws(read(way, two_=grid), "proactive", "regulations") == [None] * 3


@pytest.mark.parametrize("way", WAYS)
def test_rows_in_another_order_are_read(way):
    grid = three("2021", FULL | {"refused_3": ["2", "0", "0", "0", "0", "0", "2"]})
    rows_ = [n for n, row in enumerate(grid) if row[2].startswith(("3.危及", "4.保护"))]
    grid[rows_[0]], grid[rows_[1]] = grid[rows_[1]], grid[rows_[0]]
    tables = read(way, three_=grid)
    assert raws(tables, "requests", "refused_3")[0] == "2"
    assert raws(tables, "requests", "refused_4")[0] == "0"


def test_the_form_of_section_two_tells_that_of_section_three():
    grid = [row for row in three("2021", FULL) if not any(c.startswith(("1.申请人", "2.申请人", "3.其他")) for c in row)]
    read_ = read("tabs", two_=two("2021", {}), three_=grid)
    assert {c.row for c in read_.cells if c.row.startswith("other_") and c.table == "requests"} == {"other_1", "other_2", "other_3"}


@pytest.mark.parametrize(("header", "number"), [("本年收费金额（单位：万元）", 12.5), ("采购总金额(元)", 0.00125), ("采购总金额", None)])
def test_the_header_tells_the_unit(header, number):
    assert value_of("12.5", True, header).number == number


@given(
    st.lists(st.sampled_from(["0", "12", "无", "/", "3.5", "1,200"]), min_size=1, max_size=12), st.sampled_from([" ", "\n", "\t", " | "])
)
def test_values_in_a_row_are_found_one_by_one(values, glue):
    text = "总计" + glue + glue.join(values)
    found = [text[s:e] for s, e in tokens(text, 2, len(text), len(values))]
    assert found == values


cell = st.sampled_from(["0", "1", "25", "", "/", "无"])


@given(
    st.lists(st.lists(cell, min_size=7, max_size=7), min_size=23, max_size=23), st.sampled_from(["tabs", "pipes", "led by tabs", "marked"])
)
def test_any_numbers_come_back_as_they_stand(numbers, way):
    values = dict(zip([id for _, id, _ in ROWS_2019], numbers, strict=True))
    tables = read(way, three_=three("2019", values))
    for id, row in values.items():
        assert raws(tables, "requests", id) == row


@given(st.text(st.sampled_from("一二三、（）01 2/无\t\n|本年新收政府信息公开申请数量总计结果维持纠正规章"), max_size=200))
def test_any_text_gives_cells_within_it_or_none(text):
    whole = "三、收到和处理政府信息公开申请情况\n" + text
    made = Report("a", whole)
    for c in statutory_tables(made, segment(made).sections).cells:
        assert c.raw is None or whole[c.start : c.end] == c.raw


def test_frames_have_the_columns_of_the_contract():
    read_ = {"a.txt": read("tabs", three_=three("2019", FULL))}
    assert list(tables_frame(read_)) == ["report", "table", "row", "column", "value", "raw", "start", "end"]
    assert set(findings_frame(read_)["check"]) == {"missing"}
    assert {r.id for r in rows("requests")} == {id for _, id, _ in ROWS_2019} | {id for _, id, _ in ROWS_2021}


@pytest.mark.parametrize("table", ["proactive", "requests"])
@settings(max_examples=30, deadline=None)
@given(drawn=st.data())
def test_the_first_look_at_a_label_misses_none(table, drawn):
    row = drawn.draw(st.sampled_from(rows(table)))
    assert row_pattern(table).match(drawn.draw(st.from_regex(row.pattern, fullmatch=True)))

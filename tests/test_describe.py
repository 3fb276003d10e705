"""Who wrote a report, for which year, at which level; the user's table wins."""

from __future__ import annotations

import pytest

from gongkai import Report, describe
from gongkai.describe import MetadataError, is_office, level_of, metadata_for, read_metadata, title_span, unmatched

TITLE = "政府信息公开工作年度报告"
FLAT = "平稳推进各项工作。\n" * 200

# text, body, year, level
READ = [
    (f"柳泉县青禾镇2021年{TITLE}\n一、总体情况", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳泉县青禾镇人民政府2021年{TITLE}", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳泉县白石乡2008年{TITLE}", "柳泉县白石乡", 2008, "乡镇"),
    (f"乌兰旗查干苏木2021年{TITLE}", "乌兰旗查干苏木", 2021, "乡镇"),
    (f"望溪区棠梨街道2018年度{TITLE}", "望溪区棠梨街道", 2018, "街道"),
    (f"望溪区棠梨街道办事处2018年{TITLE}", "望溪区棠梨街道", 2018, "街道"),
    (f"柳泉县水利局2020年{TITLE}", "柳泉县水利局", 2020, "部门(县级)"),
    (f"2020年柳泉县水利局{TITLE}", "柳泉县水利局", 2020, "部门(县级)"),
    (f"柳泉县水利局关于2020年{TITLE}", "柳泉县水利局", 2020, "部门(县级)"),
    (f"云渚市望溪区民政局2022年{TITLE}", "云渚市望溪区民政局", 2022, "部门(县级)"),
    (f"云渚市卫生健康委2023年{TITLE}", "云渚市卫生健康委", 2023, "部门(市级)"),
    (f"青石盟林业局2021年{TITLE}", "青石盟林业局", 2021, "部门(市级)"),
    (f"澜川省水文厅2022年{TITLE}", "澜川省水文厅", 2022, "部门(省级)"),
    (f"国家税务总局柳泉县税务局2022年{TITLE}", "国家税务总局柳泉县税务局", 2022, "部门(县级)"),
    (f"柳泉县人民政府2013年{TITLE}", "柳泉县", 2013, "县区"),
    (f"云渚市人民政府2016年{TITLE}", "云渚市", 2016, "市"),
    (f"澜川省人民政府2022年{TITLE}", "澜川省", 2022, "省"),
    (f"云渚市公共资源交易中心2022年{TITLE}", "云渚市公共资源交易中心", 2022, "事业单位或其他"),
    (f"柳泉县第二中学2022年{TITLE}", "柳泉县第二中学", 2022, "事业单位或其他"),
    (f"水利局2021年{TITLE}", "水利局", 2021, None),
    (f"柳泉县人民政府办公室关于柳泉县2021年{TITLE}", "柳泉县", 2021, "县区"),
    (f"# 柳泉县青禾镇2021年{TITLE}\n\n## 一、总体情况", "柳泉县青禾镇", 2021, "乡镇"),
    ("柳泉縣青禾鎮2021年政府信息公開工作年度報告", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳 泉 县 水 利 局 2021 年{TITLE}", "柳泉县水利局", 2021, "部门(县级)"),
    # over two or three lines
    (f"柳泉县青禾镇\n2021年{TITLE}\n一、总体情况", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳泉县青禾镇\n2021年\n{TITLE}", "柳泉县青禾镇", 2021, "乡镇"),
    ("柳泉县青禾镇\n2021年政府信息公开\n工作年度报告", "柳泉县青禾镇", 2021, "乡镇"),
    (f"云渚市望溪区\n卫生健康局\n2021年{TITLE}", "云渚市望溪区卫生健康局", 2021, "部门(县级)"),
    (f"首页 > 年报\n来源：柳泉县水利局\n柳泉县水利局2021年{TITLE}", "柳泉县水利局", 2021, "部门(县级)"),
    # year in Chinese numerals
    (f"柳泉县青禾镇二〇二一年{TITLE}", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳泉县青禾镇二○一九年度{TITLE}", "柳泉县青禾镇", 2019, "乡镇"),
    (f"柳泉县青禾镇二零零八年{TITLE}", "柳泉县青禾镇", 2008, "乡镇"),
    # year behind the title, or from the reporting period
    (f"柳泉县青禾镇{TITLE}（2021年）", "柳泉县青禾镇", 2021, "乡镇"),
    (f"青禾镇{TITLE}\n根据2019年修订的条例编制，统计期限自2021年1月1日起至12月31日止。", "青禾镇", 2021, "乡镇"),
    # no name in the title
    (f"2021年{TITLE}\n本报告由柳泉县水利局编制。", "柳泉县水利局", 2021, "部门(县级)"),
    (f"2021年{TITLE}\n一、总体情况\n{FLAT}柳泉县水利局\n2022年1月15日", "柳泉县水利局", 2021, "部门(县级)"),
    # no title, but a signature
    (f"一、总体情况\n{FLAT}柳泉县水利局\n2022年1月15日", "柳泉县水利局", None, "部门(县级)"),
    (f"一、总体情况\n{FLAT}青禾镇人民政府\n二〇二二年一月十五日\n", "青禾镇", None, "乡镇"),
    # nothing to read
    ("一、总体情况\n平稳。", None, None, None),
    ("", None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "body", "year", "level"), READ, ids=range(len(READ)))
def test_body_year_and_level_are_read(text, body, year, level):
    report = describe(Report("a.txt", text))
    assert (report.body, report.year, report.level) == (body, year, level)
    assert report.text == text


def test_the_day_of_signing_is_not_the_year_of_the_report():
    report = describe(Report("a.txt", "五、存在的主要问题及改进情况\n一是更新慢。\n柳泉县水利局\n2022年1月15日"))
    assert report.body == "柳泉县水利局"
    assert report.year in (None, 2021)


@pytest.mark.parametrize(
    ("id", "body", "year"),
    [
        ("柳泉县青禾镇2021年.txt", "柳泉县青禾镇", 2021),
        (f"年报/柳泉县水利局2019年{TITLE}.txt", "柳泉县水利局", 2019),
        ("a.txt", None, None),
    ],
)
def test_a_file_name_helps_where_the_text_is_silent(id, body, year):
    report = describe(Report(id, "五、存在的主要问题\n一是更新慢。"))
    assert (report.body, report.year) == (body, year)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"\n\n柳泉县青禾镇\n2021年{TITLE}\n\n一、总体情况", f"柳泉县青禾镇\n2021年{TITLE}"),
        (f"# 柳泉县水利局2021年{TITLE}\n正文", f"柳泉县水利局2021年{TITLE}"),
        ("一、总体情况\n平稳。", None),
    ],
)
def test_the_title_is_found_in_the_source(text, title):
    span = title_span(text)
    assert (text[slice(*span)] if span else None) == title


@pytest.mark.parametrize(
    ("name", "level", "office"),
    [
        ("柳泉县水利局", "部门(县级)", True), ("云渚市水文局", "部门(市级)", True), ("水利局", None, True),
        ("棠梨街道办事处", "街道", True),
        ("更新不及时", None, False), ("", None, False), (None, None, None),
    ],
)  # fmt: skip
def test_level_of_a_name(name, level, office):
    assert level_of(name) == level
    if office is not None:
        assert is_office(name) is office


SOURCE = Report("2021/青禾.txt", f"柳泉县青禾镇2021年{TITLE}")


def test_metadata_wins_and_further_columns_are_kept():
    row = {"report": "青禾", "body": "望溪区民政局", "year": 2019, "region": "南部", "人口": "12"}
    report = describe(SOURCE, row)
    assert (report.body, report.year, report.level, report.region) == ("望溪区民政局", 2019, "部门(县级)", "南部")
    assert dict(report.metadata) == {"人口": "12"}


def test_empty_cells_leave_what_the_text_says():
    report = describe(SOURCE, {"body": "", "year": None, "level": "试点", "note": ""})
    assert (report.body, report.year, report.level) == ("柳泉县青禾镇", 2021, "试点")
    assert dict(report.metadata) == {}


@pytest.mark.parametrize("key", ["2021/青禾.txt", "青禾.txt", "2021/青禾", "青禾"])
def test_rows_are_found_by_path_name_and_stem(key):
    assert metadata_for("2021/青禾.txt", {"别处.txt": {"n": "1"}, key: {"n": "2"}}) == {"n": "2"}


def test_the_nearest_name_of_a_row_wins():
    table = {"青禾": {"n": "stem"}, "青禾.txt": {"n": "name"}, "2021/青禾.txt": {"n": "path"}}
    assert metadata_for("2021/青禾.txt", table) == {"n": "path"}
    assert metadata_for("2021/白石.txt", table) is None


def test_rows_without_a_report_are_told():
    assert unmatched({"青禾": {}, "a.txt": {}, "2021/b": {}}, ["2021/青禾.txt", "2021/b.md"]) == ["a.txt"]


TABLE = "report,body,year,人口\n2021/青禾.txt,柳泉县青禾镇,2021年,12\n白石,,2020.0,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_metadata_tables_are_read(tmp_path, encoding):
    file = tmp_path / "m.csv"
    file.write_bytes(TABLE.encode(encoding))
    table = read_metadata(file)
    assert list(table) == ["2021/青禾.txt", "白石"]
    assert table["2021/青禾.txt"] == {"report": "2021/青禾.txt", "body": "柳泉县青禾镇", "year": 2021, "人口": "12"}
    assert table["白石"]["year"] == 2020


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["no such file", "check the spelling"]),
        ("", ["cannot be read", "CSV"]),
        ("report,year\n", ["at least one row"]),
        ("name,year\na,2021\n", ["'report'"]),
        ("report,year\na,2021\nb,2021\na,2020\n", ["line 4", "'a'", "keep one row"]),
        ("report,year\na,2021\nb,去年\n", ["line 3", "'去年'", "2021"]),
        ("report,year\na,inf\n", ["line 2", "'inf'", "2021"]),
    ],
    ids=["missing", "empty", "no row", "no report column", "double row", "bad year", "endless year"],
)  # fmt: skip
def test_bad_metadata_tables_are_named_with_a_cure(tmp_path, content, words):
    file = tmp_path / "m.csv"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(MetadataError) as caught:
        read_metadata(file)
    assert all(word in str(caught.value) for word in [str(file), *words])

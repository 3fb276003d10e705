"""Who wrote a report, for which year, at which level; the user's table wins."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai import Report, describe
from gongkai.describe import FIELDS, MetadataError, is_office, level_of, metadata_for, read_metadata, title_span, unmatched
from gongkai.offices import find, pattern
from gongkai.resources import data

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
    # no title, but a signature, of the year after the one reported on
    (f"一、总体情况\n{FLAT}柳泉县水利局\n2022年1月15日", "柳泉县水利局", 2021, "部门(县级)"),
    (f"一、总体情况\n{FLAT}青禾镇人民政府\n二〇二二年一月十五日\n", "青禾镇", 2021, "乡镇"),
    (f"一、总体情况\n{FLAT}柳泉县水利局 2022年1月", "柳泉县水利局", 2021, "部门(县级)"),
    (f"一、总体情况\n{FLAT}柳泉县水利局\n2022.1.15\n- 3 -", "柳泉县水利局", 2021, "部门(县级)"),
    (f"一、总体情况\n{FLAT}柳泉县水利局\n2021年12月31日", "柳泉县水利局", None, "部门(县级)"),
    # titles broken, marked, labelled, traditional
    ("柳泉县\n青禾镇\n2021年\n政府信息公开\n工作年度报告\n一、总体情况", "柳泉县青禾镇", 2021, "乡镇"),
    (f"2021年\n柳泉县青禾镇\n{TITLE}", "柳泉县青禾镇", 2021, "乡镇"),
    (f"柳泉县人民政府\n青禾镇2021年{TITLE}", "柳泉县青禾镇", 2021, "乡镇"),
    ("柳 泉 县 水 利 局\n2 0 2 1 年 政 府 信 息 公 开 工 作 年 度 报 告", "柳泉县水利局", 2021, "部门(县级)"),
    (f"**柳泉县青禾镇2021年{TITLE}**\n正文", "柳泉县青禾镇", 2021, "乡镇"),
    ("> ## 柳泉縣 青禾鎮 二〇二一年 政府信息公開工作年度報告", "柳泉县青禾镇", 2021, "乡镇"),
    (f"名称：柳泉县水利局2021年{TITLE} 索引号：000", "柳泉县水利局", 2021, "部门(县级)"),
    (f"关于印发《柳泉县水利局2021年{TITLE}》的通知", "柳泉县水利局", 2021, "部门(县级)"),
    (f"⼀年⼯作\n柳泉县⽔利局２０２１年{TITLE}", "柳泉县水利局", 2021, "部门(县级)"),
    # the title of a web page, the trail and the columns of a site
    (f"柳泉县水利局2021年{TITLE}_柳泉县人民政府", "柳泉县水利局", 2021, "部门(县级)"),
    (f"柳泉县水利局2021年{TITLE}-首页", "柳泉县水利局", 2021, "部门(县级)"),
    (f"2021年{TITLE}_2021年_政府信息公开年报_柳泉县水利局门户网站", "柳泉县水利局", 2021, "部门(县级)"),
    (f"首页>政府信息公开>政府信息公开年度报告\n柳泉县水利局2021年{TITLE}\n一、", "柳泉县水利局", 2021, "部门(县级)"),
    (f"政府信息公开年度报告\n首页\n柳泉县水利局2021年{TITLE}\n一、", "柳泉县水利局", 2021, "部门(县级)"),
    # who speaks of itself names nobody
    (f"根据《条例》，现将我镇2021年度政府信息公开工作报告如下：\n{FLAT}青禾镇人民政府\n2022年1月15日", "青禾镇", 2021, "乡镇"),
    # lines about the page
    (f"2021年{TITLE}\n发布时间：2022-01-18 来源：柳泉县水利局\n一、总体情况", "柳泉县水利局", 2021, "部门(县级)"),
    (f"2021年{TITLE}\n来源：柳泉县水利局　浏览次数：138\n一、总体情况", "柳泉县水利局", 2021, "部门(县级)"),
    (f"水利局2021年{TITLE}\n发布机构：柳泉县水利局\n一、总体情况", "柳泉县水利局", 2021, "部门(县级)"),
    (f"青禾镇2021年{TITLE}\n来源：青禾镇党政办\n一、总体情况", "青禾镇", 2021, "乡镇"),
    # whose department it is, where its name is silent
    (f"水利局2021年{TITLE}\n在县委、县政府的坚强领导下，稳步推进。", "水利局", 2021, "部门(县级)"),
    (f"水利局2021年{TITLE}\n在区委、区政府领导下，稳步推进。", "水利局", 2021, "部门(县级)"),
    (f"水利局2021年{TITLE}\n围绕我县中心工作", "水利局", 2021, "部门(县级)"),
    (f"水务厅2021年{TITLE}\n在自治区党委、政府的领导下", "水务厅", 2021, None),
    (f"水利局2021年{TITLE}\n在市委、市政府领导下，稳步推进。", "水利局", 2021, None),
    # years that are none of the report's
    (f"柳泉县水利局{TITLE}（2021）\n一、总体情况", "柳泉县水利局", 2021, "部门(县级)"),
    (f"柳泉县水利局2021-{TITLE}", "柳泉县水利局", 2021, "部门(县级)"),
    (f"柳泉县水利局{TITLE}\n根据2019年修订的条例〔2019〕，2020年3月5日印发，2021年工作如下", "柳泉县水利局", 2021, "部门(县级)"),
    (f"柳泉县水利局{TITLE}\n发布日期：2022-01-18\n一、总体情况", "柳泉县水利局", None, "部门(县级)"),
    # levels that only the divisions of the country tell
    (f"孝义市2021年{TITLE}", "孝义市", 2021, "县区"),
    (f"昆山市水务局2021年{TITLE}", "昆山市水务局", 2021, "部门(县级)"),
    (f"北京市2021年{TITLE}", "北京市", 2021, "省"),
    (f"北京市水务局2021年{TITLE}", "北京市水务局", 2021, "部门(省级)"),
    (f"上海市静安区2021年{TITLE}", "上海市静安区", 2021, "县区"),
    (f"静安区民政局2021年{TITLE}", "静安区民政局", 2021, "部门(县级)"),
    (f"石河子市2021年{TITLE}", "石河子市", 2021, "县区"),
    (f"仙桃市财政局2021年{TITLE}", "仙桃市财政局", 2021, "部门(县级)"),
    (f"巢湖市2009年{TITLE}", "巢湖市", 2009, "市"),
    (f"巢湖市2015年{TITLE}", "巢湖市", 2015, "县区"),
    (f"淮安市市场监督管理局2021年{TITLE}", "淮安市市场监督管理局", 2021, "部门(市级)"),
    (f"澜川省市场监督管理局2021年{TITLE}", "澜川省市场监督管理局", 2021, "部门(省级)"),
    (f"宁塬自治区财政厅2021年{TITLE}", "宁塬自治区财政厅", 2021, "部门(省级)"),
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
    assert report.year == 2021


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
        (f"柳泉县水利局2021年{TITLE}_柳泉县人民政府\n首页\n柳泉县水利局2021年{TITLE}\n一、总体", f"柳泉县水利局2021年{TITLE}"),
        (f"政府信息公开年度报告\n柳泉县水利局2021年{TITLE}\n一、总体", f"柳泉县水利局2021年{TITLE}"),
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


XIAOYI = "孝义市水利局 2021 部门(县级) 山西省吕梁市孝义市"
GULOU = "江苏省徐州市鼓楼区"
QJP = "江苏省淮安市清江浦区"
JOB = f"水利局2021年{TITLE}\n"
CITY = f"{JOB}在市委、市政府领导下。地址："
SIGNED = f"一、总体\n{FLAT}孝义市水利局\n2022年1月5日"
# id, text, what was read, where it was read
ORIGINS = [
    ("a.txt", f"孝义市振兴街道2021年{TITLE}", "孝义市振兴街道 2021 街道 山西省吕梁市孝义市", "title title name name"),
    ("a.txt", f"柳泉县水利局2021年{TITLE}", "柳泉县水利局 2021 部门(县级) None", "title title name -"),
    ("a.txt", f"2021年{TITLE}\n本报告由孝义市水利局编制。", XIAOYI, "opening title name name"),
    ("a.txt", f"2021年{TITLE}\n来源：孝义市水利局", XIAOYI, "opening title name name"),
    ("a.txt", f"2021年{TITLE}\n{SIGNED}", XIAOYI, "signature title name name"),
    ("a.txt", SIGNED, XIAOYI, "signature signature name name"),
    ("a.txt", f"{JOB}{SIGNED}", XIAOYI, "signature title name name"),
    ("a.txt", f"青禾镇{TITLE}\n统计期限自2021年1月1日起。", "青禾镇 2021 乡镇 None", "title opening name -"),
    ("a.txt", f"青禾镇{TITLE}\n2021年，我镇稳步推进。", "青禾镇 2021 乡镇 None", "title opening name -"),
    ("孝义市水利局2021.txt", FLAT, XIAOYI, "file_name file_name name name"),
    ("孝义市水利局2021年年报.txt", FLAT, XIAOYI, "file_name file_name name name"),
    ("2021年度孝义市水利局政府信息公开年报(终稿).txt", FLAT, XIAOYI, "file_name file_name name name"),
    ("20220118孝义市水利局2021年报.html", FLAT, XIAOYI, "file_name file_name name name"),
    ("2022-01-18孝义市水利局.html", FLAT, "孝义市水利局 None 部门(县级) 山西省吕梁市孝义市", "file_name - name name"),
    ("淮安2024.pdf", FLAT, "淮安市 2024 市 江苏省淮安市", "file_name file_name name name"),
    ("淮安2024.pdf", f"2024年{TITLE}", "淮安市 2024 市 江苏省淮安市", "file_name title name name"),
    ("江苏淮安2024.pdf", FLAT, "淮安市 2024 市 江苏省淮安市", "file_name file_name name name"),
    ("吉林2020.txt", FLAT, "吉林省 2020 省 吉林省", "file_name file_name name name"),
    ("孝义市/振兴街道/2020.txt", FLAT, "振兴街道 2020 街道 山西省吕梁市孝义市", "folder file_name name folder"),
    ("2021/孝义市水利局.txt", FLAT, XIAOYI, "file_name folder name name"),
    ("江苏省/淮安市/清江浦区/水利局2021.txt", FLAT, f"水利局 2021 部门(县级) {QJP}", "file_name file_name folder folder"),
    ("江苏省/淮安市/水利局2021.txt", FLAT, "水利局 2021 部门(市级) 江苏省淮安市", "file_name file_name folder folder"),
    ("江苏省/徐州市/鼓楼区2021.txt", f"鼓楼区2021年{TITLE}", f"鼓楼区 2021 县区 {GULOU}", "title title name folder"),
    ("江苏/徐州/鼓楼区2021.txt", f"鼓楼区2021年{TITLE}", f"鼓楼区 2021 县区 {GULOU}", "title title name folder"),
    ("徐州市鼓楼区2021.txt", f"鼓楼区2021年{TITLE}", f"徐州市鼓楼区 2021 县区 {GULOU}", "file_name title name name"),
    ("a.txt", f"鼓楼区教育局2021年{TITLE}\n（地址：徐州市解放路1号）", f"鼓楼区教育局 2021 部门(县级) {GULOU}", "title title name opening"),
    ("a.txt", f"鼓楼区教育局2021年{TITLE}_徐州市鼓楼区人民政府", f"鼓楼区教育局 2021 部门(县级) {GULOU}", "title title name opening"),
    ("a.txt", f"鼓楼区2021年{TITLE}\n{FLAT}徐州市鼓楼区人民政府\n2022年1月5日", f"鼓楼区 2021 县区 {GULOU}", "title title name signature"),
    ("a.txt", f"青禾镇2021年{TITLE}\n落实《嘉兴市秀洲区公开制度》", "青禾镇 2021 乡镇 浙江省嘉兴市秀洲区", "title title name opening"),
    ("a.txt", f"淮安市青禾镇2021年{TITLE}\n地址：淮安市清江浦区青禾路1号", f"淮安市青禾镇 2021 乡镇 {QJP}", "title title name opening"),
    ("a.txt", f"{CITY}淮安市青禾路1号", "水利局 2021 部门(市级) 江苏省淮安市", "title title opening opening"),
    ("a.txt", f"{CITY}孝义市青禾路1号", "水利局 2021 部门(县级) 山西省吕梁市孝义市", "title title opening opening"),
    # an address in a district does not make a department one of that district
    ("a.txt", f"{JOB}地址：淮安市清江浦区青禾路1号", f"水利局 2021 None {QJP}", "title title - opening"),
    # places that are in no list
    ("江苏省/徐州市/a.txt", f"柳泉县青禾镇2021年{TITLE}", "柳泉县青禾镇 2021 乡镇 None", "title title name -"),
    ("a.txt", f"江苏省淮安市柳泉县2021年{TITLE}", "江苏省淮安市柳泉县 2021 县区 江苏省淮安市", "title title name name"),
    ("a.txt", f"云渚市鼓楼区2021年{TITLE}", "云渚市鼓楼区 2021 县区 None", "title title name -"),
    ("a.txt", f"永安市望溪区2021年{TITLE}", "永安市望溪区 2021 县区 None", "title title name -"),
    # words that are names too, places looked at from afar
    ("a.txt", f"青禾镇2021年{TITLE}\n在城区、老城区和县委加强区域合作市场，赴浙江省安吉县学习",
     "青禾镇 2021 乡镇 None", "title title name -"),
    ("a.txt", f"国家粮食调查总队2021年{TITLE}\n地址：北京市西城区青禾街1号", "国家粮食调查总队 2021 国家 None", "title title name -"),
    ("附件1.txt", FLAT, "None None None None", "- - - -"),
    ("a.txt", "", "None None None None", "- - - -"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "text", "read", "origins"), ORIGINS, ids=range(len(ORIGINS)))
def test_where_each_field_was_read(id, text, read, origins):
    report = describe(Report(id, text))
    assert " ".join(str(getattr(report, f)) for f in FIELDS) == read
    assert " ".join(report.origins.get(f, "-").replace(" ", "_") for f in FIELDS) == origins
    assert not report.warnings


def test_the_folder_of_the_source_counts_where_the_id_has_none():
    report = describe(Report("鼓楼区2021.txt", f"鼓楼区2021年{TITLE}", "报告/江苏省/徐州市/鼓楼区2021.txt"))
    assert report.region == "江苏省徐州市鼓楼区"


@pytest.mark.parametrize(
    ("id", "text", "read", "candidates"),
    [
        ("a.txt", f"鼓楼区2021年{TITLE}", "鼓楼区 2021 县区 None",
         ["江苏省南京市鼓楼区", "江苏省徐州市鼓楼区", "福建省福州市鼓楼区", "河南省开封市鼓楼区"]),
        ("江苏省/a.txt", f"鼓楼区教育局2021年{TITLE}", "鼓楼区教育局 2021 部门(县级) None", ["江苏省南京市鼓楼区", "江苏省徐州市鼓楼区"]),
        ("a.txt", f"城关区青禾街道2021年{TITLE}", "城关区青禾街道 2021 街道 None", ["西藏自治区拉萨市城关区", "甘肃省兰州市城关区"]),
        ("a.txt", f"通州区2021年{TITLE}", "通州区 2021 县区 None", ["北京市通州区", "江苏省南通市通州区"]),
        ("朝阳2020.txt", FLAT, "朝阳 2020 None None", ["北京市朝阳区", "辽宁省朝阳市", "辽宁省朝阳市朝阳县", "吉林省长春市朝阳区"]),
    ],
)  # fmt: skip
def test_a_name_of_several_places_stays_open(id, text, read, candidates):
    report = describe(Report(id, text))
    assert " ".join(str(getattr(report, f)) for f in FIELDS) == read
    assert report.origins["region_candidates"].split(";") == candidates
    assert "region" not in report.origins
    (warning,) = report.warnings
    assert warning.startswith("region: ")
    assert all(c in warning for c in candidates)


@pytest.mark.parametrize(
    ("id", "text", "read", "warning"),
    [
        ("柳泉县水利局2020.txt", f"柳泉县水利局2021年{TITLE}", "柳泉县水利局 2021", "year: the title says 2021, the file name 2020"),
        ("a.txt", f"柳泉县水利局2020年{TITLE}\n自2021年1月1日至12月31日。",
         "柳泉县水利局 2020", "year: the title says 2020, the opening 2021"),
        ("2019/柳泉县水利局.txt", f"柳泉县水利局2021年{TITLE}", "柳泉县水利局 2021", "year: the title says 2021, the folder 2019"),
        ("2020年.txt", f"柳泉县水利局{TITLE}\n自2021年1月1日起。", "柳泉县水利局 2021", "year: the opening says 2021, the file name 2020"),
        ("a.txt", f"柳泉县水利局2021年{TITLE}\n{FLAT}柳泉县水利局\n2021年1月15日", "柳泉县水利局 2021",
         "year: the title says 2021, the signature 2021年1月15日"),
        ("云渚市民政局.txt", f"望溪区民政局2021年{TITLE}",
         "望溪区民政局 2021", "body: the title says 望溪区民政局, the file name 云渚市民政局"),
        ("a.txt", f"柳泉县水利局2021年{TITLE}\n本报告由临沚县水利局编制。",
         "柳泉县水利局 2021", "body: the title says 柳泉县水利局, the opening 临沚县水利局"),
        ("a.txt", f"柳泉县水利局2021年{TITLE}\n{FLAT}柳泉县民政局\n2022年1月15日",
         "柳泉县水利局 2021", "body: the title says 柳泉县水利局, the signature 柳泉县民政局"),
        ("江苏省/徐州市/a.txt", f"淮安市水利局2021年{TITLE}",
         "淮安市水利局 2021", "region: the name says 江苏省淮安市, the folder 江苏省徐州市"),
        ("浙江省/2021.txt", f"孝义市水利局2021年{TITLE}",
         "孝义市水利局 2021", "region: the name says 山西省吕梁市孝义市, the folder 浙江省"),
    ],
)  # fmt: skip
def test_disagreement_is_said(id, text, read, warning):
    report = describe(Report(id, text, warnings=("as it was",)))
    assert f"{report.body} {report.year}" == read
    assert report.warnings == ("as it was", warning)
    assert describe(report).warnings == report.warnings


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("2022/柳泉县水利局.txt", f"柳泉县水利局2021年{TITLE}"),
        ("柳泉县卫健局2021.txt", f"柳泉县卫生健康局2021年{TITLE}"),
        ("柳泉县水利局.txt", f"柳泉县水利局2021年{TITLE}\n{FLAT}柳泉县水利局\n2021年12月31日"),
        ("江苏省/淮安市/清江浦区/a.txt", f"淮安市水利局2021年{TITLE}"),
        ("柳泉县政府办.txt", f"柳泉县2021年{TITLE}\n本报告由柳泉县人民政府办公室编制。\n{FLAT}柳泉县人民政府办公室\n2022年1月15日"),
        ("a.txt", f"柳泉县青禾镇2021年{TITLE}\n来源：柳泉县人民政府\n本报告由青禾镇党政办公室编制。"),
    ],
    ids=["kept by the year of publication", "short name", "signed at the end of the year", "folder of a part", "its office", "source line"],
)
def test_no_disagreement_where_there_is_none(id, text):
    assert describe(Report(id, text)).warnings == ()


@pytest.mark.parametrize(
    ("row", "read", "origins"),
    [
        ({"body": "孝义市水利局"}, "孝义市水利局 2021 部门(县级) 山西省吕梁市孝义市", "metadata title name name"),
        ({"region": "淮安市清江浦区"}, "水利局 2021 部门(县级) 淮安市清江浦区", "title title metadata metadata"),
        ({"level": "试点", "year": 2019}, "水利局 2019 试点 None", "title metadata metadata -"),
        ({"body": "鼓楼区", "region": "南部"}, "鼓楼区 2021 县区 南部", "metadata title name metadata"),
        ({"body": "巢湖市", "year": 2009}, "巢湖市 2009 市 安徽省巢湖市", "metadata metadata name name"),
    ],
)
def test_the_table_of_the_user_wins(row, read, origins):
    report = describe(Report("b.txt", f"水利局2021年{TITLE}"), row)
    assert " ".join(str(getattr(report, f)) for f in FIELDS) == read
    assert " ".join(report.origins.get(f, "-") for f in FIELDS) == origins
    assert not report.warnings


@given(
    st.text(alphabet="柳泉县市区镇水利局鼓楼淮安江苏省年2021〇二报告政府信息公开，。：（）_->#*\n 　a", max_size=300),
    st.text("县/市2021.鼓楼区a", max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_no_text_and_no_name_of_a_file_stops_it(text, id):
    report = describe(Report(id, text))
    assert report.text == text
    assert set(report.origins) <= {*FIELDS, "region_candidates"}
    assert all((getattr(report, f) is None) == (f not in report.origins) for f in FIELDS)


@pytest.mark.parametrize(
    "unit", ["县", "江苏省淮安市", "政府信息公开", "本报告由", "在区委", "来源：", "2021", "二〇二", "江苏淮安", "柳泉县\n"]
)
def test_repetition_without_end_is_no_matter(unit):
    assert describe(Report("a.txt", unit * 30_000)).text


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


@pytest.mark.parametrize("mark", [";", "\t"])
def test_metadata_tables_parted_by_other_marks(tmp_path, mark):
    (tmp_path / "m.csv").write_text(TABLE.replace(",", mark), "utf-8")
    assert read_metadata(tmp_path / "m.csv")["2021/青禾.txt"]["year"] == 2021


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
        ("report,year\na,99999\n", ["line 2", "'99999'", "2021"]),
        ("report,year\na,1\n", ["line 2", "'1'", "2021"]),
    ],
    ids=["missing", "empty", "no row", "no report column", "double row", "bad year", "endless year", "far year", "early year"],
)  # fmt: skip
def test_bad_metadata_tables_are_named_with_a_cure(tmp_path, content, words):
    file = tmp_path / "m.csv"
    if content is not None:
        file.write_text(content, "utf-8")
    with pytest.raises(MetadataError) as caught:
        read_metadata(file)
    assert all(word in str(caught.value) for word in [str(file), *words])


@pytest.mark.parametrize("name", list(data("bodies.yaml")["holds"]))
@settings(max_examples=60, deadline=None)
@given(drawn=st.data())
def test_what_is_looked_for_first_stands_in_all_that_a_pattern_finds(name, drawn):
    text = drawn.draw(st.from_regex(pattern(name)))
    assert find(name, text)


@pytest.mark.parametrize(
    ("id", "source", "origin"),
    [
        ("柳泉县水利局.txt", "", "file name"),
        ("柳泉县水利局", "", "file name"),
        ("柳泉县水利局.", "", "file name"),
        ("柳泉县水利局/.txt", "", "folder"),
        ("柳泉县水利局/..", "x/..", "folder"),
        ("0.txt", "/档案/柳泉县水利局/0.txt", "folder"),
        ("柳泉县水利局/0.txt", "0.txt", "folder"),
        ("", "柳泉县水利局/./0.txt", "folder"),
    ],
)
def test_odd_paths_are_read_as_paths(id, source, origin):
    assert describe(Report(id, FLAT, source)).origins.get("body") == origin

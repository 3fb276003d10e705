"""Places named in a text become divisions of the country, or stay open, or are none."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.divisions import index
from gongkai.offices import level_by_place, level_of, names_a_place
from gongkai.regions import join, namings, place, settle, shorthand
from gongkai.resources import resource_text

DIVISIONS = sorted({d for found in index().full.values() for d in found}, key=lambda d: (d.path, d.since))


def paths(divisions) -> list[str]:
    return [d.path for d in divisions]


# name of an office, year, the divisions it may lie in
PLACES = [
    ("江苏省淮安市清江浦区水利局", None, ["江苏省淮安市清江浦区"]),
    ("淮安市清江浦区", None, ["江苏省淮安市清江浦区"]),
    ("清江浦区", None, ["江苏省淮安市清江浦区"]),
    ("江苏省清江浦区", None, ["江苏省淮安市清江浦区"]),
    ("江苏淮安清江浦区", None, ["江苏省淮安市清江浦区"]),
    ("江苏省淮安清江浦区", None, ["江苏省淮安市清江浦区"]),
    ("淮安市", None, ["江苏省淮安市"]),
    ("孝义市振兴街道", None, ["山西省吕梁市孝义市"]),
    ("国家税务总局淮安市税务局", None, ["江苏省淮安市"]),
    ("中共淮安市委", None, ["江苏省淮安市"]),
    ("淮安市水利局清江浦区分局", None, ["江苏省淮安市清江浦区"]),
    # no prefecture between
    ("上海市静安区", None, ["上海市静安区"]),
    ("重庆市石柱土家族自治县", None, ["重庆市石柱土家族自治县"]),
    ("仙桃市", None, ["湖北省仙桃市"]),
    ("石河子市", None, ["新疆维吾尔自治区石河子市"]),
    ("定安县", None, ["海南省定安县"]),
    ("东莞市", None, ["广东省东莞市"]),
    # autonomous divisions by their long and their usual names
    ("长阳土家族自治县", None, ["湖北省宜昌市长阳土家族自治县"]),
    ("长阳县水利局", None, ["湖北省宜昌市长阳土家族自治县"]),
    ("恩施州", None, ["湖北省恩施土家族苗族自治州"]),
    ("伊犁哈萨克自治州", None, ["新疆维吾尔自治区伊犁哈萨克自治州"]),
    ("鄂温克旗", None, ["内蒙古自治区呼伦贝尔市鄂温克族自治旗"]),
    ("内蒙古自治区", None, ["内蒙古自治区"]),
    ("广西自治区", None, ["广西壮族自治区"]),
    ("锡林郭勒盟", None, ["内蒙古自治区锡林郭勒盟"]),
    ("喀什地区", None, ["新疆维吾尔自治区喀什地区"]),
    # one name, several places
    ("鼓楼区教育局", None, ["江苏省南京市鼓楼区", "江苏省徐州市鼓楼区", "福建省福州市鼓楼区", "河南省开封市鼓楼区"]),
    ("江苏省鼓楼区", None, ["江苏省南京市鼓楼区", "江苏省徐州市鼓楼区"]),
    ("福州市鼓楼区", None, ["福建省福州市鼓楼区"]),
    ("西湖区", None, ["浙江省杭州市西湖区", "江西省南昌市西湖区"]),
    ("阳泉市城区", None, ["山西省阳泉市城区"]),
    # names of their time
    ("楚州区", 2010, ["江苏省淮安市楚州区"]),
    ("通州市", 2008, ["江苏省南通市通州市"]),
    ("通州区", 2008, ["北京市通州区"]),
    ("通州区", 2020, ["北京市通州区", "江苏省南通市通州区"]),
    ("巢湖市", 2010, ["安徽省巢湖市"]),
    ("巢湖市", 2011, ["安徽省合肥市巢湖市"]),
    ("钢城区", 2017, ["山东省莱芜市钢城区"]),
    ("钢城区", 2018, ["山东省济南市钢城区"]),
    ("江北区", 2020, ["浙江省宁波市江北区", "重庆市江北区"]),
    ("江北区", 2025, ["浙江省宁波市江北区"]),
    ("沙县", 2015, ["福建省三明市沙县"]),
    ("沙县区", 2023, ["福建省三明市沙县区"]),
    # a short name, alone or before a zone
    ("淮安", None, ["江苏省淮安市", "江苏省淮安市淮安区"]),
    ("海南", None, ["海南省"]),
    ("苏州工业园区管委会", None, ["江苏省苏州市"]),
    ("徐州经济技术开发区管理委员会", None, ["江苏省徐州市"]),
    # no place of the country
    ("柳泉县青禾镇", None, []),
    ("云渚市鼓楼区", None, []),
    ("新沛县", None, []),
    ("水利局", None, []),
    ("南京大学", None, []),
    ("", None, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "year", "found"), PLACES, ids=[f"{n} {y}" for n, y, _ in PLACES])
def test_the_place_in_a_name(name, year, found):
    assert paths(place(name, year)[0]) == found


def test_every_division_is_found_by_its_path():
    lost = [d for d in DIVISIONS if place(d.path, d.since or min(d.until, 2023)) != ((d,), len(d.path))]
    assert lost == []


def test_the_lists_are_whole():
    current = [d for d in DIVISIONS if d.until == 9999]
    assert [sum(d.level == level for d in current) for level in ("省", "市", "县区")] == [31, 333, 2848]
    assert len(resource_text("divisions.txt").encode()) <= 60_000


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("本报告由淮安市人民政府办公室编制", [["江苏省淮安市"]]),
        ("与孝义市水利局联系（地址：淮安市清江浦区青禾路）", [["山西省吕梁市孝义市"], ["江苏省淮安市清江浦区"]]),
        ("落实《嘉兴市秀洲区公开制度》", [["浙江省嘉兴市秀洲区"]]),
        ("在城区、老城区、新城区公开", []),
        ("阳泉市城区公开", [["山西省阳泉市城区"]]),
        ("省、市和县政府", []),
        ("开展合作市场建设，资源县级共享，全市区域", []),
        ("在全省、全市", []),
        ("赴安吉县学习，学习安吉县经验", []),
    ],
)
def test_places_in_running_text(text, found):
    assert [paths(n.divisions) for n in namings(text, running=True)] == found


@pytest.mark.parametrize(
    ("own", "evidence", "path", "origin", "clashes"),
    [
        ("鼓楼区", [("folder", ["江苏省", "徐州市"])], "江苏省徐州市鼓楼区", "folder", []),
        ("鼓楼区", [("opening", ["江苏省"]), ("folder", ["徐州市"])], "江苏省徐州市鼓楼区", "folder", []),
        ("鼓楼区", [("opening", ["江苏省"])], None, "opening", []),
        ("鼓楼区", [("folder", ["浙江省"])], None, "name", ["folder"]),
        ("鼓楼区", [("opening", ["杭州市", "徐州市"])], "江苏省徐州市鼓楼区", "opening", []),
        ("", [("opening", ["淮安市", "清江浦区"])], "江苏省淮安市清江浦区", "opening", []),
        ("", [("opening", ["淮安市"]), ("folder", ["清江浦区"])], "江苏省淮安市清江浦区", "folder", []),
        ("", [("opening", ["淮安市"]), ("folder", ["徐州市"])], "江苏省淮安市", "opening", ["folder"]),
        ("", [("opening", ["淮安市", "徐州市"])], None, None, []),
        ("淮安市", [("opening", ["清江浦区"])], "江苏省淮安市", "name", []),
        ("淮安", [], "江苏省淮安市", "name", []),
        ("", [], None, None, []),
    ],
)
def test_other_sources_settle_what_a_name_leaves_open(own, evidence, path, origin, clashes):
    settled = settle(place(own)[0], [(where, [place(p)[0] for p in said]) for where, said in evidence])
    assert (settled.division.path if settled.division else None) == path
    assert settled.origin == origin
    assert [where for where, _ in settled.clashes] == clashes


def test_a_county_is_taken_from_elsewhere_only_where_asked_for():
    city, county = place("淮安市")[0], place("清江浦区")[0]
    assert [settle(city, [("folder", [county])], deepen=d).divisions for d in (False, True)] == [city, county]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("北京市", "省"), ("天津市财政局", "部门(省级)"), ("滨海新区", "县区"), ("淮安市", "市"), ("恩施州", "市"), ("大兴安岭地区", "市"),
        ("孝义市", "县区"), ("孝义市城市管理局", "部门(县级)"), ("淮安市高新区教育局", "部门(县级)"), ("淮安市柳泉县水利局", "部门(县级)"),
        ("临沚市国有资产监督管理委员会", "部门(市级)"), ("柳泉县供销合作社联合社", "事业单位或其他"),
        ("北京市市场监督管理局", "部门(省级)"), ("市水利局", None),
    ],
)  # fmt: skip
def test_divisions_decide_between_levels(name, level):
    assert level_of(name) == level


@pytest.mark.parametrize(
    ("name", "place_name", "superior", "level"),
    [
        ("水利局", "清江浦区", None, "部门(县级)"),
        ("水利局", "淮安市", None, "部门(市级)"),
        ("水利厅", "江苏省", None, "部门(省级)"),
        ("水利局", "淮安市", "县", "部门(县级)"),
        ("水利局", "孝义市", "市", "部门(县级)"),
        ("水利局", "清江浦区", "市", None),
        ("水利局", "", "市", None),
        ("水利局", "", "盟", "部门(市级)"),
        ("水利局", "", None, None),
        ("青禾镇", "淮安市", None, None),
    ],
)
def test_the_level_of_a_department_that_names_no_place(name, place_name, superior, level):
    assert level_by_place(name, next(iter(place(place_name)[0]), None), superior) == level


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("柳泉县水利局", True), ("云渚市", True), ("澜川省水文厅", True), ("城市管理局", False), ("市场监督管理局", False),
        ("社区管理局", False), ("开发区管委会", False), ("县水利局", False), ("", False),
    ],
)  # fmt: skip
def test_names_that_hold_a_place(name, has):
    assert names_a_place(name) is has


@given(st.sampled_from(DIVISIONS), st.text("柳泉青禾水利局镇，。 ", max_size=8), st.text("柳泉青禾水利局镇，。 ", max_size=8))
def test_namings_lie_in_the_text_in_order(division, before, behind):
    text = before + division.path + behind
    found = namings(text)
    assert all(0 <= n.start < n.end <= len(text) and n.divisions for n in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@given(st.lists(st.sampled_from(DIVISIONS), max_size=4))
def test_what_sources_agree_on_lies_in_what_each_of_them_says(divisions):
    found = join((d,) for d in divisions)
    assert all(any(d.holds(f) or f.holds(d) for f in found) for d in divisions) or not found


@given(st.text("江苏淮安吉林海南朝阳市", max_size=8))
def test_short_names_tell_divisions_or_nothing(text):
    assert all(d.names[-1][:2] in text for d in shorthand(text))

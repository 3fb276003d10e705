"""Sections in every form of page that genre knows: what is found, where, and what is said to be missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gongkai
from gongkai.records import KINDS, Report
from gongkai.titles import covers, title_at
from pages import pages

TITLE = "柳泉县青禾镇2021年政府信息公开工作年度报告\n"
SIX = [
    ("一、总体情况", "全年平稳有序。"),
    ("二、主动公开政府信息情况", "共发布三条。"),
    ("三、收到和处理政府信息公开申请情况", "未收到申请。"),
    ("四、政府信息公开行政复议、行政诉讼情况", "未发生此类情况。"),
    ("五、存在的主要问题及改进情况", "网页更新慢。下一步专人负责。"),
    ("六、其他需要报告的事项", "无其他事项。"),
]
PLAIN = "\n".join(f"{h}\n{b}" for h, b in SIX)
ORDER = ["overview", "proactive", "requests", "litigation", "problems", "other_matters"]


def kinds(text, year=2021):
    found = gongkai.segment(Report("", text, year=year))
    return [s.kind for s in found.sections if s.kind != "preface"], found


def body(text, found, kind="problems"):
    section = next(s for s in found.sections if s.kind == kind)
    return text[section.body_start : section.end]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("存在的主要问题及改进情况", "problems"),
        ("政府信息公开工作存在的主要问题和改进措施", "problems"),
        ("存在的主要问题及下步工作安排", "problems"),
        ("存在的问题与改进思路", "problems"),
        ("存在的不足和下一步工作思路", "problems"),
        ("存在的困难和问题", "problems"),
        ("主要措施、存在的主要问题及下一步工作打算", "problems"),
        ("改进措施", "measures"),
        ("上年度问题整改情况", "measures"),
        ("去年存在的主要问题的整改落实情况", "measures"),
        ("下一年度工作设想", "measures"),
        ("行政机关主动公开政府信息情况", "proactive"),
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", "litigation"),
        ("政府信息公开的收费及减免情况", "fees"),
        ("咨询处理情况", "consultation"),
        ("需要说明的其他事项", "other_matters"),
        ("总体公开情况", "overview"),
        ("人员和经费情况", "unknown"),
    ],
)
def test_title_variants(title, kind):
    found = title_at(title)
    assert found is not None
    assert (found.kind, covers(found, title)) == (kind, True)


@pytest.mark.parametrize("line", ["结转下年度继续办理", "本年新收政府信息公开申请数量", "第二十条第（一）项"])
def test_lines_that_are_no_titles(line):
    assert kinds(f"{PLAIN}\n七、{line}\n0\n0")[0] == ORDER


TRAPS = {
    "plain": (PLAIN, ORDER),
    "contents above": ("目录\n" + "\n".join(h for h, _ in SIX) + "\n\n" + PLAIN, ORDER),
    "contents with pages": ("目录\n" + "\n".join(f"{h}……{n}" for n, (h, _) in enumerate(SIX, 1)) + "\n" + PLAIN, ORDER),
    "preface lists the titles": ("本报告由" + "；".join(h for h, _ in SIX) + "六部分组成。\n" + PLAIN, ORDER),
    "preface announces what never comes": (
        "本报告由" + "；".join(h for h, _ in SIX) + "六部分组成。\n" + PLAIN[: PLAIN.index("二、")],
        ["overview"],
    ),
    "one line": (" ".join(f"{h} {b}" for h, b in SIX), ORDER),
    "several on one line": (PLAIN.replace("。\n二", "。 二").replace("。\n四", "。 四").replace("情况\n", "情况 "), ORDER),
    "table rows like headings": (
        PLAIN.replace(
            "未收到申请。",
            "一、本年新收政府信息公开申请数量\n0\n二、上年结转政府信息公开申请数量\n0\n三、本年度办理结果\n0\n四、结转下年度继续办理\n0",
        ),
        ORDER,
    ),
    "bare headings in a row": ("\n".join(h for h, _ in SIX[:4]) + "\n" + "\n".join(f"{h}\n{b}" for h, b in SIX[4:]), ORDER),
    "items numbered like headings": (
        PLAIN.replace("网页更新慢。下一步专人负责。", "一、存在的问题\n网页更新慢。\n二、改进措施\n专人负责。"),
        ORDER,
    ),
    "items that run on to six": (
        PLAIN.replace("网页更新慢。下一步专人负责。", "一、认识不到位\n二、队伍不稳\n三、网页更新慢\n四、渠道少\n五、考核弱\n六、宣传少"),
        ORDER,
    ),
    "misnumbered": (PLAIN.replace("五、存在", "六、存在"), ORDER),
    "skipped number": (PLAIN.replace("六、其他", "七、其他"), ORDER),
    "out of order": (
        "\n".join(f"{h}\n{b}" for h, b in [SIX[0], SIX[3], SIX[1], SIX[2], SIX[4], SIX[5]]),
        ["overview", "litigation", "proactive", "requests", "problems", "other_matters"],
    ),
    "missing ones": ("\n".join(f"{h}\n{b}" for h, b in [SIX[0], SIX[4]]), ["overview", "problems"]),
    "blanks and colons": (PLAIN.replace("五、存在的主要问题", "五 、 存在 的主要问题").replace("改进情况\n", "改进情况：\n"), ORDER),
    "dash for one": (PLAIN.replace("一、总体", "—、总体"), ORDER),
    "Markdown": ("\n".join(f"## {h}\n\n{b}\n" for h, b in SIX), ORDER),
    "traditional with pronunciations": (PLAIN.replace("存在的主要问题及改进情况", "存在的主要問題及改進(jìn)情況"), ORDER),
    "bookmark before a heading": (PLAIN.replace("五、存在", "[bookmark: _GoBack]五、存在"), ORDER),
    "title over two lines": (PLAIN.replace("存在的主要问题及改进情况", "存在的主要问题及\n改进情况"), ORDER),
    "heading lost, block label left": (PLAIN.replace("五、存在的主要问题及改进情况", "（一）存在的主要问题"), ORDER),
    "heading lost altogether": (
        PLAIN.replace("五、存在的主要问题及改进情况\n网页更新慢。", "全年公开工作存在的问题主要有网页更新慢、人手偏少。"),
        ORDER,
    ),
    "unnumbered headings": (PLAIN.replace("五、存在", "存在").replace("六、其他", "其他"), ORDER),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name):
    text, expected = TRAPS[name]
    assert kinds(TITLE + text)[0] == expected


@pytest.mark.parametrize("name", [n for n in TRAPS if "lost" not in n and "never comes" not in n])
def test_problem_section_starts_at_its_heading(name):
    text = TITLE + TRAPS[name][0]
    found = next(s for s in kinds(text)[1].sections if s.kind == "problems")
    assert text[found.start : found.body_start].lstrip("五六 、").startswith("存在")
    assert "其他需要报告" not in text[found.start : found.end]


def test_old_era_with_two_top_level_sections_and_an_unknown_one():
    text = (
        "一、概述\n平稳。工作有序。\n二、主动公开情况\n共三条信息。\n三、人员和经费情况\n一人兼职。\n四、村务公开推进会\n开过两次。\n"
        "五、存在的困难和问题\n更新慢得很。\n六、改进措施\n加强培训。\n\n柳泉县青禾镇人民政府\n2013年1月9日\n"
    )
    names, found = kinds(text, 2012)
    assert names == ["overview", "proactive", "unknown", "unknown", "problems", "measures"]
    assert [s.title for s in found.sections if s.kind == "unknown"] == ["人员和经费情况", "村务公开推进会"]
    assert body(text, found, "measures") == "加强培训。"
    assert [m.kind for m in found.missing] == []


def test_missing_sections_are_named_with_a_reason():
    _, found = kinds(TITLE + "\n".join(f"{h}\n{b}" for h, b in SIX[:4]))
    assert {m.kind: bool(m.reason) for m in found.missing} == {"problems": True, "other_matters": True}


def test_doubtful_sections_say_so():
    sure = next(s for s in kinds(TITLE + PLAIN)[1].sections if s.kind == "problems")
    doubtful = next(s for s in kinds(TITLE + TRAPS["heading lost altogether"][0])[1].sections if s.kind == "problems")
    assert doubtful.confidence < 0.5 < 0.9 < sure.confidence
    assert doubtful.warnings
    assert not sure.warnings
    assert next(s for s in kinds(TITLE + TRAPS["misnumbered"][0])[1].sections if s.kind == "problems").warnings


def test_signature_belongs_to_no_section():
    text = TITLE + PLAIN[: PLAIN.index("六、")] + "\n\n　　柳泉县青禾镇人民政府\n　　二〇二二年一月十日\n"
    assert body(text, kinds(text)[1]) == "网页更新慢。下一步专人负责。"


SECTION = (
    "五、存在的主要问题及改进情况\n（一）存在的问题\n1.网页更新慢；\n2.人手少，形式单一。\n（二）改进措施\n一是加强培训。二是充实人手。"
)


@pytest.mark.parametrize("page", pages(SECTION, 2021), ids=lambda p: p.form)
def test_section_is_found_to_the_character_in_every_page_form(page):
    text = gongkai.read.__globals__["decode"](page.text.encode(page.encoding))
    found = gongkai.analyse(Report("", text)).section("problems")
    assert (found.start, text[found.start : found.end]) == (page.start, SECTION)


@given(st.text(alphabet="一二三四五六、。：；\n （）存在的主要问题及改进情况总体其他需要报告事项无公开", max_size=300))
def test_offsets_are_ordered_and_within_the_text(text):
    found = gongkai.segment(text)
    edges = [e for s in found.sections for e in (s.start, s.body_start, s.end)]
    assert edges == sorted(edges)
    assert all(0 <= e <= len(text) for e in edges)
    assert all(s.kind in KINDS and 0 <= s.confidence <= 1 for s in found.sections)


@given(st.lists(st.sampled_from([*(f"{h}\n{b}\n" for h, b in SIX), "乱码\n", "四、结转下年度继续办理\n0\n", "\n"]), max_size=12))
def test_known_kinds_come_at_most_once(parts):
    names = kinds("".join(parts))[0]
    assert len([n for n in names if n != "unknown"]) == len({n for n in names if n != "unknown"})


BEGUN_MIDWAY = {
    "items numbered like headings": "三、公开形式不够灵活。目前主要靠网站，其他载体用得不多。\n四、业务能力有待提高。经办人员多为兼职。\n"
    "五、下一步工作打算\n（一）抓好业务学习。\n（二）丰富公开形式。\n",
    "short captions": "三、信息更新不够及时，个别栏目长期不动\n部分科室报送滞后。\n四、公开内容还不够全面\n重点领域信息偏少。\n"
    "五、下一步工作打算\n一是抓好业务学习。\n",
    "words of lack only": "三、关于公开意识。少数科室认识尚浅。\n四、关于公开时效。更新偏慢。\n五、下一步工作打算\n（一）抓好学习。\n",
}


@pytest.mark.parametrize("name", BEGUN_MIDWAY)
@pytest.mark.parametrize("year", [2012, 2021])
def test_a_list_of_problems_that_begins_midway_is_found_whole(name, year):
    text = BEGUN_MIDWAY[name]
    # On one line nothing tells where a caption without a full stop ends.
    for page in [p for p in pages(text, year) if p.form != "flat" or "captions" not in name]:
        found = gongkai.segment(Report("", page.text))
        coded = [s for s in found.sections if s.kind in ("problems", "measures")]
        assert {s.kind for s in coded} == {"problems", "measures"}, page.form
        assert min(s.start for s in coded) == page.start, page.form


def test_a_dated_title_inside_a_line():
    text = "三、2015年存在的问题 更新慢。 四、下一步打算 专人负责。"
    assert kinds(text)[0] == ["problems", "measures"]


@pytest.mark.parametrize("opening", ["信息公开工作人员调整较快，衔接不上。", "我局信息公开机构不健全。", "公开工作推进情况良好。"])
def test_a_title_ends_where_the_sentence_behind_it_begins(opening):
    text = f"五、存在的主要问题及改进情况 {opening}\n下一步加强学习。"
    found = gongkai.segment(Report("", text))
    assert body(text, found).startswith(opening)

"""Statements: where sentences and items are cut, what is a heading, and that nothing is lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gongkai.records import Section
from gongkai.statements import pieces, statements


def whole(text, kind="problems", title=""):
    return Section(kind, 5, title, 0, 0, len(text), 1.0)


def cut(text):
    return [s.text for s in statements(text, whole(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("更新慢。渠道少；人手紧！", ["更新慢。", "渠道少；", "人手紧！"]),
        ("一是更新慢，二是渠道少，三是人手紧。", ["一是更新慢，", "二是渠道少，", "三是人手紧。"]),
        ("一是制度不全。配套办法缺。二是人手紧。", ["一是制度不全。", "配套办法缺。", "二是人手紧。"]),
        ("1、更新慢。2、二是渠道少。3.人手紧", ["1、更新慢。", "2、二是渠道少。", "3.人手紧"]),
        ("（1）更新慢；（2）渠道少。", ["（1）更新慢；", "（2）渠道少。"]),
        ("①更新慢②渠道少", ["①更新慢", "②渠道少"]),
        ("第一，更新慢；第二，渠道少。", ["第一，更新慢；", "第二，渠道少。"]),
        ("首先，更新慢。其次，渠道少。", ["首先，更新慢。", "其次，渠道少。"]),
        ("1是更新慢；2是渠道少。", ["1是更新慢；", "2是渠道少。"]),
        ("主要有：一是更新慢；二是渠道少。", ["主要有：", "一是更新慢；", "二是渠道少。"]),
        ("更新不够及时。下一步一是加强培训；二是充实人手。", ["更新不够及时。", "下一步一是加强培训；", "二是充实人手。"]),
        ("依照《条例》第二十条第（一）项公开。", ["依照《条例》第二十条第（一）项公开。"]),
        ("统一是前提，唯一是办法。", ["统一是前提，唯一是办法。"]),
        ("落实“先审后发；谁发谁管。”的要求不够。", ["落实“先审后发；谁发谁管。”的要求不够。"]),
        ("全年投入3.5万元，更新慢。", ["全年投入3.5万元，更新慢。"]),
        ("更新慢.渠道少.", ["更新慢。", "渠道少。"]),
        ("业务能力有待提高\n渠道少\n", ["业务能力有待提高", "渠道少"]),
        ("无", ["无"]),
    ],
)
def test_cuts(text, expected):
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "headings", "expected"),
    [
        ("（一）存在的主要问题。一是更新慢；", ["（一）存在的主要问题。"], ["一是更新慢；"]),
        ("（一）存在的问题：一是更新慢；", ["（一）存在的问题："], ["一是更新慢；"]),
        ("整改措施：\n加强培训。", ["整改措施："], ["加强培训。"]),
        ("改进措施：进一步加强培训。", ["改进措施："], ["进一步加强培训。"]),
        ("（二）2020年改进情况\n加强培训。", ["（二）2020年改进情况"], ["加强培训。"]),
        ("下一步打算：\n加强培训。", ["下一步打算："], ["加强培训。"]),
        ("（一）加强组织领导。成立专班。", [], ["（一）加强组织领导。", "成立专班。"]),
        ("信息公开工作还存在不足。", [], ["信息公开工作还存在不足。"]),
        ("一是制度建设还存在不足。", [], ["一是制度建设还存在不足。"]),
        ("### （一）存在问题\n\n- 1、更新慢", ["（一）存在问题"], ["1、更新慢"]),
    ],
)
def test_labels_and_captions(text, headings, expected):
    found = pieces(text, whole(text))
    assert [p.text for p in found if p.sort == "heading"] == headings
    assert [p.text for p in found if p.sort == "statement"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "目前个别单位负责人对信息公开工作还不是很\n够上心，催一次报一次，存在应付应付的情况，\n加之今年机构改革，信息员岗位\n调整后未能及时补充，造成工作衔接不上。",
            1,
        ),
        ("我镇信息公开工作中还有内容更新不够及时、\n形式不够多样的情况，需要在今后的工作\n- 6 -\n中认真加以改进，力求取得实效。", 1),
        ("一是更新慢\n二是渠道少", 2),
        ("3、政务信息上报不够及时，存在滞后性\n4、工作效率有待提高。", 2),
        ("（一）健全机制\n建立由主要领导牵头、各科室配合的协调办法，每月碰头一次，把任务一项一项落到人头上，年底对账。", 2),
    ],
)
def test_hard_wrapped_lines_are_rejoined(text, expected):
    assert len(cut(text)) == expected


def test_page_numbers_are_furniture_and_never_reach_a_statement():
    text = "我镇信息公开工作中还有内容更新不够及时、\n形式不够多样的情况，需要在今后的工作\n- 6 -\n中认真加以改进，力求取得实效。"
    found = pieces(text, whole(text))
    assert "6" not in "".join(p.text for p in found if p.sort == "statement")
    assert [p.text for p in found if p.sort == "furniture"] == ["- 6 -"]


def test_bookmark_and_pronunciations_never_reach_a_statement():
    assert cut("[bookmark: _GoBack]一是改進(jìn)不夠。") == ["一是改进不够。"]


def test_path_names_the_headings_above():
    text = "（一）存在的问题\n1.更新慢。\n（二）改进措施\n整体部署清楚。"
    found = statements(text, whole(text, title="存在的主要问题及改进情况"))
    assert [s.path[1:] for s in found] == [("（一）存在的问题",), ("（二）改进措施",)]
    assert {s.path[0] for s in found} == {"存在的主要问题及改进情况"}


def test_offsets_index_the_source():
    text = "前文。\n五、存在问题\n 一是 更新 慢；\n二是渠道少。"
    section = Section("problems", 5, "存在问题", 4, text.index(" 一是"), len(text), 1.0)
    found = statements(text, section)
    assert [text[s.start : s.end] for s in found] == ["一是 更新 慢；", "二是渠道少。"]


def test_sections_that_are_not_coded_give_no_statements():
    assert statements("更新慢。", whole("更新慢。", "overview")) == []


SCRAPS = [
    "一是",
    "二是",
    "（一）",
    "1.",
    "2、",
    "①",
    "第一，",
    "更新不及时",
    "加强培训",
    "存在的问题",
    "改进措施",
    "下一步",
    "公开栏",
    "。",
    "；",
    "，",
    "：",
    "\n",
    "\n\n",
    " ",
    "“",
    "”",
    "（",
    "）",
    "- 3 -",
    "- ",
    "## ",
    "**",
    "2021年",
    "abc",
    "[bookmark: x]",
    "⼯作",
    "進(jìn)",
]


@given(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join))
@example("一是\n- 3 -")
def test_no_character_is_lost_between_statements_and_headings(text):
    found = pieces(text, whole(text))
    spans = [(p.start, p.end) for p in found]
    assert all(0 <= a < b <= len(text) for a, b in spans)
    sort = {p.sort for p in found}
    assert sort <= {"heading", "statement", "furniture"}
    covered = set()
    for p in found:
        inside = set(range(p.start, p.end))
        if p.sort != "furniture":
            assert not covered & inside
        covered |= inside
    assert "".join(c for i, c in enumerate(text) if i not in covered and not c.isspace()) == ""


@given(st.lists(st.sampled_from(SCRAPS), max_size=30).map("".join))
@example("一是存在的问题：")
def test_statements_stand_in_order_and_are_not_empty(text):
    found = statements(text, whole(text))
    assert [s.start for s in found] == sorted(s.start for s in found)
    assert all(s.text.strip() and "\n" not in s.text for s in found)

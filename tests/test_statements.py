"""Statements: where sentences and items are cut, what is a heading, and that nothing is lost."""

import re
from itertools import accumulate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gongkai.enumerators import INSIDE, enumerator_at
from gongkai.records import CODED_KINDS, Section
from gongkai.repair import is_page_number, repair
from gongkai.resources import data
from gongkai.statements import pieces, statements
from gongkai.titles import covers, links, title_at
from gongkai.wraps import is_label, may_end_label


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


HEADINGS = data("headings.yaml")
TITLE_WORDS = [*HEADINGS["fillers"], *(word for words in HEADINGS["heads"].values() for word in words)]
ENUMERATORS = [
    "一是",
    "二是",
    "三是否",
    "第一，",
    "其一，",
    "其二是",
    "首先，",
    "①",
    "（一）",
    "(三)",
    "（1）",
    "1、",
    "2.",
    "一、",
    "第二部分：",
    "第十条（一）",
]
MARKS = [*"。；！？!?;，,、：:”“（）()《》‘’ \u3000", "》（二）", "唯一是", "同时", "下一步", "其中", "\u200b", "覆盖", "顯著", "A1"]
line = st.lists(
    st.sampled_from([*ENUMERATORS, *MARKS, *MARKS, "更新慢", "渠道少", "2021年"]) | st.sampled_from(TITLE_WORDS), max_size=20
).map("".join)


def slowly(text):
    """The units of a repaired line, character by character and without a glance at anything."""
    depth, opened = [False] * len(text), []
    closing = {"（": "）", "(": ")", "《": "》", "“": "”"}
    for i, c in enumerate(text):
        if c in closing:
            opened.append((closing[c], i))
        elif opened and c == opened[-1][0]:
            _, begin = opened.pop()
            if not opened:
                depth[begin + 1 : i] = [True] * (i - begin - 1)
    marks = {m.end() for m in re.finditer(r"[。！？；!?]+[”’」』）)】]*", text) if not depth[m.start()]}
    for m in INSIDE.finditer(text):
        at = m.end() - len(m.group().lstrip())
        if at and not depth[at] and not text[:at].endswith(("》", "”", "条", "款")):
            marks.add(at)
    begin = 0
    for mark in sorted(marks | {len(text)}):
        words = text[begin:mark].strip(" ，,")
        found = enumerator_at(words)
        if words and (mark == len(text) or not (words in links() or (found and found.length == len(words)))):
            yield text[begin:mark]
            begin = mark


@settings(max_examples=300, deadline=None)
@given(line)
@example("（一是更新慢。）二是渠道少。")
@example("《一》是更新慢；“二是渠道少。")
@example("更新慢。  二是渠道少，，三是人手紧")
def test_a_line_is_cut_as_when_every_character_is_looked_at(text):
    def ends(parts):
        return list(accumulate(len(part.replace(" ", "")) for part in parts))

    found = [] if is_page_number(text) else [p for p in pieces(text, whole(text)) if p.sort != "furniture"]
    units = [] if is_page_number(text) else [unit for unit in slowly(repair(text).text) if unit.strip()]
    told = dict(zip(ends(p.text for p in found), found, strict=True))
    assert set(ends(units)) <= set(told)
    # Only a label is cut off a unit.
    assert {told[end].sort for end in set(told) - set(ends(units))} <= {"heading"}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([*ENUMERATORS, "。", "：", "；", "，", "、", " ", "·", "2021年", "上一年度问题整改情况", "去年"])
        | st.sampled_from(TITLE_WORDS),
        max_size=7,
    ).map("".join)
)
@example("（二）2020年改进情况。")
@example("上一年度存在的主要问题的整改落实情况：")
@example("一是存在的问题")
@example("第十一，存在的问题")
@example("首先，改进措施，")
def test_the_glance_at_the_end_of_a_label_misses_none(words):
    mark = enumerator_at(words)
    rest = words[mark.length :] if mark else words
    title = title_at(rest) if len(rest) <= 40 else None
    slow = bool(
        title and not title.asserts and title.kinds <= set(CODED_KINDS) and (not mark or mark.style != "counted") and covers(title, rest)
    )
    assert is_label(words) is slow
    assert may_end_label(f"。{words}。", 1, 1 + len(words)) or not slow


def test_the_words_of_titles_are_as_the_glance_takes_them():
    # The glance takes them from the pattern, character by character.
    assert not re.search(r"[\[.\\]", HEADINGS["retrospect"])
    assert not any("，" in word for word in (*TITLE_WORDS, HEADINGS["retrospect"]))


@settings(max_examples=80, deadline=None)
@given(st.lists(line, max_size=6).map("\n".join))
def test_what_repair_takes_away_leaves_the_statements_as_they_were(text):
    """A mark without width keeps a line from being taken as it is, and is no part of what is read."""
    marked = re.sub("(?m)$(?!\\Z)", "\u200b", text)
    lines = [s.text for part in text.split("\n") for s in statements(part, whole(part))]
    assert lines == [s.text for part in marked.split("\n") for s in statements(part, whole(part))]

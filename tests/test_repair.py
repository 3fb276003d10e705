"""The repaired view: every damage mended, every character traced to its place in the source."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongkai import repair
from gongkai.repair import is_page_number, simplify

# source, repaired text, a piece of the repaired text, the same piece in the source
DAMAGED = {
    "radicals": ("⼯作⼈员⻓期兼职", "工作人员长期兼职", "长期", "⻓期"),
    "compatibility characters": ("更新\uf967及时", "更新不及时", "不", "\uf967"),
    "traditional": ("政府信息公開滯後", "政府信息公开滞后", "滞后", "滯後"),
    "wrong variants": ("谘詢方麵不夠規范", "咨询方面不够规范", "方面", "方麵"),
    "pronunciation": ("改進(jìn)措施", "改进措施", "进措", "進(jìn)措"),
    "pronunciation, full-width brackets": ("改進（jìn）措施", "改进措施", "进", "進"),
    "pronunciation between blanks": ("改進 (jìn) 措施", "改进措施", "进措", "進 (jìn) 措"),
    "blanks in words": ("信 息 更\u3000新", "信息更新", "信息更", "信 息 更"),
    "no-break and zero-width blanks": ("信\u00a0息\u200b公\ufeff开", "信息公开", "息公", "息\u200b公"),
    "blank beside a numeral": ("五 、存在 2 个问题", "五、存在2个问题", "五、", "五 、"),
    "half-width punctuation": ("内容:更新(每月)慢,量少;渠道窄!", "内容：更新（每月）慢，量少；渠道窄！", "（每月）", "(每月)"),
    "half-width full stop": ("更新慢.内容少.", "更新慢。内容少。", "慢。", "慢."),
    "full-width digits and letters": ("２０２１年ＡＰＰ", "2021年APP", "2021", "２０２１"),
    "bookmark": ("主动[bookmark: _GoBack]公开", "主动公开", "动公", "动[bookmark: _GoBack]公"),
    "Markdown stars": ("关于**重点**领域", "关于重点领域", "重点", "重点"),
    "masked word": ("主动***息", "主动息", "动息", "动***息"),
    "hard wrap": ("信息更\n新不及时", "信息更新不及时", "更新", "更\n新"),
    "hard wrap, Windows, indented": ("信息更\r\n　　新不及时", "信息更新不及时", "更新", "更\r\n　　新"),
    "several at once": ("⼯ 作(zuò)\n公開,慢", "工作公开，慢", "作公开，", "作(zuò)\n公開,"),
}


@pytest.mark.parametrize(("source", "text", "piece", "place"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_mended_and_traced(source, text, piece, place):
    view = repair(source)
    assert view.text == text
    at = text.index(piece)
    start, end = view.source(at, at + len(piece))
    assert source[start:end] == place


@pytest.mark.parametrize(
    "text",
    [
        "一、总体情况。“更新慢”（共12条）；增长3.5%！",
        "网址：http://a.example.cn/b?c=1,2，电话0571-88880000，8:30至17:30",
        "1.更新WeChat Pro 2.0",
        "2021年1月1日起至2021年12月31日止",
        "乾山县水利局",
        "……——《办法》〔2021〕3号",
    ],
)
def test_clean_text_is_left_alone(text):
    assert repair(text).text == text


def test_base_shifts_every_offset():
    text = "甲乙丙：信 息公開"
    view = repair(text[4:], base=4)
    assert text[slice(*view.source(0, 4))] == "信 息公開"
    assert text[slice(*view.source(2, 4))] == "公開"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1), (0, 5)])
def test_a_span_outside_the_view_is_refused(start, end):
    with pytest.raises(ValueError, match="span"):
        repair("信息公开").source(start, end)


@pytest.mark.parametrize("text", ["", " \n\t", "[bookmark: _GoBack]", "\u200b\ufeff"])
def test_nothing_but_debris_is_an_empty_view(text):
    assert repair(text).text == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- 6 -", True), ("—12—", True), ("第 3 页", True), ("第3页 共12页", True), ("　7　", True),
        ("", False), ("  ", False), ("6、其他", False), ("共12条", False), ("2021年", False),
    ],
)  # fmt: skip
def test_page_numbers(line, expected):
    assert is_page_number(line) is expected


@given(st.text(st.sampled_from("政府信息公開為後麵裏隻髮幹臺12a。，"), max_size=40))
@settings(max_examples=150, deadline=None)
def test_simplifying_keeps_every_place(text):
    assert len(simplify(text)) == len(text)


PARTS = (
    "信息", "公開", "⼯作", "⻓", "谘", "面", "進(jìn)", "（jìn）", "(", ")", "（", "）", ",", ".", ";", ":", "?", "!", "*", "**",
    " ", "\u3000", "\n", "\r\n", "\t", "\u200b", "[bookmark: _GoBack]", "[", "]", "一", "、", "12", "ab", "Ａ", "２", "…", "—", "“", "”",
)  # fmt: skip
damaged = st.lists(st.sampled_from(PARTS), max_size=25).map("".join) | st.text(max_size=40)


@given(damaged, st.integers(0, 10_000))
@settings(max_examples=300, deadline=None)
def test_offsets_rise_and_lie_within_the_text(text, base):
    view = repair(text, base)
    assert len(view.text) == len(view.starts) == len(view.ends)
    edges = [edge for pair in zip(view.starts, view.ends, strict=True) for edge in pair]
    assert edges == sorted(edges)
    assert all(start < end for start, end in zip(view.starts, view.ends, strict=True))
    assert not edges or (base <= edges[0] and edges[-1] <= base + len(text))


@given(damaged)
@settings(max_examples=300, deadline=None)
def test_repairing_twice_changes_nothing(text):
    once = repair(text).text
    assert repair(once).text == once


LEVEL_1 = bytes(b for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode("gb2312").replace("乾", "")


@given(st.text(st.sampled_from(LEVEL_1 + "，。；：、？！（）“”《》0123456789"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_clean_simplified_text_is_unchanged(text):
    view = repair(text)
    assert view.text == text
    assert view.starts == tuple(range(len(text)))

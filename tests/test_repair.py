"""The repaired view: every damage mended, every character traced to its place in the source."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opencc import OpenCC

from gongkai import repair
from gongkai.plain import plain
from gongkai.repair import is_page_number
from gongkai.resources import data
from gongkai.script import as_meant, as_shared, half_spaced, simplify, spaced

# source, repaired text, a piece of the repaired text, the same piece in the source
DAMAGED = {
    "radicals": ("⼯作⼈员⻓期兼职", "工作人员长期兼职", "长期", "⻓期"),
    "compatibility characters": ("更新\uf967及时", "更新不及时", "不", "\uf967"),
    "traditional": ("政府信息公開滯後", "政府信息公开滞后", "滞后", "滯後"),
    "wrong variants": ("谘詢方麵不夠規范", "咨询方面不够规范", "方面", "方麵"),
    "wrong variants in words": ("乾部髮布製度、係統答覆", "干部发布制度、系统答复", "干部", "乾部"),
    "pronunciation": ("改進(jìn)措施", "改进措施", "进措", "進(jìn)措"),
    "pronunciation, full-width brackets": ("改進（jìn）措施", "改进措施", "进", "進"),
    "pronunciation between blanks": ("改進 ( jìn ) 措施", "改进措施", "进措", "進 ( jìn ) 措"),
    "pronunciation with a digit": ("改進（jin4）措施", "改进措施", "进措", "進（jin4）措"),
    "pronunciation without a tone": ("改進(jin)措施", "改进措施", "进措", "進(jin)措"),
    "pronunciation of two characters": ("公開（gōng kāi）工作", "公开工作", "开工", "開（gōng kāi）工"),
    "pronunciation in bopomofo": ("改進（ㄐㄧㄣˋ）措施", "改进措施", "进措", "進（ㄐㄧㄣˋ）措"),
    "pronunciation in Word's letters": ("公(ɡōnɡ)开", "公开", "公开", "公(ɡōnɡ)开"),
    "pronunciation twice": ("西(xī)安[xī'ān][ān]市", "西安市", "安市", "安[xī'ān][ān]市"),
    "blanks in words": ("信 息 更\u3000新", "信息更新", "信息更", "信 息 更"),
    "no-break and zero-width blanks": ("信\u00a0息\u200b公\ufeff开", "信息公开", "息公", "息\u200b公"),
    "soft hyphens, variation selectors": ("信\u00ad息葛\U000e0100", "信息葛", "信息", "信\u00ad息"),
    "zero width inside Latin": ("用We\u200bChat发", "用WeChat发", "eC", "e\u200bC"),
    "blank beside a numeral": ("五 、存在 2 个问题", "五、存在2个问题", "五、", "五 、"),
    "half-width punctuation": ("内容:更新(每月)慢,量少;渠道窄!", "内容：更新（每月）慢，量少；渠道窄！", "（每月）", "(每月)"),
    "half-width brackets around digits": ("(2)更新(每月(1次))慢", "（2）更新（每月（1次））慢", "（2）", "(2)"),
    "half-width katakana punctuation": ("慢､少｡", "慢、少。", "、少", "､少"),
    "half-width marks with blanks": ("更新慢 , ( 每月 ) ; 量少", "更新慢，（每月）；量少", "，（每", " , ( 每"[1:]),
    "half-width full stop": ("更新慢.内容少.", "更新慢。内容少。", "慢。", "慢."),
    "half-width full stop behind a percentage": ("只有31%.内容少", "只有31%。内容少", "%。", "%."),
    "straight quotes": ('从"怕公开"到"善公开";', "从“怕公开”到“善公开”；", "“善公开”；", '"善公开";'),
    "corner brackets": ("「一網通辦」", "“一网通办”", "“一", "「一"),
    "full-width digits and letters": ("２０２１年ＡＰＰ", "2021年APP", "2021", "２０２１"),
    "enclosed numbers": ("⑴更新慢⒉渠道㈢人手", "（1）更新慢2．渠道（三）人手", "（1）更", "⑴更"),
    "dingbat numbers": ("❶更新慢➁渠道", "①更新慢②渠道", "②渠", "➁渠"),
    "bookmark": ("主动[bookmark: _GoBack]公开", "主动公开", "动公", "动[bookmark: _GoBack]公"),
    "field code": ('见{HYPERLINK "http://a.cn" \\t "_blank"}指南', "见指南", "指", "指"),
    "field code without braces": ('见HYPERLINK "http://a.cn" \\h 指南', "见指南", "见", "见"),
    "page field": ("第\\* MERGEFORMAT页", "第页", "第", "第"),
    "entities": ("信&nbsp;息&amp;nbsp;公&ldquo;开&rdquo;", "信息公“开”", "公“", "公&"),
    "tags": ("信息<br/>公开<span class='x'>慢</span>", "信息公开慢", "息公", "息<br/>公"),
    "a tag between Latin words": ("We<br>Chat", "We Chat", "We", "We"),
    "cell marks and control characters": ("信息\x07公开\x13", "信息公开", "息公", "息\x07公"),
    "Markdown stars": ("关于**重点**领域", "关于重点领域", "重点", "重点"),
    "Markdown stars over a sentence": ("**一是更新慢；**二是窄", "一是更新慢；二是窄", "慢；", "慢；"),
    "a Markdown star pair cut in two": ("**一是更新慢", "一是更新慢", "一是", "一是"),
    "masked word": ("主动***息公开", "主动***息公开", "动***息", "动***息"),
    "masked names": ("张**、李**同志，联系×××□□", "张**、李**同志，联系×××□□", "李**同", "李**同"),
    "hard wrap": ("信息更\n新不及时", "信息更新不及时", "更新", "更\n新"),
    "hard wrap, Windows, indented": ("信息更\r\n　　新不及时", "信息更新不及时", "更新", "更\r\n　　新"),
    "several at once": ("⼯ 作(zuò)\n公開,慢", "工作公开，慢", "作公开，", "作(zuò)\n公開,"),
    "damage inside damage": ("改進[book[bookmark: x]mark: y](j<b>ì</b>n)措施", "改进措施", "措施", "措施"),
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
        "见http://a.example.cn/公开/指南.html?id=1，邮箱a.b@c.example.cn",
        "1.更新WeChat Pro 2.0",
        "（一）.总体情况，（12）.其他",
        "2021.1.5，共2,300件，增长5%.5",
        "2021年1月1日起至2021年12月31日止",
        "客户端（APP）、办公系统（OA）、格式（PDF）、距离（km）、平台（ai）、3公顷（ha）、第（a）项、纸（a4）、咖啡（café）、气（co2）",
        "屏幕5\"宽，他说\"好",
        "①更新慢②渠道窄，80㎡、5℃、Ⅱ级",
        "……——《办法》〔2021〕3号",
    ],
)  # fmt: skip
def test_clean_text_is_left_alone(text):
    assert repair(text).text == text


LOOK_TRADITIONAL = """
乾山县水利局 乾县 乾坤 著名作家的著作 显著 土著 原著重印 宫商角徵羽 慰藉 狼藉 瞭望塔 覆盖率 首批覆盖 全透明覆盖 多重覆盖 颠覆
讲座标题 一座标准厂房 清澈底部 哪吒 蒜薹 於潜镇 被打坏 存摺 面面俱到 职工俱乐部 沈默
"""


@pytest.mark.parametrize("words", LOOK_TRADITIONAL.split())
def test_words_of_simplified_text_that_look_traditional_stay(words):
    assert repair(f"我局{words}工作").text == f"我局{words}工作"


SENTENCES = (
    "柳泉县青禾镇有的干部对公开工作的重要性了解不够，存在着重形式、轻内容的现象，答复不够规范。",
    "下一步，我局将着力完善制度，借助系统平台发布信息，征求群众意见，复核后再公布，做到随时、准确、周到。",
    "临沚县历年台账里只有几份档案，坐标数据分散在各科室，显著影响后续咨询，什么时候更新也说不准，偏于滞后。",
    "云渚市各村委会面向农户，松懈、拖沓的作风尚未彻底克服，卫生、粮食、钟表、头发、范围等词也要写对。",
)


@pytest.mark.parametrize("way", ["s2t", "s2tw", "s2hk"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_traditional_text_comes_back_as_the_simplified_text_it_was_made_from(sentence, way):
    assert repair(OpenCC(way).convert(sentence)).text == sentence


WRONG = """
乾部干部 若乾若干 主乾道主干道 髮布发布 發佈发布 製度制度 係統系统 方麵方面 皇後皇后 裡面里面 隻有只有 鬆懈松懈 範圍范围 曆年历年
週期周期 彙總汇总 瞭解了解 憑藉凭借 藉鑑借鉴 徵集征集 特徵特征 著力着力 隨著随着 執著执着 座標坐标 回覆回复 覆議复议 澈底彻底
甚麼什么 衞生卫生 於是于是 鍊接链接 俱體具体
"""


@pytest.mark.parametrize("pair", WRONG.split())
def test_variants_that_machines_choose_wrongly(pair):
    half = len(pair) // 2
    assert repair(pair[:half]).text == pair[half:]


@pytest.mark.parametrize(
    ("number", "goes"),
    [
        ("- 6 -", True),
        ("—6—", True),
        ("第 6 页 共 12 页", True),
        ("第6页", True),
        ("6 / 12", True),
        ("·6·", True),
        ("6", False),
        ("12条", False),
    ],
)
@pytest.mark.parametrize("edge", ["\n", "\r\n", "\n\n", "\f", "\n\u3000"])
def test_page_numbers_inside_a_sentence_go_where_they_are_certain(number, goes, edge):
    source = f"更新的要求还有{edge}{number}{edge}差距，量少。"
    assert repair(source).text == f"更新的要求还有{'' if goes else number}差距，量少。"


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [
        ("我镇信息公开工作中还有内容陈旧的情况，今后要", "认真改进，力求取得实效。", True),
        ("我镇信息公开工作中还有内容陈旧的情况，共收到", "件意见，均已办结。", False),
        ("规章", "行政规范性文件", False),
        ("一、本年新收政府信息公开申请数量", "二、上年结转政府信息公开申请数量", False),
        ("申请人逾期不补正、行政机关不再处理其政府信息公开申请", "其他处理", False),
        ("我镇信息公开工作中还有内容陈旧的情况，已改进。", "其他方面，进展平稳。", False),
    ],
)
def test_a_bare_number_goes_only_where_it_can_be_no_cell_and_no_count(before, after, goes):
    assert repair(f"{before}\n6\n{after}").text == before + ("" if goes else "6") + after


def test_base_shifts_every_offset():
    text = "甲乙丙：信 息公開"
    view = repair(text[4:], base=4)
    assert text[slice(*view.source(0, 4))] == "信 息公開"
    assert text[slice(*view.source(2, 4))] == "公開"


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-1, 1), (0, 5)])
def test_a_span_outside_the_view_is_refused(start, end):
    with pytest.raises(ValueError, match="span"):
        repair("信息公开").source(start, end)


@pytest.mark.parametrize("text", ["", " \n\t", "[bookmark: _GoBack]", "\u200b\ufeff", "<br>&nbsp;", "\x00\x07", "\ud800"])
def test_nothing_but_debris_is_an_empty_view(text):
    assert repair(text).text == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- 6 -", True), ("—12—", True), ("第 3 页", True), ("第3页 共12页", True), ("　7　", True), ("\f- 6 -", True), ("6 / 12", True),
        ("", False), ("  ", False), ("6、其他", False), ("共12条", False), ("2021年", False),
    ],
)  # fmt: skip
def test_page_numbers(line, expected):
    assert is_page_number(line) is expected


@given(st.text(st.sampled_from("政府信息公開為後麵裏隻髮幹臺乾縣覆核著座標12a。，"), max_size=40))
@settings(max_examples=150, deadline=None)
def test_simplifying_keeps_every_place(text):
    assert len(simplify(text)) == len(text)


PARTS = (
    """
信息|公開|⼯作|⻓|谘|面|方麵|乾|县|覆|核|著|進(jìn)|進|（jìn）|(jin4)|(gōng kāi)|（ㄐㄧㄣˋ）|(jin)|一|、|①|❶|⑴|⒈|㈠|Ａ|２|…|—|“|”|「|」|-
(|)|（|）|,|.|;|:|?|!|*|**|***|"|'|[|]|>|}|&|@|%|12|3.5|2021.1.5|1.|ab|http://a.cn/|公开.html|×××
[bookmark: _GoBack]|[bookmark:|{HYPERLINK "|<br/>|<br|&nbsp;|amp;|nbsp;|第 6 页 共 12 页|- 6 -
""".strip()
    .replace("\n", "|")
    .split("|")
)
PARTS += [" ", "\u3000", "\n", "\r\n", "\t", "\f", "\u200b", "\u00ad", "\x07", "\ud800", "\n6\n", "\n- 6 -\n"]
damaged = st.lists(st.sampled_from(PARTS), max_size=25).map("".join) | st.text(max_size=40)


@given(damaged, st.integers(0, 10_000))
@settings(max_examples=400, deadline=None)
def test_offsets_never_fall_and_lie_within_the_text(text, base):
    view = repair(text, base)
    assert len(view.text) == len(view.starts) == len(view.ends)
    assert list(view.starts) == sorted(view.starts)
    assert list(view.ends) == sorted(view.ends)
    assert all(base <= start < end <= base + len(text) for start, end in zip(view.starts, view.ends, strict=True))


MARKS = dict(zip("，；：？！（）。“”‘’", [",", ";", ":", "?", "!", "(", ")", ".", '"', '"', "'", "'"], strict=True))
IN_CONTEXT = {"干": "乾", "复": "覆", "着": "著"}


@given(damaged)
@settings(max_examples=300, deadline=None)
def test_every_character_comes_from_itself_or_its_damaged_form(text):
    view = repair(text)
    for c, start, end in zip(view.text, view.starts, view.ends, strict=True):
        origin = text[start:end]
        blank = c == " " and (not origin.isprintable() or origin in "<&")
        assert blank or c in repair(origin).text or origin in (c, MARKS.get(c), IN_CONTEXT.get(c)), (c, origin)


@given(damaged)
@settings(max_examples=400, deadline=None)
@example("[book" * 8 + "mark: x]" * 8)
@example("信" + "(a)" * 12 + "(信)")
@example("(a)" * 12 + "信")
@example("信" + " , (" * 30)
@example("信).).).).).)")
@example("進" + "(jìn)" * 30)
@example("信息\n- 6 -\n- 7 -\n公开")
def test_repairing_twice_changes_nothing(text):
    once = repair(text).text
    assert repair(once).text == once


LEVEL_1 = bytes(b for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode("gb2312")
PLAIN = "".join(set(LEVEL_1) - {where[0] for _, where in data("repair.yaml")["in_context"]})


@given(st.text(st.sampled_from(PLAIN + "，。；：、？！（）“”《》0123456789"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_clean_simplified_text_is_unchanged(text):
    view = repair(text)
    assert view.text == text
    assert list(view.starts) == list(range(len(text)))


SHARED = data("repair.yaml")["shared"]
usual = st.lists(
    st.sampled_from([*PLAIN[:200], *SHARED, *"，。（）“”0.,;:?!()—…- \t\u3000", "覆盖", "反覆", "显著", "著力", "(a)"]), max_size=25
).map("".join)


@given(st.one_of(usual, *(st.from_regex(one(), fullmatch=True) for one in (as_meant, as_shared, spaced, half_spaced))))
@example("反覆覆盖,显著")
@example("著力 (1) 乾")
def test_what_is_as_it_should_be_needs_no_step(text):
    # A line end in front sends the text through every step of repair.
    view, stepped = repair(text, 5), repair(f"\n{text}", 4)
    assert (view.text, list(view.starts), list(view.ends)) == (stepped.text, list(stepped.starts), list(stepped.ends))
    assert view.text == text or not as_meant().fullmatch(text)


# Private use: no table knows it, so that the text goes through the conversion.
@given(
    st.lists(
        st.sampled_from([*PLAIN[:300], *SHARED, *"，。〔〕【】「」·–①⑳Ａ～％a1 \n", "覆盖", "反覆", "显著", "著力", "乾坤"]), max_size=25
    ).map("".join)
)
@example("反覆覆盖〔2021〕")
def test_text_without_traditional_characters_needs_no_conversion(text):
    assert simplify(text) == simplify(f"{text}\ue000")[:-1]


@given(
    st.lists(
        st.sampled_from(
            [*PLAIN[:100], *"，。,;:?! \t\r\n\u3000\u200b", "**", "[bookmark: x]", "&nbsp;", "(gōng)", "⼯", "\r\n", "\x0b", "開"]
        ),
        max_size=25,
    ).map("".join)
)
@example("⼯作\r\n公开\n")
def test_lines_are_read_as_repaired_whether_others_are_damaged_or_not(text):
    lines = [one for one in plain(text).splitlines() if one]
    # The damage on the first line sends the text through repair line by line.
    assert [one for one in plain(f"⼯\n{text}").splitlines() if one] == ["工", *lines]

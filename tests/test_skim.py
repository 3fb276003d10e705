"""The quick looks of segmentation: whatever they pass over, and whatever is remembered, sections are the same as without them."""

import sys
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gongkai
from conftest import without
from gongkai import assignment, compiled, openings, skim, skimcode
from gongkai.resources import data
from pages import pages

WORDS = [w for words in (*data("headings.yaml")["heads"].values(), data("headings.yaml")["fillers"]) for w in words]
SIGNS = [
    *(
        "一、",
        "五、",
        "十二．",
        "第一部分",
        "第二十条",
        "（一）",
        "(二)",
        "①",
        "一是",
        "一是否",
        "其一，",
        "首先，",
        "1、",
        "12.",
        "3）",
        "0",
        "１",
    ),
    *("2021年", "二〇二一年", "二零二一年", "上年度", "去年", "[bookmark: _GoBack]", "# ", "- ", "-", "> ", "**", "|", "\t", " ", "\u3000"),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "，",
        "。",
        "：",
        "；",
        "……",
        "…3",
        ".",
        "(wèn)",
        "問題",
        "改進",
        "&nbsp;",
        "\ufeff",
        "\u200b",
        "\U0001d7d8",
        "😀",
    ),
    *("重复", "我镇", "更新慢", "属于", "本年新收", "附：", "乾", "的", "及", "和", "无"),
]
TEXTS = st.lists(st.sampled_from([*WORDS, *SIGNS, *SIGNS]), max_size=14).map("".join)
SECTION = "五、存在的主要问题及改进情况\n（一）存在的问题\n1.网页更新慢；\n2.人手少，形式单一。\n（二）改进措施\n一是加强培训。"


@contextmanager
def slow():
    """Every line read in full, and nothing remembered."""
    with (
        patch.object(openings, "begins_otherwise", lambda line, start: False),
        patch("gongkai.candidates.held", openings.look),
        patch("gongkai.candidates.lines", skim._by_length),
        patch.object(assignment, "_known", assignment.choose),
    ):
        yield


def by_plain_code(text):
    """The lines that the look at characters leaves, by its functions as they are written."""
    codes = np.frombuffer((text + "\n").encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    found = np.empty((len(text) + 1, 2), dtype=np.int64)
    return found[: skimcode.skim(codes, skim.signs(), found)].tolist()


@settings(max_examples=150)
@given(TEXTS)
@example("一、总体情况\n无\n五、存在的问题\n及改进情况\n更新慢。")
@example("1、二零二一年存在的问题\n2、工作**总体情况**\n3、**问题**。")
@example("2021年，存在的问题\n# 2021年问题是更新慢\n2021年主动公开政府信息规章、规范性文件无")
@example("[bookmark: x]五、存在的问题\r\n的改进情况\r\n\r\n附件]")
@example("公开工作 一、总体情况 平稳 二、存在的问题 无")
@example("2020年2021年2022年问题重复属于它……3\n无")
@example("提出**分析下一步下年度**\n１、问题\n①问题\n𝟘、问题和改进情况如下")
def test_quick_looks_change_nothing(text):
    with slow():
        expected = gongkai.segment(text)
    assert gongkai.segment(text) == expected
    with patch("gongkai.candidates.lines", by_plain_code):
        assert gongkai.segment(text) == expected


@settings(max_examples=150)
@given(TEXTS)
@example("一、本年新收政府信息公开申请数量\t1\t2\n二、问题\t1\t2\n行政许可\t3\t4\n\t\t3.其他\t0\t0\n3.存在 问题\t1")
@example("2021年在工作中存在问题\n2021年在柳泉县\n2021 年 工作 情况\n二〇二一年问题\n一年来，问题\n一 年问题")
@example("1\t、问题\n20\t21年问题\n上年度问题的整改情况\n年上年度问题的整改情况\n十一、问题\t1\t2\n\t一、其他\t1\t2")
@example("一、加强组织领导\n一、加强组织领导，健全工作机制，明确工作职责，细化工作任务，落实工作责任\n一、加强|组织|领导")
def test_lines_that_are_left_out_hold_nothing(text):
    left = {tuple(span) for span in by_plain_code(text)}
    for start, end in skim._by_length(text):
        assert (start, end) in left or openings.look(text[start:end]) is None, text[start:end]


@pytest.fixture(scope="module")
def texts(sample):
    return [*(gongkai.read(p).text for p in sorted(sample.iterdir())[:30]), *(p.text for p in pages(SECTION, 2021))]


def test_reports_are_cut_as_without_quick_looks(texts):
    quick = [gongkai.segment(t) for t in texts]
    with slow():
        assert [gongkai.segment(t) for t in texts] == quick


def test_machine_code_finds_the_lines_that_its_source_finds(texts):
    if not compiled.installed():
        without("needs numba (gongkai[fast])")
    import numba  # noqa: F401

    assert "numba" in sys.modules
    for text in texts[::6]:
        assert [list(span) for span in skim.lines(text)] == by_plain_code(text)


@pytest.mark.parametrize("raised", [OSError, RuntimeError])
def test_without_machine_code_all_lines_are_looked_at(raised):
    skim._starts.cache_clear()
    try:
        with patch.object(skim, "compiled", side_effect=raised), patch.dict(sys.modules, {"numba": None}):
            assert list(skim.lines("一、总体情况\n平稳有序\n")) == [(0, 6), (7, 11)]
    finally:
        skim._starts.cache_clear()

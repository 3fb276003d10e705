"""Web pages: the report without what stands around it, whatever the page is built of; a reason where there is no report in it."""

from __future__ import annotations

import base64
import quopri
import re
import sys
from collections.abc import Callable
from html import escape
from types import SimpleNamespace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.read.extract import Extract, ReadError
from gongkai.read.html import read_html, read_mht
from gongkai.read.limits import Limits
from gongkai.read.text import UndecodableError


@pytest.fixture(autouse=True)
def without_trafilatura(monkeypatch):
    """The reader by itself: what these pages give must not hang on an extra that may be installed."""
    monkeypatch.setitem(sys.modules, "trafilatura", None)


TITLE = "柳泉县青禾镇2021年政府信息公开工作年度报告"
LINES = [
    "根据《中华人民共和国政府信息公开条例》，编制本年度报告。",
    "一、总体情况",
    "全年主动公开政府信息131条，微信推送40条。",
    "二、主动公开政府信息情况",
    "本年没有制发规章。",
    "三、收到和处理政府信息公开申请情况",
    "本年未收到申请。",
    "四、政府信息公开行政复议、行政诉讼情况",
    "未发生行政复议、行政诉讼。",
    "五、存在的主要问题及改进情况",
    "（一）存在的主要问题",
    "一是栏目更新不及时，有的信息过了两个月才挂到网上。二是业务人员常换，新来的人不熟悉流程。",
    "（二）改进情况",
    "下一步，镇里将每季度检查一次栏目，并请县里的老师来讲课。",
    "六、其他需要报告的事项",
    "没有其他需要报告的事项。",
    "柳泉县青禾镇人民政府",
    "2022年1月18日",
]
MENU = "<ul class=m>" + "".join(f'<li><a href="/{n}/">{n}</a></li>' for n in ("首页", "政务公开", "办事服务", "互动交流")) + "</ul>"
CRUMBS = '<div>您现在的位置：<a href="/">首页</a> &gt; <a href="/n/">政府信息公开年报</a> &gt; 正文</div>'
SIDE = (
    "<div class=l><h3>信息公开</h3><ul>"
    + "".join(f'<li><a href="/{n}/">{n}</a></li>' for n in ("公开指南", "公开制度", "公开年报"))
    + "</ul></div>"
)
META = "<div class=meta>发布日期：2022-01-20　来源：青禾镇　浏览次数：<span id=hits>41</span></div>"
TOOLS = '<p>【<a href="javascript:print()">打印本页</a>】【<a href="javascript:close()">关闭窗口</a>】 字号：[大 中 小]</p>'
NEAR = '<p>上一篇：<a href="a.html">青禾镇2020年政府信息公开工作年度报告</a></p>'
NEAR += '<div class=share>分享到：<a href="#">微信</a> <a href="#">微博</a></div>'
FOOT = "<div class=f><p>主办：柳泉县人民政府　承办：柳泉县人民政府办公室</p><p>某ICP备00000041号　网站标识码：0000000041</p></div>"


def paragraphs(lines: list[str]) -> str:
    return "\n".join(f'<p style="text-indent:2em">{escape(line)}</p>' for line in lines)


def page(body: str, title: str = f"{TITLE}_政府信息公开年报_柳泉县人民政府") -> str:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title></head><body>{body}</body></html>"


def read(source: str, encoding: str = "utf-8") -> Extract:
    return read_html(source.encode(encoding), Limits())


def content_system() -> str:
    inner = f'<div class="TRS_Editor"><style>.x{{}}</style>{paragraphs(LINES)}</div>'
    return page(f"{MENU}{CRUMBS}{SIDE}<h1>{TITLE}</h1>{META}{inner}{TOOLS}{NEAR}{FOOT}")


def table_age() -> str:
    text = "".join(f"<P>　　{line}" for line in LINES)
    rows = f"<tr><td>{CRUMBS}<tr><td align=center><b>{TITLE}</b><tr><td>{META}<tr><td class=a14>{text}<tr><td>{TOOLS}"
    return page(f"<table><tr><td colspan=2>{MENU}<tr><td>{SIDE}<td><table>{rows}</table><tr><td colspan=2>{FOOT}</table>", TITLE)


def breaks() -> str:
    text = "<br>\n".join(f"&nbsp;&nbsp;&nbsp;&nbsp;{line}" for line in LINES)
    return page(f"{MENU}{SIDE}<div class=qq><div class=bt>{TITLE}</div>{META}<div class=xyz>{text}</div></div>{NEAR}{FOOT}", "年报")


def word() -> str:
    def spanned(line: str) -> str:
        return re.sub(r"([0-9]+)", r"<span\nlang=EN-US>\1</span>", line)

    text = "".join(f"<p class=MsoNormal><span\nstyle='font-size:16pt'>{spanned(t)}<o:p></o:p></span></p>\n\n" for t in [TITLE, *LINES])
    head = '<meta http-equiv=Content-Type content="text/html; charset=gb2312"><!--[if gte mso 9]><xml><o:p>五、空</o:p></xml><![endif]-->'
    head += "<style><!-- p.MsoNormal {} --></style>"
    return f'<html xmlns:o="urn:x"><head>{head}</head><body><div class=WordSection1>{text}</div></body></html>'


def xhtml() -> str:
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://127.0.0.1:1/xhtml1-strict.dtd">'
    text = "".join(f"<p><![CDATA[{line}]]></p>" for line in LINES)
    return f'<?xml version="1.0"?>{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{TITLE}</title></head><body>{text}</body></html>'


def several_containers() -> str:
    parts = "".join(f'<div class="view">{paragraphs(part)}</div>' for part in (LINES[:6], LINES[6:11], LINES[11:]))
    return page(f"{MENU}{CRUMBS}<h1>{TITLE}</h1>{META}{parts}{NEAR}{FOOT}")


def several_unknown() -> str:
    parts = "".join(f"<h3>{part[0]}</h3><div class=box>{paragraphs(part[1:])}</div>" for part in (LINES[:9], LINES[9:14], LINES[14:]))
    return page(f"{MENU}{CRUMBS}<h1>{TITLE}</h1>{META}<div class=w>{parts}</div>{NEAR}")


def one_part_outside() -> str:
    inside, outside = paragraphs(LINES[:9]), paragraphs(LINES[9:])
    return page(f"{MENU}<h1>{TITLE}</h1>{META}<div id=zoom>{inside}</div><div class=more>{outside}</div>{NEAR}")


def container_around_all() -> str:
    return page(f"<div class=content>{MENU}{SIDE}<h1>{TITLE}</h1>{META}<div class=qq>{paragraphs(LINES)}</div>{NEAR}{FOOT}</div>")


def container_with_attachment() -> str:
    link = '<div class="article-content">附件：<a href="t.xls">统计表.xls</a></div>'
    return page(f"{MENU}<h1>{TITLE}</h1>{META}<div class=qq>{paragraphs(LINES)}</div>{link}{NEAR}")


def news_beside() -> str:
    news = "<div class=news>" + "".join(f"<p>近日，柳泉县召开第{n}次政务公开会议，部署重点工作。</p>" for n in "二三") + "</div>"
    return page(f"{MENU}<div id=zoom>{paragraphs([TITLE, *LINES])}</div>{news}{FOOT}")


def unclosed_type() -> str:
    text = "".join(f"<p><font size=3><b><span>{line}" for line in LINES * 40)
    return page(f"{MENU}<div class=art_con><p>{TITLE}{text}</div>")


def ended_early() -> str:
    return page(f"<div class=cont><p>{TITLE}</p>{paragraphs(LINES[:8])}</body></html>{paragraphs(LINES[8:])}</div>{NEAR}")


def modern() -> str:
    text = "".join(f'<section><div><span style="display:block">{line}</span></div></section>' for line in LINES)
    return page(f"<nav>{MENU}</nav><main><article><header><h1>{TITLE}</h1>{META}</header>{text}</article></main><footer>{FOOT}</footer>")


def furniture_around_all() -> str:
    return page(f"<div class=top>{MENU}<h1>{TITLE}</h1><div class=print>{paragraphs(LINES)}</div></div>")


def shown_by_script() -> str:
    return page(f'{MENU}<h1>{TITLE}</h1><div id=zoom style="display: none">{paragraphs(LINES)}</div>')


def source_lines() -> str:
    text = "".join("<p>\n        " + "\n        ".join(re.findall(".{1,20}", line)) + "\n     </p>" for line in LINES)
    return page(f"{MENU}<h1>{TITLE}</h1><div class=wzcon>{text}</div>").replace("\n", "\r\n")


def preformatted() -> str:
    return page(f"{MENU}<div id=txt><pre>\n" + "\n".join([TITLE, *LINES]) + "</pre></div>")


def bare() -> str:
    return "\n".join([TITLE, *LINES])


LAYOUTS = [
    content_system, breaks, xhtml, several_containers, several_unknown, one_part_outside, container_around_all, modern, news_beside,
    container_with_attachment, unclosed_type, ended_early, furniture_around_all, shown_by_script, preformatted, bare,
]  # fmt: skip


@pytest.mark.parametrize("layout", [*LAYOUTS, table_age, word, source_lines], ids=lambda f: f.__name__)
def test_the_report_comes_out_of_its_page_with_its_title_first(layout):
    got = read(layout(), "gb18030" if layout in (table_age, word) else "utf-8").text
    lines = [line.strip() for line in got.splitlines()]
    if layout is unclosed_type:
        assert lines == [TITLE, *LINES * 40]
        return
    extra = {container_with_attachment: ["附件：统计表.xls"]}.get(layout, [])
    assert "".join("".join(lines).split()) == "".join("".join([TITLE, *LINES, *extra]).split())
    assert len(lines) == 1 + len(LINES) + len(extra)


@pytest.mark.parametrize(
    "layout", [content_system, table_age, breaks, word, several_containers, one_part_outside], ids=lambda f: f.__name__
)
def test_the_sections_are_those_of_the_plain_text(layout):
    def sections(text: str) -> list[tuple[str, str]]:
        return [(s.kind, "".join(text[s.body_start : s.end].split())) for s in gongkai.segment(text).sections]

    plain = sections("\n".join([TITLE, *LINES, ""]))
    assert [kind for kind, _ in plain if kind == "problems"] == ["problems"]
    assert sections(read(layout()).text) == plain


def test_what_was_left_out_is_said():
    assert any("近日" in w for w in read(news_beside()).warnings)
    assert read(content_system()).warnings == ()
    assert any("hidden" in w for w in read(shown_by_script()).warnings)


Q = "<p>一、总体情况</p><p>全年公开信息三条，平稳。</p>"
HEAD = "一、总体情况\n全年公开信息三条，平稳。\n"

SHOWN = {
    "inline": ("<p>信<span>息</span><b>公</b>开<o:p></o:p><a name=x>工</a>作<!-- x -->好</p>", "信息公开工作好"),
    "blocks": ("文<div>块<span>内</span><p>段</p>尾</div>末<br>行<hr>后", "文\n块内\n段\n尾\n末\n行\n后"),
    "blanks": ("<p>  公开 \n  工作  2021\n年  \n a\tb </p>", "公开工作 2021 年 a b"),
    "entities": ("<p>甲&nbsp;乙&emsp;丙&#12288;丁&#20013;&lt;&amp;</p>", "甲 乙\u2003丙\u3000丁中<&"),
    "indent": ("<p>&nbsp;&nbsp;甲</p><p>　　乙</p>", "  甲\n　　乙"),
    "unknown entity": ("<p>甲&foo;乙</p>", "甲&foo;乙"),
    "conditional": ("<p>甲<![if !supportLists]>（一）<![endif]>乙<!--[if gte mso 9]>丙<![endif]--></p>", "甲（一）乙"),
    "hidden": (
        "<p>甲<span style='color:red;DISPLAY : none'>乙</span><i hidden>丙</i><template>丁</template><noscript>戊</noscript>"
        "<span style='visibility:hidden'>己</span><script>'庚'</script><style>辛</style><textarea>壬</textarea></p>",
        "甲",
    ),
    "display": ("<span style='display:block'>甲</span>乙<p style='display:inline'>丙</p><p style='display:inline'>丁</p>", "甲\n乙丙丁"),
    "pre": ("<pre>甲  乙\n\t丙\n\n丁</pre><div style='white-space:pre-wrap'>戊\n己</div>", "甲  乙\n\t丙\n丁\n戊\n己"),
    "no tags end": ("<p>甲<p>乙<li>丙<dt>丁<dd>戊", "甲\n乙\n丙\n丁\n戊"),
    "title inside": ("<title>乙</title><p>甲", "甲"),
    "long link": ("<p><a href='x'>" + "公开，" * 80, "公开，" * 80),
}  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), SHOWN.values(), ids=SHOWN)
def test_lines_are_those_a_browser_shows(source, shown):
    assert read(Q + source).text == f"{HEAD}{shown}\n"


LISTS = {
    "decimal": ("<ol><li>甲<li>乙</ol>", "1. 甲\n2. 乙"),
    "start and value": ("<ol start=3><li>甲<li value=9>乙<li>丙</ol>", "3. 甲\n9. 乙\n10. 丙"),
    "reversed": ("<ol reversed><li>甲<li>乙</ol>", "2. 甲\n1. 乙"),
    "types": ("<ol type=a><li>甲</ol><ol type=I start=4><li>乙</ol>", "a. 甲\nIV. 乙"),
    "chinese": ("<ol style='list-style-type:cjk-ideographic'><li>甲<li>乙</ol>", "一、甲\n二、乙"),
    "editor": ("<ol class='custom_cn2 list-paddingleft-1'><li><p>甲</p><p>乙</p></li><li><p>丙</p></li></ol>", "（一）甲\n乙\n（二）丙"),
    "nested": ("<ol><li>甲<ol type=i><li>乙</ol><li>丙</ol>", "1. 甲\ni. 乙\n2. 丙"),
    "bullets": ("<ul><li>甲<li>乙</ul>", "甲\n乙"),
    "no style": ("<ol style='list-style:none'><li>甲</ol>", "甲"),
    "typed numbers": ("<ol><li>1.甲<li>（二）乙</ol>", "1.甲\n（二）乙"),
    "large": ("<ol type=I start=999999999><li>甲</ol>", "999999999. 甲"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "shown"), LISTS.values(), ids=LISTS)
def test_list_numbers_are_those_a_reader_sees(source, shown):
    assert read(Q + source).text == f"{HEAD}{shown}\n"


def cells(extract: Extract) -> list[list[tuple[int, int, int, int, str]]]:
    return [[(c.row, c.column, c.rows, c.columns, extract.text[c.start : c.end]) for c in g.cells] for g in extract.grids]


TABLES = {
    "plain": ("<tr><td>规章<td>0<tr><td>许可<td>41", [(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "0"), (1, 0, 1, 1, "许可"), (1, 1, 1, 1, "41")]),
    "groups in the order shown": (
        "<tfoot><tr><td>合计<td>3</tfoot><tbody><tr><td>许可<td>3</tbody><thead><tr><th>项目<th>数量</thead>",
        [(0, 0, 1, 1, "项目"), (0, 1, 1, 1, "数量"), (1, 0, 1, 1, "许可"), (1, 1, 1, 1, "3"), (2, 0, 1, 1, "合计"), (2, 1, 1, 1, "3")],
    ),
    "spans": (
        "<tr><td rowspan=2>项<td colspan=2>数<tr><td>自然人<td>法人",
        [(0, 0, 2, 1, "项"), (0, 1, 1, 2, "数"), (1, 1, 1, 1, "自然人"), (1, 2, 1, 1, "法人")],
    ),
    "a row span ends with the table": ("<tr><td rowspan=99>甲<td>1<tr><td>2", [(0, 0, 2, 1, "甲"), (0, 1, 1, 1, "1"), (1, 1, 1, 1, "2")]),
    "and with its group": (
        "<tbody><tr><td rowspan=0>甲<td>1</tbody><tbody><tr><td>乙<td>2</tbody>",
        [(0, 0, 1, 1, "甲"), (0, 1, 1, 1, "1"), (1, 0, 1, 1, "乙"), (1, 1, 1, 1, "2")],
    ),
    "absurd columns": (
        "<tr><td colspan=99999>表<tr><td>甲<td colspan=0>乙<td>丙",
        [(0, 0, 1, 3, "表"), (1, 0, 1, 1, "甲"), (1, 1, 1, 1, "乙"), (1, 2, 1, 1, "丙")],
    ),
    "overlapping": (
        "<tr><td>甲<td rowspan=2>乙<td>丙<tr><td colspan=3>丁",
        [(0, 0, 1, 1, "甲"), (0, 1, 2, 1, "乙"), (0, 2, 1, 1, "丙"), (1, 0, 1, 1, "丁")],
    ),
    "no rows": ("<td>甲<td>1", [(0, 0, 1, 1, "甲"), (0, 1, 1, 1, "1")]),
    "an empty row counts": (
        "<tr><td rowspan=2>甲<td rowspan=2>1<tr></tr><tr><td>乙<td>2",
        [(0, 0, 2, 1, "甲"), (0, 1, 2, 1, "1"), (2, 0, 1, 1, "乙"), (2, 1, 1, 1, "2")],
    ),
    "Word's row of widths does not": ("<tr><td>甲<td>1<tr height=0><td><td>", [(0, 0, 1, 1, "甲"), (0, 1, 1, 1, "1")]),
    "lines in cells": (
        "<tr><td><p>行政规</p><p>范性文件</p><td>1<br>2<td>a\n b<td>&nbsp;",
        [(0, 0, 1, 1, "行政规范性文件"), (0, 1, 1, 1, "1 2"), (0, 2, 1, 1, "a b"), (0, 3, 1, 1, "")],
    ),
}


@pytest.mark.parametrize(("rows", "expected"), TABLES.values(), ids=TABLES)
def test_tables_become_grids(rows, expected):
    assert cells(read(f"{Q}<table>{rows}</table>")) == [expected]


def test_a_caption_stands_before_its_table_and_stray_text_is_kept():
    got = read(f"{Q}<table><tr><td>甲<td>1</tr>散<caption>表一</caption></table>")
    assert got.text == f"{HEAD}散\n表一\n甲\t1\n"


def test_a_table_that_lays_out_the_page_is_walked_and_the_one_in_its_cell_is_a_grid():
    got = read(f"<table><tr><td>甲<td>{Q}<table><tr><td>规章<td>0</table><p>二是更新慢，公开少。</p></table>")
    assert got.text.endswith(f"{HEAD}规章\t0\n二是更新慢，公开少。\n")
    assert cells(got) == [[(0, 0, 1, 1, "规章"), (0, 1, 1, 1, "0")]]


@pytest.mark.parametrize("rows", ["<tr><td>甲<td>" + "一是公开不够，" * 60, "<tr><td>甲<tr><td>乙<tr><td>公开，", "<tr><td>公开，甲"])
def test_running_text_and_single_columns_are_lines(rows):
    assert read(f"{Q}<table>{rows}</table>").grids == ()


spans = st.integers(0, 5) | st.sampled_from([99, 101, 70_000])
tables = st.lists(st.lists(st.tuples(spans, spans), max_size=5), min_size=1, max_size=6)


@given(tables)
@settings(max_examples=150, deadline=None)
def test_no_cell_lies_over_another_and_none_is_lost(rows):
    assume(any(len(row) > 1 for row in rows))
    source = "".join("<tr>" + "".join(f"<td rowspan={r} colspan={c}>x{n}" for n, (r, c) in enumerate(row)) for row in rows)
    got = read(f"{Q}<table>{source}</table>")
    if any("spans" in w for w in got.warnings):
        return
    (grid,) = got.grids
    covered = [(r, c) for x in grid.cells for r in range(x.row, x.row + x.rows) for c in range(x.column, x.column + x.columns)]
    assert len(covered) == len(set(covered))
    assert len(grid.cells) == sum(map(len, rows))
    assert max(r for r, _ in covered) < len(rows)


WRAPPERS = [
    "<p>{}</p>", "<p>{}", "<br>{}<br>", "<div>{}</div>", "<p><span>{}</span></p>", "<li>{}</li>", "<div><b>{}",
    "<p class=MsoNormal>\n{}\n</p>", "<blockquote>{}</blockquote>", "<section><p>{}</p></section>", "<center>{}</center>", "<h2>{}</h2>",
]  # fmt: skip
AROUND = [
    "{}",
    "<div id=zoom>{}</div>",
    "<div class='a TRS_Editor'>{}",
    "<table><tr><td>{}</table>",
    "<form><div>{}</div></form>",
    "<body>{}",
]


@given(st.lists(st.sampled_from(WRAPPERS), min_size=len(LINES), max_size=len(LINES)), st.sampled_from(AROUND), st.sampled_from(["", MENU]))
@settings(max_examples=80, deadline=None)
def test_every_line_comes_back_from_any_markup(wrappers, around, before):
    got = read(before + around.format("\n".join(w.format(line) for w, line in zip(wrappers, LINES, strict=True))))
    assert [line.strip() for line in got.text.splitlines()] == LINES


SOUP = [
    "<p>", "</p>", "<div>", "</div>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<ol>", "<li>", "</ol>", "<a href=x>", "</a>", "<!--",
    "-->", "<b>", "<pre>", "</pre>", "<br>", "<td rowspan=9 colspan=3>", "<thead>", "<caption>", "<title>", "</title>", "<body>", "</html>",
    "公开，", "一、", "二是更新慢。", "&nbsp;", "&#x;", "\n", " ", "\x00", "<", ">", '"', "<![CDATA[", "<script>", "</script>",
    "<div hidden>", "<select>", "&", "<o:p>",
]  # fmt: skip


def cure_of(reader: Callable[[bytes, Limits], Extract], raw: bytes) -> str | Extract:
    """What a reader makes of bytes: a text, or the cure of a declared failure."""
    try:
        return reader(raw, Limits())
    except ReadError as error:
        return error.cure


@given(st.lists(st.sampled_from(SOUP), max_size=60).map("".join))
@settings(max_examples=200, deadline=None)
@example("<table><td><table></td><td>公开，")
@example("<table><thead><tr><td>一、<thead><tr><td>公开，</table>")
def test_soup_is_read_or_refused(source):
    got = cure_of(read_html, source.encode())
    assert got
    if isinstance(got, Extract):
        assert all(0 <= c.start <= c.end <= len(got.text) for grid in got.grids for c in grid.cells)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_bytes_are_read_or_refused(raw):
    assert cure_of(read_html, raw)
    assert cure_of(read_mht, raw)


ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("declared", ["gb2312", "utf-8", "iso-8859-1", "x-none"])
def test_what_a_page_declares_is_not_believed(encoding, declared):
    source = content_system().replace("charset=utf-8", f"charset={declared}")
    assert read(source, encoding) == read(content_system())


@pytest.mark.parametrize("script", ["", "x" * 30_000], ids=["short", "script for a beginning"])
def test_big5(script):
    source = f"<meta charset=utf-8><script>{script}</script><p>一、總體情況</p><p>全年主動公開政府資訊，沒有問題。</p>"
    assert read(source, "big5").text == "一、總體情況\n全年主動公開政府資訊，沒有問題。\n"


BROKEN = {
    "utf-8": (content_system().encode()[:3000] + b"\xff" + content_system().encode(), 1),
    "gb18030": (content_system().encode("gb18030") + b"<p>\xff\xff</p><p>\xff</p>" + paragraphs(LINES).encode("gb18030"), 2),
    "utf-16": (content_system().encode("utf-16") + b"\x00", 1),
    "two encodings": (content_system().encode() + "<p>版权所有</p>".encode("gb18030"), None),
}


@pytest.mark.parametrize(("raw", "places"), BROKEN.values(), ids=BROKEN)
def test_a_few_broken_bytes_are_counted_and_the_rest_is_read(raw, places):
    got = read_html(raw, Limits())
    assert "（一）存在的主要问题" in got.text
    (said,) = [w for w in got.warnings if "could not be decoded" in w]
    assert places is None or f"{places} places" in said


def test_null_bytes_are_left_out_and_said():
    got = read_html(content_system().replace("总体情况", "总\x00体情况").encode(), Limits())
    assert got.text == read(content_system()).text
    assert any("1 null bytes" in w for w in got.warnings)


REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \r\n", "empty"),
    "binary": (bytes(range(256)) * 20, "binary"),
    "PDF": (b"%PDF-1.4\n", "PDF"),
    "another alphabet": ("<p>déjà vu</p>".encode("latin-1"), "not readable"),
}


@pytest.mark.parametrize(("raw", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_text_is_refused(raw, reason):
    with pytest.raises(UndecodableError, match=reason):
        read_html(raw, Limits())


NO_REPORT = {
    "nothing": ("<html><body></body></html>", "no text in this page"),
    "closing tags only": ("</x>" * 10, "no text in this page"),
    "frames": ("<frameset><frame src=top.htm><frame src=main.htm><noframes>请换浏览器。</noframes></frameset>", "frames top.htm, main.htm"),
    "inner frame": ("<p>年报</p><iframe src='http://a/b.html'></iframe>", "frames http://a/b.html"),
    "script": ("<div id=app></div><noscript>请启用JavaScript</noscript><script>var a='公开，公开'</script>", "no text in this page"),
    "loading": ("<div id=app>正在加载中...</div>", "no text in this page"),
    "menu and script": (f"{MENU}{CRUMBS}<div id=app></div>{FOOT}", "no text in this page, only links"),
    "list of years": (
        "".join(f"<li><a href={y}>青禾镇{y}年政府信息公开工作年度报告</a> {y}-01-20</li>" for y in range(2010, 2023)),
        "only links",
    ),
    "pictures": ("<h1>2021年年报</h1><img src=1.jpg><img src=2.jpg>", "only 2 pictures"),
    "document": (
        f"<h1>{TITLE}</h1><div class=TRS_Editor><p>现予公开，全文见附件。</p><a href='./P02.pdf'>{TITLE}.pdf</a></div>",
        "./P02.pdf",
    ),
    "document in a viewer": ("<h1>年报</h1><iframe src='/v/viewer.html?file=/a/%E5%B9%B4.pdf'></iframe>", "/a/年.pdf"),
    "too deep": ("<div>" * 100_000 + Q + "</div>" * 100_000, "limit of 250"),
    "deeper than the limit": ("<div>" * 300 + Q, "limit of 250"),
}


@pytest.mark.parametrize(("source", "reason"), NO_REPORT.values(), ids=NO_REPORT)
def test_a_page_without_a_report_says_why(source, reason):
    with pytest.raises(ReadError, match=re.escape(reason)) as refused:
        read(source)
    assert refused.value.cure


def test_the_limit_of_depth_is_the_users():
    raw = ("<div>" * 300 + Q + "</div>" * 300).encode()
    assert read_html(raw, Limits(depth=400)).text == HEAD
    with pytest.raises(ReadError, match="limit of 20"):
        read_html(("<div>" * 30 + Q).encode(), Limits(depth=20))


@pytest.mark.parametrize("opened", ["<!--", "<script>", "<style>"])
def test_text_behind_something_that_never_ends_is_counted(opened):
    got = read(Q + opened + Q * 4)
    assert got.text == HEAD
    assert any("never ends" in w for w in got.warnings)


@pytest.mark.parametrize("opened", ["<title>", "<textarea>", "<iframe src=x>"])
def test_an_element_that_never_ends_takes_nothing_with_it(opened):
    assert read(opened + Q).text == HEAD


ENTITIES = {
    "file": '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "network": '<!DOCTYPE html [<!ENTITY x SYSTEM "http://127.0.0.1:1/x"> <!ENTITY % y SYSTEM "http://127.0.0.1:1/y"> %y;]>',
    "laughs": '<!DOCTYPE html [<!ENTITY a "公开"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;&b;">]>',
}


@pytest.mark.parametrize("doctype", ENTITIES.values(), ids=ENTITIES)
def test_entities_of_a_page_are_not_resolved(doctype):
    source = f'<?xml version="1.0"?>{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><body>{Q}<p>公开&x;，</p></body></html>'
    assert read(source).text == f"{HEAD}公开&x;，\n"


BOMBS = {
    "rows": "<table>" + "<tr><td rowspan=9999>公<td>开</tr>" * 3000 + "</table>",
    "columns": "<table>" + "<tr><td colspan=100>公<td colspan=99999>开</tr>" * 3000 + "</table>",
    "wide and tall": "<table><tr>" + "<td>公" * 3000 + "<tr><td>开" * 3000 + "</table>",
}


@pytest.mark.parametrize("table", BOMBS.values(), ids=BOMBS)
def test_a_table_that_would_blow_up_is_read_as_lines(table):
    got = read(Q + table)
    assert got.grids == ()
    assert len(got.text) < 5 * len(table)
    assert (got.text.count("公"), got.text.count("开")) == (table.count("公") + 1, table.count("开") + 1)
    assert any("spans" in w for w in got.warnings)


HOSTILE = [
    "<a",
    "<!--",
    "<!DOCTYPE",
    "<!DOCTYPE[",
    "<title>",
    "</x>",
    "<a '\"'\"'\"",
    "<b>",
    "<p><span>",
    "<![CDATA[",
    "&#",
    "&",
    "<a href=x>",
    "A-",
    "<td>",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_repeated_pieces_are_read_or_refused(piece):
    assert cure_of(read_html, f"<?xml version='1.0'?>{Q}{piece * 50_000}".encode())


def test_an_element_of_very_many_attributes_is_read():
    assert read("<p " + "".join(f"a{i}=b " for i in range(30_000)) + f">公开，</p>{Q}").text == f"公开，\n{HEAD}"


TITLES = {
    "page title": (f"<title>{TITLE}_政府信息公开年报_柳泉县</title>", "", TITLE),
    "site title": ("<title>柳泉县人民政府</title>", "", None),
    "heading of the page": ("<title>柳泉县人民政府</title>", "<h1>青禾镇<br>2021年年报</h1>", "青禾镇2021年年报"),
    "meta": (f"<meta name=ArticleTitle content={TITLE}>", "<h1>政府信息公开年报</h1>", TITLE),
    "line outside": ("", f"<div class=b>{TITLE}</div><div>{MENU}</div>", TITLE),
    "two lines outside": ("", f"<div>{TITLE[:6]}</div><div>{TITLE[6:]}</div>{MENU}", TITLE),
}  # fmt: skip


@pytest.mark.parametrize(("head", "above", "title"), TITLES.values(), ids=TITLES)
def test_the_title_is_the_first_line(head, above, title):
    first = read(f"{head}{above}<div id=zoom>{Q}</div>").text.removesuffix(HEAD)
    assert first == (f"{title}\n" if title else "")


def test_a_title_in_the_text_is_not_repeated_unless_the_page_knows_more():
    assert (
        read(f"<title>{TITLE}</title><div id=zoom><p>柳泉县青禾镇</p><p>{TITLE[6:]}</p>{Q}</div>").text
        == f"柳泉县青禾镇\n{TITLE[6:]}\n{HEAD}"
    )
    assert read(f"<h1>{TITLE}</h1><div id=zoom><p>{TITLE[6:]}</p>{Q}</div>").text == f"{TITLE}\n{TITLE[6:]}\n{HEAD}"


ESSAY = page(
    "<div class=a>" + "".join(f"<p>第{n}天晴，街上的人很多。</p>" for n in "二三四五") + "</div><div class=b>地图　联系我们</div>", "x"
)


def test_a_page_that_is_like_no_report_is_read_whole_and_says_so():
    got = read(ESSAY)
    assert got.text.splitlines()[-1] == "地图　联系我们"
    assert any("no part of this page stands out" in w for w in got.warnings)


def test_trafilatura_chooses_for_real(monkeypatch):
    monkeypatch.delitem(sys.modules, "trafilatura")
    pytest.importorskip("trafilatura")
    assert "第五天晴，街上的人很多。" in read(ESSAY).text


def test_trafilatura_is_asked_where_it_is_installed(monkeypatch):
    monkeypatch.setitem(
        sys.modules,
        "trafilatura",
        SimpleNamespace(extract=lambda *_, **__: "\n".join(f"- 第{n}天晴， 街上的人很多。" for n in "二三五")),
    )
    got = read(ESSAY)
    assert got.text.splitlines() == [f"第{n}天晴，街上的人很多。" for n in "二三五"]
    assert any("trafilatura" in w for w in got.warnings)
    assert "trafilatura" not in str(read(content_system()).warnings)


def mht(*parts: tuple[str, bytes], encoding: str = "base64") -> bytes:
    out = 'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="--B"\r\n\r\n'
    for kind, content in parts:
        coded = base64.encodebytes(content) if encoding == "base64" else quopri.encodestring(content)
        out += f"----B\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{coded.decode()}\r\n"
    return (out + "----B--\r\n").encode()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_page_in_one_file(encoding, charset):
    raw = mht(
        ('text/html; charset="gb2312"', content_system().encode(charset)),
        ("text/css", b"p{}"),
        ("image/png", b"\x89PNG"),
        encoding=encoding,
    )
    assert read_mht(raw, Limits()) == read(content_system())


def test_of_several_pages_in_one_file_the_report_is_taken():
    frames = b"<frameset><frame src=cid:1><frame src=cid:2></frameset>"
    got = read_mht(mht(("text/html", frames), ("text/html", Q.encode()), ("text/html", content_system().encode())), Limits())
    assert got.text == read(content_system()).text
    assert any("other pages" in w for w in got.warnings)


NO_PAGE = {
    "no page": mht(("text/plain", b"x")),
    "no mail": b"<p>" + Q.encode(),
    "a page of frames": mht(("text/html", b"<frameset><frame src=a.htm></frameset>")),
    "deep": b"".join(b"Content-Type: multipart/related; boundary=B%d\n\n--B%d\n" % (n, n) for n in range(3000))
    + b"Content-Type: text/html\n\nx",
}


@pytest.mark.parametrize("raw", NO_PAGE.values(), ids=NO_PAGE)
def test_a_file_without_a_page_says_so(raw):
    with pytest.raises(ReadError) as refused:
        read_mht(raw, Limits())
    assert refused.value.cure


@pytest.mark.slow
def test_large_pages():
    got = read(page("<div id=zoom>" + paragraphs(LINES * 5000) + "</div>"))
    assert got.text.count("\n") == len(LINES) * 5000 + 1
    got = read(Q + "<table>" + "<tr><td>规章<td>0<td>1</tr>" * 60_000 + "</table>")
    assert len(got.grids[0].cells) == 180_000

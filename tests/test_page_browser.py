"""The HTML page in a browser that is cut off from the network: every count opens its sentences, a sentence its source."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from gongkai.codebook import load_codebook, parse_codebook
from gongkai.present.page import render
from test_page import HOSTILE, make

REPORTS = [
    # The astral character 𠮷 and the emoji count once in Python and twice in JavaScript: offsets must still fit.
    (
        "a.txt",
        "柳泉县水利局",
        2020,
        "部门(县级)",
        [
            ("𠮷村😀栏目空着。", "problem", ["coverage"]),
            ("更新不及时。", "problem", ["timeliness"]),
            ("每周更新。", "measure", ["timeliness"]),
        ],
    ),
    (
        "b.txt",
        "柳泉县青禾镇",
        2021,
        "乡镇",
        [
            ("人手不足，更新慢。", "problem", ["timeliness", "capacity"]),
            ("增加人手。", "measure", ["capacity"]),
            ("总体平稳。", "other", []),
        ],
    ),
    ("b2.txt", "柳泉县青禾镇", 2022, "乡镇", [("更新仍慢。", "problem", ["timeliness"])]),
    ("c.txt", None, None, None, [(f"更新慢{HOSTILE}。", "problem", ["timeliness"])]),
    ("d.txt", "云渚市", 2021, "市", []),
    *[(f"many/{i:03}.txt", "云渚市", 2022, "市", [(f"第{i}个栏目没有更新。", "problem", ["timeliness"])]) for i in range(80)],
]
REGIONS = {"a.txt": "浙江省嘉兴市秀洲区", "b.txt": "浙江省", "b2.txt": "浙江省"}

pytestmark = pytest.mark.browser


def frames():
    statements, sections, about = make(REPORTS)
    about["region"] = about["report"].map(REGIONS)
    return statements, sections, about


def starts(statements, report, role):
    rows = statements[(statements["report"] == report) & (statements["role"] == role)]
    return rows["start"].tolist()


def panels(statements):
    """Frames for every panel, on invented reports."""
    pairs = [("a.txt", starts(statements, "a.txt", "problem")[1], starts(statements, "a.txt", "measure")[0], 0.8, "theme;order", "planned")]
    cells = [("b.txt", "requests", "new", c, 3.0, "3", 5, 6) for c in ("natural", "total")]
    cells += [("b.txt", "requests", "carried_out", "total", None, None, None, None)]
    return {
        "answers": pd.DataFrame(pairs, columns=["report", "problem", "measure", "score", "why", "tense"]),
        "recurring": pd.DataFrame(
            [("柳泉县青禾镇", "浙江省", "timeliness", 2021, 2022, "recurs")],
            columns=["body", "region", "theme", "year", "next_year", "outcome"],
        ),
        "reuse": pd.DataFrame(
            [
                ("many/001.txt", 1, 1, 1.0, "many/000.txt", "云渚市", 2022, 0.97, "other_office"),
                ("b.txt", 3, 0, 0.0, None, None, None, None, "none"),
            ],
            columns=["report", "units", "reused", "rate", "nearest", "nearest_body", "nearest_year", "similarity", "source"],
        ),
        "questions": pd.DataFrame(
            [("b.txt", f"carried{HOSTILE}", 3.0, False, f"结转 3 件，为什么没有提到？{HOSTILE}", "3 carried over: why?", ["120-122"])],
            columns=["report", "signal", "value", "admitted", "question_zh", "question_en", "places"],
        ),
        "cells": pd.DataFrame(cells, columns=["report", "table", "row", "column", "value", "raw", "start", "end"]),
        "checks": pd.DataFrame(
            [("b.txt", "unplaced", "requests", "carried_out", "total", None, None, f"“结转”一行未填入{HOSTILE}", ["5-6"])],
            columns=["report", "check", "table", "row", "column", "expected", "found", "message", "places"],
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of the invented reports, without panels; beside it one with all of them."""
    folder, book, tables = tmp_path_factory.mktemp("page"), load_codebook(), frames()
    (folder / "index.html").write_text(render(*tables, book), "utf-8")
    (folder / "full.html").write_text(render(*tables, book, **panels(tables[0])), "utf-8")
    return folder / "index.html"


def arrived(page):
    """The page, which from now on is looked at only where it has arrived: the address is ahead of what is shown."""

    def after(look):
        def waits(*args, **options):
            page.wait_for_function("() => !document.querySelector('#reading') || document.body.dataset.place === location.hash")
            return look(*args, **options)

        return waits

    for name in ("locator", "get_by_role", "evaluate"):
        setattr(page, name, after(getattr(page, name)))
    page.locator("body")
    return page


@pytest.fixture
def open_page(browser, file):
    """Open a page offline, and afterwards hold it to silence: nothing on the console, no request but the file, no broken policy."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    context.add_init_script("window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));")
    heard, requests, pages, opened = [], [], [], set()

    def route(handler):
        requests.append(handler.request.url)
        (handler.continue_ if handler.request.url in opened else handler.abort)()

    context.route("**/*", route)

    def open_it(where="", width=1200, page_file=file, script=""):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.on("console", lambda m: heard.append(m.text))
        page.on("pageerror", lambda e: heard.append(str(e)))
        page.on("dialog", lambda d: (heard.append(f"dialog {d.message}"), d.dismiss()))
        if script:
            page.add_init_script(script)
        opened.add(page_file.as_uri())
        page.goto(page_file.as_uri() + where)
        pages.append(page)
        return page if script == NEVER else arrived(page)

    yield open_it
    broken = [b for p in pages for b in p.evaluate("window.broken")]
    context.close()
    assert heard == []
    assert broken == []
    assert {u for u in requests if u != "data:,"} <= opened


def bar(page, theme, role="problem"):
    return page.locator(f'.bar[data-go="view=list&theme={theme}&role={role}"]')


def number(page, theme, role="problem"):
    return bar(page, theme, role).locator(".of:visible .num").inner_text().replace("\n", " ")


def sentences(page):
    page.wait_for_selector("#reading-body > *")
    return page.locator("#reading-body .sentence mark")


def title(page):
    return page.locator("#reading-name").inner_text()


def filter_by(page, name, value):
    page.select_option(f"#by-{name}", value)


def test_from_a_bar_to_the_source_and_back_with_the_browsers_button(open_page):
    page = open_page()
    assert number(page, "capacity") == "1% 1/84"
    bar(page, "capacity").click()
    assert title(page) == "队伍与能力"
    assert sentences(page).all_inner_texts() == ["人手不足，更新慢。"]
    assert page.locator("#reading-body u").all_inner_texts() == ["人手"]
    assert "角色" not in page.locator(".cards").inner_text()
    assert re.sub(r"\s+", " ", page.locator(".chips").inner_text()) == "■ 存在问题 0.90 公开时效 0.80 队伍与能力 0.80"
    page.locator(".open").click()
    page.wait_for_selector(".source mark")
    assert title(page) == "柳泉县青禾镇 2021"
    assert page.locator(".source mark").inner_text().startswith("■人手不足，更新慢。")
    assert "队伍与能力 0.80" in page.locator(".source mark .labels").inner_text()
    assert page.locator(".source").inner_text().startswith("五、存在的主要问题及改进情况\n")
    assert "文件中第 115–124 字符" in page.locator(".detail").inner_text()
    assert page.locator(".source .said").count() == 3
    page.go_back()
    page.wait_for_selector(".cards")
    assert title(page) == "队伍与能力"
    assert page.evaluate("document.activeElement.className") == "plain open"
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    assert page.evaluate("document.activeElement.dataset.go") == "view=list&theme=capacity&role=problem"
    page.go_forward()
    page.wait_for_selector(".cards")
    assert title(page) == "队伍与能力"


def test_back_returns_to_the_place_on_the_page(open_page):
    page = open_page()
    page.evaluate("scrollTo(0, 1500)")
    page.wait_for_timeout(100)
    page.locator('.heat[data-by="level"] tr[data-theme="timeliness"] td a').first.evaluate("(a) => a.click()")
    page.wait_for_selector(".cards")
    page.wait_for_function("() => scrollY === 0")
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    page.wait_for_function("() => Math.abs(scrollY - 1500) < 3")
    assert page.locator('.heat[data-by="level"]').is_visible()


def test_a_link_into_the_page_opens_where_it_points(open_page):
    page = open_page("#view=list&theme=timeliness&role=problem&year=2020")
    assert sentences(page).all_inner_texts() == ["更新不及时。"]
    assert page.locator("#by-year").input_value() == "2020"
    for nowhere, said in [
        ("view=report&r=999", "没有这份报告"),
        ("view=constructor", "没有这一项"),
        ("view=list&body=nobody", "没有这样的句子"),
        ("view=reports&kind=problems&state=constructor", "85 份报告"),
        ("view=list&theme=constructor&role=__proto__&p=-3", "88 句"),
        ("view=pairs", "没有这一项"),
        ("view=list&p=9999", "没有这样的句子"),
    ]:
        page.evaluate("(h) => { location.hash = h; }", nowhere)
        page.wait_for_function("(s) => document.querySelector('#reading').innerText.includes(s)", arg=said)


def test_offsets_fit_behind_characters_that_javascript_counts_twice(open_page):
    page = open_page()
    bar(page, "coverage").click()
    assert sentences(page).all_inner_texts() == ["𠮷村😀栏目空着。"]
    page.locator(".open").click()
    page.wait_for_selector(".source mark")
    assert page.locator(".source mark u").all_inner_texts() == ["𠮷村"]
    page.get_by_role("button", name="下一句").click()
    page.wait_for_function("() => document.querySelector('.source mark').innerText.includes('更新不及时。')")
    page.locator(".source .said", has_text="每周更新").click()
    page.wait_for_function("() => document.querySelector('.source mark').innerText.includes('每周更新。')")
    # Steps within a report are one step of the history.
    page.go_back()
    page.wait_for_selector(".cards")


def test_english_and_back_keeps_the_place(open_page):
    page = open_page()
    bar(page, "capacity").click()
    page.wait_for_selector(".cards")
    page.locator('[data-language="en"]').click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert title(page) == "staff and capacity"
    assert "Definition (in Chinese)" in page.locator(".definition").inner_text()
    assert page.title().startswith("What offices admit")
    assert page.locator("#tally").inner_text() == "1 statement from 1 report"
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    assert page.locator("#figure h2").inner_text() == "What comes up most often"
    page.locator('[data-language="zh-Hans"]').click()
    assert page.locator("#figure h2").inner_text() == "哪些事最常被提起"
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_no_chinese_is_left_in_the_english_view_but_names_and_sources(open_page):
    page = open_page()
    page.locator('[data-language="en"]').click()
    left = page.evaluate(
        """() => {
            const out = [], walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
            for (let n = walk.nextNode(); n; n = walk.nextNode()) {
                const at = n.parentElement, chinese = /[\\u4e00-\\u9fff]/.test(n.data) && at.offsetParent;
                if (chinese && at.closest('[lang]').lang !== 'zh-Hans' && !at.closest('.heat thead')) out.push(n.data.trim());
            }
            return out;
        }"""
    )
    # The one sentence that explains Chinese enumerators quotes one.
    assert [text for text in left if "such as 一是" not in text] == []


def test_filters_recount_the_overview(open_page):
    page = open_page()
    before = page.locator("#overview").inner_html()
    assert number(page, "timeliness") == "100% 84/84"
    filter_by(page, "year", "2021")
    page.wait_for_function("() => document.querySelector('#n-shown').innerText.includes('2 / 85')")
    assert number(page, "timeliness") == "100% 1/1"
    assert number(page, "coverage") == "0% 0/1"
    assert "Wilson" in page.locator("#note-interval").inner_text()
    assert bar(page, "timeliness").locator(".of:visible svg").get_attribute("aria-label") == "100% (21–100%)"
    assert bar(page, "timeliness").locator(".of.u-reports.small-n").count() == 1
    assert bar(page, "coverage").locator(".of:visible path.all").get_attribute("d").startswith("M")
    assert page.locator("#n_reports a").inner_text() == "2"
    assert page.locator("#n_missing a").inner_text() == "1"
    assert page.locator("#n_statements a").inner_text() == "3"
    assert page.locator('.heat[data-by="level"] thead th:visible').count() == 2
    assert page.locator("#sections tr[data-report]:visible").count() == page.locator("#sections tr[data-report]").count() - 1
    bar(page, "timeliness").click()
    assert sentences(page).all_inner_texts() == ["人手不足，更新慢。"]
    page.go_back()
    page.go_back()
    page.wait_for_function("() => document.querySelector('#n-shown').innerText === '85 份报告'")
    assert number(page, "timeliness") == "100% 84/84"
    after = page.locator("#overview").inner_html()

    def plain(html):
        return re.sub(r' (tabindex|title|data-go|href|class)="[^"]*"', "", html)

    assert plain(after) == plain(before)


def test_the_script_shows_the_figures_that_the_page_came_with(browser, open_page, file):
    """What Python wrote and what the script counts are the same, cell by cell."""
    read = """() => [...document.querySelectorAll('.bar .of')].map((b) => [b.querySelector('.num').textContent,
            b.querySelector('svg').getAttribute('aria-label'), b.classList.contains('small-n'),
            b.querySelector('rect').getAttribute('width'), b.querySelector('.whisker').getAttribute('d')])
        .concat([...document.querySelectorAll('.heat td')].map((c) => [c.textContent, c.className, c.firstElementChild.title]))
        .concat([...document.querySelectorAll('#shares td, .key dd, #figure .note, .heat thead th')].map((c) => c.textContent.trim()))"""
    context = browser.new_context(offline=True, java_script_enabled=False)
    still = context.new_page()
    still.goto(file.as_uri())
    came = still.evaluate(read)
    context.close()
    assert open_page().evaluate(read) == came
    assert len(came) > 200


def test_filters_by_level_region_and_office_with_their_search_boxes(open_page):
    page = open_page()
    filter_by(page, "level", "乡镇")
    page.wait_for_function("() => document.querySelector('#n-shown').innerText.includes('2 / 85')")
    page.locator("#clear").click()
    page.wait_for_function("() => document.querySelector('#n-shown').innerText === '85 份报告'")
    page.locator("#by-region").click()
    assert page.locator("#list-region [role=option]").all_inner_texts()[0] == "浙江省 3"
    page.locator("#list-region [role=option]").first.click()
    page.wait_for_function("() => document.querySelector('#n-shown').innerText.includes('3 / 85')")
    page.locator("#by-body").fill("青禾")
    assert page.locator("#list-body [role=option]").all_inner_texts() == ["柳泉县青禾镇 2"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#n-shown').innerText.includes('2 / 85')")
    assert page.locator("#by-body").input_value() == "柳泉县青禾镇"
    assert page.locator("#active").inner_text() == "2"
    bar(page, "timeliness").click()
    assert sentences(page).all_inner_texts() == ["更新仍慢。", "人手不足，更新慢。"]
    page.locator("#by-body").fill("")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.cards > li').length === 3")
    page.locator("#clear").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText.startsWith('85 句')")
    page.locator("#by-body").fill("没有这样的机关")
    assert page.locator("#list-body").inner_text() == "没有"
    page.keyboard.press("Escape")
    assert page.locator("#by-body").input_value() == ""


def test_the_unknown_is_a_value_like_others(open_page):
    page = open_page("#view=list")
    filter_by(page, "year", "?")
    page.wait_for_function("() => document.querySelectorAll('.cards > li').length === 1")
    assert sentences(page).all_text_contents() == [f"更新慢{HOSTILE}。"]
    page.locator("#by-body").click()
    page.locator("#list-body [role=option]", has_text="未知").click()
    page.wait_for_function("() => location.hash.includes('body')")
    assert sentences(page).count() == 1


def test_role_as_filter_and_as_tabs(open_page):
    page = open_page()
    filter_by(page, "role", "measure")
    page.wait_for_selector(".bar.off")
    assert page.locator('.heat[data-by="level"]').get_attribute("class") == "heat c1"
    assert page.locator(".lines svg .c0").count() == 0
    page.locator("#n_statements a").click()
    assert sentences(page).all_inner_texts() == ["增加人手。", "每周更新。"]
    page.locator(".tabs a", has_text="其他").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText.startsWith('1 句')")
    assert sentences(page).all_inner_texts() == ["总体平稳。"]
    page.locator(".tabs a", has_text="全部").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText.startsWith('88 句')")


def test_long_lists_come_in_pages(open_page):
    page = open_page()
    bar(page, "timeliness").click()
    assert sentences(page).count() == 20
    assert page.locator("#tally").inner_text() == "84 句，出自 84 份报告"
    seen = set(sentences(page).all_text_contents())
    for n in range(2, 6):
        page.locator("#pager a", has_text="下一页").click()
        page.wait_for_function("(n) => document.querySelector('#pager').innerText.includes(`第 ${n} / 5 页`)", arg=n)
        assert page.evaluate("scrollY") == 0
        seen |= set(sentences(page).all_text_contents())
        assert page.locator(".sentence").count() <= 20
    assert len(seen) == 84
    assert page.locator("#pager a").count() == 1
    page.go_back()
    page.wait_for_function("() => document.querySelector('#pager').innerText.includes('第 4 / 5 页')")
    page.locator("#choose").select_option("coverage")
    page.wait_for_function("() => document.querySelector('#tally').innerText.startsWith('1 句')")


def test_every_kind_of_count_leads_to_its_sentences_or_reports(open_page):
    page = open_page()
    page.locator("#figure summary").click()
    page.locator("#heat-year summary").click()
    for link, said in [
        ("#n_reports a", "85 份报告"),
        ("#n_found a", "84 份报告"),
        ("#n_missing a", "1 份报告"),
        ("#n_statements a", "88 句"),
        ('#shares a[data-go="view=list&theme=capacity&role=measure"]', "1 句"),
        ('.heat[data-by="year"] tr[data-theme="timeliness"] td:nth-child(2) a', "1 句"),
        ('.heat[data-by="level"] tr[data-theme="capacity"] td:nth-child(3) a', "1 句"),
        ('.heat[data-by="area"] tr[data-theme="coverage"] td:nth-child(2) a', "1 句"),
        ('.places .sums td[data-kind="problems"] .missing a', "1 份报告"),
        ('.places .sums td[data-kind="litigation"] .low a', "1 份报告"),
    ]:
        page.locator(link).first.click()
        page.wait_for_selector("#reading:not([hidden])")
        page.wait_for_function("() => document.querySelector('#tally').innerText")
        assert page.locator("#tally").inner_text().startswith(said), link
        page.go_back()
        page.wait_for_selector("#overview:not([hidden])")
    page.locator(".lines figure", has_text="公开时效").locator("a circle").nth(1).click()
    page.wait_for_selector(".cards")
    assert "year=2021" in page.url
    page.go_back()
    page.locator("#sections tbody a", has_text="d.txt").click()
    page.wait_for_selector("#reading:not([hidden])")
    assert "没有编了码的句子" in page.locator("#reading-body").inner_text()


def test_by_statements_and_sorted_anew(open_page):
    page = open_page()
    page.locator('#figure .switch [data-unit="statements"]').click()
    page.wait_for_selector('#figure[data-unit="statements"]')
    assert number(page, "timeliness", "measure") == "50% 1/2"
    assert bar(page, "timeliness").locator(".u-statements").is_visible()
    assert not bar(page, "timeliness").locator(".u-reports").is_visible()
    page.go_back()
    page.wait_for_selector('#figure[data-unit="reports"]')


def test_with_the_keyboard_alone(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('bar')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".cards")
    assert page.evaluate("document.activeElement.id") == "reading-name"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('open')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".source mark")
    page.go_back()
    page.wait_for_selector(".cards")
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    page.locator('.heat[data-by="level"] tbody td a').first.focus()
    cell = """(() => { const td = document.activeElement.parentNode, tr = td.parentNode;
        return [...tr.children].indexOf(td) + ' ' + tr.dataset.theme; })()"""
    first = page.evaluate(cell)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(cell) != first
    assert page.evaluate(cell).startswith("2 ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(cell) == first
    assert page.evaluate("[...document.querySelectorAll('a, button, select, input')].filter((n) => n.tabIndex > 0).length") == 0


def test_charts_tell_what_they_show(open_page):
    page = open_page()
    charts = page.locator("svg[role=img]")
    assert charts.count() > 17
    assert page.evaluate(
        "[...document.querySelectorAll('svg')].every((s) => s.getAttribute('role') === 'img' && s.getAttribute('aria-label'))"
    )
    label = page.locator(".lines figure", has_text="公开时效").locator("svg").get_attribute("aria-label")
    assert label.startswith("公开时效: 存在问题 2020 100% (1/1)")
    page.locator('[data-language="en"]').click()
    assert page.locator(".lines svg").first.get_attribute("aria-label").startswith("timeliness: problem 2020 100% (1/1)")
    assert page.evaluate("[...document.querySelectorAll('table')].every((t) => t.querySelector('caption') || t.closest('[aria-label]'))")


def test_the_panels_lead_to_their_sentences(open_page, file):
    page = open_page(page_file=file.with_name("full.html"))
    page.wait_for_selector("#answers table")
    page.locator("#answers .lead a", has_text="没有对应的措施").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText.startsWith('84 句')")
    page.go_back()
    page.locator('#answers .gaps a[data-go*="capacity"][data-go*="flag"]').click()
    assert sentences(page).all_inner_texts() == ["人手不足，更新慢。"]
    page.go_back()
    page.locator("#answers .matrix td a").click()
    page.wait_for_selector(".couple")
    assert sentences(page).all_inner_texts() == ["更新不及时。", "每周更新。"]
    assert "主题相同、次序相应" in page.locator(".couple .meta").inner_text()
    page.locator(".couple .open").nth(1).click()
    page.wait_for_selector(".source mark")
    assert "每周更新" in page.locator(".source mark").inner_text()
    page.go_back()
    page.go_back()
    page.locator("#recurring td a").first.click()
    page.wait_for_selector("#reading .plain-table")
    assert re.sub(r"\s+", " ", page.locator("#reading tbody").inner_text()) == "柳泉县青禾镇 公开时效 2021 → 2022 又出现"
    page.locator("#reading tbody a", has_text="2022").click()
    assert sentences(page).all_inner_texts() == ["更新仍慢。"]
    page.go_back()
    page.go_back()
    page.locator("#reuse td a").first.click()
    page.wait_for_selector("#reading .plain-table")
    assert "云渚市 · 2022\t100%\t1/1\t云渚市 · 2022\t0.97\t别的机关" in page.locator("#reading tbody").inner_text()
    page.go_back()
    page.locator("#questions td a").first.click()
    page.wait_for_selector(".cards")
    assert "结转 3 件，为什么没有提到？" in page.locator(".cards").inner_text()
    assert "没有谈到" in page.locator(".cards").inner_text()
    page.get_by_role("link", name="相关语句 1").click()
    page.wait_for_selector(".source mark")
    assert title(page) == "柳泉县青禾镇 2021"
    page.go_back()
    page.get_by_role("link", name="看表格里的数字").click()
    page.wait_for_selector(".figures")
    page.wait_for_function("() => document.querySelector('#figures').getBoundingClientRect().top < 200")


SLOW = """{
    const text = Response.prototype.text;
    Response.prototype.text = async function () { await new Promise((done) => setTimeout(done, 300)); return text.call(this); };
}"""
NEVER = "Response.prototype.text = () => new Promise(() => {});"


@pytest.mark.parametrize("to", ["answers", "recurring", "reuse", "questions", "sections"])
def test_a_link_to_a_panel_lands_there_however_late_the_panels_come(open_page, file, to):
    page = open_page(f"#to={to}", page_file=file.with_name("full.html"), script=SLOW)
    page.wait_for_selector("#questions table")
    page.wait_for_function("() => scrollY > 0")
    # Below the bar at the top, or as far down as the page goes.
    top, end = page.evaluate(
        "(id) => [document.getElementById(id).getBoundingClientRect().top, scrollY + innerHeight >= document.body.scrollHeight - 1]", to
    )
    assert 0 <= top < 200 or (end and top < 800)


def test_what_could_not_be_compared_is_counted_and_listed(open_page, file, tmp_path):
    tables = frames()
    given = panels(tables[0])
    short = {"report": "a.txt", "units": 0, "reused": 0, "rate": None, "source": "none"}
    given["reuse"] = pd.DataFrame([*given["reuse"].to_dict("records"), short], columns=given["reuse"].columns)
    own = tmp_path / "index.html"
    own.write_text(render(*tables, load_codebook(), reuse=given["reuse"]), "utf-8")
    page = open_page(page_file=own)
    page.wait_for_selector("#reuse table")
    assert [re.sub(r"\s+", " ", t) for t in page.locator("#reuse tbody tr").all_inner_texts()] == [
        "别的机关 – – – – 1 1",
        "没有雷同 1 – – – – 1",
    ]
    assert page.locator("#reuse .panel-body .note").inner_text() == "比较了 2 份报告。 1 份语句太短，无法比较。 82 份没有语句，无法比较。"
    page.get_by_role("link", name="全部比较过的报告").click()
    page.wait_for_selector("#reading tbody")
    assert page.locator("#tally").inner_text() == "2 份报告"
    page.get_by_role("link", name="1 份语句太短").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText === '1 份报告'")
    assert page.locator("#reading tbody").inner_text() == "柳泉县水利局 · 2020\t–\t–\t–\t–\t–"
    page.get_by_role("link", name="柳泉县水利局").click()
    page.wait_for_selector(".source")
    assert "语句太短，无法比较。" in page.locator("#reading-body").inner_text()
    page.go_back()
    page.get_by_role("link", name="82 份没有语句").click()
    page.wait_for_function("() => document.querySelector('#tally').innerText === '82 份报告'")


def test_filters_act_on_the_panels(open_page, file):
    page = open_page("#year=2021", page_file=file.with_name("full.html"))
    page.wait_for_selector("#answers table")
    assert page.locator("#answers .matrix td a").count() == 0
    assert page.locator("#recurring td a").count() == 0
    assert page.locator("#questions td a").count() > 0


def test_a_report_shows_its_figures_with_what_is_doubtful_in_them(open_page, file):
    page = open_page(page_file=file.with_name("full.html"))
    page.wait_for_selector("#answers table")
    i = page.evaluate("JSON.parse(document.querySelector('#head').textContent).reports.id.indexOf('b.txt')")
    page.evaluate("(i) => { location.hash = `view=report&r=${i}`; }", i)
    page.wait_for_selector(".figures")
    assert page.locator(".figures tbody tr").all_inner_texts() == ["一 本年新收政府信息公开申请数量\t3\t3", "四 结转下年度继续办理\t\t?"]
    assert page.locator(".figures .odd").inner_text() == "?"
    assert "未定位" in page.locator(".findings").inner_text()
    assert page.locator(".findings").text_content().endswith(HOSTILE)
    assert "又出现" not in page.locator("#reading").inner_text()
    page.get_by_role("link", name="2022").click()
    page.wait_for_function("() => document.querySelector('#reading').innerText.includes('又出现')")


def test_hostile_text_stays_text_everywhere(open_page, tmp_path):
    """In every place that shows words of a file, of its metadata, of the codebook or of a panel."""
    reports = [
        (f"{HOSTILE}.txt", HOSTILE, 2021, HOSTILE, [(f"更新慢{HOSTILE}。", "problem", ["timeliness"])]),
        (f"x{HOSTILE}", f"x{HOSTILE}", 2020, None, []),
    ]
    statements, sections, about = make(reports)
    about["region"] = HOSTILE
    statements["path"] = [(HOSTILE,)]
    sections.loc[sections["start"].isna(), "warnings"] = sections["warnings"].map(lambda _: [HOSTILE])
    quoted = f"'{HOSTILE}'".replace("\u2028", " ").replace("\u2029", " ").replace("\"'", '"')
    book = parse_codebook(
        f"version: 1\nroles: {{problem: {{zh: &h {quoted}, en: *h, definition: *h}}}}\n"
        "themes: [{id: timeliness, zh: *h, en: *h, definition: *h, not: *h}]"
    )
    hostile = tmp_path / "index.html"
    hostile.write_text(render(statements, sections, about, book), "utf-8")
    page = open_page(page_file=hostile)
    for where in ("", "view=list", "view=list&theme=timeliness", "view=reports", "view=report&r=0", "view=report&r=1", f"body={HOSTILE}"):
        page.evaluate("(h) => { location.hash = h; }", where)
        page.wait_for_timeout(150)
        assert page.evaluate("document.querySelectorAll('img, iframe, object').length") == 0
        assert page.evaluate("document.scripts.length") == 4
        assert "<img src=x onerror=alert(1)>" in page.locator("main:visible").inner_text()
    page.locator("#by-body").click()
    assert page.locator("#list-body").text_content().startswith(HOSTILE)


def test_without_decompression_in_the_browser_the_page_unpacks_itself(open_page):
    page = open_page("#view=list", script="delete window.DecompressionStream;")
    assert page.evaluate("typeof DecompressionStream") == "undefined"
    assert "第79个栏目没有更新。" in sentences(page).all_inner_texts() or sentences(page).count() == 20
    page.locator("#pager a", has_text="下一页").click()
    page.wait_for_function("() => document.querySelector('#pager').innerText.includes('第 2 / 5 页')")


def test_what_was_left_out_of_the_page_is_said_where_it_is_missed(open_page, tmp_path):
    short = tmp_path / "index.html"
    short.write_text(render(*frames(), load_codebook(), text_limit=100), "utf-8")
    page = open_page("#view=list&theme=capacity", page_file=short)
    page.wait_for_selector(".cards")
    assert "statements.parquet" in page.locator(".cards").inner_text()
    page.evaluate("location.hash = 'view=list'")
    page.wait_for_function("() => document.querySelectorAll('.cards > li').length === 20")
    page.locator(".open", has_text="看这份报告").first.click()
    page.wait_for_selector(".source.loose mark")
    assert "sections.parquet" in page.locator("#reading-body").inner_text()


@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_sticks_out_of_the_window(open_page, file, width):
    page = open_page("", width, page_file=file.with_name("full.html"))
    for view in ("", "list", "report&r=1", "reports", "pairs", "recurring", "reuse", "questions"):
        page.evaluate("(v) => { location.hash = v && `view=${v}`; }", view)
        page.wait_for_timeout(100)
        for language in ("zh-Hans", "en"):
            page.locator(f'[data-language="{language}"]').click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_every_table_that_is_wider_than_the_screen_says_so(open_page, file):
    page = open_page("", 400, page_file=file.with_name("full.html"))
    wide = """() => [...document.querySelectorAll('main:not([hidden]) table')].filter((t) => t.offsetParent).map((t) => {
        const box = t.closest('.scroll'), cue = box && box.querySelector('.cue');
        return [t.className, t.offsetWidth > (box ? box.clientWidth : 368) + 1, Boolean(cue && cue.offsetParent)];
    })"""
    page.wait_for_selector("#questions table")
    page.locator("#figure summary").click()
    page.locator("#table-year summary").click()
    page.wait_for_timeout(100)
    found = page.evaluate(wide)
    i = page.evaluate("JSON.parse(document.querySelector('#head').textContent).reports.id.indexOf('b.txt')")
    for view in ("recurring", "reuse", "reports", f"report&r={i}"):
        page.evaluate("(v) => { location.hash = `view=${v}`; }", view)
        page.wait_for_function("(v) => location.hash === `#view=${v}` && document.querySelector('#reading table')", arg=view)
        page.wait_for_timeout(100)
        found += page.evaluate(wide)
    assert [name for name, wider, cued in found if wider != cued] == []
    assert len([name for name, wider, _ in found if wider]) >= 8
    page.set_viewport_size({"width": 1400, "height": 800})
    page.wait_for_timeout(100)
    assert page.locator(".cue").locator("visible=true").count() == 0


def test_a_page_printed_at_once_has_its_panels(open_page, file):
    page = open_page(page_file=file.with_name("full.html"), script=NEVER)
    assert page.locator(".panel-body table").count() == 0
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for name in ("answers", "recurring", "reuse", "questions"):
        assert page.locator(f"#{name} table").first.is_visible()


def test_on_paper_no_controls_and_no_table_wider_than_the_sheet(open_page, file, tmp_path):
    page = open_page(page_file=file.with_name("full.html"))
    page.wait_for_selector("#answers table")
    # 182 mm of text on A4, in CSS pixels.
    page.set_viewport_size({"width": 688, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".bar-top, .switch, .filters, .cue, footer").locator("visible=true").count() == 0
    assert "机器标注，未经人工核校" in page.locator(".head").inner_text()
    assert page.locator("#shares").is_visible()
    assert (
        page.evaluate(
            "[...document.querySelectorAll('table')].filter((t) => t.offsetParent && t.scrollWidth > 688).map((t) => t.className)"
        )
        == []
    )
    assert "SimSun" in page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#figure details").get_attribute("open")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_colours_stand_out_enough(open_page):
    """WCAG AA: 4.5 for text, 3 for bars, whiskers and points against the paper."""
    page = open_page()
    contrast = """([selector, property]) => {
        const part = (v) => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
        const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).map(part); return .2126 * r + .7152 * g + .0722 * b; };
        const a = light(getComputedStyle(document.querySelector(selector))[property]);
        const b = light(getComputedStyle(document.body).backgroundColor);
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    }"""
    for selector, what, least in [
        (".note", "color", 4.5), (".num small", "color", 4.5), (".heads .c0", "color", 4.5), (".heads .c1", "color", 4.5),
        (".bar.c0 rect", "fill", 3), (".bar.c1 rect", "fill", 3), (".bar .whisker", "stroke", 3), (".lines .c0 .line", "stroke", 3),
        (".lines text", "fill", 4.5),
    ]:  # fmt: skip
        assert page.evaluate(contrast, [selector, what]) >= least, selector


def test_a_very_long_section_is_shown_in_parts(open_page, tmp_path):
    long = tmp_path / "index.html"
    rows = [(f"第{i}个栏目没有更新。", "problem", ["timeliness"]) for i in range(900)]
    long.write_text(render(*make([("long.txt", "云渚市", 2022, "市", rows)]), load_codebook()), "utf-8")
    page = open_page("#view=report&r=0", page_file=long)
    page.wait_for_selector(".source .said")
    assert page.locator(".source .said").count() == 300
    page.get_by_role("link", name="往后").click()
    page.wait_for_selector(".source mark")
    assert "第450个" in page.locator(".source mark").inner_text()
    assert page.locator(".source .said").count() == 300


def test_without_script_the_bars_and_numbers_are_there(browser, file):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "84/84" in bar(page, "timeliness").inner_text()
    assert page.locator('.heat[data-by="year"]').is_visible()
    assert not page.locator("#reading").is_visible()
    assert not page.locator("#filters").is_visible()
    assert page.locator(".places").is_visible()
    context.close()


NOTHING = [("d.txt", "云渚市", 2021, "市", [])]
ALONE = [("a.txt", "柳泉县水利局", 2020, "县区", [("更新不及时。", "problem", ["timeliness"])])]


@pytest.mark.parametrize(("reports", "said"), [(NOTHING, "没有可编码的语句"), (ALONE, "本页读了 1 份年度报告")])
def test_very_small_pages_work(open_page, tmp_path, reports, said):
    small = tmp_path / "index.html"
    small.write_text(render(*make(reports), load_codebook()), "utf-8")
    page = open_page(page_file=small)
    assert said in page.locator("#overview").inner_text()
    page.locator('[data-language="en"]').click()
    assert page.locator(".heat").count() == 0
    if reports is ALONE:
        bar(page, "timeliness").click()
        assert sentences(page).all_inner_texts() == ["更新不及时。"]


@pytest.mark.parametrize("roles", [1, 3])
def test_another_codebook_brings_its_own_roles(open_page, tmp_path, roles):
    names = ["complaint", "promise", "excuse"][:roles]
    lines = "".join(f" {n}: {{zh: 角色{n}, en: role {n}, definition: x, themed: true}}\n" for n in names)
    book = parse_codebook(f"version: 7\nroles:\n{lines}themes: [{{id: water, zh: 水, en: water, definition: x}}]")
    tables = make([("a.txt", "柳泉县", 2020, "县区", [(f"第{n}句。", n, ["water"]) for n in names])])
    own = tmp_path / "index.html"
    nobody = pd.DataFrame(columns=["report", "problem", "measure", "score", "why"])
    own.write_text(render(*tables, book, answers=nobody), "utf-8")
    page = open_page(page_file=own)
    page.wait_for_selector("#answers table")
    assert page.locator(".bar").count() == roles
    bar(page, "water", names[-1]).click()
    assert sentences(page).all_inner_texts() == [f"第{names[-1]}句。"]

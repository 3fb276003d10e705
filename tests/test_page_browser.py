"""The HTML page in a browser that is cut off from the network: a bar opens its sentences, a sentence its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import without
from gongkai.codebook import load_codebook
from gongkai.present.page import render
from test_page import HOSTILE, make

CHROMIUM = Path("/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
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
    ("b.txt", "柳泉县青禾镇", 2021, "乡镇", [("人手不足，更新慢。", "problem", ["timeliness", "capacity"])]),
    ("c.txt", None, None, None, [(f"更新慢{HOSTILE}。", "problem", ["timeliness"])]),
    *[(f"many/{i:03}.txt", "云渚市", 2022, "市", [(f"第{i}个栏目没有更新。", "problem", ["timeliness"])]) for i in range(80)],
]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    try:
        import playwright.sync_api as api
    except ImportError:
        without("playwright is not installed")
    if not CHROMIUM.exists():
        without(f"no browser at {CHROMIUM}")
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Open the page offline, and afterwards hold it to silence: no message on the console, no request but the file."""
    file = tmp_path / "index.html"
    file.write_text(render(*make(REPORTS), load_codebook()), "utf-8")
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    heard, requests = [], []

    def open_it(width=1200):
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        page.on("console", lambda m: heard.append(m.text))
        page.on("pageerror", lambda e: heard.append(str(e)))
        page.on("dialog", lambda d: (heard.append(f"dialog {d.message}"), d.dismiss()))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(file.as_uri())
        return page

    yield open_it
    context.close()
    assert heard == []
    assert {u for u in requests if u != "data:,"} == {file.as_uri()}


def bar(page, theme, role="problem"):
    return page.locator(f'.bar[data-open="{theme}"][data-role="{role}"]')


def sentences(page, role="problem"):
    return page.locator(f'.list[data-role="{role}"] .sentence')


def test_a_bar_opens_its_sentences_and_a_sentence_its_source(open_page):
    page = open_page()
    bar(page, "capacity").click()
    assert page.locator("#theme-name").inner_text() == "队伍与能力"
    assert sentences(page).all_inner_texts() == ["人手不足，更新慢。"]
    page.locator('.list[data-role="problem"] .open').click()
    assert page.locator("#source mark").inner_text().endswith("人手不足，更新慢。")
    assert page.locator("#source u").all_inner_texts() == ["人手"]
    assert page.locator("#source").inner_text().startswith("五、存在的主要问题及改进情况\n")
    assert "文件中第 115–124 字符" in page.locator("#about").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#context").is_visible()
    assert page.evaluate("document.activeElement.className") == "plain open"


def test_offsets_fit_behind_characters_that_javascript_counts_twice(open_page):
    page = open_page()
    bar(page, "coverage").click()
    assert sentences(page).all_inner_texts() == ["𠮷村😀栏目空着。"]
    page.locator('.list[data-role="problem"] .open').click()
    assert page.locator("#source u").all_inner_texts() == ["𠮷村"]
    page.locator("#next").click()
    assert page.locator("#source mark").inner_text().endswith("更新不及时。")


def test_english_and_back_keeps_the_place(open_page):
    page = open_page()
    bar(page, "capacity").click()
    heading = page.locator("#theme-name")
    page.wait_for_timeout(800)
    before = heading.bounding_box()["y"]
    page.locator('.bar-top [data-language="en"]').click()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert heading.inner_text() == "staff and capacity"
    assert page.title().startswith("What offices admit")
    page.wait_for_timeout(800)
    assert abs(heading.bounding_box()["y"] - before) < 120
    page.locator('.bar-top [data-language="zh-Hans"]').click()
    assert heading.inner_text() == "队伍与能力"
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_filters_and_long_lists(open_page):
    page = open_page()
    bar(page, "timeliness").click()
    assert sentences(page).count() == 10
    page.locator('.list[data-role="problem"] .more').click()
    assert sentences(page).count() == 60
    page.select_option("#by-year", "2020")
    assert sentences(page).all_inner_texts() == ["更新不及时。"]
    assert sentences(page, "measure").all_inner_texts() == ["每周更新。"]
    page.select_option("#by-year", "null")
    assert sentences(page).all_text_contents() == [f"更新慢{HOSTILE}。"]
    page.locator("#clear").click()
    page.select_option("#by-office", '"柳泉县青禾镇"')
    assert sentences(page).count() == 1


def test_keyboard_opens_a_bar_and_toggles_say_what_is_pressed(open_page):
    page = open_page()
    bar(page, "coverage").focus()
    page.keyboard.press("Enter")
    assert page.locator("#theme-name").inner_text() == "公开全面性"
    unit = page.locator('[data-toggle="unit"] [data-value="statements"]')
    unit.click()
    assert unit.get_attribute("aria-pressed") == "true"
    assert bar(page, "timeliness").locator(".u-statements").is_visible()
    assert not bar(page, "timeliness").locator(".u-reports").is_visible()
    page.locator('[data-toggle="heat"] [data-value="measure"]').click()
    assert page.locator('#heat td .v[data-role="measure"]').first.is_visible()
    assert not page.locator('#heat td .v[data-role="problem"]').first.is_visible()


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_sticks_out_of_the_window(open_page, width):
    page = open_page(width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator('.bar-top [data-language="en"]').click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_the_bars_and_numbers_are_there(browser, tmp_path):
    file = tmp_path / "index.html"
    file.write_text(render(*make(REPORTS), load_codebook()), "utf-8")
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "83/83" in bar(page, "timeliness").inner_text()
    assert not page.locator("#theme").is_visible()
    assert page.locator(".places").is_visible()
    context.close()

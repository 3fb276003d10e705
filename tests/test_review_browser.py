"""Coding in a browser by keys and by mouse: what was pressed is what is written, in order, and nothing is called saved before it is."""

from __future__ import annotations

import json
import os
import re
import threading
import time

import pytest
import uvicorn
import yaml

from gongkai.review.app import create_app
from gongkai.review.boundaries import merge, split
from gongkai.review.changes import State, code, history, state_of
from gongkai.review.door import key_of
from gongkai.review.predict import ModelFacts, add_model
from gongkai.review.queue import queue
from gongkai.review.routes_code import keys_of
from gongkai.review.store import open_study, writing
from review_study import large_study
from test_review_serve import program

pytestmark = pytest.mark.browser


@pytest.fixture
def study(tmp_path):
    """A study of sixty invented statements, three reports; statement 3 has its section's evidence."""
    file = tmp_path / "study.db"
    with large_study(file, 60) as db:
        start = db.execute("SELECT start FROM statements WHERE id = 3").fetchone()[0]
        proof = json.dumps([{"code": "capacity", "start": start + 4, "end": start + 8, "weight": 0.5}])
        model = add_model(db, ModelFacts("with evidence", "1" * 64))
        db.execute(
            "INSERT INTO predictions SELECT statement, ?, role, themes, role_score, theme_scores, iif(statement = 3, ?, '[]'), doubt"
            " FROM predictions",
            (model, proof),
        )
        db.execute("INSERT OR REPLACE INTO meta VALUES ('models in use', ?)", (str(model),))
    return file


@pytest.fixture
def address(study):
    """Where the study is served."""
    server = uvicorn.Server(uvicorn.Config(create_app(study), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def open_page(browser, address, study):
    """Open a page as a coder; at the end nothing may have gone wrong, and no request may have left for another host."""
    contexts, wrong, asked = [], [], []

    def opened(path="/code?order=unreviewed", coder="甲", width=1400, allowed=()):
        def meant(text):
            return any(a in text for a in allowed)

        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") and not meant(m.text) else None)
        context.on("request", lambda request: asked.append(request.url))
        # A page that was opened without any route may send its next request past one that is set then.
        context.route("**/nothing-of-this-name", lambda route: route.abort())
        page.goto(address + path + ("&" if "?" in path else "?") + f"key={key_of(study)}")
        if coder:
            page.fill("[name=name]", coder)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/coder" not in url)
        if page.locator("#desk").count():
            ready(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def ready(page):
    page.wait_for_selector("#desk[data-ready]", state="attached")


def at(page):
    ready(page)
    return int(page.locator("#card article").get_attribute("data-id"))


def wait_at(page, statement):
    ready(page)
    page.wait_for_function(f"() => document.querySelector('#card article').dataset.id === '{statement}'")


def wait_saved(page):
    page.wait_for_function("() => document.querySelector('#saved').dataset.state === 'saved'")


def pressed(page):
    return page.locator('.chip[aria-pressed="true"]').evaluate_all("(all) => all.map((c) => c.dataset.role ?? c.dataset.theme)")


def said(study, statement, coder="甲"):
    with open_study(study) as db:
        return state_of(db, statement, coder)


def written(study):
    with open_study(study) as db:
        return db.execute("SELECT count(*) FROM changes").fetchone()[0]


def keys(study):
    from gongkai.review.changes import codebook_of

    with open_study(study) as db:
        book = codebook_of(db)
    return book, keys_of(book)


def test_twenty_statements_by_keyboard(open_page, study):
    page = open_page()
    assert page.locator("#saved").get_attribute("data-state") == "none"
    book, key = keys(study)
    wanted = {}
    for n in range(1, 21):
        wait_at(page, n)
        role = book.role_ids[n % 3]
        themes = [] if role == "other" else [t for t in book.theme_ids if t not in book.alone][n % 14 : n % 14 + 1 + n % 2]
        for one in (role, *themes):
            page.keyboard.press(key[one])
        page.keyboard.press("Enter")
        wanted[n] = State(role, tuple(themes), "coded")
    wait_at(page, 21)
    wait_saved(page)
    assert re.search(r"\d\d:\d\d:\d\d", page.locator("#saved").inner_text())
    assert "20 / 60" in page.locator("#far").inner_text()
    assert {n: said(study, n) for n in wanted} == wanted
    page.reload()
    assert at(page) == 21
    page.keyboard.press("k")
    wait_at(page, 20)
    assert pressed(page) == [wanted[20].role, *wanted[20].themes]
    page.goto(page.url.partition("/code")[0] + "/")
    assert "20" in page.locator("tbody").inner_text()


def test_keys_pressed_at_once_reach_the_statements_they_are_meant_for(open_page, study):
    page = open_page()
    page.route("**/code/*", lambda route: (time.sleep(0.05), route.continue_()))
    page.evaluate(
        """() => { for (const key of ["q", "1", "Enter", "w", "2", "3", "Enter", "e", "Enter", "q", "5", "?", "s", "q"])
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""
    )
    wait_at(page, 6)
    wait_saved(page)
    states = [("problem", ("timeliness",), "coded"), ("measure", ("coverage", "depth"), "coded"), ("other", (), "coded")]
    states += [("problem", ("demand",), "unsure"), (None, (), "skipped"), ("problem", (), "open")]
    assert [said(study, n) for n in range(1, 7)] == [State(*s) for s in states]
    with open_study(study) as db:
        assert [c.statement for c in reversed(history(db))] == [1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4, 5, 6]


def test_undo_skip_unsure_note(open_page, study):
    page = open_page()
    page.keyboard.press("q")
    page.keyboard.press("4")
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('已撤销')")
    assert pressed(page) == ["problem"]
    page.keyboard.press("s")
    wait_at(page, 2)
    page.keyboard.press("n")
    page.keyboard.type("要问 q1 的人？")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("?")
    wait_at(page, 3)
    wait_saved(page)
    assert said(study, 1) == State("problem", (), "skipped")
    assert said(study, 2) == State("other", (), "unsure", "要问 q1 的人？")
    page.keyboard.press("u")
    wait_at(page, 2)
    assert page.locator("#status").inner_text() == "未编"
    assert page.locator("#note").input_value() == "要问 q1 的人？"
    page.locator("[name=status]").select_option("skipped")
    page.wait_for_url("**status=skipped**")
    wait_at(page, 1)
    assert page.locator("#status").inner_text() == "已跳过"
    for _ in range(9):
        page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('没有可撤销')")
    assert {said(study, n) for n in (1, 2, 3)} == {State()}


def test_split_at_the_click_and_at_the_mark_then_merge_and_undo(open_page, study):
    page = open_page()
    with open_study(study) as db:
        start, text = db.execute("SELECT start, text FROM statements WHERE id = 1").fetchone()
    box = page.evaluate(
        """() => {
          const range = document.createRange();
          const text = document.querySelector("#statement").firstChild;
          range.setStart(text, 9);
          range.setEnd(text, 10);
          const { x, y, height } = range.getBoundingClientRect();
          return [x + 1, y + height / 2];
        }"""
    )
    page.mouse.click(*box)
    page.keyboard.press("|")
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('已拆成')")
    assert page.locator("#statement").inner_text() == text[:9]
    first = at(page)
    page.keyboard.press("j")
    page.wait_for_function(f"() => document.querySelector('#card article').dataset.id !== '{first}'")
    assert page.locator("#statement").inner_text() == text[9:]
    page.keyboard.press("|")
    page.wait_for_selector(".knife")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert page.locator("#statement").inner_text() == text[9:]
    page.keyboard.press("k")
    wait_at(page, first)
    page.keyboard.press("m")
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('合并')")
    assert at(page) == 1
    page.keyboard.press("|")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('已拆成')")
    for undone in range(4, 7):
        page.keyboard.press("u")
        while written(study) < undone:
            page.wait_for_timeout(50)
    wait_at(page, 1)
    wait_saved(page)
    with open_study(study) as db:
        assert db.execute("SELECT count(*) FROM statements WHERE retired IS NULL").fetchone()[0] == 60
        assert [c.kind for c in reversed(history(db))] == ["split", "merge", "split", "undo", "undo", "undo"]
        assert history(db)[-1].after["statements"][0] == first
        assert db.execute("SELECT end FROM statements WHERE id = ?", (first,)).fetchone()[0] == start + 9


def asked_of_a_boundary(open_page, study):
    """A page where joining two statements would take another's code out of force, which is asked about."""
    with open_study(study) as db:
        code(db, 2, "乙", State("other", (), "coded"))
    page = open_page()
    page.keyboard.press("m")
    page.wait_for_selector("#sure[open]")
    return page


def test_a_boundary_that_takes_codes_out_of_force_is_asked_about(open_page, study):
    page = asked_of_a_boundary(open_page, study)
    assert page.locator("#sure-names").inner_text() == "乙"
    page.get_by_role("button", name="取消").click()
    page.wait_for_selector("#sure", state="hidden")
    page.keyboard.press("m")
    page.wait_for_selector("#sure[open]")
    page.get_by_role("button", name="继续").click()
    page.wait_for_function("() => document.querySelector('#hint').textContent.includes('合并')")
    with open_study(study) as db:
        assert [c.kind for c in history(db)] == ["merge", "code"]


def test_a_key_that_still_reaches_a_button_of_a_closed_window_does_what_it_says(open_page, study):
    page = asked_of_a_boundary(open_page, study)
    page.evaluate("""() => {
        const button = document.querySelector('#sure button');
        document.querySelector('#sure').close();
        button.dispatchEvent(new KeyboardEvent('keydown', { key: 'm', code: 'KeyM', bubbles: true }));
    }""")
    page.wait_for_selector("#sure[open]")


def test_a_server_that_does_not_answer_is_said_and_nothing_is_lost(open_page, study):
    page = open_page(allowed=("Failed to load resource", "net::"))
    sent = []

    def fail(route):
        if route.request.method != "POST":
            return route.continue_()
        sent.append(json.loads(route.request.post_data)["request"])
        return route.abort()

    page.route("**/code/*", fail)
    page.keyboard.press("q")
    page.keyboard.press("2")
    page.wait_for_function("() => document.querySelector('#saved').dataset.state === 'unsaved'")
    assert "未保存" in page.locator("#saved").inner_text()
    assert said(study, 1) == State()
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.href = '/'")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    page.keyboard.press("Enter")
    wait_at(page, 2)
    while len(sent) < 3:
        page.wait_for_timeout(100)
    page.unroute("**/code/*")
    page.locator("#saved").click()
    wait_saved(page)
    assert said(study, 1) == State("problem", ("coverage",), "coded")
    assert len(set(sent)) == 1
    with open_study(study) as db:
        assert len(history(db)) == 3


def test_an_answer_that_is_lost_is_asked_for_again_and_written_once(open_page, study):
    page = open_page(allowed=("Failed to load resource", "net::"))
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/code/*", lose)
    page.keyboard.press("q")
    wait_saved(page)
    assert lost[0].ok
    with open_study(study) as db:
        assert len(history(db)) == 1


def test_what_was_not_sent_when_the_page_went_is_sent_by_the_next_one(open_page, study):
    page = open_page(allowed=("Failed to load resource", "net::"))
    page.route("**/code/*", lambda route: route.abort())
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("w")
    page.keyboard.press("3")
    page.wait_for_function("() => document.querySelector('#saved').dataset.state === 'unsaved'")
    page.unroute("**/code/*")
    page.reload()
    wait_saved(page)
    page.wait_for_function("() => document.querySelectorAll('.chip[aria-pressed=\"true\"]').length === 2")
    assert said(study, 1) == State("measure", ("depth",), "open")


def kept(page):
    """What the browser still keeps for sending."""
    return page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('outbox:'))")


def cut_off(context):
    """No change gets through to the program."""
    context.route("**/code/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())


def type_unsent(page, *typed):
    for key in typed:
        page.keyboard.press(key)
    page.wait_for_function("(n) => document.querySelector('#saved').textContent.includes(`${n} 项`)", arg=len(typed))


def toasts(page):
    page.wait_for_selector(".toast")
    return page.locator("#toasts").inner_text()


def test_what_a_closed_page_could_not_send_is_sent_by_the_same_coder_alone(open_page, study):
    page = open_page(allowed=("Failed to load resource", "net::"))
    root, context = page.url.partition("/code")[0], page.context
    cut_off(context)
    type_unsent(page, "q", "2", "Enter")
    page.close()
    other = context.new_page()
    for name, path in (("乙", "/"), ("乙", "/code?order=unreviewed"), ("甲", "/samples")):
        assert written(study) == 0
        other.goto(f"{root}/coder")
        other.fill("[name=name]", name)
        other.keyboard.press("Enter")
        other.wait_for_url(lambda url: "/coder" not in url)
        context.unroute_all()
        other.goto(root + path)
        other.wait_for_load_state("networkidle")
    other.wait_for_function("() => document.querySelector('#toasts').textContent.includes('全部保存')")
    assert kept(other) == []
    assert said(study, 1) == State("problem", ("coverage",), "coded")
    assert written(study) == 3


def test_two_pages_of_one_coder_send_everything_once(open_page, study):
    page = open_page(allowed=("Failed to load resource", "net::"))
    context = page.context
    other = context.new_page()
    other.goto(page.url.partition("/code")[0] + "/code?order=unreviewed&at=5")
    ready(other)
    cut_off(context)
    type_unsent(page, "q", "2")
    type_unsent(other, "w", "3", "Enter")
    wait_at(other, 6)
    assert len(kept(other)) == 2
    page.close()
    assert "没有送达的 2 项" in toasts(other)
    assert len(kept(other)) == 1
    context.unroute_all()
    other.locator("#saved").click()
    wait_saved(other)
    assert kept(other) == []
    assert (said(study, 1), said(study, 5)) == (State("problem", ("coverage",)), State("measure", ("depth",), "coded"))
    assert written(study) == 5
    with open_study(study) as db:
        assert [c.statement for c in reversed(history(db))] == [1, 1, 5, 5, 5]


def test_the_end_is_told_when_all_is_saved_and_where_it_leads(open_page, study):
    with open_study(study) as db:
        for n in (7, 30):
            code(db, n, "甲", State("problem", ("depth",), "coded"))
    page = open_page("/code?order=unreviewed&second=true", coder="乙", allowed=("Failed to load resource", "net::"))
    first = at(page)
    page.keyboard.press("j")
    page.wait_for_function("(at) => document.querySelector('#card article').dataset.id !== at", arg=str(first))
    page.keyboard.press("j")
    page.wait_for_selector("#ended:not([hidden])")
    assert "还有 2 条没有编" in page.locator("#left").inner_text()
    page.get_by_role("link", name="回去编").click()
    cut_off(page.context)
    ready(page)
    for key in ("e", "Enter", "e", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#ending:not([hidden])")
    assert "4 项没有保存" in page.locator("#ending").inner_text()
    assert not page.locator("#ended").is_visible()
    page.context.unroute_all()
    page.locator("#saved").click()
    page.wait_for_selector("#ended:not([hidden])")
    assert not page.locator("#ending").is_visible()
    assert not page.locator("#left").is_visible()
    assert {said(study, n, "乙").status for n in (7, 30)} == {"coded"}
    assert page.locator("#ended .row a").evaluate_all("(all) => all.map((a) => a.pathname)") == ["/agree", "/settle", "/", "/samples"]


def test_back_after_a_boundary_was_undone_asks_for_nothing_that_is_gone(open_page, study):
    page = open_page()
    page.keyboard.press("j")
    wait_at(page, 2)
    for act in ("|", "m"):
        page.keyboard.press(act)
        if act == "|":
            page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelector('#hint').textContent.startsWith('已')")
        page.keyboard.press("u")
        page.wait_for_function("() => document.querySelector('#hint').textContent.startsWith('已撤销')")
        wait_at(page, 2)
        page.keyboard.press("k")
        wait_at(page, 1)
        page.keyboard.press("j")
        wait_at(page, 2)
    page.keyboard.press("j")
    wait_at(page, 3)
    assert written(study) == 4


def test_another_program_that_writes_does_not_lose_a_key(open_page, study):
    page = open_page(allowed=("503",))
    with open_study(study) as db, writing(db):
        page.keyboard.press("q")
        page.wait_for_timeout(3000)
        assert page.locator("#saved").get_attribute("data-state") == "unsaved"
    wait_saved(page)
    assert said(study, 1).role == "problem"


def test_a_page_of_another_coder_saves_once_that_coder_is_back(open_page, study):
    page = open_page(allowed=("403",))
    other = page.context.new_page()
    other.goto(page.url.partition("/code")[0] + "/coder")
    other.fill("[name=name]", "乙")
    other.keyboard.press("Enter")
    other.wait_for_selector("h1")
    page.keyboard.press("q")
    page.wait_for_selector(".toast")
    assert "乙" in page.locator(".toast").first.inner_text()
    assert page.locator("#saved").get_attribute("data-state") == "unsaved"
    assert said(study, 1) == said(study, 1, "乙") == State()
    other.goto(page.url.partition("/code")[0] + "/coder")
    other.fill("[name=name]", "甲")
    other.keyboard.press("Enter")
    wait_saved(page)
    assert said(study, 1).role == "problem"


def test_what_is_refused_is_said_and_the_page_shows_what_is_true(open_page, study):
    page = open_page(allowed=("409", "410"))
    with open_study(study) as db:
        merge(db, 1, 2, "乙")
    page.keyboard.press("q")
    page.wait_for_selector(".toast")
    assert "拆分或合并" in page.locator(".toast").first.inner_text()
    assert page.locator("#saved").get_attribute("data-state") == "refused"
    page.wait_for_selector(".toast + .toast")
    page.keyboard.press("j")
    wait_at(page, 3)


def test_suggestions_are_shown_taken_hidden_and_never_shown_blind(open_page, study):
    page = open_page("/code?order=unreviewed&at=3")
    assert page.locator(".chip.suggested").count() == 2
    assert page.locator(".because").count() == 1
    page.keyboard.press("a")
    with open_study(study) as db:
        role, themes = db.execute("SELECT role, themes FROM predictions WHERE statement = 3").fetchone()
    assert pressed(page) == [role, *json.loads(themes)]
    page.keyboard.press("Enter")
    wait_at(page, 4)
    page.keyboard.press("t")
    assert page.locator(".chip.suggested").count() == 0
    page.keyboard.press("a")
    assert pressed(page) == []
    page.keyboard.press("t")
    page.keyboard.press("Shift+A")
    wait_at(page, 5)
    wait_saved(page)
    assert said(study, 4).status == "coded"
    page.goto(page.url.partition("/code")[0] + "/samples")
    page.fill("[name=n]", "10")
    page.get_by_role("button", name="抽取").click()
    page.get_by_role("link", name="编这份样本").click()
    ready(page)
    assert "盲编" in page.locator("#suggestion").inner_text()
    page.keyboard.press("a")
    page.keyboard.press("t")
    assert pressed(page) == []
    assert page.locator(".chip.suggested").count() == 0
    assert "data-suggestion" not in page.content()


def test_the_second_coder_is_blind(open_page, study):
    with open_study(study) as db:
        for n in (7, 30):
            code(db, n, "甲", State("problem", ("depth",), "coded"))
    page = open_page("/code?order=unreviewed&second=true", coder="乙")
    assert "0 / 2" in page.locator("#far").inner_text()
    seen = []
    for _ in range(2):
        seen.append(at(page))
        assert pressed(page) == []
        page.keyboard.press("e")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#ended:not([hidden]), #card article:not([data-id='{seen[-1]}'])")
    assert sorted(seen) == [7, 30]
    assert page.locator("#ended").is_visible()
    page.keyboard.press("k")
    wait_at(page, seen[-1])


def test_every_code_has_a_key_that_shows_its_entry(open_page, study):
    page = open_page()
    book, key = keys(study)
    page.keyboard.press("q")
    for theme in book.themes:
        page.keyboard.press(key[theme.id])
        assert theme.id in pressed(page)
        assert page.locator(".entry:visible .definition").inner_text() == theme.definition
        page.keyboard.press(key[theme.id])
        assert theme.id not in pressed(page)
    page.locator('[data-theme="depth"]').hover()
    assert "公开深度" in page.locator(".entry:visible h2").inner_text()


def test_the_rules_of_the_codebook_are_kept_while_coding(open_page, study):
    page = open_page()
    page.keyboard.press("Enter")
    assert "角色" in page.locator("#hint").inner_text()
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    assert "主题" in page.locator("#hint").inner_text()
    assert at(page) == 1
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("e")
    assert pressed(page) == ["other"]
    page.keyboard.press("1")
    assert pressed(page) == ["other"]
    assert "不编主题" in page.locator("#hint").inner_text()
    page.keyboard.press("Enter")
    wait_at(page, 2)
    page.keyboard.press("k")
    wait_at(page, 1)
    page.keyboard.press("q")
    assert page.locator("#status").inner_text() == "未编"
    wait_saved(page)
    assert said(study, 1) == State("problem", (), "open")


def test_themes_are_found_by_name(open_page, study):
    page = open_page()
    page.keyboard.press("w")
    page.keyboard.press("/")
    page.keyboard.type("解读")
    assert page.locator(".theme:visible").count() == 1
    page.keyboard.press("Enter")
    assert pressed(page) == ["measure", "interpretation"]
    page.keyboard.press("/")
    page.keyboard.type("publicity")
    page.keyboard.press("Escape")
    assert page.locator(".theme:visible").count() == 17
    page.keyboard.press("Enter")
    wait_at(page, 2)


def test_the_mouse_does_what_keys_do_and_leaves_the_keys_alone(open_page, study):
    page = open_page()
    page.locator('[data-role="problem"]').click()
    page.locator('[data-theme="channels"]').click()
    page.keyboard.press("Enter")
    wait_at(page, 2)
    page.get_by_role("button", name="跳过").click()
    wait_at(page, 3)
    page.locator('[data-go="17"]').click()
    wait_at(page, 17)
    bottom = "document.querySelector('{}').getBoundingClientRect().bottom"
    assert page.evaluate(bottom.format(".source")) >= page.evaluate(bottom.format("#statement"))
    page.keyboard.press("[")
    wait_at(page, 16)
    page.keyboard.press("]")
    wait_at(page, 17)
    page.get_by_role("button", name="撤销").click()
    wait_at(page, 2)
    wait_saved(page)
    assert said(study, 1) == State("problem", ("channels",), "coded")
    assert page.locator('[data-go="1"]').get_attribute("class") == "said coded"


def test_chips_by_tab_and_space(open_page, study):
    page = open_page()
    page.locator('[data-role="measure"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert pressed(page) == ["measure", "timeliness"]
    page.keyboard.press("Enter")
    wait_at(page, 2)
    wait_saved(page)
    assert said(study, 1) == State("measure", ("timeliness",), "coded")


def test_help_takes_no_keys_for_codes(open_page, study):
    page = open_page()
    page.keyboard.press("h")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("q")
    page.keyboard.press("Escape")
    assert pressed(page) == []
    assert not page.locator("#help").is_visible()


@pytest.mark.parametrize("event", [{"key": "Process", "code": "KeyQ"}, {"key": "Q"}, {"key": "Q", "shiftKey": True}, {"key": "q"}])
def test_input_methods_and_caps_lock_do_not_matter(open_page, event):
    page = open_page()
    event = {**event, "bubbles": True, "cancelable": True}
    page.evaluate("(event) => document.body.dispatchEvent(new KeyboardEvent('keydown', event))", event)
    assert pressed(page) == ["problem"]
    wait_saved(page)


def test_the_language_changes_and_the_place_stays(open_page):
    page = open_page()
    page.keyboard.press("q")
    page.keyboard.press("j")
    wait_at(page, 2)
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert at(page) == 2
    assert "Done, next" in page.locator(".acts").first.inner_text()
    page.keyboard.press("k")
    wait_at(page, 1)
    assert pressed(page) == ["problem"]
    page.keyboard.press("w")
    page.wait_for_function("() => /^Saved \\d\\d:\\d\\d:\\d\\d$/.test(document.querySelector('#saved').textContent)")


def test_the_queue_goes_on_beyond_what_the_page_began_with(open_page, study):
    page = open_page()
    for n in range(1, 61):
        wait_at(page, n)
        page.keyboard.press("e")
        page.keyboard.press("Enter")
    page.wait_for_selector("#ended:not([hidden])")
    wait_saved(page)
    with open_study(study) as db:
        assert db.execute("SELECT count(*) FROM codes WHERE coder = '甲' AND status = 'coded'").fetchone()[0] == 60
    page.keyboard.press("u")
    wait_at(page, 60)
    page.wait_for_selector("#work:not([hidden])")


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_sticks_out_of_the_window(open_page, width, language):
    page = open_page(width=width, allowed=("409",))
    if language == "en":
        page.get_by_role("button", name="English").click()
        page.wait_for_selector("html[lang=en]")
    root = page.url.partition("/code")[0]
    for path in ("/code?order=theme", "/", "/samples", "/coder", "/code/0"):
        page.goto(root + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(root + "/code")
    ready(page)
    page.keyboard.press("h")
    assert page.locator("#help").bounding_box()["width"] <= width
    page.keyboard.press("Escape")
    done = page.locator('[data-act="done"]').bounding_box()
    assert done["y"] + done["height"] <= 900


def test_a_narrow_window_shows_that_more_pages_follow_and_the_whole_table(open_page, study):
    with open_study(study) as db:
        db.execute("INSERT INTO coders VALUES ('一位名字很长的编码员', '')")
    page = open_page("/", width=400, coder=None)
    marks = "() => ['before', 'behind'].filter((end) => document.querySelector('.bar-top nav').classList.contains(`more-${end}`))"
    assert page.evaluate(marks) == ["behind"]
    assert page.evaluate(
        "() => { const { scrollWidth, clientWidth } = document.querySelector('.scroll'); return scrollWidth <= clientWidth; }"
    )
    page.evaluate("document.querySelector('.bar-top nav').scrollLeft = 1000")
    page.wait_for_function(f"() => ({marks})().join() === 'before'")
    page.set_viewport_size({"width": 1400, "height": 900})
    page.wait_for_function(f"() => ({marks})().join() === ''")


def test_the_work_is_divided_from_the_overview(open_page, study):
    page = open_page("/coder?next=%2F")
    page.select_option("#divide [name=part]", "2/2")
    page.select_option("#divide [name=order]", "unreviewed")
    page.get_by_role("button", name="编这一份").click()
    ready(page)
    with open_study(study) as db:
        ids = queue(db, "甲", "unreviewed", part="2/2", limit=100)
    assert 0 < len(ids) < 60
    assert f"0 / {len(ids)}" in page.locator("#far").inner_text()
    for statement in ids[:2]:
        wait_at(page, statement)
        page.keyboard.press("e")
        page.keyboard.press("Enter")
    wait_at(page, ids[2])
    wait_saved(page)
    page.reload()
    assert at(page) == ids[2]
    assert f"2 / {len(ids)}" in page.locator("#far").inner_text()
    page.locator("[name=status]").select_option("coded")
    page.wait_for_url("**part=2%2F2**")
    page.locator("[name=part]").select_option("")
    page.wait_for_url(lambda url: "2%2F2" not in url)
    ready(page)
    assert "2 / 60" in page.locator("#far").inner_text()


@pytest.mark.parametrize("width", [400, 1400])
def test_fields_in_a_row_stand_on_one_line(open_page, width):
    page = open_page("/exchange", width=width)
    boxes = [page.locator(f"#in [name={name}]").bounding_box() for name in ("as_coder", "of")]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["height"] == boxes[1]["height"]


def test_names_roles_and_states_are_told_to_screen_readers(open_page):
    page = open_page()
    unnamed = "(all) => all.filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map((e) => e.outerHTML)"
    assert page.locator("button, a, input:not([type=hidden]), select, textarea").evaluate_all(unnamed) == []
    assert page.locator("#saved").get_attribute("aria-live") == "polite"
    page.keyboard.press("j")
    wait_at(page, 2)
    assert page.locator("#announce").inner_text() == page.locator("#statement").inner_text()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_what_was_passed_by_comes_again_at_the_end(open_page, study):
    page = open_page("/code?order=unreviewed&at=58")
    for n in (58, 59, 60, 1):
        wait_at(page, n)
        page.keyboard.press("j")
    wait_at(page, 2)


def test_a_statement_that_somebody_else_split_is_passed_over(open_page, study):
    page = open_page(allowed=("410",))
    with open_study(study) as db:
        split(db, 3, db.execute("SELECT start + 9 FROM statements WHERE id = 3").fetchone()[0], "乙")
    page.keyboard.press("j")
    wait_at(page, 2)
    page.keyboard.press("j")
    wait_at(page, 4)


def test_codes_that_the_codebook_no_longer_has_do_not_stop_the_work(open_page, study):
    with open_study(study) as db:
        code(db, 1, "甲", State("problem", ("depth", "channels"), "coded"))
        book = yaml.safe_load(db.execute("SELECT yaml FROM codebooks").fetchone()[0])
        book["themes"] = [t for t in book["themes"] if t["id"] != "depth"]
        text = yaml.safe_dump({**book, "version": 3}, allow_unicode=True)
        db.execute("INSERT INTO codebooks (yaml, sha256, at) VALUES (?, 'x', '')", (text,))
    page = open_page("/code?order=unreviewed&at=1")
    assert pressed(page) == ["problem", "channels"]
    assert "编码本" in page.locator("#hint").inner_text()
    page.keyboard.press("1")
    wait_saved(page)
    assert said(study, 1) == State("problem", ("timeliness", "channels"), "coded")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")
@pytest.mark.parametrize("path", ["/", "/code?order=unreviewed"])
def test_a_page_closed_while_the_program_was_down_loses_nothing(browser, study, path):
    with program(study.parent, "--db", study.name, "--no-browser", "--coder", "甲") as killed:
        context = browser.new_context()
        page = context.new_page()
        page.goto(killed.url.replace("/?", "/code?order=unreviewed&"))
        ready(page)
        page.keyboard.press("q")
        wait_saved(page)
        killed.kill()
        killed.wait()
    type_unsent(page, "2", "Enter")
    page.close()
    with program(study.parent, "--db", study.name, "--no-browser", "--coder", "甲") as heir:
        assert said(study, 1) == State("problem")
        page = context.new_page()
        page.goto(f"http://{heir.address}{path}")
        assert "没有送达的 2 项" in toasts(page)
        page.wait_for_function("() => document.querySelector('#toasts').textContent.includes('全部保存')")
        assert said(study, 1) == State("problem", ("coverage",), "coded")
        assert kept(page) == []
    context.close()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")
def test_a_page_goes_on_when_its_program_was_killed_and_started_again(browser, study):
    with program(study.parent, "--db", study.name, "--no-browser", "--coder", "甲") as killed:
        page = browser.new_context().new_page()
        page.goto(f"http://{killed.address}/code?order=unreviewed&key={key_of(study)}")
        ready(page)
        page.keyboard.press("q")
        wait_saved(page)
        killed.kill()
        killed.wait()
        page.keyboard.press("2")
        page.wait_for_function("() => document.querySelector('#saved').dataset.state === 'unsaved'")
        with program(study.parent, "--db", study.name, "--no-browser", "--coder", "甲"):
            wait_saved(page)
            page.keyboard.press("Enter")
            wait_at(page, 2)
            wait_saved(page)
    page.context.close()
    assert said(study, 1) == State("problem", ("coverage",), "coded")


def test_a_window_that_is_behind_takes_nothing_back(open_page, study):
    page = open_page(allowed=("409", "422"))
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    page.keyboard.press("q")
    page.keyboard.press("2")
    wait_saved(page)
    kept = said(study, 1)
    assert (kept.role, len(kept.themes)) == ("problem", 1)
    other.keyboard.press("w")
    other.wait_for_selector(".toast")
    assert "另一个窗口" in other.locator(".toast").first.inner_text()
    other.wait_for_function("() => document.querySelectorAll('.chip[aria-pressed=true]').length === 2")
    assert pressed(other) == pressed(page)
    assert said(study, 1) == kept
    # What it shows now it can change.
    other.keyboard.press("w")
    wait_saved(other)
    assert said(study, 1).role == "measure"

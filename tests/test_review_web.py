"""The review through its door: what is refused, what every answer carries, what a code, an undo and a boundary answer."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import testclient
from hypothesis import given
from hypothesis import strategies as st

from gongkai.codebook import load_codebook, parse_codebook
from gongkai.review import door, web
from gongkai.review.app import create_app
from gongkai.review.cards import card
from gongkai.review.changes import State, code, history, state_of
from gongkai.review.door import with_key, with_ticket
from gongkai.review.routes_code import keys_of
from gongkai.review.security import HEADERS
from gongkai.review.store import open_study
from gongkai.review.told import told
from review_study import entered, large_study

BASE = "http://127.0.0.1:8765"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of forty invented statements that only refused and reading requests meet."""
    file = tmp_path_factory.mktemp("study") / "study.db"
    large_study(file, 40).close()
    return file


@pytest.fixture
def own(tmp_path):
    """A study of forty invented statements to change."""
    file = tmp_path / "study.db"
    large_study(file, 40).close()
    return file


def client_of(file, coder="甲", **settings):
    """A browser, more or less: who codes is said, and the token of the pages is sent."""
    app = create_app(file, **settings)
    client = entered(testclient.TestClient(app, base_url=BASE), app)
    client.headers["X-CSRF-Token"] = app.state.csrf
    if coder:
        client.post("/coder", data={"name": coder}, follow_redirects=False)
    return client


@pytest.fixture(scope="module")
def client(study):
    return client_of(study)


def changes_in(file):
    with open_study(file) as db:
        return db.execute("SELECT count(*) FROM changes").fetchone()[0]


GOOD = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        (GOOD, 200),
        ({"Host": "localhost:8765", "Origin": "http://localhost:8765"}, 200),
        ({"Host": "rebound.example:8765"}, 400),
        ({"Host": "127.0.0.1"}, 400),
        ({"Host": "127.0.0.1:9999"}, 400),
        ({"Host": "127.0.0.1:8765.rebound.example"}, 400),
        ({"Host": ""}, 400),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://localhost:8765"}, 403),
        ({"Origin": "https://127.0.0.1:8765"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": "错"}, 403),
    ],
)
def test_a_change_is_taken_only_from_a_page_of_this_server(client, headers, status):
    headers = {k: v.encode() for k, v in headers.items()}
    assert client.post("/code/1", json={"status": "open"}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example:8765"}, 400),
        ({"Origin": "http://rebound.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
    ],
)
def test_reading_is_for_pages_of_this_server_and_links_to_it(client, headers, status):
    assert client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_not_used(client, method):
    assert client.request(method, "/code/1").status_code == 405


def test_no_web_socket_is_opened(client):
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/"):
        pass


# Who has no key: another user of the machine can reach the port too.

LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def stranger(study):
    """A browser that has not opened the printed address; `stranger.key` is what it lacks."""
    app = create_app(study)
    client = testclient.TestClient(app, base_url=BASE, follow_redirects=False)
    client.headers["X-CSRF-Token"], client.key = app.state.csrf, app.state.key
    return client


@pytest.mark.parametrize("path", ["/", "/code", "/code/1", "/queue", "/coder", "/look", "/exchange/download?format=csv", "/nowhere"])
@pytest.mark.parametrize("given", ["", "?key=", "?key=wrong", "?key=错", "?key=9999999999.x.y", "?key=x.y", "?key=%FF"])
def test_nothing_is_told_without_the_key(stranger, path, given):
    answer = stranger.get(path.partition("?")[0] + given)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "打开" in answer.text
    assert "Open the address" in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("cookie", [{}, {"gongkai-8765": "wrong"}, {"gongkai-8765": ""}, {"gongkai-9999": "KEY"}, {"gongkai": "KEY"}])
def test_nothing_is_done_without_the_key(stranger, study, cookie):
    before = changes_in(study)
    for name, value in cookie.items():
        stranger.cookies.set(name, value.replace("KEY", stranger.key))
    for sent in ({"Accept": "application/json"}, {"HX-Request": "true"}, {}):
        answer = stranger.post("/code/1", json={"role": "problem", "request": "stranger-1"}, headers=sent)
        assert answer.status_code == 403
    assert stranger.post(f"/code/1?key={stranger.key}", json={"role": "problem"}).status_code == 403
    assert stranger.post("/code/1", json={}, headers={"Accept": "application/json"}).json()["error"].startswith("这台电脑")
    assert changes_in(study) == before


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/?key={}", "/"),
        ("/code?order=theme&key={}&theme=depth", "/code?order=theme&theme=depth"),
        ("//elsewhere.example/?key={}", "/elsewhere.example/"),
        ("/coder?key={}&next=%2Fcode%3Fat%3D3", "/coder?next=%2Fcode%3Fat%3D3"),
    ],
)
def test_the_key_opens_and_leaves_the_address(stranger, path, to):
    answer = stranger.get(BASE + path.format(stranger.key))
    assert (answer.status_code, answer.headers["location"]) == (303, to)
    cookie = answer.headers["set-cookie"].split("; ")
    assert cookie[0].startswith("gongkai-8765=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} == set(cookie[1:])
    assert stranger.get("/").status_code == 200
    assert stranger.get("/?key=old").headers["location"] == "/"


def test_a_link_from_elsewhere_leads_on_by_a_page_of_this_server(stranger):
    answer = stranger.get(f"/code?key={stranger.key}&theme=%22%3E%3Cb%3E&order=theme", headers=LINK)
    assert answer.status_code == 200
    assert 'content="0; url=/code?theme=%22%3E%3Cb%3E&amp;order=theme"' in answer.text
    assert stranger.key not in answer.text


def test_a_ticket_opens_once_and_in_time(stranger, monkeypatch):
    address = with_key(f"{BASE}/", stranger.key)
    ticket, late = with_ticket(address), with_ticket(address)
    assert stranger.key not in ticket
    assert stranger.get(ticket).status_code == 303
    assert stranger.get(ticket).status_code == 303, "who is inside stays inside"
    stranger.cookies.clear()
    assert stranger.get(ticket).status_code == 403
    later = door.time.time() + 200
    monkeypatch.setattr(door.time, "time", lambda: later)
    assert stranger.get(late).status_code == 403
    assert stranger.get(with_ticket(with_key(f"{BASE}/", "another key"))).status_code == 403


def test_the_key_stays_and_the_static_files_are_open(stranger, study):
    assert create_app(study).state.key == stranger.key
    assert stranger.get("/static/review.css").status_code == 200


def form_of(kind, fields):
    if kind == "urlencoded":
        return {"data": dict(fields)}
    return {"files": [(name, (None, value)) for name, value in fields]}


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
@pytest.mark.parametrize(("right", "status"), [(True, 303), (False, 403)])
def test_a_form_carries_the_token_as_a_field(client, kind, right, status):
    token = client.headers.pop("X-CSRF-Token")
    try:
        fields = [("csrf", token if right else token[::-1]), ("name", "乙"), ("next", "/samples")]
        answer = client.post("/coder", **form_of(kind, fields), follow_redirects=False)
    finally:
        client.headers["X-CSRF-Token"] = token
    assert answer.status_code == status
    if right:
        assert answer.headers["location"] == "/samples"
        client.post("/coder", data={"name": "甲"}, follow_redirects=False)


@pytest.mark.parametrize("where", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", ""])
def test_a_form_leads_nowhere_else(client, where):
    answer = client.post("/language", data={"language": "zh", "next": where}, follow_redirects=False)
    assert answer.headers["location"] == "/"


PAGES = ["/", "/code", "/code?order=theme", "/code/1", "/queue", "/previous?statement=1", "/samples", "/coder"]


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/static/review.js", "/static/nothing", "/code/x"])
@pytest.mark.parametrize("headers", [{}, {"Host": "rebound.example"}])
def test_every_answer_carries_the_headers(client, path, headers):
    answer = client.get(path, headers=headers)
    assert {k: answer.headers.get(k) for k in HEADERS} == HEADERS
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")


def test_a_mistake_of_the_program_is_told_with_the_headers(study, monkeypatch):
    from gongkai.review import routes_home

    def broken(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr(routes_home, "progress", broken)
    app = create_app(study)
    client = entered(testclient.TestClient(app, base_url=BASE, raise_server_exceptions=False), app)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/code", "/coder", "/samples"])
def test_pages_hold_nothing_that_the_policy_forbids_and_name_no_other_host(client, path):
    text = client.get(path).text
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", text)
    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=|javascript:", text)
    assert not re.search(r"(?:src|href|action)=\"(?!/|#|data:,)", text)
    assert "http://" not in text
    assert "https://" not in text


def test_reading_changes_nothing(client, study):
    before = changes_in(study)
    with open_study(study) as db:
        tables = {t: db.execute(f"SELECT * FROM {t}").fetchall() for t in ("codes", "coders", "samples", "statements", "meta")}
        for path in (*PAGES, "/undo", "/split/1", "/merge/1", "/language"):
            client.get(path)
        assert tables == {t: db.execute(f"SELECT * FROM {t}").fetchall() for t in tables}
    assert changes_in(study) == before


def test_cookies_stay_here(client):
    for answer in (
        client.post("/coder", data={"name": "甲"}, follow_redirects=False),
        client.post("/language", data={"language": "zh"}, follow_redirects=False),
    ):
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))


def test_what_is_too_large_is_refused(own):
    client = client_of(own, upload_cap=1000)
    assert client.post("/coder", files={"csrf": (None, "x" * 2000)}).status_code == 413
    assert client.post("/code/1", json={"note": "字" * 2_000_000}).status_code == 413

    def unannounced():
        for _ in range(40):
            yield b"name=" + b"x" * 100_000

    answer = client.post("/coder", content=unannounced(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413


KINDS = ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded", "application/json", "text/plain", ""]


@given(st.binary(max_size=300), st.sampled_from(KINDS))
def test_no_body_without_the_token_passes(client, body, kind):
    answer = client.post("/coder", content=body, headers={"Content-Type": kind, "X-CSRF-Token": ""})
    assert answer.status_code == 403


def test_the_token_stays_with_the_study(own):
    assert create_app(own).state.csrf == create_app(own).state.csrf


def test_a_copy_of_a_study_is_another_one_for_what_a_browser_keeps(own, tmp_path):
    copy = tmp_path / "copy.db"
    shutil.copy(own, copy)
    names = {re.search(r'data-study="(\w+)"', client_of(file).get("/").text)[1] for file in (own, own, copy)}
    assert len(names) == 2


# Who codes.


def test_a_page_that_needs_a_coder_asks_for_one(own):
    client = client_of(own, coder=None)
    answer = client.get("/code?order=theme&theme=depth", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/coder?next=%2Fcode%3Forder%3Dtheme%26theme%3Ddepth"
    assert client.post("/code/1", json={}, headers={"Accept": "application/json"}).status_code == 403


def test_the_coder_of_the_command_line_codes_until_another_is_chosen(own):
    with open_study(own) as db:
        db.execute("INSERT INTO coders VALUES ('丙', '')")
    old = client_of(own, coder="甲")
    client = client_of(own, coder=None)
    app = create_app(own, coder="丙")
    client = testclient.TestClient(app, base_url=BASE, cookies=old.cookies, headers={"X-CSRF-Token": app.state.csrf})
    client.post("/code/1", json={"role": "problem"})
    client.post("/coder", data={"name": "乙"}, follow_redirects=False)
    client.post("/code/2", json={"role": "problem"})
    with open_study(own) as db:
        assert [(c.coder, c.statement) for c in history(db)] == [("乙", 2), ("丙", 1)]


def test_a_page_opened_by_another_coder_cannot_save(own):
    client = client_of(own)
    answer = client.post("/code/1", json={"role": "problem"}, headers={"X-Coder": "%E4%B9%99", "Accept": "application/json"})
    assert answer.status_code == 403
    assert "乙" in answer.json()["error"]
    assert changes_in(own) == 0


@pytest.mark.parametrize("name", ["", "   ", "=", "=甲", "x" * 61, "\u200b"])
def test_names_that_are_none_are_refused(client, name):
    assert client.post("/coder", data={"name": name}, follow_redirects=False).status_code in (409, 422)


def test_a_name_is_shown_as_text(own):
    client = client_of(own, coder="<b>'\"&{{7*7}}")
    for path in ("/", "/code", "/coder"):
        text = client.get(path).text
        assert "<b>'" not in text
        assert "&lt;b&gt;" in text
        assert "{{7*7}}" in text


# Coding.


def test_a_code_is_on_disk_when_it_is_answered_and_written_once(own):
    client = client_of(own)
    said = {"role": "problem", "themes": ["timeliness", "depth"], "status": "coded", "note": "注", "request": "r-0000001"}
    first = client.post("/code/3?order=unreviewed", json=said).json()
    again = client.post("/code/3?order=unreviewed", json=said).json()
    assert (first["change"], first["at"]) == (again["change"], again["at"])
    assert first["progress"] == {"done": 1, "unsure": 0, "skipped": 0, "total": 40}
    with open_study(own) as db:
        assert state_of(db, 3, "甲") == State("problem", ("timeliness", "depth"), "coded", "注")
        assert len(history(db)) == 1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"role": "problem", "themes": [], "status": "coded"}, 409),
        ({"role": "other", "themes": ["depth"], "status": "coded"}, 409),
        ({"role": None, "status": "coded"}, 409),
        ({"role": "unheard", "status": "open"}, 409),
        ({"role": "problem", "themes": ["unheard"]}, 409),
        ({"status": "final"}, 422),
        ({"themes": "depth"}, 422),
        ({"note": "x" * 5001}, 422),
        ({"request": "short"}, 422),
        ({"note": "\ud800"}, 422),
        ("text", 422),
    ],
)
def test_a_code_that_breaks_the_rules_is_refused_and_said(client, study, said, status):
    before = changes_in(study)
    sent = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = client.post("/code/5", content=json.dumps(said), headers=sent)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert changes_in(study) == before


@pytest.mark.parametrize("statement", [0, 41, 10**18, 10**30, -1])
def test_statements_that_are_not_there_are_refused(client, statement):
    assert client.post(f"/code/{statement}", json={}).status_code in (409, 422)
    assert client.get(f"/code/{statement}").status_code in (409, 422)


def test_undo_answers_where_to_look(own):
    client = client_of(own)
    client.post("/code/3", json={"role": "problem"})
    assert client.post("/undo", json={"request": "u-0000001"}).json()["show"] == 3
    assert client.post("/undo", json={"request": "u-0000001"}).json()["show"] == 3
    assert client.post("/undo", json={"request": "u-0000002"}).json()["show"] is None
    cut = client.post("/split/3", json={"at": 9}).json()
    assert client.get("/code/3").status_code == 410
    undone = client.post("/undo", json={}).json()
    assert (undone["show"], undone["gone"], undone["statements"]) == (3, cut["statements"], [3])
    assert [client.get(f"/code/{s}").status_code for s in (3, *cut["statements"])] == [200, 410, 410]


def test_a_boundary_over_codes_is_asked_about_first(own):
    client = client_of(own)
    with open_study(own) as db:
        code(db, 4, "乙", State("other", (), "coded"))
    asked = client.post("/merge/3", json={"second": 4}).json()
    assert asked == {"ask": ["乙"]}
    assert changes_in(own) == 1
    merged = client.post("/merge/3", json={"second": 4, "sure": True}).json()
    assert len(merged["statements"]) == 1
    assert changes_in(own) == 2


@pytest.mark.parametrize(
    ("was", "status"),
    [
        (None, 200),
        ({"role": "problem", "themes": ["depth", "timeliness"], "status": "open", "note": ""}, 200),
        ({"role": "problem", "themes": ["timeliness"]}, 409),
        ({"role": "measure", "themes": ["timeliness", "depth"]}, 409),
        ({}, 409),
    ],
)
def test_what_a_page_did_not_see_is_not_written_over(own, was, status):
    client = client_of(own)
    assert client.post("/code/1", json={"role": "problem", "themes": ["timeliness", "depth"]}).status_code == 200
    said = {"role": "problem", "themes": ["coverage"], "was": was, "request": "text-of-its-own"}
    assert [client.post("/code/1", json=said).status_code for _ in range(2)] == [status, status]


def test_quick_saves_of_two_coders_lose_nothing(own):
    clients = [client_of(own, name) for name in ("甲", "乙")]

    def save(n):
        said = {"role": "problem", "themes": ["depth"], "status": "coded", "request": f"quick-{n:04}"}
        return clients[n % 2].post(f"/code/{n // 2 + 1}", json=said).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(save, range(80))) == {200}
    assert changes_in(own) == 80


@pytest.mark.parametrize("scope", ["order=sample&sample=1", "order=unreviewed&second=true", "order=uncertain&blind=true"])
def test_blind_queues_hold_nothing_of_what_others_or_the_machine_said(own, scope):
    with open_study(own) as db:
        for statement in range(1, 41):
            code(db, statement, "乙", State("measure", ("supervision",), "coded", "乙的备注"))
    client = client_of(own)
    client.post("/samples", data={"n": 10, "unit": "statements"}, follow_redirects=False)
    for path in (f"/code?{scope}", f"/code/7?{scope}"):
        text = client.get(path).text
        assert "data-suggestion" not in text
        assert "because" not in text
        assert "乙的备注" not in text
        assert 'class="said coded"' not in text
    assert "data-suggestion" in client.get("/code/7?order=uncertain").text


def test_words_are_there_in_both_languages():
    for key, value in web.words().items():
        assert set(value) == set(web.LANGUAGES), key
        assert all(v.strip() for v in value.values()), key


def template(node):
    """What an error says, with {} for each value; None where that is not written where it is raised."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(v.value if isinstance(v, ast.Constant) else "{}" for v in values)
    return None


def test_every_error_of_a_study_can_be_told_in_chinese():
    untold = set()
    for file in Path(web.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("StudyError", "Gone") and node.args:
                said = template(node.args[0])
                if said and said != "{}" and not re.search("[一-鿿]", told(said.replace("{}", "x"), "zh")):
                    untold.add((file.name, said))
    assert untold == set()


@pytest.mark.parametrize(("language", "word"), [("en", "Done, next"), ("zh", "完成，下一条"), ("xx", "完成，下一条")])
def test_the_language_is_that_of_the_cookie(own, language, word):
    client = client_of(own)
    client.post("/language", data={"language": language}, follow_redirects=False)
    assert word in client.get("/code").text


def test_the_rules_of_the_shipped_codebook_stand_beside_the_statement_in_the_language_of_the_page(own):
    client = client_of(own)
    for language in web.LANGUAGES:
        client.cookies.set("language", language)
        page = html.unescape(client.get("/code").text)
        for rule in load_codebook().rules:
            shown = web.Say(language).rule(rule)
            assert (shown == rule) == (language == "en"), rule
        assert ("Use general only alone" in page, "笼统只能单独用" in page) == (language == "en", language == "zh")
    assert web.Say("zh").rule("Our own rule.") == "Our own rule."


def test_an_empty_study_says_how_to_fill_it(tmp_path):
    client = client_of(tmp_path / "new.db")
    assert "/look" in client.get("/").text
    assert client.get("/code", follow_redirects=False).headers["location"] == "/"
    assert client.get("/samples").status_code == 200


def test_a_study_without_samples_asks_to_draw_one(client):
    assert client.get("/code?order=sample", follow_redirects=False).headers["location"] == "/samples"


def test_every_code_of_a_large_codebook_has_its_own_key():
    book = load_codebook()
    keys = keys_of(book)
    assert set(keys) == {*book.role_ids, *book.theme_ids}
    assert len(set(keys.values())) == len(keys)
    taken = set("ahjkmnstuA")
    assert not taken & set(keys.values())
    themes = ", ".join(f"{{id: t{n}, zh: 主题{n}, en: t{n}, definition: x}}" for n in range(60))
    many = keys_of(parse_codebook(f"version: 1\nroles: {{r: {{zh: 角色, en: r, definition: x}}}}\nthemes: [{themes}]"))
    assert len(set(many.values())) == len(many) > 30


# What is shown of a statement.


def whole_of(shown):
    return "".join([*(p.text for p in shown.before), *(t for t, _ in shown.inside), *(p.text for p in shown.after)])


def test_a_card_holds_the_whole_text_of_the_section_in_order(own):
    with open_study(own) as db:
        text = db.execute("SELECT text FROM sections WHERE id = 1").fetchone()[0]
        for statement in (1, 9, 20):
            shown = card(db, statement, "甲", suggest=True)
            assert whole_of(shown) == text
            others = [p.statement for p in (*shown.before, *shown.after) if p.statement]
            assert others == [s for s in range(1, 21) if s != statement]
            assert shown.next == (statement + 1 if statement < 20 else None)
        cut = card(db, 10, "甲", suggest=True, around=60)
        assert cut.cut == (True, True)
        assert whole_of(cut) in text


def test_text_is_shown_as_text_and_keeps_every_character(own):
    hostile = "<img>\r\n&amp;<!--’𠮷😀\x00"
    with open_study(own) as db:
        first = db.execute("SELECT start, end FROM statements WHERE id = 1").fetchone()
        text = db.execute("SELECT text FROM sections WHERE id = 1").fetchone()[0]
        changed = text[: first["start"]] + hostile.ljust(first["end"] - first["start"], "文") + text[first["end"] :]
        db.execute("UPDATE sections SET text = ? WHERE id = 1", (changed,))
        db.execute("UPDATE reports SET body = '<script>alert(1)</script>', region = '\"><b>'")
    page = client_of(own).get("/code/1").text
    assert "<img" not in page
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;img&gt;&#13;\n&amp;amp;&lt;!--’𠮷😀" in page


def test_connections_of_one_program_do_not_take_each_others_locks(own):
    """A program that opens and closes the study must leave the log of another, whose pages are open, alone."""
    with open_study(own) as db:
        db.execute("INSERT INTO coders VALUES ('丙', '')")
        open_study(own).close()
        other = f"from gongkai.review.store import open_study; open_study({str(own)!r}).close()"
        subprocess.run([sys.executable, "-c", other], check=True)
        assert own.with_name("study.db-wal").exists()
        assert json.dumps([r[0] for r in db.execute("SELECT name FROM coders ORDER BY 1")], ensure_ascii=False) == '["丙", "乙", "甲"]'

"""Uploading and looking in a browser: a file is dropped, its report appears, evidence opens, files are taken away, errors are told."""

from __future__ import annotations

import io
import json
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import docx
import pytest

pytest.importorskip("uvicorn", reason="needs gongkai[review]")

from gongkai.review.app import create_app
from gongkai.review.store import open_study
from gongkai.review.uploads import Caps

HOSTILE = "<script>alert`a`</script><img src=x onerror=alert`b`>"
REPORT = (
    "柳泉县青禾镇2021年政府信息公开工作年度报告\n\n一、总体情况\n全年平稳。\n\n"
    "五、存在的主要问题及改进情况\n一是信息更新不及时，栏目长期空着。\n二是人手不足，业务不熟。\n下一步将加强业务培训，每周更新栏目。\n\n"
    "六、其他需要报告的事项\n无。\n"
)
DROP = """(files) => {
  const given = new DataTransfer();
  for (const [name, text] of files) given.items.add(new File([text], name));
  const zone = document.querySelector("#drop");
  const settings = { dataTransfer: given, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"]) zone.dispatchEvent(new DragEvent(kind, settings));
}"""

pytestmark = pytest.mark.browser


@contextmanager
def served(study, **state):
    """The application of a study at a port of its own."""
    import uvicorn

    app = create_app(study)
    for name, value in state.items():
        setattr(app.state, name, value)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", app.state.key
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site(tmp_path):
    with served(tmp_path / "study.db", caps=Caps(megabytes=1)) as (address, key):
        yield address, key


@pytest.fixture
def open_page(browser, site):
    """Open a page of the site, and afterwards hold it to silence: nothing on the console, no other address, no broken policy."""
    site, key = site
    heard, requests, contexts, pages = [], [], [], []

    def open_it(path="/look", width=1200, expected=(), **settings):
        context = browser.new_context(viewport={"width": width, "height": 800}, **settings)
        context.add_init_script("window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: heard.append(m.text) if not any(e in m.text for e in expected) else None)
        page.on("pageerror", lambda e: heard.append(str(e)))
        page.on("request", lambda r: requests.append(r.url))
        page.goto(f"{site}{path}?key={key}")
        if settings.get("java_script_enabled", True):
            pages.append(page)
        return page

    yield open_it
    broken = [b for p in pages for b in p.evaluate("window.broken")]
    for context in contexts:
        context.close()
    assert heard == []
    assert broken == []
    assert [u for u in requests if not u.startswith((f"{site}/", "data:,"))] == []


def drop(page, *files):
    # Before its scripts have run, a page lets files fall.
    page.wait_for_load_state("load")
    page.evaluate(DROP, [list(f) for f in files])


def looked(page):
    """Wait until the report is read."""
    page.wait_for_url("**/look/*")
    page.wait_for_selector("#look-body:not(.busy-box)", timeout=60_000)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_dropped_report_is_read_shown_and_taken_away(open_page):
    openpyxl = pytest.importorskip("openpyxl")
    page = open_page()
    drop(page, ("青禾镇2021年.txt", REPORT))
    looked(page)
    assert page.locator("h1").inner_text() == "青禾镇2021年.txt"
    assert "柳泉县青禾镇" in page.locator(".facts").inner_text()
    rows = [" ".join(r.split()) for r in page.locator("table.sections tbody tr").all_inner_texts()]
    assert any(r.startswith("问题与改进 找到 0.9") for r in rows)
    assert any(r.startswith("主动公开 缺 ") for r in rows)
    marks = page.locator("a.said")
    assert marks.count() == 3
    assert "信息更新不及时" in marks.first.inner_text()
    assert page.locator("a.said u").first.is_visible()
    proofs = page.locator("#s2 .proofs li").first
    assert not proofs.is_visible()
    marks.nth(1).click()
    page.wait_for_selector("#s2 .proofs[open] li")
    quoted = page.locator("#s2 q").all_inner_texts()
    assert all(q in REPORT for q in quoted)
    assert "队伍与能力" in page.locator("#s2").inner_text()
    page.locator("#s2 .to-text a").click()
    assert page.evaluate("document.querySelector(':target').id") == "t2"
    got = {}
    for word in ("Word", "Excel", "JSON"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=word).click()
        assert unquote(waiting.value.suggested_filename).startswith("青禾镇2021年-gongkai.")
        got[word] = Path(waiting.value.path()).read_bytes()
    assert "二是人手不足，业务不熟。" in "\n".join(p.text for p in docx.Document(io.BytesIO(got["Word"])).paragraphs)
    assert "明细" in openpyxl.load_workbook(io.BytesIO(got["Excel"])).sheetnames
    assert len(json.loads(got["JSON"])["statements"]) == 3


def test_a_chosen_report_goes_into_the_queue(open_page, tmp_path):
    page = open_page()
    page.set_input_files("input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": REPORT.encode()})
    looked(page)
    page.get_by_role("button", name="加入编码").click()
    page.wait_for_selector("#queued .done")
    assert "已加入 3 句，原有 0 句" in page.locator("#queued").inner_text()
    db = open_study(tmp_path / "study.db")
    assert db.execute("SELECT count(*) FROM statements").fetchone()[0] == 3
    db.close()
    page.reload()
    looked(page)
    assert "研究里已有这份报告" in page.locator("#queued").inner_text()


def test_a_damaged_file_shows_reason_and_cure_and_the_others_go_on(open_page):
    page = open_page()
    large = "大" * 400_000
    drop(page, ("坏.pdf", "%PDF-1.7 nothing"), (f"{HOSTILE}.txt", REPORT.replace("空着", f"空着{HOSTILE}")), ("大.txt", large))
    page.wait_for_function("() => document.querySelectorAll('#look-list tbody tr').length === 2")
    page.wait_for_function("() => !document.querySelector('.state.busy')", timeout=60_000)
    assert page.locator("#sending .alert").inner_text().endswith("超过 1 MB，没有上传")
    listed = page.locator("#look-list").inner_text()
    assert "读不了" in listed
    assert "已损坏，或不是 PDF" in listed
    assert "存在问题 2" in listed
    page.get_by_role("link", name="坏.pdf").click()
    looked(page)
    failed = page.locator("#look-body.failed").inner_text()
    assert "已损坏，或不是 PDF" in failed
    assert "用 PDF 软件打开后重新保存" in failed
    page.go_back()
    page.get_by_role("link", name="onerror").click()
    looked(page)
    assert HOSTILE in page.locator(".source a.said").first.inner_text()
    assert page.locator(".look img, .look script").count() == 0


def test_the_same_file_is_kept_once_and_can_be_removed(open_page):
    page = open_page()
    drop(page, ("a.txt", REPORT), ("b.txt", REPORT))
    page.wait_for_function("() => document.querySelectorAll('#look-list tbody tr').length === 1")
    assert "“a.txt”与先前上传的文件内容相同" in page.locator("#sending").inner_text()
    page.get_by_role("link", name="a.txt").click()
    looked(page)
    asked = []
    page.once("dialog", lambda d: (asked.append(d.message), d.dismiss()))
    page.get_by_role("button", name="删除上传的文件").click()
    assert asked == ["删除“a.txt”？已加入编码的语句不受影响。"]
    assert page.url.count("/look/") == 1
    page.once("dialog", lambda d: d.accept())
    page.get_by_role("button", name="删除上传的文件").click()
    page.wait_for_url("**/look")
    assert "还没有上传文件" in page.locator("#look-list").inner_text()


def test_narrow_and_english(open_page):
    page = open_page(width=360)
    assert fits(page)
    page.get_by_role("button", name="English").click()
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    assert page.locator("h1").inner_text() == "Upload and look"
    drop(page, (f"{'very-long-name-' * 9}.txt", REPORT))
    looked(page)
    assert fits(page)
    assert "machine-coded" in page.locator(".reserve").inner_text()
    page.locator("a.said").first.click()
    page.wait_for_selector("#s1 .proofs[open]")
    assert fits(page)
    page.goto(page.url.rpartition("/")[0])
    assert fits(page)


def test_it_works_without_scripts(open_page):
    page = open_page(java_script_enabled=False)
    page.set_input_files("input[type=file]", {"name": "a.txt", "mimeType": "text/plain", "buffer": REPORT.encode()})
    page.get_by_role("button", name="上传").click()
    page.wait_for_url("**/look/*")
    until = time.monotonic() + 60
    while page.locator(".busy-box").count() and time.monotonic() < until:
        time.sleep(0.3)
        page.reload()
    assert page.locator("a.said").count() == 3
    page.locator("#s1 .proofs summary").click()
    assert page.locator("#s1 q").first.is_visible()
    page.get_by_role("button", name="加入编码").click()
    assert "已加入 3 句" in page.locator("#queued").inner_text()

"""Uploading reports and looking at them: what is kept and under which name, what the page shows, what hostile files come to."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import sys
import time
import zipfile
from collections import namedtuple

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai

pytest.importorskip("fastapi", reason="needs gongkai[review]")
from fastapi.testclient import TestClient

from gongkai.read.limits import Limits
from gongkai.read.pool import Pool
from gongkai.records import KINDS
from gongkai.review import looking, uploads
from gongkai.review.app import create_app
from gongkai.review.incoming import Incoming
from gongkai.review.look import NO_CELL, view
from gongkai.review.looking import Desk, study_coder, told
from gongkai.review.rebuild import check
from gongkai.review.store import open_study
from gongkai.review.uploads import Caps, Coming, Shelf, UploadError, clean_name, tidy, upload
from gongkai.review.web import words
from review_study import entered

TEXT = (
    "柳泉县青禾镇2021年政府信息公开工作年度报告\n\n一、总体情况\n全年平稳。\n\n二、主动公开政府信息情况\n无。\n\n"
    "三、收到和处理政府信息公开申请情况\n无。\n\n四、政府信息公开行政复议、行政诉讼情况\n无。\n\n"
    "五、存在的主要问题及改进情况\n一是信息更新不及时，栏目长期空着。\n二是人手不足，业务不熟。\n下一步将加强业务培训，每周更新栏目。\n\n"
    "六、其他需要报告的事项\n无。\n"
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;{{7*7}}\u202e"


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "study.db", Caps(megabytes=1))


def put(shelf, content=b"text", name="a.txt"):
    with Coming(shelf) as coming:
        coming.write(content)
        return coming.keep(name)


def on_disk(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


NAMES = [
    ("../../x", "x"),
    ("/etc/passwd", "passwd"),
    ("C:\\Windows\\a.docx", "a.docx"),
    ("\\\\server\\share\\a.pdf", "a.pdf"),
    ("a\x00b.txt", "ab.txt"),
    ("..", "?"),
    ("", "?"),
    ("///", "?"),
    ("CON", "CON"),
    ("nul.txt", "nul.txt"),
    ("a\r\nSet-Cookie: b", "a Set-Cookie: b"),
    ("青禾镇\u202e2021年\u200b.docx", "青禾镇2021年.docx"),
    ("e\u0301.txt", "é.txt"),
    ("x" * 5000 + ".docx", "x" * 95 + ".docx"),
    (f"{HOSTILE}.txt", "script>\"'><img src=x onerror=alert(2)>&amp;{{7*7}}.txt"),
]


@pytest.mark.parametrize(("name", "shown"), NAMES)
def test_a_name_is_text_and_never_a_path(shelf, name, shown):
    assert clean_name(name) == shown
    known, new = put(shelf, name.encode("utf-8", "replace") + b"!", name)
    assert new
    assert known.name == shown
    files = on_disk(shelf.folder.parent)
    assert files == ["study.db-files", *(f"study.db-files/{n}" for n in sorted([f"{known.sha256}.facts", known.path.name]))]
    assert re.fullmatch(r"[0-9a-f]{64}(\.txt|\.docx|\.pdf)?", known.path.name)


@given(st.text(max_size=300))
def test_any_name_is_one_line_without_signs_that_separate(name):
    shown = clean_name(name)
    assert shown.isprintable()
    assert not set(shown) & set("/\\")
    assert 0 < len(shown) <= 100
    assert shown.strip(". ")
    assert clean_name(shown) == shown


def test_bytes_are_kept_under_their_hash_once(shelf):
    first, new = put(shelf, b"one", "a.txt")
    assert new
    assert first.sha256 == hashlib.sha256(b"one").hexdigest()
    assert first.path.read_bytes() == b"one"
    again, new = put(shelf, b"one", "b.docx")
    assert not new
    assert again == first
    assert [u.name for u in uploads.uploads(shelf)] == ["a.txt"]
    uploads.remove(shelf, first.sha256)
    assert on_disk(shelf.folder) == []


Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("caps", "free", "content", "name", "key", "status"),
    [
        (Caps(megabytes=1), None, b"x" * 1_000_001, "a.txt", "upload_large", 413),
        (Caps(kept=1), None, b"second", "a.txt", "upload_too_many", 413),
        (Caps(megabytes=1, kept_megabytes=1), None, b"y" * 999_999, "a.txt", "upload_full", 413),
        (Caps(), 10, b"x", "a.txt", "upload_disk", 507),
        (Caps(), None, b"", "a.txt", "upload_empty", 422),
        (Caps(), None, b"PK", "many.zip", "upload_many_reports", 422),
        (Caps(), None, b"{}", "many.JSONL", "upload_many_reports", 422),
    ],
)
def test_what_passes_a_cap_is_refused_and_leaves_nothing(tmp_path, monkeypatch, caps, free, content, name, key, status):
    shelf = Shelf(tmp_path / "study.db", caps)
    first, _ = put(shelf, b"first")
    before = on_disk(tmp_path)
    if free is not None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, free))
    with pytest.raises(UploadError) as caught:
        put(shelf, content, name)
    assert (caught.value.key, caught.value.status) == (key, status)
    assert on_disk(tmp_path) == before
    assert upload(shelf, first.sha256) == first


def test_a_disk_that_fills_while_a_file_comes_in_ends_it(shelf, monkeypatch):
    shelf = Shelf(shelf.study, Caps(megabytes=30))
    free = iter([10**12, 0])
    with Coming(shelf, 100) as coming:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, next(free)))
        coming.write(b"x" * 9_000_000)
        with pytest.raises(UploadError, match="nearly full"):
            coming.write(b"x" * 9_000_000)
    assert on_disk(shelf.folder) == []


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_in_place_of_the_folder_or_a_file_is_not_followed(shelf, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shelf.folder.symlink_to(elsewhere)
    with pytest.raises(UploadError, match="is a link"):
        put(shelf)
    with pytest.raises(UploadError, match="is a link"):
        uploads.uploads(shelf)
    assert on_disk(elsewhere) == []
    shelf.folder.unlink()
    known, _ = put(shelf, b"four")
    (elsewhere / "secret").write_bytes(b"abcd")
    known.path.unlink()
    known.path.symlink_to(elsewhere / "secret")
    with pytest.raises(UploadError):
        upload(shelf, known.sha256)
    assert uploads.uploads(shelf) == []


def test_what_a_crash_leaves_behind_is_no_upload_and_is_tidied(shelf):
    whole, _ = put(shelf, b"whole")
    half = "a" * 64
    for name in (".coming-x", f".{half}.facts.y", f"{half}.docx"):
        (shelf.folder / name).write_bytes(b"half")
    (shelf.folder / f"{'b' * 64}.facts").write_text('{"name": "b.txt", "size": 9, "at": "", "file": "bb"}')
    (shelf.folder / f"{'c' * 64}.facts").write_text('{"name": "c.txt", "size": 1, "at": "", "file": "../../study.db"}')
    (shelf.folder / "notes.txt").write_text("somebody's own")
    assert uploads.uploads(shelf) == [whole]
    for sha256 in (half, "b" * 64, "c" * 64, "../study", "A" * 64, ""):
        with pytest.raises(UploadError):
            upload(shelf, sha256)
    assert tidy(shelf) == 5
    assert on_disk(shelf.folder) == sorted([f"{whole.sha256}.facts", f"{whole.sha256}.txt", "notes.txt"])


def form(files, boundary="XX", fields=()):
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields]
    for name, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


MULTIPART = "multipart/form-data; boundary=XX"


def read_form(shelf, body, kind=MULTIPART, step=1 << 16):
    with Incoming(shelf, kind) as incoming:
        for i in range(0, len(body), step):
            incoming.feed(body[i : i + step])
        return [(u.name, u.path.read_bytes(), new) for u, new in incoming.finish()]


@settings(max_examples=20)
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=4, unique=True), st.integers(1, 40))
def test_a_form_gives_its_files_however_it_is_cut(tmp_path_factory, contents, step):
    shelf = Shelf(tmp_path_factory.mktemp("form") / "study.db")
    files = [(f"报告{i}.txt", c) for i, c in enumerate(contents) if b"--XX" not in c]
    body = form(files, fields=[("csrf", "t")])
    assert read_form(shelf, body, step=step) == [(n, c, True) for n, c in files]
    assert not list(shelf.folder.glob(".*")) if files else True


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        (b"x", "text/plain", "upload_no_form"),
        (b"x", "application/x-www-form-urlencoded", "upload_no_form"),
        (b"x", "", "upload_no_form"),
        (b"x", "multipart/form-data", "upload_no_form"),
        (b"x", "multipart/form-data; boundary=" + "X" * 5000, "upload_no_form"),
        (b"no form at all", MULTIPART, "upload_broken"),
        (b"", MULTIPART, "upload_broken"),
        (form([("a.txt", b"whole")])[:-9], MULTIPART, "upload_broken"),
        (form([("a.txt", b"cut")])[:-12], MULTIPART, "upload_broken"),
        (form([(f"{i}.txt", b"%d" % i) for i in range(4)]), MULTIPART, "upload_parts"),
        (form([], fields=[(f"f{i}", "x") for i in range(30)]), MULTIPART, "upload_parts"),
        (form([], fields=[("f", "x" * 100_000)]), MULTIPART, "upload_broken"),
        (b"--XX\r\n" + b"X-A: b\r\n" * 5000 + b"\r\n\r\n--XX--\r\n", MULTIPART, "upload_broken"),
        (b"--XX\r\nContent-Disposition: form-data; filename=" + b"x" * 100_000, MULTIPART, "upload_broken"),
        (form([("a.txt", b"x" * 1_000_001)]), MULTIPART, "upload_large"),
    ],
)
def test_a_hostile_form_is_refused_and_keeps_at_most_what_was_whole(tmp_path, body, kind, key):
    shelf = Shelf(tmp_path / "study.db", Caps(megabytes=1, files=3))
    with pytest.raises(UploadError) as caught:
        read_form(shelf, body, kind)
    assert caught.value.key == key
    if shelf.folder.exists():
        assert not list(shelf.folder.glob(".*"))
        assert all(u.size == u.path.stat().st_size for u in uploads.uploads(shelf))


def test_a_form_without_a_chosen_file_keeps_nothing(shelf):
    assert read_form(shelf, form([("", b"")])) == []


# The page, over HTTP.


class Page:
    """The application of one study, asked as its own page asks."""

    def __init__(self, study, **state):
        self.study, self.app = study, create_app(study)
        for name, value in state.items():
            setattr(self.app.state, name, value)
        self.client = entered(TestClient(self.app, base_url="http://127.0.0.1:8000", follow_redirects=False), self.app)
        self.token = {"X-CSRF-Token": self.app.state.csrf}

    def get(self, url, **kw):
        return self.client.get(url, **kw)

    def post(self, url, **kw):
        return self.client.post(url, headers={**self.token, **kw.pop("headers", {})}, **kw)

    def upload(self, content, name="青禾镇2021年.txt", **kw):
        return self.post("/look", files={"files": (name, content)}, headers={"Accept": "application/json"}, **kw)

    def look(self, content=None, name="青禾镇2021年.txt", language="zh"):
        """The page of an upload once it is read."""
        answer = self.upload(TEXT.encode() if content is None else content, name)
        assert answer.status_code == 200, answer.text
        return self.read(answer.json()["kept"][0]["url"], language)

    def read(self, url, language="zh"):
        self.client.cookies.set("language", language)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            answer = self.get(url)
            assert answer.status_code == 200, answer.text
            if "busy-box" not in answer.text:
                return answer.text
            time.sleep(0.05)
        raise AssertionError("still busy")


@pytest.fixture
def site(tmp_path):
    made = Page(tmp_path / "study.db")
    yield made
    made.client.close()


def shown(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def sha(content):
    return hashlib.sha256(content).hexdigest()


def test_from_a_file_to_its_sections_statements_and_evidence(site):
    html = site.look()
    text = shown(html)
    for said in (
        "柳泉县青禾镇",
        "2021",
        "乡镇",
        "机器标注，未经人工核校",
        "存在问题 2",
        "改进措施 1",
        "问题与改进 找到",
        sha(TEXT.encode()),
    ):
        assert said in text
    marks = re.findall(r'<a class="said (c\d|c-none)" id="t(\d)" href="#s(\d)">(.*?)</a>', html, re.S)
    assert [(c, a, b) for c, a, b, _ in marks] == [("c0", "1", "1"), ("c0", "2", "2"), ("c1", "3", "3")]
    assert [shown(m[3]).replace(" ", "")[1:] for m in marks] == [
        "一是信息更新不及时，栏目长期空着。",
        "二是人手不足，业务不熟。",
        "下一步将加强业务培训，每周更新栏目。",
    ]
    for _, n, _, inner in marks:
        underlined = re.findall("<u>(.*?)</u>", inner)
        card = re.search(rf'id="s{n}">(.*?)</li>\s*(?:<li class="statement|</ol>)', html, re.S)[1]
        quoted = re.findall("<q>(.*?)</q>", card)
        assert quoted
        assert set("".join(quoted)) <= set("".join(underlined))
    assert "公开时效" in text
    english = shown(site.read(f"/look/{sha(TEXT.encode())}", "en"))
    assert "machine-coded, not yet reviewed" in english
    assert "problems and improvement found" in english


def test_what_is_missing_is_said_with_its_reason(site):
    text = shown(site.look("柳泉县水利局2021年政府信息公开工作年度报告\n一、总体情况\n全年平稳。\n".encode()))
    assert "问题与改进 缺 未找到标题，也没有这类语句" in text
    assert "没有可编码的语句" in text
    assert "没有读到法定表格的数字" in text
    assert "缺表" not in text
    assert "disabled" in site.read(f"/look/{uploads.uploads(Shelf(site.study))[0].sha256}")


def test_texts_of_strangers_are_escaped_everywhere(site):
    report = (
        TEXT.replace("一是信息", f"一是{HOSTILE}信息").replace("存在的主要问题", f"存在的主要问题{HOSTILE[:25]}").replace("全年", HOSTILE)
    )
    html = site.look(report.encode(), f"{HOSTILE[:25]}.txt")
    for page in (html, site.get("/look").text):
        assert "<script>alert" not in page
        assert "<img src" not in page
    assert "&lt;script&gt;alert(1)" in html
    assert "{{7*7}}" in html
    assert "onerror" not in re.sub(r">[^<]*", ">", html)


def test_the_page_says_every_kind_of_section():
    assert {f"look_kind_{k}" for k in KINDS} <= set(words())


@pytest.fixture(scope="module")
def analyses(sample):
    return [gongkai.analyse(p) for p in sorted(sample.iterdir())]


def test_the_pieces_are_the_text_and_every_statement_has_its_own(analyses):
    for a in analyses:
        seen, text, at = view(a), a.report.text, 0
        for part in seen.parts:
            assert text[at : part.start].strip() == ""
            at = part.end
            joined = "".join(p.text for run in part.runs for p in run.pieces)
            assert joined == text[part.start : part.end - part.left_out]
            for run in part.runs:
                if run.statement is not None:
                    s = seen.statements[run.statement]
                    assert "".join(p.text for p in run.pieces) == text[s.start : s.end]
                    assert {c for p in run.pieces for c in p.codes} == {p.code for p in s.proofs}
        assert text[at:].strip() == ""
        assert [s.n for s in seen.statements] == list(range(len(a.codings)))
        assert {n for part in seen.parts for n in part.statements} == set(range(len(a.codings)))
        assert sum(seen.counts.get(r, 0) for r in ("problem", "measure", "other")) == len(a.codings)
        read = {(c.table, c.raw) for c in a.tables.cells if c.raw}
        assert {(t.table, cell) for t in seen.tables for _, cells in t.rows for cell in cells if cell and cell != NO_CELL} == read
        assert len(seen.findings) == len(a.tables.findings)


def test_a_report_is_taken_away_as_word_excel_and_json(site):
    openpyxl = pytest.importorskip("openpyxl")
    site.look(name="../青禾镇\t2021年.txt")
    url = f"/look/{sha(TEXT.encode())}/report"
    got = {f: site.get(f"{url}.{f}") for f in ("docx", "xlsx", "json")}
    for ending, answer in got.items():
        assert answer.status_code == 200
        assert answer.content == site.get(f"{url}.{ending}").content
        head = answer.headers["content-disposition"]
        assert head.startswith(f'attachment; filename="report.{ending}"; ')
        assert head.isascii()
    records = json.loads(got["json"].content)
    assert records["text"] == TEXT
    assert next(records["text"][s["start"] : s["end"]] for s in records["statements"]) == "一是信息更新不及时，栏目长期空着。"
    assert records["file"]["sha256"] == sha(TEXT.encode())
    assert {s["kind"] for s in records["sections"]} >= {"overview", "problems"}
    assert all(records["text"][e["start"] : e["end"]] for s in records["statements"] for e in s["evidence"])
    document = docx.Document(io.BytesIO(got["docx"].content))
    said = "\n".join(p.text for p in document.paragraphs)
    assert said.startswith("机器标注，未经核校\n柳泉县青禾镇2021年政府信息公开工作年度报告")
    for text in ("一是信息更新不及时，栏目长期空着。", "公开时效", "依据：“", "核校 0 句"):
        assert text in said
    assert ["问题与改进", "找到", "存在的主要问题及改进情况"] in [[c.text for c in r.cells] for r in document.tables[0].rows]
    book = openpyxl.load_workbook(io.BytesIO(got["xlsx"].content))
    rows = [[c.value for c in row] for row in book["明细"].iter_rows()]
    assert [r[rows[0].index("语句（text）")] for r in rows[1:]][1] == "二是人手不足，业务不熟。"
    assert "“" in rows[1][rows[0].index("依据")]
    assert site.get(f"{url}.exe").status_code == 404


def docx_bytes(*lines):
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb():
    """A Word file of a few kilobytes whose text is thirty megabytes."""
    out = io.BytesIO(docx_bytes("一"))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/more.xml", b"0" * 30_000_000)
    return out.getvalue()


UNREADABLE = [
    (b"%PDF-1.7 nothing", "a.docx", "已损坏，或不是 PDF", "用 PDF 软件打开后重新保存"),
    (b"\x89PNG\r\n\x1a\n123", "a.txt", "这是图片，不是文字", "OCR"),
    (docx_bytes("一")[:300], "a.docx", "Word", "重新"),
    (b"Rar!\x1a\x07\x00", "a.doc", "这是 RAR 压缩包", "解开后放入各个文件"),
    (b"\x00\x01\x02\x03" * 50, "a.txt", "这是二进制文件", "文本"),
    (b"  \n ", "a.txt", "文件是空的", "重新保存"),
    (b"PK\x05\x06" + b"\x00" * 18, "a.pdf", "二进制", "文本"),
]


@pytest.mark.parametrize(("content", "name", "reason", "cure"), UNREADABLE)
def test_a_file_that_cannot_be_read_shows_reason_and_cure(site, content, name, reason, cure):
    text = shown(site.look(content, name))
    assert "这个文件没能读取" in text
    assert re.search(f"原因 [^。]*{re.escape(reason)}", text), text
    assert re.search(f"办法 [^。]*{re.escape(cure)}", text), text
    assert "读不了" in shown(site.get("/look").text)
    for ending in ("docx", "xlsx", "json"):
        assert site.get(f"/look/{sha(content)}/report.{ending}").status_code == 409
    assert site.post(f"/look/{sha(content)}/queue").status_code == 409
    english = site.read(f"/look/{sha(content)}", "en")
    assert not re.search("[\u4e00-\u9fff]", re.search(r'id="look-body"(.*)</dl>', english, re.S)[1])


def test_a_bomb_costs_only_itself(tmp_path):
    site = Page(tmp_path / "study.db", limits=Limits(inflated=5, seconds=20))
    text = shown(site.look(bomb(), "a.docx"))
    assert "这个文件没能读取" in text
    assert "存在问题 2" in shown(site.look())


def test_a_document_is_known_by_its_bytes_whatever_its_name(site):
    text = shown(site.look(docx_bytes(*TEXT.splitlines()), "report.txt"))
    assert "存在问题 2" in text
    assert "存在问题 2" in shown(site.look(TEXT.encode("gb18030"), "report.pdf"))


def test_more_text_than_a_report_has_is_refused(tmp_path):
    site = Page(tmp_path / "study.db", caps=Caps(characters=500, statements=2))
    assert "有 3 句，超过一份报告 2 句的上限" in shown(site.look())
    assert "字，超过一份报告 500 字的上限" in shown(site.look((TEXT * 3).encode()))


@pytest.mark.parametrize(("name", "seen"), NAMES)
def test_hostile_names_over_http(site, tmp_path, name, seen):
    boundary = "XX"
    body = form([(name.replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", " "), b"abc")], boundary)
    answer = site.post("/look", content=body, headers={"Content-Type": MULTIPART, "Accept": "application/json"})
    files = [p for p in tmp_path.rglob("*") if p.is_file() and not p.name.startswith("study.db")]
    if answer.status_code == 200:
        assert {p.parent.name for p in files} <= {"study.db-files"}
        assert all(re.fullmatch(r"[0-9a-f]{64}(\.\w+)?", p.name) for p in files)
    else:
        assert answer.status_code in (400, 413, 415)
        assert files == []
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("study.db")) == []


def test_an_oversize_file_is_refused_with_and_without_its_length(tmp_path):
    site = Page(tmp_path / "study.db", caps=Caps(megabytes=1))
    sent = []

    def endless():
        yield form([("a.txt", b"")])[:-10]
        while len(sent) < 400:
            sent.append(1)
            yield b"x" * 65_536

    answer = site.upload(b"x" * 1_500_000)
    assert answer.status_code == 413
    assert "超过 1 MB" in answer.json()["error"]
    assert site.post("/look", content=endless(), headers={"Content-Type": MULTIPART}).status_code == 413
    assert uploads.uploads(Shelf(site.study)) == []
    assert on_disk(tmp_path / "study.db-files") == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"x", 415),
        ("application/octet-stream", b"x", 415),
        ("application/json", b"{}", 415),
        (MULTIPART, b"junk", 400),
        (MULTIPART, form([(f"{i}.txt", b"%d" % i) for i in range(60)]), 413),
    ],
)
def test_what_is_no_form_of_files_is_refused(site, kind, body, status):
    assert site.post("/look", content=body, headers={"Content-Type": kind}).status_code == status


def test_a_form_without_the_token_stores_nothing(site, tmp_path):
    answer = site.client.post("/look", files={"files": ("a.txt", b"abc")})
    assert answer.status_code == 403
    assert not (tmp_path / "study.db-files").exists()
    answer = site.client.post("/look", files={"files": ("a.txt", b"abc")}, data={"csrf": site.app.state.csrf})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/look/{sha(b'abc')}"


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_in_place_of_the_folder_is_said_in_the_page(site, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "study.db-files").symlink_to(tmp_path / "elsewhere")
    answer = site.upload(b"abc")
    assert answer.status_code == 409
    assert "study.db-files 是链接或文件" in answer.json()["error"]
    assert on_disk(tmp_path / "elsewhere") == []


def test_several_files_the_same_file_and_removal(site):
    files = [("files", (f"{i}.txt", b"%d" % i)) for i in (1, 2, 1)]
    answer = site.post("/look", files=files, headers={"Accept": "application/json"}).json()
    assert [k["new"] for k in answer["kept"]] == [True, True, False]
    assert site.post("/look", files=files).headers["location"] == "/look"
    text = shown(site.get("/look").text)
    assert "1.txt" in text
    assert "2.txt" in text
    url = answer["kept"][0]["url"]
    assert site.post(f"{url}/remove").headers["location"] == "/look"
    assert site.get(url).status_code == 404
    assert "1.txt" not in site.get("/look").text
    assert site.get("/look/..%2f..%2fstudy.db").status_code == 404
    assert site.get(f"/look/{'0' * 64}").status_code == 404


def rows(study, query):
    db = open_study(study)
    try:
        return [tuple(r) for r in db.execute(query)]
    finally:
        db.close()


def test_a_report_goes_into_the_queue_once_and_keeps_its_name_apart(site):
    site.look(name="报告.txt")
    url = f"/look/{sha(TEXT.encode())}"
    assert "已加入 3 句，原有 0 句" in shown(site.post(f"{url}/queue", headers={"HX-Request": "true"}).text)
    assert "已加入 0 句，原有 3 句" in shown(site.post(f"{url}/queue").text)
    assert "研究里已有这份报告" in site.read(url)
    other = TEXT.replace("每周更新栏目", "每天更新栏目")
    site.look(other.encode(), "报告.txt")
    assert "已加入 3 句" in shown(site.post(f"/look/{sha(other.encode())}/queue").text)
    assert rows(site.study, "SELECT report, count(*) FROM statements WHERE retired IS NULL GROUP BY report ORDER BY report") == [
        ("报告.txt", 3),
        (f"报告.txt ({sha(other.encode())[:8]})", 3),
    ]
    assert rows(site.study, "SELECT count(*) FROM predictions") == [(6,)]
    db = open_study(site.study)
    assert check(db) == []
    db.close()
    silent = "柳泉县水利局2021年政府信息公开工作年度报告\n一、总体情况\n全年平稳。\n".encode()
    site.look(silent)
    assert "没有可编码的语句" in shown(site.post(f"/look/{sha(silent)}/queue").text)


def test_uploads_outlive_the_program(site):
    site.look()
    again = Page(site.study)
    assert "未读取" in shown(again.get("/look").text)
    assert "存在问题 2" in shown(again.read(f"/look/{sha(TEXT.encode())}"))


def test_a_file_changed_on_disk_is_not_taken_for_what_was_uploaded(site):
    site.look()
    known = upload(Shelf(site.study), sha(TEXT.encode()))
    known.path.write_bytes(TEXT.replace("一是", "十是").encode())
    assert "磁盘上的文件与上传时不同" in shown(Page(site.study).read(f"/look/{known.sha256}"))


STUB = """
import json, os, sys, time
for line in sys.stdin:
    raw = open(json.loads(line)["path"], "rb").read()
    if b"crash" in raw: os.kill(os.getpid(), 11)
    if b"hang" in raw: time.sleep(600)
    answer = json.dumps({"text": raw.decode(), "furniture": [], "grids": [], "warnings": ["doubt"]}).encode()
    sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
    sys.stdout.flush()
"""


@pytest.fixture
def stub(tmp_path, monkeypatch):
    """Readers that crash or hang on demand."""
    script = tmp_path / "stub.py"
    script.write_text(STUB, "utf-8")
    made = Pool(2, [sys.executable, str(script)])
    monkeypatch.setattr(looking, "pool", lambda: made)
    yield made
    made.close()


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for the reader is made for POSIX")
def test_a_file_that_hangs_or_crashes_keeps_nobody_waiting(stub, tmp_path):
    site = Page(tmp_path / "study.db", limits=Limits(seconds=3))
    site.look()
    site.post(f"/look/{sha(TEXT.encode())}/queue")
    hanging = site.upload(b"hang", "slow.txt").json()["kept"][0]["url"]
    assert "读取程序因它崩溃" in shown(site.look(b"crash", "bad.txt"))
    # While one file hangs and another has crashed, pages answer and further files are read.
    assert site.get("/").status_code == 200
    assert "正在读取" in shown(site.get("/look").text)
    assert "busy-box" in site.get(hanging).text
    assert "存在问题 2" in shown(site.look(TEXT.encode() + b"\n"))
    assert site.get(f"{hanging}/report.docx").status_code == 409
    assert "读取超过 3 秒，已中止" in shown(site.read(hanging))
    assert site.post(f"{hanging}/again").headers["location"] == hanging
    assert "busy-box" in site.get(hanging).text


MESSAGES = [
    "is a scan without text",
    "run with --ocr (needs gongkai[ocr] and tesseract with chi_sim)",
    "has 9 pages, more than the limit of 3",
    "raise it: --limit pages=9",
    "reading took longer than 60 s and was stopped",
    "raise the limit: --limit seconds=NUMBER, or save the report as text (.txt)",
    "reading it crashed the reader (exit -11)",
    "the file is damaged or hostile: open it and save it again, or save it as text (.txt)",
    "needs more memory than its limit",
    "raise it if you trust the file: --limit memory=MEGABYTES",
    "needs LibreOffice to read .doc",
    "install LibreOffice (libreoffice.org), or save the report as .docx",
    "an archive inside an archive is not opened",
    "unpack it and give the folder",
    "not readable as UTF-8, UTF-16, GB18030 or Big5",
    "is an old Word file (.doc), not a .docx",
    "holds no text, only pictures (2) and charts (1)",
    "no text in this page, only 3 pictures",
    "LibreOffice took longer than 54 s to read it",
    "raise the limit (--limit seconds=NUMBER), or open it in Word or LibreOffice and save it again as .docx",
    "tesseract failed: 1",
    "year: the title says 2021, the folder 2020",
    "region: 城关镇 may be of 甲省, 乙省; name the city in the folder, the file name or the metadata table",
    "not read: footnotes (3)",
    "pages left out, scans without text: 2-4",
    "the file is damaged: 2 places could not be decoded and stand as �, 0 null bytes were left out",
    "the reader does not understand it (KeyError: 7)",
]
LATIN = re.compile(r"(?<![\w.-])(?!UTF|GB18030|Big5|OCR|Word|WPS|[Ll]ibre[Oo]ffice|KeyError|tesseract)[A-Za-z]{3,}")


@pytest.mark.parametrize("message", MESSAGES)
def test_readers_messages_are_told_in_the_pages_words(message):
    assert re.search("[\u4e00-\u9fff]", told(message, "zh"))
    assert not LATIN.search(told(message, "zh"))
    assert "--" not in told(message, "zh") + told(message, "en")


def torn_docx():
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(TEXT)
    document.save(buffer)
    return buffer.getvalue()[:-900]


@pytest.mark.parametrize(
    ("content", "name", "zh", "en"),
    [
        (torn_docx(), "a.docx", ["Word 文件已损坏", "重新存为 .docx"], ["the file is a damaged Word file", "save it again as .docx"]),
        (TEXT.encode()[:-3], "a.txt", ["UTF-8 文本在一个字中间断了", "重新复制或下载"], ["the file ends inside a character", "download"]),
        (
            TEXT.encode()[:90] + TEXT.encode()[91:],
            "a.txt",
            ["在第 88 字节处断开", "重新存为 UTF-8"],
            ["the file starts like utf-8", "UTF-8"],
        ),
    ],
)
def test_a_damaged_file_is_told_in_a_sentence_with_its_cure(site, content, name, zh, en):
    for language, said in (("zh", zh), ("en", en)):
        text = shown(site.look(content, name, language))
        for part in said:
            assert part in text
        assert not re.search(r"\w+(Error|File):|BadZip", text)
    site.client.cookies.set("language", "zh")
    assert zh[0] in shown(site.get("/look").text)


def test_what_loading_has_to_say_is_said_where_a_report_is_added(site):
    for name, content in (("a.txt", TEXT), ("b.html", f"<html><body><p>{TEXT.replace(chr(10), '</p><p>')}</p></body></html>")):
        html = site.look(content.encode(), name, "zh")
        url = re.search(r'action="(/look/\w+/queue)"', html)[1]
        answer = site.post(url, headers={"HX-Request": "true"})
        assert "已加入 3 句" in shown(answer.text)
        assert ("2 份报告的文字相同而名称不同，如 a.txt 与 b.html，会重复计数" in shown(answer.text)) == (name == "b.html")


def test_sizes_are_said_as_people_say_them(site):
    site.upload(TEXT.encode() + b"\n" * 2_040_000, "a.txt")
    site.upload(TEXT.encode(), "b.txt")
    text = shown(site.get("/look").text)
    assert " 2.0 MB " in text
    assert " 1 kB " in text


def test_offsets_hold_where_halves_of_characters_came_out_of_a_font(shelf, monkeypatch):
    known, _ = put(shelf, b"x", "a.pdf")
    text = TEXT.replace("更新不及时", "更新\ud83d不及时")

    class Half:
        def extract(self, *_):
            from gongkai.read.extract import Extract

            return Extract(text)

    monkeypatch.setattr(looking, "pool", Half)
    analysis = looking.look_at(known, gongkai.load(), shelf.caps, Limits())
    assert analysis.report.text == text.replace("\ud83d", "\ufffd")
    assert analysis.warnings == ("1 characters are no text; “�” stands for them",)
    assert [c.statement.end for c in analysis.codings][-1] <= len(text)
    analysis.report.text.encode("utf-8")


def test_another_model_reads_anew_and_one_that_is_not_at_hand_only_once(shelf):
    open_study(shelf.study).close()
    known, _ = put(shelf, TEXT.encode(), "a.txt")
    desk, asked = Desk(shelf), []

    def coder():
        asked.append(1)
        return study_coder(shelf.study)

    def wait(model):
        until = time.monotonic() + 60
        while (found := desk.ask(known, model, coder)) is None and time.monotonic() < until:
            time.sleep(0.02)
        return found

    shipped = wait("").model.sha256
    assert wait(shipped).model.sha256 == shipped
    assert len(asked) == 1
    assert wait("another").model.sha256 == shipped
    assert wait("another").model.sha256 == shipped
    assert len(asked) == 2
    desk.close()

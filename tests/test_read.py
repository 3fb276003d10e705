"""Reading: the same text from every encoding, a declared failure for what is no text, and folders walked without loss."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.read import ReadError, UndecodableError, decode, endings, find, passed_over, read_all
from gongkai.records import Failure, Report

REPORT = "柳泉县青禾镇2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n一是信息更新不及时。\n"
ONE_LINE = "柳泉县青禾镇政府信息公开工作年度报告，五、存在的主要问题及改进情况：一是信息更新不及时。"
TRADITIONAL = "柳泉縣青禾鎮2021年政府信息公開工作年度報告\n五、存在的主要問題及改進情況\n一是信息更新不及時。\n"

ENCODED = [
    ("utf-8", b""),
    ("utf-8", codecs.BOM_UTF8),
    ("utf-16-le", codecs.BOM_UTF16_LE),
    ("utf-16-be", codecs.BOM_UTF16_BE),
    ("utf-16-le", b""),
    ("utf-16-be", b""),
    ("gb18030", b""),
]


@pytest.mark.parametrize(
    "text", [REPORT, REPORT.replace("\n", "\r\n"), ONE_LINE, TRADITIONAL], ids=["lf", "crlf", "one line", "traditional"]
)
@pytest.mark.parametrize(("encoding", "bom"), ENCODED)
def test_every_encoding_gives_the_same_text(text, encoding, bom):
    assert decode(bom + text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["big5", "big5hkscs"])
def test_big5(encoding):
    assert decode(TRADITIONAL.encode(encoding)) == TRADITIONAL


def test_a_long_file_is_judged_by_its_beginning_and_decoded_to_its_end():
    text = REPORT * 3000
    assert all(decode(text.encode(e)) == text for e in ("utf-8", "utf-16-le", "gb18030"))


PHRASES = (
    "信息公开", "更新不及时", "业务人员", "政务新媒体", "存在差距", "，", "。", "；", "一是", "2021年", "12条", "\n", "（一）",
    "下一步将加强培训",
)  # fmt: skip
LEVEL_1 = bytes(b for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode("gb2312")
report_like = st.lists(st.sampled_from(PHRASES) | st.text(st.sampled_from(LEVEL_1), max_size=4), max_size=40).map(
    lambda parts: "柳泉县青禾镇政府信息公开工作年度报告\n" + "".join(parts)
)


@given(report_like, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
@settings(max_examples=150, deadline=None)
def test_report_like_text_comes_back_from_every_encoding(text, encoding):
    assert decode(text.encode(encoding)) == text


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_bytes_are_text_or_a_declared_failure(raw):
    try:
        got = decode(raw)
    except UndecodableError as error:
        got = error.cure
    assert isinstance(got, str)


NO_TEXT = {
    "empty": (b"", "empty"),
    "blank": (b" \r\n\t\n", "empty"),
    "only a UTF-8 BOM": (codecs.BOM_UTF8, "empty"),
    "only a UTF-16 BOM": (codecs.BOM_UTF16_LE, "empty"),
    "blank behind a BOM": (codecs.BOM_UTF8 + b" \n", "empty"),
    "PDF": (b"%PDF-1.7\n" + REPORT.encode(), "PDF"),
    "docx": (b"PK\x03\x04\x14\x00" + b"word/document.xml", "Word"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "Word"),
    "zeros": (bytes(64), "binary"),
    "UTF-8 with zeros": (REPORT.encode()[:60] + b"\0" + REPORT.encode()[60:], "binary"),
    "UTF-8 cut in a character": (REPORT.encode()[:-3], ""),
    "UTF-8 with a stray byte": (REPORT.encode()[:60] + b"\xff" + REPORT.encode()[60:], ""),
    "GB18030 cut in a character": (REPORT.strip().encode("gb18030")[:-1], ""),
    "UTF-8 BOM, then other bytes": (codecs.BOM_UTF8 + REPORT.encode("gb18030"), "utf-8"),
    "UTF-16 BOM, odd length": (codecs.BOM_UTF16_LE + REPORT.encode("utf-16-le") + b"\x4e", "utf-16"),
    "UTF-16 without BOM, half a pair": (REPORT.encode("utf-16-le") + b"\x00\xd8", ""),
}


@pytest.mark.parametrize(("raw", "reason"), NO_TEXT.values(), ids=NO_TEXT)
def test_what_is_no_text_fails_with_a_cure(raw, reason):
    with pytest.raises(UndecodableError) as caught:
        decode(raw)
    assert reason in str(caught.value)
    assert caught.value.cure


@pytest.mark.parametrize("seed", range(10))
def test_random_bytes_fail_with_a_cure(seed):
    with pytest.raises(UndecodableError) as caught:
        decode(random.Random(seed).randbytes(400))
    assert caught.value.cure


def put(folder, *names, text=REPORT):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_read_keeps_text_id_and_source(tmp_path):
    file = put(tmp_path, "报告.txt") / "报告.txt"
    report = gongkai.read(file)
    assert (report.text, report.id, report.source) == (REPORT, "报告.txt", str(file))
    assert gongkai.read(file, "甲").id == "甲"


def test_read_names_the_endings_it_knows(tmp_path):
    with pytest.raises(ValueError, match=r"\.ofd.*\.txt.*\.docx"):
        gongkai.read(tmp_path / "a.ofd")


def test_folders_are_walked_in_a_fixed_order_without_hidden_files(tmp_path):
    put(tmp_path, "乙/丙/c.TXT", "乙/a.txt", "b.md", "a.txt", ".h.txt", ".git/x.txt", "乙/.y/z.txt", "~$a.txt", "picture.jpg", "notes.csv")
    found, failures = find([tmp_path])
    assert [f.id for f in found] == ["a.txt", "b.md", "乙/a.txt", "乙/丙/c.TXT"]
    assert failures == []


def test_a_file_given_twice_is_read_once(tmp_path):
    file = put(tmp_path, "a.txt") / "a.txt"
    assert [r.id for r in read_all([file, tmp_path, file])] == ["a.txt"]


def test_same_names_in_two_folders_are_kept_apart(tmp_path):
    put(tmp_path / "甲", "年报.txt", text="甲" + REPORT)
    put(tmp_path / "乙", "年报.txt", text="乙" + REPORT)
    reports = list(read_all([tmp_path / "甲", tmp_path / "乙"]))
    assert [r.text[0] for r in reports] == ["甲", "乙"]
    assert len({r.id for r in reports}) == 2
    assert all(r.id.endswith("年报.txt") for r in reports)


def test_ids_kept_apart_do_not_depend_on_the_machine(tmp_path):
    for place in ("here", "there"):
        put(tmp_path / place, "甲/年报.txt", "乙/年报.txt")
    here, there = ([r.id for r in read_all([tmp_path / place / "甲", tmp_path / place / "乙"])] for place in ("here", "there"))
    assert here == there


@pytest.mark.parametrize(
    ("name", "stage"),
    [("nowhere", "find"), ("nowhere.txt", "find"), ("a.ofd", "read"), ("a.rar", "read"), ("a.jpg", "read"), ("a.php", "read")],
)
def test_what_cannot_be_read_is_a_failure_with_a_cure(tmp_path, name, stage):
    if stage == "read":
        put(tmp_path, name)
    (failure,) = read_all([tmp_path / name])
    assert isinstance(failure, Failure)
    assert (failure.file, failure.stage) == (str(tmp_path / name), stage)
    assert failure.reason
    assert failure.cure


def test_a_document_in_a_folder_is_not_passed_over_in_silence(tmp_path):
    put(tmp_path, "a.txt", "扫描件.ofd")
    failure, report = sorted(read_all([tmp_path]), key=lambda item: isinstance(item, Report))
    assert failure.file.endswith("扫描件.ofd")
    assert all(ending in failure.cure for ending in endings().split())
    assert report.id == "a.txt"


def test_an_empty_folder_gives_nothing(tmp_path):
    assert list(read_all([tmp_path])) == []


@pytest.mark.parametrize("raw", [b"\0\1\2" * 30, b"", REPORT.encode("utf-16-le") + b"\x00\xd8"], ids=["binary", "empty", "half a pair"])
def test_one_bad_file_among_twenty_leaves_nineteen_reports(tmp_path, raw):
    put(tmp_path, *(f"{n:02}.txt" for n in range(20)))
    (tmp_path / "07.txt").write_bytes(raw)
    got = list(read_all([tmp_path]))
    (failure,) = (item for item in got if isinstance(item, Failure))
    assert failure.file == str(tmp_path / "07.txt")
    assert failure.cure
    assert [item.id for item in got if isinstance(item, Report)] == [f"{n:02}.txt" for n in range(20) if n != 7]


PAGE = "<!DOCTYPE html><html><body>" + "".join(f"<p>{line}</p>" for line in REPORT.splitlines()) + "</body></html>"


def test_what_is_passed_over_in_a_folder_is_counted_by_ending(tmp_path):
    put(tmp_path, "a.txt", "1.jpg", "2.JPG", "甲/3.jpg", "b.css", "metadata.csv", "甲/metadata.csv", "1.总体情况", ".hidden", "p.php")
    put(tmp_path, "leer.csv", text="")
    (tmp_path / "bild").write_bytes(b"\x89PNG" + bytes(40))
    (tmp_path / "daten").write_bytes(bytes(range(256)))
    found, failures = find([tmp_path])
    assert [f.id for f in found] == ["a.txt"]
    assert failures == []
    assert passed_over([tmp_path]) == {".jpg": 3, ".css": 1, ".csv": 2, ".总体情况": 1, ".php": 1, "without an ending": 2}


@pytest.mark.parametrize("name", ["a.eml", "a.tsv", "a.json", "a.caj", "a.uot", "a.webarchive"])
def test_further_documents_are_failures_in_a_folder(tmp_path, name):
    put(tmp_path, name)
    (failure,) = read_all([tmp_path])
    assert failure.file.endswith(name)


def test_the_output_of_a_run_is_no_report(tmp_path):
    put(tmp_path, "out/run.json", text='{\n "program": "gongkai"}')
    put(tmp_path, "out/index.html", "index.html", text=PAGE)
    found, failures = find([tmp_path])
    assert ([f.id for f in found], failures) == (["index.html"], [])
    assert passed_over([tmp_path]) == {".html": 1, ".json": 1}


@pytest.mark.parametrize("ending", [".aspx", ".jsp", ".php", ".do", ".action", ""])
def test_pages_under_the_ending_of_a_server_are_read(tmp_path, ending):
    put(tmp_path, f"年报{ending}", text=PAGE)
    (report,) = read_all([tmp_path])
    assert report.id == f"年报{ending}"
    assert "信息更新不及时" in report.text
    assert "<p>" not in report.text
    assert gongkai.read(tmp_path / f"年报{ending}").text == report.text


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("size", [1, 3001])
def test_a_text_without_an_ending_is_read(tmp_path, encoding, size):
    (tmp_path / "年报").write_bytes((REPORT * size).encode(encoding))
    (report,) = read_all([tmp_path])
    assert (report.id, report.text) == ("年报", REPORT * size)


def test_program_text_is_no_page(tmp_path):
    put(tmp_path, "a.php", text="<?php echo 1 ?>" + PAGE)
    assert find([tmp_path]) == ([], [])


def test_links(tmp_path):
    put(tmp_path, "乙.txt", "别处/丙.txt")
    try:
        (tmp_path / "a链接.txt").symlink_to(tmp_path / "乙.txt")
    except OSError:
        pytest.skip("needs a file system with symbolic links")
    (tmp_path / "b断.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "c夹").symlink_to(tmp_path / "别处")
    (tmp_path / "甲").mkdir()
    (tmp_path / "甲" / "d.txt").symlink_to(tmp_path / "别处" / "丙.txt")
    found, failures = find([tmp_path])
    assert [f.id for f in found] == ["乙.txt", "别处/丙.txt"]
    assert [(f.file, f.stage) for f in failures] == [(str(tmp_path / "b断.txt"), "find")]
    assert passed_over([tmp_path]) == {"link to a folder": 1}
    assert [f.id for f in find([tmp_path / "甲"])[0]] == ["d.txt"]


def test_an_error_of_read_names_file_and_cure(tmp_path):
    file = tmp_path / "a.docx"
    file.write_bytes(b"PK\x03\x04broken")
    with pytest.raises(ReadError) as caught:
        gongkai.read(file)
    assert str(caught.value) == f"{file}: {caught.value.reason}; {caught.value.cure}"
    (failure,) = read_all([file])
    assert (failure.reason, failure.cure) == (caught.value.reason, caught.value.cure)
    (tmp_path / "b.txt").write_bytes(b"")
    with pytest.raises(UndecodableError, match=r"b\.txt: .*empty.*; "):
        gongkai.read(tmp_path / "b.txt")

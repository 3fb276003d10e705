"""Reading in worker processes, archives, tables of texts, limits: what fails costs only itself and says why."""

from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import gongkai
from gongkai.describe import metadata_rows
from gongkai.read import Limits, ReadError, Reading, endings, find, passed_over, read_all
from gongkai.read.limits import LimitError, limits_from
from gongkai.read.pool import Pool
from gongkai.read.sniff import kind_of
from gongkai.records import Failure, Report

REPORT = "柳泉县青禾镇2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n一是信息更新不及时。\n"
PAGE = "<html><head><meta charset=utf-8></head><body>" + "".join(f"<p>{line}</p>" for line in REPORT.splitlines()) + "</body></html>"

SNIFFED = [
    (REPORT.encode(), ".txt", "text"),
    (REPORT.encode(), ".doc", "text"),
    (REPORT.encode("gb18030"), ".wps", "text"),
    (PAGE.encode(), ".doc", "html"),
    (PAGE.encode("utf-16"), ".txt", "html"),
    (b"\xef\xbb\xbf" + PAGE.encode(), ".txt", "html"),
    (b"# <b>a</b>", ".md", "text"),
    (b"%PDF-1.7", ".txt", "pdf"),
    (b"\n\n%PDF-1.4", ".doc", "pdf"),
    (b"{\\rtf1", ".doc", "office"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), ".docx", "office"),
    (b"MIME-Version: 1.0\nContent-Type: multipart/related", ".doc", "mht"),
    (b"PK\x03\x04broken", ".docx", "word"),
    (b"PK\x03\x04broken", ".zip", "archive"),
]


@pytest.mark.parametrize(("raw", "ending", "kind"), SNIFFED)
def test_files_are_known_by_their_bytes(raw, ending, kind):
    assert kind_of(raw, ending)[0] == kind


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"Rar!\x1a", b"\x1f\x8b\x08"])
def test_pictures_and_other_archives_are_refused_with_a_cure(raw):
    with pytest.raises(ReadError) as caught:
        kind_of(raw, ".doc")
    assert caught.value.cure


def test_text_under_another_name_is_read(tmp_path):
    (tmp_path / "年报.doc").write_bytes(REPORT.encode("gb18030"))
    assert gongkai.read(tmp_path / "年报.doc").text == REPORT


STUB = """
import json, sys, time, os
for line in sys.stdin.buffer:
    name = json.loads(line)["path"]
    if "crash" in name: os.kill(os.getpid(), 11)
    if "hang" in name: time.sleep(600)
    if "half" in name: sys.stdout.buffer.write((99).to_bytes(8, "big") + b"{"); sys.stdout.buffer.flush(); os._exit(0)
    answer = json.dumps({"text": name, "furniture": [[0, 1]], "grids": [[[0, 1, 2, 3, 4, 5]]], "warnings": ["w"]}).encode()
    sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer); sys.stdout.buffer.flush()
"""


@pytest.fixture
def stub(tmp_path):
    """A pool of one worker that does as the file's name says."""
    script = tmp_path / "stub.py"
    script.write_text(STUB)
    made = Pool(1, [sys.executable, str(script)])
    yield made
    made.close()


@pytest.mark.parametrize(("name", "reason"), [("crash", "crashed"), ("hang", "longer than 1 s"), ("half", "crashed")])
def test_a_reader_that_crashes_or_hangs_costs_one_file(stub, name, reason):
    limits = Limits(seconds=1)
    assert stub.extract("a", None, Limits()).text.endswith("a")
    with pytest.raises(ReadError, match=reason) as caught:
        stub.extract(name, None, limits)
    assert caught.value.cure
    after = stub.extract("b", None, Limits())
    assert (after.text[-1], after.furniture, after.warnings) == ("b", ((0, 1),), ("w",))
    assert after.grids[0].cells[0].columns == 5


def test_what_a_worker_started_ends_with_it(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        f"import subprocess, sys, time\nsys.stdin.readline()\nsubprocess.Popen([sys.executable, '-c', \"import time; "
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(__import__('os').getpid())); time.sleep(600)\"])\ntime.sleep(600)\n"
    )
    with pytest.raises(ReadError, match="longer"):
        Pool(1, [sys.executable, str(script)]).extract("a", None, Limits(seconds=2))
    child = int((tmp_path / "pid").read_text())
    for _ in range(50):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the child process goes on")


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, raw in members.items():
            packed.writestr(name, raw)
    return path


def test_archives_count_as_folders(tmp_path):
    archive(
        tmp_path / "青禾镇.zip", {"2021/年报.txt": REPORT.encode(), "2020.html": PAGE.encode(), "图.jpg": b"", "__MACOSX/._a.txt": b"x"}
    )
    (tmp_path / "b.txt").write_text(REPORT, "utf-8")
    got = list(read_all([tmp_path]))
    assert [r.id for r in got if isinstance(r, Report)] == ["b.txt", "青禾镇.zip/2021/年报.txt", "青禾镇.zip/2020.html"]
    assert all("信息更新不及时" in r.text for r in got if isinstance(r, Report))
    assert got[1].source == f"{tmp_path / '青禾镇.zip'}/2021/年报.txt"


def test_names_packed_in_gb18030_are_readable(tmp_path):
    path = archive(tmp_path / "a.zip", {"AA.txt": REPORT.encode()})
    # As packed by a program that knows no UTF-8 names.
    path.write_bytes(path.read_bytes().replace(b"AA.txt", "甲".encode("gb18030") + b".txt"))
    assert [r.id for r in read_all([path])] == ["a.zip/甲.txt"]


def test_a_name_that_stands_twice_in_an_archive_is_said(tmp_path):
    path = archive(tmp_path / "a.zip", {"a.txt": REPORT.encode(), "b.txt": b"x"})
    path.write_bytes(path.read_bytes().replace(b"b.txt", b"a.txt"))
    failure, report = sorted(read_all([path]), key=lambda item: isinstance(item, Report))
    assert "twice" in failure.reason
    assert report.text == REPORT


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"PK\x03\x04" + bytes(40), "damaged"), (b"", "damaged")],
)
def test_a_damaged_archive_is_one_failure(tmp_path, raw, reason):
    (tmp_path / "a.zip").write_bytes(raw)
    (tmp_path / "b.txt").write_text(REPORT, "utf-8")
    failure, report = sorted(read_all([tmp_path]), key=lambda item: isinstance(item, Report))
    assert reason in failure.reason
    assert report.id == "b.txt"


def test_what_an_archive_may_not_hold_is_named(tmp_path):
    inner = archive(tmp_path / "inner.zip", {"a.txt": REPORT.encode()}).read_bytes()
    (tmp_path / "inner.zip").unlink()
    archive(tmp_path / "a.zip", {"x.zip": inner, "y.rar": b"Rar!", "../../z.txt": REPORT.encode()})
    got = list(read_all([tmp_path]))
    assert sorted(Path(f.file).name for f in got if isinstance(f, Failure)) == ["x.zip", "y.rar"]
    assert [r.id for r in got if isinstance(r, Report)] == ["a.zip/z.txt"]


def test_a_member_that_unpacks_past_the_limit_fails_alone(tmp_path):
    archive(tmp_path / "a.zip", {"bomb.txt": bytes(3_000_000), "good.txt": REPORT.encode()})
    got = list(read_all([tmp_path], Reading(Limits(megabytes=1))))
    assert [f.reason for f in got if isinstance(f, Failure)] == ["unpacks to more than 1 MB"]
    assert [r.id for r in got if isinstance(r, Report)] == ["a.zip/good.txt"]


ROWS = [
    {"id": "甲", "正文": REPORT, "year": 2021, "机关": "柳泉县青禾镇", "score": 3},
    {"id": "乙", "正文": ""},
    {"id": "甲", "正文": "二" + REPORT},
]


def write_rows(path: Path, rows=ROWS, encoding="utf-8") -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding)
    elif path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False, encoding=encoding)
    else:
        pd.DataFrame(rows).to_parquet(path)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_tables_give_a_report_a_row(tmp_path, name):
    got = list(read_all([write_rows(tmp_path / name)]))
    first, empty, again = got
    assert (first.id, first.text, first.source) == ("甲", REPORT, f"{tmp_path / name}#1")
    assert first.metadata["body"] == "柳泉县青禾镇"
    assert int(float(first.metadata["year"])) == 2021
    assert (empty.file, empty.stage) == (f"{tmp_path / name}#2", "read")
    assert (again.id, again.text) == (f"{name}#3", "二" + REPORT)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_tables_of_any_encoding(tmp_path, encoding):
    assert next(read_all([write_rows(tmp_path / "a.csv", encoding=encoding)])).text == REPORT


def test_what_a_row_says_reaches_the_analysis(tmp_path):
    frame = gongkai.analyse_corpus(write_rows(tmp_path / "a.jsonl"))
    assert set(frame["report"]) == {"甲", "a.jsonl#3"}
    assert frame["score"].iloc[0] == 3
    assert frame["body"].iloc[0] == "柳泉县青禾镇"
    assert [f.file for f in frame.attrs["failures"]] == [f"{tmp_path / 'a.jsonl'}#2"]


def test_long_cells_and_broken_lines(tmp_path):
    long = REPORT + "五" * 200_000
    write_rows(tmp_path / "a.csv", [{"id": 1, "text": long}])
    assert next(read_all([tmp_path / "a.csv"])).text == long
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": REPORT}) + "\n{broken\n[1]\n" + json.dumps({"text": REPORT}) + "\n", "utf-8")
    got = list(read_all([tmp_path / "b.jsonl"]))
    assert [isinstance(item, Report) for item in got] == [True, False, False, True]


def test_the_text_column_may_be_named(tmp_path):
    write_rows(tmp_path / "a.csv", [{"编号": "x", "材料": REPORT}])
    (failure,) = read_all([tmp_path / "a.csv"])
    assert "材料" in failure.reason
    assert "--text-column" in failure.cure
    (report,) = read_all([tmp_path / "a.csv"], Reading(text_column="材料"))
    assert report.id == "x"


def test_tables_beside_reports_that_hold_no_texts_are_left_alone(tmp_path):
    (tmp_path / "a.txt").write_text(REPORT, "utf-8")
    (tmp_path / "metadata.csv").write_text("report,year\na.txt,2020\n", "utf-8")
    write_rows(tmp_path / "b.parquet", [{"kind": "problems", "start": 0, "end": 1, "text": "x"}])
    write_rows(tmp_path / "c.jsonl", [{"text": "三" + REPORT}])
    assert [r.id for r in read_all([tmp_path])] == ["a.txt", "c.jsonl#1"]
    (failure,) = read_all([tmp_path / "b.parquet"])
    assert "table of sections or statements" in failure.reason


@pytest.mark.parametrize("name", ["cut.parquet", "b.csv", "b.jsonl"])
def test_a_damaged_table_among_reports_is_a_failure(tmp_path, name):
    rows = [{"id": str(n), "text": REPORT} for n in range(30)]
    raw = write_rows(tmp_path / name, rows).read_bytes()
    (tmp_path / name).write_bytes(raw[: len(raw) // 2] if name == "cut.parquet" else b"\xff\x00\x81" + bytes(range(256)) * 9)
    (tmp_path / "a.txt").write_text(REPORT, "utf-8")
    (failure,) = (r for r in read_all([tmp_path]) if isinstance(r, Failure))
    assert Path(failure.file).name == name
    assert failure.cure
    assert passed_over([tmp_path]) == {}


def test_a_table_of_statements_among_reports_is_no_report(tmp_path):
    (tmp_path / "a.txt").write_text("五、存在的问题\n一是更新慢。", "utf-8")
    (tmp_path / "statements.csv").write_text("report,start,end,text,role\na.txt,8,14,一是更新慢。,problem\n", "utf-8")
    found, failures = find([tmp_path])
    assert ([f.id for f in found], failures, passed_over([tmp_path])) == (["a.txt"], [], {".csv": 1})


def test_two_tables_that_number_alike_are_kept_apart(tmp_path):
    for name in ("a.jsonl", "b.jsonl"):
        write_rows(tmp_path / name, [{"id": "1", "text": REPORT}])
    assert [r.id for r in read_all([tmp_path])] == ["1", "b.jsonl#1"]


def test_limits_are_settings(tmp_path):
    (tmp_path / "a.txt").write_text(REPORT * 20_000, "utf-8")
    (failure,) = read_all([tmp_path], Reading(Limits(megabytes=1)))
    assert "limit of 1 MB" in failure.reason
    assert "--limit megabytes=" in failure.cure
    assert limits_from(["pages=3", "seconds=9"]) == Limits(pages=3, seconds=9)


@pytest.mark.parametrize("setting", ["pages", "pages=", "pages=-1", "pages=0", "page=3", "pages=x"])
def test_limits_that_are_none(setting, run):
    with pytest.raises(LimitError):
        limits_from([setting])
    code, _, err = run("tag", "x.txt", "-o", "y.csv", "--limit", setting)
    assert code == 2
    assert "limit" in err


def test_a_saved_page_is_read_without_the_folder_beside_it(tmp_path):
    (tmp_path / "年报.html").write_text(PAGE, "utf-8")
    (tmp_path / "年报_files").mkdir()
    (tmp_path / "年报_files" / "ad.html").write_text(PAGE, "utf-8")
    assert [r.id for r in read_all([tmp_path])] == ["年报.html"]


def test_read_refuses_what_holds_many_reports(tmp_path):
    for path in (archive(tmp_path / "a.zip", {}), write_rows(tmp_path / "a.csv")):
        with pytest.raises(ValueError, match="many reports"):
            gongkai.read(path)


def test_one_bad_file_of_each_kind_among_good_ones(tmp_path):
    for ending in endings().split():
        (tmp_path / f"bad{ending}").write_bytes(os.urandom(300))
    for n in range(5):
        (tmp_path / f"{n}.txt").write_text(REPORT, "utf-8")
    got = list(read_all([tmp_path]))
    assert [r.id for r in got if isinstance(r, Report)] == [f"{n}.txt" for n in range(5)]
    assert all(f.cure and f.stage == "read" for f in got if isinstance(f, Failure))


def test_failures_are_rows_of_the_folder(tmp_path, run):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(REPORT, "utf-8")
    (tmp_path / "in" / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    code, _, err = run("report", tmp_path / "in", "-o", tmp_path / "out")
    assert code == 3
    rows = pd.read_parquet(tmp_path / "out" / "failures.parquet")
    assert list(rows) == ["file", "stage", "reason", "cure"]
    assert rows["file"].tolist() == [str(tmp_path / "in" / "b.pdf")]
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["failures"][0]["file"] == rows["file"][0]
    assert "b.pdf" in err


def test_the_tables_command_writes_cells_and_checks(tmp_path, run, sample):
    code, _, err = run("tables", sample, "-o", "t.csv", "--checks", "c.jsonl")
    assert code == 0
    cells = pd.read_csv(tmp_path / "t.csv", encoding="utf-8-sig")
    assert list(cells) == ["report", "table", "row", "column", "value", "raw", "start", "end"]
    checks = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text("utf-8").splitlines()]
    assert {"report", "check", "message", "places"} <= set(checks[0])
    assert "x missing" in err
    assert run("tables", sample, "-o", "t.csv")[0] == 2


@pytest.mark.parametrize("year", [2021, 2021.0, "2021", "2021.0", "2021年", "2021年度", "二〇二一", "二〇二一年", "２０２１", " 2021 "])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_years_of_rows_are_read_however_they_are_written(tmp_path, name, year):
    write_rows(tmp_path / name, [{"id": "甲", "text": REPORT.replace("2021", "2019"), "年份": year}])
    frame = gongkai.analyse_corpus(tmp_path / name)
    assert frame.attrs["failures"] == []
    assert frame["year"].tolist() == [2021]


@pytest.mark.parametrize("year", [True, 1, 99999, 2021.5, "去年", "inf", "21", "1989", [2021]])
def test_a_year_that_is_none_is_left_out_with_a_warning(tmp_path, year):
    (report,) = read_all([write_rows(tmp_path / "a.jsonl", [{"text": REPORT, "year": year}])])
    assert "year" not in report.metadata
    assert str(year) in report.warnings[0]
    assert "2021" in report.warnings[0]
    assert gongkai.analyse_corpus(tmp_path / "a.jsonl")["year"].tolist() == [2021]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_parted_by_other_marks(tmp_path, mark):
    pd.DataFrame([{"编号": "甲", "正文": REPORT, "year": 2020}]).to_csv(tmp_path / "a.csv", index=False, sep=mark)
    (report,) = read_all([tmp_path])
    assert (report.id, report.text, report.metadata["year"]) == ("甲", REPORT, 2020)


def test_rows_with_lists_dates_and_too_many_cells(tmp_path):
    (report,) = read_all([write_rows(tmp_path / "a.jsonl", [{"text": REPORT, "标签": ["甲", 1], "level": 3, "n": float("nan")}])])
    assert dict(report.metadata) == {"标签": '["甲", 1]', "level": "3"}
    (tmp_path / "b.csv").write_text('text,n\n"柳泉县",1,2\n', "utf-8")
    (report,) = read_all([tmp_path / "b.csv"])
    assert "more cells" in report.warnings[0]


def test_a_table_without_texts_says_so(tmp_path):
    (failure,) = read_all([write_rows(tmp_path / "a.csv", [{"编号": "x", "材料": REPORT}])])
    assert "has no column of texts" in failure.reason


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_packed_without_saying_how_are_readable(tmp_path, encoding):
    raw = "柳泉县青禾镇年报".encode(encoding)
    path = archive(tmp_path / "a.zip", {f"{'A' * len(raw)}.txt": REPORT.encode()})
    path.write_bytes(path.read_bytes().replace(b"A" * len(raw), raw))
    assert [r.id for r in read_all([path])] == ["a.zip/柳泉县青禾镇年报.txt"]


def test_tables_inside_archives(tmp_path):
    texts = write_rows(tmp_path / "t.jsonl", [{"text": REPORT}]).read_bytes()
    parquet = write_rows(tmp_path / "t.parquet", [{"n": 1}]).read_bytes()
    members = {"甲/a.txt": REPORT.encode(), "甲/metadata.csv": "report;year;人口\na;2018;12\nz;2018;1\n".encode(), "b.txt": REPORT.encode()}
    path = archive(tmp_path / "a.zip", members | {"t.jsonl": texts, "n.parquet": parquet, "leer.csv": b"", "图.jpg": b"x"})
    found, failures = find([path])
    assert [(Path(f.file).name, f.cure) for f in failures] == [("t.jsonl", "unpack it")]
    assert passed_over([path]) == {".parquet": 1, ".csv": 1, ".jpg": 1}
    rows, strays = metadata_rows(found)
    assert {id: (row["year"], row["人口"]) for id, row in rows.items()} == {"a.zip/甲/a.txt": (2018, "12")}
    assert strays == ["z"]


def test_the_table_beside_an_archive_wins_over_the_one_inside(tmp_path):
    archive(tmp_path / "a.zip", {"a.txt": REPORT.encode(), "b.txt": REPORT.encode(), "metadata.csv": b"report,region\na,x\nb,x\n"})
    (tmp_path / "metadata.csv").write_text("report,region\na.zip/a.txt,y\n", "utf-8")
    rows, _ = metadata_rows(find([tmp_path])[0])
    assert {id: row["region"] for id, row in rows.items()} == {"a.zip/a.txt": "y", "a.zip/b.txt": "x"}


def test_pages_and_files_without_an_ending_inside_archives(tmp_path):
    members = {"a.aspx": PAGE.encode(), "b": REPORT.encode(), "c.php": b"<?php", "d": bytes(99)}
    assert [r.id for r in read_all([archive(tmp_path / "a.zip", members)])] == ["a.zip/a.aspx", "a.zip/b"]
    assert passed_over([tmp_path]) == {".php": 1, "without an ending": 1}


def test_a_word_file_named_as_an_archive_is_one_report(tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document()
    for line in REPORT.splitlines():
        document.add_paragraph(line)
    document.save(tmp_path / "年报.zip")
    (report,) = read_all([tmp_path])
    assert (report.id, report.text) == ("年报.zip", REPORT)
    assert gongkai.read(tmp_path / "年报.zip").text == REPORT


@pytest.mark.parametrize(("folder", "word"), [("xl", "Excel"), ("ppt", "PowerPoint")])
def test_other_office_files_named_as_archives_are_one_failure(tmp_path, folder, word):
    (failure,) = read_all([archive(tmp_path / "a.zip", {"[Content_Types].xml": b"<Types/>", f"{folder}/a.xml": b"<a/>", "b.txt": b"x"})])
    assert word in failure.reason
    assert failure.cure


def test_a_limit_that_is_no_whole_number_is_told_so(run):
    code, _, err = run("tag", "x.txt", "-o", "y.csv", "--limit", "seconds=0.5")
    assert code == 2
    assert "whole number" in err

"""A corpus on disk: the same bytes whatever the way there, only what changed done anew, and every end said with its cure."""

import contextlib
import csv
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import gongkai
from gongkai import engines
from gongkai.corpus import CorpusError
from gongkai.parts import COLUMNS, TABLES
from gongkai.read import Limits, Reading, walk

WORDS = ("信息更新不及时", "公开内容不够全面", "解读形式单一", "业务人员能力不足", "平台建设滞后", "依申请公开答复不规范")


def text(n):
    told = "\n".join(f"（{k}）{WORDS[(n + k) % len(WORDS)]}，群众知晓率有待提高。" for k in range(1 + n % 3))
    return f"""柳泉县青禾{n}镇{2020 + n % 3}年政府信息公开工作年度报告
一、总体情况
较好。
二、主动公开政府信息情况
信息内容\t本年处理决定数量
行政许可\t{n}
五、存在的主要问题及改进情况
{told}
下一步将加强业务培训。
"""


def fill(folder, numbers):
    folder.mkdir(parents=True, exist_ok=True)
    for n in numbers:
        (folder / f"青禾{n:02d}.txt").write_text(text(n), "utf-8")
    return folder


def write(source, out, **how):
    return gongkai.write_corpus(source, out, **{"workers": 1, "chunk": 3, "tables": False, **how})


def held(folder):
    """The bytes of a data set by name, and when each file was written."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock"]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Reports and a data set made of them, for each test to have its own."""
    place = tmp_path_factory.mktemp("base")
    with contextlib.chdir(place):
        write(fill(Path("reports"), range(14)), Path("set"))
    return place


@pytest.fixture
def source(base, tmp_path, monkeypatch):
    # A result tells where its reports were: from the same place, the bytes are the same.
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(base / "reports", "reports"))


@pytest.fixture
def out(source, base):
    return Path(shutil.copytree(base / "set", "set"))


def fresh(source, **how):
    write(source, Path("fresh"), **how)
    return held(Path("fresh"))


def test_the_tables_are_those_of_the_other_doors(source, out):
    found, rows = gongkai.open_corpus(out), gongkai.analyse_corpus(source)
    assert (len(found), found.run["counts"]["statements"]) == (14, len(rows))
    told = found.statements()
    assert list(told) == list(rows)
    for column in set(rows) - {"path", "themes", "theme_scores", "evidence"}:
        assert told[column].fillna("").tolist() == rows[column].fillna("").tolist(), column
    assert [list(t) for t in told["themes"]] == list(rows["themes"])
    assert [{s["code"]: s["score"] for s in c} for c in told["theme_scores"]] == list(rows["theme_scores"])
    assert [[dict(e) for e in c] for c in told["evidence"]] == list(rows["evidence"])
    assert found.sections()["report"].nunique() == len(found.reports()) == 14


def test_statutory_tables_are_read_where_they_are_wanted(source, out):
    assert gongkai.open_corpus(out).tables().empty
    write(source, out, tables=True, resume=True)
    cells = gongkai.open_corpus(out).tables()
    assert cells[cells["row"] == "licences"]["value"].dropna().tolist() == [*range(14)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 3])
def test_workers_change_no_byte(source, out, workers):
    assert fresh(source, workers=workers) == held(out)


def test_unchanged_input_is_kept(source, out):
    before, times = held(out), {p: p.stat().st_mtime_ns for p in out.rglob("*.parquet") if p.stem != "listing"}
    assert write(source, out, resume=True).coded == 0
    assert held(out) == before
    assert {p: p.stat().st_mtime_ns for p in times} == times


def changed(source):
    (source / "青禾03.txt").write_text(text(30), "utf-8")


def removed(source):
    (source / "青禾05.txt").unlink()


def added(source):
    fill(source, [90])
    (source / "000.txt").write_text(text(91), "utf-8")


def renamed(source):
    (source / "青禾07.txt").rename(source / "青禾77.txt")


def described(source):
    (source / "metadata.csv").write_text("report,body,year,area\n青禾04,云渚市柳泉镇,2020,east\n", "utf-8")


@pytest.mark.parametrize("change", [changed, removed, added, renamed, described])
def test_a_change_costs_its_own_chunk(source, out, change):
    change(source)
    again = write(source, out, resume=True)
    assert held(out) == fresh(source)
    assert again.kept > 0 < again.coded


@pytest.mark.parametrize("how", [{"tables": True}, {"chunk": 4}, {"reading": Reading(Limits(pages=9))}], ids=["tables", "chunk", "limits"])
def test_another_way_of_reading_does_all_anew(source, out, how):
    assert write(source, out, resume=True, **how).kept == 0


@pytest.mark.slow
def test_another_model_does_all_anew(source, out):
    gongkai.save(gongkai.load(), "model", {"note": "the same weights, another model"})
    before = gongkai.open_corpus(out).statements()
    assert write(source, out, resume=True, coder=Path("model")).kept == 0
    assert write(source, out, resume=True, coder="model").coded == 0
    gongkai.save(gongkai.load(), "plain")
    assert write(source, out, resume=True, coder=gongkai.load()).kept == 0
    assert write(source, out, resume=True, coder="plain").coded == 0
    assert gongkai.open_corpus(out).statements().equals(before)


def damaged(part):
    part.write_bytes(part.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("how", [damaged, lambda part: part.unlink(), lambda part: part.write_bytes(b"")], ids=["bits", "gone", "torn"])
@pytest.mark.parametrize("what", ["statements/*.parquet", ".gongkai/chunks/*.json"])
def test_what_is_damaged_is_done_anew(source, out, what, how):
    before = held(out)
    how(sorted(out.glob(what))[0])
    assert write(source, out, resume=True).coded == 1
    assert held(out) == before


def test_leftovers_of_an_ended_run_are_taken_away_and_other_files_left(source, out):
    before = held(out)
    for name in ("statements/" + "0" * 32 + ".parquet", "reports/." + "a" * 32 + ".parquet.x1y2", ".gongkai/chunks/" + "b" * 32 + ".json"):
        (out / name).write_text("left behind")
    (out / "statements" / "mine.txt").write_text("mine")
    write(source, out, resume=True)
    assert held(out) == {**before, "statements/mine.txt": b"mine"}


def test_a_file_that_fails_is_told_and_the_others_go_on(source, run):
    (source / "坏.pdf").write_bytes(b"%PDF-1.7 nothing")
    (source / "空.docx").write_bytes(b"PK\x03\x04")
    (source / "表.xlsx").write_bytes(b"PK")
    out = Path("other")
    code, said, errors = run("corpus", source, "-o", out, "--workers", 1, "--no-tables")
    assert code == 3
    assert said.strip() == str(out)
    assert "坏.pdf: read: " in errors
    assert "14 done, 3 failed" in errors
    told = gongkai.open_corpus(out).failures()
    assert sorted(p.rpartition("/")[2] for p in told["file"]) == sorted(["坏.pdf", "空.docx", "表.xlsx"])
    assert told["cure"].str.len().gt(0).all()
    assert len(json.loads((out / "run.json").read_text("utf-8"))["failures"]) == 3


def test_a_file_mended_is_read(source, out):
    (source / "坏.docx").write_bytes(b"PK\x03\x04")
    assert write(source, out, resume=True).failed == 1
    (source / "坏.docx").write_text(text(40), "utf-8")
    again = write(source, out, resume=True)
    assert (again.failed, again.reports) == (0, 15)


def in_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for n in range(6):
            archive.writestr(f"folder/{n}.txt", text(n))
        archive.writestr("folder/metadata.csv", "report,area\n3,east\n")
    return tmp_path / "packed.zip", [f"packed.zip/folder/{n}.txt" for n in range(6)]


def in_jsonl(tmp_path):
    rows = [{"id": f"r{n}", "text": text(n), "area": "east" if n == 3 else None, "size": n} for n in range(6)]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return tmp_path / "rows.jsonl", [f"r{n}" for n in range(6)]


def in_parquet(tmp_path):
    rows = {"report": [f"r{n}" for n in range(6)], "text": [text(n) for n in range(6)], "area": [None, None, None, "east", None, None]}
    pd.DataFrame(rows).to_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet", rows["report"]


def in_csv(tmp_path):
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["id", "text", "area"])
        lines.writerows([f"r{n}", text(n), "east" if n == 3 else ""] for n in range(6))
    return tmp_path / "rows.csv", [f"r{n}" for n in range(6)]


def in_word(tmp_path):
    folder = tmp_path / "word"
    folder.mkdir()
    for n in range(6):
        document = docx.Document()
        for line in text(n).splitlines():
            document.add_paragraph(line)
        document.save(folder / f"{n}.docx")
    (folder / "metadata.csv").write_text("report,area\n3,east\n", "utf-8")
    return folder, [f"{n}.docx" for n in range(6)]


@pytest.mark.parametrize("form", [in_zip, in_jsonl, in_parquet, in_csv, in_word])
def test_texts_come_in_any_form_with_what_is_said_of_them(tmp_path, form):
    given, ids = form(tmp_path)
    out = tmp_path / "set"
    write(given, out)
    told = gongkai.open_corpus(out).reports()
    assert list(told["report"]) == ids
    assert list(told["area"].fillna("")) == ["", "", "", "east", "", ""]
    assert list(told["body"]) == [f"柳泉县青禾{n}镇" for n in range(6)]
    before = held(out)
    assert write(given, out, resume=True).coded == 0
    assert held(out) == before


def test_rows_of_one_id_in_two_tables_stay_apart(tmp_path):
    given, _ = in_jsonl(tmp_path)
    (tmp_path / "more").mkdir()
    other, _ = in_jsonl(tmp_path / "more")
    write([given, other], tmp_path / "set")
    ids = gongkai.open_corpus(tmp_path / "set").reports()["report"]
    assert ids.is_unique
    assert len(ids) == 12


def test_a_row_with_half_a_character_is_a_failure(tmp_path):
    rows = [{"id": "a", "text": text(1)}, {"id": "b", "text": "公开\ud800"}]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    done = write(tmp_path / "rows.jsonl", tmp_path / "set")
    assert (done.reports, [f.reason for f in done.failures]) == (1, ["holds half a character (a lone surrogate)"])


def test_a_row_of_nothing_but_what_gongkai_reads_adds_no_columns(tmp_path):
    rows = [{"id": "a", "text": text(1), "body": "柳泉县"}, {"id": "b", "text": text(2), "body": "临沚县", "year": 2021, "人口": 3}]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    write(tmp_path / "rows.jsonl", tmp_path / "set")
    assert gongkai.open_corpus(tmp_path / "set").run["further_columns"] == ["人口"]


def test_doubts_are_counted_and_told(tmp_path, run):
    rows = [{"id": "a", "text": text(1), "year": "二〇二二x"}, {"id": "b", "text": text(2)}]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), "utf-8")
    code, _, errors = run("corpus", "rows.jsonl", "-o", "set", "--workers", 1, "--no-tables")
    told = gongkai.open_corpus(tmp_path / "set")
    doubted = told.reports()["warnings"].map(len) > 0
    assert (code, told.run["counts"]["doubtful"]) == (0, doubted.sum())
    assert f"{doubted.sum()} reports have something doubtful" in errors
    assert "二〇二二x" in told.reports()["warnings"][0][0]


def test_metadata_win_and_rows_without_a_report_are_told(source, out, run):
    Path("told.csv").write_text("report,body,level,text_sha256\n青禾01,云渚市,市,x\nnone,a,b,c\n", "utf-8")
    code, _, errors = run("corpus", source, "-o", out, "--force", "--metadata", "told.csv", "--workers", 1, "--no-tables")
    assert code == 0
    assert "the metadata table names 'none'" in errors
    row = gongkai.open_corpus(out).reports().set_index("report").loc["青禾01.txt"]
    assert (row["body"], row["level"], row["text_sha256_given"]) == ("云渚市", "市", "x")


@pytest.mark.parametrize("command", [("corpus", "--workers", 1, "--no-tables"), ("tag",)])
def test_rows_without_a_report_are_told_up_to_five(tmp_path, run, command):
    fill(tmp_path / "in", [1])
    (tmp_path / "told.csv").write_text("report,body\n" + "".join(f"none{n},a\n" for n in range(7)), "utf-8")
    out = tmp_path / ("set" if command[0] == "corpus" else "rows.jsonl")
    code, _, errors = run(command[0], tmp_path / "in", "-o", out, "--metadata", tmp_path / "told.csv", *command[1:])
    notes = [line.removeprefix("gongkai: note: ") for line in errors.splitlines()]
    assert code == 0
    assert notes[:-1] == [f"the metadata table names 'none{n}', which is not among the reports" for n in range(5)]
    assert notes[-1] == "and 2 further rows of the metadata table"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda out: (out.mkdir(), (out / "diary.txt").write_text("mine")), "holds diary.txt"),
        (lambda out: out.write_text("mine"), "is a file"),
    ],
)
@pytest.mark.parametrize("option", [(), ("--resume",), ("--force",)])
def test_a_folder_of_others_is_refused(source, run, make, words, option):
    out = Path("other")
    make(out)
    code, _, errors = run("corpus", source, "-o", out, *option)
    assert (code, words in errors) == (2, True)


def test_a_data_set_is_not_overwritten_unasked(source, out, run):
    before = held(out)
    code, _, errors = run("corpus", source, "-o", out)
    assert (code, "--resume" in errors, "--force" in errors) == (2, True, True)
    assert write(source, out, force=True).kept == 0
    assert held(out) == before


def test_a_second_run_into_the_folder_waits_outside(source, out):
    code = "import sys, time, filelock; l = filelock.FileLock(sys.argv[1]); l.acquire(); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, out / ".gongkai" / "lock"], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline()
        with pytest.raises(CorpusError, match="another run is writing there"):
            write(source, out, resume=True)
        other.kill()
    assert write(source, out, resume=True).coded == 0


def test_a_wrong_input_leaves_the_data_set_whole(out, tmp_path):
    before = held(out)
    with pytest.raises(CorpusError, match="no report found"):
        write(tmp_path / "nowhere", out, resume=True)
    assert held(out) == before


def test_a_wrong_address_of_a_cluster_leaves_the_data_set_whole(source, out):
    pytest.importorskip("distributed")
    before = held(out)
    with pytest.raises(gongkai.errors.UserError, match="no Dask scheduler answers"):
        write(source, out, workers=None, resume=True, scheduler="tcp://127.0.0.1:9")
    assert held(out) == before


def test_a_folder_that_nothing_was_written_to_may_be_used(source):
    with pytest.raises(CorpusError, match="no report found"):
        write("nowhere", Path("new/other"))
    assert not Path("new").exists()
    Path("other").mkdir()
    with pytest.raises(CorpusError, match="no report found"):
        write("nowhere", Path("other"))
    assert not list(Path("other").iterdir())
    assert write(source, Path("other")).reports == 14


@pytest.mark.parametrize("command", ["corpus", "tag", "segment", "tables"])
def test_a_data_set_in_the_place_of_reports_is_told(source, out, run, command):
    code, _, errors = run(command, source, out, "-o", "other" if command == "corpus" else "other.csv")
    assert code == 1
    assert f"{out} is a data set that gongkai corpus wrote, and no folder of reports; give the reports it was made of" in errors
    assert sorted(p.name for p in Path().iterdir()) == ["reports", "set"]


KEPT = "gongkai: interrupted; what is done is kept, go on with --resume\n"


def test_a_run_that_is_interrupted_says_what_is_kept(source, out, run, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("gongkai.corpus.Listing", interrupted)
        assert run("corpus", source, "-o", "other") == (130, "", "gongkai: interrupted; nothing was done yet\n")
        assert run("corpus", source, "-o", "set", "--resume") == (130, "", KEPT)
    assert not Path("other").exists()
    assert len(gongkai.open_corpus(out)) == 14
    monkeypatch.setattr(engines, "do_chunk", interrupted)
    assert run("corpus", source, "-o", "other", "--workers", 1, "--no-tables") == (130, "", KEPT)
    with pytest.raises(CorpusError, match="unfinished"):
        gongkai.open_corpus("other")


def test_a_person_who_watches_sees_what_is_done_from_the_start(source, run, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    code, _, errors = run("corpus", source, "-o", "other", "--workers", 1, "--no-tables")
    assert code == 0
    assert re.search("listing the files: 0份.*coding:   0%.*0/14.*coding: 100%.*14/14", errors, re.S)


def test_a_data_set_tells_of_itself_in_a_line(out):
    assert re.fullmatch(r"Corpus\('set': 14 reports, \d+ statements, 0 failures, by gongkai [\d.]+\)", repr(gongkai.open_corpus(out)))


@pytest.mark.parametrize("command", ["spread", "trend", "recurring", "reuse", "questions"])
@pytest.mark.parametrize("given", ["nowhere", "reports"])
def test_commands_of_figures_name_what_they_take(source, run, command, given):
    code, _, errors = run(command, given, "-o", "rows.csv")
    assert code == 1
    assert "give a table that gongkai tag wrote, or a folder that gongkai report or corpus wrote" in errors


def test_the_words_of_both_doors_are_named(source, out):
    with pytest.raises(CorpusError, match=r"--resume \(in Python resume=True\) .*--force \(in Python force=True\)"):
        write(source, out)


def test_a_full_disk_is_named_and_gone_on_from(source, monkeypatch):
    out, left, replace = Path("other"), [9], os.replace

    def full(*paths):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(paths[1]))
        replace(*paths)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(CorpusError, match=r"disk is full; free some space and go on with --resume"):
            write(source, out)
    with pytest.raises(CorpusError, match=r"unfinished.*--resume"):
        gongkai.open_corpus(out)
    assert write(source, out, resume=True).kept > 0
    assert held(out) == fresh(source)


def test_an_output_that_cannot_be_written_is_named(source, run):
    code, _, errors = run("corpus", source, "-o", "/proc/gongkai-set")
    assert code == 1
    assert "/proc/gongkai-set: cannot be made" in errors
    assert "give another folder" in errors
    assert "--resume" not in errors
    assert "Traceback" not in errors


def test_a_data_set_inside_its_input_is_not_read(source, out):
    shutil.move(out, source / "set")
    assert write(source, source / "set", resume=True).coded == 0
    assert walk([source]).failures == []


def test_columns_rows_and_pieces_as_asked(source, out):
    found = gongkai.open_corpus(out)
    few = found.statements(["report", "role"], pc.field("role") == "measure")
    assert (list(few), set(few["role"])) == (["report", "role"], {"measure"})
    assert [r for b in found.batches("reports", ["report"]) for r in b["report"].to_pylist()] == [f"青禾{n:02d}.txt" for n in range(14)]
    with pytest.raises(CorpusError, match="no column colour; there are: report"):
        found.statements(["colour"])
    with pytest.raises(CorpusError, match="no table 'colours'"):
        found.frame("colours")


def test_parts_are_small_files_of_zstd(source, out):
    parts = sorted((out / "statements").glob("*.parquet"))
    assert len(parts) > 1
    assert {pq.ParquetFile(p).metadata.row_group(0).column(0).compression for p in parts} == {"ZSTD"}
    assert pd.read_parquet(out / "statements")["report"].nunique() == 14


COMMANDS = [
    ("spread", "--by", "year"),
    ("trend",),
    ("differences", "--by", "year"),
    ("pairs",),
    ("answers",),
    ("recurring",),
    ("reuse",),
    ("questions",),
    ("sample", "-n", "9"),
]


@pytest.mark.slow
def test_commands_say_of_a_data_set_what_they_say_of_the_folder_of_a_report(source, out, run):
    write(source, out, tables=True, resume=True)
    assert run("report", source, "-o", "folder")[0] == 0
    for command, *options in COMMANDS:
        assert run(command, out, "-o", "-", *options) == run(command, "folder", "-o", "-", *options), command


DOCS = [Path(__file__).parent.parent / "docs" / name for name in ("archive.md", "archive.zh.md")]


def blocks(page):
    return re.findall(r"```(\w+)\n(.*?)```", page.read_text("utf-8"), re.S)


def test_the_pages_on_it_show_the_same_and_it_runs(tmp_path, monkeypatch):
    assert blocks(DOCS[0]) == blocks(DOCS[1])
    monkeypatch.chdir(tmp_path)
    os.symlink(DOCS[0].parent.parent / "corpus", "corpus")
    known = {}
    for language, block in blocks(DOCS[0]):
        if language == "python":
            exec(compile(block, "docs/archive.md", "exec"), known)
    assert all(len(known[name]) for name in ("corpus", "problems", "shares"))
    assert known["texts"] > 0
    assert known["failed"].empty


@pytest.mark.parametrize("page", DOCS, ids=["en", "zh"])
def test_the_pages_name_every_column_of_their_own(page):
    words = page.read_text("utf-8")
    assert all(f"`{table}/`" in words for table in TABLES)
    assert all(f"`{column}`" in words for column in ("source", "warnings", "missing", "characters", "text_sha256", *COLUMNS["failures"]))

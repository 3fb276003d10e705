"""The command line: exit codes, what stands on standard error, and the files written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
import typer

import gongkai
from gongkai import cli
from gongkai.answers import ANSWER_COLUMNS
from gongkai.candour import QUESTION_COLUMNS
from gongkai.contrasts import CONTRAST_COLUMNS
from gongkai.correct import CORRECTED_COLUMNS
from gongkai.export import ENDINGS, read_table, write_table
from gongkai.keyness import KEYWORD_COLUMNS
from gongkai.pairs import PAIR_COLUMNS
from gongkai.present.folder import write_folder
from gongkai.records import SEGMENT_COLUMNS, TAG_COLUMNS, Report
from gongkai.recur import RECUR_COLUMNS
from gongkai.reuse import CLUSTER_COLUMNS, REUSE_COLUMNS
from gongkai.spread import SPREAD_COLUMNS
from gongkai.trends import TREND_COLUMNS

A = (
    "柳泉县青禾镇2021年政府信息公开工作年度报告\n一、总体情况\n平稳。\n五、存在的主要问题及改进情况\n一是信息更新不及时。\n"
    "下一步将加强业务培训。\n六、其他需要报告的事项\n无。\n"
)
B = (
    "云渚市水文局2022年政府信息公开工作年度报告\n一、总体情况\n平稳。\n五、存在的主要问题及改进情况\n一是公开渠道单一。\n"
    "六、其他需要报告的事项\n无。\n"
)
SILENT = "望溪区民政局2020年政府信息公开工作年度报告\n一、总体情况\n平稳。\n六、其他需要报告的事项\n无。\n"
DONE, NOTHING, USAGE, SOME_FAILED = 0, 1, 2, 3
WRITTEN = {"index.html", "statements.parquet", "sections.parquet", "run.json"}


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text(A, "utf-8")
    (folder / "sub" / "b.txt").write_text(B, "utf-8")
    return folder


@pytest.fixture
def bad(tmp_path):
    file = tmp_path / "bad.txt"
    file.write_bytes(b"\0\1\2" * 30)
    return file


@pytest.mark.parametrize("command", [(), *((name,) for name in typer.main.get_command(cli.app).commands)], ids=" ".join)
def test_help(run, command):
    code, out, _ = run(*command, "--help")
    assert code == DONE
    assert "Usage: gongkai" in out


def test_version(run):
    assert run("--version")[:2] == (DONE, "0.1.0\n")


def test_importing_the_command_line_loads_no_heavy_library():
    heavy = "('sklearn', 'pandas', 'spacy', 'numpy', 'jieba', 'pyarrow')"
    code = f"import sys, gongkai.cli; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_program_ends_without_a_traceback(bad):
    got = subprocess.run([sys.executable, "-m", "gongkai", "segment", bad, "-o", "-"], capture_output=True, text=True, check=False)
    assert got.returncode == NOTHING
    assert str(bad) in got.stderr
    assert "Traceback" not in got.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("nosuch",), ("tag",), ("tag", "in"), ("tag", "in", "-o", "x.doc"), ("segment", "in", "-o", "x"),
        ("spread", "t.csv", "-o", "x.txt"), ("tag", "in", "-o", "x.csv", "--nosuch"), ("report", "in"), ("report", "in", "-o", "bad.txt"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage(run, reports, bad, args):
    code, out, err = run(*args)
    assert (code, out) == (USAGE, "")
    assert err


@pytest.mark.parametrize("command", ["segment", "tag"])
@pytest.mark.parametrize(
    ("inputs", "code", "named"),
    [
        (["in"], DONE, []),
        (["in", "bad.txt", "nowhere"], SOME_FAILED, ["bad.txt", "nowhere"]),
        (["bad.txt"], NOTHING, ["bad.txt"]),
        (["nowhere", "bad.txt"], NOTHING, ["nowhere", "bad.txt"]),
    ],
)
def test_exit_codes_and_failures_named_with_a_cure(run, reports, bad, tmp_path, command, inputs, code, named):
    got, _, err = run(command, *inputs, "-o", "t.csv")
    assert got == code
    assert all(any(line.startswith(f"gongkai: {name}: ") and "; " in line for line in err.splitlines()) for name in named)
    assert bool(err) == bool(named)
    assert (tmp_path / "t.csv").exists() == (code != NOTHING)


@pytest.mark.parametrize("command", ["segment", "tag", "report"])
def test_nothing_to_do(run, tmp_path, command):
    (tmp_path / "empty").mkdir()
    code, _, err = run(command, "empty", "-o", "out" if command == "report" else "t.csv")
    assert code == NOTHING
    assert "no report found; give" in err
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("tag", "in", "-o", "t.csv", "--model", "nowhere"), ["nowhere", "give the folder"]),
        (("tag", "in", "-o", "t.csv", "--metadata", "nowhere.csv"), ["nowhere.csv", "check the spelling"]),
        (("segment", "in", "-o", "t.csv", "--metadata", "nowhere.csv"), ["nowhere.csv", "check the spelling"]),
        (("spread", "nowhere.csv", "-o", "t.csv"), ["nowhere.csv", "give a table"]),
        (("spread", "in/a.txt", "-o", "t.csv"), ["in/a.txt", ".parquet"]),
        (("train", "in", "-o", "model"), ["statements.csv"]),
        (("evaluate", "in"), ["statements.csv"]),
    ],
)
def test_what_cannot_be_used_is_one_line_with_a_cure(run, reports, tmp_path, args, words):
    code, _, err = run(*args)
    assert code == NOTHING
    assert err.count("\n") == 1
    assert all(word in err for word in ["gongkai: ", *words])
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def test_segment_writes_its_columns(run, reports):
    assert run("segment", "in", "-o", "s.parquet")[0] == DONE
    table = pd.read_parquet("s.parquet")
    assert list(table) == list(SEGMENT_COLUMNS)
    assert table["report"].unique().tolist() == ["a.txt", "sub/b.txt"]
    row = table[(table["report"] == "a.txt") & (table["kind"] == "problems")].iloc[0]
    assert A[row["start"] : row["end"]] == row["text"]
    assert A[row["start"] :].startswith("五、")


def test_tag_writes_json_lines_to_standard_output(run, reports):
    code, out, err = run("tag", "in", "-o", "-")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (DONE, "")
    assert [(r["report"], r["role"], r["themes"]) for r in rows] == [
        ("a.txt", "problem", ["timeliness"]),
        ("a.txt", "measure", ["capacity"]),
        ("sub/b.txt", "problem", ["channels"]),
    ]
    assert all(list(r) == list(TAG_COLUMNS) for r in rows)
    assert A[rows[0]["start"] : rows[0]["end"]] == rows[0]["text"]


def test_spread_by_year_and_level(run, reports):
    run("tag", "in", "-o", "t.csv")
    assert run("spread", "t.csv", "-o", "s.csv", "--by", "year", "--by", "level")[0] == DONE
    table = pd.read_csv("s.csv", encoding="utf-8-sig")
    assert list(table) == ["year", "level", *SPREAD_COLUMNS]
    assert sorted(set(zip(table["year"], table["level"], strict=True))) == [(2021, "乡镇"), (2022, "部门(市级)")]
    hits = table[(table["unit"] == "statements") & (table["role"] == "problem") & (table["count"] > 0)]
    assert hits[["year", "theme", "share"]].values.tolist() == [[2021, "timeliness", 1.0], [2022, "channels", 1.0]]


def test_a_sample_is_drawn_coded_and_corrects_the_shares(run, reports, tmp_path):
    run("tag", "in", "-o", "t.jsonl")
    code, _, err = run("sample", "t.jsonl", "-o", "s.csv", "-n", "2", "--width", "0.3")
    assert code == DONE
    assert "to either side" in err
    drawn = pd.read_csv("s.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert (drawn[["role", "themes"]] == "").all(axis=None)
    drawn[["role", "themes"]] = ["problem", "timeliness"]
    drawn.to_csv("s.csv", index=False)
    assert run("spread", "t.jsonl", "-o", "c.csv", "--sample", "s.csv")[0] == DONE
    assert {"naive", "corrected", "low", "high"} <= set(pd.read_csv("c.csv", encoding="utf-8-sig"))


@pytest.mark.parametrize("wrong", [[], ["--unit", "pages", "-n", "2"], ["--by", "colour", "-n", "2"]])
def test_a_sample_that_cannot_be_drawn(run, reports, wrong):
    run("tag", "in", "-o", "t.jsonl")
    code, _, err = run("sample", "t.jsonl", "-o", "s.csv", *wrong)
    assert code in (NOTHING, USAGE)
    assert err.startswith("gongkai: ")


def test_spread_by_an_unknown_column_names_the_columns(run, reports):
    run("tag", "in", "-o", "t.csv")
    code, _, err = run("spread", "t.csv", "-o", "s.csv", "--by", "colour")
    assert code in (NOTHING, USAGE)
    assert "colour" in err
    assert "year" in err


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_spread_of_reports_without_statements(run, tmp_path, ending):
    (tmp_path / "c.txt").write_text(SILENT, "utf-8")
    assert run("tag", "c.txt", "-o", f"t.{ending}")[0] == DONE
    code, _, err = run("spread", f"t.{ending}", "-o", "s.csv")
    assert code == DONE or (ending == "jsonl" and err.startswith("gongkai: t.jsonl"))


@pytest.mark.parametrize("command", ["segment", "tag"])
def test_an_existing_file_is_overwritten_only_by_force(run, reports, tmp_path, command):
    (tmp_path / "t.csv").write_text("mine")
    code, _, err = run(command, "in", "-o", "t.csv")
    assert code == USAGE
    assert "t.csv" in err
    assert "--force" in err
    assert (tmp_path / "t.csv").read_text() == "mine"
    assert run(command, "in", "-o", "t.csv", "--force")[0] == DONE
    assert (tmp_path / "t.csv").read_text("utf-8-sig").startswith("report,")


def test_report_writes_the_folder_and_again(run, reports, tmp_path):
    code, out, _ = run("report", "in", "-o", "out")
    first = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    assert code == DONE
    assert set(first) >= WRITTEN
    assert set(out.split()) == {f"out/{name}" for name in first}
    assert "青禾镇" in first["index.html"].decode("utf-8")
    assert len(pd.read_parquet("out/statements.parquet")) == 3
    assert json.loads(first["run.json"])["counts"]["reports"] == 2
    assert run("report", "in", "-o", "out")[0] == DONE
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == first


def test_the_reading_processes_have_ended_when_the_pages_are_made(run, reports, monkeypatch):
    import psutil

    def readers():
        return [p for p in psutil.Process().children(recursive=True) if "gongkai.read.worker" in p.cmdline()]

    (reports / "c.html").write_text(f"<html><body>{A}</body></html>", "utf-8")
    left = []
    monkeypatch.setattr("gongkai.present.folder.write_folder", lambda *_: left.extend(readers()) or [])
    assert run("report", "in", "-o", "out")[0] == DONE
    assert left == []


def test_report_records_failures(run, reports, bad):
    code, _, err = run("report", "in", "bad.txt", "-o", "out")
    assert code == SOME_FAILED
    assert "gongkai: bad.txt: " in err
    with open("out/run.json", encoding="utf-8") as file:
        (failure,) = json.load(file)["failures"]
    assert failure["file"] == "bad.txt"
    assert failure["cure"]


def test_one_damaged_file_does_not_end_the_run(run, reports):
    (reports / "z.txt").write_bytes(A.encode("utf-16-le") + b"\x00\xd8")
    code, _, err = run("tag", "in", "-o", "t.csv")
    assert code == SOME_FAILED
    assert "z.txt" in err


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_folder_with_foreign_files_is_left_as_it_is(run, reports, tmp_path, name):
    foreign = tmp_path / "site"
    foreign.mkdir()
    (foreign / name).write_text("mine")
    code, out, err = run("report", "in", "-o", "site")
    assert (code, out) == (USAGE, "")
    assert name in err
    assert "give another folder" in err
    assert {p.name: p.read_text() for p in foreign.iterdir()} == {name: "mine"}


def test_metadata_beside_the_reports_is_used_and_idle_rows_are_noted(run, reports):
    (reports / "metadata.csv").write_text("report,body,region,人口\na.txt,柳泉县河口镇,北,12\ngone.txt,柳泉县白石乡,南,9\n", "utf-8")
    code, out, err = run("tag", "in", "-o", "-")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == DONE
    assert {(r["report"], r["body"], r["region"], r["人口"]) for r in rows} == {
        ("a.txt", "柳泉县河口镇", "北", "12"),
        ("sub/b.txt", "云渚市水文局", None, None),
    }
    assert "'gone.txt'" in err
    assert "a.txt" not in err


def test_a_metadata_table_given_replaces_the_one_beside(run, reports, tmp_path):
    (reports / "metadata.csv").write_text("report,region\na,北\n", "utf-8")
    (tmp_path / "other.csv").write_text("report,region\nb,南\n", "utf-8")
    _, out, _ = run("tag", "in", "-o", "-", "--metadata", "other.csv")
    assert {(r["report"], r["region"]) for r in map(json.loads, out.splitlines())} == {("a.txt", None), ("sub/b.txt", "南")}


def test_metadata_of_one_folder_leaves_the_reports_of_another_alone(run, tmp_path):
    for folder, text, region in (("甲", A, "北"), ("乙", B, "南")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "年报.txt").write_text(text, "utf-8")
        (tmp_path / folder / "metadata.csv").write_text(f"report,region\n年报.txt,{region}\n", "utf-8")
    _, out, _ = run("tag", "甲", "乙", "-o", "-")
    assert {(r["body"], r["region"]) for r in map(json.loads, out.splitlines())} == {("柳泉县青禾镇", "北"), ("云渚市水文局", "南")}


@pytest.mark.parametrize("year", ["去年", "inf"])
def test_a_bad_metadata_table_stops_the_run_with_a_cure(run, reports, year):
    (reports / "metadata.csv").write_text(f"report,year\na.txt,{year}\n", "utf-8")
    code, out, err = run("tag", "in", "-o", "-")
    assert (code, out) == (NOTHING, "")
    assert "metadata.csv: line 2" in err
    assert "write it as 2021" in err


@pytest.mark.parametrize("command", ["tag", "report"])
def test_a_report_without_a_problem_section_is_told(run, reports, command):
    (reports / "c.txt").write_text(SILENT, "utf-8")
    code, _, err = run(command, "in", "-o", "t.csv" if command == "tag" else "out")
    (note,) = err.splitlines()
    assert code == DONE
    assert "c.txt" in note
    assert "no problem section" in note


def test_a_missing_problem_section_is_a_row_of_its_own(run, reports):
    (reports / "c.txt").write_text(SILENT, "utf-8")
    run("report", "in", "-o", "out")
    table = pd.read_parquet("out/sections.parquet")
    missing = table[(table["kind"] == "missing") & (table["title"] == "problems")]
    assert missing["report"].tolist() == ["c.txt"]
    assert missing["start"].isna().all()
    assert missing["text"].isna().all()
    assert missing["warnings"].iloc[0][0]


@pytest.mark.parametrize("command", ["report", "tag", "segment", "tables"])
def test_doubts_of_reading_are_noted(run, tmp_path, command):
    rows = [{"id": f"r{n}", "text": A, "year": "去年"} for n in range(23)]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    code, _, err = run(command, "t.jsonl", "-o", "out" if command == "report" else "o.csv")
    noted = [line for line in err.splitlines() if "去年" in line]
    assert code == DONE
    assert len(noted) == 20
    assert noted[0].startswith("gongkai: note: r0: year '去年'")
    assert "gongkai: note: and 3 further notes on reading" in err.splitlines()


def test_what_is_passed_over_is_noted_and_recorded(run, reports, tmp_path):
    for name in ("1.jpg", "2.jpg", "3.css"):
        (reports / name).write_bytes(b"x")
    code, _, err = run("report", "in", "-o", "out")
    assert (code, err) == (DONE, "gongkai: note: passed over: 2 .jpg, 1 .css\n")
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["passed_over"] == {".css": 1, ".jpg": 2}


def test_columns_of_mixed_kinds_do_not_end_the_run(run, tmp_path):
    rows = [{"text": A, "人口": 23000}, {"text": B, "人口": "约二万"}]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    assert run("report", "t.jsonl", "-o", "out")[0] == DONE
    for name in ("statements", "reports"):
        assert set(pd.read_parquet(tmp_path / "out" / f"{name}.parquet")["人口"]) == {"23000", "约二万"}


def test_an_archive_brings_its_own_metadata(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.txt", A)
        packed.writestr("metadata.csv", "report,region\na.txt,北\n")
    code, out, err = run("tag", "a.zip", "-o", "-")
    assert (code, err) == (DONE, "")
    assert {json.loads(line)["region"] for line in out.splitlines()} == {"北"}


EMPTY = "望溪区水利局2021年政府信息公开工作年度报告\n一、总体情况\n平稳。\n五、存在的主要问题及改进情况\n六、其他需要报告的事项\n无。\n"
SAID = {
    "a": (A, "一是信息更新不及时。", "一是部分科室报送信息不够主动，栏目更新缓慢，政策更新不及时。"),
    "b": (B, "一是公开渠道单一。", "一是公开渠道比较单一，渠道之间内容不一致，群众了解渠道不多。"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder as `gongkai report` writes it: two offices over three years, an empty problem section, and no problem section."""
    folder = tmp_path_factory.mktemp("made")
    texts = {"empty.txt": EMPTY, "silent.txt": SILENT}
    for name, (text, short, long) in SAID.items():
        for year in ("2021", "2022", "2023"):
            texts[f"{name}{year}.txt"] = text.replace("2021", year).replace("2022", year).replace(short, long)
    write_folder(folder / "out", list(gongkai.analyse_many(Report(name, text) for name, text in texts.items())))
    write_table(read_table(folder / "out" / "statements.parquet"), folder / "t.parquet")
    return folder


FIGURES = [
    (("spread",), SPREAD_COLUMNS),
    (("spread", "--by", "year"), ("year", *SPREAD_COLUMNS)),
    (("trend",), TREND_COLUMNS),
    (("differences", "--by", "level"), CONTRAST_COLUMNS),
    (("pairs",), PAIR_COLUMNS),
    (("pairs", "--unit", "reports"), PAIR_COLUMNS),
    (("words", "--by", "level", "--role", "problem"), KEYWORD_COLUMNS),
    (("answers",), ANSWER_COLUMNS),
    (("recurring",), RECUR_COLUMNS),
    (("reuse",), REUSE_COLUMNS),
]


@pytest.mark.parametrize("source", ["out", "t.parquet"])
@pytest.mark.parametrize(("args", "columns"), FIGURES, ids=lambda a: a[0] if isinstance(a, tuple) else "")
def test_figures_from_a_folder_and_from_a_table(run, made, source, args, columns):
    code, _, _ = run(args[0], made / source, *args[1:], "-o", "f.csv")
    table = pd.read_csv("f.csv", encoding="utf-8-sig")
    assert code == DONE
    assert list(table) == list(columns)
    assert len(table)


@pytest.mark.parametrize("ending", ENDINGS)
def test_figures_are_read_from_and_written_to_any_format(run, made, ending):
    assert run("sample", made / "t.parquet", "-n", "9", "-o", f"s{ending}")[0] == DONE
    assert len(read_table(f"s{ending}")) == 9
    frame = read_table(made / "t.parquet")
    write_table(frame, f"t{ending}")
    assert run("trend", f"t{ending}", "-o", f"f{ending}")[0] == DONE
    expected = gongkai.trend(frame)
    assert read_table(f"f{ending}")["theme"].tolist() == expected["theme"].tolist()


def denominators(file):
    table = read_table(file)
    return set(table.loc[table["unit"] == "reports", "denominator"].astype(int))


@pytest.mark.parametrize(
    ("given", "n", "said"),
    [
        (("out",), 7, "over 7 reports, 1 of them without a statement; left out, without a part on problems or measures: 1\n"),
        (("t.parquet",), 6, "over the 6 reports with a statement; others are not counted"),
        (("t.parquet", "--reports", "two.csv"), 9, "over 9 reports, 3 of them without a statement; leave out of --reports"),
        (("out", "--reports", "two.csv"), 7, "over 7 reports, 1 of them without a statement; left out"),
    ],
)
def test_a_folder_counts_reports_that_say_nothing_too(run, made, tmp_path, given, n, said):
    pd.concat([read_table(made / "out" / "reports.parquet"), pd.DataFrame({"report": ["x.txt"]})]).to_csv("two.csv", index=False)
    code, _, err = run("spread", made / given[0], *given[1:], "-o", "s.jsonl")
    assert code == DONE
    assert denominators("s.jsonl") == {n}
    assert said in err


@pytest.mark.parametrize(
    "command", [("spread", "--by", "year"), ("trend",), ("differences", "--by", "year"), ("pairs", "--unit", "reports")], ids=lambda c: c[0]
)
def test_what_shares_of_reports_count_is_noted(run, made, command):
    name, *options = command
    code, _, err = run(name, made / "t.parquet", *options, "-o", "f.csv")
    assert code == DONE
    assert "gongkai: note: shares of reports are over the 6 reports with a statement" in err
    assert "over the" not in run("pairs", made / "t.parquet", "-o", "g.csv")[2]


def test_a_table_of_reports_tells_their_groups(run, made):
    pd.DataFrame({"report": [f"{n}{y}.txt" for n in "ab" for y in (2021, 2022, 2023)], "east": ["east"] * 3 + ["west"] * 3}).to_csv("r.csv")
    assert run("differences", made / "t.parquet", "--by", "east", "--reports", "r.csv", "-o", "d.jsonl")[0] == DONE
    assert set(read_table("d.jsonl")["group_b"]) == {"west"}


def test_the_office_may_stand_in_another_column(run, made):
    table = read_table(made / "t.parquet").assign(author=lambda t: t["report"])
    write_table(table, "t.jsonl")
    assert run("spread", "t.jsonl", "--cluster", "author", "-o", "s.jsonl")[0] == DONE
    table = read_table("s.jsonl")
    assert set(table.loc[table["unit"] == "reports", "clusters"]) == {6}


WRONG_FIGURES = [
    (("trend", "nowhere", "-o", "f.csv"), NOTHING, ["nowhere: no such file or folder; give a"]),
    (("trend", "nowhere.parquet", "-o", "f.csv"), NOTHING, ["nowhere.parquet: no such file or folder; give a"]),
    (("differences", "out", "--by", "region", "-o", "f.csv"), NOTHING, ["region is unknown for all reports"]),
    (("trend", "in", "-o", "f.csv"), NOTHING, ["statements.parquet", "gongkai report or corpus wrote"]),
    (("trend", "out", "-o", "f.doc"), USAGE, ["f.doc"]),
    (("differences", "out", "-o", "f.csv"), USAGE, ["--by"]),
    (("differences", "out", "--by", "colour", "-o", "f.csv"), NOTHING, ["colour", "year"]),
    (("pairs", "out", "--unit", "pages", "-o", "f.csv"), NOTHING, ["pages", "reports"]),
    (("words", "out", "--by", "level", "--role", "hope", "-o", "f.csv"), NOTHING, ["hope", "measure"]),
    (("spread", "out", "--scope", "offices", "-o", "f.csv"), USAGE, ["--sample"]),
    (("spread", "out", "--sample", "s.csv", "--suppress", "-o", "f.csv"), USAGE, ["--suppress"]),
    (("spread", "out", "--reports", "nowhere.csv", "-o", "f.csv"), NOTHING, ["nowhere.csv: no such file; give"]),
    (("spread", "out", "--cluster", "colour", "-o", "f.csv"), NOTHING, ["colour", "body"]),
    (("sample", "out", "-n", "2", "--pilot", "p.csv", "-o", "f.csv"), USAGE, ["--width"]),
    (("questions", "in", "-o", "f.csv"), NOTHING, ["tables.parquet"]),
    (("answers", "out", "--codebook", "own.yaml", "-o", "f.csv"), NOTHING, ["problem", "measure", "lack"]),
    (("recurring", "out", "--codebook", "own.yaml", "-o", "f.csv"), NOTHING, ["problem", "measure", "lack"]),
    (("reuse", "out/sections.parquet", "--without", "w.csv", "-o", "f.csv"), USAGE, ["gongkai tag"]),
]
OWN = """version: 1
roles:
  lack: {zh: 不足, en: lack, definition: 不足。}
themes:
  - {id: pace, zh: 快慢, en: pace, definition: 快慢。}
"""


@pytest.mark.parametrize(("args", "code", "words"), WRONG_FIGURES, ids=lambda a: " ".join(a) if isinstance(a, tuple) else "")
def test_figures_that_cannot_be_made_are_said_with_a_cure(run, made, reports, tmp_path, args, code, words):
    shutil.copytree(made / "out", tmp_path / "out")
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    got, _, err = run(*args)
    assert got == code
    assert all(word in err for word in words), err
    assert not (tmp_path / "f.csv").exists()


@pytest.mark.parametrize(("command", "option"), [("answers", "--each"), ("reuse", "--clusters"), ("reuse", "--without")])
def test_a_second_file_is_written_and_not_overwritten(run, made, tmp_path, command, option):
    assert run(command, made / "out", "-o", "a.csv", option, "b.csv")[0] == DONE
    assert len(read_table("b.csv"))
    code, _, err = run(command, made / "out", "-o", "c.csv", option, "b.csv")
    assert code == USAGE
    assert "b.csv exists" in err
    assert not (tmp_path / "c.csv").exists()


def test_answers_say_what_stays_without(run, made):
    _, _, err = run("answers", made / "out", "-o", "a.csv", "--each", "e.csv")
    table = read_table("e.csv")
    alone = table[table["answered"] == "False"]
    assert f"gongkai: note: {sum(alone['role'] == 'problem')} x problem without a partner" in err


def test_reuse_finds_what_the_next_year_says_again_and_leaves_it_out(run, made):
    code, _, err = run("reuse", made / "out", "-o", "r.csv", "--clusters", "c.csv", "--without", "w.parquet")
    assert code == DONE
    assert list(read_table("c.csv")) == list(CLUSTER_COLUMNS)
    left, whole = (len(read_table(f)) for f in ("w.parquet", made / "t.parquet"))
    assert left < whole
    assert f"{whole - left} of {whole} statements" in err
    assert run("spread", "w.parquet", "--reports", made / "out" / "reports.parquet", "-o", "s.csv")[0] == DONE


@pytest.mark.parametrize("command", [("reuse",), ("words", "--by", "year")], ids=lambda c: c[0])
def test_a_codebook_that_is_not_needed_is_taken_and_said_to_be_unused(run, made, command):
    name, *options = command
    code, _, err = run(name, made / "out", *options, "--codebook", "own.yaml", "-o", "r.csv")
    assert code == DONE
    assert "--codebook own.yaml is not used" in err


def test_sections_are_compared_sentence_by_sentence(run, made):
    reports = made / "out" / "reports.parquet"
    assert run("reuse", made / "out" / "sections.parquet", "--reports", reports, "-o", "r.csv")[0] == DONE
    assert set(read_table("r.csv")["source"]) >= {"own_earlier"}


def test_questions_of_a_folder(run, tmp_path):
    run("report", gongkai.resources.resource("corpus", "reports"), "-o", "out")
    code, _, err = run("questions", "out", "-o", "q.jsonl")
    table = read_table("q.jsonl")
    assert code == DONE
    assert list(table) == list(QUESTION_COLUMNS)
    assert len(table)
    assert "no table was read: " in err


def test_a_correction_for_offices_like_these_is_wider(run, made):
    drawn = read_table(made / "t.parquet")
    write_table(drawn[drawn["year"] < 2023][["report", "start", "end", "role", "themes"]], "s.csv")
    for scope in ("corpus", "offices"):
        assert run("spread", made / "t.parquet", "--sample", "s.csv", "--scope", scope, "-o", f"{scope}.jsonl")[0] == DONE
    corpus, offices = (read_table(f"{scope}.jsonl") for scope in ("corpus", "offices"))
    assert list(corpus) == list(CORRECTED_COLUMNS)
    wide = (offices["high"] - offices["low"]) - (corpus["high"] - corpus["low"])
    assert (wide.dropna() >= -1e-9).all()


def test_columns_that_stata_calls_otherwise_are_noted(run, made, tmp_path):
    write_table(read_table(made / "t.parquet").assign(**{"a b": "1"}), "t.jsonl")
    code, _, err = run("sample", "t.jsonl", "-n", "2", "-o", "s.dta")
    assert (code, err) == (DONE, "")
    code, _, err = run("spread", "t.jsonl", "--by", "a b", "-o", "s2.dta")
    assert code == DONE
    assert err.endswith("gongkai: note: Stata does not take the names of some columns, they are called: 'a b' -> a_b\n")


def test_an_empty_table_is_written_and_noted(run, made):
    write_table(read_table(made / "t.parquet").iloc[:0], "t.csv")
    code, _, err = run("answers", "t.csv", "-o", "a.csv")
    assert (code, err) == (DONE, "gongkai: note: a.csv: the table has no rows\n")
    assert list(read_table("a.csv")) == list(ANSWER_COLUMNS)

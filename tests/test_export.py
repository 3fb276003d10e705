"""Tables to files and back, whole or not at all."""

from __future__ import annotations

import csv
import importlib
import io
import os
import re
import sys
import warnings

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.export import ENDINGS, TableError, read_table, records, table_bytes, write_table
from gongkai.records import TAG_COLUMNS, Report
from gongkai.resources import data
from gongkai.stata import TableWarning

TEXTS = {
    "2021/青禾.txt": "柳泉县青禾镇2021年政府信息公开工作年度报告\n一、总体情况\n平稳。\n五、存在的主要问题及改进情况\n（一）存在的问题\n"
    "一是信息更新不及时，人员更换频繁。\n二是公开渠道单一。\n（二）改进措施\n一是加强业务培训。\n六、其他需要报告的事项\n无。\n",
    "2022/水文.txt": "云渚市水文局2022年政府信息公开工作年度报告\n一、总体情况\n平稳。\n五、存在的主要问题及改进情况\n"
    "一是内容不够全面。下一步将健全制度。\n六、其他需要报告的事项\n无。\n",
}


@pytest.fixture(scope="module")
def frame():
    analyses = gongkai.analyse_many(Report(name, text) for name, text in TEXTS.items())
    return pd.concat([a.to_frame() for a in analyses], ignore_index=True)


def same_cells(got, frame, columns):
    return records(got[columns]) == records(frame[columns])


PLAIN = [c for c in TAG_COLUMNS if c not in ("region", "path", "themes", "theme_scores", "evidence")]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_tag_frame_comes_back(frame, tmp_path, ending):
    write_table(frame, tmp_path / f"t{ending}")
    got = read_table(tmp_path / f"t{ending}")
    assert list(got) == list(TAG_COLUMNS)
    assert len(frame) > 3
    assert same_cells(got, frame, PLAIN)
    assert gongkai.spread(got, by=["year", "level"]).equals(gongkai.spread(frame, by=["year", "level"]))


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_lists_come_back_as_lists(frame, tmp_path, ending):
    write_table(frame, tmp_path / f"t{ending}")
    got = read_table(tmp_path / f"t{ending}")
    assert same_cells(got, frame, ["region", "path", "themes"])
    assert same_cells(got, frame, ["evidence"])


def test_csv_joins_lists_and_opens_in_excel(frame, tmp_path):
    write_table(frame, tmp_path / "t.csv")
    got = read_table(tmp_path / "t.csv")
    assert got["themes"].tolist() == [";".join(t) for t in frame["themes"]]
    assert "timeliness;capacity" in got["themes"].tolist()
    assert got["path"].iloc[0] == " > ".join(frame["path"].iloc[0])
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfreport,")


def test_parquet_keeps_one_shape_for_any_codebook(frame, tmp_path):
    write_table(frame, tmp_path / "t.parquet")
    scores = read_table(tmp_path / "t.parquet")["theme_scores"]
    assert scores.tolist() == frame["theme_scores"].tolist()


@pytest.mark.parametrize("again", ENDINGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_read_can_be_written_again(frame, tmp_path, ending, again):
    write_table(frame, tmp_path / f"t{ending}")
    write_table(read_table(tmp_path / f"t{ending}"), tmp_path / f"again{again}")
    assert gongkai.spread(read_table(tmp_path / f"again{again}")).equals(gongkai.spread(frame))


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["000007", "2021", "1e5", "NA", "无", "a,b\"c'", "=1+1"])
def test_ids_stay_text(tmp_path, ending, name):
    write_table(pd.DataFrame({"report": [name], "text": [name]}), tmp_path / f"t{ending}")
    assert records(read_table(tmp_path / f"t{ending}")) == [{"report": name, "text": name}]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("blank", ["\n", "\r\n", "\u2028", "\x85", "\x0c", '"', ";"])
def test_odd_characters_come_back(tmp_path, ending, blank):
    write_table(pd.DataFrame({"text": [f"信息{blank}公开"]}), tmp_path / f"t{ending}")
    assert read_table(tmp_path / f"t{ending}")["text"].tolist() == [f"信息{blank}公开"]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx", ".dta"])
def test_a_table_without_rows_keeps_its_columns(frame, tmp_path, ending):
    write_table(frame.iloc[:0], tmp_path / f"t{ending}")
    got = read_table(tmp_path / f"t{ending}")
    assert len(got) == 0
    assert list(got) == list(TAG_COLUMNS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unknown_year_stays_unknown(frame, tmp_path, ending):
    write_table(frame.assign(year=pd.array([pd.NA] * len(frame), dtype="Int64")), tmp_path / f"t{ending}")
    assert read_table(tmp_path / f"t{ending}")["year"].isna().all()


def cells(path):
    return [[(c.value, c.data_type, c.hyperlink) for c in row] for row in openpyxl.load_workbook(path).active.iter_rows(min_row=2)]


@pytest.mark.parametrize(
    "value", ["=1+1", '=HYPERLINK("http://a.example")', "http://a.example/b", "mailto:a@b.cn", "007", "1e5", "+1", "-1", "@a"]
)
def test_excel_text_stays_text(tmp_path, value):
    write_table(pd.DataFrame({"text": [value], "n": [3]}), tmp_path / "t.xlsx")
    assert cells(tmp_path / "t.xlsx") == [[(value, "s", None), (3, "n", None)]]


def test_excel_holds_the_whole_frame(frame, tmp_path):
    write_table(frame, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    head, *rows = sheet.iter_rows(values_only=True)
    assert list(head) == list(TAG_COLUMNS)
    assert [r[head.index("text")] for r in rows] == frame["text"].tolist()
    assert [r[head.index("themes")] for r in rows] == [";".join(t) for t in frame["themes"]]
    assert [r[head.index("start")] for r in rows] == frame["start"].tolist()


# Excel counts UTF-16 units: 𠮷 is two.
FULL = 32_767


@pytest.mark.parametrize("text", ["信" * FULL, "信" * (FULL - 2) + "𠮷"], ids=["plain", "rare character"])
def test_a_full_excel_cell_is_kept_whole(tmp_path, text):
    write_table(pd.DataFrame({"text": [text]}), tmp_path / "t.xlsx")
    assert cells(tmp_path / "t.xlsx")[0][0][0] == text


@pytest.mark.parametrize("text", ["信" * (FULL + 1), "信" * (FULL - 1) + "𠮷"], ids=["plain", "rare character"])
def test_more_than_an_excel_cell_holds_is_an_error(tmp_path, text):
    file = tmp_path / "t.xlsx"
    with pytest.raises(TableError, match=r"row 2, text: .*\.csv or \.parquet"):
        write_table(pd.DataFrame({"text": ["短", text]}), file)
    assert not file.exists()


def test_an_excel_error_names_the_file(tmp_path):
    with pytest.raises(TableError, match=r"t\.xlsx"):
        write_table(pd.DataFrame({"text": ["信" * (FULL + 1)]}), tmp_path / "t.xlsx")


@pytest.mark.parametrize("name", ["t.doc", "t.xls", "t", "t.csv.bak"])
def test_an_unknown_ending_is_refused_with_the_choices(tmp_path, name):
    def refused():
        return pytest.raises(TableError, match=r"unknown ending.*\.jsonl.*\.csv.*\.parquet")

    with refused():
        write_table(pd.DataFrame({"a": [1]}), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / name).write_bytes(b"a")
    with refused():
        read_table(tmp_path / name)


@pytest.mark.parametrize(("name", "said"), [("none", "no such file"), ("none.csv", "no such file"), (".", "is a folder")])
def test_what_is_no_file_is_not_blamed_on_its_ending(tmp_path, name, said):
    with pytest.raises(TableError, match=f"{said}; give a file") as caught:
        read_table(tmp_path / name)
    assert "Errno" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("none.csv", None), ("none.jsonl", None), ("none.parquet", None), ("a.parquet", b"PAR0"), ("a.jsonl", b"{half"), ("a.csv", b""),
        ("b.csv", b"\xff\xfe\x00"), ("b.jsonl", b"[1, 2]\n3\n"),
        ("none.xlsx", None), ("none.dta", None), ("a.xlsx", b"PK\x03\x04"), ("b.xlsx", b"x"), ("a.dta", b""), ("b.dta", b"<stata_dta>"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_named_with_a_cure(tmp_path, name, raw):
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(TableError, match="give a file") as caught:
        read_table(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failing_write_leaves_the_old_file_whole(frame, tmp_path, monkeypatch, ending):
    file = tmp_path / f"t{ending}"
    write_table(frame.head(1), file)
    old = file.read_bytes()

    def full(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_table(frame, file)
    assert file.read_bytes() == old
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("evil", ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@", "'", "-", "一=1"])
def test_no_cell_of_csv_is_a_formula_and_all_come_back(tmp_path, evil):
    frame = pd.DataFrame({"report": [evil, "a.txt"], "text": ["正文", evil], evil: ["x", "y"], "share": [-0.5, 0.5]})
    write_table(frame, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert not [c for row in rows for c in row if c[:1] in set("=+@\t\r-") and c != "-0.5"]
    back = read_table(tmp_path / "t.csv")
    there = evil.replace("\r", "\n")
    assert list(back.columns) == ["report", "text", there, "share"]
    assert back.iloc[:, :3].values.tolist() == [[there, "正文", "x"], ["a.txt", there, "y"]]


def test_a_workbook_tells_nothing_of_the_hour(frame, tmp_path):
    import zipfile

    write_table(frame, tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert re.findall(rb"\d{4}-\d\d-\d\dT", book.read("docProps/core.xml")) == [b"1980-01-01T"] * 2
        assert {m.date_time[0] for m in book.infolist()} == {1980}


def test_a_dash_writes_json_lines_to_standard_output(frame, capfd):
    write_table(frame, "-")
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(frame)
    assert '"themes": ["timeliness", "capacity"]' in lines[0]


MIXED = [
    ([23000, "约二万"], ["23000", "约二万"]),
    ([1.5, "x", None], ["1.5", "x", None]),
    ([True, "x"], ["true", "x"]),
    ([["a", 1], "x"], ['["a", 1]', "x"]),
    ([2**70, "x"], [str(2**70), "x"]),
]


@pytest.mark.parametrize(("given", "written"), MIXED)
def test_parquet_holds_a_column_of_numbers_and_words_as_text(tmp_path, given, written):
    write_table(pd.DataFrame({"人口": pd.Series(given, dtype=object), "n": range(len(given))}), tmp_path / "t.parquet")
    got = pd.read_parquet(tmp_path / "t.parquet")
    assert [row["人口"] for row in records(got)] == written
    assert got["n"].dtype.kind == "i"


@pytest.mark.parametrize("given", [[1, 2], [1, 2.5], [1, None], ["a", None], [True, None], [["a"], []]])
def test_parquet_leaves_other_columns_as_they_are(tmp_path, given):
    write_table(pd.DataFrame({"a": pd.Series(given, dtype=object)}), tmp_path / "t.parquet")
    got = records(pd.read_parquet(tmp_path / "t.parquet"))
    assert [row["a"] for row in got] == given


def user_columns(**columns):
    return list(gongkai.analyse_many([Report("a.txt", TEXTS["2021/青禾.txt"], metadata=columns, warnings=("疑",))]))


def test_columns_of_the_user_keep_their_place_beside_gongkai_s_own():
    done = user_columns(role="甲", start="乙", source="丙", warnings="丁", role_given="戊", 人口="12")
    for frame in (gongkai.tag_frame(done), gongkai.report_frame(done)):
        row = frame.iloc[0]
        given = {c: row[c] for c in ("role_given", "role_given_given", "start_given", "source_given", "warnings_given", "人口")}
        assert list(given.values()) == ["戊", "甲", "乙", "丙", "丁", "12"]
    assert gongkai.tag_frame(done)["role"].iloc[0] in ("problem", "measure")


def test_what_was_doubtful_stands_in_the_table_of_reports(tmp_path):
    frame = gongkai.report_frame(user_columns())
    assert "疑" in frame["warnings"].iloc[0]
    write_table(frame, tmp_path / "r.parquet")
    assert "疑" in pd.read_parquet(tmp_path / "r.parquet")["warnings"].iloc[0]


def test_a_folder_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    from gongkai.present import folder

    def broken(*_):
        raise TableError("no")

    monkeypatch.setattr(folder, "findings_frame", broken)
    with pytest.raises(TableError):
        folder.write_folder(tmp_path / "out", user_columns())
    assert not (tmp_path / "out").exists()


def test_a_text_that_looks_like_markup_of_excel_stays_text(tmp_path):
    write_table(pd.DataFrame({"text": ["<r><evil/></r>"]}), tmp_path / "t.xlsx")
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").active["A2"].value == "<r><evil/></r> "


def stata(frame):
    return pd.read_stata(io.BytesIO(table_bytes(frame, "t.dta")))


STATA = [
    (["柳泉县", "云渚市"], ["柳泉县", "云渚市"]),
    (["信" * 1500, "短"], ["信" * 1500, "短"]),
    (["𠮷" * 20_000, "", "a\nb"], ["𠮷" * 20_000, "", "a\nb"]),
    (["a", None], ["a", ""]),
    ([None, None], ["", ""]),
    ([3, 100, -1], [3, 100, -1]),
    ([2_147_483_647, 1], [2_147_483_647, 1]),
    ([2**53 - 1, 0], [2**53 - 1, 0]),
    ([2**60, 1], [str(2**60), "1"]),
    ([2**70, None], [str(2**70), ""]),
    ([0.5, None], [0.5, None]),
    ([1, None, 2.5], [1, None, 2.5]),
    ([True, False], [1, 0]),
    ([True, None], [1, None]),
    ([23000, "约二万", None], ["23000", "约二万", ""]),
    ([["depth", "review"], []], ["depth;review", ""]),
    ([{"depth": 0.9}, {}], ["depth:0.9", ""]),
]


@pytest.mark.parametrize(("given", "held"), STATA)
def test_stata_holds_each_kind_of_cell(given, held):
    assert [row["a"] for row in records(stata(pd.DataFrame({"a": pd.Series(given, dtype=object)})))] == held


@pytest.mark.parametrize(
    ("dtype", "given", "held"),
    [
        ("Int64", [2021, None], [2021, None]), ("Int64", [None, None], [None, None]), ("Float64", [0.5, None], [0.5, None]),
        ("float64", [None, None], [None, None]), ("boolean", [True, None], [1, None]), ("bool", [True, False], [1, 0]),
        ("string", ["a", None], ["a", ""]), ("category", ["a", "b"], ["a", "b"]), ("int8", [127, -128], [127, -128]),
    ],
)  # fmt: skip
def test_stata_holds_each_type_of_column(dtype, given, held):
    assert [row["a"] for row in records(stata(pd.DataFrame({"a": pd.Series(given, dtype=dtype)})))] == held


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_stata_keeps_any_text(texts):
    assert stata(pd.DataFrame({"text": texts}))["text"].tolist() == texts


CALLED = [
    ("人口（万）", "人口_万_"), ("2021", "_2021"), ("a b-c.d", "a_b_c_d"), ("class", "_class"), ("str12", "_str12"), ("x" * 40, "x" * 32),
    ("政" * 40, "政" * 32), ("", "v1"), ("（）", "v1"), ("é", "é"), ("①", "v1"), ("º", "v1"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "called"), CALLED)
def test_stata_calls_a_column_otherwise_and_says_so(given, called):
    with pytest.warns(TableWarning) if given != called else warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.PerformanceWarning)
        assert list(stata(pd.DataFrame({given: [1]}))) == [called]


def test_columns_that_stata_would_call_alike_stay_apart():
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=["a b", "a-b", "a_b", "x" * 33, "x" * 34])
    with pytest.warns(TableWarning) as said:
        got = stata(frame)
    assert got.iloc[0].to_dict() == {"a_b_2": 1, "a_b_3": 2, "a_b": 3, "x" * 32: 4, "x" * 30 + "_2": 5}
    assert "'a b' -> a_b_2, 'a-b' -> a_b_3" in str(said[0].message)


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, unique=True))
def test_stata_takes_a_column_of_any_name_and_no_two_get_one(columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TableWarning)
        warnings.simplefilter("error", pd.errors.InvalidColumnName)
        got = stata(pd.DataFrame([range(len(columns))], columns=columns))
    assert got.iloc[0].tolist() == list(range(len(columns)))
    assert got.columns.is_unique
    assert all(len(c) <= 32 for c in got)


def test_stata_labels_columns_by_their_meaning_or_their_own_name(frame):
    with pytest.warns(TableWarning):
        raw = io.BytesIO(table_bytes(frame.assign(**{"人口 万": 1, "x" * 99: 2}), "t.dta"))
    labels = pd.io.stata.StataReader(raw).variable_labels()
    assert labels["role"] == "角色 / role"
    assert labels["人口_万"] == "人口 万"
    assert labels["x" * 32] == "x" * 79 + "…"
    assert "" not in labels.values()


def test_labels_fit_and_are_there_for_every_column_of_a_table():
    rooms = (
        "records",
        "spread",
        "correct",
        "sampling",
        "trends",
        "contrasts",
        "pairs",
        "keyness",
        "answers",
        "recur",
        "reuse",
        "candour",
        "check",
    )
    known = {
        column
        for room in rooms
        for name, columns in vars(importlib.import_module(f"gongkai.{room}")).items()
        if name.endswith("COLUMNS")
        for column in columns
    }
    labels = data("columns.yaml")
    assert known - set(labels) == set()
    assert all(len(" / ".join(label)) <= 80 for label in labels.values())


@pytest.mark.parametrize(
    ("columns", "column", "said"),
    [
        ("report problem measure score", "measure", "start"),
        ("body theme year problem measure problem_next", "measure", "promised"),
        ("body theme year problem measure problem_next", "problem", "1 yes"),
        ("problem measure answered mentions", "measure", "theme"),
        ("report body source body_from", "source", "read from"),
        ("report units reused nearest source", "source", "nearest"),
        ("cluster size report source reports", "source", "earlier report"),
    ],
)
def test_stata_labels_a_column_as_it_is_meant_in_its_table(columns, column, said):
    raw = io.BytesIO(table_bytes(pd.DataFrame(columns=columns.split(), data=[["1"] * len(columns.split())]), "t.dta"))
    assert said in pd.io.stata.StataReader(raw).variable_labels()[column]


def test_stata_s_bytes_are_the_same_every_time(frame):
    assert table_bytes(frame, "a.dta") == table_bytes(frame, "b.dta")


def test_what_stata_cannot_hold_is_marked_and_said():
    frame = pd.DataFrame({"text": pd.Series(["信\0息", "\ud800", "公开"], dtype=object)})
    with pytest.warns(TableWarning, match="text"):
        assert stata(frame)["text"].tolist() == ["信�息", "�", "公开"]


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e308])
def test_a_number_beyond_stata_is_an_error_with_a_cure(tmp_path, value):
    with pytest.raises(TableError, match=r"t\.dta: lift: .* more than Stata holds; write \.csv"):
        write_table(pd.DataFrame({"lift": [0.5, value]}), tmp_path / "t.dta")
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_columns_is_no_table_of_stata(tmp_path):
    with pytest.raises(TableError, match=r"t\.dta: .*write"):
        write_table(pd.DataFrame(), tmp_path / "t.dta")


def test_a_table_that_stata_made_is_read(tmp_path):
    frame = pd.DataFrame(
        {"report": ["a", "b"], "year": [2021.0, np.nan], "role": pd.Categorical(["problem", "measure"]), "text": ["", "信息"]}
    )
    frame.to_stata(tmp_path / "t.dta", write_index=False, version=118)
    got = read_table(tmp_path / "t.dta")
    assert records(got) == [
        {"report": "a", "year": 2021, "role": "problem", "text": ""},
        {"report": "b", "year": None, "role": "measure", "text": "信息"},
    ]


def test_a_table_that_a_person_made_in_excel_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["report", "year", "role", "themes", "text", "人口"],
        ["007", 2021, "problem", "depth;review", "=信息", 1.5],
        ["b", None, "measure", None, None, None],
    ):
        book.active.append(row)
    book.active["E2"].data_type = "s"
    book.save(tmp_path / "t.xlsx")
    got = read_table(tmp_path / "t.xlsx")
    assert records(got) == [
        {"report": "007", "year": 2021, "role": "problem", "themes": "depth;review", "text": "=信息", "人口": "1.5"},
        {"report": "b", "year": None, "role": "measure", "themes": "", "text": "", "人口": None},
    ]


def test_reading_excel_without_openpyxl_names_the_cure(frame, tmp_path, monkeypatch):
    write_table(frame, tmp_path / "t.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(TableError, match=r"t\.xlsx.*openpyxl.*pip install 'gongkai\[excel\]'.*\.csv"):
        read_table(tmp_path / "t.xlsx")


@pytest.mark.parametrize("ending", [".csv", ".dta", ".xlsx"])
def test_shares_come_with_types_that_other_programs_know(frame, tmp_path, ending):
    write_table(gongkai.spread(frame, by=["year"]), tmp_path / f"t{ending}")
    read = {".csv": pd.read_csv, ".dta": pd.read_stata, ".xlsx": pd.read_excel}[ending]
    table = read(tmp_path / f"t{ending}")
    assert {c: table[c].dtype.kind for c in ("year", "count", "denominator", "share", "low")} == {
        "year": "i", "count": "i", "denominator": "i", "share": "f", "low": "f"
    }  # fmt: skip
    assert table["small"].astype(bool).tolist() == gongkai.spread(frame, by=["year"])["small"].tolist()

"""Columns that are the user's own: kept in a study, through boundaries, and given back with the codes."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from gongkai.export import write_table
from gongkai.review.boundaries import merge, split
from gongkai.review.changes import State, add_coder, code
from gongkai.review.exchange import FORMATS, export, import_file
from gongkai.review.frames import machine_frame
from gongkai.review.load import load_inputs, load_tables
from gongkai.review.store import VERSION, open_study

TEXTS = ("一是信息更新不及时，栏目空着。", "二是人手不足，业务不熟。", "三是渠道单一，公众不知道。")
REPORT = "柳泉县青禾镇2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n" + "\n".join(TEXTS)


def rows(**columns):
    places = [("甲.txt", 0), ("甲.txt", 20), ("乙.txt", 0)]
    frame = pd.DataFrame(
        [(r, s, s + len(t), t) for (r, s), t in zip(places, TEXTS, strict=True)], columns=["report", "start", "end", "text"]
    )
    return frame.assign(**columns)


@pytest.fixture
def db(tmp_path):
    with_coder = open_study(tmp_path / "s.db")
    add_coder(with_coder, "李梅")
    yield with_coder
    with_coder.close()


READERS = {
    "jsonl": lambda file: pd.read_json(file, lines=True, dtype=False),
    "csv": lambda file: pd.read_csv(file, dtype=str),
    "parquet": pd.read_parquet,
    "xlsx": lambda file: pd.read_excel(file, dtype=str),
}


def given_back(db, columns, name="jsonl"):
    """The cells of some columns, a list a statement."""
    read = READERS[name](io.BytesIO(export(db, FORMATS[name])[""]))
    read = read.astype(object).where(read.notna(), None).set_index(next(c for c in read if "text" in c))
    return [[read.loc[t, c] for c in columns] for t in TEXTS]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_own_columns_of_a_table_come_back_with_the_codes(db, tmp_path, ending):
    write_table(rows(编号=["001", "002", "003"], 省代码=["33", "33", "11"], 空=[None, "有", None]), tmp_path / f"t{ending}")
    assert load_inputs(db, [tmp_path / f"t{ending}"]).kept == ("编号", "省代码", "空")
    for name in ("jsonl", "csv", "parquet", "xlsx"):
        assert given_back(db, ["编号", "省代码", "空"], name) == [["001", "33", None], ["002", "33", "有"], ["003", "11", None]]


@pytest.mark.parametrize(
    ("column", "called"),
    [
        ("id", "id"),
        ("备注", "备注_given"),
        ("note", "note_given"),
        ("timeliness", "timeliness_given"),
        ("公开时效", "公开时效_given"),
        ("机关", "机关_given"),
    ],
)
def test_a_column_that_would_be_taken_for_another_is_called_otherwise(db, column, called):
    load_tables(db, rows(**{column: ["1", "2", "3"]}))
    assert given_back(db, [called]) == [["1"], ["2"], ["3"]]
    code(db, 1, "李梅", State("problem", ("timeliness",), "coded"))
    for name in ("xlsx", "csv", "jsonl", "parquet"):
        taken = import_file(db, {f"c{FORMATS[name].ending}": export(db, FORMATS[name])[""]})
        assert (taken.same, taken.taken, taken.refused, taken.remarks) == (1, 0, (), ())


def test_cells_of_any_kind_are_kept_as_numbers_or_text(db):
    cells = [pd.Timestamp("2021-05-01"), ["a", 1], float("inf")]
    load_tables(db, rows(数=[1, 2.5, None], 其他=pd.Series(cells, dtype=object)))
    assert given_back(db, ["数", "其他"]) == [[1.0, "2021-05-01 00:00:00"], [2.5, '["a", 1]'], [None, "inf"]]
    for name in FORMATS:
        if FORMATS[name].several:
            assert export(db, FORMATS[name])


def test_metadata_of_reports_come_back_with_the_codes(db, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(REPORT, "utf-8")
    (folder / "metadata.csv").write_text("report,编号,level,note\na.txt,007,乡镇,好\n", "utf-8")
    assert set(load_inputs(db, [folder]).kept) == {"编号", "note"}
    assert given_back(db, ["编号", "note_given", "level"]) == [["007", "好", "乡镇"]] * 3
    # A statement that a boundary makes is of the same report.
    first = machine_frame(db).iloc[0]
    split(db, int(first["statement"]), int(first["start"]) + 9, "李梅")
    codes = pd.read_json(io.BytesIO(export(db, FORMATS["jsonl"])[""]), lines=True, dtype=False)
    assert codes["编号"].tolist() == ["007"] * 4


def test_pieces_of_a_statement_have_its_columns_and_what_is_joined_has_none(db):
    text = REPORT.partition("\n")[2]
    section = {
        "report": "甲.txt",
        "kind": "problems",
        "number": 5,
        "title": "五",
        "start": 0,
        "body_start": 15,
        "end": len(text),
        "text": text,
    }
    places = [(text.index(t), t) for t in TEXTS]
    frame = pd.DataFrame([("甲.txt", at, at + len(t), t, f"n{at}") for at, t in places], columns=["report", "start", "end", "text", "编号"])
    load_tables(db, frame, pd.DataFrame([section]))
    split(db, 1, places[0][0] + 9, "李梅")
    merge(db, 2, 3, "李梅")
    codes = pd.read_json(io.BytesIO(export(db, FORMATS["jsonl"])[""]), lines=True, dtype=False)
    assert codes["编号"].fillna("").tolist() == [f"n{places[0][0]}"] * 2 + [""]


def test_columns_that_come_later_stand_beside_those_before(db):
    load_tables(db, rows(编号=["1", "2", "3"]))
    load_tables(db, rows(省=["浙", "浙", "京"], 编号=["1", None, "9"]))
    assert given_back(db, ["编号", "省"]) == [["1", "浙"], ["2", "浙"], ["9", "京"]]


def test_a_study_of_the_version_before_is_opened_and_keeps_columns_from_then_on(tmp_path):
    with open_study(tmp_path / "s.db") as old:
        load_tables(old, rows())
        add_coder(old, "李梅")
        code(old, 1, "李梅", State("problem", ("timeliness",), "coded"))
        for table in ("reports", "statements"):
            old.execute(f"ALTER TABLE {table} DROP COLUMN extra")
        old.execute("PRAGMA user_version = 1")
    old.close()
    db = open_study(tmp_path / "s.db", create=False)
    assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION == 2
    assert load_tables(db, rows(编号=["1", "2", "3"])).known == 3
    assert given_back(db, ["编号", "coder"]) == [["1", None], ["2", None], ["3", "李梅"]]
    db.close()
    new, updated = open_study(tmp_path / "new.db"), open_study(tmp_path / "s.db")
    columns = [[tuple(r) for r in d.execute("SELECT name, type, dflt_value FROM pragma_table_info('statements')")] for d in (new, updated)]
    assert columns[0] == columns[1]
    new.close()
    updated.close()

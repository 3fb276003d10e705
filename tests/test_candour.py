"""Questions from the tables and the text, set against what a report admits."""

import ast
from pathlib import Path

import pandas as pd
import pytest

import gongkai
from gongkai import candour
from gongkai.analyse import report_frame, segment_frame, tag_frame
from gongkai.candour import QUESTION_COLUMNS, questions
from gongkai.codebook import load_codebook
from gongkai.records import TABLE_COLUMNS
from gongkai.resources import data
from gongkai.tables import findings_frame, tables_frame

ABOUT = pd.DataFrame([("a", "云渚市", 2024)], columns=["report", "body", "year"])


def cells(report="a", **values):
    """Cells from table__row__column=value; None is a cell that could not be placed, "" a blank one."""
    out = []
    for n, (name, value) in enumerate(values.items()):
        number = value if isinstance(value, int | float) else None
        raw = value if isinstance(value, str) else None if value is None else f"{value:g}"
        out.append((report, *name.split("__"), number, raw, 100 + 10 * n, 105 + 10 * n))
    return pd.DataFrame(out, columns=list(TABLE_COLUMNS)).astype({"value": "Float64", "start": "Int64", "end": "Int64"})


def said(*lines, report="a"):
    frame = pd.DataFrame([(report, role, themes, 10 * n, 10 * n + 9) for n, (role, themes) in enumerate(lines)])
    return frame.set_axis(["report", "role", "themes", "start", "end"], axis=1) if len(frame) else pd.DataFrame()


def part(text, kind="requests", number=3, report="a", start=0):
    return pd.DataFrame([(report, kind, number, start, text)], columns=["report", "kind", "number", "start", "text"])


FIVE = part("五、存在的主要问题", "problems", 5)
NONE = pd.DataFrame()
ZERO = {"requests__new__total": 0, "requests__carried_in__total": 0}
ASKED = {"requests__new__total": 18, "requests__carried_in__total": 2, "requests__total__total": 15, "requests__carried_out__total": 5}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"litigation__cases__review_overturned": 64}, {"reviews_overturned": 64}),
        ({"litigation__cases__review_overturned": 0}, {}),
        ({"litigation__cases__review_overturned": ""}, {}),
        ({"litigation__cases__direct_overturned": 1, "litigation__cases__after_review_overturned": 2}, {"lawsuits_overturned": 3}),
        ({"requests__refused_1__total": 3, "requests__refused_4__total": 2, "requests__total__total": 10}, {"refused": 0.5}),
        ({"requests__refused_1__total": 2, "requests__refused_4__total": 0, "requests__total__total": 10}, {}),
        # Nine answers are too few for a share.
        ({"requests__refused_1__total": 9, "requests__refused_4__total": 0, "requests__total__total": 9}, {}),
        (ASKED, {"carried_over": 0.25}),
        ({**ASKED, "requests__total__total": 17, "requests__carried_out__total": 3}, {}),
        (ZERO, {"no_requests": 0}),
        ({**ZERO, "requests__carried_in__total": ""}, {}),
        ({f"proactive__{row}__decisions": 0 for row in ("licences", "penalties", "coercion")}, {"no_updates": 0}),
        ({f"proactive__{row}__decisions": 0 for row in ("licences", "penalties")}, {}),
        ({**{f"proactive__{row}__decisions": 0 for row in ("licences", "penalties")}, "proactive__fees__amount": 3.5}, {}),
        # What stays in force says nothing of the year.
        (
            {**{f"proactive__{row}__decisions": 0 for row in ("licences", "penalties", "coercion")}, "proactive__regulations__in_force": 9},
            {"no_updates": 0},
        ),
        # The sum of the form does not hold: 18 + 2 came in, 15 + 4 are accounted for.
        ({**ASKED, "requests__carried_out__total": 4, "requests__granted__total": 15}, {"carried_over": 0.2, "figures_disagree": 1}),
    ],
)
def test_signals_of_the_tables(given, expected):
    table = questions(cells(**given), said(("problem", "depth")), FIVE, ABOUT)
    assert dict(zip(table["signal"], table["value"], strict=True)) == expected
    assert not table["admitted"].any()


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("全年受理申请12件，其中2件超期答复。", 1),
        ("有1件因办公室搬迁未在法定期限内答复。", 1),
        ("个别申请未按时答复，另有一件逾期才答复。", 2),
        ("一件申请未 按\n期答 复。", 1),
        ("全年没有超期答复的情况。", 0),
        ("全年无一件逾期答复。", 0),
        ("杜绝超期答复现象。", 0),
        ("对逾期答复的单位予以通报。", 0),
        ("申请人逾期未缴纳费用。", 0),
        ("均按期答复，超期答复率为零。", 0),
        ("收到申请3件，均已答复。", 0),
    ],
)
def test_late_answers_that_the_text_names(text, count):
    table = questions(NONE, said(("problem", "depth")), pd.concat([part(text, start=500), FIVE]), ABOUT)
    assert table["value"].tolist() == ([count] if count else [])
    if count:
        assert set(table["signal"]) == {"late_answers"}
        begin, end = map(int, table["places"].iloc[0][0].split("-"))
        assert "答" in text[begin - 500 : end - 500]


@pytest.mark.parametrize(
    ("statements", "sections", "state", "zh", "told"),
    [
        ([("problem", "depth")], FIVE, "silent", "第五部分没有谈到依申请公开；是否另有原因？", []),
        ([("problem", "depth")], NONE, "silent", "写问题的部分没有谈到依申请公开；是否另有原因？", []),
        ([("problem", "depth;requests"), ("measure", "requests")], FIVE, "admitted", "第五部分谈到了依申请公开；说的是不是这些？", ["0-9"]),
        (
            [("problem", "depth"), ("measure", "requests")],
            FIVE,
            "measures",
            "第五部分没有把依申请公开列为问题，只在措施里提到；是否另有原因？",
            ["10-19"],
        ),
        ([("other", "")], FIVE, "silent", "第五部分没有谈到依申请公开；是否另有原因？", []),
        ([], NONE, "missing", "报告里没有找到写问题的部分；是否另有原因？", []),
    ],
)
def test_what_the_report_says_of_it(statements, sections, state, zh, told):
    (row,) = questions(cells(litigation__cases__review_overturned=64), said(*statements), sections, ABOUT).to_dict("records")
    assert (row["state"], row["admitted"], row["told"]) == (state, state == "admitted", told)
    assert row["question_zh"] == f"表格显示行政复议结果纠正 64 件；{zh}"
    assert row["question_en"].startswith("The tables show 64 administrative reviews")
    assert row["question_en"].endswith("?")
    assert row["places"] == ["100-105"]


def test_only_the_theme_that_is_spoken_of_is_named():
    table = questions(cells(**ZERO), said(("problem", ["publicity"])), FIVE, ABOUT)
    assert "谈到了宣传与知晓；" in table["question_zh"].iloc[0]


def test_one_and_many_in_english():
    asked = questions(cells(litigation__cases__review_overturned=1), NONE, NONE, ABOUT)["question_en"].iloc[0]
    assert asked.startswith("The tables show 1 administrative review in which")


def test_findings_of_gongkai_report_are_used_where_given():
    checks = pd.DataFrame(
        [("a", "named", ["5-9", "20-22"]), ("a", "missing", ["1-2"]), ("b", "row_total", "7-8;9-10")], columns=["report", "check", "places"]
    )
    table = questions(NONE, NONE, NONE, pd.DataFrame({"report": ["b", "a"]}), checks)
    assert table[["report", "signal", "value", "places"]].values.tolist() == [
        ["b", "figures_disagree", 1.0, ["7-8", "9-10"]],
        ["a", "figures_disagree", 1.0, ["5-9", "20-22"]],
    ]


def test_what_could_not_be_judged_is_counted():
    tables = pd.concat([cells("a", litigation__cases__review_overturned=None), cells("b", **ZERO)])
    table = questions(tables, NONE, NONE, pd.DataFrame({"report": ["a", "b", "c"]}))
    assert table.attrs["without_tables"] == 1
    assert (table.attrs["not_judged"]["reviews_overturned"], table.attrs["not_judged"]["no_requests"]) == (2, 1)
    assert table["signal"].tolist() == ["no_requests"]
    assert table["year"].isna().all()


def test_reports_of_unknown_body_and_year_are_asked_too():
    about = pd.DataFrame([("a", None, None)], columns=["report", "body", "year"])
    (row,) = questions(cells(**ZERO), NONE, NONE, about).to_dict("records")
    assert (row["body"], pd.isna(row["year"])) == (None, True)


def test_a_codebook_without_the_themes_leaves_the_signal_out_and_says_so(tmp_path):
    roles = "roles:\n  problem: {zh: 问题, en: problem, definition: d}\n"
    text = f"version: 1\n{roles}themes:\n  - {{id: publicity, zh: 宣传, en: publicity, definition: d}}\n"
    (tmp_path / "book.yaml").write_text(text, "utf-8")
    given = cells(**ZERO, litigation__cases__review_overturned=3)
    table = questions(given, NONE, NONE, ABOUT, codebook=load_codebook(tmp_path / "book.yaml"))
    assert table["signal"].tolist() == ["no_requests"]
    assert table.attrs["left_out"]["reviews_overturned"] == ["requests"]


@pytest.mark.parametrize("about", [NONE, ABOUT])
def test_nothing_gives_an_empty_frame(about):
    table = questions(NONE, NONE, NONE, about)
    assert list(table.columns) == list(QUESTION_COLUMNS)
    assert (len(table), table["admitted"].dtype) == (0, bool)


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"tables: no column raw"):
        questions(cells(**ZERO).drop(columns="raw"), NONE, NONE, ABOUT)


def test_every_theme_of_the_data_is_in_the_codebook_and_none_in_the_code():
    book = set(load_codebook().theme_ids)
    assert {t for rule in data("candour.yaml")["signals"].values() for t in rule["themes"]} <= book
    tree = ast.parse(Path(candour.__file__).read_text("utf-8"))
    assert not {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)} & book


def test_a_whole_report(sample):
    done = [gongkai.analyse(sample / "云渚市卫生健康委2023年.txt")]
    read = {a.report.id: a.tables for a in done}
    table = questions(tables_frame(read), tag_frame(done), segment_frame(done), report_frame(done), findings_frame(read))
    (row,) = table.to_dict("records")
    assert (row["signal"], row["value"], row["admitted"]) == ("reviews_overturned", 1, True)
    begin, end = map(int, row["places"][0].split("-"))
    assert done[0].report.text[begin:end] == "1"

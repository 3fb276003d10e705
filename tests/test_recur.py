"""The same theme in consecutive reports of one office."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.recur import OUTCOMES, RECUR_COLUMNS, recurring

COLUMNS = ["report", "body", "year", "role", "themes", "text"]


def rows(*lines):
    """Statements from (body, year, role letter, themes[, text]); a report a body and year."""
    out = []
    for body, year, letter, themes, *text in lines:
        role = {"P": "problem", "M": "measure", "O": "other"}[letter]
        out.append((f"{body}{year}", body, year, role, themes, text[0] if text else ""))
    return pd.DataFrame(out, columns=COLUMNS).assign(start=range(len(out))).astype({"year": "Int64"})


def outcome(table, theme="depth", **where):
    for column, value in where.items():
        table = table[table[column] == value]
    (row,) = table[table["theme"] == theme].to_dict("records")
    return row


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("P", 2020, "depth"), ("P", 2021, "depth")], "recurs"),
        ([("P", 2020, "depth"), ("M", 2020, "depth"), ("P", 2021, "depth;review")], "recurs_despite_promise"),
        ([("P", 2020, "depth"), ("M", 2020, "review"), ("P", 2021, "depth")], "recurs"),
        ([("P", 2020, "depth"), ("M", 2021, "depth")], "disappears"),
        ([("O", 2020, ""), ("P", 2021, "depth")], "new"),
        ([("M", 2020, "depth"), ("P", 2021, "depth")], "new"),
        ([("O", 2020, ""), ("O", 2021, "")], "absent"),
    ],
)
def test_outcomes(lines, expected):
    table = recurring(rows(*[("柳泉县", year, letter, themes) for letter, year, themes in lines]))
    assert outcome(table)["outcome"] == expected
    assert len(table) == len(gongkai.load_codebook().theme_ids)


def test_what_is_done_is_no_promise():
    frame = rows(("柳泉县", 2020, "P", "depth"), ("柳泉县", 2020, "M", "depth", "今年以来已逐项写细。"), ("柳泉县", 2021, "P", "depth"))
    row = outcome(recurring(frame))
    assert (row["outcome"], row["measure"], row["done"]) == ("recurs", False, True)


def test_the_next_report_is_the_next_there_is():
    table = recurring(rows(("云渚市", 2016, "P", "depth"), ("云渚市", 2020, "P", "depth"), ("云渚市", 2021, "O", "")))
    assert [(r["year"], r["next_year"], r["gap"]) for r in table[table["theme"] == "depth"].to_dict("records")] == [
        (2016, 2020, 3),
        (2020, 2021, 0),
    ]
    assert table["report"].unique().tolist() == ["云渚市2016", "云渚市2020"]


def test_two_files_of_one_year_are_one_report():
    frame = rows(("临沚县", 2013, "P", "depth"), ("临沚县", 2014, "P", "depth"), ("临沚县", 2014, "P", "review"))
    frame.loc[2, "report"] = "临沚县2014补"
    table = recurring(frame)
    assert [outcome(table, t)["outcome"] for t in ("depth", "review")] == ["recurs", "new"]
    assert table["next_report"].unique().tolist() == ["临沚县2014;临沚县2014补"]


def test_what_cannot_be_placed_is_counted():
    frame = rows(("柳泉县", 2020, "P", "depth"), ("柳泉县", 2021, "P", "depth"), (None, 2020, "P", "depth"), ("望溪区", None, "P", "depth"))
    frame = pd.concat([frame, rows(("临沚县", 2020, "P", "depth"))], ignore_index=True)
    table = recurring(frame)
    assert table.attrs["left_out"] == 2
    assert table.attrs["left_out_why"] == {"body unknown": 1, "year unknown": 1}
    assert table.attrs["single"] == 1
    assert set(table["body"]) == {"柳泉县"}


def test_the_table_of_reports_wins_and_silence_is_read_only_where_something_is_said():
    frame = rows(("甲", 2020, "P", "depth"), ("乙", 2021, "P", "depth"), ("丙", 2023, "P", "depth"))
    about = pd.DataFrame({"report": ["甲2020", "乙2021", "空"], "body": "青禾镇", "year": [2020, 2022, 2021]})
    table = recurring(frame, about)
    assert [(r["body"], r["year"], r["next_year"], r["outcome"]) for r in table[table["theme"] == "depth"].to_dict("records")] == [
        ("青禾镇", 2020, 2022, "recurs")
    ]
    assert table.attrs["left_out_why"] == {"no statement": 1, "not in the table of reports": 1}


def test_offices_of_one_name_are_told_apart_by_region():
    about = pd.DataFrame(
        [("a", 2020, "甲省"), ("b", 2021, "甲省"), ("c", 2021, "乙省"), ("d", 2022, None)], columns=["report", "year", "region"]
    ).assign(body="城关镇")
    frame = about[["report"]].assign(role="problem", themes="depth", text="", start=0)
    table = recurring(frame, about)
    assert table[table["theme"] == "depth"][["region", "report", "next_report"]].values.tolist() == [["甲省", "a", "b"]]
    assert table.attrs["left_out_why"] == {"several offices of this name, region unknown": 1}
    one = recurring(frame, about[about["region"] != "乙省"])
    assert one[one["theme"] == "depth"]["next_report"].tolist() == ["b", "d"]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙"), st.integers(2018, 2021), st.sampled_from("PM"), st.sampled_from(["depth", "review"])),
        max_size=12,
    )
)
def test_outcomes_follow_from_the_columns(lines):
    frame = rows(*lines)
    table = recurring(frame)
    years = frame.groupby("body")["year"].nunique() if len(frame) else pd.Series(dtype=int)
    assert len(table) == len(gongkai.load_codebook().theme_ids) * int((years - 1).sum())
    said = {(b, y, t) for b, y, r, t in frame[["body", "year", "role", "themes"]].values if r == "problem"}
    for r in table.to_dict("records"):
        assert r["problem"] == ((r["body"], r["year"], r["theme"]) in said)
        assert r["problem_next"] == ((r["body"], r["next_year"], r["theme"]) in said)
        assert r["outcome"] in OUTCOMES
        assert (r["outcome"] == "recurs_despite_promise") == (r["problem"] and r["problem_next"] and r["measure"])
        assert r["next_year"] > r["year"]
    assert recurring(frame.sample(frac=1, random_state=1)).equals(table)


@pytest.mark.parametrize("frame", [pd.DataFrame(), rows()])
def test_nothing_gives_an_empty_frame(frame):
    table = recurring(frame)
    assert list(table.columns) == list(RECUR_COLUMNS)
    assert (len(table), table.attrs["left_out"]) == (0, 0)


@pytest.mark.parametrize(
    ("frame", "said"),
    [(rows(("甲", 2020, "P", "weather")), "weather"), (rows(("甲", 2020, "P", "depth")).drop(columns="body"), "no column body")],
)
def test_what_cannot_be_used_is_named(frame, said):
    with pytest.raises(ValueError, match=said):
        recurring(frame)


@pytest.mark.parametrize("region", [None, "柳泉县"])
def test_reports_without_any_theme_give_no_rows_but_their_office(region):
    lone = pd.DataFrame([("a", "柳泉县青禾镇", 2021, region)], columns=["report", "body", "year", "region"])
    said = pd.DataFrame([("a", "other", "", 0, 2, "无。")], columns=["report", "role", "themes", "start", "end", "text"])
    table = gongkai.recurring(said, reports=lone)
    assert (len(table), table.attrs["single"]) == (0, 1)

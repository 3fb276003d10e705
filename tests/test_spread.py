"""Theme shares: counts, denominators and shares, over reports and statements, by any columns."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gongkai

ROWS = pd.DataFrame(
    [
        ("a", 2020, "乡镇", "problem", ["depth", "channels"]),
        ("a", 2020, "乡镇", "problem", ["depth"]),
        ("a", 2020, "乡镇", "measure", ["capacity"]),
        ("a", 2020, "乡镇", "other", []),
        ("b", 2021, "街道", "problem", ["channels"]),
        ("c", None, "街道", "measure", ["depth"]),
    ],
    columns=["report", "year", "level", "role", "themes"],
).astype({"year": "Int64"})


def cell(table, **where):
    for column, value in where.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    assert len(table) == 1
    return tuple(table[["count", "denominator"]].iloc[0])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"role": "problem", "theme": "depth", "unit": "statements"}, (2, 3)),
        ({"role": "problem", "theme": "depth", "unit": "reports"}, (1, 3)),
        ({"role": "problem", "theme": "channels", "unit": "reports"}, (2, 3)),
        ({"role": "measure", "theme": "depth", "unit": "statements"}, (1, 2)),
        ({"role": "measure", "theme": "review", "unit": "reports"}, (0, 3)),
    ],
)
def test_counts_over_all(where, expected):
    assert cell(gongkai.spread(ROWS), **where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"year": 2020, "role": "problem", "theme": "channels", "unit": "reports"}, (1, 1)),
        ({"year": 2021, "role": "problem", "theme": "depth", "unit": "statements"}, (0, 1)),
        ({"year": None, "role": "measure", "theme": "depth", "unit": "reports"}, (1, 1)),
    ],
)
def test_groups_and_the_group_of_the_unknown(where, expected):
    assert cell(gongkai.spread(ROWS, by=["year"]), **where) == expected


def test_several_columns_and_columns_first():
    table = gongkai.spread(ROWS, by=["level", "year"])
    assert list(table.columns) == ["level", "year", "role", "theme", "unit", "count", "denominator", "share"]
    assert cell(table, level="街道", year=2021, role="problem", theme="channels", unit="reports") == (1, 1)


def test_reports_without_statements_count_where_they_are_given():
    about = pd.DataFrame({"report": ["a", "b", "c", "d"]})
    assert cell(gongkai.spread(ROWS, reports=about), role="problem", theme="depth", unit="reports") == (1, 4)


def test_joined_themes_as_csv_has_them():
    joined = ROWS.assign(themes=ROWS["themes"].map(";".join))
    assert gongkai.spread(joined).equals(gongkai.spread(ROWS))


def test_unknown_column_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"region.*report"):
        gongkai.spread(ROWS, by=["region"])


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["problem", "measure"]), st.sets(st.sampled_from(["depth", "review"]), min_size=1)
        ),
        min_size=1,
        max_size=15,
    )
)
def test_groups_add_up_to_the_whole(rows):
    frame = pd.DataFrame([(r, role, sorted(t)) for r, role, t in rows], columns=["report", "role", "themes"])
    frame["half"] = frame["report"].isin(["a"])
    whole, parts = gongkai.spread(frame), gongkai.spread(frame, by=["half"])
    keys = ["role", "theme", "unit"]
    added = parts.groupby(keys, sort=False)[["count", "denominator"]].sum()
    assert added.loc[list(map(tuple, whole[keys].values))].values.tolist() == whole[["count", "denominator"]].values.tolist()
    assert whole["share"].dropna().between(0, 1).all()

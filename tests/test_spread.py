"""Theme shares: counts, denominators, shares and their intervals, over reports and statements, by any columns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gongkai
from gongkai.intervals import wilson
from gongkai.spread import SPREAD_COLUMNS

BOOK = gongkai.load_codebook()
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
    assert list(table.columns) == ["level", "year", *SPREAD_COLUMNS]
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
    whole, parts = gongkai.spread(frame, codebook=BOOK), gongkai.spread(frame, ["half"], BOOK)
    keys = ["role", "theme", "unit"]
    added = parts.groupby(keys, sort=False)[["count", "denominator"]].sum()
    assert added.loc[list(map(tuple, whole[keys].values))].values.tolist() == whole[["count", "denominator"]].values.tolist()
    assert whole["share"].dropna().between(0, 1).all()


# Offices: 青禾镇 wrote three reports, 棠梨街道 two, and two reports are of nobody known.
OFFICES = pd.DataFrame(
    [
        ("a", "青禾镇", ["depth"]),
        ("b", "青禾镇", ["depth"]),
        ("c", "青禾镇", ["depth", "channels"]),
        ("d", "棠梨街道", ["channels"]),
        ("e", "棠梨街道", ["channels"]),
        ("f", None, ["channels"]),
        ("g", "", ["depth"]),
    ],
    columns=["report", "body", "themes"],
).assign(role="problem")


def row(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


DEPTH = {"role": "problem", "theme": "depth", "unit": "reports"}


def test_each_office_once_has_wilsons_interval():
    once = OFFICES.drop_duplicates("body")
    found = row(gongkai.spread(once), **DEPTH)
    assert (found["low"], found["high"]) == pytest.approx(wilson(2, 4))
    assert (found["clusters"], bool(found["small"])) == (4, True)


@pytest.mark.parametrize(("cluster", "offices"), [("body", 4), (None, 7), ("report", 7), ("theme_group", 2)])
def test_offices_are_the_values_of_a_column_and_each_unknown_its_own(cluster, offices):
    table = gongkai.spread(OFFICES.assign(theme_group=list("xxxxyyy")), cluster=cluster)
    assert set(table.loc[table["denominator"] > 0, "clusters"]) == {offices}
    assert table["small"].equals((table["denominator"] < 5) | (table["clusters"] < 3))


def test_without_a_column_of_offices_every_report_is_one():
    table = gongkai.spread(OFFICES.drop(columns="body"))
    assert table.equals(gongkai.spread(OFFICES, cluster=None))
    with pytest.raises(ValueError, match="no column bdoy"):
        gongkai.spread(OFFICES, cluster="bdoy")


def test_offices_come_from_the_reports_where_they_tell_them():
    about = OFFICES[["report", "body"]].assign(body=list("uvwxyzz"))
    assert set(gongkai.spread(OFFICES, reports=about).query("denominator > 0 and unit == 'reports'")["clusters"]) == {6}
    assert gongkai.spread(OFFICES, reports=about[["report"]]).equals(gongkai.spread(OFFICES))


def test_reports_of_few_offices_tell_less():
    many = pd.concat([OFFICES.assign(report=OFFICES["report"] + str(n), body=[f"{b}{n}" for b in "aaabbcd"]) for n in range(12)])
    few = row(gongkai.spread(many), **DEPTH)
    own = row(gongkai.spread(many, cluster=None), **DEPTH)
    assert few["low"] < own["low"] < own["share"] < own["high"] < few["high"]
    wider = row(gongkai.spread(many, confidence=0.99), **DEPTH)
    assert wider["low"] < few["low"] < few["high"] < wider["high"]


def test_one_office_that_wrote_all_has_no_interval():
    found = gongkai.spread(OFFICES[OFFICES["body"] == "青禾镇"])
    assert found["low"].isna().all()
    assert found["small"].all()
    assert row(found, **DEPTH)["share"] == 1


def test_small_cells_can_be_emptied():
    rows = pd.concat([OFFICES.assign(year=2020), OFFICES[:4].assign(year=2021)])
    rows["report"] += rows["year"].astype(str)
    plain, emptied = gongkai.spread(rows, ["year"]), gongkai.spread(rows, ["year"], suppress=True)
    assert set(emptied.loc[emptied["small"], "year"]) == {2020, 2021}
    hidden = emptied.loc[emptied["small"], ["count", "share", "low", "high"]]
    assert hidden.isna().all(axis=None)
    kept = ~plain["small"]
    assert kept.any()
    pd.testing.assert_frame_equal(emptied[kept], plain[kept], check_dtype=False)
    assert emptied[["denominator", "clusters", "small"]].equals(plain[["denominator", "clusters", "small"]])


def test_a_column_of_statements_puts_a_report_into_each_of_its_groups():
    rows = pd.DataFrame(
        [("a", "problems", "problem", "depth"), ("a", "measures", "problem", "depth"), ("b", "problems", "problem", "")],
        columns=["report", "kind", "role", "themes"],
    )
    table = gongkai.spread(rows, by=["kind"])
    assert cell(table, kind="measures", **DEPTH) == (1, 1)
    assert cell(table, kind="problems", **DEPTH) == (1, 2)


def test_a_theme_given_twice_counts_once():
    assert cell(gongkai.spread(ROWS.assign(themes="depth;depth")), role="problem", theme="depth", unit="statements") == (3, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"themes": "speed"}, r"themes that are not in the codebook.*speed"),
        ({"role": "fault"}, r"roles that are not in the codebook.*fault"),
        ({"path": [["x"]] * 6}, r"cannot group by path"),
    ],
)
def test_what_cannot_be_counted_is_said(change, message):
    with pytest.raises(ValueError, match=message):
        gongkai.spread(ROWS.assign(**change), by=["path"] if "path" in change else ())


def test_groups_may_not_take_the_name_of_a_column():
    with pytest.raises(ValueError, match="cannot group by role"):
        gongkai.spread(ROWS, by=["role"])


def test_one_column_may_be_given_by_itself():
    assert gongkai.spread(ROWS, by="year").equals(gongkai.spread(ROWS, by=["year", "year"]))


def test_statements_of_reports_that_are_not_listed_are_refused():
    with pytest.raises(ValueError, match=r"2 reports have statements but no row in `reports`, b first"):
        gongkai.spread(ROWS, reports=pd.DataFrame({"report": ["a"]}))


@pytest.mark.parametrize("by", [[], ["year"], ["year", "level"]])
def test_nothing_gives_no_counts(by):
    table = gongkai.spread(ROWS[:0], by=by)
    assert list(table.columns) == [*by, *SPREAD_COLUMNS]
    assert not table["count"].any()
    assert table["low"].isna().all()
    assert (len(table) > 0) == (not by)


reports = st.lists(
    st.tuples(
        st.sampled_from(["东", "西", None]),
        st.sampled_from(["甲", "乙", "丙", "丁", None, ""]),
        st.lists(st.tuples(st.sampled_from(["problem", "measure", "other"]), st.sets(st.sampled_from(["depth", "review"]))), max_size=4),
    ),
    min_size=1,
    max_size=12,
)


@given(reports)
def test_counts_are_those_of_a_slow_twin(made):
    about = pd.DataFrame([(f"r{n}", side, body) for n, (side, body, _) in enumerate(made)], columns=["report", "side", "body"])
    rows = [(f"r{n}", role, sorted(themes) if role != "other" else []) for n, (_, _, said) in enumerate(made) for role, themes in said]
    frame = pd.DataFrame(rows, columns=["report", "role", "themes"]).astype({"report": object})
    table = gongkai.spread(frame, ["side"], BOOK, about)
    for found in table[table["theme"].isin(["depth", "review"])].to_dict("records"):
        side = found["side"] if isinstance(found["side"], str) else None
        mine = [(n, body, said) for n, (s, body, said) in enumerate(made) if s == side]
        of_role = {n: [found["theme"] in themes for role, themes in said if role == found["role"]] for n, _, said in mine}
        by_report = found["unit"] == "reports"
        count = sum(any(x) if by_report else sum(x) for x in of_role.values())
        behind = [body or n for n, body, _ in mine if by_report or of_role[n]]
        n = len(mine) if by_report else sum(map(len, of_role.values()))
        assert (found["count"], found["denominator"], found["clusters"]) == (count, n, len(set(behind)))
        if n and (len(set(behind)) > 1 or n == 1):
            assert 0 <= found["low"] <= found["share"] <= found["high"] <= 1
        else:
            assert np.isnan(found["low"])

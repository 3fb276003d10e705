"""Change over the years, and differences between groups, of theme shares."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.contrasts import CONTRAST_COLUMNS, differences
from gongkai.intervals import adjusted
from gongkai.spread import spread
from gongkai.trends import TREND_COLUMNS, trend

BOOK = gongkai.load_codebook()
DEPTH = "role == 'problem' and theme == 'depth'"
# Office, year, statements with the theme, statements in all.
YEARS = [
    ("a", 2018, 2, 3), ("a", 2019, 1, 4), ("a", 2020, 0, 2), ("b", 2018, 1, 1), ("b", 2020, 1, 5), ("c", 2019, 0, 3),
    ("c", 2021, 2, 2), ("d", 2018, 3, 4), ("d", 2019, 1, 2), ("d", 2021, 0, 6), ("e", 2020, 1, 3),
]  # fmt: skip


def statements(rows):
    made = [(f"{o}{y}", o, y, "problem", "depth" if i < k else "channels") for o, y, k, n in rows for i in range(n)]
    return pd.DataFrame(made, columns=["report", "body", "year", "role", "themes"])


# statsmodels 0.15: OLS(y, add_constant(year)).fit(cov_type="cluster", cov_kwds={"groups": office}, use_t=True).
@pytest.mark.parametrize(
    ("unit", "change", "low", "high", "p"),
    [
        ("reports", -0.15217391304348477, -0.57273693, 0.2683891, 0.37192561739321356),
        ("statements", -0.15147265077139485, -0.46430666, 0.16136136, 0.2500167772763518),
    ],
)
def test_trend_is_that_of_statsmodels(unit, change, low, high, p):
    found = trend(statements(YEARS), BOOK).query(DEPTH + f" and unit == '{unit}'").iloc[0]
    assert found[["change", "low", "high", "p"]].tolist() == pytest.approx([change, low, high, p], abs=1e-8)
    assert found[["first_year", "last_year", "years", "reports", "undated", "clusters", "small"]].tolist() == [
        2018,
        2021,
        4,
        11,
        0,
        5,
        False,
    ]


def test_reports_without_a_year_are_left_out_and_counted():
    rows = statements(YEARS)
    undated = pd.concat([rows, rows[:3].assign(report="x", year=None), rows[:1].assign(report="y", year=None)])
    dated, table = trend(rows, BOOK), trend(undated.astype({"year": "Int64"}), BOOK)
    assert set(table["undated"]) == {2}
    assert table.drop(columns="undated").equals(dated.drop(columns="undated"))


def test_years_of_the_reports_given_count():
    rows = statements(YEARS)
    about = pd.DataFrame([(f"{o}{y}", o, y + 1) for o, y, *_ in YEARS] + [("z2030", "z", 2030)], columns=["report", "body", "year"])
    table = trend(rows.drop(columns=["body", "year"]), BOOK, about)
    assert set(table["last_year"]) == {2030}
    assert set(table["reports"]) == {12}


def test_a_theme_that_never_comes_has_no_error():
    found = trend(statements(YEARS), BOOK).query("theme == 'review'")
    assert (found.query("role == 'problem'")["change"] == 0).all()
    assert found[["low", "high", "p", "p_adjusted"]].isna().all(axis=None)


def test_p_is_adjusted_within_a_unit():
    table = trend(statements(YEARS), BOOK)
    known = table[table["p"].notna()]
    assert len(known) == 4
    assert (known["p_adjusted"] >= known["p"] - 1e-12).all()
    for _, rows in known.groupby("unit"):
        assert rows["p_adjusted"].max() == pytest.approx(rows["p"].max())


@pytest.mark.parametrize(
    ("years", "message"),
    [
        ([2020, 2021], "the years are: 2020, 2021"),
        ([None], "the years are: none"),
        (["去年", 2020, 2021, 2020], "the years are: 2020, 2021"),
    ],
)
def test_a_trend_needs_three_years(years, message):
    rows = pd.concat([statements([("a", 2018, 1, 2)]).assign(report=f"r{n}", year=y) for n, y in enumerate(years)])
    with pytest.raises(ValueError, match=f"at least 3 years; {message}"):
        trend(rows, BOOK)


def test_a_trend_needs_years():
    with pytest.raises(ValueError, match=r"no column year; there are: report"):
        trend(statements(YEARS).drop(columns="year"), BOOK)


def test_nothing_has_no_trend_and_no_difference():
    nothing = statements(YEARS)[:0]
    assert trend(nothing, BOOK).columns.tolist() == list(TREND_COLUMNS)
    assert differences(nothing, "body", BOOK).columns.tolist() == list(CONTRAST_COLUMNS)
    assert len(trend(nothing, BOOK)) == len(differences(nothing, "body", BOOK)) == 0


def halves(a, n, b, m):
    rows = [("一", i < a) for i in range(n)] + [("二", i < b) for i in range(m)]
    return pd.DataFrame(
        [(f"{g}{i}", g, "problem", "depth" if y else "channels") for i, (g, y) in enumerate(rows)],
        columns=["report", "half", "role", "themes"],
    )


# Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10; every report its own office.
@pytest.mark.parametrize(
    ("a", "n", "b", "m", "low", "high"),
    [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1), (6, 7, 2, 7, 0.0582, 0.8062)],
)
def test_difference_as_newcombe_printed_it(a, n, b, m, low, high):
    found = differences(halves(a, n, b, m), "half", BOOK).query(DEPTH + " and unit == 'reports'").iloc[0]
    assert (found["group_a"], found["group_b"]) == ("一", "二")
    assert found["difference"] == pytest.approx(a / n - b / m)
    assert found[["low", "high"]].tolist() == pytest.approx([low, high], abs=5e-5)


@pytest.mark.parametrize(("b", "confidence"), [(0, 0.95), (4, 0.95), (9, 0.95), (9, 0.5), (20, 0.95), (31, 0.99)])
def test_p_is_where_the_interval_touches_nothing(b, confidence):
    table = differences(halves(9, 40, b, 40), "half", BOOK, confidence=confidence).query(DEPTH)
    assert (((table["low"] > 0) | (table["high"] < 0)) == (table["p"] < 1 - confidence)).all()
    p = table["p"].iloc[0]
    if p < 1:
        touching = differences(halves(9, 40, b, 40), "half", BOOK, confidence=1 - p).query(DEPTH).iloc[0]
        assert min(abs(touching["low"]), abs(touching["high"])) == pytest.approx(0, abs=1e-6)


def test_the_strongest_difference_has_a_p_too():
    found = differences(halves(30, 30, 0, 30), "half", BOOK).query(DEPTH + " and unit == 'reports'").iloc[0]
    assert found["p"] <= 1e-12


def test_offices_in_both_groups_are_compared_with_themselves():
    rng = np.random.default_rng(0)
    rows = [(f"b{o}", year, int(rng.random() < share), 1) for o in range(60) for share in [rng.beta(0.3, 0.3)] for year in (2020, 2021)]
    same = differences(statements(rows), "year", BOOK).query(DEPTH + " and unit == 'reports'").iloc[0]
    other = differences(statements(rows), "year", BOOK, cluster=None).query(DEPTH + " and unit == 'reports'").iloc[0]
    assert same["difference"] == other["difference"]
    assert same["high"] - same["low"] < 0.9 * (other["high"] - other["low"])


def test_all_pairs_of_groups_with_the_shares_of_spread():
    rows = statements([("a", 2018, 1, 2), ("b", 2018, 2, 2), ("c", 2019, 0, 3), ("d", 2020, 1, 1), ("e", None, 1, 1)]).astype(
        {"year": "Int64"}
    )
    table = differences(rows, "year", BOOK)
    shares = spread(rows, ["year"], BOOK)
    pairs = list(itertools.combinations([2018, 2019, 2020, None], 2))
    assert len(table) == len(pairs) * 2 * 2 * len(BOOK.theme_ids)
    found = table.query(DEPTH + " and unit == 'statements'")
    assert [(a, None if pd.isna(b) else b) for a, b in zip(found["group_a"], found["group_b"], strict=True)] == pairs
    known = shares.query(DEPTH + " and unit == 'statements'")["share"].tolist()
    assert list(zip(found["share_a"], found["share_b"], strict=True)) == list(itertools.combinations(known, 2))
    assert found["small"].all()


def test_what_cannot_differ_or_change_is_no_look_in_either_table():
    rows = statements([(f"{o}{n}", y, (n + y) % 3, 3) for o in "ab" for n in range(4) for y in (2018, 2019, 2020)])
    for table in (trend(rows, BOOK), differences(rows, "year", BOOK)):
        for _, of_unit in table.groupby("unit"):
            looks = of_unit[of_unit["theme"].isin(["depth", "channels"]) & (of_unit["role"] == "problem")]
            assert of_unit["p"].notna().sum() == looks["p"].notna().sum() > 0
            known = of_unit["p"].dropna()
            assert of_unit.loc[known.index, "p_adjusted"].tolist() == adjusted(known).tolist()
            assert of_unit.loc[of_unit["p"].isna(), "p_adjusted"].isna().all()


def test_differences_of_one_group_or_of_too_many():
    rows = statements(YEARS)
    with pytest.raises(ValueError, match="one group only, x"):
        differences(rows.assign(level="x"), "level", BOOK)
    for unknown in (None, ""):
        with pytest.raises(ValueError, match="level is unknown for all reports"):
            differences(rows.assign(level=unknown), "level", BOOK)
    with pytest.raises(ValueError, match="has 61 groups; compare at most 60"):
        differences(pd.concat([rows[:1].assign(level=n, report=str(n)) for n in range(61)]), "level", BOOK)
    with pytest.raises(ValueError, match="no column level"):
        differences(rows, "level", BOOK)


group = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=2, max_size=6)


@given(group, group, st.booleans())
@settings(max_examples=25)
def test_intervals_of_differences_hold_the_difference(one, two, shared):
    rows = [(f"{g if not shared else ''}{n}", g, k, k + rest) for g, half in enumerate((one, two)) for n, (k, rest) in enumerate(half)]
    table = differences(statements(rows), "year", BOOK).query("role == 'problem'")
    assert table["difference"].between(table["low"] - 1e-12, table["high"] + 1e-12).all()
    assert table[["low", "high"]].abs().max(axis=None) <= 1
    fixed = (table["share_a"] == table["share_b"]) & table["share_a"].isin([0, 1])
    assert table.loc[fixed, "p"].isna().all()
    assert table["p"].dropna().between(0, 1).all()

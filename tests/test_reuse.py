"""Reused text: whose, from when, how much, and shares without it."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.alike import clusters as alike
from gongkai.alike import similar_pairs
from gongkai.reuse import CLUSTER_COLUMNS, REUSE_COLUMNS, clusters, reuse, without_reuse

OLD = "个别站所习惯把几条消息攒到一处再报，公布时活动早已过去"
NEW = "便民大厅的查询机屏幕太小，上了年纪的乡亲看不清楚上面的字"
MORE = "村务公开栏的钥匙由会计一人保管，会计外出时谁也换不了内容"


def rows(*lines):
    """Statements from (report, body, year, text)."""
    frame = pd.DataFrame(lines, columns=["report", "body", "year", "text"]).astype({"year": "Int64"})
    start = frame.groupby("report").cumcount() * 100
    return frame.assign(start=start, end=start + frame["text"].str.len(), role="problem", themes="depth")


def of(frame, report, **options):
    (row,) = reuse(frame, **options)[lambda t: t["report"] == report].to_dict("records")
    return row


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (("a", "青禾镇", 2020), ("b", "青禾镇", 2021), (0, 1, "own_earlier")),
        (("a", "青禾镇", 2018), ("b", "青禾镇", 2021), (0, 1, "own_earlier")),
        (("a", "青禾镇", 2020), ("b", "棠梨街道", 2021), (0, 1, "other_office")),
        # Of one year, nobody knows who copied.
        (("a", "青禾镇", 2021), ("b", "棠梨街道", 2021), (1, 1, "other_office")),
        # Two files of one report.
        (("a", "青禾镇", 2021), ("b", "青禾镇", 2021), (0, 0, "none")),
        (("a", None, 2020), ("b", "青禾镇", 2021), (0, 1, "unknown")),
        (("a", "青禾镇", 2020), ("b", None, 2021), (0, 1, "unknown")),
        (("a", None, 2020), ("b", None, 2020), (1, 1, "unknown")),
        (("a", "青禾镇", None), ("b", "青禾镇", 2021), (1, 1, "unknown")),
        (("a", "青禾镇", None), ("b", "棠梨街道", 2021), (1, 1, "other_office")),
    ],
)
def test_whose_text_it_is(earlier, later, expected):
    frame = rows((*earlier, f"一是{OLD}；"), (*later, f"2.{OLD}。"))
    first, second = of(frame, "a"), of(frame, "b")
    assert (first["reused"], second["reused"], second["source"]) == expected
    assert reuse(frame).attrs == {
        "short": 0,
        "body_unknown": sum(r[1] is None for r in (earlier, later)),
        "year_unknown": sum(r[2] is None for r in (earlier, later)),
    }


@pytest.mark.parametrize(
    ("text", "again", "same"),
    [
        (OLD, OLD, True),
        (f"2020年，{OLD}。", f"2021年，{OLD}。", True),
        (f"（一）{OLD}", f"2、二是{OLD}", True),
        (OLD, OLD.replace("早已", "已经"), True),
        (OLD, NEW, False),
        # Too short to have been copied.
        ("进一步拓宽公开渠道。", "进一步拓宽公开渠道。", False),
        ("", "", False),
    ],
)
def test_what_counts_as_the_same(text, again, same):
    frame = rows(("a", "青禾镇", 2020, text), ("b", "青禾镇", 2021, again))
    assert bool(of(frame, "b")["reused"]) == same


def test_rates_and_the_nearest_report():
    frame = rows(
        ("a", "青禾镇", 2019, OLD),
        ("a", "青禾镇", 2019, NEW),
        ("x", "棠梨街道", 2020, OLD),
        ("b", "青禾镇", 2020, OLD),
        ("b", "青禾镇", 2020, NEW),
        ("b", "青禾镇", 2020, MORE),
        ("b", "青禾镇", 2020, "加强学习。"),
    )
    row = of(frame, "b")
    assert (row["units"], row["reused"], round(row["rate"], 3)) == (3, 2, 0.667)
    assert (row["nearest"], row["nearest_body"], row["nearest_year"], row["shared"]) == ("a", "青禾镇", 2019, 2)
    assert row["similarity"] == pytest.approx(2 / math.sqrt(6), abs=1e-4)
    assert (row["reused_own"], row["reused_other"], row["source"]) == (2, 0, "own_earlier")
    assert of(frame, "x")["source"] == "other_office"
    assert reuse(frame).attrs["short"] == 1


def test_a_report_without_units_keeps_its_row():
    row = of(rows(("a", "青禾镇", 2020, "加强学习。")), "a")
    assert (row["units"], row["reused"], row["source"]) == (0, 0, "none")
    assert pd.isna(row["rate"])


def test_clusters_begin_with_the_earliest():
    frame = rows(
        ("b", "青禾镇", 2021, OLD),
        ("c", "云渚市", None, OLD),
        ("a", "棠梨街道", 2019, OLD),
        ("a", "棠梨街道", 2019, NEW),
        ("b", "青禾镇", 2021, NEW),
    )
    table = clusters(frame)
    assert table[["cluster", "size", "report", "source"]].values.tolist() == [
        [0, 3, "a", "other_office"],
        [0, 3, "b", "other_office"],
        [0, 3, "c", "other_office"],
        [1, 2, "a", "none"],
        [1, 2, "b", "other_office"],
    ]
    assert list(table.columns) == list(CLUSTER_COLUMNS)


def test_shares_with_and_without_reuse():
    frame = rows(("a", "青禾镇", 2020, OLD), ("b", "青禾镇", 2021, OLD), ("b", "青禾镇", 2021, NEW), ("c", "云渚市", 2021, "人少。"))
    own = without_reuse(frame)
    assert own[["report", "text"]].values.tolist() == [["a", OLD], ["b", NEW], ["c", "人少。"]]
    assert own.attrs["removed"] == 1
    assert own.index.tolist() == [0, 2, 3]

    def count(f):
        table = gongkai.spread(f, reports=frame)
        picked = table[(table["theme"] == "depth") & (table["role"] == "problem") & (table["unit"] == "statements")]
        return int(picked["count"].iloc[0])

    assert (count(frame), count(own)) == (4, 3)


def test_sections_are_compared_by_their_sentences():
    text = f"五、存在的主要问题\n一是{OLD}。二是{NEW}。"
    places = [("a", "problems", 50), ("b", "problems", 0), ("b", "requests", 200)]
    parts = pd.DataFrame(
        [(report, kind, at, at + 10, at + len(text), text) for report, kind, at in places],
        columns=["report", "kind", "start", "body_start", "end", "text"],
    )
    about = pd.DataFrame([("a", "青禾镇", 2020), ("b", "青禾镇", 2021)], columns=["report", "body", "year"])
    table = reuse(parts, about)
    assert table[["report", "units", "reused", "source"]].values.tolist() == [["a", 2, 0, "none"], ["b", 2, 2, "own_earlier"]]
    for row in clusters(parts, about).to_dict("records"):
        shift = 50 if row["report"] == "a" else 0
        assert text[row["start"] - shift : row["end"] - shift] == row["text"]


def test_one_name_in_two_regions_is_two_offices():
    frame = rows(("a", "城关镇", 2020, OLD), ("b", "城关镇", 2021, OLD)).assign(region=["甲省", "乙省"])
    assert of(frame, "b")["source"] == "other_office"


def test_the_sample_reports(sample):
    done = [gongkai.analyse(p) for p in sorted(sample.iterdir()) if "青禾镇" in p.name]
    row = reuse(gongkai.tag_frame(done)).iloc[-1]
    assert (row["nearest_year"], row["source"], row["rate"] > 0.8) == (2022, "own_earlier", True)


TEXTS = st.lists(st.sampled_from([OLD, NEW, MORE, "短句"]), max_size=3)
REPORTS = st.lists(st.tuples(st.sampled_from(["甲", "乙", None]), st.sampled_from([2019, 2020, None]), TEXTS), max_size=6)


@settings(max_examples=30)
@given(REPORTS)
def test_units_add_up_and_the_order_of_rows_is_nothing(reports):
    frame = rows(*[(f"r{n}", body, year, text) for n, (body, year, texts) in enumerate(reports) for text in texts])
    table = reuse(frame)
    assert table["units"].sum() + table.attrs["short"] == len(frame)
    assert (table["reused"] <= table["units"]).all()
    assert ((table["reused"] > 0) == (table["source"] != "none")).all()
    assert len(without_reuse(frame)) == len(frame) - without_reuse(frame).attrs["removed"]
    mixed = reuse(frame.sample(frac=1, random_state=0)).sort_values("report").reset_index(drop=True)
    expected = table.sort_values("report").reset_index(drop=True)
    columns = ["report", "units", "reused", "source", "shared"]
    assert mixed[columns].astype(str).equals(expected[columns].astype(str))


def grams(text):
    return {text[i : i + 5] for i in range(len(text) - 4)}


@settings(max_examples=60)
@given(st.lists(st.text("ab", max_size=14), max_size=12), st.sampled_from([0.3, 0.6, 0.8, 1.0]))
def test_no_pair_is_lost_by_looking_at_rare_runs_only(texts, least):
    expected = {}
    for j, second in enumerate(texts):
        for i, first in enumerate(texts[:j]):
            a, b = grams(first), grams(second)
            if a and b and len(a & b) / math.sqrt(len(a) * len(b)) >= least - 1e-9:
                expected[i, j] = len(a & b) / math.sqrt(len(a) * len(b))
    found = {(i, j): cosine for i, j, cosine in similar_pairs(texts, least)}
    assert found == pytest.approx(expected)
    number = alike(texts, least)
    assert all(number[i] == number[j] for i, j in expected)
    assert len(set(number)) >= len(texts) - len(expected)


@pytest.mark.parametrize("frame", [pd.DataFrame(), rows()])
def test_nothing_gives_empty_frames(frame):
    assert list(reuse(frame).columns) == list(REUSE_COLUMNS)
    assert list(clusters(frame).columns) == list(CLUSTER_COLUMNS)
    assert len(reuse(frame)) == len(clusters(frame)) == len(without_reuse(frame)) == 0


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"no column text"):
        reuse(rows(("a", "青禾镇", 2020, OLD)).drop(columns="text"))

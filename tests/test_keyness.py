"""Words that set a group apart: the measures against scipy and by hand, and what is left out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from gongkai.keyness import KEYWORD_COLUMNS, keywords


def statements(groups):
    """Groups of texts as statements, a report and an office each."""
    rows = [(f"{g}{i}", f"{g}{i}", g, "problem", t) for g, texts in groups.items() for i, t in enumerate(texts)]
    return pd.DataFrame(rows, columns=["report", "body", "level", "role", "text"])


PLAIN = {"乡镇": ["人手 人手 更新"] * 4 + ["渠道 更新"] * 3, "街道": ["渠道 渠道 人手"] * 3 + ["更新 更新"] * 5}
# Uses in 乡镇 and in 街道; 18 words against 19.
USES = {"人手": (8, 3), "渠道": (3, 6), "更新": (7, 10)}


def row(table, word, group="乡镇"):
    found = table[(table["word"] == word) & (table["group"] == group)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(("group", "word"), [("乡镇", "人手"), ("街道", "渠道"), ("街道", "更新")])
def test_measures_against_scipy_and_by_hand(group, word):
    found = row(keywords(statements(PLAIN), "level", prior=10), word, group)
    y, rest = USES[word] if group == "乡镇" else USES[word][::-1]
    n, m = (18, 19) if group == "乡镇" else (19, 18)
    assert found[["count", "rest"]].tolist() == [y, rest]
    known = chi2_contingency([[y, rest], [n - y, m - rest]], correction=False, lambda_="log-likelihood").statistic
    assert found["log_likelihood"] == pytest.approx(known)
    # Monroe, Colaresi & Quinn (2008), with their approximate variance.
    prior = 10 * (y + rest) / 37
    one, two = np.log((y + prior) / (n + 10 - y - prior)), np.log((rest + prior) / (m + 10 - rest - prior))
    assert found["log_odds"] == pytest.approx(one - two)
    assert found["z"] == pytest.approx((one - two) / np.sqrt(1 / (y + prior) + 1 / (rest + prior)))
    assert 0 < found["z_offices"] <= found["z"]
    assert found["offices"] <= y


def test_a_larger_prior_draws_words_together():
    odds = [row(keywords(statements(PLAIN), "level", prior=p), "人手")["log_odds"] for p in (1, 50, 5000)]
    assert odds == sorted(odds, reverse=True)
    assert odds[-1] < 0.1


def test_an_office_that_repeats_itself_tells_of_itself():
    said = ["人手 更新", "渠道 更新"]
    rng = np.random.default_rng(0)
    rows = [
        (f"{o}-{y}", f"b{o}", "乡镇" if o % 2 else "街道", said[int(c)])
        for o in range(30)
        for c in [rng.integers(3) == o % 2]
        for y in range(15)
    ]
    frame = pd.DataFrame(rows, columns=["report", "body", "level", "text"])
    table, apart = keywords(frame, "level", least_offices=1), keywords(frame, "level", least_offices=1, cluster=None)
    assert table["z"].sort_values().tolist() == apart["z"].sort_values().tolist()
    assert table["z_offices"].max() < 0.5 * apart["z_offices"].max()
    assert table["p_adjusted"].min() > apart["p_adjusted"].min()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("我镇的人手不足，2021年仍有3个栏目未更新", {"人手不足", "栏目", "更新"}),
        ("一是渠道单一；二是由于认识不到位", {"渠道", "单一", "认识", "不到位"}),
        ("江苏省淮安市的渠道", {"渠道"}),
        ("云渚市的渠道", {"渠道"}),
        ("惠民资金和公安窗口", {"惠民", "资金", "公安", "窗口"}),
        ("。，；①（）", set()),
    ],
)
def test_words_that_tell_nothing_are_left_out(text, kept):
    rows = statements({"一": [text] * 3, "二": ["网站"] * 3}).assign(body=[f"云渚市水利局{i}" for i in range(6)])
    assert set(keywords(rows, "level", least=1)["word"]) - {"网站"} == kept


@pytest.mark.parametrize(("least", "least_offices", "found"), [(5, 3, True), (12, 3, False), (5, 4, True), (5, 5, False), (5, 100, False)])
def test_rare_words_are_left_out(least, least_offices, found):
    table = keywords(statements(PLAIN), "level", least=least, least_offices=least_offices)
    assert ("人手" in set(table["word"])) == found


def test_a_group_of_few_offices_needs_no_more_than_it_has():
    rows = statements({"一": ["人手"], "二": ["渠道"] * 6})
    table = keywords(rows, "level", least=1)
    assert table["word"].tolist() == ["人手", "渠道"]
    assert table["p_adjusted"].isna().all()


def test_only_the_role_asked_for():
    rows = pd.concat([statements(PLAIN), statements(PLAIN).assign(role="measure", text="网站 网站")])
    assert "网站" not in set(keywords(rows, "level", role="problem")["word"])
    with pytest.raises(ValueError, match="no statement has the role 'plan'; there are: measure, problem"):
        keywords(rows, "level", role="plan")


def test_the_unknown_are_a_group():
    rows = statements(PLAIN)
    table = keywords(rows.assign(level=rows["level"].where(rows["level"] == "乡镇", None)), "level")
    assert table["group"].isna().any()
    assert table["group"].iloc[0] == "乡镇"


def test_order_does_not_hang_on_that_of_the_rows():
    rows = statements(PLAIN)
    table = keywords(rows, "level")
    pd.testing.assert_frame_equal(keywords(rows.sample(frac=1, random_state=1), "level"), table)
    assert table.groupby("group", sort=False)["z_offices"].apply(lambda z: z.is_monotonic_decreasing).all()


@pytest.mark.parametrize(
    ("change", "how", "message"),
    [
        ({"level": "镇"}, {}, "level has one group only, 镇"),
        ({}, {"prior": 0}, "prior 0 is no number of words"),
        ({}, {"prior": float("nan")}, "prior nan is no number of words"),
        ({}, {"by": "colour"}, "no column colour"),
        ({}, {"cluster": "colour"}, "no column colour"),
    ],
)
def test_what_cannot_be_compared_is_said(change, how, message):
    with pytest.raises(ValueError, match=message):
        keywords(statements(PLAIN).assign(**change), **{"by": "level", **how})


@pytest.mark.parametrize("texts", [[], ["的", "2021", "", None]])
def test_no_words_no_rows(texts):
    table = keywords(statements({"一": texts, "二": texts}), "level")
    assert table.columns.tolist() == list(KEYWORD_COLUMNS)
    assert table.empty

"""Themes that come together: counts, what chance would bring, and the correlation with its interval over offices."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import gongkai
from gongkai.pairs import PAIR_COLUMNS, pairs

BOOK = gongkai.load_codebook()


def statements(rows):
    return pd.DataFrame([(r, b, "problem", t) for r, b, t in rows], columns=["report", "body", "role", "themes"])


def pair(table, a="depth", b="channels", role="problem"):
    found = table[(table["theme_a"] == a) & (table["theme_b"] == b) & (table["role"] == role)]
    assert len(found) == 1
    return found.iloc[0]


SAID = [
    ("a", "青禾镇", "depth;channels"), ("a", "青禾镇", "depth"), ("b", "青禾镇", "depth;channels"), ("c", "棠梨街道", "channels"),
    ("d", "柳泉县", "review"), ("d", "柳泉县", "review"), ("e", "临沚县", "depth"), ("e", "临沚县", "channels"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "both", "a", "b", "n", "expected", "lift", "phi"),
    # Statements: 2 of 8 carry both, 4 each; reports: a, b and e of five have both, c has one.
    [("statements", 2, 4, 4, 8, 2.0, 1.0, 0.0), ("reports", 3, 3, 4, 5, 2.4, 1.25, 3 / np.sqrt(3 * 2 * 4 * 1))],
)
def test_pairs_worked_by_hand(unit, both, a, b, n, expected, lift, phi):
    found = pair(pairs(statements(SAID), BOOK, unit))
    assert found[["both", "count_a", "count_b", "n"]].tolist() == [both, a, b, n]
    assert found[["expected", "lift", "phi"]].tolist() == pytest.approx([expected, lift, phi])
    assert found["low"] < phi < found["high"]
    assert found["clusters"] == 4


def test_every_pair_of_the_codebook_has_its_row_in_order():
    table = pairs(statements(SAID), BOOK)
    n = len(BOOK.theme_ids)
    assert table.columns.tolist() == list(PAIR_COLUMNS)
    assert table.groupby("role").size().tolist() == [n * (n - 1) // 2] * 2
    places = {t: i for i, t in enumerate(BOOK.theme_ids)}
    assert (table["theme_a"].map(places) < table["theme_b"].map(places)).all()


def test_what_cannot_be_known_is_missing():
    table = pairs(statements(SAID), BOOK)
    never = pair(table, "depth", "interpretation")
    assert never[["both", "count_b"]].tolist() == [0, 0]
    assert never[["lift", "phi", "low", "high"]].isna().all()
    nobody = table[table["role"] == "measure"]
    assert (nobody["n"] == 0).all()
    assert nobody[["expected", "lift", "phi", "low", "high"]].isna().all(axis=None)
    assert pd.isna(pair(pairs(statements(SAID[:3]), BOOK))["low"])


def test_reports_without_statements_count_where_they_are_given():
    about = pd.DataFrame({"report": list("abcdefg"), "body": [*"uvwxyz", None]})
    assert pair(pairs(statements(SAID), BOOK, "reports", about))[["n", "clusters"]].tolist() == [7, 7]


def test_offices_that_repeat_themselves_tell_less():
    rng = np.random.default_rng(1)
    said = ["depth;channels", "depth", "channels", "review"]
    rows = [(f"{o}-{y}", f"b{o}", t) for o in range(40) for t in [said[rng.choice(4, p=[0.4, 0.1, 0.1, 0.4])]] for y in range(6)]
    own, apart = pair(pairs(statements(rows), BOOK)), pair(pairs(statements(rows), BOOK, cluster=None))
    assert own["phi"] == apart["phi"]
    assert own["high"] - own["low"] > 1.8 * (apart["high"] - apart["low"])


themes = st.sets(st.sampled_from(["depth", "channels"]))


@given(st.lists(st.tuples(st.integers(0, 5), themes), min_size=2, max_size=30))
def test_phi_is_the_correlation(said):
    found = pair(pairs(statements([(f"r{o}", f"b{o}", ";".join(t)) for o, t in said]), BOOK))
    a, b = ([float(x in t) for _, t in said] for x in ("depth", "channels"))
    assume(0 < sum(a) < len(a) and 0 < sum(b) < len(b))
    assert found["phi"] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-9)
    assert found["lift"] == pytest.approx(found["both"] / found["expected"])
    if abs(found["phi"]) < 1 - 1e-9 and len({o for o, _ in said}) > 1:
        assert -1 <= found["low"] <= found["phi"] <= found["high"] <= 1


def test_units_and_columns_are_checked():
    with pytest.raises(ValueError, match="unit 'sections' is not known; choose from reports, statements"):
        pairs(statements(SAID), BOOK, "sections")
    with pytest.raises(ValueError, match="no column themes"):
        pairs(statements(SAID).drop(columns="themes"), BOOK)


def test_nothing_has_no_pairs():
    table = pairs(statements([]), BOOK)
    assert table.columns.tolist() == list(PAIR_COLUMNS)
    assert table.empty

"""Agreement of coders: published worked examples, more than two coders, and intervals that draw whole reports."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.agreement import AMONG_COLUMNS, agreement, agreement_among, cohen_kappa, fleiss_kappa, krippendorff_alpha, masi, nominal
from gongkai.errors import UserError

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": A binary, B nominal, C nominal with gaps ("*") and four observers.
BINARY = "0100000010", "1110010000"
NOMINAL = "aabbdcccedda", "babbbccceddd"
GAPS = "123321412***", "1233224125*3", "*3332342251*", "12332441251*"
# Fleiss (1971): 30 patients, six psychiatrists, five diagnoses; how often each diagnosis was given to a patient.
FLEISS = """
000600 030003 014001 000006 030300 204000 004002 203100 200400 000006 100500 110400 033000 100500 020301
005001 300102 510000 020400 102003 000006 010500 020103 200400 100401 050100 400002 020400 105000 000006
"""
A, B, AB, BC, ABC, NONE = (frozenset(s) for s in ("A", "B", "AB", "BC", "ABC", ""))


def without_gaps(*rows):
    return [[v for v in unit if v != "*"] for unit in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    ("rows", "value"),
    [(BINARY, 0.095), (NOMINAL, 0.692), (GAPS, 0.743)],
    ids=["two observers, binary", "two observers, nominal", "four observers, gaps"],
)
def test_alpha_of_krippendorff_2011(rows, value):
    assert krippendorff_alpha(without_gaps(*rows)) == pytest.approx(value, abs=5e-4)


@pytest.mark.parametrize(
    ("table", "value"),
    # Cohen (1960), table 1 by its proportions, of which the paper gives p_o = .70 and p_c = .41, and the SAS example of statsmodels.
    [([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.492), ([[0, 4, 1], [0, 8, 0], [0, 1, 5]], 0.4842), ([[20, 5], [10, 15]], 0.4)],
)
def test_kappa_of_published_tables(table, value):
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    assert cohen_kappa(*zip(*pairs, strict=True)) == pytest.approx(value, abs=5e-4)


def test_kappa_of_fleiss_1971():
    units = [[k for k, n in enumerate(map(int, counts)) for _ in range(n)] for counts in FLEISS.split()]
    assert len(units) == 30
    assert {len(u) for u in units} == {6}
    assert np.bincount([v for u in units for v in u]).tolist() == [26, 26, 30, 55, 0, 43]
    assert fleiss_kappa(units) == pytest.approx(0.430, abs=5e-4)


@pytest.mark.parametrize("units", [[], ["a"], ["ab", "abc"]])
def test_fleiss_needs_units_of_one_size(units):
    with pytest.raises(UserError, match="same number"):
        fleiss_kappa(units)


# The four cases of Passonneau (2006): equal 1, one within the other 2/3, crossing 1/3, apart 0, each times Jaccard.
@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        (AB, AB, 0),
        (NONE, NONE, 0),
        (frozenset({1, 2}), frozenset({1, 2, 3, 4}), 1 - 2 / 3 * 2 / 4),
        (A, AB, 1 - 2 / 3 * 1 / 2),
        (AB, BC, 1 - 1 / 3 * 1 / 3),
        (A, B, 1),
        (A, NONE, 1),
    ],
)
def test_masi(a, b, distance):
    assert masi(a, b) == pytest.approx(distance)
    assert masi(b, a) == pytest.approx(distance)


SETS = [(NONE, NONE), (A, NONE), (A, A), (A, B), (AB, A), (AB, frozenset("AC")), (ABC, ABC), *[(frozenset("C"), frozenset("AC"))] * 2]


def test_alpha_of_sets():
    def by_kind(a, b):
        return 0 if a == b else 1 / 3 if a <= b or b <= a else 2 / 3 if a & b else 1

    # A worked example of DKPro Statistics (Meyer et al. 2014) with the distances of Passonneau (2004).
    assert krippendorff_alpha(SETS, by_kind) == pytest.approx(0.186, abs=1e-3)
    values = [v for pair in SETS for v in pair]
    observed = np.mean([masi(a, b) for a, b in SETS])
    expected = np.mean([masi(a, b) for a, b in combinations(values, 2)])
    assert krippendorff_alpha(SETS, masi) == pytest.approx(1 - observed / expected)


def codings(*rows):
    """Rows `statement report coder role themes`, themes joined by `+`."""
    cells = [r.split() for r in rows]
    return pd.DataFrame(
        [(s, r, c, role, themes[0].split("+") if themes else []) for s, r, c, role, *themes in cells],
        columns=["statement", "report", "coder", "role", "themes"],
    )


PAIRS = [
    ("1", "p", ("problem", "depth"), ("problem", "depth")),
    ("2", "p", ("problem", "depth+scope"), ("problem", "depth")),
    ("3", "q", ("measure", "scope"), ("problem", "scope")),
    ("4", "q", ("other", ""), ("other", "")),
    ("5", "r", ("measure", "depth"), ("measure", "scope")),
]
TWO = codings(*[f"{s} {r} {who} {' '.join(said)}" for s, r, *both in PAIRS for who, said in zip("xy", both, strict=True)])


def test_two_coders_as_in_a_labelled_corpus():
    wide = pd.DataFrame([(*a, *b) for *_, a, b in PAIRS], columns=["first_role", "first_themes", "second_role", "second_themes"])
    wide = wide.apply(lambda c: c.str.replace("+", ";"))
    expected = {(r["of"], r["measure"]): r["value"] for r in agreement(wide, ["depth", "scope"]).to_dict("records")}
    found = {(r["of"], r["measure"]): r["value"] for r in agreement_among(TWO, ["depth", "scope"]).to_dict("records")}
    shared = expected.keys() & found.keys()
    assert len(shared) == 5
    assert {k: found[k] for k in shared} == pytest.approx({k: expected[k] for k in shared})
    assert found["role", "equal"] == pytest.approx(4 / 5)


def test_more_than_two_coders():
    three = codings(
        "1 p x problem depth", "1 p y problem depth", "1 p z measure depth",
        "2 p x problem", "2 p y problem", "2 p z problem",
        "3 q x other", "3 q y measure",
        "4 q z other",
        "5 r x other", "5 r y other", "5 r z problem scope",
    )  # fmt: skip
    table = agreement_among(three, ["depth"]).set_index(["of", "measure"])
    assert list(table.reset_index().columns) == list(AMONG_COLUMNS)
    # One statement has one coder only and says nothing; another lacks the third, for whom Fleiss' kappa has no room.
    assert table.loc[("role", "kappa"), "n"] == 3
    assert table.loc[("role", "kappa"), "value"] == pytest.approx(fleiss_kappa(["ppm", "ppp", "oop"]))
    assert table.loc[("role", "alpha"), "n"] == 4
    assert table.loc[("role", "alpha"), "value"] == pytest.approx(krippendorff_alpha(["ppm", "ppp", "om", "oop"]))
    assert table.loc[("role", "equal"), "value"] == pytest.approx(np.mean([1 / 3, 1, 0, 1 / 3]))
    assert table.loc[("depth", "alpha"), ["value", "n", "cases"]].tolist() == [1, 4, 1]
    assert table.loc[("theme sets", "alpha (MASI)"), "cases"] == 2


def test_no_statement_coded_by_all_leaves_alpha():
    pairs = codings("1 p x a", "1 p y a", "2 q y b", "2 q z b", "3 r x a", "3 r z b")
    table = agreement_among(pairs, []).set_index(["of", "measure"])
    assert np.isnan(table.loc[("role", "kappa"), "value"])
    assert table.loc[("role", "kappa"), "n"] == 0
    assert table.loc[("role", "alpha"), "value"] == pytest.approx(krippendorff_alpha(["aa", "bb", "ab"]))


@pytest.mark.parametrize("rows", [[], ["1 p x a", "2 p y a"]], ids=["nothing", "no statement twice"])
def test_no_statement_of_two_coders(rows):
    table = agreement_among(codings(*rows), ["depth"])
    assert (table["n"] == 0).all()
    assert table[["value", "low", "high"]].isna().all(axis=None)


def test_a_statement_coded_twice_by_one_coder_is_refused():
    with pytest.raises(UserError, match="twice"):
        agreement_among(codings("1 p x a", "1 p x b", "1 p y b"), [])


def test_intervals_draw_whole_reports():
    rng = np.random.default_rng(1)
    # Each report has one answer for all its statements, so that it counts as one case, however long it is.
    rows, one = [], []
    for report in range(40):
        said = rng.choice(["a", "b"], 2, p=[0.7, 0.3]) if report % 3 else ["a", "a"]
        rows += [f"{report}-{i} r{report} {who} {said[k]}" for i in range(10) for k, who in enumerate("xy")]
        one += [f"{report} r{report} {who} {said[k]}" for k, who in enumerate("xy")]
    whole, single = (agreement_among(codings(*r), []).iloc[0] for r in (rows, one))
    apart = agreement_among(codings(*rows).assign(report=lambda t: t["statement"]), []).iloc[0]
    assert whole["value"] == pytest.approx(single["value"]) == pytest.approx(apart["value"])
    assert whole[["low", "high"]].tolist() == pytest.approx(single[["low", "high"]].tolist())
    assert whole["low"] < whole["value"] < whole["high"]
    assert whole["high"] - whole["low"] > 2 * (apart["high"] - apart["low"])


def test_one_report_has_no_interval_and_one_seed_one_interval():
    alone = agreement_among(TWO.assign(report="p"), ["depth"])
    assert alone["value"].notna().any()
    assert alone[["low", "high"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(agreement_among(TWO, ["depth"]), agreement_among(TWO.sample(frac=1, random_state=3), ["depth"]))


UNITS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=1, max_size=12)


@given(UNITS)
def test_alpha_is_one_minus_observed_over_expected(units):
    kept = [u for u in units if len(u) > 1]
    values = [v for u in kept for v in u]
    n = len(values)
    weighed = [2 * nominal(a, b) / (len(u) - 1) for u in kept for a, b in combinations(u, 2)]
    expected = sum(2 * nominal(a, b) for a, b in combinations(values, 2)) / (n - 1) if n else 0
    found = krippendorff_alpha(units)
    assert np.isnan(found) if not expected else found == pytest.approx(1 - sum(weighed) / expected)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=20))
def test_kappa_as_defined(pairs):
    first, second = zip(*pairs, strict=True)
    agreed = np.mean([a == b for a, b in pairs])
    chance = sum(first.count(v) * second.count(v) for v in "abc") / len(pairs) ** 2
    found = cohen_kappa(first, second)
    assert np.isnan(found) if chance == 1 else found == pytest.approx((agreed - chance) / (1 - chance))

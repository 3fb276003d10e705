"""Intervals: Wilson against scipy and published tables, shares over offices against a slow twin, adjusted p values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from gongkai.intervals import adjusted, bootstrap, critical, design_effect, shares, wilson


def of(offices, confidence=0.95):
    """The share of one group of offices, given as (count, denominator), with its interval."""
    a, d = np.array(offices, float).T[:, :, None]
    found = shares(a, d, np.array([0]))
    low, high = found.interval(confidence)
    return found, low.item(), high.item()


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (1, 29), (15, 148), (81, 263), (5000, 10_000)])
def test_wilson_is_that_of_scipy(count, n, confidence):
    expected = binomtest(count, n).proportion_ci(confidence, method="wilson")
    assert wilson(count, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_as_newcombe_printed_it(count, n, low, high):
    assert wilson(count, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.999))
def test_wilson_holds_the_share_within_0_and_1(of_n, confidence):
    count, n = of_n
    low, high = wilson(count, n, confidence)
    assert 0 <= low <= count / n <= high <= 1


def test_wilson_of_nothing_is_unknown():
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize("df", [1, 3.5, 40, 1e6])
def test_critical_is_the_quantile_of_t(df):
    assert critical(0.9, df) == pytest.approx(t.ppf(0.95, df))
    assert critical(0.9) == pytest.approx(norm.ppf(0.95))


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, float("nan")])
def test_confidence_is_a_share(confidence):
    with pytest.raises(ValueError, match=r"0\.95 for 95 %"):
        wilson(1, 2, confidence)
    with pytest.raises(ValueError, match=r"0\.95 for 95 %"):
        bootstrap(np.ones((3, 1)), lambda x: x, confidence)


def test_offices_of_one_report_each_have_wilsons_interval():
    found, low, high = of([(1, 1)] * 6 + [(0, 1)] * 14)
    assert (low, high) == pytest.approx(wilson(6, 20))
    assert (found.effective, found.df) == (20, np.inf)


def test_offices_that_say_the_same_every_year_worked_by_hand():
    # share 1/2, pulls ±1/8, variance between 4/3 · 4 / 64; a simple sample would have 1/4 / 8: a design effect of 8/3.
    # b = 2, so r = 5/3; two offices have each outcome: r = (2 · 5/3 + 2 · 1/2) / 4 = 13/12, effect 25/12, effective size 8 · 12/25.
    found, low, high = of([(2, 2), (0, 2), (2, 2), (0, 2)])
    assert found.effective.item() == pytest.approx(3.84)
    assert found.df.item() == pytest.approx(3)
    assert (low, high) == pytest.approx(wilson(1.92, 3.84, 0.95, 3))


@pytest.mark.parametrize("count", [0, 3])
def test_none_and_all_have_an_interval_on_half_agreement(count):
    found, low, high = of([(count, 3)] * 10)
    assert found.effective.item() == pytest.approx(30 / (1 + 0.5 * 2))
    assert 0.2 < high - low < 0.4
    assert (low == 0) == (count == 0)


@pytest.mark.parametrize(("offices", "known"), [([(1, 1)], True), ([(2, 4)], False), ([(0, 0)], False), ([(0, 0), (2, 4)], False)])
def test_one_office_with_many_reports_tells_nothing_of_others(offices, known):
    assert np.isfinite(of(offices)[1]) == known


def slow(offices):
    """The same by the residuals of every office."""
    offices = [(a, d) for a, d in offices if d]
    total, size = sum(a for a, _ in offices), sum(d for _, d in offices)
    p, m = total / size, len(offices)
    weighted = sum(d * d for _, d in offices) / size
    variance = m / (m - 1) * sum(((a - p * d) / size) ** 2 for a, d in offices)
    r = (variance * size / (p * (1 - p)) - 1) / (weighted - 1) if 0 < p < 1 and weighted > 1 else 0
    seen = min(sum(a > 0 for a, _ in offices), sum(a < d for a, d in offices))
    r = (seen * max(r, 0) + 1) / (seen + 2)
    return size / (1 + r * (weighted - 1))


office = st.integers(0, 12).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@given(st.lists(office, min_size=2, max_size=30).filter(lambda o: sum(d > 0 for _, d in o) > 1))
def test_shares_over_offices(offices):
    found, low, high = of(offices)
    assert found.effective.item() == pytest.approx(slow(offices))
    total, size = sum(a for a, _ in offices), sum(d for _, d in offices)
    assert 0 <= low <= total / size <= high <= 1
    # Never narrower than if every report were an office of its own.
    simple = wilson(total, size)
    assert low <= simple[0] + 1e-9
    assert high >= simple[1] - 1e-9


@given(st.lists(st.lists(office, min_size=2, max_size=6), min_size=1, max_size=4))
def test_groups_of_one_call_are_those_of_many(groups):
    rows = np.array([o for g in groups for o in g], float)
    starts = np.cumsum([0, *map(len, groups)])[:-1]
    low, high = shares(rows[:, :1], rows[:, 1:], starts).interval()
    alone = np.array([of(g)[1:] for g in groups])
    np.testing.assert_allclose(np.column_stack([low, high]), alone)


def test_fewer_offices_make_it_wider():
    widths = [np.diff(of([(k, 2 * k)] * (120 // k))[1:]).item() for k in (1, 2, 5, 10, 30)]
    assert widths == sorted(widths)


def test_one_giant_office_counts_as_hardly_more_than_one():
    _, low, high = of([(40, 200), *[(0, 1)] * 10])
    assert high - low > 0.9


def test_a_design_effect_is_trusted_by_how_many_offices_tell_of_it():
    effects = design_effect(np.full(4, 5.0), 5.0, np.array([0.0, 2, 20, 2000]))
    assert effects == pytest.approx([3, 4, 1 + 4 * 21 / 22, 5], abs=0.01)


def test_bootstrap_draws_whole_offices():
    parts = np.array([[0.0, 3], [6, 6]])
    low, high = bootstrap(parts, lambda x: x[:, :1] / x[:, 1:])
    assert (low.item(), high.item()) == (0, 1)
    again = bootstrap(parts, lambda x: x[:, :1] / x[:, 1:], confidence=0.2, seed=5)
    assert (again[0].item(), again[1].item()) == pytest.approx((6 / 9, 6 / 9))


def test_bootstrap_of_many_offices_comes_near_the_formula():
    rng = np.random.default_rng(4)
    d = rng.integers(1, 9, 400).astype(float)
    a = rng.binomial(d.astype(int), rng.beta(2, 3, 400)).astype(float)
    low, high = bootstrap(np.column_stack([a, d]), lambda x: x[:, :1] / x[:, 1:])
    _, expected_low, expected_high = of(list(zip(a, d, strict=True)))
    assert (low.item(), high.item()) == pytest.approx((expected_low, expected_high), abs=0.006)


def test_bootstrap_is_the_same_every_time_and_skips_what_is_undefined():
    parts = np.array([[0.0, 0], [1, 2], [2, 2]])

    def ratio(x):
        with np.errstate(invalid="ignore"):
            return x[:, :1] / x[:, 1:]

    first, second = bootstrap(parts, ratio), bootstrap(parts, ratio)
    assert first == second
    assert np.isfinite(first).all()


def test_adjusted_p_of_benjamini_and_hochberg():
    # Benjamini & Hochberg (1995), section 3.2: four of fifteen stand at 0.05, where Bonferroni leaves three.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000]
    assert (adjusted(p) < 0.05).tolist() == [True] * 4 + [False] * 11


@pytest.mark.parametrize("p", [[], [float("nan")] * 3])
def test_adjusted_p_of_nothing(p):
    assert np.isnan(adjusted(p)).sum() == len(p)

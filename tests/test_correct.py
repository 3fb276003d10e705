"""Shares corrected by a hand-coded sample: worked examples, what the estimate must equal, what must be refused."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.codebook import parse_codebook
from gongkai.correct import corrected, draw, plan, read_sample, sensitivity
from gongkai.errors import UserError
from gongkai.export import write_table
from gongkai.poststratify import estimate

BOOK = parse_codebook(
    """
version: 1
roles:
  problem: {zh: 问题, en: problem, definition: 不足。, themed: true}
  other: {zh: 其他, en: other, definition: 其余。, themed: false}
themes:
  - {id: slow, zh: 慢, en: slow, definition: 更新慢。}
  - {id: few, zh: 少, en: few, definition: 人手少。}
"""
)
CODES = {"s": ("problem", ["slow"]), "f": ("problem", ["few"]), "b": ("problem", ["slow", "few"]), "o": ("other", [])}
OFFICES = ["柳泉县青禾镇", "临沚县", "云渚市", "沙柳县双墩子乡"]


def frame(codes, reports=None, bodies=None):
    """Statements coded by letters, a report a word: "ssf fo"."""
    rows = []
    for n, word in enumerate(codes.split()):
        for m, letter in enumerate(word):
            rows.append(
                (
                    (reports or [f"r{n:03d}.txt"] * (n + 1))[n],
                    (bodies or OFFICES)[n % len(bodies or OFFICES)],
                    m * 10,
                    m * 10 + 9,
                    f"第{m}条",
                    *CODES[letter],
                )
            )
    return pd.DataFrame(rows, columns=["report", "body", "start", "end", "text", "role", "themes"])


def coded(statements, codes, rows=None, probability=None, **more):
    """The rows of `statements` coded by hand, by letters."""
    picked = statements.iloc[list(range(len(statements)) if rows is None else rows)]
    role, themes = zip(*(CODES[c] for c in codes if c != " "), strict=True)
    table = picked[["report", "start", "end"]].assign(role=role, themes=[";".join(t) for t in themes], **more)
    return table if probability is None else table.assign(probability=probability)


def row(table, theme="slow", unit="statements", **where):
    for column, value in {"role": "problem", "theme": theme, "unit": unit, **where}.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def world(n_reports=60, length=10, seed=0, share=0.3, miss=0.1, add=0.1, role=0.5):
    """A corpus and its truth, both as frames: independent statements, one theme that the machine misses and adds."""
    random = np.random.default_rng(seed)
    n = n_reports * length
    is_role, theme = random.random(n) < role, random.random(n) < share
    said = np.where(theme, random.random(n) >= miss, random.random(n) < add)
    letters = [np.where(is_role, np.where(t, "s", "f"), "o") for t in (theme, said)]
    words = [" ".join("".join(w) for w in x.reshape(n_reports, length)) for x in letters]
    return frame(words[1]), frame(words[0])


def by_truth(sample, truth):
    """Fill a drawn sample in as the truth has it."""
    key = ["report", "start", "end"]
    return sample.drop(columns=["role", "themes"]).merge(truth[[*key, "role", "themes"]], on=key, how="left")


MACHINE = frame("ssff sofo")
TRUTH = "sfff ssoo"


def test_all_coded_gives_the_truth_without_width():
    table = corrected(MACHINE, coded(MACHINE, TRUTH), codebook=BOOK)
    assert list(table.columns) == [
        "role", "theme", "unit", "naive", "naive_low", "naive_high", "corrected", "low", "high", "sampled", "clusters", "method",
    ]  # fmt: skip
    for theme, unit, naive, truth in [
        ("slow", "statements", 3 / 6, 3 / 6),
        ("few", "statements", 3 / 6, 3 / 6),
        ("few", "reports", 1, 0.5),
    ]:
        found = row(table, theme, unit)
        assert [found[c] for c in ("naive", "corrected", "low", "high")] == pytest.approx([naive, truth, truth, truth])
        assert found["method"] == "all coded by hand"


def test_a_sample_worked_by_hand():
    # Machine: 4 slow, 4 few, 2 other. Coded: 2 slow (one is few), 2 few (both right), 1 other (it is slow).
    statements = frame("ssssffffoo")
    sample = coded(statements, "sfffs", rows=[0, 1, 4, 5, 8])
    # Slow: 4 * 1/2 + 4 * 0 + 2 * 1 of 4 + 4 + 2.
    found = row(corrected(statements, sample, codebook=BOOK))
    assert found["corrected"] == pytest.approx(4 / 10)
    assert found["naive"] == pytest.approx(4 / 8)
    assert found["sampled"] == found["clusters"] == 5
    assert 0 < found["low"] < found["corrected"] < found["high"] < 1


@pytest.mark.parametrize(
    ("machine", "truth", "expected"),
    [
        # A machine that says nothing of the theme leaves the plain share of the sample.
        ("f" * 40, "sssff" * 4, 12 / 20),
        # A perfect one leaves its own share, whichever were drawn.
        ("s" * 10 + "f" * 30, "s" * 10 + "f" * 10, 10 / 40),
        # One that always errs is turned round: 10 of 40 are slow.
        ("f" * 10 + "s" * 30, "s" * 10 + "f" * 10, 10 / 40),
    ],
    ids=["useless", "perfect", "reversed"],
)
def test_what_the_machine_is_worth(machine, truth, expected):
    statements = frame(machine)
    assert row(corrected(statements, coded(statements, truth, rows=range(20)), codebook=BOOK))["corrected"] == pytest.approx(expected)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_it_is_the_power_tuned_prediction_powered_mean(seed):
    random = np.random.default_rng(seed)
    machine = random.integers(0, 2, 300)
    at = random.permutation(300)[:80]
    theme = np.where(random.random(80) < 0.2, 1 - machine[at], machine[at])
    said = machine[at]
    power = np.cov(theme, said, bias=True)[0, 1] / np.var(said)
    expected = theme.mean() + power * (machine.mean() - said.mean())
    found = estimate(machine + 1, at, np.ones(80, bool), theme.astype(bool), np.full(80, 300 / 80))
    assert found.share == pytest.approx(expected)


def test_the_mean_over_all_samples_is_the_truth():
    machine, theme = np.array([2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1]), np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0], bool)
    shares = []
    for picked in itertools.combinations(range(12), 8):
        at = np.array(picked)
        shares.append(estimate(machine, at, np.ones(8, bool), theme[at], np.full(8, 1.5)).share)
    assert np.mean(shares) == pytest.approx(theme.mean())


@pytest.mark.slow
def test_unequal_probabilities_are_weighed():
    # Half of the rare machine-coded statements, a tenth of the others, drawn by what the machine said.
    machine, truth = world(n_reports=300, share=0.06, miss=0.2, add=0.05, seed=4)
    machine["said"] = machine["themes"].map(lambda t: "slow" in t)
    errors, held = [], 0
    truly = row(gongkai.spread(truth, codebook=BOOK))["share"]
    for seed in range(20):
        found = row(corrected(machine, by_truth(draw(machine, 300, seed=seed, by="said", equal=True), truth), codebook=BOOK))
        errors.append(found["corrected"] - truly)
        held += found["low"] <= truly <= found["high"]
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(20)
    assert held >= 17


def test_errors_that_cluster_widen():
    # 40 reports of 5, half of them coded; the same ten errors in two reports or in ten.
    statements = frame(" ".join(["sssss"] * 10 + ["fffff"] * 30))
    rows = [n for r in range(0, 40, 2) for n in range(r * 5, r * 5 + 5)]
    gathered = "f" * 10 + "s" * 15 + "f" * 75
    scattered = "ffsss" * 5 + "f" * 75
    near, far = (row(corrected(statements, coded(statements, c, rows, drawn="reports"), codebook=BOOK)) for c in (scattered, gathered))
    assert near["corrected"] == far["corrected"]
    assert near["clusters"] == far["clusters"] == 20
    assert far["high"] - far["low"] > 1.2 * (near["high"] - near["low"])
    # As many statements drawn one by one say more than errors gathered in reports.
    alone = row(corrected(statements, coded(statements, gathered, rows, probability=0.5, drawn="statements"), codebook=BOOK))
    assert far["high"] - far["low"] > 1.2 * (alone["high"] - alone["low"])


def test_shares_of_reports_need_whole_reports():
    machine, truth = world(n_reports=40, length=4)
    one_by_one = corrected(machine, by_truth(draw(machine, 60, seed=1), truth), codebook=BOOK)
    found = row(one_by_one, unit="reports")
    assert np.isnan([found["corrected"], found["low"], found["high"]]).all()
    assert "whole reports" in found["method"]
    whole = row(corrected(machine, by_truth(draw(machine, 15, seed=1, unit="reports"), truth), codebook=BOOK), unit="reports")
    truly = row(gongkai.spread(truth, codebook=BOOK), unit="reports")["share"]
    assert whole["low"] <= truly <= whole["high"]
    assert (whole["sampled"], whole["clusters"]) == (15, 15)


def test_reports_without_statements_are_in_the_denominator():
    about = pd.DataFrame({"report": [*MACHINE["report"].unique(), "空一.txt", "空二.txt"]})
    table = corrected(MACHINE, coded(MACHINE, TRUTH), codebook=BOOK, reports=about)
    assert row(table, "few", "reports")[["naive", "corrected", "low", "high"]].tolist() == [0.5, 0.25, 0.25, 0.25]


def test_groups_are_corrected_each_for_itself():
    machine, truth = world(n_reports=40)
    year = {r: 2020 + n % 3 for n, r in enumerate(machine["report"].unique())}
    machine["year"] = machine["report"].map(year)
    sample = by_truth(draw(machine, 120, seed=2), truth)
    sample = sample[sample["report"].map(year) < 2022]
    table = corrected(machine, sample, by="year", codebook=BOOK)
    alone = corrected(machine[machine["year"] == 2020], sample[sample["report"].map(year) == 2020], codebook=BOOK)
    assert row(table, year=2020)[["corrected", "low", "high"]].tolist() == pytest.approx(row(alone)[["corrected", "low", "high"]].tolist())
    left = row(table, year=2022)
    assert np.isnan(left["corrected"])
    assert left["method"] == "not estimated: nothing of this group is in the sample"


def test_nobody_of_the_role_and_one_cluster_only():
    table = corrected(MACHINE, coded(MACHINE, "oooo", rows=range(4)), codebook=BOOK)
    assert "no hand-coded statement of this group has the role" in row(table)["method"]
    table = corrected(MACHINE, coded(MACHINE, "ssff", rows=range(4), drawn="reports"), codebook=BOOK)
    assert "one cluster drawn" in row(table)["method"]


def test_a_code_without_any_sampled_unit_is_merged_and_said():
    statements = frame("s" + "f" * 30 + "o" * 10)
    found = row(corrected(statements, coded(statements, "ffffffoo", rows=[1, 2, 3, 4, 5, 6, 31, 32]), codebook=BOOK))
    assert found["corrected"] == 0
    assert found["high"] > 1 / 31
    assert "machine codes merged" in found["method"]


def test_a_role_that_was_hardly_found_leaves_much_open():
    # All that the machine called a problem is none but one.
    statements = frame("sffffoooo")
    found = row(corrected(statements, coded(statements, "soo", rows=[0, 1, 5]), codebook=BOOK))
    assert found["corrected"] == 1
    assert found["low"] < 0.5


def test_offices_like_these():
    machine, truth = world(n_reports=60, seed=3)
    sample = by_truth(draw(machine, 150, seed=3), truth)
    here, like = (row(corrected(machine, sample, codebook=BOOK, scope=s, cluster=None)) for s in ("corpus", "offices"))
    assert here["corrected"] == like["corrected"]
    assert like["low"] <= here["low"]
    assert here["high"] <= like["high"]
    assert like["clusters"] == 60
    # With all coded what remains is which offices there are: the interval of spread.
    all_coded = row(corrected(machine, by_truth(draw(machine, 600), truth), codebook=BOOK, scope="offices"))
    plain = row(gongkai.spread(truth, codebook=BOOK))
    assert [all_coded["low"], all_coded["high"]] == pytest.approx([plain["low"], plain["high"]])
    with pytest.raises(UserError, match="scope 'world' is not known; give corpus or offices"):
        corrected(machine, sample, codebook=BOOK, scope="world")


@given(st.text("sfo", min_size=2, max_size=40), st.data())
@settings(max_examples=25)
def test_intervals_are_in_order_and_within_0_and_1(word, data):
    statements = frame(word)
    n = data.draw(st.integers(1, len(word)))
    rows = data.draw(st.permutations(range(len(word))))[:n]
    letters = data.draw(st.text("sfbo", min_size=n, max_size=n))
    table = corrected(statements, coded(statements, letters, rows, drawn="statements"), codebook=BOOK)
    known = table[table["corrected"].notna()]
    ends = known[["low", "corrected", "high"]].to_numpy()
    assert ((ends >= 0) & (ends <= 1)).all()
    assert (np.diff(ends, axis=1) >= 0).all()
    assert (known.loc[known["method"] == "all coded by hand", "low"] == known.loc[known["method"] == "all coded by hand", "high"]).all()
    assert table.loc[table["corrected"].isna(), "method"].str.startswith("not estimated: ").all()
    surer = corrected(statements, coded(statements, letters, rows, drawn="statements"), codebook=BOOK, confidence=0.99)
    wider = surer.loc[known.index]
    assert (wider["low"] <= known["low"] + 1e-12).all()
    assert (wider["high"] >= known["high"] - 1e-12).all()
    turned = corrected(statements, coded(statements, letters[::-1], rows[::-1], drawn="statements"), codebook=BOOK)
    assert turned.drop(columns="method").equals(table.drop(columns="method")) or np.allclose(
        turned[["corrected", "low", "high"]], table[["corrected", "low", "high"]], equal_nan=True
    )


@pytest.mark.parametrize(("by", "equal", "expected"), [(None, False, None), ("level", False, [25, 3, 2]), ("level", True, [14, 14, 2])])
def test_draw_gives_known_probabilities(by, equal, expected):
    statements = frame(" ".join(["sf"] * 72 + ["of"] * 10 + ["s"] * 2))
    statements["level"] = pd.Series(["乡镇"] * 144 + ["县区"] * 20 + ["市"] * 2)
    sample = draw(statements, 30, seed=5, by=by, equal=equal)
    assert len(sample) == 30
    assert not sample.duplicated(["report", "start"]).any()
    assert (1 / sample["probability"]).sum() == pytest.approx(len(statements))
    if expected:
        level = sample.merge(statements, on=["report", "start", "end"])["level"].value_counts()
        assert level[["乡镇", "县区", "市"]].tolist() == expected


def test_draw_is_blind_unless_asked_and_the_same_for_one_seed():
    machine, _ = world()
    sample = draw(machine, 50, seed=7)
    assert list(sample) == ["report", "start", "end", "path", "text", "role", "themes", "probability", "drawn", "order"]
    assert set(sample["role"]) == set(sample["themes"]) == {""}
    assert sample.equals(draw(machine.sample(frac=1, random_state=1), 50, seed=7))
    assert not sample.equals(draw(machine, 50, seed=8))
    shown = draw(machine, 50, seed=7, show=True)
    assert set(shown["machine_role"]) == {"problem", "other"}
    assert shown.drop(columns=["machine_role", "machine_themes"]).equals(sample)


@pytest.mark.parametrize("how", [{}, {"by": "body"}, {"unit": "reports"}])
def test_a_larger_draw_with_the_same_seed_holds_the_smaller(how):
    machine, _ = world()
    key = ["report", "start"]
    small, large = (set(map(tuple, draw(machine, n, seed=2, **how)[key].values)) for n in (20, 45))
    assert small < large


def test_draw_takes_every_statement_equally_often():
    statements = frame("sfo ff s")
    counts = pd.concat([draw(statements, 2, seed=s) for s in range(150)]).groupby(["report", "start"]).size()
    assert len(counts) == 6
    assert counts.between(30, 70).all()


def test_whole_reports_come_with_all_their_statements_in_order():
    machine, _ = world(n_reports=20, length=6)
    sample = draw(machine, 5, unit="reports")
    assert sample.groupby("report").size().tolist() == [6] * 5
    assert (sample["probability"] == 0.25).all()
    assert sample["order"].tolist() == [n for n in range(1, 6) for _ in range(6)]
    assert all(g["start"].is_monotonic_increasing for _, g in sample.groupby("report"))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"n": 9}, r"cannot draw 9 of 8 statements; give a number from 1 to 8"),
        ({"n": 0}, r"cannot draw 0 of 8"),
        ({"n": 3, "unit": "reports"}, r"cannot draw 3 of 2 reports"),
        ({"n": 3, "unit": "offices"}, r"unit 'offices' cannot be drawn; give statements or reports"),
        ({"n": 3, "by": "report"}, r"3 are too few for 2 groups of at least two; draw 4 or more"),
        ({"n": 2, "by": "role", "unit": "reports"}, r"report r001.txt is in several groups of role"),
        ({"n": 2, "by": "themes"}, r"cannot draw by themes, whose cells are lists"),
        ({"n": 2, "by": "region"}, r"no column region; there are: report"),
    ],
)
def test_what_cannot_be_drawn(how, says):
    with pytest.raises(UserError, match=says):
        draw(MACHINE, **how)


GOOD = coded(MACHINE, "sfos", rows=[0, 2, 5, 4], probability=0.5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"role": "prolem"},
            r"line 3: r000.txt 20-29 is coded wrongly: role 'prolem' is not in the codebook \(v1\): problem, other; correct the code",
        ),
        ({"themes": "slow;quick"}, r"line 3: .*: theme 'quick' is not in the codebook"),
        ({"role": "other"}, r"line 3: .*: role 'other' carries no theme, but has few"),
        ({"themes": ""}, r"line 3: .*: role 'problem' needs at least one theme"),
        ({"role": "", "themes": ""}, r"line 3: r000.txt 20-29 is not coded; give it a role, problem or other"),
        ({"role": ""}, r"line 3: .*: role '' is not in the codebook"),
        ({"start": 21}, r"line 3: r000.txt 21-29 is not among the statements; give the statements it was drawn from"),
        ({"start": "二"}, r"line 3: .* is not among the statements"),
        ({"start": 0, "end": 9}, r"line 3: r000.txt 0-9 stands in line 2 too; keep one of them"),
        ({"probability": ""}, r"line 3: .* has probability nan, which is not above 0 and up to 1; restore"),
        ({"probability": 0}, r"line 3: .* has probability 0.0"),
        ({"probability": 1.5}, r"line 3: .* has probability 1.5"),
    ],
)
@pytest.mark.parametrize("door", ["frame", "file"])
def test_what_is_wrong_in_a_sample_is_named_with_its_line(change, says, door, tmp_path):
    sample = GOOD.astype(object).reset_index(drop=True)
    for column, value in change.items():
        sample.loc[1, column] = value
    if door == "file":
        sample.to_csv(tmp_path / "手工.csv", index=False)
        sample, says = tmp_path / "手工.csv", "手工.csv: " + says
    with pytest.raises(UserError, match=says):
        corrected(MACHINE, sample, codebook=BOOK)


@pytest.mark.parametrize(
    ("sample", "says"),
    [
        (GOOD.iloc[:0], "holds no row; draw a sample and code it"),
        (GOOD.drop(columns="themes"), "the sample: no column themes; there are: report, start"),
        (GOOD.assign(drawn="villages"), "drawn is 'villages'; give one of statements, reports, offices in all rows"),
        (GOOD.assign(drawn=["reports", "statements"] * 2), "drawn is 'reports', 'statements'"),
        (
            GOOD.assign(drawn="reports"),
            "4 statements of reports drawn whole are not coded, r000.txt 10-19 first; code all statements of a report",
        ),
        (GOOD.assign(role=["x", "y", "z", "problem"]), r"line 2: .* role 'x' .*\(and 2 more such lines\)"),
    ],
)
def test_what_is_wrong_with_a_whole_sample(sample, says):
    with pytest.raises(UserError, match=says):
        read_sample(sample, MACHINE, BOOK)


def test_statements_that_stand_twice_are_refused():
    with pytest.raises(UserError, match=r"the statements hold r000.txt 0-9 twice"):
        read_sample(GOOD, pd.concat([MACHINE, MACHINE.iloc[:1]]), BOOK)


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_sample_goes_through_files(ending, tmp_path):
    machine, truth = world(n_reports=10)
    filled = by_truth(draw(machine, 30, seed=1), truth)
    write_table(filled, tmp_path / f"样本{ending}")
    assert corrected(machine, tmp_path / f"样本{ending}", codebook=BOOK).equals(corrected(machine, filled, codebook=BOOK))


def test_a_spreadsheet_of_the_country_and_its_separators(tmp_path):
    table = coded(MACHINE, TRUTH).assign(text="第一条，更新慢。")
    table.loc[1, ["role", "themes"]] = [" problem ", "slow； few；slow"]
    table.to_csv(tmp_path / "a.csv", index=False, encoding="gb18030")
    assert read_sample(tmp_path / "a.csv", MACHINE, BOOK)["themes"].tolist()[1] == ["slow", "few"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.txt", b"report", "unknown ending"),
        ("b.csv", None, "cannot be read"),
        ("c.csv", b"report,start,end,role,themes\na,0,9,problem,slow,few\n", "a line has more cells than the heading"),
    ],
)
def test_files_that_are_no_sample(name, content, says, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=says):
        read_sample(tmp_path / name, MACHINE, BOOK)


def test_coding_may_stop_early_in_the_random_order():
    machine, truth = world(n_reports=30)
    sample = by_truth(draw(machine, 100, seed=1), truth)
    early = sample.copy()
    early.loc[80:, "role"], early.loc[80:, "themes"] = "", ""
    table = corrected(machine, early.sample(frac=1, random_state=3), codebook=BOOK)
    assert table.attrs["warnings"] == ["20 rows, the last in order, are not coded and left out"]
    assert np.allclose(
        row(table)[["corrected", "low"]].tolist(), row(corrected(machine, sample[:80], codebook=BOOK))[["corrected", "low"]].tolist()
    )
    early.loc[10, "role"] = ""
    early.loc[10, "themes"] = ""
    with pytest.raises(UserError, match=r"line 12: .* is not coded"):
        corrected(machine, early, codebook=BOOK)


def test_what_is_taken_for_granted_is_said():
    assert "the same chance" in read_sample(GOOD.drop(columns="probability"), MACHINE, BOOK).attrs["warnings"][0]
    assert "stand for 16 statements, but there are 8" in read_sample(GOOD.assign(probability=0.25), MACHINE, BOOK).attrs["warnings"][0]
    assert read_sample(GOOD, MACHINE, BOOK).attrs["warnings"] == []


@pytest.mark.parametrize(
    ("rows", "bodies", "drawn"),
    [
        ([0, 4], None, "statements"),
        (range(4), ["甲镇", "甲镇"], "reports"),
        (range(4), ["甲镇", "乙镇"], "offices"),
        (range(8), ["甲镇", "乙镇"], "reports"),
    ],
)
def test_what_was_drawn_is_seen(rows, bodies, drawn):
    statements = frame("ssff sofo", bodies=bodies)
    assert read_sample(coded(statements, "s" * len(rows), rows), statements, BOOK).attrs["drawn"] == drawn


CARD = {
    "codes": [
        {"code": "problem", "precision": 1.0, "recall": 1.0, "support": 500},
        {"code": "slow", "precision": 0.8, "recall": 0.9, "support": 400},
        {"code": "few", "precision": 0.95, "recall": 0.9, "support": 400},
    ]
}


@pytest.mark.slow
@pytest.mark.parametrize("basis", ["card", "pilot"])
@pytest.mark.parametrize("width", [0.05, 0.08])
def test_a_planned_sample_reaches_its_width(basis, width):
    machine, truth = world(n_reports=300, share=0.15, miss=0.1, add=0.04, seed=9)
    if basis == "card":
        said, so = (x[x["role"] == "problem"]["themes"].map(lambda t: "slow" in t) for x in (machine, truth))
        rates = {"precision": (said & so).sum() / said.sum(), "recall": (said & so).sum() / so.sum()}
        known = {"scores": {"codes": [CARD["codes"][0], {"code": "slow", "support": 400, **rates}]}}
    else:
        known = {"pilot": by_truth(draw(machine, 400, seed=3), truth)}
    n = int(plan(machine, width, ["slow"], codebook=BOOK, **known)["statements"].iloc[0])
    assert 30 < n < 1000
    halves = []
    for seed in range(8):
        found = row(corrected(machine, by_truth(draw(machine, n, seed=seed), truth), codebook=BOOK))
        halves.append((found["high"] - found["low"]) / 2)
    assert np.mean(halves) == pytest.approx(width, rel=0.1)


def test_plan_puts_the_rarest_first_and_knows_what_the_machine_is_worth():
    machine, _ = world(n_reports=200, share=0.2)
    table = plan(machine, codebook=BOOK, scores=CARD)
    assert list(table.columns) == ["role", "theme", "expected", "statements", "reports", "unaided"]
    assert table["expected"].is_monotonic_increasing
    assert (table["statements"] < table["unaided"]).all()
    assert (table["reports"] * 10 >= table["statements"]).all()
    closer = plan(machine, 0.02, codebook=BOOK, scores=CARD)
    assert (closer["statements"].to_numpy() > table["statements"].to_numpy()).all()


def test_plan_takes_from_a_pilot_of_whole_reports_how_errors_agree():
    machine, truth = world(n_reports=200, length=5)
    pilot = by_truth(draw(machine, 30, seed=1, unit="reports"), truth)
    assert plan(machine, 0.1, ["slow"], pilot=pilot, codebook=BOOK)["reports"].between(1, 200).all()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"width": 0.0}, "width 0.0 is not between 0 and 0.5"),
        ({"width": 5}, "width 5 is not between 0 and 0.5; give 0.05 for 5 percentage points"),
        ({"themes": ["quick"]}, "theme 'quick' is not in the codebook"),
        ({"scores": {"codes": []}}, "the model card has no scores of 'problem'"),
        ({"scores": {}}, "holds no scores by code"),
        ({"scores": "nowhere.json"}, "nowhere.json: holds no scores by code"),
    ],
)
def test_what_cannot_be_planned(how, says):
    with pytest.raises(UserError, match=says):
        plan(MACHINE, **{"codebook": BOOK, "scores": CARD, **how})


def test_the_band_follows_precision_and_recall():
    machine, _ = world(n_reports=100)
    table = gongkai.spread(machine, codebook=BOOK)
    band = sensitivity(table, CARD)
    for theme, precision, recall in (("slow", 0.8, 0.9), ("few", 0.95, 0.9)):
        found = row(band, theme)
        assert found["band_low"] < min(1, found["share"] * precision / recall) < found["band_high"]
    assert band.loc[band["unit"] == "reports", ["band_low", "band_high"]].isna().all(axis=None)
    assert "no confidence interval" in band.attrs["band"]
    assert band.drop(columns=["band_low", "band_high"]).equals(table)
    lacking = sensitivity(table, {"codes": CARD["codes"][:2]})
    assert np.isnan(row(lacking, "few")["band_low"])
    assert "few" in lacking.attrs["band"]


def test_the_shipped_card_gives_bands_and_plans():
    statements = pd.DataFrame({"report": ["a", "a", "b"], "role": ["problem"] * 3, "themes": [["depth"], ["depth"], ["channels"]]})
    band = sensitivity(gongkai.spread(statements))
    of_problems = band[(band["unit"] == "statements") & (band["role"] == "problem")]
    assert of_problems[["band_low", "band_high"]].notna().all(axis=None)
    assert len(plan(statements, 0.2, ["depth", "channels"])) == 2


@pytest.mark.slow
def test_simulated_intervals_hold_the_truth():
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("interval_coverage", Path(__file__).parent.parent / "benchmarks" / "interval_coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cells = module.simulate(0.9, "even", 0.1, 200, seed=0)
    assert all(c.coverage >= 0.89 for c in cells)
    assert np.mean([c.coverage for c in cells]) > 0.93

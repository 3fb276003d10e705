"""The shipped corpus, and what `check` says of corpora that are not right."""

import shutil

import pandas as pd
import pytest

import gongkai
from gongkai.agreement import agreement, cohen_kappa, krippendorff_alpha, masi
from gongkai.alike import clusters
from gongkai.check import check
from gongkai.evaluate import groups_of

SECTION = "五、存在的主要问题及改进情况\n一是更新不及时；\n二是人手不够。\n下一步加强培训。\n"
TABLE = (
    "report,start,end,text,role,themes\n"
    "a.txt,15,23,一是更新不及时；,problem,timeliness\n"
    "a.txt,24,31,二是人手不够。,problem,capacity\n"
    "a.txt,32,40,下一步加强培训。,measure,capacity\n"
)


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "a.txt").write_text(SECTION, "utf-8")
    (tmp_path / "statements.csv").write_text(TABLE, "utf-8")
    return tmp_path


def test_the_shipped_corpus_has_no_errors_and_is_large_and_broad(sample, labelled):
    found = check(sample.parent)
    assert found[found["level"] == "error"].empty
    themes = labelled.Y[list(labelled.codebook.theme_ids)]
    assert len(labelled.X) >= 6000
    assert labelled.X["report"].nunique() >= 600
    assert themes.sum().min() >= 150
    coded = themes.any(axis=1)
    assert (themes.sum(axis=1) > 1).sum() >= 0.35 * coded.sum()
    assert labelled.Y["other"].mean() >= 0.12
    for role in ("problem", "measure"):
        assert themes[labelled.Y[role] == 1].sum().min() >= 50


def test_a_right_corpus_has_no_findings(corpus):
    assert check(corpus).empty


@pytest.mark.parametrize(
    ("old", "new", "level", "finding", "say"),
    [
        ("a.txt,15,23", "a.txt,15,99", "error", "offset", "not within"),
        ("a.txt,15,23", "a.txt,16,23", "error", "offset", "the table says"),
        ("a.txt,24,31,二是人手不够。", "a.txt,20,31,及时；二是人手不够。", "error", "offset", "overlaps"),
        ("problem,timeliness", "problem,speed", "error", "rule", "not in the codebook"),
        ("problem,timeliness", "problem,", "error", "rule", "at least one theme"),
        ("problem,timeliness", "other,timeliness", "error", "rule", "no theme"),
        ("problem,timeliness", "problem,timeliness;general", "error", "rule", "alone"),
        ("problem,timeliness", "problem,timeliness;timeliness", "error", "rule", "twice"),
        ("a.txt,32,40,下一步加强培训。", "b.txt,32,40,下一步加强培训。", "error", "file", "b.txt"),
        ("a.txt,15,23,一是更新不及时；", "a.txt,17,23,更新不及时；", "doubt", "cut", "otherwise"),
    ],
)
def test_each_fault_is_found_at_its_place(corpus, old, new, level, finding, say):
    assert old in TABLE
    (corpus / "statements.csv").write_text(TABLE.replace(old, new), "utf-8")
    found = check(corpus)
    mine = found[(found["level"] == level) & (found["finding"] == finding)]
    assert mine["message"].str.contains(say, regex=False).any(), found.to_string()


def test_near_copies_and_differing_labels_are_doubts(corpus):
    shutil.copy(corpus / "a.txt", corpus / "b.txt")
    again = "".join(line + "\n" for line in TABLE.replace("a.txt", "b.txt").replace("timeliness", "general").splitlines()[1:])
    (corpus / "statements.csv").write_text(TABLE + again, "utf-8")
    assert set(check(corpus)["finding"]) == {"nearly the same", "labels differ"}


def test_folds_keep_offices_and_near_copies_together(labelled):
    groups = pd.Series(groups_of(labelled))
    assert (groups.groupby(labelled.X["body"].to_numpy()).nunique() == 1).all()


def test_clusters_join_by_likeness_and_by_key():
    texts = ["进一步完善公开制度建设工作", "进一步完善公开制度建设工作。", "加强业务培训", "扩大公开范围"]
    assert len(set(clusters(texts))) == 3
    assert len(set(clusters(texts, keys=["x", "y", "y", "z"]))) == 2


def test_alpha_of_published_examples():
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", examples B (two coders) and C (four coders, gaps).
    two = list(zip([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], strict=True))
    assert krippendorff_alpha(two) == pytest.approx(0.095, abs=5e-4)
    n = None
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, n, n, n],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, n, 3],
        [n, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, n],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, n],
    ]
    four = [[v for v in unit if v is not None] for unit in zip(*rows, strict=True)]
    assert krippendorff_alpha(four) == pytest.approx(0.743, abs=5e-4)


def test_kappa_and_masi():
    first, second = ["y"] * 25 + ["n"] * 25, ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert masi(frozenset("ab"), frozenset("bc")) == pytest.approx(1 - 1 / 9)


def test_agreement_of_the_shipped_codings(sample):
    codings = pd.read_csv(sample.parent / "codings.csv", keep_default_na=False)
    table = agreement(codings, gongkai.load_codebook().theme_ids).set_index("of")
    assert len(codings) >= 0.25 * len(pd.read_csv(sample.parent / "statements.csv"))
    assert table.loc["role", "value"] > 0.95
    assert table[table["measure"] == "alpha"]["value"].min() > 0.8

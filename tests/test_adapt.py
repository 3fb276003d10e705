"""A coder that goes on from another one, and two coders side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gongkai.adapt import AdaptedCoder, adapted
from gongkai.analyse import load
from gongkai.codebook import load_codebook, parse_codebook
from gongkai.compare import SCORES, compared, scores
from gongkai.errors import UserError
from gongkai.evaluate import groups_of, judged
from gongkai.labelled import Labelled
from gongkai.review.given import codebook_yaml
from gongkai.seen import see
from gongkai.store import load_model, save


@pytest.fixture(scope="module")
def base():
    return load()


@pytest.fixture(scope="module")
def other_offices(small, labelled):
    """Statements of the corpus, whose depth is now called coverage, and supervision mechanism."""
    X, Y = small
    Y = Y.copy()
    Y["coverage"] |= Y["depth"]
    Y["depth"] = 0
    return X, Y, groups_of(Labelled(X, Y, labelled.codebook, labelled.phrases))


@pytest.fixture(scope="module")
def gone_on(base, other_offices):
    X, Y, groups = other_offices
    return adapted(base, X, Y, groups.tolist(), n_jobs=1)


@pytest.mark.slow
def test_a_coder_goes_on_from_another(base, other_offices, gone_on, tmp_path):
    X, Y, groups = other_offices
    n, true = len(base.roles_), Y[list(gone_on.classes_)].to_numpy()
    themed = Y[["problem", "measure"]].any(axis=1).to_numpy()
    table = compared(true, base.predict(X), gone_on.out_of_fold_, n, themed, groups).set_index("score")
    assert table.loc["theme micro-F1", "low"] > 0
    assert table.loc["role macro-F1", "after"] > 0.9
    # What nobody coded stays as the base has it.
    at = list(base.themes_).index("depth")
    assert np.array_equal(gone_on.theme_coef_[at], base.theme_coef_[at])
    assert gone_on.thresholds_[at] == base.thresholds_[at]
    save(gone_on, tmp_path / "m")
    assert np.allclose(load_model(tmp_path / "m").predict_proba(X[:50]), gone_on.predict_proba(X[:50]))
    assert np.allclose(gone_on.proba_of(see(base, X))[:50], gone_on.predict_proba(X)[:50], atol=1e-5)


@pytest.mark.slow
def test_out_of_fold_decisions_know_nothing_of_the_office(base, other_offices):
    X, Y, groups = other_offices
    office = groups == groups[0]
    wrong = Y.copy()
    wrong.loc[office, ["timeliness", "channels"]] = 1 - wrong.loc[office, ["timeliness", "channels"]].to_numpy()
    first, second = (adapted(base, X, labels, groups.tolist(), folds=3, n_jobs=1).out_of_fold_ for labels in (Y, wrong))
    # Thresholds hang on how well the others, who have learned from this office, tell the codes apart.
    assert (first[office] == second[office]).mean() > 0.99


@pytest.mark.slow
def test_going_on_with_codes_that_the_base_does_not_know(base, small):
    X, Y = small
    book = load_codebook()
    roles = {"lack": book.roles["problem"], "rest": book.roles["other"]}
    theme = book.themes[0].model_copy(update={"id": "speed"})
    own = parse_codebook(codebook_yaml(book.model_copy(update={"roles": roles, "themes": (theme, book.themes[2])})))
    labels = pd.DataFrame({"lack": Y["problem"], "rest": 1 - Y["problem"], "speed": Y["timeliness"], "depth": Y["depth"]})
    labels.loc[labels["rest"] == 1, ["speed", "depth"]] = 0
    # A role that carries themes has at least one.
    kept = (labels["rest"] == 1) | labels[["speed", "depth"]].any(axis=1)
    X, labels = X[kept], labels[kept]
    coder = adapted(base, X, labels, codebook=own, n_jobs=1)
    themed = labels["lack"].to_numpy() == 1
    found = scores(labels.to_numpy(), coder.out_of_fold_, 2, themed)
    assert coder.roles_ == ("lack", "rest")
    assert found["role macro-F1"] > 0.9
    assert found["theme micro-F1"] > 0.9


def test_an_adapted_coder_needs_a_start_and_two_offices(base, small):
    X, Y = small
    with pytest.raises(UserError, match=r"start\(base\)"):
        AdaptedCoder().fit(X, Y)
    with pytest.raises(UserError, match="two offices"):
        adapted(base, X[:20], Y[:20], ["one"] * 20)


@pytest.mark.slow
def test_compared_scores_are_those_of_the_evaluation(base, other_offices, gone_on):
    X, Y, groups = other_offices
    found = judged(base, X, Y, groups)
    table = compared(found.true, found.predicted, gone_on.out_of_fold_, found.n_roles, found.themed, groups).set_index("score")
    assert table["before"].to_dict() == pytest.approx({s: found.summary[s] for s in SCORES})
    alike = compared(found.true, found.predicted, found.predicted, found.n_roles, found.themed, groups)
    assert (alike[["difference", "low", "high"]] == 0).all(axis=None)
    alone = compared(found.true, found.predicted, found.predicted, found.n_roles, found.themed, [1] * len(groups))
    assert alone[["low", "high"]].isna().all(axis=None)

"""StatementCoder: scikit-learn's contract, decisions under the codebook's rules, and the model file."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.utils import estimator_checks as checks

import gongkai
from gongkai.codebook import parse_codebook
from gongkai.labelled import CorpusError
from gongkai.store import ModelError, load_model, save
from gongkai.training import train


@pytest.fixture(scope="module")
def fitted(small):
    X, Y = small
    return gongkai.StatementCoder(folds=2, words=None).fit(X, Y, groups=X["body"])


@pytest.mark.parametrize(
    "check",
    [
        checks.check_estimator_cloneable,
        checks.check_estimator_repr,
        checks.check_get_params_invariance,
        checks.check_set_params,
        checks.check_no_attributes_set_in_init,
        checks.check_parameters_default_constructible,
        checks.check_do_not_raise_errors_in_init_or_set_params,
    ],
    ids=lambda c: c.__name__,
)
def test_estimator_checks_that_need_no_numeric_input(check):
    check("StatementCoder", gongkai.StatementCoder())


@pytest.mark.slow
def test_clone_fits_the_same(small, fitted):
    X, Y = small
    again = clone(fitted).fit(X, Y, groups=X["body"])
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.slow
def test_grid_search(small):
    X, Y = small
    search = GridSearchCV(gongkai.StatementCoder(words=None, folds=2, clauses=False), {"C": [0.01, 1.0]}, cv=GroupKFold(2))
    search.fit(X, Y, groups=X["body"])
    assert search.best_params_ == {"C": 1.0}


def test_scores_are_probabilities_and_roles_sum_to_one(small, fitted):
    p = fitted.predict_proba(small[0])
    assert p.shape == (len(small[0]), len(fitted.classes_))
    assert ((p >= 0) & (p <= 1)).all()
    assert np.allclose(p[:, : len(fitted.roles_)].sum(axis=1), 1)


def test_no_statements_give_no_scores(small, fitted):
    assert fitted.predict_proba(small[0][:0]).shape == (0, len(fitted.classes_))
    assert fitted.predict(small[0][:0]).shape[0] == 0


def test_decisions_keep_the_rules(small, fitted):
    for role, themes in fitted.decide(fitted.predict_proba(small[0])):
        assert fitted.codebook_.check(role, themes) == []


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"other": 0.9, "depth": 0.9}, ("other", ())),
        ({"problem": 0.9, "depth": 0.9, "channels": 0.8}, ("problem", ("depth", "channels"))),
        ({"problem": 0.9, "depth": 0.05}, ("problem", ("depth",))),
        ({"measure": 0.9, "depth": 0.9, "general": 0.8}, ("measure", ("depth",))),
        ({"measure": 0.9, "depth": 0.8, "general": 0.9}, ("measure", ("general",))),
    ],
)
def test_decide(fitted, scores, expected):
    row = np.array([[scores.get(c, 0.0) for c in fitted.classes_]])
    assert fitted.decide(row) == [expected]


def test_rules_that_a_codebook_leaves_open_come_from_the_labels(small):
    X, Y = small
    silent = parse_codebook(
        "version: 1\nroles:\n  problem: {zh: 问题, en: p, definition: d}\n  measure: {zh: 措施, en: m, definition: d}\n"
        "  other: {zh: 其他, en: o, definition: d}\nthemes:\n"
        "  - {id: depth, zh: 深度, en: d, definition: d}\n  - {id: general, zh: 笼统, en: g, definition: d}\n"
    )
    coder = gongkai.StatementCoder(silent, words=None, folds=2).fit(X, Y[["problem", "measure", "other", "depth", "general"]], X["body"])
    assert coder.themed_roles_ == ("problem", "measure")
    assert coder.alone_ == ("depth", "general")


@pytest.mark.parametrize(
    ("X", "Y", "message"),
    [
        (pd.DataFrame({"words": ["a"]}), pd.DataFrame({"problem": [1]}), "column text"),
        (pd.DataFrame({"text": ["a"]}), pd.DataFrame({"problem": [1], "nonsense": [0]}), "nonsense"),
        (pd.DataFrame({"text": ["a"]}), pd.DataFrame({"problem": [0], "depth": [1]}), "exactly one role"),
        (pd.DataFrame({"text": ["a", "b"]}), pd.DataFrame({"problem": [1]}), "a row for each"),
        (pd.DataFrame({"text": ["a", None]}), pd.DataFrame({"problem": [1, 1]}), "without text"),
    ],
)
def test_bad_input_is_named(X, Y, message):
    with pytest.raises(ValueError, match=message):
        gongkai.StatementCoder().fit(X, Y)


def test_saved_and_loaded_coder_is_the_same(tmp_path, small, fitted):
    save(fitted, tmp_path / "m", {"statements": 1})
    loaded = load_model(tmp_path / "m")
    assert np.array_equal(loaded.predict_proba(small[0]), fitted.predict_proba(small[0]))
    assert loaded.codebook_.role_ids == fitted.codebook_.role_ids
    save(loaded, tmp_path / "n", {"statements": 1})
    for name in ("model.json", "weights.npz"):
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "n" / name).read_bytes()


@pytest.fixture
def model(tmp_path, fitted):
    save(fitted, tmp_path / "m")
    return tmp_path / "m"


def _change(model, change):
    facts = json.loads((model / "model.json").read_text("utf-8"))
    change(facts)
    (model / "model.json").write_text(json.dumps(facts), "utf-8")


@pytest.mark.parametrize(
    "harm",
    [
        lambda m: (m / "model.json").unlink(),
        lambda m: (m / "weights.npz").unlink(),
        lambda m: (m / "weights.npz").write_bytes((m / "weights.npz").read_bytes()[:-7]),
        lambda m: (m / "model.json").write_text("{"),
        lambda m: (m / "model.json").write_text("[]"),
        lambda m: _change(m, lambda f: f.update(format=99)),
        lambda m: _change(m, lambda f: f["themes"].pop()),
        lambda m: _change(m, lambda f: f["vocabularies"]["characters"].pop()),
        lambda m: _change(m, lambda f: f["sha256"].update({"weights.npz": "0"})),
        lambda m: _change(m, lambda f: f["codebook"].pop("roles")),
    ],
)
def test_a_damaged_model_is_refused_with_a_cure(model, harm):
    harm(model)
    with pytest.raises(ModelError, match=model.name):
        load_model(model)


def test_no_pickle_is_ever_loaded(model):
    import hashlib
    import io

    arrays = dict(np.load(io.BytesIO((model / "weights.npz").read_bytes())))
    arrays["thresholds"] = np.array([print], dtype=object)
    np.savez(model / "weights.npz", **arrays)
    digest = hashlib.sha256((model / "weights.npz").read_bytes()).hexdigest()
    _change(model, lambda f: f["sha256"].update({"weights.npz": digest}))
    with pytest.raises(ModelError):
        load_model(model)


@pytest.mark.slow
def test_shipped_model_is_what_the_shipped_corpus_gives(tmp_path, sample):
    corpus, shipped = sample.parent, sample.parent.parent / "models" / "default"
    train(corpus, tmp_path / "m", n_jobs=2)
    train(corpus, tmp_path / "n")
    for name in ("weights.npz", "model.json"):
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "n" / name).read_bytes()
    facts = [json.loads((d / "model.json").read_text("utf-8"))["facts"] for d in (tmp_path / "m", shipped)]
    assert facts[0]["corpus_sha256"] == facts[1]["corpus_sha256"]


def test_a_corpus_error_names_file_line_and_cure(tmp_path, sample):
    shutil.copytree(sample, tmp_path / "reports")
    name = sorted(p.name for p in sample.iterdir())[0]
    (tmp_path / "statements.csv").write_text(f"report,start,end,text,role,themes\nreports/{name},0,5,x,problem,nonsense\n", "utf-8")
    with pytest.raises(CorpusError, match=r"line 2.*nonsense"):
        gongkai.load_corpus(tmp_path)

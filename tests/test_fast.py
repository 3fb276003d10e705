"""The machine code against scikit-learn and jieba: the same words, the same scores, bit for bit where the processor allows it."""

import pickle
import subprocess
import sys
from contextlib import contextmanager
from copy import copy
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from joblib import Parallel, delayed
from sklearn.base import clone

import gongkai
from conftest import without
from gongkai import cutter, fast, trie
from gongkai.adapt import adapted
from gongkai.compiled import compiled
from gongkai.cutter import word_spans
from gongkai.dictionary import dictionary
from gongkai.evidence import evidence, evidence_many
from gongkai.records import Statement
from gongkai.trie import bounds_of, codes_of
from gongkai.words import tokenizer, words


@pytest.fixture(scope="module", autouse=True)
def numba():
    if not fast.installed():
        without("needs numba (gongkai[fast])")


PIECES = [
    *("一是", "公开内容", "信息更新不及时", "政务公开", "的", "了", "柳泉县", "临沚", "镕", "喆", "龘", "é", "𠀀", "😀", "\U000e0041"),
    *("，", "。", "；", "：", ",", "  ", " ", "\t", "\r\n", "\u3000", "\u200b", "\0", "%", "+", "#", "&", ".", "_", "-"),
    *("ABC", "a1", "3.5%", "3.", "12", "C++", "１２", "²"),
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40),
    st.text(max_size=20),
)
LONG = ["信息公开工作，" * 714 + "完", "的" * 5000, "政务公开内容不全面" * 80, "a1" * 600, "。" * 700, "公开  " * 300]


@contextmanager
def at_once(machine: bool = True):
    """All statements by machine code, or all by scikit-learn."""
    with patch.object(fast, "_PAYS", 0), patch.object(fast, "installed", lambda: machine):
        yield


def same(coder, X):
    with at_once():
        got = coder.decision_function(X)
        assert coder.scored_by == "machine code"
    with at_once(False):
        expected = coder.decision_function(X)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    if fast.SAME_BITS:
        assert np.array_equal(got, expected)
    else:
        assert np.allclose(got, expected, atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def tables():
    return dictionary(tokenizer())


def cut_by_machine(tables, texts, whole=False):
    begins, ends = bounds_of(texts)
    firsts, lasts, upto = word_spans(tables, codes_of(texts), begins, ends, whole=whole)
    since = [0, *upto[:-1]]
    return [
        [(t[a:b], a) for a, b in zip((firsts[i:j] - o).tolist(), (lasts[i:j] - o).tolist(), strict=True)]
        for t, o, i, j in zip(texts, begins, since, upto, strict=True)
    ]


def test_words_are_those_of_jieba(tables, small):
    texts = [*small[0]["text"][:300], *LONG, "", *PIECES]
    assert cut_by_machine(tables, texts) == [list(words(t)) for t in texts]


@pytest.mark.slow
def test_words_of_the_whole_corpus_are_those_of_jieba(tables, labelled, sample):
    texts = [*labelled.X["text"], *(gongkai.read(p).text for p in sample.iterdir())]
    assert cut_by_machine(tables, texts) == [list(words(t)) for t in texts]


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["3.5%的a.b", "C++和C#", "1.2.3", "%5", "柳泉县1号A座", "\r\n\r", "镕喆龘"])
def test_words_of_odd_texts_are_those_of_jieba(texts):
    tables = fast._dictionary_now()
    assert cut_by_machine(tables, texts) == [list(words(t)) for t in texts]
    # jieba's own tokens, blanks and stops among them.
    short = [t[:500] for t in texts]
    assert [[w for w, _ in found] for found in cut_by_machine(tables, short, whole=True)] == [tokenizer().lcut(t) for t in short]


def test_scores_of_part_of_the_corpus(small):
    same(gongkai.load(), small[0][:200])


@pytest.mark.slow
def test_scores_of_the_whole_corpus(labelled):
    same(gongkai.load(), labelled.X)


STATEMENTS = st.lists(
    st.tuples(
        TEXTS,
        st.sampled_from(
            [(), ("五、存在的主要问题",), ("五、存在的主要问题", "（一）"), "五、问题 > 一是", ("五、 \u3000存在", "（一） \t公开")]
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20)
@given(STATEMENTS)
def test_scores_of_odd_texts(rows):
    texts, paths, begins = zip(*rows, strict=True)
    same(gongkai.load(), pd.DataFrame({"text": texts, "path": paths, "report": np.cumsum(begins)}))


@pytest.mark.parametrize("text", ["", "的", *LONG, "x" * 3, "😀😀", "，。", "   ", "政务公开" * 3], ids=lambda t: f"{t[:4]!r}x{len(t)}")
def test_scores_of_one_text(text):
    same(gongkai.load(), pd.DataFrame({"text": [text]}))
    same(gongkai.load(), pd.DataFrame({"text": [text, text, "加强培训"], "report": [1, 1, 1], "path": [(text,)] * 3}))


def test_no_statements(small):
    with at_once():
        assert gongkai.load().decision_function(small[0][:0]).shape == (0, len(gongkai.load().classes_))


@pytest.fixture(scope="module")
def few(small):
    X, Y = small
    return X[:240], Y[:240]


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"words": None},
        {"characters": None},
        {"characters": (2, 4), "words": (2, 3)},
        {"words": None, "clauses": False},
        {"words": None, "path": False},
        {"words": None, "neighbours": False},
        {"words": None, "place": False},
        {"words": None, "path": False, "neighbours": False, "place": False, "characters": (1, 1), "max_features": 50},
    ],
    ids=str,
)
def test_every_setting_scores_the_same(few, small, settings):
    X, Y = few
    coder = gongkai.StatementCoder(**settings, folds=2).fit(X, Y, groups=X["body"])
    same(coder, small[0])
    same(coder, small[0].drop(columns=["report", "path"]))


@pytest.mark.parametrize(("roles", "themes"), [(1, 0), (1, 1), (2, 0), (3, 13), (20, 40)])
def test_any_number_of_codes_scores_the_same(small, roles, themes):
    coder, rng = copy(gongkai.load()), np.random.default_rng(1)
    coder.roles_, coder.themes_ = tuple(f"r{i}" for i in range(roles)), tuple(f"t{i}" for i in range(themes))
    coder.classes_ = np.array([*coder.roles_, *coder.themes_], dtype=object)
    for name, n in (("role", roles), ("theme", themes)):
        width = getattr(coder, f"{name}_coef_").shape[1]
        setattr(coder, f"{name}_coef_", rng.standard_normal((n, width)).astype(np.float32))
        setattr(coder, f"{name}_intercept_", rng.standard_normal(n).astype(np.float32))
    same(coder, small[0][:40])


@pytest.mark.slow
def test_adapted_coder_scores_the_same(few, small):
    X, Y = few
    same(adapted(gongkai.load(), X, Y, groups=X["body"], folds=2), small[0])


def carried_alike(coder, texts, gaps):
    """Evidence of texts that stand in a source with `gaps` before them, for every code."""
    sources = [gap + text for gap, text in zip(gaps, texts, strict=True)]
    statements = [Statement(len(gap), len(gap) + len(text), text) for gap, text in zip(gaps, texts, strict=True)]
    codes = [tuple(coder.classes_) if i % 2 else (coder.classes_[0], coder.classes_[-1]) for i in range(len(texts))]
    codes[0] = ()
    with at_once():
        coder.decision_function(pd.DataFrame({"text": texts}))
        assert coder.scored_by == "machine code"
        got = evidence_many(coder, sources, statements, codes)
    assert got == [evidence(coder, *of) for of in zip(sources, statements, codes, strict=True)]
    with at_once(False):
        assert evidence_many(coder, sources, statements, codes) == got


def test_evidence_of_part_of_the_corpus(small):
    texts = small[0]["text"].tolist()[::9]
    carried_alike(gongkai.load(), texts, ["", "前言。 "] * (len(texts) // 2) + [""] * (len(texts) % 2))


@pytest.mark.slow
def test_evidence_of_the_whole_corpus(labelled):
    texts = labelled.X["text"].tolist()
    carried_alike(gongkai.load(), texts, [""] * len(texts))


@settings(max_examples=20)
@given(st.lists(st.tuples(TEXTS, st.sampled_from(["", "一、", "\n "])), min_size=1, max_size=6))
@example([(t, "") for t in ("", "的", "一是", "1.", *LONG)])
def test_evidence_of_odd_texts(rows):
    carried_alike(gongkai.load(), *zip(*rows, strict=True))


def test_evidence_without_words(few):
    X, Y = few
    coder = gongkai.StatementCoder(words=None, clauses=False, neighbours=False, path=False, folds=2).fit(X, Y, groups=X["body"])
    texts = X["text"].tolist()[:60]
    carried_alike(coder, texts, [""] * len(texts))


def test_evidence_does_not_hang_on_what_was_scored_before(small):
    texts = small[0]["text"].tolist()[:20]
    other = copy(gongkai.load())
    other.theme_coef_ = -other.theme_coef_
    other.text_, other.clauses = copy(other.text_), False
    statements, codes = [Statement(0, len(t), t) for t in texts], [tuple(other.classes_)] * len(texts)
    with at_once():
        for scored in (texts, texts[::-1], [*texts[:-1], "加强  培训"]):
            for coder in (gongkai.load(), other):
                coder.decision_function(pd.DataFrame({"text": scored}))
            for coder in (gongkai.load(), other):
                expected = [evidence(coder, *of) for of in zip(texts, statements, codes, strict=True)]
                assert evidence_many(coder, texts, statements, codes) == expected


def test_reports_are_coded_alike(sample):
    reports = [gongkai.read(p) for p in sorted(sample.iterdir())[:3]]
    coder = copy(gongkai.load())
    with at_once():
        got = [a.codings for a in gongkai.analyse_many(reports, coder)]
        assert coder.scored_by == "machine code"
    with at_once(False):
        assert [a.codings for a in gongkai.analyse_many(reports, copy(gongkai.load()))] == got


def test_small_batches_wait_until_it_pays(small):
    coder = copy(gongkai.load())
    coder.decision_function(small[0][:5])
    assert "too few" in coder.scored_by
    with patch.object(fast, "_PAYS", 10):
        coder.decision_function(small[0][:4])
        coder.decision_function(small[0][:4])
    assert coder.scored_by == "machine code"


def test_without_numba_scikit_learn_scores(small):
    with at_once(False):
        coder = copy(gongkai.load())
        coder.decision_function(small[0][:5])
        assert "gongkai[fast]" in coder.scored_by


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.text_.vectorizers_["characters"].set_params(lowercase=True), "lowercase"),
        (lambda c: setattr(c, "role_coef_", c.role_coef_.astype(float)), "32-bit"),
        (lambda c: c.text_.vectorizers_["characters"].set_params(ngram_range=(1, 2)), "range"),
    ],
)
def test_what_cannot_be_compiled_stays_with_scikit_learn(small, change, reason):
    coder = pickle.loads(pickle.dumps(gongkai.load()))
    change(coder)
    with at_once():
        got = coder.decision_function(small[0][:20])
    assert reason in coder.scored_by
    with at_once(False):
        assert np.array_equal(got, coder.decision_function(small[0][:20]))


def test_machine_code_that_scores_differently_is_not_taken(small):
    coder = copy(gongkai.load())
    with at_once(), patch.object(fast, "margins", lambda *a: np.ones((len(a[3]["text"]), len(coder.classes_)))):
        coder.decision_function(small[0][:20])
    assert "scores differently" in coder.scored_by


def test_machine_code_that_fails_is_not_taken(small):
    coder = copy(gongkai.load())
    with at_once(), patch.object(fast, "margins", side_effect=RuntimeError("no compiler")):
        coder.decision_function(small[0][:20])
    assert "no compiler" in coder.scored_by


def test_new_weights_are_compiled_anew(small):
    coder = copy(gongkai.load())
    same(coder, small[0][:20])
    coder.theme_coef_ = coder.theme_coef_ * np.float32(2)
    same(coder, small[0][:20])


def test_words_split_by_force_stay_with_jieba(small):
    from jieba import finalseg

    coder = copy(gongkai.load())
    with at_once(), patch.object(finalseg, "Force_Split_Words", {"临沚"}):
        coder.decision_function(small[0][:20])
        assert coder.scored_by != "machine code"


@pytest.mark.slow
def test_arrays_are_not_copied_or_pickled(small):
    coder = copy(gongkai.load())
    before = len(pickle.dumps(coder))
    with at_once():
        scores = coder.decision_function(small[0][:20])
    assert coder.scored_by == "machine code"
    assert len(pickle.dumps(coder)) == before
    assert clone(coder).get_params() == coder.get_params()
    there = Parallel(n_jobs=2)(delayed(c.decision_function)(small[0][:20]) for c in (coder, coder))
    assert all(np.array_equal(s, scores) for s in there)


def test_machine_code_runs_where_it_cannot_be_kept():
    import numba

    real = numba.njit

    def njit(cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return real(**options)

    with patch.object(numba, "njit", njit):
        made = compiled.__wrapped__("trie")
    nodes = np.empty(2, dtype=np.int32)
    assert made.grow(np.zeros(16, dtype=np.int64), codes_of(["政", "政务"]), np.array([1, 3]), nodes)
    assert nodes.tolist() == [1, 2]


def test_code_with_other_numbers_built_in_is_kept_apart():
    kept = compiled("cutter").cut.py_func.__qualname__
    with patch.object(cutter, "BLOCK", 64):
        assert compiled.__wrapped__("cutter").cut.py_func.__qualname__ != kept
    assert compiled.__wrapped__("cutter").cut.py_func.__qualname__ == kept


@pytest.mark.parametrize(("name", "other"), [("__file__", cutter.__file__), ("SYMBOL_BITS", 20)])
def test_code_with_functions_of_another_room_built_in_is_kept_apart_where_that_room_changes(name, other):
    kept = compiled("cutter").cut.py_func.__qualname__
    with patch.object(trie, name, other):
        assert compiled.__wrapped__("cutter").cut.py_func.__qualname__ != kept
    assert compiled.__wrapped__("cutter").cut.py_func.__qualname__ == kept


def test_functions_of_another_room_are_compiled_once():
    assert cutter.child is trie.child
    assert compiled("cutter").child is compiled("trie").child


def test_importing_does_not_import_numba():
    code = "import sys, gongkai; gongkai.load(); import gongkai.fast, gongkai.evidence; print('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_no_letter_or_digit_lies_beyond_the_table():
    assert not any(chr(i).isalnum() for i in range(0x40000, 0x110000))

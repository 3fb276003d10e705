"""Reused text of a data set is what `reuse` finds in its tables in memory, whoever does the work and however it is cut."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai import alikeset, drawn, jobs, meeting, query_reuse
from gongkai.results import read_results
from gongkai.reuse import clusters, reuse, without_reuse
from test_query_recur import made
from test_reuse import MORE, NEW, OLD

# Sentences, and their likes by one, two and three characters: chains whose ends are not alike.
TEXTS = [w[:n] + "甲乙丙丁"[k] * k + w[n + k :] for w in (OLD, NEW, MORE) for n in (0, 9, 18) for k in range(4)] + ["人少。", ""]


def same(found, wanted):
    pd.testing.assert_frame_equal(found.reset_index(drop=True), wanted.reset_index(drop=True), check_dtype=False)


@given(seed=st.integers(0, 10_000), size=st.integers(3, 30))
@settings(max_examples=6)
def test_figures_are_those_of_the_tables(tmp_path_factory, seed, size):
    folder = made(tmp_path_factory.mktemp("set") / "it", np.random.default_rng(seed), texts=TEXTS, chunks=9)
    told = read_results(folder)
    with pytest.MonkeyPatch.context() as patch:
        for room, name in ((jobs, "CHUNKS"), (alikeset, "_PART"), (meeting, "_PAIRS"), (alikeset, "_SAMPLE"), (drawn, "_PAIRS")):
            patch.setattr(room, name, size)
        patch.setattr(query_reuse, "_ROWS", size)
        found = gongkai.corpus_reuse(folder)
        alike, own = list(found.clusters()), list(found.without())
    wanted = reuse(told.statements, told.reports)
    same(found.reports, wanted)
    assert found.reports.attrs == wanted.attrs
    same(pd.concat(alike), clusters(told.statements, told.reports))
    left = without_reuse(told.statements, told.reports)
    same(pd.concat(own), left)
    assert found.removed == left.attrs["removed"]


@pytest.mark.slow
def test_sentences_of_the_corpus(tmp_path, labelled):
    texts = labelled.X["text"].drop_duplicates().iloc[::40].tolist()
    rng = np.random.default_rng(0)
    likes = [t[:n] + "某" + t[n + 1 :] for t in texts for n in rng.integers(0, max(1, len(t) - 1), 2)]
    folder = made(tmp_path / "set", rng, texts=texts + likes, chunks=40, reports=40)
    told = read_results(folder)
    found = gongkai.corpus_reuse(folder)
    same(found.reports, reuse(told.statements, told.reports))
    same(pd.concat(found.clusters()), clusters(told.statements, told.reports))
    assert found.reports["reused"].sum() > 100


def test_the_command_says_of_a_data_set_what_it_says_of_its_tables(tmp_path, run):
    folder = made(tmp_path / "set", np.random.default_rng(4), texts=TEXTS, chunks=12)
    told = read_results(folder)
    told.statements.to_parquet("statements.parquet")
    told.reports.to_parquet("reports.parquet")
    names = ("reuse.csv", "clusters.csv", "without.csv")
    for place, *given_reports in (("set",), ("statements.parquet", "--reports", "reports.parquet")):
        where = ["--workers", 1] if place == "set" else []
        (tmp_path / "out").mkdir()
        code, _, said = run(
            "reuse", place, *given_reports, "-o", "out/reuse.csv", "--clusters", "out/clusters.csv", "--without", "out/without.csv", *where
        )
        assert code == 0
        (tmp_path / "out").rename(f"of-{place}")
        (tmp_path / f"of-{place}" / "said").write_text(said)
    for name in (*names, "said"):
        assert (tmp_path / "of-set" / name).read_bytes() == (tmp_path / "of-statements.parquet" / name).read_bytes(), name

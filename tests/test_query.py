"""Shares straight from a data set are those of `spread` over its tables in memory, whatever the groups, offices and pieces."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai import contrasts, query, sums
from gongkai.dataset import is_corpus
from gongkai.errors import UserError
from gongkai.parts import schema
from gongkai.results import read_results
from gongkai.spread import tally

BOOK = gongkai.load_codebook()
THEMES, ROLES = BOOK.theme_ids, BOOK.role_ids


def made(folder, rng, chunks=7, reports=9):
    """A data set of invented rows: offices unknown, years unknown, reports without a statement or without a coded part."""
    told = []
    for name in ("statements", "sections", "reports", "failures", ".gongkai"):
        (folder / name).mkdir(parents=True)
    for n in range(chunks):
        rows, parts, about = [], [], []
        for k in range(int(rng.integers(1, reports))):
            report = f"{n}/{k}.txt"
            body = rng.choice(["柳泉县", "云渚市", "临沚县", "", None])
            year = rng.choice([2020, 2021, None])
            about.append(
                {"report": report, "body": body, "year": year, "level": rng.choice(["县区", "市"]), "area": rng.choice(["e", None])}
            )
            spoken = int(rng.integers(0, 4))
            rows += [
                {"report": report, "role": rng.choice(ROLES), "themes": list(rng.choice(THEMES, rng.integers(0, 3), replace=False))}
                for _ in range(spoken)
            ]
            if spoken or rng.random() < 0.5:
                parts.append({"report": report, "kind": "problems"})
            parts.append({"report": report, "kind": "overview"})
        for row in rows:
            row["themes"] = [] if row["role"] in BOOK.themeless_roles else row["themes"]
        shapes = {"statements": (rows, ()), "sections": (parts, ()), "reports": (about, ("area",))}
        held = {}
        for name, (given_rows, further) in shapes.items():
            if given_rows:
                pq.write_table(pa.Table.from_pylist(given_rows, schema(name, further)), folder / name / f"{n:032x}.parquet")
                held[name] = len(given_rows)
        told.append({"key": f"{n:032x}", "rows": held})
    run = {"program": "gongkai", "counts": {"reports": 0}, "further_columns": ["area"], "chunks": told}
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return folder


@given(seed=st.integers(0, 10_000), by=st.sampled_from([(), ("year",), ("level", "year"), ("area",), ("body",)]), size=st.integers(1, 9))
@settings(max_examples=15)
def test_figures_are_those_of_spread(tmp_path_factory, seed, by, size):
    folder = made(tmp_path_factory.mktemp("set") / "it", np.random.default_rng(seed))
    told = read_results(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "_CHUNKS", size)
        patch.setattr(sums, "_ROWS", size)
        found = gongkai.corpus_spread(folder, by, suppress=bool(seed % 2))
    wanted = gongkai.spread(told.statements, by, reports=told.coded, suppress=bool(seed % 2))
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert found.attrs["counted"]["coded"] == len(told.coded)
    assert found.attrs["counted"]["reports"] == len(told.reports)
    assert found.attrs["counted"]["silent"] == len(set(told.coded["report"]) - set(told.statements["report"]))


@pytest.mark.parametrize("cluster", ["body", "area", None])
def test_offices_may_be_another_column(tmp_path, cluster):
    folder = made(tmp_path / "set", np.random.default_rng(1))
    told = read_results(folder)
    wanted = gongkai.spread(told.statements, "level", reports=told.coded, cluster=cluster)
    pd.testing.assert_frame_equal(gongkai.corpus_spread(folder, "level", cluster=cluster), wanted, check_dtype=False)


@pytest.mark.parametrize(
    ("how", "words"),
    [({"by": ["colour"]}, "no column colour"), ({"by": ["role"]}, "cannot group by role"), ({"cluster": "colour"}, "no column colour")],
)
def test_what_cannot_be_counted_is_said(tmp_path, how, words):
    folder = made(tmp_path / "set", np.random.default_rng(2))
    with pytest.raises(UserError, match=words):
        gongkai.corpus_spread(folder, **how)


def test_another_codebook_is_told(tmp_path):
    folder = made(tmp_path / "set", np.random.default_rng(3))
    told = BOOK.model_dump(mode="json", by_alias=True, exclude_none=True)
    fewer = type(BOOK).model_validate({**told, "themes": told["themes"][1:]})
    with pytest.raises(UserError, match="not in the codebook"):
        gongkai.corpus_spread(folder, codebook=fewer)


def test_the_command_counts_a_data_set_as_the_table_of_it(tmp_path, run):
    folder = made(tmp_path / "set", np.random.default_rng(4))
    assert is_corpus(folder)
    assert run("spread", folder, "-o", "a.csv", "--by", "year")[0] == 0
    told = read_results(folder)
    told.statements.to_parquet("statements.parquet")
    told.coded.to_parquet("reports.parquet")
    assert run("spread", "statements.parquet", "--reports", "reports.parquet", "-o", "b.csv", "--by", "year")[0] == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


@pytest.mark.slow
def test_workers_count_what_one_counts(tmp_path, monkeypatch):
    folder = made(tmp_path / "set", np.random.default_rng(5))
    monkeypatch.setattr(query, "_CHUNKS", 2)
    pd.testing.assert_frame_equal(gongkai.corpus_spread(folder, "level", workers=2), gongkai.corpus_spread(folder, "level"))


def test_one_theme_with_its_text(tmp_path):
    folder = made(tmp_path / "set", np.random.default_rng(5))
    told = read_results(folder).statements
    told = told[told["role"] == "problem"]
    theme = told["themes"].explode().mode()[0]
    wanted = told[told["themes"].map(lambda t: theme in t)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "_CHUNKS", 2)
        found = gongkai.corpus_theme(folder, theme, pc.field("role") == "problem", ["report", "role", "year"])
    assert len(wanted)
    assert found["report"].tolist() == wanted["report"].tolist()
    assert set(found["role"]) == {"problem"}
    with pytest.raises(UserError, match="no column colour"):
        gongkai.corpus_theme(folder, theme, columns=["colour"])
    with pytest.raises(UserError, match=r"statements has no column colour; there are: .*; your own columns are in reports"):
        gongkai.corpus_theme(folder, theme, pc.field("colour") == "x")


def test_a_theme_that_the_model_does_not_know_is_no_empty_table(tmp_path):
    (tmp_path / "a.txt").write_text("五、存在的主要问题及改进情况\n一是信息更新不及时。", "utf-8")
    gongkai.write_corpus(tmp_path / "a.txt", tmp_path / "set", workers=1)
    assert len(gongkai.corpus_theme(tmp_path / "set", "timeliness")) == 1
    assert gongkai.corpus_theme(tmp_path / "set", "publicity").empty
    with pytest.raises(UserError, match=r"no theme 'timelines'; .*timeliness"):
        gongkai.corpus_theme(tmp_path / "set", "timelines")


@pytest.mark.parametrize("by", ["year", "level"])
def test_differences_of_sums_are_those_of_reports_however_many_are_held_at_a_time(tmp_path, monkeypatch, by):
    told = read_results(made(tmp_path / "set", np.random.default_rng(6), 20))
    known = told.coded[told.coded[by].notna()]
    said = told.statements[told.statements["report"].isin(known["report"])]
    added = sums.Sums([by, "area"], [r for r in ROLES if r not in BOOK.themeless_roles], THEMES)
    for _, some in known.groupby(np.arange(len(known)) % 4):
        rows = said[said["report"].isin(some["report"])]
        added.add(tally(rows, [by, "area"], BOOK, some), some["body"].reset_index(drop=True))
    wanted = gongkai.differences(said, by, reports=known)
    monkeypatch.setattr(contrasts, "_PULLS", 1)
    pd.testing.assert_frame_equal(contrasts.between(added.by_group([by])), wanted, check_dtype=False)
    pd.testing.assert_frame_equal(gongkai.differences(said, by, reports=known), wanted)

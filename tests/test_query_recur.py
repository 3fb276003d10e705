"""What recurs in a data set is what `recurring` finds in its tables in memory, whoever does the work."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai import jobs, query_recur
from gongkai.errors import UserError
from gongkai.parts import schema
from gongkai.results import read_results

BOOK = gongkai.load_codebook()
TOLD = ("群众知晓率有待提高", "今年已开通公众号", "下一步将举办培训", "公开栏更新不及时", "个别站所习惯把几条消息攒到一处再报")
PLACES = ("甲", "乙", "丙")


def made(folder, rng, chunks=7, reports=6, texts=TOLD):
    """A data set of invented rows: offices of one name, unknown ones, unknown years, several reports a year, silent reports."""
    held = []
    for name in ("statements", "reports", "failures", ".gongkai"):
        (folder / name).mkdir(parents=True)
    for n in range(chunks):
        rows, about = [], []
        for k in range(int(rng.integers(1, reports))):
            report = f"{PLACES[rng.integers(0, 3)]}{n}/{k}.txt"
            body, region = rng.choice(["柳泉县", "云渚市", "城关镇", "", None]), rng.choice(["甲省", "乙省", "", None])
            about.append({"report": report, "body": body, "year": rng.choice([2019, 2020, 2021, 2022, None]), "region": region})
            for at in range(int(rng.integers(0, 5))):
                role = rng.choice(BOOK.role_ids)
                themes = [] if role in BOOK.themeless_roles else rng.choice(BOOK.theme_ids[:3], rng.integers(0, 3), replace=False).tolist()
                told = {"text": rng.choice(texts), "path": ["五、问题"] if rng.random() < 0.5 else ["（二）下一步打算"]}
                rows.append({"report": report, "start": at * 100, "end": at * 100 + 9, "role": role, "themes": themes, **told})
        counts = {}
        for name, given_rows in (("statements", rows), ("reports", about)):
            if given_rows:
                pq.write_table(pa.Table.from_pylist(given_rows, schema(name)), folder / name / f"{n:032x}.parquet")
                counts[name] = len(given_rows)
        held.append({"key": f"{n:032x}", "rows": counts})
    pq.write_table(schema("failures").empty_table(), folder / "failures" / "listing.parquet")
    (folder / "sections").mkdir()
    run = {"program": "gongkai", "counts": {"reports": 0}, "further_columns": [], "chunks": held}
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return folder


@given(seed=st.integers(0, 10_000), size=st.integers(1, 9))
@settings(max_examples=8)
def test_figures_are_those_of_the_tables(tmp_path_factory, seed, size):
    folder = made(tmp_path_factory.mktemp("set") / "it", np.random.default_rng(seed))
    told = read_results(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "CHUNKS", size)
        patch.setattr(query_recur, "_REPORTS", size)
        found = gongkai.corpus_recurring(folder)
    wanted = gongkai.recurring(told.statements, told.reports)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert found.attrs == wanted.attrs


def test_another_codebook_is_told(tmp_path):
    folder = made(tmp_path / "set", np.random.default_rng(3))
    told = BOOK.model_dump(mode="json", by_alias=True, exclude_none=True)
    fewer = type(BOOK).model_validate({**told, "themes": told["themes"][1:]})
    with pytest.raises(UserError, match="not in the codebook"):
        gongkai.corpus_recurring(folder, fewer)


def test_a_data_set_without_statements_gives_an_empty_table(tmp_path):
    rng = np.random.default_rng(5)
    folder = made(tmp_path / "set", rng, chunks=1, reports=2)
    run = json.loads((folder / "run.json").read_text("utf-8"))
    run["chunks"] = [{"key": c["key"], "rows": {"reports": c["rows"]["reports"]}} for c in run["chunks"]]
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    assert len(gongkai.corpus_recurring(folder)) == 0


def test_the_command_says_of_a_data_set_what_it_says_of_its_tables(tmp_path, run, monkeypatch):
    folder = made(tmp_path / "set", np.random.default_rng(4), chunks=12)
    monkeypatch.setattr(query_recur, "_REPORTS", 5)
    told = read_results(folder)
    told.statements.to_parquet("statements.parquet")
    told.reports.to_parquet("reports.parquet")
    for ending in ("csv", "jsonl"):
        bounded = run("recurring", folder, "-o", f"a.{ending}", "--workers", 1)
        whole = run("recurring", "statements.parquet", "--reports", "reports.parquet", "-o", f"b.{ending}")
        assert bounded == whole
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    assert run("recurring", folder, "-o", "a.parquet", "--workers", 1)[0] == 0
    pd.testing.assert_frame_equal(pd.read_parquet("a.parquet"), gongkai.corpus_recurring(folder), check_dtype=False)


def test_workers_are_for_data_sets(tmp_path, run):
    code, _, errors = run("recurring", "statements.csv", "-o", "a.csv", "--workers", 2)
    assert (code, "for a data set" in errors) == (2, True)

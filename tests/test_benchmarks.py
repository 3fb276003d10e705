"""The measurements of speed: what goes in, what is counted, how tables are kept and put into the pages."""

from __future__ import annotations

import doctest
import math
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gongkai
from gongkai.read import find, read_found

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import growth
import inputs
import peer_routes
import peers
import results
import run
import stages

ROOT = Path(__file__).parent.parent
PAGES = ["docs/benchmarks.md", "docs/benchmarks.zh.md"]
SAMPLES = ROOT / "corpus" / "reports"


@pytest.mark.parametrize("module", [results, growth, peer_routes], ids=lambda m: m.__name__)
def test_examples(module):
    assert doctest.testmod(module).failed == 0


def test_the_path_that_is_timed_gives_the_codes_of_gongkai():
    coder, texts = gongkai.load(), inputs.seeds(SAMPLES)
    said = [(c.role, c.themes) for a in gongkai.analyse_many(texts, coder) for c in a.codings]
    assert len(said) > 50
    assert stages.hot_path(coder, texts) == said
    assert stages.hot_path(coder, ["没有章节。"]) == []


def test_altered_reports_differ_and_keep_their_statements():
    texts = inputs.seeds(SAMPLES)
    some = list(islice(inputs.altered(texts), 4 * len(texts)))
    assert some == list(islice(inputs.altered(texts), 4 * len(texts)))
    assert len({*some, *texts}) == len(some) + len(texts)
    before, after = (stages.facts("a", given) for given in (texts * 4, some))
    assert after[2] == before[2]
    assert math.isclose(float(str(after[3])), float(str(before[3])), rel_tol=0.1)
    assert float(str(after[4])) > 2 * float(str(before[4]))


def test_an_archive_is_the_same_every_time_and_of_different_reports(monkeypatch):
    monkeypatch.setattr(inputs, "_BASES", 20)
    given = list(inputs.archive(60))
    assert given == list(inputs.archive(60))
    assert given[:10] == list(inputs.archive(10))
    assert len({name for name, _ in given}) == len({text for _, text in given}) == 60
    for name, text in given:
        told = gongkai.describe(gongkai.Report(name, text, f"{name}.txt"))
        body, year = re.fullmatch(r"\d{7} (.+)(\d{4})年", name).groups()
        assert body.startswith(told.body)
        assert told.year == int(year)


def test_a_written_archive_has_all_its_reports(tmp_path, monkeypatch):
    monkeypatch.setattr(inputs, "_BASES", 5)
    size = inputs.write_archive(12, tmp_path / "reports")
    read = list(read_found(find([tmp_path])[0]))
    assert [r.text for r in read] == [text for _, text in inputs.archive(12)]
    assert size == sum(len(r.text.encode()) for r in read)


class Known:
    """Knows each statement's codes by heart."""

    name, threshold = "known", 0.5

    def __init__(self):
        self.codes = {}

    def fit(self, texts, labels):
        self.codes.update(zip(texts, labels.astype(float), strict=True))

    def scores(self, texts):
        return np.array([self.codes[t] for t in texts])


def test_a_peer_is_judged_as_gongkai_is():
    coder = gongkai.load()
    said = {c.statement.text: c.statement.path for a in gongkai.analyse_many(inputs.seeds(SAMPLES), coder) for c in a.codings}
    X = pd.DataFrame({"report": "a", "text": list(said), "path": list(said.values())})
    Y = pd.DataFrame(coder.predict(X), columns=coder.classes_)
    own = peers.judged(coder, X, Y, np.arange(len(X)))
    peer = Known()
    peer.fit(X["text"], Y.to_numpy())
    assert own.summary["theme micro-F1"] == 1
    assert {k: v for k, v in peers.quality(peer, X, Y, own).items() if "ECE" not in k} == {
        k: v for k, v in own.summary.items() if "ECE" not in k
    }
    peer.codes = dict.fromkeys(peer.codes, np.eye(1, Y.shape[1])[0])
    assert peers.quality(peer, X, Y, own)["theme micro-F1"] == 0
    assert peers.codes_of(peer, own.n_roles, X).sum() == len(X)


@pytest.mark.parametrize(
    ("scores", "codes"),
    [([0.2, 0.1, 0.0, 0.9, 0.4], [1, 0, 0, 1, 0]), ([0.6, 0.9, 0.7, 0.5, 0.6], [0, 1, 0, 0, 1])],
)
def test_a_statement_has_one_role_and_the_themes_above_the_threshold(scores, codes):
    assert peer_routes.said(np.array([scores]), 3, 0.5).tolist() == [codes]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_powers_are_found(power):
    rows = [(n, 0, 0.0, 3 * n**power, 0.0, 500.0, 0.0, n**0.25, 300.0, 0.0) for n in (1_000, 10_000, 100_000)]
    found = {name: values for name, _, _, *values in growth.exponents(rows)}
    assert found["time of the first run"] == pytest.approx([power, power], abs=0.001)
    assert found["time of the second run"] == pytest.approx([0.25, 0.25], abs=0.001)
    assert found["peak memory"] == [0, 0]
    slow = [(100, 0, 0.0, 50.0, *rows[0][4:]), *rows]
    found = {name: values for name, _, _, *values in growth.exponents(slow)}
    assert found["time of the first run"][0] != found["time of the first run"][1] == pytest.approx(power, abs=0.001)
    assert growth.exponents(rows[:1]) == []


def test_tables_are_kept_and_put_into_pages(tmp_path):
    results.write(tmp_path, "growth", ("reports", "first run, s"), [(1000, 12.3456), (10_000, 1234.5)])
    results.write(tmp_path, "none", ("reports",), [])
    assert (tmp_path / "growth.csv").read_text("utf-8") == 'reports,"first run, s"\n1000,12.3456\n10000,1234.5\n'
    assert [results.figure(v) for v in results.read(tmp_path, "growth")[1].values()] == [10_000, 1234.5]
    assert results.read(tmp_path, "other") == []
    text = "a\n<!-- table: growth -->\nold\n<!-- end -->\nb\n<!-- table: other -->\nkept\n<!-- end -->\n"
    for name, head in (("a.md", "| reports | first run, s |"), ("a.zh.md", "| 报告数 | 首次（秒） |")):
        page = tmp_path / name
        page.write_text(text, "utf-8")
        assert results.fill(page, tmp_path) == ["growth"]
        filled = page.read_text("utf-8")
        rows = f"{head}\n| ---: | ---: |\n| 1,000 | 12.3 |\n| 10,000 | 1,234 |\n"
        assert filled == text.replace("old\n", rows)
        results.fill(page, tmp_path)
        assert page.read_text("utf-8") == filled


def test_both_pages_have_the_same_tables_and_commands():
    english, chinese = ((ROOT / page).read_text("utf-8") for page in PAGES)
    places = re.compile(r"<!-- table: ([\w-]+) -->\n(.*?)<!-- end -->", re.S)
    tables = places.findall(english)
    assert {name for name, _ in tables} == set(run.TABLES)
    assert [(name, results.translated(table, results.chinese())) for name, table in tables] == places.findall(chinese)
    assert re.findall(r"```sh\n(.*?)```", english, re.S) == re.findall(r"```sh\n(.*?)```", chinese, re.S)


def test_the_heads_of_all_tables_are_known_in_chinese():
    heads = [run.MACHINE, run.RUNS, stages.INPUT_HEAD, stages.HEAD, peers.HEAD, growth.GROWTH, growth.EXPONENTS, growth.CORES]
    heads += [growth.KILLS, growth.START, run.PARTS]
    rows = [peer.name for peer in (peer_routes.Linear, peer_routes.Spacy, peer_routes.FastText)]
    assert {cell for head in heads for cell in head} | set(rows) | set(growth._GROWING) <= set(results.chinese())


def test_parts_are_known_by_name():
    assert run.parts_of("") == list(run.PARTS)
    assert run.parts_of("peers,start") == ["peers", "start"]
    with pytest.raises(SystemExit, match="no part is called peer; there are stages"):
        run.parts_of("peer")


def test_figures_that_mean_nothing_come_into_no_page(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["run.py", "--small", "--fill"])
    with pytest.raises(SystemExit):
        run.main()
    assert "leave out --small or --fill" in capsys.readouterr().err


def test_pages_are_filled_without_measuring(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- table: start -->\n<!-- end -->\n", "utf-8")
    monkeypatch.setattr(run, "PAGES", (page,))
    monkeypatch.setattr(sys, "argv", ["run.py", "--no-run", "--fill", "-o", str(tmp_path / "out")])
    run.main()
    assert capsys.readouterr().out == "page.md: nothing to put there\n"
    results.write(tmp_path / "out", "start", growth.START, [("gongkai --help", 0.25)])
    run.main()
    assert capsys.readouterr().out == "page.md: start\n"
    assert "| gongkai --help | 0.25 |" in page.read_text("utf-8")
    assert (tmp_path / "out" / "benchmarks.md").read_text("utf-8").startswith("## start\n\n| command | s |\n")


def test_other_scripts_tables_are_read(tmp_path, monkeypatch):
    code = "print('some words\\n| by | rows |\\n| --- | ---: |\\n| all | 1,000 |\\n| year | 0.5 |')"
    (tmp_path / "other.py").write_text(code, "utf-8")
    monkeypatch.setattr(growth, "__file__", str(tmp_path / "growth.py"))
    assert growth.script("other.py") == (("by", "rows"), [("all", 1000), ("year", 0.5)])
    (tmp_path / "other.py").write_text("raise SystemExit(3)", "utf-8")
    with pytest.raises(SystemExit, match=r"other.py printed no table; it ended with 3"):
        growth.script("other.py")


@pytest.mark.slow
def test_the_smallest_run_gives_tables(tmp_path):
    command = [sys.executable, ROOT / "benchmarks" / "run.py", "--small", "--only", "stages,peers", "-o", tmp_path]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert {row["part"] for row in results.read(tmp_path, "runs")} == {"stages", "peers"}
    rows = {row["route"]: row for row in results.read(tmp_path, "peers")}
    assert float(rows["gongkai"]["gongkai is faster by"]) == 1
    for route in (peer_routes.Linear.name, peer_routes.Spacy.name):
        assert float(rows[route]["reports/s"]) > 0
    told = results.read(tmp_path, "stages")
    assert {row["stage"] for row in told} >= {"segment", "evidence", "file → rows"}
    assert set(results.chinese()) >= {row["stage"] for row in told} | set(rows) - {"gongkai"}
    assert all(float(row["reports/s"]) > 0 for row in told)

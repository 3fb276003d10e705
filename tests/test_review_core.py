"""The core of the review: loading, queues, boundaries, samples, tables, and what holds them together."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.analyse import analyse_corpus
from gongkai.codebook import parse_codebook
from gongkai.correct import corrected
from gongkai.errors import UserError
from gongkai.export import read_table, write_table
from gongkai.present.folder import write_folder
from gongkai.records import TAG_COLUMNS, Analysis
from gongkai.review.boundaries import coded_by, merge, split
from gongkai.review.changes import SETTLED, State, add_coder, code, history, state_of, undo
from gongkai.review.context import context_of
from gongkai.review.frames import codes_frame, final_frame, final_of, history_frame, machine_frame, states_of
from gongkai.review.load import load_inputs, load_tables
from gongkai.review.predict import ModelFacts, add_model, coder_in_use, doubts, lacking, predict, predict_missing
from gongkai.review.queue import ORDERS, Progress, following, previous, progress, queue
from gongkai.review.rebuild import check, rebuild
from gongkai.review.samples import draw_sample, sample_frame, samples
from gongkai.review.store import StudyError, open_study, writing
from gongkai.sampling import SampleError, read_sample
from review_study import REPORTS, THEMES, code_many, code_some, coded, codes_for, large_study, quick, small_study

PROBLEM = State("problem", ("depth",), "coded")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The study of the invented reports, to be copied."""
    file = tmp_path_factory.mktemp("made") / "study.db"
    small_study(file).close()
    return file


@pytest.fixture
def db(made, tmp_path):
    """A copy of the study of the invented reports."""
    shutil.copy(made, tmp_path / "copy.db")
    study = quick(tmp_path / "copy.db")
    yield study
    study.close()


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Path:
    """The folder that `gongkai report` writes of a few reports."""
    folder = tmp_path_factory.mktemp("ran") / "out"
    files = sorted(REPORTS.iterdir())[:4]
    write_folder(folder, [gongkai.analyse(f) for f in files])
    return folder


def tables(db: sqlite3.Connection) -> dict[str, list[tuple]]:
    """What a study shows: statements in force, and every coder's state of them."""
    force = db.execute("SELECT report, start, end, text, path FROM statements WHERE retired IS NULL ORDER BY report, start").fetchall()
    states = db.execute(
        "SELECT statement, coder, role, themes, status, note FROM codes WHERE status != 'open' OR role IS NOT NULL"
    ).fetchall()
    return {"statements": [tuple(r) for r in force], "codes": sorted(map(tuple, states))}


def rows(n: int = 3, report: str = "柳泉县青禾镇2021年.txt", **more) -> pd.DataFrame:
    """Some statements as `gongkai tag` gives them."""
    frame = pd.DataFrame({"report": report, "start": range(0, 18 * n, 18), "end": range(18, 18 * n + 1, 18)})
    frame["text"] = [f"{k}是公开的内容不够细，更新也不及时。"[:18].ljust(18, "了") for k in "一二三四五六七八九"[:n]]
    return frame.assign(body="柳泉县青禾镇", year=2021, level="乡镇", region="柳泉县", kind="problems", path="存在的问题", **more)


# Loading


def test_reports_become_sections_statements_and_predictions(db):
    frame = analyse_corpus(REPORTS)
    told = machine_frame(db)
    assert list(told.columns[: len(TAG_COLUMNS)]) == list(TAG_COLUMNS)
    key = ["report", "start", "end"]
    for column in ("body", "year", "kind", "text", "role", "role_score"):
        assert told.sort_values(key)[column].tolist() == frame.sort_values(key)[column].tolist(), column
    for column in ("path", "themes", "evidence"):
        assert [list(c) for c in told.sort_values(key)[column]] == [list(c) for c in frame.sort_values(key)[column]], column
    for row in db.execute(
        "SELECT s.start, s.end, s.text, c.start AS base, c.text AS source FROM statements AS s JOIN sections AS c ON c.id = s.section"
    ):
        assert gongkai.repair(row["source"][row["start"] - row["base"] : row["end"] - row["base"]]).text == row["text"]
    assert not db.execute("SELECT 1 FROM statements WHERE section IS NULL").fetchone()
    assert db.execute("SELECT count(*) FROM reports WHERE sha256 IS NULL").fetchone()[0] == 0


def test_what_is_loaded_again_adds_nothing_and_touches_no_code(db):
    code_some(db, "甲", [1, 2, 3])
    split(db, 4, context_of(db, 4).statement.start + 6, "甲")
    before, changes = tables(db), len(history(db))
    again = load_inputs(db, [REPORTS])
    assert (again.reports, again.sections, again.statements, again.predictions, again.differing) == (0, 0, 0, 2, ())
    assert again.known == 173
    assert (tables(db), len(history(db))) == (before, changes)


def test_failures_are_returned_and_the_others_loaded(tmp_path):
    (tmp_path / "in").mkdir()
    shutil.copy(next(REPORTS.glob("*青禾镇2021*")), tmp_path / "in")
    (tmp_path / "in" / "坏.docx").write_bytes(b"PK\x03\x04 torn")
    db = open_study(tmp_path / "s.db")
    loaded = load_inputs(db, [tmp_path / "in", tmp_path / "没有.txt"])
    assert loaded.reports == 1
    assert loaded.statements > 3
    assert sorted(Path(f.file).name for f in loaded.failures) == ["坏.docx", "没有.txt"]


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".xlsx"])
def test_a_table_of_statements_is_loaded_from_any_format(ran, tmp_path, ending):
    frame = read_table(ran / "statements.parquet")
    write_table(frame, tmp_path / f"s{ending}")
    db = open_study(tmp_path / "s.db")
    loaded = load_inputs(db, [tmp_path / f"s{ending}"])
    assert (loaded.statements, loaded.predictions, loaded.sections) == (len(frame), len(frame), 0)
    assert any("no sections.parquet" in w for w in loaded.warnings)
    told = machine_frame(db)
    frame = frame.sort_values(["report", "start"])
    for column in ("report", "body", "year", "level", "region", "start", "end", "text", "role", "role_score"):
        assert told[column].tolist() == frame[column].tolist(), column
    assert [list(p) for p in told["path"]] == [list(p) for p in frame["path"]]
    assert [set(t) for t in told["themes"]] == [set(t) for t in frame["themes"]]
    assert [dict(s) for s in told["theme_scores"]] == [dict(s) for s in frame["theme_scores"]]
    assert [(e["code"], e["start"]) for c in told["evidence"] for e in c] == [(e["code"], e["start"]) for c in frame["evidence"] for e in c]
    assert ((told["doubt"] >= 0) & (told["doubt"] <= 1)).all()


def test_the_folder_of_a_run_is_told_by_its_record(ran, tmp_path):
    db = open_study(tmp_path / "s.db")
    loaded = load_inputs(db, [ran])
    assert (loaded.reports, loaded.failures) == (4, ())
    assert loaded.sections == db.execute("SELECT count(*) FROM sections").fetchone()[0] > 4
    # Its model is the shipped one, which is at hand for new pieces.
    used = coder_in_use(db)
    assert used is not None
    assert used[0] is gongkai.load()
    add_coder(db, "甲")
    split(db, 1, context_of(db, 1).statement.start + 8, "甲")
    assert predict_missing(db, used) == 2
    assert lacking(db, used[1]) == 0
    broken = tmp_path / "broken"
    broken.mkdir()
    shutil.copy(ran / "run.json", broken)
    with pytest.raises(UserError, match=r"statements\.parquet"):
        load_inputs(db, [broken])


TWICE = "柳泉县{office}{year}年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n{said}六、其他需要报告的事项\n无。\n"
SAID = ("一是信息更新不及时，栏目长期空着。\n", "二是人手不足，业务不熟。\n", "三是解读照搬原文，形式单一。\n", "下一步将每周更新栏目。\n")


@pytest.mark.parametrize(
    ("office", "year", "said", "same"),
    [
        ("青禾镇", 2021, SAID, True),
        ("青禾镇", 2021, [s.replace("，", ",").replace("。", " 。") for s in SAID], True),
        ("青禾镇", 2021, SAID[:3], True),
        ("青禾镇", 2021, [*SAID[:2], "三是答复不规范。\n", "四是没有专栏。\n"], False),
        ("青禾镇", 2022, SAID, False),
        ("水利局", 2021, SAID, False),
    ],
)
def test_a_report_under_two_names_is_said(tmp_path, office, year, said, same):
    (tmp_path / "青禾.txt").write_text(TWICE.format(office="青禾镇", year=2021, said="".join(SAID)), "utf-8")
    page = "".join(f"<p>{line}</p>" for line in TWICE.format(office=office, year=year, said="".join(said)).splitlines())
    (tmp_path / "网页.html").write_text(f"<html><body>{page}</body></html>", "utf-8")
    db = open_study(tmp_path / "s.db")
    assert load_inputs(db, [tmp_path / "青禾.txt"]).warnings == ()
    warnings = load_inputs(db, [tmp_path / "网页.html"]).warnings
    assert [w for w in warnings if "same text" in w] == (
        ["2 reports have the same text under two names, such as 网页.html and 青禾.txt; they count twice: load one file of each report "
         "into a new study, or count one of them only"] if same else []
    )  # fmt: skip
    assert load_inputs(db, [tmp_path / "网页.html"]).warnings == ()


def test_without_sections_the_context_is_the_neighbours_and_says_so(tmp_path):
    db = open_study(tmp_path / "s.db")
    load_tables(db, rows(9))
    where = context_of(db, 5)
    assert (where.whole, where.text, [p.id for p in where.around]) == (False, "", [2, 3, 4, 5, 6, 7, 8])
    assert (where.before, where.after, where.source(where.statement)) == (4, 6, where.statement.text)
    assert (context_of(db, 1).before, context_of(db, 9).after) == (None, None)


def test_sections_that_come_later_give_the_context(ran, tmp_path):
    db = open_study(tmp_path / "s.db")
    shutil.copy(ran / "statements.parquet", tmp_path / "only.parquet")
    load_inputs(db, [tmp_path / "only.parquet"])
    assert not context_of(db, 1).whole
    loaded = load_inputs(db, [ran])
    assert loaded.statements == 0 < loaded.sections
    where = context_of(db, 1)
    assert where.whole
    assert where.source(where.statement) == where.text[where.statement.start - where.start : where.statement.end - where.start]
    assert where.statement in where.around


def test_sections_of_another_text_are_left_out(ran, tmp_path):
    statements, sections = read_table(ran / "statements.parquet"), read_table(ran / "sections.parquet")
    one = statements["report"].iloc[0]
    shifted = statements.assign(
        start=statements["start"] + 3 * (statements["report"] == one), end=statements["end"] + 3 * (statements["report"] == one)
    )
    db = open_study(tmp_path / "s.db")
    loaded = load_tables(db, shifted, sections)
    assert any(one in w for w in loaded.warnings)
    assert {r["report"] for r in db.execute("SELECT report FROM statements WHERE section IS NULL")} == {one}


def test_what_differs_is_said_and_not_taken_over(tmp_path):
    db = open_study(tmp_path / "s.db")
    load_tables(db, rows(4), reports=pd.DataFrame({"report": ["柳泉县青禾镇2021年.txt"], "sha256": ["a"]}))
    other = rows(6)
    other.loc[1, "text"] = "另一句话，写得不一样。"
    other.loc[2, ["start", "end"]] = [45, 70]
    loaded = load_tables(db, other)
    assert (loaded.statements, loaded.known) == (2, 2)
    assert [(d.why, d.start, d.known) for d in loaded.differing] == [
        ("text", 18, rows().loc[1, "text"]),
        ("overlap", 45, rows().loc[2, "text"]),
    ]
    loaded = load_tables(db, rows(8), reports=pd.DataFrame({"report": ["柳泉县青禾镇2021年.txt"], "sha256": ["b"]}))
    assert (loaded.statements, loaded.known, {d.why for d in loaded.differing}) == (0, 6, {"report"})
    assert check(db) == []


def test_body_year_level_and_region_are_kept_and_told_anew(tmp_path):
    db = open_study(tmp_path / "s.db")
    load_tables(db, rows())
    assert machine_frame(db)[["body", "year", "level", "region"]].iloc[0].tolist() == ["柳泉县青禾镇", 2021, "乡镇", "柳泉县"]
    told = pd.DataFrame(
        {"report": ["柳泉县青禾镇2021年.txt", "云渚市.txt"], "year": [2022, 2020], "level": ["街道", "市"], "region": [None, None]}
    )
    loaded = load_tables(db, rows(), reports=told)
    assert (loaded.reports, loaded.described) == (1, 1)
    assert machine_frame(db)[["body", "year", "level", "region"]].iloc[0].tolist() == ["柳泉县青禾镇", 2022, "街道", "柳泉县"]


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("text", "", "statement 2 of the table has no text"),
        ("text", None, "statement 2 of the table has no text"),
        ("report", "", "has no report"),
        ("start", -1, "has the place -1-36, which is none"),
        ("end", 18, "has the place 18-18, which is none"),
        ("end", 38.5, "are no numbers"),
        ("start", None, "are no numbers"),
    ],
)
def test_rows_that_are_no_statements_are_named(tmp_path, column, value, told):
    db = open_study(tmp_path / "s.db")
    frame = rows().astype({column: object})
    frame.loc[1, column] = value
    with pytest.raises(StudyError, match=told):
        load_tables(db, frame)
    assert db.execute("SELECT count(*) FROM statements").fetchone()[0] == 0


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("year", "二〇二一", "year '二〇二一' is no year"),
        ("role_score", 90, "role_score 90.* is no probability"),
        ("role_score", "sure", "'sure' is no"),
    ],
)
def test_cells_that_cannot_be_used_are_named(tmp_path, column, value, told):
    db = open_study(tmp_path / "s.db")
    frame = rows(role="problem", themes="depth", role_score=0.9).assign(**{column: value})
    with pytest.raises(StudyError, match=told):
        load_tables(db, frame, model=ModelFacts("m", "1" * 64))


def test_codes_outside_the_codebook_are_refused_with_nothing_loaded(tmp_path):
    db = open_study(tmp_path / "s.db")
    frame = rows(role="problem", themes="weather", role_score=0.9)
    with pytest.raises(StudyError, match="weather: not in the codebook"):
        load_tables(db, frame, model=ModelFacts("m", "1" * 64))
    assert db.execute("SELECT count(*) FROM statements").fetchone()[0] == 0


def test_codes_without_scores_are_no_predictions(tmp_path):
    write_table(rows(role="problem", themes="depth"), tmp_path / "people.csv")
    db = open_study(tmp_path / "s.db")
    loaded = load_inputs(db, [tmp_path / "people.csv"])
    assert any("have no scores" in w for w in loaded.warnings)
    # The shipped model says its own.
    assert loaded.predictions == 3
    assert set(machine_frame(db)["role_score"]) != {None}


def test_a_second_model_stands_beside_the_first_which_stays_in_use(tmp_path):
    db = open_study(tmp_path / "s.db")
    frame = rows(role="problem", themes="depth", role_score=0.9)
    first, second = ModelFacts("eins", "1" * 64), ModelFacts("zwei", "2" * 64, {"f1": 0.7})
    load_tables(db, frame, model=first)
    loaded = load_tables(db, frame.assign(role="measure", role_score=0.6), model=second)
    assert (loaded.predictions, loaded.known) == (3, 3)
    assert load_tables(db, frame.assign(role="other", themes="", role_score=0.1), model=first).predictions == 0
    assert machine_frame(db)["role"].tolist() == ["problem"] * 3
    assert machine_frame(db, 2)["role"].tolist() == ["measure"] * 3
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        db.execute("UPDATE predictions SET doubt = 0")


def test_a_codebook_of_ones_own_comes_without_the_shipped_models_codes(tmp_path):
    (tmp_path / "own.yaml").write_text(
        "version: 1\nroles: {claim: {zh: 主张, en: claim, definition: 所主张的。}}\n"
        "themes: [{id: money, zh: 钱, en: money, definition: 说到钱。}]\n",
        "utf-8",
    )
    db = open_study(tmp_path / "s.db")
    loaded = load_inputs(db, [next(REPORTS.glob("*青禾镇2021*"))], codebook=tmp_path / "own.yaml")
    assert loaded.statements > 3
    assert loaded.predictions == 0
    assert any("does not know the codebook" in w for w in loaded.warnings)
    yaml = db.execute("SELECT yaml FROM codebooks").fetchone()[0]
    assert parse_codebook(yaml).theme_ids == ("money",)
    assert any("keeps its codebook" in w for w in load_inputs(db, [], model=gongkai.resources.resource("models", "default")).warnings)


# Doubt


def test_doubt_is_how_likely_some_code_is_wrong():
    coder = gongkai.load()
    themes, roles = len(coder.themes_), len(coder.roles_)
    assert coder.roles_[0] in coder.themed_roles_
    assert coder.roles_[-1] not in coder.themed_roles_
    sure = [1.0] + [0.0] * (roles - 1) + [1.0] + [0.0] * (themes - 1)
    torn = [0.5, 0.5] + [0.0] * (roles - 2) + [1.0] + [0.0] * (themes - 1)
    near = [1.0] + [0.0] * (roles - 1) + [0.9, 0.3] + [0.0] * (themes - 2)
    bare = [0.0] * (roles - 1) + [0.9] + [0.5] * themes
    import numpy as np

    assert doubts(coder, np.array([sure, torn, near, bare])).round(6).tolist()[:2] == [0, 0.5]
    third = doubts(coder, np.array([near]))[0]
    chosen = 0.3 if coder.thresholds_[1] <= 0.3 else 0.7
    assert third == pytest.approx(1 - 0.9 * chosen)
    assert doubts(coder, np.array([bare]))[0] == pytest.approx(0.1)
    assert doubts(coder, np.empty((0, roles + themes))).tolist() == []


def test_a_coder_says_the_same_of_a_study_as_of_its_reports(db):
    coder = gongkai.load()
    with writing(db):
        model = add_model(db, ModelFacts("again", "a" * 64))
    assert predict(db, coder, model) == 173
    first, again = machine_frame(db), machine_frame(db, model)
    pd.testing.assert_frame_equal(first.drop(columns=["evidence"]), again.drop(columns=["evidence"]), atol=5e-4)
    assert first["evidence"].tolist() == again["evidence"].tolist()
    assert predict(db, coder, model) == 0


# Queues


def share(db, part):
    """The reports of a part, worked out in Python."""
    reports = list(dict.fromkeys(r["report"] for r in db.execute("SELECT report FROM statements ORDER BY id")))
    k, n = map(int, part.split("/"))
    return {r for i, r in enumerate(reports) if (i + (i // n) ** 2 % 2147483647 * 1583458089 % 2147483647) % n == k - 1}


def brute(db, coder, order, *, theme=None, sample=None, second=False, part=None, status="todo"):
    """A queue worked out in Python from all rows."""
    mine_too = share(db, part) if part else None
    force = db.execute("SELECT * FROM statements WHERE retired IS NULL").fetchall()
    doubt = {r["statement"]: r["doubt"] for r in db.execute("SELECT * FROM predictions WHERE model = 1")}
    said = {r["statement"]: json.loads(r["themes"]) for r in db.execute("SELECT * FROM predictions WHERE model = 1")}
    drawn = {r["statement"]: r["place"] for r in db.execute("SELECT * FROM sampled WHERE sample = ?", (sample,))}
    found = []
    for s in force:
        if part and s["report"] not in mine_too:
            continue
        states = states_of(db, s["id"])
        mine = states.get(coder, State())
        if (mine.status == "open") != (status == "todo") or (status != "todo" and mine.status != status):
            continue
        if second and not any(c.status == "coded" for who, c in states.items() if who not in (coder, SETTLED)):
            continue
        if order == "sample" and s["id"] not in drawn:
            continue
        themes = {*said.get(s["id"], ()), *mine.themes, *states.get(SETTLED, State()).themes}
        if order == "theme" and theme not in themes:
            continue
        known = s["id"] in doubt
        keys = {
            "uncertain": (0 if not known and s["origin"] in ("split", "merged") else 1 if known else 2, -doubt.get(s["id"], 0), s["id"]),
            "sample": (drawn.get(s["id"]), s["id"]),
            "theme": (s["id"],),
            "unreviewed": (s["report"], s["start"]),
        }
        mixed = second and order != "sample"
        found.append(((s["id"] ** 2 % 2147483647 * 1583458089 % 2147483647, s["id"]) if mixed else keys[order], s["id"]))
    return [i for _, i in sorted(found)]


def busy_study(tmp_path, n=120, seed=0):
    """A study in which much has happened: codes of two, settled ones, pieces, some without predictions, a sample."""
    db = large_study(tmp_path / f"busy{seed}.db", n, per_report=12)
    chance = random.Random(seed)
    sample = draw_sample(db, "甲", 30, seed).id
    for i in range(1, n + 1):
        for coder in ("甲", "乙"):
            if chance.random() < 0.4:
                state = chance.choice(
                    [coded(i), coded(i + 1), State(status="unsure"), State("problem", status="skipped"), State("problem")]
                )
                code(db, i, coder, state)
        if chance.random() < 0.1:
            code(db, i, SETTLED, coded(i + 2), kind="settle")
    for i in chance.sample(range(1, n + 1), 8):
        split(db, i, context_of(db, i).statement.start + 10, chance.choice("甲乙"))
    load_tables(db, rows(4))
    return db, sample


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("part", [None, "2/3"])
def test_queues_give_what_going_through_all_gives(tmp_path, order, second, part):
    db, sample = busy_study(tmp_path)
    narrow = {"part": part, **{"theme": {"theme": "depth"}, "sample": {"sample": sample}}.get(order, {})}
    for coder in ("甲", "乙"):
        for status in ("todo", "unsure", "skipped", "coded"):
            expected = brute(db, coder, order, second=second, status=status, **narrow)
            assert queue(db, coder, order, second=second, status=status, limit=1000, **narrow) == expected
            walked, last = [], None
            while batch := queue(db, coder, order, second=second, status=status, after=last, limit=7, **narrow):
                walked += batch
                last = batch[-1]
            # In a theme and among all, one that is walked on from is met again in no order.
            assert walked == expected
        counts = [len(brute(db, coder, order, second=second, status=s, **narrow)) for s in ("coded", "unsure", "skipped", "todo")]
        assert progress(db, coder, order, second=second, **narrow) == Progress(*counts[:3], sum(counts))
        assert progress(db, coder, order, second=second, **narrow).left == counts[3]


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_parts_are_whole_reports_leave_nothing_out_and_stay(tmp_path, n):
    db = large_study(tmp_path / "s.db", 600, per_report=6)
    parts = [f"{k}/{n}" for k in range(1, n + 1)]

    def cut():
        report = dict(db.execute("SELECT id, report FROM statements").fetchall())
        queues = [queue(db, "甲", part=p, limit=10_000) for p in parts]
        assert sorted(i for q in queues for i in q) == sorted(queue(db, "甲", limit=10_000))
        assert [progress(db, "甲", part=p).total for p in parts] == [len(q) for q in queues]
        held = [{report[i] for i in q} for q in queues]
        assert sum(map(len, held)) == len({*report.values()})
        return held

    first = cut()
    assert max(map(len, first)) - min(map(len, first)) <= 1
    # Years alternate from report to report; no part has only one of them.
    years = dict(db.execute("SELECT id, year FROM reports").fetchall())
    assert all(len({years[r] % 2 for r in part}) == 2 for part in first)
    both = merge(db, 1, 2, "甲").after["statements"][0]
    split(db, 7, context_of(db, 7).statement.start + 10, "甲")
    load_tables(db, rows(4))
    code(db, both, "甲", PROBLEM)
    assert all(before <= now for before, now in zip(first, [share(db, p) for p in parts], strict=True))
    undo(db, "甲")
    assert all(before <= now for before, now in zip(first, cut(), strict=True))
    with open_study(tmp_path / "s.db") as other:
        assert [queue(other, "乙", part=p, limit=10_000) for p in parts] == [queue(db, "乙", part=p, limit=10_000) for p in parts]


def test_a_coder_leaves_the_queue_as_statements_are_done_and_finds_the_unsure_again(tmp_path):
    db = large_study(tmp_path / "s.db", 10)
    first, second, third, *_ = queue(db, "甲")
    doubt = dict(db.execute("SELECT statement, doubt FROM predictions").fetchall())
    assert [doubt[i] for i in queue(db, "甲")] == sorted(doubt.values(), reverse=True)
    code(db, first, "甲", coded(first))
    code(db, second, "甲", State(status="unsure", note="问一问"))
    code(db, third, "甲", State("problem"))
    assert queue(db, "甲")[0] == third
    assert queue(db, "甲", status="unsure") == [second]
    assert len(queue(db, "乙")) == 10
    assert (previous(db, "甲"), previous(db, "甲", third), previous(db, "甲", second), previous(db, "甲", first)) == (
        third,
        second,
        first,
        None,
    )
    assert (following(db, "甲", first), following(db, "甲", third), previous(db, "乙")) == (second, None, None)
    undo(db, "甲")
    undo(db, "甲")
    assert queue(db, "甲")[:2] == [second, third]


def test_the_second_coder_is_not_led(tmp_path):
    db = large_study(tmp_path / "s.db", 200)
    code_some(db, "甲", range(1, 101))
    order = queue(db, "乙", second=True, limit=200)
    assert sorted(order) == list(range(1, 101))
    assert order != sorted(order)
    # Not by the first one's codes, nor by what the machine doubts.
    roles = [codes_for(i)[0] for i in order]
    assert sum(a == b for a, b in pairwise(roles)) < 60
    assert queue(db, "甲", second=True) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"order": "random"}, "order 'random' is not known; choose one of uncertain, sample"),
        ({"order": "theme"}, "say which theme"),
        ({"order": "sample"}, "no sample has been drawn"),
        ({"status": "done"}, "status 'done' is not known"),
        ({"part": "3/2"}, "'3/2' is no part"),
        ({"part": "0/2"}, "'0/2' is no part"),
        ({"part": "half"}, "'half' is no part"),
    ],
)
def test_what_a_queue_cannot_be_asked_for_is_said(tmp_path, asked, told):
    with pytest.raises(StudyError, match=told):
        queue(large_study(tmp_path / "s.db", 5), "甲", **asked)


def test_without_a_model_all_orders_but_themes_read_on(tmp_path):
    db = open_study(tmp_path / "s.db")
    load_tables(db, rows(5))
    assert queue(db, "甲") == queue(db, "甲", "unreviewed") == [1, 2, 3, 4, 5]
    assert queue(db, "甲", after=3) == [4, 5]
    assert queue(db, "甲", "theme", theme="depth") == []


def steps(db, call) -> int:
    """How much SQLite had to do for a call, in thousands of its instructions."""
    count = 0

    def one():
        nonlocal count
        count += 1

    db.set_progress_handler(one, 1000)
    call()
    db.set_progress_handler(None, 0)
    return count


def test_no_keystroke_goes_through_all_statements(tmp_path):
    small, large = (large_study(tmp_path / f"{n}.db", n) for n in (2_000, 16_000))
    for db in (small, large):
        draw_sample(db, "甲", 300)
        code_many(db, "甲", queue(db, "甲", limit=800))
        code_many(db, "乙", queue(db, "乙", "unreviewed", limit=800))
        # The reports are numbered once.
        queue(db, "甲", part="1/2")
    calls = {
        "uncertain": lambda db: queue(db, "甲"),
        "after": lambda db: queue(db, "甲", after=queue(db, "甲", limit=1)[0]),
        "sample": lambda db: queue(db, "甲", "sample"),
        "theme": lambda db: queue(db, "甲", "theme", theme="depth"),
        "unreviewed": lambda db: queue(db, "乙", "unreviewed"),
        "second": lambda db: queue(db, "甲", second=True),
        "progress": lambda db: progress(db, "甲"),
        "part": lambda db: queue(db, "甲", part="1/2"),
        "progress part": lambda db: progress(db, "甲", part="1/2"),
        "progress sample": lambda db: progress(db, "甲", "sample"),
        "context": lambda db: context_of(db, 1234),
        "previous": lambda db: previous(db, "甲"),
        "history": lambda db: history(db, statement=17),
        "code": lambda db: code(db, 1_999, "甲", State(note=os.urandom(4).hex())),
        "undo": lambda db: undo(db, "甲"),
    }
    for name, call in calls.items():
        few, many = steps(small, lambda call=call: call(small)), steps(large, lambda call=call: call(large))
        # The themes and doubts of one study are not where those of the other are.
        assert many <= 1.5 * few + 15, (name, few, many)


# Boundaries


def piece(db, statement):
    """A statement as it stands: source, text, path."""
    where = context_of(db, statement)
    return where.source(where.statement), where.statement.text, where.statement.path


def test_split_and_merge_keep_source_text_and_headings(db):
    whole = next(i for i in queue(db, "甲", "unreviewed", limit=200) if "，" in piece(db, i)[0][6:-6])
    source, text, path = piece(db, whole)
    start = context_of(db, whole).statement.start
    at = source.index("，", 6) + 1
    made = split(db, whole, start + at, "甲")
    left, right = made.after["statements"]
    assert [piece(db, i)[0] for i in (left, right)] == [source[:at], source[at:]]
    assert piece(db, left)[1] + piece(db, right)[1] == text
    assert {piece(db, i)[2] for i in (left, right)} == {path}
    assert whole not in [p.id for p in context_of(db, left).around]
    assert (context_of(db, left).after, context_of(db, right).before) == (right, left)
    # The place that was there comes back as it was.
    assert merge(db, right, left, "乙").after == {"statements": [whole]}
    assert piece(db, whole) == (source, text, path)
    assert split(db, whole, start + at, "甲").after == {"statements": [left, right]}
    assert check(db) == []


def test_blanks_and_line_breaks_at_a_cut_belong_to_neither(tmp_path):
    source = "五、存在的问题\n一是公开 不及时，\n　　二是内 容不够細。\n\n三是人手少。"
    at = source.index("一是")
    frame = pd.DataFrame(
        {
            "report": ["a.txt"],
            "start": [at],
            "end": [len(source)],
            "text": ["一是公开不及时，二是内容不够细。三是人手少。"],
            "kind": "problems",
        }
    )
    section = {
        "report": "a.txt",
        "kind": "problems",
        "number": 5,
        "title": "存在的问题",
        "start": 0,
        "body_start": 8,
        "end": len(source),
        "text": source,
    }
    db = open_study(tmp_path / "s.db")
    load_tables(db, frame, pd.DataFrame([section]))
    add_coder(db, "甲")
    for cut in (source.index("\n　　"), source.index("二是")):
        left, right = split(db, 1, cut, "甲").after["statements"]
        assert [piece(db, i)[1] for i in (left, right)] == ["一是公开不及时，", "二是内容不够细。三是人手少。"]
        assert piece(db, left)[0] == "一是公开 不及时，"
        undo(db, "甲")
    split(db, 1, source.index("二是"), "甲")
    _, third = split(db, right, source.index("三是"), "甲").after["statements"]
    assert piece(db, third)[:2] == ("三是人手少。", "三是人手少。")
    second = context_of(db, third).before
    both = merge(db, second, third, "甲").after["statements"][0]
    assert piece(db, both) == ("二是内 容不够細。\n\n三是人手少。", "二是内容不够细。三是人手少。", ())
    assert check(db) == []


@pytest.mark.parametrize("at", [-1, 0, "start", "end", "last", 10**9])
def test_a_cut_outside_or_without_words_is_refused(db, at):
    where = context_of(db, 5).statement
    place = {"start": where.start, "end": where.end, "last": where.end - 1}.get(at, at)
    with pytest.raises(StudyError, match="cannot split at"):
        split(db, 5, place, "甲")
    assert len(history(db)) == 0


def test_only_neighbours_of_one_section_in_force_are_merged(db):
    ids = [p.id for p in context_of(db, 5).around]
    other = next(i for i in queue(db, "甲", "unreviewed", limit=200) if i not in ids)
    for pair, told in [
        ((ids[0], ids[2]), "another statement stands between"),
        ((ids[0], other), "one section"),
        ((5, 5), "one section"),
        ((5, 9999), "no statement"),
    ]:
        with pytest.raises(StudyError, match=told):
            merge(db, *pair, "甲")
    merge(db, ids[0], ids[1], "甲")
    with pytest.raises(StudyError, match="in the meantime"):
        split(db, ids[0], 10, "甲")
    with pytest.raises(StudyError, match="'丙' is not known"):
        merge(db, context_of(db, ids[2]).before, ids[2], "丙")


def test_a_source_that_is_not_known_is_not_cut(tmp_path):
    db = open_study(tmp_path / "s.db")
    frame = rows(4)
    frame["path"] = [("甲", "乙"), ("甲", "乙"), ("甲", "乙"), ("甲", "丙")]
    frame.loc[0, "text"] = "一是公开不及时。"
    load_tables(db, frame)
    add_coder(db, "甲")
    with pytest.raises(StudyError, match=r"sections\.parquet"):
        split(db, 1, 5, "甲")
    left, right = split(db, 2, 28, "甲").after["statements"]
    assert piece(db, left)[1] + piece(db, right)[1] == frame.loc[1, "text"]
    assert piece(db, merge(db, 1, left, "甲").after["statements"][0])[1] == "一是公开不及时。" + frame.loc[1, "text"][:10]
    with pytest.raises(StudyError, match="heading"):
        merge(db, 3, 4, "甲")


def test_a_request_that_comes_twice_is_done_once(db):
    at = context_of(db, 5).statement.start + 8
    made = split(db, 5, at, "甲", request="one")
    assert split(db, 5, at, "甲", request="one") == made
    pair = made.after["statements"]
    again = merge(db, *pair, "甲", request="two")
    assert merge(db, *pair, "甲", request="two") == again
    assert undo(db, "甲", request="three") == undo(db, "甲", request="three")
    assert len(history(db)) == 3


def test_codes_go_out_of_force_with_their_statement_and_come_back(db):
    code(db, 5, "乙", PROBLEM)
    assert coded_by(db, [5, 6]) == ["乙"]
    made = split(db, 5, context_of(db, 5).statement.start + 8, "甲")
    assert codes_frame(db).empty
    assert progress(db, "乙").done == 0
    left = made.after["statements"][0]
    code(db, left, "乙", PROBLEM)
    with pytest.raises(StudyError, match="coded since"):
        undo(db, "甲")
    undo(db, "乙")
    undo(db, "甲")
    assert codes_frame(db)["statement"].tolist() == [5]
    # Coded before the merge that is taken back: that is no hindrance.
    six = context_of(db, 5).after
    code(db, six, "甲", PROBLEM)
    merge(db, 5, six, "甲")
    both = context_of(db, left).statement.start, context_of(db, 6).statement.end
    whole = db.execute("SELECT id FROM statements WHERE start = ? AND end = ? AND retired IS NULL", both).fetchone()[0]
    split(db, whole, context_of(db, six).statement.start, "甲")
    assert progress(db, "甲").done == 1
    undo(db, "甲")
    assert progress(db, "甲").done == 0
    undo(db, "甲")
    assert state_of(db, six, "甲") == PROBLEM
    assert check(db) == []


def test_anothers_boundary_on_top_is_taken_back_first(db):
    made = split(db, 5, context_of(db, 5).statement.start + 8, "甲")
    merge(db, made.after["statements"][1], context_of(db, made.after["statements"][1]).after, "乙")
    with pytest.raises(StudyError, match="split or merged since"):
        undo(db, "甲")
    undo(db, "乙")
    undo(db, "甲")
    assert check(db) == []


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["code", "code", "code", "open", "split", "split", "merge", "merge", "undo"]),
        st.integers(0, 10**6),
        st.sampled_from("甲乙"),
    ),
    max_size=25,
)


def act(db, kind: str, n: int, coder: str) -> None:
    """One thing that a coder may do; what cannot be done is refused and changes nothing."""
    force = [r["id"] for r in db.execute("SELECT id FROM statements WHERE retired IS NULL ORDER BY report, start")]
    here = force[n % len(force)]
    where = context_of(db, here)
    try:
        if kind == "code":
            code(db, here, coder, coded(n) if n % 5 else State(status="unsure"))
        elif kind == "open":
            code(db, here, coder, State("problem", note=str(n)))
        elif kind == "split":
            split(db, here, where.statement.start + n % 26, coder)
        elif kind == "merge":
            merge(db, here, where.after or force[(n + 3) % len(force)], coder)
        else:
            undo(db, coder)
    except StudyError:
        pass


def sound(db, length: int) -> int:
    """Check all that always holds; return the length of the history."""
    assert check(db) == []
    now = db.execute("SELECT count(*) FROM changes").fetchone()[0]
    assert now >= length
    covered = db.execute("SELECT report, sum(end - start) FROM statements WHERE retired IS NULL GROUP BY report").fetchall()
    # What is cut or joined is all still there: a sentence of 24 characters and its line break, five times.
    assert len(covered) == 3
    assert all(5 * 24 - 4 <= r[1] <= 5 * 25 - 1 for r in covered)
    return now


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(OPERATIONS)
@example(
    [("merge", 1000, "甲"), ("merge", 1100, "甲"), ("split", 7314, "乙"), ("split", 613022, "乙"), ("merge", 1554, "乙"), ("undo", 0, "甲")]
)
def test_whatever_is_done_holds_together_and_can_be_undone(tmp_path, operations):
    file = tmp_path / "s.db"
    for old in tmp_path.glob("s.db*"):
        old.unlink()
    db = large_study(file, 15, per_report=5)
    before, length = tables(db), 0
    for operation in operations:
        act(db, *operation)
        length = sound(db, length)
    # The last change of all is some coder's last, so that it can always be taken back.
    while True:
        standing = "kind != 'undo' AND NOT EXISTS (SELECT 1 FROM changes WHERE undoes = c.id)"
        last = db.execute(f"SELECT coder FROM changes AS c WHERE {standing} ORDER BY id DESC LIMIT 1").fetchone()
        if last is None:
            break
        assert undo(db, last["coder"]) is not None
        length = sound(db, length)
    assert tables(db) == before
    assert undo(db, "甲") is None
    assert undo(db, "乙") is None
    db.close()


# What holds it together


TAMPERED = {
    "UPDATE codes SET role = 'other' WHERE statement = 1": "codes of statement 1 by 甲: kept ('other'",
    "DELETE FROM codes WHERE statement = 1": "codes of statement 1 by 甲: kept None",
    "UPDATE statements SET retired = 1 WHERE id = 2": "statement 2: out of force by 1, by the changes None",
    "UPDATE statements SET retired = NULL WHERE id = 5": "overlap",
    "DELETE FROM coded_themes": "is not kept and in codes",
    "INSERT INTO predicted_themes VALUES (1, 'depth', 3)": "is kept and not in predictions",
}


@pytest.mark.parametrize("tampered", TAMPERED)
def test_what_is_kept_for_speed_is_checked_and_made_anew(tmp_path, tampered):
    db = large_study(tmp_path / "s.db", 12)
    code_some(db, "甲", [1, 3])
    split(db, 5, context_of(db, 5).statement.start + 10, "甲")
    before = [db.execute(f"SELECT * FROM {t}").fetchall() for t in ("codes", "statements", "coded_themes", "predicted_themes")]
    assert check(db) == []
    db.execute(tampered)
    assert any(TAMPERED[tampered] in line for line in check(db))
    rebuild(db)
    assert check(db) == []
    assert [db.execute(f"SELECT * FROM {t}").fetchall() for t in ("codes", "statements", "coded_themes", "predicted_themes")] == before


def test_the_history_is_never_changed(db):
    code(db, 1, "甲", PROBLEM)
    for tampered in ("UPDATE changes SET coder = '乙'", "DELETE FROM changes"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            db.execute(tampered)


CODER = """
import os, sys
from gongkai.review.store import StudyError, open_study
from gongkai.review.changes import State, code, undo
from gongkai.review.boundaries import split
from gongkai.review.context import context_of
db, n = open_study(sys.argv[1]), 0
while True:
    n += 1
    made = code(db, n % 20 + 1, "甲", State("problem", ("depth",), "coded", f"{os.getpid()} {n}"))
    if n % 7 == 0:
        made = undo(db, "甲")
    if n % 3 == 0:
        here = 21 + n // 3
        try:
            made = split(db, here, context_of(db, here).statement.start + 10, "甲")
        except StudyError:
            pass
    print(made.id, flush=True)
"""


def test_a_killed_coder_loses_nothing_that_was_saved(tmp_path):
    file = tmp_path / "s.db"
    large_study(file, 200).close()
    for _ in range(3):
        child = subprocess.Popen([sys.executable, "-c", CODER, str(file)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(25)]
        os.kill(child.pid, signal.SIGKILL) if hasattr(signal, "SIGKILL") else child.kill()
        told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
        child.wait()
        db = open_study(file)
        there = {r[0] for r in db.execute("SELECT id FROM changes")}
        assert set(told) <= there
        # At most the one that was being written is there besides.
        assert max(there) <= max(told) + 3
        assert check(db) == []
        db.close()


# Samples


def study_with_truth(tmp_path):
    """A study whose model errs in a known way: it calls every fourth problem a measure."""
    db = quick(tmp_path / "s.db")
    frames = []
    for r in range(40):
        frame = rows(9, f"云渚市{r:02d}.txt", role_score=0.9, themes="depth")
        frames.append(frame.assign(body=f"云渚市第{r % 10}街道", role=["measure" if (r + k) % 4 == 0 else "problem" for k in range(9)]))
    load_tables(db, pd.concat(frames, ignore_index=True), model=ModelFacts("m", "1" * 64))
    add_coder(db, "甲")
    add_coder(db, "乙")
    return db


@pytest.mark.parametrize("unit", ["statements", "reports"])
def test_a_sample_is_drawn_coded_and_corrects_the_shares(tmp_path, run, unit):
    db = study_with_truth(tmp_path)
    sample = draw_sample(db, "甲", 100 if unit == "statements" else 12, 3, unit=unit)
    assert (sample.population, sample.unit, samples(db)) == (360 if unit == "statements" else 40, unit, [sample])
    assert draw_sample(db, "乙", sample.size, 3, unit=unit).size == sample.size
    ids = queue(db, "甲", "sample", sample=sample.id, limit=1000)
    assert ids == queue(db, "乙", "sample", sample=samples(db)[0].id, limit=1000)
    for i in ids:
        code(db, i, "甲", PROBLEM)
    machine, coded_by_hand = machine_frame(db), sample_frame(db, sample.id)
    read = read_sample(coded_by_hand, machine)
    assert (len(read), read.attrs) == (len(ids), {"warnings": [], "drawn": unit})
    table = corrected(machine, coded_by_hand)
    one = table[(table.role == "problem") & (table.theme == "depth") & (table.unit == "statements")].iloc[0]
    assert (one.naive, one.corrected, one.high) == (1, 1, 1)
    assert 0.95 < one.low < 1
    measures = table[(table.role == "measure") & (table.theme == "depth") & (table.unit == "statements")].iloc[0]
    assert measures.naive == 1
    # By hand there is none.
    assert not measures.corrected > 0
    for ending in (".csv", ".xlsx", ".parquet"):
        write_table(machine, tmp_path / "statements.parquet")
        write_table(coded_by_hand, tmp_path / f"sample{ending}")
        status, _, said = run(
            "spread", tmp_path / "statements.parquet", "--sample", tmp_path / f"sample{ending}", "-o", tmp_path / "shares.csv", "-f"
        )
        assert (status, said) == (0, "")
        shares = read_table(tmp_path / "shares.csv")
        assert shares["corrected"].astype(float).tolist() == pytest.approx(table["corrected"].tolist(), nan_ok=True)


def test_a_sample_may_end_early_but_have_no_holes(tmp_path):
    db = study_with_truth(tmp_path)
    sample = draw_sample(db, "甲", 50, 1, by=["year"])
    ids = queue(db, "甲", "sample", limit=100)
    code_some(db, "甲", ids[:20])
    read = read_sample(sample_frame(db, sample.id), machine_frame(db))
    assert (len(read), read.attrs["warnings"]) == (20, ["30 rows, the last in order, are not coded and left out"])
    code_some(db, "甲", [ids[22]])
    with pytest.raises(SampleError, match=r"line 22: .* is not coded"):
        read_sample(sample_frame(db, sample.id), machine_frame(db))
    # Where two see it differently there is no final code, but each has a sample of one's own.
    code_some(db, "乙", ids[20:24])
    assert len(read_sample(sample_frame(db, sample.id, "甲").iloc[:20], machine_frame(db))) == 20
    code(db, ids[3], "乙", PROBLEM if coded(ids[3]) != PROBLEM else coded(ids[3] + 1))
    assert sample_frame(db, sample.id)["role"].tolist()[:5].count("") == 1
    code(db, ids[3], SETTLED, PROBLEM, kind="settle")
    assert sample_frame(db, sample.id)["role"].tolist()[3] == "problem"


def test_a_report_coded_in_part_counts_as_not_reached(tmp_path):
    db = study_with_truth(tmp_path)
    sample = draw_sample(db, "甲", 5, 1, unit="reports")
    ids = queue(db, "甲", "sample", limit=100)
    code_some(db, "甲", ids[:21])
    read = read_sample(sample_frame(db, sample.id), machine_frame(db))
    assert (len(read), read.attrs["drawn"]) == (18, "reports")


def test_pieces_stand_in_the_sample_of_their_whole(tmp_path):
    db = study_with_truth(tmp_path)
    sample = draw_sample(db, "甲", 36, 1)
    ids = queue(db, "甲", "sample", limit=100)
    left, right = split(db, ids[2], context_of(db, ids[2]).statement.start + 8, "甲").after["statements"]
    assert queue(db, "甲", "sample", limit=100) == [*ids[:2], left, right, *ids[3:]]
    frame = sample_frame(db, sample.id)
    assert frame["order"].tolist()[:5] == [1, 2, 3, 3, 4]
    assert set(frame["probability"]) == {0.1}
    beside = context_of(db, ids[0]).after or context_of(db, ids[0]).before
    both = merge(db, ids[0], beside, "甲").after["statements"][0]
    assert queue(db, "甲", "sample", limit=100)[0] == both
    assert sample_frame(db, sample.id)["probability"][0] == pytest.approx(1 - 0.9**2)
    assert progress(db, "甲", "sample").total == 37
    # A neighbour that was not drawn is none the more drawn for having been merged for a while.
    split(db, both, max(context_of(db, i).statement.start for i in (ids[0], beside)), "甲")
    assert queue(db, "甲", "sample", limit=100)[0] == ids[0]
    assert sample_frame(db, sample.id)["probability"][0] == pytest.approx(0.1)
    assert progress(db, "甲", "sample").total == 37
    for i in queue(db, "甲", "sample", limit=100):
        code(db, i, "甲", PROBLEM)
    assert len(read_sample(sample_frame(db, sample.id), machine_frame(db))) == 37
    assert check(db) == []


# Tables


@pytest.mark.parametrize(
    ("states", "label", "how"),
    [
        ({}, None, "open"),
        ({"甲": State("problem", ("depth",), "unsure"), "乙": State(status="skipped")}, None, "open"),
        ({"甲": PROBLEM}, PROBLEM, "single"),
        ({"甲": PROBLEM, "乙": State(status="unsure")}, PROBLEM, "single"),
        ({"甲": PROBLEM, "乙": PROBLEM}, PROBLEM, "agreed"),
        (
            {"甲": State("problem", ("depth", "review"), "coded", "a"), "乙": State("problem", ("review", "depth"), "coded", "b")},
            None,
            "agreed",
        ),
        ({"甲": PROBLEM, "乙": State("other", (), "coded")}, None, "disputed"),
        ({"甲": PROBLEM, "乙": State("other", (), "coded"), SETTLED: PROBLEM}, PROBLEM, "settled"),
        ({"甲": PROBLEM, SETTLED: State("problem", (), "open")}, PROBLEM, "single"),
    ],
)
def test_the_final_label_is_the_settled_one_else_what_all_say(states, label, how):
    found, why = final_of(states)
    assert why == how
    assert found == label or (label is None and how == "agreed" and set(found.themes) == {"depth", "review"})


def test_tables_of_a_study(db, tmp_path):
    code(db, 1, "甲", PROBLEM)
    code(db, 1, "乙", PROBLEM)
    code(db, 2, "甲", PROBLEM)
    code(db, 2, "乙", State("other", (), "coded", "没有说问题"))
    code(db, 3, "甲", State(status="unsure"))
    code(db, 4, "甲", State("problem"))
    code(db, 5, "甲", PROBLEM)
    undo(db, "甲")
    code(db, 2, SETTLED, PROBLEM, kind="settle")
    made = split(db, 6, context_of(db, 6).statement.start + 8, "乙")
    codes, final, past = codes_frame(db), final_frame(db), history_frame(db)
    assert list(codes.columns) == [*TAG_COLUMNS, "statement", "coder", "status", "note", "at", "codebook", "model"]
    assert codes[["statement", "coder", "status"]].values.tolist() == [
        [1, "乙", "coded"], [1, "甲", "coded"], [2, "乙", "coded"], [2, "甲", "coded"], [3, "甲", "unsure"], [4, "甲", "open"],
    ]  # fmt: skip
    assert codes["note"].tolist()[2] == "没有说问题"
    assert codes_frame(db, "乙")["statement"].tolist() == [1, 2]
    assert list(final.columns) == [*TAG_COLUMNS, "statement", "coders", "settled", "final"]
    assert len(final) == 174
    told = final.set_index("statement").loc[[1, 2, 3], ["role", "coders", "settled", "final"]]
    assert told.astype(object).where(told.notna(), None).values.tolist() == [
        ["problem", ["乙", "甲"], False, "agreed"], ["problem", ["乙", "甲"], True, "settled"], [None, [], False, "open"],
    ]  # fmt: skip
    assert past["kind"].tolist() == ["code"] * 7 + ["undo", "settle", "split"]
    last = past.iloc[-1]
    assert (last.coder, last.statement, len(last.places_before), len(last.places)) == ("乙", 6, 1, 2)
    assert past.iloc[7].undoes == 7
    assert past.iloc[7].role_before == "problem"
    assert pd.isna(past.iloc[7].role)
    assert set(past["model"]) == set(codes["model"]) == {db.execute("SELECT sha256 FROM models").fetchone()[0]}
    assert made.id == last.change
    for frame in (codes, final, past, machine_frame(db)):
        for ending in (".parquet", ".csv", ".jsonl", ".xlsx"):
            write_table(frame, tmp_path / f"t{ending}")
        assert len(read_table(tmp_path / "t.parquet")) == len(frame)
    # Final codes are a table of statements like any other.
    shares = gongkai.spread(final[final["role"].notna()])
    assert shares[(shares.role == "problem") & (shares.theme == "depth") & (shares.unit == "statements")]["count"].item() == 2


def test_analyses_need_no_file(tmp_path):
    from gongkai.review.given import of_analyses

    analyses: list[Analysis] = [
        gongkai.analyse(gongkai.Report("一.txt", "五、存在的主要问题及改进情况\n一是信息更新不及时。\n下一步将加强业务培训。"))
    ]
    given_ = of_analyses(analyses, gongkai.load(), ModelFacts("m", "1" * 64))
    db = open_study(tmp_path / "s.db")
    loaded = load_tables(db, given_.statements, given_.sections, given_.reports, model=given_.model)
    assert (loaded.reports, loaded.statements, loaded.predictions) == (1, 2, 2)
    assert THEMES[0] in machine_frame(db)["themes"][0]
    assert "requests: no heading found" in db.execute("SELECT warnings FROM reports").fetchone()[0]

"""Several coders and a coder that learns: what is settled, agreed on, changed in the codebook, learned, and how the pages tell it."""

from __future__ import annotations

import hashlib
import html
import json
import random
import re
import shutil
import threading
import time

import pandas as pd
import pytest
from fastapi import testclient

import review_study
from gongkai.agreement import krippendorff_alpha
from gongkai.codebook import CodebookError, load_codebook, parse_codebook
from gongkai.compare import SCORES
from gongkai.export import write_table
from gongkai.resources import resource
from gongkai.review import codebooks, learn, models, routes_learn, routes_people
from gongkai.review.agree import agreement_of, codings, overlap
from gongkai.review.app import create_app
from gongkai.review.changes import SETTLED, State, code, codebook_of, history, state_of
from gongkai.review.curve import SCORES as CURVE_SCORES
from gongkai.review.curve import curve
from gongkai.review.exchange import FORMATS, export
from gongkai.review.frames import final_of, machine_frame, states_of
from gongkai.review.given import codebook_yaml
from gongkai.review.jobs import Jobs
from gongkai.review.labels import labelled_of
from gongkai.review.predict import coder_in_use, model_facts
from gongkai.review.routes_code import keys_of
from gongkai.review.samples import draw_sample, gaps_of
from gongkai.review.settle import (
    count_disagreements,
    disagreement,
    disagreements,
    settle,
    settled_by,
    shuffled,
    take_back,
)  # fmt: skip
from gongkai.review.shares import study_sample, study_shares, unlearned
from gongkai.review.store import StudyError, latest, now, open_study, writing
from gongkai.review.web import Say
from gongkai.review.whichmodel import missing, models_folder
from gongkai.store import load_model

BASE = "http://127.0.0.1:8765"
DEPTH, SLOW, BOTH = (State("problem", t, "coded") for t in (("depth",), ("timeliness",), ("timeliness", "depth")))
PLAN, NONE = State("measure", ("depth",), "coded"), State("other", (), "coded")
UNSURE = State("problem", ("depth",), "unsure")


@pytest.fixture
def study(tmp_path):
    """A study of forty invented statements in two reports, and 甲 and 乙 and 丙."""
    with review_study.large_study(tmp_path / "study.db", 40, coders="甲乙丙") as db:
        yield db


def final(db, statement):
    return final_of(states_of(db, statement))


def say(db, statement, **states):
    for coder, state in states.items():
        code(db, statement, coder, state)


# Disagreements and what is settled of them


@pytest.mark.parametrize(
    ("states", "kinds"),
    [
        ((DEPTH, DEPTH), None),
        ((DEPTH, SLOW), ("themes",)),
        ((DEPTH, PLAN), ("role",)),
        ((SLOW, PLAN), ("role", "themes")),
        ((DEPTH, UNSURE), ("unsure",)),
        ((DEPTH, State("problem", (), "skipped")), None),
        ((DEPTH, State("problem", (), "open")), None),
        ((DEPTH, DEPTH, BOTH), ("themes",)),
    ],
)
def test_what_counts_as_a_disagreement(study, states, kinds):
    for coder, state in zip("甲乙丙", states, strict=False):
        code(study, 7, coder, state)
    found = disagreements(study)
    assert [d.statement for d in found] == ([7] if kinds else [])
    if kinds:
        assert found[0].kinds == kinds
        assert count_disagreements(study) == (1, 0)


def test_the_same_themes_in_another_order_are_no_disagreement(study):
    code(study, 1, "甲", BOTH)
    book = codebook_of(study)
    turned = book.model_copy(update={"version": 3, "themes": tuple(reversed(book.themes))})
    codebooks.add_version(study, codebook_yaml(turned), "甲")
    code(study, 1, "乙", BOTH)
    assert study.execute("SELECT count(DISTINCT themes) FROM codes").fetchone()[0] == 2
    assert disagreements(study) == []


def test_disagreements_of_some_coders_of_a_kind_of_a_theme_and_by_the_page(study):
    say(study, 1, 甲=DEPTH, 乙=SLOW)
    say(study, 2, 甲=DEPTH, 丙=PLAN)
    say(study, 3, 甲=BOTH, 乙=DEPTH)
    say(study, 4, 乙=UNSURE, 丙=DEPTH)

    def ids(*coders, **asked):
        return [d.statement for d in disagreements(study, coders, **asked)]

    assert ids() == [1, 2, 3, 4]
    assert ids("甲", "乙") == [1, 3]
    assert ids(kind="role") == [2]
    assert ids(kind="unsure") == [4]
    assert ids(theme="timeliness") == [1, 3]
    assert ids(theme="depth") == [1]
    assert ids(after=1, limit=2) == [2, 3]
    with pytest.raises(StudyError, match="丁"):
        disagreements(study, ["丁"])
    with pytest.raises(StudyError, match="role, themes, unsure"):
        disagreements(study, kind="mood")


def test_settling_keeps_the_coders_codes_and_who_settled(study):
    say(study, 5, 甲=DEPTH, 乙=SLOW)
    assert final(study, 5)[1] == "disputed"
    change = settle(study, 5, BOTH, "丙", "a-request")
    assert settle(study, 5, PLAN, "丙", "a-request") == change
    assert final(study, 5) == (BOTH, "settled")
    assert (state_of(study, 5, "甲"), state_of(study, 5, "乙")) == (DEPTH, SLOW)
    assert settled_by(study, 5) == "丙"
    assert disagreements(study) == []
    assert [d.settled for d in disagreements(study, settled=True)] == [BOTH]
    assert count_disagreements(study) == (0, 1)
    assert history(study, 5)[0].coder == SETTLED


def test_taking_back_what_one_settled_oneself(study):
    for statement in (1, 2, 3):
        say(study, statement, 甲=DEPTH, 乙=SLOW)
    settle(study, 1, DEPTH, "丙")
    settle(study, 2, DEPTH, "丙")
    settle(study, 3, DEPTH, "甲")
    settle(study, 2, SLOW, "甲")
    assert take_back(study, "乙") is None
    # What 丙 said of 2 no longer stands, so that only 1 is hers to take back.
    assert take_back(study, "丙").statement == 1
    assert take_back(study, "丙") is None
    assert [final(study, s)[1] for s in (1, 2, 3)] == ["disputed", "settled", "settled"]
    assert take_back(study, "甲").statement == 2
    assert final(study, 2) == (DEPTH, "settled")
    assert take_back(study, "甲").statement == 3
    assert settled_by(study, 3) is None


@pytest.mark.parametrize("state", [State("problem", (), "unsure"), State(None, (), "coded"), State("other", ("depth",), "coded")])
def test_what_cannot_be_settled(study, state):
    say(study, 5, 甲=DEPTH, 乙=SLOW)
    with pytest.raises(StudyError):
        settle(study, 5, state, "甲")
    with pytest.raises(StudyError):
        settle(study, 5, DEPTH, "丁")
    with pytest.raises(StudyError, match="two coders"):
        disagreement(study, 6)


def test_no_side_stands_for_a_coder():
    first = [shuffled(n, ["甲", "乙"])[0] for n in range(200)]
    assert 60 < first.count("甲") < 140


# Agreement


def test_agreement_is_of_what_each_said_before_it_was_settled(study):
    rng = random.Random(2)
    for s in range(1, 31):
        code(study, s, "甲", rng.choice([DEPTH, SLOW, PLAN]))
        code(study, s, "乙", state_of(study, s, "甲") if rng.random() < 0.7 else NONE)
    before = agreement_of(study, draws=50)
    first = disagreements(study)[0].statement
    settle(study, first, DEPTH, "丙")
    for coder in "甲乙":
        code(study, first, coder, DEPTH)
    # Who codes it for the first time knows nothing of what was settled.
    code(study, first, "丙", PLAN)
    after = agreement_of(study, ["甲", "乙"], draws=50)
    pd.testing.assert_frame_equal(before.table, after.table)
    assert set(codings(study)["coder"]) == {"甲", "乙", "丙"}
    units = codings(study, ["甲", "乙"]).groupby("statement")["role"].agg(list).tolist()
    value = before.table.set_index(["of", "measure"]).loc[("role", "alpha"), "value"]
    assert value == pytest.approx(krippendorff_alpha(units))
    assert (before.statements, before.reports, before.coders) == (30, 2, ("乙", "甲"))
    assert before.roles.to_numpy().sum() == 30
    assert list(before.roles.index) == [r for r in load_codebook().role_ids if r in before.roles.index]


def test_agreement_counts_what_both_have_coded(study):
    with pytest.raises(StudyError, match="two coders"):
        agreement_of(study)
    say(study, 1, 甲=DEPTH, 乙=DEPTH)
    say(study, 2, 甲=DEPTH, 乙=UNSURE)
    say(study, 3, 甲=DEPTH, 丙=SLOW)
    say(study, 4, 甲=NONE)
    assert overlap(study) == {("丙", "乙"): 0, ("丙", "甲"): 1, ("乙", "甲"): 1}
    found = agreement_of(study, draws=20)
    assert found.statements == 2
    assert found.pairs[["first", "second", "n"]].to_numpy().tolist() == [["丙", "甲", 1], ["乙", "甲", 1]]
    table = found.themes.set_index("theme")
    assert table.loc["depth"].tolist() in ([1, 0, 0], [0, 0, 1])


# The codebook


def edited(book, **changes):
    """A codebook with some themes changed (a mapping), removed (None) or added (a tuple of both labels)."""
    version = changes.pop("version", book.version + 1)
    themes = [t for t in book.themes if t.id not in changes or changes[t.id] is not None]
    themes = [t.model_copy(update=changes[t.id]) if t.id in changes else t for t in themes]
    for name in changes.keys() - set(book.theme_ids):
        themes.append(book.themes[0].model_copy(update={"id": name, "definition": name}))
    return parse_codebook(codebook_yaml(book.model_copy(update={"version": version, "themes": tuple(themes)})))


def test_differences_by_part():
    book = load_codebook()
    order = (book.themes[1], book.themes[0], *book.themes[2:])
    new = edited(book.model_copy(update={"themes": order, "rules": book.rules[1:]}), depth={"zh": "深浅"}, demand=None, trust={})
    roles = {**book.roles, "problem": book.roles["problem"].model_copy(update={"definition": "新"})}
    found = codebooks.differences(book, new.model_copy(update={"roles": roles}))
    told = {(d.part, d.code, d.how) for d in found}
    moved = {d.code for d in found if d.how == "moved"}
    assert told - {("theme", c, "moved") for c in moved} == {
        ("role", "problem", "changed"), ("theme", "depth", "changed"), ("theme", "demand", "removed"), ("theme", "trust", "added"),
        ("rules", "", "changed"),
    }  # fmt: skip
    assert len(moved) == 1
    assert dict(next(d.fields for d in found if d.code == "depth")) == {"zh": ("公开深度与质量", "深浅")}
    assert codebooks.differences(book, book.model_copy(update={"version": 9})) == []


def test_a_change_of_the_codebook_tells_what_it_touches_and_changes_no_code(study):
    say(study, 1, 甲=DEPTH, 乙=SLOW)
    say(study, 2, 甲=BOTH, 乙=NONE)
    say(study, 3, 甲=State("problem", ("depth",), "open"))
    settle(study, 1, DEPTH, "丙")
    old = codebook_of(study)
    new = edited(old, depth=None, timeliness={"definition": "换了"}, trust={})
    found = codebooks.touched(study, old, new)
    assert found.statements == {"depth": 2, "timeliness": 2, "trust": 0}
    assert [(m.statement, m.coder) for m in found.misfits] == [(1, SETTLED), (1, "甲"), (2, "甲")]
    assert "depth" in found.misfits[0].why[0]
    states = study.execute("SELECT * FROM codes ORDER BY statement, coder").fetchall()
    number = codebooks.add_version(study, codebook_yaml(new), "丙", "深浅并入别处", begun_from=latest(study, "codebooks"))
    assert study.execute("SELECT * FROM codes ORDER BY statement, coder").fetchall() == states
    assert codebook_of(study) == new
    assert codebooks.misfits(study) == list(found.misfits)
    assert [(v.number, v.coder, v.in_use) for v in codebooks.versions(study)] == [(3, "丙", True), (2, "", False)]
    # Coded anew, a statement is no misfit any more.
    code(study, 2, "甲", SLOW)
    assert [(m.statement, m.coder) for m in codebooks.misfits(study)] == [(1, SETTLED), (1, "甲")]
    codebooks.use_version(study, 1)
    assert codebooks.misfits(study) == []
    assert latest(study, "codebooks") == 1 != number


def test_which_statements_are_coded_so(study):
    say(study, 1, 甲=DEPTH, 乙=SLOW)
    say(study, 2, 甲=BOTH)
    say(study, 3, 甲=UNSURE)
    assert codebooks.coded_with(study, "depth") == [1, 2, 3]
    assert codebooks.coded_with(study, "depth", 2) == [1, 2]
    assert codebooks.coded_with(study, "problem") == [1, 2, 3]
    assert codebooks.coded_with(study, "dept") == []
    assert codebooks.coded_counts(study) == {"problem": 3, "depth": 3, "timeliness": 2}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: y, "change something"),
        (lambda y: y.replace("zh: 公开时效", "zh: 快慢"), "version: 3"),
        (lambda y: y.replace("id: depth", "id: Depth"), "line "),
        (lambda y: y.replace("id: depth", "id: coverage"), "duplicate theme id"),
        (lambda y: "version: [", "line 1"),
    ],
)
def test_a_version_that_cannot_be(study, change, words):
    with pytest.raises(CodebookError, match=re.escape(words)):
        codebooks.add_version(study, change(codebooks.yaml_of(study)), "甲")
    assert len(codebooks.versions(study)) == 1


def test_two_who_edit_at_a_time(study):
    first, second = (codebook_yaml(edited(codebook_of(study), version=v, depth={"zh": str(v)})) for v in (3, 4))
    codebooks.add_version(study, first, "甲", begun_from=1)
    with pytest.raises(StudyError, match="in the meantime"):
        codebooks.add_version(study, second, "乙", begun_from=1)


# Learning: a study


def teach(db, n=None, wrong=0.0, coder="甲", seed=0):
    """Let a coder have coded statements as the model says, some of them otherwise."""
    rng, themes = random.Random(seed), codebook_of(db).theme_ids[:-1]
    for r in db.execute("SELECT statement, role, themes FROM predictions WHERE model = 1 ORDER BY statement").fetchall()[:n]:
        said = tuple(json.loads(r["themes"]))
        if said and rng.random() < wrong:
            said = (rng.choice(themes),)
        code(db, r["statement"], coder, State(r["role"], said, "coded"))


@pytest.fixture(scope="module")
def taught_file(tmp_path_factory):
    """The study of the invented reports, all of it coded by 甲, and a model made from it."""
    file = tmp_path_factory.mktemp("taught") / "study.db"
    with review_study.small_study(file) as db:
        teach(db, wrong=0.3)
        learn.retrain(db, n_jobs=1)
    return file


@pytest.fixture
def taught(taught_file, tmp_path):
    """A copy of it."""
    shutil.copytree(taught_file.parent, tmp_path / "copy")
    with open_study(tmp_path / "copy" / "study.db") as db:
        yield db


def test_what_can_be_learned_from(study):
    assert len(labelled_of(study).ids) == 0
    say(study, 2, 甲=DEPTH, 乙=SLOW)
    say(study, 4, 甲=NONE, 乙=NONE)
    say(study, 1, 甲=SLOW)
    say(study, 3, 甲=UNSURE)
    say(study, 30, 甲=BOTH, 乙=DEPTH)
    settle(study, 30, BOTH, "丙")
    found = labelled_of(study)
    assert found.ids.tolist() == [1, 4, 30]
    assert found.ids[found.order].tolist() == [4, 1, 30]
    assert found.disputed == 1
    assert found.labelled.Y.loc[2, ["problem", "timeliness", "depth", "channels"]].tolist() == [1, 1, 1, 0]
    assert found.themed.tolist() == [True, False, True]
    # Neighbours are those of the report, coded or not.
    texts = dict(study.execute("SELECT id, text FROM statements"))
    assert found.labelled.X["after"][0] == texts[2].split(".", 1)[1]
    codebooks.add_version(study, codebook_yaml(edited(codebook_of(study), timeliness=None)), "甲")
    assert (labelled_of(study).ids.tolist(), labelled_of(study).misfits) == ([4], 2)
    with pytest.raises(StudyError, match="code 49 more"):
        labelled_of(study).check()


def test_too_few_offices(tmp_path):
    with review_study.large_study(tmp_path / "study.db", 100, per_report=60) as db:
        review_study.code_many(db, "甲", range(1, 101))
        with pytest.raises(StudyError, match=r"of \d offices"):
            labelled_of(db).check()


@pytest.mark.slow
def test_retraining_swaps_nothing(taught):
    (made,) = models.made(taught)
    assert made.statements == made.judged == len(labelled_of(taught).ids)
    assert (made.before, made.goes_on_from, made.instead_of, made.learned) == ("default", "default", "", 0)
    assert {p.name for p in made.folder.iterdir()} == {"model.json", "weights.npz", "comparison.json", "out_of_fold.csv"}
    assert list(made.table["score"]) == list(SCORES)
    assert made.table[["before", "after", "difference", "low", "high"]].notna().all(axis=None)
    assert latest(taught, "models") == 1
    assert taught.execute("SELECT count(*) FROM models").fetchone()[0] == 1
    book = load_codebook()
    told = pd.read_csv(made.folder / "out_of_fold.csv", keep_default_na=False)
    assert not [1 for r in told.to_dict("records") if book.check(r["said_role"], [t for t in r["said_themes"].split(";") if t])]


@pytest.mark.slow
def test_a_model_is_used_when_somebody_says_so(taught):
    (made,) = models.made(taught)
    steps = []
    number = models.use_model(taught, made.folder, "乙", steps.append)
    assert latest(taught, "models") == number != 1
    assert steps == ["predicting", "predicting 173"]
    counts = dict(taught.execute("SELECT model, count(*) FROM predictions GROUP BY model").fetchall())
    assert counts[number] == counts[1]
    assert coder_in_use(taught)[1] == number
    assert [(s["by"], s["model"]) for s in models.switches(taught)] == [("乙", number)]
    assert models.made(taught)[0].model == number
    models.use_known(taught, 1, "甲")
    assert [(k.id, k.in_use) for k in models.known_models(taught)] == [(number, False), (1, True)]
    with pytest.raises(StudyError, match="no model 9"):
        models.use_known(taught, 9, "甲")


@pytest.mark.slow
def test_the_next_model_is_compared_with_what_the_one_in_use_said_before_it_had_learned(taught):
    (first,) = models.made(taught)
    models.use_model(taught, first.folder, "甲")
    second = learn.retrain(taught, n_jobs=1)
    assert (second.learned, second.mended) == (first.statements, first.statements)
    assert second.folder.name == "2"
    # Both go on from the shipped model and learn the same, so that a fair comparison sees no difference.
    assert second.goes_on_from == first.goes_on_from
    assert second.table["difference"].tolist() == [0] * len(SCORES)
    assert second.table["after"].tolist() == pytest.approx(first.table["after"].tolist())
    (first.folder / "out_of_fold.csv").unlink()
    third = learn.retrain(taught, n_jobs=1)
    assert (third.learned, third.mended) == (first.statements, 0)
    assert third.table.set_index("score").loc["exact theme set", "before"] > third.table.set_index("score").loc["exact theme set", "after"]


@pytest.mark.slow
def test_a_model_of_another_codebook_is_not_used(taught):
    codebooks.add_version(taught, codebook_yaml(edited(codebook_of(taught), depth=None)), "甲")
    (made,) = models.made(taught)
    with pytest.raises(StudyError, match="depth"):
        models.use_model(taught, made.folder, "甲")
    assert latest(taught, "models") == 1
    again = learn.retrain(taught, n_jobs=1)
    assert again.misfits > 0
    models.use_model(taught, again.folder, "甲")


@pytest.mark.slow
def test_a_study_may_be_moved_with_its_models(taught, tmp_path):
    (first,) = models.made(taught)
    number = models.use_model(taught, first.folder, "甲")
    shutil.copytree(tmp_path / "copy", tmp_path / "moved")
    shutil.rmtree(models_folder(taught))
    assert coder_in_use(taught) is None
    with open_study(tmp_path / "moved" / "study.db") as db:
        assert coder_in_use(db)[1] == number
        assert learn.retrain(db, n_jobs=1).mended == first.statements


def test_a_model_is_known_by_its_hash_wherever_the_study_was_put(study, client):
    folder = models_folder(study)
    shutil.copytree(resource("models", "default"), folder / "3")
    with (folder / "3" / "model.json").open("a") as file:
        file.write("\n")
    hash = hashlib.sha256((folder / "3" / "model.json").read_bytes()).hexdigest()
    study.execute("UPDATE models SET name = 'D:\\elsewhere\\old-models\\7', sha256 = ?", (hash,))
    assert coder_in_use(study)[1] == 1
    assert missing(study) is None
    folder = folder.rename(folder.with_name("former-models"))
    assert coder_in_use(study)[1] == 1
    for path in ("/", "/learn"):
        assert f"第 7 号模型 · {hash[:8]}" in client.get(path).text
        assert "找不到" not in client.get(path).text
    code(study, 1, "甲", DEPTH)
    assert json.loads(export(study, FORMATS["labelstudio"])[""])[0]["predictions"][0]["model_version"] == f"model 7 {hash[:8]}"
    shutil.rmtree(folder)
    assert coder_in_use(study) is None
    for path in ("/", "/learn"):
        assert f"找不到在用模型（第 7 号模型 · {hash[:8]}）" in client.get(path).text
        assert "study-models" in client.get(path).text


@pytest.mark.parametrize(
    ("name", "hash", "shown"),
    [
        ("default", "ab" * 32, "随附模型 · abababab"),
        ("run 2021", "ab" * 32, "“2021”所用模型 · abababab"),
        ("table a b.csv", "ab" * 32, "表 a b.csv · abababab"),
        ("/home/li/study-models/12", "", "第 12 号模型"),
        ("/home/li/models/mine", "ab" * 32, "mine · abababab"),
    ],
)
def test_a_model_has_one_name_and_no_path(name, hash, shown):
    assert Say("zh").model(name, hash) == shown


def test_the_run_of_the_shipped_model_is_that_of_the_shipped_model():
    assert Say("zh").model("run out", model_facts().sha256).startswith("随附模型")


def test_the_shipped_model_can_be_used_where_a_table_came_with_another(study, client):
    study.execute("UPDATE models SET name = 'table codes.csv'")
    page = client.get("/learn").text
    assert "没有给出它们的模型" in page
    assert 'hx-post="/learn/shipped"' in page
    assert "找不到" not in client.get("/").text
    client.post("/learn/shipped")
    assert figures(client, "/learn/job").headers["hx-redirect"] == "/learn"
    assert models.known_models(study)[0].sha256 == model_facts().sha256
    assert models.known_models(study)[0].in_use
    assert "/learn/shipped" not in client.get("/learn").text


@pytest.mark.slow
def test_a_base_that_is_not_at_hand_is_told(taught):
    taught.execute("DROP TRIGGER IF EXISTS models_stay")
    taught.execute("UPDATE models SET name = 'run 2021', sha256 = 'x'")
    found = learn.base_of(taught)
    assert (found.model.name, found.instead_of) == ("default", "run 2021")


def test_too_little_to_learn_from(study):
    with pytest.raises(StudyError, match="code 50 more"):
        learn.retrain(study)
    assert not models_folder(study).exists()


@pytest.mark.slow
def test_learning_from_the_command_line(taught_file, run, tmp_path):
    code_, out, err = run("train", "--db", taught_file, "-o", tmp_path / "m")
    assert code_ == 0, err
    assert "exact theme set" in out
    assert load_model(tmp_path / "m").roles_ == ("problem", "measure", "other")
    assert run("train", "--db", taught_file, "-o", tmp_path / "m")[0] == 2
    assert run("train", "--db", taught_file, "-o", tmp_path / "m", "--force")[0] == 0
    assert run("train", "-o", tmp_path / "n")[0] == 2
    assert run("train", taught_file.parent, "--db", taught_file, "-o", tmp_path / "n")[0] == 2
    code_, out, err = run("train", "--db", tmp_path / "none.db", "-o", tmp_path / "n")
    assert (code_, out) == (1, "")
    assert "does not exist" in err


@pytest.mark.slow
def test_the_learning_curve(taught):
    told = []
    table = curve(taught, steps=2, n_jobs=1, tell=told.append)
    assert table["order"].unique().tolist() == ["coded", "uncertain", "random"]
    assert table.groupby("order")["statements"].agg(["min", "max"]).drop_duplicates().shape == (1, 2)
    assert table["statements"].min() == 0
    assert table[table["statements"] == 0][["theme micro-F1", "exact theme set"]].drop_duplicates().shape == (1, 2)
    # All of the statements are learned from at the end, in whatever order.
    last = table[table["statements"] == table["statements"].max()]
    assert last["theme micro-F1"].max() - last["theme micro-F1"].min() < 0.05
    assert told[0] == "coded 1/3"
    with pytest.raises(StudyError, match="order 'best'"):
        curve(taught, ["best"])


# Shares corrected by a sample


def test_shares_corrected_by_the_sample(tmp_path, run):
    file = tmp_path / "study.db"
    with review_study.large_study(file, 600) as db:
        with pytest.raises(StudyError, match="no random sample"):
            study_shares(db)
        sample = draw_sample(db, "甲", 200, 1)
        ids = [r[0] for r in db.execute("SELECT statement FROM sampled WHERE sample = ? ORDER BY place", (sample.id,))]
        # The machine takes depth for timeliness in every statement where it says timeliness alone.
        for i in ids[:180]:
            state = review_study.coded(i)
            code(db, i, "甲", State(state.role, ("depth",), "coded") if state.themes == ("timeliness",) else state)
        table = study_shares(db).set_index(["unit", "role", "theme"])
        depth, slow = (table.loc[("statements", "problem", t)] for t in ("depth", "timeliness"))
        assert depth["corrected"] > depth["naive"]
        assert slow["corrected"] < slow["naive"]
        assert depth["low"] < depth["corrected"] < depth["high"]
        assert "20 rows" in study_shares(db).attrs["warnings"][0]
        assert set(study_shares(db, by=["year"])["year"]) == set(range(2015, 2025))
        assert study_shares(db).attrs["model"] == unlearned(db)[1]
        base = db.execute("SELECT name, sha256 FROM models WHERE id = ?", (latest(db, "models"),)).fetchone()
        learned = json.dumps({"goes_on_from": {"name": base["name"], "sha256": base["sha256"]}, "statements": 180})
        with writing(db):
            made = db.execute("INSERT INTO models (name, sha256, facts, at) VALUES ('2', 'x', ?, '') RETURNING id", (learned,)).fetchone()[
                0
            ]
            db.execute("INSERT OR REPLACE INTO meta VALUES ('models in use', ?)", (str(made),))
        assert (unlearned(db)[1].name, unlearned(db)[1].hash) == (base["name"], base["sha256"][:8])
        again = study_shares(db).set_index(["unit", "role", "theme"])
        assert again.loc[("statements", "problem", "depth"), "naive"] == depth["naive"]
        with writing(db):
            db.execute("INSERT OR REPLACE INTO meta VALUES ('models in use', ?)", (str(made - 1),))
        frame, book = study_sample(file)
        assert (len(frame), book) == (200, load_codebook())
        write_table(machine_frame(db).drop(columns=["statement", "doubt"]), tmp_path / "statements.parquet")
    code_, _, err = run("spread", tmp_path / "statements.parquet", "-o", tmp_path / "shares.csv", "--sample", file)
    assert code_ == 0, err
    told = pd.read_csv(tmp_path / "shares.csv").set_index(["unit", "role", "theme"])
    assert told.loc[("statements", "problem", "depth"), "corrected"] == pytest.approx(depth["corrected"])


# Work in the background


def test_jobs_run_beside_and_one_at_a_time(tmp_path):
    file = tmp_path / "study.db"
    review_study.large_study(file, 40).close()
    jobs, go_on = Jobs(file), threading.Event()

    def work(db, tell):
        tell("half")
        go_on.wait(10)
        return db.execute("SELECT count(*) FROM statements").fetchone()[0]

    job = jobs.start("a", work)
    with pytest.raises(StudyError, match="under way"):
        jobs.start("a", work)
    assert jobs.once("a", work) is job
    # Another job, and coding, need not wait.
    assert done(jobs.start("b", lambda db, tell: 7)).result == 7
    with open_study(file) as db:
        code(db, 1, "甲", DEPTH)
    assert (job.running, job.step) == (True, "half")
    go_on.set()
    assert done(job).result == 40
    assert jobs.once("a", work) is job
    assert done(jobs.start("c", lambda db, tell: settle(db, 1, DEPTH, "丁"))).error.startswith("coder '丁'")
    assert "ZeroDivisionError" in done(jobs.start("d", lambda db, tell: 1 / 0)).error


def done(job):
    for _ in range(1000):
        if not job.running:
            return job
        time.sleep(0.01)
    raise AssertionError(f"{job.key} takes too long")


# The pages


@pytest.fixture
def client(study):
    return client_of(study)


def client_of(db, coder="丙"):
    app = create_app(db.execute("PRAGMA database_list").fetchone()["file"])
    client = review_study.entered(testclient.TestClient(app, base_url=BASE), app)
    client.headers.update({"X-CSRF-Token": app.state.csrf, "HX-Request": "true"})
    client.post("/coder", data={"name": coder}, headers={"HX-Request": "false"}, follow_redirects=False)
    return client


def figures(client, url):
    """A part of a page whose figures take a while."""
    for _ in range(1000):
        answer = client.get(url)
        if 'class="waiting"' not in answer.text:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{url} takes too long")


def shown(answer):
    """The statement that a settling page shows."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'<article data-id="(\d+)"', answer.text)
    return int(found[1]) if found else None


def asked(answer):
    return re.search(r'name="request" value="([^"]+)"', answer.text)[1]


PAGES = ["/agree", "/settle", "/settle/list", "/codebook", "/codebook/coded?code=depth", "/learn", "/shares"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_open_on_a_fresh_study(client, path, language):
    client.cookies.set("language", language)
    assert client.get(path).status_code == 200


def test_the_page_of_agreement(study, client):
    assert "还没有两人都编过的语句" in figures(client, "/agree/figures").text
    say(study, 1, 甲=DEPTH, 乙=DEPTH)
    text = figures(client, "/agree/figures?who=甲&who=乙").text
    assert "都出自同一份报告，算不出区间" in text
    assert "区间偏窄" not in text
    say(study, 25, 甲=DEPTH, 乙=PLAN)
    text = figures(client, "/agree/figures?who=甲&who=乙").text
    assert "只涉及 2 份报告，区间偏窄" in text
    shown_, left_out = text.split("另有 16 个主题没有人编过，未列出")
    assert "公开全面性" not in shown_
    assert "公开全面性" in left_out
    assert "Cohen κ" in text
    assert "公开深度与质量" in text
    assert figures(client, "/agree/figures?who=丁").status_code == 409


def test_what_takes_a_while_says_what_it_is(study, client, monkeypatch):
    say(study, 1, 甲=DEPTH, 乙=DEPTH)
    go = threading.Event()
    monkeypatch.setattr(routes_people, "agreement_of", lambda *given: go.wait(20) and agreement_of(*given))
    text = client.get("/agree/figures").text
    assert 'class="waiting"' in text
    assert "正在计算：一致性系数" in text
    assert "0 秒" not in text
    go.set()
    assert "Cohen κ" in figures(client, "/agree/figures").text


def test_settling_by_the_page(study, client):
    for s in (2, 5, 9):
        say(study, s, 甲=DEPTH, 乙=SLOW)
    first = client.get("/settle")
    assert shown(first) == 2
    request = asked(first)
    data = {"role": "problem", "themes": ["depth", "timeliness"], "note": "两样都有", "request": request}
    second = client.post("/settle/2", data=data)
    assert shown(second) == 5
    assert "待裁定 2，已裁定 1" in second.text
    assert state_of(study, 2, SETTLED) == State("problem", ("timeliness", "depth"), "coded", "两样都有")
    assert settled_by(study, 2) == "丙"
    # Sent again, nothing is written twice; put off, it comes again at the end.
    client.post("/settle/2", data={**data, "themes": ["depth"]})
    assert len(history(study, 2, SETTLED)) == 1
    assert shown(client.get("/settle/next?after=5")) == 9
    assert shown(client.get("/settle/next?after=9")) == 5
    assert shown(client.post("/settle-back")) == 2
    assert final(study, 2)[1] == "disputed"
    assert client.post("/settle/5", data={"role": "", "themes": [], "request": asked(first)}).status_code == 409
    assert client.post("/settle/5", data={"role": "problem", "themes": ["depth"], "request": "x"}).status_code == 422
    for s in (2, 5, 9):
        client.post(f"/settle/{s}", data={"role": "other", "request": f"request-{s}"})
    assert shown(client.get("/settle")) is None
    assert shown(client.get("/settle?settled=true")) == 2
    assert shown(client.get("/settle?at=5")) == 5


def test_hidden_names_are_nowhere_in_the_page(study, client):
    say(study, 2, 甲=DEPTH, 乙=SLOW)
    for path in ("/settle?blind=true", "/settle/next?blind=true", "/settle/list?blind=true"):
        # Who may be chosen to be compared stands above it.
        text = re.sub(r"<!doctype.*</form>\n<div id=.ruling.>", "", client.get(path).text, flags=re.DOTALL)
        assert "甲" not in text
        assert "乙" not in text
        assert "编码 1" in text
    assert "甲" in client.get("/settle/list").text


def test_the_codebook_page(study, client):
    say(study, 1, 甲=DEPTH, 乙=SLOW)
    page = client.get("/codebook").text
    yaml = html.unescape(re.search(r'<textarea id="yaml"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)[1])
    assert yaml == codebooks.yaml_of(study)
    assert parse_codebook(yaml) == codebook_of(study)
    new = yaml.replace("version: 2", "version: 3").replace("  - id: depth\n", "  - id: deep\n").replace("\n", "\r\n")
    checked = client.post("/codebook/check", data={"yaml": new}).text
    assert "触及 1 条已编语句" in checked
    assert "1 个编码不合新版" in checked
    assert "主题 &#39;depth&#39; 不在编码本（第 3 版）里" in checked
    assert "编码本第 1 行：这里缺内容" in client.post("/codebook/check", data={"yaml": "roles: {"}).text
    assert len(codebooks.versions(study)) == 1
    assert client.post("/codebook", data={"yaml": new, "begun_from": 1, "note": "改名"}).headers["hx-redirect"] == "/codebook"
    assert codebooks.yaml_of(study) == new.replace("\r\n", "\n")
    assert "1 个编码不合在用的编码本" in client.get("/codebook").text
    assert client.post("/codebook", data={"yaml": new.replace("version: 3", "version: 4"), "begun_from": 1}).status_code in (409, 422)
    assert "removed" in client.get("/codebook/difference?old=1&new=2").text
    client.post("/codebook/use", data={"version": 1})
    assert latest(study, "codebooks") == 1


def test_keys_stay_when_the_codebook_changes(study, client):
    old = codebook_of(study)
    fresh = old.themes[0].model_copy(update={"id": "cost", "zh": "经费"})
    themes = (fresh, *(t for t in reversed(old.themes) if t.id != "coverage"))
    changed = codebook_yaml(old.model_copy(update={"version": 3, "themes": themes}))
    checked = client.post("/codebook/check", data={"yaml": changed}).text
    assert re.search(r"cost</b> 新增 · 按键 <kbd>b</kbd>", checked)
    assert "按键不变" in checked
    client.post("/codebook", data={"yaml": changed, "begun_from": 1})
    kept = {c: k for c, k in keys_of(old).items() if c != "coverage"}
    page = client.get("/code").text
    shown = dict(re.findall(r'data-(?:role|theme)="(\w+)"[^>]*data-key="(\w)"', page))
    assert shown == kept | {"cost": "b"}
    # What comes back has its key again, and what is gone gives none away.
    both = old.model_copy(update={"version": 4, "themes": (*themes, *(t for t in old.themes if t.id == "coverage"))})
    codebooks.add_version(study, codebook_yaml(both), "甲")
    page = client.get("/code").text
    assert dict(re.findall(r'data-theme="(\w+)"[^>]*data-key="(\w)"', page))["coverage"] == "2"
    say(study, 2, 甲=DEPTH, 乙=SLOW)
    assert re.search(r'value="cost" data-key="b"', client.get("/settle").text)


@pytest.mark.parametrize(
    ("mistake", "line", "told"),
    [
        (("id: depth", "id: Depth"), 82, "themes.2.id：代号不合写法；请用小写拉丁字母、数字和 _，以字母开头"),
        (("zh: 公开时效", "zh:"), 71, "themes.0.zh：这里应当是文字；请写文字，像数字的加上引号"),
        (("zh: 公开时效", 'zh: ""'), 71, "themes.0.zh：这里不能空着；请写上文字"),
        (("    zh: 公开时效\n", ""), 70, "themes.0.zh：缺这一项；请补上"),
        (("zh: 公开时效", "zhh: 公开时效"), 71, "themes.0.zhh：没有这一项；请删去，或改正拼写"),
        (("id: depth", "id: coverage"), 82, "themes.2.id：主题代号 'coverage' 重复：每个主题要有自己的代号"),
        (("id: depth", "id: other"), 82, "themes.2.id：'other' 既是角色又是主题：请改其中一个的代号"),
        (("alone: true", "alone: maybe"), 162, "themes.16.alone：这里只能写 true 或 false"),
        (("version: 2", "version: x"), 4, "version：这里应当是整数；请写整数"),
        (("version: 2", "version: 2\nversion: 3"), 5, "'version' 写了两次；请删去一个"),
        (("examples: [部", "examples: 部"), 75, "themes.0.examples：这里应当是列表"),
        (("  - id: depth", "   - id: depth"), 82, "缩进与上文不齐，或多出了 '<block sequence start>'；请用空格缩进"),
        (("definition: 公开、", "definition: 公开: "), 73, "这里不能有冒号；请用空格缩进，含有冒号的文字加上引号"),
        (("zh: 公开时效", 'zh: "公开时效'), 71, "到文末引号还没有合上；请合上引号"),
        (("zh: 公开时效", "zh: @公开时效"), 71, "字符 '@' 不能放在开头"),
    ],
)
def test_mistakes_in_a_codebook_are_told_in_chinese(client, mistake, line, told):
    yaml = resource("corpus", "codebook.yaml").read_text("utf-8")
    assert yaml.count(mistake[0]) == 1
    answer = html.unescape(client.post("/codebook/check", data={"yaml": yaml.replace(*mistake)}).text)
    assert f"编码本第 {line} 行：{told}" in answer
    answer = html.unescape(client.post("/codebook", data={"yaml": yaml.replace(*mistake), "begun_from": 1}).text)
    assert f"编码本第 {line} 行：{told}" in answer


def made_beside(db, number, differences):
    """A model beside a study that learned nothing, with a comparison: differences of the scores, each 0.02 to either side."""
    folder = models_folder(db) / str(number)
    shutil.copytree(resource("models", "default"), folder)
    model = json.loads((folder / "model.json").read_text("utf-8"))
    model["facts"] |= {"at": "2026-01-01T00:00", "statements": 90, "goes_on_from": {"name": "default", "sha256": model_facts().sha256}}
    (folder / "model.json").write_text(json.dumps(model), "utf-8")
    table = [
        {"score": s, "before": 0.5, "after": 0.5, "difference": d, "low": d and d - 0.02, "high": d and d + 0.02}
        for s, d in zip(SCORES, differences, strict=True)
    ]
    said = {"offices": 9, "instead_of": "", "disputed": 0, "misfits": 0, "before": "default", "judged": 90, "learned": 0, "mended": 0}
    (folder / "comparison.json").write_text(json.dumps({**said, "table": table}), "utf-8")


@pytest.mark.parametrize(
    ("differences", "kind", "says"),
    [
        ([0.05, 0.05, 0.05, 0, 0], "primary", None),
        ([0.01, 0, 0, 0, 0], "primary", "没有明显变好，也没有变差"),
        ([None] * 5, "primary", "没有可以比较的旧模型"),
        ([-0.05, 0, 0, 0, 0.01], "button", "新模型更差"),
        ([-0.05, 0.05, 0, 0, 0], "button", "有的明显下降"),
        ([-0.01, 0, 0, 0, 0], "button", "平均略低"),
    ],
)
def test_a_model_that_is_no_better_is_not_the_main_button(study, client, differences, kind, says):
    made_beside(study, 1, differences)
    page = client.get("/learn").text
    assert "当时在用（随附模型" in page
    assert re.search(r'<button type="button" class="(\w+)" hx-post="/learn/use"', page)[1] == kind
    told = ["没有明显变好，也没有变差", "没有可以比较的旧模型", "新模型更差", "有的明显下降", "平均略低"]
    assert [t for t in told if t in page] == ([says] if says else [])


def test_the_learning_curve_is_still_there_when_the_program_starts_again(study, monkeypatch):
    client = client_of(study)
    assert 'hx-get="/learn/curve"' not in client.get("/learn").text
    found = pd.DataFrame([("coded", n, 0.5, n / 100, 0.5, 0.5) for n in (25, 50)], columns=["order", "statements", *CURVE_SCORES])
    monkeypatch.setattr(routes_learn, "curve", lambda db, tell: found)
    client.post("/learn/curve")
    assert "<polyline" in figures(client, "/learn/curve").text
    client = client_of(study)
    assert 'hx-get="/learn/curve"' in client.get("/learn").text
    drawn = client.get("/learn/curve").text
    assert "<polyline" in drawn
    assert f"画于 {now()[:10]}" in drawn


@pytest.mark.slow
def test_learning_by_the_page(taught):
    client = client_of(taught)
    assert "有最终编码的语句" in figures(client, "/learn/labels").text
    assert 'class="waiting"' in client.post("/learn").text
    assert client.post("/learn").status_code == 409
    # Coding goes on while a model is made.
    assert client.post("/code/3", json={"role": "other", "themes": [], "status": "coded"}).status_code == 200
    assert figures(client, "/learn/job").headers["hx-redirect"] == "/learn"
    assert latest(taught, "models") == 1
    page = client.get("/learn").text
    assert "第 2 号模型" in page
    assert client.post("/learn/use", data={"number": 7}).status_code == 409
    client.post("/learn/use", data={"number": 2})
    assert figures(client, "/learn/job").headers["hx-redirect"] == "/learn"
    assert latest(taught, "models") == 2
    client.post("/learn/known", data={"model": 1})
    figures(client, "/learn/job")
    assert latest(taught, "models") == 1


def test_too_little_to_learn_from_is_told_in_the_page(client):
    client.post("/learn")
    assert "至少 50 条" in figures(client, "/learn/job").text


def test_a_sample_with_gaps_tells_what_is_missing_and_where(study, client):
    sample = draw_sample(study, "甲", 12, 1)
    ids = [r["statement"] for r in study.execute("SELECT statement FROM sampled ORDER BY place")]
    url = f"/shares/figures?sample={sample.id}"
    assert "这份样本还没有编（12 条）" in client.get(url).text
    for i in ids[:10]:
        code(study, i, "甲", review_study.coded(i))
    code(study, ids[3], "甲", State())
    code(study, ids[4], "甲", UNSURE)
    code(study, ids[5], "甲", PLAN)
    code(study, ids[5], "乙", NONE)
    gaps = gaps_of(study, sample.id)
    assert (gaps.todo, gaps.unsure, gaps.disputed, gaps.misfits) == ((ids[3],), (ids[4],), (ids[5],), ())
    text = client.get(url).text
    assert "这份样本还差 3 条未编码" in text
    for at in ids[3:5]:
        assert f'href="/code?order=sample&amp;sample={sample.id}&amp;at={at}"' in text
    assert f'href="/settle?at={ids[5]}"' in text
    for i, lacking in zip(
        ids[3:6], ("lacks the codes of 1 ", "1 statements .* marked as unsure", "1 statements .* code differently"), strict=True
    ):
        with pytest.raises(StudyError, match=lacking):
            study_shares(study)
        for coder in "甲乙":
            code(study, i, coder, PLAN)
    text = figures(client, url).text
    assert "末尾 2 条还没有编，未用" in text
    assert "要算报告的占比，须整份抽取并编完" in figures(client, f"{url}&unit=reports").text
    codebooks.add_version(study, codebook_yaml(edited(codebook_of(study), depth=None)), "甲")
    assert set(ids[3:6]) <= set(gaps_of(study, sample.id).misfits)
    assert "不合在用的编码本" in client.get(url).text


def test_whole_reports_are_coded_to_their_end(tmp_path):
    with review_study.large_study(tmp_path / "study.db", 60, per_report=10) as db:
        sample = draw_sample(db, "甲", 4, 1, unit="reports")
        ids = [r["statement"] for r in db.execute("SELECT statement FROM sampled ORDER BY place, statement")]
        assert not gaps_of(db, sample.id).begun
        review_study.code_some(db, "甲", [*ids[:5], *ids[6:20], *ids[20:23]])
        # The third report is begun, and may be left so; of the first one statement is missing.
        assert (gaps_of(db, sample.id).begun, gaps_of(db, sample.id).todo) == (True, (ids[5],))
        review_study.code_some(db, "甲", [ids[5]])
        assert gaps_of(db, sample.id).total == 0
        assert study_shares(db)["corrected"].notna().any()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"n": 41, "unit": "statements"}, "共 40 条语句，抽不出 41 条；请写 1 到 40 之间的数"),
        ({"n": 3, "unit": "reports"}, "共 2 份报告，抽不出 3 份；请写 1 到 2 之间的数"),
        ({"n": 3, "unit": "statements", "by": "role"}, "3 层每层至少抽 2 个，3 个不够；请抽 6 个以上，或少分几层"),
        ({"n": 2, "unit": "reports", "by": "role"}, "同时属于几个 role"),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_told_in_chinese(client, form, told):
    answer = client.post("/samples", data=form)
    assert (answer.status_code, told in answer.text) == (422, True), answer.text


def test_the_page_of_shares(study, client):
    sample = draw_sample(study, "甲", 20, 1)
    assert "SampleError" not in figures(client, f"/shares/figures?sample={sample.id}").text
    for (i,) in study.execute("SELECT statement FROM sampled").fetchall():
        code(study, i, "甲", review_study.coded(i))
    text = figures(client, f"/shares/figures?sample={sample.id}&by=year").text
    assert "机器 %" in text
    assert "公开时效" in text

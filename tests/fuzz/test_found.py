"""What harmed inputs have shown: each of these once ended with a traceback, took others with it, or asked for too much."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import sys
import tracemalloc
import zipfile

import numpy as np
import originals
import pandas as pd
import pytest
from harm import packed
from verdicts import SOURCE, harmed, read_batch, read_codebook, read_model, read_study

import gongkai
from gongkai.codebook import LONGEST, CodebookError, parse_codebook
from gongkai.read import ReadError
from gongkai.read.archive import unpack
from gongkai.read.limits import Limits
from gongkai.records import Report
from gongkai.review.store import StudyError, open_study
from gongkai.store import ModelError, facts_of, load_model


@pytest.fixture
def model(tmp_path):
    root = tmp_path / "model"
    root.mkdir()
    for name, raw in originals.model().items():
        (root / name).write_bytes(raw)
    return root


def told(model, change, weights=None):
    """Change what a model says of itself, and its weights; the hash is that of the weights."""
    said = json.loads((model / "model.json").read_text("utf-8"))
    change(said)
    if weights is not None:
        (model / "weights.npz").write_bytes(weights)
        said["sha256"] = {"weights.npz": hashlib.sha256(weights).hexdigest()}
    (model / "model.json").write_text(json.dumps(said), "utf-8")


def npz(**changed):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **(dict(np.load(io.BytesIO(originals.model()["weights.npz"]))) | changed))
    return buffer.getvalue()


def keep(said):
    """Leave it as it is."""


SAID = {
    "facts that are a list": lambda said: said.update(facts=["weak"]),
    "hashes that are a list": lambda said: said.update(sha256=["weights.npz"]),
    "a setting of another kind": lambda said: said["settings"].update(characters="ab"),
    "n-grams without end": lambda said: said["settings"].update(words=[1, 10**9]),
    "a setting that nobody knows": lambda said: said["settings"].update(n_jobs=99),
    "a word that is a number": lambda said: said["vocabularies"]["words"].__setitem__(0, 7),
    "a role that the codebook does not know": lambda said: said["roles"].__setitem__(0, "</script>"),
    "a theme twice": lambda said: said["themes"].__setitem__(0, said["themes"][1]),
    "a role of themes that is no role": lambda said: said.update(themed_roles=["timeliness"]),
    "no role": lambda said: said.update(roles=[]),
}


@pytest.mark.parametrize("name", SAID)
def test_a_model_that_says_what_no_model_says_is_refused(model, name):
    told(model, SAID[name])
    with pytest.raises(ModelError, match=model.name):
        print(facts_of(model).get("weak"), load_model(model))


def test_a_model_without_end_of_nesting_is_refused(model):
    (model / "model.json").write_text("[" * 200_000, "utf-8")
    with pytest.raises(ModelError, match=r"model\.json.*train the model again"):
        facts_of(model)


WEIGHTS = {
    "no archive": lambda: b"PK\x03\x04 not an archive",
    "an archive of something else": lambda: packed([("role_coef.npy", b"\x93NUMPY\x01\x00")]),
    "one array alone": lambda: originals.model()["weights.npz"][:200],
    "numbers of 64 bits": lambda: npz(thresholds=np.zeros(3)),
    "no number": lambda: npz(platt=np.full((5, 2), np.nan, dtype=np.float32)),
    "a number beyond all use": lambda: npz(theme_intercept=np.full(3, 3e38, dtype=np.float32)),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_none_are_refused(model, name):
    told(model, keep, WEIGHTS[name]())
    with pytest.raises(ModelError, match=model.name):
        load_model(model)


@pytest.mark.parametrize("shape", ["(250000000,)", "(10**15,)", "(1000000000000000,)"])
def test_weights_that_unpack_without_end_are_not_unpacked(model, shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("role_coef.npy", "w", force_zip64=True) as member:
        member.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        for _ in range(100 if shape == "(250000000,)" else 1):
            member.write(bytes(1 << 20))
    told(model, keep, buffer.getvalue())
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"unpacks to [\d,]+ bytes, where model\.json tells of"):
        load_model(model)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_scores_of_weights_at_the_limit_are_probabilities(model):
    told(model, keep, npz(platt=np.full((5, 2), -1e6, dtype=np.float32)))
    scores = load_model(model).predict_proba(pd.DataFrame({"text": originals.STATEMENTS, "path": [()] * 4}))
    assert np.isfinite(scores).all()
    assert np.allclose(scores[:, :2].sum(axis=1), 1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2021-99-99", r"line 1: '2021-99-99' cannot be read as timestamp: put it in quotes"),
        ("9" * 5000, "line 1: '9+' cannot be read as int"),
        ("!!int abc", "line 1: 'abc' cannot be read as int"),
        ("!!timestamp soon", "line 1: 'soon' cannot be read as timestamp"),
        ("!!bool maybe", "line 1: 'maybe' cannot be read as bool"),
        ('"\\Uffffffff"', "too large"),
    ],
)
def test_a_value_that_yaml_cannot_read_is_named(value, said):
    with pytest.raises(CodebookError, match=f"mine.yaml: .*{said}"):
        parse_codebook(originals.BOOK.replace("version: 3", f"version: {value}"), "mine.yaml")


def test_a_codebook_without_end_is_refused_before_it_is_parsed():
    with pytest.raises(CodebookError, match=r"mine.yaml: [\d,]+ characters, more than"):
        parse_codebook(originals.BOOK + "# " + "很" * LONGEST, "mine.yaml")


def test_of_mistakes_without_end_some_are_told():
    with pytest.raises(CodebookError) as told_of:
        parse_codebook(originals.BOOK.partition("themes:")[0] + f"themes: [{'1, ' * 300}1]", "mine.yaml")
    assert len(str(told_of.value).splitlines()) == 21
    assert str(told_of.value).endswith("and 282 further mistakes")


def rows(folder):
    """A table whose rows hold half a character in text, name and another column, and a good one."""
    said = [("a", SOURCE + "\ud800", ""), ("b\udc00", SOURCE, ""), ("c", SOURCE, "\ud800"), ("good", SOURCE, "")]
    lines = [json.dumps({"id": id, "text": text, "area": area}) for id, text, area in said]
    (folder / "rows.jsonl").write_text("\n".join(lines), "utf-8")
    return folder / "rows.jsonl"


@pytest.mark.parametrize(
    ("command", "output"),
    [
        pytest.param("report", "out", marks=pytest.mark.slow),
        ("segment", "s.parquet"),
        ("tag", "t.jsonl"),
        ("tag", "t.csv"),
        ("tables", "n.parquet"),
    ],
)
def test_half_a_character_costs_its_own_row(run, tmp_path, command, output):
    code, _, errors = run(command, rows(tmp_path), "-o", output)
    assert code == 3
    assert errors.count("holds half a character") == 2
    assert "rows.jsonl#2: read: its name is no UTF-8; name it anew" in errors
    assert "1 done, 3 failed" in errors


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_name_that_is_no_text_costs_its_own_file(run, tmp_path):
    (tmp_path / "in").mkdir()
    for name in (b"good.txt", b"\xff\xfe.txt"):
        (tmp_path / "in" / os.fsdecode(name)).write_text(SOURCE, "utf-8")
    code, _, errors = run("report", "in", "-o", "out")
    assert (code, "1 done, 1 failed" in errors) == (3, True)
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["counts"]["reports"] == 1
    assert list(pd.read_parquet(tmp_path / "out" / "failures.parquet")["reason"]) == ["its name is no UTF-8"]


def test_a_report_that_cannot_be_coded_costs_itself(tmp_path, monkeypatch):
    for n in range(3):
        (tmp_path / f"{n}.txt").write_text(SOURCE.replace("人手少", f"人手少{n}"), "utf-8")
    coder = originals.coder()
    usual = type(coder).predict_proba

    def picky(self, X):
        if X["text"].str.contains("人手少1").any():
            raise ArithmeticError("cannot count")
        return usual(self, X)

    monkeypatch.setattr(type(coder), "predict_proba", picky)
    done = list(gongkai.analyse_files([tmp_path], coder))
    assert [d.report.id for d in done if isinstance(d, gongkai.Analysis)] == ["0.txt", "2.txt"]
    assert [(f.stage, f.reason) for f in done if isinstance(f, gongkai.Failure)] == [("code", "ArithmeticError: cannot count")]


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED])
def test_a_damaged_member_is_named_whatever_packed_it(tmp_path, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a.txt", bytes(range(256)) * 40)
    raw = bytearray(buffer.getvalue())
    raw[50:80] = b"\xff" * 30
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(ReadError, match="damaged"):
        unpack(tmp_path / "a.zip", "a.txt", Limits())


def test_a_member_without_a_name_is_passed_over(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed([("", b"x"), ("a.txt", SOURCE.encode())]))
    done = list(gongkai.analyse_files([tmp_path], originals.coder()))
    assert [d.report.id for d in done if isinstance(d, gongkai.Analysis)] == ["a.zip/a.txt"]


@pytest.mark.parametrize("text", ["\ud800", "一、总体情况\n\ud800公開。\n", "\udfff公開\ud800" * 3])
def test_half_a_character_is_no_error_of_the_library(text):
    assert gongkai.analyse(Report("a.txt", text), originals.coder()).report.text == text


@pytest.mark.parametrize("version", [0, -1])
def test_a_study_of_no_version_is_refused(tmp_path, version):
    file = tmp_path / "study.db"
    open_study(file).close()
    with sqlite3.connect(file) as db:
        db.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StudyError, match=r"study\.db"):
        open_study(file)


def test_a_study_that_lost_a_table_is_no_traceback(run, tmp_path):
    file = tmp_path / "study.db"
    open_study(file).close()
    with sqlite3.connect(file) as db:
        db.execute("DROP TABLE codebooks")
    code, _, errors = run("export", file, "-o", "out.csv")
    assert code == 1
    assert "cannot be read or written (no such table: codebooks); give the latest copy of it" in errors


# Inputs by their seeds, as `benchmarks/nightly.py --only KIND -n 1 --seed N` runs them.
SEEDS = {"model": (3, 7, 12, 42, 57, 58, 59, 64, 80), "codebook": (0, 38, 81, 6235)}


@pytest.mark.parametrize(("kind", "seed"), [(k, s) for k, seeds in SEEDS.items() for s in seeds])
def test_inputs_that_once_ended_otherwise(kind, seed):
    judge = {"model": read_model, "codebook": read_codebook}[kind]
    assert judge(harmed(kind, seed)).end in ("success", "failure")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [("rows", 61), ("rows", 65), ("zip", 50), ("zip", 1053)])
def test_files_that_once_ended_otherwise(kind, seed):
    assert read_batch(kind, [harmed(kind, seed)])[0].end in ("success", "partial", "failure")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 14, 32, 172, 5006, 5120, 5209])
def test_studies_that_once_ended_otherwise(seed):
    assert read_study(harmed("study", seed)).end in ("success", "failure")

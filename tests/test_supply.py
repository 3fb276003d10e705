"""What comes from others: pinned for CI, loose for users, under licences that bind nobody, and nothing loaded that could run."""

from __future__ import annotations

import ast
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from conftest import ROOT
from licences import brought, licence, sort

LOCK = ROOT / ".ci" / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOOSE = [Requirement(r) for r in [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]]


def key(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned():
    lines = [line for line in LOCK.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    # A name and a version: no address, no path, no option.
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+]+", line)] == []
    return {key(name): Version(version) for name, _, version in (line.partition("==") for line in lines)}


def test_the_lock_pins_all_that_is_used_within_the_bounds_of_the_project():
    lock, wanted = pinned(), [r for r in LOOSE if r.name != "gongkai"]
    assert [r.name for r in wanted if key(r.name) not in lock] == []
    assert [str(r) for r in wanted if not r.specifier.contains(lock[key(r.name)], prereleases=True)] == []
    # Neither pip nor setuptools: they come with the environment.
    assert set(brought()) - {"setuptools"} <= set(lock)


def test_the_project_itself_binds_nobody_to_a_version():
    assert [str(r) for r in LOOSE if any(s.operator in ("==", "<", "<=", "~=", "===") for s in r.specifier)] == []
    assert [str(r) for r in LOOSE if r.url] == []


def test_no_licence_that_binds_others_is_brought_along():
    found = {name: sort(licence(name)) for name in brought()}
    assert len(found) > 60
    assert {name: licence(name) for name, kind in found.items() if kind != "free"} == {}


@pytest.mark.parametrize(
    ("said", "kind"),
    [("AGPL-3.0", "copyleft"), ("GNU General Public License v3 (GPLv3)", "copyleft"), ("LGPL-2.1-or-later", "lesser"), ("", "unknown")],
)
def test_licences_are_told_apart(said, kind):
    assert sort(said) == kind


# What runs code that stands in a file, and what goes by a shell.
FORBIDDEN = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "eval", "exec", "os.system", "yaml.unsafe_load", "mktemp"}


def test_nothing_is_used_that_runs_what_a_file_says():
    for file in sorted((ROOT / "pkg").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = set()
            if isinstance(node, ast.Import):
                names = {a.name for a in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {node.module or "", *(a.name for a in node.names)}
            elif isinstance(node, ast.Call):
                names = {ast.unparse(node.func)} | {ast.unparse(node.func).rpartition(".")[2]} & {"mktemp"}
                told = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert told.get("shell") in (None, "False"), file
                assert told.get("allow_pickle") in (None, "False"), file
                assert ast.unparse(node.func) not in ("joblib.load", "joblib.dump", "pd.read_pickle"), file
            # A cluster's machines, which run what they are sent anyway, hand reports on so.
            allowed = {"pickle"} if file.name == "engine_dask.py" else set()
            assert not names & FORBIDDEN - allowed, (file, names & FORBIDDEN)


def test_a_planted_dictionary_changes_no_word(tmp_path, monkeypatch):
    import marshal
    import tempfile

    from gongkai import words

    text = "信息更新不及时，公开渠道单一"
    before = list(words.words(text))
    for name in ("jieba.cache", "jieba.u.cache"):
        (tmp_path / name).write_bytes(marshal.dumps(({"更新不": 10**9, "渠道单": 10**9}, 10**9)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    words.tokenizer.cache_clear()
    assert list(words.words(text)) == before


def test_every_test_that_the_threats_name_is_there():
    said = (ROOT / "SECURITY.md").read_text("utf-8")
    last = ""
    for file, test in re.findall(r"`(test_\w+)?(?:::(test_\w+))?`", said):
        last = file or last
        text = (ROOT / "tests" / f"{last}.py").read_text("utf-8") if last else ""
        assert not test or f"def {test}(" in text, (last, test)


def test_ci_pins_and_no_registry_is_named():
    said = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "PIP_CONSTRAINT=.ci/requirements.lock" in said
    assert Path(ROOT / "SECURITY.md").is_file()

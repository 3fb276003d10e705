"""The disk fails at every step, fills up, or is another's: nothing half-written is taken for whole, and what was there stays."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import gongkai
from faults import Faults, held, room_for
from gongkai.corpus import CorpusError
from gongkai.errors import UserError
from gongkai.present import folder
from gongkai.present.folder import OURS, FolderError, check_folder, put
from gongkai.read import Limits, ReadError, read_found, walk
from gongkai.records import Failure
from gongkai.results import run_of, table_of
from gongkai.streamed import write_parts
from gongkai.together import told, write_together
from test_archive import fill
from test_archive import held as data_set
from test_archive import write as write_set
from test_cli import A, B

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fails as POSIX does")
SOME = ("index.html", "tables.xlsx", "statements.parquet", "run.json")
OLD = {name: f"old {name}".encode() for name in SOME} | {"run.json": b'{"program": "gongkai", "made": "old"}'}
NEW = {name: f"new {name}".encode() for name in SOME} | {"run.json": b'{"program": "gongkai", "made": "new"}'}
FEWER = {name: NEW[name] for name in ("index.html", "tables.xlsx", "run.json")}


def every(monkeypatch, root, act):
    """Do something once for each of its steps on disk, with that step failing, and yield the fault, the error and what is there then."""
    n = 1
    while True:
        fault, error = Faults(root, n), None
        with fault.on(monkeypatch):
            try:
                act()
            except (OSError, UserError, SystemExit) as caught:
                error = caught
        if not fault.hit:
            assert n > 1
            return
        yield fault, error
        n += 1


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.mark.parametrize("before", [OLD, {}], ids=["again", "first"])
def test_a_run_is_put_into_its_folder_as_a_whole_or_not_at_all(tmp_path, monkeypatch, before):
    out = tmp_path / "out"
    if before:
        put(out, before)
    for fault, error in every(monkeypatch, out, lambda: put(out, NEW)):
        # A folder may be there already, and a file system know no second names.
        if error is None:
            assert fault.seen[-1][0] == "link" or ("mkdir", str(out)) in fault.seen
            assert held(out) == NEW
        else:
            assert str(out) in str(error)
            assert held(out) == before if out.exists() else not before
        put(out, before) if before else [p.unlink() for p in out.glob("*")]
    put(out, FEWER)
    assert held(out) == FEWER


@pytest.mark.slow
@pytest.mark.parametrize("after", [NEW, FEWER], ids=["report", "report of a data set"])
def test_a_folder_whose_run_was_killed_is_old_new_or_said_to_be_unfinished(tmp_path, monkeypatch, after):
    out, n, found = tmp_path / "out", 0, set()
    while "new" not in found:
        n += 1
        put(out, OLD)
        child = os.fork()
        if not child:
            fault = Faults(out, n)
            monkeypatch.setattr(fault, "count", lambda what, path, told=True, fault=fault: _end(fault, path))
            with fault.on(monkeypatch):
                put(out, after)
            os._exit(0)
        os.waitpid(child, 0)
        there = {p.name: p.read_bytes() for p in out.iterdir() if not p.name.startswith(".")}
        try:
            made = run_of(out)["made"]
            assert there == {"old": OLD, "new": after}[made]
            found.add(made)
        except UserError:
            found.add("unfinished")
            with pytest.raises(UserError, match=r"unfinished.*run gongkai report again"):
                table_of(out, "statements")
            check_folder(out)
        assert n < 400
    assert found == {"old", "unfinished", "new"}
    put(out, NEW)
    assert held(out) == NEW


def _end(fault, path):
    if fault.below(path):
        fault.seen.append(path)
        if len(fault.seen) == fault.n:
            os.kill(os.getpid(), signal.SIGKILL)


def test_runs_into_one_folder_at_a_time_leave_that_of_one_of_them(tmp_path, monkeypatch):
    runs = [{name: f"{n} {name}".encode() * 50_000 for name in OURS} for n in range(4)]
    threads = [threading.Thread(target=put, args=(tmp_path / "out", run)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held(tmp_path / "out") in runs
    from filelock import FileLock

    monkeypatch.setattr(folder, "_PATIENCE", 0)
    with FileLock(tmp_path / "out" / ".gongkai.lock"), pytest.raises(FolderError, match="another run is writing there; wait"):
        put(tmp_path / "out", NEW)


def test_files_that_belong_together_are_all_old_or_all_new(tmp_path, monkeypatch):
    old, new = {"a": b"1", "b/c": b"2"}, {"a": b"3", "b/c": b"4", "d": b"5"}
    write_together(tmp_path, old.items())
    for _, error in every(monkeypatch, tmp_path, lambda: write_together(tmp_path, new.items())):
        files = {name: content for name, content in held(tmp_path).items() if content is not None}
        assert files == (new if error is None else old)
        assert error is None or str(tmp_path) in told(error)
        (tmp_path / "d").unlink(missing_ok=True)
        write_together(tmp_path, old.items())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a.csv"), "a.csv: No space left on device; there is no room"),
        (OSError(errno.EROFS, "Read-only file system", "a.csv"), "a.csv: Read-only file system; give a place where you may"),
        (OSError(errno.ENOSPC, "No space left on device"), r"TMPDIR"),
        (OSError(errno.ESRCH, "No such process", "x"), "x: No such process; check that it is there"),
        (OSError("odd"), "^odd$"),
        (sqlite3.OperationalError("no such table: items"), "the database: cannot be .*give the latest copy"),
    ],
)
def test_an_error_of_the_system_is_told_with_its_file_and_a_cure(error, words):
    import re

    assert re.search(words, told(error))


def test_a_table_in_parts_is_there_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    import pandas as pd

    parts = [pd.DataFrame({"a": [n], "b": [str(n)]}) for n in range(3)]
    for ending in (".csv", ".jsonl", ".parquet"):
        file = tmp_path / f"t{ending}"
        file.write_bytes(b"old")
        for _, error in every(monkeypatch, tmp_path, lambda file=file: write_parts(iter(parts), file)):
            assert list(tmp_path.iterdir()) == [file]
            assert (file.read_bytes() == b"old") == (error is not None)
            file.write_bytes(b"old")
        file.unlink()


@pytest.mark.slow
def test_a_full_standard_output_is_an_error(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"report": "a", "start": 0, "end": 2, "text": "正文", "role": "problem", "themes": []}\n', "utf-8")
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    code = "import sys; from gongkai import cli; sys.argv = ['gongkai', 'spread', 'a.jsonl', '-o', '-']; cli.main()"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


# What changes while it is read

TITLE = "柳泉县青禾镇2021年政府信息公开工作年度报告"


def table_bytes(kind):
    return {"csv": f"id,text\n1,{TITLE}\n", "jsonl": f'{{"text": "{TITLE}"}}\n', "txt": TITLE, "html": f"<p>{TITLE}</p>"}[kind].encode()


def torn(file):
    file.write_bytes(file.read_bytes().strip()[:-25])


def a_folder(file):
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("change", [Path.unlink, a_folder, torn, lambda f: f.write_bytes(b"\0\xd8" * 40), lambda f: f.write_bytes(b"")])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt", pytest.param("html", marks=pytest.mark.slow)])
def test_a_file_that_changes_after_it_was_listed_costs_itself(tmp_path, kind, change):
    for name in ("a.txt", "z.txt"):
        (tmp_path / name).write_text(f"{name}{TITLE}", "utf-8")
    (tmp_path / f"m.{kind}").write_bytes(table_bytes(kind))
    files = walk([tmp_path]).found.values()
    change(tmp_path / f"m.{kind}")
    first, changed, last = read_found(files)
    assert isinstance(changed, Failure)
    assert changed.cure
    assert (first.text, last.text) == (f"a.txt{TITLE}", f"z.txt{TITLE}")


def test_a_file_that_grows_while_it_is_read_is_read_to_its_limit(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    file.write_text(TITLE * 30_000, "utf-8")
    before, stat = os.stat_result((0o100644, *[1] * 9)), Path.stat
    monkeypatch.setattr(Path, "stat", lambda self, **how: before if self == file else stat(self, **how))
    with pytest.raises(ReadError, match="over the limit of 1 MB"):
        gongkai.read(file, limits=Limits(megabytes=1))


# The study of the review


def study_of(path, n=40):
    pytest.importorskip("fastapi", reason="needs gongkai[review]")
    from review_study import large_study

    return large_study(path, n)


def test_a_study_on_a_disk_that_fills_up_keeps_what_was_saved_and_goes_on(tmp_path):
    from gongkai.review.changes import code
    from gongkai.review.rebuild import check
    from gongkai.review.store import open_study
    from review_study import coded

    study, saved, failed = tmp_path / "study.db", [], []
    study_of(study).close()
    with closing(open_study(study)) as db:
        size = study.stat().st_size
        for i in range(1, 41):
            # A page more each time, and none left for the rest.
            with room_for(size // 4096 * 4096 // 2 + 4096 * i if i % 2 else 1 << 40):
                try:
                    saved.append((i, code(db, i, "甲", coded(i))))
                except sqlite3.Error as error:
                    failed.append(error.__notes__)
        assert failed == [[str(study)]] * len(failed) != []
        assert saved
        assert check(db) == []
    with closing(open_study(study, create=False)) as db:
        assert [r[0] for r in db.execute("SELECT statement FROM codes WHERE coder = '甲' ORDER BY statement")] == [i for i, _ in saved]
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_study_that_another_program_writes_is_waited_for_and_then_named(tmp_path, monkeypatch):
    from gongkai.review import store
    from gongkai.review.changes import code
    from review_study import coded

    monkeypatch.setattr(store, "_WAIT", 0.1)
    study = tmp_path / "study.db"
    study_of(study).close()
    with closing(store.open_study(study)) as db, closing(sqlite3.connect(study, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(store.StudyError, match=r"written by another program .*try again, or close that program"):
            code(db, 1, "甲", coded(1))
        other.execute("ROLLBACK")
        assert code(db, 1, "甲", coded(1))


# Whole commands, step by step: slow


@contextmanager
def reports(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.txt").write_text(A, "utf-8")
    yield source
    (source / "b.txt").write_text(B, "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", ["report", "tag t.csv", "tag t.parquet", "tag t.xlsx", "tag t.dta", "segment t.jsonl"])
def test_every_step_of_a_command(run, tmp_path, monkeypatch, command):
    name, _, file = command.partition(" ")
    out = tmp_path / "made"
    args = (name, "in", "-o", out / file if file else out, *(["--force"] if file else []))
    with reports(tmp_path):
        assert run(*args)[0] == 0
    before, codes = held(out), []
    for fault, _ in every(monkeypatch, out, lambda: codes.append(run(*args))):
        code, _, said = codes.pop()
        if code:
            assert code == 1
            assert held(out) == before, fault.seen[-1]
            assert f"gongkai: {out}" in said
            assert "; there is no room" in said
        else:
            assert held(out) != before
            (tmp_path / "in" / "b.txt").unlink()
            run(*args)
            assert held(out) == before
            (tmp_path / "in" / "b.txt").write_text(B, "utf-8")


@pytest.mark.slow
def test_every_step_of_a_data_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = fill(Path("reports"), range(3))
    write_set(source, Path("fresh"))
    fresh = data_set(Path("fresh"))
    n = 0
    while True:
        n += 1
        out = Path(f"set{n}")
        out.mkdir()
        fault = Faults(out, n)
        with fault.on(monkeypatch):
            try:
                write_set(source, out)
                failed = ""
            except CorpusError as error:
                failed = str(error)
        if not fault.hit:
            break
        if failed:
            assert str(out) in failed
            assert "disk is full" in failed
            with pytest.raises(CorpusError):
                gongkai.open_corpus(out)
        write_set(source, out, resume=True)
        assert data_set(out) == fresh, fault.seen[-1]
    assert n > 20


@pytest.mark.slow
def test_every_step_of_saving_a_model(tmp_path, monkeypatch):
    coder, place = gongkai.load(), tmp_path / "m"
    gongkai.save(coder, place, {"made": "old"})
    old = held(place)
    for fault, error in every(monkeypatch, place, lambda: gongkai.save(coder, place, {"made": "new"})):
        if error is not None:
            assert str(place) in str(error)
            assert held(place) == old, fault.seen[-1]
        gongkai.load(place)
        gongkai.save(coder, place, {"made": "old"})


@pytest.mark.slow
@pytest.mark.parametrize("n", range(1, 19))
def test_a_model_whose_saving_was_killed_is_old_new_or_refused(tmp_path, monkeypatch, n):
    from gongkai.store import ModelError, facts_of

    coder, place = gongkai.load(), tmp_path / "m"
    gongkai.save(coder, place, {"made": "old"})
    with monkeypatch.context() as patch:
        # Other weights, as after another training.
        patch.setattr(coder, "thresholds_", coder.thresholds_ / 2)
        child = os.fork()
        if not child:
            fault = Faults(place, n)
            patch.setattr(fault, "count", lambda what, path, told=True: _end(fault, path))
            with fault.on(monkeypatch):
                gongkai.save(coder, place, {"made": "new"})
            os._exit(0)
        os.waitpid(child, 0)
    try:
        loaded = gongkai.load(place)
    except ModelError as error:
        refused = str(error)
    else:
        same = (loaded.thresholds_ == coder.thresholds_).all()
        assert facts_of(place) == {"made": "old" if same else "new"}
        return
    assert "does not belong to model.json" in refused


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "xlsx", "doccano", "dataset", "qdpx"])
def test_every_step_of_an_export(run, tmp_path, monkeypatch, name):
    study_of(tmp_path / "study.db").close()
    from gongkai.review.store import open_study
    from review_study import code_some

    out, ending = tmp_path / "made", {"doccano": "jsonl", "dataset": ""}.get(name, name)
    file = out / f"codes.{ending}" if ending else out / "set"
    args = ("export", "study.db", "-o", file, "--format", name, "--force", "--coder", "甲")
    assert run(*args)[0] == 0
    with closing(open_study(tmp_path / "study.db")) as db:
        code_some(db, "甲", [1, 2])
    before, codes = held(out), []
    for fault, _ in every(monkeypatch, out, lambda: codes.append(run(*args))):
        code, _, said = codes.pop()
        assert code in (0, 1)
        if code:
            assert held(out) == before, fault.seen[-1]
            assert f"gongkai: {file}" in said
        else:
            assert held(out) != before
            for name, content in before.items():
                if content is not None:
                    (out / name).write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("kilobytes", [16, 64, 256, 1024])
def test_a_disk_that_is_really_full(run, tmp_path, kilobytes):
    small = tmp_path / "small"
    small.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", small], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        with reports(tmp_path):
            pass
        for args in (("report", "in", "-o", small / "out"), ("tag", "in", "-o", small / "t.csv"), ("corpus", "in", "-o", small / "set")):
            code, _, said = run(*args)
            assert code in (0, 1)
            assert "Traceback" not in said
            if code:
                assert str(small) in said
                assert "no room" in said or "disk is full" in said
        whole = small / "out"
        assert not whole.exists() or not any(whole.iterdir()) or len(run_of(whole)["reports"]) == 2
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["report in -o ro/out", "tag in -o ro/t.csv", "corpus in -o ro/set"])
def test_a_place_where_nobody_may_write_is_named(run, tmp_path, monkeypatch, command):
    with reports(tmp_path):
        (tmp_path / "ro").mkdir()
    # Root may write anywhere: as the system answers others.
    fault = Faults(tmp_path / "ro", 1, errno.EROFS, on=True)
    with fault.on(monkeypatch):
        code, _, said = run(*command.split())
    assert code == 1
    assert "gongkai: ro" in said
    assert "give a place where you may" in said or "give another folder" in said
    assert list((tmp_path / "ro").iterdir()) == []

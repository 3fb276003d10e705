"""`gongkai review` as a program: one for a study, an address that stays, a clean end, and what follows an unclean one."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from urllib.parse import urljoin, urlsplit

import pytest

from gongkai.review.door import key_of
from gongkai.review.serve import Running, alone, answers, listen
from gongkai.review.store import StudyError, open_study

GONGKAI = [sys.executable, "-W", "ignore", "-m", "gongkai", "review"]


@contextmanager
def program(folder, *args):
    """The program in a folder; gives the process once it told its address, which is `process.address`."""
    opened = folder / "opened.txt"
    opener = folder / "opener.sh"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    env = {**os.environ, "BROWSER": f"{opener} %s", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([*GONGKAI, *args], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        process.told = ""
        while "http://127.0.0.1:" not in process.told and (line := process.stdout.readline()):
            process.told += line
        process.url = process.told[process.told.rindex("http://") :].split()[0]
        process.address = process.url.removeprefix("http://").partition("/")[0]
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def get(url, **headers):
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=5)) as connection:
        connection.request("GET", parts._replace(scheme="", netloc="").geturl(), headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer


def opens(url):
    """Whether an address gives a cookie that opens the page it leads to."""
    answer = get(url)
    return answer.status == 303 and get(urljoin(url, answer.headers["location"]), Cookie=answer.headers["set-cookie"]).status == 200


def opened_in(folder, n):
    file, end = folder / "opened.txt", time.monotonic() + 10
    while time.monotonic() < end and (not file.exists() or len(file.read_text().split()) < n):
        time.sleep(0.05)
    return file.read_text().split()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")
def test_one_program_for_a_study_at_one_address(tmp_path):
    with program(tmp_path, "--coder", "甲") as first:
        assert first.url == f"http://{first.address}/?key={key_of(tmp_path / 'study.db')}"
        assert opens(first.url)
        # What a browser is started with, which every user of the machine can read, opens once.
        [ticket] = opened_in(tmp_path, 1)
        assert ticket.startswith(f"http://{first.address}/?key=")
        assert (opens(ticket), opens(ticket)) == (True, False)
        with program(tmp_path) as second:
            assert second.wait(20) == 0
            assert second.url == first.url
            assert "open already" in second.told
        assert opens(opened_in(tmp_path, 2)[1])
        assert (tmp_path / "study.db-wal").exists()
        first.send_signal(signal.SIGINT)
        assert first.wait(20) == 0
        assert "ended" in first.stdout.read()
    assert not (tmp_path / "study.db-wal").exists()
    with program(tmp_path, "--no-browser") as killed:
        assert killed.url == first.url
        killed.kill()
        killed.wait()
        with program(tmp_path, "--no-browser") as heir:
            assert heir.url == first.url
            assert opens(heir.url)
            heir.send_signal(signal.SIGTERM)
            assert heir.wait(20) == 0
    # The file alone is the whole study.
    assert not (tmp_path / "study.db-wal").exists()
    with open_study(tmp_path / "study.db") as db:
        assert [r["name"] for r in db.execute("SELECT name FROM coders")] == ["甲"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")
def test_reports_are_loaded_once_and_not_behind_the_back_of_an_open_page(tmp_path, sample):
    reports = tmp_path / "reports"
    reports.mkdir()
    for file in sorted(sample.glob("*.txt"))[:2]:
        shutil.copy(file, reports)
    with program(tmp_path, "reports", "--db", "own.db", "--no-browser") as first:
        with open_study(tmp_path / "own.db") as db:
            assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 2
        with program(tmp_path, "reports", "--db", "own.db", "--no-browser") as second:
            assert second.wait(20) == 1
            said = second.told + second.stdout.read()
            assert "nothing was loaded of reports" in said
            assert "没有装入 reports" in said
            assert first.url in said
        with open_study(tmp_path / "own.db") as db:
            assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 2
        assert opens(first.url)


@pytest.mark.parametrize(
    ("files", "args", "code", "said"),
    [
        ({"a.db": None, "b.db": None}, [], 2, "a.db, b.db"),
        ({"x.db": "no study"}, ["--db", "x.db"], 1, "x.db is no study"),
        ({}, ["--db", "."], 1, "is a folder"),
        ({}, ["--port", "70000"], 2, "--port"),
        ({}, ["nothing/here", "--db", "n.db"], 1, "nothing"),
        ({}, ["--coder", "=", "--db", "n.db"], 1, "'='"),
        ({}, ["--codebook", "no.yaml", "--db", "n.db"], 1, "no.yaml"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_line(run, tmp_path, files, args, code, said):
    for name, text in files.items():
        if text is None:
            open_study(tmp_path / name).close()
        else:
            (tmp_path / name).write_text(text)
    left, out, err = run("review", *args, "--no-browser")
    assert left == code, err
    assert said in err
    assert "Traceback" not in err
    assert out == ""


REPORT = "柳泉县青禾镇2021年政府信息公开工作年度报告\n五、存在的主要问题及改进情况\n一是信息更新不及时。\n二是人手不足。\n"
HEADS = "report,start,end,text\n"


@pytest.fixture
def loaded(run, monkeypatch, tmp_path):
    """Run `gongkai review` without serving; gives (exit code, standard error, the files that are new)."""
    monkeypatch.setattr("gongkai.review.serve.serve", lambda *_, **__: None)
    for name, content in {
        "bad.docx": b"PK\x03\x04 torn", "other.csv": b"a,b\n1,2\n", "place.csv": f"{HEADS}a,1,x,b\n".encode(), "none.csv": HEADS.encode(),
        "blank.csv": f"{HEADS}a,1,4,\n".encode(), "what.xyz": b"?", "good.txt": REPORT.encode(), "good.csv": f"{HEADS}a,0,3,abc\n".encode(),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.xlsm").write_bytes(b"?")
    before = set(os.listdir(tmp_path))

    def call(*args):
        code, out, err = run("review", *args, "--db", "n.db")
        assert "Traceback" not in err
        assert out == ""
        return code, err, set(os.listdir(tmp_path)) - before

    return call


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["missing"], ["missing: find: no such file or folder", "spelling"]),
        (["empty"], ["empty: find: holds no report", "give a folder"]),
        (["empty", "pictures"], ["empty: find:", "pictures: find:"]),
        (["bad.docx"], ["bad.docx: read: is a damaged Word file", "save it again"]),
        (["what.xyz"], ["what.xyz: read: no reader for .xyz", "save it as one of"]),
        (["other.csv"], ["other.csv: read: has no column of texts", "columns report, start, end, text"]),
        (["place.csv"], ["place.csv: cannot be read (row 1: end 'x' is no number)"]),
        (["none.csv"], ["none.csv: holds no statement; give"]),
        (["blank.csv", "place.csv"], ["blank.csv: load: statement 1 of the table has no text; give", "place.csv: load:"]),
        (["good.txt", "--metadata", "no.csv"], ["no.csv: no such file"]),
        (["good.txt", "--model", "empty"], ["empty"]),
    ],
)
def test_what_cannot_be_loaded_is_named_and_leaves_nothing_behind(loaded, args, said):
    code, err, new = loaded(*args)
    assert code == 1
    assert new == set()
    assert "statements added" not in err
    for words in said:
        assert words in err


def test_what_cannot_be_loaded_leaves_a_study_as_it_was(loaded, tmp_path):
    open_study(tmp_path / "n.db").close()
    code, _, new = loaded("missing")
    assert (code, new) == (1, {"n.db", "n.db.lock"})


def test_a_port_that_is_taken_takes_no_loaded_report_away(loaded, monkeypatch):
    def taken(*_, **__):
        raise StudyError("port 1 cannot be used; give another one")

    monkeypatch.setattr("gongkai.review.serve.serve", taken)
    assert loaded()[::2] == (1, set())
    code, err, new = loaded("good.txt")
    assert (code, "n.db" in new, "port 1 cannot be used" in err) == (1, True, True)


def test_of_several_inputs_the_bad_ones_are_named_and_the_others_loaded(loaded, tmp_path):
    code, err, _ = loaded("bad.docx", "good.txt", "blank.csv", "empty", "missing", "good.csv")
    assert code == 0
    assert "3 statements added, 0 known already, from 2 new reports" in err
    assert "4 inputs or files could not be loaded" in err
    for name in ("bad.docx", "blank.csv", "empty", "missing"):
        assert f"gongkai: {name}: " in err


def test_a_long_load_says_how_far_it_is(loaded, tmp_path, monkeypatch):
    monkeypatch.setattr("gongkai.options._QUIET", 0)
    (tmp_path / "many.csv").write_text(HEADS + "".join(f"r{n},0,7,更新不够及时。\n" for n in range(3)), "utf-8")
    for n in range(3):
        (tmp_path / "pictures" / f"{n}.txt").write_text(REPORT, "utf-8")
    _, err, _ = loaded("many.csv", "pictures")
    lines = [line.removeprefix("gongkai: ") for line in err.splitlines()]
    told = ["many.csv: reading the statements", "reading and coding the reports of 3 files", "1 / 3 份", "2 / 3 份"]
    told += ["coding 3 statements of 3 reports, which have no codes of the model", "1 / 3 份", "2 / 3 份"]
    assert [line for line in lines if not line.startswith("note")] == told


def test_nothing_is_loaded_into_a_study_that_is_open_elsewhere(loaded, tmp_path, monkeypatch):
    monkeypatch.setattr("gongkai.review.serve._PATIENCE", 0.1)
    with alone(tmp_path / "n.db") as db:
        code, err, _ = loaded("good.txt")
        assert code == 1
        assert "nothing was loaded of good.txt; end that program (Ctrl-C in its window)" in err
        assert "没有装入 good.txt；请先结束那个程序" in err
        assert db.execute("SELECT count(*) FROM reports").fetchone()[0] == 0


def test_a_study_is_held_by_one(tmp_path):
    file = tmp_path / "study.db"
    with alone(file):
        pass
    assert file.exists()
    (tmp_path / "study.db.lock").write_text("left behind")
    with alone(file) as db:
        assert db.execute("SELECT count(*) FROM statements").fetchone()[0] == 0


@pytest.mark.parametrize("left", [None, "", "short", "x" * 43 + "!"])
def test_the_key_stays_with_the_study_and_is_its_owners(tmp_path, left):
    study, file = tmp_path / "study.db", tmp_path / "study.db.key"
    if left is not None:
        file.write_text(left)
    key = key_of(study)
    assert len(key) == 43
    assert key != key_of(tmp_path / "other.db")
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
        file.chmod(0o644)
        assert key_of(study) == key
        assert file.stat().st_mode & 0o777 == 0o600
    assert key_of(study) == key


@pytest.mark.skipif(os.name != "posix", reason="links as POSIX has them")
def test_a_key_that_somebody_else_laid_down_is_not_used(tmp_path):
    laid = tmp_path / "laid"
    laid.write_text("k" * 43)
    (tmp_path / "study.db.key").symlink_to(laid)
    assert key_of(tmp_path / "study.db") != "k" * 43
    assert laid.read_text() == "k" * 43


def test_a_folder_that_takes_no_key_is_said(tmp_path):
    (tmp_path / "study.db.key").mkdir()
    with pytest.raises(StudyError, match=r"study\.db\.key"):
        key_of(tmp_path / "study.db")


def test_a_study_held_by_a_program_that_does_not_answer(tmp_path, monkeypatch):
    from gongkai.review import serve

    monkeypatch.setattr(serve, "_PATIENCE", 0.1)
    with alone(tmp_path / "study.db"), pytest.raises(Running) as held, alone(tmp_path / "study.db"):
        pass
    assert held.value.address == ""


def test_ports():
    with listen(None) as first:
        taken = first.getsockname()[1]
        first.listen()
        with pytest.raises(StudyError, match=str(taken)):
            listen(taken)
        with listen(None, taken) as other:
            assert other.getsockname()[1] != taken
        assert first.getsockname()[0] == "127.0.0.1"
    with listen(None, taken) as again:
        assert again.getsockname()[1] == taken


def test_nobody_answers_at_a_port_that_is_free():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert not answers(f"http://127.0.0.1:{free.getsockname()[1]}/")


@pytest.mark.parametrize("served", [False, True])
def test_an_error_takes_away_only_a_study_that_nobody_could_work_in(tmp_path, served):
    study = tmp_path / "study.db"

    def fails():
        with alone(study) as db:
            if served:
                db.execute("INSERT INTO meta VALUES ('address', 'http://127.0.0.1:1/')")
            raise OSError("disk full")

    with pytest.raises(OSError, match="full"):
        fails()
    assert study.exists() == served

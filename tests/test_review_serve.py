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
from contextlib import contextmanager

import pytest

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
        process.address = process.told.rpartition("http://")[2].partition("/")[0]
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def get(address, path="/"):
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", path)
    return connection.getresponse().status


def opened_in(folder, n):
    file, end = folder / "opened.txt", time.monotonic() + 10
    while time.monotonic() < end and (not file.exists() or len(file.read_text().split()) < n):
        time.sleep(0.05)
    return file.read_text().split()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")
def test_one_program_for_a_study_at_one_address(tmp_path):
    with program(tmp_path, "--coder", "甲") as first:
        assert get(first.address) == 200
        assert opened_in(tmp_path, 1) == [f"http://{first.address}/"]
        with program(tmp_path) as second:
            assert second.wait(20) == 0
            assert second.address == first.address
            assert "open already" in second.told
        assert opened_in(tmp_path, 2) == [f"http://{first.address}/"] * 2
        assert (tmp_path / "study.db-wal").exists()
        first.send_signal(signal.SIGINT)
        assert first.wait(20) == 0
        assert "ended" in first.stdout.read()
    assert not (tmp_path / "study.db-wal").exists()
    with program(tmp_path, "--no-browser") as killed:
        assert killed.address == first.address
        killed.kill()
        killed.wait()
        with program(tmp_path, "--no-browser") as heir:
            assert heir.address == first.address
            assert get(heir.address) == 200
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
            assert second.wait(20) == 0
            assert "nothing was loaded" in second.told + second.stdout.read()
        assert get(first.address, "/coder") == 200


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


def test_a_study_is_held_by_one(tmp_path):
    file = tmp_path / "study.db"
    with alone(file):
        pass
    assert file.exists()
    (tmp_path / "study.db.lock").write_text("left behind")
    with alone(file) as db:
        assert db.execute("SELECT count(*) FROM statements").fetchone()[0] == 0


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

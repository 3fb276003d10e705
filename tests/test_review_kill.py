"""The program is killed at random moments, with no time to clear up: what it answered as saved is there, and nothing is there by half.

GONGKAI_KILLS says how often (50).
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="needs gongkai[review]")

from gongkai.review.door import key_of
from gongkai.review.rebuild import check
from gongkai.review.store import open_study
from gongkai.review.uploads import Shelf, is_intact, uploads
from review_study import coded, large_study

KILLS = int(os.environ.get("GONGKAI_KILLS", "50"))
STATEMENTS = 2_000
# Forks a process for each command, which then runs as the command does from its start: what takes long is only to import.
NURSERY = """
import json, os, signal, sys, tempfile
from pathlib import Path
import gongkai.cli
from gongkai.review.app import create_app
from gongkai.review import load, serve, uploads
with tempfile.TemporaryDirectory() as folder:
    create_app(Path(folder) / "study.db")
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    given = json.loads(line)
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(log, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["gongkai", *given["args"]]
        try:
            gongkai.cli.main()
        except SystemExit as end:
            os._exit(end.code if isinstance(end.code, int) else bool(end.code))
        finally:
            os._exit(0)
    print(child, flush=True)
"""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="kills as POSIX does")]


@pytest.fixture(scope="module")
def nursery():
    place = os.pathsep.join(p for p in sys.path if p)
    # A thread of its own in a numerical library would not survive a fork.
    env = {**os.environ, "PYTHONPATH": place, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout.readline() == "ready\n"
    yield process
    process.stdin.close()
    process.wait()


class Started:
    """A command that runs in a process of its own until it is killed."""

    def __init__(self, nursery, log, *args):
        self.log = log
        nursery.stdin.write(json.dumps({"args": [str(a) for a in args], "log": str(log)}) + "\n")
        nursery.stdin.flush()
        self.pid = int(nursery.stdout.readline())

    def runs(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self):
        """Kill it, and say whether it was still running."""
        was = self.runs()
        if was:
            os.kill(self.pid, signal.SIGKILL)
        while self.runs():
            time.sleep(0.002)
        return was


def free_port():
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Site:
    """A study that is served, killed and served again at the same port."""

    def __init__(self, nursery, folder, study):
        self.nursery, self.folder, self.study, self.port = nursery, folder, study, free_port()
        self.command = None
        # As a browser has it that opened the address with the key.
        self.entry = {"Cookie": f"gongkai-{self.port}={key_of(study)}"}

    def start(self):
        args = ("review", "--db", self.study, "--no-browser", "--port", self.port, "--coder", "甲")
        self.command = Started(self.nursery, self.folder / "log", *args)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self.command.runs(), (self.folder / "log").read_text()
            try:
                with self.connected() as connection:
                    connection.request("GET", "/look", headers=self.entry)
                    page = connection.getresponse().read().decode()
                self.token = re.search(r'"X-CSRF-Token": "([^"]+)"', page)[1]
                return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("does not answer")

    @contextmanager
    def connected(self):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            yield connection

    def post(self, connection, url, body):
        headers = {**self.entry, "X-CSRF-Token": self.token, "Content-Type": "application/json", "Accept": "application/json"}
        connection.request("POST", url, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture
def site(nursery, tmp_path):
    study = tmp_path / "study.db"
    large_study(study, STATEMENTS).close()
    made = Site(nursery, tmp_path, study)
    yield made
    if made.command:
        made.command.kill()


class Worker(threading.Thread):
    """A browser that works as fast as it can, and remembers what it was told is saved; `doubtful` is what it had no answer to."""

    def __init__(self, site, seed, first):
        super().__init__()
        self.site, self.random, self.at = site, random.Random(seed), first
        self.saved, self.doubtful, self.refused = [], None, []

    def run(self):
        try:
            with self.site.connected() as connection:
                while True:
                    self.step(connection)
        except (OSError, http.client.HTTPException, ValueError):
            return

    def step(self, connection):
        self.at = self.at % (STATEMENTS - 40) + 2
        kind = self.random.choices(["code", "undo", "split", "merge"], [20, 3, 1, 1])[0]
        request, state = str(uuid.uuid4()), coded(self.random.randrange(1000))
        said = {"role": state.role, "themes": sorted(state.themes), "status": "coded", "note": f"第{self.at}句"}
        url, body = {
            "code": (f"/code/{self.at}?order=unreviewed", said),
            "undo": ("/undo?order=unreviewed", {}),
            "split": (f"/split/{self.at}?order=unreviewed", {"at": 9, "sure": True}),
            "merge": (f"/merge/{self.at}?order=unreviewed", {"second": self.at + 1, "sure": True}),
        }[kind]
        body = {**body, "request": request}
        self.doubtful = (url, body)
        status, answer = self.site.post(connection, url, body)
        self.doubtful = None
        if status != 200:
            # Somebody cut or joined this statement in the meantime.
            self.refused.append((status, answer))
        elif answer["change"]:
            self.saved.append((answer["change"], kind, self.at, request, said))


def lost(db, saved):
    """The changes that were told to be saved and are not there as they were told."""
    found = []
    for change, kind, statement, request, said in saved:
        row = db.execute("SELECT * FROM changes WHERE id = ?", (change,)).fetchone()
        if not row or (row["kind"], row["request"]) != (kind, request):
            found.append((change, kind, statement, "not there"))
        elif kind == "code":
            after = json.loads(row["after"])
            if (row["statement"], {**after, "themes": sorted(after["themes"])}) != (statement, said):
                found.append((change, kind, statement, after))
    return found


def sent_again(site, doubtful):
    """Send what had no answer once more, twice, as a page does when the program is back; return the request texts that were done."""
    done = []
    with site.connected() as connection:
        for url, body in doubtful:
            first, again = site.post(connection, url, body), site.post(connection, url, body)
            assert first[0] in (200, 409)
            assert first[0] != 200 or again[1]["change"] == first[1]["change"]
            done += [body["request"]] if first[0] == 200 and first[1]["change"] else []
    return done


def test_nothing_that_was_shown_as_saved_is_lost(site):
    chance, saved, doubtful, again = random.Random(1), [], [], []
    for n in range(KILLS):
        site.start()
        again += sent_again(site, doubtful)
        workers = [Worker(site, n * 2 + w, 1 + (n * 2 + w) * 37 % STATEMENTS) for w in range(2)]
        for worker in workers:
            worker.start()
        until = time.monotonic() + 20
        while not all(w.saved for w in workers) and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.4))
        assert site.command.kill()
        for worker in workers:
            worker.join()
            assert worker.saved, "nothing was saved before the end"
            assert {status for status, _ in worker.refused} <= {409}
        fresh = [s for w in workers for s in w.saved]
        saved, doubtful = saved + fresh, [w.doubtful for w in workers if w.doubtful]
        with closing(open_study(site.study, create=False)) as db:
            assert lost(db, fresh) == [], f"kill {n + 1}"
            assert check(db) == [], f"kill {n + 1}"
    with closing(open_study(site.study, create=False)) as db:
        assert lost(db, saved) == []
        requests = [r[0] for r in db.execute("SELECT request FROM changes ORDER BY id")]
        assert set(again) <= set(requests)
        assert len(requests) == len(set(requests))
        assert db.execute("SELECT max(id) FROM changes").fetchone()[0] == len(requests)
        print(
            f"\n{KILLS} kills: {len(saved)} changes told as saved, {len(lost(db, saved))} lost, {len(again)} without an answer sent again"
        )


def sends(site, content, name, answers):
    """Upload a file in pieces; `answers` gets what came back."""
    head = f'--XX\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + b"\r\n--XX--\r\n"
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=30)) as sock:
        lines = [
            "POST /look HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"X-CSRF-Token: {site.token}", "Accept: application/json",
            f"Cookie: {site.entry['Cookie']}",
            "Content-Type: multipart/form-data; boundary=XX", f"Content-Length: {len(body)}", "Connection: close", "", "",
        ]  # fmt: skip
        try:
            sock.sendall("\r\n".join(lines).encode())
            for at in range(0, len(body), 200_000):
                sock.sendall(body[at : at + 200_000])
            answers.append(sock.makefile("rb").read())
        except OSError:
            return


def test_an_upload_is_there_as_a_whole_or_not_at_all(site):
    chance, told, cut = random.Random(2), set(), 0
    shelf = Shelf(site.study)
    for n in range(max(3, KILLS // 5)):
        site.start()
        assert not list(shelf.folder.glob(".*")) if shelf.folder.exists() else True
        content, answers = chance.randbytes(6_000_000), []
        sender = threading.Thread(target=sends, args=(site, content, f"{n}.pdf", answers))
        sender.start()
        time.sleep(chance.uniform(0, 0.12))
        site.command.kill()
        sender.join()
        if answers and b" 200 OK" in answers[0]:
            told.add(hashlib.sha256(content).hexdigest())
        else:
            cut += 1
        whole = uploads(shelf)
        assert all(is_intact(u) for u in whole)
        assert told <= {u.sha256 for u in whole}
    assert cut, "no kill fell into an upload"
    site.start()
    assert not list(shelf.folder.glob(".*"))
    assert {p.stem for p in shelf.folder.iterdir()} == {u.sha256 for u in uploads(shelf)}


def tables(folder, n):
    """A table of statements with codes, as `gongkai tag` writes it."""
    import pandas as pd

    rows = [
        {
            "report": f"云渚市{i // 20:05}.txt", "body": "云渚市水务局", "year": 2020, "level": "部门(市级)", "region": None,
            "kind": "problems", "path": "存在的主要问题", "start": i % 20 * 30,
            "end": i % 20 * 30 + 20, "text": f"第{i}号栏目的消息总要拖上许久才挂上来",
            "role": "problem", "themes": "timeliness", "role_score": 0.9, "theme_scores": "timeliness:0.8", "evidence": "",
        }
        for i in range(n)
    ]  # fmt: skip
    file = Path(folder) / "statements.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    return file


def counts(study):
    if not study.exists() or not study.stat().st_size:
        return {}
    with closing(open_study(study)) as db:
        assert check(db) == []
        return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("reports", "statements", "predictions")}


def test_a_table_is_loaded_as_a_whole_or_not_at_all(nursery, tmp_path):
    n = 4_000
    file, chance, before, began = tables(tmp_path, n), random.Random(3), 0, None
    whole = {"reports": n // 20, "statements": n, "predictions": n}

    def load(study):
        return Started(nursery, tmp_path / "log", "review", file, "--db", study, "--no-browser", "--port", free_port())

    study = tmp_path / "first.db"
    begin = time.monotonic()
    command = load(study)
    while counts(study) != whole:
        assert command.runs(), (tmp_path / "log").read_text()
        time.sleep(0.02)
    took = time.monotonic() - begin
    command.kill()
    for i in range(max(3, KILLS // 5)):
        study = tmp_path / f"study-{i}.db"
        command = load(study)
        time.sleep(chance.uniform(0.1, 1) * took)
        assert command.kill()
        found = counts(study)
        assert found in ({}, dict.fromkeys(whole, 0), whole)
        before += found != whole
        began = study
    assert before, "no kill fell before the end of the loading"
    command = load(began)
    until = time.monotonic() + 60
    while counts(began) != whole and time.monotonic() < until:
        time.sleep(0.05)
    command.kill()
    assert counts(began) == whole

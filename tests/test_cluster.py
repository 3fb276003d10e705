"""A real cluster of two processes, each held to a gigabyte: more data than that, one process killed at work, and the same bytes."""

import os
import random
import signal
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import psutil
import pytest

import gongkai
from gongkai import alikeset, jobs, query_reuse
from gongkai.query_reuse import _sources as sources
from test_archive import fill, held, text, write

pytestmark = pytest.mark.slow
LIMIT = 1_000_000_000


class Watched:
    """A cluster of two processes, the most memory that each of them took, and which was killed with what in its hands."""

    def __init__(self, cluster, client):
        self.address, self._client, self._cluster = cluster.scheduler_address, client, cluster
        self.peaks, self.killed, self.held = {}, None, []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._done.wait(0.02):
            for worker in self._cluster.workers.values():
                with suppress(psutil.Error, AttributeError):
                    if pid := worker.process.pid:
                        self.peaks[pid] = max(self.peaks.get(pid, 0), psutil.Process(pid).memory_info().rss)

    def kill(self, *_):
        """Kill a process that has a task in its hands, once."""
        if self.killed is None:
            for address, tasks in self._client.processing().items():
                if tasks:
                    self.killed, self.held = self._client.run(os.getpid, workers=[address], nanny=False)[address], list(tasks)
                    os.kill(self.killed, signal.SIGKILL)
                    return

    def kill_any(self):
        """Kill a process between two tasks."""
        self.killed = next(iter(self._client.run(os.getpid).values()))
        os.kill(self.killed, signal.SIGKILL)

    def end(self):
        self._done.set()
        self._thread.join()


@contextmanager
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, memory_limit=LIMIT, dashboard_address=None) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        watched = Watched(local, client)
        try:
            yield watched
        finally:
            watched.end()


def annexes(folder, files, size):
    """Reports with a long annex that is quickly cut: a few lines again and again, other ones in each file."""
    folder.mkdir()
    rng = random.Random(1)
    for n in range(files):
        lines = "".join(f"{rng.getrandbits(400):0100x}\n" for _ in range(64))
        (folder / f"{n:03d}.txt").write_text(f"{text(n)}六、其他需要报告的事项\n附件：\n{lines * (size // len(lines))}", "utf-8")
    return sum(p.stat().st_size for p in folder.iterdir())


def test_more_data_than_memory_and_a_worker_killed_at_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert annexes(Path("reports"), 128, 8_000_000) > LIMIT
    with cluster() as watched:
        gongkai.write_corpus(Path("reports"), "set", tables=False, scheduler=watched.address, progress=watched.kill)
    gongkai.write_corpus(Path("reports"), "whole", tables=False, workers=1)
    assert held(Path("set")) == held(Path("whole"))
    assert watched.killed is not None
    assert watched.held
    # The two, and the one that came in the place of the one that was killed.
    assert len(watched.peaks) >= 3
    assert max(watched.peaks.values()) < LIMIT


def test_what_is_asked_of_a_data_set_is_the_same_when_a_worker_is_killed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for room, name in ((jobs, "CHUNKS"), (alikeset, "_PART"), (query_reuse, "_ROWS")):
        monkeypatch.setattr(room, name, 3)
    write(fill(Path("reports"), range(40)), Path("set"))
    before = held(Path("set"))
    with cluster() as watched:
        monkeypatch.setattr(query_reuse, "_sources", lambda *given: (watched.kill_any(), sources(*given))[1])
        found = gongkai.corpus_reuse("set", scheduler=watched.address)
        alike = pd.concat(found.clusters(), ignore_index=True)
        recurs = gongkai.corpus_recurring("set", scheduler=watched.address)
        shares = gongkai.corpus_spread("set", ["year"], scheduler=watched.address)
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    here = gongkai.corpus_reuse("set")
    assert watched.killed is not None
    pd.testing.assert_frame_equal(found.reports, here.reports)
    pd.testing.assert_frame_equal(alike, pd.concat(here.clusters(), ignore_index=True))
    pd.testing.assert_frame_equal(recurs, gongkai.corpus_recurring("set"))
    pd.testing.assert_frame_equal(shares, gongkai.corpus_spread("set", ["year"]))
    assert held(Path("set")) == before

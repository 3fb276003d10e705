"""A run that is ended at any moment is gone on with, and the result has the bytes of one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import gongkai
from test_archive import fill, held, write

pytestmark = pytest.mark.slow
KILLS = 10
CODE = "import gongkai; gongkai.write_corpus('reports', 'set', workers={workers}, chunk=3, tables=False, resume=True)"


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return fill(Path("reports"), range(60))


def started(workers):
    return subprocess.Popen([sys.executable, "-c", CODE.format(workers=workers)], stderr=subprocess.DEVNULL)


def below(process):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def ended(process):
    """End a run as a power cut would: the process and all it started, at once."""
    family = below(process)
    process.send_signal(signal.SIGKILL)
    for child in family:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()


@pytest.mark.parametrize("workers", [1, 2])
def test_ended_runs_are_gone_on_with(source, workers):
    write(source, Path("fresh"))
    rng = random.Random(workers)
    for _ in range(KILLS):
        process = started(workers)
        time.sleep(rng.uniform(1.5, 4.5))
        ended(process)
        # Some runs are done before they are ended, or ended before they take a finished data set in hand.
        if (Path("set") / "run.json").exists():
            assert held(Path("set")) == held(Path("fresh"))
    write(source, Path("set"), resume=True)
    assert held(Path("set")) == held(Path("fresh"))


def test_workers_of_an_ended_run_end_too_and_do_not_write_into_the_next_one(source):
    process = started(2)
    while not list(Path("set").glob("statements/*.parquet")):
        time.sleep(0.05)
    family = below(process)
    process.kill()
    process.wait()
    (source / "青禾03.txt").unlink()
    write(source, Path("set"), resume=True)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    write(source, Path("fresh"))
    assert held(Path("set")) == held(Path("fresh"))


def test_a_lost_worker_costs_its_chunk(source):
    lost, seen = [], []

    def progress(done, total):
        seen.append((done, total))
        if len(seen) == 3:
            worker = next(p for p in psutil.Process().children() if any("popen_loky" in part for part in p.cmdline()))
            os.kill(worker.pid, signal.SIGKILL)
            lost.append(worker.pid)

    done = write(source, Path("set"), workers=2, progress=progress)
    write(source, Path("fresh"))
    assert lost
    assert (done.reports, sum(n for n, _ in seen)) == (60, 60)
    assert held(Path("set")) == held(Path("fresh"))


def test_a_chunk_that_ends_every_worker_is_named(source, monkeypatch):
    model = gongkai.load()
    gongkai.save(model, "model")
    monkeypatch.setattr("gongkai.engines.do_chunk", deadly)
    with pytest.raises(gongkai.errors.UserError, match=r"3 workers were lost over the reports from .*--resume"):
        write(source, Path("set"), workers=2)


def deadly(task):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_cluster_gives_the_same_bytes_when_a_worker_is_lost(source):
    distributed = pytest.importorskip("distributed")
    write(source, Path("fresh"))
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
        pids = list(distributed.Client(local).run(os.getpid).values())
        seen = []

        def progress(done, total):
            seen.append(done)
            if len(seen) == 2:
                os.kill(pids[0], signal.SIGKILL)

        done = gongkai.write_corpus(
            source, "set", chunk=3, tables=False, scheduler=local.scheduler_address, progress=progress,
        )  # fmt: skip
    assert (done.reports, sum(seen)) == (60, 60)
    assert held(Path("set")) == held(Path("fresh"))


def test_a_cluster_that_is_not_there_is_named(source):
    pytest.importorskip("distributed")
    with pytest.raises(gongkai.errors.UserError, match="no Dask scheduler answers"):
        gongkai.write_corpus(source, "set", scheduler="tcp://127.0.0.1:9")

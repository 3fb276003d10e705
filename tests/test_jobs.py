"""Work over a data set in parts: who does it, and what is handed on."""

import os
import socket
import tempfile
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gongkai
from gongkai.engines import WorkerError
from gongkai.errors import UserError
from gongkai.jobs import Hands, hand_on, handed, portions, scratch
from gongkai.streamed import write_parts
from test_query_recur import made


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 4), max_size=8), max_size=4))
def test_each_part_gets_what_is_meant_for_it(files):
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder) / f"{n}.arrow" for n in range(len(files))]
        for name, places in zip(names, files, strict=True):
            hand_on(name, pa.table({"row": pa.array(range(len(places)), pa.int64())}), np.array(places, dtype=int), 5)
        for part in range(5):
            found = [b["row"].to_pylist() for b in handed(names, part)]
            assert found == [[n for n, p in enumerate(places) if p == part] for places in files]


@pytest.fixture
def corpus(tmp_path):
    return gongkai.open_corpus(made(tmp_path / "set", np.random.default_rng(0)))


def test_portions_are_all_of_it(corpus):
    for size in (1, 3, 100):
        found = portions(corpus, size)
        assert [c for portion, _ in found for c in portion.chunks] == list(corpus.chunks)
        assert [before for _, before in found] == [sum(len(p.reports()) for p, _ in found[:n]) for n in range(len(found))]


def test_nothing_is_left_behind_and_what_was_is_taken_away(corpus):
    place = corpus.folder / ".gongkai" / "handed"
    (place / "of-a-run-that-was-ended").mkdir(parents=True)
    with scratch(corpus, Hands(corpus.folder)) as folder:
        assert list(place.iterdir()) == [folder]
        with scratch(corpus, Hands(corpus.folder)) as another:
            assert sorted(place.iterdir()) == sorted([folder, another])
        assert list(place.iterdir()) == [folder]
    assert not place.exists()


def test_a_data_set_that_cannot_be_written_to_is_asked_here_and_by_no_cluster(corpus, monkeypatch):
    real = tempfile.mkdtemp

    def refusing(dir=None, prefix=None):
        if dir is not None:
            raise PermissionError(13, "Permission denied")
        return real(prefix=prefix)

    monkeypatch.setattr(tempfile, "mkdtemp", refusing)
    with scratch(corpus, Hands(corpus.folder)) as folder:
        assert not folder.is_relative_to(corpus.folder)
    with (
        pytest.raises(UserError, match=r"Permission denied.*leave --scheduler away"),
        scratch(corpus, Hands(corpus.folder, scheduler="tcp://nowhere:1")),
    ):
        pass


@pytest.mark.slow
def test_a_process_that_is_lost_is_said(tmp_path):
    with pytest.raises(WorkerError, match="fewer --workers"):
        list(Hands(tmp_path, 2).map(os._exit, [(1,)] * 4))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet", "xlsx"])
def test_parts_make_the_file_of_the_whole(tmp_path, ending):
    whole = pd.DataFrame({"report": [None, "甲,乙", 'a"b'], "n": pd.array([1, None, 3], "Int64"), "text": ["\ufeff是", "", "x"]})
    assert write_parts((whole.iloc[n : n + 1] for n in range(3)), tmp_path / f"a.{ending}") == 3
    write_parts([whole], tmp_path / f"b.{ending}")
    if ending in ("csv", "jsonl"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    else:
        read = pd.read_parquet if ending == "parquet" else pd.read_excel
        pd.testing.assert_frame_equal(read(tmp_path / f"a.{ending}"), read(tmp_path / f"b.{ending}"), check_dtype=False)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_that_cannot_be_finished_is_not_there(tmp_path, ending):
    def parts():
        yield pd.DataFrame({"n": [1]})
        yield pd.DataFrame({"n": [2]})
        raise RuntimeError("the third")

    with pytest.raises(RuntimeError, match="the third"):
        write_parts(parts(), tmp_path / f"a.{ending}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("fault", [None, "fsync", "replace"])
def test_a_file_in_parts_takes_its_place_once_it_is_on_disk(tmp_path, monkeypatch, ending, fault):
    file, steps = tmp_path / f"a.{ending}", []
    file.write_text("before")

    def watched(name, real):
        def step(*given):
            steps.append(name)
            if name == fault:
                raise OSError(28, "No space left on device")
            real(*given)

        return step

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, watched(name, getattr(os, name)))
    with pytest.raises(OSError, match="No space") if fault else nullcontext():
        write_parts((pd.DataFrame({"n": [n]}) for n in range(2)), file)
    assert steps == (["fsync"] if fault == "fsync" else ["fsync", "replace"])
    assert list(tmp_path.iterdir()) == [file]
    assert (file.read_bytes() == b"before") == bool(fault)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("localhost", "names no protocol, host and port"),
        ("nonsense://x", "names no protocol, host and port"),
        ("tcp://localhost", "names no protocol, host and port"),
        ("tcp://:8786", "names no protocol, host and port"),
        ("tcp://localhost:99999", "names no protocol, host and port"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers .*refused"),
        ("127.0.0.1:9", "no Dask scheduler answers .*refused"),
    ],
)
def test_an_address_without_a_scheduler_is_told_at_once(corpus, monkeypatch, address, words):
    distributed = pytest.importorskip("distributed")
    # A client that could not connect would hold up the end of the program.
    monkeypatch.setattr(distributed, "Client", None)
    with pytest.raises(UserError, match=words):
        gongkai.corpus_spread(corpus, scheduler=address)


def test_a_port_that_never_answers_is_told_after_the_time_that_dask_allows(corpus):
    pytest.importorskip("distributed")
    import dask

    with socket.create_server(("127.0.0.1", 0)) as silent, dask.config.set({"distributed.comm.timeouts.connect": "100ms"}):
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UserError, match=r"no Dask scheduler answers \(.*; start one"):
            gongkai.corpus_spread(corpus, scheduler=address)


def test_a_data_set_that_the_workers_do_not_see_is_told_with_the_worker(corpus):
    distributed = pytest.importorskip("distributed")
    here, elsewhere = {"n_workers": 1, "protocol": "tcp", "dashboard_address": None}, replace(corpus, folder=corpus.folder / "elsewhere")
    with distributed.LocalCluster(processes=False, **here) as local:
        (worker,) = local.workers.values()
        with pytest.raises(UserError, match="is a Dask worker, not the scheduler"):
            gongkai.corpus_spread(corpus, scheduler=worker.address)
        with pytest.raises(UserError, match=f"the worker {worker.name} on .* cannot see the folder {elsewhere.folder} .*the same path"):
            gongkai.corpus_spread(elsewhere, scheduler=local.scheduler_address)
        shares = gongkai.corpus_spread(corpus, scheduler=local.scheduler_address)
    pd.testing.assert_frame_equal(shares, gongkai.corpus_spread(corpus))

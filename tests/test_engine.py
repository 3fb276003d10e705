"""Where the work is done, as the commands are told it."""

import pytest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "dask"], "needs the address of a cluster"),
        (["--engine", "spark"], "neither local nor dask"),
        (["--engine", "local", "--scheduler", "tcp://127.0.0.1:9"], "give --engine dask, or leave --scheduler away"),
        (["--scheduler", "tcp://127.0.0.1:9", "--workers", "2"], "leave it away with --scheduler"),
    ],
)
def test_what_does_not_go_together_is_said(run, options, said):
    code, _, errors = run("corpus", "reports", "-o", "set", *options)
    assert (code, said in errors) == (2, True), errors


@pytest.mark.parametrize("options", [["--engine", "dask"], []])
def test_an_address_means_dask(run, tmp_path, options):
    pytest.importorskip("distributed")
    (tmp_path / "a.txt").write_text("柳泉县2021年政府信息公开工作年度报告\n五、存在的主要问题\n更新不及时。\n", "utf-8")
    code, _, errors = run("corpus", "a.txt", "-o", "set", *options, "--scheduler", "tcp://127.0.0.1:9")
    assert code != 0
    assert "no Dask scheduler answers" in errors


def test_this_machine_is_the_default(run, tmp_path):
    (tmp_path / "a.txt").write_text("柳泉县2021年政府信息公开工作年度报告\n五、存在的主要问题\n更新不及时。\n", "utf-8")
    assert run("corpus", "a.txt", "-o", "set", "--engine", "local", "--workers", "1", "--no-tables")[0] == 0

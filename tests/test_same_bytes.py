"""The same reports give the same bytes: on one and two cores, under any hash seed; `benchmarks/same_bytes.py` takes other Pythons too."""

import subprocess
import sys

import pytest

from conftest import ROOT


@pytest.mark.slow
def test_tables_and_pages_are_the_same_on_any_number_of_cores_and_under_any_hash_seed():
    done = subprocess.run([sys.executable, ROOT / "benchmarks" / "same_bytes.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("differing from the first run: 0") == 2

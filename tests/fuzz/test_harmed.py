"""Harmed inputs of every kind end as a success, in part, or as a named failure: few here, more when slow, most in a night.

`benchmarks/nightly.py` runs any number of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
from verdicts import ENDINGS, NEVER, Verdict, harmed, read_batch, read_codebook, read_model, read_study

FEW = {"text": 6, "html": 4, "docx": 3, "rows": 4}
MANY = {"text": 120, "html": 100, "docx": 100, "pdf": 100, "zip": 40, "rows": 60}
JUDGES: dict[str, Callable[..., Verdict]] = {"model": read_model, "codebook": read_codebook, "study": read_study}


def ended(kind, seeds):
    """The inputs that ended as they must not."""
    with warnings.catch_warnings():
        # Names that stand twice in an archive are meant.
        warnings.simplefilter("ignore")
        made = [harmed(kind, seed) for seed in seeds]
    found = read_batch(kind, made, pages=len(made) > 10) if kind in ENDINGS else [JUDGES[kind](one) for one in made]
    assert len(found) == len(made)
    return {f"{kind} {seed}": v for seed, v in zip(seeds, found, strict=True) if v.end in NEVER or v.stage == "read, unexpected"}


@pytest.mark.parametrize("kind", ["model", "codebook"])
def test_a_few(kind):
    assert ended(kind, range(6)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FEW)
def test_a_few_files_and_pages(kind):
    assert ended(kind, range(FEW[kind])) == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*MANY, *JUDGES])
def test_many(kind):
    assert ended(kind, range(100, 100 + MANY.get(kind, 150))) == {}

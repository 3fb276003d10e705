"""What the tests share: the evaluation reports, where they are at hand, and a small fitted coder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

import gongkai
from gongkai import cli

# Speed belongs to the benchmarks: a slow machine must not fail a property.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


def without(reason: str) -> None:
    """Skip for a stated reason, or fail where everything is required."""
    (pytest.fail if os.environ.get("GONGKAI_REQUIRE_ALL") else pytest.skip)(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of evaluation reports, which is not part of the project."""
    if not (SHARED / "reports").is_dir():
        without(f"needs the evaluation reports in {SHARED.name}/reports beside the project, which a clone does not have")
    return SHARED / "reports"


@pytest.fixture(scope="session")
def sample() -> Path:
    """The folder of invented sample reports."""
    return ROOT / "corpus" / "reports"


@pytest.fixture(scope="session")
def labelled():
    """The shipped labelled corpus."""
    return gongkai.load_corpus(ROOT / "corpus")


@pytest.fixture(scope="session")
def small(labelled) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Some six hundred statements of the corpus, in whole sections."""
    keep = labelled.X["report"].isin(labelled.X["report"].drop_duplicates().iloc[::12])
    return labelled.X[keep].reset_index(drop=True), labelled.Y[keep].reset_index(drop=True)


@pytest.fixture(scope="session")
def chinese_font() -> None:
    """A font of this machine for PDFs that do not hold theirs: without one PDFium leaves text out."""
    from gongkai.read.limits import Limits
    from gongkai.read.pdf import read_pdf
    from pdf_writer import Sheet, pdf

    if read_pdf(pdf(Sheet().text(72, 100, "规").text(240, 100, "1")), Limits()).text.split() != ["规", "1"]:
        without("needs a font with Chinese characters and digits, such as fonts-wqy-zenhei")


@pytest.fixture
def run(monkeypatch, capfd, tmp_path):
    """Run `gongkai ARGS` in a folder of its own; gives (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def call(*args):
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["gongkai", *map(str, args)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        return (code, *capfd.readouterr())

    return call


CHROMIUM = Path("/usr/bin/chromium")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, which asks for nothing by itself."""
    try:
        import playwright.sync_api as api
    except ImportError:
        without("playwright is not installed")
    if not CHROMIUM.exists():
        without(f"no browser at {CHROMIUM}")
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield chromium
        chromium.close()

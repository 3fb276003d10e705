"""The page on figures: its examples run one after the other, in both languages alike, and it names every column."""

from __future__ import annotations

import importlib
import re
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = ["docs/figures-in-python.md", "docs/figures-in-python.zh.md"]
COLUMNS = {
    "spread": ["spread.SPREAD_COLUMNS"],
    "corrected": ["correct.CORRECTED_COLUMNS"],
    "trend": ["trends.TREND_COLUMNS"],
    "differences": ["contrasts.CONTRAST_COLUMNS"],
    "pairs": ["pairs.PAIR_COLUMNS"],
    "keywords": ["keyness.KEYWORD_COLUMNS"],
    "answers": ["answers.ANSWER_COLUMNS"],
    "recurring": ["recur.RECUR_COLUMNS"],
    "reuse": ["reuse.REUSE_COLUMNS", "reuse.CLUSTER_COLUMNS"],
    "questions": ["candour.QUESTION_COLUMNS"],
}


def text(page):
    return (ROOT / page).read_text("utf-8")


def blocks(page):
    return re.findall(r"```(\w+)\n(.*?)```", text(page), re.S)


def test_the_examples_run_one_after_the_other(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    known = {}
    for n, (language, block) in enumerate(blocks(PAGES[0])):
        if language == "python":
            exec(compile(block, f"{PAGES[0]}, block {n}", "exec"), known)
    assert all(len(known[name]) for name in ("statements", "coded", "shares", "changes", "gaps", "together", "again", "copied", "asked"))


def test_both_languages_give_the_same_examples_and_chapters():
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    for page in PAGES:
        assert re.findall(r"^## ([a-z]+)$", text(page), re.M) == [*COLUMNS, "plot"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("chapter", COLUMNS)
def test_every_column_is_told(page, chapter):
    words = re.sub("```.*?```", "", text(page).split(f"\n## {chapter}\n")[1].split("\n## ")[0], flags=re.S)
    told = {word for span in re.findall("`([^`]+)`", words) for word in re.findall(r"\w+", span)}
    for place in COLUMNS[chapter]:
        room, _, name = place.partition(".")
        assert set(getattr(importlib.import_module(f"gongkai.{room}"), name)) - told == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", text(page)):
        file, _, chapter = target.partition("#")
        assert (ROOT / page).parent.joinpath(file).exists(), target
        assert not chapter or f"\n## {chapter}\n" in text(page), target

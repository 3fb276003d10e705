"""README's Python runs as it stands, in both languages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = [
    (name, n, block)
    for name in ("README.md", "README.zh.md")
    for n, block in enumerate(re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.S))
]


@pytest.mark.parametrize(("name", "n", "block"), BLOCKS, ids=[f"{name}-{n}" for name, n, _ in BLOCKS])
def test_python_in_the_readme_runs(name, n, block, monkeypatch):
    monkeypatch.chdir(ROOT)
    known = {}
    exec(compile(block, f"{name}, block {n}", "exec"), known)
    assert set(known) & {"frame", "doc"}


def test_both_languages_give_the_same_commands():
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))
    assert re.findall(r"```sh\n(.*?)```", english, re.S) == re.findall(r"```sh\n(.*?)```", chinese, re.S)
    assert re.findall(r"^\| `gongkai (\w+)", english, re.M) == re.findall(r"^\| `gongkai (\w+)", chinese, re.M)


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "corpus/README.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert ((ROOT / name).parent / target).exists(), target
    assert "NUMBERS" not in text
    assert "AGREEMENT" not in text

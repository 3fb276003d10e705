"""The codebook: the shipped one, mistakes named by line with a cure, rules, labels, and codebooks of other ids."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from gongkai import CodebookError, StatementCoder, load_codebook, spread
from gongkai.codebook import parse_codebook

OWN = """\
version: 3
roles:
  fault:
    zh: 毛病
    en: fault
    definition: 说出毛病的语句。
    themed: true
  remark:
    zh: 旁白
    en: remark
    definition: 其余的语句。
    themed: false
themes:
  - id: tempo
    zh: 快慢
    en: tempo
    definition: 快还是慢。
  - id: crew
    zh: 人手
    en: crew
    definition: 人手多少。
  - id: whole
    zh: 笼统
    en: whole
    definition: 没有点名。
    alone: true
"""
CREW = "    definition: 人手多少。"
THEMES = OWN[OWN.index("themes:") :]

# what is replaced, by what, the line at fault, a word of the message, words of a cure (one is enough)
DEFECTS = {
    "unknown key": ("version: 3", "version: 3\ncolour: red", 2, "colour", "remove"),
    "unknown key of a theme": (CREW, f"{CREW}\n    hue: red", 22, "hue", "remove"),
    "misspelt key": (CREW, CREW.replace("definition", "defintion"), 21, "defintion", "spelling"),
    "missing key": ("version: 3\n", "", 1, "version", "add"),
    "missing key of a theme": (f"{CREW}\n", "", 18, "definition", "add"),
    "duplicate key": ("    en: crew", "    en: crew\n    en: crews", 21, "'en'", "remove"),
    "duplicate role": ("  remark:", "  fault:", 8, "'fault'", "remove"),
    "duplicate theme id": ("id: crew", "id: tempo", 18, "'tempo'", "own"),
    "empty definition": (CREW, "    definition: ''", 21, "definition", "write"),
    "blank definition": (CREW, "    definition: '  '", 21, "definition", "write|add"),
    "definition left out": (CREW, "    definition:", 21, "definition", "write|add"),
    "empty definition of a role": ("definition: 其余的语句。", "definition: ''", 11, "remark", "write"),
    "role and theme": ("id: crew", "id: fault", 18, "fault", "rename"),
    "bad id": ("id: crew", "id: Crew-1", 18, "id", "small Latin letters"),
    "id that is a number": ("id: crew", "id: 2021", 18, "id", "small Latin letters|quote|text"),
    "no themes": (THEMES, "themes: []\n", 13, "themes", "add|give|at least one theme"),
    "not a mapping": (OWN, "- fault\n- remark\n", 1, "not a codebook", "needs the keys"),
    "plain text": (OWN, "fault\n", 1, "not a codebook", "needs the keys"),
    "empty file": (OWN, "", 1, "not a codebook", "needs the keys"),
    "YAML: two colons": ("    en: crew", "    en: crew: few", 20, "", "quote|indent|correct|put|write"),
    "YAML: open quote": ("zh: 人手", "zh: '人手", 19, "", "close|quote|add|put"),
    "YAML: tab": ("    en: crew", "\ten: crew", 20, "", "space|indent|replace|use"),
    "YAML: tag": ("version: 3", "version: !!python/object:os.system 3", 1, "tag", "remove|plain|write|use"),
    "key that is a list": ("version: 3", "version: 3\n[a]: 1", 2, "", "remove|plain|write|use|name"),
}  # fmt: skip


def mistake(tmp_path, old, new):
    assert old in OWN
    file = tmp_path / "own.yaml"
    file.write_text(OWN.replace(old, new, 1), "utf-8")
    with pytest.raises(CodebookError) as caught:
        load_codebook(file)
    return file, str(caught.value)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_mistake_is_named_with_file_and_line(tmp_path, defect):
    old, new, line, word, _ = DEFECTS[defect]
    file, message = mistake(tmp_path, old, new)
    told = [row for row in message.splitlines() if row.startswith(f"{file}: line {line}:")]
    assert any(word in row for row in told), message


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_mistake_is_told_with_a_cure(tmp_path, defect):
    old, new, _, _, cure = DEFECTS[defect]
    _, message = mistake(tmp_path, old, new)
    assert re.search(cure, message)


def test_all_mistakes_are_told_at_once(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(OWN.replace("id: crew", "id: Crew").replace("zh: 快慢", "zh: ''"), "utf-8")
    with pytest.raises(CodebookError, match=r"(?s)line 15.*line 18"):
        load_codebook(file)


@pytest.mark.parametrize("name", ["none.yaml", "."])
def test_a_missing_file_is_named_with_a_cure(tmp_path, name):
    with pytest.raises(CodebookError, match="give a UTF-8 YAML file") as caught:
        load_codebook(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_the_shipped_codebook_loads():
    book = load_codebook()
    assert book.role_ids == ("problem", "measure", "other")
    assert len(set(book.theme_ids)) == len(book.theme_ids) >= 10
    assert {"timeliness", "capacity", "general"} <= set(book.theme_ids)
    assert all(t.zh and t.en and t.definition for t in book.themes)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "own.yaml").write_text(OWN, "utf-8-sig")
    assert load_codebook(tmp_path / "own.yaml").theme_ids == ("tempo", "crew", "whole")


BOOK = parse_codebook(OWN)


@pytest.mark.parametrize(
    ("role", "themes", "wrong"),
    [
        ("fault", ["tempo"], []),
        ("fault", ["tempo", "crew"], []),
        ("fault", ["whole"], []),
        ("remark", [], []),
        ("fault", [], ["role 'fault' needs at least one theme"]),
        ("remark", ["crew"], ["role 'remark' carries no theme, but has crew"]),
        ("fault", ["whole", "crew"], ["theme 'whole' stands alone, but has company"]),
        ("boast", ["crew"], ["role 'boast' is not in the codebook (v3): fault, remark"]),
        ("fault", ["speed"], ["theme 'speed' is not in the codebook (v3): tempo, crew, whole"]),
        ("boast", ["speed", "whole"], ["role 'boast'", "theme 'speed'", "theme 'whole' stands alone"]),
    ],
)  # fmt: skip
def test_check_tells_every_broken_rule(role, themes, wrong):
    told = BOOK.check(role, themes)
    assert len(told) == len(wrong)
    assert all(line.startswith(start) for line, start in zip(told, wrong, strict=True))


@pytest.mark.parametrize(
    ("code", "language", "label"),
    [("fault", "zh", "毛病"), ("fault", "en", "fault"), ("crew", "zh", "人手"), ("crew", "en", "crew")],
)
def test_labels(code, language, label):
    assert BOOK.label(code, language) == label


def test_label_of_an_unknown_code_names_the_choices():
    with pytest.raises(ValueError, match=r"'speed' is not in the codebook.*fault.*whole"):
        BOOK.label("speed")


def test_spread_counts_by_the_codebook_given():
    rows = pd.DataFrame({"report": ["a", "a", "b"], "role": ["fault", "fault", "remark"], "themes": [["tempo"], ["tempo", "crew"], []]})
    table = spread(rows, codebook=BOOK).set_index(["role", "theme", "unit"])
    assert set(table.index.get_level_values("role")) == {"fault"}
    assert table.index.get_level_values("theme").unique().tolist() == ["tempo", "crew", "whole"]
    assert table.loc[("fault", "tempo", "statements"), ["count", "denominator"]].tolist() == [2, 2]
    assert table.loc[("fault", "tempo", "reports"), ["count", "denominator"]].tolist() == [1, 2]
    assert table.loc[("fault", "whole", "reports"), "count"] == 0


def test_a_coder_learns_the_codebook_given():
    X = pd.DataFrame({"text": ["更新太慢", "人手太少", "会议照开", "更新很慢", "人手很少", "会议不断"] * 4, "path": [()] * 24})
    Y = pd.DataFrame({"fault": [1, 1, 0] * 8, "remark": [0, 0, 1] * 8, "tempo": [1, 0, 0] * 8, "crew": [0, 1, 0] * 8})
    coder = StatementCoder(codebook=BOOK, words=None).fit(X, Y)
    assert coder.classes_.tolist() == ["fault", "remark", "tempo", "crew"]
    assert coder.decide(coder.predict_proba(X[:3])) == [("fault", ("tempo",)), ("fault", ("crew",)), ("remark", ())]
    assert coder.predict(X[:3]).tolist() == [[1, 0, 1, 0], [1, 0, 0, 1], [0, 1, 0, 0]]


def test_a_coder_refuses_codes_that_the_codebook_does_not_know():
    X = pd.DataFrame({"text": ["更新太慢", "人手太少"], "path": [(), ()]})
    with pytest.raises(ValueError, match=r"speed.*not in the codebook.*tempo"):
        StatementCoder(codebook=BOOK).fit(X, pd.DataFrame({"fault": [1, 1], "speed": [1, 0]}))

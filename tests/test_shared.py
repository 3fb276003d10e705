"""The five real reports: sections, statements and codes against expectations written down by hand, as offsets and labels."""

import hashlib
import json
from pathlib import Path

import pytest
from sklearn.metrics import f1_score

import gongkai
from gongkai.tables import statutory_tables

EXPECTED = json.loads((Path(__file__).parent / "expected" / "seeds.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def analysed(shared):
    return {e["file"]: gongkai.analyse(shared / "seeds" / e["file"]) for e in EXPECTED}


@pytest.fixture(params=EXPECTED, ids=lambda e: e["file"][:3])
def seed(request, shared, analysed):
    expected = request.param
    raw = (shared / "seeds" / expected["file"]).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == expected["sha256"], "the expectations were written for another version of this file"
    return expected, analysed[expected["file"]]


def test_problem_section_is_found_to_the_character(seed):
    expected, analysis = seed
    found = analysis.section("problems")
    assert {"start": found.start, "body_start": found.body_start, "end": found.end} == expected["section"]


def test_all_six_sections_are_found(seed):
    _, analysis = seed
    kinds = [s.kind for s in analysis.sections if s.kind != "preface"]
    assert kinds == ["overview", "proactive", "requests", "litigation", "problems", "other_matters"]
    assert analysis.missing == ()


def test_statements_are_cut_as_a_careful_reader_would(seed):
    expected, analysis = seed
    assert [(c.statement.start, c.statement.end) for c in analysis.codings] == [(u["start"], u["end"]) for u in expected["statements"]]


def test_roles_and_themes(analysed):
    pairs = [(u, c) for e in EXPECTED for u, c in zip(e["statements"], analysed[e["file"]].codings, strict=True)]
    assert sum(u["role"] == c.role for u, c in pairs) / len(pairs) >= 0.95
    themes = gongkai.load().themes_
    true, got = (
        [[int(t in x) for t in themes] for x in column] for column in zip(*((u["themes"], c.themes) for u, c in pairs), strict=True)
    )
    assert f1_score(true, got, average="micro", zero_division=0) >= 0.80


def test_body_year_and_level(analysed):
    found = [(a.report.year, a.report.level) for a in analysed.values()]
    assert found == [(2020, "乡镇"), (2021, "乡镇"), (2020, "乡镇"), (2020, "乡镇"), (2020, "街道")]


TABLES = json.loads((Path(__file__).parent / "expected" / "tables.json").read_text("utf-8"))
# Where the header gives the unit or the cell does, in 万元.
MONEY = {"359.3万元": 359.3, "6.02 万元": 6.02, "3189300元": 318.93, "1.314万元": 1.314, "96171.6": 96171.6}


@pytest.mark.parametrize("name", TABLES)
def test_statutory_tables_cell_by_cell(name, shared):
    file = next(p for p in (shared / name, shared / "seeds" / name) if p.exists())
    report = gongkai.describe(gongkai.read(file))
    tables = statutory_tables(report, gongkai.segment(report).sections)
    found: dict[str, list[str | None]] = {}
    for c in tables.cells:
        found.setdefault(f"{c.table}/{c.row}", []).append(c.raw)
        if c.raw:
            assert c.value == (MONEY[c.raw] if c.raw in MONEY else float(c.raw)), c
        assert report.text[c.start : c.end] == c.raw
    assert found == TABLES[name]
    assert [f.message for f in tables.findings] == []


# How the six statements of the city's problem section begin and end, and their roles, as a careful reader cuts and codes them.
CITY = [
    ("对照上级", "的地方。", "problem"),
    ("主要表现", "表现在：", "other"),
    ("一是政策", "式单一；", "problem"),
    ("二是政务", "的问题。", "problem"),
    ("针对存在", "际需求；", "measure"),
    ("建立健全", "凝聚力。", "measure"),
]


def test_the_real_pdf(shared):
    analysis = gongkai.analyse(shared / "city-2024.pdf")
    report = analysis.report
    assert (report.year, report.level, report.region) == (2024, "市", "江苏省淮安市")
    kinds = [s.kind for s in analysis.sections]
    assert kinds == ["preface", "overview", "proactive", "requests", "litigation", "problems", "other_matters"]
    assert analysis.missing == ()
    assert [(c.statement.text[:4], c.statement.text[-4:], c.role) for c in analysis.codings] == CITY
    # A page number stands inside the first statement in the file, and not in what is made of it.
    first = analysis.codings[0].statement
    assert any(first.start < start and end < first.end for start, end in report.furniture)
    assert not any(c.isdigit() for c in first.text)

"""One implementation, several doors: library, batches, command line, spaCy and scikit-learn say the same."""

import json
import subprocess
import sys

import pandas as pd
import pytest
import spacy

import gongkai
from gongkai.records import SEGMENT_COLUMNS, TAG_COLUMNS


@pytest.fixture(scope="module")
def reports(sample):
    return [gongkai.read(p) for p in sorted(sample.iterdir())]


@pytest.fixture(scope="module")
def one_by_one(reports):
    return [gongkai.analyse(r) for r in reports]


def codes(analyses):
    return [(a.report.id, c.statement.start, c.statement.end, c.role, c.themes) for a in analyses for c in a.codings]


def test_batches_say_what_single_calls_say(reports, one_by_one):
    many = list(gongkai.analyse_many(reports))
    assert codes(many) == codes(one_by_one)
    for a, b in zip(many, one_by_one, strict=True):
        assert [c.scores for c in a.codings] == [pytest.approx(c.scores, abs=1e-4) for c in b.codings]


def test_texts_and_paths_are_the_same_door(reports, one_by_one, sample):
    texts = [r.text for r in reports]
    assert [c[1:] for c in codes(gongkai.analyse_many(texts))] == [c[1:] for c in codes(one_by_one)]
    assert codes([gongkai.analyse(sample / one_by_one[0].report.id)]) == codes(one_by_one[:1])


def test_command_line_says_the_same(one_by_one, sample, tmp_path):
    out = tmp_path / "tag.jsonl"
    subprocess.run([sys.executable, "-m", "gongkai", "tag", sample, "-o", out], check=True, capture_output=True)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [(r["report"], r["start"], r["end"], r["role"], tuple(r["themes"])) for r in rows] == codes(one_by_one)
    assert tuple(rows[0]) == TAG_COLUMNS


def test_spacy_says_the_same(reports, one_by_one):
    nlp = spacy.blank("zh")
    for name in ("gongkai_sections", "gongkai_statements", "gongkai_codes"):
        nlp.add_pipe(name)
    for report, analysis, doc in zip(reports, one_by_one, nlp.pipe(r.text for r in reports), strict=True):
        spans = doc.spans["statements"]
        assert [(s.start_char, s.end_char, s._.role, s._.themes, s._.path) for s in spans] == [
            (c.statement.start, c.statement.end, c.role, c.themes, c.statement.path) for c in analysis.codings
        ], report.id
        assert [s.label_ for s in doc.spans["sections"]] == [s.kind for s in analysis.sections]
        assert {s.label_ for s in doc.spans["themes"]} == {t for c in analysis.codings for t in c.themes}


def test_spacy_results_survive_bytes_and_other_processes(reports, one_by_one):
    nlp = spacy.blank("zh")
    for name in ("gongkai_sections", "gongkai_statements", "gongkai_codes"):
        nlp.add_pipe(name)
    docs = list(nlp.pipe([r.text for r in reports[:4]], n_process=2, batch_size=2))
    again = [spacy.tokens.Doc(nlp.vocab).from_bytes(d.to_bytes()) for d in docs]
    expected = [[(c.role, c.themes) for c in a.codings] for a in one_by_one[:4]]
    for found in (docs, again):
        assert [[(s._.role, s._.themes) for s in d.spans["statements"]] for d in found] == expected


def test_estimator_says_the_same(one_by_one):
    rows = [(a.report.id, c.statement.text, c.statement.path) for a in one_by_one for c in a.codings]
    coder = gongkai.load()
    X = pd.DataFrame(rows, columns=["report", "text", "path"])
    decided = coder.decide(coder.predict_proba(X))
    assert decided == [(c.role, c.themes) for a in one_by_one for c in a.codings]


def test_frames_have_the_columns_of_the_contract(one_by_one, sample):
    frame = gongkai.analyse_corpus(sample)
    assert tuple(frame.columns) == TAG_COLUMNS
    assert len(frame) == sum(len(a.codings) for a in one_by_one)
    assert frame.attrs["failures"] == []
    sections = gongkai.segment_frame(one_by_one)
    assert tuple(sections.columns) == SEGMENT_COLUMNS
    gone = sections[sections["kind"] == "missing"]
    assert "problems" in set(gone["title"])
    assert gone["start"].isna().all()


def test_every_label_leads_to_its_characters(one_by_one):
    shown = 0
    for a in one_by_one:
        for c in a.codings:
            assert {e.code for e in c.evidence} <= {c.role, *c.themes}
            for e in c.evidence:
                assert c.statement.start <= e.start < e.end <= c.statement.end
                shown += 1
    assert shown > len([c for a in one_by_one for c in a.codings])

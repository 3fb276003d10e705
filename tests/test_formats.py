"""The benchmark of file formats: its reports are sound, its writers lose nothing, and gongkai reads back what was written."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from conftest import without

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from formats import cell_share, chosen_formats, run, table
from sample_reports import Sample, sample_reports
from statutory_forms import APPLICANTS, Table, forms, keys, results
from writers import FORMATS, flat, markdown, one_cell_a_line, plain_text, tabbed

ALONE = [name for name, made in FORMATS.items() if not made.converted]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """All reports of the benchmark."""
    return sample_reports()


def number(raw: str) -> int:
    """The whole number in a cell, 0 for an empty one or a mark."""
    return int(raw) if raw.strip("+-").isdecimal() else 0


def test_the_reports_are_the_same_every_time_and_all_different(samples):
    assert sample_reports(7) == samples[:7]
    assert len({s.name for s in samples}) == 40
    assert [s.form for s in samples[:4]] == [2019, 2021, 2019, 2021]
    assert {s.name[-5:-1] for s in samples} == {"2019", "2020", "2021", "2022", "2023", "2024"}


def test_every_cell_of_its_form_is_in_the_gold_and_in_the_tables(samples):
    for s in samples:
        boxes = {b.key: b.text.strip() for t in s.blocks if isinstance(t, Table) for b in t.boxes if b.key}
        assert boxes == s.cells
        assert list(boxes) == keys(s.form)
        assert len(boxes) == {2019: 22 + 7 * 23 + 15, 2021: 10 + 7 * 25 + 15}[s.form]


def test_the_numbers_keep_the_rules_of_the_form(samples):
    for s in samples:
        cells = {key: number(raw) for key, raw in s.cells.items() if key[2] != "amount"}
        for column in forms()["requests"]["columns"]:
            n = {row: cells["requests", row, column] for row in [*results(s.form), "new", "carried_in", "total", "carried_out"]}
            assert n["new"] + n["carried_in"] == n["total"] + n["carried_out"]
            assert n["total"] == sum(n[row] for row in results(s.form))
        for row in results(s.form):
            assert cells["requests", row, "total"] == sum(cells["requests", row, column] for column in APPLICANTS)
        for stage in ("review", "direct", "after_review"):
            *outcomes, total = (cells["litigation", "cases", f"{stage}_{outcome}"] for outcome in forms()["litigation"]["outcomes"])
            assert sum(outcomes) == total


def test_cells_are_written_in_all_the_ways_of_offices(samples):
    raw = {text for s in samples for text in s.cells.values()}
    assert {"", "/", "无", "—", "0"} <= raw
    for sign in ("+", "-", "万元", "元", "１"):
        assert any(sign in text for text in raw), sign


@pytest.mark.parametrize("write", [tabbed, one_cell_a_line, flat, lambda t: tabbed(t, spread=True)])
def test_text_holds_every_section_and_cell_in_order(samples, write):
    for s in samples[:6]:
        text = plain_text(s, write)
        assert s.problems in text
        words = text.replace("\n", "").replace("\t", "").replace(" ", "")
        at = 0
        for block in s.blocks:
            for piece in [b.text for b in block.boxes] if isinstance(block, Table) else [block.text]:
                piece = "".join(piece.split("\n")).replace(" ", "")
                at = words.find(piece, at)
                assert at >= 0, piece
                at += len(piece)


def test_pipe_tables_are_as_wide_as_their_rule(samples):
    for s in samples[:4]:
        rows = [line for line in markdown(s).split("\n") if line.startswith("|")]
        assert {row.count("|") for row in rows} == {5, 11, 16}


@pytest.mark.parametrize("name", ["html-cms", "html-old", "html-word"])
def test_pages_hold_the_tables_with_their_spans(samples, name):
    from lxml import html

    for s in samples[:6]:
        page = html.fromstring(FORMATS[name].write(s))
        # The old layout is made of tables too: the statutory ones are those without a table inside.
        found = [t for t in page.iter("table") if not t.findall(".//table") and len(t.findall(".//tr")) > 3]
        for wanted, got in zip([b for b in s.blocks if isinstance(b, Table)], found, strict=True):
            cells = [(int(c.get("rowspan", 1)), int(c.get("colspan", 1)), "".join(c.text_content().split())) for c in got.iter("td")]
            assert cells == [(b.rows, b.columns, "".join(b.text.split())) for b in wanted.boxes]


def test_word_holds_the_tables_as_a_full_grid(samples):
    import io

    import docx

    for s in samples[:4]:
        document = docx.Document(io.BytesIO(FORMATS["docx"].write(s)))
        for wanted, got in zip([b for b in s.blocks if isinstance(b, Table)], document.tables, strict=True):
            grid = [[cell.text for cell in row.cells] for row in got.rows]
            assert {len(row) for row in grid} == {wanted.width}
            for b in wanted.boxes:
                covered = {grid[r][c] for r in range(b.row, b.row + b.rows) for c in range(b.column, b.column + b.columns)}
                assert covered == {b.text}


def test_every_second_document_leaves_counting_to_word(samples):
    import io

    import docx

    for s in samples[:8]:
        lines = [p.text for p in docx.Document(io.BytesIO(FORMATS["docx"].write(s))).paragraphs]
        heading = s.problems.split("\n")[0]
        assert (heading in lines, heading[2:] in lines) == ((False, True) if s.turn % 2 == 0 else (True, False))


GOLD = {("t", "r", "a"): "3", ("t", "r", "b"): "", ("t", "q", "a"): "359.3万元", ("t", "q", "b"): "20000元"}


@pytest.mark.parametrize(
    ("found", "lossy", "right", "wrong"),
    [
        ({}, False, 0, 3),
        ({}, True, 0, 2),
        ({("t", "r", "a"): ("3", 3.0)}, True, 1, 2),
        ({("t", "r", "b"): ("3", 3.0)}, True, 0, 3),
        ({("t", "r", "a"): ("3", 30.0)}, False, 0, 3),
        ({("t", "q", "a"): ("359.3万元", 359.3), ("t", "q", "b"): ("20000元", 2.0)}, False, 2, 1),
        ({("t", "q", "b"): ("20000元", 20000.0), ("t", "x", "x"): ("1", 1.0)}, False, 0, 4),
    ],
)
def test_cells_are_counted(found, lossy, right, wrong):
    got, missed = cell_share(GOLD, found, lossy=lossy)
    assert (got, len(missed)) == (right, wrong)


def test_formats_are_chosen_by_the_beginning_of_their_names():
    assert chosen_formats("html,docx") == ["html-cms", "html-old", "html-word", "docx"]
    assert chosen_formats("") == list(FORMATS)
    with pytest.raises(SystemExit, match="no format begins with odt; there are txt, "):
        chosen_formats("md,odt")


@pytest.mark.parametrize("name", ALONE)
def test_formats_that_need_no_office_are_read_back_whole(samples, tmp_path, name, capsys):
    scores = run([name], samples[:2], tmp_path)
    assert scores[name].passes(1.0), table(scores) + capsys.readouterr().err


@pytest.mark.slow
def test_all_formats_reach_their_targets(samples, tmp_path, capsys):
    if not shutil.which("soffice"):
        without("needs LibreOffice (soffice)")
    scores = run(list(FORMATS), samples[:4], tmp_path)
    assert all(score.passes(FORMATS[name].target) for name, score in scores.items()), table(scores) + capsys.readouterr().err

"""What holds of every report and every page, whatever stands in them."""

from __future__ import annotations

import json
from dataclasses import replace

import originals
import pandas as pd
import pytest
from harm import SIGNS
from harm_text import UNITS
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts import check

import gongkai
from gongkai.analyse import prepare, report_frame, segment_frame, tag_frame
from gongkai.codebook import Codebook
from gongkai.export import table_bytes
from gongkai.present.folder import OURS, write_folder
from gongkai.present.page import render
from gongkai.records import Failure, Report
from gongkai.statements import pieces
from test_page import HOSTILE, Outline, make

LINES = [
    "柳泉县青禾镇2021年政府信息公开工作年度报告", "一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
    "五、存在的主要问题及改进情况", "六、其他需要报告的事项", "（一）存在的问题", "（二）改进措施", "一是网页更新慢；二是人手少。",
    "下一步加强培训。", "- 3 -", "规章\t0\t0\t0", "| 规章 | 0 |",
]  # fmt: skip
# A report's lines, strangers' signs, and stretches that are dear to cut.
PARTS = st.sampled_from(LINES) | st.sampled_from(SIGNS) | st.sampled_from(UNITS) | st.text(max_size=8)
TEXTS = st.lists(st.tuples(PARTS, st.sampled_from(["\n", "\n", "", " ", "\r\n"])).map("".join), max_size=25).map("".join)
# What would be a script, an attribute or a row if any door took it for one.
STRANGE = st.sampled_from(
    [
        HOSTILE,
        "</title><script>alert(1)</script>",
        "{{ 7*7 }}",
        "javascript:alert(1)",
        "' onmouseover='x",
        "<svg/onload=x>",
        "&lt;b&gt;",
        "\u202e甲",
    ]
) | st.text(max_size=12)


@given(TEXTS | TEXTS.map(lambda text: f"{text}\ud800"))
@settings(max_examples=12)
def test_offsets_are_in_order_and_every_character_of_a_coded_section_is_in_a_piece(text):
    done = prepare(Report("a.txt", text))
    edges = [e for s in done.segmentation.sections for e in (s.start, s.body_start, s.end)]
    assert edges == sorted(edges)
    assert all(0 <= e <= len(text) for e in edges)
    last = 0
    for s in done.statements:
        assert last <= s.start < s.end <= len(text)
        assert s.text.strip()
        last = s.end
    for section in done.segmentation.sections:
        readable, covered = done.report.readable(), bytearray(len(text))
        for p in pieces(readable, section):
            assert section.body_start <= p.start < p.end <= section.end
            covered[p.start : p.end] = b"\1" * (p.end - p.start)
        left = "".join(
            c
            for c, had in zip(readable[section.body_start : section.end], covered[section.body_start : section.end], strict=True)
            if not had
        )
        assert not left.replace("\ufeff", "").strip()


@pytest.mark.slow
@given(st.lists(TEXTS, min_size=1, max_size=3))
@settings(max_examples=10)
def test_the_same_texts_give_the_same_tables_in_one_batch_or_in_many(texts):
    coder = originals.coder()
    together = list(gongkai.analyse_many(texts, coder))
    apart = [gongkai.analyse(Report(a.report.id, a.report.text), coder) for a in together]
    for a in together:
        check(a)
    for frame in (tag_frame, segment_frame, report_frame):
        assert frame(together).to_json(orient="records") == frame(apart).to_json(orient="records")


@given(
    st.lists(
        st.tuples(STRANGE, st.sampled_from(["problem", "measure"]), st.sampled_from(["timeliness", "channels"])), min_size=1, max_size=12
    )
)
@settings(max_examples=3)
def test_counts_of_groups_with_strange_names_add_up(rows):
    frame = pd.DataFrame(
        [(f"r{n}", role, [theme], name) for n, (name, role, theme) in enumerate(rows)], columns=["report", "role", "themes", "area"]
    )
    whole, parts = gongkai.spread(frame), gongkai.spread(frame, ["area"])
    keys = ["role", "theme", "unit"]
    assert parts.groupby(keys)["count"].sum().to_dict() == whole.set_index(keys)["count"].to_dict()
    assert parts.groupby(keys)["denominator"].sum().to_dict() == whole.set_index(keys)["denominator"].to_dict()


def strange_book(said: str) -> Codebook:
    """The codebook of the samples, with one text for all that people write in it."""
    text = said.strip() or "甲"
    book = gongkai.load_codebook()
    roles = {
        k: r.model_copy(update={"zh": text, "en": text, "definition": text, "examples": (text,), "cues": (text,)})
        for k, r in book.roles.items()
    }
    themes = tuple(
        t.model_copy(update={"zh": text, "en": text, "definition": text, "not_": text, "examples": (text,)}) for t in book.themes
    )
    return book.model_copy(update={"roles": roles, "themes": themes, "unit": text, "rules": (text,)})


@pytest.mark.slow
@given(STRANGE, STRANGE)
@settings(max_examples=8)
def test_no_text_becomes_a_script_or_an_element_of_the_page(name, said):
    reports = [(f"{name}.txt", name, 2021, name, [(f"更新慢{said}。", "problem", ["timeliness"])]), ("b.txt", None, None, None, [])]
    statements, sections, about = make(reports)
    for frame in (statements, about):
        frame["region"], frame[f"x{name}"] = name, said
    statements["path"], sections["title"] = [(said,)], name
    failures = [Failure(name, said, name, said)]
    strange = render(statements, sections, about, strange_book(said), failures=failures, run={name: said}, left_out=())
    calm = render(
        *make([("a.txt", "甲", 2021, "甲", [("更新慢。", "problem", ["timeliness"])]), ("b.txt", None, None, None, [])]), strange_book("甲")
    )
    seen, usual = Outline(strange), Outline(calm)
    assert len(seen.scripts) == strange.count("<script") == 4
    assert seen.scripts[1] == usual.scripts[1]
    assert {tag for tag, _ in seen.elements} - {tag for tag, _ in usual.elements} <= {
        "b",
        "small",
        "summary",
        "details",
        "li",
        "ul",
        "p",
        "section",
    }
    assert not [n for _, attributes in seen.elements for n in attributes if n.startswith("on") or n in ("style", "src", "srcdoc")]
    assert all(a["href"].startswith("#") or a["href"] == "data:," for _, a in seen.elements if "href" in a)


@pytest.mark.slow
@given(st.lists(TEXTS, min_size=1, max_size=4), STRANGE)
@settings(max_examples=6)
def test_two_runs_give_the_same_bytes(tmp_path_factory, texts, name):
    root, coder = tmp_path_factory.mktemp("twice"), originals.coder()
    place = root / "model"
    place.mkdir()
    for file, raw in originals.model().items():
        (place / file).write_bytes(raw)
    reports = [Report(f"{n}{name}", t, metadata={"area": name}) for n, t in enumerate(texts)]
    for out in ("one", "two"):
        write_folder(root / out, [gongkai.analyse(replace(r), coder) for r in reports], [Failure(name, name, name, name)], place)
    assert {n: (root / "one" / n).read_bytes() for n in OURS} == {n: (root / "two" / n).read_bytes() for n in OURS}


@given(st.lists(st.tuples(STRANGE, STRANGE), min_size=1, max_size=4))
@settings(max_examples=20)
def test_tables_keep_strange_cells_to_themselves(cells):
    frame = pd.DataFrame([(f"r{n}", 0, 1, a, b) for n, (a, b) in enumerate(cells)], columns=["report", "start", "end", "text", "area"])
    lines = table_bytes(frame, "a.jsonl").decode().split("\n")
    assert [json.loads(line)["text"] for line in lines if line] == [a for a, _ in cells]

"""The HTML page through its public door: what a reader, a browser's guard and a hostile file get to see."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser

import pandas as pd
import pytest

from gongkai.codebook import load_codebook, parse_codebook
from gongkai.errors import UserError
from gongkai.present.page import render
from gongkai.present.wording import inline_json
from gongkai.records import FINDING_COLUMNS, SEGMENT_COLUMNS, TABLE_COLUMNS, TAG_COLUMNS, Failure
from gongkai.spread import spread

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u2028\u2029<!--"
KINDS = ("overview", "proactive", "requests", "litigation", "problems", "other_matters")


def section_text(sentences):
    return "五、存在的主要问题及改进情况\n" + "\n".join(sentences)


def make(reports, *, drop=()):
    """Frames of invented reports: (report, body, year, level, [(sentence, role, themes)]); no sentences: its section is missing."""
    statements, sections, about = [], [], []
    for report, body, year, level, coded in reports:
        about.append({"report": report, "body": body, "year": year, "level": level, "region": None, "source": report})
        text, at = section_text([s for s, _, _ in coded]), 0
        for number, kind in enumerate(KINDS, 1):
            row = {"report": report, "kind": kind, "number": number, "title": kind, "warnings": []}
            if kind == "problems" and not coded:
                sections.append(
                    {
                        **row,
                        "kind": "missing",
                        "title": kind,
                        "start": None,
                        "confidence": None,
                        "warnings": ["no heading found"],
                        "text": None,
                    }
                )
                continue
            body_text = text if kind == "problems" else "平稳。"
            if kind == "problems":
                at = 100
                for sentence, role, themes in coded:
                    start = 100 + text.index(sentence)
                    end = start + len(sentence)
                    evidence = [{"code": role, "start": start, "end": start + 2, "weight": 0.5}]
                    statements.append(
                        {
                            "report": report, "body": body, "year": year, "level": level, "region": None, "kind": "problems",
                            "path": ("存在的主要问题及改进情况",), "start": start, "end": end, "text": sentence, "role": role,
                            "themes": list(themes), "role_score": 0.9, "theme_scores": dict.fromkeys(themes, 0.8), "evidence": evidence,
                        }
                    )  # fmt: skip
            sure = 0.4 if kind == "litigation" and report == "a.txt" else 0.95
            warnings = ["numbered 3 where 4 is due"] if sure < 0.6 else []
            sections.append({**row, "start": at, "end": at + len(body_text), "confidence": sure, "warnings": warnings, "text": body_text})
            at += len(body_text)
    return (
        pd.DataFrame(statements, columns=list(TAG_COLUMNS)),
        pd.DataFrame(sections, columns=list(SEGMENT_COLUMNS)),
        pd.DataFrame(about, columns=["report", "body", "year", "level", "region", "source"]),
    )


REPORTS = [
    ("a.txt", "柳泉县水利局", 2020, "部门(县级)", [("更新不及时。", "problem", ["timeliness"]), ("每周更新。", "measure", ["timeliness"])]),
    ("b.txt", "柳泉县青禾镇", 2021, "乡镇", [("人手不足，更新慢。", "problem", ["timeliness", "capacity"]), ("总体平稳。", "other", [])]),
    ("c.txt", None, None, None, [("渠道单一。", "problem", ["channels"]), ("开展培训。", "measure", ["capacity"])]),
    ("d.txt", "云渚市", 2021, "市", []),
]


class Outline(HTMLParser):
    """Collects elements with their attributes, and the text of each script and of all else."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.scripts, self._script = [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._script = tag == "script"
        if self._script:
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._script = self._script and tag != "script"

    def handle_data(self, data):
        if self._script:
            self.scripts[-1] += data
        else:
            self.text.append(data)

    def all(self, tag):
        return [a for t, a in self.elements if t == tag]


def head(html):
    return json.loads(re.search(r'<script type="application/json" id="head">(.*?)</script>', html, re.S)[1])


def unpacked(html, name):
    """The data of a compressed block."""
    text = re.search(rf'<script type="application/octet-stream" id="{name}">(.*?)</script>', html, re.S)[1]
    return json.loads(zlib.decompress(base64.b64decode(text)))


def blocks(html):
    """The reports of all blocks, as lists: sections, statements, pairs, tables, findings, questions."""
    return [r for n in range(html.count('id="block-')) for r in unpacked(html, f"block-{n}")]


@pytest.fixture(scope="module")
def book():
    return load_codebook()


@pytest.fixture(scope="module")
def frames():
    return make(REPORTS)


@pytest.fixture(scope="module")
def page(frames, book):
    failures = [Failure("附件.pdf", "read", "no reader for .pdf", "save it as text; gongkai reads .txt")]
    return render(*frames, book, failures=failures, run={"gongkai": "0.0.0", "codebook": book.version})


def test_page_is_one_file_that_loads_nothing(page):
    outline = Outline(page)
    # The name of SVG is a name, not an address.
    assert "http:" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https:" not in page
    loading = {"src", "srcset", "action", "formaction", "poster", "background"}
    assert not [a for _, a in outline.elements if loading & set(a)]
    assert {a["href"] for _, a in outline.elements if "href" in a and not a["href"].startswith("#")} == {"data:,"}
    assert not re.search(r"@import|url\(", page.split("<script")[0])
    assert not outline.all("iframe") + outline.all("object") + outline.all("img")


def test_policy_allows_exactly_the_inline_script_and_style(page):
    outline = Outline(page)
    policy = next(a["content"] for a in outline.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    script = outline.scripts[1]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not [name for _, a in outline.elements for name in a if name.startswith("on") or name == "style"]
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "Storage",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
        "import(",
    ):
        assert word not in script
    assert [a.get("type") for a in outline.all("script")] == ["application/json", None, *["application/octet-stream"] * 2]


def test_hostile_text_never_becomes_markup(book):
    reports = [
        (f"{HOSTILE}.txt", HOSTILE, 2021, HOSTILE, [(f"更新慢{HOSTILE}。", "problem", ["timeliness"])]),
        (f"x{HOSTILE}", None, None, None, []),
    ]
    statements, sections, about = make(reports)
    statements["path"] = [(HOSTILE,)]
    sections.loc[sections["start"].isna(), "warnings"] = sections["warnings"].map(lambda _: [HOSTILE])
    failures = [Failure(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]
    hostile_book = parse_codebook(
        f"version: 1\nroles: {{problem: {{zh: &h {json.dumps(HOSTILE)}, en: *h, definition: *h}}}}\n"
        "themes: [{id: timeliness, zh: *h, en: *h, definition: *h, not: *h}]"
    )
    for codes in (book, hostile_book):
        html = render(statements, sections, about, codes, failures=failures, run={HOSTILE: HOSTILE})
        calm = render(*make([("a.txt", "柳泉县", 2021, "县区", [("更新慢。", "problem", ["timeliness"])])]), codes)
        assert len(Outline(html).scripts) == html.count("<script") == 4
        assert not Outline(html).all("img")
        assert "\u2028" not in html.split('id="head">')[1].split("</script>")[0]
        assert {t for t, _ in Outline(html).elements} <= {t for t, _ in Outline(calm).elements} | {
            "section",
            "details",
            "summary",
            "b",
            "small",
            "table",
            "tbody",
            "thead",
            "tr",
            "th",
            "td",
        }
        assert f"更新慢{HOSTILE}。" in blocks(html)[0][0][0][3]
        assert head(html)["reports"]["id"][0] == f"{HOSTILE}.txt"


@pytest.mark.parametrize("value", ["</script>", "\u2028\u2029", "<!--", "\ud800", "&amp;", '"\\'])
def test_inline_json_is_read_back_as_it_was(value):
    text = inline_json({"k": value})
    assert not set(text) & {"<", ">", "&", "\u2028", "\u2029", "\ud800"}
    assert json.loads(text) == {"k": value}


def test_bars_say_what_spread_says(page, frames, book):
    statements, _, about = frames
    table = spread(statements, codebook=book, reports=about[about["report"] != "d.txt"])
    expected = {(r["theme"], r["role"], r["unit"]): (r["count"], r["denominator"]) for r in table.to_dict("records")}
    found, bar = {}, None
    for tag, a in Outline(page).elements:
        if tag == "a" and "bar" in a.get("class", "").split():
            link = dict(part.split("=") for part in a["data-go"].split("&"))
            bar = (link["theme"], link["role"])
        elif tag == "span" and "of" in a.get("class", "").split():
            unit = a["data-unit"]
        elif tag == "span" and "data-count" in a:
            found[*bar, unit] = (int(a["data-count"]), int(a["data-n"]))
    assert found == expected
    assert found["timeliness", "problem", "reports"] == (2, 3)


def test_bars_are_sorted_by_the_share_of_problems(page, book):
    order = [a["data-theme"] for a in Outline(page).all("li") if "data-theme" in a]
    assert order[0] == "timeliness"
    assert set(order) == set(book.theme_ids)


@pytest.mark.parametrize(("by", "heads"), [("year", ["2020", "2021", "未知"]), ("level", ["乡镇", "部门(县级)", "未知"])])
def test_heat_tables_say_what_spread_says_and_keep_the_unknown(page, frames, book, by, heads):
    statements, _, about = frames
    table = re.search(rf'<table class="heat c0" data-by="{by}">.*?</table>', page, re.S)[0]
    columns = [
        re.sub("<[^>]*>.*", "", c)
        for c in re.findall(r'<th scope="col" data-column[^>]*><span>(?:<span class="zh" lang="zh-Hans">)?(.*?)</', table)
    ]
    assert columns == heads
    row = re.search(r'<tr data-theme="timeliness">.*?</tr>', table, re.S)[0]
    cells = re.findall(r'<a href="#" title="[^"]*">([^<]*)<', row)
    known = spread(statements, [by], book, about[about["report"] != "d.txt"]).query(
        "theme == 'timeliness' and role == 'problem' and unit == 'reports'"
    )
    by_value = {
        str(int(v)) if isinstance(v, float) and v == v else v: f"{int(c)}/{int(n)}"
        for v, c, n in known[[by, "count", "denominator"]].values.tolist()
    }
    assert cells == [by_value[h] if h in by_value else next(v for k, v in by_value.items() if k != k or k is None) for h in heads]
    assert row.count("small-n") == 3


def test_intervals_are_those_of_spread(book):
    reports = [
        (f"{n}.txt", f"第{n % 6}镇", 2020 + n % 2, "乡镇", [("更新慢。", "problem", ["timeliness"] if n % 3 else ["depth"])])
        for n in range(12)
    ]
    frames = make(reports)
    table = spread(frames[0], codebook=book, reports=frames[2]).query("theme == 'timeliness' and role == 'problem'").set_index("unit")
    html = render(*frames, book)
    pair = book.theme_ids.index("timeliness")
    for unit in ("reports", "statements"):
        low, high, small = head(html)["spans"][unit][pair]
        assert (low, high, small) == pytest.approx((table.loc[unit, "low"], table.loc[unit, "high"], 0), abs=1e-4)
    assert f"{int(table.loc['reports', 'low'] * 100 + 0.5)}–{int(table.loc['reports', 'high'] * 100 + 0.5)}%" in html
    assert "按机关聚类" in html


def test_key_numbers(page):
    numbers = dict(re.findall(r'<div id="(n_\w+)"[^>]*><dd><a [^>]*>([\d,]+)', page))
    assert numbers == {"n_reports": "4", "n_found": "3", "n_missing": "1", "n_statements": "6", "n_failures": "1"}


def test_standfirst_gives_count_and_denominator(page):
    standfirst = re.search(r'<p class="standfirst">(.*?)</p>', page, re.S)[1]
    assert "“公开时效”（2/3 份）" in standfirst
    assert "4 annual reports" in standfirst
    assert "2020–2021" in standfirst


def test_missing_and_doubtful_sections_are_listed_with_report_and_reason(page):
    row = re.search(r'<th scope="row"><span lang="zh-Hans"><a [^>]*>d\.txt</a>.*?</tr>', page, re.S)[0]
    assert row.count('class="missing"') == 1
    assert "未找到标题" in row
    assert "no heading found" in row
    row = re.search(r'<th scope="row"><span lang="zh-Hans"><a [^>]*>a\.txt</a>.*?</tr>', page, re.S)[0]
    assert 'class="low"' in row
    assert "0.40" in row
    assert "序号为 3，应为 4" in row


def test_failures_are_listed_with_reason_and_cure(page):
    row = re.search(r'<th scope="row">附件\.pdf</th>.*?</tr>', page, re.S)[0]
    assert "no reader for .pdf" in row
    assert "不能读 .pdf 格式" in row
    assert "save it as text" in row


def test_both_languages_are_there_for_every_text(page, book):
    outline = Outline(page)
    assert outline.all("html") == [{"lang": "zh-Hans"}]
    classes = [a.get("class") for a in outline.all("span")]
    assert classes.count("zh") == classes.count("en") > 50
    for theme in book.themes:
        assert theme.zh in page
        assert theme.en in page
    assert "机器标注，未经人工核校" in page
    assert "machine-coded, not yet reviewed" in page


def test_statements_lead_back_to_the_source(page):
    data, reports = head(page), blocks(page)
    i = data["reports"]["id"].index("b.txt")
    assert data["bodies"][data["reports"]["body"][i]] == "柳泉县青禾镇"
    assert data["groups"]["year"][data["reports"]["year"][i]] == 2021
    assert data["groups"]["level"][data["reports"]["level"][i]] == "乡镇"
    [[kind, _, offset, text]], [statement, _], *_ = reports[i]
    start, end, role, themes, score, scores, path, evidence, kept = statement
    assert (kind, text[start - offset : end - offset], kept) == ("problems", "人手不足，更新慢。", 0)
    assert (data["roles"][role]["id"], [data["themes"][t]["id"] for t in themes]) == ("problem", ["timeliness", "capacity"])
    assert (score, scores, data["paths"][path], evidence) == (90, [80, 80], ["存在的主要问题及改进情况"], [[role, 0, 2]])


def test_the_newest_reports_come_first_and_the_unknown_year_last(page):
    assert head(page)["reports"]["id"] == ["b.txt", "d.txt", "a.txt", "c.txt"]


@pytest.mark.parametrize(
    ("limit", "whole", "told", "said"),
    [
        (10_000, 4, 4, "全部报告的编码部分都收入本页"),
        (50, 2, 4, "最新的 2 份报告收了整段，其余只收句子"),
        (5, 0, 0, "最新的 0 份报告收了整段，到第 0 份"),
    ],
)
def test_what_source_text_the_page_leaves_out_is_said(frames, book, limit, whole, told, said):
    html = render(*frames, book, text_limit=limit)
    data, reports = head(html), blocks(html)
    assert (data["whole"], data["told"], len(reports)) == (whole, told, told)
    assert said in html
    assert "statements.parquet" in html
    for i, (sections, statements, *_) in enumerate(reports):
        assert all((text is not None) == (i < whole) for *_, text in sections)
        assert all((s[-1] == 0) == (i < whole) for s in statements)
    if told == 4 and whole == 2:
        assert [s[-1] for s in reports[2][1]] == ["更新不及时。", "每周更新。"]
    # Counts stay whole, whatever is left out.
    assert sum(data["totals"]) == 6


def test_counts_by_report_add_up_to_the_shares(page, frames, book):
    data, counted = head(page), {}
    flat = iter(data["counts"])
    for report in data["reports"]["id"]:
        for _ in range(next(flat)):
            pair = next(flat)
            counted[report, pair] = next(flat)
    table = spread(frames[0], codebook=book, reports=frames[2]).query("unit == 'statements' and count > 0")
    pairs = {
        data["themed"].index(book.role_ids.index(r)) * len(book.themes) + book.theme_ids.index(t): n
        for r, t, n in table[["role", "theme", "count"]].values.tolist()
    }
    assert {p: sum(n for (_, q), n in counted.items() if q == p) for p in pairs} == pairs
    assert data["coded"] == [1, 0, 1, 1]


def test_regions_are_nested(book):
    statements, sections, about = make([(f"{n}.txt", "某局", 2020, "市", [("更新慢。", "problem", ["timeliness"])]) for n in range(4)])
    about["region"] = ["浙江省嘉兴市秀洲区", "浙江省", "云渚市", None]
    data = head(render(statements, sections, about, book))
    names = [name for name, _ in data["regions"]]
    assert [(n, names[a] if a >= 0 else None) for n, a in data["regions"]] == [
        ("浙江省", None), ("浙江省嘉兴市", "浙江省"), ("浙江省嘉兴市秀洲区", "浙江省嘉兴市"), ("云渚市", None),
    ]  # fmt: skip
    assert [names[r] if r >= 0 else None for r in data["reports"]["region"]] == ["浙江省嘉兴市秀洲区", "浙江省", "云渚市", None]
    assert [data["groups"]["area"][a] for a in data["reports"]["area"]] == ["浙江省", "浙江省", "云渚市", None]


ANSWERS = pd.DataFrame([{"report": "a.txt", "problem": 115, "measure": 122, "score": 0.8, "why": "theme;order"}])
RECURRING = pd.DataFrame(
    [
        {"body": "柳泉县青禾镇", "theme": "timeliness", "year": 2020, "next_year": 2021, "outcome": "recurs"},
        {"body": "柳泉县青禾镇", "theme": "depth", "year": 2020, "next_year": 2021, "outcome": "absent"},
    ]
)
REUSE = pd.DataFrame(
    [
        {"report": "b.txt", "units": 4, "reused": 1, "rate": 0.25, "nearest": "a.txt", "nearest_body": "柳泉县水利局", "nearest_year": 2020,
         "similarity": 0.5, "source": "other_office"},
        {"report": "a.txt", "units": 4, "reused": 3, "rate": 0.75, "nearest": "外.txt", "nearest_body": "云渚市", "nearest_year": 2019.0,
         "similarity": 0.9, "source": "other_office"},
        {"report": "c.txt", "units": 0, "reused": 0, "rate": None, "nearest": None, "nearest_body": None, "nearest_year": None,
         "similarity": None, "source": "none"},
    ]
)  # fmt: skip
QUESTIONS = pd.DataFrame(
    [
        {
            "report": "b.txt",
            "signal": "carried",
            "value": 3.0,
            "admitted": False,
            "question_zh": "为什么？",
            "question_en": "Why?",
            "places": ["115-117"],
        }
    ]
)
CELLS = pd.DataFrame(
    [
        ("b.txt", "requests", "new", "natural", 5.0, "5", 10, 11), ("b.txt", "requests", "new", "total", None, None, None, None),
        ("b.txt", "litigation", "cases", "review_total", 0.0, "", 12, 12),
    ],
    columns=list(TABLE_COLUMNS),
)  # fmt: skip
CHECKS = pd.DataFrame(
    [("b.txt", "unplaced", "requests", "new", "total", None, None, "“本年新收”一行的数字与栏目对不上", ["10-11"])],
    columns=list(FINDING_COLUMNS),
)
PANELS = {"answers": ANSWERS, "recurring": RECURRING, "reuse": REUSE, "questions": QUESTIONS, "cells": CELLS, "checks": CHECKS}


def test_panels_are_there_only_for_what_is_given(page, frames, book):
    for name in ("answers", "recurring", "reuse", "questions"):
        assert f'id="{name}"' not in page
        html = render(*frames, book, **{name: PANELS[name]})
        assert f'<section id="{name}" class="panel' in html
        assert head(html)["panels"] == [name]
    assert unpacked(page, "extras") == {}


def test_panels_hold_what_the_frames_say(frames, book):
    html = render(*frames, book, **PANELS)
    data, extras, reports = head(html), unpacked(html, "extras"), blocks(html)
    at = {r: i for i, r in enumerate(data["reports"]["id"])}
    t, n = book.theme_ids.index("timeliness"), len(book.themes)
    pairs = iter(extras["answers"]["pairs"])
    assert [{next(pairs): next(pairs) for _ in range(next(pairs))} for _ in at] == [{}, {}, {t * n + t: 1}, {}]
    assert extras["answers"]["alone"] == [1, 0, 0, 0, 0, 0, 1, 1]
    assert reports[at["a.txt"]][2] == [[115, 122, 0.8, ["theme", "order"], ""]]
    assert extras["recurring"]["rows"] == [[0, t, 2020, 2021, -1, at["b.txt"], 0, None]]
    assert extras["reuse"]["rows"] == [
        [at["a.txt"], 4, 3, 75, 90, -1, "云渚市 2019", 0], [at["b.txt"], 4, 1, 25, 50, at["a.txt"], "", 0],
        [at["c.txt"], 0, 0, None, None, -1, "", 1],
    ]  # fmt: skip
    assert extras["questions"] == {"signals": ["carried"], "states": ["silent"], "rows": [[at["b.txt"], 0, 0, 0]], "without_tables": 0}
    _, _, _, tables, findings, questions = reports[at["b.txt"]]
    assert questions == [[0, 0, "3", "为什么？", "Why?", [115]]]
    assert [(data["layouts"][k], written) for k, written in tables] == [
        (["requests", [["new", "natural"], ["new", "total"]]], ["5", None]), (["litigation", [["review", "total"]]], [""]),
    ]  # fmt: skip
    assert findings == [["unplaced", "requests", "new", "total", "“本年新收”一行的数字与栏目对不上"]]


@pytest.mark.parametrize(
    ("name", "frame", "said"),
    [
        ("answers", ANSWERS.drop(columns="score"), "answers: no column score"),
        ("answers", ANSWERS.assign(report="elsewhere.txt"), "'elsewhere.txt' is not among the reports"),
        ("answers", ANSWERS.assign(measure=7), "a.txt has no statement at 7"),
        ("recurring", RECURRING.assign(theme="nonsense"), "theme 'nonsense' is not in the codebook"),
        ("reuse", REUSE.drop(columns=["rate", "source"]), "reuse: no column rate, source"),
        ("questions", QUESTIONS.assign(report="x"), "'x' is not among the reports"),
        ("cells", CELLS.drop(columns="raw"), "cells: no column raw"),
        ("checks", CHECKS.drop(columns="message"), "checks: no column message"),
    ],
)
def test_frames_that_do_not_fit_together_are_refused(frames, book, name, frame, said):
    with pytest.raises(UserError, match=re.escape(said)):
        render(*frames, book, **{name: frame})


def test_a_page_without_statements_says_so(book):
    html = render(*make([REPORTS[3]]), book)
    assert 'id="empty"' in html
    assert "没有可编码的语句" in html
    assert "d.txt" in html
    assert 'class="missing"' in html
    assert "Outline" not in html
    assert 'id="reading"' not in html


def test_a_page_without_anything_renders(book):
    html = render(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), book)
    assert "没有可编码的语句" in html
    assert re.search(r'id="n_reports"[^>]*><dd>0<', html)


def test_same_input_same_bytes(frames, book, page):
    again = render(
        *(f.copy() for f in frames),
        book,
        failures=[Failure("附件.pdf", "read", "no reader for .pdf", "save it as text; gongkai reads .txt")],
        run={"gongkai": "0.0.0", "codebook": book.version},
    )
    assert again.encode() == page.encode()


def test_tables_that_went_through_parquet_give_the_same_page(frames, book, tmp_path):
    stored = []
    for i, frame in enumerate(frames):
        frame.to_parquet(tmp_path / f"{i}.parquet")
        stored.append(pd.read_parquet(tmp_path / f"{i}.parquet"))
    assert render(*stored, book) == render(*frames, book)


@pytest.mark.parametrize("roles", [1, 2, 3])
def test_another_codebook_brings_its_own_roles_and_themes(roles):
    names = ["complaint", "promise", "excuse"][:roles]
    codes = parse_codebook(
        json.dumps(
            {
                "version": 7,
                "roles": {n: {"zh": f"角色{n}", "en": f"role {n}", "definition": "x", "themed": True} for n in names}
                | {"rest": {"zh": "余", "en": "rest", "definition": "x", "themed": False}},
                "themes": [{"id": t, "zh": f"题{t}", "en": f"topic {t}", "definition": "x"} for t in ("water", "roads")],
            }
        )
    )
    html = render(*make([("a.txt", "柳泉县", 2021, "县区", [(f"第{n}句。", n, ["water"]) for n in names])]), codes)
    assert html.count('class="bar ') == 2 * roles
    assert f"roles-{roles}" in html
    assert "题water" in html
    assert "topic roads" in html
    assert "存在问题" not in html
    assert "公开时效" not in html

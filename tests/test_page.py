"""The HTML page through its public door: what a reader, a browser's guard and a hostile file get to see."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from gongkai.codebook import load_codebook, parse_codebook
from gongkai.present.page import inline_json, render
from gongkai.records import SEGMENT_COLUMNS, TAG_COLUMNS, Failure
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


def payload(html):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1])


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
    assert "http:" not in page
    assert "https:" not in page
    loading = {"src", "srcset", "action", "formaction", "poster", "background"}
    assert not [a for _, a in outline.elements if loading & set(a)]
    assert [a["href"] for _, a in outline.elements if "href" in a] == ["data:,"]
    assert not re.search(r"@import|url\(", page)
    assert not outline.all("iframe") + outline.all("object") + outline.all("img")


def test_policy_allows_exactly_the_inline_script(page):
    outline = Outline(page)
    policy = next(a["content"] for a in outline.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action 'none'" in policy
    _data, script = outline.scripts
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in policy
    assert not [name for _, a in outline.elements for name in a if name.startswith("on")]
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script
    assert "Storage" not in script


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
        assert len(Outline(html).scripts) == 2
        assert html.count("<script") == 2
        assert not Outline(html).all("img")
        assert "\u2028" not in html.split('id="data">')[1].split("</script>")[0]
        assert {t for t, _ in Outline(html).elements} <= {t for t, _ in Outline(calm).elements} | {
            "b",
            "small",
            "table",
            "tbody",
            "thead",
            "tr",
            "th",
            "td",
        }
        assert payload(html)["statements"][0][-1] in (0, f"更新慢{HOSTILE}。")
        assert payload(html)["reports"][0][0] == f"{HOSTILE}.txt"


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
        if tag == "button" and "bar" in a.get("class", "").split():
            bar = (a["data-open"], a["data-role"])
        elif tag == "span" and "data-count" in a:
            found[*bar, a["data-unit"]] = (int(a["data-count"]), int(a["data-n"]))
    assert found == expected
    assert found["timeliness", "problem", "reports"] == (2, 3)


def test_bars_are_sorted_by_the_share_of_problems(page, book):
    order = [a["data-theme"] for a in Outline(page).all("li") if "data-theme" in a]
    assert order[0] == "timeliness"
    assert set(order) == set(book.theme_ids)


@pytest.mark.parametrize(("by", "heads"), [("year", ["2020", "2021", "未知"]), ("level", ["乡镇", "部门(县级)", "未知"])])
def test_heat_tables_say_what_spread_says_and_keep_the_unknown(page, frames, book, by, heads):
    statements, _, about = frames
    table = re.search(rf'<table class="heat" data-by="{by}">(.*?)</table>', page, re.S)[1]
    columns = [re.sub('<span class="en".*?</span>|<small>.*|<[^>]+>', "", h) for h in re.findall(r"<th scope=\"col\".*?</th>", table)][1:]
    assert columns == heads
    row = re.search(r'data-open="timeliness".*?</tr>', table, re.S)[0]
    cells = re.findall(r'data-role="problem"[^>]*>([^<]*)<', row)
    known = spread(statements, [by], book, about[about["report"] != "d.txt"]).query(
        "theme == 'timeliness' and role == 'problem' and unit == 'reports'"
    )
    by_value = {
        str(int(v)) if isinstance(v, float) and v == v else v: f"{int(c)}/{int(n)}"
        for v, c, n in known[[by, "count", "denominator"]].values.tolist()
    }
    assert cells == [by_value[h] if h in by_value else next(v for k, v in by_value.items() if k != k or k is None) for h in heads]
    assert row.count("small-n") == 3


def test_key_numbers(page):
    numbers = dict(re.findall(r'<div id="(n_\w+)"[^>]*><dd>([\d,]+)', page))
    assert numbers == {"n_reports": "4", "n_found": "3", "n_missing": "1", "n_statements": "6", "n_failures": "1"}


def test_standfirst_gives_count_and_denominator(page):
    standfirst = re.search(r'<p class="standfirst">(.*?)</p>', page, re.S)[1]
    assert "“公开时效”（2/3 份）" in standfirst
    assert "4 annual reports" in standfirst
    assert "2020–2021" in standfirst


def test_missing_and_doubtful_sections_are_listed_with_report_and_reason(page):
    row = re.search(r'<th scope="row"><span lang="zh-Hans">d\.txt</span>.*?</tr>', page, re.S)[0]
    assert row.count('class="missing"') == 1
    assert "未找到标题" in row
    assert "no heading found" in row
    row = re.search(r'<th scope="row"><span lang="zh-Hans">a\.txt</span>.*?</tr>', page, re.S)[0]
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
    data = payload(page)
    report, section, start, end, *_ = data["statements"][2]
    assert data["reports"][report] == ["b.txt", "柳泉县青禾镇", 2021, "乡镇"]
    _, offset, text = data["sections"][section]
    assert text[start - offset : end - offset] == "人手不足，更新慢。"
    assert len(data["sections"]) == 3


def test_a_page_without_statements_says_so(book):
    html = render(*make([REPORTS[3]]), book)
    assert 'id="empty"' in html
    assert "没有可编码的语句" in html
    assert "d.txt" in html
    assert 'class="missing"' in html
    assert "Outline" not in html
    assert "<dialog" not in html


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
    assert "题water" in html
    assert "topic roads" in html
    assert "存在问题" not in html
    assert "公开时效" not in html

"""The page of a data set: its figures are those of `gongkai report` over the same reports, whatever it keeps to read."""

import base64
import json
import re
import zipfile
import zlib

import openpyxl
import pytest

import gongkai
from gongkai.present import gathered
from gongkai.present.folder import FolderError, check_folder
from gongkai.present.setfolder import write_set_folder


@pytest.fixture(scope="module")
def data_set(sample, tmp_path_factory):
    """A data set of the sample reports, in several chunks."""
    folder = tmp_path_factory.mktemp("sets") / "set"
    gongkai.write_corpus(sample, folder, workers=1, chunk=3)
    return folder


@pytest.fixture(scope="module")
def in_memory(sample, tmp_path_factory):
    """The folder that `gongkai report` writes of the same reports."""
    from gongkai.analyse import analyse_found, load
    from gongkai.describe import metadata_rows
    from gongkai.present.folder import write_folder
    from gongkai.read import Reading, walk

    out = tmp_path_factory.mktemp("memory")
    met = walk([sample])
    found = list(met.found.values())
    rows, _ = metadata_rows(found, None)
    write_folder(out, list(analyse_found(found, load(), rows, Reading())))
    return out


@pytest.fixture(scope="module")
def some_kept(data_set, tmp_path_factory):
    """The folder of the data set with five of its reports kept."""
    out = tmp_path_factory.mktemp("some")
    write_set_folder(out, data_set, kept=5)
    return out


def page(folder):
    text = (folder / "index.html").read_text("utf-8")
    head = json.loads(re.search(r'id="head">(.*?)</script>', text)[1])
    extras = re.search(r'id="extras">(.*?)</script>', text)[1]
    return text, head, json.loads(zlib.decompress(base64.b64decode(extras)))


def flat(values, n):
    """The counts of each unit of a flat list, added up by code."""
    sums, at = {}, 0
    for _ in range(n):
        many = values[at]
        for k in range(at + 1, at + 1 + 2 * many, 2):
            sums[values[k]] = sums.get(values[k], 0) + values[k + 1]
        at += 1 + 2 * many
    assert at == len(values)
    return sums


@pytest.mark.slow
def test_what_is_kept_whole_is_the_page_of_its_reports(in_memory, data_set, tmp_path):
    written = write_set_folder(tmp_path / "page", data_set)
    assert [p.name for p in written] == ["index.html", "summary.docx", "tables.xlsx", "run.json"]
    _, wanted, panels = page(in_memory)
    _, head, extras = page(tmp_path / "page")
    assert head == wanted
    assert extras == panels
    texts = [zipfile.ZipFile(folder / "summary.docx").read("word/document.xml") for folder in (in_memory, tmp_path / "page")]
    assert texts[0] == texts[1]


def test_figures_are_over_all_reports_and_sentences_of_some(in_memory, some_kept):
    _, wanted, panels = page(in_memory)
    text, head, extras = page(some_kept)
    cells, n = head["cells"], len(wanted["reports"]["id"])
    units = len(cells["n"])
    assert (sum(cells["n"]), len(head["reports"]["id"]), cells["reports"]) == (n, 5, n)
    # Shares with their intervals, without groups and by year and level.
    assert head["spans"] == wanted["spans"]
    assert {by: head["groups"][by] for by in ("year", "level")} == {by: wanted["groups"][by] for by in ("year", "level")}
    assert flat(cells["statements"], units) == flat(wanted["counts"], n)
    assert sum(cells["coded"]) == sum(wanted["coded"])
    roles = len(head["roles"])
    assert [sum(cells["totals"][r::roles]) for r in range(roles)] == [sum(wanted["totals"][r::roles]) for r in range(roles)]
    kinds = len(head["places"]["kinds"])
    states = [[sum(s[k] == letter for s in wanted["places"]["states"]) for letter in "flmn"] for k in range(kinds)]
    assert [[sum(cells["states"][k * 4 + j :: kinds * 4]) for j in range(4)] for k in range(kinds)] == states
    assert sum(cells["gaps"]) == sum("l" in s or "m" in s for s in wanted["places"]["states"])
    # Which problems get a measure, and the questions.
    for name in ("pairs", "left"):
        assert flat(extras["cells"]["answers"][name], units) == flat(panels["answers"][name], n)
    assert sum(extras["cells"]["answers"]["n"]) == sum(panels["answers"]["n"])
    assert sum(row[3] for row in extras["cells"]["questions"]["rows"]) == len(panels["questions"]["rows"])
    assert "recurring" not in extras
    assert "gongkai recurring" in text
    assert "5 份报告的" in text


def numbers(folder):
    """What the page shows before its script runs: key numbers, bars and heat tables."""
    text = (folder / "index.html").read_text("utf-8")
    return re.findall(r'data-count="\d+" data-n="\d+"|class="whisker" d="[^"]*"|<td class="[^"]*"><a href="#" title="[^"]*"', text)


def test_the_page_without_its_script_shows_the_same_figures(in_memory, some_kept):
    assert numbers(some_kept) == numbers(in_memory)
    assert len(numbers(some_kept)) > 100


def sheets(folder):
    book = openpyxl.load_workbook(folder / "tables.xlsx", read_only=True)
    return {s.title: [list(row) for row in s.iter_rows(values_only=True)] for s in book.worksheets}


def test_the_workbook_says_which_sentences_it_lists(in_memory, some_kept):
    every, some = sheets(in_memory), sheets(some_kept)
    assert some["汇总"] == every["汇总"]
    kept = json.loads((some_kept / "run.json").read_text("utf-8"))["kept"]
    rows = [row for row in some["明细"][1:] if row[6]]
    assert len(rows) == kept["statements"] < len(every["明细"]) - 1
    assert f"逐条列出的是其中5份报告的{kept['statements']}句" in some["明细"][-1][0]
    said = {row[1]: row[2] for row in some["方法"]}
    assert said["报告数"] == {row[1]: row[2] for row in every["方法"]}["报告数"]


def paragraphs(folder):
    xml = zipfile.ZipFile(folder / "summary.docx").read("word/document.xml").decode()
    return ["".join(re.findall(r"<w:t[^>]*>([^<]*)</w:t>", p)) for p in re.findall(r"<w:p[ >].*?</w:p>", xml)]


def test_the_summary_has_the_same_figures_and_quotes_what_is_kept(in_memory, some_kept):
    every, some = paragraphs(in_memory), paragraphs(some_kept)
    told = [p for p in every if "份报告中" in p and "项次" not in p and "文本" not in p and "接连" not in p and not p.startswith("“")]
    assert len(told) > 10
    assert [p for p in told if p not in some] == []
    ids = set(page(some_kept)[1]["reports"]["id"])
    quoted = [p for p in some if p.startswith("“") and p.endswith("）")]
    assert quoted
    assert all(any(f"，{name}）" in p for name in ids) for p in quoted)
    assert any("只从其中5份选出" in p for p in some)


@pytest.mark.slow
def test_pieces_do_not_matter(some_kept, data_set, tmp_path, monkeypatch):
    monkeypatch.setattr(gathered, "_CHUNKS", 1)
    write_set_folder(tmp_path, data_set, kept=5)
    assert (tmp_path / "index.html").read_bytes() == (some_kept / "index.html").read_bytes()


def test_the_command_takes_a_data_set_and_takes_tables_of_an_earlier_page_away(run, in_memory, data_set, tmp_path):
    (tmp_path / "page").mkdir()
    for name in ("run.json", "statements.parquet"):
        (tmp_path / "page" / name).write_bytes((in_memory / name).read_bytes())
    assert run("report", data_set, "-o", "page", "--metadata", "m.csv")[0] == 2
    assert run("report", data_set, data_set, "-o", "page")[0] == 2
    code, out, _ = run("report", data_set, "-o", "page")
    assert code == 0
    assert "index.html" in out
    assert json.loads((tmp_path / "page" / "run.json").read_text("utf-8"))["data_set"] == "set"
    assert not (tmp_path / "page" / "statements.parquet").exists()


def test_a_data_set_is_not_written_over(run, data_set):
    with pytest.raises(FolderError, match="is a data set"):
        check_folder(data_set)
    code, _, err = run("report", data_set, "-o", data_set)
    assert (code, "give another folder" in err) == (2, True)


FIGURES = """() => {
  const all = (selector, of) => [...document.querySelectorAll(selector)].map(of), text = (node) => node.textContent;
  return {
    key: all(".key dd", text),
    bars: all(".bar .of", (b) => [b.className, text(b), b.querySelector(".whisker").getAttribute("d")]),
    cells: all(".heat[data-by] td:not([hidden])", (d) => [d.className, text(d), d.firstChild.title]),
    sums: all(".places .sums td", text),
    lines: all("#lines title", text),
    answers: all("#answers .panel-body", text),
    questions: all("#questions .panel-body table", text),
    read: all("#n-shown", text),
  };
}"""


@pytest.mark.browser
@pytest.mark.parametrize("where", ["", "#year=2021", "#level=街道&unit=statements", "#year=2024&level=街道", "#region=%3F"])
def test_filtered_figures_are_those_of_all_reports_too(in_memory, some_kept, browser, where):
    shown = []
    for folder in (in_memory, some_kept):
        tab = browser.new_page()
        tab.goto((folder / "index.html").as_uri() + where)
        tab.wait_for_function("() => document.body.dataset.place === location.hash")
        shown.append(tab.evaluate(FIGURES))
        tab.close()
    assert shown[0] == shown[1]
    assert shown[0]["bars"]


@pytest.mark.browser
def test_lists_say_how_many_of_all_they_hold(some_kept, in_memory, browser):
    wanted = page(in_memory)[1]
    tab = browser.new_page()
    theme = wanted["themes"][0]["id"]
    tab.goto((some_kept / "index.html").as_uri() + f"#view=list&theme={theme}&role=problem")
    tab.wait_for_function("() => document.body.dataset.place === location.hash")
    said = tab.locator("#tally .zh").inner_text()
    every = flat(wanted["counts"], len(wanted["reports"]["id"]))[0]
    assert said.endswith(f"符合条件的全部语句有 {every} 句")
    assert int(re.search(r"本页所收 (\d+) 句", said)[1]) == tab.locator(".cards > li").count() < every
    assert not tab.locator("#by-body").is_visible()


def test_another_model_than_that_of_the_data_set_is_refused(data_set, tmp_path, run):
    gongkai.save(gongkai.load(), tmp_path / "model", {"note": "the same weights, another model"})
    code, _, errors = run("report", data_set, "-o", "page", "--model", "model")
    assert code == 1
    assert f"{data_set} was coded with the model {gongkai.open_corpus(data_set).run['model']['sha256'][:12]}, and model is " in errors
    assert not (tmp_path / "page").exists()

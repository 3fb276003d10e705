"""The whole way in a browser: a report goes up, two people code it, a third settles, the coder learns, the codes leave; then a kill."""

from __future__ import annotations

import http.client
import json
import os
import re
from contextlib import closing
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd
import pytest

pytest.importorskip("uvicorn", reason="needs gongkai[review]")

from gongkai.review.agree import agreement_of
from gongkai.review.changes import SETTLED, State, code, history, state_of
from gongkai.review.frames import final_frame
from gongkai.review.models import made, switches
from gongkai.review.rebuild import check
from gongkai.review.settle import disagreements, settled_by
from gongkai.review.store import latest, open_study
from review_study import coded, small_study
from test_review_browser import at, keys, open_page, pressed, ready, said, wait_at, wait_saved  # noqa: F401
from test_review_look_browser import drop, looked
from test_review_people_browser import at as at_ruling
from test_review_people_browser import settled
from test_review_serve import opened_in, program

THINGS = (
    "政策解读",
    "栏目更新",
    "答复文书",
    "公开目录",
    "平台管理",
    "业务培训",
    "考核监督",
    "数据开放",
    "档案移交",
    "村务信息",
    "财政信息",
)
LACKS = "\n".join(f"{thing}还不够及时规范。" for thing in THINGS)
PLANS = "\n".join(f"下一步将加强{thing}，每月检查一次。" for thing in THINGS)
REPORT = (
    "柳泉县青禾镇2024年政府信息公开工作年度报告\n\n一、总体情况\n全年平稳。\n\n"
    f"五、存在的主要问题及改进情况\n（一）存在的主要问题\n{LACKS}\n（二）改进情况\n{PLANS}\n\n六、其他需要报告的事项\n无。\n"
)
# The first name in the order of reading, so that the queue begins with it.
NAME = "一份新报告.txt"
EARLIER, CODED = 120, 20
ANEW = State("measure", ("depth",), "coded")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(os.name != "posix", reason="signals and a shell script")]


@pytest.fixture
def study(tmp_path):
    """The invented reports; of 120 statements 乙 has taken codes from elsewhere: the machine's, but for every fifth."""
    file = tmp_path / "study.db"
    with closing(small_study(file, ["乙"])) as db:
        for i, role, themes in db.execute("SELECT statement, role, themes FROM predictions ORDER BY statement").fetchall()[:EARLIER]:
            code(db, i, "乙", State(role, tuple(json.loads(themes)), "coded") if i % 5 else coded(i), kind="import")
    return file


@pytest.fixture
def running(study):
    """`gongkai review` beside the study, as a program of its own."""
    with program(study.parent) as process:
        yield process


@pytest.fixture
def address(running):
    """Where the program says that the study is, and where it has opened a browser."""
    return f"http://{running.address}"


@pytest.fixture
def enter(open_page):  # noqa: F811
    """Open pages as coders; at the end every POST of theirs, which stand in `enter.posts`, must have carried the page's token."""
    posts, tokens = [], set()

    def entered(coder, path, **more):
        page = open_page(f"/coder?next={quote(path)}", coder=None, **more)
        page.context.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
        tokens.add(json.loads(page.locator("body").get_attribute("hx-headers"))["X-CSRF-Token"])
        page.fill("[name=name]", coder)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/coder" not in url)
        return page

    entered.posts = posts
    yield entered
    [token] = tokens
    assert [p.url for p in posts if p.headers.get("x-csrf-token") != token and parse_qs(p.post_data).get("csrf") != [token]] == []


def fits(page, station):
    """Nothing sticks out of the window at a station, neither on a telephone nor on a screen."""
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (station, width)


def second(statement):
    """What 乙 says of a statement: of every fourth something else than 甲."""
    return coded(statement if statement % 4 else statement + 1)


def type_codes(page, study, n, says, unsure=None):
    """Code statements by keys alone, as they come; return what was said of each."""
    book, key = keys(study)
    done = {}
    for _ in range(n):
        ready(page)
        statement = at(page)
        assert pressed(page) == []
        state = says(statement)
        for one in (state.role, *state.themes):
            page.keyboard.press(key[one])
        page.keyboard.press("?" if statement == unsure else "Enter")
        themes = tuple(t for t in book.theme_ids if t in state.themes)
        done[statement] = State(state.role, themes, "unsure" if statement == unsure else "coded")
        page.wait_for_selector(f"#ended:not([hidden]), #card article:not([data-id='{statement}'])", state="attached")
    wait_saved(page)
    return done


def upload(page):
    drop(page, (NAME, REPORT))
    looked(page)
    assert page.locator("a.said").count() == len(THINGS) * 2
    fits(page, "look")
    page.get_by_role("button", name="加入编码").click()
    page.wait_for_selector("#queued .done")
    assert f"已加入 {len(THINGS) * 2} 句" in page.locator("#queued").inner_text()


def agreement(page, study, n):
    """The page of agreement says of `n` statements what the study comes to."""
    book, _ = keys(study)
    page.wait_for_selector(".figures svg circle")
    assert page.locator("dl.key dd").first.inner_text() == str(n)
    rows = [r.split("\t") for r in page.locator("table.figures tbody tr").all_inner_texts()]
    told = {(r[0].strip(), r[1].strip()): r[2].strip() for r in rows}
    with closing(open_study(study)) as db:
        found = agreement_of(db, ["甲", "乙"]).table.set_index(["of", "measure"])["value"]
    assert told["角色", "Cohen κ"] == f"{found['role', 'kappa']:.3f}"
    assert told["角色", "Krippendorff α"] == f"{found['role', 'alpha']:.3f}"
    assert told[book.label("timeliness"), "Krippendorff α"] == f"{found['timeliness', 'alpha']:.3f}"
    assert 0.5 < found["role", "kappa"] < 0.9
    fits(page, "agree")


def settle_by_keys(page, study, wanted):
    """Settle what is open, by turns as either coder has it, the last one anew; return what was settled."""
    _, key = keys(study)
    with closing(open_study(study)) as db:
        found = disagreements(db)
    assert [d.statement for d in found] == wanted
    ruled = {}
    for n, one in enumerate(found):
        at_ruling(page, one.statement)
        if n == 0:
            fits(page, "settle")
        names = page.locator(".side h2").all_inner_texts()
        sides = [State(s.role, s.themes, "coded") for s in (one.states[name.split()[0]] for name in names)]
        if n + 1 < len(found):
            page.keyboard.press(str(n % 2 + 1))
            ruled[one.statement] = sides[n % 2]
        else:
            for press in ("e", key[ANEW.role], *(key[t] for t in {*sides[0].themes} ^ {*ANEW.themes}), "Enter"):
                page.keyboard.press(press)
            ruled[one.statement] = ANEW
    page.wait_for_selector("#ruling .empty")
    assert {i: settled(study, i) for i in ruled} == ruled
    return ruled


def learn(page, study):
    """Train, look at the scores, find the old model still in use, and take the new one."""
    page.wait_for_selector("dl.key")
    page.click("text=训练新模型")
    page.wait_for_selector("#model-1 table", timeout=120_000)
    fits(page, "learn")
    rows = [[c.strip() for c in r.split("\t")] for r in page.locator("#model-1 tbody tr").all_inner_texts()]
    assert len(rows) == 5
    assert all(0 <= float(before) <= 1 and 0 <= float(after) <= 1 for _, before, after, *_ in rows)
    with closing(open_study(study)) as db:
        assert made(db)[0].statements == EARLIER + CODED
        assert latest(db, "models") == 1
        assert [r["model"] for r in db.execute("SELECT DISTINCT model FROM predictions")] == [1]
        assert switches(db) == []
    page.click("#model-1 >> text=用这个模型")
    page.wait_for_selector("#model-1 h3 b", timeout=60_000)
    with closing(open_study(study)) as db:
        assert latest(db, "models") == 2
        assert [(s["by"], s["model"]) for s in switches(db)] == [("丙", 2)]
        said_by = "SELECT count(*) FROM statements AS s JOIN predictions AS p ON p.statement = s.id AND p.model = ?"
        assert [db.execute(said_by, (m,)).fetchone()[0] for m in (1, 2)] == [
            db.execute("SELECT count(*) FROM statements").fetchone()[0]
        ] * 2


def download(page, folder, format):
    page.select_option("#out [name=format]", format)
    page.select_option("#out [name=whose]", "final")
    with page.expect_download() as waiting:
        page.click("#out button")
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def read_back(page, file, action):
    """Give a file back through the page, as 丙; return how many rows were taken, were the same, were refused."""
    page.evaluate("document.querySelector('#taken').replaceChildren()")
    page.set_input_files("#in [name=file]", file)
    page.select_option("#in [name=as_coder]", "丙")
    page.click(f"#in [name=action][value={action}]")
    page.wait_for_selector("#result")
    counts = (page.locator(f"[data-count={key}]").inner_text() for key in ("x_n_taken", "x_n_same", "x_n_kept", "x_n_refused"))
    return tuple(map(int, counts))


def exchange(page, study, final, folder):
    """Take the final codes out as a table and as a project, and read both back."""
    files = {form: download(page, folder, form) for form in ("csv", "qdpx")}
    assert [f.suffix for f in files.values()] == [".csv", ".qdpx"]
    table = pd.read_csv(files["csv"], keep_default_na=False)
    rows = table[table["role"] != ""]
    with closing(open_study(study)) as db:
        places = {r["id"]: (r["report"], r["start"]) for r in db.execute("SELECT id, report, start FROM statements")}
    assert {(r.report, r.start): (r.role, {*filter(None, r.themes.split(";"))}) for r in rows.itertuples()} == {
        places[i]: (s.role, {*s.themes}) for i, s in final.items()
    }
    assert len(table) == len(places)
    assert read_back(page, files["qdpx"], "check") == (len(final), 0, 0, 0)
    assert said(study, next(iter(final)), "丙") == State()
    assert read_back(page, files["qdpx"], "take") == (len(final), 0, 0, 0)
    assert {i: said(study, i, "丙") for i in final} == final
    assert read_back(page, files["csv"], "take") == (0, len(final), 0, 0)
    fits(page, "exchange")


def finals(db):
    table = final_frame(db)
    table = table[table["role"].notna()]
    return {r.statement: State(r.role, tuple(r.themes), "coded") for r in table.itertuples()}


def changes(db):
    return [tuple(r) for r in db.execute("SELECT * FROM changes ORDER BY id")]


def sound(study):
    """Every change of a study, whose caches must be what these come to."""
    with closing(open_study(study, create=False)) as db:
        assert check(db) == []
        return changes(db)


def test_the_whole_way(enter, study, running, address):
    assert opened_in(study.parent, 1)[0].startswith(f"{address}/?key=")
    with closing(http.client.HTTPConnection(running.address)) as anybody:
        anybody.request("POST", "/coder", "name=x", {"Content-Type": "application/x-www-form-urlencoded"})
        assert anybody.getresponse().status == 403

    one = enter("甲", "/look")
    upload(one)
    one.goto(f"{address}/code?order=unreviewed")
    ready(one)
    fits(one, "code")
    first = type_codes(one, study, CODED, coded)
    assert f"{CODED} / {173 + len(THINGS) * 2}" in one.locator("#far").inner_text()
    assert {i: said(study, i) for i in first} == first

    other = enter("乙", "/code?order=unreviewed&second=true")
    ready(other)
    assert "data-suggestion" not in other.content()
    assert f"0 / {CODED}" in other.locator("#far").inner_text()
    unsure = next(i for i in first if i % 4)
    again = type_codes(other, study, CODED, second, unsure)
    assert other.locator("#ended").is_visible()
    fits(other, "ended")
    assert {i: said(study, i, "乙") for i in first} == again
    assert {i: said(study, i) for i in first} == first

    third = enter("丙", "/agree")
    agreement(third, study, CODED - 1)
    third.goto(f"{address}/settle")
    apart = sorted(i for i in first if first[i] != again[i])
    ruled = settle_by_keys(third, study, apart)
    with closing(open_study(study)) as db:
        assert {settled_by(db, i) for i in ruled} == {"丙"}
        assert {c.kind for c in history(db, coder=SETTLED)} == {"settle"}
        final = finals(db)
        assert {i: final[i] for i in first} == first | ruled
        assert len(final) == EARLIER + CODED
    third.goto(f"{address}/learn")
    learn(third, study)
    third.goto(f"{address}/exchange")
    exchange(third, study, final, study.parent)
    third.goto(f"{address}/")
    fits(third, "overview")

    last = enter("甲", "/code?order=unreviewed", allowed=("Failed to load resource", "net::"))
    ready(last)
    statement = at(last)
    last.keyboard.press("q")
    wait_saved(last)
    before = sound(study)
    running.kill()
    running.wait()
    assert sound(study) == before
    last.keyboard.press("2")
    last.wait_for_function("() => document.querySelector('#saved').dataset.state === 'unsaved'")
    fits(last, "unsaved")
    with program(study.parent, "--no-browser") as heir:
        assert f"http://{heir.address}" == address
        last.locator("#saved").click()
        wait_saved(last)
        last.keyboard.press("Enter")
        last.wait_for_selector(f"#card article:not([data-id='{statement}'])", state="attached")
        wait_saved(last)
        heir.kill()
        heir.wait()
    after = sound(study)
    assert after[: len(before)] == before
    with closing(open_study(study)) as db:
        assert state_of(db, statement, "甲") == State("problem", ("coverage",), "coded")
        assert finals(db) == final | {statement: State("problem", ("coverage",), "coded")}
    kinds = {re.sub(r"/([0-9a-f]{64}|\d+)(?=/|$)", "/…", urlsplit(p.url).path) for p in enter.posts}
    assert kinds == {"/coder", "/look", "/look/…/queue", "/code/…", "/settle/…", "/learn", "/learn/use", "/exchange/import"}

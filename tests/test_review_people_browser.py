"""Settling, the codebook and learning in a browser: by keys, by mouse, and nothing taken into use unasked."""

from __future__ import annotations

import pytest

import review_study
from gongkai.review.changes import SETTLED, State, code, history, state_of
from gongkai.review.codebooks import versions
from gongkai.review.models import made
from gongkai.review.settle import settled_by
from gongkai.review.store import latest, open_study
from test_review_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser
DEPTH, SLOW = (State("problem", (t,), "coded") for t in ("depth", "timeliness"))


@pytest.fixture
def study(tmp_path):
    """A study of eighty invented statements, of which 甲 and 乙 see four differently."""
    file = tmp_path / "study.db"
    with review_study.large_study(file, 80, coders="甲乙丙") as db:
        for i in range(1, 81):
            code(db, i, "甲", DEPTH if i <= 4 else review_study.coded(i))
            if i <= 40:
                code(db, i, "乙", SLOW if i <= 4 else review_study.coded(i))
    return file


def settled(study, statement):
    with open_study(study) as db:
        return state_of(db, statement, SETTLED)


def at(page, statement):
    page.wait_for_selector(f'#ruling article[data-id="{statement}"]')


def test_settling_by_keys(open_page, study):  # noqa: F811
    page = open_page("/settle", coder="丙")
    at(page, 1)
    assert page.locator("#statement").inner_text()
    sides = page.locator(".side h2").all_inner_texts()
    assert sides == ["乙", "甲"]
    page.keyboard.press("1")
    at(page, 2)
    assert settled(study, 1) == SLOW
    page.keyboard.press("2")
    at(page, 3)
    assert settled(study, 2) == DEPTH
    # Coded anew: a theme more by its key, and the role by its own, then back.
    page.keyboard.press("Shift+E")
    page.keyboard.press("3")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    at(page, 4)
    assert settled(study, 3) == State("measure", ("timeliness", "depth"), "coded")
    page.keyboard.press("u")
    at(page, 3)
    assert settled(study, 3).status == "open"
    page.keyboard.press("j")
    at(page, 4)
    page.keyboard.press("j")
    at(page, 3)
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    at(page, 4)
    assert settled(study, 3) == DEPTH
    with open_study(study) as db:
        assert settled_by(db, 3) == "丙"


def test_a_key_held_down_settles_one_statement(open_page, study):  # noqa: F811
    page = open_page("/settle?blind=true", coder="丙")
    at(page, 1)
    assert "甲" not in page.locator("#ruling").inner_text()
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.up("1")
    at(page, 2)
    with open_study(study) as db:
        assert [c.statement for c in history(db, coder=SETTLED)] == [1]


def test_agreement_and_the_way_to_the_differences(open_page):  # noqa: F811
    page = open_page("/agree", coder="丙")
    page.wait_for_selector(".figures svg circle")
    page.click("text=公开深度与质量 >> xpath=ancestor::tr >> a")
    at(page, 1)


def test_the_codebook_is_checked_while_it_is_written(open_page, study):  # noqa: F811
    page = open_page("/codebook", coder="丙")
    text = page.input_value("#yaml")
    page.fill("#yaml", text.replace("version: 2", "version: 3").replace("    zh: 公开深度与质量", "    zh: [深"))
    page.click("text=检查")
    page.wait_for_selector("#check .problem")
    page.fill("#yaml", text.replace("version: 2", "version: 3").replace("id: depth", "id: deep"))
    page.click("text=检查")
    page.wait_for_selector("#check .removed")
    assert "编码不合新版" in page.locator("#check").inner_text()
    page.click("#check .removed button")
    page.wait_for_selector("#check .removed .disagreed li")
    page.fill("#adopt [name=note]", "换个代号")
    page.click("#adopt button")
    page.wait_for_selector("text=编码不合在用的编码本")
    with open_study(study) as db:
        assert [(v.number, v.coder, v.note) for v in versions(db)] == [(3, "丙", "换个代号"), (2, "", "")]
        assert state_of(db, 1, "甲") == DEPTH


def test_a_model_is_trained_compared_and_used_when_asked(open_page, study):  # noqa: F811
    page = open_page("/learn", coder="丙")
    page.set_default_timeout(120_000)
    page.wait_for_selector("dl.key")
    page.click("text=训练新模型")
    page.wait_for_selector(".waiting")
    page.wait_for_selector("#model-1 table")
    with open_study(study) as db:
        assert latest(db, "models") == 1
        assert made(db)[0].statements == 76
    page.set_viewport_size({"width": 400, "height": 900})
    assert all(row.bounding_box()["height"] < 50 for row in page.query_selector_all("#model-1 tbody tr"))
    page.click("#model-1 >> text=用这个模型")
    page.wait_for_selector("#model-1 h3 b")
    with open_study(study) as db:
        assert latest(db, "models") == 2

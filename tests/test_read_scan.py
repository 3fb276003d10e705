"""Scanned PDFs: pages that are pictures, read by tesseract."""

import sys
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from shutil import which

import pytest

from conftest import without
from gongkai.read.extract import ReadError
from gongkai.read.layout import line, rows
from gongkai.read.limits import Limits
from gongkai.read.pdf import read_pdf
from gongkai.read.scan import characters
from pdf_writer import Sheet, pdf

pytestmark = pytest.mark.usefixtures("chinese_font")

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")
DPI = 200


def words(*found: tuple) -> dict[str, list]:
    """Tesseract's table of words, for one block, of (line, left, top, width, height) for a line and the same with text for a word."""
    columns = zip(*[(*row, "")[:6] for row in found], strict=True)
    table = dict(zip(("line_num", "left", "top", "width", "height", "text"), map(list, columns), strict=True))
    table["level"] = [5 if text else 4 for text in table["text"]]
    return table | {"block_num": [1] * len(found), "par_num": [1] * len(found)}


def test_boxes_that_overlap_keep_the_order_of_the_words():
    inside = [(1, 10, 8, 120, 60, "公开"), (1, 60, 8, 40, 60, "为"), (1, 110, 10, 90, 50, "常态"), (1, 200, 44, 10, 14, "。")]
    table = words((1, 10, 10, 300, 50), *inside)
    found = characters(table, 0.24)
    assert "".join(g.text for g in found) == "公开为常态。"
    assert [g.x0 for g in found] == sorted(g.x0 for g in found)
    assert {g.base for g in found} == {60 * 0.24}


def test_lines_of_like_height_have_one_size_and_headings_their_own():
    lines = [(n, 10, 60 * n, 400, height, text) for n, height in enumerate((48, 50, 36, 51, 100), 1) for text in ("", "政府信息公开")]
    sizes = [g.size for g in characters(words(*lines), 1.0)][::6]
    assert sizes == [50, 50, 50, 50, 100]


def test_blanks_stand_between_latin_words_only():
    inside = [(1, 0, 0, 45, 50, "一"), (1, 80, 0, 90, 50, "件、"), (1, 200, 0, 100, 50, "open"), (1, 320, 0, 200, 50, "data")]
    table = words((1, 0, 0, 900, 50), *inside)
    [row] = rows(characters(table, 1.0))
    assert line(row).text == "一件、open data"


def test_no_words_are_no_characters():
    assert characters(words((1, 0, 0, 10, 10)), 1.0) == []


@cache
def picture(*drawn: tuple[int, int, int, str], width: int = 420, height: int = 300) -> Sheet:
    """A page that is the picture of lines of text, at (x, y, size) in points."""
    if not FONT.exists():
        without(f"needs the font {FONT.name} (fonts-wqy-zenhei)")
    from PIL import Image, ImageDraw, ImageFont

    scale = DPI / 72
    image = Image.new("L", (round(width * scale), round(height * scale)), 255)
    pen = ImageDraw.Draw(image)
    for x, y, size, text in drawn:
        pen.text((x * scale, y * scale), text, font=ImageFont.truetype(str(FONT), round(size * scale)), fill=0, anchor="ls")
    return Sheet(width, height).picture(*image.size, image.tobytes())


PARAGRAPH = "本镇把公开栏迁到赶集的街口，由文书当面讲解，来看的人比去年多出一成，各村的账目改为每月初八张贴，看不懂的地方三日内写出回话。"
HEADING = "五、存在的主要问题及改进情况"


def report(width: int = 22) -> tuple[tuple[int, int, int, str], ...]:
    text = "\u3000\u3000" + PARAGRAPH
    cut = [text[i : i + width] for i in range(0, len(text), width)]
    return ((62, 60, 16, HEADING), *((30 + 32 * (i == 0), 90 + 28 * i, 16, words.strip("\u3000")) for i, words in enumerate(cut)))


def read(*sheets: Sheet):
    pytest.importorskip("pytesseract")
    if not which("tesseract"):
        without("needs tesseract with chi_sim (tesseract-ocr tesseract-ocr-chi-sim)")
    return read_pdf(pdf(*sheets), Limits(), ocr=True)


def alike(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def test_a_scan_is_read_in_paragraphs():
    extract = read(picture(*report()))
    lines = extract.text.splitlines()
    assert len(lines) == 2
    assert alike(lines[0], HEADING) > 0.9
    assert alike(lines[1], PARAGRAPH) > 0.9
    assert " " not in extract.text
    assert extract.warnings[0].startswith("pages read by OCR")
    assert extract.warnings[0].endswith(": 1")


def test_only_pages_without_text_are_recognised():
    extract = read(Sheet(420, 300).text(62, 60, "一、总体情况"), picture(*report()))
    first, second, third = extract.text.splitlines()
    assert first == "一、总体情况"
    assert alike(second + third, HEADING + PARAGRAPH) > 0.9
    assert extract.warnings[0].endswith(": 2")


def test_columns_of_a_scan_are_not_mixed():
    left, right = PARAGRAPH[:30] * 3, PARAGRAPH[30:60] * 3
    drawn = [(x, 40 + 24 * i, 12, text[i * 10 : i * 10 + 10]) for x, text in ((20, left), (180, right)) for i in range(9)]
    assert alike("".join(read(picture(*drawn, width=330)).text.split()), left + right) > 0.85


def test_pages_with_text_do_not_need_tesseract(monkeypatch):
    raw = pdf(Sheet().text(72, 100, "一、总体情况"))
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    assert read_pdf(raw, Limits(), ocr=True) == read_pdf(raw, Limits())


SCAN = pdf(Sheet().picture(8, 8, bytes(64)))


def test_without_pytesseract(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytesseract", None)
    with pytest.raises(ReadError, match="needs pytesseract") as raised:
        read_pdf(SCAN, Limits(), ocr=True)
    assert raised.value.cure == 'pip install "gongkai[ocr]"'


def test_without_tesseract(monkeypatch):
    module = pytest.importorskip("pytesseract")
    monkeypatch.setattr(module.pytesseract, "tesseract_cmd", "no-such-program")
    with pytest.raises(ReadError, match="needs tesseract") as raised:
        read_pdf(SCAN, Limits(), ocr=True)
    assert "tesseract-ocr-chi-sim" in raised.value.cure


def test_without_its_chinese(monkeypatch):
    module = pytest.importorskip("pytesseract")
    monkeypatch.setattr(module, "get_languages", lambda: ["eng", "osd"])
    with pytest.raises(ReadError, match="chi_sim") as raised:
        read_pdf(SCAN, Limits(), ocr=True)
    assert "tesseract-ocr-chi-sim" in raised.value.cure


def test_a_scan_of_nothing_has_no_text():
    with pytest.raises(ReadError, match="has no text"):
        read(Sheet(100, 100).picture(8, 8, b"\xff" * 64))

"""Read pages that are pictures: rendered by PDFium, recognised by tesseract, its words given back as characters with places."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from .extract import ReadError
from .layout import Glyph, is_wide

_DPI = 300
_MOST_PIXELS = 40_000_000
_LANGUAGE = "chi_sim"
# Segments the page by itself; taking it for one block (6) runs columns and table cells into one another.
_CONFIG = "--psm 3"
_CURE = "install the Debian packages tesseract-ocr and tesseract-ocr-chi-sim, elsewhere tesseract with its chi_sim data"
# A line this much like the usual size of the page has it; heights of lines tell sizes of type only roughly.
_LIKE_USUAL = 0.3
# Gaps up to this many em beside Chinese characters are the boxes' error.
_SLACK = 2.0
# The level of lines in tesseract's table; their boxes are exact where those of words are rough.
_LINE = 4


def recognise(page: Any) -> list[Glyph]:
    """Return the characters that tesseract reads on a page (a pypdfium2 `PdfPage`), in points from its upper left corner.

    Raises ReadError where pytesseract, tesseract or its Chinese data is missing.
    """
    try:
        import PIL  # noqa: F401
        import pytesseract
    except ImportError as error:
        raise ReadError("needs pytesseract and Pillow to read scans", 'pip install "gongkai[ocr]"') from error
    try:
        if _LANGUAGE not in pytesseract.get_languages():
            raise ReadError(f"needs the {_LANGUAGE} data of tesseract to read scans", _CURE)
        width, height = page.get_size()
        scale = min(_DPI / 72, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        picture = page.render(scale=scale, grayscale=True).to_pil()
        with _one_thread():
            words = pytesseract.image_to_data(picture, lang=_LANGUAGE, config=_CONFIG, output_type=pytesseract.Output.DICT)
    except pytesseract.TesseractNotFoundError as error:
        raise ReadError("needs tesseract to read scans", _CURE) from error
    except pytesseract.TesseractError as error:
        raise ReadError(f"tesseract failed: {' '.join(str(error.message).split())[:200]}", _CURE) from error
    return characters(words, 1 / scale)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let tesseract, which takes its environment from this process, use one thread: with more it is several times slower."""
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = before or "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]


def characters(words: Mapping[str, Sequence[Any]], scale: float) -> list[Glyph]:
    """Turn tesseract's table of words (as `image_to_data` gives it, a list a column) into characters; `scale` is points a pixel.

    The boxes of its Chinese words are rough and overlap, so the order of its words is kept, and each ends where the next begins.

    >>> table = {"level": [4, 5, 5], "text": ["", "公开", "为"], "left": [9, 10, 35], "width": [50, 60, 20], "top": [5, 4, 5]}
    >>> table |= {"height": [20, 25, 20], "block_num": [1, 1, 1], "par_num": [1, 1, 1], "line_num": [1, 1, 1]}
    >>> [(g.text, g.x0, g.base) for g in characters(table, 1.0)]
    [('公', 10.0, 25.0), ('开', 22.5, 25.0), ('为', 35.0, 25.0)]
    """

    def place(i: int) -> tuple[int, int, int]:
        return words["block_num"][i], words["par_num"][i], words["line_num"][i]

    boxes = {place(i): (words["top"][i], words["height"][i]) for i, level in enumerate(words["level"]) if level == _LINE}
    numbers = [i for i, text in enumerate(words["text"]) if str(text).strip()]
    heights = sorted(boxes[place(i)][1] for i in numbers)
    usual = heights[len(heights) // 2] if heights else 0.0
    found: list[Glyph] = []
    for where, members in groupby(numbers, key=place):
        top, height = boxes[where]
        size = usual if abs(height - usual) <= _LIKE_USUAL * usual else height
        found += _spread(words, list(members), (top + height) * scale, size, scale)
    return found


def _spread(words: Mapping[str, Sequence[Any]], line: Sequence[int], base: float, size: float, scale: float) -> Iterator[Glyph]:
    start = float("-inf")
    for i, after in zip(line, [*line[1:], None], strict=True):
        text = str(words["text"][i]).strip()
        start = max(start + 1, words["left"][i])
        end = words["left"][i] + words["width"][i]
        if after is not None:
            following = words["left"][after]
            rough = is_wide(text[-1]) or is_wide(str(words["text"][after]).strip()[0])
            if following < end or (rough and following - end < _SLACK * size):
                end = following
        step = max(1.0, (end - start) / len(text))
        for k, character in enumerate(text):
            yield Glyph(character, (start + k * step) * scale, (start + (k + 1) * step) * scale, base, size * scale)
        start += (len(text) - 1) * step

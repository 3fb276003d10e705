"""Fonts for the text of a figure: every character has a glyph, or it is told which has none."""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

from .resources import data

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

# In ems: every Chinese font draws its characters one em wide; the Latin ones are those of DejaVu Sans, which is a wide font.
_WIDE, _CAPITAL, _NARROW = 1.0, 0.75, 0.64
_OTHER = {**dict.fromkeys("fijlrtI.,:;'|()[]!/ ", 0.41), **dict.fromkeys("mwMW%@", 0.98)}
_POINTS = 72
_THIN, _BOLD = 250, 650
_PIECE = re.compile(r"[(（][^()（）]{1,8}[)）] *|[\u0021-\u007e\u00a1-\u024f]+ *|.", re.DOTALL)


def chinese_font() -> str | None:
    """Return the name of an installed font that has Chinese glyphs, or None."""
    with quietly():
        names, lacking = _covering(frozenset(data("plot.yaml")["probe"]))
    return None if lacking else names[0]


def dress(figure: Figure) -> str:
    """Give each text of a figure installed fonts that have its characters; returns the characters that none of them has.

    A font that the user chose stays the first; what it lacks comes from other fonts, character by character.
    """
    with quietly():
        # The labels of ticks are there only after a drawing.
        figure.draw_without_rendering()
        texts = _texts(figure)
        # One font for words and figures looks better than two, so all that nobody chose a font for is looked at together.
        unchosen = [t for t in texts if _is_default(t)]
        together = frozenset("".join(t.get_text() for t in unchosen)) - {"\n"}
        without: set[str] = set()
        for text in texts:
            own, needed = text.get_fontfamily(), frozenset(text.get_text()) - {"\n"}
            if text in unchosen:
                if not _lacking(together, own, text):
                    continue
                names, lacking = _covering(together, own)
                text.set_fontfamily([*names, *own])
            else:
                names, lacking = _covering(_lacking(needed, own, text))
                text.set_fontfamily([*own, *names])
            without |= lacking & needed
            # Asked here, where nobody is told of weights that a font does not have, it is known when the figure is drawn.
            _lacking(needed, text.get_fontfamily(), text)
        return "".join(sorted(without))


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what matplotlib tells of glyphs and weights that a font does not have to itself: `dress` returns what matters of it."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            yield
    finally:
        logger.setLevel(level)


def pdf_type(figure: Figure) -> int:
    """Return the type of fonts in which a PDF shows the text of a figure rightly: 42 (TrueType, which journals like), else 3 (outlines).

    Fonts of cubic outlines (most Noto and Source Han fonts) and characters beyond the basic plane need 3 before matplotlib 3.11.
    """
    texts = _texts(figure)
    files = {file for t in texts for name in t.get_fontfamily() if (file := _file(name, t))}
    return 3 if any(map(_is_cubic, files)) or any(ord(c) > 0xFFFF for t in texts for c in t.get_text()) else 42


def plain(name: object) -> str:
    """Return a name as one line that can be drawn: white space is one space, invisible characters go.

    >>> plain(" 青禾镇\\n人民政府\\u200b ")
    '青禾镇 人民政府'
    """
    return "".join(c for c in " ".join(str(name).split()) if unicodedata.category(c) not in ("Cc", "Cf"))


def width(text: str, size: float) -> float:
    """Return how many inches a line takes in any font, at most: Chinese characters are as wide as high in all of them.

    >>> width("公开时效", 9)
    0.5
    """
    return sum(_WIDE if _is_wide(c) else _OTHER.get(c, _CAPITAL if c.isupper() else _NARROW) for c in text) * size / _POINTS


def longest(text: str, size: float) -> float:
    """Return the width of the widest part of a text that no line should break, in inches."""
    return max(width(piece.rstrip(), size) for piece in _pieces(text) or [""])


def wrapped(text: str, size: float, most: float) -> list[str]:
    """Break a text into lines of at most `most` inches: Latin between words where it can, Chinese anywhere but before 、 and the like.

    >>> wrapped("互动回应与公众参与", 9, 0.7)
    ['互动回应与', '公众参与']
    """
    lines = [""]
    for piece in _pieces(text):
        for part in [piece] if width(piece.rstrip(), size) <= most else piece:
            if lines[-1].strip() and width((lines[-1] + part).rstrip(), size) > most:
                lines.append("")
            lines[-1] += part
    return [line.strip() for line in lines]


def _pieces(text: str) -> list[str]:
    """The parts a line may be broken between: words with what follows them, single Chinese characters, short brackets."""
    pieces: list[str] = []
    for found in _PIECE.findall(text):
        if pieces and found[0] in data("plot.yaml")["never_first"]:
            pieces[-1] += found
        else:
            pieces.append(found)
    return pieces


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


def _texts(figure: Figure) -> list[Text]:
    from matplotlib.text import Text

    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def _is_default(text: Text) -> bool:
    """Whether a text has matplotlib's own font, which nobody chose."""
    from matplotlib import rcParamsDefault

    return _file(text.get_fontfamily()[0]) == _file(rcParamsDefault["font.sans-serif"][0])


def _lacking(characters: frozenset[str], families: Iterable[str], text: Text | None = None) -> frozenset[str]:
    """The characters that the fonts do not have."""
    for name in families:
        if file := _file(name, text):
            characters -= _glyphs(file)
    return characters


def _file(family: str, text: Text | None = None) -> str | None:
    """The file that matplotlib takes for a family (and the weight and style of a text), with the face in it where it holds several."""
    from matplotlib import font_manager

    look = text.get_fontproperties().copy() if text else font_manager.FontProperties()
    look.set_family([family])
    try:
        return font_manager.findfont(look, fallback_to_default=False)
    except ValueError:
        return None


@cache
def _glyphs(file: str) -> frozenset[str]:
    from matplotlib import font_manager

    try:
        face = font_manager.get_font(file)
    except (OSError, RuntimeError):
        return frozenset()
    # Fonts of bitmaps, such as those of emoji, cannot be drawn.
    return frozenset(map(chr, face.get_charmap())) if face.scalable else frozenset()


@cache
def _is_cubic(file: str) -> bool:
    from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

    try:
        with TTFont(file, fontNumber=getattr(file, "face_index", 0), lazy=True) as font:
            return "glyf" not in font
    except TTLibError:
        return True


def _covering(characters: frozenset[str], own: Iterable[str] = ()) -> tuple[list[str], frozenset[str]]:
    """As few fonts as have, with those a text has of its own, the characters between them; and what no font has."""
    names, lacking = _cover(characters, own)
    if lacking and _found_more():
        names, lacking = _cover(characters, own)
    return names, lacking


def _cover(characters: frozenset[str], own: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    from matplotlib import font_manager

    hollow, weights = tuple(data("plot.yaml")["hollow"]), font_manager.weight_dict
    entries = [f for f in font_manager.fontManager.ttflist if not f.name.startswith(hollow)]
    installed = {f.name for f in entries}
    # A variable font is drawn in its first weight only, which may be hair-thin.
    regular = {f.name for f in entries if _THIN < (weights[f.weight] if isinstance(f.weight, str) else f.weight) < _BOLD}
    first = sorted((name for name in data("plot.yaml")["fonts"] if name in installed), key=lambda name: name not in regular)
    chosen, lacking = _pick(characters, first)
    lacking = _lacking(lacking, own)
    if lacking:
        # The one that has the most first, so that a word is not drawn in three fonts.
        rest = sorted(installed - set(first), key=lambda name: (len(_lacking(lacking, [name])), name))
        more, lacking = _pick(lacking, rest)
        chosen += more
    return chosen, lacking


def _pick(characters: frozenset[str], names: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    chosen, lacking = [], characters
    for name in names:
        if (rest := _lacking(lacking, [name])) != lacking:
            chosen.append(name)
            lacking = rest
        if not lacking:
            break
    return chosen, lacking


def _found_more() -> bool:
    """Let matplotlib know the fonts that were installed after it wrote its list of them; whether there were any."""
    from matplotlib import font_manager

    known = {f.fname for f in font_manager.fontManager.ttflist}
    new = 0
    for path in font_manager.findSystemFonts():
        if path not in known:
            with suppress(OSError, RuntimeError, ValueError):
                font_manager.fontManager.addfont(path)
                new += 1
    return new > 0
